"""What stands in the cells of other people's ledgers, as values: texts to the byte, moments, units, grades."""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.domain.errors import Refused
from app.domain.people import Directory, UnitView
from app.domain.workdays import Calendar
from app.papers.tables import Gap
from workflows.grammar import N_, Workflow

NOTHING = ("无", "/", "／")  # how a Chinese form says that a cell is empty on purpose
NO_CHOICE = (*NOTHING, "", "-", "—", "——", "暂无", "不涉及")
EXACT = 10**15  # beyond it a spreadsheet has rounded the number
DAY_ONE = date(1899, 12, 30)  # of a spreadsheet's serial numbers
GRADES = {"一般": "ordinary", "普通": "ordinary", "重要": "important", "重大": "major", "复杂": "complex",
          "咨询": "advice", "建议": "advice", "咨询建议": "advice"}


def text(cell, *, exact: bool = False) -> str | None:
    """The text as it stands, white space and all; None where nothing is said. `exact`: 无 and / say something too."""
    match cell:
        case None | "":
            return None
        case str():
            return None if not exact and cell.strip() in NOTHING else cell
        case Gap(error=None):
            raise Refused(N_("This is a formula without a stored value; open the file, let it calculate, and save it."))
        case Gap():
            raise Refused(N_("This formula ends in %(error)s."), error=cell.error)
        case bool():
            return str(cell).upper()
        case int() | float():
            return _number(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def choice(cell, *, exact: bool = False) -> str | None:
    """A text to be looked up: without the space around it, and without the many ways of saying nothing."""
    said = text(cell, exact=exact)
    if said is None or exact:
        return said
    return None if said.strip() in NO_CHOICE else said.strip()


def moment(cell, calendar: Calendar) -> datetime | None:
    """A moment to the second, in local time; a day alone is its beginning."""
    match cell:
        case datetime():
            return cell.replace(tzinfo=calendar.zone).astimezone(UTC)
        case date():
            return calendar.starts(cell)
        case int() | float() if not isinstance(cell, bool):
            return of_number(cell, calendar)
    said = choice(cell)
    if said is None:
        return None
    flat = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", said))
    if re.fullmatch(r"\d{4,14}(\.\d+)?", flat):
        return of_number(float(flat), calendar)
    found = _MOMENT.fullmatch(flat)
    if found is None:
        raise Refused(N_("“%(words)s” is not a date; write it as 2026-11-02 or 2026-11-02 09:30:00."), words=said[:40])
    try:
        return _written(*found.groups(), calendar=calendar)
    except ValueError:
        raise Refused(N_("There is no such day or time: %(words)s."), words=said[:40]) from None


def _written(year, month, day, half, hour, minute, second, zone, *, calendar: Calendar) -> datetime:
    hour = int(hour or 0) + (12 if half in ("下午", "PM", "pm") and int(hour or 0) < 12 else 0)
    at = datetime(int(year), int(month), int(day), hour, int(minute or 0), int(second or 0), tzinfo=calendar.zone)
    return (datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{zone}") if zone else at).astimezone(UTC)


_MOMENT = re.compile(
    r"(\d{4}) ?[-./年] ?(\d{1,2}) ?[-./月] ?(\d{1,2}) ?日?,?"
    r"(?:[ T]*(上午|下午|AM|PM|am|pm)? ?(\d{1,2})[:时点](\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?)?"
    r"(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Units:
    """Units named in one cell, in their order; `others` are words for many (各有关部门) that name none."""

    named: tuple[UnitView, ...] = ()
    others: tuple[str, ...] = ()


def units(cell, people: Directory) -> Units:
    said = choice(cell)
    if said is None:
        return Units()
    if whole := _unit(said, people):
        return Units((whole,))
    named, others = {}, []
    for part in re.split(r"[、,;/\s]+", unicodedata.normalize("NFKC", said)):
        name = _ROLE.sub("", part)
        if not name:
            continue
        if unit := _unit(name, people):
            named[unit.id] = unit
        elif _MANY.match(name):
            others.append(name)
        else:
            raise _unknown(name, people)
    return Units(tuple(named.values()), tuple(others))


_ROLE = re.compile(r"^(牵头|主办|承办|责任|配合|协办)(单位|部门)?:|(牵头|配合)$")
_MANY = re.compile(r"各|有关|相关|其他|市直(各|有关|相关)|县\(市")


def unit(cell, people: Directory) -> UnitView | None:
    named = units(cell, people).named
    if len(named) > 1:
        raise Refused(N_("One unit is named here, not several."))
    return named[0] if named else None


def grade(cell, workflow: Workflow, words) -> str | None:
    said = choice(cell)
    if said is None:
        return None
    names = GRADES | {label: name for name, label in workflow.grades} | {words(label): name for name, label in
                                                                       workflow.grades}
    found = names.get(re.sub(r"(问题|投诉|级)$", "", said), said)
    if found not in dict(workflow.grades):
        raise Refused(N_("“%(words)s” is no grade of this kind of case."), words=said[:40])
    return found


def yes(cell) -> bool:
    return (choice(cell) or "").lower() in ("是", "匿名", "true", "yes", "1", "y")


def _number(value: int | float) -> str:
    if abs(value) >= EXACT:
        raise Refused(N_("This number has more digits than a spreadsheet keeps, so it has been rounded; format the "
                         "column as text and enter it again."))
    return str(int(value)) if value == int(value) else repr(value)


def of_number(value: int | float, calendar: Calendar) -> datetime:
    """20261102, 20261102093000, or a spreadsheet's serial number of a day."""
    digits = str(int(value))
    try:
        if len(digits) == 14:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=calendar.zone).astimezone(UTC)
        if len(digits) == 8:
            return calendar.starts(date(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    except ValueError:
        raise Refused(N_("There is no such day or time: %(words)s."), words=digits) from None
    if not 20_000 <= value < 80_000:
        raise Refused(N_("“%(words)s” is not a date; write it as 2026-11-02 or 2026-11-02 09:30:00."), words=digits)
    at = datetime.combine(DAY_ONE, time()) + timedelta(seconds=round(value * 86_400))
    return at.replace(tzinfo=calendar.zone).astimezone(UTC)


def _unit(name: str, people: Directory) -> UnitView | None:
    """By code, name or short name; one that has been succeeded answers through its heir."""
    found = people.called(name)
    if found is None:
        gone = [unit for unit in people.units.values() if unit.is_gone and name in (unit.name, unit.short)]
        found = gone[0] if len(gone) == 1 else None
    if found is None:
        return None
    heir = people.units[people.heir(found.id)]
    return None if heir.is_gone else heir


def _unknown(name: str, people: Directory) -> Refused:
    names = [each for unit in people.units.values() if not unit.is_gone for each in (unit.name, unit.short)]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return Refused(N_("There is no unit called “%(name)s”; did you mean “%(near)s”?"), name=name[:40], near=near[0])
    return Refused(N_("There is no unit called “%(name)s”."), name=name[:40])
