// The buttons and lists over the pictures: what they say, and what they and the digits do.

class Controls extends Cameras {
  bind() {
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.onclick = () => this.arrange({ mode: button.dataset.mode });
    }
    const acts = {
      in: () => this.zoom(this.active(), 1.25, null), out: () => this.zoom(this.active(), 0.8, null),
      whole: () => this.whole(), link: () => this.link(), align: () => this.align(),
      smooth: () => this.arrange({ smooth: !this.look.smooth }), png: () => this.save(),
    };
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.onclick = acts[button.dataset.do];
    }
    this.find(".lc-pause").onclick = () => this.pause(!this.paused);
  }

  controls() {
    const { mode, smooth, hidden } = this.look;
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.ariaPressed = String(button.dataset.mode === mode);
      button.disabled = this.panes.length < 2 && button.dataset.mode !== "side";
    }
    this.find(".lc-pair").hidden = mode === "side";
    this.find(".lc-pause").hidden = mode !== "blink";
    this.find(".lc-pause").textContent = say(this.paused ? "Go on" : "Pause");
    this.find("[data-do=smooth]").ariaPressed = String(smooth);
    this.find("[data-do=link]").ariaPressed = String(this.linked);
    this.find("[data-do=link]").textContent = say(this.linked ? "Linked" : "Unlinked");
    this.find("[data-do=align]").hidden = this.linked && !this.shifted();
    const labels = {
      swipe: [say("Left"), say("Right")],
      blink: [say("One"), say("Other")],
      difference: [say("Of"), say("Less")],
    };
    const chosen = mode === "difference" ? [...this.pair].reverse() : this.pair;
    ["first", "second"].forEach((name, place) => {
      // A difference is read as the later less the earlier: its selects change places.
      const which = mode === "difference" ? ["second", "first"][place] : name;
      const select = this.find(`.lc-${name}`);
      select.onchange = () => this.arrange({ [which]: select.value });
      select.previousElementSibling.textContent = labels[mode]?.[place] ?? "";
      select.replaceChildren(...this.panes.map((one) => new Option(one.title, one.id)));
      select.value = chosen[place].id;
    });
    this.find(".lc-shown").hidden = mode !== "side" || this.panes.length < 2;
    this.find(".lc-shown").replaceChildren(...this.panes.map((one) => {
      const button = tag("button", one.title);
      button.type = "button";
      button.ariaPressed = String(!hidden.includes(one.id));
      button.onclick = () => this.show(one.id, hidden.includes(one.id));
      return button;
    }));
  }

  arrange(change) {
    Object.assign(this.look, change);
    this.differs = null;
    this.blinked = false;
    this.build();
    this.report();
  }

  show(id, shown) {
    const hidden = this.look.hidden.filter((one) => one !== id);
    this.arrange({ hidden: shown ? hidden : [...hidden, id] });
  }

  // A digit: that pane alone, once more all of them; of two in one picture, one of the two.
  choose(place, second) {
    const pane = this.panes[place];
    if (!pane) return;
    if (this.look.mode !== "side") {
      this.arrange({ [second ? "second" : "first"]: pane.id });
      return;
    }
    const others = this.panes.filter((one) => one !== pane).map((one) => one.id);
    const alone = others.every((id) => this.look.hidden.includes(id))
      && !this.look.hidden.includes(pane.id);
    this.before = alone ? this.before : this.look.hidden;
    this.arrange({ hidden: alone ? this.before ?? [] : others });
    this.cells[0].canvas.focus({ preventScroll: true });
  }

  pause(paused) {
    this.paused = paused;
    this.controls();
  }

  save() {
    const cells = this.cells.map(({ canvas, title }) => ({ canvas, title }));
    const sheet = sheetOf(cells, this.find(".lc-note").textContent);
    const link = document.createElement("a");
    link.download = `${this.place}-${this.look.mode}.png`.replace(/[^\w.-]+/g, "_");
    link.href = sheet.toDataURL("image/png");
    link.click();
  }
}

function cellElement() {
  const element = tag("figure");
  element.className = "lc-cell";
  const frame = tag("div");
  frame.className = "lc-frame";
  const canvas = tag("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-describedby", "lc-keys");
  const handle = tag("div");
  handle.className = "lc-handle";
  handle.tabIndex = 0;
  for (const [name, value] of Object.entries({
    role: "slider", "aria-label": say("border between the two pictures"), "aria-orientation": "horizontal",
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 50,
  })) handle.setAttribute(name, value);
  frame.append(canvas, handle);
  const values = tag("div");
  values.className = "lc-values";
  element.append(tag("figcaption"), frame, values);
  return element;
}

function tag(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
