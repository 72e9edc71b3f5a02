"""What was weighed, as a table that a reader can compare with his own."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from app.bench.running import Figure, Weighing, Wish
from app.bench.scenes import STEP

GROWTH = ("ledger", "desk", "search")
_HEAD = "| page | clients | a second | p50 ms | p95 ms | processor ms | of the bare view | queries | KiB sent |"


def headed(said: str, *, at: datetime | None = None) -> str:
    return f"## Weighed on {at or datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{said}"


def written(weighings: list[Weighing], wish: Wish) -> str:
    how = (
        f"{os.cpu_count()} cores shared with the load, {machine()}, Python {platform.python_version()}; "
        f"{wish.workers} web processes of {wish.threads} threads, and the worker; medians of {wish.runs} runs of "
        f"{wish.seconds:g} s. "
        "The bare view is fifty rows through SQLAlchemy Core in a plain table, signed in, on the same server in the "
        "same minutes; beside the step stand the same writes through the bare driver, one after another."
    )
    said = [how, ""]
    for weighing in weighings:
        said += _section(weighing)
    said += _grown(weighings)
    return "\n".join(said)


def _section(weighing: Weighing) -> list[str]:
    rest = (
        f"Import: {weighing.imported:,.0f} rows a second. Proportional memory of web and worker: "
        f"{_mib(weighing.at_rest)} at rest, {_mib(weighing.after)} after the load."
    )
    return [
        f"### {weighing.dialect} {weighing.version}, {weighing.cases:,} cases", "",
        _HEAD, "|---|" + "--:|" * (_HEAD.count("|") - 2),
        *(_row(weighing, figure) for figure in weighing.figures), "", rest, "",
    ]


def _row(weighing: Weighing, figure: Figure) -> str:
    queries, size = weighing.pages.get(figure.page, (weighing.step_queries, None))
    cells = (
        figure.page, figure.clients, f"{figure.rate:,.0f}", f"{figure.p50 * 1000:.1f}", f"{figure.p95 * 1000:.1f}",
        "" if figure.work is None else f"{figure.work * 1000:.1f}", _ratio(figure), queries,
        "" if size is None else f"{size / 1024:.1f}",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _ratio(figure: Figure) -> str:
    if figure.ratio is None:
        return ""
    return f"{figure.ratio:.2f} of {figure.bare:,.0f}" + (" bare writes" if figure.page == STEP else "")


def _grown(weighings: list[Weighing]) -> list[str]:
    """How much dearer a page became with the ledger, least against largest, for each database."""
    said = []
    for dialect in dict.fromkeys(weighing.dialect for weighing in weighings):
        sizes = sorted((each for each in weighings if each.dialect == dialect), key=lambda each: each.cases)
        small, large = sizes[0], sizes[-1]
        if small is not large:
            clients = max(figure.clients for figure in small.figures)
            costs = (f"{page} {small.rate(page, clients) / large.rate(page, clients):.2f}" for page in GROWTH)
            said.append(f"{dialect}: cost at {large.cases:,} cases, times that at {small.cases:,}: {', '.join(costs)}.")
    return [*said, ""] if said else []


def machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _mib(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:.0f} MiB"
