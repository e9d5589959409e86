"""Choosing a scene: its collection, then the scene in a list and among pictures."""

import time
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lcapp.errors import SceneError
from lcapp.language import message, tr, trn
from lcapp.scene.collection import Collection
from lcapp.scene.reader import SceneHeader
from lcapp.scene.services.place import SOURCE
from lcapp.simulate.demo.scenes import DEMO as DEMO_SCENES
from lcapp.simulate.demo.scenes import DemoScene
from lcapp.types import AUTOMATIC, Grid, Scene
from lcapp.ui.components.gallery import gallery
from lcapp.ui.components.map import Story
from lcapp.ui.parts.choice.place import choose_place
from lcapp.ui.parts.choice.region import Choosing, choose_in_region, one_of
from lcapp.ui.parts.choice.upload import choose_upload
from lcapp.ui.parts.plain import plain
from lcapp.ui.session import address, cache, roots, state
from lcapp.ui.session.address import Refused
from lcapp.ui.session.state import DEMO, REGION, UPLOAD, Keys, View
from lcapp.ui.session.work.runs import Choice
from lcapp.views.map import place_at

_KINDS = {
    DEMO: message("Demo scenes"),
    REGION: message("Simulated region"),
    SOURCE: message("Any place"),
    UPLOAD: message("Own files"),
    "": message("Folder"),
}
_AROUND = 120
"""Patches whose outlines the map shows: their headers have to be read."""

_FIRST = {
    DEMO: message("Simulating the demo scene (first start only)"),
    REGION: message("Simulating a region with every modality (first time only)"),
}


def choose_scene(
    view: View, keys: Keys, renewed: bool, body: DeltaGenerator
) -> tuple[View, Collection, SceneHeader]:
    """Collection and patch.

    Args:
        view: The choice so far.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.
        body: The middle of the page, for what needs room to be chosen.

    Raises:
        SceneError: No collection, or a patch that cannot be opened.
    """
    view, collection, grows = choose_collection(view, keys, renewed, body)
    wanted = collection.ids[0]
    if view.scene is not None:
        try:
            wanted = collection.find(view.scene)
        except SceneError as error:  # said; the list stays to choose another from
            allowed = error.advice or error.expected or ""
            address.refuse(Refused("scene", view.scene, allowed, wanted))
    key = keys.holding("scene", wanted, renewed)
    if st.session_state[key] not in collection.ids:
        st.session_state[key] = collection.ids[0]
    regions = collection.regions()
    if any(regions) and len(regions) < len(collection.ids):
        chosen = choose_in_region(Choosing(keys, key, collection, regions))
    else:
        chosen = _of_all(keys, key, collection, view)
    if grows and len(collection.ids) < len(DEMO_SCENES):
        others(collection)
    if chosen != view.scene:
        view = replace(view, scene=chosen, pixel=view.pixel if chosen == wanted else None)
    collection = cache.as_it_is(collection, chosen, view.units)
    return view, collection, collection.header(chosen)


def choose_collection(
    view: View, keys: Keys, renewed: bool, body: DeltaGenerator
) -> tuple[View, Collection, bool]:
    """The collection, and whether its list still grows.

    Args:
        view: The choice so far.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.
        body: The middle of the page, for what needs room to be chosen.

    Raises:
        SceneError: No collection.
    """
    name = _source(view, keys, renewed, body)
    if name != view.collection:
        view = replace(view, collection=name, scene=None, units=AUTOMATIC, pixel=None)
    elif is_folder(view):
        view = state.with_units(view, keys, renewed)
    else:
        view = replace(view, units=AUTOMATIC)
    # Here and not in the cache, which the server fills before there is a session to tell.
    with st.spinner(tr(_FIRST.get(name, message("Listing the patches")))):
        collection, grows = _listed(view)
    return view, collection, grows


def others(collection: Collection) -> None:
    """Say that more demo scenes come; when they are there the page runs again."""
    st.fragment(_others, run_every=1)(len(DEMO_SCENES) - len(collection.ids))


def is_folder(view: View) -> bool:
    """Whether somebody else has made the files that the view shows."""
    return view.collection == UPLOAD or _is_typed(view)


def _is_typed(view: View) -> bool:
    """It is the path of a folder."""
    return view.collection not in _KINDS and not view.collection.startswith(SOURCE)


def demo_scenes(view: View) -> tuple[DemoScene, ...]:
    """The demo scenes with what to look for in each, while the view shows them; else none."""
    return DEMO_SCENES if view.collection == DEMO else ()


def neighbours(choice: Choice) -> dict[str, Grid]:
    """Where the other patches lie: of its region where there are several, else of the collection.

    Args:
        choice: What has been chosen.
    """
    collection, own = choice.collection, choice.scene.id
    regions = collection.regions()
    ids = collection.ids
    if any(regions) and len(regions) < len(ids):
        ids = tuple(next(of for of in regions.values() if own in of))
    first = max(0, min(ids.index(own) - _AROUND // 2, len(ids) - _AROUND))
    found = cache.grids(collection, collection.source, tuple(ids[first : first + _AROUND]))
    return {one: grid for one, grid in found.items() if one != own}


def stories(view: View, scene: Scene) -> tuple[Story, ...]:
    """The places that the story of a demo scene names."""
    spots = (one.spots for one in demo_scenes(view) if one.id == scene.id)
    named = next(spots, ())
    return tuple(Story(*place_at(scene.grid, one.x, one.y), tr(one.label)) for one in named)


def _source(view: View, keys: Keys, renewed: bool, body: DeltaGenerator) -> str:
    placed = view.collection.startswith(SOURCE)
    own = view.collection if _is_typed(view) else ""
    shown = SOURCE if placed else "" if own else view.collection
    kind = st.radio(
        tr("Collection"),
        list(_KINDS),
        key=keys.holding("kind", shown, renewed),
        format_func=lambda kind: tr(_KINDS[kind]),
        horizontal=True,
        help=tr(
            "The demo scenes and the region, a FLAIR-HUB folder of two patches, are simulated. A "
            "place is fetched from public services. A folder holds TreeSatAI-TS, FLAIR #2 or "
            "FLAIR-HUB patches, or pairs of an aerial GeoTIFF and a Sentinel-2 series."
        ),
    )
    if kind == SOURCE:
        return choose_place(view.collection if placed else "", keys, renewed, body)
    if kind == UPLOAD:
        return choose_upload(keys)
    if kind:
        return str(kind)
    allowed = roots.roots()
    if allowed is not None:
        st.caption(plain(tr("Here {what}.", what=roots.told(allowed))))
    name = st.text_input(
        tr("Folder of the collection"),
        key=keys.holding("folder", own, renewed),
        placeholder=tr("/path/to/collection"),
        disabled=allowed == (),
    ).strip()
    if not name:
        st.info(tr("Type the folder of a collection on the computer that runs the app."))
        st.stop()
    return name


def _listed(view: View) -> tuple[Collection, bool]:
    """The collection and whether it still grows; a demo scene that is to come is waited for."""
    name = view.collection
    while True:
        grows = name == DEMO and cache.demo_grows()  # before the list, which could lack the last
        collection = cache.collection(name, view.units)
        if not grows or view.scene not in {one.id for one in DEMO_SCENES}.difference(
            collection.ids
        ):
            return collection, grows
        time.sleep(0.2)


def _others(missing: int) -> None:
    """Say that more demo scenes come; with the last of them the page runs again and lists them."""
    if not cache.demo_grows():
        st.rerun()
    st.caption(
        trn(
            "{n} more is being simulated (first start only); the list waits for it.",
            "{n} more are being simulated (first start only); the list waits for them.",
            missing,
        )
    )


def _of_all(keys: Keys, key: str, collection: Collection, view: View) -> str:
    titles = {one.id: tr(one.title) for one in demo_scenes(view)}
    chosen = one_of(key, collection.ids, collection, titles)
    if len(collection.ids) > 1:
        gallery(collection, collection.ids, titles, key=keys("gallery"), chosen=key)
    return chosen
