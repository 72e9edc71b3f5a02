"""duban ledger export"""

import hashlib
import json
import sys
from pathlib import Path
from urllib.parse import urlencode

import click
from sqlalchemy import func

import workflows
from app.cli import doing
from app.domain import checkpoints, ledger, placing
from app.domain.errors import Refused
from app.domain.ledger import Filter
from app.domain.people import Actor, Held
from app.extensions import db
from app.office import exports
from app.papers import tables, xlsx
from workflows.grammar import N_

FORMATS = {".xlsx": "xlsx", ".csv": "csv"}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--kind", default=None, type=click.Choice(list(workflows.every())))
@click.option("--state", default=None, type=click.Choice(["open", *workflows.get("complaint").state]))
@click.option("--unit", default=None, metavar="CODE", help="where it leads or supports")
@click.option("--since", default=None, type=click.DateTime(["%Y-%m-%d"]), help="filed on or after")
@click.option("--until", default=None, type=click.DateTime(["%Y-%m-%d"]), help="filed on or before")
def export(file, kind, state, unit, since, until):
    """Write the ledger to an .xlsx or .csv of any size, with a manifest. Sealed cases are not in it."""
    if file.suffix.lower() not in FORMATS:
        raise click.BadParameter("the name must end in .xlsx or .csv", param_hint="FILE")
    format = FORMATS[file.suffix.lower()]
    said = {"kind": kind, "state": state, "unit": unit, "since": since and since.date(),
            "until": until and until.date()}
    query = urlencode({key: value for key, value in said.items() if value})
    with doing.refusing():
        reading = reading_of(_filter(said))
        written, count = _write(file, format, reading, query)
    with doing.writing():
        exports.record(db.session, reading, format=format, count=count, said=query, sha256=written["sha256"])
    if format == "csv":
        Path(f"{file}.manifest.json").write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n")
    click.echo(f"{count} cases in {file}, as of {written['as_of']}.")


def reading_of(wanted: Filter) -> exports.Reading:
    """Whoever sits at the machine reads what an auditor would: everything that is not sealed."""
    register, machine = doing.this_register(), doing.machine()
    office = register.people.office
    reader = Actor(0, machine.username, machine.name, (Held("auditor", office.code, office.id, frozenset()),))
    return exports.Reading(reader, wanted, register, doing.now(), doing.words())


def _filter(said: dict) -> Filter:
    unit = doing.this_register().people.by_code.get(said["unit"]) if said["unit"] else None
    if said["unit"] and unit is None:
        raise Refused(N_("There is no unit %(code)s."), code=said["unit"])
    return Filter(
        kind=said["kind"], states=ledger.OPEN if said["state"] == "open" else (said["state"],) if said["state"] else (),
        unit=unit.id if unit else None, since=said["since"], until=said["until"],
    )


def as_of_one_moment() -> None:
    """All that is read from here on is of the same moment; on SQLite every transaction is so by itself."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _write(file: Path, format: str, reading: exports.Reading, query: str) -> tuple[dict, int]:
    as_of_one_moment()
    asked = ledger.chosen(db.session, reading.actor, reading.wanted, today=reading.today, columns=(func.count(),))
    total = db.session.scalar(asked.order_by(None))
    heads, last = exports.heads(db.session, reading), checkpoints.latest(db.session)
    with placing.whole(file) as out, click.progressbar(length=total, label="Cases", file=sys.stderr) as bar:
        def rows():
            for row in exports.rows(db.session, reading, heads):
                yield row
                bar.update(1)

        try:
            count = tables.write(out, format, heads=heads, rows=rows(), title="台账", widths=exports.HEADS,
                                 code=last and last.note,
                                 manifest=lambda count: exports.explained(
                                     exports.manifest(reading, count=count, said=query, checkpoint=last),
                                     doing.words()))
        except xlsx.DoesNotFit as cut:
            raise Refused(N_("Row %(row)s, %(head)s: %(length)s characters do not fit into a cell of .xlsx; export as "
                             ".csv."), row=cut.row, head=cut.head, length=cut.length) from None
    db.session.rollback()
    return exports.manifest(reading, count=count, said=query, checkpoint=last) | {"sha256": digest(file)}, count


def digest(file: Path) -> str:
    with open(file, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
