"""Values never become markup, and never turn a line around."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.rich_text import Span, Verbatim, anchored, fill, parse, placeholders, plain

FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"


def test_bold_and_italic_are_read_and_nothing_else_is() -> None:
    assert parse("A **near miss** *almost* happened_here.") == (
        Span("A "),
        Span("near miss", bold=True),
        Span(" "),
        Span("almost", italic=True),
        Span(" happened_here."),
    )
    assert plain(parse("2 * 3 * 4 and ** alone")) == "2 * 3 * 4 and ** alone"


@given(st.text(max_size=40))
def test_a_value_is_shown_as_it_is(value: str) -> None:
    shown = plain(fill("Hello {name}.", {"name": value}, rtl=False))
    controls = {chr(code) for code in [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]}
    inside = shown.removeprefix("Hello ").removesuffix(".").strip(FSI + PDI) if value else ""
    assert [letter for letter in inside if letter not in controls] == [
        letter for letter in value if letter not in controls
    ]
    assert not any(span.bold or span.italic for span in fill("Hello {name}.", {"name": value}, rtl=False))


def test_a_value_can_reach_no_attribute_and_fills_nothing_again() -> None:
    assert (
        plain(fill("{name}", {"name": "{company} {0.__class__} {name}"}, rtl=False)) == "{company} {0.__class__} {name}"
    )
    assert plain(fill("{unknown} and {", {"name": "x"}, rtl=False)) == "{unknown} and {"


def test_values_stand_in_isolates_where_the_text_runs_from_right_to_left() -> None:
    assert plain(fill("أهلا {name}", {"name": "Acme 5"}, rtl=True)) == f"أهلا {FSI}Acme 5{PDI}"
    assert plain(fill("Hello {name}", {"name": "شركة"}, rtl=False)) == f"Hello {FSI}شركة{PDI}"
    assert plain(fill("Hello {name}", {"name": "Acme"}, rtl=False)) == "Hello Acme"


def test_a_control_in_a_name_cannot_turn_the_rest_of_the_line() -> None:
    shown = plain(fill("{name} joined", {"name": "Acme\u202e\u2069 Ltd"}, rtl=True))
    assert shown == f"{FSI}Acme Ltd{PDI} joined"


def test_links_and_commands_are_left_as_they_are() -> None:
    assert plain(fill("أرسل {command}", {"command": Verbatim("/next")}, rtl=True)) == "أرسل /next"


def test_words_of_the_same_text_keep_their_style_inside_another() -> None:
    inner = parse("a **b**")
    assert fill("**{why}** {why}", {"why": inner}, rtl=False) == (
        Span("a b", bold=True),
        Span(" a "),
        Span("b", bold=True),
    )


def test_every_line_of_a_right_to_left_text_keeps_its_direction() -> None:
    text = (Span("1  نعم\n"), Span("2", bold=True), Span("  لا\nAcme فازت\n/next\nنعم"))
    assert plain(anchored(text)) == f"{RLM}1  نعم\n{RLM}2  لا\n{RLM}Acme فازت\n/next\nنعم"


def test_placeholders_are_found() -> None:
    assert placeholders("{a} {b_c} {D} {}") == {"a", "b_c"}
