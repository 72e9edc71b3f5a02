"""One unit: what it is, who answers for it, and where it stands."""

from flask import Blueprint

from app.domain import ledger, supervision
from app.domain.ledger import OPEN, Filter
from app.domain.people import UNIT_CLASSES
from app.extensions import db
from app.web import access, htmx

blueprint = Blueprint("units", __name__)


@blueprint.get("/units/<code>")
def show(code: str):
    actor, people = access.officer(), access.register().people
    unit = people.by_code.get(code)
    if unit is None or not (actor.sees_every_case or unit.id in actor.units):
        access.missing("unit", code)
    tallies = supervision.tallies(db.session, actor, today=access.today())
    wanted = Filter(unit=unit.id, states=OPEN, sort="due")
    return htmx.render(
        "pages/units/show.html", unit=unit, tally=next((t for t in tallies if t.unit_id == unit.id), None),
        klass=UNIT_CLASSES[unit.klass], page=ledger.page(db.session, actor, wanted, today=access.today()),
        superior=people.unit(unit.superior_id), successor=people.unit(unit.successor_id),
        predecessors=[u for u in people.units.values() if u.successor_id == unit.id],
    )
