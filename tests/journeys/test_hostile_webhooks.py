"""A thousand requests of people who mean no good, or of a provider gone mad: no 5xx, and the next message is answered."""

import asyncio
import copy
import json
from random import Random

import aiohttp

from tests.journeys.telegram import SECRET, Person, webhook
from tests.waiting import eventually

HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
JUNK = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    2**31,
    2**53,
    2**63,
    2**64,
    -(2**63),
    10**40,
    "",
    "0",
    "x" * 5000,
    "\0",
    "\ud83d",
    "\u202e",
    "😀" * 2100,
    "9" * 400,
    [],
    [[]],
    [1, None],
    {},
    {"id": 1},
    {"": None},
    {"id": {"id": {"id": 1}}},
    [{}] * 50,
)
PERSON = {"id": 66, "is_bot": False, "first_name": "Eve", "language_code": "en"}
CHAT = {"id": 66, "type": "private", "first_name": "Eve"}
MESSAGE = {"message_id": 1, "date": 1_800_000_000, "chat": CHAT, "from": PERSON, "text": "hello"}
SEEDS = (
    {"message": MESSAGE},
    {"message": {**MESSAGE, "text": "/start 7Q2KM4XW9B"}},
    {"edited_message": MESSAGE},
    {"callback_query": {"id": "1", "from": PERSON, "message": MESSAGE, "chat_instance": "1", "data": "KEY:1:forward"}},
    {
        "my_chat_member": {
            "chat": CHAT,
            "from": PERSON,
            "date": 1,
            "old_chat_member": {"user": PERSON, "status": "member"},
            "new_chat_member": {"user": PERSON, "status": "kicked", "until_date": 0},
        }
    },
    {"channel_post": MESSAGE},
    {"poll": {"id": "1"}},
    {"message": {**MESSAGE, "text": None, "sticker": {"file_id": "x"}}},
    {"message": {**MESSAGE, "chat": {"id": -100, "type": "supergroup", "title": "x"}}},
    {"unheard_of": {"a": 1}},
)
RAW = (
    b"", b"null", b"[]", b"{", b'{"update_id":', b"\xff\xfe\x00", b'{"update_id": 1, "message": "\xff"}', b"[" * 100_000,
    b'{"update_id":' + b"9" * 5000 + b"}", b'{"update_id": NaN}', b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b"a" * 300_000,
    b'{"update_id": 1.0}', b'{"update_id": true}', b'{"update_id": "1"}', b'{"update_id": -1}',
)  # fmt: skip


def places(node, path=()):
    """Return the paths to every field."""
    found = [path] if path else []
    if isinstance(node, dict):
        for name, value in node.items():
            found += places(value, (*path, name))
    return found


def spoiled(random, number):
    update = copy.deepcopy(random.choice(SEEDS))
    for _ in range(random.randint(1, 3)):
        path = random.choice(places(update))
        node = update
        for name in path[:-1]:
            node = node[name]
            if not isinstance(node, dict):
                break
        else:
            if random.random() < 0.2:
                node.pop(path[-1], None)
            else:
                node[path[-1]] = random.choice(JUNK)
        if not places(update):
            break
    update["update_id"] = number if random.random() < 0.95 else random.choice(JUNK)
    return json.dumps(update).encode()


async def test_a_thousand_hostile_requests_give_no_5xx_and_the_next_message_is_answered(tmp_path, telegram):
    random = Random(20260909)
    bodies = [*RAW, *(spoiled(random, 10_000 + number) for number in range(1000))]
    random.shuffle(bodies)
    async with webhook(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        address = telegram.updates.webhook.url
        gate = asyncio.Semaphore(20)

        async with aiohttp.ClientSession() as session:

            async def post(body, headers=HEADER):
                async with gate, session.post(address, data=body, headers=headers) as response:
                    return response.status

            statuses = await asyncio.gather(*(post(body) for body in bodies))
            assert {status for status in statuses if status >= 500} == set()
            assert statuses.count(200) > 500
            doors = await asyncio.gather(
                *(
                    post(b"{}", {**HEADER, "X-Telegram-Bot-Api-Secret-Token": given})
                    for given in ("", SECRET[:-1], "x" * 300, "é")
                ),
                post(b"{}", {}),
            )
            assert set(doors) == {403}
        await eventually(worker.is_quiet)
        await worker.says("/progress")
        assert "0 of 6" in worker.texts()[-1]
        assert app.turns.counts["quarantined"] == 0
