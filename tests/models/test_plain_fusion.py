"""Addition and concatenation, the paper's ablations (5.2), and the way to the HR pixels."""

import pytest
import torch
from torch import Tensor

from lcapp.models.fusion.attention import Fusion, StageFusion
from lcapp.models.fusion.centres import hr_centres, linear_weights, sr_centres
from lcapp.models.initialise import initialise
from lcapp.models.sizes import FusionConfig

CPU = torch.device("cpu")
KINDS = ("attention", "concat", "add")


def _fusion(kind: str) -> Fusion:
    network = Fusion(FusionConfig(heads=2, kind=kind), (8, 16, 32), (4, 8, 12))  # type: ignore[arg-type]
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval().requires_grad_(False)


def _maps(hr_size: int = 12, sr_size: int = 12) -> tuple[list[Tensor], list[Tensor]]:
    generator = torch.Generator().manual_seed(1)
    hr = [
        torch.randn(1, 8 * 2**i, *2 * [-(-hr_size // 2**i)], generator=generator) for i in (0, 1, 2)
    ]
    sr = [
        torch.randn(1, 4 + 4 * i, *2 * [-(-sr_size // 2**i)], generator=generator)
        for i in (0, 1, 2)
    ]
    return hr, sr


def test_weights_between_centres_worked_out_by_hand() -> None:
    # Stage 4 is centred at 1.6, 4.8 m, level 1 at 0.8, 4.0 m: a quarter of the way on.
    weights = linear_weights(sr_centres(2, 1, CPU), hr_centres(2, 4, CPU))
    torch.testing.assert_close(weights, torch.tensor([[0.75, 0.25], [0.0, 1.0]]))
    # Stage 5 is centred at 3.2, 9.6 m, level 2 at 0.8, 7.2, 13.6 m.
    weights = linear_weights(sr_centres(3, 2, CPU), hr_centres(2, 5, CPU))
    torch.testing.assert_close(weights, torch.tensor([[0.625, 0.375, 0], [0, 0.625, 0.375]]))
    assert linear_weights(sr_centres(1, 2, CPU), hr_centres(3, 5, CPU)).tolist() == [[1]] * 3


@pytest.mark.parametrize("kind", ["add", "concat"])
@pytest.mark.parametrize("across", [True, False])
def test_a_plain_fusion_reads_the_series_where_the_aerial_pixel_lies(
    kind: str, across: bool
) -> None:
    """A ramp in metres over every SR level arrives as the same ramp on the HR pixels."""
    network = _fusion(kind)
    seen: list[Tensor] = []
    for pair in network.pairs:
        pair.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[1]))
    hr, sr = _maps()
    ramps = [sr_centres(z.shape[3], level, CPU).expand_as(z) for level, z in enumerate(sr)]
    network(hr, ramps if across else [ramp.mT for ramp in ramps])
    for stage, arrived in zip((3, 4, 5), seen, strict=True):
        line = arrived[0, 0, 0] if across else arrived[0, 0, :, 0]
        expected = hr_centres(len(line), stage, CPU)
        # The last pixel may lie beyond the last centre.
        torch.testing.assert_close(line[:-1], expected[:-1])


def test_addition_and_concatenation_are_what_their_names_say() -> None:
    hr, sr = _maps()
    add, concat = _fusion("add").pairs[0], _fusion("concat").pairs[0]
    lifted = torch.einsum("oc,bchw->bohw", add.lift.weight[:, :, 0, 0], sr[0])
    torch.testing.assert_close(add(hr[0], sr[0]), hr[0] + lifted, rtol=0, atol=1e-5)
    both = torch.cat([hr[0], sr[0]], 1)
    merged = torch.einsum("oc,bchw->bohw", concat.merge.weight[:, :, 0, 0], both)
    torch.testing.assert_close(concat(hr[0], sr[0]), merged, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_the_stages_shapes_and_only_attention_has_queries(kind: str) -> None:
    hr, sr = _maps(hr_size=13, sr_size=12)
    fused, state = _fusion(kind)(hr, sr)
    assert [out.shape for out in fused] == [stage.shape for stage in hr]
    assert sorted(state.stages) == ([3, 4, 5] if kind == "attention" else [])


@pytest.mark.parametrize("kind", ["add", "concat"])
def test_without_the_series_a_plain_fusion_has_sr_features_of_zero(kind: str) -> None:
    network = _fusion(kind)
    with torch.no_grad():
        for parameter in network.parameters():  # biases too must stay
            parameter.add_(0.3)
    hr, sr = _maps()
    expected, _ = network(hr, [torch.zeros_like(z) for z in sr])
    for got, wanted in zip(network.without_series(hr), expected, strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-5)


def test_without_the_series_the_answer_of_attention_is_zero_and_the_norms_stay() -> None:
    network = _fusion("attention")
    hr, sr = _maps()
    got = network.without_series(hr)
    assert (got[0] - network(hr, sr)[0][0]).abs().max() > 1e-4
    for pair in network.pairs:  # eq. 6 with W F_s = 0
        assert isinstance(pair, StageFusion)
        with torch.no_grad():
            pair.project.weight.zero_()
            pair.project.bias.zero_()
    for one, other in zip(got, network(hr, sr)[0], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
