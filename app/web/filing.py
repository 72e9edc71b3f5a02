"""A new case: its form, which shows what the kind asks for, and putting it on the books."""

from datetime import date, datetime

from flask import Blueprint, abort, request, url_for

import workflows
from app.domain import cases, catalogue, drafts, privacy
from app.domain.errors import Refusal, Refusals, Refused
from app.extensions import db
from app.office import intake
from app.web import access, forms, htmx, words
from app.web.forms import Choice, Day, Form, Line, Text, text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _

blueprint = Blueprint("filing", __name__)

SOURCES = (
    "投诉举报平台", "12345", "好差评", "满意度问卷", "走访", "恳谈会", "察访", "暗访", "体验式监督", "集中督导",
    "专项监督", "自查自纠", "巡视巡察", "审计", "上级交办", "媒体", "考评反馈", "任务分工方案",
)


@blueprint.get("/cases/new")
def new():
    kinds = kinds_to_file()
    if not kinds:
        abort(403)
    kind = request.args.get("kind") if request.args.get("kind") in kinds else next(iter(kinds))
    draft = drafts.of(db.session, access.officer().id, f"new/{kind}")
    given = draft.fields if draft else {"origin": request.args.get("origin", "")}
    return _new_page(kind, FilingForm.of(kind, given), draft=draft)


@blueprint.post("/cases")
def create():
    kind = request.form.get("kind", "")
    if kind not in kinds_to_file():
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
        required = {"title", "facts", "source"} | ({"origin", "complained_of"} if workflow.of_case else set())
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
        } | ({"facts": _("Unit and post only; a name belongs into the field made for it"),
              "origin": _("Its trail as it stands now is attached")} if workflow.of_case else {})
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

    def blame(self, refusal: Refusal) -> None:
        """The office speaks of a moment where the form asks for a day."""
        for each in refusal.refusals if isinstance(refusal, Refusals) else [refusal]:
            each.field = "received_on" if each.field == "received_at" else each.field
        super().blame(refusal)


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
        complainant=_complainant(kind, sent),
        is_anonymous=sent.get("anonymous") == "yes", origin=origin,
    )


def _complainant(kind: str, sent: dict) -> dict:
    asked = privacy.FIELDS if workflows.get(kind).has_complainant else ()
    return {name: sent[name] for name in asked if sent.get(name)}


def _received(value: str | None) -> datetime | None:
    """A day at its beginning; today is now."""
    if not value:
        return None
    try:
        on = date.fromisoformat(value)
        return access.now() if on == access.today() else access.register().calendar.starts(on)
    except (ValueError, OverflowError):  # the first and the last day of all begin in no year there is
        raise Refused(_("This is not a date; write it as 2026-11-02."), field="received_on") from None


def _new_page(kind: str, form: FilingForm, *, code: int = 200, draft=None):
    workflow = workflows.get(kind)
    return htmx.render(
        "pages/cases/new.html", code=code, workflow=workflow, kinds=kinds_to_file(), form=form, draft=draft,
        sources=SOURCES, classes=catalogue.classes(db.session, kind),
    )


def kinds_to_file() -> dict:
    return {kind: w for kind, w in workflows.every().items() if access.officer().has(*w.filed_by)}
