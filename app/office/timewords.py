"""Until when, as plans and ledgers say it: 11月底前, 第三季度, 15个工作日内, 立即, 长期坚持."""

import re
import unicodedata
from calendar import IllegalMonthError, monthrange
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.errors import Refused
from app.domain.workdays import Calendar
from app.office import cells
from workflows.grammar import N_


@dataclass(frozen=True)
class Due:
    """Until when: a date, a standing task, at once; and whether it was written as a plain date."""

    on: date | None = None
    standing: bool = False
    at_once: bool = False
    is_plain: bool = False


def due(cell, *, today: date, calendar: Calendar) -> Due | None:
    """`today` is the day that words without a year, and spans of days, are counted from."""
    match cell:
        case datetime():
            return Due(cell.date(), is_plain=True)
        case date():
            return Due(cell, is_plain=True)
        case int() | float() if not isinstance(cell, bool):
            return Due(calendar.on(cells.of_number(cell, calendar)), is_plain=True)
    said = cells.choice(cell)
    if said is None:
        return None
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", said))
    if _PLAIN.fullmatch(flat):
        return Due(calendar.on(cells.moment(said, calendar)), is_plain=True)
    standing, at_once = bool(_STANDING.search(flat)), bool(_AT_ONCE.search(flat))
    days = _days_of(_arabic(flat), today, calendar, said)
    if not days and not standing and not at_once:
        raise Refused(N_("“%(words)s” is no date and no time word known here; write it as 2026-11-02 or 11月底前."),
                      words=said[:40])
    return Due(max(days, default=None), standing, at_once)


_PLAIN = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?(\d{1,2}:\d\d(:\d\d)?)?|\d{8}")
_STANDING = re.compile(r"长期|持续|常态|永久|不间断")
_AT_ONCE = re.compile(r"立即|立行|即时|马上|即知即改|立刻")
_YEAR = r"(?:(?P<{0}>\d{{4}}|今|本|明)[-./年])?"
_WORDS = re.compile(
    r"(?<!\d)(?:"
    r"(?P<days>\d{1,3})(?P<unit>个?工作日|日内|天内?|个?自然日)"
    rf"|{_YEAR.format('y1')}(?P<month>\d{{1,2}})[-./月](?P<day>\d{{1,2}})[日号]?"
    rf"|{_YEAR.format('y2')}(?P<whole>\d{{1,2}})月份?(?P<part>[上中下]旬)?[底末]?"
    r"|(?P<y3>\d{4})[-./](?P<numeral>\d{1,2})(?!\d)"
    rf"|{_YEAR.format('y4')}第?(?P<quarter>[1-4])季度[底末]?"
    rf"|{_YEAR.format('y5')}(?P<half>[上下])半年[底末]?"
    r"|(?:(?P<y6>\d{4}|今|本|明)年[底末终内度]?|年[底末终内])"
    r"|(?P<this>本?月[底末]))")
_CHINESE = {"十二": "12", "十一": "11", "十": "10", "一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6",
            "七": "7", "八": "8", "九": "9"}


def _arabic(flat: str) -> str:
    """十二月 → 12月, 第三季度 → 第3季度: only before what they count."""
    return re.sub(r"(十[一二]?|[一二三四五六七八九])(?=月|季度|个?工作日)", lambda found: _CHINESE[found[0]], flat)


def _days_of(flat: str, today: date, calendar: Calendar, said: str) -> list[date]:
    """Every day that is named; a year holds for what follows it."""
    days = []
    for found in _WORDS.finditer(flat):
        days.append(_day_of(found, today, calendar, said))
        if any(value for key, value in found.groupdict().items() if key[0] == "y"):
            today = today.replace(year=days[-1].year, day=1)
    return days


def _day_of(found: re.Match, today: date, calendar: Calendar, said: str) -> date:
    told = found.groupdict()
    if told["days"]:
        days = int(told["days"])
        return calendar.add(today, days) if "工作" in told["unit"] else calendar.add_days(today, days)
    year = today.year
    if named := next((told[key] for key in told if key[0] == "y" and told[key]), None):
        year = {"今": today.year, "本": today.year, "明": today.year + 1}.get(named) or int(named)
    try:
        return _last_day(told, year, today)
    except (ValueError, IllegalMonthError):
        raise Refused(N_("There is no such day or time: %(words)s."), words=said[:40]) from None


def _last_day(told: dict, year: int, today: date) -> date:
    """The last day of what is named: a day, a third of a month, a month, a quarter, half a year, a year."""
    if told["day"]:
        return date(year, int(told["month"]), int(told["day"]))
    if told["part"] in ("上旬", "中旬"):
        return date(year, int(told["whole"]), 10 if told["part"] == "上旬" else 20)
    if month := told["whole"] or told["numeral"]:
        return _month_end(year, int(month))
    if told["this"]:
        return _month_end(today.year, today.month)
    if told["quarter"]:
        return _month_end(year, int(told["quarter"]) * 3)
    return date(year, 6, 30) if told["half"] == "上" else date(year, 12, 31)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
