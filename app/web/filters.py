"""The ledger's filters, as an address says them."""

from datetime import date
from urllib.parse import urlencode

import workflows
from app.domain.ledger import LAMPS, MARKS, OPEN, SORTS, Filter
from app.web import access

STATES = ("filed", "assigned", "rectifying", "closed", "reviewed", "ended")


def read(args) -> Filter:
    """What is not a filter, or names nothing, is left out; an address typed by hand never breaks the page."""
    unit = access.register().people.by_code.get(args.get("unit", ""))
    return Filter(
        kind=one_of(args.get("kind"), workflows.every()),
        states=states_of(args.get("state", "")),
        unit=unit.id if unit else None,
        lamp=one_of(args.get("lamp"), LAMPS),
        mark=one_of(args.get("mark"), MARKS),
        source=text_of(args.get("source"))[:120] or None,
        q=text_of(args.get("q"))[:100],
        since=day_of(args.get("since")),
        until=day_of(args.get("until")),
        sort=one_of(args.get("sort"), SORTS) or "filed",
    )


def states_of(value: str) -> tuple[str, ...]:
    if value == "open":
        return OPEN
    return tuple(state for state in STATES if state in value.split(","))


def written(wanted: Filter, **changes) -> str:
    """The query string of a filter, with some of it changed; empty values drop out."""
    units = access.register().people.units
    said = {
        "kind": wanted.kind, "state": "open" if wanted.states == OPEN else ",".join(wanted.states),
        "unit": units[wanted.unit].code if wanted.unit else None, "lamp": wanted.lamp, "mark": wanted.mark,
        "source": wanted.source, "q": wanted.q, "since": wanted.since, "until": wanted.until,
        "sort": wanted.sort if wanted.sort != "filed" else None,
    }
    return urlencode({key: value for key, value in {**said, **changes}.items() if value})


def one_of(value, known):
    return value if value in known else None


def text_of(value) -> str:
    """Without the NUL that no text of ours holds and PostgreSQL would not even look for."""
    return (value or "").replace("\0", "")


def day_of(value) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None
