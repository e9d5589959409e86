"""One scene through one network: the figures that an evaluation keeps of it."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lcapp import __version__
from lcapp.errors import RunError, SceneError
from lcapp.evaluate.agreement import confusion_matrix
from lcapp.evaluate.fidelity import series_figures
from lcapp.evaluate.records import MapFigures, Matrix, MonthSpread, SceneRecord, SeriesFigures
from lcapp.evaluate.scores import near_edges
from lcapp.evaluate.series_figures import TRUTH
from lcapp.evaluate.truth import Known, year_spread
from lcapp.families.family import Model, Ready
from lcapp.pipeline.device import choose_device
from lcapp.pipeline.evaluation.choice import Settings
from lcapp.pipeline.evaluation.records import FIGURES
from lcapp.pipeline.evaluation.rivals import RIVALS
from lcapp.pipeline.predict import predict
from lcapp.prepare import InputSpec, Scaling, aerial_at_sr, labels_of, nearest_month, targets
from lcapp.prepare.targets import truth_of
from lcapp.types import (
    SERIES_ALONE,
    Bools,
    Bytes,
    Card,
    Floats,
    LandCover,
    Prepared,
    Progress,
    Run,
    Scene,
    SuperResolved,
    Truth,
    Wanted,
)


@dataclass(frozen=True, eq=False)
class Case:
    """A scene with all that it is compared with.

    Attributes:
        ready: As the model takes it.
        labels: H W, ids of the network's table; None without labels.
        sr_labels: Hs Ws, the most frequent of them in each pixel of the truth; None without one
            of the two.
        truth: M C Hs Ws, reflectance in the order of the network's bands; None where unknown.
        aerial: C Hs Ws at 1.6 m, 0..1; None where its size or bands do not compare, or where it
            has pixels without an image.
    """

    ready: Ready
    labels: Bytes | None
    sr_labels: Bytes | None
    truth: Floats | None
    aerial: Floats | None


def case_of(scene: Scene, ready: Ready, truth: Truth | None, card: Card) -> Case:
    """Bring what a scene is compared with to the model's classes, bands and grid.

    Raises:
        SceneError: Labels that the model's table does not know; a truth of other bands or of
            another place.
    """
    bands = tuple(band for band, _ in card.value_ranges)
    labels = None if scene.reference is None else labels_of(scene, card.table)
    known = truth_of(truth, scene, bands) if truth and bands else None
    return Case(
        ready=ready,
        labels=labels,
        sr_labels=None if known is None or labels is None else _sr_labels(scene, ready, card),
        truth=known,
        aerial=_aerial(scene, bands) if bands else None,
    )


def seeds_of(case: Case, settings: Settings) -> tuple[int, ...]:
    """The seeds that a scene is predicted with: those of the maps, then those of samples alone."""
    maps = settings.seeds if case.labels is not None else ()
    return tuple(dict.fromkeys((*maps, *range(settings.samples))))


def evaluate_scene(
    case: Case,
    model: Model,
    settings: Settings,
    steps: int,
    on_step: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    between: Callable[[], None] | None = None,
) -> SceneRecord:
    """Predict with every seed and count.

    Args:
        case: The scene.
        model: The model.
        settings: What to predict.
        steps: Denoising steps.
        on_step: Called as by `predict`.
        cancel: As of `predict`.
        between: Called before each prediction.

    Raises:
        Cancelled: `cancel` was set.
    """
    fused: list[tuple[str, MapFigures]] = []
    without_series: MapFigures | None = None
    edges = None if case.labels is None else near_edges(case.labels, case.ready.grid.gsd)
    rivals: list[tuple[str, SeriesFigures]] = []
    samples: list[SeriesFigures] = []
    mean: SeriesFigures | None = None
    spread: tuple[MonthSpread, ...] = ()
    years: list[Floats] = []
    for seed in seeds_of(case, settings):
        if between is not None:
            between()
        run = Run(
            settings.sampler,
            steps,
            seed,
            guide=settings.guide,
            noise=settings.noise,
            registration=settings.registration,
            rule=settings.rule,
            device=settings.device,
        )
        # Of other seeds than the maps' the series alone; and no noise reaches the explanation.
        mapped = case.labels is not None and seed in settings.seeds
        wanted = Wanted(explanation=without_series is None) if mapped else SERIES_ALONE
        prediction = predict(case.ready, model, run, on_step=on_step, cancel=cancel, wanted=wanted)
        if case.labels is not None and edges is not None and seed in settings.seeds:
            count = partial(_counted, labels=case.labels, edges=edges)
            fused.append((str(seed), count(prediction.land_cover)))
            if without_series is None:  # no noise reaches it: one seed tells
                told = prediction.explanation
                without_series = count(told.without_series if told else prediction.land_cover)
        found = prediction.super_resolved
        if seed in range(settings.samples) and found is not None:
            judge = Judge(case, found, model.card)
            if not samples:  # no noise reaches them
                rivals = judge.rivals()
            samples.append(judge.of(found.reflectance))
            years.append(found.reflectance)
    if len(years) > 1:
        mean, spread = judge.of(np.mean(years, axis=0)), judge.spread(years)
    return SceneRecord(
        key=key_of(case, model.card, settings, steps),
        scene=case.ready.scene_id,
        fused=tuple(fused),
        without_series=without_series,
        rivals=tuple(rivals),
        samples=tuple(samples),
        mean=mean,
        spread=spread,
    )


class Judge:
    """Years of one scene against all that is known of it."""

    def __init__(self, case: Case, found: SuperResolved, card: Card) -> None:
        assert isinstance(case.ready, Prepared)  # what super-resolves a series prepares its months
        self._ready, self._found, self._aerial = case.ready, found, case.aerial
        self._scalings = tuple(Scaling(low, high) for _, (low, high) in card.value_ranges)
        self._nearest = nearest_month(case.ready)
        self._known = None
        if case.truth is not None:
            self._known = Known(
                truth=case.truth,
                bands=tuple(band for band, _ in card.value_ranges),
                scalings=self._scalings,
                nearest=self._nearest,
                labels=case.sr_labels,
                names=card.table.names,
            )

    def of(self, year: Floats) -> SeriesFigures:
        """The figures of a year, M C Hs Ws."""
        return series_figures(
            year, self._found, self._scalings, self._known, self._aerial, self._nearest
        )

    def rivals(self) -> list[tuple[str, SeriesFigures]]:
        """Those of the scene, and what the truth itself reaches, where it is known."""
        years = [
            (name, make(self._ready, self._found, self._scalings)) for name, make in RIVALS.items()
        ]
        if self._known is not None:
            years.append((TRUTH, self._known.truth))
        return [(name, self.of(year)) for name, year in years if year is not None]

    def spread(self, years: Sequence[Floats]) -> tuple[MonthSpread, ...]:
        """Of samples around the truth; none where it is not known."""
        if self._known is None:
            return ()
        return year_spread(years, self._ready.present, self._known)


def key_of(case: Case, card: Card, settings: Settings, steps: int) -> str:
    """A hash of all that a scene's figures depend on: its pixels, the weights, the settings."""
    # bfloat16 on a GPU gives other figures than float32 on a CPU.
    device = choose_device(settings.device).type
    told = (
        __version__,
        FIGURES,
        tuple(RIVALS),
        case.ready.scene_id,
        card.hash,
        replace(settings, steps=(steps,), device=device),
    )
    digest = hashlib.sha256(repr(told).encode())
    for array in (*_arrays(case.ready), case.labels, case.truth):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"|")
    return digest.hexdigest()


def _arrays(ready: Any) -> Iterator[Any]:
    """What a model sees of a scene."""
    for one in fields(ready):
        value = getattr(ready, one.name)
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, Mapping):
            yield from (value[name] for name in sorted(value))
        elif isinstance(value, tuple):  # as each of several joined models takes it
            for part in value:
                if is_dataclass(part):
                    yield from _arrays(part)


def _aerial(scene: Scene, bands: tuple[str, ...]) -> Floats | None:
    if scene.seen is not None:  # what has no image does not compare
        return None
    try:
        scaled = aerial_at_sr(scene, InputSpec(series_bands=bands))
    except (SceneError, RunError):  # its size or bands do not compare: one figure less
        return None
    unit: Floats = ((scaled + 1) / 2).astype(np.float32)  # [-1, 1] -> 0..1
    return unit


def _sr_labels(scene: Scene, ready: Ready, card: Card) -> Bytes | None:
    if not isinstance(ready, Prepared):
        return None
    spec = InputSpec(series_bands=tuple(band for band, _ in card.value_ranges))
    try:
        return targets(scene, ready, spec, card.table, "none").sr_labels
    except (SceneError, RunError):  # as with the aerial image
        return None


def _counted(found: LandCover, labels: Bytes, edges: Bools) -> MapFigures:
    def matrix(of: Bools) -> Matrix:
        counted = confusion_matrix(found.class_map[of], labels[of], len(found.table))
        return tuple(tuple(row) for row in counted.tolist())

    seen = found.classified  # a label where there is no image says nothing about the map
    return MapFigures(matrix(seen), matrix(seen & edges))
