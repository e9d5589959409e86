"""Reflectance of pure materials in ten Sentinel-2 bands.

Rounded typical values within the ranges that published libraries show (ECOSTRESS and ASTER
spectral libraries for soils, roofs, roads, snow and water; the LOPEX and ANGERS leaf data with
canopy models for vegetation; band averages as level-2A products of French landscapes show them).
A single roof or field may lie far from them: `Surface.brightness` and `vigour` spread them.
"""

import numpy as np
from numpy.typing import NDArray

Spectrum = NDArray[np.float64]

MATERIALS: dict[str, Spectrum] = {
    name: np.array(values) / 1000
    for name, values in {
        # B2   B3   B4   B5   B6   B7   B8  B8A  B11  B12
        "grass": (33, 76, 42, 112, 330, 420, 450, 462, 215, 108),
        "crop": (30, 74, 38, 106, 330, 430, 460, 470, 205, 98),
        "broad crop": (30, 82, 36, 118, 370, 480, 510, 520, 215, 100),
        "foliage": (22, 52, 25, 78, 265, 350, 380, 392, 165, 72),
        "vine leaf": (30, 66, 36, 98, 275, 350, 375, 388, 190, 95),
        "needles": (17, 35, 20, 48, 145, 185, 205, 215, 92, 42),
        "soft needles": (21, 48, 25, 72, 215, 280, 305, 316, 138, 62),
        "heather": (30, 50, 42, 78, 165, 205, 222, 235, 175, 98),
        "blossom": (40, 176, 178, 215, 330, 400, 425, 435, 200, 100),
        "straw": (72, 128, 166, 205, 245, 265, 290, 310, 360, 265),
        "dry grass": (62, 98, 122, 160, 205, 232, 252, 268, 318, 222),
        "litter": (55, 80, 105, 130, 160, 180, 200, 215, 270, 200),
        "gold": (40, 92, 118, 165, 235, 270, 290, 300, 205, 120),
        "bark": (42, 56, 70, 90, 115, 135, 155, 170, 205, 145),
        "slash": (58, 80, 98, 122, 146, 164, 182, 196, 262, 205),
        "loam": (58, 88, 115, 138, 155, 168, 182, 196, 262, 225),
        "silt": (70, 104, 136, 160, 178, 192, 208, 222, 292, 250),
        "clay": (50, 74, 102, 124, 142, 156, 170, 182, 232, 188),
        "chalk": (95, 132, 172, 196, 212, 225, 242, 256, 330, 292),
        "terra rossa": (48, 80, 148, 176, 192, 204, 218, 230, 298, 252),
        "sand": (98, 138, 176, 202, 220, 234, 250, 264, 340, 305),
        "humus": (38, 54, 72, 92, 112, 130, 148, 162, 212, 170),
        "gravel": (150, 176, 202, 214, 222, 230, 240, 248, 285, 268),
        "limestone": (205, 245, 282, 296, 306, 314, 322, 330, 368, 340),
        "granite": (112, 126, 140, 150, 158, 166, 174, 182, 214, 200),
        "asphalt": (78, 86, 94, 99, 104, 108, 114, 118, 130, 124),
        "old asphalt": (108, 120, 131, 137, 142, 147, 153, 158, 178, 170),
        "concrete": (152, 169, 184, 191, 197, 202, 208, 212, 232, 222),
        "paint": (420, 440, 450, 455, 455, 455, 455, 450, 420, 400),
        "tiles": (72, 98, 178, 215, 236, 246, 258, 268, 305, 275),
        "old tiles": (66, 88, 128, 152, 170, 180, 192, 202, 238, 214),
        "slate": (88, 94, 98, 102, 106, 110, 114, 118, 140, 138),
        "lauze": (108, 122, 134, 142, 148, 154, 162, 168, 198, 188),
        "sheet": (198, 212, 220, 224, 228, 230, 235, 238, 244, 224),
        "membrane": (345, 370, 382, 385, 386, 386, 384, 380, 345, 318),
        "bitumen": (66, 72, 78, 82, 86, 90, 94, 98, 112, 108),
        "silicon": (62, 58, 54, 56, 60, 66, 72, 80, 96, 88),
        "glass": (142, 156, 160, 168, 182, 192, 200, 206, 176, 144),
        "film": (290, 312, 322, 330, 340, 345, 350, 352, 312, 262),
        "tarpaulin": (48, 70, 62, 66, 72, 78, 86, 92, 110, 96),
        "pond": (34, 44, 30, 26, 18, 15, 13, 11, 6, 4),
        "river": (38, 56, 44, 36, 24, 20, 17, 14, 7, 5),
        "lake": (28, 34, 20, 16, 11, 9, 8, 7, 4, 3),
        "basin": (232, 244, 105, 70, 40, 30, 25, 20, 10, 6),
        "snow": (860, 855, 850, 840, 830, 820, 800, 790, 110, 90),
        "cloud": (560, 550, 545, 550, 560, 565, 570, 570, 420, 330),
    }.items()
}

SOILS = ("loam", "silt", "clay", "chalk", "terra rossa", "sand", "humus")
"""What fields are made of; darker when wet."""

HERBS = ("grass", "crop", "broad crop")
"""Green that a dry summer turns to `dry grass`."""

WOODY = ("foliage", "needles", "soft needles", "gold", "bark")
"""Canopies, which shade themselves when the sun is low."""

PLANTS = (*HERBS, *WOODY, "vine leaf", "heather", "blossom", "straw", "dry grass", "litter")
"""Covers that a parcel's vigour thickens and its calendar moves."""
