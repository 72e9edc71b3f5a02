"""Saved views: a filter under a name, its owner's alone."""

from urllib.parse import quote

from sqlalchemy import select

from app.domain.views import View


def mine(ask) -> list[View]:
    return [view for view in ask(select(View)) if view.officer_id is not None]


def test_a_view_is_kept_shown_used_and_thrown_away(app, browser_of, ask):
    director = browser_of("director")
    answer = director.post("/views", name="住建未结", query="unit=zjj&state=open")
    assert answer.status_code == 303
    (view,) = mine(ask)
    assert (view.name, view.query) == ("住建未结", "state=open&unit=zjj")
    assert answer.location == f"/cases?{view.query}"
    page = director.get(answer.location).text
    assert "住建未结" in page and f"/views/{view.id}/removal" in page
    assert "住建未结" not in browser_of("supervisor").get("/cases").text
    assert browser_of("supervisor").post(f"/views/{view.id}/removal").status_code == 404
    assert director.post(f"/views/{view.id}/removal").location == "/cases"
    assert mine(ask) == [] and director.post(f"/views/{view.id}/removal").status_code == 404


def test_the_same_name_again_changes_the_view(app, browser_of, ask):
    for query in ("state=open", "kind=task"):
        browser_of("director").post("/views", name="一", query=query)
    assert [(view.name, view.query) for view in mine(ask)] == [("一", "kind=task")]


def test_what_is_no_filter_is_not_kept(app, browser_of, ask):
    director = browser_of("director")
    for query in ("https://evil.example", "\r\nSet-Cookie: x=1", "after=~5&kind=nonsense", "\0", "&&&"):
        answer = director.post("/views", name="坏", query=query)
        assert (answer.status_code, answer.location) == (303, "/cases"), query
    assert [view.query for view in mine(ask)] == [""]


def test_a_view_too_long_or_without_a_name_is_refused_with_a_sentence(app, browser_of, ask):
    for form in ({"name": "", "query": "kind=task"}, {"name": "长" * 41, "query": ""}, {"query": "kind=task"},
                 {"name": "长", "query": f"q={quote('长' * 100)}"}):
        assert browser_of("director").post("/views", **form).status_code == 422, form
    assert mine(ask) == []


def test_the_offices_own_views_cannot_be_thrown_away(app, browser_of, prepared):
    with prepared() as office:
        office.session.add(view := View(officer_id=None, name="全办", query="state=open"))
        office.session.flush()
    assert "全办" in browser_of("director").get("/cases").text
    assert browser_of("director").post(f"/views/{view.id}/removal").status_code == 404
