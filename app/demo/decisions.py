"""What is put up and decided: closings, objections, requests for time, endings, reviews; and what is added beside."""

from datetime import timedelta

from app.demo import papers
from app.demo.acts import Acts
from app.demo.dossier import Dossier
from app.office import records

_METHODS = (("call", 5), ("documents", 4), ("on_site", 2))
_SAID = (("satisfied", 58), ("mostly", 22), ("dissatisfied", 5), ("unreached", 8), ("declined", 7))


class Decisions(Acts):
    # closings

    def submit(self, d: Dossier) -> None:
        done = self.say_text(d, d.plot.done)
        if d.kind == "accountability":
            return self.record_decision(d)
        if d.kind == "complaint":
            result = d.rng.choices(("solved", "partly", "explained"), (86, 8, 6))[0]
            pool = {"solved": "complaint", "partly": "partly", "explained": "explained"}[result]
            pool = "again" if d.case.redone or d.case.reopened else pool
            answers = {"statement": self.say(d, f"statement {pool}", done=done), "result": result}
        elif d.kind == "finding":
            answers = {"statement": self.say(d, "statement finding", done=done),
                       "root_cause": self.say_text(d, d.plot.cause), "same_kind": self.say_text(d, d.plot.same_kind),
                       "result": d.rng.choices(("done", "going_on"), (9, 1))[0]}
        else:
            answers = {"statement": self.say(d, "statement task", done=done),
                       "result": d.rng.choices(("done", "partly"), (9, 1))[0]}
        self.take(d, "submit", self.liaison(d), **answers)

    def record_decision(self, d: Dossier) -> None:
        self.city.documents += 1
        today = self.city.today
        method = d.rng.choices(("talk", "admonition", "circular", "official_warning", "none"), (40, 25, 12, 13, 10))[0]
        until = (today + timedelta(days=182)).isoformat() if method == "admonition" else None  # others by their rule
        spared = {"tolerance": "not_held", "tolerance_ground": "trial",
                  "tolerance_basis": self.say(d, "tolerance basis")} if method == "none" else {}
        self.take(d, "submit", self.liaison(d), document=f"澜纪〔{today.year}〕{20 + self.city.documents}号",
                  subject=self.say(d, "subject accountability"), method=method, decided_on=today.isoformat(),
                  responsibility=d.rng.choices(("direct", "important", "main", "overall"), (60, 20, 15, 5))[0],
                  effective_until=until, statement=self.say(d, "statement accountability"), **spared)

    def answer(self, d: Dossier) -> None:
        """Whether the suggestion is adopted; the decision may come without it."""
        if "answer" not in d.case.takers:
            self.take(d, "answer", self.liaison(d), adopted=d.rng.choices(("yes", "partly"), (8, 2))[0],
                      letter=None, reason=self.say(d, "answer"))

    def execute(self, d: Dossier) -> None:
        on = self.city.today.isoformat()
        self.take(d, "execute", self.liaison(d), told_on=on, executed_on=on, execution=self.say(d, "execution"),
                  filed_under=f"WZ卷{self.city.today.year}-{d.index % 90 + 10}")

    def sign(self, d: Dossier) -> None:
        self.take(d, "sign", self.principal(d), opinion=self.say(d, "sign closing"))

    def sign_time(self, d: Dossier) -> None:
        self.take(d, "sign", self.principal(d), opinion=self.say(d, "sign time"))

    def hand_back(self, d: Dossier) -> None:
        self.take(d, "hand_back", self.principal(d), reason=self.say(d, "hand_back"))

    def close(self, d: Dossier) -> None:
        names, weights = zip(*_METHODS, strict=True)
        self.take(d, "close", self.office(d, "dispatcher", self.assigners(d)),
                  method=d.rng.choices(names, weights)[0], opinion=self.say(d, "close"))

    def send_back(self, d: Dossier) -> None:
        self.take(d, "send_back", self.office(d, "dispatcher", self.assigners(d)), reason=self.say(d, "send_back"))

    # reviews

    def review(self, d: Dossier, said: str | None = None) -> None:
        by = self.office(d, "supervisor")
        if d.kind == "accountability":
            self.take(d, "review", by, finding=self.say(d, "review accountability"))
        elif d.kind == "complaint":
            names, weights = zip(*_SAID, strict=True)
            said = said or ("anonymous" if d.is_anonymous else d.rng.choices(names, weights)[0])
            solved = {"satisfied": "yes", "mostly": "yes", "dissatisfied": "no"}.get(said)
            self.take(d, "review", by, asked=said, solved=solved, finding=self.say(d, f"review {said}"))
        else:
            self.take(d, "review", by, method=d.rng.choice(("on_site", "documents")),
                      finding=self.say(d, f"review {d.kind}"))

    def reopen(self, d: Dossier) -> None:
        self.take(d, "reopen", self.office(d, "supervisor"), reason=self.say(d, "reopen"))

    # objections

    def object(self, d: Dossier) -> None:
        lead = self.lead(d)
        code, reason = d.topic.rival if lead == d.topic.lead and d.topic.rival else (
            d.topic.lead, "该事项由市级部门实施，县（区）、园区没有相应权限")
        code = self.city.living(code)
        if code == lead:
            code, reason = "zjj", "该事项不在本单位权责清单之内"
        d.slots["right"] = self.city.shorts[code]
        d.slots["right_code"] = code
        self.take(d, "object", self.liaison(d), basis=self.say(d, "object basis"), right_unit=code,
                  reason=self.say(d, "object", reason=reason))

    def uphold(self, d: Dossier) -> None:
        self.take(d, "uphold", self.office(d, "dispatcher", self.assigners(d)), reason=self.say(d, "uphold"))
        d.supports, d.parts = [], {}

    def overrule(self, d: Dossier) -> None:
        self.take(d, "overrule", self.office(d, "dispatcher", self.assigners(d)), reason=self.say(d, "overrule"))

    # time

    def ask_extension(self, d: Dossier) -> None:
        most = {"advice": 5, "complex": 20, "major": 20}.get(d.case.grade, 10)
        days = d.rng.choice((most, most, max(3, most // 2)))
        self.take(d, "ask_extension", self.liaison(d), days=days,
                  reason=self.say(d, "extension reason", days=days))

    def ask_pause(self, d: Dossier, category: str | None = None) -> None:
        category = category or d.rng.choice(("hearing", "appraisal", "third_party", "complainant", "appraisal"))
        d.slots["category"] = category
        review_on = self.city.hours.workday(self.city.today, d.rng.randint(8, 14))
        self.take(d, "ask_pause", self.liaison(d), category=category, reason=self.say(d, f"pause {category}"),
                  since_on=None, review_on=review_on.isoformat())

    def grant(self, d: Dossier, what: str) -> None:
        self.take(d, f"grant_{what}", self.office(d, "director"), opinion=self.say(d, "grant"))

    def decline(self, d: Dossier) -> None:
        self.take(d, "decline", self.office(d, "director"), reason=self.say(d, "decline"))

    def withdraw(self, d: Dossier) -> None:
        self.take(d, "withdraw", self.liaison(d), reason=self.say(d, "withdraw_request"))

    def resume(self, d: Dossier) -> None:
        by = self.liaison(d) if d.rng.random() < 0.7 else self.office(d, "dispatcher")
        self.take(d, "resume", by, reason=self.say(d, "resume"))

    # standing rectification

    def make_standing(self, d: Dossier, days: int = 85) -> None:
        self.take(d, "make_standing", self.office(d, "director"), reason=self.say(d, "standing"),
                  review_on=(self.city.today + timedelta(days=days)).isoformat())

    def take_stock(self, d: Dossier) -> None:
        self.take(d, "take_stock", self.office(d, "supervisor"), finding=self.say(d, "stock"),
                  review_on=(self.city.today + timedelta(days=88)).isoformat())

    def end_standing(self, d: Dossier) -> None:
        self.take(d, "end_standing", self.office(d, "director"), reason=self.say(d, "end_standing"))

    # endings

    def propose_end(self, d: Dossier, ground: str, into: str | None = None) -> None:
        channel = self.say(d, f"channel {ground}") if ground in ("refused", "transferred") else None
        self.take(d, "propose_end", self.office(d, "dispatcher"), ground=ground, reason=self.say(d, f"end {ground}"),
                  channel=channel, into=into)

    def end(self, d: Dossier) -> None:
        self.take(d, "end", self.office(d, "director"), opinion=self.say(d, "end opinion"))

    def keep_open(self, d: Dossier) -> None:
        self.take(d, "keep_open", self.office(d, "director"), reason=self.say(d, "keep_open"))

    def restore(self, d: Dossier) -> None:
        self.take(d, "restore", self.office(d, "director"), reason=self.say(d, "restore"))

    # beside the steps

    def attach(self, d: Dossier) -> None:
        """What the lead unit shows for it; nothing where the demo keeps no files."""
        city = self.city
        lead, by = city.shorts[self.lead(d)], self.liaison(d)
        text = self.say_text(d, d.plot.done) + "。"
        lines = [f"{lead}　办理情况说明", f"编号：{d.case.number}", "", *papers.wrapped(text), "",
                 f"{lead}　　{city.today:%Y-%m-%d}"]
        name, made, purpose = d.rng.choice((
            (f"{lead}办理情况说明.docx", papers.docx, "evidence"), ("现场核查记录.pdf", papers.pdf, "evidence"),
            ("办理结果告知书（已签收）.pdf", papers.pdf, "evidence"), ("整改前后对照.pdf", papers.pdf, "after")))
        kept = city.shelf.keep([made(lines)], name)
        records.attach(city.session, d.case, kept, purpose=purpose, by=by, at=city.at, words=city.words,
                       register=city.register)

    def correct(self, d: Dossier) -> None:
        self._record(records.correct, d, "place", f"{d.case.place}（以企业所述为准）",
                     by=self.office(d, "registrar"), reason=self.say(d, "correct reason"))

    def consent(self, d: Dossier) -> None:
        self._record(records.consent, d, by=self.office(d, "dispatcher"), given=True, said=self.say(d, "consent"))

    def open_identity(self, d: Dossier) -> None:
        self._record(records.open_identity, d, by=self.office(d, "supervisor"), reason=self.say(d, "open reason"))

    def _record(self, verb, d: Dossier, *args, **more) -> None:
        verb(self.city.session, d.case, *args, at=self.city.at, words=self.city.words, **more)
