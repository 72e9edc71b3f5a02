"""What stands on an official paper, in the order of GB/T 9704-2012: plain values that know no case and no layout."""

import re
from dataclasses import dataclass
from datetime import date

LETTER, DOCUMENT = "letter", "document"  # 信函格式, also for working forms; 文件格式
MARKS = {  # what a level begins with
    1: re.compile("[一二三四五六七八九十百]+、"),
    2: re.compile("[（(][一二三四五六七八九十百]+[）)]"),
    3: re.compile(r"\d{1,3}[.．](?!\d)"),
    4: re.compile(r"[（(]\d{1,3}[）)]"),
}


@dataclass(frozen=True)
class Paragraph:
    text: str
    level: int = 0  # of its heading; 0 for running text

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """(text, the level whose face it takes): only what is a heading takes the face of its level."""
        if self.level not in (1, 2):
            return ((self.text, 0),)
        end = self._end_of_heading()
        return tuple((text, level) for text, level in ((self.text[:end], self.level), (self.text[end:], 0)) if text)

    @property
    def is_heading(self) -> bool:
        return self.level > 0 and not self.text.rstrip().endswith(_SENTENCE_ENDS)

    def _end_of_heading(self) -> int:
        """All of a bare heading, the first of several sentences, of a single sentence its number alone."""
        mark = MARKS[self.level].match(self.text)
        if mark is None or self.is_heading:
            return len(self.text)
        first = self.text.find("。", mark.end()) + 1
        return first if 0 < first < len(self.text.rstrip()) else mark.end()


@dataclass(frozen=True)
class Signature:
    issuer: str
    on: date | None = None  # none yet on a draft: a gap to be filled in
    stamped: bool = True  # leaves the room the seal takes
    signer: str = ""  # 签发人, on working forms only


@dataclass(frozen=True)
class Annex:
    """A table behind the paper, on a page of its own."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""  # its as-of time and query conditions


@dataclass(frozen=True)
class Proof:
    """What shows that the paper stands in the trail: a few short lines, and the same as a code to scan."""

    lines: tuple[str, ...]
    code: str = ""  # what the square to scan says


@dataclass(frozen=True)
class Paper:
    org: str  # 发文机关标志
    title: tuple[str, ...]  # its lines, broken where no word is broken
    body: tuple[Paragraph, ...]
    layout: str = LETTER
    number: str = ""  # 发文字号
    urgency: str = ""  # 特急, 加急
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signature: Signature | None = None
    notes: tuple[str, ...] = ()  # 附注: the contact, in brackets
    receipt: str | None = None  # 签收回执: its instruction
    annexes: tuple[Annex, ...] = ()
    as_of: str = ""  # 数据截止, of every number on the paper that names no other
    proof: Proof | None = None
    copy_to: str = ""
    printed: tuple[str, date | None] | None = None  # 印发机关, 印发日期


def document_number(code: str, year: int, serial: int) -> str:
    return f"{code}〔{year}〕{serial}号"


def day(on: date | None) -> str:
    """As official papers write dates, without leading zeros."""
    return f"{on.year}年{on.month}月{on.day}日" if on else "　　　　年　　月　　日"


_SENTENCE_ENDS = tuple("。；：！？，、…”）;:!?,.")
