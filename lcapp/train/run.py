"""A whole training run, from a folder of scenes to a bundle that the app opens (paper, 4.2).

The run's folder holds `config.json`, `metrics.csv`, `tensorboard/`, `pictures/`, `checkpoints/`,
`pretrained.safetensors` (E_C after phase 1), `denoiser.safetensors` where eps_w had a phase of its
own and, after each round of the joint phase, `bundle/`. Training
into the same folder again goes on where the last checkpoint was written; other settings are
refused there.
"""

import logging
import warnings
from pathlib import Path
from typing import Literal

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy, Strategy
from safetensors.torch import save
from torch.utils.data import DataLoader, Subset

from lcapp.classes import FLAIR2
from lcapp.errors import RunError
from lcapp.evaluate.agreement import evaluated
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS, with_options
from lcapp.files import write_file
from lcapp.hub.weights import check_keys, read_tensors
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.aerial import AerialTraining
from lcapp.train.checks import check
from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.data.batch import collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples, scenes_of, spread_over
from lcapp.train.data.stream import Stream
from lcapp.train.folder import begin, is_begun
from lcapp.train.learner import Learner
from lcapp.train.records import FiguresFile, ProgressLine
from lcapp.train.rounds import Bundles, Checkpoint, Rounds
from lcapp.train.tsrdiff.denoising import Denoising
from lcapp.train.tsrdiff.first_weights import start_hr_branch
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.pretraining import Pretraining

ENCODER_FILE = "pretrained.safetensors"
DENOISER_FILE = "denoiser.safetensors"
PRETRAINING, DENOISING = "pretraining", "denoising"
"""Names of phases in the run's figures and checkpoints."""
TABLE = FLAIR2
"""The classes that the paper trains on."""


class Run:
    """One training run in its folder.

    Args:
        config: What to train.
        out: The run's folder; new, empty, or of a run with the same settings.
        machine: What to train on.

    Raises:
        RunError: The folder or the settings do not allow it.
        SceneError: The scenes do not.
    """

    def __init__(self, config: TrainConfig, out: Path, machine: MachineConfig) -> None:
        check(config, machine)
        self.config, self.out, self.machine = config, out, machine
        self.spec = InputSpec()
        processes = machine.devices * machine.nodes
        self._visits = config.batch * config.accumulate * processes
        collection = open_collection(config.data.collection)
        self.simulated = collection.simulated
        self.training, self.validation = (
            Examples(collection, ids, self.spec, TABLE, config.data, self._draws())
            for ids in (
                scenes_of(collection, "train", config.data),
                spread_over(
                    scenes_of(collection, "validation", config.data),
                    config.data.validation_scenes,
                ),
            )
        )
        if len(self.validation) < processes:
            raise RunError(
                f"{len(self.validation)} validation scenes for {processes} processes",
                expected="at least one for each",
                advice="hold out more scenes, or use fewer processes",
            )
        begun = is_begun(out, config)
        # Before the folder is claimed, and before hours of phase 1: a Hub out of reach, or weights
        # of another size, are known at once.
        self._network = self._build(
            with_first_weights=not self._checkpoint(self._main_phase).rounds_done()
        )
        if config.phases_from and self._network.config.reads_series:
            self._check_phases(Path(config.phases_from))
        if not begun:
            begin(out, config)

    def train(self) -> Path:
        """Run what is left of all phases; returns the folder of the bundle.

        The aerial baseline has nothing to pre-train.
        """
        network = self._network
        reads_series = network.config.reads_series
        if reads_series:
            self._before_joint()
        course = Rounds.of(self.config.iterations, self.config.round)
        kind = JointTraining if reads_series else AerialTraining
        learner = kind(network, self.config, course.iterations, evaluated(TABLE))
        bundles = Bundles(self.out, self.config, self.spec, TABLE, self.simulated, self.validation)
        self._fit(learner, self._main_phase, course, [bundles])
        return self.out / "bundle"

    @property
    def _main_phase(self) -> str:
        return "aerial" if self.config.network.fusion == "none" else "joint"

    def _check_phases(self, other: Path) -> None:
        """Whether the other run has what this one takes from it, in its sizes."""
        network, config = self._network, self.config
        for passes, part, name in (
            (config.pretrain_passes, network.encoder_c, ENCODER_FILE),
            (config.denoiser_passes, network.denoiser, DENOISER_FILE),
        ):
            if not passes or (self.out / name).is_file():
                continue
            if not (other / name).is_file():
                raise RunError(
                    f"has no {name}",
                    where=other,
                    expected="a run that has been through the phases that this one leaves out",
                    advice="let it get there, or train without --phases-from",
                )
            check_keys(part.state_dict(), read_tensors(other / name), other / name)

    def _before_joint(self) -> None:
        """E_C, and eps_w where it is to learn first: from their files, or trained into them."""
        network, config = self._network, self.config
        if config.pretrain_passes:
            encoder = self._phase_file(ENCODER_FILE)
            if not encoder.is_file():
                self._pretrain(encoder)
            _load(network.encoder_c, encoder)
            network.start_encoder_sr()
        if config.diffusion.residual_deviation:
            network.denoiser.start_at_zero()
        if config.denoiser_passes:
            denoiser = self._phase_file(DENOISER_FILE)
            if not denoiser.is_file():
                course = self._course(config.denoiser_passes)
                learner = Denoising(network, config, course.iterations)
                self._keep(network.denoiser, denoiser, self._fit(learner, DENOISING, course, []))
            _load(network.denoiser, denoiser)

    def _phase_file(self, name: str) -> Path:
        """Where this run keeps what a phase has taught; another run's is brought there."""
        file = self.out / name
        if self.config.phases_from and not file.is_file():
            write_file(file, (Path(self.config.phases_from) / name).read_bytes())
        return file

    def _pretrain(self, encoder: Path) -> None:
        """Phase 1, into `encoder`."""
        course = self._course(self.config.pretrain_passes)
        network = self._build(pretrain_head=True)
        learner = Pretraining(network, self.config, course.iterations, evaluated(TABLE))
        self._keep(network.encoder_c, encoder, self._fit(learner, PRETRAINING, course, []))

    def _course(self, passes: int) -> Rounds:
        """So many passes over the scenes."""
        iterations = -(-passes * len(self.training) // self._visits)
        return Rounds.of(iterations, self.config.round)

    def _keep(self, part: torch.nn.Module, file: Path, trainer: L.Trainer) -> None:
        """Write what a phase has taught, once for all processes."""
        if trainer.is_global_zero:
            tensors = {k: v.cpu().contiguous() for k, v in part.state_dict().items()}
            write_file(file, save(tensors))
        trainer.strategy.barrier()

    def _build(self, *, pretrain_head: bool = False, with_first_weights: bool = False) -> TSRDiff:
        options = self.config.network
        sizes = with_options(
            VARIANTS[options.variant],
            fusion=options.fusion,
            pooling=options.temporal_pooling,
            decoder=options.decoder,
        )
        network = build(sizes, self.config.seed, pretrain_head=pretrain_head)
        if with_first_weights:
            start_hr_branch(network, options.hr_init, self.spec, TABLE)
        return network

    def _whole_from(self, phase: str, course: Rounds) -> int:
        """The first round of a phase that sees whole scenes."""
        data = self.config.data
        # E_C reads the crop of the series as a whole: a square of the tile would save little.
        if phase in (PRETRAINING, DENOISING) or not data.square:
            return 0
        return max(course.rounds - data.whole_rounds, 0)

    def _checkpoint(self, phase: str) -> Checkpoint:
        return Checkpoint(self.out / "checkpoints" / f"{phase}.ckpt")

    def _fit(
        self, learner: Learner, phase: str, course: Rounds, callbacks: list[L.Callback]
    ) -> L.Trainer:
        """Run a phase from its last checkpoint, if there is one."""
        _quieten()
        checkpoint = self._checkpoint(phase)
        done = checkpoint.rounds_done()
        trainer = L.Trainer(
            accelerator=self.machine.accelerator,
            devices=self.machine.devices,
            num_nodes=self.machine.nodes,
            strategy=self._strategy(),
            precision=_precision(self.machine),
            sync_batchnorm=synchronises_batch_norm(self.machine),
            use_distributed_sampler=False,
            max_epochs=course.rounds,
            accumulate_grad_batches=self.config.accumulate,
            gradient_clip_val=self.config.optimiser.clip_norm or None,
            logger=[
                FiguresFile(self.out / "metrics.csv", phase, done * course.per_round),
                TensorBoardLogger(
                    self.out,
                    name="tensorboard",
                    version=phase,
                    purge_step=done * course.per_round,
                ),
            ],
            callbacks=[ProgressLine(phase), *callbacks, checkpoint],
            log_every_n_steps=1,
            num_sanity_val_steps=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=self.out,
        )
        stream = Stream(
            len(self.training),
            self.config.seed,
            per_round=course.per_round * self._visits,
            batch=self.config.batch,
            rank=trainer.global_rank,
            processes=trainer.world_size,
            whole_from=self._whole_from(phase, course),
        )
        stream.set_epoch(done)  # Lightning fetches the first batch before it says so itself
        workers = self.machine.workers
        loader = DataLoader(
            self.training,
            batch_size=self.config.batch,
            sampler=stream,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
        )
        held_out = Subset(
            self.validation,
            range(trainer.global_rank, len(self.validation), trainer.world_size),
        )
        trainer.fit(
            learner,
            loader,
            DataLoader(held_out, batch_size=self.config.batch, collate_fn=collate),
            ckpt_path=checkpoint.path if done else None,
            weights_only=True,
        )
        return trainer

    def _draws(self) -> Draws:
        config = self.config
        return Draws(
            config.seed,
            config.diffusion.train_steps,
            per_epoch=config.objective.noise == "epoch",
            augment=config.data.augment,
            few_step_share=config.objective.few_step_share,
            noise_draws=config.objective.noise_draws,
            neutral_share=config.data.neutral_share,
        )

    def _strategy(self) -> Strategy | str:
        if self.machine.devices * self.machine.nodes == 1:
            return "auto"
        losses = self.config.objective.losses
        whole = losses.hr and losses.sr and losses.diffusion
        return DDPStrategy(find_unused_parameters=not whole)


def _load(part: torch.nn.Module, file: Path) -> None:
    tensors = read_tensors(file)
    check_keys(part.state_dict(), tensors, file)
    part.load_state_dict(tensors)


def synchronises_batch_norm(machine: MachineConfig) -> bool:
    """Whether batch statistics are those of all processes; torch has that for GPUs alone."""
    several = machine.devices * machine.nodes > 1
    return several and machine.accelerator != "cpu" and torch.cuda.is_available()


def _quieten() -> None:
    """Keep Lightning's remarks off the terminal; its warnings stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", r"Found \d+ module\(s\) in eval mode")  # E_C, on purpose
    # Lightning 2.6 asks torch for what torch 2.15 calls otherwise.
    warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated")


def _precision(machine: MachineConfig) -> Literal["32-true", "bf16-mixed"]:
    if machine.precision != "auto":
        return machine.precision
    gpu = machine.accelerator != "cpu" and torch.cuda.is_available()
    return "bf16-mixed" if gpu else "32-true"
