"""Notices: what waits for a signature, the register, one paper, and what its readers do with it."""

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request, url_for
from sqlalchemy import select

from app.domain import notices
from app.domain.cases import Case, may_see
from app.domain.clocks import TimeNode
from app.domain.errors import Refusal, Refused
from app.domain.notices import ACTS, FORMS, STATES, VERDICTS, Notice
from app.extensions import db
from app.office import ladder
from app.office import notices as office
from app.papers import docx, texts
from app.web import access, forms, htmx, slips, words
from app.web.forms import text_of
from app.web.refusals import code_of
from app.web.speech import gettext as _
from app.web.words import told

blueprint = Blueprint("notices", __name__)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE, MOST = 25, 100
LAST = 2**31 - 1
FIELDS = {"reply": ("text",), "judge": ("verdict", "opinion"), "withdraw": ("reason",), "remark": ("text",)}


@dataclass(frozen=True)
class Wanted:
    """The register's filters, as the address says them."""

    state: str
    form: str
    unit: int | None
    after: int | None


@blueprint.get("/notices")
def index():
    _for_readers()
    return _index()


@blueprint.get("/notices/new")
def new():
    """A paper about chosen time nodes; the form that fits the longest delay is proposed."""
    _for_supervisors()
    return _new(_chosen(request.args.getlist("node")))


@blueprint.post("/notices")
def create():
    _for_supervisors()
    access.begin_writing()
    nodes = _chosen(request.form.getlist("node"))
    try:
        notice = office.prepare(db.session, request.form.get("form", ""), nodes,
                                requirement=text_of(request.form.get("requirement")) or "", **_by())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _new(_chosen(request.form.getlist("node")), refusal)
    return htmx.see(url_for("notices.show", id=notice.id))


@blueprint.post("/notices/signatures")
def sign():
    """Many papers with one press; each by itself, so that one that was moved meanwhile holds up no other."""
    signed, refused = 0, {}
    for id in request.form.getlist("notice")[:MOST]:
        number = forms.count_of(id)
        seen = forms.count_of(request.form.get(f"seen-{id}"))
        access.begin_writing()
        notice = _found(number, to_write=True)
        try:
            office.sign(db.session, notice, seen=seen or 0, **_by())
            access.commit()
            signed += 1
        except Refusal as refusal:
            db.session.rollback()
            refused[number] = told(refusal)
    return _index(signed=signed, refused=refused, code=422 if refused else 200)


@blueprint.get("/notices/<int:id>")
def show(id: int):
    return _show(_found(id))


@blueprint.get("/notices/<int:id>/paper.docx")
def paper(id: int):
    """The same paper for the printer, laid out by GB/T 9704-2012."""
    notice, out = _found(id), BytesIO()
    docx.write(slips.paper(notice), out)
    unit = access.register().people.units[notice.unit_id].short
    name = quote(f"{slips.notice_number(notice)} {unit}.docx")
    return Response(out.getvalue(), mimetype=DOCX, headers={
        "Content-Disposition": f"attachment; filename=notice-{id}.docx; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-store",
    })


@blueprint.post("/notices/<int:id>/acts")
def act(id: int):
    """What a reader does with the paper is an entry of its cases."""
    name = request.form.get("act", "")
    if name not in (*ACTS, "remark"):
        abort(404)
    access.begin_writing()
    notice = _found(id, to_write=True)
    given = {field: text_of(request.form.get(field)) or "" for field in FIELDS.get(name, ())}
    if name != "remark":
        given["seen"] = forms.count_of(request.form.get("seen")) or 0
    try:
        getattr(office, name)(db.session, notice, **given, **_by())
        access.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _show(_found(id), refusal=refusal, act=name)
    if htmx.is_htmx():
        return _show(_found(id))
    return redirect(url_for("notices.show", id=id), 303)


def _index(*, signed: int = 0, refused=None, code: int = 200):
    actor, wanted = access.officer(), _wanted()
    connection = db.session.connection()
    query = notices.listed().where(notices.visible_to(actor)).order_by(Notice.id.desc()).limit(PAGE + 1)
    if wanted.state:
        query = query.where(Notice.state == wanted.state)
    if wanted.form:
        query = query.where(Notice.form == wanted.form)
    if wanted.unit:
        query = query.where(Notice.unit_id == wanted.unit)
    if wanted.after:
        query = query.where(Notice.id < wanted.after)
    rows = connection.execute(query).all()
    waiting = notices.waiting(db.session, actor, MOST)
    subjects = notices.subjects_of(db.session, [row.id for row in (*rows[:PAGE], *waiting)])
    return htmx.render(
        "pages/notices/index.html", "fragments/notices/rows.html", rows=rows[:PAGE], waiting=waiting, wanted=wanted,
        after=rows[PAGE - 1].id if len(rows) > PAGE else None, subjects=subjects, signed=signed,
        refused=refused or {}, notice_forms=FORMS, states=STATES, units=forms.living_units(), code=code,
    )


def _show(notice: Notice, *, refusal=None, act: str | None = None):
    actor = access.officer()
    acts = [ACTS[name] for name in ACTS if office.may(notice, name, actor)]
    return htmx.render(
        "pages/notices/show.html", "fragments/notices/panel.html", notice=notice, form=FORMS[notice.form],
        lines=texts.lines(slips.paper(notice)), subjects=_readable(notice), acts=acts,
        limit=notices.limit(db.session, notice.id),
        verdicts=VERDICTS, may_remark=_may_remark(notice), refused=act,
        refusal=told(refusal) if refusal else None, code=code_of(refusal) if refusal else 200,
    )


def _readable(notice: Notice) -> list:
    """The cases of a paper, each with its title only for who may see the case."""
    rows = notices.subjects(db.session, notice.id)
    seen = select(Case.id).where(Case.id.in_([row.case_id for row in rows]), may_see(access.officer()))
    visible = set(db.session.scalars(seen))
    return [(row, row.case_id in visible) for row in rows]


def _may_remark(notice: Notice) -> bool:
    return notice.issued_at is not None and access.officer().has("leader")


def _new(nodes, refusal: Refused | None = None):
    if not nodes:
        return redirect(url_for("overdue.index"), 303)
    register, today = access.register(), access.today()
    late = max(register.calendar.between(node.due_on, today) if node.due_on else 0 for _case, node in nodes)
    fitting = [form for form in FORMS.values() if _after(form, nodes[0], register) <= max(late, 1)]
    asked = request.values.get("form", "")
    chosen = asked if asked in FORMS else (fitting[-1] if fitting else FORMS["urge"]).name
    typed = request.form.get("requirement")
    return htmx.render(
        "pages/notices/new.html", nodes=nodes, unit=register.people.units[nodes[0][1].unit_id], notice_forms=FORMS,
        chosen=chosen, requirement=typed if typed is not None else _(ladder.REQUIREMENTS[chosen]),
        said=notices.of_cases(db.session, [case.id for case, _node in nodes]),
        refusal=told(refusal) if refusal else None, field=getattr(refusal, "field", None),
        code=code_of(refusal) if refusal else 200,
    )


def _after(form, chosen, register) -> int:
    case, node = chosen
    step = register.ladder.of(case.kind, on=node.started_on).get(form.level)
    return step.after if step else LAST


def _chosen(ids: list[str]) -> list[tuple[Case, TimeNode]]:
    numbers = [number for id in ids[:MOST] if (number := forms.count_of(id)) and number <= LAST]
    query = (
        select(Case, TimeNode).join(TimeNode, TimeNode.case_id == Case.id)
        .where(TimeNode.id.in_(numbers), may_see(access.officer())).order_by(TimeNode.due_on, TimeNode.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def _wanted() -> Wanted:
    people, args = access.register().people, request.args
    unit = people.by_code.get(args.get("unit", ""))
    after = forms.count_of(args.get("after"))
    state, form = args.get("state", ""), args.get("form", "")
    return Wanted(state if state in STATES else "", form if form in FORMS else "", unit.id if unit else None,
                  after if after and after <= LAST else None)


def _found(id: int | None, *, to_write: bool = False) -> Notice:
    if id is None or id > LAST:
        abort(404)
    return notices.find(db.session, id, access.officer(), to_write=to_write) or access.missing("notice", id)


def _by() -> dict:
    return {"by": access.officer(), "at": access.now(), "words": words.record_words(), "register": access.register()}


def _for_readers() -> None:
    actor = access.officer()
    if not (actor.sees_every_case or actor.units):
        abort(403)


def _for_supervisors() -> None:
    if not access.officer().has("supervisor", "dispatcher"):
        abort(403)
