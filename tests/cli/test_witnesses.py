"""Witnesses from the command line: named, asked by file and over the net, and no rubbish of theirs does any harm."""

import threading
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from app.cli import main
from app.domain import merkle
from app.domain.witnesses import Cosignature
from app.extensions import db
from tests.domain.strangers import checked, witnessed
from tests.recorders import nobody, running
from tests.witnesses import Witness

BASIS = ("--basis", "审计局来函")


@pytest.fixture
def duban(app):
    def run(*args, **more):
        answer = app.test_cli_runner().invoke(main, [str(arg) for arg in args], **more)
        with app.app_context():
            db.session.remove()
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


@pytest.fixture
def lines(app):
    def kept() -> list[str]:
        with app.app_context():
            found = list(db.session.scalars(select(Cosignature.line).order_by(Cosignature.id)))
            db.session.remove()
        return found

    return kept


def seal(duban) -> str:
    """One more entry, and a checkpoint over it."""
    witness = Witness("other.example/w", bytes([9]) * 32)
    assert duban("trail", "witness", "add", witness.key, *BASIS).exit_code == 0
    assert duban("trail", "witness", "end", witness.name, *BASIS).exit_code == 0
    assert duban("trail", "seal").exit_code == 0
    return duban("trail", "checkpoint").stdout


def test_a_note_goes_out_on_a_stick_and_comes_back_signed(duban, lines, tmp_path):
    witness, file = Witness(), tmp_path / "back.txt"
    assert duban("trail", "witness", "list").stdout == ""
    named = duban("trail", "witness", "add", witness.key, *BASIS)
    assert (named.exit_code, named.stdout) == (0, f"{witness.name} is a witness from now on.\n"), named.stderr
    carried = seal(duban)
    assert duban("trail", "checkpoint", "--witnessed").exit_code == 1
    file.write_text(witness.under(carried, datetime.now(UTC)))
    taken = duban("trail", "witness", "take", file)
    assert taken.exit_code == 0 and f"{witness.name} saw checkpoint " in taken.stdout, taken.stderr
    assert "(kept before)" in duban("trail", "witness", "take", file).stdout
    printed, key = duban("trail", "checkpoint").stdout, duban("trail", "key").stdout.strip()
    assert printed == file.read_text() and len(witnessed(printed, witness.key)) == 1
    assert checked(printed, key)
    held = duban("trail", "verify", "--checkpoint", file)
    assert held.exit_code == 0, held.stderr
    assert duban("trail", "witness", "list").stdout.startswith(f"{witness.key}\t")
    seal(duban)
    assert witnessed(duban("trail", "checkpoint").stdout, witness.key) == []
    assert duban("trail", "checkpoint", "--witnessed").stdout == printed
    assert duban("trail", "witness", "end", witness.name, *BASIS).exit_code == 0
    assert duban("trail", "witness", "end", witness.name, *BASIS).exit_code == 1
    assert duban("trail", "verify").exit_code == 0 and len(lines()) == 1


def test_what_cannot_be_meant_is_refused_with_a_sentence(duban, lines, tmp_path):
    key, file = Witness().key, tmp_path / "back.txt"
    assert duban("trail", "witness", "add", key).exit_code == 2, "no basis"
    assert duban("trail", "witness", "add", "nobody", *BASIS).exit_code == 1
    assert duban("trail", "witness", "take", tmp_path / "none").exit_code == 2
    carried = seal(duban)
    for known in (False, True):
        for content in (b"", b"\xff\xfe\x00rubbish", carried.encode(), b"x" * 300_000,
                        Witness().under(carried, 0).encode(), Witness("a/b").under(carried, 0).encode()):
            file.write_bytes(content)
            answer = duban("trail", "witness", "take", file)
            assert (answer.exit_code, bool(answer.stderr.strip()), answer.stdout) == (1, True, ""), content[:20]
        if not known:
            assert duban("trail", "witness", "add", key, *BASIS).exit_code == 0
    assert lines() == [] and duban("trail", "verify").exit_code == 0


# --- over the net -----------------------------------------------------------------------------------------------------


class Watching(ThreadingHTTPServer):
    """A witness as the specification of tlog-witness describes it; `mood` makes it misbehave."""

    daemon_threads = True

    def __init__(self, key: str):
        super().__init__(("127.0.0.1", 0), _Asked)
        self.witness, self.key, self.mood = Witness(), key, "well"
        self.size, self.root, self.asked, self.closing = 0, b"", [], threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/witness/"

    def answer(self, body: str) -> tuple[int, str]:
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        assert old.startswith("old ") and len(proof) <= 63
        self.asked.append(int(old[4:]))
        _origin, size, root, _good = checked(note, self.key)
        if self.asked[-1] != self.size:
            return 409, f"{self.size}\n"
        if self.size and not merkle.is_consistent(self.size, size, self.root, root, [b64decode(x) for x in proof]):
            return 422, ""
        assert self.size or not proof
        self.size, self.root = size, root
        return 200, self.witness.line(note.rpartition("\n\n")[0] + "\n", datetime.now(UTC))


class _Asked(BaseHTTPRequestHandler):
    def do_POST(self):
        assert self.path == "/witness/add-checkpoint"
        status, said = self.server.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
        line = self.server.witness.line
        said = {
            "well": said, "babbles": "<html>welcome</html>", "silent": "", "long": "x" * 200_000,
            "signs another": line("another\n", datetime.now(UTC)),
            "is ahead": line("x\n", datetime.now(UTC) + timedelta(days=9)), "splits": f"\n\n{said}",
        }.get(self.server.mood, said)
        status = {"forgot us": 404, "far ahead": 409, "babbles": 200, "no number": 409}.get(self.server.mood, status)
        said = {"far ahead": "99999\n", "no number": "many\n"}.get(self.server.mood, said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_given):
        pass


@pytest.fixture
def watching(duban):
    seal(duban)
    with running(Watching(duban("trail", "key").stdout.strip())) as server:
        assert duban("trail", "witness", "add", server.witness.key, *BASIS).exit_code == 0
        yield server


def test_a_witness_on_the_net_is_asked_and_shown_that_each_checkpoint_continues_the_last(duban, watching, lines):
    for times in range(1, 4):
        asked = duban("trail", "witness", "ask", watching.url)
        assert (asked.exit_code, "saw checkpoint" in asked.stdout) == (0, True), asked.stderr
        assert len(lines()) == times
        seal(duban)
    assert watching.asked == [0, *watching.asked[1:]] and len(watching.asked) == 3, "what he knew was remembered"
    watching.size, watching.root = 0, b""
    assert duban("trail", "witness", "ask", watching.url).exit_code == 0
    assert watching.asked[-1] == 0 and len(watching.asked) == 5, "a witness that began anew is asked once more"
    assert duban("trail", "verify").exit_code == 0


@pytest.mark.parametrize("mood", ["babbles", "silent", "long", "signs another", "is ahead", "splits", "forgot us",
                                  "far ahead", "no number"])
def test_whatever_a_witness_answers_is_taken_whole_or_refused_with_a_sentence(duban, watching, lines, mood):
    watching.mood = mood
    asked = duban("trail", "witness", "ask", watching.url)
    assert (asked.exit_code, bool(asked.stderr.strip()), asked.stdout) == (1, True, "")
    assert lines() == [] and duban("trail", "verify").exit_code == 0


@pytest.mark.one_database
@pytest.mark.parametrize("url", ["ftp://x", "nowhere", "http://", "http://[", "http://127.0.0.1:99999", "http://x y/",
                                 "http://127.0.0.1/?q"])
def test_an_address_that_is_none_is_refused_and_so_is_a_witness_who_is_away(duban, url):
    seal(duban)
    for address in (url, f"http://{nobody()}"):
        answer = duban("trail", "witness", "ask", address)
        assert (answer.exit_code, bool(answer.stderr.strip())) == (1, True)


def test_before_the_first_checkpoint_nobody_is_asked(duban):
    answer = duban("trail", "witness", "ask", f"http://{nobody()}")
    assert (answer.exit_code, bool(answer.stderr.strip())) == (1, True)
