"""Lightning's trainer for one phase of a run, on the machine that was asked for."""

import logging
import warnings
from pathlib import Path
from typing import Literal

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy, Strategy

from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.records import FiguresFile, ProgressLine
from lcapp.train.rounds import Rounds


def trainer_of(
    phase: str,
    course: Rounds,
    config: TrainConfig,
    machine: MachineConfig,
    out: Path,
    *,
    done: int,
    callbacks: list[L.Callback],
) -> L.Trainer:
    """A trainer that writes figures and its progress, and leaves the rest to the callbacks.

    Args:
        phase: Its name in the figures.
        course: Its rounds.
        config: Of the run.
        machine: What to train on.
        out: The run's folder.
        done: Rounds that a checkpoint has behind it; figures after them are dropped.
        callbacks: What else happens, in this order.
    """
    _quieten()
    first = done * course.per_round
    return L.Trainer(
        accelerator=machine.accelerator,
        devices=machine.devices,
        num_nodes=machine.nodes,
        strategy=_strategy(config, machine),
        precision=_precision(machine),
        sync_batchnorm=synchronises_batch_norm(machine),
        use_distributed_sampler=False,
        max_epochs=course.rounds,
        accumulate_grad_batches=config.accumulate,
        gradient_clip_val=config.optimiser.clip_norm or None,
        logger=[
            FiguresFile(out / "metrics.csv", phase, first),
            TensorBoardLogger(out, name="tensorboard", version=phase, purge_step=first),
        ],
        callbacks=[ProgressLine(phase), *callbacks],
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=out,
    )


def synchronises_batch_norm(machine: MachineConfig) -> bool:
    """Whether batch statistics are those of all processes; torch has that for GPUs alone."""
    several = machine.devices * machine.nodes > 1
    return several and machine.accelerator != "cpu" and torch.cuda.is_available()


def _strategy(config: TrainConfig, machine: MachineConfig) -> Strategy | str:
    if machine.devices * machine.nodes == 1:
        return "auto"
    losses = config.objective.losses
    whole = losses.hr and losses.sr and losses.diffusion
    return DDPStrategy(find_unused_parameters=not whole)


def _precision(machine: MachineConfig) -> Literal["32-true", "bf16-mixed"]:
    if machine.precision != "auto":
        return machine.precision
    gpu = machine.accelerator != "cpu" and torch.cuda.is_available()
    return "bf16-mixed" if gpu else "32-true"


def _quieten() -> None:
    """Keep Lightning's remarks off the terminal; its warnings stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", r"Found \d+ module\(s\) in eval mode")  # E_C, on purpose
    # Lightning 2.6 asks torch for what torch 2.15 calls otherwise.
    warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated")
