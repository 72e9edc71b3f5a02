"""Dossiers: an auditor asks for one, follows how far it is, and takes it away. Asking and taking are entries."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for

from app.domain.cases import Case
from app.domain.errands import DONE, Errand
from app.domain.errors import Refusal
from app.domain.files import CHUNK
from app.extensions import db
from app.office import dossiers
from app.web import access, htmx, panel, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _
from app.web.words import told

blueprint = Blueprint("dossiers", __name__)


@blueprint.post("/cases/<number>/dossiers")
def create(number: str):
    """Have it packed by the worker; one that is under way already is followed instead."""
    access.begin_writing()
    case, actor = access.case(number), access.officer()
    reason = text_of(request.form.get("reason", "")).strip()
    try:
        errand = None if reason else dossiers.under_way(db.session, case, actor)
        errand = errand or dossiers.ask(db.session, case, reason=reason, by=actor, at=access.now(),
                                        words=words.record_words())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        if not dossiers.may_take(actor):
            raise
        return htmx.render("pages/cases/show.html", panel=panel.of(access.case(number), actor), wrong=told(refusal),
                           code=code_of(refusal))
    return redirect(url_for("dossiers.show", number=number, id=errand.id), 303)


@blueprint.get("/cases/<number>/dossiers/<int:id>")
def show(number: str, id: int):
    """How far it is, asked for again by the page until it is over."""
    case, errand = _asked(number, id)
    return htmx.render("pages/dossiers/show.html", "fragments/dossiers/progress.html", case=case, errand=errand,
                       kept_until=errand.ended_at and errand.ended_at + dossiers.KEPT, is_there=_path(id).exists())


@blueprint.get("/cases/<number>/dossiers/<int:id>/file")
def file(number: str, id: int):
    """The zip, to whoever asked for it, as long as he may still see the case."""
    case, errand = _asked(number, id)
    if errand.state != DONE:
        abort(404)
    try:
        out = open(_path(id), "rb")  # noqa: SIM115 - closed when the last byte is sent
    except FileNotFoundError:
        abort(410)
    name = quote(f"{case.number}-{_('Dossier')}.zip")
    response = Response(iter(lambda: out.read(CHUNK), b""), mimetype="application/zip", direct_passthrough=True)
    response.call_on_close(out.close)
    response.headers["Content-Disposition"] = f"attachment; filename={case.number}.zip; filename*=UTF-8''{name}"
    response.headers["Content-Length"] = str(errand.result["size"])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(number: str, id: int) -> tuple[Case, Errand]:
    """His own asking about a case that he sees; there is nothing else here for anybody."""
    case, actor = access.case(number), access.officer()
    errand = db.session.get(Errand, id)
    if (errand is None or errand.what != dossiers.WHAT or errand.payload["case"] != case.number
            or errand.officer_id != actor.id or not dossiers.may_take(actor)):
        abort(404)
    return case, errand


def _path(id: int):
    return dossiers.path(current_app.extensions["settings"].dossiers, id)
