"""duban serve · worker · tick"""

import click
from flask import current_app

from app import bell, climbing, jobs, lodging, postroom, pruning, sealing, server, verifying
from app.cli import doing
from app.domain import trail
from app.extensions import db


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="web processes")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="of each web process")
def serve(host, port, workers, threads):
    """Web and worker together; Ctrl-C or SIGTERM stops both cleanly."""
    app = current_app._get_current_object()
    _must_be_set_up()
    _warm(app)
    work = server.Work(do=lambda stopped: jobs.work(app, stopped, rest=jobs.REST), waits=lambda: jobs.waits(app),
                       rung=lambda: bell.heard_by_asker(app.extensions["bell"]))
    server.run(app, host=host, port=port, workers=workers, threads=threads, work=work,
               forked=lambda: db.engine.dispose(close=False), proxied=bool(doing.settings().proxies),
               ready=lambda: click.echo(f"http://{host}:{port}", err=True))


@click.command()
def worker():
    """The worker alone, for several machines."""
    _must_be_set_up()
    jobs.work(current_app._get_current_object(), jobs.stop_on_signals())


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
    try:
        is_set_up = trail.head(db.session) > 0
    except Exception:  # whatever the driver raises on a missing table
        is_set_up = False
    db.session.remove()
    if not is_set_up:
        doing.refuse("The database is not set up; run duban init first.")


def _warm(app) -> None:
    """Load what every process needs before they part, so that they share it."""
    for env in app.extensions["environments"].values():
        for name in env.list_templates(filter_func=lambda name: name.startswith(("pages", "fragments", "comp"))):
            env.get_template(name)
    app.extensions["rehearse"]()
    db.session.remove()
    db.engine.dispose()


COMMANDS = (serve, worker, tick)
