// One activation φ or two: curve, slope, curvature, and what becomes of a Gaussian that goes through, computed in the page.
//
// A state is { first, second, x, mean, spread, window, presets }. An activation is a word: its name, with its parameters
// as in "elu(0.5)" and "rrelu(0.1~0.3)"; the second may be "none".

import { button, examples, html, keepKeys, menu, svg, traits, write } from "./display.mjs";

/** The parts of the state that a link carries. */
export const linked = ["first", "second", "x", "mean", "spread", "window"];

const WINDOWS = [2, 4, 8]; // the window goes from −window to window, φ from half as far below 0
const FURTHEST = 4, LEAST = 0.1, MOST = 4; // mean of the Gaussian, its spread
const BINS = 60; // of what comes out, over the height of the window: 0, 1 and −1 are edges
const TAIL = 9; // spreads; what lies beyond is less than 10⁻¹⁸ of a Gaussian
const BESIDE = 2 ** -40; // how far beside a cut its one-sided limits are read
const STEPS = 44; // of bisection
const SAMPLES = 801; // across the window, where the largest difference is looked for
const NUDGE = 1 + 1e-9; // ties round up, and the last digits of the machine do not show
const NOTHING = 1e-9; // what is smaller is written as 0
const FAR = 1e100; // where a limit at infinity is read
const KINDS = ["jump", "kink", "bend"]; // of φ, of its slope, of its curvature

const range = (count, first = 0) => Array.from({ length: count }, (_, k) => first + k);
const { abs, exp, expm1, log1p, max, min, PI, sign, sqrt, tanh } = Math;

// --- Functions that JavaScript lacks -----------------------------------------------------------------------

/**
 * The error function, to the last two or three bits: below 3 by the series of positive terms
 * 2/√π · e^(−x²) · (x + 2x³/3 + 4x⁵/15 + …), from there as 1 less the continued fraction of its complement.
 */
export function erf(x) {
  const z = abs(x);
  if (!(z < 6)) return Number.isNaN(x) ? x : sign(x);
  if (z < 3) {
    let term = z, sum = z;
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= 2 * z * z / (2 * n + 1);
    return sign(x) * 2 / sqrt(PI) * exp(-z * z) * sum;
  }
  let below = z;
  for (let n = 60; n > 0; n--) below = z + n / 2 / below;
  return sign(x) * (1 - exp(-z * z) / sqrt(PI) / below);
}

const bell = (x) => exp(-x * x / 2) / sqrt(2 * PI);
const bellBelow = (x) => (1 + erf(x / sqrt(2))) / 2;
const gated = (x, gate) => (gate === 0 ? 0 : x * gate);
const log1pexp = (x) => max(x, 0) + log1p(exp(-abs(x)));
const logistic = (x) => { const e = exp(-abs(x)); return (x < 0 ? e : 1) / (1 + e); };
const logisticSlope = (x) => { const e = exp(-abs(x)); return e / (1 + e) ** 2; };
const logisticBend = (x) => -logisticSlope(x) * tanh(x / 2);
const tanhSlope = (x) => 1 - tanh(x) ** 2;
const tanhBend = (x) => -2 * tanh(x) * tanhSlope(x);
const clip = (x, low, high) => min(max(x, low), high);

// --- Every φ -----------------------------------------------------------------------------------------------

const zero = () => 0;
const [SOLID, DASHED, DOTTED, LONG, SHORT] = ["", "8 3.2", "2 2.8", "18 4", "4 2"];
const SCALE = 1.0507009873554804934, ALPHA = 1.6732632423543772848; // of SELU
const C = sqrt(2 / PI), K = 0.044715; // of GELU's tanh form
const gateOf = (x) => tanh(C * (x + K * x ** 3)), rise = (x) => C * (1 + 3 * K * x * x);

/** Bent at 0: the slope on the left is made of the parameters. */
const bent = (slope = (a) => a) => ({
  f: (x, p) => max(x, 0) + gated(min(x, 0), slope(...p)), d: (x, p) => (x > 0 ? 1 : slope(...p)), c: zero, cuts: [0],
});
/** λ times ELU. */
const elu = (alpha, scale = 1) => ({
  f: (x, p) => scale * (max(x, 0) + alpha(p) * expm1(min(x, 0))), d: (x, p) => scale * (x > 0 ? 1 : alpha(p) * exp(min(x, 0))),
  c: (x, p) => (x > 0 ? 0 : scale * alpha(p) * exp(min(x, 0))), cuts: [0],
});
/** x times the logistic curve of βx. */
const swish = (beta) => ({
  f: (x, p) => gated(x, logistic(gated(x, beta(p)))),
  d: (x, p) => { const z = gated(x, beta(p)); return logistic(z) + gated(z, logisticSlope(z)); },
  c: (x, p) => { const b = beta(p), z = gated(x, b); return 2 * b * logisticSlope(z) + b * gated(z, logisticBend(z)); },
  dips: beta,
});
const one = () => 1;
const mishGate = (x) => tanh(log1pexp(x));

/** Name, words, colour of a line, and of text where that is darker. */
const families = [
  ["threshold", "All or nothing, or a line", "#1f1c21"], ["logistic", "Logistic", "#134172"], ["tanh", "tanh", "#309adb", "#1478b0"],
  ["softplus", "Softplus", "#8431dd"], ["relu", "Rectified", "#b73a09"], ["leaky", "Leaky", "#d67e0d", "#a96000"],
  ["elu", "Exponential below 0", "#5e2e1c"], ["gelu", "Gated", "#0c7b59"],
];
const slope = (low, high, start) => ["slope", "slope", low, high, start];
const beta = (low) => ["beta", "β", low, 50, 1];
const alpha = (low) => ["alpha", "α", low, 3, 1];

/**
 * Name: [words, family, dashes, φ, parameters]. Of φ: f, d and c are value, slope and curvature at (x, parameters), cuts
 * where its pieces meet, dips tells 1 over the scale of a dip, narrow that of its narrowest bend. A parameter is [name,
 * symbol, least, greatest, default]. The order is that of the families, and in them of the years.
 */
export const ALL = {
  identity: ["identity", "threshold", DOTTED, { f: (x) => x, d: one, c: zero }],
  step: ["step", "threshold", SOLID, { f: (x) => (x < 0 ? 0 : 1), d: zero, c: zero, cuts: [0] }],
  sign: ["sign", "threshold", DASHED, { f: sign, d: zero, c: zero, cuts: [0] }],
  sigmoid: ["sigmoid", "logistic", SOLID, { f: logistic, d: logisticSlope, c: logisticBend }],
  hard_sigmoid: ["hard sigmoid", "logistic", DASHED, { f: (x, [a]) => clip(a * x + 0.5, 0, 1),
    d: (x, [a]) => (abs(a * x) < 0.5 ? a : 0), c: zero, cuts: ([a]) => [-0.5 / a, 0.5 / a] }, slope(0.05, 2, 0.5)],
  tanh: ["tanh", "tanh", SOLID, { f: tanh, d: tanhSlope, c: tanhBend }],
  scaled_tanh: ["1.7159 tanh(2x/3)", "tanh", DASHED, { f: (x) => 1.7159 * tanh(2 / 3 * x),
    d: (x) => 1.7159 * 2 / 3 * tanhSlope(2 / 3 * x), c: (x) => 1.7159 * 4 / 9 * tanhBend(2 / 3 * x) }],
  softsign: ["softsign", "tanh", DOTTED, { f: (x) => x / (1 + abs(x)), d: (x) => (1 / (1 + abs(x))) ** 2,
    c: (x) => -2 * sign(x) / (1 + abs(x)) ** 3, cuts: [0] }],
  hard_tanh: ["hard tanh", "tanh", LONG, { f: (x) => clip(x, -1, 1), d: (x) => (abs(x) < 1 ? 1 : 0), c: zero, cuts: [-1, 1] }],
  softplus: ["softplus", "softplus", SOLID, { f: (x, [b]) => log1pexp(b * x) / b, d: (x, [b]) => logistic(b * x),
    c: (x, [b]) => b * logisticSlope(b * x), narrow: ([b]) => 1 / max(b, 1) }, beta(0.2)],
  absolute: ["absolute value", "relu", LONG, { f: abs, d: sign, c: zero, cuts: [0] }],
  relu: ["ReLU", "relu", SOLID, bent(zero)],
  relu6: ["ReLU6", "relu", DASHED, { f: (x) => clip(x, 0, 6), d: (x) => (x > 0 && x < 6 ? 1 : 0), c: zero, cuts: [0, 6] }],
  relu_squared: ["ReLU²", "relu", DOTTED, { f: (x) => max(x, 0) ** 2, d: (x) => 2 * max(x, 0), c: (x) => (x > 0 ? 2 : 0), cuts: [0] }],
  leaky: ["leaky ReLU", "leaky", SOLID, bent(), slope(0, 1, 0.01)],
  prelu: ["PReLU", "leaky", DASHED, bent(), slope(-1, 1, 0.25)],
  rrelu: ["RReLU", "leaky", DOTTED, bent((low, high) => (low + high) / 2), ["lower", "lower", 0, 1, 1 / 8], ["upper", "upper", 0, 1, 1 / 3]],
  elu: ["ELU", "elu", SOLID, elu(([a]) => a), alpha(0)],
  selu: ["SELU", "elu", DASHED, elu(() => ALPHA, SCALE)],
  celu: ["CELU", "elu", DOTTED, { f: (x, [a]) => max(x, 0) + a * expm1(min(x, 0) / a), d: (x, [a]) => exp(min(x, 0) / a),
    c: (x, [a]) => (x > 0 ? 0 : exp(min(x, 0) / a) / a), cuts: [0], narrow: ([a]) => min(a, 1) }, alpha(0.1)],
  gelu: ["GELU", "gelu", SOLID, { f: (x) => gated(x, bellBelow(x)), d: (x) => bellBelow(x) + gated(x, bell(x)),
    c: (x) => bell(x) * (2 - x * x), dips: one }],
  gelu_tanh: ["GELU (tanh)", "gelu", LONG, { f: (x) => gated(x, (1 + gateOf(x)) / 2),
    d: (x) => { const t = gateOf(x); return (1 + t) / 2 + gated(x * rise(x), 1 - t * t) / 2; },
    c: (x) => { const t = gateOf(x), r = rise(x); return (1 - t * t) * (r + x * (C * 6 * K * x - 2 * t * r * r) / 2); }, dips: one }],
  gelu_sigmoid: ["GELU (sigmoid)", "gelu", SHORT, { ...swish(() => 1.702), dips: one }],
  silu: ["SiLU", "gelu", DASHED, { ...swish(([b]) => b), narrow: ([b]) => 1 / max(b, 1) }, beta(0)],
  mish: ["Mish", "gelu", DOTTED, { f: (x) => gated(x, mishGate(x)),
    d: (x) => { const t = mishGate(x); return t + gated(x, (1 - t * t) * logistic(x)); },
    c: (x) => { const t = mishGate(x), s = logistic(x); return (1 - t * t) * (2 * s + x * (logisticSlope(x) - 2 * t * s * s)); }, dips: one }],
};

const inkOf = ({ family }) => families.find(([name]) => name === family);
const nameOf = (word) => word.split("(")[0];

/** The activation that a word stands for: its parameters bound. Throws an error that says what was expected. */
function read(what, word) {
  const [, name, inner] = /^([a-z0-9_]+)(?:\(([^()]*)\))?$/.exec(word) ?? [];
  if (!Object.hasOwn(ALL, name)) {
    const known = [...Object.keys(ALL).sort(), ...(what === "second" ? ["none"] : [])];
    throw new Error(`${what} is “${word}”; expected one of ${known.join(", ")}, with parameters as in elu(0.5)`);
  }
  const [title, family, dashes, { f, d, c, cuts, dips, narrow }, ...parameters] = ALL[name];
  let p = parameters.map((each) => each[4]);
  if (inner !== undefined) {
    const texts = inner.split("~");
    if (texts.length !== parameters.length) {
      throw new Error(`${what} is “${word}”; expected ${parameters.map((each) => each[0]).join(", ") || "no parameter"} of ${title}`);
    }
    p = texts.map((text, k) => {
      const [parameter, , low, high] = parameters[k], value = Number(text);
      if (!/^-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?$/.test(text) || value < low || value > high) {
        throw new Error(`${what} is “${word}”; expected ${parameter} of ${title} from ${short(low)} to ${short(high)}`);
      }
      return value;
    });
    if (name === "rrelu" && p[0] > p[1]) throw new Error(`${what} is “${word}”; expected lower of RReLU to be at most upper`);
  }
  const shown = parameters.map(([, symbol], k) => `${symbol} = ${short(p[k])}`).join(", ");
  const rules = [f, d, c].map((rule) => (x) => rule(x, p)), [value, slope, curvature] = rules;
  return {
    name, parameters, p, dashes, family, title, label: title + (shown ? ` (${shown})` : ""), rules, value, slope, curvature,
    cuts: typeof cuts === "function" ? cuts(p) : cuts ?? [], dip: dips?.(p) ?? 0, narrow: narrow?.(p) ?? 1,
  };
}

const shownOf = ({ first, second }) => [read("first", first), ...(second === "none" ? [] : [read("second", second)])];

// --- Arithmetic: the same as in Python ---------------------------------------------------------------------

const beside = (at, side) => at + side * BESIDE * max(1, abs(at));

/** Where φ (order 0), slope (1) or curvature (2) jumps, with the limits of each of the three from left and right. */
function jumps(phi) {
  return phi.cuts.flatMap((at) => {
    const limits = phi.rules.map((rule) => [-1, 1].map((side) => rule(beside(at, side))));
    const order = limits.findIndex(([left, right]) => abs(right - left) > NOTHING);
    return order < 0 ? [] : [{ at, order, kind: KINDS[order], limits, sides: limits[order] }];
  });
}

function atPoint(phi, x) {
  const met = jumps(phi).find(({ at }) => at === x);
  return { value: phi.value(x), slope: phi.slope(x), curvature: met ? NaN : phi.curvature(x), kind: met?.kind ?? "", sides: met?.sides ?? null };
}

/** A function over the window as runs of points, broken at the jumps up to that of φ (0), of its slope (1), of its curvature (2). */
function curve(rule, cuts, order, window) {
  const broken = cuts.filter((cut) => cut.order <= order && abs(cut.at) < window).map(({ at }) => at).sort((a, b) => a - b);
  const ends = [-window, ...broken, window], x = range(FINE).map((k) => -window + 2 * window * k / (FINE - 1));
  return range(ends.length - 1).map((k) => {
    const first = k ? beside(ends[k], 1) : ends[k], last = k < broken.length ? beside(ends[k + 1], -1) : ends[k + 1];
    return [first, ...x.filter((each) => each > first && each < last), last].map((each) => [each, rule(each)]);
  });
}

/** The sixteen nodes and weights of Gauss and Legendre, by Newton's method. */
const LEGENDRE = range(16).map((k) => {
  let x = Math.cos(PI * (k + 0.75) / 16.5), steep = 0;
  for (let turn = 0; turn < 8; turn++) {
    let [before, now] = [1, x];
    for (let n = 2; n <= 16; n++) [before, now] = [now, ((2 * n - 1) * x * now - (n - 1) * before) / n];
    steep = 16 * (x * now - before) / (x * x - 1);
    x -= now / steep;
  }
  return [x, 2 / ((1 - x * x) * steep * steep)];
});

/** Places and weights whose weighted sum is the expectation over a Gaussian; Python says where the panels end. */
function nodes(phi, mean, spread) {
  const low = mean - TAIL * spread, high = mean + TAIL * spread;
  const ends = [...range(2 * TAIL + 1, -TAIL).map((k) => mean + k * spread), 0, ...phi.cuts];
  for (let far = phi.narrow; far < max(-low, high); far *= 2) ends.push(-far, far);
  const within = ends.filter((end) => end >= low && end <= high).sort((a, b) => a - b);
  return within.slice(1).flatMap((end, k) => {
    const half = (end - within[k]) / 2, middle = (end + within[k]) / 2;
    return LEGENDRE.map(([node, weight]) => {
      const x = middle + half * node;
      return [x, half * weight * bell((x - mean) / spread) / spread];
    });
  });
}

function moments(phi, mean, spread) {
  const points = nodes(phi, mean, spread), expect = (rule) => points.reduce((sum, [x, weight]) => sum + weight * rule(x), 0);
  const first = expect(phi.value), square = expect((x) => phi.value(x) ** 2), slope = expect((x) => phi.slope(x) ** 2);
  const gain = square > 0 ? sqrt((mean ** 2 + spread ** 2) / square) : Infinity;
  return {
    mean: first, variance: expect((x) => (phi.value(x) - first) ** 2), square,
    zeros: atoms(phi, mean, spread).reduce((sum, [place, mass]) => sum + (place === 0 ? mass : 0), 0),
    slope, gain, back: gain * sqrt(slope),
  };
}

const shareBelow = (x, mean, spread) => bellBelow((x - mean) / spread);

/** The pieces on which φ only rises, only falls, or is flat: [from, to, of a flat one its value]. */
function pieces(phi) {
  const dips = [];
  if (phi.dip) {
    let low = -3 / phi.dip, high = 0;
    for (let k = 0; k < STEPS; k++) {
      const middle = (low + high) / 2;
      if (phi.slope(middle) < 0) low = middle; else high = middle;
    }
    dips.push((low + high) / 2);
  }
  const ends = [-Infinity, ...[...phi.cuts, ...dips].sort((a, b) => a - b), Infinity];
  return range(ends.length - 1).map((k) => {
    const a = ends[k], b = ends[k + 1];
    const inside = phi.cuts.includes(a) ? beside(a, 1) : phi.cuts.includes(b) ? beside(b, -1) : null;
    return [a, b, inside !== null && phi.slope(inside) === 0 ? phi.value(inside) + 0 : null];
  });
}

/** The single values that come out with a probability above 0, and that probability, the least first. */
function atoms(phi, mean, spread) {
  const found = new Map();
  for (const [a, b, flat] of pieces(phi)) {
    if (flat !== null) found.set(flat, (found.get(flat) ?? 0) + shareBelow(b, mean, spread) - shareBelow(a, mean, spread));
  }
  return [...found].sort(([a], [b]) => a - b);
}

/** The edges of the bins of what comes out: from −window/2 to window. */
const edgesOf = (window) => range(BINS + 1).map((k) => (k - BINS / 3) * window * 1.5 / BINS);

/** How the output is spread: the shares between the edges, below and above them, and its atoms. */
function shares(phi, mean, spread, edges) {
  const below = edges.map(zero);
  let total = 0;
  for (const [a, b, flat] of pieces(phi)) {
    const low = max(a, mean - TAIL * spread), high = min(b, mean + TAIL * spread);
    if (flat !== null || low >= high) continue;
    const [atLow, atHigh] = [a, b].map((end) => phi.value(clip(end, -FAR, FAR)));
    const least = shareBelow(low, mean, spread), most = shareBelow(high, mean, spread), way = atHigh > atLow ? 1 : -1;
    total += most - least;
    edges.forEach((edge, k) => {
      if (edge >= max(atLow, atHigh)) below[k] += most - least;
      else if (edge > min(atLow, atHigh)) {
        let left = low, right = high;
        for (let step = 0; step < STEPS; step++) {
          const middle = (left + right) / 2;
          if (way * phi.value(middle) < way * edge) left = middle; else right = middle;
        }
        const crossed = shareBelow((left + right) / 2, mean, spread);
        below[k] += way > 0 ? crossed - least : most - crossed;
      }
    });
  }
  return {
    shares: below.slice(1).map((value, k) => value - below[k]), below: below[0], above: total - below.at(-1),
    atoms: atoms(phi, mean, spread),
  };
}

/** Where in the window two differ most, and by how much; of equals the rightmost. */
function largestDifference(one, other, window) {
  const apart = (x) => abs(one.value(x) - other.value(x)), step = 2 * window / (SAMPLES - 1);
  const among = [...one.cuts, ...other.cuts].filter((at) => abs(at) < window);
  const sides = among.flatMap((at) => [beside(at, -1), beside(at, 1)]);
  const places = [...range(SAMPLES).map((k) => k * step - window), ...sides], sizes = places.map(apart);
  const enough = max(...sizes) * (1 - 1e-9), best = max(...places.filter((_, k) => sizes[k] >= enough)), size = apart(best);
  if (sides.includes(best)) return [best, size];
  let low = max(best - step, -window, ...among.filter((at) => at <= best));
  let high = min(best + step, window, ...among.filter((at) => at >= best));
  const golden = (sqrt(5) - 1) / 2;
  for (let k = 0; k < 40; k++) {
    const a = high - golden * (high - low), b = low + golden * (high - low);
    if (apart(a) >= apart(b)) high = b; else low = a;
  }
  const middle = (low + high) / 2, better = apart(middle);
  return better > size * (1 + 1e-12) ? [middle, better] : [best, size];
}

/** Everything that is shown: of each activation what it is at x, what it makes of the Gaussian; and the difference. */
export function compute(state) {
  const { x, mean, spread, window } = state, shown = shownOf(state), edges = edgesOf(window);
  return {
    shown, edges,
    here: shown.map((phi) => atPoint(phi, x)),
    through: shown.map((phi) => moments(phi, mean, spread)),
    outputs: shown.map((phi) => shares(phi, mean, spread, edges)),
    cuts: shown.map(jumps),
    difference: shown.length > 1 ? largestDifference(...shown, window) : null,
  };
}

/** Throw an error that names the first thing wrong with a state. */
export function check(state) {
  const { second, window } = state;
  read("first", state.first);
  if (second !== "none") read("second", second);
  for (const [name, low, high] of [["x", -WINDOWS.at(-1), WINDOWS.at(-1)], ["mean", -FURTHEST, FURTHEST], ["spread", LEAST, MOST]]) {
    const value = state[name];
    if (typeof value !== "number" || !(value >= low && value <= high)) {
      throw new Error(`${name} is “${value}”; expected a number from ${short(low)} to ${short(high)}`);
    }
  }
  if (!WINDOWS.includes(window)) throw new Error(`window is “${window}”; expected one of ${WINDOWS.join(", ")}`);
}

// --- In words ----------------------------------------------------------------------------------------------

const raised = (power) => [...String(power)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");
const minus = (value, words) => (value < 0 && /[1-9]/.test(words) ? `−${words}` : words);

/** A number with four digits: 0.3457, 15.20, 4.730 · 10⁻⁵; what is next to nothing as 0. */
function number(value) {
  if (!Number.isFinite(value)) return "none";
  if (abs(value) < NOTHING) return "0";
  const [digits, power] = (abs(value) * NUDGE).toExponential(3).split("e").map(Number);
  if (abs(power) >= 5) return minus(value, `${digits.toFixed(3)} · 10${raised(power)}`);
  return minus(value, Number(`${digits}e${power}`).toFixed(max(3 - power, 0)));
}

/** A number with up to three decimals. */
const short = (value) => minus(value, String(Number((abs(value) * NUDGE).toFixed(3))));

/** A number with two decimals. */
const fixed = (value) => minus(value, (abs(value) * NUDGE).toFixed(2));

function percent(share) {
  const written = (100 * share * NUDGE).toFixed(1);
  return written === "0.0" && share > NOTHING ? "under 0.1 %" : `${written} %`;
}

function atWords({ value, slope, curvature, kind, sides }) {
  const [left, right] = (sides ?? []).map(number);
  if (kind === "jump") return `${number(value)}, where it jumps from ${left} to ${right}`;
  if (kind === "kink") return `${number(value)}, a kink: its slope jumps from ${left} to ${right}`;
  if (kind === "bend") return `${number(value)}, slope ${number(slope)}, curvature jumps from ${left} to ${right}`;
  return `${number(value)}, slope ${number(slope)}, curvature ${number(curvature)}`;
}

/** Say in a few words what is shown. */
export function reading(state, found = compute(state)) {
  const { x, mean, spread, window } = state, { shown, here, through, difference } = found;
  const said = [`At x = ${fixed(x)}: ${shown.map(({ label }, k) => `${label} ${atWords(here[k])}`).join("; ")}.`];
  if (difference) {
    const [at, size] = difference;
    said.push(size < NOTHING ? `They do not differ between −${window} and ${window}.`
      : `They differ most at x = ${fixed(at)}, by ${number(size)}.`);
  }
  said.push(`Of a Gaussian of mean ${short(mean)} and spread ${short(spread)} `
    + `${shown.map(({ label }, k) => `${label} makes mean ${number(through[k].mean)}, variance ${number(through[k].variance)}`).join("; ")}.`);
  return said.join(" ");
}

/** What the first preset that shows these activations says to look at, whatever their parameters. */
export function look({ first, second, presets }) {
  const pair = ({ first: one = "none", second: other = "none" }) => `${nameOf(one)} ${nameOf(other)}`;
  return Object.values(presets).find((values) => pair(values) === pair({ first, second }))?.look ?? "";
}

// --- Display -----------------------------------------------------------------------------------------------

const PANELS = [null, [-0.5, 2], [-1, 2]]; // what of φ, slope and curvature is drawn; φ goes with the window
const CUT = 2.5; // times the peak of what goes in: what is denser in what comes out is cut off
const FINE = 321; // points of a curve
const ROOM = 0.12; // of the width, between two words at kinks
const SIDES = ["one", "other"]; // what is the first's and the second's in a picture
const POINTS = 20; // steps of x to 1

/** The values that the slider of a parameter stops at: finer towards 0. */
function stops([name, , low, high, start]) {
  const all = name === "beta" ? [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.702, 1.8, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50]
    : name === "alpha" ? [...range(61).map((k) => k / 20), 1.673]
      : [...range(61, -20).map((k) => k / 20), 0.01, 0.02, 0.125, 1 / 6, 0.229, 1 / 3];
  return [...new Set([...all, start])].filter((value) => value >= low && value <= high).sort((a, b) => a - b);
}
const nearest = (values, value) => values.reduce((best, each, k) => (abs(each - value) < abs(values[best] - value) ? k : best), 0);

function render({ model, el }) {
  const presets = model.get("presets");
  const { state, change, hear } = traits(model, linked);
  const initial = state();

  // Controls
  function dial(words, low, high, set) {
    const shown = html("span", { class: "value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: low, max: high, "aria-label": words, input: () => set(Number(input.value)) });
    return {
      input, row: html("label", { class: "dial" }, html("span", {}, words), input, shown),
      show(value, text) {
        input.value = value;
        input.setAttribute("aria-valuetext", text);
        shown.textContent = text;
      },
    };
  }
  const swatch = (name) => svg("svg", { class: "swatch", viewBox: "0 0 44 10", "aria-hidden": "true" }, svg("path", { class: name, d: "M0 5H44" }));

  /** The choice of one activation, and a slider for each of its parameters. */
  function side(part, words) {
    const groups = families.map(([family, title]) => html("optgroup", { label: title },
      ...Object.entries(ALL).filter(([, each]) => each[1] === family).map(([name, each]) => html("option", { value: name }, each[0]))));
    const select = html("select", { change: () => change({ [part]: select.value }) },
      ...(part === "second" ? [html("option", { value: "none" }, "none")] : []), ...groups);
    const dials = html("span", { class: "dials" });
    let built = "", rows = [];
    return {
      node: html("div", { class: "controls choice" }, html("label", {}, html("span", {}, words), select), swatch(part === "first" ? "one" : "other"), dials),
      show(phi) {
        select.value = phi?.name ?? "none";
        if (built !== select.value) {
          built = select.value;
          rows = (phi?.parameters ?? []).map((parameter, k) => {
            const values = stops(parameter);
            const each = dial(`${parameter[1]} of ${phi.title}`, 0, values.length - 1, (place) => {
              const { p } = read(part, model.get(part));
              p[k] = values[place];
              if (phi.name === "rrelu") p[1 - k] = k ? min(p[0], p[1]) : max(p[0], p[1]);
              change({ [part]: `${phi.name}(${p.join("~")})` });
            });
            return { ...each, values };
          });
          dials.replaceChildren(...rows.map(({ row }) => row));
        }
        rows.forEach((each, k) => each.show(nearest(each.values, phi.p[k]), short(phi.p[k])));
      },
    };
  }
  const sides = [side("first", "First"), side("second", "Second")];
  const points = dial("x", 0, 1, (place) => change({ x: place / POINTS }));
  const means = dial("input mean", -10 * FURTHEST, 10 * FURTHEST, (place) => change({ mean: place / 10 }));
  const spreads = dial("input spread", 10 * LEAST, 10 * MOST, (place) => change({ spread: place / 10 }));
  const windows = menu("Window", WINDOWS.map((each) => [each, `−${each} to ${each}`]), (value) => {
    const window = Number(value);
    change({ window, x: clip(model.get("x"), -window, window) });
  });

  // Pictures: all that is drawn in lines keeps its width, and words are not part of them
  function panel(name, bars = false) {
    const names = ["grid", "here", "other", "one", "ring", "ring core", "dot other", "dot one", ...(bars ? ["bar one", "bar other"] : [])];
    const paths = names.map((each) => svg("path", { class: each, "vector-effect": "non-scaling-stroke" }));
    const node = svg("svg", { class: name, role: "img", preserveAspectRatio: "none", viewBox: "0 0 1 1" }, ...paths);
    const [scale, tags] = ["scale", "tags"].map((each) => html("div", { class: each, "aria-hidden": "true" }));
    return {
      node, scale, tags, box: html("div", { class: "panel" }, node, tags),
      set(shapes) {
        for (const [each, d] of Object.entries(shapes)) paths[names.indexOf(each)].setAttribute("d", d);
      },
      say: (words) => node.setAttribute("aria-label", words),
    };
  }
  const point = (event) => {
    const { left, width } = event.currentTarget.getBoundingClientRect(), window = model.get("window");
    change({ x: clip(Math.round(((event.clientX - left) / width * 2 - 1) * window * POINTS) / POINTS, -window, window) });
  };
  const panels = range(3).map(() => panel("plot")), apart = panel("plot apart"), input = panel("strip"), output = panel("out", true);
  for (const { node } of [...panels, apart]) {
    node.addEventListener("pointerdown", point);
    node.addEventListener("pointermove", (event) => { if (event.buttons & 1) point(event); });
  }
  const numbers = range(2).map(() => html("div", { class: "numbers", "aria-hidden": "true" }));
  const title = (words = "") => html("p", { class: "title" }, words), gap = () => html("div");
  const given = title(), magnified = title(), lost = html("p", { class: "hint lost" });
  const heads = html("tr"), rows = html("tbody");
  const picture = html("div", { class: "picture" },
    html("div", { class: "left" }, title("φ(x)"), panels[0].scale, panels[0].box, given, gap(), input.box, gap(), numbers[0]),
    html("div", { class: "right" }, title("Output"), output.box, lost),
    html("div", { class: "left" }, title("Slope φ′(x)"), panels[1].scale, panels[1].box, title("Curvature φ″(x)"), panels[2].scale,
      panels[2].box, magnified, apart.scale, apart.box, gap(), numbers[1]),
    html("div", { class: "right" }, html("table", {}, html("thead", {}, heads), rows)));
  const said = html("p", { class: "reading", "aria-live": "polite" }), hint = html("p", { class: "look", "aria-live": "polite" });
  keepKeys(el);
  el.append(html("div", { class: "phi" },
    examples(Object.entries(presets).map(([words, { look: _, ...values }]) => button(words, () => change(values)))),
    hint, sides[0].node, sides[1].node,
    html("div", { class: "controls" }, points.row, windows.label),
    html("div", { class: "controls" }, means.row, spreads.row),
    picture, said,
    html("div", { class: "controls" }, button("Reset", () => change(initial))),
    html("p", { class: "hint" }, "Rings: where a curve jumps, the value from either side. A kink has no second derivative. "
      + "The output is turned on its side, to the scale of φ: the wider, the more of it; a bar is a value that comes out with a "
      + "probability of its own. Gain: what weights of mean square 1/n are to be multiplied by so that the next sums have the mean square of "
      + "these. Gradient, a layer: the root mean square factor on the way back, at that gain.")));
  const root = el.lastChild;

  /** Words beside a picture, each at its share of the height or the width. */
  const put = (node, edge, words) => node.replaceChildren(...words.map(([share, text, ink = "inherit"]) =>
    html("span", { style: `${edge}: ${(100 * share).toFixed(2)}%; color: ${ink}` }, text)));
  const path = (points) => `M${points.map(([across, down]) => `${across.toFixed(5)} ${down.toFixed(5)}`).join("L")}`;

  function draw({ x, mean, spread, window }, { shown, here, cuts }) {
    const across = (at) => (at + window) / (2 * window), cross = `M${across(x)} 0V1`, all = shown.map(({ label }) => label).join(" and ");
    panels.forEach(({ set, say, scale, tags }, part) => {
      const [low, high] = PANELS[part] ?? [-window / 2, window], down = (value) => clip((high - value) / (high - low), -2, 3);
      const circles = (points) => points.filter(([at, value]) => abs(at) <= window && value >= low && value <= high)
        .map(([at, value]) => `${path([[across(at), down(value)]])}h0`).join("");
      const broken = cuts.flat().filter(({ order }) => order <= part), rings = circles(broken.flatMap(({ at, limits }) => limits[part].map((value) => [at, value])));
      set({ grid: `M${across(0)} 0V1M0 ${down(0)}H1`, here: cross, ring: rings, "ring core": rings });
      SIDES.forEach((side, k) => {
        const runs = shown[k] ? curve(shown[k].rules[part], cuts[k], part, window) : [];
        const { value, slope, curvature, kind } = here[k] ?? {}, sharp = kind === "jump" || kind === "kink";
        set({ [side]: runs.map((run) => path(run.map(([at, height]) => [across(at), down(height)]))).join(""),
          [`dot ${side}`]: circles([[x, [value, sharp ? NaN : slope, curvature][part]]]) });
      });
      put(scale, "top", [low, 0, high].map((value) => [down(value), short(value)]));
      const named = []; // kinks, as far as there is room for the word
      for (const { at, order, kind } of part < 2 ? [] : broken) {
        if (order < 2 && abs(at) <= window && named.every(([place]) => abs(place - across(at)) > ROOM)) named.push([across(at), kind]);
      }
      put(tags, "left", named);
      say(`${["φ", "slope", "curvature"][part]} of ${all} from −${window} to ${window}`);
    });
    for (const node of numbers) put(node, "left", [-window, 0, window].map((value) => [across(value), short(value)]));
    given.textContent = `Input: mean ${short(mean)}, spread ${short(spread)}`;
    const hump = range(FINE).map((k) => [k / (FINE - 1), 1 - 0.9 * exp(-((((2 * k / (FINE - 1) - 1) * window - mean) / spread) ** 2) / 2)]);
    input.set({ here: cross, one: `${path([[0, 1], ...hump, [1, 1]])}z` });
    input.say(`A Gaussian of mean ${short(mean)} and spread ${short(spread)}`);
    apart.set({ here: cross });
  }

  function drawOutput({ spread }, { shown, edges, outputs }) {
    const peak = CUT / (spread * sqrt(2 * PI)), [low, high] = [edges[0], edges.at(-1)], tall = high - low, labels = [];
    const down = (value) => (high - value) / tall, within = ([value]) => value >= low && value <= high;
    const both = outputs.length > 1 && outputs.every(({ atoms: heaps }) => heaps.length); // their bars lie side by side
    SIDES.forEach((side, k) => {
      const { shares: found = [], atoms: heaps = [] } = outputs[k] ?? {};
      const drawn = heaps.filter((atom) => within(atom) && atom[1] >= 5e-4);
      const steps = found.map((share, bin) =>
        `H${min(share / (edges[bin + 1] - edges[bin]) / peak, 1).toFixed(4)}V${down(edges[bin + 1]).toFixed(5)}`);
      output.set({ [side]: steps.length ? `M0 1${steps.join("")}H0` : "",
        [`bar ${side}`]: drawn.map(([value, mass]) => `M0 ${down(value) + (both ? (k - 0.5) / 50 : 0)}H${mass}`).join("") });
      for (const [value, mass] of drawn) labels.push([down(value), `${percent(mass)} at ${short(value)}`, value > 0 || down(value) > 0.9 ? -1 : 1, inkOf(shown[k]).at(-1)]);
    });
    output.set({ grid: `M0 ${down(0)}H1` });
    put(output.tags, "top", [-1, 1].flatMap((way) => { // from 0 outwards, none upon the one before
      let last = -Infinity;
      return labels.filter((each) => each[2] === way).sort((a, b) => way * (a[0] - b[0])).map(([share, text, , ink]) => {
        last = max(way * share + 0.06, last + 0.07);
        return [way * last, text, ink];
      });
    }));
    output.say(outputs.map(({ atoms: heaps }, k) => `Output of ${shown[k].label}: `
      + (heaps.map(([value, mass]) => `${percent(mass)} at ${short(value)}`).join(", ") || "no value of its own")).join("; "));
    const outside = outputs.map(({ below, above, atoms: heaps }) => below + above + heaps.reduce((sum, atom) => sum + (within(atom) ? 0 : atom[1]), 0));
    lost.textContent = outside.some((share) => share >= 5e-4) ? `Outside these axes: ${outside.map(percent).join(" and ")}` : "";
  }

  function drawDifference({ window }, { shown: [one, other], cuts, difference }) {
    for (const node of [magnified, apart.scale, apart.box]) node.hidden = !difference;
    if (!difference) return;
    const [at, size] = difference, top = size < NOTHING ? 1 : size, less = (x) => one.value(x) - other.value(x);
    const spot = ([x, value]) => [(x + window) / (2 * window), 0.5 - value / (2.2 * top)];
    magnified.textContent = `${one.label} less ${other.label}, from ${number(-top)} to ${number(top)}`;
    apart.set({ grid: "M0.5 0V1M0 0.5H1", "dot one": size < NOTHING ? "" : `${path([spot([at, less(at)])])}h0`,
      one: curve(less, cuts.flat(), 0, window).map((run) => path(run.map(spot))).join("") });
    put(apart.scale, "top", [[0.5, "0"]]);
    apart.say(`The difference, at most ${number(size)}, at x = ${fixed(at)}`);
  }

  function list({ x }, { shown, here, through }) {
    const sharp = ({ kind }, otherwise) => (kind === "jump" || kind === "kink" ? `none: ${kind}` : otherwise);
    heads.replaceChildren(html("td"), ...shown.map(({ title: words, label }) =>
      html("th", { scope: "col" }, shown[0].title === shown[1]?.title ? label : words)));
    const row = (found) => ([words, write]) => html("tr", {}, html("th", { scope: "row" }, words), ...found.map((each) => html("td", {}, write(each))));
    const head = (words) => html("tr", { class: "head" }, html("th", { scope: "rowgroup", colspan: 1 + shown.length }, words));
    rows.replaceChildren(
      head(`At x = ${fixed(x)}`),
      ...[["φ(x)", ({ value }) => number(value)],
        ["slope φ′(x)", (each) => (each.kind === "kink" ? each.sides.map(short).join(" | ") : sharp(each, number(each.slope)))],
        ["curvature φ″(x)", (each) => sharp(each, each.kind ? "jumps" : number(each.curvature))]].map(row(here)),
      head("Of the Gaussian"),
      ...[["mean", "mean"], ["variance", "variance"], ["mean square, E[φ²]", "square"], ["exact zeros", "zeros"], ["mean slope², E[φ′²]", "slope"],
        ["gain, √(E[x²]/E[φ²])", "gain"], ["gradient, a layer", "back"]]
        .map(([words, name]) => [words, (each) => (name === "zeros" ? percent : number)(each[name])]).map(row(through)),
    );
  }

  /** Show the present state. */
  function update() {
    const present = state(), found = compute(present), { x, mean, spread, window } = present, { shown } = found;
    sides.forEach((each, k) => each.show(shown[k]));
    const same = shown.length > 1 && shown[0].name === shown[1].name;
    root.classList.toggle("single", shown.length === 1);
    shown.forEach((phi, k) => {
      root.style.setProperty(`--${SIDES[k]}`, inkOf(phi)[2]);
      root.style.setProperty(`--${SIDES[k]}-dash`, (k && same ? (phi.dashes ? SOLID : DASHED) : phi.dashes) || "none");
    });
    points.input.min = -window * POINTS;
    points.input.max = window * POINTS;
    points.show(Math.round(x * POINTS), fixed(x));
    means.show(Math.round(10 * mean), short(mean));
    spreads.show(Math.round(10 * spread), short(spread));
    windows.select.value = window;
    for (const show of [draw, drawOutput, drawDifference, list]) show(present, found);
    write(hint, look({ ...present, presets }));
    write(said, reading(present, found));
  }

  const stop = hear(update);
  update();
  return stop;
}

export default { render };
