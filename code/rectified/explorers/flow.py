"""The explorer of chapter 6: a random net, what its layers say, and what is left of the gradient that flows back."""

from collections.abc import Mapping
from functools import lru_cache
from math import floor, isfinite, sqrt

import numpy as np
from traitlets import Dict, Float, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER

DEEPEST, SEEDS = 30, 1000
LEAST, MOST = 0.1, 4.0  # gain; beyond, deep tanh nets are so chaotic that rounding begins to show
WIDTH, INPUTS = 32, 48  # units in a layer, inputs at once
BINS = 21  # of a histogram, an odd number: 0 lies in the middle of a bin
ALIKE = 1e-6  # of the spread: outputs that vary by less from input to input hardly vary
NUDGE = 1 + 1e-9  # ties round up, and the last digits of the machine do not show
MARKS = {"0.577": "customary", "1": "Glorot", "1.414": "He"}  # gains with a name

# the ends of the histograms; beyond the upper end of ReLU's, values fall into the last bin
RANGES = {"logistic": (0.0, 1.0), "tanh": (-1.0, 1.0), "ReLU": (0.0, 3.0)}
# the slope of the simple theory, as a number and in words
THEORY = {
    "logistic": (1 / 4, "at most gain/4"),
    "tanh": (1.0, "for weak signals gain"),
    "ReLU": (1 / sqrt(2), "for a wide net gain/√2"),
}

PRESETS = {
    "1986: logistic, customary weights": {"activation": "logistic", "gain": 0.577},
    "tanh, customary": {"activation": "tanh", "gain": 0.577},
    "tanh, Glorot 2010": {"activation": "tanh", "gain": 1.0},
    "ReLU, customary (what if)": {"activation": "ReLU", "gain": 0.577},
    "ReLU, He 2015 (what if)": {"activation": "ReLU", "gain": 1.414},
    "logistic, gain 4": {"activation": "logistic", "gain": 4.0},
}


class Flow(Explorer):
    """A random net of 32 units a layer on 48 random inputs: its activations, and the gradient that flows back.

    depth: layers, from 1 to 30. gain: the standard deviation of a weight in units of 1/√n, n = 32, from 0.1 to
    4; 0.577 is the customary U(±1/√n), 1 is Glorot's, 1.414 He's. activation: "logistic", "tanh" or "ReLU". seed:
    which draw, from 0 to 999. presets: by the words on their button, the traits to set; PRESETS if not given.

    Inputs and weights are bell-shaped, each the sum of eight random bytes, and there are no biases. Depth and
    gain leave the draw alone: the same seed has the same net, cut off or scaled. The gradient is that of the
    weighted sums of a layer, for a random gradient at the outputs. The draw is the same in the page to the last
    bit; what is computed from it agrees to nine digits, of a tanh net with a gain above 2 to seven. The traits
    but presets follow the reader, and can be set. Raises TraitError if one of them does not fit.
    """

    name = "flow"
    caption = (
        "A random net, drawn and computed on the spot: what each layer says, and what is left of the gradient on "
        "its way back to the first."
    )
    _esm = HERE / "flow.mjs"

    depth = Int().tag(sync=True)
    gain = Float().tag(sync=True)
    activation = Unicode().tag(sync=True)
    seed = Int().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        depth: int = 30,
        gain: float = 1.0,
        activation: str = "tanh",
        *,
        seed: int = 0,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            depth=depth,
            gain=gain,
            activation=activation,
            seed=seed,
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("depth", "gain", "activation", "seed", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    def layers(self) -> dict[str, np.ndarray]:
        """Return what the picture shows, an entry for each layer, the first layer first.

        mean, spread: of all activations of the layer, units and inputs together. variation: how far they vary
        from input to input, the root mean square over the units of their standard deviation. counts: (depth, 21),
        a histogram, of logistic from 0 to 1, of tanh from −1 to 1, of ReLU from 0 to 3 and beyond. saturated:
        how many of the 1,536 activations have a slope below a tenth of the largest; of ReLU's, how many are 0.
        slope: root mean square. gradient: root mean square, with respect to the weighted sums of the layer.
        """
        found = _layers(self.depth, self.gain, self.activation, self.seed)
        return {name: values.copy() for name, values in found.items()}

    def factor(self) -> float:
        """Return by what a layer multiplies the gradient, as measured: the geometric mean. NaN for one layer."""
        gradient = self.layers()["gradient"]
        return _mean(gradient[:-1] / gradient[1:])

    def theory(self) -> float:
        """Return by what a layer multiplies the gradient in the simple theory of the activation.

        Gain times a slope: of logistic 1/4, the largest, so at most that; of tanh 1, that of weak signals; of
        ReLU 1/√2, the root mean square if half of the units are on. It is the expectation for a wide net.
        """
        return self.gain * THEORY[self.activation][0]

    def met(self) -> float:
        """Return the root mean square slope on the way of the gradient, a geometric mean over the layers."""
        return _mean(self.layers()["slope"][:-1])

    def reading(self) -> str:
        found, depth, gain = self.layers(), self.depth, _gain(self.gain)
        mark = MARKS.get(gain)
        said = [f"Depth {depth}, {self.activation}, gain {gain}{f' ({mark})' if mark else ''}:"]
        if depth == 1:
            said.append("with one layer the gradient has no way to go.")
        else:
            left = found["gradient"][0] / found["gradient"][-1]
            said.append(
                f"the gradient at layer 1 is {_number(left)} {'of' if left < 1 else 'times'} that at layer {depth}, "
                f"{_number(self.factor())} a layer."
            )
        said.append(f"Theory: {THEORY[self.activation][1]} = {_number(self.theory())} a layer.")
        if depth > 1:
            said.append(
                f"Gain times the typical slope met here, {_number(self.met())}, is "
                f"{_number(self.gain * self.met())}."
            )
        spread, variation = found["spread"][-1], found["variation"][-1]
        far = "less than a millionth of that" if variation < ALIKE * spread else _number(variation)
        said.append(
            f"Outputs of layer {depth} spread {_number(spread)}, and vary by {far} from input to input."
        )
        what = "0" if self.activation == "ReLU" else "saturated"
        share = _share(int(found["saturated"].sum()), depth * WIDTH * INPUTS)
        said.append(f"In all layers together {share} of the activations are {what}.")
        return " ".join(said)

    def still(self) -> tuple[str, str]:
        found, depth = self.layers(), self.depth
        colour, (low, high) = FAMILIES[self.activation.lower()][0], RANGES[self.activation]
        across = 600 // max(depth, 6)  # pixels from layer to layer
        left, top, tall, middle, deep = 60, 30, 7 * BINS, 30 + 7 * BINS + 40, 150
        width, height = left + across * max(depth, 6) + 10, middle + deep + 26
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
            f"font-family='system-ui, sans-serif' font-size='12' fill='{MUTED}'>"
            f"<rect width='{width}' height='{height}' fill='{PAPER}'/>"
        ]

        def write(x: int, y: int, words: str, anchor: str, ink: str = MUTED) -> None:
            parts.append(f"<text x='{x}' y='{y}' text-anchor='{anchor}' fill='{ink}'>{words}</text>")

        write(left, top - 12, "Forward: histograms of the activations", "start", INK)
        write(left, middle - 12, f"Backward: gradient, that at layer {depth} = 1", "start", INK)
        beyond = " +" if self.activation == "ReLU" else ""
        for k, value in enumerate((high, (low + high) / 2, low)):
            write(left - 8, top + k * tall // 2 + 4, f"{_gain(value)}{'' if k else beyond}", "end")
        outlines, grid = "", f"M{left - 3} {top}V{top + tall}"
        for layer, counts in enumerate(found["counts"]):
            x = left + across * layer
            outlines += f"M{x} {top}"
            for count in counts[::-1]:
                outlines += f"H{x + int(across * 9 * count) // int(10 * counts.max())}v7"
            outlines += f"H{x}z"
        parts.append(f"<path d='{outlines}' fill='{colour}' stroke='{colour}' stroke-width='0.5'/>")
        measured, simple = self._logarithms()
        ticks = _ticks([*measured, *simple])
        lowest, highest = ticks[0], ticks[-1]
        place = lambda power: middle + round(deep * (highest - power) / (highest - lowest))  # noqa: E731
        for power in ticks:
            grid += f"M{left - 3} {place(power)}H{width - 10}"
            write(left - 8, place(power) + 4, _power(power), "end")
        centres = [left + across * layer + across // 2 for layer in range(depth)]
        points = [(x, place(power)) for x, power in zip(centres, measured, strict=True)]
        dashes = "L".join(f"{x} {place(power)}" for x, power in zip(centres, simple, strict=True))
        parts.append(
            f"<path d='{grid}' fill='none' stroke='{FAINT}'/>"
            f"<path d='M{dashes}' fill='none' stroke='{MUTED}' stroke-width='2' stroke-dasharray='6 4'/>"
        )
        parts += [f"<circle cx='{x}' cy='{y}' r='3' fill='{colour}'/>" for x, y in points]
        for layer in _named(depth):
            write(centres[layer - 1], height - 6, str(layer), "middle")
        mean, spread = (_number(found[name][-1]) for name in ("mean", "spread"))
        if depth == 1:
            seen = f"A histogram of the activations of one layer, with a spread of {spread} about {mean}; below, a dot."
            return "".join([*parts, "</svg>"]), seen
        seen = (
            f"Above, histograms of the activations of {depth} layers, from a spread of {_number(found['spread'][0])} "
            f"at layer 1 to {spread} about {mean} at layer {depth}. Below, on a logarithmic scale, "
        )
        trend = "falls" if measured[0] < 0 else "grows"
        seen += (
            f"the gradient, which on its way back from layer {depth} to layer 1 {trend} to "
            f"{_number(10 ** measured[0])} times its size; a dashed line of the simple theory "
            f"ends at {_number(10 ** simple[0])}."
        )
        return "".join([*parts, "</svg>"]), seen

    def _logarithms(self) -> tuple[list[float], list[float]]:
        """Return the gradient of each layer over that of the last, measured and of the theory, as powers of ten."""
        gradient = self.layers()["gradient"]
        back = np.arange(self.depth)[::-1]
        return np.log10(gradient / gradient[-1]).tolist(), (back * np.log10(self.theory())).tolist()

    def __repr__(self) -> str:
        return f"Flow({self.depth}, {_gain(self.gain)}, {self.activation!r}, seed={self.seed})"


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {"depth": (1, DEEPEST), "seed": (0, SEEDS - 1)}
    for name, value in values.items():
        if name in ranges:
            low, high = ranges[name]
            expect(
                type(value) is int and low <= value <= high,
                f"{name} is {value!r}; expected a whole number from {low} to {high}",
            )
        elif name == "gain":
            expect(
                type(value) in (int, float) and isfinite(value) and LEAST <= value <= MOST,
                f"gain is {value!r}; expected a number from {_gain(LEAST)} to {_gain(MOST)}",
            )
        elif name == "activation":
            expect(value in tuple(RANGES), f"activation is {value!r}; expected one of {', '.join(RANGES)}")
        else:
            expect(False, f"{name!r} cannot be set; expected depth, gain, activation or seed")


# --- The net -----------------------------------------------------------------------------------------------


def normals(seed: int, count: int) -> np.ndarray:
    """Return bell-shaped numbers of mean 0 and variance 1, the same in the page to the last bit.

    Number k of a seed is the sum of the eight bytes of two random words of 32 bits, at most 4.9 from 0. A word
    is its place in the sequence, well mixed; every seed has 2**17 places of its own (the mixer, of two
    multiplications, is Chris Wellons's lowbias32 of 2018).
    """
    words = np.arange(2 * count, dtype=np.uint32) + np.uint32((seed << 17) + 1)
    words ^= words >> 16
    words *= np.uint32(0x7FEB352D)
    words ^= words >> 15
    words *= np.uint32(0x846CA68B)
    words ^= words >> 16
    sums = words.view(np.uint8).reshape(count, 8).sum(1, dtype=np.int64)
    return (sums - 1020) / sqrt(43690)  # 8 · 255/2, and 8 · (256² − 1)/12


@lru_cache(maxsize=8)
def _drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs and gradient at the outputs, (48, 32) each, and weights before the gain, (30, 32, 32)."""
    cells = INPUTS * WIDTH
    drawn = normals(seed, 2 * cells + DEEPEST * WIDTH**2)
    inputs, above = drawn[: 2 * cells].reshape(2, INPUTS, WIDTH)
    return inputs, above, drawn[2 * cells :].reshape(DEEPEST, WIDTH, WIDTH)  # from below, to above


def activate(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the activation of weighted sums, and its slope there."""
    if name == "tanh":
        h = np.tanh(z)
        return h, 1 - h * h
    if name == "logistic":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    return np.maximum(z, 0), (z > 0).astype(float)


@lru_cache(maxsize=64)
def _layers(depth: int, gain: float, activation: str, seed: int) -> dict[str, np.ndarray]:
    """Return what `Flow.layers` does; not to be changed."""
    h, gradient, weights = _drawn(seed)
    weights = weights[:depth] * (gain / sqrt(WIDTH))
    outputs, slopes = [], []
    for each in weights:
        h, slope = activate(activation, h @ each)  # (48, 32)
        outputs.append(h)
        slopes.append(slope)
    back = []
    for each, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = gradient * slope  # of the weighted sums
        back.append(sqrt((gradient**2).mean()))
        gradient = gradient @ each.T  # of the outputs of the layer below
    all_outputs, all_slopes = np.array(outputs), np.array(slopes)  # (depth, 48, 32)
    low, high = RANGES[activation]
    places = np.floor((all_outputs - low) * (BINS / (high - low)))
    places = np.clip(places, 0, BINS - 1).astype(int).reshape(depth, -1)
    largest = {"logistic": 0.25, "tanh": 1.0, "ReLU": 1.0}[activation]
    return {
        "mean": all_outputs.mean((1, 2)),
        "spread": all_outputs.std((1, 2)),
        "variation": np.sqrt(all_outputs.var(1).mean(1)),
        "counts": np.array([np.bincount(row, minlength=BINS) for row in places]),
        "saturated": (all_slopes < largest / 10).sum((1, 2)),
        "slope": np.sqrt((all_slopes**2).mean((1, 2))),
        "gradient": np.array(back[::-1]),
    }


def _mean(values: np.ndarray) -> float:
    """Return the geometric mean, NaN of none."""
    return float(np.exp(np.log(values).mean())) if len(values) else float("nan")


# --- In words ----------------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _number(value: float) -> str:
    """Write a number with two digits: 0.14, 15, 3.2 · 10⁻²⁵."""
    if value == 0:
        return "0"
    digits, power = f"{abs(value) * NUDGE:.1e}".split("e")
    exponent, sign = int(power), "−" if value < 0 else ""
    if not -4 < exponent < 4:
        return f"{sign}{digits} · 10{str(exponent).translate(SUPERSCRIPTS)}"
    return f"{sign}{float(f'{digits}e{power}'):.{max(1 - exponent, 0)}f}"


def _gain(value: float) -> str:
    """Write a number with up to three decimals."""
    written = f"{abs(value) * NUDGE:.3f}".rstrip("0").rstrip(".")
    return f"−{written}" if value < 0 else written


def _power(power: int) -> str:
    """Write a power of ten as a label of a scale."""
    return "1" if power == 0 else f"10{str(power).translate(SUPERSCRIPTS)}"


def _share(count: int, total: int) -> str:
    percent = 100 * count / total
    return "under 1 %" if 0 < percent < 1 else f"{floor(percent + 0.5)} %"


def _ticks(powers: list[float]) -> list[int]:
    """Return whole powers of ten, evenly spaced, at most six, around all of these and 0."""
    low, high = min(0, *powers), max(0, *powers)
    if low == high:
        return [-1, 0, 1]
    for step in (1, 2, 5, 10, 20):
        first, last = floor(low / step), -floor(-high / step)
        if last - first <= 5:
            break
    return [step * k for k in range(first, last + 1)]


def _named(depth: int) -> list[int]:
    """Return the layers whose number is written: the first, every fifth, and the last."""
    if depth < 12:
        return list(range(1, depth + 1))
    return [k for k in range(1, depth + 1) if k == 1 or k == depth or (k % 5 == 0 and k < depth - 1)]
