"""The trail that is attached to a case: that of the case it was raised from, up to the entry that stood last then."""

from flask import Blueprint, abort

import workflows
from app.domain import cases, files, links, trail
from app.domain.cases import Case
from app.domain.trail import Entry
from app.extensions import db
from app.web import access, htmx, lines, panel

blueprint = Blueprint("attached", __name__)


@blueprint.get("/cases/<number>/attached")
def show(number: str):
    """Whoever may see the case reads what was attached to it; of the other case no more than that, and without what
    is kept from a unit. A sealed one stays with those who are named on it."""
    actor, case = access.officer(), access.case(number)
    session = db.session
    found = links.attached(session.scalars(trail.of(number).where(Entry.verb == "linked")).all())
    origin = session.get(Case, case.origin_id) if case.origin_id and found else None
    own = cases.find(session, origin.number, actor) if origin else None
    if origin is None or (origin.sealed and own is None):
        abort(404)
    entries = session.scalars(trail.of(origin.number).where(Entry.seq <= found["seq"])).all()
    shown = links.for_eyes_of(session, entries, actor)
    is_blind = own is None or cases.is_blind(origin, actor)
    values, workflow = trail.values(session, origin.number), workflows.get(origin.kind)
    kept_back = {file.sha256 for file in files.of_case(session, origin.id) if not panel.may_see_file(file, is_blind)}
    return htmx.render(
        "pages/attached/show.html", case=case, origin=origin, attached=found, may_open=own is not None,
        holds=bool(entries) and entries[-1].seal == found["seal"],
        lines=[lines.told(entry, values.get(entry.seq, {}), workflow, is_blind, kept_back)
               for entry in reversed(shown)],
    )
