"""The demo's samples: one for each visitor, and nothing left of one that was given up or broke off."""

import pytest

from bot.bootstrap import open_app
from bot.settings import Settings
from tests.waiting import eventually


@pytest.fixture
async def open_demo(tmp_path):
    """Open a demo on one and the same file, as often as asked; each is stopped before the next."""
    opened = []

    async def _open():
        for app in opened:
            await app.stop()
        app = await open_app(Settings(DATABASE_URL=f"sqlite:///{tmp_path / 'demo.db'}"))
        opened.append(app)
        return app

    yield _open
    await opened[-1].stop()


async def ready(app, visitor="local"):
    async def is_ready():
        found = await app.demo.cohort(visitor)
        return found if found.ready else None

    return await eventually(is_ready, within=60, every=0.05)


async def totals(app):
    return await app.store.read(lambda uow: uow.numbers.totals())


async def test_starting_again_leaves_nothing_of_the_sample_before(open_demo):
    app = await open_demo()
    await app.start()
    first = await ready(app)
    await app.demo.new_worker("local")
    before = await totals(app)
    await app.demo.start_again("local")
    assert (await totals(app))["people"] == 0
    assert (await totals(app))["companies"] == 0
    second = await ready(app)
    assert {phone.id for phone in second.phones}.isdisjoint({phone.id for phone in first.phones})
    assert (await totals(app))["people"] == before["people"]
    assert (await totals(app))["companies"] == 1


async def test_a_sample_that_broke_off_is_erased_before_the_next_is_made(open_demo):
    app = await open_demo()
    await app.start()

    async def has_begun():
        return (await totals(app))["people"] > 5

    await eventually(has_begun, within=60)
    making = app.demo._making["local"]
    making.cancel()
    await eventually(making.done)
    assert (await totals(app))["companies"] == 1
    again = await open_demo()
    await again.start()
    await ready(again)
    assert (await totals(again))["companies"] == 1


async def test_the_sample_of_one_visitor_is_not_the_others(open_demo):
    app = await open_demo()
    await app.start()
    mine, theirs = await ready(app), await ready(app, "other")
    assert mine.join_code != theirs.join_code
    await app.demo.start_again("other")
    assert (await app.demo.cohort("local")) == mine
    assert (await totals(app))["companies"] == 1
