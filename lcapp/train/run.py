"""A whole training run, from a folder of scenes to a bundle that the app opens (paper, 4.2).

The run's folder holds `config.json`, `metrics.csv`, `tensorboard/`, `pictures/`, `checkpoints/`,
the files of `phases` and, after each round of the joint phase, `bundle/`. Training into the same
folder again goes on where the last checkpoint was written; other settings are refused there.
"""

from pathlib import Path

import lightning as L
from torch.utils.data import DataLoader, Subset

from lcapp.classes import FLAIR2
from lcapp.errors import RunError
from lcapp.evaluate.agreement import evaluated
from lcapp.models import TSRDiff
from lcapp.models.catalogue import VARIANTS, build, with_options
from lcapp.prepare import InputSpec
from lcapp.scene import open_collection
from lcapp.train.aerial import AerialTraining
from lcapp.train.batch import collate
from lcapp.train.checks import check
from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.denoising import Denoising
from lcapp.train.draws import Draws
from lcapp.train.examples import Examples, scenes_of, spread_over
from lcapp.train.first_weights import start_hr_branch
from lcapp.train.folder import begin, is_begun
from lcapp.train.joint import JointTraining
from lcapp.train.learner import Learner
from lcapp.train.phases import DENOISING, PRETRAINING, Phase
from lcapp.train.pretraining import Pretraining
from lcapp.train.rounds import Bundles, Checkpoint, Rounds
from lcapp.train.stream import Stream
from lcapp.train.trainer import trainer_of

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
        for phase in (PRETRAINING, DENOISING):
            if phase.passes(self.config) and not (self.out / phase.file).is_file():
                phase.check(self._network, other)

    def _before_joint(self) -> None:
        """E_C, and eps_w where it is to learn first: from their files, or trained into them."""
        network, config = self._network, self.config
        if config.pretrain_passes:
            if not self._is_through(PRETRAINING):
                self._pretrain()
            PRETRAINING.load(network, self.out)
            network.start_encoder_sr()
        if config.diffusion.residual_deviation:
            network.denoiser.start_at_zero()
        if config.denoiser_passes:
            if not self._is_through(DENOISING):
                self._denoise()
            DENOISING.load(network, self.out)

    def _is_through(self, phase: Phase) -> bool:
        """Whether this run has what a phase teaches; another run's is taken, if it is to be."""
        there = (self.out / phase.file).is_file()
        if not there and self.config.phases_from:
            phase.take(self.out, Path(self.config.phases_from))
            return True
        return there

    def _pretrain(self) -> None:
        """E_C learns in a network of its own, which has the head for it."""
        course = self._course(self.config.pretrain_passes)
        network = self._build(pretrain_head=True)
        learner = Pretraining(network, self.config, course.iterations, evaluated(TABLE))
        trainer = self._fit(learner, PRETRAINING.name, course, [])
        PRETRAINING.keep(network, self.out, trainer)

    def _denoise(self) -> None:
        """eps_w learns in the network that the joint training goes on with."""
        course = self._course(self.config.denoiser_passes)
        learner = Denoising(self._network, self.config, course.iterations)
        trainer = self._fit(learner, DENOISING.name, course, [])
        DENOISING.keep(self._network, self.out, trainer)

    def _course(self, passes: int) -> Rounds:
        """So many passes over the scenes."""
        iterations = -(-passes * len(self.training) // self._visits)
        return Rounds.of(iterations, self.config.round)

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
        if phase in (PRETRAINING.name, DENOISING.name) or not data.square:
            return 0
        return max(course.rounds - data.whole_rounds, 0)

    def _checkpoint(self, phase: str) -> Checkpoint:
        return Checkpoint(self.out / "checkpoints" / f"{phase}.ckpt")

    def _fit(
        self, learner: Learner, phase: str, course: Rounds, callbacks: list[L.Callback]
    ) -> L.Trainer:
        """Run a phase from its last checkpoint, if there is one."""
        checkpoint = self._checkpoint(phase)
        done = checkpoint.rounds_done()
        trainer = trainer_of(
            phase,
            course,
            self.config,
            self.machine,
            self.out,
            done=done,
            callbacks=[*callbacks, checkpoint],
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
