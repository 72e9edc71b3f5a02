"""The newest days of the demo city: matters placed so that every desk has something on it this morning.

A script is a list of acts, each with its working day counted from today (0) and its hour; what would lie in the future
is left out by the city's clock. With the default terms, ten working days are an ordinary complaint's, five a part's.
"""

from random import Random

from app.demo.decisions import Decisions
from app.demo.dossier import Bags, Dossier, compose, plan
from app.domain import drafts

# lead unit, kind, traits, script: day[.hour] act …, the first act being the filing
FIRST = (
    ("zjj", "complaint", "", "-12 file, -11 assign, -11.14 sign_for, -10 start, -5 report"),  # one day late
    ("zjj", "complaint", "own", "-11 file, -10 assign, -10.15 sign_for, -9 start, -4 report"),  # due today
    ("zjj", "finding", "", "-15 file, -14 assign, -14.11 sign_for, -13 start, -6 report, -1.10 submit"),  # to sign
    ("gxq", "complaint", "", "-9 file, -8 assign, -8.15 sign_for, -7 start, -2.10 submit, -2.16 sign"),  # to check
    ("zwj", "complaint", "", "-1.9 file"),  # to assign
    ("zrzy", "complaint", "", "-2 file, -1.16 assign"),  # to sign for
    ("qxx", "complaint", "supports", "-30 file, -29 assign, -28 sign_for, -27 start, -12 list, -6 instruct"),
    ("ggzy", "complaint", "", "-3 file, -2 assign, -1.15 object"),  # an objection waits
    ("gxj", "complaint", "", "-8 file, -7 assign, -6 start, -2 ask_extension, -1.16 sign_time"),  # for the director
    ("jrj", "complaint", "refused", "-2 file, -1.10 propose_end:refused"),
    ("gd", "complaint", "", "-9 file, -8 assign, -8.15 start, -6.9 submit, -6.11 sign, -5.10 close"),  # to call back
    ("rsj", "task", "supports", "-40 file, -39 assign, -38 start, -20 report, -6 report"),
    ("jw", "accountability", "", "-9 file, -8 assign, -7 sign_for, -6 start, -4 answer, -2 report"),
    ("sthj", "complaint", "", ("-12 file, -11 assign, -11.15 start, -8 ask_pause:appraisal, -8.16 sign_time,"
     " -7 grant:pause")),
    ("ljq", "finding", "", "-50 file, -49 assign, -48 start, -44 make_standing:75"),
    ("cgj", "complaint", "supports", "-7 file, -6 assign, -6.15 start, -3 report"),  # a part overdue
    ("scjg", "complaint", "", "-14 file, -13 assign, -13.15 start, -9.9 submit, -9.15 sign, -8 send_back, -7 report"),
    ("sfj", "complaint", "", ("-20 file, -19 assign, -19.15 start, -13.9 submit, -13.15 sign, -12 close, -8 reopen,"
     " -5 report")),
    ("gjj", "complaint", "withdrawn", "-5 file, -4 assign, -3.15 propose_end:withdrawn, -2 end"),
    ("jkq", "finding", "supports", "-1.10 file"),
)
ZJJ = (
    ("zjj", "complaint", "", "-2 file, -1.16 assign"),
    ("zjj", "complaint", "supports", "-10 file, -9 assign, -9.16 sign_for, -8 start, -3 report"),
    ("zjj", "complaint", "", "-9 file, -8 assign, -8.15 start, -1.9 submit"),
    ("zjj", "complaint", "", "-10 file, -9 assign, -9.15 start, -2.9 submit, -1.16 sign"),
    ("zjj", "complaint", "", "-8 file, -7 assign, -7.15 start, -1.15 ask_extension"),
    ("zjj", "complaint", "supports", "-18 file, -17 assign, -16 sign_for, -15 start, -9 report, -2 instruct"),
    ("zjj", "complaint", "", ("-13 file, -12 assign, -12.15 start, -9 ask_pause:third_party, -9.16 sign_time,"
     " -8 grant:pause")),
    ("zjj", "finding", "", "-16 file, -15 assign, -15.15 sign_for, -14 start, -7 report"),
    ("zjj", "task", "supports", "-30 file, -29 assign, -28 start, -14 report"),
    ("zjj", "complaint", "zone", "-6 file, -5 assign, -5.15 sign_for, -4 start"),
    ("fgw", "complaint", "for_zjj", "-6 file, -5 assign, -5.15 start"),  # a part of theirs due today
    ("zwj", "task", "for_zjj", "-15 file, -14 assign, -13 start"),
)
OFFICE = (
    ("scjg", "complaint", "", "-5 file"),  # not assigned in time
    ("swj", "complaint", "", "-1.9 file"), ("bpq", "complaint", "", "-1.11 file"),
    ("rsj", "complaint", "", "-1.15 file"), ("gd", "complaint", "anonymous", "-2.16 file"),
    ("nyj", "complaint", "", "-3.10 file"), ("ytx", "finding", "", "-2.11 file"),
    ("kjj", "complaint", "", "-10 file, -9 assign, -9.15 start, -4.9 submit, -4.15 sign"),
    ("swu", "complaint", "", "-9 file, -8 assign, -8.15 start, -3.9 submit, -3.15 sign"),
    ("byx", "complaint", "", "-9 file, -8 assign, -8.15 start, -2.9 submit, -2.15 sign"),
    ("xfj", "finding", "", "-13 file, -12 assign, -12.15 start, -2.9 submit, -1.15 sign"),
    ("slj", "complaint", "", "-4 file, -3 assign, -1.9 object"),
    ("bpq", "complaint", "", "-8 file, -7 assign, -7.15 start, -3 ask_pause:hearing, -2 sign_time"),
    ("lqx", "complaint", "", "-9 file, -8 assign, -8.15 start, -3 ask_extension, -2.16 sign_time"),
    ("jyx", "complaint", "", "-3 file, -2 propose_end:transferred"),
    ("yjj", "complaint", "", "-6 file, -5 assign, -5.15 start, -1.11 propose_end:withdrawn"),
    ("swj", "complaint", "", "-11 file, -10 assign, -10.15 start, -7.9 submit, -7.11 sign, -6 close"),
    ("kgq", "complaint", "", "-10 file, -9 assign, -9.15 start, -6.9 submit, -6.11 sign, -5 close"),
    ("mpx", "complaint", "", "-9 file, -8 assign, -8.15 start, -5.9 submit, -5.11 sign, -4 close"),
    ("jtj", "complaint", "", "-14 file, -13 assign, -13.15 start, -9.9 submit, -9.11 sign, -8 close"),
    ("afx", "finding", "", "-34 file, -33 assign, -32 start, -23 submit, -22 sign, -20 close"),
    ("jw", "accountability", "", "-5 file, -4 assign"),
    ("jw", "accountability", "", "-30 file, -29 assign, -28 start, -20 answer, -2 submit"),
    ("ga", "finding", "", "-60 file, -59 assign, -58 start, -56 make_standing:86"),
)
# How many working days late, by the units that tend to be.
LATE = (("zjj", 11), ("qxx", 17), ("gxq", 7), ("ljq", 12), ("cgj", 5), ("qxx", 8), ("zjj", 6), ("zrzy", 6), ("ytx", 14),
        ("gxq", 4), ("zjj", 3), ("ljq", 3), ("qxx", 3), ("cgj", 2), ("zjj", 2), ("gxq", 1), ("qxx", 1), ("ytx", 2))
# Two of these for every unit: something to be signed by its principal, and one of the others by turns.
TO_SIGN = "-9 file, -8 assign, -8.15 start, -4 report, -1 submit"
TURNS = (
    "-10 file, -9 assign, -9.15 sign_for, -8 start, -3 report",  # due tomorrow
    "-3 file, -2 assign, -1.10 sign_for",
    "-11 file, -10 assign, -10.15 start, -2 report",  # due today
    "-2 file, -1.11 assign",
    "-6 file, -5 assign, -5.15 start",
)


def scripts(units: list[str], count: int):
    """So many scenes, the most telling first."""
    late = [(unit, "complaint", "", _late(days)) for unit, days in LATE]
    each = [(unit, "complaint", "", TO_SIGN) for unit in units] + [
        (unit, "complaint", "", TURNS[number % len(TURNS)]) for number, unit in enumerate(units)]
    return [*FIRST, *ZJJ, *OFFICE, *late, *each][:count]


def _late(days: int) -> str:
    """An ordinary complaint that many working days late; the longer, the more has been said about it."""
    said = f", -{days // 2} list" if days > 9 else f", -{days // 2} escalate" if days == 8 else ""
    asked = ", -2 instruct" if days > 10 else ""
    return f"-{days + 12} file, -{days + 10} assign, -{days + 9} start, -{days + 4} report{said}{asked}"


def acts_of(script: str):
    for each in script.split(","):
        when, _, act = each.strip().partition(" ")
        day, _, hour = when.partition(".")
        name, _, given = act.partition(":")
        yield int(day), int(hour) if hour else None, name, [int(given) if given.isdigit() else given] if given else []


def played(city, acts: Decisions, d: Dossier, script: str):
    """The acts of a script at their times; where one hour is asked for, near it."""
    for day, hour, name, given in acts_of(script):
        on = city.hours.workday(city.first_day, day)
        at = city.hours.some(on, d.rng) if hour is None else city.hours.moment(on, hour + d.rng.random() * 0.8)
        yield max(at, city.hours.soon(city.at, d.rng, (5, 25))) if name != "file" else at
        if name == "submit" and d.case.needs_evidence:
            acts.attach(d)
        getattr(acts, name)(d, *given)


def left_lying(city, bags: Bags, seed: int):
    """Half-typed matters that the registrars will find again this morning."""
    yield city.hours.moment(city.hours.workday(city.first_day, -1), 17.6)
    for officer in city.holders("registrar"):
        d = plan(0, "complaint", Random(f"{seed} draft {officer.username}"), bags)
        made = compose(d, city.today, city.shorts, city.klasses, {})
        fields = {"title": made["title"], "facts": made["facts"][:60], "source": d.source, "klass": d.topic.klass}
        drafts.keep(city.session, officer.id, "new/complaint", fields, at=city.at)
