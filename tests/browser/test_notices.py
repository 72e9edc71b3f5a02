"""The supervisor's day in a browser: from the board to the paper, its signature, receipt, answer and verdict."""

import pytest

from tests.browser.city import City

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    """With a complaint whose term has been over for weeks."""
    city = City(databases_of("postgresql"), tmp_path_factory.mktemp("notices"), "notices")
    with city.office(days_ago=30) as office:
        case = office.file()
        office.assign(case)
        office.later(hours=1)
        office.start(case)
        city.number = case.number
    with city.served():
        yield city


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_late_matter_is_supervised_signed_received_answered_and_judged(city, visitor, scripts):
    supervisor = visitor(city, "supervisor", scripts=scripts)
    supervisor.press('.db-nav a[href="/overdue"]')
    row = supervisor.page.locator("#overdue-list tr", has_text=city.number).filter(has_text="办理").first
    row.locator("input[type=checkbox]").check()
    supervisor.press('#overdue-list button[value=prepare]')
    supervisor.fill("#form", "supervise")
    supervisor.fill("#requirement", "请五个工作日内整改到位。\n请书面说明逾期原因。")
    supervisor.press("main form button[type=submit]")
    paper = supervisor.page.url.removeprefix(city.base)

    director = visitor(city, "director", scripts=scripts)
    director.press(f'main a[href="{paper}"]')
    director.press('form:has(input[value="sign"]) button')
    assert "督〔" in director.page.locator(".db-sheet").inner_text()

    liaison = visitor(city, "liaison", scripts=scripts)
    liaison.press(f'main a[href="{paper}"]')
    liaison.press('form:has(input[value="receive"]) button')
    liaison.fill("#reply-text", "已整改到位，逾期因第三方检测排队。")
    liaison.press('form:has(input[value="reply"]) button')

    supervisor.open("/notices")
    supervisor.press(f'main a[href="{paper}"]')
    supervisor.fill("#judge-opinion", "属实。")
    supervisor.press('form:has(input[value="judge"]) button')
    assert supervisor.page.locator(".db-hand .is-now").count() == 0
    assert supervisor.page.locator(".db-hand li").count() == 5
