// The months of a year; a click or an arrow key chooses one.
export default function ({ data, parentElement, setTriggerValue }) {
  const strip = parentElement.querySelector(".lc-year");
  const held = strip.contains(strip.getRootNode().activeElement);
  const choose = (month) => { if (month !== data.chosen) setTriggerValue("month", month); };
  strip.setAttribute("aria-label", data.label);
  strip.replaceChildren(...data.days.map((day, at) => {
    const tile = document.createElement("button");
    tile.type = "button";
    tile.setAttribute("role", "radio");
    tile.ariaChecked = String(at + 1 === data.chosen);
    tile.tabIndex = at + 1 === data.chosen ? 0 : -1;
    tile.title = day.reason;
    tile.dataset.month = at + 1;
    let picture;
    if (day.picture) picture = Object.assign(document.createElement("img"), { src: day.picture, alt: "" });
    else picture = Object.assign(document.createElement("i"), { textContent: "∅" });
    const name = document.createElement("b"), told = document.createElement("span");
    name.textContent = day.name + (day.present && day.reason ? " ⚠" : "");
    told.textContent = day.summary;
    tile.append(picture, name, told);
    tile.onclick = () => choose(at + 1);
    tile.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      choose((at + step + 12) % 12 + 1);
    };
    return tile;
  }));
  if (held) strip.children[data.chosen - 1].focus();
}
