"""Logs that say what happened and never what was said: no message text, name, number or token, at any level."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}")
_LONG_NUMBER = re.compile(r"\+?\d{8,}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
# Libraries that write addresses with tokens in them, or whole bodies, into their logs.
_TALKATIVE = (
    "telegram",
    "httpx",
    "httpcore",
    "aiohttp",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "aiosqlite",
    "apscheduler",
)


def clean(text: str) -> str:
    """Return a text with tokens, long numbers and control characters masked."""
    return _CONTROLS.sub(" ", _LONG_NUMBER.sub("[number]", _TOKEN.sub("[token]", text)))


def _masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        name: clean(value) if isinstance(value, str) and name != "timestamp" else value for name, value in event.items()
    }


class _Masking(logging.Filter):
    """Masks what libraries log through the standard library, their tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = clean(record.getMessage()), None
        if record.exc_info and record.exc_info[0]:
            record.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def set_up(style: str) -> None:
    """Send everything to standard error, in JSON or for a terminal."""
    renderer = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _masked,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Masking())
    handler.setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
