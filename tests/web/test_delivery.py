"""How I am told: everybody's own page, what it refuses, and what it never shows."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.deliveries import Delivery
from app.domain.letters import Letter

GIVEN = {"email": "zhou@example.test", "by_email": "on", "webhook": "zhoumin", "by_webhook": "on",
         "quiet_from": "21:30", "quiet_until": "07:30", "digest_at": "08:00"}


@pytest.fixture(autouse=True)
def set_up(app):
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, smtp_url="smtp://mail.test", mail_from="duban@ysb.test",
                                         webhook_url="https://qyapi.weixin.qq.com/x?key=geheim")
    yield
    app.extensions["settings"] = before


def everything(ask) -> list[tuple]:
    return [(d.email, d.by_email, d.webhook, d.by_webhook, d.quiet_from, d.quiet_until, d.digest_at)
            for d in _rows(ask, Delivery)]


def _rows(ask, table):
    return ask(select(table))


def test_what_is_kept_is_what_was_said(browser_of, ask):
    liaison = browser_of("liaison")
    assert liaison.post("/delivery", **GIVEN).status_code == 303
    assert everything(ask) == [("zhou@example.test", True, "zhoumin", True, "21:30", "07:30", "08:00")]
    page = liaison.get("/delivery").text
    for value in ("zhou@example.test", "zhoumin", "21:30", "07:30", "08:00"):
        assert f'value="{value}"' in page
    assert page.count(" checked") == 2 and "geheim" not in page
    liaison.post("/delivery", **{k: v for k, v in GIVEN.items() if k not in ("by_email", "by_webhook", "digest_at")})
    assert everything(ask) == [("zhou@example.test", False, "zhoumin", False, "21:30", "07:30", None)]


@pytest.mark.parametrize(("field", "value"), [
    ("email", "zhou"), ("email", "zhou@example.test, all@example.test"), ("email", "周敏@example.test"),
    ("email", "zhou@example.test\r\nBcc: x@y.test"), ("email", ""), ("webhook", ""), ("webhook", "a b"),
    ("webhook", "x" * 65), ("quiet_from", "25:00"), ("quiet_from", ""), ("quiet_until", "7:30"),
    ("quiet_until", "21:30"), ("digest_at", "22:00"), ("digest_at", "noon"), ("email", "a@" + "b" * 300),
])
def test_what_cannot_be_is_said_beside_its_field_and_changes_nothing(browser_of, ask, field, value):
    answer = browser_of("liaison").post("/delivery", **{**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "email":
        assert 'value="zhou@example.test"' in answer.text, "what was typed stays"
    assert everything(ask) == []


def test_a_test_message_is_asked_for_once_a_minute_and_shown(browser_of, ask):
    liaison = browser_of("liaison")
    assert liaison.post("/delivery/tests", channel="email").status_code == 422
    liaison.post("/delivery", **GIVEN)
    assert liaison.post("/delivery/tests", channel="carrier pigeon").status_code == 422
    assert liaison.post("/delivery/tests", channel="email").status_code == 303
    assert liaison.post("/delivery/tests", channel="webhook").status_code == 422
    assert [(letter.channel, letter.address, letter.state) for letter in _rows(ask, Letter)] == [
        ("email", "zhou@example.test", "waiting")]
    assert "排队中" in liaison.get("/delivery").text


def test_words_of_a_server_are_shown_as_words(browser_of, app, ask, prepared):
    liaison = browser_of("liaison")
    liaison.post("/delivery", **GIVEN)
    liaison.post("/delivery/tests", channel="email")
    with prepared() as office:
        letter = office.session.query(Letter).one()
        letter.state, letter.trouble, letter.attempts = "failed", "550 <script>alert(1)</script>", 1
    page = liaison.get("/delivery").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_one_officers_settings_are_not_anothers(browser_of):
    browser_of("liaison").post("/delivery", **GIVEN)
    assert "zhou" not in browser_of("dispatcher").get("/delivery").text


def test_where_nothing_is_set_up_the_page_says_so_and_keeps_what_was_said_before(browser_of, app, ask):
    liaison = browser_of("liaison")
    liaison.post("/delivery", **GIVEN)
    before = everything(ask)
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url="", webhook_url="")
    page = liaison.get("/delivery").text
    assert "没有设置邮件服务器" in page and "没有设置群机器人" in page and "/delivery/tests" not in page
    assert liaison.post("/delivery", **GIVEN).status_code == 303
    assert everything(ask) == before


def test_every_post_has_the_page(browser_of):
    for username in ("registrar", "leader", "auditor", "sysadmin", "discipline", "principal"):
        page = browser_of(username).get("/delivery")
        assert page.status_code == 200 and 'href="/delivery"' in page.text
