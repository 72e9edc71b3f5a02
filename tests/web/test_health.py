"""Whether this process answers: ok to everybody, figures to this machine alone."""


def test_it_says_ok_and_nothing_more(app):
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
    assert "Set-Cookie" not in answer.headers


def test_the_figures_are_for_this_machine(app, prepared):
    with prepared() as office:
        office.until(2026, 3, 2)
        office.handed()
    here = app.test_client().get("/metrics")
    assert here.status_code == 200 and here.mimetype == "text/plain"
    figures = dict(line.rsplit(" ", 1) for line in here.text.splitlines() if not line.startswith("#"))
    assert float(figures["duban_overdue_nodes"]) >= 1 and float(figures["duban_waiting_errands"]) == 0
    assert float(figures["duban_unsequenced_entries"]) >= 2
    assert "竣工" not in here.text


def test_nobody_else_gets_them_not_even_through_a_proxy(app):
    client = app.test_client()
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
