"""One cast with fixed meanings: few units, one officer a post, and an outsider who gets nowhere."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import people
from app.office import founding
from app.office import people as office

UNITS = (
    ("zjj", "市住房和城乡建设局", "市住建局", "department"),
    ("zrzy", "市自然资源和规划局", "市自规局", "department"),
    ("gd", "市供电局", "市供电局", "department"),
    ("qx", "青溪县人民政府", "青溪县", "county"),
    ("jw", "市纪委监委", "市纪委", "discipline"),
    ("zf", "市人民政府", "市政府", "leadership"),
    ("sj", "市审计局", "市审计局", "outside"),
)
OFFICERS = (
    ("registrar", "唐晓燕", "registrar", "ysb"),
    ("dispatcher", "何静", "dispatcher", "ysb"),
    ("second_dispatcher", "孙悦", "dispatcher", "ysb"),
    ("supervisor", "李卫东", "supervisor", "ysb"),
    ("director", "赵启明", "director", "ysb"),
    ("liaison", "周敏", "liaison", "zjj"),
    ("principal", "陈立诚", "principal", "zjj"),
    ("supporter", "吴晓冬", "liaison", "zrzy"),
    ("supporting_principal", "郑海", "principal", "zrzy"),
    ("outsider", "段勇", "liaison", "gd"),
    ("outside_principal", "马骏", "principal", "gd"),
    ("county", "罗春", "liaison", "qx"),
    ("discipline", "方正", "discipline", "jw"),
    ("discipline_principal", "严明", "principal", "jw"),
    ("leader", "罗文斌", "leader", "zf"),
    ("auditor", "孟繁", "auditor", "sj"),
    ("sysadmin", "钱程", "sysadmin", "ysb"),
    ("secadmin", "安然", "secadmin", "ysb"),
    ("logadmin", "季录", "logadmin", "ysb"),
)


def furnish(session: Session, *, at: datetime, words=str, hashed: str | None = None) -> None:
    """Found the office and give it this cast; `hashed` is the password of all of them, none where left out."""
    founding.found(session, at=at, words=words)
    units = {"ysb": founding.office(session)}
    by = {"by": people.SYSTEM, "at": at, "words": words}
    for code, name, short, klass in UNITS:
        units[code] = office.add_unit(session, code=code, name=name, short=short, klass=klass, **by)
    for username, name, post, unit in OFFICERS:
        officer = office.add_officer(session, username=username, name=name, **by)
        officer.password = hashed
        office.give_post(session, officer, post, units[unit], **by)
