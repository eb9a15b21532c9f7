"""Write rich text as the HTML that Telegram reads. Values are text already; here they are only escaped."""

import re
from html import escape

from bot.core.rich_text import RichText, Span

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")


def cleaned(text: str) -> str:
    """Return the text without what no database and no provider takes: NUL and halves of surrogate pairs."""
    return _UNSENDABLE.sub("\ufffd", text)


def render(text: RichText) -> str:
    """Return the text as HTML; every `<` that is a tag was made here."""
    return "".join(_tagged(span) for span in text)


def _tagged(span: Span) -> str:
    html = escape(cleaned(span.text), quote=False)
    if span.italic:
        html = f"<i>{html}</i>"
    return f"<b>{html}</b>" if span.bold else html
