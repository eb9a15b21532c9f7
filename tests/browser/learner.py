"""Somebody who learns on one phone of the page: sees what is offered, and taps, types a digit or uses the keyboard."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from playwright.async_api import Locator, Page

from bot.core.course import ActionCard, Card, Lesson, QuestionCard
from tests.waiting import eventually

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# In this order something is chosen of what the newest bubble offers.
LIKES = ("agree", "begin", "today", "o2", "forward")
MOST_STEPS = 30

# Whatever reaches over the edge of its phone, or holds more than it shows; and a phone that has slid inside its frame.
TOO_WIDE = """(column) => {
  const phone = column.querySelector(".phone").getBoundingClientRect();
  const leaves = (e) => { const box = e.getBoundingClientRect(); return box.left < phone.left - 1 || box.right > phone.right + 1; };
  const parts = column.querySelectorAll(".bubble, .body, .text, .text p, .options, button, input, .chat, .chat-title p");
  const page = document.documentElement;
  const slid = column.querySelector(".phone").scrollTop || column.querySelector(".phone").scrollLeft;
  return [...(slid ? [`the phone slid by ${slid}`] : []), ...(page.scrollWidth > page.clientWidth ? ["the page"] : []),
    ...[...parts].filter((e) => e.offsetWidth && (leaves(e) || (e.clientWidth && e.scrollWidth > e.clientWidth + 1)))
      .map((e) => e.outerHTML.slice(0, 200))];
}"""
# Each bubble of the bot: its language and direction, those of its buttons, of its lines as they are laid out, its text.
BUBBLES = """(column) => [...column.querySelectorAll(".bubble.from-bot")].map((bubble) => ({
  lang: bubble.lang,
  dir: bubble.dir,
  buttons: [...bubble.querySelectorAll(".options")].map((e) => [e.lang, getComputedStyle(e).direction])[0] ?? null,
  labels: [...bubble.querySelectorAll("button")].map((e) => e.textContent),
  lines: [...bubble.querySelectorAll(".text p:not(.gap)")].map((e) => [getComputedStyle(e).direction, e.textContent]),
}))"""


class Learner:
    """One phone, and the hands in front of it."""

    def __init__(self, page: Page, phone: str) -> None:
        self.page = page
        self.column = page.locator(f"#phone-{phone}")
        self.newest = self.column.locator(".bubble.from-bot").last
        self.tabs: list[int] = []

    async def choices(self) -> list[str]:
        """Return what the newest bubble offers, as the bot calls it."""
        values = await self.newest.locator("button").evaluate_all("buttons => buttons.map(button => button.value)")
        return [value.split(":", 2)[2] for value in values]

    async def asked(self) -> str:
        """Return what kind of thing is on the screen."""
        choices = await self.choices()
        kinds = {"o1": "question", "today": "action", "here": "card", "agree": "notice", "begin": "warning"}
        return next((kind for choice, kind in kinds.items() if choice in choices), "feedback")

    async def tap(self, choice: str) -> None:
        """Choose by pointing."""
        await self._until_answered(lambda: self.button(choice).click())

    async def type_digit(self, choice: str) -> None:
        """Choose by the place of the button, typed as an Arabic digit."""
        # The page's number stands among the buttons and is no choice.
        choices = [found for found in await self.choices() if found != "here"]
        digit = str(choices.index(choice) + 1).translate(ARABIC_DIGITS)
        await self.say(digit)

    async def press(self, choice: str) -> None:
        """Choose with Tab and Enter alone, from wherever the keyboard stands now."""
        wanted = await self.button(choice).get_attribute("value")
        for tabs in range(20):
            at = await self.page.evaluate(
                "[document.activeElement.value, getComputedStyle(document.activeElement).outlineWidth]"
            )
            if at[0] == wanted:
                assert at[1] == "3px", "where the keyboard stands can be seen"
                self.tabs.append(tabs)
                await self._until_answered(lambda: self.page.keyboard.press("Enter"))
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{choice} is out of reach of the keyboard")

    async def say(self, words: str) -> None:
        """Type words and send them."""
        field = self.column.locator(".composer").get_by_role("textbox")
        await field.fill(words)
        await self._until_answered(lambda: field.press("Enter"))

    def button(self, choice: str) -> Locator:
        """Return the button of a choice in the newest bubble."""
        return self.newest.locator(f'button[value$=":{choice}"]')

    async def take_lesson(
        self, choose: Callable[[str], Awaitable[None]], check: Callable[[], Awaitable[Any]]
    ) -> list[str]:
        """Go on until the action is chosen; return what was asked on the way, checking the phone at each step."""
        asked = []
        for _ in range(MOST_STEPS):
            await check()
            choices = await self.choices()
            choice = next((like for like in LIKES if like in choices), None)
            if choice is None:
                return asked
            asked.append(await self.asked())
            await choose(choice)
        raise AssertionError(f"the lesson does not end: {asked}")

    async def too_wide(self) -> list[str]:
        """Return what reaches over an edge."""
        return await self.column.evaluate(TOO_WIDE)

    async def bubbles(self) -> list[dict[str, Any]]:
        """Return what the bot said so far."""
        return await self.column.evaluate(BUBBLES)

    async def _until_answered(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Act, and return when the newest bubble is another one and offers something."""
        before = await self._seen()

        async def has_moved() -> bool:
            return await self._seen() != before and bool(await self.choices())

        await act()
        await eventually(has_moved, every=0.02)

    async def _seen(self) -> tuple[str | None, list[str]]:
        return await self.newest.get_attribute("data-key"), await self.choices()


def steps_of(lesson: Lesson) -> Sequence[str]:
    """Return what a lesson asks, from its first card to its action."""

    def steps(card: Card) -> tuple[str, ...]:
        if isinstance(card, QuestionCard):
            return "question", "feedback"
        return ("action",) if isinstance(card, ActionCard) else ("card",)

    return [step for card in lesson.cards for step in steps(card)]
