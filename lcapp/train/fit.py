"""One phase on this machine: where the plan meets Lightning."""

import logging
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from timm.layers import convert_sync_batchnorm
from torch import nn
from torch.utils.data import DataLoader, Subset

from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.data.batch import collate
from lcapp.train.data.examples import Examples
from lcapp.train.data.stream import Stream
from lcapp.train.phase import Phase
from lcapp.train.records import FiguresFile, ProgressLine
from lcapp.train.rounds import Checkpoint, Rounds

MOST_WORKERS = 8
"""Reading processes of one that trains, unless more are asked for; each keeps scenes in memory."""


@dataclass(frozen=True, eq=False)
class Setup:
    """What all phases of a run share.

    Attributes:
        config: Of the run.
        out: Its folder.
        machine: What it runs on.
        training: Scenes to train on.
        validation: Scenes held out.
        coarser: Both, of the coarser scenes, where the run asks for them.
    """

    config: TrainConfig
    out: Path
    machine: MachineConfig
    training: Examples
    validation: Examples
    coarser: tuple[Examples, Examples] | None = None

    def examples(self, phase: Phase) -> tuple[Examples, Examples]:
        """What a phase trains on, and what is held out."""
        coarser = self.coarser if phase.coarser else None
        training, validation = coarser or (self.training, self.validation)
        return replace(training, fine=phase.fine), replace(validation, fine=phase.fine)

    def checkpoint(self, phase: Phase) -> Checkpoint:
        """Where a phase goes on."""
        return Checkpoint(self.out / "checkpoints" / f"{phase.name}.ckpt")

    @property
    def visits(self) -> int:
        """Scenes that all processes together see in one iteration."""
        processes = self.machine.devices * self.machine.nodes
        return self.config.batch * self.config.accumulate * processes

    def course(self, phase: Phase) -> Rounds:
        """The rounds of a phase."""
        iterations = self.config.iterations
        if phase.passes is not None:
            iterations = -(-phase.passes * len(self.examples(phase)[0]) // self.visits)
        return Rounds.of(iterations, self.config.round)


def fit(setup: Setup, phase: Phase, *callbacks: L.Callback) -> L.Trainer:
    """Run a phase from its last checkpoint, if there is one, to its end."""
    _quieten()
    config, machine, out = setup.config, setup.machine, setup.out
    course, checkpoint = setup.course(phase), setup.checkpoint(phase)
    learner = phase.learner(course.iterations)
    if synchronises_batch_norm(machine):
        synchronise_batch_norm(learner)
    done = checkpoint.rounds_done()
    several = machine.devices * machine.nodes > 1
    trainer = L.Trainer(
        accelerator=machine.accelerator,
        devices=machine.devices,
        num_nodes=machine.nodes,
        strategy=DDPStrategy(find_unused_parameters=not phase.uses_all) if several else "auto",
        precision=_precision(machine),
        use_distributed_sampler=False,
        max_epochs=course.rounds,
        accumulate_grad_batches=config.accumulate,
        gradient_clip_val=config.optimiser.clip_norm or None,
        logger=[
            FiguresFile(out / "metrics.csv", phase.name, done * course.per_round),
            TensorBoardLogger(
                out,
                name="tensorboard",
                version=phase.name,
                purge_step=done * course.per_round,
            ),
        ],
        callbacks=[ProgressLine(phase.name), *callbacks, checkpoint],
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=out,
    )
    reading: dict[str, Any] = {
        "batch_size": config.batch,
        "collate_fn": collate,
        "num_workers": workers(machine),
        "persistent_workers": workers(machine) > 0,
        "pin_memory": _on_gpu(machine),
    }
    squares = phase.squares and config.data.square
    training, validation = setup.examples(phase)
    stream = Stream(
        len(training),
        config.seed,
        per_round=course.per_round * setup.visits,
        batch=config.batch,
        rank=trainer.global_rank,
        processes=trainer.world_size,
        whole_from=max(course.rounds - config.data.whole_rounds, 0) if squares else 0,
    )
    stream.set_epoch(done)  # Lightning fetches the first batch before it says so itself
    held_out = Subset(validation, range(trainer.global_rank, len(validation), trainer.world_size))
    trainer.fit(
        learner,
        DataLoader(training, sampler=stream, **reading),
        DataLoader(held_out, **reading),
        ckpt_path=checkpoint.path if done else None,
        weights_only=True,
    )
    return trainer


def workers(machine: MachineConfig) -> int:
    """Processes that read scenes for each that trains.

    By default none beside a CPU, whose cores train; beside a GPU, which must not wait for a scene,
    as many as there are cores for each, up to `MOST_WORKERS`.
    """
    if machine.workers is not None:
        return machine.workers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((cores or 1) // machine.devices, MOST_WORKERS) if _on_gpu(machine) else 0


def synchronises_batch_norm(machine: MachineConfig) -> bool:
    """Whether batch statistics are those of all processes; torch has that for GPUs alone."""
    return machine.devices * machine.nodes > 1 and _on_gpu(machine)


def synchronise_batch_norm(network: nn.Module) -> None:
    """Have every batch normalisation of a network ask all processes for its statistics, in place.

    Not by Lightning's flag: torch's converter, which it calls, leaves out the activation that
    timm's batch norm of MaxViT holds, and the network is another one under the same names.
    """
    convert_sync_batchnorm(network)


def _quieten() -> None:
    """Keep Lightning's remarks off the terminal; its warnings stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", r"Found \d+ module\(s\) in eval mode")  # E_C, on purpose
    # Lightning 2.6 asks torch for what torch 2.15 calls otherwise.
    warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated")


def _precision(machine: MachineConfig) -> Literal["32-true", "bf16-mixed"]:
    if machine.precision != "auto":
        return machine.precision
    return "bf16-mixed" if _on_gpu(machine) else "32-true"


def _on_gpu(machine: MachineConfig) -> bool:
    return machine.accelerator != "cpu" and torch.cuda.is_available()
