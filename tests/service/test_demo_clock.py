"""The demo's clock: what it says comes, comes; and however far it is moved, nothing is lost and nothing said twice."""

import asyncio
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.bootstrap import open_app
from bot.channels.webphone import Shown
from bot.clock import DemoClock, SystemClock
from bot.core.events import MessageReceived, Said
from bot.core.messages import Address
from bot.core.rich_text import plain
from bot.rows import Lane
from bot.service.demo_clock import AHEAD, MOST_AHEAD, Move, kept_ahead
from bot.settings import Settings
from bot.store.running import empty_demo
from tests.waiting import eventually

# A Monday, at 09:00 in Johannesburg.
MONDAY = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
JOHANNESBURG = ZoneInfo("Africa/Johannesburg")
LESSON = ("English", "Start", "next")


class Begun(SystemClock):
    """The machine's clock, had the test begun at another time."""

    def __init__(self, began: datetime = MONDAY) -> None:
        self._began, self._at = began, time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._at)


async def _play(url):
    """Play the sample of one visitor into a database that is still empty."""
    app = await open_app(Settings(DATABASE_URL=url), clock=Begun())
    await app.start()
    await ready(app)
    # The sample's people whose hour was in the month that was played are looked at now.
    await app.tick.look()
    await app.stop()


@pytest.fixture(scope="session")
def played_file(tmp_path_factory):
    """A SQLite file with a sample: playing one takes longer than most of these tests."""
    path = tmp_path_factory.mktemp("played") / "demo.db"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_play(f"sqlite:///{path}"))).result()
    return path


@pytest.fixture(scope="session")
def played_database(postgres_server, postgres_template):
    """The name of a PostgreSQL database with a sample."""
    name = f"played_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_play(postgres_server.get_uri(database=name)))).result()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_url(request, tmp_path):
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("played_file"), tmp_path / "demo.db")
        return f"sqlite:///{tmp_path}/demo.db"
    played, server = request.getfixturevalue("played_database"), request.getfixturevalue("postgres_server")
    server.psql(f"DROP DATABASE IF EXISTS {played}_copy;")
    server.psql(f"CREATE DATABASE {played}_copy TEMPLATE {played};")
    return server.get_uri(database=f"{played}_copy")


on_sqlite = pytest.mark.parametrize("demo_url", ["sqlite"], indirect=True)


@pytest.fixture
async def open_demo(demo_url):
    """Open a demo on one and the same database, as often as asked; each is stopped before the next."""
    opened, machine = [], Begun()

    async def _open():
        for app in opened:
            await app.stop()
        app = await open_app(Settings(DATABASE_URL=demo_url), clock=machine)
        opened.append(app)
        await app.start()
        return app

    yield _open
    await opened[-1].stop()


@pytest.fixture
async def demo(open_demo):
    app = await open_demo()
    await ready(app)
    return app


async def ready(app, visitor="local"):
    async def is_ready():
        found = await app.demo.cohort(visitor)
        return found if found.ready else None

    return await eventually(is_ready, within=60, every=0.05)


async def phone(app, visitor="local"):
    """Return the worker's phone."""
    return (await app.demo.cohort(visitor)).phones[0].id


async def says(app, phone_id, *words):
    """Say one thing after the other, each after the answer to the one before."""
    for number, text in enumerate(words):
        key = f"webphone:{phone_id}:{time.monotonic_ns()}{number}"
        await app.accept([MessageReceived(key, Address("webphone", phone_id), Said(text))])
        await eventually(app.delivery.is_idle)


async def chooses_ten(app, visitor="local"):
    """Take up the first lesson and choose ten o'clock."""
    await says(app, await phone(app, visitor), *LESSON, "/hour 10:00", "Yes")


async def mutes_letters(app, visitor="local"):
    """Leave only the worker to be written to: the owner and the trainer get a letter on Mondays."""
    for one in (await app.demo.cohort(visitor)).phones[1:3]:
        await says(app, one.id, "/mute")


async def bubbles(app, phone_id) -> list[Shown]:
    return await app.channels["webphone"].since(phone_id, 0)


async def said_since(app, phone_id, after) -> list[Shown]:
    return [bubble for bubble in await bubbles(app, phone_id) if bubble.id > after and not bubble.is_own]


async def newest(app, phone_id) -> int:
    return (await bubbles(app, phone_id))[-1].id


async def move(app, move, visitor="local"):
    await app.demo.move(visitor, move)


async def comes(app, visitor="local"):
    return await app.demo.comes(await app.demo.cohort(visitor))


async def in_flight(app):
    now = app.clock.now()
    return await app.store.read(
        lambda uow: uow.outbox.is_in_flight() or any(uow.outbox.is_due(now, lane) for lane in Lane)
    )


def local(moment: datetime) -> str:
    return f"{moment.astimezone(JOHANNESBURG):%a %d %H:%M}"


@on_sqlite
async def test_nothing_comes_before_somebody_has_chosen_an_hour(demo):
    found = await comes(demo)
    assert local(found.moves[Move.NEXT]) == "Mon 23 09:00", "the owner and the trainer get their letters"
    await mutes_letters(demo)
    found = await comes(demo)
    assert Move.NEXT not in found.moves
    assert found.writes_to == ()
    before = demo.clock.now()
    await move(demo, Move.NEXT)
    assert demo.clock.now() - before < timedelta(minutes=1)


async def test_what_comes_next_is_foreseen_and_comes_at_that_very_time(demo):
    worker = await phone(demo)
    await chooses_ten(demo)
    found = await comes(demo)
    # Who has learnt today needs no reminder today.
    assert local(found.moves[Move.NEXT]) == "Wed 18 10:00"
    assert found.writes_to == (Address("webphone", worker),)
    before = await newest(demo, worker)
    await move(demo, Move.NEXT)
    (reminder,) = await said_since(demo, worker, before)
    assert local(reminder.sent_at) == "Wed 18 10:00"
    assert [button.label for row in reminder.rows for button in row] == ["Start", "In an hour", "Fewer", "Stop"]
    assert local(demo.clock.now()) == "Wed 18 10:00"
    assert not await in_flight(demo)
    assert local((await comes(demo)).moves[Move.NEXT]) == "Fri 20 10:00"


@on_sqlite
async def test_tomorrow_begins_at_seven_where_the_phones_are_and_next_week_is_seven_days_later(demo):
    found = await comes(demo)
    assert [local(found.moves[move]) for move in (Move.TOMORROW, Move.WEEK)] == ["Tue 17 07:00", "Mon 23 07:00"]
    await move(demo, Move.TOMORROW)
    assert local(demo.clock.now()) == "Tue 17 07:00"
    await move(demo, Move.WEEK)
    assert local(demo.clock.now()) == "Tue 24 07:00"


async def test_a_week_plays_every_moment_in_its_order_at_its_own_time(demo):
    worker = await phone(demo)
    await chooses_ten(demo)
    before = await newest(demo, worker)
    await move(demo, Move.WEEK)
    reminders = await said_since(demo, worker, before)
    assert [local(bubble.sent_at) for bubble in reminders] == ["Wed 18 10:00", "Fri 20 10:00"]
    assert len({plain(bubble.text) for bubble in reminders}) == 2
    assert local(demo.clock.now()) == "Mon 23 07:00"
    states = await demo.store.read(lambda uow: uow.outbox.by_state())
    assert set(states) <= {"sent", "superseded", "cancelled"}
    assert not await in_flight(demo)


@on_sqlite
async def test_months_forward_lose_nothing_and_say_nothing_twice(demo):
    worker = await phone(demo)
    await chooses_ten(demo)
    before = await newest(demo, worker)
    for _ in range(13):
        await move(demo, Move.WEEK)
    reminders = await said_since(demo, worker, before)
    days = [local(bubble.sent_at) for bubble in reminders]
    assert len(days) == len(set(days))
    await mutes_letters(demo)
    # Three in the first days, then one a week; after four weeks of silence one question, and then nothing.
    assert days[:3] == ["Wed 18 10:00", "Fri 20 10:00", "Mon 23 10:00"]
    assert plain(reminders[-1].text).startswith("Some weeks have passed.")
    assert Move.NEXT not in (await comes(demo)).moves
    await says(demo, worker, "/next")
    assert Move.NEXT in (await comes(demo)).moves
    assert demo.delivery.counts["failed"] == demo.delivery.counts["copies"] == 0


async def test_messages_on_their_way_are_delivered_before_the_clock_moves(demo):
    worker = await phone(demo)
    await chooses_ten(demo)
    before = await newest(demo, worker)
    talk = [says(demo, worker, "/progress") for _ in range(5)]
    await asyncio.gather(*talk, move(demo, Move.WEEK), *[says(demo, worker, "/progress") for _ in range(5)])
    texts = [plain(bubble.text) for bubble in await said_since(demo, worker, before)]
    assert sum("lesson" in text and "done" in text for text in texts) == 10
    assert demo.delivery.counts["copies"] == demo.delivery.counts["failed"] == 0
    assert not await in_flight(demo)


@on_sqlite
async def test_a_button_that_was_pressed_twice_moves_the_clock_once(demo):
    mark = (await comes(demo)).mark
    await asyncio.gather(*(demo.demo.move("local", Move.TOMORROW, seen=mark) for _ in range(3)))
    assert local(demo.clock.now()) == "Tue 17 07:00"
    assert (await comes(demo)).mark != mark


async def test_a_restart_does_not_step_back(demo, open_demo):
    await chooses_ten(demo)
    worker = await phone(demo)
    await move(demo, Move.NEXT)
    stood, before = demo.clock.now(), await newest(demo, worker)
    again = await open_demo()
    assert timedelta() < again.clock.now() - stood < timedelta(minutes=1)
    assert again.clock.ahead == demo.clock.ahead
    await again.tick.look()
    assert await said_since(again, worker, before) == []
    assert local((await comes(again)).moves[Move.NEXT]) == "Fri 20 10:00"


async def test_a_process_that_breaks_off_in_a_move_is_not_behind_what_it_has_said(demo, open_demo, monkeypatch):
    await chooses_ten(demo)
    worker = await phone(demo)

    look = demo.tick.look

    async def breaks_off():
        if local(demo.clock.now()) == "Wed 18 10:00":
            raise RuntimeError("the power is gone")
        return await look()

    monkeypatch.setattr(demo.tick, "look", breaks_off)
    with pytest.raises(RuntimeError):
        await move(demo, Move.NEXT)
    before = await newest(demo, worker)
    again = await open_demo()
    assert local(again.clock.now()) == "Wed 18 10:00"
    await again.tick.look()
    await eventually(lambda: said_since(again, worker, before))
    assert len(await said_since(again, worker, before)) == 1


@on_sqlite
async def test_starting_again_sets_the_clock_back_where_nobody_else_is(demo):
    await chooses_ten(demo)
    await move(demo, Move.WEEK)
    await demo.demo.start_again("local")
    assert local(demo.clock.now()) == "Mon 16 09:00"
    assert await kept_ahead(demo.store) == timedelta()
    await ready(demo)
    await mutes_letters(demo)
    await chooses_ten(demo)
    assert local((await comes(demo)).moves[Move.NEXT]) == "Wed 18 10:00"


@on_sqlite
async def test_with_other_visitors_the_clock_goes_on_for_all_of_them(demo):
    await ready(demo, "other")
    await chooses_ten(demo, "other")
    theirs = await phone(demo, "other")
    before = await newest(demo, theirs)
    await move(demo, Move.WEEK)
    assert [local(bubble.sent_at) for bubble in await said_since(demo, theirs, before)] == [
        "Wed 18 10:00",
        "Fri 20 10:00",
    ]
    await demo.demo.start_again("local")
    assert local(demo.clock.now()) == "Mon 23 07:00"
    await demo.demo.start_again("other")
    assert local(demo.clock.now()) == "Mon 16 09:00"


@on_sqlite
async def test_run_fresh_forgets_the_clock(demo, demo_url):
    await move(demo, Move.WEEK)
    await demo.stop()
    await empty_demo(demo_url)
    app = await open_app(Settings(DATABASE_URL=demo_url), clock=Begun())
    assert app.clock.ahead == timedelta()
    await app.start()
    await app.stop()


async def test_another_process_on_the_database_follows(demo):
    async def put(ahead):
        microseconds = str(ahead // timedelta(microseconds=1))
        await demo.store.write(lambda transaction: transaction.run(lambda uow: uow.records.put(AHEAD, microseconds)))

    following = asyncio.create_task(demo.demo.time.follow())
    for ahead in (timedelta(days=3), timedelta()):
        await put(ahead)
        await eventually(lambda ahead=ahead: demo.clock.ahead == ahead)
    following.cancel()


@on_sqlite
async def test_the_clock_stops_moving_after_ten_years(demo):
    await mutes_letters(demo)
    demo.clock.ahead = MOST_AHEAD - timedelta(days=3)
    assert set((await comes(demo)).moves) == {Move.TOMORROW}
    await move(demo, Move.WEEK)
    assert demo.clock.ahead < MOST_AHEAD - timedelta(days=2)


async def test_only_a_demo_has_a_clock_of_its_own(sqlite_url):
    app = await open_app(Settings(DATABASE_URL=sqlite_url, TELEGRAM_BOT_TOKEN="123456:a-token_for-tests"))
    assert not isinstance(app.clock, DemoClock)
    assert app.demo is None
    await app.start()
    await app.stop()
