"""What throws shadows, as images from which a regression can take them or give them back.

The aeroplane's shadows fall where its sun was, the satellite's to the north-west, as it comes in
the morning. Taken for the land itself they pull the one image onto the other by up to 3 m.
"""

import numpy as np

from lcapp.types import Floats

AZIMUTHS = (-40.0, 0.0, 40.0)
"""Degrees clockwise from north, where shadows fall around noon, north of the tropics."""

ELEVATION = 45.0
"""Degrees, of the sun."""

_REACH = 30.0
_EDGE = 1.0
"""Metres of height over which a shadow's edge goes from dark to light."""


def cast_shadows(heights: Floats, gsd: float) -> Floats:
    """Shadows by each of `AZIMUTHS`: N H W, 0 in the light to 1.

    Args:
        heights: H W, metres above ground.
        gsd: Metres of a pixel.
    """
    height, width = heights.shape
    rise = float(np.tan(np.radians(ELEVATION))) * gsd  # of a ray, a pixel
    steps = int(min(_REACH, max(float(heights.max(initial=0)), 0)) / rise)
    around = np.pad(heights, steps, mode="edge")
    shadows = np.zeros((len(AZIMUTHS), height, width), np.float32)
    for shadow, azimuth in zip(shadows, np.radians(AZIMUTHS), strict=True):
        for step in range(1, steps + 1):
            # What stands towards the sun, from where the ray comes down.
            row = steps + round(step * float(np.cos(azimuth)))
            col = steps - round(step * float(np.sin(azimuth)))
            stands = around[row : row + height, col : col + width]
            covered = (stands - heights - step * rise) / _EDGE + 0.5
            np.maximum(shadow, np.clip(covered, 0, 1), out=shadow)
    return shadows
