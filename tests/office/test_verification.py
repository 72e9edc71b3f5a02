"""Somebody with the database tampers; verification finds it, names it, and never accuses an honest ledger."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

import workflows
from app.domain import seals, trail
from app.domain.people import SYSTEM
from app.office import people as office_people
from app.office import records
from app.office.verification import entry_count, first_fault
from tests.office.tampering import behind_its_back

REASON = {"reason": "理由"}
NUMBER = "TS-2026-0001"


@pytest.fixture
def told(office):
    """A case with everything that a verification replays, and one that was only filed."""
    case = office.file(complainant={"name": "王五"}, place="青溪县")
    office.assign(case, supports=["zrzy", "gd"])
    office.start(case)
    office.step(case, "finish_part", "supporter", result="已出具")
    office.step(case, "ask_extension", "liaison", days=3, **REASON)
    office.step(case, "sign", "principal")
    office.step(case, "grant_extension", "director")
    office.step(case, "ask_pause", "liaison", category="hearing", review_on="2026-10-10", **REASON)
    office.step(case, "sign", "principal")
    office.step(case, "grant_pause", "director")
    office.later(days=3)
    office.step(case, "resume", "liaison", reason="听证已毕")
    office.file()
    return case


def fault(office) -> str | None:
    office.session.flush()
    office.session.expire_all()
    found = first_fault(office.session, calendar=office.register.calendar)
    return found and found.told()


@pytest.fixture
def tamper(office, told):
    """Do something to the database behind the program's back: no trigger, no constraint in the way."""

    def done(*statements: str, **facts):
        behind_its_back(office.session, *statements, **({"of": NUMBER} | facts))
        return fault(office)

    return done


# --- an honest ledger ------------------------------------------------------------------------------------------------


def test_an_honest_ledger_is_never_accused(office, told):
    assert fault(office) is None
    assert entry_count(office.session) > 50


def test_an_office_that_has_just_been_founded_is_not_accused(office):
    assert fault(office) is None


def test_a_ledger_whose_people_came_and_went_is_not_accused(office, told):
    office_people.succeed(office.session, *(office.session.get(
        office_people.Unit, office.register.people.by_code[code].id) for code in ("zjj", "qx")),
        reason="改革", by=SYSTEM, at=office.now, words=str)
    office_people.hand_over(office.session, office_people.officer_called(office.session, "supporter"),
                            office_people.officer_called(office.session, "county"), reason="调任", by=SYSTEM,
                            at=office.now, words=str)
    office.reload()
    records.correct(office.session, told, "facts", "新事由", reason="笔误", by=office.by("registrar"), at=office.now,
                    words=str)
    office.later(days=1)
    office.step(told, "reassign", "second_dispatcher", lead="jw", supports=[], request="改派", basis="目录", **REASON)
    assert fault(office) is None


@pytest.mark.parametrize("step", ["assign", "sign", "finish_part", "grant_pause"])
def test_an_office_that_took_a_step_out_of_its_table_is_not_accused(office, tamper, monkeypatch, step):
    monkeypatch.delitem(workflows.get("complaint").step, step)
    assert fault(office) is None
    assert "title" in tamper("UPDATE cases SET title = '别的' WHERE number = :of"), "what no step sets is held"


def test_every_entry_is_counted_as_it_is_read(office, told):
    seen = []
    assert first_fault(office.session, calendar=office.register.calendar, step=seen.append) is None
    assert sum(seen) == entry_count(office.session)


# --- entries ---------------------------------------------------------------------------------------------------------

COLUMNS = {
    "at": "'2026-09-14T01:12:00.000001Z'", "actor": "'somebody'", "unit": "'gd'", "verb": "'corrected'",
    "words": "'{\"verb\":\"x\"}'", "data": "replace(data, 'zjj', 'gd')", "seal": "upper(seal)",
    "prev": "'0000000000000000000000000000000000000000000000000000000000000000'",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_byte_of_any_column_of_an_entry_is_noticed(tamper, told, column):
    said = tamper(f"UPDATE entries SET {column} = {COLUMNS[column]} WHERE stream = :of AND seq = 2")
    assert said.startswith(f"{NUMBER}: entry 2 "), said


def test_an_actor_that_was_taken_away_is_noticed(tamper, told):
    assert "entry 2 has been altered" in tamper("UPDATE entries SET unit = NULL WHERE stream = :of AND seq = 2")


def test_one_letter_of_a_long_text_is_noticed_even_with_a_new_seal(tamper, told):
    """Whoever also puts the fitting seal there breaks the chain to the next entry."""
    said = tamper("UPDATE entries SET actor = 'somebody', "
                  "seal = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' "
                  "WHERE stream = :of AND seq = 2")
    assert "entry 2 has been altered" in said


def test_a_well_made_forgery_breaks_the_chain(office, tamper, told):
    import hashlib
    from types import SimpleNamespace

    entry = office.session.scalars(trail.of(NUMBER)).all()[1]
    facts = {name: getattr(entry, name) for name in ("at", "actor", "unit", "verb", "words", "data", "prev", "seq",
                                                     "stream")} | {"actor": "somebody"}
    seal = hashlib.sha256(trail.body(SimpleNamespace(**facts))).hexdigest()
    said = tamper("UPDATE entries SET actor = 'somebody', seal = :seal WHERE stream = :of AND seq = 2", seal=seal)
    assert said == f"{NUMBER}: entry 3 does not follow on the one before it."


def test_an_entry_that_was_taken_out_is_noticed(tamper, told):
    said = tamper("DELETE FROM entry_values WHERE stream = :of AND seq = 3",
                  "DELETE FROM entries WHERE stream = :of AND seq = 3")
    assert said == f"{NUMBER}: entry 3 is missing."


def test_an_entry_that_was_slipped_in_is_noticed(tamper, told):
    said = tamper("INSERT INTO entries (stream, seq, at, actor, unit, verb, words, data, prev, seal) "
                  "SELECT stream, seq + 1, at, actor, unit, verb, words, data, seal, prev FROM entries "
                  "WHERE stream = :of AND seq = (SELECT max(seq) FROM entries WHERE stream = :of)")
    assert said.startswith(f"{NUMBER}: entry ") and "altered" in said


def test_two_entries_that_changed_places_are_noticed(tamper, told):
    said = tamper("UPDATE entries SET seq = 1000 WHERE stream = :of AND seq = 4",
                  "UPDATE entries SET seq = 4 WHERE stream = :of AND seq = 5",
                  "UPDATE entries SET seq = 5 WHERE stream = :of AND seq = 1000")
    assert said == f"{NUMBER}: entry 4 does not follow on the one before it."


def test_a_tail_that_was_cut_off_is_noticed(tamper, told):
    said = tamper("DELETE FROM entry_values WHERE stream = :of AND seq > 5",
                  "DELETE FROM entries WHERE stream = :of AND seq > 5")
    assert said == f"{NUMBER}: the last entry is not the one that was written last; the tail was cut off."


def test_a_tail_that_was_cut_off_with_its_head_moved_is_noticed_by_what_the_case_says(tamper, told):
    said = tamper("DELETE FROM entry_values WHERE stream = :of AND seq > 2",
                  "DELETE FROM entries WHERE stream = :of AND seq > 2",
                  "UPDATE streams SET seq = 2, seal = (SELECT seal FROM entries WHERE stream = :of AND seq = 2) "
                  "WHERE stream = :of")
    assert said == f"{NUMBER} stands as “rectifying”, but its trail ends in “assigned”."


def test_a_stream_without_its_head_is_noticed(tamper, told):
    assert "tail was cut off" in tamper("DELETE FROM streams WHERE stream = :of")


def test_a_whole_trail_that_is_gone_is_noticed(tamper, told):
    assert tamper("DELETE FROM entry_values WHERE stream = :of", "DELETE FROM entries WHERE stream = :of",
                  "DELETE FROM streams WHERE stream = :of") == f"{NUMBER} stands in the ledger without a trail."


def test_a_trail_that_is_gone_with_its_case_still_leaves_its_head(tamper, told):
    said = tamper("DELETE FROM entry_values WHERE stream = 'TS-2026-0002'",
                  "DELETE FROM entries WHERE stream = 'TS-2026-0002'",
                  "DELETE FROM tellings WHERE stream = 'TS-2026-0002'",
                  "DELETE FROM time_nodes WHERE case_id = (SELECT id FROM cases WHERE number = 'TS-2026-0002')",
                  "DELETE FROM cases WHERE number = 'TS-2026-0002'")
    assert said == "TS-2026-0002: the whole trail is gone."


def test_a_case_that_is_gone_is_noticed_by_its_trail(tamper, told):
    said = tamper("UPDATE cases SET number = 'TS-2026-0777' WHERE number = :of")
    assert said == f"{NUMBER} has a trail, but there is no such case."


def test_a_case_that_nobody_filed_is_noticed(tamper, told):
    columns = ("kind, state, title, facts, source, grade, received_at, filed_at, filed_on, objected, designated, "
               "standing, escalated, listed, sealed, needs_evidence, redone, reopened, takers, version, touched_at, "
               "paused")
    said = tamper(f"INSERT INTO cases (id, number, {columns}) SELECT 9999, 'TS-2026-9999', {columns} FROM cases "
                  "WHERE number = 'TS-2026-0002'")
    assert said == "TS-2026-9999 stands in the ledger without a trail."


def test_the_offices_own_stream_is_looked_at_like_any_other(tamper, told):
    said = tamper("UPDATE entries SET actor = 'somebody' WHERE stream = 'office' AND seq = 30")
    assert said == "office: entry 30 has been altered; its seal does not fit."


# --- values beside ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "sentence"), [
    ("value = value || '。'", "“facts” of entry 1 has been altered"),
    ("value = NULL", "“facts” of entry 1 has been altered"),
    ("salt = NULL", "“facts” of entry 1 has been altered"),
    ("key = 'fiction'", "has a value “fiction” that it does not name"),
    ("value = NULL, salt = NULL", "“facts” of entry 1 was erased, and no entry says so"),
])
def test_a_value_that_was_altered_or_erased_is_noticed(tamper, told, change, sentence):
    said = tamper(f"UPDATE entry_values SET {change} WHERE stream = :of AND seq = 1 AND key = 'facts'")
    assert sentence in said and said.startswith(NUMBER)


def test_a_value_that_was_taken_away_is_noticed(tamper, told):
    said = tamper("DELETE FROM entry_values WHERE stream = :of AND seq = 1 AND key = 'complainant.name'")
    assert said == f"{NUMBER}: “complainant.name” of entry 1 is gone."


def test_a_value_that_was_slipped_in_is_noticed(tamper, told):
    said = tamper("INSERT INTO entry_values (stream, seq, key, value, salt) "
                  "SELECT stream, seq, 'gossip', value, salt FROM entry_values WHERE stream = :of AND seq = 1 "
                  "AND key = 'facts'")
    assert "has a value “gossip” that it does not name" in said


def test_two_values_that_changed_places_are_noticed(tamper, told):
    said = tamper("UPDATE entry_values SET key = 'x' WHERE stream = :of AND seq = 1 AND key = 'facts'",
                  "UPDATE entry_values SET key = 'facts' WHERE stream = :of AND seq = 1 AND key = 'title'",
                  "UPDATE entry_values SET key = 'title' WHERE stream = :of AND seq = 1 AND key = 'x'")
    assert "has been altered" in said


# --- what the ledger says against what its trail says -----------------------------------------------------------------


@pytest.mark.parametrize(("statement", "sentence"), [
    ("UPDATE cases SET state = 'closed' WHERE number = :of", "stands as “closed”, but its trail ends in “rectifying”"),
    ("UPDATE cases SET lead_id = (SELECT id FROM units WHERE code = 'qx') WHERE number = :of",
     "is led by qx, but its trail says zjj"),
    ("UPDATE assignments SET unit_id = (SELECT id FROM units WHERE code = 'qx') WHERE role = 'lead'",
     "has another lead than its trail says"),
    ("UPDATE assignments SET left_at = joined_at WHERE role = 'lead'", "has another lead than its trail says"),
    ("UPDATE assignments SET unit_id = (SELECT id FROM units WHERE code = 'qx') WHERE done_at IS NULL AND task <> ''",
     "has other supporting units than its trail says"),
    ("UPDATE assignments SET left_at = joined_at WHERE role = 'support'", "other supporting units"),
    ("UPDATE assignments SET done_at = joined_at WHERE role = 'support' AND done_at IS NULL", "other supporting units"),
    ("UPDATE assignments SET done_at = NULL WHERE role = 'support' AND done_at IS NOT NULL", "other supporting units"),
    ("UPDATE time_nodes SET due_on = '2027-01-04' WHERE purpose = 'handle'", "ends on 2027-01-04, but its trail says"),
    ("UPDATE time_nodes SET due_on = '2027-01-04' WHERE purpose = 'accept' AND stopped_at IS NOT NULL",
     "ends on 2027-01-04, but its trail says"),
    ("UPDATE time_nodes SET stopped_at = started_at, next_rung_at = NULL WHERE purpose = 'handle'",
     "but its trail says"),
    ("UPDATE time_nodes SET stopped_at = NULL WHERE purpose = 'accept' AND stopped_at IS NOT NULL",
     "but its trail says"),
    ("UPDATE time_nodes SET budget = budget + 30 WHERE purpose = 'handle'", "does not end where its own ledger ends"),
    ("UPDATE time_nodes SET extended = extended + 30 WHERE purpose = 'handle'", "does not end where its own ledger"),
    ("UPDATE time_nodes SET started_on = '2026-09-28' WHERE purpose = 'handle'", "does not end where its own ledger"),
    ("UPDATE time_nodes SET counted = 'day' WHERE purpose = 'handle'", "does not end where its own ledger ends"),
    ("UPDATE suspensions SET since_on = '2026-09-16'", "does not end where its own ledger ends"),
    ("DELETE FROM suspensions", "does not end where its own ledger ends"),
    ("DELETE FROM time_nodes WHERE purpose = 'part'", "has other time nodes than its trail says"),
    ("UPDATE time_nodes SET warn_on = '2026-10-30' WHERE purpose = 'handle'", "does not end where its own ledger ends"),
    ("UPDATE cases SET due_on = '2027-01-04' WHERE number = :of", "is shown as due on 2027-01-04"),
    ("UPDATE cases SET due_on = NULL WHERE number = :of", "is shown as due on"),
    ("UPDATE cases SET warn_on = NULL WHERE number = :of", "is shown as due on"),
    ("UPDATE cases SET paused = true WHERE number = :of", "is shown as due on"),
])
def test_a_ledger_that_says_something_else_is_noticed(tamper, told, statement, sentence):
    said = tamper(statement)
    assert said is not None and sentence in said and NUMBER in said, said


# --- triggers --------------------------------------------------------------------------------------------------------


def test_a_trigger_that_was_dropped_is_named(office):
    dialect = office.session.get_bind().dialect.name
    for statement in seals.triggers(dialect):
        if not (made := re.match(r"CREATE TRIGGER (\w+) BEFORE .*? ON (\w+)", statement)):
            continue
        name, table = made.groups()
        with office.session.begin_nested() as savepoint:
            office.session.execute(text(f"DROP TRIGGER {name}" + (f" ON {table}" if dialect == "postgresql" else "")))
            assert fault(office) == f"The database no longer protects the trail: {name} is missing."
            savepoint.rollback()
    assert fault(office) is None


@pytest.mark.one_database("postgresql")  # the other cannot switch a trigger off without dropping it
@pytest.mark.parametrize("how", ["DISABLE", "ENABLE REPLICA"])
def test_a_trigger_that_was_switched_off_is_named(office, how):
    office.session.execute(text(f"ALTER TABLE entries {how} TRIGGER entries_no_change"))
    assert "entries_no_change is switched off, or no longer what it was made as" in fault(office)
    office.session.execute(text("ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_no_change"))
    assert fault(office) is None, "that is even stricter than it was made"


_SAME = "NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key"
WEAKER = {  # in place of a trigger, one of the same name that refuses less
    "sqlite": [
        (table, f"{head} BEGIN SELECT RAISE({how}, 'the trail is append-only'); END") for table, head, how in (
            ("entries", "entries_no_update BEFORE UPDATE ON entries WHEN OLD.stream = 'office'", "ABORT"),
            ("entries", "entries_no_update BEFORE UPDATE OF at ON entries", "ABORT"),
            ("entries", "entries_no_update AFTER UPDATE ON entries", "FAIL"),
            ("entries", "entries_no_delete BEFORE DELETE ON drafts", "ABORT"),
            ("entries", "entries_no_delete BEFORE DELETE ON entries", "FAIL"),
            ("entries", "entries_no_replace BEFORE INSERT ON entries WHEN NEW.seq = 0", "ABORT"),
            ("entry_values", ("entry_values_erase_only BEFORE UPDATE ON entry_values WHEN NOT (NEW.value IS NULL AND "
                             f"NEW.salt IS NULL) AND {_SAME}"), "ABORT"),
            ("tiles", ("tiles_grow_only BEFORE UPDATE ON tiles WHEN NOT (NEW.level = OLD.level AND "
                       "NEW.no = OLD.no)"), "ABORT"),
        )],
    "postgresql": [
        (table, f"{head} EXECUTE FUNCTION trail_is_append_only()") for table, head in (
            ("entries", ("entries_no_change BEFORE UPDATE OR DELETE ON entries FOR EACH ROW "
                        "WHEN (OLD.stream = 'office')")),
            ("entries", "entries_no_change BEFORE UPDATE OF at OR DELETE ON entries FOR EACH ROW"),
            ("entries", "entries_no_change BEFORE DELETE ON entries FOR EACH ROW"),
            ("entries", "entries_no_change BEFORE UPDATE OR DELETE ON entries FOR EACH STATEMENT WHEN (false)"),
            ("entries", "entries_no_change BEFORE UPDATE OR DELETE ON drafts FOR EACH ROW"),
            ("entries", "entries_no_truncate BEFORE TRUNCATE ON drafts FOR EACH STATEMENT"),
            ("entry_values", ("entry_values_erase_only BEFORE UPDATE ON entry_values FOR EACH ROW WHEN (NOT ("
                             f"NEW.value IS NULL AND NEW.salt IS NULL) AND {_SAME})")),
            ("tiles", ("tiles_grow_only BEFORE UPDATE ON tiles FOR EACH ROW WHEN (NOT (NEW.level = OLD.level AND "
                      "NEW.no = OLD.no))")),
        )],
}


@pytest.mark.parametrize("which", range(len(WEAKER["sqlite"])))
def test_a_trigger_that_refuses_less_than_it_did_is_named(office, which):
    dialect = office.session.get_bind().dialect.name
    assert len(WEAKER[dialect]) == len(WEAKER["sqlite"])
    table, weaker = WEAKER[dialect][which]
    name = weaker.split()[0]
    office.session.execute(text(f"DROP TRIGGER {name}" + (f" ON {table}" if dialect == "postgresql" else "")))
    office.session.execute(text(f"CREATE TRIGGER {weaker}"))
    assert f"{name} is switched off, or no longer what it was made as" in fault(office)


@pytest.mark.one_database("postgresql")  # the other's triggers call no function
@pytest.mark.parametrize("body", [
    "BEGIN RETURN NEW; END", "BEGIN RETURN NULL; END", "BEGIN RAISE NOTICE 'the trail is append-only'; RETURN NEW; END",
    "BEGIN IF OLD.stream = 'office' THEN RAISE EXCEPTION 'the trail is append-only'; END IF; RETURN NEW; END",
])
def test_a_function_that_refuses_nothing_is_named_with_all_its_triggers(office, body):
    office.session.execute(text("CREATE OR REPLACE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql "
                                f"AS $${body}$$"))
    assert all(name in fault(office) for name in seals.names("postgresql"))


@pytest.mark.one_database("postgresql")
def test_a_trigger_that_calls_another_function_is_named(office):
    for statement in ("CREATE FUNCTION trail_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
                      ("CREATE OR REPLACE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries FOR EACH ROW "
                      "EXECUTE FUNCTION trail_is_kept()")):
        office.session.execute(text(statement))
    assert "entries_no_change is switched off" in fault(office)


def test_a_trigger_that_was_replaced_by_one_that_does_nothing_is_named(office):
    if office.session.get_bind().dialect.name == "sqlite":
        office.session.execute(text("DROP TRIGGER entries_no_update"))
        office.session.execute(text("CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT 1; END"))
        named = "entries_no_update"
    else:
        office.session.execute(text("CREATE OR REPLACE FUNCTION trail_is_append_only() RETURNS trigger "
                                    "LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"))
        named = "entries_no_change"
    assert named in (fault(office) or "")


def test_a_tampered_node_of_a_paused_case_is_noticed(office, tamper, told):
    office.step(told, "ask_pause", "liaison", category="complainant", reason="等材料",
                review_on=(office.today + timedelta(days=9)).isoformat())
    office.step(told, "sign", "principal")
    office.step(told, "grant_pause", "director")
    assert fault(office) is None
    assert tamper("UPDATE time_nodes SET paused_on = NULL, due_on = '2026-12-31' WHERE purpose = 'handle'") is not None
