"""The letter suggesting accountability: to the organ with power, about the unit that is meant, without a name."""

from datetime import date

from app.office import notices, printing
from app.papers import texts


def letter(office, **more) -> str:
    origin = office.handed()
    office.later(days=30)
    case = office.file("accountability", origin=origin, **more)
    office.set_out(case, subject="建管科科长 张三", findings="四次退补，未一次告知。\n逾期后未说明原因。")
    office.assign(case, lead="jw", request="对有关责任人员提醒谈话。", approval="市政府主要负责同志批准")
    node = office.nodes(case)["adoption"]
    told = {"by": office.by("supervisor"), "at": office.now, "words": str, "register": office.register}
    paper = notices.prepare(office.session, "suggestion", [(case, node)], requirement="请研究", **told)
    notices.sign(office.session, paper, seen=None, **told | {"by": office.by("director")})
    office.printed = paper
    return "\n".join(line.text if hasattr(line, "text") else str(line) for line in texts.lines(
        printing.paper(office.session, paper, register=office.register, words=str)))


def test_it_speaks_of_the_case_it_was_raised_from_and_of_the_unit_that_is_meant(office):
    said = letter(office)
    assert office.register.people.units[office.printed.unit_id].code == "jw"
    for words in ("市纪委监委", "关于市住房和城乡建设局有关问题的问责建议函", "TS-2026-0001", "四次退补，未一次告知",
                  "承认补正要求未一次告知", "市政府主要负责同志批准", "提醒谈话", "已逾期"):
        assert words in said, words
    assert "WZ-2026-0001" not in said and "市纪委监委lead unit" not in said


def test_it_names_no_person(office):
    assert "张三" not in letter(office)


def test_it_asks_for_the_answer_by_the_end_of_the_term_that_runs_for_it(office):
    said = letter(office)
    assert (office.printed.reply_on, "请于2026年11月13日前书面函复" in said) == (date(2026, 11, 13), True)
