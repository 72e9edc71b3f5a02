"""The auditor's pages: any entry found by all that can be asked; a case's trail with what hangs on each entry."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain import tellings
from app.domain.cases import Case, Naming
from app.domain.trail import Entry, Value
from app.extensions import db
from app.office import records, settings
from tests.web.conftest import HTMX


@pytest.fixture
def case(prepared):
    with prepared() as office:
        office.later(hours=-9)
        case = office.file(title="装配车间联合验收反复退补", facts="二号楼消防通道被占用",
                           complainant={"name": "王建国", "phone": "13800001234"})
        office.later(hours=1)
        office.assign(case, supports=["zrzy"])
        office.later(hours=1)
        office.start(case)
        office.later(hours=1)
        office.step(case, "report", "liaison", progress="已约谈施工方")
        office.step(case, "finish_part", "supporter", result="已出具意见")
        for field, value, reason in (("place", "滨江大道 8 号", "门牌有误"), ("indicator", "办理建筑许可", "补录")):
            records.correct(office.session, case, field, value, reason=reason, by=office.by("registrar"),
                            at=office.now, words=str)
        office.extend(case, 5)
        office.submit(case)
        office.step(case, "sign", "principal")
        office.close(case)
        return case.number


def rows(page: str) -> int:
    return page.count("<tr><td")


def items(page: str) -> int:
    return page.count('class="moj-timeline__item')


# --- all trails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "count"), [
    ("q=约谈", 1), ("q=消防通道", 1), ("q=谈", 1), ("q=约谈 施工", 1), ("q=谈约", 0), ("q=王建国", 0),
    ("q=滨江大道", 1), ("who=liaison", 4), ("who=周敏", 4), ("who=nobody", 0), ("unit=zjj&act=sign", 2),
    ("unit=nowhere", 13), ("act=close", 1), ("act=king", 0), ("q=约谈&act=report&who=周敏&unit=zjj", 1),
    ("q=约谈&act=close", 0), ("since=2999-01-01", 0), ("until=2000-01-01", 0), ("since=xx&until=99", 13),
    ("since=0001-01-01&until=9999-12-31", 13), ("q=%00约谈", 1), ("q=%25", 0), ("who=%00", 13),
])
def test_an_auditor_finds_entries_by_all_that_can_be_asked(app, browser_of, case, query, count):
    page = browser_of("auditor").get(f"/trail?case={case}&{query}", headers=HTMX)
    assert page.status_code == 200 and page.text.startswith('<div id="trail-rows">')
    assert rows(page.text) == count, query


def test_a_word_is_shown_where_it_was_found_and_no_other_text_is(app, browser_of, case):
    page = browser_of("auditor").get("/trail?q=约谈").text
    assert "已<mark>约谈</mark>施工方" in page and "消防通道" not in page
    assert "约谈" not in browser_of("auditor").get("/trail").text
    assert "王建国" not in browser_of("auditor").get("/trail?q=装配").text


def test_what_is_typed_is_shown_as_text(app, browser_of, case, prepared):
    with prepared() as office:
        other = office.at_work()
        office.step(other, "report", "liaison", progress="<script>alert(1)</script> 约谈完毕")
    page = browser_of("auditor").get("/trail?q=约谈完毕").text
    assert "<script>alert" not in page and "&lt;/script&gt; <mark>约谈完毕</mark>" in page
    page = browser_of("auditor").get("/trail", query_string={"q": '"><script>x', "who": '"><b>', "case": "<i>"}).text
    assert "<script>x" not in page and "<b>" not in page and "<i>" not in page


def test_it_is_paged_by_key_and_every_entry_is_shown_once(app, browser_of, prepared):
    with prepared() as office:
        for _ in range(70):
            office.file()
    seen, url = [], "/trail?act=filed"
    while url:
        page = browser_of("auditor").get(url).text
        seen += re.findall(r'<a href="/cases/([^/]+)/trail#e1"', page)
        following = re.search(r'href="(/trail\?act=filed&amp;after=[^"]+)"', page)
        url = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 70


def test_nothing_found_says_so_and_shows_a_way_out(app, browser_of, case):
    page = browser_of("auditor").get("/trail?q=龘龘").text
    assert "没有条目含有“龘龘”" in page and 'href="/trail"' in page


def test_a_sealed_case_is_in_no_answer(app, browser_of, case):
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        db.session.execute(update(Case).where(Case.number == case).values(sealed=True))
        case_id = db.session.scalar(select(Case.id).where(Case.number == case))
        named = db.session.scalar(select(tellings.Telling.officer_id).limit(1))
        db.session.add(Naming(case_id=case_id, officer_id=named))
        db.session.commit()
        db.session.remove()
    for username in ("auditor", "leader", "supervisor"):
        for query in ("", "q=约谈", "q=装配", f"case={case}", "who=liaison", "act=close"):
            page = browser_of(username).get(f"/trail?{query}", headers=HTMX).text
            assert rows(page.replace("office", "")) == page.count("本办</span>"), (username, query)
            assert f"/cases/{case}" not in page


def test_what_was_erased_is_found_no_more_and_said_to_be_erased(app, browser_of, case):
    assert rows(browser_of("auditor").get("/trail?q=约谈", headers=HTMX).text) == 1
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        db.session.execute(update(Value).where(Value.stream == case, Value.key == "progress").values(
            value=None, salt=None))
        db.session.commit()
        db.session.remove()
    assert rows(browser_of("auditor").get("/trail?q=约谈", headers=HTMX).text) == 0
    assert "（已依法抹去）" in browser_of("auditor").get(f"/cases/{case}/trail").text


def test_the_offices_own_stream_is_shown_to_auditors_and_the_director_only(app, browser_of, prepared, case):
    with prepared() as office:
        settings.change(office.session, "separated", "on", basis="等保三级", by=office.by("secadmin"), at=office.now,
                        words=str)
    for username, sees in (("auditor", True), ("director", True), ("supervisor", False), ("leader", False)):
        page = browser_of(username).get("/trail").text
        assert ("变更设置" in page.split("<tbody")[1]) is sees and ("本办事务" in page) is sees, username
        if sees:
            assert "<del>可由一人兼任</del> → <ins>已分设</ins>" in page


def test_what_the_auditor_takes_along_he_finds_in_the_trail_and_what_he_reads_in_the_log(app, browser_of, case):
    auditor = browser_of("auditor")
    assert auditor.post("/exports", format="csv", query=f"q={case}").status_code == 200
    auditor.get(f"/cases/{case}/trail")
    app.extensions["porter"].hand_over()
    assert rows(auditor.get("/trail?who=auditor&act=exported", headers=HTMX).text) == 1
    log = auditor.get(f"/accesses?who=auditor&case={case}", headers=HTMX).text
    assert rows(log) == 1 and "轨迹" in log


# --- one case --------------------------------------------------------------------------------------------------------


def test_the_trail_of_a_case_shows_before_and_after(app, browser_of, case):
    page = browser_of("auditor").get(f"/cases/{case}/trail").text
    told = re.sub(r'<span class="db-vh">[^<]*</span>', "", page)
    for what, before, after in (("地点", "–", "滨江大道 8 号"), ("涉及指标", "–", "办理建筑许可"),
                                ("阶段", "已交办", "整改中"), ("阶段", "整改中", "已办结"),
                                ("牵头单位", "–", "市住建局")):
        found = f'{what}</span> <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>'
        assert found in told, what
    moved = re.search(r'>办理（市住建局）</span> <del>([^<]+)</del> .*?<ins>([^<]+)</ins>', told)
    assert moved and moved[1] != moved[2]
    assert page.count("滨江大道 8 号") == 1, "what is shown as a change is not told a second time"


def test_it_can_be_narrowed_by_act_person_unit_and_day(app, browser_of, case):
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    for query, count in (("", 13), ("step=sign", 2), ("who=liaison", 4), ("unit=zjj", 6), ("unit=zjj&step=sign", 2),
                         (f"since={today + timedelta(days=9)}", 0), (f"until={today - timedelta(days=9)}", 0),
                         ("step=<nothing>", 0), ("since=zz", 13), ("who=' OR 1=1", 0)):
        page = browser_of("auditor").get(f"/cases/{case}/trail?{query}").text
        assert items(page) == count, query
        assert ("没有符合条件的条目" in page) is (count == 0)


def test_the_chain_says_who_led_supported_signed_and_was_told(app, browser_of, case):
    page = browser_of("auditor").get(f"/cases/{case}/trail").text
    chain = page.split('<ol class="db-chain"')[1].split("</ol>")[0]
    holders = re.findall(r"<b>([^<]+)</b>", chain)
    assert holders[:2] == ["营商办", "市住建局"] and holders[-1] == "营商办"
    assert "唐晓燕" in chain and "周敏" in chain and "今天" in chain
    for heading, names in (("牵头与配合", ("市住房和城乡建设局", "市自然资源和规划局", "出具核实意见")),
                           ("签字与决定", ("陈立诚", "赵启明", "孙悦", "同意延期", "办结")),
                           ("告知了谁", ("周敏", "吴晓冬"))):
        card = page.split(f">{heading}</h2>")[1].split("</section>")[0]
        assert [name for name in names if name not in card] == [], heading


def test_the_evidence_stands_beside_its_entry(app, browser_of, case, prepared):
    with prepared() as office:
        other = office.at_work().number
    sent = browser_of("liaison").post(f"/cases/{other}/files", purpose="evidence",
                                      file=(io.BytesIO(b"%PDF-1.7 x"), "现场照片.pdf"))
    assert sent.status_code == 303
    page = browser_of("auditor").get(f"/cases/{other}/trail?step=attached").text
    item = page.split('class="moj-timeline__item')[1]
    assert re.search(rf'<a href="/cases/{other}/files/\d+">现场照片.pdf</a>', item)


def test_the_legal_basis_of_a_step_is_named(app, browser_of, case):
    page = browser_of("auditor").get(f"/cases/{case}/trail?step=assign").text
    assert "依据：派单目录 3.2；" in page


def test_a_unit_sees_its_own_trail_but_not_who_else_was_told(app, browser_of, case):
    page = browser_of("liaison").get(f"/cases/{case}/trail").text
    assert "责任链" in page and "告知了谁" not in page and "人</summary>" not in page


def test_an_auditor_changes_nothing_by_looking(app, browser_of, case, ask):
    before = ask(select(func.count()).select_from(Entry))
    for url in ("/trail", "/trail?q=约谈", f"/cases/{case}/trail", "/accesses", "/settings", f"/cases/{case}"):
        assert browser_of("auditor").get(url).status_code == 200
        assert f'action="/cases/{case}/steps' not in browser_of("auditor").get(url).text
    assert ask(select(func.count()).select_from(Entry)) == before
