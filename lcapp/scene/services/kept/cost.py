"""What fetching a place will take: by what its services declare, and by what past fetches took."""

from dataclasses import dataclass

from lcapp.scene.services.kept.store import told_by
from lcapp.scene.services.place import Place

_LATEST = 12
"""Fetches of a service that are looked at: networks and archives change."""


@dataclass(frozen=True)
class Cost:
    """What is to be expected; nobody is asked for it.

    Attributes:
        bytes: That will come, about.
        seconds: That it will take, about; None before there was a fetch to tell it.
        fetches: Past ones that both are measured by; 0: `bytes` is as declared.
    """

    bytes: int
    seconds: float | None
    fetches: int


def cost(place: Place, *, series: bool = True) -> Cost:
    """What a place will take.

    Args:
        place: The place.
        series: Its series as well.
    """
    parts = [("aerial", place.aerial.name, place.expected_bytes(series=False))]
    if series:
        parts.append(("series", place.series.name, place.expected_bytes(aerial=False)))
    total, seconds, fetches = 0.0, 0.0, []
    for kind, service, expected in parts:
        found = [one for one in told_by(kind, service, _LATEST) if _is_whole(one)]
        came = sum(one["bytes"] for one in found)
        factor = came / sum(one["expected"] for one in found) if found else 1.0
        total += expected * factor
        fetches.append(len(found))
        if came:
            seconds += expected * factor * sum(one["seconds"] for one in found) / came
    known = all(fetches)
    return Cost(round(total), seconds if known else None, min(fetches) if known else 0)


def _is_whole(told: dict[str, object]) -> bool:
    """It was measured from the first byte on; entries of earlier versions tell nothing."""
    return all(
        isinstance(one := told.get(name), int | float) and one > 0
        for name in ("bytes", "expected", "seconds")
    )
