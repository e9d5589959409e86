"""A family in few lines: two convolutions over the aerial image, one map, no series.

`FAMILIES["tiny"] = "tests.families.tiny"` and `TRAINERS["tiny"] = TinyPlan` register it.
"""

from dataclasses import asdict, dataclass
from functools import partial

import torch
from safetensors.torch import save_file
from torch import nn

from lcapp.evaluate.agreement import evaluated
from lcapp.families.bundle import BundleModel
from lcapp.families.family import Answer, Family, bundle_card
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, BundleConfig, read_config
from lcapp.models.logits import to_numpy
from lcapp.prepare import prepare_image
from lcapp.prepare.inputs import InputSpec
from lcapp.record import from_json
from lcapp.sensors import AERIAL, HEIGHTS
from lcapp.train.classifier import MapClassifier
from lcapp.train.phase import Phase, Plan
from lcapp.types import Cost


@dataclass(frozen=True)
class TinySizes:
    width: int = 8


def build(sizes, bands, classes):
    inner = nn.Conv2d(bands, sizes.width, 3, padding=1)
    return nn.Sequential(inner, nn.ReLU(), nn.Conv2d(sizes.width, classes, 1))


class TinyModel(BundleModel):
    @staticmethod
    def describe(config, path, digest=""):
        return bundle_card(config, path, digest=digest, reads=(AERIAL,), uses=tuple(HEIGHTS))

    def build(self):
        sizes = from_json(TinySizes, self.config.network, self.path)
        return build(sizes, len(self.config.inputs.aerial_bands), len(self.card.table))

    def prepare(self, scene, rule, registration=True):
        return prepare_image(scene, self.config.inputs)

    def cost(self, prepared, run, available_mb=None):
        return Cost(evaluations=0, micro_batch=1, memory_mb=1.0, units=2)

    def predict(self, prepared, run, course, wanted):
        with course.stage("classify"):
            aerial = torch.from_numpy(prepared.aerial)[None].to(run.device)  # 1 C H W
            logits = to_numpy(self.network.to(run.device)(aerial)[0])
        course.step("classify")
        return Answer({"landcover": logits})


def write_tiny(folder, table, seed=0):
    """A bundle of random weights that reads three bands of an aerial image."""
    torch.manual_seed(seed)
    spec = InputSpec(aerial_bands=("red", "green", "blue"), neutral=())
    config = BundleConfig(
        *(folder.name, "tiny", asdict(TinySizes()), spec, table.name, None),
        *(False, "Initial weights.", "none needed", {}, "tiny"),
    )
    folder.mkdir()
    (folder / CONFIG_FILE).write_text(config.to_json())
    network = build(TinySizes(), len(spec.aerial_bands), len(table))
    save_file(network.state_dict(), folder / WEIGHTS_FILE)


class TinyPlan(Plan):
    variant, sizes = "tiny", TinySizes()

    def __init__(self, config, spec, table):
        super().__init__(config, spec, table)
        torch.manual_seed(config.seed)
        self.network = build(self.sizes, len(spec.aerial_bands), len(table))

    @property
    def phases(self):
        learner = partial(
            MapClassifier,
            *(self.network, lambda batch: self.network(batch.aerial), self.config),
            classes=len(self.table),
            evaluated=evaluated(self.table),
        )
        return [Phase("joint", learner, self.network, squares=True)]


FAMILY = Family(lambda path: TinyModel.describe(read_config(path), path), TinyModel)
