"""duban worker · tick"""

import click
from flask import current_app

from app import climbing, jobs, lodging, postroom, pruning, sealing, serving, verifying
from app.cli import doing


@click.command()
@click.option("--called", is_flag=True, hidden=True, help="by a web process: go with it, and when nothing is left")
def worker(called):
    """The worker alone, for several machines."""
    _must_be_set_up()
    jobs.work(current_app._get_current_object(), jobs.stop_on_signals(with_parent=called),
              rest=jobs.REST if called else None)


@click.command()
def tick():
    """One pass of everything that time causes; safe to run twice or twice at once."""
    _must_be_set_up()
    app, done = current_app._get_current_object(), 0
    jobs.free_orphans()
    verifying.one()
    while jobs.one(app):
        done += 1
    while climbing.one(doing.words()):
        pass
    sealing.one(doing.words())
    lodging.one()
    while postroom.one(app):
        pass
    while pruning.one():
        pass
    click.echo(f"{done} errands done.")


def _must_be_set_up() -> None:
    if not serving.is_set_up():
        doing.refuse(serving.NOT_SET_UP)


COMMANDS = (worker, tick)
