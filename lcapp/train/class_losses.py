"""What a classifier loses: focal loss (paper, eq. 8), or cross-entropy and Dice (LF-DLM).

Each is the mean of a scene's own, so that scenes count alike however they are batched.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lcapp.classes import NO_CLASS
from lcapp.train.config import LossConfig


def class_loss(config: LossConfig, logits: Tensor, labels: Tensor) -> Tensor:
    """The loss of each scene that the settings ask for, (B,); arguments as of `focal`."""
    if config.classes == "focal":
        return focal(logits, labels, config.gamma, config.label_smoothing)
    return focal(logits, labels, 0.0, config.label_smoothing) + dice(logits, labels)


def focal(
    logits: Tensor, labels: Tensor, gamma: float = 2.0, label_smoothing: float = 0.0
) -> Tensor:
    """Focal loss (eq. 8), mean over the labelled pixels of each scene.

    The equation leaves gamma open; 2 is ours. Its mean runs over a scene's pixels, not the
    mini-batch's. The gradient flows through the modulating factor too. Where smoothing gives the
    other classes a share of the target, theirs is plain cross-entropy without the factor.

    Args:
        logits: B K H W, class scores.
        labels: B H W, int64 in 0..K-1; `NO_CLASS` where nothing is to be learnt.
        gamma: Focusing parameter; 0 is cross-entropy.
        label_smoothing: The true class's target is 1 minus it; each other class gets it / (K - 1).

    Returns:
        (B,); 0 for a scene without a label.

    Raises:
        ValueError: Labels of another shape, or outside 0..K-1.
    """
    classes = logits.shape[1]
    if labels.shape != (len(logits), *logits.shape[2:]):
        shapes = f"{tuple(logits.shape)} and {tuple(labels.shape)}"
        raise ValueError(f"expected logits B K H W and labels B H W, got {shapes}")
    known = labels != NO_CLASS  # B H W
    labels = labels.where(known, 0)
    bounds = torch.stack((*labels.aminmax(), known.all())).tolist()
    lowest, highest, all_known = (int(bound) for bound in bounds)
    if lowest < 0 or highest >= classes:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"expected labels in 0..{classes - 1}, got {wrong}")
    log_p = F.log_softmax(float32_at_least(logits), dim=1)  # B K H W
    log_true = log_p.gather(1, labels.long().unsqueeze(1)).squeeze(1)  # B H W
    # -expm1 keeps digits where p is near 1; the bound keeps the power's slope finite for gamma < 1.
    missing = (-torch.expm1(log_true)).clamp(min=torch.finfo(log_p.dtype).tiny)
    loss = (label_smoothing - 1) * missing**gamma * log_true
    if label_smoothing:
        others = log_p.sum(1) - log_true
        loss = loss - label_smoothing / (classes - 1) * others
    if all_known:
        return loss.flatten(1).mean(1)
    return loss.where(known, 0.0).flatten(1).sum(1) / known.flatten(1).sum(1).clamp(min=1)


def dice(logits: Tensor, labels: Tensor) -> Tensor:
    """Dice loss (Milletari et al., 2016): 1 - 2 |p and y| / (|p| + |y|), of probabilities.

    The mean over the classes that a scene's labels hold; of the others nothing can be found.

    Args:
        logits: B K H W, class scores.
        labels: B H W, int64 in 0..K-1; `NO_CLASS` where nothing is to be learnt.

    Returns:
        (B,); 0 for a scene without a label.
    """
    known = (labels != NO_CLASS).unsqueeze(1)  # B 1 H W
    shares = float32_at_least(logits).softmax(1).where(known, 0.0)
    true = torch.zeros_like(shares).scatter_(1, labels.where(known[:, 0], 0).unsqueeze(1), 1.0)
    true = true.where(known, 0.0)
    both, found, held = (one.flatten(2).sum(2) for one in (shares * true, shares, true))  # B K
    present = held > 0
    lost = (1 - 2 * both / (found + held).clamp(min=1)) * present
    return lost.sum(1) / present.sum(1).clamp(min=1)


def float32_at_least(values: Tensor) -> Tensor:
    """Half precision lifted to float32; the rest as it is."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
