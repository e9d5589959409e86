// The square under the pointer, and where it looks: all looks are here before the pointer moves.

const GAZE = Symbol.for("lcapp.gaze");
const REST_MS = 500;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lc-gaze");
  root[GAZE] ??= new Gaze(root);
  root[GAZE].tell = (place) => setTriggerValue("pick", place);
  root[GAZE].take(data);
}

class Gaze {
  constructor(root) {
    Object.assign(this, { root, taken: 0 });
    [this.image, this.look] = root.querySelectorAll("canvas");
    [this.told, this.bars] = [".lc-told", ".lc-bars"].map((what) => root.querySelector(what));
    this.titles = root.querySelectorAll("figcaption");
    const pointed = (event) => {
      const box = this.image.getBoundingClientRect();
      this.under((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    this.image.onpointermove = pointed;
    this.image.onpointerdown = pointed;
    this.image.onkeydown = (event) => {
      const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const way = ways[event.key];
      if (!way) return;
      event.preventDefault();
      this.go(this.row + way[0], this.col + way[1]);
    };
  }

  async take(data) {
    const same = this.data && this.data.shown === data.shown;
    const moved = !this.data || this.data.version !== data.version;
    if (same && !moved) return;
    this.taken += 1;
    const turn = this.taken;
    const decoded = (url) => {
      const image = new Image();
      image.src = url;
      return image.decode().then(() => image);
    };
    const pictures = await Promise.all([data.image, data.ground].map(decoded));
    if (turn !== this.taken) return;  // overtaken by later data
    this.data = data;
    this.pictures = pictures;
    this.weights = Uint8Array.from(atob(data.weights), (one) => one.charCodeAt(0));
    data.titles.forEach((title, place) => { this.titles[place].textContent = title; });
    this.image.setAttribute("aria-label", data.titles[0]);
    this.bars.setAttribute("aria-label", data.titles[2]);
    if (moved) [this.row, this.col] = data.at;
    for (const canvas of [this.image, this.look]) {
      canvas.width = 640;
      canvas.height = Math.round(640 * data.size[1] / data.size[0]);
    }
    this.go(this.row, this.col, false);
  }

  under(across, down) {
    if (!this.data) return;
    const [width, height] = this.data.size;
    this.go(Math.floor(down * height / this.data.square),
      Math.floor(across * width / this.data.square));
  }

  go(row, col, byHand = true) {
    const [rows, cols] = this.data.squares;
    const within = (place, count) => Math.max(0, Math.min(count - 1, place));
    const [wasRow, wasCol] = [this.row, this.col];
    [this.row, this.col] = [within(row, rows), within(col, cols)];
    if (byHand && wasRow === this.row && wasCol === this.col) return;
    this.paint();
    if (!byHand) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tell({ row: this.row, col: this.col }), REST_MS);
  }

  paint() {
    const { data, row, col } = this;
    const place = row * data.squares[1] + col;
    this.told.textContent = data.said[place];
    for (const [canvas, picture] of [[this.image, this.pictures[0]], [this.look, this.pictures[1]]]) {
      const pen = canvas.getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      if (canvas === this.look) this.glow(pen, place);
      this.frame(pen);
    }
    this.bars.replaceChildren(...data.months[place].flatMap((share, month) => {
      const most = Math.max(...data.months[place]);
      const bar = document.createElement("span");
      const fill = document.createElement("i");
      fill.style.width = `${100 * share / most}%`;
      bar.className = share ? "" : "lc-none";
      bar.append(fill);
      return [said(data.names[month]), bar, said(share ? `${(100 * share).toFixed(0)} %` : "∅")];
    }));
    this.root.dataset.square = `${row} ${col}`;
  }

  // One pixel of the level is one of a small picture, which is drawn larger.
  glow(pen, place) {
    const { level, colours, pixel, first, size } = this.data;
    const [rows, cols] = level;
    const small = new OffscreenCanvas(cols, rows);
    const drawn = small.getContext("2d");
    const picture = drawn.createImageData(cols, rows);
    for (let one = 0; one < rows * cols; one += 1) {
      picture.data.set(colours[this.weights[place * rows * cols + one]], 4 * one);
    }
    drawn.putImageData(picture, 0, 0);
    const scale = pen.canvas.width / size[0];
    pen.drawImage(small, first * scale, first * scale, cols * pixel * scale, rows * pixel * scale);
  }

  frame(pen) {
    const side = this.data.square * pen.canvas.width / this.data.size[0];
    for (const [width, colour] of [[6, "#14181e"], [3, "#ffffff"]]) {
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.strokeRect(this.col * side, this.row * side, side, side);
    }
  }
}

function said(text) {
  const found = document.createElement("span");
  found.textContent = text;
  return found;
}
