"""duban user add · user passwd · unit import"""

import csv
import sys
from pathlib import Path

import click
from sqlalchemy import select

from app.cli import doing
from app.domain.errors import Refused
from app.domain.people import Unit
from app.extensions import db
from app.office import people
from workflows.grammar import N_, POSTS

COLUMNS = {"code": ("code", "单位编码", "编码"), "name": ("name", "单位名称", "名称"), "class": ("class", "类别"),
           "superior": ("superior", "上级单位", "上级"), "principal": ("principal", "负责人", "主要负责人"),
           "short": ("short", "简称")}
CLASSES = {"市直": "department", "市直单位": "department", "部门": "department", "县区": "county", "县": "county",
           "园区": "park", "办公室": "office", "纪检": "discipline", "领导": "leadership", "外部": "outside"}


@click.group()
def user():
    """Accounts."""


@user.command("add")
@click.argument("username")
@click.option("--post", "post", required=True, type=click.Choice(sorted(POSTS)))
@click.option("--unit", "unit_code", required=True, metavar="CODE")
@click.option("--name", default=None, help="the officer's name; the account's where left out")
@click.option("--password-stdin", is_flag=True, help="read the password from stdin instead of asking")
def add(username, post, unit_code, name, password_stdin):
    """Open an account and give it a post; there is no default password."""
    password = _password(password_stdin)
    with doing.writing():
        unit = _unit(unit_code)
        officer = people.officer_called(db.session, username)
        if officer is None:
            officer = people.add_officer(db.session, username=username, name=name or username, password=password,
                                         **_by())
        else:
            people.set_password(db.session, officer, password, **_by())
        people.give_post(db.session, officer, post, unit, **_by())
    click.echo(f"{username} holds the post {post} at {unit_code}.")


@user.command("passwd")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="read the password from stdin instead of asking")
def passwd(username, password_stdin):
    """Set a password; every session of that account ends."""
    password = _password(password_stdin)
    with doing.writing():
        officer = people.officer_called(db.session, username)
        if officer is None:
            raise Refused(N_("There is no account %(username)s."), username=username)
        people.set_password(db.session, officer, password, **_by())
    click.echo(f"The password of {username} is set.")


@click.group()
def unit():
    """Units."""


@unit.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file):
    """Take units in from a .csv with code, name, class, superior, principal; what stands is left alone or updated."""
    with doing.refusing():
        rows = _rows(file)
    with doing.writing():
        added = sum(_take_in(row) for row in rows)
        for row in rows:
            _superior(row)
        for row in rows:
            _principal(row)
    click.echo(f"{added} units added, {len(rows) - added} stood already.")


def _rows(file: Path) -> list[dict]:
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    table = list(csv.reader(text.splitlines()))
    if not table:
        raise Refused(N_("The file is empty."))
    heads = {field: next((table[0].index(name) for name in names if name in table[0]), None)
             for field, names in COLUMNS.items()}
    for field in ("code", "name", "class"):
        if heads[field] is None:
            raise Refused(N_("The file has no column “%(column)s”."), column=field)
    rows = []
    for number, cells in enumerate(table[1:], 2):
        if any(cell.strip() for cell in cells):
            row = {field: cells[at].strip() if at is not None and at < len(cells) else ""
                   for field, at in heads.items()}
            row["line"], row["class"] = number, CLASSES.get(row["class"], row["class"])
            rows.append(row)
    return rows


def _take_in(row: dict) -> bool:
    found = db.session.scalar(select(Unit).where(Unit.code == row["code"]))
    if found is None:
        people.add_unit(db.session, code=row["code"], name=row["name"], short=row["short"] or None,
                        klass=row["class"], **_by())
        return True
    if found.name != row["name"]:
        raise Refused(
            N_("Line %(line)s: %(code)s is called %(name)s here. A new name is a new unit with its own code; the old "
               "one is then succeeded by it."), line=row["line"], code=row["code"], name=found.name)
    changes = {"klass": row["class"]} | ({"short": row["short"]} if row["short"] else {})
    people.change_unit(db.session, found, **changes, **_by())
    return False


def _superior(row: dict) -> None:
    if row["superior"]:
        unit, superior = _unit(row["code"]), _unit(row["superior"])
        people.change_unit(db.session, unit, superior_id=superior.id, **_by())


def _principal(row: dict) -> None:
    """A principal without an account gets one that stays closed until `duban user passwd`."""
    if not row["principal"]:
        return
    unit = _unit(row["code"])
    officer = people.officer_called(db.session, row["principal"]) or people.officer_called(
        db.session, f"{row['code']}-principal")
    if officer is None:
        officer = people.add_officer(db.session, username=f"{row['code']}-principal", name=row["principal"], **_by())
    people.give_post(db.session, officer, "principal", unit, **_by())


def _unit(code: str) -> Unit:
    unit = db.session.scalar(select(Unit).where((Unit.code == code) | (Unit.name == code)))
    if unit is None:
        raise Refused(N_("There is no unit %(code)s."), code=code)
    return unit


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return click.prompt("Password", hide_input=True, confirmation_prompt=True)


def _by() -> dict:
    return {"by": doing.machine(), "at": doing.now(), "words": doing.words()}


COMMANDS = (user, unit)
