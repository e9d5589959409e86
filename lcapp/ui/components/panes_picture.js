// From metres to a canvas: cameras, pictures, cursor, scale bar and north.

const INK = "rgba(20, 24, 30, 0.86)";

// Device pixels per metre of a camera on a canvas.
function scaleOf(camera, canvas) {
  return Math.min(canvas.width, canvas.height) / camera.span;
}

function toCanvas(camera, canvas, x, y) {
  const scale = scaleOf(camera, canvas);
  return [canvas.width / 2 + (x - camera.x) * scale, canvas.height / 2 + (y - camera.y) * scale];
}

function toMetres(camera, canvas, across, down) {
  const scale = scaleOf(camera, canvas);
  return {
    x: camera.x + (across - canvas.width / 2) / scale,
    y: camera.y + (down - canvas.height / 2) / scale,
  };
}

// The camera that sees all of a place of that size.
function wholeOf([width, height], canvas) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  return { x: width / 2, y: height / 2, span: Math.min(canvas.width, canvas.height) / scale };
}

// Layers: { picture: { image, box }, camera, from, to } with from and to as shares of the width.
function draw(canvas, layers, { smooth, cursor, mark, split, furniture }) {
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = smooth;
  context.imageSmoothingQuality = "high";
  for (const { picture, camera, from = 0, to = 1 } of layers) {
    if (!picture?.image) continue;
    context.save();
    context.beginPath();
    context.rect(from * canvas.width, 0, (to - from) * canvas.width, canvas.height);
    context.clip();
    const [left, top, width, height] = picture.box;
    const [x0, y0] = toCanvas(camera, canvas, left, top);
    const [x1, y1] = toCanvas(camera, canvas, left + width, top + height);
    context.drawImage(picture.image, x0, y0, x1 - x0, y1 - y0);
    context.restore();
  }
  if (split !== null) {
    context.fillStyle = "#fff";
    context.fillRect(split * canvas.width - 1, 0, 2, canvas.height);
  }
  if (mark) pin(context, canvas, layers[0].camera, mark);
  if (cursor) crosshair(context, canvas, layers[0].camera, cursor);
  if (furniture) {
    scaleBar(context, canvas, layers[0].camera);
    north(context, canvas);
  }
}

// A ring that leaves the place within it free.
function pin(context, canvas, camera, { x, y }) {
  const unit = grain();
  for (const [colour, width] of [["#14181e", 5], ["#fff", 2.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * unit;
    context.beginPath();
    context.arc(...toCanvas(camera, canvas, x, y), 9 * unit, 0, 2 * Math.PI);
    context.stroke();
  }
}

function crosshair(context, canvas, camera, { x, y }) {
  const [across, down] = toCanvas(camera, canvas, x, y);
  const unit = grain();
  for (const [colour, width] of [["#fff", 3.5], ["#d6006c", 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * unit;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(across + 4 * unit * dx, down + 4 * unit * dy);
      context.lineTo(across + 13 * unit * dx, down + 13 * unit * dy);
    }
    context.stroke();
  }
}

function scaleBar(context, canvas, camera) {
  const unit = grain();
  const most = Math.min(canvas.width * 0.4, 140 * unit) / scaleOf(camera, canvas);
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].find((one) => one * power <= most) * power;
  const length = metres * scaleOf(camera, canvas);
  const text = metres >= 1000 ? `${metres / 1000} km` : `${Number(metres.toPrecision(3))} m`;
  context.font = `${13 * unit}px sans-serif`;
  const wide = Math.max(length, context.measureText(text).width) + 16 * unit;
  const [left, bottom] = [8 * unit, canvas.height - 8 * unit];
  plate(context, left, bottom - 30 * unit, wide, 30 * unit);
  context.fillText(text, left + 8 * unit, bottom - 15 * unit);
  context.fillRect(left + 8 * unit, bottom - 9 * unit, length, 3 * unit);
}

function north(context, canvas) {
  const unit = grain();
  const [left, top] = [canvas.width - 34 * unit, 8 * unit];
  plate(context, left, top, 26 * unit, 38 * unit);
  context.font = `bold ${13 * unit}px sans-serif`;
  context.textAlign = "center";
  context.fillText("N", left + 13 * unit, top + 33 * unit);
  context.textAlign = "start";
  context.beginPath();
  context.moveTo(left + 13 * unit, top + 4 * unit);
  context.lineTo(left + 20 * unit, top + 19 * unit);
  context.lineTo(left + 13 * unit, top + 15 * unit);
  context.lineTo(left + 6 * unit, top + 19 * unit);
  context.fill();
}

// What follows on it is white.
function plate(context, left, top, width, height) {
  context.fillStyle = INK;
  context.beginPath();
  context.roundRect(left, top, width, height, 5 * grain());
  context.fill();
  context.fillStyle = "#fff";
}

function ratio() {
  return globalThis.devicePixelRatio || 1;
}

// Device pixels of one that letters and lines are measured in: larger where the page's type is.
function grain() {
  return ratio() * parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

// What is seen, as one picture: titles above, values and note are left to the page.
function sheetOf(cells, note) {
  const unit = grain();
  const [head, gap] = [26 * unit, 10 * unit];
  const columns = Math.max(1, Math.round(Math.sqrt(cells.length * 1.6)));
  const [width, height] = [cells[0].canvas.width, cells[0].canvas.height];
  const rows = Math.ceil(cells.length / columns);
  const used = Math.min(columns, cells.length);
  const sheet = document.createElement("canvas");
  sheet.width = used * width + (used + 1) * gap;
  sheet.height = rows * (height + head) + gap + head;
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.fillStyle = "#14181e";
  cells.forEach(({ canvas, title }, place) => {
    const left = gap + (place % columns) * (width + gap);
    const top = Math.floor(place / columns) * (height + head);
    context.font = `bold ${14 * unit}px sans-serif`;
    context.fillText(title, left, top + 18 * unit, width);
    context.drawImage(canvas, left, top + head);
  });
  context.font = `${12 * unit}px sans-serif`;
  context.fillText(note, gap, sheet.height - 10 * unit, sheet.width - 2 * gap);
  return sheet;
}
