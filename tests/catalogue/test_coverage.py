"""How far translations are, counted as they are served."""

from bot.catalogue.coverage import coverage
from tests.catalogue.shelf import Shelf


def test_coverage_counts_messages_and_the_lessons_that_are_served(shelf: Shelf) -> None:
    shelf.translate("fr", without={"Think back"}, fuzzy={"A box falls"})
    shelf.translate("ru", review="native")
    shelf.translate("nl", review="none")
    total = len(shelf.keys())
    rows = {(row.course, row.language): row for row in coverage(shelf.stock(), "machine")}
    assert (rows["safety", "en"].translated, rows["safety", "en"].served) == (total, 2)
    french = rows["safety", "fr"]
    assert (french.lessons, french.messages, french.translated, french.fuzzy, french.served) == (
        2,
        total,
        total - 2,
        1,
        0,
    )
    assert rows["safety", "ru"].served == 2
    assert (rows["safety", "nl"].translated, rows["safety", "nl"].served) == (total, 0)


def test_what_coverage_calls_served_is_what_learners_get(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr")
    served = [
        lesson.language == "fr" for lesson in shelf.files().library("fr", country=None, hint=None).courses[0].lessons
    ]
    row = next(row for row in coverage(shelf.stock(), "machine") if (row.course, row.language) == ("safety", "fr"))
    assert row.served == sum(served) == 1


def test_help_cards_and_the_interface_have_rows_of_their_own(shelf: Shelf) -> None:
    shelf.speak("fr", {("", "More"): ""})
    shelf.translate("fr", "help")
    rows = {(row.course, row.language): row for row in coverage(shelf.stock(), "machine")}
    assert (rows["help", "fr"].messages, rows["help", "fr"].translated) == (3, 3)
    assert (rows["interface", "fr"].messages, rows["interface", "fr"].translated) == (2, 1)
