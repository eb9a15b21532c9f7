"""Pictures and recordings of lessons: where they are found, and what makes one unfit to be sent."""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.catalogue.languages import is_language
from bot.core.question import Problem

LARGEST_PICTURE, LARGEST_RECORDING = 200_000, 300_000
# What a file of each kind begins with, whatever its name says.
_PICTURES = {
    ".png": rb"\x89PNG\r\n\x1a\n",
    ".jpg": rb"\xff\xd8\xff",
    ".jpeg": rb"\xff\xd8\xff",
    ".webp": rb"RIFF....WEBP",
}
_RECORDINGS = {".ogg": rb"OggS", ".opus": rb"OggS", ".mp3": rb"ID3|\xff[\xe0-\xff]"}
_HEAD = 16


def media_file(content: Path, path: str, language: str) -> Path | None:
    """Return a file below the content folder: `media/<language>/x` where it is there, else `media/x`."""
    if Path(path).suffix.lower() not in {**_PICTURES, **_RECORDINGS} or "\0" in path:
        return None
    folder, name = (content / path).parent, Path(path).name
    own = [folder / language / name] if is_language(language) else []
    places = [*own, folder / name]
    return next((place for place in places if is_inside(place, content) and place.is_file()), None)


def is_inside(path: Path, root: Path) -> bool:
    """Say whether a file lies below a folder, also when links are followed."""
    return path.resolve().is_relative_to(root.resolve())


def media_problems(content: Path, path: str | None, line: int, *, picture: bool) -> Iterator[Problem]:
    """Report what keeps a file from being sent; `path` is below the content folder, or None if it leads out."""
    if path is None or not is_inside(content / path, content):
        hint = "Put it into the `media` folder of the course and name it as `media/…`."
        yield Problem("E501", line, "The file lies outside the folder of the course.", hint)
        return
    file = content / path
    if not file.is_file():
        yield Problem("E501", line, "There is no such file.", "Put it there, or mend the path.")
        return
    kinds, largest = (_PICTURES, LARGEST_PICTURE) if picture else (_RECORDINGS, LARGEST_RECORDING)
    begins = kinds.get(file.suffix.lower())
    if begins is None or not _begins(file, begins):
        yield Problem("E503", line, "The file is of another kind.", f"Use {', '.join(sorted(kinds))}.")
    if file.stat().st_size > largest:
        yield Problem("E503", line, "The file is too large.", f"Keep it under {largest // 1000} KB.")
    if picture and has_text(file):
        yield Problem("W408", line, "There is text in the picture.", "Nobody can translate it: say it in the lesson.")


def has_text(picture: Path) -> bool:
    """Say whether the drawing that a picture was made from holds text; without the drawing nobody can tell."""
    drawing = picture.parent / "src" / f"{picture.stem}.svg"
    return drawing.is_file() and "<text" in drawing.read_text(encoding="utf-8", errors="replace")


def _begins(file: Path, pattern: bytes) -> bool:
    with file.open("rb") as opened:
        return re.match(pattern, opened.read(_HEAD), re.DOTALL) is not None
