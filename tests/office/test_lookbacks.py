"""Looking back by lot: announced, drawn with the first checkpoint after that, looked at, reopened; each an entry."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain import keys, lookbacks, lots, trail
from app.domain.cases import Case
from app.domain.errors import NotAllowed, Refusal, Refused
from app.domain.lookbacks import Look, Rule
from app.office import lookbacks as office_lookbacks
from app.office import people as office_people
from app.office import sealing
from app.office.verification import first_fault
from tests.domain.test_lots import by_the_words
from tests.office.tampering import behind_its_back, follow_leaves, rebuild_tiles, reseal

SIGNER = keys.new("duban.example/test")


@pytest.fixture
def story(office):
    return Lots(office)


class Lots:
    """The office with closed cases, and what a test asks of a lookback."""

    def __init__(self, office):
        self.office, self.session = office, office.session

    def close(self, count: int) -> list:
        return [self.office.closed() for _ in range(count)]

    def as_(self, username: str) -> dict:
        return {"by": self.office.by(username), "at": self.office.now, "words": str, "register": self.office.register}

    def announce(self, by: str = "supervisor", **more):
        today = self.office.today
        rule = {"since": today - timedelta(days=90), "until": today, "share": 20, "musts": tuple(lookbacks.MUSTS)}
        return office_lookbacks.announce(self.session, Rule(**(rule | more)), **self.as_(by))

    def checkpoint(self):
        self.office.later(minutes=5)
        while sealing.take_in(self.session):
            pass
        return sealing.sign(self.session, [SIGNER], at=self.office.now, words=str)

    def draw(self, lookback, by: str = "supervisor") -> list[str]:
        return office_lookbacks.draw(self.session, lookback, **self.as_(by))

    def drawn(self, **more):
        lookback = self.announce(**more)
        self.checkpoint()
        self.draw(lookback)
        return lookback

    def looks(self, lookback) -> list[Look]:
        query = select(Look).where(Look.lookback_id == lookback.id, Look.place.is_not(None)).order_by(Look.place)
        return self.session.scalars(query).all()

    def facts(self, seq: int) -> dict:
        return trail.facts(lookbacks.entry(self.session, seq))

    def look(self, lookback, case, *, by=None, result="held", finding="现场属实。", reopen=False):
        row = self.session.get(Look, (lookback.id, case.id))
        by = by or self.office.register.people.username_of(row.officer_id)
        office_lookbacks.look(self.session, lookback, case, result=result, finding=finding, reopen=reopen,
                              **self.as_(by))


def second_supervisor(office):
    who = {"by": office.by("secadmin"), "at": office.now, "words": str}
    officer = office_people.add_officer(office.session, username="second_supervisor", name="冯雪", **who)
    unit = office.session.get(office_people.Unit, office.register.people.office.id)
    office_people.give_post(office.session, officer, "supervisor", unit, **who)
    office.reload()


def test_the_draw_is_repeated_from_checkpoint_and_announcement_alone_by_a_second_implementation(story):
    story.close(9)
    lookback = story.announce(share=30)
    note = story.checkpoint().note
    drawn = story.draw(lookback)
    announcement = lookbacks.entry(story.session, lookback.announced_seq)
    told = trail.facts(announcement)
    text = note[: note.index("\n\n") + 1]
    assert drawn == by_the_words(text, announcement.seal, told["population"], told["musts"], told["rule"]["share"])
    assert (len(told["population"]), len(drawn)) == (9, 3)
    assert told["digest"] == lots.digest(told["population"])
    assert story.facts(lookback.drawn_seq)["drawn"] == drawn


def test_it_is_not_drawn_before_a_checkpoint_holds_the_announcement(story):
    story.close(2)
    story.checkpoint()
    lookback = story.announce()
    with pytest.raises(Refused, match="No checkpoint has been signed since"):
        story.draw(lookback)
    sealing.sign(story.session, [SIGNER], at=story.office.now, words=str)  # nothing was taken in: the same tree
    with pytest.raises(Refused, match="No checkpoint has been signed since"):
        story.draw(lookback)


def test_it_is_drawn_with_the_first_checkpoint_after_and_with_no_other(story):
    story.close(5)
    before = story.checkpoint()
    lookback = story.announce()
    first = story.checkpoint()
    story.close(1)
    later = story.checkpoint()
    drawn = story.draw(lookback)
    assert office_lookbacks.repeat(story.session, lookback, first.note) == drawn
    forged = keys.signed(first.note.split("\n\n")[0].replace(str(first.size), str(first.size + 1)) + "\n", [SIGNER])
    for other in (before.note, later.note, forged):
        with pytest.raises(Refused, match="bound to the first checkpoint after the announcement"):
            office_lookbacks.repeat(story.session, lookback, other)
    with pytest.raises(Refused, match="not a checkpoint"):
        office_lookbacks.repeat(story.session, lookback, "something")
    with pytest.raises(Refused, match="drawn already"):
        story.draw(lookback)


def test_a_further_signature_under_the_same_checkpoint_changes_nothing(story):
    story.close(4)
    lookback = story.announce()
    note = story.checkpoint().note
    drawn = story.draw(lookback)
    witnessed = note + keys.new("witness.example").line(note.split("\n\n")[0] + "\n")
    assert office_lookbacks.repeat(story.session, lookback, witnessed) == drawn


def test_only_closed_cases_of_the_rule_are_in_the_population_and_no_sealed_one(story):
    office = story.office
    closed, reviewed = story.close(2)
    office.review(reviewed)
    office.at_work()
    finding = office.closed(kind="finding")
    told = story.facts(story.announce().announced_seq)
    assert told["population"] == sorted([closed.number, reviewed.number, finding.number])
    assert story.facts(story.announce(kind="finding").announced_seq)["population"] == [finding.number]
    unit = office.register.people.by_code["gd"].id
    for rule in ({"unit_id": unit}, {"klass": "没有这一类"}, {"kind": "task"},
                 {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}):
        with pytest.raises(Refused, match="nothing to draw from"):
            story.announce(**rule)


def test_a_sealed_case_is_in_no_population(story):
    case = story.close(1)[0]
    sealed = story.close(1)[0]
    sealed.sealed = True
    assert story.facts(story.announce().announced_seq)["population"] == [case.number]


def test_all_that_the_rule_says_must_be_is_drawn_with_the_reason(story):
    office = story.office
    plain, major, back, again, late, cross = story.close(6)
    major.grade = "major"
    office.step(back, "reopen", "supervisor", reason="反弹")
    office.submit(back)
    office.step(back, "sign", "principal")
    office.close(back)
    again.redone = 1
    for node in office.session.scalars(select(lookbacks.TimeNode).where(
            lookbacks.TimeNode.case_id == late.id, lookbacks.TimeNode.purpose == "handle")):
        node.due_on = node.stopped_on - timedelta(days=1)
    office.review(cross, asked="dissatisfied", solved="no", finding="企业不满意")
    lookback = story.announce(share=1)
    must = {major.number: ["major"], back.number: ["reopened"], again.number: ["redone"], late.number: ["overdue"],
            cross.number: ["dissatisfied"]}
    assert story.facts(lookback.announced_seq)["musts"] == must
    story.checkpoint()
    assert set(story.draw(lookback)) == {*must, plain.number}
    assert story.facts(story.announce(musts=("major",)).announced_seq)["musts"] == {major.number: ["major"]}


def test_an_appealed_decision_must_be_looked_at(story):
    office = story.office
    case = office.file("accountability", origin=office.handed())
    office.assign(case, lead="jw")
    office.start(case, by="discipline")
    office.submit(case, by="discipline")
    office.step(case, "sign", "discipline_principal")
    office.close(case)
    office.step(case, "appeal", "supervisor", appealed_on=office.today.isoformat(), grounds="过重")
    assert story.facts(story.announce().announced_seq)["musts"] == {case.number: ["appealed"]}


def test_what_was_drawn_is_given_to_supervisors_by_turns_with_a_date_by_rule(story):
    office = story.office
    second_supervisor(office)
    story.close(4)
    reviewed = office.closed()
    office.review(reviewed)
    lookback = story.drawn(share=100)
    looks = story.looks(lookback)
    names = [office.register.people.username_of(look.officer_id) for look in looks]
    assert set(names) == {"supervisor", "second_supervisor"} and abs(2 * names.count("supervisor") - len(names)) <= 2
    assert {look.due_on for look in looks} == {office.register.calendar.add(office.today, 20)}
    assert next(n for n, look in zip(names, looks, strict=True) if look.case_id == reviewed.id) == "second_supervisor"


def test_a_finding_is_an_entry_of_the_case_and_reopens_it_where_it_was_not_put_right(story):
    office = story.office
    good, bad = story.close(2)
    lookback = story.drawn(share=100)
    story.look(lookback, good)
    assert lookback.ended_at is None
    story.look(lookback, bad, result="paper", finding="只改了文件，窗口照旧。", reopen=True)
    assert (good.state, bad.state, bad.reopened) == ("closed", "rectifying", 1)
    last, step = office.session.scalars(trail.of(bad.number)).all()[-2:]
    assert (last.verb, trail.facts(last)["result"], trail.facts(step)["step"]) == ("looked_back", "paper", "reopen")
    assert "窗口照旧" not in last.data
    end = office.session.scalars(trail.of("office")).all()[-1]
    assert trail.facts(end)["results"] == {"held": 1, "figures": 0, "paper": 1, "form": 0, "relapsed": 0}
    with pytest.raises(Refused, match="looked at already"):
        story.look(lookback, bad)


def test_only_who_was_given_the_case_looks_and_only_at_what_was_drawn(story):
    office = story.office
    second_supervisor(office)
    cases = story.close(3)
    lookback = story.drawn(share=1)
    (look,) = story.looks(lookback)
    case = next(case for case in cases if case.id == look.case_id)
    mine = office.register.people.username_of(look.officer_id)
    other = ({"supervisor", "second_supervisor"} - {mine}).pop()
    for by in (other, "director", "dispatcher"):
        with pytest.raises(NotAllowed):
            story.look(lookback, case, by=by)
    with pytest.raises(Refused, match="was not drawn"):
        story.look(lookback, next(case for case in cases if case.id != look.case_id), by=mine)
    hand = {"by": office.by("director"), "at": office.now, "words": str}
    office_lookbacks.hand(story.session, lookback, case, office.by(other), **hand)
    story.look(lookback, case, by=other)
    with pytest.raises(Refused, match="Only a supervisor looks back"):
        office_lookbacks.hand(story.session, story.drawn(share=100), case, office.by("registrar"), **hand)


@pytest.mark.parametrize(("wrong", "field"), [
    ({"share": 0}, "share"), ({"share": 101}, "share"), ({"until": date(2026, 9, 15)}, "until"),
    ({"since": date(2026, 9, 14), "until": date(2026, 9, 1)}, "until"), ({"since": date(2020, 1, 1)}, "until"),
    ({"kind": "gossip"}, "kind"), ({"musts": ("whim",)}, "musts"),
])
def test_a_rule_that_cannot_be_is_refused_beside_its_field(story, wrong, field):
    story.close(1)
    with pytest.raises(Refusal) as refusal:
        story.announce(**wrong)
    assert [each.field for each in refusal.value.refusals] == [field]


def test_only_a_supervisor_announces_and_draws(story):
    story.close(1)
    for by in ("director", "dispatcher", "auditor", "liaison", "leader"):
        with pytest.raises(NotAllowed):
            story.announce(by=by)
    lookback = story.announce()
    story.checkpoint()
    with pytest.raises(NotAllowed):
        story.draw(lookback, by="director")


def test_what_is_held_back_of_a_finding_or_invented_changes_nothing(story):
    case = story.close(1)[0]
    lookback = story.drawn(share=100)
    for wrong, field in (({"result": "fine"}, "result"), ({"finding": " "}, "finding"), ({"reopen": True}, "reopen")):
        with pytest.raises(Refused) as refusal, story.session.begin_nested():
            story.look(lookback, case, **wrong)
        assert refusal.value.field == field
    assert story.looks(lookback)[0].result is None


def test_two_populations_have_numbers_and_seeds_of_their_own_under_one_checkpoint(story):
    story.close(6)
    first, second = story.announce(), story.announce()
    assert [each.number for each in (first, second)] == ["回〔2026〕1号", "回〔2026〕2号"]
    story.checkpoint()
    for each in (first, second):
        story.draw(each)
    assert story.facts(first.drawn_seq)["seed"] != story.facts(second.drawn_seq)["seed"]
    assert story.facts(first.drawn_seq)["checkpoint"] == story.facts(second.drawn_seq)["checkpoint"]


# --- held against the trail -------------------------------------------------------------------------------------------


def said(story) -> str | None:
    story.session.flush()
    found = first_fault(story.session, calendar=story.office.register.calendar)
    return found and found.told()


@pytest.fixture
def walked(story):
    """One that is over, with a case handed to somebody else and one reopened; one drawn, one announced only."""
    second_supervisor(story.office)
    story.close(4)
    over = story.drawn(share=50)
    first, other = (story.session.get(Case, look.case_id) for look in story.looks(over))
    held = story.session.get(Look, (over.id, first.id)).officer_id
    to = {"supervisor": "second_supervisor"}.get(story.office.register.people.username_of(held), "supervisor")
    office_lookbacks.hand(story.session, over, first, story.office.by(to), by=story.office.by("supervisor"),
                          at=story.office.now, words=str)
    story.office.later(days=1)
    story.look(over, first, result="relapsed", finding="问题反弹。", reopen=True)
    story.look(over, other)
    story.drawn(share=50)
    story.announce(kind="complaint", unit_id=story.office.register.people.by_code["zjj"].id)
    return over


def test_no_looking_back_is_accused_from_its_announcement_to_its_end(story, walked):
    assert walked.ended_at is not None
    assert said(story) is None


def test_a_case_reopened_by_an_act_of_its_own_at_the_same_moment_is_not_taken_for_one_by_the_finding(story):
    for reopen in (False, True):
        (case,) = story.close(1)
        lookback = story.drawn(share=100)
        for look in story.looks(lookback):
            story.look(lookback, story.session.get(Case, look.case_id), result="paper", finding="只改了文件。",
                       reopen=reopen)
        if not reopen:
            story.office.step(case, "reopen", "supervisor", reason="另有来信反映。")
        assert trail.facts(story.session.scalars(trail.of(case.number)).all()[-2])["reopened"] is reopen
    assert said(story) is None


@pytest.mark.parametrize(("statement", "sentence"), [
    ("UPDATE lookbacks SET share = share + 1", "another rule or other cases than was announced"),
    ("UPDATE lookbacks SET since = '2026-01-01'", "another rule or other cases"),
    ("UPDATE lookbacks SET announced_seq = announced_seq - 1", "another rule or other cases"),
    ("UPDATE lookback_cases SET musts = '[\"major\"]'", "another rule or other cases"),
    ("DELETE FROM lookback_cases WHERE place IS NULL", "another rule or other cases"),
    ("UPDATE lookbacks SET drawn_seq = drawn_seq + 1", "was not drawn as its announcement"),
    ("UPDATE lookbacks SET drawn_seq = NULL, drawn_at = NULL", "was not drawn as its announcement"),
    ("UPDATE lookback_cases SET place = NULL", "is in other hands than the trail says"),
    ("UPDATE lookback_cases SET place = place + 1", "is in other hands"),
    ("UPDATE lookback_cases SET place = 9 WHERE place IS NULL", "is in other hands"),
    ("UPDATE lookback_cases SET officer_id = (SELECT id FROM officers WHERE username = 'director')", "in other hands"),
    ("UPDATE lookback_cases SET due_on = '2027-01-04' WHERE place IS NOT NULL", "is in other hands"),
    ("UPDATE lookback_cases SET result = 'held' WHERE result IS NOT NULL", "has other results than the trail says"),
    ("UPDATE lookback_cases SET finding = '查无此事' WHERE result IS NOT NULL", "has other results"),
    ("UPDATE lookback_cases SET result = NULL, finding = NULL", "has other results"),
    ("UPDATE lookback_cases SET reopened = NOT reopened", "has other results"),
    ("UPDATE lookback_cases SET looked_at = '2026-01-05T01:00:00.000000Z' WHERE result IS NOT NULL", "other results"),
    ("UPDATE lookbacks SET ended_at = NULL", "is over in the ledger or in the trail only"),
    ("UPDATE lookbacks SET serial = serial + 100 WHERE serial = 1", "stands in the ledger or in the trail only"),
])
def test_a_looking_back_that_says_something_else_is_named(story, walked, statement, sentence):
    behind_its_back(story.session, statement)
    found = said(story)
    assert found is not None and sentence in found and "回〔2026〕1" in found, found


def test_an_entry_that_tells_of_another_draw_is_named_by_the_checkpoint_it_is_bound_to(story):
    """Whoever may write entries, and make seals and tree fit again, still cannot choose what is drawn."""
    story.close(6)
    lookback = story.drawn(share=20)
    story.checkpoint()
    entry, out = lookbacks.entry(story.session, lookback.drawn_seq), story.looks(lookback)[0]
    facts, population = trail.facts(entry), trail.facts(lookbacks.entry(story.session, lookback.announced_seq))[
        "population"]
    number = story.session.scalar(select(Case.number).where(Case.id == out.case_id))
    wanted = next(each for each in population if each not in facts["drawn"])
    behind_its_back(
        story.session, reseal(trail.OFFICE, entry.seq, data=entry.data.replace(f'"{number}"', f'"{wanted}"')),
        follow_leaves, rebuild_tiles,
        "UPDATE lookback_cases SET place = 1, officer_id = :officer, due_on = :due_on WHERE case_id = "
        "(SELECT id FROM cases WHERE number = :wanted)",
        "UPDATE lookback_cases SET place = NULL, officer_id = NULL, due_on = NULL WHERE case_id = :case",
        wanted=wanted, officer=out.officer_id, due_on=out.due_on.isoformat(), case=out.case_id)
    assert "was not drawn as its announcement and the first checkpoint after it say" in said(story)
