// A small trained transformer reads a text: which characters wake each hidden unit, and what it costs to silence the rest.
//
// A state is { kind, layer, unit, threshold, text, place, machine, presets }. The machine holds a model for each kind, its
// weights in whole bytes times a scale for each matrix; a passage that no model learned; and for each kind the curve of
// zeros and loss over all thresholds on it.

import { button, examples, grouped, html, keepKeys, radios, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["kind", "layer", "unit", "threshold", "text", "place"];

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ALPHABET = `\n !',-.:;?${LETTERS.toUpperCase()}${LETTERS}`, MANY = ALPHABET.length;
const KINDS = ["ReLU", "GELU"];
const WIDTH = 32, LAYERS = 2, UNITS = 64, HEADS = 4, CONTEXT = 64, SIZE = WIDTH / HEADS;
const range = (count) => Array.from({ length: count }, (_, k) => k);
const THRESHOLDS = [...range(11).map((k) => k / 20), ...range(15).map((k) => (k + 6) / 10), 2.5, 3, 4, 5, 6];
const MOST = 10, BEFORE = 15; // contexts that are listed, and characters before the one that wakes a unit
const EPSILON = 1e-5, TINY = 1e-12; // in the root of a layer norm; and what counts as 0
const NUDGE = 1 + 1e-9, EXACT = 1e6; // ties round up; answers that differ by less than this part of 1 count as equal
const SHAPES = [["characters", MANY * WIDTH], ["places", CONTEXT * WIDTH],
  ...range(LAYERS).flatMap((k) => [["gain1", WIDTH], ["shift1", WIDTH], ["asks", WIDTH * 3 * WIDTH], ["says", WIDTH * WIDTH],
    ["gain2", WIDTH], ["shift2", WIDTH], ["into", WIDTH * UNITS], ["out", UNITS * WIDTH]].map(([name, size]) => [name + k, size])),
  ["gain", WIDTH], ["shift", WIDTH]];

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

/** The weights of a stored model by name. */
function unpack({ weights, scales }) {
  const whole = Int8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
  let at = 0;
  return Object.fromEntries(SHAPES.map(([name, size], k) => {
    at += size;
    return [name, Float64Array.from(whole.subarray(at - size, at), (value) => scales[k] * value)];
  }));
}

/** The error function, by its series. */
function erf(x) {
  if (x < 0) return -erf(-x);
  if (x > 6) return 1;
  let term = x, sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
const PHI = { ReLU: (z) => Math.max(z, 0), GELU: (z) => z * (1 + erf(z / Math.SQRT2)) / 2 };

/** Rows times a matrix of so many columns; numbers that are 0 are skipped. */
function times(rows, inputs, matrix, units) {
  const sums = new Float64Array(rows.length / inputs * units);
  for (let k = 0; k < rows.length; k++) {
    if (rows[k] === 0) continue;
    const to = Math.floor(k / inputs) * units, from = k % inputs * units;
    for (let j = 0; j < units; j++) sums[to + j] += rows[k] * matrix[from + j];
  }
  return sums;
}

/** Vectors with mean 0 and variance 1, then scaled and shifted. */
function normed(x, gain, shift) {
  const made = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += WIDTH) {
    let mean = 0, spread = 0;
    for (let j = 0; j < WIDTH; j++) mean += x[at + j] / WIDTH;
    for (let j = 0; j < WIDTH; j++) spread += (x[at + j] - mean) ** 2 / WIDTH;
    spread = Math.sqrt(spread + EPSILON);
    for (let j = 0; j < WIDTH; j++) made[at + j] = gain[j] * (x[at + j] - mean) / spread + shift[j];
  }
  return made;
}

/** Numbers as shares of 1: e to the power of each. */
function softmax(sums) {
  const most = sums.reduce((a, b) => Math.max(a, b)), parts = sums.map((each) => Math.exp(each - most));
  const all = parts.reduce((a, b) => a + b);
  return parts.map((each) => each / all);
}

const added = (x, y) => x.map((each, k) => each + y[k]);

/** A layer up to its hidden activations: what goes on beside it, and they. */
function half(net, layer, x, kind) {
  const asked = times(normed(x, net[`gain1${layer}`], net[`shift1${layer}`]), WIDTH, net[`asks${layer}`], 3 * WIDTH);
  const heard = new Float64Array(x.length), row = 3 * WIDTH, places = x.length / WIDTH;
  for (let i = 0; i < places; i++) {
    for (let head = 0; head < WIDTH; head += SIZE) {
      const fit = new Float64Array(i + 1);
      for (let j = 0; j <= i; j++) {
        for (let k = head; k < head + SIZE; k++) fit[j] += asked[i * row + k] * asked[j * row + WIDTH + k] / Math.sqrt(SIZE);
      }
      softmax(fit).forEach((share, j) => {
        for (let k = head; k < head + SIZE; k++) heard[i * WIDTH + k] += share * asked[j * row + 2 * WIDTH + k];
      });
    }
  }
  const on = added(x, times(heard, WIDTH, net[`says${layer}`], WIDTH));
  const sums = times(normed(on, net[`gain2${layer}`], net[`shift2${layer}`]), WIDTH, net[`into${layer}`], UNITS);
  return { on, hidden: sums.map(PHI[kind]) };
}

/** The first half of the first layer, which no threshold changes. */
function begin(net, codes, kind) {
  const x = new Float64Array(codes.length * WIDTH);
  codes.forEach((code, i) => {
    for (let j = 0; j < WIDTH; j++) x[i * WIDTH + j] = net.characters[code * WIDTH + j] + net.places[i * WIDTH + j];
  });
  return half(net, 0, x, kind);
}

/** The rest: { hidden, sums }, the activations after the threshold, a row of numbers a layer, and a sum for each next character. */
function finish(net, { on, hidden }, kind, threshold) {
  const kept = [], least = Math.max(threshold, TINY);
  for (let layer = 0; layer < LAYERS; layer++) {
    if (layer) ({ on, hidden } = half(net, layer, on, kind));
    kept.push(hidden.map((value) => (Math.abs(value) < least ? 0 : value)));
    on = added(on, times(kept[layer], UNITS, net[`out${layer}`], WIDTH));
  }
  return { hidden: kept, sums: (net.turned ??= turned(net)) && times(normed(on, net.gain, net.shift), WIDTH, net.turned, MANY) };
}

/** The vectors of the characters, which serve at the end too, as columns. */
const turned = ({ characters }) => Float64Array.from(characters, (_, k) => characters[k % MANY * WIDTH + Math.floor(k / MANY)]);

const encoded = (text) => [...text].map((each) => ALPHABET.indexOf(each));
const sharesAt = (sums, place) => softmax(sums.subarray(MANY * place, MANY * (place + 1)));

/** How many bits the characters after the first cost; `codes` has one more than `sums`, or as many. */
const bits = (sums, codes) => codes.slice(1).map((code, i) => -Math.log2(sharesAt(sums, i)[code]));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const zeros = (values) => values.reduce((count, value) => count + (value === 0), 0) / values.length;

/** A function that remembers what it made of the last few things it was given. */
function remembering(make, most) {
  const made = new Map();
  return (key, ...given) => {
    if (!made.has(key)) {
      if (made.size === most) made.delete(made.keys().next().value);
      made.set(key, make(key, ...given));
    }
    return made.get(key);
  };
}
const netOf = remembering((weights, scales) => unpack({ weights, scales }), 2);
const modelOf = ({ machine, kind }) => netOf(machine.kinds[kind].weights, machine.kinds[kind].scales);

/** The text: its first half, and the share of zeros and the loss at every threshold. */
const ofText = remembering((_, state) => {
  const net = modelOf(state), codes = encoded(state.text), first = begin(net, codes, state.kind);
  const curve = THRESHOLDS.map((threshold) => {
    const { hidden, sums } = finish(net, first, state.kind, threshold);
    return [mean(hidden.map(zeros)), mean(bits(sums, codes))];
  });
  return { first, curve };
}, 8);

/** The passage in stretches: the first half of each. */
const stretches = remembering((_, state) => {
  const codes = encoded(state.machine.passage);
  return range((codes.length - 1) / CONTEXT).map((k) => {
    const own = codes.slice(CONTEXT * k, CONTEXT * (k + 1) + 1);
    return { codes: own, first: begin(modelOf(state), own.slice(0, -1), state.kind) };
  });
}, 2);

/** The passage at a threshold: share of zeros in each layer, loss, and activations, a list of stretches a layer. */
const ofPassage = remembering((_, state) => {
  const read = stretches(state.kind + state.machine.passage, state)
    .map(({ codes, first }) => ({ codes, ...finish(modelOf(state), first, state.kind, state.threshold) }));
  const hidden = range(LAYERS).map((layer) => read.map((each) => each.hidden[layer]));
  return {
    zeros: hidden.map((all) => mean(all.map(zeros))), loss: mean(read.flatMap(({ codes, sums }) => bits(sums, codes))), hidden,
  };
}, 4);

/** The largest few of some numbers, those that are alike in their order: their places. */
const largest = (values, places, most) => places.map((k) => [Math.floor(EXACT * values[k] + 0.5), k])
  .sort(([a, i], [b, j]) => b - a || i - j).slice(0, most).map(([, k]) => k);

/** What the picture shows: of the text, of its place, and of the passage. */
export function compute(state) {
  const { kind, layer, unit, threshold, text, place, machine } = state, key = JSON.stringify([kind, text, machine.kinds[kind].scales]);
  const { first, curve } = ofText(key, state), { hidden, sums } = finish(modelOf(state), first, kind, threshold);
  const at = Math.min(place, text.length) - 1, shares = [...sharesAt(sums, at)];
  const passage = ofPassage(JSON.stringify([kind, threshold, machine.passage]), state);
  const answers = passage.hidden[layer - 1].flatMap((each) => range(CONTEXT).map((k) => each[UNITS * k + unit - 1]));
  const awake = range(answers.length).filter((k) => answers[k] > 0);
  return {
    hidden, curve, at, shares, zeros: passage.zeros, loss: passage.loss, awake, many: answers.length,
    contexts: largest(answers, awake, MOST)
      .map((k) => [machine.passage.slice(k - Math.min(BEFORE, k % CONTEXT), k + 1), answers[k]]),
  };
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  const expect = (fits, words) => { if (!fits) throw new Error(words); };
  expect(KINDS.includes(state.kind), `kind is “${state.kind}”; expected one of ${KINDS.join(", ")}`);
  for (const [name, most] of [["layer", LAYERS], ["unit", UNITS], ["place", CONTEXT]]) {
    const value = state[name];
    expect(Number.isInteger(value) && value >= 1 && value <= most, `${name} is “${value}”; expected a whole number from 1 to ${most}`);
  }
  expect(THRESHOLDS.includes(state.threshold), `threshold is “${state.threshold}”; expected one of ${THRESHOLDS.join(", ")}`);
  checkText(state.text);
}

function checkText(text) {
  const letters = [...text], wrong = letters.findIndex((each) => !ALPHABET.includes(each));
  if (letters.length < 2 || letters.length > CONTEXT) {
    throw new Error(`text has ${letters.length} ${letters.length === 1 ? "character" : "characters"}; expected 2 to ${CONTEXT}`);
  }
  if (wrong >= 0) {
    throw new Error(`text has “${letters[wrong]}” as its character ${wrong + 1}; expected a letter from A to Z or a to z, `
      + "a space, a new line, or one of !',-.:;?");
  }
}

// --- In words ----------------------------------------------------------------------------------------------

const named = (character) => ({ "\n": "new line", " ": "space" })[character] ?? `“${character}”`;
const percent = (share) => `${Math.floor(100 * share * NUDGE + 0.5)} %`;
const decimal = (value) => {
  const whole = Math.floor(Math.abs(value) * 100 * NUDGE + 0.5);
  return (value < 0 && whole ? "−" : "") + (whole / 100).toFixed(2);
};

/** When the unit is awake. */
function ofUnit({ kind, layer, unit, text, machine }, { hidden, awake, many }) {
  const here = range(text.length).filter((k) => hidden[layer - 1][UNITS * k + unit - 1] > 0).length;
  const said = `Unit ${unit} of layer ${layer}, ${kind}: awake at ${here} of the ${text.length} characters`;
  if (!awake.length) return `${said}, and nowhere in the passage.`;
  const counts = Array(MANY).fill(0);
  for (const k of awake) counts[ALPHABET.indexOf(machine.passage[k])]++;
  const often = range(MANY).filter((k) => counts[k]).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, 3);
  return `${said} and at ${percent(awake.length / many)} of the passage, there most often at `
    + `${often.map((k) => `${named(ALPHABET[k])} (${percent(counts[k] / awake.length)})`).join(", ")}.`;
}

/** What the unit and the model make of the character that is spoken of. */
function ofPlace({ layer, unit, text }, { hidden, at, shares }) {
  const answers = hidden[layer - 1].subarray(UNITS * at, UNITS * (at + 1));
  const next = largest(shares, range(MANY), 3).map((k) => `${named(ALPHABET[k])} (${percent(shares[k])})`).join(", ");
  const said = `At character ${at + 1}, ${named(text[at])}, it answers ${decimal(answers[unit - 1])}, and `
    + `${answers.filter((each) => each > 0).length} of the ${UNITS} units of its layer are awake. The model expects ${next}`;
  const after = text[at + 1];
  return after === undefined ? `${said} next.` : `${said}; next comes ${named(after)} (${percent(shares[ALPHABET.indexOf(after)])}).`;
}

/** What the threshold strikes out and what that costs. */
function ofThreshold({ kind, threshold, machine }, { curve, zeros: each, loss }) {
  const whole = machine.curves[kind][0][1], here = curve[THRESHOLDS.indexOf(threshold)], many = LAYERS * UNITS * WIDTH;
  const share = mean(each), cost = threshold
    ? `, ${decimal(Math.abs(loss - whole))} ${loss >= whole ? "more" : "less"} than with nothing struck out` : "";
  return `Threshold ${threshold}: ${percent(share)} of the hidden activations in the passage are 0 (layer 1 ${percent(each[0])}, `
    + `layer 2 ${percent(each[1])}), so ${grouped(Math.floor(many * share * NUDGE + 0.5))} of ${grouped(many)} multiply-adds of the `
    + `second matrices could be skipped at each character. Loss: ${decimal(loss)} bits a character${cost}. In the text `
    + `${percent(here[0])} are 0, and the loss is ${decimal(here[1])}.`;
}

/** Say what wakes the unit, what the model expects, and what the threshold costs. */
export function reading(state, found = compute(state)) {
  return [ofUnit(state, found), ofPlace(state, found), ofThreshold(state, found)].join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const PAPER = [253, 253, 251], BELOW = [20, 120, 176], ABOVE = { ReLU: [183, 58, 9], GELU: [12, 123, 89] };
const LEAST = -0.17; // what GELU answers at its lowest
const DEEP = 0.65; // of a colour behind ink
const rgb = (over, part) => PAPER.map((each, k) => Math.round(each + (over[k] - each) * part));
const seen = (text) => text.replaceAll("\n", "↵");

/** The colour of an answer: the peak is the darkest; below 0, where only GELU answers, a pale blue. */
const tint = (value, peak, kind, deep) => (value < 0 ? rgb(BELOW, 0.3 * value / LEAST) : rgb(ABOVE[kind], deep * Math.min(1, value / (peak || 1))));

/** Answers, a row a unit and a column a character, as the address of a picture. */
function paint(answers, places, kind) {
  const canvas = document.createElement("canvas"), peak = answers.reduce((a, b) => Math.max(a, b));
  Object.assign(canvas, { width: places, height: UNITS });
  const context = canvas.getContext("2d"), pixels = context.createImageData(places, UNITS);
  answers.forEach((value, k) => {
    const shade = value > 0 ? Math.sqrt(value * peak) : value;
    pixels.data.set([...tint(shade, peak, kind, 1), 255], 4 * (k % UNITS * places + Math.floor(k / UNITS)));
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

function render({ model, el }) {
  const machine = model.get("machine"), presets = model.get("presets");
  const { state: now, change: set, hear } = traits(model, linked);
  const state = () => ({ machine, ...now() });
  const initial = now();
  let lettered = "", painted = ""; // for what the letters and the picture were made
  let letters = [];

  function change(values) {
    if ("text" in values) write(fault, "");
    set(values);
  }
  const within = (value, most) => Math.max(0, Math.min(most - 1, Math.floor(value)));
  function go(unit, place) {
    const values = { unit: within(unit, UNITS) + 1, place: within(place, model.get("text").length) + 1 };
    if (values.unit !== model.get("unit") || values.place !== model.get("place")) set(values);
  }

  // Controls
  const kinds = radios("φ", KINDS.map((kind) => [kind, kind]), (kind) => change({ kind }));
  const layers = radios("Layer", range(LAYERS).map((k) => [k + 1, k + 1]), (layer) => change({ layer }));
  const dial = (words, low, high, put) => {
    const shown = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: low, max: high, "aria-label": words.toLowerCase(), input: () => put(Number(input.value)) });
    return { input, shown, row: html("label", { class: "dial" }, html("span", {}, words), input, shown) };
  };
  const units = dial("Unit", 1, UNITS, (unit) => change({ unit }));
  const thresholds = dial("Threshold", 0, THRESHOLDS.length - 1, (at) => change({ threshold: THRESHOLDS[at] }));
  const fault = html("p", { class: "fault", role: "status" });
  const field = html("textarea", { rows: 3, spellcheck: "false", input: () => {
    try {
      checkText(field.value);
      change({ text: field.value });
    } catch (error) {
      write(fault, `The ${error.message}. The last text that fitted stays.`);
    }
  } });

  // Pictures
  const line = html("p", { class: "letters", role: "img", click: ({ target }) => {
    if (letters.includes(target)) go(model.get("unit") - 1, letters.indexOf(target));
  } });
  const still = { "vector-effect": "non-scaling-stroke" };
  const image = svg("image", { preserveAspectRatio: "none", x: 0, y: 0, height: UNITS });
  const frames = range(4).map((k) => svg("rect", { class: k < 2 ? "halo" : "edge", ...still }));
  const handle = svg("g", { class: "handle", role: "slider", tabindex: 0, "aria-label": "unit and character", "aria-valuemin": 1,
    keydown: (event) => {
      const unit = model.get("unit") - 1, last = model.get("text").length, at = Math.min(model.get("place"), last) - 1;
      const keys = { ArrowLeft: [unit, at - 1], ArrowRight: [unit, at + 1], ArrowUp: [unit - 1, at], ArrowDown: [unit + 1, at],
        Home: [unit, 0], End: [unit, last], PageUp: [0, at], PageDown: [UNITS, at] };
      if (!Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      go(...keys[event.key]);
    } }, ...frames);
  let held = false;
  const follow = ({ clientX, clientY }) => {
    const { left, top, width, height } = board.getBoundingClientRect();
    go(UNITS * (clientY - top) / height, model.get("text").length * (clientX - left) / width);
  };
  const drop = () => { held = false; };
  const board = svg("svg", { class: "answers", role: "group", preserveAspectRatio: "none", pointerdown: (event) => {
    held = true;
    board.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus({ preventScroll: true });
    follow(event);
  }, pointermove: (event) => { if (held) follow(event); }, pointerup: drop, pointercancel: drop }, image, handle);
  const title = (...words) => html("p", { class: "title" }, ...words);
  const above = title(), beside = title();
  const list = html("ol", { class: "contexts" });
  const [grid, whole, other, own] = ["lines", "whole", "other", "own"].map((name) => svg("path", { class: name, ...still }));
  const points = ["whole", "own"].map((name) => svg("path", { class: `point ${name}`, ...still }));
  const course = svg("svg", { role: "img", preserveAspectRatio: "none", viewBox: "0 0 1 1" }, grid, other, own, whole, ...points);
  const block = (name) => html("div", { class: name, "aria-hidden": "true" });
  const scale = block("scale"), numbers = block("numbers");
  const sample = (name) => svg("svg", { class: "sample", viewBox: "0 0 24 8", "aria-hidden": "true" }, svg("path", { class: name, d: "M0 4H24" }));
  const [mine, theirs] = [html("span"), html("span")];
  const key = title("Loss in bits a character, against the share of zeros: ", html("span", { class: "key" }, sample("whole"), mine),
    html("span", { class: "key" }, sample("other"), theirs), html("span", { class: "key" }, sample("own"), "your text"));
  const said = range(3).map(() => html("p", { class: "reading", "aria-live": "polite" }));

  keepKeys(el);
  const waking = html("div", { class: "waking" },
    html("div", { class: "controls" }, kinds.node, layers.node, units.row),
    line,
    html("div", { class: "wakes" }, html("div", {}, above, board), html("div", {}, beside, list)),
    said[0], said[1],
    html("div", { class: "controls cut" }, thresholds.row),
    html("div", { class: "course" }, key, scale, course, html("div"), numbers),
    said[2],
    html("div", { class: "controls" }, html("label", { class: "own-text" }, html("span", {}, "Your text"), field)),
    fault,
    examples([...Object.entries(presets).map(([words, values]) => button(words, () => change(values))),
      button("Reset", () => change(initial))]),
    html("p", { class: "hint" }, "A unit is awake where it answers above 0: the darker, the more. Blue: below 0, which only GELU answers. "
      + "Choose with the pointer, or with Tab and the arrow keys. The first matrix of a layer must be multiplied in full to know who is "
      + "awake; in the second, a zero saves a row."));
  el.append(waking);

  /** Build the letters of the text. */
  function letter({ text }) {
    letters = [...text].map((each) => html("span", {}, seen(each)));
    line.replaceChildren(...letters.flatMap((each, k) => (text[k] === "\n" ? [each, html("br")] : [each])));
  }

  function drawAnswers({ kind, layer, unit, text }, { hidden, at, contexts, awake, many }) {
    const answers = hidden[layer - 1], places = text.length, own = [...text].map((_, k) => answers[UNITS * k + unit - 1]);
    const peak = Math.max(contexts[0]?.[1] ?? 0, ...own);
    letters.forEach((each, k) => {
      each.style.background = own[k] ? `rgb(${tint(own[k], peak, kind, DEEP)})` : "";
      each.classList.toggle("here", k === at);
    });
    const woken = [...text].map((each, k) => [k, each]).filter(([k]) => own[k] > 0);
    line.setAttribute("aria-label", `The text: ${seen(text)} Unit ${unit} is awake at `
      + `${woken.map(([k, each]) => `${k + 1} ${named(each)}`).join(", ") || "no character"}`);
    const picture = [kind, layer, model.get("threshold"), text].join();
    if (painted !== picture) {
      board.setAttribute("viewBox", `0 0 ${places} ${UNITS}`);
      image.setAttribute("width", places);
      image.setAttribute("href", paint(answers, places, kind));
      board.setAttribute("aria-label", `What the ${UNITS} units of layer ${layer} answer at ${places} characters: `
        + `${percent(zeros(answers))} are 0`);
    }
    painted = picture;
    frames.forEach((frame, k) => {
      const row = { x: 0, y: unit - 1, width: places, height: 1 }, column = { x: at, y: 0, width: 1, height: UNITS };
      for (const [name, value] of Object.entries(k % 2 ? column : row)) frame.setAttribute(name, value);
    });
    for (const [name, value] of [["max", UNITS * places], ["now", (unit - 1) * places + at + 1],
      ["text", `unit ${unit}, character ${at + 1}, ${named(text[at])}, answers ${decimal(own[at])}`]]) {
      handle.setAttribute(`aria-value${name}`, value);
    }
    write(above, `The ${UNITS} units of layer ${layer}, a row each; your text, a column a character`);
    write(beside, !awake.length ? `Nothing among ${grouped(many)} other characters wakes unit ${unit}` : `Of ${grouped(many)} other characters, those that wake unit ${unit} most`);
    list.replaceChildren(...contexts.map(([words, value]) => html("li", {},
      html("span", { class: "before" }, seen(words.slice(0, -1)),
        Object.assign(html("mark", {}, seen(words.slice(-1))), { style: `background: rgb(${tint(value, peak, kind, DEEP)})` })),
      html("span", { class: "answer" }, decimal(value)))));
  }

  function drawCourse({ kind, threshold }, { curve }) {
    const curves = machine.curves, rest = KINDS.find((each) => each !== kind);
    const losses = [...curves[kind], ...curves[rest], ...curve].map(([, loss]) => loss);
    const low = Math.floor(Math.min(...losses)), high = Math.max(Math.ceil(Math.max(...losses)), low + 1);
    const y = (loss) => ((high - loss) / (high - low)).toFixed(4);
    const path = (points) => `M${points.map(([share, loss]) => `${share.toFixed(4)} ${y(loss)}`).join("L")}`;
    const step = Math.ceil((high - low) / 5), marks = range(Math.floor((high - low) / step) + 1).map((k) => low + k * step);
    grid.setAttribute("d", marks.map((loss) => `M0 ${y(loss)}H1`).join(""));
    for (const [node, points] of [[whole, curves[kind]], [other, curves[rest]], [own, curve]]) node.setAttribute("d", path(points));
    const at = THRESHOLDS.indexOf(threshold);
    [curves[kind], curve].forEach((each, k) => points[k].setAttribute("d", `${path([each[at]])}h0`));
    const put = (node, side, words) => node.replaceChildren(...words.map(([share, text]) =>
      html("span", { style: `${side}: ${(100 * share).toFixed(2)}%` }, text)));
    put(scale, "top", marks.map((loss) => [y(loss), loss]));
    put(numbers, "left", range(5).map((k) => [k / 4, `${25 * k} %`]));
    write(mine, `the passage, ${kind}`);
    write(theirs, rest);
    const [first, last] = [curves[kind][at], curve[at]];
    course.setAttribute("aria-label", `Loss against the share of zeros. In the passage ${decimal(first[1])} bits at ${percent(first[0])}, `
      + `in the text ${decimal(last[1])} bits at ${percent(last[0])}`);
  }

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present);
    waking.dataset.kind = present.kind;
    kinds.mark(present.kind);
    layers.mark(present.layer);
    for (const [{ input, shown }, value, words] of [[units, present.unit, present.unit],
      [thresholds, THRESHOLDS.indexOf(present.threshold), present.threshold]]) {
      input.value = value;
      input.setAttribute("aria-valuetext", words);
      write(shown, String(words));
    }
    if (lettered !== present.text) letter(present);
    lettered = present.text;
    if (field.value !== present.text && !fault.textContent) field.value = present.text;
    drawAnswers(present, found);
    drawCourse(present, found);
    [ofUnit, ofPlace, ofThreshold].forEach((say, k) => write(said[k], say(present, found)));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
