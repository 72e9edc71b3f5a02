"""Settings of the installation: changed by the security administrator, each change an entry of the office."""

import re
from datetime import datetime
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deliveries, keys, settings, texts, trail, witnesses
from app.domain.errors import NotAllowed, Refused, Word
from app.domain.people import Actor, Officer, Post
from app.domain.settings import (
    CHECKPOINT_TO,
    KEPT,
    LONGEST,
    MOST_ADDRESSES,
    MOST_WITNESSES,
    OFF,
    ON,
    SEPARATED,
    SHORTEST,
    WITNESSES,
    Setting,
)
from workflows.grammar import N_, POSTS

EDITORS = ("secadmin",)
AT_THE_MACHINE = (WITNESSES,)  # what a command may change as well, where the three are not kept apart


def change(session: Session, name: str, value: str, *, basis: str | None, by: Actor, at: datetime,
           words, sender: str = "") -> Setting:
    """Decide anew from now on; what was decided before stays in the list of the past.

    `sender`: what this service's own mail comes from, which is no address outside. Raises NotAllowed and Refused.
    """
    if not by.has(*EDITORS) and (by.id is not None or name not in AT_THE_MACHINE):
        raise NotAllowed(N_("Settings are changed by the security administrator."))
    value = _addresses(value, sender) if name == CHECKPOINT_TO else _check(name, value)
    basis = texts.required(basis, field="basis", longest=300)
    trail.hold(session)  # or a post could be given beside this
    now = settings.settings(session)
    if by.id is None and now.separated:
        raise NotAllowed(N_("The three administrators are kept apart: settings are changed by the security "
                            "administrator, on the page of settings."))
    before = now.value(name)
    if before == value:
        raise Refused(N_("This is what it says already."), field="value")
    if (name, value) == (SEPARATED, ON):
        _check_nobody_holds_two(session)
    setting = Setting(name=name, value=value, basis=basis, since=at, set_by=by.username)
    session.add(setting)
    trail.append(session, trail.OFFICE, "setting_set", by=by.username,
                 unit=by.first.unit if by.first else None, at=at,
                 words={"verb": words(trail.VERBS["setting_set"].sentence)},
                 **_told(name, before, value, basis))
    return setting


def _told(name: str, before: str, after: str, basis: str) -> dict:
    """What the entry says; addresses are somebody's contacts and stand beside it."""
    if name == CHECKPOINT_TO:
        return {"plain": {"setting": name, "basis": basis}, "beside": {"old": before or None, "new": after or None}}
    return {"plain": {"setting": name, "before": before, "after": after, "basis": basis}}


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


def _addresses(value: str, sender: str) -> str:
    """As it is kept: the addresses with a space between two; nothing where checkpoints are not to leave the house."""
    addresses = [part for part in re.split(r"[\s,;，；、]+", value) if part]
    seen: set[str] = set()
    for address in addresses:
        if not deliveries.is_address(address):
            raise Refused(N_("“%(address)s” is no mail address we can write to."), field="value", address=address[:80])
        if address.casefold() == parseaddr(sender)[1].casefold():
            raise Refused(N_("%(address)s is where this service's own mail comes from; a checkpoint is kept by "
                             "somebody outside."), field="value", address=address)
        if address.casefold() in seen:
            raise Refused(N_("%(address)s is named twice."), field="value", address=address)
        seen.add(address.casefold())
    if len(addresses) > MOST_ADDRESSES:
        raise Refused(N_("Checkpoints go to at most %(most)s addresses."), field="value", most=MOST_ADDRESSES)
    return " ".join(addresses)


def _witnesses(value: str) -> str:
    """As it is kept: their keys with a space between two."""
    found: dict[str, witnesses.Witness] = {}
    for key in value.split():
        try:
            witness = witnesses.witness(key)
        except keys.BadNote:
            raise Refused(N_("“%(key)s” is no key of a witness (Ed25519, C2SP tlog-cosignature)."), field="value",
                          key=key[:80]) from None
        if len(witness.name) > witnesses.LONGEST_NAME:
            raise Refused(N_("The name of a witness has at most %(most)s characters."), field="value",
                          most=witnesses.LONGEST_NAME)
        if witness.name in found or witness.public in {each.public for each in found.values()}:
            raise Refused(N_("The witness %(name)s is named twice."), field="value", name=witness.name)
        found[witness.name] = witness
    if len(found) > MOST_WITNESSES:
        raise Refused(N_("At most %(most)s witnesses can be named."), field="value", most=MOST_WITNESSES)
    return " ".join(str(each) for each in found.values())


def _check(name: str, value: str) -> str:
    if name == WITNESSES:
        return _witnesses(value)
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
