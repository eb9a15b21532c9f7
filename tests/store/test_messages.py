"""What a person reads when PostgreSQL cannot be used: one line with a remedy, and no piece of a password."""

from urllib.parse import urlsplit

import pytest

from bot.core.errors import NotCommitted, SettingsProblem, TeabreakError
from bot.store.schema import migrate, schema_state


def url_of(server, user="postgres", database="postgres", more=""):
    return f"postgresql://{user}@/{database}?{urlsplit(server.get_uri()).query}{more}"


async def said_of(url, kind):
    """Return the line; both ways to a database say the same."""
    lines = set()
    for use in (migrate, schema_state):
        with pytest.raises(TeabreakError) as caught:
            await use(url)
        assert type(caught.value) is kind
        assert caught.value.__cause__ is None
        assert caught.value.hint
        lines.add(str(caught.value))
    (line,) = lines
    assert "\n" not in line
    return line


@pytest.mark.parametrize("password", ["pass/word", "pass#word", "pass?word", "pass:word/", "[word"])
async def test_a_password_that_breaks_the_address_is_not_quoted(password):
    line = await said_of(f"postgresql://teabreak:{password}@127.0.0.1/teabreak", SettingsProblem)
    assert "%2F" in line
    assert "pass" not in line.replace("password", "")


async def test_a_way_of_encryption_that_does_not_exist_is_told():
    assert "DATABASE_URL" in await said_of("postgresql://u:hush@127.0.0.1/x?sslmode=banana", SettingsProblem)


@pytest.mark.parametrize("where", ["u:hush@127.0.0.1:1/x", "u:hush@no-such-host.invalid/x", "u:hush@/x?host=/no/such"])
async def test_a_server_that_does_not_answer_is_told(where):
    line = await said_of(f"postgresql://{where}", NotCommitted)
    assert "does not answer" in line
    assert "hush" not in line


async def test_a_server_without_this_user_or_database_is_told(postgres_server):
    assert "refuses this user" in await said_of(url_of(postgres_server, "nobody:hush"), NotCommitted)
    assert "no database of this name" in await said_of(url_of(postgres_server, database="no_such"), NotCommitted)


async def test_a_setting_that_the_server_does_not_know_is_told(postgres_server):
    url = url_of(postgres_server, more="&channel_binding=require")
    assert "does not know a setting of DATABASE_URL" in await said_of(url, NotCommitted)


async def test_a_user_who_may_not_make_tables_is_told(postgres_server):
    postgres_server.psql("CREATE ROLE only_looks LOGIN;")
    try:
        with pytest.raises(NotCommitted, match="does not allow this user") as caught:
            await migrate(url_of(postgres_server, "only_looks"))
        assert "owner" in caught.value.hint
    finally:
        postgres_server.psql("DROP ROLE only_looks;")
