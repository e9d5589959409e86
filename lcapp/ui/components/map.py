"""The map as a Streamlit component: MapLibre GL in the page itself, nothing fetched.

MapLibre's own script and style lie in leafmap's dependency `maplibre` and are inlined here. The
map is made once and lives on its element; a rerun hands over new data and changes layers,
opacity and images in place. A click comes back as longitude and latitude.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.errors import LcappError
from lcapp.views.map import Overlay

Mount = Callable[..., Any]

_HTML = """
<div class="lc-root">
  <div class="lc-panel" hidden>
    <strong>Over the aerial image</strong>
    <div class="lc-layers" role="radiogroup" aria-label="layer over the aerial image"></div>
    <label class="lc-opacity">Opacity
      <input type="range" min="0" max="100" step="5" aria-label="opacity of the layer">
      <output></output>
    </label>
    <p class="lc-note"></p>
  </div>
  <div class="lc-frame">
    <div class="lc-map" role="application" aria-label="map of the scene"></div>
    <div class="lc-tip" hidden></div>
  </div>
</div>
"""


def scene_map(
    options: Mapping[str, Any],
    overlays: Sequence[Overlay],
    *,
    key: str,
    place: str,
    chosen: str | None,
    marker: tuple[float, float] | None,
    opacity: float = 0.7,
) -> tuple[float, float] | None:
    """Draw the map; returns longitude and latitude of a click that has just happened.

    Args:
        options: From `views.map.map_options`; carries every image.
        overlays: Those that the reader may choose among, without the base image.
        key: Of the map on the page.
        place: Changes when the map is to be made anew at another place.
        chosen: Id of the overlay that is drawn when the choice first appears.
        marker: Longitude and latitude of the pin.
        opacity: Of the overlay, at first.
    """
    data = {
        "place": place,
        "options": dict(options),
        "overlays": [
            {"id": one.id, "label": one.label, "note": one.note, "names": dict(one.names)}
            for one in overlays
        ],
        "chosen": chosen,
        "opacity": opacity,
        "hint": "Run the model to see its class map here.",
        "marker": None if marker is None else list(marker),
    }
    result = _component()(key=key, data=data, on_click_change=lambda: None)
    return None if result.click is None else (result.click["lon"], result.click["lat"])


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
                here.with_name("map.js").read_text(encoding="utf-8"),
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
