"""The naughty strings: those of the shared data where they lie beside the project, else a handful of our own."""

import json
import os
from pathlib import Path

from app.domain import texts
from app.domain.errors import Refused

BESIDE = Path(__file__).parents[3] / "shared" / "data"
OURS = [
    "undefined", "null", "None", "\\", "0", "-1", "1/0", "NaN", "'", '"', "''''\"", "<", ">", "&", "&amp;", "&#x3C;",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "</textarea><b>",
    "' OR 1=1 --", "1;DROP TABLE cases", "{{ 7*7 }}", "{% raw %}", "${7*7}", "%s%n%(x)s", "../../etc/passwd", "=1+1",
    "+1", "-1+1", "@SUM(1)", "\t=1", "CON", "田中さん", "ด้้้้้็็็็็", "﷽", "مرحبا بك", "\u202etxt.exe", "a\u200bb", "Z̮̞̠͙͔ͅ",
    "👩‍👩‍👧‍👦", "🇨🇳", "e\u0301", "\U0001f600" * 20, "字" * 120, " 前后有空 ", "一行\n二行",
    "\ufeffBOM", "NBSP\u00a0", "\x7f",
    "", " ", "\u3000", "\u200b\u2060", "\ufeff", "a\x00b", "\x1b[31mred", "a\x08b", "\x0b", "\ufffe", "a\uffff",
]


def every() -> list[str]:
    named = os.environ.get("DUBAN_TEST_DATA") or os.environ.get("TESTS_DUBAN_TEST_DATA")
    file = Path(named or BESIDE) / "naughty_strings" / "blns.json"
    theirs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return list(dict.fromkeys([*theirs, *OURS]))


def is_sound(text: str) -> bool:
    try:
        texts.sound(text)
    except Refused:
        return False
    return True


SOUND = [text for text in every() if is_sound(text) and not texts.is_blank(text)]
BLANK = [text for text in every() if is_sound(text) and texts.is_blank(text)]
FORBIDDEN = [text for text in every() if not is_sound(text)]


def chunks(longest: int) -> list[str]:
    """All of them, a line each, in as few texts of that length as hold them."""
    found = [""]
    for text in SOUND:
        line = text.replace("\n", " ")
        if len(found[-1]) + len(line) + 1 > longest:
            found.append("")
        found[-1] += f"{line}\n"
    return found
