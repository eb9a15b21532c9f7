from datetime import UTC, datetime

from bot.channels.webphone import Shown
from bot.core.rich_text import parse
from bot.web.bubbles import Line, hour, lines, standing


def change(id_: int, number: int, *, client: str | None = None) -> Shown:
    at = datetime(2026, 6, 9, 22, 4, tzinfo=UTC)
    return Shown(id_, number, "amina", client is not None, parse(str(id_)), (), None, None, "en", False, at, client)


def words(line: Line) -> str:
    return "".join(piece.text for piece in line.pieces)


def test_each_bubble_stands_once_in_its_newest_form_where_it_first_stood():
    changes = [change(1, 1), change(2, 2), change(3, 1), change(4, 4)]
    assert [bubble.id for bubble in standing(changes)] == [3, 2, 4]


def test_words_that_were_sent_twice_stand_once():
    assert len(standing([change(1, 1, client="same-id-1"), change(2, 2, client="same-id-1")])) == 1


def test_list_items_are_found_by_their_markers():
    found = lines(parse("**Question**\nWhich?\n\n**1**  One.\n**✓ 2**  *Two*.\n**•**  Three."))
    assert [(line.marker, words(line)) for line in found] == [
        ("", "Question"),
        ("", "Which?"),
        ("", ""),
        ("1", "One."),
        ("✓ 2", "Two."),
        ("•", "Three."),
    ]
    assert found[0].pieces[0].bold
    assert found[4].pieces[0].italic


def test_a_bold_word_at_the_start_is_no_marker():
    assert lines(parse("**2** is right"))[0].marker == ""
    assert lines(parse("**Two**  spaces"))[0].marker == ""


def test_direction_marks_at_the_start_of_a_line_do_not_hide_a_marker():
    assert lines(parse("\u200f**1**  واحد"))[0].marker == "1"


def test_links_can_be_followed_and_end_before_the_full_stop():
    (line,) = lines(parse("See https://example.org/?join=7Q2K and http://x.example/a(b). javascript:alert(1)"))
    assert [piece.text for piece in line.pieces if piece.is_link] == [
        "https://example.org/?join=7Q2K",
        "http://x.example/a(b",
    ]


def test_the_hour_is_the_one_of_the_phones_place():
    assert hour(change(1, 1), "Africa/Johannesburg") == "00:04"
    assert hour(change(1, 1), "UTC") == "22:04"
