"""duban calendar load · check · count"""

import json
from datetime import date
from pathlib import Path

import click

from app.cli import doing
from app.domain import schedules
from app.domain.errors import Refused
from app.extensions import db
from app.office import founding
from workflows.grammar import N_


@click.group()
def calendar():
    """Working days."""


@calendar.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file):
    """Load a year's schedule (JSON of holiday-cn); what it says replaces what stood for that notice."""
    with doing.writing():
        try:
            parsed = json.loads(file.read_text(encoding="utf-8-sig"))
        except (ValueError, UnicodeDecodeError):
            raise Refused(N_("The file is not JSON.")) from None
        schedule = schedules.read(parsed, source=file.name)
        founding.load_year(db.session, schedule, by=doing.machine(), at=doing.now(), words=doing.words())
    click.echo(f"{schedule.year}: {len(schedule.days)} days.")


@calendar.command()
def check():
    """Say how far the calendar is published and where a year is missing."""
    with doing.refusing():
        found = doing.this_register().calendar
    click.echo(f"Published without a gap from {found.first} up to {found.horizon}.")
    left = (found.horizon - found.on(doing.now())).days
    if left < 60:
        doing.refuse(f"Only {left} days are left; load the schedule of {found.horizon.year + 1}.")


@calendar.command()
@click.argument("start", metavar="DATE")
@click.argument("n", type=click.IntRange(0, 3660))
@click.option("--unit", type=click.Choice(["workday", "day"]), default="workday")
def count(start, n, unit):
    """The date N days after DATE (not counted itself), in ISO; a sentence and exit 1 beyond the horizon."""
    with doing.refusing():
        try:
            day = date.fromisoformat(start)
        except ValueError:
            raise Refused(N_("This is not a date; write it as 2026-11-02.")) from None
        found = doing.this_register().calendar
        if not found.is_known(day):
            raise Refused(N_("%(day)s lies outside the published calendar (up to %(horizon)s)."), day=day.isoformat(),
                          horizon=found.horizon.isoformat())
        end = found.add(day, n) if unit == "workday" else found.add_days(day, n)
        if not found.is_known(end):
            raise Refused(
                N_("The end lies beyond %(horizon)s, up to which the calendar is published; the date would be a "
                   "guess."),
                horizon=found.horizon.isoformat(),
            )
    click.echo(end.isoformat())


COMMANDS = (calendar,)
