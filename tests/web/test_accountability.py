"""Accountability on its pages: who reads who is meant, who sees that a case was raised from another, and the trail that
is attached."""

from tests.web.conftest import HTMX

NAME = "科长 张三丰"


def raised(office):
    """A case that the town's unit leads, and the one that was raised from it to the discipline organ."""
    origin = office.at_work(complainant={"name": "欧阳修远"})
    case = office.file("accountability", origin=origin)
    office.set_out(case, subject=NAME, findings="退补四次，见第三条。")
    office.assign(case, lead="jw", approval="市政府负责同志批准", supports=["zrzy"])
    return origin, case


def pages(browser, number: str) -> str:
    return "".join(browser.get(f"/cases/{number}{page}").text for page in ("", "/trail"))


def test_who_is_meant_is_read_by_named_posts_only(app, browser_of, prepared):
    with prepared() as office:
        _origin, case = raised(office)
        office.start(case, by="discipline")
        office.submit(case, by="discipline", subject=NAME)
    for username in ("supervisor", "director", "leader", "auditor", "discipline", "discipline_principal"):
        assert NAME in pages(browser_of(username), case.number), username
    for username in ("registrar", "dispatcher", "supporter"):
        said = pages(browser_of(username), case.number)
        assert NAME not in said and "退补四次" in said and "仅限指定岗位" in said, username
    for username in ("liaison", "principal", "outsider", "sysadmin"):
        assert browser_of(username).get(f"/cases/{case.number}").status_code == 404


def test_who_may_not_see_the_raised_case_sees_no_entry_that_names_it(app, browser_of, prepared):
    with prepared() as office:
        origin, case = raised(office)
    for username, sees in (("liaison", False), ("principal", False), ("supervisor", True), ("auditor", True)):
        said = pages(browser_of(username), origin.number)
        assert (case.number in said, "由本案提出" in said) == (sees, sees), username


def test_the_attached_trail_is_read_with_the_case_and_ends_where_it_ended_then(app, browser_of, prepared):
    with prepared() as office:
        origin, case = raised(office)
        office.step(origin, "report", "liaison", progress="后来才写的进展")
    for headers in ({}, HTMX):
        for username in ("discipline", "supporter", "director", "auditor"):
            answer = browser_of(username).get(f"/cases/{case.number}/attached", headers=headers)
            assert (answer.status_code, "仍为所附封印" in answer.text) == (200, True), username
            assert f'href="/cases/{case.number}/attached"' in browser_of(username).get(f"/cases/{case.number}").text
            assert "先核实，再办理" in answer.text and "后来才写的进展" not in answer.text
            assert "欧阳修远" not in answer.text and "联合验收反复退补" not in answer.text
    assert browser_of("discipline").get(f"/cases/{origin.number}").status_code == 404
    assert browser_of("liaison").get(f"/cases/{case.number}/attached").status_code == 404
    assert browser_of("director").get(f"/cases/{origin.number}/attached").status_code == 404


def test_a_sealed_origin_stays_with_those_named_on_it(app, browser_of, prepared):
    with prepared() as office:
        origin = office.file(sealed=True, title="密件标题")
        case = office.file("accountability", origin=origin)
        office.assign(case, lead="jw")
    for username, code in (("registrar", 200), ("director", 404), ("discipline", 404), ("auditor", 404)):
        assert browser_of(username).get(f"/cases/{case.number}/attached").status_code == code, username
        assert (origin.number in pages(browser_of(username), case.number)) is (code == 200), username


def test_the_letter_is_prepared_from_the_page_of_the_case(app, browser_of, prepared):
    with prepared() as office:
        _origin, case = raised(office)
        node = office.nodes(case)["adoption"].id
    supervisor, address = browser_of("supervisor"), f"/notices/new?node={node}&form=suggestion"
    assert address.replace("&", "&amp;") in supervisor.get(f"/cases/{case.number}").text
    assert '<option value="suggestion" selected' in supervisor.get(address).text
    assert "form=suggestion" not in browser_of("discipline").get(f"/cases/{case.number}").text


def test_what_contradicts_itself_is_said_beside_its_field_and_changes_nothing(app, browser_of, prepared, ask):
    with prepared() as office:
        _origin, case = raised(office)
        office.start(case, by="discipline")
    told = {"document": "文号", "subject": NAME, "responsibility": "direct", "method": "official_warning",
            "decided_on": "2026-01-05", "effective_until": "2026-02-01", "statement": "写了很久的事实"}
    for htmx in (False, True):
        answer = browser_of("discipline").step(case.number, "submit", seen=case.version, htmx=htmx, **told)
        assert answer.status_code == 422 and 'id="effective_until-error"' in answer.text
        assert "写了很久的事实" in answer.text and NAME in answer.text and "影响期为 6 个月" in answer.text


def test_a_search_over_all_trails_quotes_no_name_to_others(app, browser_of, prepared):
    with prepared() as office:
        _origin, case = raised(office)
        office.start(case, by="discipline")
        office.submit(case, by="discipline", subject=NAME, statement="该科长未按期补正。")
    for username, reads in (("dispatcher", False), ("registrar", False), ("auditor", True), ("supervisor", True)):
        for word in ("科长", "张三丰"):
            said = browser_of(username).get("/trail", query_string={"q": word}).text
            assert ("<mark>张三丰</mark>" in said or "张三丰</" in said or " 张三丰" in said) is reads, (username, word)
