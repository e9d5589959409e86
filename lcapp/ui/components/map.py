"""The map as a Streamlit component: MapLibre GL in the page itself, nothing fetched.

MapLibre's own script and style lie in leafmap's dependency `maplibre` and are inlined here. The
map is made once and lives on its element; a rerun hands over new data and changes layers,
opacity and images in place. A click comes back as longitude and latitude.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import message, tr
from lcapp.views.explore.stack import Seen
from lcapp.views.layers import AERIAL
from lcapp.views.map import Overlay

Mount = Callable[..., Any]

_PARTS = ("layers", "pointer")
"""The list of layers; what lies under the pointer: one module with the last of them, `map.js`."""

_HTML = """
<div class="lc-root">
  <div class="lc-body">
    <div class="lc-frame">
      <div class="lc-map"></div>
      <button type="button" class="lc-all" aria-pressed="false" hidden></button>
      <div class="lc-cross" aria-hidden="true"></div>
      <div class="lc-tip" hidden></div>
      <div class="lc-said" aria-live="polite"></div>
    </div>
    <div class="lc-panel" hidden>
      <strong class="lc-title"></strong>
      <ul class="lc-layers"></ul>
      <div class="lc-legends"></div>
    </div>
  </div>
</div>
"""

_WORDS = {
    "layers": message("Layers, the uppermost first"),
    "opacity": message("opacity of {layer}"),
    "raise": message("raise {layer}"),
    "lower": message("lower {layer}"),
    "map": message(
        "Map of the scene. Arrow keys move it, plus and minus zoom, Enter picks the pixel in the "
        "middle."
    ),
    "all": message("All patches"),
    "here": message("This patch"),
    "hint": message("Run the model to see its class map here."),
}
"""What the component itself says."""


@dataclass(frozen=True)
class Story:
    """A place that the page speaks of.

    Attributes:
        lon: Longitude.
        lat: Latitude.
        label: What stands there.
    """

    lon: float
    lat: float
    label: str


@dataclass(frozen=True)
class Picked:
    """A place that was picked.

    Attributes:
        lon: Longitude.
        lat: Latitude.
        patch: Id of the outline that lies there; None for none.
    """

    lon: float
    lat: float
    patch: str | None


def scene_map(
    options: Mapping[str, Any],
    overlays: Sequence[Overlay],
    *,
    key: str,
    place: str,
    version: int,
    seen: Sequence[Seen] | None,
    hidden: Sequence[int],
    marker: tuple[float, float] | None,
    stories: Sequence[Story],
    all_patches: Sequence[Sequence[float]] | None,
    on_seen: Callable[[Sequence[Seen], Sequence[int]], None],
    on_patch: Callable[[str], None],
) -> Picked | None:
    """Draw the map; returns what has just been picked.

    Args:
        options: From `views.map.map_options`; carries every image.
        overlays: From bottom to top, the base first.
        key: Of the map on the page.
        place: Changes when the map is to be made anew at another place.
        version: Where it changes, `seen` and `hidden` are taken over again: an address was
            followed.
        seen: The overlays that are seen, from bottom to top; None: as they come.
        hidden: Ids of classes that are not drawn.
        marker: Longitude and latitude of the pin.
        stories: Places with a word on each.
        all_patches: South-west and north-east corner of all outlines, which a button shows; None
            without any.
        on_patch: Called with the id of an outline that was picked, before the page runs again.
        on_seen: Called with both when the reader has changed them, before the page runs again.
    """

    def changed() -> None:
        told = st.session_state[key]["stack"]
        if told is not None:
            on_seen([Seen(str(one), int(at)) for one, at in told["seen"]], told["hidden"])

    def picked() -> None:
        told = st.session_state[key]["click"]
        if told is not None and told["patch"]:
            on_patch(str(told["patch"]))

    data = {
        "place": place,
        "all": all_patches,
        "options": dict(options),
        "overlays": [_told(one) for one in _ordered(overlays, seen)],
        "base": AERIAL,
        "version": version,
        "hidden": list(hidden),
        "words": _words(),
        "marker": None if marker is None else list(marker),
        "places": [asdict(one) for one in stories],
    }
    result = _component()(key=key, data=data, on_click_change=picked, on_stack_change=changed)
    at = result.click
    return None if at is None else Picked(at["lon"], at["lat"], at["patch"])


def _words() -> dict[str, str]:
    return {name: tr(text) for name, text in _WORDS.items()}


def _told(one: Overlay) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "note": one.note,
        "names": dict(one.names),
        "legend": one.legend,
        "chance": one.chance,
        "opacity": one.opacity,
        "shown": one.visible,
    }


def _ordered(overlays: Sequence[Overlay], seen: Sequence[Seen] | None) -> list[Overlay]:
    """As an address says: what it names in its order, over what it does not."""
    if seen is None:
        return list(overlays)
    known = {one.id: one for one in overlays}
    named = [
        replace(known[one.id], opacity=one.percent / 100, visible=True)
        for one in seen
        if one.id in known
    ]
    names = {one.id for one in named}
    rest = [replace(one, visible=False) for one in overlays if one.id not in names]
    lowest = named if names else rest
    # The base stays beneath what is not seen, unless the address has something under it.
    base = [one for one in (*lowest[:1], *rest) if one.id == AERIAL][:1]
    return [*base, *(one for one in (*rest, *named) if one not in base)]


def choice_map(
    options: Mapping[str, Any],
    *,
    key: str,
    place: str,
    choose: Callable[[float, float], None],
    small: bool = True,
    marker: tuple[float, float] | None = None,
    follows: bool = False,
) -> None:
    """Draw a map, without a choice of layers, on which a place can be clicked.

    Args:
        options: From `views.footprints.footprints_options` or `views.places.places_options`.
        key: Of the map on the page.
        place: Changes when the map is to be made anew at another place.
        choose: Called with longitude and latitude of a click, before the page runs again.
        small: Of the size of a sidebar.
        marker: Longitude and latitude of the pin.
        follows: A pin that lies beside what is shown is gone to, and the pointer tells degrees.
    """

    def clicked() -> None:
        at = st.session_state[key]["click"]
        choose(at["lon"], at["lat"])

    data = {
        "place": place,
        "options": dict(options),
        "overlays": [],
        "plain": True,
        "small": small,
        "words": _words(),
        "marker": None if marker is None else list(marker),
        "follows": follows,
    }
    _component()(key=key, data=data, on_click_change=clicked)


@st.cache_resource(show_spinner=False)
def _component() -> Mount:
    here = Path(__file__)
    library = _maplibre_folder()
    mount: Mount = st.components.v2.component(
        "lcapp_map",
        html=_HTML,
        css="\n".join(
            (
                (library / "maplibre-gl.css").read_text(encoding="utf-8"),
                here.with_name("map.css").read_text(encoding="utf-8"),
            )
        ),
        js="\n".join(
            (
                _as_module((library / "maplibre-gl.js").read_text(encoding="utf-8")),
                *(
                    here.with_name(f"{name}.js").read_text(encoding="utf-8")
                    for name in (*(f"map_{part}" for part in _PARTS), "map")
                ),
            )
        ),
    )
    return mount


def _as_module(umd: str) -> str:
    """MapLibre's UMD build as part of an ES module: give it the `module` that it looks for."""
    return (
        "const maplibregl = (() => { const module = { exports: {} }; "
        "const exports = module.exports; "
        f"(function () {{\n{umd}\n}}).call(globalThis); return module.exports; }})();"
    )


def _maplibre_folder() -> Path:
    # Found without importing it: its import takes as long as the rest of the page.
    found = importlib.util.find_spec("maplibre")
    if found is None or found.origin is None:
        raise LcappError(
            "the package `maplibre` is not installed",
            advice="run pip install -r requirements.txt",
        )
    return Path(found.origin).parent / "srcjs"
