"""What is added to a case beside its steps: corrections, the redacted text, consent, the identity opened."""

from flask import Blueprint, redirect, request, url_for

from app.domain import privacy
from app.domain.errors import Refusal
from app.extensions import db
from app.office import records
from app.web import access, htmx, porter, words
from app.web.forms import text_of
from app.web.phrases import has_a_hand

blueprint = Blueprint("records", __name__)


@blueprint.post("/cases/<number>/identity")
def identity(number: str):
    """Open the complainant's identity against a reason; an entry says who did and why."""
    def act(case):
        return records.open_identity(db.session, case, reason=text_of(request.form.get("reason")), by=access.officer(),
                                     at=access.now(), words=words.record_words())

    case, seen = _record(number, act)
    porter.note("unmasked", case=number)
    return htmx.render("pages/cases/identity.html", case=case, seen=seen, labels=privacy.FIELDS)


@blueprint.post("/cases/<number>/corrections")
def correct(number: str):
    def act(case):
        return records.correct(
            db.session, case, request.form.get("field", ""), text_of(request.form.get("value")),
            reason=text_of(request.form.get("reason")), by=access.officer(), at=access.now(),
            words=words.record_words(),
        )

    _record(number, act)
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/redaction")
def redact(number: str):
    def act(case):
        return records.redact(db.session, case, text_of(request.form.get("redacted")), by=access.officer(),
                              at=access.now(), words=words.record_words())

    _record(number, act)
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.post("/cases/<number>/consent")
def consent(number: str):
    def act(case):
        return records.consent(
            db.session, case, given=request.form.get("given") == "yes", said=text_of(request.form.get("said")),
            by=access.officer(), at=access.now(), words=words.record_words(),
        )

    _record(number, act)
    return redirect(url_for("cases.show", number=number), 303)


@blueprint.get("/cases/<number>/records")
def index(number: str):
    """The office's own forms for a case: correct, redact, consent, open the identity."""
    case = access.case(number)
    actor = access.officer()
    complainant = db.session.get(privacy.Complainant, case.id)
    hidden = records.is_hidden(case, complainant, actor)
    if not ((complainant and has_a_hand()) or actor.has("registrar", "dispatcher", "supervisor")):
        access.missing("case", number)
    return htmx.render("pages/cases/records.html", case=case, complainant=privacy.view(complainant, hidden=hidden),
                       hidden=hidden, labels=privacy.FIELDS, correctable=records.CORRECTABLE,
                       consented_at=complainant.consented_at if complainant else None)


def _record(number: str, act):
    """One entry beside the steps; a refusal becomes its page."""
    access.begin_writing()
    case = access.case(number, to_write=True)
    try:
        result = act(case)
        access.commit()
    except Refusal:
        db.session.rollback()
        raise
    return case, result
