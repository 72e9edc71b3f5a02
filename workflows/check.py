"""Reads a kind's table like a strict clerk, and draws it."""

from workflows.grammar import MATTERS, POSTS, PURPOSES, Step, Workflow

RELATIONS = ("lead", "support")
ASK_KINDS = {"line", "text", "choice", "day", "unit", "supports", "support", "case", "count", "amount"}
HANDS = {None, "assign", "clear", "join", "leave", "call", "finish"}


def faults(workflow: Workflow) -> list[str]:
    """What is wrong with this table, in sentences; empty when it can be worked with."""
    found = [*_names(workflow), *_terms(workflow)]
    for step in workflow.steps:
        found += _step_faults(workflow, step)
    if not found:
        found += _dead_ends(workflow)
    return [f"{workflow.kind}: {sentence}" for sentence in found]


def _names(workflow: Workflow):
    if not workflow.states:
        yield "it has no states"
    for things in ("states", "steps"):
        names = [thing.name for thing in getattr(workflow, things)]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{things} holds {name!r} twice"
    for post in sorted(workflow.filed_by - POSTS.keys()):
        yield f"it is filed by an unknown post, {post!r}"
    if not workflow.filed_by:
        yield "nobody may file it"


def _terms(workflow: Workflow):
    for state in workflow.states:
        for term in (*state.terms, *state.keeps):
            if term not in PURPOSES:
                yield f"state {state.name!r} names an unknown term, {term!r}"
        if not state.final and not state.terms:
            yield f"state {state.name!r} runs no term, and is not final"
        if state.final and state.terms:
            yield f"state {state.name!r} is final and yet runs a term"


def _step_faults(workflow: Workflow, step: Step):
    where = f"step {step.name!r}"
    for source in step.sources:
        if source not in workflow.state:
            yield f"{where} starts from an unknown state, {source!r}"
    if step.to not in (None, "back") and step.to not in workflow.state:
        yield f"{where} goes to an unknown state, {step.to!r}"
    if not step.by:
        yield f"{where} may be taken by nobody"
    for taker in sorted(step.by):
        post, _, relation = taker.partition("@")
        if post not in POSTS:
            yield f"{where} is taken by an unknown post, {post!r}"
        if relation and relation not in RELATIONS:
            yield f"{where} names an unknown relation, {relation!r}"
    for term in (*step.starts, *step.stops):
        if term not in PURPOSES:
            yield f"{where} names an unknown term, {term!r}"
    for guard in step.guards:
        if not getattr(guard, "reason", ""):
            yield f"{where} has a guard without a sentence, {getattr(guard, 'name', guard)!r}"
    for ask in step.asks:
        if ask.kind not in ASK_KINDS:
            yield f"{where} asks {ask.name!r} in an unknown way, {ask.kind!r}"
        if ask.kind == "choice" and not ask.choices:
            yield f"{where} offers no choice for {ask.name!r}"
        if ask.when and ask.when[0] not in {other.name for other in step.asks}:
            yield f"{where} asks {ask.name!r} depending on {ask.when[0]!r}, which it does not ask"
    for other in step.apart_from:
        if other not in workflow.step:
            yield f"{where} is kept apart from an unknown step, {other!r}"
    if step.opens and step.opens not in MATTERS:
        yield f"{where} opens an unknown matter, {step.opens!r}"
    if step.settles and step.settles != "any" and step.settles not in MATTERS:
        yield f"{where} settles an unknown matter, {step.settles!r}"
    if bool(step.settles) != bool(step.outcome):
        yield f"{where} settles a matter without an outcome, or has an outcome and settles nothing"
    if step.hands not in HANDS:
        yield f"{where} moves hands in an unknown way, {step.hands!r}"


def _dead_ends(workflow: Workflow):
    ways = {state.name: set() for state in workflow.states}
    for step in workflow.steps:
        for source, to in workflow._ways(step):
            ways[source].add(to)
    reached = _from({workflow.initial}, ways)
    for name in ways.keys() - reached:
        yield f"state {name!r} is never reached"
    final = {state.name for state in workflow.states if state.final}
    if not final:
        yield "it has no final state"
    for name in ways:
        if not (_from({name}, ways) & final):
            yield f"state {name!r} is a dead end: no way leads from it to a final state"


def _from(start: set[str], ways: dict[str, set[str]]) -> set[str]:
    reached, edge = set(start), set(start)
    while edge:
        edge = {to for name in edge for to in ways[name]} - reached
        reached |= edge
    return reached


def mermaid(workflow: Workflow, label=str) -> str:
    """The table as a Mermaid state diagram; `label` translates."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    {state.name} : {label(state.label)}" for state in workflow.states]
    for step in workflow.steps:
        lines += [f"    {source} --> {to} : {label(step.label)}" for source, to in workflow._ways(step)]
    lines += [f"    {state.name} --> [*]" for state in workflow.states if state.final]
    return "\n".join(lines) + "\n"
