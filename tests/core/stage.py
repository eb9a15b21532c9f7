"""A stage for dialogues: a small course, a person, and a memory that keeps facts as the store would."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.catalogue.stock import read_stock
from bot.catalogue.text_files import Folders
from bot.catalogue.translator import GettextTranslator
from bot.core.answer import normalized
from bot.core.course import (
    ActionCard,
    Audience,
    Country,
    Course,
    HelpCard,
    HelpEntry,
    InfoCard,
    Language,
    Lesson,
    Library,
    Paragraph,
    QuestionCard,
)
from bot.core.dialogue import engine
from bot.core.dialogue.commands import COMMAND_WORDS
from bot.core.dialogue.scene import Turn
from bot.core.dialogue.states import Asking, from_json
from bot.core.events import (
    BEGUN_BY_US,
    Blocked,
    Due,
    InboundContent,
    MessageReceived,
    Opened,
    Said,
    Tapped,
    Unblocked,
    Unreadable,
)
from bot.core.facts import (
    AddressKept,
    AnsweredBefore,
    CompanyMade,
    CourseAssigned,
    CourseFinished,
    Enrolled,
    Fact,
    FollowUpAsked,
    GainSwitched,
    InvitationMade,
    InvitationUsed,
    Joined,
    LeftCompany,
    LessonCompleted,
    NudgeAsked,
    PersonForgotten,
    PersonKept,
    ReviewKept,
    RhythmKept,
)
from bot.core.learner import (
    ActionChoice,
    Company,
    Enrollment,
    FollowUp,
    Invitation,
    KnownAddress,
    Membership,
    Memory,
    NudgeKind,
    ReviewCard,
    Role,
)
from bot.core.messages import Address, Content, Features, Phrase, Picture, Recipe, Reply, Text, compose
from bot.core.question import OptionSource, QuestionSource
from bot.core.question_types import QUESTION_TYPES
from bot.core.reminder import local
from bot.core.rich_text import RichText, Verbatim, fill, plain

NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
CODE = "7Q2KM4XW9B"
OWNER_CODE = "0WNER00001"
TRAINER_CODE = "TRA1NER001"
EDITING = Features(buttons=12, editing=True, taking_back=100)
BUNDLING = Features(buttons=3, bundle=True, costs=True)


FRENCH = {
    "Story": "Histoire",
    "A box falls next to Sam.": "Une caisse tombe à côté de Sam.",
    "A box falls.": "Une caisse tombe.",
    "Idea": "Idée",
    "A **near miss** almost happened.": "Un **presqu'accident** a failli arriver.",
    "Tell it.": "Dites-le.",
    "Which one is a near miss?": "Lequel est un presqu'accident ?",
    "Sipho cuts his hand.": "Sipho se coupe la main.",
    "This is an injury. Somebody was hurt.": "C'est une blessure.",
    "A box falls. It misses Sipho.": "Une caisse tombe. Elle rate Sipho.",
    "Nobody was hurt, but next time somebody can be.": "Personne n'est blessé, mais la prochaine fois c'est possible.",
    "The machine is noisy.": "La machine est bruyante.",
    "This is a hazard. Nothing has happened yet.": "C'est un danger. Rien n'est encore arrivé.",
    "Did something go wrong, and was nobody hurt? Then it is a near miss.": "Personne n'est blessé ? Presqu'accident.",
    "What do you say?": "Que dites-vous ?",
    "What.": "Quoi.",
    "Yes, what.": "Oui, quoi.",
    "Who is guilty.": "Qui est coupable.",
    "No guilt.": "Pas de faute.",
    "Where.": "Où.",
    "Yes, where.": "Oui, où.",
    "Say what and where.": "Dites quoi et où.",
    "Tell one person about one near miss.": "Parlez d'un presqu'accident à une personne.",
    "Lesson": "Leçon",
}


def question(
    identity: str, heading: str, options: list[tuple[str, bool, str]], tip: str, in_words: Callable[[str], str]
) -> QuestionCard:
    sources = tuple(OptionSource(in_words(text), right, in_words(why), 1) for text, right, why in options)
    source = QuestionSource(identity, 1, in_words(heading), options=sources, tip=in_words(tip))
    kind = next(found for found in QUESTION_TYPES if found.claims(source))
    return QuestionCard(kind.from_source(source, "en"))


def lesson(number: int, *, sensitive: bool = False, language: str = "en") -> Lesson:
    def words(text: str) -> str:
        return FRENCH[text] if language == "fr" else text

    cards = (
        InfoCard(
            f"{words('Story')} {number}",
            (Paragraph(words("A box falls next to Sam.")),),
            Picture("safety/media/box.png", words("A box falls.")),
        ),
        InfoCard(
            f"{words('Idea')} {number}",
            (Paragraph(words("A **near miss** almost happened.")), Paragraph(words("Tell it."), bullet=True)),
        ),
        question(
            "q-which",
            "Which one is a near miss?",
            [
                ("Sipho cuts his hand.", False, "This is an injury. Somebody was hurt."),
                ("A box falls. It misses Sipho.", True, "Nobody was hurt, but next time somebody can be."),
                ("The machine is noisy.", False, "This is a hazard. Nothing has happened yet."),
            ],
            "Did something go wrong, and was nobody hurt? Then it is a near miss.",
            words,
        ),
        question(
            "q-say",
            "What do you say?",
            [("What.", True, "Yes, what."), ("Who is guilty.", False, "No guilt."), ("Where.", True, "Yes, where.")],
            "Say what and where.",
            words,
        ),
        ActionCard(words("Tell one person about one near miss.")),
    )
    return Lesson(
        id=f"osh-{number:02}",
        course_id="safety",
        language=language,
        version=f"v{number}-{language}",
        title=f"{words('Lesson')} {number}",
        objective="You can report a near miss.",
        audience=Audience.BOTH,
        minutes=4,
        is_sensitive=sensitive,
        owner_line="Ask what almost went wrong.",
        cards=cards,
        sources=("ILO, C155.",),
    )


LESSONS = (lesson(1), lesson(2), lesson(3), lesson(7, sensitive=True))
COURSE = Course("safety", "en", "Safe and healthy at work", "Six lessons.", 1, Audience.BOTH, LESSONS)
# The second lesson is not there in French: it is lent in English. In the other languages all of them are.
COURSES = {
    "en": COURSE,
    "fr": Course(
        "safety",
        "fr",
        "La sécurité au travail",
        "Six leçons.",
        1,
        Audience.BOTH,
        (lesson(1, language="fr"), *LESSONS[1:2], lesson(3, language="fr"), lesson(7, sensitive=True, language="fr")),
    ),
}
STANDING = {found.version: found for course in COURSES.values() for found in course.lessons}
HELP = HelpCard("none", "Help", (HelpEntry("Labour inspectorate", (("text", "Ask at the town hall."),), True, False),))
COMPANY = Company("c1", "Sunrise Joinery", "ZA", "Africa/Johannesburg", "10-49", ("en",))
LIBRARY = Library(
    language="en",
    courses=(COURSE,),
    languages=(
        Language("en", "English"),
        Language("fr", "Français"),
        Language("ar", "العربية", rtl=True),
        Language("ru", "Русский"),
    ),
    suggested=("en", "fr", "ar"),
    words={
        normalized(word): command.value for command, phrase in COMMAND_WORDS.items() for word in phrase.text.split(",")
    },
    help_card=HELP,
    is_demo=True,
    originals=(COURSE,),
    months={"ديسمبر": 12},
    countries={
        "ke": (kenya := Country("KE", "Kenya", ("Africa/Nairobi",))),
        "kenya": kenya,
        "za": Country("ZA", "South Africa", ("Africa/Johannesburg",)),
        "br": (brazil := Country("BR", "Brazil", ("America/Sao_Paulo", "America/Manaus"))),
        "brazil": brazil,
        "cg": (brazzaville := Country("CG", "Congo - Brazzaville", ("Africa/Brazzaville",))),
        "congo brazzaville": brazzaville,
        "cd": (kinshasa := Country("CD", "Congo - Kinshasa", ("Africa/Kinshasa", "Africa/Lubumbashi"))),
        "congo kinshasa": kinshasa,
    },
)


@dataclass
class Stage:
    """One chat, played through `advance`; facts are kept as the store keeps them."""

    library: Library = LIBRARY
    features: Features = EDITING
    now: datetime = NOW
    in_words: bool = False
    gain: bool = False
    company: Company = COMPANY
    memory: Memory = field(init=False)
    cards: dict[tuple[str, str], ReviewCard] = field(default_factory=dict)
    plans: dict[str, FollowUp] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(init=False)
    facts: list[Fact] = field(default_factory=list)
    shown: list[list[tuple[str, str]]] = field(default_factory=list)
    turn: Turn = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.memory = Memory(KnownAddress(Address("test", "1")), self.features, ())
        self.invitations = {
            CODE: Invitation(CODE, Role.WORKER, self.company),
            OWNER_CODE: Invitation(OWNER_CODE, Role.OWNER, self.company, expires_at=NOW + timedelta(days=7)),
            TRAINER_CODE: Invitation(TRAINER_CODE, Role.TRAINER, None, expires_at=NOW + timedelta(days=7)),
        }

    # --- what a person does ---------------------------------------------------------------------------------------

    def say(self, text: str) -> list[str]:
        return self.take(Said(text))

    def open(self, payload: str = "") -> list[str]:
        return self.take(Opened(payload))

    def tap(self, label: str) -> list[str]:
        """Tap the newest button of that label that still stands on the screen."""
        for buttons in reversed(self.shown):
            for shown, token in buttons:
                if shown == label:
                    return self.take(Tapped(token, "1"))
        raise AssertionError(f"There is no button {label!r} among {self.shown[-3:]}.")

    def take(self, content: InboundContent) -> list[str]:
        self.count += 1
        event = MessageReceived(f"test:{self.count}", Address("test", "1"), content, language_hint="en")
        need = engine.needs(event)
        code = need.code or engine.code_waiting(self.memory)
        fresh = tuple(f"{self.count:04}FRESH{place}XXXXXX" for place in range(6))
        memory = replace(
            self.memory,
            fresh=fresh,
            invitation=self.invitations.get(code or ""),
            reviews=tuple(card for card in self.cards.values() if card.due_at <= self.now),
            follow_ups=self._asked_after(),
        )
        self.turn = engine.advance(memory, event, self._lent(engine.wants(event, memory)), self.now)
        return self._kept(heard=not isinstance(content, BEGUN_BY_US))

    def _asked_after(self) -> tuple[FollowUp, ...]:
        """Return the actions chosen two to fourteen days ago and not asked after yet, the oldest first."""
        first, last = self.now - timedelta(days=14), self.now - timedelta(days=2)
        plans = (plan for plan in self.plans.values() if first <= plan.chosen_at <= last)
        return tuple(sorted(plans, key=lambda plan: (plan.chosen_at, plan.lesson_id)))

    def wait(self) -> list[str]:
        """Let time pass until the bot looks again what is owed."""
        next_at = self.memory.rhythm.next_at
        if next_at is None:
            return ["(nothing more comes)"]
        self.now = max(self.now, next_at)
        person = self.memory.person
        company = self.memory.company or next(iter(self.memory.trained_companies), None)
        zone = (person and person.time_zone) or (company.time_zone if company else None)
        return [f"({local(self.now, zone):%A %-d %B, %H:%M})", *self.take(Due())]

    def _lent(self, wants: engine.Wants) -> Library:
        """Return what the catalogue would lend: the person's language, and a version begun in another one."""
        language = wants.language or "en"
        course = COURSES.get(language, COURSE)
        if self.gain:
            course = replace(course, gain=("osh-02/q-say", "osh-03/q-which"))
        pinned = STANDING.get(wants.version or "")
        return replace(
            self.library,
            language=language,
            courses=(course,),
            pinned=pinned if pinned and pinned.language != language else None,
        )

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _kept(self, *, heard: bool) -> list[str]:
        key = self.turn.conversation.key if self.turn.conversation else "gone"
        step = self.turn.conversation.step if self.turn.conversation else 0
        offered: list[tuple[str, str]] = []
        seen: list[str] = []
        speak = in_language(self.turn.language) if self.in_words else render
        for answer in self.turn.replies:
            buttons = [
                (label(option.label, speak), engine.tap_token(key, step, option.choice))
                for row in answer.rows
                for option in row
            ]
            if isinstance(answer, Reply) and answer.closes and not self.features.editing:
                continue
            if buttons:
                offered = [(option.choice, label(option.label, speak)) for row in answer.rows for option in row]
                self.shown.append(buttons)
            seen.append(written(answer, speak))
        before = self.memory.conversation
        earlier = before.offered if before and self.turn.conversation and before.step == step else ()
        new = {choice for choice, _ in offered}
        conversation = self.turn.conversation and replace(
            self.turn.conversation, offered=(*offered, *(pair for pair in earlier if pair[0] not in new))
        )
        self.memory = replace(self.memory, conversation=conversation)
        for fact in self.turn.facts:
            self.facts.append(fact)
            self._keep(fact)
        if heard and self.memory.person:
            self.memory = replace(self.memory, address=replace(self.memory.address, heard_at=self.now))
        return seen

    def _keep(self, fact: Fact) -> None:
        memory = self.memory
        match fact:
            case AddressKept() | PersonKept() | RhythmKept():
                memory = _with(memory, fact)
            case PersonForgotten():
                memory = Memory(KnownAddress(memory.address.address), self.features, ())
                self.cards, self.plans = {}, {}
            case ReviewKept() | FollowUpAsked():
                self._keep_what_comes_back(fact)
            case Joined(_, _, role, pseudonym):
                memory = replace(memory, memberships=(Membership(self.company, role, pseudonym),))
            case LeftCompany():
                memory = replace(memory, memberships=())
            case Enrolled(_, course_id):
                others = tuple(found for found in memory.enrollments if found.course_id != course_id)
                same = (found for found in memory.enrollments if found.course_id == course_id)
                enrolled = next(same, Enrollment(course_id, self.now))
                memory = replace(memory, enrollments=(*others, enrolled))
            case AnsweredBefore() | GainSwitched():
                memory = _measured(memory, fact)
            case LessonCompleted():
                self._keep_what_comes_back(fact)
                memory = replace(memory, completed=memory.completed | {fact.lesson_id})
            case CourseFinished(_, course_id):
                done = (
                    replace(found, finished_at=self.now) for found in memory.enrollments if found.course_id == course_id
                )
                memory = replace(memory, enrollments=tuple(done))
            case InvitationUsed(code):
                self.invitations[code] = replace(self.invitations[code], used_at=self.now)
            case InvitationMade(code, role, _, expires_at):
                self.invitations[code] = Invitation(code, role, COMPANY, expires_at)
            case CourseAssigned() | NudgeAsked() | CompanyMade():
                memory = self._of_companies(fact)
        self.memory = memory

    def _of_companies(self, fact: CourseAssigned | NudgeAsked | CompanyMade) -> Memory:
        memory = self.memory
        match fact:
            case CourseAssigned(_, course_id, due_on):
                others = {course: day for course, day in memory.due_on if course != course_id}
                due = {**others, course_id: due_on} if due_on else others
                taken = tuple(dict.fromkeys((*memory.assigned_courses, course_id)))
                memory = replace(memory, assigned_courses=taken, due_on=tuple(due.items()))
            case NudgeAsked(company_id, kind):
                memory = self._nudged(company_id, kind)
            case CompanyMade(company):
                memory = replace(memory, trained_companies=(*memory.trained_companies, company))
        return memory

    def _keep_what_comes_back(self, fact: ReviewKept | FollowUpAsked | LessonCompleted) -> None:
        match fact:
            case ReviewKept(_, card, is_new):
                where = (card.lesson_id, card.question_id)
                self.cards[where] = self.cards.get(where, card) if is_new else card
            case FollowUpAsked(_, lesson_id):
                self.plans.pop(lesson_id, None)
            case LessonCompleted(_, course_id, lesson_id, action):
                if lesson_id not in self.memory.completed and action is not ActionChoice.NOT_FOR_ME:
                    self.plans[lesson_id] = FollowUp(course_id, lesson_id, self.now)

    def _nudged(self, company_id: str, kind: NudgeKind) -> Memory:
        """Return the memory with what a company's team was told now."""

        def told(company: Company) -> Company:
            is_it = company.id == company_id
            return replace(company, nudge=kind, nudged_at=self.now) if is_it else company

        memory = self.memory
        return replace(
            memory,
            memberships=tuple(replace(one, company=told(one.company)) for one in memory.memberships),
            trained_companies=tuple(told(one) for one in memory.trained_companies),
        )

    def hears_nudge(self, kind: NudgeKind) -> None:
        """Let the owner of the company, in another chat, have the team told something: the store wakes who waits."""
        self.memory = self._nudged(COMPANY.id, kind)
        if self.memory.rhythm.next_at is None:
            self.memory = replace(self.memory, rhythm=replace(self.memory.rhythm, next_at=self.now))

    # --- short cuts -----------------------------------------------------------------------------------------------

    def joined(self, code: str = "") -> "Stage":
        """Go through the first minute up to the first card."""
        self.open(code)
        self.tap("English")
        self.tap("Start")
        return self

    def lesson(self, action: str = "Today") -> list[str]:
        """Take a whole lesson from its first card."""
        self.tap("Next ▶")
        self.tap("Next ▶")
        self.say("A box falls. It misses Sipho.")
        self.tap("Next ▶")
        self.say("1 3")
        self.tap("Next ▶")
        return self.tap(action)

    def take_lesson(self) -> None:
        """Do what is asked until the lesson is done, however its cards are shown."""
        answers = {Asking.QUESTION: "2", Asking.ACTION: "today"}
        while from_json(self.memory.conversation.state).lesson:
            self.say(answers.get(from_json(self.memory.conversation.state).asking, "next"))

    def kinds(self) -> list[str]:
        return [type(fact).__name__ for fact in self.facts]


def _with(memory: Memory, fact: AddressKept | PersonKept | RhythmKept) -> Memory:
    match fact:
        case AddressKept(address):
            return replace(memory, address=address)
        case PersonKept(person):
            return replace(memory, person=person)
        case RhythmKept(_, rhythm):
            return replace(memory, rhythm=rhythm)


def _measured(memory: Memory, fact: AnsweredBefore | GainSwitched) -> Memory:
    match fact:
        case AnsweredBefore(_, course_id):
            enrollments = (
                replace(found, answered_before=found.answered_before or found.course_id == course_id)
                for found in memory.enrollments
            )
            return replace(memory, enrollments=tuple(enrollments))
        case GainSwitched(company_id, asks):
            companies = (
                replace(found, asks_gain=asks) if found.id == company_id else found
                for found in memory.trained_companies
            )
            return replace(memory, trained_companies=tuple(companies))


CONTENTS = {"sticker": Unreadable("sticker"), "blocked": Blocked(), "unblocked": Unblocked()}


# --- how it reads -----------------------------------------------------------------------------------------------------


def render(text: Text) -> RichText:
    """Return the English of a phrase."""
    source = text.text
    if isinstance(text, Phrase):
        source = text.plural if text.plural is not None and text.count != 1 else text.text
        if text.language not in {None, "en"}:
            source = f"({text.language}) {source}"
    values = {
        name: value
        if isinstance(value, Verbatim)
        else render(value)
        if isinstance(value, Phrase | Content)
        else _plain(value)
        for name, value in text.values
    }
    return fill(source, values, rtl=False)


def _plain(value: object) -> str:
    return value.strftime("%H:%M") if hasattr(value, "strftime") and hasattr(value, "hour") else str(value)


@cache
def _translator() -> GettextTranslator:
    root = Path(__file__).parents[2]
    return GettextTranslator(read_stock(Folders(root / "content", root / "locales")).interface_tables())


def in_language(language: str) -> Callable[[Text], RichText]:
    """Return what says a phrase in the words of the translators."""
    return lambda text: _translator().render(text, language)


def label(text: Text, speak: Callable[[Text], RichText] = render) -> str:
    return plain(speak(text))


def written(answer: Reply | Recipe, speak: Callable[[Text], RichText] = render) -> str:
    """Return a reply as a dialogue file shows it."""
    lines: list[str] = []
    if isinstance(answer, Recipe):
        lines.append(f"({answer.kind}{', rings' if answer.rings else ''})")
    else:
        said_of = (
            ("turns", answer.replaces),
            ("tidies", answer.closes),
            ("rings", answer.rings),
            ("takes back", answer.takes_back),
        )
        marks = [mark for mark, is_set in said_of if is_set]
        if marks:
            lines.append(f"({', '.join(marks)})")
        if answer.picture:
            lines.append(f"<{answer.picture.alt}>")
        if answer.blocks:
            lines.append(plain(compose(answer.blocks, speak)))
    lines += [" ".join(f"[{label(option.label, speak)}]" for option in row) for row in answer.rows]
    return "\n".join(lines)
