"""Answering HTMX with a fragment and everybody else with the page around the same fragment."""

import htmx_flask
from flask import make_response, redirect

from app.web import speech


def is_htmx() -> bool:
    return bool(htmx_flask.request.htmx)


def render(page: str, fragment: str | None = None, /, code: int = 200, **context):
    """The fragment for HTMX, else the whole page; both from the same context."""
    template = fragment if fragment and is_htmx() else page
    response = make_response(speech.render(template, **context), code)
    response.vary.add("HX-Request")
    return response


def see(url: str):
    """Go and look: 303 for a browser, the same by header for HTMX."""
    return htmx_flask.make_response("", 204, redirect=url) if is_htmx() else redirect(url, 303)
