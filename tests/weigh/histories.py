"""An honest history: whatever an office may do to a case, lawful erasures among it, drawn by lot from the number of the
history, by which it can be played again. None may be accused by verification."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from random import Random

from sqlalchemy import select

from app.domain import checkpoints, clocks, files, keys, notices, spans, traces
from app.domain.cases import Case
from app.domain.errors import Refusal, Refused
from app.domain.files import File, Kept
from app.domain.lookbacks import HELD, LOOKED_AT, RESULTS, Look, Lookback, Rule
from app.domain.notices import Notice
from app.domain.people import SYSTEM
from app.office import calendar, ladder, lookbacks, records, reprojection, rules, witnessing
from app.office import notices as papers
from tests.walks import CAST, KINDS, MOVES, SPOILT, TABLE, Known, Walk
from tests.witnesses import Witness

LENGTH = (8, 60)  # moves of one history
ACTS = ("erase", "erase", "erase", "correct", "redact", "consent", "open", "attach", "attach", "strike_out", "paper",
        "paper", "paper", "own_day", "rotate", "climb", "climb", "follow", "rule", "lot", "lot", "lot", "witness")
LOOKS = 3  # verifications of one history: on the way, and one at its end
FIELDS = ("title", "facts", "place", "klass", "source")


@dataclass
class Told:
    histories: int = 0
    entries: int = 0  # of the cases that were walked
    erasing: int = 0  # histories with a lawful erasure
    verified: int = 0  # times that everything was held against the trail
    refused: int = 0  # acts that were tried and are not to be done now
    processor: float = 0.0  # seconds
    accused: list[tuple[int, str]] = field(default_factory=list)  # number of the history, sentence
    acts: Counter = field(default_factory=Counter)  # what succeeded, how often

    def add(self, other: "Told") -> None:
        for name in ("histories", "entries", "erasing", "verified", "refused", "processor"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.accused += other.accused
        self.acts.update(other.acts)


def play(engine, numbers: Iterable[int]) -> Told:
    told, known = Told(), Known(engine)
    for number in numbers:
        history = History(engine, told, Random(number), known)
        try:
            if fault := history.live():
                told.accused.append((number, fault.told()))
        finally:
            history.close()
        told.histories += 1
    return told


class History(Walk):
    """A walk by lot on which the office does everything else as well that leaves an entry."""

    def __init__(self, engine, told: Told, random: Random, known: Known):
        super().__init__(engine, told.acts, watched=False, known=known)
        self.random, self.all = random, told

    def live(self):
        """Its first fault, which should be None."""
        random = self.random
        self.file(random.choice(("complaint", "complaint", *KINDS)), random.random() < 0.5)
        length, could_erase = random.randint(*LENGTH), self.has_complainant
        looks = {length - 1, *random.sample(range(length - 1), LOOKS - 1)}
        for turn in range(length):
            if random.random() < 0.7:
                self.move(random.choice(MOVES), random.choice(_PEOPLE), random.choice(_STEPS), random.randrange(10_000),
                          random.randrange(60), random.choice(SPOILT))
            else:
                self.act(random.choice(ACTS))
            if turn in looks:
                self.all.verified += 1
                if fault := self.verified().fault:
                    return fault
        self.all.erasing += could_erase and not self.has_complainant
        self.all.entries += len(self.entries())
        return None

    def act(self, name: str) -> None:
        """As a door does it: everything or nothing."""
        try:
            with self.session.begin_nested():
                getattr(self, name)()
        except Refusal:
            self.all.refused += 1
        else:
            self.taken[name] += 1

    def _common(self, *usernames: str) -> dict:
        return {"by": self.people[self.random.choice(usernames)], "at": self.office.now, "words": str}

    # --- beside the steps

    def correct(self) -> None:
        records.correct(self.session, self.case, self.random.choice(FIELDS), f"更正 {self.random.random()}",
                        reason="录入有误", **self._common("registrar", "dispatcher"))

    def redact(self) -> None:
        records.redact(self.session, self.case, f"化名 {self.random.random()}", **self._common("registrar"))

    def consent(self) -> None:
        records.consent(self.session, self.case, given=self.random.random() < 0.5, said="电话同意",
                        **self._common("supervisor", "dispatcher"))

    def open(self) -> None:
        records.open_identity(self.session, self.case, reason="核实", **self._common("dispatcher", "liaison"))

    def attach(self) -> None:
        digest = sha256(self.random.randbytes(8)).hexdigest()
        records.attach(self.session, self.case, Kept(digest, 8, "application/pdf", "图.pdf"),
                       purpose=self.random.choice(sorted(files.PURPOSES)), register=self.office.register,
                       **self._common("dispatcher", "liaison", "supporter"))

    def strike_out(self) -> None:
        file = self.session.scalar(select(File).where(File.case_id == self.case.id).order_by(File.id.desc()).limit(1))
        if file is None:
            raise Refused(NOTHING)  # anew: one that is raised again keeps every frame it came through
        records.strike_out(self.session, self.case, file, reason="传错", **self._common("dispatcher"))

    def climb(self) -> None:
        self.office.later(days=self.random.randrange(8))
        while ladder.climb(self.session, at=self.office.now, register=self.office.register, words=str):
            pass
        self.session.expire_all()

    def paper(self) -> None:
        """One more act on the newest paper; a new one where the last has had its day."""
        notice = self.session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
        if notice is None or notice.state in (notices.JUDGED, notices.WITHDRAWN):
            self._prepare()
        else:
            act, by, more = self.random.choice(PAPERS[notice.state])
            getattr(papers, act)(self.session, notice, seen=None, register=self.office.register, **self._common(*by),
                                 **more)

    def _prepare(self) -> None:
        running = [node for node in clocks.of_case(self.session, self.case.id, running=True)
                   if node.unit_id != self.office.register.people.office.id]
        if not running:
            raise Refused(NOTHING)
        papers.prepare(self.session, self.random.choice(("supervise", "urge")),
                       [(self.case, self.random.choice(running))], requirement="五日内整改到位。",
                       register=self.office.register, **self._common("supervisor"))

    def own_day(self) -> None:
        """The city declares a day off, and the dates that run over it move."""
        on = self.office.today + timedelta(days=self.random.randint(1, 30))
        errand = calendar.make(self.session, calendar.OwnDay(on, True, "火把节", "州政府令"), today=self.office.today,
                               **self._common("director"))
        self.office.reload()
        while errand and reprojection.go_on(self.session, errand, register=self.office.register,
                                            **self._common("director")):
            pass
        self.session.flush()
        self.session.expire_all()

    def rule(self) -> None:
        """Another term from some day on, and the dates that follow from it move."""
        since = self.office.today - timedelta(days=self.random.randrange(20))
        row = rules.read({"profile": "本办", "kind": self.kind, "class": "", "grade": "", "counted": "workday",
                          "purpose": self.random.choice(("handle", "sign", "part")), "cap": "10", "extensions": "1",
                          "budget": str(self.random.randint(2, 30)), "remind": "1", "basis": "市政办〔2026〕8号",
                          "valid_from": since.isoformat()})
        machine = {"by": SYSTEM, "at": self.office.now, "words": str}
        errand = rules.set_rules(self.session, [row], to_open=self.random.random() < 0.5,
                                 register=self.office.register, **machine)
        self.office.reload()
        while reprojection.go_on(self.session, errand, register=self.office.register, **machine):
            pass
        self.session.flush()
        self.session.expire_all()

    def lot(self) -> None:
        """One more act of a looking back: announced, drawn with the checkpoint after that, looked at case by case."""
        lookback = self.session.scalar(select(Lookback).order_by(Lookback.id.desc()).limit(1))
        common = self._common("supervisor") | {"register": self.office.register}
        if lookback is None or lookback.ended_at:
            rule = Rule(self.office.today - timedelta(days=300), self.office.today, self.random.choice((1, 50, 100)),
                        musts=self.random.choice(((), ("reopened", "redone", "overdue"))))
            lookbacks.announce(self.session, rule, **common)
        elif lookback.drawn_at is None:
            self.seal()
            lookbacks.draw(self.session, lookback, **common)
        else:
            self._look(lookback, common)

    def _look(self, lookback: Lookback, common: dict) -> None:
        case = self.session.scalar(select(Case).join(Look, Look.case_id == Case.id).where(
            Look.lookback_id == lookback.id, Look.place.is_not(None), Look.result.is_(None)))
        result = self.random.choice(sorted(RESULTS))
        reopen = result != HELD and case.state in LOOKED_AT and self.random.random() < 0.5
        lookbacks.look(self.session, lookback, case, result=result, finding="看过", reopen=reopen, **common)
        if reopen and case.id == self.case.id:
            self.told.take("supervisor", "reopen", {})

    def witness(self) -> None:
        """Somebody outside puts his name under the last checkpoint."""
        self.seal()
        if not witnessing.named(self.session):
            witnessing.name(self.session, WITNESS.key, basis="来函", by=SYSTEM, at=self.office.now, words=str)
        note = checkpoints.latest(self.session).note
        witnessing.take(self.session, WITNESS.under(note, self.office.now), at=self.office.now)

    def rotate(self) -> None:
        """A new key, which signs once together with the old one."""
        self.seal()
        self.signers.insert(0, keys.new(self.signers[0].name))
        self.seal()

    def follow(self) -> None:
        """The copies that follow the tree."""
        upto, positions = traces.ahead(self.session, most=1_000)
        traces.trace(self.session, positions)
        if upto:
            traces.reach(self.session, upto)
        spans.follow(self.session, self.office.register, most=self.random.choice((3, 1_000)))


WITNESS = Witness()
NOTHING = "There is nothing to do this with."
PAPERS = {  # state: (act, by whom, what is said)
    notices.PREPARED: (("sign", ("director",), {}), ("withdraw", ("supervisor",), {"reason": "已当面说明"})),
    notices.ISSUED: (("receive", ("liaison", "principal"), {}),),
    notices.RECEIVED: (("reply", ("liaison", "principal"), {"text": "已整改"}),),
    notices.REPLIED: (("judge", ("supervisor",), {"verdict": "enough", "opinion": "可以"}),
                      ("judge", ("supervisor",), {"verdict": "not_enough", "opinion": "未说明责任人"})),
}
_PEOPLE, _STEPS = sorted(CAST), sorted(TABLE)
