"""The calendar feed: an officer's secret address for his calendar program, and its making and ending."""

import hashlib
import logging
import re
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, make_response, redirect, request
from sqlalchemy import select

from app.domain import feeds, people
from app.domain.people import Actor, Officer
from app.extensions import db
from app.papers import ics
from app.web import access, delivery, speech
from app.web.access import public
from workflows.grammar import PURPOSES

blueprint = Blueprint("feeds", __name__)
_TOKEN = re.compile(r"(/feed/)[^/\s\"'?]+")
LOGS = ("duban", "gunicorn.error", "werkzeug")


@blueprint.get("/feed/<token>.ics")
@public
def show(token: str):
    feed = feeds.behind(db.session, token)
    if feed is None:
        abort(404)
    actor = _actor(feed.officer_id)
    body = _calendar(actor, feeds.dates(db.session, actor))
    response = make_response(body)
    response.headers.update({"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=300",
                             "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)


@blueprint.post("/delivery/feed")
def create():
    """A new address; whatever used the old one finds nothing there."""
    access.begin_writing()
    token = feeds.renew(db.session, access.officer().id, at=access.now())
    access.commit()
    return delivery.page(token=token)


@blueprint.post("/delivery/feed/removal")
def destroy():
    access.begin_writing()
    feeds.revoke(db.session, access.officer().id)
    access.commit()
    return redirect("/delivery", 303)


def _actor(officer_id: int) -> Actor:
    columns = Officer.id, Officer.username, Officer.name, Officer.locale, Officer.title
    row = db.session.execute(select(*columns).where(Officer.id == officer_id)).one()
    return people.as_actor(access.register().people, row, people.posts_of(db.session, officer_id))


def _calendar(actor: Actor, dates: list[feeds.Date]) -> bytes:
    """Number, purpose and link of each date in the officer's language, and nothing else."""
    settings = current_app.extensions["settings"]
    tongue = speech.of(actor.locale or settings.locale)
    host, base = urlsplit(settings.url).hostname, settings.url.rstrip("/")

    def event(date: feeds.Date) -> ics.Event:
        summary = f"{date.number} {tongue.word(PURPOSES[date.purpose].label)}"
        if date.provisional:
            summary = f"{summary} ({tongue.word('provisional')})"
        return ics.Event(uid=f"{date.number}-{date.node}@{host}", on=date.due_on, summary=summary,
                         url=f"{base}/cases/{date.number}", sequence=date.revision, changed_at=date.changed_at)

    return ics.calendar(tongue.word("Duban"), map(event, dates))


class _Masked(logging.Filter):
    """Whoever knows a feed's address reads it, so no log has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/feed/" in message:
            record.msg, record.args = _TOKEN.sub(r"\1…", message), ()
        return True


def install(_app: Flask) -> None:
    for name in LOGS:
        log = logging.getLogger(name)
        if not any(isinstance(each, _Masked) for each in log.filters):
            log.addFilter(_Masked())
