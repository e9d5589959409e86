"""Where one pixel looked: a row of the fusion's attention matrix (paper, 4.1.5, eq. 5)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pixel_attention(query: ArrayLike, key: ArrayLike) -> NDArray[np.float64]:
    """Softmax over all keys of one query, head by head, with scale 1/sqrt(d).

    Only the pixel that is asked about is computed, never the whole matrix (METHOD.md section 3).

    Args:
        query: heads d, the query of one HR feature pixel.
        key: heads H W d, the keys of the SR level.

    Returns:
        heads H W; each head sums to 1.

    Raises:
        ValueError: The shapes do not belong together.
    """
    q, k = np.asarray(query, np.float64), np.asarray(key, np.float64)
    if q.ndim != 2 or k.ndim != 4 or (k.shape[0], k.shape[3]) != q.shape:
        raise ValueError(f"expected heads d and heads H W d, got {q.shape} and {k.shape}")
    logits = np.einsum("nd,nhwd->nhw", q, k) / np.sqrt(q.shape[1])  # heads H W
    weights = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
    total: NDArray[np.float64] = weights.sum(axis=(1, 2), keepdims=True)
    attention: NDArray[np.float64] = weights / total
    return attention
