"""Send a message: one call, and a second one only where the first surely had no effect."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message
from telegram.constants import InlineKeyboardButtonLimit, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.failures import (
    FILE_UNKNOWN,
    NO_TEXT,
    NOT_EDITABLE,
    NOT_MODIFIED,
    NOTHING_TO_DELETE,
    delivery_failed,
)
from bot.channels.telegram.html import cleaned, render
from bot.core.errors import AddressGone, DeliveryFailed, MaybeSent, MessageRefused
from bot.core.messages import Button, Document, Media, OutboundMessage, Receipt
from bot.core.rich_text import Span

MediaFiles = Callable[[str, str], Path | None]

_log = structlog.get_logger()
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NOT_IN_A_FILE_NAME = re.compile(r'[\x00-\x1f\x7f"/\\]')


class Outbound:
    """The way out to Telegram."""

    def __init__(self, bot: Bot, media: MediaFiles) -> None:
        self._bot = bot
        self._media = media

    async def send(self, message: OutboundMessage) -> Receipt:
        """Deliver a message; DeliveryFailed tells what is known when it did not succeed."""
        call = _call(message)
        failure: DeliveryFailed
        try:
            return await self._deliver(message, call)
        except TelegramError as error:
            failure = delivery_failed(error)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            failure = MaybeSent("Telegram took the call and answered in a way that was not understood.")
        raise failure

    async def _deliver(self, message: OutboundMessage, call: dict[str, Any]) -> Receipt:
        if message.takes_back:
            return await self._take_back(message, [int(number) for number in message.takes_back if number.isdecimal()])
        if message.document is not None:
            return _receipt(await self._send_document(message, message.document, call))
        if message.picture is not None:
            return await self._send_picture(message, message.picture, call)
        if message.replaces is not None and await self._edited(message, message.replaces, call):
            return Receipt(message.replaces)
        return _receipt(await self._send_text(render(message.text), call))

    async def _send_text(self, html: str, call: dict[str, Any]) -> Message:
        return await self._bot.send_message(text=html, link_preview_options=_NO_PREVIEW, **call)

    async def _edited(self, message: OutboundMessage, bubble: str, call: dict[str, Any]) -> bool:
        """Say whether the bubble now shows the message; False when it is gone and nothing was done."""
        if not bubble.isdecimal():
            return False
        try:
            await self._edit(message, int(bubble), call)
        except BadRequest as error:
            if error.message in NOT_EDITABLE:
                # Without words it was only to lose its keyboard, which is gone with it.
                return not message.text
            if error.message != NOT_MODIFIED:
                raise
        return True

    async def _edit(self, message: OutboundMessage, bubble: int, call: dict[str, Any]) -> None:
        """Give a bubble other words and buttons; one without words only loses its buttons."""
        if not message.text:
            await self._bot.edit_message_reply_markup(chat_id=call["chat_id"], message_id=bubble, reply_markup=None)
            return
        # An edit does not ring, and one without a keyboard takes the old one away.
        unchanged = {name: value for name, value in call.items() if name != "disable_notification"}
        await self._bot.edit_message_text(
            text=render(message.text), message_id=bubble, link_preview_options=_NO_PREVIEW, **unchanged
        )

    async def _take_back(self, message: OutboundMessage, bubbles: list[int]) -> Receipt:
        """Let messages disappear, the person's own too; or show the words of this one in the place of ours."""
        chat = int(message.address.id)
        if message.text:
            for bubble in bubbles:
                await self._cover(chat, bubble, render(message.text))
        else:
            try:
                await self._bot.delete_messages(chat, bubbles)
            except BadRequest as error:
                if error.message not in NOTHING_TO_DELETE:
                    raise
        return Receipt(None)

    async def _cover(self, chat: int, bubble: int, html: str) -> None:
        there: dict[str, Any] = {"chat_id": chat, "message_id": bubble, "parse_mode": ParseMode.HTML}
        try:
            try:
                await self._bot.edit_message_text(text=html, link_preview_options=_NO_PREVIEW, **there)
            except BadRequest as error:
                if error.message != NO_TEXT:
                    raise
                # A picture keeps its place; what it says below goes.
                await self._bot.edit_message_caption(caption=html, **there)
        except BadRequest as error:
            if error.message not in {NOT_MODIFIED, *NOT_EDITABLE}:
                raise

    async def _send_picture(self, message: OutboundMessage, picture: Media, call: dict[str, Any]) -> Receipt:
        caption = render(message.text)
        if picture.file_id is not None:
            try:
                return _receipt(await self._bot.send_photo(photo=picture.file_id, caption=caption, **call))
            except BadRequest as error:
                if error.message not in FILE_UNKNOWN:
                    raise
        content = await self._read(picture, message.language)
        if content is None:
            # The lesson is worth more than its picture.
            return _receipt(await self._send_text(caption or render((Span(picture.alt),)), call))
        upload = InputFile(content, filename=Path(picture.path).name)
        sent = await self._bot.send_photo(photo=upload, caption=caption, **call)
        return Receipt(str(sent.message_id), sent.photo[-1].file_id)

    async def _read(self, picture: Media, language: str) -> bytes | None:
        path = self._media(picture.path, language)
        if path is not None:
            try:
                return await asyncio.to_thread(path.read_bytes)
            except OSError:
                path = None
        _log.warning("picture_missing", path=picture.path, language=language)
        return None

    async def _send_document(self, message: OutboundMessage, document: Document, call: dict[str, Any]) -> Message:
        name = _NOT_IN_A_FILE_NAME.sub("_", cleaned(document.name))
        upload = InputFile(document.content, filename=name)
        if document.media_type.startswith("image/"):
            return await self._bot.send_photo(photo=upload, caption=render(message.text), **call)
        return await self._bot.send_document(document=upload, caption=render(message.text), **call)


def _call(message: OutboundMessage) -> dict[str, Any]:
    """Return what every call has, with the faults found here that Telegram would only find later."""
    if not re.fullmatch(r"[0-9]{1,18}", message.address.id):
        raise AddressGone("The address is not one of a private chat on Telegram.")
    return {
        "chat_id": int(message.address.id),
        "parse_mode": ParseMode.HTML,
        "disable_notification": message.silent,
        "reply_markup": _keyboard(message.rows),
    }


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    allowed = range(InlineKeyboardButtonLimit.MIN_CALLBACK_DATA, InlineKeyboardButtonLimit.MAX_CALLBACK_DATA + 1)
    if any(len(button.token.encode()) not in allowed for row in rows for button in row):
        raise MessageRefused("The token of a button has not between 1 and 64 bytes.")
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(cleaned(button.label), callback_data=button.token) for button in row] for row in rows]
    )


def _receipt(sent: Message) -> Receipt:
    return Receipt(str(sent.message_id))
