"""What an evaluation is asked for on its page, and the short text that says so in an address."""

from dataclasses import dataclass, fields
from typing import Any, get_args
from urllib.parse import quote, unquote

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.pipeline.evaluation.choice import Part

MOST_SCENES, MOST_SEEDS, MOST_SAMPLES, MOST_STEPS = 100_000, 20, 64, 500
PARTS = get_args(Part)


@dataclass(frozen=True)
class Asked:
    """What is evaluated, beside the collection, and what is looked at.

    Attributes:
        models: Names of `door.cards`; none: the first.
        joined: They are independent trainings of one method: mean and deviation over them.
        part: A split of the collection, or all.
        domains: Instead of a split.
        limit: Scenes at most, evenly chosen; 0 for all.
        sampler: Of all models; empty: the first model's, with its steps.
        steps: Numbers of denoising steps; none: the first model's.
        seeds: How many, from 0.
        samples: Of each super-resolved year.
        guide: Say of the aerial image, 0..1.
        noise: Factor of the first noise, 0..1.
        out: Folder of the results; empty: lcapp's cache.
        shown: Part of the page that is open; empty for the first.
        line: Line of the table whose mistakes are shown, from 0.
        by: Figure by which scenes went worst; empty for the first.
    """

    models: tuple[str, ...] = ()
    joined: bool = False
    part: str = "all"
    domains: tuple[str, ...] = ()
    limit: int = 20
    sampler: str = ""
    steps: tuple[int, ...] = ()
    seeds: int = 3
    samples: int = 3
    guide: float = 1.0
    noise: float = 1.0
    out: str = ""
    shown: str = ""
    line: int = 0
    by: str = ""


def to_text(asked: Asked) -> str | None:
    """What differs from the default, such as `models=demo,tiny~limit=8`; None for nothing."""
    said = []
    for one in fields(Asked):
        value = getattr(asked, one.name)
        if value != one.default:
            values = value if isinstance(value, tuple) else (value,)
            said.append(f"{one.name}={','.join(map(_told, values))}")
    return "~".join(said) or None


def understood(text: str) -> bool:
    """Whether `to_text` may have written it."""
    try:
        return bool(from_text(text))
    except RunError:
        return False


def from_text(text: str | None) -> Asked:
    """The inverse of `to_text`.

    Raises:
        RunError: It is no such text: says which part of it.
    """
    found: dict[str, Any] = {}
    kinds = {one.name: one.default for one in fields(Asked)}
    for part in filter(None, (text or "").split("~")):
        name, _, value = part.partition("=")
        try:
            found[name] = _read(name, kinds[name], [unquote(one) for one in value.split(",")])
        except (KeyError, ValueError):
            raise RunError(
                f"the address asks for an evaluation with {part[:80]!r}",
                expected="what this page writes there",
                advice="choose at the left what to evaluate",
            ) from None
    return Asked(**found)


_RANGES = {
    "limit": (0, MOST_SCENES),
    "seeds": (1, MOST_SEEDS),
    "samples": (0, MOST_SAMPLES),
    "steps": (1, MOST_STEPS),
    "line": (0, 1000),
    "guide": (0, 1),
    "noise": (0, 1),
}
_CHOICES = {"part": PARTS, "sampler": tuple(SAMPLERS)}


def _told(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = "1" if value is True else str(value)
    return quote(text, safe=" /@+").replace("~", "%7E")  # which parts what is told


def _read(name: str, default: Any, values: list[str]) -> Any:
    """A value of the kind of the default (ValueError)."""
    if name == "steps":
        return tuple(_number(name, int, one) for one in values)
    if isinstance(default, tuple):
        return tuple(filter(None, values))
    (value,) = values
    if isinstance(default, bool):
        return {"1": True, "0": False}[value]
    if isinstance(default, int | float):
        return _number(name, type(default), value)
    if value not in _CHOICES.get(name, (value,)):
        raise ValueError(value)
    return value


def _number(name: str, kind: Any, text: str) -> Any:
    low, high = _RANGES[name]
    if len(text) > 20 or not low <= (value := kind(text)) <= high:
        raise ValueError(text)
    return value
