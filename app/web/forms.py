"""Forms made from what is asked: a step's table, a filing. They read and show; what is right is the office's to say."""

from flask_wtf import FlaskForm
from govuk_frontend_wtf.gov_form_base import GovFormBase
from govuk_frontend_wtf.wtforms_widgets import GovInput, GovSelect, GovTextArea
from markupsafe import Markup
from wtforms import SelectField, StringField, TextAreaField
from wtforms.widgets import PasswordInput

from app.domain.errors import Refusal, Refusals
from app.office.answers import is_required
from app.web import access
from app.web.speech import gettext as _
from app.web.words import told
from workflows.grammar import Ask

PARTS = 4  # supporting units that a form without scripts offers room for


class Form(FlaskForm):
    """A form whose errors may come from the office as refusals."""

    def blame(self, refusal: Refusal) -> None:
        """Put each sentence beside the field that caused it; what belongs to none stands above the form."""
        for each in refusal.refusals if isinstance(refusal, Refusals) else [refusal]:
            field = self._fields.get(each.field or "")
            if field is None:
                self.stray.append(told(each))
            else:
                field.errors = [*field.errors, told(each)]

    @property
    def stray(self) -> list[str]:
        return self.__dict__.setdefault("_stray", [])

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(id of the field or "", sentence) for the summary on top."""
        own = [(field.id, str(error)) for field in self if field.errors for error in field.errors]
        return [("", sentence) for sentence in self.stray] + own


def text_of(value: str | None) -> str | None:
    """What a browser sent, with line ends as the record keeps them (a browser makes CRLF of every one)."""
    return None if value is None else value.replace("\r\n", "\n")


def count_of(value: str | None) -> int | None:
    """A whole number as our own pages send it, and nothing else that Python would take for one."""
    return int(value) if value and len(value) < 10 and value.isascii() and value.isdecimal() else None


class _Worded(GovFormBase):
    """The library says "Error:" in English and has no word for what may be left empty."""

    def map_gov_params(self, field, **kwargs):
        params = super().map_gov_params(field, **kwargs)
        if "errorMessage" in params:
            params["errorMessage"]["visuallyHiddenText"] = _("Error")
        if getattr(field, "is_optional", False):
            params["label"]["text"] = _("%(label)s (optional)", label=params["label"]["text"])
        params["attributes"].update(getattr(field, "attributes", {}))
        if spelled := getattr(field, "input_type", None):
            params["type"] = spelled
        return params


class _LineWidget(_Worded, GovInput):
    input_type = "text"


class _SecretWidget(_Worded, GovInput):
    input_type = "password"
    validation_attrs = PasswordInput.validation_attrs

    def __call__(self, field, **kwargs):
        return super().__call__(field, value="", **kwargs)


class _TextWidget(_Worded, GovTextArea):
    pass


class _ChoiceWidget(_Worded, GovSelect):
    pass


class Line(StringField):
    widget = _LineWidget()


class Day(StringField):
    """A date by the browser's own control."""

    widget = _LineWidget()
    input_type = "date"


class Number(StringField):
    widget = _LineWidget()
    attributes = {"inputmode": "numeric"}


class Secret(StringField):
    widget = _SecretWidget()


class Text(TextAreaField):
    widget = _TextWidget()


class Choice(SelectField):
    widget = _ChoiceWidget()

    def __init__(self, label=None, validators=None, **more):
        super().__init__(label, validators, validate_choice=False, **more)


class Supports(StringField):
    """Supporting units with their task and date: rows of three, named supports-0-unit and so on."""

    units: list = []

    def widget(self, field, **_kwargs) -> Markup:
        return Markup("")  # drawn by the template, which knows the units

    @property
    def rows(self) -> list[dict]:
        given = [dict(row) for row in self.data or []]
        blank = {"unit": "", "task": "", "due_on": ""}
        return given + [dict(blank) for _row in range(max(PARTS - len(given), 1))]


def of_asks(asks: tuple[Ask, ...], *, given: dict, units, parts=()) -> Form:
    """A form for these questions, filled with `given`; `parts` are the units whose open part may be chosen."""
    fields = {ask.name: _field(ask, given, units, parts) for ask in asks}
    form = type("Asked", (Form,), fields)(formdata=None, data={k: v for k, v in given.items() if k in fields})
    for ask in asks:
        field = form[ask.name]
        field.is_optional = not is_required(ask, given) and ask.when is None
        if ask.kind == "supports":
            field.units = units
            field.data = given.get(ask.name) or []
    return form


def read(asks: tuple[Ask, ...], sent) -> dict:
    """What was sent for these questions, as the office takes it."""
    return {ask.name: supports(ask.name, sent) if ask.kind == "supports" else text_of(sent.get(ask.name))
            for ask in asks}


def unit_choices(units) -> list[tuple[str, str]]:
    return [("", "")] + [(unit.code, unit.name) for unit in units]


def living_units(*, leading: bool = True) -> list:
    """Units that can be given work, by class and code."""
    classes = ("department", "county", "park", "discipline", "office")
    units = [u for u in access.register().people.units.values() if not u.is_gone and u.klass in classes]
    return sorted(units, key=lambda unit: (classes.index(unit.klass), unit.id))


def _field(ask: Ask, given: dict, units, parts):
    label, hint = _(ask.label), _(ask.hint) if ask.hint else ""
    match ask.kind:
        case "text":
            return Text(label, description=hint, render_kw={"rows": 4})
        case "choice":
            choices = [(value, _(words)) for value, words in ask.choices]
            return Choice(label, choices=[("", ""), *choices], description=hint)
        case "day":
            return Day(label, description=hint)
        case "count":
            return Number(label, description=hint)
        case "unit":
            return Choice(label, choices=unit_choices(units), description=hint)
        case "support":
            return Choice(label, choices=unit_choices(parts), description=hint)
        case "supports":
            return Supports(label, description=hint)
        case _:
            return Line(label, description=hint)


def supports(name: str, sent) -> list[dict]:
    rows = []
    numbers = {count_of(key.split("-")[1]) for key in sent if key.startswith(f"{name}-")}
    for index in sorted(numbers - {None})[:40]:
        row = {part: text_of(sent.get(f"{name}-{index}-{part}", "")) for part in ("unit", "task", "due_on")}
        if any((value or "").strip() for value in row.values()):
            rows.append(row)
    return rows
