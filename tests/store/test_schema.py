import asyncio
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text

from bot.core.errors import StoreProblem
from bot.store import schema
from bot.store.postgres_store import make_engine
from bot.store.schema import migrate, schema_state
from bot.store.tables import completion, metadata, rhythms
from bot.store.urls import SqliteFile


@pytest.fixture
def new_sqlite(tmp_path):
    return f"sqlite:///{tmp_path}/new.db"


@pytest.fixture
def new_postgres(postgres_server):
    # A name of its own: the tests of another process may be at the same server.
    name = f"fresh_{uuid4().hex}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    return postgres_server.get_uri(database=name)


@pytest.fixture(params=["new_sqlite", "new_postgres"])
def new_url(request):
    return request.getfixturevalue(request.param)


async def on(url, step):
    """Run a step on a connection of the test's own."""
    if url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.connect() as connection:
            found = step(connection)
        engine.dispose()
        return found
    engine = make_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(step)
    await engine.dispose()
    return found


async def test_a_migrated_database_has_just_the_tables_of_the_code(database_url):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await on(database_url, differences) == []


async def test_the_schema_goes_from_empty_to_current_and_once_more_changes_nothing(new_url):
    assert await schema_state(new_url) == "empty"
    await migrate(new_url)
    assert await schema_state(new_url) == "current"
    await migrate(new_url)
    assert await schema_state(new_url) == "current"


def test_asking_how_the_schema_stands_makes_no_file(new_sqlite):
    assert asyncio.run(schema_state(new_sqlite)) == "empty"
    assert not Path(new_sqlite.removeprefix("sqlite:///")).exists()


async def test_two_migrations_at_once_wait_for_each_other(new_url):
    await asyncio.gather(migrate(new_url), migrate(new_url), migrate(new_url))
    assert await schema_state(new_url) == "current"


async def test_a_migration_that_breaks_off_leaves_nothing_behind(new_sqlite):
    def broken(connection):
        schema._upgrade(connection)
        raise RuntimeError("the power failed")

    path = Path(new_sqlite.removeprefix("sqlite:///"))
    with pytest.raises(RuntimeError):
        schema._on_sqlite(SqliteFile(path), broken, writing=True)
    assert await schema_state(new_sqlite) == "empty"
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    await migrate(new_sqlite)


async def test_a_database_of_something_else_is_left_alone(new_url):
    def make(connection):
        connection.execute(text("CREATE TABLE people (name TEXT)"))
        connection.commit()

    await on(new_url, make)
    with pytest.raises(StoreProblem, match="something else"):
        await migrate(new_url)


async def test_an_older_schema_is_known_as_such(new_sqlite, monkeypatch):
    await migrate(new_sqlite)
    monkeypatch.setattr(schema.ScriptDirectory, "get_current_head", lambda scripts: "9999")
    assert await schema_state(new_sqlite) == "older"


async def test_the_view_says_in_the_database_what_its_columns_mean(database_url):
    if database_url.startswith("sqlite"):
        query = "SELECT sql FROM sqlite_master WHERE name = 'completion'"
    else:
        query = "SELECT obj_description('completion'::regclass)"
    meaning = await on(database_url, lambda connection: connection.execute(text(query)).scalar())
    assert all(column.name in meaning for column in completion.c)
    assert "worker's pseudonym" in meaning


def test_migrating_works_from_any_folder_and_needs_no_file_of_settings(tmp_path):
    code = "import asyncio; from bot.store.schema import migrate; asyncio.run(migrate('sqlite:///here.db'))"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "here.db").exists()


def test_sqlite_does_without_the_driver_of_postgresql(tmp_path):
    code = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "import asyncio; from bot.store.schema import migrate; asyncio.run(migrate('sqlite:///here.db'))\n"
        "from bot.store.opening import open_store\n"
        "try: asyncio.run(open_store('postgresql://host/db', clock=None))\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout == "PostgreSQL needs its driver. Install teabreak[postgres].\n"


async def test_a_new_file_is_for_its_owner_only(tmp_path):
    await migrate(f"sqlite:///{tmp_path / 'new.db'}")
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0


async def test_owners_and_trainers_of_an_older_schema_are_looked_at_and_nobody_else_is(new_url):
    sqlite = new_url.startswith("sqlite")
    moment = "2026-09-01T00:00:00.000000+00:00" if sqlite else datetime(2026, 9, 1, tzinfo=UTC)

    def older(connection):
        command.upgrade(schema._config(connection), "0002")
        for person in ("owner", "trainer", "worker", "left", "hour", "silent"):
            connection.execute(
                text(
                    "INSERT INTO people (id, language, wants_reminders, works_nights, is_trainer, is_operator, "
                    "consented, made_at) VALUES (:id, 'en', true, false, :trains, false, true, :at)"
                ),
                {"id": person, "trains": person == "trainer", "at": moment},
            )
        connection.execute(
            text(
                "INSERT INTO companies (id, name, country, time_zone, headcount, languages, made_at) "
                "VALUES ('mill', 'Mill', 'KE', 'Africa/Nairobi', '1-9', 'en', :at)"
            ),
            {"at": moment},
        )
        for person in ("owner", "worker", "left", "hour", "silent"):
            connection.execute(
                text(
                    "INSERT INTO memberships (person_id, company_id, role, is_active, joined_at, left_at) "
                    "VALUES (:id, 'mill', :role, true, :at, :left)"
                ),
                {
                    "id": person,
                    "role": "worker" if person == "worker" else "owner",
                    "at": moment,
                    "left": moment if person == "left" else None,
                },
            )
        for person, next_at in (("hour", moment), ("silent", None)):
            connection.execute(
                text("INSERT INTO rhythms (person_id, days, next_at, unanswered, text) VALUES (:id, '024', :at, 2, 0)"),
                {"id": person, "at": next_at},
            )
        connection.commit()

    await on(new_url, older)
    await migrate(new_url)
    found = await on(
        new_url, lambda connection: connection.execute(select(rhythms.c.person_id, rhythms.c.next_at)).all()
    )
    past, kept = datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    assert dict(tuple(row) for row in found) == {"owner": past, "trainer": past, "silent": past, "hour": kept}
