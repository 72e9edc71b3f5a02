"""The supervisor's day at the pages: board, paper, signature, receipt, answer, verdict."""

import io
import re
import zipfile

import pytest
from sqlalchemy import select

from app.domain import clocks
from app.domain.notices import Notice
from tests.web.conftest import HTMX


@pytest.fixture
def late(prepared):
    with prepared() as office:
        case = office.at_work()
        return {"number": case.number, "node": handling(office, case).id}


def handling(office, case):
    """The lead's own term."""
    return next(n for n in clocks.of_case(office.session, case.id, running=True) if n.purpose == "handle")


@pytest.fixture
def paper(browser_of, late):
    """A prepared notice, and where it is."""
    answer = browser_of("supervisor").post("/notices", node=late["node"], form="supervise", requirement="请限期整改。")
    assert answer.status_code == 303
    return answer.location


def act(browser, paper, name, headers=None, **more):
    page = browser.get(paper).text
    found = re.search(rf'name="act" value="{name}"><input type="hidden" name="seen" value="(\d+)"', page)
    return browser.post(f"{paper}/acts", headers=headers or {}, act=name, seen=found[1] if found else "1", **more)


def test_the_board_leads_to_a_prepared_paper(browser_of, late, ask):
    supervisor = browser_of("supervisor")
    board = supervisor.get("/overdue?which=open").text
    assert f'name="node" value="{late["node"]}"' in board
    form = supervisor.get(f"/notices/new?node={late['node']}").text
    assert late["number"] in form
    answer = supervisor.post("/notices", node=late["node"], form="urge", requirement="请抓紧办理。")
    assert (answer.status_code, answer.location) == (303, "/notices/1")
    assert ask(select(Notice.state)) == ["prepared"]


def test_a_blank_requirement_is_refused_and_nothing_is_lost(browser_of, late):
    answer = browser_of("supervisor").post("/notices", node=late["node"], form="circular", requirement="  ")
    assert answer.status_code == 422
    assert 'value="circular" selected' in answer.text and "govuk-error-summary" in answer.text


def test_it_is_signed_received_answered_and_judged(browser_of, paper):
    assert act(browser_of("director"), paper, "sign").status_code == 303
    desk = browser_of("liaison").get("/").text
    assert paper in desk
    assert act(browser_of("liaison"), paper, "receive", HTMX).status_code == 200
    assert act(browser_of("liaison"), paper, "reply", text="已整改。").status_code == 303
    answer = act(browser_of("supervisor"), paper, "judge", HTMX, verdict="enough", opinion="属实。")
    assert answer.status_code == 200 and 'id="notices-panel"' in answer.text and "<html" not in answer.text
    assert "已整改。" in browser_of("supervisor").get(paper).text
    assert "〔" in browser_of("auditor").get("/notices").text


def test_the_paper_comes_as_a_word_file_that_says_the_same(browser_of, paper, late):
    act(browser_of("director"), paper, "sign")
    answer = browser_of("liaison").get(f"{paper}/paper.docx")
    assert answer.status_code == 200 and answer.data[:2] == b"PK"
    assert "filename*=UTF-8''%E7%9D%A3" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        body = re.sub(r"<[^>]+>", "", parts.read("word/document.xml").decode())
    page = browser_of("liaison").get(paper).text
    for words in (late["number"], "请限期整改", "督〔"):
        assert words in body and words in page


def test_an_offices_own_text_that_is_wrong_is_named(app, browser_of, paper):
    folder = app.extensions["settings"].data / "papers"
    folder.mkdir(exist_ok=True)
    own = folder / "supervise.txt"
    own.write_text("督办通知单\n\n{主送}：\n{没有这个词}\n")
    try:
        answer = browser_of("director").get(paper)
        assert answer.status_code == 422 and "supervise.txt" in answer.text
    finally:
        own.unlink()


def test_many_are_signed_with_one_press(browser_of, prepared):
    with prepared() as office:
        nodes = [handling(office, office.at_work()).id for _ in range(3)]
    for node in nodes:
        browser_of("supervisor").post("/notices", node=node, form="supervise", requirement="请限期整改。")
    director = browser_of("director")
    page = director.get("/notices").text
    chosen = re.findall(r'name="notice" value="(\d+)"', page)
    seen = {f"seen-{id}": re.search(rf'name="seen-{id}" value="(\d+)"', page)[1] for id in chosen}
    answer = director.post("/notices/signatures", notice=chosen, **seen)
    assert answer.status_code == 200 and len(chosen) == 3
    assert re.findall(r"督〔\d+〕([123])号", answer.text)


def test_a_paper_signed_meanwhile_is_said_to_be(browser_of, paper):
    director = browser_of("director")
    page = director.get(paper).text
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert director.post(f"{paper}/acts", act="sign", seen=seen).status_code == 303
    again = director.post(f"{paper}/acts", act="sign", seen=seen)
    assert again.status_code == 409


def test_the_wrong_post_is_told_so(browser_of, paper):
    assert act(browser_of("supervisor"), paper, "sign").status_code == 403


def test_an_unknown_act_leads_nowhere(browser_of, paper):
    assert browser_of("director").post(f"{paper}/acts", act="burn").status_code == 404


@pytest.mark.parametrize("address", ["/notices?after=²", "/notices?unit=%00&form=x", "/notices/99999999999",
                                     "/notices/new?node=9999999999999", "/notices?after=99999999999999999"])
def test_an_address_typed_by_hand_breaks_nothing(browser_of, address):
    assert browser_of("supervisor").get(address).status_code in (200, 303, 404)
