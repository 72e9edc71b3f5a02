"""An inquiry over all trails: any piece of any text finds its entry on both databases, and nobody finds by what he may
not read, by what was erased, or by who somebody is."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update

from app.domain import bigrams, copies, inquiry, traces, trail, tree
from app.domain.cases import Naming
from app.domain.copies import Mark
from app.domain.inquiry import Inquiry
from app.domain.traces import Trace
from app.domain.trail import Entry, Value
from app.office import records
from tests.office.conftest import Story

LAWS = settings(max_examples=25, derandomize=True, deadline=None,
                suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def office(session, databases):
    return Story(session, databases.register)


def found(office, by: str = "auditor", **wanted) -> list[tuple[str, int]]:
    """Every page of it, put together."""
    rows, after = [], None
    while True:
        page = inquiry.page(office.session, office.by(by), Inquiry(**wanted), after, limit=7)
        rows += [(row.stream, row.seq) for row in page.rows]
        if (after := page.after) is None:
            return rows


def follow(office, leaves: int = 9_999, stretch: int = 9_999) -> None:
    """So many more leaves, and all that there are are traced."""
    tree.take_in(office.session, leaves)
    while (ahead := traces.ahead(office.session, most=stretch))[0]:
        traces.trace(office.session, ahead[1])
        traces.reach(office.session, ahead[0])


def who(username: str) -> dict:
    return {"who": username, "actors": (username,)}


@pytest.fixture
def case(office):
    case = office.at_work(title="装配车间联合验收反复退补", complainant={"name": "王建国", "phone": "13800001234"})
    office.step(case, "report", "liaison", progress="已约谈施工方，𠮷祥路段 50% 完成_见附件")
    return case


# --- what is found ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("q", "seqs"), [
    ("约谈", [4]), ("谈施工", [4]), ("方", [4]), ("件", [4]), ("𠮷祥", [4]), ("50%", [4]), ("成_见", [4]),
    ("装配车间", [1]), ("联合", [1]), ("联合 退补", [1]), ("先核实", [3]), ("派单目录", [2]), ("assigned", [3, 2]),
    ("谈约", []), ("验合", []), ("车间约谈", []), ("龘", []), ("%", [4]), ("已_谈", []),
])
def test_an_entry_is_found_by_any_piece_of_its_texts_and_by_nothing_else(office, case, q, seqs):
    assert [seq for _, seq in found(office, q=q, case=case.number)] == seqs


@LAWS
@given(data=st.data())
def test_every_piece_of_what_was_reported_finds_the_report(office, data):
    said = data.draw(st.text(alphabet="验收办件ab Z1。%_\\'\"", min_size=1, max_size=12).filter(lambda t: t.strip()))
    case = office.at_work()
    entry = office.step(case, "report", "liaison", progress=said)
    words = said.split()
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 1))
    piece = word[start : data.draw(st.integers(start + 1, len(word)))]
    assert (case.number, entry.seq) in found(office, q=piece)


def test_by_person_unit_act_case_and_time_alone_and_together(office, case):
    first = office.now
    office.later(days=3)
    other = office.file()
    office.later(days=1)
    office.assign(other, lead="gd", by="second_dispatcher")
    assert {stream for stream, _ in found(office, **who("second_dispatcher"))} == {other.number}
    assert {seq for _, seq in found(office, **who("liaison"))} == {3, 4}
    assert found(office, units=("zjj",)) == [(case.number, 4), (case.number, 3)]
    assert sorted(found(office, act="assign")) == sorted([(other.number, 2), (case.number, 2)])
    assert found(office, act="filed", since=first + timedelta(days=1)) == [(other.number, 1)]
    assert [seq for _, seq in found(office, case=case.number, until=first + timedelta(days=1))] == [4, 3, 2, 1]
    assert found(office, **who("dispatcher"), act="assign", units=("ysb",), case=case.number, q="派单") == [
        (case.number, 2)]
    assert found(office, who="nobody", actors=("nobody",)) == found(office, case="TS-1999-0001") == []


def test_every_entry_is_on_exactly_one_page(office, case):
    for _ in range(12):
        office.file()
    every = found(office)
    assert len(every) == len(set(every)) == office.session.scalar(select(func.count()).select_from(Entry))
    by_words = found(office, q="厂房")
    assert len(by_words) == len(set(by_words)) == 12


# --- what is not -----------------------------------------------------------------------------------------------------


def test_nobody_is_found_by_his_name(office, case):
    for q in ("王建国", "王建", "国", "138", "13800001234"):
        assert (case.number, 1) not in found(office, q=q), q
    assert inquiry.page(office.session, office.by("auditor"), Inquiry(q="装配")).values[case.number, 1].keys() == {
        "title", "facts"}


def test_what_was_erased_is_not_found(office, case):
    assert found(office, q="约谈") == [(case.number, 4)]
    office.session.execute(update(Value).where(Value.stream == case.number, Value.seq == 4).values(
        value=None, salt=None))
    assert found(office, q="约谈") == []
    assert found(office, case=case.number, act="report") == [(case.number, 4)]


def test_a_sealed_case_is_not_there_for_who_is_not_named_on_it(office, case):
    case.sealed = True
    office.session.add(Naming(case_id=case.id, officer_id=office.by("dispatcher").id))
    records.open_identity(office.session, case, reason="核实来电", by=office.by("dispatcher"), at=office.now, words=str)
    office.session.flush()
    for by in ("auditor", "director", "supervisor", "leader"):
        assert case.number not in {stream for stream, _ in found(office, by)}
        assert found(office, by, q="约谈") == found(office, by, case=case.number) == []
        assert "identity_opened" not in {row.verb for row in inquiry.page(
            office.session, office.by(by), Inquiry(act="identity_opened")).rows}
    assert (case.number, 4) in found(office, "dispatcher", q="约谈")


@pytest.mark.parametrize(("by", "sees"), [("auditor", True), ("director", True), ("supervisor", False),
                                          ("registrar", False), ("leader", False)])
def test_the_offices_own_stream_is_for_auditors_and_the_director(office, case, by, sees):
    records.open_identity(office.session, case, reason="核实来电内容", by=office.by("dispatcher"), at=office.now,
                          words=str)
    streams = {stream for stream, _ in found(office, by)}
    assert (trail.OFFICE in streams) is sees and case.number in streams
    assert bool(found(office, by, q="核实来电")) is sees
    assert (trail.OFFICE in {stream for stream, _ in found(office, by, case=case.number)}) is sees


@pytest.mark.parametrize("after", ["x", "~", "~1", "2026-01-01~1", "2026-01-01T00:00:00~1", "é~²", "x~TS-2026-0001~1~1",
                                   "2026-01-01T00:00:00+00:00~TS\0~1~1", "2026-01-01T00:00:00+00:00~TS~1~y",
                                   "2026-01-01T00:00:00+00:00~99999999999"])
def test_a_key_that_is_none_is_the_first_page(office, case, after):
    first = inquiry.page(office.session, office.by("auditor"), Inquiry(), limit=5).rows
    assert inquiry.page(office.session, office.by("auditor"), Inquiry(), after, limit=5).rows == first


# --- the register of traces ------------------------------------------------------------------------------------------


def test_every_entry_is_traced_once_it_is_in_the_tree(office, case):
    assert not office.session.scalar(select(func.count()).select_from(Trace)), "no step waits for it"
    follow(office)
    entries = set(office.session.execute(select(Entry.stream, Entry.seq)).tuples())
    assert set(office.session.execute(select(Trace.stream, Trace.seq)).tuples()) == entries
    rows = office.session.execute(select(Trace.seq, Trace.actor, Trace.unit, Trace.act).where(
        Trace.stream == case.number).order_by(Trace.seq)).all()
    assert [tuple(row) for row in rows] == [(1, "registrar", "ysb", "filed"), (2, "dispatcher", "ysb", "assign"),
                                            (3, "liaison", "zjj", "start"), (4, "liaison", "zjj", "report")]
    times = office.session.scalars(select(Trace.at).order_by(Trace.id)).all()
    assert times == sorted(times), "words are found in the order of their traces"


WANTED = ({}, {"q": "约谈"}, {"q": "核实"}, {"act": "report"}, who("liaison"), {"units": ("zjj",)},
          {"q": "assigned 派单"}, {"act": "identity_opened"}, {"q": "beside"})  # a key of every entry, but no text


@pytest.mark.parametrize("taken", [0, 7, 9_999])
def test_what_is_found_is_the_same_before_during_and_after_it_is_traced(office, case, taken):
    for _ in range(3):
        office.later(hours=1)
        office.at_work()
    records.open_identity(office.session, case, reason="核实来电", by=office.by("dispatcher"), at=office.now, words=str)
    before = [sorted(found(office, **wanted)) for wanted in (*WANTED, {"case": case.number})]
    tree.take_in(office.session, taken or 5)
    if taken:
        follow(office, leaves=taken, stretch=5)
    after = [sorted(found(office, **wanted)) for wanted in (*WANTED, {"case": case.number})]
    assert after == before and [bool(each) for each in before] == [*[True] * 8, False, True]
    in_time = office.session.scalars(select(Entry.at).order_by(Entry.at.desc())).all()
    assert [row.at for row in inquiry.page(office.session, office.by("auditor"), Inquiry(), limit=1000).rows] == in_time


@pytest.mark.parametrize("wanted", [{}, {"q": "厂房"}, {"act": "filed"}])
def test_who_pages_while_entries_are_traced_reads_each_once(office, case, wanted):
    for _ in range(9):
        office.file()  # all at one moment
    whole = found(office, **wanted)
    auditor, rows, after = office.by("auditor"), [], None
    while True:
        page = inquiry.page(office.session, auditor, Inquiry(**wanted), after, limit=2)
        rows += [(row.stream, row.seq) for row in page.rows]
        if (after := page.after) is None:
            break
        follow(office, leaves=3)
    assert len(rows) == len(set(rows)) and set(rows) == set(whole)


def test_an_office_that_was_set_up_before_there_were_traces_gets_them(office, case):
    """None is there, and no mark: they are found all the same, and following the tree makes them all, once."""
    before = found(office, q="约谈"), found(office)
    follow(office)
    forget(office)
    assert (found(office, q="约谈"), found(office)) == before
    follow(office)
    count = office.session.scalar(select(func.count()).select_from(Trace))
    assert (found(office, q="约谈"), found(office)) == before
    office.session.execute(delete(Mark).where(Mark.id == copies.TRACES))
    follow(office)
    assert office.session.scalar(select(func.count()).select_from(Trace)) == count == len(before[1])


def forget(office) -> None:
    if office.session.get_bind().dialect.name == "postgresql":
        office.session.execute(text("DELETE FROM trace_words"))
    else:
        office.session.execute(text("INSERT INTO trace_words (trace_words) VALUES ('delete-all')"))
    office.session.execute(delete(Trace))
    office.session.execute(delete(Mark).where(Mark.id == copies.TRACES))


def test_the_register_holds_no_name_of_a_complainant(office, case):
    ((row, values),) = [(row, dict(office.session.execute(select(Value.key, Value.value).where(
        Value.stream == case.number, Value.seq == 1)).tuples().all())) for row in office.session.scalars(
        trail.of(case.number).where(Entry.seq == 1))]
    made = traces.of(row, trail.facts(row), {}, values)
    assert "complainant.name" in values and not made["tokens"] & (bigrams.tokens("王建国") - bigrams.tokens("国"))
