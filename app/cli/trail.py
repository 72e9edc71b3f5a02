"""duban trail verify"""

import sys

import click

from app.cli import doing
from app.extensions import db
from app.office import verification


@click.group()
def trail():
    """The trail."""


@trail.command()
def verify():
    """Check seals, streams, triggers, and replay states and clocks; exit 1 and the first thing that does not hold."""
    count = verification.entry_count(db.session)
    with click.progressbar(length=count, label="Entries", file=sys.stderr) as bar:
        fault = verification.first_fault(db.session, calendar=doing.this_register().calendar, step=bar.update)
    if fault:
        click.echo(fault.told(doing.words(), str), err=True)
        sys.exit(1)
    click.echo(f"{count} entries hold: seals, streams, triggers, states and clocks.")


COMMANDS = (trail,)
