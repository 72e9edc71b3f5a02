"""The chart of terms missed week by week and unit by unit: drawn here, and the same numbers for the table beneath."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from app.domain.supervision import Week
from app.web.axis import short
from app.web.speech import gettext as _
from app.web.speech import language

MOST = 8  # units with a row of their own
NAME, WIDE, BAR, TALL, TOP = 132, 80, 44, 38, 20


@dataclass(frozen=True)
class Chart:
    weeks: list[Week]
    lines: list[tuple[str, list[int]]]  # name of a unit, its number of each week
    svg: Markup

    @property
    def total(self) -> int:
        return sum(week.total for week in self.weeks)


def draw(weeks: list[Week], units) -> Chart:
    sums: dict[int, int] = {}
    for week in weeks:
        for unit_id, missed in week.units.items():
            sums[unit_id] = sums.get(unit_id, 0) + missed
    first = sorted(sums, key=lambda id: (-sums[id], id))
    lines = [(units[id].short, [week.units[id] for week in weeks]) for id in first[:MOST]]
    if rest := first[MOST:]:
        lines.append((_("%(n)s other units", n=len(rest)), [sum(week.units[id] for id in rest) for week in weeks]))
    return Chart(weeks, lines, _svg(weeks, lines))


def _svg(weeks: list[Week], lines) -> Markup:
    width, height = NAME + WIDE * len(weeks), TOP + TALL * len(lines) + 16
    highest = max((number for _name, numbers in lines for number in numbers), default=1) or 1
    parts = [_line(i, name, numbers, highest) for i, (name, numbers) in enumerate(lines)]
    parts += [_label(i, week) for i, week in enumerate(weeks)]
    label = escape(_("Terms missed in each of the last %(n)s weeks, by unit; the table beneath has the numbers",
                     n=len(weeks)))
    return Markup(f'<svg class="db-week" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
                  f'aria-label="{label}">{"".join(parts)}</svg>')


def _line(i: int, name: str, numbers: list[int], highest: int) -> str:
    foot = TOP + TALL * (i + 1) - 4
    parts = [f'<text class="t-strong" x="0" y="{foot - 2}">{escape(name)}</text>',
             f'<line class="w-axis" x1="{NAME}" x2="{NAME + WIDE * len(numbers)}" y1="{foot + .5}" y2="{foot + .5}"/>']
    for at, number in enumerate(numbers):
        if number:
            tall = max(round((TALL - 16) * number / highest, 1), 1.5)
            x, css = NAME + WIDE * at + (WIDE - BAR) / 2, "w-now" if at == len(numbers) - 1 else "w-new"
            parts.append(f'<rect class="{css}" x="{x:g}" y="{foot - tall:g}" width="{BAR}" height="{tall:g}" rx="2"/>'
                         f'<text x="{x + BAR / 2:g}" y="{foot - tall - 2:g}" text-anchor="middle">{number}</text>')
    return "".join(parts)


def _label(at: int, week: Week) -> str:
    return (f'<text x="{NAME + WIDE * at + WIDE / 2:g}" y="10" text-anchor="middle">'
            f'{short(week.monday, language() == "zh")}</text>')
