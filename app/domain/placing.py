"""Files that are whole or not there: written beside their place, on the disk, then put there in one act."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole(place: Path, *, mode: int = 0o600, over: bool = True) -> Iterator[BinaryIO]:
    """To be written to; what comes out of the block in good order stands at that place, with this mode.

    Raises FileExistsError where something stands there already that is not to be written `over`. Killed at any moment
    the name never stands for half a file.
    """
    with tempfile.NamedTemporaryFile(dir=place.absolute().parent, prefix=f".{place.name}.", delete=False) as out:
        try:
            yield out
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
            if over:
                os.replace(out.name, place)
            else:
                os.link(out.name, place)
        finally:
            Path(out.name).unlink(missing_ok=True)
