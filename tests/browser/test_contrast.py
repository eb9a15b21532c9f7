"""Colours that can be read, in light and in dark."""

import re

import pytest

from tests.browser.test_demo_page import QUESTION, ROWS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_text_keeps_its_contrast_in_light_and_dark(app, url, open_page, scheme, language):
    await app.say("amina", QUESTION, rows=ROWS)
    await app.webphone.heard(app.webphone.parse({}, b'{"phone":"amina","id":"0123456789","text":"2"}').events[0])
    page = await open_page(f"{url}/?lang={language}", color_scheme=scheme)
    pairs = await page.evaluate(
        """() => {
          const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)'; };
          const words = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          return [...document.querySelectorAll('body *')].filter((e) => e.offsetParent && words(e))
            .map((e) => [e.outerHTML.slice(0, 60), getComputedStyle(e).color, ground(e)]);
        }"""
    )
    assert len(pairs) > 30
    assert [pair for pair in pairs if contrast(pair[1], pair[2]) < 4.5] == []


def contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(first), light(second)))
    return (lighter + 0.05) / (darker + 0.05)
