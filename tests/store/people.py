"""Small makers of what the tests of the store put in, and short ways to put it in and take it out."""

from datetime import datetime, timedelta

from bot.core.facts import (
    AddressKept,
    Attempted,
    CompanyMade,
    Enrolled,
    Fact,
    FollowUpAnswered,
    FollowUpAsked,
    Joined,
    LessonCompleted,
    PersonKept,
)
from bot.core.learner import ActionChoice, Company, Conversation, FollowUpAnswer, KnownAddress, Memory, Person, Role
from bot.core.messages import Address
from bot.ports import Store
from bot.rows import Keys, OutboxRow, TurnRow
from tests.databases import NOW

SHELL = Address("shell", "")


def address(number: int = 1, channel: str = "telegram") -> Address:
    return Address(channel, f"70000{number:04}")


def person_id(number: int = 1) -> str:
    return f"PERSON{number:010}"


def company(number: int = 1, name: str = "Baraka Bakery") -> Company:
    return Company(f"FIRM{number:06}", name, "KE", "Africa/Nairobi", "10-49", ("en", "sw"))


def worker(number: int = 1, *facts: object, firm: int | None = 1, done: int = 0) -> TurnRow:
    """A turn in which a person appears, joins, begins C5, finishes some lessons and does their actions."""
    who = person_id(number)
    joins = [Joined(who, company(firm).id, Role.WORKER, f"L-{number:04}")] if firm else []
    names = [f"C5-{n:02}" for n in range(1, done + 1)]
    lessons: list[Fact] = [LessonCompleted(who, "C5", name, ActionChoice.TODAY, "en") for name in names]
    lessons += [fact for name in names for fact in acted(number, name)]
    return TurnRow(
        address(number),
        who,
        Conversation(f"KEY{number:07}", 1, '{"v":1}', (("a", "Yes"), ("b", "No"))),
        (
            AddressKept(KnownAddress(address(number))),
            PersonKept(Person(who, "en", consented=True)),
            *joins,
            Enrolled(who, "C5"),
            *lessons,
            *facts,
        ),
    )


def acted(number: int, lesson: str, answer: FollowUpAnswer = FollowUpAnswer.DONE) -> tuple[Fact, Fact]:
    """What a person said of the action of a lesson."""
    return FollowUpAsked(person_id(number), lesson), FollowUpAnswered(person_id(number), lesson, answer)


def turn(number: int, *facts: object, on: Address | None = None) -> TurnRow:
    """A turn of somebody known that leaves facts and no change of the conversation."""
    return TurnRow(on or address(number), person_id(number), None, facts)


def attempt(number: int = 1, chosen: str = "b") -> Attempted:
    return Attempted(person_id(number), "C5", "C5-01", "q1", "v1", chosen, "right", "en")


def message(number: int = 1, payload: str = "{}", **values: object) -> OutboxRow:
    return OutboxRow(
        **{
            "address": address(number),
            "conversation": f"KEY{number:07}",
            "person_id": person_id(number),
            "payload": payload,
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=1),
            **values,
        }
    )


async def save(store: Store, *turns: TurnRow, now: datetime = NOW) -> None:
    await store.write(lambda tx: tx.run(lambda unit: unit.memories.save(turns, now)))


async def make_company(store: Store, *firms: Company, trainer: str = "") -> None:
    facts = tuple(CompanyMade(firm, trainer) for firm in firms or (company(),))
    await save(store, TurnRow(SHELL, None, None, facts))


async def load(store: Store, *wanted: Address, code: str | None = None) -> list[Memory]:
    return await store.write(lambda tx: tx.run(lambda unit: unit.memories.load([Keys(one, code) for one in wanted])))


async def recall(store: Store, wanted: Address, code: str | None = None) -> Memory:
    return (await load(store, wanted, code=code))[0]


async def do(store: Store, step):
    """Run one step in a write transaction."""
    return await store.write(lambda tx: tx.run(step))
