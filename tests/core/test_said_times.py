"""Hours and weekdays are read as people say them, and what is none is not."""

from datetime import time

import pytest

from bot.core.answer import normalized
from bot.core.dialogue.said_times import read_days, read_hour

ARABIC = {normalized("الاثنين"): "0", normalized("الأربعاء"): "2"}
PORTUGUESE = {normalized("segunda-feira"): "0", normalized("terça-feira"): "1"}


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("9", time(9)),
        ("9am", time(9)),
        ("12 am", time(0)),
        ("12pm", time(12)),
        ("5 p.m.", time(17)),
        ("21.30", time(21, 30)),
        ("9h30", time(9, 30)),
        ("17 h", time(17)),
        ("9 heures du soir", time(21)),
        ("в 9 часов", time(9)),
        ("9 вечера", time(21)),
        ("٩", time(9)),
        ("٩:٣٠", time(9, 30)),
        ("٩ صباحا", time(9)),
        ("٩ صباحًا", time(9)),
        ("الساعة ٩ مساءً", time(21)),
        ("half past nine", time(9, 30)),
        ("Quarter to nine", time(8, 45)),
        ("quarter to 0", time(23, 45)),
        ("20 past 4", time(4, 20)),
        ("nine thirty", time(9, 30)),
        ("nine o'clock", time(9)),
        ("9 in the evening", time(21)),
        ("noon", time(12)),
    ],
)
def test_an_hour_is_read_however_it_is_said(said: str, hour: time) -> None:
    assert read_hour(said) == hour


@pytest.mark.parametrize(
    "said", ["", "25:99", "24", "9:60", "99 past 9", "half past", "0930", "1 2 3", "9 am pm", "tea", "half past tea"]
)
def test_what_is_no_hour_is_not_read(said: str) -> None:
    assert read_hour(said) is None


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("mon wed", "02"),
        ("Wednesdays and Mondays", "02"),
        ("1 3 5", "024"),
        ("135", "024"),
        ("٧ ١", "06"),
        ("every day", "0123456"),
        ("daily", "0123456"),
        ("weekdays", "01234"),
        ("Mon-Fri", "01234"),
        ("1 – 5", "01234"),
        ("friday to monday", "0456"),
        ("الاثنين والأربعاء", "02"),
        ("يوم الاثنين", "0"),
        ("segunda-feira, terça", "01"),
    ],
)
def test_days_are_read_however_they_are_said(said: str, days: str) -> None:
    assert read_days(said, ARABIC | PORTUGUESE) == days


@pytest.mark.parametrize("said", ["", "8", "0", "10", "t", "mon foo", "never", "s", "and", "mon-foo"])
def test_what_is_no_day_is_not_read(said: str) -> None:
    assert read_days(said, {}) is None
