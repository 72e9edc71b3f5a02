"""OCEL files: valid by the specification, told in any order, in the same memory for any size."""

import io
import json
from datetime import UTC, datetime

import jsonschema
import pytest

from app.papers import ocel
from app.papers.ocel import Event, Thing
from tests.papers.logs import check_ocel
from tests.papers.test_xes import Nowhere, peak

AT = datetime(2026, 9, 14, 1, 12, tzinfo=UTC)


def told() -> list:
    return [
        Event("e1", "交办", AT, {"to": "assigned", "none": None},
              [("c1", "case"), ("c1", "case"), ("u1", "of unit")]),
        Thing("c1", "case", [("state", "filed", AT), ("state", "assigned", AT), ("source", None, AT)],
              [("u1", "lead")]),
        Event("e2", "签收", AT, {}, [("c1", "case")]),
        Thing("u1", "unit"),
    ]


def written(path, told) -> dict:
    with path.open("wb") as out:
        ocel.write(out, told)
    return check_ocel(path)


def test_events_and_objects_may_be_told_in_any_order(tmp_path):
    log = written(tmp_path / "a.json", told())
    assert [event["id"] for event in log["events"]] == ["e1", "e2"]
    assert [thing["id"] for thing in log["objects"]] == ["c1", "u1"]
    assert log["events"][0]["relationships"] == [{"objectId": "c1", "qualifier": "case"},
                                                 {"objectId": "u1", "qualifier": "of unit"}]
    assert log["events"][0]["attributes"] == [{"name": "to", "value": "assigned"}]
    assert log["events"][0]["time"] == "2026-09-14T01:12:00.000000Z"
    assert written(tmp_path / "b.json", reversed(told()))["objectTypes"] == log["objectTypes"]


def test_a_log_of_nothing_is_valid(tmp_path):
    assert written(tmp_path / "a.json", []) == {"events": [], "objects": [], "eventTypes": [], "objectTypes": []}


@pytest.mark.parametrize("change", [
    lambda log: log.pop("objectTypes"), lambda log: log["events"][0].pop("time"),
    lambda log: log["events"][0].update(time="14.9.2026"),
    lambda log: log["events"][0].update(time="2026-09-14T01:12:00"),
    lambda log: log["events"][1].update(id="e1"), lambda log: log["objects"].pop(),
    lambda log: log["objects"][0]["attributes"][0].pop("time"), lambda log: log["eventTypes"].pop(),
    lambda log: log["objectTypes"][0]["attributes"].pop(0), lambda log: log["events"][0].update(extra=1),
])
def test_the_schema_of_these_tests_would_notice(tmp_path, change):
    log = written(tmp_path / "a.json", told())
    change(log)
    (tmp_path / "a.json").write_text(json.dumps(log))
    with pytest.raises((jsonschema.ValidationError, AssertionError, KeyError)):
        check_ocel(tmp_path / "a.json")


def test_memory_does_not_grow_with_the_log():
    def many(count):
        for number in range(count):
            yield Event(f"e{number}", "交办", AT, {"to": "assigned"}, [(f"c{number}", "case")])
            yield Thing(f"c{number}", "case", [("state", "filed", AT)])

    ocel.IN_MEMORY, kept = 1 << 14, ocel.IN_MEMORY
    try:
        few, more = (peak(lambda count=count: ocel.write(Nowhere(), many(count))) for count in (300, 6_000))
    finally:
        ocel.IN_MEMORY = kept
    assert more < few * 1.5


def test_what_is_written_is_utf_8_and_every_text_is_kept(tmp_path):
    text = "行一\n\"行二\"\\ 😀 \u2028"
    log = written(tmp_path / "a.json", [Event("e", text, AT), Thing("c", "case", [("class", text, AT)])])
    assert (log["events"][0]["type"], log["objects"][0]["attributes"][0]["value"]) == (text, text)
    out = io.BytesIO()
    ocel.write(out, [Event("e", "交办", AT)])
    assert "交办".encode() in out.getvalue()
