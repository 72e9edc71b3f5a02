"""What a trail says its case is, replayed entry by entry, and whether the ledger says the same."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import String, bindparam, cast, select
from sqlalchemy.orm import Session, selectinload

import workflows
from app.domain import clocks, errands
from app.domain import register as registers
from app.domain.base import moment
from app.domain.cases import LEAD, SUPPORT, Assignment, Case
from app.domain.clocks import TimeNode
from app.domain.errands import Errand
from app.domain.files import File
from app.domain.holdings import TELLING, Following
from app.domain.ladder import BY_ITSELF
from app.domain.matters import Matter
from app.domain.people import Unit
from app.domain.workdays import Calendar
from app.office import recounting, reprojection
from app.office.clocks import next_rung_at, shown
from app.office.faults import Fault
from app.office.recounting import Copies, Told
from app.office.retracing import Held
from workflows.grammar import N_


@dataclass
class Replayed:
    """What a stream of a case says it is."""

    kind: str = ""
    state: str = ""
    lead: str | None = None
    supports: dict[str, bool] = field(default_factory=dict)  # unit → has it finished its part
    nodes: dict[int, dict] = field(default_factory=dict)  # no → purpose, due_on, stopped
    climbed: dict[int, int] = field(default_factory=dict)  # no → the highest rung that an entry tells of
    files: dict[int, str] = field(default_factory=dict)  # seq → hash of what was attached
    copies: Told = field(default_factory=Told)
    hands: Following | None = None  # who held it when

    def hear(self, seq: int, at: str, actor: str, verb: str, data: dict, values) -> None:
        self.copies.hear(seq, at, actor, verb, data, values)
        if verb in TELLING:
            self.hands.hear(seq, moment(at), verb, data)
        if verb == "filed":
            self.kind, self.state = data["kind"], "filed"
        elif verb == "stepped":
            self._step(data)
        elif verb == "climbed":
            self.climbed[data["node"]] = max(data["level"], self.climbed.get(data["node"], 0))
        elif verb == "attached":
            self.files[seq] = data["sha256"]
        for clock in data.get("clocks") or ():
            node = self.nodes.setdefault(clock["node"], {"purpose": clock["purpose"], "stopped": False})
            node["due_on"] = clock["due_on"]
            node["stopped"] = node["stopped"] or clock["act"] == "stop"

    def _step(self, data: dict) -> None:
        self.state, self.lead = data["to"], data["lead"]
        for change in data["supports"]:
            match change["act"]:
                case "join" | "finish" as act:
                    self.supports[change["unit"]] = act == "finish"
                case "leave":
                    self.supports.pop(change["unit"], None)


class Ledger:
    """The ledger's side, read for many cases at once."""

    def __init__(self, session: Session, calendar: Calendar):
        self.session, self.calendar = session, calendar
        self.units = dict(session.execute(select(Unit.id, Unit.code)).all())
        self.register = registers.load(session, calendar=calendar)
        self.copies, self.held = Copies(session, calendar, self.units), Held(session)
        moving = select(Errand.id).where(Errand.state == errands.WAITING, Errand.what == reprojection.WHAT).limit(1)
        self.is_moving = session.scalar(moving) is not None  # an errand still moves dates after a change of rules

    def following(self) -> Following:
        return Following(self.calendar, self.register.people.office.code)

    def hold(self, told: dict[str, Replayed]) -> None:
        """Raises the first Fault, in the order of the cases given."""
        self.cases = {case.number: case for case in self._read(_CASES, told)}
        ids = [case.id for case in self.cases.values()]
        self.hands, self.nodes = self._by_case(_HANDS, ids), self._by_case(_NODES, ids)
        self.files, self.running = self._by_case(_FILES, ids), defaultdict(list)
        self.matters = {row.case_id: row for row in self._read(_MATTERS, ids)}
        self.copies.read(ids)
        self.held.read(ids)
        for node in self.session.scalars(_RUNNING, {"of": ids}):
            self.running[node.case_id].append(node)
        for number, replayed in told.items():
            if (case := self.cases.get(number)) is None:
                raise Fault(N_("%(stream)s has a trail, but there is no such case."), stream=number)
            try:
                self._hold_case(case, replayed)
                self._hold_files(case, replayed)
                self._hold_clocks(case, replayed)
                self.copies.hold(case, replayed.copies)
                self.held.hold(case, replayed.hands)
            except (LookupError, TypeError, ValueError, AttributeError):
                raise Fault(N_("%(stream)s cannot be held against its trail: something in it cannot be read."),
                            stream=number) from None
        self.session.expunge_all()

    def _read(self, query, of) -> list:
        return self.session.connection().execute(query, {"of": list(of)}).all()

    def _by_case(self, query, ids) -> dict[int, list]:
        found = defaultdict(list)
        for row in self._read(query, ids):
            found[row.case_id].append(row)
        return found

    def _hold_case(self, case, told: Replayed) -> None:
        if case.kind != told.kind:
            raise Fault(N_("%(stream)s is of another kind than its trail says."), stream=case.number)
        if case.state != told.state:
            raise Fault(N_("%(stream)s stands as “%(state)s”, but its trail ends in “%(told)s”."), stream=case.number,
                        state=case.state, told=told.state)
        if self.units.get(case.lead_id) != told.lead:
            raise Fault(N_("%(stream)s is led by %(unit)s, but its trail says %(told)s."), stream=case.number,
                        unit=self.units.get(case.lead_id, "–"), told=told.lead or "–")
        hands = self.hands[case.id]
        if {self.units[hand.unit_id]: hand.is_done for hand in hands if hand.role == SUPPORT} != told.supports:
            raise Fault(N_("%(stream)s has other supporting units than its trail says."), stream=case.number)
        if {self.units[hand.unit_id] for hand in hands if hand.role == LEAD} != ({told.lead} - {None}):
            raise Fault(N_("%(stream)s has another lead than its trail says."), stream=case.number)

    def _hold_files(self, case, told: Replayed) -> None:
        stand = {file.seq: file.sha256 for file in self.files[case.id]}
        if odd := {seq for seq in stand.keys() | told.files.keys() if stand.get(seq) != told.files.get(seq)}:
            raise Fault(N_("%(stream)s: the evidence of entry %(seq)s in the ledger is not what the entry says."),
                        stream=case.number, seq=min(odd))

    def _hold_clocks(self, case, told: Replayed) -> None:
        nodes = self.nodes[case.id]
        if {node.no for node in nodes} != told.nodes.keys():
            raise Fault(N_("%(stream)s has other time nodes than its trail says."), stream=case.number)
        for node in nodes:
            says = told.nodes[node.no]
            if node.due_on != says["due_on"] or node.is_stopped != says["stopped"]:
                raise Fault(N_("%(stream)s: time node %(node)s ends on %(day)s, but its trail says %(told)s."),
                            stream=case.number, node=node.no, day=str(node.due_on), told=str(says["due_on"]))
            climbed = told.climbed.get(node.no)
            if node.rung != climbed and not (climbed is None and node.rung in BY_ITSELF[:1]):
                raise Fault(N_("%(stream)s: time node %(node)s stands on another rung of the ladder than its trail "
                               "says."), stream=case.number, node=node.no)
        for node in self.running[case.id]:
            self._hold_dates(case, node)
        due_on, *_ = stands = shown(self.running[case.id], workflows.get(case.kind).state[case.state])
        if (case.due_on, case.warn_on, case.paused) != stands:
            raise Fault(N_("%(stream)s is shown as due on %(day)s; by its time nodes that is not so (%(told)s)."),
                        stream=case.number, day=str(case.due_on), told=str(due_on))

    def _hold_dates(self, case, node: TimeNode) -> None:
        """What a running node shows against what its own ledger, the ladder and the waiting matter give."""
        if self.is_moving:
            return
        if clocks.projection(node, self.calendar) != (node.due_on, node.warn_on, node.provisional):
            raise Fault(N_("%(stream)s: time node %(node)s does not end where its own ledger ends."),
                        stream=case.number, node=node.no)
        if next_rung_at(node, case, self.register, matter=self.matters.get(case.id)) != node.next_rung_at:
            raise Fault(N_("%(stream)s: time node %(node)s does not climb its next rung when the ladder says."),
                        stream=case.number, node=node.no)


_SOME = bindparam("of", expanding=True)
_CASES = recounting.query((Case.id, Case.number, Case.kind, Case.state, Case.lead_id, Case.due_on, Case.warn_on,
                           Case.paused)).where(Case.number.in_(_SOME))
_HANDS = select(Assignment.case_id, Assignment.unit_id, Assignment.role,
                Assignment.done_at.is_not(None).label("is_done")).where(
    Assignment.case_id.in_(_SOME), Assignment.left_at.is_(None))
_NODES = select(TimeNode.case_id, TimeNode.no, cast(TimeNode.due_on, String).label("due_on"), TimeNode.rung,
                TimeNode.stopped_at.is_not(None).label("is_stopped")).where(TimeNode.case_id.in_(_SOME)).order_by(
    TimeNode.case_id, TimeNode.no)
_RUNNING = select(TimeNode).where(TimeNode.case_id.in_(_SOME), TimeNode.stopped_at.is_(None)).order_by(
    TimeNode.case_id, TimeNode.no).options(selectinload(TimeNode.suspensions))
_FILES = select(File.case_id, File.seq, File.sha256).where(File.case_id.in_(_SOME))
_MATTERS = select(Matter.case_id, Matter.stage, Matter.settled_at).where(
    Matter.case_id.in_(_SOME), Matter.settled_at.is_(None))
