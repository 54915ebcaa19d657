// A machine that learned digits with their labels dreams new ones: its units are tossed, side by side, again and again.
//
// A state is { label, steps, start, seed, machine, digits, presets }. The machine has 64 pixels and ten labels on one side
// and hidden units on the other; its weights are whole bytes times a scale, so that sums are exact in any order.

import { button, examples, html, keepKeys, menu, radios, rest, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["label", "steps", "start", "seed"];

const SIDE = 8, GREYS = 16; // of a picture, and the darkest grey of a real one
const PIXELS = SIDE ** 2, LABELS = 10;
const MOST = 2000, SEEDS = 1000; // steps, and chains from the same start
const STRIDE = 256; // random words of a step: for the pixels, the label, the hidden units
const NUDGE = 1 + 1e-9; // ties round up, and the last digits of the machine do not show
const NONE = "none"; // no label is held

const range = (count) => Array.from({ length: count }, (_, k) => k);

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

/** The random number from 0 to 1 at a place of a step: the place among all, well mixed (lowbias32 of Chris Wellons). */
function tossing(seed, step) {
  const first = (seed * 2048 + step) * STRIDE + 1;
  return (place) => {
    let x = (first + place) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}

const logistic = (z) => 1 / (1 + Math.exp(-z));
const log1pexp = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** The chances of the pixels at the start. */
function begin({ start, digits }) {
  if (start === "noise") return Array(PIXELS).fill(0.5);
  if (start.length === 1) return [...digits[start]].map((grey) => parseInt(grey, 17) / GREYS);
  return [...start].flatMap((four) => [8, 4, 2, 1].map((bit) => (parseInt(four, 16) & bit ? 1 : 0)));
}

/** The tossed pixels as a start: 16 hexadecimal digits. */
const spell = (tossed) =>
  range(16).map((k) => parseInt(tossed.slice(4 * k, 4 * k + 4).join(""), 2).toString(16)).join("");

/** A step: what is tossed with these chances of the pixels, what it turns on, and the next chances. */
function toss(chances, { label, seed }, step, { whole, hidden, scale }) {
  const drawn = tossing(seed, step), row = hidden + 1, places = range(hidden);
  const tossed = chances.map((chance, i) => (drawn(i) < chance ? 1 : 0));
  const sums = Array.from(whole.subarray((PIXELS + LABELS) * row)); // the biases, and what the pixels add
  tossed.forEach((on, i) => { if (on) for (let j = 0; j < row; j++) sums[j] += whole[i * row + j]; });
  const into = range(LABELS).map((k) => sums.map((sum, j) => scale * (sum + whole[(PIXELS + k) * row + j])));
  const worth = into.map((z) => places.reduce((total, j) => total + log1pexp(z[j]), z[hidden])); // minus the free energy
  const best = Math.max(...worth), parts = worth.map((each) => Math.exp(each - best));
  const all = parts.reduce((total, part) => total + part), shares = parts.map((part) => part / all);
  let held = Number(label);
  if (label === NONE) {
    let below = 0;
    held = shares.slice(0, -1).filter((share) => (below += share) <= drawn(PIXELS)).length;
  }
  const on = places.map((j) => (drawn(PIXELS + 1 + j) < logistic(into[held][j]) ? 1 : 0));
  const next = range(PIXELS).map((i) => {
    let sum = whole[i * row + hidden];
    for (let j = 0; j < hidden; j++) if (on[j]) sum += whole[i * row + j];
    return logistic(scale * sum);
  });
  return { chances, tossed, shares, label: held, hidden: on, next };
}

let last = { key: "", film: [] }; // the chain worked out last, as far as it was

/** The chain up to the present step: of each step { chances, tossed, shares, label, hidden }, and the chances after it. */
export function compute(state) {
  const { label, start, seed, steps, machine, digits } = state;
  const key = JSON.stringify([label, start, seed, machine, digits[start]]);
  if (key !== last.key) last = { key, film: [] };
  const { film } = last;
  if (film.length <= steps) {
    const whole = Int8Array.from(atob(machine.weights), (letter) => letter.charCodeAt(0));
    while (film.length <= steps) {
      film.push(toss(film.at(-1)?.next ?? begin(state), state, film.length, { ...machine, whole }));
    }
  }
  return film.slice(0, steps + 1);
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  for (const [name, high] of [["steps", MOST], ["seed", SEEDS - 1]]) {
    const value = state[name];
    if (!Number.isInteger(value) || value < 0 || value > high) {
      throw new Error(`${name} is “${value}”; expected a whole number from 0 to ${high}`);
    }
  }
  if (!/^([0-9]|none)$/.test(state.label)) throw new Error(`label is “${state.label}”; expected one of 0 to 9, or ${NONE}`);
  if (!/^(noise|[0-9]|[0-9a-f]{16})$/.test(state.start)) {
    throw new Error(`start is “${state.start}”; expected noise, one of 0 to 9, or 16 hexadecimal digits`);
  }
}

const a = (label) => (String(label) === "8" ? "an 8" : `a ${label}`);
const percent = (share) => `${Math.floor(100 * share * NUDGE + 0.5)} %`;
const count = (values) => values.reduce((sum, value) => sum + value, 0);
const taken = ({ shares }) => shares.indexOf(Math.max(...shares));

/** Say in a few words where the chain is, and what the machine makes of it. */
export function reading(state, film = compute(state)) {
  const { label, start, steps } = state, { shares, hidden } = film.at(-1);
  const [first, second] = range(LABELS).sort((p, q) => shares[q] - shares[p] || p - q);
  const whence = start === "noise" ? "noise" : start.length === 1 ? `a real ${start}` : "a kept picture";
  const other = shares[second] * NUDGE >= 0.01 ? `, then for ${a(second)} (${percent(shares[second])})` : "";
  const said = [`Step ${steps} from ${whence}, ${label === NONE ? "no label" : `label ${label}`} held. By its pixels alone, `
    + `the machine takes the tossed picture for ${a(first)} (${percent(shares[first])})${other}. `
    + `${count(hidden)} of its ${hidden.length} hidden units are on.`];
  const seen = film.map(taken);
  if (steps && label === NONE) {
    const changes = seen.slice(1).filter((each, k) => each !== seen[k]).length;
    const kinds = [...new Set(seen)].sort();
    const many = changes ? `${changes} ${changes === 1 ? "time" : "times"}` : "not once";
    const met = kinds.length > 1 ? `${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}` : `only ${kinds[0]}`;
    said.push(`It changed its mind ${many} in ${steps} ${steps === 1 ? "step" : "steps"}, and saw ${met}.`);
  } else if (steps) {
    const right = seen.filter((each) => each === Number(label)).length;
    said.push(`So far it took ${right} of ${seen.length} pictures for ${a(label)}.`);
  }
  return said.join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const PACE = 400; // milliseconds a step when running: slow enough not to flash
const FAR = 100; // steps at once, where nothing may move by itself
const SHOWN = 100; // steps of the history

/** Squares as one path: where `on` says so, in rows of so many. */
const squares = (on, across) => on.map((each, k) => (each ? `M${k % across} ${Math.floor(k / across)}h1v1h-1z` : "")).join("");

/** A picture of its own for squares in rows, { node, cells }: `lines` between them are drawn over the cells. */
function board(across, down, cells) {
  const lines = [...range(across + 1).map((x) => `M${x} 0V${down}`), ...range(down + 1).map((y) => `M0 ${y}H${across}`)];
  return svg("svg", { class: "board", role: "img", viewBox: `-0.05 -0.05 ${across + 0.1} ${down + 0.1}` },
    ...cells, svg("path", { class: "lines", d: lines.join("") }));
}

function render({ model, el }) {
  const { change, hear, state: now } = traits(model, linked);
  const [machine, digits, presets] = ["machine", "digits", "presets"].map((name) => model.get(name));
  const state = () => ({ machine, digits, ...now() });
  const initial = now();
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  const go = (by) => change({ steps: Math.min(MOST, model.get("steps") + by) });
  const step = (by) => () => { run(false); go(by); };
  const set = ({ steps = 0, ...values } = {}) => () => {
    run(false);
    change({ steps: 0, ...values }); // no steps first: they need not be worked out
    if (steps) change({ steps });
  };

  /** Let the chain run, or pause. What it says is not read aloud while it runs. */
  function run(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => {
      if (model.get("steps") >= MOST - 1) run(false); // first: so that the last words are read aloud
      go(1);
    }, PACE) : null;
    said.setAttribute("aria-live", on ? "off" : "polite");
    name();
  }
  const name = () => write(runner, timer !== null ? "Pause" : calm.matches ? `${FAR} steps` : "Run");

  /** Another label: the chain goes on from the picture at hand, with tosses of its own. */
  function hold(label) {
    run(false);
    const present = state();
    change(present.steps
      ? { steps: 0, start: spell(compute(present).at(-1).tossed), label, seed: (present.seed + 1) % SEEDS } : { label });
  }

  // Controls
  const labels = radios("Hold label", [[NONE, "none"], ...range(LABELS).map((k) => [String(k), String(k)])], hold);
  const starts = menu("Start from", [["noise"], ...range(LABELS).map((k) => [String(k), `a real ${k}`])],
    (start) => set({ start })());
  const kept = html("option", {}, "the kept picture");
  const one = button("Step", step(1)), ten = button("10 steps", step(10));
  const runner = button("Run", () => { if (timer === null && calm.matches) go(FAR); else run(timer === null); });
  const again = button("Back to the start", set({}));
  const other = button("Other tosses", () => set({ seed: (model.get("seed") + 1) % SEEDS })());
  const chain = html("span", {});

  // Pictures
  const points = range(PIXELS).map((k) => svg("rect", { x: k % SIDE, y: Math.floor(k / SIDE), width: 1, height: 1 }));
  const across = Math.ceil(Math.sqrt(machine.hidden)), down = Math.ceil(machine.hidden / across);
  const [black, lit] = [svg("path"), svg("path")];
  const chances = board(SIDE, SIDE, points), tossed = board(SIDE, SIDE, [black]), hidden = board(across, down, [lit]);
  const titled = (words, ...nodes) => html("div", {}, html("p", { class: "title" }, words), ...nodes);
  const rows = range(LABELS).map((k) => {
    const [fill, share] = [html("span", { class: "fill" }), html("span", { class: "share" })];
    const mark = html("span", { class: "mark" });
    return { fill, share, mark, row: html("div", { class: "label" }, html("span", {}, k), html("span", { class: "way" }, fill), share, mark) };
  });
  const table = html("div", { class: "labels", role: "img" }, ...rows.map(({ row }) => row));
  const still = { "vector-effect": "non-scaling-stroke" };
  const course = svg("path", { class: "course", ...still });
  const history = svg("svg", { role: "img", viewBox: `0 0 ${SHOWN} ${LABELS}`, preserveAspectRatio: "none" },
    svg("path", { class: "lines", d: range(LABELS).map((k) => `M0 ${k + 0.5}H${SHOWN}`).join(""), ...still }), course);
  const scale = html("div", { class: "scale", "aria-hidden": "true" }, ...range(LABELS).map((k) => html("span", {}, k)));
  const ends = [html("span", {}), html("span", {})];
  const said = html("p", { class: "reading", "aria-live": "polite" });
  keepKeys(el);
  el.append(
    html("div", { class: "controls holding" }, starts.label, labels.node),
    html("div", { class: "dreaming" },
      titled("Chances of the pixels", chances), titled("Tossed picture", tossed),
      titled("Shares of the labels", table), titled("Hidden units on", hidden)),
    html("div", { class: "controls" }, one, ten, runner, again, other, chain),
    said,
    html("div", { class: "mind" }, html("p", { class: "title" }, "What it took its pictures for"), scale, history,
      html("p", { class: "ends", "aria-hidden": "true" }, ...ends)),
    examples(Object.entries(presets).map(([words, values]) => button(words, set(values)))),
    html("p", { class: "hint" }, "A step tosses all hidden units, given pixels and label, then all pixels, given the hidden units. "
      + "A label that is not held is tossed too, by its share. If you hold another label, the chain goes on from the picture "
      + "at hand, and counts from 0."),
  );

  /** Show the present state. */
  function update() {
    const present = state(), film = compute(present), frame = film.at(-1), { label, steps, start, seed } = present;
    labels.mark(label);
    if (start.length === 16) {
      kept.value = start;
      starts.select.append(kept);
    } else kept.remove();
    starts.select.value = start;
    write(chain, `Chain ${seed}`);
    points.forEach((point, i) => point.setAttribute("fill-opacity", frame.chances[i].toFixed(3)));
    black.setAttribute("d", squares(frame.tossed, SIDE));
    lit.setAttribute("d", squares(frame.hidden, across));
    rows.forEach(({ fill, share, mark, row }, k) => {
      fill.style.width = `${100 * frame.shares[k]}%`;
      write(share, percent(frame.shares[k]));
      write(mark, k !== frame.label ? "" : label === NONE ? "tossed" : "held");
      row.classList.toggle("now", k === frame.label);
    });
    const lines = (values) => range(SIDE).map((y) => values.slice(SIDE * y, SIDE * (y + 1)).join(""));
    chances.setAttribute("aria-label", steps ? "Chances of the pixels, in greys" : `The start, in greys: ${start === "noise"
      ? "every chance is one half" : start.length === 1 ? `a real ${start}` : "a kept picture"}`);
    tossed.setAttribute("aria-label", `Tossed picture, row by row: ${lines(frame.tossed).join(" ")}`);
    hidden.setAttribute("aria-label", `${count(frame.hidden)} of ${machine.hidden} hidden units are on`);
    table.setAttribute("aria-label", `Shares of the labels: ${frame.shares.map((share, k) => `${k}: ${percent(share)}`).join(", ")}; `
      + `${frame.label} is ${label === NONE ? "tossed" : "held"}`);
    const from = Math.max(0, steps + 1 - SHOWN), seen = film.slice(from).map(taken);
    course.setAttribute("d", seen.map((each, k) => `M${k} ${each + 0.5}h1`).join(""));
    history.setAttribute("aria-label", `What the machine took its pictures for, from step ${from} to ${steps}: ${seen.join(" ")}`);
    write(ends[0], `step ${from}`);
    write(ends[1], `${from + SHOWN - 1}`);
    for (const each of [one, ten, runner]) rest(each, steps === MOST, again);
    write(said, reading(present, film));
  }

  const pause = () => run(false); // when the reader asks for less motion, or for more
  calm.addEventListener("change", pause);
  const stop = hear(update);
  name();
  update();
  return () => {
    run(false);
    calm.removeEventListener("change", pause);
    stop();
  };
}

export default { render };
