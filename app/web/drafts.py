"""What is being typed is kept: by the page now and then, and by the button where there are no scripts."""

from flask import Blueprint, abort, redirect, request

from app.domain import drafts
from app.extensions import db
from app.web import access, forms, htmx, speech
from app.web.forms import text_of

blueprint = Blueprint("drafts", __name__)
NOT_KEPT = ("csrf_token", "seen", "step", "back")


@blueprint.post("/drafts/<path:form>")
def create(form: str):
    if len(form) > 80:
        abort(404)
    fields = {
        key: text_of(value)[:20_000] for key, value in request.form.items()
        if key not in NOT_KEPT and not key.startswith("supports-") and value
    }
    if parts := forms.supports("supports", request.form):
        fields["supports"] = parts
    access.begin_writing()
    drafts.keep(db.session, access.officer().id, form, fields, at=access.now())
    access.commit()
    if htmx.is_htmx():
        return speech.render("fragments/saved.html", at=access.now())
    return redirect(request.referrer if _is_ours(request.referrer) else "/", 303)


def _is_ours(address: str | None) -> bool:
    return bool(address) and address.startswith(request.host_url)
