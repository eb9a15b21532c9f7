"""The letters of owners and trainers, made when they are sent, from the one source of numbers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.core.course import Course
from bot.core.errors import NotNeeded
from bot.core.messages import Block, Content, Phrase, Text, heading, item, say, say_count
from bot.core.privacy import Quarter
from bot.core.summary import owner_blocks
from bot.ports import Catalogue
from bot.service.calling import LITTLE, Call, Reason
from bot.service.summaries import Summaries, TeamPage, TrainerWeek

_ADVICE = say("What helps most: give ten minutes of paid time today.")
# No number and nothing that only a trainer may know: an owner reads it.
_TO_FORWARD = {
    Reason.DUE: say("Ten minutes of paid time for a lesson help most. Every place in the course is kept."),
    Reason.NOT_BEGUN: say("Your team can begin at any time. The first lesson takes four minutes of a tea break."),
    Reason.STUCK: say("The lessons of your team can go on at any time. Ten minutes of paid time help most."),
    Reason.UNREACHED: say("The poster can be scanned again at any time, to begin or to go on."),
    Reason.FEW: say("The poster works best where people take their break. Taking part is free and private."),
}
_REASONS = {
    Reason.NOT_BEGUN: say("nobody has begun yet"),
    Reason.STUCK: say("no lesson was done in two weeks"),
    Reason.UNREACHED: say("many messages do not arrive there"),
    Reason.FEW: say("few have joined so far"),
}


class Letters:
    """Writes letters. `arguments` are those of the recipe."""

    def __init__(self, summaries: Summaries, catalogue: Catalogue) -> None:
        self._summaries, self._catalogue = summaries, catalogue

    async def digest(self, arguments: Mapping[str, str], language: str) -> list[Block]:
        """Return an owner's Monday: what to do at this week's meeting comes first."""
        page = await self._summaries.for_owner(arguments["company"], language)
        blocks = [
            heading(say("{company}, Monday {day}", company=page.company, day=page.monday)),
            *_numbered([*_of_lesson(page), *_of_team(page), *self._of_dates(page, arguments, language)]),
        ]
        return [*blocks, *(await self.weekly(arguments, language))] if "trainer" in arguments else blocks

    def _of_dates(self, page: TeamPage, arguments: Mapping[str, str], language: str) -> Iterator[Phrase]:
        warned = {course for course, _ in _courses(arguments.get("warned", "")) if needs_help(page, course)}
        for course_id, day in _courses(arguments.get("due", "")):
            title = self._title(course_id, language)
            if title and course_id in warned:
                yield say("{course} is due on {date}. {advice}", course=title, date=day, advice=_ADVICE)
            elif title:
                yield say("{course} is due on {date}.", course=title, date=day)

    async def due(self, arguments: Mapping[str, str], language: str) -> list[Block]:
        """Return what is due soon and little of which has begun; there may be nothing to say."""
        page = await self._summaries.for_owner(arguments["company"], language)
        today = date.fromisoformat(arguments["day"])
        lines: list[Block] = []
        for course_id, day in _courses(arguments["warned"]):
            title = self._title(course_id, language)
            if title and needs_help(page, course_id):
                left = say_count("in {n} day", "in {n} days", n=(day - today).days)
                lines.append(Block(say("{course} is due on {date}, {left}.", course=title, date=day, left=left)))
        if not lines:
            raise NotNeeded("Half of it is done.")
        return [*lines, Block(_ADVICE)]

    async def weekly(self, arguments: Mapping[str, str], language: str) -> list[Block]:
        """Return a trainer's Monday: the week in numbers, and whom to call first."""
        week = await self._summaries.week_of(arguments["trainer"], arguments.get("zone", ""))
        blocks = [heading(say("Week of {date}", date=week.began)), Block(_numbers(week))]
        if week.total.joined:
            finished = say_count("{n} person has", "{n} people have", n=week.total.finished)
            blocks.append(Block(say("{people} finished a course.", people=finished)))
        if not week.calls:
            return [*blocks, Block(say("No company needs a call this week."))]
        blocks.append(Block(say("Phone first:")))
        for number, call in enumerate(week.calls, 1):
            reason = self._reason(call, language)
            blocks.append(item(str(number), say("{company}: {reason}.", company=call.company, reason=reason)))
            blocks.append(Block(say("To forward: “{text}”", text=_TO_FORWARD[call.reason])))
        return blocks

    def _reason(self, call: Call, language: str) -> Phrase:
        if call.reason is Reason.DUE and call.due_on:
            title = self._title(call.course_id, language) or ""
            return say("{course} is due on {date}, and less than half is done", course=title, date=call.due_on)
        return _REASONS[call.reason]

    def _title(self, course_id: str, language: str) -> Content | None:
        course: Course | None = next(
            (found for found in self._catalogue.courses(language) if found.id == course_id), None
        )
        return Content(course.title, course.language) if course else None


def needs_help(page: TeamPage, course_id: str) -> bool:
    """Say whether less than half is known to be done, as the owner may read it; of few people nothing is known."""
    return not page.view.is_team or page.quarters.get(course_id, Quarter.QUIET) in LITTLE


def _of_lesson(page: TeamPage) -> Iterator[Text]:
    if page.lesson and page.lesson.owner_line:
        # Its author begins it with "At this week's meeting".
        yield Content(page.lesson.owner_line, page.lesson.language)
    if page.lesson:
        lesson = Content(page.lesson.title, page.lesson.language)
        yield say("This week your team learns: {lesson}", lesson=lesson)


def _of_team(page: TeamPage) -> Iterator[Phrase]:
    """Yield the team's numbers; of few people only that they have begun."""
    if not page.view.is_team:
        yield say("Your team has begun.") if page.view.has_begun else say("Your team can begin at any time.")
        return
    for block in owner_blocks(page.view):
        if not isinstance(block.text, Content):
            yield block.text


def _numbered(lines: Sequence[Text]) -> list[Block]:
    return [item(str(number), line) for number, line in enumerate(lines, 1)]


def _numbers(week: TrainerWeek) -> Phrase:
    if not week.total.joined:
        return say("Fewer than 3 people have joined. Numbers are shown from 3 on.")
    lessons = say_count("{n} lesson", "{n} lessons", n=week.lessons)
    more = week.lessons - week.lessons_before
    if more == 0:
        return say("{lessons}, as many as the week before.", lessons=lessons)
    if more > 0:
        return say("{lessons}, {n} more than the week before.", lessons=lessons, n=more)
    return say("{lessons}, {n} fewer than the week before.", lessons=lessons, n=-more)


def _courses(listed: str) -> Iterator[tuple[str, date]]:
    for one in listed.split():
        course_id, _, day = one.partition("=")
        yield course_id, date.fromisoformat(day)
