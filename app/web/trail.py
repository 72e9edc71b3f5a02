"""Trails: an inquiry over all of them, and one case's whole trail with what hangs on each entry."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request
from markupsafe import Markup
from sqlalchemy import select

import workflows
from app.domain import bigrams, inquiry, tellings, trail
from app.domain.cases import Assignment
from app.domain.inquiry import Inquiry
from app.domain.people import Actor
from app.extensions import db
from app.web import access, covering, histories, htmx, lines, panel
from app.web.filters import day_of, text_of
from app.web.speech import gettext as _

blueprint = Blueprint("trail", __name__)
ALL = 10_000  # entries of one case on one page
AROUND = 24  # characters on either side of a word that was found


@blueprint.get("/trail")
def index():
    actor = access.officer()
    if not (actor.is_of_office or actor.has("auditor", "leader")):
        abort(403)
    wanted = _read(request.args)
    page = inquiry.page(db.session, actor, wanted, request.args.get("after"))
    covering.note(page.rows)
    acts = histories.act_choices()
    return htmx.render(
        "pages/trail/index.html", "fragments/trail/rows.html", page=page, wanted=wanted, written=written(wanted),
        rows=[_told(row, page, wanted) for row in page.rows], units=_units(),
        since=request.args.get("since"), until=request.args.get("until"),
        acts=acts if actor.has(*inquiry.OFFICE_READERS) else acts[:-1])


@blueprint.get("/cases/<number>/trail")
def show(number: str):
    case, actor = access.case(number), access.officer()
    shown = panel.of(case, actor, entries_shown=ALL)
    every = list(reversed(shown.entries))
    _adorn(every, shown, actor)
    narrowed = _Narrowed.of(request.args)
    told_of = db.session.execute(tellings.of_stream(case.number)).all() if actor.sees_every_case else []
    hands = select(Assignment.__table__).where(Assignment.case_id == case.id).order_by(Assignment.id)
    return htmx.render(
        "pages/cases/trail.html", panel=shown, case=case, lines=[x for x in shown.entries if narrowed.fits(x)],
        narrowed=narrowed, chain=histories.chain(every), signatures=histories.signatures(every),
        hands=histories.hands(db.session.execute(hands)), hearers=_hearers(told_of), by_entry=_by_entry(told_of),
        acts={_name(x): x["label"] for x in shown.entries},
        people=dict(sorted({x["entry"].actor: lines.actor_words(x["entry"]) for x in every}.items())),
        units=_units_of(every))


@dataclass(frozen=True)
class _Narrowed:
    """What of one case's trail somebody wants to see."""

    step: str
    who: str
    unit: str
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, args) -> "_Narrowed":
        return cls(args.get("step", ""), args.get("who", ""), args.get("unit", ""), *_span(args))

    @property
    def is_empty(self) -> bool:
        return self == _Narrowed("", "", "", None, None)

    def fits(self, line: dict) -> bool:
        entry = line["entry"]
        return (self.step in ("", _name(line)) and self.who in ("", entry.actor)
                and self.unit in ("", entry.unit) and (self.since is None or entry.at >= self.since)
                and (self.until is None or entry.at < self.until))


def written(wanted: Inquiry, **changes) -> str:
    """The query string of an inquiry."""
    local = access.register().calendar.local
    said = {"q": wanted.q, "who": wanted.who, "unit": wanted.units[0] if wanted.units else "", "act": wanted.act,
            "case": wanted.case, "since": wanted.since and local(wanted.since).date(),
            "until": wanted.until and local(wanted.until).date() - timedelta(days=1)}
    return urlencode({key: value for key, value in {**said, **changes}.items() if value})


def _read(args) -> Inquiry:
    """What names nothing is left out; an address typed by hand never breaks the page."""
    people, who = access.register().people, text_of(args.get("who")).strip()[:80]
    unit = people.by_code.get(text_of(args.get("unit")))
    units = [people.units[id].code for id in people.covers(unit.id) - {unit.id}] if unit else []
    since, until = _span(args)
    return Inquiry(
        actors=("system",) if who == _("system") else people.usernames(who) if who else (), who=who,
        units=(unit.code, *units) if unit else (), act=text_of(args.get("act"))[:40],
        case=text_of(args.get("case")).strip()[:40], q=text_of(args.get("q")).strip()[:bigrams.LONGEST],
        since=since, until=until)


def _span(args) -> tuple[datetime | None, datetime | None]:
    """From the first moment of a day of the office up to the last of another."""
    since, until = day_of(args.get("since")), day_of(args.get("until"))
    starts = access.register().calendar.starts
    return (starts(since) if since and since > date.min else None,
            starts(until + timedelta(days=1)) if until and until < date.max else None)


def _told(row, page: inquiry.Page, wanted: Inquiry) -> dict:
    """One entry among those of all trails; its texts are shown only as far as they hold what was looked for."""
    values = page.values.get((row.stream, row.seq), {})
    takers = {held.post for held in access.officer().held}
    line = lines.told(row, values, workflows.get(row.kind) if row.kind else None, False, set(), takers)
    kept = lines.restricted(line["step"], takers)
    values = {key: text for key, text in values.items() if key not in kept}
    return line | {"changes": histories.changes(row, values) if values or row.stream == trail.OFFICE else [],
                   "found": [_excerpt(text, word) for word in bigrams.words(wanted.q)[:3]
                             for text in _texts(row, values, word)[:1]]}


def _texts(row, values: dict, word: str) -> list[str]:
    return [text for text in values.values() if text and word in text.lower()]


def _excerpt(text: str, word: str) -> Markup:
    """The word with what stands around it."""
    at = text.lower().index(word)
    before, after = text[max(at - AROUND, 0) : at], text[at + len(word) : at + len(word) + AROUND]
    return Markup("%s%s<mark>%s</mark>%s%s") % (
        "…" if at > AROUND else "", before, text[at : at + len(word)], after,
        "…" if len(text) > at + len(word) + AROUND else "")


def _adorn(every: list[dict], shown: panel.Panel, actor: Actor) -> None:
    """What hangs on each entry of one case: what it changed, on what basis, with which evidence."""
    changed = histories.told_changes(every, shown.workflow)
    hung: dict[int, list] = {}
    by_content = {}
    for file in shown.files:
        hung.setdefault(file.seq, []).append(file)
        by_content.setdefault(file.sha256, file)
    for line in every:
        seq, data = line["entry"].seq, line["data"]
        named = [by_content[sha] for sha in data.get("files") or () if sha in by_content]
        if line["entry"].verb == "struck_out" and data["sha256"] in by_content:
            named.append(by_content[data["sha256"]])
        line.update(changes=changed[seq], bases=histories.bases(data), files=[*hung.get(seq, ()), *named])
        if line["changes"]:
            line["texts"] = [(key, text) for key, text in line["texts"] if key not in ("old", "new")]


def _by_entry(told_of) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in told_of:
        found.setdefault(row.seq, []).append(row)
    return found


def _hearers(told_of) -> list[dict]:
    """Who was told of something in this case: how often, first and last when."""
    people, found = access.register().people, {}
    for row in told_of:
        heard = found.setdefault(row.officer_id, {"who": people.name_of(row.officer_id), "times": 0, "first": row.at})
        heard["times"] += 1
        heard["last"] = row.at
    return sorted(found.values(), key=lambda heard: heard["first"])


def _units() -> list:
    return [unit for unit in access.register().people.units.values() if unit.klass != "leadership"]


def _units_of(every: list[dict]) -> list:
    by_code = access.register().people.by_code
    return [by_code[code] for code in dict.fromkeys(line["entry"].unit for line in every) if code in by_code]


def _name(line: dict) -> str:
    return line["step"].name if line["step"] else line["entry"].verb
