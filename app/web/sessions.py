"""Signing in and out, and changing one's password."""

from flask import Blueprint, abort, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user

from app.domain import people
from app.domain.errors import Refusal, Refused
from app.domain.people import Officer
from app.extensions import db
from app.office import people as office
from app.web import access, floor, htmx, porter, speech, words
from app.web.access import User, public
from app.web.forms import Form, Secret
from app.web.phrases import first_page
from app.web.speech import gettext as _

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/login")
@public
def new():
    if current_user.is_authenticated:
        return redirect(_next(), 303)
    return speech.render("pages/sessions/new.html", username="", error=None)


@blueprint.post("/login")
@public
def create():
    username = request.form.get("username", "").replace("\0", "").strip()[:80]
    password = request.form.get("password", "")[:500]
    whats = [f"account:{username}", f"address:{request.remote_addr}"]
    wait = people.wait_for(db.session, whats, at=access.now())
    if wait.total_seconds() > 0:
        seconds = int(wait.total_seconds()) + 1
        _note_failure(username)
        error = _("Too many wrong passwords. Please wait %(seconds)s seconds and try again.", seconds=seconds)
        return _again(username, error, 429, {"Retry-After": str(seconds)})
    officer = office.officer_called(db.session, username)
    db.session.rollback()  # the hash is worked out while no transaction is open
    with floor.aside():
        is_right = office.is_password(officer, password)
    access.begin_writing()
    officer = office.officer_called(db.session, username)
    posts = people.posts_of(db.session, officer.id) if officer else []
    if not is_right or officer.left_at or not posts:
        people.note_miss(db.session, whats, at=access.now())
        porter.record("sign_in_failed", username=officer.username if officer else None)
        access.commit()
        return _again(username, _("The account or the password is wrong; please try again."), 422)
    people.forget_misses(db.session, whats)
    token = office.sign_in(db.session, officer, at=access.now())
    porter.record("sign_in", username=officer.username)
    access.commit()
    session.clear()
    session["seen"] = int(access.now().timestamp())
    actor = people.as_actor(access.register().people, officer, posts)
    login_user(User(token, actor, access.now()))
    return redirect(_next(), 303)


@blueprint.post("/logout")
def destroy():
    access.begin_writing()
    office.sign_out(db.session, current_user.token, at=access.now())
    porter.record("sign_out")
    access.commit()
    logout_user()
    session.clear()
    return redirect(url_for("sessions.new"), 303)


class PasswordForm(Form):
    old = Secret(render_kw={"autocomplete": "current-password"})
    password = Secret(render_kw={"autocomplete": "new-password"})


@blueprint.get("/password")
def edit():
    return htmx.render("pages/sessions/edit.html", form=_labelled(PasswordForm(formdata=None)))


@blueprint.post("/password")
def update():
    form = _labelled(PasswordForm())
    officer = db.session.get(Officer, access.officer().id)
    db.session.rollback()
    with floor.aside():
        is_right = office.is_password(officer, form.old.data or "")
        hashed = office.hash_password(form.password.data or "")
    access.begin_writing()
    try:
        if not is_right:
            raise Refused(_("The present password is wrong."), field="old")
        officer = db.session.get(Officer, access.officer().id)
        office.set_password(db.session, officer, form.password.data or "", by=access.officer(), at=access.now(),
                            words=words.record_words(), hashed=hashed)
    except Refusal as refusal:
        db.session.rollback()
        form.blame(refusal)
        return htmx.render("pages/sessions/edit.html", form=form, code=422)
    access.commit()
    logout_user()
    session.clear()
    return redirect(url_for("sessions.new", changed=1), 303)


def _labelled(form: PasswordForm) -> PasswordForm:
    form.old.label.text = _("Present password")
    form.password.label.text = _("New password")
    form.password.description = _("At least %(length)s characters; every session of yours ends.",
                                  length=office.SHORTEST)
    return form


def _note_failure(username: str) -> None:
    """Under the account, where there is one: else what was typed could be a password in the wrong field."""
    officer = office.officer_called(db.session, username)
    porter.note("sign_in_failed", username=officer.username if officer else None, detail="slowed")


def _again(username: str, error: str, code: int, headers=None):
    page = speech.render("pages/sessions/new.html", username=username, error=error)
    return page, code, headers or {}


def _next() -> str:
    """Where he wanted to go, if that is a page of ours; from the front door to the first page of his post."""
    target = request.args.get("next") or request.form.get("next") or "/"
    if not access.is_ours(target):
        abort(400)
    return first_page(access.officer()) if target == "/" else target
