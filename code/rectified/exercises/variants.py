"""The checks of chapter 11."""

import numpy as np

from rectified.activations import gelu, silu
from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.variants import born_dead, moments


def wide(width: object) -> Verdict:
    """Check the least width with which at most one net of fifty layers in a hundred is born dead, by the bound."""
    value = number(width)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"width is {shown(width)}; expected a whole number, 1 or more")
    most = born_dead(int(value), 50)[1]
    if most > 0.01:
        return not_yet(f"with {int(value)} units a layer up to {most:.1%} of the nets are born dead")
    if value > 1 and born_dead(int(value) - 1, 50)[1] <= 0.01:
        return not_yet(f"{int(value)} is wide enough, but so is {int(value) - 1}")
    return right(f"with {int(value)} units a layer at most {most:.2%}; each more halves it")


def _three(given: object) -> np.ndarray | None:
    try:
        if np.iscomplexobj(given):
            return None
        row = np.asarray(given, dtype=float)
    except (
        TypeError,
        ValueError,
        OverflowError,
        RuntimeError,
    ):  # a tensor with a gradient, a number too large
        return None
    return row if row.shape == (3,) and np.isfinite(row).all() and np.abs(row).max() < 1e6 else None


def valley(slopes: object, offsets: object) -> Verdict:
    """Check three pieces whose largest is max(0, |x| − 1)."""
    rise, shift = _three(slopes), _three(offsets)
    for name, given, row in (("slopes", slopes, rise), ("offsets", offsets, shift)):
        if row is None:
            return not_yet(
                f"{name} is {shown(given)}; expected three finite numbers, below a million in size"
            )
    x = np.linspace(-4, 4, 33)
    said = (x[:, None] * rise + shift).max(axis=1)
    off = np.abs(said - np.maximum(0, np.abs(x) - 1))
    if off.max() > 1e-9:
        k = off.argmax()
        return not_yet(f"at x = {x[k]:g} it stands at {said[k]:g}, not {max(0, abs(x[k]) - 1):g}")
    return right("level between −1 and 1, and rising on both sides: a unit that wakes for either sign")


def shifted(shift: object, scale: object) -> Verdict:
    """Check with which shift and scale a rectifier keeps mean 0 and variance 1."""
    c, s = number(shift), number(scale)
    for name, given, value in (("shift", shift, c), ("scale", scale, s)):
        if value is None:
            return not_yet(f"{name} is {shown(given)}; expected a number")
    mean, variance = moments(lambda z: s * (np.maximum(0, z) - c))
    if abs(mean) > 1e-4:
        return not_yet(f"the mean comes out as {mean:.4f}; c must be the mean of the rectified number")
    if abs(variance - 1) > 1e-4:
        return not_yet(f"the mean is 0, but the variance comes out as {variance:.4f}")
    return right(f"mean 0 and variance 1, with c = {c:.4f} and s = {s:.4f}")


def nearer(c: object) -> Verdict:
    """Check a constant with which x σ(cx) stays within 0.0145 of GELU."""
    value = number(c)
    if value is None or value < 0:
        return not_yet(f"c is {shown(c)}; expected a number, 0 or more")
    x = np.linspace(-10, 10, 20_001)
    error = np.abs(gelu(x) - silu(x, beta=value))
    if error.max() > 0.0145:
        at = abs(x[error.argmax()])
        return not_yet(f"with {value:g} it is off by {error.max():.4f}, {at:.2f} from 0")
    return right(f"with {value:g} it is off by {error.max():.4f} at most; with 1.702 by 0.0203")
