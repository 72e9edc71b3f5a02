"""The calendar: the year with its days off, make-up workdays and the city's own; a change is looked at, then made."""

import calendar as months
import json
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select

from app.domain import schedules, trail, workdays
from app.domain.errands import Errand
from app.domain.errors import Refusal, Refused
from app.domain.trail import Entry, Value
from app.domain.workdays import LOCAL, CalendarDay
from app.extensions import db
from app.office import calendar as office
from app.office import reprojection
from app.web import access, htmx, patience, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import language
from app.web.words import MONTHS, told, weekday
from workflows.grammar import N_

blueprint = Blueprint("calendar", __name__)
BIGGEST, LATEST = 200_000, 8  # bytes of a schedule; errands shown


@blueprint.get("/calendar")
def index():
    return _page()


@blueprint.post("/calendar")
def create():
    """Look at a change first (`look`), then make it; the errand behind it is followed on its own page."""
    if not access.officer().has(*office.EDITORS):
        abort(403)
    try:
        change = _read()
        if "look" in request.form:
            return _look(change)
        access.begin_writing()
        errand = office.make(db.session, change, by=access.officer(), at=access.now(), today=access.today(),
                             words=words.record_words())
        id = errand.id if errand else None
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal=refusal, code=code_of(refusal))
    return redirect(url_for("calendar.show", id=id) if id else url_for("calendar.index"), 303)


@blueprint.get("/calendar/changes/<int:id>")
def show(id: int):
    """How far the dates have been moved, by the calendar or by a rule."""
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "secadmin")):
        abort(403)
    errand = db.session.get(Errand, id)
    if errand is None or errand.what != reprojection.WHAT:
        abort(404)
    return htmx.render("pages/calendar/show.html", "fragments/calendar/progress.html", errand=errand,
                       told_of=errand.result or {"moved": 0, "units": {}})


def _read() -> office.Change:
    form = request.form
    match form.get("what"):
        case "year":
            return office.YearNotice(_schedule())
        case "own":
            return office.OwnDay(_day("on"), form.get("is_off") != "worked", text_of(form.get("name")) or "",
                                 text_of(form.get("reason")) or "")
        case "gone":
            return office.OwnDayGone(_day("on"), text_of(form.get("reason")) or "")
        case _:
            abort(400)


def _schedule() -> schedules.Schedule:
    """From the file, from what the dry run carries along, or as typed: one day a line."""
    sent, source = request.files.get("file"), (request.form.get("source") or "").strip()
    if sent is not None and sent.filename:
        raw = sent.stream.read(BIGGEST + 1)
        source = source or sent.filename.replace("\\", "/").rpartition("/")[2]
    elif request.form.get("json"):
        raw = request.form["json"].encode()[: BIGGEST + 1]
    else:
        return schedules.read(_typed(), source=_source(source))
    if len(raw) > BIGGEST:
        raise Refused(N_("This file is too large for the schedule of one year."), field="file")
    try:
        parsed = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(N_("The file is not JSON."), field="file") from None
    try:
        return schedules.read(parsed, source=_source(source))
    except Refusal as refusal:
        refusal.field = refusal.field or "file"
        raise


def _source(source: str) -> str:
    if not source:
        raise Refused(N_("Say whose notice this is."), field="source")
    return source[:200]


def _typed() -> dict:
    rows = []
    for number, line in enumerate((request.form.get("days") or "").splitlines(), 1):
        on, _space, rest = line.strip().partition(" ")
        kind, _space, name = rest.strip().partition(" ")
        if on and kind not in OFF | WORKED:
            raise Refused(N_("Line %(number)s: write a date, off or worked, and a name."), field="days", number=number)
        if on:
            rows.append({"date": on, "isOffDay": kind in OFF, "name": name.strip()})
    year = request.form.get("year") or ""
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise Refused(N_("The file does not say which year it is for."), field="year")
    return {"year": int(year), "days": rows}


OFF, WORKED = {"off", "休"}, {"worked", "班"}
WEEK = [date(2024, 1, day) for day in range(1, 8)]  # a Monday to a Sunday


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name) or "")
    except ValueError:
        raise Refused(N_("This is not a date; write it as 2026-11-02."), field=name) from None


def _look(change: office.Change):
    turned = office.try_out(db.session, change, by=access.officer(), today=access.today())
    told_of = reprojection.Foretold()
    if turned:
        told_of = reprojection.foretell(db.session, turned, today=access.today(), is_enough=patience.ends())
    return htmx.render("pages/calendar/preview.html", told_of=told_of, change=change, carried=_carried(change),
                       new=_new_days(change))


def _carried(change: office.Change) -> dict:
    """What the form of the dry run sends again."""
    match change:
        case office.YearNotice(schedule):
            days = [{"date": on.isoformat(), "isOffDay": off, "name": name} for on, off, name in schedule.days]
            return {"what": "year", "source": schedule.source,
                    "json": json.dumps({"year": schedule.year, "days": days}, ensure_ascii=False)}
        case office.OwnDay(on, is_off, name, reason):
            return {"what": "own", "on": on.isoformat(), "is_off": "off" if is_off else "worked", "name": name,
                    "reason": reason}
        case _:
            return {"what": "gone", "on": change.on.isoformat(), "reason": change.reason}


def _new_days(change: office.Change) -> list[tuple[date, bool, str]]:
    """The days that would count differently, by name."""
    before = workdays.layers(db.session)
    after = change.tried(before).calendar().special
    old = before.calendar().special
    days = sorted(on for on in old.keys() | after.keys() if old.get(on) != after.get(on))
    return [(on, *after.get(on, (on.weekday() >= 5, ""))) for on in days]


def _page(refusal: Refusal | None = None, code: int = 200):
    found, today = access.register().calendar, access.today()
    year = request.args.get("year", "")
    year = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else today.year
    first, last = found.first.year, found.horizon.year + 1
    year = min(max(year, first), last)
    days = db.session.execute(select(CalendarDay.on, CalendarDay.layer, CalendarDay.is_off, CalendarDay.name).where(
        CalendarDay.on.between(date(year, 1, 1), date(year, 12, 31))).order_by(CalendarDay.on, CalendarDay.layer)).all()
    own = {day.on for day in days if day.layer == LOCAL}
    latest = db.session.scalars(select(Errand).where(Errand.what == reprojection.WHAT).order_by(
        Errand.id.desc()).limit(LATEST)).all() if access.officer().is_of_office or _may_edit() else []
    return htmx.render(
        "pages/calendar/index.html", year=year, first=first, last=last, grid=_grid(year, own), days=_runs(days),
        own=own, edition=office.editions(db.session, year, year)[0], reasons=_reasons() if own else {}, latest=latest,
        may_edit=_may_edit(), week=[weekday(on)[-1:] if language() == "zh" else weekday(on) for on in WEEK],
        month_words=month_words, given=request.form, wrong=refusal.field if refusal else None,
        refusal=told(refusal) if refusal else None, left=(found.horizon - today).days, code=code)


@dataclass
class Run:
    """Named days one after another that are one holiday of one layer."""

    on: date
    until: date
    layer: str
    is_off: bool
    name: str
    count: int = 1


def _runs(days) -> list[Run]:
    runs: list[Run] = []
    for layer in sorted({day.layer for day in days}):
        last = None
        for day in (each for each in days if each.layer == layer):
            same = last and (last.name, last.is_off) == (day.name, day.is_off) and layer != LOCAL
            if same and day.on - last.until == timedelta(days=1):
                last.until, last.count = day.on, last.count + 1
            else:
                last = Run(day.on, day.on, layer, day.is_off, day.name)
                runs.append(last)
    return sorted(runs, key=lambda run: run.on)


def month_words(number: int) -> str:
    return f"{number}月" if language() == "zh" else MONTHS[number - 1]


def _may_edit() -> bool:
    return access.officer().has(*office.EDITORS)


def _grid(year: int, own: set[date]) -> list[list[list]]:
    """Twelve months of weeks of days; None outside the month."""
    found = access.register().calendar
    weeks = months.Calendar().monthdatescalendar
    return [[[(found.day(on), on in own) if on.month == month else None for on in week]
             for week in weeks(year, month)] for month in range(1, 13)]


def _reasons() -> dict[str, tuple[str, str]]:
    """Day → who set it and on what decision, from the office's stream."""
    query = select(Entry.data, Entry.actor, Value.value).join(
        Value, (Value.stream == Entry.stream) & (Value.seq == Entry.seq) & (Value.key == "reason"), isouter=True)
    rows = db.session.execute(query.where(Entry.stream == trail.OFFICE, Entry.verb == "calendar_day_set"))
    return {json.loads(row.data)["day"]: (row.actor, row.value or "") for row in rows}
