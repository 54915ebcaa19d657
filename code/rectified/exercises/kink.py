"""The checks of chapter 9."""

import numpy as np

from rectified.exercises import Verdict, not_yet, number, numbers, right, shown
from rectified.kink import bends, parts_of_space


def larger(into: object, out: object) -> Verdict:
    """Check three rectifiers that give the larger of two numbers."""
    first, last = numbers(into, (2, 3)), numbers(out, (3,))
    if first is None:
        return not_yet(
            f"into is {shown(into)}; expected a table of two rows and three columns of finite numbers"
        )
    if last is None:
        return not_yet(f"out is {shown(out)}; expected three finite numbers")
    pairs = np.array([[x, y] for x in (-2.0, -1, 0, 1, 3) for y in (-3.0, -1, 0, 2, 3)])
    with np.errstate(over="ignore", invalid="ignore"):
        said = np.maximum(0, pairs @ first) @ last
        off = np.abs(said - pairs.max(axis=1))
    if not off.max() < 1e-9:
        x, y = pairs[np.nan_to_num(off, nan=np.inf).argmax()]
        k = np.nan_to_num(off, nan=np.inf).argmax()
        return not_yet(f"of {x:g} and {y:g} it gives {said[k]:g}, not {max(x, y):g}")
    return right(f"{len(pairs)} pairs, every sign and order among them")


def three(turns: object) -> Verdict:
    """Check weights by which three rectifiers fold the line from 0 to 1 in three, and four such layers in 81."""
    weights = numbers(turns, (3,))
    if weights is None:
        return not_yet(f"turns is {shown(turns)}; expected three finite numbers")
    hinges = np.array([0, 1 / 3, 2 / 3])
    with np.errstate(over="ignore", invalid="ignore"):
        said = np.maximum(0, np.arange(4)[:, None] / 3 - hinges) @ weights
    for third, (value, wanted) in enumerate(zip(said, (0, 1, 0, 1), strict=True)):
        if not abs(value - wanted) < 1e-9:
            return not_yet(
                f"at {third}/3 it stands at {round(float(value), 6):.3g}, and should stand at {wanted}"
            )
    first = np.stack([np.ones(3), -hinges])
    again = np.vstack([np.outer(weights, np.ones(3)), -hinges])
    # From just inside, because at a hinge on the edge rounding would decide what counts.
    pieces = 1 + len(bends([first, again, again, again, np.append(weights, 0)[:, None]], 1e-6, 1 - 1e-6))
    return right(f"four layers of three make {pieces} pieces; one layer would need {pieces - 1} units")


def keep(power: object) -> Verdict:
    """Check which fan-in times variance keeps size through leaky rectifiers of slope ½."""
    value = number(power)
    if value is None or value <= 0:
        return not_yet(f"power is {shown(power)}; expected a number above 0, up to 1,000")
    if abs(value - 5 / 8) < 1e-6:
        return not_yet("that is the share of a square that comes through; which power makes up for it?")
    factor = float(np.sqrt(value * 5 / 8))
    if abs(factor - 1) > 1e-6:
        return not_yet(
            f"a layer then multiplies the spread by {factor:.3f}, fifty layers by {factor**50:.2g}. "
            "Which share of a square comes through, from either side?"
        )
    return right("a layer multiplies the spread by 1; with He's 2 fifty layers would multiply it by 265")


def space(parts: object) -> Verdict:
    """Check into how many parts five planes cut space."""
    value = number(parts)
    if value is None or value != int(value):
        return not_yet(f"parts is {shown(parts)}; expected a whole number")
    wanted = parts_of_space(5, 3)
    if value != wanted:
        hint = (
            "that is the number for lines in the plane"
            if value == 16
            else "each plane doubles the parts only while there are three or fewer; then add up the terms of the sum"
        )
        return not_yet(f"not {int(value)}: {hint}")
    return right("1 + 5 + 10 + 10")
