"""The shelf: each module here that holds a WORKFLOW is one kind of case."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from workflows.grammar import Workflow


@cache
def every() -> dict[str, Workflow]:
    modules = (import_module(f"workflows.{found.name}") for found in sorted(iter_modules(__path__), key=_shelf_order))
    return {m.WORKFLOW.kind: m.WORKFLOW for m in modules if hasattr(m, "WORKFLOW")}


def get(kind: str) -> Workflow:
    return every()[kind]


def _shelf_order(found):
    order = ("complaint", "finding", "task", "accountability")
    return (order.index(found.name) if found.name in order else len(order), found.name)
