"""Whatever is open, STOP and START, HELP, MENU and FORGET come in between and nothing is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.dialogue.states import Asking, State, from_json, to_json
from bot.core.facts import AddressKept, Attempted, LessonCompleted, PersonForgotten, RhythmKept
from bot.core.learner import ActionChoice, Reach
from tests.core.stage import BUNDLING, CODE, COMPANY, EDITING, TRAINER_CODE, Stage
from tests.core.test_dialogues import play

JOINED = (f"open {CODE}", "tap English", "tap Start")
TRAINER = (f"open {TRAINER_CODE}", "tap English", "tap Start", "say newcompany")
TURNED = ("tap Next ▶", "tap Next ▶")
DONE = (*TURNED, "say 2", "tap Next ▶", "say 1 3", "tap Next ▶", "tap Today")
OWNER = ("open 0WNER00001", "tap English", "tap Start", "say /assign")

# On the next day one question of the first lesson comes back, and on the fourth its action is asked after.
LEARNT = (*JOINED, *DONE, "tap Yes", "tap No reminders")
ON_THE_NEXT_DAY = (*LEARNT, "pass 1500", "tap Next lesson")
OFFERED = (*JOINED, *DONE, "tap Yes", "tap No reminders")

# How each question is come to, and an answer to it with what is open then.
WAYS = {
    Asking.NOTHING: (LEARNT, "tap Next lesson", Asking.CARD),
    Asking.LANGUAGE: (JOINED[:1], "tap English", Asking.NOTICE),
    Asking.NOTICE: (JOINED[:2], "tap Start", Asking.CARD),
    Asking.CARD: ((*JOINED, TURNED[0]), "tap Next ▶", Asking.QUESTION),
    Asking.QUESTION: ((*JOINED, *TURNED), "say 2", Asking.FEEDBACK),
    Asking.FEEDBACK: ((*JOINED, *DONE[:3]), "tap Next ▶", Asking.QUESTION),
    Asking.FOLLOW_UP: ((*LEARNT, "pass 4400", "tap Next lesson"), "tap Done", Asking.REVIEW),
    Asking.REVIEW: (ON_THE_NEXT_DAY, "say 2", Asking.REVIEWED),
    Asking.REVIEWED: ((*ON_THE_NEXT_DAY, "say 2"), "tap Next ▶", Asking.CARD),
    Asking.ACTION: ((*JOINED, *DONE[:-1]), "tap Tomorrow", Asking.USEFUL),
    Asking.USEFUL: ((*JOINED, *DONE), "tap A little", Asking.HOUR),
    Asking.HOUR: ((*JOINED, *DONE, "tap Yes"), "say 17:30", Asking.ZONE),
    Asking.HOUR_TYPED: ((*JOINED, *DONE, "tap Yes", "tap Other time"), "say 17:30", Asking.ZONE),
    Asking.NIGHTS: ((*JOINED, *DONE, "tap Yes", "say 23:30"), "tap Yes", Asking.ZONE),
    Asking.ZONE: ((*JOINED, *DONE, "tap Yes", "tap 10:00"), "tap Yes", Asking.NOTHING),
    Asking.ZONE_TYPED: ((*JOINED, *DONE, "tap Yes", "tap 10:00", "tap No"), "say 10:00", Asking.NOTHING),
    Asking.DAYS: ((*JOINED, "say /days"), "tap Every day", Asking.HOUR),
    Asking.GAIN: (OFFERED, "tap Yes", Asking.GAIN_QUESTION),
    Asking.GAIN_QUESTION: ((*OFFERED, "tap Yes"), "tap I am not sure", Asking.GAIN_QUESTION),
    Asking.SENSITIVE: ((*JOINED, "say courses", "tap One more lesson"), "tap Start", Asking.CARD),
    Asking.FORGET: ((*JOINED, *TURNED, "say /forget"), "tap Keep", Asking.QUESTION),
    Asking.CODE: ((*JOINED, "say company"), f"say {CODE}", Asking.NOTHING),
    Asking.LEAVE: ((*JOINED, "say company", "tap Leave this company"), "tap Stay", Asking.NOTHING),
    Asking.TEAM_COURSE: (OWNER, "tap Safe and healthy at work", Asking.DUE_DATE),
    Asking.DUE_DATE: ((*OWNER, "say 1"), "tap No date", Asking.NOTHING),
    Asking.DUE_DATE_MEANT: ((*OWNER, "say 1", "say 31.12."), "tap Yes", Asking.NOTHING),
    Asking.COMPANY_NAME: (TRAINER, "say Acme", Asking.COMPANY_COUNTRY),
    Asking.COMPANY_COUNTRY: ((*TRAINER, "say Acme"), "say br", Asking.COMPANY_ZONE),
    Asking.COMPANY_ZONE: ((*TRAINER, "say Acme", "say br"), "tap 05:00 · Sao Paulo", Asking.COMPANY_SIZE),
    Asking.COMPANY_SIZE: ((*TRAINER, "say Acme", "say ke"), "tap 10-49", Asking.COMPANY_LANGUAGES),
    Asking.COMPANY_LANGUAGES: ((*TRAINER, "say Acme", "say ke", "tap 10-49"), "tap Done", Asking.NOTHING),
}
GAIN = frozenset({Asking.GAIN, Asking.GAIN_QUESTION})
# Where every message costs, cards and explanations come with the next question: there is no waiting at them.
BUNDLED = {
    **{
        asking: (tuple(line for line in way if line != "tap Next ▶"), answer, then)
        for asking, (way, answer, then) in WAYS.items()
        if asking not in {Asking.CARD, Asking.FEEDBACK, Asking.REVIEWED, Asking.SENSITIVE}
    },
    Asking.NOTHING: (
        (*JOINED, *DONE[2:3], *DONE[4:5], DONE[-1], "tap Yes", "tap No reminders"),
        "tap Next lesson",
        None,
    ),
    Asking.NOTICE: (JOINED[:2], "tap Start", Asking.QUESTION),
    Asking.QUESTION: (JOINED, "say 2", Asking.QUESTION),
    Asking.REVIEW: (tuple(line for line in ON_THE_NEXT_DAY if line != "tap Next ▶"), "say 2", Asking.QUESTION),
    Asking.SENSITIVE: (WAYS[Asking.SENSITIVE][0], "tap Start", Asking.QUESTION),
}
HERE = [
    pytest.param(features, asking, id=f"{asking}-{name}")
    for name, features, ways in (("one by one", EDITING, WAYS), ("bundled", BUNDLING, BUNDLED))
    for asking in ways
]


def at(features, asking):
    """Return a stage where this is open, and what answers it."""
    way, answer, then = (WAYS if features is EDITING else BUNDLED)[asking]
    stage = Stage(features=features, gain=asking in GAIN, company=replace(COMPANY, asks_gain=True))
    for line in way:
        play(stage, line)
    assert state(stage).asking is asking
    return stage, answer, then or Asking.QUESTION


def state(stage) -> State:
    return from_json(stage.memory.conversation.state)


def said(stage, line: str) -> str:
    return "\n\n".join(play(stage, line))


def test_there_is_a_way_to_every_question() -> None:
    assert set(WAYS) == set(Asking)
    assert set(BUNDLED) == set(Asking) - {Asking.CARD, Asking.FEEDBACK, Asking.REVIEWED}


@pytest.mark.parametrize(("features", "asking"), HERE)
def test_after_stop_one_line_a_day_and_after_start_everything_is_as_it_was(features, asking) -> None:
    stage, answer, then = at(features, asking)
    before, facts, then_it_was = state(stage), len(stage.facts), stage.now
    assert said(stage, "say Stop").startswith("You get no more messages")
    words = ["hello", "menu", "Kenya", "17:30", "next", "/company", "2026"]
    assert said(stage, "say hello") == "You asked for no more messages. To begin again, send START."
    assert [said(stage, f"say {word}") for word in words] == [""] * len(words)
    assert [said(stage, "send sticker"), said(stage, "send blocked"), said(stage, "send unblocked")] == [""] * 3
    taps = {found for buttons in stage.shown for found, _ in buttons} - {"Keep", "Erase all", "Help", "My data"}
    assert {said(stage, f"tap {found}") for found in taps} == {""}
    stage.now += timedelta(days=1)
    assert [bool(said(stage, "say hello")) for _ in range(3)] == [True, False, False]
    assert said(stage, "say HELP").startswith("I am an automatic teacher.")
    assert said(stage, "say my data") == "(mydata)\n[Menu]"
    assert stage.memory.address.reach is Reach.STOPPED
    assert all(isinstance(fact, AddressKept | RhythmKept) for fact in stage.facts[facts:])
    assert stage.memory.rhythm.next_at is None
    assert state(stage) == before

    welcome = said(stage, "say START")
    assert welcome.startswith("Welcome back. Your place is kept.")
    if asking is Asking.COMPANY_NAME:
        assert state(stage).asking is Asking.NOTHING
        assert said(stage, "say hello").startswith("I am an automatic teacher.")
        return
    assert state(stage) == before
    stage.now = then_it_was
    play(stage, answer)
    assert state(stage).asking is then


@pytest.mark.parametrize(("features", "asking"), HERE)
def test_the_button_after_start_shows_what_was_open(features, asking) -> None:
    stage, answer, then = at(features, asking)
    before = state(stage)
    said(stage, "say stop")
    button = "Continue" if "[Continue]" in said(stage, "say start") else "Go on learning"
    assert said(stage, f"tap {button}")
    if asking is Asking.COMPANY_NAME:
        return
    if asking in {Asking.NOTHING, Asking.FEEDBACK, Asking.REVIEWED}:
        # Nothing waits for an answer: the next card is what is open.
        assert state(stage).asking in {Asking.CARD, Asking.QUESTION}
        return
    assert state(stage) == before
    play(stage, answer)
    assert state(stage).asking is then


@pytest.mark.parametrize(("features", "asking"), HERE)
@pytest.mark.parametrize("word", ["help", "menu"])
def test_help_and_menu_leave_what_is_open(features, asking, word) -> None:
    stage, answer, then = at(features, asking)
    before, facts = state(stage), len(stage.facts)
    typed = f"/{word}" if asking is Asking.COMPANY_NAME else word
    heard = said(stage, f"say {typed}")
    asked_again = asking in {Asking.LANGUAGE, Asking.NOTICE} and word == "menu"
    assert heard.startswith(("I am an automatic", "What would you")) != asked_again
    assert state(stage) == before
    assert len(stage.facts) == facts
    play(stage, answer)
    assert state(stage).asking is then


@pytest.mark.parametrize(("features", "asking"), HERE)
def test_continue_after_help_asks_again(features, asking) -> None:
    stage, answer, then = at(features, asking)
    before = state(stage)
    said(stage, "say /help")
    assert said(stage, "tap Continue")
    if asking in {Asking.FEEDBACK, Asking.REVIEWED}:
        assert state(stage).asking is then
        return
    assert state(stage) == before
    play(stage, answer)
    assert state(stage).asking is then


@pytest.mark.parametrize(("features", "asking"), HERE)
@pytest.mark.parametrize("answered", ["tap Keep", "say keep", "say 2"])
def test_forget_and_then_no_asks_again_what_was_open(features, asking, answered) -> None:
    stage, answer, then = at(features, asking)
    before = state(stage)
    assert "[Erase all] [Keep]" in said(stage, "say /forget")
    heard = said(stage, answered)
    assert "Nothing was erased." in heard
    assert not any(isinstance(fact, PersonForgotten) for fact in stage.facts)
    if asking in {Asking.FEEDBACK, Asking.REVIEWED}:
        assert state(stage).asking is then
        return
    if asking is Asking.FORGET:
        before, answer, then = before.back(), "say 2", WAYS[Asking.QUESTION][2] if features is EDITING else then
    assert state(stage) == before
    play(stage, answer)
    assert state(stage).asking is then


@pytest.mark.parametrize(("features", "asking"), HERE)
def test_forget_after_stop_is_asked_and_answered_and_nothing_else_is_said(features, asking) -> None:
    stage, _, _ = at(features, asking)
    before = state(stage)
    said(stage, "say stop")
    assert "[Erase all] [Keep]" in said(stage, "say forget")
    assert said(stage, "say hello").startswith("You asked for no more messages.")
    assert said(stage, "send sticker") == ""
    assert said(stage, "tap Keep").removeprefix("(tidies)\n\n") == "Nothing was erased."
    assert stage.memory.address.reach is Reach.STOPPED
    assert state(stage) == (before.back() if asking is Asking.FORGET else before)
    said(stage, "say forget")
    assert said(stage, "say erase all").endswith("until you delete them.")
    assert stage.memory.person is None


@pytest.mark.parametrize("word", ["help", "menu", "stop"])
def test_a_number_means_the_same_choice_whatever_was_shown_in_between(word) -> None:
    stage, _, _ = at(EDITING, Asking.ACTION)
    play(stage, f"say {word}")
    play(stage, "say start" if word == "stop" else "say xyz")
    play(stage, "say 2")
    assert [fact.action for fact in stage.facts if isinstance(fact, LessonCompleted)] == [ActionChoice.TOMORROW]


def test_what_came_in_between_twice_is_gone_back_from_one_by_one() -> None:
    stage, _, _ = at(EDITING, Asking.COMPANY_SIZE)
    for line in ("say /language", "say /forget", "say /language", "say /forget", "say /forget"):
        play(stage, line)
    assert state(stage).before == (Asking.COMPANY_SIZE, Asking.LANGUAGE)
    assert "Choose your language." in said(stage, "tap Keep")
    assert "[Continue]" in said(stage, "tap English")
    assert "How many people work there?" in said(stage, "tap Continue")
    assert state(stage).before == ()


def test_a_state_that_was_kept_with_one_interruption_can_still_be_read() -> None:
    kept = to_json(replace(State(), asking=Asking.LANGUAGE, before=(Asking.HOUR,)))
    assert from_json(kept.replace('["hour"]', '"hour"')) == from_json(kept)


def test_going_on_from_the_menu_shows_the_card_and_typing_next_turns_it() -> None:
    stage, _, _ = at(EDITING, Asking.CARD)
    play(stage, "say menu")
    assert "[2/5]" in said(stage, "tap Go on learning")
    assert "Which one is a near miss?" in said(stage, "say next")


def test_the_menu_does_not_open_a_serious_lesson_unasked() -> None:
    stage, _, _ = at(EDITING, Asking.SENSITIVE)
    play(stage, "say menu")
    assert "serious subject" in said(stage, "tap Go on learning")
    assert "serious subject" in said(stage, "say /next")


def test_one_question_after_a_help_text_is_one_attempt() -> None:
    stage, _, _ = at(EDITING, Asking.QUESTION)
    for line in ("say help", "say /forget", "tap Keep", "say 2"):
        play(stage, line)
    assert sum(isinstance(fact, Attempted) for fact in stage.facts) == 1
