"""Cases: the ledger, a new one, one in full, and what is added to it beside its steps."""

from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

import workflows
from app.domain import cases, catalogue, drafts, ledger, privacy, views
from app.domain.cases import Case
from app.domain.errors import Refusal, Refused
from app.domain.views import View
from app.extensions import db
from app.office import intake, records
from app.web import access, filters, forms, htmx, panel, words
from app.web.forms import Choice, Day, Form, Line, Text, text_of
from app.web.refusals import code_of

blueprint = Blueprint("cases", __name__)

SOURCES = (
    "投诉举报平台", "12345", "好差评", "满意度问卷", "走访", "恳谈会", "察访", "暗访", "体验式监督", "集中督导",
    "专项监督", "自查自纠", "巡视巡察", "审计", "上级交办", "媒体", "考评反馈", "任务分工方案",
)


@blueprint.get("/cases")
def index():
    wanted = filters.read(request.args)
    page = ledger.page(db.session, access.officer(), wanted, today=access.today(), after=request.args.get("after"))
    return htmx.render(
        "pages/cases/index.html", "fragments/cases/rows.html", page=page, wanted=wanted, filters=filters,
        views=views.of(db.session, access.officer().id), kinds=workflows.every(),
        states=workflows.get("complaint").states, units=_units(), may_file=_kinds_to_file(),
    )


@blueprint.get("/cases/<number>")
def show(number: str):
    return htmx.render("pages/cases/show.html", "fragments/case/panel.html",
                       panel=panel.of(_visible(number), access.officer()))


@blueprint.get("/cases/new")
def new():
    kinds = _kinds_to_file()
    if not kinds:
        abort(403)
    kind = request.args.get("kind") if request.args.get("kind") in kinds else next(iter(kinds))
    draft = drafts.of(db.session, access.officer().id, f"new/{kind}")
    given = draft.fields if draft else {"origin": request.args.get("origin", "")}
    return _new_page(kind, FilingForm.of(kind, given), draft=draft)


@blueprint.post("/cases")
def create():
    kind = request.form.get("kind", "")
    if kind not in _kinds_to_file():
        abort(403)
    sent = {key: text_of(value) for key, value in request.form.items()}
    access.begin_writing()
    try:
        filing = _filing(kind, sent)
        case = intake.file_case(db.session, filing, by=access.officer(), at=access.now(),
                                words=words.record_words(), register=access.register())
        drafts.drop(db.session, access.officer().id, f"new/{kind}")
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        form = FilingForm.of(kind, sent)
        form.blame(refusal)
        return _new_page(kind, form, code=code_of(refusal))
    return htmx.see(url_for("cases.show", number=case.number))


@blueprint.post("/drafts/<path:form>")
def draft(form: str):
    """Keep what is being typed; asked for by the page now and then, and by the button without scripts."""
    if len(form) > 80:
        abort(404)
    fields = {key: text_of(value)[:20_000] for key, value in request.form.items()
              if key not in ("csrf_token", "seen", "step", "back") and value}
    parts = forms._supports("supports", request.form)
    fields = {key: value for key, value in fields.items() if not key.startswith("supports-")}
    access.begin_writing()
    drafts.keep(db.session, access.officer().id, form, fields | ({"supports": parts} if parts else {}),
                at=access.now())
    access.commit()
    if htmx.is_htmx():
        return render_template("fragments/saved.html", at=access.now())
    return redirect(request.referrer if _is_ours(request.referrer) else "/", 303)


@blueprint.post("/cases/<number>/identity")
def identity(number: str):
    """Open the complainant's identity against a reason; an entry says who did and why."""
    def act(case):
        return records.open_identity(db.session, case, reason=text_of(request.form.get("reason")), by=access.officer(),
                                     at=access.now(), words=words.record_words())

    case, seen = _record(number, act)
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
def records_page(number: str):
    """The office's own forms for a case: correct, redact, consent, open the identity."""
    case = _visible(number)
    actor = access.officer()
    complainant = db.session.get(privacy.Complainant, case.id)
    hidden = records.is_hidden(case, complainant, actor)
    if complainant is None and not actor.has("registrar", "dispatcher", "supervisor"):
        abort(404)
    return htmx.render("pages/cases/records.html", case=case, complainant=privacy.view(complainant, hidden=hidden),
                       hidden=hidden, labels=privacy.FIELDS, correctable=records.CORRECTABLE,
                       consented_at=complainant.consented_at if complainant else None)


@blueprint.post("/views")
def save_view():
    name = (request.form.get("name") or "").strip()[:40]
    if name:
        access.begin_writing()
        query = (request.form.get("query") or "")[:500]
        found = db.session.scalar(select(View).where(View.officer_id == access.officer().id, View.name == name))
        if found:
            found.query = query
        else:
            db.session.add(View(officer_id=access.officer().id, name=name, query=query))
        access.commit()
    return redirect(url_for("cases.index") + "?" + (request.form.get("query") or ""), 303)


@blueprint.post("/views/<int:id>/removal")
def drop_view(id: int):
    access.begin_writing()
    view = db.session.get(View, id)
    if view is None or view.officer_id != access.officer().id:
        abort(404)
    db.session.delete(view)
    access.commit()
    return redirect(url_for("cases.index"), 303)


class FilingForm(Form):
    """A new case; which fields it shows depends on the kind."""

    title = Line()
    facts = Text(render_kw={"rows": 8})
    source = Line(render_kw={"list": "sources"})
    outside_number = Line()
    klass = Line(render_kw={"list": "classes"})
    grade = Choice()
    indicator = Line()
    place = Line()
    received_on = Day()
    complained_of = Choice()
    redacted = Text(render_kw={"rows": 6})
    name = Line()
    phone = Line(render_kw={"inputmode": "tel"})
    firm = Line()
    credit_code = Line()
    email = Line()
    address = Line()
    anonymous = Choice()
    origin = Line()

    @classmethod
    def of(cls, kind: str, given: dict) -> "FilingForm":
        workflow = workflows.get(kind)
        form = cls(formdata=None, data=given)
        required = {"title", "facts", "source"} | ({"origin"} if workflow.of_case else set())
        labels = {
            "title": _("Title"), "facts": _("Facts"), "source": _("Source"), "klass": _("Class"),
            "outside_number": _("Outside number"), "grade": _("Grade"), "indicator": _("Indicator concerned"),
            "place": _("Place"), "received_on": _("Received on"),
            "complained_of": _("Unit held to account") if workflow.of_case else _("Unit complained of"),
            "redacted": _("Redacted text for the unit complained of"), "origin": _("Raised from case"),
            "anonymous": _("Anonymous"),
        } | {name: _(label) for name, label in privacy.FIELDS.items()}
        hints = {
            "outside_number": _("As the source numbers it; unique per source"),
            "redacted": _("Without anything that tells who complains; needed before the unit complained of can lead"),
            "received_on": _("Empty: today"),
            "klass": _("The dispatch catalogue proposes the lead unit by class"),
        }
        for field in form:
            field.label.text = labels.get(field.name, field.label.text)
            field.description = hints.get(field.name, "")
            field.is_optional = field.name not in required
        form.grade.choices = [(name, _(label)) for name, label in workflow.grades]
        if not form.grade.data:
            form.grade.data = "ordinary"
        form.complained_of.choices = forms.unit_choices(forms.living_units())
        form.anonymous.choices = [("", _("No")), ("yes", _("Yes"))]
        return form


def _filing(kind: str, sent: dict) -> intake.Filing:
    people = access.register().people
    unit = people.by_code.get(sent.get("complained_of") or "")
    if sent.get("complained_of") and unit is None:
        raise Refused(_("There is no such unit."), field="complained_of")
    origin = None
    if number := (sent.get("origin") or "").strip():
        origin = cases.find(db.session, number, access.officer())
        if origin is None:
            raise Refused(_("There is no case with this number, or it is not for you to see."), field="origin")
    return intake.Filing(
        kind=kind, title=sent.get("title") or "", facts=sent.get("facts") or "", source=sent.get("source") or "",
        outside_number=sent.get("outside_number"), klass=sent.get("klass"), grade=sent.get("grade"),
        indicator=sent.get("indicator"), place=sent.get("place"), received_at=_received(sent.get("received_on")),
        complained_of=unit, redacted=sent.get("redacted"),
        complainant={name: sent[name] for name in privacy.FIELDS if sent.get(name)} if kind == "complaint" else {},
        is_anonymous=sent.get("anonymous") == "yes", origin=origin,
    )


def _received(value: str | None) -> datetime | None:
    """A day at its beginning; today is now."""
    if not value:
        return None
    try:
        on = date.fromisoformat(value)
    except ValueError:
        raise Refused(_("This is not a date; write it as 2026-11-02."), field="received_on") from None
    return access.now() if on == access.today() else access.register().calendar.starts(on)


def _new_page(kind: str, form: FilingForm, *, code: int = 200, draft=None):
    workflow = workflows.get(kind)
    return htmx.render(
        "pages/cases/new.html", code=code, workflow=workflow, kinds=_kinds_to_file(), form=form, draft=draft,
        sources=SOURCES, classes=catalogue.classes(db.session, kind),
    )


def _kinds_to_file() -> dict:
    return {kind: w for kind, w in workflows.every().items() if access.officer().has(*w.filed_by)}


def _record(number: str, act):
    """One entry beside the steps; a refusal becomes its page."""
    access.begin_writing()
    case = _visible(number, to_write=True)
    try:
        result = act(case)
        access.commit()
    except Refusal:
        db.session.rollback()
        raise
    return case, result


def _visible(number: str, *, to_write: bool = False) -> Case:
    case = cases.find(db.session, number, access.officer(), to_write=to_write)
    if case is None:
        abort(404)
    return case


def _units() -> list:
    return [unit for unit in access.register().people.units.values() if unit.klass != "leadership"]


def _is_ours(address: str | None) -> bool:
    return bool(address) and address.startswith(request.host_url)
