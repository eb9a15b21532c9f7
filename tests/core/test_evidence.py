"""The interval of a gain against published examples and its own exact coverage; and how evidence is said."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.evidence import Evidence, Outcomes, Pairs, Recall, difference
from bot.core.messages import compose
from bot.core.privacy import SMALLEST_POOL, SMALLEST_TEAM, Team, counted_together, evidence_for_trainer
from bot.core.rich_text import plain
from bot.core.summary import evidence_blocks
from tests.core.stage import render

counts = st.integers(0, 400)


@st.composite
def pairs(draw):
    both, lost, won, neither = (draw(counts) for _ in range(4))
    total = both + lost + won + neither
    return Pairs(total, both, lost, won, draw(st.integers(min(1, total), max(total, 1))) if total else 0)


@st.composite
def evidence(draw):
    def recall():
        answers = draw(counts)
        people = draw(st.integers(0, min(answers, 30)))
        return Recall(draw(st.integers(0, answers)), answers, people)

    said = [draw(counts) for _ in range(4)]
    outcomes = Outcomes(sum(said), *said[:3], draw(st.integers(0, min(sum(said), 30))))
    return Evidence(recall(), recall(), outcomes, draw(pairs()))


@pytest.mark.parametrize(
    ("found", "estimate", "low", "high"),
    [
        # Response before and after consolidation therapy (Cavo et al. 2012), as analysed with this interval in
        # Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, chapter 8.
        (Pairs(161, 59, 16, 6, 161), -0.0621, -0.1182, -0.0045),
        # Approval of a prime minister (Agresti, Categorical Data Analysis), published as -0.06 to -0.02: with 1,600
        # pairs the plain interval of Wald and this one agree to that.
        (Pairs(1600, 794, 150, 86, 1600), -0.04, -0.0587, -0.0212),
        # By hand: 6 / 23 ± 1.96 · √(9 - 36 / 23) / 23, and 18 / 82 ± 1.96 · √(31 - 324 / 82) / 82.
        (Pairs(21, 1, 1, 7, 21), 0.2857, 0.0285, 0.4932),
        (Pairs(80, 42, 6, 24, 40), 0.225, 0.0952, 0.3438),
    ],
)
def test_the_interval_is_that_of_published_examples(found, estimate, low, high) -> None:
    came_to = difference(found)
    assert (came_to.estimate, came_to.low, came_to.high) == pytest.approx((estimate, low, high), abs=6e-5)


@pytest.mark.parametrize("shares", [(0.05, 0.3), (0.1, 0.2), (0.2, 0.2), (0.02, 0.5), (0.1, 0.6)])
@pytest.mark.parametrize("size", [10, 20, 40])
def test_the_interval_holds_the_truth_in_about_95_of_100_samples_by_exact_count(shares, size) -> None:
    lost, won = shares
    held = 0.0
    for b in range(size + 1):
        for c in range(size + 1 - b):
            chance = comb(size, b) * comb(size - b, c) * won**b * lost**c * (1 - won - lost) ** (size - b - c)
            came_to = difference(Pairs(size, 0, c, b, size))
            held += chance * (came_to.low <= won - lost <= came_to.high)
    assert held > 0.93


@given(pairs())
def test_the_interval_always_holds_the_estimate_and_stays_between_minus_one_and_one(found) -> None:
    came_to = difference(found)
    assert -1 <= came_to.low <= came_to.estimate <= came_to.high <= 1


@given(pairs())
def test_before_and_after_exchanged_the_interval_is_mirrored(found) -> None:
    other = Pairs(found.pairs, found.both, found.only_after, found.only_before, found.people)
    here, there = difference(found), difference(other)
    assert (here.low, here.high) == pytest.approx((-there.high, -there.low))


@given(evidence())
def test_nothing_of_fewer_than_ten_people_is_read_and_no_outcome_of_fewer_than_three(found) -> None:
    read = evidence_for_trainer(found)
    for name, smallest in (("week", 10), ("month", 10), ("gain", 10), ("outcomes", 3)):
        kept, there = getattr(read, name), getattr(found, name)
        assert kept == (there if there.people >= smallest else None)
    assert (SMALLEST_POOL, SMALLEST_TEAM) == (10, 3)


@given(evidence())
def test_what_is_said_below_the_thresholds_holds_no_number_but_ten(found) -> None:
    few = Evidence(*(None if part.people >= limit else part for part, limit in _parts(found)))
    said = text(evidence_for_trainer(few))
    assert said == "Recall is shown from 10 people on.\n\nGain is shown from 10 people on."


def _parts(found):
    return ((found.week, 10), (found.month, 10), (found.outcomes, 3), (found.gain, 10))


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 6), max_size=8))
def test_only_companies_whose_counts_are_read_are_counted_together(joined) -> None:
    teams = {name: Team((name,), number, 0, 0, 0, 0) for name, number in joined.items()}
    together = counted_together(teams)
    small = sum(number for number in joined.values() if number < 3)
    expected = {name for name, number in joined.items() if number >= 3 or small >= 3}
    assert set(together) == expected


def text(found: Evidence) -> str:
    return plain(compose(evidence_blocks(found), render))


def test_evidence_is_said_in_plain_words_with_how_many_it_is_of() -> None:
    found = Evidence(Recall(41, 50, 17), Recall(18, 25, 11), Outcomes(12, 7, 3, 1, 8), Pairs(80, 42, 6, 24, 40))
    assert text(found).split("\n\n") == [
        "12 actions were asked after: 7 done, 3 not yet, 1 could not.",
        "Questions that came back after 7 to 29 days: 41 of 50 answers were right, of 17 people.",
        "Questions that came back after 30 days or more: 18 of 25 answers were right, of 11 people.",
        "Before the course 48 of 80 answers were right, after it 66 of 80: "
        "22 in 100 more (between 10 and 34), of 40 people.",
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Pairs(60, 20, 30, 5, 30), "42 in 100 fewer (between 24 and 56)"),
        (Pairs(60, 40, 5, 6, 30), "this may be chance (between 9 in 100 fewer and 13 in 100 more)"),
        (Pairs(20, 0, 0, 0, 10), "this may be chance (between 9 in 100 fewer and 9 in 100 more)"),
    ],
)
def test_a_loss_and_chance_are_called_so(found, words) -> None:
    assert words in text(Evidence(gain=found))
