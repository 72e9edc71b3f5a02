"""The small language the demo's texts are written in.

(one|of|these) is chosen anew each time, {3~9} and {60~980*10} are numbers, {n=3~9} is one that is remembered,
{d-40} a day about forty days before filing, {t-2} a day before the act, {m-1} the month before, {firm} a name.
"""

import re
from datetime import date, timedelta
from random import Random

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)~(\d+(?:\.\d+)?)(?:\*(\d+))?$")
_MOMENT = re.compile(r"([dtm])([+-]\d+)$")


def weave(text: str, rng: Random, slots: dict, *, keep=frozenset()) -> str:
    """The text with every choice made and every slot filled, but for the names in `keep`."""
    while "(" in text:
        text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)
    return _mend(_SLOT.sub(lambda found: _fill(found, rng, slots, keep), text))


def _fill(found, rng: Random, slots: dict, keep) -> str:
    body = found[1]
    if body in keep:
        return found[0]
    name, _, wanted = body.partition("=")
    if wanted:
        if name not in slots:
            slots[name] = _number(wanted, rng)
        return slots[name]
    if body in slots:
        return str(slots[body])
    if body.isdigit():
        return body
    if moment := _MOMENT.match(body):
        return _day(moment[1], int(moment[2]), rng, slots)
    return _number(body, rng)


def _number(wanted: str, rng: Random) -> str:
    low, high, step = _RANGE.match(wanted).groups()
    if "." in low + high:
        places = max(len(low.partition(".")[2]), len(high.partition(".")[2]))
        return f"{rng.uniform(float(low), float(high)):.{places}f}"
    return str(rng.randrange(int(low), int(high) + 1, int(step or 1)))


def _day(what: str, offset: int, rng: Random, slots: dict) -> str:
    if what == "m":
        month = slots["d"].year * 12 + slots["d"].month - 1 + offset
        on, now = date(month // 12, month % 12 + 1, 1), slots["d"]
        return f"{on.month}月" if on.year == now.year else f"{on.year}年{on.month}月"
    now = slots[what]
    if what == "d":
        offset += rng.randint(-abs(offset) // 8, abs(offset) // 8)
    on = now + timedelta(days=offset)
    if what == "t" and on.weekday() >= 5:
        on += timedelta(days=7 - on.weekday() if offset > 0 else 4 - on.weekday())
    return written(on, now)


def written(on: date, now: date) -> str:
    return f"{on.month}月{on.day}日" if on.year == now.year else f"{on.year}年{on.month}月{on.day}日"


def _mend(text: str) -> str:
    """Stops that meet where a choice was empty or a sentence was put into another."""
    for wrong, right in _MENDS:
        text = text.replace(wrong, right)
    return text


_MENDS = (("。。", "。"), ("，。", "。"), ("；。", "。"), ("。，", "，"), ("。；", "；"), ("，，", "，"), ("”。”", "”"),
          ("。”。", "。”"), ("（）", ""))
