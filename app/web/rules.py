"""The rules of terms: read by the office and its auditors, set by the security administrator after a dry run."""

from datetime import date

from flask import Blueprint, abort, redirect, request, url_for

import workflows
from app.domain import profiles
from app.domain.errors import Refusal, Refusals
from app.domain.rules import DEFAULT_PROFILE
from app.extensions import db
from app.office import reprojection
from app.office import rules as office
from app.web import access, forms, htmx, patience, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _
from app.web.words import told
from workflows.grammar import PURPOSES

blueprint = Blueprint("rules", __name__)
FIELDS = ("profile", "purpose", "kind", "class", "grade", "budget", "counted", "cap", "extensions", "remind", "basis",
          "valid_from")


@blueprint.get("/rules")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "secadmin")):
        abort(403)
    return _page()


@blueprint.post("/rules")
def create():
    """Look at what would move (`look`), then set the rule, a whole profile, or withdraw one."""
    if not access.officer().has(*office.EDITORS):
        abort(403)
    try:
        if "look" in request.form:
            return _look()
        access.begin_writing()
        errand = _do()
        id = errand.id if errand else None
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal=refusal, code=code_of(refusal))
    return redirect(url_for("calendar.show", id=id) if id else url_for("rules.index"), 303)


def _rows():
    if name := request.form.get("take"):
        if name not in profiles.names():
            abort(400)
        try:
            since = date.fromisoformat(request.form.get("valid_from") or "")
        except ValueError:
            since = None
        return profiles.of(name, valid_from=since)
    return [office.read({name: text_of(request.form.get(name)) for name in FIELDS})]


def _to_open() -> bool:
    return request.form.get("to_open") == "yes"


def _withdrawn() -> int | None:
    return forms.count_of(request.form.get("withdraw"))


def _look():
    room = {"to_open": _to_open(), "by": access.officer(), "register": access.register(), "today": access.today()}
    if (id := _withdrawn()) is not None:
        change = office.try_withdraw(id, reason=text_of(request.form.get("reason")) or "", **room)
    else:
        change = office.try_set(_rows(), **room)
    told_of = reprojection.Foretold()
    if _to_open() or not change.withdrawn:
        told_of = reprojection.foretell(db.session, change, today=access.today(), is_enough=patience.ends())
    carried = {name: value for name, value in request.form.items() if name not in ("look", "csrf_token")}
    return htmx.render("pages/rules/preview.html", told_of=told_of, change=change, carried=carried, scope=scope)


def _do():
    room = {"to_open": _to_open(), "by": access.officer(), "register": access.register(), "at": access.now(),
            "words": words.record_words()}
    if (id := _withdrawn()) is not None:
        return office.withdraw(db.session, id, reason=text_of(request.form.get("reason")) or "", **room)
    return office.set_rules(db.session, _rows(), **room)


def _page(refusal: Refusal | None = None, code: int = 200):
    found = sorted(access.register().rules, key=lambda rule: (list(PURPOSES).index(rule.purpose), rule.kind or "",
                                                              rule.klass or "", rule.grade or "", rule.valid_from))
    each = refusal.refusals if isinstance(refusal, Refusals) else [refusal] if refusal else []
    wrong = {one.field or "": told(one) for one in each}
    grades = {name: label for workflow in workflows.every().values() for name, label in workflow.grades}
    return htmx.render(
        "pages/rules/index.html", rules=found, kinds=workflows.every(), grades=grades, profiles=profiles.names(),
        given=request.form, wrong=wrong, may_edit=access.officer().has(*office.EDITORS), scope=scope,
        own=_("Our own"), default=DEFAULT_PROFILE, code=code)


def scope(rule) -> str:
    """Which cases it is for, the most particular last."""
    kind = workflows.every().get(rule.kind) if rule.kind else None
    said = [_(kind.label) if kind else _("every kind")]
    if rule.grade:
        having = [kind] if kind else workflows.every().values()
        said.append(next((_(label) for each in having for name, label in each.grades if name == rule.grade),
                         rule.grade))
    if rule.klass:
        said.append(rule.klass)
    return " · ".join(said)
