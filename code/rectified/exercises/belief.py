"""The checks of chapter 7."""

from collections.abc import Callable

import numpy as np

from rectified import activations
from rectified.belief import Dice, bars, believes, chance, learn, log_likelihood, machine, together
from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.threshold import corners

NINE = 9  # times as often on as off
MOST = 600  # the largest size of a number that is tried: its exponential is a number still
SURE = 0.45  # the chance that each of the two favoured pictures must have
ROUNDS = 300  # steps over which a direction is averaged
NEAR, ONE_STEP = 0.6, 0.3  # the cosine asked for, and more than one step of the chain reaches


def _matrix(given: object, shape: tuple[int, int] | None = None) -> np.ndarray | None:
    """Return what was given as a matrix of finite numbers of that shape, or None."""
    if not isinstance(given, np.ndarray | list | tuple):
        return None
    try:
        if np.asarray(given).dtype.kind not in "biuf":
            return None
        w = np.array(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    if w.ndim != 2 or (shape is not None and w.shape != shape) or not (np.abs(w) < 1e6).all():
        return None
    return w


def odds(total: object, mean: object) -> Verdict:
    """Check a prediction: the sum of a unit that is on nine times as often as off, and its mean if off were −1."""
    sum_of, mean_of = number(total, MOST), number(mean, MOST)
    for name, given, value in (("total", total, sum_of), ("mean", mean, mean_of)):
        if value is None:
            return not_yet(f"{name} is {shown(given)}; expected a number of at most {MOST} in size")
    if abs(sum_of - np.log(NINE)) > 0.01:
        often = float(activations.logistic(np.float64(sum_of)))
        return not_yet(
            f"with a sum of {sum_of:.4g} it is on in {100 * often:.1f} % of tosses, {np.exp(sum_of):.3g} "
            "times as often as off. Which number has the exponential 9?"
        )
    if abs(mean_of - 0.8) > 0.005:
        return not_yet(
            f"the sum is right; a mean of {mean_of:.4g} is not. Of ten tosses nine give +1 and one gives −1"
        )
    return right("log 9 = 2.197; and tanh of half of that is 0.8")


def agree(w: object) -> Verdict:
    """Check a machine of three visible units and a hidden one that believes that all three agree."""
    w = _matrix(w, (4, 2))
    if w is None:
        return not_yet("w must be a matrix of 4 rows and 2 columns of numbers, none beyond a million")
    if w[-1, -1] != 0:
        return not_yet(f"the corner w[3, 1] is {w[-1, -1]:g}; both units there are always on, leave it at 0")
    every = corners(3).astype(float)
    chances = np.exp(log_likelihood(w, every))
    if chances[0] < SURE or chances[-1] < SURE:
        top = chances.argmax()
        picture = "".join(str(int(bit)) for bit in every[top])
        return not_yet(
            f"000 has the chance {chances[0]:.2f} and 111 has {chances[-1]:.2f}; each needs {SURE}. What it "
            f"believes in most is {picture}, with {chances[top]:.2f}"
        )
    return right(
        f"000 has the chance {chances[0]:.3f}, 111 has {chances[-1]:.3f}, and the six others share the rest"
    )


def same(first: object, second: object) -> Verdict:
    """Check a net with tanh in its hidden layer that says the same as one with logistic units there.

    first: (4, 3), the hidden layer, biases in the last row. second: (4, 2), the layer above it.
    """
    shapes = {"first": (first, (4, 3)), "second": (second, (4, 2))}
    given = {}
    for name, (value, shape) in shapes.items():
        given[name] = _matrix(value, shape)
        if given[name] is None:
            return not_yet(
                f"{name} must be a matrix of {shape[0]} rows and {shape[1]} columns of finite numbers"
            )
    old, above = two_layers()
    x = np.random.default_rng(1).normal(size=(200, 3))
    wanted = activations.logistic(x @ old[:-1] + old[-1]) @ above[:-1] + above[-1]
    hidden = np.tanh(x @ given["first"][:-1] + given["first"][-1])
    said = hidden @ given["second"][:-1] + given["second"][-1]
    off = float(np.abs(said - wanted).max())
    if off > 1e-6:
        near = np.abs((1 + hidden) / 2 - activations.logistic(x @ old[:-1] + old[-1])).max() < 1e-6
        where = (
            "The hidden layer is right: (1 + tanh)/2 is what the logistic units said. Now the layer above"
            if near
            else "Begin below: which sum must a tanh get, for (1 + tanh)/2 to be the logistic of z?"
        )
        return not_yet(f"the two nets differ by {off:.3g} at most. {where}")
    return right(f"on 200 inputs the two nets differ by {off:.0e} at most")


def two_layers() -> tuple[np.ndarray, np.ndarray]:
    """Return a hidden layer of three logistic units on three inputs, (4, 3), and two sums above it, (4, 2)."""
    rng = np.random.default_rng(7)
    return rng.normal(size=(4, 3)).round(1), rng.normal(size=(4, 2)).round(1)


def longer(step: object) -> Verdict:
    """Check a step of contrastive divergence whose chain is long enough to point the right way late in learning."""
    if not isinstance(step, Callable):
        return not_yet(
            f"what was given is {type(step).__name__}; expected a function (w, seen, rng, labels=0)"
        )
    seen, dice = bars(3), Dice(range(3))
    w = learn(machine(9, 6, dice, spread=0.1), seen, dice, passes=1500, rate=0.1, batch=len(seen), momentum=0)
    true = together(seen, chance(w, seen)) - believes(w)
    rng, total = Dice(range(3)), np.zeros_like(w)
    try:
        for _ in range(ROUNDS):
            one = np.asarray(step(w.copy(), seen.copy(), rng))
            if one.shape != w.shape or one.dtype.kind not in "biuf" or not (np.abs(one) < 1e9).all():
                return not_yet(f"your function must return finite numbers of the shape {w.shape}, none huge")
            total = total + one
    except Exception as wrong:  # whatever the reader's function does is told to the reader
        return not_yet(f"your function stops with {type(wrong).__name__}: {wrong}")
    length = np.sqrt((total**2).sum(axis=(1, 2)) * (true**2).sum(axis=(1, 2)))
    if not length.all():
        return not_yet("your function returns no direction: all numbers are 0")
    cosine = float(np.median((total * true).sum(axis=(1, 2)) / length))
    if cosine < NEAR:
        if cosine < -NEAR:
            return not_yet(
                f"the cosine of the angle to the true gradient is {cosine:.2f}: the direction is right and its sign "
                "is not. Pairs that were seen come first"
            )
        short = " One step of the chain gives no more than that." if cosine < ONE_STEP else ""
        return not_yet(
            f"the cosine of the angle to the true gradient is {cosine:.2f}; asked for is {NEAR}.{short} Let the chain "
            "toss both sides more often before its pairs are taken away"
        )
    return right(f"the cosine of the angle to the true gradient is {cosine:.2f}")
