"""What one may see: a unit its own cases, nobody the complainant, and the unit complained of the redacted text only."""

import io
import re
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app.domain import trail
from app.domain.cases import Naming
from app.domain.files import Shelf
from app.office import records
from app.papers import tables

WHO = {"name": "欧阳秘密", "phone": "13912345678", "firm": "隐名商贸公司", "email": "secret@hidden.example",
       "address": "暗巷十七号"}
FACTS, REDACTED, PLACE = "老板欧阳某在暗处举报：窗口索要红包。", "有企业反映窗口服务不规范。", "暗巷十七号旁的店铺"
NOTE, FILE, CONSENT = "来信人亲笔：我是欧阳", "欧阳的举报信.pdf", "欧阳先生不同意公开"
SECRETS = (*WHO.values(), FACTS, PLACE, NOTE, FILE, CONSENT, "欧阳", "红包", "撤换举报信")


@pytest.fixture
def told_on(app, prepared):
    """A case in which 市住建局 leads and is the unit complained of, with everything on it that could give away who
    complains."""
    with prepared() as office:
        zjj = office.register.people.by_code["zjj"]
        case = office.file(title="窗口服务", facts=FACTS, redacted=REDACTED, place=PLACE, complained_of=zjj,
                           complainant=WHO, notes=(("来信", NOTE),))
        office.assign(case, supports=["zrzy"])
        said = {"by": office.by("registrar"), "at": office.now, "words": str}
        shelf = Shelf(app.extensions["settings"].files)
        for name in (FILE, "其他.pdf"):
            kept = shelf.keep([b"%PDF-1.7 " + name.encode()], name)
            file = records.attach(office.session, case, kept, purpose="complaint", register=office.register, **said)
        records.strike_out(office.session, case, file, reason="撤换举报信", **said)
        records.consent(office.session, case, given=False, said=CONSENT, **said)
        records.correct(office.session, case, "place", f"{PLACE}（东）", reason="补正", **said)
        return case, file.id


def everything_on(browser, number: str) -> str:
    pages = [f"/cases/{number}", f"/cases/{number}/trail", f"/cases/{number}/records", "/", "/cases", "/units/zjj",
             f"/cases/{number}/steps/start"]
    return "\n".join(browser.get(page).text for page in pages)


def test_the_unit_complained_of_reads_the_redacted_text_and_nothing_that_tells_who(app, browser_of, told_on):
    case, _file = told_on
    for username in ("liaison", "principal"):
        shown = everything_on(browser_of(username), case.number)
        assert REDACTED in shown and "窗口服务" in shown
        assert [secret for secret in SECRETS if secret in shown] == []


def test_it_finds_nothing_by_words_it_may_not_read(app, browser_of, told_on):
    case, _file = told_on
    for sought in ("欧阳", "红包", "索要红包", "暗巷", "十七", "店铺", "139", "隐名", "来信"):
        for username, finds in (("liaison", False), ("director", sought in FACTS + PLACE)):
            page = browser_of(username).get(f"/cases?q={quote(sought)}").text
            assert (f'href="/cases/{case.number}"' in page) is finds, (username, sought)
    assert f'href="/cases/{case.number}"' in browser_of("liaison").get(f"/cases?q={quote('不规范')}").text


def test_its_export_holds_nothing_of_it_either(app, browser_of, told_on, tmp_path):
    for format in ("csv", "xlsx"):
        answer = browser_of("liaison").post("/exports", format=format, query="")
        file = tmp_path / f"ledger.{format}"
        file.write_bytes(answer.data)
        with tables.read(file) as book:
            cells = str([row for at in range(len(book.sheets)) for row in book.rows(at)])
        assert REDACTED in cells and [secret for secret in SECRETS if secret in cells] == [], format


def test_it_neither_takes_nor_strikes_out_a_file_that_did_not_come_from_a_unit(app, browser_of, told_on):
    case, file = told_on
    for username, code in (("liaison", 404), ("supporter", 200), ("director", 200)):
        assert browser_of(username).get(f"/cases/{case.number}/files/{file}").status_code == code, username
    assert browser_of("liaison").post(f"/cases/{case.number}/files/{file}/strike", reason="x").status_code == 404
    own = browser_of("liaison").post(f"/cases/{case.number}/files", purpose="evidence",
                                     file=(io.BytesIO(b"%PDF-1.7 own"), "自己的.pdf"))
    assert own.status_code == 303 and "自己的.pdf" in browser_of("liaison").get(f"/cases/{case.number}/trail").text


def test_no_reason_opens_the_identity_to_the_unit_complained_of(app, browser_of, told_on, ask):
    case, _file = told_on
    answer = browser_of("liaison").post(f"/cases/{case.number}/identity", reason="办案需要")
    assert answer.status_code == 403 and "欧阳" not in answer.text
    assert [e.verb for e in ask(trail.of(trail.OFFICE))].count("identity_opened") == 0


def test_consent_opens_it_and_its_withdrawal_closes_it_again(app, browser_of, told_on):
    case, _file = told_on
    registrar, liaison = browser_of("registrar"), browser_of("liaison")
    for given, code in (("yes", 200), ("no", 403)):
        registrar.post(f"/cases/{case.number}/consent", given=given, said="电话记录")
        answer = liaison.post(f"/cases/{case.number}/identity", reason="回访")
        assert (answer.status_code, WHO["name"] in answer.text) == (code, code == 200)


def test_for_everybody_else_the_complainant_is_masked(app, browser_of, told_on):
    case, _file = told_on
    for username in ("director", "supporter", "auditor", "leader"):
        page = browser_of(username).get(f"/cases/{case.number}").text
        assert "欧**" in page and "139****5678" in page and FACTS in page, username
        whole = everything_on(browser_of(username), case.number)
        assert [value for value in (*WHO.values(),) if value in whole.replace(PLACE, "")] == [], username


def test_opening_it_takes_a_reason_and_leaves_an_entry(app, browser_of, told_on, ask):
    case, _file = told_on
    registrar = browser_of("registrar")
    assert registrar.post(f"/cases/{case.number}/identity", reason=" ").status_code == 422
    assert registrar.get(f"/cases/{case.number}/identity").status_code == 405, "never by a link"
    answer = registrar.post(f"/cases/{case.number}/identity", reason="回访核实")
    assert answer.status_code == 200 and all(value in answer.text for value in WHO.values())
    entry = ask(trail.of(trail.OFFICE))[-1]
    assert (entry.verb, entry.actor, trail.facts(entry)["case"]) == ("identity_opened", "registrar", case.number)
    assert "欧**" in registrar.get(f"/cases/{case.number}").text, "it was opened once, not for good"
    for username in ("auditor", "leader"):
        assert browser_of(username).post(f"/cases/{case.number}/identity", reason="看看").status_code == 403


def test_who_is_held_to_account_does_not_read_the_finding_against_him_as_a_support(app, browser_of, prepared):
    with prepared() as office:
        zrzy = office.register.people.by_code["zrzy"]
        case = office.file("accountability", origin=office.file(), complained_of=zrzy, redacted="有问题线索移送。")
        office.assign(case, lead="jw", supports=["zrzy"])
        office.start(case, by="discipline")
        office.submit(case, by="discipline", subject="某某副局长", statement="其供述如下")
    for secret, by, seen in (("某某副局长", "supporter", False), ("其供述如下", "supporter", False),
                             ("某某副局长", "discipline", True), ("其供述如下", "director", True)):
        shown = "".join(browser_of(by).get(f"/cases/{case.number}{page}").text for page in ("", "/trail"))
        assert (secret in shown) is seen, (secret, by)


def test_a_liaison_sees_the_cases_of_his_units_and_no_others(app, browser_of, prepared):
    with prepared() as office:
        ours, theirs, nobodys = office.handed(supports=["qx"]), office.handed(), office.file()
        office.reassign(theirs, lead="gd")
    for username, cases in (("liaison", [ours]), ("supporter", []), ("outsider", [theirs]), ("county", [ours]),
                            ("sysadmin", []), ("director", [ours, theirs, nobodys]),
                            ("auditor", [ours, theirs, nobodys])):
        browser = browser_of(username)
        shown = set(re.findall(r'<a href="/cases/(TS-[\d-]+)">', browser.get("/cases").text))
        assert shown == {case.number for case in cases}, username
        for case in (ours, theirs, nobodys):
            for page in ("", "/trail"):
                assert (browser.get(f"/cases/{case.number}{page}").status_code == 200) is (case in cases)


def test_a_sealed_case_is_not_there_for_whoever_is_not_named_on_it(app, browser_of, prepared, ask):
    with prepared() as office:
        sealed, link = office.file(title="绝密举报件", sealed=True), office.file(title="公开件")
        office.until(2026, 1, 6)
        late = office.file(title="绝密逾期件", sealed=True)
    assert len(ask(select(Naming))) == 2
    for username in ("director", "auditor", "leader", "supervisor", "dispatcher"):
        browser = browser_of(username)
        for page in ("/", "/cases", "/cases?q=绝密", "/overdue", "/overdue?which=open", "/trail", "/units/ysb"):
            answer = browser.get(page)
            assert "绝密举报" not in answer.text and late.number not in answer.text, (username, page)
        for case in (sealed, late):
            assert browser.get(f"/cases/{case.number}").status_code == 404
        assert "绝密" not in browser.post("/exports", format="csv", query="").data.decode("utf-8-sig")
        assert link.number in browser.get("/cases").text
    assert browser_of("registrar").get(f"/cases/{sealed.number}").status_code == 200, "who filed it is named on it"
