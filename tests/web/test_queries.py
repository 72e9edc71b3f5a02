"""How many statements a page takes: as many with sixty rows as with five, and never more than measured today."""

import math

import pytest

from tests.web.conftest import HTMX

# Page, reader → the most statements it takes. Raising a number here needs a reason.
MOST = {
    ("/", "director"): 8, ("/", "liaison"): 9, ("/", "dispatcher"): 9,
    ("/cases", "director"): 6, ("/cases", "liaison"): 6, ("/cases?state=open&sort=due", "director"): 6,
    ("/cases?unit=zjj&lamp=green", "director"): 6, ("/cases?q=联合", "director"): 6, ("/cases?q=联合", "liaison"): 6,
    ("/cases?state=filed", "dispatcher"): 6,
    ("/cases/{number}", "director"): 17, ("/cases/{number}", "liaison"): 17, ("/cases/{number}", "auditor"): 14,
    ("/cases/{number}/trail", "auditor"): 16,  # its hands and who was told of what are two
    ("/cases/{number}/records", "registrar"): 5, ("/cases/{number}/steps/report", "liaison"): 17,
    ("/trail", "auditor"): 6, ("/trail?q=联合&act=filed", "auditor"): 7,  # one of them for what is not traced yet
    ("/trail/verification", "auditor"): 10,  # with what was lodged outside, and what was witnessed there
    ("/overdue", "supervisor"): 6,
    ("/overdue?unit=zjj&which=open", "supervisor"): 8,  # with what was said, climbed, and missed week by week
    ("/holdings", "director"): 8, ("/holdings?unit=zjj", "liaison"): 8,
    ("/units/zjj", "director"): 6, ("/officers", "sysadmin"): 5, ("/imports", "registrar"): 5,
    ("/calendar", "director"): 7, ("/calendar", "liaison"): 6, ("/rules", "secadmin"): 3, ("/ladder", "secadmin"): 3,
    ("/cases/{number}/why/3", "liaison"): 9, ("/lookbacks", "supervisor"): 5, ("/influences", "secadmin"): 4,
    ("/accesses", "logadmin"): 4, ("/accesses", "auditor"): 4,
    ("/settings", "secadmin"): 6,  # with the checkpoints lodged outside
    ("/cases/new", "registrar"): 5, ("/password", "liaison"): 3, ("/delivery", "liaison"): 6,
}


def furnish(office, cases: int):
    """So many cases at work, each with a support, a report and a note; the first has a long life."""
    made = []
    for at in range(cases):
        case = office.at_work(supports=["zrzy"], notes=(("领导批示", "请速办"),)) if at % 2 else office.handed()
        made.append(case)
    for _ in range(cases):
        office.step(made[1], "report", "liaison", progress="在办")
    for _ in range(cases // 2):
        office.file()
    return made[1].number


@pytest.fixture
def measured(app, browser_of, prepared, statements):
    def measure(cases: int) -> dict:
        app.extensions["footer_trail"] = math.inf, (None, False)  # kept for seconds, not to run out between two pages
        with prepared() as office:
            number = furnish(office, cases)
        found = {}
        for (url, username), _most in MOST.items():
            browser, address = browser_of(username), url.format(number=number)
            browser.get(address)  # once before, so that what a process keeps is kept
            found[url, username] = statements(lambda browser=browser, address=address: browser.get(address))
        return found

    return measure


def test_the_number_of_statements_does_not_grow_with_the_rows(measured):
    few, many = measured(5), measured(60)
    assert many == few
    assert {page: count for page, count in many.items() if count > MOST[page]} == {}


def test_an_export_reads_in_batches_and_not_row_by_row(app, browser_of, prepared, statements):
    def export(cases: int) -> int:
        with prepared() as office:
            furnish(office, cases)
        browser_of("director").get("/")
        return statements(lambda: browser_of("director").post("/exports", format="csv", query=""))

    few, many = export(5), export(60)
    assert many == few <= 35


def test_a_fragment_takes_no_more_than_its_page(app, browser_of, prepared, statements):
    with prepared() as office:
        number = furnish(office, 5)
    liaison = browser_of("liaison")
    for url in ("/cases", f"/cases/{number}"):
        liaison.get(url)
        page, fragment = statements(lambda url=url: liaison.get(url)), statements(
            lambda url=url: liaison.get(url, headers=HTMX))
        assert fragment <= page
