"""A rehearsal before the doors open: the pages that everybody asks for are made a few times in the parent, so that
what they load, compile and specialize is shared by all web processes instead of being made in each."""

from datetime import UTC, datetime
from itertools import product

from flask import Flask, current_app, request
from flask_login import login_user
from sqlalchemy import select

from app.domain import people
from app.domain.cases import Case, may_see
from app.extensions import db
from app.web import access
from app.web.access import User

ROUNDS = 8  # so often a function is called before Python specializes it
POSTS = ("supervisor", "liaison")
PATHS = ("/", "/cases", "/cases?state=rectifying&sort=due", "/cases?q=a", "/notices")


def install(app: Flask) -> None:
    app.extensions["rehearse"] = rehearse


def rehearse() -> int:
    """How many pages were made; nothing is written, and whatever goes wrong is left for the real request to say."""
    plays = [(name, path) for name in map(_somebody, POSTS) if name for path in (*PATHS, *_a_case(name))]
    db.session.remove()
    made = 0
    for (username, path), _round in product(plays, range(ROUNDS)):
        made += _play(current_app._get_current_object(), username, path)
    return made


def _a_case(username: str) -> list[str]:
    """The newest that this player may see."""
    seen = may_see(people.actor(db.session, access.register().people, username))
    number = db.session.scalar(select(Case.number).where(seen).order_by(Case.id.desc()).limit(1))
    return [f"/cases/{number}"] if number else []


def _somebody(post: str) -> str | None:
    directory = access.register().people
    return next((directory.username_of(id) for id in directory.holding(post)), None)


def _play(app: Flask, username: str, path: str) -> bool:
    with app.test_request_context(path, headers={"Accept-Encoding": "gzip"}):
        try:
            actor = people.actor(db.session, access.register().people, username)
            login_user(User("", actor, datetime.now(UTC)))
            app.process_response(app.make_response(app.view_functions[request.endpoint](**request.view_args)))
        except Exception:
            app.logger.exception("rehearsing %s", path)
            return False
        finally:
            db.session.remove()
    return True
