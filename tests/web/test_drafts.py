"""What is being typed is kept: it outlives the session, is its writer's alone, and is in the form again."""

from sqlalchemy import select

from app.domain.drafts import Draft
from tests.web.conftest import HTMX


def test_a_draft_outlives_a_lost_session(app, browser_of, client_of, token_of, ask):
    registrar = browser_of("registrar")
    answer = registrar.post("/drafts/new/complaint", title="写了半天", facts="第一段\r\n第二段", source="走访")
    assert answer.status_code == 303
    registrar.post("/logout")
    assert registrar.get("/cases/new").status_code == 303
    again = client_of("registrar")
    page = again.get("/cases/new?kind=complaint").text
    assert "写了半天" in page and "第一段\n第二段" in page
    assert "/cases/new?kind=complaint" in again.get("/").text, "the desk leads back to it"
    assert browser_of("supervisor").get("/cases/new?kind=finding").text.count("写了半天") == 0
    again.post("/cases", data={"csrf_token": token_of(again), "kind": "complaint", "title": "写了半天", "facts": "x",
                               "source": "走访"})
    assert ask(select(Draft)) == [], "what was sent is no draft any more"


def test_a_refused_filing_keeps_the_draft_and_shows_what_was_typed(app, browser_of, ask):
    registrar = browser_of("registrar")
    registrar.post("/drafts/new/task", title="任务", facts="事")
    answer = registrar.post("/cases", kind="task", title="任务", facts="改了的事实", source="")
    assert answer.status_code == 422 and "改了的事实" in answer.text and len(ask(select(Draft))) == 1


def test_the_page_keeps_it_by_itself_and_says_so(app, browser_of, ask):
    registrar = browser_of("registrar")
    answer = registrar.post("/drafts/new/task", headers=HTMX, title="甲")
    assert answer.status_code == 200 and "<html" not in answer.text and 'id="saved"' in answer.text
    registrar.post("/drafts/new/task", headers=HTMX, title="乙")
    assert [draft.fields for draft in ask(select(Draft))] == [{"title": "乙"}]


def test_supporting_units_are_kept_row_by_row(app, browser_of, prepared):
    with prepared() as office:
        number = office.file().number
    dispatcher = browser_of("dispatcher")
    dispatcher.post(f"/drafts/{number}/assign", **{
        "lead": "gd", "supports-0-unit": "zrzy", "supports-0-task": "核实地籍", "supports-3-unit": "",
        "supports-²-unit": "qx"})
    page = dispatcher.get(f"/cases/{number}/steps/assign").text
    assert 'value="gd" selected' in page and 'value="zrzy" selected' in page and "核实地籍" in page


def test_one_goes_back_to_where_one_was_and_nowhere_else(app, browser_of):
    registrar = browser_of("registrar")
    for referrer, to in (("http://localhost/cases/new", "http://localhost/cases/new"), ("https://evil.example/", "/"),
                         ("http://localhost.evil.example/", "/"), ("", "/")):
        answer = registrar.post("/drafts/new/task", headers={"Referer": referrer}, title="x")
        assert (answer.status_code, answer.location) == (303, to)


def test_a_draft_of_nothing_we_know_breaks_no_page(app, browser_of, ask):
    registrar = browser_of("registrar")
    for form in ("new/xyz", "x", "x/y/z", "TS-2026-0001/fly", "<b>", "a" * 80):
        assert registrar.post(f"/drafts/{form}", title="x").status_code == 303
    assert registrar.post(f"/drafts/{'a' * 81}", title="x").status_code == 404
    page = registrar.get("/")
    assert page.status_code == 200 and "<b></a>" not in page.text
