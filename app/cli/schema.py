"""duban db: the migrations. Alembic is loaded here only; whoever serves would give it a sixth of its memory."""

from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import Migrate, cli
from flask_migrate import upgrade as to_the_newest

from app.extensions import db


def upgrade() -> None:
    """Bring the database of the current app to the newest migration."""
    bind()
    to_the_newest()


def bind() -> None:
    if "migrate" not in current_app.extensions:
        Migrate(current_app._get_current_object(), db, directory=current_app.config["MIGRATIONS"])


def _bound(begin):
    @with_appcontext
    def begin_bound(**options):
        bind()
        return begin(**options)

    return begin_bound


cli.db.callback = _bound(cli.db.callback)

COMMANDS = (cli.db,)
