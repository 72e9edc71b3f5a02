"""What cases meet on their way: endings, supporting units, requests for time, standing rectification, instructions."""

from app.demo.decisions import Decisions
from app.demo.dossier import Dossier
from app.demo.roster import SLACK


class Detours:
    def __init__(self, city):
        self.city, self.acts = city, Decisions(city)

    def later(self, d: Dossier, low: int, high: int):
        return self.city.hours.after(self.city.at, d.rng.randint(low, high), d.rng)

    def soon(self, d: Dossier):
        return self.city.hours.soon(self.city.at, d.rng)

    def drawn(self, d: Dossier, table):
        days, weights = zip(*table, strict=True)
        return self.city.hours.after(self.city.at, d.rng.choices(days, weights)[0], d.rng)

    def slack(self, d: Dossier) -> float:
        return SLACK.get(self.acts.lead(d), 1.0)

    def left(self, d: Dossier) -> int:
        """Working days to the date the case is known by."""
        due_on = d.case.due_on
        return self.city.register.calendar.between(self.city.today, due_on) if due_on else 10

    def ended(self, d: Dossier, ground: str):
        """Proposed and signed; now and then kept open, or restored later."""
        into = d.twin.case.number if d.twin else None
        if ground == "merged" and into is None:
            ground = "withdrawn"
        yield self.later(d, 0, 2)
        self.acts.propose_end(d, ground, into)
        yield self.later(d, 0, 2)
        if d.has("kept_open"):
            self.acts.keep_open(d)
            return
        self.acts.end(d)
        if d.has("restored"):
            yield self.later(d, 4, 12)
            self.acts.restore(d)
            return
        d.over = True

    def part(self, d: Dossier, code: str):
        """A supporting unit's own way: on time, or late until it is called on."""
        late = d.rng.random() < 0.16 * SLACK.get(code, 1.0)
        term = d.part_days
        yield self.later(d, term + 2, term + 6) if late else self.later(d, max(term // 4, 1), max(term - 1, 1))
        while d.case.state != "rectifying" and code in d.parts and not d.over:
            yield self.later(d, 1, 2)
        if d.case.state == "rectifying" and code in d.parts:
            if d.has("dropped"):
                self.acts.drop_support(d, code)
                return
            if d.rng.random() < 0.2:
                self.acts.report(d, code)
                yield self.soon(d)
            if code in d.parts and d.case.state == "rectifying":
                self.acts.finish_part(d, code)

    def answered(self, d: Dossier, code: str):
        """Called on, it comes at last."""
        yield self.later(d, 1, 3)
        if code in d.parts and d.case.state == "rectifying":
            self.acts.finish_part(d, code)

    def instructed(self, d: Dossier):
        yield self.later(d, 1, 6)
        if d.case.state in ("assigned", "rectifying", "closed"):
            self.acts.instruct(d)

    def stretched(self, d: Dossier):
        days = max(0, min(self.left(d) - 3, self.left(d) // 2))
        yield self.later(d, days, days)
        if self.left(d) < 0:
            return
        self.acts.ask_extension(d)
        if d.has("took_back"):
            yield self.soon(d)
            self.acts.withdraw(d)
            return
        yield self.later(d, 0, 1)
        self.acts.sign_time(d)
        yield self.later(d, 0, 1)
        if d.has("declined"):
            self.acts.decline(d)
        else:
            self.acts.grant(d, "extension")

    def paused(self, d: Dossier):
        yield self.later(d, 1, 3)
        self.acts.ask_pause(d)
        yield self.soon(d)
        self.acts.sign_time(d)
        yield self.later(d, 0, 1)
        self.acts.grant(d, "pause")
        yield self.later(d, 4, 12)
        self.acts.resume(d)

    def stood(self, d: Dossier):
        """A standing rectification: looked at each quarter, sometimes given a term again."""
        yield self.later(d, 4, 8)
        self.acts.make_standing(d)
        for _ in range(d.rng.randint(1, 4)):
            yield self.later(d, 50, 58)
            self.acts.take_stock(d)
        yield self.later(d, 3, 8)
        self.acts.end_standing(d)
