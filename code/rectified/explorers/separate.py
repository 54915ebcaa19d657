"""The explorer of chapter 2: drag points of two classes, and follow the perceptron from mistake to mistake."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from traitlets import Dict, Int, TraitError, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, numbers, signed
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER, TINT

ACCENT = FAMILIES["relu"][0]
REACH = 10  # points lie on a grid from −10 to 10, tenths of the plane from −1 to 1
MOST = 12  # points
LIMIT = 1000  # mistakes that are followed
SCALE = 16  # of the still picture, pixels to a step of the grid


class Separate(Explorer):
    """The perceptron's line between two classes of points, mistake by mistake.

    points: (points, 2), whole tenths from −1 to 1, at most twelve; or as the trait holds them, one word for
    all, such as `"x3.-4_o0.10"`: x filled (+1), o open (−1), tenths across and up. labels: (points,) of +1 and
    −1. step: how many mistakes have been made; more than there are shows the end. presets: by the words on
    their button, the traits to set.

    The machine sees the points in their order, round and round, each with a constant input of 1, and starts
    with weights of 0. In tenths everything is a whole number: the page and Python agree to the last digit. The
    traits points and step follow the reader, and can be set. Raises TraitError if one of them does not fit.
    """

    name = "separate"
    caption = (
        "Rosenblatt's error correction on points that you can move: filled ones belong on the tinted side."
    )
    _esm = HERE / "separate.mjs"

    points = Unicode().tag(sync=True)
    step = Int().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        points: str | Sequence[Sequence[float]],
        labels: Sequence[int] | None = None,
        *,
        step: int = 0,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        if not isinstance(points, str):
            points = _word(points, labels)
        elif labels is not None:
            raise ValueError(
                f"labels is {labels!r}, but points given as a word carry their own; expected None"
            )
        super().__init__(
            points=points,
            step=step,
            presets={words: dict(values) for words, values in (presets or {}).items()},
        )

    @validate("points", "step", "presets")
    def _fits(self, proposal: dict) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        for words, values in value.items() if name == "presets" else [(None, {name: value})]:
            try:
                _check(values)
            except TraitError as error:
                raise TraitError(f"preset {words!r}: {error}" if words else str(error)) from None
        return value

    def inputs(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what the machine sees, in tenths: (points, 3) of x, y and the constant 10; and the labels."""
        _, x, y, label = _read(self.points).T
        return np.stack([x, y, np.full_like(x, REACH)], axis=1), label

    def lesson(self) -> dict[str, object]:
        """Return the whole course of learning, as `compute` does in the page.

        path: for each mistake the point, counted from 0, and the weights after it, in tenths. returns: the two
        mistakes, counted from 1 (0 is the start), after which weights and place are the same, or None. learned:
        whether a round goes by without a mistake. bound: the whole part of Novikoff's (R/γ)², or None if no
        line separates.
        """
        inputs, labels = self.inputs()
        path, returns = [], None
        met = {(len(inputs) - 1, 0, 0, 0): 0}  # where it starts: before the first point
        weights, since, i = np.zeros(3, int), 0, 0
        while since < len(inputs) and len(path) < LIMIT and returns is None:
            since += 1
            if labels[i] * (inputs[i] @ weights) <= 0:
                weights, since = weights + labels[i] * inputs[i], 0
                path.append([i, weights.tolist()])
                state = (i, *weights.tolist())
                if state in met:
                    returns = [met[state], len(path)]
                met.setdefault(state, len(path))
            i = (i + 1) % len(inputs)
        return {
            "path": path,
            "returns": returns,
            "learned": since >= len(inputs),
            "bound": _bound(inputs, labels),
        }

    def reading(self) -> str:
        lesson, read = self.lesson(), _read(self.points)
        path, total = lesson["path"], len(lesson["path"])
        step = min(self.step, total)
        if step:
            said = [f"Mistake {step} of {total}." if lesson["learned"] else f"Mistake {step}."]
            at, weights = path[step - 1]
            inputs, labels = self.inputs()
            wrong = int((labels * (inputs @ weights) <= 0).sum())
            p, q, r = (_tenths(value) for value in weights)
            said.append(f"The machine was wrong about {_called(read[at])}.")
            said.append(f"Weights {p}, {q}, and {r} for the constant: {wrong} of {len(labels)} wrong.")
        else:
            said = [f"No mistake yet, of {total} to come." if lesson["learned"] else "No mistake yet."]
            said.append("All weights are 0: the machine says nothing, and that counts as wrong.")
        bound, returns = lesson["bound"], lesson["returns"]
        if bound is not None:
            said.append(f"A line exists, so there {_at_most(bound)}.")
        elif returns is not None and step == returns[1]:
            first = f"after mistake {returns[0]}" if returns[0] else "at the start"
            said.append(f"No line separates these points: after mistake {step} all is as it was {first}.")
        else:
            said.append("No line separates these points.")
        if not lesson["learned"] and returns is None:
            said.append(f"Only the first {LIMIT:,} mistakes are followed here.")
        return " ".join(said)

    def still(self) -> tuple[str, str]:
        lesson, read = self.lesson(), _read(self.points)
        path, step = lesson["path"], min(self.step, len(lesson["path"]))
        at, (p, q, r) = path[step - 1] if step else (None, (0, 0, 0))
        size, middle = 2 * (REACH + 1) * SCALE, (REACH + 1) * SCALE
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}' "
            f"viewBox='0 0 {size} {size}'>",
            f"<rect width='100%' height='100%' fill='{PAPER}'/>",
        ]
        corners = _side(p, q, r * REACH)
        if corners:
            drawn = " ".join(f"{middle + round(SCALE * x)},{middle - round(SCALE * y)}" for x, y in corners)
            parts.append(f"<polygon points='{drawn}' fill='{TINT}'/>")
        parts.append(f"<path d='M0 {middle}H{size}M{middle} 0V{size}' stroke='{FAINT}'/>")
        for i, (_, x, y, label) in enumerate(read):
            edge = ACCENT if i == at else INK
            radius, fill = (5, edge) if label > 0 else (9, "none")  # so that both show in one place
            parts.append(
                f"<circle cx='{middle + SCALE * x}' cy='{middle - SCALE * y}' r='{radius}' fill='{fill}' "
                f"stroke='{edge}' stroke-width='2'/>"
            )
        parts.append(
            f"<rect x='1' y='1' width='{size - 2}' height='{size - 2}' fill='none' stroke='{MUTED}'/>"
        )
        seen = (
            f"A square of the plane with {len(read)} points: {'; '.join(_called(point) for point in read)}. "
            + ("The tinted side is where the machine answers +1." if corners else "No line is drawn.")
        )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        return f"Separate({self.points!r}, step={self.step})"


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    for name, value in values.items():
        if name == "points":
            words = value.split("_") if isinstance(value, str) else [value]
            for word in words:
                fits = isinstance(word, str) and re.fullmatch(r"[xo]-?\d{1,2}\.-?\d{1,2}", word)
                expect(
                    bool(fits) and all(abs(int(part)) <= REACH for part in word[1:].split(".")),
                    f"points holds {word!r}; expected words such as x3.-4, joined by _, "
                    f"whole numbers from -{REACH} to {REACH}",
                )
            expect(len(words) <= MOST, f"points has {len(words)} points; expected at most {MOST}")
        elif name == "step":
            expect(
                type(value) is int and 0 <= value <= LIMIT,
                f"step is {value!r}; expected a whole number from 0 to {LIMIT}",
            )
        else:
            expect(False, f"{name!r} cannot be set; expected points or step")


def _word(points: Sequence[Sequence[float]], labels: Sequence[int] | None) -> str:
    points = numbers("points", points, "whole tenths, (points, 2)")
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points has shape {points.shape}; expected (points, 2)")
    expected = f"+1 or -1 for each of {len(points)} points"
    if np.shape(numbers("labels", labels, expected)) != points.shape[:1] or not set(np.unique(labels)) <= {
        -1,
        1,
    }:
        raise ValueError(f"labels is {labels!r}; expected {expected}")
    tenths = np.rint(REACH * points)
    if np.abs(tenths - REACH * points).max() > 1e-6:
        raise ValueError(f"points holds {points.ravel().tolist()}; expected whole tenths")
    return "_".join(
        f"{'x' if label > 0 else 'o'}{x:.0f}.{y:.0f}"
        for (x, y), label in zip(tenths + 0.0, labels, strict=True)
    )


def _read(word: str) -> np.ndarray:
    """Return points as (points, 4): number from 1, x and y in tenths, label."""
    read = []
    for number, each in enumerate(word.split("_"), start=1):
        x, y = each[1:].split(".")
        read.append([number, int(x), int(y), 1 if each[0] == "x" else -1])
    return np.array(read)


def _tenths(value: int) -> str:
    return signed(f"{value / REACH:.1f}")


def _called(point: Sequence[int]) -> str:
    number, x, y, label = point
    return f"point {number}, {'filled' if label > 0 else 'open'}, at {_tenths(x)} and {_tenths(y)}"


def _at_most(bound: int) -> str:
    return "is at most 1 mistake" if bound == 1 else f"are at most {bound:,} mistakes"


def _bound(inputs: np.ndarray, labels: np.ndarray) -> int | None:
    """Return the whole part of (R/γ)² for the largest margin γ, or None if there is no margin.

    γ is the distance from zero to the nearest mixture of label · input. At most three of them make that mixture,
    so all threes can be tried; with whole numbers the answer is exact.
    """
    turned = [[int(value) for value in row] for row in inputs * labels[:, None]]
    reach = max(_dot(z, z) for z in turned)
    for size in (1, 2, 3):
        for few in combinations(turned, size):
            shares, whole = _shares([[_dot(u, v) for u in few] for v in few])
            if whole <= 0 or min(shares) < 0:
                continue
            nearest = [sum(share * z[k] for share, z in zip(shares, few, strict=True)) for k in range(3)]
            if all(_dot(nearest, z) >= whole for z in turned):
                return reach * sum(shares) // whole
    return None


def _dot(u: Sequence[int], v: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(u, v, strict=True))


def _shares(gram: list[list[int]]) -> tuple[list[int], int]:
    """Return the whole numbers a and d for which gram · a = d in every row: Cramer's rule, up to three by three."""
    if len(gram) == 1:
        return [1], gram[0][0]
    if len(gram) == 2:
        (a, b), (_, c) = gram
        return [c - b, a - b], a * c - b * b
    (a, b, c), (_, e, f), (_, _, i) = gram
    rows = [
        [e * i - f * f, c * f - b * i, b * f - c * e],
        [c * f - b * i, a * i - c * c, b * c - a * f],
        [b * f - c * e, b * c - a * f, a * e - b * b],
    ]
    return [sum(row) for row in rows], a * rows[0][0] + b * rows[0][1] + c * rows[0][2]


def _side(p: int, q: int, r: int) -> list[tuple[float, float]]:
    """Return the corners of the part of the square in which p·x + q·y + r > 0."""
    edge = REACH + 1
    corners = [(-edge, -edge), (edge, -edge), (edge, edge), (-edge, edge)]
    kept = []
    for (x, y), (u, v) in zip(corners, corners[1:] + corners[:1], strict=True):
        here, there = p * x + q * y + r, p * u + q * v + r
        if here > 0:
            kept.append((x, y))
        if (here > 0) != (there > 0):
            along = here / (here - there)
            kept.append((x + along * (u - x), y + along * (v - y)))
    return kept
