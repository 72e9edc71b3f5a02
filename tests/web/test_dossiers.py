"""A dossier through the door: asked for, packed by the worker, taken away, and checked by the program it brings."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text

from app import binding, jobs, sealing, worker
from app.domain import checkpoints, people, seals, trail
from app.domain.cases import Naming
from app.domain.errands import Errand
from app.domain.files import Shelf
from app.domain.trail import Value
from app.extensions import db
from app.office import dossiers, notices, records, witnessing
from app.office import people as office_people
from tests.witnesses import Witness

PDF, NAME, PHONE = b"%PDF-1.7 secret plans", "冯小满", "13800001234"


@pytest.fixture
def number(app, prepared):
    """A complaint at work with everything that can hang on it: complainant, evidence, a report, an issued notice."""
    with prepared() as office:
        case = office.at_work(complainant={"name": NAME, "phone": PHONE}, notes=(("备注", "领导批示"),))
        shelf, more = Shelf(app.extensions["settings"].files), {"at": office.now, "words": str}
        records.attach(office.session, case, shelf.keep([PDF], "图纸 终稿.PDF"), purpose="evidence",
                       by=office.by("liaison"), register=office.register, **more)
        office.step(case, "report", "liaison", progress="第一行\n第二行 <b>")
        issue(office, [(case, office.nodes(case)["handle"])])
    return case.number


def issue(office, nodes):
    more = {"at": office.now, "words": str, "register": office.register}
    paper = notices.prepare(office.session, "supervise", nodes, requirement="五日内整改", by=office.by("supervisor"),
                            **more)
    notices.sign(office.session, paper, seen=paper.version, by=office.by("director"), **more)
    return paper


@pytest.fixture(autouse=True)
def empty(app):
    """No dossiers of other tests."""
    shutil.rmtree(app.extensions["settings"].dossiers, ignore_errors=True)


@pytest.fixture
def work(app):
    """Let the worker carry out one errand."""
    def work():
        with app.app_context():
            assert jobs.one(app)

    return work


@pytest.fixture
def take(browser_of, work):
    """Ask as the auditor, let the worker pack it, download it."""
    def take(number: str, username: str = "auditor", **fields) -> zipfile.ZipFile:
        auditor = browser_of(username)
        asked = auditor.post(f"/cases/{number}/dossiers", **fields)
        assert asked.status_code == 303, asked.text
        work()
        page = auditor.get(asked.location)
        assert f'href="{asked.location}/file"' in page.text, page.text
        return zipfile.ZipFile(io.BytesIO(auditor.get(asked.location + "/file").data))

    return take


@pytest.fixture
def checked(tmp_path):
    """What verify.py says in an empty folder: its exit code and the sentences on what does not hold."""
    def checked(package: zipfile.ZipFile, *arguments: str) -> tuple[int, list[str]]:
        folder = tmp_path / f"unpacked-{len(list(tmp_path.iterdir()))}"
        package.extractall(folder)
        ran = subprocess.run([sys.executable, "-I", "verify.py", "--lang", "en", *arguments], cwd=folder, timeout=60,
                             capture_output=True, text=True)
        assert ran.stderr == ""
        return ran.returncode, re.findall("✗ (.*)", ran.stdout)

    return checked


@pytest.fixture
def meddle(app):
    """Somebody with every right on the database: triggers off, one statement, triggers on."""
    def meddle(statement: str, **given) -> None:
        engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
        dialect = engine.dialect.name
        with engine.begin() as connection:
            if dialect == "sqlite":
                for name in seals.names(dialect):
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(text("SET session_replication_role = replica"))
            assert connection.execute(text(statement), given).rowcount > 0
            if dialect == "sqlite":
                for made in seals.triggers(dialect):
                    connection.execute(text(made))
        engine.dispose()

    return meddle


def members(package: zipfile.ZipFile) -> dict[str, bytes]:
    return {name: package.read(name) for name in package.namelist()}


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_what_is_taken_away_holds_against_the_key_of_the_office_and_against_no_other(app, number, take, checked):
    package = take(number)
    with app.app_context():
        key = str(sealing.signing()[0].verifier)
    assert checked(package) == (0, []) == checked(package, "--key", key)
    other = key.replace("duban.local", "elsewhere")
    assert checked(package, "--key", other)[0] == 1
    assert package.read("key.txt").decode() == key + "\n"


def test_it_holds_the_case_its_evidence_its_papers_and_the_account(number, take):
    found = members(take(number))
    assert found["files/0004.pdf"] == PDF and found["papers/0001.docx"].startswith(b"PK")
    entries = [json.loads(line) for line in found["entries.jsonl"].splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1)) and entries[0]["stream"] == number
    assert {span["holder"] for span in json.loads(found["holdings.json"])} == {"lead"}
    account = found["account.html"].decode()
    for said in (number, "孟繁", "市审计局", "第二行 &lt;b&gt;", "图纸 终稿.PDF", "领导批示", 'href="papers/0001.docx"',
                 'href="files/0004.pdf"', *(hashlib.sha256(line).hexdigest() for line in
                                            found["entries.jsonl"].splitlines())):
        assert said in account, said
    assert not re.search(r"<script|(src|href)=.https?:|url\(|@import", account), "it stands by itself"


def test_the_sealed_bytes_are_those_of_the_trail(number, take, ask):
    raw = take(number).read("entries.jsonl").splitlines()
    assert [hashlib.sha256(line).hexdigest() for line in raw] == [entry.seal for entry in ask(trail.of(number))]


def test_asking_and_taking_are_entries_of_the_office(number, take, ask):
    found = members(take(number))
    asked, taken = (entry for entry in ask(trail.of(trail.OFFICE)) if entry.verb.startswith("dossier_"))
    assert (asked.verb, asked.actor, trail.facts(asked)) == (
        "dossier_asked", "auditor", {"case": number, "identity": False, "beside": {}})
    said = trail.facts(taken)
    assert (taken.verb, said["manifest"]) == ("dossier_taken", hashlib.sha256(found["manifest.json"]).hexdigest())
    assert (said["entries"], said["asked"]) == (len(found["entries.jsonl"].splitlines()), asked.seq)
    assert json.loads(found["manifest.json"])["taken_by"]["name"] == "孟繁"


# --- who complained --------------------------------------------------------------------------------------------------


def test_the_complainant_is_masked_and_the_rest_is_proved_all_the_same(number, take, checked):
    package = take(number, reason="   ")
    assert not [name for name, raw in members(package).items() if NAME.encode() in raw or PHONE.encode() in raw]
    rows = [row for row in json.loads(package.read("values.json")) if row["key"].startswith("complainant.")]
    assert [(row["key"], row.get("withheld"), "salt" in row) for row in rows] == [
        ("complainant.name", "masked", False), ("complainant.phone", "masked", False)]
    assert checked(package) == (0, [])


def test_a_written_reason_takes_the_identity_along_and_is_an_entry(number, take, checked, ask):
    package = take(number, reason="核实是否同一企业")
    account = package.read("account.html").decode()
    assert NAME in account and PHONE in account and "核实是否同一企业" in account
    assert checked(package) == (0, [])
    asked = next(entry for entry in ask(trail.of(trail.OFFICE)) if entry.verb == "dossier_asked")
    beside = ask(select(Value.value).where(Value.stream == trail.OFFICE, Value.seq == asked.seq))
    assert (trail.facts(asked)["identity"], beside) == (True, ["核实是否同一企业"])


def test_a_bad_reason_gets_a_sentence_beside_its_field_and_asks_for_nothing(app, browser_of, number, prepared, ask):
    before = len(ask(trail.of(trail.OFFICE)))
    for reason in ("长" * 2001, "有\x07铃"):
        answer = browser_of("auditor").post(f"/cases/{number}/dossiers", reason=reason)
        assert answer.status_code == 422 and 'id="dossier-error"' in answer.text
        assert answer.text.count("<h1") == 1 and reason in answer.text
    with prepared() as office:
        nameless = office.at_work().number
    answer = browser_of("auditor").post(f"/cases/{nameless}/dossiers", reason="x")
    assert answer.status_code == 422 and "没有登记投诉人" in answer.text
    assert (len(ask(trail.of(trail.OFFICE))), ask(select(Errand))) == (before, [])


# --- who may ---------------------------------------------------------------------------------------------------------


def test_only_auditors_are_offered_it_and_only_they_get_it(app, browser_of, number, ask):
    assert 'id="case-dossier"' in browser_of("auditor").get(f"/cases/{number}").text
    for username in ("director", "leader", "liaison", "supervisor", "dispatcher"):
        assert 'id="case-dossier"' not in browser_of(username).get(f"/cases/{number}").text
        assert browser_of(username).post(f"/cases/{number}/dossiers").status_code == 403
    for username in ("outsider", "sysadmin", "secadmin", "logadmin"):
        assert browser_of(username).post(f"/cases/{number}/dossiers").status_code == 404
    assert ask(select(Errand)) == []


def test_what_one_auditor_asked_for_is_there_for_nobody_else(app, browser_of, number, work, prepared):
    with prepared() as office:
        second = office_people.officer_called(office.session, "leader")
        unit = office.session.scalar(select(people.Unit).where(people.Unit.code == "sj"))
        office_people.give_post(office.session, second, "auditor", unit, by=office.by("secadmin"), at=office.now,
                                words=str)
    address = browser_of("auditor").post(f"/cases/{number}/dossiers").location
    work()
    for username in ("leader", "director", "outsider"):
        for each in (address, address + "/file"):
            assert browser_of(username).get(each).status_code == 404, (username, each)


def test_a_sealed_case_is_only_for_the_auditor_who_is_named_on_it(app, browser_of, prepared, take, checked, work):
    with prepared() as office:
        sealed = office.file(title="绝密举报件", sealed=True)
        number, id = sealed.number, sealed.id
    assert browser_of("auditor").post(f"/cases/{number}/dossiers").status_code == 404
    with prepared() as office:
        office.session.add(Naming(case_id=id, officer_id=office.by("auditor").id))
    assert checked(take(number)) == (0, [])
    address = browser_of("auditor").post(f"/cases/{number}/dossiers").location
    with prepared() as office:
        office.session.delete(office.session.get(Naming, (id, office.by("auditor").id)))
    work()
    assert browser_of("auditor").get(address).status_code == 404, "who lost the right meanwhile gets nothing"


def test_a_paper_that_also_names_a_sealed_case_is_left_out_and_that_is_said(app, prepared, number, take, checked):
    with prepared() as office:
        one, sealed = office.at_work(), office.at_work(title="绝密举报件")
        issue(office, [(case, office.nodes(case)["handle"]) for case in (one, sealed)])
        sealed.sealed = True
    package = take(one.number)
    paper = json.loads(package.read("papers.json"))[0]
    assert paper["member"] is None and paper["left_out"]
    assert not [name for name in package.namelist() if name.startswith("papers/")]
    assert not [name for name, raw in members(package).items() if "绝密举报件".encode() in raw or
                sealed.number.encode() in raw]
    assert checked(package) == (0, [])


def test_an_entry_that_names_a_sealed_case_is_withheld_and_the_chain_holds_all_the_same(
        app, prepared, take, checked):
    with prepared() as office:
        origin = office.at_work()
        raised = office.file("accountability", origin=origin)
        raised.sealed = True
        number, other = origin.number, raised.number
    package = take(number)
    assert checked(package) == (0, [])
    lines = [json.loads(line) for line in package.read("entries.jsonl").splitlines()]
    assert [line["seq"] for line in lines if "withheld" in line] == [lines[-1]["seq"]]
    assert not [name for name, raw in members(package).items() if other.encode() in raw]
    assert "取卷人无权查看" in package.read("account.html").decode()
    with prepared() as office:
        office.session.add(Naming(case_id=raised.id, officer_id=office.by("auditor").id))
    package = take(number)
    assert checked(package) == (0, []) and other.encode() in package.read("entries.jsonl")


# --- how it comes about ----------------------------------------------------------------------------------------------


def test_pressing_twice_makes_one(browser_of, number, ask, work):
    auditor = browser_of("auditor")
    first, second = (auditor.post(f"/cases/{number}/dossiers").location for _ in range(2))
    assert first == second and len(ask(select(Errand))) == 1
    work()
    assert auditor.post(f"/cases/{number}/dossiers").location != first


def test_one_with_the_identity_is_never_followed_instead_of_a_masked_one(browser_of, number, ask):
    auditor = browser_of("auditor")
    first = auditor.post(f"/cases/{number}/dossiers", reason="核实").location
    assert auditor.post(f"/cases/{number}/dossiers").location != first
    assert [errand.payload["identity"] for errand in ask(select(Errand).order_by(Errand.id))] == [True, False]


def test_the_page_asks_again_until_it_is_packed(browser_of, number, work):
    auditor = browser_of("auditor")
    address = auditor.post(f"/cases/{number}/dossiers").location
    waiting = auditor.get(address, headers={"HX-Request": "true"}).text
    assert waiting.lstrip().startswith('<div id="dossiers-progress"') and f'hx-get="{address}"' in waiting
    assert auditor.get(address + "/file").status_code == 404
    work()
    assert "hx-get" not in auditor.get(address, headers={"HX-Request": "true"}).text


def test_a_worker_that_is_told_to_stop_leaves_nothing_half_and_another_begins_again(app, browser_of, number, take):
    auditor, stopped = browser_of("auditor"), threading.Event()
    address = auditor.post(f"/cases/{number}/dossiers").location
    stopped.set()
    with app.app_context():
        jobs.one(app, stopped)
        errand = db.session.scalars(select(Errand)).one()
        assert (errand.state, errand.claimed_by) == ("waiting", None)
        assert list(app.extensions["settings"].dossiers.iterdir()) == []
        assert jobs.one(app)
    assert "/file" in auditor.get(address).text


def test_it_is_kept_for_seven_days_and_for_nobody_else_on_the_machine(app, browser_of, number, work):
    auditor = browser_of("auditor")
    address = auditor.post(f"/cases/{number}/dossiers").location
    work()
    folder = app.extensions["settings"].dossiers
    (kept,) = folder.iterdir()
    assert (kept.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    old = kept.stat().st_mtime - (dossiers.KEPT + timedelta(minutes=1)).total_seconds()
    os.utime(kept, (old, old))
    auditor.post(f"/cases/{number}/dossiers")
    work()
    assert len(list(folder.iterdir())) == 1 and not kept.exists()
    page = auditor.get(address)
    assert page.status_code == 200 and "已不再存放" in page.text and "/file" not in page.text
    assert auditor.get(address + "/file").status_code == 410


def test_who_is_no_longer_an_auditor_when_it_is_packed_gets_nothing(app, browser_of, number, prepared, ask):
    browser_of("auditor").post(f"/cases/{number}/dossiers")
    with prepared() as office:
        officer = office_people.officer_called(office.session, "auditor")
        post = office.session.scalar(select(people.Post).where(people.Post.officer_id == officer.id))
        office_people.end_post(office.session, officer, post, by=office.by("secadmin"), at=office.now, words=str)
    with app.app_context():
        jobs.one(app)
    assert [errand.state for errand in ask(select(Errand))] == ["failed"]
    assert not list(app.extensions["settings"].dossiers.iterdir())


def test_the_number_of_statements_does_not_grow_with_the_entries(app, browser_of, number, statements, prepared):
    def packing() -> int:
        browser_of("auditor").post(f"/cases/{number}/dossiers")

        def work():
            with app.app_context():
                jobs.one(app)
            return app.response_class()

        return statements(work)

    packing()
    few = packing()
    with prepared() as office:
        case = office.session.scalar(select(records.Case).where(records.Case.number == number))
        for _ in range(40):
            office.step(case, "report", "liaison", progress="在办")
    packing()
    assert packing() <= few + 2


# --- somebody with every right on the database -----------------------------------------------------------------------


@pytest.mark.parametrize(("statement", "said"), [
    ("UPDATE entries SET actor = 'director' WHERE stream = :n AND seq = 3", "entries.jsonl, entry 4: does not follow"),
    ("UPDATE entries SET at = '2026-01-01T00:00:00.000000Z' WHERE stream = :n AND seq = 1", "entry 1: its proof"),
    ("UPDATE entries SET words = '{\"verb\":\"x\"}' WHERE stream = :n AND seq = 2", "entry 2: its proof"),
    ("UPDATE entries SET verb = 'nonsense' WHERE stream = :n AND seq = 1", "entry 1: its proof"),
    ("UPDATE entries SET prev = seal WHERE stream = :n AND seq = 2", "entries.jsonl, entry 2: does not follow"),
    ("UPDATE entries SET seq = 99 WHERE stream = :n AND seq = 6", "wrong number or stream"),
    ("UPDATE entry_values SET value = '别的' WHERE stream = :n AND key = 'title'",
     "“title” does not fit its sealed digest"),
    ("UPDATE entry_values SET value = NULL, salt = NULL WHERE stream = :n AND key = 'facts'",
     "“facts” is gone, and no entry says that it was erased"),
    ("DELETE FROM entry_values WHERE stream = :n AND key = 'title'", "entry 1, “title” is missing"),
    ("UPDATE files SET seq = 3 WHERE seq = 4", "the file that entry 4 attached (files/0004) is not in the dossier"),
])
def test_what_was_altered_in_the_database_before_it_was_taken_is_named(
        app, number, take, checked, meddle, statement, said):
    with app.app_context():
        sealing.seal(str)
    if "seq = 99" in statement:
        meddle("DELETE FROM entry_values WHERE stream = :n AND seq = 6", n=number)
    meddle(statement, **({"n": number} if ":n" in statement else {}))
    code, faults = checked(take(number))
    assert code == 1 and any(said in each for each in faults), faults


def test_evidence_that_was_exchanged_or_lost_on_the_shelf_is_named(app, number, take, checked):
    kept = Shelf(app.extensions["settings"].files).path(hashlib.sha256(PDF).hexdigest())
    kept.chmod(0o600)
    kept.write_bytes(b"%PDF-1.7 better plans")
    code, faults = checked(take(number))
    assert (code, faults) == (1, ["files/0004.pdf is not the file that entry 4 attached; it was exchanged"])
    kept.unlink()
    package = take(number)
    code, faults = checked(package)
    assert (code, faults) == (1, ["the file that entry 4 attached (files/0004) is not in the dossier"])
    assert "内容已不在库里" in package.read("account.html").decode()


def test_an_entry_taken_out_behind_the_checkpoint_leaves_a_hole_that_is_named(app, number, take, checked, meddle):
    meddle("DELETE FROM entry_values WHERE stream = :n AND seq = 3", n=number)
    meddle("DELETE FROM entries WHERE stream = :n AND seq = 3", n=number)
    code, faults = checked(take(number))
    assert code == 1 and any("entries.jsonl, entry 3: wrong number" in each for each in faults)


@pytest.mark.parametrize("statement", [
    "UPDATE entries SET data = '{' WHERE stream = :n AND seq = 2",
    "UPDATE entries SET data = '{}' WHERE stream = :n AND seq = 3",
])
def test_a_trail_that_nobody_can_read_is_refused_with_a_sentence(app, browser_of, number, work, meddle, statement):
    meddle(statement, n=number)
    auditor = browser_of("auditor")
    address = auditor.post(f"/cases/{number}/dossiers").location
    work()
    page = auditor.get(address).text
    assert 'role="alert"' in page and "duban trail verify" in page and "/file" not in page


def test_after_a_new_key_the_dossier_is_signed_by_it_alone(app, number, take, checked):
    with app.app_context():
        old = str(sealing.signing()[0].verifier)
        sealing.seal(str)
        sealing.rotate(str)
        new = str(sealing.signing()[0].verifier)
    package = take(number)
    assert package.read("key.txt").decode().strip() == new != old
    assert package.read("checkpoint.txt").decode().count("— ") == 1
    assert checked(package, "--key", new) == (0, [])
    assert checked(package, "--key", old)[0] == 1


def test_the_last_checkpoint_that_a_witness_signed_goes_along_with_proof_that_it_was_continued(app, browser_of, number,
                                                                                               take, checked):
    witness = Witness()
    browser_of("secadmin").post("/settings/witnesses", value=witness.key, basis="审计局来函")
    assert "witnessed.txt" not in take(number).namelist()
    with app.app_context():
        sealing.seal(str)
        with worker.writing():
            note, now = checkpoints.latest(db.session).note, datetime.now(UTC)
            witnessing.take(db.session, witness.under(note, now), at=now)
    package = take(number)
    assert package.read("witnessed.txt").decode() == witness.under(note, now)
    assert checked(package) == checked(package, "--witness", witness.key) == (0, [])
    code, faults = checked(package, "--witness", Witness("other.example/w", bytes([1]) * 32).key)
    assert code == 1 and "no cosignature by the witness other.example/w" in faults[0]


def test_a_tree_that_was_meddled_with_proves_nothing_and_the_page_says_so(app, browser_of, number, work, meddle):
    with app.app_context():
        sealing.seal(str)
    meddle("UPDATE checkpoints SET root = :root", root="0" * 64)
    auditor = browser_of("auditor")
    address = auditor.post(f"/cases/{number}/dossiers").location
    work()
    page = auditor.get(address).text
    assert 'role="alert"' in page and "duban trail verify" in page and "/file" not in page
    assert not list(app.extensions["settings"].dossiers.iterdir())


def test_the_binding_says_how_far_it_is(app, browser_of, number):
    browser_of("auditor").post(f"/cases/{number}/dossiers")
    told = []
    with app.app_context():
        id = worker.claim()
        binding.bind(id, None, lambda done, total: told.append((done, total)), str)
        errand = db.session.get(Errand, id)
        assert errand.progress == errand.total == told[-1][1] and told[-1][0] == told[-1][1]
