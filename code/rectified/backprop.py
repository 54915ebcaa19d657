"""1986: blame that flows backwards (Rumelhart, Hinton and Williams). Home: chapter 4.

A network is a list of weight matrices, the first layer's first. Each is (fan_in + 1, fan_out): the last row holds
the biases, the weights of an extra unit that is always 1, as in the paper. In front of these two axes may stand
others, such as one for seeds: (seeds, fan_in + 1, fan_out). Then hundreds of networks learn at once, and none
touches its neighbours. With every matrix goes a φ, an activation that has a `slope`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rectified import eras, initialisation
from rectified.threshold import corners

YEAR = 1986


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


def forward(weights, phis, x):
    """Return what goes into the units of each layer, and what comes out, the inputs first.

    `x` is (..., cases, inputs); `weights` and `phis` have an entry a layer. The sums are one list of
    (..., cases, units), the outputs another, with `x` itself in front.

    Home: chapter 4.
    """
    sums, outputs = [], [x]
    for w, phi in zip(weights, phis, strict=True):
        sums.append(outputs[-1] @ w[..., :-1, :] + w[..., -1:, :])
        outputs.append(phi(sums[-1]))
    return sums, outputs


def backward(weights, phis, sums, outputs, blame):
    """Return ∂E/∂w for every weight, in the shape of the weights.

    `blame` is ∂E/∂y of the last layer, (..., cases, outputs): how the error changes with what came out. For the
    squared error of 1986 it is what came out less what was wanted (equations 4 to 7 of the paper).

    Home: chapter 4.
    """
    gradients = []
    layers = list(zip(weights, phis, sums, outputs[:-1], strict=True))
    for w, phi, z, a in reversed(layers):  # a is what came in from below
        blame = blame * phi.slope(z)  # through the unit: from what came out to what went in
        of_biases = blame.sum(axis=-2, keepdims=True)  # a bias listens to a constant 1
        of_weights = np.swapaxes(a, -1, -2) @ blame
        gradients.insert(0, np.concatenate([of_weights, of_biases], axis=-2))
        blame = blame @ np.swapaxes(w[..., :-1, :], -1, -2)  # back along the weights
    return gradients


def accelerate(weights, velocity, gradients, rate, momentum):
    """Return the weights after one step with momentum, and the step (equation 9 of the paper).

    `velocity` is the step before, 0 for each layer at the start.

    Home: chapter 4.
    """
    velocity = [momentum * v - rate * g for v, g in zip(velocity, gradients, strict=True)]
    return [w + v for w, v in zip(weights, velocity, strict=True)], velocity


# --- Tools: first weights, the loop over sweeps, layers that are not whole -------------------------------


def draw(
    sizes: Sequence[int],
    seeds: Iterable[int],
    *,
    limit: float = 0.3,
    initial: Callable | None = None,
) -> list[np.ndarray]:
    """Return first weights for each seed, a list of (seeds, fan_in + 1, fan_out).

    As in 1986, weights and biases are uniform between −limit and limit. With `initial`, a rule of
    `initialisation`, the weights are drawn by it and the biases are 0.
    """
    seeds = list(seeds)
    if len(sizes) < 2 or not seeds:
        raise ValueError(
            f"sizes is {tuple(sizes)} and seeds has {len(seeds)} entries; expected inputs and outputs at least, "
            "and one seed"
        )
    nets = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        net = []
        for fan_in, fan_out in pairwise(sizes):
            if initial is None:
                net.append(initialisation.uniform(rng, (fan_in + 1, fan_out), limit=limit))
            else:
                net.append(np.vstack([initial(rng, (fan_in, fan_out)), np.zeros(fan_out)]))
        nets.append(net)
    return [np.stack(layer) for layer in zip(*nets, strict=True)]


@dataclass(frozen=True)
class Learned:
    """What a run leaves: the weights, a row for each seed, and after how many sweeps each was right.

    sweeps is (seeds,), inf for those that never were.
    """

    weights: list[np.ndarray]
    sweeps: np.ndarray

    @property
    def share(self) -> float:
        """The share of seeds that got there."""
        return float(np.isfinite(self.sweeps).mean())

    @property
    def median(self) -> float:
        """The median of sweeps among those that got there, nan if none did."""
        there = self.sweeps[np.isfinite(self.sweeps)]
        return float(np.median(there)) if len(there) else float("nan")


def learn(
    weights: Sequence[np.ndarray],
    phis: Sequence,
    x: np.ndarray,
    wanted: np.ndarray,
    *,
    rate: float | Callable[[int], float],
    momentum: float | Callable[[int], float] = 0.9,
    sweeps: int = 2000,
    close: float = 0.5,
    spare: float = 0.0,
    decay: float = 0.0,
    wired: Sequence[np.ndarray] | None = None,
    go_on: bool = False,
    by: tuple[Callable, Callable, Callable] = (forward, backward, accelerate),
) -> Learned:
    """Train one network a seed by full sweeps through all cases, and say when each was right for the first time.

    weights: (seeds, fan_in + 1, fan_out) a layer. x, wanted: (cases, inputs) and (cases, outputs), the same for all
    seeds, or with seeds in front. rate, momentum: a number, or a function of the sweep, which counts from 0.
    close: a network is right once every output is nearer than this to what is wanted. spare: an output at most this
    far off is blamed for nothing. decay: the share that each weight loses after each step. wired: for each layer
    (fan_in + 1, fan_out), 1 where a weight exists and learns, else 0. go_on: learn on after being right; else that
    network rests at once. by: the three ideas of the chapter, or your own.
    """
    eras.require("back-propagation", YEAR)
    forth, back, faster = by
    weights, x, wanted = _fitting(weights, x, wanted)
    first, alive = np.full(len(weights[0]), np.inf), np.arange(len(weights[0]))
    present, velocity = weights, [np.zeros_like(w) for w in weights]
    for sweep in range(sweeps + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # one that diverges turns to nan, alone
            sums, outputs = forth(present, phis, x)
            error = outputs[-1] - wanted
            there = (np.abs(error) < close).all(axis=(-1, -2))
            first[alive[there & np.isinf(first[alive])]] = sweep
            resting = np.isfinite(first[alive]) | ~np.isfinite(error).all(axis=(-1, -2))
            if not go_on and resting.any():
                _keep(weights, alive, present)
                alive = alive[~resting]
                present, velocity = [w[~resting] for w in present], [v[~resting] for v in velocity]
                x, wanted = (part[~resting] if part.ndim == 3 else part for part in (x, wanted))
                sums, outputs = forth(present, phis, x)
                error = outputs[-1] - wanted
            if sweep == sweeps or not len(alive):
                break
            if spare:
                error = np.where(np.abs(error) <= spare, 0, error)
            gradients = back(present, phis, sums, outputs, error)
            if wired is not None:
                gradients = [g * there_is for g, there_is in zip(gradients, wired, strict=True)]
            now = [value(sweep) if callable(value) else value for value in (rate, momentum)]
            present, velocity = faster(present, velocity, gradients, *now)
            if decay:
                present = [w * (1 - decay) for w in present]
    _keep(weights, alive, present)
    return Learned(weights, first)


def _fitting(
    weights: Sequence[np.ndarray], x: np.ndarray, wanted: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return weights of our own, and the cases, as arrays that fit one another."""
    weights, x, wanted = [np.array(w, dtype=float) for w in weights], np.asarray(x), np.asarray(wanted)
    for layer, w in enumerate(weights, start=1):
        if w.ndim != 3:
            raise ValueError(
                f"weights of layer {layer} has shape {w.shape}; expected (seeds, fan_in + 1, fan_out)"
            )
        if len(w) != len(weights[0]):
            raise ValueError(
                f"weights has {len(weights[0])} seeds in layer 1 and {len(w)} in layer {layer}; expected as many in "
                "every layer"
            )
    seeds, inputs, outputs = len(weights[0]), weights[0].shape[1] - 1, weights[-1].shape[2]
    if x.ndim not in (2, 3) or x.shape[-1] != inputs or x.shape[:-2] not in ((), (seeds,)):
        raise ValueError(
            f"x has shape {x.shape}; expected (cases, {inputs}), or ({seeds}, cases, {inputs}) with seeds in front"
        )
    right = (x.shape[-2], outputs)
    if wanted.shape not in (right, (seeds, *right)):
        raise ValueError(
            f"wanted has shape {wanted.shape}; expected {right}, or {(seeds, *right)} with seeds in front"
        )
    return weights, x, wanted


def _keep(weights: list[np.ndarray], alive: np.ndarray, present: list[np.ndarray]) -> None:
    """Write the present weights of the networks that still learn into the list of all."""
    for all_of_them, w in zip(weights, present, strict=True):
        all_of_them[alive] = w


class Beside:
    """A layer in which the first units have one φ and the others another: what a shortcut needs.

    A shortcut past a layer is a unit of that layer that hands an input on unchanged.
    """

    def __init__(self, count: int, first: Callable, other: Callable):
        self.count, self.first, self.other = count, first, other

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return np.concatenate([self.first(z[..., : self.count]), self.other(z[..., self.count :])], axis=-1)

    def slope(self, z: np.ndarray) -> np.ndarray:
        parts = self.first.slope(z[..., : self.count]), self.other.slope(z[..., self.count :])
        return np.concatenate(parts, axis=-1)


# --- Tools: the tasks of 1986 ------------------------------------------------------------------------------


def symmetry(length: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return every pattern of 0 and 1 of an even length, and whether it is its own mirror image, (2**length, 1)."""
    x = corners(length).astype(float)
    return x, (x == x[:, ::-1]).all(axis=1, keepdims=True).astype(float)


def parity(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return every pattern of 0 and 1, and whether its ones are odd in number; of length 2 it is XOR."""
    x = corners(length).astype(float)
    return x, x.sum(axis=1, keepdims=True) % 2


ENGLISH = ("Christopher", "Andrew", "Arthur", "James", "Charles", "Colin",
           "Penelope", "Christine", "Victoria", "Jennifer", "Margaret", "Charlotte")  # fmt: skip
ITALIAN = ("Roberto", "Pierro", "Emilio", "Marco", "Tomaso", "Alfonso",
           "Maria", "Francesca", "Lucia", "Angela", "Gina", "Sophia")  # fmt: skip
PEOPLE = ENGLISH + ITALIAN  # in each family first the six men, then the six women
RELATIONS = ("father", "mother", "husband", "wife", "son", "daughter",
             "uncle", "aunt", "brother", "sister", "nephew", "niece")  # fmt: skip
COUPLES = ((0, 6), (1, 7), (2, 10), (3, 8), (4, 9))  # husband and wife, as places in a family
CHILDREN = {(0, 6): (2, 8), (1, 7): (3, 9), (3, 8): (5, 11)}
GENERATION = (1, 1, 2, 2, 2, 3, 1, 1, 2, 2, 2, 3)
BRANCH = (-1, 1, -1, 1, 1, 0, -1, 1, -1, 1, -1, 0)  # Christopher's side, Andrew's side, or both


def kin(person: int, relation: str) -> set[int]:
    """Return which people of a family, as places from 0 to 11, are this person's father, aunts, …"""
    if person not in range(12):
        raise ValueError(f"person is {person!r}; expected a place from 0 to 11")
    if relation not in RELATIONS:
        raise ValueError(f"relation is {relation!r}; expected one of {', '.join(RELATIONS)}")
    couple = {one: other for pair in COUPLES for one, other in (pair, pair[::-1])}
    parents = {child: pair for pair, brood in CHILDREN.items() for child in brood}
    brood = {parent: set(born) for pair, born in CHILDREN.items() for parent in pair}

    def siblings(one: int) -> set[int]:
        return set(CHILDREN[parents[one]]) - {one} if one in parents else set()

    def married(group: set[int]) -> set[int]:
        return group | {couple[one] for one in group if one in couple}

    elders = set().union(*(married(siblings(parent)) for parent in parents.get(person, ())))
    partner = {couple[person]} if person in couple else set()
    near = siblings(person).union(*(siblings(one) for one in partner))
    young = set().union(*(brood.get(one, set()) for one in near))
    everyone = {"parent": set(parents.get(person, ())), "spouse": partner, "child": brood.get(person, set()),
                "elder": elders, "sibling": siblings(person), "young": young}  # fmt: skip
    kinds = ("parent", "spouse", "child", "elder", "sibling", "young")
    place = RELATIONS.index(relation)
    return {one for one in everyone[kinds[place // 2]] if (one >= 6) == place % 2}


def family_trees() -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    """Return the 104 questions that have an answer: inputs (104, 36), answers (104, 24), and both in words.

    An input has a one for the person, among 24, and one for the relation, among 12; an answer has a one for every
    right person (Colin has two aunts).
    """
    inputs, answers, words = [], [], []
    for family in (0, 12):
        for person in range(12):
            for place, relation in enumerate(RELATIONS):
                right = sorted(kin(person, relation))
                if right:
                    inputs.append(np.concatenate([np.eye(24)[family + person], np.eye(12)[place]]))
                    answers.append(np.eye(24)[[family + one for one in right]].sum(axis=0))
                    words.append((PEOPLE[family + person], relation))
    return np.array(inputs), np.array(answers), words
