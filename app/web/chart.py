"""The ownership chart: one bar per unit over the time line, so that who holds a case is seen and not read.

1 unit of the viewBox = 1 px. Bars come from the holdings and nothing else; the thin line under a row is the unit's own
term; pins are its time nodes. Every length that depends on data is an attribute, because styles in the page are barred.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from markupsafe import Markup, escape

from app.domain.holdings import COMPLAINANT, LEAD, NOBODY, OFFICE, SUPPORT, Holding
from app.domain.workdays import Calendar
from app.web import axis, words
from app.web.speech import gettext as _

AXIS, ROW, MOST = 46, 54, 8


@dataclass(frozen=True)
class Pin:
    """A time node of a row."""

    label: str
    due_on: date
    state: str  # met, missed, next
    started_at: datetime
    stopped_at: datetime | None
    is_own_clock: bool


@dataclass(frozen=True)
class Stretch:
    """One span of holding, measured in working days."""

    span: Holding
    worked: float
    late: float
    late_from: datetime | None

    @property
    def key(self) -> str:
        return {COMPLAINANT: "complainant", NOBODY: "nobody"}.get(self.span.holder) or f"{self.span.unit}"


def measured(span: Holding, calendar: Calendar) -> Stretch:
    late_from = span.late_from(calendar)
    late = calendar.worked(late_from, span.until) if late_from else 0.0
    return Stretch(span, span.worked(calendar), late, late_from)


@dataclass
class Row:
    key: str
    name: str
    role: str
    holds_now: bool = False
    pins: list[Pin] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def ever_held(self) -> bool:
        return bool(self.stretches)

    @property
    def worked(self) -> float:
        return sum(stretch.worked for stretch in self.stretches)

    @property
    def late(self) -> float:
        return sum(stretch.late for stretch in self.stretches)


@dataclass(frozen=True)
class Chart:
    rows: list[Row]
    folded: list[Row]
    spans: list[dict]
    large: Markup
    small: Markup | str  # "" where it would be the same


def draw(rows: list[Row], stretches: list[Stretch], *, calendar: Calendar, now: datetime, filed_at: datetime) -> Chart:
    shown = rows if len(rows) <= MOST else [row for row in rows if row.ever_held][:MOST]
    folded = [row for row in rows if row not in shown]
    start = calendar.on(filed_at)
    last = max([calendar.on(now), *(pin.due_on for row in shown for pin in row.pins)])
    days = (last - start).days + 4
    plot = dict(rows=shown, stretches=stretches, calendar=calendar, now=now, start=start, days=days)
    wide, narrow = min(max(1032 // days, 4), 24), min(12, max(1032 // days, 4))
    if wide == narrow:
        large, small = _Plot(**plot, scale=wide, name="own", css="db-own__any").svg(), ""
    else:
        large = _Plot(**plot, scale=wide, name="own", css="db-own__l").svg()
        small = _Plot(**plot, scale=narrow, name="own-s", css="db-own__s").svg()
    return Chart(shown, folded, [_line(stretch, rows) for stretch in stretches], large, small)


def _line(stretch: Stretch, rows: list[Row]) -> dict:
    span = stretch.span
    name = next((row.name for row in rows if row.key == stretch.key), "")
    return {
        "since": span.since, "until": span.until, "who": name or _("(paused, nobody)"), "why": _(span.why),
        "category": span.category, "worked": stretch.worked, "late": stretch.late,
    }


class _Plot:
    def __init__(self, *, rows, stretches, calendar, now, start, days, scale, name, css):
        self.rows, self.stretches, self.calendar, self.now = rows, stretches, calendar, now
        self.start, self.days, self.d, self.name, self.css = start, days, scale, name, css
        self.origin = calendar.starts(start).timestamp()
        self.width, self.height = days * scale + 16, AXIS + ROW * len(rows)
        self.index = {row.key: i for i, row in enumerate(rows)}
        self.placed = list(self._placed())
        self.today, self.zh = calendar.on(now), words.language() == "zh"

    def svg(self) -> Markup:
        parts = [*self._frame(), *self._axis(), *self._rows(), *self._clocks(), *self._pin_lines(), *self._batons(),
                 *self._bars(), *self._dots(), *self._pin_heads(), *self._now(), "</svg>"]
        return Markup("".join(parts))

    def x(self, at: datetime) -> float:
        return round((at.timestamp() - self.origin) / 86400 * self.d * 2) / 2

    def x_day(self, on: date) -> float:
        """Where a day begins."""
        return (on - self.start).days * self.d

    def x_due(self, on: date) -> float:
        """A due date belongs to the end of its day."""
        return self.x_day(on + timedelta(days=1))

    def y(self, key: str) -> int | None:
        return AXIS + ROW * self.index[key] if key in self.index else None

    def _frame(self):
        w, h, n = self.width, self.height, self.name
        until = self.start + timedelta(days=self.days - 1)
        title = _("Who held it, %(since)s to %(until)s", since=words.day(self.start), until=words.day(until))
        yield (
            f'<svg class="{self.css}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
            f'aria-labelledby="{n}-t {n}-d" focusable="false"><title id="{n}-t">'
            f'{escape(title)}</title><desc id="{n}-d">{escape(self._described())}</desc><defs>'
            f'<pattern id="{n}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect class="hatch-a" width="7" height="7"/>'
            f'<line class="hatch-b" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
        )

    def _described(self) -> str:
        last = self.stretches[-1] if self.stretches else None
        table = _("Every span is in the table below the picture.")
        if last is None or last.span.until < self.now:
            return table
        name = next((row.name for row in self.rows if row.key == last.key), _("Nobody"))
        return _("%(who)s holds it now, since %(since)s.", who=name, since=words.moment(last.span.since)) + " " + table

    def _axis(self):
        return axis.draw(self.calendar, self.start, self.days, d=self.d, height=self.height, zh=self.zh)

    def _rows(self):
        for i in range(len(self.rows)):
            y = AXIS + ROW * i + 0.5
            yield f'<line class="c-row" x1="0" x2="{self.width}" y1="{y}" y2="{y}"/>'

    def _clocks(self):
        for row in self.rows:
            y = self.y(row.key) + 42
            for pin in row.pins:
                if not pin.is_own_clock:
                    continue
                x1, x2, due = self.x(pin.started_at), self.x(pin.stopped_at or self.now), self.x_due(pin.due_on)
                if x2 > x1:
                    in_time = max(min(x2, due) - x1, 0)
                    yield f'<rect class="c-run" x="{x1}" y="{y}" width="{in_time}" height="3" rx="1.5"/>'
                if x2 > due:
                    since = max(due, x1)
                    yield f'<rect class="c-runlate" x="{since}" y="{y}" width="{x2 - since}" height="3" rx="1.5"/>'

    def _pin_lines(self):
        for row in self.rows:
            y = self.y(row.key)
            for pin in row.pins:
                x, css = self.x_due(pin.due_on), "c-pin-red" if pin.state == "missed" else "c-pin"
                yield f'<line class="{css}" x1="{x}" x2="{x}" y1="{y + 12}" y2="{y + 46}"/>'

    def _placed(self):
        """(x1, x2, y of the row, stretch); a pause lies in the row that held before it."""
        before = self.rows[0].key if self.rows else ""
        for stretch in self.stretches:
            key = before if stretch.span.holder == NOBODY else stretch.key
            y = self.y(key)
            if y is not None:
                yield self.x(stretch.span.since), self.x(stretch.span.until), y, stretch
            before = key

    def _hand_overs(self):
        """(x, y from, y to)"""
        for (_x, _x2, above, first), (x, _end, below, second) in pairwise(self.placed):
            if above != below and first.span.until == second.span.since:
                yield x, above + 30, below + 30

    def _batons(self):
        return [f'<path class="c-baton" d="M{x} {above}V{below}"/>' for x, above, below in self._hand_overs()]

    def _bars(self):
        for x1, x2, y, stretch in self.placed:
            if stretch.span.holder == NOBODY:
                yield (f'<rect class="c-pause" fill="url(#{self.name}-hatch)" x="{x1 + 0.5}" y="{y + 22.5}" '
                       f'width="{max(x2 - x1 - 0.5, 1)}" height="15" rx="3"/>')
                if x2 - x1 > 44:
                    yield f'<text x="{x1 + 4}" y="{y + 16}">{escape(_("Paused"))}</text>'
                continue
            split = self.x(stretch.late_from) if stretch.late_from else x2
            if split > x1:
                yield self._bar("c-hold", x1, split, y, stretch.worked - stretch.late)
            if stretch.late_from:
                yield self._bar("c-late", split, x2, y, stretch.late)

    def _bar(self, css: str, x1: float, x2: float, y: int, worked: float) -> str:
        bar = f'<rect class="{css}" x="{x1}" y="{y + 22}" width="{max(x2 - x1, 1)}" height="16" rx="3"/>'
        if x2 - x1 > 44:
            label = _("%(days)s d", days=f"{worked:.1f}")
            bar += f'<text class="t-on" x="{x1 + 8}" y="{y + 34}">{escape(label)}</text>'
        return bar

    def _dots(self):
        return [f'<circle class="c-dot" cx="{x}" cy="{below}" r="3"/>' for x, _above, below in self._hand_overs()]

    def _pin_heads(self):
        now = self.x(self.now)
        for row in self.rows:
            y, taken = self.y(row.key), []
            for pin in sorted(row.pins, key=lambda pin: (pin.state != "missed", -pin.due_on.toordinal())):
                x = self.x_due(pin.due_on)
                label = f"{pin.label} {axis.short(pin.due_on, self.zh)}"
                if pin.state == "missed":
                    label = _("%(what)s, missed", what=label)
                width = sum(11 if ord(c) > 255 else 6.2 for c in label) + 12
                left = pin.state == "missed" or x < now < x + width or x + width > self.width
                left = left and x - width > 0
                yield _head(pin.state, x, y)
                reach = (x - width, x) if left else (x, x + width)
                if all(reach[1] <= a or reach[0] >= b for a, b in taken):
                    taken.append(reach)
                    css = ' class="t-red"' if pin.state == "missed" else ""
                    at = f'x="{x - 9}" text-anchor="end"' if left else f'x="{x + 9}"'
                    yield f'<text{css} {at} y="{y + 14}">{escape(label)}</text>'

    def _now(self):
        x = self.x(self.now)
        label = escape(_("today %(at)s", at=axis.short(self.today, self.zh)))
        middle = min(max(x, 40), self.width - 40)
        yield f'<line class="c-today" x1="{x}" x2="{x}" y1="34" y2="{self.height}"/>'
        yield f'<rect class="c-todaybox" x="{middle - 38}" y="0" width="76" height="17" rx="3"/>'
        yield f'<text class="t-on" x="{middle}" y="12.5" text-anchor="middle">{label}</text>'


def _head(state: str, x: float, y: int) -> str:
    match state:
        case "met":
            return (f'<circle class="f-met" cx="{x}" cy="{y + 10}" r="5.5"/>'
                    f'<path class="c-tick" d="M{x - 2.5} {y + 10}l2 2 3.5-4"/>')
        case "missed":
            return f'<path class="f-missed" d="M{x} {y + 4}l5.5 5.5-5.5 5.5-5.5-5.5z"/>'
        case _:
            return f'<circle class="f-next" cx="{x}" cy="{y + 10}" r="4.5"/>'


ROLES = {OFFICE: "office", LEAD: "lead", SUPPORT: "support"}
