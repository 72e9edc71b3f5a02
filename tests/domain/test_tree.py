"""The stored tree: from the queue and from nowhere else, each seal once, at a cost that follows what is new."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain import merkle, tree
from app.domain.trail import Unsequenced
from app.domain.tree import Leaf, Tile

LAWS = settings(max_examples=12, derandomize=True, deadline=None,
                suppress_health_check=[HealthCheck.function_scoped_fixture])
ALL = 10**9


def queue(session: Session, count: int, stream: str = "S") -> None:
    start = session.scalar(select(func.count()).select_from(Leaf)) + tree.waiting(session)
    session.execute(insert(Unsequenced), [
        {"stream": stream, "seq": seq, "seal": hashlib.sha256(f"{stream}/{seq}".encode()).hexdigest()}
        for seq in range(start + 1, start + count + 1)])


def leaves(session: Session) -> list[tuple]:
    return session.execute(select(Leaf.position, Leaf.stream, Leaf.seq, Leaf.seal).order_by(Leaf.position)).all()


def grown(session: Session, size: int) -> bytes:
    """The root by the leaves alone."""
    found = merkle.Growing()
    found.add(merkle.leaf_hash(bytes.fromhex(leaf.seal)) for leaf in leaves(session)[:size])
    return found.root


@pytest.fixture(autouse=True)
def nothing_waits(request):
    """The cast's own entries are taken in first, so that tests count from a known tree."""
    if "session" in request.fixturenames:
        request.getfixturevalue("session").execute(text("DELETE FROM unsequenced"))


@contextmanager
def hearing(session: Session):
    said, engine = [], session.get_bind().engine

    def hear(_connection, _cursor, statement, parameters, _context, _many):
        said.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    yield said
    event.remove(engine, "before_cursor_execute", hear)


# --- what it holds ---------------------------------------------------------------------------------------------------


def test_an_empty_tree_has_no_leaves_and_the_root_of_nothing(session):
    assert (tree.size(session), tree.root(session, 0), tree.take_in(session, ALL)) == (0, merkle.EMPTY, 0)


@LAWS
@given(lots=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_it_is_the_tree_over_its_leaves_however_they_came(session, lots):
    with session.begin_nested() as savepoint:
        for lot in lots:
            queue(session, lot)
            assert tree.take_in(session, ALL) == lot
        size = sum(lots)
        assert tree.size(session) == size and tree.waiting(session) == 0
        for older in {1, lots[0], size // 2 or 1, size}:
            assert tree.root(session, older) == grown(session, older)
        savepoint.rollback()


@LAWS
@given(size=st.integers(1, 700), data=st.data())
def test_its_proofs_are_believed(session, size, data):
    index, older = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    with session.begin_nested() as savepoint:
        queue(session, size)
        tree.take_in(session, ALL)
        root, read = tree.root(session, size), tree.Reader(session).read
        leaf = merkle.leaf_hash(bytes.fromhex(leaves(session)[index].seal))
        assert merkle.is_included(leaf, index, size, merkle.inclusion(read, index, size), root)
        assert merkle.is_consistent(older, size, tree.root(session, older), root,
                                    merkle.consistency(read, older, size))
        savepoint.rollback()


def test_each_stream_keeps_its_order_and_lots_do_not_mix_it(session):
    for stream in ("B", "A"):
        session.execute(insert(Unsequenced), [{"stream": stream, "seq": seq, "seal": f"{seq:064x}"}
                                              for seq in (3, 1, 2, 5, 4)])
    while tree.take_in(session, 3):
        pass
    for stream in ("A", "B"):
        assert [leaf.seq for leaf in leaves(session) if leaf.stream == stream] == [1, 2, 3, 4, 5]
    assert [leaf.position for leaf in leaves(session)] == list(range(10))


# --- one sequencer, and what happens to it ---------------------------------------------------------------------------


def test_who_is_killed_before_the_commit_has_neither_lost_nor_doubled_anything(engine):
    with Session(engine) as session:
        session.connection(execution_options={"write": True})
        waiting = tree.waiting(session)
        assert tree.take_in(session, 10) == 10
        session.rollback()
        assert (tree.size(session), tree.waiting(session)) == (0, waiting)


def test_many_sequencers_at_once_take_each_seal_in_once(engine):
    with Session(engine) as session:
        waiting = tree.waiting(session)

    def sequence(_number) -> int:
        taken = 0
        while True:
            with Session(engine) as session:
                session.connection(execution_options={"write": True})
                lot = tree.take_in(session, 7)
                session.commit()
            if not lot:
                return taken
            taken += lot

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(sequence, range(6))) == waiting
    with Session(engine) as session:
        assert tree.waiting(session) == 0
        assert [leaf.position for leaf in leaves(session)] == list(range(waiting))
        assert len({(leaf.stream, leaf.seq) for leaf in leaves(session)}) == waiting
        assert tree.root(session, waiting) == grown(session, waiting)


# --- what it costs ---------------------------------------------------------------------------------------------------


def cost(session: Session) -> tuple[int, int]:
    """Statements of sealing 1,000, and bytes that they write into tiles."""
    queue(session, 1_000)
    with hearing(session) as said:
        assert tree.take_in(session, ALL) == 1_000
    written = sum(len(value) for statement, given in said if "tiles" in statement and "SELECT" not in statement
                  for value in (given.values() if isinstance(given, dict) else given) if isinstance(value, bytes))
    return len(said), written


def test_sealing_costs_what_is_new_and_a_proof_a_few_tiles_not_what_is_there(session):
    queue(session, 1_100)
    tree.take_in(session, ALL)
    few = cost(session)
    queue(session, 66_900)
    tree.take_in(session, ALL)
    many = cost(session)
    assert many[0] <= few[0] + 4, "a tile of one more level is read and written"
    assert many[1] <= few[1] + 3 * 8192
    for proof in (merkle.inclusion, merkle.consistency):
        with hearing(session) as said:
            proof(tree.Reader(session).read, 12_345, 70_000)
        assert len(said) <= 2 * 3, "two tiles of each level"
    assert widths(session) == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}, "the example of tlog-tiles"
    assert tree.root(session, 70_000) == grown(session, 70_000)


def widths(session: Session) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for level, hashes in session.execute(select(Tile.level, Tile.hashes).order_by(Tile.level, Tile.no)):
        found.setdefault(level, []).append(len(hashes) // 32)
    return found


def test_what_sealing_keeps_at_hand_it_gives_back(session):
    """On SQLite: the pages of a large index, which would else be read and written several times in one transaction."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps pages for all")
    usual = session.scalar(text("PRAGMA cache_size"))
    queue(session, 10)
    with hearing(session) as said:
        assert tree.take_in(session, ALL) == 10 and tree.take_in(session, ALL) == 0
    assert [statement for statement, _ in said if statement.startswith("PRAGMA cache_size =")] == [
        f"PRAGMA cache_size = -{tree.CACHE}", f"PRAGMA cache_size = {usual}"] * 2
    assert session.scalar(text("PRAGMA cache_size")) == usual


# --- the database's own refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [
    "UPDATE leaves SET seal = 'x' WHERE position = 3", "DELETE FROM leaves WHERE position = 3",
    "UPDATE tiles SET hashes = substr(hashes, 33) WHERE level = 0 AND no = 0",
    "UPDATE tiles SET level = 7 WHERE level = 0 AND no = 0", "DELETE FROM tiles WHERE level = 0",
])
def test_what_stands_in_the_tree_cannot_be_changed(session, statement):
    queue(session, 300)
    tree.take_in(session, ALL)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))
    assert tree.root(session, 300) == grown(session, 300)


def test_what_stands_in_the_tree_cannot_be_replaced_or_truncated(session):
    queue(session, 300)
    tree.take_in(session, ALL)
    statements = ["TRUNCATE leaves", "TRUNCATE tiles", "TRUNCATE checkpoints CASCADE"]
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA recursive_triggers = OFF"))  # as on a stranger's connection
        statements = [
            "INSERT OR REPLACE INTO leaves VALUES (3, 'X', 1, 'x')",
            "INSERT OR REPLACE INTO leaves VALUES (9999, 'S', 1, 'x')",
            "INSERT OR REPLACE INTO tiles (level, no, hashes) VALUES (0, 0, x'00')",
        ]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA recursive_triggers = ON"))
