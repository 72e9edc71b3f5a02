"""Influence periods: read by the office, set by the security administrator, and what a decision takes from them."""

from sqlalchemy import select

from app.domain import trail
from app.domain.influences import Influence
from app.domain.trail import Entry

GOOD = {"method": "admonition", "months": "6", "basis": "《干部提醒函询诫勉实施细则》", "valid_from": "2026-01-01"}


def test_the_security_administrator_sets_one_and_a_decision_takes_it(app, browser_of, prepared, ask):
    secadmin = browser_of("secadmin")
    assert "记大过" in secadmin.get("/influences").text and "18 个月" in secadmin.get("/influences").text
    assert secadmin.post("/influences", **GOOD).status_code == 303
    assert "实施细则" in browser_of("auditor").get("/influences").text
    last = ask(trail.of("office"))[-1]
    assert (last.verb, trail.facts(last)["periods"][0]["months"]) == ("influences_set", 6)
    with prepared() as office:
        case = office.file("accountability", origin=office.handed())
        office.assign(case, lead="jw")
        office.start(case, by="discipline")
        office.submit(case, by="discipline", method="admonition", decided_on="2026-03-31")
        assert office.last(case)["answers"]["effective_until"] == "2026-09-30"


def test_one_of_the_same_day_gives_way(app, browser_of, ask):
    secadmin = browser_of("secadmin")
    for months in ("6", "9"):
        assert secadmin.post("/influences", **GOOD | {"months": months}).status_code == 303
    rows = ask(select(Influence).where(Influence.method == "admonition"))
    assert sorted((row.months, row.withdrawn_at is None) for row in rows) == [(6, False), (9, True)]


def test_what_is_wrong_is_said_beside_its_field_and_kept(app, browser_of, ask):
    before = len(ask(select(Entry)))
    for wrong, field in (({"method": "none"}, "method"), ({"method": "x"}, "method"), ({"months": "0"}, "months"),
                         ({"months": "-6"}, "months"), ({"months": "121"}, "months"), ({"basis": " "}, "basis"),
                         ({"valid_from": "gestern"}, "valid_from"), ({"valid_from": "1900-01-01"}, "valid_from"),
                         ({"valid_from": "9999-12-31"}, "valid_from")):
        answer = browser_of("secadmin").post("/influences", **GOOD | {"basis": "写好的依据"} | wrong)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), wrong
        assert "写好的依据" in answer.text or field == "basis"
    assert len(ask(select(Entry))) == before


def test_others_set_none(app, browser_of):
    for username in ("director", "supervisor", "auditor", "sysadmin", "logadmin"):
        assert browser_of(username).post("/influences", **GOOD).status_code == 403
    assert 'action="/influences"' not in browser_of("director").get("/influences").text
