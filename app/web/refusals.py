"""Refusals become pages: 422, 403, 409, 404, each with its sentence."""

from flask import Flask, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.domain.errors import Moved, NotAllowed, Refusal
from app.extensions import db
from app.web import access, resending, speech
from app.web.speech import gettext as _
from app.web.words import told

_CODES = {Moved: 409, NotAllowed: 403}


def code_of(refusal: Refusal) -> int:
    return _CODES.get(type(refusal), 422)


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, lambda refusal: _page(code_of(refusal), told(refusal)))
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)


def _stale(_error: CSRFError):
    if access.is_same_origin() and resending.can_carry():
        return resending.page(signed_in=_is_signed_in())
    return _page(400, _("This form was opened in an earlier session. Go back, reload the page and send it again; what "
                        "you typed is still in the form."))


def _http(error: HTTPException):
    if error.code is None or error.code < 400:
        return error
    sentences = {
        401: _("Please sign in again."),
        403: _("This is not for your post to do."),
        404: _("There is no such page, or it is not for you to see."),
        405: _("This address does not take that."),
        413: _("What you sent is larger than this office accepts (64 MB)."),
        429: _("Please wait a moment and try again."),
    }
    return _page(error.code, sentences.get(error.code, error.name), headers=_kept(error))


def _busy(error: OperationalError):
    if "locked" not in str(error):
        raise error
    db.session.rollback()
    return _page(503, _("The ledger is busy with a large piece of work. Nothing of yours was lost or done; please try "
                        "again in a moment."))


def _kept(error: HTTPException) -> dict:
    response = error.get_response()
    return {name: value for name, value in response.headers if name in ("Allow", "Retry-After")}


def _page(code: int, sentence: str, headers=None):
    db.session.rollback()
    template = "fragments/refusal.html" if request.headers.get("HX-Request") else "pages/refusal.html"
    page = speech.render(template, code=code, sentence=sentence, signed_in=_is_signed_in())
    return page, code, headers or {}


def _is_signed_in() -> bool:
    return "_user_id" in session and current_user.is_authenticated

