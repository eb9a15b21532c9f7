"""Switches of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-dialogues", action="store_true", help="write the dialogues as the bot speaks now")
    parser.addoption("--update-journeys", action="store_true", help="write the journeys as the bot speaks now")
