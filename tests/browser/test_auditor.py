"""The auditor's day in a browser: find a case by a word of its text, take its dossier away, and check it elsewhere."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.domain.files import Shelf
from app.office import records
from tests.browser.city import City

pytestmark = pytest.mark.xdist_group("browser")
PDF = b"%PDF-1.7 certificate"


@pytest.fixture(scope="module")
def city(databases_of, tmp_path_factory):
    """With a complaint about a word that no other case has, and a file on it."""
    city = City(databases_of("sqlite"), tmp_path_factory.mktemp("auditor"), "auditor")
    with city.office(days_ago=3) as office:
        office.file()
        case = office.file(title="园区道路迟迟不通", facts="企业反映：货车绕行，鲸鲨路至今未通车。",
                           complainant={"name": "冯小满", "phone": "13800001234"})
        office.assign(case)
        office.later(hours=1)
        office.start(case)
        kept = Shelf(city.folder / "data" / "files").keep([PDF], "通车证明.pdf")
        records.attach(office.session, case, kept, purpose="evidence", by=office.by("liaison"), at=office.now,
                       words=str, register=office.register)
        city.number = case.number
    with city.served():
        yield city


def unpacked(visitor, folder: Path) -> Path:
    with visitor.page.expect_download() as downloading:
        visitor.page.click('main a[href$="/file"]')
    with zipfile.ZipFile(downloading.value.path()) as package:
        package.extractall(folder)
    return folder


def run(folder: Path):
    return subprocess.run([sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("scripts", "language"), [(True, "zh"), (True, "en"), (False, "zh")])
def test_a_case_is_found_taken_away_and_checked_in_an_empty_folder(city, visitor, tmp_path, scripts, language):
    auditor = visitor(city, "auditor", scripts=scripts, language=language)
    auditor.fill("#find", "鲸鲨")
    with auditor.page.expect_navigation():
        auditor.page.press("#find", "Enter")
    auditor.arrived()
    auditor.press(f'main a[href="/cases/{city.number}"]')
    auditor.press("#case-dossier button[type=submit]")
    if scripts:
        auditor.page.wait_for_selector('main a[href$="/file"]', timeout=30_000)
    while not auditor.holds('main a[href$="/file"]'):
        auditor.press('#dossiers-progress a[href*="/dossiers/"]')
    auditor.arrived()

    folder = unpacked(auditor, tmp_path / "empty")
    ran = run(folder)
    assert (ran.returncode, ran.stderr) == (0, "") and "全部成立" in ran.stdout and "all 8 checks hold" in ran.stdout
    assert (folder / "files" / "0004.pdf").read_bytes() == PDF
    assert "冯小满" not in "".join(path.read_text() for path in folder.rglob("*.js*"))
    (folder / "files" / "0004.pdf").write_bytes(PDF.replace(b"c", b"k", 1))
    ran = run(folder)
    assert ran.returncode == 1 and "files/0004.pdf" in ran.stdout


def test_with_a_written_reason_the_identity_goes_along(city, visitor, tmp_path):
    auditor = visitor(city, "auditor", width=360)
    auditor.open(f"/cases/{city.number}")
    auditor.page.click("#case-dossier summary")
    auditor.fill("#dossier-reason", "核实是否同一企业")
    auditor.press("#case-dossier button[type=submit]")
    auditor.page.wait_for_selector('main a[href$="/file"]', timeout=30_000)
    auditor.arrived()
    folder = unpacked(auditor, tmp_path / "empty")
    assert run(folder).returncode == 0
    auditor.page.goto((folder / "account.html").as_uri())
    assert "冯小满" in auditor.page.inner_text("body") and "核实是否同一企业" in auditor.page.inner_text("body")
    assert auditor.page.evaluate("document.documentElement.scrollWidth") <= 360
