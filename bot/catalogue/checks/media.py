"""E5: pictures and recordings."""

from collections.abc import Iterator
from pathlib import Path

from bot.catalogue.course_files import LessonFile
from bot.catalogue.lesson_files import picture_path
from bot.catalogue.media import media_problems
from bot.core.question import Problem


def media(file: LessonFile, content: Path) -> Iterator[Problem]:
    """Report files that are missing, unfit, or without words."""
    folder = file.path.partition("/")[0]
    for card in file.source.cards:
        for picture in card.pictures:
            yield from media_problems(content, picture_path(folder, picture.path), picture.line, picture=True)
            if not picture.alt:
                hint = "Say in the brackets what it shows."
                yield Problem("E502", picture.line, "The picture has no words for those who do not see it.", hint)
        for recording in card.recordings:
            yield from media_problems(content, picture_path(folder, recording.path), recording.line, picture=False)
            yield Problem("W505", recording.line, "The recording is not sent yet.", "It does no harm to keep it.")
            if not card.of("text") and not card.of("option"):
                hint = "Write what is said: not everybody can listen."
                yield Problem("E504", recording.line, "The card has a recording and no text.", hint)
