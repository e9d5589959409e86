"""What a collection needs of a reader: the ids, a cheap look and the whole scene."""

from dataclasses import dataclass
from typing import Literal, Protocol

from lcapp.types import Grid, Scene


@dataclass(frozen=True)
class SceneHeader:
    """What a list shows of a scene, known without reading its pixels.

    Attributes:
        id: Unique in its collection.
        grid: The aerial grid.
        has_reference: There are labels.
        has_ndsm: There is a height band.
        simulated: True for a scene of `lcapp.simulate`.
    """

    id: str
    grid: Grid
    has_reference: bool
    has_ndsm: bool
    simulated: bool


class Reader(Protocol):
    """One kind of folder; made from its path, it looks at file names only."""

    kind: str
    ids: tuple[str, ...]

    def header(self, scene_id: str) -> SceneHeader:
        """Open the aerial image of a known id, without its pixels (SceneError)."""

    def scene(self, scene_id: str) -> Scene:
        """Read a known id (SceneError)."""

    def tree(self, scene_id: str) -> Literal["train", "validation", "test"] | None:
        """Where the files put a known id in an official split; None where they do not."""
