"""`duban serve` as it is, but a request takes its time from a clock that the test has turned forward by some seconds,
so that an appeal period passes while somebody looks on."""

import sys
from datetime import timedelta
from pathlib import Path

from flask import Flask

from app.cli import main

TURNED = Path(sys.argv.pop(1))


class Turned(Flask.app_ctx_globals_class):
    def __setattr__(self, name, value):
        if name == "now":
            value += timedelta(seconds=float(TURNED.read_text()))
        super().__setattr__(name, value)


Flask.app_ctx_globals_class = Turned
main()
