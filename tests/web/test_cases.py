"""The ledger and the case page: filters that live in the address, pages by key, words of one character and up."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.domain.cases import Case
from tests.web.conftest import HTMX

NUMBER = re.compile(r'<td class="govuk-table__cell db-no"><a href="/cases/([A-Z]{2}-\d{4}-\d+)"')


def numbers(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return NUMBER.findall(answer.text)


def through(browser, query: str = "", between=lambda: None) -> list[str]:
    """From the first page to the last, by the link on each."""
    found, url = [], f"/cases?{query}"
    while url:
        answer = browser.get(url)
        found += numbers(answer)
        link = re.search(r'href="(/cases\?[^"]*after=[^"]*)"', answer.text)
        url = link[1].replace("&amp;", "&") if link else None
        between()
    return found


@pytest.fixture
def sixty(prepared):
    """Sixty cases: due on different days, some on the same, some on none."""
    with prepared() as office:
        filed = [office.file() for _ in range(60)]
        for at, case in enumerate(filed):
            case.due_on = None if at % 7 == 0 else office.today + timedelta(days=at % 9)
        return [case.number for case in filed]


@pytest.mark.parametrize("sort", ["filed", "due"])
def test_paging_to_the_end_shows_every_case_exactly_once(app, browser_of, sixty, sort):
    seen = through(browser_of("director"), f"sort={sort}")
    assert sorted(seen) == sorted(sixty) and len(seen) == 60
    if sort == "filed":
        assert seen == sixty[::-1]


def test_nothing_is_lost_or_doubled_when_cases_come_and_change_in_between(app, browser_of, sixty, prepared):
    def meanwhile():
        with prepared() as office:
            office.file(title="新来的")
            untouched = Case.number.in_(sixty[::2])
            office.session.execute(update(Case).where(~untouched).values(due_on=office.today + timedelta(days=400)))

    seen = through(browser_of("director"), "sort=filed", meanwhile)
    assert [number for number in seen if number in sixty] == sixty[::-1] and len(seen) == len(set(seen))
    by_due = through(browser_of("director"), "sort=due&state=filed", meanwhile)
    unmoved = [number for number in by_due if number in sixty[::2]]
    assert sorted(unmoved) == sorted(sixty[::2]), "what did not move is shown exactly once"
    assert len(by_due) == len(set(by_due))


def test_the_next_rows_come_as_a_fragment_too(app, browser_of, sixty):
    answer = browser_of("director").get("/cases?state=filed", headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="cases-rows">') and "<html" not in answer.text
    assert len(numbers(browser_of("director").get("/cases", headers=HTMX))) == 25
    assert "HX-Request" in answer.headers["Vary"]


def test_by_due_date_the_earliest_comes_first_and_the_undated_last(app, browser_of, sixty, ask):
    due = {case.number: case.due_on for case in ask(select(Case))}
    shown = [due[number] for number in through(browser_of("director"), "sort=due")]
    dated = [day for day in shown if day]
    assert dated == sorted(dated) and shown == dated + [None] * (60 - len(dated)) and None in shown


@pytest.fixture
def several(prepared):
    """One of each, by the name of what is special about it."""
    now = datetime.now(UTC)
    with prepared() as office:
        made = {"late": office.file(title="逾期", source="走访")}
        made["late"].due_on = office.today - timedelta(days=3)
        made["soon"] = office.file(title="临期")
        made["soon"].due_on, made["soon"].warn_on = office.today + timedelta(days=1), office.today
        made["handed"] = office.handed(title="已交办", supports=["gd"])
        made["listed"] = office.handed(title="挂牌件")
        office.step(made["listed"], "list", "director", reason="理由")
        made["finding"] = office.at_work(kind="finding", title="察访件")
        made["old"] = office.file("task", title="去年的")
        made["old"].filed_on = now.date() - timedelta(days=400)
        return {case.number: name for name, case in made.items()}


def test_filters_live_in_the_address(app, browser_of, several):
    director, today = browser_of("director"), datetime.now(UTC).date()
    everything = {"late", "soon", "handed", "listed", "finding", "old"}
    for query, expected in (
        ("kind=finding", {"finding"}), ("kind=task", {"old"}), ("state=assigned", {"handed", "listed"}),
        ("state=rectifying", {"finding"}), ("state=filed,rectifying", {"late", "soon", "old", "finding"}),
        ("state=open", everything), ("unit=gd", {"handed"}), ("unit=zjj", {"handed", "listed", "finding"}),
        ("lamp=red", {"late"}), ("mark=listed", {"listed"}), (f"source={quote('走访')}", {"late"}),
        (f"until={today - timedelta(days=300)}", {"old"}),
        (f"since={today - timedelta(days=30)}", everything - {"old"}),
        ("unit=zjj&state=assigned&mark=listed", {"listed"}), ("lamp=blue", set()), ("state=closed", set()),
    ):
        assert {several[number] for number in numbers(director.get(f"/cases?{query}"))} == expected, query
    assert "soon" in {several[number] for number in numbers(director.get("/cases?lamp=yellow"))}


def test_a_filter_that_names_nothing_is_left_out_and_never_a_fault(app, browser_of, several):
    director = browser_of("director")
    for query in ("kind=x", "state=x,y", "unit=x", "lamp=x", "mark=__class__", "since=yesterday", "until=2026-02-30",
                  "sort=x", "after=x", "after=~", "after=%C2%B2", "after=" + "9" * 5000, "after=2026-01-01~" + "9" * 30,
                  "sort=due&after=x~1", "q=%00", "source=%00", "q=%ED%A0%80", "q=%", "unit[]=1",
                  "state=" + "," * 3000):
        answer = director.get(f"/cases?{query}")
        assert answer.status_code == 200, query
    assert len(numbers(director.get("/cases?kind=x&lamp=y&after=z"))) == 6


FIELDS = st.sampled_from(
    ["kind", "state", "unit", "lamp", "mark", "source", "q", "since", "until", "sort", "after", "x"])
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["open", "filed,closed", "zjj", "red", "due", "2026-01-01", "%", "_", "\\", "²"]),
    st.from_regex(r"(\d{4}-\d{2}-\d{2})?~\d{1,25}", fullmatch=True), st.binary(max_size=8))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(FIELDS, VALUES), max_size=5), st.sampled_from(["director", "liaison"]), st.booleans())
@example([("q", "\x00"), ("source", "'")], "liaison", True)
def test_whatever_stands_in_an_address_the_ledger_answers(app, browser_of, several, query, username, htmx):
    said = "&".join(f"{name}={quote(value if isinstance(value, bytes) else value.encode('utf-8', 'replace'))}"
                    for name, value in query)
    answer = browser_of(username).get(f"/cases?{said}", headers=HTMX if htmx else {})
    assert answer.status_code == 200
    assert set(numbers(answer)) <= set(several)


def test_words_of_one_character_and_up_are_found_in_both_languages(app, browser_of, prepared):
    with prepared() as office:
        one = office.file(title="办照难，窗口推诿", facts="The licence office at Riverside was closed.",
                          place="青溪路八号")
        two = office.file(title="100% 停电_无通知", facts="电压不稳，ＡＢＣ 公司停产", outside_number="XF-77/2026")
    director = browser_of("director")
    for sought, expected in (
        ("照", {one}), ("难", {one}), ("电", {two}), ("诿", {one}), ("办照", {one}),
        ("窗口推诿", {one}), ("停电", {two}),
        ("riverside", {one}), ("RIVERSIDE", {one}), ("licen", {one}), ("窗口 licence", {one}),
        ("窗口 停电", set()),
        ("青溪路八号", {one}), (one.number, {one}), ("XF-77/2026", {two}), ("100%", {two}), ("电_无", {two}),
        ("电X无", set()), ("%", {two}), ("_", {two}), ("没有的词", set()), ("照办", set()), ("c", {one, two}),
    ):
        found = numbers(director.get(f"/cases?q={quote(sought)}"))
        if sought == "c":
            assert one.number in found
        else:
            assert set(found) == {case.number for case in expected}, sought


def test_what_is_sought_is_shown_back_escaped_and_nothing_found_is_said(app, browser_of):
    for htmx in (False, True):
        answer = browser_of("director").get("/cases?q=<b>无</b>", headers=HTMX if htmx else {})
        assert "&lt;b&gt;无&lt;/b&gt;" in answer.text and "<b>无</b>" not in answer.text and "db-empty" in answer.text


def test_the_case_page_and_its_panel_are_the_same_fragment(app, browser_of, prepared):
    with prepared() as office:
        case = office.handed(supports=["gd"])
    page = browser_of("liaison").get(f"/cases/{case.number}")
    panel = browser_of("liaison").get(f"/cases/{case.number}", headers=HTMX)
    assert "<html" in page.text and 'id="case-panel"' in page.text
    assert 'id="case-panel"' in panel.text.lstrip()[:60] and "<html" not in panel.text
    for said in (case.number, case.title, "市住房和城乡建设局", "出具核实意见"):
        assert said in page.text and said in panel.text


def test_the_count_beside_my_desk_follows_every_act_at_once(browser_of, prepared):
    """It is kept while nothing changes; an act of anybody, through whatever process, is a change."""
    def shown() -> str:
        page = browser_of("liaison").get("/cases").text
        found = re.search(r'href="/"[^>]*>[^<]*<span class="db-count[^"]*">(\d+)</span>', page)
        return found[1] if found else "0"

    assert (shown(), shown()) == ("0", "0")
    for count in ("1", "2"):
        with prepared() as office:
            case = office.handed()
        assert (shown(), shown()) == (count, count)
    browser_of("liaison").step(case.number, "start", seen=case.version, plan="先核实。")
    assert shown() == "2"
    with prepared() as office:
        office.reassign(office.session.merge(case))
    assert shown() == "1"


def test_a_page_asks_for_files_notes_and_matters_where_the_trail_tells_of_them(browser_of, prepared, statements):
    with prepared() as office:
        bare, noted = office.handed(), office.handed(notes=(("领导批示", "请速办"),))
        asked = office.handed()
        office.step(asked, "object", "liaison", basis="三定规定", right_unit="gd", reason="不属本局职责")
    reader = browser_of("director")
    for case in (bare, noted, asked):
        reader.get(f"/cases/{case.number}")
    count = {case: statements(lambda case=case: reader.get(f"/cases/{case.number}")) for case in (bare, noted, asked)}
    assert count[noted] == count[asked] == count[bare] + 1
    assert "领导批示" in reader.get(f"/cases/{noted.number}").text
    assert 'id="case-closing"' in reader.get(f"/cases/{asked.number}").text
