"""Every naughty string in every text field: stored, shown, searched and exported unchanged and harmless, or refused by
the name of the character."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import count
from urllib.parse import quote

import pytest
from sqlalchemy import select

import workflows
from app.domain import trail
from app.domain.cases import Case
from app.domain.drafts import Draft
from app.domain.people import Officer
from app.domain.privacy import Complainant
from app.domain.views import View
from tests.web.naughty import BLANK, FORBIDDEN, SOUND, chunks

LIMITS = {"title": 300, "facts": 20_000, "source": 120, "outside_number": 200, "klass": 120, "indicator": 120,
          "place": 2000, "redacted": 20_000}
REQUIRED = ("title", "facts", "source")
WHO = ("name", "phone", "firm", "email", "address")
FOREIGN = ("img", "iframe", "object", "embed", "video", "audio", "base", "marquee", "frameset", "xss", "style")
LEADING = ("href", "src", "action", "formaction", "hx-get", "hx-post")
HARMFUL = re.compile(r"[<>&\"'{}\\%]")


def shown(page) -> str:
    """What a reader of the page reads."""
    assert page.status_code == 200, page.status_code
    return html.unescape(page.text)


class Alive(HTMLParser):
    """What a browser would run of a page: elements and attributes that none of our own templates has."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = {name: (value or "").strip().lower() for name, value in attrs}
        if tag in FOREIGN or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        self.found += [v for k, v in given.items() if k in LEADING and not v.startswith(("/", "#"))]


def alive(page: str) -> list[str]:
    return Alive(page).found


@pytest.fixture
def filed(app, browser_of):
    """A complaint for each string; every field of each is another string, so that all have been in all of them."""
    registrar, made = browser_of("registrar"), {}
    for at in range(len(SOUND)):
        fields = {}
        for offset, name in enumerate((*LIMITS, *WHO)):
            text = SOUND[(at + offset) % len(SOUND)]
            fields[name] = text if len(text) <= LIMITS.get(name, 500) else f"第 {at} 件"
        answer = registrar.post("/cases", kind="complaint", **fields)
        assert answer.status_code == 303, (answer.status_code, fields)
        made[answer.location.rpartition("/")[2]] = fields
    return made


def test_every_string_in_every_field_of_a_filing_is_kept_shown_found_and_exported(app, browser_of, filed, ask):
    director = browser_of("director")
    cases = {case.number: case for case in ask(select(Case))}
    kept = {row.case_id: row for row in ask(select(Complainant))}
    for number, fields in filed.items():
        assert {name: getattr(cases[number], name) for name in LIMITS} == {name: fields[name] for name in LIMITS}
        assert all(getattr(kept[cases[number].id], name) == fields[name] for name in WHO)
    _shown_everywhere(director, filed)
    _found(director, filed)
    _exported(director, filed)


def _shown_everywhere(director, filed) -> None:
    for at, (number, fields) in enumerate(filed.items()):
        if at % 10 == 0 or (at % 4 == 0 and HARMFUL.search(fields["facts"])):
            page = director.get(f"/cases/{number}")
            assert all(fields[name] in shown(page) for name in ("title", "facts", "place", "klass")), fields
            assert alive(page.text) == [], fields
    url, seen = "/cases", ""
    while url:
        page = director.get(url)
        assert alive(page.text) == []
        seen += shown(page)
        link = re.search(r'href="(/cases\?[^"]*after=[^"]*)"', page.text)
        url = link and html.unescape(link[1])
    assert [fields["title"] for fields in filed.values() if fields["title"] not in seen] == []


def _found(director, filed) -> None:
    for at, (number, fields) in enumerate(filed.items()):
        sought = f"{number} {fields['title']}"
        if at % 5 == 0 and len(sought) <= 100:
            page = director.get(f"/cases?q={quote(sought)}")
            assert re.findall(r'db-no"><a href="/cases/([^"]+)"', page.text) == [number], fields["title"]
            assert alive(page.text) == []


def _exported(director, filed) -> None:
    answer = director.post("/exports", format="csv", query="")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(filed)
    for row in rows:
        fields = filed[row["问题编号"]]
        for head, name in (("标题", "title"), ("问题描述", "facts"), ("地点", "place"), ("问题来源", "source")):
            cell = row[head]
            assert cell == fields[name] or cell == f"'{fields[name]}", (head, cell)
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), "a spreadsheet would reckon"


def test_what_no_file_can_carry_is_refused_by_name_in_every_field(app, browser_of, ask):
    registrar = browser_of("registrar")
    for text in FORBIDDEN:
        answer = registrar.post("/cases", kind="complaint", **dict.fromkeys((*LIMITS, *WHO), text))
        assert answer.status_code == 422
        for name in (*LIMITS, *WHO):
            assert re.search(rf'id="{name}-error".*?U\+', answer.text, re.S), (name, text)
    for text in BLANK:
        answer = registrar.post("/cases", kind="complaint", **dict.fromkeys(REQUIRED, text))
        assert answer.status_code == 422 and all(f'id="{name}-error"' in answer.text for name in REQUIRED), text
    surrogate = b"csrf_token=" + registrar.token.encode() + b"&kind=complaint&title=%ED%A0%80&facts=x&source=x"
    answer = registrar.client.post("/cases", data=surrogate, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303, "a lone surrogate does not come through a form"
    assert not re.search("[\ud800-\udfff]", ask(select(Case.title))[0])


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize("kind", workflows.every())
def test_every_free_text_of_every_step_keeps_them_all(app, browser_of, prepared, ask, kind):
    """One case of each kind, at each step as far as it can be taken from where it stands, with all of them in it."""
    with prepared() as office:
        case = office.file(kind, **({"origin": office.file()} if kind == "accountability" else {}))
    turn, texts, lines = count(), chunks(9_000), chunks(290)
    lead, liaison, principal = ("jw", "discipline", "discipline_principal") if kind == "accountability" else (
        "zjj", "liaison", "principal")
    plan = [("instruct", "leader"), ("propose_end", "dispatcher"), ("keep_open", "director"),
            *([("set_out", "supervisor")] if kind == "accountability" else []), ("assign", "dispatcher"),
            ("escalate", "director"), ("list", "director"), ("object", liaison), ("overrule", "second_dispatcher"),
            ("start", liaison), ("report", "supporter"), ("call", liaison), ("finish_part", "supporter"),
            ("ask_extension", liaison), ("hand_back", principal), ("ask_pause", liaison), ("withdraw", liaison),
            ("make_standing", "director"), ("take_stock", "supervisor"), ("end_standing", "director"),
            ("submit", liaison), ("sign", principal), ("send_back", "second_dispatcher"), ("submit", liaison),
            ("sign", principal), ("close", "second_dispatcher"), ("reopen", "supervisor")]
    fixed = {"lead": lead, "right_unit": "qx", "unit": "zrzy", "days": "2", "grade": "ordinary", "ground": "refused",
             "supports-0-unit": "zrzy", "supports-0-task": lines[0]}
    for name, username in plan:
        sent = {}
        for ask_ in workflows.get(kind).step[name].asks:
            if ask_.kind in ("text", "line"):
                pool = texts if ask_.kind == "text" else lines
                sent[ask_.name] = pool[next(turn) % len(pool)]
            elif ask_.kind == "choice" and ask_.required:
                sent[ask_.name] = fixed.get(ask_.name, ask_.choices[0][0])
            elif ask_.kind == "day" and ask_.required:
                sent[ask_.name] = day(-1 if ask_.name == "decided_on" else 7)
            elif ask_.kind in ("unit", "support", "count"):
                sent[ask_.name] = fixed[ask_.name]
            elif ask_.kind == "supports":
                sent |= {key: value for key, value in fixed.items() if key.startswith("supports")}
        sent.pop("into", None)
        version = ask(select(Case.version).where(Case.number == case.number))[0]
        answer = browser_of(username).step(case.number, name, seen=version, **sent)
        assert answer.status_code == 303, (name, re.findall(r"error-message.*", answer.text))
        entry = ask(trail.of(case.number))[-1]
        held = {**{v.key: v.value for v in ask(select(trail.Value).where(
            trail.Value.stream == case.number, trail.Value.seq == entry.seq))}, **trail.facts(entry)["answers"]}
        for key, value in sent.items():
            if not key.startswith("supports"):
                assert str(held[key]) == value, (name, key)
    for url in (f"/cases/{case.number}", f"/cases/{case.number}/trail", "/"):
        for username in (liaison, "dispatcher"):
            assert alive(browser_of(username).get(url).text) == []


def test_records_notes_names_views_and_drafts_keep_them_too(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.handed(notes=tuple((text.replace("\n", " ")[:60], text) for text in SOUND[:80]),
                             complainant={"name": "甲"})
    registrar, admin = browser_of("registrar"), browser_of("sysadmin")
    for at, text in enumerate(SOUND[::20]):
        if len(text) <= 80:
            assert admin.post("/officers", username=f"o{at}", name=text, title=text).status_code == 303, text
        if len(text) <= 40:
            assert registrar.post("/views", name=text, query="state=open").status_code == 303, text
        registrar.post(f"/drafts/new/{['complaint', 'finding', 'task'][at % 3]}", title=text, facts=text)
        page = registrar.get("/cases/new?kind=" + ["complaint", "finding", "task"][at % 3])
        assert text in shown(page) and alive(page.text) == []
        for url, form in (("corrections", {"field": "place", "value": text, "reason": text}),
                          ("redaction", {"redacted": text}), ("consent", {"given": "yes", "said": text}),
                          ("identity", {"reason": text})):
            assert registrar.post(f"/cases/{case.number}/{url}", **form).status_code in (200, 303), (url, text)
    wanted = set(SOUND[::20])
    assert {view.name for view in ask(select(View)) if view.officer_id} == {t for t in wanted if len(t) <= 40}
    assert {t for t in wanted if len(t) <= 80} <= set(ask(select(Officer.name))) & set(ask(select(Officer.title)))
    assert all(draft.fields["title"] == draft.fields["facts"] in wanted for draft in ask(select(Draft)))
    for browser, url in ((admin, "/officers"), (registrar, "/cases"), (registrar, "/"),
                         (browser_of("logadmin"), "/officers"), (registrar, f"/cases/{case.number}"),
                         (registrar, f"/cases/{case.number}/trail"),
                         (registrar, f"/cases/{case.number}/records")):
        assert alive(browser.get(url).text) == [], url
    assert all(text in shown(registrar.get(f"/cases/{case.number}")) for text in SOUND[:80])


def test_names_of_people_and_views_are_refused_like_any_other_text(app, browser_of, ask):
    for text in (*FORBIDDEN, *BLANK):
        for fields in ({"username": "x", "name": text}, {"username": text, "name": "甲"}):
            assert browser_of("sysadmin").post("/officers", **fields).status_code == 422, text
        assert browser_of("registrar").post("/views", name=text, query="").status_code == 422, text
    for text in FORBIDDEN:
        assert browser_of("sysadmin").post("/officers", username="x", name="甲", title=text).status_code == 422, text
        handed = browser_of("secadmin").post("/officers/liaison/handover", successor="county", reason=text)
        assert handed.status_code == 422, text
        for fields in ({"successor": text}, {"successor": "county", "reason": " "}):
            answer = browser_of("secadmin").post("/officers/liaison/handover", **fields)
            assert answer.status_code in (404, 422)
        assert browser_of("secadmin").post("/officers/liaison/posts", post=text, unit=text).status_code in (404, 422)
    assert "x" not in ask(select(Officer.username))
