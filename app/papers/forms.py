"""The texts of forms, which an office can edit, and how they are filled in: words in braces, nothing that could run.

    你单位有{件数}件事项…          a word; a gap to write in where it has no value
    [本办已于{此前督办}。]          left away where one of its words has no value
    {每条要求}{序数}、{内容}；       a line for each, at the beginning of a line; the last semicolon becomes a full stop
    {多件时}…                       only then, at the beginning of a line
    # …                             for whoever edits, never printed
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from app.papers import texts
from app.papers.paper import DOCUMENT, LETTER, Annex, Paper, day
from app.papers.words import CASE_WORDS, EACH, FIELDS, GAP, WHEN, numeral

FORMS = ("urge", "supervise", "circular", "summons", "listing", "suggestion")
LIST = "cases"  # the annex that holds the cases when they are many
SHIPPED = Path(__file__).parents[2] / "templates" / "papers"
INLINE = 8  # cases that the text itself names; with more they are listed in an annex
_WORD = re.compile(r"\{([^{}\[\]]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_DOUBLED = re.compile("[。；]+([。；])")
_NOTHING = (None, "", (), [])


class BadForm(ValueError):
    """The edited text of a form that cannot be filled in: which line of which form, and what it stumbled over."""

    def __init__(self, form: str, line: int, what: str):
        super().__init__(f"{form}.txt:{line}: {what}")
        self.form, self.line, self.what = form, line, what


def paper(form: str, values: Mapping, *, text: str | None = None, folder: Path | None = None, **given) -> Paper:
    """The paper of this form; `text` is what a person made of its draft. `given` is what else stands on a Paper: org,
    number, urgency, signature, annexes, printed, proof. The as-of time stands on it even where the text lost it."""
    said = draft(form, values, folder) if text is None else text
    annexes = (*given.pop("annexes", ()), *_list(values, folder))
    read = texts.read(said, **{"layout": DOCUMENT if form == "circular" else LETTER, "annexes": annexes} | given)
    return read if read.as_of else replace(read, as_of=_filled("数据截止：{数据截止}", values))


def draft(form: str, values: Mapping, folder: Path | None = None) -> str:
    """The paper as plain text, a line a paragraph, for a person to read and change before it is signed.

    `values` are named as in words.WORDS; `cases` are mappings named as in CASE_WORDS; `demands`, `findings`,
    `proposals`, `attachments` are texts, or one text with a line for each. Dates and local times are given as such,
    `said` as pairs of date and words."""
    source = template(form, folder)
    values = _ready(values)
    values["attachments"] = [*_items(values, "attachments"), *(annex.title for annex in _list(values, folder))]
    lines = [filled for _, line in _printed(source) for filled in _lines(line, values)]
    return "\n".join(lines).strip("\n") + "\n"


def template(form: str, folder: Path | None = None) -> str:
    """The text of a form: the office's own copy in `folder` if there is one, else as shipped."""
    if form not in (*FORMS, LIST):
        raise KeyError(form)
    own = folder / f"{form}.txt" if folder else None
    path = own if own and own.is_file() else SHIPPED / f"{form}.txt"
    try:
        source = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadForm(form, 0, "UTF-8") from None
    _check(form, source)
    return source


def _check(form: str, source: str) -> None:
    known = {*FIELDS, *EACH, *WHEN}
    for number, line in _printed(source):
        wrong = next((word for word in _WORD.findall(line) if word not in known), None)
        left = re.search(r"[{}\[\]]", _WORD.sub("", _OPTIONAL.sub(r"\1", line)))
        if wrong is not None or left:
            raise BadForm(form, number, left[0] if wrong is None else f"{{{wrong}}}")
    lines = [line for _, line in _printed(source) if line.strip()]
    if not lines or (form == LIST and (len(lines) < 3 or lines[1].count("|") != lines[2].count("|"))):
        raise BadForm(form, len(source.split("\n")), "|" if lines else "")


def _printed(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        if not line.startswith("#"):
            yield number, line


def _ready(values: Mapping) -> dict:
    """With what follows from the number of cases; the only case also gives its own words to the paper."""
    cases = list(values.get("cases", ()))
    only = {name: cases[0].get(name) for name in CASE_WORDS.values()} if len(cases) == 1 else {}
    return only | {"count": len(cases)} | dict(values) | {
        "is_one": len(cases) == 1, "are_several": 1 < len(cases) <= INLINE, "are_listed": len(cases) > INLINE}


def _list(values: Mapping, folder: Path | None) -> tuple[Annex, ...]:
    values = _ready(values)
    if not values["are_listed"]:
        return ()
    title, heads, row, *note = [line for _, line in _printed(template(LIST, folder)) if line.strip()]
    rows = tuple(
        tuple(_filled(cell, each, gap="") for cell in row.split("|"))
        for each in _each(values, values["cases"]))
    return (Annex(title, tuple(heads.split("|")), rows, "".join(_filled(line, values) for line in note)),)


def _lines(line: str, values: Mapping) -> list[str]:
    """What becomes of one line: itself, several or none; a line for each case is none where they are listed apart."""
    marker = _WORD.match(line)
    if marker and marker[1] in WHEN:
        return _lines(line[marker.end():], values) if values[WHEN[marker[1]]] else []
    if marker and marker[1] in EACH:
        name = EACH[marker[1]]
        items = () if name == "cases" and values["are_listed"] else _items(values, name)
        filled = [_filled(line[marker.end():], each) for each in _each(values, items)]
        return [*filled[:-1], *(re.sub("；$", "。", last) for last in filled[-1:])]
    filled = _filled(line, values)
    return [filled] if filled or not line else []


def _items(values: Mapping, name: str) -> list:
    given = values.get(name) or ()
    return [line for line in given.splitlines() if line.strip()] if isinstance(given, str) else list(given)


def _each(values: Mapping, items) -> Iterator[dict]:
    for place, item in enumerate(items, 1):
        own = dict.fromkeys(CASE_WORDS.values()) | dict(item) if isinstance(item, Mapping) else {"text": item}
        yield dict(values) | own | {"place": place, "numeral": numeral(place)}


def _filled(line: str, values: Mapping, gap: str = GAP) -> str:
    """A year is written once in a line, with the first of its dates."""
    years: list[int] = []

    def word(match: re.Match) -> str:
        value = values.get(FIELDS[match[1]])
        return gap if value in _NOTHING else _said(value, years)

    pieces = []
    for place, piece in enumerate(_OPTIONAL.split(line)):
        missing = place % 2 and any(values.get(FIELDS[name]) in _NOTHING for name in _WORD.findall(piece))
        pieces.append("" if missing else _WORD.sub(word, piece))
    return _DOUBLED.sub(r"\1", "".join(pieces))


def _said(value, years: list[int]) -> str:
    if isinstance(value, date):
        text = f"{value.month}月{value.day}日" if years[-1:] == [value.year] else day(value)
        years.append(value.year)
        return text + (f"{value:%H:%M}" if isinstance(value, datetime) else "")
    if isinstance(value, list | tuple):
        return "、".join(_said(on, years) + texts.on_one_line(words) for on, words in value)
    return texts.on_one_line(str(value))
