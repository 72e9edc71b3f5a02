"""From the plain text of a form to a paper: a line is a paragraph, and what a line is shows by how it begins.

    督办通知单                      the first lines are the title, up to an empty line or the addressee
    市住房和城乡建设局：            the addressee ends in a colon
    一、…  （一）…  1.…  （1）…    levels by their own numbering
    附件：1.…                       names of attachments, the next ones in lines of their own
    （联系人：…）                   a note, in brackets from end to end
    （数据截止：…）                 the as-of time
    抄送：…   签收回执：…           copies; what the receipt asks for
"""

import re
from datetime import date, datetime

from app.papers import paper
from app.papers.paper import MARKS, Paper, Paragraph

BREAK = "\u2028"  # a line break inside a value: it stays one, and begins no paragraph
_BREAKS = re.compile("\r\n|[\n\r\u2029]")
_NOTE = re.compile("（[^（）]*(?:（[^（）]*）[^（）]*)*）")
_NUMBERED = re.compile(r"\d{1,2}[.．、]\s*")
_SENTENCE = tuple("。；！？，")


class NoTitle(ValueError):
    """The text of a form that begins with nothing."""


def read(text: str, **given) -> Paper:
    """The paper that a filled-in form says; `given` is what stands on it besides: org, number, signature, proof…"""
    lines = [line.strip(" \t\r\u3000") for line in text.split("\n")]
    title, rest = _title(lines)
    if not title:
        raise NoTitle
    rest = [line for line in rest if line]
    addressee = rest.pop(0) if rest and rest[0].endswith(("：", ":")) else ""
    found = {"body": [], "attachments": [], "notes": [], "as_of": [], "copy_to": [], "receipt": []}
    place = "body"
    for line in rest:
        place, line = _place(line, place)
        found[place].append(line)
    said = {
        "addressee": addressee,
        "body": tuple(Paragraph(line, level(line)) for line in found["body"]),
        "attachments": tuple(found["attachments"]),
        "notes": tuple(found["notes"]),
        "as_of": "；".join(found["as_of"]),
        "copy_to": "，".join(found["copy_to"]),
        "receipt": "\n".join(found["receipt"]) if found["receipt"] else None,
    }
    return Paper(title=tuple(title), **said | given)


def level(line: str) -> int:
    return next((number for number, mark in MARKS.items() if mark.match(line)), 0)


def on_one_line(value):
    """For `finalize` of the environment that fills in forms: no value begins a paragraph, and a gap shows."""
    if value is None:
        return "＿＿＿＿"
    return _BREAKS.sub(BREAK, value) if isinstance(value, str) else value


def _title(lines: list[str]) -> tuple[list[str], list[str]]:
    start = next((place for place, line in enumerate(lines) if line), len(lines))
    end = start
    while end < len(lines) and lines[end] and not (end > start and lines[end].endswith(("：", ":", *_SENTENCE))):
        end += 1
    return lines[start:end], lines[end:]


def _place(line: str, before: str) -> tuple[str, str]:
    """Where a line belongs, and what of it is said there."""
    for begin, place in (("附件：", "attachments"), ("抄送：", "copy_to"), ("签收回执：", "receipt")):
        if line.startswith(begin):
            line = line.removeprefix(begin)
            return place, _NUMBERED.sub("", line, count=1) if place == "attachments" else line
    if before == "attachments" and _NUMBERED.match(line):
        return before, _NUMBERED.sub("", line, count=1)
    if _NOTE.fullmatch(line) and not level(line):
        return ("as_of", line[1:-1]) if line.startswith("（数据截止") else ("notes", line)
    return "body", line


def _day(on: date | None, near: date | None = None) -> str:
    """Without the year beside a date of the same year."""
    if on and near and on.year == near.year:
        return f"{on.month}月{on.day}日"
    return paper.day(on)


def _moment(at: date | None, near: date | None = None) -> str:
    """With hour and minute where there are any."""
    return _day(at, near) + (f"{at:%H:%M}" if isinstance(at, datetime) else "")


def _told(said, near: date | None = None) -> str:
    """What was said before, each with its day: (date, words)."""
    return "、".join(f"{_day(on, near)}{on_one_line(words)}" for on, words in said)


def _numeral(number: int) -> str:
    """一 to 九十九, as levels are counted."""
    tens, ones = divmod(number, 10)
    digits = " 一二三四五六七八九"
    return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")


FILTERS = {"day": _day, "moment": _moment, "told": _told, "numeral": _numeral}
