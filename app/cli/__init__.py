"""The back door: the `duban` commands, the Flask CLI underneath. Exit 0 done, 1 refused, 2 misuse."""

from flask import Flask
from flask.cli import FlaskGroup

from app import create_app
from app.cli import bench, calendar, demo, ledger, office, people, serving, trail, workflow

ROOMS = (office, people, ledger, calendar, workflow, trail, serving, demo, bench)

main = FlaskGroup(name="duban", create_app=create_app, add_default_commands=False, add_version_option=False,
                  set_debug_flag=False, load_dotenv=False,
                  help="Duban (督办): the rectification ledger of a city's business-environment office.")


def install(app: Flask) -> None:
    """Hang the commands on the app."""
    for room in ROOMS:
        for command in room.COMMANDS:
            app.cli.add_command(command)
