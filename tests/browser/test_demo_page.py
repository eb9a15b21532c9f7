"""The demo page in a browser: both directions of writing, two widths, the keyboard, restarts, and no script."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from bot.core.events import Said, Tapped
from tests.browser.conftest import NARROW, stopped_and_started
from tests.web.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "**Question 1 of 2**\nWhich one is a near miss?\n\n**1**  Sipho cuts a hand.\n**2**  A box falls."
ROWS = ((("1", "t1"), ("2", "t2")), (("I am not sure", "t0"),))


async def answers(app, event):
    """Turn the question into the answer where a button was tapped; say the words again where some were typed."""
    phone = event.address.id
    if isinstance(event.content, Tapped):
        await app.say(phone, "Yes. It is a near miss.", rows=((("Next", "next"),),), replaces=event.content.message_id)
    elif isinstance(event.content, Said) and event.content.text == "/language ar":
        await app.say(phone, "اللغة هي العربية الآن.", language="ar")
    elif isinstance(event.content, Said):
        await app.say(phone, f"You said {event.content.text}.")


async def is_wider_than_its_window(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


async def test_a_tap_turns_the_question_into_its_answer(app, url, open_page):
    app.script = answers
    await app.say("amina", QUESTION, rows=ROWS, picture=("safety/media/near-miss.png", "A box falls."))
    page = await open_page(f"{url}/?lang=en")
    amina = page.locator("#phone-amina")
    await amina.get_by_role("button", name="2", exact=True).click()
    await expect(amina.locator(".bubble")).to_have_count(1)
    await expect(amina.locator(".bubble")).to_contain_text("Yes. It is a near miss.")
    await expect(amina.get_by_role("button", name="Next")).to_be_visible()
    assert app.accepted[0].content == Tapped("t2", "1")
    assert not await is_wider_than_its_window(page)


async def test_typed_words_stand_in_the_chat_with_the_answer_below(app, url, open_page):
    app.script = answers
    page = await open_page(f"{url}/?lang=en")
    tomas = page.locator("#phone-tomas")
    field = tomas.get_by_role("textbox")
    await field.fill("/team")
    await field.press("Enter")
    await expect(tomas.locator(".bubble")).to_have_count(2)
    await expect(tomas.locator(".bubble.own")).to_contain_text("/team")
    await expect(tomas.locator(".bubble").last).to_contain_text("You said /team.")
    await expect(field).to_have_value("")
    assert await page.locator("#phone-amina .bubble").count() == 0
    await page.reload()
    await expect(tomas.locator(".bubble")).to_have_count(2)


async def test_the_sign_of_writing_comes_and_goes(app, url, open_page):
    page = await open_page(f"{url}/?lang=en")
    amina = page.locator("#phone-amina")
    await amina.get_by_role("textbox").fill("1")
    await amina.get_by_role("button", name="Send").click()
    await expect(amina.locator(".writing")).to_be_visible()
    await expect(amina.locator(".about")).to_be_hidden()
    await app.say("amina", "Hello.")
    await expect(amina.locator(".writing")).to_be_hidden()


async def test_choosing_a_language_says_so_on_that_phone_and_its_frame_follows(app, url, open_page):
    app.script = answers
    page = await open_page(f"{url}/?lang=en")
    await page.get_by_label("Language of Amina").select_option("العربية")
    amina, tomas = page.locator("#phone-amina"), page.locator("#phone-tomas")
    await expect(amina.locator(".phone")).to_have_attribute("dir", "rtl")
    await expect(amina.locator(".composer").get_by_role("textbox")).to_have_attribute("placeholder", "رسالة")
    await expect(amina.locator(".about")).to_have_text("السلامة والصحة في العمل")
    assert app.accepted[0].content == Said("/language ar")
    await expect(tomas.locator(".phone")).to_have_attribute("dir", "ltr")
    await expect(tomas.locator(".composer").get_by_role("textbox")).to_have_attribute("placeholder", "Message")
    await expect(page.locator("#phone-amina .bubble").last).to_have_attribute("dir", "rtl")


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 1000}, NARROW])
async def test_an_arabic_page_is_mirrored_and_fits(app, url, open_page, viewport):
    await app.say("amina", "**السؤال 1 من 2**\n\n**1**  نعم.", language="ar", rows=((("1", "a"), ("2", "b")),))
    page = await open_page(f"{url}/?lang=ar", viewport=viewport)
    assert not await is_wider_than_its_window(page)
    brand, button = await page.locator(".brand").bounding_box(), await page.locator(".new-worker").bounding_box()
    assert brand["x"] > button["x"]
    first = await page.locator("#phone-amina").get_by_role("button", name="1", exact=True).bounding_box()
    second = await page.locator("#phone-amina").get_by_role("button", name="2", exact=True).bounding_box()
    assert first["x"] > second["x"], "the first option stands on the right"
    fonts = await page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family))"
    )
    assert '"Noto Sans Arabic"' in fonts or "Noto Sans Arabic" in fonts


async def test_a_narrow_page_has_tabs_that_work_by_keyboard(app, url, open_page):
    page = await open_page(f"{url}/?lang=en", viewport=NARROW)
    assert not await is_wider_than_its_window(page)
    tabs = page.get_by_role("tab")
    await expect(tabs).to_have_count(3)
    await expect(page.get_by_role("tabpanel")).to_have_count(1)
    await tabs.first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(tabs.nth(1)).to_be_focused()
    await expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#phone-tomas")).to_be_visible()
    await expect(page.locator("#phone-amina")).to_be_hidden()
    await page.keyboard.press("End")
    await expect(page.locator("#phone-lerato")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#phone-amina")).to_be_visible()
    await page.set_viewport_size({"width": 1280, "height": 900})
    await expect(page.locator("#phone-lerato")).to_be_visible()
    await expect(page.get_by_role("tabpanel")).to_have_count(0)


async def test_many_phones_keep_their_names_whole_in_narrow_tabs(app, url, open_page):
    for _ in range(4):
        await app.demo.new_worker("local")
    page = await open_page(f"{url}/?lang=en", viewport=NARROW)
    tabs = page.get_by_role("tab")
    await expect(tabs).to_have_count(7)
    heights = await tabs.locator("bdi").evaluate_all("names => names.map(name => name.getClientRects().length)")
    assert heights == [1] * 7
    assert not await is_wider_than_its_window(page)


async def test_a_lesson_can_be_answered_with_the_keyboard_alone(app, url, open_page):
    app.script = answers
    await app.say("amina", QUESTION, rows=ROWS)
    page = await open_page(f"{url}/?lang=en")
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = await page.evaluate("document.activeElement.value || ''")
        if focused == "t2":
            break
    ring = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert ring == "3px"
    await page.keyboard.press("Enter")
    amina = page.locator("#phone-amina")
    await expect(amina.get_by_role("button", name="Next")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#phone-amina .bubble")).to_have_count(1)
    assert [event.content.token for event in app.accepted] == ["t2", "next"]


async def test_everything_that_can_be_used_has_a_name(app, url, open_page):
    await app.say("amina", QUESTION, rows=ROWS, picture=("safety/media/near-miss.png", "A box falls."))
    page = await open_page(f"{url}/?lang=en")
    told = await page.locator("body").aria_snapshot()
    nameless = [
        line
        for line in told.splitlines()
        if re.search(r"- (button|link|textbox|combobox|img|log|region)\s*(\[|:|$)", line)
    ]
    assert nameless == []
    for expected in (
        'log "Chat of Amina"',
        'textbox "Message of Amina"',
        'combobox "Language of Amina"',
        'img "A box falls."',
        'button "A new worker scans the poster"',
        'heading "Amina worker"',
    ):
        assert expected in told
    small = await page.evaluate(
        "[...document.querySelectorAll('button, .tabs a, .composer input[type=text]')].filter(e => e.offsetParent && "
        "(e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML)"
    )
    assert small == []


async def test_phones_go_on_by_themselves_when_the_server_comes_back(app, open_page):
    async with serving(app) as url:
        port = int(url.rpartition(":")[2])
        await app.say("amina", "Before.")
        page = await open_page(f"{url}/?lang=en")
        await expect(page.locator("#phone-amina .bubble")).to_have_count(1)
        await app.say("amina", "Still before.")
        await expect(page.locator("#phone-amina .bubble")).to_have_count(2)
    await expect(page.locator("#phone-amina .offline")).to_be_visible()
    await app.say("amina", "While nobody listened.")
    await page.locator("#phone-amina").get_by_role("textbox").fill("sent while it is away")
    await page.keyboard.press("Enter")
    await expect(page.locator("#phone-amina .trouble")).to_contain_text("It is tried again.")
    async with stopped_and_started(app, port):
        await expect(page.locator("#phone-amina .bubble")).to_have_count(4, timeout=15_000)
        await expect(page.locator("#phone-amina .bubble").nth(2)).to_contain_text("While nobody listened.")
        await expect(page.locator("#phone-amina .bubble.own")).to_contain_text("sent while it is away")
        await expect(page.locator("#phone-amina .trouble")).to_be_empty()
        await expect(page.locator("#phone-amina .offline")).to_be_hidden()
        assert len(app.accepted) == 1
        await page.close()


async def test_without_a_script_the_phones_work_by_forms(app, url, open_page):
    app.script = answers
    await app.say("amina", QUESTION, rows=ROWS)
    page = await open_page(f"{url}/?lang=en", viewport=NARROW, java_script_enabled=False)
    amina = page.locator("#phone-amina")
    await expect(page.locator(".close-guide")).to_be_hidden()
    await amina.get_by_role("button", name="2", exact=True).click()
    await expect(amina.locator(".bubble")).to_contain_text("Yes. It is a near miss.")
    await amina.get_by_role("textbox").fill("hello")
    await amina.get_by_role("button", name="Send").click()
    await expect(amina.locator(".bubble").last).to_contain_text("You said hello.")
    await amina.get_by_label("Language of Amina").select_option("العربية")
    await amina.get_by_role("button", name="Change").click()
    await expect(amina.locator(".phone")).to_have_attribute("dir", "rtl")
    assert await page.locator(".guide li").count() == 5
    await expect(page.locator(".guide li").last).to_be_visible()


async def test_a_phone_alone_fills_a_real_phones_screen_and_returns_to_itself(app, url, open_page):
    app.script = answers
    for _ in range(3):
        await app.say("amina", "", picture=("safety/media/near-miss.png", "A box falls."))
    await app.say("amina", QUESTION, rows=ROWS)
    page = await open_page(f"{url}/phone/amina?lang=en", viewport=NARROW)
    await expect(page.locator(".bubble").first.locator("time")).to_have_count(0)
    assert not await is_wider_than_its_window(page)
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    field = await page.get_by_role("textbox").bounding_box()
    assert field["y"] + field["height"] <= 844
    await page.get_by_role("button", name="1", exact=True).click()
    await expect(page.get_by_role("button", name="Next")).to_be_visible()


async def test_the_guide_goes_on_with_what_is_done_and_stays_closed(app, url, open_page):
    page = await open_page(f"{url}/?lang=en")
    guide = page.locator(".guide")
    await expect(guide).to_contain_text("Step 1 of 5.")
    await app.say("amina", "Choose your language.", rows=((("English", "e"),),))
    await expect(guide.get_by_text("Step 2 of 5.")).to_be_hidden()
    await app.say("amina", QUESTION, rows=ROWS)
    await expect(guide.get_by_text("Step 2 of 5.")).to_be_visible()
    await page.locator("#phone-amina").get_by_role("button", name="2", exact=True).click()
    await expect(guide.get_by_text("Step 3 of 5.")).to_be_visible()
    await page.locator("#phone-tomas").get_by_role("textbox").fill("/team")
    await page.keyboard.press("Enter")
    await expect(guide.get_by_text("Step 4 of 5.")).to_be_visible()
    await guide.get_by_role("button", name="Next step").click()
    await expect(guide.get_by_text("Step 5 of 5.")).to_be_visible()
    await page.reload()
    await expect(guide.get_by_text("Step 5 of 5.")).to_be_visible()
    await guide.get_by_role("button", name="Close the guide").click()
    await expect(guide).to_be_hidden()
    await page.reload()
    await expect(guide).to_be_hidden()


async def test_a_new_worker_joins_with_the_button(app, url, open_page):
    page = await open_page(f"{url}/?lang=en")
    await page.get_by_role("button", name="A new worker scans the poster").click()
    await expect(page.locator(".column")).to_have_count(4)
    await app.say("new3", "Choose your language.")
    await expect(page.locator("#phone-new3 .bubble")).to_have_count(1)


async def test_the_phones_appear_by_themselves_when_the_sample_is_ready(app, url, open_page):
    app.demo.is_ready = False
    page = await open_page(f"{url}/?lang=en")
    await expect(page.get_by_role("heading", name="The sample is being prepared")).to_be_visible()
    app.demo.is_ready = True
    await expect(page.locator(".column")).to_have_count(3, timeout=10_000)


async def test_what_was_kept_follows_without_a_reload(app, url, open_page):
    page = await open_page(f"{url}/?lang=en")
    await expect(page.locator(".kept")).to_contain_text("events 42")
    app.counts["events"] = 43
    await app.say("amina", "Hello.")
    await expect(page.locator(".kept")).to_contain_text("events 43", timeout=10_000)


async def test_two_pages_show_the_same_chat_at_the_same_time(app, url, open_page):
    first, second = await asyncio.gather(open_page(f"{url}/?lang=en"), open_page(f"{url}/phone/amina?lang=ar"))
    await first.locator("#phone-amina").get_by_role("textbox").fill("to both")
    await first.keyboard.press("Enter")
    for page in (first, second):
        await expect(page.locator("#phone-amina .bubble.own")).to_contain_text("to both")
