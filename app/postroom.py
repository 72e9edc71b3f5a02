"""The post room: claims waiting letters, writes them, hands them over, records the outcome.

An attempt is committed before it is made and its outcome after; in between no transaction is open. Who is killed in
between leaves a claim that runs out. What leaves the house is a number, what it is about, a date and a link: never a
title, a name or a sealed case. To addresses outside go checkpoints only, which name nothing.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.exc import OperationalError

import workflows
from app import channels, worker
from app.channels import Undelivered, webhook
from app.domain import checkpoints, ladder, letters, lodgings, trail
from app.domain.deliveries import EMAIL, WEBHOOK
from app.domain.notices import FORMS
from app.extensions import db
from app.office import delivery
from app.office.delivery import Room
from workflows.grammar import PURPOSES

REST = timedelta(minutes=1)  # for a carrier that is out of order
AGAIN, EVERY = 20, 1.0  # times and seconds: writing an outcome down where the disk is full or the database away
Carrier = Callable[[channels.Letter], None]


def waits(*, at: datetime) -> bool:
    """Whether a letter could be taken up now."""
    return db.session.scalar(letters.due(at=at).limit(1)) is not None


def free(*, at: datetime | None = None) -> None:
    """What a killed poster of this machine held need not wait until its claim runs out."""
    with worker.writing():
        if gone := [claimant for claimant in letters.claimants(db.session) if worker.is_gone(claimant)]:
            letters.free(db.session, gone, at=at or datetime.now(UTC))


def one(app: Flask, *, at: datetime | None = None) -> bool:
    """Look at the letters that are due until one was tried; False where none was due. `at` turns the clock."""
    now = at or datetime.now(UTC)
    if not waits(at=now):
        db.session.rollback()
        return False
    carried = carriers(app.extensions["settings"])
    try:
        with worker.writing():
            room = Room(db.session, worker.name(), frozenset(carried), worker.register(), now)
            claimed, looked = delivery.take(room)
    except OperationalError as error:  # the disk is full, the database busy or away: nothing was tried
        app.logger.error("no letter was taken up: %s", error.orig)  # the statement would hold addresses
        return False
    if claimed:
        carry = carried[claimed[0].channel]
        _try(app, claimed, lambda: carry(_written(app, claimed, room)), at)
    return looked > 0


def carriers(settings) -> dict[str, Carrier]:
    """How each channel hands a letter over, by the settings of this machine."""
    found: dict[str, Carrier] = {}
    if settings.smtp_url:
        from app.channels import email  # two thirds of a MiB, where mail is sent

        found[EMAIL] = lambda letter: email.send(letter, url=settings.smtp_url, sender=settings.mail_from)
    if settings.webhook_url:
        found[WEBHOOK] = lambda letter: webhook.send(letter, url=settings.webhook_url)
    return found


def _try(app: Flask, claimed: list, carry: Callable[[], None], at: datetime | None) -> None:
    """One attempt. The log names the letter and no address: answers of servers like to repeat it."""
    ids, channel = [row.id for row in claimed], claimed[0].channel
    try:
        carry()
    except Exception as error:  # whatever it is, the letter is not lost over it
        known = isinstance(error, Undelivered)
        undelivered = error if known else Undelivered(type(error).__name__)
        _finally(lambda: _record_failure(claimed, undelivered, at or datetime.now(UTC)))
        why = ("refused for good" if undelivered.lasting else "not now") if known else type(error).__name__
        app.logger.warning("letter %s by %s: %s", ids[0], channel, why)
    else:
        _finally(lambda: letters.record_sent(db.session, ids, at=at or datetime.now(UTC)))


def _record_failure(claimed: list, undelivered: Undelivered, now: datetime) -> None:
    trouble = str(undelivered).replace(claimed[0].to, "…")
    for row in claimed:
        letters.record_failure(db.session, row, trouble, lasting=undelivered.lasting, at=now)
    if undelivered.is_down:
        letters.put_all_off(db.session, claimed[0].channel, now + REST, at=now)


def _finally(record: Callable[[], None]) -> None:
    """Write an outcome down, again and again: what is forgotten now is sent twice later."""
    for left in reversed(range(AGAIN)):
        try:
            with worker.writing():
                record()
            return
        except OperationalError:
            if not left:
                raise
            time.sleep(EVERY)


# --- writing ---------------------------------------------------------------------------------------------------------


def _written(app: Flask, claimed: list, room: Room) -> channels.Letter:
    """The letter in the officer's language, from the template of its verb; its first line is the subject."""
    settings, first = app.extensions["settings"], claimed[0]
    env = app.extensions["environments"][first.locale or settings.locale]
    if first.checkpoint_id is not None:
        return _lodging(env, settings, first, room)
    items = [_item(row, env, settings, room) for row in claimed if row.telling_id is not None]
    names = ["notices/test.txt"] if not items else ["notices/digest.txt"] if len(items) > 1 else [
        f"notices/{first.verb}.txt", "notices/entry.txt"]
    item, url = items[0] if items else None, settings.url.rstrip("/")
    return _letter(env.select_template(names).render(items=items, item=item, url=url), settings, first, room)


def _lodging(env, settings, first, room: Room) -> channels.Letter:
    """A letter with a checkpoint, in the language of the record; the signed note hangs on it byte for byte."""
    checkpoint, before = lodgings.carried(db.session, first.id)
    db.session.rollback()  # nothing stays open while it is handed over
    local, file = room.register.calendar.local, f"checkpoint-{checkpoint.size}.txt"
    text = env.get_template("notices/checkpoint.txt").render(
        origin=checkpoints.said(checkpoint.note).origin, size=checkpoint.size, short=checkpoints.short(checkpoint),
        at=f"{local(checkpoint.at):%Y-%m-%d %H:%M}", file=file, before=before and f"{local(before):%Y-%m-%d %H:%M}")
    return _letter(text, settings, first, room, channels.Attachment(file, checkpoint.note))


def _letter(text: str, settings, first, room: Room, attachment: channels.Attachment | None = None) -> channels.Letter:
    subject, _end, body = text.strip().partition("\n")
    host = urlsplit(settings.url).hostname
    return channels.Letter(id=f"letter-{first.id}@{host}", to=first.to, subject=subject,
                           text=body.strip() + "\n", at=room.at, attachment=attachment)


def _item(row, env, settings, room: Room) -> dict:
    """What a letter says of one telling: case, purpose, dates and link."""
    facts, is_case = trail.facts(row), row.case_id is not None
    labels, due_on, path = [trail.VERBS[row.verb].sentence], row.due_on, f"cases/{row.stream}" if is_case else ""
    match row.verb:
        case "stepped":
            labels = [workflows.get(row.kind).step[facts["step"]].label]
        case "climbed":
            labels, due_on = [ladder.NAMES[facts["level"]], PURPOSES[facts["purpose"]].label], facts["due_on"]
        case "noticed":
            labels, due_on, path = [FORMS[facts["form"]].label], facts["reply_on"], f"notices/{facts['notice']}"
    return {"number": row.stream if is_case else None, "label": " · ".join(map(env.tongue.word, labels)),
            "on": room.register.calendar.on(row.at), "due_on": due_on,
            "link": f"{settings.url.rstrip('/')}/{path}"}
