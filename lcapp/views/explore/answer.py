"""How much of a place is sealed: a sentence, a ring of the groups, and the classes of each."""

import html
from collections.abc import Mapping, Sequence

from lcapp.language import message, number, tr
from lcapp.types import GroupArea

COLOURS = {
    "sealed": "#d55e00",
    "green": "#009e73",
    "farmland": "#f0e442",
    "water": "#0072b2",
    "other": "#8f8f8f",
}
"""Of the groups: told apart by colour-blind readers too (Okabe and Ito), and named beside them."""


WORDS = {
    "sealed": message("sealed"),
    "green": message("green"),
    "farmland": message("farmland"),
    "water": message("water"),
    "other": message("other"),
}
"""What the groups are called."""


def answer(groups: Sequence[GroupArea], reference: float | None = None) -> str:
    """The sentence on sealed ground, in Markdown.

    Args:
        groups: Of a map, `sealed` among them.
        reference: The share that is sealed by the labels that came with the scene, if any did.
    """
    sealed = next(one for one in groups if one.name == "sealed")
    if sealed.confidence is None:
        said = tr("**Nothing of this place is sealed**, says the map.")
    else:
        said = tr(
            "**{share:.1%} of this place is sealed**: {m2:,.0f} of {whole:,.0f} m². Where the map "
            "says so it is {sure:.0%} sure on average.",
            share=sealed.share,
            m2=sealed.m2,
            whole=sum(one.m2 for one in groups),
            sure=sealed.confidence,
        )
    if reference is None:
        weighed = tr(
            "With every pixel weighed by its probability it would be {share:.1%}.",
            share=sealed.expected,
        )
    else:
        weighed = tr(
            "With every pixel weighed by its probability it would be {share:.1%}; by the reference "
            "it is {reference:.1%}.",
            share=sealed.expected,
            reference=reference,
        )
    return f"{said} {weighed}"


def groups_html(groups: Sequence[GroupArea], names: Mapping[str, str]) -> str:
    """The ring of the groups, and beside it each with its share, its area and its classes.

    Args:
        groups: Of a map.
        names: English name of a class to the one that is read.
    """
    items = "".join(_item(one, names) for one in groups)
    return f"{_STYLE}<div class='lc-answer'>{_ring(groups)}<ul>{items}</ul></div>"


def share_of(group: GroupArea) -> str:
    """Name and share of a group."""
    return f"{tr(WORDS[group.name])} {number(group.share, '.1%')}"


def _item(group: GroupArea, names: Mapping[str, str]) -> str:
    found = [one for one in group.classes if one.share > 0]
    classes = ", ".join(
        f"{html.escape(names.get(one.name, one.name))} {number(one.share, '.1%')}" for one in found
    )
    return (
        f"<li><i style='background:{COLOURS[group.name]}'></i>"
        f"<b>{html.escape(share_of(group))}</b> "
        f"<span class='lc-m2'>{number(group.m2, ',.0f')} m²</span>"
        f"<small>{classes or html.escape(tr('none'))}</small></li>"
    )


def _ring(groups: Sequence[GroupArea]) -> str:
    parts, at = [], 0.0
    for one in groups:
        parts.append(f"{COLOURS[one.name]} {100 * at:.2f}% {100 * (at + one.share):.2f}%")
        at += one.share
    told = html.escape(", ".join(map(share_of, groups)), quote=True)
    return (
        f"<div class='lc-ring' role='img' aria-label='{told}' "
        f"style='background:conic-gradient({', '.join(parts)})'></div>"
    )


_STYLE = """<style>
.lc-answer { display: flex; gap: 1rem; align-items: center; }
.lc-ring { flex: 0 0 84px; height: 84px; border-radius: 50%;
  mask: radial-gradient(circle, transparent 21px, #000 22px); }
.lc-answer ul { flex: 1; display: grid; gap: .3rem .9rem; margin: 0; padding: 0;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); list-style: none; }
.lc-answer li { margin: 0; line-height: 1.25; font-size: .95rem; }
.lc-answer i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem;
  border: 1px solid rgba(0,0,0,.45); border-radius: 3px; vertical-align: -1px; }
.lc-answer .lc-m2 { font-variant-numeric: tabular-nums; white-space: nowrap; }
.lc-answer small { display: block; font-size: .9rem; opacity: .85; }
</style>"""
