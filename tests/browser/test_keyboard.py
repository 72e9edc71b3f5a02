"""By keys alone: past the navigation, to what is wrong, always seen; and the case on paper."""

import pytest

from tests.browser.city import City

pytestmark = pytest.mark.xdist_group("browser")
FOCUSED = "() => document.activeElement.matches('{}')"
OUTLINED = """() => {
  const style = getComputedStyle(document.activeElement);
  return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
}"""
SEEN_ON_PAPER = """names => names.flatMap(name => [...document.querySelectorAll(name)])
  .filter(e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().height > 1)
  .map(e => e.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("keys"), "keys")
    with city.office(days_ago=9) as office:
        case = office.file()
        office.assign(case, supports=("zrzy",))
        office.start(case)
        city.number = case.number
    with city.served():
        yield city


def test_the_first_key_offers_to_skip_the_navigation(city, visitor):
    reader = visitor(city, "liaison")
    reader.open("/cases")
    reader.page.keyboard.press("Tab")
    link = reader.page.locator(".govuk-skip-link")
    assert link.evaluate("e => e === document.activeElement && e.getBoundingClientRect().height > 10")
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate(FOCUSED.format("#main"))


@pytest.mark.parametrize("address", ["/login", "/", "/cases", "/case", "/step"])
def test_wherever_the_focus_goes_it_is_seen(city, visitor, address):
    reader = visitor(city) if address == "/login" else visitor(city, "liaison")
    reader.open({"/case": f"/cases/{city.number}", "/step": f"/cases/{city.number}/steps/submit"}.get(address, address))
    seen = set()
    for _key in range(60):
        reader.page.keyboard.press("Tab")
        if reader.page.evaluate(FOCUSED.format("body")):
            break
        what = reader.page.evaluate("() => document.activeElement.outerHTML.slice(0, 160)")
        assert reader.page.evaluate(OUTLINED), what
        seen.add(what)
    assert len(seen) >= 3


@pytest.mark.parametrize("scripts", [True, False])
def test_after_a_refusal_the_focus_is_on_what_is_wrong_and_its_link_leads_to_the_field(city, visitor, scripts):
    reader = visitor(city, "liaison", scripts=scripts)
    reader.open(f"/cases/{city.number}/steps/submit")
    reader.answer({"statement": "已出具联合验收意见书。"})
    with reader.expecting(422):
        reader.press("#case-steps form button[type=submit]:not([formaction])")
    assert reader.value("statement") == "已出具联合验收意见书。"
    if scripts:
        assert reader.page.evaluate(FOCUSED.format(".govuk-error-summary"))
    reader.page.locator(".govuk-error-summary a").first.click()
    assert reader.page.evaluate(FOCUSED.format("#result"))


def test_the_case_on_paper_has_neither_navigation_nor_forms(city, visitor):
    reader = visitor(city, "liaison")
    reader.open(f"/cases/{city.number}")
    chrome = ["nav", "form", "button", "input", "select", "textarea", ".db-top", ".db-foot", ".govuk-skip-link"]
    assert reader.page.evaluate(SEEN_ON_PAPER, chrome)
    reader.page.emulate_media(media="print")
    assert reader.page.evaluate(SEEN_ON_PAPER, chrome) == []
    assert reader.page.locator("#case-chart table").is_visible(), "the chart's table is open on paper"
    assert reader.page.locator(".db-only-print").first.is_visible()
