"""The verifier that goes along with a dossier: whatever is turned, taken out, put in or forged, it names it."""

import ast
import importlib.util
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.papers.packages import PARTS, canonical
from tests.conftest import switch
from tests.papers.handmade import CASE, KEY, PDF, Handmade, Key, seal, sealed, value
from tests.witnesses import Witness

PROGRAM = PARTS / "verify.py"


@pytest.fixture(scope="module")
def verify():
    found = importlib.util.spec_from_file_location("verify", PROGRAM)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def laid_out(tmp_path):
    """Lay members out in an empty folder."""
    def lay(members: dict[str, bytes]) -> Path:
        folder = tmp_path / "dossier"
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in members.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    return lay


@pytest.fixture
def faults(verify):
    """What the program says of these members, in English."""
    class InMemory(verify.Dossier):
        def __init__(self, members: dict[str, bytes]):
            self.members, self.names, self.zip = members, sorted(members), None

        def open(self, name: str):
            if name not in self.members:
                raise FileNotFoundError(name)
            return BytesIO(self.members[name])

    def found(members: dict[str, bytes], key=None, witnesses=()) -> list[str]:
        reader = verify.Reader(InMemory(members), verify.Key(str(key)) if key else None,
                               [verify.Key(each.key, verify.WITNESS) for each in witnesses])
        return [fault.en for check, *_said in verify.CHECKS for fault in verify.faults_of(check, reader)]

    return found


@pytest.fixture(scope="module")
def members():
    return Handmade().packed()


def run(folder: Path, *arguments: str):
    return subprocess.run([sys.executable, "-I", "verify.py", *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=60, env={"PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"})


def test_it_runs_alone_and_says_in_both_languages_that_all_holds(members, laid_out):
    ran = run(laid_out(members))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "结论：8 项全部成立。" in ran.stdout and "Result: all 8 checks hold." in ran.stdout
    assert f"案卷 {CASE}，由 孟繁（auditor，市审计局）" in ran.stdout
    assert "1 项已隐去，1 项已依法删除" in ran.stdout and "这只说明案卷自相一致" in ran.stdout
    assert ran.stdout.count("[成立]") == ran.stdout.count("[holds]") == 8


def test_it_says_on_which_trust_each_check_rests(verify, members, laid_out):
    ran = run(laid_out(members), "--lang", "en", "--key", str(KEY))
    assert not re.search("[一-鿿]", ran.stdout.partition("\n")[2]), "one language only, but for names"
    for _check, _zh, en, _zh_rests, en_rests in verify.CHECKS:
        assert en in ran.stdout and en_rests in ran.stdout
    assert f"The key is the one you gave: {KEY}" in ran.stdout


def test_it_lists_every_entry_when_asked(members, laid_out):
    ran = run(laid_out(members), "--entries", "--lang", "zh")
    assert all(seal(raw) in ran.stdout for raw in Handmade().entries)
    assert "title: 厂房联合验收\n        四个月" in ran.stdout and "张三" not in ran.stdout


def test_it_needs_nothing_but_the_standard_library_of_python_3_8():
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    assert imported <= set(sys.stdlib_module_names) and "socket" not in imported and "urllib" not in imported


def test_a_zip_is_checked_without_unpacking(members, tmp_path, laid_out):
    folder = laid_out(members)
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as out:
        for name, content in members.items():
            out.writestr(name, content)
    assert run(folder, str(tmp_path / "whole.zip")).returncode == 0
    raw = bytearray((tmp_path / "whole.zip").read_bytes())
    raw[raw.index(b"secret plans")] ^= 1
    (tmp_path / "whole.zip").write_bytes(raw)
    ran = run(folder, str(tmp_path / "whole.zip"))
    assert ran.returncode == 1 and "files/0003.pdf" in ran.stdout


def test_what_cannot_be_opened_is_said(members, laid_out, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK no")
    ran = run(laid_out(members), str(tmp_path / "no.zip"))
    assert ran.returncode == 1 and "打不开" in ran.stdout and ran.stderr == ""
    (tmp_path / "empty").mkdir()
    shutil.copy(PROGRAM, tmp_path / "empty")
    ran = run(tmp_path / "empty")
    assert ran.returncode == 1 and "manifest.json" in ran.stdout and ran.stderr == ""


def test_any_changed_byte_in_any_member_is_found_and_named(members, faults):
    """Every byte of the checkpoint and the key, with DUBAN_WEIGH of the manifest too; of the rest that many."""
    chance, silent = random.Random(4), []
    most = {"manifest.json": 5000 if switch("DUBAN_WEIGH") else 400, "checkpoint.txt": 5000, "key.txt": 5000,
            "proofs.json": 150, "office.jsonl": 150}
    for name, content in members.items():
        places = chance.sample(range(len(content)), min(len(content), most.get(name, 25)))
        for place in places:
            turned = bytearray(content)
            turned[place] ^= 1 << chance.randrange(8)
            if not any(name in each for each in faults(members | {name: bytes(turned)})):
                silent.append((name, place))
    assert silent == []


def test_any_member_left_out_is_named_and_so_is_any_put_in(members, faults):
    for name in members:
        assert any(name in each for each in faults({key: raw for key, raw in members.items() if key != name})), name
    assert faults(members | {"files/0004.pdf": PDF}) == ["files/0004.pdf is not in the manifest"]
    assert faults(members | {"TS-2026-0001.zip": b"the zip it came in"}) == []


def test_bytes_put_in_front_or_behind_are_found(members, faults):
    for name, content in members.items():
        for touched in (content + b"\n", b" " + content, content[:-1], content + b"\0"):
            assert any(name in each for each in faults(members | {name: touched})), name


def repacked(change) -> dict[str, bytes]:
    """An office that holds the key but not the truth: changed before it was sealed and signed."""
    made = Handmade()
    change(made)
    return made.packed()


@pytest.mark.parametrize(("change", "said"), [
    (lambda made: made.entries.pop(2), "entries.jsonl, entry 3"),
    (lambda made: made.entries.insert(2, made.entries[2]), "entries.jsonl, entry 4"),
    (lambda made: made.entries.reverse(), "entries.jsonl, entry 1"),
    (lambda made: made.entries.__setitem__(1, sealed(CASE, 2, "stepped", seal(made.entries[0]), step="x")),
     "entries.jsonl, entry 3: does not follow"),
    (lambda made: made.values.__setitem__(0, value(1, "title", "别的")), "“title” does not fit its sealed digest"),
    (lambda made: made.values.pop(0), "entry 1, “title” is missing"),
    (lambda made: made.values.append(value(2, "title", "x")), "no entry binds TS-2026-0001, entry 2"),
    (lambda made: made.values[2].update(withheld="erased"), "“name” is gone, and no entry says"),
    (lambda made: made.values.__setitem__(3, value(4, "progress", "在办")), "“progress” was erased, but it is still"),
    (lambda made: made.files.clear(), "the file that entry 3 attached (files/0003) is not in the dossier"),
    (lambda made: made.files.update({"files/0003.pdf": b"%PDF no"}), "files/0003.pdf is not the file that entry 3"),
    (lambda made: made.spans.reverse(), "holdings.json: span 2"),
], ids=lambda each: each if isinstance(each, str) else "")
def test_what_was_changed_before_it_was_sealed_is_found_too(change, said, faults):
    assert any(said in each for each in faults(repacked(change)))


def test_an_entry_may_be_withheld_but_not_lost_moved_or_exchanged(members, faults, laid_out):
    def withheld(change=lambda told: None) -> dict[str, bytes]:
        made = Handmade()
        told = {"seal": seal(made.entries[1]), "seq": 2, "withheld": True}
        change(told)
        made.shown = [made.entries[0], json.dumps(told, separators=(",", ":")).encode(), *made.entries[2:]]
        return made.packed()

    assert faults(withheld()) == []
    ran = run(laid_out(withheld()), "--entries", "--lang", "en")
    assert ran.returncode == 0 and "1 entries are withheld" in ran.stdout and seal(Handmade().entries[1]) in ran.stdout
    for change in (lambda told: told.update(seal=seal(b"another")), lambda told: told.update(seq=3),
                   lambda told: told.update(seal="x"), lambda told: told.update(seal=None)):
        assert any("entries.jsonl" in each for each in faults(withheld(change)))


def test_a_value_is_masked_by_hiding_it_and_never_by_changing_it(members, faults):
    assert faults(members) == []
    assert faults(repacked(lambda made: made.values.__setitem__(1, value(1, "complainant.name", "张三")))) == []
    assert faults(repacked(lambda made: made.values.__setitem__(1, value(1, "complainant.name", "李四")))) != []


def test_a_whole_forgery_with_a_key_of_its_own_holds_only_against_its_own_key(faults):
    forged = Handmade(Key(KEY.name, bytes([1]) * 32)).packed()
    assert faults(forged) == [], "which is why the program says what that shows"
    found = faults(forged, key=KEY)
    assert found[0] == "key.txt is not the key that you gave" and "checkpoint.txt" in found[1]


def witnessed(by: Witness, seen: int, change=lambda made: None) -> dict[str, bytes]:
    made = Handmade()
    made.witness, made.seen = by, seen
    change(made)
    return made.packed()


def test_what_a_witness_signed_is_continued_by_the_checkpoint_and_checked_where_his_key_is_given(members, faults,
                                                                                              laid_out):
    witness, other = Witness(), Witness("other.example/w", bytes([1]) * 32)
    for seen in range(1, 13):
        assert faults(witnessed(witness, seen)) == faults(witnessed(witness, seen), KEY, [witness]) == []
    package = witnessed(witness, 7)
    assert "no cosignature by the witness other.example/w" in faults(package, KEY, [witness, other])[0]
    assert "no cosignature by the witness" in faults(members, KEY, [witness])[0]
    ran = run(laid_out(package), "--lang", "en")
    assert ran.returncode == 0 and "witnessed.txt is a checkpoint that witnesses outside have signed" in ran.stdout
    ran = run(laid_out(package), "--lang", "en", "--witness", witness.key)
    assert ran.returncode == 0 and "saw at 2026-09-10 00:26:40 UTC a checkpoint of tree size 7: 4 of" in ran.stdout
    assert f"one you gave: {witness.key}" in ran.stdout.replace("\n", " ").replace("  ", "")
    assert run(laid_out(package), "--witness", str(KEY)).returncode == 1, "no key of a witness"


def test_what_does_not_continue_what_a_witness_signed_is_found(members, faults):
    witness = Witness()
    package = witnessed(witness, 7)
    note = package["witnessed.txt"].decode()
    ours = range(note.encode().index(b"\n\n") + 2, note.encode().rindex("— ".encode()))  # which proves nothing here
    for name in ("witnessed.txt", "proofs.json"):
        for place in range(0, len(package[name]), 1 if name == "witnessed.txt" else 7):
            if name == "witnessed.txt" and place in ours:
                continue
            turned = bytearray(package[name])
            turned[place] ^= 1 << place % 7
            assert faults(package | {name: bytes(turned)}, KEY, [witness]) != [], (name, place)
    for seen in (1, 6, 8, 12):
        other = witnessed(witness, seen)
        assert any("does not continue" in each for each in faults(package | {"witnessed.txt": other["witnessed.txt"]}))
        assert any("does not continue" in each for each in faults(package | {"proofs.json": other["proofs.json"]}))
    assert any("witnessed.txt" in each for each in faults(members | {"witnessed.txt": note.encode()}))
    left = {name: raw for name, raw in package.items() if name != "witnessed.txt"}
    assert any("witnessed.txt" in each for each in faults(left))
    for wrong in (note + witness.line("another\n", 5), witness.under(note, 2**64 - 1)[:-9] + "AAAAAAA=\n"):
        touched = package | {"witnessed.txt": wrong.encode()}
        assert faults(touched) == [] and "does not hold" in faults(touched, KEY, [witness])[0]
    rebuilt = witnessed(witness, 7, lambda made: made.entries.__setitem__(0, sealed(CASE, 1, "filed", "")))
    assert any("does not continue" in each for each in faults(rebuilt | {"witnessed.txt": package["witnessed.txt"]}))


def test_consistency_is_proved_for_every_size_of_every_small_tree_and_for_no_other(verify):
    from tests.papers.handmade import consistency, root

    leaves = [sha256(bytes([n])).digest() for n in range(20)]
    tops = [None, *(root(leaves[:size]) for size in range(1, len(leaves) + 1))]
    for size in range(1, len(leaves) + 1):
        for older in range(1, size + 1):
            proof = consistency(older, leaves[:size])
            held = [at for at in range(1, len(tops)) if verify.is_continued(at, size, tops[at], tops[size], proof)]
            assert held == [older]
            assert not verify.is_continued(older, size, tops[older], tops[size], [*proof, tops[older]])


def test_the_parts_of_two_true_dossiers_do_not_mix(members, faults):
    other = Handmade(others=4).packed()
    for name in ("office.jsonl", "proofs.json", "checkpoint.txt"):
        if other[name] != members[name]:
            assert faults(members | {name: other[name]}) != [], name
    assert other["proofs.json"] != members["proofs.json"]


def test_what_is_hostile_in_shape_is_a_fault_and_no_crash(members, laid_out, faults):
    shapes = [b"", b"null\n", b"[]\n", b"{}\n", b"[" * 100_000, b'{"members": 1}\n', b"\xff\xfe", b"1" * 10_000,
              canonical({"members": {"../../etc/passwd": {"sha256": 1, "size": None}}}), canonical([1, "x", None])]
    for name in ("manifest.json", "values.json", "proofs.json", "office.jsonl", "checkpoint.txt", "key.txt"):
        for shape in shapes:
            assert any(name in each for each in faults(members | {name: shape})), (name, shape[:20])
        ran = run(laid_out(members | {name: b"[" * 100_000}), "--entries")
        assert (ran.returncode, ran.stderr) == (1, "") and name in ran.stdout


def test_ed25519_agrees_with_another_implementation(verify):
    chance = random.Random(8032)
    for length in (0, 1, 2, 63, 64, 1000):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), chance.randbytes(length)
        signature = private.sign(message)
        assert verify.is_signed(key, message, signature)
        assert not verify.is_signed(key, message + b"x", signature)
        assert not verify.is_signed(key, message, signature[:32] + bytes(32))
        high = int.from_bytes(signature[32:], "little") + verify.L
        assert not verify.is_signed(key, message, signature[:32] + high.to_bytes(32, "little")), "S below the order"
        for place in range(64):
            turned = bytearray(signature)
            turned[place] ^= 1 << chance.randrange(8)
            assert not verify.is_signed(key, message, bytes(turned))


@pytest.mark.parametrize(("key", "message", "signature"), [  # RFC 8032, 7.1
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     ("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")),
])
def test_ed25519_agrees_with_the_vectors_of_its_standard(verify, key, message, signature):
    given = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify.is_signed(*given)
    assert not verify.is_signed(given[0], given[1] + b"\0", given[2])


def test_inclusion_is_proved_for_every_leaf_of_every_small_tree_and_for_no_other_place(verify):
    from tests.papers.handmade import path, root

    leaves = [sha256(bytes([n])).digest() for n in range(33)]
    for size in range(1, len(leaves) + 1):
        top = root(leaves[:size])
        for index in range(size):
            proof, leaf = path(index, leaves[:size]), verify.leaf(leaves[index].hex())
            assert verify.root_by(index, size, leaf, proof) == top
            assert [at for at in range(-1, size + 2) if verify.root_by(at, size, leaf, proof) == top] == [index]
            assert verify.root_by(index, size, leaf, [*proof, top]) != top


def test_the_same_json_written_otherwise_is_found(members, faults):
    for name in ("manifest.json", "proofs.json"):
        told = json.loads(members[name])
        for touched in (json.dumps(told), json.dumps(told, indent=1, sort_keys=True, ensure_ascii=True) + "\n\n"):
            assert any(name in each for each in faults(members | {name: touched.encode()}))
