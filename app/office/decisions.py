"""What a decision of accountability brings with it: its days lie behind us, its influence ends by the rule of its
method, and nobody is sanctioned who is not held to account."""

from datetime import date

from app.domain import influences
from app.domain.errors import Refused
from app.office.taking import Taking
from workflows.grammar import N_

DONE = ("decided_on", "told_on", "executed_on", "appealed_on", "answered_on", "corrected_on")


def check(taking: Taking) -> None:
    """Refuses before anything changes, and fills in the end of the influence period where it was left open."""
    answers = taking.answers
    for name in DONE:
        if (given := answers.get(name)) and date.fromisoformat(given) > taking.today:
            raise Refused(N_("This day has not come yet."), field=name)
    if "also" in answers:
        _check_method(answers)
        _settle_influence(taking)


def _check_method(answers: dict) -> None:
    if answers["also"] and answers["also"] == answers["method"]:
        raise Refused(N_("The same method is named twice."), field="also")
    if answers["also"] and "none" in (answers["method"], answers["also"]):
        raise Refused(N_("Who is not held to account bears no method."), field="also")
    if answers["tolerance"] in ("not_held", "exempted") and answers["method"] != "none":
        raise Refused(N_("Who is exempted, or is not to be held to account, bears no method."), field="method")


def _settle_influence(taking: Taking) -> None:
    answers, decided_on = taking.answers, date.fromisoformat(taking.answers["decided_on"])
    rule = influences.of(taking.session, {answers["method"], answers["also"]}, on=decided_on)
    given = answers["effective_until"]
    if given and date.fromisoformat(given) <= decided_on:
        raise Refused(N_("The influence period ends after the decision."), field="effective_until")
    if rule is None:
        return
    until = influences.ends(decided_on, rule.months)
    if given and date.fromisoformat(given) < until:
        raise Refused(N_("By %(basis)s the influence lasts %(months)s months, to %(day)s; it cannot end earlier."),
                      field="effective_until", basis=rule.basis, months=rule.months, day=until)
    answers["effective_until"] = given or until.isoformat()
