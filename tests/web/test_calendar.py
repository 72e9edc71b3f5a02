"""The calendar and the rules at the door: looked at first, then made, and followed until the last date has moved."""

import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import jobs
from app.cli import main
from app.domain import trail
from app.domain.clocks import TimeNode
from app.domain.trail import Entry
from app.domain.workdays import Calendar
from app.extensions import db
from tests.web.conftest import HTMX

RULE = {"profile": "本办", "purpose": "handle", "kind": "complaint", "class": "", "grade": "ordinary", "budget": "15",
        "counted": "workday", "cap": "10", "extensions": "1", "remind": "3", "basis": "市政办〔2026〕8号"}


def work(app) -> None:
    with app.app_context():
        while jobs.one(app):
            pass


@pytest.fixture
def running(prepared):
    """A case at work, and the last working day of its handling."""
    with prepared() as office:
        today = office.today  # at work it is an hour later, which may be tomorrow
        case = office.at_work()
        node = office.nodes(case)["handle"]
        off = node.started_on + timedelta(days=1)
        while not office.register.calendar.is_workday(off):
            off += timedelta(days=1)
        return {"number": case.number, "no": node.no, "due_on": node.due_on, "off": off, "today": today}


def own_day(running, **more) -> dict:
    return {"what": "own", "on": running["off"].isoformat(), "is_off": "off", "name": "火把节",
            "reason": "州政府令"} | more


def test_a_day_of_the_citys_own_is_looked_at_then_set_and_the_dates_follow(app, browser_of, running, ask):
    admin, handle = browser_of("secadmin"), select(TimeNode.due_on).where(TimeNode.purpose == "handle")
    before = ask(select(func.count()).select_from(Entry))
    look = admin.post("/calendar", look="1", **own_day(running))
    assert look.status_code == 200 and running["number"] in look.text and "尚未写入任何内容" in look.text
    assert ask(select(func.count()).select_from(Entry)) == before and ask(handle) == [running["due_on"]]
    made = admin.post("/calendar", **own_day(running))
    assert made.status_code == 303
    assert "calendar-progress" in admin.get(made.location, headers=HTMX).text
    work(app)
    assert ask(handle)[0] > running["due_on"]
    assert "已调整2个日期" in admin.get(made.location).text
    verbs = [entry.verb for entry in ask(trail.of(running["number"]))]
    assert verbs[-1] == "reprojected"
    page = browser_of("director").get(f"/calendar?year={running['off'].year}").text
    assert "火把节" in page and "州政府令" in page
    gone = {"what": "gone", "on": running["off"].isoformat(), "reason": "撤销"}
    admin.post("/calendar", **gone)
    work(app)
    assert ask(handle) == [running["due_on"]], "taken away, the date is what it was"


def test_next_years_schedule_comes_as_a_file_or_typed(app, browser_of, ask):
    director = browser_of("director")
    file = {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
    look = director.client.post("/calendar", data={
        "csrf_token": director.token, "what": "year", "look": "1", "source": "国办发明电〔2026〕7号",
        "file": (io.BytesIO(json.dumps(file).encode()), "2027.json")})
    assert look.status_code == 200 and "国办发明电〔2026〕7号" in look.text
    made = director.post("/calendar", what="year", source="国办发明电〔2026〕7号", json=json.dumps(file))
    assert made.status_code == 303
    typed = director.post("/calendar", what="year", source="更正", year="2027",
                          days="2027-01-01 off 元旦\n2027-01-02 班 元旦")
    assert typed.status_code == 303
    page = browser_of("liaison").get("/calendar?year=2027").text
    assert "更正" in page and "元旦" in page
    assert [e.verb for e in ask(trail.of(trail.OFFICE))][-2:] == ["calendar_loaded", "calendar_loaded"]


@pytest.mark.parametrize("fields", [
    {"what": "year", "source": "x", "json": "{"}, {"what": "year", "source": "x", "json": "[]"},
    {"what": "year", "source": "x", "json": '{"year": 2027, "days": []}'}, {"what": "year", "source": "", "json": "{}"},
    {"what": "year", "source": "x", "year": "2027", "days": "2027-01-01 maybe"},
    {"what": "year", "source": "x", "year": "2027", "days": "2027-01-01 off\n2027-01-01 off"},
    {"what": "year", "source": "x", "year": "x", "days": "2027-01-01 off"},
    {"what": "own", "on": "2026-02-30", "name": "x", "reason": "x"}, {"what": "own", "on": "", "name": "x"},
    {"what": "own", "on": "2031-01-01", "name": "x", "reason": "x"},
    {"what": "own", "on": "2026-12-07", "is_off": "off", "name": "", "reason": "x"},
    {"what": "own", "on": "2020-01-04", "is_off": "worked", "name": "x", "reason": "x"},
    {"what": "gone", "on": "2026-12-01", "reason": "x"},
])
def test_a_doubtful_change_is_refused_with_a_sentence(browser_of, ask, fields):
    before = ask(select(func.count()).select_from(Entry))
    for more in ({}, {"look": "1"}):
        answer = browser_of("secadmin").post("/calendar", **fields, **more)
        assert answer.status_code == 422 and "error-summary" in answer.text
    assert ask(select(func.count()).select_from(Entry)) == before


def test_a_rule_is_looked_at_then_set_withdrawn_and_each_is_an_entry(app, browser_of, running, ask):
    admin = browser_of("secadmin")
    rule = RULE | {"valid_from": running["today"].isoformat()}
    look = admin.post("/rules", look="1", **rule)
    assert look.status_code == 200 and running["number"] in look.text
    assert admin.post("/rules", **rule).status_code == 303
    work(app)
    assert ask(select(TimeNode.budget).where(TimeNode.purpose == "handle")) == [15]
    page = browser_of("auditor").get("/rules")
    assert "市政办〔2026〕8号" in page.text and "废止" not in page.text
    refused = admin.post("/rules", look="1", **rule | {"budget": "-1"})
    assert refused.status_code == 422 and 'id="budget-error"' in refused.text and "error-summary" in refused.text
    assert browser_of("director").post("/rules", **rule).status_code == 403
    assert [e.verb for e in ask(trail.of(trail.OFFICE))][-1] == "rules_set"


def test_a_whole_set_of_rules_is_taken_over(app, browser_of, running, ask):
    admin = browser_of("secadmin")
    fields = {"take": "济南市优化营商环境条例", "valid_from": running["today"].isoformat(), "to_open": "yes"}
    assert "济南市优化营商环境条例" in admin.post("/rules", look="1", **fields).text
    assert admin.post("/rules", **fields).status_code == 303
    work(app)
    assert ask(select(TimeNode.budget).where(TimeNode.purpose == "handle")) == [5]
    assert admin.post("/rules", take="无此", valid_from="2026-01-01").status_code == 400
    assert admin.post("/rules", take="张家界市", valid_from="soon").status_code == 422


def test_a_date_beyond_the_published_calendar_is_called_provisional_on_every_desk(browser_of, prepared, monkeypatch):
    with prepared() as office:
        case = office.at_work()
        office.step(case, "ask_extension", "liaison", days=5, reason="鉴定未出")
    monkeypatch.setattr(Calendar, "is_known", lambda self, on: True)
    for whose in ("liaison", "principal"):  # for one a running term, for the other a matter that waits
        assert "暂定" not in browser_of(whose).get("/").text
    monkeypatch.setattr(Calendar, "is_known", lambda self, on: False)
    for whose in ("liaison", "principal"):
        assert " · 暂定</p>" in browser_of(whose).get("/").text


def test_every_date_explains_itself_day_by_day(app, browser_of, running, prepared):
    url = f"/cases/{running['number']}/why/{running['no']}"
    page = browser_of("liaison").get(url)
    assert page.status_code == 200 and "chinesecalendar" in page.text and url in browser_of("liaison").get(
        f"/cases/{running['number']}").text
    assert browser_of("liaison").get(url, headers=HTMX).text.lstrip().startswith('<div id="reasons-count"')
    assert browser_of("outsider").get(url).status_code == 404
    assert browser_of("liaison").get(f"/cases/{running['number']}/why/99").status_code == 404
    answer = app.test_cli_runner().invoke(main, ["calendar", "why", running["number"]])
    with app.app_context():
        db.session.remove()
    assert answer.exit_code == 0 and running["due_on"].isoformat() in answer.output
