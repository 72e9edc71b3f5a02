"""duban trail xes / ocel: the trail as an event log for process mining."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from app.cli import doing, taking_out
from app.domain import placing
from app.domain.ledger import Filter
from app.extensions import db
from app.office import exports, mining
from app.papers import ocel as ocel_papers
from app.papers import xes as xes_papers

FILE = click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))


@click.command()
@FILE
def xes(file):
    """Write the trails of all cases as XES (IEEE 1849-2016). Sealed cases, names and texts are not in it."""
    traces, events = _taken(file, "xes", _xes)
    click.echo(f"{traces} cases with {events} events in {file}.")


@click.command()
@FILE
def ocel(file):
    """Write cases, units, officers and notices with their events as OCEL 2.0 JSON. Sealed cases are not in it."""
    objects, events = _taken(file, "ocel", _ocel)
    click.echo(f"{objects} objects with {events} events in {file}.")


def _taken(file: Path, format: str, write: Callable) -> tuple[int, int]:
    """The file first, beside its name; what it holds is then an entry, and only then is it there."""
    with doing.refusing():
        reading = taking_out.reading_of(Filter())
        taking_out.as_of_one_moment()
        with (placing.whole(file) as out,
              click.progressbar(length=mining.count(db.session, reading.actor), label="Cases", file=sys.stderr) as bar):
            things, events = write(out, reading, bar.update)
            out.flush()
            sha256 = taking_out.digest(Path(out.name))
            db.session.rollback()
            with doing.writing():
                exports.record(db.session, reading, format=format, count=events, said="", sha256=sha256)
    return things, events


def _xes(out, reading: exports.Reading, step) -> tuple[int, int]:
    office = reading.register.people.office
    attributes = {xes_papers.NAME: f"{office.code} {reading.today.isoformat()}", "as_of": reading.at,
                  "lifecycle:model": "standard"}
    traces = mining.traces(db.session, reading.actor, step=step)
    return xes_papers.write(out, traces, attributes=attributes)


def _ocel(out, reading: exports.Reading, step) -> tuple[int, int]:
    told = mining.things(db.session, reading.actor, reading.register.people, at=reading.at, step=step)
    written = ocel_papers.write(out, told)
    return written.objects, written.events


COMMANDS = (xes, ocel)
