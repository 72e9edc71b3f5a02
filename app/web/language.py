"""The other language, kept in a cookie of this browser."""

from flask import Blueprint, abort, redirect, request

from app.web import access
from app.web.access import public
from app.web.speech import COOKIE, LANGUAGES

blueprint = Blueprint("language", __name__)


@blueprint.get("/language/<code>")
@public
def show(code: str):
    if code not in LANGUAGES:
        abort(404)
    back = request.args.get("back", "/")
    response = redirect(back if access.is_ours(back) else "/", 303)
    response.set_cookie(COOKIE, code, max_age=400 * 86400, samesite="Lax", httponly=True, secure=request.is_secure)
    return response
