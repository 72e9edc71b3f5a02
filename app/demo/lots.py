"""The city's looking back by lot: announced yesterday, drawn from the first checkpoint there is, one case looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import people
from app.domain.cases import Case
from app.domain.errors import Refused
from app.domain.lookbacks import HELD, Look, Lookback, Rule
from app.domain.people import Actor
from app.domain.register import Register
from app.office import lookbacks

_FINDING = "到窗口和企业各看了一次：材料清单已改，没有再要求重复提交。"


def announcing(city) -> Iterator[datetime]:
    """A life of one act: the last quarter's complaints and findings, those that went badly and a fifth of the rest."""
    yesterday = city.hours.workday(city.first_day, -1)
    yield city.hours.moment(yesterday, 16.4)
    for kind in ("complaint", "finding"):
        rule = Rule(kind=kind, klass=None, unit_id=None, since=yesterday - timedelta(days=91),
                    until=yesterday - timedelta(days=1), share=20, musts=("reopened", "redone", "dissatisfied"))
        try:
            lookbacks.announce(city.session, rule, by=city.holders("supervisor")[0], at=city.at, words=city.words,
                               register=city.register)
        except Refused:  # a small city may have closed nothing yet; nothing was written then
            continue


def drawing(session: Session, *, at: datetime, words, register: Register) -> None:
    """The first lot is drawn and its first case looked at; the other waits for whoever tries the city out."""
    lookback = session.scalar(select(Lookback).order_by(Lookback.id).limit(1))
    if lookback is None:
        return
    directory = register.people
    by = _actor(session, directory, directory.holding("supervisor", directory.office.id)[0])
    lookbacks.draw(session, lookback, by=by, at=at, words=words, register=register)
    look, case = session.execute(
        select(Look, Case).join(Case, Case.id == Look.case_id)
        .where(Look.lookback_id == lookback.id, Look.place == 1)).one()
    lookbacks.look(session, lookback, case, result=HELD, finding=_FINDING, reopen=False, at=at, words=words,
                   by=_actor(session, directory, look.officer_id), register=register)


def _actor(session: Session, directory: people.Directory, officer: int) -> Actor:
    return people.actor(session, directory, directory.username_of(officer))
