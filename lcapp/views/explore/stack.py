"""Which layers are seen, in which order, how opaque, and which classes are not: for an address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ID = r"[a-z][a-z-]{0,23}"
_LAYERS = re.compile(rf"none|{_ID}~[0-9]{{1,3}}(?:\.{_ID}~[0-9]{{1,3}}){{0,15}}")
_IDS = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2}){0,63}")


@dataclass(frozen=True)
class Seen:
    """A layer that is seen.

    Attributes:
        id: Of its overlay.
        percent: Its opacity, 0..100.
    """

    id: str
    percent: int


def layers_from_text(text: str) -> tuple[Seen, ...] | None:
    """What is seen, from bottom to top, of `aerial~100.classes~70`, or of `none`.

    None of a text that says nothing of the kind.
    """
    if not _LAYERS.fullmatch(text):
        return None
    if text == "none":
        return ()
    parts = [one.split("~") for one in text.split(".")]
    seen = tuple(Seen(name, int(percent)) for name, percent in parts)
    twice = len({one.id for one in seen}) < len(seen)
    return None if twice or any(one.percent > 100 for one in seen) else seen


def layers_to_text(seen: Sequence[Seen]) -> str:
    """The inverse of `layers_from_text`."""
    return ".".join(f"{one.id}~{one.percent}" for one in seen) or "none"


def classes_from_text(text: str) -> tuple[int, ...] | None:
    """Ids of the classes that are not shown, of `0.4.7`; None of another text."""
    return tuple(map(int, text.split("."))) if _IDS.fullmatch(text) else None


def classes_to_text(ids: Sequence[int]) -> str | None:
    """The inverse of `classes_from_text`; None where all are shown."""
    return ".".join(map(str, ids)) or None
