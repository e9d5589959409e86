"""What a run returns: the results, how they came about, and the door to a pixel's attention."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lcapp.errors import RunError
from lcapp.types import Bools, Explanation, Floats, LandCover, PixelAttention, SuperResolved
from lcapp.types.attention import pixel_attention


@dataclass(frozen=True)
class RunRecord:
    """How a prediction came about.

    Attributes:
        scene: Scene id.
        collection: Name of its collection.
        simulated: The scene is simulated.
        model: Variant of the network (`tiny`, `paper`).
        bundle: Name of the bundle.
        bundle_hash: Hash of its weights and description.
        trained: False when the weights are initial; then the maps mean nothing.
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Denoising steps.
        seed: Seed of the noise.
        device: Where it ran.
        micro_batch: Epochs that went through the networks at once.
        seconds: Stage to seconds, and `total`.
        peak_memory_mb: Highest memory while it ran: of the process on a CPU, of torch on a GPU.
        denoiser_evaluations: Steps x present months; 0 for the aerial baseline.
        notes: What was assumed or set to its neutral value, one sentence each.
    """

    scene: str
    collection: str
    simulated: bool
    model: str
    bundle: str
    bundle_hash: str
    trained: bool
    sampler: str
    steps: int
    seed: int
    device: str
    micro_batch: int
    seconds: Mapping[str, float]
    peak_memory_mb: float
    denoiser_evaluations: int
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Everything that one run found out about a scene.

    Attributes:
        super_resolved: The series at 1.6 m.
        land_cover: Class probabilities at 0.2 m.
        explanation: Weight of the months, and the map without the series.
        record: How it came about.
        queries: HR stage to its fusion queries, heads H W d; empty in a fusion without attention.
        keys: HR stage to its fusion keys over the SR level, heads H W d; likewise.
    """

    super_resolved: SuperResolved
    land_cover: LandCover
    explanation: Explanation
    record: RunRecord
    queries: Mapping[int, Floats]
    keys: Mapping[int, Floats]

    @property
    def changed_by_series(self) -> Bools:
        """H W: where the class is another one than without the series."""
        without = self.explanation.without_series.class_map
        changed: Bools = self.land_cover.class_map != without
        return changed

    def attention(self, row: int, col: int) -> PixelAttention:
        """Where one aerial pixel looked, computed for this pixel alone.

        Args:
            row: Row in the aerial image.
            col: Column in the aerial image.

        Raises:
            RunError: The pixel lies outside the image, or the fusion has no attention.
        """
        if not self.queries:
            raise RunError(
                "this network's fusion has no attention",
                where=self.record.bundle,
                expected="a bundle whose fusion is of kind 'attention'",
            )
        grid = self.land_cover.grid
        if not (0 <= row < grid.height and 0 <= col < grid.width):
            raise RunError(
                f"pixel ({row}, {col}) lies outside the aerial image",
                where=self.record.scene,
                expected=f"a row below {grid.height} and a column below {grid.width}",
            )
        maps = {}
        for stage, queries in self.queries.items():
            query = queries[:, row // 2**stage, col // 2**stage]
            maps[stage] = np.asarray(pixel_attention(query, self.keys[stage]), dtype=np.float32)
        return PixelAttention(row=row, col=col, maps=maps)
