// A small net on a line or on a plane: drag its hinges, and count the pieces into which they cut it.
//
// A state is { mode, activation, line, depth, plane, unit, presets }. Nets are words in tenths: of the line
// "place.weight.output_…~bias", of the plane "x.y.weight.weight_…~bias.weight…_…", layer 2 after the ~. What is counted
// is counted in whole numbers, so there is no rounding in any count.

import { button, examples, grouped, html, keepKeys, menu, radios, rest, signed, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["mode", "activation", "line", "depth", "plane", "unit"];

const MODES = ["line", "plane"];
const COLOURS = { ReLU: "#b73a09", softplus: "#8431dd", tanh: "#309adb" };
const EDGE = 40; // the window goes from −4 to 4; places, weights and biases are whole tenths
const PLACE = 45, WEIGHT = 30, BIAS = 50; // how far they may be from 0; places on the plane lie in the window
const MOST = 4, SECOND = 3, DEEPEST = 5; // units of the first layer, units of the second, layers on the line
const SAMPLES = 401; // of a smooth graph
const PIXELS = 80; // of a smooth shading, across
const LETTERS = "ABC"; // names of the units of the second layer

const range = (count) => Array.from({ length: count }, (_, k) => k);
const pairs = (items) => items.slice(1).map((item, k) => [items[k], item]);
const sum = (values) => values.reduce((total, value) => total + value, 0);

// --- Words -------------------------------------------------------------------------------------------------

/** The rows of a net before and after the ~, in tenths, and back. */
const read = (word) => word.split("~").map((part) => (part ? part.split("_").map((row) => row.split(".").map(Number)) : []));
const word = (rows) => rows.map((part) => part.map((row) => row.map((value) => value || 0).join(".")).join("_")).join("~");

const net = ({ mode, line, plane }) => read(mode === "line" ? line : plane);

/** The unit that is spoken of, counted from 0; layer 2 of the plane after layer 1. */
function chosenOf(state) {
  const [first, second] = net(state);
  return Math.min(state.unit, first.length + (state.mode === "plane" ? second.length : 0)) - 1;
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  for (const [name, choices] of [["mode", MODES], ["activation", Object.keys(COLOURS)]]) {
    if (!choices.includes(state[name])) throw new Error(`${name} is “${state[name]}”; expected one of ${choices.join(", ")}`);
  }
  for (const [name, most] of [["depth", DEEPEST], ["unit", MOST + SECOND]]) {
    const value = state[name];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new Error(`${name} is “${value}”; expected a whole number from 1 to ${most}`);
    }
  }
  for (const name of ["line", "plane"]) checkNet(name, state[name]);
}

function checkNet(name, value) {
  const onLine = name === "line";
  const form = onLine ? "place.weight.output_…~bias" : "x.y.weight.weight_…~bias.weight…_…";
  const expect = (fits, words) => { if (!fits) throw new Error(`${name} ${words}`); };
  const parts = String(value).split("~");
  expect(parts.length === 2, `is “${value}”; expected whole tenths in the form ${form}`);
  const [first, second] = parts.map((part) => (part ? part.split("_").map((row) => row.split(".")) : []));
  for (const entry of [...first, ...second].flat()) {
    expect(/^-?[0-9]{1,2}$/.test(entry), `holds “${entry}”; expected whole tenths in the form ${form}`);
  }
  const within = (what, entries, limit) => {
    for (const entry of entries) {
      expect(Math.abs(Number(entry)) <= limit, `holds a ${what} of ${entry}; expected tenths from -${limit} to ${limit}`);
    }
  };
  const [known, places, expected] = onLine ? [3, 1, "place, weight and output weight"] : [4, 2, "x, y and two weights"];
  expect(first.length >= 1 && first.length <= MOST, `has ${first.length} units in layer 1; expected 1 to ${MOST}`);
  for (const row of first) {
    expect(row.length === known, `holds “${row.join(".")}”; expected ${expected} of a unit`);
    within("place", row.slice(0, places), onLine ? PLACE : EDGE);
    within("weight", row.slice(places), WEIGHT);
  }
  if (onLine) expect(second.length === 1 && second[0].length === 1, `ends with “${parts[1]}”; expected the bias of the output`);
  expect(second.length <= SECOND, `has ${second.length} units in layer 2; expected at most ${SECOND}`);
  for (const row of second) {
    expect(onLine || row.length === first.length + 1,
      `holds “${row.join(".")}”; expected a bias and ${first.length} weights of a unit of layer 2`);
    within("bias", row.slice(0, 1), BIAS);
    within("weight", row.slice(1), WEIGHT);
  }
}

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

/** The activation of a weighted sum, and its slope there. */
const ACTIVATE = {
  ReLU: (z) => [Math.max(z, 0), z > 0 ? 1 : 0],
  softplus: (z) => {
    const tail = Math.exp(-Math.abs(z));
    return [Math.max(z, 0) + Math.log1p(tail), (z > 0 ? 1 : tail) / (1 + tail)];
  },
  tanh: (z) => { const h = Math.tanh(z); return [h, 1 - h * h]; },
};

/** The places of hinges in tenths, in their order, each once. */
const hinges = (units) => [...new Set(units.filter(([, weight]) => weight).map(([place]) => place))].sort((a, b) => a - b);

/** The graph of rectifiers on the line: its corners, the slopes between them, and how many regions it has.
 *
 * Points go through the layers in order, each as its place and its value; a hinge that lies between the values of two
 * neighbours adds a point. A value after k layers is a whole number of tenths over 100ᵏ, and so are the slopes.
 */
function folded(line, depth) {
  const [units, [[bias]]] = read(line).map((part) => part.map((row) => row.map(BigInt)));
  const places = hinges(read(line)[0]).map(BigInt);
  let points = [[-EDGE / 10, BigInt(-EDGE)], [EDGE / 10, BigInt(EDGE)]], stretches = [[1n, ""]], whole = 1n;
  for (let layer = 0; layer < depth; layer++) {
    const grown = [points[0]], between = [], levels = places.map((place) => place * whole);
    pairs(points).forEach(([[x, y], [u, v]], k) => {
      const inside = levels.filter((level) => (y < v ? y < level && level < v : v < level && level < y));
      if (y > v) inside.reverse();
      for (const level of inside) grown.push([x + (u - x) * (Number(level - y) / Number(v - y)), level]);
      grown.push([u, v]);
      for (let many = 0; many <= inside.length; many++) between.push(stretches[k]);
    });
    stretches = pairs(grown).map(([[, y], [, v]], k) => {
      const [slope, on] = between[k];
      let turn = 0n, now = "";
      for (const [place, weight, output] of units) {
        const fires = weight * (y + v - 2n * place * whole) > 0n;
        if (fires) turn += weight * output;
        now += fires ? "1" : "0";
      }
      return [slope * turn, on + now];
    });
    points = grown.map(([x, y]) => {
      let value = 100n * whole * bias;
      for (const [place, weight, output] of units) {
        const z = weight * (y - place * whole);
        if (z > 0n) value += output * z;
      }
      return [x, value];
    });
    whole *= 100n;
  }
  const kinks = range(stretches.length - 1).map((k) => k + 1).filter((k) => stretches[k][0] !== stretches[k - 1][0]);
  return {
    corners: [0, ...kinks, points.length - 1].map((k) => [points[k][0], Number(points[k][1]) / Number(10n * whole)]),
    slopes: [0, ...kinks].map((k) => Number(stretches[k][0]) / Number(whole)),
    regions: 1 + pairs(stretches).filter(([one, other]) => one[1] !== other[1]).length,
  };
}

/** The graph of a smooth net: points, evenly spaced. */
function curve({ activation, line, depth }) {
  const [units, [[bias]]] = read(line).map((part) => part.map((row) => row.map((value) => value / 10)));
  const step = 2 * EDGE / 10 / (SAMPLES - 1), activate = ACTIVATE[activation];
  return range(SAMPLES).map((k) => {
    const x = k * step - EDGE / 10;
    let y = x;
    for (let layer = 0; layer < depth; layer++) {
      let next = bias;
      for (const [place, weight, output] of units) next += output * activate(weight * (y - place))[0];
      y = next;
    }
    return [x, y];
  });
}

const positive = (value) => (value < 0n ? -value : value);
const divisor = (a, b) => { while (b) [a, b] = [b, a % b]; return positive(a); };

/** Cut a polygon along a line: what lies above it, what does not, where it enters and leaves. Corners [x, y, w] stand for x/w and y/w. */
function cut(polygon, [a, b, c]) {
  const sides = polygon.map(([x, y, w]) => a * x + b * y + c * w);
  if (sides.every((side) => side <= 0n)) return [[], polygon, []];
  if (sides.every((side) => side >= 0n)) return [polygon, [], []];
  const above = [], below = [], met = [];
  polygon.forEach((corner, k) => {
    const side = sides[k], next = (k + 1) % polygon.length, beyond = sides[next];
    if (side >= 0n) above.push(corner);
    if (side <= 0n) below.push(corner);
    if (side === 0n) met.push(corner);
    if ((side < 0n && beyond > 0n) || (side > 0n && beyond < 0n)) {
      const place = corner.map((value, j) => positive(beyond) * value + positive(side) * polygon[next][j]);
      const shared = divisor(divisor(place[0], place[1]), place[2]);
      for (const part of [above, below, met]) part.push(place.map((value) => value / shared));
    }
  });
  return [above, below, met];
}

const plain = ([x, y, w]) => [Number(x) / Number(10n * w), Number(y) / Number(10n * w)];

/** The regions of the square, and for each unit the parts of its line in it, from end to end. */
function cutUp(plane) {
  const [first, second] = read(plane).map((part) => part.map((row) => row.map(BigInt)));
  const lines = first.map(([x, y, u, v]) => [u, v, -(u * x + v * y)]);
  const bend = ([bias, ...weights]) => (on) => [0, 1, 2].map((k) => weights.reduce(
    (total, weight, i) => (on[i] === "1" ? total + weight * lines[i][k] : total), k === 2 ? 100n * bias : 0n));
  const part = (cells, line) => cells.flatMap(([on, polygon]) => {
    const [above, below] = cut(polygon, line(on));
    return [[`${on}1`, above], [`${on}0`, below]].filter(([, corners]) => corners.length);
  });
  const end = BigInt(EDGE), square = [[-end, -end, 1n], [end, -end, 1n], [end, end, 1n], [-end, end, 1n]];
  const flat = lines.reduce((cells, line) => part(cells, () => line), [["", square]]);
  const cells = second.reduce((all, unit) => part(all, bend(unit)), flat);
  const cuts = [...lines.map((line) => [cut(square, line)[2]]),
    ...second.map((unit) => flat.map(([on, polygon]) => cut(polygon, bend(unit)(on))[2]))];
  return {
    cells: cells.map(([on, polygon]) => [on, polygon.map(plain)]),
    cuts: cuts.map((every) => every.filter((each) => each.length).map((each) => each.map(plain))),
  };
}

/** The mean slope of all units on the plane, row by row from the top. */
function shaded({ activation, plane }) {
  const [first, second] = read(plane).map((part) => part.map((row) => row.map((value) => value / 10)));
  const activate = ACTIVATE[activation], across = range(PIXELS).map((k) => (k + 0.5) * (2 * EDGE / 10 / PIXELS) - EDGE / 10);
  return across.toReversed().map((y) => across.map((x) => {
    const heard = first.map(([m, n, u, v]) => activate(u * (x - m) + v * (y - n)));
    const above = second.map(([bias, ...weights]) => activate(weights.reduce((z, weight, i) => z + weight * heard[i][0], bias)));
    return sum([...heard, ...above].map(([, slope]) => slope)) / (first.length + second.length);
  }));
}

/** Into how many regions so many lines in general position cut the plane. */
const general = (units) => 1 + units + units * (units - 1) / 2;

/** What the picture shows: counts, and for the line { corners, slopes, graph }, for the plane { cells, cuts, shades }. `Fold` says which. */
export function compute(state) {
  const { mode, activation, line, depth, plane } = state, sharp = activation === "ReLU";
  if (mode === "line") {
    const [units] = read(line), places = hinges(units).length;
    const { corners, slopes, regions } = folded(line, depth);
    return {
      corners, slopes, graph: sharp ? corners : curve(state),
      counts: { units: units.length * depth, places, pieces: slopes.length, regions, bound: (places + 1) ** depth },
    };
  }
  const [first, second] = read(plane), { cells, cuts } = cutUp(plane);
  return {
    cells, cuts, shades: sharp ? null : shaded(state),
    counts: {
      units: first.length + second.length, regions: cells.length, bound: general(first.length) * general(second.length),
    },
  };
}

const tenths = (value) => signed((value / 10).toFixed(1));
const hundredths = (value) => signed((value / 100).toFixed(2));
const many = (count, what) => `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
const raised = (value) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[value];
const lowered = (value) => "₀₁₂₃₄₅₆₇₈₉"[value];
const generally = (units) => (units === 1 ? "1 + 1" : `1 + ${units} + ${units}·${units - 1}/2`);

/** A sum of tenths, each with what it multiplies; those of 0 are left out. */
const terms = (all) => all.filter(([value]) => value).map(([value, what], k) => {
  const sign = k ? (value < 0 ? " − " : " + ") : value < 0 ? "−" : "";
  return `${sign}${(Math.abs(value) / 10).toFixed(1)}${what}`;
}).join("") || "0";

function onLine({ activation, line, depth }, { counts }) {
  const { places, pieces, regions, bound } = counts, deep = depth > 1;
  const said = many(read(line)[0].length, "unit") + (deep ? ` a layer, ${depth} layers` : "");
  const most = `Hinges at ${many(places, "place")}${deep ? `, ${depth} layers: at most (${places} + 1)${raised(depth)}`
    : `: at most ${places} + 1`} = ${grouped(bound)}.`;
  const straight = `${many(pieces, "linear piece")} between −4 and 4.`;
  return activation === "ReLU"
    ? `${said}, ReLU: ${straight} ${most} Activation regions, each with its own units on: ${grouped(regions)}.`
    : `${said}, ${activation}: no pieces, smooth everywhere. With ReLU, dashed: ${straight} ${most}`;
}

function onPlane({ activation, plane }, { counts }) {
  const [first, second] = read(plane).map((part) => part.length);
  const said = many(first, "unit") + (second ? ` and a second layer of ${second}` : "");
  const bound = second ? `(${generally(first)}) · (${generally(second)})` : generally(first);
  const most = `At most ${bound} = ${counts.bound}.`, regions = many(counts.regions, "region");
  return activation === "ReLU"
    ? `${said}, ReLU: ${regions} in the square, each with its own units on. ${most}`
    : `${said}, ${activation}: no regions, smooth everywhere. With ReLU, dashed: ${regions}. ${most}`;
}

/** Where the chosen unit is on. */
function ofUnit(state, found) {
  const { mode, activation, line, depth, plane } = state, sharp = activation === "ReLU", unit = chosenOf(state);
  if (mode === "line") {
    const [place, weight, output] = read(line)[0][unit], who = `Unit ${unit + 1}${depth > 1 ? " of each layer" : ""}`;
    if (weight === 0) return `${who}: its weight is 0, so it has no hinge${sharp ? " and is never on" : ""}.`;
    const beyond = Math.abs(place) >= EDGE ? ", outside the window," : sharp ? "," : "";
    const side = weight > 0 ? "right" : "left";
    if (!sharp) return `${who}: weighted sum 0 at ${tenths(place)}${beyond} and above 0 to the ${side}.`;
    const turn = depth === 1 ? `; it turns the graph by ${hundredths(output * Math.abs(weight))}` : "";
    return `${who}: hinge at ${tenths(place)}${beyond} on to the ${side}${turn}.`;
  }
  const [first, second] = read(plane), { cells } = found;
  const count = cells.filter(([on]) => on[unit] === "1").length;
  const share = sharp ? `, in ${count} of ${many(cells.length, "region")}` : "";
  const verb = sharp ? "is on" : "has a weighted sum above 0";
  if (unit < first.length) {
    const [x, y, u, v] = first[unit];
    if (!u && !v) return `Unit ${unit + 1}: its weights are 0, so it has no line${sharp ? " and is never on" : ""}.`;
    return `Unit ${unit + 1} ${verb} where ${terms([[u, "·x"], [v, "·y"]])} > ${hundredths(u * x + v * y)}${share}.`;
  }
  const [bias, ...weights] = second[unit - first.length];
  const heard = terms([...weights.map((weight, k) => [weight, `·h${lowered(k + 1)}`]), [bias, ""]]);
  return `Unit ${LETTERS[unit - first.length]} ${verb} where ${heard} > 0, h being what layer 1 says${share}.`;
}

/** Say in a few words what is counted, and what the chosen unit does. */
export function reading(state, found = compute(state)) {
  return `${state.mode === "line" ? onLine(state, found) : onPlane(state, found)} ${ofUnit(state, found)}`;
}

// --- Display -----------------------------------------------------------------------------------------------

const REACH = 5.05; // half of what is drawn across: places up to 4.5, and half a handle
const FEW = 40; // more kinks than these are drawn small

/** The path of a graph, without what lies above or below the window. */
function path(points) {
  const top = EDGE / 10;
  let drawn = "", last = "";
  for (const [[x, y], [u, v]] of pairs(points)) {
    if (Math.min(y, v) > top || Math.max(y, v) < -top) continue;
    const held = ([a, b]) => {
      const level = Math.max(-top, Math.min(top, b));
      return level === b ? [a, b] : [x + (u - x) * ((level - y) / (v - y)), level];
    };
    const [begin, end] = [held([x, y]), held([u, v])].map(spot);
    drawn += begin === last ? `L${end}` : `M${begin}L${end}`;
    last = end;
  }
  return drawn;
}
const spot = ([x, y]) => `${Number(x.toFixed(4))} ${Number((-y).toFixed(4))}`;

function render({ model, el }) {
  const presets = model.get("presets");
  const { state, change, hear } = traits(model, linked);
  const initial = state();
  let held = null; // what the pointer holds: tells where it goes
  let built = "", dialled = "", dials = []; // for what the handles and the dials were built
  let grips = []; // for each unit of layer 1 its handles

  /** Change the net of this mode: `edit` is given its rows. */
  function edit(doing) {
    const present = state(), rows = net(present);
    doing(...rows);
    change({ [present.mode]: word(rows) });
  }
  const within = (value, limit) => Math.max(-limit, Math.min(limit, Math.round(value)));
  const move = (unit, values) => edit((first) => {
    values.forEach((value, k) => {
      if (value !== null) first[unit][k] = within(value, (model.get("mode") === "line" ? [PLACE] : [EDGE, EDGE])[k] ?? WEIGHT);
    });
  });

  // Units: added, removed
  function add(layer) {
    const { mode } = state();
    let unit = 1;
    edit((first, second) => {
      if (layer === 2) {
        second.push([-10, ...first.map((_, k) => (k % 2 ? -10 : 10))]);
        unit = first.length + second.length;
        return;
      }
      const free = [0, -20, 20, -30, 30].find((place) => first.every((row) => Math.abs(row[0] - place) >= 5)) ?? 10;
      first.push(mode === "line" ? [free, 10, 10] : [free, 0, 10, 5]);
      if (mode === "plane") for (const row of second) row.push(0);
      unit = first.length;
    });
    change({ unit });
  }
  function remove() {
    const { mode } = state(), unit = chosenOf(state());
    edit((first, second) => {
      if (unit >= first.length) second.splice(unit - first.length, 1);
      else {
        first.splice(unit, 1);
        if (mode === "plane") for (const row of second) row.splice(unit + 1, 1);
      }
    });
    change({ unit: chosenOf(state()) + 1 });
  }

  // Handles: circles that are dragged, or moved by keys
  const place = (event, picture) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return [10 * x, -10 * y];
  };
  const picture = (attributes, ...children) => {
    const drag = (event) => { if (held) held(...place(event, node)); };
    const drop = () => { held = null; };
    const node = svg("svg", { ...attributes, pointermove: drag, pointerup: drop, pointercancel: drop }, ...children);
    return node;
  };
  function grip(kind, unit, picture, drag, step, words, attributes) {
    const node = svg("g", {
      class: `grip ${kind}`, tabindex: 0, ...attributes,
      pointerdown: (event) => {
        held = drag;
        picture.setPointerCapture(event.pointerId);
        node.focus({ preventScroll: true });
        event.preventDefault();
      },
      touchstart: (event) => event.preventDefault(), // a handle that has moved may still scroll where it was
      focus: () => change({ unit: unit + 1 }),
      keydown: (event) => {
        const far = event.shiftKey ? 5 : 1;
        const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
        if (!Object.hasOwn(steps, event.key)) return;
        event.preventDefault();
        step(...steps[event.key]);
      },
    }, svg("circle", { class: "reach", r: 0.52 }), svg("circle", { class: "dot", r: words ? 0.36 : 0.2 }), ...(words ? [svg("text", {}, words)] : []));
    return node;
  }

  // The line: its graph, and below a row for each unit
  const axes = () => svg("g", { class: "axes", "aria-hidden": "true" }, svg("path", { d: "M-4 0H4M0 -4V4" }),
    svg("rect", { x: -4, y: -4, width: 8, height: 8 }),
    ...[-4, 0, 4].flatMap((value) => [
      svg("text", { x: value, y: 4.6, "text-anchor": "middle" }, signed(value)),
      svg("text", { x: -4.2, y: 0.14 - value, "text-anchor": "end" }, signed(value))]));
  const box = `${-REACH} -4.3 ${2 * REACH} 9.1`;
  const [posts, other, graph, kinks] = ["posts", "other", "graph", "kinks"].map((name) => svg("path", { class: name }));
  const plot = svg("svg", { viewBox: box, role: "img" }, axes(), posts, other, graph, kinks);
  const rows = picture({ role: "group", "aria-label": "hinges of the units" });
  const onLineNode = html("div", {}, plot, rows);

  // The plane: its regions, its lines, and two handles for each unit of layer 1
  const tints = svg("g"), shade = svg("image", { x: -4, y: -4, width: 8, height: 8, preserveAspectRatio: "none" });
  const lines = svg("g"), handles = svg("g");
  const square = picture({ viewBox: box, role: "group" }, shade, tints, axes(), lines, handles);
  const onPlaneNode = html("div", {}, square);

  // Controls
  const modes = radios("Net on", MODES.map((mode) => [mode, `a ${mode}`]), (mode) => change({ mode }));
  const activations = menu("Activation", Object.keys(COLOURS).map((name) => [name]), (activation) => change({ activation }));
  function dial(words, low, high, get, set, shown = tenths) {
    const value = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: low, max: high, "aria-label": words.toLowerCase(),
      input: () => set(Number(input.value)) });
    return {
      row: html("label", { class: "dial" }, html("span", {}, words), input, value),
      show() {
        input.value = get();
        input.setAttribute("aria-valuetext", shown(get()));
        value.textContent = shown(get());
      },
    };
  }
  const depth = dial("Layers", 1, DEEPEST, () => model.get("depth"), (value) => change({ depth: value }), String);
  const unit = menu("Unit", [], (value) => change({ unit: Number(value) }));
  const adders = [["Add a unit", 1], ["Add to layer 2", 2]].map(([words, layer]) => button(words, () => add(layer)));
  const remover = button("", remove);
  const panel = html("div", { class: "controls panel" });
  const said = html("p", { class: "reading counting", "aria-live": "polite" });
  const hint = html("p", { class: "hint" });
  keepKeys(el);
  el.append(html("div", { class: "folding" },
    html("div", { class: "controls" }, activations.label, depth.row, modes.node),
    onLineNode, onPlaneNode, said,
    html("div", { class: "controls" }, unit.label, ...adders, remover, button("Reset", () => change(initial))),
    panel,
    examples(Object.entries(presets).map(([words, values]) => button(words, () => change(values)))),
    hint));
  const folding = el.lastChild;

  /** Build a handle for every hinge, or two for every line; done again only when their number changes. */
  function build({ mode }, [first]) {
    if (mode === "line") {
      rows.setAttribute("viewBox", `${-REACH} 0 ${2 * REACH} ${1.15 * first.length}`);
      grips = first.map((_, k) => [grip("hinge", k, rows, (x) => move(k, [x]),
        (x, y) => move(k, [net(state())[0][k][0] + x + y]), k + 1,
        { role: "slider", "aria-label": `hinge of unit ${k + 1}`, "aria-valuemin": -PLACE / 10, "aria-valuemax": PLACE / 10 })]);
      rows.replaceChildren(...first.map((_, k) => svg("g", { class: "row", transform: `translate(0 ${1.15 * k + 0.575})` },
        svg("rect", { class: "on", y: -0.42, height: 0.84 }), svg("path", { class: "way", d: "M-4 0H4" }), grips[k][0])));
      return;
    }
    grips = first.map((_, k) => {
      const here = () => net(state())[0][k];
      return [
        grip("base", k, square, (x, y) => move(k, [x, y]), (x, y) => move(k, [here()[0] + x, here()[1] + y]), k + 1, { role: "button" }),
        grip("tip", k, square, (x, y) => move(k, [null, null, x - here()[0], y - here()[1]]),
          (x, y) => move(k, [null, null, here()[2] + x, here()[3] + y]), "", { role: "button" }),
      ];
    });
    handles.replaceChildren(...grips.map((pair, k) => svg("g", { class: "arm" }, svg("path", { class: "arrow" }), ...pair.toReversed())));
  }

  /** Build the dials of the chosen unit. */
  function fit({ mode }, [first, second], chosen) {
    const tuned = (words, limit, part, row, column) => dial(words, -limit, limit, () => net(state())[part][row][column],
      (value) => edit((...parts) => { parts[part][row][column] = value; }));
    const known = mode === "line" ? [["Place", PLACE], ["Weight", WEIGHT], ["Output weight", WEIGHT]]
      : [["Place x", EDGE], ["Place y", EDGE], ["Weight x", WEIGHT], ["Weight y", WEIGHT]];
    if (chosen < first.length) {
      dials = known.map(([words, limit], k) => tuned(words, limit, 0, chosen, k));
      if (mode === "line") dials.push(tuned("Output bias", BIAS, 1, 0, 0));
    } else {
      const row = chosen - first.length;
      dials = ["Bias", ...first.map((_, k) => `Weight of h${lowered(k + 1)}`)]
        .map((words, k) => tuned(words, k ? WEIGHT : BIAS, 1, row, k));
    }
    panel.replaceChildren(...dials.map(({ row }) => row));
  }

  function drawLine({ activation, depth: layers }, [first], { corners, graph: points, counts }, chosen) {
    const sharp = activation === "ReLU";
    posts.setAttribute("d", hinges(first).filter((m) => Math.abs(m) < EDGE).map((m) => `M${m / 10} -4V4`).join(""));
    other.setAttribute("d", sharp ? "" : path(corners));
    graph.setAttribute("d", path(points));
    kinks.setAttribute("d", sharp ? corners.slice(1, -1).filter(([, y]) => Math.abs(10 * y) <= EDGE)
      .map((corner) => `M${spot(corner)}h0`).join("") : "");
    kinks.classList.toggle("fine", corners.length > FEW);
    plot.setAttribute("aria-label", `The output from −4 to 4: ${sharp ? many(counts.pieces, "straight piece") : "a smooth curve"}`);
    first.forEach(([m, weight], k) => {
      const [hinge] = grips[k], [tint] = hinge.parentNode.children, at = m / 10;
      const begin = weight > 0 ? Math.max(at, -4) : -4, end = weight > 0 ? 4 : Math.min(at, 4);
      tint.setAttribute("x", begin);
      tint.setAttribute("width", weight ? Math.max(end - begin, 0) : 0);
      hinge.setAttribute("transform", `translate(${at} 0)`);
      hinge.setAttribute("aria-valuenow", at);
      hinge.setAttribute("aria-valuetext", `${tenths(m)}, ${weight ? `on to the ${weight > 0 ? "right" : "left"}` : "weight 0"}`);
      hinge.classList.toggle("chosen", k === chosen);
      hinge.classList.toggle("idle", weight === 0);
    });
    hint.textContent = "Drag a hinge, or go to it with Tab and use the arrow keys (with Shift, five steps). Each row is tinted "
      + `where the weighted sum of its unit is above 0${layers > 1 ? " in layer 1" : ""}: a rectifier is on there. `
      + "With more layers the output goes through the same units again. "
      + "What leaves the window above or below is counted, but not drawn.";
  }

  function drawPlane({ activation }, [first], { cells, cuts, shades, counts }, chosen) {
    const sharp = activation === "ReLU";
    tints.replaceChildren(...(sharp ? cells : []).map(([on, corners]) => svg("polygon", {
      points: corners.map(([x, y]) => `${x},${-y}`).join(" "),
      "fill-opacity": sum([...on].map(Number)) / counts.units / 2,
    })));
    if (shades) shade.setAttribute("href", paint(shades, COLOURS[activation]));
    else shade.removeAttribute("href");
    lines.replaceChildren(...cuts.map((every, k) => svg("path", {
      class: `cut${k < first.length ? "" : " bent"}${k === chosen ? " chosen" : ""}`,
      d: every.map(([begin, end]) => `M${spot(begin)}L${spot(end)}`).join(""),
    })));
    square.setAttribute("aria-label", sharp ? `A square cut into ${many(counts.regions, "region")}` : "A square with a smooth shading");
    first.forEach(([x, y, u, v], k) => {
      const [base, tip] = grips[k], [arrow] = base.parentNode.children, length = Math.hypot(u, v) / 10;
      const [a, b] = length ? [u / 10 / length, v / 10 / length] : [1, 0]; // the direction of the weights
      const far = Math.max(length, 1.05); // so that the two handles do not lie upon one another
      base.setAttribute("transform", `translate(${x / 10} ${-y / 10})`);
      base.setAttribute("aria-label", `line of unit ${k + 1}, through ${tenths(x)} and ${tenths(y)}`);
      tip.setAttribute("transform", `translate(${x / 10 + far * a} ${-(y / 10 + far * b)})`);
      tip.setAttribute("aria-label", `weights of unit ${k + 1}, ${tenths(u)} and ${tenths(v)}`);
      arrow.setAttribute("d", length ? `M${x / 10} ${-y / 10}l${length * a} ${-length * b}m${-0.3 * a - 0.18 * b} ${0.3 * b - 0.18 * a}`
        + `l${0.3 * a + 0.18 * b} ${0.18 * a - 0.3 * b}l${-0.3 * a + 0.18 * b} ${0.3 * b + 0.18 * a}` : "");
      for (const node of [base, tip]) node.classList.toggle("chosen", k === chosen);
    });
    hint.textContent = "Drag a number to move its line, the ring at its arrow to turn it; or go there with Tab and use the arrow keys "
      + "(with Shift, five steps). The arrow is the weights, and points to where the unit is on. "
      + (sharp ? "The darker, the more units are on." : "Shading: the mean slope of the units; of rectifiers it would be the share that is on.");
  }

  /** Show the present state. */
  function update() {
    const present = state(), { mode, activation } = present, found = compute(present);
    const rows = net(present), [first, second] = rows, chosen = chosenOf(present), plane = mode === "plane";
    const above = plane ? second.length : 0;
    folding.style.setProperty("--family", COLOURS[activation]);
    folding.classList.toggle("smooth", activation !== "ReLU");
    onLineNode.hidden = plane;
    onPlaneNode.hidden = !plane;
    depth.row.hidden = plane;
    const names = [...first.map((_, k) => String(k + 1)), ...range(above).map((k) => LETTERS[k])];
    if (built !== `${mode} ${names}`) {
      if (!built.startsWith(`${mode} `) || grips.length !== first.length) build(present, rows);
      unit.select.replaceChildren(...names.map((name, k) =>
        html("option", { value: k + 1 }, k < first.length ? name : `${name}, layer 2`)));
      built = `${mode} ${names}`;
    }
    const wanted = `${built} ${chosen}`;
    if (dialled !== wanted) fit(present, rows, chosen);
    dialled = wanted;
    modes.mark(mode);
    activations.select.value = activation;
    unit.select.value = chosen + 1;
    for (const each of [depth, ...dials]) each.show();
    adders[0].textContent = plane ? "Add to layer 1" : "Add a unit";
    rest(adders[0], first.length === MOST, unit.select);
    adders[1].hidden = !plane;
    rest(adders[1], second.length === SECOND, unit.select);
    remover.textContent = `Remove unit ${names[chosen]}`;
    rest(remover, chosen < first.length && first.length === 1, unit.select);
    (plane ? drawPlane : drawLine)(present, rows, found, chosen);
    write(said, reading(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

/** A shading as the address of a picture. */
function paint(shades, colour) {
  const canvas = document.createElement("canvas"), parts = [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  canvas.width = canvas.height = shades.length;
  const context = canvas.getContext("2d"), pixels = context.createImageData(shades.length, shades.length);
  shades.flat().forEach((share, k) => pixels.data.set([...parts, Math.round(255 * share / 2)], 4 * k));
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

export default { render };
