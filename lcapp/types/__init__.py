"""The values that travel between the rooms: frozen, NumPy, each with its georeference.

Axis legend, everywhere: B batch, M the twelve calendar months (January first), T acquisitions,
C channels, H W pixels, K classes. Month axes always have length 12; an absent month is NaN, never
a copy and never zero. Row 0 is the northernmost.
"""

from lcapp.types.arrays import Bools, Bytes, Floats
from lcapp.types.card import Card
from lcapp.types.grids import Grid, Window, Windows
from lcapp.types.prepared import DateShift, Guided, Month, Prepared, PreparedImage, Registration
from lcapp.types.results import (
    ClassArea,
    Explanation,
    GroupArea,
    LandCover,
    Occlusion,
    PixelAttention,
    Prediction,
    RunRecord,
    SuperResolved,
)
from lcapp.types.run import (
    AUTOMATIC,
    EVERYTHING,
    MAPS_ALONE,
    SERIES_ALONE,
    CloudRule,
    Cost,
    Course,
    Denoised,
    Progress,
    Run,
    Units,
    Wanted,
)
from lcapp.types.scene import Image, Reference, Scene, Series, seen_by
from lcapp.types.targets import Alignment, Targets
from lcapp.types.truth import Truth

__all__ = [
    "AUTOMATIC",
    "EVERYTHING",
    "MAPS_ALONE",
    "SERIES_ALONE",
    "Alignment",
    "Bools",
    "Bytes",
    "Card",
    "ClassArea",
    "CloudRule",
    "Cost",
    "Course",
    "DateShift",
    "Denoised",
    "Explanation",
    "Floats",
    "Grid",
    "GroupArea",
    "Image",
    "LandCover",
    "Month",
    "Occlusion",
    "PixelAttention",
    "Prediction",
    "Guided",
    "Prepared",
    "PreparedImage",
    "Progress",
    "Reference",
    "Registration",
    "Run",
    "RunRecord",
    "Scene",
    "Series",
    "SuperResolved",
    "Targets",
    "Truth",
    "Units",
    "Wanted",
    "Window",
    "Windows",
    "seen_by",
]
