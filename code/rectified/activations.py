"""Every activation φ of the book: the function, its slope, its torch counterpart, its years and its source.

    from rectified import activations

    activations.relu(x)                      # φ(x), NumPy
    activations.relu.slope(x)                # φ'(x), NumPy
    activations.relu.torch(t)                # the same on tensors, with torch's own gradient
    activations.leaky(x, slope=0.1)          # a parameter for this call
    activations.leaky.at(slope=0.1)          # an activation with that slope, and a label that says so
    activations.get("relu"), activations.ALL
    activations.swiglu(value, gate), activations.GATED      # gated units, which take two arguments

Each has two years: `first`, when it was seen as the response of a unit, and `trained`, when a network that
has it was first trained by gradient. A page that declares a year before `trained` is refused (`eras`).

Integers become float64 and floats keep their type. NaN stays NaN, and ±∞ gives the limit. Where the slope
jumps there is no derivative; `kinks` says what `slope` returns there, which is what torch's autograd returns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import inf, pi, prod, sqrt
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf

from rectified import eras

SYMBOLS = {"alpha": "α", "beta": "β"}  # parameters that the label prints as a letter


class Parameter(NamedTuple):
    """A number that shapes an activation: its default and the values it may take."""

    default: Any
    lowest: float = -inf
    highest: float = inf
    open: bool = False  # True: `lowest` itself is not allowed

    def check(self, name: str, of: str, value: Any) -> None:
        """Raise ValueError unless every entry of `value` is allowed; torch tensors are taken as they are."""
        if _is_tensor(value) or (value is None and self.default is None):
            return
        given = np.asarray(value)
        if given.dtype.kind in "iuf":
            enough = given > self.lowest if self.open else given >= self.lowest
            if np.all(enough & (given <= self.highest) & np.isfinite(given)):
                return
        left = "(" if self.open or self.lowest == -inf else "["
        right = ")" if self.highest == inf else "]"
        span = f"{left}{self.lowest:g}, {self.highest:g}{right}"
        raise ValueError(f"{name} of {of} is {value!r}; expected finite numbers in {span}")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Activation:
    """An activation function φ with its slope, its torch counterpart and its history.

    `function` and `derivative` take a float array, `in_torch` takes the torch module and a tensor; all three
    take the parameters as keywords. `limits`, `jumps` and `rises` may be functions of the parameters; read
    them as `range`, `kinks` and `monotone`.
    """

    name: str  # identifier: the key of `ALL`
    title: str  # as printed, without parameters; `label` adds the bound ones
    formula: str  # φ(x) in LaTeX
    slope_formula: str  # φ'(x) in LaTeX
    family: str  # threshold, logistic, tanh, softplus, relu, leaky, elu or gelu: one colour each
    first: int  # year it was first seen as the response of a unit
    trained: int  # year a network that has it was first trained by gradient (see `note` where none can be)
    sources: tuple[str, ...]  # BibTeX keys
    function: Callable
    derivative: Callable
    in_torch: Callable
    limits: Any = (-inf, inf)
    jumps: Any = field(default_factory=dict)
    rises: Any = True
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    bound: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""  # doubts about the years, and conventions

    def __repr__(self) -> str:
        return f"<Activation {self.name}: {self.label}, {self.first}, trained {self.trained}>"

    def __call__(self, x, **parameters):
        """Return φ(x) for a number or an array of any shape."""
        return self._on_array(self.function, x, parameters)

    def slope(self, x, **parameters):
        """Return φ'(x), the derivative with respect to x, for a number or an array of any shape."""
        slope = self._on_array(self.derivative, x, parameters)
        return np.where(np.isnan(x), np.asarray(x, slope.dtype), slope)[()]

    def torch(self, t, **parameters):
        """Return φ(t) for a torch tensor, differentiable by autograd; a parameter may be a tensor too."""
        import torch

        eras.require(self.label, self.trained)
        return self.in_torch(torch, t, **self._values(parameters))

    def at(self, **parameters) -> "Activation":
        """Return this activation with parameters bound: `leaky.at(slope=0.1)`."""
        self._values(parameters)  # refuses what is unknown or out of range
        return replace(self, bound={**self.bound, **parameters})

    @property
    def label(self) -> str:
        """The name as printed, with the bound parameters."""
        bound = ", ".join(
            f"{SYMBOLS.get(name, name)} = {_shown(value)}" for name, value in self.bound.items()
        )
        return f"{self.title} ({bound})" if bound else self.title

    @property
    def range(self) -> tuple[float, float]:
        """The infimum and the supremum of φ over the real line."""
        return self._for_parameters(self.limits)

    @property
    def kinks(self) -> Mapping[float, float]:
        """Where the slope jumps (for step and sign: the value), and what `slope` returns there."""
        return self._for_parameters(self.jumps)

    @property
    def monotone(self) -> bool:
        """Whether φ never falls."""
        return self._for_parameters(self.rises)

    def _values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise TypeError(f"{self.title} has no parameter {name!r}; it has: {known}")
            self.parameters[name].check(name, self.title, value)
        return {name: p.default for name, p in self.parameters.items()} | {**self.bound, **given}

    def _for_parameters(self, stated):
        return stated(**self._values({})) if callable(stated) else stated

    def _on_array(self, rule, x, parameters):
        eras.require(self.label, self.trained)
        x = _real("x", x, f"{self.name}.torch(x)")
        return np.asarray(rule(x, **self._values(parameters)), x.dtype)[()]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Gated:
    """A gated unit, value · φ(gate): two sums of the same inputs, of which one decides how much of the other passes.

    Value and gate are numbers or arrays that broadcast against each other. Where either factor is 0 the product
    is 0, also against ±∞: that is the limit along the other argument. torch's product is not a number there.
    """

    name: str  # identifier: the key of `GATED`
    title: str  # as printed
    formula: str  # in LaTeX, of the value u and the gate g
    slope_formulas: tuple[str, str]  # in LaTeX: the derivative with respect to u, and that with respect to g
    gate: Activation  # the φ that the gate goes through
    first: int  # year it was first seen as the response of a unit
    trained: int  # year a network that has it was first trained by gradient
    sources: tuple[str, ...]  # BibTeX keys
    note: str = ""  # doubts about the years, and conventions

    def __repr__(self) -> str:
        return f"<Gated {self.name}: value · {self.gate.label}(gate), {self.first}, trained {self.trained}>"

    def __call__(self, value, gate):
        """Return value · φ(gate) for numbers or arrays."""
        value, gate = self._arrays(value, gate)
        return _product(value, self.gate(gate))

    def slopes(self, value, gate):
        """Return the two derivatives: with respect to the value, φ(gate), and to the gate, value · φ'(gate)."""
        value, gate = self._arrays(value, gate)
        return np.where(np.isnan(value), value, self.gate(gate))[()], _product(value, self.gate.slope(gate))

    def torch(self, value, gate):
        """Return value · φ(gate) for torch tensors, differentiable by autograd."""
        eras.require(self.title, self.trained)
        for name, given in (("value", value), ("gate", gate)):
            if not _is_tensor(given):
                kind = type(given).__name__
                raise TypeError(f"{name} is of type {kind}; expected a tensor: call {self.name}(value, gate)")
        self._fit(value, gate)
        return value * self.gate.torch(gate)

    @property
    def label(self) -> str:
        """The name as printed."""
        return self.title

    @property
    def family(self) -> str:
        """The family of its gate, which gives it its colour."""
        return self.gate.family

    def _arrays(self, value, gate):
        eras.require(self.title, self.trained)
        given = value, gate
        value = _real("value", value, f"{self.name}.torch(value, gate)")
        gate = _real("gate", gate, f"{self.name}.torch(value, gate)")
        self._fit(value, gate)
        pairs = zip(given, (value, gate), strict=True)
        kinds = [array.dtype for each, array in pairs if type(each) not in (int, float)]
        kind = np.result_type(*kinds or [float])  # Python's own numbers take the type of what is beside them
        return np.broadcast_arrays(value.astype(kind), gate.astype(kind))

    def _fit(self, value, gate):
        shapes = tuple(value.shape), tuple(gate.shape)
        for one, other in zip(*(reversed(shape) for shape in shapes), strict=False):
            if one != other and 1 not in (one, other):
                raise ValueError(
                    f"value of {self.title} has shape {shapes[0]} and gate has {shapes[1]}; "
                    "expected shapes that broadcast"
                )


def _real(name: str, given, counterpart: str) -> np.ndarray:
    """Return what was given as an array of floats; floats keep their type."""
    if _is_tensor(given):
        raise TypeError(f"{name} is a torch tensor; expected numbers or an array: call {counterpart}")
    array = np.asarray(given)
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {array.dtype}; expected real numbers")
    return array


def _product(a: np.ndarray, b: np.ndarray):
    """Return a · b, and 0 where either is 0 and the other is a number, ±∞ among them."""
    shut = ((a == 0) | (b == 0)) & ~np.isnan(a) & ~np.isnan(b)
    return (np.where(shut, 0, a) * np.where(shut, 0, b))[()]


def _is_tensor(value) -> bool:
    return type(value).__module__.partition(".")[0] == "torch"  # asked without importing torch


def _shown(value) -> str:
    return f"{value:g}" if np.ndim(value) == 0 else f"{prod(np.shape(value))} values"


# --- Pieces that several activations share -----------------------------------------------------------------


def gated(x, gate):
    """Return x · gate, and 0 wherever the gate is 0: also at ±∞, where 0 · ∞ would not be a number."""
    return np.where(gate == 0, 0, x) * gate


def logistic(x):
    """Return 1/(1 + e⁻ˣ) without overflow."""
    e = np.exp(-np.abs(x))  # never above 1
    return np.where(x < 0, e, 1) / (1 + e)


def logistic_slope(x):
    """Return the slope of the logistic curve, s(1 − s), without losing its tails."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def log1pexp(x):
    """Return log(1 + eˣ) without overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def bell(x):
    """Return the density of the standard normal distribution."""
    return np.exp(-x * x / 2) / sqrt(2 * pi)


def bell_below(x):
    """Return Φ(x), the share of the standard normal distribution below x."""
    return (1 + erf(x / sqrt(2))) / 2


def bent(x, slope):
    """Return x where it is positive and slope · x elsewhere."""
    return np.maximum(x, 0) + gated(np.minimum(x, 0), slope)


def bent_slope(x, slope):
    """Return 1 where x is positive and `slope` elsewhere."""
    return np.where(x > 0, 1, slope)


def bent_torch(torch, t, slope):
    """Return the same on tensors; the slope may be a tensor that learns."""
    return torch.where(t > 0, t, torch.as_tensor(slope, dtype=t.dtype, device=t.device) * t)


def bent_range(slope):
    """Return the range of a line bent at 0: all numbers, unless its left arm lies flat or points up."""
    return (-inf, inf) if np.any(np.asarray(slope) > 0) else (0.0, inf)


def bent_kinks(slope):
    """Return the kink of a line bent at 0, which vanishes at slope 1."""
    return {} if np.all(np.asarray(slope) == 1) else {0.0: slope}


# --- All or nothing, and no activation at all --------------------------------------------------------------

identity = Activation(
    name="identity",
    title="identity",
    formula=r"x",
    slope_formula=r"1",
    family="threshold",
    first=1805,
    trained=1805,
    sources=("legendre1805", "widrow1960"),
    function=lambda x: x.copy(),
    derivative=lambda x: np.ones_like(x),
    in_torch=lambda torch, t: t,
    note="Nobody's invention, and the guard never refuses it. 1805 is Legendre's least squares, a weighted "
    "sum fitted to data; the first network whose weights follow the gradient of such a sum is ADALINE, 1960.",
)

step = Activation(
    name="step",
    title="step",
    formula=r"\begin{cases} 1 & x \ge 0 \\ 0 & x < 0 \end{cases}",
    slope_formula=r"0",
    family="threshold",
    first=1943,
    trained=1943,
    sources=("mcculloch1943",),
    function=lambda x: np.heaviside(x, 1),
    derivative=lambda x: np.zeros_like(x),
    in_torch=lambda torch, t: torch.clamp(torch.floor(t) + 1, 0, 1),  # floor has a gradient: 0
    limits=(0.0, 1.0),
    jumps={0.0: 0.0},
    note="Its slope is 0, so no gradient ever trained it; `trained` is the year of first use. "
    "At 0 it fires: x is the sum minus the threshold, and the threshold counts as reached.",
)

sign = Activation(
    name="sign",
    title="sign",
    formula=r"\operatorname{sgn} x",
    slope_formula=r"0",
    family="threshold",
    first=1960,
    trained=1960,
    sources=("widrow1960", "rosenblatt1962"),
    function=lambda x: np.sign(x),
    derivative=lambda x: np.zeros_like(x),
    in_torch=lambda torch, t: torch.sign(t),
    limits=(-1.0, 1.0),
    jumps={0.0: 0.0},
    note="ADALINE's weights follow the gradient of the sum before the sign; through the sign none passes. "
    "At 0 it is 0, as in NumPy and torch, which a machine with two outputs never was. Earlier units with "
    "outputs ±1 were not searched for.",
)

# --- Smooth and saturating ---------------------------------------------------------------------------------

sigmoid = Activation(
    name="sigmoid",
    title="sigmoid",
    formula=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    slope_formula=r"\sigma(x)\,(1 - \sigma(x))",
    family="logistic",
    first=1972,
    trained=1986,
    sources=("wilson1972", "rumelhart1986nature", "verhulst1845", "ackley1985"),
    function=logistic,
    derivative=logistic_slope,
    in_torch=lambda torch, t: torch.sigmoid(t),
    limits=(0.0, 1.0),
    note="The curve is Verhulst's (1838, named logistic in 1845). 1972 is Wilson and Cowan's use for "
    "populations of neurons; Cowan had it earlier (from memory). Boltzmann machines (1985) fire with this "
    "probability and learn by a gradient; Werbos (1982) may have trained it before (not seen).",
)

tanh = Activation(
    name="tanh",
    title="tanh",
    formula=r"\tanh x",
    slope_formula=r"1 - \tanh^2 x",
    family="tanh",
    first=1987,
    trained=1987,
    sources=("peterson1987", "lecun1998efficient"),
    function=np.tanh,
    derivative=lambda x: 1 - np.tanh(x) ** 2,
    in_torch=lambda torch, t: torch.tanh(t),
    limits=(-1.0, 1.0),
    note="Both years in doubt. Peterson and Anderson's mean-field learning of 1987 has tanh units (content "
    "from memory); LeCun's thesis of that year and his papers of 1985-86 were not seen. As tanh x is "
    "2σ(2x) − 1, a logistic net of 1986 becomes a tanh net by a change of weights and biases.",
)

scaled_tanh = Activation(
    name="scaled_tanh",
    title="1.7159 tanh(2x/3)",
    formula=r"1.7159 \tanh\left(\tfrac{2}{3} x\right)",
    slope_formula=r"1.7159 \cdot \tfrac{2}{3} \left(1 - \tanh^2\left(\tfrac{2}{3} x\right)\right)",
    family="tanh",
    first=1989,
    trained=1989,
    sources=("lecun1989generalization", "lecun1989", "lecun1998efficient"),
    function=lambda x: 1.7159 * np.tanh(2 / 3 * x),
    derivative=lambda x: 1.7159 * 2 / 3 * (1 - np.tanh(2 / 3 * x) ** 2),
    in_torch=lambda torch, t: 1.7159 * torch.tanh(2 / 3 * t),
    limits=(-1.7159, 1.7159),
    note="The constants are read in Efficient BackProp (1998), which refers to 1989 for them (from memory).",
)


def finite(x):
    """Return x with ±∞ brought to the largest finite numbers, because ∞/∞ is not a number."""
    return np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max)


softsign = Activation(
    name="softsign",
    title="softsign",
    formula=r"\frac{x}{1 + |x|}",
    slope_formula=r"\frac{1}{(1 + |x|)^2}",
    family="tanh",
    first=1993,
    trained=1993,
    sources=("elliott1993", "bergstra2009", "glorot2010"),
    function=lambda x: finite(x) / (1 + np.abs(finite(x))),
    derivative=lambda x: (1 / (1 + np.abs(x))) ** 2,
    in_torch=lambda torch, t: torch.nn.functional.softsign(t),
    limits=(-1.0, 1.0),
    note="Elliott proposed the curve in 1993; the name softsign and its use in deep nets are of 2009. "
    "Neither report was seen, only accounts of them.",
)

hard_sigmoid = Activation(
    name="hard_sigmoid",
    title="hard sigmoid",
    formula=r"\min(\max(a x + \tfrac{1}{2},\, 0),\, 1)",
    slope_formula=r"\begin{cases} a & |x| < 1/(2a) \\ 0 & |x| \ge 1/(2a) \end{cases}",
    family="logistic",
    first=1987,
    trained=2015,
    sources=("lippmann1987", "courbariaux2015"),
    function=lambda x, slope: np.clip(slope * x + 0.5, 0, 1),
    derivative=lambda x, slope: np.where(np.abs(slope * x) < 0.5, slope, 0),
    in_torch=lambda torch, t, slope: torch.nn.functional.hardtanh(slope * t + 0.5, 0, 1),
    limits=(0.0, 1.0),
    jumps=lambda slope: {-0.5 / slope: 0.0, 0.5 / slope: 0.0},
    parameters={"slope": Parameter(0.5, 0, open=True)},
    note="Slope 1/2 in Courbariaux et al. (2015), 1/5 in Theano and Keras, 1/6 in torch. A ramp from 0 to 1 "
    "stands among the nonlinearities of Lippmann's survey of 1987 (from memory); Theano's may be older "
    "than 2015.",
)

hard_tanh = Activation(
    name="hard_tanh",
    title="hard tanh",
    formula=r"\min(\max(x, -1),\, 1)",
    slope_formula=r"\begin{cases} 1 & |x| < 1 \\ 0 & |x| \ge 1 \end{cases}",
    family="tanh",
    first=1977,
    trained=2004,
    sources=("anderson1977", "chua1988", "collobert2004"),
    function=lambda x: np.clip(x, -1, 1),
    derivative=lambda x: np.abs(x) < 1,
    in_torch=lambda torch, t: torch.nn.functional.hardtanh(t),
    limits=(-1.0, 1.0),
    jumps={-1.0: 0.0, 1.0: 0.0},
    note="1977 is Anderson's brain-state-in-a-box, a clipped linear unit, not trained by gradient; 1988 the "
    "cells of Chua and Yang. That Collobert (2004) was the first to train it is not established.",
)

# --- Rectified ---------------------------------------------------------------------------------------------

softplus = Activation(
    name="softplus",
    title="softplus",
    formula=r"\tfrac{1}{\beta} \log(1 + e^{\beta x})",
    slope_formula=r"\sigma(\beta x)",
    family="softplus",
    first=2001,
    trained=2001,
    sources=("dugas2001", "glorot2011"),
    function=lambda x, beta: log1pexp(beta * x) / beta,
    derivative=lambda x, beta: logistic(beta * x),
    in_torch=lambda torch, t, beta: torch.nn.functional.softplus(t, beta, threshold=40),  # exact to rounding
    limits=(0.0, inf),
    parameters={"beta": Parameter(1.0, 0, open=True)},
    note="As β grows it becomes the ReLU (Glorot, Bordes and Bengio 2011 vary it).",
)

relu = Activation(
    name="relu",
    title="ReLU",
    formula=r"\max(0, x)",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
    family="relu",
    first=1941,
    trained=2010,
    sources=("householder1941", "fukushima1969", "nair2010"),
    function=lambda x: np.maximum(x, 0),
    derivative=lambda x: np.heaviside(x, 0),
    in_torch=lambda torch, t: torch.relu(t),
    limits=(0.0, inf),
    jumps={0.0: 0.0},
    note="1941 rests on accounts of Householder's paper. Fukushima (1969-80) had the unit and no gradient; "
    "Jarrett et al. (2009) are said to have tried the positive part beside |tanh|.",
)

relu6 = Activation(
    name="relu6",
    title="ReLU6",
    formula=r"\min(\max(0, x), 6)",
    slope_formula=r"\begin{cases} 1 & 0 < x < 6 \\ 0 & \text{elsewhere} \end{cases}",
    family="relu",
    first=2010,
    trained=2010,
    sources=("krizhevsky2010",),
    function=lambda x: np.clip(x, 0, 6),
    derivative=lambda x: (x > 0) & (x < 6),
    in_torch=lambda torch, t: torch.nn.functional.relu6(t),
    limits=(0.0, 6.0),
    jumps={0.0: 0.0, 6.0: 0.0},
    note="The manuscript of August 2010 is unpublished and was not seen; libraries name it as the source.",
)

relu_squared = Activation(
    name="relu_squared",
    title="ReLU²",
    formula=r"\max(0, x)^2",
    slope_formula=r"2 \max(0, x)",
    family="relu",
    first=1992,
    trained=2021,
    sources=("heeger1992", "so2021"),
    function=lambda x: np.maximum(x, 0) ** 2,
    derivative=lambda x: 2 * np.maximum(x, 0),
    in_torch=lambda torch, t: torch.relu(t) ** 2,
    limits=(0.0, inf),
    note="1992 is Heeger's half-squaring, a model of cells in visual cortex (content from memory). Rectified "
    "powers may have been trained before Primer (2021); papers were not searched for them.",
)

absolute = Activation(
    name="absolute",
    title="absolute value",
    formula=r"|x|",
    slope_formula=r"\operatorname{sgn} x",
    family="relu",
    first=2009,
    trained=2009,
    sources=("jarrett2009",),
    function=np.abs,
    derivative=np.sign,
    in_torch=lambda torch, t: torch.abs(t),
    limits=(0.0, inf),
    jumps={0.0: 0.0},
    rises=False,
    note="Jarrett et al. take it of a tanh. As full-wave rectification it is older in models of vision.",
)

# --- Leaky -------------------------------------------------------------------------------------------------

leaky = Activation(
    name="leaky",
    title="leaky ReLU",
    formula=r"\max(0, x) + a \min(0, x)",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
    family="leaky",
    first=2013,
    trained=2013,
    sources=("maas2013",),
    function=bent,
    derivative=bent_slope,
    in_torch=bent_torch,
    limits=bent_range,
    jumps=bent_kinks,
    parameters={"slope": Parameter(0.01, 0, 1)},
)

prelu = Activation(
    name="prelu",
    title="PReLU",
    formula=r"\max(0, x) + a \min(0, x), \quad a \text{ learned}",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
    family="leaky",
    first=2015,
    trained=2015,
    sources=("he2015",),
    function=bent,
    derivative=bent_slope,
    in_torch=bent_torch,
    limits=bent_range,
    jumps=bent_kinks,
    rises=lambda slope: bool(np.all(np.asarray(slope) >= 0)),
    parameters={"slope": Parameter(0.25)},
    note="The slope may be an array, or in torch a tensor, that broadcasts against x: one per channel, say. "
    "Its own gradient is min(0, x). It starts at 0.25.",
)


def slopes_of_rrelu(lower, upper, slopes):
    """Return the slopes of RReLU: those drawn for training, or their mean where none were drawn."""
    if lower > upper:
        raise ValueError(f"lower of RReLU is {lower} and upper is {upper}; expected lower ≤ upper")
    return (lower + upper) / 2 if slopes is None else slopes


def draw_slopes(rng, shape, *, lower=1 / 8, upper=1 / 3):
    """Draw the slopes of RReLU for one training step: `rrelu(x, slopes=draw_slopes(rng, x.shape))`.

    `rng` is a seed or a NumPy Generator; the slopes are uniform between `lower` and `upper` (Xu et al. 2015).
    """
    if rng is None:
        raise TypeError("rng is None; expected a seed or a numpy.random.Generator")
    slopes_of_rrelu(lower, upper, None)  # refuses lower > upper
    return np.random.default_rng(rng).uniform(lower, upper, shape)


rrelu = Activation(
    name="rrelu",
    title="RReLU",
    formula=r"\max(0, x) + a \min(0, x), \quad a \sim U(l, u)",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
    family="leaky",
    first=2015,
    trained=2015,
    sources=("xu2015",),
    function=lambda x, **drawn: bent(x, slopes_of_rrelu(**drawn)),
    derivative=lambda x, **drawn: bent_slope(x, slopes_of_rrelu(**drawn)),
    in_torch=lambda torch, t, **drawn: bent_torch(torch, t, slopes_of_rrelu(**drawn)),
    limits=lambda **drawn: bent_range(slopes_of_rrelu(**drawn)),
    jumps=lambda **drawn: bent_kinks(slopes_of_rrelu(**drawn)),
    parameters={
        "lower": Parameter(1 / 8, 0, 1),
        "upper": Parameter(1 / 3, 0, 1),
        "slopes": Parameter(None, 0, 1),
    },
    note="Random in training: pass `slopes`, drawn by `draw_slopes`. Without them it is what it is after "
    "training: the mean slope (l + u)/2 = 0.229, as in torch. Dividing by the mean of U(3, 8) instead would "
    "give 1/5.5 = 0.182.",
)

# --- Exponential below zero --------------------------------------------------------------------------------

elu = Activation(
    name="elu",
    title="ELU",
    formula=r"\begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    family="elu",
    first=2015,
    trained=2015,
    sources=("clevert2016",),
    function=lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0)),
    derivative=lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
    in_torch=lambda torch, t, alpha: torch.nn.functional.elu(t, alpha),
    limits=lambda alpha: (-alpha, inf),
    jumps=lambda alpha: {} if alpha == 1 else {0.0: alpha},
    parameters={"alpha": Parameter(1.0, 0)},
)

# The one pair for which a normal input of mean 0 and variance 1 leaves with mean 0 and variance 1.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717

selu = Activation(
    name="selu",
    title="SELU",
    formula=r"\lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    slope_formula=r"\lambda \begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    family="elu",
    first=2017,
    trained=2017,
    sources=("klambauer2017",),
    function=lambda x: SELU_SCALE * (np.maximum(x, 0) + SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    derivative=lambda x: SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * np.exp(np.minimum(x, 0))),
    in_torch=lambda torch, t: torch.nn.functional.selu(t),
    limits=(-SELU_SCALE * SELU_ALPHA, inf),
    jumps={0.0: SELU_SCALE * SELU_ALPHA},
)

celu = Activation(
    name="celu",
    title="CELU",
    formula=r"\begin{cases} x & x > 0 \\ \alpha (e^{x/\alpha} - 1) & x \le 0 \end{cases}",
    slope_formula=r"\begin{cases} 1 & x > 0 \\ e^{x/\alpha} & x \le 0 \end{cases}",
    family="elu",
    first=2017,
    trained=2017,
    sources=("barron2017",),
    function=lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha),
    derivative=lambda x, alpha: np.exp(np.minimum(x, 0) / alpha),
    in_torch=lambda torch, t, alpha: torch.nn.functional.celu(t, alpha),
    limits=lambda alpha: (-alpha, inf),
    parameters={"alpha": Parameter(1.0, 0, open=True)},
    note="Equal to ELU at α = 1; for no α does its slope jump. Whether the proposal trains a network was "
    "not checked.",
)

# --- Gated: x times a share between 0 and 1 ----------------------------------------------------------------

gelu = Activation(
    name="gelu",
    title="GELU",
    formula=r"x\,\Phi(x) = \tfrac{x}{2} \left(1 + \operatorname{erf}\tfrac{x}{\sqrt 2}\right)",
    slope_formula=r"\Phi(x) + x\,\tfrac{1}{\sqrt{2\pi}} e^{-x^2/2}",
    family="gelu",
    first=2016,
    trained=2016,
    sources=("hendrycks2016",),
    function=lambda x: gated(x, bell_below(x)),
    derivative=lambda x: bell_below(x) + gated(x, bell(x)),
    in_torch=lambda torch, t: torch.nn.functional.gelu(t),
    limits=(-0.16997120747990369, inf),
    rises=False,
)


def tanh_gate(x):
    """Return t and u', where u = √(2/π)(x + 0.044715x³), t = tanh u: (1 + t)/2 is close to Φ(x)."""
    return np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)), sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)


def gelu_tanh_slope(x):
    """Return the slope of x(1 + t)/2 by the product rule."""
    t, u_slope = tanh_gate(x)
    return (1 + t) / 2 + gated(x * u_slope, 1 - t**2) / 2


gelu_tanh = Activation(
    name="gelu_tanh",
    title="GELU (tanh)",
    formula=r"\tfrac{x}{2} \left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715 x^3)\right)\right)",
    slope_formula=r"\tfrac{1}{2}(1 + t) + \tfrac{x}{2} (1 - t^2) \sqrt{2/\pi}\,(1 + 0.134145 x^2), "
    r"\quad t = \tanh\left(\sqrt{2/\pi}\,(x + 0.044715 x^3)\right)",
    family="gelu",
    first=2016,
    trained=2016,
    sources=("hendrycks2016",),
    function=lambda x: gated(x, (1 + tanh_gate(x)[0]) / 2),
    derivative=gelu_tanh_slope,
    in_torch=lambda torch, t: torch.nn.functional.gelu(t, approximate="tanh"),
    limits=(-0.17004075057125406, inf),
    rises=False,
    note="The paper says that its experiments use this form; which revision added it was not checked.",
)

gelu_sigmoid = Activation(
    name="gelu_sigmoid",
    title="GELU (sigmoid)",
    formula=r"x\,\sigma(1.702 x)",
    slope_formula=r"\sigma(1.702 x) + 1.702 x\,\sigma'(1.702 x)",
    family="gelu",
    first=2016,
    trained=2016,
    sources=("hendrycks2016",),
    function=lambda x: gated(x, logistic(1.702 * x)),
    derivative=lambda x: logistic(1.702 * x) + gated(1.702 * x, logistic_slope(1.702 * x)),
    in_torch=lambda torch, t: t * torch.sigmoid(1.702 * t),
    limits=(-0.1636101896363536, inf),
    rises=False,
    note="Also called quick GELU. The paper's own experiments use the tanh form.",
)


def silu_slope(x, beta):
    """Return the slope of x · σ(z) by the product rule, where z = βx."""
    z = gated(x, beta)  # 0 at β = 0, also at ±∞
    return logistic(z) + gated(z, logistic_slope(z))


silu = Activation(
    name="silu",
    title="SiLU",
    formula=r"x\,\sigma(\beta x)",
    slope_formula=r"\sigma(\beta x) + \beta x\,\sigma'(\beta x)",
    family="gelu",
    first=2016,
    trained=2017,
    sources=("hendrycks2016", "elfwing2018", "ramachandran2017"),
    function=lambda x, beta: gated(x, logistic(gated(x, beta))),
    derivative=silu_slope,
    in_torch=lambda torch, t, beta: t * torch.sigmoid(beta * t),
    limits=lambda beta: (-0.2784645427610738 / beta, inf) if beta else (-inf, inf),
    rises=lambda beta: beta == 0,
    parameters={"beta": Parameter(1.0, 0)},
    note="Swish is the same curve (October 2017); β, fixed or learned, is its addition. β = 0 is x/2, and as "
    "β grows it becomes the ReLU. Named in the GELU paper, which in some revision reports training it; "
    "Elfwing et al. train it in 2017 at the latest. In torch β may be a tensor that learns.",
)


def mish_slope(x):
    """Return the slope of x · tanh(softplus x) by the product rule, softplus having the slope σ(x)."""
    t = np.tanh(log1pexp(x))
    return t + gated(x, (1 - t**2) * logistic(x))


mish = Activation(
    name="mish",
    title="Mish",
    formula=r"x \tanh(\log(1 + e^x))",
    slope_formula=r"t + x (1 - t^2)\,\sigma(x), \quad t = \tanh(\log(1 + e^x))",
    family="gelu",
    first=2019,
    trained=2019,
    sources=("misra2020",),
    function=lambda x: gated(x, np.tanh(log1pexp(x))),
    derivative=mish_slope,
    in_torch=lambda torch, t: torch.nn.functional.mish(t),
    limits=(-0.30884341301725043, inf),
    rises=False,
)

# --- Gated units: one sum times φ of another ----------------------------------------------------------------

glu = Gated(
    name="glu",
    title="GLU",
    formula=r"u\,\sigma(g)",
    slope_formulas=(r"\sigma(g)", r"u\,\sigma'(g)"),
    gate=sigmoid,
    first=2016,
    trained=2016,
    sources=("dauphin2017", "hochreiter1997"),
    note="On arXiv in December 2016, printed in 2017. Gates are older: those of the LSTM (1997) are sigmoids too, "
    "and the gated convolutions of the summer of 2016, which the paper compares, let a tanh through them.",
)

bilinear = Gated(
    name="bilinear",
    title="bilinear",
    formula=r"u\,g",
    slope_formulas=(r"g", r"u"),
    gate=identity,
    first=2007,
    trained=2016,
    sources=("dauphin2017", "mnih2007", "shazeer2020"),
    note="Both years in doubt. Dauphin et al. (December 2016) leave out the sigmoid of the GLU and, as Shazeer "
    "reports, attribute the layer to Mnih and Hinton (2007), whose paper was not seen; their bilinear form "
    "scores words and was trained too (from memory). Units that sum products of inputs are older: sigma-pi units, "
    "1986 (from memory). There is no φ, and the layer is still not linear.",
)

reglu = Gated(
    name="reglu",
    title="ReGLU",
    formula=r"u \max(0, g)",
    slope_formulas=(r"\max(0, g)", r"\begin{cases} u & g > 0 \\ 0 & g \le 0 \end{cases}"),
    gate=relu,
    first=2020,
    trained=2020,
    sources=("shazeer2020",),
    note="Where both sums are the same it is ReLU².",
)

geglu = Gated(
    name="geglu",
    title="GEGLU",
    formula=r"u\,g\,\Phi(g)",
    slope_formulas=(
        r"g\,\Phi(g)",
        r"u \left(\Phi(g) + g\,\tfrac{1}{\sqrt{2\pi}} e^{-g^2/2}\right)",
    ),
    gate=gelu,
    first=2020,
    trained=2020,
    sources=("shazeer2020",),
)

swiglu = Gated(
    name="swiglu",
    title="SwiGLU",
    formula=r"u\,g\,\sigma(g)",
    slope_formulas=(r"g\,\sigma(g)", r"u \left(\sigma(g) + g\,\sigma'(g)\right)"),
    gate=silu,
    first=2020,
    trained=2020,
    sources=("shazeer2020",),
    note="Shazeer writes Swish with a parameter β and takes β = 1, which is SiLU.",
)

# --- All of them -------------------------------------------------------------------------------------------

_EVERY = (
    *(identity, step, sign),
    *(sigmoid, tanh, scaled_tanh, softsign, hard_sigmoid, hard_tanh),
    *(softplus, relu, relu6, relu_squared, absolute),
    *(leaky, prelu, rrelu, elu, selu, celu),
    *(gelu, gelu_tanh, gelu_sigmoid, silu, mish),
)

ALL: Mapping[str, Activation] = MappingProxyType(
    {each.name: each for each in sorted(_EVERY, key=lambda each: (each.trained, each.first))}
)
"""Every activation by name, in the order of the year it was first trained. Gated units are in `GATED`."""

GATED: Mapping[str, Gated] = MappingProxyType(
    {
        each.name: each
        for each in sorted((glu, bilinear, reglu, geglu, swiglu), key=lambda each: (each.trained, each.first))
    }
)
"""Every gated unit by name, in the order of the year it was first trained: these take two arguments."""


def get(name: str) -> Activation:
    """Return the activation called `name`, with its default parameters.

    Raises ValueError, with the nearest name and all the names, if there is none; of a gated unit, which takes two
    arguments, it says where that is.
    """
    if name in ALL:
        return ALL[name]
    wanted = str(name).lower().replace(" ", "_")
    if wanted in GATED:
        raise ValueError(
            f"{name!r} is a gated unit, of a value and a gate: take activations.GATED[{wanted!r}]; expected an "
            f"activation of one argument, one of {', '.join(ALL)}"
        )
    near = get_close_matches(wanted, ALL, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"no activation is called {name!r}: {hint}expected one of {', '.join(ALL)}")
