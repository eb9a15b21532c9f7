"""Small cohorts that are played to their end."""

import tempfile
from pathlib import Path

from bot.bootstrap import open_simulation
from bot.service.simulation.casting import Scale
from bot.settings import Settings


async def play(*, companies=2, workers=6, days=12, seed=3, fault_rate=0.0, is_thrown_away=True):
    """Return the report of a cohort."""
    scale = Scale(companies, workers, days, seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(DATABASE_URL=f"sqlite:///{Path(folder) / 'played.db'}")
        app, simulation = await open_simulation(settings, scale, fault_rate=fault_rate, is_thrown_away=is_thrown_away)
        try:
            return await simulation.run(lambda _: None)
        finally:
            await app.opened.close()
