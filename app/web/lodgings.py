"""Checkpoints lodged outside, as they are shown: to whom which one went when, and what failed."""

from flask import current_app

from app.domain import checkpoints, letters, lodgings
from app.extensions import db
from app.office.delivery import OURS


def shown(addresses: tuple[str, ...]) -> dict:
    """What fragments/checkpoints/lodged.html looks at, for the addresses that are chosen now; two queries."""
    return {
        "addresses": addresses, "arrived": lodgings.arrived(db.session, addresses) if addresses else {},
        "latest": lodgings.latest(db.session), "states": letters.STATES, "ours": (*OURS, lodgings.OVERTAKEN),
        "short": checkpoints.short, "has_mail": bool(current_app.extensions["settings"].smtp_url),
    }
