"""Say phrases in one language: gettext lookup with our plural rules, dates and numbers, values in isolates."""

import unicodedata
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache

from babel.dates import format_date, format_time

from bot.catalogue.graphemes import shortened
from bot.catalogue.languages import SOURCE, chain, is_language, is_rtl, locale_of
from bot.catalogue.plurals import plural_rule
from bot.core.messages import Content, Phrase, PhraseValue, Text
from bot.core.rich_text import FIRST_STRONG_ISOLATE, POP_ISOLATE, RichText, Span, Value, anchored, fill, plain

# The only values that may enter the text of a lesson.
CONTENT_PLACEHOLDERS = frozenset({"name", "course", "company", "trainer"})

# For each language what is translated, by context and English.
Tables = Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]]


class GettextTranslator:
    """Turns phrases into any language that has a table, and English where a table lacks one."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        # Most phrases carry no value and come again and again. What carries one is a person's, and is not kept.
        self._without_values = lru_cache(maxsize=4096)(self._anchored)
        self._label_without_values = lru_cache(maxsize=4096)(self._shortened)
        self._template = lru_cache(maxsize=4096)(self._looked_up)

    def use(self, tables: Tables) -> None:
        """Speak from other tables from now on; for a catalogue that was read again."""
        self._tables = tables
        self._without_values.cache_clear()
        self._label_without_values.cache_clear()
        self._template.cache_clear()

    def render(self, text: Text, language: str) -> RichText:
        """Return a phrase or a content, filled; lines keep their direction whatever they begin with."""
        return self._anchored(text, language) if text.values else self._without_values(text, language)

    def label(self, text: Text, language: str, limit: int) -> str:
        """Return a plain label, shortened on a grapheme border where it must be."""
        return (self._shortened if text.values else self._label_without_values)(text, language, limit)

    def is_rtl(self, language: str) -> bool:
        """Say whether the language is written from right to left."""
        return is_rtl(language)

    def _shortened(self, text: Text, language: str, limit: int) -> str:
        return shortened(plain(self._spans(text, language)[0]), limit)

    def _anchored(self, text: Text, language: str) -> RichText:
        spans, rtl = self._spans(text, language)
        return anchored(spans) if rtl else spans

    def _spans(self, text: Text, language: str) -> tuple[RichText, bool]:
        """Return the text without anchors, and whether it runs from right to left."""
        if isinstance(text, Content):
            spoken, template = text.language, text.text
            given = [(name, value) for name, value in text.values if name in CONTENT_PLACEHOLDERS]
        else:
            template, spoken = self._template(
                text.language or language, text.context or "", text.text, text.plural, text.count
            )
            given = list(text.values)
        rtl = is_rtl(spoken)
        values = {name: self._value(value, spoken, rtl=rtl) for name, value in given}
        return fill(template, values, rtl=rtl), rtl

    def _looked_up(self, language: str, context: str, text: str, plural: str | None, count: int) -> tuple[str, str]:
        """Return the template of a phrase, and the language it was found in."""
        for code in chain(language):
            strings = self._tables.get(code, {}).get((context, text))
            if strings:
                form = plural_rule(code)(abs(count)) if plural is not None else 0
                return strings[min(form, len(strings) - 1)], code
        return (text if plural is None or abs(count) == 1 else plural), SOURCE

    def _value(self, value: PhraseValue, language: str, *, rtl: bool) -> Value:
        if isinstance(value, Phrase | Content):
            spans, value_rtl = self._spans(value, language)
            # Words that run the other way are laid out among themselves.
            return spans if value_rtl == rtl else (Span(FIRST_STRONG_ISOLATE), *spans, Span(POP_ISOLATE))
        if isinstance(value, date | time):
            return shown_time(value, language)
        return str(value) if isinstance(value, int) else value


@lru_cache(maxsize=1024)
def shown_time(value: date | time, language: str) -> str:
    """Return a day or a time of day as it is written in a language, in the digits 0 to 9 and with 24 hours."""
    known = language if is_language(language) else SOURCE
    # English is read in many countries; days before months is what most of them write.
    locale = locale_of("en_001" if known == SOURCE else known)
    written = (
        format_time(value, "HH:mm", locale=locale) if isinstance(value, time) else format_date(value, "long", locale)
    )
    return "".join(
        str(unicodedata.decimal(character)) if unicodedata.category(character) == "Nd" else character
        for character in written
    )
