"""duban ledger import; export is taking_out"""

import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app

import workflows
from app import jobs, worker
from app.cli import doing, taking_out
from app.domain import errands, mappings
from app.domain.errands import Errand
from app.domain.errors import Refusal, Refusals, Refused
from app.domain.files import CHUNK, Shelf
from app.extensions import db
from app.office import columns, imports, sheets, shipped
from workflows.grammar import N_


@click.group("ledger")
def ledger_():
    """Spreadsheets in and out."""


@ledger_.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=click.Choice(list(workflows.every())))
@click.option("--source", default=None, metavar="NAME", help="where rows come from that do not say it themselves")
@click.option("--mapping", default=None, metavar="FILE|NAME",
              help="a mapping in a file, kept by the office, or shipped in docs/mappings")
@click.option("--dry-run", is_flag=True, help="look it through and write nothing")
def import_(file, kind, source, mapping, dry_run):
    """Put a ledger on the books: .xlsx, .xls, .ods or .csv. All rows or none; what stands already is left alone."""
    with _refusing():
        imports.let(doing.machine(), kind)
        said = _mapping(mapping) if mapping else {}
        with sheets.opened(file) as book:
            plan = sheets.settled(sheets.plan(book, kind, source=source or said.get("source"),
                                              mapping=said.get("columns")))
            _tell_of(plan, in_full=dry_run)
            found = _look_through(book, plan)
            if found.faults:
                _list(found)
                sys.exit(1)
            if dry_run:
                _foretell(book, plan)
                return
    with _refusing():
        sha256 = _lay_up(file)
        id = _begin(plan, sha256, file.name, found.rows)
    _carry_out(id, found.rows)


def _mapping(wanted: str) -> dict:
    """By path, by the name under which the office keeps it, or one of those shipped."""
    if Path(wanted).is_file():
        return columns.read_mapping(Path(wanted).read_text(encoding="utf-8-sig"))
    kept = mappings.named(db.session, wanted)
    db.session.rollback()
    if kept is not None:
        return {"columns": kept.columns, "source": kept.source}
    if wanted in shipped.mappings():
        return shipped.mappings()[wanted]
    raise Refused(N_("There is no mapping %(name)s; shipped are %(shipped)s."), name=wanted,
                  shipped=", ".join(shipped.mappings()))


@contextmanager
def _refusing():
    """A refusal is said, each sentence on its line, and ends the command with 1."""
    try:
        yield
    except Refusal as refusal:
        db.session.rollback()
        for each in refusal.refusals if isinstance(refusal, Refusals) else [refusal]:
            click.echo(each.told(doing.words(), str), err=True)
        sys.exit(1)


def _tell_of(plan: sheets.Plan, *, in_full: bool) -> None:
    labels = dict(columns.choices(plan.kind))
    for head, target in zip(plan.labels, plan.targets, strict=True):
        if in_full:
            click.echo(f"  {head} → {doing.words()(labels[target])}", err=True)
    for name in plan.left_out if not plan.is_ours else ():
        click.echo(f"  Sheet {name} is not read: it has other headings, or is hidden.", err=True)


def _look_through(book, plan) -> imports.Checked:
    rows = sum(book.sheets[sheet].rows for sheet, _heading in plan.sheets)
    with click.progressbar(length=rows, label="Looking through", file=sys.stderr) as bar:
        found = imports.check(book, plan, register=doing.this_register(), at=doing.now(), words=doing.words(),
                              beat=lambda _rows: bar.update(imports.BEAT))
        bar.update(rows - bar.pos)
    db.session.rollback()
    return found


def _foretell(book, plan) -> None:
    new, standing = imports.tally(db.session, book, plan, register=doing.this_register(), at=doing.now(),
                                  words=doing.words())
    click.echo(f"Nothing wrong: {new} rows would be put on the books, {standing} stand already. Nothing was written.")


def _list(found: imports.Checked) -> None:
    for fault in found.faults:
        head = f" {fault.head}" if fault.head else ""
        click.echo(f"{fault.where}{head}: {fault.refusal.told(doing.words(), str)}", err=True)
    click.echo(f"{found.bad_rows} of {found.rows} rows cannot be put on the books, so none was.", err=True)


def _lay_up(file: Path) -> str:
    """On the shelf, so that whoever takes the errand up after us finds the same bytes."""
    with open(file, "rb") as source:
        return Shelf(doing.settings().uploads).keep(iter(lambda: source.read(CHUNK), b""), file.name).sha256


def _begin(plan, sha256: str, name: str, rows: int) -> int:
    """Our own errand, claimed with the same breath; or the one that was left lying half done."""
    with doing.writing():
        errand = imports.unfinished(db.session, plan, sha256=sha256)
        if errand is None:
            errand = imports.ask(db.session, plan, sha256=sha256, name=name, by=doing.machine(), at=doing.now(),
                                 total=rows, checked=True)
        elif worker.is_gone(errand.claimed_by):
            errands.release(errand)
        db.session.flush()
        if errands.claim(db.session, worker.name(), at=doing.now(), id=errand.id) is None:
            raise Refused(N_("This file is being put on the books already: %(done)s of %(total)s rows."),
                          done=errand.progress, total=errand.total)
        return errand.id


def _carry_out(id: int, rows: int) -> None:
    app = current_app._get_current_object()
    with (_stoppable() as stopped,
          click.progressbar(length=rows, label="Putting on the books", file=sys.stderr) as bar):
        jobs.carry_out(app, id, stopped, lambda done, _total: bar.update(done - bar.pos))
    errand = db.session.get(Errand, id)
    told = errand.result
    if errand.state == errands.FAILED:
        doing.refuse(errand.trouble)
    if not errand.is_over:
        doing.refuse(f"Stopped after {errand.progress} of {rows} rows; the same command goes on from there, and so "
                     "would the worker.")
    if not told["filed"]:
        click.echo(f"Nothing new: all {told['rows']} rows stand on the books already.")
    else:
        click.echo(f"{told['filed']} cases put on the books ({told['first']} to {told['last']}), "
                   f"{told['skipped']} stood already.")


@contextmanager
def _stoppable():
    """Ctrl-C and SIGTERM let the lot in hand be finished."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield jobs.stop_on_signals()
    finally:
        for number, act in before.items():
            signal.signal(number, act)


ledger_.add_command(taking_out.export)
COMMANDS = (ledger_,)
