"""One turn while it is being made: what is known, what is answered, what is to be kept.

A scene lives for one call of `advance` and is seen by nobody else; what leaves it is an immutable `Turn`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.course import Audience, Course, Lesson, Library
from bot.core.dialogue.states import LEARNING, Asking, LessonPlace, State, from_json, to_json
from bot.core.events import MessageReceived, Tapped
from bot.core.facts import AddressKept, Fact, PersonKept
from bot.core.learner import Conversation, Enrollment, KnownAddress, Memory, Person, Reach, Rhythm, Role
from bot.core.messages import Block, Recipe, Reply, Rows, Text, reply, row, say_in


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of an event: the conversation as it stands now, what is said, and the facts to keep.

    `person_id` is None when nobody is to be remembered. `language` is the one to say it in. What the bot begins is of
    no use any more after `until`.
    """

    language: str
    person_id: str | None
    conversation: Conversation | None
    replies: tuple[Reply | Recipe, ...]
    facts: tuple[Fact, ...]
    until: datetime | None = None


@dataclass(slots=True)
class Scene:
    """The turn under way. Handlers change `state`, add replies and facts, and never touch anything else."""

    event: MessageReceived
    memory: Memory
    library: Library
    now: datetime
    person: Person
    address: KnownAddress
    state: State
    step: int
    rhythm: Rhythm
    until: datetime | None = None
    replies: list[Reply | Recipe] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    forgotten: bool = False
    went_back: bool = False
    changed_language: bool = False

    @classmethod
    def of(cls, event: MessageReceived, memory: Memory, library: Library, now: datetime) -> "Scene":
        """Begin a turn. Somebody never seen before gets a new person, kept only if the turn says so."""
        person = memory.person or Person(id=memory.fresh[0], language=library.suggested[0])
        conversation = memory.conversation
        return cls(
            event=event,
            memory=memory,
            library=library,
            now=now,
            person=person,
            address=memory.address,
            state=from_json(conversation.state) if conversation else State(),
            step=conversation.step if conversation else 0,
            rhythm=memory.rhythm,
        )

    # --- saying ---------------------------------------------------------------------------------------------------

    def say(self, *blocks: Block | Text, rows: Rows = ()) -> None:
        """Add a bubble."""
        self.replies.append(reply(*blocks, rows=rows))

    def add(self, answer: Reply | Recipe) -> None:
        """Add a reply that was made elsewhere."""
        self.replies.append(answer)

    def ask(self, asking: Asking, *blocks: Block | Text, rows: Rows = ()) -> None:
        """Add a bubble and wait for its answer; the buttons of older bubbles become stale."""
        self.expect(asking)
        self.say(*blocks, rows=rows)

    def expect(self, asking: Asking) -> None:
        """Wait for another answer from now on."""
        self.state = self.state.at(asking)
        self.step += 1

    def put_away(self) -> None:
        """Take the buttons off the bubble that was just answered, where the channel can."""
        if self.memory.features.editing and not self._has_tidied():
            self.replies.append(Reply((), closes=True))

    def _has_tidied(self) -> bool:
        tidied = (
            answer.closes or answer.replaces or answer.takes_back
            for answer in self.replies
            if isinstance(answer, Reply)
        )
        return any(tidied)

    def _leaves_buttons_standing(self) -> bool:
        """Say whether the bubble that was tapped, or else the newest one, asks for a setting that is open no longer.

        A bubble of commands asks nothing: its buttons work at any time. A card stays as it is; it is shown again.
        """
        before, content = self.memory.conversation, self.event.content
        if before is None or not before.offered or before.step == self.step or self._has_tidied():
            return False
        if from_json(before.state).asking in LEARNING:
            return False
        choice = content.token.split(":", 2)[-1] if isinstance(content, Tapped) else before.offered[0][0]
        return not choice.startswith("/")

    # --- keeping --------------------------------------------------------------------------------------------------

    def keep(self, *facts: Fact) -> None:
        """Add facts."""
        self.facts.extend(facts)

    def keep_person(self, person: Person) -> None:
        """Change the person."""
        self.person = person
        self.facts = [fact for fact in self.facts if not isinstance(fact, PersonKept)]
        self.facts.append(PersonKept(person))

    def keep_address(self, address: KnownAddress) -> None:
        """Change what is kept about the address."""
        self.address = address
        self.facts = [fact for fact in self.facts if not isinstance(fact, AddressKept)]
        self.facts.append(AddressKept(address))

    def place(self, place: LessonPlace | None) -> None:
        """Move in a lesson, or out of it."""
        self.state = replace(self.state, lesson=place)

    # --- knowing --------------------------------------------------------------------------------------------------

    @property
    def has_stopped(self) -> bool:
        """Say whether this address opted out."""
        return self.address.reach is Reach.STOPPED

    @property
    def can_hide(self) -> bool:
        """Say whether messages can be taken back here, so that a button for it keeps what it promises."""
        return self.memory.features.taking_back > 0

    @property
    def zone_name(self) -> str | None:
        """Return the person's own time zone, or else the company's: for a trainer that of the first one."""
        company = self.memory.company or next(iter(self.memory.trained_companies), None)
        return self.person.time_zone or (company.time_zone if company else None)

    @property
    def roles(self) -> frozenset[Role]:
        """Return what the person is: in the active company, and to the programme."""
        roles = {membership.role for membership in self.memory.memberships if membership.is_active}
        if self.person.is_trainer:
            roles.add(Role.TRAINER)
        if self.person.is_operator:
            roles |= {Role.OPERATOR, Role.TRAINER}
        return frozenset(roles)

    @property
    def audience(self) -> Audience:
        """Return whose lessons count for this person's completion."""
        return Audience.OWNER if Role.OWNER in self.roles else Audience.WORKER

    def plan(self) -> tuple[Course, ...]:
        """Return the courses in the order they are offered: those the company takes, then all others."""
        assigned = [course for course in self.library.courses if course.id in self.memory.assigned_courses]
        others = [course for course in self.library.courses if course.id not in self.memory.assigned_courses]
        return tuple(course for course in [*assigned, *others] if course.ordinary(self.audience))

    def enrollment(self, course_id: str) -> Enrollment | None:
        """Return how the person stands in a course."""
        return next((found for found in self.memory.enrollments if found.course_id == course_id), None)

    def done_in(self, course: Course, *just_done: str) -> int:
        """Return how many ordinary lessons of a course are finished."""
        completed = self.memory.completed.union(just_done)
        return sum(lesson.id in completed for lesson in course.ordinary(self.audience))

    def next_lesson(self, course: Course, *just_done: str) -> Lesson | None:
        """Return the first ordinary lesson that is not finished."""
        completed = self.memory.completed.union(just_done)
        return next((lesson for lesson in course.ordinary(self.audience) if lesson.id not in completed), None)

    def active_course(self) -> Course | None:
        """Return the course that is under way, or the first one to begin."""
        for enrollment in self.memory.enrollments:
            course = self.library.course(enrollment.course_id)
            if enrollment.is_active and enrollment.finished_at is None and course:
                return course
        finished = {found.course_id for found in self.memory.enrollments if found.finished_at}
        return next((course for course in self.plan() if course.id not in finished), None)

    def turn(self) -> Turn:
        """Return what came of it all."""
        key = self.memory.conversation.key if self.memory.conversation else self.memory.fresh[1]
        gone = self.forgotten
        if self.memory.features.editing and self._leaves_buttons_standing():
            self.replies.insert(0, Reply((), closes=True))
        return Turn(
            language=self.person.language,
            person_id=None if gone else self.person.id,
            conversation=None if gone else Conversation(key, self.step, to_json(self.state)),
            replies=tuple(self.replies),
            facts=tuple(self.facts),
            until=self.until,
        )


def command_rows(*rows: Iterable[tuple[str, Text]]) -> Rows:
    """Return rows of options that work at any time, since each is a command and changes nothing by itself."""
    return tuple(row(*((f"/{name}", label) for name, label in options)) for options in rows)


CONTINUE = ("resume", say_in("button", "Continue"))
MENU = ("menu", say_in("button", "Menu"))
HIDE = ("hide", say_in("button", "Hide messages"))
