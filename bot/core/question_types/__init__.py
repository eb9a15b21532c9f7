"""The table of question kinds. The first that claims a card has it."""

from bot.core.question import Question
from bot.core.question_types.multiple_choice import MultipleChoice
from bot.core.question_types.number import Number
from bot.core.question_types.reflection import Reflection
from bot.core.question_types.single_choice import SingleChoice

QUESTION_TYPES: tuple[type[Question], ...] = (Reflection, Number, MultipleChoice, SingleChoice)
