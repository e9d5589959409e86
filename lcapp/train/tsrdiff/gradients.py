"""How strongly each loss pulls on the denoiser at each step k (METHOD.md section 6, fault 1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import RunError
from lcapp.families.tsrdiff.catalogue import VARIANTS, build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.prepare import InputSpec
from lcapp.scene.collection import Collection
from lcapp.train.config import DataConfig, ObjectiveConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.objective import objective

STEPS = (1, 2, 5, 10, 25, 50, 100, 150, 200, 250, 300, 350, 400, 440, 470, 490, 495, 499)

MONTHS = 4
"""Months of the scene that the measurement takes, evenly over its year, and tau_HR."""

NAMES = {
    "hr": "L_HR",
    "sr": "L_SR",
    "diffusion": "L_D",
    "radiometric": "L_C",
    "gradient": "L_grad",
    "temporal": "L_T",
    "spectral": "L_S",
}


@dataclass(frozen=True)
class GradientNorms:
    """Norms of the gradient with respect to all weights of eps_w.

    Attributes:
        weighted: What flows back through the estimate of x0 was scaled by abar_k.
        steps: The k, 0-based.
        norms: Term to its norm at each of them; of the term itself, before its weight in eq. 7, 9.
    """

    weighted: bool
    steps: tuple[int, ...]
    norms: dict[str, tuple[float, ...]]


def measure(collection: Collection, variant: str, seed: int = 0) -> tuple[GradientNorms, ...]:
    """With and without the weighting, on the first scene with labels and initial weights.

    Args:
        collection: Its first scene is taken, with at most four of its months.
        variant: Size of the network.
        seed: Of weights and noise.

    Raises:
        RunError: No such size.
        SceneError: The scene has no labels.
    """
    if variant not in VARIANTS:
        raise RunError(f"there is no size {variant!r}", expected=" or ".join(sorted(VARIANTS)))
    data = DataConfig(collection.source)
    diffusion, config = DiffusionConfig(), ObjectiveConfig()
    draws = Draws(seed, diffusion.train_steps, per_epoch=False, augment=False, few_step_share=0.0)
    examples = Examples(collection, collection.ids[:1], InputSpec(), FLAIR2, data, draws)
    batch = collate([examples[0]])
    shown = torch.zeros_like(batch.present)
    months = batch.present[0].nonzero()[:, 0]
    shown[0, months[:: max(len(months) // MONTHS, 1)][:MONTHS]] = True
    shown[0, batch.nearest] = True
    batch = replace(batch, present=shown)
    network = build(VARIANTS[variant], seed).eval()
    network.encoder_c.requires_grad_(False)
    return tuple(
        gradient_norms(
            network,
            batch,
            CosineSchedule(diffusion),
            replace(config, losses=replace(config.losses, weight_by_signal=weighted)),
        )
        for weighted in (True, False)
    )


def gradient_norms(
    network: TSRDiff,
    batch: Batch,
    schedule: CosineSchedule,
    config: ObjectiveConfig,
    steps: Sequence[int] = STEPS,
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
    norms: dict[str, list[float]] = {term: [] for term in NAMES}
    for k in steps:
        at_k = replace(batch, k=torch.full_like(batch.k, k))
        terms = objective(network, at_k, schedule, config).terms.used()
        for term in NAMES:
            gradients = torch.autograd.grad(
                terms[term].mean(), weights, retain_graph=True, allow_unused=True
            )
            squares = [g.double().square().sum() for g in gradients if g is not None]
            norms[term].append(float(torch.stack(squares).sum().sqrt()) if squares else 0.0)
    return GradientNorms(
        config.losses.weight_by_signal,
        tuple(steps),
        {term: tuple(values) for term, values in norms.items()},
    )


def figure(measured: Sequence[GradientNorms]) -> go.Figure:
    """Norm over k for each term, one panel for each measurement."""
    titles = [
        "scaled by the share of signal, abar_k" if one.weighted else "not scaled"
        for one in measured
    ]
    plot = make_subplots(cols=len(measured), shared_yaxes=True, subplot_titles=titles)
    for column, one in enumerate(measured, start=1):
        for term, name in NAMES.items():
            plot.add_scatter(
                x=one.steps,
                y=[value or None for value in one.norms[term]],
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                line={"color": _COLOURS[term]},
                mode="lines+markers",
                row=1,
                col=column,
            )
    plot.update_xaxes(title="step k (0-based, of 500)")
    plot.update_yaxes(type="log", exponentformat="power")
    plot.update_yaxes(title="norm of the gradient with respect to eps_w", col=1)
    plot.update_layout(
        title="How strongly each loss pulls on the denoiser", template="plotly_white"
    )
    return plot


_COLOURS = dict(
    zip(
        NAMES,
        ("#0072b2", "#56b4e9", "#000000", "#e69f00", "#d55e00", "#009e73", "#cc79a7"),
        strict=True,
    )
)
