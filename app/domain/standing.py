"""How a case stands at one moment, and which steps somebody may take from there: what guards read."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

import workflows
from app.domain import cases, clocks, files, matters
from app.domain.cases import SUPPORT, Assignment, Case
from app.domain.clocks import TimeNode
from app.domain.errors import NotAllowed, Refused, Word
from app.domain.matters import Matter
from app.domain.people import Actor, Held
from workflows.grammar import N_, UNIT_POSTS, Guard, Step, Workflow


@dataclass(frozen=True)
class Offer:
    """A step this person might take here; `reason` says why not now."""

    step: Step
    reason: str | None = None
    is_idle: bool = False  # closed only because there is nothing for it to act on


class Standing:
    def __init__(self, case: Case, *, matter: Matter | None, hands: list[Assignment], nodes: list[TimeNode],
                 evidence: int, by: Actor, today: date):
        self.case, self.by, self.today = case, by, today
        self.state = case.state  # the machine moves this one
        self.matter, self.hands, self.nodes, self.evidence = matter, hands, nodes, evidence

    def __getattr__(self, name):
        """Marks of the case itself: kind, signed_for_at, objected, designated, standing, ended_from …"""
        return getattr(self.case, name)

    @property
    def workflow(self) -> Workflow:
        return workflows.get(self.case.kind)

    @property
    def running(self) -> dict[str, TimeNode]:
        return {node.purpose: node for node in self.nodes if node.runs and node.purpose != "part"}

    @property
    def lapsed(self) -> set[str]:
        """Purposes of running nodes whose last day has passed."""
        return {node.purpose for node in self.nodes if node.runs and node.due_on and node.due_on < self.today}

    @property
    def paused(self) -> bool:
        return any(node.runs and node.paused_on for node in self.nodes)

    @property
    def supports(self) -> list[Assignment]:
        return [hand for hand in self.hands if hand.role == SUPPORT]

    @property
    def open_parts(self) -> list[Assignment]:
        return [hand for hand in self.supports if hand.done_at is None]

    @property
    def own_part_open(self) -> bool:
        return self.own_part is not None

    @property
    def own_part(self) -> Assignment | None:
        return next((hand for hand in self.open_parts if hand.unit_id in self.by.units), None)

    def takers(self) -> dict[str, Held]:
        """As what this person stands to this case: post, or post@relation → the post he holds."""
        found: dict[str, Held] = {}
        supporting = {hand.unit_id for hand in self.supports}
        for held in self.by.held:
            if held.post not in UNIT_POSTS:
                found.setdefault(held.post, held)
            elif self.case.lead_id in held.covers:
                found.setdefault(f"{held.post}@lead", held)
            elif supporting & held.covers:
                found.setdefault(f"{held.post}@support", held)
        return found

    def offers(self) -> list[Offer]:
        """Every step this person has here, open ones and closed ones with the reason."""
        return [self._offer(step) for step in self.workflow.steps_of(self.state, self.takers())]

    def _offer(self, step: Step) -> Offer:
        unmet = [guard for guard in step.guards if not guard.is_met(self)]
        if unmet:
            return Offer(step, unmet[0].reason, is_idle=any(_is_idle(guard) for guard in unmet))
        if self.took_one_of(step.apart_from):
            return Offer(step, N_("Somebody else must do this: you took the step it is to be kept apart from."))
        return Offer(step)

    def took_one_of(self, names) -> bool:
        return self.by.id is not None and any(self.case.takers.get(name) == self.by.id for name in names)

    def right_to(self, name: str) -> tuple[Step, Held]:
        """The step, and the post of this person that may take it in some state of this case."""
        step = self.workflow.step.get(name)
        if step is None:
            raise Refused(N_("There is no such step."))
        takers = self.takers()
        mine = step.by & takers.keys()
        if not mine:
            raise NotAllowed(N_("“%(step)s” is not for your post to take in this case."), step=Word(step.label))
        return step, takers[min(mine)]

    def let(self, step: Step) -> None:
        """Every other refusal of a step, before anything has changed."""
        if self.state not in step.sources:
            raise Refused(N_("“%(step)s” cannot be taken while the case is “%(state)s”."), step=Word(step.label),
                          state=Word(self.workflow.state[self.state].label))
        if reason := self._offer(step).reason:
            raise Refused(reason)


_IDLE = {
    "objection_waits", "ending_waits", "extension_waits", "pause_waits", "time_request_waits", "waits_for_principal",
    "withdrawable", "own_part_open", "a_part_is_open", "not_signed_for", "standing", "paused",
    "appeal_waits", "suggestion_waits", "execution_waits",
}


def _is_idle(guard: Guard) -> bool:
    return guard.name in _IDLE


def stand(session: Session, case: Case, *, by: Actor, today: date) -> Standing:
    return Standing(
        case,
        matter=matters.waiting(session, case.id) if matters.one_waits(session, case.id) else None,
        hands=cases.hands(session, case.id),
        nodes=clocks.of_case(session, case.id, running=True),
        evidence=files.evidence_count(session, case.id) if case.needs_evidence else 0,
        by=by,
        today=today,
    )
