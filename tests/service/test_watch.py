"""What an operator is told: in the health of the process, and in the chat once a day for each kind."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.core.events import Alert, Alerted, MessageReceived, Said
from bot.core.learner import Role
from bot.core.messages import Address
from bot.rows import Quarantined
from bot.service.alerts import MANY_GUESSES, Alerts
from bot.service.watch import Watch

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def operated(rig):
    """A bot with an operator who has just said something."""
    await rig.invite("0PERAT0R01", Role.OPERATOR)
    await rig.joins("op", "0PERAT0R01")
    await rig.quiet()
    rig.channel.sent.clear()
    return rig


def guess(rig, count, ago=5 * MINUTE):
    rig.turns.wrong_codes.extend([rig.clock.now() - ago] * count)


def health(rig):
    catalogue = SimpleNamespace(broken=lambda: ())
    parts = {"store": rig.store, "turns": rig.turns, "delivery": rig.delivery, "clock": rig.clock}
    return Watch(catalogue=catalogue, channels={}, **parts)


async def test_many_wrong_codes_of_the_last_hour_stand_in_the_health_and_the_metrics(rig):
    guess(rig, MANY_GUESSES + 1)
    assert "wrong join codes" in health(rig).health()["problems"][0]
    assert b"teabreak_wrong_codes 51.0" in health(rig).metrics()


async def test_few_or_old_ones_do_not(rig):
    guess(rig, MANY_GUESSES)
    guess(rig, 500, ago=120 * MINUTE)
    assert health(rig).health()["problems"] == []


async def test_readiness_counts_what_waits_in_each_lane(rig):
    is_ready, told = await health(rig).readiness()
    assert is_ready
    assert told["outbox"] == {"interactive": 0, "bulk": 0, "given_up": 0}


async def test_the_operator_is_told_of_many_wrong_codes_once_a_day(operated):
    rig, alerts = operated, Alerts(operated.store, operated.turns, operated.clock)
    guess(rig, MANY_GUESSES)
    await alerts.look()
    await rig.quiet()
    assert rig.channel.sent == []
    guess(rig, 1)
    for _ in range(3):
        await alerts.look()
    await rig.quiet()
    assert rig.channel.texts("op") == ["51 wrong join codes were tried in the last hour. Nobody else is held up by it."]
    assert not rig.channel.sent[0].silent
    await rig.clock.advance(86_400)
    guess(rig, MANY_GUESSES + 9)
    await alerts.look()
    await rig.quiet()
    assert len(rig.channel.texts("op")) == 2


async def test_the_operator_is_told_that_messages_were_set_aside_and_what_to_type(operated):
    rig = operated
    row = Quarantined("k", "test", "said", "{}", "ValueError", rig.clock.now())
    await rig.write(lambda uow: uow.quarantine.add(row))
    await Alerts(rig.store, rig.turns, rig.clock).look()
    await rig.quiet()
    (text,) = rig.channel.texts("op")
    assert text.startswith("1 message could not be taken")
    assert "teabreak quarantine list" in text


async def test_an_alert_leaves_what_is_open_alone_and_is_no_sign_of_life(operated):
    rig = operated
    await rig.says("op", Said("/next"))
    await rig.quiet()
    before = await rig.memory("op")
    heard = await rig.heard_at("op")
    await rig.clock.advance(3_600)
    await rig.take(alert("op"))
    await rig.quiet()
    after = await rig.memory("op")
    assert (after.conversation.state, after.conversation.step) == (before.conversation.state, before.conversation.step)
    assert after.conversation.offered == before.conversation.offered
    assert await rig.heard_at("op") == heard


@pytest.mark.parametrize("words", [(), ("STOP",)])
async def test_nobody_else_and_nobody_who_stopped_is_told(operated, words):
    rig = operated
    await rig.joins("worker")
    for word in words:
        await rig.says("op", Said(word))
    await rig.quiet()
    rig.channel.sent.clear()
    chats = ["worker", "stranger", *(["op"] if words else [])]
    for chat in chats:
        await rig.take(alert(chat))
    await rig.quiet()
    assert rig.channel.sent == []
    assert (await rig.memory("stranger")).person is None


def alert(chat):
    return MessageReceived(f"alert:{chat}", Address("test", chat), Alerted(Alert.WRONG_CODES, 51))
