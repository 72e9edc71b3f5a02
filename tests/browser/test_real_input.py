"""Real messages to a city government: brought in through the browser, and twenty of them walked to review."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.walking import Walk
from tests.conftest import switch

pytestmark = pytest.mark.xdist_group("browser")
ROOT = Path(__file__).parents[2]
DATA = Path(switch("DUBAN_TEST_DATA") or ROOT.parent / "shared" / "data")
SAMPLE = DATA / "complaints_sample" / "complaints_sample_300.xlsx"
ROWS, WALKED = 300, 20 if switch("DUBAN_WEIGH") == "1" else 4
AT_LEAST_A_MINUTE = 120_000  # milliseconds for the worker to put all rows on the books


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    if not SAMPLE.exists():
        pytest.skip("the sample of real messages is not on this machine")
    city = City(databases_of("postgresql"), tmp_path_factory.mktemp("real"), "real")
    with city.served():
        yield city


def test_three_hundred_real_messages_come_in_and_some_of_them_are_walked_to_review(city, visitor):
    walk = Walk(city, visitor)
    bring_in(walk.by("registrar"))
    bring_in_again(walk.by("registrar"))
    for number in assign_together(walk.by("dispatcher")):
        walk.number = number
        walk.take("liaison", "start", plan="先联系来电人，再办理。")
        walk.submit_sign_and_close("complaint")
        walk.take("supervisor", "review", asked="unreached", finding="三次去电无人接听。")
        assert walk.stage() == 5


def bring_in(clerk) -> None:
    """Upload, look, put on the books, and follow how far it is."""
    upload(clerk)
    assert clerk.page.locator("#columns select").count() >= 6
    clerk.press("#imports-preview button[type=submit]:not([name])")
    expect(clerk.page.locator(".db-alert--ok")).to_contain_text(str(ROWS), timeout=AT_LEAST_A_MINUTE)
    clerk.arrived()
    clerk.press('main a[href*="state=filed"]')
    assert clerk.page.locator("#cases-rows tbody tr").count() == 25


def bring_in_again(clerk) -> None:
    """Nothing new, says the page, before anything is ordered."""
    upload(clerk)
    assert clerk.page.locator("#imports-preview .db-alert--note").inner_text().count(str(ROWS)) == 1


def upload(clerk) -> None:
    clerk.open("/cases")
    clerk.press('.db-head a[href="/imports"]')
    clerk.page.locator("#file").set_input_files(SAMPLE)
    clerk.fill("#kind", "complaint")
    clerk.press("main form.db-form button[type=submit]")
    assert clerk.said() == ""


def assign_together(clerk) -> list[str]:
    """Choose rows of the ledger, name a unit for each, confirm once."""
    clerk.open("/cases?state=filed")
    chosen = clerk.page.locator("#cases-pick input[type=checkbox]")
    numbers = [chosen.nth(n).get_attribute("value") for n in range(WALKED)]
    for n in range(WALKED):
        chosen.nth(n).check()
    clerk.press("#cases-pick .db-bulk button")
    for number in numbers:
        clerk.fill(f"#lead-{number}", "zjj")
        clerk.fill(f"#basis-{number}", "三定规定")
    clerk.press(".db-bulk button")
    assert clerk.said() == ""
    return numbers
