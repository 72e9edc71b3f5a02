"""duban serve · worker · tick"""

import gc
import os
import signal
import sys
import time

import click
from flask import current_app

from app import jobs
from app.cli import doing
from app.domain import trail
from app.extensions import db


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="web processes")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="of each web process")
def serve(host, port, workers, threads):
    """Web and worker together; Ctrl-C or SIGTERM stops both cleanly."""
    app = current_app._get_current_object()
    _must_be_set_up()
    _warm(app)
    children = {"web": _fork(lambda: _web(app, host, port, workers, threads)), "worker": _fork(lambda: _work(app))}
    click.echo(f"http://{host}:{port}", err=True)
    _mind(app, children)


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
    while jobs.one(app):
        done += 1
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
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(("pages", "fragments", "comp"))):
        app.jinja_env.get_template(name)
    db.session.remove()
    db.engine.dispose()
    gc.collect()
    gc.freeze()


def _fork(act) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        act()
    finally:
        os._exit(0)


def _work(app) -> None:
    db.engine.dispose(close=False)
    jobs.work(app, jobs.stop_on_signals())


def _web(app, host: str, port: int, workers: int, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Web(BaseApplication):
        def load_config(self):
            for key, value in {
                "bind": f"{host}:{port}", "workers": workers, "threads": threads, "worker_class": "gthread",
                "preload_app": True, "control_socket_disable": True, "proc_name": "duban", "keepalive": 5,
                "timeout": 120, "graceful_timeout": 20, "accesslog": None, "loglevel": "warning",
                "forwarded_allow_ips": "*" if app.extensions["settings"].proxies else "127.0.0.1",
                "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
                "post_fork": lambda _server, _worker: db_dispose(app),
            }.items():
                self.cfg.set(key, value)

        def load(self):
            return app

    Web().run()


def db_dispose(app) -> None:
    with app.app_context():
        db.engine.dispose(close=False)


def _mind(app, children: dict[str, int]) -> None:
    """Pass the signal on, start a worker that died anew, end when the web ends."""
    stopping = []

    def stop(number, _frame):
        stopping.append(number)
        for child in children.values():
            try:
                os.kill(child, signal.SIGTERM)
            except ProcessLookupError:
                continue

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while children:
        try:
            gone, _status = os.wait()
        except InterruptedError:
            continue
        except ChildProcessError:
            break
        role = next((role for role, child in children.items() if child == gone), None)
        children.pop(role, None)
        if role == "web" and not stopping:
            stop(signal.SIGTERM, None)
        elif role == "worker" and not stopping:
            time.sleep(1)
            children["worker"] = _fork(lambda: _work(app))
    sys.exit(0)


COMMANDS = (serve, worker, tick)
