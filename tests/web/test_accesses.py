"""The access log at the door: who came in, was turned away, looked, or took something along; read by two posts only."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.domain import accesses, trail
from app.domain.accesses import Access
from app.domain.cases import Case, Naming
from app.domain.trail import Entry
from app.extensions import db
from app.web import porter
from tests.conftest import PASSWORD
from tests.web.conftest import HTMX
from tests.web.test_sessions import Visitor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def noted(app):
    """What the log holds once everything noted has been handed over."""

    def rows(*kinds: str) -> list:
        app.extensions["porter"].hand_over()
        with app.app_context():
            query = select(*accesses.COLUMNS).order_by(Access.at, Access.id)
            found = db.session.execute(query).all()
            db.session.remove()
        return [row for row in found if not kinds or row.kind in kinds]

    return rows


def seal(app, number: str, *named: str) -> None:
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        case = db.session.scalar(select(Case).where(Case.number == number))
        case.sealed = True
        for username in named:
            officer = db.session.execute(text("SELECT id FROM officers WHERE username = :u"), {"u": username}).scalar()
            db.session.add(Naming(case_id=case.id, officer_id=officer))
        db.session.commit()
        db.session.remove()


@pytest.fixture
def case(prepared):
    with prepared() as office:
        return office.at_work(complainant={"name": "王建国", "phone": "13800001234"}).number


# --- coming in and going out -----------------------------------------------------------------------------------------


def test_signing_in_and_out_is_noted_with_address_and_device(app, noted):
    visitor = Visitor(app, address="10.1.2.3")
    visitor.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    assert visitor.sign_in("liaison", "wrong password").status_code == 422
    assert visitor.sign_in("liaison").status_code == 303
    form = {"csrf_token": visitor.token("/password")}
    visitor.client.post("/logout", data=form, environ_overrides={"REMOTE_ADDR": "10.1.2.3"})
    rows = noted()
    assert [(row.kind, row.username, row.address, row.device) for row in rows] == [
        (kind, "liaison", "10.1.2.3", FIREFOX) for kind in ("sign_in_failed", "sign_in", "sign_out")]


def test_what_is_typed_for_an_account_that_is_not_there_is_never_kept(app, noted):
    """It could be a password in the wrong field."""
    visitor = Visitor(app)
    for _ in range(4):
        visitor.sign_in("a secret in the wrong field", "x")
    rows = noted()
    assert [row.kind for row in rows] == ["sign_in_failed"] * 4 and rows[-1].detail == "slowed"
    assert not any("secret" in str(value) for row in rows for value in row)


@pytest.mark.parametrize(("proxies", "address"), [(0, "10.0.0.1"), (1, "7.7.7.7"), (2, "6.6.6.6")])
def test_the_address_is_the_one_before_as_many_proxies_as_there_are(app, tmp_path, noted, proxies, address):
    behind = create_app(data=tmp_path, database_url=app.config["SQLALCHEMY_DATABASE_URI"], proxies=proxies,
                        testing=True)
    visitor = Visitor(behind)
    visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 7.7.7.7"
    assert visitor.sign_in("liaison").status_code == 303
    assert [row.address for row in noted("sign_in")] == [address]
    with behind.app_context():
        db.engine.dispose()


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_refusal_is_noted_with_what_was_asked(app, browser_of, noted):
    browser_of("liaison").get("/officers")
    browser_of("liaison").post("/officers", username="x", name="y")
    assert [(row.username, row.unit, row.place, row.detail) for row in noted("refused")] == [
        ("liaison", "zjj", "officers.index", "GET"), ("liaison", "zjj", "officers.create", "POST")]


def test_what_is_there_but_not_to_be_seen_and_what_is_not_there_differ_in_the_log_only(app, browser_of, case, noted):
    outsider = browser_of("outsider")
    there, nowhere = outsider.get(f"/cases/{case}"), outsider.get("/cases/TS-2026-9998")
    strip = lambda page: page.text.replace(case, "").replace("TS-2026-9998", "")  # noqa: E731
    assert (there.status_code, nowhere.status_code) == (404, 404) and strip(there) == strip(nowhere)
    assert [(row.username, row.case_number) for row in noted("hidden")] == [("outsider", case)]


def test_files_and_papers_and_units_that_are_not_for_him_are_told_apart_too(app, browser_of, case, noted):
    outsider = browser_of("outsider")
    for address in ("/units/zjj", "/units/nowhere", "/notices/99999", f"/cases/{case}/files/1", f"/cases/{case}/trail"):
        assert outsider.get(address).status_code == 404
    assert [(row.place, row.case_number) for row in noted("hidden")] == [
        ("units.show", None), ("files.show", case), ("trail.show", case)]


def test_a_thousand_knocks_a_second_are_one_row(app, browser_of, noted):
    outsider = browser_of("outsider")
    for _ in range(30):
        outsider.get("/officers")
    assert [row.times for row in noted("refused")] == [30]


# --- looking ---------------------------------------------------------------------------------------------------------


def test_an_ordinary_view_is_not_noted_and_an_auditors_is(app, browser_of, case, noted):
    for username in ("liaison", "director", "auditor"):
        assert browser_of(username).get(f"/cases/{case}").status_code == 200
    browser_of("auditor").get("/trail?q=某个姓名&who=liaison&utm=secret")
    rows = noted()
    assert {row.username for row in rows} == {"auditor"}
    assert [(row.place, row.case_number, row.detail) for row in rows if row.place != "sessions.edit"] == [
        ("cases.show", case, None), ("trail.index", None, "q, who")]
    assert not any("姓名" in str(value) or "secret" in str(value) for row in rows for value in row)


def test_looking_at_a_sealed_case_or_at_an_identity_is_noted(app, browser_of, case, noted):
    director = browser_of("dispatcher")
    assert director.post(f"/cases/{case}/identity", reason="电话核实").status_code == 200
    seal(app, case, "dispatcher")
    director.get(f"/cases/{case}")
    assert [(row.kind, row.username, row.case_number) for row in noted()] == [
        ("unmasked", "dispatcher", case), ("sealed", "dispatcher", case)]


def test_an_export_is_noted_with_its_entry_and_a_setting_with_its_change(app, browser_of, case, noted):
    assert browser_of("director").post("/exports", format="csv", query="q=厂房").status_code == 200
    browser_of("sysadmin").post("/officers", username="new", name="新人")
    browser_of("sysadmin").post("/officers", username="", name="")
    assert [(row.kind, row.username, row.place, row.detail) for row in noted("export", "setting")] == [
        ("export", "director", "exports.create", "csv · 1"), ("setting", "sysadmin", "officers.create", None)]


def test_nothing_that_must_not_be_there_is_ever_there(app, browser_of, client_of, prepared, noted):
    with prepared() as office:
        number = office.at_work(title="保密标题甲", complainant={"name": "王建国"}).number
    for username in ("auditor", "outsider", "director"):
        for address in ("/cases?q=保密标题甲", f"/cases/{number}?q=王建国", "/trail?q=王建国",
                        "/feed/feedtoken123.ics", "/nowhere/王建国"):
            browser_of(username).get(address)
            browser_of(username).get(address, headers=HTMX)
    said = " ".join(str(value) for row in noted() for value in row)
    for secret in ("保密", "王建国", "feedtoken", "csrf", "Cookie", PASSWORD):
        assert secret not in said


# --- the porter ------------------------------------------------------------------------------------------------------


def test_a_reading_request_writes_nothing_itself(app, browser_of, case, ask):
    browser_of("auditor").get(f"/cases/{case}")
    assert ask(select(func.count()).select_from(Access)) == [0]
    assert len(app.extensions["porter"].waiting) >= 1
    assert app.extensions["porter"].hand_over() >= 1
    assert app.extensions["porter"].hand_over() == 0


def test_what_the_database_does_not_take_is_kept_and_tried_again(app, browser_of, case, noted, monkeypatch):
    notes = app.extensions["porter"]
    browser_of("auditor").get(f"/cases/{case}")
    held = len(notes.waiting)

    class Away:
        def keep(self, *_):
            raise OperationalError("away", None, Exception())

    monkeypatch.setattr(porter, "office", Away())
    with pytest.raises(OperationalError):
        notes.hand_over()
    monkeypatch.undo()
    assert len(notes.waiting) == held
    assert [row.place for row in noted()][-1] == "cases.show"


def test_what_is_lost_in_the_end_is_said(app, browser_of, case, noted, monkeypatch):
    monkeypatch.setattr(porter, "MOST", 3)
    for _ in range(5):
        browser_of("outsider").get("/officers")
    kept = noted()
    assert [(row.kind, row.times) for row in kept if row.kind == "refused"] == [("refused", 3)]
    assert [row.detail for row in kept if row.kind == "lost"] == ["2"]


def test_its_own_thread_hands_over_within_seconds(app, databases, tmp_path):
    """As in service, where nobody asks for it."""
    served = create_app(data=tmp_path, database_url=app.config["SQLALCHEMY_DATABASE_URI"])
    threads = threading.active_count()
    with served.test_request_context("/officers"):
        porter.note("refused", username="liaison")
    assert threading.active_count() == threads + 1
    until = time.monotonic() + 10
    count = 0
    while not count and time.monotonic() < until:
        time.sleep(0.2)
        with served.app_context():
            count = db.session.scalar(select(func.count()).select_from(Access).where(Access.username == "liaison"))
            db.session.remove()
    assert count == 1
    with served.app_context():
        db.engine.dispose()


# --- reading it ------------------------------------------------------------------------------------------------------


def put(app, count: int, **more) -> None:
    at = datetime.now(UTC)
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        db.session.execute(insert(Access), [
            accesses.row("refused", at=at - timedelta(minutes=i), username="liaison", place="officers.index") | more
            for i in range(count)])
        db.session.commit()
        db.session.remove()


def test_it_is_read_by_the_log_administrator_and_auditors_only(app, browser_of):
    for username, code in (("logadmin", 200), ("auditor", 200), ("sysadmin", 403), ("secadmin", 403),
                           ("director", 403), ("leader", 403), ("liaison", 403)):
        assert browser_of(username).get("/accesses").status_code == code, username
        assert browser_of(username).post("/accesses/exports", format="csv").status_code == code, username


def test_it_is_paged_by_key_and_every_row_is_shown_once(app, browser_of):
    put(app, 120)
    logadmin, seen, url = browser_of("logadmin"), 0, "/accesses?kind=refused"
    for _page in range(4):
        page = logadmin.get(url).text
        seen += page.count("<tr><td")
        if "after=" not in page:
            break
        url = re.search(r'href="(/accesses\?kind=refused&amp;after=[^"]+)"', page)[1].replace("&amp;", "&")
    assert seen == 120


@pytest.mark.parametrize("after", ["x", "~1", "2026-01-01~1", "2026-01-01T00:00:00+00:00~99999999999", "é~²", "~"])
def test_a_key_that_is_none_shows_the_first_page(app, browser_of, after):
    put(app, 3)
    assert browser_of("logadmin").get("/accesses", query_string={"after": after}).status_code == 200


def test_it_is_filtered_by_person_kind_time_and_case(app, browser_of, case):
    put(app, 2)
    put(app, 1, username="director", kind="read", case_number=case)
    put(app, 1, username="principal", at=datetime.now(UTC) - timedelta(days=40))
    logadmin = browser_of("logadmin")
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    for query, rows in (("who=liaison", 2), ("who=周敏", 2), ("kind=read&who=director", 1), (f"case={case}", 1),
                        (f"who=principal&since={today}", 0), ("who=nobody", 0), ("kind=nonsense&who=principal", 1),
                        (f"who=principal&until={today - timedelta(days=30)}", 1), ("who=liaison&since=31-31", 2),
                        ("who=liaison&until=9999-12-31&since=0001-01-01", 2)):
        page = logadmin.get(f"/accesses?{query}", headers=HTMX).text
        assert page.count("<tr><td") == rows, query
        assert page.startswith('<div id="accesses-rows">')


def test_a_sealed_case_has_no_number_here_for_who_is_not_named_on_it(app, browser_of, case, noted):
    browser_of("dispatcher")
    seal(app, case, "dispatcher")
    browser_of("dispatcher").get(f"/cases/{case}")
    app.extensions["porter"].hand_over()
    for username in ("logadmin", "auditor"):
        page = browser_of(username).get("/accesses").text
        assert case not in page and "密封件" in page
        assert browser_of(username).get(f"/accesses?case={case}", headers=HTMX).text.count("<tr><td") == 0
        export = browser_of(username).post("/accesses/exports", format="csv", query="").data.decode("utf-8-sig")
        assert case not in export and "密封件" in export


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_taking_it_along_is_an_entry_and_an_access(app, browser_of, noted, ask, format):
    put(app, 5, device="=cmd|' /C calc'!A0")
    answer = browser_of("auditor").post("/accesses/exports", format=format, query="who=liaison&kind=refused")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=accesses-2")
    last = ask(select(Entry).where(Entry.stream == trail.OFFICE).order_by(Entry.seq.desc()).limit(1))[0]
    facts = trail.facts(last)
    assert (last.verb, last.actor, facts["rows"], facts["filter"]) == (
        "accesses_exported", "auditor", 5, "who=liaison&kind=refused")
    assert noted("export")[-1].detail == f"{format} · 5 · office {last.seq}"
    if format == "csv":
        lines = answer.data.decode("utf-8-sig").splitlines()
        assert len(lines) == 6 and lines[1].endswith("'=cmd|' /C calc'!A0")


def test_a_format_that_is_none_is_refused_and_nothing_is_recorded(app, browser_of, ask):
    before = ask(select(func.count()).select_from(Entry))
    assert browser_of("logadmin").post("/accesses/exports", format="pdf").status_code == 422
    assert ask(select(func.count()).select_from(Entry)) == before
