"""The gate: the outsider gets nowhere, writes come from our own pages, and every answer says how it may be used."""

import io
import re
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import create_app
from app.domain import errands
from app.domain.cases import Case
from app.domain.files import Shelf
from app.domain.lookbacks import Lookback
from app.domain.people import Post, SignIn
from app.domain.trail import Entry
from app.domain.views import View
from app.office import notices, people, records
from tests.conftest import PASSWORD
from tests.web.conftest import HTMX

PUBLIC = {"sessions.new", "sessions.create", "language.show", "health.show", "health.metrics", "feeds.show"}
OWN = {  # what everybody who is signed in has of his own: there is nothing of others' behind it
    "calendar.index": "the published calendar, which is everybody's", "desk.index": "his desk",
    "notices.index": "his units' notices", "cases.index": "his units' cases", "drafts.create": "his drafts",
    "views.create": "his views", "exports.create": "his units' cases", "sessions.destroy": "his session",
    "sessions.edit": "his password", "sessions.update": "his password",
    "delivery.show": "how he is told", "delivery.update": "how he is told", "delivery.create": "how he is told",
    "holdings.index": "his units' cases",
    "feeds.create": "his calendar", "feeds.destroy": "his calendar",
}
# (endpoint, method, address, form, what the outsider is told); {…} is filled in from `scene`.
CLOSED = [
    ("accesses.create", "POST", "/accesses/exports", {"format": "csv"}, 403),
    ("accesses.index", "GET", "/accesses", {}, 403),
    ("assignments.new", "GET", "/assignments?case={number}", {}, 403),
    ("assignments.create", "POST", "/assignments", {"case": "{number}"}, 403),
    ("attached.show", "GET", "/cases/{number}/attached", {}, 404),
    ("calendar.create", "POST", "/calendar", {"what": "own", "on": "2026-12-01", "name": "x", "reason": "x"}, 403),
    ("calendar.show", "GET", "/calendar/changes/{errand}", {}, 403),
    ("cases.show", "GET", "/cases/{number}", {}, 404),
    ("dossiers.create", "POST", "/cases/{number}/dossiers", {}, 404),
    ("dossiers.file", "GET", "/cases/{number}/dossiers/{errand}/file", {}, 404),
    ("dossiers.show", "GET", "/cases/{number}/dossiers/{errand}", {}, 404),
    ("files.create", "POST", "/cases/{number}/files", {"purpose": "evidence"}, 404),
    ("files.show", "GET", "/cases/{number}/files/{file}", {}, 404),
    ("files.strike", "POST", "/cases/{number}/files/{file}/strike", {"reason": "x"}, 404),
    ("filing.create", "POST", "/cases", {"kind": "complaint", "title": "x", "facts": "x", "source": "x"}, 403),
    ("filing.new", "GET", "/cases/new", {}, 403),
    ("imports.blank", "GET", "/imports/blank/complaint.xlsx", {}, 403),
    ("imports.create", "POST", "/imports", {"kind": "complaint"}, 403),
    ("imports.index", "GET", "/imports", {}, 403),
    ("imports.show", "GET", "/imports/{errand}", {}, 403),
    ("influences.create", "POST", "/influences", {"method": "talk", "months": "6"}, 403),
    ("influences.index", "GET", "/influences", {}, 403),
    ("ladder.create", "POST", "/ladder", {"after-1": "2", "look": "1"}, 403),
    ("ladder.index", "GET", "/ladder", {}, 403),
    ("lookbacks.create", "POST", "/lookbacks", {"since": "2026-01-01", "until": "2026-01-31", "share": "15"}, 403),
    ("lookbacks.draw", "POST", "/lookbacks/{lookback}/draw", {}, 403),
    ("looks.edit", "GET", "/lookbacks/{lookback}/cases/{number}", {}, 403),
    ("looks.hand", "POST", "/lookbacks/{lookback}/cases/{number}/hand", {"to": "supervisor"}, 403),
    ("lookbacks.index", "GET", "/lookbacks", {}, 403),
    ("lookbacks.population", "GET", "/lookbacks/{lookback}/population", {}, 403),
    ("lookbacks.show", "GET", "/lookbacks/{lookback}", {}, 403),
    ("looks.update", "POST", "/lookbacks/{lookback}/cases/{number}", {"result": "held", "finding": "x"}, 403),
    ("notices.act", "POST", "/notices/{notice}/acts", {"act": "sign"}, 404),
    ("notices.create", "POST", "/notices", {"node": "{node}", "form": "urge", "requirement": "x"}, 403),
    ("notices.new", "GET", "/notices/new?node={node}", {}, 403),
    ("notices.paper", "GET", "/notices/{notice}/paper.docx", {}, 404),
    ("notices.show", "GET", "/notices/{notice}", {}, 404),
    ("notices.sign", "POST", "/notices/signatures", {"notice": "{notice}"}, 404),
    ("officers.create", "POST", "/officers", {"username": "new", "name": "新"}, 403),
    ("officers.end", "POST", "/officers/director/posts/{post}/end", {}, 403),
    ("officers.give", "POST", "/officers/outsider/posts", {"post": "director", "unit": "ysb"}, 403),
    ("officers.hand_over", "POST", "/officers/director/handover", {"successor": "outsider", "reason": "x"}, 403),
    ("officers.index", "GET", "/officers", {}, 403),
    ("overdue.act", "POST", "/overdue/acts", {"act": "urge", "node": "{node}"}, 403),
    ("overdue.index", "GET", "/overdue", {}, 403),
    ("reasons.show", "GET", "/cases/{number}/why/1", {}, 404),
    ("records.consent", "POST", "/cases/{number}/consent", {"given": "yes", "said": "x"}, 404),
    ("records.correct", "POST", "/cases/{number}/corrections", {"field": "title", "value": "x", "reason": "x"}, 404),
    ("records.identity", "POST", "/cases/{number}/identity", {"reason": "x"}, 404),
    ("records.index", "GET", "/cases/{number}/records", {}, 404),
    ("records.redact", "POST", "/cases/{number}/redaction", {"redacted": "x"}, 404),
    ("rules.create", "POST", "/rules", {"take": "x"}, 403),
    ("rules.index", "GET", "/rules", {}, 403),
    ("settings.index", "GET", "/settings", {}, 403),
    ("settings.update", "POST", "/settings/separated", {"value": "on", "basis": "x"}, 403),
    ("steps.create", "POST", "/cases/{number}/steps", {"step": "start", "seen": "{version}"}, 404),
    ("steps.show", "GET", "/cases/{number}/steps/start", {}, 404),
    ("trail.index", "GET", "/trail", {}, 403),
    ("trail.show", "GET", "/cases/{number}/trail", {}, 404),
    ("units.show", "GET", "/units/zjj", {}, 404),
    ("uploads.create", "POST", "/imports/files/{sha256}", {"kind": "complaint"}, 403),
    ("uploads.show", "GET", "/imports/files/{sha256}?kind=complaint", {}, 403),
    ("verifications.create", "POST", "/trail/verification", {}, 403),
    ("verifications.index", "GET", "/trail/verification", {}, 403),
    ("verifications.show", "GET", "/trail/checkpoint", {}, 403),
    ("views.destroy", "POST", "/views/{view}/removal", {}, 404),
]
WRITES = sorted({(endpoint, address) for endpoint, method, address, _form, _code in CLOSED if method == "POST"} | {
    ("drafts.create", "/drafts/new/complaint"), ("views.create", "/views"), ("exports.create", "/exports"),
    ("delivery.update", "/delivery"), ("delivery.create", "/delivery/tests"), ("feeds.create", "/delivery/feed"),
    ("feeds.destroy", "/delivery/feed/removal"),
    ("sessions.destroy", "/logout"), ("sessions.update", "/password"), ("sessions.create", "/login")})


def endpoints(app) -> dict[str, str]:
    """Every endpoint there is, with its method."""
    return {rule.endpoint: "POST" if "POST" in rule.methods else "GET" for rule in app.url_map.iter_rules()}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return create_app(data=tmp_path_factory.mktemp("house"), testing=True)


@pytest.fixture
def scene(app, prepared):
    """A case at work with everything on it that an address can name."""
    with prepared() as office:
        case = office.at_work()
        kept = Shelf(app.extensions["settings"].files).keep([b"%PDF-1.7 secret plans"], "秘密.pdf")
        words = {"by": office.by("liaison"), "at": office.now, "words": str}
        file = records.attach(office.session, case, kept, purpose="evidence", register=office.register, **words)
        office.session.add(view := View(officer_id=office.by("director").id, name="他的", query="state=open"))
        errand = errands.ask(office.session, "ledger_import", {}, at=office.now, by=words["by"].id)
        office.session.flush()
        post = office.session.scalar(select(Post.id).where(Post.officer_id == office.by("director").id))
        node = office.nodes(case)["handle"]
        paper = notices.prepare(office.session, "supervise", [(case, node)], requirement="竣工整改",
                                **(words | {"by": office.by("supervisor")}), register=office.register)
        office.session.add(lot := Lookback(
            year=2026, serial=1, since=office.today, until=office.today, share=15, musts=[], count=1, announced_seq=1,
            announced_at=office.now, announced_by_id=office.by("supervisor").id))
        office.session.flush()
        return {"lookback": lot.id, "node": node.id, "notice": paper.id, "number": case.number, "version": case.version,
                "file": file.id, "view": view.id, "post": post,
                "errand": errand.id, "sha256": kept.sha256}


def test_every_endpoint_is_on_one_of_the_three_lists(house):
    closed = {(endpoint, method) for endpoint, method, *_ in CLOSED}
    assert set(endpoints(house)) == PUBLIC | set(OWN) | {endpoint for endpoint, _ in closed}
    assert closed <= set(endpoints(house).items())
    assert {endpoint for endpoint, _ in WRITES} == {e for e, method in endpoints(house).items() if method == "POST"}


def test_public_endpoints_are_those_on_the_list(house):
    assert {e for e in endpoints(house) if getattr(house.view_functions[e], "is_public", False)} == PUBLIC


def test_who_is_not_signed_in_is_sent_to_sign_in_everywhere_else(app, scene):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)[1]
    own = [("GET", "/"), ("GET", "/notices"), ("GET", "/cases"), ("GET", "/password")]
    for method, address in own + [(m, a) for _e, m, a, _f, _c in CLOSED] + [("POST", a) for _e, a in WRITES]:
        if address == "/login":
            continue
        plain = client.open(address.format(**scene), method=method, data={"csrf_token": token})
        assert (plain.status_code, plain.location.partition("?")[0]) == (303, "/login"), address
        htmx = client.open(address.format(**scene), method=method, data={"csrf_token": token}, headers=HTMX)
        assert (htmx.status_code, htmx.text) == (401, ""), address
        assert htmx.headers["HX-Redirect"].partition("?")[0] == "/login"


def test_the_outsider_gets_nowhere(app, browser_of, scene, ask):
    """He is signed in, as the liaison of a unit that has nothing to do with the case."""
    outsider, entries = browser_of("outsider"), select(func.count()).select_from(Entry)
    before = ask(entries)
    for endpoint, method, address, form, code in CLOSED:
        fields = {name: value.format(**scene) for name, value in form.items()}
        for headers in ({}, HTMX):
            if method == "GET":
                answer = outsider.get(address.format(**scene), headers=headers)
            else:
                answer = outsider.post(address.format(**scene), headers=headers, **fields)
            assert (endpoint, answer.status_code) == (endpoint, code)
            assert "竣工" not in answer.text and "秘密" not in answer.text
    assert ask(entries) == before
    assert len(ask(select(View))) == 1


def test_what_is_everybodys_own_holds_nothing_of_others(app, browser_of, scene, ask):
    outsider = browser_of("outsider")
    for page in ("/", "/cases", "/cases?q=竣工", f"/cases?q={scene['number']}", "/cases?unit=zjj&state=open"):
        answer = outsider.get(page)
        assert answer.status_code == 200 and "竣工联合" not in answer.text.replace("竣工”", ""), page
    export = outsider.post("/exports", format="csv", query="")
    assert export.status_code == 200 and len(export.data.decode("utf-8-sig").splitlines()) == 1
    outsider.post(f"/drafts/{scene['number']}/start", plan="x")
    assert browser_of("liaison").get("/").text.count(f"/cases/{scene['number']}/steps/start") == 0


def test_whoever_may_only_look_changes_nothing(app, browser_of, scene, ask):
    before = ask(select(func.count()).select_from(Entry))
    onlookers = ("auditor", "leader", "sysadmin", "logadmin")
    for username, (endpoint, method, address, form, _code) in product(onlookers, CLOSED):
        taking = username == "auditor" and endpoint in ("dossiers.create", "verifications.create")  # it changes nothing
        if method == "POST" and not taking and not endpoint.startswith(("officers", "views", "accesses")):
            fields = {name: value.format(**scene) for name, value in form.items()}
            if endpoint == "files.create":
                fields["file"] = (io.BytesIO(b"%PDF-1.7 x"), "x.pdf")
            answer = browser_of(username).post(address.format(**scene), **fields)
            assert (endpoint, answer.status_code) in {(endpoint, 403), (endpoint, 404)}
    assert ask(select(func.count()).select_from(Entry)) == before


def test_without_the_token_of_this_session_nothing_is_written(app, browser_of, scene, ask):
    before = ask(select(func.count()).select_from(Entry)), len(ask(select(SignIn)))
    director, other = browser_of("director"), browser_of("registrar")
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}, {"csrf_token": other.token}):
        for _endpoint, address in WRITES:
            answer = director.client.post(address.format(**scene), data=token)
            assert answer.status_code == 400 and "csrf" not in answer.text.lower().replace("csrf_token", ""), address
    assert director.get("/").status_code == 200, "he is not signed out either"
    assert (ask(select(func.count()).select_from(Entry)), len(ask(select(SignIn)))) == (before[0], before[1] + 2)


def test_from_another_origin_nothing_is_written(app, browser_of, scene, ask):
    director = browser_of("director")
    for name, value in (("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"),
                        ("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost.evil.example"),
                        ("Origin", "http://localhost:81")):
        for _endpoint, address in WRITES:
            answer = director.post(address.format(**scene), headers={name: value}, reason="x")
            assert answer.status_code == 403, (address, value)
    assert [case.version for case in ask(select(Case))] == [scene["version"]]


def test_from_our_own_pages_it_is(app, browser_of):
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        assert browser_of("registrar").post("/drafts/new/task", headers=headers, title="t").status_code == 303


def test_every_answer_says_how_it_may_be_used(app, browser_of, scene):
    liaison = browser_of("liaison")
    answers = [liaison.get(url) for url in ("/", "/cases", f"/cases/{scene['number']}", "/nowhere", "/password")]
    answers += [app.test_client().get(url) for url in ("/login", "/healthz", "/cases", "/language/xx")]
    answers += [liaison.client.post("/views"), liaison.post("/views", name=""), liaison.client.delete("/cases")]
    answers += [liaison.get(f"/cases/{scene['number']}/files/{scene['file']}")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy and "http" not in policy
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]


def test_pages_hold_nothing_that_the_policy_forbids(app, browser_of, scene):
    director, liaison = browser_of("director"), browser_of("liaison")
    pages = [director.get(url).text for url in ("/", "/cases", "/overdue", "/trail", f"/cases/{scene['number']}")]
    pages += [liaison.get(url).text for url in ("/", "/units/zjj", f"/cases/{scene['number']}/steps/submit")]
    for page in pages:
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|javascript:", page)
        assert not re.search(r'(src|href|action|hx-\w+)="(https?:)?//', page)


def test_the_cookie_is_for_this_host_alone_and_for_no_script(app, tmp_path, databases):
    secure = create_app(data=tmp_path, database_url=app.config["SQLALCHEMY_DATABASE_URI"], testing=True,
                        url="https://duban.example")
    for each, is_secure in ((app, False), (secure, True)):
        cookie = each.test_client().get("/login", base_url=each.extensions["settings"].url).headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie
        assert ("Secure" in cookie) is is_secure


def test_a_post_that_ended_a_moment_ago_takes_no_step(app, browser_of, scene, prepared):
    liaison = browser_of("liaison")
    with prepared() as office:
        officer = people.officer_called(office.session, "liaison")
        post = office.session.scalar(select(Post).where(Post.officer_id == officer.id))
        people.end_post(office.session, officer, post, by=office.by("secadmin"), at=office.now, words=str)
    answer = liaison.step(scene["number"], "report", seen=scene["version"], progress="刚打的字")
    assert answer.status_code == 401 and 'href="/login"' in answer.text and 'value="刚打的字"' in answer.text


def test_an_address_that_leads_nowhere_is_not_found_and_no_fault(app, browser_of):
    for address in (
        "/cases/TS-2026-9999", "/cases/..%2f..%2fetc", "/cases/%00", "/cases/1/files/99999999999999999999",
        "/cases/1/files/-1", "/imports/2147483648", "/units/%00", "/units/' OR 1=1 --", "/cases/<script>", "/static/x",
        "/%2e%2e/wsgi.py", "/cases/\ufffd", "/imports/blank/..%2fx.xlsx", "/imports/files/" + "0" * 64,
        "/cases/" + "9" * 5000,
    ):
        answer = browser_of("registrar").get(address)
        assert (answer.status_code, "<script>" in answer.text) == (404, False), address


def test_wrong_methods_are_refused_with_those_that_work(app, browser_of):
    answer = browser_of("registrar").client.get("/logout")
    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (405, True)


def test_no_template_passes_anything_on_unescaped():
    """Markup is made by code that escapes; a template that says safe would be a way round it."""
    found = [path for path in Path("templates").rglob("*.html") if re.search(r"\|\s*safe|autoescape", path.read_text())]
    assert found == []
    assert PASSWORD not in "".join(path.read_text() for path in Path("templates").rglob("*.html"))
