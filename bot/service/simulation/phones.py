"""What people see: the phones of whoever is played. They know nothing of what the bot knows."""

from dataclasses import dataclass, field

from bot.core.messages import Address, Button, OutboundMessage
from bot.core.rich_text import plain

# A bubble that is named by its place, where the history is played without a provider.
LAST = "last"


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest bubble with buttons: its text and, by what they choose, its buttons."""

    message_id: str
    text: str
    buttons: dict[str, Button]

    def answers(self) -> dict[str, Button]:
        """Return the buttons that answer what is asked; a command works at any time and answers nothing."""
        return {choice: button for choice, button in self.buttons.items() if not choice.startswith("/")}

    def commands(self) -> dict[str, Button]:
        """Return the buttons that are commands."""
        return {choice: button for choice, button in self.buttons.items() if choice.startswith("/")}


@dataclass(slots=True)
class Phone:
    """One chat as its owner sees it. `news` counts the bubbles that came."""

    asked: Asked | None = None
    news: int = 0

    def show(self, message: OutboundMessage, message_id: str) -> None:
        """Show a bubble, or change the one it replaces."""
        self.news += 1
        buttons = {_choice(button): button for row in message.rows for button in row}
        replaced = message.replaces in {LAST, self.asked.message_id} if self.asked and message.replaces else False
        if buttons:
            self.asked = Asked(message_id, plain(message.text), buttons)
        elif replaced:
            self.asked = None


@dataclass(slots=True)
class Phones:
    """The phones of all who are played, by address."""

    by_address: dict[Address, Phone] = field(default_factory=dict)

    def __getitem__(self, address: Address) -> Phone:
        return self.by_address.setdefault(address, Phone())

    def show(self, message: OutboundMessage, message_id: str) -> None:
        """Show a bubble on the phone it is for."""
        self[message.address].show(message, message_id)


def _choice(button: Button) -> str:
    """Return what a button chooses. Whose conversation and which step stand before it."""
    return button.token.split(":", 2)[-1]
