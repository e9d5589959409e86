// The map of a scene. `maplibregl` stands before this text (see component.py).
// The map object lives on its element: a rerun of the page changes layers in place.

const VIEW = Symbol.for("lcapp.map");

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".lc-root");
  if (root[VIEW]?.place !== data.place) {
    root[VIEW]?.map.remove();
    root[VIEW] = open(root, data);
  }
  const view = root[VIEW];
  view.tell = (lngLat) => setTriggerValue("click", { lon: lngLat.lng, lat: lngLat.lat });
  if (view.loaded) show(view, data);
  else view.waiting = data;
  return () => setTimeout(() => {
    // Only when the element has really gone, not when the page merely ran again.
    if (!root.isConnected && root[VIEW]) {
      root[VIEW].map.remove();
      delete root[VIEW];
    }
  }, 0);
}

function open(root, data) {
  const box = root.querySelector(".lc-map");
  box.replaceChildren();
  const map = new maplibregl.Map({
    ...data.options,
    container: box,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 23,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric", maxWidth: 140 }), "bottom-left");
  const view = {
    root, map, place: data.place, style: data.options.style,
    chosen: null, offered: null, opacity: null, marker: null, loaded: false,
  };
  map.on("load", () => {
    view.loaded = true;
    show(view, view.waiting);
  });
  map.on("idle", () => { root.dataset.drawn = drawn(view).join(" "); });
  map.on("click", (event) => {
    mark(view, event.lngLat);
    view.tell(event.lngLat);
  });
  map.getCanvas().style.cursor = "crosshair";
  return view;
}

function show(view, data) {
  const { map } = view;
  const wanted = data.options.style;
  const had = view.style.sources;
  for (const layer of [...view.style.layers].reverse()) {
    if (layer.source && !(layer.source in wanted.sources)) {
      map.removeLayer(layer.id);
      map.removeSource(layer.source);
    }
  }
  for (const [id, source] of Object.entries(wanted.sources)) {
    if (!map.getSource(id)) map.addSource(id, source);
    else if (had[id].url !== source.url) {
      map.getSource(id).updateImage({ url: source.url, coordinates: source.coordinates });
    }
  }
  for (const layer of wanted.layers) {
    if (!map.getLayer(layer.id)) map.addLayer(layer);
  }
  view.style = wanted;
  view.overlays = data.overlays;
  // What the page offers first is taken over once; after that the reader chooses.
  const offer = data.overlays.map((one) => one.id).join(" ");
  if (view.offered !== offer) {
    view.offered = offer;
    view.chosen = data.chosen;
    view.opacity ??= data.opacity;
  }
  panel(view);
  paint(view);
  if (data.marker) mark(view, { lng: data.marker[0], lat: data.marker[1] });
  else view.marker?.remove();
}

function paint(view) {
  for (const { id } of view.overlays) {
    const visible = id === view.chosen;
    view.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    if (visible) view.map.setPaintProperty(id, "raster-opacity", view.opacity);
  }
  const shown = view.overlays.find((one) => one.id === view.chosen);
  const note = view.root.querySelector(".lc-note");
  note.textContent = shown?.note ?? "";
  note.hidden = !shown?.note;
  view.root.querySelector(".lc-opacity").hidden = !shown;
  view.map.triggerRepaint();
}

function panel(view) {
  const box = view.root.querySelector(".lc-panel");
  box.hidden = view.overlays.length === 0;
  const list = box.querySelector(".lc-layers");
  const entries = [{ id: "", label: "Aerial image alone" }, ...view.overlays];
  list.replaceChildren(...entries.map(({ id, label }) => {
    const entry = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "lc-layer";
    radio.value = id;
    radio.checked = id === (view.chosen ?? "");
    radio.onchange = () => { view.chosen = id; paint(view); };
    entry.append(radio, label);
    return entry;
  }));
  const slider = box.querySelector("input[type=range]");
  const shown = box.querySelector("output");
  slider.value = 100 * view.opacity;
  shown.textContent = `${Math.round(slider.value)} %`;
  slider.oninput = () => {
    view.opacity = slider.value / 100;
    shown.textContent = `${slider.value} %`;
    paint(view);
  };
}

function mark(view, lngLat) {
  view.marker ??= new maplibregl.Marker({ color: "#d6006c", scale: 0.8 });
  view.marker.setLngLat(lngLat).addTo(view.map);
}

function drawn(view) {
  return view.style.layers
    .map((layer) => layer.id)
    .filter((id) => view.map.getLayoutProperty(id, "visibility") !== "none");
}
