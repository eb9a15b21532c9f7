"""APScheduler wakes the tick, and nothing more: whose time has come is a question to the database, not a job here."""

from types import TracebackType
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import App

EVERY_SECONDS = 20


class Scheduler:
    """Wakes an App's tick while its block lasts, in the one process that has to."""

    def __init__(self, app: App) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        if app.ticks:
            # A look that takes long is not begun a second time; looks that were missed are made up for by the next.
            self._scheduler.add_job(
                app.tick.look,
                "interval",
                seconds=EVERY_SECONDS,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

    def __enter__(self) -> Self:
        """Begin."""
        self._scheduler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End. A look that is under way goes on with the App."""
        self._scheduler.shutdown(wait=False)
