"""A stream while it is read, and what was found in some of them beside that they hold."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.witnesses import Witness
from app.office.redrawing import Heard
from app.office.replaying import Replayed


@dataclass(slots=True)
class Stream:
    """How far a stream has been read."""

    name: str
    seq: int = 0
    seal: str = ""
    position: int = -1
    told: Replayed = field(default_factory=Replayed)
    gone: set[tuple[int, str]] = field(default_factory=set)  # values that are erased
    erased: set[tuple[int, str]] = field(default_factory=set)  # and those of which an entry says so


@dataclass
class Read:
    """What was found in some streams beside that they hold; several are put together in the order of the streams."""

    entries: int = 0
    waiting: int = 0  # for the tree
    untraced: int = 0  # which the register by which entries are looked for has not come to yet
    mistraced: tuple[str, int] | None = None  # the first that it lacks or names otherwise
    uncovered: int = 0
    since: datetime | None = None  # when the oldest of those was written
    heard: list[tuple[Heard, str]] = field(default_factory=list)  # of lookings back, each with its verb
    keys: list[str] = field(default_factory=list)  # that signed once, as entries say which the last checkpoint covers
    witnesses: list[Witness] = field(default_factory=list)  # that were named once, as any entry says

    def add(self, other: "Read") -> None:
        self.entries += other.entries
        self.waiting += other.waiting
        self.untraced += other.untraced
        self.mistraced = self.mistraced or other.mistraced
        self.uncovered += other.uncovered
        self.since = min(filter(None, (self.since, other.since)), default=None)
        self.heard += other.heard
        self.keys += other.keys
        self.witnesses += other.witnesses
