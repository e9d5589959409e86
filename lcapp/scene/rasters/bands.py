"""Which band of an image is which: by its description, its colour interpretation, or its place.

Descriptions are read in people's words, English and French, whatever the case. What a TIFF says of
its colours counts where somebody meant it: GDAL itself writes red, green, blue and alpha into
every file of four bytes a pixel, near infrared or not, and that says nothing.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rasterio.io import DatasetReader

from lcapp.errors import SceneError
from lcapp.sensors import COMMON_BANDS, SPECTRAL_AERIAL_BANDS

ALPHA = "alpha"

WORDS = {
    "red": ("red", "rouge", "r"),
    "green": ("green", "vert", "verte", "g", "v"),
    "blue": ("blue", "bleu", "bleue", "b"),
    "nir": (
        *("nir", "nir 1", "n", "ir", "infrared", "infra red", "near infrared", "near infra red"),
        *("near ir", "pir", "infrarouge", "infra rouge", "proche infrarouge", "i"),
        *("proche infra rouge", "infrarouge proche", "vnir"),
    ),
    ALPHA: ("alpha", "a", "transparency", "transparence", "opacity", "opacite", "mask", "masque"),
}
"""What people call the bands of an aerial image, without accents, in small letters."""

_SATELLITE = {satellite: aerial for aerial, satellite in COMMON_BANDS.items()}
_NUMBERED = re.compile(r"(?:b|band|bande|canal|channel)?[ _-]*0*(\d+a?)", re.IGNORECASE)

_MEANT = {word: name for name, words in WORDS.items() for word in words}
_SAYS_NOTHING = {
    *("band", "bande", "canal", "canaux", "channel", "layer", "couche", "reflectance"),
    *("colour", "color", "couleur", "gray", "grey", "gris", "undefined", "the", "nm", "du", "le"),
}


@dataclass(frozen=True)
class Told:
    """What a file says of its bands.

    Attributes:
        names: Of each band: `red`, `green`, `blue`, `nir`, `alpha`; another word that was not
            understood; "" where nothing is said.
        words: Descriptions as they are written, "" where there is none.
        default_alpha: The band that GDAL calls alpha of its own accord. Only its values tell.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    default_alpha: int | None

    def of(self, name: str) -> list[int]:
        """The bands that are said to be that."""
        return [band for band, one in enumerate(self.names) if one == name]

    @property
    def spectral(self) -> dict[str, int]:
        """Name to band, in the order of the file."""
        named = {one: band for band, one in enumerate(self.names)}
        return {one: band for one, band in named.items() if one in SPECTRAL_AERIAL_BANDS}

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Descriptions in words that mean nothing here."""
        return tuple(
            word
            for name, word in zip(self.names, self.words, strict=True)
            if name not in ("", ALPHA, *SPECTRAL_AERIAL_BANDS)
        )


def meant(text: str) -> str:
    """What a band is by its description.

    Returns:
        Key of `WORDS`; "" where the text says nothing, as `Band 1` does; else its own words.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"([a-z])(\d)", r"\1 \2", re.sub(r"[^a-z0-9]+", " ", plain))
    words = " ".join(word for word in plain.split() if word not in _SAYS_NOTHING)
    if words in _MEANT:
        return _MEANT[words]
    # `Band 1 Red`, `Rouge (665)`: numbers count the bands, or say where they lie.
    letters = " ".join(word for word in words.split() if not word.isdigit())
    if letters == "nir" or (len(letters) == 1 and letters != words):
        return words  # `NIR2` is the second near infrared of a satellite, `B1` is not blue
    return _MEANT.get(letters, letters)


def told(dataset: DatasetReader, path: Path) -> Told:
    """What an open image says of its bands.

    Raises:
        SceneError: A description and the colour interpretation say different things, or two
            bands are said to be the same.
    """
    words = tuple((one or "").strip() for one in dataset.descriptions)
    names = _described(words)
    colours, default_alpha = _colours(dataset)
    for band, (word, name, colour) in enumerate(zip(words, names, colours, strict=True)):
        if name and colour and name != colour:
            raise SceneError(
                f"its band {band + 1} is described as {word!r}, and its colour interpretation is "
                f"{colour}",
                where=path,
                expected="descriptions and colour interpretation that agree",
                advice=f"correct one of them, gdal_edit.py -colorinterp_{band + 1} COLOUR",
            )
        names[band] = name or colour
    found = Told(tuple(names), words, default_alpha)
    for name in WORDS:
        if len(several := found.of(name)) > 1:
            raise SceneError(
                f"{len(several)} of its bands are said to be {name} "
                f"({', '.join(str(band + 1) for band in several)})",
                where=path,
                expected="one of each",
                advice="correct the descriptions of the bands",
            )
    return found


def _described(words: Sequence[str]) -> list[str]:
    """What each band is by its description."""
    if len(set(words)) == 1:  # the same of all bands: the name of the file
        return [""] * len(words)
    numbers = [_NUMBERED.fullmatch(word) for word in words]
    if not all(numbers):
        return [meant(word) for word in words]
    counted = [one[1].upper() for one in numbers if one]
    if counted == [str(band) for band in range(1, len(words) + 1)]:
        return [""] * len(words)
    # Numbers that do not count the bands are those of a satellite: with B8, of Sentinel-2.
    names = _SATELLITE if "8" in counted else {}
    return [names.get(f"B{one}", word) for one, word in zip(counted, words, strict=True)]


def _colours(dataset: DatasetReader) -> tuple[list[str], int | None]:
    """The colour of each band where its writer meant it, else ""; the band of a default alpha."""
    found = [one.name for one in dataset.colorinterp]
    found = ["" if one in ("undefined", "gray", "palette") else one for one in found]
    default_alpha = None
    if found[:3] == ["red", "green", "blue"]:
        found[:3] = ["", "", ""]
        if found[3:4] == [ALPHA]:
            default_alpha, found[3] = 3, ""
    return found, default_alpha


def check_order(told: Told, bands: Sequence[str], path: Path, layout: str) -> None:
    """Refuse an image whose own words contradict the order of its data set.

    Args:
        told: What the file says.
        bands: What they are by the data set.
        path: The file.
        layout: Name of the data set.

    Raises:
        SceneError: A band is called otherwise.
    """
    for band, (name, wanted) in enumerate(zip(told.names, bands, strict=False)):
        # Alpha is what GDAL calls a fourth band, and some of its writers a fifth.
        if name in SPECTRAL_AERIAL_BANDS and name != wanted:
            raise SceneError(
                f"its band {band + 1} is said to be {told.words[band] or name}",
                where=path,
                expected=f"{wanted}, by the order of {layout}: {', '.join(bands)}",
                advice="correct the description of the band, or read the image as a plain pair",
            )
