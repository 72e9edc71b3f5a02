"""The words a kind of case is written in: posts, terms, matters, states, steps, guards; and their machine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from transitions import Machine


def N_(words: str) -> str:
    """Mark words for the translators; the doors translate."""
    return words


OFFICE_POSTS = {
    "registrar": N_("Registrar"),
    "dispatcher": N_("Dispatcher"),
    "supervisor": N_("Supervisor"),
    "director": N_("Director"),
}
UNIT_POSTS = {"liaison": N_("Liaison"), "principal": N_("Principal"), "discipline": N_("Discipline contact")}
OUTSIDE_POSTS = {"leader": N_("Leader"), "auditor": N_("Auditor")}
ADMIN_POSTS = {
    "sysadmin": N_("System administrator"),
    "secadmin": N_("Security administrator"),
    "logadmin": N_("Log administrator"),
}
POSTS = OFFICE_POSTS | UNIT_POSTS | OUTSIDE_POSTS | ADMIN_POSTS


@dataclass(frozen=True)
class Purpose:
    """What a term is for, whose it is, and which post of that unit it wakes."""

    label: str
    whose: str  # office, lead or support; addressee: of a notice, with the days of its form instead of a rule's
    post: str
    duty: bool = True  # a right or a review that lapses is never overdue
    to_complainant: bool = False
    is_of_notice: bool = False


PURPOSES = {
    "accept": Purpose(N_("Accept and assign"), "office", "dispatcher"),
    "sign": Purpose(N_("Sign for"), "lead", "liaison"),
    "object": Purpose(N_("Object"), "lead", "liaison", duty=False),
    "handle": Purpose(N_("Handle"), "lead", "liaison"),
    "part": Purpose(N_("Supporting part"), "support", "liaison"),
    "check": Purpose(N_("Check the closing"), "office", "dispatcher"),
    "reply": Purpose(N_("Reply to the complainant"), "office", "dispatcher", to_complainant=True),
    "call_back": Purpose(N_("Call back"), "office", "supervisor"),
    "look_back": Purpose(N_("Look back"), "office", "supervisor"),
    "appeal": Purpose(N_("Appeal period"), "office", "supervisor", duty=False),
    "standing": Purpose(N_("Standing review"), "lead", "liaison", duty=False),
    "answer": Purpose(N_("Answer a notice"), "addressee", "liaison", is_of_notice=True),
    "adoption": Purpose(N_("Answer the suggestion"), "lead", "liaison"),
    "appeal_answer": Purpose(N_("Answer the appeal"), "lead", "liaison"),
    "execute": Purpose(N_("Execute the decision"), "lead", "liaison"),
    "spot_check": Purpose(N_("Look back by lot"), "office", "supervisor"),
}


@dataclass(frozen=True)
class Matter:
    """Something put to somebody for a decision; `stages` are the posts it passes, in order.

    At the last stage the case lies with the office, `stops` have ended and `starts` run.
    """

    label: str
    stages: tuple[str, ...]
    stops: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


MATTERS = {
    "objection": Matter(N_("Objection"), ("dispatcher",)),
    "closing": Matter(N_("Closing"), ("principal", "dispatcher"), stops=("handle",), starts=("check",)),
    "extension": Matter(N_("Extension"), ("principal", "director")),
    "pause": Matter(N_("Pause"), ("principal", "director")),
    "ending": Matter(N_("Ending"), ("director",)),
}


@dataclass(frozen=True)
class Ask:
    """One field of a step's form. `beside` values are sealed by a salted digest; `guarded` ones stay hidden
    from the unit complained of. `when` = (other field, its values) that make this one required."""

    name: str
    kind: str
    label: str
    hint: str = ""
    required: bool = True
    beside: bool = False
    guarded: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None
    readers: frozenset[str] = frozenset()  # posts, or post@relation; where any are named, nobody else reads it


def plain(name, kind, label, **more) -> Ask:
    return Ask(name, kind, label, **more)


def beside(name, kind, label, **more) -> Ask:
    return Ask(name, kind, label, beside=True, **more)


@dataclass(frozen=True)
class Guard:
    """A condition with the sentence that is shown when it does not hold; it fails closed."""

    name: str
    holds: Callable[[object], bool]
    reason: str

    def __call__(self, event) -> bool:
        return self.is_met(event.model)

    def is_met(self, facts) -> bool:
        try:
            return bool(self.holds(facts))
        except (AttributeError, LookupError, TypeError):
            return False


@dataclass(frozen=True)
class State:
    """`terms` start on entry (the first is the date the case is known by); `keeps` may run on; the rest stop."""

    name: str
    label: str
    terms: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True)
class Step:
    """One row of a kind's table: who may take it, from where to where, what it asks and what it moves."""

    name: str
    label: str
    sources: tuple[str, ...]
    to: str | None  # None: stays; "back": the state it was ended from
    by: frozenset[str]
    asks: tuple[Ask, ...] = ()
    tells: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    apart_from: tuple[str, ...] = ()
    opens: str | None = None  # puts a matter up for decision
    signs: bool = False  # carries the waiting matter to its next stage
    settles: str | None = None  # decides this matter; "any" whatever waits
    outcome: str | None = None  # what the decision was
    hands: str | None = None  # assign, clear, join, leave, call, finish
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    clock: str | None = None  # extend, pause, resume
    counts: str | None = None  # redone, reopened
    sets: tuple[tuple[str, object], ...] = ()  # plain marks on the case
    moves_version: bool = True
    first: bool = False  # may be the one next step shown on a desk row
    hint: str = ""
    alert: bool = False  # red in the trail
    is_fact: bool = False  # what it was told last stands on the page of the case


@dataclass(frozen=True)
class Workflow:
    kind: str
    label: str
    prefix: str
    filed_by: frozenset[str]
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    grades: tuple[tuple[str, str], ...]
    asks: tuple[Ask, ...] = ()  # what filing asks beyond the common fields
    of_case: bool = False  # is filed from another case only
    has_complainant: bool = False
    lead_may_be_complained_of: bool = True  # then it works from the redacted text

    @cached_property
    def state(self) -> dict[str, State]:
        return {state.name: state for state in self.states}

    @cached_property
    def step(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps}

    @property
    def initial(self) -> str:
        return self.states[0].name

    @cached_property
    def open_states(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.states if state.terms)

    @cached_property
    def table(self) -> dict[tuple[str, str], tuple[Step, ...]]:
        """(state, taker) → the steps that taker has there, in the order of the file; made once."""
        rows: dict[tuple[str, str], list[Step]] = {}
        for step in self.steps:
            for source in step.sources:
                for taker in step.by:
                    rows.setdefault((source, taker), []).append(step)
        return {key: tuple(steps) for key, steps in rows.items()}

    def steps_of(self, state: str, takers) -> list[Step]:
        found = {step.name for taker in takers for step in self.table.get((state, taker), ())}
        return [step for step in self.steps if step.name in found]

    @cached_property
    def machine(self) -> Machine:
        """Stateless: cases are passed to its events one at a time and never attached to it."""
        machine = Machine(
            model=None, states=[state.name for state in self.states], initial=self.initial, auto_transitions=False,
            send_event=True,
        )
        for step in self.steps:
            for source, to in self._ways(step):
                conditions = list(step.guards)
                if step.to == "back":
                    conditions.append(_came_from(to))
                machine.add_transition(step.name, source, to, conditions=conditions)
        return machine

    def _ways(self, step: Step):
        for source in step.sources:
            if step.to == "back":
                yield from ((source, to) for to in self._ended_from)
            else:
                yield source, step.to or source

    @cached_property
    def _ended_from(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s for step in self.steps if step.to == "ended" for s in step.sources))

    def fire(self, step: Step, case) -> bool:
        """Move `case.state`; False where a guard does not hold."""
        return bool(self.machine.events[step.name].trigger(case))


def _came_from(state: str):
    return lambda event: event.model.ended_from == state
