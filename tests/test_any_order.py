"""Whatever legal and illegal steps are tried, in whatever order, by whomever, with whatever answers: what was promised
still holds."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.domain import holdings, trail
from app.domain.cases import Assignment
from tests.conftest import switch
from tests.walks import CAST, KINDS, MOVES, SPOILT, TABLE, Walk
from tests.weigh import histories

MANY = 1_000 if switch("DUBAN_WEIGH") else 12
WALK = settings(max_examples=MANY, stateful_step_count=45, derandomize=True, deadline=None, database=None,
                report_multiple_bugs=False, suppress_health_check=list(HealthCheck))


def make_life(engine, taken: Counter):
    """The machine of one database; `taken` counts what succeeded, so that walks that get nowhere are noticed."""

    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.walk = Walk(engine, taken)

        @initialize(kind=st.sampled_from(KINDS), redacted=st.booleans())
        def file(self, kind, redacted):
            self.walk.file(kind, redacted)

        def teardown(self):
            try:
                if self.walk.number:
                    self.trail_verifies()
                    self.holdings_tile_its_life()
            finally:
                self.walk.close()

        # One rule with many moves, and not many rules: hypothesis leaves rules out of a walk, and then nobody gets
        # anywhere.
        @rule(move=st.sampled_from(MOVES), username=st.sampled_from(sorted(CAST)), step=st.sampled_from(sorted(TABLE)),
              choice=st.integers(0, 10_000), pick=st.integers(0, 59), spoilt=st.sampled_from(SPOILT))
        def move(self, move, username, step, choice, pick, spoilt):
            self.walk.move(move, username, step, choice, pick, spoilt)

        # --- what holds all the while

        @invariant()
        def exactly_one_lead_from_dispatch_on_and_none_before(self):
            walk = self.walk
            if not walk.number:
                return
            walk.session.refresh(walk.case)
            units = {unit.id: unit.code for unit in walk.office.register.people.units.values()}
            living = select(Assignment.unit_id, Assignment.role, Assignment.done_at).where(
                Assignment.case_id == walk.case.id, Assignment.left_at.is_(None))
            hands = [(units[unit], role, done is not None) for unit, role, done in walk.session.execute(living)]
            assert [unit for unit, role, _ in hands if role == "lead"] == ([walk.told.lead] if walk.told.lead else [])
            assert units.get(walk.case.lead_id) == walk.told.lead
            assert (walk.case.dispatched_at is not None) == (walk.told.lead is not None)
            assert {unit: done for unit, role, done in hands if role == "support"} == walk.told.parts

        @invariant()
        def the_case_stands_where_it_was_watched_to_go(self):
            if self.walk.number:
                case, told = self.walk.case, self.walk.told
                assert (case.state, case.standing) == (told.state, told.standing)
                assert case.due_on or told.paused or told.state in ("reviewed", "ended")

        def trail_verifies(self):
            fault = self.walk.verified().fault
            assert fault is None, fault.told()
            assert self.walk.case.state == self.walk.told.state

        def holdings_tile_its_life(self):
            office, entries = self.walk.office, self.walk.entries()
            now = office.later(hours=1)
            spans = holdings.of(entries, office.register.calendar, office="ysb", now=now)
            over, alive = False, timedelta()
            for entry, later in pairwise([*entries, None]):
                over = trail.facts(entry).get("to") in ("reviewed", "ended") if entry.verb == "stepped" else over
                alive += timedelta() if over else (later.at if later else now) - entry.at
            assert all(span.since < span.until for span in spans)
            assert all(a.until <= b.since for a, b in pairwise(spans)), "no overlap"
            assert sum((span.until - span.since for span in spans), timedelta()) == alive, "no hole"
            assert all(span.unit for span in spans if span.holder in ("office", "lead", "support"))

    return Life


def test_whatever_is_tried_in_whatever_order_by_whomever(shared_engine):
    taken = Counter()
    run_state_machine_as_test(make_life(shared_engine, taken), settings=WALK)
    assert len(taken) >= 30, f"the walks got nowhere; never taken: {sorted(TABLE.keys() - taken.keys())}"


def test_no_honest_history_is_ever_accused(shared_engine):
    """Some of the ten thousand that `make weigh` plays."""
    told = histories.play(shared_engine, range(8))
    assert told.accused == []
    assert told.histories == 8 and told.erasing and told.acts.keys() >= {"erase", "follow", "climb", "rotate"}
