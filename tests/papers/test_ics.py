"""Calendars: any text survives, no line is too long, and the same dates are the same bytes."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.papers import ics
from tests.papers.calendars import parsed, unescaped

AT = datetime(2026, 9, 14, 1, 12, 30, tzinfo=UTC)
EVENT = ics.Event("TS-2026-0001-3@duban.test", date(2026, 12, 31), "TS-2026-0001 办理", "https://duban.test/x", 4, AT)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n;,\\\t"), max_size=200)


def test_an_event_reads_back_as_it_was_written():
    (event,) = parsed(ics.calendar("督办", [EVENT]))
    assert event["SUMMARY"] == EVENT.summary and event["URL"] == EVENT.url and event["SEQUENCE"] == 4
    assert (event["DTSTART"], event["DTEND"]) == (date(2026, 12, 31), date(2027, 1, 1))
    assert event["DTSTAMP"] == event["LAST-MODIFIED"] == AT.replace(tzinfo=None)


def test_no_event_is_still_a_calendar():
    assert parsed(ics.calendar("督办", [])) == []


def test_the_same_dates_are_the_same_bytes():
    assert ics.calendar("督办", [EVENT]) == ics.calendar("督办", [EVENT])


@given(TEXTS)
def test_any_text_survives(text):
    event = ics.Event(EVENT.uid, EVENT.on, text, EVENT.url, 0, AT)
    (found,) = parsed(ics.calendar(text, [event]))
    assert found["SUMMARY"] == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_control_characters_are_dropped_and_nothing_else(text):
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in kept if c in "\n\t" or (c >= " " and c != "\x7f"))
    assert unescaped(ics.escaped(text)) == kept
