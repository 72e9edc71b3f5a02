"""Static files under addresses that change with their content, each beside its gzip made beforehand."""

import gzip
import hashlib
from pathlib import Path

from flask import current_app

SERVED = ("duban.css", "duban.js", "favicon.svg", "vendor/frontend.css", "vendor/htmx.min.js")


def versions(folder: Path) -> dict[str, str]:
    """Name → first eight of its SHA-256."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:8] for name in SERVED}


def addresses(folder: Path, versions: dict[str, str]):
    for name, version in versions.items():
        yield f"/static/{version}/{name}", folder / name


def url(name: str) -> str:
    return f"/static/{current_app.extensions['assets'][name]}/{name}"


def compress(folder: Path) -> None:
    """Write the .gz files that are served to whoever accepts them; the same bytes for the same input."""
    for name in SERVED:
        path = folder / name
        path.with_suffix(path.suffix + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
