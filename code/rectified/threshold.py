"""1943: all-or-none units, wired by hand (McCulloch and Pitts). Home: chapter 1.

A net is three arrays over its neurons and one clock. Pulses are 0 or 1, and everything that counts them is a
whole number, so every result of this module is exact.
"""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np

YEAR = 1943


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def fires(excite, inhibit, threshold, pulses):
    """Return which neurons fire one tick after `pulses` (McCulloch and Pitts 1943, p. 118).

    `excite[j, i]` counts the excitatory end-feet that neuron j puts on neuron i, `inhibit[j, i]` the inhibitory
    ones; `threshold` has an entry per receiving neuron, `pulses` is (..., neurons) of 0 and 1. The result is
    (..., neurons) of 0 and 1. Inhibition is absolute: one pulse on one inhibitory end-foot vetoes.

    Home: chapter 1.
    """
    enough = pulses @ excite >= threshold  # the end-feet that bring a pulse, counted
    vetoed = pulses @ inhibit > 0  # one inhibitory pulse is enough
    return (enough & ~vetoed).astype(int)


def run(net, inputs):
    """Return the pulses of every neuron at every tick, as (ticks, ..., neurons) of 0 and 1.

    `inputs` has the same shape and says which neurons are made to fire from outside, and when; a neuron fires
    if it is made to or if the tick before it says so. Nothing has fired before tick 0.

    Home: chapter 1.
    """
    history = [inputs[0]]
    for pulses in inputs[1:]:
        history.append(fires(net.excite, net.inhibit, net.threshold, history[-1]) | pulses)
    return np.stack(history)


def circulate(net, state):
    """Return the states that a net left to itself passes through, and where they begin to repeat.

    `state` is (neurons,) of 0 and 1. The first result is a list of states as tuples, each once, in order; the
    second is the index of the state to which the last one returns: the states from there on go round for ever.

    Home: chapter 1.
    """
    seen = []
    state = tuple(int(pulse) for pulse in state)
    while state not in seen:
        seen.append(state)
        state = tuple(fires(net.excite, net.inhibit, net.threshold, np.array(state)).tolist())
    return seen, seen.index(state)


def tables(n, feet, thresholds, vetoes=(0,)):
    """Return every truth table of `n` inputs that one unit computes, as a set of tuples in counting order.

    `feet` and `vetoes` are the numbers of excitatory and inhibitory end-feet that an input may have, `thresholds`
    the thresholds that are tried. Negative `feet` give the signed weights of later years.

    Home: chapter 1.
    """
    inputs = np.array(list(product((0, 1), repeat=n)))
    return {
        tuple(fires(np.array(w), np.array(v), theta, inputs).tolist())
        for w in product(feet, repeat=n)
        for v in product(vetoes, repeat=n)
        for theta in thresholds
    }


def graded(stimulus, threshold):
    """Return a response that is zero up to a threshold and then grows in step with the stimulus.

    A steady-state response in the manner of Householder 1941: a rectifier, two years before the all-or-none
    unit.

    Home: chapter 1.
    """
    return np.maximum(0, stimulus - threshold)


# --- Tools: nets as data, and the books that are kept about them -------------------------------------------


@dataclass(frozen=True, eq=False)
class Net:
    """Neurons, the end-feet between them, and their thresholds.

    `excite` and `inhibit` are (neurons, neurons) whole numbers, from row to column; `threshold` is
    (neurons,), each at least 1 as in the paper. `afferents` says how many of the first neurons are inputs.
    """

    neurons: tuple[str, ...]
    afferents: int
    excite: np.ndarray
    inhibit: np.ndarray
    threshold: np.ndarray

    def __post_init__(self):
        size = len(self.neurons)
        if len(set(self.neurons)) < size:
            raise ValueError(f"two neurons share a name among {' '.join(self.neurons)}")
        if self.afferents not in range(size + 1):
            raise ValueError(
                f"afferents is {self.afferents!r}; expected how many of the {size} neurons are inputs"
            )
        for name in ("excite", "inhibit", "threshold"):
            array = getattr(self, name)
            if not isinstance(array, np.ndarray):
                raise ValueError(f"{name} is a {type(array).__name__}, {array!r}; expected a NumPy array")
        for name in ("excite", "inhibit"):
            array = getattr(self, name)
            if array.shape != (size, size):
                raise ValueError(
                    f"{name} has shape {array.shape}; expected {(size, size)}: a row and a column a neuron"
                )
            if not np.issubdtype(array.dtype, np.integer) or array.min(initial=0) < 0:
                raise ValueError(
                    f"{name} must count end-feet: whole numbers, none negative; got {array.tolist()}"
                )
        if self.threshold.shape != (size,):
            raise ValueError(f"threshold has shape {self.threshold.shape}; expected {(size,)}: one a neuron")
        if self.threshold.min(initial=1) < 1:
            low = self.neurons[int(self.threshold.argmin())]
            raise ValueError(
                f"the threshold of {low} is {self.threshold.min()}; the paper's thresholds are at least 1"
            )

    def __repr__(self):
        return f"Net({len(self.neurons)} neurons, {self.afferents} of them inputs: {' '.join(self.neurons)})"


def wire(afferents: str, *, threshold: int = 2, **neurons: str) -> Net:
    """Build a net from words: `wire("N1 N2", N3="N1 N1 | N2")`.

    `afferents` names the inputs. Every other neuron is a keyword whose text names, once for each end-foot, the
    neurons that excite it, and behind a bar those that inhibit it. `threshold` holds for every neuron; in the
    paper's figure it is two.

    Raises ValueError if a name is used that no neuron has, or given twice.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        raise ValueError(
            f"threshold is {threshold!r}; expected a whole number of at least 1, as in the paper"
        )
    names = (*afferents.split(), *neurons)
    if len(set(names)) < len(names):
        raise ValueError(f"two neurons share a name among {' '.join(names)}")
    place = {name: k for k, name in enumerate(names)}
    excite = np.zeros((len(names), len(names)), dtype=int)
    inhibit = np.zeros_like(excite)
    for target, text in neurons.items():
        parts = text.split("|")
        if len(parts) > 2:
            raise ValueError(
                f"{target} is wired as {text!r}: one bar at most, excitation before it, inhibition behind"
            )
        for ends, part in zip((excite, inhibit), parts, strict=False):
            for source in part.split():
                if source not in place:
                    raise ValueError(
                        f"{target} is wired to {source!r}, but the neurons are {', '.join(map(repr, names))}; "
                        "names stand with spaces between them, a name once for each end-foot"
                    )
                ends[place[source], place[target]] += 1
    return Net(names, len(afferents.split()), excite, inhibit, np.full(len(names), threshold))


def pulses(net: Net, ticks: int | None = None, **trains: str) -> np.ndarray:
    """Write pulse trains as (ticks, neurons): `pulses(net, N1="110", N2="001")`, one digit a tick.

    Neurons that are not named stay untouched; shorter trains are followed by silence, up to `ticks`.

    Raises ValueError if a neuron is not in the net, a train is not made of 0 and 1, or is longer than `ticks`.
    """
    for name, train in trains.items():
        if name not in net.neurons:
            raise ValueError(f"{name} is not a neuron of this net; it has {' '.join(net.neurons)}")
        if not re.fullmatch("[01]*", train):
            raise ValueError(f"the train of {name} is {train!r}; expected digits 0 and 1, one a tick")
    longest = max((len(train) for train in trains.values()), default=0)
    ticks = longest if ticks is None else ticks
    if ticks < max(longest, 1):
        raise ValueError(
            f"ticks is {ticks}, but the longest train has {longest}; at least one tick is needed"
        )
    sheet = np.zeros((ticks, len(net.neurons)), dtype=int)
    for name, train in trains.items():
        sheet[: len(train), net.neurons.index(name)] = [int(digit) for digit in train]
    return sheet


def histories(net: Net, ticks: int) -> np.ndarray:
    """Return every way in which the inputs of a net can pulse for some ticks: (ticks, histories, neurons).

    Raises ValueError beyond 2**20 histories.
    """
    bits = ticks * net.afferents
    if not ticks >= 1 or bits > 20:
        raise ValueError(
            f"{ticks} ticks of {net.afferents} inputs make 2**{bits} histories; expected 1 to 20 bits"
        )
    every = (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1  # (histories, bits)
    sheet = np.zeros((ticks, 2**bits, len(net.neurons)), dtype=int)
    sheet[:, :, : net.afferents] = every.reshape(2**bits, ticks, net.afferents).swapaxes(0, 1)
    return sheet


def corners(n: int) -> np.ndarray:
    """Return the 2**n settings of n inputs as (2**n, n) of 0 and 1, in counting order: 00, 01, 10, 11."""
    return np.array(list(product((0, 1), repeat=n)))


# The nets of Figure 1 (McCulloch and Pitts 1943, p. 130), end-foot by end-foot. Two end-feet must bring a pulse
# at once; inner neurons that the drawing leaves without a name are called a, b, c. The lower drawings of (f),
# (g) and (i) are used: the upper ones show the relative inhibition, extinction and alterable synapse that they
# replace.
FIGURE_1 = {
    "a": wire("N1", N2="N1 N1"),
    "b": wire("N1 N2", N3="N1 N1 N2 N2"),
    "c": wire("N1 N2", N3="N1 N2"),
    "d": wire("N1 N2", N3="N1 N1 | N2"),
    "e": wire("N1 N2", a="N2 N2", b="a a | N2", N3="N1 N1 b b", N4="a N2"),
    "f": wire("N1 N2 N3", a="N2 N2 | N1", b="N2 N3", c="N3 N3 | N1", N4="a a b b c c"),
    "g": wire("N1 N2", N3="N2 N2 | N1"),
    "h": wire("N1", a="N1 N1", N2="N1 a"),
    "i": wire("N1 N2", a="N1 N2 a a", N3="N1 N2 N2 a"),
}

# Where the drawing, roughly, puts those neurons: (x, y) for each, in the order of `Net.neurons`.
PLACES = {
    "a": ((0, 0), (2.6, 0)),
    "b": ((0, 1), (0, -1), (2.6, 0)),
    "c": ((0, 1), (0, -1), (2.6, 0)),
    "d": ((0, 1), (0, -1), (2.6, 0)),
    "e": ((0, 2), (0, -1), (2.1, 0), (4.2, 0.6), (6.3, 1.6), (6.3, -1)),
    "f": ((0, 2), (0, 0), (0, -2), (2.5, 1.4), (2.5, -0.3), (2.5, -2), (5, -0.3)),
    "g": ((0, 1), (0, -1), (2.6, 0)),
    "h": ((0, 0), (2.3, 1), (4.6, 0)),
    "i": ((0, 1.1), (0, -1.1), (2.4, 1.4), (4.8, 0)),
}
