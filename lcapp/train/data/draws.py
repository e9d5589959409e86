"""Everything random in training, drawn for one visit of one scene (METHOD.md section 5).

A visit is the n-th time that a run looks at a scene. Each has a generator of its own, so that its
k, noise and flip are the same whatever the batch, the number of processes or the moment at which
a killed run went on.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from lcapp.diffusion.noise import keyed_generator
from lcapp.prepare import SYMMETRIES, Cut, Symmetry
from lcapp.train.config import TrainConfig
from lcapp.train.data.disturbance import Disturbance

VALIDATION = -1
"""The visit of every validation: it draws the same each time, so that figures compare."""


@dataclass(frozen=True, eq=False)
class Draw:
    """What chance decides for one visit.

    Attributes:
        symmetry: Flip and turn of the whole scene.
        cut: The square of the scene, flipped and turned, that is seen; None: all of it.
        neutral: The scene loses the bands that it may lack.
        k: (M,) int64, step of each month; all equal with one k a scene.
        noise: M C Hs Ws of what is seen, or 1 C Hs Ws with one image a scene; standard normal.
        more_k: (D,) int64, steps of the further draws for L_D at tau_HR; none as a rule.
        more_noise: D C Hs Ws, their noise.
        guided: eps_w sees the guide.
        disturbance: What is done to the guide before; None: nothing.
        few_step: E_SR reads a few-step sample.
        sample_seed: Seed of that sample.
    """

    symmetry: Symmetry
    cut: Cut | None
    neutral: bool
    k: Tensor
    noise: Tensor
    more_k: Tensor
    more_noise: Tensor
    guided: bool
    disturbance: Disturbance | None
    few_step: bool
    sample_seed: int


@dataclass(frozen=True)
class Draws:
    """The source of all draws of a run.

    Attributes:
        seed: Of the run.
        steps: K.
        per_month: One k and one noise image for each month instead of one for the scene.
        augment: Draw a flip and turn.
        few_step_share: How often E_SR reads a few-step sample.
        noise_draws: Of k and noise for L_D, the first one included.
        unguided_share: How often eps_w does without the guide; never in validation.
        disturbed_share: How often the guide is disturbed; never in validation.
        neutral_share: How often a scene loses the bands that it may lack; never in validation.
    """

    seed: int
    steps: int
    per_month: bool
    augment: bool
    few_step_share: float
    noise_draws: int = 1
    neutral_share: float = 0.0
    unguided_share: float = 0.0
    disturbed_share: float = 0.0

    @classmethod
    def of_run(cls, config: TrainConfig) -> Self:
        """Those of a run."""
        return cls(
            config.seed,
            config.diffusion.train_steps,
            # What every month is to become is known then, and a month learns from its own step.
            per_month=config.objective.noise == "month" or config.objective.knows_months,
            augment=config.data.augment,
            few_step_share=config.objective.few_step_share,
            noise_draws=config.objective.noise_draws,
            neutral_share=config.data.neutral_share,
            unguided_share=config.data.unguided_share,
            disturbed_share=config.data.disturbed_share,
        )

    def symmetry(self, scene_id: str, visit: int) -> Symmetry:
        """The flip and turn of a visit; the identity in validation."""
        if not self.augment or visit == VALIDATION:
            return SYMMETRIES[0]
        generator = keyed_generator(self.seed, "symmetry", scene_id, visit)
        return SYMMETRIES[int(torch.randint(len(SYMMETRIES), (1,), generator=generator))]

    def neutral(self, scene_id: str, visit: int) -> bool:
        """Whether the scene of a visit loses the bands that it may lack."""
        return self._happens("neutral", self.neutral_share, scene_id, visit)

    def guided(self, scene_id: str, visit: int) -> bool:
        """Whether eps_w sees the guide in a visit."""
        return not self._happens("unguided", self.unguided_share, scene_id, visit)

    def disturbance(self, scene_id: str, visit: int, height: int, width: int) -> Disturbance | None:
        """What happens to a guide of `height` x `width` SR pixels in a visit."""
        if not self._happens("disturbed", self.disturbed_share, scene_id, visit):
            return None
        generator = keyed_generator(self.seed, "disturbance", scene_id, visit)
        return Disturbance.drawn(generator, height, width)

    def _happens(self, what: str, share: float, scene_id: str, visit: int) -> bool:
        """Something that befalls a share of all visits, and no validation."""
        if visit == VALIDATION:
            return False
        generator = keyed_generator(self.seed, what, scene_id, visit)
        return float(torch.rand(1, generator=generator)) < share

    def cut(self, scene_id: str, visit: int, height: int, width: int, size: int) -> Cut:
        """The square of a visit in a scene of `height` x `width`, all in SR pixels."""
        generator = keyed_generator(self.seed, "cut", scene_id, visit)
        row, col = (
            int(torch.randint(extent - size + 1, (1,), generator=generator))
            for extent in (height, width)
        )
        return Cut(row, col, size)

    def of(self, scene_id: str, visit: int, image: tuple[int, int, int], square: int = 0) -> Draw:
        """The draw of one visit.

        Args:
            scene_id: The scene.
            visit: Passes over the scenes so far, or `VALIDATION`.
            image: C Hs Ws of one month.
            square: Width of the square that is seen, in SR pixels; 0: all is seen.
        """
        symmetry, cut = self.symmetry(scene_id, visit), None
        disturbance = self.disturbance(scene_id, visit, *image[1:])
        if square:
            height, width = image[1:][:: -1 if symmetry.quarter_turns % 2 else 1]
            cut = self.cut(scene_id, visit, height, width, square)
            image = (image[0], square, square)
        generator = keyed_generator(self.seed, "step", scene_id, visit)
        images = 12 if self.per_month else 1
        k = torch.randint(self.steps, (images,), generator=generator)
        noise = torch.randn((images, *image), generator=generator)
        chance = float(torch.rand(1, generator=generator))
        more = keyed_generator(self.seed, "more steps", scene_id, visit)
        draws = self.noise_draws - 1
        return Draw(
            symmetry=symmetry,
            cut=cut,
            neutral=self.neutral(scene_id, visit),
            k=k.expand(12).clone(),
            noise=noise,
            more_k=torch.randint(self.steps, (draws,), generator=more),
            more_noise=torch.randn((draws, *image), generator=more),
            guided=self.guided(scene_id, visit),
            disturbance=disturbance,
            few_step=chance < self.few_step_share,
            sample_seed=int(torch.randint(2**31, (1,), generator=generator)),
        )
