"""What is added to a case beside its steps: corrections, the redacted text, consent, identities opened, evidence."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import cases, files, privacy, search, texts, trail
from app.domain.cases import Case
from app.domain.errors import NotAllowed, Refused
from app.domain.files import File, Kept
from app.domain.people import Actor, Held
from app.domain.privacy import Complainant
from app.domain.register import Register
from app.domain.trail import Written
from app.office import intake
from workflows.grammar import N_, OFFICE_POSTS, UNIT_POSTS

CORRECTABLE = {
    "title": N_("Title"), "facts": N_("Facts"), "place": N_("Place"), "klass": N_("Class"),
    "indicator": N_("Indicator"), "source": N_("Source"),
}
PLAIN = {"klass": "class", "indicator": "indicator", "source": "source"}


def correct(session: Session, case: Case, field: str, value: str, *, reason: str, by: Actor, at: datetime,
            words) -> Written:
    """A mistake is put right by an entry that says what it was before and why."""
    _let(by, "registrar", "dispatcher")
    if field not in CORRECTABLE:
        raise Refused(N_("This field cannot be corrected."), field="field")
    check = texts.required if field in ("title", "facts", "source") else texts.optional
    value = check(value, field="value", longest=300 if field == "title" else 20_000)
    reason = texts.required(reason, field="reason", longest=2000)
    before = getattr(case, field)
    if before == value:
        raise Refused(N_("This is what it says already."), field="value")
    if field == "source" and case.outside_number and intake.standing_number(session, value, case.outside_number):
        raise Refused(N_("%(source)s number %(number)s is on the books already."), field="value", source=value,
                      number=case.outside_number)
    tokens = search.of(case)
    setattr(case, field, value)
    if field in PLAIN:
        plain, beside = {"field": PLAIN[field], "before": before, "after": value}, {}
    else:
        plain, beside = {"field": field}, {"old": before, "new": value}
    session.flush()
    search.reindex(session, case.id, before=tokens, after=search.of(case))
    return _record(session, case, "corrected", by, at, words, plain, beside | {"reason": reason})


def redact(session: Session, case: Case, redacted: str, *, by: Actor, at: datetime, words) -> Written:
    """The text the unit complained of works from."""
    _let(by, "registrar", "dispatcher")
    redacted = texts.required(redacted, field="redacted")
    tokens = search.of(case)
    case.redacted = redacted
    session.flush()
    search.reindex(session, case.id, before=tokens, after=search.of(case))
    return _record(session, case, "redacted", by, at, words, {}, {"redacted": redacted})


def consent(session: Session, case: Case, *, given: bool, said: str, by: Actor, at: datetime, words) -> Written:
    """The complainant agrees, or no longer agrees, that the unit complained of knows who it is."""
    _let(by, "registrar", "dispatcher", "supervisor")
    complainant = session.get(Complainant, case.id)
    if complainant is None:
        raise Refused(N_("No complainant is recorded."))
    said = texts.required(said, field="said", longest=2000)
    complainant.consented_at = at if given else None
    return _record(session, case, "consented", by, at, words, {"given": given}, {"words": said})


def open_identity(session: Session, case: Case, *, reason: str, by: Actor, at: datetime, words) -> privacy.Seen:
    """Show the office or a unit at work on it who the complainant is, against a reason; never the unit complained of
    without consent."""
    if _post_in(session, case, by) is None:
        raise NotAllowed(N_("This is not for your post to do."))
    complainant = session.get(Complainant, case.id)
    if complainant is None:
        raise Refused(N_("No complainant is recorded."))
    if is_hidden(case, complainant, by):
        raise NotAllowed(N_("Your unit is the one complained of; without the complainant's consent no reason opens "
                            "the identity."))
    reason = texts.required(reason, field="reason", longest=2000)
    trail.append(session, trail.OFFICE, "identity_opened", by=by.username, unit=by.first.unit, at=at,
                 words={"verb": words(trail.VERBS["identity_opened"].sentence)}, plain={"case": case.number},
                 beside={"reason": reason})
    return privacy.view(complainant, hidden=False, opened=True)


def is_hidden(case: Case, complainant: Complainant | None, by: Actor) -> bool:
    return cases.is_blind(case, by) and (complainant is None or complainant.consented_at is None)


def attach(session: Session, case: Case, kept: Kept, *, purpose: str, by: Actor, at: datetime, words,
           register: Register) -> File:
    """Hang a stored content on the case."""
    if purpose not in files.PURPOSES:
        raise Refused(N_("Please choose one of these."), field="purpose")
    if case.state in cases.OVER:
        raise Refused(N_("The case is over; nothing can be attached."), field="file")
    held = _post_in(session, case, by)
    if held is None:
        raise NotAllowed(N_("Your post does not attach anything to a case."))
    name = texts.required(kept.name, field="file", longest=255)
    entry = _record(session, case, "attached", by, at, words,
                    {"sha256": kept.sha256, "size": kept.size, "type": kept.type, "purpose": purpose},
                    {"name": name}, unit=held.unit)
    file = File(case_id=case.id, seq=entry.seq, sha256=kept.sha256, size=kept.size, type=kept.type, name=name,
                purpose=purpose, from_unit=held.post in UNIT_POSTS, added_by_id=by.id, unit_id=held.unit_id,
                added_at=at)
    session.add(file)
    session.flush()
    return file


def strike_out(session: Session, case: Case, file: File, *, reason: str, by: Actor, at: datetime, words) -> Written:
    """The file stays, struck out, with the reason; by whoever added it or by the office."""
    if file.struck_at is not None:
        raise Refused(N_("This file has been struck out already."))
    if file.added_by_id != by.id and not by.has("dispatcher", "supervisor", "registrar"):
        raise NotAllowed(N_("Only who attached a file, or the office, strikes it out."))
    file.struck_reason = texts.required(reason, field="reason", longest=2000)
    file.struck_at = at
    return _record(session, case, "struck_out", by, at, words, {"sha256": file.sha256}, {"reason": reason})


def _post_in(session: Session, case: Case, by: Actor) -> Held | None:
    """The post in which he has to do with this case: of the office, or of a unit that has a hand in it."""
    units = {hand.unit_id for hand in cases.hands(session, case.id)}
    for held in by.held:
        if held.post in OFFICE_POSTS or (held.post in UNIT_POSTS and held.covers & units):
            return held
    return None


def _let(by: Actor, *posts: str) -> None:
    if not by.has(*posts):
        raise NotAllowed(N_("This is not for your post to do."))


def _record(session, case: Case, verb, by: Actor, at, words, plain, beside, *, unit: str | None = None) -> Written:
    entry = trail.append(session, case.number, verb, by=by.username, unit=unit or by.first.unit, at=at,
                         words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain, beside=beside)
    case.touched_at = at
    return entry
