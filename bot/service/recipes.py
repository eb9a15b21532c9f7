"""Replies that are made when they are sent, from a read connection: summaries, exports, links, somebody's own data.

So no personal file ever lies in the database, and no long report holds up a turn.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from bot.core.messages import (
    Block,
    Content,
    Document,
    Layout,
    OutboundMessage,
    Reply,
    heading,
    item,
    reply,
    say,
)
from bot.core.reminder import local
from bot.core.rich_text import Verbatim
from bot.core.splitting import split
from bot.core.summary import counts, evidence_blocks, owner_blocks, trainer_blocks
from bot.ports import Catalogue, Channel, Clock, ReportWriter, Store
from bot.rows import OutboxRow
from bot.service.letters import Letters
from bot.service.people import my_data
from bot.service.rendering import KeptRecipe, Renderer
from bot.service.summaries import EXPORT_HEADER, Summaries

MOST_LEARNERS = 30
MOST_COMPANIES = 30
REST = say("The export has all of them.")


Write = Callable[[Mapping[str, str], str], Awaitable[list[Block]]]


class QrMaker(Protocol):
    """Draws a link as a QR picture."""

    def __call__(self, link: str) -> bytes:
        """Return a PNG."""


@dataclass(frozen=True, slots=True)
class Dish:
    """What a recipe came to: a reply in words, with a file or without."""

    reply: Reply
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a recipe is made from."""

    arguments: Mapping[str, str]
    channel: Channel
    language: str


class Kitchen:
    """Makes recipes."""

    def __init__(
        self,
        *,
        store: Store,
        catalogue: Catalogue,
        renderer: Renderer,
        clock: Clock,
        writers: Mapping[str, ReportWriter],
        qr: QrMaker,
    ) -> None:
        self._store, self._catalogue, self._renderer, self._clock = store, catalogue, renderer, clock
        self._writers, self._qr = writers, qr
        self.media = catalogue.media
        self._summaries = Summaries(store, catalogue, clock, keeps=store)
        self._letters = Letters(self._summaries, catalogue)
        self._recipes: dict[str, Callable[[Order], Awaitable[Dish]]] = {
            "mydata": self._my_data,
            "team": self._team,
            "summary": self._summary,
            "export": self._export,
            "invite": self._invite,
            "owner_link": self._owner_link,
            "digest": lambda order: self._letter(self._letters.digest, order),
            "due": lambda order: self._letter(self._letters.due, order),
            "weekly": lambda order: self._letter(self._letters.weekly, order),
        }

    async def make(self, kept: KeptRecipe, channel: Channel, row: OutboxRow) -> OutboundMessage:
        """Return the message of a recipe, in the language of the person it goes to."""
        language = kept.arguments.get("language") or await self._language_of(row.person_id)
        dish = await self._recipes[kept.kind](Order(kept.arguments, channel, language))
        text, spoken, rtl = self._renderer.text(dish.reply, language)
        features = channel.features
        # One call a row: what would not fit ends where it must.
        text = split(text, features.caption_limit if dish.document else features.text_limit)[0]
        return OutboundMessage(
            row.address, text, spoken, rtl=rtl, rows=kept.rows, document=dish.document, silent=kept.silent
        )

    async def _language_of(self, person_id: str | None) -> str:
        about = await self._store.read(lambda uow: uow.numbers.kept_about(person_id)) if person_id else None
        return about.language if about else "en"

    async def _letter(self, write: Write, order: Order) -> Dish:
        return Dish(reply(*await write(order.arguments, order.language)))

    async def _my_data(self, order: Order) -> Dish:
        kept = await self._store.read(lambda uow: uow.numbers.kept_about(order.arguments["person"]))
        names = {known.code: known.name for known in self._catalogue.languages()}
        if kept:
            kept = replace(kept, language=names.get(kept.language, kept.language))
        return Dish(reply(*my_data(kept)))

    # --- numbers --------------------------------------------------------------------------------------------------

    async def _team(self, order: Order) -> Dish:
        page = await self._summaries.for_owner(order.arguments["company"], order.language)
        blocks = [heading(say("{company}, Monday {day}", company=page.company, day=page.monday))]
        if page.lesson and page.lesson.owner_line:
            blocks.append(Block(Content(page.lesson.owner_line, page.lesson.language)))
        if page.lesson:
            lesson = Content(page.lesson.title, page.lesson.language)
            blocks.append(Block(say("This week your team learns: {lesson}", lesson=lesson)))
        blocks += owner_blocks(page.view)
        return Dish(reply(*blocks))

    async def _summary(self, order: Order) -> Dish:
        trainer, name = order.arguments["trainer"], order.arguments.get("name", "")
        if name:
            return await self._company(trainer, name)
        view = await self._summaries.for_trainer(trainer)
        if not view.shown and view.pooled is None:
            return Dish(
                reply(say("You have no companies yet. Send {command} to make one.", command=Verbatim("/newcompany")))
            )
        blocks = _shortened(trainer_blocks(view, self._today(order)))
        if view.total.joined:
            blocks += evidence_blocks(await self._summaries.evidence(trainer))
        return Dish(reply(*blocks))

    def _today(self, order: Order) -> date:
        """Return the day it is where the reader is."""
        return local(self._clock.now(), order.arguments.get("zone")).date()

    async def _company(self, trainer: str, name: str) -> Dish:
        page = await self._summaries.of_company(trainer, name)
        if page is None:
            return Dish(reply(say("I do not find one company of this name among yours.")))
        blocks = [heading(say("{company}", company=page.company))]
        if not page.view.shown:
            blocks.append(Block(say("Fewer than 3 people have joined. Numbers are shown from 3 on.")))
            return Dish(reply(*blocks))
        blocks.append(Block(counts(page.view.total)))
        titles = {course.id: course for course in self._catalogue.courses("en")}
        for row in sorted(page.rows, key=lambda row: (row.lessons, row.learner))[:MOST_LEARNERS]:
            course = titles.get(row.course_id)
            total = len(course.ordinary()) if course else row.lessons
            blocks.append(
                item("•", say("{learner}: {n} of {total} lessons", learner=row.learner, n=row.lessons, total=total))
            )
        if len(page.rows) > MOST_LEARNERS:
            blocks.append(Block(REST))
        blocks.append(Block(say("The names are made up by the bot, another one in each company.")))
        return Dish(reply(*blocks))

    async def _export(self, order: Order) -> Dish:
        writer = self._writers[order.arguments["format"]]
        rows = await self._summaries.export(order.arguments["trainer"])
        day = self._today(order)
        document = Document(
            f"teabreak-{day.isoformat()}{writer.suffix}", writer.media_type, writer.write(EXPORT_HEADER, rows)
        )
        text = say("Completions as of {day}, by learner. No answers and no names are in it.", day=day)
        return Dish(reply(text), document)

    # --- links ----------------------------------------------------------------------------------------------------

    async def _invite(self, order: Order) -> Dish:
        company_id = order.arguments["company"]
        found = await self._store.read(
            lambda uow: (uow.numbers.company(company_id), uow.numbers.worker_code(company_id))
        )
        company, code = found
        if company is None or code is None:
            return Dish(reply(say("There is no such company any more.")))
        link = order.channel.features.invite_link.replace("{code}", code)
        blocks = [
            heading(say("{company}: scan, choose a language, learn.", company=company[0].company)),
            Block(say("Link: {link}", link=Verbatim(link))),
            Block(say("Code: {code}", code=Verbatim(code))),
            Block(say("Hang the picture where people take their break. Taking part is free and private.")),
        ]
        return Dish(reply(*blocks), Document("teabreak-poster.png", "image/png", self._qr(link)))

    async def _owner_link(self, order: Order) -> Dish:
        link = order.channel.features.invite_link.replace("{code}", order.arguments["code"])
        blocks = [
            Block(say("For the owner, for one use within {days} days:", days=7)),
            Block(say("Link: {link}", link=Verbatim(link))),
        ]
        return Dish(reply(*blocks))


def _shortened(blocks: Sequence[Block]) -> list[Block]:
    """Return a summary with so many companies as one message takes, where help counts most; the totals stay whole."""
    listed = [block for block in blocks if block.layout is Layout.ITEM]
    left_out = listed[MOST_COMPANIES:]
    if not left_out:
        return list(blocks)
    kept = [block for block in blocks if block not in left_out]
    place = kept.index(listed[MOST_COMPANIES - 1]) + 1
    return [*kept[:place], Block(REST), *kept[place:]]
