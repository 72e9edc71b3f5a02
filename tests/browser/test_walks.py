"""A case of each kind from filing to review, in a browser, with scripts and without, through at least five people."""

import pytest

from tests.browser.city import BASIS, City
from tests.browser.walking import SUBMITTED, Walk

pytestmark = pytest.mark.xdist_group("browser")
REVIEWED = 5


@pytest.fixture(scope="module")
def city_on(databases_of, tmp_path_factory):
    """The city on one database, served while these stories last."""
    served = {}

    def city(dialect: str) -> City:
        if dialect not in served:
            new = City(databases_of(dialect), tmp_path_factory.mktemp(f"city-{dialect}"), "walks")
            new.publish_catalogue()
            served[dialect] = (new, new.served())
            served[dialect][1].__enter__()
        return served[dialect][0]

    yield city
    for _city, serving in served.values():
        serving.__exit__(None, None, None)


def walk_on(city_on, visitor, database: str, scripts: str, language="zh") -> Walk:
    return Walk(city_on(database), visitor, scripts=scripts == "scripts", language=language)


@pytest.mark.parametrize(("database", "scripts"), [("sqlite", "scripts"), ("postgresql", "plain")])
def test_a_complaint_with_an_objection_a_part_a_stale_tab_and_a_relapse(city_on, visitor, tmp_path, database, scripts):
    walk = walk_on(city_on, visitor, database, scripts)
    walk.file("complaint", name="王建国", phone="13800001234")

    clerk = walk.open_step("dispatcher", "assign")
    proposed = [clerk.value(name) for name in ("lead", "basis", "grade")]
    assert proposed == ["zjj", f"派单目录 3.2 {BASIS}", "complex"]
    clerk.answer({"request": "一次性列明缺项。", "supports-0-unit": "zrzy", "supports-0-task": "出具规划核实意见"})
    walk.send(clerk)
    walk.take("liaison", "object", basis="三定规定", right_unit="qx", reason="项目在青溪县。")
    walk.take("second_dispatcher", "overrule", reason="联合验收由市局牵头。")
    walk.press("liaison", "sign_for")
    walk.take("liaison", "start", plan="先列缺项，再约现场。")
    walk.take("liaison", "call", unit="zrzy", need="请即出具意见。")
    walk.attach("supporter", "核实意见.pdf", tmp_path)
    walk.take("supporter", "finish_part", result="规划核实意见已出具。")
    walk.attach("liaison", "验收意见书.pdf", tmp_path)
    submit_from_two_tabs(walk)
    walk.take("principal", "sign")
    walk.take("second_dispatcher", "close")
    walk.take("supervisor", "reopen", reason="企业来电：现场又要求补件。")
    walk.submit_sign_and_close("complaint")
    walk.take("supervisor", "review", asked="satisfied", solved="yes")
    assert walk.stage() == REVIEWED
    assert len(walk.people) >= 5


def submit_from_two_tabs(walk: Walk) -> None:
    """What the second tab sends is refused with who moved the case, and stays in its form."""
    clerk = walk.open_step("liaison", "submit")
    with clerk.second_tab() as first:
        walk.take("liaison", "submit", **SUBMITTED["complaint"])
        second, clerk.page = clerk.page, first
        clerk.answer({"statement": "另一页里写的说明。", "result": "partly"})
        with clerk.expecting(409):
            walk.send(clerk)
        assert "周敏" in clerk.said()
        assert (clerk.value("statement"), clerk.value("result")) == ("另一页里写的说明。", "partly")
        clerk.page = second


@pytest.mark.parametrize(("database", "scripts"), [("postgresql", "scripts"), ("sqlite", "plain")])
def test_a_finding_sent_back_once(city_on, visitor, tmp_path, database, scripts):
    walk = walk_on(city_on, visitor, database, scripts)
    walk.file("finding", source="察访")
    assert walk.open_step("dispatcher", "assign").value("lead") == "zjj"
    walk.take("dispatcher", "assign")
    walk.take("liaison", "start", target="窗口不再要求提交合格书。", plan="修订清单；培训窗口。", done_on=walk.day(3))
    walk.take("liaison", "report", progress="清单已修订，明日培训。")
    walk.take("liaison", "submit", **SUBMITTED["finding"])
    walk.take("principal", "sign")
    walk.take("second_dispatcher", "send_back", reason="未见举一反三的清单。")
    walk.attach("liaison", "清查清单.pdf", tmp_path)
    walk.submit_sign_and_close("finding")
    walk.take("supervisor", "review", method="on_site", finding="现场未再发现。")
    assert walk.stage() == REVIEWED
    assert len(walk.people) >= 5


@pytest.mark.parametrize(("database", "scripts"), [("sqlite", "scripts"), ("postgresql", "plain")])
def test_a_task_given_more_time_and_walked_in_english(city_on, visitor, database, scripts):
    walk = walk_on(city_on, visitor, database, scripts, language="en")
    walk.file("task", source="任务分工方案")
    walk.take("dispatcher", "assign", grade="ordinary", lead="zjj", due_on=walk.day(20))
    walk.press("liaison", "sign_for")
    walk.take("liaison", "start", plan="分三步走。", done_on=walk.day(15))
    walk.take("liaison", "ask_extension", days="3", reason="设备到货推迟。")
    walk.take("principal", "sign")
    walk.take("director", "grant_extension", opinion="同意。")
    walk.submit_sign_and_close("task")
    walk.take("supervisor", "review", method="documents", finding="效果属实。")
    assert walk.stage() == REVIEWED
    assert len(walk.people) >= 5


@pytest.mark.parametrize(("database", "scripts"), [("postgresql", "scripts"), ("sqlite", "plain")])
def test_accountability_raised_from_a_case_and_reviewed_after_the_appeal_period(city_on, visitor, database, scripts):
    city = city_on(database)
    with city.office() as office:
        origin = office.file()
        office.assign(origin)
        number = origin.number
    walk = walk_on(city_on, visitor, database, scripts)
    walk.raise_from(number, complained_of="zjj", title="对联合验收久拖不决的问责")
    walk.take("supervisor", "set_out", trigger="shirking", subject_kind="person", subject="建管科科长 张三",
              responsibility="direct", findings="四次退补，见所附轨迹。", heard="无异议。", basis="条例第六十九条")
    walk.take("dispatcher", "assign", grade="ordinary", lead="jw", approval="市政府主要负责同志批准")
    assert "张三" not in walk.by("dispatcher").page.inner_text("main"), "a name is for named posts only"
    walk.take("discipline", "start", plan="调阅台账，谈话核实。")
    assert "张三" in walk.by("discipline").page.inner_text("#case-recorded")
    walk.by("discipline").press("#case-recorded a")
    assert "仍为所附封印" in walk.by("discipline").page.inner_text("main")
    walk.take("discipline", "answer", adopted="yes", reason="启动核查。")
    walk.take("discipline", "submit", **SUBMITTED["accountability"], decided_on=walk.day(0))
    walk.take("discipline_principal", "sign")
    walk.take("second_dispatcher", "close")
    assert walk.stage() == REVIEWED - 1
    assert not walk.by("supervisor").holds('#case-steps a[href$="/steps/review"]'), "the appeal period runs"
    walk.take("discipline", "execute", told_on=walk.day(0), executed_on=walk.day(0), filed_under="卷 12",
              execution="已宣布并执行。")
    city.later(days=45)
    walk.people.clear()  # after weeks everybody signs in anew
    walk.take("supervisor", "review", finding="已执行，未申诉。")
    assert walk.stage() == REVIEWED
