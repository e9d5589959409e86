"""The last catch of the command line: what nobody foresaw, for a person and for who repairs it."""

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence

from lcapp import __version__

_LONGEST = 300
"""Characters of an error's own words in the sentence."""


def unforeseen(error: BaseException, arguments: Sequence[str]) -> str:
    """One sentence that names the error and the file with its traceback.

    Args:
        error: What was not foreseen.
        arguments: What was asked for.
    """
    words = " ".join(f"{type(error).__name__}: {error}".split())
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]} ..."
    told = f"something happened that lcapp does not foresee ({words})"
    try:
        file = _written(error, arguments)
    except OSError as refused:
        return f"{told}; its traceback could not be kept either: {refused}"
    return (
        f"{told}; the traceback is in {file}: please report it with that file where you got lcapp "
        "from (its list of issues)"
    )


def _written(error: BaseException, arguments: Sequence[str]) -> str:
    lines = [
        f"lcapp {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"asked for: {' '.join(map(repr, arguments))}",
        "",
        *traceback.format_exception(error),
    ]
    with tempfile.NamedTemporaryFile(
        "w",
        prefix="lcapp-report-",
        suffix=".txt",
        delete=False,
        encoding="utf-8",
        errors="backslashreplace",
    ) as file:
        file.write("\n".join(lines))
    return file.name


def show_any_letter() -> None:
    """Let a terminal that lacks a letter show its number, in place of an error."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
