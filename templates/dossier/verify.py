"""核验一份案卷 / Checks one dossier. Python 3.8 或更新，只用标准库 / standard library only; never goes online.

    python3 -I verify.py                      在解压后的文件夹里 / in the folder the dossier was unpacked to
    python3 -I verify.py FILE.zip             不解压 / without unpacking
    python3 -I verify.py --key KEY            KEY：另行取得的核验公钥，或存放它的文件 / verifier key had elsewhere
    python3 -I verify.py --witness KEY        KEY：见证方的公钥 / key of a witness who signed the checkpoint as well
    python3 -I verify.py --entries            另列全部条目 / list every entry as well
    python3 -I verify.py --lang zh|en         只用一种语言 / one language only

退出码 0 全部成立，1 有一处不成立 / exit 0 everything holds, 1 something does not.

What is checked, from the outside inwards: every file against the manifest; the manifest against the entry that was
written when the dossier was taken; entries by seal and chain; values by salted digest; evidence by hash; every entry's
place in the Merkle tree (RFC 6962) of the checkpoint (C2SP tlog-checkpoint); the checkpoint's Ed25519 signature
(RFC 8032), in some sixty lines below.
"""

import argparse
import base64
import collections
import hashlib
import json
import os
import sys
import time
import zipfile
import zlib

FORMAT = "duban-dossier/1"
# Outside the manifest, because they are made after it: the entry that seals it, and the proofs of that entry.
AFTER = ("manifest.json", "office.jsonl", "proofs.json", "checkpoint.txt", "key.txt", "witnessed.txt")
CHUNK = 1 << 18
BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)  # a zip with a byte turned
UNREADABLE = (*BROKEN, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, RuntimeError)


# --- what is said, in both languages ---------------------------------------------------------------------------------


class Teller:
    def __init__(self, languages):
        self.languages = languages

    def say(self, zh, en, *facts, indent=""):
        for language, text in (("zh", zh), ("en", en)):
            if language in self.languages:
                print(indent + (text % facts if facts else text))

    def title(self, number, zh, en, holds):
        zh_mark, en_mark = ("成立", "holds") if holds else ("不成立", "DOES NOT HOLD")
        self.say(f"{number}. [{zh_mark}] {zh}", f"{number}. [{en_mark}] {en}")


class Fault(Exception):
    """One thing that does not hold."""

    def __init__(self, zh, en, *facts):
        super().__init__(en)
        self.zh, self.en = (text % facts if facts else text for text in (zh, en))


# --- the dossier and its members -------------------------------------------------------------------------------------


class Dossier:
    """A folder or a zip; its members by name, read in pieces."""

    def __init__(self, path):
        self.path, self.zip = path, None
        if os.path.isfile(path):
            self.zip = zipfile.ZipFile(path)
            self.names = [name for name in self.zip.namelist() if not name.endswith("/")]
        else:
            self.names = sorted(_walk(path))

    def open(self, name):
        return self.zip.open(name) if self.zip else open(os.path.join(self.path, *name.split("/")), "rb")

    def read(self, name):
        with self.open(name) as source:
            return source.read()

    def digest(self, name):
        """(SHA-256, size)"""
        digest, size = hashlib.sha256(), 0
        with self.open(name) as source:
            for chunk in iter(lambda: source.read(CHUNK), b""):
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size

    def json(self, name):
        """A member in the one way of writing it that is allowed, so that no byte of it is without meaning."""
        raw = self.read(name)
        value = parse(raw)
        if raw != (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode():
            raise Fault("%s 的写法不规范，被改过", "%s is not written in the canonical way; it was altered", name)
        return value

    def entries(self, name):
        """Sealed bytes, one entry a line."""
        raw = self.read(name)
        if not raw.endswith(b"\n"):
            raise Fault("%s 被截断", "%s is cut off", name)
        return [Entry(name, number, line) for number, line in enumerate(raw[:-1].split(b"\n"), 1)]


class Entry:
    """One line: the sealed bytes of an entry, or, where it is withheld from this reader, its number and its seal."""

    def __init__(self, member, line, raw):
        self.member, self.line, self.raw = member, line, raw
        self.seal = hashlib.sha256(raw).hexdigest()
        try:
            self.told = parse(raw)
            self.is_withheld = set(self.told) == {"seal", "seq", "withheld"}
            if self.is_withheld:
                self.seal = self.told["seal"]
                self.told = {"data": {"beside": {}}, "seq": self.told["seq"], "stream": None, "verb": "withheld"}
            self.data, self.seq, self.stream = self.told["data"], self.told["seq"], self.told["stream"]
            self.beside = dict(self.data["beside"])
        except UNREADABLE:
            raise Fault("%s 第 %d 行不是条目", "%s, line %d is no entry", member, line) from None


def parse(raw):
    return json.loads(raw.decode(), object_pairs_hook=_unique)


def _unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _walk(folder):
    for base, _folders, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(base, name), folder).replace(os.sep, "/")


# --- Merkle tree, RFC 6962 -------------------------------------------------------------------------------------------


def leaf(seal):
    """Leaf data is the raw seal."""
    return hashlib.sha256(b"\0" + bytes.fromhex(seal)).digest()


def root_by(index, size, leaf_hash, path):
    """The root to which this inclusion proof leads; None where it leads to none."""
    if not (type(index) is type(size) is int and 0 <= index < size):
        return None
    at, last, hash_ = index, size - 1, leaf_hash
    for other in path:
        if not last:
            return None
        if at & 1 or at == last:
            hash_ = hashlib.sha256(b"\1" + other + hash_).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hash_ = hashlib.sha256(b"\1" + hash_ + other).digest()
        at, last = at >> 1, last >> 1
    return None if last else hash_


def is_continued(older, size, older_root, root, path):
    """Whether this consistency proof shows that the older tree is the beginning of the other one."""
    if older == size:
        return not path and older_root == root
    path = list(path) if older & (older - 1) else [older_root, *path]
    if not 0 < older < size or not path:
        return False
    at, last = older - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            before, after = (hashlib.sha256(b"\1" + other + each).digest() for each in (before, after))
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = hashlib.sha256(b"\1" + after + other).digest()
        at, last = at >> 1, last >> 1
    return not last and (before, after) == (older_root, root)


# --- Ed25519, RFC 8032 -----------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def is_signed(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def _point(encoded):
    """(X, Y, Z, T) of an encoded point; None where the bytes are no point or not written in the one allowed way."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


# --- signed notes, C2SP ----------------------------------------------------------------------------------------------


OFFICE, WITNESS = b"\1", b"\4"


class Key:
    """name+id+base64(kind ‖ public key); the id is the first 32 bits of SHA-256(name ‖ LF ‖ kind ‖ public key)."""

    def __init__(self, text, kind=OFFICE):
        self.text = text.strip()
        self.name, self.id, coded = self.text.split("+", 2)
        raw = unpacked(coded)
        if hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4].hex() != self.id or raw[:1] != kind:
            raise ValueError("no Ed25519 verifier key")
        self.raw = raw[1:]


def unpacked(coded):
    """Base64 in its one allowed way of writing."""
    raw = base64.b64decode(coded, validate=True)
    if base64.b64encode(raw).decode() != coded:
        raise ValueError("no canonical base64")
    return raw


class Checkpoint:
    def __init__(self, raw):
        text, _, signatures = raw.decode().rpartition("\n\n")
        self.text = (text + "\n").encode()
        self.origin, size, root = text.split("\n")[:3]
        self.size, self.root = int(size), unpacked(root)
        if str(self.size) != size or len(self.root) != 32 or not signatures.endswith("\n"):
            raise ValueError("no checkpoint")
        self.signatures = [_signature(line) for line in signatures[:-1].split("\n")]

    def signed_by(self, key):
        return [signature for name, id_, signature in self.signatures if (name, id_) == (key.name, key.id)]


def _signature(line):
    dash, name, coded = line.split(" ")
    if dash != "\u2014":
        raise ValueError("no signature line")
    raw = unpacked(coded)
    return name, raw[:4].hex(), raw[4:]


# --- the checks ------------------------------------------------------------------------------------------------------


class Reader:
    """The parts of a dossier as far as they can be read; what cannot is a fault of the check that needs it."""

    def __init__(self, dossier, key, witnesses=()):
        self.dossier, self.given_key, self.witnesses, self._kept = dossier, key, witnesses, {}
        self.masked = self.erased = 0

    def _once(self, name, make):
        if name not in self._kept:
            self._kept[name] = _made(name, make)
        if isinstance(self._kept[name], Fault):
            raise self._kept[name]
        return self._kept[name]

    def _json(name):
        return property(lambda self: self._once(name, lambda: self.dossier.json(name)))

    def _entries(name):
        return property(lambda self: self._once(name, lambda: self.dossier.entries(name)))

    manifest, proofs = _json("manifest.json"), _json("proofs.json")
    values, holdings = _json("values.json"), _json("holdings.json")
    entries, office = _entries("entries.jsonl"), _entries("office.jsonl")
    checkpoint = property(
        lambda self: self._once("checkpoint.txt", lambda: Checkpoint(self.dossier.read("checkpoint.txt"))))
    key = property(lambda self: self._once("key.txt", self._read_key))
    witnessed = property(
        lambda self: self._once("witnessed.txt", lambda: Checkpoint(self.dossier.read("witnessed.txt"))))
    is_witnessed = property(lambda self: "witnessed.txt" in self.dossier.names)
    asked = property(lambda self: self._taking()[0])
    taken = property(lambda self: self._taking()[1])

    def _read_key(self):
        raw = self.dossier.read("key.txt")
        key = Key(raw.decode())
        if raw != (key.text + "\n").encode():
            raise ValueError("not written in the one allowed way")
        return key

    def _taking(self):
        if [entry.told["verb"] for entry in self.office] != ["dossier_asked", "dossier_taken"]:
            raise Fault("office.jsonl 应恰有“申请案卷”“取走案卷”两条",
                        "office.jsonl must hold the asking and the taking and nothing else")
        return self.office


def _made(name, make):
    try:
        return make()
    except Fault as fault:
        return fault
    except UNREADABLE as error:
        return Fault("%s 缺失或读不出（%s）", "%s is missing or cannot be read (%s)", name, type(error).__name__)


def files_fit(reader):
    """Every file of the manifest, whole; and no other."""
    listed, found = reader.manifest["members"], reader.dossier.names
    if reader.manifest["format"] != FORMAT:
        yield Fault("manifest.json 的格式不是 %s", "manifest.json is not of the format %s", FORMAT)
    for name in sorted(set(listed) - set(found)):
        yield Fault("缺少 %s", "%s is missing", name)
    for name in sorted(set(found) - set(listed) - set(AFTER)):
        if not _is_bystander(name, reader.dossier):
            yield Fault("%s 不在清单里", "%s is not in the manifest", name)
    for name in sorted(name for name, often in collections.Counter(found).items() if often > 1):
        yield Fault("%s 有两份", "%s is there twice", name)
    for name in sorted(set(listed) & set(found)):
        if not _fits(reader.dossier, name, listed[name]):
            yield Fault("%s 与清单不符，被改过", "%s is not what the manifest says; it was altered", name)


def _is_bystander(name, dossier):
    """What a desk puts beside an unpacked dossier: the zip it came in, and the marks of the desk itself."""
    return not dossier.zip and "/" not in name and (name.endswith(".zip") or name in (".DS_Store", "Thumbs.db"))


def _fits(dossier, name, listed):
    try:
        return dossier.digest(name) == (listed["sha256"], listed["size"])
    except BROKEN:
        return False


def manifest_fits(reader):
    """The manifest is the one whose hash was sealed when the dossier was taken."""
    asked, taken, manifest = reader.asked, reader.taken, reader.manifest
    if reader.dossier.digest("manifest.json")[0] != taken.data["manifest"]:
        yield Fault("manifest.json 不是“取走案卷”条目（office.jsonl）所封存的那一份",
                    "manifest.json is not the one that the entry of the taking (office.jsonl) seals")
    said = manifest["case"], manifest["identity"], manifest["taken_by"]["username"], manifest["asked"]
    if said != (asked.data["case"], asked.data["identity"], asked.told["actor"], asked.seq):
        yield Fault("manifest.json 所说的卷号、取卷人或是否含身份与 office.jsonl 的条目不同",
                    "manifest.json names another case, taker or extent than the entries of office.jsonl do")
    pairs = (asked.data["case"], taken.data["case"]), (asked.seq, taken.data["asked"]), (
        asked.told["actor"], taken.told["actor"]), (asked.stream, "office"), (taken.stream, "office")
    if any(one != other for one, other in pairs):
        yield Fault("office.jsonl 两条不属于同一次取卷", "the two entries of office.jsonl are not of one taking")


def entries_chain(reader):
    """One stream from 1 on without a gap, each entry naming the seal before it, ending where the taking says."""
    before, number = "", 0
    for number, entry in enumerate(reader.entries, 1):
        if entry.seq != number or not (entry.is_withheld or entry.stream == reader.manifest["case"]):
            yield Fault("entries.jsonl 第 %s 条：序号或卷号不对，有条目被抽走、插入或调换",
                        "entries.jsonl, entry %s: wrong number or stream; an entry was taken out, put in or moved",
                        number)
        if not entry.is_withheld and entry.told["prev"] != before:
            yield Fault("entries.jsonl 第 %s 条：没有接上前一条的印记，本条或前一条被改过",
                        "entries.jsonl, entry %s: does not follow on the seal before it; this entry or the one before "
                        "was altered", number)
        before = entry.seal
    if (number, before) != (reader.taken.data["entries"], reader.taken.data["last"]):
        yield Fault("entries.jsonl 的末条不是取走时的末条（第 %s 条）：末尾被截去、补入或改动",
                    "entries.jsonl does not end in the entry it ended in when taken (entry %s): its tail was cut off, "
                    "added to or altered", reader.taken.data["entries"])


def values_fit(reader):
    """Every value that an entry binds is there and fits, or is said to be withheld."""
    bound = {(entry.stream, entry.seq, key): digest for entry in [*reader.entries, *reader.office]
             for key, digest in entry.beside.items()}
    erasures = {(entry.stream, entry.data.get("entry"), key) for entry in reader.entries
                if entry.told["verb"] == "erased" for key in entry.data.get("keys") or ()}
    reader.masked = sum(row.get("withheld") == "masked" for row in reader.values)
    reader.erased = sum(row.get("withheld") == "erased" for row in reader.values)
    for row in reader.values:
        place = row["stream"], row["seq"], row["key"]
        digest = bound.pop(place, None)
        if digest is None:
            yield Fault("values.json：没有条目封存 %s 第 %s 条“%s”",
                        "values.json: no entry binds %s, entry %s, “%s”", *place)
        elif row.get("withheld") == "erased" and place not in erasures:
            yield Fault("values.json：%s 第 %s 条“%s”没有了，却没有条目说明已依法删除",
                        "values.json: %s, entry %s, “%s” is gone, and no entry says that it was erased", *place)
        elif "withheld" not in row and place in erasures:
            yield Fault("values.json：条目说 %s 第 %s 条“%s”已依法删除，内容却还在",
                        "values.json: an entry says that %s, entry %s, “%s” was erased, but it is still there", *place)
        elif "withheld" not in row and _digest(row) != digest:
            yield Fault("values.json：%s 第 %s 条“%s”与封存的摘要不符，被改过",
                        "values.json: %s, entry %s, “%s” does not fit its sealed digest; it was altered", *place)
    for place in sorted(bound):
        yield Fault("values.json：缺少 %s 第 %s 条“%s”", "values.json: %s, entry %s, “%s” is missing", *place)


def _digest(row):
    return hashlib.sha256(bytes.fromhex(row["salt"]) + row["value"].encode()).hexdigest()


def evidence_fits(reader):
    """Every file that an entry attached is here, by the hash in that entry."""
    called = collections.defaultdict(list)
    for name in reader.dossier.names:
        called[name.rpartition(".")[0]].append(name)
    for entry in reader.entries:
        if entry.told["verb"] != "attached":
            continue
        name = f"files/{entry.seq:04}"
        found = called[name]
        if len(found) != 1:
            yield Fault("第 %s 条所附材料（%s）不在案卷里",
                        "the file that entry %s attached (%s) is not in the dossier", entry.seq, name)
        elif not _fits(reader.dossier, found[0], entry.data):
            yield Fault("%s 不是第 %s 条所附的那一份，被换过",
                        "%s is not the file that entry %s attached; it was exchanged", found[0], entry.seq)


def holdings_join(reader):
    """Spans in order; none overlaps, and each begins with an entry that is here."""
    before = ""
    for number, span in enumerate(reader.holdings, 1):
        if not before <= span["since"] < span["until"] or not 0 < span["seq"] <= len(reader.entries):
            yield Fault("holdings.json 第 %s 段与前一段重叠，或没有起头的条目",
                        "holdings.json: span %s overlaps the one before, or begins with no entry", number)
        before = span["until"]


def entries_included(reader):
    """Every entry of the case, the asking and the taking are leaves of the tree that the checkpoint signs."""
    proofs, checkpoint = reader.proofs, reader.checkpoint
    if proofs["size"] != checkpoint.size or set(proofs) - {"witnessed"} != {"size", "entries", "office"}:
        yield Fault("proofs.json 不是检查点（checkpoint.txt）那棵树的证明",
                    "proofs.json is not of the tree of checkpoint.txt")
    for member, entries in (("entries", reader.entries), ("office", reader.office)):
        given = proofs[member]
        if len(given) != len(entries):
            yield Fault("proofs.json 的证明数与 %s.jsonl 的条数不同",
                        "proofs.json proves another number of entries than %s.jsonl holds", member)
        for entry, proof in zip(entries, given):  # noqa: B905 - strict needs 3.10; the lengths were compared
            if not _is_proved(entry, proof, checkpoint):
                yield Fault("%s 第 %s 条：其证明（proofs.json）通不到检查点（checkpoint.txt）的树根",
                            "%s, entry %s: its proof (proofs.json) does not lead to the root of checkpoint.txt",
                            entry.member, entry.seq)


def _is_proved(entry, proof, checkpoint):
    path = [bytes.fromhex(each) for each in proof["path"]]
    return (
        set(proof) == {"seq", "index", "path"} and proof["seq"] == entry.seq
        and all(len(each) == 32 for each in path) and [each.hex() for each in path] == proof["path"]
        and root_by(proof["index"], checkpoint.size, leaf(entry.seal), path) == checkpoint.root
    )


def checkpoint_signed(reader):
    """By the key of the reader, or else of the file; and it continues the checkpoint that witnesses signed."""
    key, checkpoint = reader.given_key or reader.key, reader.checkpoint
    if key.text != reader.key.text:
        yield Fault("key.txt 不是您给的公钥", "key.txt is not the key that you gave")
    for name, id_, signature in checkpoint.signatures:
        if (name, id_) != (key.name, key.id) or not is_signed(key.raw, checkpoint.text, signature):
            yield Fault("checkpoint.txt 上的签名 %s+%s 不是公钥（key.txt）%s+%s 所签",
                        "the signature %s+%s on checkpoint.txt is not by the key (key.txt) %s+%s",
                        name, id_, key.name, key.id)
    if reader.is_witnessed or "witnessed" in reader.proofs:
        yield from _continues(reader.witnessed, checkpoint, reader.proofs["witnessed"])
    for witness in reader.witnesses:
        if not (seen_by(witness, reader) if reader.is_witnessed else ()):
            yield Fault("witnessed.txt 缺失，或上面没有见证方 %s+%s 的见证签名",
                        "witnessed.txt is missing, or bears no cosignature by the witness %s+%s",
                        witness.name, witness.id)


def _continues(witnessed, checkpoint, hashes):
    path = [bytes.fromhex(each) for each in hashes]
    if [each.hex() for each in path] != hashes or not all(len(each) == 32 for each in path) or not is_continued(
            witnessed.size, checkpoint.size, witnessed.root, checkpoint.root, path):
        yield Fault("checkpoint.txt 的树并非接续 witnessed.txt 的树，或接续证明（proofs.json）不对",
                    "the tree of checkpoint.txt does not continue that of witnessed.txt, or the proof of it "
                    "(proofs.json) is wrong")


def seen_by(witness, reader):
    """The times at which this witness signed witnessed.txt (C2SP tlog-cosignature: over the time and the text)."""
    times = []
    for name, id_, signature in reader.witnessed.signatures:
        if (name, id_) != (witness.name, witness.id):
            continue
        at = int.from_bytes(signature[:8], "big")
        message = b"cosignature/v1\ntime %d\n" % at + reader.witnessed.text
        if not is_signed(witness.raw, message, signature[8:]):
            raise Fault("witnessed.txt 上见证方 %s+%s 的见证签名不成立",
                        "the cosignature by the witness %s+%s on witnessed.txt does not hold", name, id_)
        times.append(at)
    return times


CHECKS = (
    (files_fit, "每个文件与清单一致，不多不少", "every file is as the manifest says, none missing, none added",
     "凭 manifest.json 里的 SHA-256；清单凭第 2 项。",
     "Rests on the SHA-256s in manifest.json, which rests on check 2."),
    (manifest_fits, "清单是取走时封存的那一份", "the manifest is the one sealed when the dossier was taken",
     "凭 office.jsonl 里“取走案卷”一条；该条凭第 7 项。",
     "Rests on the entry of the taking in office.jsonl, which rests on check 7."),
    (entries_chain, "条目齐全，首尾相接，各有其印记",
     "entries without a gap, each sealed together with the one before it",
     "彼此相接，凭 SHA-256；就是当时封存的那些，凭第 7、8 项；取走时到此为止，凭营商办在“取走案卷”一条里的话。",
     "Order: SHA-256. That these were sealed then: checks 7 and 8. That there were no more: the word of the office."),
    (values_fit, "旁存的内容与封存的摘要一致", "values kept beside the entries fit their sealed digests",
     "凭每个值自己的盐和条目里的摘要；条目凭第 3 项。",
     "Rests on each value's own salt and on the digest in its entry, which rests on check 3."),
    (evidence_fits, "附件是当时所附的那一份", "evidence files are those that were attached",
     "凭附件条目里的 SHA-256；条目凭第 3 项。",
     "Rests on the SHA-256 in the entry that attached each, which rests on check 3."),
    (holdings_join, "在手时段前后不重叠", "holdings do not overlap",
     "时段由营商办从条目算出；这里只查衔接，不重算。",
     "The office computed the holdings from the entries; here they are only held against each other."),
    (entries_included, "每一条都在检查点的树里", "every entry is in the tree of the checkpoint",
     "凭 RFC 6962 的包含证明和检查点的树根；树根凭第 8 项。",
     "Rests on RFC 6962 inclusion proofs and the root in the checkpoint, which rests on check 8."),
    (checkpoint_signed, "检查点的签名成立", "the checkpoint is signed",
     "凭 Ed25519 签名和所用的公钥，见下。",
     "Rests on Ed25519 and on the key, see below."),
)


def faults_of(check, reader):
    """All that a check finds, also where it cannot be carried to its end."""
    found = []
    try:
        for fault in check(reader):
            found.append(fault)
    except Fault as fault:
        found.append(fault)
    except UNREADABLE as error:
        found.append(Fault("%s：内容残缺，这一项查不下去（%s）",
                           "%s: not as it should be; this cannot be checked further (%s)",
                           READS[check], type(error).__name__))
    return found


# What a check reads and so may stumble over.
READS = {
    files_fit: "manifest.json", manifest_fits: "manifest.json, office.jsonl",
    entries_chain: "entries.jsonl, office.jsonl", values_fit: "values.json, entries.jsonl, office.jsonl",
    evidence_fits: "entries.jsonl", holdings_join: "holdings.json, entries.jsonl",
    entries_included: "proofs.json, checkpoint.txt", checkpoint_signed: "checkpoint.txt, key.txt, witnessed.txt",
}


# --- the telling -----------------------------------------------------------------------------------------------------


def introduce(teller, reader):
    manifest, by = reader.manifest, reader.manifest["taken_by"]
    teller.say("案卷 %s，由 %s（%s，%s）于 %s（UTC）取走", "Dossier of %s, taken by %s (%s, %s) at %s",
               manifest["case"], by["name"], by["username"], by["unit"], reader.taken.told["at"])


def conclude(teller, reader):
    """Which trust is left, whatever the checks say."""
    checkpoint, key = reader.checkpoint, reader.given_key or reader.key
    teller.say("凭什么相信，信到哪里", "What this rests on, and how far it goes")
    teller.say("- 检查点：%s，树大小 %s，树根 %s。", "- Checkpoint: %s, tree size %s, root %s.",
               checkpoint.origin, checkpoint.size, base64.b64encode(checkpoint.root).decode())
    teller.say("- 手上若有另行保存的检查点，树大小相同的，比一比树根：相同，则连持有签名密钥的人也没有改写过。",
               "- If you keep a checkpoint of the same size from elsewhere, compare the roots: where they are the "
               "same, not even the holder of the signing key has rewritten anything.")
    if reader.given_key:
        teller.say("- 公钥是您给的：%s", "- The key is the one you gave: %s", key.text)
    else:
        teller.say("- 公钥取自案卷本身：%s。这只说明案卷自相一致；"
                   "能伪造全卷的人，也能换上自己的公钥。请用另行取得的公钥再查一遍（--key）。",
                   "- The key came with the dossier: %s. That shows only that the dossier agrees with itself: whoever "
                   "forges all of it can put in a key of his own. Check again with the key had elsewhere (--key).",
                   key.text)
    if reader.is_witnessed:
        tell_witnessed(teller, reader)
    teller.say("- 共 %s 条。取走以后有没有新条目，案卷说不了。",
               "- %s entries. Whether any were added after the taking, a dossier cannot say.", len(reader.entries))
    withheld = sum(entry.is_withheld for entry in reader.entries)
    if withheld:
        teller.say("- %s 条因列有取卷人无权查看的件而不附：只有序号、印记和证明，内容未核。",
                   "- %s entries are withheld, since they name a case that is not for whoever took this: number, seal "
                   "and proof are here, their content is not checked.", withheld)
    if reader.masked or reader.erased:
        teller.say("- %s 项已隐去，%s 项已依法删除：封存的摘要在，内容未核。",
                   "- %s values are masked, %s were erased: their sealed digests are here, their content is not "
                   "checked.",
                   reader.masked, reader.erased)
    teller.say("- account.html、papers/、holdings.json 是营商办据条目写成的："
               "保证取走后未改，不保证写得对；不一致的，以条目为准。",
               "- account.html, papers/ and holdings.json were written by the office from the entries: unaltered since "
               "the taking, not proved right; where they differ, the entries count.")
    teller.say("- 本程序随案卷而来。不放心的，用别处取得的 verify.py，或照所引标准另写一个。",
               "- This program came with the dossier. If in doubt use a verify.py had elsewhere, or write one from the "
               "standards it names.")


def tell_witnessed(teller, reader):
    """How much of it somebody else has seen, and when."""
    witnessed = reader.witnessed
    covered = sum(proof["index"] < witnessed.size for proof in reader.proofs["entries"])
    for witness in reader.witnesses:
        for at in seen_by(witness, reader):
            teller.say("- 见证方 %s 于 UTC %s 见过树大小为 %s 的检查点：本卷 %s 条在内，"
                       "此后连持有签名密钥的人也改写不了。所用公钥是您给的：%s",
                       "- The witness %s saw at %s UTC a checkpoint of tree size %s: %s of these entries are in it, "
                       "and not even the holder of the signing key could rewrite them since. His key is the one you "
                       "gave: %s", witness.name, stamp(at), witnessed.size, covered, witness.text)
    if not reader.witnesses:
        teller.say("- witnessed.txt 是外部见证方签过的检查点，树大小 %s，本卷 %s 条在内；"
                   "要核其签名，用 --witness 给出向见证方取得的公钥。",
                   "- witnessed.txt is a checkpoint that witnesses outside have signed, tree size %s, with %s of these "
                   "entries in it; to check that, give the key had from the witness with --witness.",
                   witnessed.size, covered)


def stamp(at):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)) if at < 2**37 else str(at)


def list_entries(teller, reader):
    texts = {}
    for row in reader.values:
        if row["stream"] == reader.manifest["case"]:
            texts.setdefault(row["seq"], []).append((row["key"], row.get("value", "—")))
    for entry in reader.entries:
        told = entry.told
        if entry.is_withheld:
            print(f"{entry.seq:4}  —  {entry.seal}")
            continue
        print(f"{entry.seq:4}  {told['at']}  {told['actor']}  {told['words'].get('verb', told['verb'])}  {entry.seal}")
        for key, value in texts.get(entry.seq, ()):
            print(f"      {key}: " + value.replace("\n", "\n        "))


def tell(part, *given):
    """A part of the telling; what cannot be read has been a fault of its check."""
    try:
        part(*given)
    except (Fault, *UNREADABLE):
        pass
    print()


def main():
    options = _options()
    teller = Teller((options.lang,) if options.lang else ("zh", "en"))
    try:
        reader = Reader(Dossier(options.dossier), Key(_text_or_file(options.key)) if options.key else None,
                        [Key(_text_or_file(each), WITNESS) for each in options.witness])
    except UNREADABLE as error:
        teller.say("打不开：%s", "Cannot be opened: %s", error)
        return 1
    tell(introduce, teller, reader)
    wrong = 0
    for number, (check, zh, en, zh_rests, en_rests) in enumerate(CHECKS, 1):
        faults = faults_of(check, reader)
        wrong += len(faults)
        teller.title(number, zh, en, not faults)
        for fault in faults:
            teller.say("✗ " + fault.zh, "✗ " + fault.en, indent="   ")
        teller.say(zh_rests, en_rests, indent="   ")
    print()
    if options.entries:
        tell(list_entries, teller, reader)
    tell(conclude, teller, reader)
    if wrong:
        teller.say("结论：有 %s 处不成立，这份案卷不可采信。",
                   "Result: %s things do not hold. Do not rely on this dossier.", wrong)
        return 1
    teller.say("结论：%s 项全部成立。", "Result: all %s checks hold.", len(CHECKS))
    return 0


def _options():
    parser = argparse.ArgumentParser(description="核验一份督办案卷 / check a dossier of Duban")
    parser.add_argument("dossier", nargs="?", default=os.path.dirname(os.path.abspath(__file__)),
                        help="文件夹或 .zip / folder or .zip (default: where this program lies)")
    parser.add_argument("--key", help="另行取得的核验公钥或其文件 / verifier key had elsewhere, or its file")
    parser.add_argument("--witness", metavar="KEY", action="append", default=[],
                        help="见证方的公钥或其文件，可给多个 / key of a witness, or its file; may be repeated")
    parser.add_argument("--entries", action="store_true", help="列出全部条目 / list every entry")
    parser.add_argument("--lang", choices=("zh", "en"), help="只用一种语言 / one language only")
    return parser.parse_args()


def _text_or_file(given):
    if os.path.isfile(given):
        with open(given, encoding="utf-8") as source:
            return source.read()
    return given


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that knows no Chinese must not stop the check
            stream.reconfigure(errors="replace")
    sys.exit(main())
