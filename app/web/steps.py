"""Steps of a case: the form of one, and the one address where every step of every kind is taken."""

from flask import Blueprint, abort, redirect, request, url_for

import workflows
from app.domain import cases, drafts
from app.domain.cases import Case
from app.domain.errors import NotAllowed, Refusal
from app.domain.standing import Offer
from app.extensions import db
from app.office import intake
from app.office.steps import take_step
from app.web import access, forms, htmx, panel, words
from app.web.refusals import code_of
from app.web.words import told

blueprint = Blueprint("steps", __name__)


@blueprint.get("/cases/<number>/steps/<name>")
def show(number: str, name: str):
    """The form of one step, in its place beside the case."""
    case = access.case(number)
    shown = panel.of(case, access.officer())
    offer = next((offer for offer in shown.offers if offer.step.name == name), None)
    if offer is None:
        return redirect(url_for("cases.show", number=number), 303)
    form = None if offer.reason else _form(case, shown, offer.step, _given(case, offer.step))
    return htmx.render("pages/cases/show.html", "fragments/case/steps.html", panel=shown, opened=offer, form=form)


@blueprint.post("/cases/<number>/steps")
def create(number: str):
    """Take a step: it creates an entry in the trail."""
    access.begin_writing()
    case = access.case(number, to_write=True)
    name = request.form.get("step", "")
    step = _step(case, name)
    answers = forms.read(step.asks, request.form)
    try:
        take_step(db.session, case, name, by=access.officer(), at=access.now(), seen=_seen(), answers=answers,
                  words=words.record_words(), register=access.register())
        drafts.drop(db.session, access.officer().id, draft_name(number, name))
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _refused(number, step, answers, refusal)
    if htmx.is_htmx():
        return htmx.render("", "fragments/case/panel.html", panel=panel.of(access.case(number), access.officer()))
    return redirect(_back(number), 303)


def _refused(number: str, step, answers: dict, refusal: Refusal):
    """The case as it stands now, with the sentence, and everything that was typed still in its form."""
    case = cases.find(db.session, number, access.officer())
    if case is None:
        raise refusal
    shown = panel.of(case, access.officer())
    offer = next((offer for offer in shown.offers if offer.step.name == step.name), Offer(step))
    form = None
    if step.asks and not isinstance(refusal, NotAllowed):
        form = _form(case, shown, step, answers)
        form.blame(refusal)
    return htmx.render(
        "pages/cases/show.html", "fragments/case/panel.html", panel=shown, opened=offer if form else None, form=form,
        refusal=None if form and not form.stray else told(refusal), code=code_of(refusal),
    )


def _form(case: Case, shown: panel.Panel, step, given: dict) -> forms.Form:
    people = access.register().people
    parts = [people.units[hand.unit_id] for hand in shown.standing.open_parts]
    return forms.of_asks(step.asks, given=given, units=forms.living_units(), parts=parts)


def _given(case: Case, step) -> dict:
    """What the form is opened with: his draft, else what the ledger or the catalogue proposes."""
    draft = drafts.of(db.session, access.officer().id, draft_name(case.number, step.name))
    if draft is not None:
        return draft.fields
    given: dict = {ask.name: request.args[ask.name] for ask in step.asks if ask.name in request.args}
    if step.hands == "assign":
        proposed = intake.proposal(db.session, case, register=access.register(), today=access.today())
        given = {"grade": case.grade, "request": case.request or "", "basis": case.basis or ""} | proposed | given
        given["supports"] = [{"unit": code, "task": "", "due_on": ""} for code in proposed.get("supports", ())]
    return given


def draft_name(number: str, step: str) -> str:
    return f"{number}/{step}"


def _step(case: Case, name: str):
    step = workflows.get(case.kind).step.get(name)
    if step is None:
        abort(404)
    return step


def _seen() -> int:
    seen = forms.count_of(request.form.get("seen"))
    return abort(400) if seen is None else seen


def _back(number: str) -> str:
    back = request.form.get("back", "")
    return back if access.is_ours(back) else url_for("cases.show", number=number)
