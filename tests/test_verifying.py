"""The hands of verification and of the seal: by the night, on request, broken off and begun again."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app import jobs, sealing, verifying, worker
from app.domain import checkpoints, errands, keys, tree
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.extensions import db
from app.office import audits


@pytest.fixture
def books(app, web_office):
    """An office with one case, in an application context of a worker."""
    web_office.file()
    web_office.session.commit()
    with app.app_context():
        yield web_office
        db.session.remove()
        app.extensions.pop("resting", None)


def ask() -> int:
    with worker.writing():
        return audits.ask(db.session, by=None, at=datetime.now(UTC)).id


def test_everything_that_waits_is_sealed_and_signed(books):
    waiting = tree.waiting(db.session)
    assert sealing.waits(at=datetime.now(UTC)) and sealing.one(str)
    last = checkpoints.latest(db.session)
    assert last.size == tree.size(db.session) == waiting + 1, "and the entry that names the key"
    assert not sealing.waits(at=datetime.now(UTC))


def test_it_is_sealed_again_within_five_minutes_while_entries_come_and_not_before(books):
    sealing.seal(str)
    last = checkpoints.latest(db.session)
    assert not sealing.waits(at=last.at + timedelta(minutes=5)), "nothing came"
    db.session.rollback()
    books.file()
    books.session.commit()
    assert not sealing.waits(at=last.at + timedelta(minutes=1))
    assert sealing.waits(at=last.at + timedelta(minutes=4, seconds=50))


def test_a_seal_that_fails_leaves_the_worker_to_its_other_work(books):
    sealing.seal(str)
    path = sealing._path()
    content = path.read_text()
    path.write_text("nonsense")
    try:
        books.file()
        books.session.commit()
        later = checkpoints.latest(db.session).at + timedelta(hours=1)
        assert sealing.waits(at=later)
        with pytest.raises(Refused, match="signing key"):
            sealing.seal(str)
    finally:
        path.write_text(content)
    assert sealing.seal(str) == 1


def test_a_key_that_is_gone_is_never_replaced_in_silence(books):
    sealing.seal(str)
    path = sealing._path()
    content = path.read_text()
    path.unlink()
    try:
        with pytest.raises(Refused, match="signing key"):
            sealing.seal(str)
        assert not path.exists()
        sealing.rotate(str)
        assert keys.kept(path) and verifying.verify().fault is None
    finally:
        path.write_text(content)
    assert keys.public(path) != (shown := str(keys.kept(path)[0].verifier))
    sealing.seal(str)
    assert keys.public(path) == shown, "what came back from a backup is what is shown from then on"


def test_after_a_rotation_both_have_signed_and_only_the_new_key_is_kept(books):
    sealing.seal(str)
    old = keys.kept(sealing._path())[0].verifier
    sealing.rotate(str)
    (new,) = keys.kept(sealing._path())
    last = checkpoints.latest(db.session)
    assert {key.id for key in keys.opened(last.note, [old, new.verifier])[1]} == {old.id, new.verifier.id}
    assert keys.public(sealing._path()) == str(new.verifier)
    assert verifying.verify().fault is None


def test_the_worker_carries_a_verification_out(app, books):
    sealing.seal(str)
    id = ask()
    assert ask() == id, "whoever asks meanwhile is given the same one"
    assert jobs.one(app)
    errand = db.session.get(Errand, id, populate_existing=True)
    assert errand.state == errands.DONE and errand.progress == errand.total > 80
    said = errand.result
    assert (said["fault"], said["uncovered"], said["entries"]) == (None, 0, trail_length())
    assert audits.fault(errand) is None


def trail_length() -> int:
    return db.session.scalar(text("SELECT count(*) FROM entries"))


def test_what_does_not_hold_is_kept_as_a_sentence_that_can_be_translated(app, books):
    sealing.seal(str)
    with worker.writing():
        db.session.execute(text("UPDATE cases SET state = 'ended'"))
    id = ask()
    jobs.one(app)
    fault = audits.fault(db.session.get(Errand, id, populate_existing=True))
    assert fault.told() == "TS-2026-0001 stands as “ended”, but its trail ends in “filed”."
    assert fault.sentence.startswith("%(stream)s stands as")


def test_a_worker_that_is_told_to_stop_leaves_it_to_be_begun_again(app, books):
    stopped = threading.Event()
    stopped.set()
    id = ask()
    worker.claim()
    verifying.carry_out(id, stopped, lambda done, total: None, str)
    errand = db.session.get(Errand, id, populate_existing=True)
    assert (errand.state, errand.claimed_by) == (errands.WAITING, None)
    assert jobs.one(app)
    assert db.session.get(Errand, id, populate_existing=True).state == errands.DONE


def test_the_night_asks_once_and_not_before_there_is_a_checkpoint(books):
    night = datetime(2026, 9, 15, 18, 30, tzinfo=UTC)  # 02:30 in Shanghai
    assert not verifying.waits(at=night)
    with worker.writing():
        db.session.add(checkpoints.Checkpoint(size=1, root="00" * 32, at=night - timedelta(hours=10), note="x"))
    assert verifying.waits(at=night)
    assert not verifying.waits(at=night - timedelta(hours=1)), "before two o'clock"
    with worker.writing():
        audits.ask(db.session, by=None, at=night)
    assert not verifying.waits(at=night + timedelta(hours=20))
    assert verifying.waits(at=night + timedelta(hours=24))
    assert len(db.session.scalars(select(Errand.id).where(Errand.what == audits.WHAT)).all()) == 1
