"""The web door: access, forms, words, and one resource a file."""

from flask import Flask

from app.web import (
    access,
    accesses,
    assets,
    assignments,
    attached,
    boards,
    calendar,
    cases,
    covering,
    delivery,
    desk,
    dossiers,
    drafts,
    exports,
    feeds,
    files,
    filing,
    floor,
    health,
    holdings,
    imports,
    influences,
    ladder,
    language,
    lines,
    lookbacks,
    looks,
    notices,
    officers,
    overdue,
    phrases,
    porter,
    reasons,
    records,
    refusals,
    rehearsal,
    rules,
    sessions,
    settings,
    slips,
    speech,
    steps,
    trail,
    units,
    uploads,
    verifications,
    views,
    words,
)

ROOMS = (
    calendar, rules, influences, ladder, reasons,
    sessions, language, desk, filing, cases, records, drafts, views, steps, assignments, attached, files, trail,
    verifications, overdue, notices, lookbacks, looks, units, holdings, officers, imports, uploads, exports, delivery,
    feeds, health, dossiers, accesses, settings,
)

__all__ = ["assets", "floor", "install", "words"]


def install(app: Flask) -> None:
    access.install(app)
    porter.install(app)
    speech.install(app)
    words.install(app)
    phrases.install(app)
    covering.install(app)
    lines.install(app)
    slips.install(app)
    boards.install(app)
    rehearsal.install(app)
    refusals.install(app)
    feeds.install(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
