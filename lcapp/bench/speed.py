"""What the benchmark of the denoiser finds, and how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ModeSpeed:
    """What one way to run the denoiser reaches; None where it failed.

    Attributes:
        mode: Its name.
        evaluations_per_second: Epochs through the denoiser.
        flops: FLOP/s.
        share_of_peak: Of the matrix-multiplication rate measured in the same number type.
        sampler_ms: What a step of the DDIM walk takes beside the denoiser, ms.
        series_seconds: By steps, 20 (DDIM) and 500 (ancestral): seconds of the whole series with
            the sampler; on a CPU the sum of both, measured apart.
        error: Root mean square difference from float32, channels first, relative to its answer.
        failed: Why there are no numbers.
    """

    mode: str
    evaluations_per_second: float | None = None
    flops: float | None = None
    share_of_peak: float | None = None
    sampler_ms: float | None = None
    series_seconds: dict[int, float] | None = None
    error: float | None = None
    failed: str | None = None


@dataclass(frozen=True)
class DenoiseSpeed:
    """Speeds of one size of the network on one device.

    Attributes:
        variant: Size of the network.
        device: `cpu` or `cuda:N`.
        device_name: Model of the processor or GPU.
        threads: Of torch on the CPU.
        load: Processes that wanted the CPU in the minute before, on average.
        epochs: Months in a series, all through the denoiser at once.
        size: Side of the images, pixels.
        flop_per_evaluation: A multiply-add counts as two.
        peaks: FLOP/s of matrix multiplication, by number type.
        memory_mb: Highest while all epochs are evaluated at once in float32: of the whole process
            on a CPU, torch itself included; of torch's tensors on a GPU.
        modes: One entry per way to run it.
    """

    variant: str
    device: str
    device_name: str
    threads: int
    load: float
    epochs: int
    size: int
    flop_per_evaluation: int
    peaks: dict[str, float]
    memory_mb: float
    modes: tuple[ModeSpeed, ...]


def show(results: Sequence[DenoiseSpeed]) -> str:
    """The results as tables."""
    return "\n\n".join(_table(result) for result in results)


def _table(found: DenoiseSpeed) -> str:
    highest = ", ".join(
        f"{name} {rate / 1e9:,.0f} GFLOP/s" for name, rate in sorted(found.peaks.items())
    )
    lines = [
        f"denoiser of {found.variant}: {found.flop_per_evaluation / 1e9:.2f} GFLOP an evaluation, "
        f"{found.epochs} epochs of {found.size} px at once",
        f"on {found.device} ({found.device_name}), {found.threads} CPU threads, "
        f"load before {found.load:.1f}, memory up to {found.memory_mb:,.0f} MB",
        f"matrix multiplication: {highest}",
        f"{'':26}{'evals/s':>10}{'GFLOP/s':>10}{'of peak':>9}{'sampler':>12}"
        f"{'20 steps':>11}{'500 steps':>11}{'error':>10}",
    ]
    return "\n".join([*lines, *map(_row, found.modes)])


def _row(speed: ModeSpeed) -> str:
    if speed.failed is not None:
        return f"{speed.mode:26}  failed: {speed.failed}"
    assert speed.series_seconds is not None
    return (
        f"{speed.mode:26}{speed.evaluations_per_second:10,.1f}"
        f"{(speed.flops or 0) / 1e9:10,.1f}{speed.share_of_peak:9.0%}"
        f"{speed.sampler_ms:9.2f} ms{speed.series_seconds[20]:9.3f} s"
        f"{speed.series_seconds[500]:9.2f} s{speed.error:10.1e}"
    )
