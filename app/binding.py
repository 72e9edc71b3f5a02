"""The worker's hands on a dossier: gathered as of one moment, packed, entered, sealed into the tree, and proved.

Nothing of it can be had before all of that is done; killed on the way, it begins again from the start.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from flask import current_app

from app import sealing, worker
from app.domain import checkpoints, errands, keys, placing, trail, witnesses
from app.domain.checkpoints import Proof
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.domain.files import Shelf
from app.domain.trail import Entry
from app.extensions import db
from app.office import dossiers
from app.office.accounts import Account
from app.office.dossiers import Dossier
from app.papers.packages import Package, canonical
from workflows.grammar import N_

BEAT = 1.0  # seconds between two words on how far it is
LOT = 5_000
ALWAYS = ("README.txt", "verify.py")


class Stopped(Exception):
    """The worker was told to stop; the errand is left to be begun again."""


def bind(id: int, stopped: threading.Event | None, tell: Callable[[int, int], None], words) -> None:
    """Pack what a claimed errand asks for."""
    try:
        _Binding(id, stopped, tell, words).run()
    except Stopped:
        worker.release(id)


class _Binding:
    def __init__(self, id: int, stopped, tell, words):
        self.id, self.stopped, self.tell, self.words = id, stopped, tell, words
        self.done = self.total = 0
        self.told_at = monotonic()
        self.at = datetime.now(UTC)
        self.shelf = Shelf(current_app.extensions["settings"].files)
        self.payload = db.session.get(Errand, id).payload

    def run(self) -> None:
        sweep(self.at)
        found, account = self._gathered()
        with placing.whole(dossiers.path(_folder(), self.id)) as out:
            with closing(Package(out, at=worker.register().calendar.local(self.at))) as package:
                manifest = self._pack(package, found, account)
                taken = self._taken(found, manifest)
                sealing.seal(self.words, lambda _taken: self._beat())
                self._prove(package, found, taken)
            result = {"size": out.tell(), "sha256": _digest(out), "entries": found.last.seq}
        with worker.writing_on(self.id) as errand:
            errand.progress = errand.total = self.total
            errands.end(errand, at=datetime.now(UTC), result=result)
        self.tell(self.total, self.total)

    def _gathered(self) -> tuple[Dossier, str]:
        """All that the database holds of it, and the account, as of one moment."""
        with _looking(), _readable():
            register = worker.register()
            self.by = dossiers.reader(db.session, self.payload["by"], register)
            folder = current_app.extensions["settings"].data / "papers"
            found = dossiers.gather(db.session, self.payload, by=self.by, register=register, at=self.at,
                                    words=self.words, folder=folder)
            self.manifest = dossiers.said(found, by=self.by, register=register, words=self.words)
            told = Account(found, register=register, words=self.words)
            locale = current_app.extensions["settings"].locale
            template = current_app.extensions["environments"][locale].get_template("dossier/account.html")
            account = template.render(
                case=found.case, account=told, evidence=told.evidence(self.shelf.holds), at=self.at,
                said=self.manifest, asked=found.asked, reason=found.reason,
                has_complainant=found.has_complainant, office=register.people.office.name)
        self.total = len(found.hung) + len(found.printed) + len(ALWAYS) + 6
        return found, account

    def _pack(self, package: Package, found: Dossier, account: str) -> str:
        package.add("account.html", [account.encode()])
        package.add("entries.jsonl", (dossiers.line(found, entry) + b"\n" for entry in found.entries))
        package.add_json("values.json", found.values)
        package.add_json("holdings.json", found.spans)
        package.add_json("papers.json", found.papers)
        for name in ALWAYS:
            package.add_part(name)
        for member, paper in found.printed.items():
            package.add(member, [paper])
            self._beat(1)
        for member, file in found.hung.items():
            if self.shelf.holds(file.sha256):
                package.add(member, self.shelf.read(file.sha256))
            self._beat(1)
        return package.list(**self.manifest)

    def _taken(self, found: Dossier, manifest: str) -> Entry:
        with worker.writing_on(self.id):
            return dossiers.take(db.session, found, manifest, by=self.by, at=datetime.now(UTC), words=self.words)

    def _prove(self, package: Package, found: Dossier, taken: Entry) -> None:
        with _looking():
            proofs: dict[int, Proof] = {}
            for lot in range(0, len(found.entries), LOT):  # a statement takes only so many numbers
                seqs = [entry.seq for entry in found.entries[lot : lot + LOT]]
                proofs |= checkpoints.proofs(db.session, found.case.number, seqs)
            office = checkpoints.proofs(db.session, trail.OFFICE, [found.asked.seq, taken.seq])
            some = office[taken.seq]
            witnessed = witnesses.continued(db.session, some.size)
        verifier = sealing.signing()[0].verifier
        package.append("office.jsonl", b"".join(trail.body(entry) + b"\n" for entry in (found.asked, taken)))
        said = {"size": some.size, "entries": _told(proofs), "office": _told(office)}
        if witnessed is not None:
            note, path = witnessed
            said["witnessed"] = [each.hex() for each in path]
            package.append("witnessed.txt", note.encode())
        package.append("proofs.json", canonical(said))
        package.append("checkpoint.txt", _signed_by(some.note, verifier).encode())
        package.append("key.txt", f"{verifier}\n".encode())

    def _beat(self, done: int = 0) -> None:
        """Say how far it is and keep the claim; not for every little file."""
        self.done += done
        if self.stopped is not None and self.stopped.is_set():
            raise Stopped
        if monotonic() - self.told_at < BEAT:
            return
        self.told_at = monotonic()
        with worker.writing_on(self.id) as errand:
            errand.total = self.total
            errands.go_on(errand, progress=self.done, at=datetime.now(UTC))
        self.tell(self.done, self.total)


def sweep(at: datetime) -> None:
    """Dossiers that have waited long enough, and halves that a killed worker left."""
    for each in _folder().iterdir():
        if at.timestamp() - each.stat().st_mtime > dossiers.KEPT.total_seconds():
            each.unlink(missing_ok=True)


def _told(proofs: dict[int, Proof]) -> list[dict]:
    return [{"seq": seq, "index": proof.index, "path": [each.hex() for each in proof.hashes]}
            for seq, proof in sorted(proofs.items())]


def _signed_by(note: str, verifier: keys.Verifier) -> str:
    """The note with the signature that the key of the dossier checks; a line of any other could be anything."""
    text, _ = keys.parted(note)
    lines = note.removeprefix(text + "\n").splitlines(keepends=True)
    return text + "\n" + "".join(line for line, (name, id, _) in zip(lines, keys.parted(note)[1], strict=True)
                                 if (name, id) == (verifier.name, verifier.id))


@contextmanager
def _looking() -> Iterator[None]:
    """Reads of one moment; on SQLite every transaction is so by itself. What was read outlives it."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    yield
    db.session.expunge_all()
    db.session.rollback()


@contextmanager
def _readable() -> Iterator[None]:
    """What was meddled with until nobody can read it is said in a sentence; verification names the place."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError):
        current_app.logger.exception("a trail cannot be read")
        raise Refused(N_("The trail of this case cannot be read as it should; run duban trail verify, which names the "
                         "place.")) from None


def _digest(out) -> str:
    out.flush()
    out.seek(0)
    return hashlib.file_digest(out, "sha256").hexdigest()


def _folder() -> Path:
    folder = current_app.extensions["settings"].dossiers
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
