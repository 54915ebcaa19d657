"""2013–2019: what was put in the place of the rectifier's zero, and how units come to be dead. Home: chapter 11.

Sums are tensors, (…, units); what is learned of a φ is a tensor too, (…, 1, numbers), one for a layer. The first ideas
are of dead units, the others of the φ that were to mend them, in the order of their years. Below them stand networks
whose φ learns, draws lots or changes the number of answers.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from scipy.optimize import fsolve
from scipy.stats import norm

from rectified import eras, training
from rectified.rectifier import checked

YEAR = 2013


# --- What ideas refuse -------------------------------------------------------------------------------------


def _narrow(width, depth) -> None:
    if not width >= 1 or not depth >= 1 or width % 1 or depth % 1:
        raise ValueError(f"width is {width} and depth is {depth}; expected whole numbers, 1 or more")


def _tries(rng, width, depth, inputs, tries=1000) -> None:
    if np.ndim(inputs) != 2 or not np.size(inputs) or not np.isfinite(inputs).all():
        raise ValueError(f"inputs has shape {np.shape(inputs)}; expected finite numbers, (points, inputs)")
    if not tries >= 1:
        raise ValueError(f"tries is {tries}; expected 1 or more")
    _narrow(width, depth)


def _tables(before, after) -> None:
    for name, table in (("before", before), ("after", after)):
        if not isinstance(table, np.ndarray) or table.dtype.kind != "b":
            raise ValueError(f"{name} is {type(table).__name__}; expected an array of True and False")
    if np.shape(before) != np.shape(after):
        raise ValueError(
            f"before has shape {np.shape(before)} and after {np.shape(after)}; expected the same"
        )


def _bounds(z, low=1 / 8, high=1 / 3, learning=True) -> None:
    if not low <= high:
        raise ValueError(f"low is {low} and high is {high}; expected low no larger than high")


def _normal(phi, mean=0.0, spread=1.0) -> None:
    if not np.isfinite(mean) or not 0 < spread < np.inf:
        raise ValueError(f"mean is {mean} and spread is {spread}; expected finite numbers, spread above 0")


def _pieces(z, pieces=2) -> None:
    if not z.ndim:
        raise ValueError("z has no axis; expected sums side by side")
    if pieces < 1 or z.shape[-1] % pieces:
        raise ValueError(
            f"z has {z.shape[-1]} sums and pieces is {pieces}; expected a multiple of the pieces"
        )


def _knots(z, heights, reach=3.0) -> None:
    if heights.shape[-1] < 2 or not reach > 0:
        raise ValueError(
            f"heights has {heights.shape[-1]} numbers and reach is {reach}; expected two or more, and above 0"
        )


def _share(answers, share=0.1, floor=0.0) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"share is {share}; expected at least 0 and less than 1")


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


@checked(_narrow)
def born_dead(width, depth):
    """Return the least and the greatest chance that a net of one input, without biases, is dead before it learns.

    depth: hidden layers, each `width` units wide; the weights are as likely as their negatives, for the least normal.
    Both are those of Lu and others (2020), as far as we know; with one input the first layer kills nothing. Raises
    ValueError below 1.

    Home: chapter 11.
    """
    off = 0.5**width  # a layer shuts on one input
    both, one = 1 - 2 * off, 2 * off  # sides alive after the first layer, by chance
    for _ in range(depth - 1):
        stay = (1 - off) ** 2 - width * off**2
        lost = off**2
        both, one = both * stay, one * (1 - off) + both * (1 - stay - lost)
    return 1 - both - one, 1 - (1 - off) ** (depth - 1)


@checked(_tries)
def count_born(rng, width, depth, inputs, tries=1000):
    """Return the share of drawn nets that are dead on every input, after each layer: (depth,).

    inputs: (points, inputs). No biases; He's weights, though for this no scale matters. Raises ValueError for inputs
    that are no such table.

    Home: chapter 11.
    """
    a, shut = np.broadcast_to(inputs, (tries, *np.shape(inputs))), []
    for _ in range(depth):
        weights = rng.normal(0, np.sqrt(2 / a.shape[-1]), (tries, a.shape[-1], width))
        a = np.maximum(0, a @ weights)  # (tries, points, width)
        shut.append(np.mean(~(a > 0).any(axis=(1, 2))))
    return np.array(shut)


@checked(_tables)
def moved(before, after):
    """Return how many units died and how many rose between two looks: tables of who is dead, the layers first.

    Home: chapter 11.
    """
    others = tuple(range(1, np.ndim(before)))
    return (after & ~before).sum(axis=others), (before & ~after).sum(axis=others)


def leak(z, slope):
    """Return the sums, those below 0 times a slope: one number (2013), or one that learns (2015). z is a tensor.

    Home: chapter 11.
    """
    return z.clamp(min=0) + slope * z.clamp(max=0)


@checked(_bounds)
def leak_by_lot(z, low=1 / 8, high=1 / 3, learning=True):
    """Return the sums, those below 0 times a slope of their own, drawn by lot in learning and the mean one after it.

    Raises ValueError if low is larger than high.

    Home: chapter 11.
    """
    return leak(z, low + (high - low) * torch.rand_like(z) if learning else (low + high) / 2)


@checked(_pieces)
def maxout(z, pieces=2):
    """Return the largest of every `pieces` sums that stand side by side: (…, units · pieces) to (…, units).

    Raises ValueError where the sums do not come out even.

    Home: chapter 11.
    """
    return z.unflatten(-1, (-1, pieces)).amax(dim=-1)


def both_halves(z):
    """Return the rectified sums and after them the rectified sums with the sign turned: (…, units) to (…, 2 units).

    Home: chapter 11.
    """
    return torch.cat([z.clamp(min=0), (-z).clamp(min=0)], dim=-1)


@checked(_normal)
def moments(phi, mean=0.0, spread=1.0):
    """Return mean and variance of φ of a normal number, integrated to rounding on each side of a corner at 0.

    phi: a function of an array that rises no faster than a line. Raises ValueError where spread is not above 0.

    Home: chapter 11.
    """
    points, shares = np.polynomial.legendre.leggauss(200)
    low, high = mean - 12 * spread, mean + 12 * spread
    ends = np.unique(np.clip([low, 0, high], low, high))  # 0 is a corner of many φ
    half, middle = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
    z = middle + half * points
    density = half * shares * norm.pdf(z, mean, spread)
    first = (density * phi(z)).sum()
    return first, (density * (phi(z) - first) ** 2).sum()


def self_normalising():
    """Return the scale λ and the α with which an ELU leaves a normal number of mean 0 and variance 1 with the same two.

    Home: chapter 11.
    """

    def off(pair):
        scale, alpha = pair
        mean, variance = moments(lambda z: scale * np.where(z > 0, z, alpha * np.expm1(z)))
        return mean, variance - 1

    return fsolve(off, (1.0, 1.0), xtol=1e-14)


@checked(_share)
def alpha_drop(answers, share=0.1, floor=-1.7580993408473766):
    """Return a SELU's answers, a share of them set to its floor, and then all shifted and scaled to mean 0, variance 1.

    answers: a tensor. floor: SELU's, −λα. Raises ValueError unless the share is at least 0 and less than 1.

    Home: chapter 11.
    """
    kept = torch.rand_like(answers) >= share
    scale = ((1 - share) * (1 + share * floor**2)) ** -0.5
    return scale * (torch.where(kept, answers, floor) - share * floor)


def gate_by_lot(rng, x):
    """Return each number of x if a standard normal number drawn for it is smaller, and 0 if not.

    Home: chapter 11.
    """
    return x * (rng.normal(size=np.shape(x)) < x)


@checked(_knots)
def spline(z, heights, reach=3.0):
    """Return a broken line through the given heights at even places from −reach to reach, straight on beyond them.

    heights: (…, 1, places), or (places,) for sums with one axis. Raises ValueError for fewer than two heights.

    Home: chapter 11.
    """
    gaps = heights.shape[-1] - 1
    place = (z + reach) * gaps / (2 * reach)
    left = place.detach().floor().nan_to_num().clamp(0, gaps - 1)
    heights = heights.expand(*z.shape[:-1], -1)
    low, high = (heights.gather(-1, left.long() + k) for k in (0, 1))
    return low + (place - left) * (high - low)


# --- Networks whose φ learns, draws lots, or changes the number of answers -------------------------------------


def _called(phi: Callable) -> str:
    """Return the name of a φ, also of one with some of its arguments bound."""
    return getattr(getattr(phi, "func", phi), "__name__", type(phi).__name__)


class Own(training.Layers):
    """Dense layers with a φ of their own, which may depend on the layer and on whether it learns: see `answer`."""

    def __init__(self, sizes: Sequence[int], phi: Callable, *, year: int, **how):
        eras.require(_called(phi), year)
        super().__init__(sizes, "relu", **how)
        self.phi = phi

    def describe(self):
        return super().describe() | {"activation": _called(self.phi)}

    def answer(self, z, values, layer, learning):
        """Return what a hidden layer, counted from 1, makes of its sums."""
        return self.phi(z)

    def forward(self, values, x, signals=None, *, learning=False):
        a = x.flatten(2).to(values["weights 1"].dtype)
        for i in range(1, self.depth):
            z = torch.baddbmm(values[f"biases {i}"].unsqueeze(1), a, values[f"weights {i}"])
            a = self.answer(z, values, i, learning)
            if signals is not None:
                signals.append((z, z, a))
        z = torch.baddbmm(values[f"biases {self.depth}"].unsqueeze(1), a, values[f"weights {self.depth}"])
        return z if self.output is None else self.output(z)


class Learned(Own):
    """Layers whose φ has numbers that learn with the weights, a set for each hidden layer.

    phi: a function of (sums, numbers), such as `leak` or `spline`. first: the numbers at the start. decayed: whether
    `weight_decay` pulls at them as at weights; then what scales first weights scales them too. year: of such a φ.
    """

    def __init__(
        self, sizes: Sequence[int], phi: Callable, first: Sequence[float], *, decayed: bool = False, year: int = 2015,
        **how,
    ):  # fmt: skip
        first = np.asarray(first, dtype=float)
        if first.ndim != 1 or not first.size or not np.isfinite(first).all():
            raise ValueError(f"first has shape {first.shape}; expected finite numbers in a row")
        super().__init__(sizes, phi, year=year, **how)
        self.first, self.decayed = first, decayed

    def describe(self):
        return super().describe() | {"first": self.first.tolist(), "decayed": self.decayed}

    def draw(self, rng):
        parameters, buffers = super().draw(rng)
        for i in range(1, self.depth):
            parameters[f"shape {i}"] = self.first[None].copy() if self.decayed else self.first.copy()
        return parameters, buffers

    def answer(self, z, values, layer, learning):
        return self.phi(z, values[f"shape {layer}"].reshape(len(z), 1, -1))


def learned(trained: training.Trained) -> np.ndarray:
    """Return what the φ of a `Learned` network has learned: (members, hidden layers, numbers)."""
    names = [name for name in trained.parameters if name.startswith("shape ")]
    members = len(trained.run.seeds)
    return np.stack([trained.parameters[name].reshape(members, -1) for name in names], axis=1)


class ByLot(Own):
    """Layers with a φ that draws lots in learning: a function of sums and of `learning`."""

    def __init__(self, sizes: Sequence[int], phi: Callable = leak_by_lot, *, year: int = 2015, **how):
        super().__init__(sizes, phi, year=year, **how)

    def answer(self, z, values, layer, learning):
        return self.phi(z, learning=learning)


class Uneven(Own):
    """Layers whose φ gives more or fewer answers than it takes sums: `maxout`, `both_halves`.

    sizes: inputs, the *sums* of each hidden layer, outputs. ratio: answers for each sum.
    """

    def __init__(self, sizes: Sequence[int], phi: Callable, ratio: float, *, year: int = 2013, **how):
        if any(size * ratio % 1 for size in sizes[1:-1]):
            raise ValueError(f"sizes is {tuple(sizes)}; expected hidden layers that times {ratio} are whole")
        super().__init__(sizes, phi, year=year, **how)
        self.ratio = ratio

    def draw(self, rng):
        parameters = {}
        for i, (below, sums) in enumerate(pairwise(self.sizes), start=1):
            fan_in = below if i == 1 else int(below * self.ratio)
            parameters[f"weights {i}"] = np.asarray(self.draw_weights(rng, (fan_in, sums)))
            if parameters[f"weights {i}"].shape != (fan_in, sums):
                seen = parameters[f"weights {i}"].shape
                raise ValueError(f"weights {i} were drawn with shape {seen}; expected {(fan_in, sums)}")
            parameters[f"biases {i}"] = np.full(sums, self.bias)
        return parameters, {}


def numbers_of(trained: training.Trained) -> int:
    """Return how many numbers one member of a trained network learns."""
    return sum(value[0].size for value in trained.parameters.values())


def never_on(trained: training.Trained, x: np.ndarray) -> list[np.ndarray]:
    """Return which units have no sum above 0 on any example: for each hidden layer a table, (members, units).

    For a rectifier these are the dead; a leaky one goes on learning there. A member that diverged has no sum above 0
    at all: leave it out by `trained.run.diverged`. x: (examples, inputs).
    """
    values = {name: torch.tensor(value) for name, value in trained.parameters.items()}
    signals, x = [], torch.as_tensor(np.asarray(x), dtype=torch.float32)
    with torch.no_grad(), eras.counterfactual():
        trained.network.forward(values, x.expand(len(trained.run.seeds), *x.shape), signals)
    return [~(z > 0).any(dim=1).numpy() for _, z, _ in signals]


def opposite(kernels: np.ndarray) -> np.ndarray:
    """Return of each kernel, (kernels, numbers), the cosine with the one that is most opposite to it."""
    kernels = np.asarray(kernels, dtype=float)
    if kernels.ndim != 2 or len(kernels) < 2 or not np.linalg.norm(kernels, axis=1).all():
        raise ValueError(f"kernels has shape {kernels.shape}; expected two rows or more, none of zeros")
    unit = kernels / np.linalg.norm(kernels, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, np.inf)
    return cosines.min(axis=1)
