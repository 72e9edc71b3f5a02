"""How much room a text takes on the grid of 22 lines by 28 characters, before any program has laid it out."""

import re
import unicodedata
from math import ceil

from app.papers import gbt9704
from app.papers.paper import DOCUMENT, LETTER, Annex, Paper

TALLEST = {LETTER: 36, DOCUMENT: 60}  # of the name at the head, in points; at most 22 mm high
NARROWEST = 0.75  # of its characters
LONG = 8  # lines of a paragraph that may be broken over two pages before a signature
GAP = 0.25  # of a character, which some programs leave between Chinese and digits, asked or not
SLACK = 0.6  # lines that an estimate may be wrong
SHORT = 9.5  # characters of a column that is not narrowed


def ems(text: str) -> float:
    """The width in Chinese characters; a digit takes half of one, a capital more."""
    return sum(1 if unicodedata.east_asian_width(each) in "WFA" else 0.7 if each.isupper() else 0.5 for each in text)


def lines(text: str, *, first: float = 0, width: float = gbt9704.CHARACTERS, gap: float = 0) -> int:
    return sum(max(1, ceil((ems(line) + gap * _joints(line) + (0 if place else first)) / width))
               for place, line in enumerate(text.split("\n")))


def name_height(org: str, layout: str) -> float:
    """As tall as the line allows when its characters are narrowed a little; half points."""
    return max(16, min(TALLEST[layout], int(2 * gbt9704.WIDTH * 0.98 / (max(1, ems(org)) * NARROWEST)) / 2))


def ends_even(paper: Paper, foot: float) -> bool:
    """Whether the text surely ends on an even page with room for so many points at its foot, in whatever program."""
    taken = [_taken(paper, gap) + more for gap, more in ((0, -SLACK), (GAP, SLACK))]
    ends = {ceil(each / gbt9704.LINES) for each in (*taken, taken[1] + foot / gbt9704.LINE)}
    return len(ends) == 1 and ends.pop() % 2 == 0


def _taken(paper: Paper, gap: float) -> float:
    """The lines of the text, on full pages."""
    *others, last = [lines(each.text, first=2, gap=gap) for each in paper.body] or [0]
    taken = _head(paper) + sum(others)
    if paper.attachments:
        taken += 1 + sum(lines(each, width=22, gap=gap) for each in paper.attachments)
    closing = sum(lines(note, first=2) for note in paper.notes) + (4 + bool(paper.signature.signer)
                                                                  if paper.signature else 0)
    taken = _whole(taken, last + closing) if last <= LONG else taken + last + closing
    if paper.receipt is not None:
        taken = _whole(taken, 5 + lines(paper.receipt, first=2))
    for annex in paper.annexes:
        taken = ceil(taken / gbt9704.LINES) * gbt9704.LINES + _annex(annex, gap)
    return taken


def shares(annex: Annex) -> list[float]:
    """The parts of the line that the columns take: short ones what they need, long ones what is left."""
    needed = [max([1, _head_of(head), *(ems(row[place]) + GAP * _joints(row[place]) for row in annex.rows)]) + 1.5
              for place, head in enumerate(annex.heads)]
    fit = gbt9704.WIDTH / gbt9704.SIZE5
    short = [each for each in needed if each <= SHORT]
    long = [min(each, 2 * SHORT) for each in needed if each > SHORT]
    left = max(fit - sum(short), 4 * len(long))
    wide = [each if each <= SHORT else min(each, 2 * SHORT) * left / sum(long) for each in needed]
    return [each / sum(wide) for each in wide]


def _head_of(head: str) -> float:
    """The head of a column may stand in two lines."""
    return ems(head) if ems(head) <= 4 else ceil(ems(head) / 2)


def _joints(text: str) -> int:
    """How often Chinese meets digits or letters."""
    return len(re.findall("[\u3400-\u9fff][0-9A-Za-z]|[0-9A-Za-z](?=[\u3400-\u9fff])", text))


def _whole(taken: float, block: int) -> float:
    """What is kept in one piece begins a new page where it does not fit."""
    left = -taken % gbt9704.LINES
    return taken + block + (left if block > left else 0)


def _head(paper: Paper) -> float:
    points = 2 * gbt9704.LINE
    if paper.layout == DOCUMENT:
        points = 35 * gbt9704.MM + 1.1 * name_height(paper.org, DOCUMENT) + 3 * gbt9704.LINE
    addressee = 1 + lines(paper.addressee) if paper.addressee else 1
    return points / gbt9704.LINE + 2 + sum(lines(line, width=20) for line in paper.title) + addressee


def _annex(annex: Annex, gap: float) -> float:
    """Rows are not broken over pages, and each page begins with the heads of the columns."""
    widths = [max(1, share * gbt9704.WIDTH / gbt9704.SIZE5 - 1) for share in shares(annex)]
    used, page, head = 4.5 * gbt9704.LINE, 1, _row(annex.heads, widths, 0)
    used += head
    for row in annex.rows:
        tall = _row(row, widths, gap)
        if used + tall > gbt9704.HEIGHT:
            used, page = head, page + 1
        used += tall
    used += 6 + 16 * lines(annex.note, width=gbt9704.WIDTH / gbt9704.SIZE5) if annex.note else 0
    return (page - 1) * gbt9704.LINES + used / gbt9704.LINE


def _row(row: tuple[str, ...], widths: list[float], gap: float) -> float:
    return max(24, *(16 * lines(text, width=width, gap=gap) for text, width in zip(row, widths, strict=True))) + 0.5
