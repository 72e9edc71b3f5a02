"""Assigning many at once, after an import: each with its own proposal, all with one confirmation."""

from flask import Blueprint, abort, request

import workflows
from app.domain import cases
from app.domain.errors import Refusal, Refusals
from app.extensions import db
from app.office import intake
from app.office.steps import take_step
from app.web import access, forms, htmx, words
from app.web.forms import text_of
from app.web.speech import gettext as _
from app.web.words import told

blueprint = Blueprint("assignments", __name__)
MOST = 100


@blueprint.get("/assignments")
def new():
    _for_dispatchers()
    return _page(request.args.getlist("case")[:MOST])


@blueprint.post("/assignments")
def create():
    """Each case on its own: what is refused for one says so in its row and holds up no other."""
    _for_dispatchers()
    done, refused = [], {}
    for number in request.form.getlist("case")[:MOST]:
        access.begin_writing()
        case = cases.find(db.session, number, access.officer(), to_write=True)
        if case is None:
            continue
        try:
            take_step(db.session, case, "assign", by=access.officer(), at=access.now(),
                      seen=forms.count_of(request.form.get(f"seen-{number}")) or 0, answers=_answers(case),
                      words=words.record_words(), register=access.register())
            access.commit()
            done.append(number)
        except Refusal as refusal:
            db.session.rollback()
            refused[number] = told(refusal.refusals[0] if isinstance(refusal, Refusals) else refusal)
    return _page(list(refused), done=done, refused=refused, code=422 if refused else 200)


def _answers(case) -> dict:
    number = case.number
    given = {name: text_of(request.form.get(f"{name}-{number}")) for name in ("lead", "grade")}
    given["basis"] = text_of(request.form.get(f"basis-{number}") or request.form.get("basis"))
    given["request"] = text_of(request.form.get("request"))
    codes = request.form.get(f"supports-{number}", "").split()
    given["supports"] = [{"unit": code, "task": given["request"], "due_on": None} for code in codes]
    if "due_on" in {ask.name for ask in workflows.get(case.kind).step["assign"].asks}:
        given["due_on"] = request.form.get(f"due_on-{number}") or None
    return given


def _page(numbers: list[str], *, done=(), refused=None, code: int = 200):
    rows = []
    for number in numbers:
        case = cases.find(db.session, number, access.officer())
        if case is not None and case.state == "filed":
            proposed = intake.proposal(db.session, case, register=access.register(), today=access.today())
            rows.append({"case": case, "proposed": {"grade": case.grade} | proposed,
                         "grades": workflows.get(case.kind).grades})
    return htmx.render("pages/cases/assign.html", rows=rows, units=forms.living_units(), done=done,
                       refused=refused or {}, request_text=request.form.get("request") or _(
                           "Please check the facts, handle the matter within the limit and report the result."),
                       code=code)


def _for_dispatchers() -> None:
    if not access.officer().has("dispatcher"):
        abort(403)
