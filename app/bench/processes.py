"""What a process and all it has started take of the machine, as Linux counts it; None elsewhere."""

import os
from pathlib import Path

_PROC = Path("/proc")


def memory(pid: int) -> float | None:
    """Proportional, in MiB: each page counted by its share among those who hold it."""
    try:
        return sum(_pss(each) for each in tree(pid)) / 1024
    except OSError:
        return None


def work(pid: int) -> float | None:
    """Seconds of processor time so far."""
    try:
        return sum(_ticks(each) for each in tree(pid)) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None


def tree(pid: int) -> list[int]:
    """The process and all that it has started; who ends while we look is left out with what he had started."""
    found = [pid]
    for each in found:
        try:
            for task in (_PROC / str(each) / "task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            if each == pid:
                raise
    return found


def _pss(pid: int) -> int:
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _ticks(pid: int) -> int:
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
