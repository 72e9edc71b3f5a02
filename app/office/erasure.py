"""Lawful erasure: who the complainant is goes away with its salts, its row and every draft on the case; an entry says
so, and every proof holds, since entries bind only the digests."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain import privacy, texts, trail
from app.domain.cases import Case
from app.domain.drafts import Draft
from app.domain.errors import NotAllowed, Refused
from app.domain.people import Actor
from app.domain.privacy import Complainant
from app.domain.trail import Value, Written
from workflows.grammar import N_

PREFIX = "complainant."


def erase_identity(session: Session, case: Case, *, basis: str, reason: str, by: Actor, at: datetime,
                   words) -> list[Written]:
    """One entry for each entry that held something of the complainant."""
    if by.id is not None and not by.has("director"):
        raise NotAllowed(N_("This is not for your post to do."))
    basis = texts.required(basis, field="basis", longest=300)
    reason = texts.required(reason, field="reason", longest=2000)
    held: dict[int, list[str]] = {}
    for seq, key in session.execute(_held(case.number)):
        held.setdefault(seq, []).append(key)
    if not held:
        raise Refused(N_("Nothing of a complainant's identity is kept with this case."))
    session.execute(update(Value).where(*_mine(case.number)).values(value=None, salt=None))
    session.execute(update(Complainant).where(Complainant.case_id == case.id).values(dict.fromkeys(privacy.FIELDS)))
    session.execute(delete(Draft).where(Draft.form.startswith(f"{case.number}/", autoescape=True)))
    case.touched_at = at
    return [trail.append(
        session, case.number, "erased", by=by.username, unit=by.first.unit if by.first else None, at=at,
        words={"verb": words(trail.VERBS["erased"].sentence)}, plain={"entry": seq, "keys": keys, "basis": basis},
        beside={"reason": reason}) for seq, keys in sorted(held.items())]


def _mine(stream: str):
    return Value.stream == stream, Value.key.startswith(PREFIX, autoescape=True), Value.value.is_not(None)


def _held(stream: str):
    return select(Value.seq, Value.key).where(*_mine(stream)).order_by(Value.seq, Value.key)
