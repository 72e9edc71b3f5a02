"""Ledgers coming in: the file is laid on the shelf here, looked at in uploads, and put on the books by an errand that
these pages follow."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from sqlalchemy import select

import workflows
from app.domain import cases, errands, ledger, mappings
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import Refusal, Refused
from app.domain.files import CHUNK, Shelf
from app.extensions import db
from app.office import imports, sheets, shipped
from app.office.rows import Fault
from app.papers import tables
from app.web import access, filing, floor, htmx, words
from app.web.refusals import code_of
from app.web.words import told
from workflows.grammar import N_

blueprint = Blueprint("imports", __name__)
LATEST, SHOWN, ASSIGNED_TOGETHER = 12, 500, 100


@blueprint.get("/imports")
def index():
    return _upload_page(kinds_or_403())


@blueprint.post("/imports")
def create():
    """Lay the file on the shelf and go and look at it; one that cannot be read is not kept."""
    kinds = kinds_or_403()
    kind, sent = request.form.get("kind", ""), request.files.get("file")
    try:
        if kind not in kinds:
            raise Refused(N_("Please choose one of these."), field="kind")
        if sent is None or not sent.filename:
            raise Refused(N_("Please choose a file."), field="file")
        name = _file_name(sent.filename)
        db.session.rollback()  # the file is read while no transaction is open
        kept = _lay_up(sent.stream, name)
    except Refusal as refusal:
        return _upload_page(kinds, refusal=refusal)
    return redirect(url_for(
        "uploads.show", sha256=kept.sha256, kind=kind, name=name, source=request.form.get("source", "").strip() or None,
        mapping=request.form.get("mapping") or None), 303)


@blueprint.get("/imports/<int:id>")
def show(id: int):
    """How far it is, asked for again by the page until it is over."""
    errand = _errand(id)
    plan = sheets.Plan.of(errand.payload["plan"])
    told_of = errand.result or {}
    faults = [Fault.of(each) for each in told_of.get("faults", ())][:SHOWN]
    return htmx.render(
        "pages/imports/show.html", "fragments/imports/progress.html", errand=errand, plan=plan, told_of=told_of,
        faults=faults, told=told, kind=workflows.get(plan.kind),
        numbers=_to_assign(errand) if errand.state == errands.DONE else [], together=ASSIGNED_TOGETHER,
    )


@blueprint.get("/imports/blank/<kind>.xlsx")
def blank(kind: str):
    """An empty ledger with the headings that are known, to be filled in."""
    if kind not in kinds_or_403():
        abort(404)
    with tempfile.TemporaryFile() as out:
        heads = shipped.blank(kind)
        explained = shipped.explained(kind, words.record_words())
        tables.write(out, "xlsx", heads=heads, rows=(), title="台账", manifest=lambda _count: explained,
                     widths=dict.fromkeys(heads, 18))
        out.seek(0)
        body = out.read()
    return Response(body, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={kind}.xlsx"})


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def shelf() -> Shelf:
    return Shelf(current_app.extensions["settings"].uploads)


def kinds_or_403() -> dict:
    """The kinds that this officer may bring in."""
    found = {kind: workflow for kind, workflow in imports.kinds().items()
             if imports.may_bring(access.officer(), kind)}
    if not found:
        abort(403)
    return found


def _lay_up(stream, name: str):
    """Read through once, so that a password or a damage is told at once and beside the field; then kept."""
    if Path(name).suffix.lower() not in tables.EXTENSIONS:
        raise Refused(N_("Spreadsheets are taken in as .xlsx, .xls, .ods and .csv."), field="file")
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix) as copy:
        while chunk := stream.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        if not copy.tell():
            raise Refused(N_("The file is empty."), field="file")
        with floor.aside(), sheets.opened(Path(copy.name)):
            pass
        copy.seek(0)
        return shelf().keep(iter(lambda: copy.read(CHUNK), b""), name)


def _upload_page(kinds: dict, refusal: Refusal | None = None):
    latest = select(Errand).where(Errand.what == imports.WHAT).order_by(Errand.id.desc()).limit(LATEST)
    lines = [(errand, sheets.Plan.of(errand.payload["plan"])) for errand in db.session.scalars(latest)]
    return htmx.render(
        "pages/imports/index.html", kinds=kinds, sources=filing.SOURCES, workflows=workflows.every(),
        mappings=[each.name for each in mappings.every(db.session)], shipped=shipped.mappings(),
        lines=lines, given=request.form, refusal=refusal, told=told,
        code=code_of(refusal) if refusal else 200,
    )


def _errand(id: int) -> Errand:
    """Whoever may bring something in, or assigns what came, may see how it went."""
    if not access.officer().is_of_office:
        abort(403)
    errand = db.session.get(Errand, id)
    if errand is None or errand.what != imports.WHAT:
        abort(404)
    return errand


def _to_assign(errand: Errand) -> list[str]:
    """Cases that came with it and lie to be assigned, as many as the page for it takes."""
    if not access.officer().has("dispatcher"):
        return []
    query = select(Case.number).where(
        cases.may_see(access.officer()), Case.batch_id == errand.id, Case.state == ledger.OPEN[0])
    return list(db.session.scalars(query.order_by(Case.id).limit(ASSIGNED_TOGETHER)))


def _file_name(name: str) -> str:
    """The last part of what the browser says; some send a whole path."""
    return name.replace("\\", "/").rpartition("/")[2][-200:]
