"""The checks of chapter 2."""

import numpy as np

from rectified.exercises import Verdict, not_yet, right
from rectified.perceptron import associate, bars, margin, scatter, teach, wrong
from rectified.threshold import corners

WIRINGS = 5  # plugboards on which the prediction is run
SLOW = 100  # mistakes that count as slow
PASSES = 200
XOR = np.array([-1, 1, 1, -1])  # of the corners in counting order: 00, 01, 10, 11


def between(per_cent: object) -> Verdict:
    """Check a prediction: bars at even places are taught; how many per cent of those in between come out wrong?"""
    if isinstance(per_cent, bool) or not isinstance(per_cent, int | float | np.number):
        return not_yet(f"per_cent is {per_cent!r}; expected a number from 0 to 100")
    if not 0 <= per_cent <= 100:
        return not_yet(f"per_cent is {per_cent}; expected a number from 0 to 100")
    pictures, wanted = bars()
    even = np.tile(np.arange(len(wanted) // 2) % 2 == 0, 2)
    shares = []
    for seed in range(WIRINGS):
        active = associate(scatter(512, 5, 5, np.random.default_rng(seed)), 1, pictures)
        weights, _ = teach(np.zeros(512), active[even], wanted[even])
        shares.append(100 * wrong(weights, active[~even], wanted[~even]).mean())
    true = float(np.median(shares))
    if abs(per_cent - true) > 10:
        return not_yet(
            f"{per_cent:.0f} is not near. Which of the taught bars does a row next to one of them share points "
            "with, and what were those called?"
        )
    return right(
        f"you said {per_cent:.0f}; it is {true:.0f} % in the median of {WIRINGS} wirings, wrong with confidence"
    )


def slow(points: object, labels: object) -> Verdict:
    """Check a set of at most six points in the square from −1 to 1 that is separable and slow to learn."""
    try:
        points, labels = np.asarray(points, dtype=float), np.asarray(labels, dtype=float)
    except (TypeError, ValueError):
        return not_yet("points and labels must be lists of numbers: [[0.5, 1], …] and [1, -1, …]")
    if points.ndim != 2 or points.shape[1:] != (2,) or not 2 <= len(points) <= 6:
        return not_yet(f"points has shape {points.shape}; expected two to six rows of two numbers")
    if labels.shape != (len(points),) or not np.isin(labels, (-1, 1)).all():
        return not_yet(f"labels is {labels.tolist()}; expected +1 or -1 for each of {len(points)} points")
    if not (np.abs(points) <= 1).all():
        return not_yet("a point lies outside of the square from -1 to 1")
    inputs = np.column_stack([points, np.ones(len(points))])
    if margin(inputs, labels) == 0:
        return not_yet(
            "no line that the instrument can see separates these points; the machine would not end"
        )
    if len(set(labels)) == 1:
        return not_yet("all points have the same label; both classes are needed")
    _, history = teach(np.zeros(3), inputs, labels, passes=100_000)
    made = sum(history)
    if made < SLOW:
        return not_yet(
            f"the machine makes {made} mistake{'' if made == 1 else 's'}; {SLOW} are wanted. What makes (R/γ)² "
            "large? Close together is not enough: on which side of the middle does the line lie?"
        )
    return right(f"{made:,} mistakes before the machine is done, though a line was there from the start")


def hidden(plugboard: object, threshold: object) -> Verdict:
    """Check A-units, wired by hand, through which one response unit learns the exclusive or."""
    try:
        board, level = np.asarray(plugboard, dtype=float), np.asarray(threshold, dtype=float)
    except (TypeError, ValueError):
        return not_yet("plugboard and threshold must be numbers, such as [[1, 1], [1, -1]] and 1")
    if board.ndim != 2 or board.shape[0] != 2 or not 1 <= board.shape[1] <= 16:
        return not_yet(f"plugboard has shape {board.shape}; expected two rows, and a column for each A-unit")
    if not np.isfinite(board).all() or not np.isfinite(level).all():
        return not_yet("plugboard and threshold must be finite numbers")
    if level.shape not in ((), (1,), (board.shape[1],)):
        return not_yet(f"threshold has shape {level.shape}; expected one number, or one for each A-unit")
    active = associate(board, level, corners(2))
    weights, history = teach(np.zeros(board.shape[1]), active, XOR, passes=PASSES)
    if margin(active, XOR) == 0:
        answers = ", ".join(
            f"{a}{b} with {row.astype(int).tolist()}" for (a, b), row in zip(corners(2), active, strict=True)
        )
        return not_yet(
            f"no weights can do it: the A-units answer {answers}. Where no A-unit is active the sum is always 0; "
            "and corners with the same answers, or pairs with the same sums, cannot be told apart"
        )
    if history[-1]:
        missed = corners(2)[wrong(weights, active, XOR)]
        return not_yet(
            f"after {PASSES} passes {missed.tolist()} come out wrong, though some weights would do"
        )
    return right(f"learned with {sum(history)} mistakes: wired by hand below, taught above")


def pocket(weights: object, inputs: np.ndarray, wanted: np.ndarray) -> Verdict:
    """Check weights that are the best that the rule passes through on points that no line separates."""
    try:
        given = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        return not_yet(f"weights is {weights!r}; expected {inputs.shape[1]} numbers")
    if given.shape != (inputs.shape[1],):
        return not_yet(f"weights has shape {given.shape}; expected {(inputs.shape[1],)}")
    if not np.isfinite(given).all():
        return not_yet(f"weights is {given.tolist()}; expected finite numbers")
    many = int(wrong(given, inputs, wanted).sum())
    best, present = len(wanted), np.zeros(inputs.shape[1])
    for _ in range(PASSES):
        present, _ = teach(present, inputs, wanted, passes=1)
        best = min(best, int(wrong(present, inputs, wanted).sum()))
    if many > best:
        return not_yet(
            f"{many} wrong; after one of the first {PASSES} passes there were only {best}. Count with `wrong`, at "
            "the end of a pass; `correct` counts mistakes made on the way"
        )
    if many < best:
        return not_yet(
            f"{many} wrong: better than the machine ever was in {PASSES} passes, so not from its walk"
        )
    return right(f"{many} wrong, and the machine still walks on: you only kept its best moment")
