"""A spreadsheet on the shelf, looked at before anything is written: its columns and what they mean, its bad rows, its
first rows as they would stand; and the order to put it on the books."""

from datetime import date

from flask import Blueprint, abort, request, url_for
from sqlalchemy.exc import IntegrityError

import workflows
from app.domain import mappings
from app.domain.errors import Refusal, Refusals, Refused
from app.domain.mappings import Mapping
from app.extensions import db
from app.office import columns, imports, sheets, shipped
from app.office.rows import Copyist
from app.office.sheets import Plan
from app.papers import tables
from app.web import access, filing, floor, htmx, words
from app.web.imports import kinds_or_403, shelf
from app.web.refusals import code_of
from app.web.words import told
from workflows.grammar import N_

blueprint = Blueprint("uploads", __name__)
LOOKED_AT = 2000  # rows looked through while somebody waits; the errand looks at all of them
SAMPLED, SAMPLES, FIRST = 200, 3, 5


@blueprint.get("/imports/files/<sha256>")
def show(sha256: str):
    return _page(sha256, request.args)


@blueprint.post("/imports/files/<sha256>")
def create(sha256: str):
    """Order the file to be put on the books; refuses while a column is undecided or a row that was looked at is bad."""
    sent = request.form
    if "look" in sent:
        return _page(sha256, sent)
    with floor.aside(), _opened(sha256, sent) as book:
        plan, _said = _plan(book, sent)
        try:
            sheets.settled(plan)
            found = _look_through(book, plan)
        except Refusal as refusal:
            return _page(sha256, sent, refusal=refusal)
        if found.faults:
            return _page(sha256, sent, refusal=Refused(imports.BAD_ROWS))
    try:
        id = _order(plan, sha256, sent, found)
    except Refusal as refusal:
        db.session.rollback()
        return _page(sha256, sent, refusal=refusal)
    return htmx.see(url_for("imports.show", id=id))


def _order(plan: Plan, sha256: str, sent, found: imports.Checked) -> int:
    access.begin_writing()
    by, at, translated = access.officer(), access.now(), words.record_words()
    if name := sent.get("mapping_name", "").strip():
        imports.save_mapping(db.session, plan, columns.written(list(plan.heads), list(plan.targets)), name=name, by=by,
                             at=at, words=translated, register=access.register())
    errand = imports.unfinished(db.session, plan, sha256=sha256)
    if errand is None:
        errand = imports.ask(db.session, plan, sha256=sha256, name=sent.get("name", "")[:200], by=by, at=at,
                             total=found.rows, checked=found.is_whole)
    try:
        access.commit()
    except IntegrityError:  # two of us kept a mapping under one name in the same moment
        raise Refused(N_("A mapping of this name has just been kept; please choose another name."),
                      field="mapping_name") from None
    return errand.id


def _page(sha256: str, given, *, refusal: Refusal | None = None):
    with floor.aside(), _opened(sha256, given) as book:
        try:
            plan, mapping = _plan(book, given)
        except Refused as refused:  # a mapping that does not fit: read without it, and say so
            plan, mapping, refusal = *_plan(book, given, use_mapping=False), refusal or refused
        wrong = _undecided(plan)
        found = imports.Checked() if wrong else _look_through(book, plan)
        lines = imports.first_lines(book, plan, SAMPLED)
        first = [] if wrong or found.faults else _as_they_would_stand(plan, lines[:FIRST])
        tally = (0, 0) if wrong or found.faults or not found.is_whole else imports.tally(
            db.session, book, plan, register=access.register(), at=access.now(), words=words.record_words())
    return htmx.render(
        "pages/imports/preview.html", "fragments/imports/preview.html", sha256=sha256, plan=plan, mapping=mapping,
        wrong={each.field: told(each) for each in wrong}, refusal=told(refusal) if refusal and not wrong else None,
        found=found, first=first, tally=tally, columns=_columns(plan, lines), told=told, given=given,
        choices=columns.choices(plan.kind), kind=workflows.get(plan.kind), sources=filing.SOURCES,
        units=access.register().people.by_code, looked_at=LOOKED_AT,
        code=code_of(refusal) if refusal else 200,
    )


def _opened(sha256: str, given):
    if given.get("kind") not in kinds_or_403() or not _is_ours(sha256):
        abort(404)
    db.session.rollback()  # the file is read while no transaction is open
    return sheets.opened(shelf().path(sha256))


def _is_ours(sha256: str) -> bool:
    return len(sha256) == 64 and set(sha256) <= set("0123456789abcdef") and shelf().holds(sha256)


def _plan(book, given, *, use_mapping: bool = True) -> tuple[Plan, str | None]:
    """By the choices sent, else by the mapping asked for, else by that of the source; and the mapping's name."""
    kind, source = given.get("kind"), (given.get("source") or "").strip() or None
    targets = given.getlist("column")
    name = said = None
    if use_mapping and not targets:
        name, said, source = _mapping(kind, source, given.get("mapping"))
    return sheets.plan(book, kind, source=source, mapping=said, targets=targets or None), name


def _mapping(kind: str, source: str | None, wanted: str | None):
    if wanted in shipped.mappings():
        said = shipped.mappings()[wanted]
        return wanted, said["columns"], source or said["source"]
    kept: Mapping | None = None
    if wanted:
        kept = mappings.named(db.session, wanted)
    elif source:
        kept = mappings.of_source(db.session, kind, source)
    return (kept.name, kept.columns, source or kept.source) if kept else (None, None, source)


def _undecided(plan: Plan) -> list[Refusal]:
    try:
        sheets.settled(plan)
    except Refusals as refusals:
        return refusals.refusals
    return []


def _look_through(book, plan: Plan) -> imports.Checked:
    return imports.check(book, plan, register=access.register(), at=access.now(), words=words.record_words(),
                         most=LOOKED_AT)


def _as_they_would_stand(plan: Plan, lines) -> list:
    copyist = Copyist(plan, register=access.register(), at=access.now(), words=words.record_words())
    filings = [copyist.copy(line)[0] for line in lines]
    days = [(filing.proposal or {}).get("due_on") for filing in filings]
    return [(filing, day and date.fromisoformat(day)) for filing, day in zip(filings, days, strict=True)]


def _columns(plan: Plan, lines) -> list[dict]:
    """Each column with its letter, its target and what stands in its first filled cells."""
    return [
        {"letter": tables.letters(column), "head": head, "target": plan.targets[column], "field": f"column-{column}",
         "samples": [_short(line.row.cell(column)) for line in lines if line.row.cell(column) is not None][:SAMPLES]}
        for column, head in enumerate(plan.heads)
    ]


def _short(cell) -> str:
    if isinstance(cell, tables.Gap):
        return cell.error or "="
    text = " ".join(str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).split())
    return text if len(text) <= 36 else text[:35] + "…"
