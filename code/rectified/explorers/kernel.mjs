// A kernel slides over a digit of 8 × 8 greys: the patch, the products, their sum, and the map that it draws.
//
// A state is { pictures, picture, kernel, bias, stride, padding, activation, pooling, place, presets }. A kernel is one
// word, "1.0_0.-1", row by row; a place is "row.column" of the map, counted from 1. All numbers are whole, or quarters.

import { button, examples, grouped, html, keepKeys, menu, signed, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["picture", "kernel", "bias", "stride", "padding", "activation", "pooling", "place"];

const SIZE = 8;
const GREYS = 16;
const LARGEST = 5; // kernel
const WEIGHT = 20, BIAS = 99; // how far they may be from 0
const PADDING = 2, STRIDE = 3; // the most
const WIDEST = SIZE + 2 * PADDING; // map
const ACTIVATIONS = ["none", "rectifier"];
const POOLINGS = ["none", "average", "max"];

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

const read = (word) => word.split("_").map((row) => row.split(".").map(Number));
const word = (rows) => rows.map((row) => row.join(".")).join("_");
const square = (side, fill) => Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => fill(y, x)));

/** The picture with its rings of zeros. */
const padded = ({ pictures, picture, padding }) =>
  square(SIZE + 2 * padding, (y, x) => pictures[picture][y - padding]?.[x - padding] ?? 0);

/** What lies under the window at a row and a column of the map, counted from 0. */
const under = (greys, size, stride, row, column) =>
  square(size, (y, x) => greys[row * stride + y][column * stride + x]);

const side = (size, { stride, padding }) => Math.floor((SIZE + 2 * padding - size) / stride) + 1;

/** Two by two; an odd last row and column are left out. */
function pool(map, pooling) {
  return square(Math.floor(map.length / 2), (y, x) => {
    const four = [map[2 * y][2 * x], map[2 * y][2 * x + 1], map[2 * y + 1][2 * x], map[2 * y + 1][2 * x + 1]];
    return pooling === "max" ? Math.max(...four) : (four[0] + four[1] + four[2] + four[3]) / 4;
  });
}

const rectified = (sums, activation) =>
  activation === "rectifier" ? sums.map((row) => row.map((sum) => Math.max(sum, 0))) : sums;

/** The sums at every place, the map after activation and pooling, and what they count to. */
export function compute(state) {
  const { kernel, bias, stride, activation, pooling } = state;
  const weights = read(kernel), size = weights.length, greys = padded(state);
  const sums = square(side(size, state), (row, column) => under(greys, size, stride, row, column)
    .reduce((sum, line, y) => line.reduce((partial, grey, x) => partial + grey * weights[y][x], sum), bias));
  const after = rectified(sums, activation);
  const map = pooling === "none" ? after : pool(after, pooling);
  const cells = sums.length ** 2, shared = size ** 2 + 1;
  return {
    sums, map,
    counts: {
      side: sums.length, cells, shared, connections: cells * shared, full: cells * (SIZE ** 2 + 1),
      negative: sums.flat().filter((sum) => sum < 0).length, zero: sums.flat().filter((sum) => sum === 0).length,
    },
  };
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  const choices = { picture: Object.keys(state.pictures), activation: ACTIVATIONS, pooling: POOLINGS };
  const ranges = { bias: [-BIAS, BIAS], stride: [1, STRIDE], padding: [0, PADDING] };
  for (const [name, all] of Object.entries(choices)) {
    if (!all.includes(state[name])) throw new Error(`${name} is “${state[name]}”; expected one of ${all.join(", ")}`);
  }
  for (const [name, [low, high]] of Object.entries(ranges)) {
    const value = state[name];
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new Error(`${name} is “${value}”; expected a whole number from ${low} to ${high}`);
    }
  }
  const rows = state.kernel.split("_").map((row) => row.split("."));
  for (const weight of rows.flat()) {
    if (!/^-?[0-9]{1,2}$/.test(weight) || Math.abs(weight) > WEIGHT) {
      throw new Error(`kernel holds “${weight}”; expected whole numbers from -${WEIGHT} to ${WEIGHT}`);
    }
  }
  if (rows.length > LARGEST || rows.some((row) => row.length !== rows.length)) {
    throw new Error(`kernel is “${state.kernel}”; expected 1 to ${LARGEST} rows joined by _, `
      + "each of as many weights joined by full stops");
  }
  const parts = state.place.split(".");
  if (parts.length !== 2 || !parts.every((part) => /^[0-9]{1,2}$/.test(part) && part >= 1 && part <= WIDEST)) {
    throw new Error(`place is “${state.place}”; expected row.column, counted from 1 to ${WIDEST}, such as 2.3`);
  }
}

const shown = (value, pooling) => signed(pooling === "average" ? value.toFixed(2) : value);

/** A weighted sum in figures: all its products up to nine, above that those that are not 0. */
function arithmetic(greys, weights, bias) {
  const pairs = greys.map((grey, k) => [grey, weights[k]]);
  const written = pairs.length <= 9 ? pairs : pairs.filter(([grey, weight]) => grey * weight);
  const terms = written.map(([grey, weight]) => `${grey}·${weight < 0 ? `(${signed(weight)})` : weight}`);
  const rest = pairs.length - written.length;
  if (rest) terms.push(`${rest} ${rest === 1 ? "product" : "products"} of 0`);
  return terms.join(" + ") + (bias ? ` ${bias > 0 ? "+" : "−"} ${Math.abs(bias)} (bias)` : "");
}

/** Where the window stands, [row, column] of the map, counted from 0. */
const stands = ({ place }, many) => place.split(".").map((part) => Math.min(Number(part), many) - 1);

/** Say what happens under the window. */
function cell(state, { sums, map }) {
  const { kernel, bias, stride, activation, pooling } = state;
  const weights = read(kernel), [row, column] = stands(state, sums.length), value = sums[row][column];
  const patch = under(padded(state), weights.length, stride, row, column);
  const said = [`Row ${row + 1}, column ${column + 1} of the map: `
    + `${arithmetic(patch.flat(), weights.flat(), bias)} = ${signed(value)}.`];
  if (activation === "rectifier") said.push(value < 0 ? "The rectifier makes it 0." : "The rectifier leaves it.");
  if (pooling !== "none") {
    const pooled = map[row >> 1]?.[column >> 1];
    said.push(pooled === undefined ? "Pooling leaves this cell out."
      : `The ${pooling === "average" ? "average" : "largest"} of its group of four is ${shown(pooled, pooling)}.`);
  }
  return said.join(" ");
}

/** Say how large the map is, and what it costs. */
function costs({ kernel, stride, padding, activation, pooling }, { counts }) {
  const size = read(kernel).length, { side, cells, shared, connections, full, negative, zero } = counts;
  const are = (count) => `${count || "none"} ${count > 1 ? "are" : "is"}`;
  const said = [
    `Map: ⌊(${SIZE} + 2·${padding} − ${size})/${stride}⌋ + 1 = ${side}, so ${side} × ${side} = ${cells} cells.`,
    `Shared weights: ${size}² + 1 = ${shared}. Connections: ${cells} · ${shared} = ${grouped(connections)}.`,
    `A fully connected layer from picture to map would need ${cells} · (${SIZE}² + 1) = ${grouped(full)} weights.`,
    `Of the ${cells} sums, ${are(negative)} negative and ${are(zero)} 0`
      + (activation === "rectifier" ? `; after the rectifier ${negative + zero} of ${cells} cells are 0.` : "."),
  ];
  if (pooling !== "none") {
    const half = side >> 1;
    said.push(`Pooling two by two leaves ${half} × ${half} = ${half ** 2} cells`
      + `${side % 2 ? "; the last row and column are left out" : ""}.`);
  }
  return said.join(" ");
}

/** Say in a few words what happens under the window, and what the map costs. */
export function reading(state) {
  const found = compute(state);
  return `${cell(state, found)} ${costs(state, found)}`;
}

// --- Display -----------------------------------------------------------------------------------------------


/** How much ink a grey is; a step in the middle keeps its number legible. */
const dark = (grey) => (grey <= GREYS / 2 ? grey / GREYS : 0.62 + 0.38 * (grey - 9) / 7);

/** The class and the strength of the colour of a value, in a map whose largest, by size, is `most`. */
const kind = (value) => (value > 0 ? "above" : value < 0 ? "below" : "level");
const strength = (value, most) => (value === 0 ? 0 : 0.06 + 0.54 * Math.abs(value) / most);
const most = (values) => Math.max(...values.map(Math.abs)) || 1;

/** The nodes of one cell of a grid: its colour and its number, `letters` high unless it is long. */
function draw(x, y, words, letters, attributes, ...marks) {
  return svg("g", { transform: `translate(${x} ${y})` },
    svg("rect", { width: 1, height: 1, ...attributes }),
    svg("text", { x: 0.5, y: 0.5, "font-size": Math.min(letters, 1.35 / words.length) }, words), ...marks);
}

const frame = (name) => svg("g", { class: name }, svg("rect", { class: "halo" }), svg("rect", { class: "edge" }));
function put(node, x, y, length) {
  for (const rect of node.children) {
    for (const [name, value] of Object.entries({ x, y, width: length, height: length })) rect.setAttribute(name, value);
  }
}

function render({ model, el }) {
  const pictures = model.get("pictures"), presets = model.get("presets");
  const { state: now, change: set, hear } = traits(model, linked);
  const state = () => ({ pictures, ...now() });
  const initial = now();
  let inputs = []; // the weights, row by row
  let taps = []; // of each weight: the grey above it and the product below
  let drawn = ""; // all of the state but the place, as last drawn

  function change(values) {
    complain("");
    set(values);
  }
  const many = () => side(read(model.get("kernel")).length, state());
  const here = () => stands(state(), many());
  function go(row, column) {
    const within = (value) => Math.max(0, Math.min(many() - 1, value));
    const place = `${within(row) + 1}.${within(column) + 1}`;
    if (place !== model.get("place")) change({ place });
  }
  function press(event) {
    const [row, column] = here(), last = many() - 1;
    const keys = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column], Home: [row, 0], End: [row, last], PageUp: [0, column], PageDown: [last, column] };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    go(...keys[event.key]);
  }

  /** A grid on which the pointer chooses a place: `choose` is told where it is, in cells from the corner. */
  function pointed(grid, choose) {
    let held = false;
    const at = (event) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(grid.getScreenCTM().inverse());
      choose(x, y);
    };
    grid.addEventListener("pointerdown", (event) => {
      held = true;
      grid.setPointerCapture(event.pointerId);
      event.preventDefault();
      handle.focus({ preventScroll: true });
      at(event);
    });
    grid.addEventListener("pointermove", (event) => { if (held) at(event); });
    for (const end of ["pointerup", "pointercancel"]) grid.addEventListener(end, () => { held = false; });
    return grid;
  }

  /** A field for a whole number; what is none is put right when the field is left, and said. */
  function field(what, limit, now, set) {
    const input = html("input", { type: "number", min: -limit, max: limit, step: 1, "aria-label": what,
      input: () => { if (fits()) set(Number(input.value)); },
      change: () => {
        if (fits()) return;
        input.value = now();
        complain(`Only whole numbers from −${limit} to ${limit} fit here: the ${what} stays ${signed(now())}.`);
      } });
    const fits = () => {
      const value = Number(input.value);
      return input.value.trim() !== "" && Number.isInteger(value) && Math.abs(value) <= limit;
    };
    return input;
  }
  const fill = (input, value) => {
    if (input.value.trim() === "" || Number(input.value) !== value) input.value = value;
  };

  /** Another size for the kernel: rings of zeros around it, or what is in its middle. */
  function resize(size) {
    const weights = read(model.get("kernel")), shift = Math.trunc((size - weights.length) / 2);
    change({ kernel: word(square(size, (y, x) => weights[y - shift]?.[x - shift] ?? 0)) });
  }

  // Controls
  const upTo = (low, high) => Array.from({ length: high - low + 1 }, (_, k) => [low + k]);
  const chosen = {
    picture: menu("Picture", Object.keys(pictures).map((name) => [name]), (picture) => change({ picture })),
    size: menu("Kernel", upTo(1, LARGEST).map(([size]) => [size, `${size} × ${size}`]), (size) => resize(Number(size))),
    stride: menu("Stride", upTo(1, STRIDE), (stride) => change({ stride: Number(stride) })),
    padding: menu("Padding", upTo(0, PADDING), (padding) => change({ padding: Number(padding) })),
    activation: menu("Activation", [["none"], ["rectifier", "rectifier, max(0, ·)"]], (activation) => change({ activation })),
    pooling: menu("Pooling", [["none"], ["average", "average of 2 × 2"], ["max", "largest of 2 × 2"]], (pooling) => change({ pooling })),
  };
  const bias = field("bias", BIAS, () => model.get("bias"), (value) => change({ bias: value }));
  const slider = html("input", { type: "range", min: 1, "aria-label": "place of the window", input: () => {
    const place = Number(slider.value) - 1;
    go(Math.floor(place / many()), place % many());
  } });
  const fault = html("p", { class: "fault", role: "status" });
  const complain = (words) => write(fault, words);

  const greys = svg("g"), rim = svg("rect", { class: "rim", width: SIZE, height: SIZE });
  const handle = frame("window");
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": "window", "aria-valuemin": 1 })) {
    handle.setAttribute(name, value);
  }
  handle.addEventListener("keydown", press);
  const picture = pointed(svg("svg", { class: "grid", role: "group" }, greys, rim, handle), (x, y) => {
    const { stride, kernel } = state(), half = read(kernel).length / 2;
    go(Math.round((y - half) / stride), Math.round((x - half) / stride));
  });
  const values = svg("g"), fours = svg("path", { class: "fours" }), spot = frame("spot");
  const map = pointed(svg("svg", { class: "grid", role: "img" }, values, fours, spot),
    (x, y) => go(Math.floor(y), Math.floor(x)));
  const pools = svg("g"), pit = frame("spot fine");
  const pooled = pointed(svg("svg", { class: "grid", role: "img" }, pools, pit),
    (x, y) => go(2 * Math.floor(y), 2 * Math.floor(x)));
  const title = () => html("p", { class: "title" });
  const [pictureTitle, mapTitle, pooledTitle] = [title(), title(), title()];
  const weights = html("div", { class: "taps", role: "group", "aria-label": "weights of the kernel" });
  const sum = html("p", { class: "reading sum", "aria-live": "polite" });
  const costing = html("p", { class: "reading costs", "aria-live": "polite" });
  const last = html("div", {}, pooledTitle, pooled);
  const words = "Move the window: drag it, or go to it with Tab and use the arrow keys, Home, End, Page Up and Page Down. "
    + "In the kernel, each weight stands between the grey that it sees and their product.";
  const barred = html("span", {}, " A short bar marks a 0 whose sum was negative.");
  keepKeys(el);
  el.append(
    html("div", { class: "controls" }, ...Object.values(chosen).map(({ label }) => label)),
    examples(Object.entries(presets).map(([words, values]) => button(words, () => change(values)))),
    html("div", { class: "sliding" },
      html("div", {}, pictureTitle, picture, html("div", { class: "controls" }, slider, button("Reset", () => change(initial))),
        html("p", { class: "title" }, "Kernel, on what it sees"), weights,
        html("div", { class: "controls" }, html("label", {}, "Bias ", bias)), fault),
      html("div", {}, sum, html("div", {}, mapTitle, map), last)),
    costing,
    html("p", { class: "hint" }, words, barred),
  );

  /** Build what changes with the size of the kernel: a field for every weight. */
  function build(size) {
    inputs = Array.from({ length: size ** 2 }, (_, k) => {
      const row = Math.floor(k / size), column = k % size;
      return field(`weight in row ${row + 1}, column ${column + 1}`, WEIGHT, () => read(model.get("kernel"))[row][column],
        (value) => {
          const all = read(model.get("kernel"));
          all[row][column] = value;
          change({ kernel: word(all) });
        });
    });
    taps = inputs.map(() => [html("span", { class: "grey" }), html("span", { class: "product" })]);
    weights.style.setProperty("--across", size);
    weights.replaceChildren(...inputs.map((input, k) => html("div", { class: "tap" }, taps[k][0], input, taps[k][1])));
  }

  /** Draw what does not change with the place: the greys, the map, the pooled map. */
  function redraw(present, { sums, map: final, counts }) {
    const { padding, pooling, activation } = present, all = padded(present), wide = all.length;
    const size = read(present.kernel).length, { side: across } = counts, half = across >> 1;
    const after = rectified(sums, activation);
    greys.replaceChildren(...all.flatMap((row, y) => row.map((grey, x) => {
      const beside = Math.min(x, y) < padding || Math.max(x, y) >= padding + SIZE;
      return draw(x, y, String(grey), 0.38, { class: beside ? "zero" : grey > GREYS / 2 ? "dark" : "light", "fill-opacity": dark(grey) });
    })));
    const grid = (node, count, scale) => {
      node.setAttribute("viewBox", `0 0 ${count} ${count}`);
      node.style.setProperty("--share", scale * count / wide);
    };
    grid(picture, wide, 1);
    grid(map, across, 1);
    grid(pooled, half, 2);
    rim.setAttribute("x", padding);
    rim.setAttribute("y", padding);
    const top = most(after.flat());
    values.replaceChildren(...after.flatMap((row, y) => row.map((value, x) =>
      draw(x, y, signed(value), 0.38, { class: kind(value), "fill-opacity": strength(value, top) },
        ...(value !== sums[y][x] ? [svg("path", { class: "cut", d: "M0.33 0.85H0.67" })] : [])))));
    fours.setAttribute("d", pooling === "none" ? ""
      : square(half, (y, x) => `M${2 * x} ${2 * y}h2v2h-2z`).flat().join(""));
    last.hidden = pooling === "none";
    if (pooling !== "none") {
      const peak = most(final.flat());
      pools.replaceChildren(...final.flatMap((row, y) => row.map((value, x) =>
        draw(x, y, shown(value, pooling), 0.24, { class: kind(value), "fill-opacity": strength(value, peak) }))));
    }
    const rows = (grid) => grid.map((row, y) => `row ${y + 1}: ${row.map((v) => shown(v, grid === final ? pooling : "none")).join(", ")}`).join("; ");
    const rectifier = activation === "rectifier" ? ", rectified" : "";
    pictureTitle.textContent = `Picture, ${SIZE} × ${SIZE}${padding ? `, padded to ${wide} × ${wide}` : ""}`;
    mapTitle.textContent = `Map, ${across} × ${across}${rectifier}`;
    pooledTitle.textContent = `Pooled, ${half} × ${half}, ${pooling === "max" ? "largest" : "averages"}`;
    picture.setAttribute("aria-label", `${present.picture}, ${SIZE} × ${SIZE} greys, and a window of ${size} × ${size}`);
    map.setAttribute("aria-label", `Map of ${across} × ${across}${rectifier}. ${rows(after)}`);
    pooled.setAttribute("aria-label", pooling === "none" ? "No pooling" : `${pooledTitle.textContent}. ${rows(final)}`);
    barred.hidden = activation === "none";
  }

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present);
    const kernel = read(present.kernel), size = kernel.length, { side: across } = found.counts;
    const [row, column] = stands(present, across), value = found.sums[row][column];
    if (size ** 2 !== inputs.length) build(size);
    const fixed = JSON.stringify(linked.slice(0, -1).map((name) => present[name]));
    if (fixed !== drawn) redraw(present, found);
    drawn = fixed;
    for (const [name, { select }] of Object.entries(chosen)) select.value = name === "size" ? size : present[name];
    fill(bias, present.bias);
    const patch = under(padded(present), size, present.stride, row, column).flat();
    const products = patch.map((grey, k) => grey * kernel.flat()[k]), top = most(products);
    inputs.forEach((input, k) => {
      const [grey, product] = taps[k];
      fill(input, kernel.flat()[k]);
      grey.textContent = `${patch[k]} ×`;
      grey.classList.toggle("dark", patch[k] > GREYS / 2);
      grey.style.setProperty("--ink-share", `${100 * dark(patch[k])}%`);
      product.textContent = `= ${signed(products[k] || 0)}`;
      product.className = `product ${kind(products[k])}`;
      product.style.setProperty("--ink-share", `${100 * strength(products[k], top)}%`);
    });
    put(handle, column * present.stride, row * present.stride, size);
    put(spot, column, row, 1);
    put(pit, column >> 1, row >> 1, 1);
    pit.toggleAttribute("hidden", Math.max(row, column) >= 2 * (across >> 1));
    const place = `row ${row + 1}, column ${column + 1}`;
    slider.max = across ** 2;
    slider.value = row * across + column + 1;
    slider.setAttribute("aria-valuetext", place);
    handle.setAttribute("aria-valuemax", across ** 2);
    handle.setAttribute("aria-valuenow", row * across + column + 1);
    handle.setAttribute("aria-valuetext", `${place}, sum ${signed(value)}`);
    write(sum, cell(present, found));
    write(costing, costs(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
