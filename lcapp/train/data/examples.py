"""The scenes of a split as examples: read, prepared, given targets, flipped, turned and cut."""

import multiprocessing
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from lcapp.classes import ClassTable
from lcapp.errors import SceneError
from lcapp.prepare import (
    InputSpec,
    aerial_on_sr,
    guided,
    prepare,
    targets,
    unguided,
    without_bands,
)
from lcapp.scene.collection import Collection
from lcapp.scene.names import composed
from lcapp.scene.reader import Split
from lcapp.scene.splits import split_of
from lcapp.sensors import SR_FACTOR
from lcapp.train.config import DataConfig, Target
from lcapp.train.data.batch import Example
from lcapp.train.data.draws import VALIDATION, Draw, Draws
from lcapp.train.data.stream import Visit
from lcapp.types import Guided, Prepared, Targets


@dataclass(eq=False)
class Examples(Dataset[Example]):
    """Scenes by index and visit.

    A scene's flip is drawn before its targets are turned, one for all of its parts (METHOD.md
    section 6, fault 4).

    Args:
        collection: Where the scenes lie.
        ids: Those that are meant, in order.
        spec: Bands and scalings of the network.
        table: Classes of the network.
        data: Alignment, squares, and how many prepared scenes are kept in memory.
        draws: Source of chance.
        guided: The network sees a guide.
        target: What a month is to become.
        fine: The aerial image and the labels at 0.2 m are looked at; else they are left out.
    """

    collection: Collection
    ids: Sequence[str]
    spec: InputSpec
    table: ClassTable
    data: DataConfig
    draws: Draws
    guided: bool = False
    target: Target = "paper"
    fine: bool = True
    _kept: "OrderedDict[int, tuple[Prepared, Targets]]" = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int | tuple[int, int] | Visit) -> Example:
        """The example of a scene's visit; of its validation, where no visit is named.

        Raises:
            SceneError: The scene cannot be read, has no targets, or is smaller than the squares.
        """
        visit = Visit(index, VALIDATION) if isinstance(index, int) else Visit(*index)
        prepared, aim = self.prepared(visit.scene)
        shape = aim.aerial_on_sr.shape
        square = 0 if visit.whole else self.data.square // SR_FACTOR
        if square > min(shape[1:]):
            raise SceneError(
                f"is smaller than the squares of {self.data.square} pixels",
                where=prepared.scene_id,
                expected="aerial images of at least that size",
                advice="name a smaller --square, or leave the scene out",
            )
        draw = self.draws.of(prepared.scene_id, visit.number, shape, square)
        guide = self._guide(prepared, draw) if self.guided else None
        if not self.fine:
            prepared = replace(prepared, aerial=prepared.aerial[:, :0, :0])
            aim = replace(aim, labels=aim.labels[:0, :0])
        for change in (draw.symmetry, draw.cut):
            if change is not None:
                prepared, aim = change.prepared(prepared), change.targets(aim)
                guide = None if guide is None else change.guided(guide)
        if draw.neutral:
            prepared = without_bands(prepared, self.spec)
        return Example(prepared, aim, draw, guide)

    def keep(self, workers: int) -> None:
        """Prepare as many scenes as are kept, before processes that read them are forked.

        These share them then. Else each would prepare every scene that it meets, and keep it.

        Args:
            workers: Processes that prepare.

        Raises:
            SceneError: As `__getitem__`.
        """
        if multiprocessing.get_start_method() != "fork":
            return
        count = min(self.data.cached_scenes, len(self.ids))
        made = DataLoader(
            _Preparing(self, count),
            batch_size=None,
            collate_fn=_as_they_are,
            num_workers=workers,
            # Its own: without it the loader would draw from the generator of all.
            generator=torch.Generator(),
        )
        self._kept.update(enumerate(made))

    def _guide(self, prepared: Prepared, draw: Draw) -> Guided:
        """What eps_w sees of the whole scene in a visit."""
        if not draw.guided:
            return unguided(prepared)
        if draw.neutral:
            prepared = without_bands(prepared, self.spec)
        aerial = aerial_on_sr(prepared)
        return guided(prepared, draw.disturbance.image(aerial) if draw.disturbance else aerial)

    def prepared(self, place: int) -> tuple[Prepared, Targets]:
        """A scene by its index, as it is read, and its targets.

        Raises:
            SceneError: It cannot be read or has no targets.
        """
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        scene = self.collection.scene(self.ids[place], (), self.spec.reads)
        prepared = prepare(scene, self.spec, registration=self.data.registration)
        truth = None
        if self.target == "truth":
            truth = self.collection.truth(self.ids[place])
            if truth is None:
                raise SceneError(
                    "nobody knows what its months looked like at 1.6 m",
                    where=prepared.scene_id,
                    expected="a simulated scene, which has a truth, for --targets truth",
                    advice="train with --targets paper",
                )
        aim = targets(scene, prepared, self.spec, self.table, self.data.align, truth)
        self._kept[place] = prepared, aim
        if len(self._kept) > self.data.cached_scenes:
            self._kept.popitem(last=False)
        return prepared, aim


@dataclass(eq=False)
class _Preparing(Dataset[tuple[Prepared, Targets]]):
    """The first scenes of some examples, prepared."""

    examples: Examples
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Prepared, Targets]:
        return self.examples.prepared(index)


def _as_they_are(made: Any) -> Any:
    return made


def scenes_of(collection: Collection, split: Split, data: DataConfig) -> tuple[str, ...]:
    """The ids of a split, in the collection's order.

    Raises:
        SceneError: There are none, none with labels, or an excluded id does not exist.
    """
    exclude = frozenset(map(composed, data.exclude))
    unknown = sorted(exclude - set(collection.ids))
    if unknown:
        raise SceneError(
            f"has no scene {unknown[0]!r} to exclude",
            where=data.collection,
            expected="ids of the collection",
        )
    domains = data.validation_domains or None
    ids = tuple(
        one
        for one in collection.ids
        if one not in exclude and split_of(collection, one, domains) == split
    )
    if not ids:
        raise SceneError(
            f"has no scenes for {split}",
            where=data.collection,
            expected="domains for training and others for validation",
            advice="name the domains to hold out with --validation-domains",
        )
    if not collection.header(ids[0]).has_reference:
        raise SceneError(
            f"the scenes have no labels: {ids[0]} is without",
            where=data.collection,
            expected="a label file for each aerial image",
            advice="train on a collection with references",
        )
    return ids


def spread_over(ids: Sequence[str], count: int) -> tuple[str, ...]:
    """At most `count` of the ids, evenly over the list; all of them for 0."""
    if not count or count >= len(ids):
        return tuple(ids)
    return tuple(ids[place * len(ids) // count] for place in range(count))
