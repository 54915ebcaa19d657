"""2012: a network of sixty million weights, built from short ideas, and counted (Krizhevsky, Sutskever, Hinton).

Planes are tensors of torch, (…, planes, rows, columns). What the paper adds to a convolutional net comes first; below
it the layers of the whole net, a net of four layers that is small enough to be taught here, and photographs.
Home: chapter 10.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rectified import activations, eras, training
from rectified.convolution import Dense, drawn, resize
from rectified.rectifier import checked

YEAR = 2012


# --- What ideas refuse -------------------------------------------------------------------------------------


def _under(planes, window=3, stride=2) -> None:
    if planes.ndim < 2 or not 1 <= window <= min(planes.shape[-2:]) or stride < 1:
        raise ValueError(
            f"planes has shape {tuple(planes.shape)}, window is {window}, stride {stride}; expected "
            "(…, rows, columns), no side smaller than the window, and a stride of 1 or more"
        )


def _near(planes, k=2.0, n=5, alpha=1e-4, beta=0.75) -> None:
    if planes.ndim < 3 or n < 1 or n % 2 == 0:
        raise ValueError(
            f"planes has shape {tuple(planes.shape)} and n is {n}; expected (…, planes, rows, columns) and 1, 3, 5 …"
        )


def _cards(planes, kernels, biases, stride=1, padding=0, split=1) -> None:
    if (
        split < 1
        or len(kernels) % split
        or planes.shape[-3] != split * kernels.shape[1]
        or len(kernels) != len(biases)
    ):
        raise ValueError(
            f"planes has shape {tuple(planes.shape)}, kernels {tuple(kernels.shape)}, biases {tuple(biases.shape)}, "
            f"split is {split}; expected kernels that see 1 of {split} parts of the planes, and a bias each"
        )


def _part(answers, share=0.5) -> None:
    if not 0 <= share <= 1 or not answers.is_floating_point():
        raise ValueError(f"share is {share} and answers are {answers.dtype}; expected 0 to 1, and floats")


def _squares(pictures, side) -> None:
    if pictures.ndim != 4 or pictures.shape[2] != pictures.shape[3] or not 1 <= side <= pictures.shape[3]:
        raise ValueError(
            f"pictures has shape {tuple(pictures.shape)} and side is {side}; expected (n, planes, s, s) and 1 to s"
        )


def _plan(layers, side=227, planes=3) -> None:
    for layer in layers:
        if layer.split < 1 or planes % layer.split or layer.maps % layer.split:
            raise ValueError(
                f"split of {layer.name} is {layer.split}, with {planes} planes below it and {layer.maps} maps; "
                "expected a divisor of both"
            )
        over = side + 2 * layer.padding - (layer.window or side)
        if over < 0 or (layer.pooled and over // layer.stride < 2):
            raise ValueError(
                f"{layer.name} finds a side of {side}; expected one that its window of {layer.window}"
                + (" and a pool of 3" if layer.pooled else "")
                + " fit into"
            )
        side = over // layer.stride + 1
        side = (side - 3) // 2 + 1 if layer.pooled else side
        planes = layer.maps


def _nets(first, second, x) -> None:
    shapes = np.shape(first), np.shape(second), np.shape(x)
    if (
        [len(each) for each in shapes] != [2, 2, 1]
        or shapes[0][::-1] != (shapes[1][0], *shapes[2])
        or len(second) > 20
    ):
        raise ValueError(
            f"first, second and x have shapes {shapes}; expected (inputs, hidden), (hidden, classes), (inputs,), "
            "and 20 hidden units at most: there are 2^hidden nets"
        )


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


@checked(_under)
def pool(planes, window=3, stride=2):
    """Return the largest answer under a window at every place; windows overlap where the stride is smaller.

    planes: (…, rows, columns). Raises ValueError if no window fits.

    Home: chapter 10.
    """
    seen = planes.unfold(-2, window, stride).unfold(-2, window, stride)
    return seen.amax(dim=(-2, -1))  # (…, planes, rows, columns)


@checked(_near)
def normalise(planes, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Return each answer divided by what n neighbouring planes say at the same place.

    planes: (…, planes, rows, columns). The numbers are the paper's (section 3.3). In torch's own function alpha is
    divided by n. Raises ValueError if n is not odd.

    Home: chapter 10.
    """
    squares = F.pad(planes.square(), (0, 0, 0, 0, n // 2, n // 2))
    near = squares.unfold(-3, n, 1).sum(dim=-1)
    return planes / (k + alpha * near) ** beta


@checked(_cards)
def columns(planes, kernels, biases, stride=1, padding=0, split=1):
    """Return the sums of kernels that see only the planes of their own column: the two cards of 2012.

    planes: (…, planes, rows, columns). kernels: (maps, planes of a column, window, window). biases: (maps,).
    Raises ValueError if these do not fit together.

    Home: chapter 10.
    """
    each = planes.chunk(split, -3), kernels.chunk(split), biases.chunk(split)
    sums = [F.conv2d(*own, stride=stride, padding=padding) for own in zip(*each, strict=True)]
    return torch.cat(sums, dim=-3)


@checked(_part)
def drop(answers, share=0.5):
    """Return the answers, a share of them set to 0 by lot.

    answers: floats of any shape. share: 0 to 1. Raises ValueError otherwise.

    Home: chapter 10.
    """
    return answers * (torch.rand_like(answers) >= share)


@checked(_squares)
def vary(pictures, side):
    """Return of each picture (n, planes, s, s) a square of that side, cut out and mirrored by lot.

    Raises ValueError if the pictures are no squares, or smaller than that.

    Home: chapter 10.
    """
    spare = pictures.shape[-1] - side
    down, right = torch.randint(spare + 1, (2, len(pictures), 1))
    rows, across = (start + torch.arange(side) for start in (down, right))  # (n, side)
    mirror = torch.rand(len(pictures), 1) < 0.5
    across = torch.where(mirror, across.flip(-1), across)
    each = torch.arange(len(pictures))[:, None, None]
    cut = pictures.movedim(1, -1)[each, rows[:, :, None], across[:, None, :]]
    return cut.movedim(-1, 1)


@checked(_plan)
def counted(layers, side=227, planes=3):
    """Return of each layer its name, units, parameters and multiply-adds, and how many numbers a unit sees.

    layers: a `Layer` each. side, planes: of the picture. Raises ValueError if a window does not fit, or columns do
    not divide the planes.

    Home: chapter 10.
    """
    rows = []
    for layer in layers:
        window = layer.window or side  # a dense layer sees every place
        side = (side + 2 * layer.padding - window) // layer.stride + 1
        inputs = planes // layer.split * window**2
        units = layer.maps * side**2
        rows.append((layer.name, units, layer.maps * (inputs + 1), units * inputs, inputs))
        if layer.pooled:
            side = (side - 3) // 2 + 1
        planes = layer.maps
    return rows


@checked(_nets)
def thinned(first, second, x):
    """Return the softmax of every net that is left when some hidden units are struck out: (nets, classes).

    first: (inputs, hidden), then rectifiers; second: (hidden, classes); x: (inputs,). Raises ValueError if these do
    not fit, or there are more than 20 hidden units.

    Home: chapter 10.
    """
    hidden = np.maximum(0, x @ first)
    which = np.arange(2 ** len(hidden))[:, None] >> np.arange(len(hidden)) & 1  # every choice
    sums = (which * hidden) @ second
    odds = np.exp(sums - sums.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


# --- The whole net -----------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """Maps or units; window, stride and padding of the kernels, no window for a layer that sees everything.

    split: columns that do not see each other. ones: whether the biases begin at 1.
    """

    name: str
    maps: int
    window: int = 0
    stride: int = 1
    padding: int = 0
    split: int = 1
    normalised: bool = False
    pooled: bool = False
    ones: bool = False


LAYERS = (
    Layer("conv 1", 96, 11, stride=4, normalised=True, pooled=True),
    Layer("conv 2", 256, 5, padding=2, split=2, normalised=True, pooled=True, ones=True),
    Layer("conv 3", 384, 3, padding=1),
    Layer("conv 4", 384, 3, padding=1, split=2, ones=True),
    Layer("conv 5", 256, 3, padding=1, split=2, pooled=True, ones=True),
    Layer("dense 6", 4096, ones=True),
    Layer("dense 7", 4096, ones=True),
    Layer("dense 8", 1000),
)


def draw(seed: int, layers: Sequence[Layer] = LAYERS, *, planes: int = 3, side: int = 227,
         spread: float = 0.01) -> list[tuple[Tensor, Tensor]]:  # fmt: skip
    """Return first weights as the paper draws them, a pair of kernels and biases a layer: 244 MB for the whole net.

    The biases of layers 2 and 4 to 7 begin at 1, as in the paper, the others at 0.
    """
    rng, first = np.random.default_rng(seed), []
    for layer, (*_, inputs) in zip(layers, counted(layers, side, planes), strict=True):
        weights = rng.standard_normal((layer.maps, inputs), dtype=np.float32)
        weights *= spread
        if layer.window:
            weights = weights.reshape(layer.maps, -1, layer.window, layer.window)
        biases = torch.full((layer.maps,), float(layer.ones))
        first.append((torch.from_numpy(weights), biases))
    return first


def see(parameters, pictures, layers=LAYERS, *, phi=torch.relu, normalised=True):
    """Return the sums of each layer, from the first to the thousand at the end; no unit is dropped.

    pictures: (n, 3, 227, 227). normalised: whether the first two layers are, as in the paper.
    """
    a, sums = pictures, []
    for layer, (weights, biases) in zip(layers, parameters, strict=True):
        if layer.window:
            z = columns(a, weights, biases, layer.stride, layer.padding, layer.split)
        else:
            z = a.flatten(1) @ weights.T + biases
        sums.append(z)
        a = phi(z)
        if layer.normalised and normalised:
            a = normalise(a)
        if layer.pooled:
            a = pool(a)
    return sums


def gains(layers: Sequence[Layer] = LAYERS, spread: float = 0.01) -> np.ndarray:
    """Return by how much each layer but the last multiplies the size of what rectifiers pass on: sqrt(n/2) · spread."""
    return np.array([spread * sqrt(inputs / 2) for *_, inputs in counted(layers)[:-1]])


def seen(*windows: tuple[int, int]) -> int:
    """Return how many points of a line a unit sees through layers of kernels: (window, stride) each."""
    reach, step = 1, 1
    for window, stride in windows:
        reach += (window - 1) * step
        step *= stride
    return reach


# --- A net small enough to be taught ------------------------------------------------------------------------


class Stack(nn.Module):
    """Layers of maps, each with an overlapping pool, and a dense layer at the end: the net of Figure 1 in our shape.

    activation: φ, a name, an Activation or a function of a tensor. weights: a name in `initialisation`. widths: maps of
    its layers. overlap: pools of 3 by 3, else of 2 by 2, each two points apart. normalised: after the first two
    layers. dropped: share of what enters the dense layer. crop: side of the squares that are cut out and mirrored while
    it learns, None for whole pictures. hidden: units of a dense layer before the last, 0 for none; what is dropped is
    then dropped after it. centred: whether the sums of maps are normalised over the batch, as in 2015.
    """

    def __init__(
        self, activation="relu", weights="lecun", *, planes=1, side=16, widths=(8, 16, 16), classes=9, window=5,
        overlap=True, normalised=False, hidden=0, dropped=0.0, crop=None, centred=False,
    ):  # fmt: skip
        super().__init__()
        if not 0 <= dropped < 1:
            raise ValueError(f"dropped is {dropped}; expected at least 0 and less than 1")
        if crop is not None and not 1 <= crop <= side:
            raise ValueError(f"crop is {crop}; expected 1 to the side, {side}, or None")
        if window % 2 == 0 or not widths:
            raise ValueError(
                f"window is {window}, widths {tuple(widths)}; expected an odd window and a layer or more"
            )
        if dropped:
            eras.require("dropout", YEAR)
        if centred:
            eras.require("batch normalisation", 2015)
        self.phi = _phi(activation)
        self.planes, self.side, self.crop = planes, side, crop
        self.dropped, self.normalised = dropped, normalised
        self.pool = 3 if overlap else 2
        side = side if crop is None else crop
        self.maps = nn.ModuleList(Sums(*pair, window, weights) for pair in pairwise([planes, *widths]))
        for _ in widths:
            side = (side - self.pool) // 2 + 1
        if side < 1:
            raise ValueError(f"side is {self.side}: nothing is left of it after {len(widths)} pools")
        self.over = nn.ModuleList(
            nn.BatchNorm2d(width, track_running_stats=False) for width in widths if centred
        )
        units = widths[-1] * side**2
        self.hidden = Dense(units, hidden, weights) if hidden else None
        self.dense = Dense(hidden or units, classes, weights)

    def forward(self, x):
        if x[0].numel() != self.planes * self.side**2:
            raise ValueError(f"pictures are {tuple(x.shape)}; expected (n, {self.planes} · {self.side}²)")
        x = x.reshape(-1, self.planes, self.side, self.side)
        x = x.contiguous(memory_format=torch.channels_last)  # a third less time on a processor
        if self.crop is not None:
            rim = (self.side - self.crop) // 2
            inner = slice(rim, rim + self.crop)
            x = vary(x, self.crop) if self.training else x[..., inner, inner]
        for number, layer in enumerate(self.maps):
            z = layer(x)
            x = self.phi(self.over[number](z) if self.over else z)
            if self.normalised and number < 2:
                x = normalise(x)
            x = F.max_pool2d(x, self.pool, 2)  # what `pool` does, in less time
        x = x.flatten(1)
        if self.hidden is not None:
            x = self.phi(self.hidden(x))
        if self.dropped:
            x = drop(x, self.dropped) if self.training else (1 - self.dropped) * x
        return self.dense(x)


class Sums(nn.Module):
    """Maps that see every plane, of the same side as the planes."""

    def __init__(self, planes, maps, window, weights):
        super().__init__()
        self.kernels = nn.Parameter(drawn(weights, (maps, planes, window, window)))
        self.biases = nn.Parameter(torch.zeros(maps))

    def forward(self, planes):
        return F.conv2d(planes, self.kernels, self.biases, padding=self.kernels.shape[-1] // 2)


def in_turn(make: Callable[[], nn.Module]) -> training.Modules:
    """Return networks that learn one after another: with convolutions on a processor that takes less time."""
    return training.Modules(make, together=False)


def _phi(activation) -> Callable[[Tensor], Tensor]:
    phi = activations.get(activation) if isinstance(activation, str) else activation
    return getattr(phi, "torch", phi)


# --- Deep and narrow: with and without ---------------------------------------------------------------------


class Deep(training.Layers):
    """Dense layers of one width; sums may be normalised over the batch, and what came in added to what goes out.

    normalised: each sum less its mean, over its spread, over the examples at hand, in learning and after it.
    The paper's learned scale and shift are left out. shortcuts: what came in is added to what goes out, and that
    divided by the root of the depth, which is ours.
    """

    def __init__(self, sizes, activation="relu", *, normalised=False, shortcuts=False, **how):
        super().__init__(sizes, activation, **how)
        if normalised:
            eras.require("batch normalisation", 2015)
        if shortcuts:
            eras.require("shortcuts", 2015)
        self.normalised, self.shortcuts = normalised, shortcuts

    def describe(self):
        return super().describe() | {"normalised": self.normalised, "shortcuts": self.shortcuts}

    def forward(self, values, x, signals=None, *, learning=False):
        a = x.flatten(2).to(values["weights 1"].dtype)
        for i in range(1, self.depth):
            z = torch.baddbmm(values[f"biases {i}"].unsqueeze(1), a, values[f"weights {i}"])
            if self.normalised:
                z = (z - z.mean(dim=1, keepdim=True)) / (
                    z.var(dim=1, keepdim=True, correction=0) + 1e-5
                ).sqrt()
            out = self.activation(z)
            a = a + out / self.depth**0.5 if self.shortcuts and a.shape == out.shape else out
            if signals is not None:
                signals.append((z, z, a))
        z = torch.baddbmm(values[f"biases {self.depth}"].unsqueeze(1), a, values[f"weights {self.depth}"])
        return z if self.output is None else self.output(z)


# --- Dropout in dense layers -------------------------------------------------------------------------------


class Thinned(training.Layers):
    """Dense layers; in learning a share of the hidden answers is dropped, and after it all of them are scaled."""

    def __init__(self, sizes, activation="relu", *, dropped=0.5, **how):
        super().__init__(sizes, activation, **how)
        if not 0 <= dropped < 1:
            raise ValueError(f"dropped is {dropped}; expected at least 0 and less than 1")
        if dropped:
            eras.require("dropout", YEAR)
        self.dropped = dropped

    def describe(self):
        return super().describe() | {"dropped": self.dropped}

    def forward(self, values, x, signals=None, *, learning=False):
        a = x.flatten(2).to(values["weights 1"].dtype)
        for i in range(1, self.depth):
            z = torch.baddbmm(values[f"biases {i}"].unsqueeze(1), a, values[f"weights {i}"])
            a = self.activation(z)
            if signals is not None:
                signals.append((z, z, a))
            a = drop(a, self.dropped) if learning else (1 - self.dropped) * a
        z = torch.baddbmm(values[f"biases {self.depth}"].unsqueeze(1), a, values[f"weights {self.depth}"])
        return z if self.output is None else self.output(z)


def heard(trained: training.Trained, x: np.ndarray) -> np.ndarray:
    """Return what the first hidden layer answers to each input, (members, examples, units)."""
    parameters = trained.parameters
    z = x @ parameters["weights 1"] + parameters["biases 1"][:, None]
    return trained.network.activation(torch.from_numpy(np.asarray(z))).numpy()


def alike(answers: np.ndarray) -> float:
    """Return the mean size of the correlation between two units, (examples, units); silent units are left out."""
    answers = answers[:, answers.std(axis=0) > 0]
    if answers.shape[1] < 2:
        raise ValueError(f"{answers.shape[1]} of the units vary; expected two or more")
    correlations = np.corrcoef(answers.T)
    return float(np.abs(correlations[np.triu_indices(len(correlations), 1)]).mean())


# --- Pictures ----------------------------------------------------------------------------------------------


def photographs(side: int = 227) -> np.ndarray:
    """Return the two photographs that come with scikit-learn, a temple and a flower: (2, side, side, 3), 0 to 255."""
    from sklearn.datasets import load_sample_image

    pictures = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    middles = []
    for picture in pictures:
        height, width, _ = picture.shape
        edge = min(height, width)
        top, left = (height - edge) // 2, (width - edge) // 2
        square = picture[top : top + edge, left : left + edge]
        middles.append(resize(np.moveaxis(square, -1, 0).astype(float), side))
    return np.moveaxis(np.stack(middles), 1, -1)


def orientation(kernels: np.ndarray) -> np.ndarray:
    """Return of each kernel (n, …, side, side) how much of its variation runs one way: 0 all ways alike, 1 an edge.

    From the tensor of its slopes: the difference of its two eigenvalues over their sum. An even kernel has 0.
    """
    kernels = np.asarray(kernels, dtype=float)
    if kernels.ndim < 3 or kernels.shape[-1] != kernels.shape[-2]:
        raise ValueError(f"kernels are {kernels.shape}; expected (n, …, side, side)")
    kernels = kernels.reshape(len(kernels), -1, *kernels.shape[-2:])
    down, right = np.diff(kernels, axis=-2)[..., :-1], np.diff(kernels, axis=-1)[..., :-1, :]
    xx, yy, xy = (part.sum(axis=(1, 2, 3)) for part in (right**2, down**2, right * down))
    size = xx + yy
    return np.sqrt((xx - yy) ** 2 + 4 * xy**2) / np.where(size, size, 1)


# --- Sums for GPUs -----------------------------------------------------------------------------------------


class Chip(NamedTuple):
    """A card: year, multiply-adds a second at most, bytes a second to and from its memory."""

    name: str
    year: int
    multiply_adds: float
    bytes: float


# 512 processors at 1.544 GHz, 384 bits at 4.008 GHz; and dense sixteen-bit products.
THEN = Chip("GTX 580", 2010, 512 * 1.544e9, 384 / 8 * 4.008e9)
NOW = Chip("H200", 2024, 989e12 / 2, 4.8e12)


def intensity(batch: int, inputs: int, units: int, size: int = 4) -> float:
    """Return the multiply-adds of a dense layer for each byte read and written once. size: bytes of a number."""
    return batch * inputs * units / (size * (batch * inputs + inputs * units + batch * units))


def totals(rows: Sequence[tuple]) -> dict[str, int]:
    """Return the sums of what `counted` gives."""
    names = ("units", "parameters", "multiply-adds")
    return {name: sum(row[k] for row in rows) for k, name in enumerate(names, start=1)}


def share_of(rows: Sequence[tuple], names: str) -> float:
    """Return which share of the parameters the layers have whose names begin so; ValueError if there are none."""
    if not any(row[0].startswith(names) for row in rows):
        raise ValueError(
            f"names is {names!r}; expected the beginning of one of {', '.join(row[0] for row in rows)}"
        )
    whole = sum(row[2] for row in rows)
    return sum(row[2] for row in rows if row[0].startswith(names)) / whole
