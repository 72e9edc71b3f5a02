"""A package of files that can be checked without us: members hashed as they are written, a manifest over them, and
beside the manifest only what is made after it."""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"
PARTS = Path(__file__).parents[2] / "templates" / "dossier"  # what goes into every dossier as it is
PACKED = [".html", ".json", ".jsonl", ".txt", ".py", ".csv"]  # evidence is mostly packed already


def canonical(value) -> bytes:
    """The one way of writing a value, so that no byte of a member is without meaning."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


class Package:
    """A zip being written from its first byte to its last; what is in it is never held in memory."""

    def __init__(self, out, *, at: datetime):
        self._zip = zipfile.ZipFile(out, "w")
        self._at, self.members = max(at.timetuple()[:6], (1980, 1, 1, 0, 0, 0)), {}

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        self.members[name] = self._write(name, chunks)

    def add_json(self, name: str, value) -> None:
        self.add(name, [canonical(value)])

    def add_part(self, name: str) -> None:
        self.add(name, [(PARTS / name).read_bytes()])

    def list(self, **said) -> str:
        """Write the manifest over all that was added; its SHA-256 is what remains to be sealed."""
        return self._write(MANIFEST, [canonical(said | {"members": self.members})])["sha256"]

    def append(self, name: str, content: bytes) -> None:
        """What is made after the manifest and is checked by something else."""
        self._write(name, [content])

    def close(self) -> None:
        self._zip.close()

    def _write(self, name: str, chunks: Iterable[bytes]) -> dict:
        info = zipfile.ZipInfo(name, self._at)
        info.external_attr = 0o100644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED if Path(name).suffix in PACKED else zipfile.ZIP_STORED
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w") as out:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        return {"sha256": digest.hexdigest(), "size": size}
