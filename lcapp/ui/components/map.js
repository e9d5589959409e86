// The map of a scene. `maplibregl`, the layers and the pointer stand before this text (see map.py).
// The map object lives on its element: a rerun of the page changes layers in place.

const VIEW = Symbol.for("lcapp.map");
const LEAST = 360;  // pixels of height

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".lc-root");
  if (root[VIEW]?.place !== data.place) {
    if (root[VIEW]) close(root[VIEW]);
    root[VIEW] = open(root, data);
  }
  const view = root[VIEW];
  view.send = setTriggerValue;
  if (view.loaded) show(view, data);
  else view.waiting = data;
  return () => setTimeout(() => {
    // Only when the element has really gone, not when the page merely ran again.
    if (!root.isConnected && root[VIEW]) {
      close(root[VIEW]);
      delete root[VIEW];
    }
  }, 0);
}

function open(root, data) {
  const box = root.querySelector(".lc-map");
  root.classList.toggle("lc-small", Boolean(data.small));
  root.classList.toggle("lc-plain", Boolean(data.plain));
  box.replaceChildren();
  root.querySelector(".lc-all").setAttribute("aria-pressed", "false");
  const view = {
    root, place: data.place, style: data.options.style, plain: Boolean(data.plain),
    words: data.words, bounds: data.options.bounds, marker: null, places: [], loaded: false, moved: false,
    version: null, stack: [], memory: new Map(), hidden: new Set(), pictures: new Map(),
  };
  if (!view.plain) fit(view);
  const map = view.map = new maplibregl.Map({
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
  map.on("load", () => {
    view.loaded = true;
    show(view, view.waiting);
  });
  map.on("idle", () => { root.dataset.drawn = drawn(view).join(" "); });
  map.on("movestart", (event) => { if (event.originalEvent) view.moved = true; });
  // A page that becomes narrow shows the whole place again, unless somebody has moved it.
  map.on("resize", () => {
    if (!view.moved) map.fitBounds(data.options.bounds, { padding: 12, duration: 0 });
  });
  // Words on places make sense where these can be told apart.
  map.on("zoom", () => root.classList.toggle("lc-far", map.getZoom() < 14));
  pointer(view);
  view.sized = () => { if (!view.plain) fit(view); };
  window.addEventListener("resize", view.sized);
  return view;
}

function close(view) {
  window.removeEventListener("resize", view.sized);
  view.map.remove();
}

// The map ends where the window ends, so that nobody scrolls to see all of it.
function fit(view) {
  const box = view.root.querySelector(".lc-map");
  const page = view.root.getRootNode().host?.closest("[data-testid=stMain]")
    ?? document.querySelector("[data-testid=stMain]");
  const top = box.getBoundingClientRect().top + (page?.scrollTop ?? 0);
  const height = Math.min(Math.max(LEAST, Math.floor(window.innerHeight - top - 14)), 760);
  if (Math.abs(height - box.clientHeight) > 2) box.style.height = `${height}px`;
}

function show(view, data) {
  const { map } = view;
  const wanted = data.options.style;
  const had = view.style.sources;
  for (const layer of [...view.style.layers].reverse()) {
    if (layer.source && !(layer.source in wanted.sources)) {
      map.removeLayer(layer.id);
      if (!map.getStyle().layers.some((one) => one.source === layer.source)) {
        map.removeSource(layer.source);
      }
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
  view.base = data.base;
  view.words = data.words;
  view.follows = data.follows;
  if (!view.plain) {
    fit(view);
    merge(view, data);
    learn(view);
    panel(view);
    paint(view);
    stories(view, data.places ?? []);
    overview(view, data.all);
  } else {
    delete view.root.dataset.drawn;  // until the map rests again
    map.triggerRepaint();
  }
  if (data.marker) mark(view, { lng: data.marker[0], lat: data.marker[1] });
  else view.marker?.remove();
  if (data.follows && data.marker && !map.getBounds().contains(data.marker)) {
    map.jumpTo({ center: data.marker });
  }
}

function drawn(view) {
  return view.style.layers
    .map((layer) => layer.id)
    .filter((id) => view.map.getLayoutProperty(id, "visibility") !== "none");
}
