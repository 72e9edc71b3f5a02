"""Checkpoints outside this office, as they are shown: to whom which one went when, what failed, and which one who
put his signature under."""

from flask import current_app

from app.domain import checkpoints, letters, lodgings, witnesses
from app.extensions import db
from app.office.delivery import OURS


def shown(addresses: tuple[str, ...]) -> dict:
    """What fragments/checkpoints/lodged.html looks at, for the addresses that are chosen now; two queries."""
    return {
        "addresses": addresses, "arrived": lodgings.arrived(db.session, addresses) if addresses else {},
        "latest": lodgings.latest(db.session), "states": letters.STATES, "ours": (*OURS, lodgings.OVERTAKEN),
        "short": checkpoints.short, "has_mail": bool(current_app.extensions["settings"].smtp_url),
    }


def witnessed(keys: tuple[str, ...], last) -> dict:
    """What fragments/checkpoints/witnessed.html looks at, for the witnesses that are named now, and what stands under
    the last checkpoint; a query, and two more where there is something."""
    names, seen = [key.partition("+")[0] for key in keys], witnesses.seen(db.session)
    return {
        "keys": dict(zip(names, keys, strict=True)), "seen": seen, "short": checkpoints.short,
        "last": witnesses.last_of(db.session, names) if seen and names else {},
        "under": witnesses.under(db.session, last.id) if seen and seen[0].size == last.size else [],
    }
