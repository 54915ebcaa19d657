"""1980–1998: the same eye everywhere (Fukushima, LeCun). Home: chapter 5.

Pictures are arrays of greys. What slides one small window of weights over a whole picture comes first, in NumPy;
the two networks of LeCun, which are trained, are modules of torch.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rectified import activations, initialisation, training
from rectified.perceptron import figure

YEAR = 1989


# --- Ideas: these stand, word for word, on the page ---


def slide(picture, kernel, stride=1, padding=0):
    """Return the sum under the kernel at every place, row by row: a feature map.

    picture, kernel: square. stride: points from one place to the next. padding: rings of zeros put around the picture.
    The kernel is not turned round: mathematicians call this a cross-correlation.

    Home: chapter 5.
    """
    picture, size = np.pad(picture, padding), len(kernel)
    places = range(0, len(picture) - size + 1, stride)
    return np.array([[(picture[i : i + size, j : j + size] * kernel).sum() for j in places] for i in places])


def matrix(kernel, side, stride=1, padding=0):
    """Return the matrix that does to a picture, (side²,), what sliding does: a row a place, a column a point.

    Home: chapter 5.
    """
    points = np.eye(side**2).reshape(-1, side, side)
    return np.stack([slide(point, kernel, stride, padding).ravel() for point in points], axis=1)


def windows(planes, size, stride=1, padding=0):
    """Return what the kernel sees at every place: (…, planes, side, side) becomes (…, rows, columns, planes · size²).

    Home: chapter 5.
    """
    around = [(0, 0)] * (planes.ndim - 2) + [(padding, padding)] * 2
    seen = np.lib.stride_tricks.sliding_window_view(np.pad(planes, around), (size, size), axis=(-2, -1))
    seen = seen[..., ::stride, ::stride, :, :]  # (…, planes, rows, columns, size, size)
    seen = np.moveaxis(seen, -5, -3)  # (…, rows, columns, planes, size, size)
    return seen.reshape(*seen.shape[:-3], -1)


def share_blame(blame, seen, kernels, planes, stride=1, padding=0):
    """Return the blame of the kernels, added up over all places and pictures, and that of the planes below.

    blame: (batch, rows, columns, maps). seen: what `windows` gave. kernels: (planes · size², maps). planes: those
    that were seen, (batch, planes, side, side).

    Home: chapter 5.
    """
    size = round((len(kernels) / planes.shape[1]) ** 0.5)
    below = np.pad(np.zeros_like(planes), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    # (batch, rows, columns, planes, size, size): what each window is to blame for
    back = (blame @ kernels.T).reshape(*blame.shape[:3], planes.shape[1], size, size)
    for i, j in np.ndindex(blame.shape[1:3]):
        rows = slice(i * stride, i * stride + size)
        columns = slice(j * stride, j * stride + size)
        below[:, :, rows, columns] += back[:, i, j]  # where windows overlap, blames add up
    end = below.shape[-1] - padding
    return np.einsum("bijn,bijm->nm", seen, blame), below[:, :, padding:end, padding:end]


def s_cells(seen, excite, inhibit, r):
    """Return how strongly each plane's S-cell answers at each place (Fukushima 1980).

    seen: (…, inputs). excite: (inputs, planes). inhibit: (planes,). r: how choosy the cells are. The inhibition
    divides, and is as strong as what the cell sees is on the whole, whatever its shape.

    Home: chapter 5.
    """
    strength = np.sqrt((seen**2).mean(axis=-1, keepdims=True))
    total = (1 + seen @ excite) / (1 + 2 * r / (1 + r) * inhibit * strength) - 1
    return r * np.maximum(total, 0)


def c_cells(answers, size, stride, alpha=0.5):
    """Return what C-cells make of the S-cells near them: (planes, rows, columns) in and out (Fukushima 1980).

    A cell answers if any S-cell of its plane does within the square of `size`; what all planes do divides it.
    alpha: the sum at which it says one half; the paper's α, and its value.

    Home: chapter 5.
    """
    near = windows(answers[:, None], size, stride, size // 2).mean(axis=-1)
    total = np.maximum((1 + near) / (1 + near.mean(axis=0)) - 1, 0)
    return total / (alpha + total)


def reinforce(seen, excite, inhibit, r, rate, apart):
    """Strengthen the cell that answers most, then the next one elsewhere and of another plane, until none is left.

    All cells of a plane share their connections, so they all learn what the one has seen. apart: how many places
    around a cell that was chosen no other is. Returns the new connections.

    Home: chapter 5.
    """
    excite, inhibit = excite.copy(), inhibit.copy()
    answers = s_cells(seen, excite, inhibit, r)  # (rows, columns, planes)
    while answers.max() > 0:
        row, column, plane = np.unravel_index(answers.argmax(), answers.shape)
        chosen = seen[row, column]
        excite[:, plane] += rate * chosen / len(chosen)
        inhibit[plane] += rate / 2 * np.sqrt((chosen**2).mean())
        answers[:, :, plane] = 0
        left, top = max(0, column - apart), max(0, row - apart)
        answers[top : row + apart + 1, left : column + apart + 1] = 0
    return excite, inhibit


# --- Tools: letters and digits at any place, and the machine of 1980 ---

STAGES = ((3, 12, 3, 2), (3, 24, 2, 1), (4, 8, 3, 0))  # window, S-planes, selectivity r, places apart
IDEAS = (windows, s_cells, c_cells, reinforce)


def organise(pictures, reach, seed, *, shown=10, rate=100.0, by=IDEAS):
    """Let three stages of S- and C-cells organise themselves on pictures (side, side), and return them.

    reach: the square over which C-cells pool, 1 for none; those of the first two stages keep every other place.
    shown: how often a stage is shown all pictures. by: the four functions to use. Each stage is a dict.
    """
    pictures, stages = list(pictures), []
    rng = np.random.default_rng(seed)
    see, _, _, learn = by
    planes = 1
    for size, cells, r, apart in STAGES:
        inputs = planes * size**2
        excite, inhibit = rng.uniform(0, 0.01, (inputs, cells)), np.zeros(cells)
        below = [watch(stages, picture, by=by)[-1] if stages else picture[None] for picture in pictures]
        for _ in range(shown):
            for each in below:
                excite, inhibit = learn(see(each, size), excite, inhibit, r, rate, apart)
        last = len(stages) == len(STAGES) - 1
        pool = {"size": 1, "stride": 1} if last else {"size": reach, "stride": 2}
        stages.append({"window": size, "excite": excite, "inhibit": inhibit, "r": r, "pool": pool})
        planes = cells
    return stages


def watch(stages, picture, *, by=IDEAS):
    """Return what the C-cells of each stage answer to a picture: (planes, rows, columns) a stage."""
    see, simple, pooled = by[:3]
    planes, found = np.asarray(picture, dtype=float)[None], []
    for stage in stages:
        seen = see(planes, stage["window"])
        answers = simple(seen, stage["excite"], stage["inhibit"], stage["r"])
        planes = pooled(np.moveaxis(answers, -1, 0), **stage["pool"])
        found.append(planes)
    return found


def letters(side: int = 19) -> dict[str, np.ndarray]:
    """Return five letters of 7×7 points in the middle of a picture, (side, side) of 0 and 1, by name."""
    if side < 7:
        raise ValueError(f"side is {side}; expected at least 7, for a letter has 7×7 points")
    before = (side - 7) // 2
    frame = [(before, side - 7 - before)] * 2
    return {name: np.pad(figure(drawing), frame) for name, drawing in _LETTERS.items()}


def moved(pictures: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return pictures (…, side, side) moved so many points, what comes in from beyond being the first corner's grey.

    Raises ValueError if they would leave the picture altogether.
    """
    pictures = np.asarray(pictures)
    side = pictures.shape[-1]
    if pictures.ndim < 2 or pictures.shape[-2] != side or max(abs(down), abs(right)) >= side:
        raise ValueError(
            f"pictures are {pictures.shape}, moved by {down} and {right}; expected squares, moved by less than a side"
        )
    out = np.empty_like(pictures)
    out[...] = pictures[..., :1, :1]
    to, of = zip(*(_halves(shift, side) for shift in (down, right)), strict=True)
    out[(..., *to)] = pictures[(..., *of)]
    return out


def _halves(shift: int, side: int) -> tuple[slice, slice]:
    return slice(max(0, shift), side + min(0, shift)), slice(max(0, -shift), side - max(0, shift))


def scattered(pictures: np.ndarray, reach: int, rng: np.random.Generator) -> np.ndarray:
    """Return the pictures (n, side, side), each moved by lot, at most `reach` points down or up and right or left."""
    pictures = _squares(np.asarray(pictures))
    ways = rng.integers(-reach, reach + 1, (len(pictures), 2))
    return np.stack([moved(picture, *way) for picture, way in zip(pictures, ways, strict=True)])


def framed(pictures: np.ndarray, side: int, *, ring: int = 2) -> np.ndarray:
    """Return pictures of greys from 0 to 1, (n, side²) or (n, side, side), from −1 to 1 in a frame of −1."""
    squares = 2 * _greys(pictures, side) - 1
    return np.pad(squares, ((0, 0), (ring, ring), (ring, ring)), constant_values=-1)


def enlarged(pictures: np.ndarray) -> np.ndarray:
    """Return pictures (n, side, side) with twice as many points a side, each grey drawn in a straight line."""
    pictures = _squares(_floats(pictures), least=2)
    side = pictures.shape[-1]
    at = np.clip((np.arange(2 * side) - 0.5) / 2, 0, side - 1)
    low = np.minimum(at.astype(int), side - 2)
    share = np.zeros((2 * side, side), pictures.dtype)
    share[np.arange(2 * side), low] = 1 - (at - low)
    share[np.arange(2 * side), low + 1] = at - low
    return share @ pictures @ share.T


def _squares(pictures, side: int | None = None, *, least: int = 1):
    """Return pictures, an array or a tensor, as (n, side, side).

    side: given, the pictures may be flat, (n, side²). None: (n, s, s) of any side from `least` on.
    Raises ValueError if they are of another shape.
    """
    shape = tuple(pictures.shape)
    if side is None:
        fits = len(shape) == 3 and shape[1] == shape[2] >= least
        expected = f"(n, s, s) with s of at least {least}"
    else:
        fits = shape[1:] in ((side**2,), (side, side))
        expected = f"(n, {side**2}) or (n, {side}, {side})"
    if not fits:
        raise ValueError(f"pictures are {shape}; expected {expected}")
    return pictures if side is None else pictures.reshape(-1, side, side)


def _floats(pictures) -> np.ndarray:
    """Return pictures as floats: as they are, or from whole numbers."""
    pictures = np.asarray(pictures)
    return pictures if np.issubdtype(pictures.dtype, np.floating) else pictures.astype(float)


def _greys(pictures, side: int) -> np.ndarray:
    """Return pictures, flat or square, as floats (n, side, side). Raises ValueError if a grey is not from 0 to 1."""
    pictures = _squares(_floats(pictures), side)
    if pictures.size and not (pictures.min() >= -1e-6 and pictures.max() <= 1 + 1e-6):  # nan too
        raise ValueError(
            f"pictures have greys from {pictures.min():g} to {pictures.max():g}; expected from 0 to 1"
        )
    return pictures


_LETTERS = {
    "E": "####### #...... #...... #####.. #...... #...... #######",
    "X": "#.....# .#...#. ..#.#.. ...#... ..#.#.. .#...#. #.....#",
    "T": "####### ...#... ...#... ...#... ...#... ...#... ...#...",
    "O": "..###.. .#...#. #.....# #.....# #.....# .#...#. ..###..",
    "L": "#...... #...... #...... #...... #...... #...... #######",
}


# --- The two networks of LeCun, and a small one ---
# Modules of torch: `training.train(lambda: LeNet5("tanh"), …, loss=NEAREST)`. Pictures come flat, one a row.


def _takes(side: int | None = None) -> Callable:
    """Make a forward pass refuse pictures that are not side × side, flat or not; None for the network's own side."""

    def check(forward):
        @wraps(forward)
        def checked(self, pictures):
            return forward(self, _squares(pictures, side or self.side))

        return checked

    return check


class Reader1989(nn.Module):
    """The reader of zip codes: pictures of 16×16 between −1, the background, and 1; ten outputs (LeCun et al. 1989).

    activation: φ of every layer, as a name or an Activation. weights: a name in `initialisation`.
    Which eight maps a map of H2 sees the paper leaves out; the table is ours.

    Home: chapter 5.
    """

    def __init__(self, activation="scaled_tanh", weights="lecun_1989"):
        super().__init__()
        self.phi = activations.get(activation) if isinstance(activation, str) else activation
        self.h1 = Maps(np.ones((12, 1)), weights, stride=2, side=8)
        self.h2 = Maps(EIGHT_OF_TWELVE, weights, stride=2, side=4)
        self.h3 = Dense(12 * 4 * 4, 30, weights)
        self.output = Dense(30, 10, weights)

    @_takes(16)
    def forward(self, pictures):
        phi = self.phi.torch
        x = pictures.reshape(-1, 1, 16, 16)
        x = phi(self.h1(F.pad(x, (2, 2, 2, 2), value=-1.0)))  # (batch, 12, 8, 8)
        x = phi(self.h2(F.pad(x, (2, 2, 2, 2), value=-1.0)))  # (batch, 12, 4, 4)
        x = phi(self.h3(x.flatten(1)))  # (batch, 30)
        return phi(self.output(x))


class LeNet5(nn.Module):
    """LeNet-5: pictures of 32×32, background −0.1 and ink 1.175; ten outputs (LeCun et al. 1998).

    activation: φ of the hidden layers, as a name or an Activation. F6 keeps the scaled tanh, whatever φ is, for
    its 84 units are to come near codes of −1 and +1. weights: a name in `initialisation`.
    The outputs are minus the distances that the paper calls penalties. Its codes are pictures of the digits, 7 by
    12 points; these here are drawn by us.

    Home: chapter 5.
    """

    def __init__(self, activation="scaled_tanh", weights="lecun_1989"):
        super().__init__()
        self.phi = activations.get(activation) if isinstance(activation, str) else activation
        self.c1 = Maps(np.ones((6, 1)), weights)
        self.s2 = Pool(6, weights)
        self.c3 = Maps(C3_SEES, weights)
        self.s4 = Pool(16, weights)
        self.c5 = Dense(16 * 5 * 5, 120, weights)
        self.f6 = Dense(120, 84, weights)
        self.output = Distances(CODES)

    @_takes(32)
    def forward(self, pictures):
        phi = self.phi.torch
        x = phi(self.c1(pictures.reshape(-1, 1, 32, 32)))  # (batch, 6, 28, 28)
        x = phi(self.s2(x))  # (batch, 6, 14, 14)
        x = phi(self.c3(x))  # (batch, 16, 10, 10)
        x = phi(self.s4(x))  # (batch, 16, 5, 5)
        x = phi(self.c5(x.flatten(1)))  # (batch, 120)
        return self.output(activations.scaled_tanh.torch(self.f6(x)))


class Small(nn.Module):
    """The reader of 1989 in small: pictures between −1 and 1, 8 and 16 maps, 30 units, ten sums.

    activation: φ of the hidden layers, as a name or an Activation. weights: a name in `initialisation`. side: of the
    pictures, in points.

    Home: chapter 5.
    """

    def __init__(self, activation="scaled_tanh", weights="lecun", side=12):
        super().__init__()
        self.phi = activations.get(activation) if isinstance(activation, str) else activation
        self.side = side
        self.h1 = Maps(np.ones((8, 1)), weights, stride=2)
        self.h2 = Maps(np.ones((16, 8)), weights, stride=2)
        self.h3 = Dense(16 * ((side + 3) // 4) ** 2, 30, weights)
        self.output = Dense(30, 10, weights)

    @_takes()
    def forward(self, pictures):
        phi = self.phi.torch
        x = pictures.reshape(-1, 1, self.side, self.side)
        x = phi(self.h1(F.pad(x, (2, 2, 2, 2), value=-1.0)))  # (batch, 8, 6, 6)
        x = phi(self.h2(F.pad(x, (2, 2, 2, 2), value=-1.0)))  # (batch, 16, 3, 3)
        return self.output(phi(self.h3(x.flatten(1))))


def drawn(weights, shape):
    """Return first weights, drawn by the initialisation of that name from a seed that torch draws."""
    rng = int(torch.randint(2**62, ()))
    return torch.tensor(initialisation.get(weights)(rng, shape), dtype=torch.get_default_dtype())


class Maps(nn.Module):
    """Feature maps: each slides one 5×5 kernel over every plane that it sees, and adds its bias.

    table: (maps, planes) of booleans, which map sees which plane. weights: a name in `initialisation`; the fan-in
    is that of the map. stride: points from one place of the kernel to the next. side: 1 for one bias a map, or
    the side of a map for a bias of each unit's own.
    """

    def __init__(self, table, weights, *, stride=1, side=1):
        super().__init__()
        self.table, self.stride = _table(table), stride
        sees = self.table.sum(1).tolist()
        self.kernels = nn.Parameter(torch.cat([drawn(weights, (1, n, 5, 5))[0] for n in sees]))
        self.biases = nn.Parameter(torch.zeros(len(sees), side, side))
        self.inputs = 25 * sum(sees) / len(sees)  # of a unit, on average
        places = torch.eye(self.table.numel())[:, self.table.flatten()]  # which pair a kernel is for
        self.register_buffer("places", places)

    def forward(self, planes):  # (batch, planes, side, side)
        kernels = self.places @ self.kernels.flatten(1)  # (maps · planes, 25), 0 where nothing is seen
        kernels = kernels.view(*self.table.shape, 5, 5)
        return F.conv2d(planes, kernels, stride=self.stride) + self.biases


class Pool(nn.Module):
    """Sub-sampling with weights: each 2×2 square of a map is summed, times the map's coefficient, plus its bias."""

    inputs = 4

    def __init__(self, maps, weights):
        super().__init__()
        self.coefficients = nn.Parameter(drawn(weights, (self.inputs, maps))[0, :, None, None])
        self.biases = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, planes):
        return self.coefficients * (4 * F.avg_pool2d(planes, 2)) + self.biases


class Dense(nn.Module):
    """Every unit sees every input."""

    def __init__(self, inputs, units, weights):
        super().__init__()
        self.inputs = inputs
        self.weights = nn.Parameter(drawn(weights, (inputs, units)))
        self.biases = nn.Parameter(torch.zeros(units))

    def forward(self, x):
        return x @ self.weights + self.biases


class Distances(nn.Module):
    """Minus the squared distance to the code of each class: the nearest code has the largest output."""

    def __init__(self, codes):
        super().__init__()
        self.register_buffer("codes", torch.tensor(codes, dtype=torch.get_default_dtype()))
        self.inputs = self.codes.shape[1]

    def forward(self, x):
        return -(x.unsqueeze(-2) - self.codes).square().sum(-1)


# Row by row which planes a map sees. H2: map m sees eight in a row from m on, round the twelve (ours).
EIGHT_OF_TWELVE = np.array([[(plane - m) % 12 < 8 for plane in range(12)] for m in range(12)])
# C3, table I of the paper: three in a row, four in a row, two and two, all six.
_SEEN = "012 123 234 345 450 501 0123 1234 2345 3450 4501 5012 0134 1245 0235 012345"
C3_SEES = np.array([[plane in seen for plane in "012345"] for seen in _SEEN.split()])

# The digits on 7 by 12 points, drawn by us; the last two rows are left for the tails of letters.
GLYPHS = """
..###.. ...##.. .#####. ####### ##...## ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## .....## ##...## ##..... .##.... .....## ##...## ##...##
##...## .####.. .....## ....##. ##...## ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## ...##.. ##...## ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ..####. ##...## ######. ######. ....##. .#####. ##...##
##...## ...##.. ...##.. .....## ####### .....## ##...## ...##.. .#####. .######
##...## ...##.. ..##... .....## .....## .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## .....## .....## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## .....## ##...## ##...## ..##... ##...## ....##.
..###.. .###### ####### .#####. .....## .#####. .#####. ..##... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""
_points = np.array([list(row.replace(" ", "")) for row in GLYPHS.split("\n")[1:-1]]) == "#"  # (12, 70)
CODES = np.where(_points.reshape(12, 10, 7).swapaxes(0, 1).reshape(10, 84), 1.0, -1.0)


def squared_error_to_signs(outputs, labels):
    """Return the mean squared error to +1 for the label's unit and −1 for the others, (members,)."""
    wanted = 2 * F.one_hot(labels, outputs.shape[-1]) - 1
    return (outputs - wanted).square().flatten(1).mean(1)


def distance_to_code(outputs, labels):
    """Return the mean squared distance to the code of the label, (members,): equation 8 of the paper of 1998."""
    return -outputs.gather(-1, labels.unsqueeze(-1)).flatten(1).mean(1)


SIGNS = training.Loss("squared error to ±1", 1989, "lecun1989", squared_error_to_signs)
NEAREST = training.Loss("distance to the code", 1998, "lecun1998gradient", distance_to_code)


def resize(pictures: np.ndarray, side: int) -> np.ndarray:
    """Return square pictures (n, from, from) as (n, side, side), each point the mean grey of the area it covers.

    Raises ValueError if the pictures are not square, or smaller than `side`.
    """
    pictures = _squares(_floats(pictures), least=side)
    points = pictures.shape[1]
    edges = np.arange(side + 1) * points / side
    low, high = edges[:-1, None], edges[1:, None]
    share = np.clip(np.minimum(high, np.arange(points) + 1) - np.maximum(low, np.arange(points)), 0, None)
    share = (share * side / points).astype(pictures.dtype)  # (side, from): each row sums to 1
    return share @ pictures @ share.T


def for_reader(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of 28×28 with greys from 0 to 1 as `Reader1989` takes them: (n, 256), from −1 to 1."""
    return 2 * resize(_greys(pictures, 28), 16).reshape(-1, 256) - 1


def for_lenet(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of 28×28 with greys from 0 to 1 as `LeNet5` takes them: (n, 1,024), from −0.1 to 1.175."""
    padded = np.pad(_greys(pictures, 28), ((0, 0), (2, 2), (2, 2)))
    return (1.275 * padded - 0.1).reshape(-1, 1024)


def count(network: nn.Module, pictures: np.ndarray) -> list[tuple[str, int, int, int]]:
    """Return of each layer its name, units, connections and trainable parameters; a bias is a connection.

    pictures: any that the network takes; the layers are counted while it looks at the first.
    """
    rows = []

    def note(name):
        def hook(layer, _inputs, output):
            inputs = layer.inputs + hasattr(layer, "biases")
            parameters = sum(part.numel() for part in layer.parameters())
            rows.append((name, output.numel(), round(output.numel() * inputs), parameters))

        return hook

    hooks = [layer.register_forward_hook(note(name)) for name, layer in network.named_children()]
    try:
        with torch.no_grad():
            network(torch.tensor(pictures[:1], dtype=torch.get_default_dtype()))
    finally:
        for hook in hooks:
            hook.remove()
    return rows


def _table(table) -> Tensor:
    table = torch.tensor(np.asarray(table)).bool()
    if table.ndim != 2 or not table.any(1).all():
        raise ValueError(
            f"table is {tuple(table.shape)}, with {(~table.any(-1)).sum()} rows that see nothing; "
            "expected (maps, planes), and each map to see a plane"
        )
    return table
