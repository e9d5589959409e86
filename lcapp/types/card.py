"""What is known of a model before its weights are loaded."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcapp.classes import ClassTable
from lcapp.types.run import Run


@dataclass(frozen=True)
class Card:
    """A model, described.

    Attributes:
        name: What it is called on the command line and in results.
        family: Key in `families.family.FAMILIES`.
        variant: Which size of its family.
        hash: Of its weights and description; empty in a list, where no file is read for it.
        maps: Name of each map that it makes, as its file is called, to its classes.
        reads: Images and series that it cannot do without, by the names of `sensors`.
        uses: Those that it reads where they are there.
        options: Fields of `Run` that matter to it: `sampler`, `steps`, `seed` and others, or none.
        schedule: Steps of its whole schedule; None where nothing is denoised.
        window: Side in pixels of what it takes at once; None: any size.
        value_ranges: Of a super-resolved series, band to the lowest and highest reflectance on
            the network's scale; empty where it makes none.
        trained: False for initial weights, whose maps mean nothing.
        licence: Of the weights.
        provenance: One or two sentences: data, training, who, when.
        figures: Measured figures, name to value.
        path: Folder or file of the weights.
        sampler: Way from noise to the series that its weights were made for.
        steps: Denoising steps of that way.
    """

    name: str
    family: str
    variant: str
    hash: str
    maps: tuple[tuple[str, ClassTable], ...]
    reads: tuple[str, ...]
    uses: tuple[str, ...]
    options: tuple[str, ...]
    schedule: int | None
    window: int | None
    value_ranges: tuple[tuple[str, tuple[float, float]], ...]
    trained: bool
    licence: str
    provenance: str
    figures: dict[str, Any]
    path: Path
    sampler: str = Run.sampler
    steps: int = Run.steps

    @property
    def denoises(self) -> bool:
        """It super-resolves a series on a way from noise, whose options it has."""
        return "sampler" in self.options

    def run(self) -> Run:
        """The options where nobody names others: its own way from noise to the series."""
        return Run(sampler=self.sampler, steps=self.steps)

    @property
    def table(self) -> ClassTable:
        """The classes of its first map."""
        return self.maps[0][1]

    def lacks(self, holds: Collection[str]) -> str | None:
        """Why it cannot run on a scene that holds these images and series; None where it can."""
        missing = [name for name in self.reads if name not in holds]
        return f"the scene has no {', no '.join(missing)}" if missing else None
