"""From the plain text of a form to a paper: a line is a paragraph, and what a line is shows by how it begins.

    督办通知单                      the first lines are the title, up to an empty line; long ones are broken
    市住房和城乡建设局：            the addressee ends in a colon
    一、…  （一）…  1.…  （1）…    levels by their own numbering
    附件：1.…                       names of attachments, the next ones in lines of their own
    （联系人：…）                   a note, in brackets from end to end
    （数据截止：…）                 the as-of time
    抄送：…   签收回执：…           copies; what the receipt asks for
"""

import re

from app.papers import titles
from app.papers.paper import MARKS, Paper, Paragraph, day

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
    return Paper(title=tuple(part for line in title for part in titles.lines(line)), **said | given)


def level(line: str) -> int:
    return next((number for number, mark in MARKS.items() if mark.match(line)), 0)


def on_one_line(value: str) -> str:
    """No value begins a paragraph of its own."""
    return _BREAKS.sub(BREAK, value.strip())


def lines(paper: Paper) -> list[tuple[str, str]]:
    """The same paper for a page: what each line is, named like the fields of Paper, and its words. A paragraph is
    `body` or, with its level, `body-1` to `body-4`; what the office that signs adds comes last."""
    signature = paper.signature
    said = [
        ("org", paper.org), ("urgency", paper.urgency), ("number", paper.number), ("title", "".join(paper.title)),
        ("addressee", paper.addressee),
        *((f"body-{each.level}" if each.level else "body", each.text) for each in paper.body),
        *(("attachment", name) for name in paper.attachments),
        *((("signer", signature.signer), ("issuer", signature.issuer), ("date", day(signature.on)))
          if signature else ()),
        *(("note", note) for note in paper.notes),
        ("as_of", paper.as_of), *(("proof", line) for line in (paper.proof.lines if paper.proof else ())),
        ("copy_to", paper.copy_to), ("receipt", paper.receipt or ""),
    ]
    return [(kind, words) for kind, words in said if words]


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
