"""duban trail dossier: one case as a file that checks itself, without the sealed ones, and never half of it."""

import io
import os
import subprocess
import sys
import zipfile

import pytest
from sqlalchemy import select

from app.cli import main
from app.domain import trail
from app.extensions import db
from tests.conftest import Office


@pytest.fixture
def duban(app):
    def run(*args):
        answer = app.test_cli_runner().invoke(main, [str(arg) for arg in args])
        with app.app_context():
            db.session.remove()
        return answer

    return run


@pytest.fixture
def number(web_office: Office) -> str:
    case = web_office.file(complainant={"name": "冯小满"})
    web_office.assign(case)
    number = case.number
    web_office.session.commit()
    return number


def test_the_file_checks_itself_and_the_machine_is_named_as_who_took_it(app, duban, number, tmp_path):
    file = tmp_path / "out" / "case.zip"
    file.parent.mkdir()
    answer = duban("trail", "dossier", number, file)
    assert answer.exit_code == 0 and answer.stdout.startswith(f"{number}: 2 entries in {file}, SHA-256 "), answer.output
    assert os.listdir(file.parent) == ["case.zip"] and file.stat().st_mode & 0o077 == 0
    assert not list(app.extensions["settings"].dossiers.iterdir()), "nothing of it stays behind"
    with zipfile.ZipFile(file) as package:
        package.extractall(tmp_path / "empty")
        assert b"system" in package.read("office.jsonl")
        assert "冯小满".encode() not in b"".join(map(package.read, package.namelist()))
    ran = subprocess.run([sys.executable, "-I", "verify.py"], cwd=tmp_path / "empty", capture_output=True, text=True,
                         timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_with_a_reason_the_identity_goes_along(app, duban, number, tmp_path):
    assert duban("trail", "dossier", number, tmp_path / "c.zip", "--reason", "移送核查").exit_code == 0
    with zipfile.ZipFile(tmp_path / "c.zip") as package:
        assert "冯小满" in package.read("values.json").decode() and "移送核查" in package.read("account.html").decode()
    with app.app_context():
        asked = db.session.scalars(select(trail.Entry).where(trail.Entry.verb == "dossier_asked")).one()
        assert (asked.actor, trail.facts(asked)["identity"]) == ("system", True)


def test_what_is_not_there_is_refused_and_so_is_a_sealed_case(duban, web_office, tmp_path):
    sealed = web_office.file(sealed=True).number
    web_office.session.commit()
    for number in ("TS-2026-9999", sealed, "\0"):
        answer = duban("trail", "dossier", number, tmp_path / "c.zip")
        assert answer.exit_code == 1 and not (tmp_path / "c.zip").exists(), number
    assert len(answer.output.strip().splitlines()) == 1


def test_a_wrong_name_is_misuse(duban, number, tmp_path):
    for name in ("c.tar", "c", ""):
        assert duban("trail", "dossier", number, tmp_path / name).exit_code == 2


def test_a_file_that_stands_is_replaced_at_once_or_not_at_all(duban, number, tmp_path):
    (tmp_path / "c.zip").write_bytes(b"before")
    assert duban("trail", "dossier", "TS-2026-9999", tmp_path / "c.zip").exit_code == 1
    assert (tmp_path / "c.zip").read_bytes() == b"before"
    assert duban("trail", "dossier", number, tmp_path / "c.zip").exit_code == 0
    assert zipfile.is_zipfile(io.BytesIO((tmp_path / "c.zip").read_bytes()))
