"""The child that reads one spreadsheet: started by tables.read as a program of its own, so that whatever a file does,
it does to a process that has nothing to lose. It writes rows as lines of JSON, and in the end says which sheets they
are."""

import json
import os
import resource
import sys

from app.papers import archives, delimited, workbooks
from app.papers.limits import Unfit


def main() -> None:
    asked = json.loads(sys.argv[1])
    _hold(asked)
    try:
        told = read(asked)
    except Unfit as unfit:
        told = {"error": unfit.error, "facts": unfit.facts}
    except MemoryError:
        told = {"error": "TooLarge", "facts": {"what": "memory", "limit": asked["memory"] >> 20}}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the Rust library is no Exception; whatever it says, we cannot read the file
        told = {"error": "NoSpreadsheet", "facts": {}}
    sys.stdout.write(json.dumps(told))


def read(asked: dict) -> dict:
    with open(asked["path"], "rb") as file:
        first = file.read(4096)
    out = Out(asked)
    if first.startswith(b"PK\x03\x04"):
        format = archives.weigh(asked["path"], asked["unpacked"])
        workbooks.read(asked["path"], format, out)
    elif first.startswith(archives.OLE):
        archives.look_into(asked["path"])
        format = "xls"
        workbooks.read(asked["path"], format, out)
    else:
        format = "csv"
        delimited.read(asked["path"], first, out)
    out.finish()
    return {"format": format, "sheets": out.sheets}


class Out:
    """Rows on their way out: counted against the limits, empty ones left away, each with its number."""

    def __init__(self, limits: dict):
        self.limits, self.sheets = limits, []
        self.file = os.fdopen(limits["out"], "wb", buffering=archives.CHUNK, closefd=False)
        self.at = self.rows = self.cells = 0

    def begin(self, name: str, *, hidden: bool) -> None:
        self.sheets.append({"name": name, "rows": 0, "width": 0, "hidden": hidden, "start": self.at, "end": self.at})

    def add(self, number: int, cells: list) -> None:
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            return
        self.rows, self.cells = self.rows + 1, self.cells + len(cells)
        for what, reached in (("rows", self.rows), ("columns", len(cells)), ("cells", self.cells)):
            if reached > self.limits[what]:
                raise Unfit("TooLarge", what=what, limit=self.limits[what])
        line = json.dumps([number, cells], ensure_ascii=False, separators=(",", ":")).encode()
        self.at += len(line) + 1
        if self.at > self.limits["written"]:
            raise Unfit("TooLarge", what="bytes", limit=self.limits["written"] >> 20)
        self.file.write(line + b"\n")
        sheet = self.sheets[-1]
        sheet["rows"], sheet["width"], sheet["end"] = sheet["rows"] + 1, max(sheet["width"], len(cells)), self.at

    def finish(self) -> None:
        self.file.flush()


def _hold(asked: dict) -> None:
    for what, most in ((resource.RLIMIT_AS, asked["memory"]), (resource.RLIMIT_CORE, 0),
                       (resource.RLIMIT_FSIZE, asked["written"] + archives.CHUNK)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu"], asked["cpu"] + 5))
