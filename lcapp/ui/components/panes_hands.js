// Mouse, touch, wheel and keys on a picture. `view` offers move, zoom, whole, pick, point, choose.

function handsOn(view, canvas, cell) {
  const held = new Map();  // pointers that touch the picture
  let [moved, apart] = [0, 0];
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width,
      (event.clientY - box.top) * canvas.height / box.height];
  };
  const spread = () => {
    const [[x0, y0], [x1, y1]] = [...held.values()];
    return { apart: Math.hypot(x1 - x0, y1 - y0), middle: [(x0 + x1) / 2, (y0 + y1) / 2] };
  };
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    held.set(event.pointerId, at(event));
    if (held.size === 1) moved = 0;
    if (held.size === 2) apart = spread().apart;
    view.activate(cell);
  };
  canvas.onpointermove = (event) => {
    const here = at(event);
    const before = held.get(event.pointerId);
    if (!before) {
      view.point(cell, here);
      return;
    }
    held.set(event.pointerId, here);
    const [across, down] = [here[0] - before[0], here[1] - before[1]];
    moved += Math.hypot(across, down);
    if (held.size === 1 && moved > 4 * ratio()) view.move(cell, -across, -down);
    if (held.size === 2) {
      const now = spread();
      if (apart > 0) view.zoom(cell, now.apart / apart, now.middle);
      apart = now.apart;
    }
  };
  const released = (event) => {
    const clicked = held.size === 1 && moved <= 4 * ratio() && event.type === "pointerup";
    held.delete(event.pointerId);
    if (clicked) view.pick(cell, at(event));
  };
  canvas.onpointerup = released;
  canvas.onpointercancel = released;
  canvas.onpointerleave = () => { if (!held.size) view.point(cell, null); };
  // The wheel is the page's, unless the reader has begun with this picture.
  canvas.addEventListener("wheel", (event) => {
    const here = canvas.getRootNode().activeElement === canvas;
    if (!here && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    view.zoom(cell, 2 ** (-event.deltaY / 240), at(event));
  }, { passive: false });
  canvas.onkeydown = (event) => keyed(view, cell, canvas, event);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keyed(view, cell, canvas, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? (/^[1-9]$/.test(event.key) && event.key);
  if (event.key in ARROWS) {
    const [across, down] = ARROWS[event.key];
    if (event.shiftKey) view.step(cell, across, down);
    else view.move(cell, across * canvas.width / 10, down * canvas.height / 10);
  } else if (event.key === "+" || event.key === "=") view.zoom(cell, 1.25, null);
  else if (event.key === "-" || event.key === "_") view.zoom(cell, 0.8, null);
  else if (event.key === "Home") view.whole();
  else if (event.key === "Enter") view.pick(cell, null);
  else if (digit) view.choose(Number(digit) - 1, event.shiftKey);
  else return;
  event.preventDefault();
}

// The handle between two pictures is a slider.
function handleOn(view, handle, frame) {
  const put = (share) => view.split(Math.round(Math.min(100, Math.max(0, share))));
  handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
  handle.onpointermove = (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = frame.getBoundingClientRect();
    put(100 * (event.clientX - box.left) / box.width);
  };
  handle.onkeydown = (event) => {
    const now = Number(handle.getAttribute("aria-valuenow"));
    const to = {
      ArrowLeft: now - 2, ArrowDown: now - 2, ArrowRight: now + 2, ArrowUp: now + 2,
      PageDown: now - 10, PageUp: now + 10, Home: 0, End: 100,
    }[event.key];
    if (to === undefined) return;
    put(to);
    event.preventDefault();
    event.stopPropagation();
  };
}
