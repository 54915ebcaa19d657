// Rosenblatt's error correction on points of the plane: drag them, and step from mistake to mistake.
//
// A state is { points, step, presets }. Points are one word, "x3.-4_o0.10": x filled (+1), o open (−1), tenths across
// and up, from −10 to 10. Everything is counted in tenths, so every number below is whole and exact.

import { button, examples, grouped, html, keepKeys, rest, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["points", "step"];

const REACH = 10;
const MOST = 12; // points
const LIMIT = 1000; // mistakes that are followed

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

const dot = (u, v) => u.reduce((sum, value, k) => sum + value * v[k], 0);

/** Points as a list of { x, y, label }, and back. */
const read = (word) => word.split("_").map((each) => {
  const [x, y] = each.slice(1).split(".").map(Number);
  return { x, y, label: each[0] === "x" ? 1 : -1 };
});
const word = (points) => points.map(({ x, y, label }) => `${label > 0 ? "x" : "o"}${x}.${y}`).join("_");

const seen = ({ x, y }) => [x, y, REACH]; // the third input is constant

/** The course of learning: { path: [[point, weights], …], returns: [first (0: the start), again] or null, learned, bound or null }. */
export function compute({ points }) {
  const all = read(points);
  const path = [], met = new Map([[`${all.length - 1},0,0,0`, 0]]); // where it starts: before the first point
  let weights = [0, 0, 0], since = 0, i = 0, returns = null;
  while (since < all.length && path.length < LIMIT && !returns) {
    const { label } = all[i], input = seen(all[i]);
    since += 1;
    if (label * dot(input, weights) <= 0) {
      weights = weights.map((weight, k) => weight + label * input[k]);
      since = 0;
      path.push([i, weights]);
      const state = `${i},${weights}`;
      if (met.has(state)) returns = [met.get(state), path.length];
      else met.set(state, path.length);
    }
    i = (i + 1) % all.length;
  }
  return { path, returns, learned: since >= all.length, bound: bound(all) };
}

/** The whole part of (R/γ)² for the largest margin γ, or null: the nearest mixture of at most three points is sought. */
function bound(all) {
  const signed = all.map((point) => seen(point).map((value) => point.label * value));
  const reach = Math.max(...signed.map((z) => dot(z, z)));
  for (const few of groups(signed)) {
    const [shares, whole] = mixture(few.map((u) => few.map((v) => dot(u, v))));
    if (whole <= 0 || Math.min(...shares) < 0) continue;
    const nearest = [0, 1, 2].map((k) => few.reduce((sum, z, j) => sum + shares[j] * z[k], 0));
    const product = reach * shares.reduce((sum, share) => sum + share, 0);
    if (signed.every((z) => dot(nearest, z) >= whole)) return (product - product % whole) / whole;
  }
  return null;
}

function* groups(items) {
  for (const a of items) yield [a];
  for (let i = 0; i < items.length; i++) for (let j = i + 1; j < items.length; j++) yield [items[i], items[j]];
  for (let i = 0; i < items.length; i++) {
    for (let j = i + 1; j < items.length; j++) {
      for (let k = j + 1; k < items.length; k++) yield [items[i], items[j], items[k]];
    }
  }
}

/** The whole numbers a and d for which gram · a = d in every row: Cramer's rule, up to three by three. */
function mixture(gram) {
  if (gram.length === 1) return [[1], gram[0][0]];
  if (gram.length === 2) {
    const [[a, b], [, c]] = gram;
    return [[c - b, a - b], a * c - b * b];
  }
  const [[a, b, c], [, e, f], [, , i]] = gram;
  const rows = [
    [e * i - f * f, c * f - b * i, b * f - c * e],
    [c * f - b * i, a * i - c * c, b * c - a * f],
    [b * f - c * e, b * c - a * f, a * e - b * b],
  ];
  return [rows.map((row) => row[0] + row[1] + row[2]), dot(gram[0], rows[0])];
}

/** Throw an error that names the first thing wrong with a state. */
export function check({ points, step }) {
  const words = String(points).split("_");
  for (const word of words) {
    const fits = /^[xo]-?\d{1,2}\.-?\d{1,2}$/.test(word)
      && word.slice(1).split(".").every((part) => Math.abs(Number(part)) <= REACH);
    if (!fits) {
      throw new Error(`points holds “${word}”; expected words such as x3.-4, joined by _, whole numbers from -${REACH} to ${REACH}`);
    }
  }
  if (words.length > MOST) throw new Error(`points has ${words.length} points; expected at most ${MOST}`);
  if (!Number.isInteger(step) || step < 0 || step > LIMIT) {
    throw new Error(`step is “${step}”; expected a whole number from 0 to ${LIMIT}`);
  }
}

const tenths = (value) => (value / REACH).toFixed(1).replace("-", "−");
const called = ({ x, y, label }, i) =>
  `point ${i + 1}, ${label > 0 ? "filled" : "open"}, at ${tenths(x)} and ${tenths(y)}`;

const atMost = (most) => (most === 1 ? "is at most 1 mistake" : `are at most ${grouped(most)} mistakes`);

/** Where learning stands at the present step: { step, at, weights, wrong }, and the whole lesson. */
function standing({ points, step }) {
  const all = read(points), lesson = compute({ points });
  const now = Math.min(step, lesson.path.length);
  const [at, weights] = now ? lesson.path[now - 1] : [null, [0, 0, 0]];
  const wrong = all.map((point) => point.label * dot(seen(point), weights) <= 0);
  return { all, lesson, step: now, at, weights, wrong };
}

/** Say in a few words how learning stands. */
export function reading(state) {
  const { all, lesson, step, at, weights, wrong } = standing(state);
  const { path, returns, learned, bound: most } = lesson;
  const said = [];
  if (step) {
    const [p, q, r] = weights.map(tenths);
    said.push(`Mistake ${step}${learned ? ` of ${path.length}` : ""}.`);
    said.push(`The machine was wrong about ${called(all[at], at)}.`);
    said.push(`Weights ${p}, ${q}, and ${r} for the constant: ${wrong.filter(Boolean).length} of ${all.length} wrong.`);
  } else {
    said.push(`No mistake yet${learned ? `, of ${path.length} to come` : ""}.`);
    said.push("All weights are 0: the machine says nothing, and that counts as wrong.");
  }
  if (most !== null) said.push(`A line exists, so there ${atMost(most)}.`);
  else if (returns && step === returns[1]) {
    const first = returns[0] ? `after mistake ${returns[0]}` : "at the start";
    said.push(`No line separates these points: after mistake ${step} all is as it was ${first}.`);
  } else said.push("No line separates these points.");
  if (!learned && !returns) said.push(`Only the first ${grouped(LIMIT)} mistakes are followed here.`);
  return said.join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const PACE = 700; // milliseconds a mistake when running,
const LONGEST = 15000; // unless all of them would take longer than this;
const FASTEST = 100; // and if even this is too slow, it runs by several at a time
const EDGE = REACH + 1;
const LOOK = `
.explorer .plane { display: block; width: 100%; max-width: 30rem; aspect-ratio: 1; margin: 0 auto; border: 1px solid var(--muted); touch-action: pan-y; }
.explorer .plane .tint { fill: var(--now); }
.explorer .plane .axes { stroke: var(--faint); stroke-width: 0.06; }
.explorer .plane .line { stroke: var(--ink); stroke-width: 0.12; }
.explorer .plane .normal { stroke: var(--accent); stroke-width: 0.14; fill: none; }
.explorer .plane .point { cursor: grab; outline: none; touch-action: none; }
.explorer .plane .point .reach { fill: transparent; }
.explorer .plane .point .dot { stroke: var(--ink); stroke-width: 0.14; fill: none; }
.explorer .plane .point.filled .dot { fill: var(--ink); }
.explorer .plane .point.at .dot { stroke: var(--accent); }
.explorer .plane .point.at.filled .dot { fill: var(--accent); }
.explorer .plane .point.wrong .ring { stroke: var(--inhibits); stroke-width: 0.12; stroke-dasharray: 0.3 0.2; fill: none; }
.explorer .plane .point .ring { fill: none; }
.explorer .plane .point.chosen .reach { stroke: var(--muted); stroke-width: 0.06; }
.explorer .plane .point:focus-visible .reach { stroke: var(--ink); stroke-width: 0.16; }
.explorer .controls input[type="range"] { flex: 1 1 8rem; min-width: 6rem; height: 2em; margin: 0; accent-color: var(--accent); }
.explorer .controls button:disabled { color: var(--muted); background: none; border-style: dashed; cursor: default; }
.explorer .reading.long { min-height: 4.5em; }
@media (max-width: 520px) {
  .explorer .reading.long { min-height: 9em; }
  .explorer .controls :is(button, input[type="range"]) { min-height: 2.6em; }
}
`;

function render({ model, el }) {
  const { state, change, hear } = traits(model, linked);
  const initial = state();
  const presets = model.get("presets");
  let timer = null;
  let chosen = 0; // the point that the buttons speak of: the one last touched or reached by Tab
  let held = false; // whether the pointer holds it
  let nodes = [];

  const total = () => compute(state()).path.length;
  const go = (step) => change({ step: Math.max(0, Math.min(total(), step)) });
  const here = () => Math.min(model.get("step"), total());
  const by = (steps) => () => { run(false); go(here() + steps); };

  function run(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
      if (here() === total()) go(0);
      const left = total() - here();
      const stride = Math.ceil(left * FASTEST / LONGEST);
      timer = setInterval(() => {
        go(here() + stride);
        if (here() === total()) run(false);
      }, Math.min(PACE, LONGEST / Math.ceil(left / stride)));
    }
    runner.textContent = on ? "Pause" : "Run";
  }

  // Points: moved, turned to the other class, added, removed
  function put(i, values) {
    const all = read(model.get("points"));
    const within = (value) => Math.max(-REACH, Math.min(REACH, value));
    const { x, y, label } = { ...all[i], ...values };
    all[i] = { x: within(x), y: within(y), label };
    change({ points: word(all) });
  }
  function add(label) {
    const all = read(model.get("points"));
    if (all.length === MOST) return;
    const free = (x, y) => !all.some((point) => Math.abs(point.x - x) < 2 && Math.abs(point.y - y) < 2);
    for (let k = 0; k <= 2 * REACH; k += 2) { // along growing squares round the middle
      for (let y = k; y >= -k; y -= 2) {
        for (let x = -k; x <= k; x += 2) {
          if (k > REACH || Math.max(Math.abs(x), Math.abs(y)) !== k || !free(x, y)) continue;
          change({ points: word([...all, { x, y, label }]) });
          nodes.at(-1).focus();
          return;
        }
      }
    }
  }
  const turn = (i) => put(i, { label: -read(model.get("points"))[i].label });
  function remove(i) {
    const all = read(model.get("points"));
    if (all.length === 1) return;
    chosen = Math.min(i, all.length - 2);
    change({ points: word(all.filter((_, k) => k !== i)) });
    nodes[chosen].focus();
  }
  function press(event, i) {
    const { x, y } = read(model.get("points"))[i];
    const far = event.shiftKey ? 5 : 1;
    const keys = {
      ArrowLeft: () => put(i, { x: x - far }), ArrowRight: () => put(i, { x: x + far }),
      ArrowDown: () => put(i, { y: y - far }), ArrowUp: () => put(i, { y: y + far }),
      " ": () => turn(i), Enter: () => turn(i),
      Delete: () => remove(i), Backspace: () => remove(i),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  }
  function drag(event) {
    if (!held) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(plane.getScreenCTM().inverse());
    put(chosen, { x: Math.round(x), y: Math.round(-y) });
  }

  // Controls
  const runner = button("Run", () => run(timer === null));
  const slider = html("input", { type: "range", min: 0, "aria-label": "mistake",
    input: () => { run(false); go(Number(slider.value)); } });
  const back = button("Back", by(-1));
  const forward = button("Forward", by(1));
  const adders = [["Add filled", 1], ["Add open", -1]].map(([words, label]) => button(words, () => add(label)));
  const turner = button("", () => turn(chosen));
  const remover = button("", () => remove(chosen));
  const said = html("p", { class: "reading long", "aria-live": "polite" });
  const tint = svg("polygon", { class: "tint" });
  const line = svg("path", { class: "line" });
  const normal = svg("path", { class: "normal" });
  const dots = svg("g");
  const plane = svg("svg", {
    class: "plane", viewBox: `${-EDGE} ${-EDGE} ${2 * EDGE} ${2 * EDGE}`, role: "group",
    "aria-label": "points of two classes, and the machine's line",
    pointermove: drag, pointerup: () => { held = false; }, pointercancel: () => { held = false; },
  }, tint, svg("path", { class: "axes", d: `M${-EDGE} 0H${EDGE}M0 ${-EDGE}V${EDGE}` }), line, normal, dots);
  keepKeys(el);
  el.append(
    html("style", {}, LOOK), plane, said,
    html("div", { class: "controls" }, back, runner, forward,
      button("Reset", () => { run(false); change(initial); }), slider),
    html("div", { class: "controls" }, ...adders, turner, remover),
    examples(Object.entries(presets).map(([words, values]) => button(words, () => {
      run(false);
      change({ step: 0, ...values });
    }))),
    html("p", { class: "hint" },
      "Drag a point, or go to it with Tab and move it with the arrow keys (with Shift, five steps); Space changes its "
      + "class, Delete removes it. Dashed rings: wrong now. The arrow is the direction of the weights."),
  );

  /** Build a node for every point; done again only when their number changes. */
  function build(count) {
    nodes = Array.from({ length: count }, (_, i) => svg("g", {
      class: "point", role: "button", tabindex: 0,
      pointerdown: (event) => {
        held = true;
        plane.setPointerCapture(event.pointerId);
        nodes[i].focus({ preventScroll: true });
        event.preventDefault();
      },
      focus: () => { chosen = i; update(); },
      keydown: (event) => press(event, i),
    }, svg("circle", { class: "reach", r: 0.95 }), svg("circle", { class: "ring", r: 0.75 }),
    svg("circle", { class: "dot" })));
    dots.replaceChildren(...nodes);
  }

  /** Show the present state. */
  function update() {
    const present = state();
    const { all, lesson, step, at, weights: [p, q, r], wrong } = standing(present);
    if (all.length !== nodes.length) build(all.length);
    chosen = Math.min(chosen, all.length - 1);
    all.forEach((point, i) => {
      const node = nodes[i];
      node.setAttribute("transform", `translate(${point.x} ${-point.y})`);
      node.setAttribute("aria-label", called(point, i) + (wrong[i] ? ", wrong" : ""));
      node.classList.toggle("filled", point.label > 0);
      node.lastChild.setAttribute("r", point.label > 0 ? 0.3 : 0.54); // so that both show in one place
      node.classList.toggle("at", i === at);
      node.classList.toggle("wrong", wrong[i]);
      node.classList.toggle("chosen", i === chosen);
    });
    const corners = side(p, q, r * REACH);
    tint.setAttribute("points", corners.map(([x, y]) => `${x},${-y}`).join(" "));
    const length = Math.hypot(p, q);
    const [x, y] = length ? [-p * r * REACH / length ** 2, -q * r * REACH / length ** 2] : [0, 0]; // of the line, nearest to 0
    const visible = length > 0 && Math.max(Math.abs(x), Math.abs(y)) <= 2 * EDGE;
    const [a, b] = visible ? [p / length, q / length] : [0, 0];
    const far = 4 * EDGE;
    line.setAttribute("d", visible ? `M${x - far * b} ${-(y + far * a)}L${x + far * b} ${-(y - far * a)}` : "");
    const [u, v] = [x + 2.5 * a, y + 2.5 * b];
    normal.setAttribute("d", visible
      ? `M${x} ${-y}L${u} ${-v}M${u - 0.6 * a - 0.35 * b} ${-(v - 0.6 * b + 0.35 * a)}L${u} ${-v}`
        + `L${u - 0.6 * a + 0.35 * b} ${-(v - 0.6 * b - 0.35 * a)}`
      : "");
    slider.max = lesson.path.length;
    slider.value = step;
    slider.setAttribute("aria-valuetext",
      step ? `${step} of ${lesson.path.length}${lesson.learned ? "" : " followed"}` : "none yet");
    rest(back, step === 0, slider);
    rest(forward, step === lesson.path.length, slider);
    for (const adder of adders) adder.disabled = all.length === MOST;
    turner.textContent = `Switch point ${chosen + 1}`;
    remover.textContent = `Remove point ${chosen + 1}`;
    remover.disabled = all.length === 1;
    write(said, reading(present));
  }

  const stop = hear(update);
  update();
  return () => {
    run(false);
    stop();
  };
}

/** The corners of the part of the square in which p·x + q·y + r > 0. */
function side(p, q, r) {
  const corners = [[-EDGE, -EDGE], [EDGE, -EDGE], [EDGE, EDGE], [-EDGE, EDGE]];
  return corners.flatMap(([x, y], k) => {
    const [u, v] = corners[(k + 1) % 4];
    const here = p * x + q * y + r, there = p * u + q * v + r;
    const along = here / (here - there);
    return [...(here > 0 ? [[x, y]] : []), ...((here > 0) !== (there > 0) ? [[x + along * (u - x), y + along * (v - y)]] : [])];
  });
}

export default { render };
