"""Who has the floor: in one process one request is worked on at a time, and whatever takes long steps aside.

Two threads that both compute only take turns at Python's lock, at the price of a switch at each statement; a page costs
a third less when it is made in one go. The second thread is there for what waits: hashes, exports, files being read.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

_floor = threading.Lock()
_holder = threading.local()


def install(app: Flask) -> None:
    inner = app.wsgi_app

    def one_at_a_time(environ, start_response):
        with _floor:
            _holder.has_it = True
            try:
                return inner(environ, start_response)
            finally:
                _holder.has_it = False

    app.wsgi_app = one_at_a_time


@contextmanager
def aside() -> Iterator[None]:
    """Let others work meanwhile; outside a request of the service there is nobody to let by."""
    if not getattr(_holder, "has_it", False):
        yield
        return
    _holder.has_it = False
    _floor.release()
    try:
        yield
    finally:
        _floor.acquire()
        _holder.has_it = True
