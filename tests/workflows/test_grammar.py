"""The machine behind a table: it says whether and where to, keeps nobody, and a guard that breaks stays shut."""

import gc
import weakref

import pytest

import workflows
from workflows import guards
from workflows.grammar import POSTS, PURPOSES, Guard


class Facts:
    """A case as a machine sees it: a state and what guards read."""

    matter = None
    ended_from = None

    def __init__(self, state="filed", **facts):
        self.state = state
        self.__dict__.update(facts)


def test_the_machine_moves_the_state_of_what_it_is_handed():
    workflow, case = workflows.get("complaint"), Facts()
    assert workflow.fire(workflow.step["assign"], case)
    assert case.state == "assigned"


def test_the_machine_stays_where_a_guard_does_not_hold():
    workflow, case = workflows.get("complaint"), Facts(matter=object())
    assert not workflow.fire(workflow.step["assign"], case)
    assert case.state == "filed"


def test_the_machine_never_keeps_a_case():
    workflow = workflows.get("complaint")
    case = Facts()
    seen = weakref.ref(case)
    workflow.fire(workflow.step["assign"], case)
    assert list(workflow.machine.models) == []
    del case
    gc.collect()
    assert seen() is None


def test_handing_a_case_to_the_machine_does_not_set_it_back_to_the_start():
    workflow, case = workflows.get("task"), Facts("closed")
    workflow.fire(workflow.step["review"], case)
    other = Facts("closed")
    workflow.fire(workflow.step["reopen"], other)
    assert (case.state, other.state) == ("reviewed", "rectifying")


@pytest.mark.parametrize("came_from", ["filed", "assigned", "rectifying"])
def test_a_restored_case_goes_back_to_where_it_was_ended_from(came_from):
    workflow, case = workflows.get("finding"), Facts("ended", ended_from=came_from)
    assert workflow.fire(workflow.step["restore"], case)
    assert case.state == came_from


@pytest.mark.parametrize("came_from", [None, "reviewed", "closed", "nowhere"])
def test_a_case_that_was_ended_from_nowhere_is_not_restored(came_from):
    workflow, case = workflows.get("finding"), Facts("ended", ended_from=came_from)
    assert not workflow.fire(workflow.step["restore"], case)
    assert case.state == "ended"


@pytest.mark.parametrize("breaks", [AttributeError, KeyError, IndexError, TypeError])
def test_a_guard_that_breaks_stays_shut(breaks):
    def holds(_case):
        raise breaks("nothing there")

    assert not Guard("broken", holds, "It is broken.").is_met(Facts())


def every_guard() -> list[Guard]:
    return [found for found in vars(guards).values() if isinstance(found, Guard)]


@pytest.mark.parametrize("guard", every_guard(), ids=lambda guard: guard.name)
def test_every_guard_has_a_sentence_and_its_own_name(guard):
    assert guard.reason.endswith(".")
    assert getattr(guards, guard.name) is guard


@pytest.mark.parametrize("guard", every_guard(), ids=lambda guard: guard.name)
def test_every_guard_is_shut_for_something_that_is_no_case(guard):
    assert not guard.is_met(object())


def test_no_timer_is_among_the_takers_of_any_step():
    takers = {taker.partition("@")[0] for workflow in workflows.every().values() for step in workflow.steps
              for taker in step.by}
    filers = {post for workflow in workflows.every().values() for post in workflow.filed_by}
    assert takers | filers <= POSTS.keys()
    assert not (takers | filers) & {"timer", "clock", "system", "tick", "nobody"}


@pytest.mark.parametrize("kind", workflows.every())
def test_the_buttons_come_from_a_table_that_says_the_same_as_the_steps(kind):
    workflow = workflows.get(kind)
    for state in workflow.state:
        for taker in {taker for step in workflow.steps for taker in step.by}:
            by_hand = [step.name for step in workflow.steps if state in step.sources and taker in step.by]
            assert [step.name for step in workflow.steps_of(state, [taker])] == by_hand


@pytest.mark.parametrize("kind", workflows.every())
def test_texts_of_persons_are_sealed_beside_and_never_plain(kind):
    """Free text is kept in its own row; choices, dates, numbers and units stand in the entry itself."""
    workflow = workflows.get(kind)
    open_texts = [(step.name, ask.name) for step in workflow.steps for ask in step.asks
                  if ask.kind == "text" and not ask.beside]
    assert open_texts == []
    hidden = [(step.name, ask.name) for step in workflow.steps for ask in step.asks if ask.guarded and not ask.beside]
    assert hidden == [], "what is hidden from the unit complained of cannot stand plain in the entry"


@pytest.mark.parametrize("kind", workflows.every())
def test_no_step_asks_one_thing_twice(kind):
    for step in workflows.get(kind).steps:
        names = [ask.name for ask in step.asks]
        assert len(names) == len(set(names)), step.name


@pytest.mark.parametrize("kind", workflows.every())
def test_a_term_runs_in_every_state_but_the_last_ones(kind):
    workflow = workflows.get(kind)
    assert {state.name for state in workflow.states if not state.terms} == {"reviewed", "ended"}
    assert {term for state in workflow.states for term in state.terms} <= PURPOSES.keys()


def test_an_unknown_kind_is_not_on_the_shelf():
    with pytest.raises(KeyError):
        workflows.get("gossip")


def test_the_shelf_holds_the_kinds_in_the_order_of_the_office():
    assert list(workflows.every())[:4] == ["complaint", "finding", "task", "accountability"]
    prefixes = [workflow.prefix for workflow in workflows.every().values()]
    assert prefixes[:4] == ["TS", "DC", "RW", "WZ"]
    assert len(prefixes) == len(set(prefixes)), "two kinds would share one series of numbers"
