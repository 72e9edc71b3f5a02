"""Time in hand: what each unit held in a period, in working and in calendar time, and the cases behind every sum."""

from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request

import workflows
from app.domain import sums
from app.domain.errors import Refusal, Refused
from app.domain.holdings import COMPLAINANT, HOLDERS, NOBODY
from app.domain.sums import Sum, Wanted
from app.extensions import db
from app.web import access, floor, htmx, words
from app.web.speech import gettext as _
from workflows.grammar import N_

blueprint = Blueprint("holdings", __name__)
LONGEST = timedelta(days=366)
HANDS = {"office": N_("as the office"), "lead": N_("as lead"), "support": N_("as supporting unit"),
         "organ": N_("as organ with power"), COMPLAINANT: N_("waiting for the complainant"), NOBODY: N_("paused")}


@blueprint.get("/holdings")
def index():
    actor = access.officer()
    if not (actor.sees_every_case or actor.units):
        abort(403)
    wanted, wrong = _asked(), {}
    found = sums.Sums()
    try:
        _check(wanted)
        with floor.aside():
            found = sums.read(db.session, actor, wanted, register=access.register(), now=access.now())
    except Refusal as refusal:
        wrong[refusal.field or "since"] = words.told(refusal)
    return htmx.render(
        "pages/holdings/index.html", "fragments/holdings/cases.html", 422 if wrong else 200, wanted=wanted,
        wrong=wrong, given=request.args, sums=found, rows=_rows(found), periods=_periods(), kinds=workflows.every(),
        hands=HANDS, address=address, link=link, who=who,
    )


def address(wanted: Wanted, **changes) -> str:
    said = {"since": wanted.since, "until": wanted.until, "kind": wanted.kind, "unit": wanted.unit,
            "hand": wanted.hand} | changes
    return "/holdings?" + urlencode({key: value for key, value in said.items() if value})


def link(wanted: Wanted, unit: str | None, hand: str | None) -> str:
    """The cases behind one sum of the table."""
    return address(wanted, unit=unit, hand=hand) + "#holdings-cases"


def who(unit: str | None, hand: str | None) -> str:
    """In whose hands; a unit that is gone keeps the name it had."""
    if unit is None:
        return {COMPLAINANT: _("Complainant"), NOBODY: _("Nobody: paused")}.get(hand, _("Everybody"))
    known = access.register().people.by_code.get(unit)
    return known.short if known else unit


def _rows(found: sums.Sums) -> list[dict]:
    """A row for each unit with its hands; the longest first, then the complainant and nobody."""
    rows: dict = {}
    for (unit, hand), amount in found.of.items():
        key = unit or hand
        row = rows.setdefault(key, {"unit": unit, "hand": None if unit else hand, "hands": {}, "sum": Sum()})
        row["hands"][hand] = amount
        row["sum"].plus(amount)
    return sorted(rows.values(), key=lambda row: (row["unit"] is None, -row["sum"].worked, row["unit"] or row["hand"]))


def _asked() -> Wanted:
    """What an address names that is not there is left out; days are looked at by `_check`."""
    people, unit, hand = access.register().people, request.args.get("unit", ""), request.args.get("hand", "")
    kind = request.args.get("kind", "")
    month, today = _periods()[0][1:]
    return Wanted(
        _day("since", month), _day("until", today), kind if kind in workflows.every() else None,
        unit if unit in people.by_code else None, hand if hand in HOLDERS else None,
    )


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name) or otherwise.isoformat())
    except ValueError:
        return date.min


def _check(wanted: Wanted) -> None:
    first = access.register().calendar.first
    for field, on in (("since", wanted.since), ("until", wanted.until)):
        if on == date.min:
            raise Refused(N_("This is not a date."), field=field)
    if wanted.since < first:
        raise Refused(N_("The calendar begins on %(day)s."), field="since", day=first)
    if wanted.since > access.today():
        raise Refused(N_("This period has not begun yet."), field="since")
    if wanted.until < wanted.since:
        raise Refused(N_("The period ends before it begins."), field="until")
    if wanted.until - wanted.since >= LONGEST:
        raise Refused(N_("Please choose a period of one year at most."), field="until")


def _periods() -> list[tuple[str, date, date]]:
    """Periods that circulars are written for: label, from, to."""
    today = access.today()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return [(_("This month"), month, today), (_("Last month"), before.replace(day=1), before),
            (_("This quarter"), quarter, today), (_("This year"), today.replace(month=1, day=1), today)]
