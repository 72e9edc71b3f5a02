"""Checkpoints lodged outside: one letter a day and address, whatever runs twice; what arrives can be verified with."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import lodging, postroom, sealing
from app.cli import main
from app.domain import checkpoints, letters, lodgings
from app.domain.checkpoints import Checkpoint
from app.domain.letters import FAILED, GIVEN_UP, PAUSES, SENT, WAITING, Letter
from app.extensions import db
from app.office import lodging as office_lodging
from app.office import settings
from app.office.delivery import NOT_SET_UP, UNWANTED
from tests.recorders import Mailbox, nobody, running

AUDIT, NOTARY = "shenji@audit.example", "gz@notary.example"


@pytest.fixture
def house(app, web_office):
    """An office with a sealed trail and a mail server; its clock is the office's."""
    machine = app.extensions["settings"]
    with running(Mailbox()) as mailbox:
        app.extensions["settings"] = replace(machine, smtp_url=mailbox.url, mail_from="督办 <duban@ysb.test>",
                                             url="https://duban.test")
        web_office.file(title="绝密的标题")
        web_office.session.commit()
        house = SimpleNamespace(app=app, office=web_office, mailbox=mailbox)
        seal(house)
        yield house
    app.extensions["settings"] = machine


def seal(house) -> None:
    with house.app.app_context():
        sealing.seal(str)
        db.session.remove()


def name(house, *addresses: str) -> None:
    office = house.office
    settings.change(office.session, "checkpoint_to", "\n".join(addresses), basis="审计要求", by=office.by("secadmin"),
                    at=office.now, words=str)
    office.session.commit()
    house.app.extensions.pop("register", None)


def pass_by(house, times: int = 1) -> None:
    """So many rounds of a worker."""
    with house.app.app_context():
        for _ in range(times):
            lodging.one(at=house.office.now)
            while postroom.one(house.app, at=house.office.now):
                pass
        db.session.remove()


def kept(house) -> list:
    house.office.session.rollback()
    found = house.office.session.execute(select(Letter.__table__).order_by(Letter.id)).all()
    house.office.session.rollback()
    return found


def duban(house, *args):
    answer = house.app.test_cli_runner().invoke(main, [str(arg) for arg in args])
    with house.app.app_context():
        db.session.remove()
    return answer


def note(house) -> str:
    found = checkpoints.latest(house.office.session).note
    house.office.session.rollback()
    return found


def test_once_a_day_each_address_gets_the_newest_checkpoint_and_no_more(house):
    name(house, AUDIT, NOTARY)
    pass_by(house, 3)
    assert sorted(mail["To"] for mail in house.mailbox.letters) == [NOTARY, AUDIT]
    house.office.later(hours=4)
    pass_by(house, 2)
    assert len(house.mailbox.letters) == 2
    house.office.later(days=1)
    pass_by(house, 2)
    assert len(house.mailbox.letters) == 4
    assert {(letter.state, letter.attempts) for letter in kept(house)} == {(SENT, 1)}
    assert len({letter.lodged_on for letter in kept(house)}) == 2


def test_the_day_is_that_of_the_office_and_not_of_greenwich(house):
    name(house, AUDIT)
    for hour, minute in ((23, 59), (0, 1)):  # local, on both sides of midnight
        at = house.office.until(2026, 9, 15 + (hour == 0), hour, minute)
        pass_by(house)
    assert [letter.lodged_on.day for letter in kept(house)] == [15, 16]
    assert at.day == 15, "in Greenwich it is one day"


def test_nothing_leaves_where_nobody_is_named_or_nothing_was_ever_sealed(house):
    pass_by(house)
    assert kept(house) == [] and house.mailbox.tries == 0
    with house.app.app_context():
        assert office_lodging.lacking(db.session, on=house.office.today) == []


def test_the_attachment_is_the_signed_note_byte_for_byte_and_verify_takes_it(house, tmp_path):
    name(house, AUDIT)
    pass_by(house)
    (mail,) = house.mailbox.letters
    (attachment,) = mail.iter_attachments()
    saved = tmp_path / attachment.get_filename()
    saved.write_bytes(attachment.get_payload(decode=True))
    assert saved.read_bytes() == note(house).encode() and "—" in note(house)
    answer = duban(house, "trail", "verify", "--checkpoint", saved)
    assert answer.exit_code == 0, answer.output
    saved.write_bytes(saved.read_bytes().replace(b"\n", b"\r\n"))
    assert duban(house, "trail", "verify", "--checkpoint", saved).exit_code == 0, "as Windows saves it"


def test_the_letter_says_what_it_is_and_how_to_use_it_and_names_no_case_and_nobody(house):
    name(house, AUDIT)
    pass_by(house)
    (mail,) = house.mailbox.letters
    text = mail["Subject"] + mail.get_body().get_content()
    (attachment,) = mail.iter_attachments()
    assert f"duban trail verify --checkpoint {attachment.get_filename()}" in text
    assert "检查点" in mail["Subject"] and "附件" in text and "每天一封" in text
    with house.app.app_context():
        assert checkpoints.short(checkpoints.latest(db.session)) in text
    everything = text + attachment.get_content()
    for secret in ("绝密", "TS-2026", "安然", "周敏", AUDIT, "市住建局"):
        assert secret not in everything
    assert "同一检查点" not in text


def test_where_nothing_is_newer_the_same_checkpoint_goes_again_and_says_so(house):
    name(house, AUDIT)
    pass_by(house)
    house.office.later(days=1)
    pass_by(house)
    house.office.later(days=1)
    house.office.file()
    house.office.session.commit()
    seal(house)
    pass_by(house)
    said = ["同一检查点" in mail.get_body().get_content() for mail in house.mailbox.letters]
    assert said == [False, True, False]
    assert len({letter.checkpoint_id for letter in kept(house)}) == 2


def test_a_passing_failure_is_tried_again_after_growing_pauses_and_is_one_letter_in_the_end(house):
    name(house, AUDIT)
    house.mailbox.mood = "greylists"
    pass_by(house)
    for pause in PAUSES[:2]:
        (letter,) = kept(house)
        assert (letter.state, letter.next_at - house.office.now) == (WAITING, pause)
        assert "450" in letter.trouble and AUDIT not in letter.trouble
        house.office.later(minutes=pause.total_seconds() / 60)
        pass_by(house)
    house.mailbox.mood = "well"
    house.office.later(minutes=PAUSES[2].total_seconds() / 60)
    pass_by(house)
    (letter,) = kept(house)
    assert (letter.state, letter.attempts, letter.failures) == (SENT, 4, 3)
    assert house.mailbox.ids() == [f"<letter-{letter.id}@duban.test>"]


def test_a_lasting_failure_is_put_aside_and_the_next_day_is_tried_anew(house):
    name(house, AUDIT)
    house.mailbox.mood = "unknown"
    pass_by(house, 2)
    house.office.later(days=1)
    house.mailbox.mood = "well"
    pass_by(house)
    assert [letter.state for letter in kept(house)] == [FAILED, SENT]


def test_a_day_that_never_got_through_is_given_up_for_the_next_and_keeps_its_trouble(house):
    name(house, AUDIT)
    house.app.extensions["settings"] = replace(house.app.extensions["settings"], smtp_url=f"smtp://{nobody()}")
    pass_by(house)
    house.app.extensions["settings"] = replace(house.app.extensions["settings"], smtp_url=house.mailbox.url)
    house.office.later(days=1)
    pass_by(house)
    first, second = kept(house)
    assert (first.state, second.state) == (GIVEN_UP, SENT) and "refused" in first.trouble.lower()
    assert len(house.mailbox.letters) == 1


def test_who_is_no_longer_named_gets_nothing_more(house):
    name(house, AUDIT)
    with house.app.app_context():
        lodging.one(at=house.office.now)
        db.session.remove()
    name(house, NOTARY)
    pass_by(house)
    assert [mail["To"] for mail in house.mailbox.letters] == [NOTARY]
    assert [(letter.state, letter.trouble) for letter in kept(house)] == [(GIVEN_UP, UNWANTED), (SENT, None)]


def test_without_a_mail_server_it_is_said_and_not_kept_silent(house):
    name(house, AUDIT)
    house.app.extensions["settings"] = replace(house.app.extensions["settings"], smtp_url="")
    pass_by(house)
    assert [(letter.state, letter.trouble) for letter in kept(house)] == [(GIVEN_UP, NOT_SET_UP)]
    assert "no mail server" in duban(house, "doctor").stdout


def test_two_workers_at_once_write_one_letter(house):
    """The second one looked before the first one wrote; the index refuses its letter."""
    name(house, AUDIT)
    session, at = house.office.session, house.office.now
    last = session.scalar(select(Checkpoint.id).order_by(Checkpoint.id.desc()).limit(1))
    lodgings.write(session, last, [AUDIT], on=house.office.today, at=at)
    with pytest.raises(IntegrityError), session.begin_nested():
        lodgings.write(session, last, [AUDIT], on=house.office.today, at=at)
    session.commit()
    with house.app.app_context():
        assert not lodging.one(at=at) and not lodging.waits(at=at)
        db.session.remove()
    assert len(kept(house)) == 1


def test_a_worker_and_the_tick_do_it_by_themselves(house):
    name(house, AUDIT)
    for _ in range(2):
        answer = duban(house, "tick")
        assert answer.exit_code == 0, answer.output
    assert [mail["To"] for mail in house.mailbox.letters] == [AUDIT]


def test_a_poster_that_was_killed_over_it_leaves_it_to_another(house):
    name(house, AUDIT)
    with house.app.app_context():
        lodging.one(at=house.office.now)
        db.session.remove()
    (letter,) = kept(house)
    assert letters.try_it(house.office.session, letter, "elsewhere-1", address=AUDIT, at=house.office.now)
    house.office.session.commit()
    pass_by(house)
    assert house.mailbox.letters == []
    house.office.now += letters.CLAIM + timedelta(seconds=1)
    pass_by(house)
    assert [letter.state for letter in kept(house)] == [SENT]
