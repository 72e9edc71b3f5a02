"""Every table in one place, for migrations and for tests that make a database."""

from app.domain import (  # noqa: F401
    accesses,
    cases,
    catalogue,
    checkpoints,
    clocks,
    copies,
    deliveries,
    drafts,
    errands,
    feeds,
    files,
    influences,
    ladder,
    letters,
    lodgings,
    lookbacks,
    mappings,
    matters,
    notices,
    numbers,
    people,
    privacy,
    rules,
    settings,
    spans,
    tellings,
    traces,
    trail,
    tree,
    views,
    witnesses,
    workdays,
)
from app.domain.base import Base

metadata = Base.metadata

SEARCH = {
    "sqlite": ("CREATE VIRTUAL TABLE case_search USING fts5(tokens, content='', detail=none, columnsize=0)",),
    "postgresql": (
        "CREATE TABLE case_search (case_id integer PRIMARY KEY REFERENCES cases (id), tokens tsvector NOT NULL)",
        "CREATE INDEX ix_case_search_tokens ON case_search USING gin (tokens)",
    ),
}
