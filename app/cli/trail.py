"""duban trail seal · checkpoint · key · verify"""

import sys

import click

from app import sealing
from app.cli import doing
from app.cli.dossiers import dossier
from app.domain import checkpoints, tree
from app.extensions import db
from app.office import verification


@click.group()
def trail():
    """The trail."""


@trail.command()
def seal():
    """Take new entries into the tree and sign a checkpoint over them."""
    with doing.refusing():
        waiting = tree.waiting(db.session)
        with click.progressbar(length=waiting, label="Seals", file=sys.stderr) as bar:
            taken = sealing.seal(doing.words(), bar.update)
    click.echo(f"{taken} entries taken in. Checkpoint {checkpoints.short(_latest())}")


@trail.command()
def checkpoint():
    """Print the last signed checkpoint: keep it elsewhere, and hold the database against it a year later."""
    click.echo(_latest().note, nl=False)


@trail.command()
@click.option("--rotate", is_flag=True, help="Begin a new key; the old one signs once more beside it.")
def key(rotate):
    """Print the key by which anybody can check the checkpoints' signatures."""
    with doing.refusing():
        if rotate:
            sealing.rotate(doing.words())
        (signer, *_retiring) = sealing.signing()
    click.echo(str(signer.verifier))


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


def _latest():
    found = checkpoints.latest(db.session)
    if found is None:
        doing.refuse("There is no checkpoint yet; duban trail seal makes one.")
    return found


trail.add_command(dossier)

COMMANDS = (trail,)
