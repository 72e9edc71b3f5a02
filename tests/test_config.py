"""Settings of the post: a bad value stops the start with a sentence that gives no secret away."""

import pytest

from app import config


def read(**environ):
    return config.read({f"DUBAN_{name}": value for name, value in environ.items()})


@pytest.mark.parametrize("url", [
    "smtp://mail.test", "smtps://duban:geheim@mail.test:465", "smtp+starttls://d%40x:ge%3Aheim@[::1]:587"])
def test_mail_servers_are_given_by_address(url):
    assert read(SMTP_URL=url, MAIL_FROM="督办 <duban@ysb.test>").smtp_url == url


@pytest.mark.parametrize("url", [
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "https://oapi.dingtalk.com/robot/send?access_token=t#SECx",
    "http://relay.test/x#format=dingtalk&secret=geheim"])
def test_robots_are_given_by_address(url):
    assert read(WEBHOOK_URL=url).webhook_url == url


@pytest.mark.parametrize("given", [
    {"SMTP_URL": "geheim"}, {"SMTP_URL": "http://geheim@mail.test"}, {"SMTP_URL": "smtp://"},
    {"SMTP_URL": "smtp://geheim@mail.test:99999"}, {"SMTP_URL": "smtp://[geheim"},
    {"SMTP_URL": "smtp://d:geheim@mail.test"}, {"SMTP_URL": "smtp://geheim@mail.test", "MAIL_FROM": "nobody"},
    {"WEBHOOK_URL": "ftp://geheim.test/x"}, {"WEBHOOK_URL": "geheim"},
    {"WEBHOOK_URL": "https://relay.test/x?key=geheim"}, {"WEBHOOK_URL": "https://relay.test/x#format=geheim"},
])
def test_what_cannot_be_is_refused_in_a_sentence_that_gives_no_secret_away(given):
    with pytest.raises(config.Misconfigured) as caught:
        read(**({"MAIL_FROM": "duban@ysb.test"} if "key" in given else {}) | given)
    assert str(caught.value).startswith("DUBAN_") and str(caught.value).endswith(".")
    assert "geheim" not in str(caught.value)
    assert repr(config.Settings(smtp_url="geheim", webhook_url="geheim")).count("geheim") == 0
