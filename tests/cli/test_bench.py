"""`duban bench` on the smallest of ledgers, and the parts that its figures rest on."""

import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, func, select

from app.bench import Stopped, load, places, processes, report, rooms, running, service, texts
from app.domain import bigrams
from app.domain.cases import Assignment, Case
from app.domain.clocks import TimeNode
from app.domain.trail import Entry
from tests.conftest import switch
from tests.weigh import __main__ as weighing
from tests.weigh import sheets

SMALL = 300


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


def test_it_weighs_a_database_and_leaves_nothing_behind(kept, tmp_path, postgres):
    """PostgreSQL, which asks more of it; with DUBAN_WEIGH both."""
    before, only = databases_of(postgres), () if switch("DUBAN_WEIGH") else ("--only", "postgresql")
    done = bench(tmp_path, "--cases", str(SMALL), "--seconds", "0.2", "--runs", "1", "--clients", "8", *only,
                 "--keep", str(kept), "--postgres", postgres.render_as_string(hide_password=False),
                 "--write", str(tmp_path / "measured.md"))
    assert done.returncode == 0, done.stderr
    tables = done.stdout.split("### ")[1:]
    assert [table.split()[0] for table in tables] == ["SQLite", "PostgreSQL"][len(only) // 2 :]
    for table in tables:
        rows = re.findall(r"^\| ([a-z -]+) \| 8 \| ([\d,]+)", table, re.M)
        rates = {page: float(rate.replace(",", "")) for page, rate in rows}
        assert list(rates) == ["sign-in page", "desk", "ledger", "case", "search", "step"]
        assert min(rates.values()) > 0
        assert re.search(r"Import: [\d,]+ rows a second", table)
    assert done.stdout.strip() in (tmp_path / "measured.md").read_text()
    assert databases_of(postgres) == before
    assert [path.name for path in kept.glob("*.sqlite3")] == [f"cases{SMALL}.sqlite3"][len(only) // 2 :]


def test_it_plays_spreadsheets_in_and_out(kept, tmp_path):
    with rooms.opened(tmp_path, kept=kept, only="sqlite", told=lambda sentence: None) as room:
        lines = sheets.play(room, SMALL, 40)
    assert [(line.what, line.rows) for line in lines] == [
        ("import .csv", 40), ("import .xlsx", 40), ("export .csv", SMALL), ("export .xlsx", SMALL)]
    row = r"^\| SQLite [\d.]+ \| [a-z]+ \.\w+ \| \d+ \| [\d.]+ \| [\d,]+ \| \w+ \|$"
    assert len(re.findall(row, sheets.written(lines), re.M)) == 4


def test_what_is_weighed_anew_takes_the_place_of_what_was_and_leaves_the_rest(kept, tmp_path):
    page = tmp_path / "measured.md"
    page.write_text(weighing.whole({"Time": "then, as it was", "The trail": "long ago"}))
    arguments = ("--parts", "trail", "--trails", str(SMALL), "--leaves", "600", "--only", "sqlite", "--keep",
                 str(kept), "--write", str(page))
    assert weighing.main(list(arguments)) == 0
    told = weighing.parted(page.read_text())
    assert list(told) == ["Time", "The trail"] and told["Time"].strip() == "then, as it was"
    row = r"^\| SQLite [\d.]+ \| [\d,]+ \| [\d.]+ \| [\d,]+ \| [\d.]+ \| [\d.]+ \| \w+ \|$"
    assert re.search(row, told["The trail"], re.M)
    assert re.findall(r"^\| SQLite [\d.]+ \| ([\d,]+) \| [\d.]+ \|$", told["The trail"], re.M) == ["600"]


def test_it_works_in_no_folder_that_holds_anything_else(tmp_path):
    (tmp_path / "duban.sqlite3").touch()
    with pytest.raises(Stopped, match="holds other things"):
        places.take(tmp_path)
    done = bench(tmp_path, "--keep", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")


def test_a_seeded_ledger_is_whole_and_searchable(kept, tmp_path):
    """A little larger than the lives that are really lived, so that some of it is stamped."""
    with places.ledger(places.Sqlite(places.take(kept), tmp_path), SMALL, folder=kept, work=tmp_path,
                       seeding=rooms.quietly) as ledger:
        engine = create_engine(ledger.url)
        with engine.connect() as connection:
            states = dict(connection.execute(select(Case.state, func.count()).group_by(Case.state)).all())
            led = select(func.count()).select_from(Case).where(Case.lead_id.is_not(None))
            hands = select(func.count()).select_from(Assignment).where(Assignment.role == "lead")
            assert connection.scalar(led) == connection.scalar(hands)
            dues = select(func.count(func.distinct(TimeNode.due_on)))
            assert connection.scalar(dues) > 20
            last = select(Entry.seq, Case.version).join(Case, Case.number == Entry.stream).where(
                Entry.seq == Case.version, Case.id == SMALL)
            assert connection.execute(last).all()
            (firm,) = bigrams.tokens("企业") - bigrams.tokens("业")
            sought = f"SELECT count(*) FROM case_search WHERE case_search MATCH '{firm}'"
            assert connection.exec_driver_sql(sought).scalar() > SMALL / 2
        engine.dispose()
    assert sum(states.values()) == SMALL
    assert set(states) == {"filed", "assigned", "rectifying", "closed", "reviewed", "ended"}


def test_the_load_asks_again_as_soon_as_it_is_answered_and_tells_wrong_from_right():
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(404 if self.path == "/wrong" else 200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    right, wrong = (f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in ("/", "/wrong"))
    plan = {"address": server.server_address, "seconds": 1.0, "right": 200, "only_once": False, "lanes": [[right]] * 2}
    run = load.run(plan)
    assert run["right"] > 4, "each lane more than twice, on however busy a machine"
    assert run["wrong"] == {}
    assert 0 < run["p50"] <= run["p95"]
    once = load.run(plan | {"only_once": True, "seconds": 30, "lanes": [[right] * 3 + [wrong] + [right]]})
    assert (once["right"], once["wrong"]) == (4, {"404": 1})
    server.shutdown()


def test_memory_and_work_are_those_of_the_whole_tree():
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("only Linux counts it")
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(50_000_000); input()'])"
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    while len(processes.tree(parent.pid)) < 2 or processes.memory(parent.pid) < 48:
        assert parent.poll() is None
    assert processes.memory(parent.pid) < 100
    assert processes.work(parent.pid) >= 0
    parent.communicate(b"\n")


def test_growth_is_told_where_there_are_several_sizes():
    def weighed(cases: int, rate: float):
        figures = [running.Figure(page, 8, rate, 0.01, 0.02, 0.005, 2 * rate) for page in report.GROWTH]
        return running.Weighing("SQLite", "3", cases, figures)

    told = report.written([weighed(1000, 300.0), weighed(100_000, 200.0)], running.Wish())
    assert "SQLite: cost at 100,000 cases, times that at 1,000: ledger 1.50, desk 1.50, search 1.50." in told
    assert "| ledger | 8 | 300 | 10.0 | 20.0 | 5.0 | 0.50 of 600 |" in told


def test_the_words_that_are_sought_differ_in_how_often_they_stand():
    random = Random(1)
    written = [texts.title(random) + texts.facts(random) for _ in range(2000)]
    often = [sum(word in text for text in written) for word in texts.SOUGHT]
    assert often[0] > 1000
    assert 0 < min(often[2:6]) <= max(often[2:6]) < 1000
    assert max(often[6:10]) < 10
    assert often[-1] == 0
    assert all(20 <= len(texts.title(random)) <= 36 for _ in range(50))


def bench(folder: Path, *arguments: str):
    environment = service.environment(folder / "data", f"sqlite:///{folder / 'not-touched.sqlite3'}")
    done = subprocess.run((*service.DUBAN, "bench", *arguments), env=environment, capture_output=True, text=True,
                          timeout=300)
    assert not os.path.exists(folder / "not-touched.sqlite3")
    return done


def databases_of(postgres) -> set[str]:
    engine = create_engine(postgres)
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT datname FROM pg_database WHERE datname LIKE 'duban_bench%%'")
        found = set(names.scalars())
    engine.dispose()
    return found

