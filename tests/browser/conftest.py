"""A real browser on a real server. Chromium is the machine's own; nothing is downloaded here."""

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.web.fakes import FakeApp
from tests.web.serving import serving

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}
ROOT = Path(__file__).parents[2]
CONTENT, FINDER = ROOT / "content", ROOT / "scripts/chromium.sh"

OpenPage = Callable[..., Awaitable[Page]]


def chromium_here() -> str:
    """Return where Chromium is. A machine without it fails: after a skip nobody would know what was not tried."""
    asked = subprocess.run(["sh", FINDER, "--where"], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.fail("There is no Chromium on this machine. Type:  sh scripts/chromium.sh", pytrace=False)
    return asked.stdout.strip()


# One browser for the whole file, so its tests share a loop: starting one takes longer than most of them.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_here(), args=SWITCHES)
        yield chromium
        await chromium.close()


@pytest.fixture
def app() -> FakeApp:
    return FakeApp(CONTENT)


@pytest_asyncio.fixture(loop_scope="module")
async def url(app: FakeApp) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Open a page; whatever it complains about, such as a broken policy, fails the test at its end."""
    complaints: list[str] = []
    contexts: list[Any] = []

    async def opened(address: str, **settings: Any) -> Page:
        context = await browser.new_context(viewport=settings.pop("viewport", WIDE), **settings)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        return page

    yield opened
    for context in contexts:
        await context.close()
    # A server that a test has stopped is allowed to be missed.
    assert [text for text in complaints if "ERR_CONNECTION" not in text and "ERR_INCOMPLETE" not in text] == []


@asynccontextmanager
async def stopped_and_started(app: FakeApp, port: int) -> AsyncIterator[str]:
    """Serve an app anew on the port that it had."""
    app.is_stopping = False
    async with serving(app, port) as address:
        yield address
