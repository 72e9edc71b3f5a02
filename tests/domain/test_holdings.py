"""Who held it when: each rule of the promise as a story, and a slow reader of the trail beside the replay."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import clocks, holdings, trail
from app.domain.workdays import Calendar

LAWS = settings(max_examples=150, derandomize=True, deadline=None)
SECOND = timedelta(seconds=1)


def held(office, case) -> list[holdings.Holding]:
    entries = office.session.scalars(trail.of(case.number)).all()
    return holdings.of(entries, office.register.calendar, office="ysb", now=office.now)


def hands(office, case) -> list[tuple[str, str | None]]:
    """(holder, unit) one after another; the same twice in a row is one hand."""
    found = []
    for span in held(office, case):
        if not found or found[-1] != (span.holder, span.unit):
            found.append((span.holder, span.unit))
    return found


def at_work(office, *, supports=(), lead="zjj", kind="complaint", **more):
    case = office.file(kind)
    office.later(hours=1)
    office.assign(case, lead=lead, supports=supports, **more)
    office.later(hours=1)
    office.start(case)
    office.later(hours=1)
    return case


OFFICE, ZJJ, ZRZY, GD = ("office", "ysb"), ("lead", "zjj"), ("support", "zrzy"), ("support", "gd")


# --- stories ---------------------------------------------------------------------------------------------------------


def test_the_office_holds_it_until_it_is_assigned_and_the_lead_from_then_on(office):
    case = office.file()
    office.later(days=1)
    assert hands(office, case) == [OFFICE]
    office.assign(case)
    office.later(hours=5)
    assert hands(office, case) == [OFFICE, ZJJ], "the clock and the hand run from dispatch, not from sign-for"
    office.step(case, "sign_for", "liaison")
    office.start(case)
    office.later(hours=5)
    assert hands(office, case) == [OFFICE, ZJJ]


def test_a_submitted_closing_stays_with_the_lead_until_its_principal_has_signed(office):
    case = at_work(office)
    office.submit(case)
    office.later(days=2)
    assert hands(office, case) == [OFFICE, ZJJ]
    office.step(case, "sign", "principal")
    office.later(days=1)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE]
    assert held(office, case)[-1].since == office.now - timedelta(days=1)


def test_a_closing_that_is_sent_back_is_in_the_leads_hands_again_until_it_is_signed_anew(office):
    case = at_work(office)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.later(hours=3)
    office.step(case, "send_back", "second_dispatcher", reason="现场未整改")
    office.later(hours=3)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE, ZJJ]


def test_a_closed_case_is_the_offices_until_it_is_reviewed_and_then_nobodys(office):
    case = at_work(office)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.close(case)
    office.later(days=1)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE]
    office.review(case)
    ended = office.now
    office.later(days=30)
    assert held(office, case)[-1].until == ended


def test_a_reopened_case_is_held_again_from_its_reopening_and_not_between(office):
    case = at_work(office)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.close(case)
    office.later(days=1)
    office.review(case)
    reviewed = office.now
    reopened = office.later(days=20)
    office.step(case, "reopen", "supervisor", reason="又反弹了")
    office.later(hours=1)
    spans = held(office, case)
    assert [(a.until, b.since) for a, b in pairwise(spans) if a.until != b.since] == [(reviewed, reopened)]
    assert (spans[-1].holder, spans[-1].unit, spans[-1].since) == ("lead", "zjj", reopened)


@pytest.mark.parametrize(("decision", "after"), [("uphold", []), ("overrule", [ZJJ])])
def test_an_objection_is_the_offices_until_it_is_decided(office, decision, after):
    case = office.file()
    office.later(hours=1)
    office.assign(case)
    office.later(hours=1)
    objected = office.now
    office.step(case, "object", "liaison", basis="三定规定", right_unit="zrzy", reason="属自规局职责")
    office.later(hours=6)
    office.step(case, decision, "second_dispatcher", reason="职责清单第 4 条")
    office.later(hours=1)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE, *after]
    assert next(span for span in held(office, case) if "objection" in span.why).since == objected


@pytest.mark.parametrize(("ask", "facts"), [
    ("ask_extension", {"days": 3, "reason": "鉴定未出"}),
    ("ask_pause", {"category": "hearing", "reason": "听证", "review_on": "2026-10-12"}),
])
def test_a_request_is_the_offices_from_the_principals_signature_until_the_decision(office, ask, facts):
    case = at_work(office)
    office.step(case, ask, "liaison", **facts)
    office.later(hours=2)
    assert hands(office, case) == [OFFICE, ZJJ], "unsigned, it lies in the unit"
    office.step(case, "sign", "principal")
    office.later(hours=2)
    office.step(case, "decline", "director", reason="理由不足")
    office.later(hours=2)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE, ZJJ]


@pytest.mark.parametrize(("category", "holder"), [
    ("complainant", "complainant"), ("hearing", "nobody"), ("appraisal", "nobody"), ("third_party", "nobody"),
    ("force_majeure", "nobody"),
])
def test_a_pause_is_held_by_whom_it_waits_for_or_by_nobody(office, category, holder):
    case = at_work(office)
    office.step(case, "ask_pause", "liaison", category=category, reason="等", review_on="2026-10-12")
    office.step(case, "sign", "principal")
    paused = office.later(hours=1)
    office.step(case, "grant_pause", "director")
    resumed = office.later(days=5)
    office.step(case, "resume", "liaison", reason="材料已补")
    office.later(hours=1)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE, (holder, None), ZJJ]
    span = next(span for span in held(office, case) if span.holder == holder)
    assert (span.since, span.until, span.category, span.due_on) == (paused, resumed, category, None)


def pause(office, case, **facts):
    facts = {"category": "hearing", "reason": "听证", "review_on": "2026-10-12"} | facts
    office.step(case, "ask_pause", "liaison", **facts)
    office.step(case, "sign", "principal")
    office.later(days=2)
    return office.step(case, "grant_pause", "director")


def test_a_pause_that_is_granted_from_an_earlier_day_on_was_nobodys_since_then(office):
    case = at_work(office, supports=["zrzy"])
    office.later(days=4)
    pause(office, case, since_on="2026-09-16")
    granted = office.now
    office.later(days=3)
    spans = held(office, case)
    began = office.register.calendar.starts(date(2026, 9, 16))
    assert hands(office, case) == [OFFICE, ZJJ, ("nobody", None)], "the days the request lay with the office as well"
    assert (spans[-1].since, spans[-1].until, spans[-1].category) == (began, office.now, "hearing")
    assert spans[-2].until == began < granted


def test_no_pause_begins_before_the_clock_last_began_to_run(office):
    case = at_work(office)
    started = office.now
    pause(office, case, since_on="2026-09-14")
    resumed = office.later(days=1)
    office.step(case, "resume", "liaison", reason="听证已毕")
    pause(office, case, since_on=office.register.calendar.on(resumed).isoformat())
    dispatched = started - timedelta(hours=2)
    assert [(span.holder, span.since, span.until) for span in held(office, case)] == [
        ("office", dispatched - timedelta(hours=1), dispatched), ("nobody", dispatched, office.now)
    ], "not before it was dispatched, though the day began earlier"


@pytest.mark.parametrize("ask", ["object", "propose_end"])
def test_while_the_clock_stands_still_not_even_the_office_holds_it(office, ask):
    case = office.file()
    office.later(hours=1)
    office.assign(case)
    office.later(hours=1)
    pause(office, case)
    if ask == "object":
        office.until(2026, 9, 16, 10)
        office.step(case, "object", "liaison", basis="三定规定", right_unit="zrzy", reason="属自规局职责")
    else:
        office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="企业撤回")
    office.later(days=2)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE, ("nobody", None)]


def test_a_part_in_time_never_takes_the_case_out_of_the_leads_hands(office):
    case = at_work(office, supports=["zrzy"])
    office.later(days=1)
    office.step(case, "finish_part", "supporter", result="已出具意见")
    office.later(days=10)
    assert hands(office, case) == [OFFICE, ZJJ]


def test_a_late_part_holds_the_case_from_the_end_of_its_due_date_until_it_is_finished(office):
    case = at_work(office, supports=["zrzy"])
    office.until(2026, 9, 23)
    office.step(case, "finish_part", "supporter", result="已出具意见")
    office.later(hours=1)
    span = next(span for span in held(office, case) if span.holder == "support")
    assert span.due_on == date(2026, 9, 20), "five working days from Monday the 14th; Sunday the 20th is worked"
    assert span.since == office.register.calendar.starts(date(2026, 9, 21))
    assert (span.until, span.unit) == (office.now - timedelta(hours=1), "zrzy")
    assert hands(office, case) == [OFFICE, ZJJ, ZRZY, ZJJ]
    assert span.late_from(office.register.calendar) == span.since


def test_a_part_that_is_called_for_holds_the_case_from_the_call_on(office):
    case = at_work(office, supports=["zrzy"])
    called = office.later(hours=1)
    office.step(case, "call", "liaison", unit="zrzy", need="请即出意见")
    office.later(days=1)
    office.step(case, "finish_part", "supporter", result="已出具意见")
    office.later(hours=1)
    span = next(span for span in held(office, case) if span.holder == "support")
    assert (span.since, span.why) == (called, "Called on by the lead")
    assert hands(office, case) == [OFFICE, ZJJ, ZRZY, ZJJ]


def test_a_call_after_the_due_date_changes_nothing_about_since_when(office):
    case = at_work(office, supports=["zrzy"])
    office.until(2026, 9, 23)
    office.step(case, "call", "liaison", unit="zrzy", need="请即出意见")
    office.later(hours=1)
    spans = [span for span in held(office, case) if span.holder == "support"]
    assert spans[0].since == office.register.calendar.starts(date(2026, 9, 21))
    assert {span.why for span in spans} == {"Its part is overdue"}


def test_of_several_late_parts_the_earliest_due_holds_it(office):
    case = office.file()
    parts = [{"unit": "gd", "task": "供电意见", "due_on": "2026-09-17"},
             {"unit": "zrzy", "task": "用地意见", "due_on": "2026-09-16"}]
    office.step(case, "assign", "dispatcher", grade="ordinary", lead="zjj", supports=parts, request="办", basis="目录")
    office.start(case)
    office.until(2026, 9, 21)
    assert hands(office, case) == [ZJJ, ZRZY]
    office.step(case, "finish_part", "supporter", result="已出具意见")
    office.later(hours=1)
    assert hands(office, case) == [ZJJ, ZRZY, GD]
    office.step(case, "finish_part", "outsider", result="已出具意见")
    office.later(hours=1)
    assert hands(office, case) == [ZJJ, ZRZY, GD, ZJJ]


def test_while_something_waits_for_the_office_a_late_part_does_not_hold_it(office):
    case = at_work(office, supports=["zrzy"])
    office.submit(case)
    office.step(case, "sign", "principal")
    office.until(2026, 9, 28)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE]


def test_a_unit_that_was_released_holds_nothing_any_more(office):
    case = at_work(office, supports=["zrzy"])
    office.until(2026, 9, 23)
    office.step(case, "drop_support", "dispatcher", unit="zrzy", reason="无须配合")
    office.later(days=5)
    assert hands(office, case) == [OFFICE, ZJJ, ZRZY, ZJJ]


def test_the_old_lead_keeps_what_it_held(office):
    case = at_work(office)
    moved = office.later(days=2)
    office.step(case, "reassign", "second_dispatcher", lead="gd", supports=[], request="改派", basis="目录",
                reason="职责在彼")
    office.later(days=1)
    assert hands(office, case) == [OFFICE, ZJJ, ("lead", "gd")]
    assert [span for span in held(office, case) if span.unit == "zjj"][-1].until == moved


def test_a_proposal_to_end_is_the_offices_and_an_ended_case_nobodys(office):
    case = at_work(office)
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="企业撤回")
    office.later(hours=4)
    assert hands(office, case) == [OFFICE, ZJJ, OFFICE]
    office.step(case, "end", "director")
    ended = office.now
    office.later(days=3)
    assert held(office, case)[-1].until == ended
    restored = office.now
    office.step(case, "restore", "director", reason="撤回无效")
    office.later(hours=1)
    assert held(office, case)[-1].since == restored
    assert hands(office, case)[-1] == ZJJ


def test_the_organ_with_power_holds_an_accountability_case_until_its_answer(office):
    origin = office.file()
    case = office.file("accountability", origin=origin)
    office.later(hours=1)
    office.assign(case, lead="jw")
    office.later(days=10)
    assert hands(office, case) == [OFFICE, ("organ", "jw")]
    assert hands(office, origin) == [OFFICE], "the case it came from stays in the hands it was in"
    span = held(office, case)[-1]
    node = next(node for node in clocks.of_case(office.session, case.id, running=True) if node.purpose == "adoption")
    assert (span.due_on, span.late_from(office.register.calendar)) == (node.due_on, None)
    office.step(case, "answer", "discipline", adopted="yes", letter="纪函〔2026〕3号", reason="事实清楚")
    answered = office.now
    office.later(days=1)
    assert hands(office, case) == [OFFICE, ("organ", "jw"), ("lead", "jw")], "it leads on, as any lead does"
    assert held(office, case)[-1].since == answered
    office.start(case, by="discipline")
    office.submit(case, by="discipline")
    office.step(case, "sign", "discipline_principal")
    office.later(days=1)
    assert hands(office, case) == [OFFICE, ("organ", "jw"), ("lead", "jw"), OFFICE]


def test_a_decision_without_a_word_on_the_suggestion_is_its_answer(office):
    case = office.file("accountability", origin=office.file())
    office.later(hours=1)
    office.assign(case, lead="jw")
    office.start(case, by="discipline")
    office.later(days=3)
    assert hands(office, case) == [OFFICE, ("organ", "jw")]
    office.submit(case, by="discipline")
    office.later(hours=1)
    assert hands(office, case) == [OFFICE, ("organ", "jw"), ("lead", "jw")], "until its principal has signed"


def test_a_late_lead_is_late_from_the_end_of_its_due_date(office):
    case = at_work(office)
    office.until(2026, 9, 30, 9, 30)
    span = held(office, case)[-1]
    calendar = office.register.calendar
    assert span.due_on == date(2026, 9, 28) and span.late_from(calendar) == calendar.starts(date(2026, 9, 29))
    assert span.late(calendar) == pytest.approx(1 + 1 / 8), "the whole 29th and one hour of the 30th"
    assert held(office, case)[0].late(calendar) == 0


# --- the law ---------------------------------------------------------------------------------------------------------

CALENDAR = Calendar([2024], {})
BEGIN = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)
UNITS = ("b", "c")
PURPOSES = {"objection": ("dispatcher",), "closing": ("principal", "dispatcher"), "pause": ("principal", "director")}


def entry(seq, at, verb="stepped", **data):
    usual = {"to": "filed", "lead": None, "supports": [], "matter": None, "clocks": []}
    return SimpleNamespace(seq=seq, at=at, verb=verb, data=json.dumps(usual | data))


def part(act, unit, due_on):
    return {"act": act, "purpose": "part", "unit": unit, "due_on": due_on.isoformat()}


@st.composite
def lives(draw):
    """The trail of a life: any order of facts that a table could have let through, and some reports between."""
    at, entries = BEGIN, [entry(1, BEGIN, "filed")]
    state, lead, matter, paused, parts = "filed", None, None, False, {}
    for seq in range(2, draw(st.integers(2, 14))):
        at += timedelta(minutes=draw(st.integers(0, 4000)))
        facts = {}
        act = draw(st.sampled_from(["move", "part", "call", "finish", "ask", "sign", "settle", "pause", "report"]))
        if act == "move":
            state = draw(st.sampled_from(["filed", "assigned", "rectifying", "closed", "reviewed", "ended"]))
            lead = lead or "a"
            if state == "filed":
                lead = None
                facts["supports"] = [{"act": "leave", "unit": unit} for unit in parts]
                parts = {}
        elif state not in ("assigned", "rectifying"):
            continue
        elif act == "part" and (free := [unit for unit in UNITS if unit not in parts]):
            unit, days = draw(st.sampled_from(free)), draw(st.integers(0, 5))
            parts[unit] = due = (at + timedelta(days=days)).date()
            facts = {"supports": [{"act": "join", "unit": unit}], "clocks": [part("start", unit, due)]}
        elif act in ("call", "finish") and parts:
            unit = draw(st.sampled_from(sorted(parts)))
            facts["supports"] = [{"act": act, "unit": unit}]
            if act == "finish":
                facts["clocks"] = [part("stop", unit, parts.pop(unit))]
        elif act == "ask" and not matter:
            purpose = draw(st.sampled_from(sorted(PURPOSES)))
            matter = {"purpose": purpose, "stage": PURPOSES[purpose][0], "outcome": None}
            facts["matter"] = matter
        elif act == "sign" and matter and matter["stage"] == "principal":
            matter = matter | {"stage": PURPOSES[matter["purpose"]][1]}
            facts["matter"] = matter
        elif act == "settle" and matter:
            facts["matter"], matter = matter | {"outcome": "accepted"}, None
        elif act == "pause":
            paused = not paused
            facts["clocks"] = [{"act": "pause" if paused else "resume", "purpose": "handle", "unit": "a",
                                "due_on": None if paused else "2024-03-20",
                                "category": draw(st.sampled_from(["hearing", "complainant"]))}]
        entries.append(entry(seq, at, to=state, lead=lead, **facts))
    return entries, at + timedelta(minutes=draw(st.integers(0, 20_000)))


def slowly(entries, moment) -> tuple[str, str | None] | None:
    """Who holds it at one moment, read off product.md 4 sentence by sentence."""
    state, lead, matter, pause, due, called = "", None, None, None, {}, {}
    for each in (each for each in entries if each.at <= moment):
        data = json.loads(each.data)
        state, lead = data["to"], data["lead"]
        matter = (None if data["matter"]["outcome"] else data["matter"]) if data["matter"] else matter
        for change in data["supports"]:
            unit = change["unit"]
            if change["act"] == "call":
                called.setdefault(unit, each.at)
            if change["act"] in ("finish", "leave"):
                due.pop(unit, None), called.pop(unit, None)
        for clock in data["clocks"]:
            if clock["act"] == "start":
                due[clock["unit"]] = date.fromisoformat(clock["due_on"])
            elif clock["act"] in ("pause", "resume"):
                pause = clock["category"] if clock["act"] == "pause" else None
    if state in ("reviewed", "ended"):
        return None
    if state in ("filed", "closed"):
        return "office", "office"
    if pause:
        return ("complainant" if pause == "complainant" else "nobody"), None
    if matter and matter["stage"] in ("dispatcher", "director"):
        return "office", "office"
    late = [(due[unit], unit) for unit in due
            if moment >= CALENDAR.starts(due[unit] + timedelta(days=1)) or called.get(unit, moment + SECOND) <= moment]
    return ("support", min(late)[1]) if late else ("lead", lead)


@LAWS
@given(lives())
def test_every_minute_of_a_life_has_exactly_one_holder_and_it_is_the_promised_one(life):
    entries, now = life
    spans = holdings.of(entries, CALENDAR, office="office", now=now)
    assert all(span.since < span.until for span in spans)
    assert all(a.until <= b.since for a, b in pairwise(spans)), "no overlap"
    edges = sorted({now, *(each.at for each in entries), *(at for span in spans for at in (span.since, span.until))})
    alive = timedelta()
    for since, until in pairwise(edges):
        for moment in (since, since + (until - since) / 2, until - timedelta(microseconds=1)):
            holding = [span for span in spans if span.since <= moment < span.until]
            expected = slowly(entries, moment)
            assert [(span.holder, span.unit) for span in holding] == ([] if expected is None else [expected])
        alive += (until - since) if slowly(entries, since) else timedelta()
    assert sum((span.until - span.since for span in spans), timedelta()) == alive, "no hole, to the microsecond"
