"""All settings of a training run; written beside its results as `config.json`. Imports no torch."""

from dataclasses import dataclass, field
from typing import Literal

from lcapp.diffusion.config import DiffusionConfig
from lcapp.record import setting
from lcapp.types import AUTOMATIC, Units

NoiseNorm = Literal["l1", "l2", "unit"]
Target = Literal["paper", "truth", "reduced"]
ClassLoss = Literal["focal", "cross-entropy+dice"]

TERMS = ("hr", "sr", "diffusion", "radiometric", "gradient", "temporal", "spectral")
"""The losses of eq. 7 and 9, by their names in `LossConfig`."""


@dataclass(frozen=True)
class NetworkOptions:
    """The choices of the paper's ablations that change the network (Table 4; METHOD.md section 3).

    Attributes:
        fusion: `concat` is the paper's Base+CWC, `add` its Base.
        decoder: None is the variant's own.
        guide: What eps_w sees beside z: nothing, as in the paper, or the aerial image, the month
            at tau_HR, and guided upsampling.
        init: Parts of the bundle that have the same sizes are where this run begins: E_C, eps_w,
            E_SR, HR branch, fusion.
        hr_init: Of other image branches ImageNet's alone. A bundle is named by its name, folder, or
            id on the Hub; its HR branch has the same sizes, as MaxViT's has.
    """

    variant: str = setting("tiny", help="size of the network, as its family names them")
    fusion: Literal["attention", "concat", "add"] = setting(
        "attention", help="of aerial image and series (Table 4)"
    )
    temporal_pooling: Literal["mean", "attention"] = setting(
        "mean", option="pooling", help="how E_SR merges its months"
    )
    decoder: Literal["unetformer", "concat"] | None = setting(
        None, help="of the HR branch (default: the variant's)"
    )
    guide: Literal["none", "aerial"] = setting("none", help="what eps_w sees beside z")
    init: str = setting("", help="bundle that gives the parts of equal sizes their first weights")
    hr_init: str = setting(
        "random",
        help="first weights of the image branch: random, imagenet (size paper), or a bundle's",
    )


@dataclass(frozen=True)
class DataConfig:
    """Which scenes, and what is made of them.

    Attributes:
        collection: Folder of the scenes.
        align: `affine` brings the aerial image to the series' radiometry before the residual is
            formed (METHOD.md section 2).
        augment: The eight flips and turns (paper, 5.2).
        registration: Lay the dates of the series onto each other and onto the aerial image, as in
            use.
        validation_scenes: Each round samples the series of all of them: of FLAIR #2's 13 000 it
            would take longer than the round.
        square: Each visit sees another one. The phases before the last, and validation, see whole
            scenes.
        whole_rounds: In a square, attention never meets the distances of a whole tile.
        unguided_share: So a guided eps_w learns to do without the guide as well.
        disturbed_share: In these visits the guide does not lie where the series does, has other
            colours, shadows and objects elsewhere (`train.data.disturbance`).
        neutral_share: So the network learns to do without the bands that a scene may lack; the
            paper's scenes have them all.
        units: What the numbers of the files mean, as for `open_collection`.
    """

    collection: str
    validation_domains: tuple[str, ...] = setting(
        (), help="domains held out; none: the data set's official ones"
    )
    exclude: tuple[str, ...] = setting((), help="ids of scenes to leave out")
    align: Literal["affine", "none"] = setting(
        "affine", help="radiometry of the aerial image; none is the paper's"
    )
    augment: bool = setting(True, help="without flips and turns")
    registration: bool = setting(True, help="leave Sentinel-2 where it lies", later=True)
    validation_scenes: int = setting(
        200, low=0, help="held-out scenes of a validation, spread over their list; 0: all"
    )
    square: int = setting(0, help="train on squares of so many aerial pixels; 0: whole scenes")
    whole_rounds: int = setting(1, low=0, help="last rounds that see whole scenes all the same")
    neutral_share: float = setting(0.0, low=0, high=1, help="visits without the nDSM, 0..1")
    unguided_share: float = setting(0.15, low=0, high=1, help="visits without the guide, 0..1")
    disturbed_share: float = setting(0.5, low=0, high=1, help="visits with a disturbed guide, 0..1")
    cached_scenes: int = setting(64, low=1, help="prepared scenes that a process keeps (7 MB each)")
    units: Units = setting(AUTOMATIC, later=True)


@dataclass(frozen=True)
class LossConfig:
    """Weights of eq. 7 and 9, the paper's by default; a term of weight 0 is switched off.

    Attributes:
        hr: L_HR, classification at the resolution of the aerial image.
        sr: L_SR, classification on the SR grid.
        reconstruction: L_R, the sum of the five below.
        diffusion: L_D, noise at tau_HR.
        radiometric: L_C, values at tau_HR.
        gradient: L_grad, gradient magnitudes at tau_HR.
        temporal: L_T, gradient magnitudes of neighbouring months.
        spectral: L_S, values on the LR grid.
        noise_norm: The best answer by L1 is the median of the noise, by `l2` its mean: where detail
            is sparse, the median leaves samples too smooth. `unit` is l2 in units of what the
            network is asked for (`CosineSchedule.noise`): the noisiest steps count as well.
        classes: Of a class map, wherever one is learnt: the paper's, or LF-DLM's.
        gamma: Focusing parameter of eq. 8.
        label_smoothing: Share of the target spread over the other classes.
        weight_by_signal: Scale what flows back to the denoiser through x0 by abar_k (METHOD.md
            section 6, fault 1); the values of the losses stay.
    """

    hr: float = setting(0.7, low=0)
    sr: float = setting(0.3, low=0)
    reconstruction: float = setting(1.0, low=0)
    diffusion: float = setting(0.6, low=0)
    radiometric: float = setting(0.5, low=0)
    gradient: float = setting(0.7, low=0)
    temporal: float = setting(0.3, low=0)
    spectral: float = setting(0.5, low=0)
    noise_norm: NoiseNorm = setting("l1", help="of L_D; the paper's is l1")
    classes: ClassLoss = setting(
        "focal", option="loss", help="of the class maps; the paper's is focal", later=True
    )
    gamma: float = setting(2.0, low=0)
    label_smoothing: float = setting(0.0, low=0, high=0.99)
    weight_by_signal: bool = True


@dataclass(frozen=True)
class ObjectiveConfig:
    """How a training step is formed (METHOD.md sections 5 and 6).

    Attributes:
        losses: Terms and weights.
        targets: What a month is to become: the aerial image, as `residual` says; where a
            collection knows it (simulated ones do) what it really looked like; or, at a coarser
            scale, what was measured (`prepare.reduced`), which takes patches side by side.
        denoiser: `frozen`: eps_w stays as it is, and the classifiers learn on few-step samples
            alone; no other loss is computed.
        residual: `aerial` is x0^D - x_u; `high-pass` is x0^D - up(D(x0^D)), which leaves a month
            its season.
        noise_draws: The paper has 1. Those beyond the first cost one image of the denoiser each,
            not a year, and reach L_D alone.
        few_step_share: In these visits E_SR reads, as it does in use, a few-step sample made
            without gradient in place of the one-step estimate.
        sampler: Of that sample, and of the validation.
        validation_steps: Denoising steps of the validation's full samples.
    """

    losses: LossConfig = field(default_factory=LossConfig)
    targets: Target = setting(
        "paper",
        help="what eps_w learns to make; truth: simulated months; reduced: measured ones, coarser",
    )
    denoiser: Literal["joint", "frozen"] = setting(
        "joint", help="whether eps_w learns on in the last phase"
    )
    residual: Literal["aerial", "high-pass"] = setting(
        "aerial", help="what months other than tau_HR are to become; the paper's is aerial"
    )
    noise: Literal["scene", "month"] = setting(
        "scene", help="what has one k and noise image; the paper's is scene"
    )
    noise_draws: int = setting(1, low=1, help="draws of k that L_D is the mean over")
    detach_sr: bool = setting(False, help="classifiers do not train eps_w")
    few_step_share: float = setting(0.0, low=0, high=1, help="visits with few-step samples, 0..1")
    few_steps: int = setting(4, help="denoising steps of these samples")
    sampler: str = setting("ddim", help="of these samples, and of the validation's")
    validation_steps: int = setting(10, low=1, help="denoising steps of the validation's samples")

    @property
    def knows_months(self) -> bool:
        """Every month is compared with, not that of the aerial image alone."""
        return self.targets != "paper"


@dataclass(frozen=True)
class OptimiserConfig:
    """Optimiser and its course.

    Attributes:
        weight_decay: Of matrices and kernels; norms, biases and position tables have none. Adam's
            is added to the gradient, AdamW's taken off the weights.
        warmup: At most a tenth of the phase.
        decay: Course after that: down a half cosine to a hundredth, down a polynomial of power 0.9
            to a thousandth (LF-DLM), or constant.
    """

    name: Literal["adamw", "adam"] = setting(
        "adamw", option="optimiser", help="the paper's is adam"
    )
    learning_rate: float = setting(1e-4, low=0, help="its highest value; the paper's is 1e-3")
    denoiser_factor: float = setting(1.0, low=0, help="of eps_w's learning rate")
    weight_decay: float | None = setting(
        None, low=0, help="of weights to 0 (default: 0.01 with adamw, 0 with adam)"
    )
    warmup: int = setting(200, low=0, help="iterations in which the learning rate rises from 0")
    decay: Literal["cosine", "polynomial", "constant"] = setting(
        "cosine", help="of the learning rate after that"
    )
    clip_norm: float = setting(1.0, low=0, help="bound on the norm of the whole gradient; 0: none")

    @property
    def decay_of_weights(self) -> float:
        """Where none is asked for, AdamW has torch's own and Adam, as in the paper, none."""
        if self.weight_decay is not None:
            return self.weight_decay
        return 0.01 if self.name == "adamw" else 0.0


@dataclass(frozen=True)
class MachineConfig:
    """What it runs on; may differ between the parts of one run."""

    accelerator: Literal["auto", "cpu", "gpu"] = setting("auto", help="what trains")
    devices: int = setting(1, low=1, help="GPUs of each machine, or processes on its CPUs")
    nodes: int = setting(1, low=1, help="machines")
    precision: Literal["auto", "32-true", "bf16-mixed"] = setting(
        "auto", help="auto is bfloat16 where there is a GPU, else float32"
    )
    workers: int | None = setting(
        None,
        low=0,
        help="processes that read scenes for each that trains; 0: it reads them itself "
        "(default: 0 beside a CPU, up to 8 beside a GPU)",
    )


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        data: Scenes.
        network: Network; what other families than `tsrdiff` have no use for, they leave.
        objective: Losses and what they compare.
        optimiser: Optimiser of all phases.
        diffusion: Schedule.
        batch: One scene alone has no batch statistics in D_SR's pools.
        pretrain_passes: The paper has 30.
        denoiser_passes: The paper has none.
        consistency_passes: The paper has none.
        iterations: The paper has up to 400 000. With 0 the last phase is left out, and the bundle
            holds what the phases before taught beside the parts of `network.init`.
        round: Each ends with a validation, a picture and a bundle.
    """

    data: DataConfig
    network: NetworkOptions = field(default_factory=NetworkOptions)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    seed: int = setting(0, help="of everything that is random")
    batch: int = setting(8, low=2, help="scenes at once in each process")
    accumulate: int = setting(1, low=1, help="batches before the weights change")
    pretrain_passes: int = setting(30, low=0, help="passes of E_C's pre-training")
    denoiser_passes: int = setting(0, low=0, help="passes in which eps_w then learns L_D alone")
    consistency_passes: int = setting(
        0, low=0, help="passes in which it then learns to answer in one step"
    )
    phases_from: str = setting(
        "", help="run that gives E_C and eps_w of the phases that it has been through"
    )
    iterations: int = setting(400_000, low=0, help="changes of the weights in the last phase")
    round: int = setting(1000, low=1, help="iterations between two checkpoints")
    family: str = setting("tsrdiff", help="of the network, see lcapp.train.run.TRAINERS")
