import numpy as np
import pytest
import torch

from lcapp.families.tsrdiff.catalogue import build, count_parameters, parameters_by_part
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS, with_options
from lcapp.models.windows import level_windows
from lcapp.types import Window, Windows

TINY = VARIANTS["tiny"]


def test_tiny_is_small() -> None:
    parts = parameters_by_part(TSRDiff(TINY))
    assert 5.5e6 < sum(parts.values()) < 8e6
    assert set(parts) == {
        "encoder_c",
        "denoiser",
        "encoder_sr",
        "hr_encoder",
        "fusion",
        "hr_decoder",
        "sr_decoder",
    }


def test_a_seed_gives_the_same_weights_whatever_the_global_generator_does() -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = build(TINY, seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    second, other = build(TINY, seed=3).state_dict(), build(TINY, seed=4).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_parts_have_the_same_weights_whichever_others_are_built() -> None:
    full = build(TINY, seed=0, pretrain_head=True).state_dict()
    small = build(TINY, seed=0, training_parts=False).state_dict()
    assert set(small) < set(full)
    assert all(torch.equal(full[name], weight) for name, weight in small.items())
    assert not torch.equal(full["encoder_c.stem.0.weight"], full["encoder_sr.stem.0.weight"])


def test_the_table_stands_beside_the_papers_table_2() -> None:
    counts = {one.part: one for one in count_parameters(VARIANTS["paper"])}
    ours, branch = counts["total, fusion by attention"], counts["HR branch alone"]
    assert (ours.paper, branch.paper) == (127.0e6, 40.5e6)
    assert ours.parameters == pytest.approx(ours.paper, rel=0.02)
    assert branch.parameters == pytest.approx(branch.paper, rel=0.005)
    with torch.device("meta"):
        parts = parameters_by_part(TSRDiff(VARIANTS["paper"]))
    assert {name: counts[name].parameters for name in parts} == parts
    assert ours.parameters == sum(parts.values())
    # Worked out by hand: 1x1 convolutions 64 -> 128, 128 -> 256, 256 -> 512 with their biases.
    lifts = 64 * 128 + 128 * 256 + 256 * 512 + 128 + 256 + 512
    rest = ours.parameters - parts["fusion"]
    assert counts["total, fusion by add"].parameters == rest + lifts
    merges = lifts + 128 * 128 + 256 * 256 + 512 * 512
    assert counts["total, fusion by concat"].parameters == rest + merges


def test_options_change_what_they_name_and_nothing_else() -> None:
    assert with_options(TINY) == TINY
    changed = with_options(TINY, fusion="add", pooling="attention", decoder="concat")
    assert changed.fusion.kind == "add"
    assert changed.temporal_pooling == "attention"
    assert changed.hr.decoder == "concat"
    assert with_options(changed, fusion="attention", pooling="mean", decoder="unetformer") == TINY


@pytest.mark.slow
def test_the_paper_size_has_its_parameters_and_runs() -> None:
    network = TSRDiff(VARIANTS["paper"]).eval().requires_grad_(False)
    parts = {name: count / 1e6 for name, count in parameters_by_part(network).items()}
    assert parts == pytest.approx(
        {
            "encoder_c": 14.40,
            "denoiser": 28.84,
            "encoder_sr": 14.40,
            "hr_encoder": 30.27,
            "fusion": 4.31,
            "hr_decoder": 10.28,
            "sr_decoder": 23.06,
        },
        rel=0.01,
    )
    assert sum(parts.values()) == pytest.approx(125.6, rel=0.02)

    def matrix(rows: int, cols: int) -> np.ndarray:
        return np.full((rows, cols), 1 / cols, dtype=np.float32)

    windows = Windows(
        tuple(Window(matrix(s, r), matrix(s, r)) for s, r in ((13, 6), (7, 3), (4, 2))),
        Window(matrix(2, 13), matrix(2, 13)),
        Window(matrix(13, 2), matrix(13, 2)),
        (slice(2, 4), slice(2, 4)),
    )
    days, present = torch.tensor([[-20.0, 10.0]]), torch.ones(1, 2, dtype=torch.bool)
    z = network.condition(torch.randn(1, 2, 4, 6, 6), days, present, level_windows([windows]))
    noise = network.denoise(torch.randn(2, 4, 13, 13), torch.tensor([0, 499]), z.levels)
    features = network.encode_sr(noise[None], days, present)
    result = network.classify(torch.randn(1, 5, 100, 100), features)
    assert result.logits.shape == (1, 13, 100, 100)
    assert torch.isfinite(result.logits).all()
