"""What time causes in the city: each working morning the ladder climbs, and what it prepares is signed, received and
answered by people who need their days for it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from app.domain import ladder
from app.domain.clocks import TimeNode
from app.domain.notices import PREPARED, Notice, Subject
from app.office import ladder as climbing
from app.office import notices

_OPENED = timedelta(minutes=3)
_REPLIES = (
    "已召开专题会议，倒排工期，明确由分管负责人牵头，缺项材料今天一次性告知企业。",
    "逾期原因：第三方检测排队。已协调优先出具，预计三个工作日内办结；责任科室已作检查。",
    "事项已办结，办理结果随后在系统中提交；今后由综合科每周清点临期事项。",
    "因人员调整交接不清，现已指定专人，每两天报一次进度。",
)
_OPINIONS = ("反馈属实，继续跟踪到销号。", "措施具体，同意。", "请按承诺的日期办结。")
_WANTING = "未说明责任人和完成日期，请补充。"
_NAMED = "责任人为业务科科长，五个工作日内办结，并已在全科通报。"
_DONE = "事项已办结，不再签发。"


def mornings(city, seed: int) -> Iterator[datetime]:
    """A life that never ends: it comes each working day when the office opens."""
    calendar, known = city.register.calendar, 0
    at = ladder.opening(calendar, calendar.on(city.at)) + _OPENED
    while True:
        yield at
        while climbing.climb(city.session, at=city.at, register=city.register, words=city.words):
            pass
        for notice in city.session.query(Notice).where(Notice.id > known).order_by(Notice.id):
            known = notice.id
            city.add(_paper(city, notice.id, Random(f"{seed} paper {notice.id}")))
        at = ladder.next_opening(calendar, at) + _OPENED


def _paper(city, id: int, rng: Random) -> Iterator[datetime]:
    notice = city.session.get(Notice, id)
    if notice.state == PREPARED:
        yield city.hours.after(city.at, rng.choice((0, 1, 1, 2)), rng)
        director = city.holders("director")[0]
        if not _still_runs(city, id):
            notices.withdraw(city.session, notice, reason=_DONE, by=director, seen=None, **_now(city))
            return
        notices.sign(city.session, notice, by=director, seen=None, **_now(city))
    yield city.hours.after(city.at, rng.choice((0, 0, 1, 2)), rng)
    unit = city.code(notice.unit_id)
    people = city.holders("liaison", city.living(unit))
    if not people or city.living(unit) != unit or unit == city.register.people.office.code:
        return
    notices.receive(city.session, notice, by=people[0], seen=None, **_now(city))
    yield city.hours.after(city.at, rng.choice((1, 2, 3, 4, 7)), rng)
    notices.reply(city.session, notice, text=rng.choice(_REPLIES), by=people[0], seen=None, **_now(city))
    yield city.hours.after(city.at, rng.choice((1, 2, 3)), rng)
    supervisor = city.holders("supervisor")[0]
    if rng.random() < 0.1:
        notices.judge(city.session, notice, verdict="not_enough", opinion=_WANTING, by=supervisor, seen=None,
                      **_now(city))
        yield city.hours.after(city.at, rng.choice((1, 2)), rng)
        notices.reply(city.session, notice, text=_NAMED, by=people[0], seen=None, **_now(city))
        yield city.hours.after(city.at, 1, rng)
    notices.judge(city.session, notice, verdict="enough", opinion=rng.choice(_OPINIONS), by=supervisor, seen=None,
                  **_now(city))


def _still_runs(city, notice_id: int) -> bool:
    late = city.session.query(TimeNode.id).join(Subject, Subject.case_id == TimeNode.case_id).where(
        Subject.notice_id == notice_id, Subject.node_no == TimeNode.no, TimeNode.stopped_at.is_(None))
    return late.first() is not None


def _now(city) -> dict:
    return {"at": city.at, "words": city.words, "register": city.register}
