// A random net, drawn and computed in the page: what each layer says, and the gradient that flows back through it.
//
// A state is { depth, gain, activation, seed, presets }. The net has 32 units a layer and sees 48 inputs at once; a
// weight has the standard deviation gain/√32. A seed stands for one draw of everything, the same as in Python.

import { button, examples, html, keepKeys, menu, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["depth", "gain", "activation", "seed"];

const DEEPEST = 30, SEEDS = 1000;
const LEAST = 0.1, MOST = 4; // gain
const WIDTH = 32, INPUTS = 48; // units in a layer, inputs at once
const CELLS = WIDTH * INPUTS;
const BINS = 21; // of a histogram, an odd number: 0 lies in the middle of a bin
const ALIKE = 1e-6; // of the spread: outputs that vary by less from input to input hardly vary
const NUDGE = 1 + 1e-9; // ties round up, and the last digits of the machine do not show
// gains with a name, and where it comes from
const MARKS = [["0.577", "customary", "U(±1/√n)"], ["1", "Glorot", "2010"], ["1.414", "He", "2015"]];

const range = (count, first = 0) => Array.from({ length: count }, (_, k) => first + k);

// The gains of the slider: in steps of 0.05 up to 2, then of 0.1, and the marks
const GAINS = [...range(39, 2).map((k) => k / 20), ...range(20, 21).map((k) => k / 10), 0.577, 1.414].sort((a, b) => a - b);

/** low and high: the ends of the histograms; theory: the slope of the simple theory, and its words. */
const ACTIVATIONS = {
  logistic: { low: 0, high: 1, largest: 0.25, theory: 1 / 4, words: "at most gain/4",
    activate: (z) => 1 / (1 + Math.exp(-z)), slope: (h) => h * (1 - h) },
  tanh: { low: -1, high: 1, largest: 1, theory: 1, words: "for weak signals gain",
    activate: Math.tanh, slope: (h) => 1 - h * h },
  ReLU: { low: 0, high: 3, largest: 1, theory: 1 / Math.sqrt(2), words: "for a wide net gain/√2",
    activate: (z) => Math.max(z, 0), slope: (h) => (h > 0 ? 1 : 0) },
};

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

/** The random word of 32 bits at a place: the place, well mixed (lowbias32 of Chris Wellons). */
function word(place) {
  let x = place;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
const bytes = (x) => (x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24);

/** Bell-shaped numbers of mean 0 and variance 1: each the sum of eight random bytes. */
export function normals(seed, count) {
  const first = seed * 2 ** 17 + 1, unit = Math.sqrt(43690);
  const drawn = new Float64Array(count);
  for (let k = 0; k < count; k++) drawn[k] = (bytes(word(first + 2 * k)) + bytes(word(first + 2 * k + 1)) - 1020) / unit;
  return drawn;
}

let last = null; // the draw used last

/** Inputs, gradient at the outputs, and for each layer weights before the gain, row by row: from below, to above. */
function drawn(seed) {
  if (last?.seed !== seed) {
    const all = normals(seed, 2 * CELLS + DEEPEST * WIDTH ** 2);
    last = {
      seed, inputs: all.subarray(0, CELLS), above: all.subarray(CELLS, 2 * CELLS),
      weights: range(DEEPEST).map((k) => all.subarray(2 * CELLS + k * WIDTH ** 2, 2 * CELLS + (k + 1) * WIDTH ** 2)),
    };
  }
  return last;
}

/** Activations times weights: (48, 32) · (32, 32), row by row. */
function forward(h, weights) {
  const z = new Float64Array(CELLS);
  for (let start = 0; start < CELLS; start += WIDTH) {
    for (let k = 0; k < WIDTH; k++) {
      const value = h[start + k], row = k * WIDTH;
      for (let j = 0; j < WIDTH; j++) z[start + j] += value * weights[row + j];
    }
  }
  return z;
}

/** A gradient times the weights turned round. */
function backward(gradient, weights) {
  const below = new Float64Array(CELLS);
  for (let start = 0; start < CELLS; start += WIDTH) {
    for (let k = 0; k < WIDTH; k++) {
      let sum = 0;
      for (let j = 0; j < WIDTH; j++) sum += gradient[start + j] * weights[k * WIDTH + j];
      below[start + k] = sum;
    }
  }
  return below;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rootMeanSquare = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const geometric = (values) => Math.exp(mean(values.map(Math.log)));

/** How far activations vary from input to input: root mean square over the units. */
function varies(h) {
  let sum = 0;
  for (let j = 0; j < WIDTH; j++) {
    let middle = 0;
    for (let k = j; k < CELLS; k += WIDTH) middle += h[k] / INPUTS;
    for (let k = j; k < CELLS; k += WIDTH) sum += (h[k] - middle) ** 2;
  }
  return Math.sqrt(sum / CELLS);
}

/** What the picture shows, as lists with an entry for each layer, and the factors per layer: `Flow` says which. */
export function compute({ depth, gain, activation, seed }) {
  const { low, high, largest, theory, activate, slope } = ACTIVATIONS[activation];
  const { inputs, above, weights } = drawn(seed), scale = gain / Math.sqrt(WIDTH);
  const scaled = weights.slice(0, depth).map((each) => each.map((weight) => weight * scale));
  const outputs = [], slopes = [];
  for (const each of scaled) {
    const h = forward(outputs.at(-1) ?? inputs, each).map(activate);
    outputs.push(h);
    slopes.push(h.map(slope));
  }
  const gradient = Array(depth);
  let back = above;
  for (let k = depth - 1; k >= 0; k--) {
    back = back.map((value, i) => value * slopes[k][i]); // of the weighted sums
    gradient[k] = rootMeanSquare(back);
    back = backward(back, scaled[k]); // of the outputs of the layer below
  }
  const means = outputs.map(mean), slopesMet = slopes.map(rootMeanSquare);
  const counts = outputs.map((h) => {
    const found = Array(BINS).fill(0);
    for (const value of h) found[Math.max(0, Math.min(BINS - 1, Math.floor((value - low) * (BINS / (high - low)))))] += 1;
    return found;
  });
  return {
    mean: means, counts, gradient, slope: slopesMet,
    spread: outputs.map((h, k) => rootMeanSquare(h.map((value) => value - means[k]))),
    variation: outputs.map(varies),
    saturated: slopes.map((each) => each.reduce((sum, value) => sum + (value < largest / 10), 0)),
    factor: geometric(gradient.slice(1).map((value, k) => gradient[k] / value)),
    theory: gain * theory,
    met: geometric(slopesMet.slice(0, -1)),
  };
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  for (const [name, low, high] of [["depth", 1, DEEPEST], ["seed", 0, SEEDS - 1]]) {
    const value = state[name];
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new Error(`${name} is “${value}”; expected a whole number from ${low} to ${high}`);
    }
  }
  const { gain, activation } = state;
  if (typeof gain !== "number" || !(gain >= LEAST && gain <= MOST)) {
    throw new Error(`gain is “${gain}”; expected a number from ${LEAST} to ${MOST}`);
  }
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    throw new Error(`activation is “${activation}”; expected one of ${Object.keys(ACTIVATIONS).join(", ")}`);
  }
}

const raised = (power) => [...String(power)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");

/** A number with two digits: 0.14, 15, 3.2 · 10⁻²⁵. */
function number(value) {
  if (value === 0) return "0";
  const [digits, power] = (Math.abs(value) * NUDGE).toExponential(1).split("e").map(Number);
  const sign = value < 0 ? "−" : "";
  if (Math.abs(power) >= 4) return `${sign}${digits.toFixed(1)} · 10${raised(power)}`;
  return sign + Number(`${digits}e${power}`).toFixed(Math.max(1 - power, 0));
}

/** A number with up to three decimals. */
const short = (value) => String(Number((value * NUDGE).toFixed(3))).replace("-", "−");

function share(count, total) {
  const percent = 100 * count / total;
  return percent > 0 && percent < 1 ? "under 1 %" : `${Math.floor(percent + 0.5)} %`;
}

function measure(gain) {
  const [, name] = MARKS.find(([value]) => value === short(gain)) ?? [];
  return short(gain) + (name ? ` (${name})` : "");
}

/** Say in a few words what the net does. */
export function reading(state, found = compute(state)) {
  const { depth, gain, activation } = state;
  const said = [`Depth ${depth}, ${activation}, gain ${measure(gain)}:`];
  if (depth === 1) said.push("with one layer the gradient has no way to go.");
  else {
    const left = found.gradient[0] / found.gradient.at(-1);
    said.push(`the gradient at layer 1 is ${number(left)} ${left < 1 ? "of" : "times"} that at layer ${depth}, `
      + `${number(found.factor)} a layer.`);
  }
  said.push(`Theory: ${ACTIVATIONS[activation].words} = ${number(found.theory)} a layer.`);
  if (depth > 1) said.push(`Gain times the typical slope met here, ${number(found.met)}, is ${number(gain * found.met)}.`);
  const spread = found.spread.at(-1), variation = found.variation.at(-1);
  const far = variation < ALIKE * spread ? "less than a millionth of that" : number(variation);
  said.push(`Outputs of layer ${depth} spread ${number(spread)}, and vary by ${far} from input to input.`);
  const saturated = found.saturated.reduce((sum, count) => sum + count, 0);
  said.push(`In all layers together ${share(saturated, depth * CELLS)} of the activations are `
    + `${activation === "ReLU" ? "0" : "saturated"}.`);
  return said.join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const FEWEST = 6; // columns: the layers of a shallow net are not drawn wider than these

/** Whole powers of ten, evenly spaced, at most six, around all of these and 0. */
function ticks(powers) {
  const low = Math.min(0, ...powers), high = Math.max(0, ...powers);
  if (low === high) return [-1, 0, 1];
  const step = [1, 2, 5, 10].find((each) => Math.ceil(high / each) - Math.floor(low / each) <= 5) ?? 20;
  const first = Math.floor(low / step);
  return range(Math.ceil(high / step) - first + 1, first).map((k) => step * k);
}

/** The layers whose number is written: the first, every fifth, and the last. */
const named = (depth) => range(depth, 1)
  .filter((k) => depth < 12 || k === 1 || k === depth || (k % 5 === 0 && k < depth - 1));

function render({ model, el }) {
  const presets = model.get("presets");
  const { state, change, hear } = traits(model, linked);
  const initial = state();

  // Controls
  const chosen = menu("Activation", Object.keys(ACTIVATIONS).map((name) => [name, name === "ReLU" ? "ReLU (what if)" : name]),
    (activation) => change({ activation }));
  const slider = (words, low, high, set) => {
    const shown = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: low, max: high, "aria-label": words.toLowerCase(),
      input: () => set(Number(input.value)) });
    return { input, shown, row: html("label", { class: "dial" }, html("span", {}, words), input, shown) };
  };
  const depths = slider("Depth", 1, DEEPEST, (depth) => change({ depth }));
  const gains = slider("Gain", 0, GAINS.length - 1, (place) => change({ gain: GAINS[place] }));
  const marks = MARKS.map(([value, name, source]) =>
    ({ value, button: button(`${value} ${name}, ${source}`, () => change({ gain: Number(value) })) }));
  const net = html("span", {});

  // Pictures: a column for each layer; all that is drawn in lines keeps its width, and words are not part of them
  const still = { "vector-effect": "non-scaling-stroke" };
  const outlines = svg("path", { class: "bars", ...still });
  const histograms = svg("svg", { role: "img", preserveAspectRatio: "none" }, outlines);
  const grid = svg("path", { class: "lines", ...still });
  const simple = svg("path", { class: "simple", ...still });
  const dots = svg("path", { class: "dots", ...still });
  const gradients = svg("svg", { role: "img", preserveAspectRatio: "none", viewBox: "0 0 1 1" }, grid, simple, dots);
  const block = (name) => html("div", { class: name, "aria-hidden": "true" });
  const [values, powers, numbers] = [block("scale"), block("scale"), block("numbers")];
  const title = () => html("p", { class: "title" });
  const [above, below] = [title(), title()];
  const flow = html("div", { class: "flow" }, above, values, histograms, below, powers, gradients, block("corner"), numbers);
  const said = html("p", { class: "reading flowing", "aria-live": "polite" });
  const table = html("tbody"), third = html("th", { scope: "col" });
  const details = html("details", { toggle: () => update() },
    html("summary", {}, "Layer by layer, in numbers"),
    html("table", {}, html("thead", {}, html("tr", {}, ...[...["Layer", "Mean", "Spread"].map((words) => html("th", { scope: "col" }, words)),
      third, html("th", { scope: "col" }, "Gradient")])), table));
  keepKeys(el);
  el.append(
    html("div", { class: "controls" }, chosen.label, depths.row),
    html("div", { class: "controls" }, gains.row,
      html("span", { class: "marks", role: "group", "aria-label": "Gains with a name" }, ...marks.map((each) => each.button))),
    flow, said,
    html("div", { class: "controls" }, button("Draw again", () => change({ seed: (model.get("seed") + 1) % SEEDS })),
      button("Reset", () => change(initial)), net),
    examples(Object.entries(presets).map(([words, values]) => button(words, () => change(values)))),
    details,
    html("p", { class: "hint" }, `${WIDTH} units a layer, ${INPUTS} random inputs, no biases. Gain: the standard deviation of a `
      + "weight, in units of 1/√n. Dots: the gradient as measured, root mean square; dashes: the simple theory. Typical slope: "
      + "root mean square. Saturated: with a slope below a tenth of the largest."),
  );

  /** Words beside a picture, each at its share of the height or the width. */
  const put = (node, side, words) => node.replaceChildren(...words.map(([share, text]) =>
    html("span", { style: `${side}: ${(100 * share).toFixed(2)}%` }, text)));

  function draw({ depth, activation }, { counts, gradient, theory, factor }) {
    const columns = Math.max(depth, FEWEST), { low, high } = ACTIVATIONS[activation];
    flow.dataset.activation = activation;
    histograms.setAttribute("viewBox", `0 0 ${columns} ${BINS}`);
    outlines.setAttribute("d", counts.map((bins, layer) => {
      const most = Math.max(...bins);
      return `M${layer} 0${bins.toReversed().map((count) => `H${(layer + 0.9 * count / most).toFixed(3)}v1`).join("")}H${layer}z`;
    }).join(""));
    put(values, "top", [[0, high], [0.5, (low + high) / 2], [1, low]].map(([share, value]) =>
      [share, short(value) + (activation === "ReLU" && value === high ? " +" : "")]));
    const measured = gradient.map((value) => Math.log10(value / gradient.at(-1)));
    const expected = gradient.map((_, layer) => (depth - 1 - layer) * Math.log10(theory));
    const scale = ticks([...measured, ...expected]), top = scale.at(-1), deep = top - scale[0];
    const points = (logarithms) => logarithms.map((power, layer) =>
      `${((layer + 0.5) / columns).toFixed(5)} ${((top - power) / deep).toFixed(5)}`);
    grid.setAttribute("d", scale.map((power) => `M0 ${(top - power) / deep}H1`).join(""));
    simple.setAttribute("d", `M${points(expected).join("L")}`);
    dots.setAttribute("d", points(measured).map((point) => `M${point}h0`).join(""));
    put(powers, "top", scale.map((power) => [(top - power) / deep, power ? `10${raised(power)}` : "1"]));
    put(numbers, "left", named(depth).map((layer) => [(layer - 0.5) / columns, layer]));
    above.textContent = "Forward → histograms of the activations, layer by layer";
    below.textContent = `Backward ← the gradient, with that at layer ${depth} as 1`;
    histograms.setAttribute("aria-label", `Histograms of the activations of ${depth} ${depth === 1 ? "layer" : "layers"}`);
    gradients.setAttribute("aria-label", depth === 1 ? "The gradient at the only layer"
      : `The gradient at layers 1 to ${depth}, on a logarithmic scale: ${number(factor)} a layer, in theory ${number(theory)}`);
  }

  const list = ({ mean: means, spread, saturated, gradient }) => table.replaceChildren(...means.map((value, k) =>
    html("tr", {}, html("th", { scope: "row" }, k + 1), ...[number(value), number(spread[k]), share(saturated[k], CELLS),
      number(gradient[k] / gradient.at(-1))].map((words) => html("td", {}, words)))));

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present), { depth, gain, activation, seed } = present;
    chosen.select.value = activation;
    const near = GAINS.reduce((best, value, k) => (Math.abs(value - gain) < Math.abs(GAINS[best] - gain) ? k : best), 0);
    for (const [{ input, shown }, value, words] of [[depths, depth, `${depth} ${depth === 1 ? "layer" : "layers"}`],
      [gains, near, measure(gain)]]) {
      input.value = value;
      input.setAttribute("aria-valuetext", words);
      shown.textContent = input === gains.input ? short(gain) : depth;
    }
    for (const each of marks) each.button.setAttribute("aria-pressed", each.value === short(gain));
    net.textContent = `Net ${seed}`;
    third.textContent = activation === "ReLU" ? "Zero" : "Saturated";
    draw(present, found);
    if (details.open) list(found);
    write(said, reading(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
