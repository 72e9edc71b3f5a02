"""The access log on a page, for the log administrator and auditors; taking it along is an entry."""

import hashlib
import tempfile
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, request

from app.domain import accesses, checkpoints
from app.domain.accesses import KINDS, Wanted
from app.domain.errors import Refused
from app.extensions import db
from app.office import accesses as office
from app.office import exports as papers
from app.papers import tables
from app.web import access, exports, floor, htmx, porter, words
from app.web.filters import day_of, one_of, text_of
from app.web.speech import gettext as _
from workflows.grammar import N_

blueprint = Blueprint("accesses", __name__)
WIDTHS = {"Time": 19, "What happened": 22, "Page": 20, "Address": 18, "Device": 60}
PLACES = {
    "accesses": N_("Access log"), "assignments": N_("Assigning"), "attached": N_("Trail"), "calendar": N_("Calendar"),
    "cases": N_("Ledger"), "delivery": N_("How I am told"), "desk": N_("My desk"), "dossiers": N_("Dossier"),
    "drafts": N_("Drafts"), "exports": N_("Export"), "feeds": N_("Calendar feed"), "files": N_("Evidence"),
    "filing": N_("New case"), "holdings": N_("Time in hand"), "imports": N_("Import"),
    "influences": N_("Influence periods"), "ladder": N_("Ladder of supervision"), "lookbacks": N_("Looking back"),
    "looks": N_("Looking back"), "notices": N_("Notices"), "officers": N_("People"), "overdue": N_("Overdue board"),
    "reasons": N_("Why this date?"), "records": N_("Records of the case"), "rules": N_("Rules"),
    "sessions": N_("Signing in"), "settings": N_("Settings"), "steps": N_("Steps"), "trail": N_("Trail"),
    "units": N_("Units"), "uploads": N_("Import"), "verifications": N_("Verification"), "views": N_("Saved views"),
}
BY = {"about": N_("case"), "act": N_("act"), "after": N_("further page"), "case": N_("case"), "kind": N_("kind"),
      "q": N_("words"), "since": N_("time"), "state": N_("stage"), "step": N_("act"), "unit": N_("unit"),
      "until": N_("time"), "who": N_("person")}
DEVICES = (("Edg/", "Edge"), ("MicroMessenger", "WeChat"), ("OPR/", "Opera"), ("Chrome/", "Chrome"),
           ("Firefox/", "Firefox"), ("Safari/", "Safari"), ("curl/", "curl"), ("python", "Python"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))


@blueprint.get("/accesses")
def index():
    _for_readers()
    wanted, actor = _read(request.args), access.officer()
    page = accesses.Page([], None)
    if office.fitting(db.session, wanted, actor):
        page = accesses.page(db.session, wanted, request.args.get("after"))
    return htmx.render(
        "pages/accesses/index.html", "fragments/accesses/rows.html", page=page, wanted=wanted, kinds=KINDS,
        hidden=office.masked(db.session, page.rows, actor), written=written(wanted), since=request.args.get("since"),
        until=request.args.get("until"), place_words=place_words, detail_words=detail_words, device_words=device_words)


@blueprint.post("/accesses/exports")
def create():
    _for_readers()
    format = request.form.get("format", "xlsx")
    if format not in exports.TYPES:
        raise Refused(N_("Please choose one of these."), field="format")
    wanted = _read(dict(parse_qsl(request.form.get("query", ""))))
    reading = office.Reading(access.officer(), wanted, access.register(), access.now(), words.record_words())
    out = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last byte is sent
    try:
        with floor.aside():
            count = _write(out, format, reading)
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256").hexdigest()
        access.begin_writing()
        _for_readers()
        entry = office.record(db.session, reading, format=format, count=count, sha256=sha256, said=written(wanted))
        porter.record("export", detail=f"{format} · {count} · {entry.stream} {entry.seq}")
        access.commit()
    except BaseException:
        out.close()
        raise
    return exports.sent(out, format, name="accesses", title=_("Access log"), on=access.today())


def _write(out, format: str, reading: office.Reading) -> int:
    told, last = reading.words, checkpoints.latest(db.session)
    return tables.write(
        out, format, heads=[told(head) for head in office.HEADS], rows=office.rows(db.session, reading),
        title=told(N_("Access log")), widths={told(head): width for head, width in WIDTHS.items()},
        code=last and last.note,
        manifest=lambda count: papers.explained(
            {"format": "duban-accesses/1", "rows": count, "filter": written(reading.wanted),
             "as_of": reading.register.calendar.local(reading.at).replace(microsecond=0).isoformat(),
             "exported_by": f"{reading.actor.name} ({reading.actor.username})",
             "checkpoint": last and checkpoints.short(last), "signed": last and last.note}, told))


def _read(args) -> Wanted:
    """The days of an address are days of the office, the last one included."""
    who = text_of(args.get("who"))[:80].strip()
    since, until = day_of(args.get("since")), day_of(args.get("until"))
    starts = access.register().calendar.starts
    return Wanted(
        usernames=access.register().people.usernames(who) if who else (), who=who,
        kind=one_of(args.get("kind"), KINDS), case=text_of(args.get("case"))[:40].strip(),
        since=starts(since) if since and since > date.min else None,
        until=starts(until + timedelta(days=1)) if until and until < date.max else None)


def written(wanted: Wanted, **changes) -> str:
    local = access.register().calendar.local
    said = {"who": wanted.who, "kind": wanted.kind, "case": wanted.case,
            "since": wanted.since and local(wanted.since).date(),
            "until": wanted.until and local(wanted.until).date() - timedelta(days=1)}
    return urlencode({key: value for key, value in {**said, **changes}.items() if value})


def place_words(place: str | None) -> str:
    room = (place or "").partition(".")[0]
    return _(PLACES[room]) if room in PLACES else place or ""


def detail_words(row) -> str:
    """What a row says beyond its kind."""
    if row.kind == "read":
        by = dict.fromkeys(_(BY[name]) for name in (row.detail or "").split(", ") if name in BY)
        return _("looked by %(what)s", what=_(", ").join(by)) if by else ""
    if row.kind in ("refused", "hidden"):
        return _("wanted to change something") if row.detail == "POST" else ""
    if row.detail == "slowed":
        return _("made to wait")
    return row.detail or ""


def device_words(device: str | None) -> str:
    """Browser and system; what is neither is shown as it called itself."""
    if not device:
        return ""
    found = [next((name for sign, name in table if sign in device), None) for table in (DEVICES, SYSTEMS)]
    return " · ".join(filter(None, found)) or device[:40]


def _for_readers() -> None:
    if not access.officer().has(*office.READERS):
        abort(403)
