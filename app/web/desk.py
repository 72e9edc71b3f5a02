"""My desk: what is mine today, by due date, each with its next step; and what changed since I last looked."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import Blueprint
from flask_login import current_user
from sqlalchemy import select

import workflows
from app.domain import lookbacks, notices, trail, worklist
from app.domain.drafts import Draft
from app.extensions import db
from app.web import access, htmx, lines
from app.web.speech import gettext as _

blueprint = Blueprint("desk", __name__)
PAPERS = 8
WARNED = 60


@dataclass
class Band:
    """A heading of the list: late, today, this week, paused, later."""

    name: str
    title: str
    note: str = ""
    todos: list = field(default_factory=list)


@dataclass(frozen=True)
class Paper:
    """A notice that waits for him, with the numbers of its cases."""

    row: object
    numbers: list[str]


@blueprint.get("/")
def index():
    actor, today = access.officer(), access.today()
    todos, papers = worklist.todos(db.session, actor, today=today), _papers(actor)
    news = worklist.news(db.session, actor, current_user.looked_from)
    return htmx.render(
        "pages/desk/index.html",
        bands=_bands(todos), todos=todos, urgent=_urgent(todos, papers, today),
        elsewhere=worklist.elsewhere(db.session, actor),
        news=[_told(row) for row in news], looked_from=current_user.looked_from,
        drafts=db.session.scalars(select(Draft).where(Draft.officer_id == actor.id).order_by(Draft.saved_at)).all(),
        lots=_lots(actor), kinds=workflows.every(), ends_in=_calendar_ends_in(actor), papers=papers,
        notice_forms=notices.FORMS,
    )


def _papers(actor) -> list[Paper]:
    """The notices that wait for him, each with the cases it is about: first on a unit's desk."""
    rows = notices.waiting(db.session, actor, PAPERS)
    subjects = notices.subjects_of(db.session, [row.id for row in rows])
    return [Paper(row, subjects.get(row.id, [])) for row in rows]


def _lots(actor) -> list:
    """What was drawn by lot and lies with this supervisor."""
    if not actor.has("supervisor"):
        return []
    return db.session.execute(lookbacks.waiting_for(actor).limit(PAPERS)).all()


def _calendar_ends_in(actor) -> int | None:
    """Days left of the published calendar, from 60 days before its end on, for those who can do something about it."""
    left = (access.register().calendar.horizon - access.today()).days
    return left if left <= WARNED and (actor.is_of_office or actor.has("secadmin")) else None


def _urgent(todos, papers, today) -> int:
    open_papers = (paper for paper in papers if not paper.row.stopped_on)
    return sum(each.row.due_on is not None and each.row.due_on <= today for each in (*todos, *open_papers))


def _bands(todos) -> list[Band]:
    today = access.today()
    week_end = today + timedelta(days=6 - today.weekday())
    bands = {
        "late": Band("late", _("Overdue")),
        "today": Band("today", _("Due today")),
        "week": Band("week", _("This week")),
        "later": Band("later", _("Later")),
        "paused": Band("paused", _("Paused"), _("no due date, but a day to look again")),
        "standing": Band("standing", _("Standing"), _("no due date, but a review each quarter")),
    }
    for todo in todos:
        bands[_band(todo, today, week_end)].todos.append(todo)
    return [band for band in bands.values() if band.todos]


def _band(todo, today, week_end) -> str:
    due_on = todo.row.due_on
    if todo.row.standing:
        return "standing"
    if due_on is None:
        return "paused"
    if due_on < today:
        return "late"
    return "today" if due_on == today else "week" if due_on <= week_end else "later"


def _told(row) -> dict:
    data = trail.facts(row)
    step = workflows.get(row.kind).step.get(data["step"]) if row.verb == "stepped" else None
    return {"row": row, "label": _(lines.label(row.verb, data, step)), "who": lines.name_of(row.actor)}
