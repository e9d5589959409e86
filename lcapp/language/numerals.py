"""Numbers, months and days as a language writes them (Unicode's CLDR, by Babel)."""

import datetime as dt
from functools import cache
from numbers import Real
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from lcapp.language.spoken import ENGLISH, current

_DAYS = {"long": "d MMMM y", "short": "d MMM y"}


def number(value: float, form: str = "") -> str:
    """A number in the reader's language.

    Args:
        value: The number.
        form: As Python's `format` has it: `.1f`, `,.0f`, `.1%`, `.3g`.
    """
    text = format(value, form)
    return text if current() == ENGLISH else text.translate(_signs(current()))


def month_name(month: int, short: bool = False) -> str:
    """A month by its name.

    Args:
        month: 1..12.
        short: As it stands under a small picture.
    """
    names = get_month_names("abbreviated" if short else "wide", "stand-alone", current())
    return str(names[month])


def month_letters() -> tuple[str, ...]:
    """The twelve months by their first letters, as they stand under a small chart."""
    return tuple(month_name(month)[0].upper() for month in range(1, 13))


def short_months() -> tuple[str, ...]:
    """The short names of the twelve months, January first."""
    return tuple(month_name(month, short=True) for month in range(1, 13))


def day_and_month(day: dt.date) -> str:
    """A day without its year, the month short."""
    return format_date(day, "d MMM", current())


class Fields(Formatter):
    """Fields of a text: numbers as `number` has them, days as `{day:long}` or `{day:short}`."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """One field, in the reader's language; whole numbers are grouped where `,` asks for it."""
        if isinstance(value, dt.date) and format_spec in _DAYS:
            return format_date(value, _DAYS[format_spec], current())
        if isinstance(value, Real) and not isinstance(value, bool):
            return number(value, format_spec)  # type: ignore[arg-type]
        return super().format_field(value, format_spec)


@cache
def _signs(language: str) -> dict[int, str]:
    locale = Locale.parse(language)
    return {
        ord("."): get_decimal_symbol(locale),
        ord(","): get_group_symbol(locale),
        ord("%"): locale.percent_formats[None].suffix[0],
    }
