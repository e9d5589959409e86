// Pictures of patches; a click on one chooses it.
export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".lc-gallery");
  grid.replaceChildren(...data.patches.map(({ id, name, picture }) => {
    const button = document.createElement("button");
    const image = document.createElement("img");
    Object.assign(image, { src: picture, alt: name });
    button.title = name;
    button.ariaPressed = id === data.chosen;
    button.onclick = () => setTriggerValue("patch", id);
    button.append(image);
    return button;
  }));
}
