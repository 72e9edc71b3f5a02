"""The overdue board: per unit what is late, due soon and open, and the very list behind each number."""

from datetime import date

import pytest
from sqlalchemy import event

from app.domain import clocks, supervision
from app.domain.people import SYSTEM
from app.office import people as office_people


@pytest.fixture
def board(office):
    """Six cases: late, due soon, with time, paused, standing and closed; two parts of zrzy."""
    grades = ("advice", "ordinary", "major", "ordinary", "ordinary", "ordinary")
    cases = [office.file() for _ in grades]
    for case, grade in zip(cases, grades, strict=True):
        office.assign(case, lead="zjj", supports=["zrzy"] if grade == "major" or case is cases[1] else [], grade=grade)
        office.start(case)
    office.step(cases[3], "ask_pause", "liaison", category="hearing", reason="听证", review_on="2026-10-10")
    office.step(cases[3], "sign", "principal")
    office.step(cases[3], "grant_pause", "director")
    office.step(cases[4], "make_standing", "director", reason="历史遗留", review_on="2026-09-20")
    office.submit(cases[5])
    office.step(cases[5], "sign", "principal")
    office.close(cases[5])
    office.until(2026, 9, 24)
    return cases


def tallies(office, by="supervisor") -> dict[str, tuple[int, int, int]]:
    units = office.register.people.units
    return {units[t.unit_id].code: (t.overdue, t.soon, t.open)
            for t in supervision.tallies(office.session, office.by(by), today=office.today)}


def behind(office, which: str, code: str | None = None, by="supervisor") -> list:
    unit = office.register.people.by_code[code].id if code else None
    return office.session.execute(supervision.late_nodes(office.by(by), today=office.today, unit_id=unit,
                                                         which=which)).all()


def test_each_unit_is_counted_by_its_own_nodes(office, board):
    """zjj: one late, one due soon, one with time, one paused; the standing one is never overdue."""
    counts = tallies(office)
    assert counts["zjj"] == (1, 1, 4)
    assert counts["zrzy"] == (2, 0, 2), "five working days from the 14th are over"
    assert set(counts) == {"zjj", "zrzy", "ysb"}


def test_behind_each_number_lies_a_list_of_exactly_that_length(office, board):
    for code, (overdue, soon, total) in tallies(office).items():
        assert (len(behind(office, "overdue", code)), len(behind(office, "soon", code)),
                len(behind(office, "open", code))) == (overdue, soon, total)
    assert len(behind(office, "overdue")) == sum(counts[0] for counts in tallies(office).values())


def test_the_longest_overdue_comes_first_and_the_worst_unit_on_top(office, board):
    dates = [row.due_on for row in behind(office, "overdue")]
    assert dates == sorted(dates) and all(day < office.today for day in dates)
    tops = supervision.tallies(office.session, office.by("supervisor"), today=office.today)
    assert [tally.overdue for tally in tops] == sorted((tally.overdue for tally in tops), reverse=True)
    assert tops[0].oldest == min(row.due_on for row in behind(office, "overdue", "zrzy"))
    assert all(tally.on_time == tally.open - tally.overdue - tally.soon >= 0 for tally in tops)


def test_what_is_due_today_is_not_overdue_and_what_was_due_yesterday_is(office):
    case = office.file()
    office.assign(case)
    office.start(case)
    for day, counts in ((28, (0, 1, 1)), (29, (1, 0, 1))):
        office.until(2026, 9, day, 23)
        assert tallies(office)["zjj"] == counts, "due on Monday the 28th"


def test_a_right_that_lapsed_is_nobodys_lateness(office):
    case = office.file()
    office.assign(case)
    office.until(2026, 9, 20)
    purposes = {row.purpose for row in behind(office, "overdue", "zjj")}
    assert purposes == {"sign"}, "the right to object has lapsed too, and that is no duty"
    assert "object" in {node.purpose for node in clocks.of_case(office.session, case.id, running=True)}


def test_a_unit_reads_only_of_its_own_cases_and_an_administrator_of_none(office, board):
    assert tallies(office, "outsider") == {} == tallies(office, "sysadmin")
    seen = {row.number for row in behind(office, "open", by="supporter")}
    assert seen == {board[1].number, board[2].number}
    assert tallies(office, "leader") == tallies(office, "auditor") == tallies(office)


def test_a_sealed_case_is_in_no_count(office):
    case = office.file(sealed=True)
    office.until(2026, 10, 20)
    assert tallies(office) == {} and behind(office, "overdue") == []
    assert {row.number for row in behind(office, "overdue", by="registrar")} == {case.number}


def test_the_board_takes_one_query_however_many_units_there_are(office, board):
    statements, bind, actor = [], office.session.get_bind().engine, office.by("supervisor")

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    supervision.tallies(office.session, actor, today=date(2026, 9, 24))
    event.remove(bind, "before_cursor_execute", note)
    assert len(statements) == 1


def test_a_late_case_of_a_succeeded_unit_still_counts_under_the_name_it_was_assigned_to(office):
    case = office.file()
    office.assign(case)
    office.start(case)
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    office_people.succeed(office.session, old, new, reason="改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    office.until(2026, 10, 20)
    assert tallies(office)["zjj"] == (1, 0, 1)
    assert tallies(office, "outsider")["zjj"] == (1, 0, 1), "and the successor sees it"
