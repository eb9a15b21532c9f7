"""What learning came to: recall after some time, what became of actions, and the same questions before and after.

All of it is counts over many people; who may read them, and from how many on, is decided in `privacy`.
"""

from dataclasses import dataclass
from math import sqrt

# The 97.5th percentile of the standard normal distribution, for an interval of 95 in 100.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Recall:
    """Answers to questions that came back after some time: how many were right, and of how many people they are."""

    right: int
    answers: int
    people: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of actions that were asked after. Who did not answer is among `asked` alone."""

    asked: int
    done: int
    not_yet: int
    could_not: int
    people: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same question answered by the same person before and after a course.

    `only_before` were right before and no longer after, `only_after` the other way round; `both` were right twice.
    """

    pairs: int
    both: int
    only_before: int
    only_after: int
    people: int

    @property
    def before(self) -> int:
        """Return how many answers were right before."""
        return self.both + self.only_before

    @property
    def after(self) -> int:
        """Return how many answers were right after."""
        return self.both + self.only_after


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it for some companies together. What is None may not be read, or is not there."""

    week: Recall | None = None
    month: Recall | None = None
    outcomes: Outcomes | None = None
    gain: Pairs | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares, from -1 to 1, and between what the true one lies in 95 of 100 such samples."""

    estimate: float
    low: float
    high: float


def difference(found: Pairs) -> Difference:
    """Return how much more was right after than before, with an interval for matched pairs.

    It is the adjusted Wald interval of Agresti and Min: half an observation is added to each of the four cells
    (A. Agresti and Y. Min, Simple improved confidence intervals for comparing matched proportions, Statistics in
    Medicine 24 (2005), 729-740). It holds for few pairs, too, and needs nothing but a square root.
    """
    if found.pairs == 0:
        return Difference(0, -1, 1)
    lost, won, pairs = found.only_before + 0.5, found.only_after + 0.5, found.pairs + 2
    middle = (won - lost) / pairs
    wide = _Z * sqrt(won + lost - (won - lost) ** 2 / pairs) / pairs
    estimate = (found.only_after - found.only_before) / found.pairs
    return Difference(estimate, max(-1.0, middle - wide), min(1.0, middle + wide))
