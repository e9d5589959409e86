// Panes beneath one camera. The files before this one stand in the same module (panes.py).
// The view lives on its element: when the page runs again the pictures change and the rest stays.

const VIEW = Symbol.for("lcapp.panes");
const BLINK_MS = 800;

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".lc-panes");
  speak(root, data);
  root[VIEW] ??= new View(root);
  const view = root[VIEW];
  view.tell = (arrangement) => setStateValue("arrangement", arrangement);
  view.told = (place) => setTriggerValue("pick", place);
  view.take(data);
  return () => setTimeout(() => {
    if (!root.isConnected) view.stop();  // gone, and not only drawn anew
  }, 0);
}

class View extends Controls {
  constructor(root) {
    super();
    Object.assign(this, { root, panes: [], cells: [], cameras: new Map(), images: new Map() });
    Object.assign(this, { linked: true, common: null, cursor: null, taken: 0, blinked: false });
    this.find = (what) => root.querySelector(what);
    this.box = this.find(".lc-cells");
    this.sized = new ResizeObserver(() => { this.fit(); });
    this.sized.observe(this.box);
    this.bind();
    this.paused = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.clock = setInterval(() => {
      if (!this.root.isConnected || this.look?.mode !== "blink" || this.paused) return;
      this.blinked = !this.blinked;
      this.paint();
    }, BLINK_MS);
  }

  stop() {
    clearInterval(this.clock);
    this.sized.disconnect();
    delete this.root[VIEW];
  }

  // New data: pictures are decoded first, so that nothing flickers in between.
  async take(data) {
    this.taken += 1;
    const turn = this.taken;
    const panes = await Promise.all(data.panes.map(async (pane) => ({
      ...pane,
      image: await this.decoded(pane.picture),
      values: pane.values && unpacked(pane.values),
    })));
    if (turn !== this.taken) return;  // overtaken by later data
    this.images = new Map(panes.map((pane) => [pane.picture, pane.image]));
    this.panes = panes;
    this.picks = data.picks;
    this.mark = data.mark;
    const elsewhere = this.place !== undefined && this.place !== data.place;
    Object.assign(this, { place: data.place, size: data.size });
    if (this.version !== data.version) {
      this.version = data.version;
      const { x, y, span, ...look } = data.start;
      this.look = look;
      this.cameras.clear();
      this.common = x === null ? null : { x, y, span };
    } else if (elsewhere) {
      this.cameras.clear();
      this.common = null;
      this.report();
    }
    if (elsewhere) this.cursor = null;
    this.differs = null;
    this.build();
  }

  async decoded(url) {
    if (this.images.has(url)) return this.images.get(url);
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  }

  get pair() {
    const found = (id, other) => this.panes.find((one) => one.id === id) ?? other;
    const first = found(this.look.first, this.panes[0]);
    const rest = this.panes.find((one) => one !== first) ?? first;
    return [first, found(this.look.second, rest)];
  }

  // The panes of each cell, and what stands over it.
  plan() {
    const { mode, hidden } = this.look;
    const named = (pane) => `${this.panes.indexOf(pane) + 1}`;
    if (mode === "side" || this.panes.length < 2) {
      const seen = this.panes.filter((one) => !hidden.includes(one.id));
      return (seen.length ? seen : this.panes.slice(0, 1))
        .map((one) => ({ panes: [one], title: one.title, number: named(one) }));
    }
    const [first, second] = this.pair;
    const title = {
      swipe: `${first.title} | ${second.title}`,
      blink: `${first.title} ⇄ ${second.title}`,
      difference: `${second.title} − ${first.title}`,
    }[mode];
    return [{ panes: [first, second], title, number: "" }];
  }

  build() {
    const plan = this.plan();
    if (this.cells.length !== plan.length) {
      const focused = this.cells.indexOf(this.active());
      this.box.replaceChildren(...plan.map(() => cellElement()));
      this.cells = [...this.box.children].map((element) => ({
        element, canvas: element.querySelector("canvas"), frame: element.querySelector(".lc-frame"),
        handle: element.querySelector(".lc-handle"),
      }));
      this.current = this.cells[Math.max(0, Math.min(focused, this.cells.length - 1))];
      for (const cell of this.cells) {
        handsOn(this, cell.canvas, cell);
        handleOn(this, cell.handle, cell.frame);
      }
    }
    plan.forEach((one, place) => {
      const cell = Object.assign(this.cells[place], one);
      const caption = cell.element.querySelector("figcaption");
      caption.replaceChildren(...(one.number ? [tag("kbd", one.number)] : []), one.title);
      cell.canvas.setAttribute("aria-label", say("picture: {title}", { title: one.title }));
      cell.handle.hidden = this.look.mode !== "swipe" || plan.length > 1 || one.panes.length < 2;
    });
    this.controls();
    this.fit();
  }

  // Sizes of the cells: as many columns as fit, each with the shape of the place.
  fit() {
    if (!this.cells.length) return;
    const width = this.box.clientWidth;
    if (!width) return;
    const shape = Math.min(2, Math.max(0.5, this.size[0] / this.size[1]));
    const count = this.cells.length;
    const most = Math.max(1, Math.floor(width / (230 * Math.max(1, shape))));
    const columns = count <= most ? count : Math.ceil(count / Math.ceil(count / most));
    this.box.style.setProperty("--lc-columns", columns);
    const across = (width - 10 * (columns - 1)) / columns;
    const down = Math.min(across / shape, count === 1 ? 620 : 520);
    for (const cell of this.cells) {
      cell.frame.style.height = `${down}px`;
      cell.frame.style.width = `${Math.min(across, down * Math.max(shape, 1) * 1.6)}px`;
      const size = [cell.frame.clientWidth * ratio(), down * ratio()].map(Math.round);
      if (cell.canvas.width !== size[0] || cell.canvas.height !== size[1]) {
        [cell.canvas.width, cell.canvas.height] = size;
      }
    }
    this.paint();
  }

  // -- what a reader does --

  active() { return this.current ?? this.cells[0]; }

  activate(cell) { this.current = cell; }

  split(share) {
    this.look.share = share;
    this.cells[0].handle.setAttribute("aria-valuenow", share);
    this.paint();
    this.report();
  }

  point(cell, at) {
    this.cursor = at && toMetres(this.cameraOf(cell.panes[0]), cell.canvas, ...at);
    this.paint();
  }

  // The cursor by the keys: a pixel of the picture at a time, from the middle on.
  step(cell, across, down) {
    const { values, box } = cell.panes[0];
    const pixel = values ? box[2] / values.size[2] : box[2] / cell.panes[0].image.width;
    const { x, y } = this.cursor ?? this.cameraOf(cell.panes[0]);
    this.cursor = { x: x + across * pixel, y: y + down * pixel };
    this.paint();
    const told = cell.panes.map((one) => `${one.title}: ${readAt(one, this.cursor)}`);
    this.find(".lc-said").textContent = told.join("; ");
  }

  pick(cell, at) {
    const camera = this.cameraOf(cell.panes[0]);
    const { x, y } = at ? toMetres(camera, cell.canvas, ...at) : this.cursor ?? camera;
    this.cursor = { x, y };
    this.paint();
    if (this.picks) this.told({ x, y });
  }

  changed() {
    this.paint();
    this.report();
  }

  report() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const { mode, first, second, share, hidden, smooth } = this.look;
      const [one, other] = mode === "side" ? [{ id: first }, { id: second }] : this.pair;
      this.tell({
        mode, first: one.id, second: other.id, share, hidden, smooth, ...this.seen(),
      });
    }, 500);
  }

  // -- drawing --

  paint() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      if (this.cells.length) this.drawAll();
    });
  }

  drawAll() {
    const { mode, share, smooth } = this.look;
    const several = this.cells.length > 1;
    this.cells.forEach((cell, place) => {
      const layers = this.layers(cell);
      const split = cell.handle.hidden ? null : share / 100;
      draw(cell.canvas, layers, {
        smooth, cursor: this.cursor, mark: this.mark, split,
        furniture: place === 0 || !this.linked,
      });
      cell.handle.style.left = `${share}%`;
      cell.handle.setAttribute("aria-valuenow", share);
      const values = cell.element.querySelector(".lc-values");
      values.textContent = this.cursor ? this.read(cell, several) : "";
      values.style.minHeight = several ? "" : "4.2em";
    });
    const [cell] = this.cells;
    this.find(".lc-note").textContent = mode === "difference" && cell.panes.length > 1
      ? this.difference().note
      : [...new Set(this.cells.flatMap((one) => one.panes.map((pane) => pane.note)))]
        .filter(Boolean).join(" ");
    this.root.dataset.drawn = `${mode} ${this.place}`;
  }

  layers(cell) {
    const { mode, share } = this.look;
    const [first, second] = cell.panes;
    const layer = (pane, part = {}) => ({
      picture: { image: pane.image, box: pane.box }, camera: this.cameraOf(pane), ...part,
    });
    if (!second) return [layer(first)];
    if (mode === "swipe") {
      return [layer(first, { to: share / 100 }), layer(second, { from: share / 100 })];
    }
    if (mode === "blink") return [layer(this.blinked ? second : first)];
    const { picture } = this.difference();
    return picture ? [{ picture, camera: this.cameraOf(first) }] : [layer(first)];
  }

  difference() {
    const { panes } = this.cells[0];
    this.differs ??= differenceOf(...panes);
    return this.differs;
  }

  read(cell, several) {
    const told = cell.panes.map((one) => {
      const shifted = this.under(one, cell.panes[0]);
      return (several ? "" : `${one.title}: `) + readAt(one, shifted);
    });
    if (this.look.mode === "difference" && cell.panes.length > 1) {
      const apart = this.difference().at?.(this.cursor) ?? NaN;
      if (!Number.isNaN(apart)) told.push(`${say("difference")} ${figure(apart, 4)}`);
    }
    return told.join("\n");
  }
}
