"""How the first weights were drawn, year by year.

    from rectified import initialisation

    weights = initialisation.he(rng, (784, 100))             # (fan_in, fan_out), so that x @ weights works
    kernels = initialisation.he(rng, (96, 3, 11, 11))        # (out, in, height, width), as torch has them
    initialisation.he.at(slope=0.25)                         # the same with a parameter bound
    initialisation.he.variance((784, 100))                   # what one weight varies by
    initialisation.get("glorot"), initialisation.ALL

Every draw comes from an explicit `rng`, a NumPy Generator or a seed, and is float64. Biases are the caller's.
A page that declares a year before an initialisation's own is refused (`eras`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import isfinite, prod, sqrt
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

import numpy as np

from rectified import eras


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return how many weights enter a unit and how many leave it.

    A matrix is (fan_in, fan_out). A kernel is (out, in, *window): each of its `out` units reads `in` planes
    through the window, and each input is read by `out` planes at as many places as the window is large.
    """
    shape = tuple(shape)
    if len(shape) < 2 or not all(_whole(n) and n > 0 for n in shape):
        raise ValueError(
            f"shape is {shape}; expected (fan_in, fan_out) or (out, in, *window), whole and above 0"
        )
    if len(shape) == 2:
        return shape
    window = prod(shape[2:])
    return shape[1] * window, shape[0] * window


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Initialisation:
    """A way to draw the first weights, with its year and source.

    `rule` takes a Generator and a shape, `spread` the shape; both take the parameters as keywords.
    """

    name: str  # identifier: the key of `ALL`
    title: str  # as printed, without parameters; `label` adds the bound ones
    formula: str  # the variance of one weight in LaTeX
    year: int
    sources: tuple[str, ...]  # BibTeX keys
    rule: Callable
    spread: Callable
    parameters: Mapping[str, Any] = field(default_factory=dict)  # name -> default
    bound: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __repr__(self) -> str:
        return f"<Initialisation {self.name}: {self.label}, {self.year}>"

    def __call__(self, rng, shape: Sequence[int], **parameters) -> np.ndarray:
        """Return weights of this shape, drawn from `rng`, a NumPy Generator or a seed."""
        eras.require(self.label, self.year)
        fans(shape)  # refuses what is no shape
        return self.rule(_generator(rng), tuple(shape), **self._values(parameters))

    def variance(self, shape: Sequence[int], **parameters) -> float:
        """Return the variance of one weight among weights of this shape."""
        fans(shape)  # refuses what is no shape
        return float(self.spread(tuple(shape), **self._values(parameters)))

    def at(self, **parameters) -> "Initialisation":
        """Return this initialisation with parameters bound: `he.at(slope=0.25)`."""
        self._values(parameters)  # refuses what is unknown or out of range
        return replace(self, bound={**self.bound, **parameters})

    @property
    def label(self) -> str:
        """The name as printed, with the bound parameters."""
        bound = ", ".join(f"{name} = {value}" for name, value in self.bound.items())
        return f"{self.title} ({bound})" if bound else self.title

    def _values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise TypeError(f"{self.title} has no parameter {name!r}; it has: {known}")
            _check(name, value)
        return {**self.parameters, **self.bound, **given}


def _whole(n) -> bool:
    return isinstance(n, Integral) and not isinstance(n, bool)


def _generator(rng) -> np.random.Generator:
    if isinstance(rng, np.random.Generator):
        return rng
    if _whole(rng) and rng >= 0:
        return np.random.default_rng(rng)
    raise TypeError(f"rng is {rng!r}; expected a numpy.random.Generator or a seed, a whole number from 0")


def _check(name: str, value) -> None:
    if name == "fan":
        if value not in ("in", "out"):
            raise ValueError(f"fan is {value!r}; expected 'in' or 'out'")
    elif not isinstance(value, Real) or not isfinite(value):
        raise ValueError(f"{name} is {value!r}; expected a finite number")
    elif name != "slope" and value <= 0:
        raise ValueError(f"{name} is {value!r}; expected a number above 0")


# --- The rules ---------------------------------------------------------------------------------------------


def draw_uniform(rng, shape, limit):
    """Draw weights uniformly between −limit and limit: variance limit²/3."""
    return rng.uniform(-limit, limit, shape)


def draw_normal(rng, shape, variance):
    """Draw normal weights of mean 0."""
    return rng.normal(0, sqrt(variance), shape)


def he_variance(shape, slope, fan):
    """Return 2 / ((1 + slope²) n): twice 1/n, because a rectifier lets half of the power through."""
    fan_in, fan_out = fans(shape)
    return 2 / ((1 + slope**2) * (fan_in if fan == "in" else fan_out))


def draw_orthogonal(rng, shape, gain):
    """Draw a matrix whose rows or columns, whichever are fewer, are orthonormal: it turns without stretching.

    A kernel has a row for each unit. The signs of R make Q uniform over all rotations and reflections.
    """
    rows, columns = shape[0], prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diagonal(r))
    return gain * (q if rows >= columns else q.T).reshape(shape)


uniform = Initialisation(
    name="uniform",
    title="uniform",
    formula=r"\ell^2 / 3",
    year=1986,
    sources=("rumelhart1986nature",),
    rule=draw_uniform,
    spread=lambda shape, limit: limit**2 / 3,
    parameters={"limit": 0.3},
    note="Between −0.3 and 0.3 in the symmetry task of 1986; as small random weights surely older.",
)

lecun_1989 = Initialisation(
    name="lecun_1989",
    title="LeCun 1989",
    formula=r"2.4^2 / (3 n_\text{in}^2)",
    year=1989,
    sources=("lecun1989", "lecun1998gradient"),
    rule=lambda rng, shape: draw_uniform(rng, shape, 2.4 / fans(shape)[0]),
    spread=lambda shape: (2.4 / fans(shape)[0]) ** 2 / 3,
    note="Uniform within 2.4 / fan-in, as printed in 1989 and, with a reason, in appendix A of 1998: no root, for "
    "the inputs of a unit are taken to be highly correlated, so that their sum grows with their number and not "
    "with its root.",
)

customary = Initialisation(
    name="customary",
    title="customary",
    formula=r"1 / (3 n_\text{in})",
    year=1991,
    sources=("hertz1991", "glorot2010"),
    rule=lambda rng, shape: draw_uniform(rng, shape, 1 / sqrt(fans(shape)[0])),
    spread=lambda shape: 1 / (3 * fans(shape)[0]),
    note="Glorot and Bengio (2010) call it commonly used. 1991 is the textbook of Hertz, Krogh and Palmer, "
    "which asks for weights of the order 1/√fan-in (from memory).",
)

lecun = Initialisation(
    name="lecun",
    title="LeCun",
    formula=r"1 / n_\text{in}",
    year=1998,
    sources=("lecun1998efficient",),
    rule=lambda rng, shape: draw_normal(rng, shape, 1 / fans(shape)[0]),
    spread=lambda shape: 1 / fans(shape)[0],
    note="Efficient BackProp asks for this standard deviation, 1/√fan-in; normal is our choice.",
)

glorot = Initialisation(
    name="glorot",
    title="Glorot",
    formula=r"2 / (n_\text{in} + n_\text{out})",
    year=2010,
    sources=("glorot2010",),
    rule=lambda rng, shape: draw_uniform(rng, shape, sqrt(6 / sum(fans(shape)))),
    spread=lambda shape: 2 / sum(fans(shape)),
    note="Uniform, as in the paper; also called Xavier, or normalised.",
)

glorot_normal = Initialisation(
    name="glorot_normal",
    title="Glorot, normal",
    formula=r"2 / (n_\text{in} + n_\text{out})",
    year=2010,
    sources=("glorot2010",),
    rule=lambda rng, shape: draw_normal(rng, shape, 2 / sum(fans(shape))),
    spread=lambda shape: 2 / sum(fans(shape)),
    note="The variance is the paper's, the normal distribution a later habit of libraries.",
)

gaussian = Initialisation(
    name="gaussian",
    title="Gaussian",
    formula=r"s^2",
    year=2012,
    sources=("krizhevsky2012",),
    rule=lambda rng, shape, std: draw_normal(rng, shape, std**2),
    spread=lambda shape, std: std**2,
    parameters={"std": 0.01},
    note="AlexNet's. Small normal weights of one spread for all layers are older; restricted Boltzmann "
    "machines began with them (from memory).",
)

orthogonal = Initialisation(
    name="orthogonal",
    title="orthogonal",
    formula=r"g^2 / \max(\text{rows}, \text{columns})",
    year=2013,
    sources=("saxe2014",),
    rule=draw_orthogonal,
    spread=lambda shape, gain: gain**2 / max(shape[0], prod(shape[1:])),
    parameters={"gain": 1.0},
    note="First public in December 2013, printed in 2014.",
)

he = Initialisation(
    name="he",
    title="He",
    formula=r"2 / ((1 + a^2)\, n)",
    year=2015,
    sources=("he2015",),
    rule=lambda rng, shape, slope, fan: draw_normal(rng, shape, he_variance(shape, slope, fan)),
    spread=he_variance,
    parameters={"slope": 0.0, "fan": "in"},
    note="`slope` is that of a leaky rectifier below 0; `fan` is 'in' to keep the variance on the way "
    "forward, 'out' on the way back.",
)


LSUV_YEAR = 2015  # first public in November 2015, printed in 2016 (mishkin2016)


def lsuv(weights: Sequence[np.ndarray], phi: Callable, x: np.ndarray) -> list[np.ndarray]:
    """Return the weights of each layer rescaled so that its sums have unit variance over a batch (LSUV).

    weights: one (fan_in, fan_out) a layer, orthogonal in the paper; phi: the activation, NumPy; x: the batch,
    (batch, fan_in). Layer after layer the sums x @ w are divided by their standard deviation. The paper
    repeats this to a tolerance; without biases the sums scale with the weights, and once is exact.

    Raises ValueError if shapes do not chain or the sums of a layer do not vary.
    Source: Mishkin and Matas 2016.
    """
    eras.require("LSUV", LSUV_YEAR)
    x = np.asarray(x, np.float64)
    if x.ndim != 2:
        raise ValueError(f"x has shape {x.shape}; expected (batch, fan_in)")
    scaled = []
    for layer, w in enumerate(weights, start=1):
        w = np.asarray(w, np.float64)
        if w.ndim != 2 or len(w) != x.shape[1]:
            raise ValueError(
                f"weights of layer {layer} are {w.shape} but their input has {x.shape[1]} columns"
            )
        spread = np.std(x @ w)
        if not (spread > 0 and isfinite(spread)):
            raise ValueError(f"the sums of layer {layer} have standard deviation {spread}; expected above 0")
        scaled.append(w / spread)
        x = phi(x @ scaled[-1])
    return scaled


ALL: Mapping[str, Initialisation] = MappingProxyType(
    {
        each.name: each
        for each in sorted(
            (uniform, lecun_1989, customary, lecun, glorot, glorot_normal, gaussian, orthogonal, he),
            key=lambda each: each.year,
        )
    }
)
"""Every initialisation that needs only a shape (`lsuv` needs data), by name, in the order of the years."""


def get(name: str) -> Initialisation:
    """Return the initialisation called `name`, with its default parameters.

    Raises ValueError, with the nearest name and all the names, if there is none.
    """
    if name in ALL:
        return ALL[name]
    near = get_close_matches(str(name).lower().replace(" ", "_"), ALL, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"no initialisation is called {name!r}: {hint}expected one of {', '.join(ALL)}")
