"""The clock of the demo page in a browser, on the real bot: what a button says will come, comes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.bootstrap import open_app
from bot.service.demo_clock import Move
from bot.settings import read_settings
from tests.browser.conftest import NARROW
from tests.browser.learner import Learner
from tests.browser.test_lessons import new_worker
from tests.service.test_demo_clock import JOHANNESBURG, Begun, mutes_letters
from tests.waiting import eventually
from tests.web.serving import serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("the clock in a browser")]

WIDE = {"width": 1280, "height": 1000}
REMINDER = {"next", "snooze 60", "fewer", "stop"}


# The sample takes seconds to play, so all tests share one bot and one clock, which only goes forward.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SimpleNamespace]:
    folder: Path = tmp_path_factory.mktemp("demo")
    settings = read_settings({"DATABASE_URL": f"sqlite:///{folder}/demo.db"}, folder / "no.env")
    app = await open_app(settings, clock=Begun())
    async with serving(app) as url:

        async def is_ready() -> bool:
            return (await app.demo.cohort("local")).ready

        await eventually(is_ready, within=60, every=0.1)
        yield SimpleNamespace(app=app, url=url)


def clock_of(page: Page) -> SimpleNamespace:
    buttons = page.locator(".clock button")
    return SimpleNamespace(
        now=page.locator(".clock h2"), next=buttons.nth(0), tomorrow=buttons.nth(1), week=buttons.nth(2)
    )


async def learns(page: Page, phone: str, language: str) -> Learner:
    """Take the first lesson to its end and choose ten o'clock."""
    learner = Learner(page, phone)

    async def check() -> None:
        return

    await learner.tap(f"speak_{language}")
    await learner.take_lesson(learner.tap, check)
    await learner.tap("useful_yes")
    await learner.tap("at_1000")
    await learner.tap("zone_yes")
    return learner


async def is_wider_than_its_window(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize(("language", "viewport"), [("en", WIDE), ("ar", WIDE), ("ar", NARROW)])
async def test_after_the_first_lesson_the_next_event_is_a_reminder_with_its_buttons(bot, open_page, language, viewport):
    phone = await new_worker(bot.app)
    page = await open_page(f"{bot.url}/?lang={language}#phone-{phone}", viewport=viewport)
    learner = await learns(page, phone, language)
    await mutes_letters(bot.app)
    clock = clock_of(page)
    await expect(clock.next).to_be_enabled(timeout=10_000)
    before, shown = await learner.column.locator(".bubble").count(), await clock.now.inner_text()
    await clock.next.click()
    await expect(learner.column.locator(".bubble")).to_have_count(before + 1)
    assert {choice.removeprefix("/") for choice in await learner.choices()} == REMINDER
    await expect(learner.newest.locator("time")).to_have_text("10:00")
    # A day that has begun since stands above its first bubble, now and after a reload.
    days = await learner.column.locator(".day").all_inner_texts()
    assert len(days) == 1
    await page.reload()
    await expect(learner.column.locator(".day")).to_have_text(days)
    await expect(learner.newest).to_have_attribute("lang", language)
    await expect(clock.now).not_to_have_text(shown)
    await expect(clock.now).to_contain_text("10:00")
    await expect(learner.column).to_be_visible()
    assert not await is_wider_than_its_window(page)


async def test_the_clock_is_worked_by_keyboard_and_the_next_button_keeps_the_focus(bot, open_page):
    page = await open_page(f"{bot.url}/?lang=en")
    clock = clock_of(page)
    shown = await clock.now.inner_text()
    await clock.tomorrow.focus()
    await page.keyboard.press("Enter")
    await expect(clock.now).not_to_have_text(shown)
    await expect(clock.now).to_contain_text("07:00")
    await expect(clock.tomorrow).to_be_focused()
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    await expect(page.locator(".clock [role=status]")).to_have_text(await clock.now.inner_text())


async def test_a_clock_moved_on_one_page_is_followed_by_the_other(bot, open_page):
    first, second = await open_page(f"{bot.url}/?lang=en"), await open_page(f"{bot.url}/?lang=en")
    await clock_of(first).tomorrow.click()
    await expect(clock_of(first).now).to_contain_text("07:00")
    now = await clock_of(first).now.inner_text()
    await expect(clock_of(second).now).to_have_text(now, timeout=10_000)


async def test_a_page_that_is_behind_moves_nothing_and_shows_what_time_it_is(bot, open_page):
    page = await open_page(f"{bot.url}/?lang=en", java_script_enabled=False)
    await bot.app.demo.move("local", Move.TOMORROW)
    stood = bot.app.clock.now()
    await clock_of(page).week.click()
    assert bot.app.clock.now() - stood < timedelta(minutes=1)
    weekday = f"{stood.astimezone(JOHANNESBURG):%A}"
    await expect(clock_of(page).now).to_contain_text(weekday)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_without_a_script_the_clock_is_a_form(bot, open_page, language):
    page = await open_page(f"{bot.url}/?lang={language}", viewport=NARROW, java_script_enabled=False)
    clock = clock_of(page)
    stood = bot.app.clock.now()
    await clock.week.click()
    assert page.url == f"{bot.url}/?lang={language}#clock"
    assert timedelta(days=6, hours=20) < bot.app.clock.now() - stood < timedelta(days=7, hours=4)
    assert not await is_wider_than_its_window(page)


async def test_on_a_narrow_page_the_clock_stands_below_the_phone_and_is_big_enough_for_a_thumb(bot, open_page):
    page = await open_page(f"{bot.url}/?lang=en", viewport=NARROW)
    phone, clock = page.locator(".phone:visible"), page.locator(".clock")
    below, above = await clock.bounding_box(), await phone.bounding_box()
    assert below["y"] >= above["y"] + above["height"]
    for number in range(3):
        box = await page.locator(".clock button").nth(number).bounding_box()
        assert box["height"] >= 44
    assert not await is_wider_than_its_window(page)
