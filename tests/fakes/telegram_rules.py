"""The rules by which Telegram refuses a message, as the published server and its library have them."""

import json
import re
from typing import Any

TEXT_LIMIT, CAPTION_LIMIT, TOKEN_LIMIT, MOST_BUTTONS = 4096, 1024, 64, 100
# telegram-bot-api, Client::get_formatted_text
SOURCE_LIMIT = 1 << 15

_TAGS = frozenset(
    "b strong i em u ins s strike del tg-spoiler span a tg-emoji code pre blockquote".split()  # noqa: SIM905
)
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[^\s<>/]*)(?P<rest>[^<>]*)>")
_ENTITY = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]{1,6})|#(?P<number>[0-9]{1,7})|(?P<name>lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

Keyboard = tuple[tuple[tuple[str, str], ...], ...]


class Refused(Exception):
    """Telegram does not take the call."""

    def __init__(self, status: int, description: str, *, retry_after: int = 0) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad(description: str) -> Refused:
    """Return a refusal with status 400."""
    return Refused(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> str:
    """Return what a person reads; refused if it is not the HTML that Telegram knows."""
    shown: list[str] = []
    opened: list[str] = []
    at = 0
    while at < len(source):
        if source[at] == "<":
            at = _tag(source, at, opened)
        elif source[at] == "&" and (entity := _ENTITY.match(source, at)):
            shown.append(_decoded(entity))
            at = entity.end()
        else:
            shown.append(source[at])
            at += 1
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1]}\"")
    return "".join(shown)


def _tag(source: str, at: int, opened: list[str]) -> int:
    offset = len(source[:at].encode("utf-8", "surrogatepass"))
    tag = _TAG.match(source, at)
    if tag is None:
        raise bad(f"can't parse entities: Unclosed start tag at byte offset {offset}")
    name = tag["name"].lower()
    if not tag["close"]:
        if name not in _TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
        opened.append(name)
    elif not opened:
        raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset}")
    elif name not in {"", expected := opened.pop()}:
        raise bad(
            f"can't parse entities: Unmatched end tag at byte offset {offset},"
            f' expected "</{expected}>", found "</{name}>"'
        )
    return tag.end()


def _decoded(entity: re.Match[str]) -> str:
    if entity["name"]:
        return _NAMED[entity["name"]]
    code = int(entity["hex"], 16) if entity["hex"] else int(entity["number"])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else entity.group()


def read_text(fields: dict[str, Any], name: str) -> str:
    """Return the text or caption of a call as it will be shown."""
    source = str(fields.get(name, ""))
    if len(source.encode("utf-8", "surrogatepass")) > SOURCE_LIMIT:
        raise bad("text is too long")
    if any("\ud800" <= character <= "\udfff" for character in source):
        raise bad("strings must be encoded in UTF-8")
    shown = (parse_html(source) if fields.get("parse_mode") == "HTML" else source).strip()
    if name == "text" and not shown:
        raise bad("message text is empty")
    if units(shown) > (TEXT_LIMIT if name == "text" else CAPTION_LIMIT):
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return shown


def read_keyboard(fields: dict[str, Any]) -> Keyboard:
    """Return rows of label and token."""
    markup = fields.get("reply_markup")
    if not markup:
        return ()
    rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", [])
    keyboard = tuple(
        tuple((str(button["text"]), str(button.get("callback_data", ""))) for button in row) for row in rows
    )
    buttons = [button for row in keyboard for button in row]
    if any(not label.strip() for label, _ in buttons):
        raise bad("Text buttons are unallowed in the inline keyboard")
    if any(not 0 < len(token.encode()) <= TOKEN_LIMIT for _, token in buttons):
        raise bad("BUTTON_DATA_INVALID")
    if len(buttons) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return keyboard
