"""The map on the page: a Streamlit v2 component around MapLibre GL.

The map object lives on its element, so that a rerun changes opacity, images and layers in place
instead of building the map anew. MapLibre's own JavaScript and CSS come from the package
`maplibre` that leafmap depends on; nothing is fetched.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

_HTML = '<div class="lc-map" role="application" aria-label="Map of the scene"></div>'
_CSS = """
.lc-map { width: 100%; height: 560px; border-radius: 6px; overflow: hidden; }
.lc-map canvas { cursor: crosshair; }
"""

# The UMD build looks for `module`; giving it one keeps it from writing to the window.
_WRAP = """
const module = { exports: {} };
const exports = module.exports;
(function () { %s }).call(globalThis);
const maplibregl = module.exports;
"""

_JS = """
function changeInPlace(map, style) {
  const wanted = new Set(style.layers.map((layer) => layer.id));
  for (const layer of map.getStyle().layers) {
    if (!wanted.has(layer.id)) {
      map.removeLayer(layer.id);
      if (map.getSource(layer.id)) map.removeSource(layer.id);
    }
  }
  for (const layer of style.layers) {
    const source = style.sources[layer.id];
    if (!map.getLayer(layer.id)) {
      if (source && !map.getSource(layer.id)) map.addSource(layer.id, source);
      map.addLayer(layer);
      continue;
    }
    if (source && map.lcUrls[layer.id] !== source.url) {
      map.getSource(layer.id).updateImage({ url: source.url, coordinates: source.coordinates });
    }
    for (const [name, value] of Object.entries(layer.paint || {})) {
      map.setPaintProperty(layer.id, name, value);
    }
    const visibility = (layer.layout || {}).visibility || "visible";
    map.setLayoutProperty(layer.id, "visibility", visibility);
    map.moveLayer(layer.id);
  }
}

function remember(map, style) {
  map.lcUrls = Object.fromEntries(
    Object.entries(style.sources).map(([id, source]) => [id, source.url])
  );
}

function mark(map, place) {
  if (map.lcMarker) map.lcMarker.remove();
  map.lcMarker = place
    ? new maplibregl.Marker({ color: "#111", scale: 0.7 }).setLngLat(place).addTo(map)
    : null;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const element = parentElement.querySelector(".lc-map");
  element.lcTrigger = setTriggerValue;
  let map = element.lcMap;
  if (!map) {
    map = new maplibregl.Map({ ...data.options, container: element, maxZoom: 24 });
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-left");
    map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-left");
    map.on("click", (event) =>
      element.lcTrigger("clicked", { lon: event.lngLat.lng, lat: event.lngLat.lat })
    );
    map.on("idle", () => { element.dataset.drawn = Object.keys(map.lcUrls).join(" "); });
    element.lcMap = map;
    element.lcFocus = data.focus;
    remember(map, data.options.style);
    mark(map, data.marker);
    return;
  }
  const update = () => {
    delete element.dataset.drawn;
    changeInPlace(map, data.options.style);
    remember(map, data.options.style);
    mark(map, data.marker);
    if (element.lcFocus !== data.focus) {
      map.jumpTo({ center: data.options.center, zoom: data.options.zoom });
      element.lcFocus = data.focus;
    }
    map.triggerRepaint();
  };
  if (map.isStyleLoaded()) update();
  else map.once("idle", update);
}
"""


@cache
def _component() -> Any:
    assets = files("maplibre") / "srcjs"
    library = (assets / "maplibre-gl.js").read_text(encoding="utf-8")
    sheet = (assets / "maplibre-gl.css").read_text(encoding="utf-8")
    return st.components.v2.component(
        "lcapp_map", html=_HTML, css=f"{_CSS}\n{sheet}", js=f"{_WRAP % library}\n{_JS}"
    )


def show_map(
    options: Mapping[str, Any],
    *,
    focus: str,
    marker: tuple[float, float] | None = None,
    key: str,
) -> tuple[float, float] | None:
    """Draw the map; returns longitude and latitude of a click that has just happened.

    Args:
        options: As `views.map.map_options` gives them.
        focus: Changes when the map shall move to another place.
        marker: Longitude and latitude of the marked pixel.
        key: Widget key.
    """
    result = _component()(
        key=key,
        data={"options": dict(options), "focus": focus, "marker": marker},
        on_clicked_change=lambda: None,
    )
    click = result.clicked
    return None if click is None else (float(click["lon"]), float(click["lat"]))
