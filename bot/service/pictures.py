"""Which pictures a provider has already. A picture is known by what is in its file, so that a new one is sent anew."""

import asyncio
from collections.abc import Callable, Mapping
from hashlib import file_digest
from pathlib import Path

MediaFiles = Callable[[str, str], Path | None]


class Pictures:
    """The provider's ids of uploaded pictures, by channel and digest."""

    def __init__(self, media: MediaFiles) -> None:
        self._media = media
        self._ids: dict[tuple[str, str], str] = {}
        self._digests: dict[tuple[Path, int, int], str] = {}

    def know(self, channel: str, files: Mapping[str, str]) -> None:
        """Remember ids by digest."""
        self._ids.update({(channel, digest): file_id for digest, file_id in files.items()})

    def known(self, channel: str, digest: str | None) -> str | None:
        """Return the provider's id of a picture, if it has it."""
        return self._ids.get((channel, digest)) if digest else None

    async def digest(self, path: str, language: str) -> str | None:
        """Return what the picture is known by in this language, or None if there is no such file."""
        file = self._media(path, language)
        return await asyncio.to_thread(self._digest, file) if file else None

    def _digest(self, file: Path) -> str | None:
        try:
            found = file.stat()
            key = (file, found.st_mtime_ns, found.st_size)
            if key not in self._digests:
                with file.open("rb") as content:
                    self._digests[key] = file_digest(content, "sha256").hexdigest()
        except OSError:
            return None
        return self._digests[key]
