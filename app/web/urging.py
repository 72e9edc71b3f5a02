"""What is done with rows of the overdue board: each act through the verb that exists, each row by itself, so that one
that was moved meanwhile holds up no other."""

from dataclasses import dataclass, field

from flask import abort, request, url_for
from sqlalchemy import select

from app.domain.cases import Case, may_see
from app.domain.clocks import TimeNode
from app.domain.errors import Refusal, Refused
from app.domain.matters import Matter
from app.extensions import db
from app.office import ladder
from app.office import notices as papers
from app.office.steps import take_step
from app.web import access, forms, htmx, words
from app.web.forms import text_of
from app.web.words import told
from workflows.grammar import N_

ACTS = {
    "urge": (N_("Urge now"), ("supervisor", "dispatcher")),
    "supervise": (N_("Prepare supervision notices"), ("supervisor", "dispatcher")),
    "prepare": (N_("Another notice…"), ("supervisor", "dispatcher")),
    "grant": (N_("Grant"), ("director",)),
    "decline": (N_("Decline"), ("director",)),
}
GRANTS = {"extension": "grant_extension", "pause": "grant_pause"}
MOST = 100
LAST = 2**31 - 1


@dataclass
class Outcome:
    """How many rows were acted on, and why the others were not."""

    act: str
    done: int = 0
    refused: dict[int, str] = field(default_factory=dict)  # node → the sentence
    field: str | None = None  # of the form, where that was wrong
    sentence: str | None = None

    @property
    def code(self) -> int:
        return 422 if self.refused or self.sentence else 200


def acts(actor) -> list[tuple[str, str]]:
    """What this reader may do with rows."""
    return [(name, label) for name, (label, posts) in ACTS.items() if actor.has(*posts)]


def may_choose(row) -> bool:
    """Whether there is anything this reader could do with the row."""
    actor = access.officer()
    if actor.has("director") and row.matter in GRANTS and row.stage == "director":
        return True
    return actor.has("supervisor", "dispatcher") and row.unit_id != access.register().people.office.id


def to_paper():
    """The page that writes any other notice about the chosen rows."""
    return htmx.see(url_for("notices.new", node=[str(id) for id in _ids()]))


def carry_out() -> Outcome:
    name = request.form.get("act", "")
    if name not in dict(acts(access.officer())):
        abort(403 if name in ACTS else 404)
    outcome, ids = Outcome(name), _ids()
    if not ids:
        outcome.sentence = told(Refused(N_("Please choose at least one row.")))
    elif name == "decline" and not text_of(request.form.get("reason")):
        outcome.field, outcome.sentence = "reason", told(Refused(N_("Please say why it is declined.")))
    else:
        for lot in _by_slip(ids, outcome) if name == "urge" else [[id] for id in ids]:
            _try(outcome, lot)
    return outcome


def _ids() -> list[int]:
    given = (forms.count_of(id) for id in request.form.getlist("node")[:MOST])
    return list(dict.fromkeys(id for id in given if id and id <= LAST))


def _by_slip(ids: list[int], outcome: Outcome) -> list[list[int]]:
    """One slip a unit, a sealed case by itself; what was urged today already is left out."""
    slips: dict[tuple, list[int]] = {}
    chosen = _chosen(ids)
    urged = papers.urged_on(db.session, [case.id for case, _node in chosen], access.today(), access.register())
    for case, node in chosen:
        if (case.id, node.unit_id) in urged:
            outcome.refused[node.id] = told(Refused(papers.URGED_TODAY, number=case.number))
        else:
            slips.setdefault((node.unit_id, case.id if case.sealed else None), []).append(node.id)
    return list(slips.values())


def _try(outcome: Outcome, lot: list[int]) -> None:
    access.begin_writing()
    try:
        chosen = _chosen(lot)
        if not chosen:
            raise Refused(N_("This term has ended meanwhile."))
        _DO[outcome.act](chosen)
        access.commit()
        outcome.done += len(chosen)
    except Refusal as refusal:
        db.session.rollback()
        outcome.refused |= dict.fromkeys(lot, told(refusal))


def _urge(chosen) -> None:
    papers.urge(db.session, chosen, **_by())


def _supervise(chosen) -> None:
    room = _by()
    papers.prepare(db.session, "supervise", chosen, requirement=room["words"](ladder.REQUIREMENTS["supervise"]), **room)


def _grant(chosen) -> None:
    _decide(chosen, lambda matter: GRANTS.get(matter), {})


def _decline(chosen) -> None:
    _decide(chosen, lambda matter: "decline" if matter in GRANTS else None,
            {"reason": text_of(request.form.get("reason"))})


def _decide(chosen, step_of, answers: dict) -> None:
    (case, node), *_same = chosen
    case = db.session.scalar(select(Case).where(Case.id == case.id).with_for_update())
    matter = db.session.scalar(select(Matter.purpose).where(Matter.case_id == case.id, Matter.settled_at.is_(None)))
    step = step_of(matter)
    if step is None:
        raise Refused(N_("No request for time waits here."))
    seen = forms.count_of(request.form.get(f"seen-{node.id}"))
    take_step(db.session, case, step, seen=seen, answers=answers, **_by())


_DO = {"urge": _urge, "supervise": _supervise, "grant": _grant, "decline": _decline}


def _chosen(ids: list[int]) -> list[tuple[Case, TimeNode]]:
    query = (
        select(Case, TimeNode).join(TimeNode, TimeNode.case_id == Case.id)
        .where(TimeNode.id.in_(ids), TimeNode.stopped_at.is_(None), may_see(access.officer()))
        .order_by(TimeNode.due_on, TimeNode.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def _by() -> dict:
    return {"by": access.officer(), "at": access.now(), "words": words.record_words(), "register": access.register()}
