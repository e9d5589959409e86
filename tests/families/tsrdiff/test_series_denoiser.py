import pytest
import torch
from torch import Tensor

from lcapp.families.tsrdiff.series_denoiser import SeriesDenoiser, at_precision
from lcapp.models.denoiser import Denoiser
from lcapp.models.initialise import initialise
from lcapp.models.sizes import DenoiserConfig

HAS_CUDA = torch.cuda.is_available()


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    network = Denoiser(DenoiserConfig(width=16))
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval().requires_grad_(False)


def _inputs(count: int, size: int, device: str = "cpu") -> tuple[Tensor, list[Tensor]]:
    generator = torch.Generator().manual_seed(1)
    sides = [-(-size // 2**level) for level in range(3)]
    levels = [
        torch.randn(count, 16 << level, side, side, generator=generator).to(device)
        for level, side in enumerate(sides)
    ]
    return torch.randn(count, 4, size, size, generator=generator).to(device), levels


def test_gives_the_noise_of_the_network_at_every_step(denoiser: Denoiser) -> None:
    x, levels = _inputs(3, 19)
    with torch.inference_mode():
        series = SeriesDenoiser(denoiser, levels)
        for k in (499, 3, 250):
            expected = denoiser(x, torch.full((3,), k), levels)
            torch.testing.assert_close(series(x, k), expected, rtol=0, atol=1e-5)


def test_an_answer_is_not_overwritten_by_the_next(denoiser: Denoiser) -> None:
    x, levels = _inputs(2, 8)
    with torch.inference_mode():
        series = SeriesDenoiser(denoiser, levels)
        first = series(x, 400)
        kept = first.clone()
        series(x + 1, 10)
    assert torch.equal(first, kept)


def test_bfloat16_is_a_copy_that_computes_in_bfloat16(denoiser: Denoiser) -> None:
    x, levels = _inputs(2, 16)
    narrow = at_precision(denoiser, torch.bfloat16)
    assert at_precision(denoiser, torch.float32) is denoiser
    assert {p.dtype for p in denoiser.parameters()} == {torch.float32}
    seen = set()
    for module in narrow.modules():
        module.register_forward_hook(lambda _m, _i, out: seen.add(getattr(out, "dtype", None)))
    with torch.inference_mode():
        found = SeriesDenoiser(narrow, levels, dtype=torch.bfloat16)(x, 100)
        exact = denoiser(x, torch.full((2,), 100), levels)
    assert seen - {None} == {torch.bfloat16}
    assert found.dtype == torch.float32
    assert (found - exact).square().mean().sqrt() < 0.03 * exact.square().mean().sqrt()


def test_autocast_around_it_changes_nothing(denoiser: Denoiser) -> None:
    x, levels = _inputs(2, 16)
    with torch.inference_mode():
        series = SeriesDenoiser(denoiser, levels)
        plain = series(x, 100)
        with torch.autocast("cpu", torch.bfloat16):
            wrapped = series(x, 100)
    assert torch.equal(plain, wrapped)


@pytest.mark.skipif(HAS_CUDA, reason="there is a GPU")
def test_a_graph_without_a_gpu_is_refused(denoiser: Denoiser) -> None:
    _, levels = _inputs(1, 8)
    with torch.inference_mode(), pytest.raises(RuntimeError, match="needs a CUDA device"):
        SeriesDenoiser(denoiser, levels).record(4)


@pytest.mark.skipif(not HAS_CUDA, reason="needs a GPU")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_recorded_step_answers_like_the_launched_one(
    denoiser: Denoiser, dtype: torch.dtype
) -> None:
    network = Denoiser(denoiser.config).cuda().eval()
    network.load_state_dict(denoiser.state_dict())
    x, levels = _inputs(12, 38, "cuda")
    network = at_precision(network, dtype)
    with torch.inference_mode():
        launched = SeriesDenoiser(network, levels, dtype=dtype)
        recorded = SeriesDenoiser(network, levels, dtype=dtype)
        recorded.record(4)
        answers = [recorded(x + step, k) for step, k in enumerate((499, 20, 0))]
        for step, k in enumerate((499, 20, 0)):
            torch.testing.assert_close(answers[step], launched(x + step, k), rtol=0, atol=1e-2)
