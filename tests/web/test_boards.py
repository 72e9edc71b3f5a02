"""Desk, overdue board, unit page and the trail of all: who is late, what is whose, and the list behind each number."""

import re

import pytest

from tests.web.conftest import HTMX


@pytest.fixture
def several(prepared):
    with prepared() as office:
        now = office.now
        office.until(2026, 3, 2)
        late = office.handed(title="早已逾期")
        office.now = now
        fresh = office.handed(title="刚刚交办", supports=["zrzy"])
        county = office.file("task", title="县里的任务")
        office.assign(county, lead="qx")
        filed = office.file(title="等待交办")
        return {"late": late, "fresh": fresh, "county": county, "filed": filed}


def test_everybody_finds_on_his_desk_what_is_his_today_with_the_next_step(app, browser_of, several):
    for username, shown in (("liaison", {"late", "fresh"}), ("county", {"county"}), ("outsider", set()),
                            ("sysadmin", set()), ("auditor", set())):
        page = browser_of(username).get("/").text
        found = {name for name, case in several.items() if f'href="/cases/{case.number}"' in page}
        assert found == shown, username
    assert several["filed"].number in browser_of("dispatcher").get("/").text
    desk = browser_of("liaison").get("/").text
    assert desk.index("早已逾期") < desk.index("刚刚交办"), "the late one stands first"


def test_the_board_counts_and_shows_the_list_behind_each_number(app, browser_of, several):
    supervisor = browser_of("supervisor")
    page = supervisor.get("/overdue")
    assert "早已逾期" in page.text and "刚刚交办" not in page.text
    rows = supervisor.get("/overdue?unit=zjj&which=open", headers=HTMX)
    assert rows.text.lstrip()[:200].count('id="overdue-list"') == 1 and "<html" not in rows.text
    assert "刚刚交办" in rows.text and "县里的任务" not in rows.text
    assert "市住建局" not in re.sub(r"<(header|footer).*?</\1>", "", supervisor.get(
        "/overdue?group=county&unit=qx&which=open").text, flags=re.S)


def test_a_board_asked_for_nonsense_shows_itself_all_the_same(app, browser_of, several):
    for query in ("unit=nowhere", "which=x", "group=x", "unit=%00&which=%00", "unit=<b>"):
        answer = browser_of("supervisor").get(f"/overdue?{query}")
        assert answer.status_code == 200 and "<b>" not in answer.text.partition("<main")[2], query


def test_the_unit_page_says_where_the_unit_stands_to_its_own_and_to_the_office(app, browser_of, several):
    for username, code in (("liaison", 200), ("principal", 200), ("director", 200), ("auditor", 200),
                           ("supporter", 404), ("county", 404), ("sysadmin", 404)):
        answer = browser_of(username).get("/units/zjj")
        assert answer.status_code == code, username
        assert ("早已逾期" in answer.text) is (code == 200)
    assert "县里的任务" not in browser_of("director").get("/units/zjj").text
    assert browser_of("director").get("/units/nowhere").status_code == 404


def test_the_trail_of_all_shows_the_newest_acts_and_no_texts(app, browser_of, several):
    page = browser_of("auditor").get("/trail").text
    assert all(case.number in page for case in several.values()) and "一次性列明缺项" not in page


def test_the_trail_of_a_case_can_be_narrowed_to_one_act(app, browser_of, several):
    number = several["fresh"].number
    whole, narrowed, none = (browser_of("auditor").get(f"/cases/{number}/trail?step={step}").text.count(
        'class="moj-timeline__item') for step in ("", "assign", "<nothing>"))
    assert (whole, narrowed, none) == (2, 1, 0)
