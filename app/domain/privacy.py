"""Who the complainant is, how much of that somebody may see, and the masks for the rest."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Text, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.errors import Refused
from workflows.grammar import N_

FIELDS = {
    "name": N_("Name"),
    "phone": N_("Telephone"),
    "firm": N_("Firm"),
    "credit_code": N_("Unified social credit code"),
    "email": N_("Mail"),
    "address": N_("Address"),
}


class Complainant(Base):
    __tablename__ = "complainants"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    firm: Mapped[str | None] = mapped_column(Text)
    credit_code: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    is_anonymous: Mapped[bool] = mapped_column(Boolean, default=False)
    consented_at: Mapped[datetime | None] = mapped_column(Instant)


def of(session: Session, case_id: int):
    """The complainant of a case, to be looked at only."""
    return session.connection().execute(_OF, {"of": case_id}).first()


_OF = select(Complainant.__table__).where(Complainant.__table__.c.case_id == bindparam("of"))

HIDDEN, MASKED, OPEN = "hidden", "masked", "open"


@dataclass(frozen=True)
class Seen:
    """What of a complainant is shown: nothing, masks, or (opened with a reason) everything."""

    how: str
    fields: dict[str, str]
    is_anonymous: bool = False


def view(complainant: Complainant | None, *, hidden: bool, opened: bool = False) -> Seen | None:
    if complainant is None:
        return None
    if hidden:
        return Seen(HIDDEN, {}, complainant.is_anonymous)
    given = {name: value for name in FIELDS if (value := getattr(complainant, name))}
    if not opened:
        given = {name: mask(name, value) for name, value in given.items()}
    return Seen(OPEN if opened else MASKED, given, complainant.is_anonymous)


def mask(field: str, value: str) -> str:
    """张**, 138****1234, first and last four of a credit code, a***@…; nothing of an address."""
    match field:
        case "phone":
            return f"{value[:3]}****{value[-4:]}" if len(value) >= 11 else "****"
        case "credit_code":
            return f"{value[:4]}**********{value[-4:]}" if len(value) >= 12 else "****"
        case "email":
            return f"{value[:1]}***@…"
        case "name" | "firm":
            return f"{value[:1]}**"
        case _:
            return "****"


def check_credit_code(code: str, *, field: str = "credit_code") -> str:
    """GB 32100-2015: 18 characters without I O Z S V, the last one a check modulo 31."""
    code = code.strip().upper()
    weights = [3**i % 31 for i in range(17)]
    if len(code) != 18 or any(c not in _CREDIT for c in code):
        raise Refused(N_("A unified social credit code has 18 characters, without I, O, Z, S and V."), field=field)
    total = sum(_CREDIT.index(c) * weight for c, weight in zip(code, weights, strict=False))
    if _CREDIT[(31 - total % 31) % 31] != code[-1]:
        raise Refused(N_("The check character of this credit code is wrong."), field=field)
    return code


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
