"""The forward process and its inverse (paper, section 3, eq. 1-4; METHOD.md section 4).

k is 0-based throughout, 0..K-1: the paper's k minus one. Deviation: the text prints the posterior
variance without its factor beta_k; here it is the true posterior unless the config says `beta`.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lcapp.diffusion.config import DiffusionConfig

MAX_BETA = 0.999
"""Keeps the last step finite: alpha_bar of the cosine itself reaches zero there."""

Step = int | Tensor
"""One k for the whole batch, or int64 (N,), one per sample."""


@dataclass(frozen=True, eq=False)
class CosineSchedule:
    """The cosine schedule in float64, and what follows from it; all tensors are (K,), on the CPU.

    Attributes:
        config: Length, offset and kind of variance.
        betas: Variance added by step k.
        alphas_bar: Share of the signal's power that is left after step k.
        alphas_bar_prev: The same one step earlier; 1 at k = 0.
        posterior_variance: True variance of q(x_{k-1} | x_k, x_0); 0 at k = 0.
        mean_weight_x0: Weight of x_0 in the posterior mean.
        mean_weight_x: Weight of x_k in the posterior mean.
    """

    config: DiffusionConfig
    betas: Tensor = field(init=False)
    alphas_bar: Tensor = field(init=False)
    alphas_bar_prev: Tensor = field(init=False)
    posterior_variance: Tensor = field(init=False)
    mean_weight_x0: Tensor = field(init=False)
    mean_weight_x: Tensor = field(init=False)

    def __post_init__(self) -> None:
        K, s = self.config.train_steps, self.config.cosine_s
        time = torch.arange(K + 1, dtype=torch.float64) / K
        signal = torch.cos((time + s) / (1 + s) * math.pi / 2) ** 2
        betas = (1 - signal[1:] / signal[:-1]).clamp(max=MAX_BETA)
        alphas_bar = torch.cumprod(1 - betas, 0)
        previous = torch.cat([alphas_bar.new_ones(1), alphas_bar[:-1]])
        derived = {
            "betas": betas,
            "alphas_bar": alphas_bar,
            "alphas_bar_prev": previous,
            "posterior_variance": betas * (1 - previous) / (1 - alphas_bar),
            "mean_weight_x0": betas * previous.sqrt() / (1 - alphas_bar),
            "mean_weight_x": (1 - previous) * (1 - betas).sqrt() / (1 - alphas_bar),
        }
        for name, values in derived.items():
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return self.config.train_steps

    @property
    def first_fast_step(self) -> int:
        """Largest k whose alpha_bar reaches `min_alpha_bar`: where the fast samplers start."""
        return int((self.alphas_bar >= self.config.min_alpha_bar).sum()) - 1

    def q_sample(self, x0: Tensor, k: Step, noise: Tensor) -> Tensor:
        """x_k of a clean x_0 (eq. 2).

        Args:
            x0: N C H W.
            k: Step.
            noise: N C H W, standard normal.
        """
        alpha_bar = _like(self.alphas_bar, k, x0)
        return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise

    def noise(self, output: Tensor, x: Tensor, k: Step) -> Tensor:
        """The noise estimate that an output of the network stands for.

        With a `residual_deviation` d, x_k has the variance v = abar d^2 + 1 - abar; the best linear
        guess of its noise is sqrt(1 - abar) / v * x_k, and what that misses has the deviation
        sqrt(abar / v) d. The network gives this rest in units of its deviation, and so need not
        learn to hand x_k through to the last digit, which is most of what the noise is (the
        preconditioning of Karras et al. 2022, section 5, written for the noise).

        Args:
            output: N C H W, of the network.
            x: N C H W, x_k.
            k: Step.

        Returns:
            N C H W; the output itself without a `residual_deviation`.
        """
        deviation = self.config.residual_deviation
        if not deviation:
            return output
        signal = self.alphas_bar
        variance = signal * deviation**2 + 1 - signal
        from_x = _like((1 - signal).sqrt() / variance, k, x)
        return from_x * x + _like(self._deviations, k, x) * output

    @property
    def _deviations(self) -> Tensor:
        """(K,) of the noise that the best linear guess misses; 1 without a `residual_deviation`."""
        deviation, signal = self.config.residual_deviation, self.alphas_bar
        if not deviation:
            return torch.ones_like(signal)
        return (signal / (signal * deviation**2 + 1 - signal)).sqrt() * deviation

    def signal(self, k: Tensor) -> Tensor:
        """(N,) abar at steps k (N,)."""
        return _at(self.alphas_bar, k)

    def answer_deviation(self, k: Tensor) -> Tensor:
        """(N,) how much noise one unit of the network's output stands for, at steps k (N,)."""
        return _at(self._deviations, k)

    def consistency_weight(self, k: Tensor, earlier: Tensor) -> Tensor:
        """(N,) weights of squared differences between estimates of x_0 at two steps.

        The estimate at k differs from x_0 by up to the deviation that the network's output has in
        it (`noise`), and two estimates differ the less the nearer their steps are: in these units
        every pair of steps counts alike.

        Args:
            k: (N,) int64.
            earlier: (N,) int64, below k; -1 is x_0 itself.
        """
        signal, deviation = self.alphas_bar, self.config.residual_deviation or 1.0
        noise_to_signal = _at(
            ((1 - signal) / signal).sqrt(), torch.stack([k, earlier.clamp(min=0)])
        )
        share = 1 - torch.where(earlier < 0, 0.0, noise_to_signal[1] / noise_to_signal[0])
        variance = signal * deviation**2 + 1 - signal
        return _at(variance / ((1 - signal) * deviation**2), k) / share

    def predict_x0(self, x: Tensor, k: Step, eps: Tensor) -> tuple[Tensor, Tensor]:
        """The clean x_0 that a noise estimate implies, clamped to the residual's range.

        Args:
            x: N C H W, x_k.
            k: Step.
            eps: N C H W, estimated noise.

        Returns:
            x_0 (N C H W) in [-1, 1], and (N,) the share of its values that the clamp changed.
        """
        # Ratios in float64: near k = K they reach 1e4 and 1 - alpha_bar would lose digits.
        from_x = _like(self.alphas_bar.rsqrt(), k, x)
        from_eps = _like((1 / self.alphas_bar - 1).sqrt(), k, x)
        x0 = from_x * x - from_eps * eps
        clamped = (x0.abs() > 1).flatten(1).to(x.dtype).mean(1)  # N
        return x0.clamp(-1, 1), clamped

    def posterior(self, x0: Tensor, x: Tensor, k: Step) -> tuple[Tensor, Tensor]:
        """Mean and variance of x_{k-1} given x_k and x_0 (eq. 3; eq. 4 with variance `beta`).

        Args:
            x0: N C H W, clamped estimate.
            x: N C H W, x_k.
            k: Step.

        Returns:
            Mean (N C H W) and variance: N 1 1 1, or a scalar on the CPU where k is an int. No noise
            belongs to k = 0, whichever variance is chosen: there the mean is x_0 itself.
        """
        mean = _like(self.mean_weight_x0, k, x) * x0 + _like(self.mean_weight_x, k, x) * x
        true_posterior = self.config.variance == "posterior"
        variance = self.posterior_variance if true_posterior else self.betas
        return mean, _like(variance, k, x)


def to_residual(image: Tensor, base: Tensor) -> Tensor:
    """What the diffusion models: the doubled difference, clamped (METHOD.md section 4).

    Args:
        image: N C Hs Ws, what a month is to become: in the paper x0^D, the aerial image on the SR
            grid, scaled.
        base: N C Hs Ws, what is known of it: x_u, the bicubic series, or guided upsampling; scaled.
    """
    return (2 * (image - base)).clamp(-1, 1)


def from_residual(residual: Tensor, base: Tensor) -> Tensor:
    """The super-resolved series: the inverse of `to_residual` inside its bounds, base +- 0.5."""
    return base + residual / 2


def _at(values: Tensor, k: Tensor) -> Tensor:
    """`values[k]`, float32, where k is: the values go there, since a GPU would wait for its k."""
    return values.to(k.device, torch.float32)[k]


def _like(values: Tensor, k: Step, like: Tensor) -> Tensor:
    """`values[k]` in the type of `like`, to broadcast over its samples: () or N 1 1 1.

    One step for all stays on the CPU: as a scalar it goes to a GPU with the call that uses it,
    without a copy that both would wait for.
    """
    if not isinstance(k, Tensor):
        return values[k].to(like.dtype)
    return values.to(like)[k.to(like.device)].reshape(-1, *[1] * (like.ndim - 1))
