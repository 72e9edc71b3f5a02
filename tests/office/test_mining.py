"""The trail as an event log: everything that is not sealed, nothing that names a person, and a log that comes back."""

import io
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import func, select

from app.domain import trail
from app.domain.cases import Case
from app.domain.people import Actor, Held
from app.domain.trail import Entry
from app.office import mining, notices
from app.papers import ocel, xes
from tests.conftest import switch
from tests.office.conftest import Story
from tests.papers.logs import check_ocel, check_xes


@pytest.fixture
def reader(office) -> Actor:
    """Whoever sits at the machine."""
    return Actor(0, "system", "system", (Held("auditor", "ysb", office.register.people.office.id, frozenset()),))


def as_xes(office, reader, path: Path) -> list[xes.Trace]:
    with path.open("wb") as out:
        xes.write(out, mining.traces(office.session, reader), attributes={})
    check_xes(path)
    with path.open("rb") as source:
        return list(xes.read(source))


def as_ocel(office, reader, path: Path) -> dict:
    with path.open("wb") as out:
        told = mining.things(office.session, reader, office.register.people, at=office.now)
        ocel.write(out, told)
    return check_ocel(path)


def furnish(office: Story) -> list[Case]:
    made = [office.file(complainant={"name": "王建国", "phone": "13800001234"}), office.handed(supports=["zrzy"]),
            office.closed(), office.at_work()]
    office.pause(office.at_work())
    about = [(case, office.nodes(case)["handle"]) for case in (made[3], made[1])]
    words = {"at": office.now, "words": str, "register": office.register}
    paper = notices.prepare(office.session, "supervise", about, requirement="请说明原因", by=office.by("supervisor"),
                            **words)
    notices.sign(office.session, paper, by=office.by("director"), seen=None, **words)
    return made


def seal(office, case) -> None:
    case.sealed = True
    office.session.flush()


def entries(office, *but: str) -> int:
    query = select(func.count()).where(Entry.stream.not_in([trail.OFFICE, *but])).select_from(Entry)
    return office.session.scalar(query)


def test_every_case_is_a_trace_and_every_entry_an_event(office, reader, tmp_path):
    made = furnish(office)
    traces = as_xes(office, reader, tmp_path / "a.xes")
    assert [trace.attributes[xes.NAME] for trace in traces] == list(
        office.session.scalars(select(Case.number).order_by(Case.id)))
    assert sum(len(trace.events) for trace in traces) == entries(office)
    closed = next(trace for trace in traces if trace.attributes[xes.NAME] == made[2].number)
    kept = office.session.scalars(trail.of(made[2].number)).all()
    for event, entry in zip(closed.events, kept, strict=True):
        assert (event[xes.AT], event[xes.RESOURCE], event.get(xes.GROUP)) == (entry.at, entry.actor, entry.unit)
        assert (event["seq"], event["seal"], event["verb"]) == (entry.seq, entry.seal, entry.verb)
    assert [event[xes.NAME] for event in closed.events] == ["Filed", "Assign", "Start work", "Submit for closing",
                                                            "Sign", "Close"]
    assert [event.get("to") for event in closed.events][-1] == "closed"
    assert closed.attributes["kind"] == "complaint" and closed.attributes["source"] == "12345"


def test_an_event_of_mining_says_what_it_was_about(office, reader, tmp_path):
    made = furnish(office)
    log = as_ocel(office, reader, tmp_path / "a.json")
    assert len(log["events"]) == entries(office)
    kinds = {thing["id"]: thing["type"] for thing in log["objects"]}
    assert {"case", "unit", "officer", "notice"} == set(kinds.values())
    assert sum(kind == "case" for kind in kinds.values()) == office.session.scalar(select(func.count(Case.id)))
    closing = next(event for event in log["events"] if event["id"] == f"{made[2].number}/6")
    assert {(each["objectId"], each["qualifier"]) for each in closing["relationships"]} == {
        (made[2].number, "case"), ("officer:second_dispatcher", "taken by"), ("unit:ysb", "of unit")}
    signed = [event for event in log["events"] if any(r["qualifier"] == "notice" for r in event["relationships"])]
    assert len(signed) == 4, "prepared and signed, in the streams of two cases"
    assert all(("unit:zjj", "addressed to") in {(r["objectId"], r["qualifier"]) for r in event["relationships"]}
               for event in signed)
    (notice,) = [thing for thing in log["objects"] if thing["type"] == "notice"]
    assert {r["objectId"] for r in notice["relationships"]} == {"unit:zjj", made[1].number, made[3].number}


def test_the_state_and_the_lead_of_a_case_have_their_moments(office, reader, tmp_path):
    case = office.handed(supports=["zrzy"])
    assigned = office.now
    moved = office.later(hours=3)
    office.reassign(case, lead="gd")
    started = office.later(hours=3)
    office.start(case, by="outsider")
    (thing,) = [each for each in as_ocel(office, reader, tmp_path / "a.json")["objects"] if each["type"] == "case"]
    told = {(each["name"], each["value"], each["time"]) for each in thing["attributes"]}
    stamp = "%Y-%m-%dT%H:%M:%S.%fZ"
    assert {("lead", "zjj", f"{assigned:{stamp}}"), ("lead", "gd", f"{moved:{stamp}}"),
            ("state", "rectifying", f"{started:{stamp}}")} <= told
    assert [(each["objectId"], each["qualifier"]) for each in thing["relationships"]] == [("unit:gd", "lead")]


def test_a_sealed_case_is_in_neither_and_no_notice_speaks_of_it(office, reader, tmp_path):
    made = furnish(office)
    seal(office, made[3])
    traces = as_xes(office, reader, tmp_path / "a.xes")
    assert made[3].number not in {trace.attributes[xes.NAME] for trace in traces}
    assert sum(len(trace.events) for trace in traces) == entries(office, made[3].number)
    as_ocel(office, reader, tmp_path / "a.json")
    seal(office, made[1])
    log = as_ocel(office, reader, tmp_path / "b.json")
    assert [thing for thing in log["objects"] if thing["type"] == "notice"] == []
    for name in ("a.xes", "a.json", "b.json"):
        assert made[3].number not in (tmp_path / name).read_text(), name


def test_no_name_and_no_text_goes_out(office, reader, tmp_path):
    made = furnish(office)
    office.step(made[3], "report", "liaison", progress="已约谈施工单位负责人")
    as_xes(office, reader, tmp_path / "a.xes")
    as_ocel(office, reader, tmp_path / "a.json")
    for name in ("a.xes", "a.json"):
        text = (tmp_path / name).read_text()
        assert "Report progress" in text
        for secret in ("王建国", "13800001234", "施工单位", made[0].title, made[0].facts, office.by("liaison").name):
            assert secret not in text, (name, secret)


# --- a log of others, as a trail, and out again -----------------------------------------------------------------------


def foreign() -> bytes:
    """A log as another program writes it: no namespace, its own keys, local times, several events at one moment."""
    log = etree.Element("log", {"xes.version": "1.0", "xes.features": "nested-attributes"})
    acts = ("register request", "check ticket", "decide <again>", "支付赔偿", "reject & close")
    for number in range(12):
        trace = etree.SubElement(log, "trace")
        etree.SubElement(trace, "string", key=xes.NAME, value=f"Fall {number}")
        for step in range(number % 7 + 1):
            event = etree.SubElement(trace, "event")
            etree.SubElement(event, "string", key="Costs", value="50")
            at = f"2010-12-{step // 2 + 10}T{number + 8:02d}:02:00.125+01:00"
            etree.SubElement(event, "date", key=xes.AT, value=at)
            etree.SubElement(event, "string", key=xes.NAME, value=acts[(number * step) % len(acts)])
            if step % 3:
                etree.SubElement(event, "string", key=xes.RESOURCE, value=("Pete", "Søren")[step % 2])
            if number % 2:
                etree.SubElement(event, "string", key=xes.GROUP, value="Group 1")
    return etree.tostring(log, xml_declaration=True, encoding="UTF-8")


def taken_in(office, source) -> dict[str, xes.Trace]:
    """Each trace becomes a case whose stream goes on with the events of the trace: number → trace."""
    taken = {}
    for trace in xes.read(source):
        case = office.file(outside_number=f"xes {len(taken)}", source="log")
        taken[case.number] = trace
        for event in trace.events:
            trail.append(office.session, case.number, "stepped", by=event.get(xes.RESOURCE) or "nobody",
                         unit=event.get(xes.GROUP), at=event[xes.AT], words={"verb": event[xes.NAME]},
                         plain={"step": "report"})
    office.session.flush()
    return taken


def told(event: dict) -> tuple:
    return event[xes.NAME], event[xes.AT], event.get(xes.RESOURCE) or "nobody", event.get(xes.GROUP)


def test_a_log_that_was_taken_into_a_trail_comes_out_as_it_was(office, reader, tmp_path):
    """Names, moments, people and groups of every event, in order. DUBAN_XES_LOG names a log to try instead."""
    given = switch("DUBAN_XES_LOG")
    with open(given, "rb") if given else io.BytesIO(foreign()) as source:
        taken = taken_in(office, source)
    for number in list(taken)[:20]:
        kept = office.session.scalars(trail.of(number)).all()
        assert [entry.seal for entry in kept] == [sha256(trail.body(entry)).hexdigest() for entry in kept]
        assert [entry.prev for entry in kept] == ["", *(entry.seal for entry in kept[:-1])]
    traces = {trace.attributes[xes.NAME]: trace for trace in as_xes(office, reader, tmp_path / "a.xes")}
    assert traces.keys() == taken.keys()
    assert sum(len(trace.events) for trace in taken.values()) >= 40
    for number, trace in taken.items():
        first, *others = traces[number].events
        assert first["verb"] == "filed"
        assert [told(event) for event in others] == [told(event) for event in trace.events], number
