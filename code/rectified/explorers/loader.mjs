// Brings the explorers of a static page to life, with no kernel and nothing from elsewhere.
//
// An explorer is `<figure data-explorer="NAME" data-state="{…}">` around a still picture; NAME.mjs, beside this
// file, draws the live one in its place. What a reader changes is kept in the address of the page, so that it
// can be linked to: `#pulses:net=e&tick=4`; several explorers: `#pulses:net=e&tick=4;perceptron:step=3`.

/** What a notebook would hand the module: values by name, and word of every change. */
class Model {
  #listeners = [];
  inAddress = true; // what a reader changes can be linked to, as it cannot in a notebook
  constructor(values) { this.values = values; }
  get(name) { return this.values[name]; }
  set(name, value) {
    if (this.values[name] === value) return;
    this.values[name] = value;
    for (const [event, tell] of this.#listeners) if (event === `change:${name}` || event === "change") tell();
  }
  on(event, tell) { this.#listeners.push([event, tell]); }
  off(event, tell) { this.#listeners = this.#listeners.filter((each) => each[0] !== event || each[1] !== tell); }
  save_changes() { clearTimeout(writing); writing = setTimeout(write, 250); }
}

const live = new Map(); // key: what `start` returned for an explorer that runs, in the order of the page
let writing;

// --- The state in the address ------------------------------------------------------------------------------

/** Write a value as a word of the address: an object as `N1:011,N2:1`, anything else as it is. */
const encode = (value) => typeof value === "object"
  ? Object.entries(value).map((pair) => pair.map(encodeURIComponent).join(":")).join(",")
  : encodeURIComponent(value);

/** Read a word as the kind of value that `like` is. What does not fit stays text, for the module's check. */
function decode(word, like) {
  if (typeof like === "object") {
    return Object.fromEntries(word.split(",").filter(Boolean).map((pair) => pair.split(":").map(decodeURIComponent)));
  }
  const text = decodeURIComponent(word);
  if (typeof like === "number") return text.trim() === "" ? text : Number(text);
  return typeof like === "boolean" && ["true", "false"].includes(text) ? text === "true" : text;
}

/** Split the address into [key, words] for each explorer named; nothing where it names a heading. */
const parts = () =>
  location.hash.slice(1).split(";").map((part) => part.split(/:(.*)/s)).filter(([key]) => live.has(key));

const words = ({ model, module }) => module.linked.map((name) => `${name}=${encode(model.get(name))}`).join("&");

/** Put the state of every explorer that was changed into the address, without a step in the history. */
function write() {
  const changed = [...live].filter(([, each]) => words(each) !== each.initial)
    .map(([key, each]) => `${key}:${words(each)}`);
  if (!changed.length && !parts().length) return;
  const fragment = changed.length ? `#${changed.join(";")}` : "";
  history.replaceState(history.state, "", location.pathname + location.search + fragment);
}

/** Set the explorers as the address says; one that it asks for the impossible stays as it is, and says so. */
function read() {
  for (const [key, text = ""] of parts()) {
    const { model, module, figure, say } = live.get(key);
    try {
      const changes = Object.fromEntries(text.split("&").filter(Boolean).map((pair) => {
        const [name, word = ""] = pair.split(/=(.*)/s);
        if (!module.linked.includes(name)) throw new Error(`“${name}” is none of ${module.linked.join(", ")}`);
        return [name, decode(word, model.get(name))];
      }));
      module.check({ ...model.values, ...changes });
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      say("");
    } catch (error) {
      say(`The link to this page asks for a state that cannot be: ${error.message}. It is ignored.`);
    }
    figure.scrollIntoView({ block: "nearest" });
  }
}

// --- Starting ----------------------------------------------------------------------------------------------

/** Draw the live explorer in place of the still picture; if that fails, the picture stays, with a note. */
async function start(figure) {
  const note = Object.assign(document.createElement("p"), { className: "note" });
  note.setAttribute("role", "status");
  figure.prepend(note);
  const say = (text) => { note.textContent = text; };
  try {
    const module = await import(new URL(`${figure.dataset.explorer}.mjs`, import.meta.url));
    const model = new Model(JSON.parse(figure.dataset.state));
    const el = document.createElement("div");
    await module.default.render({ model, el });
    await styled;
    figure.querySelector(".still").replaceWith(el);
    return { figure, model, module, say, initial: words({ model, module }) };
  } catch (error) {
    console.error(error);
    say(`The live explorer did not start, so this is a picture of it. (${error.message})`);
  }
}

const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet" });
sheet.href = new URL("explorers.css", import.meta.url);
const figures = [...document.querySelectorAll("figure[data-explorer]")];
const styled = figures.length && new Promise((done) => { sheet.onload = sheet.onerror = done; });
if (figures.length) document.head.append(sheet);

const started = await Promise.all(figures.map(start));
const met = {};
figures.forEach(({ dataset: { explorer } }, k) => {
  met[explorer] = (met[explorer] ?? 0) + 1;
  if (started[k]) live.set(met[explorer] > 1 ? `${explorer}-${met[explorer]}` : explorer, started[k]);
});
read();
addEventListener("hashchange", read);
