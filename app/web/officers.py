"""People: accounts and posts, for the administrators."""

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select

from app.domain.errors import Refusal
from app.domain.people import Officer, Post, Unit
from app.extensions import db
from app.office import people as office
from app.web import access, htmx, words
from app.web.refusals import code_of
from app.web.words import told
from workflows.grammar import POSTS

blueprint = Blueprint("officers", __name__)


@blueprint.get("/officers")
def index():
    _for_administrators()
    return _page()


@blueprint.post("/officers")
def create():
    """A new account, closed until it has a password (`duban user passwd`)."""
    _only("sysadmin")
    return _do(lambda: office.add_officer(
        db.session, username=request.form.get("username", ""), name=request.form.get("name", ""),
        title=request.form.get("title") or None, **_by()))


@blueprint.post("/officers/<username>/posts")
def give(username: str):
    _only("secadmin")
    return _do(lambda: office.give_post(db.session, _officer(username), request.form.get("post", ""),
                                        _unit(request.form.get("unit", "")), **_by()))


@blueprint.post("/officers/<username>/posts/<int:id>/end")
def end(username: str, id: int):
    _only("secadmin")

    def act():
        officer, post = _officer(username), db.session.get(Post, id)
        if post is None or post.until is not None or post.officer_id != officer.id:
            abort(404)
        office.end_post(db.session, officer, post, **_by())

    return _do(act)


@blueprint.post("/officers/<username>/handover")
def hand_over(username: str):
    """He leaves; what waits for him waits for his successor."""
    _only("secadmin")
    return _do(lambda: office.hand_over(db.session, _officer(username), _officer(request.form.get("successor", "")),
                                        reason=request.form.get("reason") or "", **_by()))


def _do(act):
    access.begin_writing()
    try:
        act()
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal=told(refusal), code=code_of(refusal))
    return redirect(url_for("officers.index"), 303)


def _page(**more):
    held: dict[int, list] = {}
    for post in db.session.scalars(select(Post).where(Post.until.is_(None)).order_by(Post.id)):
        held.setdefault(post.officer_id, []).append(post)
    officers = db.session.scalars(select(Officer).order_by(Officer.left_at.is_not(None), Officer.id)).all()
    return htmx.render("pages/officers/index.html", officers=officers, held=held, posts=POSTS,
                       units=[u for u in access.register().people.units.values() if not u.is_gone], **more)


def _by() -> dict:
    return {"by": access.officer(), "at": access.now(), "words": words.record_words()}


def _officer(username: str) -> Officer:
    return office.officer_called(db.session, username.replace("\0", "")) or abort(404)


def _unit(code: str) -> Unit:
    unit = access.register().people.by_code.get(code) or abort(404)
    return db.session.get(Unit, unit.id)


def _for_administrators() -> None:
    if not access.officer().has("sysadmin", "secadmin", "logadmin"):
        abort(403)


def _only(post: str) -> None:
    if not access.officer().has(post):
        abort(403)


