// Layers: which are seen, in which order and how opaque; their list, their legends.

const LATER = 350;  // milliseconds of rest before the page is told

// What the page offers is taken over where its version changes; after that the reader chooses.
function merge(view, data) {
  const offered = data.overlays;
  if (view.version !== data.version) {
    view.version = data.version;
    view.memory.clear();
    view.hidden = new Set(data.hidden ?? []);
    view.stack = offered.map(({ id, opacity, shown }) => ({ id, opacity, shown }));
    return;
  }
  for (const one of view.stack) view.memory.set(one.id, one);
  const there = new Set(offered.map((one) => one.id));
  view.stack = view.stack.filter((one) => there.has(one.id));
  offered.forEach(({ id, opacity, shown }, place) => {
    if (view.stack.some((one) => one.id === id)) return;
    view.stack.splice(place, 0, view.memory.get(id) ?? { id, opacity, shown });
  });
}

function paint(view) {
  const { map } = view;
  for (const { id, opacity, shown } of view.stack) {
    map.moveLayer(id);  // to the top, from the lowest to the highest
    map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
    map.setPaintProperty(id, "raster-opacity", opacity);
  }
  for (const { id, type } of view.style.layers) {
    if (type !== "raster" && type !== "background") map.moveLayer(id);
  }
  delete view.root.dataset.drawn;  // until the map rests again
  map.triggerRepaint();
  legends(view);
}

function tell(view) {
  clearTimeout(view.later);
  view.later = setTimeout(() => {
    const seen = view.stack.filter((one) => one.shown)
      .map((one) => [one.id, Math.round(100 * one.opacity)]);
    view.send("stack", { seen, hidden: [...view.hidden].sort((a, b) => a - b) });
  }, LATER);
}

function panel(view) {
  const box = view.root.querySelector(".lc-panel");
  box.hidden = false;
  box.querySelector(".lc-title").textContent = view.words.layers;
  const known = view.stack.map((one) => one.id + labelOf(view, one.id)).join(" ");
  if (view.listed !== known) {
    view.listed = known;
    const held = view.root.getRootNode().activeElement?.dataset.does;
    box.querySelector(".lc-layers").replaceChildren(
      ...[...view.stack].reverse().map((one) => row(view, one)),
    );
    if (held) box.querySelector(`[data-does="${held}"]`)?.focus();
  }
  for (const one of view.stack) {
    const at = box.querySelector(`[data-layer="${one.id}"]`);
    at.querySelector("[type=checkbox]").checked = one.shown;
    at.querySelector("[type=range]").value = Math.round(100 * one.opacity);
    at.querySelector("output").textContent = `${Math.round(100 * one.opacity)} %`;
    at.querySelectorAll("[type=range], button").forEach((part) => { part.disabled = !one.shown; });
  }
}

function labelOf(view, id) {
  return view.overlays.find((one) => one.id === id).label;
}

function row(view, one) {
  const line = document.createElement("li");
  line.dataset.layer = one.id;
  const label = document.createElement("label");
  label.title = view.overlays.find((each) => each.id === one.id).note;
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.dataset.does = `${one.id} shown`;
  box.onchange = () => {
    current(view, one.id).shown = box.checked;
    // Who asks for a layer wants to see it; the aerial image stays beneath what lies on it.
    if (box.checked && one.id !== view.base) move(view, one.id, view.stack.length);
    changed(view);
  };
  const name = labelOf(view, one.id);
  label.append(box, name);
  const range = Object.assign(document.createElement("input"), {
    type: "range", min: 0, max: 100, step: 5, ariaLabel: view.words.opacity.replace("{layer}", name),
  });
  range.dataset.does = `${one.id} opacity`;
  range.oninput = () => {
    current(view, one.id).opacity = range.value / 100;
    changed(view);
  };
  line.append(label, range, document.createElement("output"));
  for (const [sign, word, step] of [["▲", view.words.raise, 1], ["▼", view.words.lower, -1]]) {
    const button = Object.assign(document.createElement("button"), {
      type: "button", textContent: sign, ariaLabel: word.replace("{layer}", name),
    });
    button.dataset.does = `${one.id} ${sign}`;
    button.onclick = () => {
      const at = view.stack.findIndex((each) => each.id === one.id);
      move(view, one.id, at + step);
      changed(view);
    };
    line.append(button);
  }
  return line;
}

function current(view, id) {
  return view.stack.find((one) => one.id === id);
}

function move(view, id, to) {
  const [moved] = view.stack.splice(view.stack.findIndex((one) => one.id === id), 1);
  view.stack.splice(Math.max(0, Math.min(to, view.stack.length)), 0, moved);
}

function changed(view) {
  panel(view);
  paint(view);
  tell(view);
}

function legends(view) {
  const box = view.root.querySelector(".lc-legends");
  const seen = [...view.stack].reverse().filter((one) => one.shown)
    .map((one) => view.overlays.find((each) => each.id === one.id));
  const told = seen.filter((one) => one.legend || one.note);
  const now = told.map((one) => one.id + one.legend + one.note).join("\n");
  if (view.told !== now) {
    view.told = now;
    box.replaceChildren(...told.map((one) => {
      const part = document.createElement("section");
      part.dataset.legend = one.id;
      part.innerHTML = `<h6></h6>${one.legend}<p class="lc-note"></p>`;
      part.querySelector("h6").textContent = one.label;
      part.querySelector(".lc-note").textContent = one.note;
      for (const tick of part.querySelectorAll("[data-class]")) {
        tick.onchange = () => {
          const id = Number(tick.dataset.class);
          if (tick.checked) view.hidden.delete(id);
          else view.hidden.add(id);
          legends(view);
          recolour(view);
          tell(view);
        };
      }
      return part;
    }));
    if (!view.overlays.some((one) => one.id === "classes")) box.append(view.words.hint);
  }
  for (const tick of box.querySelectorAll("[data-class]")) {
    tick.checked = !view.hidden.has(Number(tick.dataset.class));
  }
}

// The drawn images as numbers: names of classes and probabilities come from their colours.
function learn(view) {
  const wanted = view.overlays.filter((one) => Object.keys(one.names).length || one.chance);
  for (const id of view.pictures.keys()) {
    if (!wanted.some((one) => one.id === id)) view.pictures.delete(id);
  }
  for (const one of wanted) {
    const { url, coordinates } = view.style.sources[one.id];
    const had = view.pictures.get(one.id);
    const names = JSON.stringify(one.names);
    if (had?.url === url) {
      Object.assign(had, { names: one.names, listed: names });
      if (view.hidden.size && had.data) recolour(view);
      continue;
    }
    const picture = { url, coordinates, names: one.names, chance: one.chance, data: null };
    view.pictures.set(one.id, picture);
    read(url).then((data) => {
      picture.data = data;
      if (view.pictures.get(one.id) === picture && view.hidden.size) recolour(view);
    });
  }
}

async function read(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// Classes that are not to be seen are left out of every layer of classes.
function recolour(view) {
  for (const [id, { url, coordinates, names, data }] of view.pictures) {
    const colours = Object.keys(names);
    if (!colours.length || !data) continue;
    const out = new Set(colours.filter((_, at) => view.hidden.has(at))
      .map((colour) => parseInt(colour.slice(1), 16)));
    let drawn = url;
    if (out.size) {
      const pixels = new Uint8ClampedArray(data.data);
      for (let at = 0; at < pixels.length; at += 4) {
        if (out.has((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2])) {
          pixels[at + 3] = 0;
        }
      }
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [data.width, data.height];
      canvas.getContext("2d").putImageData(new ImageData(pixels, data.width), 0, 0);
      drawn = canvas.toDataURL();
    }
    const picture = view.pictures.get(id);
    if ((picture.drawn ?? url) === drawn) continue;
    picture.drawn = drawn;
    delete view.root.dataset.drawn;
    view.map.getSource(id).updateImage({ url: drawn, coordinates });
  }
}
