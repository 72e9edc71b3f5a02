"""What may stand in a text: everything a person can write and an XML file can carry."""

import re
import unicodedata

from app.domain.errors import Refused
from workflows.grammar import N_

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def sound(value: str, *, field: str | None = None, longest: int = 20_000) -> str:
    """The same text to the byte; refuses, by name, characters that XML 1.0 §2.2 forbids, and what is too long."""
    bad = _FORBIDDEN.search(value)
    if bad:
        raise Refused(
            N_("Character %(number)s (%(name)s) cannot be kept; please remove it."),
            field=field,
            number=f"U+{ord(bad[0]):04X}",
            name=unicodedata.name(bad[0], _NAMES.get(bad[0], N_("control character"))),
        )
    if len(value) > longest:
        raise Refused(
            N_("This is %(length)s characters long; at most %(longest)s fit here."),
            field=field,
            length=len(value),
            longest=longest,
        )
    return value


def required(value: str | None, *, field: str, longest: int = 20_000) -> str:
    sound(value or "", field=field, longest=longest)  # first, so that characters nobody sees are named too
    if value is None or is_blank(value):
        raise Refused(N_("Please fill this in."), field=field)
    return value


def optional(value: str | None, *, field: str, longest: int = 20_000) -> str | None:
    return None if value is None or value == "" else sound(value, field=field, longest=longest)


def is_blank(value: str) -> bool:
    """Nothing a reader would see: only white space and invisible format characters."""
    return all(c.isspace() or unicodedata.category(c) in ("Cf", "Cc", "Zs", "Zl", "Zp") for c in value)


_NAMES = {"\x00": "NUL", "\x07": "BEL", "\x08": "BACKSPACE", "\x1b": "ESCAPE", "\ufffe": "NONCHARACTER FFFE",
          "\uffff": "NONCHARACTER FFFF"}
