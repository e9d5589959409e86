import math

import numpy as np
import pytest

from lcapp.types.attention import pixel_attention


def literal(query, key):
    heads, height, width, d = key.shape
    out = np.zeros((heads, height, width))
    for h in range(heads):
        for y in range(height):
            for x in range(width):
                dot = sum(query[h, i] * key[h, y, x, i] for i in range(d))
                out[h, y, x] = math.exp(dot / math.sqrt(d))
        out[h] /= out[h].sum()
    return out


def test_equals_the_definition():
    rng = np.random.default_rng(0)
    query, key = rng.normal(size=(3, 8)), rng.normal(size=(3, 4, 5, 8))
    found = pixel_attention(query, key)
    np.testing.assert_allclose(found, literal(query, key), rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), 1)


def test_heads_stay_apart():
    query = np.array([[10.0], [-10.0]])
    key = np.broadcast_to(np.array([[[0.0], [1.0]]]), (2, 1, 2, 1))
    assert pixel_attention(query, key).argmax(axis=2).ravel().tolist() == [1, 0]


def test_large_logits_do_not_overflow():
    found = pixel_attention(np.full((1, 4), 1e3), np.full((1, 2, 2, 4), 1e3))
    np.testing.assert_allclose(found, 0.25)


def test_float16_arrays_and_torch_tensors():
    import torch

    rng = np.random.default_rng(1)
    query = rng.normal(size=(2, 4)).astype(np.float16)
    key = rng.normal(size=(2, 3, 3, 4)).astype(np.float16)
    from_torch = pixel_attention(torch.from_numpy(query), torch.from_numpy(key))
    np.testing.assert_array_equal(from_torch, pixel_attention(query, key))


@pytest.mark.parametrize(
    ("query", "key"), [((2, 4), (2, 3, 3, 5)), ((2, 4), (3, 3, 3, 4)), ((4,), (2, 3, 3, 4))]
)
def test_shapes_that_do_not_belong_together(query, key):
    with pytest.raises(ValueError, match="expected heads d"):
        pixel_attention(np.zeros(query), np.zeros(key))
