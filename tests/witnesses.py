"""A small witness, written from C2SP tlog-cosignature alone: it signs whatever it is told to, at whatever time."""

import hashlib
from base64 import b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Witness:
    def __init__(self, name: str = "witness.audit.example/w1", seed: bytes = bytes(32)):
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\x0a\x04" + self.public).digest()[:4]

    @property
    def key(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([4]) + self.public).decode()}"

    def line(self, text: str, at: datetime | int) -> str:
        """What it puts under the text of a note."""
        stamp = at if isinstance(at, int) else int(at.timestamp())
        signed = self.private.sign(b"cosignature/v1\x0atime %d\x0a" % stamp + text.encode())
        return f"\u2014 {self.name} {b64encode(self.id + stamp.to_bytes(8, 'big') + signed).decode()}\n"

    def under(self, note: str, at: datetime | int) -> str:
        """The note that comes back from it."""
        return note + self.line(note.rpartition("\n\n")[0] + "\n", at)
