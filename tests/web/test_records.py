"""What is added to a case beside its steps, through the door: by the office, with a reason, as an entry."""

from sqlalchemy import select

from app.domain import trail
from app.domain.cases import Case
from tests.web.conftest import HTMX


def test_a_mistake_is_put_right_and_the_entry_keeps_what_it_said(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.file()
    before, registrar = case.title, browser_of("registrar")
    answer = registrar.post(f"/cases/{case.number}/corrections", field="title", value="改正后的标题", reason="笔误")
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.number}")
    assert ask(select(Case.title)) == ["改正后的标题"]
    entry = ask(trail.of(case.number))[-1]
    values = {v.key: v.value for v in ask(select(trail.Value).where(trail.Value.seq == entry.seq,
                                                                    trail.Value.stream == case.number))}
    assert (entry.verb, values) == ("corrected", {"old": before, "new": "改正后的标题", "reason": "笔误"})
    assert case.number in registrar.get("/cases?q=改正后").text and case.number not in registrar.get(
        f"/cases?q={before[:6]}").text


def test_a_bad_correction_gets_a_sentence_and_changes_nothing(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.file()
    for field, value, reason in (("state", "closed", "x"), ("title", " ", "x"), ("title", "新", ""), ("", "", ""),
                                 ("title", case.title, "x"), ("title", "长" * 301, "x")):
        fields = {"field": field, "value": value, "reason": reason}
        for headers in ({}, HTMX):
            answer = browser_of("registrar").post(f"/cases/{case.number}/corrections", headers=headers, **fields)
            assert (answer.status_code, 'role="alert"' in answer.text or "<h1>" in answer.text) == (422, True), fields
            assert ("<html" in answer.text) is not headers
    assert ask(select(Case.title)) == [case.title] and len(ask(trail.of(case.number))) == 1


def test_who_has_no_post_for_it_adds_nothing(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.handed(complainant={"name": "甲"})
    for username in ("liaison", "director", "auditor", "leader"):
        for url, form in (("corrections", {"field": "title", "value": "x", "reason": "x"}),
                          ("redaction", {"redacted": "x"}), ("consent", {"given": "yes", "said": "x"})):
            assert browser_of(username).post(f"/cases/{case.number}/{url}", **form).status_code == 403, (username, url)
    assert len(ask(trail.of(case.number))) == 2


def test_consent_needs_a_complainant_and_words(app, browser_of, prepared):
    with prepared() as office:
        without, case = office.file(), office.file(complainant={"name": "甲"})
    registrar = browser_of("registrar")
    assert registrar.post(f"/cases/{without.number}/consent", given="yes", said="x").status_code == 422
    assert registrar.post(f"/cases/{case.number}/consent", given="yes", said=" ").status_code == 422
    assert registrar.post(f"/cases/{case.number}/consent", given="yes", said="电话同意").status_code == 303
