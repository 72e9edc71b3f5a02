"""Trails: one case's whole trail, and the newest entries of what somebody may see."""

from flask import Blueprint, abort, request
from sqlalchemy import select

import workflows
from app.domain import cases, trail
from app.domain.cases import Case
from app.domain.trail import Entry
from app.extensions import db
from app.web import access, covering, htmx, panel

blueprint = Blueprint("trail", __name__)
PAGE = 50


@blueprint.get("/trail")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "leader")):
        abort(403)
    query = (
        select(Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.data, Entry.prev,
               Entry.seal, Case.title, Case.kind)
        .join(Case, Case.number == Entry.stream)
        .where(cases.may_see(actor))
        .order_by(Entry.at.desc(), Entry.stream.desc(), Entry.seq.desc())
        .limit(PAGE)
    )
    rows = db.session.execute(query).all()
    covering.note(rows)
    return htmx.render("pages/trail/index.html", lines=[(row, label(row, workflows.get(row.kind))) for row in rows])


@blueprint.get("/cases/<number>/trail")
def show(number: str):
    case = access.case(number)
    shown = panel.of(case, access.officer(), entries_shown=10_000)
    wanted = request.args.get("step", "")
    lines = [line for line in shown.entries if not wanted or _name(line) == wanted]
    steps = {_name(line): line["label"] for line in shown.entries}
    return htmx.render("pages/cases/trail.html", panel=shown, case=case, lines=lines, steps=steps, wanted=wanted)


def label(entry, workflow) -> str:
    step = workflow.step.get(trail.facts(entry)["step"]) if entry.verb == "stepped" else None
    return step.label if step else trail.VERBS[entry.verb].sentence


def _name(line: dict) -> str:
    return line["step"].name if line["step"] else line["entry"].verb
