"""Language codes, their own names, and the chain of languages that stand in where one has no translation yet."""

from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from bot.core.course import Language

SOURCE = "en"
_SUGGESTED = 3

# People who read the one usually read the other; English stands at the end of every chain.
_CHAINS = {"ky": ("ru",), "uz": ("ru",), "mfe": ("fr",)}


@cache
def locale_of(language: str) -> Locale:
    """Return what Babel knows about a language of ours."""
    return Locale.parse(language, sep="_")


def is_language(name: str) -> bool:
    """Say whether the name of a folder is the code of a language."""
    try:
        Locale.parse(name, sep="_")
    except (ValueError, UnknownLocaleError):
        return False
    return True


@cache
def chain(language: str) -> tuple[str, ...]:
    """Return the language and those that stand in for it, English last."""
    root = language.partition("_")[0]
    return tuple(dict.fromkeys((language, root, *_CHAINS.get(root, ()), SOURCE)))


@cache
def described(language: str) -> Language:
    """Return a language with its own name for itself."""
    locale = locale_of(language)
    name = locale.get_display_name(locale) or language
    # isiZulu and isiXhosa carry their capital inside.
    shown = name if any(letter.isupper() for letter in name) else name[:1].upper() + name[1:]
    return Language(language, shown, is_rtl(language))


@cache
def is_rtl(language: str) -> bool:
    """Say whether a language is written from right to left; an unknown one is not."""
    return is_language(language) and locale_of(language).text_direction == "rtl"


@lru_cache(maxsize=1024)
def offered(wanted: str | None, languages: tuple[str, ...]) -> str | None:
    """Return the language on offer that is meant by a tag such as `pt-BR` or `zh-hans`, however it is written."""
    if not wanted or len(wanted) > len("zh-Hans-CN-variant-x"):
        return None
    try:
        locale = Locale.parse(wanted.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    regional = f"{locale.language}_{locale.territory}" if locale.territory else locale.language
    scripted = f"{locale.language}_{locale.script}" if locale.script else locale.language
    for code in (str(locale), regional, scripted, *chain(locale.language)[:-1]):
        if code in languages:
            return code
    return next((code for code in languages if code.partition("_")[0] == locale.language), None)


def suggested(hint: str | None, country: str | None, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return at most three languages to offer first: the one guessed, those of the country, English."""
    guesses = [hint]
    if country:
        guesses += get_official_languages(country, regional=False, de_facto=True)
    found = [offered(guess, languages) for guess in (*guesses, SOURCE)]
    return tuple(dict.fromkeys(code for code in found if code))[:_SUGGESTED]
