"""Cases: the ledger, a new one, one in full, and what is added to it beside its steps."""


from flask import Blueprint, request

import workflows
from app.domain import ledger, views
from app.extensions import db
from app.web import access, filing, filters, htmx, panel

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases")
def index():
    wanted = filters.read(request.args)
    page = ledger.page(db.session, access.officer(), wanted, today=access.today(), after=request.args.get("after"))
    return htmx.render(
        "pages/cases/index.html", "fragments/cases/rows.html", page=page, wanted=wanted, filters=filters,
        views=views.of(db.session, access.officer().id), kinds=workflows.every(),
        states=workflows.get("complaint").states, units=_units(), may_file=filing.kinds_to_file(),
    )


@blueprint.get("/cases/<number>")
def show(number: str):
    return htmx.render("pages/cases/show.html", "fragments/case/panel.html",
                       panel=panel.of(access.glance(number), access.officer()))


def _units() -> list:
    return [unit for unit in access.register().people.units.values() if unit.klass != "leadership"]
