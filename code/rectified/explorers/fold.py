"""The explorer of chapter 9: a small net folds line and plane; drag its hinges, and count the pieces."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import floor, gcd

import numpy as np
from traitlets import Dict, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, numbers, signed
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER, TINT

MODES = ("line", "plane")
ACTIVATIONS = ("ReLU", "softplus", "tanh")
EDGE = 40  # the window goes from −4 to 4; places, weights and biases are whole tenths
PLACE, WEIGHT, BIAS = 45, 30, 50  # how far they may be from 0; places on the plane lie in the window
MOST, SECOND, DEEPEST = 4, 3, 5  # units of the first layer, units of the second, layers on the line
SAMPLES = 401  # of a smooth graph
PIXELS = 80  # of a smooth shading, across
LETTERS = "ABC"  # names of the units of the second layer
NUDGE = 1e-9  # ties round up, and the last digits of the machine do not show
SCALE = 4  # of the still picture, pixels to a tenth
ROW = 26  # of the still picture, pixels to a unit

ZIGZAG = "-20.10.15_0.10.-30_20.10.30~-10"
LINES = "-30.1.3.-10_25.-20.4.10_16.30.-10.2_-20.25.-10.-4~"
PRESETS = {
    "one hinge": {"mode": "line", "line": "0.10.10~0", "depth": 1, "unit": 1},
    "a tooth, |x|": {"mode": "line", "line": "0.10.10_0.-10.10~0", "depth": 1, "unit": 1},
    "x from two rectifiers": {"mode": "line", "line": "0.10.10_0.-10.-10~0", "depth": 1, "unit": 1},
    "a hat from three": {"mode": "line", "line": "-20.10.15_0.10.-30_20.10.15~0", "depth": 1, "unit": 1},
    "fold": {"mode": "line", "line": "0.10.-20_0.-10.-20~40", "depth": 1, "unit": 1},
    "fold, fold, fold": {"mode": "line", "line": "0.10.-20_0.-10.-20~40", "depth": 3, "unit": 1},
    "four lines": {"mode": "plane", "plane": LINES, "unit": 1},
    "four parallel lines": {
        "mode": "plane",
        "plane": "-26.0.10.5_-9.0.10.5_9.0.10.5_26.0.10.5~",
        "unit": 1,
    },
    "a bent second layer": {
        "mode": "plane",
        "plane": "-19.35.10.2_33.18.-4.10_31.-9.2.-10~-12.10.-12.8_-4.-6.10.10",
        "unit": 4,
    },
    "fold the plane": {
        "mode": "plane",
        "plane": "0.30.10.0_0.-30.-10.0_30.0.0.10_-30.0.0.-10~-20.10.10.10.10",
        "unit": 5,
    },
}


class Fold(Explorer):
    """A small net of rectifiers on a line or on a plane, its hinges, and the pieces into which they cut it.

    mode: "line" or "plane". activation: "ReLU", "softplus" or "tanh". line: a pair of units and bias; units is
    (units, 3) of place, weight and output weight, one to four of them, bias that of the output. depth: from 1 to 5;
    how often the line goes through this layer, each time the output of the last. plane: a pair of the units of
    layer 1, (units, 4) of place x and y and weights x and y, one to four, and of layer 2, (units, 1 + units of
    layer 1) of bias and weights, none to three. A unit of layer 1 has the weighted sum weight · (x − place). unit:
    the one that is spoken of, counted from 1, layer 2 after layer 1; beyond the last it is the last. presets: by the
    words on their button, the traits to set; PRESETS if not given.

    All numbers are whole tenths. The window goes from −4 to 4, places on the line from −4.5 to 4.5 and on the plane
    from −4 to 4, weights from −3 to 3, biases from −5 to 5. As traits line and plane are words, in tenths, such as
    `"0.10.-20_0.-10.-20~40"` and `"0.10.3.-10_0.-10.4.10~-8.10.-12"`. What is counted is counted in whole numbers, so
    the page and Python agree. The traits but presets follow the reader, and can be set. Raises TraitError if one of
    them does not fit, and ValueError if what is given as rows is none.
    """

    name = "fold"
    caption = "A small net cuts its line or its plane into pieces. Drag its hinges, and count."
    _esm = HERE / "fold.mjs"

    mode = Unicode().tag(sync=True)
    activation = Unicode().tag(sync=True)
    line = Unicode().tag(sync=True)
    depth = Int().tag(sync=True)
    plane = Unicode().tag(sync=True)
    unit = Int().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        mode: str = "line",
        activation: str = "ReLU",
        *,
        line: str | tuple[Sequence[Sequence[float]], float] = ZIGZAG,
        depth: int = 1,
        plane: str | tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]] = LINES,
        unit: int = 1,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            mode=mode,
            activation=activation,
            line=line if isinstance(line, str) else _word("line", *line),
            depth=depth,
            plane=plane if isinstance(plane, str) else _word("plane", *plane),
            unit=unit,
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("mode", "activation", "line", "depth", "plane", "unit", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    def counts(self) -> dict[str, int]:
        """Return what is counted in the window, if the units are rectifiers; with a smooth one nothing is.

        units: in all layers together. places: of hinges on the line, those that coincide counted once. pieces: of the
        line, the longest stretches on which the graph is straight. regions: of line or plane, the largest parts in
        each of which the same units are on, that is, have a weighted sum above 0. bound: the most pieces that
        hinges at so many places can make, or the most regions that so many units can make.
        """
        if self.mode == "line":
            found, (units, _) = self._line(), _read(self.line)
            places = _places(units)
            return {
                "units": len(units) * self.depth,
                "places": len(places),
                "pieces": len(found["slopes"]),
                "regions": found["regions"],
                "bound": (len(places) + 1) ** self.depth,
            }
        first, second = _read(self.plane)
        return {
            "units": len(first) + len(second),
            "regions": len(self._plane()["cells"]),
            "bound": _general(len(first)) * _general(len(second)),
        }

    def graph(self) -> np.ndarray:
        """Return the graph on the line as (points, 2): of rectifiers its ends and kinks, of smooth units samples."""
        if self.activation == "ReLU":
            return np.array(self._line()["corners"])
        units, bias = _read(self.line)
        places, weights, outputs = (np.array(units) / 10).T
        x = np.arange(SAMPLES) * (2 * EDGE / 10 / (SAMPLES - 1)) - EDGE / 10
        y = x
        for _ in range(self.depth):
            y = activate(self.activation, weights * (y[:, None] - places))[0] @ outputs + bias[0][0] / 10
        return np.stack([x, y], axis=1)

    def cells(self) -> dict[str, np.ndarray]:
        """Return the regions of the plane: by its units that are on (1) and off (0), the corners as (corners, 2)."""
        return {on: np.array(corners) for on, corners in self._plane()["cells"]}

    def shades(self) -> np.ndarray:
        """Return the mean slope of all units on the plane: (80, 80), the rows from the top.

        The slope of a rectifier is 1 where it is on and 0 where it is off, so of rectifiers it is the share that is on.
        """
        first, second = (np.array(rows, float) / 10 for rows in _read(self.plane))
        across = (np.arange(PIXELS) + 0.5) * (2 * EDGE / 10 / PIXELS) - EDGE / 10
        x, y = across[None, :, None], across[::-1, None, None]
        h, slope = activate(
            self.activation, first[:, 2] * (x - first[:, 0]) + first[:, 3] * (y - first[:, 1])
        )
        total = slope.sum(2)
        if len(second):
            total = total + activate(self.activation, h @ second[:, 1:].T + second[:, 0])[1].sum(2)
        return total / (len(first) + len(second))

    def _line(self) -> dict:
        return _folded(self.line, self.depth)

    def _plane(self) -> dict:
        return _cut_up(self.plane)

    def reading(self) -> str:
        return " ".join([*(self._on_line() if self.mode == "line" else self._on_plane()), self._of_unit()])

    def _on_line(self) -> list[str]:
        found, (units, _) = self.counts(), _read(self.line)
        said = _many(len(units), "unit")
        places = f"Hinges at {_many(found['places'], 'place')}"
        if self.depth > 1:
            said += f" a layer, {self.depth} layers"
            bound = f"{places}, {self.depth} layers: at most ({found['places']} + 1){_power(self.depth)}"
        else:
            bound = f"{places}: at most {found['places']} + 1"
        pieces = _many(found["pieces"], "linear piece")
        regions = f"Activation regions, each with its own units on: {found['regions']:,}."
        bound = f"{bound} = {found['bound']:,}."
        if self.activation == "ReLU":
            return [f"{said}, ReLU: {pieces} between −4 and 4. {bound} {regions}"]
        smooth = f"{said}, {self.activation}: no pieces, smooth everywhere."
        return [f"{smooth} With ReLU, dashed: {pieces} between −4 and 4. {bound}"]

    def _on_plane(self) -> list[str]:
        found, (first, second) = self.counts(), _read(self.plane)
        said = _many(len(first), "unit")
        bound = _general_in_words(len(first))
        if second:
            said += f" and a second layer of {len(second)}"
            bound = f"({bound}) · ({_general_in_words(len(second))})"
        bound = f"At most {bound} = {found['bound']}."
        regions = _many(found["regions"], "region")
        if self.activation == "ReLU":
            return [f"{said}, ReLU: {regions} in the square, each with its own units on. {bound}"]
        return [
            f"{said}, {self.activation}: no regions, smooth everywhere. With ReLU, dashed: {regions}. {bound}"
        ]

    def _of_unit(self) -> str:
        """Say where the chosen unit is on."""
        sharp, unit = self.activation == "ReLU", self._chosen()
        if self.mode == "line":
            place, weight, output = _read(self.line)[0][unit]
            who = f"Unit {unit + 1}{' of each layer' if self.depth > 1 else ''}"
            if weight == 0:
                return f"{who}: its weight is 0, so it has no hinge{' and is never on' if sharp else ''}."
            beyond = ", outside the window," if abs(place) >= EDGE else "," if sharp else ""
            side = "right" if weight > 0 else "left"
            if not sharp:
                return f"{who}: weighted sum 0 at {_tenths(place)}{beyond} and above 0 to the {side}."
            turn = f"; it turns the graph by {_hundredths(output * abs(weight))}" if self.depth == 1 else ""
            return f"{who}: hinge at {_tenths(place)}{beyond} on to the {side}{turn}."
        first, second = _read(self.plane)
        cells = self._plane()["cells"]
        count = sum(on[unit] == "1" for on, _ in cells)
        share = f", in {count} of {_many(len(cells), 'region')}" if sharp else ""
        verb = "is on" if sharp else "has a weighted sum above 0"
        if unit < len(first):
            x, y, u, v = first[unit]
            if u == v == 0:
                return f"Unit {unit + 1}: its weights are 0, so it has no line{' and is never on' if sharp else ''}."
            terms = _sum([(u, "·x"), (v, "·y")])
            return f"Unit {unit + 1} {verb} where {terms} > {_hundredths(u * x + v * y)}{share}."
        bias, *weights = second[unit - len(first)]
        terms = _sum([*((weight, f"·h{_low(k + 1)}") for k, weight in enumerate(weights)), (bias, "")])
        return (
            f"Unit {LETTERS[unit - len(first)]} {verb} where {terms} > 0, h being what layer 1 says{share}."
        )

    def _chosen(self) -> int:
        """Return the unit that is spoken of, counted from 0."""
        first, second = _read(self.line if self.mode == "line" else self.plane)
        return min(self.unit, len(first) + (len(second) if self.mode == "plane" else 0)) - 1

    def still(self) -> tuple[str, str]:
        return self._still_line() if self.mode == "line" else self._still_plane()

    def _still_line(self) -> tuple[str, str]:
        found, (units, _) = self.counts(), _read(self.line)
        colour, side, left, top = FAMILIES[self.activation.lower()][0], 2 * EDGE * SCALE, 30, 12
        height = top + side + 26 + ROW * len(units)
        parts = _sheet(left + side + 12, height)
        place = lambda x, y: (left + _round(SCALE * (10 * x + EDGE)), top + _round(SCALE * (EDGE - 10 * y)))  # noqa: E731
        _axes(parts, left, top, side)
        grid = "".join(f"M{place(m / 10, 0)[0]} {top}v{side}" for m in _places(units) if abs(m) < EDGE)
        parts.append(f"<path d='{grid}' fill='none' stroke='{MUTED}' stroke-dasharray='2 4'/>")
        if self.activation != "ReLU":
            drawn = _path(self._line()["corners"], place)
            parts.append(
                f"<path d='{drawn}' fill='none' stroke='{MUTED}' stroke-width='2' stroke-dasharray='6 4'/>"
            )
        points = self.graph().tolist()
        parts.append(f"<path d='{_path(points, place)}' fill='none' stroke='{colour}' stroke-width='3'/>")
        if self.activation == "ReLU":
            for x, y in points[1:-1]:
                if abs(10 * y) <= EDGE:
                    across, down = place(x, y)
                    parts.append(f"<circle cx='{across}' cy='{down}' r='4' fill='{colour}'/>")
        for k, (m, weight, _) in enumerate(units):
            middle, hinge = top + side + 26 + ROW * k + ROW // 2, place(m / 10, 0)[0]
            begin, end = (max(hinge, left), left + side) if weight > 0 else (left, min(hinge, left + side))
            if weight and begin < end:
                parts.append(
                    f"<rect x='{begin}' y='{middle - 9}' width='{end - begin}' height='18' fill='{TINT}'/>"
                )
            parts.append(f"<path d='M{left} {middle}h{side}' stroke='{MUTED}'/>")
            if weight:
                thick = 3 if k == self._chosen() else 1
                parts.append(
                    f"<circle cx='{hinge}' cy='{middle}' r='7' fill='{PAPER}' stroke='{INK}' stroke-width='{thick}'/>"
                )
            parts.append(
                f"<text x='{left - 8}' y='{middle + 4}' text-anchor='end' fill='{INK}'>{k + 1}</text>"
            )
        ends = self.graph()[[0, -1], 1]
        kind = (
            f"{_many(found['pieces'], 'straight piece')}" if self.activation == "ReLU" else "a smooth curve"
        )
        seen = (
            f"A graph from −4 to 4, {kind}, from {signed(f'{ends[0]:.1f}')} at the left to "
            f"{signed(f'{ends[1]:.1f}')} at the right. Below, {_many(len(units), 'unit')}, each a line with its "
            "hinge, tinted where the weighted sum is above 0."
        )
        return "".join([*parts, "</svg>"]), seen

    def _still_plane(self) -> tuple[str, str]:
        found, (first, second) = self._plane(), _read(self.plane)
        colour, side, left, top = FAMILIES[self.activation.lower()][0], 2 * EDGE * SCALE, 30, 12
        parts = _sheet(left + side + 12, top + side + 26)
        place = lambda x, y: (left + _round(SCALE * (10 * x + EDGE)), top + _round(SCALE * (EDGE - 10 * y)))  # noqa: E731
        sharp, many = self.activation == "ReLU", len(first) + len(second)
        if sharp:
            for on, corners in found["cells"]:
                shape = " ".join(",".join(str(part) for part in place(*corner)) for corner in corners)
                parts.append(f"<polygon points='{shape}' fill='{_mix(colour, on.count('1') / many)}'/>")
        else:
            step = side // PIXELS
            levels = np.floor(self.shades() * 20 + 0.5 + NUDGE).astype(int)
            drawn = {level: "" for level in range(21)}
            for y, row in enumerate(levels.tolist()):
                starts = [0, *(x for x in range(1, PIXELS) if row[x] != row[x - 1]), PIXELS]
                for begin, end in pairwise(starts):
                    x, across = left + step * begin, step * (end - begin)
                    drawn[row[begin]] += f"M{x} {top + step * y}h{across}v{step}h{-across}z"
            for level, path in drawn.items():
                if path:
                    parts.append(f"<path d='{path}' fill='{_mix(colour, level / 20)}'/>")
        _axes(parts, left, top, side)
        for k, cuts in enumerate(found["cuts"]):
            path = "".join("M{} {}L{} {}".format(*place(*begin), *place(*end)) for begin, end in cuts)
            ink, thick = (INK if k < len(first) else colour), 3 if k == self._chosen() else 2
            dashes = "" if sharp else " stroke-dasharray='6 4'"
            parts.append(f"<path d='{path}' fill='none' stroke='{ink}' stroke-width='{thick}'{dashes}/>")
        lines, bent = (
            len({str(cuts) for cuts in layer if cuts})
            for layer in (found["cuts"][: len(first)], found["cuts"][len(first) :])
        )
        seen = f"A square of the plane crossed by {_many(lines, 'line')} of layer 1"
        seen += f" and {_many(bent, 'line')} of layer 2, bent where they meet them" if second else ""
        if sharp:
            seen += f": {_many(len(found['cells']), 'region')}, the darker the more units are on."
        else:
            seen += ", dashed; a shading of the mean slope of the units goes over them without an edge."
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        net = f"line={self.line!r}, depth={self.depth}" if self.mode == "line" else f"plane={self.plane!r}"
        return f"Fold({self.mode!r}, {self.activation!r}, {net}, unit={self.unit})"


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    choices = {"mode": MODES, "activation": ACTIVATIONS}
    ranges = {"depth": DEEPEST, "unit": MOST + SECOND}
    for name, value in values.items():
        if name in choices:
            expect(value in choices[name], f"{name} is {value!r}; expected one of {', '.join(choices[name])}")
        elif name in ranges:
            expect(
                type(value) is int and 1 <= value <= ranges[name],
                f"{name} is {value!r}; expected a whole number from 1 to {ranges[name]}",
            )
        elif name in ("line", "plane"):
            _check_net(name, value)
        else:
            expect(False, f"{name!r} cannot be set; expected mode, activation, line, depth, plane or unit")


def _check_net(name: str, value: object) -> None:
    """Raise TraitError if the word of a net does not fit."""
    parts = value.split("~") if isinstance(value, str) else []
    form = "place.weight.output_…~bias" if name == "line" else "x.y.weight.weight_…~bias.weight…_…"
    expect(len(parts) == 2, f"{name} is {value!r}; expected whole tenths in the form {form}")
    first, second = ([row.split(".") for row in part.split("_")] if part else [] for part in parts)
    for entry in (entry for row in first + second for entry in row):
        expect(
            bool(re.fullmatch(r"-?[0-9]{1,2}", entry)),
            f"{name} holds {entry!r}; expected whole tenths in the form {form}",
        )
    known, expected = (
        (3, "place, weight and output weight") if name == "line" else (4, "x, y and two weights")
    )
    expect(1 <= len(first) <= MOST, f"{name} has {len(first)} units in layer 1; expected 1 to {MOST}")
    for row in first:
        expect(len(row) == known, f"{name} holds {'.'.join(row)!r}; expected {expected} of a unit")
        places, weights = (row[:1], row[1:]) if name == "line" else (row[:2], row[2:])
        _within(name, "place", places, PLACE if name == "line" else EDGE)
        _within(name, "weight", weights, WEIGHT)
    if name == "line":
        expect(
            len(second) == 1 == len(second[0]),
            f"{name} ends with {parts[1]!r}; expected the bias of the output",
        )
    expect(len(second) <= SECOND, f"{name} has {len(second)} units in layer 2; expected at most {SECOND}")
    for row in second:
        if name == "plane":
            expect(
                len(row) == len(first) + 1,
                f"{name} holds {'.'.join(row)!r}; expected a bias and {len(first)} weights of a unit of layer 2",
            )
        _within(name, "bias", row[:1], BIAS)
        _within(name, "weight", row[1:], WEIGHT)


def _within(name: str, what: str, entries: Sequence[str], limit: int) -> None:
    for entry in entries:
        expect(
            abs(int(entry)) <= limit,
            f"{name} holds a {what} of {entry}; expected tenths from -{limit} to {limit}",
        )


def _word(name: str, first: object, second: object) -> str:
    """Return a net given as rows of numbers as a word in tenths."""
    columns = 3 if name == "line" else 4
    rows = [
        numbers(f"{name} layer 1", first, f"whole tenths, (units, {columns})"),
        numbers(f"{name} bias", second, "a whole tenth").reshape(1, -1)
        if name == "line"
        else numbers("plane layer 2", second, "whole tenths, (units, 1 + units of layer 1)"),
    ]
    parts = []
    for array in rows:
        tenths = np.rint(10.0 * array)
        if array.ndim != 2 and array.size:
            raise ValueError(f"{name} has rows of shape {array.shape}; expected two dimensions")
        if array.size and np.abs(tenths - 10 * array).max() > 1e-6:
            raise ValueError(f"{name} holds {array.ravel().tolist()}; expected whole tenths")
        parts.append("_".join(".".join(f"{value + 0.0:.0f}" for value in row) for row in tenths))
    return "~".join(parts)


def _read(word: str) -> tuple[list[list[int]], list[list[int]]]:
    """Return the rows of a net before and after the ~, in tenths."""
    first, second = (
        [[int(entry) for entry in row.split(".")] for row in part.split("_")] if part else []
        for part in word.split("~")
    )
    return first, second


# --- The net, in whole numbers -----------------------------------------------------------------------------


def activate(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the activation of weighted sums, and its slope there."""
    if name == "tanh":
        h = np.tanh(z)
        return h, 1 - h * h
    if name == "softplus":
        tail = np.exp(-np.abs(z))
        return np.maximum(z, 0) + np.log1p(tail), np.where(z > 0, 1, tail) / (1 + tail)
    return np.maximum(z, 0), (z > 0).astype(float)


def _places(units: Sequence[Sequence[int]]) -> list[int]:
    """Return the places of hinges in tenths, in their order, each once."""
    return sorted({place for place, weight, _ in units if weight})


@lru_cache(maxsize=64)
def _folded(word: str, depth: int) -> dict:
    """Return the graph of rectifiers on the line: its corners, the slopes between them, and how many regions it has.

    Points go through the layers in order, each as its place and its value; a hinge that lies between the values of
    two neighbours adds a point. A value after k layers is a whole number of tenths over 100**k, and so are the
    slopes: only the places of points are rounded.
    """
    units, ((bias,),) = _read(word)
    places = _places(units)
    points, stretches, whole = [(-4.0, -EDGE), (4.0, EDGE)], [(1, "")], 1
    for _ in range(depth):
        grown, between = [points[0]], []
        for ((x, y), (u, v)), stretch in zip(pairwise(points), stretches, strict=True):
            inside = [place * whole for place in places if min(y, v) < place * whole < max(y, v)]
            for value in inside if y < v else inside[::-1]:
                grown.append((x + (u - x) * ((value - y) / (v - y)), value))
            grown.append((u, v))
            between += [stretch] * (len(inside) + 1)
        stretches = []
        for ((_, y), (_, v)), (slope, on) in zip(pairwise(grown), between, strict=True):
            now = [weight * (y + v - 2 * place * whole) > 0 for place, weight, _ in units]
            turn = sum(weight * output for (_, weight, output), each in zip(units, now, strict=True) if each)
            stretches.append((slope * turn, on + "".join("01"[each] for each in now)))
        points = [
            (
                x,
                sum(output * max(weight * (y - place * whole), 0) for place, weight, output in units)
                + 100 * whole * bias,
            )
            for x, y in grown
        ]
        whole *= 100
    kinks = [k for k, (one, other) in enumerate(pairwise(stretches), start=1) if one[0] != other[0]]
    return {
        "corners": [(points[k][0], points[k][1] / (10 * whole)) for k in (0, *kinks, len(points) - 1)],
        "slopes": [stretches[k][0] / whole for k in (0, *kinks)],
        "regions": 1 + sum(one[1] != other[1] for one, other in pairwise(stretches)),
    }


def _cut(polygon: list[tuple], line: tuple) -> tuple[list, list, list]:
    """Cut a polygon along a line; return what lies above it, what does not, and where it enters and leaves.

    Corners are (x, y, w) for x/w and y/w in tenths, and lines (a, b, c) for a·x + b·y + c·w, in whole numbers.
    """
    sides = [sum(a * x for a, x in zip(line, corner, strict=True)) for corner in polygon]
    if max(sides) <= 0:
        return [], polygon, []
    if min(sides) >= 0:
        return polygon, [], []
    above, below, cut = [], [], []
    for k, (corner, side) in enumerate(zip(polygon, sides, strict=True)):
        after, beyond = polygon[(k + 1) % len(polygon)], sides[(k + 1) % len(polygon)]
        if side >= 0:
            above.append(corner)
        if side <= 0:
            below.append(corner)
        if side == 0:
            cut.append(corner)
        if side * beyond < 0:
            met = [abs(beyond) * p + abs(side) * q for p, q in zip(corner, after, strict=True)]
            shared = gcd(*met)
            for part in (above, below, cut):
                part.append(tuple(value // shared for value in met))
    return above, below, cut


@lru_cache(maxsize=64)
def _cut_up(word: str) -> dict:
    """Return the regions of the square, and for each unit the parts of its line in it, from end to end."""
    first, second = _read(word)
    lines = [(u, v, -(u * x + v * y)) for x, y, u, v in first]
    square = [(-EDGE, -EDGE, 1), (EDGE, -EDGE, 1), (EDGE, EDGE, 1), (-EDGE, EDGE, 1)]
    flat = bent = [("", square)]
    for line in lines:
        flat = bent = _parted(bent, lambda _, line=line: line)
    for unit in second:
        bent = _parted(bent, lambda on, unit=unit: _bent(unit, lines, on))
    cuts = [[_cut(square, line)[2]] for line in lines]
    cuts += [[_cut(polygon, _bent(unit, lines, on))[2] for on, polygon in flat] for unit in second]
    return {
        "cells": [(on, [_plain(corner) for corner in polygon]) for on, polygon in bent],
        "cuts": [[[_plain(corner) for corner in cut] for cut in every if cut] for every in cuts],
    }


def _parted(cells: list[tuple], line: Callable[[str], tuple]) -> list[tuple]:
    """Cut every cell along the line that a unit has where these units are on."""
    parted = []
    for on, polygon in cells:
        above, below, _ = _cut(polygon, line(on))
        parted += [(on + sign, part) for sign, part in (("1", above), ("0", below)) if part]
    return parted


def _bent(unit: Sequence[int], lines: Sequence[tuple], on: str) -> tuple[int, int, int]:
    """Return the line of a unit of layer 2 where these units of layer 1 are on."""
    bias, *weights = unit
    heard = [(weight, line) for weight, line, each in zip(weights, lines, on, strict=False) if each == "1"]
    a, b, c = (sum(weight * line[k] for weight, line in heard) for k in range(3))
    return a, b, c + 100 * bias


def _plain(corner: tuple) -> tuple[float, float]:
    x, y, w = corner
    return x / (10 * w), y / (10 * w)


def _general(units: int) -> int:
    """Return into how many regions so many lines in general position cut the plane."""
    return 1 + units + units * (units - 1) // 2


# --- In words and in pictures ------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _power(value: int) -> str:
    return str(value).translate(SUPERSCRIPTS)


def _low(value: int) -> str:
    return str(value).translate(SUBSCRIPTS)


def _tenths(value: int) -> str:
    return signed(f"{value / 10:.1f}")


def _hundredths(value: int) -> str:
    return signed(f"{value / 100:.2f}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _general_in_words(units: int) -> str:
    return "1 + 1" if units == 1 else f"1 + {units} + {units}·{units - 1}/2"


def _sum(terms: Sequence[tuple[int, str]]) -> str:
    """Write a sum of tenths, each with what it multiplies; those of 0 are left out."""
    said = ""
    for value, what in terms:
        if value:
            sign = ("−" if value < 0 else "") if not said else (" − " if value < 0 else " + ")
            said += f"{sign}{abs(value) / 10:.1f}{what}"
    return said or "0"


def _round(value: float) -> int:
    return floor(value + 0.5 + NUDGE)


def _mix(colour: str, share: float) -> str:
    """Return the paper with a share of a colour, at most half of it."""
    parts = ((int(paper, 16), int(own, 16)) for paper, own in zip(*map(_pairs, (PAPER, colour)), strict=True))
    return "#" + "".join(f"{round(paper + (own - paper) * share / 2):02x}" for paper, own in parts)


def _pairs(colour: str) -> list[str]:
    return [colour[k : k + 2] for k in (1, 3, 5)]


def _sheet(width: int, height: int) -> list[str]:
    return [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"font-family='system-ui, sans-serif' font-size='12' fill='{MUTED}'>"
        f"<rect width='{width}' height='{height}' fill='{PAPER}'/>"
    ]


def _axes(parts: list[str], left: int, top: int, side: int) -> None:
    """Add the frame, the two axes and the numbers at their ends."""
    half = side // 2
    parts.append(
        f"<path d='M{left} {top + half}h{side}M{left + half} {top}v{side}' fill='none' stroke='{FAINT}'/>"
        f"<rect x='{left}' y='{top}' width='{side}' height='{side}' fill='none' stroke='{MUTED}'/>"
    )
    for k, words in enumerate(("−4", "0", "4")):
        parts.append(f"<text x='{left + k * half}' y='{top + side + 15}' text-anchor='middle'>{words}</text>")
        parts.append(f"<text x='{left - 6}' y='{top + side - k * half + 4}' text-anchor='end'>{words}</text>")


def _path(points: Sequence[Sequence[float]], place: object) -> str:
    """Return the path of a graph, without what lies above or below the window."""
    drawn, last = "", None
    for (x, y), (u, v) in pairwise(points):
        ends = _inside(x, y, u, v)
        if ends is None:
            continue
        begin, end = (place(*each) for each in ends)
        drawn += f"L{end[0]} {end[1]}" if begin == last else f"M{begin[0]} {begin[1]}L{end[0]} {end[1]}"
        last = end
    return drawn


def _inside(x: float, y: float, u: float, v: float) -> tuple | None:
    """Return the ends of the part of a stretch that lies in the window, or None."""
    top = EDGE / 10
    if min(y, v) > top or max(y, v) < -top:
        return None
    at = lambda level: (x + (u - x) * ((level - y) / (v - y)), level)  # noqa: E731
    held = lambda end: end if abs(end[1]) <= top else at(top if end[1] > 0 else -top)  # noqa: E731
    return held((x, y)), held((u, v))
