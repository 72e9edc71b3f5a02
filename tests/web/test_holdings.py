"""The page of time in hand: sums, the cases behind them, bad periods, and who may look."""

import re
from datetime import timedelta

import pytest

from tests.web.conftest import HTMX


@pytest.fixture
def several(prepared):
    with prepared() as office:
        began = office.now
        office.now -= timedelta(days=20)
        lead = office.file(title="住建局牵头的件")
        office.later(hours=30)
        office.assign(lead, supports=["zrzy"])
        gone = office.at_work(title="已经改派的件")
        office.later(days=4)
        office.reassign(gone, lead="gd")
        sealed = office.at_work(title="密封的件")
        sealed.sealed = True
        since = office.today - timedelta(days=10)
        office.now = began
        return {"lead": lead.number, "gone": gone.number, "sealed": sealed.number,
                "period": f"since={since - timedelta(days=20)}&until={office.today}"}


def rows(page) -> dict[str, list[str]]:
    """Unit → the figures of its row."""
    found = {}
    for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", page, re.S):
        cells = [re.sub(r"<[^>]+>|\s+", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        found[cells[0]] = cells[1:]
    return found


def test_it_adds_up_what_each_unit_held_and_opens_the_cases_behind(app, browser_of, several):
    supervisor = browser_of("supervisor")
    page = supervisor.get(f"/holdings?{several['period']}").text
    figures = rows(page)
    assert {"营商办", "市住建局", "市供电局"} <= figures.keys()
    together = next(cells for name, cells in figures.items() if name.startswith("合计"))
    others = [cells for name, cells in figures.items() if not name.startswith("合计")]
    assert float(together[-3]) == pytest.approx(sum(float(cells[-3]) for cells in others), abs=0.06 * len(others))
    behind = supervisor.get(f"/holdings?{several['period']}&unit=zjj&hand=lead")
    assert several["lead"] in behind.text and several["gone"] in behind.text, "the old lead keeps what it held"
    fragment = supervisor.get(f"/holdings?{several['period']}&unit=gd", headers=HTMX).text
    assert fragment.lstrip().startswith("<section") and 'id="holdings-cases"' in fragment and "<html" not in fragment
    assert several["gone"] in fragment and several["lead"] not in fragment


def test_every_figure_of_the_table_is_a_link_that_opens_its_cases(app, browser_of, several):
    supervisor = browser_of("supervisor")
    page = supervisor.get(f"/holdings?{several['period']}").text
    links = set(re.findall(r'href="(/holdings\?[^"#]*(?:unit|hand)=[^"#]*)#holdings-cases"', page))
    assert len(links) >= 5
    for link in links:
        opened = supervisor.get(link.replace("&amp;", "&"))
        assert opened.status_code == 200 and opened.text.count('#case-chart"') >= 1, link


def test_what_is_sealed_is_in_no_sum_and_behind_none(app, browser_of, several):
    for username in ("supervisor", "director", "auditor", "leader", "liaison"):
        for query in ("", "&unit=zjj", "&unit=ysb"):
            page = browser_of(username).get(f"/holdings?{several['period']}{query}").text
            assert several["sealed"] not in page and "密封的件" not in page


def test_a_unit_sees_its_own_cases_and_who_else_held_them(app, browser_of, several):
    page = browser_of("liaison").get(f"/holdings?{several['period']}&unit=ysb").text
    assert {"营商办", "市住建局"} <= rows(page).keys() and several["lead"] in page
    assert several["gone"] not in page, "it is no longer its case to see"
    nothing = browser_of("county").get(f"/holdings?{several['period']}&unit=zjj")
    assert nothing.status_code == 200 and several["lead"] not in nothing.text and rows(nothing.text) == {}
    for username in ("sysadmin", "secadmin", "logadmin"):
        assert browser_of(username).get("/holdings").status_code == 403


@pytest.mark.parametrize(("query", "field", "sentence"), [
    ("since=2026-10-01&until=2026-09-30", "until", "早于"),
    ("since=2025-01-01&until=2026-09-30", "until", "时段最长一年，请缩短。"),
    ("since=2026-02-30", "since", "这不是有效日期。"),
    ("until=tomorrow", "until", "这不是有效日期。"),
    ("since=1999-01-01&until=1999-02-01", "since", "日历自"),
    ("since=0001-01-01", "since", "这不是有效日期。"),
    ("since=9999-12-31&until=9999-12-31", "since", "尚未开始"),
])
def test_a_bad_period_gets_a_sentence_beside_its_field_and_keeps_what_was_typed(app, browser_of, query, field,
                                                                                sentence):
    answer = browser_of("supervisor").get(f"/holdings?{query}")
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-error">(.*?)</p><input[^>]*value="([^"]*)"', answer.text, re.S)
    assert sentence in beside[1]
    assert beside[2] == dict(part.split("=") for part in query.split("&"))[field]
    fragment = browser_of("supervisor").get(f"/holdings?{query}", headers=HTMX)
    assert fragment.status_code == 422 and sentence in fragment.text


def test_names_of_nothing_are_left_out_of_the_address(app, browser_of, several):
    for query in ("unit=nowhere", "hand=x", "kind=x", "unit=%00&hand=<b>&kind=%27"):
        answer = browser_of("supervisor").get(f"/holdings?{several['period']}&{query}")
        assert answer.status_code == 200 and "<b>" not in answer.text, query


def test_an_empty_period_says_so(app, browser_of):
    page = browser_of("supervisor").get("/holdings?since=2026-01-06&until=2026-01-07").text
    assert "本时段内没有在办的件" in page
    english = browser_of("supervisor").get("/holdings?since=2026-01-06&until=2026-01-07&lang=en").text
    assert "No case lived in this period" in english
