"""The checks of chapter 5."""

from collections.abc import Callable
from itertools import product
from numbers import Integral

import numpy as np

from rectified import convolution
from rectified.exercises import Verdict, not_yet, right

PLAN = ((5, 1, 2), (2, 2, 0), (5, 2, 0), (2, 2, 0))  # kernel, stride, padding of exercise 1, in order
SIDE = 28
NAMES = (
    "after the first kernel",
    "after the first pooling",
    "after the second kernel",
    "after the second pooling",
)
CORNER = np.array([[0, 0, 0], [0, 1, 1], [0, 1, 0]])
LARGEST = 20  # weight or bias
SLACK = 1e-9  # a sum above 0 by less is a rounding error


def sides(answer: object) -> Verdict:
    """Check a prediction of the sides of four maps, one after the other."""
    try:
        given = [each.item() if hasattr(each, "item") else each for each in answer]
    except (TypeError, ValueError, RuntimeError):
        return not_yet(f"sides is {answer!r}; expected four whole numbers, such as [28, 14, 10, 5]")
    whole = all(isinstance(each, Integral) and not isinstance(each, bool) for each in given)
    if len(given) != len(PLAN) or not whole or isinstance(answer, dict):
        return not_yet(f"sides is {answer!r}; expected four whole numbers, such as [28, 14, 10, 5]")
    side = SIDE
    for each, name, (kernel, stride, padding) in zip(given, NAMES, PLAN, strict=True):
        side = len(convolution.slide(np.zeros((side, side)), np.ones((kernel, kernel)), stride, padding))
        if each != side:
            hint = (
                "A pooling of two by two halves the side, and what is left over is dropped"
                if "pooling" in name
                else "At how many places does the kernel fit, and how far apart are they?"
            )
            return not_yet(f"{name} the side is not {each}. {hint}")
    return right(f"{' → '.join(map(str, [SIDE, *given]))}")


def others() -> dict[str, np.ndarray]:
    """Return, by name, the windows that the unit of exercise 2 is to leave alone."""
    found = {
        "all dark": np.zeros((3, 3)),
        "all lit": np.ones((3, 3)),
        "a line across": np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]]),
        "a line down": np.array([[0, 1, 0], [0, 1, 0], [0, 1, 0]]),
        "a crossing": np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]),
        "the end of a line to the right": np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0]]),
        "the end of a line down": np.array([[0, 0, 0], [0, 1, 0], [0, 1, 0]]),
    }
    for turns, name in enumerate(("right and up", "left and up", "left and down"), start=1):
        found[f"the corner with arms {name}"] = np.rot90(CORNER, turns)
    return found


def corner(kernel: object, bias: object) -> Verdict:
    """Check a kernel of 3×3 and a bias that, rectified, answer to one corner only."""
    try:
        weights, start = np.asarray(kernel, dtype=float), float(bias)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return not_yet(f"kernel is {kernel!r} and bias {bias!r}; expected 3 rows of 3 numbers, and a number")
    if weights.shape != (3, 3):
        return not_yet(f"kernel has shape {weights.shape}; expected (3, 3)")
    if not (np.abs(weights) <= LARGEST).all() or not abs(start) <= LARGEST:
        return not_yet(f"expected weights and a bias from -{LARGEST} to {LARGEST}")
    value = (weights * CORNER).sum() + start
    if value <= SLACK:
        return not_yet(f"the corner itself gives {value:g}, which the rectifier makes 0")
    for name, window in others().items():
        value = (weights * window).sum() + start
        if value > SLACK:
            return not_yet(f"{name} gives {value:g}; expected nothing above 0")
    return right("one window of eleven gets through, and the rectifier stops the rest")


def blamed(answer: object) -> Verdict:
    """Check a function that gives the blame of a kernel, from a picture and the blame of each place of the map."""
    if not callable(answer):
        return not_yet(f"blamed is {answer!r}; expected a function of a picture and the blame of the map")
    rng = np.random.default_rng(0)
    for side, size in ((4, 2), (3, 3), (6, 1), (9, 5)):
        picture, blame = rng.normal(size=(side, side)), rng.normal(size=(side - size + 1,) * 2)
        case = f"a picture of {side} by {side} and a map of {len(blame)} by {len(blame)}"
        try:
            found = answer(picture.copy(), blame.copy())
            found = np.asarray(found.detach() if hasattr(found, "detach") else found, dtype=float)
        except Exception as error:  # whatever the reader's function does, the check must not fail
            return not_yet(f"{case} end in {type(error).__name__}: {error}")
        if found.shape != (size, size):
            return not_yet(f"{case} give shape {found.shape}; the kernel has {(size, size)}")
        wanted = convolution.slide(picture, blame)
        if not np.allclose(found, wanted, rtol=1e-5, atol=1e-7):
            return not_yet(f"{case}: {_differs(found, wanted, picture, blame)}")
    return right("every place has its say, and going back through a sliding window is sliding again")


def _differs(found: np.ndarray, wanted: np.ndarray, picture: np.ndarray, blame: np.ndarray) -> str:
    """Say how the blame of a kernel is wrong."""
    size = len(wanted)
    if np.allclose(found, blame[0, 0] * picture[:size, :size]):
        return "that is the say of the first place alone; expected those of all places added up"
    if np.allclose(found * blame.size, wanted):
        return "that is the average over the places; expected the sum, for each place adds its own"
    if np.allclose(found, wanted[::-1, ::-1]):
        return "right, but turned round; nothing in the formula runs backwards"
    if np.allclose(found, wanted.T):
        return "right, but rows and columns have changed places"
    row, column = np.unravel_index(np.abs(found - wanted).argmax(), found.shape)
    return (
        f"the weight in row {row}, column {column} gets {found[row, column]:.3f}; expected "
        f"{wanted[row, column]:.3f}, the sum over all places of its blame times the point the weight sees there"
    )


def changed(parameters: object, connections: object) -> Verdict:
    """Check the counts of a LeNet-5 in which each map of C3 sees all six maps of S2."""
    for name, value in (("parameters", parameters), ("connections", connections)):
        if isinstance(value, bool) or not isinstance(value, Integral):
            return not_yet(f"{name} is {value!r}; expected a whole number")
    new = int((~convolution.C3_SEES).sum()) * 25  # weights
    for name, value, wanted in (
        ("parameters", parameters, 60_000 + new),
        ("connections", connections, 340_908 + new * 10 * 10),
    ):
        if value != wanted:
            side = "many" if value > wanted else "few"
            hint = (
                "How many kernels had C3, and how many has it now?"
                if name == "parameters"
                else "Each new weight is used once at every place of a map; how many places has a map of C3?"
            )
            return not_yet(f"{value:,} {name} are too {side}. {hint}")
    return right(
        f"{parameters:,} parameters and {connections:,} connections: {new} numbers buy {new * 100:,} of these"
    )


def pool(answer: object) -> Verdict:
    """Check a function that takes the largest of each square of 2×2."""
    if not isinstance(answer, Callable):
        return not_yet(f"pool is {answer!r}; expected a function of planes")
    rng = np.random.default_rng(0)
    for planes, side in product((1, 3), (2, 4, 10)):
        given = rng.normal(size=(planes, side, side))
        kept = given.copy()
        try:
            found = answer(given)
        except Exception as error:  # whatever the reader's function does, the check must not fail
            return not_yet(f"planes of shape {given.shape} end in {type(error).__name__}: {error}")
        half = side // 2
        if not np.array_equal(given, kept):
            return not_yet("the planes that were given are changed; expected new ones")
        try:
            values = np.asarray(found.detach() if hasattr(found, "detach") else found, dtype=float)
        except Exception:  # whatever the reader's array may raise, the check must not fail
            return not_yet(
                f"pool returns {type(found).__name__}; expected numbers of shape {(planes, half, half)}"
            )
        if values.shape != (planes, half, half):
            return not_yet(
                f"planes of shape {given.shape} give {values.shape}; expected {(planes, half, half)}"
            )
        squares = convolution.windows(given[:, None], 2, 2)
        wrong = np.argwhere(~np.isclose(values, squares.max(axis=-1), rtol=1e-6, atol=0))
        if len(wrong):
            plane, row, column = wrong[0]
            square = squares[plane, row, column].reshape(2, 2).round(2).tolist()
            return not_yet(
                f"of the square {square} in plane {plane} pool makes {values[plane, row, column]:.2f}; its largest "
                f"is {squares[plane, row, column].max():.2f}"
            )
    return right("the largest of each four, for six sizes of planes")
