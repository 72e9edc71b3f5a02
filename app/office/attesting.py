"""The tree against its leaves, every checkpoint against the tree, and a checkpoint that was kept elsewhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import String, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from app.domain import checkpoints, keys, merkle, tree, witnesses
from app.domain.base import Instant, instant, moment
from app.domain.checkpoints import Checkpoint
from app.domain.keys import Verifier
from app.domain.tree import WIDTH, Tile
from app.domain.witnesses import Cosignature, Witness
from app.office import leaves
from app.office.faults import Fault
from app.office.leaves import Hashed
from workflows.grammar import N_


@dataclass(frozen=True)
class Mark:
    """A root that the tree must have had at some size, and what to say if it had another."""

    size: int
    root: bytes
    fault: Fault


def last(session: Session):
    """The last checkpoint that was signed; raises a Fault where it cannot be read."""
    try:
        return checkpoints.latest(session)
    except ValueError:
        raise Fault(N_("The last checkpoint cannot be read: its time is none.")) from None


class Attested:
    """What the leaves come to, told in their order. Holds one hash a level, one unfinished tile a level, and the next
    mark."""

    def __init__(self, session: Session, *, verifiers: list[Verifier] | None, current: list[Verifier],
                 kept: str | None, witnessing: list[Witness]):
        self.session, self.witnessing = session, witnessing
        self.verifiers, self.current, self.kept = verifiers, current, kept
        self.grown, self.size = merkle.Growing(), tree.size(session)
        self.edges: list[list] = []  # of each level above the leaves: the number of its last tile, the hashes in it

    def hold(self, hashed: Iterable[Hashed]) -> None:
        self.marks = self._marks()
        self.mark, rest = next(self.marks, None), []
        for found in hashed:
            for root in found.roots:
                self._add_tile(root)
            self._fill(1, found.roots)
            rest = found.rest
        self._add(rest)
        while self.mark is not None:
            self._hold_mark()
        self._hold_edges(whole=True)
        if (stray := self.session.execute(_STRAY).first()) is not None:
            raise self._bad_cosignature(stray)
        tiles = -(-self.grown.size // WIDTH) + sum(no + bool(hashes) for no, hashes in self.edges)
        if self.session.connection().scalar(_HOW_MANY) != tiles:
            raise leaves.over_nothing()

    def _add_tile(self, root: bytes) -> None:
        if self.mark is None or self.mark.size > self.grown.size + WIDTH:
            self.grown.add([root], tree.HEIGHT)
        else:
            no = self.grown.size // WIDTH
            self._add(tree.cut(self._stored(0, no, no + 1)[no]))

    def _add(self, hashes: list[bytes]) -> None:
        """Leaf by leaf, with all marks that lie among them."""
        while self.mark is not None and self.mark.size <= self.grown.size + len(hashes):
            ahead = self.mark.size - self.grown.size
            self.grown.add(hashes[:ahead])
            hashes = hashes[ahead:]
            self._hold_mark()
        self.grown.add(hashes)

    def _hold_mark(self) -> None:
        if (self.grown.size, self.grown.root) != (self.mark.size, self.mark.root):
            self._hold_edges()  # which may name the very entry
            raise self.mark.fault
        self.mark = next(self.marks, None)

    # --- tiles above the leaves

    def _stored(self, level: int, start: int, end: int) -> dict[int, bytes]:
        return dict(self.session.connection().execute(leaves.TILES, {"level": level, "start": start, "end": end}).all())

    def _fill(self, level: int, hashes: list[bytes]) -> None:
        """Put hashes into the tiles of a level; each that is full is held against the stored one and goes upwards."""
        if not hashes:
            return
        if len(self.edges) < level:
            self.edges.append([0, []])
        edge = self.edges[level - 1]
        edge[1] += hashes
        full = len(edge[1]) // WIDTH
        if not full:
            return
        stored, above = self._stored(level, edge[0], edge[0] + full), []
        for no in range(edge[0], edge[0] + full):
            tile, edge[1] = edge[1][:WIDTH], edge[1][WIDTH:]
            leaves.hold_tile(self.session, level, no, tile, stored.get(no))
            above.append(merkle.complete(tile))
        edge[0] += full
        self._fill(level + 1, above)

    def _hold_edges(self, *, whole: bool = False) -> None:
        """The unfinished last tile of each level, as far as it has been filled."""
        for level, (no, hashes) in enumerate(self.edges, 1):
            stored = self._stored(level, no, no + 1).get(no) if hashes else None
            if hashes:
                leaves.hold_tile(self.session, level, no, hashes,
                           stored if whole or stored is None else stored[: len(hashes) * merkle.SIZE])

    # --- checkpoints

    def _marks(self) -> Iterator[Mark]:
        """What the stored checkpoints ask of the tree in the order of their sizes, and among them the kept one."""
        kept = self._kept_mark()
        before = None
        for row in self._checkpoints():
            mark = self._mark(row, before)
            if kept is not None and kept.size <= mark.size:
                yield kept
                kept = None
            yield mark
            before = row
        if before is not None:
            self._hold_signature(before, self.current)
        if kept is not None:
            yield kept

    def _checkpoints(self) -> Iterator:
        last = 0
        while rows := self.session.connection().execute(_CHECKPOINTS, {"after": last}).all():
            self.cosignatures = defaultdict(list)
            for row in self.session.execute(_COSIGNATURES, {"after": last, "upto": rows[-1].id}):
                self.cosignatures[row.checkpoint_id].append(row)
            yield from rows
            last = rows[-1].id

    def _mark(self, row, before) -> Mark:
        text = self._hold_signature(row, self.verifiers)
        said = checkpoints.said(text)
        if (said.size, said.root.hex()) != (row.size, row.root):
            raise Fault(N_("Checkpoint %(id)s says something else in its row than in what was signed."), id=row.id)
        if not _is_moment(row.at) or (before is not None and (row.size < before.size or row.at < before.at)):
            raise Fault(N_("Checkpoint %(id)s is not later than the one before it."), id=row.id)
        for cosignature in self.cosignatures[row.id]:
            self._hold_cosignature(cosignature, text)
        first = before.size if before is not None else 0
        return Mark(said.size, said.root, Fault(
            N_("Checkpoint %(id)s over %(size)s entries does not fit the tree: among those taken in from place "
               "%(first)s on something was altered, added or removed."), id=row.id, size=row.size, first=first))

    def _hold_signature(self, row, verifiers: list[Verifier] | None) -> str:
        try:
            if verifiers is None:
                return keys.parted(row.note)[0]
            return keys.opened(row.note, verifiers)[0]
        except keys.BadNote:
            raise Fault(N_("Checkpoint %(id)s does not bear a good signature of this office's key."),
                        id=row.id) from None

    def _hold_cosignature(self, row, text: str) -> None:
        """By somebody whom an entry names as a witness, over this checkpoint, at the time that it says."""
        try:
            found = witnesses.lines(text, keys.parted(f"{text}\n{row.line}")[1], self.witnessing)
        except keys.BadNote:
            found = []
        if [(each.witness.name, instant(each.at), each.text) for each in found] != [(row.witness, row.at, row.line)]:
            raise self._bad_cosignature(row)

    def _bad_cosignature(self, row) -> Fault:
        return Fault(N_("The cosignature of %(witness)s under checkpoint %(id)s is not by a witness whom an entry "
                        "names, or not over this checkpoint."), witness=row.witness, id=row.checkpoint_id)

    def _kept_mark(self) -> Mark | None:
        if self.kept is None:
            return None
        try:
            text = keys.opened(self.kept, self.verifiers)[0] if self.verifiers else keys.parted(self.kept)[0]
            said = checkpoints.said(text)
        except keys.BadNote:
            raise Fault(N_("The checkpoint kept elsewhere bears no good signature of this office's key: it is another "
                           "office's, or the keys were exchanged.")) from None
        if said.size > self.size:
            raise Fault(N_("The checkpoint kept elsewhere covers %(kept)s entries, the tree here only %(size)s: the "
                           "end was cut off, or an old copy was put back."), kept=said.size, size=self.size)
        return Mark(said.size, said.root, Fault(
            N_("The first %(size)s entries are not those that the checkpoint kept elsewhere covers: the history was "
               "rebuilt."), size=said.size))


def _is_moment(text: str) -> bool:
    try:
        return instant(moment(text)) == text
    except ValueError:
        return False


def _as_stored(table):
    """Its columns, times as the text that stands there, whatever somebody wrote."""
    return select(*(type_coerce(column, String).label(column.name) if isinstance(column.type, Instant) else column
                    for column in table.__table__.columns))


_HOW_MANY = select(func.count()).select_from(Tile)
_CHECKPOINTS = _as_stored(Checkpoint).where(Checkpoint.id > bindparam("after")).order_by(
    Checkpoint.id).limit(500)
_COSIGNATURES = _as_stored(Cosignature).where(
    Cosignature.checkpoint_id > bindparam("after"), Cosignature.checkpoint_id <= bindparam("upto")).order_by(
    Cosignature.checkpoint_id, Cosignature.id)
_STRAY = _as_stored(Cosignature).where(
    ~select(Checkpoint.id).where(Checkpoint.id == Cosignature.checkpoint_id).exists()).limit(1)
