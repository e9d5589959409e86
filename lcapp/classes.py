"""The class tables: the only source of ids, names and colours.

Sources: FLAIR-HUB (COSIA, 19 classes), FLAIR #2 (12 classes and "other"), FLAIR-HUB Table VII
(LPIS crops in three levels). The second colour of each class is from a palette chosen to stay
apart for colour-blind readers.
"""

from dataclasses import dataclass


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


@dataclass(frozen=True)
class ClassTable:
    """Classes in the order of a network's output channels.

    Attributes:
        name: Key in `TABLES`; written into bundles and outputs.
        classes: Index is the class id used everywhere inside lcapp.
        first_label: Label value of class 0 in the data set's own label files; every value beyond
            the last class means the last class (FLAIR #2: 13..19 are "other").
    """

    name: str
    classes: tuple[LandClass, ...]
    first_label: int = 0

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """English names, in order."""
        return tuple(one.en for one in self.classes)


COSIA = ClassTable(
    "cosia",
    (
        LandClass("building", "bâtiment", "#db0e9a", "#db0e9a"),
        LandClass("greenhouse", "serre", "#9999ff", "#9999ff"),
        LandClass("swimming pool", "piscine", "#3de6eb", "#3de6eb"),
        LandClass("impervious surface", "surface imperméable", "#f80c00", "#f80c00"),
        LandClass("pervious surface", "surface perméable", "#938e7b", "#938e7b"),
        LandClass("bare soil", "sol nu", "#a97101", "#a97101"),
        LandClass("water", "eau", "#1553ae", "#1553ae"),
        LandClass("snow", "neige", "#ffffff", "#ffffff"),
        LandClass("herbaceous vegetation", "végétation herbacée", "#55ff00", "#55ff00"),
        LandClass("agricultural land", "culture", "#fff30d", "#fff30d"),
        LandClass("plowed land", "terre labourée", "#e4df7c", "#e4df7c"),
        LandClass("vineyard", "vigne", "#660082", "#660082"),
        LandClass("deciduous", "feuillu", "#46e483", "#46e483"),
        LandClass("coniferous", "conifère", "#194a26", "#194a26"),
        LandClass("brushwood", "broussaille", "#f3a60d", "#f3a60d"),
        LandClass("clear cut", "coupe", "#8ab3a0", "#8ab3a0", evaluated=False),
        LandClass("ligneous", "ligneux", "#c5dc42", "#c5dc42", evaluated=False),
        LandClass("mixed", "mixte", "#6b714f", "#6b714f", evaluated=False),
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

TABLES = {table.name: table for table in (COSIA, FLAIR2)}
