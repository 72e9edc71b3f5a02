"""Looking back by lot: the announcements, one with its draw and its rows, and its population."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select

import workflows
from app.domain import clocks, keys, lookbacks, trail
from app.domain.cases import Case
from app.domain.errors import Refusal, Refusals, Refused
from app.domain.lookbacks import MUSTS, RESULTS, Look, Lookback, Rule
from app.extensions import db
from app.office import lookbacks as office
from app.web import access, forms, htmx, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.words import told
from workflows.grammar import N_

blueprint = Blueprint("lookbacks", __name__)
PAGE, ROWS = 25, 300
SHARE = "15"  # 10 to 20 percent is usual
REMIND = 5


@dataclass(frozen=True)
class Shown:
    """A row with its lamp, as the table shows it."""

    row: object
    lamp: clocks.Lamp


@blueprint.get("/lookbacks")
def index():
    for_readers()
    return _index()


@blueprint.post("/lookbacks")
def create():
    """Announce: from here on population and rule stand."""
    only("supervisor")
    access.begin_writing()
    try:
        made = office.announce(db.session, _rule(), **by())
        id = made.id
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _index(refusal=refusal, code=code_of(refusal))
    return htmx.see(url_for("lookbacks.show", id=id))


@blueprint.get("/lookbacks/<int:id>")
def show(id: int):
    for_readers()
    return _show(found(id))


@blueprint.post("/lookbacks/<int:id>/draw")
def draw(id: int):
    only("supervisor")
    access.begin_writing()
    try:
        office.draw(db.session, found(id, to_write=True), **by())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _show(found(id), refusal=told(refusal), code=code_of(refusal))
    return redirect(url_for("lookbacks.show", id=id), 303)


@blueprint.get("/lookbacks/<int:id>/population")
def population(id: int):
    """All that could have been drawn, to be printed and kept beside the announcement."""
    for_readers()
    lookback = found(id)
    rows = db.session.execute(lookbacks.rows(access.officer(), drawn=False), {"of": id}).all()
    return htmx.render("pages/lookbacks/population.html", lookback=lookback, rows=rows, musts=MUSTS,
                       announcement=lookbacks.entry(db.session, lookback.announced_seq), **_rule_words(lookback))


def _index(*, refusal: Refusal | None = None, code: int = 200):
    after = forms.count_of(request.args.get("after"))
    query = select(Lookback).order_by(Lookback.id.desc()).limit(PAGE + 1)
    rows = db.session.scalars(query.where(Lookback.id < after) if after else query).all()
    return htmx.render(
        "pages/lookbacks/index.html", rows=rows[:PAGE], after=rows[PAGE - 1].id if len(rows) > PAGE else None,
        given=_given(), wrong=wrong(refusal), kinds=workflows.every(), units=forms.living_units(), musts=MUSTS,
        may_announce=access.officer().has("supervisor"), code=code,
    )


def _given() -> dict:
    """What was typed, else the quarter that has just passed and the usual share of all."""
    if request.method == "POST":
        return request.form.to_dict() | {"musts": request.form.getlist("musts")}
    today = access.today()
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    since = date(first.year - (first.month == 1), (first.month - 4) % 12 + 1, 1)
    return {"since": since.isoformat(), "until": today.isoformat(), "share": SHARE, "musts": list(MUSTS)}


def _show(lookback: Lookback, *, refusal: str | None = None, code: int = 200):
    session, after = db.session, forms.count_of(request.args.get("after")) or 0
    query = lookbacks.rows(access.officer(), drawn=True).where(Look.place > after).limit(ROWS + 1)
    rows = session.execute(query, {"of": lookback.id}).all() if lookback.drawn_at else []
    announcement = lookbacks.entry(session, lookback.announced_seq)
    checkpoint = lookbacks.first_checkpoint(session, lookback)
    return htmx.render(
        "pages/lookbacks/show.html", lookback=lookback, announcement=announcement,
        digest=trail.facts(announcement)["digest"], note=keys.parted(checkpoint.note)[0] if checkpoint else None,
        signed_at=checkpoint.at if checkpoint else None, holds=_holds(lookback, checkpoint),
        repeated=_repeated(lookback), rows=[_shown(row) for row in rows[:ROWS]],
        after=rows[ROWS - 1].place if len(rows) > ROWS else None, counts=_counts(lookback), musts=MUSTS,
        results=RESULTS, may_draw=access.officer().has("supervisor"), refusal=refusal, code=code,
        **_rule_words(lookback),
    )


def _holds(lookback: Lookback, checkpoint) -> bool:
    """Whether the draw, repeated now, gives the cases that stand as drawn."""
    if lookback.drawn_at is None or checkpoint is None:
        return lookback.drawn_at is None
    query = select(Case.number).join(Look, Look.case_id == Case.id).where(
        Look.lookback_id == lookback.id, Look.place.is_not(None)).order_by(Look.place)
    return db.session.scalars(query).all() == office.repeat(db.session, lookback, checkpoint.note)


def _repeated(lookback: Lookback) -> str | int | None:
    """What comes of a checkpoint that a reader has from elsewhere: how many it draws, or the sentence against it."""
    note = text_of(request.args.get("note"))
    if not note:
        return None
    try:
        return len(office.repeat(db.session, lookback, note.strip() + "\n"))
    except Refused as refused:
        return told(refused)


def _counts(lookback: Lookback) -> dict:
    query = select(Look.result, Look.reopened, func.count()).where(
        Look.lookback_id == lookback.id, Look.place.is_not(None)).group_by(Look.result, Look.reopened)
    found = db.session.execute(query).all()
    return {
        "drawn": sum(count for *_, count in found), "looked": sum(count for result, _, count in found if result),
        "held": sum(count for result, _, count in found if result == lookbacks.HELD),
        "reopened": sum(count for _, reopened, count in found if reopened),
    }


def _shown(row) -> Shown:
    calendar = access.register().calendar
    warn_on = clocks.warn_from(row.due_on, REMIND, calendar)
    looked_on = calendar.on(row.looked_at) if row.looked_at else None
    return Shown(row, clocks.lamp(due_on=row.due_on, warn_on=warn_on, today=access.today(), calendar=calendar,
                                  stopped_on=looked_on))


def _rule() -> Rule:
    sent, people_ = request.form, access.register().people
    unit = people_.by_code.get(sent.get("unit", ""))
    share = forms.count_of(sent.get("share", "").strip())
    return Rule(since=_day("since"), until=_day("until"), share=share or 0, kind=sent.get("kind") or None,
                klass=sent.get("class", "").replace("\0", "").strip() or None, unit_id=unit.id if unit else None,
                musts=tuple(name for name in MUSTS if name in sent.getlist("musts")))


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Refused(N_("This is not a date; write it as 2026-11-02."), field=name) from None


def _rule_words(lookback: Lookback) -> dict:
    unit = access.register().people.unit(lookback.unit_id)
    return {"unit": unit, "kind": workflows.get(lookback.kind) if lookback.kind else None}


def wrong(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    each = refusal.refusals if isinstance(refusal, Refusals) else [refusal]
    return {one.field or "": told(one) for one in each}


def found(id: int, *, to_write: bool = False) -> Lookback:
    return lookbacks.find(db.session, id, to_write=to_write) or abort(404)


def by() -> dict:
    return {"by": access.officer(), "at": access.now(), "words": words.record_words(), "register": access.register()}


def for_readers() -> None:
    if not (access.officer().is_of_office or access.officer().has("leader", "auditor")):
        abort(403)


def only(*posts: str) -> None:
    if not access.officer().has(*posts):
        abort(403)
