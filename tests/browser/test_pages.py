"""Every page of every post, the main ones in both languages: what is held against each is in inspection.py."""

from datetime import timedelta

import pytest

from tests.browser.city import City

pytestmark = pytest.mark.xdist_group("browser")

BOOKS = ("/", "/cases", "/cases?q=联合验收")
BOARDS = (*BOOKS, "/overdue", "/overdue?which=open", "/trail")
PAGES = {
    "registrar": (*BOARDS, "/cases/new?kind=complaint", "/cases/new?kind=finding", "/imports"),
    "dispatcher": (*BOARDS, "/cases?state=filed", "/cases/new?kind=task", "/imports"),
    "supervisor": (*BOARDS, "/notices", "/cases/new?kind=accountability", "/units/zjj"),
    "director": BOARDS,
    "leader": ("/", "/overdue", "/notices"),
    "liaison": (*BOOKS, "/units/zjj", "/password", "/delivery"),
    "principal": (*BOOKS, "/notices"),
    "supporter": BOOKS,
    "discipline": BOOKS,
    "auditor": ("/", "/cases", "/trail"),
    "sysadmin": ("/", "/officers"),
    "secadmin": ("/", "/officers"),
    "logadmin": ("/", "/officers"),
}
IN_ENGLISH_TOO = ("supervisor", "liaison")


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    """With everything that a page of a case can show."""
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("pages"), "pages")
    city.publish_catalogue()
    with city.office(days_ago=30) as office:
        city.numbers = {name: make(office).number for name, make in CASES.items()}
    with city.served():
        yield city


def at_work(office):
    case = office.file(complainant={"name": "王建国", "phone": "13800001234"})
    office.assign(case, supports=("zrzy", "gd"))
    office.later(hours=1)
    office.start(case)
    return case


def late(office):
    case = at_work(office)
    office.step(case, "escalate", "director", reason="影响面大。")
    office.step(case, "list", "director", reason="久拖不决。")
    office.step(case, "call", "liaison", unit="zrzy", need="请即出具意见。")
    return case


def paused(office):
    case = at_work(office)
    review_on = (office.today + timedelta(days=7)).isoformat()
    office.step(case, "ask_pause", "liaison", category="hearing", reason="听证。", review_on=review_on)
    office.step(case, "sign", "principal")
    office.step(case, "grant_pause", "director")
    return case


def objected(office):
    case = office.file()
    office.assign(case)
    office.step(case, "object", "liaison", basis="三定规定", right_unit="qx", reason="属县级事权。")
    return case


def relapsed(office):
    case = at_work(office)
    for supporter in ("supporter", "outsider"):
        office.step(case, "finish_part", supporter, result="已出具。")
    office.submit(case)
    office.step(case, "sign", "principal")
    office.close(case)
    office.step(case, "reopen", "supervisor", reason="企业来电：又要求补件。")
    office.submit(case)
    return case


def of_the_unit_complained_of(office):
    case = office.file(complained_of=office.register.people.by_code["zjj"], redacted="某企业反映验收久拖。")
    office.assign(case)
    return case


def ended(office):
    case = office.file("task")
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="已撤回。")
    office.step(case, "end", "director")
    return case


CASES = {"late": late, "paused": paused, "objected": objected, "relapsed": relapsed,
         "complained_of": of_the_unit_complained_of, "ended": ended, "filed": lambda office: office.file("finding")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_doors_and_the_dead_ends_are_as_good_as_the_rest(city, visitor, language):
    guest = visitor(city, language=language)
    guest.open("/login?next=/cases")
    guest.fill("#username", "liaison")
    guest.fill("#password", "wrong")
    with guest.expecting(422):
        guest.press("button[type=submit]")
        assert guest.said()
    guest = visitor(city, "outsider", language=language)
    with guest.expecting(403, 404):
        guest.open("/cases/TS-2020-9999")
        guest.open("/overdue")
    guest.open("/")


@pytest.mark.parametrize(("username", "language"), [
    *((username, "zh") for username in PAGES), *((username, "en") for username in IN_ENGLISH_TOO)])
def test_every_page_of_a_post_is_open_to_everybody_who_can_only_hear_or_press_keys(city, visitor, username, language):
    reader = visitor(city, username, language=language)
    for address in PAGES[username]:
        reader.open(address)
        assert reader.holds("main h1"), address


@pytest.mark.parametrize(("username", "language", "condition"), [
    *(("dispatcher", "zh", condition) for condition in CASES),
    *(("liaison", "en", condition) for condition in CASES if condition not in ("ended", "filed"))])
def test_a_case_in_every_condition(city, visitor, username, language, condition):
    reader = visitor(city, username, language=language)
    reader.looking_at = condition
    reader.open(f"/cases/{city.numbers[condition]}")
    assert reader.holds(".db-stages [aria-current=step]")


@pytest.mark.parametrize("username", ["dispatcher", "liaison", "auditor", "leader"])
def test_what_lies_behind_a_case(city, visitor, username):
    reader = visitor(city, username)
    number = city.numbers["late"]
    reader.open(f"/cases/{number}")
    reader.press("#case-trail .db-card__foot a, #case-trail .db-card__head a")
    assert reader.page.url.endswith("/trail")
    reader.open(f"/cases/{number}")
    if reader.holds(f'a[href="/cases/{number}/records"]'):
        reader.press(f'a[href="/cases/{number}/records"]')
        reader.fill("#reason-i", "回访核实。")
        reader.press('form[action$="/identity"] button')
        assert "王建国" in reader.page.locator("main").inner_text()
    else:
        assert username in ("auditor", "leader")


def test_the_browser_tests_are_one_workers(request):
    """Else each worker would hold every page against axe again; pytest and its xdist must agree on how groups are
    named."""
    if hasattr(request.config, "workerinput"):
        assert request.node.nodeid.endswith("@browser")
