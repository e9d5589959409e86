"""A bundle of a classifier: torch comes in with its weights, when they are first needed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from lcapp.classes import TABLES
from lcapp.errors import BundleError, RunError
from lcapp.families.bundle import BundleModel
from lcapp.families.classifier.sizes import VARIANTS, ClassifierConfig
from lcapp.families.family import Answer, Count, Family, bundle_card
from lcapp.hub.config import CONFIG_FILE, BundleConfig, read_config
from lcapp.prepare import prepare, prepare_image
from lcapp.record import from_json
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.types import (
    Card,
    CloudRule,
    Cost,
    Course,
    Prepared,
    PreparedImage,
    Run,
    Scene,
    Wanted,
)

if TYPE_CHECKING:  # the network's own type; its module imports torch
    from lcapp.families.classifier.network import Classifier

_MB = 2**20

COUNTS = {
    "u-net": 24.4e6,
    "maxvit": 40.5e6,
    "u-tt": 27.3e6,
    "t-cf-s": 135.0e6,
    "t-cf-m": 71.0e6,
    "ensemble": 140.2e6,
    "unetformer": 31e6,
    "u-tae": 2.9e6,
}
"""Parameters as the paper's Table 2, or LF-DLM's text, has them."""


class ClassifierModel(BundleModel):
    """A bundle of a classifier."""

    @staticmethod
    def describe(config: BundleConfig, path: Path, digest: str = "") -> Card:
        """What it reads; nothing is denoised."""
        sizes = sizes_of(config, path / CONFIG_FILE)
        return bundle_card(
            config,
            path,
            digest=digest,
            # Of the aerial image a network of the series alone takes the place and the date.
            reads=(AERIAL, SENTINEL2) if sizes.reads_series else (AERIAL,),
            uses=tuple(sorted(HEIGHTS)) if sizes.reads_image else (),
            options=("registration",) if sizes.reads_series else (),
        )

    @property
    def sizes(self) -> ClassifierConfig:
        """Of its network."""
        return sizes_of(self.config, self.path / CONFIG_FILE)

    def build(self) -> "Classifier":
        """Of the description's sizes."""
        import torch

        from lcapp.families.classifier.network import Classifier

        try:
            # Drawing the weights that are overwritten must not touch the caller's generator.
            with torch.random.fork_rng(devices=[]):
                return Classifier(self.sizes)
        except (TypeError, ValueError, ZeroDivisionError, RuntimeError, AssertionError) as error:
            raise BundleError(
                f"no network can be built from these sizes: {error}", where=self.path / CONFIG_FILE
            ) from error

    def prepare(
        self, scene: Scene, rule: CloudRule, registration: bool = True
    ) -> Prepared | PreparedImage:
        """Scaled; with its months, over their exact footprint, where it reads a series."""
        if self.sizes.reads_series:
            return prepare(scene, self.config.inputs, rule, registration)
        return prepare_image(scene, self.config.inputs)

    def cost(
        self, prepared: Prepared | PreparedImage, run: Run, available_mb: float | None = None
    ) -> Cost:
        """What the widest maps take (RunError where it does not fit)."""
        needed = working_memory_mb(prepared, self.sizes)
        if available_mb is None:
            available_mb = psutil.virtual_memory().available / _MB
        if needed > available_mb:
            raise RunError(
                f"the run needs about {needed:.0f} MB of memory and {available_mb:.0f} MB are free",
                where=prepared.scene_id,
                advice="free some memory, take a smaller model or a smaller aerial image",
            )
        return Cost(evaluations=0, micro_batch=1, memory_mb=needed, units=1)

    def predict(
        self, prepared: Prepared | PreparedImage, run: Run, course: Course, wanted: Wanted
    ) -> Answer:
        """On a GPU the network runs in bfloat16."""
        from lcapp.families.classifier.run import logits

        with course.stage("classify"):
            scores = logits(self.network, prepared, run.device)
        course.step("classify")
        return Answer({"landcover": scores})


def working_memory_mb(prepared: Prepared | PreparedImage, sizes: ClassifierConfig) -> float:
    """Estimated memory of the activations; leans towards too much.

    Each stage halves the map: the first ones count. The factors count float32 maps that are alive
    at once.
    """
    pixels = float(prepared.grid.height * prepared.grid.width)
    widest = 0.0
    for one in sizes.members:
        floats = 0.0
        if one.hr:
            floats += pixels / 4 * (14 * one.hr.widths[0] + 6 * one.hr.decoder_width)
        if one.unet:
            floats += pixels * one.unet.floats_per_pixel
        if one.series and isinstance(prepared, Prepared):
            cells = prepared.series[:, 0].size  # M h w
            width = one.utae.encoder_widths[0] if one.utae else one.tconvformer.widths[0]  # type: ignore[union-attr]
            floats += 40.0 * cells * width
        widest = max(widest, floats)
    answers = pixels * sizes.classes * (2 + len(sizes.members))
    return 4 * (widest + answers) / _MB


def sizes_of(config: BundleConfig, where: object) -> ClassifierConfig:
    """The sizes in a description, and whether they fit the rest of it.

    Raises:
        BundleError: They do not, or are no sizes.
    """
    sizes = from_json(ClassifierConfig, config.network, f"{where}, network")
    scaled = dict(config.inputs.scalings)
    bands = (*config.inputs.aerial_bands, *config.inputs.series_bands)
    if unscaled := [band for band in bands if band not in scaled]:
        raise BundleError(
            f"has no scaling for {', '.join(unscaled)}",
            where=where,
            expected="one for each aerial and series band",
        )
    pairs = (
        ("classes", sizes.classes, len(TABLES[config.classes])),
        ("aerial bands", sizes.aerial_channels, len(config.inputs.aerial_bands)),
        ("series bands", sizes.series_channels, len(config.inputs.series_bands)),
    )
    for what, in_network, in_description in pairs:
        if in_network not in (None, in_description):
            raise BundleError(
                f"the network has {in_network} {what}, its description {in_description}",
                where=where,
            )
    return sizes


def _count(name: str, variant: str) -> Sequence[Count]:
    import torch

    from lcapp.families.classifier.network import Classifier

    with torch.device("meta"):  # shapes alone: no weight is drawn
        network = Classifier(VARIANTS[name][variant])
    parts: dict[str, int] = {}
    for place, member in enumerate(network.members):
        of_several = f"network {place + 1}, " if len(network.members) > 1 else ""
        for part, inside in member.named_children():
            parts[of_several + part] = sum(one.numel() for one in inside.parameters())
    return (
        *(Count(part, parameters) for part, parameters in parts.items()),
        Count("total", sum(parts.values()), COUNTS[name]),
    )


FAMILY = {
    name: Family(
        describe=lambda path: ClassifierModel.describe(read_config(path), path),
        open=ClassifierModel,
        variants=tuple(variants),
        count=partial(_count, name),
    )
    for name, variants in VARIANTS.items()
}
