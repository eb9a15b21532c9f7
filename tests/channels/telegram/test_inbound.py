"""What arrives from Telegram becomes an event, is ignored with a reason, or is refused; nothing is ever raised besides."""

import json
from pathlib import Path

import pytest

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.webhook import WebhookSetup
from bot.core.errors import RequestRefused, SettingsProblem
from bot.core.events import Blocked, MessageReceived, Opened, Said, Tapped, Unblocked, Unreadable
from bot.core.messages import Address
from bot.ports import Parsed
from tests.channels.telegram.conftest import DictMemory, StepClock

SECRET = "s3cret_-Token"
HEADERS = {"x-telegram-bot-api-secret-token": SECRET}
PAYLOADS = Path(__file__).parent
SETUP = WebhookSetup("https://teabreak.example/webhooks/telegram", SECRET)
CHANNEL = Telegram(
    token="123456:a-token_for-tests", clock=StepClock(), memory=DictMemory(), media=lambda *_: None, webhook=SETUP
)

EXPECTED = {
    "text": Said("B"),
    "start": Opened("K7QX2MFA3B"),
    "start_alone": Opened(""),
    "command": Said("/mydata"),
    "reply": Said("2"),
    "tap": Tapped("c1:3:0", "10"),
    "tap_inaccessible": Tapped("c1:1:0", "3"),
    "tap_without_data": Tapped("", "10"),
    "sticker": Unreadable("sticker"),
    "photo": Unreadable("photo"),
    "voice": Unreadable("voice"),
    "location": Unreadable("location"),
    "blocked": Blocked(),
    "unblocked": Unblocked(),
    "edited": "a kind of update we have no use for",
    "group_command": "a group or a channel",
    "added_to_group": "a group or a channel",
    "group_tap": "a group or a channel",
    "channel_post": "a kind of update we have no use for",
    "other_bot": "another bot",
    "inline_tap": "a tap outside of a chat",
    "left": "a change of membership we have no use for",
    "pinned": "a message that says nothing",
    "new_kind": "a kind of update we have no use for",
    "poll_answer": "a kind of update we have no use for",
}


def parse(update: object, headers: dict[str, str] = HEADERS) -> Parsed:
    return CHANNEL.parse(headers, json.dumps(update).encode())


def text_update(text: object, **more: object) -> dict[str, object]:
    person = {"id": 7, "is_bot": False, "first_name": "Ada"}
    chat = {"id": 7, "type": "private"}
    return {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": text} | more}


def test_every_payload_in_this_folder_has_an_expectation():
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_payload_becomes_what_its_name_says(name):
    body = (PAYLOADS / f"{name}.json").read_bytes()
    parsed = CHANNEL.parse(HEADERS, body)
    expected = EXPECTED[name]
    if isinstance(expected, str):
        assert parsed == Parsed(ignored=(expected,))
        return
    key = f"telegram:123456:{json.loads(body)['update_id']}"
    assert parsed == Parsed(events=(MessageReceived(key, Address("telegram", "4242"), expected, "pt-br"),))
    assert (parsed.events[0].notice is not None) == isinstance(expected, Tapped)


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET[:-1], SECRET + "x", "sécret", "\udcff", SECRET.upper()])
def test_ti7_a_request_without_the_secret_is_refused_before_its_body_is_read(given):
    headers = {"host": "x"} if given is None else {"X-Telegram-Bot-Api-Secret-Token": given}
    with pytest.raises(RequestRefused) as refused:
        CHANNEL.parse(headers, b"\xff not even JSON")
    assert refused.value.status == 403
    assert SECRET not in str(refused.value)


def test_a_header_is_found_in_any_case():
    assert CHANNEL.parse({"X-Telegram-Bot-Api-Secret-Token": SECRET}, json.dumps(text_update("B")).encode()).events


def test_a_polling_bot_takes_no_webhook():
    polling = Telegram(token="1:a", clock=StepClock(), memory=DictMemory(), media=lambda *_: None)
    with pytest.raises(RequestRefused) as refused:
        polling.parse(HEADERS, b"{}")
    assert refused.value.status == 403


@pytest.mark.parametrize("secret", ["", "white space", "é", "x" * 257])
def test_a_secret_that_telegram_would_not_take_is_a_fault_of_the_settings(secret):
    with pytest.raises(SettingsProblem):
        WebhookSetup("https://teabreak.example", secret)


@pytest.mark.parametrize("token", ["", "abc", "123", "123:", "a:b", "123:a b", "123:a\n"])
def test_a_token_that_is_none_is_a_fault_of_the_settings_and_not_shown(token):
    with pytest.raises(SettingsProblem) as problem:
        Telegram(token=token, clock=StepClock(), memory=DictMemory(), media=lambda *_: None)
    assert not token or token not in str(problem.value)


def test_ti8_a_body_beyond_the_limit_is_refused():
    with pytest.raises(RequestRefused) as refused:
        CHANNEL.parse(HEADERS, b" " * (CHANNEL.body_limit + 1))
    assert refused.value.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"\xff\xfe{}",
        '{"update_id": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"update_id": ' + b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5_000 + b"}",
        b'{"update_id": 1, "x": ' + b"9" * 5_000 + b"}",
        b'{"update_id": 1, "x": NaN}',
        b'{"update_id": true}',
        b'{"update_id": 1.5}',
        b'{"update_id": 1.0}',
        b'{"update_id": "1"}',
        b'{"update_id": null}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
    ],
)
def test_ti9_and_ti10_what_is_no_update_is_answered_with_400(body):
    with pytest.raises(RequestRefused) as refused:
        CHANNEL.parse(HEADERS, body)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": 5},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {}},
        text_update(5),
        text_update(True),
        text_update([]),
        text_update(""),
        text_update("B", date=10**18),
        text_update("B", date="today"),
        text_update("B", chat=None),
        text_update("B", chat=7),
        text_update("B", chat={"id": "7", "type": "private"}),
        text_update("B", chat={"id": True, "type": "private"}),
        text_update("B", chat={"id": 2**70, "type": "private"}),
        text_update("B", chat={"id": 7, "type": 3}),
        text_update("B", **{"from": None}),
        text_update("B", **{"from": 7}),
        text_update("B", **{"from": {"id": 7, "first_name": "Ada"}}),
        {"update_id": 1, "callback_query": {"id": 5, "from": {"id": 7, "is_bot": False, "first_name": "A"}}},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 7, "type": "private"}}},
    ],
)
def test_ti11_a_field_of_a_wrong_type_is_ignored_with_a_reason(update):
    parsed = parse(update)
    assert parsed.events == ()
    assert len(parsed.ignored) == 1


def test_ti14_nul_and_lone_surrogates_are_replaced():
    body = json.dumps(text_update("a\x00b\ud83dc😀")).encode()
    content = CHANNEL.parse(HEADERS, body).events[0].content
    assert content == Said("a\ufffdb\ufffdc😀")


@pytest.mark.parametrize("first_name", ["\x00", "\ud83d", "", "<b>", "\u202e"])
def test_ti14_a_strange_name_is_no_obstacle(first_name):
    person = {"id": 7, "is_bot": False, "first_name": first_name}
    assert parse(text_update("B", **{"from": person})).events


@pytest.mark.parametrize(
    "token",
    ["", "x", "\x00", "\ud83d", "c1:3:0\n", "c1:3", "c1:3:0:0", "C1:3:0", "c1:-3:0", "c1:3:99", "c1:٣:0", "' or 1=1",
     "../../x", "{}", "<b>", "%s", "null", "c1:3:0 ", " c1:3:0", "c1:3:0\u202e", "x" * 64, "x" * 100_000],
)  # fmt: skip
def test_ti15_any_token_reaches_the_core_as_text(token):
    update = json.loads((PAYLOADS / "tap.json").read_text())
    update["callback_query"]["data"] = token
    event = parse(update).events[0]
    assert isinstance(event.content, Tapped)
    assert event.notice == "18219382"
    assert len(event.content.token) <= 4096
    event.content.token.encode()


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("/start", Opened("")),
        ("/START abc", Opened("abc")),
        ("/start@teabreak_test_bot  K7QX ", Opened("K7QX")),
        ("/startle", Said("/startle")),
        ("/help", Said("/help")),
        ("/help@teabreak_test_bot now please", Said("/help now please")),
        ("/ help", Said("/ help")),
        ("//", Said("//")),
        ("1/2", Said("1/2")),
        ("/кухня", Said("/кухня")),
    ],
)
def test_commands_are_read(text, content):
    assert parse(text_update(text)).events[0].content == content


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en", "en"),
        ("pt-br", "pt-br"),
        ("zh-hans", "zh-hans"),
        (None, None),
        (5, None),
        ("<b>", None),
        ("x" * 99, None),
    ],
)
def test_the_language_is_only_a_hint(language, hint):
    person = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": language}
    assert parse(text_update("B", **{"from": person})).events[0].language_hint == hint


def test_an_attachment_or_a_quote_that_the_library_cannot_read_costs_nobody_an_answer():
    update = text_update("B", reply_to_message={"poll": 5}, checklist={"tasks": None}, entities=[{"type": 5}])
    assert parse(update).events[0].content == Said("B")
    assert parse(text_update(None, sticker={"of": "tomorrow"})).events[0].content == Unreadable("sticker")


def test_a_text_longer_than_telegram_allows_is_cut():
    assert parse(text_update("x" * 9_000)).events[0].content == Said("x" * 4096)
