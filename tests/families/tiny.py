"""A family in few lines: two convolutions over the aerial image, one map, no series.

`FAMILIES["tiny"] = "tests.families.tiny"` and `TRAINERS["tiny"] = TinyPlan` register it.
"""

from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from lcapp.evaluate.agreement import evaluated
from lcapp.families.bundle import BundleModel
from lcapp.families.family import Answer, Family, bundle_card
from lcapp.hub.config import read_config
from lcapp.models.logits import to_numpy
from lcapp.prepare import prepare_image
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
