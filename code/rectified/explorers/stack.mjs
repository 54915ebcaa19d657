// The plan of a convolutional net, counted layer by layer; and a photograph on its way through a kernel, φ and a pool.
//
// A state is { side, planes, plan, layer, kernel, phi, pool, place, photograph, presets }. A plan is one word,
// "maps.window.stride.padding.columns.pool_…~units_…"; a photograph has a character a point, from black to white; a place
// is "row.column" of the map, counted from 1. What is counted is whole.

import { button, examples, grouped, html, keepKeys, menu, rest, signed, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["side", "planes", "plan", "layer", "kernel", "phi", "pool", "place"];

const LARGEST = 600; // side of a photograph
const PLANES = [1, 3]; // grey, or colour
const MAPS = 2048, UNITS = 9999; // of a layer, at most
const WINDOW = 15, STRIDE = 8, PADDING = 7; // of a layer of maps, at most
const COLUMNS = [1, 2], POOLS = [0, 2, 3]; // pools are 2 apart; 0 for none
const MOST = 8, DENSE = 4; // layers of maps, and dense ones
const FORM = "maps.window.stride.padding.columns.pool_…~units_…";
const PARTS = ["maps", "window", "stride", "padding", "columns", "pool"];
const SIDE = 97, GREYS = 64; // of the photograph
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const PHI = ["ReLU", "|x|", "tanh", "none"];
const TEMPER = 100; // tanh sees a hundredth of a sum
const BEYOND = { 2.2: [2, 2], 3.2: [3, 2], 3.3: [3, 3] }; // pools of the photograph: window, and how far apart

const square = (side, fill) => Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => fill(y, x)));
const KERNELS = {
  "level edges": square(5, (y, x) => [-1, -2, 0, 2, 1][y] * [1, 2, 3, 2, 1][x]),
  "upright edges": square(5, (y, x) => [-1, -2, 0, 2, 1][x] * [1, 2, 3, 2, 1][y]),
  "slanting edges": square(5, (y, x) => Math.sign(x + y - 4) * Math.max(4 - Math.abs(x + y - 4), 0)),
  spots: square(5, (y, x) => [16, -2, -1][Math.abs(x - 2) + Math.abs(y - 2)] ?? 0),
};
const WIDE = 5, ACROSS = SIDE - WIDE + 1; // of the map

// --- Words -------------------------------------------------------------------------------------------------

/** The layers of maps of a plan and the units of its dense layers, and back. */
function read(plan) {
  const [maps, dense] = plan.split("~");
  return [maps ? maps.split("_").map((row) => row.split(".").map(Number)) : [], dense ? dense.split("_").map(Number) : []];
}
const word = ([maps, dense]) => `${maps.map((row) => row.join(".")).join("_")}~${dense.join("_")}`;
const nameOf = (layer, maps) => `${layer < maps ? "conv" : "dense"} ${layer + 1}`;

/** The layer that is spoken of, counted from 0. */
function chosenOf({ plan, layer }) {
  const [maps, dense] = read(plan);
  return Math.min(layer, maps.length + dense.length) - 1;
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  const choices = { planes: PLANES, kernel: Object.keys(KERNELS), phi: PHI, pool: Object.keys(BEYOND) };
  for (const [name, all] of Object.entries(choices)) {
    if (!all.includes(state[name])) throw new Error(`${name} is “${state[name]}”; expected one of ${all.join(", ")}`);
  }
  for (const [name, most] of [["side", LARGEST], ["layer", MOST + DENSE]]) {
    const value = state[name];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new Error(`${name} is “${value}”; expected a whole number from 1 to ${most}`);
    }
  }
  checkPlan(state.plan);
  const parts = state.place.split(".");
  if (parts.length !== 2 || !parts.every((part) => /^[0-9]{1,2}$/.test(part) && part >= 1 && part <= ACROSS)) {
    throw new Error(`place is “${state.place}”; expected row.column, counted from 1 to ${ACROSS}, such as 2.3`);
  }
}

function checkPlan(plan) {
  const expect = (fits, words) => { if (!fits) throw new Error(`plan ${words}`); };
  const parts = plan.split("~");
  expect(parts.length === 2, `is “${plan}”; expected ${FORM}`);
  const [maps, dense] = parts.map((part) => (part ? part.split("_").map((row) => row.split(".")) : []));
  for (const entry of [...maps, ...dense].flat()) expect(/^[0-9]{1,4}$/.test(entry), `holds “${entry}”; expected ${FORM}`);
  expect(maps.length <= MOST, `has ${maps.length} layers of maps; expected at most ${MOST}`);
  expect(dense.length <= DENSE, `has ${dense.length} dense layers; expected at most ${DENSE}`);
  expect(maps.length + dense.length, "has no layer; expected at least one");
  const most = { maps: MAPS, window: WINDOW, stride: STRIDE, padding: PADDING }, among = { columns: COLUMNS, pool: POOLS };
  for (const row of maps) {
    expect(row.length === PARTS.length,
      `holds “${row.join(".")}”; expected ${PARTS.slice(0, -1).join(", ")} and ${PARTS.at(-1)} of a layer`);
    PARTS.forEach((name, k) => {
      const value = Number(row[k]), least = name === "padding" ? 0 : 1;
      if (among[name]) expect(among[name].includes(value), `holds a ${name} of ${row[k]}; expected ${among[name].join(" or ")}`);
      else expect(value >= least && value <= most[name], `holds a ${name} of ${row[k]}; expected ${least} to ${most[name]}`);
    });
  }
  for (const row of dense) {
    expect(row.length === 1 && row[0] >= 1 && row[0] <= UNITS,
      `has ${row.join(".")} units in a dense layer; expected 1 to ${UNITS}`);
  }
}

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

/** The rows of a plan, and why it breaks off. `Stack.rows` says what is in a row. */
function counted({ plan, side, planes }) {
  const [maps, dense] = read(plan), rows = [];
  const add = (many, across, inputs, after, fed) => rows.push({
    name: nameOf(rows.length, maps.length), side: across, units: many * across ** 2, parameters: many * (inputs + 1),
    work: many * across ** 2 * inputs, inputs, after, fed,
  });
  for (const [many, window, stride, padding, split, pool] of maps) {
    const name = nameOf(rows.length, maps.length), fed = [side, planes];
    if (window > side + 2 * padding) {
      return { rows, fault: `${name}: its window of ${window} is larger than the ${side} + 2·${padding} points it gets.` };
    }
    if (split === 2 && (planes % 2 || many % 2)) {
      return { rows, fault: `${name}: two columns need even numbers of planes; in come ${planes}, out go ${many}.` };
    }
    side = Math.floor((side + 2 * padding - window) / stride) + 1;
    const after = pool ? Math.floor((side - pool) / 2) + 1 : side;
    add(many, side, Math.floor(planes / split) * window ** 2, side >= pool ? after : 0, fed);
    if (pool > side) {
      return { rows, fault: `${name}: its pool of ${pool} is larger than its maps, whose side is ${side}.` };
    }
    [side, planes] = [after, many];
  }
  let below = planes * side ** 2;
  for (const many of dense) {
    add(many, 1, below, 1, [1, below]);
    below = many;
  }
  return { rows, fault: "" };
}

const greys = (photograph) => square(SIDE, (y, x) => DIGITS.indexOf(photograph[SIDE * y + x]));

/** What the photograph becomes: sums, the same after φ, and pooled. */
function stages({ photograph, kernel, phi, pool }) {
  const seen = greys(photograph), weights = KERNELS[kernel], [window, apart] = BEYOND[pool];
  const sums = square(ACROSS, (row, column) => {
    let sum = 0;
    for (let y = 0; y < WIDE; y++) for (let x = 0; x < WIDE; x++) sum += weights[y][x] * seen[row + y][column + x];
    return sum;
  });
  const activate = { ReLU: (z) => Math.max(z, 0), "|x|": Math.abs, tanh: (z) => Math.tanh(z / TEMPER), none: (z) => z }[phi];
  const after = sums.map((row) => row.map(activate));
  const pooled = square(Math.floor((ACROSS - window) / apart) + 1, (row, column) => {
    let most = -Infinity;
    for (let y = 0; y < window; y++) for (let x = 0; x < window; x++) most = Math.max(most, after[apart * row + y][apart * column + x]);
    return most;
  });
  return { sums, after, pooled };
}

/** What the picture shows: the rows of the plan and why it breaks off, their totals, and the stages of the photograph. */
export function compute(state) {
  const { rows, fault } = counted(state);
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
  return {
    rows, fault, totals: { units: total("units"), parameters: total("parameters"), work: total("work") }, stages: stages(state),
  };
}

/** A share in whole per cent. */
function share(part, whole) {
  const perCent = whole ? Math.floor(100 * part / whole + 0.5) : 0;
  return part && !perCent ? "< 1 %" : `${perCent} %`;
}

function whole({ rows, fault, totals }) {
  if (fault) return `${fault} What comes after is not counted.`;
  const many = `${rows.length} ${rows.length === 1 ? "layer" : "layers"}`;
  const said = `${many}: ${grouped(totals.parameters)} parameters, ${grouped(totals.work)} multiply-adds for a photograph.`;
  const maps = rows.filter(({ name }) => name.startsWith("conv"));
  if (!maps.length || maps.length === rows.length) return said;
  const [weights, work] = ["parameters", "work"].map((name) => maps.reduce((sum, row) => sum + row[name], 0));
  return `${said} Layers of maps: ${share(weights, totals.parameters)} of the parameters, ${share(work, totals.work)} of the work. `
    + `Dense layers: ${share(totals.parameters - weights, totals.parameters)} and ${share(totals.work - work, totals.work)}.`;
}

/** How the chosen layer is counted. */
function ofLayer(state, { rows }) {
  const [maps] = read(state.plan), chosen = chosenOf(state);
  if (chosen >= rows.length) return `${nameOf(chosen, maps.length)} is not counted.`;
  const { name, side, units, parameters, work, inputs, after, fed } = rows[chosen];
  let what = `${grouped(units)} units, each on all ${grouped(inputs)} numbers below`, each = units;
  if (chosen < maps.length) {
    const [many, window, stride, padding, split] = maps[chosen];
    each = many;
    what = `⌊(${fed[0]} + 2·${padding} − ${window})/${stride}⌋ + 1 = ${side}, so ${side}² · ${each} = ${grouped(units)} units, `
      + `each on ${window}² · ${fed[1]}${split === 2 ? "/2" : ""} = ${grouped(inputs)} numbers`;
  }
  const said = `${name}: ${what}. ${grouped(each)} · (${grouped(inputs)} + 1) = ${grouped(parameters)} parameters, `
    + `${grouped(units)} · ${grouped(inputs)} = ${grouped(work)} multiply-adds.`;
  return after && after !== side ? `${said} Its pool leaves ${after}² · ${each} = ${grouped(after ** 2 * each)} numbers.` : said;
}

/** Where the kernel stands, and a window of the pool that holds this place, or null: [row, column], counted from 0. */
const stands = ({ place }) => place.split(".").map((part) => Number(part) - 1);
function pooledAt(state) {
  const [window, apart] = BEYOND[state.pool], last = Math.floor((ACROSS - window) / apart), places = stands(state);
  const found = places.map((place) => Math.min(Math.floor(place / apart), last));
  return places.every((place, k) => place < apart * found[k] + window) ? found : null;
}

const shown = (value, phi) => signed(phi === "tanh" ? value.toFixed(2) : value);

/** What becomes of the place of the kernel, stage by stage. */
function atPlace(state, { stages: { sums, after, pooled } }) {
  const { phi } = state, [row, column] = stands(state), pit = pooledAt(state), value = sums[row][column];
  const made = shown(after[row][column], phi);
  const said = [`Row ${row + 1}, column ${column + 1} of the map: ${WIDE ** 2} greys, weighted, make ${signed(value)}.`];
  if (phi === "tanh") said.push(`The tanh of a hundredth of that is ${made}.`);
  else if (phi !== "none") said.push(`${phi} ${value < 0 ? `makes it ${made}` : "leaves it"}.`);
  said.push(pit ? `The largest in its window of the pool is ${shown(pooled[pit[0]][pit[1]], phi)}.`
    : "No window of the pool holds it.");
  return said.join(" ");
}

/** How large the map is, and what φ and the pool leave of it. */
function ofMap({ phi, pool }, { stages: { sums, after, pooled } }) {
  const all = sums.flat(), [window, apart] = BEYOND[pool];
  const [low, high] = [Math.min(...all), Math.max(...all)].map((value) => signed(grouped(value)));
  const zeros = phi === "ReLU" ? `; after ReLU ${share(after.flat().filter((value) => value === 0).length, all.length)} of them are 0` : "";
  return `The map: ${ACROSS}² = ${grouped(all.length)} sums from ${low} to ${high}${zeros}. `
    + `The pool, ${window} × ${window} and ${apart} apart, leaves ${pooled.length}² = ${grouped(pooled.length ** 2)}.`;
}

/** Say what the plan comes to, and what becomes of the photograph. */
export function reading(state, found = compute(state)) {
  return [whole(found), ofLayer(state, found), atPlace(state, found), ofMap(state, found)].join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const INK = [31, 28, 33], PAPER = [253, 253, 251], ABOVE = [183, 58, 9], BELOW = [20, 120, 176];
const mix = (under, over, part) => under.map((each, k) => each + (over[k] - each) * part);

/** A square of numbers as the address of a picture. */
function paint(values, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = values.length;
  const context = canvas.getContext("2d"), pixels = context.createImageData(values.length, values.length);
  values.flat().forEach((value, k) => pixels.data.set([...colour(value).map(Math.round), 255], 4 * k));
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

/** What a layer is, in a few words. */
function inWords([many, window, stride, padding, split, pool]) {
  if (window === undefined) return "";
  return [`${many} of ${window} × ${window}`, stride > 1 && `stride ${stride}`, padding && `padding ${padding}`,
    split > 1 && "2 columns", pool && `pool ${pool} × ${pool}`].filter(Boolean).join(", ");
}

function render({ model, el }) {
  const presets = model.get("presets"), photograph = model.get("photograph");
  const { state: now, change: set, hear } = traits(model, linked);
  const state = () => ({ photograph, ...now() });
  const initial = now();
  let built = "", fitted = "", painted = ""; // for what the rows, the fields and the pictures were made
  let lines = [], fields = [];

  function change(values) {
    write(fault, "");
    set(values);
  }
  function edit(doing) {
    const layers = read(model.get("plan"));
    const layer = doing(...layers);
    change({ plan: word(layers), ...(layer === undefined ? {} : { layer: layer + 1 }) });
  }
  const chosen = () => chosenOf(now());

  /** A field for a whole number; what is none is put right when the field is left, and said. */
  function field(words, least, most, get, put) {
    const fits = () => input.value.trim() !== "" && Number.isInteger(Number(input.value))
      && Number(input.value) >= least && Number(input.value) <= most;
    const input = html("input", { type: "number", min: least, max: most, step: 1,
      input: () => { if (fits()) put(Number(input.value)); },
      change: () => {
        if (fits()) return;
        input.value = get();
        write(fault, `Only whole numbers from ${least} to ${most} fit here: ${words.toLowerCase()} stays ${get()}.`);
      } });
    return {
      label: html("label", {}, `${words} `, input),
      show: () => { if (input.value.trim() === "" || Number(input.value) !== get()) input.value = get(); },
    };
  }
  function choice(words, options, get, put) {
    const { select, label } = menu(words, options, put);
    return { label, show: () => { select.value = get(); } };
  }

  // The plan
  const fault = html("p", { class: "fault", role: "status" });
  const side = field("Side", 1, LARGEST, () => model.get("side"), (value) => change({ side: value }));
  const planes = choice("Photographs", [[3, "in colour, 3 planes"], [1, "in grey, 1 plane"]], () => model.get("planes"),
    (value) => change({ planes: Number(value) }));
  const body = html("tbody");
  const sums = ["units", "parameters", "work"].map((name) => [name, html("td")]);
  const table = html("table", {},
    html("thead", {}, html("tr", {}, ...["Layer", "Units", "Parameters", "Multiply-adds"].map((words) => html("th", { scope: "col" }, words)))),
    body, html("tfoot", {}, html("tr", {}, html("th", { scope: "row" }, "in all"), ...sums.map(([, cell]) => cell))));
  const panel = html("div", { class: "controls panel" });
  const [total, counting] = ["total", "counting"].map((name) => html("p", { class: `reading ${name}`, "aria-live": "polite" }));
  const adders = [
    button("Add maps", () => edit((maps) => {
      const at = Math.min(chosen() + 1, maps.length);
      maps.splice(at, 0, [maps[at - 1]?.[0] ?? 64, 3, 1, 1, 1, 0]);
      return at;
    })),
    button("Add dense", () => edit((maps, dense) => {
      const at = Math.max(chosen() + 1 - maps.length, 0);
      dense.splice(at, 0, 1000);
      return maps.length + at;
    })),
  ];
  const remover = button("", () => edit((maps, dense) => {
    const at = chosen();
    if (at < maps.length) maps.splice(at, 1);
    else dense.splice(at - maps.length, 1);
    return Math.min(at, maps.length + dense.length - 1);
  }));
  const movers = [["Up", -1], ["Down", 1]].map(([words, step]) => button(words, () => edit((maps, dense) => {
    const at = chosen(), own = at < maps.length ? maps : dense, k = at < maps.length ? at : at - maps.length;
    [own[k], own[k + step]] = [own[k + step], own[k]];
    return at + step;
  })));
  const editing = html("div", { class: "controls" }, ...adders, remover, ...movers, button("Reset", () => change(initial)));

  // The photograph
  const frame = (name) => svg("g", { class: name }, svg("rect", { class: "halo" }), svg("rect", { class: "edge" }));
  function put(node, x, y, length) {
    for (const rect of node.children) {
      for (const [name, value] of Object.entries({ x, y, width: length, height: length })) rect.setAttribute(name, value);
    }
  }
  const within = (value) => Math.max(0, Math.min(ACROSS - 1, Math.floor(value)));
  function go(row, column) {
    const place = `${within(row) + 1}.${within(column) + 1}`;
    if (place !== model.get("place")) change({ place });
  }
  const handle = frame("window");
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": "place of the kernel",
    "aria-valuemin": 1, "aria-valuemax": ACROSS ** 2 })) handle.setAttribute(name, value);
  handle.addEventListener("keydown", (event) => {
    const [row, column] = stands(state()), far = event.shiftKey ? 5 : 1, last = ACROSS - 1;
    const keys = { ArrowLeft: [row, column - far], ArrowRight: [row, column + far], ArrowUp: [row - far, column],
      ArrowDown: [row + far, column], Home: [row, 0], End: [row, last], PageUp: [0, column], PageDown: [last, column] };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    go(...keys[event.key]);
  });

  /** A picture on which the pointer chooses a place: `at` makes a row or a column of the map of where it is. */
  function stage(words, mark, at, role = "img") {
    let held = false;
    const image = svg("image"), title = html("p", { class: "title" }, words);
    const follow = (event) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(node.getScreenCTM().inverse());
      go(at(y), at(x));
    };
    const node = svg("svg", {
      class: "stage", role,
      pointerdown: (event) => {
        held = true;
        node.setPointerCapture(event.pointerId);
        event.preventDefault();
        handle.focus({ preventScroll: true });
        follow(event);
      },
      pointermove: (event) => { if (held) follow(event); },
      pointerup: () => { held = false; },
      pointercancel: () => { held = false; },
    }, image, mark);
    return {
      node: html("div", {}, title, node), mark,
      show(values, colour, name, seen) {
        node.setAttribute("viewBox", `0 0 ${values.length} ${values.length}`);
        node.setAttribute("aria-label", seen);
        for (const [key, value] of Object.entries({ width: values.length, height: values.length, href: paint(values, colour) })) {
          image.setAttribute(key, value);
        }
        title.textContent = name;
      },
    };
  }
  const spot = frame("spot"), pit = frame("spot"), hole = frame("spot");
  const panes = [
    stage("Photograph", handle, (value) => value - WIDE / 2 + 0.5, "group"),
    stage("Sums", spot, (value) => value),
    stage("After φ", pit, (value) => value),
    stage("Pooled", hole, (value) => BEYOND[model.get("pool")][1] * Math.floor(value)),
  ];
  const looks = svg("svg", { class: "weights", viewBox: "0 0 5 5", role: "img" });
  const kernel = choice("Kernel for", Object.keys(KERNELS).map((name) => [name]), () => model.get("kernel"), (value) => change({ kernel: value }));
  const phi = choice("φ", PHI.map((name) => [name]), () => model.get("phi"), (value) => change({ phi: value }));
  const pool = choice("Pool", Object.entries(BEYOND).map(([value, [window, apart]]) => [value, `${window} × ${window}, ${apart} apart`]),
    () => model.get("pool"), (value) => change({ pool: value }));
  const there = html("p", { class: "reading there", "aria-live": "polite" });
  const about = html("p", { class: "reading about", "aria-live": "polite" });

  keepKeys(el);
  el.append(html("div", { class: "stacking" },
    examples(Object.entries(presets).map(([words, values]) => button(words, () => change(values)))),
    html("div", { class: "controls" }, planes.label, side.label),
    html("div", { class: "plan-table" }, table), total, panel, editing, fault, counting,
    html("div", { class: "controls through" }, kernel.label, looks, phi.label, pool.label),
    html("div", { class: "stages" }, ...panes.map(({ node }) => node)),
    there, about,
    html("p", { class: "hint" }, "Choose a layer by its name to change it. Bars: the share of the layer in all parameters, and in "
      + "all work. Red is above 0 and blue below; the point under the pointer, or moved with Tab and the arrow keys (with "
      + "Shift, five points), is framed at each stage.")));

  /** Build a row for every layer. */
  function build(present) {
    const [maps, dense] = read(present.plan);
    lines = [...maps, ...dense.map((units) => [units])].map((layer, k) => {
      const name = button(nameOf(k, maps.length), () => change({ layer: k + 1 })), plan = html("small", { class: "plan" });
      const cells = ["units", "parameters", "work"].map((what) => ({
        what, value: html("span"), beside: html("small"), fill: html("span", { class: "fill" }),
      }));
      const row = html("tr", {}, html("th", { scope: "row" }, name, plan), ...cells.map(({ what, value, beside, fill }) =>
        html("td", {}, value, beside, what === "units" ? "" : html("span", { class: "way", "aria-hidden": "true" }, fill))));
      return { row, name, plan, cells };
    });
    body.replaceChildren(...lines.map(({ row }) => row));
  }

  /** Build the fields of the chosen layer. */
  function fit(present, at) {
    const [maps] = read(present.plan), many = maps.length;
    const get = (k) => () => { const [own, units] = read(model.get("plan")); return at < many ? own[at][k] : units[at - many]; };
    const put = (k) => (value) => edit((own, units) => {
      if (at < many) own[at][k] = Number(value);
      else units[at - many] = value;
    });
    fields = at < many ? [
      field("Maps", 1, MAPS, get(0), put(0)), field("Window", 1, WINDOW, get(1), put(1)),
      field("Stride", 1, STRIDE, get(2), put(2)), field("Padding", 0, PADDING, get(3), put(3)),
      choice("Columns", COLUMNS.map((value) => [value]), get(4), put(4)),
      choice("Its pool", POOLS.map((value) => [value, value ? `${value} × ${value}, 2 apart` : "none"]), get(5), put(5)),
    ] : [field("Units", 1, UNITS, get(0), put(0))];
    panel.replaceChildren(html("span", { class: "who" }, nameOf(at, many)), ...fields.map(({ label }) => label));
  }

  function drawPlan(present, { rows, totals, fault: broken }, at) {
    const [maps, dense] = read(present.plan), layers = [...maps, ...dense.map((units) => [units])];
    lines.forEach(({ row, name, plan, cells }, k) => {
      const found = rows[k];
      name.setAttribute("aria-pressed", k === at);
      row.classList.toggle("uncounted", !found);
      plan.textContent = inWords(layers[k]);
      for (const { what, value, beside, fill } of cells) {
        value.textContent = found ? grouped(found[what]) : "–";
        beside.textContent = !found ? "" : what !== "units" ? share(found[what], totals[what])
          : k < maps.length ? `${found.side} × ${found.side} × ${maps[k][0]}` : "";
        fill.style.width = found ? `${100 * found[what] / (totals[what] || 1)}%` : "0";
      }
    });
    for (const [name, cell] of sums) cell.textContent = broken ? "–" : grouped(totals[name]);
    rest(adders[0], maps.length === MOST, lines[at].name);
    rest(adders[1], dense.length === DENSE, lines[at].name);
    remover.textContent = `Remove ${nameOf(at, maps.length)}`;
    rest(remover, layers.length === 1, lines[at].name);
    rest(movers[0], at === 0 || at === maps.length, lines[at].name);
    rest(movers[1], at === maps.length - 1 || at === layers.length - 1, lines[at].name);
  }

  function drawStages(present, { sums: before, after, pooled }) {
    const high = (values) => values.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const top = high(before), peak = present.phi === "tanh" ? 1 : top;
    const tint = (most) => (value) => mix(PAPER, value < 0 ? BELOW : ABOVE, Math.min(2 * Math.abs(value) / most, 1));
    const [first, second, third, last] = panes, across = pooled.length;
    const made = present.phi === "none" ? "no φ" : present.phi;
    first.show(greys(photograph), (value) => mix(INK, PAPER, value / (GREYS - 1)), `Photograph, ${SIDE}²`,
      "A grey photograph: a Chinese pavilion by a lake");
    second.show(before, tint(top), `Sums, ${ACROSS}²`, `Its sums under a kernel for ${present.kernel}`);
    third.show(after, tint(peak), `After ${made}, ${ACROSS}²`, `The sums after ${made}`);
    last.show(pooled, tint(peak), `Pooled, ${across}²`, `The largest of each window, ${across} × ${across}`);
    const weights = KERNELS[present.kernel], strongest = high(weights);
    looks.replaceChildren(...weights.flatMap((row, y) => row.map((weight, x) => svg("rect", {
      x, y, width: 1, height: 1, fill: `rgb(${mix(PAPER, weight < 0 ? BELOW : ABOVE, Math.abs(weight) / strongest)})` }))));
    looks.setAttribute("aria-label", `Weights, row by row: ${weights.map((row) => row.map(signed).join(" ")).join("; ")}`);
  }

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present), at = chosenOf(present), [maps, dense] = read(present.plan);
    const shape = `${maps.length} ${dense.length}`;
    if (built !== shape) build(present);
    built = shape;
    if (fitted !== `${shape} ${at}`) fit(present, at);
    fitted = `${shape} ${at}`;
    for (const each of [side, planes, kernel, phi, pool, ...fields]) each.show();
    drawPlan(present, found, at);
    const look = [present.kernel, present.phi, present.pool].join();
    if (painted !== look) drawStages(present, found.stages);
    painted = look;
    const [row, column] = stands(present), [window, apart] = BEYOND[present.pool], below = pooledAt(present);
    put(handle, column, row, WIDE);
    put(spot, column - 1, row - 1, 3);
    put(pit, below ? apart * below[1] : column - 1, below ? apart * below[0] : row - 1, below ? window : 3);
    put(hole, below?.[1] ?? 0, below?.[0] ?? 0, 1);
    hole.toggleAttribute("hidden", !below);
    handle.setAttribute("aria-valuenow", row * ACROSS + column + 1);
    handle.setAttribute("aria-valuetext", `row ${row + 1}, column ${column + 1}, sum ${signed(found.stages.sums[row][column])}`);
    write(total, whole(found));
    write(counting, ofLayer(present, found));
    write(there, atPlace(present, found));
    write(about, ofMap(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
