"""duban workflow check · draw"""

import sys

import click

import workflows
from app.cli import doing
from workflows import check as clerk


@click.group()
def workflow():
    """The tables of the kinds."""


@workflow.command()
def check():
    """Read every kind's table like a strict clerk; exit 1 and the faults in sentences."""
    faults = [fault for each in workflows.every().values() for fault in clerk.faults(each)]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo(f"{len(workflows.every())} kinds, nothing wrong.")


@workflow.command()
@click.argument("kind", type=click.Choice(list(workflows.every())))
def draw(kind):
    """Print a kind's states and steps as Mermaid text."""
    click.echo(clerk.mermaid(workflows.get(kind), doing.words()), nl=False)


COMMANDS = (workflow,)
