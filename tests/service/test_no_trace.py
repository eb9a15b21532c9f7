"""A lesson about a serious subject leaves nothing behind, in any table: neither "not now", nor hiding, nor its end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.bootstrap import open_catalogue
from bot.settings import read_settings
from bot.store.opening import open_store
from bot.store.tables import metadata
from tests.service.rig import Rig
from tests.waiting import ManualClock

SAYS_YES = ("Start", "Next ▶")


@pytest.fixture
async def demo(database_url, tmp_path) -> AsyncIterator[Rig]:
    """A bot that may serve such lessons without a country's help card."""
    # The card of places of help is good from the day it was looked at.
    clock = ManualClock(datetime(2026, 12, 1, 9, tzinfo=UTC))
    catalogue = open_catalogue(read_settings({}, tmp_path / "no.env"), clock)
    rig = await Rig(await open_store(database_url, clock=clock), catalogue, clock).start()
    yield rig
    await rig.stop()
    await rig.store.close()


def sensitive(rig):
    return rig.catalogue.courses("en")[0].sensitive()[0]


async def traces(rig):
    """Return the tables that hold anything of the lesson: its id, its title, the words of its cards."""
    lesson = sensitive(rig)
    needles = [
        lesson.id,
        lesson.title,
        lesson.version,
        *(card.heading for card in lesson.cards if hasattr(card, "heading")),
    ]

    def step(uow):
        connection = uow.records._connection
        found = set()
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                if any(needle in str(value) for needle in needles for value in row if value is not None):
                    found.add(table.name)
        return found

    return await rig.store.read(step)


async def reach_the_warning(rig):
    await rig.joins("1")
    await rig.says("1", "/courses")
    await rig.taps("1", "One more lesson")
    await rig.quiet()
    assert "conversations" in await traces(rig), "while it is open its place is known"


async def goes_on(rig):
    for _ in range(30):
        labels = [button.label for row in rig.channel.sent[-1].rows for button in row]
        if "Not for me" in labels:
            await rig.taps("1", "Not for me")
            await rig.quiet()
            return
        wanted = next(label for label in (*SAYS_YES, "Done", "1") if label in labels)
        await (rig.says("1", "1 2") if wanted == "Done" else rig.taps("1", wanted))
        await rig.quiet()
    raise AssertionError("The lesson does not end.")


async def test_who_says_not_now_leaves_no_trace(demo):
    await reach_the_warning(demo)
    await demo.taps("1", "Not here, not now")
    await demo.quiet()
    assert await traces(demo) == set()
    assert demo.channel.sent[-1].replaces, "the warning is not left on the screen"
    assert "That is fine. Here is another lesson." in demo.channel.texts("1")[-1]
    assert not (await demo.memory("1")).completed


async def test_who_finished_it_leaves_no_trace_but_the_text_that_everybody_reads(demo):
    await reach_the_warning(demo)
    await demo.taps("1", "Start")
    await demo.quiet()
    await goes_on(demo)
    assert "The lesson ends here." in demo.channel.texts("1")[-1]
    assert await traces(demo) == {"lesson_versions"}
    await demo.taps("1", "Hide messages")
    await demo.quiet()
    assert await traces(demo) == {"lesson_versions"}


async def test_hiding_inside_it_keeps_the_place_alone_and_takes_the_words_back(demo):
    await reach_the_warning(demo)
    await demo.taps("1", "Start")
    await demo.taps("1", "Next ▶")
    await demo.quiet()
    stood = set(demo.channel.ids)
    await demo.says("1", "/hide")
    await demo.quiet()
    assert stood <= {one for _, ids in demo.channel.taken for one in ids}
    assert await traces(demo) == {"lesson_versions", "conversations"}
    await demo.says("1", "next")
    await demo.taps("1", "Not here, not now")
    await demo.quiet()
    assert await traces(demo) == {"lesson_versions"}
