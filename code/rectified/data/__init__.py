"""Data sets: `data.load(name)` gives arrays, in a part to learn from and a part to test on.

    digits = data.load("digits")
    (x, y), (x_test, y_test) = digits

digits comes with scikit-learn, topics with Python; gates, moons, spirals, rings, mnist1d and shapes are made on
the spot; mnist, fashion, cifar10 and shakespeare are downloaded once (`data.cache()` says where to) or read
from the folder that `RECTIFIED_DATA` names. `data.shapes(size=32)` is the same as `data.load("shapes", size=32)`.
Data sets are exempt from the year guard: any page may use any of them.
"""

import inspect
from collections.abc import Callable
from typing import Any

from rectified.data.files import cache
from rectified.data.generated import gates, mnist1d, moons, rings, shapes, spirals
from rectified.data.real import cifar10, digits, fashion, mnist, shakespeare, topics
from rectified.data.sets import DataError, Dataset

# A new set is a function that returns a Dataset, and its name here.
SETS: dict[str, Callable[..., Dataset]] = {
    make.__name__: make
    for make in (
        *(digits, topics, gates, moons, spirals, rings, mnist1d, shapes),
        *(mnist, fashion, cifar10, shakespeare),
    )
}

__all__ = ["SETS", "DataError", "Dataset", "cache", "load", *SETS]


def load(name: str, **options: Any) -> Dataset:
    """Return the data set of that name, made with the options that `data.NAME` takes.

    Raises ValueError if there is no such set, or the set has no such option; DataError if a file of it
    cannot be had.
    """
    if not isinstance(name, str) or name not in SETS:
        raise ValueError(f"name is {name!r}; expected one of {', '.join(SETS)}")
    known = inspect.signature(SETS[name]).parameters
    for option in options:
        if option not in known:
            takes = f"options {', '.join(known)}" if known else "no options"
            raise ValueError(f"{option} is no option of {name}, which has {takes}")
    return SETS[name](**options)
