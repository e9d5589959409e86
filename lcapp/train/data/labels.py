"""The labels of all scenes, looked through before hours of training meet one that is none."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from lightning.pytorch.utilities import rank_zero_only

from lcapp.classes import ClassTable
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
) -> None:
    """Read every label of the scenes, several at once, in the first process alone.

    Args:
        collection: Where they lie.
        ids: The scenes.
        table: Classes of the network.
        on_step: Called after each scene, in this thread.

    Raises:
        SceneError: Some have no labels, or labels that the network cannot learn; counts them, and
            names the first.
    """

    def fault(scene_id: str) -> SceneError | None:
        try:
            labels_of(collection.labels(scene_id), table)
        except SceneError as error:
            return error
        return None

    wrong: dict[str, SceneError] = {}
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as threads:
        for done, (scene_id, error) in enumerate(zip(ids, threads.map(fault, ids), strict=True), 1):
            if error is not None:
                wrong[scene_id] = error
            if on_step is not None:
                on_step(Progress("labels", done, len(ids)))
    if not wrong:
        return
    named = "; ".join(f"{one} {error.what}" for one, error in list(wrong.items())[:_NAMED])
    more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    out = " ".join(list(wrong)[:_NAMED]) + (" ..." if more else "")
    first = next(iter(wrong.values()))  # what helps is that of the first, or of all
    raise SceneError(
        f"{len(wrong)} of {len(ids)} scenes cannot be learnt from: {named}{more}",
        where=collection.source,
        expected=first.expected or f"labels of {table.name} in every pixel",
        advice=f"{first.advice or 'correct their labels'}, or leave them out with --exclude {out}",
    ) from first
