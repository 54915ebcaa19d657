"""The explorer of chapter 12: which characters wake a hidden unit, and what a threshold on all of them costs."""

import base64
import binascii
import json
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from math import erf, floor, sqrt

import numpy as np
from traitlets import Dict, Float, Int, TraitError, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, signed
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER

ALPHABET = "\n !',-.:;?" + string.ascii_uppercase + string.ascii_lowercase
KINDS = {"ReLU": "relu", "GELU": "gelu"}  # and the family of each
SIZES = WIDTH, BLOCKS, HEADS, UNITS = 32, 2, 4, 64
CONTEXT = 64  # characters
THRESHOLDS = (*(k / 20 for k in range(11)), *(k / 10 for k in range(6, 21)), 2.5)
ACROSS, TALL = 32, 110  # of the still picture: characters a row, and height of the curve
CELL, ROW = 15, 26  # size of a character
MOST = 10  # contexts that are listed
BEFORE = 15  # characters before the one that wakes a unit
EPSILON = 1e-5  # in the root of a layer norm
NUDGE = 1 + 1e-9  # ties round up, and the last digits of the machine do not show
TINY = 1e-9  # a hidden activation nearer to 0 than this is 0, whatever the last digits of the machine
LETTERS = "a letter from A to Z or a to z, a space, a new line, or one of !',-.:;?"
EXACT = 1_000_000  # answers that differ by less than this part of 1 count as equal

SHAPES: dict[str, tuple[int, ...]] = {"characters": (len(ALPHABET), WIDTH), "places": (CONTEXT, WIDTH)}
for _block in range(BLOCKS):
    SHAPES |= {
        f"blocks.{_block}.{_name}": _shape
        for _name, _shape in {
            "norm1.gain": (WIDTH,), "norm1.shift": (WIDTH,), "asks": (WIDTH, 3 * WIDTH), "says": (WIDTH, WIDTH),
            "norm2.gain": (WIDTH,), "norm2.shift": (WIDTH,), "into": (WIDTH, UNITS), "out": (UNITS, WIDTH),
        }.items()
    }  # fmt: skip
SHAPES |= {"norm.gain": (WIDTH,), "norm.shift": (WIDTH,)}
"""What a model holds, by the names and in the shapes of chapter 12's, in the order in which it is stored."""

TEXT = "HAMLET:\nTo be, or not to be: that is the question."  # no model learned from this play
PRESETS: dict[str, dict[str, object]] = {
    "spaces": {"kind": "ReLU", "block": 1, "unit": 4, "threshold": 0.0},
    "the letter i": {"kind": "ReLU", "block": 2, "unit": 5, "threshold": 0.0},
    "line ends": {"kind": "ReLU", "block": 2, "unit": 50, "threshold": 0.0},
    "blank lines": {"kind": "GELU", "block": 2, "unit": 50, "threshold": 0.0},
    "half of everything": {"kind": "ReLU", "block": 1, "unit": 22, "threshold": 0.0},
    "ReLU, below 0.5": {"kind": "ReLU", "threshold": 0.5},
    "GELU, nothing struck out": {"kind": "GELU", "threshold": 0.0},
    "GELU, below 0.05": {"kind": "GELU", "threshold": 0.05},
    "GELU, below 0.2": {"kind": "GELU", "threshold": 0.2},
}


class Wake(Explorer):
    """A small trained transformer that reads a text: what wakes each hidden unit, and what silence would save.

    kind: "ReLU" or "GELU", the φ of both feed-forward layers; each is a model of its own. block: 1 or 2. unit: the one
    that is spoken of, from 1 to 64. threshold: hidden activations nearer to 0 than this are set to 0, in both blocks;
    one of THRESHOLDS. text: 2 to 64 characters of ALPHABET. place: the character that is spoken of, counted from 1;
    beyond the last it is the last. presets: by the words on their button, the traits to set; PRESETS if not given.

    A unit is awake where its activation is above 0, after the threshold; nearer to 0 than a billionth counts as 0. The
    passage is 1,024 characters that the models did not learn, in sixteen stretches. The weights are whole bytes times a
    scale for each matrix: the page and Python read the same. Losses are in bits a character. The traits but machine and
    presets follow the reader, and can be set. Raises TraitError if one of them does not fit.
    """

    name = "wake"
    caption = (
        "Which characters wake a hidden unit of a small transformer; and its loss when hidden activations below a "
        "threshold are struck out. (They learned from plays of Shakespeare, not from Hamlet.)"
    )
    _esm = HERE / "wake.mjs"

    kind = Unicode().tag(sync=True)
    block = Int().tag(sync=True)
    unit = Int().tag(sync=True)
    threshold = Float().tag(sync=True)
    text = Unicode().tag(sync=True)
    place = Int().tag(sync=True)
    machine = Dict().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        kind: str = "ReLU",
        *,
        block: int = 1,
        unit: int = 4,
        threshold: float = 0.0,
        text: str = TEXT,
        place: int = 11,
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            kind=kind,
            block=block,
            unit=unit,
            threshold=threshold,
            text=text,
            place=place,
            machine=stored()["machine"],
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("kind", "block", "unit", "threshold", "text", "place", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    @validate("machine")
    def _machine_fits(self, proposal: dict) -> dict:
        _check_machine(proposal["value"])
        return proposal["value"]

    # --- Arithmetic

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of the present model by the names of `transformers.Model`, rounded as they are stored."""
        return {name: value.copy() for name, value in _unpacked(self.machine["kinds"][self.kind]).items()}

    def hidden(self) -> np.ndarray:
        """Return the hidden activations at the text after the threshold, (blocks, characters, units)."""
        hidden, _ = forward(self.weights(), encoded(self.text)[None], self.kind, self.threshold)
        return hidden[:, 0]

    def shares(self) -> np.ndarray:
        """Return at each character of the text the shares that the model gives the next, (characters, alphabet)."""
        _, sums = forward(self.weights(), encoded(self.text)[None], self.kind, self.threshold)
        return softmax(sums[0])

    def curve(self) -> np.ndarray:
        """Return for each of THRESHOLDS the share of zeros at the text and its loss, (thresholds, 2)."""
        codes, weights = encoded(self.text), self.weights()
        rows = []
        for threshold in THRESHOLDS:
            hidden, sums = forward(weights, codes[None], self.kind, threshold)
            rows.append(((hidden == 0).mean(), losses(sums[0, :-1], codes[1:]).mean()))
        return np.array(rows)

    def passage(self) -> dict:
        """Return what the stored passage shows, after the threshold.

        zeros: (blocks,), shares of hidden activations that are 0. loss: in bits a character. hidden: the activations,
        (blocks, characters, units).
        """
        codes = encoded(self.machine["passage"])
        rows = np.lib.stride_tricks.sliding_window_view(codes, CONTEXT + 1)[::CONTEXT]
        kept = json.dumps(self.machine["kinds"][self.kind])
        hidden, sums = _read(kept, rows[:, :-1].tobytes(), self.kind, self.threshold)
        return {
            "zeros": (hidden == 0).mean((1, 2, 3)),
            "loss": losses(sums, rows[:, 1:]).mean(),
            "hidden": hidden.reshape(BLOCKS, -1, UNITS),
        }

    def contexts(self) -> list[tuple[str, float]]:
        """Return what wakes the unit most in the passage: up to ten contexts, each ending with the character that does.

        With each comes the activation there. A context holds what the model saw, up to fifteen characters before.
        """
        answers = self.passage()["hidden"][self.block - 1, :, self.unit - 1]
        passage, awake = self.machine["passage"], np.flatnonzero(answers > 0).tolist()
        return [
            (passage[k - min(BEFORE, k % CONTEXT) : k + 1], float(answers[k]))
            for k in _largest(answers, awake)[:MOST]
        ]

    # --- In words

    def reading(self) -> str:
        return " ".join([self._unit(), self._there(), self._struck()])

    def _unit(self) -> str:
        """Say when the unit is awake."""
        here = self.hidden()[self.block - 1, :, self.unit - 1] > 0
        there = self.passage()["hidden"][self.block - 1, :, self.unit - 1] > 0
        who = f"Unit {self.unit} of block {self.block}, {self.kind}"
        said = f"{who}: awake at {here.sum()} of the {len(here)} characters"
        if not there.any():
            return f"{said}, and nowhere in the passage."
        found = Counter(self.machine["passage"][k] for k in np.flatnonzero(there))
        often = sorted(found.items(), key=lambda each: (-each[1], ALPHABET.index(each[0])))[:3]
        most = ", ".join(f"{named(each)} ({percent(count / there.sum())})" for each, count in often)
        return f"{said} and at {percent(there.mean())} of the passage, there most often at {most}."

    def _there(self) -> str:
        """Say what the unit and the model make of the character that is spoken of."""
        at = min(self.place, len(self.text)) - 1
        hidden, shares = self.hidden()[self.block - 1, at], self.shares()[at]
        most = _largest(shares, range(len(ALPHABET)))[:3]
        expected = ", ".join(f"{named(ALPHABET[k])} ({percent(shares[k])})" for k in most)
        said = (
            f"At character {at + 1}, {named(self.text[at])}, it answers {decimal(hidden[self.unit - 1])}, and "
            f"{(hidden > 0).sum()} of the {UNITS} units of its block are awake. The model expects {expected}"
        )
        if at + 1 == len(self.text):
            return f"{said} next."
        after = self.text[at + 1]
        return f"{said}; next comes {named(after)} ({percent(shares[ALPHABET.index(after)])})."

    def _struck(self) -> str:
        """Say what the threshold strikes out and what that costs."""
        found, whole = self.passage(), self.machine["curves"][self.kind][0][1]
        zeros, many = found["zeros"], BLOCKS * UNITS * WIDTH
        skipped = floor(many * zeros.mean() * NUDGE + 0.5)
        here, loss = self.curve()[THRESHOLDS.index(self.threshold)]
        more = found["loss"] - whole
        cost = f", {decimal(abs(more))} {'more' if more >= 0 else 'less'} than with nothing struck out"
        return (
            f"Threshold {shown(self.threshold)}: {percent(zeros.mean())} of the hidden activations in the passage are "
            f"0 (block 1 {percent(zeros[0])}, block 2 {percent(zeros[1])}), so {skipped:,} of {many:,} multiply-adds "
            f"of the second matrices could be skipped at each character. Loss: {decimal(found['loss'])} bits a "
            f"character{cost if self.threshold else ''}. In the text {percent(here)} are 0, and the loss is "
            f"{decimal(loss)}."
        )

    # --- In pictures

    def still(self) -> tuple[str, str]:
        rows = -(-len(self.text) // ACROSS)
        wide, below = ACROSS * CELL + 20, 64 + rows * ROW
        high = below + TALL + 30
        letters, woken = self._letters()
        course, told = self._course(below, wide - 52)
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{high}' viewBox='0 0 {wide} {high}' "
            f"font-family='system-ui, sans-serif' font-size='13' fill='{MUTED}'>"
            f"<rect width='{wide}' height='{high}' fill='{PAPER}'/>"
            f"<text x='10' y='18'>What unit {self.unit} of block {self.block} answers ({self.kind})</text>",
            *letters,
            *course,
            "</svg>",
        ]
        seen = (
            f"The text, shaded by what unit {self.unit} of block {self.block} answers: it is awake at "
            f"{', '.join(map(named, woken)) or 'no character'}. Below, loss against share of zeros: {told}."
        )
        return "".join(parts), seen

    def _letters(self) -> tuple[list[str], list[str]]:
        """Return the text as shaded letters, and in words the characters that wake the unit."""
        answers = self.hidden()[self.block - 1, :, self.unit - 1].tolist()
        peak = max([value for _, value in self.contexts()] + answers) or 1
        at, parts = min(self.place, len(self.text)) - 1, []
        for k, value in enumerate(answers):
            place = (
                f"x='{10 + k % ACROSS * CELL}' y='{30 + k // ACROSS * ROW}' width='{CELL}' height='{ROW - 4}'"
            )
            if deep := floor(65 * max(value, 0) / peak * NUDGE + 0.5):
                parts.append(f"<rect {place} fill='{self._family()}' fill-opacity='{deep}e-2'/>")
            if k == at:
                parts.append(f"<rect {place} fill='none' stroke='{INK}'/>")
        for row, begin in enumerate(range(0, len(self.text), ACROSS)):
            letters = self.text[begin : begin + ACROSS].replace("\n", "↵").replace(" ", "\u00a0")
            places = " ".join(str(17 + CELL * k) for k in range(len(letters)))
            parts.append(
                f"<text x='{places}' y='{46 + row * ROW}' text-anchor='middle' font-family='monospace' font-size='15' "
                f"fill='{INK}'>{escape(letters)}</text>"
            )
        woken, before = [], False  # stretches of the text
        for each, value in zip(self.text, answers, strict=True):
            if value > 0:
                woken = [*woken[:-1], woken[-1] + each] if before else [*woken, each]
            before = value > 0
        return parts, woken

    def _course(self, top: int, wide: int) -> tuple[list[str], str]:
        """Return the curves of loss against zeros, from this height and so wide, and where they lead in words."""
        passage, own = np.array(self.machine["curves"][self.kind]), self.curve()
        both = np.concatenate([passage, own])[:, 1]
        low = floor(both.min())
        high = max(-floor(-both.max()), low + 1)
        at = THRESHOLDS.index(self.threshold)
        parts = [f"<text x='10' y='{top - 12}'>Bits a character; line: the passage, dots: the text</text>"]
        for loss, y in ((high, top), (low, top + TALL)):
            parts.append(f"<path d='M26 {y}h{wide}' stroke='{FAINT}'/><text x='10' y='{y + 5}'>{loss}</text>")
        for points, colour, look in (
            (passage, self._family(), "2.5"),
            (own, INK, "1.5' stroke-dasharray='2 3"),
        ):
            scaled = points * (wide, -TALL / (high - low)) + (26, top + TALL * high / (high - low))
            places = [f"{floor(x + 0.5)} {floor(y + 0.5)}" for x, y in (scaled + NUDGE - 1).tolist()]
            parts.append(
                f"<path d='M{'L'.join(places)}' fill='none' stroke='{colour}' stroke-width='{look}'/>"
            )
            x, y = places[at].split()
            parts.append(f"<circle cx='{x}' cy='{y}' r='5' fill='{colour}'/>")
        for share in (0, 50, 100):
            x, words = 26 + wide * share // 100, f"{share} %{' zeros' if share == 50 else ''}"
            parts.append(f"<text x='{x}' y='{top + TALL + 20}' text-anchor='middle'>{words}</text>")
        (first, start), (last, end), (here, loss) = passage[[0, -1, at]].tolist()
        told = (
            f"in the passage from {decimal(start)} bits a character at {percent(first)} to {decimal(end)} at "
            f"{percent(last)}; now {decimal(loss)} at {percent(here)}"
        )
        return parts, told

    def _family(self) -> str:
        return FAMILIES[KINDS[self.kind]][0]

    def __repr__(self) -> str:
        return (
            f"Wake({self.kind!r}, block={self.block}, unit={self.unit}, threshold={shown(self.threshold)}, "
            f"text={self.text!r}, place={self.place})"
        )


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {"block": BLOCKS, "unit": UNITS, "place": CONTEXT}
    for name, value in values.items():
        if name == "kind":
            expect(value in tuple(KINDS), f"kind is {value!r}; expected one of {', '.join(KINDS)}")
        elif name in ranges:
            expect(
                type(value) is int and 1 <= value <= ranges[name],
                f"{name} is {value!r}; expected a whole number from 1 to {ranges[name]}",
            )
        elif name == "threshold":
            expect(
                type(value) in (int, float) and value in THRESHOLDS,
                f"threshold is {value!r}; expected one of {', '.join(map(shown, THRESHOLDS))}",
            )
        elif name == "text":
            expect(isinstance(value, str), f"text is {value!r}; expected 2 to {CONTEXT} characters")
            many = "1 character" if len(value) == 1 else f"{len(value)} characters"
            expect(2 <= len(value) <= CONTEXT, f"text has {many}; expected 2 to {CONTEXT}")
            for at, each in enumerate(value, start=1):
                expect(each in ALPHABET, f"text has {each!r} as its character {at}; expected {LETTERS}")
        else:
            expect(False, f"{name!r} cannot be set; expected kind, block, unit, threshold, text or place")


# --- The machine -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def stored() -> dict:
    """Return what `code/experiments/wake.py` wrote: the machine, what was measured, settings, and its origin."""
    return json.loads((HERE / "wake.json").read_text("utf-8"))


def pack(parameters: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Return a model as the page takes it: weights in whole bytes, matrix by matrix in base64, and a scale for each.

    parameters: arrays by name, as in SHAPES. Raises ValueError, naming the one that does not fit.
    """
    if set(parameters) != set(SHAPES):
        raise ValueError(f"parameters has {sorted(parameters)}; expected {sorted(SHAPES)}")
    whole, scales = [], []
    for name, shape in SHAPES.items():
        array = np.asarray(parameters[name], dtype=float)
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(
                f"{name} has shape {array.shape} or is not finite; expected finite numbers, {shape}"
            )
        scale = float(f"{np.abs(array).max() / 127:.3g}") or 1.0
        whole.append(np.clip(np.rint(array / scale), -127, 127).astype(np.int8).tobytes())
        scales.append(scale)
    return {"weights": base64.b64encode(b"".join(whole)).decode(), "scales": scales}


def unpack(kept: Mapping[str, object], name: str = "model") -> dict[str, np.ndarray]:
    """Return the weights of a stored model by name.

    Raises TraitError, naming the part that does not fit.
    """
    wanted = {"weights", "scales"}
    expect(
        isinstance(kept, Mapping) and set(kept) == wanted,
        f"{name} is {kept!r:.60}; expected {sorted(wanted)}",
    )
    scales = kept["scales"]
    expect(
        isinstance(scales, list)
        and len(scales) == len(SHAPES)
        and all(type(each) in (int, float) and 0 < each < 1e100 for each in scales),
        f"scales of {name} is {scales!r:.60}; expected {len(SHAPES)} numbers above 0",
    )
    try:
        read = base64.b64decode(kept["weights"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise TraitError(f"weights of {name} is {kept['weights']!r:.40}…; expected base64") from None
    sizes = [int(np.prod(shape)) for shape in SHAPES.values()]
    expect(len(read) == sum(sizes), f"weights of {name} has {len(read)} bytes; expected {sum(sizes)}")
    parts = np.split(np.frombuffer(read, np.int8).astype(float), np.cumsum(sizes)[:-1])
    return {
        each: scale * part.reshape(shape)
        for (each, shape), scale, part in zip(SHAPES.items(), scales, parts, strict=True)
    }


def _unpacked(kept: Mapping[str, object]) -> dict[str, np.ndarray]:
    return _kept(json.dumps(kept))


@lru_cache(maxsize=8)
def _kept(kept: str) -> dict[str, np.ndarray]:
    return unpack(json.loads(kept))


def _check_machine(machine: Mapping[str, object]) -> None:
    """Raise TraitError, naming the part of a machine that does not fit."""
    wanted = {"kinds", "passage", "curves"}
    expect(set(machine) == wanted, f"machine has {sorted(map(str, machine))}; expected {sorted(wanted)}")
    passage = machine["passage"]
    expect(
        isinstance(passage, str)
        and set(passage) <= set(ALPHABET)
        and len(passage) % CONTEXT == 1
        and len(passage) > 1,
        f"passage of the machine is {passage!r:.40}…; expected a multiple of {CONTEXT} characters and one more",
    )
    for part in ("kinds", "curves"):
        has = sorted(machine[part]) if isinstance(machine[part], Mapping) else machine[part]
        expect(has == sorted(KINDS), f"{part} of the machine has {has!r:.60}; expected {', '.join(KINDS)}")
    for kind in KINDS:
        unpack(machine["kinds"][kind], kind)
        curve = np.array(machine["curves"][kind], dtype=object)
        expect(
            curve.shape == (len(THRESHOLDS), 2),
            f"the curve of {kind} has shape {curve.shape}; expected ({len(THRESHOLDS)}, 2)",
        )


# --- The transformer ---------------------------------------------------------------------------------------


def encoded(text: str) -> np.ndarray:
    """Return the places of characters in the alphabet."""
    return np.array([ALPHABET.index(each) for each in text])


def forward(
    weights: Mapping[str, np.ndarray], codes: np.ndarray, kind: str, threshold: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden activations, (blocks, n, places, units), and the sums for what comes next, a row a place.

    codes: (n, places). threshold: activations nearer to 0 than this are set to 0.
    """
    places, kept = codes.shape[1], []
    x = weights["characters"][codes] + weights["places"][:places]
    for block in range(BLOCKS):
        own = {name: weights[f"blocks.{block}.{name}"] for name in ("asks", "says", "into", "out")}
        first, second, last = (
            [weights[f"{name}.{part}"] for part in ("gain", "shift")]
            for name in (f"blocks.{block}.norm1", f"blocks.{block}.norm2", "norm")
        )
        parts = (normed(x, *first) @ own["asks"]).reshape(-1, places, 3, HEADS, WIDTH // HEADS)
        queries, keys, values = parts.transpose(2, 0, 3, 1, 4)  # each (n, heads, places, size)
        fit = queries @ keys.transpose(0, 1, 3, 2) / sqrt(WIDTH // HEADS)
        heard = softmax(np.where(np.tri(places, dtype=bool), fit, -np.inf)) @ values
        x = x + heard.transpose(0, 2, 1, 3).reshape(x.shape) @ own["says"]
        hidden = activated(normed(x, *second) @ own["into"], kind)
        hidden = np.where(np.abs(hidden) < max(threshold, TINY), 0, hidden)
        x = x + hidden @ own["out"]
        kept.append(hidden)
    return np.array(kept), normed(x, *last) @ weights["characters"].T


def normed(x: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return vectors with mean 0 and variance 1, then scaled and shifted."""
    away = x - x.mean(-1, keepdims=True)
    return gain * away / np.sqrt((away**2).mean(-1, keepdims=True) + EPSILON) + shift


def activated(z: np.ndarray, kind: str) -> np.ndarray:
    """Return φ of these sums."""
    if kind == "ReLU":
        return np.maximum(z, 0)
    return z * (1 + np.array([erf(each) for each in (z / sqrt(2)).ravel().tolist()]).reshape(z.shape)) / 2


def softmax(sums: np.ndarray) -> np.ndarray:
    parts = np.exp(sums - sums.max(-1, keepdims=True))
    return parts / parts.sum(-1, keepdims=True)


def losses(sums: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return how many bits each of these characters cost the model."""
    return -np.log2(np.take_along_axis(softmax(sums), codes[..., None], -1)[..., 0])


@lru_cache(maxsize=64)
def _read(kept: str, codes: bytes, kind: str, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what `forward` does; not to be changed."""
    return forward(_kept(kept), np.frombuffer(codes, np.int64).reshape(-1, CONTEXT), kind, threshold)


# --- In words ----------------------------------------------------------------------------------------------


NEW_LINE = "\n"


def named(character: str) -> str:
    """Return a character as it is spoken of."""
    return {"\n": "new line", " ": "space"}.get(character) or f"“{character.replace(NEW_LINE, '↵')}”"


def shown(threshold: float) -> str:
    return f"{threshold:g}"


def _largest(values: np.ndarray, places: Sequence[int]) -> list[int]:
    """Return places, those with the largest values first; those that are alike in their order."""
    return sorted(places, key=lambda k: (-floor(EXACT * values[k] + 0.5), k))


def percent(share: float) -> str:
    return f"{floor(100 * share * NUDGE + 0.5)} %"


def decimal(value: float) -> str:
    """Return a number with two decimals and a true minus."""
    whole = floor(abs(value) * 100 * NUDGE + 0.5)
    return signed(f"{'-' if value < 0 and whole else ''}{whole / 100:.2f}")
