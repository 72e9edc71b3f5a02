"""Texts as tokens that both databases can look up: overlapping pairs of characters, plus each last character alone.

A word of two characters and more is looked for by its pairs, a single character as a prefix of any pair. Pairs
over-match, so whoever finds by them looks at the text again with LIKE.
"""

import re

_FOLD = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})
LONGEST = 100


def tokens(*texts: str | None) -> set[str]:
    found = set()
    for word in _words(" ".join(part for part in texts if part)):
        found.update(_code(word[i : i + 2]) for i in range(len(word) - 1))
        found.add(_code(word[-1]))
    return found


def words(sought: str) -> list[str]:
    """What is looked for, word by word."""
    return _words(sought[:LONGEST])


def stands(word: str, text: str) -> bool:
    """Whether a word that is looked for stands in a text, as the tokens have it: only ASCII letters are alike."""
    return word in text.translate(_FOLD)


def asked(words: list[str], dialect: str) -> str:
    """The words as one question to FTS5 or to a tsvector."""
    return _tsquery(words) if dialect == "postgresql" else _match(words)


def pattern(word: str) -> str:
    """The word as LIKE looks for it, with \\ before what LIKE would take for its own."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _words(query: str) -> list[str]:
    return [word for word in re.split(r"\s+", query.translate(_FOLD)) if word]


def _code(characters: str) -> str:
    """A token that no tokenizer takes apart: letters and digits of the code points."""
    return "c" + "".join(f"{ord(c):x}z" for c in characters)


def _sought(word: str) -> list[tuple[str, bool]]:
    """(token, is a prefix): the pairs of a word; a single character stands for any pair it begins."""
    if len(word) == 1:
        return [(_code(word), True)]
    return [(_code(word[i : i + 2]), False) for i in range(len(word) - 1)]


def _match(words) -> str:
    terms = (f"{token}*" if prefix else token for word in words for token, prefix in _sought(word))
    return " ".join(dict.fromkeys(terms))


def _tsquery(words) -> str:
    terms = (f"'{token}':*" if prefix else f"'{token}'" for word in words for token, prefix in _sought(word))
    return " & ".join(dict.fromkeys(terms))
