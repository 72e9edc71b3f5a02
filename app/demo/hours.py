"""When people of the city work: moments inside office hours of working days, always the later one after the earlier."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from app.domain.workdays import Calendar

OPENS, NOON, AFTER, CLOSES = 8 * 60 + 30, 12 * 60, 13 * 60 + 30, 18 * 60


class Hours:
    def __init__(self, calendar: Calendar):
        self.calendar = calendar

    def workday(self, on: date, count: int) -> date:
        """The working day `count` working days after this day, or before it."""
        if count >= 0:
            return self.calendar.add(on, count) if count else self.calendar.next_workday(on)
        while count:
            on -= timedelta(days=1)
            count += self.calendar.is_workday(on)
        return on

    def moment(self, on: date, hour: float) -> datetime:
        """A local day and hour."""
        local = datetime.combine(on, time(), tzinfo=self.calendar.zone) + timedelta(seconds=round(hour * 3600))
        return local.astimezone(UTC)

    def some(self, on: date, rng: Random) -> datetime:
        """Somewhen in the office hours of a day, mornings being busier."""
        minute = rng.randint(OPENS + 5, NOON - 5) if rng.random() < 0.55 else rng.randint(AFTER + 5, CLOSES - 5)
        return self.moment(on, minute / 60 + rng.randrange(60) / 3600)

    def after(self, at: datetime, days: int, rng: Random) -> datetime:
        """So many working days later; with none, later the same day or, if the day is over, the next morning."""
        if days <= 0:
            return self.soon(at, rng)
        return self.some(self.workday(self.calendar.on(at), days), rng)

    def soon(self, at: datetime, rng: Random, minutes: tuple[int, int] = (15, 190)) -> datetime:
        at += timedelta(minutes=rng.randint(*minutes), seconds=rng.randrange(60))
        local = self.calendar.local(at)
        minute = local.hour * 60 + local.minute
        if self.calendar.is_workday(local.date()):
            if minute < OPENS:
                return self.moment(local.date(), (OPENS + rng.randint(4, 50)) / 60 + rng.randrange(60) / 3600)
            if minute < NOON or AFTER <= minute < CLOSES:
                return at
            if minute < AFTER:
                return self.moment(local.date(), (AFTER + rng.randint(3, 60)) / 60 + rng.randrange(60) / 3600)
        on = self.workday(local.date(), 1)
        return self.moment(on, (OPENS + rng.randint(4, 110)) / 60 + rng.randrange(60) / 3600)
