"""Links as QR pictures: one to print or send, one for a terminal."""

import io

import segno

_MODULES_OF_QUIET, _PIXELS_A_MODULE = 4, 16


def qr_png(link: str) -> bytes:
    """Return a PNG that is sharp on a poster, with the quiet space scanners need."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=_PIXELS_A_MODULE, border=_MODULES_OF_QUIET)
    return picture.getvalue()


def qr_terminal(link: str) -> str:
    """Return the code in half blocks, for a terminal."""
    text = io.StringIO()
    segno.make(link, error="m", micro=False).terminal(out=text, compact=True, border=2)
    return text.getvalue()
