"""The broom: what is past its time goes, whole days and lots at a time; what is not stays, whatever runs twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from app import pruning
from app.domain import accesses
from app.domain.accesses import Access
from app.domain.settings import KEPT, Setting
from app.extensions import db


@pytest.fixture
def kept(app):
    """Put accesses so many days back, sweep, and say how far back each of those left is."""

    def sweep(*days: float, decided: int | None = None) -> list[int]:
        now = datetime.now(UTC)
        with app.app_context():
            db.session.connection(execution_options={"write": True})
            db.session.execute(insert(Access), [accesses.row("read", at=now - timedelta(days=back)) for back in days])
            if decided:
                db.session.add(Setting(name=KEPT, value=str(decided), basis="x", since=now, set_by="secadmin"))
            db.session.commit()
            while pruning.one():
                pass
            found = db.session.scalars(select(Access.at).where(Access.kind == "read").order_by(Access.at)).all()
            db.session.remove()
        return [(now - at).days for at in found]

    return sweep


def test_six_months_are_kept_and_what_is_older_goes(kept):
    assert kept(1, 100, 183, 184, 186, 400) == [184, 183, 100, 1], "the day that the 184th day back falls on is kept"


def test_a_longer_time_that_was_decided_holds(kept):
    assert kept(1, 186, 364, 367, decided=365) == [364, 186, 1]


def test_it_says_in_the_log_how_many_went_and_runs_twice_without_harm(app, kept, monkeypatch):
    monkeypatch.setattr(pruning, "LOT", 2)
    kept(200, 201, 202, 1)
    with app.app_context():
        assert not pruning.waits() and not pruning.one()
        said = db.session.scalars(select(Access.detail).where(Access.kind == "pruned")).all()
        left = db.session.scalar(select(func.count()).select_from(Access).where(Access.kind == "read"))
        db.session.remove()
    assert said == ["2", "1"] and left == 1
