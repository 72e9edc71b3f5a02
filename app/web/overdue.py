"""The overdue board: units by rungs, the list behind each number with what was said and answered, and weeks of it."""

from dataclasses import dataclass

from flask import Blueprint, abort, request

from app.domain import notices, supervision
from app.extensions import db
from app.web import access, htmx, urging, weeks

blueprint = Blueprint("overdue", __name__)
MOST = 100
COLUMNS = ("soon", supervision.UNSAID, *map(supervision.rung, supervision.LEVELS), "overdue")
GROUPS = {"city": ("office", "department", "discipline"), "county": ("county", "park")}


@dataclass(frozen=True)
class Wanted:
    """Which number of the board the list is behind, as the address or the form says it."""

    unit: object
    which: str
    group: str


@blueprint.get("/overdue")
def index():
    _for_readers()
    return _board()


@blueprint.post("/overdue/acts")
def act():
    """Urge, prepare, grant or decline for the chosen rows, and see the list again with what came of it."""
    _for_readers()
    if request.form.get("act") == "prepare":
        return urging.to_paper()
    return _board(outcome=urging.carry_out())


def _board(outcome=None):
    actor, wanted = access.officer(), _wanted()
    tallies = supervision.tallies(db.session, actor, today=access.today())
    if wanted.group:
        people = access.register().people
        tallies = [each for each in tallies if people.units[each.unit_id].klass in GROUPS[wanted.group]]
    rows = _rows(actor, wanted)
    ids = [row.id for row in rows[:MOST]]
    return htmx.render(
        "pages/overdue/index.html", "fragments/overdue/list.html", tallies=tallies, wanted=wanted, rows=rows[:MOST],
        is_more=len(rows) > MOST, busiest=max([each.open for each in tallies], default=1), outcome=outcome,
        said=notices.of_cases(db.session, ids) if ids else {},
        climbed=supervision.reminders(db.session, [row.node_id for row in rows[:MOST]]) if ids else {},
        acts=urging.acts(actor), may_choose=urging.may_choose, columns=COLUMNS, chart=_chart(actor),
        is_own=not actor.sees_every_case, code=outcome.code if outcome else 200,
    )


def _rows(actor, wanted: Wanted) -> list:
    unit_id = wanted.unit.id if wanted.unit else None
    query = supervision.late_nodes(actor, today=access.today(), unit_id=unit_id, which=wanted.which)
    return db.session.execute(query.limit(MOST + 1)).all()


def _chart(actor):
    """Not for HTMX, which asks for the list alone."""
    if htmx.is_htmx():
        return None
    return weeks.draw(supervision.weeks(db.session, actor, today=access.today()), access.register().people.units)


def _wanted() -> Wanted:
    given = request.values
    which, group = given.get("which", "overdue"), given.get("group", "")
    return Wanted(access.register().people.by_code.get(given.get("unit", "")),
                  which if which in supervision.WHICH else "overdue", group if group in GROUPS else "")


def _for_readers() -> None:
    actor = access.officer()
    if not (actor.is_of_office or actor.has("leader", "auditor", "principal")):
        abort(403)
