"""The one address where every step of every kind is taken: by the right hands, on a page that is not stale."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import workflows
from app.domain import trail
from app.domain.cases import Case
from app.domain.drafts import Draft
from app.domain.trail import Entry

SAID = {"reason": "理由"}
ASSIGNED = {"grade": "ordinary", "lead": "zjj", "request": "一次性列明缺项，限期办结。", "basis": "派单目录 3.2"}


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def parts(*units: str) -> dict:
    return {f"supports-{n}-{name}": value for n, unit in enumerate(units)
            for name, value in (("unit", unit), ("task", "出具核实意见"), ("due_on", ""))}


class Walk:
    """One case in many hands, every step through the door; HTMX and plain forms take turns."""

    def __init__(self, number: str, browser_of, ask):
        self.number, self.browser_of, self.ask, self.taken = number, browser_of, ask, []

    @property
    def case(self) -> Case:
        return self.ask(select(Case).where(Case.number == self.number))[0]

    def step(self, name: str, by: str, **answers) -> None:
        before, htmx = self.case, len(self.taken) % 2 == 0
        answer = self.browser_of(by).step(self.number, name, seen=before.version, htmx=htmx, **answers)
        if htmx:
            assert (answer.status_code, answer.text.lstrip()[:40].count('id="case-panel"')) == (200, 1), answer.text
        else:
            assert (answer.status_code, answer.location) == (303, f"/cases/{self.number}"), answer.text
        last = self.ask(trail.of(self.number))[-1]
        assert (trail.facts(last)["step"], last.actor) == (name, by)
        self.taken.append(name)


@pytest.mark.parametrize("kind", workflows.every())
def test_every_step_of_every_kind_goes_through_the_door(app, browser_of, prepared, ask, kind):
    with prepared() as office:
        more = {"origin": office.file()} if kind == "accountability" else {}
        number = office.file(kind, **more).number
    walk = Walk(number, browser_of, ask)
    accountable = kind == "accountability"
    lead, liaison, principal = ("jw", "discipline", "discipline_principal") if accountable else (
        "zjj", "liaison", "principal")
    assigned = ASSIGNED | {"lead": lead} | ({"approval": "市政府负责同志批准"} if accountable else {})
    begun = {"complaint": {"plan": "先核实"}, "finding": {"target": "目标", "plan": "措施", "done_on": day(3)},
             "task": {"plan": "措施", "done_on": day(3)}, "accountability": {"plan": "立案核查"}}[kind]
    submitted = {
        "complaint": {"statement": "已办。", "result": "solved"},
        "finding": {"statement": "已办。", "root_cause": "清单", "same_kind": "两处", "result": "done"},
        "task": {"statement": "已办。", "result": "done"},
        "accountability": {"document": "澜纪〔2026〕3号", "subject": "建管科", "responsibility": "direct",
                           "method": "admonition", "decided_on": day(-1), "statement": "事实清楚。"},
    }[kind]
    reviewed = {"complaint": {"asked": "satisfied"}, "finding": {"method": "on_site", "finding": "未反弹"},
                "task": {"method": "documents", "finding": "属实"}, "accountability": {"finding": "已执行"}}[kind]
    checked = {"method": "call", "opinion": "属实"}
    walk.step("instruct", "leader", instruction="限期办结")
    walk.step("propose_end", "dispatcher", ground="withdrawn", **SAID)
    walk.step("keep_open", "director", **SAID)
    walk.step("propose_end", "dispatcher", ground="refused", channel="市信访局", **SAID)
    walk.step("end", "director")
    walk.step("restore", "director", **SAID)
    if accountable:
        walk.step("set_out", "supervisor", trigger="shirking", subject_kind="person", subject="科长 张三",
                  responsibility="direct", findings="四次退补", heard="无异议", basis="条例第六十九条")
    walk.step("assign", "dispatcher", **assigned, **parts("zrzy", "gd"))
    walk.step("object", liaison, basis="三定", right_unit="qx", **SAID)
    walk.step("uphold", "second_dispatcher", **SAID)
    walk.step("assign", "dispatcher", **assigned, **parts("zrzy"))
    walk.step("escalate", "director", **SAID)
    walk.step("list", "director", **SAID)
    reassigned = {name: value for name, value in assigned.items() if name not in ("grade", "approval")}
    walk.step("reassign", "second_dispatcher", **reassigned, **parts("zrzy"), **SAID)
    walk.step("object", liaison, basis="三定", right_unit="qx", **SAID)
    walk.step("overrule", "dispatcher", **SAID)
    walk.step("sign_for", liaison)
    walk.step("start", liaison, **begun)
    walk.step("report", "supporter", progress="已看现场")
    walk.step("add_support", "dispatcher", **parts("gd"))
    walk.step("drop_support", "dispatcher", unit="gd", **SAID)
    walk.step("call", liaison, unit="zrzy", need="请即出意见")
    walk.step("finish_part", "supporter", result="已出具")
    walk.step("ask_extension", liaison, days="3", **SAID)
    walk.step("withdraw", liaison, **SAID)
    walk.step("ask_extension", liaison, days="3", **SAID)
    walk.step("hand_back", principal, **SAID)
    walk.step("ask_extension", liaison, days="3", **SAID)
    walk.step("sign", principal)
    walk.step("grant_extension", "director")
    walk.step("ask_pause", liaison, category="hearing", review_on=day(7), **SAID)
    walk.step("sign", principal)
    walk.step("decline", "director", **SAID)
    walk.step("ask_pause", liaison, category="hearing", review_on=day(7), **SAID)
    walk.step("sign", principal)
    walk.step("grant_pause", "director")
    walk.step("resume", liaison, reason="听证已毕")
    walk.step("make_standing", "director", review_on=day(7), **SAID)
    walk.step("take_stock", "supervisor", finding="仍在推进", review_on=day(7))
    walk.step("end_standing", "director", **SAID)
    if accountable:
        walk.step("answer", liaison, adopted="partly", **SAID)
    walk.step("submit", liaison, **submitted)
    walk.step("sign", principal)
    walk.step("send_back", "dispatcher", **SAID)
    walk.step("submit", liaison, **submitted)
    walk.step("sign", principal)
    walk.step("close", "dispatcher", **checked)
    if accountable:
        walk.step("execute", liaison, told_on=day(-1), executed_on=day(-1), filed_under="卷 12", execution="已宣布")
        walk.step("appeal", "supervisor", appealed_on=day(-1), grounds="认为过重")
        walk.step("answer_appeal", liaison, outcome="upheld", document="澜纪复〔2026〕1号", answered_on=day(-1), **SAID)
        walk.step("put_right", liaison, correction="cleared", document="澜纪〔2026〕9号", corrected_on=day(-1), **SAID)
    walk.step("review", "supervisor", **reviewed)
    walk.step("reopen", "supervisor", **SAID)
    untaken = set(workflows.get(kind).step) - set(walk.taken)
    assert untaken == set()


def test_an_accountability_case_is_reviewed_when_its_appeal_period_is_over(app, browser_of, prepared, ask):
    with prepared() as office:
        office.until(2026, 3, 2)
        case = office.file("accountability", origin=office.file())
        office.assign(case, lead="jw")
        office.start(case, by="discipline")
        office.submit(case, by="discipline")
        office.step(case, "sign", "discipline_principal")
        office.close(case)
        office.execute(case)
    Walk(case.number, browser_of, ask).step("review", "supervisor", finding="已执行，未申诉")


def test_who_holds_the_wrong_post_is_told_so_and_nothing_moves(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.handed()
    for username, step in (("liaison", "uphold"), ("registrar", "reassign"), ("principal", "start"),
                           ("auditor", "instruct"), ("leader", "escalate")):
        for htmx in (False, True):
            answer = browser_of(username).step(case.number, step, seen=case.version, htmx=htmx, **SAID)
            assert (answer.status_code, 'role="alert"' in answer.text) == (403, True), (username, step)
            assert ("<html" in answer.text) is not htmx
    assert len(ask(trail.of(case.number))) == 2


def test_a_second_clerk_is_told_who_moved_it_and_keeps_what_he_typed(app, browser_of, prepared, ask):
    with prepared() as office:
        number = office.file().number
    browser_of("dispatcher").step(number, "assign", seen=1, **ASSIGNED)
    typed = {"statement": "x"} | ASSIGNED | {"request": "我写了很久的 <要求>"} | parts("gd")
    for htmx in (False, True):
        stale = browser_of("second_dispatcher").step(number, "propose_end", seen=1, htmx=htmx, ground="withdrawn",
                                                     reason="我写了很久的 <理由>")
        assert stale.status_code == 409
        sentence = re.search(r"何静.*?\d{1,2}:\d\d.*?交办", stale.text)
        assert sentence, stale.text
        assert "我写了很久的 &lt;理由&gt;" in stale.text and ("<html" in stale.text) is not htmx
        assert 'name="seen" value="2"' in stale.text, "the form that comes back can be sent again"
    gone = browser_of("second_dispatcher").step(number, "assign", seen=1, **typed)
    assert gone.status_code in (409, 422)
    assert ask(select(func.count()).select_from(Entry).where(Entry.stream == number)) == [2]


def test_what_is_missing_is_said_at_its_field_and_nothing_changes(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.at_work(kind="finding")
    before = ask(trail.of(case.number))[-1].seal
    for htmx in (False, True):
        answer = browser_of("liaison").step(case.number, "submit", seen=case.version, htmx=htmx,
                                            statement="写好的 </textarea> 陈述", root_cause="　 ", result="whim")
        assert answer.status_code == 422
        for field in ("root_cause", "same_kind", "result"):
            assert f'id="{field}-error"' in answer.text and f'href="#{field}"' in answer.text
        assert 'id="statement-error"' not in answer.text and "写好的 &lt;/textarea&gt; 陈述" in answer.text
    assert ask(trail.of(case.number))[-1].seal == before
    assert [c.version for c in ask(select(Case))] == [case.version]


BAD = (
    ({"lead": "nowhere"}, "lead"), ({"lead": ["zjj", "gd"], "grade": "whim"}, "grade"),
    (parts("zjj"), "supports"), (parts("gd", "gd"), "supports"), (parts("nowhere"), "supports"),
    ({"supports-0-unit": "gd", "supports-0-task": "办", "supports-0-due_on": "2026-02-30"}, "supports"),
    ({"supports-0-unit": "", "supports-0-task": "办"}, "supports"),
)


def test_a_bad_assignment_is_refused_beside_the_field_that_caused_it(app, browser_of, prepared, ask):
    with prepared() as office:
        number = office.file().number
    for answers, field in BAD:
        answer = browser_of("dispatcher").step(number, "assign", seen=1, **(ASSIGNED | answers))
        assert answer.status_code == 422, answers
        at_field = rf'id="{field}-error"|<fieldset[^>]*govuk-form-group--error[^>]*id="{field}"'
        assert re.search(at_field, answer.text), answers
        assert ASSIGNED["request"] in answer.text
    assert [c.state for c in ask(select(Case))] == ["filed"]


def test_wrong_dates_and_numbers_are_refused_beside_their_field(app, browser_of, prepared):
    with prepared() as office:
        case = office.at_work()
    pause, more = {"category": "hearing", **SAID}, {"days": "0", **SAID}
    for step, answers, field in (
        ("ask_pause", pause | {"review_on": "soon"}, "review_on"), ("ask_extension", more, "days"),
        ("ask_pause", pause | {"review_on": "2026-13-01"}, "review_on"),
        ("ask_extension", more | {"days": "²"}, "days"),
        ("ask_pause", pause | {"review_on": "2026-01-05"}, "review_on"),
        ("ask_extension", more | {"days": "9" * 5000}, "days"),
    ):
        answer = browser_of("liaison").step(case.number, step, seen=case.version, **answers)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), answers


def test_a_form_without_a_true_version_is_no_form_of_ours(app, browser_of, prepared, ask):
    with prepared() as office:
        number = office.file().number
    for seen in ("", "x", "-1", "²", "٣", "9" * 5000, "1.0"):
        assert browser_of("dispatcher").step(number, "assign", seen=seen, **ASSIGNED).status_code == 400, seen
    assert len(ask(trail.of(number))) == 1


def test_an_unknown_step_is_not_there_and_one_of_another_kind_neither(app, browser_of, prepared):
    with prepared() as office:
        number = office.file().number
    for name in ("", "fly", "__class__", "assign\0"):
        assert browser_of("dispatcher").step(number, name, seen=1).status_code == 404
        assert browser_of("dispatcher").get(f"/cases/{number}/steps/{name or 'none'}").status_code in (303, 404)


def test_the_form_of_a_step_opens_in_its_place_and_offers_what_the_catalogue_proposes(app, browser_of, prepared):
    with prepared() as office:
        case = office.handed()
    page = browser_of("liaison").get(f"/cases/{case.number}/steps/object")
    fragment = browser_of("liaison").get(f"/cases/{case.number}/steps/object", headers={"HX-Request": "true"})
    assert "<html" in page.text and 'id="case-steps"' in fragment.text.lstrip()[:80]
    for answer in (page, fragment):
        assert 'name="right_unit"' in answer.text and f'name="seen" value="{case.version}"' in answer.text
        assert "HX-Request" in answer.headers["Vary"]
    closed = browser_of("principal").get(f"/cases/{case.number}/steps/sign")
    assert closed.status_code == 200 and 'name="opinion"' not in closed.text, "there is nothing to sign"
    assert browser_of("liaison").get(f"/cases/{case.number}/steps/submit").status_code == 303


def test_a_step_taken_throws_its_draft_away_and_a_refused_one_keeps_it(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.at_work()
    liaison = browser_of("liaison")
    liaison.post(f"/drafts/{case.number}/report", progress="写到一半")
    assert "写到一半" in liaison.get(f"/cases/{case.number}/steps/report").text
    assert liaison.step(case.number, "report", seen=case.version, progress=" ").status_code == 422
    assert len(ask(select(Draft))) == 1
    assert liaison.step(case.number, "report", seen=case.version, progress="写完了").status_code == 303
    assert ask(select(Draft)) == []


def test_after_a_step_one_is_sent_back_to_a_page_of_ours(app, browser_of, prepared):
    with prepared() as office:
        case = office.at_work()
    home = f"/cases/{case.number}"
    for back, to in (("/", "/"), ("/cases?state=filed", "/cases?state=filed"), ("//evil.example", home), ("", home),
                     ("/\\evil.example", home), ("https://evil.example", home), ("/\t/evil.example", home)):
        answer = browser_of("liaison").step(case.number, "report", seen=case.version, progress="在办", back=back)
        assert (answer.status_code, answer.location) == (303, to), back
