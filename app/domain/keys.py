"""Signing keys and signed notes (C2SP signed-note, Ed25519): the form in which `golang.org/x/mod/sumdb/note` and others
read them. The keys lie in a file outside the database: the first is the one that signs; while a key is being replaced,
the one before it stands behind it and signs once more.
"""

import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from app.domain import placing
from app.domain.errors import Refused
from workflows.grammar import N_

ED25519 = b"\1"
_DASH = "— "
_PRIVATE = "PRIVATE+KEY+"


class BadNote(ValueError):
    """It is not a note, or not one that a known key has signed."""


@dataclass(frozen=True)
class Verifier:
    """The public half, written `name+hex id+base64 key`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return id_of(self.name, ED25519, self.public)

    def __str__(self) -> str:
        return written(self.name, ED25519, self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        from nacl.exceptions import BadSignatureError
        from nacl.signing import VerifyKey

        try:
            VerifyKey(self.public).verify(text.encode(), signature)
        except (BadSignatureError, ValueError):  # ValueError: it is not as long as a signature is
            return False
        return True


def id_of(name: str, kind: bytes, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def written(name: str, kind: bytes, public: bytes) -> str:
    return f"{name}+{id_of(name, kind, public).hex()}+{b64encode(kind + public).decode()}"


def line(name: str, signed: bytes) -> str:
    """A line under a note: who, and the id of his key with his signature."""
    return f"{_DASH}{name} {b64encode(signed).decode()}\n"


def verifier(text: str) -> Verifier:
    name, id, key = unpacked(text.strip())
    found = Verifier(name, key)
    if found.id.hex() != id:
        raise BadNote("the id of the key does not fit the key")
    return found


@dataclass(frozen=True)
class Signer:
    name: str
    seed: bytes = field(repr=False)

    @property
    def _key(self):
        from nacl.signing import SigningKey

        return SigningKey(self.seed)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, bytes(self._key.verify_key))

    def line(self, text: str) -> str:
        """The signature line under a text."""
        return line(self.name, self.verifier.id + self._key.sign(text.encode()).signature)

    def written(self) -> str:
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{b64encode(ED25519 + self.seed).decode()}"


def signed(text: str, signers: list[Signer]) -> str:
    """The note: the text, an empty line, a line for each signature."""
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def parted(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Text and signatures (name, key id, signature) of a note, none of them checked."""
    text, divided, lines = note.rpartition("\n\n")
    if not divided or not lines.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise BadNote("it is not a signed note")
    return text + "\n", [_signature(line) for line in lines.removesuffix("\n").split("\n")]


def opened(note: str, verifiers: list[Verifier]) -> tuple[str, list[Verifier]]:
    """The text of a note and whose signatures on it hold. Lines of unknown keys are passed over; a wrong signature of
    a known key, or none at all, is refused."""
    text, signatures = parted(note)
    known = {(each.name, each.id): each for each in verifiers}
    by = []
    for name, id, signature in signatures:
        if (key := known.get((name, id))) is None or key in by:
            continue
        if not key.holds(text, signature):
            raise BadNote(f"the signature of {name} does not fit")
        by.append(key)
    if not by:
        raise BadNote("no known key has signed it")
    return text, by


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        raw = b""
    if not line.startswith(_DASH) or not is_name(name) or len(raw) < 5:
        raise BadNote("a signature line cannot be read")
    return name, raw[:4], raw[4:]


def is_name(text: str) -> bool:
    return bool(text) and not re.search(r"[\s+\x00-\x1f]", text)


def unpacked(text: str, kind: bytes = ED25519) -> tuple[str, str, bytes]:
    """Name, id in hex and key of `name+id+key`, the key being of this kind."""
    name, id, key = [*text.split("+", 2), "", ""][:3]
    try:
        raw = b64decode(key, validate=True)
    except (NotBase64, ValueError):
        raw = b""
    if not is_name(name) or raw[:1] != kind or len(raw) != 33:
        raise BadNote("it is not an Ed25519 key of a note")
    return name, id, raw[1:]


# --- the file --------------------------------------------------------------------------------------------------------


def new(name: str) -> Signer:
    return Signer(name, os.urandom(32))


def kept(path: Path) -> list[Signer]:
    """The keys of the file, the one that signs first; none where there is no file."""
    if not path.exists():
        return []
    try:
        found = [_signer(line) for line in path.read_text().splitlines() if line.strip()]
        if not found:
            raise BadNote("there is no key in it")
        return found
    except (BadNote, UnicodeDecodeError):
        raise Refused(N_("%(path)s does not hold the signing key it should."), path=path) from None


def _signer(line: str) -> Signer:
    if not line.startswith(_PRIVATE):
        raise BadNote("it is not a signing key")
    name, id, seed = unpacked(line.strip().removeprefix(_PRIVATE))
    found = Signer(name, seed)
    if found.verifier.id.hex() != id:
        raise BadNote("the id of the key does not fit the key")
    return found


def keep(path: Path, signers: list[Signer], *, first: bool = False) -> None:
    """Put the keys into their file, mode 0600, at once or not at all. Of two that are `first` at the same time one
    stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with placing.whole(path, over=not first) as out:
            out.write("".join(f"{signer.written()}\n" for signer in signers).encode())
    except FileExistsError:
        return
    publish(path, signers[0])


def publish(path: Path, signer: Signer) -> None:
    """Let the verifier key that lies beside the signing keys be the one of who signs now: they may have come back from
    a backup."""
    if public(path) != str(signer.verifier):
        _public(path).write_text(f"{signer.verifier}\n")


def public(path: Path) -> str:
    """The verifier key, to be shown; it lies beside the signing key, so that nobody opens that one for it."""
    return _public(path).read_text().strip() if _public(path).exists() else ""


def _public(path: Path) -> Path:
    return path.with_name(f"{path.name}.pub")
