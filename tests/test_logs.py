"""Logs say what happened and never what was said, nor with which key."""

import io
import json
import logging

import pytest
import structlog

from bot.logs import clean, set_up

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"


@pytest.fixture(autouse=True)
def afterwards():
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


def test_tokens_long_numbers_and_line_breaks_are_masked() -> None:
    text = clean(f"https://api.example/bot{TOKEN}/sendMessage +4915112345678\nsecond\x1b[31m line")
    assert TOKEN not in text
    assert "4915112345678" not in text
    assert "\n" not in text
    assert "\x1b" not in text


def test_a_library_that_logs_a_token_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    stream = io.StringIO()
    logging.getLogger().handlers[0].stream = stream  # type: ignore[attr-defined]
    try:
        raise RuntimeError(f"call to {TOKEN} failed")
    except RuntimeError:
        logging.getLogger("somewhere").exception("the call %s failed", f"/bot{TOKEN}/x")
    logging.getLogger("httpx").error("https://api.example/bot%s/x", TOKEN)
    written = stream.getvalue()
    assert "somewhere" in written
    assert "RuntimeError" in written
    assert TOKEN not in written
    assert "httpx" not in written


def test_our_own_lines_are_json_with_a_time_and_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    structlog.get_logger().warning("batch failed", error="ValueError", where=f"x {TOKEN}")
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "batch failed"
    assert line["level"] == "warning"
    assert line["timestamp"].startswith("20")
    assert TOKEN not in line["where"]
