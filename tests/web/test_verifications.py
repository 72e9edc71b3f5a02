"""Auditors verify, see what was found and how far it reaches, and take the checkpoint away."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app import jobs, sealing
from app.domain import checkpoints, keys
from app.domain.cases import Case
from app.extensions import db
from app.office import witnessing
from tests.domain.strangers import checked, witnessed
from tests.web.conftest import HTMX
from tests.witnesses import Witness

PAGE = "/trail/verification"


@pytest.fixture
def sealed(app, prepared):
    with prepared() as office:
        number = office.at_work().number
    with app.app_context():
        sealing.seal(str)
        db.session.remove()
    app.extensions.pop("footer_trail", None)
    return number


def work(app) -> None:
    with app.app_context():
        while jobs.one(app):
            pass
        db.session.remove()


def test_before_anything_was_sealed_the_page_says_so(browser_of):
    page = browser_of("auditor").get(PAGE).text
    assert "尚未核验过" in page and "尚无" in page and "db-code" not in page


@pytest.mark.parametrize("htmx", [True, False])
def test_an_auditor_starts_a_verification_and_is_told_what_was_found(app, browser_of, sealed, htmx):
    auditor = browser_of("auditor")
    answer = auditor.post(PAGE, htmx=htmx)
    assert answer.status_code == (204 if htmx else 303)
    waiting = auditor.get(PAGE, headers=HTMX).text
    assert 'id="verifications-state"' in waiting and "hx-trigger" in waiting and "<html" not in waiting
    work(app)
    page = auditor.get(PAGE).text
    assert "条均成立" in page and "全部成立" in page and "hx-trigger" not in page


def test_what_does_not_hold_stands_on_the_page_and_in_the_footer_of_those_who_look(app, browser_of, prepared, sealed):
    with prepared() as office:
        office.session.connection().exec_driver_sql("UPDATE cases SET state = 'closed'")
    browser_of("auditor").post(PAGE)
    work(app)
    app.extensions.pop("footer_trail", None)
    page = browser_of("auditor").get(PAGE).text
    assert "closed" in page and sealed in page
    assert "核验不符" in browser_of("director").get("/").text
    assert "核验不符" not in browser_of("liaison").get("/").text


@pytest.mark.parametrize(("username", "may"), [("auditor", 303), ("director", 303), ("registrar", 403),
                                               ("leader", 403), ("liaison", 403)])
def test_who_starts_one(browser_of, sealed, username, may):
    assert browser_of(username).post(PAGE).status_code == may


def test_the_checkpoint_that_is_taken_away_is_believed_by_a_stranger(app, browser_of, sealed):
    answer = browser_of("auditor").get("/trail/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    key = keys.public(app.extensions["settings"].signing_key)
    assert checked(answer.text, key)[0] == "duban.local/trail"
    page = browser_of("auditor").get(PAGE).text
    assert key in page.replace("&#43;", "+") and "<svg" in page


def test_there_is_no_checkpoint_to_take_away_before_the_first(browser_of):
    assert browser_of("auditor").get("/trail/checkpoint").status_code == 404


def test_each_entry_says_whether_the_last_checkpoint_covers_it(app, browser_of, prepared, sealed):
    with prepared() as office:
        case = office.session.scalar(select(Case).where(Case.number == sealed))
        office.step(case, "report", "liaison", progress="在办")
    for url in (f"/cases/{sealed}", f"/cases/{sealed}/trail"):
        page = browser_of("auditor").get(url).text
        assert page.count("未被检查点覆盖") == 1 and page.count("已覆盖") >= 3, url


def test_the_footer_names_the_last_checkpoint(app, browser_of, sealed):
    page = browser_of("liaison").get("/").text
    assert "最新检查点" in page


def test_what_a_witness_signed_stands_on_the_page_and_in_the_checkpoint_that_is_taken_away(app, browser_of, prepared,
                                                                                             sealed):
    witness, auditor = Witness(), browser_of("auditor")
    assert "检查点没有外部见证" in auditor.get(PAGE).text
    assert auditor.get("/trail/checkpoint?witnessed=1").status_code == 404
    browser_of("secadmin").post("/settings/witnesses", value=witness.key, basis="审计局来函")
    assert "尚无见证签名" in auditor.get(PAGE).text
    with prepared() as office:
        note = checkpoints.latest(office.session).note
        back = witness.under(note, datetime.now(UTC))
        witnessing.take(office.session, back, at=datetime.now(UTC))
    page = auditor.get(PAGE).text
    assert 'id="checkpoints-witnessed"' in page and witness.key in page and "最近见证" in page
    assert page.count(witness.name) >= 4, "in the list, in the table, in its key, under the note"
    assert auditor.get("/trail/checkpoint").text == back
    with app.app_context():
        sealing.seal(str)
        db.session.remove()
    assert witnessed(auditor.get("/trail/checkpoint").text, witness.key) == []
    assert auditor.get("/trail/checkpoint?witnessed=1").text == back
    assert browser_of("liaison").get("/trail/checkpoint?witnessed=1").status_code == 403
    browser_of("auditor").post(PAGE)
    work(app)
    assert "全部成立" in auditor.get(PAGE).text
