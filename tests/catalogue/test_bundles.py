"""What travels together, and how long it can get."""

from bot.catalogue.bundles import Measure, bundles, card_blocks, feedbacks, limit, longest_form
from bot.catalogue.lesson_files import Edition, build_lesson
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.translator import GettextTranslator
from bot.core.messages import say
from tests.catalogue.shelf import LESSON, MIND

SEVERAL = LESSON.replace("- [ ] The machine is noisy.", "- [x] The machine is noisy.")


def cards_of(text: str):
    return build_lesson(read_lesson(text), Edition("safety", "safety")).cards


def measure() -> Measure:
    return Measure("en", lambda text: GettextTranslator({}).render(text, "en"))


def test_a_bundle_ends_with_a_question_and_the_next_begins_with_its_feedback() -> None:
    found = list(bundles(cards_of(LESSON)))
    assert [len(bundle.cards) for bundle in found] == [3, 1, 1]
    assert [bundle.asked and bundle.asked.id for bundle in found] == [None, "q-which", "r-mine"]


def test_the_longest_feedback_counts() -> None:
    cards = cards_of(LESSON)
    second = list(bundles(cards))[1]
    longer = LESSON.replace("This is a hazard. Nothing has happened yet.", "This is a hazard. " * 10)
    shorter = LESSON.replace("This is an injury. Somebody was hurt.", "Injury.")
    lengths = [longest_form(list(bundles(cards_of(text)))[1], measure()) for text in (LESSON, longer, shorter)]
    assert lengths[1] > lengths[0]
    assert lengths[2] == lengths[0] == longest_form(second, measure())


def test_every_answer_is_tried_also_sets_numbers_and_not_sure() -> None:
    assert len(list(feedbacks(cards_of(LESSON)[2].question))) == 1 + 3
    assert len(list(feedbacks(cards_of(SEVERAL)[2].question))) == 1 + 7
    assert len(list(feedbacks(cards_of(MIND)[1].question))) == 1 + 1


def test_the_words_around_a_card_count_too() -> None:
    cards = cards_of(SEVERAL)
    shown = [str(block.text) for block in card_blocks(cards[2], "en")]
    assert any("More than one is right" in text for text in shown)
    assert any("Question {n} of {total}" in text for text in shown)
    assert any("Send a number." in str(block.text) for block in card_blocks(cards_of(MIND)[1], "en"))
    first = next(bundles(cards))
    lead = say("A line above.")
    assert longest_form(first, measure(), lead=[lead]) == longest_form(first, measure()) + len("A line above.\n\n")


def test_other_languages_have_more_room() -> None:
    assert (limit("en"), limit("fr")) == (900, 1500)
