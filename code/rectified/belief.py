"""2006: belief nets, learned layer by layer without labels (Hinton, Osindero and Teh). Home: chapter 7.

A restricted Boltzmann machine is one matrix (visible + 1, hidden + 1): an extra unit that is always 1 stands on either
side, so the last row holds the biases of the hidden units, the last column those of the visible ones, and the corner is
0. In front of the two axes may stand others, such as one for seeds. Without its last column it is a layer of chapter 4
that leads up, and the transposed matrix, `turned`, without its last column one that leads down.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rectified import activations, eras
from rectified.backprop import accelerate, backward, forward
from rectified.threshold import corners

YEAR = 2006


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def chance(w, given, labels=0):
    """Return the chance that each unit of one side is on, given those of the other: (..., cases, units).

    The last units, as many as there are `labels`, stand for one label: just one of them is on.

    Home: chapter 7.
    """
    z = given @ w[..., :-1, :-1] + w[..., -1:, :-1]
    if not labels:
        return activations.logistic(z)
    shares = np.exp(z[..., -labels:] - z[..., -labels:].max(axis=-1, keepdims=True))
    shares = shares / shares.sum(axis=-1, keepdims=True)
    return np.concatenate([activations.logistic(z[..., :-labels]), shares], axis=-1)


def toss(chances, rng):
    """Return 1 with the given chances, else 0.

    Home: chapter 7.
    """
    return (rng.random(chances.shape, dtype=chances.dtype) < chances).astype(chances.dtype)


def together(visible, hidden):
    """Return how often each pair of units is on together: means over the cases, (..., visible + 1, hidden + 1).

    Home: chapter 7.
    """
    v, h = (np.concatenate([side, np.ones_like(side[..., :1])], axis=-1) for side in (visible, hidden))
    return np.swapaxes(v, -1, -2) @ h / v.shape[-2]


def contrast(w, seen, rng, labels=0):
    """Return one step of contrastive divergence: pairs in what was seen, less pairs in its reconstruction.

    `seen` is (..., cases, visible), `w` (..., visible + 1, hidden + 1), and so is the result (Hinton 2002).

    Home: chapter 7.
    """
    hidden = chance(w, seen)
    dreamt = chance(turned(w), toss(hidden, rng), labels)
    return together(seen, hidden) - together(dreamt, chance(w, dreamt))


def free_energy(w, visible):
    """Return −log of the sum of e^−energy over all states of the hidden units: (..., cases).

    Home: chapter 7.
    """
    into = visible @ w[..., :-1, :] + w[..., -1:, :]  # the last column: what the visible biases say
    return -into[..., -1] - activations.log1pexp(into[..., :-1]).sum(axis=-1)


def log_likelihood(w, visible):
    """Return the logarithm of the chance of each case, (..., cases), by counting through every state of one side.

    Home: chapter 7.
    """
    smaller = w if w.shape[-2] <= w.shape[-1] else turned(w)
    every = corners(smaller.shape[-2] - 1).astype(w.dtype)
    worth = -free_energy(smaller, every)  # (..., states)
    most = worth.max(axis=-1, keepdims=True)
    partition = most + np.log(np.exp(worth - most).sum(axis=-1, keepdims=True))
    return -free_energy(w, visible) - partition


# --- Tools: turning round, first weights, learning a machine ------------------------------------------------


def turned(w: np.ndarray) -> np.ndarray:
    """Return the machine with its two sides exchanged."""
    return np.swapaxes(w, -1, -2)


class Dice:
    """A generator for each seed: what is drawn has an axis for seeds in front, and no seed touches another."""

    def __init__(self, seeds: Iterable[int]):
        self.each = [np.random.default_rng(seed) for seed in seeds]
        if not self.each:
            raise ValueError("seeds is empty; expected one or more")

    def random(self, size: Sequence[int], dtype=np.float64) -> np.ndarray:
        """Return numbers between 0 and 1 of the given shape, (seeds, ...)."""
        return np.stack([rng.random(self._own(size), dtype=dtype) for rng in self.each])

    def normal(self, size: Sequence[int]) -> np.ndarray:
        """Return standard normal numbers of the given shape, (seeds, ...)."""
        return np.stack([rng.normal(size=self._own(size)) for rng in self.each])

    def orders(self, count: int) -> np.ndarray:
        """Return an order of `count` cases for each seed, (seeds, count)."""
        return np.stack([rng.permutation(count) for rng in self.each])

    def _own(self, size: Sequence[int]) -> Sequence[int]:
        """Return what is left of a shape for each seed."""
        if not size or size[0] != len(self.each):
            raise ValueError(
                f"size is {tuple(size)}; expected ({len(self.each)}, …), an entry for each seed in front"
            )
        return size[1:]


def machine(visible: int, hidden: int, dice: Dice, *, spread: float = 0.01, dtype=np.float64) -> np.ndarray:
    """Return first weights, (seeds, visible + 1, hidden + 1): normal, with biases of 0."""
    w = np.zeros((len(dice.each), visible + 1, hidden + 1), dtype)
    w[:, :-1, :-1] = spread * dice.normal((len(dice.each), visible, hidden))
    return w


def learn(
    w: np.ndarray,
    cases: np.ndarray,
    dice: Dice,
    *,
    passes: int,
    rate: float,
    batch: int = 20,
    momentum: float = 0.5,
    decay: float = 0.0,
    labels: int = 0,
    by: Callable = contrast,
) -> np.ndarray:
    """Return the machines after some passes of contrastive divergence, in each seed's own order of the cases.

    w: (seeds, visible + 1, hidden + 1). cases: (cases, visible), or (seeds, cases, visible); chances from 0 to 1.
    batch: cases a step. decay: times each weight, but no bias, is taken from its step. labels: so many visible units
    at the end stand for one label. by: the idea of the chapter, or your own.
    """
    eras.require("contrastive divergence", 2002)
    cases = np.asarray(cases)
    _fitting(w, cases, dice, batch, labels)
    own = np.arange(len(w))[:, None] if cases.ndim == 3 else None
    velocity, spared = np.zeros_like(w), np.ones(w.shape[1:], w.dtype)
    spared[-1], spared[:, -1] = 0, 0
    for _ in range(passes):
        orders = dice.orders(cases.shape[-2])
        for begin in range(0, cases.shape[-2] - batch + 1, batch):
            chosen = orders[:, begin : begin + batch]
            seen = cases[chosen] if own is None else cases[own, chosen]
            velocity = momentum * velocity + rate * (by(w, seen, dice, labels) - decay * spared * w)
            w = w + velocity
    return w


def _fitting(w: np.ndarray, cases: np.ndarray, dice: Dice, batch: int, labels: int) -> None:
    """Raise ValueError, naming what was seen and what was expected, if these do not fit one another."""
    seeds = len(dice.each)
    if w.ndim != 3 or len(w) != seeds or w.dtype.kind != "f":
        raise ValueError(
            f"w is {w.dtype} of shape {w.shape}; expected floats of shape ({seeds}, visible + 1, hidden + 1): one "
            "machine for each seed of the dice"
        )
    visible = w.shape[1] - 1
    if cases.ndim not in (2, 3) or cases.shape[-1] != visible or cases.shape[:-2] not in ((), (seeds,)):
        raise ValueError(
            f"cases has shape {cases.shape}; expected (cases, {visible}), or ({seeds}, cases, {visible}) with seeds in "
            "front"
        )
    if not 1 <= batch <= cases.shape[-2]:
        raise ValueError(f"batch is {batch} and there are {cases.shape[-2]} cases; expected 1 to that many")
    if not 0 <= labels <= visible:
        raise ValueError(f"labels is {labels} and there are {visible} visible units; expected 0 to that many")
    if not np.isfinite(cases).all():
        raise ValueError("cases has a number that is not finite")


# --- The whole net: up and down ----------------------------------------------------------------------------


def up_down(
    up: Sequence[np.ndarray],
    down: Sequence[np.ndarray],
    top: np.ndarray,
    seen: np.ndarray,
    label: np.ndarray,
    rng,
    *,
    gibbs: int = 3,
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Return what a step of rate 1 adds to the ways up, the ways down and the top machine: contrastive wake–sleep.

    up, down: a machine for each layer below the top one, from the pictures on, and the same `turned`; they began as one
    and part in learning. Their last column does nothing. top: the last machine, its last visible units for the labels.
    seen: (..., cases, visible). label: (..., cases, labels), one 1 among zeros. gibbs: rounds of the top machine.

    Hinton, Osindero and Teh 2006, appendix B.
    """
    eras.require("contrastive wake–sleep", YEAR)
    if len(up) != len(down) or not up:
        raise ValueError(f"up has {len(up)} machines and down has {len(down)}; expected as many, 1 or more")
    if label.shape[:-1] != seen.shape[:-1] or not label.shape[-1]:
        raise ValueError(
            f"label has shape {label.shape}; expected {(*seen.shape[:-1], 'labels')}, as seen has"
        )
    if gibbs < 0:
        raise ValueError(f"gibbs is {gibbs}; expected 0 or more")
    kinds, awake = label.shape[-1], [seen]
    for w in up:
        awake.append(toss(chance(w, awake[-1]), rng))
    below = np.concatenate([awake[-1], label], axis=-1)
    above = toss(chance(top, below), rng)
    fancied, drawn = below, above
    for _ in range(gibbs):
        fancied = chance(turned(top), drawn, kinds)  # the labels stay chances, as in the paper
        fancied[..., :-kinds] = toss(fancied[..., :-kinds], rng)
        drawn = toss(chance(top, fancied), rng)
    dreamt = [fancied[..., :-kinds]]
    for w in reversed(down[1:]):
        dreamt.insert(0, toss(chance(w, dreamt[0]), rng))
    dreamt.insert(0, chance(down[0], dreamt[0]))  # pictures are grey

    def nearer(w, given, wanted):
        return together(given, wanted) - together(given, chance(w, given))

    return (
        [nearer(*layer) for layer in zip(up, dreamt[:-1], dreamt[1:], strict=True)],
        [nearer(*layer) for layer in zip(down, awake[1:], awake[:-1], strict=True)],
        together(below, above) - together(fancied, drawn),
    )


# --- Tools: other kinds of unit, stacks, what a machine dreams ---------------------------------------------


def straight(w, seen, rng, labels=0):
    """Return a step of contrastive divergence for hidden units that are straight lines with normal noise.

    Their noise has variance 1. The code of the autoencoder of 2006 is made of them (Hinton and Salakhutdinov 2006).
    """
    hidden = seen @ w[..., :-1, :-1] + w[..., -1:, :-1]
    dreamt = chance(turned(w), hidden + rng.normal(size=hidden.shape).astype(hidden.dtype), labels)
    again = dreamt @ w[..., :-1, :-1] + w[..., -1:, :-1]
    return together(seen, hidden) - together(dreamt, again)


def retracing(phi: Callable, out: Callable = activations.logistic) -> Callable:
    """Return the step of an autoencoder of one hidden layer, for `learn`: down the slope of what it fails to give back.

    The way down has the weights of the way up. phi: the activation of the hidden units, with a `slope`. out: that of
    what is given back: logistic, under cross-entropy, for chances; a straight line, under half the squared distance,
    for anything else. For both the blame of what comes out is what was seen less what came back.
    """

    def step(w, seen, rng, labels=0):
        z = seen @ w[..., :-1, :-1] + w[..., -1:, :-1]
        hidden = phi(z)
        missing = seen - out(hidden @ turned(w)[..., :-1, :-1] + turned(w)[..., -1:, :-1])
        blame = (missing @ w[..., :-1, :-1]) * phi.slope(z)
        down, up = together(missing, hidden), together(seen, blame)
        down[..., -1, :], up[..., :, -1] = 0, 0  # a bias takes part on one of the two ways only
        return down + up

    return step


def greedy(
    cases: np.ndarray,
    sizes: Sequence[int],
    seeds: Iterable[int],
    *,
    lead: Callable = chance,
    by: Callable | Sequence[Callable] = contrast,
    spread: float = 0.1,
    **settings,
) -> list[np.ndarray]:
    """Return a stack of machines, the lowest first: each learns what comes out of the one below it.

    sizes: units from the cases up. lead: what leads up, (w, seen) -> hidden. by: one step for all machines, or one for
    each. Other settings are those of `learn`.
    """
    if settings.get("labels"):
        raise ValueError(
            "labels is set; expected none: only the top machine of a stack has them, so learn that one alone"
        )
    seeds, stack, seen = list(seeds), [], cases
    steps = [by] * (len(sizes) - 1) if callable(by) else by
    if len(steps) != len(sizes) - 1:
        raise ValueError(
            f"by has {len(steps)} steps and sizes has {len(sizes)}; expected a step for each machine"
        )
    for number, ((below, above), step) in enumerate(zip(pairwise(sizes), steps, strict=True), 1):
        dice = Dice(
            (seed, number) for seed in seeds
        )  # a die of its own for each machine, or layers would be alike
        first = machine(below, above, dice, spread=spread, dtype=np.result_type(cases, np.float32))
        stack.append(learn(first, seen, dice, by=step, **settings))
        seen = lead(stack[-1], seen)
    return stack


def led(phi: Callable) -> Callable:
    """Return what leads up through a layer of an activation, for `greedy`."""
    return lambda w, seen: phi(seen @ w[..., :-1, :-1] + w[..., -1:, :-1])


def start(stack: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return machines as the first weights and biases of a net, for `training.train`, the lowest first."""
    return {
        name: part
        for k, w in enumerate(stack, start=1)
        for name, part in ((f"weights {k}", w[..., :-1, :-1]), (f"biases {k}", w[..., -1, :-1]))
    }


def centred(stack: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the same layers for tanh in the place of logistic units: 2σ(z) − 1 = tanh(z/2), so nothing else changes.

    What comes out of the last layer runs from −1 to 1 instead of from 0 to 1.
    """
    same = []
    for k, w in enumerate(stack):
        w = w / 2  # what goes into a tanh
        if k:  # what comes from below is (1 + tanh)/2
            w[..., :-1, :] /= 2
            w[..., -1, :-1] += w[..., :-1, :-1].sum(axis=-2)
        same.append(w)
    return same


def draw(shares: np.ndarray, rng) -> np.ndarray:
    """Return a 1 in one place of the last axis, drawn with the given shares, and 0 elsewhere."""
    below = np.cumsum(shares, axis=-1)
    place = (below < below[..., -1:] * rng.random((*shares.shape[:-1], 1), dtype=shares.dtype)).sum(axis=-1)
    return np.eye(shares.shape[-1], dtype=shares.dtype)[place]


def wander(
    w: np.ndarray,
    visible: np.ndarray,
    dice,
    *,
    steps: int,
    labels: int = 0,
    held: np.ndarray | None = None,
    every: int = 1,
) -> np.ndarray:
    """Return where a Gibbs chain passes from each case: (steps // every, ..., cases, visible), as chances.

    visible: (..., cases, visible), where they begin. labels: so many visible units at the end stand for one label,
    which is drawn at each step, and returned as drawn. held: (cases, labels), labels that are put back instead.
    """
    if not 1 <= every <= steps:
        raise ValueError(f"every is {every} and steps is {steps}; expected 1 to that many")
    if held is not None and (not labels or np.shape(held)[-1] != labels):
        raise ValueError(f"held has shape {np.shape(held)} and labels is {labels}; expected (cases, labels)")
    passed = []
    for step in range(1, steps + 1):
        chances = chance(turned(w), toss(chance(w, visible), dice), labels)
        visible = toss(chances, dice)
        if labels:
            visible[..., -labels:] = draw(chances[..., -labels:], dice) if held is None else held
        if step % every == 0:
            if labels:
                chances[..., -labels:] = visible[..., -labels:]
            passed.append(chances)
    return np.stack(passed)


def believes(w: np.ndarray) -> np.ndarray:
    """Return how often each pair of units is on together when the machine is left alone: exactly, as `together`.

    It counts through every state of the smaller side, which may have a dozen units or so.
    """
    if w.shape[-1] < w.shape[-2]:
        return turned(believes(turned(w)))
    every = corners(w.shape[-2] - 1).astype(w.dtype)
    share = np.exp(log_likelihood(w, every))[..., None]
    v, h = (
        np.concatenate([side, np.ones_like(side[..., :1])], axis=-1) for side in (every, chance(w, every))
    )
    return np.swapaxes(share * v, -1, -2) @ h


def storeys(lower: np.ndarray, upper: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return the logarithm of the chance of each case, (..., cases), in a belief net of two machines, exactly.

    The upper machine dreams a state of the units between, of which there may be a dozen or so; the lower one leads down
    from it, and no more than that is left of it.
    """
    between = corners(lower.shape[-1] - 1).astype(lower.dtype)
    into = turned(lower)[..., :-1, :-1].swapaxes(-1, -2) @ between.T + turned(lower)[..., -1, :-1, None]
    given = visible @ into - activations.log1pexp(into).sum(axis=-2, keepdims=True)  # (..., cases, states)
    both = given + log_likelihood(upper, between)[..., None, :]
    most = both.max(axis=-1, keepdims=True)
    return (most + np.log(np.exp(both - most).sum(axis=-1, keepdims=True)))[..., 0]


def bars(side: int) -> np.ndarray:
    """Return all pictures of full rows, and all of full columns, each once: (pictures, side · side) of 0 and 1."""
    which = corners(side)
    rows, columns = np.repeat(which, side, axis=1), np.tile(which, (1, side))
    return np.unique(np.concatenate([rows, columns]), axis=0).astype(float)


# --- Tools: an autoencoder, fine-tuned ---------------------------------------------------------------------


def unrolled(stack: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the layers of chapter 4 that lead up through a stack and down again, (..., fan_in + 1, fan_out) each."""
    return [w[..., :-1] for w in stack] + [turned(w)[..., :-1] for w in reversed(stack)]


@dataclass(frozen=True)
class Tuned:
    """What fine-tuning an autoencoder leaves: its layers, and how far off its pictures were on the way.

    error is (seeds, steps): the squared distance to a case, the mean over the cases.
    """

    weights: list[np.ndarray]
    steps: np.ndarray
    error: np.ndarray


def given_back(weights: Sequence[np.ndarray], phis: Sequence, cases: np.ndarray) -> np.ndarray:
    """Return what an autoencoder makes of the cases, (..., cases, visible): the logistic of its last sums."""
    return activations.logistic(forward(weights, phis, cases)[1][-1])


def tune(
    weights: Sequence[np.ndarray],
    phis: Sequence,
    cases: np.ndarray,
    dice: Dice,
    *,
    steps: int,
    rate: float,
    batch: int = 32,
    momentum: float = 0.9,
    record: Iterable[int] = (),
    test: np.ndarray | None = None,
) -> Tuned:
    """Return an autoencoder after back-propagation with cross-entropy, in each seed's own order of the cases.

    weights: (seeds, fan_in + 1, fan_out) a layer. phis: one a layer, the last a straight line: the logistic of its sums
    is taken here. record: the steps at which to measure, on `test` or else on the cases; without any, the last.
    """
    eras.require("back-propagation", 1986)
    measured = cases if test is None else test
    record = sorted(set(record) or {steps})
    if not 0 <= record[0] <= record[-1] <= steps:
        raise ValueError(f"record runs from {record[0]} to {record[-1]}; expected steps from 0 to {steps}")
    if batch < 1 or not len(cases) or not len(measured):
        raise ValueError(
            f"batch is {batch}, cases {len(cases)}, measured {len(measured)}; expected 1 or more of each"
        )
    velocity, errors = [np.zeros_like(w) for w in weights], []
    ahead = np.empty((len(dice.each), 0), int)
    for step in range(steps + 1):
        if step in record:
            off = given_back(weights, phis, measured) - measured
            errors.append((off**2).sum(axis=-1).mean(axis=-1))
        if step == steps:
            break
        while ahead.shape[1] < batch:
            ahead = np.concatenate([ahead, dice.orders(len(cases))], axis=1)
        seen, ahead = cases[ahead[:, :batch]], ahead[:, batch:]
        sums, outputs = forward(weights, phis, seen)
        blame = (activations.logistic(outputs[-1]) - seen) / batch
        gradients = backward(weights, phis, sums, outputs, blame)
        weights, velocity = accelerate(weights, velocity, gradients, rate, momentum)
    return Tuned(list(weights), np.array(record), np.stack(errors, axis=1))
