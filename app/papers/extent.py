"""How much room a text takes on the grid of 22 lines by 28 characters, before any program has laid it out."""

import unicodedata
from math import ceil

from app.papers import gbt9704
from app.papers.paper import DOCUMENT, Annex, Paper

LONG = 8  # lines of a paragraph that may be broken over two pages before a signature
SHORT = 9  # characters of a column that is not narrowed


def ems(text: str) -> float:
    """The width in Chinese characters; a digit takes half of one, a capital more."""
    return sum(1 if unicodedata.east_asian_width(each) in "WFA" else 0.7 if each.isupper() else 0.5 for each in text)


def lines(text: str, *, first: float = 0, width: float = gbt9704.CHARACTERS) -> int:
    return sum(max(1, ceil((ems(line) + (0 if place else first)) / width))
               for place, line in enumerate(text.split("\n")))


def pages(paper: Paper) -> int:
    """How many pages the text takes, without what stands at their foot; near enough to tell odd from even but where a
    page is full to the last line."""
    *others, last = [lines(each.text, first=2) for each in paper.body] or [0]
    taken = _head(paper) + sum(others)
    if paper.attachments:
        taken += 1 + sum(lines(each, width=22) for each in paper.attachments)
    closing = sum(lines(note, first=2) for note in paper.notes) + (4 + bool(paper.signature.signer)
                                                                  if paper.signature else 0)
    taken = _whole(taken, last + closing) if last <= LONG else taken + last + closing
    if paper.receipt is not None:
        taken = _whole(taken, 5 + lines(paper.receipt, first=2))
    for annex in paper.annexes:
        taken = ceil(taken / gbt9704.LINES) * gbt9704.LINES + _annex(annex)
    return ceil(taken / gbt9704.LINES)


def shares(annex: Annex) -> list[float]:
    """The parts of the line that the columns take: short ones what they need, long ones what is left."""
    columns = [[head, *(row[place] for row in annex.rows)] for place, head in enumerate(annex.heads)]
    needed = [max(2.5, *(ems(text) + 1.5 for text in column)) for column in columns]
    fit = gbt9704.WIDTH / gbt9704.SMALL4
    short = [each for each in needed if each <= SHORT]
    long = [min(each, 2 * SHORT) for each in needed if each > SHORT]
    left = max(fit - sum(short), 4 * len(long))
    wide = [each if each <= SHORT else min(each, 2 * SHORT) * left / sum(long) for each in needed]
    return [each / sum(wide) for each in wide]


def _whole(taken: float, block: int) -> float:
    """What is kept in one piece begins a new page where it does not fit."""
    left = -taken % gbt9704.LINES
    return taken + block + (left if block > left else 0)


def _head(paper: Paper) -> float:
    points = 35 * gbt9704.MM + 60 + 3 * gbt9704.LINE if paper.layout == DOCUMENT else 2 * gbt9704.LINE
    addressee = 1 + lines(paper.addressee) if paper.addressee else 1
    return points / gbt9704.LINE + 2 + sum(lines(line, width=20) for line in paper.title) + addressee


def _annex(annex: Annex) -> float:
    fit = gbt9704.WIDTH / gbt9704.SMALL4
    widths = [max(1, share * fit - 1) for share in shares(annex)]
    rows = [max(lines(text, width=width) for text, width in zip(row, widths, strict=True)) for row in annex.rows]
    points = sum(max(26, 18 * tall) for tall in rows) + 26 + (24 * lines(annex.note, width=fit) if annex.note else 0)
    return points / gbt9704.LINE + 4.5
