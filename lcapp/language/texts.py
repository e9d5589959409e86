"""Texts by their English, and the catalogues that have them in other languages.

A catalogue is kept as text alone (`fr.po`) and made into gettext's form in memory, once a process.
"""

import gettext
import io
from functools import cache
from importlib.resources import files
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lcapp.language.numerals import Fields
from lcapp.language.spoken import ENGLISH, current

_FIELDS = Fields()


def tr(text: str, /, **fields: Any) -> str:
    """A text in the reader's language; one without a translation stays English.

    Args:
        text: In English, written out where it stands or marked by `message`: tools look for it.
            With fields in braces, `{share:.1%}`; numbers come out as the language writes them.
        **fields: Values of all its fields.
    """
    return _with(_catalogue(current()).gettext(text) if text else text, fields)


def trn(one: str, many: str, n: int, /, **fields: Any) -> str:
    """A text that depends on a number, which is its field `{n}`.

    Args:
        one: For one, in English; see `tr`.
        many: For none and for several.
        n: The number.
        **fields: Values of the other fields.
    """
    return _with(_catalogue(current()).ngettext(one, many, n), {"n": n, **fields})


def message(text: str) -> str:
    """Mark a text that is kept, and only translated where it is shown: by `tr`."""
    return text


def messages(*texts: str) -> tuple[str, ...]:
    """Mark several texts; see `message`."""
    return texts


def _with(text: str, fields: dict[str, Any]) -> str:
    return _FIELDS.vformat(text, (), fields) if fields else text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    with files(__package__).joinpath(f"{language}.po").open("rb") as written:
        catalogue = read_po(written, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
