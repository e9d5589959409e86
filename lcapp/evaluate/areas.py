"""How much of a place each class covers, and each group of classes that people ask for."""

import csv
import io
from collections.abc import Mapping

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.scene.rasters.georeference import pixel_area
from lcapp.types import Bytes, ClassArea, Grid, GroupArea, LandCover, Reference

OTHER = "other"

GROUPS: Mapping[str, tuple[str, ...]] = {
    "sealed": ("building", "impervious surface", "greenhouse", "swimming pool"),
    "green": (
        *("herbaceous vegetation", "deciduous", "coniferous", "brushwood"),
        *("clear cut", "ligneous", "mixed"),
    ),
    "farmland": ("agricultural land", "plowed land", "vineyard"),
    "water": ("water",),
}
"""Group to classes of the land cover tables; all others, such as gravel and bare soil, are other.

Sealed is what rain cannot get into: roofs of glass and basins as well.
"""


def class_areas(land_cover: LandCover) -> tuple[ClassArea, ...]:
    """The extent of every class of the table, in its order; the shares sum to 1.

    Pixels without a class do not count; of a map of these alone all shares are 0.
    """
    return areas_of(land_cover.class_map, land_cover.table, land_cover.grid)


def reference_areas(reference: Reference, grid: Grid) -> tuple[ClassArea, ...]:
    """The same of the labels that came with a scene.

    Args:
        reference: The labels.
        grid: Theirs.
    """
    return areas_of(reference.labels, reference.table, grid)


def areas_of(class_map: Bytes, table: ClassTable, grid: Grid) -> tuple[ClassArea, ...]:
    """The extent of every class of a table in a map of ids (H W)."""
    classes = class_map[class_map != NO_CLASS]
    counts = np.bincount(classes, minlength=len(table))
    pixel_m2 = pixel_area(grid)
    return tuple(
        ClassArea(name, float(count / max(1, classes.size)), float(count * pixel_m2))
        for name, count in zip(table.names, counts, strict=True)
    )


def group_areas(land_cover: LandCover) -> tuple[GroupArea, ...]:
    """The extent of each group and how sure the map is of it; none of a table without groups.

    Crops have no groups: all of them are farmland.
    """
    table = land_cover.table
    if not {*GROUPS["sealed"]} & {*table.names}:
        return ()
    areas = class_areas(land_cover)
    classified = land_cover.classified
    found = []
    for name in (*GROUPS, OTHER):
        ids = [at for at, one in enumerate(table.names) if _group(one) == name]
        inside = np.isin(land_cover.class_map, ids) & classified
        chance = land_cover.probabilities[ids].sum(axis=0)[classified]
        found.append(
            GroupArea(
                name,
                sum(areas[at].share for at in ids),
                sum(areas[at].m2 for at in ids),
                float(land_cover.confidence[inside].mean()) if inside.any() else None,
                float(chance.mean()) if chance.size else 0.0,
                tuple(sorted((areas[at] for at in ids), key=lambda one: -one.share)),
            )
        )
    return tuple(found)


def group_share(name: str, areas: tuple[ClassArea, ...]) -> float:
    """The share of one group, 0..1, of areas by class."""
    return sum(one.share for one in areas if _group(one.name) == name)


def areas_csv(land_cover: LandCover) -> str:
    """A line for each group and each class: which it is, its group, share, area and confidence."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["level", "name", "group", "share", "m2", "mean_probability"])
    groups = group_areas(land_cover)
    for one in groups:
        sure = "" if one.confidence is None else f"{one.confidence:.4f}"
        writer.writerow(["group", one.name, "", f"{one.share:.6f}", f"{one.m2:.2f}", sure])
    for at, area in enumerate(class_areas(land_cover)):
        inside = land_cover.class_map == at
        sure = f"{land_cover.confidence[inside].mean():.4f}" if inside.any() else ""
        group = _group(area.name) if groups else ""
        writer.writerow(["class", area.name, group, f"{area.share:.6f}", f"{area.m2:.2f}", sure])
    return text.getvalue()


def _group(name: str) -> str:
    return next((group for group, names in GROUPS.items() if name in names), OTHER)
