"""Event logs as XES (IEEE 1849-2016): written and read trace by trace, in the same memory for any number of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from app.papers.wordml import legible

NAMESPACE = "http://www.xes-standard.org/"
EXTENSIONS = {"Concept": "concept", "Lifecycle": "lifecycle", "Time": "time", "Organizational": "org"}
NAME, AT, RESOURCE, GROUP, TRANSITION = (
    "concept:name", "time:timestamp", "org:resource", "org:group", "lifecycle:transition")
GLOBALS = {"trace": (NAME,), "event": (NAME, AT, RESOURCE, TRANSITION)}  # what every one of them has
_ELEMENTS = {str: "string", datetime: "date", int: "int", float: "float", bool: "boolean"}


@dataclass
class Trace:
    """One case: what is said of it, and its events, each as its attributes by key."""

    attributes: dict
    events: list[dict] = field(default_factory=list)


def write(out: BinaryIO, traces: Iterable[Trace], *, attributes: dict) -> tuple[int, int]:
    """The whole log; returns how many traces and events it holds. What is None is left out."""
    out.write("".join(_head(attributes)).encode())
    count = events = 0
    for trace in traces:
        out.write("".join(_trace(trace)).encode())
        count, events = count + 1, events + len(trace.events)
    out.write(b"</log>\n")
    return count, events


def _head(attributes: dict) -> Iterator[str]:
    yield (f'<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="{NAMESPACE}" xes.version="1849.2016" '
           'xes.features="">\n')
    for name, prefix in EXTENSIONS.items():
        yield f'<extension name="{name}" prefix="{prefix}" uri="{NAMESPACE}{prefix}.xesext"/>\n'
    for scope, keys in GLOBALS.items():
        yield f'<global scope="{scope}">'
        yield from (_attribute(key, datetime(1970, 1, 1, tzinfo=UTC) if key == AT else "") for key in keys)
        yield "</global>\n"
    yield f'<classifier name="Activity" scope="event" keys="{NAME}"/>\n'
    yield from (_attribute(key, value) + "\n" for key, value in attributes.items() if value is not None)


def _trace(trace: Trace) -> Iterator[str]:
    yield "<trace>"
    yield from (_attribute(key, value) for key, value in trace.attributes.items() if value is not None)
    for event in trace.events:
        yield "\n<event>"
        yield from (_attribute(key, value) for key, value in event.items() if value is not None)
        yield "</event>"
    yield "\n</trace>\n"


def _attribute(key: str, value) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
        return f'<boolean key="{key}" value="{value}"/>'
    said = value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
    return f"<{_ELEMENTS[type(value)]} key={quoteattr(key)} value={quoteattr(legible(said))}/>"


def read(source: BinaryIO) -> Iterator[Trace]:
    """Each trace with its attributes and events as they stand; what is nested in an attribute is not looked at."""
    parts = ElementTree.iterparse(source, events=("start", "end"))
    _, log = next(parts)
    for what, element in parts:
        if what == "end" and _local(element) == "trace":
            yield Trace(_read(element), [_read(event) for event in element if _local(event) == "event"])
            log.clear()


def _read(element) -> dict:
    return {part.get("key"): _value(part) for part in element if part.get("key") is not None}


def _value(part):
    said = part.get("value")
    match _local(part):
        case "date":
            return datetime.fromisoformat(said)
        case "int":
            return int(said)
        case "float":
            return float(said)
        case "boolean":
            return said.strip() in ("true", "1")
        case _:
            return said


def _local(element) -> str:
    return element.tag.rpartition("}")[2]
