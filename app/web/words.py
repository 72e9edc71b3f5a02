"""Words and figures as this reader reads them: language, days, moments, lamps; and those of the record."""

from datetime import date, datetime, timedelta

from flask import Flask, current_app
from markupsafe import Markup, escape

from app.domain import clocks
from app.domain.clocks import Lamp
from app.web import access, assets, speech
from app.web.speech import gettext as _
from app.web.speech import language, ngettext

N_ = str
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def record_words():
    """The translator of the record language, for the words that entries keep."""
    return speech.of(current_app.extensions["settings"].locale).word


def day(on: date | None, *, weekday: bool = False, year: bool = True) -> str:
    """2026年11月2日（周一） / 2 Nov 2026 (Mon)"""
    if on is None:
        return ""
    if language() == "zh":
        text = f"{on.year}年{on.month}月{on.day}日" if year else f"{on.month}月{on.day}日"
        return f"{text}（周{_WEEKDAYS['zh'][on.weekday()]}）" if weekday else text
    text = f"{on.day} {MONTHS[on.month - 1]} {on.year}" if year else f"{on.day} {MONTHS[on.month - 1]}"
    return f"{text} ({_WEEKDAYS['en'][on.weekday()]})" if weekday else text


def short_day(on: date | None) -> str:
    """Without the year, where it is this year's."""
    return day(on, year=on is not None and on.year != access.today().year)


def due_day(on: date | None) -> str:
    """The same, marked where it lies beyond the published calendar and is yet to be moved."""
    if on is None or access.register().calendar.is_known(on):
        return short_day(on)
    return Markup('%s <span class="db-chip">%s</span>') % (short_day(on), _("provisional"))


def weekday(on: date) -> str:
    return f"周{_WEEKDAYS['zh'][on.weekday()]}" if language() == "zh" else _WEEKDAYS["en"][on.weekday()]


def clock(at: datetime) -> str:
    return f"{access.register().calendar.local(at):%H:%M}"


def moment(at: datetime | None, *, year: bool | None = None) -> str:
    """10月14日 11:20 / 14 Oct 11:20, with the year where it is not this one."""
    if at is None:
        return ""
    local = access.register().calendar.local(at)
    with_year = year if year is not None else local.year != access.today().year
    return f"{day(local, year=with_year)} {local.hour:02d}:{local.minute:02d}"


def second(at: datetime) -> str:
    """10月14日 11:20:07, where the order of two is asked for."""
    return f"{moment(at)}:{at.second:02d}"


def lately(at: datetime) -> str:
    """今天 08:47, 昨天 17:20, else the day."""
    local = access.register().calendar.local(at)
    today = access.today()
    if local.date() == today:
        return _("today %(at)s", at=f"{local:%H:%M}")
    if local.date() == today - timedelta(days=1):
        return _("yesterday %(at)s", at=f"{local:%H:%M}")
    return short_day(local.date())


def show(value) -> str:
    """How facts of a refusal are written out."""
    if isinstance(value, datetime):
        return moment(value)
    return day(value, weekday=True)


def told(refusal) -> str:
    return refusal.told(_, show)


def lamp_of(row, *, standing: bool = False) -> Lamp:
    """The lamp of a case, or of anything with due_on and warn_on."""
    has = getattr(row, "_fields", None) or dir(type(row))  # to ask a row for what it has not is dear
    return clocks.lamp(
        due_on=row.due_on, warn_on=row.warn_on, today=access.today(), calendar=access.register().calendar,
        stopped_on=row.stopped_on if "stopped_on" in has else None,
        paused=bool(("paused" in has and row.paused) or ("paused_on" in has and row.paused_on)),
        standing=standing or bool("standing" in has and row.standing),
    )


def lamp_words(lamp: Lamp) -> str:
    days = lamp.days
    match lamp.why:
        case "overdue":
            return ngettext("%(num)s day late", "%(num)s days late", days) if days else _("past due")
        case "today":
            return _("due today")
        case "left":
            return ngettext("%(num)s day left", "%(num)s days left", days)
        case "paused":
            return _("paused")
        case "standing":
            return _("standing")
        case "late":
            late = ngettext("done, %(num)s day late", "done, %(num)s days late", days)
            return late if days else _("done late")
        case "met":
            return _("done in time")
        case _:
            return _("done")


def lamp_tag(lamp: Lamp) -> Markup:
    return Markup(f'<span class="db-lamp db-lamp--{lamp.colour}">{escape(lamp_words(lamp))}</span>')


def budget_words(budget: int, counted: str) -> str:
    if counted == "workday":
        return _("%(n)s working days", n=budget)
    return _("%(n)s days", n=budget)


def size(count: int) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1024 or unit == "MB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024
    return ""


def short_number(amount: float) -> str:
    return f"{amount:.1f}"


def install(app: Flask) -> None:
    env = app.jinja_env
    env.filters.update(day=day, short_day=short_day, due_day=due_day, moment=moment, second=second,
                       lately=lately, clock=clock, size=size, weekday=weekday, one=short_number,
                       isoformat=lambda value: value.isoformat())
    env.globals.update(today=access.today, now=access.now, register=access.register)
    speech.phrases(app, asset=assets.url, lamp_of=lamp_of, lamp_tag=lamp_tag, lamp_words=lamp_words,
                   budget_words=budget_words)
