"""The method once more, as plainly as NumPy can say it: the equations of the paper in float64.

Slow and short on purpose: every sum that the text writes as a sum over epochs, bands, pixels or
classes is a loop here. It imports nothing of lcapp, so that an error there has to be made twice to
go unseen. Equation numbers are the paper's; k is 0-based (the paper's k minus one). Images of one
epoch are C H W.
"""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WEIGHTS = {"HR": 0.7, "SR": 0.3, "R": 1.0, "D": 0.6, "C": 0.5, "grad": 0.7, "T": 0.3, "S": 0.5}
"""The paper's weights of eq. 7 and 9 (METHOD.md section 5)."""

EPSILON = 1e-8
"""Inside the square root of a gradient's magnitude."""


# Diffusion (section 3)


def cosine_betas(K: int, s: float = 0.008) -> Array:
    """(K,) variances; the signal's share after step k is the ratio of two squared cosines."""

    def share(k: int) -> float:
        return math.cos((k / K + s) / (1 + s) * math.pi / 2) ** 2

    return np.array([min(1 - share(k + 1) / share(k), 0.999) for k in range(K)])


def alpha_bar(betas: Array, k: int) -> float:
    """Product of alpha_s up to step k; 1 before the first step."""
    return math.prod(1 - beta for beta in betas[: k + 1].tolist())


def q(x0: Array, betas: Array, k: int, noise: Array) -> Array:
    """Eq. 2."""
    abar = alpha_bar(betas, k)
    return math.sqrt(abar) * x0 + math.sqrt(1 - abar) * noise


def x0_of(x: Array, betas: Array, k: int, eps: Array) -> Array:
    """Eq. 2 solved for x_0, not clamped."""
    abar = alpha_bar(betas, k)
    return (x - math.sqrt(1 - abar) * eps) / math.sqrt(abar)


def eps_of(x: Array, betas: Array, k: int, x0: Array) -> Array:
    """Eq. 2 solved for the noise."""
    abar = alpha_bar(betas, k)
    return (x - math.sqrt(abar) * x0) / math.sqrt(1 - abar)


def mean_from_noise(x: Array, betas: Array, k: int, eps: Array) -> Array:
    """Eq. 3."""
    beta = betas[k]
    return (x - beta / math.sqrt(1 - alpha_bar(betas, k)) * eps) / math.sqrt(1 - beta)


def mean_from_x0(x: Array, betas: Array, k: int, x0: Array) -> Array:
    """Mean of q(x_{k-1} | x_k, x_0): two Gaussians multiplied, each weighted by its precision.

    One is q(x_{k-1} | x_0) of eq. 2, the other eq. 1 read as a function of x_{k-1}. At k = 0 the
    first has no variance and the mean is x_0.
    """
    if k == 0:
        return x0
    before, beta = alpha_bar(betas, k - 1), betas[k]
    precision_x0 = 1 / (1 - before)
    precision_x = (1 - beta) / beta
    from_x0 = math.sqrt(before) * x0
    from_x = x / math.sqrt(1 - beta)
    return (precision_x0 * from_x0 + precision_x * from_x) / (precision_x0 + precision_x)


def posterior_variance(betas: Array, k: int) -> float:
    """Variance of the same product; the text prints it without its factor beta_k."""
    if k == 0:
        return 0.0
    beta = float(betas[k])
    return 1 / (1 / (1 - alpha_bar(betas, k - 1)) + (1 - beta) / beta)


def reverse_step(
    x: Array, betas: Array, k: int, eps: Array, noise: Array, variance: str = "posterior"
) -> Array:
    """Eq. 3 and 4 with x_0 clamped to [-1, 1]; without noise at k = 0."""
    x0 = np.clip(x0_of(x, betas, k, eps), -1, 1)
    mean = mean_from_noise(x, betas, k, eps_of(x, betas, k, x0))
    if k == 0:
        return mean
    spread = betas[k] if variance == "beta" else posterior_variance(betas, k)
    return mean + math.sqrt(spread) * noise


def residual(aerial_on_sr: Array, x_u: Array) -> Array:
    """x_res: twice the difference, clamped (METHOD.md section 4)."""
    return np.clip(2 * (aerial_on_sr - x_u), -1, 1)


def super_resolved(x0: Array, x_u: Array) -> Array:
    """SR = up(x^LR) + x_0 / 2 (section 3; METHOD.md section 4)."""
    return x_u + x0 / 2


# Losses (4.2)


def softmax(scores: Array) -> Array:
    """Along the only axis."""
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def focal(
    logits: Array, labels: NDArray[np.int64], gamma: float = 2.0, smoothing: float = 0.0
) -> float:
    """Eq. 8 of one scene: K H W and H W. With smoothing, only the true class has its factor."""
    classes, height, width = logits.shape
    total = 0.0
    for i in range(height):
        for j in range(width):
            y, p = labels[i, j], softmax(logits[:, i, j])
            for c in range(classes):
                if c == y:
                    total -= (1 - smoothing) * (1 - p[y]) ** gamma * math.log(p[y])
                elif smoothing:
                    total -= smoothing / (classes - 1) * math.log(p[c])
    return total / (height * width)


def focal_gradient(
    logits: Array, labels: NDArray[np.int64], gamma: float = 2.0, smoothing: float = 0.0
) -> Array:
    """Of `focal` with respect to the logits, K H W.

    d p_a / d logit_c is p_a ([a = c] - p_c), so that d log p_a / d logit_c is [a = c] - p_c.
    """
    classes, height, width = logits.shape
    gradient = np.zeros_like(logits)
    for i in range(height):
        for j in range(width):
            y, p = labels[i, j], softmax(logits[:, i, j])
            factor = (1 - p[y]) ** gamma
            slope = -gamma * (1 - p[y]) ** (gamma - 1)
            for c in range(classes):
                for a in range(classes):
                    dlog = (1.0 if a == c else 0.0) - p[c]
                    if a == y:
                        change = slope * p[y] * dlog * math.log(p[y]) + factor * dlog
                        gradient[c, i, j] -= (1 - smoothing) * change
                    else:
                        gradient[c, i, j] -= smoothing / (classes - 1) * dlog
    return gradient / (height * width)


def l1(found: Array, wanted: Array) -> float:
    """Eq. 10."""
    total = 0.0
    for a, b in zip(found.ravel().tolist(), wanted.ravel().tolist(), strict=True):
        total += abs(a - b)
    return total / found.size


def gradient_norm(band: Array) -> Array:
    """Norm of the Sobel gradient of one band, H W, where all nine pixels exist: H-2 W-2."""
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    height, width = band.shape
    norm = np.zeros((height - 2, width - 2))
    for i in range(height - 2):
        for j in range(width - 2):
            patch = band[i : i + 3, j : j + 3]
            x, y = (kernel * patch).sum(), (kernel.T * patch).sum()
            norm[i, j] = math.sqrt(x**2 + y**2 + EPSILON)
    return norm


def diffusion_loss(predicted: Array, noise: Array) -> float:
    """L_D, 4.2.2, at tau_HR."""
    return l1(predicted, noise)


def radiometric_loss(sr: Array, aerial: Array) -> float:
    """L_C, eq. 11, at tau_HR."""
    return sum(l1(sr[b], aerial[b]) for b in range(len(sr))) / len(sr)


def gradient_loss(sr: Array, aerial: Array) -> float:
    """L_grad, eq. 12, at tau_HR."""
    bands = range(len(sr))
    return sum(l1(gradient_norm(sr[b]), gradient_norm(aerial[b])) for b in bands) / len(sr)


def temporal_loss(epochs: list[Array], days: list[float]) -> float:
    """L_T, eq. 13, of one scene's present epochs, put in date order; 0 with one epoch."""
    if len(epochs) < 2:
        return 0.0
    ordered = [epochs[t] for t in sorted(range(len(epochs)), key=lambda t: days[t])]
    bands, total = len(epochs[0]), 0.0
    for t in range(len(ordered) - 1):
        for b in range(bands):
            total += l1(gradient_norm(ordered[t][b]), gradient_norm(ordered[t + 1][b]))
    return total / ((len(ordered) - 1) * bands)


def spectral_loss(down: list[Array], monthly: list[Array], inside: NDArray[np.bool_]) -> float:
    """L_S, eq. 14, of one scene's present epochs, on the LR pixels inside the footprint."""
    bands, total = len(down[0]), 0.0
    for found, wanted in zip(down, monthly, strict=True):
        for b in range(bands):
            total += l1(found[b][inside], wanted[b][inside])
    return total / (len(down) * bands)


def total_loss(losses: dict[str, float], weights: dict[str, float] = WEIGHTS) -> float:
    """Eq. 7 with eq. 9: keys HR, SR, D, C, grad, T, S."""
    reconstruction = sum(weights[key] * losses[key] for key in ("D", "C", "grad", "T", "S"))
    return (
        weights["HR"] * losses["HR"] + weights["SR"] * losses["SR"] + weights["R"] * reconstruction
    )


def majority(labels: NDArray[np.int64], size: int = 8) -> NDArray[np.int64]:
    """Most frequent label of each size x size square (4.2.1); the lowest of equally frequent."""
    rows, cols = labels.shape[0] // size, labels.shape[1] // size
    vote = np.zeros((rows, cols), dtype=np.int64)
    for i in range(rows):
        for j in range(cols):
            square = labels[i * size : (i + 1) * size, j * size : (j + 1) * size].ravel().tolist()
            vote[i, j] = min(set(square), key=lambda label: (-square.count(label), label))
    return vote


# Attention (4.1.5)


def attention_matrix(query: Array, key: Array) -> Array:
    """softmax(Q K^T / sqrt(d)) of one head, eq. 5: Nq d and Nk d to Nq Nk."""
    rows = []
    for q_i in query:
        scores = np.array([float(q_i @ k_j) / math.sqrt(query.shape[1]) for k_j in key])
        rows.append(softmax(scores))
    return np.array(rows)


def attention(query: Array, key: Array, value: Array, heads: int) -> tuple[Array, Array]:
    """Multi-head attention: Nq C, Nk C, Nk C to Nq C and the matrices, heads Nq Nk.

    Head h owns the h-th C / heads channels of query, key, value and answer.
    """
    d = query.shape[1] // heads
    answers, matrices = [], []
    for h in range(heads):
        own = slice(h * d, (h + 1) * d)
        matrix = attention_matrix(query[:, own], key[:, own])
        matrices.append(matrix)
        answers.append(matrix @ value[:, own])
    return np.concatenate(answers, axis=1), np.array(matrices)


def linear(x: Array, weight: Array, bias: Array) -> Array:
    """N C_in to N C_out."""
    return x @ weight.T + bias


def layer_norm(x: Array, weight: Array, bias: Array) -> Array:
    """Over the channels of N C."""
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5) * weight + bias


def gelu(x: Array) -> Array:
    """x times the standard normal distribution function."""
    return np.vectorize(lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2)(x)
