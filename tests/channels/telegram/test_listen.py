"""The start of the channel and its polling: nothing is confirmed before it is committed, and every wait is explained."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.events import Blocked, Opened, Said, Tapped
from tests.channels.telegram.conftest import listening, until


async def test_what_people_do_arrives_in_order(channel, server, inbox):
    assert channel.waiting_for() is not None
    async with listening(channel, inbox):
        await server.people.says(7, "/start K7QX2MFA3B")
        await server.people.says(7, "B")
        await server.people.blocks(7)
        await until(lambda: len(inbox.taken) == 3)
        assert inbox.contents() == [Opened("K7QX2MFA3B"), Said("B"), Blocked()]
        assert channel.waiting_for() is None
    asked = server.called("getUpdates")[0]
    assert asked["allowed_updates"] == '["message", "callback_query", "my_chat_member"]'
    assert asked["timeout"] == "25"


async def test_a_tap_arrives_with_what_answers_it(channel, server, inbox):
    async with listening(channel, inbox):
        server.chat(7)
        await server.people.taps_token(7, "c1:3:0", message_id=5)
        await until(lambda: inbox.taken)
    event = next(iter(inbox.taken.values()))
    assert (event.content, event.notice, event.address.id) == (Tapped("c1:3:0", "5"), "query-1", "7")


async def test_the_link_of_an_invitation_names_the_bot(channel, inbox, memory, make):
    async with listening(channel, inbox):
        await until(lambda: channel.waiting_for() is None)
        assert channel.features.invite_link == "https://t.me/teabreak_test_bot?start={code}"
    away = make(api_url="http://127.0.0.1:9")
    async with listening(away, inbox):
        await until(lambda: away.features.invite_link != "{code}")
        assert away.features.invite_link == "https://t.me/teabreak_test_bot?start={code}"
    await away.close()


async def test_ti2_what_was_fetched_and_not_committed_is_fetched_again_after_a_restart(channel, make, server, inbox):
    inbox.stops_at = asyncio.Event()
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.batches)
    assert inbox.taken == {}
    inbox.stops_at = None
    again = make()
    async with listening(again, inbox):
        await until(lambda: inbox.taken)
    await again.close()
    assert inbox.contents() == [Said("B")]


async def test_ti1_what_was_committed_and_not_confirmed_comes_again_under_the_same_key(channel, make, server, inbox):
    inbox.dies_after_commit = True
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
    inbox.dies_after_commit = False
    again = make()
    async with listening(again, inbox):
        await until(lambda: len(inbox.batches) == 2)
    await again.close()
    assert inbox.batches[0] == inbox.batches[1]
    assert len(inbox.taken) == 1


async def test_nothing_is_confirmed_while_it_cannot_be_committed(channel, server, inbox, clock):
    inbox.failures = 3
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        await until(lambda: not server.updates.pending)
    assert clock.slept == [1, 2, 4]
    assert len(inbox.batches) == 4
    assert len(set(map(tuple, inbox.batches))) == 1


async def test_the_database_being_away_is_said(channel, server, inbox, clock):
    inbox.failures, clock.patience = 99, 2
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: len(clock.slept) == 2)
        assert channel.waiting_for() == "The database takes no events just now."
        assert len(server.updates.pending) == 1


async def test_ti4_the_same_update_three_times_has_one_key(channel, server, inbox):
    async with listening(channel, inbox):
        number = await server.people.says(7, "B")
        await until(lambda: not server.updates.pending and inbox.taken)
        await server.people.says(7, "C")
        await until(lambda: len(inbox.taken) == 2)
        assert list(inbox.taken) == [f"telegram:123456:{number}", f"telegram:123456:{number + 1}"]


async def test_ti5_lower_ids_after_an_idle_week_are_processed_as_new(channel, server, inbox, clock):
    async with listening(channel, inbox):
        await server.people.says(7, "B", update_id=900)
        await until(lambda: not server.updates.pending and inbox.taken)
    clock.time += timedelta(days=8)
    server.calls.clear()
    async with listening(channel, inbox):
        await server.people.says(7, "C", update_id=899)
        await until(lambda: len(inbox.taken) == 2)
        assert "offset" not in server.called("getUpdates")[0]
    assert inbox.contents() == [Said("B"), Said("C")]


async def test_ti5_an_offset_that_was_answered_is_not_sent_again(channel, server, inbox, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram.polling.LONG_POLL", timedelta(0))
    async with listening(channel, inbox):
        await server.people.says(7, "B", update_id=900)
        await until(lambda: not server.updates.pending and inbox.taken)
        await until(lambda: "offset" not in server.called("getUpdates")[-1])
        await server.people.says(7, "C", update_id=899)
        await until(lambda: len(inbox.taken) == 2)


async def test_the_offset_survives_a_restart_within_a_day(channel, make, server, inbox, memory):
    async with listening(channel, inbox):
        await server.people.says(7, "B", update_id=900)
        await until(lambda: "offset" in memory.kept)
    server.calls.clear()
    again = make()
    async with listening(again, inbox):
        await until(lambda: server.called("getUpdates"))
        assert server.called("getUpdates")[0]["offset"] == "901"
    await again.close()


@pytest.mark.parametrize(
    "kept", ["", "x", "[]", "null", "{}", '{"offset": 5, "at": "x"}', '{"offset": 5, "at": "2027-01-05"}']
)
async def test_an_offset_that_makes_no_sense_is_left_aside(channel, server, inbox, memory, kept):
    memory.kept["offset"] = kept
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        assert "offset" not in server.called("getUpdates")[0]


async def test_ti6_a_newer_id_before_an_older_one_loses_neither(channel, server, inbox):
    server.script.add("getMe", ["held"])
    async with listening(channel, inbox):
        await server.people.says(7, "second", update_id=901)
        await server.people.says(7, "first", update_id=900)
        server.release()
        await until(lambda: len(inbox.taken) == 2)
    assert inbox.contents() == [Said("first"), Said("second")]


async def test_a_poison_update_is_passed_with_its_reason(channel, server, inbox):
    async with listening(channel, inbox):
        await server.updates.push({"message": {"text": 5}})
        await server.updates.push({"message_hologram": {}})
        await server.people.says(7, "B")
        await until(lambda: inbox.taken and not server.updates.pending)
    assert inbox.contents() == [Said("B")]


async def test_an_update_without_an_id_is_no_busy_loop(make, inbox, clock):
    clock.patience = 4
    channel = make()
    answers = [[{"update_id": "5"}], [5], [], {"not": "a list"}]

    async def fetch(asked):
        return answers[len(clock.slept) % 4]

    channel._fetch = fetch
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 4)
    assert clock.slept == [1, 1, 1, 1]
    await channel.close()
