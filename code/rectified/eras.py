"""Years. A page declares the year its machines live in; anything younger needs `counterfactual()`.

A page says `eras.page(1943)` once, at its top; a section that moves on says `eras.section(1958)`. Parts of
the package that have a year (activations, initialisations, optimisers) call `require` when they are used.
Where no year was declared (a script, a test, a reader's own notebook) nothing is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager

FIRST, LAST = 1900, 2100  # years a page may declare: anything outside is a slip of the pen

_now: int | None = None
_lifted = 0


class Anachronism(RuntimeError):
    """Something younger than the page that uses it."""


def _valid(year: int) -> int:
    if isinstance(year, bool) or not isinstance(year, int) or not FIRST <= year <= LAST:
        raise ValueError(f"year is {year!r}; expected a whole number from {FIRST} to {LAST}")
    return year


def page(year: int) -> None:
    """Declare the year in which the machines of this page live.

    Raises ValueError if `year` is not a whole number from 1900 to 2100.
    """
    global _now
    _now = _valid(year)


def section(year: int) -> None:
    """Move this page on to a later year.

    Raises ValueError if no page has declared a year, or if `year` lies before the one now in force.
    """
    global _now
    if _now is None:
        raise ValueError(f"section({year}) comes before page(): declare the year of the page first")
    if _valid(year) < _now:
        raise ValueError(f"section({year}) would go back in time: the page already lives in {_now}")
    _now = year


def now() -> int | None:
    """Return the year in force, or None where nothing was declared."""
    return _now


def require(name: str, year: int) -> None:
    """Raise `Anachronism` if `name`, which dates from `year`, is younger than the page that uses it."""
    if _now is not None and year > _now and not _lifted:
        raise Anachronism(
            f"{name} dates from {year}, but this page lives in {_now}: "
            "use it under `with eras.counterfactual():`, or move the section on with `eras.section(…)`"
        )


@contextmanager
def counterfactual() -> Iterator[None]:
    """Lift the guard for the length of a `with` block: what if they had had it then?"""
    global _lifted
    _lifted += 1
    try:
        yield
    finally:
        _lifted -= 1


@contextmanager
def timeless() -> Iterator[None]:
    """Forget the declared year for the length of a `with` block, and restore it afterwards.

    For the package's own machinery (a data set that is generated, a picture, a test), which lives in no era.
    """
    global _now
    before, _now = _now, None
    try:
        yield
    finally:
        _now = before
