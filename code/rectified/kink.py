"""2011–2019: what max(0, x) does in a net: folds counted, sizes and angles followed. Home: chapter 9.

Weights are as in chapter 4: a list of matrices (fan_in + 1, fan_out), the last row holds the biases. Between its folds
a net of rectifiers is a straight line, or a plane; so its folds can be found exactly, layer by layer.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import comb, prod

import numpy as np

from rectified.activations import relu
from rectified.backprop import forward
from rectified.rectifier import checked

YEAR = 2011


# --- What ideas refuse -------------------------------------------------------------------------------------


def _span(weights, left, right) -> None:
    if len(weights[0]) != 2:
        raise ValueError(f"weights has {len(weights[0]) - 1} inputs in its first layer; expected 1")
    if not -np.inf < left < right < np.inf:
        raise ValueError(f"left is {left} and right {right}; expected finite places, left below right")
    _finite(weights)


def _window(weights, window) -> None:
    if len(weights[0]) != 3:
        raise ValueError(f"weights has {len(weights[0]) - 1} inputs in its first layer; expected 2")
    if np.ndim(window) != 2 or np.shape(window)[1] != 2 or len(window) < 3 or not np.isfinite(window).all():
        raise ValueError(
            f"window is {np.asarray(window).tolist()}; expected three finite corners (x, y) or more"
        )
    _finite(weights)


def _finite(weights) -> None:
    for layer, matrix in enumerate(weights, start=1):
        if not np.isfinite(matrix).all():
            raise ValueError(f"weights of layer {layer} are not all finite; expected numbers only")


def _rising(x, y) -> None:
    if np.ndim(x) != 1 or np.shape(x) != np.shape(y) or not (np.diff(x) > 0).all():
        raise ValueError(
            f"x is {np.asarray(x).tolist()}, y has shape {np.shape(y)}; expected as many, and x rising"
        )


def _deep(*given) -> None:
    if given[-1] < 1:
        raise ValueError(f"depth is {given[-1]}; expected a whole number, 1 or more")


def _table(on) -> None:
    if np.ndim(on) != 3 or not np.shape(on)[1]:
        raise ValueError(
            f"on has shape {np.shape(on)}; expected (members, examples, units), with an example or more"
        )


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def corner(z, slope=0.0):
    """Return the rectified sums, with a slope of your own where a sum is exactly 0. z is a tensor.

    Home: chapter 9.
    """
    return z.clamp(min=0) * ((z > 0) + slope * (z == 0)).to(z.dtype)


@checked(_span)
def bends(weights, left, right):
    """Return every place between left and right where a unit of a net with one input goes on or off, in order.

    Between two such places of the layers below, the sum of a unit is a straight line: it crosses 0 once or never. A
    place where two units turn stands there twice. weights: matrices, the first (2, units). Raises ValueError where they
    are not, or are not finite, or the ends are not finite and in order.

    Home: chapter 9.
    """
    x = np.array([left, right], dtype=float)
    for depth in range(1, len(weights)):
        z = forward(weights[:depth], depth * [relu], x[:, None])[0][-1]  # (places, units)
        before, after = z[:-1], z[1:]
        crosses = before * after < 0
        gap = np.nonzero(crosses)[0]
        share = before[crosses] / (before - after)[crosses]  # of the gap, up to it
        x = np.sort(np.concatenate([x, x[gap] + share * (x[gap + 1] - x[gap])]))
    return x[1:-1]


def cut(polygon, column, least=0.0):
    """Return the parts of a convex polygon on both sides of the line where a column of its corners is 0.

    polygon: (corners, numbers), in order round it: x, y and whatever runs straight between the corners.

    least: what is no further from 0 counts as 0. A polygon that lies on one side comes back whole.

    Home: chapter 9.
    """
    z = np.where(np.abs(polygon[:, column]) > least, polygon[:, column], 0)
    if z.max() <= 0 or z.min() >= 0:
        return [polygon]
    parts = []
    for side in (1, -1):
        kept = []
        for k, (a, b) in enumerate(zip(side * z, side * np.roll(z, -1), strict=True)):
            here, there = polygon[k], polygon[(k + 1) % len(polygon)]
            if a >= 0:
                kept.append(here)
            if a * b < 0:
                kept.append(here + a / (a - b) * (there - here))
        parts.append(np.array(kept))
    return parts


@checked(_window)
def cells(weights, window):
    """Return the polygons, each (corners, 2), into which the units of a net with two inputs cut a window.

    weights: matrices, the first (3, units). window: the corners of a convex polygon, (corners, 2), in order round it.
    Raises ValueError where they are something else, or not finite.

    Home: chapter 9.
    """
    found = [np.array(window, dtype=float)]
    for depth in range(1, len(weights)):
        sums = [forward(weights[:depth], depth * [relu], each)[0][-1] for each in found]
        least = 1e-12 * np.abs(np.vstack(sums)).max(axis=0)  # what rounding leaves of a 0
        found = [np.hstack(pair) for pair in zip(found, sums, strict=True)]
        for unit in range(len(least)):
            found = [part for each in found for part in cut(each, 2 + unit, least[unit])]
        found = [each[:, :2] for each in found]
    return found


@checked(_rising)
def hinges(x, y):
    """Return the weights of a net whose rectifiers, each open from a place of its own, draw a line through points.

    x: (points,), rising. y: (points,). The net is exact from the first point to the last. Raises
    ValueError if x does not rise, or y is not as many.

    Home: chapter 9.
    """
    slopes = np.diff(y) / np.diff(x)
    turns = np.diff(slopes, prepend=0)  # by how much the slope changes at each hinge
    return [np.stack([np.ones(len(turns)), -x[:-1]]), np.append(turns, y[0])[:, None]]


@checked(_deep)
def sawtooth(depth):
    """Return a net of `depth` layers of two rectifiers that folds the line from 0 to 1 onto itself in each of them.

    Its weights, (fan_in + 1, fan_out) each; 2^depth pieces (Telgarsky 2015). Raises ValueError below one layer.

    Home: chapter 9.
    """
    first = np.array([[1, 1], [0, -0.5]])  # open from 0, and from ½
    tent = np.array([[2], [-4], [0]])  # up to 1 with slope 2, then down with slope −2
    again = np.vstack([tent[:-1] @ first[:1], first[1:]])
    return [first, *(depth - 1) * [again], tent]


@checked(_deep)
def angles(cosine, depth):
    """Return the cosine between the sums of two inputs, layer by layer, in wide nets of rectifiers: (depth,).

    cosine: in the first layer, from −1 to 1 (Cho and Saul 2009). Raises ValueError below one layer.

    Home: chapter 9.
    """
    found = [cosine]
    while len(found) < depth:
        between = np.arccos(found[-1])
        found.append((np.sin(between) + (np.pi - between) * found[-1]) / np.pi)
    return np.array(found)


def mirrored(turn):
    """Return weights for rectifiers that stand in pairs, one with the sums of the other and the opposite sign.

    turn: the matrix that two such layers are together, since φ(z) − φ(−z) = z.

    Home: chapter 9.
    """
    return np.block([[turn, -turn], [-turn, turn]])


def gates(parameters, x):
    """Return which rectifiers are on: for each hidden layer an array of booleans, (members, examples, units).

    parameters: name -> (members, ...), as `training.train` returns them. x: (examples, inputs).

    Home: chapter 9.
    """
    a, on, layer = x, [], 1
    while f"weights {layer + 1}" in parameters:
        z = a @ parameters[f"weights {layer}"] + parameters[f"biases {layer}"][:, None]
        on.append(z > 0)
        a, layer = np.maximum(0, z), layer + 1
    return on


@checked(_table)
def dead(on):
    """Return which units of a layer are off on every example, (members, units); on: one layer's `gates`.

    Home: chapter 9.
    """
    return ~on.any(axis=1)


def curvatures(inputs):
    """Return how curved the squared error of a linear unit is, in each direction of its weights and bias, ascending.

    inputs: (examples, units). They are the eigenvalues of the inputs' second moments, with an input of 1 for the
    bias. Plain descent on half the mean squared error needs a rate below 2 over the last (LeCun and others 1998).

    Home: chapter 9.
    """
    with_bias = np.column_stack([inputs, np.ones(len(inputs))])
    return np.linalg.eigvalsh(with_bias.T @ with_bias / len(inputs))


def centred(z):
    """Return a tensor of sums rectified, less each unit's mean over the examples at hand.

    Home: chapter 9.
    """
    a = z.clamp(min=0)
    return a - a.mean(dim=-2, keepdim=True) if z.ndim > 1 else a


# --- Tools: how many pieces there can be, and nets to count them in ----------------------------------------


def parts_of_space(units: int, inputs: int) -> int:
    """Return into how many parts so many hyperplanes in general position cut the space of the inputs.

    Raises ValueError where a number is negative.
    """
    if min(units, inputs) < 0:
        raise ValueError(f"units is {units} and inputs is {inputs}; expected 0 or more")
    return sum(comb(units, j) for j in range(inputs + 1))


def promised(sizes: Sequence[int]) -> int:
    """Return how many linear regions some net of these sizes has at least (Montúfar and others 2014).

    sizes: inputs, then the units of each hidden layer, which must be as many as the inputs or more.
    """
    inputs, *hidden = sizes
    if not hidden or min(hidden) < inputs or inputs < 1:
        raise ValueError(f"sizes is {tuple(sizes)}; expected hidden layers of at least {inputs} units")
    return prod((units // inputs) ** inputs for units in hidden[:-1]) * parts_of_space(hidden[-1], inputs)


def folded(depth: int) -> list[np.ndarray]:
    """Return a net with two inputs that folds the square from 0 to 1 along x and along y: `sawtooth` twice."""
    twice = [np.zeros((2 * len(w) - 1, 2 * w.shape[1])) for w in sawtooth(depth)]
    for both, w in zip(twice, sawtooth(depth), strict=True):
        rows, columns = len(w) - 1, w.shape[1]
        both[:rows, :columns] = both[rows:-1, columns:] = w[:-1]
        both[-1] = np.tile(w[-1], 2)
    return twice


def square(half: float) -> np.ndarray:
    """Return the corners, (4, 2), of a square round the origin, from −half to half."""
    return half * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])


def net(
    rng: np.random.Generator, sizes: Sequence[int], initial: Callable, *, bias: float = 1.0
) -> list[np.ndarray]:
    """Return first weights drawn by a rule of `initialisation`, with normal biases of standard deviation `bias`."""
    return [np.vstack([initial(rng, shape), rng.normal(0, bias, (1, shape[1]))]) for shape in pairwise(sizes)]


def as_list(parameters: dict[str, np.ndarray], member: int) -> list[np.ndarray]:
    """Return one member's weights, out of `training.Trained.parameters`, as a list of matrices with biases."""
    depth = sum(name.startswith("weights") for name in parameters)
    return [
        np.vstack([parameters[f"weights {i}"][member], parameters[f"biases {i}"][member]]).astype(float)
        for i in range(1, depth + 1)
    ]


def along(weights: Sequence[np.ndarray], start: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    """Return the net on the line through two inputs, as one with a single input: 0 at the start, 1 at the end.

    weights: as a list of matrices. start, end: (inputs,) each.
    """
    first = np.stack([(end - start) @ weights[0][:-1], start @ weights[0][:-1] + weights[0][-1]])
    return [first, *weights[1:]]


def pairs(sizes: Sequence[int], seeds: Iterable[int], turned: Callable) -> dict[str, np.ndarray]:
    """Return weights for `training.train` to start from, whose rectifiers stand in pairs: name -> (seeds, …).

    turned: a rule of `initialisation` for the matrices within. sizes: inputs, hidden layers all of one even number,
    outputs. Biases are not among them. Raises ValueError for other sizes.
    """
    *_, hidden, classes = sizes
    if len(sizes) < 3 or any(units != hidden for units in sizes[1:-1]) or hidden % 2:
        raise ValueError(f"sizes is {tuple(sizes)}; expected hidden layers of one size, which is even")
    found = {f"weights {i}": [] for i in range(1, len(sizes))}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        entry = turned(rng, (sizes[0], hidden // 2))
        between = [mirrored(turned(rng, (hidden // 2, hidden // 2))) for _ in sizes[2:-1]]
        answer = turned(rng, (hidden // 2, classes))
        layers = [np.hstack([entry, -entry]), *between, np.vstack([answer, -answer])]
        for name, layer in zip(found, layers, strict=True):
            found[name].append(layer)
    return {name: np.stack(each) for name, each in found.items()}


def cosines(layers: Iterable[np.ndarray]) -> np.ndarray:
    """Return the cosine between the first two examples in each layer, (..., examples, units) -> (..., layers)."""
    found = []
    for values in layers:
        one, other = values[..., 0, :], values[..., 1, :]
        lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
        found.append((one * other).sum(axis=-1) / lengths)
    return np.stack(found, axis=-1)
