"""Papers as somebody else prints them: LibreOffice makes the pages, Poppler says where everything stands."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import switch

MM = 72 / 25.4
DPI = 144
TOOLS = ("soffice", "pdftotext", "pdftoppm", "fc-list")
AS_WIDE_AS_TIMES = ("Times New Roman", "Liberation Serif")  # with wider digits a date ends elsewhere
FONTS = Path(__file__).with_name("fonts.conf")
X = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True)
class Line:
    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        """Of its middle, from the top of the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Page:
    pdf: Path
    number: int
    width: float
    height: float
    lines: list[Line] = field(repr=False)

    @property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    def line(self, beginning: str) -> Line:
        return next(line for line in self.lines if line.text.startswith(beginning))

    @cached_property
    def red(self) -> list[tuple[float, float, float, float]]:
        """What is printed in red, as boxes of touching rows in millimetres: top, bottom, left, right."""
        rows = self._red_rows()
        boxes: list[list[float]] = []
        for place, (left, right) in sorted(rows.items()):
            if boxes and place - boxes[-1][1] <= 1:
                boxes[-1] = [boxes[-1][0], place, min(left, boxes[-1][2]), max(right, boxes[-1][3])]
            else:
                boxes.append([place, place, left, right])
        scale = 25.4 / DPI
        return [(top * scale, (bottom + 1) * scale, left * scale, (right + 1) * scale)
                for top, bottom, left, right in boxes]

    def _red_rows(self) -> dict[int, tuple[int, int]]:
        picture = run("pdftoppm", "-r", str(DPI), "-f", str(self.number), "-l", str(self.number), str(self.pdf))
        kind, width, height, _depth, pixels = picture.split(maxsplit=4) if picture[:2] == b"P6" else None
        assert kind == b"P6"
        width, found = int(width), {}
        for row in range(int(height)):
            line = pixels[row * width * 3:(row + 1) * width * 3]
            red = [place for place, (r, g) in enumerate(zip(line[::3], line[1::3], strict=True)) if r > 170 > 90 > g]
            if red:
                found[row] = (red[0], red[-1])
        return found


def run(*command: str, **more) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=180, **more).stdout


def tools() -> None:
    """Skip where papers cannot be printed; fail where they have to be."""
    missing = [name for name in TOOLS if not shutil.which(name)]
    if not missing and not run("fc-list", ":lang=zh-cn"):
        missing = ["a Chinese font"]
    if not missing and not any(run("fc-list", font) for font in AS_WIDE_AS_TIMES):
        missing = ["Liberation Serif"]
    if missing and switch("DUBAN_PAPERS_REQUIRED") == "1":
        pytest.fail(f"DUBAN_PAPERS_REQUIRED is set, and this machine lacks {', '.join(missing)}.")
    if missing:
        pytest.skip(f"this machine lacks {', '.join(missing)}")


def convert(folder: Path) -> dict[str, list[Page]]:
    """Every paper of the folder in one go: starting LibreOffice is what takes time."""
    run("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--convert-to", "pdf",
        "--outdir", str(folder), *sorted(map(str, folder.glob("*.docx"))),
        env=os.environ | {"FONTCONFIG_FILE": str(FONTS), "HOME": str(folder)})
    return {path.stem: pages(path) for path in sorted(folder.glob("*.pdf"))}


def pages(pdf: Path) -> list[Page]:
    root = ElementTree.fromstring(run("pdftotext", "-bbox-layout", str(pdf), "-"))
    return [Page(pdf, number, float(page.get("width")), float(page.get("height")), _lines(page))
            for number, page in enumerate(root.iter(f"{X}page"), 1)]


def _lines(page) -> list[Line]:
    found = []
    for line in page.iter(f"{X}line"):
        text = "".join(word.text or "" for word in line.iter(f"{X}word"))
        found.append(Line(text, *(float(line.get(side)) for side in ("xMin", "yMin", "xMax", "yMax"))))
    return sorted(found, key=lambda line: (round(line.height), line.left))
