"""People at the door: accounts by one administrator, posts by another, and a leaver's work handed over in one act."""

from sqlalchemy import select

from app.domain import trail
from app.domain.people import Officer, Post


def test_an_account_is_opened_by_one_and_given_a_post_by_another(app, browser_of, ask):
    assert browser_of("sysadmin").post("/officers", username="new", name="新人", title="科员").status_code == 303
    assert browser_of("sysadmin").post("/officers/new/posts", post="liaison", unit="gd").status_code == 403
    assert browser_of("secadmin").post("/officers", username="x", name="乙").status_code == 403
    assert browser_of("secadmin").post("/officers/new/posts", post="liaison", unit="gd").status_code == 303
    assert browser_of("logadmin").post("/officers/new/posts", post="director", unit="ysb").status_code == 403
    assert [o.password for o in ask(select(Officer)) if o.username == "new"] == [None], "no default password"
    verbs = [(e.verb, e.actor) for e in ask(trail.of(trail.OFFICE))][-2:]
    assert verbs == [("officer_added", "sysadmin"), ("post_given", "secadmin")]
    page = browser_of("logadmin").get("/officers").text
    assert "新人" in page and "科员" in page


def test_what_cannot_be_is_refused_with_a_sentence(app, browser_of, ask):
    before = len(ask(trail.of(trail.OFFICE)))
    for username, url, form, code in (
        ("sysadmin", "/officers", {"username": "liaison", "name": "重名"}, 422),
        ("sysadmin", "/officers", {"username": "", "name": "甲"}, 422), ("sysadmin", "/officers", {}, 422),
        ("secadmin", "/officers/liaison/posts", {"post": "king", "unit": "zjj"}, 422),
        ("secadmin", "/officers/liaison/posts", {"post": "director", "unit": "zjj"}, 422),
        ("secadmin", "/officers/liaison/posts", {"post": "liaison", "unit": "zf"}, 422),
        ("secadmin", "/officers/liaison/posts", {"post": "liaison", "unit": "nowhere"}, 404),
        ("secadmin", "/officers/nobody/posts", {"post": "liaison", "unit": "zjj"}, 404),
        ("secadmin", "/officers/liaison/handover", {"successor": "liaison", "reason": "x"}, 422),
        ("secadmin", "/officers/liaison/handover", {"successor": "county"}, 422),
        ("secadmin", "/officers/liaison/handover", {"successor": "nobody", "reason": "x"}, 404),
        ("secadmin", "/officers/liaison/posts/99999/end", {}, 404),
    ):
        answer = browser_of(username).post(url, **form)
        assert answer.status_code == code, (url, form)
    assert len(ask(trail.of(trail.OFFICE))) == before


def test_an_ended_post_ends_what_it_opened_at_once(app, browser_of, ask):
    held = select(Post).join(Officer, Officer.id == Post.officer_id).where(Officer.username == "liaison")
    liaison, (post,) = browser_of("liaison"), ask(held)
    assert liaison.get("/").status_code == 200
    assert browser_of("secadmin").post(f"/officers/liaison/posts/{post.id}/end").status_code == 303
    assert liaison.get("/").status_code == 303, "without a post there is nothing to be signed in for"
    assert browser_of("secadmin").post(f"/officers/liaison/posts/{post.id}/end").status_code == 404


def test_a_leaver_hands_everything_over_in_one_act(app, browser_of, prepared):
    with prepared() as office:
        case = office.handed()
    browser_of("liaison").post(f"/drafts/{case.number}/start", plan="写了一半")
    answer = browser_of("secadmin").post("/officers/liaison/handover", successor="county", reason="调任")
    assert answer.status_code == 303
    assert browser_of("liaison").get("/").status_code == 303
    heir = browser_of("county")
    assert case.number in heir.get("/").text and "写了一半" in heir.get(f"/cases/{case.number}/steps/start").text


def test_a_post_of_another_officer_is_not_ended_under_this_ones_name(app, browser_of, ask):
    directors = ask(select(Post).join(Officer, Officer.id == Post.officer_id).where(Officer.username == "director"))
    answer = browser_of("secadmin").post(f"/officers/liaison/posts/{directors[0].id}/end")
    assert answer.status_code == 404
    assert ask(select(Post.until).where(Post.id == directors[0].id)) == [None]
