"""The words and cells of the overdue board: whose table it lies on, what was said of it, what the unit answered."""

from flask import Flask
from markupsafe import Markup, escape

from app.domain import ladder, notices, supervision
from app.web import access, slips, speech
from app.web.phrases import matter_words, post_label
from app.web.speech import gettext as _
from app.web.words import short_day
from workflows.grammar import OFFICE_POSTS, PURPOSES

SAID, EXCERPT = 2, 40  # notices named in a row; characters of a reply


def install(app: Flask) -> None:
    speech.phrases(app, board_cell=board_cell, board_bar=board_bar, column_words=column_words,
                   table_words=table_words, said_of_row=said_of_row, response_words=response_words)


def column_words(which: str) -> str:
    match which:
        case "overdue":
            return _("Overdue")
        case "soon":
            return _("Due soon")
        case "open":
            return _("Open")
        case supervision.UNSAID:
            return _("Not urged yet")
        case _rung:
            return f"{which[-1]} {_(ladder.NAMES[int(which[-1])])}"


def board_cell(tally, unit, which: str, wanted) -> Markup:
    """A number of the board that opens its list; depth of colour: 1, 2, 3–4, 5 and more."""
    count = tally.said[which] if which in tally.said else getattr(tally, which)
    if not count:
        return Markup('<td class="govuk-table__cell db-cell"><span aria-hidden="true">·</span>'
                      '<span class="db-vh">0</span></td>')
    depth = 1 if count == 1 else 2 if count == 2 else 3 if count < 5 else 4
    css = f"db-warm{1 if count < 4 else 2}" if which == "soon" else f"db-heat{depth}"
    label = _("%(unit)s, %(what)s: %(n)s", unit=unit.short, what=column_words(which), n=count)
    current = ' aria-current="true"' if wanted.unit and wanted.unit.id == unit.id and wanted.which == which else ""
    href = f"/overdue?unit={unit.code}&amp;which={which}"
    return Markup(
        f'<td class="govuk-table__cell db-cell {css}"><a href="{href}#overdue-list" hx-get="{href}" '
        f'hx-target="#overdue-list" hx-swap="outerHTML" aria-label="{escape(label)}"{current}>{count}</a></td>'
    )


def board_bar(tally, busiest: int) -> Markup:
    widths = [round(120 * amount / max(busiest, 1), 1) for amount in (tally.overdue, tally.soon, tally.on_time)]
    label = escape(_("overdue %(a)s, due soon %(b)s, on time %(c)s", a=tally.overdue, b=tally.soon, c=tally.on_time))
    x, parts = 0.0, []
    for width, css in zip(widths, ("b-late", "b-soon", "b-ok"), strict=True):
        if width:
            parts.append(f'<rect class="{css}" x="{x:.1f}" width="{width}" height="12" rx="2"/>')
            x += width + 1
    return Markup(f'<svg class="db-bar" width="{max(x, 1):.0f}" height="12" role="img" aria-label="{label}">'
                  f'{"".join(parts)}</svg> ')


def table_words(row) -> tuple[str, str]:
    """(whose table it lies on, why): the post that a request waits for, else whoever works on the term."""
    people = access.register().people
    if row.matter and row.purpose != "answer":
        unit_id = people.office.id if row.stage in OFFICE_POSTS else row.lead_id
        return _names(row.stage, unit_id) or "–", _("%(matter)s waits for: %(post)s", matter=matter_words(row.matter),
                                             post=post_label(row.stage))
    names = next(filter(None, (_names(post, row.unit_id) for post in (PURPOSES[row.purpose].post, "discipline"))), "–")
    return names, people.units[row.unit_id].short


def _names(post: str, unit_id: int | None) -> str:
    people = access.register().people
    return _(", ").join(people.name_of(id) for id in people.holding(post, unit_id))


def said_of_row(row, said: dict, climbed: dict) -> list[dict]:
    """What was said to this unit about it and when: the last notices, or the reminder where there is no more."""
    lines = [{"href": f"/notices/{each.id}", "words": slips.notice_number(each), "on": _day(each.issued_at)}
             for each in _to_unit(row, said)]
    if not lines:
        lines = [{"href": None, "words": _(ladder.NAMES[each.level]), "on": _day(each.at)}
                 for each in climbed.get(row.node_id, ())]
    return lines[-SAID:]


def response_words(row, said: dict) -> tuple[str, str]:
    """(how far the unit's answer to the last notice is, its beginning)."""
    last = next(reversed(_to_unit(row, said)), None)
    if last is None:
        return "", ""
    if last.state == notices.ISSUED:
        return _("receipt not signed"), ""
    if last.verdict:
        return _(notices.VERDICTS[last.verdict]), _excerpt(last.reply)
    return _(notices.STATES[last.state]), _excerpt(last.reply)


def _to_unit(row, said: dict) -> list:
    """Of an answer's own limit, only the notice it answers."""
    return [each for each in said.get(row.id, ()) if each.unit_id == row.unit_id
            and row.notice_id in (None, each.id)]


def _excerpt(text: str | None) -> str:
    return "" if not text else text if len(text) <= EXCERPT else text[:EXCERPT] + "…"


def _day(at) -> str:
    return short_day(access.register().calendar.on(at))
