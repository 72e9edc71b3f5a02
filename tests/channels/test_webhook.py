"""A group's robot: the two formats, the signature, and answers that hide a refusal inside a 200."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels import Letter, Undelivered, webhook
from tests.recorders import HANGS, Robot, nobody, running, took

AT = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
LETTER = Letter("letter-7@duban.test", "zhoumin", "督办 · TS-2026-0001", "http://duban.test/cases/TS-2026-0001\n", AT)


@pytest.fixture
def robot():
    with running(Robot()) as robot:
        yield robot


def send(url: str, letter=LETTER):
    webhook.send(letter, url=url, step=0.5, whole=1.5)


def refusal(url: str) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        send(url)
    return caught.value


def test_wecom_is_told_in_its_own_format(robot):
    send(robot.url("wecom"))
    assert robot.said == [{"msgtype": "text", "text": {
        "content": "督办 · TS-2026-0001\nhttp://duban.test/cases/TS-2026-0001\n", "mentioned_list": ["zhoumin"]}}]
    assert robot.asked == ["/robot/send?key=k"], "the fragment stays here"


def test_dingtalk_is_told_in_its_own_format_and_signed(robot):
    send(robot.url("dingtalk") + "&secret=SECx")
    (said,) = robot.said
    assert said["at"] == {"atUserIds": ["zhoumin"], "isAtAll": False} and "TS-2026-0001" in said["text"]["content"]
    query = parse_qs(urlsplit(robot.asked[0]).query)
    stamp = str(int(AT.timestamp() * 1000))
    signed = base64.b64encode(hmac.digest(b"SECx", f"{stamp}\nSECx".encode(), hashlib.sha256)).decode()
    assert query == {"key": ["k"], "timestamp": [stamp], "sign": [signed]}


@pytest.mark.parametrize(("url", "format", "secret"), [
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "wecom", ""),
    ("https://oapi.dingtalk.com/robot/send?access_token=t#SECabc", "dingtalk", "SECabc"),
    ("https://relay.gov.test/x#format=wecom", "wecom", None),
    ("https://relay.gov.test/x#format=dingtalk&secret=SEC1", "dingtalk", "SEC1"),
    ("https://relay.gov.test/x", "", ""),
])
def test_host_and_fragment_say_which_format(url, format, secret):
    found = webhook.options(url)
    assert (found["format"], found.get("secret")) == (format, secret)


@pytest.mark.parametrize(("status", "lasting", "is_down"), [
    (500, False, True), (502, False, True), (408, False, False), (429, False, True), (302, False, False),
    (400, True, False), (401, True, False), (404, True, False),
])
def test_a_status_says_whether_to_try_again(robot, status, lasting, is_down):
    robot.status = status
    undelivered = refusal(robot.url())
    assert (undelivered.lasting, undelivered.is_down) == (lasting, is_down)
    assert len(robot.asked) == 1, "nobody is sent elsewhere"


@pytest.mark.parametrize(("answer", "lasting"), [
    ({"errcode": 45009, "errmsg": "api freq out of limit"}, False), ({"errcode": -1, "errmsg": "busy"}, False),
    ({"errcode": 130101, "errmsg": "send too fast"}, False), ({"errcode": 93000, "errmsg": "invalid"}, True),
    ({"errcode": 310000, "errmsg": "sign not match"}, True), (b"<html>please sign in</html>", False),
    (b"", False), (b"[]", False), ({"ok": True}, False),
])
def test_a_200_without_errcode_0_is_no_delivery(robot, answer, lasting):
    robot.answer = answer
    assert refusal(robot.url()).lasting is lasting
    assert robot.said == []


def test_a_robot_that_hangs_costs_no_more_than_the_time_for_one_letter(robot):
    robot.hangs = True
    assert took(lambda: refusal(robot.url())) < HANGS / 2


def test_nobody_there_is_no_fault_of_the_letter():
    undelivered = refusal(f"http://{nobody()}/x#format=wecom")
    assert undelivered.is_down and not undelivered.lasting


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1500))
def test_no_text_is_longer_than_the_robot_takes_nor_cut_within_a_character(text):
    cut = webhook._cut(text)
    assert len(cut.encode()) <= webhook.LONGEST and text.startswith(cut)
