"""The ledger: cases chosen by filters that live in an address, and paged by key."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.domain import bigrams, search
from app.domain.base import FAR, among
from app.domain.cases import OVER, SUPPORT, Assignment, Case, may_see
from app.domain.people import Actor

PAGE = 25
OPEN = ("filed", "assigned", "rectifying")
MARKS = ("standing", "listed", "escalated", "reopened", "redone", "objected", "sealed")
LAMPS = ("red", "yellow", "green", "grey", "blue")
SORTS = ("filed", "due")
LAST = 2**31 - 1  # no id is larger, whatever somebody types into an address


@dataclass(frozen=True)
class Filter:
    kind: str | None = None
    states: tuple[str, ...] = ()
    unit: int | None = None
    lamp: str | None = None
    mark: str | None = None
    source: str | None = None
    q: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "filed"

    @property
    def is_empty(self) -> bool:
        return self == Filter(sort=self.sort)


@dataclass(frozen=True)
class Page:
    rows: list
    after: str | None  # the key of the next page
    supports: dict[int, list[int]] = field(default_factory=dict)


COLUMNS = (
    Case.id, Case.number, Case.kind, Case.state, Case.title, Case.source, Case.grade, Case.lead_id, Case.signed_for_at,
    Case.due_on, Case.warn_on, Case.paused, Case.standing, Case.listed, Case.escalated, Case.reopened, Case.redone,
    Case.touched_at, Case.filed_at, Case.klass, Case.proposal, Case.version,
)


def page(session: Session, actor: Actor, wanted: Filter, *, today: date, after: str | None = None,
         limit: int = PAGE) -> Page:
    """One page and the key of the next: two queries, however many rows there are."""
    connection = session.connection()
    key = _read_key(after, wanted)
    query, given = _asked(wanted, connection.dialect.name, today=today)
    query = _paged(actor.pattern, *query, bool(key))
    rows = connection.execute(query, {**given, **key, **actor.given, "most": limit + 1}).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _key(rows[-1], wanted) if more else None, supports(session, [row.id for row in rows]))


def chosen(session: Session, actor: Actor, wanted: Filter, *, today: date, columns):
    """The select behind a filter, in its order; a door runs and pages it."""
    query, given = _asked(wanted, session.get_bind().dialect.name, today=today)
    return _chosen(actor.pattern, *query, columns).params({**given, **actor.given})


def _asked(wanted: Filter, dialect: str, *, today: date) -> tuple[tuple, dict]:
    """What makes a statement, apart from the values it is given: a statement is built once for all words and days."""
    words = bigrams.words(wanted.q)
    return (replace(wanted, q=""), len(words), dialect), {"today": today, **search.given(words, dialect)}


@lru_cache(maxsize=512)
def _paged(actor: Actor, wanted: Filter, words: int, dialect: str, goes_on: bool):
    query = _chosen(actor, wanted, words, dialect, COLUMNS).limit(bindparam("most"))
    if not goes_on:
        return query
    if wanted.sort == "due" and not words:
        return query.where(tuple_(_due, Case.id) > tuple_(bindparam("due", type_=Case.due_on.type), bindparam("id")))
    return query.where(Case.id < bindparam("id"))


@lru_cache(maxsize=512)
def _chosen(actor: Actor, wanted: Filter, words: int, dialect: str, columns: tuple):
    query = select(*columns).where(may_see(actor))
    if wanted.kind:
        query = query.where(Case.kind == wanted.kind)
    if wanted.states:
        query = query.where(among(Case.state, wanted.states))
    if wanted.unit:
        hand = select(Assignment.case_id).where(Assignment.unit_id == wanted.unit, Assignment.left_at.is_(None))
        query = query.where(Case.id.in_(hand))
    if wanted.source:
        query = query.where(Case.source == wanted.source)
    if wanted.mark:
        mark = getattr(Case, wanted.mark)
        query = query.where(mark > 0 if wanted.mark in ("reopened", "redone") else mark.is_(True))
    if wanted.lamp:
        query = query.where(*shines(wanted.lamp, bindparam("today", type_=Case.due_on.type)))
    if wanted.since:
        query = query.where(Case.filed_on >= wanted.since)
    if wanted.until:
        query = query.where(Case.filed_on <= wanted.until)
    if words:
        return search.narrowed(query, words, actor, dialect=dialect).order_by(search.newest_first(dialect))
    return query.order_by(_due, Case.id) if wanted.sort == "due" else query.order_by(Case.id.desc())


def shines(colour: str, today) -> tuple:
    """Conditions on `Case` under which its lamp has this colour."""
    running = Case.state.not_in(OVER)
    match colour:
        case "red":
            return running, Case.due_on < today, Case.paused.is_(False), Case.standing.is_(False)
        case "yellow":
            return running, Case.due_on >= today, Case.warn_on <= today, Case.standing.is_(False)
        case "green":
            return running, Case.warn_on > today, Case.standing.is_(False)
        case "grey":
            return running, Case.paused.is_(True) | Case.standing.is_(True)
        case _:
            return (among(Case.state, OVER),)


def supports(session: Session, case_ids: list[int]) -> dict[int, list[int]]:
    """Case → the units that support it now."""
    found: dict[int, list[int]] = {}
    if case_ids:
        for case_id, unit_id in session.connection().execute(_SUPPORTS, {"ids": case_ids}):
            found.setdefault(case_id, []).append(unit_id)
    return found


_SUPPORTS = select(Assignment.case_id, Assignment.unit_id).where(
    Assignment.case_id.in_(bindparam("ids", expanding=True)), Assignment.role == SUPPORT, Assignment.left_at.is_(None)
).order_by(Assignment.id)


_due = func.coalesce(Case.due_on, FAR)


def _read_key(after: str | None, wanted: Filter) -> dict:
    """Where a page goes on; empty where it is the first, or where the key is none of ours."""
    due, _, id = (after or "").rpartition("~")
    if not (id.isascii() and id.isdecimal() and len(id) <= 10) or int(id) > LAST:
        return {}
    if wanted.sort != "due" or wanted.q.strip():
        return {"id": int(id)}
    try:
        return {"due": date.fromisoformat(due), "id": int(id)}
    except ValueError:
        return {}


def _key(row, wanted: Filter) -> str:
    if wanted.sort == "due" and not wanted.q.strip():
        return f"{row.due_on.isoformat() if row.due_on else '9999-12-31'}~{row.id}"
    return f"~{row.id}"
