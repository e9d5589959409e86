// Texts and numbers in the reader's language: the page hands over its texts by their English.

let words = {};
let tongue = "en";
const english = new WeakMap();  // what stood in the HTML, by its node

function say(text, fields = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => fields[name]);
}

// A number with so many digits after its point; without them, as it is.
function figure(number, digits) {
  const fixed = digits === undefined
    ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return number.toLocaleString(tongue, { useGrouping: false, ...fixed });
}

// The component's own HTML, whenever it is drawn.
function speak(root, data) {
  ({ words, tongue } = data);
  const nodes = [...root.querySelectorAll("*")].flatMap((element) => [
    ...[...element.attributes].filter(({ name }) => name === "title" || name === "aria-label"),
    ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE),
  ]);
  for (const node of nodes) {
    const text = english.get(node) ?? node.nodeValue.trim().replace(/\s+/g, " ");
    if (!(text in words)) continue;
    english.set(node, text);
    node.nodeValue = words[text];
  }
}
