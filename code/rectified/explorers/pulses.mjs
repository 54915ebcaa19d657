// Pulses through a net of McCulloch and Pitts (1943): click them in, step through the ticks, watch them travel.
//
// A state is { nets, net, trains, tick, ticks, veto, presets, demos }. A net is { title, neurons, meanings,
// afferents, excite, inhibit, threshold, places }: `excite[j][i]` counts the excitatory end-feet of neuron j on neuron i.

import { button, examples, html, keepKeys, menu, radios, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["net", "trains", "tick", "veto"];

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

const count = (feet, pulses, i) => pulses.reduce((sum, pulse, j) => sum + pulse * feet[j][i], 0);

/** Every neuron at every tick, as [tick][neuron] of 0 and 1. Without the veto, an inhibitory end-foot weighs −1. */
export function compute({ nets, net, trains, ticks, veto }) {
  const { neurons, afferents, excite, inhibit, threshold } = nets[net];
  const history = [];
  for (let tick = 0; tick < ticks; tick++) {
    const before = history[tick - 1] ?? neurons.map(() => 0);
    history.push(neurons.map((name, i) => {
      const excited = count(excite, before, i);
      const inhibited = count(inhibit, before, i);
      const fires = veto ? excited >= threshold[i] && !inhibited : excited - inhibited >= threshold[i];
      return Number(fires || (i < afferents && trains[name]?.[tick] === "1"));
    }));
  }
  return history;
}

/** Throw an error that names the first thing wrong with a state. */
export function check({ nets, net, trains, tick, ticks, veto }) {
  if (!Object.hasOwn(nets, net)) throw new Error(`net is “${net}”; expected one of ${Object.keys(nets).join(", ")}`);
  const inputs = [...new Set(Object.values(nets).flatMap(({ neurons, afferents }) => neurons.slice(0, afferents)))];
  for (const [name, train] of Object.entries(trains)) {
    if (!inputs.includes(name)) throw new Error(`trains names “${name}”; the inputs are ${inputs.join(", ")}`);
    if (!/^[01]*$/.test(train) || train.length > ticks) {
      throw new Error(`the train of ${name} is “${train}”; expected digits 0 and 1, one a tick, at most ${ticks}`);
    }
  }
  if (!Number.isInteger(tick) || tick < 0 || tick >= ticks) {
    throw new Error(`tick is “${tick}”; expected a whole number from 0 to ${ticks - 1}`);
  }
  if (typeof veto !== "boolean") throw new Error(`veto is “${veto}”; expected true or false`);
}

const listed = (words) => words.join(", ").replace(/, ([^,]*)$/, " and $1");

/** Say in a few words what happens at the present tick, and why. */
export function reading(state) {
  const { nets, net, tick, veto } = state;
  const { neurons, meanings, afferents, excite, inhibit, threshold } = nets[net];
  const pulses = compute(state);
  const before = pulses[tick - 1] ?? neurons.map(() => 0);
  const called = (i) => neurons[i] + (meanings[i] && ` (${meanings[i]})`);
  const all = (chosen) => listed(chosen.map(called));
  const those = (wanted) => neurons.map((_, i) => i).filter(wanted);
  const whom = (feet, i) => listed(those((j) => before[j] && feet[j][i]).map((j) => neurons[j]));
  const brought = (feet, i, unit = "") => { // how many end-feet, and whose: “3 from a and b”
    const sum = count(feet, before, i);
    return `${sum}${unit}${sum ? ` from ${whom(feet, i)}` : ""}`;
  };
  const why = (i, first = true) => {
    const unit = count(excite, before, i) === 1 ? " end-foot" : " end-feet";
    const less = veto || !count(inhibit, before, i) ? "" : ` less ${brought(inhibit, i)}`;
    return brought(excite, i, first ? unit : "") + less;
  };

  const firing = those((i) => pulses[tick][i]);
  const driven = firing.filter((i) => i >= afferents);
  const needed = (i) => `, ${threshold[i]} needed`;
  const alone = firing.length === 1 && driven.length === 1;
  const said = [`Tick ${tick}: ${all(firing) || "nothing"} ${firing.length > 1 ? "fire" : "fires"}${
    alone ? `: ${why(driven[0])}${needed(driven[0])}` : ""}.`];
  if (driven.length && !alone) {
    const alike = driven.length > 1 && driven.every((i) => threshold[i] === threshold[driven[0]]);
    const each = driven.map((i, k) => `${neurons[i]}: ${why(i, !k)}${alike ? "" : needed(i)}`);
    said.push(`${each.join("; ")}${alike ? `; ${threshold[driven[0]]} needed each` : ""}.`);
  }
  for (const i of those((i) => !pulses[tick][i] && count(excite, before, i) >= threshold[i])) {
    const had = why(i) + needed(i);
    const told = veto ? `had ${had}, but was vetoed by ${whom(inhibit, i)}` : `is silent: ${had}`;
    said.push(`${called(i)} ${told}.`);
  }
  const others = compute({ ...state, veto: !veto })[tick];
  const rule = veto ? "If inhibition weighed −1" : "Under absolute inhibition";
  for (const [answer, would] of [[1, "fire"], [0, "be silent"]]) {
    const differ = those((i) => others[i] === answer && pulses[tick][i] !== answer);
    if (differ.length) said.push(`${rule}, ${all(differ)} would ${would}.`);
  }
  return said.join(" ");
}

// --- Geometry of the wiring, y downwards -------------------------------------------------------------------

const UNIT = 44;
const BODY = 19; // half the height, and half the width, of a neuron's triangle
const LOOP = 38; // how far above a neuron a line that turns back runs

/** Every connection of a net: from which neuron, of which kind, its path, and where it ends. */
function strands({ neurons, excite, inhibit }, at) {
  const all = [];
  const tip = (j) => [at[j][0] + BODY, at[j][1]];
  const each = neurons.map((_, i) => i);
  for (const i of each) {
    const [x, y] = at[i];
    const back = (j) => Number(at[j][0] >= x); // what comes back does so over the top, to the upper feet
    const feet = each.flatMap((j) => Array(excite[j][i]).fill(j))
      .sort((j, k) => back(k) - back(j) || at[j][1] - at[k][1]);
    const gap = Math.min(10, 30 / Math.max(feet.length - 1, 1));
    feet.forEach((from, lane) => {
      const end = [x - BODY - 3, y + gap * (lane - (feet.length - 1) / 2)];
      all.push({ from, kind: "foot", end, path: axon(at, from, i, tip(from), end, lane) });
    });
    for (const side of [-1, 1]) {
      each.filter((j) => inhibit[j][i] && (at[j][1] <= y ? -1 : 1) === side).forEach((from, k) => {
        const end = [x + 9 - 10 * k, y + side * (10 + 5 * k)];
        const [tx, ty] = tip(from);
        const path = end[0] > tx
          ? `M${tx} ${ty}C${0.4 * tx + 0.6 * end[0]} ${ty} ${end[0]} ${end[1] + side * 22} ${end}`
          : `M${tx} ${ty}C${tx + 22} ${ty} ${end[0] + 15} ${end[1] + side * LOOP} ${end}`;
        all.push({ from, kind: "ring", end, path });
      });
    }
  }
  for (const from of each.filter((j) => ![...excite[j], ...inhibit[j]].some(Boolean))) {
    all.push({ from, kind: "out", path: `M${tip(from)}h22` }); // an output: its axon leaves the net
  }
  return all;
}

/** The path from the tip of a neuron to an end-foot: straight on, round what is in the way, or back over the top. */
function axon(at, from, to, [tx, ty], [x, y], lane) {
  if (x > tx) {
    const blocked = at.some(([px, py], k) => k !== from && k !== to && tx < px && px < x
      && Math.abs(ty + (y - ty) * (px - tx) / (x - tx) - py) < 0.6 * UNIT);
    const reach = (x - tx) / 2, lift = blocked ? 1.3 * UNIT : 0;
    return `M${tx} ${ty}C${tx + reach} ${ty - lift} ${x - reach} ${y - lift} ${x} ${y}`;
  }
  const top = Math.min(at[from][1], at[to][1]) - LOOP - 6 * lane;
  const right = tx + 20 + 5 * lane, left = x - 15 - 8 * lane;
  return `M${tx} ${ty}C${right} ${ty} ${right} ${top} ${tx - 11} ${top}H${x + 11}C${left} ${top} ${left} ${y} ${x} ${y}`;
}

/** The points along a path, a few units apart. */
function along(path) {
  return Array.from({ length: 1 + Math.ceil(path.getTotalLength() / 4) }, (_, k) => {
    const { x, y } = path.getPointAtLength(4 * k);
    return [x, y];
  });
}

const LETTER = 6.2; // the width of a letter of a label, about
const TALL = 14;

/**
 * Where the label of each neuron stands, as [x, y] of its middle: below if it is free there, or above, to the left,
 * to the right, askew. `taken` are the points to keep off; those of the labels join them.
 */
function settle(labels, at, taken) {
  return labels.map((words, i) => {
    if (!words) return null;
    const [x, y] = at[i], half = LETTER * words.length / 2, side = half + BODY + 6, away = BODY + 11;
    const inside = ([px, py], [mx, my]) => Math.abs(px - mx) < half + 4 && Math.abs(py - my) < TALL / 2 + 3;
    const places = [[x - 4, y + away], [x - 4, y - away], [x - side, y], [x + side + 20, y]];
    for (let askew = 6; askew < half + 2 * BODY; askew += 6) {
      for (const dx of [askew, -askew]) places.push([x - 4 + dx, y + away], [x - 4 + dx, y - away]);
    }
    const met = places.map((middle) => taken.filter((point) => inside(point, middle)).length);
    const [mx, my] = places[met.indexOf(Math.min(...met))];
    for (let dx = -half; dx <= half; dx += LETTER / 2) taken.push([mx + dx, my - TALL / 2], [mx + dx, my + TALL / 2]);
    return [mx, my];
  });
}

// --- Display -----------------------------------------------------------------------------------------------

const PACE = 900; // milliseconds a tick when playing

function render({ model, el }) {
  const { change, hear, state: now } = traits(model, linked);
  const [nets, ticks, presets, demos] = ["nets", "ticks", "presets", "demos"].map((name) => model.get(name));
  const state = () => ({ nets, ticks, ...now() });
  const initial = now();
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let drawn = {}; // the net as last built, and the parts that follow the state
  let shown = initial.tick;
  let timer = null;

  const go = (tick) => change({ tick: Math.max(0, Math.min(ticks - 1, tick)) });
  const step = (by) => () => { play(false); go(model.get("tick") + by); };

  function play(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
      if (model.get("tick") === ticks - 1) go(0);
      timer = setInterval(() => {
        go(model.get("tick") + 1);
        if (model.get("tick") === ticks - 1) play(false);
      }, PACE);
    }
    player.textContent = on ? "Pause" : "Play";
  }

  function toggle(name, tick) {
    const trains = model.get("trains");
    const train = [...(trains[name] ?? "").padEnd(ticks, "0")];
    train[tick] = train[tick] === "1" ? "0" : "1";
    change({ trains: { ...trains, [name]: train.join("").replace(/0+$/, "") } });
  }

  // Controls
  const player = button("Play", () => play(timer === null));
  const chosen = menu("Net", Object.entries(nets).map(([key, { title }]) => [key, title]), (net) => {
    play(false);
    change({ net, ...demos[net] });
  });
  const kinds = radios("Inhibition", [[true, "absolute (1943)"], [false, "weight −1"]], (veto) => change({ veto }));
  const said = html("p", { class: "reading", "aria-live": "polite" });
  const picture = html("div", { class: "wiring" });
  const sheet = html("div", { class: "sheet" });
  const differing = html("p", { class: "hint" }, "Dashed: where the other kind of inhibition gives another answer.");
  keepKeys(el);
  el.append(
    html("div", { class: "controls" }, chosen.label, kinds.node),
    picture, said, sheet,
    html("div", { class: "controls" }, button("Back", step(-1)), player, button("Forward", step(1)),
      button("Reset", () => { play(false); change(initial); })),
    examples(Object.entries(presets).map(([words, values]) => button(words, () => {
      play(false);
      change({ tick: 0, ...values });
    }))),
    html("p", { class: "hint" },
      "A square is a tick of an input: click it, or go there with the arrow keys and press Space.",
      model.inAddress ? " The address of this page follows what you do: copy it to share or keep." : ""),
    differing,
  );

  /** Build what changes only with the net: the wiring, and a score with a row for each neuron. */
  function build(key) {
    const net = nets[key];
    const { neurons, meanings, afferents, excite, inhibit } = net;
    const at = net.places.map(([x, y]) => [UNIT * x, -UNIT * y]);

    const lines = strands(net, at).map(({ from, kind, end, path }) => {
      const pulse = svg("path", { class: "pulse", d: path, pathLength: 1 });
      const foot = end && svg("circle", { class: kind, cx: end[0], cy: end[1], r: kind === "ring" ? 4.5 : 3.2 });
      const node = svg("g", { class: `strand ${kind}` }, svg("path", { d: path }), pulse, foot ?? "");
      return { from, kind, pulse, foot, node };
    });
    const bodies = at.map(([x, y]) => svg("path", { d: `M${x - BODY} ${y - BODY}V${y + BODY}L${x + BODY} ${y}Z` }));
    const taken = [...lines.map(({ pulse }) => pulse), ...bodies].flatMap(along);
    const labels = neurons.map((name, i) => [name.length > 2 ? name : "", meanings[i]].filter(Boolean).join(" "));
    const middles = settle(labels, at, taken);
    const cells = neurons.map((name, i) => {
      const [x, y] = at[i];
      return svg("g", { class: "neuron" },
        bodies[i],
        name.length > 2 ? "" : svg("text", { x: x - 6, y: y + 4 }, name),
        middles[i] ? svg("text", { class: "label", x: middles[i][0], y: middles[i][1] + 4 }, labels[i]) : "");
    });
    const wires = neurons.flatMap((name, j) => neurons.flatMap((target, i) => [
      ...(excite[j][i] ? [`${name} excites ${target} through ${excite[j][i]} end-feet`] : []),
      ...(inhibit[j][i] ? [`${name} inhibits ${target}`] : []),
    ]));
    const drawing = svg("svg", { role: "img", "aria-label": `${net.title}. ${wires.join("; ")}.` },
      ...lines.map(({ node }) => node), ...cells);
    picture.replaceChildren(drawing);
    frame(drawing, taken);

    const rows = neurons.map((name, i) => Array.from({ length: ticks }, (_, tick) => i < afferents
      ? html("button", { type: "button", "aria-label": `${name} at tick ${tick}`, tabindex: -1,
          click: () => toggle(name, tick), focus: () => rove(i, tick), keydown: (event) => walk(event, i, tick) })
      : html("span", {})));
    const bands = rows.map((row, i) => html("div", i < afferents
      ? { class: "row", role: "group", "aria-label": `pulses of ${neurons[i]}` }
      : { class: "row", role: "img" }, ...row));
    const slider = html("input", { type: "range", min: 0, max: ticks - 1, "aria-label": "tick",
      input: () => { play(false); go(Number(slider.value)); } });
    const numbers = rows[0].map((_, tick) => html("span", { "aria-hidden": "true" }, String(tick)));
    sheet.replaceChildren(
      ...neurons.flatMap((name, i) => [
        html("div", { class: i < afferents ? "name input" : "name" },
          name, meanings[i] && " ", html("small", {}, meanings[i])),
        bands[i],
      ]),
      html("div", { class: "name tick", "aria-hidden": "true" }, "tick"),
      html("div", { class: "row ticks" }, ...numbers, slider));

    /** Of all the squares of the inputs one takes the Tab key; the arrow keys lead from square to square. */
    function rove(row, tick) {
      for (const square of rows.slice(0, afferents).flat()) square.tabIndex = -1;
      rows[row][tick].tabIndex = 0;
    }
    function walk(event, row, tick) {
      const places = { ArrowLeft: [row, tick - 1], ArrowRight: [row, tick + 1], ArrowUp: [row - 1, tick],
        ArrowDown: [row + 1, tick], Home: [row, 0], End: [row, ticks - 1] };
      if (!Object.hasOwn(places, event.key)) return;
      event.preventDefault();
      const [r, t] = places[event.key];
      if (r < afferents) rows[r]?.[t]?.focus();
    }
    if (afferents) rove(0, 0);
    drawn = { key, lines, cells, rows, bands, slider };
  }

  /** Show the present state. */
  function update() {
    const present = state();
    const { net, tick, veto } = present;
    const { neurons, afferents } = nets[net];
    const pulses = compute(present);
    const others = compute({ ...present, veto: !veto });
    if (net !== drawn.key) build(net);
    chosen.select.value = net;
    kinds.mark(veto);
    drawn.cells.forEach((node, i) => node.classList.toggle("on", pulses[tick][i] === 1));
    for (const { from, kind, pulse, foot, node } of drawn.lines) {
      node.classList.toggle("on", pulses[tick][from] === 1);
      if (pulses[tick][from] && tick !== shown && !calm.matches) {
        pulse.animate({ strokeDashoffset: [1, 0] }, { duration: PACE / 2, easing: "ease-in-out" });
        const unlit = kind === "ring" ? "var(--paper)" : "var(--muted)";
        foot?.animate({ fill: [unlit, unlit] }, PACE / 2); // until the pulse arrives
      }
    }
    drawn.rows.forEach((row, i) => {
      const when = row.map((square, t) => {
        square.classList.toggle("on", pulses[t][i] === 1);
        square.classList.toggle("here", t === tick);
        square.classList.toggle("differs", others[t][i] !== pulses[t][i]);
        if (i < afferents) square.setAttribute("aria-pressed", present.trains[neurons[i]]?.[t] === "1");
        return pulses[t][i] ? t : null;
      }).filter((t) => t !== null);
      const words = when.length ? `fires at ${when.length > 1 ? "ticks" : "tick"} ${listed(when)}` : "never fires";
      if (i >= afferents) drawn.bands[i].setAttribute("aria-label", `${neurons[i]} ${words}`);
    });
    drawn.slider.value = tick;
    differing.hidden = !others.flat().some((pulse, k) => pulse !== pulses.flat()[k]);
    write(said, reading(present));
    shown = tick;
  }

  const stop = hear(update);
  update();
  return () => {
    play(false);
    stop();
  };
}

/** Give a drawing the box of its points, but no smaller than keeps small nets at the scale of the large. */
function frame(drawing, points) {
  const [xs, ys] = [0, 1].map((k) => points.map((point) => point[k]));
  const [left, right] = [Math.min(...xs) - 8, Math.max(...xs) + 8];
  const [top, bottom] = [Math.min(...ys) - 8, Math.max(...ys) + 8];
  const [wide, high] = [Math.max(right - left, 7 * UNIT), Math.max(bottom - top, 4.4 * UNIT)];
  const box = [(left + right - wide) / 2, (top + bottom - high) / 2, wide, high];
  drawing.setAttribute("viewBox", box.map(Math.round).join(" "));
}

export default { render };
