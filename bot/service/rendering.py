"""Turn replies into rows of the outbox: translated, laid out, split to what the channel takes, one call a row."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.dialogue.engine import tap_token
from bot.core.dialogue.scene import Turn
from bot.core.events import Due, Event, Tapped
from bot.core.facts import AddressKept
from bot.core.learner import Conversation, Memory, Reach
from bot.core.messages import Address, Button, Content, Media, OutboundMessage, Phrase, Recipe, Reply, Rows, compose
from bot.core.rich_text import RichText, Span, anchored
from bot.core.splitting import split
from bot.ports import Translator
from bot.rows import Lane, OutboxRow

REPLY_LIVES = timedelta(hours=24)
Buttons = tuple[tuple[Button, ...], ...]
# `json.dumps` makes an encoder anew for each text when it is not asked for the usual form.
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Rendered:
    """A turn ready to be kept: its conversation with what was offered, and its rows without ids."""

    conversation: Conversation | None
    rows: tuple[OutboxRow, ...]


class Renderer:
    """Puts replies into a person's language and a channel's form."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    def turn(self, event: Event, memory: Memory, turn: Turn, now: datetime) -> Rendered:
        """Return the conversation and the outbox rows of a turn."""
        step = turn.conversation.step if turn.conversation else 0
        usual = _usual_row(event, memory, turn, now)
        tapped = event.content.message_id if isinstance(event.content, Tapped) else None
        rows: list[OutboxRow] = []
        offered: list[tuple[str, str]] = []
        for answer in turn.replies:
            if isinstance(answer, Reply) and answer.closes and not memory.features.editing:
                continue
            if isinstance(answer, Reply) and answer.takes_back:
                back = taking_back_to_json(*self.text(answer, turn.language))
                rows.append(replace(usual, payload=back, required=True))
            buttons, choices = self._buttons(answer.rows, memory, turn.language, _key(memory, turn), step)
            if choices:
                offered = choices
            edits = (tapped or "last") if isinstance(answer, Reply) and (answer.replaces or answer.closes) else None
            for payload, is_last in self._payloads(answer, memory, turn.language, buttons):
                rows.append(
                    replace(
                        usual,
                        payload=payload,
                        has_buttons=bool(buttons) and is_last,
                        edits=edits if memory.features.editing else None,
                    )
                )
        # The first row stands for what the person sent, so that both can be taken back.
        rows[:1] = [replace(row, answers=event.message_id) for row in rows[:1]]
        return Rendered(_with_offers(turn.conversation, memory.conversation, offered), tuple(rows))

    def text(self, reply: Reply, language: str) -> tuple[RichText, str, bool]:
        """Return a reply's text, the language it is mostly in, and whether that is written from right to left."""
        spoken = next((block.text.language for block in reply.blocks if isinstance(block.text, Content)), language)
        composed = compose(reply.blocks, lambda text: self._translator.render(text, language))
        rtl = self._translator.is_rtl(spoken)
        return (anchored(composed) if rtl else composed), spoken, rtl

    def phrase(self, phrase: Phrase, language: str) -> RichText:
        """Return one phrase in a language."""
        rendered = self._translator.render(phrase, language)
        return anchored(rendered) if self._translator.is_rtl(language) else rendered

    def _buttons(
        self, rows: Rows, memory: Memory, language: str, key: str, step: int
    ) -> tuple[Buttons, list[tuple[str, str]]]:
        limit = memory.features.label_limit
        choices = [
            (option.choice, self._translator.label(option.label, language, limit))
            for options in rows
            for option in options
        ]
        labels = iter(choices)
        buttons = tuple(
            tuple(Button(label, tap_token(key, step, choice)) for choice, label in (next(labels) for _ in options))
            for options in rows
        )
        return buttons, choices

    def _payloads(
        self, answer: Reply | Recipe, memory: Memory, language: str, buttons: Buttons
    ) -> Iterable[tuple[str, bool]]:
        if isinstance(answer, Recipe):
            yield recipe_to_json(answer, buttons), True
            return
        text, spoken, rtl = self.text(answer, language)
        features = memory.features
        picture = Media(answer.picture.path, answer.picture.alt) if answer.picture and features.pictures else None
        parts = split(text, features.caption_limit if picture else features.text_limit) or [()]
        for place, part in enumerate(parts):
            is_last = place == len(parts) - 1
            message = OutboundMessage(
                address=memory.address.address,
                text=part,
                language=spoken,
                rtl=rtl,
                rows=buttons if is_last else (),
                picture=picture if place == 0 else None,
                silent=not answer.rings,
            )
            yield message_to_json(message), is_last


def _key(memory: Memory, turn: Turn) -> str:
    before = turn.conversation or memory.conversation
    return before.key if before else memory.fresh[1]


def _usual_row(event: Event, memory: Memory, turn: Turn, now: datetime) -> OutboxRow:
    """Return what all rows of a turn have in common."""
    stopped = any(isinstance(fact, AddressKept) and fact.address.reach is Reach.STOPPED for fact in turn.facts)
    due = event.content if isinstance(event.content, Due) else None
    key = _key(memory, turn)
    return OutboxRow(
        address=event.address,
        # A reminder has an order of its own: a reply must not wait behind it.
        conversation=f"{key}:due" if due else key,
        person_id=turn.person_id,
        payload="",
        created_at=now,
        expires_at=turn.until or now + REPLY_LIVES,
        lane=Lane.BULK if due else Lane.INTERACTIVE,
        not_before=now + timedelta(seconds=due.delay) if due and due.delay else None,
        required=stopped or memory.address.reach is Reach.STOPPED or turn.person_id is None,
    )


def _with_offers(
    conversation: Conversation | None, before: Conversation | None, offered: Sequence[tuple[str, str]]
) -> Conversation | None:
    """Return the conversation with what was shown; what was shown at the same step before can still be tapped."""
    if conversation is None:
        return None
    earlier = before.offered if before and before.step == conversation.step else ()
    new = {choice for choice, _ in offered}
    return replace(conversation, offered=(*offered, *(pair for pair in earlier if pair[0] not in new)))


class MutedRenderer(Renderer):
    """Shows what is said and sends nothing: for a history that is played, not lived."""

    def __init__(self, translator: Translator, show: Callable[[OutboundMessage], None]) -> None:
        super().__init__(translator)
        self._show = show

    def turn(self, event: Event, memory: Memory, turn: Turn, now: datetime) -> Rendered:
        """Return the conversation of a turn without its rows, which are shown instead."""
        rendered = super().turn(event, memory, turn, now)
        for row in rendered.rows:
            message = from_json(row.payload, row.address, replaces=row.edits)
            if isinstance(message, KeptRecipe):
                message = OutboundMessage(row.address, (), turn.language, rows=message.rows)
            self._show(message)
        return replace(rendered, rows=())


# --- as JSON ------------------------------------------------------------------------------------------------------


def message_to_json(message: OutboundMessage) -> str:
    """Return a message as it lies in the outbox. Documents are never kept, so they have no form here."""
    kept: dict[str, object] = {
        "t": _text_to_json(message.text),
        "l": message.language,
    }
    if message.rtl:
        kept["r"] = 1
    if message.rows:
        kept["b"] = _buttons_to_json(message.rows)
    if message.picture:
        kept["p"] = [message.picture.path, message.picture.alt]
    if not message.silent:
        kept["s"] = 0
    return _to_json(kept)


def recipe_to_json(recipe: Recipe, buttons: Buttons) -> str:
    """Return a recipe as it lies in the outbox."""
    kept: dict[str, object] = {"recipe": recipe.kind, "with": dict(recipe.arguments), "b": _buttons_to_json(buttons)}
    if recipe.rings:
        kept["s"] = 0
    return _to_json(kept)


def taking_back_to_json(text: RichText, language: str, rtl: bool) -> str:
    """Return, as it lies in the outbox, that a chat is to be emptied, and what may stand there instead."""
    return _to_json({"t": _text_to_json(text), "l": language, **({"r": 1} if rtl else {}), "back": 1})


def takes_back(payload: str) -> bool:
    """Say whether a row takes back what was said before it."""
    return payload.endswith(',"back":1}')


def _text_to_json(text: RichText) -> list[list[str | int]]:
    return [[span.text, int(span.bold), int(span.italic)] for span in text]


def _buttons_to_json(rows: Buttons) -> list[list[list[str]]]:
    return [[[button.label, button.token] for button in row] for row in rows]


def _buttons_from_json(rows: list[list[list[str]]]) -> Buttons:
    return tuple(tuple(Button(label, token) for label, token in row) for row in rows)


@dataclass(frozen=True, slots=True)
class KeptRecipe:
    """A recipe taken out of the outbox, with its buttons as they were rendered."""

    kind: str
    arguments: dict[str, str]
    rows: Buttons
    silent: bool = True


def from_json(
    payload: str, address: Address, *, replaces: str | None = None, reference: str = ""
) -> OutboundMessage | KeptRecipe:
    """Return what a row of the outbox holds; a message with the bubble it replaces and our name for the call."""
    kept = json.loads(payload)
    if "recipe" in kept:
        return KeptRecipe(kept["recipe"], kept["with"], _buttons_from_json(kept["b"]), kept.get("s", 1) == 1)
    picture = kept.get("p")
    return OutboundMessage(
        address=address,
        text=tuple(Span(text, bool(bold), bool(italic)) for text, bold, italic in kept["t"]),
        language=kept["l"],
        rtl="r" in kept,
        rows=_buttons_from_json(kept.get("b", [])),
        picture=Media(picture[0], picture[1]) if picture else None,
        silent=kept.get("s", 1) == 1,
        replaces=replaces,
        reference=reference,
    )
