"""A database that cannot be used stops a command with one line that says what to do, and never shows a password."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.starting import free_port, refused, teabreak

PASSWORD = "pass-" + "word"
KEY = {"SECRET_KEY": "s" * 32}


@pytest.fixture
def guest(postgres_server) -> Iterator[str]:
    """Name a role that the server lets in by its password alone."""
    name = f"guest_{secrets.token_hex(4)}"
    rules = Path(postgres_server.pgdata) / "pg_hba.conf"
    postgres_server.psql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}';")
    rules.write_text(f"local all {name} scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
    postgres_server.psql("SELECT pg_reload_conf();")
    yield name
    kept = [line for line in rules.read_text("utf-8").splitlines(keepends=True) if name not in line]
    rules.write_text("".join(kept), "utf-8")
    postgres_server.psql(f"SELECT pg_reload_conf(); DROP ROLE {name};")


def url_of(server, database: str, user: str) -> str:
    return f"postgresql://{user}@/{database}?{urlsplit(server.get_uri()).query}"


def test_a_password_that_postgresql_refuses_is_told_without_showing_it(tmp_path: Path, postgres_server, guest) -> None:
    url = url_of(postgres_server, "postgres", f"{guest}:not-{PASSWORD}")
    for command in ("migrate", "run"):
        line = refused(teabreak(command, folder=tmp_path, DATABASE_URL=url, PORT=str(free_port()), **KEY))
        assert line == ("teabreak: PostgreSQL refuses the password. Check the user and the password in DATABASE_URL.")
    assert not list(tmp_path.iterdir())


def test_a_database_that_postgresql_does_not_have_is_told(tmp_path: Path, postgres_server) -> None:
    url = url_of(postgres_server, "no_such_database", f"postgres:{PASSWORD}")
    line = refused(teabreak("migrate", folder=tmp_path, DATABASE_URL=url, **KEY))
    assert line == ("teabreak: PostgreSQL has no database of this name. Make it with createdb, or check DATABASE_URL.")
    examined = teabreak("doctor", folder=tmp_path, DATABASE_URL=url, **KEY)
    assert examined.returncode == 1
    assert "WRONG  PostgreSQL has no database of this name." in examined.stdout
    assert PASSWORD not in examined.stdout + examined.stderr


def test_a_postgresql_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    url = f"postgresql://teabreak:{PASSWORD}@127.0.0.1:{free_port()}/teabreak"
    for command in ("migrate", "work"):
        line = refused(teabreak(command, folder=tmp_path, DATABASE_URL=url, **KEY))
        assert line.startswith("teabreak: PostgreSQL does not answer. See that it runs, and check host, port")
        assert PASSWORD not in line


def test_a_lock_file_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "x.db.lock"
    lock.mkdir()
    line = refused(teabreak("run", folder=tmp_path, DATABASE_URL="sqlite:///x.db", PORT=str(free_port())))
    assert f"The lock file {lock} cannot be used: Is a directory." in line
    assert line.endswith("this user must be allowed to write in it.")
    assert not (tmp_path / "x.db").exists()
