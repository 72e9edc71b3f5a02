"""One step being taken: what every room of the office that has a hand in it shares."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.cases import Case
from app.domain.clocks import Setting
from app.domain.errors import Refused
from app.domain.people import Actor, Held, UnitView
from app.domain.register import Register
from app.domain.standing import Standing
from workflows.grammar import N_, Step


@dataclass
class Taking:
    session: Session
    case: Case
    standing: Standing
    step: Step
    held: Held
    by: Actor
    at: datetime
    answers: dict
    register: Register
    clocks: list[dict] = field(default_factory=list)  # what the entry will say of clocks, hands and matters
    supports: list[dict] = field(default_factory=list)
    matter: dict | None = None
    old_lead: int | None = None

    @property
    def today(self) -> date:
        return self.register.today(self.at)

    @property
    def setting(self) -> Setting:
        case = self.case
        return Setting(self.register.calendar, self.register.rules, case.kind, case.klass, case.grade)

    def unit(self, field: str, code: str | None = None, *, living: bool = True) -> UnitView:
        """The unit behind an answer: a living one, but where an old hand of the case is meant."""
        unit = self.register.people.by_code.get(code if code is not None else self.answers[field])
        if unit is None:
            raise Refused(N_("There is no such unit."), field=field)
        if unit.is_gone and living:
            raise Refused(N_("%(unit)s no longer exists; its successor answers for it."), field=field, unit=unit.name)
        return unit

    def code(self, unit_id: int | None) -> str | None:
        return None if unit_id is None else self.register.people.units[unit_id].code
