"""A published FLAIR-HUB model: torch comes in with its weights, when they are first needed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lcapp.classes import COSIA, LPIS1, LPIS2, LPIS3, ClassTable
from lcapp.errors import BundleError, SceneError
from lcapp.families.family import Answer, Family
from lcapp.families.flairhub.contents import ENCODERS, Contents, contents
from lcapp.families.flairhub.inputs import AerialBands, inputs
from lcapp.families.flairhub.known import KNOWN, known
from lcapp.hub.transport.cache import sha256_of
from lcapp.sensors import CROPS, LAND_COVER
from lcapp.types import Bools, Card, CloudRule, Cost, Course, Floats, Grid, Run, Scene, Wanted

if TYPE_CHECKING:  # the network's own type; its module imports torch
    from lcapp.families.flairhub.network import UPerFuse

WINDOW = 512
"""Side in pixels of what the published networks take, and of what they answer."""

TABLES: Mapping[tuple[str, int], ClassTable] = {
    (LAND_COVER, len(COSIA)): COSIA,
    **{(CROPS, len(table)): table for table in (LPIS1, LPIS2, LPIS3)},
}
"""Task and number of its classes to what they mean."""

MAPS = {LAND_COVER: "landcover", CROPS: "crops"}
"""Task to the name of its map."""

_MEMORY_MB = 700.0
"""Beyond the weights, on a CPU. One aerial image took 397 with Swin-Base and 421 with Swin-Large,
measured; more is said, since models of several images were not."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """A scene as a published model takes it.

    Attributes:
        scene_id: The scene's id.
        collection: Name of its collection.
        simulated: The scene is simulated.
        grid: Of the maps.
        notes: What was assumed on the way from the files, one sentence each.
        taken: By FLAIR-HUB's name, float32, a batch of one; series with their days.
        seen: As of the scene.
    """

    scene_id: str
    collection: str
    simulated: bool
    grid: Grid
    notes: tuple[str, ...]
    taken: Mapping[str, Floats]
    seen: Bools | None = None


class FlairHubModel:
    """A file of IGN's, alone: its names and shapes tell the network.

    Args:
        file: The safetensors file.

    Attributes:
        config: The network's sizes, inputs and tasks.
        card: What it is.

    Raises:
        BundleError: The file differs from every FLAIR-HUB network, or has a task that is unknown.
    """

    def __init__(self, file: Path) -> None:
        found = contents(file)
        self.config = found.config
        self.card = card_of(file, found, sha256_of(file))
        self._parameters = found.parameters
        self._network: UPerFuse | None = None
        self._lock = threading.Lock()

    @property
    def network(self) -> "UPerFuse":
        """In evaluation mode, float32; read when it is first asked for."""
        with self._lock:
            if self._network is None:
                from lcapp.families.flairhub.weights import load

                self._network = load(self.card.path)
            return self._network

    def load(self) -> None:
        """Read the weights, strictly (BundleError)."""
        _ = self.network

    def parameters(self) -> tuple[int, int]:
        """As the paper counts them: encoders, main and auxiliary decoders."""
        return self._parameters, self._parameters

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Inputs:
        """Normalised as the published code does it; its cloud rule is part of the weights.

        So are series as they come: they are not registered.

        What a scene has no image of, beyond its edges as well, the network sees as its channels'
        means, which after normalisation are the zeros of its own padding.

        Raises:
            NoClearDate: No date of Sentinel-2 is clear.
            SceneError: A modality is missing, holds values that are no numbers, or is too large.
        """
        height, width = scene.grid.height, scene.grid.width
        if max(height, width) > WINDOW:
            raise SceneError(
                f"has {height} x {width} pixels",
                where=scene.id,
                expected=f"at most {WINDOW} x {WINDOW} for {self.card.name}",
                advice="classify it as a zone: python -m lcapp zone",
            )
        taken = inputs(scene, self.config.modalities, aerial_bands(self.card.path.name))
        seen = np.zeros((WINDOW, WINDOW), np.float32)
        seen[:height, :width] = 1 if scene.seen is None else scene.seen
        for name in self.config.images:
            image, there = taken[name], scene.images[name].seen  # 1 C h w
            image = image if there is None else image * there
            every = WINDOW * image.shape[2] // height
            step = WINDOW // every
            beyond = [(0, 0), (0, 0)] + [(0, every - side) for side in image.shape[2:]]
            taken[name] = np.pad(image, beyond) * seen[::step, ::step]
        return Inputs(
            scene_id=scene.id,
            collection=scene.collection,
            simulated=scene.simulated,
            grid=scene.grid,
            notes=scene.notes,
            taken=taken,
            seen=scene.seen,
        )

    def cost(self, prepared: Inputs, run: Run, available_mb: float | None = None) -> Cost:
        """The same for every scene."""
        return Cost(evaluations=0, micro_batch=1, memory_mb=_MEMORY_MB, units=2)

    def predict(self, prepared: Inputs, run: Run, course: Course, wanted: Wanted) -> Answer:
        """Float32 everywhere, on a GPU too: the published figures are."""
        import torch

        from lcapp.models.logits import to_numpy

        with course.stage("classify"):
            where = torch.device(run.device)
            tensors = {
                name: torch.from_numpy(values).to(where) for name, values in prepared.taken.items()
            }
            answer = self.network.to(where)(tensors)
        course.step("classify")
        height, width = prepared.grid.height, prepared.grid.width
        return Answer(
            {
                MAPS[task]: to_numpy(scores[0, :, :height, :width])  # 1 K 512 512 -> K H W
                for task, scores in answer.items()
            }
        )


def aerial_bands(name: str) -> AerialBands:
    """The bands that a published model of that name reads from the aerial image.

    A file does not tell: both kinds have three channels. IGN's names do (`..._RGB_...`).
    """
    return "RGB" if "_RGB_" in name else "IR"


def card_of(file: Path, found: Contents, digest: str = "") -> Card:
    """The card of a file (BundleError where it has a task that is unknown)."""
    published = known(file.stem)
    tasks = found.config.tasks
    for task, classes in tasks.items():
        if (task, classes) not in TABLES:
            expected = ", ".join(f"{name} with {count} classes" for name, count in TABLES)
            raise BundleError(
                f"predicts {task} with {classes} classes", where=file, expected=expected
            )
    return Card(
        name=file.stem,
        family="flairhub",
        variant=found.config.decoder if found.config.images else "utae",
        hash=digest,
        maps=tuple((MAPS[task], TABLES[task, tasks[task]]) for task in MAPS if task in tasks),
        reads=found.config.modalities,
        uses=(),
        options=(),
        schedule=None,
        window=WINDOW,
        value_ranges=(),
        trained=True,
        licence=published.licence if published else "not stated",
        provenance="Published by IGN for FLAIR-HUB (Garioud et al., 2025).",
        figures={"miou": published.miou, "accuracy": published.accuracy} if published else {},
        path=file,
    )


FAMILY = Family(
    describe=lambda file: card_of(file, contents(file)),
    open=FlairHubModel,
    owns_file=lambda names: any(name.startswith(ENCODERS) for name in names),
    published=KNOWN,
)
