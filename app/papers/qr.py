"""Codes to scan, as small pictures."""

import io


def png(text: str) -> bytes:
    """Quiet zone included; a seventh of it may be soiled by seal, fold or fax."""
    import segno

    target = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(target, kind="png", scale=6, border=4)
    return target.getvalue()


def svg(text: str) -> str:
    """For a page: a drawing without any style of its own, wider or smaller as its frame is."""
    import segno

    return segno.make(text, error="m", boost_error=False, micro=False).svg_inline(border=4, omitsize=True)
