"""The time axis of the ownership chart: days off, weeks, months and the days that do not follow their weekday."""

from datetime import date, timedelta

from app.domain.workdays import Calendar
from app.web import words

TOP = 18  # where the band of names ends
CSS = ("", ' class="t-off"')


def draw(calendar: Calendar, start: date, days: int, *, d: int, height: int, zh: bool) -> list[str]:
    """`days` days of `d` pixels from `start` on, `height` pixels high."""
    first = start.weekday()
    off = [(first + i) % 7 >= 5 for i in range(days)]
    special = []
    for on, is_off, name in calendar.specials(start, start + timedelta(days=days - 1)):
        i = (on - start).days
        if name or is_off != off[i]:
            special.append((i, is_off))
        off[i] = is_off
    mondays = range(-first % 7, days, 7)
    parts = [
        f'<path class="c-off" d="{_blocks(off, d, height)}"/>',
        '<path class="c-week" d="' + "".join(f"M{i * d} {TOP}V{height}" for i in mondays) + '"/>',
    ]
    if d >= 18:
        parts += [_number((start + timedelta(days=i)).day, i * d + d / 2, off[i]) for i in range(days)]
        parts += _months(start, days, d, zh)
    else:
        for i in mondays:
            on = start + timedelta(days=i)
            if d >= 8 or on.day <= 7:
                parts.append(_number(short(on, zh), i * d + d / 2, off[i]))
    if d >= 12:
        rest, work = ("休", "班") if zh else ("H", "W")
        for i, is_off in special:
            css, mark = ("t-rest", rest) if is_off else ("t-work", work)
            parts.append(f'<text class="{css}" x="{i * d + d / 2}" y="42" text-anchor="middle">{mark}</text>')
    return parts


def short(on: date, zh: bool) -> str:
    return f"{on.month}-{on.day}" if zh else f"{on.day} {words.MONTHS[on.month - 1]}"


def _blocks(off: list[bool], d: int, height: int) -> str:
    """Days off, each run of them one block."""
    blocks, since = [], None
    for i, is_off in enumerate([*off, False]):
        if is_off and since is None:
            since = i
        elif not is_off and since is not None:
            wide = (i - since) * d
            blocks.append(f"M{since * d} {TOP}h{wide}V{height}h-{wide}z")
            since = None
    return "".join(blocks)


def _number(text, x: float, is_off: bool) -> str:
    return f'<text{CSS[is_off]} x="{x}" y="29" text-anchor="middle">{text}</text>'


def _months(start: date, days: int, d: int, zh: bool):
    for i in range(days):
        on = start + timedelta(days=i)
        if i == 0 or on.day == 1:
            label = _month(on, year=i == 0 or on.month == 1, zh=zh)
            yield f'<text class="t-strong" x="{i * d + 4}" y="12">{label}</text>'


def _month(on: date, *, year: bool, zh: bool) -> str:
    if zh:
        return f"{on.year}年{on.month}月" if year else f"{on.month}月"
    name = words.MONTHS[on.month - 1]
    return f"{name} {on.year}" if year else name
