"""Whoever tries whatever with a case, in whatever order: what somebody who watches would say of it, from a table of his
own. Who may take which step is written down here once more, from product.md 2 and not from the workflows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.domain import keys, models, standing, trail
from app.domain.cases import Case
from app.domain.errors import Moved, NotAllowed, Refusal, Refusals
from app.domain.people import SYSTEM
from app.office import sealing
from app.office.erasure import erase_identity
from app.office.steps import take_step
from app.office.verification import Verified, verify
from tests.conftest import Office

# username: (post, unit)
CAST = {
    "registrar": ("registrar", "ysb"), "dispatcher": ("dispatcher", "ysb"), "second_dispatcher": ("dispatcher", "ysb"),
    "supervisor": ("supervisor", "ysb"), "director": ("director", "ysb"), "leader": ("leader", "zf"),
    "auditor": ("auditor", "sj"), "sysadmin": ("sysadmin", "ysb"),
    "liaison": ("liaison", "zjj"), "principal": ("principal", "zjj"),
    "supporter": ("liaison", "zrzy"), "supporting_principal": ("principal", "zrzy"),
    "outsider": ("liaison", "gd"), "outside_principal": ("principal", "gd"),
    "discipline": ("discipline", "jw"), "discipline_principal": ("principal", "jw"), "county": ("liaison", "qx"),
}
UNITS = ("zjj", "zrzy", "gd", "jw", "qx")
KINDS = ("complaint", "finding", "task", "accountability")

# step: (states, where it leads: None stays, "back" to where it was ended from; takers as post or post@relation)
HANDED, OPEN = ("assigned", "rectifying"), ("filed", "assigned", "rectifying")
LEAD = {"liaison@lead", "discipline@lead"}
TABLE = {
    "assign": (("filed",), "assigned", {"dispatcher"}),
    "sign_for": (("assigned",), None, LEAD),
    "object": (("assigned",), None, LEAD),
    "uphold": (("assigned",), "filed", {"dispatcher"}),
    "overrule": (("assigned",), None, {"dispatcher"}),
    "start": (("assigned",), "rectifying", LEAD),
    "report": (("rectifying",), None, LEAD | {"liaison@support", "discipline@support"}),
    "finish_part": (("rectifying",), None, {"liaison@support", "discipline@support"}),
    "call": (("rectifying",), None, LEAD),
    "submit": (("rectifying",), None, LEAD),
    "sign": (HANDED, None, {"principal@lead"}),
    "hand_back": (HANDED, None, {"principal@lead"}),
    "withdraw": (HANDED, None, LEAD),
    "send_back": (("rectifying",), None, {"dispatcher"}),
    "close": (("rectifying",), "closed", {"dispatcher"}),
    "review": (("closed",), "reviewed", {"supervisor"}),
    "reopen": (("closed", "reviewed"), "rectifying", {"supervisor"}),
    "reassign": (HANDED, "assigned", {"dispatcher"}),
    "add_support": (HANDED, None, {"dispatcher"}),
    "drop_support": (HANDED, None, {"dispatcher"}),
    "propose_end": (OPEN, None, {"dispatcher"}),
    "end": (OPEN, "ended", {"director"}),
    "keep_open": (OPEN, None, {"director"}),
    "restore": (("ended",), "back", {"director"}),
    "ask_extension": (HANDED, None, LEAD),
    "ask_pause": (HANDED, None, LEAD),
    "grant_extension": (HANDED, None, {"director"}),
    "grant_pause": (HANDED, None, {"director"}),
    "decline": (HANDED, None, {"director"}),
    "resume": (HANDED, None, LEAD | {"dispatcher"}),
    "make_standing": (("rectifying",), None, {"director"}),
    "take_stock": (("rectifying",), None, {"supervisor", "dispatcher"}),
    "end_standing": (("rectifying",), None, {"director"}),
    "escalate": (HANDED, None, {"director"}),
    "list": (HANDED, None, {"director"}),
    "instruct": (("filed", *HANDED, "closed"), None, {"leader"}),
    "set_out": (("filed",), None, {"supervisor", "director"}),
    "answer": (HANDED, None, LEAD),
    "execute": (("closed",), None, LEAD | {"supervisor"}),
    "appeal": (("closed",), None, LEAD | {"supervisor"}),
    "answer_appeal": (("closed",), None, LEAD | {"supervisor"}),
    "put_right": (("closed", "reviewed"), None, LEAD | {"supervisor"}),
}
OF_ACCOUNTABILITY = {"set_out", "answer", "execute", "appeal", "answer_appeal", "put_right"}
STAGES = {
    "object": ("objection", "dispatcher"), "submit": ("closing", "principal"), "propose_end": ("ending", "director"),
    "ask_extension": ("extension", "principal"), "ask_pause": ("pause", "principal"),
}
DECIDES = {  # step: (the matter it decides, at which stage it must be)
    "uphold": ("objection", "dispatcher"), "overrule": ("objection", "dispatcher"), "close": ("closing", "dispatcher"),
    "send_back": ("closing", "dispatcher"), "end": ("ending", "director"), "keep_open": ("ending", "director"),
    "grant_extension": ("extension", "director"), "grant_pause": ("pause", "director"),
}


@dataclass
class Told:
    """What somebody who watched would say of the case: kept by this test, from its own table."""

    kind: str = "complaint"
    state: str = "filed"
    lead: str | None = None
    parts: dict[str, bool] = field(default_factory=dict)  # unit → finished
    matter: tuple[str, str, str, str | None] | None = None  # purpose, stage, who asked, who signed
    assigner: str | None = None
    objected: bool = False
    designated: bool = False
    paused: bool = False
    standing: bool = False
    ended_from: str | None = None
    set_out: bool = False  # of an accountability case, as all below
    suggested: bool = False  # and not answered since
    executed: bool = False
    appealed: bool = False
    appeal_waits: bool = False

    def relation(self, unit: str) -> str | None:
        return "lead" if unit == self.lead else "support" if unit in self.parts else None

    def takes(self, username: str) -> set[str]:
        post, unit = CAST[username]
        if post in ("liaison", "principal", "discipline"):
            return {f"{post}@{relation}"} if (relation := self.relation(unit)) else set()
        return {post}

    def may(self, username: str, step: str) -> bool:
        is_its_own = step not in OF_ACCOUNTABILITY or self.kind == "accountability"
        return is_its_own and bool(self.takes(username) & TABLE[step][2])

    def broken_rule(self, username: str, step: str) -> str | None:
        """A rule of product.md that this step, now, by this person, would break."""
        sources, _, _ = TABLE[step]
        waits = self.matter[:2] if self.matter else None
        if not self.may(username, step):
            return "post and relation"
        if self.state not in sources:
            return "state"
        if step in ("close", "send_back", "uphold", "overrule") and username == self.assigner:
            return "whoever assigned does not close or decide"
        if step == "sign" and (not waits or waits[1] != "principal" or username == self.matter[2]):
            return "signing what waits for the principal, and not one's own"
        if step in DECIDES and waits != DECIDES[step]:
            return "deciding what waits"
        if step == "decline" and (not waits or waits not in (DECIDES["grant_extension"], DECIDES["grant_pause"])):
            return "declining what waits"
        if step in ("end", "grant_extension", "grant_pause", "decline") and username in self.matter[2:]:
            return "nobody decides his own request"
        if step in (*STAGES, "assign", "reassign", "start", "sign_for", "set_out", "answer") and waits:
            return "one matter waits at a time"
        if step == "object" and (self.objected or self.designated):
            return "once, and not after designation"
        if step == "close" and not all(self.parts.values()):
            return "every part is done"
        if step in ("submit", "ask_extension", "ask_pause", "make_standing") and (self.standing or self.paused):
            return "neither standing nor paused"
        if step == "resume" and not self.paused:
            return "paused"
        if step in ("take_stock", "end_standing") and not self.standing:
            return "standing"
        if step == "finish_part" and self.parts.get(CAST[username][1], True):
            return "its own open part"
        return self.broken_rule_of_accountability(step) if self.kind == "accountability" else None

    def broken_rule_of_accountability(self, step: str) -> str | None:
        return {
            "assign": None if self.set_out else "the fact sheet comes first",
            "answer": None if self.suggested else "a suggestion is answered once",
            "execute": "executed once" if self.executed else None,
            "appeal": "appealed once" if self.appealed else None,
            "answer_appeal": None if self.appeal_waits else "an appeal waits",
            "review": None if self.executed and not self.appeal_waits else "executed, and no appeal waits",
        }.get(step)

    def take(self, username: str, step: str, answers: dict) -> None:
        to = TABLE[step][1]
        before, self.state = self.state, (self.ended_from if to == "back" else to or self.state)
        named = {part["unit"]: False for part in answers.get("supports", ())}
        if step in STAGES:
            self.matter = (*STAGES[step], username, None)
        if step in (*DECIDES, "hand_back", "withdraw", "decline"):
            self.matter = None
        match step:
            case "assign" | "reassign":
                self.lead, self.parts, self.assigner = answers["lead"], named, username
                if step == "reassign":
                    self.objected = self.designated = self.paused = self.standing = False
            case "uphold":
                self.lead, self.parts, self.paused = None, {}, False
            case "object":
                self.objected = True
            case "overrule":
                self.designated = True
            case "add_support":
                self.parts |= named
            case "drop_support":
                del self.parts[answers["unit"]]
            case "finish_part":
                self.parts[CAST[username][1]] = True
            case "sign":
                purpose, _, asked, _ = self.matter
                self.matter = (purpose, "dispatcher" if purpose == "closing" else "director", asked, username)
            case "grant_pause" | "resume":
                self.paused = step == "grant_pause"
            case "make_standing" | "end_standing":
                self.standing = step == "make_standing"
            case "end":
                self.ended_from, self.paused, self.standing = before, False, False
        if self.kind == "accountability":
            self.take_of_accountability(step)

    def take_of_accountability(self, step: str) -> None:
        match step:
            case "set_out":
                self.set_out = True
            case "assign" | "reassign" | "restore":
                self.suggested = True
            case "answer" | "submit":
                self.suggested = False
            case "close":
                self.executed = self.appealed = self.appeal_waits = False
            case "execute":
                self.executed = True
            case "appeal":
                self.appealed = self.appeal_waits = True
            case "answer_appeal":
                self.appeal_waits = False


def good(step: str, kind: str, told: Told, today, pick: int, other: str) -> tuple[dict, tuple[str, ...]]:
    """(answers that are in order, which of them are required)."""
    soon = (today + timedelta(days=1 + pick % 20)).isoformat()
    reason = {"reason": "理由充分"}
    assigned = {"lead": UNITS[pick % 4], "request": "请依法办理", "basis": "派单目录 3.2"}
    free = [unit for unit in UNITS[:4] if unit not in (told.lead, *told.parts)]
    supports = [{"unit": unit, "task": "出具意见", "due_on": None} for unit in UNITS[:4] if unit != assigned["lead"]]
    own = next((unit for unit, done in told.parts.items() if not done), "zrzy")
    done_on = {"done_on": today.isoformat()} if kind in ("finding", "task") else {}
    approved = {"approval": "市政府主要负责人 9 月 1 日批准"} if kind == "accountability" else {}
    answers = {
        "assign": assigned | approved | {"grade": "ordinary"} | {"supports": supports[:pick % 3]},
        "reassign": assigned | reason | {"supports": supports[:pick % 3]},
        "object": reason | {"basis": "三定规定", "right_unit": "qx"},
        "start": {"plan": "先核实后办理"} | done_on | ({"target": "不再要求提交"} if kind == "finding" else {}),
        "report": {"progress": "已会商"},
        "finish_part": {"result": "已出具"},
        "call": {"unit": own, "need": "请即出意见"},
        "submit": {
            "complaint": {"statement": "已办", "result": "solved"},
            "finding": {"statement": "已改", "root_cause": "清单未更新", "same_kind": "另清查两处", "result": "done"},
            "task": {"statement": "已办", "result": "done"},
            "accountability": {"document": "3号", "subject": "某科", "responsibility": "direct", "method": "admonition",
                               "decided_on": today.isoformat(), "statement": "事实清楚"},
        }[kind],
        "close": {"method": "call", "opinion": "属实"},
        "review": {
            "complaint": {"asked": "satisfied"}, "finding": {"method": "on_site", "finding": "未反弹"},
            "task": {"method": "documents", "finding": "属实"},
            "accountability": {"finding": "已执行，申诉期满"},
        }[kind],
        "add_support": {"supports": [{"unit": unit, "task": "出具意见", "due_on": None} for unit in free[:1]]},
        "drop_support": {"unit": own} | reason,
        "propose_end": [{"ground": "withdrawn"}, {"ground": "merged", "into": other},
                        {"ground": "refused", "channel": "市信访局"}][pick % 3] | reason,
        "ask_extension": {"days": 1 + pick % 5} | reason,
        "ask_pause": {"category": ("complainant", "hearing")[pick % 2], "review_on": soon} | reason,
        "resume": {"reason": "材料已补"},
        "make_standing": reason | {"review_on": soon},
        "take_stock": {"finding": "仍在推进", "review_on": soon},
        "instruct": {"instruction": "限期办结"},
        "set_out": {"trigger": "shirking", "subject_kind": "organisation", "responsibility": "main",
                    "findings": "轨迹第 3 条：逾期 20 日", "heard": "已听取说明", "basis": "办理规定第五条"},
        "answer": {"adopted": ("yes", "partly", "no")[pick % 3]} | reason,
        "execute": {"told_on": today.isoformat(), "executed_on": today.isoformat(), "filed_under": "卷1",
                    "execution": "已执行"},
        "appeal": {"appealed_on": today.isoformat(), "grounds": "事实有出入"},
        "answer_appeal": {"outcome": "upheld", "document": "5号", "answered_on": today.isoformat()} | reason,
        "put_right": {"correction": "cleared", "document": "6号", "corrected_on": today.isoformat()} | reason,
        **{name: {} for name in ("sign_for", "sign", "end", "grant_extension", "grant_pause")},
    }.get(step, reason)
    optional = {"supports"} if step != "add_support" else set()
    optional |= {"plan"} if kind in ("complaint", "accountability") else set()
    return answers, tuple(name for name in answers if name not in optional)


# One rule with many moves, and not many rules: hypothesis leaves rules out of a walk, and then nobody gets anywhere.
MOVES = ("something seldom",) * 6 + ("along",) * 3 + ("anything",) * 3 + (
    "anything, spoilt", "something spoilt", "something spoilt", "wait", "wait", "seal", "no such step")
ALONG = {"assign", "start", "submit", "sign", "close", "review", "finish_part", "uphold", "grant_pause", "resume",
         "grant_extension", "end", "restore", "overrule", "send_back", "reopen", "set_out", "answer", "execute",
         "answer_appeal"}
SPOILT = ("missing", "blank", "stray", "control", "stale", "nowhere", "sentence")


def spoil(how: str, answers: dict, required: tuple[str, ...], pick: int) -> dict | None:
    """The same answers with something wrong in them; None where nothing of that sort can go wrong."""
    texts = [name for name in required if isinstance(answers[name], str)]
    match how:
        case "stray":
            return answers | {"colour": "red"}
        case "missing" if required:
            return {name: value for name, value in answers.items() if name != required[pick % len(required)]}
        case "blank" if texts:
            return answers | {texts[pick % len(texts)]: " \u3000"}
        case "control" if texts:
            return answers | {texts[pick % len(texts)]: "\x00"}
        case "nowhere" if "lead" in answers:
            return answers | {"lead": ("nowhere", "zf", "sj", "市住建局")[pick % 4]}
        case "nowhere" if "right_unit" in answers:
            return answers | {"right_unit": "nowhere"}
        case "nowhere" if "into" in answers:
            return answers | {"into": "TS-1999-0001"}
        case "sentence" if answers.get("supports"):
            lead = answers.get("lead")
            return answers | {"supports": answers["supports"] + [{"unit": lead or "zf", "task": "x", "due_on": None}]}
        case _:
            return None


EVERYTHING = {
    name: select(func.count()).select_from(table) if name == "calendar_days" else table.select().order_by(
        *table.primary_key)
    for name, table in models.metadata.tables.items()
}


class Known:
    """What every walk begins with, since nothing of another one stays."""

    def __init__(self, engine: Engine):
        with Session(engine) as session:
            office = Office(session)
            self.register = office.register
            self.people = {username: office.by(username) for username in sorted(CAST)}


class Walk:
    """One case in a database of which nothing stays; `taken` counts what succeeded, `watched` says whether each attempt
    that is refused is seen to have changed nothing, which takes most of the time."""

    def __init__(self, engine: Engine, taken: Counter, *, watched: bool = True, known: Known | None = None):
        self.connection = engine.connect().execution_options(write=True)
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        known = known or Known(engine)
        self.office, self.told, self.people = Office(self.session, known.register), Told(), known.people
        self.watched, self.taken, self.here, self.number = watched, taken, Counter(), ""
        self.before: dict | None = None
        self.signers, self.kept = [keys.new("city.example/trail")], None

    def file(self, kind: str, redacted: bool) -> None:
        accused = self.office.register.people.by_code["qx"]
        self.other = self.office.file().number
        more = {"origin": self.session.scalar(select(Case))} if kind == "accountability" else {}
        more["complainant"] = {"name": "王五", "phone": "13800001234"} if kind == "complaint" else {}
        self.has_complainant = kind == "complaint"
        self.case = self.office.file(kind, complained_of=accused, redacted="化名" if redacted else None, **more)
        self.kind, self.redacted, self.told.kind, self.number = kind, redacted, kind, self.case.number

    def close(self) -> None:
        self.session.close()
        self.transaction.rollback()
        self.connection.close()

    def move(self, move: str, username: str, step: str, choice: int, pick: int, spoilt: str) -> None:
        match move:
            case "anything":
                self.attempt(username, step, pick, None)
            case "anything, spoilt":
                self.attempt(username, step, pick, spoilt)
            case "something seldom":
                self.attempt(*self.offered(choice, seldom=True), pick, None)
            case "something spoilt":
                self.attempt(*self.offered(choice), pick, spoilt)
            case "along":
                self.attempt(*self.offered(choice, ALONG), pick, None)
            case "wait":
                self.office.later(hours=1 + choice % 120)
            case "seal":
                if self.has_complainant and not choice % 4:
                    self.erase()
                self.seal()
            case "no such step":
                self.explode(username)

    def explode(self, username):
        before = self.dump()
        try:
            self.take(username, "explode", {}, self.case.version)
        except Refusal:
            assert self.dump() == before
        else:
            raise AssertionError("a step that does not exist was taken")

    def offered(self, choice: int, among=None, *, seldom=False) -> tuple[str, str]:
        first = standing.stand(self.session, self.case, by=self.people["auditor"], today=self.office.today)
        facts = {name: getattr(first, name) for name in ("matter", "hands", "nodes", "evidence", "today")}
        found = [
            (username, offer.step.name) for username, actor in self.people.items()
            for offer in standing.Standing(self.case, by=actor, **facts).offers()
            if offer.reason is None and (among is None or offer.step.name in among)
        ]
        if seldom and found:
            least = min(self.here[step] for _, step in found)
            found = [(username, step) for username, step in found if self.here[step] == least]
        return found[choice % len(found)] if found else ("auditor", "report")

    def attempt(self, username: str, step: str, pick: int, spoilt: str | None) -> None:
        told, case = self.told, self.case
        answers, required = good(step, self.kind, told, self.office.today, pick, self.other)
        if step == "add_support" and not answers["supports"]:  # every unit has a part already
            return
        if spoilt and spoilt != "stale":
            answers = spoil(spoilt, answers, required, pick)
            if answers is None:
                return
        seen = case.version - 1 if spoilt == "stale" else case.version
        broken, before = told.broken_rule(username, step), self.before or self.dump()
        try:
            self.take(username, step, answers, seen)
        except Refusal as refusal:
            self.refused(refusal, username, step, spoilt)
            self.before = self.dump()
            assert self.before == before, f"{step} was refused and changed something"
        else:
            assert broken is None, f"{username} took {step} against the rule: {broken}"
            assert not spoilt, f"{step} was taken with wrong answers ({spoilt})"
            lead = answers.get("lead")
            assert lead != "qx" or (self.redacted and self.kind != "accountability")
            told.take(username, step, answers)
            self.here[step] += 1
            self.taken[step] += 1
            self.before = None

    def take(self, username, step, answers, seen):
        """As a door does it: everything or nothing."""
        with self.session.begin_nested():
            take_step(self.session, self.case, step, by=self.people[username], at=self.office.now, seen=seen,
                      answers=answers, words=str, register=self.office.register)

    def refused(self, refusal, username, step, spoilt):
        assert refusal.told() and "%(" not in refusal.told(), "a sentence with everything in its place"
        if isinstance(refusal, NotAllowed):
            assert not self.told.may(username, step), f"{username} may take {step}, and was told it is not for him"
        if isinstance(refusal, Moved):
            assert spoilt == "stale"
        if isinstance(refusal, Refusals):
            assert spoilt, f"good answers to {step} were refused: {[str(each) for each in refusal.refusals]}"

    def erase(self) -> None:
        """What the law asks to erase; refused where nothing of the kind is kept."""
        erase_identity(self.session, self.case, basis="依法", reason="本人要求", by=SYSTEM, at=self.office.now,
                       words=str)
        self.has_complainant = False

    def seal(self) -> None:
        while sealing.take_in(self.session):
            pass
        signed = sealing.sign(self.session, self.signers, at=self.office.now, words=str)
        if signed:
            self.kept, self.signers = signed.note, self.signers[:1]
        self.before = None

    def verified(self) -> Verified:
        """Everything held against the trail; afterwards the case is read anew."""
        found = verify(self.session, calendar=self.office.register.calendar, current=[self.signers[0].verifier],
                       kept=self.kept)
        self.case = self.session.scalar(select(Case).where(Case.number == self.number))
        return found

    def entries(self):
        return self.session.scalars(trail.of(self.number)).all()

    def dump(self) -> dict:
        """Every row of every table; the calendar, which is long and nobody's, only by its length. Nothing where nobody
        watches."""
        if not self.watched:
            return {}
        self.session.flush()
        connection = self.session.connection()
        return {name: connection.execute(statement).all() for name, statement in EVERYTHING.items()}
