// The numbers behind the pictures: unpacked, read at a place, taken from one another.

const NONE = 65535;

function unpacked(told) {
  const bytes = Uint8Array.from(atob(told.codes), (sign) => sign.charCodeAt(0));
  return { ...told, codes: new Uint16Array(bytes.buffer) };
}

// Of one band at a place in metres; null where there is nothing.
function numberAt(pane, band, x, y) {
  const values = pane.values;
  if (!values) return null;
  const [left, top, width, height] = pane.box;
  const [, rows, cols] = values.size;
  const col = Math.floor((x - left) / (width * values.cover[0]) * cols);
  const row = Math.floor((y - top) / (height * values.cover[1]) * rows);
  if (col < 0 || row < 0 || col >= cols || row >= rows) return null;
  const code = values.codes[(band * rows + row) * cols + col];
  if (code === NONE) return null;
  const [low, step] = values.ranges[band];
  return low + step * code;
}

function readAt(pane, { x, y }) {
  const values = pane.values;
  if (!values) return "";
  const told = values.names.map((name, band) => {
    const number = numberAt(pane, band, x, y);
    if (number === null) return null;
    if (values.classes.length && band === 0) return values.classes[Math.round(number)];
    return `${name} ${figure(number, values.digits)}`.replace("-", "−");
  }).filter((one) => one !== null);
  if (!told.length) return say("nothing here");
  return told.join(" · ") + (values.unit ? ` ${values.unit}` : "");
}

// What the second pane differs from the first, on the pixels of the finer one: its numbers, their
// picture, and a sentence. Several bands are one mean of amounts; a single one keeps its sign.
function differenceOf(first, second) {
  const [one, other] = [first.values, second.values];
  if (!one || !other) return { note: say("A picture without numbers has no difference.") };
  if (Boolean(one.classes.length) !== Boolean(other.classes.length)) {
    return { note: say("Classes and numbers have no difference.") };
  }
  const names = one.shown.map((band) => one.names[band]);
  const bands = names.map((name) => [one.names.indexOf(name), other.names.indexOf(name)]);
  if (bands.some(([, found]) => found < 0)) {
    const told = { title: second.title, names: names.join(", ") };
    return { note: say("{title} has no {names}.", told) };
  }
  const fine = first.box[2] / one.size[2] <= second.box[2] / other.size[2] ? first : second;
  const [, rows, cols] = fine.values.size;
  const [left, top, width, height] = fine.box;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [cols, rows];
  const image = new ImageData(cols, rows);
  const signed = bands.length === 1;
  const numbers = new Float32Array(rows * cols).fill(NaN);
  let [sum, count] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const x = left + (col + 0.5) / cols * width * fine.values.cover[0];
      const y = top + (row + 0.5) / rows * height * fine.values.cover[1];
      let apart = 0;
      for (const [mine, its] of bands) {
        const [a, b] = [numberAt(first, mine, x, y), numberAt(second, its, x, y)];
        if (a === null || b === null) { apart = NaN; break; }
        apart += one.classes.length
          ? Number(one.classes[Math.round(a)] !== other.classes[Math.round(b)])
          : (signed ? b - a : Math.abs(b - a)) / bands.length;
      }
      const at = row * cols + col;
      numbers[at] = apart;
      if (Number.isNaN(apart)) continue;
      sum += Math.abs(apart);
      count += 1;
      image.data.set(shade(one.classes.length ? apart : apart / one.reach), 4 * at);
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  const mean = count ? sum / count : NaN;
  const fields = {
    what: names.join(", "), title: second.title, reach: figure(one.reach),
    share: figure(100 * mean, 1), mean: figure(mean, one.digits + 1),
  };
  const told = one.classes.length
    ? say("Another class in {share} % of the pixels: dark.", fields)
    : signed
      ? say("{what}: blue where {title} has less, orange where more, full colour from {reach} on. "
        + "Mean amount {mean}.", fields)
      : say("Mean amount over {what}: white 0, dark from {reach} on. Mean {mean}.", fields);
  const box = [left, top, width * fine.values.cover[0], height * fine.values.cover[1]];
  return {
    picture: { image: canvas, box }, mean, signed, note: `${second.title} − ${first.title}. ${told}`,
    at: ({ x, y }) => {
      const [col, row] = [Math.floor((x - box[0]) / box[2] * cols),
        Math.floor((y - box[1]) / box[3] * rows)];
      return col < 0 || row < 0 || col >= cols || row >= rows ? NaN : numbers[row * cols + col];
    },
  };
}

// White to orange for more, to blue for less.
function shade(share) {
  const strength = Math.min(1, Math.abs(share));
  const end = share < 0 ? [5, 70, 140] : [150, 60, 0];
  return [...end.map((byte) => Math.round(250 + strength * (byte - 250))), 255];
}
