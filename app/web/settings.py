"""The settings of the installation: read by the administrators and auditors, changed by the security administrator."""

from flask import Blueprint, abort, current_app, redirect, request, url_for

from app.domain import settings
from app.domain.errors import Refusal
from app.domain.settings import CHECKPOINT_TO, KEPT, ON, SEPARATED, WITNESSES
from app.extensions import db
from app.office import settings as office
from app.web import access, htmx, lodgings, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _
from app.web.speech import ngettext
from app.web.words import told
from workflows.grammar import N_, POSTS

blueprint = Blueprint("settings", __name__)
LABELS = {SEPARATED: N_("The three administrators kept apart"), KEPT: N_("How long the access log is kept"),
          CHECKPOINT_TO: N_("Checkpoints by mail to addresses outside"),
          WITNESSES: N_("Witnesses of checkpoints")}


@blueprint.get("/settings")
def index():
    if not access.officer().has("sysadmin", "secadmin", "logadmin", "auditor"):
        abort(403)
    return _page()


@blueprint.post("/settings/<name>")
def update(name: str):
    if not access.officer().has(*office.EDITORS):
        abort(403)
    if name not in LABELS:
        abort(404)
    access.begin_writing()
    try:
        office.change(db.session, name, request.form.get("value", ""), basis=text_of(request.form.get("basis")),
                      by=access.officer(), at=access.now(), words=words.record_words(),
                      sender=current_app.extensions["settings"].mail_from)
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(name, refusal, code_of(refusal))
    return redirect(url_for("settings.index"), 303)


def _page(name: str = "", refusal: Refusal | None = None, code: int = 200):
    now = settings.settings(db.session)
    wrong = {refusal.field or "": told(refusal)} if refusal else {}
    return htmx.render(
        "pages/settings/index.html", current=now, labels=LABELS, separated=SEPARATED, kept=KEPT, lodged=CHECKPOINT_TO,
        witnesses=WITNESSES,
        wrong=wrong, at=name, lodging=lodgings.shown(now.checkpoint_to),
        given=request.form, may_edit=access.officer().has(*office.EDITORS), value_words=value_words, limits=settings,
        two=[(who, _(POSTS[one]), _(POSTS[other])) for who, (one, other) in office.holding_two(db.session)], code=code)


def value_words(name: str, value: str) -> str:
    if name == KEPT:
        return ngettext("%(num)s day", "%(num)s days", int(value))
    if name == CHECKPOINT_TO:
        return _(", ").join(value.split()) or _("to nobody")
    if name == WITNESSES:
        return _(", ").join(key.partition("+")[0] for key in value.split()) or _("nobody")
    return _("kept apart") if value == ON else _("one person may hold several")
