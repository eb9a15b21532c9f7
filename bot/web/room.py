"""What every page needs at hand: the App that bootstrap returned, the phones' channel and the templates."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from bot.app import App
from bot.channels.webphone import Webphone
from bot.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Room:
    """The web room's own things, made once."""

    app: App
    pages: Pages

    @property
    def webphone(self) -> Webphone | None:
        """Return the channel of the phones on the page, if there is one."""
        channel = self.app.channels.get(Webphone.name)
        return channel if isinstance(channel, Webphone) else None


def room_of(connection: HTTPConnection) -> Room:
    """Return the room that this request came into."""
    return cast(Room, connection.app.state.room)
