"""What is evaluated: networks as methods; a split, whole domains, or an even choice of scenes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lcapp.errors import BundleError, RunError, SceneError
from lcapp.prepare import labels_of
from lcapp.record import setting
from lcapp.scene.collection import Collection
from lcapp.scene.names import composed
from lcapp.scene.splits import domains, split_of
from lcapp.types import Card, CloudRule

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


def own_settings(settings: Settings, card: Card) -> Settings:
    """With the sampler that a model's weights were made for, and its steps if none were named."""
    steps = (card.steps,) if settings.steps == Settings.steps else settings.steps
    return replace(settings, sampler=card.sampler, steps=steps)


def check_card(method: str, card: Card, others: Sequence[tuple[str, Card]]) -> None:
    """Classes and ranges of values are those of the first model, or figures do not compare.

    Those behind one name all take the same options.

    Args:
        method: Its method's name.
        card: A model.
        others: Those before it, likewise.

    Raises:
        BundleError: It does not fit them.
    """
    if not others:
        return
    first = others[0][1]
    if any(name == method and one.options != card.options for name, one in others):
        raise BundleError(
            f"{method!r} has networks with and without a series behind it",
            where=card.name,
            expected="independent trainings of one network: the tables give their mean",
            advice="give each kind a name of its own: --model NAME=BUNDLE",
        )
    if card.table != first.table:
        raise BundleError(
            f"its classes are {card.table.name}",
            where=card.name,
            expected=f"{first.table.name}, as of {first.name}",
            advice="evaluate networks with other classes apart",
        )
    if card.value_ranges and first.value_ranges and card.value_ranges != first.value_ranges:
        raise BundleError(
            "its series has other bands or ranges",
            where=card.name,
            expected=f"those of {first.name}: PSNR and SSIM are relative to them",
            advice="evaluate such networks apart",
        )


def check_scenes(collection: Collection, ids: Sequence[str], cards: Sequence[Card]) -> None:
    """Find out before a long evaluation whether it can tell anything of class maps.

    Args:
        collection: Where the scenes lie.
        ids: Which of them.
        cards: Models, whose classes are alike.

    Raises:
        SceneError: No scene has labels, or the first that has lacks what a model reads or holds
            a class that its table does not know.
    """
    labelled = next((one for one in ids if collection.header(one).has_reference), None)
    if labelled is None:
        raise SceneError(
            f"none of its {len(ids)} scenes has labels of land cover",
            where=collection.name,
            expected="references that a class map can be compared with",
            advice="choose a collection with labels, such as the demo scenes or FLAIR #2",
        )
    for card in cards:
        if lack := card.lacks(collection.header(labelled).holds):
            raise SceneError(
                f"{card.name} cannot run: {lack}",
                where=labelled,
                advice="leave it out, or choose another collection",
            )
    if cards:
        labels_of(collection.labels(labelled), cards[0].table)
