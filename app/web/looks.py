"""Looking back at one drawn case: what was found there, and who is to look."""

from flask import Blueprint, abort, redirect, request, url_for

from app.domain import lookbacks, people
from app.domain.cases import Case
from app.domain.errors import Refusal, Refused
from app.domain.lookbacks import MUSTS, RESULTS, Look, Lookback
from app.extensions import db
from app.office import lookbacks as office
from app.web import access, htmx
from app.web.forms import text_of
from app.web.lookbacks import by, for_readers, found, only, wrong
from app.web.refusals import code_of
from workflows.grammar import N_

blueprint = Blueprint("looks", __name__)


@blueprint.get("/lookbacks/<int:id>/cases/<number>")
def edit(id: int, number: str):
    for_readers()
    return _look(found(id), access.case(number))


@blueprint.post("/lookbacks/<int:id>/cases/<number>")
def update(id: int, number: str):
    """What was found there."""
    only("supervisor")
    given = {name: text_of(request.form.get(name)) or "" for name in ("result", "finding")}
    return _act(id, number, lambda lookback, case: office.look(
        db.session, lookback, case, reopen=request.form.get("reopen") == "yes", **given, **by()))


@blueprint.post("/lookbacks/<int:id>/cases/<number>/hand")
def hand(id: int, number: str):
    only("supervisor", "director")
    directory = access.register().people
    username = request.form.get("to", "")

    def act(lookback: Lookback, case: Case) -> None:
        if username not in directory.by_username:
            raise Refused(N_("Please choose one of these."), field="to")
        office.hand(db.session, lookback, case, people.actor(db.session, directory, username),
                    **{name: value for name, value in by().items() if name != "register"})

    return _act(id, number, act)


def _act(id: int, number: str, act):
    access.begin_writing()
    lookback, case = found(id, to_write=True), access.case(number, to_write=True)
    try:
        act(lookback, case)
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _look(found(id), access.case(number), refusal=refusal, code=code_of(refusal))
    return redirect(url_for("lookbacks.show", id=id), 303)


def _look(lookback: Lookback, case: Case, *, refusal: Refusal | None = None, code: int = 200):
    row = db.session.get(Look, (lookback.id, case.id))
    if row is None or row.place is None:
        abort(404)
    actor, directory = access.officer(), access.register().people
    given = request.form if request.method == "POST" else {}
    return htmx.render(
        "pages/lookbacks/look.html", lookback=lookback, case=case, look=row, results=RESULTS, musts=MUSTS,
        wrong=wrong(refusal), given=given, may_reopen=case.state in lookbacks.LOOKED_AT, code=code,
        is_mine=row.result is None and row.officer_id == actor.id and actor.has("supervisor"),
        may_hand=row.result is None and actor.has("supervisor", "director"),
        supervisors=[directory.officers[id] for id in directory.holding("supervisor", directory.office.id)
                     if id != row.officer_id],
    )
