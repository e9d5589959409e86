"""A bundle of TSRDiff as a model: torch comes in with its weights, when they are first needed."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lcapp.classes import TABLES
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.families.door import locate
from lcapp.families.family import Answer, Count, Family
from lcapp.families.tsrdiff import cost
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig
from lcapp.hub.config import CONFIG_FILE, BundleConfig, bundle_hash, read_config
from lcapp.prepare import prepare
from lcapp.record import from_json
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.types import Card, CloudRule, Cost, Course, Prepared, Run, Scene, Wanted

if TYPE_CHECKING:  # the network's own type; its module imports torch
    from lcapp.families.tsrdiff.network import TSRDiff
    from lcapp.families.tsrdiff.weights import Role


class TSRDiffModel:
    """A bundle.

    Args:
        config: Its description.
        path: Its folder.
        network: Its weights, where they are loaded already.
        digest: Of weights and description; by default of the files.

    Attributes:
        config: Its description.
        sizes: Of its network.
        diffusion: Its schedule and sampler settings.
        path: Its folder.
        missing_training: Parts that training needs and the file lacks; they hold initial values.

    Raises:
        BundleError: A description that contradicts itself, or files that cannot be read.
    """

    def __init__(
        self,
        config: BundleConfig,
        path: Path,
        *,
        network: "TSRDiff | None" = None,
        missing_training: tuple[str, ...] = (),
        digest: str | None = None,
    ) -> None:
        self.config, self.path = config, path
        self.sizes = sizes_of(config, path / CONFIG_FILE)
        self.diffusion: DiffusionConfig = config.diffusion or DiffusionConfig()
        self.missing_training = missing_training
        self.card = _card(config, self.sizes, path, digest or bundle_hash(path))
        self._network = network
        self._lock = threading.Lock()

    @property
    def network(self) -> "TSRDiff":
        """In evaluation mode, float32; read when it is first asked for."""
        with self._lock:
            if self._network is None:
                from lcapp.families.tsrdiff.weights import read_network

                self._network, _ = read_network(self.sizes, self.path)
            return self._network

    def load(self) -> None:
        """Read the weights, strictly (BundleError)."""
        _ = self.network

    def prepare(self, scene: Scene, rule: CloudRule) -> Prepared:
        """Months, scaled, over their exact footprint; as `prepare.prepare`."""
        return prepare(scene, self.config.inputs, rule)

    def cost(self, prepared: Prepared, run: Run, available_mb: float | None = None) -> Cost:
        """As `tsrdiff.cost.cost`."""
        return cost.cost(prepared, self.sizes, self.diffusion, run, available_mb)

    def parameters(self) -> tuple[int, int]:
        """As Table 2 counts them: with D_SR; and of the HR branch alone."""
        from lcapp.families.tsrdiff.catalogue import whole_and_branch

        return whole_and_branch(self.sizes)

    def predict(self, prepared: Prepared, run: Run, course: Course, wanted: Wanted) -> Answer:
        """As `tsrdiff.run.predict`."""
        from lcapp.families.tsrdiff.run import predict

        return predict(self, prepared, run, course, wanted)


def load(path: Path | str, role: "Role" = "predict") -> TSRDiffModel:
    """A bundle of this family with its weights, for those who work on the network itself.

    Args:
        path: As `families.door.open_model` takes it.
        role: As `weights.read_network` takes it.

    Raises:
        BundleError: There is none, it is of another family, or its weights are not as described.
    """
    from lcapp.families.tsrdiff.weights import read_network

    folder = locate(path)
    config = read_config(folder)
    network, missing = read_network(sizes_of(config, folder / CONFIG_FILE), folder, role)
    return TSRDiffModel(config, folder, network=network, missing_training=missing)


def sizes_of(config: BundleConfig, where: object) -> TSRDiffConfig:
    """The sizes in a description, and whether they fit the rest of it.

    Raises:
        BundleError: They do not, or are no sizes.
    """
    try:
        sizes = from_json(TSRDiffConfig, config.network, f"{where}, network")
    except ValueError as error:
        raise BundleError(
            f"no network can be built from these sizes: {error}", where=where
        ) from error
    pairs = (
        ("classes", sizes.classes, len(TABLES[config.classes])),
        ("aerial bands", sizes.aerial_channels, len(config.inputs.aerial_bands)),
        ("series bands", sizes.series_channels, len(config.inputs.series_bands)),
    )
    for what, in_network, in_description in pairs:
        if in_network != in_description:
            raise BundleError(
                f"the network has {in_network} {what}, its description {in_description}",
                where=where,
            )
    return sizes


def describe(path: Path) -> Card:
    """The card of a bundle's folder, without its hash."""
    config = read_config(path)
    return _card(config, sizes_of(config, path / CONFIG_FILE), path, "")


def _open(path: Path) -> TSRDiffModel:
    return TSRDiffModel(read_config(path), path)


def _card(config: BundleConfig, sizes: TSRDiffConfig, path: Path, digest: str) -> Card:
    denoises = sizes.reads_series and config.diffusion is not None
    return Card(
        name=config.name,
        family=config.architecture,
        variant=config.variant,
        hash=digest,
        maps=(("landcover", TABLES[config.classes]),),
        # The aerial baseline shows the series as well, though it has no say in its map.
        reads=(AERIAL, SENTINEL2),
        uses=HEIGHTS,
        options=("sampler", "steps", "seed") if denoises else (),
        schedule=config.diffusion.train_steps if denoises and config.diffusion else None,
        window=None,
        value_ranges=tuple(
            (band, (scaling.low, scaling.high))
            for band in config.inputs.series_bands
            for scaling in (config.inputs.scaling(band),)
            if denoises
        ),
        trained=config.trained,
        licence=config.licence,
        provenance=config.provenance,
        figures=config.figures,
        path=path,
    )


def _count(variant: str) -> Sequence[Count]:
    from lcapp.families.tsrdiff.catalogue import count_parameters

    return count_parameters(VARIANTS[variant])


FAMILY = Family(describe=describe, open=_open, variants=tuple(VARIANTS), count=_count)
