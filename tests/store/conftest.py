"""Each test of this room runs on a SQLite file and on a PostgreSQL server."""

from tests.databases import *  # noqa: F403
