"""How much of the image each class covers."""

import numpy as np

from lcapp.scene.rasters.georeference import pixel_area
from lcapp.types import ClassArea, LandCover


def class_areas(land_cover: LandCover) -> tuple[ClassArea, ...]:
    """The extent of every class of the table, in its order; the shares sum to 1.

    Pixels without a class do not count; of a map of these alone all shares are 0.
    """
    classes = land_cover.class_map[land_cover.classified]
    counts = np.bincount(classes, minlength=len(land_cover.table))
    pixel_m2 = pixel_area(land_cover.grid)
    return tuple(
        ClassArea(name, float(count / max(1, classes.size)), float(count * pixel_m2))
        for name, count in zip(land_cover.table.names, counts, strict=True)
    )
