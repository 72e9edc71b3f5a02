"""A notice about a sealed case is there for those named on the case and for nobody else, on no page and in no count."""

import pytest
from sqlalchemy import select

from app.domain import tellings, trail
from app.domain.cases import Naming
from app.domain.notices import Notice, Subject
from app.office import ladder as climbing
from app.office import notices as papers

PAGES = ("/", "/notices", "/notices?state=issued", "/notices?form=supervise&unit=zjj", "/overdue",
         "/overdue?which=open&unit=zjj", "/units/zjj", "/trail", "/delivery")
SHUT_OUT = ("director", "dispatcher", "auditor", "leader", "liaison", "principal", "outsider", "sysadmin")


@pytest.fixture
def hushed(prepared):
    """One unit, late with a sealed case and an open one: urged by the ladder, supervised by hand; only the supervisor
    is named on the sealed one."""
    with prepared() as office:
        now = office.now
        office.until(2026, 3, 2)
        sealed, plain = office.at_work(title="绝密件"), office.at_work(title="公开件")
        sealed.sealed = True
        office.session.add(Naming(case_id=sealed.id, officer_id=office.by("supervisor").id))
        office.until(2026, 3, 17, 10)
        while climbing.climb(office.session, at=office.now, register=office.register, words=str):
            pass
        made = {"now": now, "sealed": sealed, "plain": plain}
        for name in ("prepared", "signed", "replied"):
            made[name] = _paper(office, sealed, name)
        made["open"] = _paper(office, plain, "signed")
        return made


def _paper(office, case, until: str) -> int:
    room = {"at": office.now, "words": str, "register": office.register}
    node = office.nodes(case)["handle"]
    notice = papers.prepare(office.session, "supervise", [(case, node)], requirement=f"只给知情人看 {case.title}",
                            by=office.by("supervisor"), **room)
    if until != "prepared":
        papers.sign(office.session, notice, by=office.by("director"), seen=None, **room)
    if until == "replied":
        papers.receive(office.session, notice, by=office.by("liaison"), seen=None, **room)
        papers.reply(office.session, notice, text="密答", by=office.by("liaison"), seen=None, **room)
    return notice.id


@pytest.mark.parametrize("username", SHUT_OUT)
def test_no_page_shows_it_to_whoever_is_not_named(browser_of, hushed, username):
    browser, number = browser_of(username), hushed["sealed"].number
    for page in PAGES:
        shown = browser.get(page).text
        assert number not in shown and "绝密" not in shown, page
    for name in ("prepared", "signed", "replied"):
        for page in ("", "/paper.docx"):
            assert browser.get(f"/notices/{hushed[name]}{page}").status_code in (403, 404), name
        for act in ("sign", "receive", "judge", "remark"):
            answer = browser.post(f"/notices/{hushed[name]}/acts", act=act, seen="1", text="x", opinion="x")
            assert answer.status_code in (403, 404), (name, act)
            assert number not in answer.text and "绝密" not in answer.text


def test_who_is_named_finds_it_on_the_desk_in_the_register_and_on_paper(browser_of, hushed):
    supervisor, number = browser_of("supervisor"), hushed["sealed"].number
    assert f'/notices/{hushed["replied"]}"' in supervisor.get("/").text
    assert number in supervisor.get("/notices").text
    assert number in supervisor.get(f"/notices/{hushed['signed']}").text
    assert supervisor.get(f"/notices/{hushed['signed']}/paper.docx").status_code == 200


def test_the_open_case_is_urged_and_supervised_as_ever(browser_of, hushed, ask):
    assert hushed["plain"].number in browser_of("liaison").get("/notices").text
    assert browser_of("liaison").get(f"/notices/{hushed['open']}").status_code == 200
    named = ask(select(Subject.notice_id).join(Notice, Notice.id == Subject.notice_id).where(
        Notice.form == "urge", Subject.case_id == hushed["plain"].id))
    assert len(named) == 1 and ask(select(Subject.case_id).where(Subject.notice_id == named[0])) == [
        hushed["plain"].id], "the slip names nothing sealed"


def test_a_director_who_is_not_named_cannot_sign_it_among_others(browser_of, hushed, ask):
    answer = browser_of("director").post("/notices/signatures", notice=[hushed["prepared"]],
                                         **{f"seen-{hushed['prepared']}": "2"})
    assert answer.status_code == 404
    assert ask(select(Notice.state).where(Notice.id == hushed["prepared"])) == ["prepared"]


def test_the_counts_of_the_desk_leave_it_out(browser_of, hushed, ask):
    """The unit has two papers to sign for that are open: the slip and the notice; and the number says two."""
    page = browser_of("liaison").get("/notices").text
    assert 'db-count--hot">2<' in page
    waits = [f'/notices/{hushed[name]}"' in page for name in ("signed", "open")]
    assert waits == [False, True]


def test_what_is_new_tells_nobody_of_it(browser_of, hushed, ask):
    told = ask(select(tellings.Telling.officer_id).where(tellings.Telling.stream == hushed["sealed"].number))
    assert told, "the entries were told, and the desk still keeps them from whoever is not named"
    assert [e.verb for e in ask(trail.of(hushed["sealed"].number))].count("noticed") > 3
    for username in ("liaison", "director"):
        assert hushed["sealed"].number not in browser_of(username).get("/").text
