"""How the domain's facts read in sentences: states, units, matters, nodes. Templates call these."""

from urllib.parse import unquote

from flask import Flask, g, request
from markupsafe import Markup, escape

import workflows
from app.domain import clocks, files, holdings, worklist
from app.domain.ledger import OPEN, Filter
from app.extensions import db
from app.web import access, filters, speech
from app.web.speech import gettext as _
from app.web.words import budget_words, day, lately, moment, short_day
from workflows.common import PAUSES
from workflows.grammar import MATTERS, OFFICE_POSTS, POSTS, PURPOSES, UNIT_POSTS


def install(app: Flask) -> None:
    app.jinja_env.globals.update(purposes=PURPOSES, file_purposes=files.PURPOSES)
    speech.phrases(
        app, navigation=navigation, post_words=post_words,
        unit_words=unit_words, post_label=post_label, matter_words=matter_words, todo_words=todo_words,
        step_words=lambda step: _(step.label), may_file=may_file, here=here, draft_href=draft_href,
        draft_words=draft_words, state_words=state_words, supports_words=supports_words, level_tag=level_tag,
        standard_views=standard_views, lamp_choices=lamp_choices, filter_chips=filter_chips, grade_words=grade_words,
        person_of=person_of, holder_words=holder_words, pause_words=pause_words, names_words=names_words,
        node_lists=node_lists, node_words=node_words, fact_rows=fact_rows,
        unit_names=unit_names, extension=extension, may_attach=may_attach, has_a_hand=has_a_hand,
        on=lambda at: access.register().calendar.on(at), lot_words=lot_words,
        request_note=lambda: request.args.get("note", ""),
    )


FIRST = {"supervisor": "/overdue", "leader": "/overdue", "auditor": "/trail", "sysadmin": "/officers",
         "secadmin": "/rules", "logadmin": "/accesses"}  # where those begin whose work does not come to a desk


def first_page(actor) -> str:
    """What somebody sees when he has signed in."""
    posts = [held.post for held in actor.held]
    return FIRST[posts[0]] if posts and FIRST.keys() >= set(posts) else "/"


def navigation() -> list[dict]:
    actor = access.officer()
    cases, papers = _waiting(actor)
    items = [("desk.index", "/", _("My desk"), _count(cases), False)]
    if actor.is_of_office or actor.has("leader", "auditor", "principal"):
        items.append(("overdue.index", "/overdue", _("Overdue board"), None, True))
    if actor.sees_every_case or actor.units:
        items.append(("cases.index", "/cases", _("Ledger"), None, False))
        items.append(("notices.index", "/notices", _("Notices"), _count(papers), True))
        items.append(("holdings.index", "/holdings", _("Time in hand"), None, False))
    if actor.is_of_office or actor.has("auditor", "leader"):
        items.append(("trail.index", "/trail", _("Trail"), None, False))
    if actor.has("supervisor", "director", "leader", "auditor"):
        items.append(("lookbacks.index", "/lookbacks", _("By lot"), None, False))
    if actor.has("sysadmin", "secadmin", "logadmin"):
        items.append(("officers.index", "/officers", _("People"), None, False))
    if actor.has("logadmin", "auditor"):
        items.append(("accesses.index", "/accesses", _("Access log"), None, False))
    if actor.has("sysadmin", "secadmin", "logadmin"):
        items.append(("settings.index", "/settings", _("Settings"), None, False))
    if actor.has("secadmin"):
        items.append(("rules.index", "/rules", _("Rules"), None, False))
    here = request.endpoint or ""
    return [
        {"href": href, "label": label, "count": count, "hot": hot, "current": here == endpoint}
        for endpoint, href, label, count, hot in items
    ]


def _waiting(actor) -> tuple[int, int]:
    """How many cases and notices wait for him; worked out anew whenever anybody has changed anything."""
    drawer, key = g.get("kept", {}), (actor, access.today())
    if key not in drawer:
        drawer[key] = worklist.how_many(db.session, actor, today=access.today(), most=100)
    return drawer[key]


def _count(count: int) -> str | None:
    return None if not count else "99+" if count > 99 else str(count)


def post_words(actor) -> str:
    held = actor.first
    if held is None:
        return ""
    return f"{_(POSTS[held.post])} · {access.register().people.units[held.unit_id].short}"


def unit_words(actor) -> str:
    held = actor.first
    return access.register().people.units[held.unit_id].name if held else ""


def post_label(post: str) -> str:
    return _(POSTS[post])


def matter_words(purpose: str) -> str:
    return _(MATTERS[purpose].label)


def todo_words(todo) -> str:
    row = todo.row
    roles = {"lead": _("lead"), "support": _("support"), "office": _("office")}
    said = [roles[todo.relation]]
    if todo.purpose and todo.purpose not in ("handle", "sign"):
        said.append(_(PURPOSES[todo.purpose].label))
    if row.matter:
        said.append(_("%(matter)s waits for: %(post)s", matter=matter_words(row.matter), post=post_label(row.stage)))
    elif row.state == "assigned" and row.signed_for_at is None and row.dispatched_at:
        said.append(_("assigned %(at)s, not signed for yet", at=lately(row.dispatched_at)))
    else:
        said.append(_("last moved %(at)s", at=lately(row.touched_at)))
    return " · ".join(said)


def may_file() -> bool:
    return any(access.officer().has(*workflow.filed_by) for workflow in workflows.every().values())


def here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def draft_href(form: str) -> str:
    kind, _slash, rest = form.partition("/")
    return f"/cases/new?kind={rest}" if kind == "new" else f"/cases/{kind}/steps/{rest}"


def draft_words(form: str) -> str:
    kind, _slash, rest = form.partition("/")
    if kind == "new":
        return _("New case: %(kind)s", kind=_(workflows.get(rest).label)) if rest in workflows.every() else form
    step = next((w.step[rest] for w in workflows.every().values() if rest in w.step), None)
    return f"{unquote(kind)} · {_(step.label) if step else rest}"


def state_words(row) -> str:
    if row.state == "assigned" and row.signed_for_at is None:
        return _("to be signed for")
    return _(workflows.get(row.kind).state[row.state].label)


def supports_words(unit_ids) -> str:
    if not unit_ids:
        return ""
    units = access.register().people.units
    names = [units[id].short for id in unit_ids]
    if len(names) <= 3:
        return _(", ").join(names)
    return _("%(names)s and %(n)s more", names=_(", ").join(names[:2]), n=len(names) - 2)


def level_tag(row) -> Markup:
    if row.listed:
        return _chip(_("listed"), red=True)
    if row.escalated:
        return _chip(_("raised"), red=True)
    if row.reopened:
        return _chip(_("reopened"))
    if row.redone:
        return _chip(_("again"))
    return Markup("")


def _chip(words: str, *, red: bool = False) -> Markup:
    return Markup(f'<span class="db-chip{" db-chip--red" if red else ""}">{escape(words)}</span>')


def standard_views() -> list[tuple[str, str]]:
    return [
        (_("Open"), "state=open"), (_("By due date"), "state=open&sort=due"), (_("Overdue"), "lamp=red&sort=due"),
        (_("Supervised list"), "mark=listed"), (_("Standing"), "mark=standing"), (_("Reopened"), "mark=reopened"),
        (_("To be reviewed"), "state=closed"), (_("To be assigned"), "state=filed"), (_("Everything"), ""),
    ]


def lamp_choices() -> list[tuple[str, str]]:
    return [("red", _("red: overdue")), ("yellow", _("yellow: due soon")), ("green", _("green: on time")),
            ("grey", _("grey: paused or standing")), ("blue", _("blue: over"))]


def filter_chips(wanted: Filter) -> list[tuple[str, str]]:
    """(what is looked at, the query without it)"""
    chips = []
    if wanted.q:
        chips.append((_("holds “%(words)s”", words=wanted.q), filters.written(wanted, q="")))
    if wanted.kind:
        chips.append((_(workflows.get(wanted.kind).label), filters.written(wanted, kind="")))
    if wanted.states:
        states = workflows.get("complaint").state
        names = _(", ").join(_(states[name].label) for name in wanted.states)
        label = _("Open") if wanted.states == OPEN else names
        chips.append((label, filters.written(wanted, state="")))
    if wanted.unit:
        chips.append((access.register().people.units[wanted.unit].short, filters.written(wanted, unit="")))
    if wanted.lamp:
        chips.append((dict(lamp_choices())[wanted.lamp], filters.written(wanted, lamp="")))
    if wanted.mark:
        chips.append((_mark_words(wanted.mark), filters.written(wanted, mark="")))
    if wanted.source:
        chips.append((wanted.source, filters.written(wanted, source="")))
    if wanted.since:
        chips.append((_("from %(at)s", at=day(wanted.since)), filters.written(wanted, since="")))
    if wanted.until:
        chips.append((_("to %(day)s", day=day(wanted.until)), filters.written(wanted, until="")))
    return chips


def _mark_words(mark: str) -> str:
    return {"standing": _("standing"), "listed": _("supervised list"), "escalated": _("raised"),
            "reopened": _("reopened"), "redone": _("handled again"), "objected": _("objected to"),
            "sealed": _("sealed")}[mark]


def grade_words(panel) -> str:
    grade = _(dict(panel.workflow.grades)[panel.case.grade])
    node = next((node for node in panel.nodes if node.purpose == "handle"), None)
    if node is None or node.counted == clocks.FIXED:
        return grade
    return f"{grade} · {budget_words(node.budget, node.counted)}"


def person_of(post: str, unit) -> str:
    people = access.register().people
    return _(", ").join(people.name_of(id) for id in people.holding(post, unit.id)[:2])


def holder_words(holding) -> str:
    people = access.register().people
    if holding.holder == holdings.COMPLAINANT:
        return _("Complainant")
    if holding.holder == holdings.NOBODY:
        return _("nobody: the clock is paused")
    unit = people.by_code.get(holding.unit)
    return unit.short if unit else holding.unit


def pause_words(category: str) -> str:
    return _(dict(PAUSES).get(category, category))


def names_words(rows) -> str:
    return _(", ").join(row.name for row in rows)


def unit_names(hands) -> str:
    units = access.register().people.units
    return _(", ").join(units[hand.unit_id].name for hand in hands)


def node_lists(nodes) -> tuple[list, list]:
    running = [node for node in nodes if node.runs]
    running.sort(key=lambda node: (not node.duty, node.due_on or clocks.date.max))
    return running, [node for node in reversed(nodes) if not node.runs]


def node_words(node) -> str:
    if node.stopped_on:
        return _("ended %(at)s, limit %(day)s", at=moment(node.stopped_at), day=short_day(node.due_on))
    started = short_day(node.started_on)
    if node.counted == clocks.FIXED:
        said = _("date given at %(start)s", start=started)
    else:
        said = _("%(budget)s from %(start)s", budget=budget_words(node.budget, node.counted), start=started)
    if node.extended:
        said += _(", extended by %(n)s", n=budget_words(node.extended, node.counted))
    if node.paused_on:
        said += _(", paused since %(day)s", day=short_day(node.paused_on))
    if node.due_on:
        said += _(", ends %(day)s", day=day(node.due_on, weekday=True))
        if node.provisional:
            said += _(" (provisional: the calendar is published up to %(day)s)",
                      day=day(access.register().calendar.horizon))
    return said


def fact_rows(panel) -> list[tuple[str, str]]:
    case, people = panel.case, access.register().people
    rows = [(_("What is asked"), case.request), (_("Basis of the dispatch"), case.basis), (_("Class"), case.klass),
            (_("Indicator concerned"), case.indicator)]
    if not panel.is_blind:
        rows.append((_("Place"), case.place))
    if unit := people.unit(case.complained_of_id):
        label = _("Unit held to account") if panel.workflow.of_case else _("Unit complained of")
        rows.append((label, unit.name))
    rows.append((_("Received"), moment(case.received_at)))
    return [(label, value) for label, value in rows if value]


def extension(file) -> str:
    return file.name.rpartition(".")[2].upper()[:4]


def may_attach(panel) -> bool:
    return panel.case.state not in ("reviewed", "ended") and has_a_hand()


def has_a_hand() -> bool:
    """Of the office, or of a unit that this case, which he sees, has come to; leaders and auditors only look on."""
    return access.officer().has(*OFFICE_POSTS, *UNIT_POSTS)




def lot_words(lookback) -> str:
    """Which cases an announcement is about: kind, class, unit, or all of them."""
    unit = access.register().people.unit(lookback.unit_id)
    label = workflows.get(lookback.kind).label if lookback.kind else None
    said = [_(label) if label else None, lookback.klass, unit.short if unit else None]
    return " · ".join(word for word in said if word) or _("all kinds, all units")
