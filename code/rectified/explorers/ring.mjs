// Twelve rectified cells in a ring select one of two bumps, amplify it, and remember which one they answered to.
//
// A state is { a, a_at, b, b_at, itself, near, inhibit, start, presets }: two bumps, each of a strength and at a cell, the
// weights, and the activities from which the ring settles. What a reader moves lets it settle on from its present rest, to
// three decimals; so the state holds all that the ring remembers.

import { button, examples, grouped, html, keepKeys, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["a", "a_at", "b", "b_at", "itself", "near", "inhibit", "start"];

const CELLS = 12;
const STEPS = 2000, RATE = 0.1; // the most steps of a settling, and how far a step goes
const BOUND = 1e6; // of activity: there the count stops
const TINY = 1e-9; // less than this is silence
const SILENT = "silent"; // a start at which no cell is active
const LIMITS = { a: 2, b: 2, itself: 1.5, near: 1, inhibit: 1 }; // each from 0
const SPANS = [100, 200, 500, 1000, STEPS]; // steps of which the course is drawn
const CLOSE = 0.01; // of the largest activity: so near to its end, the course need not be drawn on
const POINTS = 100; // of the course
const NUDGE = 1 + 1e-12; // ties round up, and the last digits of the machine do not show

const range = (count) => Array.from({ length: count }, (_, k) => k);
const round = (cell) => (cell + CELLS) % CELLS;

// --- Arithmetic: the same as in Python, to the last bit ----------------------------------------------------

/** The drive of two bumps, cell by cell. */
function driving({ a, a_at, b, b_at }) {
  const drive = Array(CELLS).fill(0);
  for (const [strength, at] of [[a, a_at], [b, b_at]]) {
    drive[at] += strength;
    for (const beside of [round(at - 1), round(at + 1)]) drive[beside] += strength / 2;
  }
  return drive;
}

/** The activities at the start and after each step: all sums in one order. */
export function settling(drive, { itself, near, inhibit }, start) {
  let x = start === SILENT ? Array(CELLS).fill(0) : start.split("_").map(Number);
  const course = [x];
  while (course.length <= STEPS && Math.max(...x) <= BOUND) {
    let total = 0;
    for (const value of x) total += value;
    const held = inhibit * total;
    x = x.map((value, i) => value
      + RATE * (Math.max(0, drive[i] + itself * value + near * (x[round(i - 1)] + x[round(i + 1)]) - held) - value));
    course.push(x);
  }
  return course;
}

/** How a settling ended: at rest, still moving, or unbounded. */
function ending(course) {
  const last = course.at(-1), largest = Math.max(...last);
  if (largest > BOUND) return "unbounded";
  const change = Math.max(...last.map((value, i) => Math.abs(value - course.at(-2)[i])));
  return change > Math.max(1e-6 * largest, TINY) ? "moving" : "rest";
}

const activeIn = (rest) => range(CELLS).filter((cell) => rest[cell] > TINY);

/** The largest eigenvalue of the weights among some cells, by Jacobi's turns; NaN of none. */
function largest(cells, { itself, near, inhibit }) {
  const m = cells.map((p) => cells.map((q) => {
    const away = Math.min(round(p - q), round(q - p));
    return (away === 0 ? itself : 0) + (away === 1 ? near : 0) - inhibit;
  }));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < m.length; p++) {
      for (let q = p + 1; q < m.length; q++) {
        if (Math.abs(m[p][q]) < 1e-15) continue;
        const ratio = (m[q][q] - m[p][p]) / (2 * m[p][q]);
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent), sine = tangent * cosine;
        for (const row of m) [row[p], row[q]] = [cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]];
        for (let k = 0; k < m.length; k++) {
          [m[p][k], m[q][k]] = [cosine * m[p][k] - sine * m[q][k], sine * m[p][k] + cosine * m[q][k]];
        }
      }
    }
  }
  return m.length ? Math.max(...m.map((row, k) => row[k])) : NaN;
}

let last = { key: "" }; // what was worked out last

/** What the picture shows: { drive, course, rest, ended, active, top, kind }; and fresh, the same from silence, or null. */
export function compute(state) {
  const key = JSON.stringify(linked.map((name) => state[name]));
  if (key === last.key) return last.found;
  const drive = driving(state);
  const from = (start) => {
    const course = settling(drive, state, start), rest = course.at(-1);
    return { course, rest, ended: ending(course), active: activeIn(rest) };
  };
  const found = { drive, ...from(state.start), fresh: state.start === SILENT ? null : from(SILENT) };
  found.top = largest(found.active, state);
  found.kind = Number.isNaN(found.top) ? "none" : Math.abs(found.top - 1) <= TINY ? "border"
    : found.top < 1 ? "permitted" : "forbidden";
  last = { key, found };
  return found;
}

/** Activities as a start: twelve numbers to three decimals, or silence; what ran away begins anew. */
export function spell(rest) {
  if (!(Math.max(...rest) <= BOUND)) return SILENT;
  const parts = rest.map((value) => short(value, 3));
  return parts.every((part) => part === "0") ? SILENT : parts.join("_");
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  for (const [name, high] of Object.entries(LIMITS)) {
    const value = state[name];
    if (typeof value !== "number" || !(value >= 0 && value <= high)) {
      throw new Error(`${name} is “${value}”; expected a number from 0 to ${high}`);
    }
  }
  for (const name of ["a_at", "b_at"]) {
    const value = state[name];
    if (!Number.isInteger(value) || value < 0 || value >= CELLS) {
      throw new Error(`${name} is “${value}”; expected a whole number from 0 to ${CELLS - 1}`);
    }
  }
  const parts = state.start.split("_");
  const fits = (part) => /^[0-9]{1,7}(\.[0-9]{1,3})?$/.test(part) && Number(part) <= BOUND;
  if (state.start !== SILENT && !(parts.length === CELLS && parts.every(fits))) {
    throw new Error(`start is “${state.start}”; expected ${SILENT}, or ${CELLS} numbers joined by _, from 0 to a million with `
      + "at most three decimals");
  }
}

// --- In words ----------------------------------------------------------------------------------------------

const raised = (power) => [...String(power)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");
const trimmed = (written) => written.replace(/\.?0+$/, "");

/** A number with so many decimals at most; a large one as it is used in a scale. */
function short(value, decimals = 2) {
  if (Math.abs(value) >= 1e4 && decimals === 2) return tick(value);
  const written = trimmed((Math.abs(value) * NUDGE).toFixed(decimals));
  return value < 0 && written !== "0" ? `−${written}` : written;
}

/** A positive number at a scale: 2, 1000, 5 · 10⁵, 10⁶. */
function tick(value) {
  if (value < 1e4) return short(value);
  const power = Math.floor(Math.log10(value * NUDGE));
  const digits = (value * NUDGE / 10 ** power).toFixed(1).replace(/\.0$/, "");
  return digits === "1" ? `10${raised(power)}` : `${digits} · 10${raised(power)}`;
}

/** Cells by their runs, round the ring: cells 11 to 1 and 5. */
function named(cells) {
  if (!cells.length) return "no cell";
  if (cells.length === CELLS) return "all cells";
  const runs = cells.filter((cell) => !cells.includes(round(cell - 1))).map((first) => {
    let end = first;
    while (cells.includes(round(end + 1))) end = round(end + 1);
    const many = round(end - first) + 1;
    return many === 1 ? String(first) : `${first} ${many === 2 ? "and" : "to"} ${end}`;
  });
  if (runs.length === 1) return `${cells.length === 1 ? "cell" : "cells"} ${runs[0]}`;
  const pairs = runs.map((run) => run.replace(" and ", ", "));
  return `cells ${pairs.slice(0, -1).join(", ")} and ${pairs.at(-1)}`;
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

function active(cells) {
  if (!cells.length) return "No cell is active";
  return `${capital(named(cells))} ${cells.length === 1 ? "is" : "are"} active`;
}

const bumpsOf = ({ a, a_at, b, b_at }) => [["A", a, a_at], ["B", b, b_at]];

/** Whether the set of active cells is permitted. */
function set({ kind, top }) {
  if (kind === "none") return "";
  const side = { permitted: "below 1", border: "the border", forbidden: "not below 1" }[kind];
  const what = kind === "border" ? "on the border of what is permitted" : `a ${kind} set`;
  return `, ${what} (largest eigenvalue ${short(top, 3)}, ${side})`;
}

/** Which of two bumps is answered. */
function selected(state, bumps, rest) {
  if (bumps.length < 2 || state.a_at === state.b_at) return [];
  const answered = bumps.filter(([, , at]) => rest[at] > TINY).map(([name]) => name);
  if (answered.length === 1) return [`Bump ${answered[0]} is answered, and bump ${answered[0] === "A" ? "B" : "A"} suppressed.`];
  return [answered.length ? "Both bumps are answered." : "Neither bump is answered at its own cell."];
}

/** What would be if the ring had begun from silence, if that is another set. */
function remembers({ fresh, ended, active: now }) {
  if (!fresh) return [];
  if (fresh.ended === "unbounded") return ["From silence the same drive would find no bound."];
  if (fresh.ended === "moving" || ended === "moving" || String(fresh.active) === String(now)) return [];
  return [`The ring remembers: from silence the same drive would select ${named(fresh.active)}.`];
}

/** Say in a few words what the ring answers, and whether it may. */
export function reading(state, found = compute(state)) {
  const { drive, course, rest, ended, kind } = found;
  const bumps = bumpsOf(state).filter(([, strength]) => strength);
  const given = bumps.map(([name, strength, at]) => `${short(strength)} at cell ${at} (${name})`).join(", ");
  const said = [`${given ? `Drive: ${given}` : "No drive"}; from ${state.start === SILENT ? "silence" : "where it was"}.`];
  const peak = rest.indexOf(Math.max(...rest));
  if (ended === "unbounded") {
    said.push(`Nothing bounds it: cell ${peak} passed a million after ${grouped(course.length - 1)} steps, where we stop.`);
  }
  said.push(`${active(found.active)}${set(found)}.`);
  if (ended === "unbounded") return said.join(" ");
  if (rest[peak] > TINY) {
    const times = drive[peak] ? `: ${short(rest[peak] / drive[peak])} times the drive there` : " and no drive there";
    const peaks = range(CELLS).filter((cell) => rest[peak] - rest[cell] <= TINY * rest[peak]);
    said.push(`${capital(named(peaks))} ${peaks.length === 1 ? "answers" : "answer"} most, with ${short(rest[peak])}${times}.`);
  }
  if (ended === "moving") {
    const never = kind === "forbidden" ? ": no stable rest has just these cells active" : "";
    said.push(`After ${grouped(STEPS)} steps it still moves${never}.`);
  } else if (kind === "forbidden") said.push("It is balanced on a ridge: the least push to one side, and it leaves.");
  return [...said, ...selected(state, bumps, rest), ...remembers(found)].join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const INNER = 70, LENGTH = 81, OUTER = 175; // radii: where bars begin, how long they get, where the bumps are held
const STRIDES = 20; // of a slider, from 0 to 1

/** The end of the scale: at least 6, and in thirds of 2, 5 or 10 times a power of ten. */
function scaled(most) {
  let top = 6;
  for (let k = 0; k < 60 && top < most; k++) top *= [2.5, 2, 2][k % 3];
  return top;
}

/** How many steps of a settling are drawn: until it hardly moves any more. */
function spanned(course) {
  if (course.length <= STEPS) return course.length - 1;
  const end = course.at(-1), near = CLOSE * Math.max(...course.map((x) => Math.max(...x)));
  return SPANS.find((span) => course.slice(span).every((x) => x.every((value, i) => Math.abs(value - end[i]) <= near)));
}

/** A point beside the ray of a cell: so far out, and so far clockwise. */
function corner(cell, out, along = 0) {
  const angle = 2 * Math.PI * cell / CELLS, [x, y] = [Math.sin(angle), -Math.cos(angle)];
  return [x * out - y * along, y * out + x * along].map((part) => part.toFixed(2));
}

/** A bar from the inner ring outwards. */
const box = (cell, length, half) => `M${[[INNER, -half], [INNER + length, -half], [INNER + length, half], [INNER, half]]
  .map((each) => corner(cell, ...each).join(" ")).join("L")}z`;

function render({ model, el }) {
  const presets = model.get("presets");
  const { state, change: put, hear } = traits(model, linked);
  const initial = state();
  let busy = false;

  /** Set several traits, and show what comes of all of them together. */
  function change(values) {
    busy = true;
    put(values);
    busy = false;
    update();
  }
  const move = (values) => change({ ...values, start: spell(compute(state()).rest) });

  // Controls
  const dial = (name, words, label = words.toLowerCase()) => {
    const shown = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: 0, max: LIMITS[name] * STRIDES, "aria-label": label,
      input: () => move({ [name]: Number(input.value) / STRIDES }) });
    return { name, input, shown, row: html("label", { class: "dial" }, html("span", {}, words), input, shown) };
  };
  const strengths = [dial("a", "Bump A", "strength of bump A"), dial("b", "Bump B", "strength of bump B")];
  const weights = [dial("itself", "Itself"), dial("near", "Near"), dial("inhibit", "Inhibition")];

  // The ring: bars are activity, outlines drive, and the bumps are held outside
  const [bars, outlines] = [svg("path", { class: "bars" }), svg("path", { class: "drive" })];
  const rings = range(4).map((k) => svg("circle", { class: "rings", r: INNER + LENGTH * k / 3 }));
  const letter = (name, [x, y], ...words) => svg("text", { class: name, x, y }, ...words);
  const ticks = range(3).map((k) => letter("tick", corner(0.5, INNER + LENGTH * (k + 1) / 3)));
  const numbers = range(CELLS).map((cell) => letter("cell", corner(cell, 56), cell));
  const held = letter("on", [0, 10]);
  const handles = ["A", "B"].map((name) => handle(name, `${name.toLowerCase()}_at`));
  const circle = svg("svg", { class: "round", role: "group", viewBox: "-195 -195 390 390" }, ...rings, bars, outlines,
    ...ticks, ...numbers, letter("", [0, -10], "inhibition"), held, ...handles.map(({ node }) => node));

  /** What a bump is held by: dragged round the ring, or moved by the arrow keys. */
  function handle(name, place) {
    const to = (cell) => { if (cell !== model.get(place)) move({ [place]: cell }); };
    let dragged = false;
    const node = svg("g", { class: "bump", role: "slider", tabindex: 0, "aria-label": `place of bump ${name}`, "aria-valuemin": 0,
      "aria-valuemax": CELLS - 1,
      keydown(event) {
        const cell = model.get(place);
        const keys = { ArrowRight: cell + 1, ArrowUp: cell + 1, ArrowLeft: cell - 1, ArrowDown: cell - 1, Home: 0, End: CELLS - 1,
          PageUp: cell + 3, PageDown: cell - 3 };
        if (!Object.hasOwn(keys, event.key)) return;
        event.preventDefault();
        to(round(keys[event.key]));
      },
      pointerdown(event) {
        dragged = true;
        node.setPointerCapture(event.pointerId);
        event.preventDefault();
        node.focus({ preventScroll: true });
      },
      pointermove(event) {
        if (!dragged) return;
        const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(circle.getScreenCTM().inverse());
        to(round(Math.round(Math.atan2(x, -y) / (2 * Math.PI) * CELLS)));
      },
      pointerup() { dragged = false; },
      pointercancel() { dragged = false; } },
    svg("circle", { r: 18 }), svg("text", {}, name));
    return { node, place, name };
  }

  // The course: a line for each cell, those that end active on top
  const still = { "vector-effect": "non-scaling-stroke" };
  const [silent, lit] = ["silent", "lit"].map((name) => svg("path", { class: name, ...still }));
  const lines = svg("path", { class: "lines", d: range(4).map((k) => `M0 ${k / 3}H${POINTS}`).join(""), ...still });
  const course = svg("svg", { role: "img", viewBox: `0 0 ${POINTS} 1`, preserveAspectRatio: "none" }, lines, silent, lit);
  const block = (name) => html("div", { class: name, "aria-hidden": "true" });
  const [scale, ends, times] = [block("scale"), block("ends"), block("times")];
  const [from, until] = [html("span", {}, "0"), html("span", {})];
  times.append(from, until);
  const settled = html("div", { class: "settling" }, html("p", { class: "title" }, "The settling, cell by cell"),
    scale, course, ends, times);

  const said = html("p", { class: "reading", "aria-live": "polite" });
  const table = html("tbody");
  const details = html("details", { toggle: () => update() },
    html("summary", {}, "Cell by cell, in numbers"),
    html("table", {}, html("thead", {}, html("tr", {}, ...["Cell", "Drive", "Start", "End"].map((words) =>
      html("th", { scope: "col" }, words)))), table));
  keepKeys(el);
  el.append(
    html("div", { class: "controls" }, ...strengths.map(({ row }) => row)),
    html("div", { class: "ringing" }, circle, settled),
    said,
    html("div", { class: "controls" }, ...weights.map(({ row }) => row)),
    html("div", { class: "controls" }, button("From silence", () => change({ start: SILENT })),
      button("Reset", () => change(initial))),
    examples(Object.entries(presets).map(([words, values]) => button(words, () => change(values)))),
    details,
    html("p", { class: "hint" }, "Bars: activity; outlines: drive. A bump drives its cell, and the cells beside it half as much. "
      + "Move A and B round the ring: drag them, or go to them with Tab and use the arrow keys. After every change the ring "
      + "settles on from where it was."),
  );

  /** Words beside the course, each at its share of the height. */
  const beside = (node, words) => node.replaceChildren(...words.map(([share, text]) =>
    html("span", { style: `top: ${(100 * share).toFixed(2)}%` }, text)));

  function draw(present, { drive, course: film, rest, active: on }) {
    const all = Math.max(...film.map((x) => Math.max(...x)), ...drive), top = scaled(all), span = spanned(film);
    const thirds = [1, 2, 3].map((k) => tick(top * k / 3));
    bars.setAttribute("d", on.map((cell) => box(cell, LENGTH * rest[cell] / top, 9)).join(""));
    outlines.setAttribute("d", drive.map((value, cell) => (value ? box(cell, LENGTH * value / top, 12) : "")).join(""));
    ticks.forEach((node, k) => write(node, thirds[k]));
    numbers.forEach((node, cell) => node.classList.toggle("on", on.includes(cell)));
    write(held, short(present.inhibit * rest.reduce((sum, value) => sum + value, 0)));
    const together = present.a_at === present.b_at;
    handles.forEach(({ node, place, name }) => {
      const cell = present[place], strength = present[name.toLowerCase()];
      node.setAttribute("transform", `translate(${corner(cell, OUTER, together ? (name === "A" ? -20 : 20) : 0).join(" ")})`);
      node.setAttribute("aria-valuenow", cell);
      node.setAttribute("aria-valuetext", `cell ${cell}, strength ${short(strength)}`);
      node.classList.toggle("off", strength === 0);
    });
    const list = (values) => values.map((value, cell) => (value > TINY ? `cell ${cell} ${short(value)}` : "")).filter(Boolean).join(", ");
    circle.setAttribute("aria-label", `Ring of ${CELLS} cells. Drive: ${list(drive) || "none"}. Activity: ${list(rest) || "none"}.`);

    const places = range(POINTS + 1).map((k) => Math.min(Math.floor(span * k / POINTS), film.length - 1));
    const line = (cell) => `M${places.map((place, k) => `${k} ${(1 - film[place][cell] / top).toFixed(4)}`).join("L")}`;
    lit.setAttribute("d", on.map(line).join(""));
    silent.setAttribute("d", range(CELLS).filter((cell) => !on.includes(cell)).map(line).join(""));
    beside(scale, ["0", ...thirds].map((words, k) => [1 - k / 3, words]));
    const marks = [...new Set(bumpsOf(present).filter(([, strength]) => strength).map(([, , at]) => at))].sort((p, q) => p - q);
    const high = marks.map((cell) => 1 - rest[cell] / top);
    beside(ends, marks.length === 2 && Math.abs(high[0] - high[1]) < 0.1
      ? [[(high[0] + high[1]) / 2, marks.join(", ")]] : marks.map((cell, k) => [high[k], cell]));
    until.textContent = `${short(span * RATE)} time constants`;
    const moved = range(CELLS).filter((cell) => film[0][cell] > TINY || rest[cell] > TINY)
      .map((cell) => `cell ${cell} from ${short(film[0][cell])} to ${short(rest[cell])}`).join(", ");
    course.setAttribute("aria-label", `The settling over ${until.textContent}: ${moved || "no cell is active"}`);
  }

  const fill = ({ drive, course: film, rest }) => table.replaceChildren(...range(CELLS).map((cell) =>
    html("tr", {}, html("th", { scope: "row" }, cell),
      ...[drive, film[0], rest].map((values) => html("td", {}, short(values[cell]))))));

  /** Show the present state. */
  function update() {
    if (busy) return;
    const present = state(), found = compute(present);
    for (const { name, input, shown } of [...strengths, ...weights]) {
      const words = short(present[name]);
      input.value = Math.round(present[name] * STRIDES);
      input.setAttribute("aria-valuetext", words);
      shown.textContent = words;
    }
    draw(present, found);
    if (details.open) fill(found);
    write(said, reading(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
