"""The schedules that the State Council publishes for each year, as files and packages carry them."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from app.domain.errors import Refused
from workflows.grammar import N_


@dataclass(frozen=True)
class Schedule:
    """One year's published schedule, as read from a file or from chinesecalendar."""

    year: int
    source: str
    days: tuple[tuple[date, bool, str], ...]  # day, is off, name


def read(parsed: object, *, source: str) -> Schedule:
    """The JSON of holiday-cn: {"year": 2026, "days": [{"name", "date", "isOffDay"}]}; refuses what is doubtful."""
    if not isinstance(parsed, dict) or not isinstance(parsed.get("year"), int):
        raise Refused(N_("The file does not say which year it is for."))
    year = parsed["year"]
    if not 1990 <= year <= 2200:
        raise Refused(N_("%(year)s is not a year this calendar can hold."), year=year)
    rows = parsed.get("days")
    if not isinstance(rows, list):
        raise Refused(N_("The file holds no list of days."))
    if not rows:
        raise Refused(N_("The schedule of %(year)s has no days: it is not published yet."), year=year)
    return Schedule(year, source, tuple(_days(rows, year)))


def _days(rows: list, year: int):
    seen = set()
    for number, row in enumerate(rows, 1):
        try:
            on, is_off, name = date.fromisoformat(row["date"]), row["isOffDay"], str(row["name"])
        except (KeyError, TypeError, ValueError):
            raise Refused(N_("Day %(number)s of the file cannot be read."), number=number) from None
        if not isinstance(is_off, bool):
            raise Refused(N_("Day %(number)s of the file cannot be read."), number=number)
        if on in seen:
            raise Refused(N_("The file names %(day)s twice."), day=on.isoformat())
        if abs(on.year - year) > 1:
            raise Refused(N_("%(day)s does not belong to the schedule of %(year)s."), day=on.isoformat(), year=year)
        seen.add(on)
        yield on, is_off, name[:80]


def published() -> list[Schedule]:
    """The years that the chinesecalendar package knows (2004–2026)."""
    from chinese_calendar import constants

    days: dict[int, list] = {}
    for is_off, table in ((True, constants.holidays), (False, constants.workdays)):
        for on, holiday in table.items():
            name = _name(holiday)
            notice = on.year + (on.month == 12 and name == "元旦")
            days.setdefault(notice, []).append((on, is_off, name))
    return [Schedule(year, "chinesecalendar", tuple(sorted(rows))) for year, rows in sorted(days.items())]


def _name(holiday) -> str:
    name = holiday.value if hasattr(holiday, "value") else holiday
    return _CHINESE.get(name, name)


_CHINESE = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "National Day": "国庆节", "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年纪念日",
}


def digest(schedule: Schedule) -> str:
    """SHA-256 over the days of a schedule, so that an entry names exactly what was loaded."""
    lines = "\n".join(f"{on.isoformat()} {int(off)} {name}" for on, off, name in sorted(schedule.days))
    return sha256(lines.encode()).hexdigest()
