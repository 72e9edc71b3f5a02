"""What a page weighs on its way to a browser that has never been here, on a ledger of more than fifty rows."""

import pytest

from tests.browser.city import City
from tests.conftest import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")
KIB = 1024
FIRST, FIRST_REQUESTS, LATER = 80 * KIB, 8, 25 * KIB
ROWS = 52


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("weight"), "weight")
    with city.office(days_ago=20) as office:
        for n in range(ROWS):
            case = office.file(title=f"第{n}件：厂房竣工联合验收四个月未办结，反复要求补件", facts="反复退补。" * 40)
            if n % 4:
                office.assign(case, supports=("zrzy",))
            if n % 2:
                office.start(case)
        city.number = case.number
    with city.served():
        yield city


class Scales:
    """Counts what the network brings, headers included."""

    def __init__(self, page):
        self.requests, self.bytes = 0, 0
        cdp = page.context.new_cdp_session(page)
        cdp.send("Network.enable")
        cdp.on("Network.loadingFinished", self._add)

    def _add(self, event) -> None:
        self.requests += 1
        self.bytes += event["encodedDataLength"]

    def read(self, page) -> tuple[int, int]:
        page.wait_for_load_state("networkidle")
        read = self.bytes, self.requests
        self.bytes = self.requests = 0
        return read


def test_sign_in_and_the_desk_are_light_to_somebody_who_comes_for_the_first_time(city, visitor, client_cookies):
    for address, cookies in (("/login", []), ("/", client_cookies(city, "dispatcher"))):
        newcomer = visitor(city)
        newcomer.context.add_cookies(cookies)
        scales = Scales(newcomer.page)
        newcomer.page.goto(address)
        weight, requests = scales.read(newcomer.page)
        assert newcomer.page.url.endswith(address)
        assert 0 < weight <= FIRST, address
        assert 0 < requests <= FIRST_REQUESTS, address


@pytest.fixture
def client_cookies(visitor):
    def cookies(city, username):
        return visitor(city, username).context.cookies()

    return cookies


@pytest.mark.parametrize("username", ["dispatcher", "liaison"])
def test_every_later_page_is_lighter_still(city, visitor, username):
    reader = visitor(city)
    reader.page.goto("/login")
    reader.page.fill("#username", username)
    reader.page.fill("#password", PASSWORD)
    reader.press("button[type=submit]")
    scales = Scales(reader.page)
    addresses = ["/", "/cases", "/cases?q=验收", f"/cases/{city.number}", f"/cases/{city.number}/trail"]
    if username == "dispatcher":
        addresses += ["/cases?state=filed", "/cases/new", "/overdue", "/trail", f"/cases/{city.number}/steps/reassign",
                      "/units/zjj", "/imports"]
    for address in addresses:
        reader.page.goto(address)
        weight, _requests = scales.read(reader.page)
        assert 0 < weight < LATER, address
