"""A new case through its form: what the kind asks for, every wrong field named, and nothing of what was typed lost."""

import re

from sqlalchemy import select

import workflows
from app.domain.cases import Case
from app.domain.numbers import written
from app.domain.privacy import Complainant
from tests.web.conftest import HTMX

GOOD = {"title": "联合验收反复退补", "facts": "第一行\r\n第二行", "source": "12345"}


def test_each_kind_is_filed_by_who_may_plain_and_with_htmx(app, browser_of, prepared, ask):
    with prepared() as office:
        origin = office.handed().number
    for kind, username in (("complaint", "registrar"), ("finding", "supervisor"), ("task", "dispatcher"),
                           ("accountability", "director")):
        form = GOOD | {"kind": kind} | (
            {"origin": origin, "complained_of": "zjj"} if kind == "accountability" else {})
        plain = browser_of(username).post("/cases", **form)
        assert plain.status_code == 303, kind
        htmx = browser_of(username).post("/cases", htmx=True, **form)
        assert (htmx.status_code, htmx.headers["HX-Redirect"].startswith("/cases/")) == (204, True)
        number = plain.location.rpartition("/")[2]
        assert number == written(workflows.get(kind).prefix, int(number.split("-")[1]), int(number.split("-")[2]))
    assert {case.facts for case in ask(select(Case)) if case.title == GOOD["title"]} == {"第一行\n第二行"}


def test_every_wrong_field_is_named_and_what_was_typed_is_still_there(app, browser_of, ask):
    registrar = browser_of("registrar")
    for htmx in (False, True):
        answer = registrar.post("/cases", htmx=htmx, kind="complaint", title=" ", facts="写了很久的 <事实>", source="",
                                grade="whim", phone="1" * 501, credit_code="91330000X", klass="长" * 121)
        assert answer.status_code == 422 and "写了很久的 &lt;事实&gt;" in answer.text
        for field in ("title", "source", "grade", "phone", "credit_code", "klass"):
            assert f'id="{field}-error"' in answer.text and f'href="#{field}"' in answer.text, field
        assert 'id="facts-error"' not in answer.text
    assert ask(select(Case)) == []


def test_dates_units_and_origins_that_are_none_are_refused_beside_their_field(app, browser_of, ask):
    for fields, field in (({"received_on": "gestern"}, "received_on"), ({"received_on": "2026-02-30"}, "received_on"),
                          ({"received_on": "9999-01-01"}, "received_on"),
                          ({"complained_of": "nowhere"}, "complained_of"),
                          ({"received_on": "0001-01-01"}, "received_on"), ({"origin": "TS-2026-9999"}, "origin"),
                          ({"origin": "a\0b"}, "origin")):
        kind, username = ("accountability", "director") if "origin" in fields else ("complaint", "registrar")
        answer = browser_of(username).post("/cases", **GOOD | {"kind": kind} | fields)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), fields
    assert ask(select(Case)) == []


def test_the_same_outside_number_of_the_same_source_is_on_the_books_only_once(app, browser_of, ask):
    registrar, form = browser_of("registrar"), GOOD | {"kind": "complaint", "outside_number": "LC-1"}
    assert registrar.post("/cases", **form).status_code == 303
    again = registrar.post("/cases", **form)
    assert again.status_code == 422 and 'id="outside_number-error"' in again.text
    assert registrar.post("/cases", **form | {"source": "走访"}).status_code == 303
    assert len(ask(select(Case))) == 2


def test_the_form_asks_for_what_the_kind_needs(app, browser_of):
    registrar = browser_of("registrar")
    complaint, task = (registrar.get(f"/cases/new?kind={kind}").text for kind in ("complaint", "task"))
    assert 'name="phone"' in complaint and 'name="redacted"' in complaint and 'name="phone"' not in task
    raised = browser_of("director").get("/cases/new?kind=accountability&origin=TS-2026-0001").text
    assert re.search(r'name="origin"[^>]*value="TS-2026-0001"', raised)
    assert registrar.get("/cases/new?kind=__class__").status_code == 200
    assert "<html" in registrar.get("/cases/new", headers=HTMX).text


def test_whoever_a_task_cannot_have_is_not_kept(app, browser_of, ask):
    browser_of("registrar").post("/cases", **GOOD, kind="task", name="某人", phone="13900000000")
    assert ask(select(Complainant)) == []


def test_what_is_not_for_ones_post_to_file_is_refused(app, browser_of, ask):
    for username, kind in (("registrar", "accountability"), ("dispatcher", "complaint"), ("liaison", "complaint"),
                           ("registrar", "tip_off"), ("registrar", "")):
        assert browser_of(username).post("/cases", **GOOD, kind=kind).status_code == 403, (username, kind)
    assert ask(select(Case)) == []
