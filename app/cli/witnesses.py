"""duban trail witness add · end · list · take · ask"""

from pathlib import Path

import click

from app.channels import Undelivered
from app.channels import witness as channel
from app.cli import doing
from app.domain import checkpoints, witnesses
from app.domain.errors import Refused
from app.extensions import db
from app.office import witnessing
from workflows.grammar import N_

OK, CONFLICT = 200, 409
BASIS = click.option("--basis", required=True, help="Who decided it, and why.")


@click.group()
def witness():
    """Witnesses: whoever outside puts his signature under a checkpoint (C2SP tlog-cosignature)."""


@witness.command()
@click.argument("key")
@BASIS
def add(key, basis):
    """Name a witness by his verifier KEY; an entry says so."""
    with doing.writing():
        witnessing.name(db.session, key, basis=basis, by=doing.machine(), at=doing.now(), words=doing.words())
    click.echo(f"{witnessing.named(db.session)[-1].name} is a witness from now on.")


@witness.command()
@click.argument("name")
@BASIS
def end(name, basis):
    """Let NAME be no witness from now on; an entry says so, and what he signed stays good."""
    with doing.writing():
        witnessing.end(db.session, name, basis=basis, by=doing.machine(), at=doing.now(), words=doing.words())
    click.echo(f"{name} is no witness from now on.")


@witness.command("list")
def show():
    """The witnesses of now, and what each put his signature under last."""
    named = witnessing.named(db.session)
    last = witnesses.last_of(db.session, [each.name for each in named])
    for each in named:
        row = last.get(each.name)
        click.echo(f"{each}\t{checkpoints.short(row)}\t{row.at:%Y-%m-%dT%H:%M:%SZ}" if row else f"{each}\t-\t-")
    if not named:
        click.echo("No witness is named.", err=True)


@witness.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def take(file):
    """Keep the cosignatures under a note that came back from a witness; FILE is `duban trail checkpoint` with his line
    under it."""
    _take(file.read_text(encoding="utf-8", errors="replace"))


@witness.command()
@click.argument("url")
def ask(url):
    """Ask the witness at URL to put his signature under the last checkpoint, over HTTP (C2SP tlog-witness), and keep
    it. URL is what stands before /add-checkpoint."""
    with doing.refusing():
        note, (status, text) = _asked(url, witnessing.seen_upto(db.session))
        if status == CONFLICT and (seen := text.strip()).isascii() and seen.isdecimal() and len(seen) < 19:
            note, (status, text) = _asked(url, int(seen))
        if status != OK:
            raise Refused(N_("The witness answered with %(status)s, not with a cosignature."), status=status)
    _take(note + text)


def _asked(url: str, old: int) -> tuple[str, tuple[int, str]]:
    """The note that he was asked about, and his answer. No transaction is open while he thinks."""
    checkpoint, body = witnessing.question(db.session, old)
    db.session.rollback()
    try:
        return checkpoint.note, channel.ask(body, url=url)
    except Undelivered as trouble:
        raise Refused(N_("The witness cannot be reached: %(trouble)s."), trouble=str(trouble)) from None


def _take(note: str) -> None:
    with doing.writing():
        taken = witnessing.take(db.session, note, at=doing.now())
        said = [f"{line.witness.name} saw checkpoint {checkpoints.short(taken.checkpoint)} at "
                f"{line.at:%Y-%m-%dT%H:%M:%SZ}{' (kept before)' if line in taken.old else ''}."
                for line in (*taken.new, *taken.old)]
    for sentence in said:
        click.echo(sentence)
