"""`report summary`, `export`: the same numbers as in the chat, by the same rule, in a shell."""

import asyncio
import json as json_format
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.bootstrap import open_catalogue
from bot.clock import SystemClock
from bot.core.evidence import Evidence, difference
from bot.core.messages import compose
from bot.core.rich_text import plain
from bot.core.summary import evidence_blocks, trainer_blocks
from bot.reports import WRITERS
from bot.service.summaries import EXPORT_HEADER, Summaries
from bot.settings import read_settings
from bot.store.opening import open_readonly


def summary(company: str | None = None, /, *, language: str = "en", json: bool = False) -> int:
    """Print the trainer's summary, of all companies or of one.

    Parameters
    ----------
    company
        A company's name.
    language
        The language to print it in.
    json
        Print JSON.
    """
    return asyncio.run(_summary(company, language, as_json=json))


def export(file: Path | None = None, /, *, json: bool = False) -> int:
    """Write completions as CSV.

    Parameters
    ----------
    file
        Where to write; standard output, if left out.
    json
        Write JSON instead.
    """
    return _export(file, as_json=json)


async def _summary(company: str | None, language: str, *, as_json: bool) -> int:
    settings = read_settings(dict(os.environ))
    clock = SystemClock()
    catalogue = open_catalogue(settings, clock)
    async with open_readonly(settings.url) as reader:
        summaries = Summaries(reader, catalogue, clock)
        page = await summaries.of_company("", company) if company else None
        view = page.view if page else await summaries.for_trainer("")
        # Recall and gain are never of one company alone.
        evidence = None if company else await summaries.evidence("")
    if company and page is None:
        sys.stderr.write("teabreak: there is no one company of this name.\n")
        return 2
    if as_json:
        found = {"companies": [asdict(team) for team in view.shown], "pooled": view.pooled and asdict(view.pooled)}
        found |= _as_json(evidence) if evidence else {}
        sys.stdout.write(json_format.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return 0
    blocks = trainer_blocks(view, clock.now().date())
    if evidence and view.total.joined:
        blocks += evidence_blocks(evidence)
    text = plain(compose(blocks, lambda words: catalogue.translator.render(words, language)))
    sys.stdout.write(text + "\n")
    return 0


def _as_json(found: Evidence) -> dict[str, Any]:
    """Return evidence as numbers; what may not be read is null."""
    named = {
        "recall_after_7_days": found.week,
        "recall_after_30_days": found.month,
        "actions_asked_after": found.outcomes,
        "gain": found.gain,
    }
    kept: dict[str, Any] = {name: numbers and asdict(numbers) for name, numbers in named.items()}
    if found.gain:
        kept["gain"] |= {"before": found.gain.before, "after": found.gain.after, **asdict(difference(found.gain))}
    return kept


def _export(file: Path | None, *, as_json: bool) -> int:
    rows = asyncio.run(_rows())
    if as_json:
        named = [dict(zip(EXPORT_HEADER, row, strict=True)) for row in rows]
        content = json_format.dumps(named, ensure_ascii=False, indent=2).encode()
    else:
        content = WRITERS["csv"].write(EXPORT_HEADER, rows)
    if file is None:
        sys.stdout.write(content.decode("utf-8-sig"))
    else:
        file.write_bytes(content)
        sys.stdout.write(f"{file}: {len(rows)} rows\n")
    return 0


async def _rows() -> list[tuple[str | int, ...]]:
    settings = read_settings(dict(os.environ))
    clock = SystemClock()
    async with open_readonly(settings.url) as reader:
        return await Summaries(reader, open_catalogue(settings, clock), clock).export("")
