"""The back door: the `duban` commands, the Flask CLI underneath. Exit 0 done, 1 refused, 2 misuse."""

import gc
from contextlib import contextmanager
from importlib import import_module

import click
from flask.cli import FlaskGroup, ScriptInfo

from app import create_app

ROOMS = {
    "office": ("init", "doctor"), "people": ("user", "unit"), "ledger": ("ledger",), "calendar": ("calendar",),
    "workflow": ("workflow",), "trail": ("trail",), "serve": ("serve",), "serving": ("worker", "tick"),
    "demo": ("demo",), "bench": ("bench",), "schema": ("db",),
}
WITHOUT_APP = ("serve",)  # begins another program, which loads it


class Commands(FlaskGroup):
    """Loads a room when one of its commands is called: what serves for months does not carry what furnishes a demo."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in ROOMS.values() for name in names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        with _keeping_everything():
            found = command(name)
            if found is not None and name not in WITHOUT_APP and not ctx.resilient_parsing:
                ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        return found


def command(name: str) -> click.Command | None:
    room = next((room for room, names in ROOMS.items() if name in names), None)
    if room is None:
        return None
    return next(each for each in import_module(f"app.cli.{room}").COMMANDS if each.name == name)


@contextmanager
def _keeping_everything():
    """What a start makes stays until the end: looking for garbage in it is a third of the time that a start takes."""
    if gc.get_freeze_count():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


main = Commands(name="duban", create_app=create_app, add_default_commands=False, add_version_option=False,
                set_debug_flag=False, load_dotenv=False,
                help="Duban (督办): the rectification ledger of a city's business-environment office.")
