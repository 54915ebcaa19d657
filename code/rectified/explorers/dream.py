"""The explorer of chapter 7: a machine that learned digits with their labels dreams new ones, toss by toss."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import floor

import numpy as np
from traitlets import Dict, Int, List, TraitError, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, numbers
from rectified.palette import FAINT, INK, MUTED, PAPER

SIDE, GREYS = 8, 16  # of a picture, and the darkest grey of a real one
PIXELS, LABELS = SIDE**2, 10
MOST, SEEDS = 2000, 1000  # steps, and chains from the same start
LARGEST = 180  # hidden units
STRIDE = 256  # random words of a step: for the pixels, the label, the hidden units
FILM = (0, 1, 2, 5, 10, 20, 50, 100)  # steps from now on, in the still picture
NUDGE = 1 + 1e-9  # ties round up, and the last digits of the machine do not show
NONE = "none"  # no label is held

PRESETS: dict[str, dict[str, object]] = {
    "nothing held, from noise": {"label": NONE, "start": "noise", "steps": 0},
    "3 held, from noise": {"label": "3", "start": "noise", "steps": 0},
    "8 held, from a real 4": {"label": "8", "start": "4", "steps": 0},
    "nothing held, from a real 0": {"label": NONE, "start": "0", "steps": 0},
}


class Dream(Explorer):
    """A restricted Boltzmann machine of 64 pixels and ten labels, which makes pictures by tossing its units.

    label: the one to hold, from 0 to 9, or None: then it is tossed as well. steps: how often all units have been
    tossed, up to 2,000. start: `"noise"`; a digit, `"0"` to `"9"`, for a real picture of it; or 16 hexadecimal
    digits, a bit a pixel, row by row. seed: which chain, from 0 to 999. weights: your own machine, (75, hidden + 1)
    with biases in the last row and column and the labels last among the visible units; rounded to 255 levels. None:
    the stored one, of 64 hidden units. presets: by the words on their button, the traits to set; PRESETS if not
    given.

    In a step the hidden units are tossed, given the pixels and a label, and then the pixels, given the hidden units.
    A label that is not held is tossed before, by its share given the pixels, which the free energy tells. The
    machine knows no picture it learned; the ten real ones are stored beside it. The page tosses as Python does, with
    the same random numbers, so that both make the same pictures. The traits follow the reader, and can be set.
    Raises TraitError, or for weights ValueError, if something does not fit.
    """

    name = "dream"
    caption = (
        "A machine that learned small digits with their labels, dreaming: the chances of the pixels, and the picture "
        "tossed with them, from which the next chances come."
    )
    _esm = HERE / "dream.mjs"

    label = Unicode(NONE).tag(sync=True)
    steps = Int(0).tag(sync=True)
    start = Unicode("noise").tag(sync=True)
    seed = Int(0).tag(sync=True)
    machine = Dict().tag(sync=True)
    digits = List().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        label: int | str | None = None,
        steps: int = 0,
        start: int | str = "noise",
        *,
        seed: int = 0,
        weights: np.ndarray | None = None,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            label=_word(label),
            steps=steps,
            start=_word(start),
            seed=seed,
            machine=stored()["machine"] if weights is None else pack(weights),
            digits=stored()["digits"],
            presets={words: _settings(words, values) for words, values in presets.items()},
        )

    @validate("label", "steps", "start", "seed", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    @validate("machine")
    def _machine_fits(self, proposal: dict) -> dict:
        unpack(proposal["value"])
        return proposal["value"]

    @validate("digits")
    def _digits_fit(self, proposal: dict) -> list:
        found = proposal["value"]
        expect(len(found) == LABELS, f"digits has {len(found)} pictures; expected {LABELS}, one a label")
        for label, picture in enumerate(found):
            expect(
                isinstance(picture, str) and bool(re.fullmatch(f"[0-9a-g]{{{PIXELS}}}", picture)),
                f"digits[{label}] is {picture!r}; expected {PIXELS} greys, each one of 0 to 9 and a to g",
            )
        return found

    def chain(self, steps: int | None = None) -> dict[str, np.ndarray]:
        """Return the chain up to a step, the present one if not given: an entry for each, the start first.

        chances: (steps + 1, 64), of the pixels. tossed: the pixels, 0 or 1. shares: (steps + 1, 10), of the labels,
        given the tossed pixels. labels: (steps + 1,), the label held or tossed. hidden: (steps + 1, hidden), 0 or 1,
        what tossed pixels and label turned on.
        """
        steps = self.steps if steps is None else steps
        _check({"steps": steps})
        found = _chain(json.dumps(self.machine), tuple(self.digits), self.start, self.label, self.seed, steps)
        return {name: values.copy() for name, values in found.items()}

    def reading(self) -> str:
        found = self.chain()
        shares, seen = found["shares"][-1], found["shares"].argmax(1)
        first, second = np.argsort(-shares, kind="stable")[:2].tolist()
        whence = "noise" if self.start == "noise" else "a kept picture"
        if len(self.start) == 1:
            whence = f"a real {self.start}"
        held = "no label" if self.label == NONE else f"label {self.label}"
        near = shares[second] * NUDGE >= 0.01
        other = f", then for {_a(second)} ({_percent(shares[second])})" if near else ""
        hidden = found["hidden"][-1]
        said = [
            f"Step {self.steps} from {whence}, {held} held. By its pixels alone, the machine takes the tossed picture "
            f"for {_a(first)} ({_percent(shares[first])}){other}. "
            f"{hidden.sum()} of its {len(hidden)} hidden units are on."
        ]
        if self.steps and self.label == NONE:
            changes = int((np.diff(seen) != 0).sum())
            kinds = [str(label) for label in sorted(set(seen.tolist()))]
            many = f"{changes} {'time' if changes == 1 else 'times'}" if changes else "not once"
            met = f"{', '.join(kinds[:-1])} and {kinds[-1]}" if len(kinds) > 1 else f"only {kinds[0]}"
            said.append(f"It changed its mind {many} in {_steps(self.steps)}, and saw {met}.")
        elif self.steps:
            right = int((seen == int(self.label)).sum())
            said.append(f"So far it took {right} of {len(seen)} pictures for {_a(self.label)}.")
        return " ".join(said)

    def still(self) -> tuple[str, str]:
        moments = sorted({min(self.steps + later, MOST) for later in FILM})
        found = self.chain(moments[-1])
        edge, left, top = 8, 80, 26  # how large a pixel of the machine is, and where the first one stands
        across, down = SIDE * edge + 8, SIDE * edge + 8
        width, height = left + across * len(FILM), top + 2 * down + 38
        said, levels, tossed = [], {level: "" for level in range(1, SIDE + 1)}, ""
        for k, moment in enumerate(moments):
            for i, chance in enumerate(found["chances"][moment]):
                x, y = left + k * across + i % SIDE * edge, top + edge // 2 + i // SIDE * edge
                if level := floor(chance * SIDE * NUDGE + 0.5):
                    levels[level] += f"M{x} {y}h{edge}"
                if found["tossed"][moment][i]:
                    tossed += f"M{x} {y + down}h{edge}"
            label = int(found["shares"][moment].argmax())
            said.append((moment, label, _percent(found["shares"][moment][label])))
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
            f"font-family='system-ui, sans-serif' font-size='14' fill='{MUTED}'>"
            f"<rect width='{width}' height='{height}' fill='{PAPER}'/>"
        ]
        rows = {"step": 16, "chances": top + 37, "tossed": top + down + 37, "taken for": top + 2 * down + 14}
        parts += [f"<text x='4' y='{y}'>{words}</text>" for words, y in rows.items()]
        parts.append(f"<g fill='none' stroke='{INK}' stroke-width='{edge}'>")
        parts += [
            f"<path d='{path}' stroke-opacity='{125 * level}e-3'/>" if level < SIDE else f"<path d='{path}'/>"
            for level, path in levels.items()
            if path
        ]
        parts.append(f"<path d='{tossed}'/></g><g fill='none' stroke='{FAINT}'>")
        for k in range(len(moments)):
            for row in range(2):
                x, y = left + k * across, top + row * down
                parts.append(f"<rect x='{x}' y='{y}' width='{SIDE * edge}' height='{SIDE * edge}'/>")
        parts.append("</g>")
        for k, (moment, label, share) in enumerate(said):
            x = left + k * across + SIDE * edge // 2
            for y, words in ((16, moment), (top + 2 * down + 14, label), (top + 2 * down + 31, share)):
                parts.append(f"<text x='{x}' y='{y}' text-anchor='middle' fill='{INK}'>{words}</text>")
        kinds = ", ".join(f"at step {moment} for {_a(label)} ({share})" for moment, label, share in said)
        seen = (
            f"{len(moments)} pictures of {SIDE} × {SIDE} pixels from one chain: above, the chances of the pixels in "
            f"greys; below, what was tossed with them, black on white. The machine takes the tossed picture {kinds}."
        )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        label = None if self.label == NONE else int(self.label)
        return f"Dream({label}, {self.steps}, {self.start!r}, seed={self.seed})"


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {"steps": (0, MOST), "seed": (0, SEEDS - 1)}
    for name, value in values.items():
        if name in ranges:
            low, high = ranges[name]
            expect(
                type(value) is int and low <= value <= high,
                f"{name} is {value!r}; expected a whole number from {low} to {high}",
            )
        elif name == "label":
            expect(
                isinstance(value, str) and bool(re.fullmatch(f"[0-9]|{NONE}", value)),
                f"label is {value!r}; expected one of 0 to 9, or {NONE}",
            )
        elif name == "start":
            expect(
                isinstance(value, str) and bool(re.fullmatch("noise|[0-9]|[0-9a-f]{16}", value)),
                f"start is {value!r}; expected noise, one of 0 to 9, or 16 hexadecimal digits",
            )
        else:
            expect(False, f"{name!r} cannot be set; expected label, steps, start or seed")


# --- The machine -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def stored() -> dict:
    """Return what `code/experiments/dream.py` wrote: the machine, ten real digits, settings, and their origin."""
    return json.loads((HERE / "dream.json").read_text("utf-8"))


def _settings(words: str, values: Mapping[str, object]) -> dict:
    expect(
        isinstance(values, Mapping),
        f"preset {words!r} is {values!r}; expected settings by name, such as label=3",
    )
    return dict(values)


def pack(weights: np.ndarray) -> dict[str, object]:
    """Return a machine as the page takes it: weights in whole bytes, row by row in base64, times a scale."""
    expected = f"numbers of shape ({PIXELS + LABELS + 1}, hidden + 1), 1 to {LARGEST} hidden"
    array = numbers("weights", weights, expected).astype(float)
    if array.ndim != 2 or len(array) != PIXELS + LABELS + 1 or not 2 <= array.shape[1] <= LARGEST + 1:
        raise ValueError(f"weights has shape {array.shape}; expected {expected}")
    scale = float(np.abs(array).max()) / 127 or 1.0
    whole = np.rint(array / scale).astype(np.int8)
    return {
        "weights": base64.b64encode(whole.tobytes()).decode(),
        "hidden": array.shape[1] - 1,
        "scale": scale,
    }


def unpack(machine: Mapping[str, object]) -> tuple[np.ndarray, float]:
    """Return the weights of a machine as whole numbers, (75, hidden + 1), and their scale.

    Raises TraitError, naming the part that does not fit.
    """
    wanted = {"weights", "hidden", "scale"}
    expect(set(machine) == wanted, f"machine has {sorted(map(str, machine))}; expected {sorted(wanted)}")
    hidden, scale = machine["hidden"], machine["scale"]
    expect(
        type(hidden) is int and 1 <= hidden <= LARGEST,
        f"hidden of the machine is {hidden!r}; expected a whole number from 1 to {LARGEST}",
    )
    expect(
        type(scale) in (int, float) and 0 < scale < 1e100,
        f"scale of the machine is {scale!r}; expected a number above 0",
    )
    try:
        read = base64.b64decode(machine["weights"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise TraitError(f"weights of the machine is {machine['weights']!r:.40}…; expected base64") from None
    shape = (PIXELS + LABELS + 1, hidden + 1)
    expect(
        len(read) == shape[0] * shape[1],
        f"weights of the machine has {len(read)} bytes; expected {shape[0]} · {shape[1]} = {shape[0] * shape[1]}",
    )
    return np.frombuffer(read, np.int8).reshape(shape).astype(float), float(scale)


def spell(picture: np.ndarray) -> str:
    """Return a real picture of 64 greys from 0 to 1 as a word: in sixteenths, each one of 0 to 9 and a to g."""
    return "".join("0123456789abcdefg"[floor(GREYS * grey + 0.5)] for grey in np.ravel(picture))


def tosses(seed: int, step: int, count: int) -> np.ndarray:
    """Return the first of the random numbers from 0 to 1 of one step, the same in the page to the last bit.

    A word of 32 bits is its place in the sequence, well mixed (Chris Wellons's lowbias32 of 2018); each step has 256
    places of its own, and each seed 2,048 steps.
    """
    words = np.arange(count, dtype=np.uint32) + np.uint32((seed * 2048 + step) * STRIDE + 1)
    words ^= words >> 16
    words *= np.uint32(0x7FEB352D)
    words ^= words >> 15
    words *= np.uint32(0x846CA68B)
    words ^= words >> 16
    return words / 2**32


def _begin(start: str, digits: Sequence[str]) -> np.ndarray:
    """Return the chances of the pixels at the start."""
    if start == "noise":
        return np.full(PIXELS, 0.5)
    if len(start) == 1:
        return np.array([int(grey, 17) for grey in digits[int(start)]]) / GREYS
    return np.array([float(bit) for bit in f"{int(start, 16):064b}"])


@lru_cache(maxsize=64)
def _chain(
    machine: str, digits: tuple[str, ...], start: str, label: str, seed: int, steps: int
) -> dict[str, np.ndarray]:
    """Return what `Dream.chain` does; not to be changed. Sums of whole weights are exact, so no order matters."""
    w, scale = unpack(json.loads(machine))
    of_label, bias = w[PIXELS:-1], w[-1]
    chances, film = _begin(start, digits), []
    for step in range(steps + 1):
        drawn = tosses(seed, step, PIXELS + w.shape[1])
        tossed = (drawn[:PIXELS] < chances).astype(float)
        into = scale * (tossed @ w[:PIXELS] + of_label + bias)  # (10, hidden + 1), a row for each label
        shares = _shares(into)
        held = int((shares.cumsum()[:-1] <= drawn[PIXELS]).sum()) if label == NONE else int(label)
        hidden = (drawn[PIXELS + 1 :] < _logistic(into[held, :-1])).astype(float)
        film.append((chances, tossed, shares, held, hidden))
        chances = _logistic(scale * (w[:PIXELS, :-1] @ hidden + w[:PIXELS, -1]))
    names, kinds = ("chances", "tossed", "shares", "labels", "hidden"), (float, int, float, int, int)
    columns = zip(names, zip(*film, strict=True), kinds, strict=True)
    return {name: np.array(values).astype(kind) for name, values, kind in columns}


def _shares(into: np.ndarray) -> np.ndarray:
    """Return the chance of each label given the pixels, from minus the free energy of pixels and label together."""
    sums = into[:, :-1]
    worth = into[:, -1] + (np.maximum(sums, 0) + np.log1p(np.exp(-np.abs(sums)))).sum(1)
    shares = np.exp(worth - worth.max())
    return shares / shares.sum()


def _logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


# --- In words ----------------------------------------------------------------------------------------------


def _word(value: object) -> object:
    """Return None and whole numbers as the traits hold them."""
    if value is None:
        return NONE
    return str(value) if type(value) is int else value


def _a(label: object) -> str:
    return f"an {label}" if str(label) == "8" else f"a {label}"


def _percent(share: float) -> str:
    return f"{floor(100 * share * NUDGE + 0.5)} %"


def _steps(count: int) -> str:
    return f"{count} {'step' if count == 1 else 'steps'}"
