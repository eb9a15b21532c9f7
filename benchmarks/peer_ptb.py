"""The peer: the same quiz as its documentation writes one, with a conversation kept on the disk after each update."""

import json
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telegram import Chat, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update, User
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    ConversationHandler,
    ExtBot,
    PicklePersistence,
)
from telegram.warnings import PTBUserWarning

from benchmarks.product import play
from benchmarks.quiz import BOT_ID, PEOPLE, QUESTIONS, TOKEN, laps

# Enough to know the rate: each update costs the peer the same.
LAPS = 2
QUESTION, EXPLAINED = range(2)
OPTIONS = ("Sipho cuts his hand.", "A box falls. It misses Sipho.", "The machine is noisy.")
WHY = ("This is an injury. Somebody was hurt.", "Nobody was hurt.", "This is a hazard. Nothing has happened yet.")


class QuietBot(ExtBot[None]):
    """A bot that calls nobody: every message counts as sent at once."""

    async def get_me(self, **_: Any) -> User:
        """Return the bot itself."""
        self._bot_user = User(int(BOT_ID), "Bench", is_bot=True, username="bench_bot")
        return self._bot_user

    async def send_message(self, chat_id: Any, text: str, **_: Any) -> Message:
        """Send nothing."""
        return Message(1, datetime.now(UTC), Chat(int(chat_id), "private"), text=text)

    async def edit_message_text(self, text: str, chat_id: Any = None, **_: Any) -> Message:
        """Edit nothing."""
        return Message(1, datetime.now(UTC), Chat(int(chat_id), "private"), text=text)

    async def answer_callback_query(self, *_: Any, **__: Any) -> bool:
        """Answer nothing."""
        return True


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Take an answer: keep it, mark it in the bubble, explain it."""
    query = update.callback_query
    await query.answer()
    chosen = int(query.data[-1]) - 1
    context.user_data.setdefault("answers", []).append((context.user_data.get("question", 0), chosen, chosen == 1))
    options = "\n".join(f"{'✓ ' if place == chosen else ''}{place + 1}  {text}" for place, text in enumerate(OPTIONS))
    await query.edit_message_text(f"Which one is a near miss?\n\n{options}")
    rows = [[InlineKeyboardButton("Next ▶", callback_data="forward")]]
    await context.bot.send_message(query.message.chat.id, WHY[chosen], reply_markup=InlineKeyboardMarkup(rows))
    return EXPLAINED


async def gone_on(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Ask the next question."""
    query = update.callback_query
    await query.answer()
    context.user_data["question"] = (context.user_data.get("question", 0) + 1) % QUESTIONS
    options = "\n".join(f"{place + 1}  {text}" for place, text in enumerate(OPTIONS))
    row = [InlineKeyboardButton(str(place + 1), callback_data=f"o{place + 1}") for place in range(3)]
    await context.bot.send_message(
        query.message.chat.id, f"Which one is a near miss?\n\n{options}", reply_markup=InlineKeyboardMarkup([row])
    )
    return QUESTION


def rate(path: str) -> float:
    """Return the updates a second."""
    return play(_rate(Path(path)))


async def _rate(path: Path) -> float:
    application = Application.builder().bot(QuietBot(TOKEN)).persistence(PicklePersistence(path)).build()
    # It warns that a conversation is kept for a chat and not for a bubble, which is what is meant here.
    warnings.simplefilter("ignore", PTBUserWarning)
    talk = ConversationHandler(
        entry_points=[CallbackQueryHandler(answered, pattern=r".*:o\d$")],
        states={
            QUESTION: [CallbackQueryHandler(answered, pattern=r".*:o\d$")],
            EXPLAINED: [CallbackQueryHandler(gone_on, pattern=r".*:forward$")],
        },
        fallbacks=[],
        name="quiz",
        persistent=True,
        per_message=False,
    )
    application.add_handler(talk)
    await application.initialize()
    bodies = laps(2 + LAPS)
    # The first two laps make 300 people known, as ours are.
    for body in (*bodies[0], *bodies[1]):
        await application.process_update(Update.de_json(json.loads(body), application.bot))
    await application.update_persistence()
    began = time.perf_counter()
    for lap in bodies[2:]:
        for body in lap:
            await application.process_update(Update.de_json(json.loads(body), application.bot))
            await application.update_persistence()
    took = time.perf_counter() - began
    _check(application)
    await application.shutdown()
    return LAPS * PEOPLE / took


def _check(application: Any) -> None:
    """Make sure that everybody's answers were taken."""
    taken = sum(len(data["answers"]) for data in application.user_data.values())
    if taken != PEOPLE * (2 + LAPS) // 2:
        raise RuntimeError(f"The peer took {taken} answers.")
