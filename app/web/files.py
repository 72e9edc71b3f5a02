"""Evidence of a case: attach, take away, strike out."""

import re
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.http import quote_header_value

from app.domain import privacy
from app.domain.errors import Refusal, Refused
from app.domain.files import CHUNK, File, Shelf
from app.extensions import db
from app.office import records
from app.web import access, htmx, panel, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.words import told
from workflows.grammar import N_

blueprint = Blueprint("files", __name__)


def shelf() -> Shelf:
    return Shelf(current_app.extensions["settings"].files)


@blueprint.post("/cases/<number>/files")
def create(number: str):
    case = access.case(number)
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Refused(N_("Please choose a file."), field="file")
        db.session.rollback()  # the file is read while no transaction is open
        kept = shelf().keep(iter(lambda: sent.stream.read(CHUNK), b""), _file_name(sent.filename))
        access.begin_writing()
        case = access.case(number, to_write=True)
        records.attach(db.session, case, kept, purpose=request.form.get("purpose", "evidence"), by=access.officer(),
                       at=access.now(), words=words.record_words(), register=access.register())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        shown = panel.of(access.case(number), access.officer())
        return htmx.render("pages/cases/show.html", "fragments/case/panel.html", panel=shown, refusal=told(refusal),
                           code=code_of(refusal))
    return redirect(url_for("cases.show", number=number) + "#case-files", 303)


@blueprint.get("/cases/<number>/files/<int:id>")
def show(number: str, id: int):
    """The content, as something to keep and never as a page of ours."""
    file = _file(number, id)
    if not shelf().holds(file.sha256):
        abort(410)
    safe = file.type in ("image/png", "image/jpeg", "application/pdf")
    how = "inline" if safe and request.args.get("view") else "attachment"
    name = quote_header_value(file.name.encode("ascii", "replace").decode())
    return Response(shelf().read(file.sha256), mimetype=file.type, direct_passthrough=True, headers={
        "Content-Disposition": f"{how}; filename={name}; filename*=UTF-8''{quote(file.name)}",
        "Content-Length": str(file.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    })


@blueprint.post("/cases/<number>/files/<int:id>/strike")
def strike(number: str, id: int):
    access.begin_writing()
    case = access.case(number, to_write=True)
    file = _file(number, id)
    try:
        records.strike_out(db.session, case, file, reason=text_of(request.form.get("reason")), by=access.officer(),
                           at=access.now(), words=words.record_words())
        access.commit()
    except Refusal:
        db.session.rollback()
        raise
    return redirect(url_for("cases.show", number=number) + "#case-files", 303)


def _file(number: str, id: int) -> File:
    case, actor = access.case(number), access.officer()
    file = db.session.get(File, id)
    blind = records.is_hidden(case, privacy.of(db.session, case.id), actor)
    if file is None or file.case_id != case.id or not panel.may_see_file(file, blind):
        access.missing("file", id)
    return file


def _file_name(name: str) -> str:
    """The last part of what the browser says; some send a whole path. In one line, because headers carry it."""
    return re.sub(r"[\r\n\t]+", " ", name.replace("\\", "/").rpartition("/")[2])[-200:]
