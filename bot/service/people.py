"""What a person may read about themselves."""

from bot.core.messages import Block, heading, say, say_count, say_in
from bot.rows import KeptAbout

_ROLES = {
    "owner": say_in("role", "an owner"),
    "trainer": say_in("role", "a trainer"),
    "operator": say_in("role", "an operator"),
}


def my_data(kept: KeptAbout | None) -> tuple[Block, ...]:
    """Return in plain words all that is kept about one person."""
    if kept is None:
        return (Block(say("Nothing is kept about you.")),)
    hour = say("none") if not kept.wants_reminders else kept.hour or say("not chosen yet")
    company = ", ".join(kept.companies) or say("none, you learn on your own")
    lines = [
        say("Language: {language}. Hour: {hour}.", language=kept.language, hour=hour),
        say("Company: {company}.", company=company),
        say(
            "Lessons finished: {lessons}. Courses finished: {courses}.",
            lessons=kept.lessons,
            courses=kept.courses_finished,
        ),
    ]
    if kept.joined_on:
        lines.append(say("Joined: {day}.", day=kept.joined_on))
    answers = say_count("Answers kept: {n}.", "Answers kept: {n}.", n=kept.answers)
    if kept.oldest_answer:
        answers = say_count(
            "Answers kept: {n}, from {day}.",
            "Answers kept: {n}, the oldest from {day}.",
            n=kept.answers,
            day=kept.oldest_answer,
        )
    lines.append(answers)
    lines.append(say("Questions to come back: {reviews}.", reviews=kept.reviews))
    lines += [say("You are {role} here too.", role=_ROLES[role]) for role in kept.roles if role in _ROLES]
    lines.append(say("Your chat address, so that we can write to you. No name is kept."))
    lines.append(say("To erase it all, send FORGET."))
    return (heading(say("This is what we keep about you.")), *(Block(line) for line in lines))
