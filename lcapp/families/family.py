"""What a family of networks is: the contract, and the table of all families. Imports no torch.

A family is a folder, and a line in `FAMILIES`. Its module has a `FAMILY`, or several of them by
name: how weights are described without being loaded, and how they are opened. A module
that cannot be imported costs its own models alone.
"""

import importlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lcapp.classes import TABLES
from lcapp.errors import BundleError
from lcapp.hub.config import BundleConfig
from lcapp.types import (
    Bools,
    Card,
    CloudRule,
    Cost,
    Course,
    Explanation,
    Floats,
    Grid,
    Run,
    Scene,
    SuperResolved,
    Wanted,
)

_log = logging.getLogger(__name__)


class Ready(Protocol):
    """A scene as a model takes it; a frozen dataclass, whose arrays tell one scene from another."""

    @property
    def scene_id(self) -> str:
        """The scene's id."""

    @property
    def collection(self) -> str:
        """Name of its collection."""

    @property
    def simulated(self) -> bool:
        """The scene is simulated."""

    @property
    def grid(self) -> Grid:
        """Of the maps."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed on the way from the files, one sentence each."""

    @property
    def seen(self) -> Bools | None:
        """H W, where there is anything to classify; None: everywhere (`Scene.seen`)."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says of a scene.

    Attributes:
        logits: K H W of each map of its card.
        super_resolved: Where it makes one and it is wanted.
        explanation: Likewise.
        evaluations: Of a denoiser.
    """

    logits: Mapping[str, Floats]
    super_resolved: SuperResolved | None = None
    explanation: Explanation | None = None
    evaluations: int = 0


class Model(Protocol):
    """Weights that can be run; they are read when they are first needed, or by `load`."""

    @property
    def card(self) -> Card:
        """What it is."""

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Any:
        """The scene as this model takes it, a `Ready` of its own. Imports no torch.

        Args:
            scene: The scene.
            rule: When an acquisition is clear.
            registration: Lay the series where it shows what the aerial image shows; a family whose
                network expects it as it comes passes over this.

        Raises:
            NoClearDate: A series that it reads has no date to go by.
            SceneError: The scene lacks something it needs.
        """

    def cost(self, prepared: Any, run: Run, available_mb: float | None = None) -> Cost:
        """Check the options and choose a micro-batch that fits. Imports no torch.

        Args:
            prepared: From `prepare`.
            run: Options.
            available_mb: Memory that may be used; by default what is free on the CPU.

        Raises:
            RunError: Options that make no sense, or a run that does not fit.
        """

    def load(self) -> None:
        """Read the weights, strictly.

        Raises:
            BundleError: They are damaged, or not what the description says.
        """

    def parameters(self) -> tuple[int, int]:
        """Of the whole network, as the papers count them, and of what maps without a series."""

    def predict(self, prepared: Any, run: Run, course: Course, wanted: Wanted) -> Answer:
        """Run the network. Called in inference mode.

        Args:
            prepared: From `prepare`.
            run: With the device and the micro-batch decided.
            course: Progress and cancel.
            wanted: What beside the maps.
        """


def bundle_card(
    config: BundleConfig,
    path: Path,
    *,
    digest: str = "",
    reads: tuple[str, ...],
    uses: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    value_ranges: tuple[tuple[str, tuple[float, float]], ...] = (),
) -> Card:
    """The card of a bundle with one map; the arguments are those of `Card`."""
    return Card(
        name=config.name,
        family=config.architecture,
        variant=config.variant,
        hash=digest,
        maps=(("landcover", TABLES[config.classes]),),
        reads=reads,
        uses=uses,
        options=options,
        schedule=config.diffusion.train_steps
        if "sampler" in options and config.diffusion
        else None,
        window=None,
        value_ranges=value_ranges,
        trained=config.trained,
        licence=config.licence,
        provenance=config.provenance,
        figures=config.figures,
        path=path,
        sampler=config.diffusion.sampler if config.diffusion else Run.sampler,
        steps=config.diffusion.steps if config.diffusion else Run.steps,
    )


@dataclass(frozen=True)
class Published:
    """A model that its owners publish on the Hub.

    Attributes:
        id: `owner/name` on the Hub.
        inputs: Images and series that it reads, by the names of `sensors`.
        aerial_bands: Bands of the aerial image in the network's order; empty without one.
        classes: Key in `classes.TABLES`.
        parameters: Millions, as its paper counts them.
        miou: Per cent, on its data set's test set; None where there is no figure.
        accuracy: Overall accuracy in per cent, likewise.
        source: Where the figures stand.
        listed: The id has been seen; False where it follows the pattern of the others.
        licence: Of the weights.
    """

    id: str
    inputs: tuple[str, ...]
    aerial_bands: tuple[str, ...]
    classes: str
    parameters: float
    miou: float | None
    accuracy: float | None
    source: str | None
    listed: bool = True
    licence: str = "etalab-2.0"

    @property
    def megabytes(self) -> float:
        """Size of a file of float32, to 2 %."""
        return self.parameters * 4


@dataclass(frozen=True)
class Count:
    """A line of a table of parameters.

    Attributes:
        part: What is counted.
        parameters: How many.
        paper: The same in the family's paper, rounded there; None where it has no such line.
    """

    part: str
    parameters: int
    paper: float | None = None


def _no_counts(variant: str) -> Sequence[Count]:
    return ()


def _no_file(names: Collection[str]) -> bool:
    return False


@dataclass(frozen=True)
class Family:
    """What the table leads to.

    Attributes:
        describe: The card of a bundle's folder, or of a file; its hash is left empty.
        open: The model of a bundle's folder, or of a file.
        owns_file: Whether tensors of these names, alone in a safetensors file, are of the family.
        published: Models that are known by their id.
        variants: Names of its sizes.
        count: The parameters of a size, part by part.
    """

    describe: Callable[[Path], Card]
    open: Callable[[Path], Model]
    owns_file: Callable[[Collection[str]], bool] = _no_file
    published: tuple[Published, ...] = ()
    variants: tuple[str, ...] = ()
    count: Callable[[str], Sequence[Count]] = _no_counts


_CLASSIFIER = "lcapp.families.classifier.model"

FAMILIES = {
    "tsrdiff": "lcapp.families.tsrdiff.model",
    "flairhub": "lcapp.families.flairhub.model",
    "joined": "lcapp.families.joined.model",
    "u-tae-d": "lcapp.families.tsrdiff.model",
    "u-net": _CLASSIFIER,
    "maxvit": _CLASSIFIER,
    "u-tt": _CLASSIFIER,
    "t-cf-s": _CLASSIFIER,
    "t-cf-m": _CLASSIFIER,
    "ensemble": _CLASSIFIER,
    "unetformer": _CLASSIFIER,
    "u-tae": _CLASSIFIER,
}
"""Name of each family, as bundles call it (`architecture`), to its module."""


def family(name: str, where: object = None) -> Family:
    """A family by its name.

    Args:
        name: Key of `FAMILIES`.
        where: Who asks for it, for the message.

    Raises:
        BundleError: There is none of that name, or its module cannot be imported.
    """
    if name not in FAMILIES:
        raise BundleError(
            f"is of the unknown family {name!r}",
            where=where,
            expected=" or ".join(FAMILIES),
            advice="use the version of lcapp that wrote it, or a newer one",
        )
    try:
        found = importlib.import_module(FAMILIES[name]).FAMILY
        if isinstance(found, Mapping):  # of several families, by name
            found = found[name]
        if not isinstance(found, Family):
            raise TypeError(f"FAMILY is {found!r:.40}, and no Family")
    except Exception as error:  # whatever a module does when it is imported
        raise BundleError(
            f"the family {name!r} cannot be loaded: {type(error).__name__}: {error}",
            where=where,
            advice="install what it needs; the other families work without it",
        ) from error
    return found


def families() -> Iterator[tuple[str, Family]]:
    """All families that can be imported; the log says of the others why not."""
    for name in FAMILIES:
        try:
            yield name, family(name)
        except BundleError as error:
            _log.warning("left out: %s", error)
