"""How far each copy that follows the tree has come: a mark a copy, moved in the transaction that copies.

Such a copy may be thrown away: it is made again from the leaves, and what its mark has not reached is read from the
trails themselves.
"""

from collections.abc import Callable

from sqlalchemy import Integer, bindparam, func, insert, select, union_all, update
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base
from app.domain.trail import Unsequenced
from app.domain.tree import Leaf

HOLDINGS, TRACES = 1, 2


class Mark(Base):
    """How many leaves of the tree a copy has followed, and by which definition."""

    __tablename__ = "span_marks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    size: Mapped[int]
    rule: Mapped[int]


def begin(connection, copy: int, rule: int, *, forget: Callable[[], object] = lambda: None) -> int:
    """How far a copy has come; from nothing, after `forget`, where it follows another definition. Locks out whoever
    follows with the same copy."""
    mark = connection.execute(_MARK.with_for_update(), {"copy": copy}).first()
    if mark is None:
        connection.execute(insert(Mark.__table__), {"id": copy, "size": 0, "rule": rule})
        return 0
    if mark.rule != rule:
        forget()
        connection.execute(update(Mark.__table__).where(Mark.id == copy).values(size=0, rule=rule))
        return 0
    return mark.size


def reach(connection, copy: int, size: int) -> None:
    """So many leaves are in the copy now."""
    connection.execute(_MOVE, {"copy": copy, "to": size})


def size(connection, copy: int, rule: int) -> int | None:
    """How many leaves a copy by this definition has followed; None where there is no such copy."""
    mark = connection.execute(_MARK, {"copy": copy}).first()
    return mark.size if mark is not None and mark.rule == rule else None


def newer(copy: int):
    """The entries that a copy has not reached, as a table of `stream` and `seq`."""
    reached = select(Mark.size).where(Mark.id == copy).scalar_subquery()
    return union_all(
        select(Unsequenced.stream, Unsequenced.seq),
        select(Leaf.stream, Leaf.seq).where(Leaf.position >= func.coalesce(reached, 0)),
    ).subquery("newer")


_MARK = select(Mark.size, Mark.rule).where(Mark.id == bindparam("copy"))
_MOVE = update(Mark.__table__).where(Mark.id == bindparam("copy")).values(size=bindparam("to"))
