"""Event logs about several sorts of things at once, as OCEL 2.0 in JSON; events and objects are written as they come.

The kinds of events and objects come last, when it is known which there were: the order of keys means nothing in JSON.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

IN_MEMORY = 1 << 20  # bytes of objects, before they wait in a file


@dataclass
class Event:
    id: str
    type: str
    at: datetime
    attributes: dict[str, str | None] = field(default_factory=dict)
    related: list[tuple[str, str]] = field(default_factory=list)  # (object, as what)


@dataclass
class Thing:
    """An object; its attributes hold since a moment each: (name, value, since)."""

    id: str
    type: str
    attributes: list[tuple[str, str | None, datetime]] = field(default_factory=list)
    related: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Written:
    events: int = 0
    objects: int = 0
    event_types: dict[str, set[str]] = field(default_factory=dict)
    object_types: dict[str, set[str]] = field(default_factory=dict)


def write(out: BinaryIO, told: Iterable[Event | Thing]) -> Written:
    """Events go straight to the file; objects wait beside it until the last event has been told."""
    written = Written()
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as waiting:
        out.write(b'{"events":[')
        for each in told:
            if isinstance(each, Event):
                out.write(_item(_event(each), written.events))
                written.events += 1
                written.event_types.setdefault(each.type, set()).update(_named(each.attributes.items()))
            else:
                waiting.write(_item(_thing(each), written.objects))
                written.objects += 1
                named = _named((name, value) for name, value, _since in each.attributes)
                written.object_types.setdefault(each.type, set()).update(named)
        out.write(b'\n],"objects":[')
        waiting.seek(0)
        shutil.copyfileobj(waiting, out)
    out.write(b'\n],"eventTypes":%s,"objectTypes":%s}\n' % (_types(written.event_types), _types(written.object_types)))
    return written


def _item(value: dict, before: int) -> bytes:
    return (b",\n" if before else b"\n") + _json(value)


def _event(event: Event) -> dict:
    attributes = [{"name": name, "value": value} for name, value in event.attributes.items() if value is not None]
    return {"id": event.id, "type": event.type, "time": _moment(event.at), "attributes": attributes,
            "relationships": _related(event.related)}


def _thing(thing: Thing) -> dict:
    attributes = [{"name": name, "value": value, "time": _moment(since)} for name, value, since in thing.attributes
                  if value is not None]
    return {"id": thing.id, "type": thing.type, "attributes": attributes, "relationships": _related(thing.related)}


def _related(pairs: list[tuple[str, str]]) -> list[dict]:
    return [{"objectId": id, "qualifier": qualifier} for id, qualifier in dict.fromkeys(pairs)]


def _named(attributes) -> Iterator[str]:
    return (name for name, value in attributes if value is not None)


def _types(found: dict[str, set[str]]) -> bytes:
    return _json([{"name": name, "attributes": [{"name": each, "type": "string"} for each in sorted(names)]}
                  for name, names in sorted(found.items())])


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _json(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
