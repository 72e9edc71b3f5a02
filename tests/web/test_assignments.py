"""Assigning many at once: each with its own proposal; what is refused holds up no other."""

from sqlalchemy import select

from app.domain.cases import Case

REQUEST = {"request": "限期办结", "basis": "会议纪要 3"}


def rows(cases, **more) -> dict:
    fields = {"case": [case.number for case in cases]} | REQUEST
    for case in cases:
        number = case.number
        fields |= {f"seen-{number}": case.version, f"lead-{number}": "zjj", f"grade-{number}": "ordinary"}
    return fields | more


def states(ask) -> list[tuple]:
    return [(case.state, case.version) for case in ask(select(Case).order_by(Case.id))]


def test_many_are_assigned_with_one_confirmation_and_an_entry_each(app, browser_of, prepared, ask):
    with prepared() as office:
        cases = [office.file(), office.file("task"),
                 office.file("finding", proposal={"lead": "gd", "supports": ["qx"]})]
    dispatcher = browser_of("dispatcher")
    page = dispatcher.get("/assignments?" + "&".join(f"case={case.number}" for case in cases)).text
    assert all(f'name="seen-{case.number}" value="1"' in page for case in cases) and 'value="gd" selected' in page
    answer = dispatcher.post("/assignments", **rows(cases, **{f"supports-{cases[2].number}": "qx gd"}))
    assert answer.status_code == 200, answer.text
    assert states(ask) == [("assigned", 2)] * 3


def test_one_refused_row_says_so_and_holds_up_no_other(app, browser_of, prepared, ask):
    with prepared() as office:
        moved, wrong, strange, good = office.handed(), office.file(), office.file(), office.file()
    fields = rows([moved, wrong, strange, good], **{
        f"seen-{moved.number}": 1, f"lead-{wrong.number}": "nowhere", f"seen-{strange.number}": "²"})
    answer = browser_of("dispatcher").post("/assignments", **fields)
    assert answer.status_code == 422 and f'name="lead-{wrong.number}"' in answer.text
    assert states(ask) == [("assigned", 2), ("filed", 1), ("filed", 1), ("assigned", 2)]
    assert "限期办结" in answer.text, "what was typed is still there"


def test_numbers_that_are_none_are_passed_over(app, browser_of, prepared, ask):
    with prepared() as office:
        sealed = office.file(sealed=True)
    answer = browser_of("dispatcher").post("/assignments", **REQUEST, case=["TS-2026-9999", "\0", "", sealed.number])
    assert (answer.status_code, states(ask)) == (200, [("filed", 1)])
    assert browser_of("dispatcher").get("/assignments").status_code == 200


def test_only_a_dispatcher_assigns(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.file()
    for username in ("registrar", "supervisor", "director", "liaison", "leader"):
        assert browser_of(username).post("/assignments", **rows([case])).status_code == 403
    assert states(ask) == [("filed", 1)]
