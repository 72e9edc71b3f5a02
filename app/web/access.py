"""The gate: signed in unless @public, same-origin writes, the officer, and the transaction a request runs in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user
from sqlalchemy import bindparam, select
from werkzeug.routing import IntegerConverter

from app import bell
from app.domain import cases, people, trail
from app.domain import register as registers
from app.domain.base import kept
from app.domain.cases import Case
from app.domain.functions import State
from app.domain.people import Actor, Officer, SignIn
from app.extensions import db, login
from app.office.people import token_digest
from app.web import packing, resending

IDLE = timedelta(minutes=30)  # GB/T 22239 asks for a logout of the idle
TOUCH = timedelta(minutes=2)
SAFE = ("GET", "HEAD", "OPTIONS")


class User(UserMixin):
    """What Flask-Login carries about: an officer, and the session he came with."""

    def __init__(self, token: str, actor: Actor, looked_from: datetime):
        self.token, self.actor, self.looked_from = token, actor, looked_from

    def get_id(self) -> str:
        return self.token


def public(view):
    """Mark a view as open to people who are not signed in; the tests keep the list of these."""
    view.is_public = True
    return view


def officer() -> Actor:
    return current_user.actor


def now() -> datetime:
    """The moment of this request, taken once."""
    try:
        return g.now
    except AttributeError:
        g.now = datetime.now(UTC)
        return g.now


def register() -> registers.Register:
    """Units, officers, calendar and rules; kept in this process until the office's stream has a new entry."""
    if (found := g.get("register")) is not None:
        return found
    seq = g.get("office_seq")
    if seq is None:
        seq = g.office_seq = trail.head(db.session)
    kept, zone = current_app.extensions.get("register"), current_app.extensions["settings"].timezone
    found = g.register = current_app.extensions["register"] = registers.current(db.session, kept, zone, seq=seq)
    return found


def today():
    try:
        return g.today
    except AttributeError:
        g.today = register().today(now())
        return g.today


def begin_writing() -> None:
    """From here on this request writes: the transaction says so before its first read, and the officer is looked at
    again, should a post have ended since he was let in."""
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    g.pop("kept", None)
    if (seq := trail.head(db.session)) != g.get("office_seq"):
        g.office_seq = seq
        g.pop("register", None)
        if current_user.is_authenticated:
            user = _user(session.get("_user_id", ""))
            if user is None:
                abort(401)
            current_user.actor = user.actor


def commit() -> None:
    """And ring for the worker where this has left work for it."""
    db.session.commit()
    if db.session.info.pop("asked", False):
        bell.ring(current_app)


def case(number: str, *, to_write: bool = False) -> Case:
    """The case of this number; what this officer may not see is not there."""
    return _shown(cases.find(db.session, number, officer(), to_write=to_write), number)


def glance(number: str):
    """The same for a page that only shows it."""
    return _shown(cases.glance(db.session, number, officer()), number)


def _shown(found, number: str):
    if found is None:
        missing("case", number)
    g.is_sealed = found.sealed
    return found


def missing(what: str, which):
    """As if it were not there; the access log is told what was asked for, and finds out whether it is."""
    g.sought = (what, which)
    abort(404)


def is_ours(address: str | None) -> bool:
    """Whether an address leads to a page of ours. Browsers drop tabs and line ends, and \\ is as good as / to them."""
    return bool(address) and address.startswith("/") and address[1:2] not in ("/", "\\") and min(address) >= " "


class Key(IntegerConverter):
    """The key of a row in an address; no row has a larger one than a column holds."""

    def __init__(self, map):
        super().__init__(map, max=2**31 - 1)


def install(app: Flask) -> None:
    app.url_map.converters["int"] = Key
    login.session_protection = None  # the session is a row of ours, bound to nothing that changes on the way
    login.user_loader(_user)
    login.unauthorized_handler(_to_sign_in)
    app.before_request(_let_in)
    app.after_request(_guard)
    app.after_request(packing.pack)
    app.context_processor(lambda: {"officer": None if g.get("is_shut_out") else _whoever()})


def _whoever() -> Actor | None:
    return current_user.actor if current_user.is_authenticated else None


def _let_in():
    g.now = datetime.now(UTC)
    if "\0" in request.path:  # which PostgreSQL takes in no text, so nothing can be called so
        abort(404)
    if request.method not in SAFE and not is_same_origin():
        abort(403)
    view = current_app.view_functions.get(request.endpoint)
    if view is None or getattr(view, "is_public", False):
        return None
    if not current_user.is_authenticated or _is_idle():
        return login.unauthorized()
    return None


def _user(token: str) -> User | None:
    if not token:
        return None
    connection = db.session.connection()
    row = connection.execute(_SIGN_IN, {"token": token_digest(token)}).first()
    if row is None or row.until <= now():
        return None
    g.office_seq, g.kept = row.seq, kept(connection, row.state)
    actor = _actor(row.officer_id, row.seq)
    return User(token, actor, row.looked_from) if actor else None


def _actor(officer_id: int, seq: int) -> Actor | None:
    """An officer with his posts as of one entry of the office, kept until the office's stream moves on."""
    kept = current_app.extensions.setdefault("actors", {})
    if kept.get("seq") != seq:
        kept.clear()
        kept["seq"] = seq
    if officer_id not in kept:
        columns = (Officer.id, Officer.username, Officer.name, Officer.locale, Officer.title, Officer.left_at)
        row = db.session.execute(select(*columns).where(Officer.id == officer_id)).first()
        held = people.posts_of(db.session, officer_id) if row is not None and row.left_at is None else []
        kept[officer_id] = people.as_actor(register().people, row, held) if held else None
    return kept[officer_id]


_SIGN_IN = select(
    SignIn.officer_id, SignIn.until, SignIn.looked_from,
    select(trail.Head.seq).where(trail.Head.stream == trail.OFFICE).scalar_subquery().label("seq"),
    State().label("state"),
).where(SignIn.token == bindparam("token"))


def _is_idle() -> bool:
    """The cookie itself carries when it was last used, so that looking needs no write."""
    seen = session.get("seen", 0)
    age = now().timestamp() - seen
    if age > IDLE.total_seconds():
        return True
    if age > TOUCH.total_seconds():
        session["seen"] = int(now().timestamp())
    return False


def is_same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _to_sign_in():
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    target = url_for("sessions.new", next=None if here == "/" else here)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    if is_same_origin() and resending.can_carry():
        g.is_shut_out = True
        return resending.page(signed_in=False)
    return redirect(target, 303)


def _guard(response):
    """What every answer says to the browser, where the door has not said it otherwise."""
    said = {name.lower() for name, _value in response.headers}
    response.headers.extend([(name, value) for name, value in _SAYS if name.lower() not in said])
    return response


_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_SAYS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
