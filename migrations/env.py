"""Migrations run on the app's own engine, in one transaction; never in batch mode, which drops the trail's triggers."""

from alembic import context
from flask import current_app

from app.domain.models import metadata


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(write=True) as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=False,
                          include_object=_is_ours, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def _is_ours(_object, name, type_, _reflected, _compare_to) -> bool:
    """The indexes of words are made by hand, differently on each database."""
    return not (type_ == "table" and name.startswith(("case_search", "trace_words")))


run()
