"""The pages of looking back by lot: announce, wait, draw, look, repeat; who gets there and who does not."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.domain import keys
from app.domain.cases import Case
from app.domain.lookbacks import Look, Lookback
from app.domain.trail import Entry
from app.office import sealing
from tests.web.conftest import HTMX

SIGNER = keys.new("duban.example/web")


def rule(office, **more) -> dict:
    today = office.register.today(datetime.now(UTC))
    return {"since": (today - timedelta(days=60)).isoformat(), "until": today.isoformat(), "share": "50",
            "musts": ["major", "reopened"]} | more


@pytest.fixture
def announced(prepared, browser_of, app):
    """Four closed cases and the announcement of them; sign() signs the next checkpoint."""
    with prepared() as office:
        office.later(days=-5)  # to close a case takes the office some hours
        cases = [office.closed() for _ in range(4)]
        form = rule(office)
    answer = browser_of("supervisor").post("/lookbacks", **form)
    assert answer.status_code == 303, answer.text

    def sign():
        with prepared() as office:
            while sealing.take_in(office.session):
                pass
            return sealing.sign(office.session, [SIGNER], at=office.now, words=str).note

    return answer.location, [case.number for case in cases], sign


def test_from_the_announcement_to_the_last_result(app, browser_of, announced, ask):
    address, numbers, sign = announced
    supervisor = browser_of("supervisor")
    assert "等待公告之后的第一个检查点" in supervisor.get(address).text
    early = supervisor.post(f"{address}/draw")
    assert early.status_code == 422 and "尚未签发检查点" in early.text
    sign()
    assert "抽取以它为准" in supervisor.get(address).text
    assert supervisor.post(f"{address}/draw").status_code == 303
    page = supervisor.get(address).text
    drawn = re.findall(rf'href="{address}/cases/(TS-\d+-\d+)"', page)
    assert len(drawn) == 2 and set(drawn) <= set(numbers) and "本页已复算，名单一致" in page
    assert supervisor.get("/").text.count(f'href="{address}/cases/') == 2, "they are on his desk"
    first, second = drawn
    assert supervisor.post(f"{address}/cases/{first}", result="held", finding="现场属实").status_code == 303
    answer = supervisor.post(f"{address}/cases/{second}", result="form", finding="流于形式", reopen="yes")
    assert answer.status_code == 303
    done = supervisor.get(address).text
    assert "整改属实" in done and "形式整改" in done and "结束" in done
    states = {case.number: case.state for case in ask(select(Case))}
    assert (states[first], states[second]) == ("closed", "rectifying")
    assert "流于形式" in supervisor.get(f"/cases/{second}/trail").text


def test_each_page_is_read_by_the_office_leaders_and_auditors(app, browser_of, announced):
    address, numbers, sign = announced
    sign()
    browser_of("supervisor").post(f"{address}/draw")
    drawn = re.search(rf"{address}/cases/[\w-]+", browser_of("supervisor").get(address).text)[0]
    for username in ("director", "auditor", "leader", "dispatcher", "supervisor"):
        for page in ("/lookbacks", address, f"{address}/population", drawn):
            for headers in ({}, HTMX):
                assert browser_of(username).get(page, headers=headers).status_code == 200, (username, page)
    assert all(number in browser_of("auditor").get(f"{address}/population").text for number in numbers)
    for username in ("liaison", "principal", "discipline", "sysadmin", "outsider"):
        assert browser_of(username).get(address).status_code == 403
    for username in ("director", "auditor", "dispatcher", "leader"):
        assert browser_of(username).post(f"{address}/draw").status_code == 403
        assert browser_of(username).post(drawn, result="held", finding="x").status_code == 403


def test_a_draw_that_somebody_changed_in_the_tables_is_said_so(app, browser_of, announced, prepared):
    address, _numbers, sign = announced
    sign()
    browser_of("supervisor").post(f"{address}/draw")
    with prepared() as office:
        looks = office.session.scalars(select(Look).order_by(Look.place)).all()
        spared, chosen = [next(look for look in looks if bool(look.place) is is_drawn) for is_drawn in (False, True)]
        office.session.execute(update(Look).where(Look.case_id == spared.case_id).values(
            place=chosen.place, officer_id=chosen.officer_id, due_on=chosen.due_on))
        office.session.execute(update(Look).where(Look.case_id == chosen.case_id).values(place=None))
    assert "与复算结果不符" in browser_of("auditor").get(address).text


def test_anybody_repeats_it_with_a_checkpoint_kept_elsewhere_and_another_is_refused(app, browser_of, announced,
                                                                                   prepared):
    address, _numbers, sign = announced
    note = sign()
    browser_of("supervisor").post(f"{address}/draw")
    with prepared() as office:
        office.file()
    later = sign()
    auditor = browser_of("auditor")
    same = auditor.get(address, query_string={"note": note.replace("\n", "\r\n")})
    assert same.status_code == 200 and "复算得出同样的 2 件" in same.text
    for other, sentence in ((later, "这是另一个"), ("x", "这不是检查点"), ("\0", "这不是检查点")):
        answer = auditor.get(address, query_string={"note": other})
        assert answer.status_code == 200 and sentence in answer.text, sentence


def test_what_is_wrong_is_said_beside_its_field_and_kept(app, browser_of, announced, prepared, ask):
    address, _numbers, sign = announced
    supervisor, before = browser_of("supervisor"), len(ask(select(Entry)))
    with prepared() as office:
        good = rule(office)
    for wrong, field in (({"since": "gestern"}, "since"), ({"until": "9999-12-31"}, "until"), ({"share": "0"}, "share"),
                         ({"share": "viel"}, "share"), ({"since": "2001-01-01"}, "until"), ({"kind": "x"}, "kind")):
        for htmx in (False, True):
            answer = supervisor.post("/lookbacks", htmx=htmx, **good | {"class": "我写的类别"} | wrong)
            assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), wrong
            assert "我写的类别" in answer.text
    assert "无可抽取" in supervisor.post("/lookbacks", **good | {"class": "没有这一类\0"}).text
    sign()
    supervisor.post(f"{address}/draw")
    drawn = re.search(rf"{address}/cases/[\w-]+", supervisor.get(address).text)[0]
    for wrong, field in (({"result": "x", "finding": "写了很久"}, "result"), ({"result": "held"}, "finding"),
                         ({"result": "held", "finding": "写了很久", "reopen": "yes"}, "reopen")):
        answer = supervisor.post(drawn, **wrong)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), wrong
        assert wrong.get("finding", "") in answer.text
    answer = supervisor.post(f"{drawn}/hand", to="nobody")
    assert answer.status_code == 422
    assert len(ask(select(Entry))) == before + 2, "the key of the checkpoint, and the draw"


def test_one_who_is_not_there_is_not_found(app, browser_of, announced):
    address, numbers, _sign = announced
    supervisor = browser_of("supervisor")
    for page in ("/lookbacks/999", "/lookbacks/2147483648", f"{address}/cases/TS-2026-9999",
                 f"{address}/cases/{numbers[0]}"):
        assert supervisor.get(page).status_code == 404, page
    assert supervisor.post("/lookbacks/999/draw").status_code == 404


def test_an_empty_list_says_what_comes_next(app, browser_of):
    assert "还没有抽查" in browser_of("supervisor").get("/lookbacks").text
    assert 'action="/lookbacks"' not in browser_of("director").get("/lookbacks").text


def test_a_second_draw_at_the_same_moment_is_refused(app, browser_of, announced, ask):
    address, _numbers, sign = announced
    sign()
    supervisor = browser_of("supervisor")
    assert supervisor.post(f"{address}/draw").status_code == 303
    again = supervisor.post(f"{address}/draw")
    assert again.status_code == 422 and "只抽一次" in again.text
    assert len([entry for entry in ask(select(Entry)) if entry.verb == "lot_drawn"]) == 1
    assert len(ask(select(Lookback))) == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(app, browser_of, prepared, statements):
    def measured(cases: int) -> list[int]:
        with prepared() as office:
            office.later(days=-5)
            for _ in range(cases):
                office.closed()
            form = rule(office, share="100")
        supervisor = browser_of("supervisor")
        answer = supervisor.post("/lookbacks", **form)
        assert answer.status_code == 303, answer.text
        address = answer.location
        with prepared() as office:
            while sealing.take_in(office.session):
                pass
            sealing.sign(office.session, [SIGNER], at=office.now, words=str)
        assert supervisor.post(f"{address}/draw").status_code == 303
        pages = ("/lookbacks", address, f"{address}/population")
        for page in pages:
            supervisor.get(page)
        return [statements(lambda page=page: supervisor.get(page)) for page in pages]

    few, many = measured(3), measured(12)
    assert many == few and few[0] <= 5 and few[1] <= 12 and few[2] <= 6
