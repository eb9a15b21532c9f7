"""`run`, `serve`, `work`, `migrate`: the processes."""

import asyncio
import errno
import os
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

from bot.core.errors import SettingsProblem
from bot.logs import set_up
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import App

_BACKLOG = 2048
_PATIENCE = 2.0
_ENDS = (signal.SIGTERM, signal.SIGINT)


def run(*, fresh: bool = False) -> int:
    """Run everything in one process, creating and migrating the database as needed.

    Parameters
    ----------
    fresh
        Begin the demo again on an empty database. Never touches the database of a bot with real people.
    """
    settings = _settings()
    if fresh:
        from bot.store.running import empty_demo

        asyncio.run(empty_demo(settings.url))
    return _serve(settings)


def serve() -> int:
    """Run the web process; on SQLite it does all the work there is."""
    return _serve(_settings())


def work() -> int:
    """Run the worker process: what is due and what nobody holds. On SQLite `serve` does that already."""
    settings = _settings()
    if not settings.url.startswith("postgres"):
        # Blocked first: a signal that is only waited for ends the process by itself, with a code that is not 0.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
        sys.stdout.write("On SQLite serve does all the work. This process only waits.  (Ctrl-C ends it)\n")
        sys.stdout.flush()
        signal.sigwait(_ENDS)
        return 0
    return asyncio.run(_work(settings))


def migrate() -> int:
    """Bring the database to this version's schema."""
    from bot.clock import SystemClock
    from bot.store.running import migrate_alone

    asyncio.run(migrate_alone(_settings().url, SystemClock()))
    sys.stdout.write("The database is up to date.\n")
    return 0


def _settings() -> Settings:
    settings = read_settings(dict(os.environ))
    set_up(settings.log.value)
    return settings


def _serve(settings: Settings) -> int:
    listener = _listen(settings)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_web(settings, listener))
    finally:
        listener.close()


def _done_already(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the server has drained."""


def loop_factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    """Return the quicker loop where there is one; Windows has none."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else, so that a port in use leaves nothing half-done."""
    family = socket.AF_INET6 if ":" in settings.listen_on else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.listen_on, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = f"Stop the other program, or choose another port: PORT={settings.port + 1}"
            raise SettingsProblem(f"Port {settings.port} is taken.", hint) from None
        if error.errno == errno.EACCES:
            hint = "Choose a port from 1024 up."
            raise SettingsProblem(f"Port {settings.port} is not for this user.", hint) from None
        hint = "Set TEABREAK_HOST to 127.0.0.1 or to an address of this machine."
        raise SettingsProblem(f"{settings.listen_on} is no address of this machine.", hint) from None
    listener.listen(_BACKLOG)
    return listener


async def _web(settings: Settings, listener: socket.socket) -> int:
    import uvicorn

    from bot.bootstrap import open_app
    from bot.scheduler import Scheduler
    from bot.web.app import create_app

    await _check_token(settings)
    app = await open_app(settings)
    config = uvicorn.Config(
        create_app(app),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=15,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    _say_hello(settings, app)
    # The server drains on SIGTERM and then raises it once more; by then all is done, so the exit code is 0. Before
    # this line the signal ends the process at once, as it should: nothing was begun.
    signal.signal(signal.SIGTERM, _done_already)
    with Scheduler(app):
        await server.serve(sockets=[listener])
    return 0 if server.started else 1


async def _check_token(settings: Settings) -> None:
    """Refuse to start with a token that Telegram refuses; a Telegram out of reach is no reason to stop."""
    if settings.telegram_bot_token is None:
        return
    from bot.channels.telegram.introduction import username_of

    token = settings.telegram_bot_token.get_secret_value()
    if await username_of(token, settings.telegram_api_url or "", patience=_PATIENCE) is None:
        sys.stderr.write("Telegram cannot be reached yet. The bot starts and tries again by itself.\n")


def _say_hello(settings: Settings, app: "App") -> None:
    where = settings.public_url or f"http://{settings.listen_on}:{settings.port}"
    if settings.is_demo:
        sys.stdout.write(f"The demo is open on {where}  (Ctrl-C ends it)\n")
    else:
        sys.stdout.write(f"Teabreak runs: {', '.join(sorted(app.channels))}. Pages on {where}  (Ctrl-C ends it)\n")
    sys.stdout.flush()


async def _work(settings: Settings) -> int:
    from bot.bootstrap import open_app
    from bot.scheduler import Scheduler

    app = await open_app(settings, process="work")
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, ended.set)
    await app.start()
    sys.stdout.write("The worker runs.  (Ctrl-C ends it)\n")
    sys.stdout.flush()
    with Scheduler(app):
        await ended.wait()
    await app.stop()
    return 0
