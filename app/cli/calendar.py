"""duban calendar load · check · why · count"""

import json
import sys
from datetime import date
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from app import jobs, worker
from app.cli import doing
from app.domain import errands, schedules
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.extensions import db
from app.office import calendar as office
from app.office import reprojection
from app.office import why as reasons
from workflows.grammar import N_, PURPOSES


@click.group()
def calendar():
    """Working days."""


@calendar.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="say what would move and write nothing")
def load(file, dry_run):
    """Load a year's schedule (JSON of holiday-cn); what it says replaces what stood for that notice."""
    with doing.refusing():
        try:
            parsed = json.loads(file.read_text(encoding="utf-8-sig"))
        except (ValueError, UnicodeDecodeError):
            raise Refused(N_("The file is not JSON.")) from None
        notice = office.YearNotice(schedules.read(parsed, source=file.name))
        if dry_run:
            _foretell(notice)
            return
    with doing.writing():
        errand = office.make(db.session, notice, by=doing.machine(), at=doing.now(), today=_today(),
                             words=doing.words())
        id = errand.id if errand else None
        if errand and errands.claim(db.session, worker.name(), at=doing.now(), id=id) is None:
            raise Refused(N_("Another worker has taken it up; see the calendar page for how far it is."))
    click.echo(f"{notice.schedule.year}: {len(notice.schedule.days)} days.")
    if id:
        _carry_out(id)


def _foretell(notice) -> None:
    change = office.try_out(db.session, notice, by=doing.machine(), today=_today())
    told = reprojection.foretell(db.session, change, today=_today()) if change else reprojection.Foretold()
    units = doing.this_register().people.units
    for unit_id, count in told.units.most_common():
        click.echo(f"  {units[unit_id].short}: {count}")
    click.echo(f"{told.moved} dates would move, {told.later} later and {told.earlier} earlier; {told.late_at_once} "
               "would lie before today. Nothing was written.")


def _carry_out(id: int) -> None:
    total = db.session.get(Errand, id).total
    with click.progressbar(length=total, label="Moving dates", file=sys.stderr) as bar:
        jobs.carry_out(current_app._get_current_object(), id, None, lambda done, _total: bar.update(done - bar.pos))
    errand = db.session.get(Errand, id)
    if errand.state == errands.FAILED:
        doing.refuse(errand.trouble)
    if not errand.is_over:
        doing.refuse(f"Stopped after {errand.progress} of {errand.total} cases; the worker goes on from there.")
    click.echo(f"{errand.result['moved']} dates moved.")


def _today() -> date:
    return doing.this_register().today(doing.now())


@calendar.command()
def check():
    """Say how far the calendar is published and where a year is missing."""
    with doing.refusing():
        found = doing.this_register().calendar
    click.echo(f"Published without a gap from {found.first} up to {found.horizon}.")
    left = (found.horizon - found.on(doing.now())).days
    if left < 60:
        doing.refuse(f"Only {left} days are left; load the schedule of {found.horizon.year + 1}.")


@calendar.command()
@click.argument("number")
@click.option("--node", "no", type=int, default=None, help="number of the time node; left out: all that run")
def why(number, no):
    """How the dates of a case came about, day by day."""
    with doing.refusing():
        case = db.session.scalar(select(Case).where(Case.number == number))
        if case is None:
            raise Refused(N_("There is no case %(number)s."), number=number)
        found = reasons.nodes(db.session, case, no)
        if not found:
            raise Refused(N_("%(number)s has no such time node running."), number=number)
        register = doing.this_register()
        for node in found:
            _explain(reasons.of(db.session, case, node, register), register)


def _explain(why: reasons.Why, register) -> None:
    say, node = doing.words(), why.node
    click.echo(f"{node.no} {say(PURPOSES[node.purpose].label)}: {node.due_on or say(reasons.DAYS['paused'])}"
               + (f" ({say(N_('provisional'))})" if node.provisional else ""))
    click.echo(f"  {say(N_('Rule'))}: {node.budget} + {node.extended} {node.counted}; {node.basis}")
    click.echo(f"  {say(N_('First day, not counted'))}: {node.started_on}")
    for day in why.days:
        click.echo(f"  {day.on} {'' if day.number is None else day.number:>4} "
                   f"{say(reasons.said(day, node)) % {'name': day.name}}")
    for act in why.acts:
        label = say(reasons.ACTS.get(act.act, act.act)) % {"days": act.days}
        click.echo(f"  {register.calendar.local(act.at):%Y-%m-%d %H:%M} {label} → {act.due_on or '–'} "
                   f"({register.people.named(act.actor)}, #{act.seq})")
    for edition in why.editions:
        source = edition.source or say(N_("not published, weekends only"))
        click.echo(f"  {say(N_('Calendar'))} {edition.year}: {source} {edition.digest[:16]}")


@calendar.command()
@click.argument("start", metavar="DATE")
@click.argument("n", type=click.IntRange(0, 3660))
@click.option("--unit", type=click.Choice(["workday", "day"]), default="workday")
def count(start, n, unit):
    """The date N days after DATE (not counted itself), in ISO; a sentence and exit 1 beyond the horizon."""
    with doing.refusing():
        try:
            day = date.fromisoformat(start)
        except ValueError:
            raise Refused(N_("This is not a date; write it as 2026-11-02.")) from None
        found = doing.this_register().calendar
        if not found.is_known(day):
            raise Refused(N_("%(day)s lies outside the published calendar (up to %(horizon)s)."), day=day.isoformat(),
                          horizon=found.horizon.isoformat())
        end = found.add(day, n) if unit == "workday" else found.add_days(day, n)
        if not found.is_known(end):
            raise Refused(
                N_("The end lies beyond %(horizon)s, up to which the calendar is published; the date would be a "
                   "guess."),
                horizon=found.horizon.isoformat(),
            )
    click.echo(end.isoformat())


COMMANDS = (calendar,)
