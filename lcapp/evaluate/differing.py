"""Two maps of one place: where they differ, how much, and which of them the reference bears out.

Maps of two tables are compared in the coarser of the two where its classes hold those of the other
(see `common_classes`); where they do not, nothing can be compared class by class.
"""

from collections.abc import Mapping

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.errors import RunError
from lcapp.evaluate.agreement import Agreement, confusion_matrix, evaluated
from lcapp.evaluate.areas import areas_of
from lcapp.evaluate.common_classes import brought, common_table, reference_in
from lcapp.evaluate.trust import worst_zone
from lcapp.scene.rasters.georeference import pixel_area
from lcapp.types import Bools, Bytes, Floats, LandCover, Reference
from lcapp.types.differing import (
    A_RIGHT,
    B_RIGHT,
    NEITHER,
    SAME,
    UNKNOWN,
    Differing,
    Judged,
)


def differing(a: LandCover, b: LandCover, references: Mapping[str, Reference]) -> Differing | None:
    """Compare two maps of a scene.

    Args:
        a: One.
        b: The other, on the same pixels.
        references: Of the scene, by the name of their table.

    Returns:
        None where the classes of neither hold those of the other.

    Raises:
        RunError: The maps lie on other pixels.
    """
    if a.class_map.shape != b.class_map.shape:
        raise RunError(
            f"the maps have {a.class_map.shape} and {b.class_map.shape} pixels",
            expected="two maps of one scene on the same pixels",
        )
    table = common_table(a.table, b.table)
    if table is None:
        return None
    first, second = (brought(one.class_map, one.table, table) for one in (a, b))
    both = (first != NO_CLASS) & (second != NO_CLASS)
    apart = both & (first != second)
    labels = reference_in(references, table)
    judged = None
    verdict = np.where(both, np.uint8(SAME), np.uint8(NO_CLASS))
    verdict[apart] = UNKNOWN
    if labels is not None:
        counted = apart & np.isin(labels, evaluated(table))
        verdict[counted] = NEITHER
        verdict[counted & (first == labels)] = A_RIGHT
        verdict[counted & (second == labels)] = B_RIGHT
        of_a, of_b = (_judged(one, labels, table, both) for one in (first, second))
        judged = (of_a, of_b) if of_a is not None and of_b is not None else None
    zone, times = worst_zone(apart.astype(np.float32))
    return Differing(
        table=table,
        class_maps=(first, second),
        areas=(areas_of(first, table, a.grid), areas_of(second, table, b.grid)),
        grid=a.grid,
        pixel_m2=pixel_area(a.grid),
        reference=labels,
        verdict=verdict,
        matrix=confusion_matrix(second[both], first[both], len(table)),
        judged=judged,
        zone=zone,
        times=times,
    )


def judged(cover: LandCover, references: Mapping[str, Reference]) -> Judged | None:
    """A map alone beside the reference of its classes; None where there is none that counts."""
    labels = reference_in(references, cover.table)
    if labels is None:
        return None
    return _judged(cover.class_map, labels, cover.table, cover.classified)


def _judged(ids: Bytes, labels: Bytes, table: ClassTable, seen: Bools) -> Judged | None:
    known = seen & (labels != NO_CLASS)
    found = Agreement(confusion_matrix(ids[known], labels[known], len(table)), evaluated(table))
    if not np.isfinite(found.oa):
        return None
    iou: Floats = found.iou.astype(np.float32)
    return Judged(table, found.matrix, iou, float(found.miou()), float(found.oa))
