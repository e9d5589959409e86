"""Scenes one by one as CSV."""

from collections.abc import Sequence

from lcapp.evaluate.scene_figures import SceneRow
from lcapp.evaluate.tables.layout import csv_page


def scenes_csv(rows: Sequence[SceneRow]) -> str:
    """A line for each scene, method and number of steps; shares 0..1, PSNR in dB."""
    names = ("method", "steps", "scene", "oa", "miou", "psnr")
    return csv_page(names, [[getattr(row, name) for name in names] for row in rows])
