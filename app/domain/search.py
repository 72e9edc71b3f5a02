"""Finding cases by words of one character and up, Chinese or not, on both databases.

Pairs of characters over-match, so the texts that the reader may see are looked at again with LIKE.
"""

from sqlalchemy import Select, bindparam, case, column, literal_column, or_, table, text
from sqlalchemy.orm import Session

from app.domain import bigrams
from app.domain.base import among
from app.domain.bigrams import tokens
from app.domain.cases import Case
from app.domain.functions import tsquery
from app.domain.people import Actor


def index(session: Session, rows: list[tuple[int, set[str]]]) -> None:
    """Take new cases in: (case id, tokens)."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        add = text("INSERT INTO case_search (case_id, tokens) VALUES (:id, array_to_tsvector(:tokens))")
        session.execute(add, [{"id": id, "tokens": sorted(found)} for id, found in rows])
    else:
        add = text("INSERT INTO case_search (rowid, tokens) VALUES (:id, :tokens)")
        session.execute(add, [{"id": id, "tokens": " ".join(sorted(found))} for id, found in rows])


def reindex(session: Session, case_id: int, *, before: set[str], after: set[str]) -> None:
    """Change one case's words; the index keeps no text, so it must be told what it held."""
    if session.get_bind().dialect.name == "postgresql":
        change = text("UPDATE case_search SET tokens = array_to_tsvector(:tokens) WHERE case_id = :id")
        session.execute(change, {"id": case_id, "tokens": sorted(after)})
    else:
        gone = text("INSERT INTO case_search (case_search, rowid, tokens) VALUES ('delete', :id, :tokens)")
        session.execute(gone, {"id": case_id, "tokens": " ".join(sorted(before))})
        index(session, [(case_id, after)])


def narrowed(query: Select, count: int, actor: Actor, *, dialect: str) -> Select:
    """The same select of cases, only those that hold each of so many words where this actor may read it; the words
    themselves are `given` when it is run."""
    if dialect == "postgresql":
        matches = _vectors.c.tokens.op("@@")(tsquery("match"))
        query = query.join(_vectors, _vectors.c.case_id == Case.id).where(matches)
    else:
        matches = literal_column("case_search").op("MATCH")(bindparam("match"))
        query = query.join(_fts, _fts.c.rowid == Case.id).where(matches)
    return query.where(*(_reads(bindparam(f"word{i}"), actor) for i in range(count)))


def given(words: list[str], dialect: str) -> dict[str, str]:
    """The values that a narrowed select is run with."""
    if not words:
        return {}
    patterns = {f"word{i}": bigrams.pattern(word) for i, word in enumerate(words)}
    return {"match": bigrams.asked(words, dialect), **patterns}


def newest_first(dialect: str):
    """What to order a narrowed select by: the index's own order, so that a common word is not sorted as a whole."""
    return Case.id.desc() if dialect == "postgresql" else _fts.c.rowid.desc()


def of(row) -> set[str]:
    """The tokens of a case, from its own columns."""
    return tokens(row.number, row.outside_number, row.title, row.facts, row.redacted, row.place)


def _reads(pattern, actor: Actor):
    """The word does stand in a text this reader may see: the unit complained of is not shown the original."""
    if actor.sees_every_case:
        facts = Case.facts
        place = Case.place
    else:
        blind = among(Case.complained_of_id, actor.units)
        facts = case((blind, Case.redacted), else_=Case.facts)
        place = case((blind, None), else_=Case.place)
    columns = (Case.title, facts, Case.number, Case.outside_number, place, Case.redacted)
    return or_(*(column.ilike(pattern, escape="\\") for column in columns))


_fts = table("case_search", column("rowid"), column("tokens"))
_vectors = table("case_search", column("case_id"), column("tokens"))
