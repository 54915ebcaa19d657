"""1969: what one layer over small features cannot see (Minsky and Papert). Home: chapter 3.

A retina has some points, a figure is a row of 0 and 1, and a predicate is 0 or 1 for each figure. A mask is a tuple
of points: it is 1 on the figures that light all of them. The measuring instrument is a linear program of later
years; what it answers is checked in whole numbers before it is believed.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, combinations
from math import gcd, lcm
from numbers import Integral

import numpy as np

from rectified.threshold import corners

YEAR = 1969
LARGEST = 2**44  # of the whole numbers that are tried first
WIDE = 2**62  # from here on sums and numbers are Python's own: an int64 would wrap around
SMALL = 2**17  # entries of a table for which the lightest weights are quickly found
SAMPLE = 64  # figures that are turned and mirrored, to see whether the rule minds


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def masks(points, most):
    """Return every mask of at most so many points, small ones first; the first, of no point, is the constant.

    Home: chapter 3.
    """
    return [mask for size in range(most + 1) for mask in combinations(range(points), size)]


def sees(masks, figures):
    """Return which masks are 1 on which figures, as (figures, masks): those whose points are all lit.

    Home: chapter 3.
    """
    return np.stack([figures[:, mask].prod(axis=1) for mask in masks], axis=1)


def order(predicate, figures):
    """Return the smallest k for which masks of at most k points decide a predicate, and both halves of the proof.

    `predicate` is 0 or 1 for each of the `figures`, (figures, points). The proof: whole weights for
    `masks(points, k)`, and how often to count each figure so that no smaller mask tells yes from no; None if the
    order is 0 (Minsky and Papert 1969). Raises ValueError if a figure comes twice, with two answers.

    Home: chapter 3.
    """
    points, multiples = figures.shape[1], None
    for most in range(points + 1):
        weights, against = decide(sees(masks(points, most), figures), predicate)
        if weights is not None:
            return most, weights, multiples
        multiples = against
    both = figures[multiples > 0][0].tolist()  # what no mask tells apart is one figure
    raise ValueError(f"predicate says yes and no to {both}; expected one answer a figure")


def order_by_count(answers):
    """Return the order of a predicate that asks only how many points are lit, from its answers for 0, 1, 2, ….

    Averaged over all ways to exchange the points, a sum of masks becomes a polynomial in their number, of a degree
    that is the size of the largest mask; it needs a zero between two different answers (Minsky and Papert 1969,
    group invariance).

    Home: chapter 3.
    """
    answers = np.asarray(answers)
    if answers.ndim != 1 or not len(answers):
        raise ValueError(f"answers has shape {answers.shape}; expected one for each count")
    return int((answers[1:] != answers[:-1]).sum())


def rectify(x):
    """Return x where it is above 0, and 0 elsewhere.

    Home: chapter 3.
    """
    return np.maximum(x, 0)


# --- The measuring instrument ------------------------------------------------------------------------------


def decide(features: np.ndarray, predicate: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return whole weights that decide the predicate, or whole multiples that forbid any; the other one is None.

    features: (figures, features) of whole numbers. predicate: (figures,) of 0 and 1. The weights make a sum above 0
    on every yes and on no other figure. The multiples, one for each figure, none negative and some yes among them,
    count every feature as often on yes as on no: the sums over both, so counted, are equal under any weights, so
    they cannot be above 0 on all of yes and nowhere else. One of the two always exists (Farkas).

    A linear program looks for them. What it finds is made whole and checked without rounding, so the answer does
    not rest on the solver. Raises ArithmeticError if nothing passes the check.
    """
    features, yes = _table(features, predicate)
    if features.dtype == object:
        raise ValueError(
            f"features holds {max(map(abs, features.flat))}; expected whole numbers below 2**62, to decide by"
        )
    if not yes.any():
        return np.zeros(features.shape[1], dtype=np.int64), None
    lift, high, multiples = _lift(features, yes)
    if lift > 1e-7:
        for weights in _whole_weights(features, yes, high / lift):
            if decides(features, yes, weights):
                return weights, None
    elif multiples.any():
        for whole in chain(_made_whole(multiples / multiples.max()), _eliminated(features, yes, multiples)):
            if balances(features, yes, whole):
                return None, whole
    raise ArithmeticError(
        f"neither whole weights nor a proof against them, for {len(yes)} figures and {features.shape[1]} features"
    )


def decides(features: np.ndarray, predicate: np.ndarray, weights: np.ndarray) -> bool:
    """Return whether whole weights make a sum above 0 on every yes and on no other figure."""
    features, yes = _table(features, predicate)
    weights = _whole(weights, "weights")
    if weights.shape != features.shape[1:]:
        raise ValueError(
            f"weights has shape {weights.shape}; expected {features.shape[1:]}, one for each feature"
        )
    return bool(((_product(features, weights) > 0) == yes).all())


def balances(features: np.ndarray, predicate: np.ndarray, multiples: np.ndarray) -> bool:
    """Return whether multiples of the figures prove, in whole numbers, that no weights decide the predicate."""
    features, yes = _table(features, predicate)
    multiples = _whole(multiples, "multiples")
    if multiples.shape != yes.shape:
        raise ValueError(f"multiples has shape {multiples.shape}; expected {yes.shape}, one for each figure")
    if (multiples < 0).any() or not multiples[yes].any():
        return False
    used = np.flatnonzero(multiples)
    signed = np.where(yes[used, None], features[used], -features[used])
    return not _product(multiples[used], signed).any()


def _table(features: object, predicate: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the features as whole numbers, and which figures are answered yes."""
    features, answers = _whole(features, "features"), np.asarray(predicate)
    if features.ndim != 2 or answers.shape != (len(features),):
        raise ValueError(
            f"predicate has shape {answers.shape} and features {features.shape}; "
            "expected (figures,) and (figures, features)"
        )
    return features, _yes(answers)


def _yes(answers: np.ndarray) -> np.ndarray:
    """Return the answers 0 and 1 as False and True."""
    for figure, answer in enumerate(answers.tolist()):
        if answer not in (0, 1):
            raise ValueError(f"predicate holds {answer!r} for figure {figure}; expected 0 or 1 for each")
    return answers.astype(bool)


def _whole(given: object, name: str) -> np.ndarray:
    """Return whole numbers as int64, or as Python's integers where one of them is 2**62 or more in size."""
    array = np.asarray(given)
    if array.dtype.kind == "f" and not isinstance(given, np.ndarray):
        array = np.array(given, dtype=object)  # of [2**63, 1] NumPy would make two rounded numbers
    if array.dtype == object:
        fits = all(
            isinstance(each, Integral) or (isinstance(each, float) and each.is_integer())
            for each in array.flat
        )
    else:
        fits = array.dtype.kind in "biuf" and np.isfinite(array).all() and (array == np.rint(array)).all()
    if not fits:
        raise ValueError(f"{name} holds {array.ravel()[:3].tolist()} …; expected whole numbers")
    if np.abs(array.astype(float)).max(initial=0) < WIDE:
        return array.astype(np.int64)
    return np.array([int(each) for each in array.flat], dtype=object).reshape(array.shape)


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return left @ right of whole numbers without rounding, whatever their size."""
    largest = [float(np.abs(each).max(initial=0)) for each in (left, right)]
    if largest[0] * largest[1] * len(right) >= WIDE:
        left, right = left.astype(object), right.astype(object)
    return left @ right


def _made_whole(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the values as whole numbers without a common divisor: as fractions that come nearer and nearer."""
    for most in (1, 2, 3, 4, 6, 10, 100, 1000, 10**4, 10**5, 10**6):
        shares = [Fraction(value).limit_denominator(most) for value in values.tolist()]
        scale = lcm(*(share.denominator for share in shares))
        whole = [int(share * scale) for share in shares]
        divisor = gcd(*whole)
        if divisor and max(map(abs, whole)) // divisor < LARGEST:
            yield np.array([each // divisor for each in whole], dtype=np.int64)


def _eliminated(features: np.ndarray, yes: np.ndarray, multiples: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the multiples of the same figures that balance every feature, if they are the only ones, exactly."""
    used = np.flatnonzero(multiples > 1e-9)
    rows = np.where(yes[used, None], features[used], -features[used]).T.astype(object)
    solved, before = [], 1
    for column in range(len(used)):
        at = next((i for i in range(len(solved), len(rows)) if rows[i, column]), None)
        if at is None:
            continue
        rows[[len(solved), at]] = rows[[at, len(solved)]]
        pivot = rows[len(solved)].copy()
        rows = (
            rows * pivot[column] - np.outer(rows[:, column], pivot)
        ) // before  # divides without a remainder
        rows[len(solved)], before = pivot, pivot[column]
        solved.append(column)
    free = [column for column in range(len(used)) if column not in solved]
    if len(free) == 1:
        shares = [before] * len(used)
        for i, column in enumerate(solved):
            shares[column] = -rows[i, free[0]]
        every, divisor = np.zeros(len(yes), dtype=object), gcd(*shares) * (1 if before > 0 else -1)
        every[used] = [each // divisor for each in shares]
        yield every.astype(np.int64) if max(map(abs, shares)) // abs(divisor) < LARGEST else every


def _whole_weights(features: np.ndarray, yes: np.ndarray, high: np.ndarray) -> Iterator[np.ndarray]:
    """Yield weights that may decide: small ones where that is quick, then some that rounding cannot spoil."""
    if features.size <= SMALL:
        yield from _made_whole(_lightest(features, yes, 0))
    constant = np.flatnonzero((features == 1).all(axis=0))
    if constant.size:
        high = high.copy()
        high[constant[0]] -= 0.5  # yes is now at least 1/2, no at most −1/2
    else:
        high = _lightest(features, yes, 1)
    yield _whole(np.rint((1 + 2 * np.abs(features).sum(axis=1, dtype=float).max()) * high), "weights")


def _lift(features: np.ndarray, yes: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return how far weights from −1 to 1 lift the lowest yes above 0, no at most 0; the weights; and the duals."""
    many = features.shape[1]
    found = _solve(
        np.r_[np.zeros(many), -1.0],
        np.column_stack([np.where(yes[:, None], -features, features), yes]),
        np.zeros(len(yes)),
        [(-1, 1)] * many + [(None, 1)],
    )
    return found.x[-1], found.x[:-1], np.maximum(0, -found.ineqlin.marginals)


def _lightest(features: np.ndarray, yes: np.ndarray, below: int) -> np.ndarray:
    """Return the weights of the smallest absolute sum that give yes at least 1 and no at most −`below`.

    A no-figure without any feature has the sum 0 under all weights, and that is enough.
    """
    rows = np.where(yes[:, None], -features, features)
    limits = np.where(yes, -1.0, np.where(features.any(axis=1), -1.0 * below, 0))
    found = _solve(np.ones(2 * features.shape[1]), np.hstack([rows, -rows]), limits, (0, None))
    return np.subtract(*np.split(found.x, 2))


def _solve(cost: np.ndarray, rows: np.ndarray, limits: np.ndarray, bounds: object):
    from scipy.optimize import linprog

    found = linprog(cost, A_ub=rows, b_ub=limits, bounds=bounds, method="highs-ds")
    if found.status != 0:
        raise ArithmeticError(f"the solver gave no answer: {found.message}")
    return found


# --- Predicates, and the short cut by symmetry -------------------------------------------------------------


def connected(figure: np.ndarray) -> bool:
    """Return whether one can walk from every lit point of a (rows, columns) figure to every other over lit ones.

    A step goes to the side, up or down. A figure without a lit point counts as connected.
    """
    lit = {tuple(point) for point in np.argwhere(figure).tolist()}
    edge = sorted(lit)[:1]
    reached = set(edge)
    while edge:
        i, j = edge.pop()
        fresh = lit.intersection({(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)}) - reached
        reached |= fresh
        edge += fresh
    return reached == lit


def on_grid(rule: Callable[[np.ndarray], object], rows: int, columns: int) -> np.ndarray:
    """Return the predicate that a rule for (rows, columns) figures gives, in counting order."""
    figures = corners(rows * columns).reshape(-1, rows, columns)
    return np.array([bool(rule(figure)) for figure in figures], dtype=int)


def folded(
    rule: Callable[[np.ndarray], object], rows: int, columns: int, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, predicate and figures of a grid with its mirror images and rotations taken as one.

    If turning or mirroring a figure never changes the answer, masks that turn into one another can have equal
    weights (the group invariance theorem). So one figure of each kind is enough, and the features count how many
    of the masks of each kind, of at most `most` points, it holds. Raises ValueError if turning or mirroring one of
    a sample of the figures does change the answer.
    """
    points = rows * columns
    place = np.arange(points).reshape(rows, columns)
    seen = [np.rot90(side, turn) for side in (place, place[:, ::-1]) for turn in range(4)]
    moves = sorted({tuple(each.ravel().tolist()) for each in seen if each.shape == place.shape})
    figures, binary = corners(points), 2 ** np.arange(points)
    least = np.min([figures[:, move] @ binary for move in moves], axis=0)
    figures = figures[figures @ binary == least]
    kinds = {
        frozenset(tuple(sorted(move[point] for point in mask)) for move in moves)
        for mask in masks(points, most)
    }
    kinds = sorted((sorted(kind) for kind in kinds), key=lambda kind: (len(kind[0]), kind))
    features = np.stack([sees(kind, figures).sum(axis=1) for kind in kinds], axis=1)
    answers = [bool(rule(figure.reshape(rows, columns))) for figure in figures]
    for k in np.random.default_rng(0).permutation(len(figures))[:SAMPLE]:
        for move in moves:
            moved = figures[k][list(move)].reshape(rows, columns)
            if bool(rule(moved)) != answers[k]:
                said = [("no", "yes")[answer] for answer in (answers[k], not answers[k])]
                raise ValueError(
                    f"rule says {said[0]} to {figures[k].reshape(rows, columns).tolist()} and {said[1]} to "
                    f"{moved.tolist()}, which is that figure turned or mirrored; expected one answer"
                )
    return features, np.array(answers, dtype=int), figures
