"""Properties of reading answers: forgiving in form, strict in meaning, and never a crash."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.answer import normalized, read_choice, read_choices, read_number

OPTIONS = ["Sipho cuts his hand.", "A box falls. It misses Sipho.", "The machine is noisy."]
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "０１２３４５６７８９")
STRAY = st.text(alphabet=" \t.,;:!?()[]<>«»\"'*-–—\u200f\u200e\u2068\u2069\ufe0f\u200b", max_size=6)
KEYCAP = "\ufe0f\u20e3"


@given(st.integers(0, 2), st.sampled_from(DIGITS), STRAY, STRAY)
def test_a_number_is_read_in_any_digits_and_with_stray_marks(place: int, digits: str, before: str, after: str) -> None:
    assert read_choice(before + digits[place + 1] + after, OPTIONS) == place


@given(st.integers(0, 2), st.booleans(), STRAY, STRAY)
def test_a_letter_is_read_in_either_case(place: int, upper: bool, before: str, after: str) -> None:
    letter = "abc"[place]
    assert read_choice(before + (letter.upper() if upper else letter) + after, OPTIONS) == place


@given(st.integers(0, 2))
def test_a_keycap_is_a_number(place: int) -> None:
    assert read_choice(f"{place + 1}{KEYCAP}", OPTIONS) == place


@given(st.integers(0, 2), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]), STRAY, STRAY)
def test_the_words_of_an_option_are_read_in_any_case(place: int, case, before: str, after: str) -> None:
    assert read_choice(before + case(OPTIONS[place]) + after, OPTIONS) == place


@given(
    st.sets(st.integers(0, 2), min_size=1),
    st.sampled_from(["", " ", ",", ", ", " and ", " + ", "/"]),
    st.sampled_from(DIGITS),
)
def test_several_are_read_with_any_sign_between_them(places: set[int], between: str, digits: str) -> None:
    text = between.join(digits[place + 1] for place in sorted(places))
    assert read_choices(text, OPTIONS) == places


@given(
    st.integers(0, 10**12), st.sampled_from([" ", "\u00a0", "\u202f", "'", "’", ",", ""]), st.sampled_from(DIGITS[:4])
)
def test_a_number_is_read_with_any_sign_between_thousands(number: int, between: str, digits: str) -> None:
    text = f"{number:,}".replace(",", between).translate(str.maketrans("0123456789", digits))
    assert read_number(text) == Decimal(number)


@given(st.text(max_size=600))
def test_no_text_breaks_the_reading(text: str) -> None:
    place = read_choice(text, OPTIONS)
    places = read_choices(text, OPTIONS)
    assert place is None or place in range(3)
    assert places is None or places <= {0, 1, 2}
    assert read_number(text) is None or isinstance(read_number(text), Decimal)
    assert normalized(normalized(text)) == normalized(text)


def test_what_could_mean_two_things_is_not_read() -> None:
    assert read_choice("1 or 2", OPTIONS) is None
    assert read_choice("0", OPTIONS) is None
    assert read_choice("4", OPTIONS) is None
    assert read_choice("the", ["The one.", "The two."]) is None
    assert read_choice("the box", ["The box is red.", "The box is blue."]) is None
    assert read_choices("1 7", OPTIONS) is None
    assert read_number("between 60 and 70") is None
