// Pictures of patches; a click on one chooses it.
export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".lc-gallery");
  grid.replaceChildren(...data.patches.map(({ id, picture }) => {
    const button = document.createElement("button");
    const image = document.createElement("img");
    Object.assign(image, { src: picture, alt: id });
    button.title = id;
    button.ariaPressed = id === data.chosen;
    button.onclick = () => setTriggerValue("patch", id);
    button.append(image);
    return button;
  }));
}
