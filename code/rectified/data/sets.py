"""What every data set is, and the checks on what its maker was asked for."""

import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


class DataError(RuntimeError):
    """A data set's file could not be had, or is not what it should be."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A data set in two parts; `(x, y), (x_test, y_test) = dataset` takes it apart.

    x, x_test: inputs (n, features), float32, from 0 to 1 unless the set says otherwise; each picture is a
    row, and `x.reshape(-1, *shape)` gives pictures again.
    y, y_test: labels (n,), int64, where label i means `classes[i]`.
    source: its key in the bibliography, where it has one. licence: what may be done with it.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    source: str
    licence: str

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield self.x, self.y
        yield self.x_test, self.y_test

    def describe(self) -> str:
        """Return the data set's name, sizes and number of classes in a line."""
        size = "×".join(str(side) for side in self.shape) or "1"
        return (
            f"{self.name}: {len(self.y):,} examples to learn from, {len(self.y_test):,} to test on, "
            f"inputs of {size} in {len(self.classes)} classes"
        )

    def __repr__(self) -> str:
        return self.describe()


def count(name: str, value: int, low: int, high: int | None = None) -> int:
    """Return `value` as an int, or raise ValueError if it is no whole number from `low` to `high`."""
    limits = f"of at least {low}" if high is None else f"from {low} to {high}"
    try:
        whole = operator.index(value)
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool) or whole < low or (high is not None and whole > high):
        raise ValueError(f"{name} is {value!r}; expected a whole number {limits}")
    return whole


def number(name: str, value: float, low: float, high: float) -> float:
    """Return `value` as a float, or raise ValueError if it is no number from `low` to `high`."""
    try:
        real = float(value)
    except (TypeError, ValueError):
        real = math.nan
    if not low <= real <= high:
        raise ValueError(f"{name} is {value!r}; expected a number from {low} to {high}")
    return real
