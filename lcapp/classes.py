"""The class tables: the only source of ids, names and colours.

Sources: FLAIR-HUB (COSIA, 19 classes), FLAIR #2 (12 classes and "other"), FLAIR-HUB Table VII
(LPIS crops in three levels; it gives no colours and no French names: both are ours).

The first colour of a class is the nomenclature's and stays: whoever knows COSIA's maps reads them
by it, though it has classes as near as 0.9 to one another (herbaceous and agricultural land, for
protan eyes). The second is of a palette of ours for colour-blind readers, found by simulated
annealing: distances in CAM02-UCS, in which about 2 can just be told apart, for normal, protan,
deutan and tritan eyes (Machado et al., 2009) are at least 11 in FLAIR #2 and 9 in COSIA, near the
nomenclature's colours. The crops, which have none of their own, have one palette for both: at
least 10, 8 and 6.5.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcapp.language import current

NO_CLASS = 255
"""In class maps: there is nothing to classify, or nothing to go by."""


@dataclass(frozen=True)
class LandClass:
    """One class.

    Attributes:
        en: English name.
        fr: French name.
        colour: `#rrggbb` of the nomenclature.
        safe_colour: `#rrggbb` of the palette for colour-blind readers.
        evaluated: Counts in mIoU.
    """

    en: str
    fr: str
    colour: str
    safe_colour: str
    evaluated: bool = True

    @property
    def spoken(self) -> str:
        """Its name in the reader's language."""
        return self.fr if current() == "fr" else self.en


@dataclass(frozen=True)
class ClassTable:
    """Classes in the order of a network's output channels.

    Attributes:
        name: Key in `TABLES`; written into bundles and outputs.
        classes: Index is the class id used everywhere inside lcapp.
        first_label: Label value of class 0 in the data set's own label files; every value beyond
            the last class means the last class (FLAIR #2: 13..19 are "other").
        parent: Key of the next coarser table of a hierarchy.
        parents: For each class, its id in that table.
    """

    name: str
    classes: tuple[LandClass, ...]
    first_label: int = 0
    parent: str | None = None
    parents: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """English names, in order."""
        return tuple(one.en for one in self.classes)

    @property
    def spoken(self) -> tuple[str, ...]:
        """Names in the reader's language, in order; what is written into files is English."""
        return tuple(one.spoken for one in self.classes)

    def index(self, name: str) -> int:
        """The id of the class with that English name (KeyError where there is none)."""
        try:
            return self.names.index(name)
        except ValueError:
            raise KeyError(f"no class {name!r} in the table {self.name}") from None

    def colours(self, safe: bool = False) -> NDArray[np.uint8]:
        """K x 3, red, green, blue.

        Args:
            safe: The palette for colour-blind readers instead of the nomenclature's.
        """
        chosen = [one.safe_colour if safe else one.colour for one in self.classes]
        return np.array([list(bytes.fromhex(colour[1:])) for colour in chosen], dtype=np.uint8)

    def from_label_values(self, values: ArrayLike) -> NDArray[np.uint8]:
        """Class ids of the values in the data set's own label files, of any shape.

        Values beyond the last class become the last class (FLAIR #2: 13..19 are "other").

        Raises:
            ValueError: Values below `first_label`, which no class has, or no whole numbers.
        """
        labels = np.asarray(values)
        if not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"expected whole numbers as label values, got {labels.dtype}")
        if labels.size and labels.min() < self.first_label:
            raise ValueError(
                f"expected label values of {self.first_label} or more for the table "
                f"{self.name}, got {labels.min()}"
            )
        ids: NDArray[np.uint8] = np.minimum(labels - self.first_label, len(self) - 1).astype("u1")
        return ids


COSIA = ClassTable(
    "cosia",
    (
        LandClass("building", "bâtiment", "#db0e9a", "#eb3dd5"),
        LandClass("greenhouse", "serre", "#9999ff", "#c8aeff"),
        LandClass("swimming pool", "piscine", "#3de6eb", "#a1e6e2"),
        LandClass("impervious surface", "surface imperméable", "#f80c00", "#c70900"),
        LandClass("pervious surface", "surface perméable", "#938e7b", "#758888"),
        LandClass("bare soil", "sol nu", "#a97101", "#bf7c0f"),
        LandClass("water", "eau", "#1553ae", "#0226bd"),
        LandClass("snow", "neige", "#ffffff", "#ffffff"),
        LandClass("herbaceous vegetation", "végétation herbacée", "#55ff00", "#71d600"),
        LandClass("agricultural land", "culture", "#fff30d", "#fbf613"),
        LandClass("plowed land", "terre labourée", "#e4df7c", "#ccd5ae"),
        LandClass("vineyard", "vigne", "#660082", "#7e3e80"),
        LandClass("deciduous", "feuillu", "#46e483", "#3db863"),
        LandClass("coniferous", "conifère", "#194a26", "#223e29"),
        LandClass("brushwood", "broussaille", "#f3a60d", "#fdc675"),
        LandClass("clear cut", "coupe", "#8ab3a0", "#9ea9a3", evaluated=False),
        LandClass("ligneous", "ligneux", "#c5dc42", "#d6ff9f", evaluated=False),
        LandClass("mixed", "mixte", "#6b714f", "#446b46", evaluated=False),
        LandClass("undefined", "indéfini", "#000000", "#000000", evaluated=False),
    ),
)
"""FLAIR-HUB land cover, ids 0..18; 15..18 carry no loss and are not evaluated."""

_BY_NAME = {one.en: one for one in COSIA.classes}

FLAIR2 = ClassTable(
    "flair2",
    (
        *(
            _BY_NAME[name]
            for name in (
                "building",
                "pervious surface",
                "impervious surface",
                "bare soil",
                "water",
                "coniferous",
                "deciduous",
                "brushwood",
                "vineyard",
                "herbaceous vegetation",
                "agricultural land",
                "plowed land",
            )
        ),
        LandClass("other", "autre", "#000000", "#000000", evaluated=False),
    ),
    first_label=1,
)
"""FLAIR #2: twelve evaluated classes and "other" (label values 13..19)."""

_CROPS = (
    # level 3, in English and French; level 2; level 1 (None: the same class as one level finer);
    # colour, which a coarser class takes from its first crop
    ("grasses monoculture", "graminées en culture pure", "grasses", None, "#627264"),
    ("grasses mixture", "graminées en mélange", "grasses", None, "#90e569"),
    ("winter wheat", "blé tendre d'hiver", "wheat", None, "#d0b921"),
    ("spring wheat", "blé tendre de printemps", "wheat", None, "#15ffad"),
    ("winter barley", "orge d'hiver", "barley", None, "#9ad2ee"),
    ("spring barley", "orge de printemps", "barley", None, "#71c3ff"),
    ("maize", "maïs", None, None, "#b1ff8a"),
    ("sorghum", "sorgho", "sorghum/millet", "other cereals", "#6daac6"),
    ("millet/foxtail millet", "millet et moha", "sorghum/millet", "other cereals", "#807f83"),
    ("winter durum wheat", "blé dur d'hiver", "other winter cereals", "other cereals", "#f372ba"),
    ("winter triticale", "triticale d'hiver", "other winter cereals", "other cereals", "#584637"),
    ("winter oat", "avoine d'hiver", "other winter cereals", "other cereals", "#986f12"),
    # The table prints winter rye under the spring cereals; the label files are taken to agree.
    ("winter rye", "seigle d'hiver", "other spring cereals", "other cereals", "#b21717"),
    ("spring oat", "avoine de printemps", "other spring cereals", "other cereals", "#d227cc"),
    ("other spring cereals", "autres céréales de printemps", None, "other cereals", "#acbf93"),
    ("other cereals", "autres céréales", None, None, "#ffff10"),
    ("rice", "riz", None, None, "#94b5a0"),
    ("hemp/tobacco", "chanvre et tabac", None, "hemp/flax/tobacco", "#2f00ea"),
    ("fiber flax", "lin fibre", "flax", "hemp/flax/tobacco", "#5f609f"),
    ("other flax", "autres lins", "flax", "hemp/flax/tobacco", "#585860"),
    ("sunflower", "tournesol", None, None, "#e8de2d"),
    ("rapeseed", "colza", None, None, "#c9dcd1"),
    ("mustard", "moutarde", "other oilseed crops", None, "#1a0292"),
    ("other oilseed crops", "autres oléagineux", None, None, "#4e2c6e"),
    ("soy", "soja", None, None, "#acb05f"),
    ("spring peas", "pois de printemps", "other protein crops", None, "#5852ff"),
    ("winter protein crops", "protéagineux d'hiver", "other protein crops", None, "#457185"),
    ("other protein crops", "autres protéagineux", None, None, "#444e9c"),
    ("alfalfa", "luzerne", None, "fodder legumes", "#1d6c33"),
    ("clover", "trèfle", "other fodder legumes", "fodder legumes", "#3f3f40"),
    ("other fodder legumes", "autres légumineuses fourragères", None, "fodder legumes", "#667ef6"),
    ("beetroots", "betteraves", None, None, "#c27d6a"),
    ("potatoes", "pommes de terre", None, None, "#621d00"),
    ("fruits and vegetables", "fruits et légumes", None, "other arable crops", "#261c19"),
    (
        "aromatic/medicinal plants",
        "plantes aromatiques et médicinales",
        None,
        "other arable crops",
        "#200000",
    ),
    ("buckwheat", "sarrasin", "other arable crops", None, "#350839"),
    ("other arable crops", "autres cultures arables", None, None, "#5309ae"),
    ("vineyard", "vigne", None, None, "#334a5c"),
    ("olive groves", "oliveraies", None, None, "#f5ffed"),
    ("fruit orchards", "vergers", None, None, "#ae8eff"),
    ("nut orchards", "vergers de fruits à coque", None, None, "#000b15"),
    ("lavandin", "lavandin", None, "other permanent crops", "#80939c"),
    ("berries", "petits fruits", "other permanent crops", None, "#1f8844"),
    ("other permanent crops", "autres cultures permanentes", None, None, "#0de0b1"),
    ("mixed crops", "cultures en mélange", None, None, "#262f37"),
    ("background", "fond", None, None, "#000000"),
)

_FRENCH = {en: fr for en, fr, *_ in _CROPS} | {
    "grasses": "graminées",
    "wheat": "blé tendre",
    "barley": "orge",
    "sorghum/millet": "sorgho et millet",
    "other winter cereals": "autres céréales d'hiver",
    "hemp/flax/tobacco": "chanvre, lin et tabac",
    "flax": "lin",
    "fodder legumes": "légumineuses fourragères",
}

_LEVELS = tuple((one or two or three, two or three, three) for three, _, two, one, _ in _CROPS)
"""Names of each finest crop at levels 1, 2, 3."""


def _lpis(level: int) -> ClassTable:
    """The crops of one level, 1 (coarse) to 3, in the source's order: that of first appearance."""
    first_crop = {names[level - 1]: crop for crop, names in reversed([*enumerate(_LEVELS)])}
    ordered = sorted(first_crop, key=first_crop.__getitem__)
    colours = [_CROPS[first_crop[name]][-1] for name in ordered]
    classes = tuple(
        LandClass(name, _FRENCH[name], colour, colour)
        for name, colour in zip(ordered, colours, strict=True)
    )
    if level == 1:
        return ClassTable("lpis1", classes)
    coarser = list(dict.fromkeys(names[level - 2] for names in _LEVELS))
    parents = tuple(coarser.index(_LEVELS[first_crop[name]][level - 2]) for name in ordered)
    return ClassTable(f"lpis{level}", classes, parent=f"lpis{level - 1}", parents=parents)


LPIS1, LPIS2, LPIS3 = (_lpis(level) for level in (1, 2, 3))
"""FLAIR-HUB crops: 23, 31 and 46 classes, each finer table knowing its parents."""

TABLES = {table.name: table for table in (COSIA, FLAIR2, LPIS1, LPIS2, LPIS3)}
