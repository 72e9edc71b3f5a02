"""How an answer is packed for its way: compressed where the browser takes it so."""

from flask import request
from isal import isal_zlib


def pack(response):
    if (
        response.mimetype in ("text/html", "image/svg+xml")
        and "gzip" in request.headers.get("Accept-Encoding", "")
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and response.status_code < 500
    ):
        response.set_data(gzipped(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = len(response.get_data())
    response.vary.add("Accept-Encoding")
    return response


def gzipped(body: bytes) -> bytes:
    """With the instructions that processors have for it: a seventh of the time of zlib, at most a tenth more bytes."""
    packer = isal_zlib.compressobj(2, isal_zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()
