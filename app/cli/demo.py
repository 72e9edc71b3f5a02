"""duban demo: a furnished, fictional city for trying it out."""

import os
import secrets
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import click

from app import sealing
from app.cli import doing
from app.cli.schema import upgrade
from app.config import write_private
from app.demo import city, founders, lots, roster
from app.domain.files import Shelf
from app.extensions import db
from app.office.people import hash_password
from workflows.grammar import POSTS

FILE = "demo-logins.txt"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another


@click.command()
@click.option("--cases", default=2000, show_default=True, type=click.IntRange(10, 20_000))
@click.option("--seed", default=1, show_default=True, type=int, help="the same seed on the same day gives the same")
@click.option("--if-empty", is_flag=True, help="do nothing where the ledger is in use already")
def demo(cases, seed, if_empty):
    """Furnish a fictional city: its office, its people, and fourteen months of cases."""
    _prepare()
    path = doing.settings().data / FILE
    if founders.is_in_use(db.session):
        _leave(path, if_empty)
    db.session.rollback()
    passwords = _passwords(roster.accounts())
    gone = {username for username, *_ in roster.HANDED_OVER}
    with doing.writing():
        if db.engine.dialect.name == "sqlite":
            db.session.connection().exec_driver_sql("PRAGMA cache_size = -65536")  # one long transaction
        making = city.build(
            db.session, cases=cases, seed=seed, now=doing.now(), words=doing.words(), passwords=passwords,
            shelf=Shelf(doing.settings().files), zone=doing.settings().timezone,
        )
        with click.progressbar(length=cases, label="Furnishing the city", file=sys.stderr) as bar:
            for _ in making:
                bar.update(1)
        rows = _rows(passwords, but=gone)
        _keep(path, rows)  # before the commit: there is no account whose password nobody knows
    _draw()
    click.echo(f"{cases} cases are on the books of {roster.CITY}. Every account is in {path}; one of each post:\n")
    click.echo(_table([row for row in rows if row[2] in roster.FACES]))


def _prepare() -> None:
    """As `duban init` would, but leaving the founding to the city, so that its own past begins with it."""
    settings = doing.settings()
    for folder in (settings.data, settings.files):
        folder.mkdir(parents=True, exist_ok=True)
    os.chmod(settings.data, 0o700)
    upgrade()


def _draw() -> None:
    """The first checkpoint, and the lot that waits for it."""
    with doing.refusing():
        sealing.seal(doing.words(), follow=False)  # the worker's first has time for that
    with doing.writing():
        lots.drawing(db.session, at=doing.now(), words=doing.words(), register=doing.this_register())


def _leave(path, if_empty: bool) -> None:
    """The ledger is in use: say so, and where the logins are if the demo made it."""
    made = founders.stands(db.session)
    where = f" Its accounts are in {path}." if made and path.exists() else ""
    if if_empty:
        click.echo(f"The demo city stands already.{where}" if made else "The ledger is in use; nothing was added.")
        sys.exit(0)
    doing.refuse(f"The demo city stands already.{where} Start a new data folder for another." if made else
                 "This ledger is in use: it has officers or cases of its own. The demo city needs an empty one.")


def _passwords(usernames: list[str]) -> dict[str, tuple[str, str]]:
    """A random password for each account, hashed on every core."""
    chosen = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in usernames]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(usernames, zip(chosen, pool.map(hash_password, chosen), strict=True), strict=True))


def _rows(passwords: dict, *, but: set) -> list[tuple[str, str, str, str, str]]:
    """Post, name, account, unit, password of everybody who can sign in today."""
    people = doing.this_register().people
    say, rows = doing.words(), []
    for (post, unit_id), officers in people.holders.items():
        for id in officers:
            username, name, _ = people.officers[id]
            if username not in but:
                rows.append((say(POSTS[post]), name, username, people.units[unit_id].short, passwords[username][0]))
    return rows


def _keep(path, rows) -> None:
    path.unlink(missing_ok=True)  # of a city that is no longer there
    write_private(path, _table(rows) + "\n")


def _table(rows) -> str:
    widths = [max(_width(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


COMMANDS = (demo,)
