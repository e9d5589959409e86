"""Which scenes have a month to train on; known before a run begins, not in its middle."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, Dataset

from lcapp.errors import NoClearDate
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import Collection

_SAID_EVERY = 200
"""Scenes between two words on how far it is: a folder of tens of thousands takes minutes."""


@dataclass(eq=False)
class _Unclear(Dataset[bool]):
    """By index, whether a scene has no clear month."""

    collection: Collection
    ids: Sequence[str]
    spec: InputSpec

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> bool:
        scene = self.collection.scene(self.ids[index], (), self.spec.reads)
        try:
            prepare(scene, self.spec)
        except NoClearDate:
            return True
        return False


def without_clear_month(
    collection: Collection, ids: Sequence[str], spec: InputSpec, workers: int = 0
) -> tuple[str, ...]:
    """The scenes that have none, in their order; every scene is read and prepared once.

    Args:
        collection: Where they lie.
        ids: Those to look at.
        spec: What the network reads.
        workers: Processes that read scenes; 0: this one.

    Raises:
        SceneError: A scene cannot be read, or be prepared for another reason.
    """
    # A generator of its own: a run that goes on does not look again, and must not differ by that.
    looked = DataLoader(
        _Unclear(collection, ids, spec),
        batch_size=None,
        num_workers=workers,
        generator=torch.Generator(),
    )
    found = []
    for done, (scene_id, unclear) in enumerate(zip(ids, looked, strict=True), start=1):
        if unclear:
            found.append(scene_id)
        if done % _SAID_EVERY == 0:
            said = f"looking for clear months: {done} of {len(ids)} scenes"
            print(said, file=sys.stderr, flush=True)
    return tuple(found)
