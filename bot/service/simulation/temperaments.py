"""The temperaments of whoever is played: how soon somebody answers, how long they stay, and what happens to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Temperament:
    """How somebody is.

    `answers` is how often a reminder is answered, after so many `whiles` of five minutes; `stays` how often somebody
    goes on at a card, `more` how often they take one lesson more; `strays` how often they do something beside the
    point, `right` how often they answer right. `visits` are the days between visits nobody asked for; 0 is never.
    `fate` is what happens to them.
    """

    name: str
    answers: float
    whiles: tuple[int, int]
    stays: float
    more: float = 0.1
    right: float = 0.75
    strays: float = 0.03
    visits: int = 0
    fate: str = ""


KEEN = Temperament("keen", 0.95, (1, 4), 0.99, more=0.3, right=0.9, visits=30)
SLOW = Temperament("slow", 0.6, (6, 120), 0.93, strays=0.08, right=0.6)
SILENT = Temperament("silent", 0.0, (1, 1), 0.9)
LEAVING = Temperament("leaving", 0.7, (1, 18), 0.97, fate="leaves")
RETURNING = Temperament("returning", 0.9, (1, 12), 0.98, fate="returns")
SWITCHING = Temperament("switching", 0.8, (1, 24), 0.96, fate="switches")
STOPPING = Temperament("stopping", 0.8, (1, 24), 0.97, fate="stops")
SHARING = Temperament("sharing", 0.8, (1, 12), 0.97, fate="shares")
BLOCKING = Temperament("blocking", 0.7, (1, 12), 0.97, fate="blocks")
RELUCTANT = Temperament("reluctant", 0.5, (2, 60), 0.95, visits=20, fate="wants none")
PAUSING = Temperament("pausing", 0.6, (2, 60), 0.95, fate="pauses")
NIGHTLY = Temperament("nightly", 0.85, (1, 9), 0.98, fate="works nights")

# In a team of fourteen each is met at least once.
TEMPERAMENTS = (
    KEEN,
    SLOW,
    SILENT,
    STOPPING,
    SWITCHING,
    NIGHTLY,
    RETURNING,
    SHARING,
    LEAVING,
    BLOCKING,
    KEEN,
    PAUSING,
    RELUCTANT,
    SLOW,
)
