"""Settings of the installation: changed by the security administrator, each change an entry of the office."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import settings, texts, trail
from app.domain.errors import NotAllowed, Refused, Word
from app.domain.people import Actor, Officer, Post
from app.domain.settings import KEPT, LONGEST, OFF, ON, SEPARATED, SHORTEST, Setting
from workflows.grammar import N_, POSTS

EDITORS = ("secadmin",)


def change(session: Session, name: str, value: str, *, basis: str | None, by: Actor, at: datetime,
           words) -> Setting:
    """Decide anew from now on; what was decided before stays in the list of the past."""
    if not by.has(*EDITORS):
        raise NotAllowed(N_("Settings are changed by the security administrator."))
    value = _check(name, value)
    basis = texts.required(basis, field="basis", longest=300)
    trail.hold(session)  # or a post could be given beside this
    before = settings.settings(session).value(name)
    if before == value:
        raise Refused(N_("This is what it says already."), field="value")
    if (name, value) == (SEPARATED, ON):
        _check_nobody_holds_two(session)
    setting = Setting(name=name, value=value, basis=basis, since=at, set_by=by.username)
    session.add(setting)
    trail.append(session, trail.OFFICE, "setting_set", by=by.username, unit=by.first.unit, at=at,
                 words={"verb": words(trail.VERBS["setting_set"].sentence)},
                 plain={"setting": name, "before": before, "after": value, "basis": basis})
    return setting


def holding_two(session: Session) -> list[tuple[str, tuple[str, str]]]:
    """(name, the two posts) of everybody who holds posts that the setting keeps apart."""
    held: dict[int, set[str]] = {}
    names: dict[int, str] = {}
    rows = select(Officer.id, Officer.name, Post.post).join(Post, Post.officer_id == Officer.id).where(
        Post.until.is_(None)).order_by(Officer.id)
    for id, name, post in session.execute(rows):
        names[id] = name
        held.setdefault(id, set()).add(post)
    return [(names[id], found) for id, posts in held.items() if (found := settings.clash(posts))]


def _check(name: str, value: str) -> str:
    if name == SEPARATED and value in (ON, OFF):
        return value
    if name == KEPT and value.isascii() and value.isdecimal() and len(value) < 6:
        if SHORTEST <= int(value) <= LONGEST:
            return str(int(value))
        raise Refused(N_("The access log is kept for %(shortest)s to %(longest)s days."), field="value",
                      shortest=SHORTEST, longest=LONGEST)
    if name == KEPT:
        raise Refused(N_("Please give a whole number of days."), field="value")
    raise Refused(N_("Please choose one of these."), field="value")


def _check_nobody_holds_two(session: Session) -> None:
    for name, (one, other) in holding_two(session):
        raise Refused(N_("%(name)s is %(one)s and %(other)s; end one of these posts first."), field="value",
                      name=name, one=Word(POSTS[one]), other=Word(POSTS[other]))
