"""What people see: the chats of the fake Telegram, and a log of everything that took effect. The log is the judge."""

import itertools
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fakes.telegram_rules import Keyboard, Refused, bad, read_keyboard, read_text

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
MOST_DELETED = 100
DELETABLE_FOR = 48 * 3600
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived."""

    name: str
    content: bytes


@dataclass(slots=True)
class Shown:
    """One bubble of the bot as it stands now."""

    id: int
    text: str
    html: str
    keyboard: Keyboard = ()
    silent: bool = False
    photo: str | None = None
    document: str | None = None
    edits: int = 0
    at: float = 0.0

    def labels(self) -> list[list[str]]:
        """Return what stands on the buttons."""
        return [[label for label, _ in row] for row in self.keyboard]


@dataclass(slots=True)
class Chat:
    """A private chat with one person."""

    id: int
    messages: list[Shown] = field(default_factory=list)
    is_blocked: bool = False
    is_deactivated: bool = False
    # What the person wrote, by its id and when: it stands in the chat too, and a bot may take it away.
    written: dict[int, tuple[str, float]] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """Return what a person reads from top to bottom."""
        return [message.text for message in self.messages]

    def button(self, label: str) -> tuple[Shown, str]:
        """Return the newest bubble that shows a button with this label, and the button's token."""
        for message in reversed(self.messages):
            for row in message.keyboard:
                for shown, token in row:
                    if shown == label:
                        return message, token
        raise LookupError(f"No button says {label!r}.")


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that happened to a chat and stays so, whatever the caller was told about it."""

    method: str
    chat: int
    message_id: int
    text: str
    labels: list[list[str]]
    silent: bool
    at: float


class Chats:
    """All chats of one bot."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ids = itertools.count(1)
        self._files = itertools.count(1)
        self._chats: dict[int, Chat] = {}
        self.uploads: dict[str, Upload] = {}
        self.effects: list[Effect] = []
        self.on_effect: Callable[[dict[str, Any]], None] = lambda _: None

    def know(self, chat_id: int) -> Chat:
        """Return the chat with a person who wrote to the bot at least once."""
        return self._chats.setdefault(chat_id, Chat(chat_id))

    def next_id(self) -> int:
        """Return the id of the next message, sent or received."""
        return next(self._ids)

    def wrote(self, chat_id: int, text: str) -> int:
        """Show what a person wrote and return its id."""
        number = self.next_id()
        self.know(chat_id).written[number] = (text, self._now())
        return number

    def forget_files(self) -> None:
        """Let every file id be unknown from now on."""
        self.uploads.clear()

    def send_message(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Show a text."""
        chat = self._open(fields)
        return self._show(chat, "sendMessage", fields, Shown(0, read_text(fields, "text"), str(fields["text"])))

    def send_photo(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Show a picture, uploaded or known."""
        chat = self._open(fields)
        file_id = self._file(fields.get("photo"), is_picture=True)
        caption = read_text(fields, "caption")
        shown = Shown(0, caption, str(fields.get("caption", "")), photo=file_id)
        return self._show(chat, "sendPhoto", fields, shown) | {"photo": [_photo(file_id, 90), _photo(file_id, 800)]}

    def send_document(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Show a file."""
        chat = self._open(fields)
        file_id = self._file(fields.get("document"), is_picture=False)
        shown = Shown(0, read_text(fields, "caption"), str(fields.get("caption", "")), document=file_id)
        return self._show(chat, "sendDocument", fields, shown) | {
            "document": {"file_id": file_id, "file_unique_id": file_id}
        }

    def edit_message_text(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Change a text in its place; without a keyboard the old one goes."""
        chat = self._open(fields)
        text, keyboard = read_text(fields, "text"), read_keyboard(fields)
        shown = _to_edit(chat, fields)
        if shown.photo or shown.document:
            raise bad("there is no text in the message to edit")
        if (shown.html, shown.keyboard) == (fields["text"], keyboard):
            raise bad(_NOT_MODIFIED)
        shown.text, shown.html, shown.keyboard = text, str(fields["text"]), keyboard
        shown.edits += 1
        self._happened("editMessageText", chat, shown)
        return _message(chat, shown)

    def edit_message_reply_markup(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Change the buttons below a message of any kind, or take them away."""
        chat = self._open(fields)
        shown, keyboard = _to_edit(chat, fields), read_keyboard(fields)
        if shown.keyboard == keyboard:
            raise bad(_NOT_MODIFIED)
        shown.keyboard = keyboard
        shown.edits += 1
        self._happened("editMessageReplyMarkup", chat, shown)
        return _message(chat, shown)

    def edit_message_caption(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Change what stands below a picture or a file."""
        chat = self._open(fields)
        caption, keyboard = read_text(fields, "caption"), read_keyboard(fields)
        shown = _to_edit(chat, fields)
        if not (shown.photo or shown.document):
            raise bad("there is no caption in the message to edit")
        if (shown.html, shown.keyboard) == (fields["caption"], keyboard):
            raise bad(_NOT_MODIFIED)
        shown.text, shown.html, shown.keyboard = caption, str(fields["caption"]), keyboard
        shown.edits += 1
        self._happened("editMessageCaption", chat, shown)
        return _message(chat, shown)

    def delete_messages(self, fields: dict[str, Any]) -> bool:
        """Take messages away, the person's own too; unknown ones are passed over, one that is too old refuses all."""
        chat = self._open(fields)
        ids = fields.get("message_ids", [])
        numbers = [int(number) for number in (json.loads(ids) if isinstance(ids, str) else ids)]
        if not numbers:
            raise bad("message identifiers are not specified")
        if len(numbers) > MOST_DELETED:
            raise bad("too many message identifiers specified")
        ages = {shown.id: shown.at for shown in chat.messages} | {id_: at for id_, (_, at) in chat.written.items()}
        if any(self._now() - ages[number] > DELETABLE_FOR for number in numbers if number in ages):
            raise bad("message can't be deleted for everyone")
        for shown in [shown for shown in chat.messages if shown.id in numbers]:
            chat.messages.remove(shown)
            self._happened("deleteMessages", chat, shown)
        for number in numbers:
            chat.written.pop(number, None)
        return True

    def age(self, chat_id: int, seconds: float) -> None:
        """Let everything that stands in a chat be older."""
        chat = self.know(chat_id)
        for shown in chat.messages:
            shown.at -= seconds
        chat.written = {id_: (text, at - seconds) for id_, (text, at) in chat.written.items()}

    def _open(self, fields: dict[str, Any]) -> Chat:
        chat = self._chats.get(int(fields.get("chat_id", 0)))
        if chat is None:
            raise bad("chat not found")
        if chat.is_deactivated:
            raise Refused(403, "Forbidden: user is deactivated")
        if chat.is_blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _file(self, given: object, *, is_picture: bool) -> str:
        if isinstance(given, str):
            if given not in self.uploads:
                raise bad("wrong file identifier/HTTP URL specified")
            return given
        if not isinstance(given, Upload) or not given.content:
            raise bad("file must be non-empty")
        if is_picture and not given.content.startswith(_PICTURES):
            raise bad("IMAGE_PROCESS_FAILED")
        file_id = f"file-{next(self._files)}"
        self.uploads[file_id] = given
        return file_id

    def _show(self, chat: Chat, method: str, fields: dict[str, Any], shown: Shown) -> dict[str, Any]:
        shown.keyboard = read_keyboard(fields)
        shown.silent = fields.get("disable_notification") in {"true", True}
        shown.id, shown.at = self.next_id(), self._now()
        chat.messages.append(shown)
        self._happened(method, chat, shown)
        return _message(chat, shown)

    def _happened(self, method: str, chat: Chat, shown: Shown) -> None:
        effect = Effect(method, chat.id, shown.id, shown.text, shown.labels(), shown.silent, self._now())
        self.effects.append(effect)
        self.on_effect(asdict(effect))


def _to_edit(chat: Chat, fields: dict[str, Any]) -> Shown:
    number = int(fields.get("message_id", 0))
    shown = next((message for message in chat.messages if message.id == number), None)
    if shown is None:
        raise bad("message to edit not found")
    return shown


def _message(chat: Chat, shown: Shown) -> dict[str, Any]:
    message: dict[str, Any] = {
        "message_id": shown.id,
        "date": 1_800_000_000,
        "chat": {"id": chat.id, "type": "private", "first_name": "Ada"},
        "from": {"id": 123456, "is_bot": True, "first_name": "Teabreak", "username": "teabreak_test_bot"},
    }
    return message if shown.photo or shown.document else message | {"text": shown.text}


def _photo(file_id: str, size: int) -> dict[str, Any]:
    # The small sizes have ids of their own; the last one is the picture itself.
    given = file_id if size > 90 else f"{file_id}-small"
    return {"file_id": given, "file_unique_id": given, "width": size, "height": size}
