"""A stranger's reading of signed notes and checkpoints, written from the specifications alone (C2SP signed-note and
tlog-checkpoint, RFC 8032): it shares no line and no library with what it checks."""

from base64 import b64decode
from hashlib import sha256, sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def recovered(raw: bytes):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert not (x * x - square) % P and y < P, "not a point"
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = recovered(bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(sha512(r + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(recovered(r), times(k, recovered(public)))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def checked(note: str, *keys: str) -> tuple[str, int, bytes, int]:
    """Origin, size, root, and how many of these verifier keys have signed it; refuses by falling over."""
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    assert lines.endswith("\n")
    known = {}
    for key in keys:
        name, id, encoded = key.split("+", 2)
        raw = b64decode(encoded)
        assert raw[0] == 1 and len(raw) == 33
        assert sha256(name.encode() + b"\x0a" + raw).hexdigest()[:8] == id
        known[name, bytes.fromhex(id)] = raw[1:]
    good = 0
    for line in lines[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        assert dash == "\u2014"
        raw = b64decode(encoded)
        if (name, raw[:4]) in known:
            assert is_signed(known[name, raw[:4]], text.encode(), raw[4:])
            good += 1
    assert good, "nobody known has signed it"
    origin, size, root = text.split("\n")[:3]
    return origin, int(size), b64decode(root), good


def witnessed(note: str, key: str) -> list[int]:
    """The times at which the witness of this key says to have seen the checkpoint; a line of his that is not good makes
    it fall over (C2SP tlog-cosignature)."""
    text, lines = note.rsplit("\n\n", 1)
    name, id, encoded = key.split("+", 2)
    raw, found = b64decode(encoded), []
    assert raw[0] == 4 and sha256(name.encode() + b"\x0a" + raw).hexdigest()[:8] == id
    for line in lines.splitlines():
        _, who, signed = line.split(" ")
        blob = b64decode(signed)
        if (who, blob[:4].hex()) == (name, id):
            time = int.from_bytes(blob[4:12], "big")
            assert is_signed(raw[1:], f"cosignature/v1\ntime {time}\n{text}\n".encode(), blob[12:])
            found.append(time)
    return found
