"""1941–2011: max(0, x) in nerve nets, in an eye wired by hand, in silicon, in nets that learn. Home: chapter 8.

A net that feeds itself is a matrix, `weights[i, j]` from unit j to unit i. A layer of detectors is (planes, rows,
columns), its fields (detectors, planes, size, size). A Boltzmann machine is the one matrix of chapter 7.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.ndimage import label

from rectified import activations, eras
from rectified.backprop import accelerate, backward, forward
from rectified.belief import Dice, chance, together, turned

YEAR = 2010


# --- What ideas refuse -------------------------------------------------------------------------------------


def checked(check: Callable) -> Callable:
    """Return a decorator that lets `check` look at what an idea is given, so that the idea can stay bare."""

    def decorate(idea: Callable) -> Callable:
        @wraps(idea)
        def looked_at(*given, **settings):
            check(*given, **settings)
            return idea(*given, **settings)

        return looked_at

    return decorate


def _fields(planes, fields, threshold=0.0) -> None:
    size = np.shape(fields)[-1]
    if np.ndim(planes) != 3 or np.shape(fields)[1:] != (len(planes), size, size) or size % 2 == 0:
        raise ValueError(
            f"planes has shape {np.shape(planes)} and fields {np.shape(fields)}; expected (planes, rows, columns) "
            "and (detectors, planes, size, size) of an odd size"
        )


def _symmetric(weights, chosen) -> None:
    if np.ndim(weights) != 2 or not np.array_equal(weights, np.transpose(weights)):
        raise ValueError(
            f"weights, of shape {np.shape(weights)}, are not symmetric; expected a square that is its own transpose"
        )


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


@checked(_fields)
def respond(planes, fields, threshold=0.0):
    """Return what each detector answers at every place: its weighted sum, less the threshold, where that is positive.

    planes: (planes, rows, columns); beyond its edges a plane goes on as it ends. fields: (detectors, planes, size,
    size), of an odd size. Raises ValueError where they do not fit together.

    Home: chapter 8.
    """
    size = fields.shape[-1]
    around = np.pad(planes, [(0, 0), (size // 2,) * 2, (size // 2,) * 2], mode="edge")
    seen = np.lib.stride_tricks.sliding_window_view(around, (size, size), axis=(1, 2))
    total = np.einsum("pijab,dpab->dij", seen, fields)  # (detectors, rows, columns)
    return np.maximum(0, total - threshold)


def settle(weights, drive, start, steps=2000, rate=0.1):
    """Return where rectified units come to rest that listen to each other and to a steady drive.

    weights: (units, units), from column to row. drive, start: (..., units). It takes `steps` steps of time `rate` and
    does not ask whether they rest by then; where nothing holds them they grow without end.

    Home: chapter 8.
    """
    x = start
    for _ in range(steps):
        x = x + rate * (np.maximum(0, x @ weights.T + drive) - x)
    return x


@checked(_symmetric)
def permitted(weights, chosen):
    """Return whether the chosen units, and no others, may be active at a stable rest, given a suitable drive.

    weights: (units, units), symmetric. chosen: places of the units (Hahnloser and Seung 2001). Raises ValueError if the
    weights are not symmetric.

    Home: chapter 8.
    """
    among = np.ix_(chosen, chosen)
    return bool(np.linalg.eigvalsh(weights[among]).max(initial=-np.inf) < 1)


def copies(x, many=100):
    """Return the expected sum of many logistic units with one input, the first lowered by ½, each next by 1 more.

    x: any shape, well below `many` (Nair and Hinton 2010).

    Home: chapter 8.
    """
    offsets = np.arange(many) + 0.5
    return activations.logistic(np.asarray(x)[..., None] - offsets).sum(axis=-1)


def noisy(x, normal):
    """Return a rectified unit's answer when noise of variance σ(x) is added first (Nair and Hinton 2010).

    normal: standard normal numbers in the shape of x.

    Home: chapter 8.
    """
    return np.maximum(0, x + np.sqrt(activations.logistic(x)) * normal)


def rectified_contrast(w, seen, dice, labels=0):
    """Return the step of contrastive divergence of chapter 7, for hidden units that are noisy rectifiers.

    w: (seeds, visible + 1, hidden + 1); seen: (seeds, cases, visible); returned: the shape of w (Nair and Hinton 2010).

    Home: chapter 8.
    """
    into = seen @ w[..., :-1, :-1] + w[..., -1:, :-1]
    hidden = noisy(into, dice.normal(into.shape).astype(into.dtype))
    dreamt = chance(turned(w), hidden, labels)
    again = dreamt @ w[..., :-1, :-1] + w[..., -1:, :-1]
    again = noisy(again, dice.normal(again.shape).astype(again.dtype))
    return together(seen, hidden) - together(dreamt, again)


def sparing(z, cost):
    """Return the rectified sums, and charge each unit that is on: an L1 penalty (Glorot, Bordes and Bengio 2011).

    z is a tensor, (..., batch, units). The cost is that of one unit's activity of 1 on one example.

    Home: chapter 8.
    """
    a = activations.relu.torch(z)
    if a.requires_grad:
        on = a.detach().sign()  # a hook that held a itself would never be freed
        a.register_hook(lambda blame: blame + cost * on / on.shape[-2])
    return a


# --- Tools: who had it, and when ---------------------------------------------------------------------------


class Work(NamedTuple):
    """A work on the way to the rectified linear unit, or past it. bends: whether its units rectify."""

    key: str  # of the bibliography
    title: str  # year and names, and what it has instead where its units do not bend
    field: str  # of FIELDS_OF_WORK
    bends: bool
    cites: tuple[str, ...] = ()  # earlier works of this list, where we know that they are cited

    @property
    def year(self) -> int:
        """The year of the work."""
        return int(self.title[:4])


NERVES, EYES, TAUGHT = FIELDS_OF_WORK = (
    "models of nerve nets",
    "Fukushima's machines that see",
    "nets that learn by gradient",
)
LINEAGE = (
    Work("householder1941", "1941 Householder", NERVES, True),
    Work("pitts1942", "1942 Pitts", NERVES, True, ("householder1941",)),
    Work("mcculloch1943", "1943 McCulloch, Pitts: step", NERVES, False),
    Work("hartline1958", "1958 Hartline, Ratliff", NERVES, True),
    Work("fukushima1969", "1969 Fukushima", EYES, True),
    Work("malsburg1973", "1973 von der Malsburg", NERVES, True),
    Work("fukushima1975", "1975 cognitron", EYES, True, ("fukushima1969",)),
    Work("fukushima1980", "1980 neocognitron", EYES, True, ("fukushima1975",)),
    Work("rumelhart1986nature", "1986 Rumelhart et al.: σ", TAUGHT, False),
    Work("lecun1989", "1989 LeCun et al.: tanh", TAUGHT, False, ("fukushima1980",)),
    Work("salinas1996", "1996 Salinas, Abbott", NERVES, True),
    Work("hinton1997", "1997 Hinton, Ghahramani", TAUGHT, True),
    Work("hahnloser1998", "1998 Hahnloser", NERVES, True),
    Work("hahnloser2000", "2000 Hahnloser et al.", NERVES, True),
    Work("dugas2001", "2001 Dugas et al.: softplus", TAUGHT, False),
    Work("teh2001", "2001 Teh, Hinton: copies", TAUGHT, False),
    Work("hahnloser2003", "2003 Hahnloser et al.", NERVES, True, ("hahnloser1998", "hahnloser2000")),
    Work("hinton2006", "2006 Hinton et al.: σ", TAUGHT, False),
    Work("jarrett2009", "2009 Jarrett et al.: also |tanh|", TAUGHT, True),
    Work("nair2010", "2010 Nair, Hinton", TAUGHT, True, ("teh2001", "hahnloser2003", "jarrett2009")),
    Work("glorot2011", "2011 Glorot et al.", TAUGHT, True,
         ("salinas1996", "hahnloser1998", "dugas2001", "jarrett2009", "nair2010")),
    Work("krizhevsky2012", "2012 AlexNet", TAUGHT, True, ("jarrett2009", "nair2010")),
)  # fmt: skip


# --- Tools: drawings, and the fields of 1969 as we set them ------------------------------------------------

# (down, right) along a level, falling, upright and rising line
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))


def drawing(*strokes: tuple[int, int, int, int], side: int = 21) -> np.ndarray:
    """Return a drawing, (1, side, side) of 0 and 1: strokes one point wide from (row, column) to (row, column).

    Raises ValueError if a stroke leaves the drawing.
    """
    points = np.zeros((1, side, side))
    for stroke in strokes:
        if min(stroke) < 0 or max(stroke) >= side:
            raise ValueError(f"stroke is {stroke}; expected places from 0 to {side - 1}")
        top, left, bottom, right = stroke
        length = max(abs(bottom - top), abs(right - left))
        for step in range(length + 1):
            down, along = (
                (end - begin) * step // max(length, 1) for begin, end in ((top, bottom), (left, right))
            )
            points[0, top + down, left + along] = 1
    return points


DRAWINGS = {
    "bar": drawing((10, 4, 10, 16)),
    "slash": drawing((16, 4, 4, 16)),
    "L": drawing((4, 5, 16, 5), (16, 5, 16, 15)),
    "cross": drawing((10, 4, 10, 16), (4, 10, 16, 10)),
    "square": drawing((4, 4, 4, 16), (16, 4, 16, 16), (4, 4, 16, 4), (4, 16, 16, 16)),
    "X": drawing((4, 4, 16, 16), (4, 16, 16, 4)),
}


def spot(size: int) -> np.ndarray:
    """Return the field of a cell that wants light in its middle and dark around: (1, 1, size, size), of sum 0.

    Raises ValueError if `size` has no middle, or nothing around it.
    """
    if size < 3 or size % 2 == 0:
        raise ValueError(f"size is {size}; expected 3, 5, 7 …")
    field = np.full((1, 1, size, size), -1 / (size**2 - 1))
    field[..., size // 2, size // 2] = 1
    return field


def lines(reach: int = 2) -> np.ndarray:
    """Return the fields of cells that want dots along a line and none beside it: (4, 1, size, size)."""
    size = 2 * reach + 1
    fields = np.zeros((4, 1, size, size))
    for field, (down, right) in zip(fields[:, 0], DIRECTIONS, strict=True):
        beside = (1, 0) if down == 0 else (0, 1)
        for step in range(-reach, reach + 1):
            row, column = reach + step * down, reach + step * right
            field[row, column] += 1
            for side in (-1, 1):
                flank = row + side * beside[0], column + side * beside[1]
                if max(flank) < size and min(flank) >= 0:
                    field[flank] -= 0.5
    return fields


def ends(reach: int = 2) -> np.ndarray:
    """Return the fields of cells that want a line up to here and no further: (8, 4, size, size), two a direction."""
    size = 2 * reach + 1
    fields = np.zeros((8, 4, size, size))
    for plane, (down, right) in enumerate(DIRECTIONS):
        for way, field in ((1, fields[2 * plane, plane]), (-1, fields[2 * plane + 1, plane])):
            for step in range(-reach, reach + 1):
                weight = 1 / (reach + 1) if step <= 0 else -1
                field[reach + way * step * down, reach + way * step * right] = weight
    return fields


STAGES = {  # stage: the fields of its detectors, and how much must be exceeded
    "contrast": (spot(3), 0.02),
    "dots": (spot(5), 0.0),
    "lines": (lines(), 1.0),
    "ends": (ends(), 0.4),
}


def count(planes: np.ndarray) -> list[int]:
    """Return in how many separate places each plane answers, touching corners counted as one."""
    return [int(label(plane > 0, np.ones((3, 3)))[1]) for plane in planes]


# --- Tools: a ring -----------------------------------------------------------------------------------------


def ring(size: int = 12, *, itself: float = 0.6, near: float = 0.5, inhibit: float = 0.25) -> np.ndarray:
    """Return weights (size, size): each unit excites itself and its two neighbours, and all inhibit all.

    Raises ValueError if there are fewer than three units.
    """
    if size < 3:
        raise ValueError(f"size is {size}; expected 3 or more: each unit has two neighbours")
    places = np.arange(size)
    weights = np.full((size, size), -float(inhibit))
    weights[places, places] += itself
    weights[places, (places + 1) % size] += near
    weights[places, (places - 1) % size] += near
    return weights


def bump(at: int, size: int = 12) -> np.ndarray:
    """Return a drive of 1 at a unit of the ring, ½ at its neighbours, and 0 elsewhere."""
    away = np.abs((np.arange(size) - at + size // 2) % size - size // 2)
    return np.maximum(0, 1 - away / 2)


def subsets(size: int) -> Iterator[tuple[int, ...]]:
    """Yield every set of units but the empty one, the smallest first."""
    return (each for many in range(1, size + 1) for each in combinations(range(size), many))


# --- Tools: filters, pools, and an answer read off ---------------------------------------------------------


def patches(pictures: np.ndarray, size: int) -> np.ndarray:
    """Return what a window sees at every place: (pictures, rows, columns, size²).

    The windows of chapter 5, in a module that does without torch.
    """
    seen = np.lib.stride_tricks.sliding_window_view(pictures, (size, size), axis=(1, 2))
    return seen.reshape(*seen.shape[:3], -1)


def pool(answers: np.ndarray, across: int) -> np.ndarray:
    """Return the means over across × across areas of (pictures, rows, columns, filters), flat.

    Rows and columns that are left over are not seen. Raises ValueError if there are fewer than `across`.
    """
    down, along = (places // across for places in answers.shape[1:3])
    if not (down and along):
        raise ValueError(
            f"answers has {answers.shape[1]} rows and {answers.shape[2]} columns; expected {across} or more"
        )
    kept = answers[:, : across * down, : across * along]
    squares = kept.reshape(len(answers), across, down, across, along, -1)
    return squares.mean(axis=(2, 4)).reshape(len(answers), -1)


def read_out(train: tuple, test: tuple, *, centre: bool = True) -> float:
    """Return the share of wrong answers in a test of the best linear read-out, by ridge regression on the classes.

    train, test: (features, labels). centre: whether to give the features mean 0 and spread 1 first; without it there
    is no constant either. Raises ValueError if a feature is not finite.
    """
    if not all(np.isfinite(part[0]).all() for part in (train, test)):
        raise ValueError("a feature is not finite; expected numbers only")
    (x, y), (x_test, y_test) = train, test
    if centre:
        mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
        x, x_test = (x - mean) / spread, (x_test - mean) / spread
    squares = x.T @ x
    wanted = np.eye(y.max() + 1)[y] - np.bincount(y) / len(y)
    weights = np.linalg.solve(
        squares + 0.01 * squares.trace() / len(squares) * np.eye(len(squares)), x.T @ wanted
    )
    guess = x_test @ weights + (np.bincount(y) / len(y) if centre else 0)
    return float((guess.argmax(axis=1) != y_test).mean())


# --- Tools: layers that learn to clean what they see -------------------------------------------------------


def denoise(
    cases: np.ndarray,
    hidden: int,
    phi: Callable,
    dice: Dice,
    *,
    passes: int = 20,
    rate: float = 0.1,
    spoil: float = 0.5,
    momentum: float = 0.5,
    batch: int = 20,
) -> np.ndarray:
    """Return a layer, (seeds, inputs + 1, hidden), that learned to restore cases of which a share was set to 0.

    cases: (cases, inputs), or (seeds, cases, inputs). hidden: units of the layer; phi: their φ. rate, momentum: of the
    descent, over `passes` through the cases, `batch` at a time. spoil: the share that is set to 0. The way back is
    linear, the error squared (Vincent and others 2008, whose way back is tied to the way up and logistic).

    Raises ValueError if the cases are not one set, or one for each seed, or fewer than a batch, or `spoil` is no share.
    """
    eras.require("denoising autoencoders", 2008)
    if np.ndim(cases) not in (2, 3) or np.shape(cases)[:-2] not in ((), (len(dice.each),)):
        raise ValueError(
            f"cases has shape {np.shape(cases)}; expected (cases, inputs), or {len(dice.each)} seeds in front"
        )
    if not 1 <= batch <= cases.shape[-2]:
        raise ValueError(f"batch is {batch} and there are {cases.shape[-2]} cases; expected 1 to that many")
    if not 0 <= spoil < 1:
        raise ValueError(f"spoil is {spoil}; expected a share from 0 to less than 1")
    seeds, own = len(dice.each), np.arange(len(dice.each))[:, None]
    cases = np.broadcast_to(cases, (seeds, *cases.shape[-2:]))
    weights = [
        np.concatenate([dice.normal((seeds, a, b)) / np.sqrt(a), np.zeros((seeds, 1, b))], axis=1)
        for a, b in ((cases.shape[-1], hidden), (hidden, cases.shape[-1]))
    ]
    velocity, phis = [np.zeros_like(w) for w in weights], [phi, activations.identity]
    for _ in range(passes):
        orders = dice.orders(cases.shape[1])
        for begin in range(0, cases.shape[1] - batch + 1, batch):
            seen = cases[own, orders[:, begin : begin + batch]]
            sums, outputs = forward(weights, phis, seen * (dice.random(seen.shape) >= spoil))
            gradients = backward(weights, phis, sums, outputs, (outputs[-1] - seen) / batch)
            weights, velocity = accelerate(weights, velocity, gradients, rate, momentum)
    return weights[0]


def stacked(
    cases: np.ndarray, sizes: Sequence[int], phi: Callable, dice: Dice, **how
) -> dict[str, np.ndarray]:
    """Return layers learned one upon the other by `denoise`, named as `training.train` takes a start.

    cases: (cases, inputs). sizes: of the hidden layers. how: what else `denoise` takes. Returned: `weights 1`, (seeds,
    inputs, units), `biases 1`, (seeds, units), and so on.
    """
    start = {}
    for number, hidden in enumerate(sizes, start=1):
        layer = denoise(cases, hidden, phi, dice, **how)
        cases = forward([layer], [phi], cases)[1][-1]
        start |= {f"weights {number}": layer[:, :-1], f"biases {number}": layer[:, -1]}
    return start
