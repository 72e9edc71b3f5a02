"""Calendars for calendar programs: RFC 5545, all-day events only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PRODUCT = "-//Duban//ledger//EN"
WIDTH = 75  # octets of a line without its end, RFC 5545 3.1


@dataclass(frozen=True)
class Event:
    """`sequence` never falls (3.8.7.4); `uid` is the same as long as it is the same event."""

    uid: str
    on: date
    summary: str
    url: str
    sequence: int
    changed_at: datetime


def calendar(name: str, events: Iterable[Event], *, refresh: str = "PT1H") -> bytes:
    """`refresh`: how often to ask again, an RFC 5545 duration. The same events are the same bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{escaped(name)}", f"NAME:{escaped(name)}",
             f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}", f"X-PUBLISHED-TTL:{refresh}"]
    for event in events:
        changed = _moment(event.changed_at)
        lines += ["BEGIN:VEVENT", f"UID:{escaped(event.uid)}", f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}",
                  f"SEQUENCE:{event.sequence}", f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
                  f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}", f"SUMMARY:{escaped(event.summary)}",
                  f"URL:{event.url}", "TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """TEXT, 3.3.11: backslash, semicolon, comma and line ends; other control characters have no place there."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(c for c in text if c == "\t" or (c >= " " and c != "\x7f"))


def folded(line: str) -> bytes:
    """At most 75 octets a line, never cutting a character in two; the next line begins with a space."""
    pieces, current = [], b""
    for character in line:
        octets = character.encode()
        if len(current) + len(octets) > WIDTH:
            pieces.append(current)
            current = b" "
        current += octets
    return b"\r\n".join([*pieces, current]) + b"\r\n"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
