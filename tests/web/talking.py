"""How tests talk with a phone over HTTP: what is sent to it, and what its stream brings."""

import asyncio
import json
from contextlib import asynccontextmanager

ID = "0123456789abcdef"


def message(**fields):
    return {"phone": "amina", "id": ID, **fields}


async def sent(client, **fields):
    async with client.post("/phone/amina/messages", json=message(**fields)) as answer:
        assert answer.status == 200


@asynccontextmanager
async def streaming(client, address, **headers):
    """Yield a function that returns the next event as (kind, id, data)."""
    async with client.get(address, headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"

        async def following():
            found = {}
            while True:
                line = (await asyncio.wait_for(answer.content.readline(), 5)).decode().rstrip("\r\n")
                name, _, value = line.partition(": ")
                if name and value:
                    found[name] = value
                elif "data" in found:
                    return found["event"], found.get("id"), json.loads(found["data"])

        yield following


async def bubble(following):
    """Return the next bubble, whatever comes before it."""
    while True:
        event = await following()
        if event[0] == "bubble":
            return event
