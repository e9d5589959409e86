"""A run: what it is asked for, and where it stands."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from lcapp.errors import Cancelled
from lcapp.record import check, setting
from lcapp.types.arrays import Floats


@dataclass(frozen=True)
class CloudRule:
    """When an acquisition is clear.

    The defaults are strict: with 50 % instead of 1 %, real series keep months of cloud.

    Attributes:
        pixel_percent: A pixel is covered when its cloud or its snow probability exceeds this.
        max_cover_percent: A date is kept when at most this share of the crop is covered.
    """

    pixel_percent: float = 1.0
    max_cover_percent: float = setting(
        5.0,
        help="cloud and snow cover in % up to which a date is kept",
        low=0,
        high=100,
        option="max-cover",
    )


@dataclass(frozen=True)
class Units:
    """What the numbers of files mean, where a person states it; `auto`: what tags and values say.

    Attributes:
        series: `reflectance` is 0..1, `percent` 0..100, `digital-numbers` reflectance x 10000.
        masks: `percent` is 0..100, `share` 0..1.
        heights: What a whole number of a file of heights counts.

    Raises:
        RunError: A unit that there is not.
    """

    series: Literal["auto", "reflectance", "percent", "digital-numbers"] = setting(
        "auto", help="unit of the Sentinel-2 series", option="series-unit"
    )
    masks: Literal["auto", "percent", "share"] = setting(
        "auto", help="unit of the snow and cloud masks", option="mask-unit"
    )
    heights: Literal["auto", "metres", "decimetres", "centimetres", "feet"] = setting(
        "auto", help="unit of the heights", option="height-unit"
    )

    def __post_init__(self) -> None:
        check(self)


AUTOMATIC = Units()
"""Nothing is stated."""


@dataclass(frozen=True)
class Run:
    """How a scene is to be predicted.

    A model passes over what is none of its options (`Card.options`). On the same device, with the
    same micro-batch, the same run of the same scene and weights gives the same result.

    Attributes:
        sampler: A name of `diffusion.config.SAMPLERS`.
        steps: Denoising steps.
        seed: Seed of the noise.
        guide: Say of the aerial image in the super-resolution of a guided model: 0 is the unguided
            chain, between the two the super-resolved months are mixed.
        noise: Factor of the noise that the sampler begins with, the fidelity dial: the less, the
            nearer is a sample to the mean of all, and the smoother.
        registration: Lay the dates of the series onto each other and onto the aerial image.
        rule: When an acquisition counts as clear.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        micro_batch: Months through the networks at once, by default as many as fit; it changes
            the result by rounding only.
        memory_limit_mb: What the run may take; by default what the device has free.
    """

    sampler: str = setting("ddim", help="way from noise to the series; models may have their own")
    steps: int = setting(10, help="its denoising steps", low=1)
    seed: int = setting(0, help="of the noise", low=0)
    guide: float = setting(1.0, help="say of the aerial image in a guided model", low=0, high=1)
    noise: float = setting(1.0, help="factor of the first noise: 0 is smoothest", low=0, high=1)
    registration: bool = setting(True, help="leave Sentinel-2 where it lies")
    rule: CloudRule = field(default_factory=CloudRule)
    device: str = setting("auto", help="auto, cpu, cuda or cuda:N")
    micro_batch: int | None = setting(
        None, help="months through the networks at once; by default what fits, 4 in zones", low=1
    )
    memory_limit_mb: float | None = setting(
        None, help="memory in MB that it may take; by default what is free", option="memory-limit"
    )


@dataclass(frozen=True)
class Cost:
    """What a run will take.

    Attributes:
        evaluations: Denoiser evaluations: steps x present months; 0 where nothing is denoised.
        micro_batch: Months that go through the networks at once.
        memory_mb: Estimated working memory beyond the loaded weights.
        units: Units of work that the run will report.
    """

    evaluations: int
    micro_batch: int
    memory_mb: float
    units: int


@dataclass(frozen=True)
class Wanted:
    """What a run is to find out.

    Attributes:
        super_resolved: The series at 1.6 m, described.
        explanation: What the model looked at, and the map without the series.
        maps: The class maps; without them a model that super-resolves a series ends with it, and
            explains nothing.
    """

    super_resolved: bool = True
    explanation: bool = True
    maps: bool = True


EVERYTHING, MAPS_ALONE = Wanted(), Wanted(super_resolved=False, explanation=False)
SERIES_ALONE = Wanted(explanation=False, maps=False)


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        stage: What is being done, for instance `super-resolve`.
        done: Units of work done in the whole run.
        total: Units of work in the whole run.
    """

    stage: str
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Denoised:
    """One step of denoising the present months.

    Attributes:
        k: The timestep, K - 1 the noisiest.
        noisy: T C Hs Ws, what the residual at this timestep would make of the months, scaled.
        estimate: T C Hs Ws, what the network takes them to be, scaled.
    """

    k: int
    noisy: Floats
    estimate: Floats


class Course:
    """Counts a run's units of work and obeys its cancel event.

    Args:
        total: Units of work in the run; may be set once it is known.
        on_step: Called after each unit, in the thread of the run.
        cancel: Set from another thread to stop the run.
        watch: Called at each step of denoising, in the thread of the run; what it costs is the
            run's.
    """

    def __init__(
        self,
        total: int = 1,
        on_step: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        watch: Callable[[Denoised], None] | None = None,
    ) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}
        self.total = total
        self._done = 0
        self._on_step = on_step
        self._cancel = cancel
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; does not begin it when the run was cancelled."""
        self.check()
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Time what is done once for many runs, and leave it out of `total`."""
        started = time.perf_counter()
        with self.stage(name):
            yield
        self._started += time.perf_counter() - started

    def step(self, stage: str) -> None:
        """One unit of work is done."""
        self._done += 1
        if self._on_step is not None:
            self._on_step(Progress(stage=stage, done=self._done, total=self.total))

    def check(self) -> None:
        """Stop here when asked to.

        Raises:
            Cancelled: The cancel event is set.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("the run was cancelled")

    def timings(self) -> dict[str, float]:
        """Seconds of each stage, and `total` since the course began, but for what went `apart`."""
        return {**self.seconds, "total": time.perf_counter() - self._started}
