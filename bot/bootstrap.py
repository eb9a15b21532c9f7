"""Where the rooms meet: settings go in, an App comes out. Nobody below knows this file; the clock lives here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from secrets import token_bytes, token_hex

import structlog

from bot.app import App
from bot.catalogue.files import Files, House
from bot.catalogue.text_files import Folders
from bot.channels import CHANNELS
from bot.channels.recording import Recording
from bot.clock import DemoClock, SystemClock
from bot.core.dialogue.commands import COMMAND_MENU, COMMAND_WORDS
from bot.core.errors import SettingsProblem
from bot.core.messages import Features, OutboundMessage, Phrase
from bot.core.rich_text import plain
from bot.ports import Channel, ChannelParts, Clock, Store
from bot.reports import WRITERS
from bot.reports.qr import qr_png
from bot.service.alerts import Alerts
from bot.service.batch import Batches
from bot.service.demo import Demo
from bot.service.demo_clock import DemoTime, kept_ahead
from bot.service.foresight import Foresight
from bot.service.inbox import Inbox
from bot.service.keeping import KeptBubbles, KeptForChannel
from bot.service.outbox import Delivery
from bot.service.pacing import Pace
from bot.service.quarantine import Setter
from bot.service.recipes import Kitchen
from bot.service.rendering import MutedRenderer, Renderer
from bot.service.retention import Retention
from bot.service.sample import Sample
from bot.service.sending import Sender
from bot.service.simulation.casting import Scale
from bot.service.simulation.clock import PlayedClock
from bot.service.simulation.observing import Observer
from bot.service.simulation.phones import LAST, Phones
from bot.service.simulation.playing import Machine, Player
from bot.service.simulation.simulation import BEGAN, Simulation
from bot.service.turns import Turns
from bot.service.watch import Watch
from bot.settings import Settings
from bot.store.running import Opened, open_running

DEMO_MARK = "demo"
PACED, OF_THE_DEMO = frozenset({"telegram"}), frozenset({"webphone", "sample"})
MakePace = Callable[[Callable[[], float]], Pace]

log = structlog.get_logger()


def open_catalogue(settings: Settings, clock: Clock) -> Files:
    """Read the courses and the languages."""
    folders = Folders(settings.content, settings.locales)
    house = House(
        provider=settings.provider,
        run_by_employer=settings.run_by == "employer",
        is_demo=settings.is_demo,
        bar=settings.translation_bar.value,
    )
    return Files(folders, house, command_words=COMMAND_WORDS, clock=clock)


@dataclass(frozen=True, slots=True)
class Played:
    """What a simulation brings in place of what is real: its one channel, and dice that fall alike each time."""

    channel: Channel
    draw: Callable[[int], bytes]
    is_thrown_away: bool = True

    @staticmethod
    def jitter() -> float:
        """Return a pause that is neither short nor long."""
        return 0.5

    def channels(self) -> dict[str, Channel]:
        """Return the one channel."""
        return {self.channel.name: self.channel}


async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    process: str = "web",
    pace: MakePace = Pace,
    played: Played | None = None,
) -> App:
    """Make an App: the database opened and migrated, the catalogue read, every channel that is set up made.

    The process `work` sends and forgets, and leaves listening to the process `web`. `pace` makes a sender's limits.
    """
    machine = clock or SystemClock()
    moved = DemoClock(machine) if settings.is_demo else None
    clock = moved or machine
    catalogue = open_catalogue(settings, clock)
    thrown_away = played is not None and played.is_thrown_away
    # Whether a process lives is a question to the machine's time, wherever a demo's clock was moved to.
    opened = await open_running(settings.url, clock=machine, process=process, is_thrown_away=thrown_away)
    try:
        await _check_demo(settings, opened.store)
        if moved:
            moved.ahead = await kept_ahead(opened.store)
        app = await _assemble(settings, clock, catalogue, opened, pace=pace, played=played)
    except BaseException:
        await opened.close()
        raise
    # Of several processes, the worker looks who is due and the web process listens.
    app.listens, app.ticks = process != "work", opened.is_alone or process == "work"
    return app


async def _check_demo(settings: Settings, store: Store) -> None:
    """Keep demos and bots apart: a demo database never meets real people, and real data never a demo."""
    mark, totals = await store.read(lambda uow: (uow.records.get(DEMO_MARK), uow.numbers.totals()))
    if mark is None and (totals["people"] or totals["companies"]):
        mark = "no"
    wanted = "yes" if settings.is_demo else "no"
    if mark is None:
        await store.write(lambda transaction: transaction.run(lambda uow: uow.records.put(DEMO_MARK, wanted)))
    elif mark != wanted and mark == "yes":
        raise SettingsProblem("This database is a demo.", "Choose another DATABASE_URL for a bot with real people.")
    elif mark != wanted:
        raise SettingsProblem(
            "This database belongs to a bot with real people.",
            "Set TELEGRAM_BOT_TOKEN, or choose another DATABASE_URL.",
        )


async def _assemble(
    settings: Settings, clock: Clock, catalogue: Files, opened: Opened, *, pace: MakePace, played: Played | None
) -> App:
    store, translator, owner = opened.store, catalogue.translator, token_hex(8)
    renderer = Renderer(translator)
    channels: dict[str, Channel] = {}

    def features(channel: str) -> Features:
        return channels[channel].features if channel in channels else Features()

    batches = Batches(catalogue=catalogue, renderer=renderer, clock=clock, features=features, owner=owner)
    batches.draw = played.draw if played else token_bytes
    setter = Setter(store, renderer, clock)
    turns = Turns(store=store, batches=batches, setter=setter, clock=clock, careful=opened.was_unclean)
    channels.update(played.channels() if played else _channels(settings, _parts(store, turns, catalogue, clock)))
    kitchen = Kitchen(store=store, catalogue=catalogue, renderer=renderer, clock=clock, writers=WRITERS, qr=qr_png)
    sender = await _sender(Sender(kitchen, played.jitter if played else None), store, list(channels))
    delivery = Delivery(
        store=store,
        turns=turns,
        channels=channels,
        sender=sender,
        clock=clock,
        owner=owner,
        paces={name: pace(clock.monotonic) for name in channels if name in PACED},
        shares=not opened.is_alone,
    )
    batches.queue_length = delivery.queue_length
    inbox = Inbox(turns, channels)
    watch = Watch(store=store, catalogue=catalogue, turns=turns, delivery=delivery, channels=channels, clock=clock)
    watch.trouble = opened.trouble
    app = App(settings, clock, store, catalogue, translator, channels, turns, inbox, delivery, watch, None, opened)
    if isinstance(clock, DemoClock) and not played:
        app.demo = _demo(app, clock, batches, features)
    return app


def _demo(app: App, clock: DemoClock, batches: Batches, features: Callable[[str], Features]) -> Demo:
    def sample() -> Sample:
        return _sample(app.store, app.catalogue, clock, features)

    demo = Demo(store=app.store, inbox=app.inbox, channel=app.channels["webphone"], clock=clock, sample=sample)
    foresight = Foresight(app.store, batches, clock)
    demo.time = DemoTime(
        store=app.store, turns=app.turns, delivery=app.delivery, tick=app.tick, clock=clock, foresight=foresight
    )
    return demo


async def _sender(sender: Sender, store: Store, names: Sequence[str]) -> Sender:
    """Let the sender know the pictures that were uploaded before."""
    known = await store.read(lambda uow: [dict(uow.records.files(name)) for name in names])
    for name, files in zip(names, known, strict=True):
        sender.know_files(name, files)
    return sender


def _parts(store: Store, turns: Turns, catalogue: Files, clock: Clock) -> ChannelParts:
    def spoken(phrase: Phrase, language: str) -> str:
        return plain(catalogue.translator.render(phrase, language))

    return ChannelParts(
        clock=clock,
        memory=lambda name: KeptForChannel(store, turns, name),
        bubbles=KeptBubbles(store),
        media=catalogue.media,
        languages=catalogue.languages(),
        say=spoken,
        command_menu={command.value: phrase for command, phrase in COMMAND_MENU.items()},
    )


def _channels(settings: Settings, parts: ChannelParts) -> dict[str, Channel]:
    made = {
        name: import_module(module).make(settings, parts)
        for name, module in CHANNELS.items()
        # A bot is spared the phones of the demo, and the demo the import of a provider's library.
        if (name in OF_THE_DEMO) == settings.is_demo
    }
    return {name: channel for name, channel in made.items() if channel is not None}


def _sample(store: Store, catalogue: Files, clock: Clock, features: Callable[[str], Features]) -> Sample:
    played, phones = PlayedClock(clock, clock.now()), Phones()
    muted = MutedRenderer(catalogue.translator, lambda message: phones.show(message, LAST))
    batches = Batches(catalogue=catalogue, renderer=muted, clock=played, features=features, owner="sample")
    turns = Turns(store=store, batches=batches, setter=Setter(store, muted, played), clock=played)
    return Sample(store=store, turns=turns, catalogue=catalogue, clock=played, phones=phones, now=clock.now())


async def open_simulation(
    settings: Settings, scale: Scale, *, fault_rate: float = 0.0, is_thrown_away: bool = True
) -> tuple[App, Simulation]:
    """Make an App whose time is played and whose only channel records, and what plays a cohort with it."""
    clock, phones = PlayedClock(SystemClock(), BEGAN), Phones()
    channel = Recording(seed=scale.seed)
    played = Played(channel, Random(scale.seed).randbytes, is_thrown_away)  # noqa: S311 - the same ones each time
    app = await open_app(settings, clock=clock, played=played)
    # Receipts wait for the end of their moment.
    app.turns.crowd = 0
    lessons = sum(len(course.ordinary()) for course in app.catalogue.courses("en"))
    daily = (Retention(app.store, clock).forget, Alerts(app.store, app.turns, clock).look)
    machine = Machine(app.turns, app.delivery, app.tick, clock, daily)
    player = Player(machine, Observer(lessons), channel.block, resends=fault_rate)

    def saw(message: OutboundMessage, message_id: str, outcome: str) -> None:
        if player.saw(message, outcome):
            phones.show(message, message_id)

    channel.saw = saw
    return app, Simulation(
        scale, machine, app.store, app.catalogue, phones, player, lambda: channel.misbehave(fault_rate)
    )
