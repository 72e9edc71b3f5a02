"""What the same machine does at best: one Flask view, fifty rows by an index, a plain table, and a signed-in session.

Run as a program of its own: `python -m app.bench.bare DATABASE_URL SECRET PORT WORKERS THREADS`.
"""

import sys
from datetime import UTC, datetime

from flask import Flask, abort, render_template
from flask_login import LoginManager, UserMixin, login_required, login_user
from jinja2 import DictLoader
from sqlalchemy import create_engine, select

from app import server
from app.domain.cases import Case
from app.domain.people import Officer, SignIn
from app.office.people import token_digest
from app.server import Loaded

ROWS = 50
COLUMNS = ("number", "title", "source", "lead_id", "state", "grade", "filed_on", "due_on", "version", "touched_at")
PAGE = """<!doctype html><html><head><title>{{ name }}</title></head><body><p>{{ name }}</p><table>
<thead><tr>{% for column in columns %}<th>{{ column }}</th>{% endfor %}</tr></thead><tbody>{% for row in rows %}
<tr><td><a href="/cases/{{ row.number }}">{{ row.number }}</a></td><td>{{ row.title }}</td><td>{{ row.source }}</td>
<td>{{ row.lead_id }}</td><td>{{ row.state }}</td><td>{{ row.grade }}</td><td>{{ row.filed_on }}</td>
<td>{{ row.due_on }}</td><td>{{ row.version }}</td><td>{{ row.touched_at }}</td></tr>{% endfor %}
</tbody></table></body></html>"""  # as many columns as the ledger has


class User(UserMixin):
    def __init__(self, token: str, name: str):
        self.id, self.name = token, name


def build(url: str, secret: str) -> Flask:
    app, login = Flask("bare"), LoginManager()
    app.config.update(SECRET_KEY=secret, SESSION_COOKIE_NAME="bare")
    app.jinja_loader = DictLoader({"rows.html": PAGE})
    login.init_app(app)
    engine = create_engine(url, pool_size=8)
    cases, sign_ins, officers = Case.__table__, SignIn.__table__, Officer.__table__

    @login.user_loader
    def user(token: str) -> User | None:
        query = (
            select(officers.c.name, sign_ins.c.until).join(officers, officers.c.id == sign_ins.c.officer_id)
            .where(sign_ins.c.token == token_digest(token))
        )
        with engine.connect() as connection:
            row = connection.execute(query).first()
        return User(token, row.name) if row is not None and row.until > datetime.now(UTC) else None

    @app.get("/enter/<token>")
    def enter(token: str):
        found = user(token)
        if found is None:
            abort(403)
        login_user(found)
        return "in"

    @app.get("/rows")
    @login_required
    def rows():
        query = select(*(cases.c[name] for name in COLUMNS)).where(cases.c.state == "reviewed")
        with engine.connect() as connection:
            found = connection.execute(query.order_by(cases.c.id.desc()).limit(ROWS)).all()
        return render_template("rows.html", rows=found, name="Bare", columns=COLUMNS)

    app.extensions["engine"] = engine
    return app


def load(url: str, secret: str) -> Loaded:
    app = build(url, secret)
    return Loaded(app, forked=lambda: app.extensions["engine"].dispose(close=False))


def main(url: str, secret: str, port: str, workers: str, threads: str) -> None:
    server.run("app.bench.bare:load", url, secret, host="127.0.0.1", port=int(port), workers=int(workers),
               threads=int(threads))


if __name__ == "__main__":
    main(*sys.argv[1:])
