"""duban bench: the speed table of the README, made on the reader's machine."""

import sys
from pathlib import Path

import click

from app.cli import doing

SIZE = 10_000


@click.command()
@click.option("--cases", multiple=True, default=(SIZE,), show_default=True, type=click.IntRange(1, 1_000_000),
              help="size of the ledger; several for the growth between them")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 600), help="of each run")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1, 99), help="of each page, for the median")
@click.option("--clients", multiple=True, default=(1, 8), show_default=True, type=click.IntRange(1, 8))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="web processes")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="of each web process")
@click.option("--postgres", metavar="URL", help="a server to work on; left out, one of its own where it can start one")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="one database instead of both")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="folder for the seeded ledgers")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="append the table to this file as well")
def bench(cases, seconds, runs, clients, workers, threads, postgres, only, keep, write):
    """Weigh this program on this machine, on databases of the bench's own."""
    from app.bench import table

    wish = table.Wish(seconds, workers, threads, clients, runs)
    try:
        made = table.make(cases, wish, kept=keep, postgres=postgres, only=only, told=_say, seeding=_seeding)
    except table.Stopped as stopped:
        doing.refuse(str(stopped))
    click.echo(made)
    if write:
        with write.open("a") as out:
            out.write(f"\n{made}")


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _seeding(cases: int):
    return click.progressbar(length=cases, label=f"Seeding {cases} cases", file=sys.stderr)


COMMANDS = (bench,)
