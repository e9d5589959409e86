"""Plain pairs: an aerial GeoTIFF with a series as .npy or as a multi-band GeoTIFF.

In a folder: `NAME_aerial.tif`, `NAME_series.npy` or `.tif`, `NAME_dates.txt`, and where there are
`NAME_masks.npy`, `NAME_ndsm.tif`, `NAME_labels.tif`.
"""

from pathlib import Path

from lcapp.errors import SceneError
from lcapp.scene.pairs.series_tif import read_series_tif
from lcapp.scene.rasters.aerial import AerialFile, inspect_aerial, read_aerial
from lcapp.scene.rasters.companions import read_ndsm, read_reference
from lcapp.scene.reader import SceneHeader
from lcapp.scene.series import (
    BAND_SETS,
    Acquisitions,
    assemble,
    centred_grid,
    check_masks,
    check_shapes,
    crop_around,
    load_array,
    read_acquisitions,
)
from lcapp.sensors import SPECTRAL_AERIAL_BANDS
from lcapp.types import Aerial, Bytes, Grid, Scene, Series

_AERIAL = "_aerial.tif"


class Pairs:
    """A folder of plain pairs."""

    kind = "pairs"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids = tuple(
            sorted(file.name.removesuffix(_AERIAL) for file in path.glob(f"*{_AERIAL}"))
        )

    def header(self, scene_id: str) -> SceneHeader:
        """The aerial image, opened but not read."""
        file = inspect_aerial(self._part(scene_id, _AERIAL))
        has_reference = self._part(scene_id, "_labels.tif").is_file()
        has_ndsm = self._part(scene_id, "_ndsm.tif").is_file()
        return SceneHeader(scene_id, file.grid, has_reference, has_ndsm, False)

    def scene(self, scene_id: str) -> Scene:
        """The aerial image and whatever lies beside it."""
        series = [self._part(scene_id, ending) for ending in ("_series.npy", "_series.tif")]
        there = [path for path in series if path.is_file()]
        if len(there) > 1:
            raise SceneError(
                f"has two series, {series[0].name} and {series[1].name}",
                where=self.path,
                advice="remove one of them",
            )
        return read_pair(
            self._part(scene_id, _AERIAL),
            there[0] if there else None,
            self._optional(scene_id, "_dates.txt"),
            self._optional(scene_id, "_masks.npy"),
            self._optional(scene_id, "_ndsm.tif"),
            self._optional(scene_id, "_labels.tif"),
        )

    def tree(self, scene_id: str) -> None:
        """There is no official split."""

    def _part(self, scene_id: str, ending: str) -> Path:
        return self.path / f"{scene_id}{ending}"

    def _optional(self, scene_id: str, ending: str) -> Path | None:
        path = self._part(scene_id, ending)
        return path if path.is_file() else None


def read_pair(
    aerial: str | Path,
    series: str | Path | None,
    dates: str | Path | None = None,
    masks: str | Path | None = None,
    ndsm: str | Path | None = None,
    labels: str | Path | None = None,
) -> Scene:
    """Read one aerial image with its series.

    Args:
        aerial: GeoTIFF, uint8, 0.2 m: red, green, blue, near infrared, unless its band
            descriptions say otherwise.
        series: .npy, T C H W, 10 m, centred on the aerial image; or a GeoTIFF of T x C bands in
            the aerial CRS. C is B4,B3,B2,B8 or all ten bands; digital numbers or reflectance.
        dates: Text, one ISO date or Sentinel-2 product name a line; a GeoTIFF may instead
            describe its bands as `2021-03-14 B4`.
        masks: .npy, T 2 H W, snow and cloud in percent.
        ndsm: GeoTIFF on the aerial grid, metres above ground.
        labels: GeoTIFF on the aerial grid, FLAIR #2 values (`companions.read_reference`).

    Raises:
        SceneError: Whatever cannot be used, with its file.
    """
    path = Path(aerial)
    pixels, file = read_aerial(path)
    pixels, bands, band_notes = _spectral(pixels, file)
    image, series_notes = _series(file.grid, series, dates, masks)
    return Scene(
        id=path.name.removesuffix(_AERIAL).removesuffix(path.suffix),
        collection=path.absolute().parent.name,
        aerial=Aerial(pixels, bands, file.grid, date=None),
        series=image,
        ndsm=None if ndsm is None else read_ndsm(Path(ndsm), file.grid),
        reference=None if labels is None else read_reference(Path(labels), file.grid),
        notes=(
            *file.notes,
            *band_notes,
            "The file names no flight date of the aerial image.",
            *series_notes,
        ),
    )


def _spectral(pixels: Bytes, file: AerialFile) -> tuple[Bytes, tuple[str, ...], tuple[str, ...]]:
    """The spectral channels, their names, and notes on how they were told apart."""
    described = [name for name in file.descriptions if name in SPECTRAL_AERIAL_BANDS]
    if len(described) >= 3 and len(set(described)) == len(described):
        channels = [file.descriptions.index(name) for name in described]
        return pixels[channels], tuple(described), ()
    count = min(file.channels, len(SPECTRAL_AERIAL_BANDS))
    if file.has_alpha and (pixels[3] == 255).all():
        notes = ["The fourth band is an opaque alpha channel, not near infrared: left out."]
        count = 3
    else:
        notes = []
    names = SPECTRAL_AERIAL_BANDS[:count]
    notes.append(f"The aerial bands are not described: taken as {', '.join(names)}.")
    if file.channels > len(SPECTRAL_AERIAL_BANDS):
        notes.append(f"Of {file.channels} aerial bands the first four are used.")
    return pixels[:count], names, tuple(notes)


def _series(
    aerial: Grid, series: str | Path | None, dates: str | Path | None, masks: str | Path | None
) -> tuple[Series | None, tuple[str, ...]]:
    if series is None:
        return None, ("There is no series beside the aerial image.",)
    path = Path(series)
    when = None if dates is None else read_acquisitions(Path(dates))
    mask_array = None if masks is None else load_array(Path(masks))
    if path.suffix.lower() in (".tif", ".tiff"):
        stack = read_series_tif(path, aerial, when)
        check_masks(mask_array, stack.full_shape, path)
        cut = None if mask_array is None else mask_array[:, :, *stack.crop]
        return assemble(stack.values, stack.bands, stack.when, stack.grid, cut, path, stack.nodata)
    values = load_array(path)
    when = _needed(when, path)
    check_shapes(values, len(when.dates), mask_array, path, tuple(BAND_SETS))
    whole = centred_grid(aerial, *values.shape[2:])
    grid, (rows, cols) = crop_around(whole, aerial, path)
    made, notes = assemble(
        values[:, :, rows, cols],
        BAND_SETS[values.shape[1]],
        when,
        grid,
        None if mask_array is None else mask_array[:, :, rows, cols],
        path,
    )
    return made, (
        "The series has no georeference: it is taken as centred on the aerial image.",
        *notes,
    )


def _needed(when: Acquisitions | None, path: Path) -> Acquisitions:
    if when is None:
        raise SceneError(
            "has no dates",
            where=path,
            expected="a text file with one date a line",
            advice="write NAME_dates.txt beside it",
        )
    return when
