"""duban trail dossier"""

import shutil
import sys
from pathlib import Path

import click
from flask import current_app

from app import jobs, worker
from app.cli import doing
from app.domain import cases, errands, placing
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.extensions import db
from app.office import dossiers
from workflows.grammar import N_


@click.command()
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--reason", default="", help="for taking the complainant's identity along, which is masked otherwise; "
                                            "it is recorded")
def dossier(number, file, reason):
    """Write one case to FILE.zip with its trail, evidence, papers, proofs, and a program that checks it offline.

    Sealed cases are not to be had here. Taking a dossier is recorded.
    """
    if file.suffix.lower() != ".zip":
        raise click.BadParameter("the name must end in .zip", param_hint="FILE")
    with doing.writing():
        reader = dossiers.at_the_machine(doing.this_register())
        case = cases.find(db.session, number, reader)
        if case is None:
            raise Refused(N_("There is no case %(number)s."), number=number)
        errand = dossiers.ask(db.session, case, reason=reason.strip(), by=reader, at=doing.now(), words=doing.words())
        id = errand.id
        errands.claim(db.session, worker.name(), at=doing.now(), id=id)
    _carry_out(id)
    _hand_over(dossiers.path(doing.settings().dossiers, id), file)
    told = db.session.get(Errand, id).result
    click.echo(f"{number}: {told['entries']} entries in {file}, SHA-256 {told['sha256']}.")


def _carry_out(id: int) -> None:
    with click.progressbar(length=1, label="Packed", file=sys.stderr) as bar:
        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        jobs.carry_out(current_app._get_current_object(), id, None, tell)
    errand = db.session.get(Errand, id)
    if errand.state == errands.FAILED:
        doing.refuse(errand.trouble)
    if not errand.is_over:
        doing.refuse("The database was busy; please try again.")


def _hand_over(made: Path, file: Path) -> None:
    """Out of the data folder to the place that was named."""
    with placing.whole(file) as out, open(made, "rb") as source:
        shutil.copyfileobj(source, out)
    made.unlink()
