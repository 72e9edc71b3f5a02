"""The ledger as a file, as far as this officer may see it; taking it away is an entry."""

import hashlib
import tempfile
from datetime import date
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, abort, request

from app.domain import checkpoints
from app.domain.errors import Moved, Refused
from app.domain.files import CHUNK
from app.extensions import db
from app.office import exports
from app.papers import tables, xlsx
from app.web import access, filters, floor, porter, words
from app.web.imports import XLSX
from app.web.speech import gettext as _
from workflows.grammar import N_

blueprint = Blueprint("exports", __name__)
TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@blueprint.post("/exports")
def create():
    """Written to a file first: what cannot be exported is refused before the first byte is sent."""
    officer, format = access.officer(), request.form.get("format", "xlsx")
    if not (officer.sees_every_case or officer.units):
        abort(403)
    if format not in TYPES:
        raise Refused(N_("Please choose one of these."), field="format")
    wanted = filters.read(dict(parse_qsl(request.form.get("query", ""))))
    reading = exports.Reading(officer, wanted, access.register(), access.now(), words.record_words())
    _as_of_one_moment()
    out = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last byte is sent
    try:
        with floor.aside():
            count = _write(out, format, reading, filters.written(wanted))
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256").hexdigest()
        access.begin_writing()
        if access.officer() != officer:
            raise Moved(N_("Your posts have changed in the meantime; please begin again."))
        exports.record(db.session, reading, format=format, count=count, sha256=sha256,
                       said=filters.written(wanted, q="…" if wanted.q else ""))
        porter.record("export", detail=f"{format} · {count}")
        access.commit()
    except BaseException:
        out.close()
        raise
    return sent(out, format, name="ledger", title=_("Ledger"), on=reading.today)


def _write(out, format: str, reading: exports.Reading, said: str) -> int:
    heads, last = exports.heads(db.session, reading), checkpoints.latest(db.session)
    try:
        return tables.write(
            out, format, heads=heads, rows=exports.rows(db.session, reading, heads), title="台账",
            widths=exports.HEADS, code=last and last.note,
            manifest=lambda count: exports.explained(
                exports.manifest(reading, count=count, said=said, checkpoint=last), reading.words),
        )
    except xlsx.DoesNotFit as cut:
        raise Refused(N_("Row %(row)s, %(head)s: %(length)s characters do not fit into a cell of .xlsx; export as "
                         ".csv."), row=cut.row, head=cut.head, length=cut.length) from None


def _as_of_one_moment() -> None:
    """All that is read from here on is of the same moment; on SQLite every transaction is so by itself."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def sent(out, format: str, *, name: str, title: str, on: date) -> Response:
    """A file that was written, under a name of the day in both alphabets; it is closed when the last byte is sent."""
    size = out.seek(0, 2)
    out.seek(0)
    response = Response(iter(lambda: out.read(CHUNK), b""), content_type=TYPES[format], direct_passthrough=True)
    response.call_on_close(out.close)
    full = quote(f"{title}-{on:%Y%m%d}.{format}")
    response.headers["Content-Disposition"] = (
        f"attachment; filename={name}-{on:%Y%m%d}.{format}; filename*=UTF-8''{full}")
    response.headers["Content-Length"] = str(size)
    response.headers["Cache-Control"] = "private, no-store"
    return response
