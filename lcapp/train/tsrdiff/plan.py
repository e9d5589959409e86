"""The plan of TSRDiff's training: E_C, then eps_w where it is asked for, then all else (4.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from torch import Tensor

from lcapp.classes import ClassTable
from lcapp.diffusion.samplers import timesteps
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import RunError
from lcapp.evaluate.agreement import evaluated
from lcapp.families.door import locate
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import sizes_of
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import BY_FAMILY, with_options
from lcapp.families.tsrdiff.weights import for_prediction
from lcapp.hub.config import read_config
from lcapp.prepare import InputSpec
from lcapp.train.config import TERMS, TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.first_weights import start_image_branch
from lcapp.train.learner import Learner
from lcapp.train.phase import Phase, Plan
from lcapp.train.tsrdiff.denoising import Consistency, Denoising
from lcapp.train.tsrdiff.first_weights import origins, start_from
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.pictures import write_picture
from lcapp.train.tsrdiff.pretraining import Pretraining

ENCODER_FILE = "pretrained.safetensors"
DENOISER_FILE = "denoiser.safetensors"
CONSISTENCY_FILE = "consistency.safetensors"


class TSRDiffPlan(Plan):
    """E_C, eps_w where it is asked for, and all else."""

    def __init__(self, config: TrainConfig, spec: InputSpec, table: ClassTable) -> None:
        super().__init__(config, spec, table)
        _check(config)
        options = config.network
        sizes = with_options(
            BY_FAMILY[config.family][options.variant],
            fusion=options.fusion,
            pooling=options.temporal_pooling,
            decoder=options.decoder,
            guide=options.guide,
        )
        if options.init:  # its fusion has learnt where it takes the pixels to lie
            folder = locate(options.init)
            begun = sizes_of(read_config(folder), folder)
            sizes = replace(sizes, fusion=replace(sizes.fusion, centres=begun.fusion.centres))
        diffusion = config.diffusion
        if config.consistency_passes:
            diffusion = replace(diffusion, sampler="consistency", steps=1)
        if config.objective.denoiser == "frozen" and config.iterations:
            # The samples that E_SR has learnt to read, and no others.
            objective = config.objective
            diffusion = replace(diffusion, sampler=objective.sampler, steps=objective.few_steps)
        self.variant, self.sizes, self.diffusion = options.variant, sizes, diffusion
        self.network: TSRDiff = build(sizes, config.seed)
        self._taken: tuple[str, ...] = ()  # parts that a bundle has given
        if config.diffusion.residual_deviation:
            self.network.denoiser.start_at_zero()

    @property
    def phases(self) -> Sequence[Phase]:
        """In their order."""
        network, config = self.network, self.config
        phases = []
        if config.pretrain_passes:
            phases.append(
                Phase(
                    "pretraining",
                    self._pretraining,
                    network.encoder_c,
                    config.pretrain_passes,
                    ENCODER_FILE,
                    taught=self._start_encoder_sr,
                    fine=False,
                )
            )
        if config.denoiser_passes:
            phases.append(
                Phase(
                    "denoising",
                    partial(Denoising, network, config),
                    network.denoiser,
                    config.denoiser_passes,
                    DENOISER_FILE,
                    fine=False,
                    coarser=True,
                )
            )
        if config.consistency_passes:
            phases.append(
                Phase(
                    "consistency",
                    partial(Consistency, network, config),
                    network.denoiser,
                    config.consistency_passes,
                    CONSISTENCY_FILE,
                    fine=False,
                    coarser=True,
                )
            )
        joint = partial(JointTraining, network, config, evaluated=evaluated(self.table))
        return [*phases, self._last("joint", joint)]

    def start(self) -> None:
        """First weights of the parts that a bundle has, and of the HR branch."""
        options = self.config.network
        if options.init:
            self._taken = start_from(self.network, options.init, self.spec, self.table)
        start_image_branch(self.network, options.hr_init, self.spec, self.table)

    def origins(self) -> str:
        """Of the HR branch and of phases that another run went through."""
        return origins(self.network, self.config)

    def kept(self) -> Mapping[str, Tensor]:
        """Without what only training needs."""
        return for_prediction(self.network)

    def _last(self, name: str, learner: Callable[[int], Learner]) -> Phase:
        losses = self.config.objective.losses
        return Phase(
            name,
            learner,
            self.network,
            squares=True,
            uses_all=bool(losses.hr and losses.sr and losses.diffusion)
            and self.config.objective.denoiser == "joint",
            draw=self._draw,
        )

    def _start_encoder_sr(self) -> None:
        """A copy of E_C, as in the paper, unless a bundle has given E_SR weights of its own."""
        if "encoder_sr" not in self._taken:
            self.network.start_encoder_sr()

    def _pretraining(self, iterations: int) -> Learner:
        headed = build(self.network.config, self.config.seed, pretrain_head=True)
        headed.encoder_c = self.network.encoder_c
        return Pretraining(headed, self.config, iterations, evaluated(self.table))

    def _draw(self, path: Path, learner: JointTraining, batch: Batch) -> None:
        write_picture(path, learner, batch, self.spec, self.table)


def _check(config: TrainConfig) -> None:
    variants = BY_FAMILY[config.family]
    if config.network.variant not in variants:
        raise RunError(
            f"there is no size {config.network.variant!r}", expected=" or ".join(sorted(variants))
        )
    losses = config.objective.losses
    reconstruction = losses.reconstruction and any(getattr(losses, term) for term in TERMS[2:])
    if not (losses.hr or losses.sr or reconstruction):
        raise RunError("every loss is switched off", expected="at least one loss with a weight")
    schedule, objective = CosineSchedule(config.diffusion), config.objective
    if not config.diffusion.residual_deviation:
        wanting = {
            "--noise-norm unit": losses.noise_norm == "unit",
            "--consistency-passes": config.consistency_passes > 0,
        }
        for option in (name for name, asked in wanting.items() if asked):
            raise RunError(
                f"{option} without a deviation of the residual",
                expected="--residual-deviation above 0, for instance 0.3",
            )
    if not config.iterations and not config.network.init:
        raise RunError(
            "0 iterations and no first weights: the maps would mean nothing",
            expected="--init BUNDLE, whose parts are kept, or at least 1 iteration",
        )
    if config.diffusion.base == "guided" and config.network.guide == "none":
        raise RunError(
            "a residual of guided upsampling for an eps_w that has no guide",
            expected="--guide aerial with --base guided",
        )
    if objective.targets == "reduced" and objective.denoiser == "joint" and config.iterations:
        raise RunError(
            "--targets reduced for an eps_w that learns on beside the classifiers",
            expected="--denoiser frozen, or --iterations 0",
            advice="let eps_w learn at the coarser scale in its own phase: --denoiser-passes",
        )
    timesteps(schedule, objective.sampler, objective.validation_steps)
    if objective.few_step_share:
        timesteps(schedule, objective.sampler, objective.few_steps)
