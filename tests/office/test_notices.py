"""A paper's life: prepared, signed, received, answered and judged, each by the hands of the right person."""

import pytest
from sqlalchemy import select

from app.domain import checkpoints, clocks, keys, notices, trail
from app.domain.cases import Naming
from app.domain.errors import Moved, NotAllowed, Refused
from app.domain.notices import Notice
from app.office import notices as papers
from app.office import printing, sealing, verification


@pytest.fixture
def late(office):
    """A complaint whose term is over, and the node of its lead."""
    case = office.file()
    office.assign(case)
    office.start(case)
    node = next(n for n in clocks.of_case(office.session, case.id, running=True) if n.purpose == "handle")
    on = office.register.calendar.add(node.due_on, 6)
    office.until(on.year, on.month, on.day, 10, 0)
    return case, node


def do(office, act, notice, by, seen=None, **more):
    return getattr(papers, act)(office.session, notice, by=office.by(by), at=office.now, seen=seen, words=str,
                                register=office.register, **more)


def prepared(office, late, form="supervise", by="supervisor") -> Notice:
    return papers.prepare(office.session, form, [late], requirement="五个工作日内整改到位并书面说明。",
                          by=office.by(by), at=office.now, words=str, register=office.register)


def test_a_paper_has_no_number_before_it_is_signed(office, late):
    notice = prepared(office, late)
    assert (notice.state, notice.number) == ("prepared", None)
    do(office, "sign", notice, "director")
    assert notice.number == f"督〔{office.today.year}〕1号"
    assert notice.reply_on == office.register.calendar.add(office.today, 5)


def test_an_issued_paper_bears_the_last_checkpoint_and_the_whole_note_to_be_scanned(office, late):
    notice = prepared(office, late)
    while sealing.take_in(office.session):
        pass
    last = sealing.sign(office.session, [keys.new("city.example/trail")], at=office.now, words=str)
    paper = printing.paper(office.session, notice, register=office.register, words=str)
    assert paper.proof is None, "nothing is proved of what nobody has signed"
    do(office, "sign", notice, "director")
    proof = printing.paper(office.session, notice, register=office.register, words=str).proof
    assert (proof.code, checkpoints.short(last) in proof.lines[0]) == (last.note, True)


def test_a_withdrawn_paper_leaves_no_gap(office, late):
    first, second = prepared(office, late), prepared(office, late)
    do(office, "withdraw", first, "supervisor", reason="已当面说明。")
    do(office, "sign", second, "director")
    assert (first.number, second.serial) == (None, 1)


def test_it_goes_from_the_director_to_the_unit_and_back(office, late):
    notice = prepared(office, late)
    do(office, "sign", notice, "director")
    do(office, "receive", notice, "liaison")
    do(office, "reply", notice, "liaison", text="已整改，附照片。")
    do(office, "judge", notice, "supervisor", verdict="not_enough", opinion="未说明责任人。")
    assert notice.state == "received"
    do(office, "reply", notice, "principal", text="责任人：建管科。")
    do(office, "judge", notice, "supervisor", verdict="enough", opinion="可以。")
    assert notice.state == "judged"
    said = [trail.facts(entry)["act"] for entry in office.session.scalars(trail.of(late[0].number))
            if entry.verb == "noticed"]
    assert said == ["prepare", "sign", "receive", "reply", "judge", "reply", "judge"]
    assert verification.first_fault(office.session, calendar=office.register.calendar) is None


@pytest.mark.parametrize(("act", "by", "more"), [
    ("sign", "supervisor", {}), ("sign", "liaison", {}), ("withdraw", "liaison", {"reason": "不"}),
])
def test_what_waits_for_a_signature_is_signed_and_withdrawn_by_no_other(office, late, act, by, more):
    notice = prepared(office, late)
    with pytest.raises(NotAllowed):
        do(office, act, notice, by, **more)
    assert notice.state == "prepared"


@pytest.mark.parametrize("by", ["supervisor", "director", "outsider", "auditor"])
def test_only_the_addressed_unit_signs_the_receipt(office, late, by):
    notice = prepared(office, late)
    do(office, "sign", notice, "director")
    with pytest.raises(NotAllowed):
        do(office, "receive", notice, by)


def test_nobody_judges_what_has_not_been_answered(office, late):
    notice = prepared(office, late)
    do(office, "sign", notice, "director")
    with pytest.raises(Refused):
        do(office, "judge", notice, "supervisor", verdict="enough", opinion="可以。")


def test_two_directors_at_once_sign_it_once(office, late):
    notice = prepared(office, late)
    seen = notice.version
    do(office, "sign", notice, "director", seen=seen)
    with pytest.raises(Moved):
        do(office, "sign", notice, "director", seen=seen)
    assert notice.serial == 1


def test_a_leader_writes_on_what_was_issued(office, late):
    notice = prepared(office, late)
    with pytest.raises(Refused):
        papers.remark(office.session, notice, text="请抓紧。", by=office.by("leader"), at=office.now, words=str,
                      register=office.register)
    do(office, "sign", notice, "director")
    papers.remark(office.session, notice, text="请抓紧。", by=office.by("leader"), at=office.now, words=str,
                  register=office.register)
    assert notice.remark == "请抓紧。"


def test_a_unit_sees_its_own_papers_only_and_only_when_issued(office, late):
    notice = prepared(office, late)

    def seen_by(username):
        return notices.find(office.session, notice.id, office.by(username)) is not None

    assert (seen_by("supervisor"), seen_by("liaison"), seen_by("auditor")) == (True, False, False)
    do(office, "sign", notice, "director")
    assert (seen_by("liaison"), seen_by("outsider"), seen_by("auditor")) == (True, False, True)


def test_it_waits_for_whoever_has_to_do_something(office, late):
    def waiting(username):
        return [row.id for row in office.session.execute(notices.waiting_for(office.by(username)))]

    notice = prepared(office, late)
    assert (waiting("director"), waiting("supervisor"), waiting("liaison")) == ([notice.id], [], [])
    do(office, "sign", notice, "director")
    assert (waiting("director"), waiting("liaison")) == ([], [notice.id])
    do(office, "receive", notice, "liaison")
    do(office, "reply", notice, "liaison", text="已整改。")
    assert (waiting("liaison"), waiting("supervisor")) == ([], [notice.id])


def test_a_paper_to_two_units_is_refused(office, late):
    other = office.file()
    office.assign(other, lead="scjg") if "scjg" in office.register.people.by_code else office.assign(
        other, lead=next(code for code, unit in office.register.people.by_code.items()
                         if unit.klass == "department" and code != "zjj"))
    node = clocks.of_case(office.session, other.id, running=True)[0]
    with pytest.raises(Refused) as refused:
        papers.prepare(office.session, "supervise", [late, (other, node)], requirement="请整改。",
                       by=office.by("supervisor"), at=office.now, words=str, register=office.register)
    assert refused.value.field == "nodes"
    assert office.session.scalars(select(Notice)).all() == []


def test_a_sealed_case_gets_a_paper_of_its_own(office, late):
    other = office.handed(sealed=True)
    node = office.nodes(other)["handle"]
    room = {"requirement": "请整改。", "by": office.by("supervisor"), "at": office.now, "words": str,
            "register": office.register}
    with pytest.raises(Refused) as refused:
        papers.prepare(office.session, "supervise", [late, (other, node)], **room)
    assert refused.value.field == "nodes" and office.session.scalars(select(Notice)).all() == []
    assert papers.prepare(office.session, "supervise", [(other, node)], **room).state == "prepared"


def test_the_office_writes_no_paper_to_itself(office):
    case = office.file()
    node = clocks.of_case(office.session, case.id, running=True)[0]
    with pytest.raises(Refused) as refused:
        papers.prepare(office.session, "urge", [(case, node)], requirement="请整改。", by=office.by("supervisor"),
                       at=office.now, words=str, register=office.register)
    assert refused.value.field == "nodes" and office.session.scalars(select(Notice)).all() == []


def test_a_paper_about_a_sealed_case_is_there_only_for_those_named_on_it(office, late):
    late[0].sealed = True
    office.session.add(Naming(case_id=late[0].id, officer_id=office.by("liaison").id))
    notice = prepared(office, late)
    do(office, "sign", notice, "director")

    def seen_by(username):
        return notices.find(office.session, notice.id, office.by(username)) is not None

    assert [name for name in ("liaison", "principal", "supervisor", "director", "auditor", "leader", "outsider")
            if seen_by(name)] == ["liaison"]
    for username, waits in (("liaison", 1), ("principal", 0), ("director", 0)):
        assert len(office.session.execute(notices.waiting_for(office.by(username))).all()) == waits, username
