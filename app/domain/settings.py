"""What an installation has decided for itself, dated and with its reason in law; an earlier decision is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, Integer, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from workflows.grammar import ADMIN_POSTS, POSTS

SEPARATED, KEPT, CHECKPOINT_TO, WITNESSES = "separated", "accesses_kept", "checkpoint_to", "witnesses"
ON, OFF = "on", "off"
SHORTEST, LONGEST = 184, 3650  # days: six months are at most 184; the law asks for no less
MOST_ADDRESSES = 5
MOST_WITNESSES = 8


class Setting(Base):
    __tablename__ = "settings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(1300))
    basis: Mapped[str] = mapped_column(String(300))
    since: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(80))

    __table_args__ = (Index("ix_settings_name", "name", "id"),)


@dataclass(frozen=True)
class Settings:
    """Those in force, and every one that was set, the newest first."""

    separated: bool = False
    accesses_kept: int = SHORTEST  # days
    past: tuple = ()
    checkpoint_to: tuple[str, ...] = ()  # mail addresses outside
    witnesses: tuple[str, ...] = ()  # their verifier keys

    def value(self, name: str) -> str:
        if name in (CHECKPOINT_TO, WITNESSES):
            return " ".join(self.checkpoint_to if name == CHECKPOINT_TO else self.witnesses)
        return str(self.accesses_kept) if name == KEPT else ON if self.separated else OFF


def settings(session: Session) -> Settings:
    past = tuple(session.execute(select(*Setting.__table__.c).order_by(Setting.id.desc())))
    now = {row.name: row.value for row in reversed(past)}
    return Settings(now.get(SEPARATED) == ON, int(now.get(KEPT, SHORTEST)), past,
                    tuple(now.get(CHECKPOINT_TO, "").split()), tuple(now.get(WITNESSES, "").split()))


def checkpoint_to(session: Session) -> tuple[str, ...]:
    """The mail addresses outside to which checkpoints go, as they are now; one look at an index."""
    return tuple((session.scalar(_LAST, {"of": CHECKPOINT_TO}) or "").split())


def witnesses(session: Session) -> str:
    """The verifier keys of the witnesses as they are now, a space between two."""
    return session.scalar(_LAST, {"of": WITNESSES}) or ""


_LAST = select(Setting.value).where(Setting.name == bindparam("of")).order_by(Setting.id.desc()).limit(1)


def clash(posts) -> tuple[str, str] | None:
    """Two posts that nobody holds together where the three administrators are kept apart; None where all agree.

    No two of the three; and beside the accounts, or the access log, no work on cases at all.
    """
    held = [post for post in ADMIN_POSTS if post in posts]
    if len(held) > 1:
        return held[0], held[1]
    others = [post for post in POSTS if post in posts and post not in ADMIN_POSTS]
    if others and held and held[0] != "secadmin":
        return held[0], others[0]
    return None
