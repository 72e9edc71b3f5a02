"""A dossier put together by hand: its own tree, its own note, no line of ours but the packing."""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.papers.packages import Package, canonical

CASE, WHEN = "TS-2026-0001", "2026-09-14T01:12:00.000000Z"
PDF, SALT = b"%PDF-1.7 secret plans", bytes(range(32))


def sealed(stream: str, number: int, verb: str, prev: str, beside: dict[str, str] | None = None, **data) -> bytes:
    bound = {key: hashlib.sha256(SALT + value.encode()).hexdigest() for key, value in (beside or {}).items()}
    told = {"actor": "auditor", "at": WHEN, "data": {**data, "beside": bound}, "prev": prev, "seq": number,
            "stream": stream, "unit": "sjj", "verb": verb, "words": {"verb": verb}}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def value(seq: int, key: str, text: str, stream: str = CASE) -> dict:
    return {"stream": stream, "seq": seq, "key": key, "value": text, "salt": SALT.hex()}


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, by the letter."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = _below(len(leaves))
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1, by the letter."""
    if len(leaves) == 1:
        return []
    k = _below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def consistency(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2, by the letter."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = _below(len(leaves))
    if m <= k:
        return [*consistency(m, leaves[:k], whole), root(leaves[k:])]
    return [*consistency(m - k, leaves[k:], False), root(leaves[:k])]


def _below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Key:
    def __init__(self, name: str, seed: bytes):
        self.name, self._private = name, Ed25519PrivateKey.from_private_bytes(seed)
        self.raw = b"\1" + self._private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\n" + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.raw).decode()}"

    def note(self, text: str) -> str:
        signature = base64.b64encode(self.id + self._private.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


KEY = Key("duban.example/trail", bytes(32))


class Handmade:
    """What a dossier is made of; change any of it and pack it."""

    def __init__(self, key: Key = KEY, others: int = 5):
        self.witness, self.seen = None, 0  # who signed the first so many leaves
        self.key, self.others = key, [hashlib.sha256(bytes([n])).digest() for n in range(others)]
        self.entries, self.shown = self._entries(), None  # what was sealed; what of it is shown, where that differs
        self.values = [
            value(1, "title", "厂房联合验收\n四个月"),
            {"stream": CASE, "seq": 1, "key": "complainant.name", "withheld": "masked"},
            value(3, "name", "图纸.pdf"), {"stream": CASE, "seq": 4, "key": "progress", "withheld": "erased"},
        ]
        self.files = {"files/0003.pdf": PDF}
        self.spans = [
            {"since": WHEN, "until": "2026-09-15T01:12:00.000000Z", "seq": 1, "holder": "office"},
            {"since": "2026-09-15T01:12:00.000000Z", "until": "2026-09-16T01:12:00.000000Z", "seq": 2, "holder": "x"},
        ]

    def _entries(self) -> list[bytes]:
        made: list[bytes] = []
        for verb, beside, data in (
            ("filed", {"title": "厂房联合验收\n四个月", "complainant.name": "张三"}, {"kind": "complaint"}),
            ("stepped", {}, {"step": "assign"}),
            ("attached", {"name": "图纸.pdf"}, {"sha256": seal(PDF), "size": len(PDF)}),
            ("stepped", {"progress": "在办"}, {"step": "report"}),
            ("erased", {}, {"entry": 4, "keys": ["progress"]}),
        ):
            prev = seal(made[-1]) if made else ""
            made.append(sealed(CASE, len(made) + 1, verb, prev, beside, **data))
        return made

    def packed(self) -> dict[str, bytes]:
        """Every member; the taking seals the manifest and the tree holds it, as it should be."""
        package = Package(out := BytesIO(), at=datetime(2026, 9, 14, tzinfo=UTC))
        package.add("entries.jsonl", [b"".join(raw + b"\n" for raw in self.shown or self.entries)])
        package.add_json("values.json", self.values)
        package.add_json("holdings.json", self.spans)
        package.add("account.html", ["<h1>说明</h1>".encode()])
        for name, content in self.files.items():
            package.add(name, [content])
        package.add_part("verify.py")
        self._prove(package)
        package.close()
        with zipfile.ZipFile(out) as made:
            return {name: made.read(name) for name in made.namelist()}

    def _prove(self, package: Package) -> None:
        asked = sealed("office", 7, "dossier_asked", seal(b"6"), case=CASE, identity=False)
        manifest = package.list(
            format="duban-dossier/1", case=CASE, identity=False, asked=7, asked_at=WHEN, entries=len(self.entries),
            taken_by={"username": "auditor", "name": "孟繁", "unit": "市审计局"})
        taken = sealed("office", 9, "dossier_taken", seal(b"8"), case=CASE, asked=7, manifest=manifest,
                       entries=len(self.entries), last=seal(self.entries[-1]))
        ours = [bytes.fromhex(seal(raw)) for raw in (*self.entries, asked, taken)]
        leaves = [leaf for pair in zip(ours, self.others * 9, strict=False) for leaf in pair]
        package.append("office.jsonl", asked + b"\n" + taken + b"\n")
        package.append("proofs.json", canonical(self._proofs(leaves, ours)))
        package.append("checkpoint.txt", self.key.note(self._text(leaves)).encode())
        if self.witness:
            note = self.key.note(self._text(leaves[: self.seen]))
            package.append("witnessed.txt", self.witness.under(note, 1_789_000_000).encode())
        package.append("key.txt", f"{self.key}\n".encode())

    def _text(self, leaves: list[bytes]) -> str:
        return f"{self.key.name}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"

    def _proofs(self, leaves: list[bytes], ours: list[bytes]) -> dict:
        def proof(leaf, seq):
            index = leaves.index(leaf)
            return {"seq": seq, "index": index, "path": [each.hex() for each in path(index, leaves)]}

        case, office = ours[:-2], ours[-2:]
        witnessed = [each.hex() for each in consistency(self.seen, leaves)] if self.witness else None
        return ({} if witnessed is None else {"witnessed": witnessed}) | {
                "size": len(leaves), "entries": [proof(leaf, seq) for seq, leaf in enumerate(case, 1)],
                "office": [proof(leaf, seq) for leaf, seq in zip(office, (7, 9), strict=True)]}
