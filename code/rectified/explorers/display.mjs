// What the explorers share: they build their nodes, write their numbers and talk to their model with it.
//
//     import { button, html, svg, traits } from "./display.mjs";
//
// On the site a module fetches this file from beside itself. A notebook takes one script, so there `Explorer` in Python
// writes this file in the place of that line, which must have this form; nothing in here may import anything.
//
// Nodes: html, svg, button, menu, radios, examples. Text: write, signed, grouped. Model: traits. Keys: keepKeys, rest.

// --- Nodes -------------------------------------------------------------------------------------------------

const make = (space) => (tag, attributes = {}, ...children) => {
  const node = document.createElementNS(`http://www.w3.org/${space}`, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
};

/** A node: `html("p", { class: "hint" }, "Words", node)`. An attribute that is a function hears the event of its name. */
export const html = make("1999/xhtml");

/** The same for pictures: `svg("rect", { x: 1, y: 2, width: 3, height: 4 })`. */
export const svg = make("2000/svg");

/** A button with these words. */
export const button = (words, click) => html("button", { type: "button", click }, words);

/** A list to choose from, { select, label }: `options` are [value, words]; `choose` is told the value, as text. */
export function menu(words, options, choose) {
  const select = html("select", { change: () => choose(select.value) },
    ...options.map(([value, shown]) => html("option", { value }, shown ?? String(value))));
  return { select, label: html("label", {}, `${words} `, select) };
}

/** The same as round buttons, { node, mark }: `mark(value)` checks the one that is chosen now. */
export function radios(words, options, choose) {
  const name = `radios-${Math.random()}`; // no counter: a notebook loads all this anew for every explorer
  const all = options.map(([value, shown]) => {
    const radio = html("input", { type: "radio", name, change: () => choose(value) });
    return { value, radio, label: html("label", {}, radio, ` ${shown}`) };
  });
  return {
    node: html("fieldset", {}, html("legend", {}, words), ...all.map(({ label }) => label)),
    mark(value) { for (const each of all) each.radio.checked = each.value === value; },
  };
}

/** A row of buttons that set an example, with a word before them; nothing if there are none. */
export const examples = (buttons, { lead = "Try ", name = "Examples" } = {}) => (buttons.length
  ? html("div", { class: "controls", role: "group", "aria-label": name }, lead, ...buttons) : "");

// --- Text --------------------------------------------------------------------------------------------------

/** Let a node say these words; what it says already is not said again by those who read aloud. */
export function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** A number with a true minus: −3. */
export const signed = (value) => String(value).replace("-", "−");

/** A number as Python writes it with a comma: 4,096. */
export const grouped = (value) => value.toLocaleString("en-GB");

// --- Model -------------------------------------------------------------------------------------------------

/** Traits of a model: state() reads those named, change({ … }) sets some, hear(tell) tells of changes until it is stopped. */
export function traits(model, names) {
  return {
    state: () => Object.fromEntries(names.map((name) => [name, model.get(name)])),
    change(values) {
      for (const [name, value] of Object.entries(values)) model.set(name, value);
      model.save_changes();
    },
    hear(tell) {
      const events = names.map((name) => `change:${name}`);
      for (const event of events) model.on(event, tell);
      return () => { for (const event of events) model.off(event, tell); };
    },
  };
}

// --- Keys --------------------------------------------------------------------------------------------------

/** Keep keys pressed in an explorer from the page around it: JupyterLab would take the arrow keys. */
export const keepKeys = (el) => el.addEventListener("keydown", (event) => event.stopPropagation());

/** Let a button rest, or work again; if it has the focus when it goes to rest, `refuge` takes it, or it would be lost. */
export function rest(node, off, refuge) {
  if (off && node.getRootNode().activeElement === node) refuge.focus();
  node.disabled = off;
}
