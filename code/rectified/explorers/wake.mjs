// A small trained transformer reads a text: what wakes each hidden unit, and what it costs to silence the rest.
//
// A state is { kind, block, unit, threshold, text, place, machine, presets }. The machine holds for each kind a model, in
// whole bytes times a scale for each matrix; a passage that none learned; and on it the curve of zeros and loss.

import { button, examples, grouped, html, keepKeys, radios, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["kind", "block", "unit", "threshold", "text", "place"];

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ALPHABET = `\n !',-.:;?${LETTERS.toUpperCase()}${LETTERS}`, MANY = ALPHABET.length;
const KINDS = ["ReLU", "GELU"];
const WIDTH = 32, BLOCKS = 2, UNITS = 64, HEADS = 4, CONTEXT = 64, SIZE = WIDTH / HEADS;
const range = (count) => Array.from({ length: count }, (_, k) => k);
const THRESHOLDS = [...range(11).map((k) => k / 20), ...range(15).map((k) => (k + 6) / 10), 2.5];
const MOST = 10, BEFORE = 15; // contexts listed, and characters before the last of each
const EPSILON = 1e-5, TINY = 1e-9; // in the root of a norm; and what counts as 0
const NUDGE = 1 + 1e-9, EXACT = 1e6; // ties round up; and answers closer than this part of 1 are equal
const SHAPES = [["characters", MANY * WIDTH], ["places", CONTEXT * WIDTH],
  ...range(BLOCKS).flatMap((k) => [["gain1", WIDTH], ["shift1", WIDTH], ["asks", WIDTH * 3 * WIDTH], ["says", WIDTH * WIDTH],
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

/** Rows times a matrix of so many columns; zeros are skipped. */
function times(rows, inputs, matrix, units) {
  const sums = new Float64Array(rows.length / inputs * units);
  for (let k = 0; k < rows.length; k++) {
    if (rows[k] === 0) continue;
    const to = Math.floor(k / inputs) * units, from = k % inputs * units;
    for (let j = 0; j < units; j++) sums[to + j] += rows[k] * matrix[from + j];
  }
  return sums;
}

/** Vectors of mean 0 and variance 1, scaled and shifted. */
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

/** Powers of e, as shares of 1. */
function softmax(sums) {
  const most = sums.reduce((a, b) => Math.max(a, b)), parts = sums.map((each) => Math.exp(each - most));
  const all = parts.reduce((a, b) => a + b);
  return parts.map((each) => each / all);
}

const added = (x, y) => x.map((each, k) => each + y[k]);

/** A block up to its hidden activations, and what goes on beside them. */
function half(net, block, x, kind) {
  const asked = times(normed(x, net[`gain1${block}`], net[`shift1${block}`]), WIDTH, net[`asks${block}`], 3 * WIDTH);
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
  const on = added(x, times(heard, WIDTH, net[`says${block}`], WIDTH));
  const sums = times(normed(on, net[`gain2${block}`], net[`shift2${block}`]), WIDTH, net[`into${block}`], UNITS);
  return { on, hidden: sums.map(PHI[kind]) };
}

/** The first half of block 1, which no threshold changes. */
function begin(net, codes, kind) {
  const x = new Float64Array(codes.length * WIDTH);
  codes.forEach((code, i) => {
    for (let j = 0; j < WIDTH; j++) x[i * WIDTH + j] = net.characters[code * WIDTH + j] + net.places[i * WIDTH + j];
  });
  return half(net, 0, x, kind);
}

/** The rest: the activations after the threshold, block by block, and the sums for what comes next. */
function finish(net, { on, hidden }, kind, threshold) {
  const kept = [], least = Math.max(threshold, TINY);
  for (let block = 0; block < BLOCKS; block++) {
    if (block) ({ on, hidden } = half(net, block, on, kind));
    kept.push(hidden.map((value) => (Math.abs(value) < least ? 0 : value)));
    on = added(on, times(kept[block], UNITS, net[`out${block}`], WIDTH));
  }
  const { characters } = net; // serve at the end too, as columns
  net.columns ??= characters.map((_, k) => characters[k % MANY * WIDTH + Math.floor(k / MANY)]);
  return { hidden: kept, sums: times(normed(on, net.gain, net.shift), WIDTH, net.columns, MANY) };
}

/** A text with straight quotation marks and apostrophes, which phones bend. */
const straight = (text) => text.replace(/[‘’]/g, "'").replace(/[“”]/g, '"');

const encoded = (text) => [...text].map((each) => ALPHABET.indexOf(each));
const sharesAt = (sums, place) => softmax(sums.subarray(MANY * place, MANY * (place + 1)));

/** How many bits each character after the first costs. */
const bits = (sums, codes) => codes.slice(1).map((code, i) => -Math.log2(sharesAt(sums, i)[code]));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const zeros = (values) => values.reduce((count, value) => count + (value === 0), 0) / values.length;

/** A function that remembers what it made of the last few states, which `keyOf` tells apart. */
function remembering(keyOf, make) {
  const made = new Map();
  return (state) => {
    const key = JSON.stringify(keyOf(state));
    if (!made.has(key)) {
      if (made.size === 4) made.delete(made.keys().next().value);
      made.set(key, make(state));
    }
    return made.get(key);
  };
}
const keptOf = ({ machine, kind }) => machine.kinds[kind];
const modelOf = remembering(keptOf, (state) => unpack(keptOf(state)));

/** The text: its first half, and zeros and loss at every threshold. */
const ofText = remembering((state) => [keptOf(state), state.kind, state.text], (state) => {
  const net = modelOf(state), codes = encoded(state.text), first = begin(net, codes, state.kind);
  const curve = THRESHOLDS.map((threshold) => {
    const { hidden, sums } = finish(net, first, state.kind, threshold);
    return [mean(hidden.map(zeros)), mean(bits(sums, codes))];
  });
  return { first, curve };
});

/** The passage in stretches, and the first half of each. */
const stretches = remembering((state) => [keptOf(state), state.kind, state.machine.passage], (state) => {
  const all = encoded(state.machine.passage);
  return range((all.length - 1) / CONTEXT).map((k) => {
    const codes = all.slice(CONTEXT * k, CONTEXT * (k + 1) + 1);
    return { codes, first: begin(modelOf(state), codes.slice(0, -1), state.kind) };
  });
});

/** The passage: share of zeros in each block, loss, and activations, a list of stretches a block. */
const ofPassage = remembering((state) => [keptOf(state), state.kind, state.machine.passage, state.threshold], (state) => {
  const read = stretches(state).map(({ codes, first }) => ({ codes, ...finish(modelOf(state), first, state.kind, state.threshold) }));
  const hidden = range(BLOCKS).map((block) => read.map((each) => each.hidden[block]));
  return {
    zeros: hidden.map((all) => mean(all.map(zeros))), loss: mean(read.flatMap(({ codes, sums }) => bits(sums, codes))), hidden,
  };
});

/** The places of the largest few numbers, equal ones in order. */
const largest = (values, places, most) => places.map((k) => [Math.floor(EXACT * values[k] + 0.5), k])
  .sort(([a, i], [b, j]) => b - a || i - j).slice(0, most).map(([, k]) => k);

/** What the picture shows of text and passage. */
export function compute(state) {
  const { kind, block, unit, threshold, text, place, machine } = state, { first, curve } = ofText(state);
  const { hidden, sums } = finish(modelOf(state), first, kind, threshold), passage = ofPassage(state);
  const at = Math.min(place, text.length) - 1, shares = [...sharesAt(sums, at)];
  const answers = passage.hidden[block - 1].flatMap((each) => range(CONTEXT).map((k) => each[UNITS * k + unit - 1]));
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
  for (const [name, most] of [["block", BLOCKS], ["unit", UNITS], ["place", CONTEXT]]) {
    expect(range(most).includes(state[name] - 1), `${name} is “${state[name]}”; expected a whole number from 1 to ${most}`);
  }
  expect(THRESHOLDS.includes(state.threshold), `threshold is “${state.threshold}”; expected one of ${THRESHOLDS.join(", ")}`);
  const letters = [...state.text], many = letters.length, wrong = letters.findIndex((each) => !ALPHABET.includes(each));
  expect(many >= 2 && many <= CONTEXT, `text has ${many} ${many === 1 ? "character" : "characters"}; expected 2 to ${CONTEXT}`);
  expect(wrong < 0, `text has “${letters[wrong]}” as its character ${wrong + 1}; expected a letter from A to Z or a to z, a space, `
    + "a new line, or one of !',-.:;?");
}

// --- In words ----------------------------------------------------------------------------------------------

const seen = (text) => text.replaceAll("\n", "↵");
const named = (character) => ({ "\n": "new line", " ": "space" })[character] ?? `“${seen(character)}”`;
const percent = (share) => `${Math.floor(100 * share * NUDGE + 0.5)} %`;
const decimal = (value) => {
  const whole = Math.floor(Math.abs(value) * 100 * NUDGE + 0.5);
  return (value < 0 && whole ? "−" : "") + (whole / 100).toFixed(2);
};

/** When the unit is awake. */
function ofUnit({ kind, block, unit, text, machine }, { hidden, awake, many }) {
  const here = range(text.length).filter((k) => hidden[block - 1][UNITS * k + unit - 1] > 0).length;
  const said = `Unit ${unit} of block ${block}, ${kind}: awake at ${here} of the ${text.length} characters`;
  if (!awake.length) return `${said}, and nowhere in the passage.`;
  const counts = Array(MANY).fill(0);
  for (const k of awake) counts[ALPHABET.indexOf(machine.passage[k])]++;
  const often = range(MANY).filter((k) => counts[k]).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, 3);
  return `${said} and at ${percent(awake.length / many)} of the passage, there most often at `
    + `${often.map((k) => `${named(ALPHABET[k])} (${percent(counts[k] / awake.length)})`).join(", ")}.`;
}

/** What unit and model make of the character. */
function ofPlace({ block, unit, text }, { hidden, at, shares }) {
  const answers = hidden[block - 1].subarray(UNITS * at, UNITS * (at + 1));
  const next = largest(shares, range(MANY), 3).map((k) => `${named(ALPHABET[k])} (${percent(shares[k])})`).join(", ");
  const said = `At character ${at + 1}, ${named(text[at])}, it answers ${decimal(answers[unit - 1])}, and `
    + `${answers.filter((each) => each > 0).length} of the ${UNITS} units of its block are awake. The model expects ${next}`;
  const after = text[at + 1];
  return after === undefined ? `${said} next.` : `${said}; next comes ${named(after)} (${percent(shares[ALPHABET.indexOf(after)])}).`;
}

/** What the threshold strikes out and what that costs. */
function ofThreshold({ kind, threshold, machine }, { curve, zeros: each, loss }) {
  const whole = machine.curves[kind][0][1], here = curve[THRESHOLDS.indexOf(threshold)], many = BLOCKS * UNITS * WIDTH;
  const share = mean(each), cost = threshold
    ? `, ${decimal(Math.abs(loss - whole))} ${loss >= whole ? "more" : "less"} than with nothing struck out` : "";
  return `Threshold ${threshold}: ${percent(share)} of the hidden activations in the passage are 0 (block 1 ${percent(each[0])}, `
    + `block 2 ${percent(each[1])}), so ${grouped(Math.floor(many * share * NUDGE + 0.5))} of ${grouped(many)} multiply-adds of the `
    + `second matrices could be skipped at each character. Loss: ${decimal(loss)} bits a character${cost}. In the text `
    + `${percent(here[0])} are 0, and the loss is ${decimal(here[1])}.`;
}

/** Say all three. */
export function reading(state, found = compute(state)) {
  return [ofUnit(state, found), ofPlace(state, found), ofThreshold(state, found)].join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const PAPER = [253, 253, 251], BELOW = [20, 120, 176], ABOVE = { ReLU: [183, 58, 9], GELU: [12, 123, 89] };
const LEAST = -0.17; // what GELU answers at its lowest
const DEEP = 0.65; // of a colour behind ink
const rgb = (over, part) => PAPER.map((each, k) => Math.round(each + (over[k] - each) * part));

/** The colour of an answer: the peak is the darkest, below 0 is a pale blue. */
const tint = (value, peak, kind, deep) => (value < 0 ? rgb(BELOW, 0.3 * value / LEAST) : rgb(ABOVE[kind], deep * Math.min(1, value / (peak || 1))));

/** Answers as the address of a picture, a row a unit. */
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
  let letters = [], last; // the last text that fitted

  /** Set values; with a text, what is in the field and did not fit is given up. */
  function change(values) {
    set(values);
    if ("text" in values) refill(values.text);
  }

  function refill(text) {
    write(fault, "");
    if (field.value !== text) field.value = text; // else the caret would move
    last = text;
  }
  const within = (value, most) => Math.max(0, Math.min(most - 1, Math.floor(value))) + 1;
  const go = (unit, place) => set({ unit: within(unit, UNITS), place: within(place, model.get("text").length) });

  // Controls
  const kinds = radios("φ", KINDS.map((kind) => [kind, kind]), (kind) => change({ kind }));
  const blocks = radios("Block", range(BLOCKS).map((k) => [k + 1, k + 1]), (block) => change({ block }));
  const dial = (words, low, high, put) => {
    const shown = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: low, max: high, "aria-label": words.toLowerCase(), input: () => put(Number(input.value)) });
    const show = (value, said) => {
      input.value = value;
      input.setAttribute("aria-valuetext", said);
      write(shown, String(said));
    };
    return { show, row: html("label", { class: "dial" }, html("span", {}, words), input, shown) };
  };
  const units = dial("Unit", 1, UNITS, (unit) => change({ unit }));
  const thresholds = dial("Threshold", 0, THRESHOLDS.length - 1, (at) => change({ threshold: THRESHOLDS[at] }));
  const fault = html("p", { class: "fault", role: "status" });
  const field = html("textarea", { rows: 3, spellcheck: "false", input: () => {
    const text = straight(field.value);
    if (text !== field.value) {
      const at = field.selectionEnd;
      field.value = text;
      field.setSelectionRange(at, at);
    }
    try {
      check({ ...state(), text });
    } catch (error) {
      write(fault, `The ${error.message}. The last text that fitted stays.`);
      return;
    }
    change({ text });
  } });

  // Pictures
  const line = html("p", { class: "letters", role: "img", click: ({ target }) => {
    if (letters.includes(target)) go(model.get("unit") - 1, letters.indexOf(target));
  } });
  const still = { "vector-effect": "non-scaling-stroke" };
  const image = svg("image", { preserveAspectRatio: "none", x: 0, y: 0, height: UNITS });
  const row = svg("rect", { x: 0, height: 1, ...still }), column = svg("rect", { y: 0, width: 1, height: UNITS, ...still });
  const handle = svg("g", { class: "handle", role: "slider", tabindex: 0, "aria-label": "unit and character", "aria-valuemin": 1,
    keydown: (event) => {
      const unit = model.get("unit") - 1, last = model.get("text").length, at = Math.min(model.get("place"), last) - 1;
      const keys = { ArrowLeft: [unit, at - 1], ArrowRight: [unit, at + 1], ArrowUp: [unit - 1, at], ArrowDown: [unit + 1, at],
        Home: [unit, 0], End: [unit, last], PageUp: [0, at], PageDown: [UNITS, at] };
      if (!Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      go(...keys[event.key]);
    } }, row, column);
  let held = false;
  const follow = ({ clientX, clientY }) => {
    const { left, top, width, height } = board.getBoundingClientRect();
    go(UNITS * (clientY - top) / height, model.get("text").length * (clientX - left) / width);
  };
  const board = svg("svg", { class: "answers", role: "group", preserveAspectRatio: "none", pointerdown: (event) => {
    held = true;
    board.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus({ preventScroll: true });
    follow(event);
  }, pointermove: (event) => { if (held) follow(event); }, lostpointercapture: () => { held = false; } }, image, handle);
  const title = (...words) => html("p", { class: "title" }, ...words);
  const above = title(), beside = title();
  const list = html("ol", { class: "contexts" });
  const [grid, whole, other, own] = ["lines", "whole", "other", "own"].map((name) => svg("path", { class: name, ...still }));
  const points = ["whole", "own"].map((name) => svg("path", { class: `point ${name}`, ...still }));
  const course = svg("svg", { role: "img", preserveAspectRatio: "none", viewBox: "0 0 1 1" }, grid, other, own, whole, ...points);
  const [scale, numbers] = ["scale", "numbers"].map((name) => html("div", { class: name, "aria-hidden": "true" }));
  const sample = (name, words) => html("span", { class: "key" },
    svg("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, svg("path", { class: name, d: "M0 4H24" })), words);
  const mine = html("span"), theirs = html("span");
  const key = title("Loss in bits a character, against the share of zeros: ", sample("whole", mine), sample("other", theirs),
    sample("own", "your text"));
  const said = range(3).map(() => html("p", { class: "reading", "aria-live": "polite" }));

  keepKeys(el);
  const waking = html("div", { class: "waking" },
    html("div", { class: "controls" }, kinds.node, blocks.node, units.row),
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
    html("p", { class: "hint" }, "A unit is awake where it answers above 0: the darker, the more. Blue: below 0, which only GELU answers; "
      + "nearer than a billionth counts as 0. The first matrix of a block is always needed in full; in the second, a zero saves a row."));
  el.append(waking);

  function drawAnswers({ kind, block, unit, text }, { hidden, at, contexts, awake, many }) {
    const answers = hidden[block - 1], places = text.length, own = [...text].map((_, k) => answers[UNITS * k + unit - 1]);
    const peak = Math.max(contexts[0]?.[1] ?? 0, ...own);
    const shade = (value) => (value ? `background: rgb(${tint(value, peak, kind, DEEP)})` : "");
    letters = own.map((value, k) => html("span", { class: k === at && "here", style: shade(value) }, seen(text[k])));
    line.replaceChildren(...letters.flatMap((each, k) => (text[k] === "\n" ? [each, html("br")] : [each])));
    const woken = [...text].map((each, k) => (own[k] > 0 ? each : "\0")).join("").split(/\0+/).filter(Boolean);
    line.setAttribute("aria-label", `The text: ${seen(text)} Unit ${unit} is awake at ${woken.map(named).join(", ") || "no character"}`);
    board.setAttribute("viewBox", `0 0 ${places} ${UNITS}`);
    board.setAttribute("aria-label", `What the ${UNITS} units answer at ${places} characters: ${percent(zeros(answers))} are 0`);
    for (const each of [image, row]) each.setAttribute("width", places);
    image.setAttribute("href", paint(answers, places, kind));
    row.setAttribute("y", unit - 1);
    column.setAttribute("x", at);
    for (const [name, value] of [["max", UNITS * places], ["now", (unit - 1) * places + at + 1],
      ["text", `unit ${unit}, character ${at + 1}, ${named(text[at])}, answers ${decimal(own[at])}`]]) {
      handle.setAttribute(`aria-value${name}`, value);
    }
    write(above, `The ${UNITS} units of block ${block}, a row each; your text, a column a character`);
    write(beside, awake.length ? `Of ${grouped(many)} other characters, those that wake unit ${unit} most`
      : `None of ${grouped(many)} other characters wakes unit ${unit}`);
    list.replaceChildren(...contexts.map(([words, value]) => html("li", {},
      html("span", { class: "before" }, seen(words.slice(0, -1)),
        html("mark", { style: shade(value) }, seen(words.slice(-1)))),
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
    const at = THRESHOLDS.indexOf(threshold), both = [curves[kind][at], curve[at]], said = both.map(([share, loss]) =>
      `${decimal(loss)} bits at ${percent(share)}`);
    both.forEach((each, k) => points[k].setAttribute("d", `${path([each])}h0`));
    const put = (node, side, words) => node.replaceChildren(...words.map(([share, text]) =>
      html("span", { style: `${side}: ${(100 * share).toFixed(2)}%` }, text)));
    put(scale, "top", marks.map((loss) => [y(loss), loss]));
    put(numbers, "left", range(5).map((k) => [k / 4, `${25 * k} %`]));
    write(mine, `the passage, ${kind}`);
    write(theirs, rest);
    course.setAttribute("aria-label", `Loss against the share of zeros: in the passage ${said[0]}, in the text ${said[1]}`);
  }

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present);
    waking.dataset.kind = present.kind;
    kinds.mark(present.kind);
    blocks.mark(present.block);
    units.show(present.unit, present.unit);
    thresholds.show(THRESHOLDS.indexOf(present.threshold), present.threshold);
    if (present.text !== last) refill(present.text); // else what does not fit stays, to be mended
    drawAnswers(present, found);
    drawCourse(present, found);
    [ofUnit, ofPlace, ofThreshold].forEach((say, k) => write(said[k], say(present, found)));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
