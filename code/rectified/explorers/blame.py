"""The explorer of chapter 4: numbers flow forward through a small net, and blame flows back, step by step."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from traitlets import Dict, Float, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, numbers
from rectified.palette import FAMILIES, INK, MUTED, PAPER, TINT

ACCENT = FAMILIES["relu"][0]  # blame, and all that comes of it
PHIS = ("sigmoid", "tanh", "step", "relu")
CASES = ("turn", "00", "01", "10", "11")  # all four in turn, or one again and again
XOR = ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))  # two inputs, and what is wanted
STEPS = 15  # of an example, from its inputs to the change of the weights
REPEATS = 100  # examples that are followed one by one
MOST = 10_000  # sweeps
LARGEST = 1e5  # a net with a weight beyond this is followed no further
STEEPEST = 2000  # the largest first weight, in hundredths
FASTEST = 5.0  # the largest rate

# The nine weights, unit by unit: from what comes below, and the bias.
NAMES = ("w₁₁", "w₂₁", "b₁", "w₁₂", "w₂₂", "b₂", "v₁", "v₂", "c")
UNITS = ("hidden 1", "hidden 2", "the output")
MARKS = ("₁", "₂", "")

# The random ones were drawn between −1 and 1 by `np.random.default_rng(0)`, and the one that sticks by (3).
PRESETS: dict[str, dict[str, object]] = {
    "a random start": {"weights": "27.-46.-92_-97.63.83_21.46.9", "phi": "sigmoid", "rate": 0.5},
    "another, which gets stuck": {
        "weights": "-83.-53.60_16.-81.-13_-4.-68.47",
        "phi": "sigmoid",
        "rate": 0.5,
    },
    "a solution": {"weights": "600.600.-300_600.600.-900_800.-800.-400", "phi": "sigmoid", "rate": 0.5},
    "saturated: large weights": {
        "weights": "1000.1000.800_-1000.-1000.-800_1000.-1000.400",
        "phi": "sigmoid",
        "rate": 0.5,
    },
    "all equal: twins": {"weights": "20.20.20_20.20.20_20.20.20", "phi": "sigmoid", "rate": 0.5},
}


class Blame(Explorer):
    """Back-propagation through two inputs, two hidden units and one output on the exclusive or, step by step.

    weights: the first weights, whole hundredths from −20 to 20: one matrix a layer, (3, 2) and (3, 1), biases in
    the last row; nine numbers, unit by unit, each unit's bias last; or as the trait holds them, one word in
    hundredths, such as `"27.-46.-92_-97.63.83_21.46.9"`. None: those of the first preset. phi: of all three
    units, `"sigmoid"`, `"tanh"`, `"step"` or `"relu"`. rate: ε, a multiple of 0.05 up to 5. case: `"turn"`, or
    the one example to learn again and again, `"01"` for inputs 0 and 1. sweeps: how often all four have been
    learned before, in turn, with a change after each. step: where the reader is after that: fifteen steps an
    example, the weights changing at the last. presets: by the words on their button, the traits to set; five
    of its own if not given.

    Whatever is changed, everything is worked out anew from the first weights. A net with a weight beyond
    100,000 is followed no further. The traits weights, phi, rate, case, sweeps and step follow the reader, and
    can be set. Raises TraitError if one of them does not fit, ValueError or TypeError if weights is no such array.
    """

    name = "blame"
    caption = "Back-propagation on the exclusive or: numbers flow forward, blame flows back, then every weight moves."
    _esm = HERE / "blame.mjs"

    weights = Unicode().tag(sync=True)
    phi = Unicode().tag(sync=True)
    rate = Float().tag(sync=True)
    case = Unicode().tag(sync=True)
    sweeps = Int().tag(sync=True)
    step = Int().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        weights: str | Sequence[float] | Sequence[np.ndarray] | None = None,
        *,
        phi: str = "sigmoid",
        rate: float = 0.5,
        case: str = "turn",
        sweeps: int = 0,
        step: int = 0,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        if weights is None:
            weights = PRESETS["a random start"]["weights"]
        super().__init__(
            weights=weights if isinstance(weights, str) else _word(weights),
            phi=phi,
            rate=rate,
            case=case,
            sweeps=sweeps,
            step=step,
            presets={
                words: dict(values) for words, values in (PRESETS if presets is None else presets).items()
            },
        )

    @validate("weights", "phi", "rate", "case", "sweeps", "step", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    def lesson(self) -> dict[str, object]:
        """Return all steps of the present example with their numbers, as `compute` does in the page.

        example: its two inputs and what is wanted. sweeps, learned: after how many sweeps and single examples.
        at: the step, from 0. weights: the nine before this example. sums, outputs, slopes: of the three units.
        error: ½(a − d)². blame: ∂E/∂z of the three units, the output's last. gradients: ∂E/∂w of the nine.
        after: the nine weights after it. better: the error of this example then. total, right: the error over
        all four before it, and how many of them are on the right side of one half. course: that error after
        each sweep. ended: whether a weight passed 100,000 before so many sweeps were done. over: whether there
        is no next step. steps: for each of the fifteen a title, words, and the lines of arithmetic.
        """
        weights, course = _course(self.weights, self.phi, self.rate, self.sweeps)
        learned, at = divmod(self.step, STEPS)
        for k in range(learned):
            after = _learn(weights, self.phi, self.rate, XOR[self._example(k)])["after"]
            if _far(after):
                learned, at = k, STEPS - 1
                break
            weights = after
        example = XOR[self._example(learned)]
        numbers = _learn(weights, self.phi, self.rate, example)
        answers = [_learn(weights, self.phi, self.rate, each) for each in XOR]
        sweeps = len(course) - 1
        last = sweeps == MOST and learned >= 3 if self.case == "turn" else learned == REPEATS - 1
        lesson = {
            "example": list(example),
            "sweeps": sweeps,
            "learned": learned,
            "at": at,
            "weights": weights,
            **numbers,
            "better": _learn(numbers["after"], self.phi, self.rate, example)["error"],
            "total": _total(answers),
            "right": sum(
                (each["outputs"][2] > 0.5) == (d == 1) for each, (*_, d) in zip(answers, XOR, strict=True)
            ),
            "course": course,
            "ended": sweeps < self.sweeps,
            "over": at == STEPS - 1 and (last or _far(numbers["after"])),
        }
        return lesson | {"steps": _steps(lesson, self.phi, self.rate)}

    def _example(self, k: int) -> int:
        return k % 4 if self.case == "turn" else CASES.index(self.case) - 1

    def reading(self) -> str:
        lesson = self.lesson()
        x, y, d = lesson["example"]
        step = lesson["steps"][lesson["at"]]
        said = [f"Example {x} {y}, wanted {d}. Step {lesson['at'] + 1} of {STEPS}: {step['title']}."]
        said.append(step["words"])
        if step["lines"]:
            said.append(f"{'; '.join(step['lines'])}.")
        return " ".join([*said, _standing(lesson)])

    def still(self) -> tuple[str, str]:
        lesson = self.lesson()
        at, weights = lesson["at"], lesson["weights"]
        parts = [
            "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='314' viewBox='0 0 400 314' "
            f"font-family='system-ui, sans-serif' font-size='13' fill='{INK}'>"
            f"<rect width='100%' height='100%' fill='{PAPER}'/>"
        ]
        for k, (x, y, u, v, _, _) in enumerate(WIRES):
            dash = " stroke-dasharray='7 4'" if weights[k] < 0 else ""
            colour = (ACCENT if at > 7 else INK) if k in ACTIVE[at] else MUTED
            width = round(1 + 6 * abs(weights[k]) / (abs(weights[k]) + 3))
            parts.append(f"<path d='M{x} {y}L{u} {v}' stroke='{colour}' stroke-width='{width}'{dash}/>")
        for k, (*_, x, y) in enumerate(WIRES):
            lines = [(INK, f"{NAMES[k]} {_shown(weights[k])}")]
            if at == STEPS - 1:
                lines.append((ACCENT, f"→ {_shown(lesson['after'][k])}"))
            elif at >= SEEN[k]:
                lines.append((ACCENT, f"g {_shown(lesson['gradients'][k])}"))
            anchor = "middle" if x > 1 else "start"
            for row, (colour, text) in enumerate(lines):
                parts.append(
                    f"<text x='{x}' y='{y + 15 * row}' text-anchor='{anchor}' fill='{colour}' "
                    f"stroke='{PAPER}' stroke-width='4' paint-order='stroke'>{text}</text>"
                )
        for name, value, y in (("x₁", lesson["example"][0], 82), ("x₂", lesson["example"][1], 228)):
            parts.append(
                f"<rect x='2' y='{y - 17}' width='44' height='34' fill='{PAPER}' stroke='{INK}'/>"
                f"<text x='24' y='{y + 5}' text-anchor='middle'>{name} {value}</text>"
            )
        for unit, (x, y) in enumerate(BOXES):
            fill, edge = (TINT, 3) if unit == AT_WORK[at] else (PAPER, 1)
            parts.append(
                f"<rect x='{x - 46}' y='{y - 32}' width='92' height='64' fill='{fill}' stroke='{INK}' "
                f"stroke-width='{edge}'/>"
            )
            for row, (name, value) in enumerate(_unit(lesson, unit)):
                colour = ACCENT if row == 2 else INK
                middle = y - 14 + 19 * row
                parts.append(
                    f"<text x='{x - 40}' y='{middle}' fill='{colour if value else MUTED}'>{name}</text>"
                )
                if value:
                    parts.append(
                        f"<text x='{x + 40}' y='{middle}' text-anchor='end' fill='{colour}'>{value}</text>"
                    )
        parts.append(f"<text x='350' y='209' text-anchor='middle'>wanted {lesson['example'][2]}</text>")
        if at >= 7:
            parts.append(f"<text x='350' y='228' text-anchor='middle'>E {_shown(lesson['error'])}</text>")
        return "".join([*parts, "</svg>"]), _seen(lesson)

    def __repr__(self) -> str:
        return (
            f"Blame({self.weights!r}, phi={self.phi!r}, rate={self.rate}, case={self.case!r}, "
            f"sweeps={self.sweeps}, step={self.step})"
        )


# --- Arithmetic: in this order of operations in the page too ------------------------------------------------


def _pass(z: float, phi: str) -> float:
    """Return what a unit passes on."""
    if phi == "sigmoid":
        small = math.exp(-abs(z))  # never too large for a number
        return 1 / (1 + small) if z >= 0 else small / (1 + small)
    if phi == "tanh":
        return math.tanh(z)
    return (1.0 if z >= 0 else 0.0) if phi == "step" else max(0.0, z)


def _slope(z: float, a: float, phi: str) -> float:
    """Return how much more a unit passes on if slightly more comes in."""
    if phi == "sigmoid":
        return a * (1 - a)
    if phi == "tanh":
        return 1 - a * a
    return 1.0 if phi == "relu" and z > 0 else 0.0


def _learn(weights: Sequence[float], phi: str, rate: float, example: Sequence[int]) -> dict[str, object]:
    """Return all numbers of one example: forward, back, and the weights after it."""
    x, y, d = example
    w, u, b, w2, u2, b2, v, v2, c = weights
    z1 = w * x + u * y + b
    a1 = _pass(z1, phi)
    z2 = w2 * x + u2 * y + b2
    a2 = _pass(z2, phi)
    z = v * a1 + v2 * a2 + c
    a = _pass(z, phi)
    s1, s2, s = _slope(z1, a1, phi), _slope(z2, a2, phi), _slope(z, a, phi)
    off = a - d
    blame = off * s
    blame1 = blame * v * s1
    blame2 = blame * v2 * s2
    gradients = [blame1 * x, blame1 * y, blame1, blame2 * x, blame2 * y, blame2]
    gradients += [blame * a1, blame * a2, blame]
    return {
        "sums": [z1, z2, z],
        "outputs": [a1, a2, a],
        "slopes": [s1, s2, s],
        "error": 0.5 * off * off,
        "blame": [blame1, blame2, blame],
        "gradients": gradients,
        "after": [old - rate * g for old, g in zip(weights, gradients, strict=True)],
    }


def _far(weights: Sequence[float]) -> bool:
    return max(abs(weight) for weight in weights) > LARGEST


def _total(answers: Sequence[Mapping]) -> float:
    return answers[0]["error"] + answers[1]["error"] + answers[2]["error"] + answers[3]["error"]


@lru_cache(maxsize=32)
def _course(word: str, phi: str, rate: float, sweeps: int) -> tuple[list[float], list[float]]:
    """Return the weights after so many sweeps, or as many as are followed, and the error over all four at each."""
    weights = [int(part) / 100 for part in re.split(r"[._]", word)]
    errors = [_total([_learn(weights, phi, rate, each) for each in XOR])]
    for _ in range(sweeps):
        now = weights
        for example in XOR:
            now = _learn(now, phi, rate, example)["after"]
            if _far(now):
                return weights, errors
        weights = now
        errors.append(_total([_learn(weights, phi, rate, each) for each in XOR]))
    return weights, errors


# --- Words --------------------------------------------------------------------------------------------------


def _shown(value: float) -> str:
    """Return a number as printed: three decimals, two digits if it is small, whole numbers as they are.

    It is first made larger by a billionth, so that a half in the last place goes up here and in the page, and a
    difference in the last bit cannot turn it.
    """
    sign, size = "−" if value < 0 else "", abs(value)
    if size < 1e4 and size == int(size):
        return f"{sign}{int(size)}"
    size *= 1 + 1e-9
    if 0.01 <= size < 1e4:
        return f"{sign}{size:.3f}"
    if 1e-4 <= size < 0.01:
        return f"{sign}{size:#.2g}"
    digits, power = f"{size:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{sign}{digits}·10{raised}"


def _factor(value: float) -> str:
    """Return a number as it stands behind a sign."""
    return f"({_shown(value)})" if value < 0 else _shown(value)


def _sum(terms: Sequence[tuple[float, str]]) -> str:
    """Return terms added up, each a number and what stands behind it."""
    (first, rest), *others = terms
    return f"{_shown(first)}{rest}" + "".join(
        f" {'−' if value < 0 else '+'} {_shown(abs(value))}{after}" for value, after in others
    )


def _through(z: float, a: float, phi: str, mark: str) -> str:
    """Return the line in which a unit passes on its sum."""
    given = {
        "sigmoid": f"1 / (1 + exp(−z{mark})) = 1 / (1 + exp({_shown(-z)}))",
        "tanh": f"tanh(z{mark}) = tanh({_shown(z)})",
        "step": f"(1 if z{mark} ≥ 0, else 0)",
        "relu": f"max(0, z{mark}) = max(0, {_shown(z)})",
    }
    return f"a{mark} = {given[phi]} = {_shown(a)}"


def _sloped(z: float, a: float, slope: float, phi: str, mark: str) -> str:
    """Return the line that gives the slope of a unit."""
    given = {
        "sigmoid": f"a{mark} · (1 − a{mark}) = {_shown(a)} × {_shown(1 - a)} = ",
        "tanh": f"1 − a{mark}² = 1 − {_factor(a)}² = ",
        "step": "",
        "relu": f"(1 if z{mark} > 0, else 0) = ",
    }
    return f"slope{mark} = {given[phi]}{_shown(slope)}"


def _passes(slope: float) -> str:
    """Return what becomes of blame at such a slope."""
    if slope == 0:
        return " The slope is 0, so no blame passes."
    return " The slope is nearly 0, so hardly any blame passes." if slope < 0.01 else ""


CURVES = {"sigmoid": "the logistic curve", "tanh": "tanh", "step": "the step", "relu": "the rectifier"}


def _steps(lesson: Mapping, phi: str, rate: float) -> list[dict[str, object]]:
    """Return title, words and lines of each step of an example."""
    x, y, d = lesson["example"]
    w, g, after = lesson["weights"], lesson["gradients"], lesson["after"]
    z, a, slope, blame = (lesson[name] for name in ("sums", "outputs", "slopes", "blame"))
    steps = []

    def add(title: str, words: str, *lines: str) -> None:
        steps.append({"title": title, "words": words, "lines": list(lines)})

    def forward(unit: int, below: Sequence[tuple[str, float]]) -> None:
        mark, names, own = MARKS[unit], NAMES[3 * unit :], w[3 * unit :]
        terms = [(weight, f" × {_factor(value)}") for weight, (_, value) in zip(own, below, strict=False)]
        add(
            f"the sum of {UNITS[unit]}",
            f"Each wire into {UNITS[unit]} carries a number times its weight; the bias is added.",
            f"z{mark} = {names[0]} · {below[0][0]} + {names[1]} · {below[1][0]} + {names[2]}"
            f" = {_sum([*terms, (own[2], '')])} = {_shown(z[unit])}",
        )
        add(
            f"what {UNITS[unit]} passes on",
            f"The sum goes through {CURVES[phi]}.",
            _through(z[unit], a[unit], phi, mark),
        )

    def back(unit: int) -> None:
        mark, name = MARKS[unit], NAMES[6 + unit]
        twins = unit == 1 and w[:3] == w[3:6] and w[6] == w[7]
        add(
            f"the blame of {UNITS[unit]}",
            f"The output's blame goes back along {name} and through the slope of {UNITS[unit]}.{_passes(slope[unit])}"
            + (" It is that of hidden 1: the two are twins, and stay so." if twins else ""),
            _sloped(z[unit], a[unit], slope[unit], phi, mark),
            f"δ{mark} = δ · {name} · slope{mark} = {_shown(blame[2])} × {_factor(w[6 + unit])} × {_shown(slope[unit])}"
            f" = {_shown(blame[unit])}",
        )

    def wires(unit: int, below: Sequence[tuple[str, float]]) -> None:
        mark, k = MARKS[unit], 3 * unit
        silent = [name for name, value in below if value == 0]
        add(
            f"the gradients of the wires into {UNITS[unit]}",
            "Each wire's share is the blame times what the wire carried; the bias carried 1."
            + (f" {' and '.join(silent)} carried nothing." if silent else ""),
            *(
                f"∂E/∂{NAMES[k + i]} = δ{mark} · {name} = {_shown(blame[unit])} × {_factor(value)} = {_shown(g[k + i])}"
                for i, (name, value) in enumerate(below)
            ),
            f"∂E/∂{NAMES[k + 2]} = δ{mark} · 1 = {_shown(g[k + 2])}",
        )

    inputs, hidden = [("x₁", x), ("x₂", y)], [("a₁", a[0]), ("a₂", a[1])]
    add("the inputs", f"Inputs {x} and {y} are given, and {d} is wanted.")
    forward(0, inputs)
    forward(1, inputs)
    forward(2, hidden)
    off = a[2] - d
    add(
        "the error",
        "Half the square of what came out less what was wanted.",
        f"E = ½ (a − d)² = ½ ({_shown(a[2])} − {d})² = {_shown(lesson['error'])}",
    )
    add(
        "the blame of the output",
        f"If the sum z were a little larger, the error would change by δ times that much.{_passes(slope[2])}",
        _sloped(z[2], a[2], slope[2], phi, ""),
        f"δ = (a − d) · slope = {_shown(off)} × {_shown(slope[2])} = {_shown(blame[2])}",
    )
    wires(2, hidden)
    back(0)
    back(1)
    wires(0, inputs)
    wires(1, inputs)
    moved = any(g)
    add(
        "the change",
        f"Every weight moves by −ε × its gradient, ε = {rate:.2f}. "
        + (
            _turned(_shown(lesson["error"]), _shown(lesson["better"]))
            if moved
            else "All gradients are 0, so nothing moves."
        )
        + (" A weight is beyond 100,000: here this ends." if _far(after) else ""),
        *(
            f"{name} = {_shown(old)} {'+' if gradient < 0 else '−'} {rate:.2f} × {_shown(abs(gradient))} "
            f"= {_shown(new)}"
            for name, old, gradient, new in zip(NAMES, w, g, after, strict=True)
        ),
    )
    return steps


def _turned(before: str, after: str) -> str:
    """Return what became of the error of an example, given as printed."""
    if before == after:
        return f"On this example the error stays at about {before}."
    return f"On this example the error goes from {before} to {after}."


def _standing(lesson: Mapping) -> str:
    """Return in words how the net does on all four examples."""
    sweeps, learned = lesson["sweeps"], lesson["learned"]
    when = [f"{sweeps:,} sweep{'' if sweeps == 1 else 's'}"] if sweeps else []
    when += [f"{learned} example{'' if learned == 1 else 's'}"] if learned else []
    since = f"After {' and '.join(when)}" if when else "Before learning"
    return (
        f"{since}: error over all four {_shown(lesson['total'])}, "
        f"{lesson['right']} of 4 answers on the right side of ½."
        + (" In the next sweep a weight passes 100,000: training ends here." if lesson["ended"] else "")
    )


# --- The picture: places in pixels, and what is seen when ---------------------------------------------------

BOXES = ((172, 82), (172, 228), (350, 155))  # the middle of each unit
WIRES = (  # from, to, and the middle of the label, or its left end at the edge of the picture
    (46, 82, 126, 82, 86, 60),
    (46, 228, 126, 94, 1, 175),
    (172, 32, 172, 50, 172, 12),
    (46, 82, 126, 216, 1, 129),
    (46, 228, 126, 228, 86, 247),
    (172, 278, 172, 260, 172, 292),
    (218, 82, 304, 145, 272, 75),
    (218, 228, 304, 165, 272, 230),
    (350, 99, 350, 123, 357, 78),
)
SEEN = (12, 12, 12, 13, 13, 13, 9, 9, 9)  # from which step the gradient of each weight is
ACTIVE = (  # the wires at work in each step
    (), (0, 1, 2), (), (3, 4, 5), (), (6, 7, 8), (), (),
    (), (6, 7, 8), (6,), (7,), (0, 1, 2), (3, 4, 5), tuple(range(9)),
)  # fmt: skip
AT_WORK = (None, 0, 0, 1, 1, 2, 2, 2, 2, None, 0, 1, None, None, None)


def _unit(lesson: Mapping, unit: int) -> list[tuple[str, str]]:
    """Return the rows of a unit's box: name and value, empty while it is not known."""
    at, mark = lesson["at"], MARKS[unit]
    rows = (("z", "sums", 1 + 2 * unit), ("a", "outputs", 2 + 2 * unit), ("δ", "blame", (10, 11, 8)[unit]))
    return [
        (f"{name}{mark}", _shown(lesson[which][unit]) if at >= since else "") for name, which, since in rows
    ]


def _seen(lesson: Mapping) -> str:
    """Return the content of the picture in words."""
    x, y, d = lesson["example"]
    weights = ", ".join(
        f"{name} {_shown(weight)}" for name, weight in zip(NAMES, lesson["weights"], strict=True)
    )
    units = []
    for unit, name in enumerate(UNITS):
        known = [f"{what} {value}" for what, value in _unit(lesson, unit) if value]
        if known:
            units.append(f" {name.capitalize()}: {', '.join(known)}.")
    return (
        f"A net of two inputs, {x} and {y}, two hidden units and one output, of which {d} is wanted. "
        f"Weights: {weights}.{''.join(units)}"
    )


# --- What can be set ----------------------------------------------------------------------------------------


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    for name, value in values.items():
        if name == "weights":
            three = r"-?\d{1,4}\.-?\d{1,4}\.-?\d{1,4}"
            fits = isinstance(value, str) and re.fullmatch(f"{three}_{three}_{three}", value, re.ASCII)
            expect(
                bool(fits) and all(abs(int(part)) <= STEEPEST for part in re.split(r"[._]", value)),
                f"weights is {value!r}; expected nine whole hundredths from -{STEEPEST} to {STEEPEST}, "
                "three a unit, such as 27.-46.-92_-97.63.83_21.46.9",
            )
        elif name == "phi":
            expect(value in PHIS, f"phi is {value!r}; expected one of {', '.join(PHIS)}")
        elif name == "rate":
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= FASTEST
            expect(
                fits and value == round(20 * value) / 20,
                f"rate is {value!r}; expected a multiple of 0.05 from 0.05 to {FASTEST:g}",
            )
        elif name == "case":
            expect(value in CASES, f"case is {value!r}; expected one of {', '.join(CASES)}")
        elif name in ("sweeps", "step"):
            most = MOST if name == "sweeps" else STEPS * REPEATS - 1
            expect(
                type(value) is int and 0 <= value <= most,
                f"{name} is {value!r}; expected a whole number from 0 to {most}",
            )
        else:
            expect(False, f"{name!r} cannot be set; expected weights, phi, rate, case, sweeps or step")


def _word(weights: Sequence[float] | Sequence[np.ndarray]) -> str:
    expected = "whole hundredths, (3, 2) and (3, 1), or nine of them"
    try:
        parts = [numbers("a part of weights", part, expected) for part in weights]
    except TypeError:
        raise TypeError(f"weights is {weights!r}; expected {expected}") from None
    shapes = [part.shape for part in parts]
    if shapes not in ([(3, 2), (3, 1)], [()] * 9):
        raise ValueError(f"weights has parts of shapes {shapes}; expected (3, 2) and (3, 1), or nine numbers")
    nine = np.concatenate([part.T.ravel() for part in parts])
    hundredths = np.rint(100 * nine)
    if np.abs(hundredths - 100 * nine).max() > 1e-6:
        raise ValueError(f"weights holds {nine.tolist()}; expected whole hundredths")
    words = [str(int(value)) for value in hundredths]
    return "_".join(".".join(words[k : k + 3]) for k in (0, 3, 6))
