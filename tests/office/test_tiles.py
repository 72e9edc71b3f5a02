"""The tree as files: a client that knows only C2SP tlog-tiles rebuilds the signed root from them."""

from hashlib import sha256

import pytest
from sqlalchemy import text

from app.domain import keys
from app.domain.errors import Refused
from app.office import sealing, tiles
from tests.domain.strangers import checked
from tests.domain.test_merkle import mth

ORIGIN = "city.example/trail"


@pytest.fixture
def key():
    return keys.new(ORIGIN)


def seal(office, key):
    while sealing.take_in(office.session):
        pass
    return sealing.sign(office.session, [key], at=office.now, words=str)


def written(no: int) -> str:
    """The number of a tile, as the specification spells it."""
    digits = f"{no:0{-(-len(str(no)) // 3) * 3}d}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def read(folder, kind: str, size: int) -> list[bytes]:
    found = []
    for no in range(-(-size // 256)):
        width = min(256, size - no * 256)
        found.append((folder / "tile" / kind / (written(no) + ("" if width == 256 else f".p/{width}"))).read_bytes())
    return found


def leaves(folder, size: int) -> list[bytes]:
    found = []
    for bundle in read(folder, "entries", size):
        while bundle:
            length = int.from_bytes(bundle[:2])
            found.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    return found


def queue(session, count: int) -> None:
    """Seals without entries, so that there are several tiles."""
    session.execute(text("INSERT INTO unsequenced (stream, seq, seal) VALUES (:stream, :seq, :seal)"), [
        {"stream": "S", "seq": seq, "seal": sha256(f"{seq}".encode()).hexdigest()} for seq in range(count)])


def test_a_stranger_rebuilds_the_signed_root_from_the_files(office, key, tmp_path):
    queue(office.session, 600)
    seal(office, key)
    tiles.export(office.session, tmp_path)
    origin, size, root, _ = checked((tmp_path / "checkpoint").read_text(), str(key.verifier))
    found = leaves(tmp_path, size)
    assert origin == ORIGIN and len(found) == size > 600 and {len(leaf) for leaf in found} == {32}
    assert mth(found) == root
    assert b"".join(read(tmp_path, "0", size)) == b"".join(sha256(b"\0" + leaf).digest() for leaf in found)
    above = [mth(found[at * 256 : (at + 1) * 256]) for at in range(size // 256)]
    assert b"".join(read(tmp_path, "1", size // 256)) == b"".join(above)


def test_only_what_is_new_is_written_and_nothing_that_is_full_is_touched(office, key, tmp_path):
    queue(office.session, 600)
    seal(office, key)
    first = tiles.export(office.session, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    office.file()
    seal(office, key)
    again = tiles.export(office.session, tmp_path)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert {path for path in before if after[path] != before[path]} == {tmp_path / "checkpoint"}
    assert again == 3 < first, "the partial tile and bundle that grew, and the checkpoint"
    assert tiles.export(office.session, tmp_path) == 1


def test_the_files_of_another_tree_are_not_written_over(office, key, tmp_path):
    with pytest.raises(Refused, match="no checkpoint yet"):
        tiles.export(office.session, tmp_path)
    seal(office, key)
    (tmp_path / "checkpoint").write_text(keys.signed(f"{ORIGIN}\n1\n{'A' * 43}=\n", [key]))
    with pytest.raises(Refused, match="another tree"):
        tiles.export(office.session, tmp_path)
    assert not (tmp_path / "tile").exists()


@pytest.mark.parametrize(("no", "width", "path"), [
    (0, 256, "000"), (999, 256, "999"), (1000, 256, "x001/000"), (1234067, 256, "x001/x234/067"),
    (273, 112, "273.p/112"),
])
def test_tiles_are_called_as_the_specification_calls_them(no, width, path):
    assert tiles.path(no, width) == path
