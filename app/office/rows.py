"""One row of somebody's ledger, copied into a filing; and every reason why it cannot be, cell by cell."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

import workflows
from app.domain import texts
from app.domain.errors import Refusal, Refused, Word
from app.domain.privacy import FIELDS as COMPLAINANT
from app.domain.register import Register
from app.office import cells, columns, intake, timewords
from app.office.intake import Filing
from app.office.sheets import Line, Plan
from app.papers.tables import letters
from workflows.grammar import N_

TITLE = 40  # characters that a title made from the facts has at most
PLAIN_TEXTS = ("title", "facts", "redacted")


@dataclass(frozen=True)
class Fault:
    """Why a row is refused: where, under which heading, and the sentence."""

    row: int
    cell: str
    head: str | None
    refusal: Refusal
    sheet: str | None = None

    @property
    def where(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell

    def written(self) -> dict:
        facts = {key: {"word": str(value)} if isinstance(value, Word) else value.isoformat()
                 if isinstance(value, date) else value for key, value in self.refusal.facts.items()}
        return {"row": self.row, "cell": self.cell, "head": self.head, "sheet": self.sheet,
                "sentence": self.refusal.sentence, "facts": facts}

    @classmethod
    def of(cls, written: dict) -> "Fault":
        facts = {key: Word(value["word"]) if isinstance(value, dict) else value
                 for key, value in written["facts"].items()}
        return cls(written["row"], written["cell"], written["head"], Refused(written["sentence"], **facts),
                   written["sheet"])


class Copyist:
    """Copies rows by one plan; what it needs for that is looked up once."""

    def __init__(self, plan: Plan, *, register: Register, at: datetime, words):
        self.plan, self.register, self.at, self.words = plan, register, at, words
        self.workflow = workflows.get(plan.kind)
        self.today = register.today(at)
        self.columns = {target: column for column, target in reversed(list(enumerate(plan.targets)))
                        if target not in (columns.NOTE, columns.SKIP)}
        self.supports = [column for column, target in enumerate(plan.targets) if target == "supports"]
        self.kept = [column for column, target in enumerate(plan.targets) if target == columns.NOTE]

    def copy(self, line: Line) -> tuple[Filing, list[Fault]]:
        return _Copying(self, line).done()

    def fault(self, line: Line, column: int | None, refusal: Refusal) -> Fault:
        head = self.plan.labels[column] if column is not None else None
        return Fault(line.row.number, cell_name(column, line), head, refusal, line.sheet)


class _Copying:
    """One row being copied; what is wrong is noted and the rest still looked at."""

    def __init__(self, by: Copyist, line: Line):
        self.by, self.plan, self.line, self.faults = by, by.plan, line, []
        self.notes: dict[int, str] = {}

    def done(self) -> tuple[Filing, list[Fault]]:
        plan, by = self.plan, self.by
        received_at = self._try("received_at", cells.moment, by.register.calendar)
        said = {name: self._text(name) for name in PLAIN_TEXTS}
        said["title"], said["facts"] = self._title_and_facts(said["title"], said["facts"])
        looked_up = {name: self._choice(name) for name in ("outside_number", "source", "klass", "indicator", "place")}
        proposal = self._proposal(received_at)
        for column in by.kept:
            self._note(column)
        self._check_kind()
        filing = Filing(
            kind=plan.kind, **said, **looked_up | {"source": looked_up["source"] or plan.source},
            grade=self._try("grade", cells.grade, by.workflow, by.words), received_at=received_at,
            complained_of=self._try("complained_of", cells.unit, by.register.people),
            complainant={name: text for name in COMPLAINANT if (text := self._text(name)) is not None},
            is_anonymous=bool(self._try("is_anonymous", cells.yes)), proposal=proposal,
        )
        self._check(filing)
        notes = tuple((plan.labels[column], self.notes[column]) for column in sorted(self.notes))
        return replace(filing, notes=notes), self.faults

    def _cell(self, name: str):
        column = self.by.columns.get(name)
        return None if column is None else self.line.row.cell(column)

    def _try(self, name: str, read, *args, **more):
        """What `read` makes of the cell of this field; its refusal becomes a fault of that cell."""
        try:
            return read(self._cell(name), *args, **more)
        except Refusal as refusal:
            self._blame(self.by.columns.get(name), refusal)
            return None

    def _text(self, name: str) -> str | None:
        return self._try(name, cells.text, exact=self.plan.is_ours)

    def _choice(self, name: str) -> str | None:
        return self._try(name, cells.choice, exact=self.plan.is_ours)

    def _title_and_facts(self, title: str | None, facts: str | None) -> tuple[str | None, str | None]:
        """Without a title a matter is called by the first words of its facts; a plan's item may be a title only."""
        if "title" not in self.by.columns and facts:
            return first_words(facts), facts
        if "facts" not in self.by.columns or (self.plan.kind == "task" and not facts):
            return title, title
        return title, facts

    def _proposal(self, received_at: datetime | None) -> dict | None:
        """What the row says of hands and dates; its own words are kept as notes wherever we read more into them."""
        people = self.by.register.people
        lead = self._try("lead", cells.units, people) or cells.Units()
        supports = {}
        for column in self.by.supports:
            try:
                found = cells.units(self.line.row.cell(column), people)
            except Refusal as refusal:
                self._blame(column, refusal)
                continue
            if lead.named and lead.named[0] in found.named:
                self._blame(column, Refused(N_("%(unit)s is named as lead and as support at once."),
                                            unit=lead.named[0].name))
            supports |= dict.fromkeys(unit.code for unit in found.named)
            if found.others:
                self._note(column)
        supports = {**dict.fromkeys(unit.code for unit in lead.named[1:]), **supports}
        if lead.others or len(lead.named) > 1:
            self._note(self.by.columns["lead"])
        due = self._try("due_on", timewords.due, today=self._reference(received_at),
                        calendar=self.by.register.calendar)
        if due is not None and not due.is_plain:
            self._note(self.by.columns["due_on"])
        basis = self._choice("basis") or (self.plan.title if self.plan.kind == "task" and lead.named else None)
        said = {
            "lead": lead.named[0].code if lead.named else None, "supports": list(supports),
            "due_on": due.on.isoformat() if due and due.on else None, "standing": bool(due and due.standing),
            "at_once": bool(due and due.at_once), "basis": basis,
        }
        return {key: value for key, value in said.items() if value} or None

    def _reference(self, received_at: datetime | None) -> date:
        """The day from which words are counted: of the year that the title names, else when the matter came."""
        today = self.by.today
        if self.plan.year and self.plan.year != today.year:
            return date(self.plan.year, 1, 1)
        return self.by.register.today(received_at) if received_at and not self.plan.year else today

    def _note(self, column: int) -> None:
        try:
            text = cells.text(self.line.row.cell(column), exact=self.plan.is_ours)
            if text is not None and (self.plan.is_ours or text.strip()):
                self.notes[column] = texts.sound(text)
        except Refusal as refusal:
            self._blame(column, refusal)

    def _check_kind(self) -> None:
        said = self._choice("kind")
        if said is None:
            return
        workflow = self.by.workflow
        if said not in (workflow.kind, workflow.label, self.by.words(workflow.label)):
            self._blame(self.by.columns["kind"], Refused(
                N_("This row is a “%(said)s”, not a “%(kind)s”; import it as what it is."), said=said[:40],
                kind=Word(workflow.label)))

    def _check(self, filing: Filing) -> None:
        """What the office would say of the filing itself; of each cell one thing is enough."""
        blamed = {fault.cell for fault in self.faults}
        for refusal in intake.faults(filing, self.by.workflow, at=self.by.at):
            column = self.by.columns.get(refusal.field)
            if column is None and refusal.field == "title":
                column = self.by.columns.get("facts")
            if column is None and refusal.field == "facts":
                column = self.by.columns.get("title")
            if (name := cell_name(column, self.line)) not in blamed:
                self._blame(column, refusal)
                blamed.add(name)

    def _blame(self, column: int | None, refusal: Refusal) -> None:
        self.faults.append(self.by.fault(self.line, column, refusal))


def cell_name(column: int | None, line: Line) -> str:
    """D17; the row alone where no column is to blame."""
    return f"{letters(column) if column is not None else ''}{line.row.number}"


def first_words(facts: str) -> str:
    """The first sentence of the facts, or as much of it as a title has room for."""
    flat = " ".join(facts.split())
    sentence = re.split(r"(?<=[。！？；!?;])", flat, maxsplit=1)[0].rstrip("。；;") or flat
    return sentence if len(sentence) <= TITLE else sentence[: TITLE - 1] + "…"
