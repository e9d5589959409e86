"""Where two maps differ, how much, and which is right: in one sentence with figures."""

from lcapp.classes import ClassTable
from lcapp.language import message, tr
from lcapp.types.differing import A_RIGHT, B_RIGHT, NEITHER, UNKNOWN, Differing

_WORTH_A_WORD = 0.005
"""Share of the pixels that differ."""

_MORE_OFTEN = 0.05
"""Share of the pixels that differ by which one is ahead before it is called right more often."""

_AHEAD = 0.001
"""Of mIoU: below it two maps are alike."""

_SEEN = 0.0005
"""Share of the place from which on an exchange of classes is told."""

_TABLES = {
    "flair2": "FLAIR #2",
    "cosia": "COSIA",
    "lpis1": message("LPIS, level 1"),
    "lpis2": message("LPIS, level 2"),
    "lpis3": message("LPIS, level 3"),
}


ZONES = {
    "north-west": message("north-west"),
    "north": message("north"),
    "north-east": message("north-east"),
    "west": message("west"),
    "middle": message("middle"),
    "east": message("east"),
    "south-west": message("south-west"),
    "south": message("south"),
    "south-east": message("south-east"),
}


def answer(found: Differing) -> str:
    """The sentence; it ends with a full stop."""
    if not found.pixels:
        return tr("No pixel has a class on both maps: there is nothing to compare.")
    if not found.apart:
        same = tr("A and B give every pixel the same class")
        if found.judged is None:
            return f"{same}. {_unknown(found)}"
        right = tr("the reference has that class on {share:.1%} of them", share=found.judged[0].oa)
        return f"{same}; {right}."
    apart = tr(
        "A and B differ on {share:.1%} of this place ({area:,.0f} m²)",
        share=found.share,
        area=found.m2,
    )
    if found.zone is not None:
        zone = tr(ZONES[found.zone])
        apart += tr(
            ", most in the {zone} ({times:.1f} times the mean)", zone=zone, times=found.times
        )
    if found.judged is None or found.verdict_share(UNKNOWN) == 1:
        return f"{apart}. {_unknown(found)}"
    return f"{apart}. {_agrees(found)}: {_nearer(found)}."


def exchanges_told(found: Differing, most: int = 3) -> str:
    """What is most often what on the other map; empty where the maps are the same."""
    names = found.table.spoken
    told = [
        tr("{a} ↔ {b} on {share:.1%} of the place", a=names[a], b=names[b], share=share)
        for a, b, share in found.exchanges(most)
        if share >= _SEEN
    ]
    return tr("Most often (A ↔ B): {list}.", list="; ".join(told)) if told else ""


def no_common_classes(a: ClassTable, b: ClassTable) -> str:
    """Why two maps have no disagreement and no confusion matrix."""
    return tr(
        "A tells {a} ({n_a} classes) and B {b} ({n_b} classes). The two have no classes in common, "
        "so their maps cannot be compared class by class: they stand beside each other, each with "
        "its own areas and its own reference.",
        a=table_told(a),
        n_a=len(a),
        b=table_told(b),
        n_b=len(b),
    )


def coarser_told(a: ClassTable, b: ClassTable, common: ClassTable) -> str:
    """In which classes maps of two tables are compared; empty where they have the same."""
    if a.name == b.name:
        return ""
    finer = b if common.name == a.name else a
    return tr(
        "Compared in the {n} classes of {common}, which hold those of {finer}.",
        n=len(common),
        common=table_told(common),
        finer=table_told(finer),
    )


def table_told(table: ClassTable) -> str:
    """What a table is called."""
    return tr(_TABLES.get(table.name, table.name))


def _unknown(found: Differing) -> str:
    if found.reference is None:
        return tr("Nobody knows which is right: this place has no reference in these classes.")
    return tr("The reference says nothing of these pixels: nobody knows which is right.")


def _agrees(found: Differing) -> str:
    a, b, neither, unknown = (
        found.verdict_share(one) for one in (A_RIGHT, B_RIGHT, NEITHER, UNKNOWN)
    )
    told = tr(
        "Where they differ the reference agrees with A on {a:.0%}, with B on {b:.0%} and with "
        "neither on {neither:.0%}",
        a=a,
        b=b,
        neither=neither,
    )
    if unknown >= _WORTH_A_WORD:
        told += tr(", and says nothing of {unknown:.0%}", unknown=unknown)
    return told


def _nearer(found: Differing) -> str:
    assert found.judged is not None
    of_a, of_b = found.judged
    ahead = found.verdict_share(A_RIGHT) - found.verdict_share(B_RIGHT)
    better, worse = ("A", "B") if ahead > 0 else ("B", "A")
    if abs(ahead) < _MORE_OFTEN:
        said = tr("neither is clearly right more often")
    else:
        said = tr("{better} is right more often", better=better)
    figures = {"a": of_a.miou, "b": of_b.miou}
    other_way = ahead * (of_a.miou - of_b.miou) < 0 and abs(of_a.miou - of_b.miou) >= _AHEAD
    if other_way and abs(ahead) >= _MORE_OFTEN:
        said += tr(
            ", yet {worse} is ahead by mIoU, which counts rare classes as much as common ones",
            worse=worse,
        )
    return said + tr(" (mIoU: A {a:.1%}, B {b:.1%})", **figures)
