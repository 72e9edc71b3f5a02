"""What `duban serve` serves, but a request takes its time from a clock that the test has turned forward by some
seconds, so that an appeal period passes while somebody looks on."""

import sys
from datetime import timedelta
from pathlib import Path

from flask import Flask

from app import server, serving
from app.server import Loaded

PLACE = "tests.browser.turned:load"


def load(clock: str) -> Loaded:
    class Turned(Flask.app_ctx_globals_class):
        def __setattr__(self, name, value):
            if name == "now":
                value += timedelta(seconds=float(Path(clock).read_text()))
            super().__setattr__(name, value)

    Flask.app_ctx_globals_class = Turned
    return serving.load()


if __name__ == "__main__":
    server.run(PLACE, sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), workers=1, threads=2)
