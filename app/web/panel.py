"""Everything one case shows to one reader, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, select

import workflows
from app.domain import cases, files, holdings, links, matters, privacy, trail
from app.domain.cases import SUPPORT, Assignment, Case, Note
from app.domain.clocks import TimeNode
from app.domain.matters import Matter
from app.domain.people import Actor
from app.domain.standing import Offer, Standing
from app.domain.trail import Entry
from app.extensions import db
from app.office import records
from app.web import access, chart, lines, recorded
from app.web.speech import gettext as _
from workflows.grammar import PURPOSES, Workflow

SHOWN = 10


@dataclass
class Panel:
    case: Case
    workflow: Workflow
    standing: Standing
    offers: list[Offer]
    nodes: list
    parts: list[dict]
    files: list
    entries: list
    values: dict
    count: int
    complainant: privacy.Seen | None
    is_blind: bool
    notes: list
    related: list
    chart: chart.Chart
    holder: holdings.Holding | None
    stages: list[dict]
    closing: dict | None
    recorded: list[recorded.Group]
    attached: dict | None

    @property
    def open_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.reason is None]

    @property
    def closed_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.reason and not offer.is_idle]

    @property
    def idle_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.reason and offer.is_idle]

    @property
    def leading(self):
        """The running node the case is known by."""
        order = ("check", "standing", *self.workflow.state[self.case.state].terms)
        running = {node.purpose: node for node in self.nodes if node.runs}
        return next((running[purpose] for purpose in order if purpose in running), None)

    @property
    def facts(self) -> str:
        """The text this reader works from."""
        return (self.case.redacted or "") if self.is_blind else self.case.facts


def of(case: Case, by: Actor, *, entries_shown: int = SHOWN) -> Panel:
    register, now, today = access.register(), access.now(), access.today()
    session = db.session
    every_hand = list(session.connection().execute(_HANDS, {"of": case.id}))
    nodes = session.connection().execute(_NODES, {"of": case.id}).all()
    entries = links.for_eyes_of(session, session.connection().execute(_ENTRIES, {"of": case.number}).all(), by)
    hung = files.of_case(session, case.id) if any(entry.verb == "attached" for entry in entries) else []
    matter = matters.waiting(session, case.id) if _something_waits(entries) else None
    shown = entries[-entries_shown:]
    standing = Standing(
        case, matter=matter, hands=[hand for hand in every_hand if hand.left_at is None],
        nodes=[node for node in nodes if node.runs],
        evidence=sum(file.struck_at is None and file.from_unit for file in hung), by=by, today=today,
    )
    office = register.people.office
    spans = holdings.of(entries, register.calendar, office=office.code, now=now)
    complainant = privacy.of(session, case.id)
    is_blind = records.is_hidden(case, complainant, by)
    workflow = workflows.get(case.kind)
    takers = standing.takers()
    told_last = recorded.last(entries, workflow)
    seqs = {entry.seq for entry in (*shown, *told_last.values())} | ({matter.asked_seq} if matter else set())
    values = trail.values(session, case.number, seqs if len(seqs) < len(entries) else None)
    kept_back = {file.sha256 for file in hung if not may_see_file(file, is_blind)}
    return Panel(
        case=case, workflow=workflow, standing=standing, offers=standing.offers(), nodes=nodes,
        parts=_parts(every_hand, nodes), files=[file for file in hung if may_see_file(file, is_blind)],
        entries=[lines.told(entry, values.get(entry.seq, {}), workflow, is_blind, kept_back, takers)
                 for entry in reversed(shown)],
        values=values, count=len(entries), complainant=privacy.view(complainant, hidden=is_blind),
        is_blind=is_blind, notes=_notes(case, entries, is_blind),
        related=_related(case, entries, by),
        chart=_chart(case, every_hand, nodes, spans), holder=_holding_now(spans, now),
        stages=_stages(entries, workflow, case), closing=_closing(matter, values, workflow, is_blind, takers),
        recorded=recorded.groups(told_last, values, workflow, is_blind=is_blind, takers=takers),
        attached=links.attached(entries) if workflow.of_case else None,
    )


def may_see_file(file, is_blind: bool) -> bool:
    """The unit complained of sees what units attached, not what came from the complainant or the office."""
    return file.from_unit or not is_blind


def _parts(hands: list[Assignment], nodes) -> list[dict]:
    by_no = {node.no: node for node in nodes}
    return [
        {"hand": hand, "node": by_no.get(hand.node_no)}
        for hand in hands
        if hand.role == SUPPORT and (hand.left_at is None or hand.done_at is not None)
    ]


def _something_waits(entries) -> bool:
    """Whether the last that the trail tells of a matter is that it was put up or came a stage further."""
    told = (trail.facts(entry)["matter"] for entry in reversed(entries) if entry.verb == "stepped")
    last = next(filter(None, told), None)
    return last is not None and not last["outcome"]


def _notes(case: Case, entries, is_blind: bool) -> list:
    if is_blind or not any(key.startswith("notes.") for key in trail.facts(entries[0])["beside"]):
        return []
    return db.session.connection().execute(_NOTES, {"of": case.id}).all()


def _related(case: Case, entries, by: Actor) -> list:
    """The case this one came from and those it led to, as far as this reader may see them."""
    if not any(entry.verb == "linked" for entry in entries):
        return []
    return cases.related(db.session, case, by)


def _closing(matter: Matter | None, values: dict, workflow: Workflow, is_blind: bool, takers) -> dict | None:
    if matter is None:
        return None
    asked = next(step for step in workflow.steps if step.opens == matter.purpose)
    hidden = {*(lines.guarded("stepped", asked) if is_blind else ()), *lines.restricted(asked, takers)}
    texts = {key: text for key, text in values.get(matter.asked_seq, {}).items() if key not in hidden}
    return {"matter": matter, "texts": texts}


def _stages(entries, workflow: Workflow, case: Case) -> list[dict]:
    """The five stages with the day each was last reached."""
    reached: dict[str, object] = {}
    for entry in entries:
        if entry.verb == "filed":
            reached["filed"] = entry.at
        elif entry.verb == "stepped":
            data = trail.facts(entry)
            if data["to"] != data["from"]:
                reached[data["to"]] = entry.at
    main = [state for state in workflow.states if state.name != "ended"]
    names = [state.name for state in main]
    if case.state == "ended":
        at = names.index(case.ended_from) if case.ended_from in names else 0
        main = [*main[: at + 1], workflow.state["ended"]]
        names = [state.name for state in main]
    now = names.index(case.state)
    return [
        {"state": state, "is_done": i < now, "is_now": i == now, "at": reached.get(state.name) if i <= now else None}
        for i, state in enumerate(main)
    ]


def _holding_now(spans, now):
    return spans[-1] if spans and spans[-1].until >= now - timedelta(seconds=1) else None


def _chart(case: Case, hands: list[Assignment], nodes, spans) -> chart.Chart:
    register = access.register()
    people, office = register.people, register.people.office
    rows = {office.code: chart.Row(office.code, office.short, _("office"))}
    for hand in hands:
        unit = people.units[hand.unit_id]
        role = _("lead") if hand.unit_id == case.lead_id else _("support") if hand.role == SUPPORT else _("led before")
        row = rows.setdefault(unit.code, chart.Row(unit.code, unit.short, role))
        row.role = role
    order = sorted(rows.values(), key=lambda row: _row_order(row, case, people))
    stretches = [chart.measured(span, register.calendar) for span in spans]
    for stretch in stretches:
        if stretch.key == "complainant" and "complainant" not in rows:
            rows["complainant"] = chart.Row("complainant", _("Complainant"), "")
            order.append(rows["complainant"])
        if stretch.key in rows:
            rows[stretch.key].stretches.append(stretch)
    now = access.now()
    if _holding_now(spans, now) and stretches[-1].key in rows:
        rows[stretches[-1].key].holds_now = True
    for node in nodes:
        if node.duty and (row := rows.get(people.units[node.unit_id].code)):
            row.pins += _pins(node)
    return chart.draw(order, stretches, calendar=register.calendar, now=now, filed_at=case.filed_at)


def _row_order(row, case: Case, people) -> int:
    lead = people.units[case.lead_id].code if case.lead_id else None
    return 0 if row.key == people.office.code else 1 if row.key == lead else 2


def _pins(node):
    due_on = node.due_on
    if due_on is None:
        return []
    if node.stopped_on:
        state = "missed" if node.stopped_on > due_on else "met"
    else:
        state = "missed" if access.today() > due_on else "next"
    own = node.purpose in ("handle", "part")
    return [chart.Pin(_(PURPOSES[node.purpose].label), due_on, state, node.started_at, node.stopped_at, own)]


_HANDS = select(Assignment.__table__).where(Assignment.case_id == bindparam("of")).order_by(Assignment.id)
_NODES = select(TimeNode.__table__, TimeNode.stopped_at.is_(None).label("runs")).where(
    TimeNode.case_id == bindparam("of")).order_by(TimeNode.no)
_ENTRIES = (
    select(Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.words, Entry.data, Entry.prev, Entry.seal,
           Entry.stream)
    .where(Entry.stream == bindparam("of")).order_by(Entry.seq)
)
_NOTES = select(Note.label, Note.text).where(Note.case_id == bindparam("of")).order_by(Note.no)
