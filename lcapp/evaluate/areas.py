"""How much of the image each class covers."""

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.scene.rasters.georeference import pixel_area
from lcapp.types import Bytes, ClassArea, Grid, LandCover


def class_areas(land_cover: LandCover) -> tuple[ClassArea, ...]:
    """The extent of every class of the table, in its order; the shares sum to 1.

    Pixels without a class do not count; of a map of these alone all shares are 0.
    """
    return areas_of(land_cover.class_map, land_cover.table, land_cover.grid)


def areas_of(class_map: Bytes, table: ClassTable, grid: Grid) -> tuple[ClassArea, ...]:
    """As `class_areas`, of class ids alone (H W, `NO_CLASS` where there is none)."""
    classes = class_map[class_map != NO_CLASS]
    counts = np.bincount(classes, minlength=len(table))
    pixel_m2 = pixel_area(grid)
    return tuple(
        ClassArea(name, float(count / max(1, classes.size)), float(count * pixel_m2))
        for name, count in zip(table.names, counts, strict=True)
    )
