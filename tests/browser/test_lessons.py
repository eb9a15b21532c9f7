"""Whole lessons of the safety course on the phones, through the real bot: in Arabic, by every kind of hand, and without a script."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.app import App
from bot.bootstrap import open_app
from bot.core.events import MessageReceived, Opened
from bot.core.messages import Address
from bot.core.rich_text import parse, plain
from bot.settings import read_settings
from tests.browser.conftest import NARROW
from tests.browser.learner import Learner, steps_of
from tests.waiting import eventually
from tests.web.serving import serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("lessons in a browser")]

LATIN = re.compile(r"[A-Za-z]{2,}")
ARABIC = re.compile(r"[\u0621-\u064a]")
# What is written in Latin letters in every language.
NAMES = {"Teabreak", "Sunrise", "Joinery"}
SHOW_NEW = {"en": "Show what is new", "ar": "عرض الجديد"}


# The sample of the demo takes seconds to play, so all tests share one bot; each learns on a phone of its own.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SimpleNamespace]:
    folder: Path = tmp_path_factory.mktemp("demo")
    app = await open_app(read_settings({"DATABASE_URL": f"sqlite:///{folder}/demo.db"}, folder / "no.env"))
    async with serving(app) as url:

        async def is_ready() -> bool:
            return (await app.demo.cohort("local")).ready

        await eventually(is_ready, within=60, every=0.1)
        yield SimpleNamespace(app=app, url=url)


async def new_worker(app: App) -> str:
    """Return the phone of somebody who has just scanned the poster."""
    phone = await app.demo.new_worker("local")
    code = (await app.demo.cohort("local")).join_code
    event = MessageReceived(
        f"webphone:{phone.id}:opened", Address("webphone", phone.id), Opened(code), language_hint="en"
    )
    await app.accept([event])
    await eventually(lambda: app.channels["webphone"].since(phone.id, 0))
    return phone.id


def first_lesson(app: App, language: str):
    return app.catalogue.courses(language)[0].ordinary()[0]


def sensitive_lesson(app: App, language: str):
    return app.catalogue.courses(language)[0].sensitive()[0]


async def is_arabic(learner: Learner) -> None:
    """Check all that was said since the language was chosen, and what stands around it."""
    assert await learner.too_wide() == []
    await expect(learner.column.locator(".phone")).to_have_attribute("dir", "rtl")
    await expect(learner.column.locator(".composer").get_by_role("textbox")).to_have_attribute("placeholder", "رسالة")
    for bubble in (await learner.bubbles())[1:]:
        assert (bubble["lang"], bubble["dir"]) == ("ar", "rtl")
        assert bubble["buttons"] in (None, ["ar", "rtl"])
        for direction, text in bubble["lines"]:
            assert direction == "rtl"
            assert set(LATIN.findall(text)) <= NAMES, text
        assert set(LATIN.findall(" ".join(bubble["labels"]))) == set()
    assert any(ARABIC.search(text) for _, text in bubble["lines"])


@pytest.mark.parametrize("hand", ["tap", "type_digit", "press"])
async def test_a_whole_lesson_in_arabic_from_the_language_to_the_action(bot, open_page, hand):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang=ar", viewport=NARROW)
    learner = Learner(page, phone)
    choose = getattr(learner, hand)
    assert await learner.too_wide() == []
    await choose("speak_ar")
    asked = await learner.take_lesson(choose, lambda: is_arabic(learner))
    assert asked == ["notice", *steps_of(first_lesson(bot.app, "ar"))]
    assert await learner.choices() == ["useful_yes", "useful_little", "useful_no"]
    assert all(tabs <= 3 for tabs in learner.tabs[1:]), "the keyboard goes on at the buttons of what is new"
    said = await learner.column.locator(".bubble.own p").all_inner_texts()
    assert len(said) == (len(asked) + 1 if hand == "type_digit" else 0)
    assert all(re.fullmatch("[٠-٩]", digit) for digit in said)


async def test_the_first_option_of_an_arabic_question_stands_on_the_right_and_its_answer_is_marked(bot, open_page):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang=ar", viewport=NARROW)
    learner = Learner(page, phone)
    await learner.tap("speak_ar")
    while await learner.asked() != "question":
        await learner.tap("agree" if await learner.asked() == "notice" else "forward")
    places = [(await learner.button(f"o{number}").bounding_box())["x"] for number in (1, 2, 3)]
    assert places == sorted(places, reverse=True)
    question = learner.newest
    await learner.tap("o2")
    question = learner.column.locator(".bubble.from-bot").nth(-2)
    markers = question.locator(".item b")
    await expect(markers).to_have_text(["1", "✓ 2", "3"])
    edges = await question.locator(".item span").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert len(set(edges)) == 1, "the options stay in one column when one of them is marked"


async def test_where_a_card_stands_can_be_tapped_without_waiting_for_an_answer(bot, open_page):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang=en", viewport=NARROW)
    learner = Learner(page, phone)
    for choice in ("speak_en", "agree", "forward"):
        await learner.tap(choice)
    bubbles = await learner.column.locator(".bubble").count()
    async with page.expect_response(lambda found: "/messages" in found.url) as answered:
        await learner.button("here").click()
    assert (await answered.value).status == 200
    await expect(learner.column.locator(".writing")).to_be_hidden(timeout=500)
    await expect(learner.column.locator(".about")).to_be_visible()
    assert await learner.column.locator(".bubble").count() == bubbles
    await learner.tap("forward")


async def test_the_words_around_a_chat_follow_a_change_of_language_without_a_reload(bot, open_page):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang=en", viewport=NARROW)
    learner = Learner(page, phone)
    composer, heading = learner.column.locator(".composer"), learner.column.locator(".heading")
    for language, direction, message, send, about in (
        ("ar", "rtl", "رسالة", "إرسال", "أربع دقائق لكل درس"),
        ("fr", "ltr", "Message", "Envoyer", "quatre minutes par leçon"),
        ("en", "ltr", "Message", "Send", "four minutes a lesson"),
    ):
        await learner.say(f"/language {language}")
        await expect(composer.get_by_role("textbox")).to_have_attribute("placeholder", message)
        await expect(composer.locator(".send")).to_have_attribute("aria-label", send)
        await expect(composer.locator(".send")).to_have_attribute("lang", language)
        await expect(learner.column.locator(".phone")).to_have_attribute("dir", direction)
        await expect(heading).to_have_attribute("lang", language)
        await expect(heading.locator(".about")).to_have_text(about)
        await expect(learner.column.locator("select")).to_have_value(f"/language {language}")


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_lesson_about_a_serious_subject_ends_with_whom_to_ask_and_leaves_no_answer(bot, open_page, language):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang={language}", viewport=NARROW)
    learner = Learner(page, phone)
    await learner.tap(f"speak_{language}")
    await learner.tap("agree")
    await learner.say("/courses")
    lesson = sensitive_lesson(bot.app, language)
    await learner.tap(f"/lesson {lesson.id}")
    answers = (await bot.app.kept({})).counts["answers"]
    begins = len(await learner.bubbles())

    async def check() -> None:
        assert await learner.too_wide() == []
        await expect(learner.column.locator(".phone")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        newest = (await learner.bubbles())[-1]
        assert newest["buttons"] == [language, "rtl" if language == "ar" else "ltr"]
        # What is not translated yet is English, and laid out as English, between the words of the bot.
        for direction, text in newest["lines"]:
            assert direction == ("rtl" if re.match(r"[^A-Za-z]*[\u0621-\u064a]", text) else "ltr"), text

    asked = await learner.take_lesson(learner.tap, check)
    assert asked == ["warning", *steps_of(lesson)]
    spoken = {bubble["lang"] for bubble in (await learner.bubbles())[begins:] if bubble["lines"]}
    assert spoken == {language, lesson.language}
    assert (await bot.app.kept({})).counts["answers"] == answers
    card = bot.app.catalogue.library(language, country=None, hint=None).help_card
    ending = (await learner.bubbles())[-1]
    text = "\n".join(text for _, text in ending["lines"])
    assert (ending["lang"], ending["dir"]) == (language, "rtl" if language == "ar" else "ltr")
    assert len(card.entries) > 3
    for entry in card.entries:
        assert entry.name in text
        for _, detail in entry.details:
            assert plain(parse(detail)) in text
    assert await learner.choices() == ["/later", "/hide"]
    await learner.button("/later").click()
    await expect(learner.newest.locator("button")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_without_a_script_a_whole_lesson_can_be_done_with_plain_forms(bot, open_page, language):
    phone = await new_worker(bot.app)
    address = f"{bot.url}/phone/{phone}?lang={language}"
    page = await open_page(address, viewport=NARROW, java_script_enabled=False)
    learner = Learner(page, phone)

    async def submit(choice: str) -> None:
        before = await learner.newest.get_attribute("data-key"), await learner.choices()
        async with page.expect_navigation():
            await learner.button(choice).click()
        # The page comes back with the answer. Should a busy machine need longer, this is what a person would do.
        if before == (await learner.newest.get_attribute("data-key"), await learner.choices()):
            await learner.column.get_by_role("link", name=SHOW_NEW[language]).click()

    async def check() -> None:
        assert page.url == address
        await expect(learner.newest.locator("button").last).to_be_in_viewport()
        assert await learner.too_wide() == []
        assert (await learner.bubbles())[-1]["lang"] == language

    await submit(f"speak_{language}")
    asked = await learner.take_lesson(submit, check)
    assert asked == ["notice", *steps_of(first_lesson(bot.app, language))]
    assert await learner.choices() == ["useful_yes", "useful_little", "useful_no"]


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_what_is_hidden_vanishes_at_once_and_stays_away_after_a_reload(bot, open_page, language):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang={language}", viewport=NARROW)
    learner = Learner(page, phone)
    bubbles = learner.column.locator(".bubble")
    await learner.tap(f"speak_{language}")
    await learner.tap("agree")
    await learner.tap("forward")
    card = await learner.newest.inner_text()
    field = learner.column.locator(".composer").get_by_role("textbox")
    for words in ("a sentence of mine", "/hide"):
        await field.fill(words)
        await field.press("Enter")
    # All that was there is gone, what was typed too; one line without buttons stays.
    await expect(bubbles).to_have_count(1)
    await expect(learner.newest.locator("button")).to_have_count(0)
    await expect(learner.column.locator(".bubble.own")).to_have_count(0)
    assert await learner.too_wide() == []
    line = await learner.newest.inner_text()
    await page.reload()
    await expect(bubbles).to_have_count(1)
    assert await learner.newest.inner_text() == line
    assert "a sentence of mine" not in await page.content()
    await learner.say("/next")
    assert (await learner.newest.inner_text()).split("\n")[0] == card.split("\n")[0]


async def test_the_keyboard_goes_on_after_hiding(bot, open_page):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/phone/{phone}?lang=en", viewport=NARROW)
    learner = Learner(page, phone)
    await learner.press("speak_en")
    await learner.press("agree")
    await learner.press("more")
    await learner.button("/hide").focus()
    await page.keyboard.press("Enter")
    await expect(learner.column.locator(".bubble")).to_have_count(1)
    assert await page.evaluate("document.activeElement.className") == "chat"
