"""What is said instead of doing what was asked: sentences fit to show, still to be translated."""

from datetime import date

from workflows.grammar import N_


class Refusal(Exception):
    """`sentence` is a msgid whose %(places)s are filled from `facts`; `field` names what caused it."""

    def __init__(self, sentence: str, *, field: str | None = None, **facts):
        super().__init__(sentence % facts if facts else sentence)
        self.sentence, self.field, self.facts = sentence, field, facts

    def told(self, say=str, show=str) -> str:
        """The sentence, `say` translating it and the labels in it, `show` writing out days and moments."""
        return say(self.sentence) % {key: _shown(value, say, show) for key, value in self.facts.items()} \
            if self.facts else say(self.sentence)


class Refused(Refusal):
    """It cannot be done now, or not like this."""


class NotAllowed(Refusal):
    """It is not for this person to do."""


class Moved(Refusal):
    """Somebody was faster; the page is stale."""


class Refusals(Refused):
    """Several fields are wrong at once; each has its own sentence."""

    def __init__(self, refusals: list[Refused]):
        super().__init__(N_("Some of it cannot be accepted; see the fields."))
        self.refusals = refusals


class Word(str):
    """A label among the facts of a sentence that wants translating too."""


def _shown(value, say, show):
    if isinstance(value, Word):
        return say(str(value))
    return show(value) if isinstance(value, date) else value
