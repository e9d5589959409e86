"""Models on the Hub that lcapp knows by name: IGN's FLAIR-HUB models. Imports no torch.

Ids, inputs, licence: FLAIR.md. Parameters and figures: FLAIR-HUB (Garioud et al., 2025), Tables IX
(aerial image alone), X (land cover) and XIV (crops), all on its test set; where a repository's own
card differs, the paper counts (its mIoU of the crops leaves out two classes that the test set
lacks, and the card of LPIS-J takes them for zero: 35.4 against 32.3).
"""

from lcapp.classes import COSIA, LPIS1
from lcapp.families.family import Published
from lcapp.sensors import AERIAL, SENTINEL1, SENTINEL2, SPOT
from lcapp.sensors import ELEVATION as DEM

_OWNER = "IGNF/FLAIR-HUB_"


_INFRARED, _COLOUR = ("nir", "red", "green"), ("red", "green", "blue")


def _land_cover(
    name: str,
    inputs: tuple[str, ...],
    parameters: float,
    figures: tuple[float, float] | None,
    table: str = "X",
    listed: bool = True,
) -> Published:
    bands = _COLOUR if "_RGB_" in name else _INFRARED if AERIAL in inputs else ()
    miou, accuracy = figures or (None, None)
    source = f"FLAIR-HUB, Table {table}" if figures else None
    return Published(
        _OWNER + name, inputs, bands, COSIA.name, parameters, miou, accuracy, source, listed
    )


def _crops(
    name: str,
    inputs: tuple[str, ...],
    parameters: float,
    figures: tuple[float, float],
    listed: bool = False,
) -> Published:
    bands = _INFRARED if AERIAL in inputs else ()
    source = "FLAIR-HUB, Table XIV"
    return Published(_OWNER + name, inputs, bands, LPIS1.name, parameters, *figures, source, listed)


_ALL = (AERIAL, DEM, SPOT, SENTINEL2, *SENTINEL1)

KNOWN = (
    _land_cover("LC-A_IR_swinbase-upernet", (AERIAL,), 89.4, (64.1, 77.5)),
    _land_cover("LC-A_IR_swinlarge-upernet", (AERIAL,), 199.4, (64.8, 77.7), "IX"),
    _land_cover("LC-A_IR_convnextv2base-upernet", (AERIAL,), 90.2, (63.8, 77.0), "IX"),
    _land_cover("LC-A_IR_convnextv2tiny-upernet", (AERIAL,), 29.8, (62.7, 76.4), "IX"),
    _land_cover("LC-A_IR_convnextv2base-unet", (AERIAL,), 92.8, (64.2, 77.2), "IX"),
    _land_cover("LC-A_RGB_swintiny-upernet", (AERIAL,), 29.4, None),
    _land_cover("LC-A_RGB_swinsmall-upernet", (AERIAL,), 50.7, None),
    _land_cover("LC-A_RGB_swinbase-upernet", (AERIAL,), 89.4, None),
    _land_cover("LC-A_RGB_swinlarge-upernet", (AERIAL,), 199.4, None),
    _land_cover("LC-D_swinbase-upernet", (AERIAL, SENTINEL2), 93.9, (64.7, 77.6), listed=False),
    _land_cover("LC-F_swinbase-upernet", (AERIAL, SENTINEL2, *SENTINEL1), 97.7, (64.9, 77.7)),
    _land_cover("LC-G_utae", (SENTINEL2,), 0.9, (34.2, 57.8)),
    _land_cover("LC-I_swinbase-upernet", (SPOT,), 89.2, (43.5, 64.1)),
    _land_cover("LC-L_swinbase-upernet", _ALL, 276.4, (65.8, 78.2), listed=False),
    _crops("LPIS-A_swinbase-upernet", (AERIAL,), 89.4, (24.4, 86.6)),
    _crops("LPIS-F_utae", (SENTINEL2,), 0.9, (23.8, 85.3)),
    _crops("LPIS-I_swinbase-upernet", (SPOT, SENTINEL2, *SENTINEL1), 97.5, (39.2, 87.2)),
    _crops(
        "LPIS-J_swinbase-upernet",
        (AERIAL, SPOT, SENTINEL2, *SENTINEL1),
        186.9,
        (35.4, 88.0),
        listed=True,
    ),
)
"""The known models, land cover first."""


def known(name: str) -> Published | None:
    """The entry of a file's name without its ending; None for one that is not known."""
    return next((one for one in KNOWN if one.id.endswith(f"/{name}")), None)
