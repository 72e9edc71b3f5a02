"""Migrations that make a table again: what stood in it stands there still, on both databases."""

from sqlalchemy import text

from app import create_app
from app.cli import schema
from app.extensions import db

AT = "2026-01-05T01:00:00.000000Z"
ROWS = (
    f"INSERT INTO officers (id, username, name, created_at) VALUES (7, 'u', '甲', '{AT}')",
    f"""INSERT INTO letters (id, officer_id, channel, address, state, at, next_at, attempts, failures, trouble) VALUES
        (5, 7, 'email', 'a@x.example', 'failed', '{AT}', '{AT}', 1, 1, 'x')""",
    f"INSERT INTO settings (id, name, value, basis, since, set_by) VALUES (3, 'separated', 'on', 'b', '{AT}', 'u')",
)


def test_letters_and_settings_are_carried_over_to_where_checkpoints_are_lodged(databases, tmp_path):
    from flask_migrate import upgrade

    app = create_app(data=tmp_path, database_url=databases._new("older"), testing=True)
    with app.app_context():
        schema.bind()
        upgrade(revision="0009")
        with db.engine.connect().execution_options(write=True) as connection:
            for row in ROWS:
                connection.execute(text(row))
            connection.commit()
        upgrade()
        with db.engine.connect() as connection:
            letters = connection.execute(text("SELECT id, officer_id, state, trouble, lodged_on FROM letters")).all()
            settings = connection.execute(text("SELECT id, name, value, set_by FROM settings")).all()
        db.engine.dispose()
    assert letters == [(5, 7, "failed", "x", None)]
    assert settings == [(3, "separated", "on", "u")]
