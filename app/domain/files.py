"""Evidence: contents kept under their own SHA-256, and what the ledger says of each."""

import codecs
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.errors import Refused
from workflows.grammar import N_

LARGEST = 50 * 1024 * 1024
CHUNK = 256 * 1024
FIRST = 8192  # so many bytes say of what kind a content is


class File(Base):
    """One attachment of one case; the same content may hang on many."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int]  # of the entry that attached it
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    type: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(String(20))
    from_unit: Mapped[bool] = mapped_column(Boolean)  # what the office holds is hidden from the unit complained of
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    added_at: Mapped[datetime] = mapped_column(Instant)
    struck_at: Mapped[datetime | None] = mapped_column(Instant)
    struck_reason: Mapped[str | None] = mapped_column(String(2000))

    __table_args__ = (Index("ix_files_case_id", "case_id", "id"),)


PURPOSES = {
    "evidence": N_("Evidence"),
    "before": N_("Before"),
    "after": N_("After"),
    "paper": N_("Paper"),
    "complaint": N_("From the complainant"),
}

TYPES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "video/mp4": (".mp4",),
    "audio/mpeg": (".mp3",),
    "application/zip": (".zip",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "application/msword": (".doc", ".wps"),
    "application/vnd.ms-excel": (".xls", ".et"),
    "application/x-ole-storage": (".doc", ".xls", ".wps", ".et", ".ppt"),
    "application/ofd": (".ofd",),
    "text/plain": (".txt", ".csv"),
}


@dataclass(frozen=True)
class Kept:
    sha256: str
    size: int
    type: str
    name: str


class Shelf:
    """Contents by hash in a folder; written beside first, then renamed, so that a name never holds half a file."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def keep(self, chunks: Iterable[bytes], name: str, *, largest: int = LARGEST) -> Kept:
        """Store what is read; refuses what is empty, too large, or not what its name says."""
        incoming = self.folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        hash, size, first = hashlib.sha256(), 0, b""
        with tempfile.NamedTemporaryFile(dir=incoming, delete=False) as out:
            try:
                for chunk in chunks:
                    size += len(chunk)
                    if size > largest:
                        raise Refused(N_("The file is larger than %(limit)s MB."), field="file",
                                      limit=largest // 1024 // 1024)
                    first += chunk[: FIRST - len(first)]
                    hash.update(chunk)
                    out.write(chunk)
                if not size:
                    raise Refused(N_("The file is empty."), field="file")
                type = type_of(first, name)
                out.flush()
                os.fsync(out.fileno())
            except BaseException:
                os.unlink(out.name)
                raise
        return self._settle(Path(out.name), Kept(hash.hexdigest(), size, type, name))

    def _settle(self, incoming: Path, kept: Kept) -> Kept:
        target = self.path(kept.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(incoming, 0o440)
        os.replace(incoming, target)
        return kept

    def read(self, sha256: str) -> Iterator[bytes]:
        with open(self.path(sha256), "rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk

    def holds(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def is_whole(self, sha256: str) -> bool:
        hash = hashlib.sha256()
        for chunk in self.read(sha256):
            hash.update(chunk)
        return hash.hexdigest() == sha256


def type_of(first: bytes, name: str) -> str:
    """The media type by content; refuses kinds that are not evidence, and a name that says something else."""
    extension = Path(name).suffix.lower()
    found = _sniff(first, extension)
    if found is None or found not in TYPES:
        raise Refused(N_("Files of this kind are not accepted; PDF, pictures, office documents and text are."),
                      field="file")
    if extension not in TYPES[found]:
        raise Refused(N_("The file is called %(name)s, but its content is %(type)s."), field="file", name=name,
                      type=found)
    return found


def _sniff(first: bytes, extension: str) -> str | None:
    import filetype

    if first.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "application/x-ole-storage"
    guess = filetype.guess_mime(first)
    if guess == "application/zip" and extension == ".ofd":
        return "application/ofd"
    if guess in (None, "application/zip") and first.startswith(b"PK\x03\x04"):
        return _BY_EXTENSION.get(extension, "application/zip")
    if guess is None and _is_text(first):
        return "text/plain"
    return guess


def _is_text(first: bytes) -> bool:
    if b"\x00" in first or first.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(first, final=len(first) < FIRST)
            return True
        except UnicodeDecodeError:
            continue
    return False


_BY_EXTENSION = {
    extension: type
    for type, extensions in TYPES.items()
    if "openxml" in type or "opendocument" in type
    for extension in extensions
}


def of_case(session: Session, case_id: int):
    """To be looked at only."""
    return session.connection().execute(_OF_CASE, {"of": case_id}).all()


_OF_CASE = select(File.__table__).where(File.case_id == bindparam("of")).order_by(File.id)


def evidence_count(session: Session, case_id: int) -> int:
    return session.scalar(_EVIDENCE, {"of": case_id})


_EVIDENCE = select(func.count()).where(File.case_id == bindparam("of"), File.struck_at.is_(None), File.from_unit)
