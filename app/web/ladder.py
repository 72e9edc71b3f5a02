"""The ladder of supervision: read by the office and its auditors, set by the security administrator after a dry run."""

from flask import Blueprint, abort, redirect, request, url_for

import workflows
from app.domain import ladder
from app.domain.errors import Refusal, Refusals
from app.domain.notices import FORMS
from app.extensions import db
from app.office import reprojection
from app.office import rungs as office
from app.web import access, htmx, patience, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _
from app.web.words import told

blueprint = Blueprint("ladder", __name__)
FIELDS = ("kind", "basis", "valid_from", *(f"after-{level}" for level in office.LEVELS),
          *(f"paper-{level}" for level in office.LEVELS))


@blueprint.get("/ladder")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "secadmin")):
        abort(403)
    return _page()


@blueprint.post("/ladder")
def create():
    """Look at what would move (`look`), then set the rungs in one act."""
    if not access.officer().has(*office.EDITORS):
        abort(403)
    wish = office.read({name: text_of(request.form.get(name)) for name in FIELDS})
    room = {"by": access.officer(), "register": access.register()}
    try:
        if "look" in request.form:
            return _look(office.try_set(wish, today=access.today(), **room))
        access.begin_writing()
        room |= {"by": access.officer(), "register": access.register()}
        id = office.set_ladder(db.session, wish, at=access.now(), words=words.record_words(), **room).id
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal=refusal, code=code_of(refusal))
    return redirect(url_for("calendar.show", id=id), 303)


def _look(change):
    told_of = reprojection.foretell(db.session, change, today=access.today(), register=access.register(),
                                    is_enough=patience.ends())
    stands = access.register().ladder.of(change.kind, on=change.since)
    carried = {name: value for name, value in request.form.items() if name not in ("look", "csrf_token")}
    return htmx.render("pages/ladder/preview.html", told_of=told_of, change=change, stands=stands, carried=carried,
                       names=ladder.NAMES, kind_words=kind_words)


def _page(refusal: Refusal | None = None, code: int = 200):
    kind = request.values.get("kind") or None
    kind = kind if kind in workflows.every() else None
    each = refusal.refusals if isinstance(refusal, Refusals) else [refusal] if refusal else []
    found = access.register().ladder
    rows = sorted(found, key=lambda row: (row.level, row.kind or "", row.valid_from))
    return htmx.render(
        "pages/ladder/index.html", rows=rows, stands=found.of(kind, on=access.today()), kind=kind, names=ladder.NAMES,
        levels=office.LEVELS, by_itself=ladder.BY_ITSELF, kinds=workflows.every(), notice_forms=FORMS,
        given=request.form, wrong={one.field or "": told(one) for one in each}, kind_words=kind_words,
        may_edit=access.officer().has(*office.EDITORS), code=code)


def kind_words(kind: str | None) -> str:
    found = workflows.every().get(kind) if kind else None
    return _(found.label) if found else _("every kind")
