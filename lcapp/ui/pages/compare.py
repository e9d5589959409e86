"""The page Compare: two runs on one scene; where do they differ, how much, and which is right?"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from lcapp.errors import LcappError, SceneError
from lcapp.language import message, tr
from lcapp.types import Scene
from lcapp.types.differing import Differing
from lcapp.ui.pages.frame import Page, scene_heading, unreadable
from lcapp.ui.parts.banner import banner, foreign_sampler
from lcapp.ui.parts.choice.scene import choose_scene
from lcapp.ui.parts.compare.result import areas, confusion, how_made, how_right
from lcapp.ui.parts.compare.side import Chosen, choose_side, known, run_side
from lcapp.ui.parts.pictures import hold_arrangement, pictures
from lcapp.ui.parts.plain import plain, refusal
from lcapp.ui.session import cache, pair, state
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.runs import RunKey
from lcapp.views.compare.panes import arranged_at_first
from lcapp.views.compare.side import Side, settings_told
from lcapp.views.compare.words import answer, coarser_told, exchanges_told, no_common_classes
from lcapp.views.imagery import LOOKS


@dataclass(frozen=True, eq=False)
class Pair:
    """Two runs on one scene.

    Attributes:
        scene: Theirs.
        chosen: A and B; A alone where B cannot be opened.
    """

    scene: Scene
    chosen: tuple[Chosen, ...]

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those that have a result."""
        return tuple(one.side for one in self.chosen if one.side is not None)

    @property
    def key(self) -> tuple[tuple[RunKey, str, int], ...]:
        """What is shown of them."""
        return tuple(one.key for one in self.chosen if one.key is not None)


def two_runs(keys: Keys) -> Pair:
    """The scene in the sidebar, both runs above the page, and how far they are."""
    view, renewed = state.opened(state.arrived(keys))
    body = st.container()
    with st.sidebar:
        view, collection, header = choose_scene(view, keys, renewed, body)
    top = st.container()
    left, right = st.columns(2, gap="small", border=True)
    of_b = Keys(f"{keys.page}_b")
    view = known(view)
    try:
        with left:
            a = choose_side("A", view, collection, header, keys, renewed)
    except SceneError as error:
        unreadable(error, view, keys)
    chosen = [a]
    anew = renewed or view.b is None
    view = replace(a.view, b=None if view.b is None else known(view.b, "b-"))
    with right:
        try:
            beside = pair.beside(view, header.holds)
            b = choose_side("B", beside, collection, header, of_b, anew)
        except LcappError as error:  # its model, or a file that it alone reads
            refusal(error, tr("{letter} cannot be run: ", letter="B"))
        else:
            chosen.append(b)
            view = replace(view, b=pair.alone(b.view))
    state.keep(view)
    hold_arrangement(view, keys, renewed)
    keys.holding("safe", bool(view.safe), renewed)
    keys.holding("look", view.look or next(iter(LOOKS)), renewed)
    for one, box, own in zip(chosen, (left, right), (keys, of_b), strict=False):
        with box:
            run_side(one, own, None if one is a else a)
    with top:
        year = None
        with suppress(SceneError):
            year = cache.year(a.choice.scene, a.choice.key.content)
        scene_heading(a.choice, year, keys)
    with st.container():  # always there: what comes and goes in it must not move the pictures
        _said_of_results(chosen, header.has_ndsm, keys)
    return Pair(a.choice.scene, tuple(chosen))


def _said_of_results(chosen: Sequence[Chosen], heights: bool, keys: Keys) -> None:
    """What the weights know, once for each; and which results are those of earlier settings."""
    results = [one.side.prediction for one in chosen if one.side is not None]
    for place, one in enumerate(results):
        before = results[:place]
        if all(one.record.model.hash != other.record.model.hash for other in before):
            banner(one, heights=heights)
        elif (told := foreign_sampler(one)) not in (None, *map(foreign_sampler, before)):
            st.warning(f"B: {told}", icon=":material/experiment:")
    kept = [one for one in chosen if one.kept]
    if kept:
        made = {one.letter: settings_told(one.shown.card, one.shown.run) for one in kept}
        old = "; ".join(f"**{letter}: {plain(what)}**" for letter, what in made.items())
        st.info(
            tr(
                "The settings have changed. What is shown below, dimmed, is still the result of "
                "{old}, until the new run is done.",
                old=old,
            ),
            icon=":material/history:",
        )
        st.html(f"<style>.st-key-{keys('body')} {{ opacity: .7; }}</style>")


def _draw(keys: Keys, shown: Pair) -> None:
    sides = shown.sides
    if not sides:
        st.info(
            tr("Run A and B (above): where their maps differ, and which is right, appears here.")
        )
        return
    found = None
    if len(sides) == 2:
        found = pair.differing(shown.scene, sides, tuple(one[:2] for one in shown.key))
    _answer(shown, found)
    _pictures(shown, found, keys)
    st.html(_BESIDE.format(key=keys("beside")))
    beside = st.container(horizontal=True, gap="large", key=keys("beside"))
    with beside.container():
        areas(shown.scene, sides, found, keys)
    with beside.container():
        judged = how_right(shown.scene, sides, found, shown.key, keys)
    confusion(sides, found, judged, keys)
    how_made(shown.scene, sides, judged, keys)


def _answer(shown: Pair, found: Differing | None) -> None:
    sides = shown.sides
    if len(sides) == 1:
        (one,) = sides
        other = "A" if one.letter == "B" else "B"
        st.info(
            tr(
                "There is no result of {other} yet: {letter} stands here alone.",
                other=other,
                letter=one.letter,
            )
        )
        return
    a, b = sides
    if shown.key[0][:2] == shown.key[1][:2]:
        st.info(
            tr(
                "A and B are the same run and the same map: nothing can differ. Change one of them "
                "(above), for instance its seed, its model, or the map."
            )
        )
    elif found is None:
        st.warning(no_common_classes(a.cover.table, b.cover.table), icon=":material/rule:")
    else:
        st.info(f"**{answer(found)}**", icon=":material/compare:")


@st.fragment
def _pictures(shown: Pair, found: Differing | None, keys: Keys) -> None:
    view, sides = state.current(), shown.sides
    panes = pair.panes_of(shown.scene, sides, found, view, shown.key)
    pictures(panes, shown.scene.grid, keys, shown.scene.id, arranged_at_first(panes))
    if found is not None:
        a, b = (one.cover.table for one in sides)
        told = (exchanges_told(found), coarser_told(a, b, found.table))
        st.markdown(" ".join(filter(None, told)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.button(
            tr("Exchange A and B"),
            key=keys("exchange"),
            icon=":material/swap_horiz:",
            on_click=_exchange,
        )
        safe = st.toggle(tr("Palette for colour-blind readers"), key=keys("safe"))
        if safe != bool(view.safe):
            state.keep(replace(view, safe=safe or None))
            st.rerun()  # the legend below has the same colours
        if any(one.id.endswith("-month") for one in panes):
            look = st.selectbox(
                tr("Colours of the months"),
                list(LOOKS),
                key=keys("look"),
                width=210,
            )
            kept = None if look == next(iter(LOOKS)) else look
            if kept != view.look:
                state.keep(replace(view, look=kept))
                st.rerun(scope="fragment")


def _exchange() -> None:
    state.follow(pair.exchanged(state.current()))


_BESIDE = """<style>
.st-key-{key} > div {{ flex: 1 1 27rem; min-width: min(27rem, 100%); }}
</style>"""
"""Areas and IoU stand beside each other where there is room for both, else one above the other."""

COMPARE = Page(message("Compare"), ":material/compare:", needs=two_runs, draw=_draw)
