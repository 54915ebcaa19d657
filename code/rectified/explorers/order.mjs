// The order of a predicate (Minsky and Papert 1969): label the figures of a small retina yes or no, and read it.
//
// A state is { labels, show, presets }. Labels are a word of hexadecimal digits, a bit for each figure in the order
// of a truth table: 4 digits for 2 × 2 points, 16 for 2 × 3. A mask is the number of the figure that lights its
// points alone.

import { button, examples, html, keepKeys, radios, signed, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["labels", "show"];

const COLUMNS = { 4: 2, 16: 3 }; // of the retina, by the digits of its labels; it has two rows
const SHOWN = ["witness", "sums"]; // what the numbers at the figures can be

// --- Arithmetic: the same as in Python, in whole numbers without end ---------------------------------------

const bits = (word) => [...word].flatMap((digit) => [...parseInt(digit, 16).toString(2).padStart(4, "0")].map(Number));
const hexadecimal = (yes) => yes.join("").replace(/.{4}/g, (four) => parseInt(four, 2).toString(16));
const counts = (figure, mask) => (figure & mask) === mask;
const size = (value) => (value < 0n ? -value : value);
const sum = (weights, figure) =>
  weights.reduce((total, [mask, weight]) => (counts(figure, mask) ? total + weight : total), 0n);

/** The masks of at most so many points, small ones first; the first, of none, is the constant. */
function masksOf(points, most) {
  const choose = (left, from, mask) => left === 0 ? [mask]
    : Array.from({ length: points - from }, (_, k) => from + k)
      .flatMap((i) => choose(left - 1, i + 1, mask | 1 << (points - 1 - i)));
  return Array.from({ length: most + 1 }, (_, left) => choose(left, 0, 0)).flat();
}

/** Divide whole numbers by their greatest common divisor. */
function shortened(values) {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  const divisor = values.reduce((all, value) => gcd(all, size(value)), 0n) || 1n;
  return values.map((value) => value / divisor);
}

/**
 * Whole weights of the masks, above 0 in sum for yes alone; or, if there are none, a witness: [weights, witness],
 * one of them null. The simplex method by Bland's rule, as Python has it; all in `rows` is to be divided by `whole`.
 */
function separate(yes, masks) {
  const figures = yes.length, last = masks.length;
  const rows = masks.map((mask) => [...yes.map((label, f) => (counts(f, mask) ? (label ? 1n : -1n) : 0n)), 1n]);
  rows.push([...yes.map((label) => -BigInt(label)), 0n]);
  const across = yes.map((_, f) => f), down = masks.map((_, i) => figures + i); // variables: figures, then masks
  const turned = masks.map(() => 1n); // −1: this mask's variable is counted from 2 downwards
  let whole = 1n;
  for (;;) {
    let enter = null;
    for (let j = 0; j < figures; j++) {
      if (rows[last][j] < 0n && (enter === null || across[j] < across[enter])) enter = j;
    }
    if (enter === null) break;
    let leave = null, room = 0n, per = 1n; // the entering variable can grow by room / per
    for (let i = 0; i < last; i++) {
      let step = rows[i][enter], value = rows[i][figures];
      if (step < 0n && down[i] >= figures) [step, value] = [-step, 2n * whole - value];
      if (step <= 0n) continue;
      const order = leave === null ? -1n : value * per - room * step;
      if (order < 0n || (order === 0n && down[i] < down[leave])) [leave, room, per] = [i, value, step];
    }
    if (across[enter] < figures && leave === null) {
      const balance = yes.map(() => 0n);
      balance[across[enter]] = whole;
      down.forEach((variable, i) => { if (variable < figures) balance[variable] = -rows[i][enter]; });
      return [null, shortened(balance)];
    }
    if (across[enter] >= figures && (leave === null || room > 2n * per)) {
      for (const row of rows) { // it grows from 0 to 2, and no other variable is in its way
        row[figures] -= 2n * row[enter];
        row[enter] = -row[enter];
      }
      turned[across[enter] - figures] *= -1n;
      continue;
    }
    const chosen = rows[leave];
    if (chosen[enter] < 0n) {
      chosen.forEach((each, j) => { chosen[j] = -each; });
      chosen[figures] += 2n * whole;
      turned[down[leave] - figures] *= -1n;
    }
    const pivot = chosen[enter];
    rows.forEach((row, i) => {
      const here = row[enter];
      if (i === leave || (here === 0n && pivot === whole)) return;
      for (let j = 0; j <= figures; j++) row[j] = (row[j] * pivot - here * chosen[j]) / whole;
      row[enter] = -here;
    });
    chosen[enter] = whole;
    whole = pivot;
    [across[enter], down[leave]] = [down[leave], across[enter]];
  }
  const weights = masks.map(() => 0n);
  across.forEach((variable, j) => {
    if (variable >= figures) weights[variable - figures] = turned[variable - figures] * rows[last][j];
  });
  return [shortened(weights), null];
}

const known = new Map(); // labels: what `compute` found for them

/**
 * The order and its proof: { order, weights: [[mask, weight], …] without those of 0, witness: [how often to count
 * each figure] or null }. Weights and multiples are BigInt; both halves are checked on every figure and mask.
 */
export function compute({ labels }) {
  if (known.has(labels)) return known.get(labels);
  const yes = bits(labels), points = 2 * COLUMNS[labels.length];
  let witness = null;
  for (let order = 0; order <= points; order++) {
    const masks = masksOf(points, order);
    const [weights, balance] = separate(yes, masks);
    if (weights === null) {
      const tally = (mask) => yes.reduce((total, label, f) =>
        (counts(f, mask) ? total + (label ? balance[f] : -balance[f]) : total), 0n);
      if (balance.some((many) => many < 0n) || !balance.some(Boolean) || masks.some(tally)) {
        throw new Error(`labels ${labels}: the witness against order ${order} does not balance`);
      }
      witness = balance;
      continue;
    }
    const kept = masks.map((mask, i) => [mask, weights[i]]).filter(([, weight]) => weight);
    if (yes.some((label, f) => sum(kept, f) > 0n !== (label === 1))) {
      throw new Error(`labels ${labels}: the weights of order ${order} give another predicate`);
    }
    if (known.size > 255) known.clear();
    known.set(labels, { order, weights: kept, witness });
    return known.get(labels);
  }
  throw new Error(`labels ${labels}: no order up to ${points} found`); // all masks together can do anything
}

/** Throw an error that names the first thing wrong with a state. */
export function check({ labels, show }) {
  if (!/^([0-9a-f]{4}|[0-9a-f]{16})$/.test(labels)) {
    throw new Error(`labels is “${labels}”; expected 4 or 16 hexadecimal digits (0 to 9, a to f)`);
  }
  if (!SHOWN.includes(show)) throw new Error(`show is “${show}”; expected ${SHOWN.join(" or ")}`);
}

const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const highest = (values) => values.reduce((a, b) => (b > a ? b : a));
const lowest = (values) => values.reduce((a, b) => (b < a ? b : a));

/** Whether each point of the retina is lit, row by row. */
const pointsOf = (figure, columns) => Array.from({ length: 2 * columns }, (_, i) => figure >> (2 * columns - 1 - i) & 1);

/** The points that are lit, in words. */
function places(figure, columns) {
  const sides = columns === 2 ? ["left", "right"] : ["left", "middle", "right"];
  const lit = pointsOf(figure, columns);
  return ["top", "bottom"].flatMap((height) => sides.map((side) => `${height} ${side}`))
    .filter((_, i) => lit[i]).join(", ").replace(/, ([^,]*)$/, " and $1");
}
const called = (figure, columns) => `${places(figure, columns) || "nothing"} lit`;

/** Say in a few words what the order is, and why it is no less. */
export function reading({ labels }) {
  const { order, weights, witness } = compute({ labels });
  const yes = bits(labels);
  const said = [`2 × ${COLUMNS[labels.length]} points: ${yes.filter(Boolean).length} of ${yes.length} figures ${
    yes.filter(Boolean).length === 1 ? "is" : "are"} yes.`];
  if (witness === null) return `${said[0]} The order is 0: a constant is enough.`;
  const values = weights.map(([, weight]) => weight);
  const low = signed(lowest(values)), high = signed(highest(values));
  said.push(`The order is ${order}: a sum of ${many(weights.length, "mask")} of at most ${many(order, "point")}, weights ${
    low === high ? low : `from ${low} to ${high}`}, is above 0 for the yes-figures and for no other.`);
  const counted = yes.filter((_, f) => witness[f]), some = counted.filter(Boolean).length;
  const most = highest(witness);
  const small = order > 1 ? `every mask of at most ${many(order - 1, "point")}` : "a constant";
  said.push(`${many(some, "yes-figure")} and ${many(counted.length - some, "no-figure")}, ${
    most === 1n ? "each counted once" : `counted up to ${most} times`}, look alike to ${small}, so order ${
    order - 1} is not enough.`);
  return said.join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const LISTED = 12; // weights shown if there are more than MOST of them
const MOST = 16;
const LOOK = `
.explorer .table { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; margin: 0.75rem 0; }
.explorer .figures { display: grid; align-content: start; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 5px; flex: 1 1 17rem; min-width: 0; max-width: 20rem; }
.explorer .figures.many { grid-template-columns: repeat(8, minmax(0, 1fr)); flex-basis: 23rem; max-width: 30rem; }
.explorer .figures button {
  display: block; min-width: 0; margin: 0; padding: 5px 2px 3px; font: inherit; color: var(--ink);
  background: var(--paper); border: 1px solid var(--muted); border-radius: 4px; cursor: pointer;
}
.explorer .figures button:hover { border-color: var(--ink); box-shadow: 0 0 0 1px var(--ink); }
.explorer .figures button[aria-pressed="true"] { background: var(--now); border-color: var(--ink); box-shadow: inset 0 0 0 2px var(--ink); }
.explorer .figures button:focus-visible { position: relative; z-index: 1; outline-offset: 1px; }
.explorer .figures svg { display: block; width: 44%; margin: 0 auto; }
.explorer .figures.many svg { width: 64%; }
.explorer .figures small { display: block; margin: 2px auto 0; height: 1.35em; font-size: 0.8125rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.explorer .figures.balance small { width: fit-content; padding: 0 0.3em; border-radius: 3px; }
.explorer .figures.balance small:not(:empty) { background: var(--ink); color: var(--paper); }
.explorer .found .result { margin: 0; font-size: 1.375rem; font-weight: 600; line-height: 1.3; }
.explorer .tile path { fill: var(--paper); stroke: var(--muted); stroke-width: 0.8; }
.explorer .tile .lit { fill: var(--ink); }
.explorer .found { flex: 1 1 13rem; min-width: 0; }
.explorer .found .heading { margin: 0.75rem 0 0.25rem; color: var(--muted); font-size: 0.8125rem; }
.explorer .masks { display: flex; flex-wrap: wrap; gap: 0.3rem 0.9rem; margin: 0; padding: 0; list-style: none; }
.explorer .masks li { display: inline-flex; align-items: center; gap: 0.35rem; margin: 0; font-variant-numeric: tabular-nums; }
.explorer .masks svg { width: 1.5rem; height: 1.25rem; }
.explorer .options fieldset { margin: 0 1.25rem 0 0; }
.explorer .options legend { margin-right: 0.6rem; }
@media (max-width: 520px) {
  .explorer .figures.many { gap: 3px; }
  .explorer .figures.many svg { width: 78%; }
  .explorer .figures small { font-size: 0.75rem; }
  .explorer .controls button { min-height: 2.6em; }
}
`;

/** A small picture of points, lit or not, as a figure or a mask has them. */
function tile(figure, columns, attributes) {
  const points = pointsOf(figure, columns);
  const cells = (lit) => points.map((each, i) =>
    each === lit ? `M${10 * (i % columns)} ${10 * Math.floor(i / columns)}h10v10h-10z` : "").join("");
  return svg("svg", { class: "tile", viewBox: `-1 -1 ${10 * columns + 2} 22`, ...attributes },
    svg("path", { d: cells(0) }), svg("path", { class: "lit", d: cells(1) }));
}

/** Labels for the other retina: of the same rule if a button has it, or else of the points that both have. */
function elsewhere(labels, presets) {
  const length = labels.length === 4 ? 16 : 4;
  for (const given of Object.values(presets)) {
    const other = given.includes(labels) && given.find((word) => word.length === length);
    if (other) return other;
  }
  const yes = bits(labels);
  return hexadecimal(Array.from({ length: 4 * length }, (_, f) => length === 16
    ? yes[(f >> 4 & 3) << 2 | f >> 1 & 3] // the right column makes no difference
    : yes[(f >> 2) << 4 | (f & 3) << 1])); // the right column is dark
}

function render({ model, el }) {
  const { state, change, hear } = traits(model, linked);
  const initial = state();
  const presets = model.get("presets");
  let squares = []; // the buttons of the figures, as last built

  const turn = (figure) =>
    change({ labels: hexadecimal(bits(model.get("labels")).map((label, f) => (f === figure ? 1 - label : label))) });

  // Controls
  const retinas = radios("Retina", [[4, "2 × 2"], [16, "2 × 3"]], (length) => {
    if (length !== model.get("labels").length) change({ labels: elsewhere(model.get("labels"), presets) });
  });
  const numbers = radios("Numbers", [["witness", "witness"], ["sums", "sums"]], (show) => change({ show }));
  const fitting = (given) => given.find((word) => word.length === model.get("labels").length);
  const tried = Object.entries(presets).map(([words, given]) =>
    ({ given, node: button(words, () => change({ labels: fitting(given) })) }));
  const figures = html("div", { class: "figures", role: "toolbar" });
  const said = html("p", { class: "reading", "aria-live": "polite" });
  const result = html("p", { class: "result" });
  const list = html("ul", { class: "masks" });
  const meaning = html("p", { class: "hint" });
  keepKeys(el);
  el.append(
    html("style", {}, LOOK),
    html("div", { class: "controls options" }, retinas.node, numbers.node),
    examples(tried.map(({ node }) => node)),
    html("div", { class: "table" }, figures,
      html("div", { class: "found" }, result, said, html("p", { class: "heading" }, "Weights of the masks"), list)),
    html("div", { class: "controls" },
      button("All no", () => change({ labels: "0".repeat(model.get("labels").length) })),
      button("Reset", () => change(initial))),
    meaning,
    html("p", { class: "hint" },
      "Press a figure to make it a yes (thick frame) or a no; arrow keys lead from figure to figure. A mask is 1 on "
      + "the figures that light all its points, and 0 on the others."),
  );

  /** Build the figures of a retina: a row for each state of its top row, a column for each of its bottom row. */
  function build({ labels }) {
    const columns = COLUMNS[labels.length], side = 2 ** columns;
    squares = bits(labels).map((_, figure) => {
      const written = html("small", { "aria-hidden": "true" });
      const node = html("button", { type: "button", tabindex: -1, click: () => turn(figure),
        focus: () => rove(figure), keydown: (event) => walk(event, figure) },
      tile(figure, columns, { "aria-hidden": "true" }), written);
      return { node, written, name: called(figure, columns) };
    });
    figures.replaceChildren(...squares.map(({ node }) => node));
    figures.classList.toggle("many", columns === 3);
    figures.setAttribute("aria-label", `figures of 2 × ${columns} points`);
    rove(0);

    /** Of all figures one takes the Tab key; the arrow keys lead from figure to figure. */
    function rove(figure) {
      for (const { node } of squares) node.tabIndex = -1;
      squares[figure].node.tabIndex = 0;
    }
    function walk(event, figure) {
      const row = Math.floor(figure / side), column = figure % side;
      const places = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column],
        ArrowDown: [row + 1, column], Home: [row, 0], End: [row, side - 1] };
      if (!Object.hasOwn(places, event.key)) return;
      event.preventDefault();
      const [r, c] = places[event.key];
      if (c >= 0 && c < side) squares[r * side + c]?.node.focus();
    }
  }

  /** Show the present state. */
  function update() {
    const present = state();
    const { labels, show } = present;
    const columns = COLUMNS[labels.length], yes = bits(labels);
    if (squares.length !== yes.length) build(present);
    const { order, weights, witness } = compute(present);
    squares.forEach(({ node, written, name }, f) => {
      const value = show === "sums" ? sum(weights, f) : witness?.[f] ?? 0n;
      const text = show === "sums" ? signed(value) : value ? `×${value}` : "";
      write(written, text);
      node.setAttribute("aria-pressed", yes[f] === 1);
      node.setAttribute("aria-label", name + (show === "sums" ? `, sum ${text}` : text && `, ${text}`));
    });
    const ranked = [...weights].sort(([, a], [, b]) => Number(size(b) - size(a)));
    const shown = ranked.slice(0, ranked.length > MOST ? LISTED : MOST), rest = ranked.slice(shown.length);
    list.replaceChildren(...shown.map(([mask, weight]) => html("li", {},
      mask ? tile(mask, columns, { role: "img", "aria-label": places(mask, columns) }) : html("span", {}, "constant"),
      html("span", {}, signed(weight)))),
    rest.length ? html("li", {}, `and ${rest.length} more, none beyond ±${size(rest[0][1])}`) : "",
    shown.length ? "" : html("li", {}, "none: every sum is 0"));
    meaning.textContent = show === "sums"
      ? "The number at a figure is its sum: the weights of all masks that are 1 on it."
      : witness === null ? "A constant is enough, so there is no order below it to witness against."
        : `The witness: count each figure marked × as often as its number says. Then every mask of at most ${
          many(order - 1, "point")} is 1 on as many yes-figures as no-figures, so a weighted sum has the same total over both.`;
    figures.classList.toggle("balance", show === "witness");
    result.textContent = `Order ${order}`;
    retinas.mark(labels.length);
    numbers.mark(show);
    for (const { given, node } of tried) node.hidden = !fitting(given);
    write(said, reading(present));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
