"""The ownership chart: one bar per unit over the time line, so that who holds a case is seen and not read.

1 unit of the viewBox = 1 px. Bars come from the holdings and nothing else; the thin line under a row is the unit's own
term; pins are its time nodes. Every length that depends on data is an attribute, because styles in the page are barred.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.domain.holdings import COMPLAINANT, LEAD, NOBODY, OFFICE, SUPPORT, Holding
from app.domain.workdays import Calendar
from app.web import words

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


@dataclass
class Row:
    key: str
    name: str
    role: str
    holds_now: bool = False
    worked: float = 0.0
    late: float = 0.0
    pins: list[Pin] = field(default_factory=list)
    spans: list[Holding] = field(default_factory=list)

    @property
    def ever_held(self) -> bool:
        return bool(self.spans)


@dataclass(frozen=True)
class Chart:
    rows: list[Row]
    folded: list[Row]
    spans: list[dict]
    large: Markup
    small: Markup


def draw(rows: list[Row], holdings: list[Holding], *, calendar: Calendar, now: datetime, filed_at: datetime) -> Chart:
    for row in rows:
        row.worked = sum(span.worked(calendar) for span in row.spans)
        row.late = sum(span.late(calendar) for span in row.spans)
    shown = rows if len(rows) <= MOST else [row for row in rows if row.ever_held][:MOST]
    folded = [row for row in rows if row not in shown]
    today = calendar.on(now)
    start = calendar.on(filed_at)
    last = max([today, *(pin.due_on for row in shown for pin in row.pins)])
    days = (last - start).days + 4
    plot = dict(rows=shown, holdings=holdings, calendar=calendar, now=now, start=start, days=days)
    return Chart(
        shown, folded, [_line(span, calendar, rows) for span in holdings],
        large=_Plot(**plot, scale=min(max(1032 // days, 4), 24), name="own", css="db-own__l").svg(),
        small=_Plot(**plot, scale=min(12, max(1032 // days, 4)), name="own-s", css="db-own__s").svg(),
    )


def _line(span: Holding, calendar: Calendar, rows: list[Row]) -> dict:
    name = next((row.name for row in rows if row.key == key_of(span)), "")
    return {
        "since": span.since, "until": span.until, "who": name or _("(paused, nobody)"), "why": _(span.why),
        "category": span.category, "worked": span.worked(calendar), "late": span.late(calendar),
    }


def key_of(span: Holding) -> str:
    return {COMPLAINANT: "complainant", NOBODY: "nobody"}.get(span.holder) or f"{span.unit}"


class _Plot:
    def __init__(self, *, rows, holdings, calendar, now, start, days, scale, name, css):
        self.rows, self.holdings, self.calendar, self.now = rows, holdings, calendar, now
        self.start, self.days, self.d, self.name, self.css = start, days, scale, name, css
        self.origin = calendar.starts(start).timestamp()
        self.width, self.height = days * scale + 16, AXIS + ROW * len(rows)
        self.index = {row.key: i for i, row in enumerate(rows)}
        self.today = calendar.on(now)

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
        last = self.holdings[-1] if self.holdings else None
        table = _("Every span is in the table below the picture.")
        if last is None or last.until < self.now:
            return table
        name = next((row.name for row in self.rows if row.key == key_of(last)), _("Nobody"))
        return _("%(who)s holds it now, since %(since)s.", who=name, since=words.moment(last.since)) + " " + table

    def _axis(self):
        h, d, zh = self.height, self.d, words.language() == "zh"
        off_since = None
        labels = []
        for i in range(self.days + 1):
            on = self.start + timedelta(days=i)
            day = self.calendar.day(on)
            if i < self.days and day.is_off:
                off_since = i if off_since is None else off_since
            elif off_since is not None:
                wide = (i - off_since) * d
                yield f'<rect class="c-off" x="{off_since * d}" y="18" width="{wide}" height="{h - 18}"/>'
                off_since = None
            if i == self.days:
                break
            x = i * d
            if on.weekday() == 0:
                yield f'<line class="c-week" x1="{x}" x2="{x}" y1="18" y2="{h}"/>'
            if i == 0 or on.day == 1:
                labels.append((x + 4, _month(on, year=i == 0 or on.month == 1, zh=zh)))
            mid = x + d / 2
            off = ' class="t-off"' if day.is_off else ""
            if d >= 18:
                yield f'<text{off} x="{mid}" y="29" text-anchor="middle">{on.day}</text>'
            elif on.weekday() == 0 and (d >= 8 or on.day <= 7):
                yield f'<text{off} x="{mid}" y="29" text-anchor="middle">{_short(on, zh)}</text>'
            if d >= 12 and day.is_special:
                mark, css = (("休" if zh else "H"), "t-rest") if day.is_off else (("班" if zh else "W"), "t-work")
                yield f'<text class="{css}" x="{mid}" y="42" text-anchor="middle">{mark}</text>'
        if d >= 18:
            for x, label in labels:
                yield f'<text class="t-strong" x="{x}" y="12">{label}</text>'

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

    def _spans(self):
        """(x1, x2, y of the row, span); a pause lies in the row that held before it."""
        before = self.rows[0].key if self.rows else ""
        for span in self.holdings:
            key = before if span.holder == NOBODY else key_of(span)
            y = self.y(key)
            if y is not None:
                yield self.x(span.since), self.x(span.until), y, span
            before = key

    def _batons(self):
        spans = list(self._spans())
        for (_x, _x2, above, first), (x, _end, below, second) in pairwise(spans):
            if above != below and first.until == second.since:
                yield f'<path class="c-baton" d="M{x} {above + 30}V{below + 30}"/>'

    def _bars(self):
        for x1, x2, y, span in self._spans():
            if span.holder == NOBODY:
                yield (f'<rect class="c-pause" fill="url(#{self.name}-hatch)" x="{x1 + 0.5}" y="{y + 22.5}" '
                       f'width="{max(x2 - x1 - 0.5, 1)}" height="15" rx="3"/>')
                if x2 - x1 > 44:
                    yield f'<text x="{x1 + 4}" y="{y + 16}">{escape(_("Paused"))}</text>'
                continue
            late = span.late_from(self.calendar)
            split = self.x(late) if late else x2
            if split > x1:
                yield self._bar("c-hold", x1, split, y, span.worked(self.calendar) - span.late(self.calendar))
            if late:
                yield self._bar("c-late", split, x2, y, span.late(self.calendar))

    def _bar(self, css: str, x1: float, x2: float, y: int, worked: float) -> str:
        bar = f'<rect class="{css}" x="{x1}" y="{y + 22}" width="{max(x2 - x1, 1)}" height="16" rx="3"/>'
        if x2 - x1 > 44:
            label = _("%(days)s d", days=f"{worked:.1f}")
            bar += f'<text class="t-on" x="{x1 + 8}" y="{y + 34}">{escape(label)}</text>'
        return bar

    def _dots(self):
        spans = list(self._spans())
        for (_1, _2, above, first), (x, _3, below, second) in pairwise(spans):
            if above != below and first.until == second.since:
                yield f'<circle class="c-dot" cx="{x}" cy="{below + 30}" r="3"/>'

    def _pin_heads(self):
        now = self.x(self.now)
        for row in self.rows:
            y, taken = self.y(row.key), []
            for pin in sorted(row.pins, key=lambda pin: (pin.state != "missed", -pin.due_on.toordinal())):
                x = self.x_due(pin.due_on)
                label = f"{pin.label} {_short(pin.due_on, words.language() == 'zh')}"
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
        label = escape(_("today %(at)s", at=_short(self.today, words.language() == "zh")))
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


def _month(on: date, *, year: bool, zh: bool) -> str:
    if zh:
        return f"{on.year}年{on.month}月" if year else f"{on.month}月"
    name = words.MONTHS[on.month - 1]
    return f"{name} {on.year}" if year else name


def _short(on: date, zh: bool) -> str:
    return f"{on.month}-{on.day}" if zh else f"{on.day} {words.MONTHS[on.month - 1]}"


ROLES = {OFFICE: "office", LEAD: "lead", SUPPORT: "support"}
