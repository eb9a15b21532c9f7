"""E405b, E401 and W804: lessons as they are sent, in every language that has them whole."""

from collections.abc import Iterator

from bot.catalogue.bundles import Measure, bundles, card_blocks, limit, longest_form
from bot.catalogue.checks.wording import MOST_CHARACTERS
from bot.catalogue.languages import SOURCE
from bot.catalogue.translator import GettextTranslator
from bot.core.course import Lesson
from bot.core.messages import Phrase
from bot.core.question import Problem

_CLOSE_TO_LIMIT = 800
# The dialogue's own line above a draft. Said there, only counted here.
_DRAFT = Phrase("Draft translation, made by a machine. It may have mistakes.")


def sent_lengths(lesson: Lesson, translator: GettextTranslator) -> Iterator[Problem]:
    """Report bundles and cards that are too long in the lesson's language."""
    measure = Measure(lesson.language, lambda text: translator.render(text, lesson.language))
    draft = [_DRAFT] if lesson.draft else []
    most = limit(lesson.language)
    for bundle in bundles(lesson.cards):
        length = longest_form(bundle, measure, lead=draft)
        if length > most:
            message = f"What is sent together up to this card has {length} characters in “{lesson.language}”."
            yield Problem("E405b", bundle.line, message, f"Shorten it to {most}.")
    if lesson.language == SOURCE:
        return
    for card in lesson.cards:
        length = measure.length(card_blocks(card, lesson.language))
        message = f"The card has {length} characters in “{lesson.language}”."
        if length > MOST_CHARACTERS:
            yield Problem("E401", card.line, message, f"Shorten the translation to {MOST_CHARACTERS}.")
        elif length > _CLOSE_TO_LIMIT:
            yield Problem("W804", card.line, message, f"The limit is {MOST_CHARACTERS}.")
