"""A few whole lives of cases, lived through the office's own verbs; the others are stamped from these."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.bench import city, texts
from app.domain import people
from app.domain import register as registers
from app.domain.cases import Case
from app.office import intake
from app.office.intake import Filing
from app.office.steps import take_step

ASSIGN = {"grade": "ordinary", "basis": "派单目录 3.2", "request": "请牵头核实，一次性告知缺项，限期办结并书面答复。"}
PLAN = {"plan": "先到现场核实，再召集有关科室会商，两周内出具意见。"}
REPORT = {"progress": "已到现场核实情况，召集三个科室会商，缺项清单已一次性告知企业，等待补正。"}
SOURCES = ("12345", "走访", "投诉举报平台")
SUBMIT = {"statement": "经核实，企业反映属实。缺项已补正，意见书已于本周出具并送达企业。", "result": "solved"}
CLOSE = {"method": "call", "opinion": "电话核实属实，同意办结。"}
REASON = {"reason": "经核实，同一事项已在另一案件中办理。"}
# name → (share of all cases in thousandths, its steps, whether it is over); with a + a unit supports
LIVES = {
    "filed": (15, (), False),
    "assigned": (20, ("assign",), False),
    "signed_for": (10, ("assign+", "sign_for"), False),
    "rectifying": (35, ("assign", "start", "report"), False),
    "supported": (10, ("assign+", "sign_for", "start", "report"), False),
    "submitted": (10, ("assign", "start", "report", "submit", "sign"), False),
    "closed": (60, ("assign", "sign_for", "start", "submit", "sign", "close"), True),
    "reviewed": (800, ("assign", "start", "submit", "sign", "close", "review"), True),
    "ended": (40, ("propose_end", "end"), True),
}


@dataclass(frozen=True)
class Life:
    """One case that was really lived, to be stamped again and again."""

    name: str
    unit: str | None
    case_id: int
    number: str
    title: str
    facts: str
    share: float
    is_over: bool

    @property
    def year(self) -> int:
        return int(self.number.split("-")[1])


@dataclass
class Histories:
    session: Session
    now: datetime
    random: Random = field(default_factory=lambda: Random(1))

    def live(self, units: tuple[str, ...] = city.UNITS) -> list[Life]:
        """One life of every sort for every unit."""
        self.register = registers.load(self.session)
        self.actors: dict = {}
        lives = []
        for name, (share, steps, is_over) in LIVES.items():
            whose = units if any(step.startswith("assign") for step in steps) else (None,)
            for unit in whose:
                lives.append(self._life(name, unit, share / len(whose), steps, is_over))
        return lives

    def _life(self, name: str, unit: str | None, share: float, steps, is_over: bool) -> Life:
        at = self.now - timedelta(days=60 if is_over else 4, hours=2)
        title, facts = texts.title(self.random), texts.facts(self.random)
        filing = Filing(
            kind="complaint", title=title, facts=facts, source=self.random.choice(SOURCES),
            klass="政务服务", complainant={"name": "王建国", "phone": "13800001234", "firm": title[3:9]},
        )
        (case,) = intake.put_on_books(self.session, [filing], by=self._by("registrar"), at=at, words=str,
                                      register=self.register)
        life = Life(name, unit, case.id, case.number, title, facts, share, is_over)
        for step in steps:
            at += timedelta(days=3 if is_over else 0, hours=5, minutes=7)
            self._step(case, step, unit, at)
        return life

    def _step(self, case: Case, step: str, unit: str | None, at: datetime) -> None:
        name = step.rstrip("+")
        supports = [{"unit": _next(unit), "task": "出具核实意见。", "due_on": None}] if "+" in step else []
        who, answers = {
            "assign": ("dispatcher", ASSIGN | {"lead": unit, "supports": supports}),
            "sign_for": (f"liaison_{unit}", {}),
            "start": (f"liaison_{unit}", PLAN),
            "report": (f"liaison_{unit}", REPORT),
            "submit": (f"liaison_{unit}", SUBMIT),
            "sign": (f"principal_{unit}", {}),
            "close": ("second_dispatcher", CLOSE),
            "review": ("supervisor", {"asked": "satisfied"}),
            "propose_end": ("dispatcher", REASON | {"ground": "withdrawn"}),
            "end": ("director", {}),
        }[name]
        take_step(self.session, case, name, by=self._by(who), at=at, seen=None, answers=answers, words=str,
                  register=self.register)

    def _by(self, username: str) -> people.Actor:
        if username not in self.actors:
            self.actors[username] = people.actor(self.session, self.register.people, username)
        return self.actors[username]


def _next(unit: str) -> str:
    return city.UNITS[(city.UNITS.index(unit) + 1) % len(city.UNITS)]
