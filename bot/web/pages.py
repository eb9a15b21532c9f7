"""Pages in the reader's language: templates, phrases, addresses of static files, and errors in plain words."""

import re
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.core.messages import Phrase, PhraseValue, Text, say, say_count
from bot.core.rich_text import FIRST_STRONG_ISOLATE, POP_ISOLATE, plain
from bot.ports import Catalogue, Translator

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_API = ("/webhooks/", "/healthz", "/readyz", "/metrics")
_ACCEPTED = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")

_ERRORS: Mapping[int, tuple[Phrase, Phrase]] = {
    400: (say("This was not understood"), say("The request has a form that we do not know.")),
    403: (say("This page is closed here"), say("The page can only be opened on the computer where it runs.")),
    404: (say("There is nothing here"), say("The address is not right, or what was here is gone.")),
    405: (say("This cannot be done here"), say("The address is right, but it is for something else.")),
    413: (say("This is too long"), say("Please send less at once.")),
    500: (say("Something failed on our side"), say("It is not your mistake. Please try again.")),
    503: (say("We cannot take this now"), say("Please try again in a few seconds.")),
}


class Pages:
    """Renders templates."""

    def __init__(self, translator: Translator, catalogue: Catalogue) -> None:
        self._translator = translator
        self._catalogue = catalogue
        self._versions = {
            path.relative_to(STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()[:12]
            for path in STATIC.rglob("*")
            if path.is_file()
        }
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "_": self._markup,
            "gettext": self._plain,
            "ngettext": self._counted,
            "static": self._static,
            "is_rtl": translator.is_rtl,
            "fresh_id": lambda: str(uuid4()),
        }

    def language(self, request: Request) -> str:
        """Return the language of the page: the one in the address, else the first that the browser accepts."""
        spoken = [language.code for language in self._catalogue.languages()]
        asked = request.query_params.get("lang", "")
        if asked in spoken:
            return asked
        wanted: list[tuple[float, str]] = [
            (-float(quality or 1), tag.lower())
            for tag, quality in _ACCEPTED.findall(request.headers.get("accept-language", "")[:500])
        ]
        for _, tag in sorted(wanted, key=lambda pair: pair[0]):
            for code in (tag, tag.partition("-")[0]):
                if code in spoken:
                    return code
        return "en"

    def say(self, text: Text, language: str) -> str:
        """Return a phrase as plain text."""
        return plain(self._translator.render(text, language))

    def fragment(self, template: str, language: str, **values: Any) -> str:
        """Return a piece of a page."""
        return str(self._templates.get_template(template).render(language=language, **values))

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a whole page in the reader's language."""
        language = self.language(request)
        html = self.fragment(template, language, languages=self._catalogue.languages(), **values)
        return HTMLResponse(html, status, headers={"Content-Language": language, "Vary": "Accept-Language"})

    def error(self, request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Return an error without anything of our inside: a page for people, a problem for programs."""
        title, remedy = _ERRORS.get(status, _ERRORS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400])
        if _wants_page(request):
            response: Response = self.page(request, "error.html", status=status, title=title, remedy=remedy)
        else:
            problem = {"type": "about:blank", "status": status, "title": title.text, "detail": remedy.text}
            response = JSONResponse(problem, status, media_type="application/problem+json")
        response.headers.update(headers or {})
        return response

    def _static(self, name: str) -> str:
        return f"/static/{name}?v={self._versions[name]}"

    @pass_context
    def _markup(self, context: Context, text: str | Text, /, **values: PhraseValue) -> Markup:
        phrase = say(text, **values) if isinstance(text, str) else text
        html = Markup()
        for span in self._translator.render(phrase, context["language"]):
            isolated = escape(span.text).replace(FIRST_STRONG_ISOLATE, Markup("<bdi>"))
            words = isolated.replace(POP_ISOLATE, Markup("</bdi>"))
            html += Markup("<strong>{}</strong>").format(words) if span.bold else words
        return html

    @pass_context
    def _plain(
        self, context: Context, text: str | Text, /, *, in_language: str | None = None, **values: PhraseValue
    ) -> str:
        phrase = say(text, **values) if isinstance(text, str) else text
        return self.say(phrase, in_language or context["language"])

    @pass_context
    def _counted(self, context: Context, singular: str, plural: str, n: int, /, **values: PhraseValue) -> str:
        return self.say(say_count(singular, plural, n, **values), context["language"])


def _wants_page(request: Request) -> bool:
    is_api = request.url.path.startswith(_API) or request.headers.get("content-type", "") == "application/json"
    return not is_api and "text/html" in request.headers.get("accept", "text/html")
