"""Templates as Python keeps its modules: compiled once on a machine, beside them, and under the same switch.

Compiling them was two thirds of the time in which the service starts.
"""

import hashlib
import os
import sys
import threading
from functools import cache
from pathlib import Path

import jinja2.compiler
from jinja2.bccache import Bucket, BytecodeCache

APP = Path(__file__).parent.parent


class Kept(BytecodeCache):
    """Of one language. From another text, by other code or with other words they are compiled anew."""

    def __init__(self, folder: Path, language: str):
        self.folder, self.language = folder, language

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return f"{super().get_cache_key(name, filename)}.{self.language}.{sys.implementation.cache_tag}.pyc"

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(f"{_makers()} {source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            bucket.bytecode_from_string((self.folder / bucket.key).read_bytes())
        except Exception:  # nothing there, or whatever a broken file makes of itself
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        written = self.folder / f"{bucket.key}.{os.getpid()}.{threading.get_ident()}"
        try:
            self.folder.mkdir(exist_ok=True)
            written.write_bytes(bucket.bytecode_to_string())
            written.replace(self.folder / bucket.key)
        except OSError:  # a folder in which nobody may write
            pass


@cache
def _makers() -> str:
    """Jinja's compiler and what of ours it may ask beforehand, as they stand on the disk."""
    ours = sorted([*APP.rglob("*.py"), *APP.rglob("*.mo")])
    found = [(path, os.stat(path)) for path in (jinja2.compiler.__file__, *ours)]
    return " ".join(f"{path} {state.st_size} {state.st_mtime_ns}" for path, state in found)
