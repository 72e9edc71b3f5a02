"""The ledger on its way out: the columns that ledgers of this kind have in common, then our own, then what was imported
beside them. Row by row, as far as the reader may see, in the same memory for any size."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import workflows
from app.domain import checkpoints, ledger, trail
from app.domain.cases import Case, Note
from app.domain.errors import Refused
from app.domain.ledger import Filter
from app.domain.people import Actor
from app.domain.register import Register
from app.office.gathering import Gathered, gather
from workflows.grammar import N_

BATCH = 400
MOST_NOTES = 400  # headings of imported columns
FORMAT = "duban-ledger/1"

# Heading → width. The first 29 are those that such ledgers have in common, in their usual order.
HEADS = {
    "序号": 6, "问题编号": 15, "问题来源": 12, "来源文号/线索号": 16, "发现(反馈)时间": 19, "问题描述": 60,
    "涉及指标": 12, "问题类型": 12, "问题等级": 10, "整改类型": 10, "整改目标": 24, "整改措施": 30, "牵头单位": 20,
    "配合单位": 24, "责任领导": 10, "责任人": 10, "联系电话": 14, "整改时限": 12, "阶段节点": 14, "整改进展": 30,
    "完成情况": 12, "佐证材料": 10, "验收单位": 16, "验收时间": 19, "验收结论": 24, "销号时间": 12, "满意度/评价": 12,
    "回头看情况": 24, "备注": 24,
    "标题": 36, "督办类别": 12, "当前阶段": 10, "地点": 20, "被投诉单位": 20, "脱敏文本": 40, "登记时间": 19,
    "交办时间": 19, "交办依据": 24, "交办要求": 30,
}
OURS = tuple(HEADS)
REMARKS = "备注"

COLUMNS = (
    Case.id, Case.number, Case.kind, Case.state, Case.title, Case.facts, Case.redacted, Case.source,
    Case.outside_number, Case.klass, Case.grade, Case.indicator, Case.place, Case.received_at, Case.filed_at,
    Case.complained_of_id, Case.request, Case.basis, Case.lead_id, Case.dispatched_at, Case.standing, Case.ended_from,
)


@dataclass(frozen=True)
class Reading:
    """Whose export it is, of what, as of when."""

    actor: Actor
    wanted: Filter
    register: Register
    at: datetime
    words: object  # the translator

    @property
    def today(self) -> date:
        return self.register.today(self.at)


def heads(session: Session, reading: Reading) -> list[str]:
    """The headings; those of imported columns that ledgers do not have in common come last."""
    chosen = _chosen(session, reading, (Case.id,)).order_by(None).subquery()
    query = (select(Note.label).join(chosen, chosen.c.id == Note.case_id).where(Note.label.not_in(OURS))
             .group_by(Note.label).order_by(func.min(Note.no), Note.label).limit(MOST_NOTES + 1))
    if reading.actor.units and not reading.actor.sees_every_case:
        blind = select(Case.id).where(Case.complained_of_id.in_(reading.actor.units))
        query = query.where(Note.case_id.not_in(blind))
    labels = list(session.scalars(query))
    if len(labels) > MOST_NOTES:
        raise Refused(N_("These cases bring more than %(most)s headings of their own along; please narrow the filter."),
                      most=MOST_NOTES)
    return [*OURS, *labels]


def rows(session: Session, reading: Reading, heads: list[str]) -> Iterator[list]:
    """A row for each case; a few hundred cases are looked at together."""
    query = _chosen(session, reading, COLUMNS).execution_options(yield_per=BATCH)
    number, found_cases = 0, iter(session.execute(query))
    while batch := list(islice(found_cases, BATCH)):
        found = gather(session, batch, reading.actor)
        for case in batch:
            number += 1
            yield _row(number, case, found, reading, heads)


def _chosen(session: Session, reading: Reading, columns):
    return ledger.chosen(session, reading.actor, reading.wanted, today=reading.today, columns=columns)


def manifest(reading: Reading, *, count: int, said: str, checkpoint=None) -> dict:
    """What the file is, for whoever finds it: `said` is the filter in words or as a query."""
    return {"format": FORMAT, "rows": count, "filter": said, "as_of": _moment(reading.at, reading).isoformat(),
            "exported_by": f"{reading.actor.name} ({reading.actor.username})",
            "checkpoint": checkpoint and checkpoints.short(checkpoint), "signed": checkpoint and checkpoint.note}


def explained(manifest: dict, words) -> list[tuple[str, object]]:
    """The same as pairs for a sheet, with a sentence on what may be done with it."""
    labels = {"format": N_("Format"), "rows": N_("Rows"), "filter": N_("Filter"), "as_of": N_("As of"),
              "exported_by": N_("Exported by"), "checkpoint": N_("Checkpoint of the trail"),
              "signed": N_("The signed note")}
    said = [(words(label), manifest[key] if manifest[key] not in (None, "") else "–") for key, label in labels.items()]
    return [*said, (words(N_("Note")), words(N_(
        "This copy was made for the person named above and is recorded in the trail. Sealed cases and the identity of "
        "complainants are not in it.")))]


def record(session: Session, reading: Reading, *, format: str, count: int, said: str, sha256: str) -> None:
    """An export is an entry. Words that were searched for may be names; the entry says only that there were some."""
    by = reading.actor
    trail.append(
        session, trail.OFFICE, "exported", by=by.username, at=reading.at,
        unit=by.first.unit if by.first else reading.register.people.office.code,
        words={"verb": reading.words(trail.VERBS["exported"].sentence)},
        plain={"format": format, "filter": said, "rows": count, "sha256": sha256,
               "as_of": _moment(reading.at, reading).isoformat()},
    )


def _row(number: int, case, found: Gathered, reading: Reading, heads: list[str]) -> list:
    own = _own(number, case, found, reading)
    notes = {} if found.is_blind(case) else dict(found.notes.get(case.id, ()))
    remarks = []
    for label, text in notes.items():
        if label in OURS and label != REMARKS:
            if own.get(label) in (None, ""):
                own[label] = text
            elif own[label] != text:
                remarks.append(f"{label}：{text}")
    own[REMARKS] = "\n".join([*([notes[REMARKS]] if REMARKS in notes else []), *remarks]) or None
    return [own.get(head) if head in HEADS else notes.get(head) for head in heads]


def _own(number: int, case, found: Gathered, reading: Reading) -> dict:
    """What the ledger itself has to say under each heading."""
    people, words, said = reading.register.people, reading.words, found.said.get(case.number, {})
    workflow, blind = workflows.get(case.kind), found.is_blind(case)
    lead = people.unit(case.lead_id)
    closed_at = said.get("closed_at") if case.state in ("closed", "reviewed") else None
    asked = dict(next((ask.choices for ask in workflow.step["review"].asks if ask.name == "asked"), ()))
    due = found.due.get(case.id)
    return {
        "序号": number, "问题编号": case.number, "问题来源": case.source, "来源文号/线索号": case.outside_number,
        "发现(反馈)时间": _moment(case.received_at, reading),
        "问题描述": (case.redacted or None) if blind else case.facts,
        "涉及指标": case.indicator, "问题类型": case.klass, "问题等级": words(dict(workflow.grades)[case.grade]),
        "整改类型": "长期整改" if case.standing else "限期整改" if lead else None,
        "整改目标": said.get("target"), "整改措施": said.get("plan"),
        "牵头单位": lead.name if lead else None,
        "配合单位": "、".join(people.units[id].name for id in found.supports.get(case.id, ())) or None,
        "责任领导": lead.principal if lead else None,
        "责任人": "、".join(filter(None, map(people.name_of, people.holding("liaison", lead.id)))) if lead else None,
        "整改时限": "长期坚持" if case.standing else due, "整改进展": said.get("progress"),
        "完成情况": _how_far(case, found), "佐证材料": found.files.get(case.id),
        "验收单位": people.office.name if closed_at else None,
        "验收时间": _moment(closed_at, reading) if closed_at else None,
        "验收结论": said.get("opinion") if closed_at else None,
        "销号时间": reading.register.today(closed_at) if closed_at else None,
        "满意度/评价": words(asked[said["asked"]]) if said.get("asked") in asked else None,
        "回头看情况": said.get("finding"),
        "标题": case.title, "督办类别": words(workflow.label), "当前阶段": words(workflow.state[case.state].label),
        "地点": None if blind else case.place,
        "被投诉单位": people.units[case.complained_of_id].name if case.complained_of_id else None,
        "脱敏文本": case.redacted, "登记时间": _moment(case.filed_at, reading),
        "交办时间": _moment(case.dispatched_at, reading) if case.dispatched_at else None,
        "交办依据": case.basis, "交办要求": case.request,
    }


def _how_far(case, found: Gathered) -> str:
    """未启动 / 整改中 / 已完成待验收 / 已销号 / 长期坚持, as such ledgers say it; 已终止 where it was ended."""
    if case.state == "ended":
        return "已终止"
    if case.state in ("closed", "reviewed"):
        return "已销号"
    if case.standing:
        return "长期坚持"
    if case.state == "rectifying":
        return "已完成待验收" if case.id in found.waiting else "整改中"
    return "未启动"


def _moment(at: datetime, reading: Reading) -> datetime:
    """Local time to the second, as a spreadsheet holds it."""
    return reading.register.calendar.local(at).replace(microsecond=0)
