"""duban trail seal · checkpoint · key · verify · tiles · erase; more of it in dossiers, mining and witnesses"""

import sys
from pathlib import Path

import click
from sqlalchemy import select

from app import sealing, verifying
from app.cli import doing, mining
from app.cli.dossiers import dossier
from app.cli.witnesses import witness
from app.domain import checkpoints, keys, tree, witnesses
from app.domain.cases import Case
from app.domain.errors import Refused
from app.extensions import db
from app.office import erasure, verification
from app.office import tiles as tiling
from app.office.verification import Verified
from workflows.grammar import N_


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
@click.option("--witnessed", is_flag=True, help="The last one that bears the cosignature of a witness.")
def checkpoint(witnessed):
    """Print the last signed checkpoint, with what witnesses put under it: keep it elsewhere, and hold the database
    against it a year later."""
    last = witnesses.latest(db.session) if witnessed else _latest()
    if last is None:
        doing.refuse("No checkpoint bears the cosignature of a witness yet.")
    click.echo(witnesses.note(db.session, last), nl=False)


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
@click.option("--checkpoint", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Hold the database against a checkpoint that was kept elsewhere.")
@click.option("--key", "given", metavar="KEY", help="The verifier key, where this machine lacks the signing one.")
@click.option("--readers", type=click.IntRange(1), help="How many processes read; left out, as many as it is worth.")
def verify(file, given, readers):
    """Check seals, streams, tree, checkpoints, evidence and triggers, and replay states and clocks; exit 1 and the
    first thing that does not hold."""
    kept = file.read_text(errors="replace") if file else None
    current = None if given is None else [_key(given)]
    with doing.refusing():
        if current is None and checkpoints.latest(db.session) and not keys.kept(doing.settings().signing_key):
            doing.refuse("The signing key is not on this machine; give the verifier key with --key.")
        with verifying.reading() as session:
            total = verification.work(session)
        with click.progressbar(length=total, label="Entries", file=sys.stderr) as bar:
            found = verifying.verify(kept=kept, current=current, step=bar.update, count=readers)
    if found.fault:
        click.echo(found.fault.told(doing.words(), str), err=True)
        sys.exit(1)
    click.echo(f"{found.entries} entries hold: seals, streams, triggers, tree, evidence, states and clocks.")
    click.echo(_reach(found))


@trail.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def tiles(folder):
    """Write the tree as static files (C2SP tlog-tiles); run again, it adds what is new."""
    bar = click.progressbar(length=_latest().size, label="Leaves", file=sys.stderr)
    with doing.refusing(), verifying.reading() as session, bar:
        written = tiling.export(session, folder, bar.update)
    click.echo(f"{written} files written in {folder}.")


@trail.command()
@click.argument("number")
@click.option("--basis", required=True, help="The law or ruling that asks for it.")
@click.option("--reason", required=True, help="Who asked, and when.")
def erase(number, basis, reason):
    """Erase who the complainant of a case is, lawfully: an entry says so, and every proof holds."""
    with doing.writing():
        case = db.session.scalar(select(Case).where(Case.number == number).with_for_update())
        if case is None:
            raise Refused(N_("There is no case %(number)s."), number=number)
        entries = erasure.erase_identity(db.session, case, basis=basis, reason=reason, by=doing.machine(),
                                         at=doing.now(), words=doing.words())
    click.echo(f"{len(entries)} entries of {number} say what was erased from them.")


def _key(text: str) -> keys.Verifier:
    try:
        return keys.verifier(text)
    except keys.BadNote as wrong:
        raise click.BadParameter(str(wrong), param_hint="--key") from None


def _reach(found: Verified) -> str:
    """What the last checkpoint does not protect."""
    if found.checkpoint is None:
        return f"There is no checkpoint yet: none of the {found.uncovered} entries is protected."
    last = f"The last checkpoint is {checkpoints.short(found.checkpoint)}"
    if not found.uncovered:
        return f"{last}; it covers every entry."
    minutes = int((doing.now() - found.since).total_seconds() // 60)
    return f"{last}; {found.uncovered} entries of the last {minutes} minutes are newer and not protected by it."


def _latest():
    found = checkpoints.latest(db.session)
    if found is None:
        doing.refuse("There is no checkpoint yet; duban trail seal makes one.")
    return found


for command in (dossier, witness, *mining.COMMANDS):
    trail.add_command(command)

COMMANDS = (trail,)
