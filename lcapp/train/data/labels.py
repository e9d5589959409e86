"""The labels of all scenes, looked through before hours of training meet one that is none."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from lightning.pytorch.utilities import rank_zero_only

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.errors import SceneError
from lcapp.prepare import labels_of
from lcapp.scene.collection import Collection
from lcapp.types import Progress

_MOST_THREADS = 8
_NAMED = 5
"""Scenes whose fault a refusal tells; the others are counted."""


@rank_zero_only
def check_labels(
    collection: Collection,
    ids: Sequence[str],
    table: ClassTable,
    on_step: Callable[[Progress], None] | None = None,
    held_out: Sequence[str] = (),
) -> None:
    """Read every label of the scenes, several at once, in the first process alone.

    Args:
        collection: Where they lie.
        ids: The scenes to learn from.
        table: Classes of the network.
        on_step: Called after each scene, in this thread.
        held_out: Scenes of which nothing is learnt.

    Raises:
        SceneError: Some have no labels, or labels that the network cannot learn; counts them, and
            names the first. Or those to learn from hold one class alone.
    """

    def looked(scene_id: str) -> SceneError | frozenset[int]:
        try:
            labels = labels_of(collection.labels(scene_id), table)
        except SceneError as error:
            return error
        return frozenset(np.bincount(labels.ravel()).nonzero()[0].tolist())

    every = tuple(dict.fromkeys((*ids, *held_out)))
    wrong: dict[str, SceneError] = {}
    classes: dict[str, frozenset[int]] = {}
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as threads:
        for done, (scene_id, found) in enumerate(
            zip(every, threads.map(looked, every), strict=True), 1
        ):
            if isinstance(found, SceneError):
                wrong[scene_id] = found
            else:
                classes[scene_id] = found
            if on_step is not None:
                on_step(Progress("labels", done, len(every)))
    if not wrong:
        _check_classes(frozenset().union(*(classes[one] for one in ids)), collection, ids, table)
        return
    named = "; ".join(f"{one} {error.what}" for one, error in list(wrong.items())[:_NAMED])
    more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    out = " ".join(list(wrong)[:_NAMED]) + (" ..." if more else "")
    first = next(iter(wrong.values()))  # what helps is that of the first, or of all
    raise SceneError(
        f"{len(wrong)} of {len(every)} scenes cannot be learnt from: {named}{more}",
        where=collection.source,
        expected=first.expected or f"labels of {table.name} in every pixel",
        advice=f"{first.advice or 'correct their labels'}, or leave them out with --exclude {out}",
    ) from first


def _check_classes(
    held: frozenset[int], collection: Collection, ids: Sequence[str], table: ClassTable
) -> None:
    """One class alone teaches nothing: its map is that class everywhere."""
    learnt = held - {NO_CLASS}
    if len(learnt) > 1:
        return
    only = ", ".join(repr(table.names[one]) for one in learnt) or "no class"
    raise SceneError(
        f"the labels of the {len(ids)} scenes to train on hold {only} alone",
        where=collection.source,
        expected="two classes or more",
        advice="add scenes of other classes, or name other domains with --validation-domains",
    )
