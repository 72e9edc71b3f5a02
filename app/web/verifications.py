"""Verification: how far the trail is protected, what the last checks found, and the checkpoint to be taken away."""

from flask import Blueprint, Response, abort, current_app, request
from markupsafe import Markup
from sqlalchemy import select

from app.domain import checkpoints, errands, keys, settings, tree, witnesses
from app.domain.errands import Errand
from app.extensions import db
from app.office import audits
from app.papers import qr
from app.web import access, htmx, lodgings, words

blueprint = Blueprint("verifications", __name__)
SHOWN = 10


@blueprint.get("/trail/verification")
def index():
    _let_in()
    runs = db.session.scalars(select(Errand).where(Errand.what == audits.WHAT).order_by(Errand.id.desc()).limit(SHOWN))
    runs = list(runs)
    under_way = next((run for run in runs if run.state == errands.WAITING), None)
    ended = next((run for run in runs if run.is_over), None)
    last, now = checkpoints.latest(db.session), settings.settings(db.session)
    return htmx.render(
        "pages/verifications/index.html", "fragments/verifications/state.html",
        runs=[run for run in runs if run.is_over], told=words.told,
        under_way=under_way, ended=ended, last=last, short=last and checkpoints.short(last),
        uncovered=tree.waiting(db.session) + tree.size(db.session) - (last.size if last else 0),
        key=keys.public(current_app.extensions["settings"].signing_key), may_start=_may_start(), fault=audits.fault,
        picture=last and Markup(qr.svg(last.note)), lodging=lodgings.shown(now.checkpoint_to),
        witnessing=lodgings.witnessed(now.witnesses, last),
    )


@blueprint.post("/trail/verification")
def create():
    _let_in()
    if not _may_start():
        abort(403)
    access.begin_writing()
    audits.ask(db.session, by=access.officer().id, at=access.now())
    access.commit()
    return htmx.see("/trail/verification")


@blueprint.get("/trail/checkpoint")
def show():
    """The signed note itself with what witnesses put under it, as any C2SP client reads it; with `?witnessed` the last
    one that bears a cosignature."""
    _let_in()
    last = (witnesses if "witnessed" in request.args else checkpoints).latest(db.session) or abort(404)
    return Response(witnesses.note(db.session, last), content_type="text/plain; charset=utf-8",
                    headers={"Content-Disposition": f"attachment; filename=checkpoint-{last.size}.txt"})


def _let_in() -> None:
    if not (access.officer().is_of_office or access.officer().has("auditor", "leader")):
        abort(403)


def _may_start() -> bool:
    return access.officer().has("auditor", "director")
