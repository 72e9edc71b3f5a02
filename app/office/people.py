"""Units and officers: who exists, what post they hold, how they sign in, and to whom they hand over."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain import people, settings, tellings, texts, trail
from app.domain.drafts import Draft
from app.domain.errors import NotAllowed, Refused, Word
from app.domain.matters import Matter
from app.domain.people import Actor, Officer, Post, SignIn, Unit
from workflows.grammar import N_, OFFICE_POSTS, POSTS, UNIT_POSTS

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's second profile for argon2id
SHORTEST = 10
LIFE = timedelta(hours=12)


def add_unit(session: Session, *, code: str, name: str, klass: str, by: Actor, at: datetime, words,
             short: str | None = None, superior: Unit | None = None, since=None) -> Unit:
    code = texts.required(code, field="code", longest=40)
    name = texts.required(name, field="name", longest=120)
    if klass not in people.UNIT_CLASSES:
        raise Refused(N_("“%(class)s” is not a class of units."), field="class", **{"class": klass})
    if session.scalar(select(Unit.id).where(Unit.code == code)):
        raise Refused(N_("There is a unit with the code %(code)s already."), field="code", code=code)
    if klass == "office" and session.scalar(select(Unit.id).where(Unit.klass == "office", Unit.until.is_(None))):
        raise Refused(N_("There is one office already."), field="class")
    unit = Unit(code=code, name=name, short=short or name, klass=klass, since=since or at.date(),
                superior_id=superior.id if superior else None)
    session.add(unit)
    session.flush()
    _record(session, "unit_added", by, at, words, code=code, name=name,
            superior=superior.code if superior else None, **{"class": klass})
    return unit


def change_unit(session: Session, unit: Unit, *, by: Actor, at: datetime, words, **changes) -> None:
    """Set class, superior or short name. A new name is a new unit: see `succeed`."""
    for field, after in changes.items():
        before = getattr(unit, field)
        if before != after:
            setattr(unit, field, after)
            _record(session, "unit_changed", by, at, words, code=unit.code, field=field,
                    before=None if before is None else str(before), after=None if after is None else str(after))


def succeed(session: Session, unit: Unit, successor: Unit, *, reason: str, by: Actor, at: datetime, words) -> None:
    """Rename or merge: the old unit ends, keeps its cases under its old name, and points to who answers now."""
    if unit.until is not None:
        raise Refused(N_("%(unit)s has ended already."), unit=unit.name)
    if successor.id == unit.id or successor.until is not None:
        raise Refused(N_("The successor must be another, living unit."), field="successor")
    unit.until, unit.successor_id = at.date(), successor.id
    moved = update(Post).where(Post.unit_id == unit.id, Post.until.is_(None)).returning(Post.officer_id, Post.post)
    for officer_id, post in session.execute(moved.values(until=at)).all():
        officer = session.get(Officer, officer_id)
        _record(session, "post_ended", by, at, words, username=officer.username, post=post, unit=unit.code)
        give_post(session, officer, post, successor, by=by, at=at, words=words)
    _record(session, "unit_succeeded", by, at, words, code=unit.code, successor=successor.code, reason=reason)


def add_officer(session: Session, *, username: str, name: str, by: Actor, at: datetime, words,
                password: str | None = None, title: str | None = None) -> Officer:
    username = texts.required(username, field="username", longest=80).strip()
    if session.scalar(select(Officer.id).where(Officer.username == username)):
        raise Refused(N_("The account %(username)s exists already."), field="username", username=username)
    officer = Officer(username=username, name=texts.required(name, field="name", longest=80),
                      title=texts.optional(title, field="title", longest=80), created_at=at)
    session.add(officer)
    session.flush()
    _record(session, "officer_added", by, at, words, beside={"name": name}, username=username)
    if password is not None:
        set_password(session, officer, password, by=by, at=at, words=words)
    return officer


def give_post(session: Session, officer: Officer, post: str, unit: Unit, *, by: Actor, at: datetime, words) -> Post:
    if post not in POSTS:
        raise Refused(N_("“%(post)s” is not a post."), field="post", post=post)
    if post in OFFICE_POSTS and unit.klass != "office":
        raise Refused(N_("This post belongs to the office, not to %(unit)s."), field="unit", unit=unit.name)
    if post in UNIT_POSTS and unit.klass in ("leadership", "outside"):
        raise Refused(N_("This post belongs to a unit that can lead a case, not to %(unit)s."), field="unit",
                      unit=unit.name)
    held = Post.officer_id == officer.id, Post.post == post, Post.unit_id == unit.id, Post.until.is_(None)
    if (found := session.scalar(select(Post).where(*held))) is not None:
        return found
    _keep_apart(session, officer, post, by)
    given = Post(officer_id=officer.id, post=post, unit_id=unit.id, since=at)
    session.add(given)
    officer.left_at = None
    session.flush()
    _record(session, "post_given", by, at, words, username=officer.username, post=post, unit=unit.code)
    return given


def _keep_apart(session: Session, officer: Officer, post: str, by: Actor) -> None:
    """Where the three administrators are kept apart: who holds what together with what, and who gives it."""
    trail.hold(session)  # or the setting could be switched on beside this
    if not settings.settings(session).separated:
        return
    if by.id is None and _is_held(session, "secadmin"):
        raise NotAllowed(N_("The three administrators are kept apart: posts are given by the security administrator, "
                            "on the page of people."))
    if found := settings.clash({post, *(held for held, _unit in people.posts_of(session, officer.id))}):
        raise Refused(N_("The three administrators are kept apart: nobody is %(one)s and %(other)s."), field="post",
                      one=Word(POSTS[found[0]]), other=Word(POSTS[found[1]]))


def _is_held(session: Session, post: str) -> bool:
    """By somebody who can sign in."""
    held = select(Post.id).join(Officer, Officer.id == Post.officer_id).where(
        Post.post == post, Post.until.is_(None), Officer.password.is_not(None))
    return session.scalar(held.limit(1)) is not None


def end_post(session: Session, officer: Officer, post: Post, *, by: Actor, at: datetime, words) -> None:
    post.until = at
    unit = session.get(Unit, post.unit_id)
    session.flush()
    _record(session, "post_ended", by, at, words, username=officer.username, post=post.post, unit=unit.code)
    if not people.posts_of(session, officer.id):
        sign_out_everywhere(session, officer.id)


def hand_over(session: Session, officer: Officer, successor: Officer, *, reason: str, by: Actor, at: datetime,
              words) -> int:
    """An officer leaves: posts end, his drafts and unread tellings and what waits for his signature go to his
    successor, who gets the posts he lacks; all in one act. Returns how many matters wait for the successor now."""
    reason = texts.required(reason, field="reason", longest=2000)
    if officer.id == successor.id:
        raise Refused(N_("The successor must be somebody else."), field="successor")
    if successor.left_at is not None:
        raise Refused(N_("%(name)s has left."), field="successor", name=successor.name)
    held = session.scalars(select(Post).where(Post.officer_id == officer.id, Post.until.is_(None))).all()
    if not held:
        raise Refused(N_("%(name)s holds no post."), field="officer", name=officer.name)
    waiting = 0
    for post in held:
        unit = session.get(Unit, post.unit_id)
        here = people.directory(session).covers(post.unit_id)
        waits = Matter.stage == post.post, Matter.unit_id.in_(here), Matter.settled_at.is_(None)
        waiting += len(session.scalars(select(Matter.id).where(*waits)).all())
        give_post(session, successor, post.post, unit, by=by, at=at, words=words)
        end_post(session, officer, post, by=by, at=at, words=words)
    tellings.pass_on(session, of=officer.id, to=successor.id)
    drafts = _pass_drafts(session, officer, successor)
    officer.left_at = at
    _record(session, "handed_over", by, at, words, beside={"reason": reason}, username=officer.username,
            successor=successor.username, matters=waiting, drafts=drafts)
    return waiting


def set_password(session: Session, officer: Officer, password: str, *, by: Actor, at: datetime, words,
                 hashed: str | None = None) -> None:
    """Every session of the officer ends. Hash before the transaction opens where it matters (`hashed`)."""
    check_password(password, officer.username)
    officer.password = hashed or hash_password(password)
    sign_out_everywhere(session, officer.id)
    _record(session, "password_set", by, at, words, username=officer.username, by_self=by.id == officer.id)


def check_password(password: str, username: str) -> None:
    if len(password) < SHORTEST:
        raise Refused(N_("A password has at least %(length)s characters."), field="password", length=SHORTEST)
    if len(password) > 200:
        raise Refused(N_("A password has at most 200 characters."), field="password")
    if username.lower() in password.lower() or len(set(password)) < 5:
        raise Refused(N_("This password is too easy to guess."), field="password")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def is_password(officer: Officer | None, password: str) -> bool:
    """Takes as long for an account that is not there as for one that is."""
    try:
        return _hasher.verify(officer.password if officer and officer.password else _NOBODY, password) and bool(
            officer and officer.password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def sign_in(session: Session, officer: Officer, *, at: datetime) -> str:
    """A new session; returns what the cookie is to hold."""
    token = secrets.token_urlsafe(32)
    last = session.scalar(select(SignIn.seen_at).where(SignIn.officer_id == officer.id)
                          .order_by(SignIn.began_at.desc()).limit(1))
    session.execute(delete(SignIn).where(SignIn.officer_id == officer.id, SignIn.until < at - timedelta(days=30)))
    session.add(SignIn(token=token_digest(token), officer_id=officer.id, began_at=at, seen_at=at, until=at + LIFE,
                       looked_from=last or at - timedelta(days=7)))
    session.flush()
    return token


def sign_out(session: Session, token: str, *, at: datetime) -> None:
    session.execute(
        update(SignIn).where(SignIn.token == token_digest(token), SignIn.until > at).values(until=at, seen_at=at)
    )


def sign_out_everywhere(session: Session, officer_id: int) -> None:
    session.execute(delete(SignIn).where(SignIn.officer_id == officer_id))


def token_digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def officer_called(session: Session, username: str) -> Officer | None:
    return session.scalar(select(Officer).where(Officer.username == username))


def _pass_drafts(session: Session, officer: Officer, successor: Officer) -> int:
    theirs = set(session.scalars(select(Draft.form).where(Draft.officer_id == successor.id)))
    mine = session.scalars(select(Draft).where(Draft.officer_id == officer.id)).all()
    for draft in mine:
        if draft.form not in theirs:
            session.add(Draft(officer_id=successor.id, form=draft.form, fields=draft.fields, saved_at=draft.saved_at))
        session.delete(draft)
    return len(mine)


def _record(session, verb, by: Actor, at, words, *, beside=None, **plain):
    trail.append(session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
                 words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain, beside=beside)


# What an account that is not there is asked for; made once with the profile above, not anew at every start.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$Z171vcq1YlLRct/6EjvOlg$38o+faG5IAFq3RbrnqEboO7S0NY+4D5O1L81qN6VhWY"
