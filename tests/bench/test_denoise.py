import json
import math
from dataclasses import asdict

import pytest
import torch

from lcapp.bench import denoise, modes
from lcapp.bench.machine import MIN_ROUNDS, seconds_of
from lcapp.bench.matmul import peak
from lcapp.bench.modes import MODES, Mode, denoiser_in
from lcapp.errors import RunError
from lcapp.models.denoiser import Denoiser
from lcapp.models.initialise import initialise
from lcapp.models.sizes import DenoiserConfig

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def speed() -> denoise.DenoiseSpeed:
    return denoise.run("tiny", "cpu", epochs=2, size=16, seconds=0.02)


def test_all_numbers_are_there_and_positive(speed: denoise.DenoiseSpeed) -> None:
    assert [one.mode for one in speed.modes] == [mode.name for mode in MODES["cpu"]]
    assert set(speed.peaks) == {"float32", "bfloat16"}
    for one in speed.modes:
        assert one.failed is None
        assert one.evaluations_per_second is not None
        assert one.flops is not None
        assert one.series_seconds is not None
        assert one.share_of_peak is not None
        numbers = (one.evaluations_per_second, one.flops, one.share_of_peak)
        assert all(math.isfinite(number) and number > 0 for number in numbers)
        assert one.flops == pytest.approx(one.evaluations_per_second * speed.flop_per_evaluation)
        assert set(one.series_seconds) == {20, 500}
        # a step of the series is one evaluation of each of its two epochs, and the sampler
        for steps, seconds in one.series_seconds.items():
            assert seconds > steps * 2 / one.evaluations_per_second


def test_the_result_is_json_and_a_table(speed: denoise.DenoiseSpeed) -> None:
    again = json.loads(json.dumps(asdict(speed)))
    assert again["variant"] == "tiny"
    assert again["epochs"] == 2
    assert again["threads"] >= 1
    table = denoise.show([speed, speed])
    for mode in MODES["cpu"]:
        assert table.count(f"\n{mode.name}  ") == 2


def test_a_mode_that_fails_leaves_the_others_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Mode("recorded", graph=True)  # a CUDA graph on a CPU
    monkeypatch.setitem(modes.MODES, "cpu", (MODES["cpu"][0], recorded, MODES["cpu"][1]))
    found = denoise.run("tiny", "cpu", epochs=1, size=8, seconds=0.001)
    assert [one.failed is None for one in found.modes] == [True, False, True]
    assert "needs a CUDA device" in str(found.modes[1].failed)
    assert "needs a CUDA device" in denoise.show([found])


def test_the_paper_size_takes_the_flop_of_the_issue() -> None:
    with torch.device("meta"):
        network = Denoiser(DenoiserConfig())
        x = torch.empty(3, 4, 64, 64)
        levels = [torch.empty(3, 64 << level, 64 >> level, 64 >> level) for level in range(3)]
        flop = denoise.flop_per_evaluation(network, x, levels)
    assert flop == pytest.approx(8.3e9, rel=0.1)


@pytest.mark.parametrize("mode", MODES["cpu"], ids=lambda mode: mode.name)
def test_every_mode_answers_like_the_network_itself(mode: Mode) -> None:
    network = Denoiser(DenoiserConfig(width=8))
    initialise(network, torch.Generator().manual_seed(3))
    network.eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(3, 4, 13, 18, generator=generator)
    levels = [
        torch.randn(3, 8 << level, -(-13 // 2**level), -(-18 // 2**level), generator=generator)
        for level in range(3)
    ]
    with torch.inference_mode():
        expected = network(x, torch.full((3,), 77), levels)
        found = denoiser_in(mode, network, levels)(x, 77)
    assert found.dtype == torch.float32
    assert found.is_contiguous()
    tolerance = 1e-5 if mode.dtype == torch.float32 else 0.1 * float(expected.std())
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)
    # and the network is as it was
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert next(network.parameters()).is_contiguous(memory_format=torch.channels_last)


def test_a_time_is_the_shortest_of_several_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 2, 10, 17, 18, 20, 23, 30, 34, 40])  # calls of 2 (not counted), 7, 3, 4 s

    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    assert MIN_ROUNDS == 3
    assert seconds_of(lambda: None, CPU, budget=0.0) == 3.0


def test_the_matrix_peak_is_a_rate_of_this_machine() -> None:
    assert 1e8 < peak(CPU, torch.float32, seconds=0.01) < 1e14


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variant": "huge"}, "unknown variant 'huge'; expected demo or paper or tiny"),
        ({"device": "tpu:7"}, "device"),
        ({"epochs": 0}, "above zero"),
        ({"seconds": 0.0}, "above zero"),
    ],
)
def test_refuses_what_cannot_be_measured(options: dict[str, object], said: str) -> None:
    with pytest.raises(RunError, match=said):
        denoise.run(**{"variant": "tiny", "device": "cpu", **options})  # type: ignore[arg-type]
