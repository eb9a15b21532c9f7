import os
import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import SettingsProblem, StoreProblem
from bot.store import schema
from bot.store.opening import InstanceLock, open_readonly, open_store, short_write
from bot.store.schema import migrate, schema_state
from bot.store.urls import PostgresServer, SqliteFile, read_url
from tests.store.people import do

VERSIONS = Path(schema.__file__).parent / "migrations/versions"
NEWEST = max(path.name[:4] for path in VERSIONS.glob("0*.py"))


def path_of(url):
    return Path(url.removeprefix("sqlite:///"))


def test_a_url_names_a_file_or_a_server_with_its_query(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_url("sqlite:///teabreak.db") == SqliteFile(tmp_path / "teabreak.db")
    assert read_url("sqlite:////data/my%20team.db") == SqliteFile(Path("/data/my team.db"))
    for url in ("postgres://u:p@host/db?sslmode=require", "postgresql://u@/db?host=/run/pg"):
        assert read_url(url) == PostgresServer(url)


@pytest.mark.parametrize(
    "url", ["", "teabreak.db", "mysql://host/db", "sqlite:///", "sqlite:///:memory:", "sqlite://x.db"]
)
def test_any_other_url_is_refused_with_what_to_write(url):
    with pytest.raises(SettingsProblem) as caught:
        read_url(url)
    assert caught.value.hint


def test_an_error_about_a_url_does_not_repeat_its_password():
    with pytest.raises(SettingsProblem) as caught:
        read_url("postgresq://user:secret@host/db")
    assert "secret" not in str(caught.value)


async def test_a_file_that_cannot_be_used_is_refused_in_one_line_with_a_remedy(tmp_path, clock):
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "letter.db").write_text("Dear database, ...")
    for url in ("missing/x.db", "folder.db", "letter.db"):
        for use in (migrate, lambda url: short_write(url, lambda unit: None)):
            with pytest.raises(StoreProblem) as caught:
                await use(f"sqlite:///{tmp_path}/{url}")
            assert caught.value.hint
            assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
async def test_a_folder_or_file_that_may_not_be_written_is_refused(sqlite_url, clock):
    path = path_of(sqlite_url)
    path.chmod(0o400)
    with pytest.raises(StoreProblem, match="may not be written"):
        await open_store(sqlite_url, clock=clock)
    path.chmod(0o600)
    path.parent.chmod(0o500)
    with pytest.raises(StoreProblem, match="may not be written"):
        await open_store(sqlite_url, clock=clock)
    path.parent.chmod(0o700)


async def test_a_damaged_file_is_refused(sqlite_url, clock):
    path = path_of(sqlite_url)
    path.write_bytes(path.read_bytes()[:1000] + b"\0" * 4000)
    with pytest.raises(StoreProblem, match="damaged"):
        await open_store(sqlite_url, clock=clock)


async def test_an_empty_database_is_not_opened_but_says_what_to_do(tmp_path, clock):
    url = f"sqlite:///{tmp_path}/new.db"
    with pytest.raises(StoreProblem, match="migrate"):
        await open_store(url, clock=clock)
    assert not path_of(url).exists()
    await migrate(url)
    await (await open_store(url, clock=clock)).close()


async def test_looking_does_not_write_and_works_beside_a_running_program(store, database_url):
    await do(store, lambda unit: unit.records.put("a", "1"))
    async with open_readonly(database_url) as reader:
        assert await reader.read(lambda unit: unit.records.get("a")) == "1"
        with pytest.raises(StoreProblem):
            await reader.read(lambda unit: unit.records.put("a", "2"))


async def test_a_command_writes_one_thing(database_url):
    await short_write(database_url, lambda unit: unit.records.put("a", "1"))
    with pytest.raises(ZeroDivisionError):
        await short_write(database_url, lambda unit: (unit.records.put("a", "2"), 1 / 0))
    assert await short_write(database_url, lambda unit: unit.records.get("a")) == "1"


def test_a_second_program_on_the_same_file_refuses_to_start(sqlite_url):
    with InstanceLock(sqlite_url), pytest.raises(StoreProblem, match="Another Teabreak"), InstanceLock(sqlite_url):
        pass
    with InstanceLock(sqlite_url), InstanceLock("postgresql://host/db"), InstanceLock("postgresql://host/db"):
        pass


def test_a_lock_file_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(StoreProblem, match="lock file"), InstanceLock(f"sqlite:///{tmp_path}/none/x.db"):
        pass


async def test_a_newer_schema_is_refused_everywhere(database_url, clock):
    await short_write(
        database_url,
        lambda unit: unit.records._connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"),
    )
    try:
        assert await schema_state(database_url) == "newer"
        for use in (migrate, lambda url: open_store(url, clock=clock)):
            with pytest.raises(StoreProblem, match="newer version") as caught:
                await use(database_url)
            assert caught.value.hint
    finally:
        await _set_revision(database_url, NEWEST)


async def _set_revision(url, revision):
    if url.startswith("sqlite"):
        connection = sqlite3.connect(path_of(url))
        with connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()
        return
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    await connection.close()
