"""The bell wakes a worker at once, by a file or by PostgreSQL, and what nobody hears is lost to nobody."""

import threading
import time
from datetime import UTC, datetime

import pytest

from app import bell, config
from app.domain import errands
from app.extensions import db
from app.web import access


@pytest.fixture(params=["file", "postgresql"])
def bells(request, tmp_path):
    """(one that is rung, one that is heard), as two processes have them."""
    if request.param == "file":
        return bell.File(tmp_path / "bell"), bell.File(tmp_path / "bell")
    server = request.getfixturevalue("postgres")
    url = server.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return bell.Postgres(url), bell.Postgres(url)


def test_it_is_heard_at_once_and_once(bells):
    rung, heard = bells
    assert heard.heard(0.05) is False
    threading.Timer(0.2, rung.ring).start()
    began = time.monotonic()
    assert heard.heard(10) is True and time.monotonic() - began < 5
    assert heard.heard(0.05) is False


def test_a_worker_that_is_told_to_stop_waits_for_no_bell(bells):
    _rung, heard = bells
    stopped = threading.Event()
    threading.Timer(0.2, stopped.set).start()
    began = time.monotonic()
    bell.wait(heard, stopped, 30)
    assert time.monotonic() - began < 10


def test_a_bell_that_cannot_be_rung_costs_nobody_his_work(app, caplog):
    kept = app.extensions["bell"]
    app.extensions["bell"] = bell.Postgres("postgresql+psycopg://nobody@127.0.0.1:9/none")
    try:
        bell.ring(app)
    finally:
        app.extensions["bell"] = kept
    assert "the bell was not rung" in caplog.text


def test_a_line_that_is_dead_is_silence_and_not_a_fall():
    silent = bell.Postgres("postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert silent.heard(0.05) is False and silent.heard(0.05) is False


def test_whoever_leaves_an_errand_by_the_web_rings(app):
    listening = bell.File(app.extensions["settings"].data / "bell")
    with app.test_request_context("/"):
        db.session.connection(execution_options={"write": True})
        access.commit()
        assert listening.heard(0) is False
        db.session.connection(execution_options={"write": True})
        errands.ask(db.session, "reproject", {}, by=None, at=datetime.now(UTC))
        access.commit()
        assert listening.heard(0) is True
        db.session.remove()


@pytest.mark.parametrize("url", ["redis://localhost", "sqlite:///x", "nonsense"])
def test_a_setting_that_it_cannot_keep_stops_the_start_with_a_sentence(url, tmp_path):
    with pytest.raises(config.Misconfigured, match="DUBAN_QUEUE_URL"):
        config.read({"DUBAN_QUEUE_URL": url, "DUBAN_DATA": str(tmp_path)})
    assert isinstance(bell.of(config.read({"DUBAN_DATA": str(tmp_path)})), bell.File)
    hung = config.read({"DUBAN_QUEUE_URL": "postgresql+psycopg://x/y", "DUBAN_DATA": str(tmp_path)})
    assert isinstance(bell.of(hung), bell.Postgres)
