"""1958: one layer that learns, behind a layer wired at random (Rosenblatt). Home: chapter 2.

Pictures are rows of 0 and 1, a column a point of the retina; what is wanted of a response unit is +1 or −1. Until
Widrow and Hoff's rule divides, every number here is a whole one held exactly by a float, so results are exact.
"""

import numpy as np

YEAR = 1958
RETINA = 20  # points along an edge of the Mark I's square retina


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def scatter(units, excite, inhibit, rng, points=400):
    """Return a plugboard wired at random: +1 where a point excites an A-unit, −1 where it inhibits, else 0.

    Each of the `units` A-units is given `excite` and `inhibit` different points of the retina. The result is
    (points, units).

    Home: chapter 2.
    """
    plugboard = np.zeros((points, units))
    for unit in range(units):
        origins = rng.choice(points, excite + inhibit, replace=False)
        plugboard[origins[:excite], unit] = 1
        plugboard[origins[excite:], unit] = -1
    return plugboard


def associate(plugboard, threshold, pictures):
    """Return which A-units a picture makes active, as (..., units) of 0 and 1 (Rosenblatt 1958).

    `pictures` is (..., points). Inhibition is subtracted: there is no veto any more.

    Home: chapter 2.
    """
    return (pictures @ plugboard >= threshold).astype(float)


def reinforce(weights, inputs, wanted):
    """Return the weights after every input has pulled once towards what is wanted of it, right or wrong.

    The bookkeeping of the α-system of 1958 for one response unit: what is active gains, and keeps what it has.

    Home: chapter 2.
    """
    return weights + wanted @ inputs


def correct(weights, inputs, wanted):
    """Go through the inputs once, change the weights at each mistake, and return them with the number of mistakes.

    `inputs` is (examples, features), `wanted` (examples,) of +1 and −1. A sum of exactly zero is a mistake: the
    machine says nothing (Rosenblatt's error correction).

    Home: chapter 2.
    """
    mistakes = 0
    for x, y in zip(inputs, wanted, strict=True):
        if y * (x @ weights) <= 0:
            weights = weights + y * x
            mistakes += 1
    return weights, mistakes


def teach(weights, inputs, wanted, passes=100):
    """Correct pass after pass until one goes by without a mistake; return the weights and the mistakes a pass.

    If the last number is not 0, `passes` were not enough, or no number of them is.

    Home: chapter 2.
    """
    history = []
    for _ in range(passes):
        weights, mistakes = correct(weights, inputs, wanted)
        history.append(mistakes)
        if mistakes == 0:
            break
    return weights, history


def adapt(weights, inputs, wanted, rate):
    """Go through the inputs once, take away the share `rate` of each one's error, and return the weights.

    The error is measured before the threshold: what is wanted less the sum itself (Widrow and Hoff 1960).

    Home: chapter 2.
    """
    for x, y in zip(inputs, wanted, strict=True):
        error = y - x @ weights
        weights = weights + rate * error * x / (x @ x)
    return weights


# --- Tools: figures on the retina, and two measuring instruments -------------------------------------------


def figure(drawing: str) -> np.ndarray:
    """Return a figure drawn in words, a row each, `#` for a lit point: `figure("### #.. ###")`.

    Raises ValueError if the rows differ in length or hold anything but `#` and `.`.
    """
    rows = drawing.split()
    if not rows or {len(row) for row in rows} != {len(rows[0])} or set("".join(rows)) - set("#."):
        raise ValueError(f"the drawing is {drawing!r}; expected rows of # and . of one length")
    return np.array([[point == "#" for point in row] for row in rows], dtype=float)


E = figure("####### #...... #...... #####.. #...... #...... #######")
X = figure("#.....# .#...#. ..#.#.. ...#... ..#.#.. .#...#. #.....#")


def everywhere(shape: np.ndarray, size: int = RETINA) -> tuple[np.ndarray, np.ndarray]:
    """Return a figure at every place of the retina, (places, size²), and those places: (places, row and column).

    Raises ValueError if the figure is larger than the retina.
    """
    high, wide = shape.shape
    if max(high, wide) > size:
        raise ValueError(f"the figure is {high} by {wide}; the retina has {size} points a side")
    places = np.array([(i, j) for i in range(size - high + 1) for j in range(size - wide + 1)])
    pictures = np.zeros((len(places), size, size))
    for picture, (i, j) in zip(pictures, places, strict=True):
        picture[i : i + high, j : j + wide] = shape
    return pictures.reshape(len(places), -1), places


def cards(side: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return every card marked with a square in one half of the retina, and where: −1 left, +1 right."""
    pictures, places = everywhere(np.ones((side, side)))
    left, right = places[:, 1] + side <= RETINA // 2, places[:, 1] >= RETINA // 2
    return pictures[left | right], np.where(right, 1, -1)[left | right]


def bars(size: int = RETINA) -> tuple[np.ndarray, np.ndarray]:
    """Return every row (+1) and every column (−1) of the retina as a lit bar: 2 · size pictures."""
    rows = np.repeat(np.eye(size)[:, :, None], size, axis=2)
    pictures = np.concatenate([rows, rows.swapaxes(1, 2)])
    return pictures.reshape(2 * size, -1), np.repeat([1, -1], size)


def wrong(weights: np.ndarray, inputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return for each input whether the response to it is wrong, or missing."""
    return wanted * (inputs @ weights) <= 0


def margin(inputs: np.ndarray, wanted: np.ndarray) -> float:
    """Return the largest margin with which any weights of length 1 separate the inputs, or 0 if none do.

    A measuring instrument, not a machine of its time: the point nearest to zero among all mixtures of
    wanted · input, found as a least-squares problem with coefficients of at least 0. The margin is that of the
    weights found, so it is never too large.
    """
    from scipy.optimize import nnls

    if not np.any(inputs, axis=1).all():
        return 0.0  # an input of zeros is answered with 0 by any weights
    reach = np.linalg.norm(inputs, axis=1).max()
    signed = inputs * np.asarray(wanted)[:, None] / reach
    system = np.vstack([signed.T, np.ones(len(signed))])
    mixture, _ = nnls(system, np.r_[np.zeros(signed.shape[1]), 1.0], maxiter=100 * len(signed))
    nearest = mixture @ signed
    length = np.linalg.norm(nearest)
    if length < 1e-9 * mixture.sum():
        return 0.0
    return max(0.0, float(reach * (signed @ nearest).min() / length))
