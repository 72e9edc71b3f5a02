"""A strict reader of calendars, RFC 5545: it takes nothing that a calendar program could stumble over."""

import re
from datetime import date, datetime

ONCE = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "URL", "TRANSP"}


def parsed(body: bytes) -> list[dict]:
    """The events, values as Python; fails where a rule of the RFC is broken."""
    lines = unfolded(body)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    assert "VERSION:2.0" in lines and any(line.startswith("PRODID:") for line in lines)
    found, event = [], None
    for line in lines[1:-1]:
        name, value = re.fullmatch(r"([A-Z-]+)(?:;[A-Z-]+=[A-Z-]+)*:(.*)", line, re.DOTALL).groups()
        if line == "BEGIN:VEVENT":
            assert event is None
            event = {}
        elif line == "END:VEVENT":
            assert event.keys() == ONCE and (event["DTEND"] - event["DTSTART"]).days == 1
            found.append(event)
            event = None
        elif event is not None:
            assert name not in event
            event[name] = valued(name, line, value)
    assert len({event["UID"] for event in found}) == len(found)
    return found


def unfolded(body: bytes) -> list[str]:
    """Lines end in CRLF, are no longer than 75 octets, and are whole characters each."""
    assert body.endswith(b"\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75 and line.decode() is not None
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def valued(name: str, line: str, value: str):
    if name in ("DTSTART", "DTEND"):
        assert ";VALUE=DATE:" in line
        return date.fromisoformat(value)
    if name in ("DTSTAMP", "LAST-MODIFIED"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
    if name == "SEQUENCE":
        return int(value)
    return unescaped(value) if name in ("SUMMARY", "UID") else value


def unescaped(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value) and not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\;,nN]", value)
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
