"""Looking back by lot in a browser: announced, drawn with the next checkpoint, looked at, reopened, repeated."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.bench.service import environment
from tests.browser.city import City

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    """With three cases that were closed in these days."""
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("lookbacks"), "lookbacks")
    with city.office(days_ago=4) as office:
        for _ in range(3):
            case = office.file()
            office.assign(case)
            office.start(case)
            office.submit(case)
            office.step(case, "sign", "principal")
            office.close(case)
    with city.served():
        yield city


def seal(city: City) -> str:
    """The next checkpoint, by the command that the worker runs every five minutes; its note."""
    duban, where = str(Path(sys.executable).parent / "duban"), environment(city.folder / "data", city.url)
    subprocess.run([duban, "trail", "seal"], env=where, check=True, capture_output=True, timeout=60)
    return subprocess.run([duban, "trail", "checkpoint"], env=where, check=True, capture_output=True, text=True,
                          timeout=60).stdout


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_lot_is_announced_drawn_looked_at_and_repeated(city, visitor, scripts):
    supervisor = visitor(city, "supervisor", scripts=scripts)
    supervisor.press('.db-nav a[href="/lookbacks"]')
    supervisor.fill("#share", "100")
    supervisor.press('form[action="/lookbacks"] button[type=submit]')
    address = supervisor.page.url.removeprefix(city.base)
    assert not supervisor.holds(f'form[action="{address}/draw"]'), "there is no checkpoint yet"
    note = seal(city)
    supervisor.open(address)
    supervisor.press(f'form[action="{address}/draw"] button')
    rows = supervisor.page.locator(f'main a[href^="{address}/cases/"]')
    assert rows.count() == (3 if scripts else 2), "one was reopened the first time"

    supervisor.press(f'main a[href^="{address}/cases/"]')
    supervisor.fill("#result", "paper")
    supervisor.fill("#finding", "文件已改，窗口仍要求提交原材料。")
    supervisor.page.locator("#reopen").check()
    supervisor.press("main form.db-form button[type=submit]")
    assert "文字整改" in supervisor.page.inner_text("main") and "反弹" in supervisor.page.inner_text("main")

    auditor = visitor(city, "auditor", scripts=scripts, language="en")
    auditor.open(address)
    auditor.page.locator("main summary").last.click() if scripts else auditor.page.locator("main summary").last.press(
        "Enter")
    auditor.fill("#note", note)
    auditor.press("main details form button")
    assert "It is the checkpoint of this draw" in auditor.page.inner_text("main")
    auditor.press(f'a[href="{address}/population"]')
    assert auditor.page.locator("main tbody tr").count() == (3 if scripts else 2)
