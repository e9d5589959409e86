"""All settings of a training run; written beside its results as `config.json`. Imports no torch."""

from dataclasses import dataclass, field
from typing import Literal

from lcapp.diffusion.config import DiffusionConfig, SamplerName

NoiseNorm = Literal["l1", "l2"]


@dataclass(frozen=True)
class NetworkOptions:
    """The choices of the paper's ablations that change the network (Table 4; METHOD.md section 3).

    Attributes:
        variant: Size, a key of `models.catalogue.VARIANTS`.
        fusion: Cross-attention, or the paper's `concat` (Base+CWC) and `add` (Base); `none` is the
            aerial baseline, which trains the HR branch alone by L_HR.
        temporal_pooling: How E_SR merges its epochs.
        decoder: Of the HR branch; None: the variant's own.
        hr_init: First weights of the HR branch: `random`; `imagenet` for its encoder, which exists
            for the size `paper` only; or a bundle with an HR branch of the same sizes, as the
            aerial baseline is: its name, folder, or id on the Hub.
    """

    variant: str = "tiny"
    fusion: Literal["attention", "concat", "add", "none"] = "attention"
    temporal_pooling: Literal["mean", "attention"] = "mean"
    decoder: Literal["unetformer", "concat"] | None = None
    hr_init: str = "random"


@dataclass(frozen=True)
class DataConfig:
    """Which scenes, and what is made of them.

    Attributes:
        collection: Folder of the scenes.
        validation_domains: Held out; empty: the data set's official ones.
        exclude: Scene ids to leave out.
        align: `affine` brings the aerial image to the series' radiometry before the residual is
            formed (METHOD.md section 2); `none` is the paper's.
        augment: The eight flips and turns (paper, 5.2).
        validation_scenes: At most so many, spread evenly over the list; 0: all.
        square: Width of the squares that training sees of its scenes, in aerial pixels, each
            visit another one; 0: whole scenes. The phases before the joint training, and
            validation, see whole ones.
        neutral_share: Share of the visits in which a scene loses the bands that it may lack (the
            nDSM), so that the network learns to do without them; the paper's scenes have them all.
        whole_rounds: Last rounds that see whole scenes all the same: in a square, attention never
            meets the distances of a whole tile.
        cached_scenes: Prepared scenes that each process which reads them keeps in memory.
    """

    collection: str
    validation_domains: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    align: Literal["affine", "none"] = "affine"
    augment: bool = True
    validation_scenes: int = 0
    square: int = 0
    whole_rounds: int = 1
    neutral_share: float = 0.0
    cached_scenes: int = 64


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
        temporal: L_T, gradient magnitudes of neighbouring epochs.
        spectral: L_S, values on the LR grid.
        noise_norm: Of L_D; the paper's is `l1`. The best answer by L1 is the median of the noise,
            by `l2` its mean: where detail is sparse, the median leaves samples too smooth.
        gamma: Focusing parameter of eq. 8, at least 0.
        label_smoothing: Share of the target spread over the other classes, below 1.
        weight_by_signal: Scale what flows back to the denoiser through x0 by abar_k (METHOD.md
            section 6, fault 1); the values of the losses stay.
    """

    hr: float = 0.7
    sr: float = 0.3
    reconstruction: float = 1.0
    diffusion: float = 0.6
    radiometric: float = 0.5
    gradient: float = 0.7
    temporal: float = 0.3
    spectral: float = 0.5
    noise_norm: NoiseNorm = "l1"
    gamma: float = 2.0
    label_smoothing: float = 0.0
    weight_by_signal: bool = True


@dataclass(frozen=True)
class ObjectiveConfig:
    """How a training step is formed (METHOD.md sections 5 and 6).

    Attributes:
        losses: Terms and weights.
        residual: What the months other than tau_HR are to become: `aerial` is the paper's
            x0^D - x_u; `high-pass` is x0^D - up(D(x0^D)), which leaves a month its season.
        noise: One k and one noise image for all epochs of a scene (the paper), or one each.
        noise_draws: Draws of k and noise that L_D of a visit is the mean over (the paper: 1). Those
            beyond the first cost one image of the denoiser each, not a year, and reach L_D alone.
        detach_sr: Keep the classification losses away from the denoiser.
        few_step_share: Share of the visits in which E_SR reads a few-step sample made without
            gradient, as it does in use, in place of the one-step estimate.
        few_steps: Steps of that sample.
        sampler: Its sampler, and that of the validation.
        validation_steps: Denoising steps of the validation's full samples.
    """

    losses: LossConfig = field(default_factory=LossConfig)
    residual: Literal["aerial", "high-pass"] = "aerial"
    noise: Literal["scene", "epoch"] = "scene"
    noise_draws: int = 1
    detach_sr: bool = False
    few_step_share: float = 0.0
    few_steps: int = 4
    sampler: SamplerName = "ddim"
    validation_steps: int = 10


@dataclass(frozen=True)
class OptimiserConfig:
    """Optimiser and its course.

    Attributes:
        name: `adamw`, or the paper's `adam`.
        learning_rate: Its highest value; the paper's is 1e-3 (5.2).
        denoiser_factor: Of eps_w's learning rate; the paper has one rate for all.
        weight_decay: Of matrices and kernels; norms, biases and position tables have none.
        warmup: Iterations in which the learning rate rises from 0; a tenth of the phase at most.
        decay: Course after that: down a half cosine to a hundredth, or constant.
        clip_norm: Bound on the norm of the whole gradient; 0: none.
    """

    name: Literal["adamw", "adam"] = "adamw"
    learning_rate: float = 1e-4
    denoiser_factor: float = 1.0
    weight_decay: float = 0.01
    warmup: int = 200
    decay: Literal["cosine", "constant"] = "cosine"
    clip_norm: float = 1.0


@dataclass(frozen=True)
class MachineConfig:
    """What it runs on; may differ between the parts of one run.

    Attributes:
        accelerator: As Lightning's `Trainer` takes it.
        devices: Processes on each machine, one a GPU.
        nodes: Machines.
        precision: `auto` is bfloat16 where there is a GPU, else float32.
        workers: Processes that read scenes for each that trains; 0: it reads them itself.
    """

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int = 1
    nodes: int = 1
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"
    workers: int = 0


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        data: Scenes.
        network: Network.
        objective: Losses and what they compare.
        optimiser: Optimiser of all phases.
        diffusion: Schedule.
        seed: Of everything that is random.
        batch: Scenes in one forward pass of one process.
        accumulate: Forward passes before the weights change.
        pretrain_passes: Passes over the scenes in which E_C learns to classify (paper: 30).
        denoiser_passes: Passes in which eps_w then learns to denoise, alone (paper: none).
        phases_from: Folder of another run whose E_C, and eps_w where it has passes, stand in place
            of these two phases; empty: they are trained.
        iterations: Changes of the weights in the joint phase (paper: up to 400 000).
        round: Iterations between two checkpoints, each with a validation, pictures and a bundle.
    """

    data: DataConfig
    network: NetworkOptions = field(default_factory=NetworkOptions)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    seed: int = 0
    batch: int = 8
    accumulate: int = 1
    pretrain_passes: int = 30
    denoiser_passes: int = 0
    phases_from: str = ""
    iterations: int = 400_000
    round: int = 1000
