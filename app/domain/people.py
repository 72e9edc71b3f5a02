"""Units, officers, the posts they hold, their sign-ins; and who somebody is at a given moment."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant, only
from workflows.grammar import ADMIN_POSTS, N_, OFFICE_POSTS, OUTSIDE_POSTS, UNIT_POSTS

UNIT_CLASSES = {
    "office": N_("The office"),
    "leadership": N_("Leadership"),
    "department": N_("City department"),
    "county": N_("County or district"),
    "park": N_("Park"),
    "discipline": N_("Discipline organ"),
    "outside": N_("Outside"),
}
SEE_EVERY_CASE = {*OFFICE_POSTS, *OUTSIDE_POSTS}


class Unit(Base):
    """Dated: a renamed or merged unit keeps its cases under its old name and points to its successor."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short: Mapped[str] = mapped_column(String(40))
    klass: Mapped[str] = mapped_column("class", String(20))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    since: Mapped[date]
    until: Mapped[date | None]


class Officer(Base):
    __tablename__ = "officers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    title: Mapped[str | None] = mapped_column(String(80))
    password: Mapped[str | None] = mapped_column(String(200))  # argon2id; none: the account is not open yet
    locale: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    post: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_posts_held", "officer_id", "post", "unit_id", unique=True, **only(until.is_(None))),
        CheckConstraint("until IS NULL OR until >= since", name="in_order"),
    )


class SignIn(Base):
    """A session: dies with sign-out, with a changed password, with the last post, and of age."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of what the cookie holds
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    looked_from: Mapped[datetime] = mapped_column(Instant)  # what is new on the desk is newer than this


class Miss(Base):
    """Wrong passwords, by account and by address: they slow the next try down and are forgotten again."""

    __tablename__ = "misses"

    what: Mapped[str] = mapped_column(String(120), primary_key=True)
    times: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Held:
    post: str
    unit: str  # its code
    unit_id: int
    covers: frozenset[int]  # the unit and those it succeeded


@dataclass(frozen=True)
class Actor:
    """Somebody who acts, with the posts he holds at that moment."""

    id: int | None
    username: str
    name: str
    held: tuple[Held, ...] = ()
    locale: str | None = None
    title: str | None = None

    def has(self, *posts: str) -> bool:
        return any(held.post in posts for held in self.held)

    @property
    def sees_every_case(self) -> bool:
        return self.has(*SEE_EVERY_CASE)

    @property
    def units(self) -> frozenset[int]:
        """Ids of the units he acts for with a post of a unit."""
        return frozenset(id for held in self.held if held.post in UNIT_POSTS for id in held.covers)

    @property
    def is_of_office(self) -> bool:
        return self.has(*OFFICE_POSTS)

    @property
    def first(self) -> Held | None:
        return self.held[0] if self.held else None

    @cached_property
    def pattern(self) -> "Actor":
        """Anybody with such posts, for statements that are kept: else each officer would have some of his own, a third
        of a megabyte. Who it is about is `given` when they are run."""
        return _pattern(tuple((held.post, len(held.covers)) for held in self.held), is_nobody=self.id is None)

    @cached_property
    def given(self) -> dict[str, int | None]:
        units = {_unit(i, j): id for i, held in enumerate(self.held) for j, id in enumerate(sorted(held.covers))}
        return {_WHO: self.id, **units}


_WHO = "actor_id"


def _unit(i: int, j: int) -> str:
    return f"actor_unit_{i}_{j}"


@cache
def _pattern(posts: tuple[tuple[str, int], ...], *, is_nobody: bool) -> Actor:
    held = tuple(
        Held(post, "", 0, tuple(bindparam(_unit(i, j), type_=Integer) for j in range(count)))
        for i, (post, count) in enumerate(posts))
    return _Pattern(None if is_nobody else bindparam(_WHO, type_=Integer), "", "", held)


@dataclass(frozen=True, eq=False)
class _Pattern(Actor):
    """One that is known by being the same."""

    __eq__, __hash__ = object.__eq__, object.__hash__

    @property
    def units(self) -> tuple:
        return tuple(id for held in self.held if held.post in UNIT_POSTS for id in held.covers)


SYSTEM = Actor(None, "system", "system")


@dataclass(frozen=True)
class UnitView:
    id: int
    code: str
    name: str
    short: str
    klass: str
    superior_id: int | None
    successor_id: int | None
    until: date | None
    principal: str | None = None

    @property
    def is_gone(self) -> bool:
        return self.until is not None


@dataclass(frozen=True)
class Directory:
    """Every unit and officer as of one moment; small, and read far more often than changed."""

    units: dict[int, UnitView]
    officers: dict[int, tuple[str, str, str | None]]  # id → username, name, title
    holders: dict[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)  # (post, unit) → officers

    def __post_init__(self):
        object.__setattr__(self, "by_code", {unit.code: unit for unit in self.units.values()})
        object.__setattr__(self, "by_name", _names(self.units.values()))
        object.__setattr__(self, "by_username", {o[0]: o for o in self.officers.values()})
        object.__setattr__(self, "office", next((u for u in self.units.values() if u.klass == "office"), None))

    def unit(self, id: int | None) -> UnitView | None:
        return self.units.get(id)

    def called(self, text: str) -> UnitView | None:
        """A unit by its code, name or short name, if only one living unit is called so."""
        return self.by_code.get(text) or self.by_name.get(text)

    def name_of(self, officer_id: int | None) -> str | None:
        return self.officers[officer_id][1] if officer_id in self.officers else None

    def username_of(self, officer_id: int | None) -> str | None:
        return self.officers[officer_id][0] if officer_id in self.officers else None

    def named(self, username: str) -> str:
        """The name behind a username; the username itself where nobody bears it."""
        found = self.by_username.get(username)
        return found[1] if found else username

    def usernames(self, who: str) -> tuple[str, ...]:
        """The accounts somebody may mean who types an account or a name."""
        return tuple(username for username, name, _title in self.officers.values() if who in (username, name)) or (who,)

    def covers(self, unit_id: int) -> frozenset[int]:
        """The unit and those it succeeded, however far back."""
        found = {unit_id}
        while more := {u.id for u in self.units.values() if u.successor_id in found} - found:
            found |= more
        return frozenset(found)

    def heir(self, unit_id: int) -> int:
        """The living unit that answers for this one."""
        while (unit := self.units[unit_id]).successor_id:
            unit_id = unit.successor_id
        return unit_id

    def holding(self, post: str, unit_id: int | None = None) -> tuple[int, ...]:
        """Officers who hold the post; of one unit (or its heir), or of any."""
        if unit_id is not None:
            return self.holders.get((post, self.heir(unit_id)), ())
        return tuple(o for (p, _), officers in self.holders.items() if p == post for o in officers)


def directory(session: Session) -> Directory:
    holders: dict[tuple[str, int], list[int]] = {}
    held = select(Post.post, Post.unit_id, Post.officer_id).where(Post.until.is_(None)).order_by(Post.id)
    for post, unit_id, officer_id in session.execute(held):
        holders.setdefault((post, unit_id), []).append(officer_id)
    rows = session.execute(select(Officer.id, Officer.username, Officer.name, Officer.title))
    officers = {id: (username, name, title) for id, username, name, title in rows}
    columns = (Unit.id, Unit.code, Unit.name, Unit.short, Unit.klass, Unit.superior_id, Unit.successor_id, Unit.until)
    units = {}
    for row in session.execute(select(*columns).order_by(Unit.id)):
        principals = holders.get(("principal", row.id), ())
        units[row.id] = UnitView(*row, principal=officers[principals[0]][1] if principals else None)
    return Directory(units, officers, {key: tuple(ids) for key, ids in holders.items()})


def actor(session: Session, directory: Directory, username: str) -> Actor:
    row = session.execute(
        select(Officer.id, Officer.username, Officer.name, Officer.locale, Officer.title)
        .where(Officer.username == username)
    ).one()
    return as_actor(directory, row, posts_of(session, row.id))


def as_actor(directory: Directory, row, posts) -> Actor:
    held = (
        Held(post, directory.units[unit_id].code, unit_id, directory.covers(unit_id))
        for post, unit_id in sorted(posts, key=lambda held: _POST_ORDER.index(held[0]))
    )
    return Actor(row.id, row.username, row.name, tuple(held), row.locale, row.title)


def posts_of(session: Session, officer_id: int) -> list[tuple[str, int]]:
    query = select(Post.post, Post.unit_id).where(Post.officer_id == officer_id, Post.until.is_(None))
    query = query.order_by(Post.id)
    return [tuple(row) for row in session.execute(query)]


def delay(misses: int) -> timedelta:
    """How long to wait after so many wrong passwords: nothing for three, then 2, 4, 8 … at most 60 seconds."""
    return timedelta(seconds=0 if misses < 3 else min(2 ** (misses - 2), 60))


def wait_for(session: Session, whats: list[str], *, at: datetime) -> timedelta:
    """How long these must still wait before a password is even looked at."""
    rows = session.execute(select(Miss.times, Miss.last_at).where(Miss.what.in_(whats)))
    waits = [last_at + delay(times) - at for times, last_at in rows if at - last_at < FORGOTTEN_AFTER]
    return max([timedelta(0), *waits])


FORGOTTEN_AFTER = timedelta(minutes=15)


def note_miss(session: Session, whats: list[str], *, at: datetime) -> None:
    for what in whats:
        miss = session.get(Miss, what)
        if miss is None:
            session.add(Miss(what=what, times=1, last_at=at))
        else:
            miss.times = 1 if at - miss.last_at >= FORGOTTEN_AFTER else miss.times + 1
            miss.last_at = at


def forget_misses(session: Session, whats: list[str]) -> None:
    session.execute(delete(Miss).where(Miss.what.in_(whats)))


def is_empty(session: Session) -> bool:
    return session.scalar(select(func.count()).select_from(select(Unit.id).limit(1).subquery())) == 0


def _names(units) -> dict[str, UnitView | None]:
    """Names and short names of living units; a name two of them bear finds nobody."""
    found: dict[str, UnitView | None] = {}
    for unit in units:
        if unit.until is None:
            for name in {unit.name, unit.short}:
                found[name] = None if name in found else unit
    return found


_POST_ORDER = [*OFFICE_POSTS, *UNIT_POSTS, *OUTSIDE_POSTS, *ADMIN_POSTS]
