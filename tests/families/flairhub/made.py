"""Published architectures with made-up weights: as a file, and around a network of a test's own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from lcapp.families.family import Answer
from lcapp.families.flairhub.contents import Contents
from lcapp.families.flairhub.model import FlairHubModel, Inputs, card_of
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.types import Course, Floats, Run, Wanted
from tests.families.flairhub.test_network import IMAGES, config_of

LC_A = "FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors"
LC_G = "FLAIR-HUB_LC-G_utae.safetensors"


def small_config(name: str, modalities: list[str]) -> UPerFuseConfig:
    """A configuration of the paper, its image encoders with few channels and blocks."""
    images = {
        one: replace(IMAGES[one], width=32, depths=(1, 1, 1, 1), heads=1)
        for one in modalities
        if one in IMAGES
    }
    return config_of(name, modalities, images=images)


def write_published(path: Path, config: UPerFuseConfig) -> Path:
    """A file as IGN publishes them, its weights random with seed 0."""
    torch.manual_seed(0)
    tensors = UPerFuse(config, published=True).state_dict()
    save_file({f"model.{name}": one.contiguous() for name, one in tensors.items()}, path)
    return path


class Made(FlairHubModel):
    """A published model around another network; the name of its file tells the aerial bands."""

    def __init__(self, network: torch.nn.Module, name: str = LC_A) -> None:
        self.config = network.config
        self.card = card_of(Path(name), Contents(self.config, {}, 0), "0" * 64)
        self._made = network
        self.answers: list[Floats] = []

    @property
    def network(self) -> torch.nn.Module:
        return self._made

    def predict(self, prepared: Inputs, run: Run, course: Course, wanted: Wanted) -> Answer:
        answer = super().predict(prepared, run, course, wanted)
        self.answers += map(np.asarray, answer.logits.values())
        return answer
