"""What is evaluated: networks as methods; a split, whole domains, or an even choice of scenes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lcapp.errors import RunError, SceneError
from lcapp.record import setting
from lcapp.scene.collection import Collection
from lcapp.scene.names import composed
from lcapp.scene.splits import domains, split_of
from lcapp.types import CloudRule

Part = Literal["train", "validation", "test", "all"]

_ADVICE = "take --split all, or name domains with --domains"


@dataclass(frozen=True)
class Settings:
    """What is predicted for an evaluation.

    Attributes:
        sampler: A name of `SAMPLERS`; empty: that of the first model, with its steps.
        steps: Numbers of denoising steps to compare.
        seeds: Seeds of the noise, over which class figures are averaged.
        samples: Samples of the super-resolved year, of the seeds 0, 1, ...; 0 leaves it out.
        guide: Say of the aerial image in the super-resolution of a guided model, 0..1.
        noise: Factor of the noise that the sampler begins with, 0..1.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        registration: Lay the dates of the series onto each other and onto the aerial image.
        rule: When an acquisition counts as clear.
    """

    sampler: str = setting("", help="way from noise to the series; by default the first model's")
    steps: tuple[int, ...] = setting((10,), help="numbers of denoising steps to compare")
    seeds: tuple[int, ...] = setting((0, 1, 2), help="of the noise of the class maps")
    samples: int = setting(8, help="samples of each super-resolved year; 0 leaves it out", low=0)
    guide: float = setting(1.0, help="say of the aerial image in a guided model", low=0, high=1)
    noise: float = setting(1.0, help="factor of the first noise: 0 is smoothest", low=0, high=1)
    device: str = setting("auto", help="auto, cpu, cuda or cuda:N")
    registration: bool = setting(True, help="leave Sentinel-2 where it lies")
    rule: CloudRule = field(default_factory=CloudRule)


@dataclass(frozen=True)
class Method:
    """A line of the tables.

    Attributes:
        name: What it is called there.
        bundles: Its independent trainings; names or folders of bundles.
    """

    name: str
    bundles: tuple[Path | str, ...]


def chosen(
    collection: Collection, part: Part, named: Sequence[str] = (), limit: int | None = None
) -> tuple[str, ...]:
    """The ids of a split or of domains.

    Args:
        collection: Where they lie.
        part: A split, or all; does not count where domains are named.
        named: Domains.
        limit: At most so many, evenly over the list.

    Raises:
        SceneError: A domain that is not there, no official split, or nothing is chosen.
        RunError: A limit below 1.
    """
    if limit is not None and limit < 1:
        raise RunError(f"the limit is {limit}", expected="at least one scene")
    ids = _of_domains(collection, named) if named else _of_split(collection, part)
    if not ids:
        raise SceneError(
            f"has no scene for {part}",
            where=collection.source,
            expected="scenes to evaluate",
            advice=_ADVICE,
        )
    if limit is None or limit >= len(ids):
        return tuple(ids)
    return tuple(ids[place * len(ids) // limit] for place in range(limit))


def _of_domains(collection: Collection, named: Sequence[str]) -> tuple[str, ...]:
    there, named = domains(collection), tuple(map(composed, named))
    for domain in named:
        if domain not in there:
            raise SceneError(
                f"has no domain {domain!r}",
                where=collection.source,
                expected=f"some of its {len(there)}, for instance {next(iter(there))}",
            )
    return tuple(one for domain in dict.fromkeys(named) for one in there[domain])


def _of_split(collection: Collection, part: Part) -> Sequence[str]:
    if part == "all":
        return collection.ids
    if collection.tree(collection.ids[0]) is None:
        raise SceneError(
            f"has no official split ({collection.kind})", where=collection.source, advice=_ADVICE
        )
    return tuple(one for one in collection.ids if split_of(collection, one) == part)
