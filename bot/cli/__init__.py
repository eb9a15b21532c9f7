"""The table of commands. Each is read only when it is called, so that `teabreak --help` answers at once."""

import sys

from cyclopts import App

COMMANDS = (
    ("run", "bot.cli.running:run", "Run everything in one process. Without a channel's token, the demo."),
    ("setup", "bot.cli.setup:setup", "Set up a bot with real people, step by step."),
    ("serve", "bot.cli.running:serve", "The web process, as a Procfile runs it."),
    ("work", "bot.cli.running:work", "The worker process, as a Procfile runs it."),
    ("migrate", "bot.cli.running:migrate", "Bring the database to this version's schema."),
    ("check", "bot.cli.content:check", "Find every mistake in lessons and translations."),
    ("company add", "bot.cli.people:company_add", "Make a company; prints its link, code and QR."),
    ("operator add", "bot.cli.people:operator_add", "Make a link for an operator."),
    ("trainer add", "bot.cli.people:trainer_add", "Make a link for a trainer."),
    ("invite", "bot.cli.people:invite", "Print a company's link, code and QR again."),
    ("report summary", "bot.cli.numbers:summary", "The trainer's summary, of all companies or of one."),
    ("report messages", "bot.cli.messages:messages", "Bot messages from first card to done, per lesson and language."),
    ("export", "bot.cli.numbers:export", "Completions as a file."),
    ("translate extract", "bot.cli.content:extract", "Collect all texts into build/locales."),
    ("translate update", "bot.cli.content:update", "Bring every translation up to date with the texts."),
    ("translate new", "bot.cli.content:new", "Begin a language."),
    ("translate coverage", "bot.cli.content:coverage", "What is translated, by course and language."),
    ("simulate", "bot.cli.simulate:simulate", "Play a cohort on a virtual clock, and count every broken promise."),
    ("doctor", "bot.cli.operating:doctor", "Say what is wrong here and what to do."),
    ("quarantine list", "bot.cli.operating:quarantine_list", "Events that were set aside."),
    ("quarantine drop", "bot.cli.operating:quarantine_drop", "Forget an event that was set aside."),
    ("quarantine retry", "bot.cli.operating:quarantine_retry", "Let an event be taken again when it is sent again."),
    ("outbox list", "bot.cli.operating:outbox_list", "Messages that wait or failed, without their text."),
    ("outbox resend", "bot.cli.operating:outbox_resend", "Send failed messages again."),
)
_GROUPS = {
    "company": "Companies.",
    "operator": "Operators.",
    "trainer": "Trainers.",
    "report": "Numbers about learning.",
    "translate": "The round trip of translations.",
    "quarantine": "What was set aside.",
    "outbox": "What waits to be sent.",
}


def _report(company: str | None = None, /, *, language: str = "en", json: bool = False) -> int:
    """Print the trainer's summary, of all companies or of one; `report messages` counts the bot's messages."""
    from bot.cli.numbers import summary

    return summary(company, language=language, json=json)


def _app() -> App:
    app = App(
        name="teabreak",
        help="Four-minute lessons for the staff of small businesses, in the chat apps they already have.",
        version_flags=["--version"],
    )
    groups = {name: App(name=name, help=text) for name, text in _GROUPS.items()}
    groups["report"].default(_report)
    for group in groups.values():
        app.command(group)
    for path, target, text in COMMANDS:
        group_name, _, name = path.rpartition(" ")
        (groups[group_name] if group_name else app).command(target, name=name, help=text)
    return app


def main() -> None:
    """Run a command; an error is one line with what to do, never a traceback."""
    app = _app()
    try:
        outcome = app(result_action="return_value")
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)
    except Exception as error:
        from bot.cli.failing import explain

        sys.exit(explain(error))
    sys.exit(outcome if isinstance(outcome, int) else 0)
