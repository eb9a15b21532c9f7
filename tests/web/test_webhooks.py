import asyncio

import pytest

from bot.core.errors import RequestRefused


async def test_what_was_accepted_is_answered_with_200(client, app):
    async with client.post("/webhooks/provider", data=b"one") as answer:
        assert answer.status == 200
        assert await answer.read() == b""
    assert app.provider.bodies == [b"one"]
    assert [event.key for event in app.accepted] == ["provider:1"]


async def test_what_holds_no_event_is_answered_with_200_too(client, app):
    async with client.post("/webhooks/provider", data=b"") as answer:
        assert answer.status == 200
    assert app.accepted == []


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_request_that_does_not_hold_gets_the_channels_status_and_no_reason(client, app, status):
    app.provider.error = RequestRefused("The signature of Amina is wrong.", status)
    async with client.post("/webhooks/provider", data=b"one") as answer:
        assert answer.status == status
        assert answer.content_type == "application/problem+json"
        assert "Amina" not in await answer.text()


async def test_what_could_not_be_committed_is_to_be_sent_again(client, app):
    app.can_commit = False
    async with client.post("/webhooks/provider", data=b"one") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"].isdecimal()


@pytest.mark.parametrize("state", ["stopping", "starting"])
async def test_nothing_is_taken_before_the_start_and_after_the_end(client, app, state):
    app.is_stopping = state == "stopping"
    app.has_started = state == "stopping"
    async with client.post("/webhooks/provider", data=b"one") as answer:
        assert answer.status == 503
        assert "Retry-After" in answer.headers
    assert app.provider.bodies == []


@pytest.mark.parametrize("name", ["unknown", "webphone", "provider/status", "../healthz"])
async def test_an_unknown_channel_is_not_there_and_the_phones_have_their_own_door(client, name):
    async with client.post(f"/webhooks/{name}", json={"phone": "amina", "id": "0123456789", "text": "x"}) as answer:
        assert answer.status in {404, 405}


async def test_a_body_that_is_too_long_is_refused_by_its_length(client, app):
    async with client.post("/webhooks/provider", data=b"x" * 1001) as answer:
        assert answer.status == 413
    assert app.provider.bodies == []


async def test_a_body_without_a_length_is_refused_when_it_has_grown_too_long(url, app):
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /webhooks/provider HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"x" * 600
    # The request is never finished: the answer must come before the end.
    for _ in range(2):
        writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        await writer.drain()
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    assert app.provider.bodies == []


async def test_a_length_that_is_no_number_is_refused(url):
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /webhooks/provider HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


async def test_a_get_is_not_for_webhooks(client):
    async with client.get("/webhooks/provider") as answer:
        assert answer.status == 405
