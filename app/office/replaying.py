"""What a trail says its case is, replayed entry by entry, and whether the ledger says the same."""

from collections import namedtuple
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Integer, select, type_coerce
from sqlalchemy.orm import Session

from app.domain import register as registers
from app.domain.base import moment, raw
from app.domain.cases import LEAD, SUPPORT, Assignment, Case
from app.domain.clocks import TimeNode
from app.domain.files import File
from app.domain.holdings import TELLING, Following
from app.domain.ladder import BY_ITSELF
from app.domain.people import Unit
from app.domain.workdays import Calendar
from app.office import recounting
from app.office.faults import Fault
from app.office.recounting import Copies, Told
from app.office.redating import Dates
from app.office.retracing import Held
from workflows.grammar import N_


@dataclass(slots=True)
class Replayed:
    """What a stream of a case says it is."""

    kind: str = ""
    state: str = ""
    lead: str | None = None
    supports: dict[str, bool] = field(default_factory=dict)  # unit → has it finished its part
    nodes: dict[int, tuple[str | None, bool]] = field(default_factory=dict)  # no → due_on, is it stopped
    climbed: dict[int, int] = field(default_factory=dict)  # no → the highest rung that an entry tells of
    files: dict[int, str] = field(default_factory=dict)  # seq → hash of what was attached
    copies: Told = field(default_factory=Told)
    hands: Following | None = None  # who held it when

    def hear(self, seq: int, at: str, actor: str, verb: str, data: dict, values) -> None:
        if verb == "stepped":
            self.copies.step(seq, at, actor, data, values)
            self.hands.hear(seq, moment(at), verb, data)
            self._step(data)
        else:
            self.copies.hear(seq, at, actor, verb, data, values)
            if verb in TELLING:
                self.hands.hear(seq, moment(at), verb, data)
        if verb == "filed":
            self.kind, self.state = data["kind"], "filed"
        elif verb == "climbed":
            self.climbed[data["node"]] = max(data["level"], self.climbed.get(data["node"], 0))
        elif verb == "attached":
            self.files[seq] = data["sha256"]
        if turns := data.get("clocks"):
            nodes = self.nodes
            for clock in turns:
                no = clock["node"]
                nodes[no] = clock["due_on"], clock["act"] == "stop" or (no in nodes and nodes[no][1])

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
        self.dates = Dates(session, self.register, calendar)

    def following(self) -> Following:
        return Following(self.calendar, self.register.people.office.code)

    def hold(self, told: dict[str, Replayed]) -> None:
        """Raises the first Fault, in the order of the cases given, which is that of their numbers."""
        if told:
            self._read(bounds := {"first": next(iter(told)), "last": next(reversed(told))})
            self.copies.read(bounds)
            self.held.read(bounds)
            self.dates.read(bounds)
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

    def _read(self, bounds: dict) -> None:
        connection = self.session.connection()
        self.cases = {case.number: case for case in map(_Stands._make, raw(connection, _CASES, bounds))}
        self.hands, self.nodes, self.files = (
            {case: list(rows) for case, rows in groupby(raw(connection, query, bounds), _first)}
            for query in (_HANDS, _NODES, _FILES))

    def _hold_case(self, case, told: Replayed) -> None:
        if case.kind != told.kind:
            raise Fault(N_("%(stream)s is of another kind than its trail says."), stream=case.number)
        if case.state != told.state:
            raise Fault(N_("%(stream)s stands as “%(state)s”, but its trail ends in “%(told)s”."), stream=case.number,
                        state=case.state, told=told.state)
        if self.units.get(case.lead_id) != told.lead:
            raise Fault(N_("%(stream)s is led by %(unit)s, but its trail says %(told)s."), stream=case.number,
                        unit=self.units.get(case.lead_id, "–"), told=told.lead or "–")
        hands = self.hands.get(case.id, ())
        if {self.units[unit]: is_done for _, unit, role, is_done in hands if role == SUPPORT} != told.supports:
            raise Fault(N_("%(stream)s has other supporting units than its trail says."), stream=case.number)
        if {self.units[unit] for _, unit, role, _ in hands if role == LEAD} != ({told.lead} - {None}):
            raise Fault(N_("%(stream)s has another lead than its trail says."), stream=case.number)

    def _hold_files(self, case, told: Replayed) -> None:
        stand = {seq: sha256 for _, seq, sha256 in self.files.get(case.id, ())}
        if odd := {seq for seq in stand.keys() | told.files.keys() if stand.get(seq) != told.files.get(seq)}:
            raise Fault(N_("%(stream)s: the evidence of entry %(seq)s in the ledger is not what the entry says."),
                        stream=case.number, seq=min(odd))

    def _hold_clocks(self, case, told: Replayed) -> None:
        nodes = self.nodes.get(case.id, ())
        if (len(nodes) != len(told.nodes) or {no: (day, stopped) for _, no, day, _, stopped in nodes} != told.nodes
                or {no: rung for _, no, _, rung, _ in nodes if rung is not None} != told.climbed):
            self._hold_nodes(case, nodes, told)
        self.dates.hold(case)

    def _hold_nodes(self, case, nodes, told: Replayed) -> None:
        """Which node it is that is not as the trail says; a first rung is climbed without an entry too."""
        if len(nodes) != len(told.nodes) or {no for _, no, *_ in nodes} != told.nodes.keys():
            raise Fault(N_("%(stream)s has other time nodes than its trail says."), stream=case.number)
        for _, no, day, rung, is_stopped in nodes:
            due_on, stopped = told.nodes[no]
            if day != due_on or is_stopped != stopped:
                raise Fault(N_("%(stream)s: time node %(node)s ends on %(day)s, but its trail says %(told)s."),
                            stream=case.number, node=no, day=str(day), told=str(due_on))
            climbed = told.climbed.get(no)
            if rung != climbed and not (climbed is None and rung in BY_ITSELF[:1]):
                raise Fault(N_("%(stream)s: time node %(node)s stands on another rung of the ladder than its trail "
                               "says."), stream=case.number, node=no)


_CASES = recounting.query((
    Case.id, Case.number, Case.kind, Case.state, Case.lead_id, *(
        recounting.bare(column).label(column.key) for column in (Case.due_on, Case.warn_on, Case.paused)),
)).where(recounting.WITHIN)
_Stands = namedtuple("_Stands", _CASES.selected_columns.keys())
_HANDS = select(Assignment.case_id, Assignment.unit_id, Assignment.role,
                type_coerce(Assignment.done_at.is_not(None), Integer)).where(
    Assignment.case_id.in_(recounting.CASES), Assignment.left_at.is_(None)).order_by(Assignment.case_id, Assignment.id)
_NODES = select(TimeNode.case_id, TimeNode.no, recounting.bare(TimeNode.due_on).label("due_on"), TimeNode.rung,
                type_coerce(TimeNode.stopped_at.is_not(None), Integer).label("is_stopped")).where(
    TimeNode.case_id.in_(recounting.CASES)).order_by(TimeNode.case_id, TimeNode.no)
_FILES = select(File.case_id, File.seq, File.sha256).where(File.case_id.in_(recounting.CASES)).order_by(File.case_id)
_first = itemgetter(0)
