"""What the last checkpoint covers of the entries on a page, and how far it reaches: asked once a page, not a row."""

from time import monotonic

from flask import Flask, current_app, g
from markupsafe import Markup

from app.domain import checkpoints
from app.extensions import db
from app.office import audits
from app.web import access, speech
from app.web.speech import gettext as _
from app.web.words import lately

KEPT = 10.0  # seconds for which the footer's words are kept in the process


def install(app: Flask) -> None:
    speech.phrases(app, is_covered=is_covered, footer_trail=footer_trail)


def note(entries) -> None:
    """These entries of several streams are going to be shown."""
    asked = [(entry.stream, entry.seq) for entry in entries]
    g.covered = dict.fromkeys(asked, False) | dict.fromkeys(checkpoints.covered(db.session, asked), True)


def is_covered(entry) -> bool:
    noted = g.get("covered", {})
    if (entry.stream, entry.seq) in noted:
        return noted[entry.stream, entry.seq]
    reach = g.setdefault("reach", {})
    if entry.stream not in reach:
        reach[entry.stream] = checkpoints.reach(db.session, entry.stream)
    return entry.seq <= reach[entry.stream]


def footer_trail() -> Markup:
    """The last checkpoint, and a warning while the last verification found that something does not hold."""
    last, is_broken = _last()
    if last is None:
        return Markup("")
    said = Markup('<span>%s <span class="db-mono">%s</span> · %s</span>') % (
        _("Last checkpoint"), checkpoints.short(last), lately(last.at))
    if is_broken and (access.officer().is_of_office or access.officer().has("auditor", "leader")):
        said += Markup('<a href="/trail/verification"><strong class="db-red">%s</strong></a>') % _(
            "Verification failed")
    return said


def _last():
    kept = current_app.extensions.get("footer_trail")
    if kept is None or monotonic() - kept[0] > KEPT:
        ended = audits.last(db.session, ended=True)
        is_broken = ended is not None and audits.fault(ended) is not None
        kept = current_app.extensions["footer_trail"] = monotonic(), (checkpoints.latest(db.session), is_broken)
    return kept[1]
