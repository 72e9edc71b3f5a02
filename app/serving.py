"""What `duban serve` serves, as each nurse loads it: the app, warmed up, and the worker's work beside its pages."""

import sys

from app import create_app, jobs
from app.domain import trail
from app.domain.base import keep
from app.extensions import db
from app.server import Loaded

CACHE = 300  # KiB: a page reads few pages of the database, and they are void once another process has written
NOT_SET_UP = "The database is not set up; run duban init first."


def load() -> Loaded:
    app = create_app()
    with app.app_context():
        keep(db.engine, CACHE)
        if not is_set_up():
            sys.exit(NOT_SET_UP)
        _warm(app)
    return Loaded(app, forked=lambda: _part(app), beside=lambda stopped: jobs.beside(app, stopped))


def is_set_up() -> bool:
    try:
        return trail.head(db.session) > 0
    except Exception:  # whatever the driver raises on a missing table
        return False
    finally:
        db.session.remove()


def _warm(app) -> None:
    """Load what every process needs before they part, so that they share it: the pages in the office's own language;
    another is loaded where it is asked for."""
    env = app.extensions["environments"][app.extensions["settings"].locale]
    for name in env.list_templates(filter_func=lambda name: name.startswith(("pages", "fragments", "comp"))):
        env.get_template(name)
    app.extensions["rehearse"]()
    db.session.remove()
    db.engine.dispose()


def _part(app) -> None:
    """A connection that was opened before the fork is nobody's."""
    with app.app_context():
        db.engine.dispose(close=False)
