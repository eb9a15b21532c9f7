"""`simulate`: a cohort on the virtual clock, through the real code and a channel that misbehaves, and what it broke."""

import asyncio
import json as json_format
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.bootstrap import open_simulation
from bot.cli.running import loop_factory
from bot.core.errors import SettingsProblem
from bot.logs import set_up
from bot.service.simulation.casting import Scale
from bot.service.simulation.observing import PROMISES
from bot.service.simulation.simulation import BEGAN
from bot.settings import Settings, read_settings

_MOST_FAULTS = 0.5
_MOST = {"companies": 1_000, "workers": 100_000, "days": 3_660}


def simulate(
    *,
    companies: int = 3,
    workers: int = 42,
    days: int = 60,
    seed: int = 1,
    fault_rate: float = 0.02,
    json: bool = False,
) -> int:
    """Play a cohort through the real code, and count every broken promise; the exit code is 1 if there is any.

    Parameters
    ----------
    companies
        How many companies, each in another time zone.
    workers
        How many workers in all.
    days
        How many days are played.
    seed
        The same seed plays the same days.
    fault_rate
        How many of all calls to the channel go wrong, from 0 to 0.5.
    json
        Print JSON.
    """
    _check(fault_rate, companies=companies, workers=workers, days=days)
    settings = read_settings(dict(os.environ))
    set_up(settings.log.value)
    scale = Scale(companies, workers, days, seed)
    with _progress(days) as progress, asyncio.Runner(loop_factory=loop_factory()) as runner:
        report = runner.run(_play(settings, scale, fault_rate, progress))
    kept = all(report[name] == 0 for name in PROMISES)
    if json:
        sys.stdout.write(json_format.dumps(report, indent=2) + "\n")
    else:
        _print(report, kept=kept)
    return 0 if kept else 1


def _check(fault_rate: float, **numbers: int) -> None:
    if not 0 <= fault_rate <= _MOST_FAULTS:
        raise SettingsProblem("The fault rate is out of range.", f"Choose one from 0 to {_MOST_FAULTS}.")
    for name, number in numbers.items():
        if not 1 <= number <= _MOST[name]:
            raise SettingsProblem(f"The number of {name} is out of range.", f"Choose one from 1 to {_MOST[name]:,}.")


async def _play(
    settings: Settings, scale: Scale, fault_rate: float, progress: Callable[[datetime], None]
) -> dict[str, Any]:
    """Play on a database of its own, which is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="teabreak-") as folder:
        url = f"sqlite:///{Path(folder) / 'simulation.db'}"
        # A simulation has no provider: people are played, and what is sent to them is recorded.
        own = {"database_url": url, "telegram_bot_token": None, "telegram_webhook_secret": None}
        app, simulation = await open_simulation(settings.model_copy(update=own), scale, fault_rate=fault_rate)
        try:
            return await simulation.run(progress)
        finally:
            await app.opened.close()


@contextmanager
def _progress(days: int) -> Iterator[Callable[[datetime], None]]:
    """Show on a terminal how far it is; nothing where the output is not read by a person."""
    columns = (TextColumn("day {task.completed:.0f} of {task.total:.0f}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=days)
        yield lambda at: progress.update(task, completed=(at - BEGAN) / timedelta(days=1))


def _print(report: dict[str, Any], *, kept: bool) -> None:
    table = Table(box=None, show_header=False)
    for name, value in report.items():
        broken = name in PROMISES and value
        table.add_row(name.replace("_", " "), f"[bold red]{value}[/]" if broken else str(value))
    console = Console()
    console.print(table)
    console.print("Every promise was kept." if kept else "[bold red]A promise was broken.[/]")
