"""A form that came after its session had ended: the page carries what was typed, to be sent again after signing in."""

from flask import request

from app.extensions import db
from app.web import speech


def fields() -> list[tuple[str, str]]:
    """What was typed, in its order; files cannot be carried and are chosen again."""
    return [(name, value) for name, values in request.form.lists() if name != "csrf_token" for value in values]


def can_carry() -> bool:
    """Everything but the forms of signing in, whose secrets are typed anew."""
    if (request.endpoint or "").startswith("sessions."):
        return False
    return request.method == "POST" and not request.headers.get("HX-Request") and bool(fields())


def page(*, signed_in: bool):
    db.session.rollback()
    shown = speech.render("pages/resend.html", action=request.full_path.rstrip("?"), fields=fields(),
                          signed_in=signed_in, has_files=bool(request.files))
    return shown, 400 if signed_in else 401
