"""One act of one officer in one case: each finds who may, what he would write, and takes the step."""

from datetime import date, timedelta
from random import Random

from app.demo.dossier import Dossier, compose, say
from app.domain.people import Actor
from app.office import intake
from app.office.intake import Filing
from app.office.steps import take_step


class Acts:
    """`city` knows the session, the people and what time it is."""

    def __init__(self, city):
        self.city = city

    # who

    def office(self, d: Dossier, post: str, but=()) -> Actor:
        """Somebody of the office; those who took a step that is kept apart from this one are passed over."""
        people = [actor for actor in self.city.holders(post) if actor.id not in but]
        return d.rng.choice(people)

    def unit(self, post: str, code: str) -> Actor:
        if post == "liaison" and code == "jw":
            post = "discipline"
        return self.city.holders(post, code)[0]

    def liaison(self, d: Dossier) -> Actor:
        return self.unit("liaison", self.lead(d))

    def principal(self, d: Dossier) -> Actor:
        return self.unit("principal", self.lead(d))

    def lead(self, d: Dossier) -> str:
        return self.city.register.people.units[d.case.lead_id].code

    def assigners(self, d: Dossier) -> set:
        return {d.case.takers.get("assign"), d.case.takers.get("reassign")}

    # how

    def say(self, d: Dossier, pool: str, **more) -> str:
        """Words of a pool, of the one made for this kind of case where there is one."""
        d.slots.update(more, t=self.city.today)
        named = (f"{pool} {d.kind}", f"{pool} other" if d.kind != "complaint" else pool, pool)
        return say(d.rng, next(name for name in named if name in self.city.phrases), d.slots)

    def take(self, d: Dossier, name: str, by: Actor, **answers):
        city = self.city
        city.steps += 1
        return take_step(city.session, d.case, name, by=by, at=city.at, seen=None, answers=answers, words=city.words,
                         register=city.register)

    # on the books

    def file(self, d: Dossier) -> None:
        city, people = self.city, self.city.register.people
        told = self.told(d)
        made = compose(d, city.today, city.shorts, city.klasses, told)
        post = {"task": "dispatcher", "accountability": "supervisor"}.get(d.kind, "registrar")
        if d.kind == "finding" and d.rng.random() < 0.5:
            post = "supervisor"
        received = city.at
        if d.kind == "complaint":
            received -= timedelta(minutes=d.rng.choice((20, 90, 400, 900, 1500, 3800)) + d.rng.randrange(60),
                                  seconds=d.rng.randrange(60))
        filing = Filing(
            kind=d.kind, source=d.source, klass=d.topic.klass, grade=d.grade, indicator=d.topic.indicator,
            received_at=received,
            complained_of=people.units[people.heir(people.by_code[d.complained_of].id)] if d.complained_of else None,
            is_anonymous=d.is_anonymous, origin=d.origin.case if d.origin else None, **made,
        )
        d.case = intake.file_case(city.session, filing, by=self.office(d, post), at=city.at, words=city.words,
                                  register=city.register)
        city.known.append(d)

    def told(self, d: Dossier) -> dict:
        """What this case takes over from another: the matter it repeats, or the one it is raised from."""
        if d.kind == "accountability":
            d.origin = self.city.origin()
            d.complained_of = self.lead(d.origin)
            return {"unit": self.city.shorts[d.complained_of], "origin": d.origin.case.number,
                    "title": d.origin.case.title, "sec": d.origin.slots["sec"]}
        if d.has("merged") and (twin := self.city.twin(d)):
            d.twin, d.topic, d.plot, d.zone, d.firm = twin, twin.topic, twin.plot, twin.zone, twin.firm
            return {name: twin.slots[name] for name in ("n", "k", "y", "b") if name in twin.slots}
        return {}

    def assign(self, d: Dossier, lead: str | None = None, step: str = "assign", **more) -> None:
        lead = self.city.living(lead or d.lead)
        supports = [(self.city.living(code), task) for code, task in d.supports]
        blind = None if d.case.redacted else self.city.code(d.case.complained_of_id)
        supports = [(code, task) for code, task in supports if code not in (lead, blind)]
        part_due = self.part_due(d) if step == "assign" else None
        own = self.city.code(d.case.complained_of_id) == lead
        if d.kind == "accountability" and "set_out" not in d.case.takers:
            self.set_out(d)
        answers = {
            "grade": d.grade, "lead": lead, "basis": self.basis(d, lead),
            "request": self.say(d, "request own" if own else "request"),
            "supports": [{"unit": code, "task": task, "due_on": part_due} for code, task in supports],
        } | more
        if d.kind == "task" and step == "assign":
            answers["due_on"] = d.due_on.isoformat()
        if d.kind == "accountability" and step == "assign":
            answers["approval"] = self.say(d, "approval")
        if step == "reassign":
            del answers["grade"]
        self.take(d, step, self.office(d, "dispatcher"), **answers)
        d.parts, d.part_days = dict(supports), self.city.register.calendar.between(
            self.city.today, date.fromisoformat(part_due)) if part_due else 5
        if d.kind != "accountability":  # there it is the unit that is meant
            d.slots["unit"] = self.city.shorts[lead]

    def set_out(self, d: Dossier) -> None:
        """The fact sheet of an accountability case."""
        self.take(d, "set_out", self.office(d, "supervisor"), subject_kind="person", basis=self.say(d, "rule not kept"),
                  trigger=d.rng.choice(("shirking", "feeble", "falsified", "refused")), responsibility="direct",
                  subject=self.say(d, "subject accountability"), findings=self.say(d, "findings accountability"),
                  heard=self.say(d, "heard accountability"))

    def part_due(self, d: Dossier) -> str | None:
        """The parts of a task have two thirds of its time; for the others the rule says how long."""
        if d.due_on is None:
            return None
        days = (d.due_on - self.city.today).days * 2 // 3
        return self.city.hours.workday(self.city.today + timedelta(days=days), 0).isoformat()

    def basis(self, d: Dossier, lead: str) -> str:
        if lead == self.city.living(d.topic.lead) and d.rng.random() < 0.85:
            return f"派单目录 {d.topic.item} {d.topic.basis}"
        if self.city.klasses[lead] in ("county", "park") and d.rng.random() < 0.8:
            return f"派单目录 {d.topic.item}；属地管理"
        return self.say(d, "basis extra")

    def sign_for(self, d: Dossier) -> None:
        self.take(d, "sign_for", self.liaison(d))

    def start(self, d: Dossier) -> None:
        answers = {"plan": self.say(d, "plan")} if d.kind in ("complaint", "accountability") else {
            "plan": "\n".join(self.say_all(d, f"plan {d.kind}")), "done_on": self.done_on(d)}
        if d.kind == "finding":
            answers["target"] = self.say_text(d, d.plot.target)
        self.take(d, "start", self.liaison(d), **answers)

    def done_on(self, d: Dossier) -> str:
        """All measures done a few days before the term ends."""
        due_on, today = d.case.due_on, self.city.today
        return max(today, due_on - timedelta(days=(due_on - today).days // 5)).isoformat()

    def say_all(self, d: Dossier, pool: str) -> list[str]:
        return [self.say_text(d, line) for line in self.city.phrases[pool]]

    def say_text(self, d: Dossier, text: str) -> str:
        """A text of the plot; told again it has the same figures and later dates."""
        d.slots["t"] = self.city.today
        return self.city.weave(text, Random(f"{d.index} {text}"), d.slots)

    # under way

    def report(self, d: Dossier, unit: str | None = None) -> None:
        if unit:
            self.take(d, "report", self.unit("liaison", unit), progress=self.say(d, "progress support"))
        else:
            told = self.say(d, "progress", **d.doing(min(d.reports, len(d.measures) - 2)))
            d.slots.update(d.doing(0))
            d.reports += 1
            self.take(d, "report", self.liaison(d), progress=told)

    def finish_part(self, d: Dossier, code: str) -> None:
        task = d.parts.pop(code)
        self.take(d, "finish_part", self.unit("liaison", code), result=self.say(d, "part result", task=task))

    def call(self, d: Dossier, code: str) -> None:
        self.take(d, "call", self.liaison(d), unit=code, need=self.say(d, "call"))

    def drop_support(self, d: Dossier, code: str) -> None:
        self.take(d, "drop_support", self.office(d, "dispatcher"), unit=code, reason=self.say(d, "drop"))
        del d.parts[code]

    def escalate(self, d: Dossier) -> None:
        self.take(d, "escalate", self.office(d, "director"), reason=self.say(d, "escalate"))

    def list(self, d: Dossier) -> None:
        self.take(d, "list", self.office(d, "director"), reason=self.say(d, "list"))

    def instruct(self, d: Dossier) -> None:
        self.take(d, "instruct", self.office(d, "leader"), instruction=self.say(d, "instruct"))

    def reassign(self, d: Dossier, lead: str) -> None:
        d.slots["right"] = self.city.shorts[lead]
        d.supports = []
        self.assign(d, lead, "reassign", reason=self.say(d, "reassign"))
