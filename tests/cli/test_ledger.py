"""duban ledger import and export: exit 0 done, 1 refused, 2 misuse."""

import csv
import json
import os
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import sealing
from app.cli import main
from app.domain import checkpoints, errands, trail
from app.domain.cases import Case
from app.domain.errands import Errand
from app.extensions import db
from app.office import imports
from app.papers import qr, tables

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT.parent / "shared" / "data" / "complaints_sample" / "complaints_sample_300.xlsx"
HEADS = ["留言编号", "留言主题", "留言时间", "留言详情"]
ROWS = [["1", "甲", "2026/3/2 10:11:12", "　事实一\r\n第二行 "], ["2", "乙", "2026.3.3", "'=事实二"]]


def write(path: Path, rows=ROWS, heads=HEADS) -> Path:
    with open(path, "w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([heads, *rows])
    return path


@pytest.fixture
def duban(app):
    """Give me a command; the answer has exit_code, stdout and stderr."""

    def run(*args):
        answer = app.test_cli_runner().invoke(main, ["ledger", *map(str, args)])
        with app.app_context():
            db.session.remove()
        return answer

    return run


def ask(app, query):
    with app.app_context():
        found = db.session.scalars(query).all()
        db.session.expunge_all()
        db.session.remove()
    return found


def count(app) -> int:
    return ask(app, select(func.count()).select_from(Case))[0]


def test_a_file_is_put_on_the_books_by_the_machine(app, duban, tmp_path):
    answer = duban("import", write(tmp_path / "t.csv"), "--kind", "complaint")
    assert (answer.exit_code, answer.stdout) == (
        0, "2 cases put on the books (TS-2026-0001 to TS-2026-0002), 0 stood already.\n".replace(
            "2026", str(ask(app, select(Case.number))[0][3:7])))
    cases = ask(app, select(Case).order_by(Case.id))
    assert [(c.outside_number, c.facts, c.source) for c in cases] == [
        ("1", "　事实一\r\n第二行 ", "12345"), ("2", "=事实二", "12345")]
    entry = ask(app, trail.of(trail.OFFICE))[-1]
    assert (entry.verb, entry.actor, entry.unit) == ("imported", "system", "ysb")


def test_the_same_file_again_adds_nothing_says_so_and_is_no_error(app, duban, tmp_path):
    path = write(tmp_path / "t.csv")
    duban("import", path, "--kind", "complaint")
    again = duban("import", path, "--kind", "complaint")
    assert (again.exit_code, again.stdout) == (0, "Nothing new: all 2 rows stand on the books already.\n")
    more = duban("import", write(tmp_path / "u.csv", [*ROWS, ["3", "丙", "", "事实三"]]), "--kind", "complaint")
    assert "1 cases put on the books" in more.stdout and "2 stood already" in more.stdout
    assert count(app) == 3


def test_every_bad_row_is_listed_and_nothing_comes_in(app, duban, tmp_path):
    path = write(tmp_path / "t.csv", [*ROWS, ["3", "", "昨天", "事实"], ["1", "丁", "", ""]])
    answer = duban("import", path, "--kind", "complaint")
    assert answer.exit_code == 1
    listed = [line.split(":")[0] for line in answer.stderr.splitlines() if line[:1] in "ABCD" and line[1:2].isdigit()]
    assert listed == ["C4 留言时间", "B4 留言主题", "D5 留言详情", "A5 留言编号"]
    assert (count(app), ask(app, select(Errand))) == (0, [])


def test_a_dry_run_says_what_would_happen_and_writes_nothing(app, duban, tmp_path):
    path = write(tmp_path / "t.csv")
    answer = duban("import", path, "--kind", "complaint", "--dry-run")
    assert (answer.exit_code, count(app), ask(app, select(Errand))) == (0, 0, [])
    assert "2 rows would be put on the books, 0 stand already" in answer.stdout
    assert "留言详情 → " in answer.stderr
    assert duban("import", write(tmp_path / "u.csv", [["1", "", "", ""]]), "--kind", "complaint",
                 "--dry-run").exit_code == 1


def test_a_missing_column_is_named(duban, tmp_path):
    answer = duban("import", write(tmp_path / "t.csv", heads=["留言编号", "留言主题", "留言时间", "正文段落"]),
                   "--kind", "complaint")
    assert answer.exit_code == 1 and "留言详情" in answer.stderr


def test_a_mapping_is_taken_from_a_file_by_name_or_from_those_shipped(app, duban, tmp_path):
    path = write(tmp_path / "t.csv", heads=["流水", "题目甲", "时间甲", "正文"])
    mapping = tmp_path / "mine.json"
    mapping.write_text(json.dumps({"source": "信箱", "columns": {"流水": "outside_number", "正文": "facts"}}))
    assert duban("import", path, "--kind", "complaint", "--mapping", mapping).exit_code == 0
    assert {case.source for case in ask(app, select(Case))} == {"信箱"}
    assert duban("import", write(tmp_path / "u.csv"), "--kind", "complaint", "--mapping", "messages",
                 "--source", "省平台").exit_code == 0
    assert {case.source for case in ask(app, select(Case))} == {"信箱", "省平台"}
    unknown = duban("import", path, "--kind", "complaint", "--mapping", "nobody")
    assert unknown.exit_code == 1 and "messages" in unknown.stderr
    mapping.write_text("[]")
    assert duban("import", path, "--kind", "complaint", "--mapping", mapping).exit_code == 1


@pytest.mark.parametrize("args", [["nowhere.csv", "--kind", "complaint"], ["{path}"], ["{path}", "--kind", "nonsense"],
                                  ["{path}", "--kind", "complaint", "--nonsense"]])
def test_misuse_ends_with_two(duban, tmp_path, args):
    path = write(tmp_path / "t.csv")
    assert duban("import", *(arg.format(path=path) for arg in args)).exit_code == 2


def test_accountability_and_locked_files_are_refused(duban, tmp_path):
    assert duban("import", write(tmp_path / "t.csv"), "--kind", "accountability").exit_code == 1
    locked = duban("import", ROOT / "tests" / "papers" / "files" / "locked.xlsx", "--kind", "complaint")
    assert locked.exit_code == 1 and len(locked.stderr.splitlines()) == 1


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of 300 is kept beside the project, not in it")
def test_the_sample_of_three_hundred_comes_in_once(app, duban):
    assert duban("import", SAMPLE, "--kind", "complaint").exit_code == 0
    assert "all 300 rows stand" in duban("import", SAMPLE.with_suffix(".csv"), "--kind", "complaint").stdout
    assert count(app) == 300


KILLED = """
import os, signal, sys
from pathlib import Path
from app import create_app, jobs
from app.cli import ledger
from app.office import sheets
app, path = create_app(data=sys.argv[1], database_url=sys.argv[2], testing=True), Path(sys.argv[3])
with app.app_context():
    with sheets.opened(path) as book:
        plan = sheets.settled(sheets.plan(book, "complaint"))
    id = ledger._begin(plan, ledger._lay_up(path), path.name, 0)
    jobs.carry_out(app, id, None, lambda done, total: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_what_was_killed_between_two_lots_goes_on_with_the_same_command(app, duban, tmp_path):
    rows = [[str(n), f"第 {n} 件", "", f"事实 {n}"] for n in range(imports.LOT * 2 + 20)]
    path = write(tmp_path / "t.csv", rows)
    data, url = app.extensions["settings"].data, app.config["SQLALCHEMY_DATABASE_URI"]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(data), url, str(path)], cwd=ROOT, timeout=120,
                            env={name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")})
    assert killed.returncode == -signal.SIGKILL
    (errand,) = ask(app, select(Errand))
    assert (errand.progress, errand.is_over, count(app)) == (imports.LOT, False, imports.LOT)
    answer = duban("import", path, "--kind", "complaint")
    assert answer.exit_code == 0 and f"{len(rows)} cases put on the books" in answer.stdout
    (errand,) = ask(app, select(Errand))
    assert (errand.state, errand.result["filed"], errand.result["skipped"]) == (errands.DONE, len(rows), 0)
    assert ask(app, select(Case.outside_number).order_by(Case.id)) == [row[0] for row in rows]


def test_a_file_that_somebody_works_on_is_left_to_him(app, duban, tmp_path):
    path = write(tmp_path / "t.csv")
    duban("import", path, "--kind", "complaint")
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        errand = db.session.scalar(select(Errand))
        errand.state, errand.claimed_by, errand.claimed_until = errands.WAITING, "elsewhere-1", _later()
        db.session.commit()
        db.session.remove()
    answer = duban("import", path, "--kind", "complaint")
    assert answer.exit_code == 1 and "2" in answer.stderr


def _later():
    return datetime.now(UTC) + timedelta(minutes=1)


# --- export ----------------------------------------------------------------------------------------------------------


def test_the_ledger_goes_out_and_comes_in_again_elsewhere(app, duban, tmp_path, databases):
    duban("import", write(tmp_path / "t.csv"), "--kind", "complaint")
    for name in ("out.xlsx", "out.csv"):
        answer = duban("export", tmp_path / name)
        assert answer.exit_code == 0 and answer.stdout.startswith("2 cases in ")
    manifest = json.loads((tmp_path / "out.csv.manifest.json").read_text())
    assert (manifest["rows"], manifest["filter"], manifest["checkpoint"]) == (2, "", None)
    assert not (tmp_path / "out.xlsx.manifest.json").exists()
    with app.app_context():
        sealing.seal(str)
        last = checkpoints.latest(db.session)
        db.session.remove()
    duban("export", tmp_path / "sealed.xlsx")
    with zipfile.ZipFile(tmp_path / "sealed.xlsx") as parts:
        assert parts.read("xl/media/image1.png") == qr.png(last.note)
    duban("export", tmp_path / "sealed.csv")
    manifest = json.loads((tmp_path / "sealed.csv.manifest.json").read_text())
    assert (manifest["checkpoint"], manifest["signed"]) == (checkpoints.short(last), last.note)
    with tables.read(tmp_path / "out.xlsx") as book:
        assert [sheet.name for sheet in book.sheets] == ["台账", "说明"]
        explained = dict(row.cells for row in book.rows(1))
    assert "2" in explained.values()
    entry = ask(app, trail.of(trail.OFFICE))[-1]
    assert (entry.verb, entry.actor, trail.facts(entry)["sha256"]) == ("exported", "system", manifest["sha256"])
    again = duban("import", tmp_path / "out.xlsx", "--kind", "complaint")
    assert "all 2 rows stand" in again.stdout


def test_the_filters_narrow_it(app, duban, tmp_path):
    duban("import", write(tmp_path / "t.csv"), "--kind", "complaint")
    findings = write(tmp_path / "u.csv", heads=["问题编号", "标题", "发现时间", "问题描述"])
    duban("import", findings, "--kind", "finding", "--source", "察访")
    for args, rows in ((["--kind", "finding"], 2), (["--state", "open"], 4), (["--state", "closed"], 0),
                       (["--unit", "zjj"], 0), (["--since", "2099-01-01"], 0), (["--until", "2099-01-01"], 4)):
        assert duban("export", tmp_path / "o.csv", *args).stdout.startswith(f"{rows} cases"), args
    manifest = json.loads((tmp_path / "o.csv.manifest.json").read_text())
    assert manifest["filter"] == "until=2099-01-01"


@pytest.mark.parametrize(("args", "code"), [
    (["o.pdf"], 2), (["o.csv", "--kind", "nonsense"], 2), (["o.csv", "--since", "gestern"], 2), ([], 2),
    (["o.csv", "--unit", "nowhere"], 1),
])
def test_an_export_that_cannot_be_writes_nothing(duban, tmp_path, args, code):
    answer = duban("export", *[tmp_path / args[0], *args[1:]] if args else [])
    assert answer.exit_code == code
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_the_file_that_stood_there(app, duban, tmp_path, web_office):
    web_office.file(facts="😀" * 18_000)
    web_office.session.commit()
    (tmp_path / "o.xlsx").write_text("before")
    answer = duban("export", tmp_path / "o.xlsx")
    assert answer.exit_code == 1 and "36000" in answer.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("o.xlsx", "before")]


def test_sealed_cases_are_not_taken_away_by_the_machine(duban, tmp_path, web_office):
    web_office.file(sealed=True)
    web_office.session.commit()
    assert duban("export", tmp_path / "o.csv").stdout.startswith("0 cases")
