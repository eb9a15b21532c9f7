"""Hold the database for a running program: lock, schema, store, and whether the last run ended as it should."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.errors import StoreProblem
from bot.ports import Clock, Store
from bot.store.opening import DatabaseHeld, InstanceLock, open_store, short_write
from bot.store.runs import Run
from bot.store.schema import CURRENT, EMPTY, migrate, refuse_newer, schema_state
from bot.store.urls import SqliteFile, read_url

_PATIENCE = timedelta(seconds=10)
_DEMO = "demo"


@dataclass
class Opened:
    """A store in use. `is_alone` says that no other process can be using it; `was_unclean` that the last run broke off.

    A careful start costs little, so it follows whatever a process of this name left behind.
    """

    store: Store
    run: Run
    is_alone: bool
    was_unclean: bool
    lock: InstanceLock
    trouble: Callable[[], StoreProblem | None] = field(default=lambda: None)

    async def close(self) -> None:
        """Note a clean end and let go. A database that is out of reach by now is left as it is."""
        try:
            await self.run.end()
        except StoreProblem:
            pass
        finally:
            await self.store.close()
            self.lock.__exit__(None, None, None)


async def open_running(url: str, *, clock: Clock, process: str, is_thrown_away: bool = False) -> Opened:
    """Open the database for a program that runs, bringing it to this version's schema first."""
    is_alone = isinstance(read_url(url), SqliteFile)
    lock = InstanceLock(url)
    lock.__enter__()
    try:
        await migrate(url)
        store = await open_store(url, clock=clock, is_thrown_away=is_thrown_away)
        run = Run(store, process, clock, is_alone=is_alone)
        was_clean = await run.begin()
    except BaseException:
        lock.__exit__(None, None, None)
        raise
    trouble = getattr(store, "trouble", lambda: None)
    return Opened(store, run, is_alone, not was_clean, lock, trouble)


async def migrate_alone(url: str, clock: Clock) -> None:
    """Bring the schema up to date; where another process is just doing so, wait for it to have done it."""
    began = clock.monotonic()
    while True:
        state = await schema_state(url)
        refuse_newer(state)
        if state == CURRENT:
            return
        try:
            with InstanceLock(url):
                await migrate(url)
        except DatabaseHeld:
            if clock.monotonic() - began > _PATIENCE.total_seconds():
                raise
            await clock.sleep(0.2)


async def empty_demo(url: str) -> None:
    """Empty a demo's database. Any other is refused, whatever was asked."""
    state = await schema_state(url)
    if state == EMPTY:
        return
    with InstanceLock(url):
        await migrate(url)
        was_demo = await short_write(url, lambda unit: unit.records.get(_DEMO) == "yes")
        if not was_demo:
            raise StoreProblem("This is no demo, so nothing was erased.", "Leave out --fresh.")
        await short_write(url, lambda unit: unit.records.clear())


__all__ = ["Opened", "empty_demo", "migrate_alone", "open_running"]
