"""Dated settings with their legal basis: how long each term is, for which kind, class and grade, and since when."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.errors import Refused
from workflows.grammar import N_

WORKDAY, DAY = "workday", "day"


class TermRule(Base):
    """An empty kind, class or grade means any; of the rules that fit, the most particular one holds."""

    __tablename__ = "term_rules"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    profile: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(20))
    klass: Mapped[str | None] = mapped_column("class", String(120))
    grade: Mapped[str | None] = mapped_column(String(20))
    budget: Mapped[int]
    counted: Mapped[str] = mapped_column(String(8))  # workday or day
    cap: Mapped[int]  # the most an extension may add, in the same days
    extensions: Mapped[int]  # how many
    remind: Mapped[int]  # working days before the end
    basis: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("budget > 0 AND cap >= 0 AND extensions >= 0 AND remind >= 0", name="sane"),
        CheckConstraint("counted IN ('workday', 'day')", name="counted"),
        Index("ix_term_rules_purpose", "purpose"),
    )


@dataclass(frozen=True)
class Rule:
    id: int
    profile: str
    purpose: str
    kind: str | None
    klass: str | None
    grade: str | None
    budget: int
    counted: str
    cap: int
    extensions: int
    remind: int
    basis: str
    valid_from: date

    @property
    def particularity(self) -> tuple:
        return (self.klass is not None, self.grade is not None, self.kind is not None, self.valid_from, self.id)


class Rules:
    """All rules in force, asked by purpose."""

    def __init__(self, rules):
        self._by_purpose: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda rule: rule.particularity, reverse=True):
            self._by_purpose.setdefault(rule.purpose, []).append(rule)

    def __iter__(self):
        return (rule for rules in self._by_purpose.values() for rule in rules)

    def of(self, purpose: str, *, kind: str, klass: str | None, grade: str | None, on: date,
           also: frozenset[int] = frozenset()) -> Rule:
        """The rule of a term that starts on a day; `also` are rules that hold for it although they are younger."""
        for rule in self._by_purpose.get(purpose, ()):
            fits = all(mine is None or mine == theirs
                       for mine, theirs in ((rule.kind, kind), (rule.klass, klass), (rule.grade, grade)))
            if fits and (rule.valid_from <= on or rule.id in also):
                return rule
        raise Refused(N_("No rule says how long the term “%(purpose)s” is."), purpose=purpose)


def rules(session: Session) -> Rules:
    columns = [getattr(TermRule, name) for name in Rule.__annotations__]
    query = select(*columns).where(TermRule.withdrawn_at.is_(None))
    return Rules(Rule(*row) for row in session.execute(query))


DEFAULT_PROFILE = "默认"
NOT_FILLED_IN = "本办默认时限，待填本地依据"
_BEGINNING = date(2004, 1, 1)


def defaults() -> list[TermRule]:
    """The middle of the ranges found in law and practice; each with room for the office's own basis."""

    def rule(purpose, budget, counted=WORKDAY, *, kind=None, grade=None, cap=0, extensions=0, remind=1,
             basis=NOT_FILLED_IN):
        return TermRule(
            profile=DEFAULT_PROFILE, purpose=purpose, kind=kind, grade=grade, budget=budget, counted=counted, cap=cap,
            extensions=extensions, remind=remind, basis=basis, valid_from=_BEGINNING,
        )

    return [
        rule("accept", 3),
        rule("sign", 1, remind=0),
        rule("object", 2, remind=0),
        rule("check", 3),
        rule("part", 5),
        rule("handle", 10, cap=10, extensions=1, remind=3),
        rule("handle", 5, kind="complaint", grade="advice", cap=5, extensions=1, remind=2),
        rule("handle", 10, kind="complaint", grade="ordinary", cap=10, extensions=1, remind=3),
        rule("handle", 30, DAY, kind="complaint", grade="complex", cap=30, extensions=1, remind=3),
        rule("handle", 60, DAY, kind="complaint", grade="major", cap=30, extensions=1, remind=5,
             basis="《信访工作条例》第三十四条"),
        rule("handle", 15, kind="finding", cap=15, extensions=1, remind=3),
        rule("handle", 30, kind="finding", grade="important", cap=15, extensions=1, remind=5),
        rule("handle", 60, kind="finding", grade="major", cap=30, extensions=1, remind=5),
        rule("handle", 60, DAY, kind="task", cap=30, extensions=1, remind=5),
        rule("handle", 60, DAY, kind="accountability", cap=30, extensions=1, remind=5,
             basis="《信访工作条例》第四十条"),
        rule("reply", 15, kind="complaint", grade="advice", remind=3),
        rule("reply", 20, kind="complaint", remind=3),
        rule("reply", 45, kind="complaint", grade="complex", remind=5),
        rule("reply", 70, kind="complaint", grade="major", remind=5),
        rule("call_back", 5, kind="complaint", remind=2),
        rule("look_back", 30, DAY, remind=5),
        rule("look_back", 60, DAY, kind="accountability", remind=5),
        rule("appeal", 30, DAY, kind="accountability", remind=0, basis="《中国共产党问责条例》关于申诉的规定"),
        rule("standing", 90, DAY, remind=10),
        rule("spot_check", 20, remind=5),
        *_of_accountability(rule),
    ]


def _of_accountability(rule) -> list[TermRule]:
    """A month is thirty days here; each office fills in how its own instruments count."""
    of = {"kind": "accountability", "counted": DAY}
    return [
        rule("adoption", 30, remind=5, basis="《信访工作条例》第四十条", **of),
        rule("appeal_answer", 30, remind=5, basis="《中国共产党问责条例》关于申诉的规定", **of),
        rule("execute", 30, remind=5, basis="《中国共产党问责条例》关于执行的规定", **of),
    ]
