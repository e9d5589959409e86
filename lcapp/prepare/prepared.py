"""A scene in physical values becomes what the network takes (METHOD.md sections 1 and 2)."""

import calendar
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcapp.errors import NoClearDate, SceneError
from lcapp.prepare.clouds import clear_dates, cover_percent
from lcapp.prepare.crop import crop_to_tile
from lcapp.prepare.inputs import InputSpec
from lcapp.prepare.months import main_year, months, series_notes
from lcapp.prepare.registration import registered, shifts_among, together
from lcapp.prepare.scaling import scale, to_reflectance
from lcapp.prepare.windows import footprint_windows
from lcapp.sensors import NDSM
from lcapp.types import CloudRule, DateShift, Floats, Month, Prepared, PreparedImage, Scene, Series

DEFAULT_RULE = CloudRule()


def prepare(
    scene: Scene, spec: InputSpec, rule: CloudRule = DEFAULT_RULE, registration: bool = False
) -> Prepared:
    """Filter, lay onto each other, average by month, scale, and find the exact footprint.

    The series is cropped before it is filtered, so that clouds beyond the crop do not cost a
    date.

    Args:
        scene: The scene; needs a series.
        spec: What the bundle takes in.
        rule: When an acquisition is clear.
        registration: Lay the dates onto each other and onto the aerial image; else the series
            lies where it came.

    Raises:
        NoClearDate: No month has a clear date.
        SceneError: No series, a band that the bundle cannot do without, or a
            series that does not cover the aerial image.
    """
    if scene.sentinel2 is None:
        raise SceneError(
            "there is no Sentinel-2 series",
            where=scene.id,
            expected="an aerial image with a series of the same place",
            advice="add the series, or choose a scene that has one",
        )
    grid = scene.grid
    series = crop_to_tile(_with_bands(scene.sentinel2, spec, scene.id), grid)
    dates: tuple[DateShift, ...] = ()
    if registration:
        series, dates = _laid_together(series, rule)
    monthly, described = months(series, rule)
    if not any(month.present for month in described):
        raise _no_month(scene.id, series, rule)
    aerial, neutral_bands = _aerial(scene, spec)
    day_offsets, date_notes = _day_offsets(described, scene.aerial.date, series.dates)
    sr_grid = grid.coarser()
    prepared = Prepared(
        scene_id=scene.id,
        aerial=aerial,
        aerial_bands=spec.aerial_bands,
        neutral_bands=neutral_bands,
        series=np.stack(  # M C h w
            [
                scale(monthly[:, channel], spec.scaling(band))
                for channel, band in enumerate(spec.series_bands)
            ],
            axis=1,
        ),
        series_bands=spec.series_bands,
        day_offsets=day_offsets,
        months=described,
        hr_grid=grid,
        sr_grid=sr_grid,
        lr_grid=series.grid,
        windows=footprint_windows(series.grid, sr_grid, spec.series_bands),
        notes=tuple(
            dict.fromkeys(
                (*scene.notes, *series_notes(series), *date_notes, *_lacking(neutral_bands))
            )
        ),
        collection=scene.collection,
        simulated=scene.simulated,
        seen=scene.seen,
    )
    return registered(prepared, spec, dates) if registration else prepared


def _laid_together(series: Series, rule: CloudRule) -> tuple[Series, tuple[DateShift, ...]]:
    """The series with its clear dates laid onto each other, and by how much they lay off."""
    clear = clear_dates(series, cover_percent(series, rule), rule)
    reflectance = to_reflectance(series.values[clear], series.offsets[clear])
    shifts, _ = shifts_among(reflectance, series.grid.gsd)
    if not shifts.any():
        return series, ()
    days = (date for date, kept in zip(series.dates, clear, strict=True) if kept)
    moved = tuple(
        DateShift(day, float(east), float(north))
        for day, (east, north) in zip(days, shifts, strict=True)
    )
    return replace(series, values=together(series, clear, shifts)), moved


def prepare_image(scene: Scene, spec: InputSpec) -> PreparedImage:
    """The aerial image alone, scaled.

    Args:
        scene: The scene.
        spec: What the bundle takes in.

    Raises:
        SceneError: A band that the bundle cannot do without.
    """
    aerial, neutral_bands = _aerial(scene, spec)
    return PreparedImage(
        scene_id=scene.id,
        collection=scene.collection,
        simulated=scene.simulated,
        grid=scene.aerial.grid,
        notes=(*scene.notes, *_lacking(neutral_bands)),
        aerial=aerial,
        seen=scene.seen,
    )


def _lacking(bands: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"The scene has no band {band!r}: it holds the neutral value that stands for "
        '"not there" in the bundle\'s description.'
        for band in bands
    )


def without_bands(prepared: Prepared, spec: InputSpec) -> Prepared:
    """The scene as if it lacked the bands that the network can do without.

    Args:
        prepared: By the same `spec`.
        spec: Names these bands and the values that stand for them.
    """
    aerial = prepared.aerial.copy()  # C H W
    for band, value in spec.neutral:
        channel = spec.aerial_bands.index(band)
        aerial[channel] = scale(np.full(aerial.shape[1:], value), spec.scaling(band))
    names = tuple(band for band, _ in spec.neutral)
    return replace(prepared, aerial=aerial, neutral_bands=names)


def without_month(prepared: Prepared, month: int) -> Prepared:
    """The scene as if a calendar month had no clear acquisition.

    Args:
        prepared: The scene.
        month: 1..12.

    Raises:
        SceneError: The month is absent anyway, or the only one that is present.
    """
    index, name = month - 1, calendar.month_name[month]
    if not prepared.present[index]:
        raise SceneError(f"{name} is absent and cannot be left out", where=prepared.scene_id)
    if prepared.present.sum() == 1:
        raise SceneError(
            f"{name} is the only present month and cannot be left out",
            where=prepared.scene_id,
            expected="two present months or more",
        )
    series, day_offsets = prepared.series.copy(), prepared.day_offsets.copy()
    series[index] = day_offsets[index] = np.nan
    gone = replace(prepared.months[index], present=False, date=None, used=0, reason="left out")
    months = (*prepared.months[:index], gone, *prepared.months[month:])
    return replace(prepared, series=series, day_offsets=day_offsets, months=months)


def _with_bands(series: Series, spec: InputSpec, where: str) -> Series:
    """The series with the bundle's bands only, in its order."""
    missing = [band for band in spec.series_bands if band not in series.bands]
    if missing:
        raise SceneError(
            f"the series has no band {', '.join(missing)}",
            where=where,
            expected=f"the bands of this model: {', '.join(spec.series_bands)}",
            advice="use a series that has them, or a model that does without",
        )
    order = [series.bands.index(band) for band in spec.series_bands]
    return replace(series, values=series.values[:, order], bands=spec.series_bands)  # T C H W


def _aerial(scene: Scene, spec: InputSpec) -> tuple[Floats, tuple[str, ...]]:
    """C H W scaled, and the bands that hold their neutral value."""
    aerial, heights = scene.aerial, scene.ndsm if NDSM in spec.aerial_bands else None
    found = aerial.planes | ({} if heights is None else {NDSM: heights})
    can_do_without = dict(spec.neutral)
    channels, neutral = [], []
    for band in spec.aerial_bands:
        if band in found:
            values = found[band].astype(np.float32)
        elif band in can_do_without:
            neutral.append(band)
            values = np.full((aerial.grid.height, aerial.grid.width), can_do_without[band])
        else:
            raise SceneError(
                f"the aerial image has no band {band!r}",
                where=scene.id,
                expected=f"the bands of this model: {', '.join(spec.aerial_bands)}",
                advice="use an image that has it, or a model that was trained to do without",
            )
        channels.append(scale(values, spec.scaling(band)))
    return np.stack(channels), tuple(neutral)


def _day_offsets(
    described: Sequence[Month], aerial_date: dt.date | None, acquired: Sequence[dt.date]
) -> tuple[Floats, tuple[str, ...]]:
    """M, days from the aerial image to the month's date; NaN where absent."""
    notes: tuple[str, ...] = ()
    if aerial_date is None:
        aerial_date = dt.date(main_year(acquired), 7, 1)
        notes = (f"The date of the aerial image is unknown: {aerial_date} is assumed.",)
    offsets = [
        np.nan if month.date is None else (month.date - aerial_date).days for month in described
    ]
    return np.array(offsets, dtype=np.float32), notes


def _no_month(where: str, series: Series, rule: CloudRule) -> NoClearDate:
    """Why there is nothing to super-resolve, and what would help."""
    cover = cover_percent(series, rule)  # T
    if clear_dates(series, cover, rule).any() or cover.min() >= 100.0:
        return NoClearDate(
            "no month has clear data on every pixel of the crop",
            where=where,
            expected="a series without lasting gaps or cloud",
            advice="use another series or other masks",
        )
    clearest = int(cover.argmin())
    return NoClearDate(
        f"no clear date among {len(cover)}: the clearest, {series.dates[clearest]}, "
        f"has {cover[clearest]:.3g} % cloud, snow or gaps",
        where=where,
        expected=f"a date with at most {rule.max_cover_percent:g} %",
        advice=f"a maximum cover of {math.ceil(cover[clearest])} % would admit that date",
    )
