"""Long work: one worker gets it, says how far it is, and another takes over from the dead."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import errands
from app.domain.errands import CLAIM, DONE, FAILED, Errand

AT = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ask(session, what="import", n=1) -> list[Errand]:
    return [errands.ask(session, what, {"file": "a.xlsx"}, by=None, at=AT) for _ in range(n)]


def test_the_oldest_is_done_first_and_each_is_given_out_once(session):
    asked = [errand.id for errand in ask(session, n=3)]
    assert [errands.claim(session, "w", at=AT) for _ in range(4)] == [*asked, None]


def test_a_worker_may_choose_what_it_does(session):
    ask(session, "import")
    (export,) = ask(session, "export")
    assert errands.claim(session, "w", at=AT, what="export") == export.id
    assert errands.claim(session, "w", at=AT, what="export") is None


def test_one_errand_may_be_asked_for_by_its_number(session):
    first, second = ask(session, n=2)
    assert errands.claim(session, "w", at=AT, id=second.id) == second.id
    assert errands.claim(session, "w", at=AT, id=second.id) is None
    assert errands.claim(session, "w", at=AT) == first.id


def test_what_a_dead_worker_held_is_given_out_again_after_its_claim_and_not_before(session):
    (errand,) = ask(session)
    errands.claim(session, "dead", at=AT)
    assert errands.claim(session, "w", at=AT + CLAIM) is None
    assert errands.claim(session, "w", at=AT + CLAIM + SECOND) == errand.id


def test_saying_how_far_it_is_keeps_the_claim(session):
    (errand,) = ask(session)
    errands.claim(session, "slow", at=AT)
    errands.go_on(errand, progress=40, at=AT + CLAIM)
    session.flush()
    assert errands.claim(session, "w", at=AT + CLAIM + SECOND) is None
    assert errand.progress == 40


def test_what_was_put_down_can_be_taken_up_at_once(session):
    (errand,) = ask(session)
    errands.claim(session, "w", at=AT)
    session.refresh(errand)
    errands.release(errand)
    session.flush()
    assert errands.claim(session, "other", at=AT) == errand.id


def test_what_is_over_is_not_given_out(session):
    good, bad = ask(session, n=2)
    errands.end(good, at=AT, result={"filed": 3})
    errands.end(bad, at=AT, trouble="Row 7 is bad.")
    session.flush()
    assert (good.state, bad.state) == (DONE, FAILED) and good.is_over and bad.is_over
    assert errands.claim(session, "w", at=AT + 10 * CLAIM) is None


def test_of_eight_workers_at_once_each_errand_is_claimed_by_one(engine):
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        asked = [errand.id for errand in ask(session, n=10)]
        session.commit()

    def work(n: int) -> list[int]:
        claimed = []
        for _ in range(25):
            with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
                found = errands.claim(session, f"w{n}", at=AT)
                session.commit()
            if found:
                claimed.append(found)
        return claimed

    with ThreadPoolExecutor(8) as workers:
        claimed = [errand for found in workers.map(work, range(8)) for errand in found]
    assert sorted(claimed) == asked
