"""A furnished office of a real city's size: units, their officers, and those eight who sign in."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import people
from app.office import founding
from app.office import people as office

_FIELDS = (
    "住建", "供电", "自然资源", "生态环境", "市场监管", "人社", "税务", "交通", "财政", "发改", "科技", "工信",
    "公安", "民政", "司法", "水利", "农业农村", "商务", "文旅", "卫健", "应急", "审计", "国资", "城管",
)
_COUNTIES = ("青溪", "临江", "云山", "河西", "北港", "东湖", "柳林", "西坪", "石桥", "白沙")
_PARKS = ("高新", "临空", "港口")
_OFFICE = ("registrar", "dispatcher", "supervisor", "director")
DEPARTMENTS = tuple(f"d{number:02d}" for number in range(len(_FIELDS)))
UNITS = (*DEPARTMENTS, *(f"c{number:02d}" for number in range(len(_COUNTIES))), *(f"p{n}" for n in range(len(_PARKS))))
BUSY = UNITS[:8]  # their desks are full whatever the size of the ledger, so that pages of equal length are compared
READERS = (*_OFFICE, *(f"liaison_{code}" for code in BUSY[:4]))  # four who see every case, four who see their unit's
STEPPERS = tuple(f"liaison_{code}" for code in BUSY)


def furnish(session: Session, *, at: datetime, hashed: str) -> None:
    """Found the office with everybody in it; `hashed` is the password of all."""
    founding.found(session, at=at, words=str)
    by = {"by": people.SYSTEM, "at": at, "words": str}
    at_the_office = founding.office(session)
    for post in _OFFICE:
        _officer(session, post, post, at_the_office, hashed, by)
    _officer(session, "second_dispatcher", "dispatcher", at_the_office, hashed, by)
    for code, name, klass in _units():
        unit = office.add_unit(session, code=code, name=f"市{name}", short=name, klass=klass, **by)
        _officer(session, f"liaison_{code}", "liaison", unit, hashed, by)
        _officer(session, f"principal_{code}", "principal", unit, hashed, by)


def _units():
    names = [(f"{field}局", "department") for field in _FIELDS]
    names += [(f"{county}县", "county") for county in _COUNTIES] + [(f"{park}区管委会", "park") for park in _PARKS]
    return [(code, *named) for code, named in zip(UNITS, names, strict=True)]


def _officer(session: Session, username: str, post: str, unit, hashed: str, by: dict) -> None:
    officer = office.add_officer(session, username=username, name=f"{unit.short}{post[:3]}", **by)
    officer.password = hashed
    office.give_post(session, officer, post, unit, **by)
