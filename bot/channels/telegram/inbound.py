"""Turn an update of Telegram into an event: whatever arrives is taken, ignored with a reason, or refused.

The envelope is checked here before the library sees it, since the library checks no types at all. And it sees only
what is used: a kind of attachment or a field it has not learnt yet must not cost anybody an answer.
"""

import json
import re
from dataclasses import replace
from typing import Any, NoReturn

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, User
from telegram.constants import ChatType

from bot.channels.telegram.html import cleaned
from bot.core.errors import RequestRefused
from bot.core.events import Blocked, InboundContent, MessageReceived, Opened, Said, Tapped, Unblocked, Unreadable
from bot.core.messages import Address
from bot.ports import Parsed

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")

_UPDATE_IDS = range(2**63)
_LONGEST_TEXT = 4096
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,64})(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_USED = ("message_id", "date", "chat", "from", "text")
# An animation is a document too, and a venue a location: the telling name comes first.
_KINDS = (
    "sticker",
    "photo",
    "voice",
    "audio",
    "video",
    "video_note",
    "animation",
    "document",
    "contact",
    "venue",
    "location",
    "poll",
    "dice",
    "game",
    "story",
)


class _Ignored(Exception):
    """The update asks nothing of us; the reason is for the log and quotes nothing."""


def read_body(body: bytes) -> dict[str, Any]:
    """Return the update in a webhook's body; RequestRefused when it is none."""
    try:
        raw = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or update_id(raw) is None:
        raise RequestRefused("The request holds no update.", 400)
    return raw


def _no_number(_name: str) -> NoReturn:
    raise ValueError


def update_id(raw: object) -> int | None:
    """Return the id of an update, or None if it has none that could be one."""
    found = raw.get("update_id") if isinstance(raw, dict) else None
    # A bool is an int to Python, and not to Telegram.
    return found if type(found) is int and found in _UPDATE_IDS else None


def read_update(raw: dict[str, Any], bot_id: str) -> Parsed:
    """Return the event an update stands for, or why there is none."""
    key = f"{CHANNEL}:{bot_id}:{update_id(raw)}"
    try:
        return Parsed(events=(_event(raw, key),))
    except _Ignored as reason:
        return Parsed(ignored=(str(reason),))
    except Exception:
        # The library checks no types, and raises whatever a wrong one leads to.
        return Parsed(ignored=("a field of the wrong type",))


def _event(raw: dict[str, Any], key: str) -> MessageReceived:
    kind = next((kind for kind in ALLOWED_UPDATES if raw.get(kind) is not None), None)
    if kind is None:
        raise _Ignored("a kind of update we have no use for")
    content: dict[str, Any] = raw[kind]
    if kind == "message":
        sent = next((kind for kind in _KINDS if content.get(kind)), None)
        return _message(Message.de_json({name: content[name] for name in _USED if name in content}), sent, key)
    if kind == "callback_query":
        # Of the bubble that was tapped only its chat and number are used; the library would build all of it.
        query = CallbackQuery.de_json({name: value for name, value in content.items() if name != "message"})
        return _tap(query, content.get("message"), key)
    return _membership(ChatMemberUpdated.de_json(content), key)


def _message(message: Message, sent: str | None, key: str) -> MessageReceived:
    chat, person = _private(message.chat), _person(message.from_user)
    if message.text is not None:
        content = _words(_text(message.text))
    elif sent is not None:
        content = Unreadable(sent)
    else:
        raise _Ignored("a message that says nothing")
    return replace(_received(key, chat, person, content), message_id=_id_of(message))


def _id_of(message: Message) -> str | None:
    # An answer counts, whatever its number looks like.
    return str(message.message_id) if type(message.message_id) is int and message.message_id > 0 else None


def _words(text: str) -> InboundContent:
    command = _COMMAND.fullmatch(text)
    if command is None:
        return Said(text)
    name, rest = command["name"], (command["rest"] or "").strip()
    if name.lower() == "start":
        return Opened(rest)
    return Said(f"/{name} {rest}".rstrip())


def _tap(query: CallbackQuery, bubble: Any, key: str) -> MessageReceived:
    person = _person(query.from_user)
    notice = _text(query.id)
    # Without data it is none of our buttons; the core will say so, and the button stops spinning.
    token = "" if query.data in {None, ""} else _text(query.data)
    if not isinstance(bubble, dict):
        raise _Ignored("a tap outside of a chat")
    chat = _private(Chat.de_json(bubble["chat"]))
    tapped = Tapped(token, str(_number(bubble["message_id"])))
    return _received(key, chat, person, tapped, notice)


def _membership(change: ChatMemberUpdated, key: str) -> MessageReceived:
    chat, person = _private(change.chat), _person(change.from_user)
    match change.new_chat_member.status:
        case ChatMember.BANNED:
            return _received(key, chat, person, Blocked())
        case ChatMember.MEMBER:
            return _received(key, chat, person, Unblocked())
    raise _Ignored("a change of membership we have no use for")


def _received(key: str, chat: str, person: User, content: InboundContent, notice: str | None = None) -> MessageReceived:
    language = person.language_code
    hint = language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None
    return MessageReceived(key, Address(CHANNEL, chat), content, hint, notice)


def _private(chat: Chat) -> str:
    """Return the id of a chat with one person. In groups and channels the bot is silent, whatever is said there."""
    if chat.type != ChatType.PRIVATE:
        raise _Ignored("a group or a channel")
    return str(_number(chat.id))


def _person(sender: User | None) -> User:
    if sender is None:
        raise _Ignored("no sender")
    if sender.is_bot is not False:
        raise _Ignored("another bot")
    return sender


def _number(value: object) -> int:
    if type(value) is not int or value <= 0 or value not in _UPDATE_IDS:
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return cleaned(value)[:_LONGEST_TEXT]
