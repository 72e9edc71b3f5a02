"""Taking new seals into the tree and signing what it has become. Doors commit between the lots."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import checkpoints, keys, people, trail, tree
from app.domain.checkpoints import Checkpoint
from app.domain.errors import Refused
from app.domain.keys import Signer
from workflows.grammar import N_

LOT = 5_000


def take_in(session: Session) -> int:
    """One lot of what waits, the number taken; 0 where nothing is left."""
    return tree.take_in(session, LOT)


def sign(session: Session, signers: list[Signer], *, at: datetime, words) -> Checkpoint | None:
    """A checkpoint over the tree as it stands; None where the last one says the same. The first use of a key is an
    entry, and the checkpoint covers it."""
    tree.lock(session)
    last, names = checkpoints.latest(session), [str(signer.verifier) for signer in signers]
    if not _is_used(last, signers[0]):
        _record(session, names, at=at, words=words)
        while take_in(session):
            pass
    elif len(signers) == 1 and last.size == tree.size(session):
        return None
    return _signed(session, signers, last, at=at)


def _signed(session: Session, signers: list[Signer], last, *, at: datetime) -> Checkpoint:
    size = tree.size(session)
    root = tree.root(session, size)
    if last is not None and (size < last.size or tree.root(session, last.size).hex() != last.root):
        raise Refused(N_("The tree no longer continues the last checkpoint, so nothing is signed; run duban trail "
                         "verify."))
    note = keys.signed(checkpoints.body(signers[0].name, size, root), signers)
    made = Checkpoint(size=size, root=root.hex(), at=at, note=note)
    session.add(made)
    session.flush()
    return made


def _is_used(last, signer: Signer) -> bool:
    if last is None:
        return False
    key = signer.verifier
    try:
        return (key.name, key.id) in {(name, id) for name, id, _ in keys.parted(last.note)[1]}
    except keys.BadNote:
        return True  # somebody altered it, which verification will say; it is no reason for an entry


def _record(session: Session, names: list[str], *, at: datetime, words) -> None:
    trail.append(session, trail.OFFICE, "key_set", by=people.SYSTEM.username, unit=None, at=at,
                 words={"verb": words(trail.VERBS["key_set"].sentence)},
                 plain={"key": names[0], "before": names[1] if len(names) > 1 else None})
