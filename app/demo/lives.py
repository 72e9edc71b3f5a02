"""How a case lives: generators that say when the next act comes, and do it once the city's clock is there."""

from app.demo.detours import Detours
from app.demo.dossier import Dossier

_ASSIGNED_AFTER = ((0, 38), (1, 40), (2, 16), (3, 4), (5, 2))
_LOOKED_AT_AFTER = {"complaint": (1, 5), "finding": (8, 20), "task": (8, 20), "accountability": (33, 40)}
_GROUNDS = ("refused", "transferred", "merged", "withdrawn")


class Lives(Detours):
    def of(self, d: Dossier, filed_at):
        """From filing to review, by way of whatever its traits bring."""
        yield filed_at
        while d.kind == "accountability" and not self.city.led_any():
            yield self.later(d, 5, 10)
        self.acts.file(d)
        if d.has("corrected") and d.case.place:
            yield self.soon(d)
            self.acts.correct(d)
        if early := next((trait for trait in _GROUNDS if d.has(trait)), None):
            yield from self.ended(d, early)
            if d.over:
                return
        yield from self.handed(d)
        yield from self.begun(d)
        yield from self.handled(d)
        yield from self.looked_at(d)

    def handed(self, d: Dossier):
        yield self.drawn(d, _ASSIGNED_AFTER)
        self.acts.assign(d)
        if d.has("upheld") or d.has("overruled"):
            yield self.later(d, 0, 1)
            self.acts.object(d)
            yield self.later(d, 0, 2)
            if d.has("upheld"):
                self.acts.uphold(d)
                yield self.soon(d)
                self.acts.assign(d, d.slots["right_code"])
            else:
                self.acts.overrule(d)
        for code in d.parts:
            self.city.add(self.part(d, code))
        if d.has("own_consent"):
            yield self.soon(d)
            self.acts.consent(d)

    def begun(self, d: Dossier):
        late = d.rng.random() < 0.07 * self.slack(d)
        together = d.rng.random() < 0.3
        yield self.later(d, 2, 3) if late else self.drawn(d, ((0, 75), (1, 25)))
        if not together and d.case.signed_for_at is None:
            self.acts.sign_for(d)
            yield self.drawn(d, ((0, 50), (1, 40), (2, 10)))
        self.acts.start(d)
        if d.kind == "accountability":
            yield self.later(d, 2, 8)
            self.acts.answer(d)
        if d.has("reassigned"):
            yield self.later(d, 1, 3)
            self.acts.reassign(d, self.city.other(d))
            yield self.later(d, 0, 1)
            self.acts.start(d)
        if d.has("withdrawn_late"):
            yield self.later(d, 1, 4)
            yield from self.ended(d, "withdrawn")

    def handled(self, d: Dossier):
        """Work, requests for time, then the closing; again when it is sent back or comes back."""
        if d.over:
            return
        if d.has("standing"):
            yield from self.stood(d)
        if d.has("extended") or d.has("declined") or d.has("took_back"):
            yield from self.stretched(d)
        if d.has("paused"):
            yield from self.paused(d)
        late = d.rng.random() < 0.13 * self.slack(d) and d.kind != "accountability"
        yield from self.worked(d, late)
        yield from self.closed(d)
        if d.has("sent_back"):
            yield from self.worked(d, d.rng.random() < 0.2)
            yield from self.closed(d, again=True)

    def worked(self, d: Dossier, late: bool):
        left = max(self.left(d), 1) // (2 if d.kind == "accountability" else 1)
        days = left + 1 + min(int(d.rng.expovariate(1 / 4.5) * self.slack(d)), 40) if late else max(
            0, int(left * d.rng.uniform(0.3, 0.85)) - 1)
        reports = d.rng.choices((0, 1, 2), (55, 35, 10))[0] if d.kind == "complaint" else d.rng.choice((1, 2, 2, 3))
        if d.has("instructed"):
            self.city.add(self.instructed(d))
        for number in range(reports, 0, -1):
            step = days // (number + 1)
            if step < 1:
                break
            yield self.later(d, step, step)
            days -= step
            self.acts.report(d)
        if late and days > 6 and d.rng.random() < 0.5:
            yield self.later(d, days - 4, days - 4)
            days = 4
            (self.acts.list if d.rng.random() < 0.6 else self.acts.escalate)(d)
        if late and days > 4:
            self.city.blame(d)
        yield self.later(d, days, days) if days else self.soon(d)

    def closed(self, d: Dossier, again: bool = False):
        if d.parts and d.rng.random() < 0.6:
            for code in list(d.parts):
                if code in d.parts:  # it may have come meanwhile
                    self.acts.call(d, code)
                    self.city.add(self.answered(d, code))
                    yield self.soon(d)
        while d.parts and d.kind != "complaint":
            yield self.later(d, 1, 3)
        if d.case.needs_evidence or d.rng.random() < 0.06:
            self.acts.attach(d)
            yield self.soon(d)
        self.acts.submit(d)
        yield self.drawn(d, ((0, 60), (1, 40)))
        if not again and d.has("handed_back"):
            self.acts.hand_back(d)
            yield self.later(d, 1, 2)
            self.acts.submit(d)
            yield self.drawn(d, ((0, 60), (1, 40)))
        self.acts.sign(d)
        yield self.drawn(d, ((0, 25), (1, 40), (2, 25), (3, 7), (4, 3)))
        while d.parts:
            yield self.later(d, 1, 2)
        if d.has("sent_back") and not again:
            self.acts.send_back(d)
            self.city.blame(d)
        else:
            self.acts.close(d)

    def looked_at(self, d: Dossier):
        if d.over:
            return
        if d.kind == "accountability":
            yield self.later(d, 3, 12)
            self.acts.execute(d)
        yield self.later(d, *_LOOKED_AT_AFTER[d.kind])
        if d.kind == "complaint" and not d.is_anonymous and d.rng.random() < 0.05:
            self.acts.open_identity(d)
            yield self.soon(d)
        if d.has("reopened"):
            yield from self.returned(d)
            yield self.later(d, 1, 4)
        self.acts.review(d)
        if d.has("rebounded"):
            yield self.later(d, 15, 40)
            yield from self.returned(d)
            yield self.later(d, 1, 4)
            self.acts.review(d)

    def returned(self, d: Dossier):
        self.acts.reopen(d)
        self.city.blame(d)
        yield from self.worked(d, d.rng.random() < 0.2)
        yield from self.closed(d, again=True)
