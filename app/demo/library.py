"""The shelf of the demo's texts: topics with their plots, and pools of phrases, read from the files beside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Plot:
    """One thing that can have happened: title, story, what is wanted, what is done, what came of it."""

    title: str
    story: str
    ask: str
    measures: tuple[str, ...]
    done: str
    target: str = ""
    cause: str = ""
    same_kind: str = ""


@dataclass
class Topic:
    """One class of the dispatch catalogue, with everything the city knows about it."""

    kind: str
    klass: str
    lead: str = ""
    section: str = ""
    bureau: str = ""  # what the county calls the office that does this
    local: float = 0.0  # how often a county or park leads instead
    item: str = ""
    grade: str = "ordinary"
    needs_evidence: bool = False
    basis: str = ""
    indicator: str | None = None
    is_light: bool = False  # nobody's production stands still over it
    in_counties: bool = False  # not a matter of parks
    trades: tuple[str, ...] = ()
    supports: list[tuple[str, str]] = field(default_factory=list)
    rival: tuple[str, str] | None = None  # the unit an objection names, and why
    plots: list[Plot] = field(default_factory=list)


@cache
def topics(kind: str) -> tuple[Topic, ...]:
    names = {"complaint": "complaints-*.txt", "finding": "findings.txt", "task": "tasks.txt",
             "accountability": "accountability.txt"}
    found: dict[str, Topic] = {}
    for path in sorted(FOLDER.glob(names[kind])):
        for topic in _topics(kind, path):
            if topic.klass in found:  # a later file tells more of it
                found[topic.klass].plots += topic.plots
            else:
                found[topic.klass] = topic
    return tuple(found.values())


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """Pools by name; a line with only a dash is the choice to say nothing."""
    found: dict[str, list[str]] = {}
    pool: list[str] = []
    for line in _lines("phrases.txt"):
        if line.startswith("== "):
            pool = found.setdefault(line[3:], [])
        else:
            pool.append("" if line == "-" else line)
    return {name: tuple(lines) for name, lines in found.items()}


def _topics(kind: str, path: Path) -> Iterator[Topic]:
    topic, plot = None, {}
    for line in [*_lines(path.name), "=="]:
        word, _, rest = line.partition(" ")
        if plot and word in ("题", "=="):
            topic.plots.append(_plot(plot))
            plot = {}
        if word == "==":
            if topic:
                yield topic
            topic = Topic(kind, rest)
        elif word in _PARTS:
            plot[_PARTS[word]] = rest
        else:
            _tell(topic, word, rest)


def _plot(parts: dict) -> Plot:
    return Plot(**parts | {"measures": tuple(parts["measures"].split("；"))})


def _tell(topic: Topic, word: str, rest: str) -> None:
    """One line of a topic's head."""
    match word:
        case "牵头":
            topic.lead, topic.section, topic.bureau, local = rest.split()
            topic.local = float(local)
        case "目录":
            topic.item, topic.grade, evidence, topic.basis = rest.split(" ", 3)
            topic.needs_evidence = evidence == "佐证"
        case "指标":
            topic.indicator = rest
        case "行业":
            topic.trades = tuple(rest.split())
        case "性质":
            topic.is_light = rest == "轻"
        case "地域":
            topic.in_counties = rest == "县"
        case "配合":
            topic.supports.append(tuple(rest.split(" ", 1)))
        case "退给":
            topic.rival = tuple(rest.split(" ", 1))


def _lines(name: str) -> list[str]:
    return [line.strip() for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if line.strip()]


_PARTS = {"题": "title", "事": "story", "求": "ask", "办": "measures", "果": "done", "标": "target", "因": "cause",
          "类": "same_kind"}
