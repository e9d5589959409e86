"""The languages of the app: texts, numbers and dates in that of whoever reads.

English stands in the code and is the id of a text; `fr.po` has the French. `pybabel`, which comes
with Babel, takes the texts out of the code and brings the catalogue up to date:

    pybabel extract -k tr -k trn:1,2 -k message --no-wrap -o /tmp/lcapp.pot lcapp
    pybabel update -i /tmp/lcapp.pot -o lcapp/language/fr.po -l fr --no-wrap --ignore-obsolete -N
"""

from lcapp.language.numerals import (
    day_and_month,
    month_letters,
    month_name,
    number,
    short_months,
)
from lcapp.language.spoken import ENGLISH, LANGUAGES, ask, current, speaking
from lcapp.language.texts import message, tr, trn

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "ask",
    "current",
    "day_and_month",
    "message",
    "month_letters",
    "month_name",
    "number",
    "short_months",
    "speaking",
    "tr",
    "trn",
]
