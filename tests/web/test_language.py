"""The other language: kept in a cookie, and never a way off this host."""

from app.web.speech import COOKIE


def test_the_pages_speak_the_language_that_was_chosen(app, browser_of):
    liaison = browser_of("liaison")
    assert 'lang="zh-CN"' in liaison.get("/").text
    answer = liaison.get("/language/en?back=/cases?state%3Dopen")
    assert (answer.status_code, answer.location) == (303, "/cases?state=open")
    assert 'lang="en"' in liaison.get("/").text and "My desk" in liaison.get("/").text
    liaison.get("/language/zh")
    assert 'lang="zh-CN"' in liaison.get("/").text


def test_the_choice_is_kept_for_a_visitor_too_and_hidden_from_scripts(app):
    client = app.test_client()
    cookie = client.get("/language/en").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert 'lang="en"' in client.get("/login").text


def test_the_way_back_is_a_page_of_ours(app):
    for back in ("https://evil.example", "//evil.example", "/\\evil", "/%09/evil.example", "", "%00"):
        assert app.test_client().get(f"/language/en?back={back}").location == "/", back


def test_there_is_no_third_language(app):
    for code in ("fr", "..", "zh-CN", "%00", "en.pot"):
        answer = app.test_client().get(f"/language/{code}")
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (404, None), code


def test_a_cookie_with_another_language_is_ignored(app):
    client = app.test_client()
    for value in ("fr", "../../etc/passwd", "\u4e2d"):
        client.set_cookie(COOKIE, value)
        assert 'lang="zh-CN"' in client.get("/login").text
