"""How panes are arranged, and the short text that says so in an address."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

MODES = ("side", "swipe", "blink", "difference")
"""All panes side by side; or two of them: beneath a handle, in turn, less each other."""

_ID = re.compile(r"[A-Za-z0-9-]{1,24}")
_NUMBER = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,3})?")
_FARTHEST = 1e6
"""Metres."""


@dataclass(frozen=True)
class Arrangement:
    """What a reader has made of the panes.

    Attributes:
        mode: One of `MODES`.
        first: Id of the pane at the left of the handle, shown first, or taken from; "" leaves the
            choice to the page.
        second: Id of the other.
        share: Place of the handle, 0..100 % of the width.
        x: Metres from the place's left edge to the middle of what is seen; None: all is seen.
        y: Metres from its upper edge, likewise.
        span: Metres across the smaller side of a picture, likewise.
        hidden: Ids of panes that are not shown side by side.
        smooth: Pixels are smoothed, which they never are unasked.
    """

    mode: str = "side"
    first: str = ""
    second: str = ""
    share: int = 50
    x: float | None = None
    y: float | None = None
    span: float | None = None
    hidden: tuple[str, ...] = ()
    smooth: bool = False


def to_text(one: Arrangement) -> str:
    """The text in the address, such as `swipe~bicubic~sr~50~51.2~51.2~102.4~~0`."""
    seen = ["" if value is None else f"{value:g}" for value in (one.x, one.y, one.span)]
    hidden = ".".join(one.hidden)
    parts = (one.mode, one.first, one.second, str(one.share), *seen, hidden, str(int(one.smooth)))
    return "~".join(parts)


def from_text(text: str) -> Arrangement | None:
    """The inverse of `to_text`; None of a text that it did not write."""
    parts = text.split("~")
    if len(parts) != 9 or len(text) > 400:
        return None
    mode, first, second, share, x, y, span, hidden, smooth = parts
    numbers = [_NUMBER.fullmatch(one) for one in (share, x, y, span) if one]
    ids = [one for one in (first, second, *hidden.split(".")) if one]
    if not all(numbers) or not all(map(_ID.fullmatch, ids)) or smooth not in ("0", "1"):
        return None
    told = {
        "mode": mode,
        "first": first,
        "second": second,
        "share": float(share or -1),
        "x": float(x) if x else None,
        "y": float(y) if y else None,
        "span": float(span) if span else None,
        "hidden": [one for one in hidden.split(".") if one],
        "smooth": smooth == "1",
    }
    return told_by(told)


def fitting(text: str | None, ids: Collection[str], otherwise: Arrangement) -> Arrangement:
    """What an address says, where it speaks of these panes and not of another page's.

    Args:
        text: From `to_text`; None for nothing.
        ids: Of the panes.
        otherwise: What holds else.
    """
    found = from_text(text or "")
    named = {one for one in (found.first, found.second, *found.hidden) if one} if found else set()
    return otherwise if found is None or not named <= set(ids) else found


def told_by(told: Mapping[str, Any]) -> Arrangement | None:
    """What the component in a browser tells; None where that makes no sense."""
    try:
        share = int(told["share"])
        seen = (told[name] for name in ("x", "y", "span"))
        x, y, span = (None if one is None else float(one) for one in seen)
        found = Arrangement(
            mode=str(told["mode"]),
            first=str(told["first"]),
            second=str(told["second"]),
            share=share,
            x=x,
            y=y,
            span=span,
            hidden=tuple(map(str, told["hidden"])),
            smooth=bool(told["smooth"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    whole = x is None and y is None and span is None
    placed = x is not None and y is not None and span is not None
    if found.mode not in MODES or not 0 <= share <= 100 or not (whole or placed):
        return None
    ids = [one for one in (found.first, found.second, *found.hidden) if one]
    if not all(map(_ID.fullmatch, ids)):
        return None
    if x is not None and y is not None and span is not None:
        fits = all(map(math.isfinite, (x, y, span))) and max(abs(x), abs(y)) <= _FARTHEST
        if not fits or not 0.01 <= span <= _FARTHEST:
            return None
    return found


def plain_data(one: Arrangement) -> dict[str, Any]:
    """The arrangement as the component takes it; `told_by` is the inverse."""
    return {**asdict(one), "hidden": list(one.hidden)}
