"""What checks the answers to the exercises, offline, and says what is still wrong: one module a chapter.

A check never raises: whatever it is given, it returns a `Verdict`. A starter cell is told "not yet".
"""

import reprlib
from dataclasses import dataclass
from math import inf, isfinite
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a check has to say of an answer: whether it holds, and what is right or still wrong about it."""

    passed: bool
    says: str

    def __repr__(self) -> str:
        return f"{'Right' if self.passed else 'Not yet'}: {self.says}"


def right(says: str) -> Verdict:
    """Return the verdict that an answer holds."""
    return Verdict(True, says)


def not_yet(says: str) -> Verdict:
    """Return the verdict that an answer does not hold yet, and why."""
    return Verdict(False, says)


def shown(given: object) -> str:
    """Return what was given, short enough for a sentence."""
    if isinstance(given, int) and abs(given) > 10**20:
        return "a whole number of more than twenty digits"
    return " ".join(reprlib.repr(given).split())


def number(given: object, most: float = 1000) -> float | None:
    """Return a finite real number no larger than `most` in size as a float, None for anything else."""
    if not isinstance(given, Real) or isinstance(given, bool) or not abs(given) <= most:
        return None
    return float(given) if isfinite(given) else None


def numbers(given: object, shape: tuple[int, ...], most: float = inf) -> np.ndarray | None:
    """Return finite real numbers of this shape, below `most` in size, as an array of floats, None for anything else."""
    try:
        if np.iscomplexobj(given):
            return None
        array = np.asarray(given, dtype=float)
    except (OverflowError, RuntimeError, TypeError, ValueError):  # RuntimeError: a tensor with a gradient
        return None
    return (
        array if array.shape == shape and (np.abs(array) < most).all() else None
    )  # nan and inf are not below
