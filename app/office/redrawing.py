"""Every looking back by lot once more from its entries: population, draw, hands and results against the ledger."""

from dataclasses import dataclass

from sqlalchemy import String, bindparam, select, type_coerce
from sqlalchemy.orm import Session, aliased

from app.domain import keys, lookbacks, lots, trail
from app.domain.base import moment
from app.domain.cases import Case
from app.domain.lookbacks import Look, Lookback
from app.domain.people import Officer, Unit
from app.domain.trail import Entry
from app.office.faults import Fault
from workflows.grammar import N_

VERBS = {"lot_announced": "announced", "lot_drawn": "drawn", "lot_handed": "handed", "lot_ended": "ended"}


@dataclass(frozen=True)
class Heard:
    """An entry of the office, or of a case that was looked back at."""

    stream: str
    seq: int
    at: str
    actor: str
    seal: str
    data: dict
    finding: str | None = None


class Lots:
    """Hears while everything is read; holds at the end."""

    def __init__(self, session: Session):
        self.session = session
        self.announced, self.drawn, self.handed, self.ended, self.looks = {}, {}, {}, {}, {}

    def hear(self, heard: Heard, verb: str) -> None:
        number = heard.data["lookback"]
        if verb == "looked_back":
            self.looks[number, heard.stream] = heard
        elif verb == "lot_handed":
            self.handed[number, heard.data["case"]] = heard.data["to"]
        else:
            getattr(self, VERBS[verb])[number] = heard

    def hold(self) -> None:
        stand = {each.number: each for each in self.session.scalars(select(Lookback).order_by(Lookback.id))}
        if odd := stand.keys() ^ self.announced.keys():
            raise Fault(N_("The looking back %(lookback)s stands in the ledger or in the trail only."),
                        lookback=min(odd))
        for number, lookback in stand.items():
            try:
                wrong = self._wrong(number, lookback)
            except (LookupError, TypeError, ValueError, AttributeError):
                wrong = N_("The looking back %(lookback)s cannot be held against the trail: something in it cannot be "
                           "read.")
            if wrong:
                raise Fault(wrong, lookback=number)
        self.session.expunge_all()

    def _wrong(self, number: str, lookback: Lookback) -> str | None:
        announced, drawn = self.announced[number], self.drawn.get(number)
        rows = {row.number: row for row in self.session.execute(_LOOKS, {"of": lookback.id})}
        said = announced.data
        if (self._rule(lookback) != said["rule"] or lookback.announced_seq != announced.seq
                or lookback.count != len(said["population"]) or sorted(rows) != sorted(said["population"])
                or said["digest"] != lots.digest(said["population"])
                or {name: row.musts for name, row in rows.items() if row.musts} != said["musts"]):
            return N_("The looking back %(lookback)s has another rule or other cases than was announced.")
        if lookback.drawn_seq != (drawn.seq if drawn else None) or (
                drawn and drawn.data["drawn"] != self._drawn(lookback, announced, drawn)):
            return N_("The looking back %(lookback)s was not drawn as its announcement and the first checkpoint after "
                      "it say.")
        if {name: self._hand(row) for name, row in rows.items() if row.place} != self._hands(number, drawn):
            return N_("The looking back %(lookback)s is in other hands than the trail says.")
        if any(self._found(row) != self._says(number, name) for name, row in rows.items()):
            return N_("The looking back %(lookback)s has other results than the trail says.")
        if (lookback.ended_at is not None) != (number in self.ended):
            return N_("The looking back %(lookback)s is over in the ledger or in the trail only.")
        return None

    def _rule(self, lookback: Lookback) -> dict:
        unit = self.session.scalar(select(Unit.code).where(Unit.id == lookback.unit_id)) if lookback.unit_id else None
        return {"since": lookback.since.isoformat(), "until": lookback.until.isoformat(), "kind": lookback.kind,
                "class": lookback.klass, "unit": unit, "share": lookback.share, "musts": lookback.musts}

    def _drawn(self, lookback: Lookback, announced: Heard, drawn: Heard) -> list[str] | None:
        """The draw repeated; None where it was not bound to the checkpoint that it says."""
        bound, said = lookbacks.first_checkpoint(self.session, lookback), announced.data
        text = keys.parted(bound.note)[0] if bound else None
        if text != drawn.data["checkpoint"]:
            return None
        return lots.drawn(lots.seed(text, announced.seal), said["population"], said["musts"], said["rule"]["share"])

    def _hands(self, number: str, drawn: Heard | None) -> dict:
        if drawn is None:
            return {}
        return {name: (place, self.handed.get((number, name), drawn.data["hands"][name]["officer"]),
                       drawn.data["hands"][name]["due_on"]) for place, name in enumerate(drawn.data["drawn"], 1)}

    def _hand(self, row) -> tuple:
        return row.place, row.officer, row.due_on.isoformat() if row.due_on else None

    def _found(self, row) -> tuple:
        return row.result, row.finding, row.looked_at, row.looked_by, row.reopened

    def _says(self, number: str, case: str) -> tuple:
        heard = self.looks.get((number, case))
        if heard is None:
            return None, None, None, None, False
        return heard.data["result"], heard.finding, heard.at, heard.actor, self._was_reopened(heard)

    def _was_reopened(self, heard: Heard) -> bool:
        """As the entry says; where it is from before entries said so, in the same act, by the entry behind it."""
        if (said := heard.data.get("reopened")) is not None:
            return said
        behind = self.session.execute(select(Entry.data).where(
            Entry.stream == heard.stream, Entry.seq == heard.seq + 1, Entry.verb == "stepped",
            Entry.at == moment(heard.at))).first()
        return behind is not None and trail.facts(behind)["step"] == "reopen"


_BY = aliased(Officer)
_LOOKS = select(
    Case.number, Look.musts, Look.place, Officer.username.label("officer"), Look.due_on, Look.result, Look.finding,
    type_coerce(Look.looked_at, String).label("looked_at"), _BY.username.label("looked_by"), Look.reopened,
).join(Case, Case.id == Look.case_id).outerjoin(Officer, Officer.id == Look.officer_id).outerjoin(
    _BY, _BY.id == Look.looked_by_id).where(Look.lookback_id == bindparam("of"))
