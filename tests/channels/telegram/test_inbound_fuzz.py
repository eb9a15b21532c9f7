"""Whatever bytes arrive with the right secret, they become an event, are ignored, or are answered with 400."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import RequestRefused
from bot.core.events import Blocked, Opened, Said, Tapped, Unblocked, Unreadable
from bot.ports import Parsed
from tests.channels.telegram.test_inbound import CHANNEL, EXPECTED, HEADERS, PAYLOADS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "message_id",
        "date",
        "chat",
        "from",
        "text",
        "type",
        "id",
        "is_bot",
        "first_name",
        "language_code",
        "data",
        "message",
        "chat_instance",
        "entities",
        "photo",
        "sticker",
        "new_chat_member",
        "old_chat_member",
        "status",
        "user",
        "reply_markup",
        "offset",
        "length",
        "file_id",
        "until_date",
        "venue",
    ]
)
SHAPED = st.recursive(
    JSON | st.sampled_from(["private", "kicked", "member", 0, 7, 1.0, True, "/start"]),
    lambda inner: st.dictionaries(FIELDS, inner, max_size=7) | st.lists(inner, max_size=2),
    max_leaves=25,
)
KINDS = st.sampled_from(["message", "callback_query", "my_chat_member", "edited_message", "chat_member", "poll"])


def check_parsed(body: bytes) -> None:
    try:
        parsed = CHANNEL.parse(HEADERS, body)
    except RequestRefused as refused:
        status = refused.status
    else:
        check_sound(parsed)
        return
    assert status == 400


def check_sound(parsed: Parsed) -> None:
    assert len(parsed.events) + len(parsed.ignored) == 1
    for event in parsed.events:
        assert event.address.id.isdecimal()
        assert isinstance(event.content, Said | Tapped | Opened | Unreadable | Blocked | Unblocked)


@given(JSON)
def test_no_json_at_all_raises_anything_else(value):
    check_parsed(json.dumps(value).encode())


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(body):
    check_parsed(body)


@settings(max_examples=200)
@given(KINDS, SHAPED)
def test_nothing_that_looks_like_an_update_raises_anything_else(kind, content):
    check_parsed(json.dumps({"update_id": 1, kind: content}).encode())


def paths(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, item in inner for path in paths(item, (*at, name)))]


@settings(max_examples=200)
@given(st.data(), st.sampled_from(sorted(EXPECTED)), JSON)
def test_a_real_update_with_one_field_spoilt_raises_nothing_else(data, name, value):
    update = json.loads((PAYLOADS / f"{name}.json").read_text())
    path = data.draw(st.sampled_from(paths(update)[1:]))
    where = update
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    check_parsed(json.dumps(update).encode())
