"""The small commands of the back door: exit 0 done, 1 refused with a sentence, 2 misuse."""

import gc
import json

import pytest
from sqlalchemy import select, text

from app.cli import _keeping_everything, main
from app.domain import trail
from app.domain.people import Officer, Unit
from app.extensions import db
from tests.domain.strangers import checked


@pytest.fixture
def duban(app):
    def run(*args, **more):
        answer = app.test_cli_runner().invoke(main, [str(arg) for arg in args], **more)
        with app.app_context():
            db.session.remove()
        return answer

    return run


@pytest.fixture
def ask(app):
    def asked(query):
        with app.app_context():
            found = db.session.scalars(query).all()
            db.session.expunge_all()
            db.session.remove()
        return found

    return asked


def test_after_a_start_garbage_is_looked_for_again_but_not_among_what_the_start_made():
    for _ in range(2):
        with _keeping_everything():
            pass
        assert gc.isenabled() and gc.get_freeze_count() > 0


def test_init_runs_any_number_of_times(app, duban):
    for _ in range(2):
        answer = duban("init")
        assert (answer.exit_code, answer.stdout) == (0, "The database is up to date.\n")
    assert app.extensions["settings"].data.stat().st_mode & 0o077 == 0


def test_the_migrations_can_be_asked_where_they_stand(duban):
    assert duban("db", "current").exit_code == 0
    assert duban("db", "nonsense").exit_code == 2


def test_the_doctor_says_what_is_wrong_in_sentences(app, duban):
    duban("init")
    folder = app.extensions["settings"].data
    folder.chmod(0o755)
    answer = duban("doctor")
    assert answer.exit_code == 1 and "chmod 700" in answer.stdout
    folder.chmod(0o700)
    assert "chmod" not in duban("doctor").stdout


def test_an_account_is_added_and_its_password_set_from_stdin(app, duban, ask):
    added = duban("user", "add", "newcomer", "--post", "liaison", "--unit", "gd", "--password-stdin",
                  input="a decent secret\n")
    assert added.exit_code == 0, added.stderr
    (officer,) = ask(select(Officer).where(Officer.username == "newcomer"))
    assert officer.password.startswith("$argon2id$")
    assert duban("user", "passwd", "newcomer", "--password-stdin", input="another secret 2\n").exit_code == 0
    assert ask(select(Officer.password).where(Officer.username == "newcomer")) != [officer.password]
    assert [e.actor for e in ask(trail.of(trail.OFFICE))][-1] == "system"


@pytest.mark.parametrize(("args", "said", "code"), [
    (("user", "add", "x1", "--post", "liaison", "--unit", "nowhere", "--password-stdin"), "nowhere", 1),
    (("user", "add", "x1", "--post", "king", "--unit", "gd", "--password-stdin"), "king", 2),
    (("user", "add", "x1", "--post", "director", "--unit", "gd", "--password-stdin"), "市供电局", 1),
    (("user", "passwd", "nobody", "--password-stdin"), "nobody", 1),
    (("user", "add"), "Usage", 2), (("calendar", "count", "2026-02-30", "5"), "2026-11-02", 1),
    (("calendar", "count", "2026-09-14", "-1"), "Usage", 2), (("calendar", "count", "2090-01-01", "1"), "2090", 1),
    (("workflow", "draw", "nothing"), "nothing", 2), (("ledger", "export", "ledger.doc"), ".xlsx", 2),
])
def test_what_cannot_be_is_refused_with_a_sentence_and_does_nothing(app, duban, ask, args, said, code):
    before = len(ask(trail.of(trail.OFFICE)))
    answer = duban(*args, input="a decent secret\n")
    assert (answer.exit_code, said in answer.stderr) == (code, True), answer.output
    assert len(ask(trail.of(trail.OFFICE))) == before and "Traceback" not in answer.output


def test_a_weak_password_opens_no_account(app, duban, ask):
    for weak in ("", "short", "aaaaaaaaaaaa", "newcomer-newcomer"):
        answer = duban("user", "add", "newcomer", "--post", "liaison", "--unit", "gd", "--password-stdin",
                       input=f"{weak}\n")
        assert (answer.exit_code, answer.stdout) == (1, ""), weak
    assert ask(select(Officer).where(Officer.username == "newcomer")) == []


def test_units_come_in_from_a_file_and_twice_adds_nothing(app, duban, ask, tmp_path):
    file = tmp_path / "units.csv"
    file.write_bytes("单位编码,单位名称,类别,上级单位,负责人\nswj,市商务局,市直,zf,刘洋\nkfq,开发区,园区,,\n".encode("gb18030"))
    first, second = duban("unit", "import", file), duban("unit", "import", file)
    assert (first.exit_code, first.stdout) == (0, "2 units added, 0 stood already.\n"), first.stderr
    assert second.stdout == "0 units added, 2 stood already.\n"
    unit = {u.code: u for u in ask(select(Unit))}
    assert unit["swj"].superior_id == unit["zf"].id and unit["kfq"].klass == "park"


@pytest.mark.parametrize("lines", [
    "", "code,name\nx,y\n", "code,name,class\nx,甲,castle\n", "code,name,class,superior\nx,甲,park,nowhere\n",
    "code,name,class\nzjj,另一个名字,department\n", "code,name,class\n,甲,park\n",
])
def test_a_file_of_units_with_a_bad_line_brings_nothing_in(app, duban, ask, tmp_path, lines):
    file, before = tmp_path / "units.csv", len(ask(select(Unit)))
    file.write_text(f"{lines}ok,好单位,park\n" if lines.startswith("code,name,class\n") else lines)
    answer = duban("unit", "import", file)
    assert (answer.exit_code, bool(answer.stderr.strip())) == (1, True)
    assert len(ask(select(Unit))) == before


def test_the_calendar_counts_by_the_published_days(app, duban):
    assert duban("calendar", "count", "2026-09-24", "3").stdout == "2026-09-30\n"
    assert duban("calendar", "count", "2026-09-14", "0").stdout == "2026-09-14\n"
    assert duban("calendar", "count", "2026-09-30", "1", "--unit", "day").stdout == "2026-10-08\n"
    assert duban("calendar", "check").stdout.startswith("Published without a gap from ")
    beyond = duban("calendar", "count", "2026-12-30", "30")
    assert (beyond.exit_code, beyond.stdout) == (1, "")


def test_a_year_is_loaded_from_a_file_and_a_bad_one_changes_nothing(app, duban, tmp_path):
    bad = tmp_path / "bad.json"
    for said in ("no json", "{}", '{"year": 2027, "days": [{"date": "2027-02-30"}]}', '{"year": "x", "days": []}'):
        bad.write_text(said)
        answer = duban("calendar", "load", bad)
        assert (answer.exit_code, answer.stdout) == (1, ""), said
        assert "Traceback" not in answer.output and answer.stderr.strip()
    assert duban("calendar", "count", "2027-01-04", "1").exit_code == 1
    good = tmp_path / "2027.json"
    good.write_text(json.dumps({"year": 2027, "papers": [], "days": [
        {"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": True} for n in (1, 2, 3)]}))
    assert duban("calendar", "load", good).exit_code == 0
    assert duban("calendar", "count", "2026-12-31", "1").stdout == "2027-01-04\n"


def test_the_tables_are_checked_and_drawn(app, duban):
    assert duban("workflow", "check").stdout == "4 kinds, nothing wrong.\n"
    drawn = duban("workflow", "draw", "complaint").stdout
    assert drawn.startswith("stateDiagram-v2") and "filed --> assigned" in drawn.replace("\t", " ")


def test_the_trail_is_verified_and_a_change_behind_its_back_is_found(app, duban):
    whole = duban("trail", "verify")
    assert whole.exit_code == 0 and "entries hold" in whole.stdout, whole.stderr
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("UPDATE streams SET seq = seq + 1 WHERE stream = 'office'"))
        else:
            db.session.execute(text("UPDATE streams SET seal = repeat('0', 64) WHERE stream = 'office'"))
        db.session.commit()
        db.session.remove()
    broken = duban("trail", "verify")
    assert (broken.exit_code, bool(broken.stderr.strip())) == (1, True)


def test_the_trail_is_sealed_signed_and_held_against_what_was_kept(app, duban, tmp_path):
    assert duban("trail", "checkpoint").exit_code == 1, "there is none yet"
    sealed = duban("trail", "seal")
    assert sealed.exit_code == 0 and "Checkpoint " in sealed.stdout, sealed.stderr
    kept, key = duban("trail", "checkpoint").stdout, duban("trail", "key").stdout.strip()
    assert checked(kept, key)[0] == "duban.local/trail"
    (tmp_path / "kept").write_text(kept)
    held = duban("trail", "verify", "--checkpoint", tmp_path / "kept")
    assert held.exit_code == 0 and "it covers every entry" in held.stdout, held.stderr
    assert duban("trail", "verify", "--key", key).exit_code == 0
    assert duban("trail", "verify", "--key", "nonsense").exit_code == 2
    assert duban("trail", "verify", "--checkpoint", tmp_path / "none").exit_code == 2
    (tmp_path / "kept").write_text(kept.replace(key[:4], "nobo"))
    wrong = duban("trail", "verify", "--checkpoint", tmp_path / "kept")
    assert (wrong.exit_code, bool(wrong.stderr)) == (1, True)
    tiles = duban("trail", "tiles", tmp_path / "tiles")
    assert tiles.exit_code == 0 and (tmp_path / "tiles" / "checkpoint").read_text() == kept
    rotated = duban("trail", "key", "--rotate")
    assert rotated.exit_code == 0 and rotated.stdout.strip() != key
    assert duban("trail", "verify").exit_code == 0


def test_a_year_is_tried_then_loaded_and_every_date_says_why(app, duban, ask, tmp_path):
    file = tmp_path / "2027.json"
    file.write_text(json.dumps({"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}))
    tried = duban("calendar", "load", file, "--dry-run")
    assert (tried.exit_code, "0 dates would move" in tried.stdout) == (0, True)
    assert duban("calendar", "count", "2026-12-30", "3").exit_code == 1, "nothing was written"
    loaded = duban("calendar", "load", file)
    assert loaded.exit_code == 0 and "0 dates moved." in loaded.stdout
    assert duban("calendar", "count", "2026-12-30", "3").stdout == "2027-01-05\n"
    missing = duban("calendar", "why", "TS-1999-0001")
    assert (missing.exit_code, missing.stdout) == (1, "")
