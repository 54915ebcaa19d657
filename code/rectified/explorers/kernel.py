"""The explorer of chapter 5: slide a kernel over a digit, and count what the map and its weights cost."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from traitlets import Dict, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, numbers, signed
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER

ACCENT, BELOW = FAMILIES["relu"][0], FAMILIES["tanh"][1]  # above and below zero
SIZE = 8  # a picture is 8 × 8
GREYS = 16  # and its greys go from 0 to 16
LARGEST = 5  # kernel
WEIGHT, BIAS = 20, 99  # how far they may be from 0
PADDING, STRIDE = 2, 3  # the most
WIDEST = SIZE + 2 * PADDING  # map
ACTIVATIONS = ("none", "rectifier")
POOLINGS = ("none", "average", "max")
CELL = 24  # of the still picture, in pixels

KERNELS = {
    "vertical edge": "-1.0.1_-1.0.1_-1.0.1",
    "horizontal edge": "-1.-1.-1_0.0.0_1.1.1",
    "blur": "1.1.1_1.1.1_1.1.1",
    "corner": "1.0.-1_0.0.0_-1.0.1",
    "Laplacian": "0.1.0_1.-4.1_0.1.0",
    "identity": "0.0.0_0.1.0_0.0.0",
}


class Kernel(Explorer):
    """A kernel that slides over a picture, and the map that it draws.

    pictures: by name, (8, 8) whole greys from 0 to 16. kernel: (size, size) whole weights from −20 to 20, size
    from 1 to 5; or as the trait holds them, one word for all, such as `"1.0_0.-1"`, row by row. bias: a whole
    number that every sum starts from. picture: the name of the one shown; the first if not given. stride: from 1
    to 3. padding: from 0 to 2 rings of zeros. activation: of the sums, "none" or "rectifier". pooling: of the
    map, two by two, "none", "average" or "max". place: where the window stands, as row.column of the map,
    counted from 1, such as "2.3"; beyond the map it stands at the edge. presets: by the words on their button,
    the traits to set; KERNELS if not given.

    Everything is a whole number, or after the average a quarter: the page and Python agree to the last digit.
    The traits but pictures and presets follow the reader, and can be set. Raises TraitError if one of them does
    not fit, and ValueError if what is given as rows of numbers is none.
    """

    name = "kernel"
    caption = "A kernel slides over a digit. The same weights at every place draw a map of what they see."
    _esm = HERE / "kernel.mjs"

    pictures = Dict().tag(sync=True)
    picture = Unicode().tag(sync=True)
    kernel = Unicode().tag(sync=True)
    bias = Int().tag(sync=True)
    stride = Int().tag(sync=True)
    padding = Int().tag(sync=True)
    activation = Unicode().tag(sync=True)
    pooling = Unicode().tag(sync=True)
    place = Unicode().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        pictures: Mapping[str, Sequence[Sequence[int]]],
        kernel: str | Sequence[Sequence[int]] = KERNELS["vertical edge"],
        *,
        picture: str | None = None,
        bias: int = 0,
        stride: int = 1,
        padding: int = 0,
        activation: str = "none",
        pooling: str = "none",
        place: str = "1.1",
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        expect(len(pictures) > 0, "pictures is empty; expected at least one picture")
        if presets is None:
            presets = {words: {"kernel": word} for words, word in KERNELS.items()}
        super().__init__(
            pictures={name: _plain(name, each) for name, each in pictures.items()},
            picture=next(iter(pictures), "") if picture is None else picture,
            kernel=kernel if isinstance(kernel, str) else _word(kernel),
            bias=bias,
            stride=stride,
            padding=padding,
            activation=activation,
            pooling=pooling,
            place=place,
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate("pictures")
    def _pictures_fit(self, proposal: dict) -> dict:
        for name, picture in proposal["value"].items():
            shape = np.shape(picture)
            expect(
                shape == (SIZE, SIZE),
                f"picture {name!r} has shape {shape}; expected {(SIZE, SIZE)}: rows, columns",
            )
            for grey in (grey for row in picture for grey in row):
                expect(
                    type(grey) is int and 0 <= grey <= GREYS,
                    f"picture {name!r} holds {grey!r}; expected whole greys from 0 to {GREYS}",
                )
        _check({"picture": self.picture}, proposal["value"])
        return proposal["value"]

    @validate("picture", "kernel", "bias", "stride", "padding", "activation", "pooling", "place", "presets")
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, lambda values: _check(values, self.pictures))

    def padded(self) -> np.ndarray:
        """Return the picture shown with its rings of zeros: (8 + 2 · padding, the same), whole greys."""
        return np.pad(np.array(self.pictures[self.picture]), self.padding)

    def weights(self) -> np.ndarray:
        """Return the kernel as (size, size) of whole numbers."""
        return _read(self.kernel)

    def sums(self) -> np.ndarray:
        """Return the bias and the weighted sum at every place of the window: (side, side), whole numbers."""
        weights = self.weights()
        patches = np.lib.stride_tricks.sliding_window_view(self.padded(), weights.shape)
        patches = patches[:: self.stride, :: self.stride]  # (side, side, size, size)
        return (patches * weights).sum((2, 3)) + self.bias

    def map(self) -> np.ndarray:
        """Return what the next layer sees, after activation and pooling: whole numbers, or quarters as floats."""
        sums = self.sums()
        rectified = np.maximum(sums, 0) if self.activation == "rectifier" else sums
        if self.pooling == "none":
            return rectified
        half = len(sums) // 2  # an odd last row and column are left out
        fours = rectified[: 2 * half, : 2 * half].reshape(half, 2, half, 2)
        return fours.max((1, 3)) if self.pooling == "max" else fours.sum((1, 3)) / 4

    def counts(self) -> dict[str, int]:
        """Return the numbers of the map before pooling.

        side: cells of the map across. cells: in all. shared: weights, with the bias. connections: one from each
        weight to each cell. full: weights of a fully connected layer from the same picture to the same map.
        negative, zero: how many of the sums are so.
        """
        sums, size = self.sums(), len(self.weights())
        shared = size**2 + 1
        return {
            "side": len(sums),
            "cells": sums.size,
            "shared": shared,
            "connections": sums.size * shared,
            "full": sums.size * (SIZE**2 + 1),
            "negative": int((sums < 0).sum()),
            "zero": int((sums == 0).sum()),
        }

    def reading(self) -> str:
        return " ".join([*self._cell(), *self._costs()])

    def _stands(self) -> tuple[int, int]:
        """Return the row and the column of the map at which the window stands, counted from 0."""
        side = len(self.sums())
        row, column = (min(int(part), side) - 1 for part in self.place.split("."))
        return row, column

    def _cell(self) -> list[str]:
        """Say what happens under the window."""
        sums, weights, (row, column) = self.sums(), self.weights(), self._stands()
        size, top, left = len(weights), row * self.stride, column * self.stride
        patch = self.padded()[top : top + size, left : left + size]
        value = int(sums[row, column])
        said = [
            f"Row {row + 1}, column {column + 1} of the map: "
            f"{_arithmetic(patch.ravel().tolist(), weights.ravel().tolist(), self.bias)} = {signed(value)}."
        ]
        if self.activation == "rectifier":
            said.append("The rectifier makes it 0." if value < 0 else "The rectifier leaves it.")
        if self.pooling != "none":
            pooled, group = self.map(), (row // 2, column // 2)
            if max(group) >= len(pooled):
                said.append("Pooling leaves this cell out.")
            else:
                what = "average" if self.pooling == "average" else "largest"
                said.append(f"The {what} of its group of four is {self._shown(pooled[group])}.")
        return said

    def _costs(self) -> list[str]:
        """Say how large the map is, and what it costs."""
        found, size = self.counts(), len(self.weights())
        side, cells, shared, negative = (found[name] for name in ("side", "cells", "shared", "negative"))
        zeros = f"; after the rectifier {negative + found['zero']} of {cells} cells are 0"
        rectified = zeros if self.activation == "rectifier" else ""
        said = [
            f"Map: ⌊({SIZE} + 2·{self.padding} − {size})/{self.stride}⌋ + 1 = {side}, "
            f"so {side} × {side} = {cells} cells.",
            f"Shared weights: {size}² + 1 = {shared}. Connections: {cells} · {shared} = {found['connections']:,}.",
            f"A fully connected layer from picture to map would need {cells} · ({SIZE}² + 1) = "
            f"{found['full']:,} weights.",
            f"Of the {cells} sums, {_are(negative)} negative and {_are(found['zero'])} 0{rectified}.",
        ]
        if self.pooling != "none":
            half = side // 2
            odd = "; the last row and column are left out" if side % 2 else ""
            said.append(f"Pooling two by two leaves {half} × {half} = {half**2} cells{odd}.")
        return said

    def _shown(self, value: float) -> str:
        """Write a value of the map: with two decimals after the average, else whole."""
        return signed(f"{value:.2f}" if self.pooling == "average" else int(value))

    def still(self) -> tuple[str, str]:
        padded, sums, size = self.padded(), self.sums(), len(self.weights())
        rectified = np.maximum(sums, 0) if self.activation == "rectifier" else sums
        pools = self.pooling != "none"
        (row, column), wide, side, half = self._stands(), len(padded), len(sums), len(sums) // 2
        right = CELL * (wide + 1)  # where the map begins
        far = right + CELL * (side + 1)  # and the pooled map
        width = (far + 2 * CELL * half if pools else right + CELL * side) + 2
        height = CELL * wide + 2
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
            f"viewBox='-1 -1 {width} {height}' font-family='system-ui, sans-serif' text-anchor='middle'>",
            f"<rect x='-1' y='-1' width='{width}' height='{height}' fill='{PAPER}'/>",
        ]

        def cell(x: int, y: int, length: int, fill: str, words: str, ink: str = INK) -> None:
            letters = min(11, 34 * length // CELL // len(words))
            parts.append(
                f"<rect x='{x}' y='{y}' width='{length}' height='{length}' fill='{fill}' stroke='{FAINT}'/>"
                f"<text x='{x + length // 2}' y='{y + length // 2 + letters // 3}' font-size='{letters}' "
                f"fill='{ink}'>{words}</text>"
            )

        def frame(x: int, y: int, length: int, colour: str = ACCENT, thick: int = 3) -> None:
            parts.append(
                f"<rect x='{x}' y='{y}' width='{length}' height='{length}' fill='none' stroke='{colour}' "
                f"stroke-width='{thick}'/>"
            )

        for (y, x), grey in np.ndenumerate(padded):
            beside = min(x, y) < self.padding or max(x, y) >= self.padding + SIZE
            ink = MUTED if beside else PAPER if grey > GREYS // 2 else INK
            cell(CELL * x, CELL * y, CELL, _mix(INK, _dark(int(grey))), str(grey), ink)
        frame(CELL * self.padding, CELL * self.padding, CELL * SIZE, MUTED, 1)
        frame(CELL * column * self.stride, CELL * row * self.stride, CELL * size)
        most = np.abs(rectified).max() or 1
        for (y, x), value in np.ndenumerate(rectified):
            cell(right + CELL * x, CELL * y, CELL, _shade(value, most), signed(value))
            if sums[y, x] < 0 <= value:
                parts.append(
                    f"<rect x='{right + CELL * x + 8}' y='{CELL * y + 19}' width='8' height='2' fill='{BELOW}'/>"
                )
        frame(right + CELL * column, CELL * row, CELL)
        if pools:
            pooled = self.map()
            for (y, x), value in np.ndenumerate(pooled):
                shade = _shade(value, np.abs(pooled).max() or 1)
                cell(far + 2 * CELL * x, 2 * CELL * y, 2 * CELL, shade, self._shown(value))
            if max(row, column) < 2 * half:
                frame(far + 2 * CELL * (column // 2), 2 * CELL * (row // 2), 2 * CELL)
        after = " after the rectifier" if self.activation == "rectifier" else ""
        seen = (
            f"Grids of numbers. Left, {self.picture}: {SIZE} × {SIZE} greys from 0 to {GREYS}"
            f"{f', with {self.padding} of zeros around' if self.padding else ''}, and a window of {size} × {size}. "
            f"Right, its map of {side} × {side} values{after}, from {signed(rectified.min())} to "
            f"{signed(rectified.max())}; marked is row {row + 1}, column {column + 1}: "
            f"{signed(rectified[row, column])}."
        )
        if pools:
            what = "averages" if self.pooling == "average" else "largest values"
            seen += f" Beside it the {what} of its groups of four, {half} × {half}."
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        return (
            f"Kernel({self.kernel!r}, picture={self.picture!r}, bias={self.bias}, stride={self.stride}, "
            f"padding={self.padding}, activation={self.activation!r}, pooling={self.pooling!r}, "
            f"place={self.place!r})"
        )


def _check(values: Mapping[str, object], pictures: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {"bias": (-BIAS, BIAS), "stride": (1, STRIDE), "padding": (0, PADDING)}
    choices = {"picture": tuple(pictures), "activation": ACTIVATIONS, "pooling": POOLINGS}
    for name, value in values.items():
        if name in choices:
            expect(value in choices[name], f"{name} is {value!r}; expected one of {', '.join(choices[name])}")
        elif name in ranges:
            low, high = ranges[name]
            expect(
                type(value) is int and low <= value <= high,
                f"{name} is {value!r}; expected a whole number from {low} to {high}",
            )
        elif name == "kernel":
            rows = [row.split(".") for row in value.split("_")] if isinstance(value, str) else []
            for weight in (weight for row in rows for weight in row):
                expect(
                    bool(re.fullmatch(r"-?[0-9]{1,2}", weight)) and abs(int(weight)) <= WEIGHT,
                    f"kernel holds {weight!r}; expected whole numbers from -{WEIGHT} to {WEIGHT}",
                )
            expect(
                1 <= len(rows) <= LARGEST and all(len(row) == len(rows) for row in rows),
                f"kernel is {value!r}; expected 1 to {LARGEST} rows joined by _, each of as many weights "
                "joined by full stops",
            )
        elif name == "place":
            parts = value.split(".") if isinstance(value, str) else []
            expect(
                len(parts) == 2
                and all(re.fullmatch("[0-9]{1,2}", p) and 1 <= int(p) <= WIDEST for p in parts),
                f"place is {value!r}; expected row.column, counted from 1 to {WIDEST}, such as 2.3",
            )
        else:
            expect(
                False,
                f"{name!r} cannot be set; expected picture, kernel, bias, stride, padding, activation, pooling "
                "or place",
            )


def _plain(name: str, picture: Sequence[Sequence[float]]) -> list:
    """Return a picture as lists, of whole numbers where it has only those."""
    array = numbers(f"picture {name!r}", picture, f"{SIZE} rows of {SIZE} greys from 0 to {GREYS}")
    return (array.astype(int) if np.array_equal(array, np.rint(array)) else array).tolist()


def _word(kernel: Sequence[Sequence[int]]) -> str:
    expected = "rows of whole numbers, all of one length"
    array = numbers("kernel", kernel, expected)
    if array.ndim != 2 or (array != np.rint(array)).any():
        raise ValueError(f"kernel is {array.tolist()}; expected {expected}")
    return "_".join(".".join(str(int(weight)) for weight in row) for row in array)


def _read(word: str) -> np.ndarray:
    return np.array([[int(weight) for weight in row.split(".")] for row in word.split("_")])


def _are(count: int) -> str:
    return f"{count or 'none'} {'are' if count > 1 else 'is'}"


def _arithmetic(greys: Sequence[int], weights: Sequence[int], bias: int) -> str:
    """Write a weighted sum: all its products up to nine, above that those that are not 0."""
    pairs = list(zip(greys, weights, strict=True))
    written = pairs if len(pairs) <= 9 else [(grey, weight) for grey, weight in pairs if grey * weight]
    terms = [f"{grey}·{f'({signed(weight)})' if weight < 0 else weight}" for grey, weight in written]
    if rest := len(pairs) - len(written):
        terms.append(f"{rest} {'product' if rest == 1 else 'products'} of 0")
    return " + ".join(terms) + (f" {'+' if bias > 0 else '−'} {abs(bias)} (bias)" if bias else "")


def _dark(grey: int) -> int:
    """Return how much ink a grey is, in thousandths; a step in the middle keeps its number legible."""
    return 1000 * grey // GREYS if grey <= GREYS // 2 else 620 + 380 * (grey - 9) // 7


def _shade(value: float, most: float) -> str:
    """Return the colour of a value of a map whose largest, by size, is `most`."""
    return PAPER if value == 0 else _mix(ACCENT if value > 0 else BELOW, int(60 + 540 * abs(value) / most))


def _mix(colour: str, share: int) -> str:
    """Return a colour laid on the paper, in thousandths of its strength."""
    parts = [[int(each[k : k + 2], 16) for k in (1, 3, 5)] for each in (PAPER, colour)]
    return "#" + "".join(
        f"{((1000 - share) * p + share * c) // 1000:02x}" for p, c in zip(*parts, strict=True)
    )
