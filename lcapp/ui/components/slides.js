// Pictures, curves and points beneath one slider. All of them are here before it is moved.
// What a reader does is answered in the browser; the page hears of it when the hand rests.

const SLIDES = Symbol.for("lcapp.slides");
const REST_MS = 500;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".lc-slides");
  root[SLIDES] ??= new Slides(root);
  const slides = root[SLIDES];
  slides.tell = (stop) => setStateValue("stop", stop);
  slides.take(data);
  return () => setTimeout(() => {
    if (!root.isConnected) slides.stop();  // gone, and not only drawn anew
  }, 0);
}

class Slides {
  constructor(root) {
    Object.assign(this, { root, at: 0, panels: [], taken: 0 });
    const find = (what) => root.querySelector(what);
    [this.range, this.output, this.button] = ["input", "output", "button"].map(find);
    this.box = find(".lc-panels");
    this.name = find("label");
    this.name.htmlFor = this.range.id = `lc-slider-${Math.random().toString(36).slice(2)}`;
    this.range.oninput = () => { this.pause(); this.go(Number(this.range.value)); };
    this.button.onclick = () => (this.clock ? this.pause() : this.play());
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.box);
  }

  stop() {
    this.pause();
    clearTimeout(this.waiting);
    this.sized.disconnect();
    delete this.root[SLIDES];
  }

  // New data. Pictures are decoded first, so that nothing flickers when the slider is moved.
  async take(data) {
    const same = this.data && this.data.shown === data.shown;
    const moved = !this.data || this.data.version !== data.version;
    if (same && !moved) { this.data = data; return; }
    this.taken += 1;
    const turn = this.taken;
    const urls = data.panels.flatMap((panel) => panel.images ?? []);
    await Promise.all(urls.map(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode().catch(() => {});
    }));
    if (turn !== this.taken) return;  // overtaken by later data
    const stops = this.data?.stops.length;
    this.data = data;
    if (moved || stops !== data.stops.length) this.at = data.start;
    this.at = Math.min(this.at, data.stops.length - 1);
    this.range.max = data.stops.length - 1;
    this.name.textContent = data.label;
    if (!same) this.build();
    this.fit();
    this.go(this.at, false);
    this.showButton();
  }

  build() {
    this.panels = this.data.panels.map((panel) => {
      const figure = tag("figure");
      const body = panel.kind === "chart" ? tag("div") : tag(panel.kind === "cloud" ? "canvas" : "img");
      const note = tag("p", "", "lc-note");
      figure.append(tag("figcaption", panel.title), body, note);
      if (panel.kind === "chart") {
        body.innerHTML = panel.svg;
        body.firstElementChild.setAttribute("aria-label", panel.title);
      }
      if (panel.kind === "cloud") {
        body.setAttribute("role", "img");
        body.setAttribute("aria-label", panel.title);
        for (const part of ["places", "data", "whole"]) panel[part] = points(panel[part]);
      }
      if (panel.kind === "pictures") {
        body.style.aspectRatio = panel.shape;
      }
      return { ...panel, figure, body, note };
    });
    this.box.replaceChildren(...this.panels.map((panel) => panel.figure));
  }

  // As many columns as fit; rows that are alike, unless the first ones belong together.
  fit() {
    const width = this.box.clientWidth;
    if (!width || !this.data) return;
    const count = this.panels.length;
    const most = Math.max(1, Math.min(4, Math.floor(width / 205)));
    const alike = Math.ceil(count / Math.ceil(count / most));
    const columns = count <= most ? count : this.data.together ? most - most % 2 || 1 : alike;
    this.box.style.setProperty("--lc-columns", columns);
    for (const panel of this.panels) if (panel.kind === "cloud") this.draw(panel);
  }

  go(at, byHand = true) {
    this.at = at;
    this.range.value = at;
    const said = this.data.stops[at];
    this.output.textContent = said;
    this.range.setAttribute("aria-valuetext", said);
    for (const panel of this.panels) {
      const note = panel.notes[Math.min(at, panel.notes.length - 1)] ?? "";
      panel.note.textContent = note;
      if (panel.kind === "pictures") {
        panel.body.src = panel.images[Math.min(at, panel.images.length - 1)];
        panel.body.alt = `${panel.title}: ${note || said}`;
      } else if (panel.kind === "chart") {
        const cursor = panel.body.querySelector(".lc-cursor");
        cursor.setAttribute("transform", `translate(${panel.at[at]} 0)`);
      } else this.draw(panel);
    }
    this.root.dataset.at = at;
    if (!byHand) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tell(this.at), REST_MS);
  }

  play() {
    const last = this.data.stops.length - 1;
    if (this.at === last) this.go(0);
    this.clock = setInterval(() => {
      if (!this.root.isConnected) return;
      if (this.at < last) this.go(this.at + 1);
      else if (this.data.loops) this.go(0);
      else this.pause();
    }, this.data.milliseconds);
    this.showButton();
  }

  pause() {
    clearInterval(this.clock);
    this.clock = null;
    if (this.data) this.showButton();
  }

  showButton() {
    const { play, pause } = this.data.texts;
    this.button.textContent = this.clock ? "❚❚" : "▶";
    this.button.title = this.clock ? pause : play;
    this.button.setAttribute("aria-label", this.button.title);
  }

  // Points on their way, and behind some of them where they have come from.
  draw(panel) {
    const canvas = panel.body;
    const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!side || this.at >= panel.step.length) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(this.root);
    const ink = style.color;
    const scale = side / 60000;
    const step = panel.step[this.at];
    const spot = (of, row, one) => {
      const place = 2 * (row * of.size[1] + one);
      return [of.codes[place] * scale, side - of.codes[place + 1] * scale];
    };
    const dots = (of, row, radius) => {
      pen.beginPath();
      for (let one = 0; one < of.size[1]; one += 1) {
        const [x, y] = spot(of, row, one);
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 7);
      }
      pen.fill();
    };
    const ways = (of, last) => {
      pen.beginPath();
      for (let one = 0; one < panel.followed; one += 1) {
        pen.moveTo(...spot(of, 0, one));
        for (let row = 1; row <= last; row += 1) pen.lineTo(...spot(of, row, one));
      }
      pen.stroke();
    };
    const pixel = side / 400;
    pen.clearRect(0, 0, side, side);
    pen.lineJoin = "round";
    pen.globalAlpha = 0.28;
    pen.fillStyle = pen.strokeStyle = ink;
    dots(panel.data, 0, 1.6 * pixel);
    if (panel.whole) {
      pen.globalAlpha = 0.75;
      pen.lineWidth = 1.5 * pixel;
      ways(panel.whole, panel.whole.size[0] - 1);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = "#d97706";
    pen.lineWidth = 2.6 * pixel;
    ways(panel.places, step);
    pen.fillStyle = style.getPropertyValue("--st-primary-color") || "#1f77c8";
    pen.globalAlpha = 0.85;
    dots(panel.places, step, 3 * pixel);
    pen.globalAlpha = 1;
  }
}

function points(packed) {
  if (!packed) return null;
  const bytes = Uint8Array.from(atob(packed.codes), (one) => one.charCodeAt(0));
  return { codes: new Uint16Array(bytes.buffer), size: packed.size };
}

function tag(name, text = "", kind = "") {
  const found = document.createElement(name);
  if (text) found.textContent = text;
  if (kind) found.className = kind;
  return found;
}
