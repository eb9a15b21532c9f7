"""Each code is found, in the right file and line; and a sound shelf gives none."""

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.catalogue.codes import CODES
from bot.catalogue.plurals import plural_forms
from tests.catalogue.shelf import LESSON, TODAY, ZA, Shelf, line_of, png, po_text

NEAR_MISS, MIND, COURSE_FILE = "01-near-miss.md", "02-mind.md", "course.md"
FIRST = "safety/01-near-miss.md"
OPTION = "- [x] A box falls. It misses Sipho."
FEEDBACK = "  > Yes. Next time somebody can be hurt."
SENTENCE = "A heavy box falls next to {name}. Nobody is hurt."
ACTION = "> Tell your supervisor about one near miss."

# code, what is replaced in the first lesson, by what, and words that stand on the line that is named
LESSON_CASES = [
    ("E101", "title: Report the near miss", "title: Report: the near miss", "title:"),
    ("E101", "title: Report the near miss", "title: *alias", "title:"),
    ("E101", "title: Report the near miss", "title: !!python/object:os.system x", "title:"),
    ("E101", "minutes: 4", "minutes: 4\nminutes: 5", "minutes: 5"),
    ("E101", "minutes: 4", "minutes: {a: b}", "minutes:"),
    ("E102", "minutes: 4\n", "", "---"),
    ("E102", "objective: You can report a near miss in one minute.", "objective:", "objective"),
    ("E103", "minutes: 4", "minutes: 4\nminuets: 5", "minuets"),
    ("E104", "minutes: 4", "minutes: 12", "minutes"),
    ("E104", "audience: worker", "audience: boss", "audience"),
    ("E104", "sensitivity: normal", "sensitivity: normal\nsdg: [3, 18]", "sdg"),
    ("E105", "id: osh-04", "id: OSH 04", "id:"),
    ("E105", "<!-- id: q-which -->", "<!-- id: Which? -->", "Which? -->"),
    ("E106", "id: osh-04", "id: osh-07", "id:"),
    ("E106", "id: osh-04", "id: safety", "id:"),
    ("E109", "owner: Ask what almost went wrong last week.\n", "", "---"),
    ("E201", "Nobody is hurt.\n\n---", "Nobody is hurt.\n---", "---\n\n## What"),
    ("E201", "---\n\n## What is a near miss?", "---\n## What is a near miss?", "---\n## What"),
    ("E201", "---\n\n## What is a near miss?", "***\n\n## What is a near miss?", "***"),
    ("E201", "## Think back", "Think back\n===", "==="),
    ("E202", "---\n\n## What is a near miss?", "---\n\n---\n\n## What is a near miss?", "\n---\n\n## What"),
    ("E203", "## A box falls\n\n", "", "![A box"),
    ("E203", "## Think back", "## Think back\n\n## Again", "## Again"),
    ("E203", "## What is a near miss?", "First this.\n\n## What is a near miss?", "First this."),
    ("E206", ACTION, f"{ACTION}\n\nAnd be quick.", "> [!IMPORTANT]"),
    ("E206", "> [!IMPORTANT]\n" + ACTION, "## The end\n\nThat is all.", "## The end"),
    (
        "E206",
        "<!-- id: r-mine -->",
        "> [!IMPORTANT]\n> Do it.\n\n---\n\n<!-- id: r-mine -->",
        "> [!IMPORTANT]\n> Do it",
    ),
    ("E207", SENTENCE, f"{SENTENCE} <b>Really.</b>", SENTENCE),
    ("E207", SENTENCE, f"{SENTENCE}\n\n<div>Really.</div>", "<div>"),
    ("E208", "<!-- type: reflect -->", "<!-- typ: reflect -->", "<!-- typ"),
    ("E208", "<!-- type: reflect -->", "<!-- type: dance -->", "<!-- type"),
    ("E208", "<!-- id: q-which -->", "<!-- id: q-which -->\n<!-- id: q-two -->", "q-two"),
    ("E208", "> [!TIP]", "> [!WARNING]", "> [!WARNING]"),
    ("E209", SENTENCE, "| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |"),
    ("E209", SENTENCE, "```\ncode\n```", "```"),
    ("E209", SENTENCE, "1. One\n2. Two", "1. One"),
    ("E209", SENTENCE, "See [the page](https://example.org).", "See [the"),
    ("E209", SENTENCE, "5 \\* 3 is fifteen.", "5 \\*"),
    ("E209", SENTENCE, "Salt &amp; pepper.", "Salt"),
    ("E209", "- Nobody was hurt.", "- Nobody was hurt.\n  - Nobody at all.", "  - Nobody at"),
    ("E209", "## Think back", "## Think back\n\n![A shoe](media/box.png)", "![A shoe]"),
    ("E209", SENTENCE, "> [!TIP]\n> Mind the box.", "> Mind"),
    ("E209", SENTENCE, "![A box](media/box.png)", "![A box]("),
    ("E209", FEEDBACK, f"{FEEDBACK}\n  - And so on.", "  - And so on"),
    ("E301", "<!-- id: q-which -->\n\n", "", "## Which one"),
    ("E302", "<!-- id: r-mine -->", "<!-- id: q-which -->", "<!-- id: q-which -->\n<!-- type"),
    ("E303", "- [x] A box", "- [ ] A box", "## Which one"),
    ("E306", "- [ ] The machine is noisy.", "- [ ] Sipho cuts his hand", "- [ ] Sipho cuts his hand\n"),
    ("E307", f"{OPTION}\n{FEEDBACK}", OPTION, OPTION),
    ("E308", FEEDBACK, "> Yes. Next time somebody can be hurt.", "> Yes."),
    ("E308", FEEDBACK, f"        {FEEDBACK}", OPTION),
    ("E308", "> [!TIP]\n> Did", "> Did", "> Did"),
    ("E309", "- [ ] The machine is noisy.", "- The machine is noisy.", "- The machine"),
    ("E309", "When did something", "- When did something", "- When did"),
    ("E310", OPTION, "- [x]A box falls. It misses Sipho.", "- [x]A box"),
    ("E310", "- [ ] The machine is noisy.", "- [] The machine is noisy.", "- [] The"),
    ("E311", "- [ ] The machine is noisy.", "- [ ] All of the above", "- [ ] All"),
    ("E313", "- [ ] The machine is noisy.", "- [ ] Stop!", "- [ ] Stop!"),
    ("E314", "<!-- type: reflect -->", "<!-- type: number; answer: 3; from: 5; to: 9 -->", "## Think back"),
    ("E401", SENTENCE, "One two three. " * 21, "## A box falls"),
    ("E401", SENTENCE, "Donaudampfschifffahrt " * 45, "## A box falls"),
    ("E404", "next to {name}.", "next to {nmae}.", "next to {"),
    ("E404", "next to {name}.", "next to {name.", "next to {"),
    ("E405", "A **near miss**", "A **near miss", "A **near"),
    ("E405", "*almost*", "*almost", "A **near"),
    ("E501", "media/box.png", "media/none.png", "![A box"),
    ("E501", "media/box.png", "../../../etc/passwd", "![A box"),
    ("E501", "media/box.png", "/etc/passwd", "![A box"),
    ("E501", "media/box.png", "https://example.org/box.png", "![A box"),
    ("E502", "![A box lies next to a shoe]", "![]", "![](media"),
    ("E503", SENTENCE, f"{SENTENCE}\n\n<!-- audio: media/box.png -->", "<!-- audio"),
    ("E504", SENTENCE, "[Listen](media/box.ogg)", "[Listen]"),
    ("E601", "[^guide]\n", "[^giude]\n", "A **near"),
    ("E601", "*almost* happened.[^guide]", "*almost* happened.", "[^guide]: ILO"),
    ("E601", "[^guide]: ILO", "[^guide]: one\n[^guide]: ILO", "[^guide]: ILO"),
    ("W315", FEEDBACK, f"{FEEDBACK}\n- [ ] A fourth one.\n  > This is one too many.", "## Which one"),
    ("W402", SENTENCE, "One two three four five six seven eight nine ten, " * 3 + "end.", "One two"),
    ("W406", SENTENCE, "It is 50% safe.", "It is 50%"),
    ("W407", SENTENCE, "Watch out!!", "Watch out"),
    ("W407", SENTENCE, "Leverage the stakeholders.", "Leverage"),
    ("W505", SENTENCE, f"{SENTENCE}\n\n[Listen](media/box.ogg)", "[Listen]"),
    ("W602", SENTENCE, "You must leave at 50 degrees.", "You must"),
]


@pytest.mark.parametrize(("code", "old", "new", "needle"), LESSON_CASES)
def test_a_mistake_in_a_lesson_is_found_on_its_line(shelf: Shelf, code: str, old: str, new: str, needle: str) -> None:
    shelf.write_bytes("safety/media/box.ogg", b"OggS")
    text = shelf.edit(FIRST, old, new)
    found = {(one, line) for one, name, line in shelf.found() if name == NEAR_MISS}
    assert (code, line_of(text, needle)) in found


def test_a_sound_shelf_has_no_problem(shelf: Shelf) -> None:
    shelf.write("help/ZA.md", ZA)
    shelf.translate("fr")
    shelf.translate("fr", "help")
    shelf.speak("fr")
    assert [str(problem) for problem in shelf.problems()] == []


def e100_latin(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes(FIRST, LESSON.replace("A box falls", "Une boîte").encode("latin-1"))
    return "E100", NEAR_MISS, line_of(LESSON, "## A box")


def e100_zero_bytes(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes(FIRST, LESSON.encode() + b"\0")
    return "E100", NEAR_MISS, 1


def e100_empty(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write(FIRST, "")
    return "E100", NEAR_MISS, 1


def e100_large(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write(FIRST, LESSON + "x" * 100_000)
    return "E100", NEAR_MISS, 1


def e100_link_out(shelf: Shelf) -> tuple[str, str, int]:
    outside = shelf.folders.content.parent / "outside.md"
    outside.write_text(LESSON)
    (shelf.folders.content / FIRST).unlink()
    (shelf.folders.content / FIRST).symlink_to(outside)
    return "E100", NEAR_MISS, 1


def e101_no_front_matter(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write(FIRST, "## Hello\n")
    return "E101", NEAR_MISS, 1


def e101_course(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit("safety/course.md", "order: 1", "order: &a [*a]")
    return "E101", COURSE_FILE, 5


def e100_folder(shelf: Shelf) -> tuple[str, str, int]:
    (shelf.folders.content / "safety/03-folder.md").mkdir()
    return "E100", "03-folder.md", 1


def e100_course(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes("safety/course.md", b"\xff")
    return "E100", COURSE_FILE, 1


def e100_help(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes("help/ZA.md", b"\xff")
    return "E100", "ZA.md", 1


def e100_po(shelf: Shelf) -> tuple[str, str, int]:
    shelf.translate("fr").write_bytes(b"\xff")
    return "E100", "safety.po", 1


def e101_long_front_matter(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit(FIRST, "title: Report the near miss", "title: " + "[" * 20_000)
    return "E101", NEAR_MISS, 2


def e106_reserved(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit("safety/course.md", "id: safety", "id: interface")
    return "E106", COURSE_FILE, 2


def e107_changed_id(shelf: Shelf) -> tuple[str, str, int]:
    commit(shelf.folders.content, "2026-11-01")
    shelf.edit(FIRST, "id: osh-04", "id: osh-05")
    return "E107", NEAR_MISS, 2


def e108_unlisted(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write("safety/03-more.md", LESSON.replace("osh-04", "osh-05"))
    return "E108", "03-more.md", 1


def e108_listed_twice(shelf: Shelf) -> tuple[str, str, int]:
    text = shelf.edit("safety/course.md", "- [A healthy", "- [Again](01-near-miss.md)\n- [A healthy")
    return "E108", COURSE_FILE, line_of(text, "- [Again]")


def e108_missing(shelf: Shelf) -> tuple[str, str, int]:
    text = shelf.edit("safety/course.md", "02-mind.md", "02-mnid.md")
    return "E108", COURSE_FILE, line_of(text, "02-mnid")


def e108_prose(shelf: Shelf) -> tuple[str, str, int]:
    text = shelf.edit("safety/course.md", "\n- [Report", "\nWelcome.\n\n- [Report")
    return "E108", COURSE_FILE, line_of(text, "Welcome")


def e109_sensitive(shelf: Shelf) -> tuple[str, str, int]:
    text = shelf.edit("safety/02-mind.md", "minutes: 3", "minutes: 3\nowner: Ask who is sad.")
    return "E109", MIND, line_of(text, "owner")


def asked_around(shelf: Shelf, gain: str, *more: str) -> int:
    """Name questions for before and after the course, beside lessons that are like the first; return the line."""
    for number, lesson_id in enumerate(more, 3):
        shelf.write(f"safety/0{number}-more.md", LESSON.replace("id: osh-04", f"id: {lesson_id}"))
        shelf.edit("safety/course.md", "- [A healthy", f"- [More](0{number}-more.md)\n- [A healthy")
    return line_of(shelf.edit("safety/course.md", "sdg: [3, 8]", f"sdg: [3, 8]\ngain: {gain}"), "gain:")


def e111_one(shelf: Shelf) -> tuple[str, str, int]:
    return "E111", COURSE_FILE, asked_around(shelf, "osh-05/q-which", "osh-05")


def e111_three(shelf: Shelf) -> tuple[str, str, int]:
    named = "[osh-05/q-which, osh-06/q-which, osh-08/q-which]"
    return "E111", COURSE_FILE, asked_around(shelf, named, "osh-05", "osh-06", "osh-08")


def e112_unknown(shelf: Shelf) -> tuple[str, str, int]:
    return "E112", COURSE_FILE, asked_around(shelf, "[osh-05/q-which, q-what]", "osh-05")


def e112_several(shelf: Shelf) -> tuple[str, str, int]:
    return "E112", COURSE_FILE, asked_around(shelf, "[osh-05/q-which, q-which]", "osh-05")


def e113_one_lesson(shelf: Shelf) -> tuple[str, str, int]:
    line = asked_around(shelf, "[osh-05/q-which, osh-05/q-again]", "osh-05")
    question = LESSON[LESSON.index("<!-- id: q-which") : LESSON.index("<!-- id: r-mine")]
    shelf.edit("safety/03-more.md", "<!-- id: r-mine", question.replace("q-which", "q-again") + "<!-- id: r-mine")
    return "E113", COURSE_FILE, line


def e114_first_lesson(shelf: Shelf) -> tuple[str, str, int]:
    return "E114", COURSE_FILE, asked_around(shelf, "[osh-04/q-which, osh-05/q-which]", "osh-05")


def e114_first_of_the_owner(shelf: Shelf) -> tuple[str, str, int]:
    line = asked_around(shelf, "[osh-05/q-which, osh-06/q-which]", "osh-05", "osh-06")
    shelf.edit("safety/03-more.md", "audience: worker", "audience: both")
    return "E114", COURSE_FILE, line


def e115_sensitive(shelf: Shelf) -> tuple[str, str, int]:
    return "E115", COURSE_FILE, asked_around(shelf, "[q-days, osh-05/q-which]", "osh-05")


def e116_reflection(shelf: Shelf) -> tuple[str, str, int]:
    return "E116", COURSE_FILE, asked_around(shelf, "[osh-05/r-mine, osh-06/q-which]", "osh-05", "osh-06")


def e204_few(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit(
        "safety/02-mind.md", "Grace sleeps badly. Bilal listens.\n\n---\n\n<!-- id: q-days -->", "<!-- id: q-days -->"
    )
    return "E204", MIND, 1


def e205_no_question(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit("safety/02-mind.md", "<!-- type: number; answer: 12; from: 10; to: 14 -->", "<!-- type: reflect -->")
    return "E205", MIND, 1


def e304_all_right(shelf: Shelf) -> tuple[str, str, int]:
    text = LESSON.replace("- [ ]", "- [x]")
    shelf.write(FIRST, text)
    return "E304", NEAR_MISS, line_of(text, "## Which one")


def e305_one_option(shelf: Shelf) -> tuple[str, str, int]:
    text = "\n".join(row for row in LESSON.split("\n") if not row.startswith("- [ ]"))
    shelf.write(FIRST, text.replace("  > This is an injury. Somebody was hurt.\n", ""))
    return "E305", NEAR_MISS, line_of(LESSON, "## Which one")


def e313_translated_option(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    shelf.speak("fr", {("command words", "stop, end"): "arrêt"})
    path.write_text(path.read_text().replace("fr The machine is noisy.", "Arrêt"))
    return "E313", "safety.po", line_of(path.read_text(), 'msgid "The machine')


def e316_clash(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.speak("fr", {("command words", "menu"): "end"})
    return "E316", "interface.po", line_of(path.read_text(), 'msgid "menu"')


def e401_translated(shelf: Shelf) -> tuple[str, str, int]:
    return "E401", "safety.po", lengthened(shelf, "mot " * 250)


def e405b_english(shelf: Shelf) -> tuple[str, str, int]:
    text = shelf.edit(FIRST, SENTENCE, "Wonderful accidents everywhere. " * 17)
    text = shelf.edit(FIRST, "- Nobody was hurt.", "- " + "Wonderful accidents everywhere. " * 10)
    return "E405b", NEAR_MISS, line_of(text, "<!-- id: q-which")


def e405b_translated(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    long = "mot " * 200
    for text in ("A heavy box falls next to {name}.", "A **near miss** is"):
        path.write_text(path.read_text().replace(f"fr {text}", f"{long} {text}"))
    return "E405b", "safety.po", line_of(path.read_text(), 'msgid "Which one')


def e501_symlink(shelf: Shelf) -> tuple[str, str, int]:
    outside = shelf.folders.content.parent / "box.png"
    outside.write_bytes(png())
    (shelf.folders.content / "safety/media/box.png").unlink()
    (shelf.folders.content / "safety/media/box.png").symlink_to(outside)
    return "E501", NEAR_MISS, line_of(LESSON, "![A box")


def e503_kind(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes("safety/media/box.png", b"<svg/>")
    return "E503", NEAR_MISS, line_of(LESSON, "![A box")


def e503_size(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write_bytes("safety/media/box.png", png() + b"\0" * 200_000)
    return "E503", NEAR_MISS, line_of(LESSON, "![A box")


def e601_glued(shelf: Shelf) -> tuple[str, str, int]:
    text = LESSON.replace(f"{ACTION}\n\n[^guide]", f"{ACTION}\n[^guide]")
    shelf.write(FIRST, text)
    return "E601", NEAR_MISS, line_of(text, "> Tell") - 1


def e701_no_card(shelf: Shelf) -> tuple[str, str, int]:
    (shelf.folders.content / "help/none.md").unlink()
    return "E701", MIND, 7


def e702_country(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write("help/ZA.md", ZA.replace("country: ZA", "country: NL"))
    return "E702", "ZA.md", 2


def e702_day(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write("help/ZA.md", ZA.replace("2026-11-01", "soon"))
    return "E702", "ZA.md", 4


def e702_number(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit("help/none.md", "state: no", "number: 112\n  state: no")
    return "E702", "none.md", 7


def e103_help_key(shelf: Shelf) -> tuple[str, str, int]:
    text = ZA.replace("hours:", "huors:")
    shelf.write("help/ZA.md", text)
    return "E103", "ZA.md", line_of(text, "huors")


def e209_help_entry(shelf: Shelf) -> tuple[str, str, int]:
    text = ZA.replace("**Trade union**", "Trade union")
    shelf.write("help/ZA.md", text)
    return "E209", "ZA.md", line_of(text, "- Trade union")


def e104_help_state(shelf: Shelf) -> tuple[str, str, int]:
    text = ZA.replace("state: no", "state: maybe")
    shelf.write("help/ZA.md", text)
    return "E104", "ZA.md", line_of(text, "- **Trade union")


def e800_broken(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    path.write_text(path.read_text() + "\nmsgsrt oops\n")
    return "E800", "safety.po", path.read_text().count("\n")


def e800_no_number(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    path.write_text(path.read_text() + '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[x] "c"\n')
    return "E800", "safety.po", 1


def e801_placeholder(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    path.write_text(path.read_text().replace("fr A heavy box falls next to {name}.", "fr {0.__class__}"))
    return "E801", "safety.po", line_of(path.read_text(), 'msgid "A heavy')


def e802_markup(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    path.write_text(path.read_text().replace("fr A **near miss**", "fr A **near miss"))
    return "E802", "safety.po", line_of(path.read_text(), 'msgid "A **near')


def e803_header(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("ar")
    path.write_text(path.read_text().replace(plural_forms("ar"), "nplurals=2; plural=(n != 1);"))
    return "E803", "safety.po", 1


def e803_review(shelf: Shelf) -> tuple[str, str, int]:
    shelf.translate("ar", review="perfect")
    return "E803", "safety.po", 1


def e803_forms(shelf: Shelf) -> tuple[str, str, int]:
    text = (
        po_text("ru", {}) + '\nmsgid "{n} lesson"\nmsgid_plural "{n} lessons"\nmsgstr[0] "{n} a"\nmsgstr[1] "{n} b"\n'
    )
    shelf.po("ru", "interface", text)
    return "E803", "interface.po", line_of(text, 'msgid "{n} lesson"')


def e803_too_many_forms(shelf: Shelf) -> tuple[str, str, int]:
    text = (
        po_text("mfe", {}) + '\nmsgid "{n} lesson"\nmsgid_plural "{n} lessons"\nmsgstr[0] "{n} a"\nmsgstr[1] "{n} b"\n'
    )
    shelf.po("mfe", "interface", text)
    return "E803", "interface.po", line_of(text, 'msgid "{n} lesson"')


def e805_controls(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("ar")
    path.write_text(path.read_text().replace("ar A box falls", "ar \u202eA box falls", 1))
    return "E805", "safety.po", line_of(path.read_text(), 'msgid "A box falls"')


def e807_folder(shelf: Shelf) -> tuple[str, str, int]:
    (shelf.folders.locales / "klingon-x").mkdir(parents=True)
    return "E807", "klingon-x", 1


def w312_same_place(shelf: Shelf) -> tuple[str, str, int]:
    question = LESSON[LESSON.index("<!-- id: q-which") : LESSON.index("<!-- id: r-mine")]
    more = "".join(question.replace("q-which", f"q-{n}") for n in range(4))
    shelf.edit(FIRST, "<!-- id: r-mine", more + "<!-- id: r-mine")
    return "W312", COURSE_FILE, 1


def w403_long_sentences(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit(
        "safety/02-mind.md",
        "Grace sleeps badly. Bilal listens.",
        "One two three four five six seven eight nine ten " * 2,
    )
    shelf.edit("safety/02-mind.md", "It is about twelve.", "One two three four five six seven eight nine ten " * 2)
    shelf.edit("safety/02-mind.md", "Ask a colleague", "Ask a colleague " * 6)
    return "W403", MIND, 1


def w404_long_lesson(shelf: Shelf) -> tuple[str, str, int]:
    card = "## Again\n\n" + "One two three. " * 18 + "\n\n---\n\n"
    shelf.edit("safety/02-mind.md", "<!-- id: q-days", card * 6 + "<!-- id: q-days")
    return "W404", MIND, 1


def w408_text_in_picture(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write("safety/media/src/box.svg", "<svg><text>Danger</text></svg>")
    return "W408", NEAR_MISS, line_of(LESSON, "![A box")


def w603_old_source(shelf: Shelf) -> tuple[str, str, int]:
    shelf.edit(FIRST, "(WCMS_232886).", "(WCMS_232886), checked 2025-06-01.")
    return "W603", NEAR_MISS, line_of(LESSON, "[^guide]: ILO")


def w603_old_file(shelf: Shelf) -> tuple[str, str, int]:
    commit(shelf.folders.content, "2025-06-01")
    return "W603", NEAR_MISS, line_of(LESSON, "[^guide]: ILO")


def w702_old_card(shelf: Shelf) -> tuple[str, str, int]:
    shelf.write("help/ZA.md", ZA.replace("2026-11-01", str(TODAY - timedelta(days=151))))
    return "W702", "ZA.md", 4


def w804_close(shelf: Shelf) -> tuple[str, str, int]:
    return "W804", "safety.po", lengthened(shelf, "mot " * 205)


def w806_english(shelf: Shelf) -> tuple[str, str, int]:
    path = shelf.translate("fr")
    path.write_text(path.read_text().replace("fr Nobody was hurt.", "Nobody was hurt."))
    return "W806", "safety.po", line_of(path.read_text(), 'msgid "Nobody was')


Case = Callable[[Shelf], tuple[str, str, int]]
CASES: list[Case] = [found for name, found in sorted(globals().items()) if name[0] in "ew" and name[1:4].isdecimal()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_mistake_anywhere_is_found_in_its_file_and_line(shelf: Shelf, case: Case) -> None:
    expected = case(shelf)
    assert expected in shelf.found()


def test_two_questions_of_later_lessons_may_be_asked_before_and_after(shelf: Shelf) -> None:
    asked_around(shelf, "[osh-05/q-which, osh-06/q-which]", "osh-05", "osh-06")
    assert not {code for code, name, _ in shelf.found() if name == COURSE_FILE}
    assert shelf.files().courses("en")[0].gain == ("osh-05/q-which", "osh-06/q-which")


def test_a_question_whose_id_is_alone_in_the_course_needs_no_lesson(shelf: Shelf) -> None:
    asked_around(shelf, "[q-new, osh-06/q-which]", "osh-05", "osh-06")
    shelf.edit("safety/03-more.md", "q-which", "q-new")
    assert shelf.files().courses("en")[0].gain == ("osh-05/q-new", "osh-06/q-which")


def test_every_code_has_a_meaning_and_a_test() -> None:
    tested = {case[0] for case in LESSON_CASES} | {
        case.__name__.split("_")[0].upper().replace("B", "b") for case in CASES
    }
    assert tested == set(CODES)


def test_all_mistakes_come_in_one_run_sorted_by_file_and_line(shelf: Shelf) -> None:
    shelf.edit(FIRST, "minutes: 4", "minutes: 12")
    shelf.edit(FIRST, "<!-- id: q-which -->\n\n", "")
    shelf.edit("safety/02-mind.md", "## Two cups of tea\n", "")
    found = shelf.problems()
    assert [one.problem.code for one in found] == ["E104", "E301", "E203"]
    assert [one.path for one in found] == sorted(one.path for one in found)
    assert str(found[0]).endswith(f"{NEAR_MISS}:6:1 E104 The value of `minutes` is not possible. → Write 3, 4 or 5.")


def test_what_is_not_translated_or_fuzzy_is_no_mistake(shelf: Shelf) -> None:
    shelf.translate("fr", without={"A box falls"}, fuzzy={"Think back"})
    assert shelf.found() == set()


def test_a_lesson_may_have_windows_line_ends_and_a_byte_order_mark(shelf: Shelf) -> None:
    shelf.write_bytes(FIRST, b"\xef\xbb\xbf" + LESSON.replace("\n", "\r\n").encode())
    assert shelf.found() == set()


def test_a_billion_laughs_are_refused_at_once(shelf: Shelf) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    shelf.write(FIRST, "---\n" + "\n".join(rows) + "\n---\n\n## Hello\n")
    assert ("E101", NEAR_MISS, 3) in shelf.found()


def test_a_header_that_wants_a_billion_plural_forms_is_refused(shelf: Shelf) -> None:
    text = po_text("ru", {}).replace("nplurals=3", "nplurals=1000000000")
    shelf.po("ru", "interface", text + '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n')
    assert ("E803", "interface.po", 1) in shelf.found()


def test_a_word_of_two_commands_is_left_out_unless_one_is_stop(shelf: Shelf) -> None:
    shelf.speak("fr", {("command words", "menu"): "end, carte"})
    words = shelf.files().library("fr", country=None, hint=None).words
    assert words["end"] == "stop"
    assert words["carte"] == "menu"


def commit(folder: Path, day: str) -> None:
    """Commit the content folder on a day of the past."""
    stamp = f"{day}T09:00:00+00:00"
    identity = {"NAME": "A", "EMAIL": "a@example.org", "DATE": stamp}
    environment = {
        **os.environ,
        **{f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in identity.items()},
    }
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Lessons"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)


def lengthened(shelf: Shelf, words: str) -> int:
    """Make the translation of the first card long, and return the line where the card's texts begin."""
    path = shelf.translate("fr")
    path.write_text(path.read_text().replace("fr A heavy box falls", f"{words}fr A heavy box falls"))
    return line_of(path.read_text(), 'msgid "A box falls"')
