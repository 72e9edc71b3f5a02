"""What commands share: the transaction, the words, and how a refusal ends one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from gettext import translation

import click
from flask import current_app

from app.domain import people, register
from app.domain.errors import Refusal, Refusals
from app.domain.people import Actor
from app.extensions import db


def now() -> datetime:
    return datetime.now(UTC)


def settings():
    return current_app.extensions["settings"]


def words():
    """The translator of the record language."""
    return _words(settings().locale, current_app.config["TRANSLATIONS"])


def this_register() -> register.Register:
    return register.load(db.session, settings().timezone)


def machine() -> Actor:
    """Whoever sits at the machine: a command is nobody's post, and the trail says so."""
    return people.SYSTEM


@contextmanager
def writing() -> Iterator[None]:
    """One transaction that is committed at the end; a refusal is said and ends the command with 1."""
    with refusing():
        db.session.connection(execution_options={"write": True})
        yield
        db.session.commit()


@contextmanager
def refusing() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        db.session.rollback()
        for each in refusal.refusals if isinstance(refusal, Refusals) else [refusal]:
            where = f"{each.field}: " if each.field else ""
            click.echo(where + each.told(words(), str), err=True)
        sys.exit(1)


def refuse(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


@cache
def _words(locale: str, folder: str):
    return translation("messages", folder, [locale], fallback=True).gettext
