"""The overdue board: per unit what is late, due soon and open, and the list behind each number."""

from flask import Blueprint, abort, request

from app.domain import supervision
from app.extensions import db
from app.web import access, htmx

blueprint = Blueprint("overdue", __name__)
MOST = 100
GROUPS = {"city": ("office", "department", "discipline"), "county": ("county", "park")}


@blueprint.get("/overdue")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("leader", "auditor")):
        abort(403)
    people, group = access.register().people, request.args.get("group", "")
    tallies = supervision.tallies(db.session, actor, today=access.today())
    if group in GROUPS:
        tallies = [tally for tally in tallies if people.units[tally.unit_id].klass in GROUPS[group]]
    unit = people.by_code.get(request.args.get("unit", ""))
    which = request.args.get("which", "overdue")
    if which not in ("overdue", "soon", "open"):
        which = "overdue"
    query = supervision.late_nodes(actor, today=access.today(), unit_id=unit.id if unit else None, which=which)
    rows = db.session.execute(query.limit(MOST + 1)).all()
    return htmx.render(
        "pages/overdue/index.html", "fragments/overdue/list.html", tallies=tallies, group=group, unit=unit,
        which=which, rows=rows[:MOST], is_more=len(rows) > MOST, busiest=max([t.open for t in tallies], default=1),
    )
