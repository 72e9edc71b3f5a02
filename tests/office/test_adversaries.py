"""Two adversaries. The first has the database and the files, but not the signing key: whatever he changes of what the
last checkpoint covers is named. The second has the key too: a checkpoint that was kept elsewhere names him.
"""

import random

import pytest
from sqlalchemy import select, text

from app.domain import checkpoints, keys, spans, traces, trail, tree
from app.domain.cases import Case
from app.domain.files import Shelf
from app.domain.trail import Entry
from app.office import records, sealing
from app.office.erasure import erase_identity
from app.office.verification import verify
from tests.office.tampering import altered, behind_its_back, follow_leaves, rebuild, rebuild_tiles, reseal

ORIGIN = "city.example/trail"
NUMBER = "TS-2026-0001"
OF = {"of": NUMBER}
COLUMNS = ("at", "actor", "unit", "verb", "words", "data", "prev", "seal")
REASON = {"reason": "理由"}
OTHER_WORDS = '{"verb":"x"}'  # of which the ledger keeps no copy


@pytest.fixture
def key():
    return keys.new(ORIGIN)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "files")


@pytest.fixture
def books(office, key, shelf):
    """Two cases with evidence and everything that is replayed, under a checkpoint; a third after it."""
    for who in ("王五", "赵六"):
        case = office.file(complainant={"name": who}, place="青溪县")
        office.assign(case, supports=["zrzy", "gd"])
        office.start(case)
        kept = shelf.keep([f"整改后的现场照片说明 {who}".encode()], "现场.txt")
        records.attach(office.session, case, kept, purpose="after", by=office.by("liaison"), at=office.now, words=str,
                       register=office.register)
        office.step(case, "ask_extension", "liaison", days=3, **REASON)
        office.step(case, "sign", "principal")
        office.step(case, "grant_extension", "director")
        office.later(hours=1)
    seal(office, key)
    office.later(minutes=10)
    office.file()
    return office


def seal(office, *signers):
    """As the worker does: into the tree, a checkpoint, and the register of what is in it."""
    while sealing.take_in(office.session):
        pass
    followed, positions = traces.ahead(office.session, most=10_000)
    traces.trace(office.session, positions)
    traces.reach(office.session, followed)
    return sealing.sign(office.session, list(signers), at=office.now, words=str)


@pytest.fixture
def told(books, key, shelf):
    """What a verification says."""

    def said(kept: str | None = None, current=key) -> str | None:
        books.session.flush()
        found = verify(books.session, calendar=books.register.calendar, shelf=shelf, current=[current.verifier],
                       kept=kept)
        return found.fault and found.fault.told()

    return said


@pytest.fixture
def after(books, told):
    """What a verification says after this was done behind the program's back, which is then undone."""

    def said(*statements, kept: str | None = None, **facts) -> str | None:
        with books.session.begin_nested() as savepoint:
            behind_its_back(books.session, *statements, **facts)
            found = told(kept)
            savepoint.rollback()
        books.session.expire_all()
        return found

    return said


# --- nobody did anything ----------------------------------------------------------------------------------------------


def test_nobody_is_accused_and_what_is_not_covered_is_said_in_numbers(books, told, key, shelf):
    assert told() is None
    found = verify(books.session, calendar=books.register.calendar, shelf=shelf, current=[key.verifier])
    assert (found.uncovered, found.since) == (1, books.now)
    assert found.entries == found.checkpoint.size + 1


def test_nobody_is_accused_before_the_first_checkpoint(office):
    office.file()
    found = verify(office.session, calendar=office.register.calendar, current=[keys.new(ORIGIN).verifier])
    assert (found.fault, found.checkpoint, found.uncovered) == (None, None, found.entries)


def test_nobody_is_accused_after_the_keys_were_changed_twice(books, told, key):
    second, third = keys.new(ORIGIN), keys.new("another.example/trail")
    seal(books, second, key)
    books.file()
    seal(books, third, second)
    assert told(current=third) is None
    assert told(checkpoints.latest(books.session).note, current=third) is None


def test_a_checkpoint_that_was_kept_holds_ever_after(books, told, key):
    kept = checkpoints.latest(books.session).note
    for _ in range(3):
        books.file()
        seal(books, key)
        assert told(kept) is None


# --- the first adversary: entries and values --------------------------------------------------------------------------


def test_one_byte_of_any_column_of_any_entry_is_named(books, after):
    """Every column at least three times, at places drawn by lot; all of them is `make weigh`'s."""
    lot, rows = random.Random(4), books.session.execute(
        select(Entry.stream, Entry.seq).where(Entry.stream.in_((NUMBER, "TS-2026-0002", trail.OFFICE)))).all()
    for column in COLUMNS * 3:
        stream, seq = lot.choice(rows)
        value = books.session.scalar(text(f"SELECT {column} FROM entries WHERE stream = :of AND seq = :seq"),
                                     {"of": stream, "seq": seq})
        other = "zzz" if value in (None, "") else altered(value)
        said = after(f"UPDATE entries SET {column} = :other WHERE stream = :of AND seq = :seq", of=stream, seq=seq,
                     other=other)
        assert said and said.startswith(f"{stream}: entry {seq} "), (column, said)


@pytest.mark.parametrize(("table", "column"), [("entries", "words"), ("entries", "data"), ("entry_values", "value"),
                                               ("leaves", "seal"), ("cases", "title"), ("spans", "holder")])
def test_bytes_that_are_no_text_do_not_keep_a_verification_from_its_end(books, after, table, column):
    if books.session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL takes nothing for text that is none")
    if table == "spans":
        while spans.follow(books.session, books.register, most=1_000):
            pass
    said = after(f"UPDATE {table} SET {column} = CAST(X'ff00fe' AS TEXT)")
    if column in ("words", "data"):  # whose bytes are sealed as they stand there
        assert said == "TS-2026-0001: entry 1 has been altered; its seal does not fit."
    else:
        assert said == "A text in the database cannot be read any more: this program did not write it."


@pytest.mark.parametrize("column", ["stream", "seq"])
def test_an_entry_that_is_called_otherwise_is_named(after, column):
    other = "'TS-2026-0009'" if column == "stream" else "900"
    assert NUMBER in after(f"UPDATE entries SET {column} = {other} WHERE stream = :of AND seq = 4", **OF)


def test_one_byte_of_any_value_or_salt_is_named(books, after):
    rows = books.session.execute(text("SELECT stream, seq, key, value, salt FROM entry_values")).all()
    for stream, seq, key, value, salt in random.Random(5).sample(list(rows), 6):
        here = {"of": stream, "seq": seq, "key": key}
        for column, other in (("value", altered(value) or "x"), ("salt", altered(bytes(salt))), ("key", f"{key}x")):
            said = after(f"UPDATE entry_values SET {column} = :other WHERE stream = :of AND seq = :seq AND key = :key",
                         other=other, **here)
            assert said and said.startswith(stream), (column, said)


@pytest.mark.one_database("sqlite")  # the other keeps its types
@pytest.mark.parametrize("nonsense", ["'text'", "12", "1.5"])
def test_a_salt_that_is_not_even_bytes_is_named(books, after, nonsense):
    assert "entry 1" in after(f"UPDATE entry_values SET salt = {nonsense} WHERE stream = :of AND seq = 1 "
                              "AND key = 'facts'", **OF)


def test_entries_that_were_taken_out_slipped_in_or_exchanged_are_named(after):
    gone = [f"DELETE FROM {table} WHERE stream = :of AND seq = 3" for table in ("entry_values", "entries")]
    assert after(*gone, **OF) == f"{NUMBER}: entry 3 is missing."
    swapped = [f"UPDATE entries SET seq = {to} WHERE stream = :of AND seq = {seq}" for seq, to in
               ((4, 1000), (5, 4), (1000, 5))]
    assert after(*swapped, **OF) == f"{NUMBER}: entry 4 does not follow on the one before it."
    slipped = ("INSERT INTO entries SELECT stream, seq + 1, at, actor, unit, verb, words, data, seal, prev "
               "FROM entries WHERE stream = :of ORDER BY seq DESC LIMIT 1")
    assert "altered" in after(slipped, **OF)


# --- the first adversary: with care --------------------------------------------------------------------------


def test_a_stream_that_was_sealed_anew_is_named(after):
    said = after(reseal(NUMBER, 3, words=OTHER_WORDS))
    assert said == f"{NUMBER}: entry 3 is not the one that was taken into the tree."


def test_a_stream_that_was_sealed_anew_with_its_leaves_is_named(after):
    said = after(reseal(NUMBER, 3, words=OTHER_WORDS), follow_leaves)
    assert said == f"{NUMBER}: entry 3 does not fit the tree: its seal or a hash over it was altered."


def test_a_stream_that_was_sealed_anew_with_the_whole_tree_is_named(after):
    said = after(reseal(NUMBER, 3, words=OTHER_WORDS), follow_leaves, rebuild_tiles)
    assert "does not fit the tree: among those taken in from place 0 on" in said


def test_a_case_that_is_gone_with_everything_that_was_ever_written_of_it_is_named(after):
    rows = [f"DELETE FROM {table} WHERE case_id = (SELECT id FROM cases WHERE number = :of)" for table in (
        "files", "complainants", "assignments", "time_nodes", "matters")]
    rows += [f"DELETE FROM {table} WHERE stream = :of" for table in (
        "tellings", "traces", "entry_values", "entries", "streams")]
    rows.append("DELETE FROM cases WHERE number = :of")
    assert after(*rows, **OF) == f"{NUMBER}: entry 1 stands in the tree and is gone from the trail."
    said = after(*rows, "DELETE FROM leaves WHERE stream = :of", rebuild_tiles, **OF)
    assert "does not fit the tree" in said


def test_a_tail_that_was_cut_off_with_care_is_named(books, after):
    def cut(session):
        """The last office entry, its head, its leaf, and the tree over the rest."""
        last = trail.head(session)
        prev = session.scalar(select(Entry.seal).where(Entry.stream == trail.OFFICE, Entry.seq == last - 1))
        for table in ("traces", "entry_values", "entries", "leaves"):
            session.execute(text(f"DELETE FROM {table} WHERE stream = 'office' AND seq = :seq"), {"seq": last})
        session.execute(text("UPDATE streams SET seq = :seq, seal = :seal WHERE stream = 'office'"),
                        {"seq": last - 1, "seal": prev})
        rebuild_tiles(session)

    assert "does not fit the tree" in after(cut)


def test_leaves_that_changed_places_are_named(after):
    swap = [f"UPDATE leaves SET position = {to} WHERE position = {at}" for at, to in ((7, 9999), (8, 7), (9999, 8))]
    assert "not the one that was taken into the tree" in after(*swap)
    last = "(SELECT max(position) FROM leaves)"
    apart = [f"UPDATE leaves SET position = 9998 WHERE position = {last}",
             "UPDATE leaves SET position = -1 WHERE position = 9998"]
    assert after(*apart) is not None


@pytest.mark.parametrize("statement", [
    "UPDATE leaves SET seal = '0000000000000000000000000000000000000000000000000000000000000000' WHERE position = 5",
    "UPDATE leaves SET stream = 'TS-2026-0077' WHERE position = 5", "DELETE FROM leaves WHERE position = 5",
    "INSERT INTO leaves SELECT 5000, 'TS-2026-0077', 1, seal FROM leaves WHERE position = 5",
    "DELETE FROM tiles", "DELETE FROM unsequenced", "UPDATE unsequenced SET seal = 'x'",
    "INSERT INTO tiles SELECT 0, 99, hashes FROM tiles WHERE level = 0 AND no = 0",
])
def test_a_tree_that_was_touched_is_named(after, statement):
    assert after(statement) is not None


def test_a_hash_in_the_tree_that_was_altered_is_named_by_its_entry(books, after):
    hashes = books.session.scalar(text("SELECT hashes FROM tiles WHERE level = 0 AND no = 0"))
    wrong = hashes[: 32 * 5] + bytes(32) + hashes[32 * 6 :]
    stream, seq = books.session.execute(text("SELECT stream, seq FROM leaves WHERE position = 5")).one()
    said = after("UPDATE tiles SET hashes = :wrong WHERE level = 0 AND no = 0", wrong=wrong)
    assert said.startswith(f"{stream}: entry {seq} does not fit the tree")


# --- the first adversary: evidence, ledger, triggers, checkpoints ---------------------------------------------------


def test_evidence_that_was_exchanged_or_taken_away_is_named(books, told, shelf):
    digest = books.session.scalar(text("SELECT sha256 FROM files ORDER BY id LIMIT 1"))
    path = shelf.path(digest)
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content + "。".encode())
    assert told().startswith(f"{NUMBER}: the evidence that entry ")
    path.write_bytes(content)
    assert told() is None
    path.unlink()
    assert told().startswith(f"{NUMBER}: the evidence that entry ")


@pytest.mark.parametrize("statement", [
    "UPDATE files SET sha256 = (SELECT max(sha256) FROM files) WHERE sha256 = (SELECT min(sha256) FROM files)",
    "UPDATE files SET seq = seq + 1", "DELETE FROM files WHERE id = (SELECT min(id) FROM files)",
])
def test_evidence_that_hangs_elsewhere_in_the_ledger_is_named(after, statement):
    assert "the evidence of entry" in after(statement)


@pytest.mark.parametrize(("statement", "sentence"), [
    ("UPDATE cases SET state = 'closed' WHERE number = :of", "stands as “closed”"),
    ("UPDATE cases SET kind = 'task' WHERE number = :of", "of another kind"),
    ("UPDATE cases SET lead_id = (SELECT id FROM units WHERE code = 'qx') WHERE number = :of", "is led by qx"),
    ("UPDATE time_nodes SET next_rung_at = NULL WHERE purpose = 'handle'", "climb its next rung"),
    ("UPDATE time_nodes SET next_rung_at = '2027-09-14T00:30:00.000000Z' WHERE purpose = 'handle'", "climb its next"),
    ("UPDATE time_nodes SET rung = 3 WHERE purpose = 'handle'", "another rung of the ladder"),
])
def test_a_ledger_that_says_something_else_is_named(after, statement, sentence):
    said = after(statement, **(OF if ":of" in statement else {}))
    assert sentence in said and NUMBER in said


def test_a_dropped_trigger_is_named(books, told):
    on_postgresql = books.session.get_bind().dialect.name == "postgresql"
    name = "checkpoints_no_change ON checkpoints" if on_postgresql else "checkpoints_no_update"
    books.session.execute(text(f"DROP TRIGGER {name}"))
    assert "checkpoints_no_" in told()


@pytest.mark.parametrize("change", [
    "size = size + 1", "size = size - 1", "note = note || ' '", "note = ''",
    "root = CASE substr(root, 1, 1) WHEN '0' THEN '1' ELSE '0' END || substr(root, 2)",
    "note = replace(note, '=', 'A')", "note = replace(note, 'city', 'town')", "at = '2031-01-01T00:00:00.000000Z'",
    "at = 'yesterday'", "at = ''",
])
def test_a_checkpoint_that_was_altered_is_named(books, after, key, change):
    books.file()
    seal(books, key)
    said = after(f"UPDATE checkpoints SET {change} WHERE id = (SELECT min(id) FROM checkpoints)")
    assert said.startswith("Checkpoint ") and ("not later than" in said) == change.startswith("at")


def test_a_last_checkpoint_whose_time_is_none_is_named(books, after):
    assert after("UPDATE checkpoints SET at = 'yesterday'").startswith("The last checkpoint cannot be read")


def test_a_checkpoint_signed_with_another_key_is_named(books, after, key):
    """Who lacks the key makes his own of the same name, rebuilds everything and signs that."""
    def forge(session):
        reseal(NUMBER, 3, words=OTHER_WORDS)(session)
        follow_leaves(session)
        rebuild_tiles(session)
        size = tree.size(session)
        root = tree.root(session, size)
        note = keys.signed(checkpoints.body(ORIGIN, size, root), [keys.new(ORIGIN)])
        session.execute(text("UPDATE checkpoints SET root = :root, note = :note"), {"root": root.hex(), "note": note})

    assert "does not bear a good signature of this office's key" in after(forge)


# --- the second adversary ---------------------------------------------------------------------------------------------


def rebuilt(key):
    """Everything anew, with the right key: only a checkpoint that was kept elsewhere knows better."""

    def done(session):
        reseal(NUMBER, 3, words=OTHER_WORDS)(session)
        follow_leaves(session)
        rebuild_tiles(session)
        size = tree.size(session)
        root = tree.root(session, size)
        session.execute(text("UPDATE checkpoints SET root = :root, note = :note"), {
            "root": root.hex(), "note": keys.signed(checkpoints.body(ORIGIN, size, root), [key])})

    return done


def test_who_rebuilds_everything_with_the_key_is_named_by_a_checkpoint_kept_elsewhere(books, after, key):
    kept = checkpoints.latest(books.session).note
    assert after(rebuilt(key)) is None, "nothing within the database can tell"
    assert after(rebuilt(key), kept=kept).startswith("The first ") and "rebuilt" in after(rebuilt(key), kept=kept)


def test_who_puts_yesterdays_copy_back_is_named_by_a_checkpoint_kept_elsewhere(books, told, key):
    with books.session.begin_nested() as today:
        books.file()
        kept = seal(books, key).note
        today.rollback()
    books.session.expire_all()
    assert told() is None, "yesterday's copy is whole"
    assert "an old copy was put back" in told(kept)
    for _ in range(4):  # and it goes on from there, past what was kept
        books.file()
    seal(books, key)
    assert told() is None
    assert "rebuilt" in told(kept)


def test_a_checkpoint_of_another_office_is_not_taken_for_ours(books, told):
    other = keys.signed(checkpoints.body(ORIGIN, 1, bytes(32)), [keys.new(ORIGIN)])
    assert "another office's" in told(other)
    assert "another office's" in told("nonsense")


def test_a_tree_built_in_another_order_is_named(books, after):
    def shuffled(session):
        rows = [tuple(row) for row in session.execute(text("SELECT stream, seq, seal FROM leaves ORDER BY position"))]
        by_stream = sorted(rows, key=lambda row: (row[0] != trail.OFFICE, row[0], row[1]))
        rebuild(session, by_stream if by_stream != rows else sorted(rows))

    assert "does not fit the tree" in after(shuffled)


# --- the first adversary: copies of what entries say ------------------------------------------------------------------

COPIED = (  # what is written into a column of a case, and how the sentence calls it
    ("title", "'另一件事'"), ("facts", "facts || '。'"), ("place", "NULL"), ("source", "'市长信箱'"), ("klass", "'x'"),
    ("outside_number", "'LC99999'"), ("grade", "'major'"), ("indicator", "'x'"), ("request", "request || '。'"),
    ("basis", "'x'"), ("received_at", "'2026-01-05T01:00:00.000000Z'"), ("filed_at", "'2026-01-05T01:00:00.000000Z'"),
    ("dispatched_at", "'2026-01-05T01:00:00.000000Z'"), ("signed_for_at", "NULL"),
    ("touched_at", "'2026-01-05T01:00:00.000000Z'"),
    ("objected", "true"), ("designated", "true"), ("standing", "true"), ("escalated", "true"), ("listed", "true"),
    ("sealed", "true"), ("ended_from", "'filed'"), ("redone", "1"), ("reopened", "1"), ("version", "2"),
    ("filed_by", "(SELECT id FROM officers WHERE username = 'director')"), ("filed_on", "'2026-01-05'"),
    ("complained_of", "(SELECT id FROM units WHERE code = 'zjj')"),
    ("origin", "(SELECT max(id) FROM cases)"),
)


def test_a_column_of_a_case_that_is_not_what_its_entries_say_is_named(after):
    for name, value in COPIED:
        column = {"klass": "class", "filed_by": "filed_by_id", "complained_of": "complained_of_id",
                  "origin": "origin_id"}.get(name, name)
        said = after(f"UPDATE cases SET {column} = {value} WHERE number = :of", **OF)
        assert said == f"{NUMBER}: “{name}” in the ledger is not what the entry says that set it last.", name


def test_who_took_which_step_cannot_be_exchanged(after):
    """Whoever assigned could check his own closing."""
    said = after("UPDATE cases SET takers = '{}' WHERE number = :of", **OF)
    assert said == f"{NUMBER}: who took which step last is not what its trail says."


@pytest.mark.parametrize(("statement", "sentence"), [
    ("UPDATE complainants SET name = '李四' WHERE name = '王五'", "the complainant in the ledger is not who"),
    ("DELETE FROM complainants WHERE name = '王五'", "the complainant in the ledger is not who"),
    ("UPDATE complainants SET consented_at = '2026-09-14T01:12:00.000000Z' WHERE name = '王五'", "tells otherwise of"),
])
def test_a_complainant_who_was_exchanged_is_named(after, statement, sentence):
    said = after(statement)
    assert said.startswith(NUMBER) and sentence in said


def test_notes_that_were_altered_or_taken_away_are_named(books, after):
    number = books.file(notes=(("领导批示", "请速办"), ("领导批示", "再查"))).number
    for change in ("UPDATE notes SET text = '缓办' WHERE no = 1", "UPDATE notes SET label = '备注' WHERE no = 2",
                   "DELETE FROM notes WHERE no = 2"):
        assert after(change) == f"{number}: its notes in the ledger are not what the entry says that filed it."


def test_what_was_corrected_redacted_marked_and_erased_lawfully_accuses_nobody(books, told, after):
    case = books.session.scalars(select(Case).where(Case.number == NUMBER)).one()
    by = {"by": books.by("registrar"), "at": books.now, "words": str}
    for field, value in (("title", "更正后的标题"), ("place", ""), ("klass", "市场监管"), ("source", "省平台")):
        records.correct(books.session, case, field, value, reason="笔误", **by)
    records.redact(books.session, case, "某企业反映验收慢。", **by)
    records.consent(books.session, case, given=True, said="同意", **by)
    books.step(case, "list", "director", **REASON)
    erase_identity(books.session, case, basis="个人信息保护法第四十七条", reason="本人申请", by=books.by("director"),
                   at=books.now, words=str)
    assert told() is None
    for change, name in (("redacted = facts", "redacted"), ("title = '更正前'", "title"), ("place = '青溪县'", "place"),
                         ("class = NULL", "klass"), ("source = '12345'", "source"), ("listed = false", "listed")):
        assert f"“{name}”" in after(f"UPDATE cases SET {change} WHERE number = :of", **OF)
    assert "is not who its trail says" in after("UPDATE complainants SET name = '王五' WHERE case_id = :id", id=case.id)


@pytest.mark.parametrize("change", [
    "UPDATE spans SET holder = 'nobody', unit = NULL WHERE no = 2", "UPDATE spans SET unit = 'qx' WHERE no = 2",
    "UPDATE spans SET since = '2026-09-14T01:12:00.000001Z' WHERE no = 1", "DELETE FROM spans WHERE no = 1",
    "UPDATE spans SET until = '2026-09-14T01:12:00.000001Z' WHERE no = 1",
    "UPDATE spans SET due_on = '2027-01-04' WHERE no = 2",
])
def test_a_copy_of_the_holdings_that_is_not_what_the_trail_gives_is_named(books, told, after, change):
    while spans.follow(books.session, books.register, most=1000):
        pass
    assert told() is None, "the case that came after the last leaf is not in the copy, and need not be"
    assert after(change).endswith("the copy of who held it when is not what its trail gives.")


@pytest.mark.parametrize("change", [
    "UPDATE traces SET actor = 'somebody' WHERE seq = 3", "UPDATE traces SET unit = 'qx' WHERE seq = 3",
    "UPDATE traces SET at = '2026-01-05T01:00:00.000000Z' WHERE seq = 3", "DELETE FROM traces WHERE seq = 3",
    "UPDATE traces SET act = 'sign' WHERE seq = 3 AND act = 'start'", "UPDATE traces SET act = 'x' WHERE act = 'filed'",
    "UPDATE traces SET seq = 900 WHERE seq = 3",
    ("INSERT INTO traces (id, stream, seq, at, actor, act) SELECT 99999, stream, 901, at, actor, act FROM traces "
    "WHERE stream = 'TS-2026-0001' AND seq = 1"),
])
def test_a_register_of_entries_that_hides_or_invents_one_is_named(after, change):
    said = after(change)
    assert "the register by which entries are looked for lacks entry" in said
