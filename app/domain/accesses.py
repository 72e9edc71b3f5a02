"""Who came in, was turned away, looked at what is not for everybody, or took something along: the access log.

It is not the trail: it is kept for a time and then let go. It holds no title, no name of a complainant, no word that
was looked for, no token and no address of a page with what stands behind its question mark.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, Integer, Select, String, bindparam, delete, insert, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant, moment
from workflows.grammar import N_

PAGE = 50
LAST = 2**31 - 1
KINDS = {
    "sign_in": N_("Signed in"),
    "sign_in_failed": N_("Failed to sign in"),
    "sign_out": N_("Signed out"),
    "refused": N_("Was refused"),
    "hidden": N_("Asked for what is there but not for him to see"),
    "sealed": N_("Looked at a sealed case"),
    "unmasked": N_("Looked at an identity"),
    "read": N_("Read"),
    "file": N_("Opened a file"),
    "export": N_("Took a file along"),
    "setting": N_("Changed a setting"),
    "pruned": N_("Accesses past their time were let go"),
    "lost": N_("Accesses could not be written down"),
}


class Access(Base):
    __tablename__ = "accesses"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(20))
    username: Mapped[str | None] = mapped_column(String(80))  # none: nobody was signed in, or no account bears the name
    unit: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(40))
    place: Mapped[str | None] = mapped_column(String(60))  # the endpoint
    detail: Mapped[str | None] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(45))
    device: Mapped[str | None] = mapped_column(String(200))
    times: Mapped[int] = mapped_column(Integer)  # the same within a second or so

    __table_args__ = (
        Index("ix_accesses_at", "at", "id"),
        Index("ix_accesses_username", "username", "at", "id"),
        Index("ix_accesses_kind", "kind", "at", "id"),
        Index("ix_accesses_case", "case_number", "at", "id"),
    )


COLUMNS = tuple(Access.__table__.c)
_SAME = ("kind", "username", "unit", "case_number", "place", "detail", "address", "device")


@dataclass(frozen=True)
class Wanted:
    """The log's filters, as an address says them."""

    usernames: tuple[str, ...] = ()
    who: str = ""  # as it was typed
    kind: str | None = None
    case: str = ""
    since: datetime | None = None
    until: datetime | None = None  # before this moment


@dataclass(frozen=True)
class Page:
    rows: list
    after: str | None


def row(kind: str, *, at: datetime, username: str | None = None, unit: str | None = None, case: str | None = None,
        place: str | None = None, detail: str | None = None, address: str | None = None,
        device: str | None = None) -> dict:
    """One access as it is kept: what comes from outside is cut to length and holds no control character."""
    return {"at": at, "kind": kind, "username": _line(username, 80), "unit": unit, "case_number": _line(case, 40),
            "place": _line(place, 60), "detail": _line(detail, 120), "address": _line(address, 45),
            "device": _line(device, 200), "times": 1}


def merged(rows: Iterable[dict]) -> list[dict]:
    """The same said several times over is one row that says how often."""
    found: dict[tuple, dict] = {}
    for each in rows:
        key = tuple(each[name] for name in _SAME)
        if key in found:
            found[key]["times"] += each["times"]
        else:
            found[key] = dict(each)
    return list(found.values())


def add(connection, rows: list[dict]) -> None:
    if rows:
        connection.execute(_ADD, rows)


def page(session: Session, wanted: Wanted, after: str | None = None, limit: int = PAGE) -> Page:
    """One page, the newest first, and the key of the next."""
    query = chosen(wanted)
    if key := key_of(after):
        query = query.where(tuple_(Access.at, Access.id) < tuple_(bindparam("at", key[0], Access.at.type),
                                                                  bindparam("id", key[1])))
    rows = session.execute(query.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], keyed(last) if last else None)


def chosen(wanted: Wanted) -> Select:
    query = select(*COLUMNS).order_by(Access.at.desc(), Access.id.desc())
    if wanted.who:
        query = query.where(Access.username.in_(wanted.usernames))
    if wanted.kind:
        query = query.where(Access.kind == wanted.kind)
    if wanted.case:
        query = query.where(Access.case_number == wanted.case)
    if wanted.since:
        query = query.where(Access.at >= wanted.since)
    if wanted.until:
        query = query.where(Access.at < wanted.until)
    return query


def is_any_before(session: Session, at: datetime) -> bool:
    return session.scalar(select(Access.id).where(Access.at < at).limit(1)) is not None


def prune(session: Session, before: datetime, most: int = 2_000) -> int:
    """Let the oldest go, a lot at a time; how many there were in this one."""
    lot = select(Access.id).where(Access.at < before).order_by(Access.at).limit(most)
    return session.execute(delete(Access).where(Access.id.in_(lot.scalar_subquery()))).rowcount


_ADD = insert(Access.__table__)


def _line(text: str | None, longest: int) -> str | None:
    if text is None:
        return None
    return "".join(c if c.isprintable() else " " for c in text)[:longest]


def keyed(row) -> str:
    """Where a page of what has a moment and an id ends."""
    return f"{row.at.isoformat()}~{row.id}"


def key_of(after: str | None) -> tuple[datetime, int] | None:
    """Where a page goes on; None where it is the first, or where the key is none of ours."""
    at, _, id = (after or "").partition("~")
    if not (id.isascii() and id.isdecimal() and len(id) <= 10) or int(id) > LAST:
        return None
    try:
        found = moment(at)
    except ValueError:
        return None
    return (found, int(id)) if found.tzinfo else None
