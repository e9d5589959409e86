// A camera for each pane: moved together while they are linked; a shift between them stays.

class Cameras {
  // Until something has moved all of the place is seen, however the picture is shaped.
  cameraOf(pane) {
    const known = this.cameras.get(pane.id) ?? this.cameras.values().next().value ?? this.common;
    return known ?? wholeOf(this.size, this.cells[0].canvas);
  }

  hold() {
    const found = this.panes.map((pane) => [pane.id, { ...this.cameraOf(pane) }]);
    this.cameras = new Map(found);
  }

  moving(cell) {
    if (this.linked) return this.panes;
    // Of two panes in one picture the second is shifted against the first.
    return [cell.panes.at(-1)];
  }

  move(cell, across, down) {
    this.hold();
    for (const pane of this.moving(cell)) {
      const camera = this.cameraOf(pane);
      const scale = scaleOf(camera, cell.canvas);
      camera.x += across / scale;
      camera.y += down / scale;
    }
    this.changed();
  }

  zoom(cell, factor, at) {
    this.hold();
    const { canvas } = cell;
    const [across, down] = at ?? [canvas.width / 2, canvas.height / 2];
    const [least, most] = [0.5, 4 * Math.max(...this.size)];
    for (const pane of this.moving(cell)) {
      const camera = this.cameraOf(pane);
      const before = toMetres(camera, canvas, across, down);
      camera.span = Math.min(most, Math.max(least, camera.span / factor));
      const after = toMetres(camera, canvas, across, down);
      camera.x += before.x - after.x;
      camera.y += before.y - after.y;
    }
    this.changed();
  }

  whole() {
    this.cameras.clear();
    this.common = null;
    this.controls();
    this.changed();
  }

  link() {
    this.linked = !this.linked;
    this.controls();
    this.paint();
  }

  align() {
    const { x, y, span } = this.cameraOf(this.active().panes[0]);
    this.cameras = new Map(this.panes.map((pane) => [pane.id, { x, y, span }]));
    this.controls();
    this.changed();
  }

  shifted() {
    const [first, ...rest] = this.panes.map((pane) => this.cameraOf(pane));
    return rest.some((one) => ["x", "y", "span"].some((name) => one[name] !== first[name]));
  }

  // Where the cursor of one pane stands in another, which may be shifted.
  under(pane, base) {
    const [mine, its] = [this.cameraOf(pane), this.cameraOf(base)];
    return {
      x: mine.x + (this.cursor.x - its.x) * mine.span / its.span,
      y: mine.y + (this.cursor.y - its.y) * mine.span / its.span,
    };
  }

  // What an address says of the place; all null where all is seen.
  seen() {
    if (!this.cameras.size && !this.common) return { x: null, y: null, span: null };
    const round = (number) => Math.round(number * 100) / 100;
    const { x, y, span } = this.cameraOf(this.panes[0]);
    return { x: round(x), y: round(y), span: round(span) };
  }
}
