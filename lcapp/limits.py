"""What is too much, what is no file and what is no name: asked before anything is read.

A header may claim any size, a text may unpack to any depth and a name may lead to a pipe that never
ends. Every door asks here first, so that a file costs no more than `MOST_BYTES` of memory, whatever
it claims, and its refusal is one sentence.
"""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lcapp.errors import LcappError
from lcapp.reasons import check_readable, door, expanded

MOST_BYTES = 2**30
"""What is read at once may take so much memory; larger files are read in windows (`zone`)."""

BYTES_PER_NUMBER = 4
"""All that is read is computed in float32, whatever it is stored in."""

BYTES_PER_SIGN = 16
"""Of JSON at the worst: a pair of brackets is an empty list."""

MOST_NUMBERS = MOST_BYTES // BYTES_PER_NUMBER
MOST_SIGNS = MOST_BYTES // BYTES_PER_SIGN
MOST_LEVELS = 64
"""Of lists and objects within one another."""

_LONGEST_PART, _LONGEST_PATH = 255, 4095
"""Bytes of a file's name and of a whole path, on every system lcapp runs on."""

_SHOWN = 80
_WHOLE_DIGITS = 19


def check_extent(shape: Sequence[int], where: object, error: type[LcappError]) -> None:
    """Refuse an array that its header makes too large to be read at once, or that is none.

    Args:
        shape: Of what is to be read: of a window, where a window is read.
        where: The file.
        error: Kind of the refusal.

    Raises:
        LcappError: Of that kind.
    """
    said = " x ".join(map(_short, shape[:8]))
    if any(side < 0 for side in shape):
        raise error(f"claims the shape {said}", where=where, expected="sides of 0 or more")
    numbers = math.prod(shape)
    if numbers > MOST_NUMBERS:
        raise error(
            f"claims {said} numbers",
            where=where,
            expected=f"at most {MOST_NUMBERS / 1e6:.0f} million ({MOST_BYTES / 2**30:.0f} GB) "
            "to be read at once",
            advice="classify a large place as a zone: python -m lcapp zone",
        )


def _short(number: int) -> str:
    return str(number) if abs(number) < 10**12 else f"2^{number.bit_length() - 1}"


def check_file(path: Path, error: type[LcappError], expected: str = "a file") -> int:
    """Refuse what is no file that can be read (`reasons.check_readable`).

    Args:
        path: The file.
        error: Kind of the refusal.
        expected: For the message.

    Returns:
        Its size in bytes.

    Raises:
        LcappError: It is not there, is a pipe or a device, or is closed.
    """
    check_readable(path, expected, error)
    return path.stat().st_size


def read_bytes(path: Path, error: type[LcappError], expected: str) -> bytes:
    """A file of text, whole, as bytes.

    Args:
        path: The file.
        error: Kind of the refusal.
        expected: For the message.

    Raises:
        LcappError: It is none, is too large, or cannot be read.
    """
    size = check_file(path, error, expected)
    if size > MOST_SIGNS:
        raise error(
            f"has {size / 1e6:.0f} MB",
            where=path,
            expected=f"{expected}, of at most {MOST_SIGNS / 1e6:.0f} MB",
        )
    with door(error, path), path.open("rb") as file:
        return file.read(MOST_SIGNS)  # it may have grown since


def read_text(path: Path, error: type[LcappError], expected: str) -> str:
    """As `read_bytes`, in UTF-8, without a byte-order mark."""
    try:
        return read_bytes(path, error, expected).decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise error("cannot be read: it is no text", where=path, expected=expected) from cause


def parse_json(text: str) -> Any:
    """JSON of a depth and with numbers that the rest of lcapp can live with.

    Raises:
        ValueError: It is none, is nested deeper than `MOST_LEVELS`, or holds a whole number of
            more than 19 digits.
    """
    try:
        found = json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    level = [found]
    for _ in range(MOST_LEVELS):
        level = [one for outer in level for one in _inside(outer)]
        if not level:
            return found
    raise ValueError(_TOO_DEEP)


_TOO_DEEP = f"lists or objects more than {MOST_LEVELS} deep"


def _inside(value: Any) -> list[Any]:
    """The lists and objects in a value."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict | list)]


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _WHOLE_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def check_name(name: str | Path, error: type[LcappError]) -> None:
    """Refuse a name that no file can have.

    Args:
        name: As it was typed.
        error: Kind of the refusal.

    Raises:
        LcappError: It holds a zero byte, or is too long for every disk.
    """
    text = os.fspath(name)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    if "\0" in text:
        raise error("has a zero byte", where=repr(shown), expected="a name that a file can have")
    length, longest = (
        max(len(part.encode(errors="surrogateescape")) for part in parts)
        for parts in ([text], text.split(os.sep))
    )
    if longest > _LONGEST_PART or length > _LONGEST_PATH:
        raise error(
            f"is a name of {longest} bytes" if length <= _LONGEST_PATH else f"has {length} bytes",
            where=shown,
            expected=f"names of at most {_LONGEST_PART} bytes",
        )


def path_of(name: str | Path, error: type[LcappError]) -> Path:
    """The path that a person means, `~` written out (`check_name`, `reasons.expanded`)."""
    check_name(name, error)
    return expanded(name, error)
