"""Which language is read: a matter of the context, never of the process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ENGLISH = "en"

LANGUAGES = {ENGLISH: "English", "fr": "Français"}
"""By the two letters that stand in the address, each in its own words."""

_spoken: ContextVar[str | None] = ContextVar("lcapp_language", default=None)
_asked: list[Callable[[], str | None]] = []


def current() -> str:
    """The language that this code is to speak, a key of `LANGUAGES`."""
    if (set_here := _spoken.get()) is not None:
        return set_here
    return next((found for ask in _asked if (found := ask()) is not None), ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for as long as the block lasts, whoever reads.

    Args:
        language: A key of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"expected one of {', '.join(LANGUAGES)}, got {language!r}")
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def ask(whom: Callable[[], str | None]) -> None:
    """Have somebody asked for the language wherever `speaking` has set none.

    The app needs it: parts of a page run again in other threads, where nothing is left of the
    context of the page, but where the session can still be asked.

    Args:
        whom: Returns a key of `LANGUAGES`, or None where it does not know the reader.
    """
    if whom not in _asked:
        _asked.append(whom)
