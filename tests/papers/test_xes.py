"""XES files: valid by the standard, read back as they were written, whatever stands in them and whoever wrote them."""

import io
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from app.papers import xes
from app.papers.xes import Trace
from tests.papers.logs import check_xes

AT = datetime(2026, 9, 14, 1, 12, 5, 123456, tzinfo=UTC)
# As other programs write it: no namespace, other extensions, attributes in attributes, lists, times of other zones.
FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made elsewhere -->
<log xes.version="1.0" xes.features="nested-attributes">
  <extension name="Cost" prefix="cost" uri="http://www.xes-standard.org/cost.xesext"/>
  <string key="creator" value="elsewhere"/>
  <trace>
    <string key="concept:name" value="7"><string key="nested" value="deep"/></string>
    <list key="parties"><values><string key="a" value="1"/><string key="a" value="2"/></values></list>
    <event><string key="concept:name" value="receive &amp; sort"/><date key="time:timestamp"
      value="2011-01-06T09:18:00.500+01:00"/><float key="cost:total" value="2.5"/><boolean key="urgent" value="true"/>
      <int key="n" value="-3"/><id key="i" value="8f1c"/></event>
    <event/>
  </trace>
  <trace/>
</log>"""


def written(traces, **attributes) -> bytes:
    out = io.BytesIO()
    xes.write(out, traces, attributes=attributes)
    return out.getvalue()


def event(name="受理", at=AT, **more) -> dict:
    return {xes.NAME: name, xes.AT: at, xes.RESOURCE: "hejing", xes.TRANSITION: "complete", **more}


def test_what_is_written_is_valid_and_reads_as_it_was(tmp_path):
    traces = [Trace({xes.NAME: "TS-1", "open": True, "grade": 2.5}, [event(), event(n=3, **{xes.GROUP: "zjj"})]),
              Trace({xes.NAME: "TS-2"}, [])]
    (tmp_path / "a.xes").write_bytes(written(traces, **{xes.NAME: "log", "as_of": AT}))
    log = check_xes(tmp_path / "a.xes")
    assert [each.get("key") for each in log if each.get("key")] == [xes.NAME, "as_of"]
    assert list(xes.read(io.BytesIO((tmp_path / "a.xes").read_bytes()))) == traces


def test_what_is_nothing_is_left_out_and_counts_are_told():
    out = io.BytesIO()
    counts = xes.write(out, [Trace({xes.NAME: "a"}, [event(x=None)])] * 3, attributes={"none": None})
    assert counts == (3, 3) and b'"x"' not in out.getvalue() and b'"none"' not in out.getvalue()


@pytest.mark.parametrize("text", [
    "<a href=\"x\">&amp;'", "行一\n行二\r\t末", "𠮷野家 😀", "", "  spaces  ", "]]>", "\u2028",
])
def test_a_text_is_kept_to_the_character(tmp_path, text):
    (tmp_path / "a.xes").write_bytes(written([Trace({xes.NAME: text}, [event(text)])]))
    check_xes(tmp_path / "a.xes")
    (trace,) = xes.read(io.BytesIO((tmp_path / "a.xes").read_bytes()))
    assert (trace.attributes[xes.NAME], trace.events[0][xes.NAME]) == (text, text)


@pytest.mark.parametrize("character", ["\0", "\x0b", "\ufffe", "\uffff", "\ud800"])
def test_a_character_that_no_xml_carries_is_named(tmp_path, character):
    (tmp_path / "a.xes").write_bytes(written([Trace({xes.NAME: f"a{character}b"}, [])]))
    (trace,) = xes.read(io.BytesIO((tmp_path / "a.xes").read_bytes()))
    assert trace.attributes[xes.NAME] == f"a[U+{ord(character):04X}]b"


def test_logs_of_other_programs_are_read():
    first, second = xes.read(io.BytesIO(FOREIGN.encode()))
    assert first.attributes[xes.NAME] == "7" and (second.attributes, second.events) == ({}, [])
    (told, empty) = first.events
    assert told[xes.NAME] == "receive & sort" and empty == {}
    assert told[xes.AT] == datetime(2011, 1, 6, 8, 18, 0, 500000, tzinfo=UTC)
    assert (told["cost:total"], told["urgent"], told["n"], told["i"]) == (2.5, True, -3, "8f1c")


@pytest.mark.parametrize(("old", "new"), [
    ('key="concept:name" value="TS', 'value="TS'), ("<event>", "<act>"), ("<date key", "<moment key"),
    ('xes.version="1849.2016" ', ""), ('value="2026-09-14T', 'value="14.9.2026 '), ('prefix="org"', 'prefix="o:rg"'),
    ('<string key="org:resource" value="hejing"/>', ""), ('key="lifecycle:transition" value="complete"',
                                                          'key="concept:name" value="complete"'),
])
def test_the_schema_of_these_tests_would_notice(tmp_path, old, new):
    right = written([Trace({xes.NAME: "TS-1"}, [event()])]).decode()
    assert old in right
    wrong = right.replace(old, new).replace("</event>", "</act>" if new == "<act>" else "</event>")
    (tmp_path / "a.xes").write_text(wrong)
    with pytest.raises((etree.DocumentInvalid, AssertionError, KeyError)):
        check_xes(tmp_path / "a.xes")


class Nowhere(io.RawIOBase):
    def write(self, data) -> int:
        return len(data)


def peak(act) -> int:
    tracemalloc.start()
    act()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_log():
    def traces(count):
        for number in range(count):
            yield Trace({xes.NAME: f"TS-{number}"}, [event(at=AT + timedelta(minutes=n)) for n in range(10)])

    sources = {count: io.BytesIO(written(traces(count))) for count in (200, 2_000)}
    few, many = (peak(lambda count=count: xes.write(Nowhere(), traces(count), attributes={})) for count in sources)
    assert many < few * 1.5
    few, many = (peak(lambda source=source: sum(len(trace.events) for trace in xes.read(source)))
                 for source in sources.values())
    assert many < few * 1.5
