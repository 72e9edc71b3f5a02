"""A session that ends in the middle of a long form takes nothing of what was typed with it."""

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.walking import FACTS

pytestmark = pytest.mark.xdist_group("browser")
TITLE = "厂房竣工联合验收四个月未办结"


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("drafts"), "drafts")
    with city.served():
        yield city


@pytest.mark.parametrize("scripts", [True, False])
def test_a_new_case_half_typed_is_there_again_after_signing_in_again(city, visitor, scripts):
    clerk = visitor(city, "registrar", scripts=scripts)
    clerk.open("/cases/new?kind=complaint")
    clerk.answer({"title": TITLE, "facts": FACTS})
    if scripts:  # kept by itself
        expect(clerk.page.locator("#saved")).not_to_be_empty()
    else:
        clerk.press("button[formaction^='/drafts/']")
    clerk.context.clear_cookies()

    with clerk.second_tab():
        clerk.sign_in("registrar")
        clerk.press("section:has(#drafts) li a")
        assert (clerk.value("title"), clerk.value("facts")) == (TITLE, FACTS)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_sent_after_the_session_had_ended_is_sent_again_from_the_page_that_kept_it(city, visitor, scripts):
    clerk = visitor(city, "registrar", scripts=scripts)
    clerk.open("/cases/new?kind=complaint")
    clerk.answer({"title": TITLE, "facts": FACTS, "source": "12345"})
    clerk.context.clear_cookies()
    with clerk.expecting(401):
        clerk.press("main form.db-form button[type=submit]:not([formaction])")
    with clerk.second_tab():
        clerk.sign_in("registrar")
    with clerk.expecting(400):  # the page was still of the session that had ended
        clerk.press("main form button[type=submit]")
    clerk.press("main form button[type=submit]")
    assert "/cases/TS-" in clerk.page.url and TITLE in clerk.page.locator("h1").inner_text()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_step_half_typed_is_there_again_too(city, visitor, scripts):
    with city.office() as office:
        case = office.file(outside_number=None)
        office.assign(case)
        number = case.number
    clerk = visitor(city, "liaison", scripts=scripts)
    clerk.open(f"/cases/{number}")
    clerk.press('#case-steps a[href$="/steps/object"]')
    clerk.answer({"basis": "三定规定", "right_unit": "qx", "reason": "项目在青溪县，\n属县级事权。"})
    clerk.press("button[formaction^='/drafts/']")
    clerk.context.clear_cookies()
    clerk.open(f"/cases/{number}/steps/object")
    clerk.fill("#username", "liaison")
    clerk.fill("#password", "correct horse battery")
    clerk.press("button[type=submit]")
    assert clerk.page.url.endswith(f"/cases/{number}/steps/object")
    assert [clerk.value(name) for name in ("basis", "right_unit", "reason")] == [
        "三定规定", "qx", "项目在青溪县，\n属县级事权。"]
