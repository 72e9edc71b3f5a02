"""A spreadsheet on its way in: which sheets hold the ledger, where its heading stands, which column is what."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from app.domain.errors import Refusals, Refused
from app.office import columns
from app.office.exports import OURS
from app.papers import tables
from app.papers.tables import Book, Row
from workflows.grammar import N_

LOOKED_AT = 40  # rows among which the heading must stand
DEFAULT_SOURCE = {"complaint": "12345", "task": "任务分工方案"}


@dataclass(frozen=True)
class Plan:
    """How one file is read: settled once, kept with the errand, the same after any interruption."""

    kind: str
    source: str | None  # of rows that name none
    sheets: tuple[tuple[int, int], ...]  # which sheet, row of its heading
    names: tuple[str, ...]  # of these sheets
    heads: tuple[str, ...]
    labels: tuple[str, ...]  # the headings as notes bear them
    targets: tuple[str, ...]
    is_ours: bool = False  # an export of this office: every text as it stands
    title: str | None = None  # what stands above the heading
    left_out: tuple[str, ...] = ()  # sheets with something in them that are not read

    @property
    def year(self) -> int | None:
        """The year that the title speaks of, where it speaks of one."""
        years = set(re.findall(r"(?<!\d)(20\d\d)(?=年|-|—)", self.title or ""))
        return int(years.pop()) if len(years) == 1 else None

    def column(self, target: str) -> int | None:
        return self.targets.index(target) if target in self.targets else None

    def written(self) -> dict:
        return asdict(self)

    @classmethod
    def of(cls, written: dict) -> "Plan":
        return cls(**{key: tuple(map(tuple, value)) if key == "sheets" else tuple(value) if isinstance(value, list)
                      else value for key, value in written.items()})


@dataclass(frozen=True)
class Line:
    sheet: str | None  # named only where there are several
    row: Row


def opened(path: Path) -> Book:
    """The file, read; or the sentence why it is not."""
    try:
        return tables.read(path)
    except tables.Unreadable as trouble:
        said = _SENTENCES.get((type(trouble), trouble.facts.get("what"))) or _SENTENCES[type(trouble), None]
        raise Refused(said, field="file", **trouble.facts) from None


def plan(book: Book, kind: str, *, source: str | None = None, mapping: dict[str, str] | None = None,
         targets: list[str] | None = None) -> Plan:
    """How this file would be read; what is still wrong with that, `settled` says."""
    found = [(index, head) for index, sheet in enumerate(book.sheets)
             if sheet.rows and (head := _heading(book, index, mapping)) is not None]
    if not found:
        raise Refused(N_("The file is empty."), field="file")
    best = max(found, key=lambda each: (each[1].score, -each[0]))[1]
    alike = [(index, head) for index, head in found if head.heads == best.heads]
    width = max(book.sheets[index].width for index, _head in alike)
    heads = best.heads + [""] * (width - len(best.heads))  # what stands beyond the last heading is kept too
    is_ours = set(OURS) <= set(heads)
    if targets is None or len(targets) != len(heads):
        targets = (columns.mapped(heads, mapping, kind) if mapping
                   else columns.suggest(heads, kind, is_ours=is_ours))
    read = {index for index, _head in alike}
    usual = None if "source" in targets else DEFAULT_SOURCE.get(kind)
    return Plan(
        kind=kind, source=source or usual, sheets=tuple((index, head.row) for index, head in alike),
        names=tuple(book.sheets[index].name for index, _head in alike), heads=tuple(heads),
        labels=tuple(columns.labels(heads)), targets=tuple(targets), is_ours=is_ours, title=best.title,
        left_out=tuple(sheet.name for index, sheet in enumerate(book.sheets)
                       if index not in read and (sheet.rows or sheet.hidden)),
    )


def settled(plan: Plan) -> Plan:
    """The same plan, with nothing left open; refuses with everything that is."""
    wrong = columns.faults(list(plan.heads), list(plan.targets), plan.kind)
    if plan.source is None and "source" not in plan.targets:
        wrong.append(Refused(N_("No column says where the matters come from; please name the source."),
                             field="source"))
    if wrong:
        raise Refusals(wrong)
    return plan


def lines(book: Book, plan: Plan) -> Iterator[Line]:
    """The rows of the ledger: without empty ones, those that are only numbered, and headings said again."""
    several = len(plan.sheets) > 1
    for name, (sheet, heading) in zip(plan.names, plan.sheets, strict=True):
        for row in book.rows(sheet):
            if row.number > heading and _says_something(row, plan):
                yield Line(name if several else None, row)


@dataclass(frozen=True)
class _Heading:
    row: int
    heads: list[str]
    score: int
    title: str | None


def _heading(book: Book, sheet: int, mapping: dict[str, str] | None) -> _Heading | None:
    """The row with most headings that are known, or named by the mapping; the first with several texts otherwise."""
    rows = list(islice(book.rows(sheet), LOOKED_AT))
    named = set(mapping or ())
    scored = []
    for place, row in enumerate(rows):
        heads = [_said(cell) for cell in row.cells]
        scored.append((columns.known(heads) + len(named & set(heads)), place, heads))
    best = max(score for score, _place, _heads in scored)
    if best >= 2 or (best == 1 and len(rows[0].cells) == 1):
        _score, place, heads = next(each for each in scored if each[0] == best)
        # A heading of two rows, merged downwards, says it all in its second.
        if place + 1 < len(scored) and scored[place + 1][0] == best:
            _score, place, heads = scored[place + 1]
    else:
        _score, place, heads = next((each for each in scored if sum(map(bool, each[2])) > 1), scored[0])
    above = [text for _score, _place, texts in scored[:place] for text in texts if text]
    return _Heading(rows[place].number, heads, best, above[0][:200] if above else None)


def _said(cell) -> str:
    return cell.strip() if isinstance(cell, str) else "" if cell is None or isinstance(cell, tables.Gap) else str(cell)


def _says_something(row: Row, plan: Plan) -> bool:
    kept = (cell for cell, target in zip(row.cells, plan.targets, strict=False) if target != columns.SKIP)
    if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in kept):
        return False
    return [_said(cell) for cell in row.cells] != list(plan.heads[: len(row.cells)])


_SENTENCES = {
    (tables.Protected, None): N_("The file is protected by a password; save it without one and try again."),
    (tables.NoSpreadsheet, None): N_(
        "This is not a spreadsheet, or it is damaged. Spreadsheets are taken in as .xlsx, .xls, .ods and .csv."),
    (tables.WebPage, None): N_(
        "This is a web page that calls itself a spreadsheet; open it in a spreadsheet program and save it as .xlsx."),
    (tables.StrangeLetters, None): N_("The letters of this file are neither UTF-8 nor GB18030; save it as .xlsx."),
    (tables.TooSlow, None): N_(
        "The file could not be read within %(limit)s seconds and was put aside; copy the used rows into a new one."),
    (tables.TooLarge, "rows"): N_("The file has more than %(limit)s rows; please split it."),
    (tables.TooLarge, "columns"): N_("A row of the file has more than %(limit)s columns."),
    (tables.TooLarge, "cells"): N_("The file has more than %(limit)s cells; please split it."),
    (tables.TooLarge, "bytes"): N_(
        "The file unpacks to more than %(limit)s MB and was put aside; copy the used rows into a new one."),
    (tables.TooLarge, "memory"): N_(
        "Reading the file would take more than %(limit)s MB of memory, often because of one cell far outside the "
        "table; copy the used rows into a new one."),
    (tables.TooLarge, None): N_("The file is too large."),
}
