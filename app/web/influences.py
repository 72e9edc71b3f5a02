"""Influence periods of sanctions: read by the office and its auditors, set by the security administrator."""

from datetime import date

from flask import Blueprint, abort, redirect, request, url_for

from app.domain import influences
from app.domain.errors import Refusal
from app.extensions import db
from app.office import influences as office
from app.web import access, forms, htmx, words
from app.web.lookbacks import wrong
from app.web.refusals import code_of
from workflows.accountability import METHODS

blueprint = Blueprint("influences", __name__)


@blueprint.get("/influences")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "secadmin")):
        abort(403)
    return _page()


@blueprint.post("/influences")
def create():
    if not access.officer().has(*office.EDITORS):
        abort(403)
    access.begin_writing()
    try:
        office.set_period(
            db.session, request.form.get("method", ""), months=forms.count_of(request.form.get("months", "").strip()),
            basis=request.form.get("basis", ""), valid_from=_day(request.form.get("valid_from", "")),
            by=access.officer(), at=access.now(), words=words.record_words(), register=access.register())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal, code=code_of(refusal))
    return redirect(url_for("influences.index"), 303)


def _page(refusal: Refusal | None = None, *, code: int = 200):
    order = list(dict(METHODS))
    rows = sorted(influences.in_force(db.session), key=lambda row: (order.index(row.method), row.valid_from))
    given = request.form if request.method == "POST" else {"valid_from": access.today().isoformat()}
    return htmx.render("pages/influences/index.html", rows=rows, methods=dict(METHODS), spared=office.SPARED,
                       given=given, wrong=wrong(refusal), may_edit=access.officer().has(*office.EDITORS), code=code)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
