from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.web.fakes import FakeApp
from tests.web.serving import serving

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def media(tmp_path: Path) -> Path:
    root = tmp_path / "content"
    for name in ("safety/media/box.png", "ar/safety/media/box.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PNG + name.encode())
    (root / "safety/media/drawing.svg").write_text("<svg/>")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


@pytest.fixture
def app(media: Path) -> FakeApp:
    return FakeApp(media)


@pytest.fixture
async def url(app: FakeApp) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


@pytest.fixture
async def client(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's manners: it takes pages, and says where a request comes from."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with aiohttp.ClientSession(url, headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session
