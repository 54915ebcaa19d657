"""The explorer of chapter 8: twelve rectified cells in a ring select a bump, amplify it, and remember which."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import floor, isfinite, log10, sqrt

import numpy as np
from traitlets import Dict, Float, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER

CELLS = 12
STEPS, RATE = 2000, 0.1  # the most steps of a settling, and how far a step goes
BOUND = 1e6  # of activity: there the count stops
TINY = 1e-9  # less than this is silence
SILENT = "silent"  # a start at which no cell is active
LIMITS = {"a": 2, "b": 2, "itself": 1.5, "near": 1, "inhibit": 1}  # each from 0
SPANS = (100, 200, 500, 1000, STEPS)  # steps of which the course is drawn
CLOSE = 0.01  # of the largest activity: so near to its end, the course need not be drawn on
POINTS = 100  # of the course
NUDGE = 1 + 1e-12  # ties round up, and the last digits of the machine do not show

_FIRST = "0_0_1.25_2.5_1.25_0_0_0_0_0_0_0"  # the answer to bump A alone, of strength 1
_SECOND = "0_0_0_0_0_0_0_0_1.875_3.75_1.875_0"  # to bump B, of strength 1.5
_CHIP = {"a": 1, "a_at": 3, "b": 0, "b_at": 9, "itself": 0.6, "near": 0.5, "inhibit": 0.25, "start": SILENT}
PRESETS: dict[str, dict[str, object]] = {
    "A alone": _CHIP,
    "A twice as strong": _CHIP | {"a": 2},
    "B beside it, at 0.9": _CHIP | {"b": 0.9, "start": _FIRST},
    "B grown to 1.5": _CHIP | {"b": 1.5, "start": _FIRST},
    "and back to 0.9": _CHIP | {"b": 0.9, "start": _SECOND},
    "inhibition too weak": _CHIP | {"inhibit": 0.05},
}


class Ring(Explorer):
    """Twelve rectified cells in a ring: each excites itself and its neighbours, and all inhibit all.

    a, b: strengths of the two bumps of the drive, from 0 to 2; a bump drives its cell with its strength and the
    neighbours of that cell with half of it. a_at, b_at: their cells, from 0 to 11. itself, near, inhibit: the
    weights of chapter 8, from 0 to 1.5, 1 and 1. start: the activities from which the ring settles, `"silent"` or
    twelve numbers from 0 to a million with at most three decimals, such as `"0_0_1.25_2.5_1.25_0_0_0_0_0_0_0"`.
    presets: by the words on their button, the traits to set; PRESETS if not given.

    The ring settles in 2,000 explicit steps of a tenth of a time constant, or until a cell passes a million. What a
    reader moves lets it settle on from where it came to rest, to three decimals: the old rest becomes the start, and so
    the ring remembers. `move` does the same. The sums are taken in one order, so that the page finds the same numbers
    to the last bit. The traits but presets follow the reader, and can be set; the start stays where it is when
    another trait is set. Raises TraitError if one of them does not fit.
    """

    name = "ring"
    caption = (
        "Twelve rectified cells in a ring: neighbours excite each other, and all inhibit all. Move the input, and "
        "watch which cells answer."
    )
    _esm = HERE / "ring.mjs"

    a = Float().tag(sync=True)
    a_at = Int().tag(sync=True)
    b = Float().tag(sync=True)
    b_at = Int().tag(sync=True)
    itself = Float().tag(sync=True)
    near = Float().tag(sync=True)
    inhibit = Float().tag(sync=True)
    start = Unicode(SILENT).tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        a: float = 1.0,
        b: float = 0.0,
        *,
        a_at: int = 3,
        b_at: int = 9,
        itself: float = 0.6,
        near: float = 0.5,
        inhibit: float = 0.25,
        start: str | Sequence[float] = SILENT,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            a=a,
            a_at=a_at,
            b=b,
            b_at=b_at,
            itself=itself,
            near=near,
            inhibit=inhibit,
            start=start if isinstance(start, str) else spell(start),
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("a", "a_at", "b", "b_at", "itself", "near", "inhibit", "start", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    def drive(self) -> np.ndarray:
        """Return what the two bumps drive the cells with: (12,)."""
        return np.array(_drive(self.a, self.a_at, self.b, self.b_at))

    def weights(self) -> np.ndarray:
        """Return the weights, (12, 12), from column to row."""
        away = np.abs(np.subtract.outer(np.arange(CELLS), np.arange(CELLS)))
        away = np.minimum(away, CELLS - away)
        return self.itself * (away == 0) + self.near * (away == 1) - self.inhibit

    def course(self) -> np.ndarray:
        """Return the activities at the start and after every step: (steps + 1, 12).

        It has fewer than 2,000 steps if a cell passed a million: there it ends.
        """
        return self._course(self.start).copy()

    def rest(self) -> np.ndarray:
        """Return the activities at the end of the settling: (12,)."""
        return self._course(self.start)[-1].copy()

    def active(self, rest: np.ndarray | None = None) -> list[int]:
        """Return the cells that are active at the end, or in the activities given."""
        return np.flatnonzero((self.rest() if rest is None else rest) > TINY).tolist()

    def eigenvalue(self) -> float:
        """Return the largest eigenvalue of the weights among the active cells; NaN if there is none.

        The set is permitted if it is below 1.
        """
        among = np.ix_(self.active(), self.active())
        return (
            float(np.linalg.eigvalsh(self.weights()[among]).max(initial=-np.inf)) if self.active() else np.nan
        )

    def kind(self) -> str:
        """Return what the active cells are: "none", "permitted", "border" or "forbidden"."""
        top = self.eigenvalue()
        if np.isnan(top):
            return "none"
        return "border" if abs(top - 1) <= TINY else "permitted" if top < 1 else "forbidden"

    def state_of_rest(self) -> str:
        """Return how the settling ended: "rest", "moving" after all steps, or "unbounded"."""
        return _ended(self._course(self.start))

    def move(self, **changes: object) -> None:
        """Set traits as a reader does: the ring settles on from its present rest."""
        start = spell(self.rest())
        for name, value in (changes | {"start": start}).items():
            self.set_trait(name, value)

    def _course(self, start: str) -> np.ndarray:
        drive = _drive(self.a, self.a_at, self.b, self.b_at)
        return settling(tuple(drive), self.itself, self.near, self.inhibit, start)

    def reading(self) -> str:
        rest, drive, ended = self.rest(), self.drive(), self.state_of_rest()
        bumps = [(name, strength, at) for name, strength, at in self._bumps() if strength]
        given = ", ".join(f"{_short(strength)} at cell {at} ({name})" for name, strength, at in bumps)
        whence = "silence" if self.start == SILENT else "where it was"
        said = [f"{f'Drive: {given}' if given else 'No drive'}; from {whence}."]
        peak = int(rest.argmax())
        if ended == "unbounded":
            steps = f"{len(self._course(self.start)) - 1:,}"
            said.append(
                f"Nothing bounds it: cell {peak} passed a million after {steps} steps, where we stop."
            )
        said.append(f"{_active(self.active())}{self._set()}.")
        if ended == "unbounded":
            return " ".join(said)
        if rest[peak] > TINY:
            times = (
                f": {_short(rest[peak] / drive[peak])} times the drive there"
                if drive[peak]
                else " and no drive there"
            )
            peaks = [cell for cell in range(CELLS) if rest[peak] - rest[cell] <= TINY * rest[peak]]
            who = _cells(peaks).capitalize() + (" answers" if len(peaks) == 1 else " answer")
            said.append(f"{who} most, with {_short(rest[peak])}{times}.")
        if ended == "moving":
            never = ": no stable rest has just these cells active" if self.kind() == "forbidden" else ""
            said.append(f"After {STEPS:,} steps it still moves{never}.")
        elif self.kind() == "forbidden":
            said.append("It is balanced on a ridge: the least push to one side, and it leaves.")
        said += self._selected(bumps, rest)
        said += self._remembers()
        return " ".join(said)

    def _bumps(self) -> tuple[tuple[str, float, int], ...]:
        return ("A", self.a, self.a_at), ("B", self.b, self.b_at)

    def _set(self) -> str:
        """Say whether the set of active cells is permitted."""
        kind = self.kind()
        if kind == "none":
            return ""
        side = {"permitted": "below 1", "border": "the border", "forbidden": "not below 1"}[kind]
        what = "on the border of what is permitted" if kind == "border" else f"a {kind} set"
        return f", {what} (largest eigenvalue {_short(self.eigenvalue(), 3)}, {side})"

    def _selected(self, bumps: Sequence[tuple[str, float, int]], rest: np.ndarray) -> list[str]:
        """Say which of two bumps is answered."""
        if len(bumps) < 2 or self.a_at == self.b_at:
            return []
        answered = [name for name, _, at in bumps if rest[at] > TINY]
        if len(answered) == 1:
            other = "B" if answered == ["A"] else "A"
            return [f"Bump {answered[0]} is answered, and bump {other} suppressed."]
        return ["Both bumps are answered." if answered else "Neither bump is answered at its own cell."]

    def _remembers(self) -> list[str]:
        """Say what would be if the ring had begun from silence, if that is another set."""
        if self.start == SILENT:
            return []
        fresh = self._course(SILENT)
        ended, active = _ended(fresh), self.active(fresh[-1])
        if ended == "unbounded":
            return ["From silence the same drive would find no bound."]
        if ended == "moving" or self.state_of_rest() == "moving" or active == self.active():
            return []
        return [f"The ring remembers: from silence the same drive would select {_cells(active)}."]

    def still(self) -> tuple[str, str]:
        course = self._course(self.start)
        rest, drive, span = self.rest(), self.drive(), _span(course)
        top = _top(max(course.max(), drive.max()))
        third = [_tick(top * k / 3) for k in (1, 2, 3)]
        colour = FAMILIES["relu"][0]
        left, up, wide, tall = 490, 60, 260, 260  # where the course is drawn
        middle = 200
        parts = [
            "<svg xmlns='http://www.w3.org/2000/svg' width='800' height='400' viewBox='0 0 800 400' "
            f"font-family='system-ui, sans-serif' font-size='14' fill='{MUTED}'>"
            f"<rect width='800' height='400' fill='{PAPER}'/>"
        ]

        def write(x: int, y: int, words: object, anchor: str = "middle", ink: str = MUTED) -> None:
            parts.append(f"<text x='{x}' y='{y}' text-anchor='{anchor}' fill='{ink}'>{words}</text>")

        def corner(cell: int, out: float, along: float) -> str:
            """Return a point beside the ray of a cell: so far out, and so far clockwise."""
            x, y = ROUND[cell]
            return f"{_whole(middle + x * out - y * along)} {_whole(middle + y * out + x * along)}"

        def box(cell: int, value: float, half: int) -> str:
            out = INNER + LENGTH * value / top
            ends = ((INNER, -half), (out, -half), (out, half), (INNER, half))
            return f"M{'L'.join(corner(cell, *each) for each in ends)}z"

        rings = "".join(
            f"<circle cx='{middle}' cy='{middle}' r='{INNER + LENGTH * k // 3}'/>" for k in range(4)
        )
        bars = "".join(box(cell, value, 9) for cell, value in enumerate(rest) if value > TINY)
        outlines = "".join(box(cell, value, 12) for cell, value in enumerate(drive) if value > 0)
        parts.append(f"<g fill='none' stroke='{FAINT}'>{rings}</g>")
        parts.append(f"<path d='{bars}' fill='{colour}'/><path d='{outlines}' fill='none' stroke='{INK}'/>")
        for cell in range(CELLS):
            x, y = (int(part) for part in corner(cell, 56, 0).split())
            write(x, y + 5, cell, ink=INK if rest[cell] > TINY else MUTED)
        for k, words in enumerate(third, 1):
            out = INNER + LENGTH * k // 3
            write(middle + out * 26 // 100, middle - out * 97 // 100 + 5, words)
        for name, strength, at in self._bumps():
            aside = 20 * (name == "B" or -1) * (self.a_at == self.b_at)
            x, y = (int(part) for part in corner(at, OUTER, aside).split())
            dashes = "" if strength else " stroke-dasharray='3 3'"
            parts.append(f"<circle cx='{x}' cy='{y}' r='15' fill='{PAPER}' stroke='{INK}'{dashes}/>")
            write(x, y + 5, name, ink=INK)
        write(middle, middle - 4, "inhibition")
        write(middle, middle + 14, _short(self.inhibit * rest.sum()), ink=INK)
        lines = {True: "", False: ""}
        for cell in range(CELLS):
            points = [
                f"{left + wide * k // POINTS} {_whole(up + tall * (1 - course[place][cell] / top))}"
                for k, place in enumerate(_places(course, span))
            ]
            lines[bool(rest[cell] > TINY)] += f"M{'L'.join(points)}"
        grid = "".join(f"M{left} {up + tall * k // 3}h{wide}" for k in range(4))
        parts.append(f"<path d='{grid}' fill='none' stroke='{FAINT}'/>")
        parts.append(f"<path d='{lines[False]}' fill='none' stroke='{MUTED}'/>")
        parts.append(f"<path d='{lines[True]}' fill='none' stroke='{colour}' stroke-width='2'/>")
        for k, words in enumerate(["0", *third]):
            write(left - 8, up + tall - tall * k // 3 + 5, words, "end")
        for y, words in _ends(self._bumps(), rest, top):
            write(left + wide + 8, up + _whole(tall * y) + 5, words, "start", INK)
        write(left, up - 16, "the settling", "start", INK)
        write(left, up + tall + 22, "0", "middle")
        write(left + wide, up + tall + 22, f"{_short(span * RATE)} time constants", "end")
        weights = f"itself {_short(self.itself)}, near {_short(self.near)}, inhibition {_short(self.inhibit)}"
        write(left - 60, up + tall + 48, f"weights: {weights}", "start")
        answers = ", ".join(f"cell {cell} {_short(rest[cell])}" for cell in self.active()) or "none"
        driven = ", ".join(f"cell {cell} {_short(each)}" for cell, each in enumerate(drive) if each) or "none"
        seen = (
            f"A ring of {CELLS} cells with a bar for each active one and an outline for each drive. Drive: {driven}. "
            f"Activity: {answers}. Beside it the course of the settling, a line for each cell."
        )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        weights = f"itself={self.itself:g}, near={self.near:g}, inhibit={self.inhibit:g}"
        places = f"a_at={self.a_at}, b_at={self.b_at}"
        return f"Ring({self.a:g}, {self.b:g}, {places}, {weights}, start={self.start!r})"


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    for name, value in values.items():
        if name in LIMITS:
            expect(
                type(value) in (int, float) and isfinite(value) and 0 <= value <= LIMITS[name],
                f"{name} is {value!r}; expected a number from 0 to {LIMITS[name]}",
            )
        elif name in ("a_at", "b_at"):
            expect(
                type(value) is int and 0 <= value < CELLS,
                f"{name} is {value!r}; expected a whole number from 0 to {CELLS - 1}",
            )
        elif name == "start":
            expect(
                isinstance(value, str) and (value == SILENT or _fits_start(value)),
                f"start is {value!r}; expected {SILENT}, or {CELLS} numbers joined by _, from 0 to a million with at "
                "most three decimals",
            )
        else:
            known = ", ".join([*_CHIP][:-1])
            expect(False, f"{name!r} cannot be set; expected {known} or start")


def _fits_start(word: str) -> bool:
    parts = word.split("_")
    return len(parts) == CELLS and all(
        re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", part) and float(part) <= BOUND for part in parts
    )


# --- The ring ----------------------------------------------------------------------------------------------


def _drive(a: float, a_at: int, b: float, b_at: int) -> list[float]:
    """Return the drive of two bumps, cell by cell."""
    drive = [0.0] * CELLS
    for strength, at in ((a, a_at), (b, b_at)):
        drive[at] += strength
        for beside in (at - 1, (at + 1) % CELLS):
            drive[beside] += strength / 2
    return drive


@lru_cache(maxsize=64)
def settling(drive: tuple[float, ...], itself: float, near: float, inhibit: float, start: str) -> np.ndarray:
    """Return what `Ring.course` does, not to be changed; all sums in one order, the same in the page."""
    x = (0.0,) * CELLS if start == SILENT else tuple(float(part) for part in start.split("_"))
    course = [x]
    while len(course) <= STEPS and max(x) <= BOUND:
        total = 0.0
        for value in x:
            total += value
        held = inhibit * total
        x = tuple([
            value + RATE * (max(0.0, given + itself * value + near * (before + after) - held) - value)
            for value, given, before, after in zip(x, drive, x[-1:] + x[:-1], x[1:] + x[:1], strict=True)
        ])  # fmt: skip
        course.append(x)
    activities = np.array(course)
    activities.setflags(write=False)
    return activities


def _ended(course: np.ndarray) -> str:
    """Return how a settling ended: "rest", "moving" or "unbounded"."""
    largest, change = course[-1].max(), np.abs(course[-1] - course[-2]).max()
    if largest > BOUND:
        return "unbounded"
    return "moving" if change > max(1e-6 * largest, TINY) else "rest"


def spell(rest: Sequence[float]) -> str:
    """Return activities as a start: twelve numbers to three decimals, or silence; what ran away begins anew."""
    word = "_".join(_short(float(value), 3) for value in rest) if max(rest) <= BOUND else SILENT
    return SILENT if word == "_".join("0" * CELLS) else word


# --- The picture -------------------------------------------------------------------------------------------

_HALF = sqrt(3) / 2
ROUND = ((0, -1), (0.5, -_HALF), (_HALF, -0.5), (1, 0), (_HALF, 0.5), (0.5, _HALF),
         (0, 1), (-0.5, _HALF), (-_HALF, 0.5), (-1, 0), (-_HALF, -0.5), (-0.5, -_HALF))  # fmt: skip
INNER, LENGTH, OUTER = 70, 81, 175  # radii: where bars begin, how long they get, where the bumps are held


def _whole(value: float) -> int:
    return floor(value + 0.5 + TINY)


def _top(most: float) -> float:
    """Return the end of the scale: at least 6, and in thirds of 2, 5 or 10 times a power of ten."""
    top, factors = 6.0, (2.5, 2.0, 2.0)
    for k in range(60):
        if top >= most:
            break
        top *= factors[k % 3]
    return top


def _span(course: np.ndarray) -> int:
    """Return how many steps of a settling are drawn: until it hardly moves any more."""
    if len(course) <= STEPS:
        return len(course) - 1
    near = CLOSE * course.max()
    return next((span for span in SPANS if np.abs(course[span:] - course[-1]).max() <= near), STEPS)


def _places(course: np.ndarray, span: int) -> list[int]:
    """Return the steps that are drawn."""
    return [min(span * k // POINTS, len(course) - 1) for k in range(POINTS + 1)]


def _ends(
    bumps: Sequence[tuple[str, float, int]], rest: Sequence[float], top: float
) -> list[tuple[float, str]]:
    """Return the cells of the bumps as words at the end of the course, with their place from 0, the top, to 1."""
    cells = sorted({at for _, strength, at in bumps if strength})
    places = [1 - rest[cell] / top for cell in cells]
    if len(cells) == 2 and abs(places[0] - places[1]) < 0.1:
        return [((places[0] + places[1]) / 2, f"{cells[0]}, {cells[1]}")]
    return [(place, str(cell)) for place, cell in zip(places, cells, strict=True)]


# --- In words ----------------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _short(value: float, decimals: int = 2) -> str:
    """Write a number with so many decimals at most; a large one as it is used in a scale."""
    if abs(value) >= 1e4 and decimals == 2:
        return _tick(value)
    written = f"{abs(value) * NUDGE:.{decimals}f}".rstrip("0").rstrip(".")
    return f"−{written}" if value < 0 and written != "0" else written


def _tick(value: float) -> str:
    """Write a positive number at a scale: 2, 1000, 5 · 10⁵, 10⁶."""
    if value < 1e4:
        return _short(value)
    power = floor(log10(value * NUDGE))
    digits = f"{value * NUDGE / 10**power:.1f}".removesuffix(".0")
    raised = f"10{str(power).translate(SUPERSCRIPTS)}"
    return raised if digits == "1" else f"{digits} · {raised}"


def _active(cells: Sequence[int]) -> str:
    if not cells:
        return "No cell is active"
    return f"{_cells(cells).capitalize()} {'is' if len(cells) == 1 else 'are'} active"


def _cells(cells: Sequence[int]) -> str:
    """Name cells by their runs, round the ring: cells 11 to 1 and 5."""
    if not cells:
        return "no cell"
    if len(cells) == CELLS:
        return "all cells"
    here = set(cells)
    runs = []
    for first in (cell for cell in cells if (cell - 1) % CELLS not in here):
        last = first
        while (last + 1) % CELLS in here:
            last = (last + 1) % CELLS
        many = (last - first) % CELLS + 1
        runs.append(str(first) if many == 1 else f"{first} {'and' if many == 2 else 'to'} {last}")
    if len(runs) > 1:
        pairs = [run.replace(" and ", ", ") for run in runs]
        return f"cells {', '.join(pairs[:-1])} and {pairs[-1]}"
    return f"{'cell' if len(cells) == 1 else 'cells'} {runs[0]}"
