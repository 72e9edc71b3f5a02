"""Why this date? The count of one time node, day by day."""

from flask import Blueprint, abort

from app.extensions import db
from app.office import why
from app.web import access, htmx
from app.web.speech import gettext as _

blueprint = Blueprint("reasons", __name__)


@blueprint.get("/cases/<number>/why/<int:no>")
def show(number: str, no: int):
    case = access.case(number)
    found = why.nodes(db.session, case, no)
    if not found:
        abort(404)
    return htmx.render("pages/reasons/show.html", "fragments/reasons/count.html", case=case,
                       why=why.of(db.session, case, found[0], access.register()), day_words=day_words,
                       act_words=act_words)


def day_words(counted, node) -> str:
    said = _(why.said(counted, node))
    return said % {"name": counted.name} if "%" in said else f"{said} · {counted.name}" if counted.name else said


def act_words(act) -> str:
    said = _(why.ACTS.get(act.act, act.act))
    return said % {"days": act.days} if "%" in said else said
