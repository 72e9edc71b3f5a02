"""The overdue board at work: units by rungs, what was said and answered, and acts on rows without leaving the page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.domain import trail
from app.domain.cases import Case, Naming
from app.domain.matters import Matter
from app.domain.notices import Notice, Subject
from app.domain.tellings import Telling
from app.office import ladder as climbing
from tests.web.conftest import HTMX


@pytest.fixture
def late(prepared):
    """Three late cases of one unit and one of another; the second unit's asks for time."""
    with prepared() as office:
        now = office.now
        office.until(2026, 3, 2)
        ours = [office.at_work(title=f"逾期事项 {n}") for n in range(3)]
        other = office.file(title="他局逾期事项")
        office.assign(other, lead="gd")
        office.now = now
        waits = office.at_work(title="申请延期事项")
        office.step(waits, "ask_extension", "liaison", days=5, reason="鉴定未出")
        office.step(waits, "sign", "principal")
        node = {case.number: office.nodes(case)["handle"].id for case in (*ours, other, waits)}
        return {"ours": [case.number for case in ours], "other": other.number, "waits": waits.number, "node": node,
                "version": waits.version, "now": now}


def nodes(late, *numbers) -> list[int]:
    return [late["node"][number] for number in numbers]


def test_who_is_reminded_reads_on_his_desk_that_the_system_did_it_in_his_language(browser_of, late, prepared):
    with prepared() as office:
        office.until(2026, 3, 17, 10)
        while climbing.climb(office.session, at=office.now, register=office.register, words=str):
            pass
        office.session.execute(update(Telling).values(at=late["now"]))  # as if it were since he last looked
    page = browser_of("liaison").get("/").text
    assert " · 系统" in page and " · system" not in page


def test_a_term_stands_in_the_column_of_its_last_rung_and_the_list_is_as_long_as_the_number(browser_of, late, prepared):
    with prepared() as office:
        office.until(2026, 3, 17, 10)
        while climbing.climb(office.session, at=office.now, register=office.register, words=str):
            pass
    supervisor = browser_of("supervisor")
    page = supervisor.get("/overdue").text
    cells = dict(re.findall(r'href="/overdue\?unit=zjj&amp;which=(\w+)#overdue-list"[^>]*>(\d+)</a>', page))
    assert {name: int(count) for name, count in cells.items()}.keys() >= {"overdue", "rung1"}
    for which, count in cells.items():
        rows = supervisor.get(f"/overdue?unit=zjj&which={which}", headers=HTMX).text
        assert rows.count('<td class="govuk-table__cell db-nowrap">') == int(count), which
    assert sum(int(cells[which]) for which in cells if which not in ("overdue", "soon", "open")) == int(
        cells["overdue"])


def test_it_says_whose_table_what_was_said_and_what_came_back(browser_of, late):
    supervisor = browser_of("supervisor")
    supervisor.post("/overdue/acts", act="urge", node=nodes(late, late["ours"][0]))
    rows = supervisor.get("/overdue?unit=zjj&which=overdue", headers=HTMX).text
    assert re.search(r'/notices/\d+">催〔\d+〕1号</a>', rows) and "未签收回执" in rows
    assert "延期，等" in supervisor.get("/overdue?unit=zjj&which=open", headers=HTMX).text


def test_urging_goes_out_at_once_one_slip_a_unit_and_once_a_day(browser_of, late, ask):
    supervisor = browser_of("supervisor")
    chosen = nodes(late, *late["ours"], late["other"])
    answer = supervisor.post("/overdue/acts", htmx=True, act="urge", node=chosen)
    assert answer.status_code == 200 and 'id="overdue-list"' in answer.text and "<html" not in answer.text
    slips = ask(select(Notice).where(Notice.form == "urge").order_by(Notice.id))
    assert sorted(slip.state for slip in slips) == ["issued"] * 2
    assert sorted(slip.serial for slip in slips) == [1, 2]
    assert len(ask(select(Subject.case_id))) == 4
    again = supervisor.post("/overdue/acts", act="urge", node=chosen)
    assert again.status_code == 422 and "is-refused" in again.text
    assert len(ask(select(Notice.id))) == 2
    acts = [trail.facts(entry) for entry in ask(trail.of(late["ours"][0])) if entry.verb == "noticed"]
    assert [(fact["act"], fact["to"]) for fact in acts] == [("urge", "issued")]


def test_a_sealed_case_is_urged_on_its_own_slip_and_not_chosen_by_whoever_is_not_named(browser_of, late, prepared, ask):
    with prepared() as office:
        case = office.session.scalar(select(Case).where(Case.number == late["ours"][0]))
        case.sealed = True
        office.session.add(Naming(case_id=case.id, officer_id=office.by("supervisor").id))
        hidden = case.id
    dispatcher = browser_of("dispatcher").post("/overdue/acts", act="urge", node=nodes(late, late["ours"][0]))
    assert late["ours"][0] not in dispatcher.text and ask(select(Notice.id)) == []
    browser_of("supervisor").post("/overdue/acts", act="urge", node=nodes(late, *late["ours"]))
    with_it = ask(select(Subject.notice_id).where(Subject.case_id == hidden))
    assert len(ask(select(Notice.id))) == 2
    assert ask(select(Subject.case_id).where(Subject.notice_id == with_it[0])) == [hidden]


def test_supervision_notices_are_prepared_one_a_case_and_wait_for_a_signature(browser_of, late, ask):
    answer = browser_of("dispatcher").post("/overdue/acts", act="supervise", node=nodes(late, *late["ours"][:2]))
    assert answer.status_code == 200
    assert ask(select(Notice.state)) == ["prepared", "prepared"] and ask(select(Notice.serial)) == [None, None]


def test_any_other_notice_opens_its_page_with_the_rows_chosen(browser_of, late):
    answer = browser_of("supervisor").post("/overdue/acts", act="prepare", node=nodes(late, *late["ours"][:2]))
    assert answer.status_code == 303
    assert late["ours"][1] in browser_of("supervisor").get(answer.location).text
    again = browser_of("supervisor").post("/overdue/acts", htmx=True, act="prepare", node=nodes(late, late["ours"][0]))
    assert again.headers["HX-Redirect"].startswith("/notices/new")


def test_a_director_grants_and_declines_without_leaving_the_board(browser_of, late, ask, prepared):
    director, node = browser_of("director"), late["node"][late["waits"]]
    no_reason = director.post("/overdue/acts", act="decline", node=node, which="open", **{f"seen-{node}": "1"})
    assert no_reason.status_code == 422 and 'aria-describedby="overdue-fault"' in no_reason.text
    assert ask(select(Matter.id).where(Matter.settled_at.is_(None))) != []
    stale = director.post("/overdue/acts", act="grant", node=node, which="open", **{f"seen-{node}": "1"})
    assert stale.status_code == 422 and ask(select(Matter.id).where(Matter.settled_at.is_(None))) != []
    seen = {f"seen-{node}": ask(select(Case.version).where(Case.number == late["waits"]))[0]}
    granted = director.post("/overdue/acts", act="grant", node=node, which="open", **seen)
    said = [trail.facts(e).get("step") for e in ask(trail.of(late["waits"]))]
    assert (granted.status_code, said[-1]) == (200, "grant_extension")
    assert ask(select(Matter.id).where(Matter.settled_at.is_(None))) == []


def test_a_row_without_a_request_is_refused_by_itself(browser_of, late, ask):
    node = late["node"][late["ours"][0]]
    version = ask(select(Case.version).where(Case.number == late["ours"][0]))[0]
    answer = browser_of("director").post("/overdue/acts", act="grant", node=node, **{f"seen-{node}": version})
    assert answer.status_code == 422 and "没有待批" in answer.text


@pytest.mark.parametrize(("username", "act", "code"), [
    ("director", "urge", 403), ("director", "supervise", 403), ("supervisor", "grant", 403), ("auditor", "urge", 403),
    ("leader", "urge", 403), ("principal", "urge", 403), ("principal", "grant", 403), ("supervisor", "burn", 404),
    ("liaison", "urge", 403),
])
def test_each_act_is_for_its_post(browser_of, late, ask, username, act, code):
    answer = browser_of(username).post("/overdue/acts", act=act, node=nodes(late, late["ours"][0]), reason="x")
    assert answer.status_code == code and ask(select(Notice.id)) == []


@pytest.mark.parametrize("chosen", [[], ["x"], ["99999999999"], ["2147483647"], ["-1"], ["\0"]])
def test_rows_that_are_none_change_nothing(browser_of, late, ask, chosen):
    answer = browser_of("supervisor").post("/overdue/acts", act="supervise", node=chosen)
    assert answer.status_code == 422 and ask(select(Notice.id)) == []


def test_a_principal_sees_the_same_board_of_his_own_unit_and_nothing_else(browser_of, late):
    page = browser_of("principal").get("/overdue").text
    assert late["ours"][0] in page and late["other"] not in page and "unit=gd" not in page
    assert 'type="checkbox"' not in page
    assert late["other"] not in browser_of("principal").get("/overdue?unit=gd&which=open").text
    assert browser_of("outsider").get("/overdue").status_code == 403, "a liaison has his desk"


def test_the_chart_and_its_table_have_the_same_numbers(browser_of, prepared):
    with prepared() as office:
        today = office.today
        for weeks in (2, 4, 4):
            office.now = datetime.now(UTC) - timedelta(days=today.weekday() + 7 * weeks + 30)
            office.at_work(title="曾逾期")
    page = browser_of("supervisor").get("/overdue").text
    drawn = [int(n) for n in re.findall(r'text-anchor="middle">(\d+)</text>', page.partition('class="db-week"')[2])]
    table = page.partition("同一组数字的表格")[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
    cell = re.compile(r'<td class="govuk-table__cell db-num[^"]*">(\d+)</td>')
    numbers = [[int(number) for number in cell.findall(row)] for row in rows]
    assert sum(drawn) == sum(map(sum, numbers[:-1])) == sum(numbers[-1]) > 0
    assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]
    assert "style=" not in page
