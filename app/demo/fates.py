"""What is dealt out to the cases of the demo before they begin: kinds, times of filing, and what will befall them."""

from datetime import datetime, timedelta
from random import Random

from app.demo.dossier import Bags, Dossier, plan

KINDS = {"complaint": 75, "finding": 15, "task": 8, "accountability": 2}
_FATES = {
    "complaint": {
        "": 560, "supports": 130, "sent_back": 45, "extended": 34, "handed_back": 25, "refused": 24, "paused": 24,
        "upheld": 22, "overruled": 18, "reopened": 18, "instructed": 16, "merged": 16, "rebounded": 14,
        "transferred": 14, "withdrawn": 14, "declined": 12, "reassigned": 10, "supports dropped": 8,
        "withdrawn_late": 6, "refused kept_open": 5, "took_back": 4, "withdrawn_late restored": 4,
    },
    "finding": {
        "": 600, "supports": 150, "sent_back": 70, "extended": 50, "standing": 40, "rebounded": 25, "handed_back": 20,
        "instructed": 20, "paused": 20, "transferred": 12, "declined": 10,
    },
    "task": {"supports": 780, "supports extended": 100, "supports standing": 70, "supports sent_back": 35,
             "supports paused": 15},
    "accountability": {"": 1},
}
_BESIDE = {"anonymous": 0.05, "own": 0.09, "zone": 0.10, "corrected": 0.02}


def placed(scripts, seed: int, bags: Bags) -> list[tuple[Dossier, str]]:
    found = []
    for index, (unit, kind, traits, script) in enumerate(scripts, 1):
        d = plan(index, kind, Random(f"{seed} scene {index}"), bags, unit=unit, traits=traits.split())
        d.grade = "ordinary"  # the scripts count on its terms
        if d.has("for_zjj"):
            d.supports = [("zjj", "核对审批系统数据，出具书面意见")]
        found.append((d, script))
    return found


def drawn(number: int, scripts, seed: int, bags: Bags, city, begins: datetime) -> list[tuple[Dossier, datetime]]:
    """The cases that live by chance, in the order of filing."""
    rng = Random(f"{seed} fates")
    kinds = _share(KINDS, number + len(scripts))
    for _, kind, _, _ in scripts:
        kinds[kind] -= 1
    kinds["complaint"] += sum(min(count, 0) for kind, count in kinds.items() if kind != "complaint")
    times, found = _times(rng, city, begins), []
    for kind, count in kinds.items():
        fates = [fate for fate, share in _share(_FATES[kind], max(count, 0)).items() for _ in range(share)]
        rng.shuffle(fates)
        for fate in fates:
            found.append((times(kind), kind, fate))
    found.sort(key=lambda each: each[0])
    first = len(scripts) + 1
    return [(_dossier(index, kind, fate, Random(f"{seed} case {index}"), bags), at)
            for index, (at, kind, fate) in enumerate(found, first)]


def _dossier(index: int, kind: str, fate: str, rng: Random, bags: Bags) -> Dossier:
    traits = set(fate.split())
    if kind == "complaint":
        traits |= {trait for trait, share in _BESIDE.items() if rng.random() < share}
        if "own" in traits and "anonymous" not in traits and rng.random() < 0.3:
            traits.add("own_consent")
    return plan(index, kind, rng, bags, unit="jw" if kind == "accountability" else None, traits=traits)


def _times(rng: Random, city, begins: datetime):
    """A way to draw times of filing: more and more over the months, most on Mondays and after holidays."""
    calendar, hours = city.register.calendar, city.hours
    on, last = calendar.on(begins) + timedelta(days=3), calendar.on(city.until)
    days, weights = [], []
    start = on
    while on <= last:
        if calendar.is_workday(on):
            after_rest = not calendar.is_workday(on - timedelta(days=1))
            days.append(on)
            growth = 0.6 if (last - on).days < 25 else 0.8 + 0.5 * (on - start).days / 426  # the placed lie at the end
            weights.append(growth * (1.35 if after_rest else 1) * rng.uniform(0.6, 1.4))
        on += timedelta(days=1)
    late = max(len(days) // 4, 1)

    def draw(kind: str) -> datetime:
        if kind == "accountability":
            on = rng.choice(days[late:])
        elif kind == "task":
            on = rng.choices(days, [w * (3 if day.month in (1, 2, 3, 7) else 1)
                                    for day, w in zip(days, weights, strict=True)])[0]
        else:
            on = rng.choices(days, weights)[0]
        at = hours.some(on, rng)
        return at if at <= city.until else hours.some(hours.workday(on, -1), rng)

    return draw


def _share(table: dict[str, int], number: int) -> dict[str, int]:
    """Deal a number out by weights, the largest remainders first; the likeliest kinds of things come even to few."""
    total = sum(table.values())
    exact = {name: number * weight / total for name, weight in table.items()}
    dealt = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: dealt[name] - exact[name])[: number - sum(dealt.values())]:
        dealt[name] += 1
    return dealt

