"""The row computed on request is the row of the attention that the network really used."""

import numpy as np
import pytest
import torch
from einops import rearrange

from lcapp.families.tsrdiff.answers import SRFeatures
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.fusion.attention import StageFusion
from lcapp.types.attention import pixel_attention


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    network = build(VARIANTS["tiny"], seed=0, training_parts=False).eval().requires_grad_(False)
    with torch.no_grad():  # or positions alone decide, and features in wrong places would pass
        for pair in network.fusion.pairs:
            for layer in (pair.query, pair.key):
                layer.weight.mul_(20)
    return network


# 304 px is padded to 384 inside the HR encoder and cropped; 256 px is not.
@pytest.mark.parametrize(("size", "sr"), [(304, 38), (256, 32)])
def test_rows_of_any_pixel_equal_the_full_softmax_that_made_the_fused_features(
    network: TSRDiff, size: int, sr: int
) -> None:
    generator = torch.Generator().manual_seed(1)
    levels = [
        torch.randn(1, width, -(-sr // 2**e), -(-sr // 2**e), generator=generator)
        for e, width in enumerate(VARIANTS["tiny"].encoder.widths)
    ]
    attended = []  # what attention hands to the projection W of eq. 6, B H W C
    hooks = [
        pair.project.register_forward_pre_hook(lambda _, inputs: attended.append(inputs[0][0]))
        for pair in network.fusion.pairs
    ]
    aerial = torch.randn(1, 5, size, size, generator=generator)
    state = network.classify(aerial, SRFeatures(levels, [], [])).attention
    for hook in hooks:
        hook.remove()
    for pair, stage, level, used in zip(
        network.fusion.pairs, (3, 4, 5), levels, attended, strict=True
    ):
        assert isinstance(pair, StageFusion)
        query, key = (tokens[0] for tokens in state.stages[stage])  # heads H W d
        side = -(-size // 2**stage)
        assert query.shape[1:3] == (side, side)
        logits = torch.einsum("nhwd,nyxd->nhwyx", query.double(), key.double())
        full = (logits / query.shape[-1] ** 0.5).flatten(3).softmax(-1)  # heads H W HeWe
        assert full.max() > 3 / full.shape[-1]
        value = pair.value(rearrange(pair.lift(level)[0], "c y x -> (y x) c"))
        value = rearrange(value, "k (n d) -> n k d", n=pair.heads).double()
        answer = rearrange(full.flatten(1, 2) @ value, "n (h w) d -> h w (n d)", h=side)
        torch.testing.assert_close(used.double(), answer, rtol=0, atol=1e-4)
        for row, col in ((0, 0), (side - 1, side - 1), (side // 3, side // 2)):
            found = pixel_attention(query[:, row, col], key)
            np.testing.assert_allclose(
                found.reshape(len(found), -1), full[:, row, col].numpy(), rtol=0, atol=1e-9
            )
            np.testing.assert_allclose(found.sum((1, 2)), 1)
