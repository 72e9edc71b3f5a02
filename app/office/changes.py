"""What can make running dates move, a calendar or a rule that has changed, and how each turns one running term."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_

from app.domain import clocks
from app.domain.cases import Case
from app.domain.clocks import FIXED, TimeNode
from app.domain.errors import Refused
from app.domain.ladder import Ladder
from app.domain.register import Register
from app.domain.rules import Rule, Rules
from app.domain.workdays import Calendar


class Node:
    """A time node as plain values; the clocks turn it like any other, at a tenth of the cost of a mapped row."""

    runs, term = TimeNode.runs, TimeNode.term

    def __init__(self, row):
        self.stood = dict(zip(row._fields, row, strict=True))
        self.__dict__.update(self.stood)
        self.suspensions = []

    def changes(self) -> dict:
        """What is to be written back."""
        return {name: now for name, before in self.stood.items() if (now := self.__dict__[name]) != before}


@dataclass(frozen=True)
class ByCalendar:
    """From `since` on days count differently; `digest` names what was loaded or set."""

    calendar: Calendar
    since: date
    digest: str
    verb = "reprojected"

    @property
    def concerned(self):
        return TimeNode.due_on >= self.since

    def turn(self, node: Node, case) -> dict | None:
        if node.due_on is None or node.due_on < self.since:
            return None
        clocks.project(node, self.calendar)
        return clocks.fact("move", node) if node.due_on != node.stood["due_on"] else None

    def said(self) -> dict:
        return {"calendar": self.digest}


@dataclass(frozen=True)
class ByRules:
    """Rules were set or withdrawn. They hold for terms that started since their day; `to_open`: for all that run."""

    calendar: Calendar
    rules: Rules  # as they stand afterwards
    named: tuple[Rule, ...]  # those that were set or withdrawn
    to_open: bool
    withdrawn: bool = False
    entry: int = 0  # of the office's stream
    verb = "reruled"

    @property
    def concerned(self):
        if self.withdrawn:
            return TimeNode.rule_id.in_([rule.id for rule in self.named])
        return or_(*(_fits(rule, self.to_open) for rule in self.named))

    def turn(self, node: Node, case) -> dict | None:
        ids = frozenset(rule.id for rule in self.named)
        if self.withdrawn and node.rule_id not in ids:
            return None
        rule = self._rule_of(node, case, ids if self.to_open and not self.withdrawn else frozenset())
        if rule is None or rule.id == node.rule_id or not (self.withdrawn or rule.id in ids):
            return None
        if node.counted != FIXED and node.extended and node.counted != rule.counted:
            return None  # somebody granted days of the other sort; his decision stands
        if node.counted != FIXED:
            node.budget, node.counted = rule.budget, rule.counted
        node.cap, node.extensions, node.remind = rule.cap, rule.extensions, rule.remind
        node.basis, node.rule_id = rule.basis, rule.id
        clocks.project(node, self.calendar)
        return clocks.fact("rule", node, budget=node.budget, counted=node.counted, basis=node.basis)

    def _rule_of(self, node: Node, case, also: frozenset[int]) -> Rule | None:
        """Of those in force on its first day; None where there was none, and it keeps what it has."""
        try:
            return self.rules.of(node.purpose, kind=case.kind, klass=case.klass, grade=case.grade, on=node.started_on,
                                 also=also)
        except Refused:
            return None

    def said(self) -> dict:
        return {"rules": self.entry}


@dataclass(frozen=True)
class ByLadder:
    """Rungs were set: no date moves, only when the next rung comes, of terms that have begun since their day."""

    ladder: Ladder  # as it stands afterwards
    rows: tuple  # those that were set
    kind: str | None
    since: date
    verb = None

    @property
    def concerned(self):
        asked = and_(TimeNode.started_on >= self.since, TimeNode.duty.is_(True), TimeNode.due_on.is_not(None))
        return asked if self.kind is None else and_(asked, Case.kind == self.kind)

    def turn(self, node: Node, case) -> None:
        return None


def _fits(rule: Rule, to_open: bool):
    asked = [TimeNode.purpose == rule.purpose]
    asked += [column == value for column, value in (
        (Case.kind, rule.kind), (Case.klass, rule.klass), (Case.grade, rule.grade)) if value is not None]
    return and_(*asked) if to_open else and_(*asked, TimeNode.started_on >= rule.valid_from)


def change_of(payload: dict, register: Register):
    """What an errand is about, from its row and the calendar and rules of now."""
    if payload["cause"] == "calendar":
        return ByCalendar(register.calendar, date.fromisoformat(payload["since"]), payload["digest"])
    if payload["cause"] == "ladder":
        return ByLadder(register.ladder, (), payload["kind"], date.fromisoformat(payload["since"]))
    named = tuple(Rule(**(row | {"valid_from": date.fromisoformat(row["valid_from"])})) for row in payload["rules"])
    return ByRules(register.calendar, register.rules, named, payload["to_open"], payload["withdrawn"],
                   payload["entry"])
