"""The page of the ladder: read by the office, looked at first and then set by the security administrator."""

import html
import re

import pytest
from sqlalchemy import select

from app.domain import trail
from app.domain.errands import Errand
from app.domain.ladder import Rung

GIVEN = {"kind": "complaint", "basis": "市营商办〔2026〕9号", "valid_from": "2026-01-01", "after-1": "2",
         "after-2": "5", "after-3": "10", "after-4": "15", "after-5": "20", "after-6": "30",
         **{f"paper-{level}": "yes" for level in range(2, 7)}}


@pytest.fixture
def case(prepared):
    with prepared() as office:
        office.until(2026, 3, 2)
        case = office.at_work()
        sealed = office.at_work(sealed=True)
        for each in (case, sealed):
            for node in office.nodes(each).values():
                node.rung = 0  # reminded of; so that the slip is next
        return {"open": case.number, "sealed": sealed.number}


def test_it_is_looked_at_and_then_set_with_what_the_look_carried(browser_of, case, ask):
    secadmin = browser_of("secadmin")
    look = secadmin.post("/ladder", look="1", **GIVEN)
    assert look.status_code == 200 and case["open"] in look.text and case["sealed"] not in look.text
    assert "尚未写入任何内容" in look.text
    assert ask(select(Rung.after).where(Rung.kind == "complaint")) == []
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', look.text))
    carried = {name: html.unescape(value) for name, value in carried.items() if name != "csrf_token"}
    assert carried == GIVEN
    made = secadmin.post("/ladder", **carried)
    assert made.status_code == 303 and ask(select(Rung.after).where(Rung.kind == "complaint")) == [2]
    assert [e.verb for e in ask(trail.of(trail.OFFICE))][-1] == "ladder_set"
    assert ask(select(Errand.what)) == ["reproject"]
    assert secadmin.get(made.location).status_code == 200


def test_a_wrong_field_gets_its_sentence_and_keeps_what_was_typed(browser_of, ask):
    answer = browser_of("secadmin").post("/ladder", look="1", **(GIVEN | {"after-3": "<b>drei", "after-4": "4"}))
    assert answer.status_code == 422 and 'id="after-3-error"' in answer.text and 'id="after-4-error"' in answer.text
    assert 'value="&lt;b&gt;drei"' in answer.text and GIVEN["basis"] in answer.text and "<b>drei" not in answer.text
    assert ask(select(Rung.id).where(Rung.kind == "complaint")) == []


def test_the_office_and_auditors_read_it_and_set_nothing(browser_of):
    for username, code in (("director", 200), ("supervisor", 200), ("auditor", 200), ("liaison", 403),
                           ("sysadmin", 403), ("logadmin", 403)):
        answer = browser_of(username).get("/ladder?kind=complaint")
        assert answer.status_code == code and 'name="after-1"' not in answer.text, username
        assert browser_of(username).post("/ladder", **GIVEN).status_code == 403, username


@pytest.mark.parametrize("query", ["kind=nothing", "kind=%00", "kind=<b>"])
def test_a_kind_that_is_none_shows_the_ladder_for_all(browser_of, query):
    assert browser_of("secadmin").get(f"/ladder?{query}").status_code == 200
