"""A strict clerk reads small tables with one fault each, and names it."""

from dataclasses import replace

import pytest

import workflows
from workflows import check, common
from workflows.grammar import Guard, State, Step, Workflow, plain

always = Guard("always", lambda case: True, "It always holds.")

SOUND = Workflow(
    kind="errand", label="Errand", prefix="ER", filed_by=frozenset({"registrar"}), grades=(("ordinary", "Ordinary"),),
    states=(
        State("filed", "Filed", terms=("accept",)),
        State("rectifying", "Rectifying", terms=("handle",)),
        State("reviewed", "Reviewed", final=True),
    ),
    steps=(
        Step("start", "Start", ("filed",), "rectifying", frozenset({"dispatcher"}), guards=(always,)),
        Step("report", "Report", ("rectifying",), None, frozenset({"liaison@lead"})),
        Step("review", "Review", ("rectifying",), "reviewed", frozenset({"supervisor"})),
    ),
)


def with_step(name="report", **changes) -> Workflow:
    return replace(SOUND, steps=tuple(
        replace(step, **changes) if step.name == name else step for step in SOUND.steps))


def with_state(name, **changes) -> Workflow:
    return replace(SOUND, states=tuple(
        replace(state, **changes) if state.name == name else state for state in SOUND.states))


def test_a_sound_table_has_no_fault():
    assert check.faults(SOUND) == []


FAULTS = {
    "a state that is never reached": (
        replace(SOUND, states=(*SOUND.states, State("lost", "Lost", terms=("handle",))), steps=(
            *SOUND.steps, Step("find", "Find", ("lost",), "reviewed", frozenset({"supervisor"})))),
        "state 'lost' is never reached"),
    "a state that nothing leads out of": (
        replace(SOUND, states=(*SOUND.states, State("stuck", "Stuck", terms=("handle",))), steps=(
            *SOUND.steps, Step("stick", "Stick", ("filed",), "stuck", frozenset({"supervisor"})))),
        "state 'stuck' is a dead end"),
    "two states that only lead to each other": (
        replace(SOUND, states=(*SOUND.states, State("a", "A", terms=("handle",)), State("b", "B", terms=("handle",))),
                steps=(*SOUND.steps, *(Step(name, name, (source,), to, frozenset({"supervisor"})) for name, source, to
                                       in (("in", "filed", "a"), ("to", "a", "b"), ("fro", "b", "a"))))),
        "state 'b' is a dead end"),
    "no end at all": (with_state("reviewed", final=False, terms=("handle",)), "it has no final state"),
    "no states at all": (replace(SOUND, states=(), steps=()), "it has no states"),
    "a state named twice": (replace(SOUND, states=(*SOUND.states, SOUND.states[1])), "holds 'rectifying' twice"),
    "a step named twice": (replace(SOUND, steps=(*SOUND.steps, SOUND.steps[1])), "holds 'report' twice"),
    "an unknown post that files": (replace(SOUND, filed_by=frozenset({"mayor"})), "filed by an unknown post, 'mayor'"),
    "nobody who files": (replace(SOUND, filed_by=frozenset()), "nobody may file it"),
    "an unknown post that takes a step": (with_step(by=frozenset({"mayor"})), "taken by an unknown post, 'mayor'"),
    "a timer that takes a step": (with_step(by=frozenset({"timer"})), "taken by an unknown post, 'timer'"),
    "the system that takes a step": (with_step(by=frozenset({"system"})), "taken by an unknown post, 'system'"),
    "an unknown relation": (with_step(by=frozenset({"liaison@friend"})), "unknown relation, 'friend'"),
    "a step for nobody": (with_step(by=frozenset()), "may be taken by nobody"),
    "an unknown term of a state": (with_state("filed", terms=("nap",)), "state 'filed' names an unknown term, 'nap'"),
    "an unknown term that a state keeps": (with_state("filed", keeps=("nap",)), "names an unknown term, 'nap'"),
    "an unknown term that a step starts": (with_step(starts=("nap",)), "step 'report' names an unknown term, 'nap'"),
    "an unknown term that a step stops": (with_step(stops=("nap",)), "step 'report' names an unknown term, 'nap'"),
    "a state without a term": (with_state("rectifying", terms=()), "runs no term, and is not final"),
    "a final state with a term": (with_state("reviewed", terms=("handle",)), "is final and yet runs a term"),
    "a guard without a sentence": (
        with_step(guards=(Guard("mute", lambda case: True, ""),)), "a guard without a sentence, 'mute'"),
    "a guard that is only a name": (with_step(guards=("signed",)), "a guard without a sentence, 'signed'"),
    "a guard that is a bare function": (with_step(guards=(always.holds,)), "a guard without a sentence"),
    "a start from nowhere": (with_step(sources=("dreamt",)), "starts from an unknown state, 'dreamt'"),
    "a way to nowhere": (with_step(to="dreamt"), "goes to an unknown state, 'dreamt'"),
    "a question of an unknown kind": (with_step(asks=(plain("x", "riddle", "X"),)), "in an unknown way, 'riddle'"),
    "a choice of nothing": (with_step(asks=(plain("x", "choice", "X"),)), "offers no choice for 'x'"),
    "a question that hangs on one not asked": (
        with_step(asks=(plain("x", "line", "X", when=("y", ("z",))),)), "depending on 'y', which it does not ask"),
    "hands apart from an unknown step": (with_step(apart_from=("dream",)), "kept apart from an unknown step, 'dream'"),
    "an unknown matter that is opened": (with_step(opens="wish"), "opens an unknown matter, 'wish'"),
    "an unknown matter that is settled": (with_step(settles="wish", outcome="yes"), "settles an unknown matter"),
    "a decision without an outcome": (with_step(settles="closing"), "settles a matter without an outcome"),
    "an outcome of nothing": (with_step(outcome="granted"), "has an outcome and settles nothing"),
    "an unknown move of hands": (with_step(hands="juggle"), "moves hands in an unknown way, 'juggle'"),
}


@pytest.mark.parametrize(("workflow", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_it_names(workflow, sentence):
    found = check.faults(workflow)
    assert any(sentence in fault for fault in found), found
    assert all(fault.startswith("errand: ") for fault in found)


@pytest.mark.parametrize("kind", workflows.every())
def test_the_four_kinds_are_sound(kind):
    assert check.faults(workflows.get(kind)) == []


def test_a_kind_cannot_change_a_step_that_is_not_common():
    with pytest.raises(ValueError, match="asign"):
        common.steps(asign=dict(label="Assign"))


def test_the_drawing_is_mermaid_with_every_state_and_every_way():
    drawn = check.mermaid(SOUND)
    assert drawn == (
        "stateDiagram-v2\n"
        "    [*] --> filed\n"
        "    filed : Filed\n"
        "    rectifying : Rectifying\n"
        "    reviewed : Reviewed\n"
        "    filed --> rectifying : Start\n"
        "    rectifying --> rectifying : Report\n"
        "    rectifying --> reviewed : Review\n"
        "    reviewed --> [*]\n"
    )


@pytest.mark.parametrize("kind", workflows.every())
def test_every_kind_can_be_drawn_in_any_language(kind):
    workflow = workflows.get(kind)
    drawn = check.mermaid(workflow, lambda label: f"«{label}»").splitlines()
    assert drawn[:2] == ["stateDiagram-v2", "    [*] --> filed"]
    assert "    filed --> assigned : «" + workflow.step["assign"].label + "»" in drawn
    assert {f"    ended --> {state} : «Restore»" for state in ("filed", "assigned", "rectifying")} <= set(drawn)
    assert [line for line in drawn if line.endswith("--> [*]")] == ["    reviewed --> [*]", "    ended --> [*]"]
