"""A trainer names a country in whatever language they think in; the names are those the catalogue lends."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.catalogue.countries import countries, country_codes
from bot.core.dialogue.trainer import named_countries
from tests.core.stage import LIBRARY, TRAINER_CODE, Stage

SPOKEN = ("en", "fr", "ar", "ru")


def read(text, language="en"):
    is_sure, found = named_countries(countries(language), text)
    codes = [country.code for country in found]
    return codes[0] if is_sure else codes


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ke", "KE"),
        (" Ke. ", "KE"),
        ("KENYA", "KE"),
        ("Кения", "KE"),
        ("كينيا", "KE"),
        ("afrique du sud", "ZA"),
        ("южно-африканская республика", "ZA"),
        ("Côte d’Ivoire", "CI"),
        ("cote d'ivoire", "CI"),
        ("COTE D IVOIRE", "CI"),
        ("ivory coast", "CI"),
        ("Tchéquie", "CZ"),
        ("tchequie", "CZ"),
        ("الأردن", "JO"),
        ("الاردن", "JO"),
        ("The Gambia", "GM"),
        ("Trinidad and Tobago", "TT"),
        ("Saint Lucia", "LC"),
        ("Congo-Kinshasa", "CD"),
        ("DRC", "CD"),
        ("Republic of the Congo", "CG"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("India", "IN"),
        ("is", "IS"),
    ],
)
def test_a_name_is_understood_in_every_language_case_and_spelling(text, code, language) -> None:
    assert read(text, language) == code


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Congo", {"CG", "CD"}),
        ("конго", {"CG", "CD"}),
        ("الكونغو", {"CG", "CD"}),
        ("Guinea", {"GN", "GW", "GQ", "PG"}),
        ("guinee", {"GN", "GW", "GQ", "PG"}),
        ("Гвинея", {"GN", "GW", "GQ", "PG"}),
        ("Korea", {"KP", "KR"}),
        ("virgin islands", {"VG", "VI"}),
        ("Myanmar", {"MM"}),
        ("Nairobi, Kenya", {"KE"}),
        ("السعوديه", {"SA"}),
    ],
)
def test_what_fits_several_or_only_in_part_is_offered(text, codes, language) -> None:
    found = read(text, language)
    assert isinstance(found, list)
    assert set(found) == codes


@pytest.mark.parametrize("text", ["Narnia", "islands", "republic", "a", "!!", "", " ", "the", "menu", "x" * 400])
def test_what_names_no_country_or_too_many_is_not_read(text) -> None:
    assert read(text) == []


@pytest.mark.parametrize("language", SPOKEN)
def test_every_name_leads_to_its_country(language) -> None:
    lent = countries(language)
    assert {country.code for country in lent.values()} == country_codes()
    for name, country in lent.items():
        found = read(name, language)
        assert found == country.code or found[0] == country.code, name
        assert len(found) <= 4


def test_the_nearest_name_is_offered_first() -> None:
    assert read("Guinea") == ["GN", "GW", "GQ", "PG"]
    names = [country.name for country in named_countries(countries("fr"), "virgin islands")[1]]
    assert all(before < after for before, after in pairwise(names))


def test_a_country_that_was_offered_can_be_tapped_or_typed() -> None:
    for answer in ("tap", "say"):
        stage = Stage(library=replace(LIBRARY, countries=countries("fr")))
        stage.open(TRAINER_CODE)
        for label in ("English", "Start"):
            stage.tap(label)
        stage.say("/newcompany")
        stage.say("Acme")
        assert "[Corée du Nord]\n[Corée du Sud]" in stage.say("korea")[-1]
        getattr(stage, answer)("Corée du Sud")
        stage.tap("1-9")
        stage.tap("Done")
        assert stage.memory.trained_companies[0].country == "KR"
        assert stage.memory.trained_companies[0].time_zone == "Asia/Seoul"
