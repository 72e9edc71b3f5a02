"""What lies behind one case of the demo before it is on the books: who, what, where, and the words for it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from app.demo import firms, roster
from app.demo.firms import Firm
from app.demo.library import Plot, Topic, phrases, topics
from app.demo.tongue import weave
from app.domain.cases import Case

NAMES = frozenset({"me", "place", "brand"})  # put in last: the redacted text has others
_SOURCES = {
    "complaint": {"12345": 46, "投诉平台": 20, "企业走访": 10, "恳谈会": 7, "好差评": 7, "市长信箱": 6, "上级转办": 4},
    "finding": {"察访": 30, "暗访": 22, "体验式监督": 14, "集中督导": 16, "专项监督": 12, "自查自纠": 6},
    "task": {"任务分工方案": 80, "政府工作报告": 12, "专项组会议": 8},
    "accountability": {"督办移送": 7, "回访移送": 3},
}
_TELLING = ("自查", "巡察", "问卷", "暗访", "体验", "集中督导", "专项监督", "察访")
_TOLD = {"自查": "自查自纠", "巡察": "巡察反馈", "问卷": "满意度问卷", "体验": "体验式监督"}
_OUTSIDE = {"12345": "LC{day}-{no:05d}", "投诉平台": "YS{day}{no:05d}", "好差评": "HCP{day}{no:05d}",
            "市长信箱": "XX{year}-{no:05d}", "上级转办": "省营商转〔{year}〕{no}号"}
_ZONES = {"ljq": 5, "gxq": 5, "qxx": 4, "bpq": 3, "jkq": 3, "ytx": 2, "sdx": 2, "byx": 1, "lqx": 2, "jyx": 1, "mpx": 1,
          "afx": 2, "kgq": 2}


@dataclass
class Dossier:
    index: int
    kind: str
    rng: Random
    topic: Topic
    plot: Plot
    zone: str  # code of the county or park it happened in
    lead: str  # code of the unit it is meant for
    complained_of: str | None
    source: str
    traits: frozenset[str] = frozenset()
    grade: str = "ordinary"
    firm: Firm | None = None
    slots: dict = field(default_factory=dict)
    supports: list[tuple[str, str]] = field(default_factory=list)
    case: Case | None = None
    measures: list[str] = field(default_factory=list)
    reports: int = 0
    parts: dict[str, str] = field(default_factory=dict)  # open ones: code → task
    part_days: int = 5  # working days they have
    due_on: date | None = None  # a plan's
    origin: "Dossier | None" = None  # of an accountability case
    twin: "Dossier | None" = None  # what this one repeats
    over: bool = False  # nothing more will happen

    def has(self, trait: str) -> bool:
        return trait in self.traits

    def doing(self, first: int) -> dict[str, str]:
        """The measures as slots do1, do2 …, beginning with one of them."""
        last = len(self.measures) - 1
        return {f"do{no + 1}": self.measures[min(first + no, last)] for no in range(4)}

    @property
    def is_anonymous(self) -> bool:
        return self.has("anonymous")


class Bags:
    """Draws without putting back, so that neighbours differ; an empty bag is filled anew."""

    def __init__(self, rng: Random):
        self.rng, self.left = rng, {}

    def draw(self, name, things):
        left = self.left.setdefault(name, [])
        if not left:
            left += self.rng.sample(things, len(things))
        return left.pop()


def plan(index: int, kind: str, rng: Random, bags: Bags, *, unit: str | None = None, traits=frozenset()) -> Dossier:
    """A matter of this kind; for this lead unit, where one is named."""
    topic, zone, lead = _where(kind, rng, bags, unit)
    plot = bags.draw((kind, topic.klass), topic.plots)
    supports = [support for support in topic.supports if support[0] != lead]
    if lead != topic.lead and topic.lead not in ("gxq",) and rng.random() < 0.5:
        supports.insert(0, (topic.lead, "加强业务指导，就政策口径出具书面意见"))
    traits = frozenset(traits)
    local = lead == zone
    if "own" in traits:
        traits -= {"zone"}
    blamed = None
    if kind == "complaint":
        blamed = lead if "own" in traits else zone if "zone" in traits and not local else None
    found = Dossier(index, kind, rng, topic, plot, zone, lead, blamed, _source(kind, plot, rng), traits)
    found.grade = _grade(kind, topic, rng)
    wanted = len(supports) if kind == "task" else rng.choice((1, 1, 2)) if "supports" in traits else 0
    found.supports = rng.sample(supports, min(wanted, len(supports)))
    found.slots["local"] = local or "zone" in traits
    return found


def _where(kind: str, rng: Random, bags: Bags, unit: str | None) -> tuple[Topic, str, str]:
    known, zones = topics(kind), firms.zones()
    if unit is None:
        topic = rng.choice(known)
        parks = topic.lead in _PARKS
        wrong = set(_ZONES) - _PARKS if parks else _PARKS if topic.in_counties else set()
        codes = [code for code in _ZONES if code not in wrong]
        zone = rng.choices(codes, [_ZONES[code] for code in codes])[0]
        return topic, zone, zone if parks or rng.random() < topic.local else topic.lead
    if unit in zones:
        fit = [t for t in known if t.local >= 0.3 and not (t.in_counties if unit in _PARKS else t.lead in _PARKS)]
        return bags.draw((kind, unit), fit), unit, unit
    fit = [topic for topic in known if topic.lead == unit] or [topic for topic in known if topic.lead == "zwj"]
    return bags.draw((kind, unit), fit), rng.choices(list(_ZONES), list(_ZONES.values()))[0], unit


def _grade(kind: str, topic: Topic, rng: Random) -> str:
    if kind == "complaint":
        return rng.choices((topic.grade, "complex", "major"), (86, 11, 3))[0]
    if kind == "accountability":
        return rng.choice(("ordinary", "ordinary", "major"))
    return topic.grade if rng.random() < 0.8 else rng.choice(("ordinary", "important", "major"))


def _source(kind: str, plot: Plot, rng: Random) -> str:
    if kind == "finding":
        told = [word for word in _TELLING if word in plot.title + plot.story.partition("，")[0]]
        if told:
            return _TOLD.get(told[0], told[0])
    return rng.choices(list(_SOURCES[kind]), list(_SOURCES[kind].values()))[0]


def compose(d: Dossier, on: date, shorts: dict[str, str], klasses: dict[str, str], told: dict) -> dict:
    """The texts of a filing, as of its day: title, facts, redacted, place, complainant, outside number."""
    rng, slots = d.rng, d.slots
    local = slots.pop("local")
    zone = shorts[d.zone]
    slots |= {"d": on, "t": on, "zone": zone, "y4": on.year, "who": firms.clerk(rng),
              "hall": f"{zone}政务服务中心" if local else "市政务服务中心",
              "sec": d.topic.section if not local else rng.choice(("业务股", "办公室", "审批股", "企业服务股"))}
    slots["bu"] = shorts[d.topic.lead] if not local else f"{zone}管委会" if klasses[d.zone] == "park" else (
        f"{zone}{d.topic.bureau}")
    slots |= told
    d.firm = d.firm or firms.found(rng, d.topic.trades, d.zone, zone)
    place = firms.place(rng, klasses[d.zone] if local or rng.random() < 0.6 else "city", zone)
    slots |= {"prod": d.firm.product, "trade": d.firm.trade}
    if d.kind == "task":
        ahead = on + timedelta(days=rng.randint(50, 100))
        d.due_on = (ahead.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        slots["q"] = f"{d.due_on.month}月底"
    title, story = (weave(text, rng, slots, keep=NAMES) for text in (d.plot.title, d.plot.story))
    title = _placed(title, d, slots, local)
    slots["ask"] = weave(d.plot.ask, rng, slots)
    d.measures = [weave(each, rng, slots) for each in d.plot.measures]
    slots |= d.doing(0)
    slots |= {"me": "该企业", "brand": d.firm.brand, "place": place}
    if d.kind == "complaint":
        return _complaint(d, on, title, story, slots)
    found = {"title": _named(title, slots), "facts": _named(story, slots)}
    if d.kind == "finding":
        found |= {"facts": f"{found['facts']}整改要求：{slots['ask']}。", "place": slots["hall"]}
    return found


def _placed(title: str, d: Dossier, slots: dict, local: bool) -> str:
    """Now and then a title says whose matter it is, and always where one of many counties leads."""
    zone = slots["zone"]
    if zone in title or d.kind == "accountability":
        return title
    if d.kind != "complaint":
        return f"{zone}{title}" if local and "市政务" not in title else title
    trade = slots["trade"]
    whose = ("", f"{zone}企业反映", f"{trade}企业反映", f"{zone}一家{trade}企业反映")
    return d.rng.choices(whose, (70, 11, 8, 11))[0] + title


def _complaint(d: Dossier, on: date, title: str, story: str, slots: dict) -> dict:
    rng = d.rng
    facts = say(rng, f"voice {d.source}", slots | {
        "story": story, "background": say(rng, "background", slots, keep=NAMES),
        "loss": say(rng, "loss light" if d.topic.is_light else "loss", slots, keep=NAMES)}, keep=NAMES)
    me = say(rng, f"me {d.source}", slots)
    facts = _named(facts, slots | {"me": me})
    if d.is_anonymous:
        facts += say(rng, "anonymous", slots)
    redacted = None
    hidden = slots | {"me": "某企业", "place": f"{slots['zone']}某处", "brand": "某"}
    if d.complained_of:
        redacted = _named(say(rng, "redacted", slots | {"story": story}), hidden)
    number = _OUTSIDE.get(d.source)
    return {
        "title": _named(title, hidden if d.complained_of else slots), "facts": facts, "redacted": redacted,
        "place": slots["place"], "complainant": {} if d.is_anonymous else _complainant(d),
        "outside_number": number and number.format(day=f"{on:%Y%m%d}", year=on.year, no=d.index * 7919 % 99991),
    }


def _complainant(d: Dossier) -> dict:
    firm, rng = d.firm, d.rng
    given = {"name": firms.person(rng), "phone": firm.phone, "firm": firm.name}
    if d.source in ("投诉平台", "上级转办", "企业走访") or rng.random() < 0.3:
        given["credit_code"] = firm.code
    if rng.random() < 0.15:
        given["address"] = d.slots["place"]
    return given


def say(rng: Random, pool: str, slots: dict, *, keep=frozenset()) -> str:
    return weave(rng.choice(phrases()[pool]), rng, slots, keep=keep)


def _named(text: str, slots: dict) -> str:
    for name in NAMES:
        text = text.replace("{" + name + "}", slots[name])
    return text


_PARKS = {code for code, _, _, _, _ in roster.PARKS}
