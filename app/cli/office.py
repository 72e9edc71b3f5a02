"""duban init · doctor"""

import os
import stat
import sys

import click
from sqlalchemy import text

from app import sealing
from app.cli import doing
from app.cli.schema import upgrade
from app.domain import checkpoints, keys, seals, trail
from app.domain import settings as settings_of
from app.extensions import db
from app.office import founding, witnessing


@click.command()
def init():
    """Create or upgrade the database and the data folder; runs any number of times."""
    settings = doing.settings()
    for folder in (settings.data, settings.files):
        folder.mkdir(parents=True, exist_ok=True)
    os.chmod(settings.data, 0o700)
    upgrade()
    with doing.writing():
        added = founding.found(db.session, at=doing.now(), words=doing.words())
    if checkpoints.latest(db.session) is None:  # else the key stood once, and the doctor says that it is gone
        sealing.signing()
    click.echo("The office is set up." if added else "The database is up to date.")


@click.command()
def doctor():
    """Say what is wrong with this installation, in sentences."""
    faults = list(_faults())
    for fault in faults:
        click.echo(f"- {fault}")
    if faults:
        sys.exit(1)
    click.echo("Nothing is wrong.")
    if not settings_of.checkpoint_to(db.session):  # no fault: they may be carried away by hand
        click.echo("Checkpoints go to nobody outside by themselves; addresses are named on the page of settings.")
    for name in witnessing.silent(db.session, at=doing.now()):
        click.echo(f"The witness {name} has signed no checkpoint for a month; carry duban trail checkpoint to him.")


def _faults():
    settings = doing.settings()
    if not settings.data.exists():
        yield f"The data folder {settings.data} does not exist; run duban init."
        return
    if stat.S_IMODE(settings.data.stat().st_mode) & 0o077:
        yield f"The data folder {settings.data} can be entered by others; chmod 700 it."
    if not os.access(settings.data, os.W_OK):
        yield f"The data folder {settings.data} cannot be written."
    for path in (settings.data / "secret_key", settings.signing_key):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path} can be read by others; chmod 600 it."
    try:
        db.session.execute(text("SELECT 1 FROM streams"))
    except Exception as error:  # whatever the driver raises, the sentence is what helps
        yield f"The database does not answer as it should ({type(error).__name__}); run duban init."
        return
    missing = seals.names(db.engine.dialect.name) - seals.present(db.session)
    if missing:
        yield f"The trail is not protected: the triggers {', '.join(sorted(missing))} are missing, off or changed."
    if not trail.head(db.session):
        yield "There is no office yet; run duban init."
        return
    calendar = doing.this_register().calendar
    if checkpoints.latest(db.session) and not settings.signing_key.exists():
        yield f"The signing key {settings.signing_key} is gone: nothing is sealed until it is back."
    if (path := settings.signing_key).exists() and keys.kept(path)[0].name != settings.origin:
        yield f"The checkpoints are signed as {keys.kept(path)[0].name}, not as DUBAN_ORIGIN; duban trail key --rotate."
    if (outside := settings_of.checkpoint_to(db.session)) and not settings.smtp_url:
        yield f"Checkpoints are to go to {len(outside)} addresses outside, and no mail server is set (DUBAN_SMTP_URL)."
    left = (calendar.horizon - calendar.on(doing.now())).days
    if left < 60:
        yield f"The calendar ends on {calendar.horizon}; load the next year with duban calendar load FILE."
    if settings.url.startswith("http:") and "127.0.0.1" not in settings.url and "localhost" not in settings.url:
        yield "DUBAN_URL is not https: passwords would travel in the open."


COMMANDS = (init, doctor)
