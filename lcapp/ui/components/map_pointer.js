// What lies under the pointer, how a pixel is picked by mouse and by keyboard, what is marked.

const STEP = 24;  // pixels that an arrow key moves the map; with shift five times as far

function pointer(view) {
  const { map, root } = view;
  map.on("click", (event) => pick(view, event.lngLat));
  map.on("mousemove", (event) => tip(view, event.point, event.lngLat));
  map.on("mouseout", () => { root.querySelector(".lc-tip").hidden = true; });
  map.getCanvas().style.cursor = "crosshair";
  if (view.plain) return;
  // One's own keys: MapLibre's move a hundred pixels at once, and pick nothing.
  map.keyboard.disable();
  const box = root.querySelector(".lc-map"), canvas = map.getCanvas();
  canvas.setAttribute("aria-label", view.words.map);
  const aimed = () => {
    const centre = map.project(map.getCenter());
    return tip(view, centre, map.getCenter());
  };
  canvas.addEventListener("focus", () => {
    root.classList.toggle("lc-aims", canvas.matches(":focus-visible"));
  });
  canvas.addEventListener("blur", () => {
    root.classList.remove("lc-aims");
    root.querySelector(".lc-tip").hidden = true;
  });
  canvas.addEventListener("pointerdown", () => root.classList.remove("lc-aims"));
  box.addEventListener("keydown", (event) => {
    if (event.target !== canvas || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 5 * STEP : STEP;
    const ways = {
      ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far],
    };
    const zooms = { "+": 1, "=": 1, "-": -1 };
    const move = { duration: 0 };
    if (event.key in ways) map.panBy(ways[event.key], move, { originalEvent: event });
    else if (event.key in zooms) {
      map.zoomTo(map.getZoom() + zooms[event.key], move, { originalEvent: event });
    } else if (event.key === "Enter" || event.key === " ") pick(view, map.getCenter());
    else return;
    event.preventDefault();
    root.classList.add("lc-aims");
    root.querySelector(".lc-said").textContent = aimed();
  });
}

function pick(view, lngLat) {
  const patch = view.plain ? null : outlineAt(view.map, view.map.project(lngLat))?.name;
  if (!patch) mark(view, lngLat);
  view.send("click", { lon: lngLat.lng, lat: lngLat.lat, patch: patch ?? null });
}

// The box beside the pointer; what it says.
function tip(view, point, lngLat) {
  const box = view.root.querySelector(".lc-tip");
  const lines = view.plain ? [] : named(view, lngLat);
  const outline = outlineAt(view.map, point);
  if (outline) lines.push(outline.label ?? outline.name);
  else if (view.follows) lines.push(`${lngLat.lng.toFixed(4)}, ${lngLat.lat.toFixed(4)}`);
  box.hidden = lines.length === 0;
  box.replaceChildren(...lines.map((line) => {
    const row = document.createElement("div");
    row.textContent = line;
    return row;
  }));
  const left = point.x > view.map.getCanvas().clientWidth / 2;  // never beyond the map's edge
  box.style.transform = `translate(${point.x}px, ${point.y + 14}px) `
    + (left ? "translateX(calc(-100% - 10px))" : "translateX(14px)");
  return lines.join(", ");
}

// The class of the map with its probability, and of other layers of classes that are seen.
function named(view, lngLat) {
  const lines = [];
  const sure = [...view.pictures.values()].find((one) => one.chance);
  const several = view.stack.filter((one) => one.shown && isOfClasses(view, one.id)).length > 1;
  for (const { id, shown } of [...view.stack].reverse()) {
    if (!isOfClasses(view, id) || !(shown || id === "classes")) continue;
    const name = nameOf(view.pictures.get(id), colourAt(view.pictures.get(id), lngLat));
    if (!name) continue;
    let line = several || !shown ? `${labelOf(view, id)}: ${name}` : name;
    const colour = id === "classes" && sure ? colourAt(sure, lngLat) : null;
    if (colour) {
      const [low, high] = sure.chance;
      line += `, ${Math.round(100 * (colour[0] - low) / (high - low))} %`;
    }
    lines.push(line);
  }
  return lines;
}

function isOfClasses(view, id) {
  return Object.keys(view.pictures.get(id)?.names ?? {}).length > 0;
}

function nameOf(picture, colour) {
  if (!colour || colour[3] === 0) return null;
  const text = [...colour.slice(0, 3)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return picture.names["#" + text];
}

function colourAt(picture, { lng, lat }) {
  if (!picture?.data) return null;
  const [[x0, y0], [x1, y1], , [x3, y3]] = picture.coordinates;
  const [ax, ay, bx, by] = [x1 - x0, y1 - y0, x3 - x0, y3 - y0];
  const area = ax * by - ay * bx;
  const across = ((lng - x0) * by - (lat - y0) * bx) / area;
  const down = (ax * (lat - y0) - ay * (lng - x0)) / area;
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
  const { width, height, data } = picture.data;
  const at = 4 * (Math.floor(down * height) * width + Math.floor(across * width));
  return data.slice(at, at + 4);
}

// Footprints carry their names.
function outlineAt(map, point) {
  return map.queryRenderedFeatures(point).find((one) => one.properties.name)?.properties;
}

function mark(view, lngLat) {
  view.marker ??= new maplibregl.Marker({ color: "#d6006c", scale: 0.8 });
  view.marker.setLngLat(lngLat).addTo(view.map);
}

// Places that the page speaks of.
function stories(view, places) {
  const now = JSON.stringify(places);
  if (view.storied === now) return;
  view.storied = now;
  view.places.forEach((one) => one.remove());
  view.places = places.map(({ lon, lat, label }) => {
    const element = document.createElement("div");
    element.className = "lc-place";
    element.textContent = label;
    return new maplibregl.Marker({ element, anchor: "bottom", offset: [0, -4] })
      .setLngLat([lon, lat]).addTo(view.map);
  });
}

// A button between the place and all patches around it.
function overview(view, bounds) {
  const button = view.root.querySelector(".lc-all");
  button.hidden = !bounds;
  if (!bounds) return;
  const far = () => button.getAttribute("aria-pressed") === "true";
  button.textContent = far() ? view.words.here : view.words.all;
  button.onclick = () => {
    button.setAttribute("aria-pressed", String(!far()));
    button.textContent = far() ? view.words.here : view.words.all;
    view.moved = far();
    view.map.fitBounds(far() ? bounds : view.bounds, { padding: far() ? 40 : 12, duration: 0 });
  };
}
