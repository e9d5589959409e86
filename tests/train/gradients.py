"""How strongly each loss pulls on the denoiser at each step k (METHOD.md section 6, fault 1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.train.config import TERMS, ObjectiveConfig
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.objective import objective


@dataclass(frozen=True)
class GradientNorms:
    """Norms of the gradient with respect to all weights of eps_w.

    Attributes:
        steps: The k, 0-based.
        norms: Term to its norm at each of them; of the term itself, before its weight in eq. 7, 9.
    """

    steps: tuple[int, ...]
    norms: dict[str, tuple[float, ...]]


def gradient_norms(
    network: TSRDiff,
    batch: Batch,
    schedule: CosineSchedule,
    config: ObjectiveConfig,
    steps: Sequence[int],
) -> GradientNorms:
    """Measure every term at every step on one batch, with the same noise throughout.

    Args:
        network: In evaluation mode, so that batch statistics play no part.
        batch: Scenes with at least two present months for L_T.
        schedule: Of the diffusion.
        config: All seven terms switched on.
        steps: The k to measure at.
    """
    weights = [p for p in network.denoiser.parameters() if p.requires_grad]
    norms: dict[str, list[float]] = {term: [] for term in TERMS}
    for k in steps:
        at_k = replace(batch, k=torch.full_like(batch.k, k))
        terms = objective(network, at_k, schedule, config).terms.used()
        for term in TERMS:
            gradients = torch.autograd.grad(
                terms[term].mean(), weights, retain_graph=True, allow_unused=True
            )
            squares = [g.double().square().sum() for g in gradients if g is not None]
            norms[term].append(float(torch.stack(squares).sum().sqrt()) if squares else 0.0)
    return GradientNorms(
        tuple(steps),
        {term: tuple(values) for term, values in norms.items()},
    )
