"""Signing in and out: slowed where somebody guesses, fresh where somebody comes in, gone where somebody goes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.domain import people
from app.domain.cases import Case
from app.domain.people import Miss, SignIn
from app.extensions import db
from app.office import people as office_people
from app.web.access import IDLE
from tests.conftest import PASSWORD

NEW = "a rather better secret"


class Visitor:
    """A browser that comes in through the form."""

    def __init__(self, app, address="10.0.0.1"):
        self.client, self.address = app.test_client(), address

    def token(self, page="/login") -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)[1]

    def get(self, url: str, **more):
        return self.client.get(url, environ_overrides={"REMOTE_ADDR": self.address}, **more)

    def sign_in(self, username="liaison", password=PASSWORD, query="", **more):
        form = {"csrf_token": self.token(), "username": username, "password": password, **more}
        return self.client.post(f"/login{query}", data=form, environ_overrides={"REMOTE_ADDR": self.address})

    def cookie(self) -> str:
        return self.client.get_cookie("duban").value


def wrong(visitor: Visitor, times: int, username="liaison") -> list[int]:
    return [visitor.sign_in(username, "not the password").status_code for _ in range(times)]


def move(app, statement) -> None:
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        db.session.execute(statement)
        db.session.commit()
        db.session.remove()


def test_one_signs_in_with_the_right_password_and_lands_where_he_wanted_to_go(app):
    visitor = Visitor(app)
    assert visitor.get("/cases?state=open").location == "/login?next=/cases?state%3Dopen"
    answer = visitor.sign_in(query="?next=/cases?state%3Dopen")
    assert (answer.status_code, answer.location) == (303, "/cases?state=open")
    assert "周敏" in visitor.get("/").text
    assert visitor.get("/login").location == "/", "who is in already needs no door"


@pytest.mark.parametrize(("username", "page"), [
    ("registrar", "/"), ("director", "/"), ("liaison", "/"), ("principal", "/"), ("discipline", "/"),
    ("supervisor", "/overdue"), ("leader", "/overdue"), ("auditor", "/trail"), ("sysadmin", "/officers"),
    ("secadmin", "/rules"), ("logadmin", "/accesses")])
def test_whoever_comes_to_the_front_door_begins_where_his_work_is(app, username, page):
    visitor = Visitor(app)
    assert visitor.get("/").location == "/login"
    assert visitor.sign_in(username).location == visitor.get("/login").location == page
    assert visitor.get(page).status_code == visitor.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_account_are_told_the_same(app):
    visitor = Visitor(app)
    names = ("liaison", "nobody", "", "li\0aison", "'; DROP TABLE--")
    told = [visitor.sign_in(username, "wrong") for username in names]
    assert {answer.status_code for answer in told[:2]} == {422}
    sentences = {re.search(r'role="alert".*?</div>', a.text, re.S)[0] for a in told[:2]}
    assert len(sentences) == 1
    assert {a.status_code for a in told} <= {422, 429}
    assert visitor.get("/").status_code == 303


def test_a_password_that_is_empty_or_very_long_or_strange_opens_nothing(app):
    for password in ("", "\0", "x" * 100_000, PASSWORD + " ", PASSWORD.upper()):
        assert Visitor(app, address=f"10.0.1.{len(password) % 250}").sign_in("principal", password).status_code in (
            422, 429)


def test_wrong_passwords_slow_the_account_down_from_every_address(app):
    assert wrong(Visitor(app), 3) == [422, 422, 422]
    answer = Visitor(app, address="10.9.9.9").sign_in()
    assert answer.status_code == 429, "not even the right one is looked at"
    assert 1 <= int(answer.headers["Retry-After"]) <= 3
    assert Visitor(app, address="10.9.9.9").sign_in("principal").status_code == 303


def test_wrong_passwords_slow_the_address_down_for_every_account(app):
    guesser = Visitor(app)
    assert [wrong(guesser, 1, name)[0] for name in ("liaison", "principal", "director")] == [422, 422, 422]
    assert guesser.sign_in("registrar").status_code == 429
    assert Visitor(app, address="10.9.9.9").sign_in("registrar").status_code == 303


def test_the_wait_grows_and_passes_and_never_locks(app):
    visitor = Visitor(app)
    waits = []
    for _ in range(9):
        move(app, update(Miss).values(last_at=Miss.last_at))
        wrong(visitor, 1)
        waits.append(int(visitor.sign_in(password="x").headers.get("Retry-After", 0)))
        move(app, update(Miss).values(last_at=datetime.now(UTC) - timedelta(seconds=61)))
    assert waits == sorted(waits) and 0 < waits[-1] <= 61
    assert visitor.sign_in().status_code == 303, "a minute later the right one is right"
    assert [people.delay(n).total_seconds() for n in (0, 2, 3, 4, 50)] == [0, 0, 2, 4, 60]


def test_the_right_password_forgets_the_wrong_ones(app, ask):
    visitor = Visitor(app)
    wrong(visitor, 2)
    assert len(ask(select(Miss))) == 2
    visitor.sign_in()
    assert ask(select(Miss)) == []


def test_nobody_can_prepare_a_session_for_somebody_else(app, ask):
    """Session fixation: what the browser held before is worth nothing afterwards."""
    visitor, attacker = Visitor(app), Visitor(app)
    attacker.token()
    before = attacker.cookie()
    visitor.client.set_cookie("duban", before)
    visitor.sign_in()
    assert visitor.cookie() != before
    assert attacker.get("/").status_code == 303
    inside, token = Visitor(app), visitor.token("/password")
    inside.sign_in()
    first = inside.cookie()
    inside.client.post("/logout", data={"csrf_token": inside.token("/password")})
    inside.sign_in()
    assert inside.cookie() != first and inside.token("/password") != token
    assert len(ask(select(SignIn))) == 3 and all(len(row.token) == 64 for row in ask(select(SignIn)))


def test_signing_out_ends_the_session_on_our_side_too(app):
    visitor = Visitor(app)
    visitor.sign_in()
    kept = visitor.cookie()
    answer = visitor.client.post("/logout", data={"csrf_token": visitor.token("/password")})
    assert (answer.status_code, answer.location) == (303, "/login")
    thief = Visitor(app)
    thief.client.set_cookie("duban", kept)
    assert thief.get("/").status_code == 303, "a copied cookie is worth nothing any more"


def test_a_changed_password_ends_every_other_session(app):
    here, there, somebody = Visitor(app), Visitor(app), Visitor(app)
    here.sign_in(), there.sign_in(), somebody.sign_in("principal")
    answer = here.client.post("/password", data={
        "csrf_token": here.token("/password"), "old": PASSWORD, "password": NEW})
    assert (answer.status_code, answer.location) == (303, "/login?changed=1")
    assert [each.get("/").status_code for each in (here, there, somebody)] == [303, 303, 200]
    assert Visitor(app).sign_in().status_code == 422
    assert Visitor(app).sign_in(password=NEW).status_code == 303


def test_a_password_is_not_changed_for_a_wrong_or_a_weak_one(app, ask):
    visitor = Visitor(app)
    visitor.sign_in()
    token, before = visitor.token("/password"), ask(select(people.Officer.password))
    for old, new, field in (("wrong", NEW, "old"), ("", NEW, "old"), (PASSWORD, "short", "password"),
                            (PASSWORD, "", "password"), (PASSWORD, "liaison-liaison-1", "password"),
                            (PASSWORD, "aaaaaaaaaaaaaaa", "password"), (PASSWORD, "x1y2z" * 60, "password")):
        answer = visitor.client.post("/password", data={"csrf_token": token, "old": old, "password": new})
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), (old, new)
        assert PASSWORD not in answer.text and NEW not in answer.text
    assert ask(select(people.Officer.password)) == before and visitor.get("/").status_code == 200


def test_the_idle_are_signed_out_after_half_an_hour(app, client_of):
    client = client_of("liaison")
    for minutes, code in ((29, 200), (31, 303)):
        with client.session_transaction() as cookie:
            cookie["seen"] = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp())
        assert client.get("/").status_code == code
    assert timedelta(minutes=30) == IDLE


@pytest.mark.parametrize("minutes", [31, 13 * 60])
def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in_again(app, client_of, token_of, ask, minutes):
    client = client_of("registrar")
    form = {"csrf_token": token_of(client), "kind": "complaint", "title": "用地手续", "facts": "两个月没有答复。",
            "source": "12345", "outside_number": "R1"}
    with client.session_transaction() as cookie:
        cookie["seen"] = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp())
    answer = client.post("/cases", data=form)
    assert answer.status_code == 401 and ask(select(Case)) == []
    kept = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text.split('action="/cases"')[1]))
    assert kept["facts"] == form["facts"] and "db-nav" not in answer.text

    again = client_of("registrar")
    first = again.post("/cases", data=kept)  # its token was of the session that had ended
    kept["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', first.text.split('action="/cases"')[1])[1]
    assert (first.status_code, again.post("/cases", data=kept).status_code) == (400, 303)
    assert [case.title for case in ask(select(Case))] == ["用地手续"]


def test_secrets_are_never_carried_along(app):
    answer = app.test_client().post("/password", data={"old": PASSWORD, "new": "a new secret of mine", "note": "x"})
    assert answer.status_code in (400, 401)
    assert PASSWORD not in answer.text and "a new secret of mine" not in answer.text


def test_looking_keeps_a_session_awake(app, client_of):
    client = client_of("liaison")
    with client.session_transaction() as cookie:
        cookie["seen"] = before = int((datetime.now(UTC) - timedelta(minutes=20)).timestamp())
    client.get("/")
    with client.session_transaction() as cookie:
        assert cookie["seen"] > before + 19 * 60


def test_after_twelve_hours_everybody_signs_in_again(app, client_of, ask):
    client = client_of("liaison")
    (row,) = ask(select(SignIn))
    assert row.until - row.began_at == office_people.LIFE == timedelta(hours=12)
    assert client.get("/").status_code == 200
    move(app, update(SignIn).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert client.get("/").status_code == 303


def test_a_forged_cookie_opens_nothing(app):
    visitor = Visitor(app)
    for value in ("", "x", "a.b.c", "eyJfdXNlcl9pZCI6ICIxIn0.ZZZZ.ZZZZ"):
        visitor.client.set_cookie("duban", value)
        assert visitor.get("/").status_code == 303


def test_whoever_has_left_or_holds_no_post_does_not_come_in(app, prepared):
    with prepared() as office:
        officers = [office_people.officer_called(office.session, name) for name in ("liaison", "county")]
        office_people.hand_over(office.session, *officers, reason="调任", by=office.by("secadmin"), at=office.now,
                                words=str)
    assert Visitor(app).sign_in().status_code == 422


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/%09/evil.example", "/%0d%0aLocation:%20https://evil.example", "evil.example", "%20//evil.example",
    "/%5Cevil.example",
)


def test_nobody_is_sent_to_another_host(app):
    signed_in = Visitor(app)
    signed_in.sign_in()
    for target in ELSEWHERE:
        assert Visitor(app).sign_in(query=f"?next={target}").status_code == 400, target
        assert signed_in.get(f"/login?next={target}").status_code == 400, target
