"""The kinds of ground there are: FLAIR #2 label, materials, calendar and texture of each."""

from dataclasses import replace
from typing import Any

from lcapp.simulate.land.ground import calendars as cal
from lcapp.simulate.land.ground.surface import Knots, Surface, thinned

_GRASS = Surface("", 10, "soil", grain=0.1, patches=0.4, thirst=0.75)
_FIELD = Surface("", 11, "soil", grain=0.085, streaks=0.06, patches=0.4, thirst=0.15)
_TREE = Surface("", 7, "bark", grain=0.1, patches=0.1, holds_snow=0.3, spread=0.16)
_BUSH = Surface("", 8, "litter", grain=0.12, patches=0.25, holds_snow=0.5, spread=0.12)
_HARD = Surface("", 3, "", grain=0.05, holds_snow=0.6, spread=0.13)
_ROOF = Surface("", 1, "tiles", grain=0.05, holds_snow=0.8, spread=0.16)


def _grass(kind: str, green: Knots, dry: Knots, **own: Any) -> Surface:
    return replace(_GRASS, kind=kind, covers=(("grass", green), ("dry grass", dry)), **own)


def _field(kind: str, green: Knots, dry: Knots, leaf: str = "crop", **own: Any) -> Surface:
    return replace(_FIELD, kind=kind, covers=((leaf, green), ("straw", dry)), **own)


def _plowed(kind: str, green: Knots, dry: Knots) -> Surface:
    return _field(kind, green, dry, label=12, streaks=0.15, grain=0.13)


def _broadleaf(
    kind: str,
    leaves: Knots = cal.LEAVES,
    autumn: Knots = cal.AUTUMN,
    colour: str = "litter",
    **own: Any,
) -> Surface:
    return replace(_TREE, kind=kind, covers=(("foliage", leaves), (colour, autumn)), **own)


def _conifer(kind: str, **own: Any) -> Surface:
    return replace(_TREE, kind=kind, label=6, **{"covers": (("needles", cal.EVERGREEN),), **own})


def _roof(kind: str, material: str, **own: Any) -> Surface:
    return replace(_ROOF, kind=kind, ground=material, **own)


def _hard(kind: str, label: int, material: str, weeds: float = 0.0, **own: Any) -> Surface:
    """What people laid, or left bare, with the grass that comes through in summer."""
    grass = ((15, 0.3 * weeds), (150, weeds), (290, 0.6 * weeds))
    covers = (("grass", grass),) if weeds else ()
    return replace(_HARD, kind=kind, label=label, ground=material, covers=covers, **own)


def _water(kind: str, material: str, label: int = 5) -> Surface:
    return Surface(kind, label, material, grain=0.03, holds_snow=0.0, spread=0.16)


_KINDS = (
    # herbaceous vegetation
    _grass("meadow", cal.GRASS, cal.GRASS_DRY),
    _grass("hay", cal.HAY, cal.HAY_DRY, streaks=0.07),
    _grass("silage meadow", cal.SILAGE, cal.SILAGE_DRY, streaks=0.06),
    _grass("pasture", cal.GRAZED, cal.GRAZED_DRY),
    replace(
        _GRASS,
        kind="wet meadow",
        covers=(("grass", cal.GRASS), ("dry grass", cal.GRAZED_DRY), ("pond", cal.PUDDLES)),
        thirst=0.15,
        brightness=0.94,
    ),
    # The flood takes the place of the grass, not of a share of each.
    replace(
        _GRASS,
        kind="flooded meadow",
        covers=(
            ("grass", cal.FLOODED_GRASS),
            ("dry grass", cal.FLOODED_DRY),
            ("river", cal.FLOOD),
        ),
        thirst=0.1,
    ),
    _grass("verge", cal.GRASS, cal.GRASS_DRY, grain=0.15, brightness=1.05),
    _grass("lawn", cal.MOWN, cal.MOWN_DRY, grain=0.05, patches=0.2, thirst=0.55),
    _grass("park grass", cal.MOWN, cal.MOWN_DRY, thirst=0.7),
    _grass("dry grass", cal.POOR, cal.POOR_DRY, ground="limestone", grain=0.12),
    _grass("alpine meadow", cal.ALPINE, cal.ALPINE_DRY, ground="humus", thirst=0.35),
    # agricultural land
    _field("wheat", cal.WHEAT, cal.WHEAT_DRY),
    _field("barley", cal.BARLEY, cal.BARLEY_DRY),
    _field("spring barley", cal.SPRING_BARLEY, cal.SPRING_BARLEY_DRY),
    _field("maize", cal.MAIZE, cal.MAIZE_DRY, streaks=0.08, grain=0.1),
    _field("silage maize", cal.SILAGE_MAIZE, cal.SILAGE_MAIZE_DRY, streaks=0.06),
    replace(
        _FIELD,
        kind="rapeseed",
        covers=(
            ("broad crop", cal.RAPESEED),
            ("straw", cal.RAPESEED_DRY),
            ("blossom", cal.RAPESEED_BLOOM),
        ),
    ),
    _field("sunflower", cal.SUNFLOWER, cal.SUNFLOWER_DRY, leaf="broad crop"),
    _field("beet", cal.BEET, cal.BEET_DRY, leaf="broad crop"),
    _field("potato", cal.POTATO, cal.POTATO_DRY, leaf="broad crop", streaks=0.09),
    _field("soy", cal.SOY, cal.SOY_DRY, leaf="broad crop"),
    _field("pea", cal.PEA, cal.PEA_DRY),
    _field("alfalfa", cal.ALFALFA, cal.ALFALFA_DRY, leaf="broad crop", thirst=0.25),
    _field("fallow", cal.FALLOW, cal.FALLOW_DRY, leaf="grass", grain=0.11, thirst=0.6),
    _field("ley", cal.LEY, cal.LEY_DRY, leaf="grass", thirst=0.6),
    thinned(_field("tramline", cal.WHEAT, cal.WHEAT_DRY, streaks=0.0), 0.45),
    # plowed land; `settled` takes the one that is bare on the day of the flight
    _plowed("plowed", cal.PLOWED_JULY, cal.PLOWED_JULY_DRY),
    _plowed("plowed in april", cal.PLOWED_APRIL, cal.PLOWED_APRIL_DRY),
    _plowed("plowed in june", cal.PLOWED_JUNE, cal.PLOWED_JUNE_DRY),
    _plowed("plowed in autumn", cal.PLOWED_AUTUMN, cal.PLOWED_AUTUMN_DRY),
    # deciduous
    _broadleaf("deciduous"),
    _broadleaf("oak", shift=9, brightness=0.86),
    _broadleaf("beech", colour="gold", shift=-2, brightness=0.88),
    _broadleaf("poplar", colour="gold", shift=5, brightness=1.08),
    _broadleaf("birch", colour="gold", shift=-7, brightness=1.1),
    _broadleaf("plane", brightness=1.04),
    _broadleaf("alder", cal.PLAIN_LEAVES, cal.PLAIN_AUTUMN),
    _broadleaf("fruit tree", brightness=1.1),
    # coniferous
    _conifer("coniferous"),
    _conifer("spruce"),
    _conifer("fir", brightness=0.94),
    _conifer("pine", brightness=1.22, ground="litter"),
    _conifer("douglas", brightness=1.3),
    _conifer("cedar", brightness=1.12),
    _conifer("larch", covers=(("soft needles", cal.LARCH), ("gold", cal.LARCH_GOLD))),
    # brushwood
    replace(
        _BUSH,
        kind="brushwood",
        covers=(("foliage", cal.SHRUBS), ("litter", cal.SHRUBS_DRY)),
        brightness=1.25,
    ),
    replace(_BUSH, kind="bramble", covers=(("foliage", cal.SHRUBS),), brightness=1.12),
    replace(
        _BUSH,
        kind="heath",
        covers=(
            ("heather", ((20, 0.6), (160, 0.82), (290, 0.7))),
            ("dry grass", cal.constant(0.12)),
        ),
    ),
    replace(
        _BUSH,
        kind="gorse",
        covers=(("soft needles", ((20, 0.7), (180, 0.8))), ("grass", cal.constant(0.08))),
    ),
    replace(_BUSH, kind="young wood", covers=(("foliage", cal.LEAVES), ("litter", cal.AUTUMN))),
    # vineyard
    Surface(
        "vine",
        9,
        "soil",
        (("vine leaf", cal.VINE), ("gold", cal.VINE_DRY)),
        grain=0.12,
        patches=0.2,
        brightness=1.1,
    ),
    _grass("vine row", cal.VINE_GRASS, cal.VINE_GRASS_DRY, label=9, grain=0.09),
    replace(_grass("vine soil", cal.WEEDS, cal.constant(0.03)), label=9, grain=0.09),
    # pervious, impervious, bare
    _hard("track", 2, "gravel", 0.15),
    _hard("drive", 2, "gravel", 0.03),
    _hard("gravel yard", 2, "gravel", 0.05),
    _hard("sand track", 2, "sand", 0.12),
    _hard("railway", 2, "granite", 0.04, brightness=0.8),
    _hard("road", 3, "asphalt"),
    _hard("old road", 3, "old asphalt"),
    _hard("pavement", 3, "old asphalt"),
    _hard("car park", 3, "asphalt"),
    _hard("marking", 3, "paint"),
    _hard("terrace", 3, "concrete"),
    _hard("concrete yard", 3, "concrete"),
    _hard("bare", 4, "soil", 0.08, grain=0.09, patches=0.2, brightness=1.12),
    _hard("building site", 4, "soil", 0.04, grain=0.11, patches=0.25, brightness=1.2),
    _hard("quarry", 4, "limestone", grain=0.09, patches=0.2),
    _hard("rock", 4, "limestone", 0.08, grain=0.14, brightness=0.85),
    _hard("scree", 4, "granite", 0.06, grain=0.13, brightness=1.15),
    _hard("gravel bar", 4, "gravel", 0.05, grain=0.08, brightness=1.05),
    # buildings
    _roof("tiled roof", "tiles"),
    _roof("old tiled roof", "old tiles"),
    _roof("slate roof", "slate"),
    _roof("stone roof", "lauze"),
    _roof("metal roof", "sheet", grain=0.02),
    _roof("white roof", "membrane", grain=0.02),
    _roof("flat roof", "bitumen", grain=0.03, spread=0.25),
    _roof("solar roof", "silicon", grain=0.02),
    # A field until March, a building site until July, then a roof.
    _roof("new building", "soil", covers=(("crop", cal.PLOT_GREEN), ("tiles", cal.NEW_ROOF))),
    _roof("greenhouse", "glass", label=18, covers=(("crop", cal.constant(0.18)),)),
    _roof("plastic tunnel", "film", label=18, grain=0.02),
    # water
    _water("pond", "pond"),
    _water("river", "river"),
    _water("stream", "river"),
    _water("lake", "lake"),
    _water("pool", "basin", 13),
    # the rest of FLAIR #2's label values
    Surface("snow", 14, "snow", grain=0.02, holds_snow=1.0, spread=0.03),
    Surface(
        "clear cut",
        15,
        "slash",
        (("grass", cal.REGROWTH),),
        grain=0.13,
        patches=0.35,
        thirst=0.4,
    ),
    replace(
        _TREE,
        kind="mixed wood",
        label=16,
        covers=(
            ("needles", cal.constant(0.45)),
            ("foliage", cal.HALF_LEAVES),
            ("litter", cal.HALF_AUTUMN),
        ),
    ),
    _broadleaf("orchard", label=17, brightness=1.1),
    _broadleaf("nursery", label=17, grain=0.12),
    _broadleaf("young plantation", label=17, brightness=1.2),
    _hard("tarpaulin", 19, "tarpaulin"),
)

SURFACES: dict[str, Surface] = {one.kind: one for one in _KINDS}
"""Every kind by its name."""
