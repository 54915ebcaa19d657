// Back-propagation through two inputs, two hidden units and one output on the exclusive or, step by step.
//
// A state is { weights, phi, rate, case, sweeps, step, presets }. Weights are one word of nine whole hundredths, three
// a unit, its bias last: "27.-46.-92_-97.63.83_21.46.9". All is worked out from them: so many sweeps through the four
// examples, then single examples of fifteen steps each.

import { button, examples, grouped, html, keepKeys, menu, rest, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["weights", "phi", "rate", "case", "sweeps", "step"];

const PHIS = ["sigmoid", "tanh", "step", "relu"];
const CASES = ["turn", "00", "01", "10", "11"]; // all four in turn, or one again and again
const XOR = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]; // two inputs, and what is wanted
const STEPS = 15; // of an example
const REPEATS = 100; // examples that are followed one by one
const MOST = 10000; // sweeps
const LARGEST = 1e5; // a net with a weight beyond this is followed no further
const STEEPEST = 2000; // the largest first weight, in hundredths
const FASTEST = 5; // the largest rate
const NAMES = ["w₁₁", "w₂₁", "b₁", "w₁₂", "w₂₂", "b₂", "v₁", "v₂", "c"];
const UNITS = ["hidden 1", "hidden 2", "the output"];
const MARKS = ["₁", "₂", ""];

// --- Arithmetic: in the same order of operations as in Python ----------------------------------------------

function pass(z, phi) {
  if (phi === "sigmoid") {
    const small = Math.exp(-Math.abs(z)); // never too large for a number
    return z >= 0 ? 1 / (1 + small) : small / (1 + small);
  }
  if (phi === "tanh") return Math.tanh(z);
  return phi === "step" ? Number(z >= 0) : Math.max(0, z);
}

function slopeOf(z, a, phi) {
  if (phi === "sigmoid") return a * (1 - a);
  if (phi === "tanh") return 1 - a * a;
  return Number(phi === "relu" && z > 0);
}

/** All numbers of one example: forward, back, and the weights after it. */
function learn(weights, phi, rate, [x, y, d]) {
  const [w, u, b, w2, u2, b2, v, v2, c] = weights;
  const z1 = w * x + u * y + b, a1 = pass(z1, phi);
  const z2 = w2 * x + u2 * y + b2, a2 = pass(z2, phi);
  const z = v * a1 + v2 * a2 + c, a = pass(z, phi);
  const slopes = [slopeOf(z1, a1, phi), slopeOf(z2, a2, phi), slopeOf(z, a, phi)];
  const off = a - d;
  const blame = off * slopes[2], blame1 = blame * v * slopes[0], blame2 = blame * v2 * slopes[1];
  const gradients = [blame1 * x, blame1 * y, blame1, blame2 * x, blame2 * y, blame2, blame * a1, blame * a2, blame];
  return {
    sums: [z1, z2, z], outputs: [a1, a2, a], slopes, error: 0.5 * off * off, blame: [blame1, blame2, blame], gradients,
    after: weights.map((old, k) => old - rate * gradients[k]),
  };
}

const far = (weights) => weights.some((weight) => Math.abs(weight) > LARGEST);
const totalOf = ([a, b, c, d]) => a.error + b.error + c.error + d.error;

const known = new Map(); // first weights, φ and rate: the weights and the error over all four after each sweep so far

/** The weights after so many sweeps, or as many as are followed, and the error over all four after each. */
function courseOf(word, phi, rate, sweeps) {
  const key = `${word} ${phi} ${rate}`;
  const all = (weights) => totalOf(XOR.map((each) => learn(weights, phi, rate, each)));
  if (!known.has(key)) {
    if (known.size > 7) known.delete(known.keys().next().value);
    const first = word.split(/[._]/).map((part) => Number(part) / 100);
    known.set(key, { weights: [first], errors: [all(first)], ended: false });
  }
  const course = known.get(key);
  while (course.errors.length <= sweeps && !course.ended) {
    let now = course.weights.at(-1);
    for (const example of XOR) {
      now = learn(now, phi, rate, example).after;
      course.ended = far(now);
      if (course.ended) break;
    }
    if (!course.ended) {
      course.weights.push(now);
      course.errors.push(all(now));
    }
  }
  const done = Math.min(sweeps, course.errors.length - 1);
  return [course.weights[done], course.errors.slice(0, done + 1)];
}

/**
 * All steps of the present example: { example, sweeps, learned, at, weights, sums, outputs, slopes, error, blame,
 * gradients, after, better, total, right, course, ended, over, steps: [{ title, words, lines }, …] }; see `lesson` in Python.
 */
export function compute({ weights: word, phi, rate, case: which, sweeps, step }) {
  const exampleOf = (k) => XOR[which === "turn" ? k % 4 : CASES.indexOf(which) - 1];
  let [weights, course] = courseOf(word, phi, rate, sweeps);
  let learned = Math.floor(step / STEPS), at = step % STEPS;
  for (let k = 0; k < learned; k++) {
    const { after } = learn(weights, phi, rate, exampleOf(k));
    if (far(after)) {
      learned = k;
      at = STEPS - 1;
      break;
    }
    weights = after;
  }
  const example = exampleOf(learned);
  const numbers = learn(weights, phi, rate, example);
  const answers = XOR.map((each) => learn(weights, phi, rate, each));
  const done = course.length - 1;
  const last = which === "turn" ? done === MOST && learned >= 3 : learned === REPEATS - 1;
  const lesson = {
    example, sweeps: done, learned, at, weights, ...numbers,
    better: learn(numbers.after, phi, rate, example).error,
    total: totalOf(answers),
    right: answers.filter(({ outputs }, k) => outputs[2] > 0.5 === (XOR[k][2] === 1)).length,
    course,
    ended: done < sweeps,
    over: at === STEPS - 1 && (last || far(numbers.after)),
  };
  return { ...lesson, steps: stepsOf(lesson, phi, rate) };
}

/** Throw an error that names the first thing wrong with a state. */
export function check({ weights, phi, rate, case: which, sweeps, step }) {
  const fits = /^(-?\d{1,4}\.){2}-?\d{1,4}(_(-?\d{1,4}\.){2}-?\d{1,4}){2}$/.test(weights)
    && weights.split(/[._]/).every((part) => Math.abs(Number(part)) <= STEEPEST);
  if (!fits) {
    throw new Error(`weights is “${weights}”; expected nine whole hundredths from -${STEEPEST} to ${STEEPEST}, `
      + "three a unit, such as 27.-46.-92_-97.63.83_21.46.9");
  }
  if (!PHIS.includes(phi)) throw new Error(`phi is “${phi}”; expected one of ${PHIS.join(", ")}`);
  if (!(rate > 0 && rate <= FASTEST && rate === Math.round(20 * rate) / 20)) {
    throw new Error(`rate is “${rate}”; expected a multiple of 0.05 from 0.05 to ${FASTEST}`);
  }
  if (!CASES.includes(which)) throw new Error(`case is “${which}”; expected one of ${CASES.join(", ")}`);
  for (const [name, value, most] of [["sweeps", sweeps, MOST], ["step", step, STEPS * REPEATS - 1]]) {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw new Error(`${name} is “${value}”; expected a whole number from 0 to ${most}`);
    }
  }
}

// --- Words -------------------------------------------------------------------------------------------------

/**
 * A number as printed: three decimals, two digits if it is small, whole numbers as they are. It is first made larger by
 * a billionth, so that a half in the last place goes up here and in Python, and the last bit cannot turn it.
 */
function shown(value) {
  const sign = value < 0 ? "−" : "", whole = Math.abs(value);
  if (whole < 1e4 && Number.isInteger(whole)) return `${sign}${whole}`;
  const size = whole * (1 + 1e-9);
  if (size >= 0.01 && size < 1e4) return `${sign}${size.toFixed(3)}`;
  if (size >= 1e-4 && size < 0.01) return `${sign}${size.toPrecision(2)}`;
  const [digits, power] = size.toExponential(1).split("e");
  const raised = [...String(Number(power))].map((each) => (each === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[each])).join("");
  return `${sign}${digits}·10${raised}`;
}

const factor = (value) => (value < 0 ? `(${shown(value)})` : shown(value));
const passes = (slope) => (slope === 0 ? " The slope is 0, so no blame passes."
  : slope < 0.01 ? " The slope is nearly 0, so hardly any blame passes." : "");
const CURVES = { sigmoid: "the logistic curve", tanh: "tanh", step: "the step", relu: "the rectifier" };

/** The line in which a unit passes on its sum. */
const through = (z, a, phi, mark) => `a${mark} = ${{
  sigmoid: `1 / (1 + exp(−z${mark})) = 1 / (1 + exp(${shown(-z)}))`,
  tanh: `tanh(z${mark}) = tanh(${shown(z)})`,
  step: `(1 if z${mark} ≥ 0, else 0)`,
  relu: `max(0, z${mark}) = max(0, ${shown(z)})`,
}[phi]} = ${shown(a)}`;

/** The line that gives the slope of a unit. */
const sloped = (a, slope, phi, mark) => `slope${mark} = ${{
  sigmoid: `a${mark} · (1 − a${mark}) = ${shown(a)} × ${shown(1 - a)} = `,
  tanh: `1 − a${mark}² = 1 − ${factor(a)}² = `,
  step: "",
  relu: `(1 if z${mark} > 0, else 0) = `,
}[phi]}${shown(slope)}`;

/** What became of the error of an example, given as printed. */
const turned = (before, after) => (before === after
  ? `On this example the error stays at about ${before}.` : `On this example the error goes from ${before} to ${after}.`);

/** Title, words and lines of each step of an example. */
function stepsOf(lesson, phi, rate) {
  const { example: [x, y, d], weights: w, gradients: g, after, sums: z, outputs: a, slopes, blame, error, better } = lesson;
  const inputs = [["x₁", x], ["x₂", y]], hidden = [["a₁", a[0]], ["a₂", a[1]]];

  const forward = (unit, [[one, first], [other, second]]) => {
    const mark = MARKS[unit], k = 3 * unit, [p, q, r] = NAMES.slice(k);
    const added = (value, rest) => ` ${value < 0 ? "−" : "+"} ${shown(Math.abs(value))}${rest}`;
    return [{
      title: `the sum of ${UNITS[unit]}`,
      words: `Each wire into ${UNITS[unit]} carries a number times its weight; the bias is added.`,
      lines: [`z${mark} = ${p} · ${one} + ${q} · ${other} + ${r} = ${shown(w[k])} × ${factor(first)}${
        added(w[k + 1], ` × ${factor(second)}`)}${added(w[k + 2], "")} = ${shown(z[unit])}`],
    }, {
      title: `what ${UNITS[unit]} passes on`,
      words: `The sum goes through ${CURVES[phi]}.`,
      lines: [through(z[unit], a[unit], phi, mark)],
    }];
  };
  const back = (unit) => {
    const mark = MARKS[unit], name = NAMES[6 + unit], slope = slopes[unit];
    const twins = unit === 1 && [0, 1, 2].every((k) => w[k] === w[k + 3]) && w[6] === w[7];
    return {
      title: `the blame of ${UNITS[unit]}`,
      words: `The output's blame goes back along ${name} and through the slope of ${UNITS[unit]}.${passes(slope)}${
        twins ? " It is that of hidden 1: the two are twins, and stay so." : ""}`,
      lines: [sloped(a[unit], slope, phi, mark),
        `δ${mark} = δ · ${name} · slope${mark} = ${shown(blame[2])} × ${factor(w[6 + unit])} × ${shown(slope)} = ${
          shown(blame[unit])}`],
    };
  };
  const wires = (unit, below) => {
    const mark = MARKS[unit], k = 3 * unit;
    const silent = below.filter(([, value]) => value === 0).map(([name]) => name);
    return {
      title: `the gradients of the wires into ${UNITS[unit]}`,
      words: `Each wire's share is the blame times what the wire carried; the bias carried 1.${
        silent.length ? ` ${silent.join(" and ")} carried nothing.` : ""}`,
      lines: [
        ...below.map(([name, value], i) =>
          `∂E/∂${NAMES[k + i]} = δ${mark} · ${name} = ${shown(blame[unit])} × ${factor(value)} = ${shown(g[k + i])}`),
        `∂E/∂${NAMES[k + 2]} = δ${mark} · 1 = ${shown(g[k + 2])}`],
    };
  };

  const size = rate.toFixed(2);
  return [
    { title: "the inputs", words: `Inputs ${x} and ${y} are given, and ${d} is wanted.`, lines: [] },
    ...forward(0, inputs), ...forward(1, inputs), ...forward(2, hidden),
    {
      title: "the error",
      words: "Half the square of what came out less what was wanted.",
      lines: [`E = ½ (a − d)² = ½ (${shown(a[2])} − ${d})² = ${shown(error)}`],
    },
    {
      title: "the blame of the output",
      words: `If the sum z were a little larger, the error would change by δ times that much.${passes(slopes[2])}`,
      lines: [sloped(a[2], slopes[2], phi, ""),
        `δ = (a − d) · slope = ${shown(a[2] - d)} × ${shown(slopes[2])} = ${shown(blame[2])}`],
    },
    wires(2, hidden), back(0), back(1), wires(0, inputs), wires(1, inputs),
    {
      title: "the change",
      words: `Every weight moves by −ε × its gradient, ε = ${size}. ${g.some((each) => each !== 0)
        ? turned(shown(error), shown(better))
        : "All gradients are 0, so nothing moves."}${far(after) ? " A weight is beyond 100,000: here this ends." : ""}`,
      lines: NAMES.map((name, k) =>
        `${name} = ${shown(w[k])} ${g[k] < 0 ? "+" : "−"} ${size} × ${shown(Math.abs(g[k]))} = ${shown(after[k])}`),
    },
  ];
}

/** How the net does on all four examples. */
function standing({ sweeps, learned, total, right, ended }) {
  const many = (count, what) => (count ? [`${grouped(count)} ${what}${count === 1 ? "" : "s"}`] : []);
  const when = [...many(sweeps, "sweep"), ...many(learned, "example")];
  return `${when.length ? `After ${when.join(" and ")}` : "Before learning"}: error over all four ${shown(total)}, ${
    right} of 4 answers on the right side of ½.${
    ended ? " In the next sweep a weight passes 100,000: training ends here." : ""}`;
}

const titled = ({ example: [x, y, d], at, steps }) =>
  `Example ${x} ${y}, wanted ${d}. Step ${at + 1} of ${STEPS}: ${steps[at].title}.`;

/** Say in words and numbers what is computed now. */
export function reading(state) {
  const lesson = compute(state);
  const { words, lines } = lesson.steps[lesson.at];
  return [titled(lesson), words, ...(lines.length ? [`${lines.join("; ")}.`] : []), standing(lesson)].join(" ");
}

// --- Display -----------------------------------------------------------------------------------------------

const PACE = 1800; // milliseconds a step when playing: there is something to read
const BOXES = [[172, 82], [172, 228], [350, 155]]; // the middle of each unit
const WIRES = [ // from, to, and the middle of the label, or its left end at the edge of the picture
  [46, 82, 126, 82, 86, 60], [46, 228, 126, 94, 1, 175], [172, 32, 172, 50, 172, 12],
  [46, 82, 126, 216, 1, 129], [46, 228, 126, 228, 86, 247], [172, 278, 172, 260, 172, 292],
  [218, 82, 304, 145, 272, 75], [218, 228, 304, 165, 272, 230], [350, 99, 350, 123, 357, 78],
];
const SEEN = [12, 12, 12, 13, 13, 13, 9, 9, 9]; // from which step the gradient of each weight is
const ACTIVE = [[], [0, 1, 2], [], [3, 4, 5], [], [6, 7, 8], [], [], [], [6, 7, 8], [6], [7], [0, 1, 2], [3, 4, 5],
  NAMES.map((_, k) => k)];
const AT_WORK = [null, 0, 0, 1, 1, 2, 2, 2, 2, null, 0, 1, null, null, null];
const ROWS = [["z", "sums", [1, 3, 5]], ["a", "outputs", [2, 4, 6]], ["δ", "blame", [10, 11, 8]]]; // and from which step

const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** The content of the picture in words. */
function seen(lesson) {
  const { at, example: [x, y, d], weights } = lesson;
  const units = UNITS.map((name, unit) => {
    const known = ROWS.filter(([, , since]) => at >= since[unit])
      .map(([mark, which]) => `${mark}${MARKS[unit]} ${shown(lesson[which][unit])}`);
    return known.length ? ` ${capital(name)}: ${known.join(", ")}.` : "";
  });
  return `A net of two inputs, ${x} and ${y}, two hidden units and one output, of which ${d} is wanted. Weights: ${
    weights.map((weight, k) => `${NAMES[k]} ${shown(weight)}`).join(", ")}.${units.join("")}`;
}

function render({ model, el }) {
  const { state, change, hear } = traits(model, linked);
  const initial = state();
  const presets = model.get("presets");
  let timer = null;

  /** Go some steps on or back, from the fourth example to the next sweep. */
  function go(steps) {
    const { learned, at, sweeps, over } = compute(state());
    const turning = model.get("case") === "turn", round = 4 * STEPS;
    let step = learned * STEPS + at + steps, now = sweeps;
    if (steps > 0 && over) return;
    if (turning && step < 0 && now > 0) [step, now] = [step + round, now - 1];
    if (turning && step >= round && now < MOST) [step, now] = [step - round, now + 1];
    change({ sweeps: now, step: Math.max(0, Math.min(STEPS * REPEATS - 1, step)) });
  }
  const by = (steps) => () => { play(false); go(steps); };

  function play(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
      const next = () => {
        go(1);
        if (compute(state()).at === STEPS - 1) play(false);
      };
      timer = setInterval(next, PACE);
      next();
    }
    player.textContent = timer === null ? "Play" : "Pause";
  }

  /** Go through all four examples so many times, and stay at the same step of the example. */
  function train(sweeps) {
    play(false);
    const { case: which, sweeps: before, step } = state();
    change({ sweeps: Math.min(MOST, before + sweeps), step: which === "turn" ? step : step % STEPS });
  }

  // Controls
  const player = button("Play", () => play(timer === null));
  const back = button("Back", by(-1)), forward = button("Forward", by(1));
  const slider = html("input", { type: "range", min: 0, max: STEPS - 1, "aria-label": "step of the example",
    input: () => { play(false); go(Number(slider.value) - compute(state()).at); } });
  const stepping = html("div", { class: "controls", role: "group", "aria-label": "Steps", keydown: (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!steps || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // the slider would stop at the end of the example
    by(steps)();
  } }, back, player, forward, slider);
  const choices = {
    case: menu("Example", [["turn", "all four in turn"], ...XOR.map(([x, y, d]) => [`${x}${y}`, `only ${x} ${y} → ${d}`])],
      (which) => { play(false); change({ case: which, step: model.get("step") % STEPS }); }),
    phi: menu("φ", [["sigmoid", "logistic"], ["tanh", "tanh"], ["step", "step: its slope is 0"],
      ["relu", "what if: rectifier (2010)"]], (phi) => { play(false); change({ phi }); }),
  };
  const size = html("output", {});
  const rate = html("input", { type: "range", min: 0.05, max: FASTEST, step: 0.05, "aria-label": "rate ε",
    input: () => { play(false); change({ rate: Math.round(20 * rate.value) / 20 }); } });
  const trainers = [100, 1000].map((sweeps) =>
    button(`Train ${grouped(sweeps)} sweeps`, () => train(sweeps)));
  const starts = Object.entries(presets).map(([words, values]) => button(words, () => {
    play(false);
    change({ sweeps: 0, step: 0, ...values });
  }));

  // The picture: wires, their labels, units
  const wires = WIRES.map(([x, y, u, v]) => {
    const length = Math.hypot(u - x, v - y), [p, q] = [(u - x) / length, (v - y) / length];
    const along = length > 30 ? 0.78 : 0.6; // where the arrow is, clear of the label
    const [tipX, tipY] = [x + (u - x) * along, y + (v - y) * along];
    const arrow = svg("polygon", { class: "arrow" });
    const point = (backwards) => {
      const to = backwards ? -9 : 9;
      arrow.setAttribute("points", [[tipX + to * p, tipY + to * q], [tipX - 6 * q, tipY + 6 * p],
        [tipX + 6 * q, tipY - 6 * p]].map((place) => place.map((each) => each.toFixed(1))).join(" "));
    };
    const line = svg("path", { d: `M${x} ${y}L${u} ${v}` });
    return { line, point, node: svg("g", { class: "wire" }, line, arrow) };
  });
  const labels = WIRES.map(([, , , , x, y]) => {
    const weight = svg("text", { x, y }), share = svg("text", { class: "share", x, y: y + 15 });
    return { weight, share, node: svg("g", { class: x > 1 ? "label" : "label left" }, weight, share) };
  });
  const given = [82, 228].map((y, k) => {
    const text = svg("text", { x: 24, y: y + 5 });
    return { text, name: ["x₁", "x₂"][k], node: svg("g", { class: "unit" },
      svg("rect", { x: 2, y: y - 17, width: 44, height: 34, rx: 4 }), text) };
  });
  const units = BOXES.map(([x, y], unit) => {
    const values = ROWS.map(([, which], row) => svg("text", { class: `value ${which}`, x: x + 40, y: y - 14 + 19 * row }));
    const names = ROWS.map(([mark, which], row) =>
      svg("text", { class: `of ${which}`, x: x - 40, y: y - 14 + 19 * row }, mark + MARKS[unit]));
    return { values, names, node: svg("g", { class: "unit" },
      svg("rect", { x: x - 46, y: y - 32, width: 92, height: 64, rx: 4 }), ...names, ...values) };
  });
  const wanted = svg("text", { x: 350, y: 209 }), error = svg("text", { class: "wrong", x: 350, y: 228 });
  const picture = svg("svg", { class: "net", role: "img", viewBox: "0 0 400 314" },
    ...wires.map(({ node }) => node), ...labels.map(({ node }) => node), ...given.map(({ node }) => node),
    ...units.map(({ node }) => node), wanted, error);

  const title = html("p", { class: "title" }), said = html("p", {}), sums = html("ul", { class: "sums" });
  const how = html("p", { "aria-live": "polite" });
  const curve = svg("path", { class: "curve" });
  const course = html("div", { class: "course" },
    svg("svg", { viewBox: "0 0 124 44", "aria-hidden": "true" }, svg("path", { d: "M2 2V42H122" }), curve), how);
  keepKeys(el);
  el.append(html("div", { class: "blaming" },
    picture, stepping,
    html("div", { class: "reading", "aria-live": "polite" }, title, said, sums),
    course,
    html("div", { class: "controls" }, ...trainers, button("Reset", () => { play(false); change(initial); })),
    html("div", { class: "controls" }, choices.case.label, choices.phi.label, html("label", {}, "ε ", rate, size)),
    examples(starts, { lead: "Start from ", name: "First weights" }),
    html("p", { class: "hint" },
      "Thick wires: large weights; dashed: negative. z: sum, a: what is passed on, δ: blame ∂E/∂z, g: gradient ∂E/∂w. "
      + "A sweep is all four examples in turn, with a change after each. Whatever you set, all is worked out again from "
      + "the first weights. Left and right arrow keys step too, from the buttons or the slider.")));

  /** Show the present state. */
  function update() {
    const present = state();
    const lesson = compute(present);
    const { at, weights, gradients, after, example, steps, course: errors, sweeps, learned, over } = lesson;
    wires.forEach(({ line, point, node }, k) => {
      const weight = Math.abs(weights[k]);
      line.setAttribute("stroke-width", (1 + 6 * weight / (weight + 3)).toFixed(2));
      point(at > 8);
      node.classList.toggle("negative", weights[k] < 0);
      node.classList.toggle("on", ACTIVE[at].includes(k));
      node.classList.toggle("settled", at === STEPS - 1);
      node.classList.toggle("back", at > 8);
      labels[k].weight.textContent = `${NAMES[k]} ${shown(weights[k])}`;
      labels[k].share.textContent = at === STEPS - 1 ? `→ ${shown(after[k])}` : at >= SEEN[k] ? `g ${shown(gradients[k])}` : "";
    });
    given.forEach(({ text, name }, k) => { text.textContent = `${name} ${example[k]}`; });
    units.forEach(({ values, names, node }, unit) => {
      node.classList.toggle("on", AT_WORK[at] === unit);
      ROWS.forEach(([, which, since], row) => {
        values[row].textContent = at >= since[unit] ? shown(lesson[which][unit]) : "";
        names[row].classList.toggle("known", at >= since[unit]);
      });
    });
    wanted.textContent = `wanted ${example[2]}`;
    error.textContent = at >= 7 ? `E ${shown(lesson.error)}` : "";
    picture.setAttribute("aria-label", seen(lesson));

    slider.value = at;
    slider.setAttribute("aria-valuetext", `${at + 1} of ${STEPS}: ${steps[at].title}`);
    const start = at === 0 && learned === 0 && (sweeps === 0 || present.case !== "turn");
    rest(back, start, slider);
    rest(forward, over, slider);
    for (const each of trainers) rest(each, present.sweeps === MOST || lesson.ended, slider);
    for (const [name, { select }] of Object.entries(choices)) select.value = present[name];
    rate.value = present.rate;
    size.textContent = present.rate.toFixed(2);

    write(title, titled(lesson));
    write(said, steps[at].words);
    const { lines } = steps[at];
    if (lines.join("\n") !== [...sums.children].map((item) => item.textContent).join("\n")) {
      sums.replaceChildren(...lines.map((line) => html("li", {}, line)));
    }
    sums.classList.toggle("many", lines.length > 3);
    write(how, standing(lesson));
    const most = errors.reduce((a, b) => Math.max(a, b), 0) || 1, points = Math.min(errors.length, 121);
    const drawn = Array.from({ length: points }, (_, k) => Math.floor(k * (errors.length - 1) / Math.max(points - 1, 1)));
    course.classList.toggle("none", points < 2);
    const place = (k) => `${(2 + 120 * k / (errors.length - 1)).toFixed(1)} ${(42 - 38 * errors[k] / most).toFixed(1)}`;
    curve.setAttribute("d", points > 1 ? `M${drawn.map(place).join("L")}` : "");
  }

  const stop = hear(update);
  update();
  return () => {
    play(false);
    stop();
  };
}

export default { render };
