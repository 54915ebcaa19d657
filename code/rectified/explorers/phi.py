"""The explorer of chapter 11: any two activations with slope and curvature, and what they do to a Gaussian."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import erf, isfinite, pi, sqrt

import numpy as np
from traitlets import Dict, Float, Int, Unicode, validate

from rectified import activations, eras
from rectified.activations import Activation, bell, gated, log1pexp, logistic, logistic_slope, tanh_gate
from rectified.explorers.explorer import HERE, Explorer, expect, fitting
from rectified.palette import DASHED, FAINT, INK, MUTED, PAPER, SOLID, of

WINDOWS = (2, 4, 8)  # the window goes from −window to window, φ from half as far below 0
FURTHEST, LEAST, MOST = 4.0, 0.1, 4.0  # mean of the Gaussian, its spread
BINS = 60  # of what comes out, over the height of the window: 0, 1 and −1 are edges
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
TAIL = 9  # spreads; what lies beyond is less than 10⁻¹⁸ of a Gaussian
BESIDE = 2.0**-40  # how far beside a cut its one-sided limits are read
STEPS = 44  # of bisection
SAMPLES = 801  # across the window, where the largest difference is looked for
NUDGE = 1 + 1e-9  # ties round up, and the last digits of the machine do not show
NOTHING = 1e-9  # what is smaller is written as 0
FAR = 1e100  # where a limit at infinity is read

# the least and the greatest value of each parameter: those of the activation, or within them where they have no end
RANGES = {
    "hard_sigmoid": {"slope": (0.05, 2.0)},
    "softplus": {"beta": (0.2, 50.0)},
    "leaky": {"slope": (0.0, 1.0)},
    "prelu": {"slope": (-1.0, 1.0)},
    "rrelu": {"lower": (0.0, 1.0), "upper": (0.0, 1.0)},
    "elu": {"alpha": (0.0, 3.0)},
    "celu": {"alpha": (0.1, 3.0)},
    "silu": {"beta": (0.0, 50.0)},
}

PRESETS = {
    "ReLU and GELU": {
        "first": "relu", "second": "gelu", "window": 4, "x": -1.0, "mean": 0.0, "spread": 1.0,
        "look": "What the ReLU sends to exactly 0, GELU keeps, squeezed between −0.17 and 0; "
        "its curvature is the kink, spread out.",
    },
    "GELU and its tanh form": {
        "first": "gelu", "second": "gelu_tanh", "window": 4, "x": 2.7, "mean": 0.0, "spread": 1.0,
        "look": "On these axes they are one line; the magnified difference shows where they part, and by how little.",
    },
    "SELU’s fixed point": {
        "first": "selu", "second": "none", "window": 4, "x": -1.0, "mean": 0.0, "spread": 1.0,
        "look": "Mean 0 and variance 1 come out as they went in. Move mean and spread: which way does the output move?",
    },
    "Swish, β from 0 to large": {
        "first": "silu(0)", "second": "relu", "window": 4, "x": -1.0, "mean": 0.0, "spread": 1.0,
        "look": "At β = 0 it is the line x/2. Move β up: it becomes the ReLU, and its curvature one spike at 0.",
    },
    "ReLU and leaky": {
        "first": "relu", "second": "leaky(0.1)", "window": 4, "x": 0.0, "mean": 0.0, "spread": 1.0,
        "look": "Both have a kink at 0. What the ReLU heaps up at exactly 0, the leak spreads out again.",
    },
    "ELU and SELU": {
        "first": "elu(1)", "second": "selu", "window": 4, "x": 0.0, "mean": 0.0, "spread": 1.0,
        "look": "ELU at α = 1 has no kink; SELU has one, at which its slope falls from 1.758 to 1.051.",
    },
}  # fmt: skip


class Phi(Explorer):
    """One activation or two on the same axes: φ, its slope, its curvature, and what it does to a Gaussian.

    first, second: an activation by its name, with parameters as `"elu(0.5)"` and `"rrelu(0.1~0.3)"` or an object of
    `activations`; the second may be "none". x: the point that is read. mean, spread: of the Gaussian that goes in,
    from −4 to 4 and from 0.1 to 4. window: 2, 4 or 8, how far the axes go on either side. presets: by the words on
    their button the traits to set and `look`, a sentence on what to look at; PRESETS if not given.

    The expectations are sums over fixed nodes, so that the page and Python agree to nine digits. The traits but
    presets follow the reader, and can be set. Raises TraitError if one of them does not fit.
    """

    name = "phi"
    caption = (
        "One activation or two: curve, slope, curvature, and what becomes of a Gaussian that goes through."
    )
    _esm = HERE / "phi.mjs"

    first = Unicode().tag(sync=True)
    second = Unicode().tag(sync=True)
    x = Float().tag(sync=True)
    mean = Float().tag(sync=True)
    spread = Float().tag(sync=True)
    window = Int().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        first: str | Activation = "relu",
        second: str | Activation | None = "gelu",
        *,
        x: float = -1.0,
        mean: float = 0.0,
        spread: float = 1.0,
        window: int = 4,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            first=_word(first),
            second="none" if second is None else _word(second),
            x=x,
            mean=mean,
            spread=spread,
            window=window,
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("first", "second", "x", "mean", "spread", "window", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    def shown(self) -> list[Activation]:
        """Return the activations that are shown, one or two, with their parameters bound."""
        return [_read("first", self.first)] + (
            [_read("second", self.second)] if self.second != "none" else []
        )

    def here(self) -> list[dict[str, object]]:
        """Return what each activation is at x, as `at_point` does."""
        return [at_point(each, self.x) for each in self.shown()]

    def through(self) -> list[dict[str, float]]:
        """Return what each activation makes of the Gaussian, as `moments` does."""
        return [moments(each, self.mean, self.spread) for each in self.shown()]

    def outputs(self) -> list[dict[str, object]]:
        """Return how what comes out of each activation is spread over the height of the window, as `shares` does."""
        return [shares(each, self.mean, self.spread, edges(self.window)) for each in self.shown()]

    def difference(self) -> tuple[float, float] | None:
        """Return where in the window the two differ most, and by how much; None if there is only one."""
        return None if self.second == "none" else largest_difference(*self.shown(), self.window)

    def look(self) -> str:
        """Return what the first preset that shows these activations says to look at, whatever their parameters."""
        pair = [_name(self.first), _name(self.second)]
        for values in self.presets.values():
            if [_name(str(values.get(part, "none"))) for part in ("first", "second")] == pair:
                return str(values.get("look", ""))
        return ""

    def reading(self) -> str:
        names = [label(each) for each in self.shown()]
        said = [
            f"At x = {_fixed(self.x)}: "
            + "; ".join(f"{name} {_at_words(found)}" for name, found in zip(names, self.here(), strict=True))
            + "."
        ]
        if (found := self.difference()) is not None:
            at, size = found
            if size < NOTHING:
                said.append(f"They do not differ between −{self.window} and {self.window}.")
            else:
                said.append(f"They differ most at x = {_fixed(at)}, by {_number(size)}.")
        made = [
            f"{name} makes mean {_number(found['mean'])}, variance {_number(found['variance'])}"
            for name, found in zip(names, self.through(), strict=True)
        ]
        given = f"mean {_short(self.mean)} and spread {_short(self.spread)}"
        said.append(f"Of a Gaussian of {given} {'; '.join(made)}.")
        return " ".join(said)

    def still(self) -> tuple[str, str]:
        window, shown = self.window, self.shown()
        left, wide, gap, side = 44, 400, 24, 150
        heights = {"φ": 300, "in": 50, "slope": 110, "curvature": 110}
        tops, y = {}, 30
        for part, tall in heights.items():
            tops[part] = y
            y += tall + (14 if part == "φ" else 44)
        width, height = left + wide + gap + side + 12, y - 16
        across = lambda x: left + _round(wide * (x + window) / (2 * window))  # noqa: E731
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
            f"font-family='system-ui, sans-serif' font-size='12' fill='{MUTED}'>"
            f"<rect width='{width}' height='{height}' fill='{PAPER}'/>"
        ]

        def write(x: int, y: int, words: str, anchor: str = "start", ink: str = MUTED) -> None:
            parts.append(f"<text x='{x}' y='{y}' text-anchor='{anchor}' fill='{ink}'>{words}</text>")

        scales = {"φ": (-window / 2, window), **PANELS}
        for part, (low, high) in scales.items():
            top, tall = tops[part], heights[part]
            down = _scale(top, tall, low, high)
            rules = f"M{across(0)} {top}V{top + tall}M{left} {down(0)}H{left + wide}"
            parts.append(f"<path d='{rules}' fill='none' stroke='{FAINT}'/>")
            for value in (low, 0, high):
                write(left - 6, down(value) + 4, _short(value), "end")
            write(left, top - 8, TITLES[part], ink=INK)
            for each, ink in zip(shown, inks(shown), strict=True):
                drawn = "".join(
                    "M" + "L".join(f"{across(x)} {down(np.clip(v, low - high, high + high))}" for x, v in run)
                    for run in curve(each, part, window)
                )
                parts.append(
                    f"<svg x='{left}' y='{top}' width='{wide}' height='{tall}' viewBox='{left} {top} {wide} {tall}'>"
                    f"<path d='{drawn}' fill='none' stroke='{ink.line}' stroke-width='2'{_dash(ink.style)}/></svg>"
                )
        for k, (each, ink) in enumerate(zip(shown, inks(shown), strict=True)):
            x, y = left + 12, tops["φ"] + 16 + 20 * k
            parts.append(
                f"<path d='M{x} {y}h32' fill='none' stroke='{ink.line}' stroke-width='2'{_dash(ink.style)}/>"
            )
            write(x + 40, y + 4, label(each), ink=ink.text)
        marked = {at: kind for each in shown for at, kind, *_ in cuts(each) if kind != "bend"}
        named: list[float] = []
        for at, kind in marked.items():
            if abs(at) <= window and all(abs(at - other) > 0.24 * window for other in named):
                named.append(at)
                write(across(at), tops["curvature"] + heights["curvature"] - 6, kind, "middle")
        # what goes in, and beside φ what comes out
        base = tops["in"] + heights["in"]
        bells = "".join(
            f"L{across(x)} {base - _round(44 * np.exp(-(((x - self.mean) / self.spread) ** 2) / 2))}"
            for x in np.linspace(-window, window, 101)
        )
        parts.append(
            f"<path d='M{left} {base}{bells}L{left + wide} {base}z' fill='{FAINT}' stroke='{MUTED}'/>"
        )
        for value in (-window, 0, window):
            write(across(value), base + 16, _short(value), "middle")
        begin, down = left + wide + gap, _scale(tops["φ"], heights["φ"], -window / 2, window)
        write(begin, tops["φ"] - 8, "Output", ink=INK)
        parts.append(f"<path d='M{begin} {tops['φ']}v{heights['φ']}' fill='none' stroke='{MUTED}'/>")
        places, peak = edges(window), CUT / (self.spread * sqrt(2 * pi))
        for turn, (ink, found) in enumerate(zip(inks(shown), self.outputs(), strict=True)):
            density = found["shares"] / np.diff(places)
            outline = f"M{begin} {down(places[0])}"
            for k, value in enumerate(density):
                outline += f"H{begin + _round(side * min(value / peak, 1))}V{down(places[k + 1])}"
            parts.append(f"<path d='{outline}H{begin}' fill='none' stroke='{ink.line}'{_dash(ink.style)}/>")
            for value, mass in found["atoms"]:
                if -window / 2 <= value <= window and mass >= 5e-4:
                    y = down(value) + (
                        6 * turn if value <= 0 else -6 * turn
                    )  # of two, the second lies beside
                    parts.append(
                        f"<path d='M{begin} {y}h{_round(side * mass)}' fill='none' stroke='{ink.line}' "
                        "stroke-width='6'/>"
                    )
                    y += 20 + 10 * turn if value <= 0 else -10 - 10 * turn
                    write(begin + side, y, f"{_percent(mass)} at {_short(value)}", "end", ink.text)
        names = " and ".join(label(each) for each in shown)
        seen = f"{names} from −{window} to {window}; below, slope and curvature."
        for each, found in zip(shown, self.outputs(), strict=True):
            marks = [
                f"a {kind.replace('bend', 'jump of its curvature')} at {_short(at)}"
                for at, kind, *_ in cuts(each)
                if abs(at) <= window
            ]
            seen += f" {label(each)} has {' and '.join(marks) or 'no kink'}"
            heaps = [f"{_percent(mass)} at {_short(value)}" for value, mass in found["atoms"]]
            seen += (
                f"; what comes out of it {'has ' + ' and '.join(heaps) if heaps else 'is heaped nowhere'}."
            )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        return f"Phi({self.first!r}, {self.second!r}, mean={_short(self.mean)}, spread={_short(self.spread)})"


PANELS = {"slope": (-0.5, 2.0), "curvature": (-1.0, 2.0)}  # what of slope and curvature is drawn
TITLES = {"φ": "φ(x)", "slope": "Slope φ′(x)", "curvature": "Curvature φ″(x)"}
CUT = 2.5  # times the peak of what goes in: what is denser in what comes out is cut off

# --- Words for activations ---------------------------------------------------------------------------------

_FORM = re.compile(r"([a-z0-9_]+)(?:\(([^()]*)\))?")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")


def _word(given: str | Activation) -> str:
    """Return an activation as a word: its name, with its parameters if some are bound."""
    if isinstance(given, str):
        return given
    if not isinstance(given, Activation):
        raise ValueError(f"{given!r} is no activation; expected one of activations.ALL, or its name")
    known = RANGES.get(given.name, {})
    odd = [name for name, value in given.bound.items() if name not in known or np.ndim(value)]
    if odd:
        raise ValueError(f"{given.label} has {odd[0]} bound; expected one number for {' and '.join(known)}")
    if not given.bound:
        return given.name
    values = [given.bound.get(name, given.parameters[name].default) for name in known]
    return f"{given.name}({'~'.join(f'{float(value):.12g}' for value in values)})"


def _name(word: str) -> str:
    return word.partition("(")[0]


def _read(what: str, word: str) -> Activation:
    """Return the activation that a word stands for; TraitError, naming what was expected, if it stands for none."""
    found = _FORM.fullmatch(word) if isinstance(word, str) else None
    known = [*sorted(activations.ALL), *(["none"] if what == "second" else [])]
    expect(
        found is not None and found[1] in activations.ALL,
        f"{what} is {word!r}; expected one of {', '.join(known)}, with parameters as in elu(0.5)",
    )
    one = activations.ALL[found[1]]
    if found[2] is None:
        return one
    ranges = RANGES.get(one.name, {})
    texts = found[2].split("~")
    expect(
        len(texts) == len(ranges),
        f"{what} is {word!r}; expected {', '.join(ranges) or 'no parameter'} of {one.title}",
    )
    values = {}
    for (name, (low, high)), text in zip(ranges.items(), texts, strict=True):
        fits = _NUMBER.fullmatch(text) is not None and low <= float(text) <= high
        expect(
            fits, f"{what} is {word!r}; expected {name} of {one.title} from {_short(low)} to {_short(high)}"
        )
        values[name] = float(text)
    expect(
        one.name != "rrelu" or values["lower"] <= values["upper"],
        f"{what} is {word!r}; expected lower of RReLU to be at most upper",
    )
    return one.at(**values)


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {
        "x": (-float(WINDOWS[-1]), float(WINDOWS[-1])),
        "mean": (-FURTHEST, FURTHEST),
        "spread": (LEAST, MOST),
    }
    for name, value in values.items():
        if name in ("first", "second"):
            if (name, value) != ("second", "none"):
                _read(name, value)
        elif name in ranges:
            low, high = ranges[name]
            expect(
                type(value) in (int, float) and isfinite(value) and low <= value <= high,
                f"{name} is {value!r}; expected a number from {_short(low)} to {_short(high)}",
            )
        elif name == "window":
            expect(
                type(value) is int and value in WINDOWS,
                f"window is {value!r}; expected one of {', '.join(map(str, WINDOWS))}",
            )
        elif name == "look":
            expect(isinstance(value, str), f"look is {value!r}; expected a sentence")
        else:
            expect(False, f"{name!r} cannot be set; expected first, second, x, mean, spread or window")


SYMBOLS = {"alpha": "α", "beta": "β"}


def label(one: Activation) -> str:
    """Return the name of an activation with all its parameters, up to three decimals."""
    values = _parameters(one)
    return (
        f"{one.title} ({', '.join(f'{SYMBOLS.get(name, name)} = {_short(value)}' for name, value in values.items())})"
        if values
        else one.title
    )


def _parameters(one: Activation) -> dict[str, float]:
    return {
        name: float(one.bound.get(name, one.parameters[name].default)) for name in RANGES.get(one.name, {})
    }


# --- φ, φ′, φ″ ---------------------------------------------------------------------------------------------


def value(one: Activation, x: np.ndarray) -> np.ndarray:
    """Return φ(x), whatever year the page lives in: a picture lives in none."""
    with eras.timeless():
        return one(x)


def slope(one: Activation, x: np.ndarray) -> np.ndarray:
    """Return φ′(x), and at a kink what `kinks` says."""
    with eras.timeless():
        return one.slope(x)


def _of_tanh(x: np.ndarray) -> np.ndarray:
    t = np.tanh(x)
    return -2 * t * (1 - t**2)


def _of_logistic(x: np.ndarray) -> np.ndarray:
    return -logistic_slope(x) * np.tanh(x / 2)


def _of_swish(x: np.ndarray, beta: float) -> np.ndarray:
    z = gated(x, beta)
    return 2 * beta * logistic_slope(z) + beta * gated(z, _of_logistic(z))


def _of_gelu_tanh(x: np.ndarray) -> np.ndarray:
    t, rise = tanh_gate(x)
    bend = sqrt(2 / pi) * 6 * 0.044715 * x
    return (1 - t**2) * (rise + x * (bend - 2 * t * rise**2) / 2)


def _of_mish(x: np.ndarray) -> np.ndarray:
    t, s = np.tanh(log1pexp(x)), logistic(x)
    return (1 - t**2) * (2 * s + x * (logistic_slope(x) - 2 * t * s**2))


def _below(x: np.ndarray, alpha: float) -> np.ndarray:
    """Return α·eˣ below 0 and 0 above."""
    return np.where(x > 0, 0, alpha * np.exp(np.minimum(x, 0)))


# of those that are not made of straight lines
_CURVATURES: Mapping[str, Callable] = {
    "sigmoid": _of_logistic,
    "tanh": _of_tanh,
    "scaled_tanh": lambda x: 1.7159 * 4 / 9 * _of_tanh(2 / 3 * x),
    "softsign": lambda x: -2 * np.sign(x) / (1 + np.abs(x)) ** 3,
    "softplus": lambda x, beta: beta * logistic_slope(beta * x),
    "relu_squared": lambda x: np.where(x > 0, 2, 0),
    "elu": _below,
    "selu": lambda x: _below(x, activations.SELU_SCALE * activations.SELU_ALPHA),
    "celu": lambda x, alpha: _below(x / alpha, 1 / alpha),
    "gelu": lambda x: bell(x) * (2 - x**2),
    "gelu_tanh": _of_gelu_tanh,
    "gelu_sigmoid": lambda x: _of_swish(x, 1.702),
    "silu": _of_swish,
    "mish": _of_mish,
}


def curvature(one: Activation, x: np.ndarray) -> np.ndarray:
    """Return φ″(x), the derivative of the slope; where the slope jumps there is none, and the number says nothing."""
    x = np.asarray(x, float)
    rule = _CURVATURES.get(one.name)
    return np.zeros_like(x) if rule is None else rule(x, **_parameters(one)).astype(float)


def cuts(one: Activation) -> list[tuple]:
    """Return where φ, slope or curvature jumps: (x, kind, of each of the three its limits from left and right).

    kind is "jump" where φ itself jumps, "kink" where the slope does, and "bend" where only the curvature does.
    """
    found = []
    for at in _cuts(one):
        left, right = (
            np.array([float(rule(one, _beside(at, side))) for rule in (value, slope, curvature)])
            for side in (-1, 1)
        )
        if (jumps := np.abs(right - left) > NOTHING).any():
            kind = ("jump", "kink", "bend")[int(jumps.argmax())]
            found.append((at, kind, *zip(left.tolist(), right.tolist(), strict=True)))
    return found


def _cuts(one: Activation) -> list[float]:
    """Return where the pieces of φ meet."""
    if one.name == "hard_sigmoid":
        end = 0.5 / _parameters(one)["slope"]
        return [-end, end]
    ends = {"hard_tanh": [-1.0, 1.0], "relu6": [0.0, 6.0]}
    return ends.get(one.name, [0.0] if one.name in _AT_ZERO else [])


_AT_ZERO = (
    *("step", "sign", "softsign", "relu", "relu_squared", "absolute"),
    *("leaky", "prelu", "rrelu", "elu", "selu", "celu"),
)


def _beside(at: float, side: int) -> float:
    return at + side * BESIDE * max(1.0, abs(at))


def at_point(one: Activation, x: float) -> dict[str, object]:
    """Return what φ is at x: value, slope, curvature, and kind and sides if one of them jumps there, else "" and None.

    Where the slope jumps, slope is what autograd takes for it, and curvature is NaN; so it is where it jumps itself.
    """
    found = {
        "value": float(value(one, x)),
        "slope": float(slope(one, x)),
        "curvature": float(curvature(one, x)),
        "kind": "",
        "sides": None,
    }
    for at, kind, *limits in cuts(one):
        if at == x:
            found |= {
                "curvature": float("nan"),
                "kind": kind,
                "sides": limits[("jump", "kink", "bend").index(kind)],
            }
    return found


def curve(one: Activation, part: str, window: int, samples: int = 201) -> list[list[tuple[float, float]]]:
    """Return φ, its slope or its curvature over the window as runs of points, broken where it jumps."""
    rule = {"φ": value, "slope": slope, "curvature": curvature}[part]
    order = ("φ", "slope", "curvature").index(part)
    broken = [
        at for at, kind, *_ in cuts(one) if ("jump", "kink", "bend").index(kind) <= order and abs(at) < window
    ]
    ends = [-float(window), *broken, float(window)]
    x = np.linspace(-window, window, samples)
    runs = []
    for k, (a, b) in enumerate(pairwise(ends)):
        first = _beside(a, 1) if k else a
        last = _beside(b, -1) if k < len(broken) else b
        along = np.concatenate([[first], x[(x > first) & (x < last)], [last]])
        runs.append(list(zip(along.tolist(), rule(one, along).tolist(), strict=True)))
    return runs


# --- What becomes of a Gaussian ----------------------------------------------------------------------------


def _narrow(one: Activation) -> float:
    """Return how far from 0 the narrowest bend of φ goes."""
    values = _parameters(one)
    if "beta" in values:
        return 1 / max(values["beta"], 1)
    return min(values.get("alpha", 1), 1) if one.name == "celu" else 1.0


def nodes(one: Activation, mean: float, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return places and weights whose weighted sum is the expectation over a Gaussian: Σ w·g(x) = E[g(X)].

    Sixteen nodes of Gauss and Legendre in each of many panels. A panel is at most a spread long, ends where φ has a
    cut, and is no longer than it is far from 0, or than φ's narrowest bend, so that within it all is smooth.
    """
    low, high = mean - TAIL * spread, mean + TAIL * spread
    ends = [mean + k * spread for k in range(-TAIL, TAIL + 1)] + [0.0] + _cuts(one)
    far = _narrow(one)
    while far < max(-low, high):
        ends += [-far, far]
        far *= 2
    ends = np.unique([end for end in ends if low <= end <= high])
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    x = (middle[:, None] + half[:, None] * NODES).ravel()
    weights = (half[:, None] * WEIGHTS).ravel()
    return x, weights * bell((x - mean) / spread) / spread


def moments(one: Activation, mean: float, spread: float) -> dict[str, float]:
    """Return what φ makes of a Gaussian X of this mean and spread.

    mean, variance and square: E[φ(X)], its variance, E[φ(X)²]. zeros: P(φ(X) = 0). slope: E[φ′(X)²]. gain: what
    weights of mean square 1/n must be multiplied by so that the sums of the next layer have the mean square of these,
    √(E[X²]/E[φ(X)²]); of mean 0 and spread 1 that is 1/√E[φ²]. Infinite where φ(X) is 0 throughout. back: the root
    mean square factor that a gradient then gets in this layer, gain · √E[φ′²].
    """
    x, weights = nodes(one, mean, spread)
    h, rise = value(one, x), slope(one, x)
    first, second, slopes = weights @ h, weights @ h**2, weights @ rise**2
    gain = np.sqrt((mean**2 + spread**2) / second) if second > 0 else np.inf
    return {
        "mean": float(first),
        "variance": float(weights @ (h - first) ** 2),
        "square": float(second),
        "zeros": float(sum(mass for place, mass in atoms(one, mean, spread) if place == 0)),
        "slope": float(slopes),
        "gain": float(gain),
        "back": float(gain * np.sqrt(slopes)) if second > 0 else float("nan"),
    }


def _share_below(x: float, mean: float, spread: float) -> float:
    return (1 + erf((x - mean) / (spread * sqrt(2)))) / 2


def _pieces(one: Activation) -> list[tuple[float, float, float | None]]:
    """Return the pieces on which φ only rises, only falls, or is flat: from, to, and of a flat one its value."""
    places = _cuts(one)
    ends = sorted([-np.inf, *places, *_dip(one), np.inf])
    pieces = []
    for a, b in pairwise(ends):
        inside = _beside(a, 1) if a in places else _beside(b, -1) if b in places else None
        flat = inside is not None and slope(one, inside) == 0
        pieces.append((a, b, float(value(one, inside)) if flat else None))
    return pieces


def _dip(one: Activation) -> list[float]:
    """Return where φ stops falling and begins to rise, if that is where its slope is 0."""
    narrow = _parameters(one).get("beta", 1.0)
    if one.name not in ("gelu", "gelu_tanh", "gelu_sigmoid", "silu", "mish") or narrow == 0:
        return []
    low, high = -3 / narrow, 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(one, middle) < 0 else (low, middle)
    return [(low + high) / 2]


def atoms(one: Activation, mean: float, spread: float) -> list[tuple[float, float]]:
    """Return the single values that come out with a probability above 0, and that probability, the least first."""
    found: dict[float, float] = {}
    for a, b, flat in _pieces(one):
        if flat is not None:
            mass = _share_below(b, mean, spread) - _share_below(a, mean, spread)
            found[flat + 0.0] = found.get(flat + 0.0, 0.0) + mass
    return sorted(found.items())


def edges(window: int) -> np.ndarray:
    """Return the edges of the bins of what comes out: from −window/2 to window."""
    return (np.arange(BINS + 1) - BINS // 3) * window * 1.5 / BINS


def shares(one: Activation, mean: float, spread: float, edges: np.ndarray) -> dict[str, object]:
    """Return how the output is spread: the shares between the edges, below and above them, and its atoms.

    Each share is that of the inputs that φ takes there, found by halving on every piece where φ only rises or falls.
    Atoms are kept apart; with them all shares sum to 1.
    """
    below = np.zeros(len(edges))  # P(φ(X) ≤ edge), atoms left out
    total = 0.0
    for a, b, flat in _pieces(one):
        low, high = max(a, mean - TAIL * spread), min(b, mean + TAIL * spread)
        if flat is not None or low >= high:
            continue
        at_low, at_high = (float(value(one, np.clip(end, -FAR, FAR))) for end in (a, b))
        least, most = _share_below(low, mean, spread), _share_below(high, mean, spread)
        total += most - least
        sign = 1 if at_high > at_low else -1
        left, right = np.full(len(edges), low), np.full(len(edges), high)
        for _ in range(STEPS):
            middle = (left + right) / 2
            before = sign * value(one, middle) < sign * edges
            left, right = np.where(before, middle, left), np.where(before, right, middle)
        crossed = np.array([_share_below(x, mean, spread) for x in (left + right) / 2])
        under = crossed - least if sign > 0 else most - crossed
        under = np.where(edges <= min(at_low, at_high), 0, under)
        below += np.where(edges >= max(at_low, at_high), most - least, under)
    return {
        "shares": np.diff(below),
        "below": float(below[0]),
        "above": float(total - below[-1]),
        "atoms": atoms(one, mean, spread),
    }


def largest_difference(first: Activation, second: Activation, window: int) -> tuple[float, float]:
    """Return where between −window and window |first − second| is largest, and how large; of equals the rightmost.

    Looked for at 801 places and on both sides of every cut, then by golden section beside the best of them.
    """
    apart = lambda x: np.abs(value(first, x) - value(second, x))  # noqa: E731
    x = np.arange(SAMPLES) * (2 * window / (SAMPLES - 1)) - window
    among = [at for at in _cuts(first) + _cuts(second) if abs(at) < window]
    sides = [_beside(at, side) for at in among for side in (-1, 1)]
    places = np.concatenate([x, sides])
    sizes = apart(places)
    best = max(places[sizes >= sizes.max() * (1 - 1e-9)])
    size = float(apart(best))
    if best in sides:
        return float(best), size
    step = 2 * window / (SAMPLES - 1)
    low = max([best - step, -window, *(at for at in among if at <= best)])
    high = min([best + step, window, *(at for at in among if at >= best)])
    golden = (sqrt(5) - 1) / 2
    for _ in range(40):
        one, other = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, other) if apart(one) >= apart(other) else (one, high)
    middle = (low + high) / 2
    better = float(apart(middle))
    return (float(middle), better) if better > size * (1 + 1e-12) else (float(best), size)


# --- In words ----------------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _number(value: float) -> str:
    """Write a number with four digits: 0.3457, 15.20, 4.730 · 10⁻⁵; what is next to nothing as 0."""
    if not isfinite(value):
        return "none"
    if abs(value) < NOTHING:
        return "0"
    digits, power = f"{abs(value) * NUDGE:.3e}".split("e")
    exponent, sign = int(power), "−" if value < 0 else ""
    if not -5 < exponent < 5:
        return f"{sign}{digits} · 10{str(exponent).translate(SUPERSCRIPTS)}"
    return f"{sign}{float(f'{digits}e{power}'):.{max(3 - exponent, 0)}f}"


def _short(value: float) -> str:
    """Write a number with up to three decimals."""
    written = f"{abs(value) * NUDGE:.3f}".rstrip("0").rstrip(".")
    return f"−{written}" if value < 0 and written != "0" else written


def _fixed(value: float) -> str:
    """Write a number with two decimals."""
    written = f"{abs(value) * NUDGE:.2f}"
    return f"−{written}" if value < 0 and written != "0.00" else written


def _percent(share: float) -> str:
    """Write a share with one decimal."""
    written = f"{100 * share * NUDGE:.1f}"
    return "under 0.1 %" if written == "0.0" and share > NOTHING else f"{written} %"


def _at_words(found: Mapping[str, object]) -> str:
    said = _number(found["value"])
    if found["kind"]:
        left, right = (_number(side) for side in found["sides"])
    if found["kind"] == "jump":
        return f"{said}, where it jumps from {left} to {right}"
    if found["kind"] == "kink":
        return f"{said}, a kink: its slope jumps from {left} to {right}"
    if found["kind"] == "bend":
        return f"{said}, slope {_number(found['slope'])}, curvature jumps from {left} to {right}"
    return f"{said}, slope {_number(found['slope'])}, curvature {_number(found['curvature'])}"


# --- Drawing -----------------------------------------------------------------------------------------------


def inks(shown: list[Activation]) -> list:
    """Return the inks of one or two activations; of two that are the same but for parameters the second is dashed."""
    found = [of(each.name) for each in shown]
    if len(shown) == 2 and shown[0].name == shown[1].name:
        own = found[0].style
        found[1] = of(shown[1].name, style=DASHED if own == SOLID else SOLID)
    return found


def _dash(style: str | tuple) -> str:
    return (
        "" if style == SOLID else f" stroke-dasharray='{' '.join(str(round(2 * part)) for part in style[1])}'"
    )


def _scale(top: int, tall: int, low: float, high: float) -> Callable[[float], int]:
    return lambda value: top + _round(tall * (high - value) / (high - low))


def _round(value: float) -> int:
    return int(np.floor(value * NUDGE + 0.5))
