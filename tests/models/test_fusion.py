import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.fusion.attention import Fusion, StageFusion
from lcapp.models.fusion.centres import hr_centres, metric_code, sr_centres
from lcapp.models.image.hr_branch import HREncoder
from lcapp.models.initialise import initialise
from lcapp.models.sizes import FusionConfig, HRCentres

CPU = torch.device("cpu")


def _stage(seed: int = 0) -> StageFusion:
    network = StageFusion(hr_width=8, sr_width=6, heads=2, mlp_ratio=4)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():  # larger than initial weights, biases too: every term must matter
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return network.double().requires_grad_(False)


def _maps(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    hr = torch.randn(2, 8, 3, 4, generator=generator, dtype=torch.float64)
    sr = torch.randn(2, 6, 5, 2, generator=generator, dtype=torch.float64)
    hr_code = torch.randn(3, 4, 8, generator=generator, dtype=torch.float64)
    sr_code = torch.randn(5, 2, 8, generator=generator, dtype=torch.float64)
    return hr, sr, hr_code, sr_code


def _linear(x: NDArray, weights: dict[str, NDArray], name: str) -> NDArray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(x: NDArray, weights: dict[str, NDArray], name: str) -> NDArray:
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)
    return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _softmax(x: NDArray) -> NDArray:
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def test_a_stage_is_equations_5_and_6() -> None:
    stage = _stage()
    hr, sr, hr_code, sr_code = _maps()
    got = stage(hr, sr, hr_code, sr_code)[0].numpy()
    w = {name: weight.numpy() for name, weight in stage.state_dict().items()}
    w["lift.weight"] = w["lift.weight"][:, :, 0, 0]
    for scene in range(2):
        features = hr[scene].numpy().reshape(8, 12).T  # HW C
        answers = _linear(sr[scene].numpy().reshape(6, 10).T, w, "lift")
        q, k = _linear(features, w, "query"), _linear(answers, w, "key")
        v = _linear(answers, w, "value")
        heads = []
        for place, head in enumerate((slice(0, 4), slice(4, 8))):
            # Of the two waves of each quarter of the code, one for each head.
            asks_at = hr_code.numpy().reshape(12, 8)[:, place::2]
            lies_at = sr_code.numpy().reshape(10, 8)[:, place::2]
            factor = 2 * 32 / np.sqrt(4) * np.exp(w["log_closeness"][place])
            scores = (q[:, head] + factor * asks_at) @ (k[:, head] + lies_at).T
            heads.append(_softmax(scores / np.sqrt(4)) @ v[:, head])
        attended = _linear(np.concatenate(heads, axis=1), w, "project")
        inner = _norm(attended + features, w, "norm_attention")
        mlp = _linear(np.maximum(_linear(inner, w, "mlp.0"), 0), w, "mlp.2")
        expected = _norm(mlp + inner, w, "norm_mlp")
        np.testing.assert_allclose(got[scene].reshape(8, 12).T, expected, atol=1e-12)


def test_the_returned_queries_and_keys_are_those_of_the_attention() -> None:
    stage = _stage()
    hr, sr, hr_code, sr_code = _maps()
    fused, query, key = stage(hr, sr, hr_code, sr_code)
    assert query.shape == (2, 2, 3, 4, 4)
    assert key.shape == (2, 2, 5, 2, 4)
    rows = torch.einsum("bnhwd,bnyxd->bnhwyx", query, key) / 2.0
    weights = rows.flatten(4).softmax(-1)  # B heads H W HeWe
    value = stage.value(stage.lift(sr).permute(0, 2, 3, 1)).flatten(1, 2)  # B HeWe C
    attended = torch.einsum("bnhwk,bknd->bhwnd", weights, value.unflatten(-1, (2, 4))).flatten(3)
    inner = stage.norm_attention(stage.project(attended) + hr.permute(0, 2, 3, 1))
    expected = stage.norm_mlp(stage.mlp(inner) + inner).permute(0, 3, 1, 2)
    torch.testing.assert_close(fused, expected, rtol=0, atol=1e-12)


def test_positions_reach_queries_and_keys_but_no_value() -> None:
    stage = _stage()
    hr, sr, hr_code, sr_code = _maps()
    one_answer = sr[:, :, :1, :1].expand_as(sr)
    before = stage(hr, one_answer, hr_code, sr_code)
    after = stage(hr, one_answer, hr_code + 1, sr_code - 1)
    # Where all values are alike, attention cannot matter: only a position on V could.
    torch.testing.assert_close(after[0], before[0], rtol=0, atol=1e-12)
    assert (after[1] - before[1]).abs().min() > 0
    assert (after[2] - before[2]).abs().min() > 0


def test_pixel_centres_in_metres() -> None:
    torch.testing.assert_close(hr_centres(3, 3, CPU), torch.tensor([0.8, 2.4, 4.0]))
    torch.testing.assert_close(hr_centres(2, 5, CPU), torch.tensor([3.2, 9.6]))
    torch.testing.assert_close(sr_centres(3, 0, CPU), hr_centres(3, 3, CPU))
    torch.testing.assert_close(sr_centres(3, 2, CPU), torch.tensor([0.8, 7.2, 13.6]))


@pytest.mark.parametrize("size", [8, 9])
def test_the_stem_is_centred_half_a_pixel_further_than_an_even_division(size: int) -> None:
    """TensorFlow's padding: seen by the gradient of a stem whose weights are all alike."""
    stem = HREncoder(VARIANTS["demo"].hr).body.stem.requires_grad_(False)
    for convolution in (stem.conv1, stem.conv2):
        nn.init.constant_(convolution.weight, 1.0)
    aerial = torch.zeros(1, 5, 32, 32, requires_grad=True)
    stem.eval()(aerial)[0, :, size, 2].sum().backward()
    weight = aerial.grad[0].sum(0)
    places = torch.arange(32) + 0.5
    for side, row in ((1, size), (0, 2)):
        centre = float((weight.sum(side) * places).sum() / weight.sum()) * 0.2
        assert centre == pytest.approx(float(hr_centres(32, 1, CPU, "measured")[row]), abs=1e-5)
        assert centre == pytest.approx(float(hr_centres(32, 1, CPU)[row]) + 0.1, abs=1e-5)


@pytest.mark.slow
def test_the_shipped_stages_are_centred_where_they_were_measured() -> None:
    """By the squared gradient of random sums of channels; one of them tells to 2 pixels or so."""
    encoder = load("demo").network.hr_encoder.requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    found: dict[int, list[float]] = {3: [], 4: [], 5: []}
    for _ in range(5):
        coarse = torch.randn(1, 5, 32, 32, generator=generator)
        aerial = nn.functional.interpolate(coarse, size=256, mode="bicubic").mul(0.4)
        aerial = aerial.clamp(-1, 1).requires_grad_()
        stages = encoder(aerial)
        for stage, off in found.items():
            side = 256 >> stage
            at = torch.randint(side // 4, 3 * side // 4, (2,), generator=generator).tolist()
            pixel = stages[stage - 1][0, :, at[0], at[1]]
            asked = (pixel * torch.randn(pixel.shape, generator=generator)).sum()
            (gradient,) = torch.autograd.grad(asked, aerial, retain_graph=True)
            weight = gradient.square().sum((0, 1))
            places = (torch.arange(256) + 0.5) * 0.2
            for axis, index in enumerate(at):
                centre = float((weight.sum(1 - axis) * places).sum() / weight.sum())
                off.append(centre - float(hr_centres(side, stage, CPU)[index]))
    for stage, off in found.items():
        measured = float(hr_centres(1, stage, CPU, "measured") - hr_centres(1, stage, CPU))
        assert np.mean(off) == pytest.approx(measured, abs=0.3 * measured + 0.1), stage


def test_the_code_depends_on_metres_alone_and_tells_every_pixel_apart() -> None:
    fine = metric_code(torch.arange(64.0) * 1.6, torch.arange(64.0) * 1.6, 48, 6.4, 409.6)
    coarse = metric_code(torch.arange(32.0) * 3.2, torch.arange(32.0) * 3.2, 48, 6.4, 409.6)
    torch.testing.assert_close(fine[::2, ::2], coarse, rtol=0, atol=1e-4)
    apart = torch.cdist(fine.flatten(0, 1), fine.flatten(0, 1))
    assert apart.fill_diagonal_(1.0).min() > 0.1
    assert not torch.equal(fine, fine.transpose(0, 1))


def test_with_weights_that_compare_positions_a_pixel_looks_at_its_own_spot() -> None:
    """HR stage 4 and E_SR level 1 have different centres; in metres they still meet."""
    rows, cols = hr_centres(19, 4, CPU), hr_centres(19, 4, CPU)
    keys = metric_code(sr_centres(19, 1, CPU), sr_centres(19, 1, CPU), 96, 12.8, 409.6)
    query = metric_code(rows, cols, 96, 12.8, 409.6)[7, 11]
    best = int((keys.flatten(0, 1) @ query).argmax())
    nearest = [int((sr_centres(19, 1, CPU) - at).abs().argmin()) for at in (rows[7], cols[11])]
    assert [best // 19, best % 19] == nearest


def test_heads_that_leave_no_room_for_the_four_parts_of_a_position_are_refused() -> None:
    with pytest.raises(ValueError, match="2 heads do not divide width 12 into multiples of 4"):
        StageFusion(hr_width=12, sr_width=6, heads=2, mlp_ratio=4)


@pytest.mark.parametrize("centres", ["even", "measured"])
@pytest.mark.parametrize(("heads", "widths"), [(4, (48, 80, 128)), (8, (128, 256, 512))])
def test_before_it_has_learnt_a_pixel_asks_the_spot_that_it_lies_on(
    heads: int, widths: tuple[int, ...], centres: HRCentres
) -> None:
    """Whatever its features are: those of stage 5 are several times as large as a position."""
    sr_widths = (16, 32, 64)
    network = Fusion(FusionConfig(heads=heads, centres=centres), widths, sr_widths)
    initialise(network, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    sides = (32, 16, 8)  # a tile of 51.2 m
    hr = [
        size * torch.randn(1, width, side, side, generator=generator)
        for size, width, side in zip((1, 2, 5), widths, sides, strict=True)
    ]
    sr = [
        torch.randn(1, width, side, side, generator=generator)
        for width, side in zip(sr_widths, sides, strict=True)
    ]
    with torch.no_grad():
        state = network(hr, sr)[1]
    for level, (stage, (query, key)) in enumerate(state.stages.items()):
        side = query.shape[2]
        scores = query.flatten(2, 3) @ key.flatten(2, 3).transpose(2, 3) / query.shape[-1] ** 0.5
        asks, lies = hr_centres(side, stage, CPU, centres), sr_centres(side, level, CPU)
        metres = torch.cdist(torch.cartesian_prod(asks, asks), torch.cartesian_prod(lies, lies))
        near = (scores.softmax(-1) * (metres < 10)).sum(-1)  # 1 heads HW
        assert near.mean() > 0.85, stage
        # On average it looks where its features come from, not beside it: pixels of the middle,
        # whose surroundings the tile's edge does not cut.
        looked = scores.softmax(-1).mean(1)[0] @ torch.cartesian_prod(lies, lies)  # HW 2
        off = (looked - torch.cartesian_prod(asks, asks)).unflatten(0, (side, side))
        middle = off[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4].mean((0, 1))
        assert middle.abs().max() < 0.7, stage


def test_the_module_pairs_stages_and_levels_and_has_the_papers_parameters() -> None:
    paper = Fusion(FusionConfig(), (128, 256, 512), (64, 128, 256))
    assert sum(p.numel() for p in paper.parameters()) == pytest.approx(4.31e6, rel=0.01)
    network = Fusion(FusionConfig(heads=2), (8, 16, 32), (4, 8, 12)).eval()
    initialise(network, torch.Generator().manual_seed(0))
    hr = [torch.randn(1, 8 * 2**i, -(-9 // 2**i), -(-7 // 2**i)) for i in range(3)]
    sr = [torch.randn(1, 4 + 4 * i, -(-9 // 2**i), -(-7 // 2**i)) for i in range(3)]
    with torch.no_grad():
        fused, state = network(hr, sr)
        assert [out.shape for out in fused] == [stage.shape for stage in hr]
        assert sorted(state.stages) == [3, 4, 5]
        for level in range(3):  # every level reaches its own stage, and no other
            changed = [z + torch.randn(z.shape) if i == level else z for i, z in enumerate(sr)]
            moved = [
                bool((a - b).abs().max() > 1e-6)
                for a, b in zip(network(hr, changed)[0], fused, strict=True)
            ]
            assert moved == [i == level for i in range(3)]
