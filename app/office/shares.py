"""What a verification reads, cut into shares: each is held without knowing of the others, by whoever sees the same
moment, and what holds not in the earlier one is named first."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain import tree
from app.domain.cases import Case
from app.domain.files import File, Shelf
from app.domain.trail import Entry, Head
from app.domain.tree import WIDTH, Leaf
from app.domain.workdays import Calendar
from app.office import leaves
from app.office.faults import Fault
from app.office.reading import Reading
from workflows.grammar import N_

STREAMS, LEAVES, FILES = 300, 32 * WIDTH, 20  # in a share: a fraction of a second


@dataclass(frozen=True)
class Share:
    """A part of a table: behind `first` up to and with `last`, None being an end; of leaves, as ranges are counted."""

    of: str
    first: object = None
    last: object = None


@dataclass(frozen=True)
class Held:
    """What came of a share: what it tells of the whole, or the first thing in it that does not hold."""

    steps: int = 0
    told: object = None
    fault: Fault | None = None


@dataclass(frozen=True)
class Plan:
    """All shares, in the order in which what does not hold is named."""

    entries: list[Share]
    leaves: list[Share]
    evidence: list[Share]

    def __iter__(self) -> Iterator[Share]:
        yield from self.entries
        yield Share("strays")
        yield from self.leaves
        yield from self.evidence


def planned(session: Session, *, evidence: bool, streams: int = STREAMS) -> Plan:
    """Bounds only balance the shares: whatever stands in the tables that they are taken from, every row is in one."""
    places = min(tree.size(session), session.connection().scalar(_LEAVES) + 1)  # past a gap nothing need be read
    return Plan(
        _cut("entries", session, _bounds(Head.stream, streams)),
        [Share("leaves", first, min(first + LEAVES, places)) for first in range(0, places, LEAVES)],
        _cut("evidence", session, _FILE) if evidence else [],
    )


def _cut(of: str, session: Session, query) -> list[Share]:
    connection, bounds = session.connection(), [""]
    while (bound := connection.scalar(query, {"after": bounds[-1]})) is not None:
        bounds.append(bound)
    return [Share(of, *each) for each in pairwise([*bounds, None])]


class Reader:
    """Holds one share after the other; of the office's registers it reads what it needs once."""

    def __init__(self, session: Session, calendar: Calendar, shelf: Shelf | None):
        self.session, self.calendar, self.shelf, self.reading = session, calendar, shelf, None

    def hold(self, share: Share) -> Held:
        try:
            return Held(*getattr(self, f"_{share.of}")(share.first, share.last))
        except Fault as fault:
            return Held(fault=fault)
        except OperationalError as error:
            if "decode to UTF-8" not in str(error.orig):  # what SQLite says of bytes that somebody put there as text
                raise
            return Held(fault=Fault(N_("A text in the database cannot be read any more: this program did not write "
                                       "it.")))

    def _entries(self, first: str, last: str | None) -> tuple:
        self.reading = self.reading or Reading(self.session, self.calendar)
        read = self.reading.hold(first, last)
        return read.entries, read

    def _strays(self, *_all) -> tuple:
        """Cases without a trail; heads without entries."""
        if case := self.session.connection().scalar(_NO_TRAIL):
            raise Fault(N_("%(stream)s stands in the ledger without a trail."), stream=case)
        if head := self.session.connection().scalar(_NO_ENTRIES):
            raise Fault(N_("%(stream)s: the whole trail is gone."), stream=head)
        return ()

    def _leaves(self, start: int, end: int) -> tuple:
        return end - start, leaves.hashed(self.session, start, end)

    def _evidence(self, first: str, _last) -> tuple:
        connection = self.session.connection()
        found = connection.scalars(_EVIDENCE, {"after": first}).all()
        for digest in found:
            if not self.shelf.holds(digest) or not self.shelf.is_whole(digest):
                number, seq = connection.execute(_HANGS_ON, {"digest": digest}).first()
                raise Fault(N_("%(stream)s: the evidence that entry %(seq)s attached is no longer what it was, or is "
                               "gone from the shelf."), stream=number, seq=seq)
        return len(found),


def _bounds(column, each: int):
    """The last of so many further values after one."""
    return select(column).where(column > bindparam("after")).distinct().order_by(column).offset(each - 1).limit(1)


_FILE = _bounds(File.sha256, FILES)
_LEAVES = select(func.count()).select_from(Leaf)
_EVIDENCE = select(File.sha256).where(File.sha256 > bindparam("after")).distinct().order_by(File.sha256).limit(FILES)
_HANGS_ON = select(Case.number, File.seq).join(Case, Case.id == File.case_id).where(
    File.sha256 == bindparam("digest")).order_by(File.id)
_NO_TRAIL = select(Case.number).where(~select(Entry.stream).where(Entry.stream == Case.number).exists()).limit(1)
_NO_ENTRIES = select(Head.stream).where(
    Head.seq > 0, ~select(Entry.stream).where(Entry.stream == Head.stream).exists()).limit(1)
