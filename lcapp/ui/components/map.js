// The map of a scene. `maplibregl` stands before this text (see map.py).
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
  root.classList.toggle("lc-small", Boolean(data.small));
  box.replaceChildren();
  const map = new maplibregl.Map({
    ...data.options,
    container: box,
    fitBoundsOptions: { padding: 12 },
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
  map.on("mousemove", (event) => tip(view, event));
  map.on("mouseout", () => { root.querySelector(".lc-tip").hidden = true; });
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
    else if (source.type === "geojson") map.getSource(id).setData(source.data);
    else if (had[id].url !== source.url
      || String(had[id].coordinates) !== String(source.coordinates)) {
      map.getSource(id).updateImage({ url: source.url, coordinates: source.coordinates });
    }
  }
  let above;
  for (const layer of [...wanted.layers].reverse()) {
    if (!map.getLayer(layer.id)) map.addLayer(layer, above);
    above = layer.id;
  }
  view.style = wanted;
  view.overlays = data.overlays;
  view.hint = data.hint;
  // What the page offers first is taken over once; after that the reader chooses.
  const offer = data.overlays.map((one) => one.id).join(" ");
  if (view.offered !== offer) {
    view.offered = offer;
    view.chosen = data.chosen;
    view.opacity ??= data.opacity;
  }
  view.follows = data.follows;
  if (!data.plain) panel(view);
  paint(view);
  if (data.marker) mark(view, { lng: data.marker[0], lat: data.marker[1] });
  else view.marker?.remove();
  if (data.follows && data.marker && !map.getBounds().contains(data.marker)) {
    map.jumpTo({ center: data.marker });
  }
}

function paint(view) {
  for (const { id } of view.overlays) {
    const visible = id === view.chosen;
    view.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    if (visible) view.map.setPaintProperty(id, "raster-opacity", view.opacity);
  }
  const shown = view.overlays.find((one) => one.id === view.chosen);
  const note = view.root.querySelector(".lc-note");
  note.textContent = shown?.note ?? (view.offered ? "" : view.hint);
  view.root.querySelector(".lc-opacity input").disabled = !shown;
  delete view.root.dataset.drawn;  // until the map rests again
  view.map.triggerRepaint();
  learnColours(view, shown);
}

// Names of classes come from the colours of the drawn image itself.
async function learnColours(view, shown) {
  view.lookup = null;
  if (!shown || Object.keys(shown.names).length === 0) return;
  const { url, coordinates } = view.style.sources[shown.id];
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  if (view.chosen === shown.id) view.lookup = { context, canvas, coordinates, names: shown.names };
}

function tip(view, event) {
  const box = view.root.querySelector(".lc-tip");
  const { lng, lat } = event.lngLat;
  const degrees = view.follows ? `${lng.toFixed(4)}, ${lat.toFixed(4)}` : null;
  const name = nameAt(view.lookup, event.lngLat) ?? outlineAt(view.map, event.point) ?? degrees;
  box.hidden = !name;
  if (!name) return;
  box.textContent = name;
  box.style.transform = `translate(${event.point.x + 14}px, ${event.point.y + 14}px)`;
}

function nameAt(lookup, { lng, lat }) {
  if (!lookup) return null;
  const [[x0, y0], [x1, y1], , [x3, y3]] = lookup.coordinates;
  const [ax, ay, bx, by] = [x1 - x0, y1 - y0, x3 - x0, y3 - y0];
  const area = ax * by - ay * bx;
  const across = ((lng - x0) * by - (lat - y0) * bx) / area;
  const down = (ax * (lat - y0) - ay * (lng - x0)) / area;
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
  const { canvas, context } = lookup;
  const at = [Math.floor(across * canvas.width), Math.floor(down * canvas.height)];
  const [...colour] = context.getImageData(...at, 1, 1).data;
  if (colour.pop() === 0) return null;
  return lookup.names["#" + colour.map((byte) => byte.toString(16).padStart(2, "0")).join("")];
}

// Footprints carry their names.
function outlineAt(map, point) {
  return map.queryRenderedFeatures(point).find((one) => one.properties.name)?.properties.name;
}

function panel(view) {
  const box = view.root.querySelector(".lc-panel");
  box.hidden = false;
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
