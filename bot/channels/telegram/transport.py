"""Carry calls to the Bot API over aiohttp, in place of the transport that python-telegram-bot brings.

Two rules are kept here. A failure says whether the call may have had an effect. And no error or log holds the
address of a call, since the token is part of it.
"""

import json
import logging
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.failures import AnswerLost, NotReached, refusal

# The library gives seconds as int, with a warning, unless it is told that we expect a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "1")
# Both write what must not be written: one whole bodies, the other the token.
for _name in ("telegram", "httpx"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

CONNECT_WITHIN = timedelta(seconds=5)
ANSWER_WITHIN = timedelta(seconds=20)
# Large files take long to write, and a server that drips its answer must not hold a call for ever.
_SLACK = timedelta(seconds=20)
_CONNECTIONS = 64

_NOT_WRITTEN = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class HttpTransport(BaseRequest):
    """One pool of connections. It opens with the first call, so that it can be made outside a running loop."""

    __slots__ = ("_answer_within", "_connect_within", "_session")

    def __init__(self, *, connect_within: timedelta = CONNECT_WITHIN, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self._connect_within = connect_within
        self._answer_within = answer_within
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Return the seconds a call waits for its answer."""
        return self._answer_within.total_seconds()

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_timeouts: Any,
        **_named_timeouts: Any,
    ) -> tuple[int, bytes]:
        """Make a call for the library; its own timeouts are left aside for ours."""
        return await self._call(url, method, _form(request_data), self._answer_within)

    async def ask(self, url: str, fields: Mapping[str, object], *, longer: timedelta) -> Any:
        """Make a call and return its result as plain JSON, waiting `longer` than usual for the answer."""
        form = aiohttp.FormData({name: json.dumps(value) for name, value in fields.items()})
        _, body = await self._call(url, "POST", form, self._answer_within + longer)
        return json.loads(body.decode("utf-8", "replace"))["result"]

    async def _call(
        self, url: str, method: str, form: aiohttp.FormData | None, answer_within: timedelta
    ) -> tuple[int, bytes]:
        failure: TelegramError | None
        try:
            status, body = await self._exchange(url, method, form, answer_within)
        except _NOT_WRITTEN:
            failure = NotReached("Telegram was not reached.")
        except (aiohttp.ClientError, TimeoutError, OSError):
            failure = AnswerLost("Telegram's answer was lost.")
        else:
            failure = refusal(status, body)
            if failure is None:
                return status, body
        # Raised outside the handlers: the error of aiohttp holds the address and must not become its context.
        raise failure

    async def _exchange(
        self, url: str, method: str, form: aiohttp.FormData | None, answer_within: timedelta
    ) -> tuple[int, bytes]:
        await self.initialize()
        assert self._session is not None  # noqa: S101 - just opened
        timeout = aiohttp.ClientTimeout(
            total=(self._connect_within + answer_within + _SLACK).total_seconds(),
            connect=self._connect_within.total_seconds(),
            sock_read=answer_within.total_seconds(),
        )
        async with self._session.request(method, url, data=form, timeout=timeout, allow_redirects=False) as response:
            return response.status, await response.read()


def _form(request_data: RequestData | None) -> aiohttp.FormData | None:
    if request_data is None:
        return None
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    if request_data.contains_files:
        for name, (filename, content, media_type) in request_data.multipart_data.items():
            form.add_field(name, content, filename=filename, content_type=media_type)
    return form
