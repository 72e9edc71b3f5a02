"""Whether this process answers: ok, and nothing more."""

from flask import Blueprint, abort, request
from sqlalchemy import func, select, text

from app.domain import errands, letters
from app.domain.clocks import TimeNode
from app.domain.errands import Errand
from app.domain.letters import Letter
from app.domain.trail import Unsequenced
from app.extensions import db
from app.web import access
from app.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def show():
    db.session.execute(text("SELECT 1"))
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/metrics")
@public
def metrics():
    """For this machine only: what waits, what is late, how far the trail is."""
    if request.remote_addr not in ("127.0.0.1", "::1") or request.headers.get("X-Forwarded-For"):
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    for name, meaning, query in _gauges():
        Gauge(f"duban_{name}", meaning, registry=registry).set(db.session.scalar(query))
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST}


def _gauges():
    late = TimeNode.stopped_at.is_(None) & TimeNode.duty.is_(True) & (TimeNode.due_on < access.today())
    yield "overdue_nodes", "Running time nodes past their due date", select(func.count(TimeNode.id)).where(late)
    yield "unsequenced_entries", "Entries the tree has not taken in", select(func.count()).select_from(Unsequenced)
    waiting = Errand.state == errands.WAITING
    yield "waiting_errands", "Errands that nobody has finished", select(func.count(Errand.id)).where(waiting)
    unsent = Letter.state.in_(letters.OPEN)
    yield "waiting_letters", "Letters not delivered yet", select(func.count(Letter.id)).where(unsent)
