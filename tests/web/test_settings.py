"""The settings at the door: one page, one hand that changes it, and each administrator kept to his own."""

from sqlalchemy import func, select

from app import lodging, postroom, sealing
from app.domain import settings
from app.domain.people import Officer
from app.domain.trail import Entry
from app.extensions import db
from tests.web.conftest import HTMX
from tests.witnesses import Witness

COUNT = select(func.count()).select_from(Entry)


def test_the_security_administrator_changes_it_and_everybody_concerned_reads_it(app, browser_of, ask):
    answer = browser_of("secadmin").post("/settings/separated", value="on", basis="等保三级")
    assert (answer.status_code, answer.location) == (303, "/settings")
    for username in ("secadmin", "sysadmin", "logadmin", "auditor"):
        page = browser_of(username).get("/settings").text
        assert "已分设" in page and "等保三级" in page and "安然" in page
        assert ("<form method=\"post\" action=\"/settings/" in page) is (username == "secadmin")
    assert ask(select(settings.Setting.value)) == ["on"]


def test_a_wrong_value_keeps_what_was_typed_and_says_why_beside_the_field(app, browser_of, ask):
    before = ask(COUNT)
    answer = browser_of("secadmin").post("/settings/accesses_kept", value="30", basis="节省空间")
    assert answer.status_code == 422
    assert 'id="accesses_kept-value-error"' in answer.text and "184 至 3650" in answer.text
    assert 'value="30"' in answer.text and 'value="节省空间"' in answer.text
    assert browser_of("secadmin").post("/settings/nothing", value="x", basis="y").status_code == 404
    assert ask(COUNT) == before


def test_switching_on_is_refused_with_the_name_of_who_holds_two(app, browser_of, ask):
    browser_of("secadmin").post("/officers/sysadmin/posts", post="logadmin", unit="ysb")
    assert "钱程" in browser_of("secadmin").get("/settings").text
    answer = browser_of("secadmin").post("/settings/separated", value="on", basis="等保三级")
    assert answer.status_code == 422 and "钱程同时是系统管理员和审计管理员" in answer.text
    assert ask(select(settings.Setting.id)) == []


def test_giving_a_second_of_the_three_is_refused_with_a_sentence(app, browser_of, ask):
    browser_of("secadmin").post("/settings/separated", value="on", basis="等保三级")
    before = ask(COUNT)
    answer = browser_of("secadmin").post("/officers/logadmin/posts", post="sysadmin", unit="ysb")
    assert answer.status_code == 422 and "三员已分设" in answer.text
    assert ask(COUNT) == before


def test_each_of_the_three_is_kept_to_his_own(app, browser_of, prepared, ask):
    """Accounts by one, posts and rules by another, and the third changes nothing at all."""
    with prepared() as office:
        number = office.at_work().number
    browser_of("secadmin").post("/settings/separated", value="on", basis="等保三级")
    before = ask(COUNT)
    assert browser_of("secadmin").post("/officers", username="x", name="甲").status_code == 403
    writes = (("/officers", {"username": "x", "name": "甲"}), ("/officers/liaison/posts", {"post": "registrar"}),
              ("/officers/liaison/handover", {"successor": "county", "reason": "x"}),
              ("/settings/separated", {"value": "off", "basis": "x"}), ("/rules", {"take": "x"}),
              ("/calendar", {"what": "own"}), ("/cases", {"kind": "complaint"}), ("/imports", {"kind": "complaint"}),
              (f"/cases/{number}/steps", {"step": "report"}), ("/notices", {"form": "urge"}))
    for address, form in writes:
        for headers in ({}, HTMX):
            answer = browser_of("logadmin").post(address, headers=headers, **form)
            assert answer.status_code in (403, 404), address
    for address in (f"/cases/{number}", f"/cases/{number}/trail", "/trail", "/overdue", "/units/zjj"):
        for username in ("sysadmin", "secadmin", "logadmin"):
            answer = browser_of(username).get(address)
            assert answer.status_code in (403, 404) and number not in answer.text.replace(address, "")
    for address in ("/", "/cases", f"/cases?q={number}"):
        assert f'/cases/{number}"' not in browser_of("sysadmin").get(address).text
    assert ask(COUNT) == before and "x" not in ask(select(Officer.username))


def test_addresses_outside_are_named_and_what_became_of_them_is_seen(app, browser_of, prepared, ask):
    answer = browser_of("secadmin").post("/settings/checkpoint_to", value="a@audit.example\nb@x.example", basis="审计")
    assert answer.status_code == 303
    with prepared() as office:
        office.file()
    with app.app_context():
        sealing.seal(str)
        lodging.one()
        while postroom.one(app):
            pass
        db.session.remove()
    app.extensions.pop("register", None)
    for username, address in (("sysadmin", "/settings"), ("secadmin", "/settings"), ("auditor", "/settings"),
                              ("auditor", "/trail/verification")):
        page = browser_of(username).get(address).text
        assert 'id="checkpoints-lodged"' in page and "a@audit.example" in page, (username, address)
        assert "尚未送达" in page and "本机没有设置这种发送方式" in page and "本机未设置邮件服务器" in page
        assert ('name="value" rows="3"' in page) is (username == "secadmin")
    assert "不外发" not in browser_of("auditor").get("/trail").text, "what was not read is not told"
    found = browser_of("auditor").get("/trail?q=audit.example").text
    assert "检查点邮寄外部存放" in found and "不外发" in found and "b@x.example" in found
    assert ask(select(settings.Setting.value)) == ["a@audit.example b@x.example"]


def test_a_wrong_address_is_said_beside_the_field_and_what_was_typed_stays(app, browser_of, ask):
    before = ask(COUNT)
    answer = browser_of("secadmin").post("/settings/checkpoint_to", value="a@audit.example\r\nnobody", basis="审计要求")
    assert answer.status_code == 422
    assert 'id="checkpoint_to-value-error"' in answer.text and "“nobody”不是可以投递的邮箱地址" in answer.text
    assert "a@audit.example\nnobody</textarea>" in answer.text.replace("\r", "")
    assert ask(COUNT) == before


def test_witnesses_are_named_by_their_keys_and_a_wrong_one_is_said_beside_the_field(app, browser_of, ask):
    one, other = Witness(), Witness("notary.example/w", b"\1" * 32)
    answer = browser_of("secadmin").post("/settings/witnesses", value=f"{one.key}\r\n{other.key}", basis="审计局来函")
    assert answer.status_code == 303
    assert ask(select(settings.Setting.value)) == [f"{one.key} {other.key}"]
    page = browser_of("auditor").get("/settings").text
    assert "检查点的见证方" in page and f"{one.name}、{other.name}" in page
    before = ask(COUNT)
    wrong = browser_of("secadmin").post("/settings/witnesses", value=f"{one.key}\r\nnobody", basis="审计局来函")
    assert wrong.status_code == 422 and 'id="witnesses-value-error"' in wrong.text
    assert "“nobody”不是见证方公钥" in wrong.text and f"{one.key}\nnobody</textarea>" in wrong.text.replace("\r", "")
    assert browser_of("sysadmin").post("/settings/witnesses", value="", basis="x").status_code == 403
    assert ask(COUNT) == before
    found = browser_of("auditor").get("/trail?verb=setting_set").text
    assert "检查点的见证方" in found and one.name in found
