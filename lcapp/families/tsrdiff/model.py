"""A bundle of TSRDiff as a model: torch comes in with its weights, when they are first needed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lcapp.classes import TABLES
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.families.bundle import BundleModel
from lcapp.families.door import locate
from lcapp.families.family import Answer, Count, Family, bundle_card
from lcapp.families.tsrdiff import cost
from lcapp.families.tsrdiff.sizes import BY_FAMILY, TSRDiffConfig
from lcapp.hub.config import CONFIG_FILE, BundleConfig, read_config
from lcapp.prepare import prepare
from lcapp.record import from_json
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.types import Card, CloudRule, Cost, Course, Prepared, Run, Scene, Wanted

if TYPE_CHECKING:  # the network's own type; its module imports torch
    from lcapp.families.tsrdiff.network import TSRDiff
    from lcapp.families.tsrdiff.weights import Role


class TSRDiffModel(BundleModel):
    """A bundle of TSRDiff.

    Args:
        config: Its description.
        path: Its folder.
        network: Its weights, where they are loaded already.
        missing_training: Parts that training needs and the file lacks; they hold initial values.

    Attributes:
        sizes: Of its network.
        diffusion: Its schedule and sampler settings.
    """

    def __init__(
        self,
        config: BundleConfig,
        path: Path,
        *,
        network: "TSRDiff | None" = None,
        missing_training: tuple[str, ...] = (),
    ) -> None:
        self.sizes = sizes_of(config, path / CONFIG_FILE)
        self.diffusion: DiffusionConfig = config.diffusion or DiffusionConfig()
        self.missing_training = missing_training
        self._hold(config, path, network)

    @staticmethod
    def describe(config: BundleConfig, path: Path, digest: str = "") -> Card:
        """What it reads, and whether anything is denoised."""
        sizes = sizes_of(config, path / CONFIG_FILE)
        scalings = [(band, config.inputs.scaling(band)) for band in config.inputs.series_bands]
        return bundle_card(
            config,
            path,
            digest=digest,
            reads=(AERIAL, SENTINEL2),
            uses=tuple(sorted(HEIGHTS)),
            options=_options(sizes),
            value_ranges=tuple((band, (one.low, one.high)) for band, one in scalings),
        )

    def build(self) -> "TSRDiff":
        """Without what only training needs."""
        from lcapp.families.tsrdiff.weights import initial

        return initial(self.sizes, self.path)

    def read(self) -> "TSRDiff":
        """Without what only training needs, though the file may hold it."""
        from lcapp.families.tsrdiff.weights import read_network

        network, _ = read_network(self.sizes, self.path)
        return network

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Prepared:
        """Months, scaled, over their exact footprint; as `prepare.prepare`."""
        return prepare(scene, self.config.inputs, rule, registration)

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
    scaled = dict(config.inputs.scalings)
    bands = (*config.inputs.aerial_bands, *config.inputs.series_bands)
    if unscaled := [band for band in bands if band not in scaled]:
        raise BundleError(
            f"has no scaling for {', '.join(unscaled)}",
            where=where,
            expected="one for each aerial and series band",
        )
    sizes = from_json(TSRDiffConfig, config.network, f"{where}, network")
    if config.diffusion is None:
        raise BundleError(
            "has no diffusion, and a network that denoises", where=where, expected="its settings"
        )
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


def _options(sizes: TSRDiffConfig) -> tuple[str, ...]:
    guided = ("guide",) if sizes.guided else ()
    return ("sampler", "steps", "seed", "noise", *guided, "registration")


def _count(family: str, variant: str) -> Sequence[Count]:
    from lcapp.families.tsrdiff.catalogue import count_parameters

    return count_parameters(BY_FAMILY[family][variant])


FAMILY = {
    name: Family(
        describe=lambda path: TSRDiffModel.describe(read_config(path), path),
        open=lambda path: TSRDiffModel(read_config(path), path),
        variants=tuple(variants),
        count=partial(_count, name),
    )
    for name, variants in BY_FAMILY.items()
}
