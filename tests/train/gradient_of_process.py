"""One process of a data-parallel step: run by test_processes.py, not by pytest.

Arguments: folder of scenes, rank, number of processes, file for rendezvous, file for the gradients.
"""

import sys
from dataclasses import fields, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.windows import BatchWindow
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig, ObjectiveConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.objective import objective


class Step(nn.Module):
    """The network and its total loss as one module, which is what DDP wraps."""

    def __init__(self) -> None:
        super().__init__()
        # Twice the digits: the random network's gradients reach hundreds, and rounding with them.
        self.network = build(VARIANTS["demo"], seed=0).double().eval()
        self.network.encoder_c.requires_grad_(False)

    def forward(self, batch: Batch) -> Tensor:
        schedule, config = CosineSchedule(DiffusionConfig()), ObjectiveConfig()
        terms = objective(self.network, batch, schedule, config).terms
        return terms.total(config.losses).mean()


def scenes(folder: Path) -> Batch:
    """Four scenes; the first lacks a month and the last has only the one of the aerial image."""
    collection = open_collection(folder)
    data = DataConfig(str(folder))
    draws = Draws(0, 500, per_month=False, augment=True, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    batch = collate([examples[place, 0] for place in range(4)])
    present = batch.present.clone()
    present[0, 1] = False
    present[3] = False
    present[3, batch.nearest[3]] = True
    wide = {
        one.name: value.double()
        for one in fields(batch)
        if isinstance(value := getattr(batch, one.name), Tensor) and value.is_floating_point()
    }
    return replace(batch, **wide | {"present": present})


def share(batch: Batch, rank: int, processes: int) -> Batch:
    """The scenes of one process."""
    size = len(batch.scene_ids) // processes
    mine = slice(rank * size, (rank + 1) * size)

    def cut(value: object) -> object:
        if value is None:
            return None
        if isinstance(value, BatchWindow):
            return BatchWindow(value.rows[mine], value.cols[mine])
        if isinstance(value, tuple) and isinstance(value[0], BatchWindow):
            return tuple(cut(one) for one in value)
        return value[mine]

    return Batch(**{one.name: cut(getattr(batch, one.name)) for one in fields(batch)})


def main() -> None:
    folder, rank, processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{sys.argv[4]}", rank=rank, world_size=processes
    )
    step = DistributedDataParallel(Step())
    step(share(scenes(folder), rank, processes)).backward()
    if rank == 0:
        named = step.module.named_parameters()
        torch.save({n: p.grad for n, p in named if p.requires_grad}, sys.argv[5])
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
