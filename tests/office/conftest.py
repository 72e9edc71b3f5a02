"""The office of the verbs' tests: an Office that can also be told to bring a case a good way along at once."""

from datetime import timedelta

import pytest

from app.domain import clocks, trail
from app.domain.cases import Case
from tests.conftest import Office

PART = {"task": "出具核实意见", "due_on": None}


class Story(Office):
    """Each of these ends where its name says."""

    def handed(self, *, supports=(), kind="complaint", **more) -> Case:
        case = self.file(kind, **more)
        self.assign(case, supports=supports)
        return case

    def at_work(self, **more) -> Case:
        case = self.handed(**more)
        self.later(hours=1)
        self.start(case)
        return case

    def signed(self, **more) -> Case:
        case = self.at_work(**more)
        self.submit(case)
        self.step(case, "sign", "principal")
        return case

    def closed(self, **more) -> Case:
        case = self.signed(**more)
        self.later(hours=1)
        self.close(case)
        return case

    def reassign(self, case, lead="gd", supports=(), by="second_dispatcher", **more):
        return self.step(case, "reassign", by, lead=lead, request="改派", basis="派单目录", reason="职责在彼",
                         supports=[{"unit": code} | PART for code in supports], **more)

    def extend(self, case, days: int) -> None:
        self.step(case, "ask_extension", "liaison", days=days, reason="鉴定未出")
        self.step(case, "sign", "principal")
        self.step(case, "grant_extension", "director")

    def pause(self, case, **more) -> None:
        facts = {"category": "hearing", "reason": "听证", "review_on": (self.today + timedelta(days=30)).isoformat()}
        self.step(case, "ask_pause", "liaison", **(facts | more))
        self.step(case, "sign", "principal")
        self.step(case, "grant_pause", "director")

    # what a test looks at

    def nodes(self, case) -> dict[str, clocks.TimeNode]:
        """The running ones, by purpose."""
        return {node.purpose: node for node in clocks.of_case(self.session, case.id, running=True)}

    def last(self, case) -> dict:
        """What the last entry of the case says."""
        return trail.facts(self.session.scalars(trail.of(case.number)).all()[-1])

    def steps_of(self, case) -> list[str]:
        return [trail.facts(entry).get("step") for entry in self.session.scalars(trail.of(case.number))][1:]


@pytest.fixture
def office(session, databases):
    return Story(session, databases.register)
