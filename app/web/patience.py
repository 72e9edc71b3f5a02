"""How long a page lets its reader wait for a dry run before it tells what it has seen so far."""

from collections.abc import Callable
from time import monotonic

SECONDS = 3.0


def ends() -> Callable[[], bool]:
    """From now on; true as soon as the reader has waited long enough."""
    until = monotonic() + SECONDS
    return lambda: monotonic() > until
