"""Models joined to one: a weighted mean of the class probabilities that each gives a pixel.

Late fusion as in "Late Fusion Deep Learning Model" (LF-DLM), which takes the weighted geometric
mean of an aerial network (0.7) and one of the series (0.3), made to sum 1; and the plain mean of
FLAIR #2's winning ensemble. Any models of one class table can be joined, of whatever families.

A joined model is a bundle whose description names its members, each by its place (from the bundle's
folder on, or as it is called in `weights/` or on the Hub) and by its hash: a member that was
exchanged is refused. Its weights file is empty. The members stay where they are. Imports no torch.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.classes import TABLES, ClassTable
from lcapp.errors import BundleError
from lcapp.families.door import local, open_card, open_model
from lcapp.families.family import Answer, Family, Model, Ready, bundle_card
from lcapp.families.joined.mean import LEAST, joined, logarithms
from lcapp.families.joined.sizes import ARCHITECTURE, JoinedConfig, Member
from lcapp.hub.config import CONFIG_FILE, BundleConfig, bundle_hash, read_config
from lcapp.record import from_json
from lcapp.types import (
    Bools,
    Card,
    CloudRule,
    Cost,
    Course,
    Explanation,
    Floats,
    Grid,
    LandCover,
    Run,
    Scene,
    Wanted,
)


@dataclass(frozen=True, eq=False)
class Parts:
    """A scene as each member takes it.

    Attributes:
        scene_id: The scene's id.
        collection: Name of its collection.
        simulated: The scene is simulated.
        grid: Of the maps.
        notes: Of all members, each once.
        seen: As of the scene.
        parts: In the order of the members.
    """

    scene_id: str
    collection: str
    simulated: bool
    grid: Grid
    notes: tuple[str, ...]
    seen: Bools | None
    parts: tuple[Ready, ...]


class JoinedModel:
    """A bundle of the family.

    Args:
        path: Its folder.

    Attributes:
        card: What it is.

    Raises:
        BundleError: A description that cannot be used, a member that is gone or another one, or
            members whose class tables differ.
    """

    def __init__(self, path: Path) -> None:
        config = read_config(path)
        self._joined = _of(config, path)
        self._members: list[Model] = []
        for one in self._joined.members:
            model = open_model(_place(one, path))
            if model.card.hash != one.hash:
                raise BundleError(
                    f"its member {one.model} is another one now: {model.card.hash}",
                    where=path,
                    expected=f"the hash {one.hash}, with which it was joined",
                    advice="join them anew: python -m lcapp join",
                )
            self._members.append(model)
        self.card = _card(config, path, [one.card for one in self._members], bundle_hash(path))

    def load(self) -> None:
        """Read the weights of all members, strictly (BundleError)."""
        for one in self._members:
            one.load()

    def parameters(self) -> tuple[int, int]:
        """Of all members together."""
        whole, alone = zip(*(one.parameters() for one in self._members), strict=True)
        return sum(whole), sum(alone)

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Parts:
        """As each member takes it, which sees what its card names and nothing else."""
        parts: list[Ready] = []
        for one in self._members:
            uses = [name for name in one.card.uses if name in scene.holds]
            parts.append(one.prepare(scene.only((*one.card.reads, *uses)), rule, registration))
        first = parts[0]
        notes = dict.fromkeys(note for part in parts for note in part.notes)
        return Parts(
            scene_id=first.scene_id,
            collection=first.collection,
            simulated=first.simulated,
            grid=first.grid,
            notes=tuple(notes),
            seen=reduce(_both, (part.seen for part in parts)),
            parts=tuple(parts),
        )

    def cost(self, prepared: Parts, run: Run, available_mb: float | None = None) -> Cost:
        """One after another: the memory of the largest, the micro-batch of the smallest."""
        costs = [
            one.cost(part, run, available_mb)
            for one, part in zip(self._members, prepared.parts, strict=True)
        ]
        batched = [one.micro_batch for one in costs if one.evaluations] or [
            one.micro_batch for one in costs
        ]
        return Cost(
            evaluations=sum(one.evaluations for one in costs),
            micro_batch=min(batched),
            memory_mb=max(one.memory_mb for one in costs),
            units=sum(one.units - 1 for one in costs) + 1,  # the scene is prepared once
        )

    def predict(self, prepared: Parts, run: Run, course: Course, wanted: Wanted) -> Answer:
        """Logarithms of the joined probabilities; no super-resolved series.

        The explanation is that of the first member that has one; its map without the series is
        joined of those maps of the members that have one, and of the maps of the others.
        """
        wanted = replace(wanted, super_resolved=False, maps=True)
        answers: list[Answer] = []
        spent: dict[str, float] = {}
        for one, part in zip(self._members, prepared.parts, strict=True):
            answers.append(one.predict(part, run, course, wanted))
            for stage in set(course.seconds) - {"prepare", "load"}:
                spent[stage] = spent.get(stage, 0.0) + course.seconds.pop(stage)
        course.seconds |= spent
        return Answer(
            {
                name: self._join([logarithms(answer.logits[name]) for answer in answers])
                for name, _ in self.card.maps
            },
            explanation=self._explained(answers, self.card.maps[0][0]),
            evaluations=sum(answer.evaluations for answer in answers),
        )

    def _join(self, logarithms: Sequence[Floats]) -> Floats:
        return joined(logarithms, self._joined.weights, self._joined.rule)

    def _explained(self, answers: Sequence[Answer], name: str) -> Explanation | None:
        told = next((one.explanation for one in answers if one.explanation is not None), None)
        if told is None:
            return None
        alone = [
            logarithms(one.logits[name])
            if one.explanation is None
            else np.log(np.maximum(one.explanation.without_series.probabilities, LEAST))
            for one in answers
        ]
        cover = told.without_series
        chances = np.exp(logarithms(self._join(alone)))
        return replace(told, without_series=LandCover(chances, cover.table, cover.grid))


def _place(member: Member, path: Path) -> Path:
    """Where a member lies; nothing is fetched for that."""
    place = _beside(member, path) or local(member.model)
    if place is None:
        raise BundleError(
            f"its member {member.model} is not on this computer",
            where=path,
            expected="all models that it joins",
            advice="bring them to where they were when it was made, or join them anew",
        )
    if place.is_dir() and read_config(place).architecture == ARCHITECTURE:
        raise BundleError(f"its member {member.model} is joined itself", where=path)
    return place


def _beside(member: Member, path: Path) -> Path | None:
    """What the description names from the bundle's folder on."""
    with suppress(OSError, ValueError):
        place = path / member.model
        if place.is_file() or (place / CONFIG_FILE).is_file():
            return place
    return None


def _of(config: BundleConfig, path: Path) -> JoinedConfig:
    return from_json(JoinedConfig, config.network, f"{path / CONFIG_FILE}, network")


def common_maps(cards: Sequence[Card], where: object) -> tuple[tuple[str, ClassTable], ...]:
    """The maps that all members make.

    Raises:
        BundleError: There are none, or one has other classes than another.
    """
    first = dict(cards[0].maps)
    for card in cards[1:]:
        for name, table in card.maps:
            if name in first and table != first[name]:
                raise BundleError(
                    f"{cards[0].name} has the classes {first[name].name}, {card.name} "
                    f"{table.name}: their probabilities cannot be joined",
                    where=where,
                    expected="models of one class table",
                )
    common = tuple(
        (name, table)
        for name, table in cards[0].maps
        if all(name in dict(card.maps) for card in cards)
    )
    if not common:
        raise BundleError(
            f"{' and '.join(card.name for card in cards)} have no map in common",
            where=where,
            expected="models of one class table",
        )
    return common


def _card(config: BundleConfig, path: Path, cards: Sequence[Card], digest: str = "") -> Card:
    """What all members read, and what any of them may be asked for."""
    maps = common_maps(cards, path)
    if TABLES[config.classes] != maps[0][1]:
        raise BundleError(f"its classes are {config.classes}", where=path, expected=maps[0][1].name)
    reads = _once(card.reads for card in cards)
    uses = [name for name in _once(card.uses for card in cards) if name not in reads]
    denoising = next((card for card in cards if card.denoises), cards[0])
    windows = [card.window for card in cards if card.window is not None]
    schedules = [card.schedule for card in cards if card.schedule is not None]
    return replace(
        bundle_card(
            config,
            path,
            digest=digest,
            reads=reads,
            uses=tuple(uses),
            options=_once(card.options for card in cards),
        ),
        maps=maps,
        window=min(windows, default=None),
        schedule=min(schedules, default=None),
        sampler=denoising.sampler,
        steps=denoising.steps,
    )


def _once(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _both(one: Bools | None, other: Bools | None) -> Bools | None:
    if one is None or other is None:
        return other if one is None else one
    found: Bools = one & other
    return found


def _describe(path: Path) -> Card:
    """Without reading any weights."""
    config = read_config(path)
    cards = [open_card(_place(one, path)) for one in _of(config, path).members]
    return _card(config, path, cards)


FAMILY = Family(describe=_describe, open=JoinedModel)
