"""Saved views of the ledger: kept under a name, and thrown away again."""

from urllib.parse import parse_qsl

from flask import Blueprint, abort, redirect, request
from sqlalchemy import select

from app.domain import texts
from app.domain.views import View
from app.extensions import db
from app.web import access, filters

blueprint = Blueprint("views", __name__)


@blueprint.post("/views")
def create():
    name = texts.required(request.form.get("name"), field="name", longest=40)
    query = filters.written(filters.read(dict(parse_qsl(request.form.get("query") or ""))))
    texts.sound(query, field="query", longest=500)
    access.begin_writing()
    mine = select(View).where(View.officer_id == access.officer().id, View.name == name)
    if (found := db.session.scalar(mine)) is not None:
        found.query = query
    else:
        db.session.add(View(officer_id=access.officer().id, name=name, query=query))
    access.commit()
    return redirect(f"/cases?{query}", 303)


@blueprint.post("/views/<int:id>/removal")
def destroy(id: int):
    access.begin_writing()
    view = db.session.get(View, id)
    if view is None or view.officer_id != access.officer().id:
        abort(404)
    db.session.delete(view)
    access.commit()
    return redirect("/cases", 303)
