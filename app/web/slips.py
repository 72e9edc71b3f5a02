"""How a notice reads: its number, through whose hands it goes, and the paper itself."""

from flask import Flask, current_app

from app.domain import notices
from app.domain.errors import Refused
from app.domain.notices import Notice
from app.extensions import db
from app.office import printing
from app.papers import forms
from app.papers.paper import Paper
from app.web import access, speech, words
from app.web.speech import gettext as _
from workflows.grammar import N_


def install(app: Flask) -> None:
    speech.phrases(app, notice_number=notice_number, notice_hands=notice_hands)


def notice_number(notice) -> str:
    """督〔2026〕12号, or that it has none yet."""
    return notices.written(notice.form, notice.year, notice.serial) or _("not numbered yet")


def notice_hands(notice: Notice) -> list[dict]:
    """Through whose hands it went and goes: prepared, signed, received, replied, judged."""
    unit = access.register().people.units[notice.unit_id]
    hands = [
        (_("Prepared"), notice.prepared_by_id, notice.prepared_at, _("by the ladder")),
        (_("Signed and issued"), notice.signed_by_id, notice.issued_at, _("by itself, without a signature")),
        (_("Receipt signed"), notice.received_by_id, notice.received_at, unit.short),
        (_("Replied"), notice.replied_by_id, notice.replied_at, unit.short),
        (_("Judged"), notice.judged_by_id, notice.judged_at, access.register().people.office.short),
    ]
    if notice.state == notices.WITHDRAWN:
        hands = hands[:1]
    reached = sum(at is not None for _label, _who, at, _else in hands)
    name_of = access.register().people.name_of
    return [
        {"label": label, "at": at, "is_now": i == reached, "who": name_of(who) if who else other}
        for i, (label, who, at, other) in enumerate(hands)
    ]


def paper(notice: Notice) -> Paper:
    folder = current_app.extensions["settings"].data / "papers"
    try:
        return printing.paper(db.session, notice, register=access.register(), words=words.record_words(), folder=folder)
    except forms.BadForm as bad:
        raise Refused(N_("The office's own text of this form cannot be filled in: %(form)s.txt, line %(line)s, "
                         "%(what)s."), form=bad.form, line=bad.line, what=bad.what) from None
