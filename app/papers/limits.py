"""What reading one spreadsheet may take, and what is said when it takes more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Whatever goes beyond is refused, never cut."""

    seconds: int = 90  # by the wall
    cpu: int = 60
    memory: int = 1 << 30  # bytes of address space
    unpacked: int = 512 << 20  # bytes in the archive that .xlsx and .ods are
    written: int = 512 << 20  # bytes the child hands over
    rows: int = 200_000  # with something in them
    columns: int = 500
    cells: int = 6_000_000


class Unfit(Exception):
    """Said in the child by the name of the error that tables.read raises for it."""

    def __init__(self, error: str, **facts):
        super().__init__(error)
        self.error, self.facts = error, facts
