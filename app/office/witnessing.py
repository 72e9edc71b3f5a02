"""Taking back what a witness put under a checkpoint: from a note that was carried to him, or from his answer. Whatever
does not fit is refused here, so that nobody outside can make a verification fail."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import checkpoints, keys, merkle, settings, trail, tree, witnesses
from app.domain.checkpoints import Checkpoint
from app.domain.errors import Refused
from app.domain.people import Actor
from app.domain.witnesses import Cosignature, Line, Witness
from app.office import settings as decided
from workflows.grammar import N_

LONGEST = 100_000  # characters of a note; a line has two hundred
SILENT = timedelta(days=31)
APART = timedelta(days=1)  # that two clocks may be, and a signer's zone that was taken for another


@dataclass(frozen=True)
class Taken:
    checkpoint: Checkpoint
    new: list[Line]
    old: list[Line]  # that were kept before


def named(session: Session) -> list[Witness]:
    return witnesses.known(settings.witnesses(session))


def silent(session: Session, *, at: datetime) -> list[str]:
    """The names of witnesses who have signed nothing for long."""
    names = [each.name for each in named(session)]
    last = witnesses.last_of(session, names)
    return [name for name in names if name not in last or at - last[name].at > SILENT]


def name(session: Session, key: str, *, basis: str | None, by: Actor, at: datetime, words) -> None:
    """One witness more."""
    decided.change(session, settings.WITNESSES, f"{settings.witnesses(session)} {key}", basis=basis, by=by, at=at,
                   words=words)


def end(session: Session, name: str, *, basis: str | None, by: Actor, at: datetime, words) -> None:
    """No witness from now on; what he signed stays good."""
    before = named(session)
    others = [each for each in before if name not in (each.name, str(each))]
    if len(others) == len(before):
        raise Refused(N_("There is no witness called %(name)s."), name=name[:100])
    decided.change(session, settings.WITNESSES, " ".join(map(str, others)), basis=basis, by=by, at=at, words=words)


def take(session: Session, note: str, *, at: datetime) -> Taken:
    """Keep the cosignatures that stand under a note of ours. Lines of strangers, and our own, are passed over."""
    if len(note) > LONGEST:
        raise Refused(N_("This is too long for a signed note."))
    try:
        text, signatures = keys.parted(_as_signed(note))
        said = checkpoints.said(text)
    except keys.BadNote:
        raise Refused(N_("This is no signed checkpoint.")) from None
    trail.hold(session)  # or a witness could be ended, or the same be taken, beside this
    if (checkpoint := _stored(session, said, text)) is None:
        raise Refused(N_("No checkpoint of this office says what stands in this note."))
    if not (known := named(session)):
        raise Refused(N_("No witness is named; duban trail witness add KEY names one."))
    return _keep(session, checkpoint, text, signatures, known, at=at)


def seen_upto(session: Session) -> int:
    """The size of the newest checkpoint that bears a cosignature: where a witness is likely to stand."""
    last = witnesses.latest(session)
    return last.size if last else 0


def question(session: Session, old: int) -> tuple[Checkpoint, str]:
    """The last checkpoint, and what a witness who saw the first `old` entries is asked (C2SP tlog-witness): the proof
    that it continues them, and its note."""
    last = checkpoints.latest(session)
    if last is None:
        raise Refused(N_("There is no checkpoint yet; duban trail seal makes one."))
    if old > last.size:
        raise Refused(N_("The witness has seen %(seen)s entries, this office has signed only %(size)s: an old copy was "
                         "put back here, or he watches another trail."), seen=old, size=last.size)
    proof = merkle.consistency(tree.Reader(session).read, old, last.size) if old else []
    lines = [f"old {old}", *(b64encode(each).decode() for each in proof)]
    return last, "\n".join(lines) + f"\n\n{last.note}"


def _keep(session: Session, checkpoint: Checkpoint, text: str, signatures, known: list[Witness], *,
          at: datetime) -> Taken:
    try:
        found = witnesses.lines(text, signatures, known)
    except keys.BadNote:
        raise Refused(N_("A line in it bears the name and the key of a witness, and he did not sign this.")) from None
    if not found:
        raise Refused(N_("None of the witnesses that are named has signed it."))
    for line in found:
        if not checkpoint.at - APART <= line.at <= at + APART:
            raise Refused(N_("%(witness)s says that it was signed on %(day)s, when it cannot have been."),
                          witness=line.witness.name, day=line.at.date())
    there = set(witnesses.under(session, checkpoint.id))
    new = [line for line in found if line.text not in there]
    session.add_all(Cosignature(checkpoint_id=checkpoint.id, line=line.text, witness=line.witness.name, at=line.at,
                                taken_at=at) for line in new)
    session.flush()
    return Taken(checkpoint, new, [line for line in found if line.text in there])


def _as_signed(note: str) -> str:
    """What an editor or a mail program on the way made of line ends."""
    return note.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n"


def _stored(session: Session, said: checkpoints.Said, text: str) -> Checkpoint | None:
    if said.size > 2**31 - 1:
        return None
    alike = select(Checkpoint).where(Checkpoint.size == said.size, Checkpoint.root == said.root.hex())
    return next((each for each in session.scalars(alike.order_by(Checkpoint.id)) if each.note.startswith(f"{text}\n")),
                None)
