"""Two cases that point to each other: the one that was raised, and the one it was raised from."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import links, trail
from app.domain.cases import Case
from workflows.grammar import N_

RELATIONS = {links.RAISED_FROM: N_("Raised from"), links.RAISED: N_("Raised for it")}


def raise_from(session: Session, case: Case, origin: Case, *, by: str, unit: str, at: datetime, words) -> None:
    """Each trail names the last seal of the other: what stood there at that moment is attached for good."""
    for here, there, relation in ((case, origin, links.RAISED_FROM), (origin, case, links.RAISED)):
        seq, seal = trail.last(session, there.number)
        trail.append(
            session, here.number, "linked", by=by, unit=unit, at=at,
            words={"verb": words(trail.VERBS["linked"].sentence), "relation": words(RELATIONS[relation])},
            plain={"to": there.number, "relation": relation, "seq": seq, "seal": seal},
        )
