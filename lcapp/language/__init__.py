"""The languages of the app: texts, numbers and dates in that of whoever reads.

English stands in the code and is the id of a text; `fr.po` has the French, and what it lacks is
shown in English. After a change of the code this brings it up to date:

    python -m tests.language.extraction
"""

from lcapp.language.numerals import (
    day_and_month,
    month_letters,
    month_name,
    number,
    short_months,
)
from lcapp.language.spoken import ENGLISH, LANGUAGES, ask, current, speaking
from lcapp.language.texts import message, messages, tr, trn

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "ask",
    "current",
    "day_and_month",
    "message",
    "messages",
    "month_letters",
    "month_name",
    "number",
    "short_months",
    "speaking",
    "tr",
    "trn",
]
