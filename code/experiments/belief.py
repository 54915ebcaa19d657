"""The deep belief net of 2006 on MNIST, machine by machine and then whole, and the plain net it was measured against.

    RECTIFIED_DATA=/folder/of/data python code/experiments/belief.py

The layers of 500, 500 and 2,000 stochastic units with ten label units, the 44,000 digits to learn from, 100 at a time,
the 30 passes for each machine, the rounds of the top machine and the test (each label in turn, by the free energy of
the top machine, after a way up that leaves nothing to chance) are those of Hinton, Osindero and Teh. They print no
rates: rate, momentum, decay and first weights of the machines are those of the code that came with the autoencoder of
the same year. Not the paper's: batches as they come, not ten of each digit; up and down without momentum or decay, at a
rate chosen on 10,000 digits held out, and far fewer passes than 300. The plain net, 784-800-10, learns by
back-propagation with momentum from all 60,000 digits, and once more from the same 44,000; its rate is chosen on those
held out, which are among the 60,000. The test digits play no part in any choice.

It can be stopped at any time, and goes on with the pass that it was in. Writes belief.json: the runs `greedy 1`,
`greedy 2` and `greedy 3`, one for each machine, `plain, 60000`, `plain, 44000` and, with the first seed alone,
`up and down`; and the trials of the choices, each `choice, …`.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import passes
import torch
from threadpoolctl import threadpool_limits

from rectified import activations, belief, convolution, data, runs, training

PARTS = ("greedy", "plain", "whole")
PASSES, PLAIN, WHOLE = 30, 25, 40  # of each machine, of the plain net, up and down
SEEDS, BATCH = range(3), 100
SIZES, KINDS = (784, 500, 500, 2000), 10
LEARN, HELD = 44_000, 10_000
MACHINE = {"batch": BATCH, "decay": 0.0002, "spread": 0.1, "momenta": [*[0.5] * 5, 0.9]}
RATE = 0.1
GIBBS, OFTEN = (3, 6, 10), 100  # rounds of the top machine: each for so many passes
WHOLE_RATES, TRIED, WHOLE_TRIAL = (0.01, 0.03, 0.1), 20_000, 2  # digits and passes, for the choice
HIDDEN = 800
PLAIN_RATES, PLAIN_TRIAL = (0.01, 0.03, 0.1, 0.3), 5
AT_ONCE = 1_000  # digits in one answer: bounds the memory


class Plain(torch.nn.Module):
    """Pictures of 784 points, a hidden layer, ten outputs."""

    def __init__(self, activation: str, weights: str):
        super().__init__()
        self.phi = activations.get(activation).torch
        self.hidden = convolution.Dense(SIZES[0], HIDDEN, weights)
        self.outputs = convolution.Dense(HIDDEN, KINDS, weights)

    def forward(self, x):  # (batch, 784)
        return self.outputs(self.phi(self.hidden(x)))


def climbed(up: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return what arrives at the last of some machines, without chance: (seeds, cases, units)."""
    for w in up:
        x = belief.chance(w, x)
    return x


def answers(up: Sequence[np.ndarray], top: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the label of the least free energy, (seeds, cases)."""
    into = (
        climbed(up, x) @ top[..., : -1 - KINDS, :] + top[..., -1:, :]
    )  # of the pictures, (seeds, cases, hidden + 1)
    energies = []
    for label in range(KINDS):
        z = into + top[..., label - 1 - KINDS, None, :]
        energies.append(-z[..., -1] - activations.log1pexp(z[..., :-1]).sum(axis=-1))
    return np.argmin(energies, axis=0)


def mistakes(up: Sequence[np.ndarray], top: np.ndarray, digits: tuple) -> np.ndarray:
    """Return the share of wrong answers, (seeds,)."""
    parts = -(-len(digits[1]) // AT_ONCE)
    counts = [
        (answers(up, top, x) != y).sum(axis=-1)
        for x, y in zip(*(np.array_split(part, parts) for part in digits), strict=True)
    ]
    return sum(counts) / len(digits[1])


def missed(w: np.ndarray, cases: np.ndarray, labels: int = 0) -> np.ndarray:
    """Return the squared error of what a machine makes of a case without chance, less its labels, (seeds,)."""
    again = belief.chance(belief.turned(w), belief.chance(w, cases), labels)
    kept = cases.shape[-1] - labels
    return np.square((again - cases)[..., :kept]).sum(axis=-1).mean(axis=-1)


def noted(w: np.ndarray, below: list, seen: np.ndarray, labels: int, test: tuple) -> dict[str, np.ndarray]:
    """Return what is recorded of a machine."""
    squares = {"held_squares": missed(w, seen, labels)}
    return squares | ({"test_error": mistakes(below, w, test)} if labels else {})


def one_of(y: np.ndarray) -> np.ndarray:
    """Return a 1 at the label among zeros, (cases, labels)."""
    return np.eye(KINDS, dtype=np.float32)[y]


def greedy(digits: tuple, held: tuple, test: tuple, count: int, path: Path, kept: Path) -> list[np.ndarray]:
    """Learn machine upon machine, each from what the one below makes of the digits, and return them."""
    machines, (cases, y), (seen, labels) = [], digits, held
    for number, hidden in enumerate(SIZES[1:], 1):
        last = number == len(SIZES) - 1
        if last:
            cases, seen = (
                np.concatenate([part, np.broadcast_to(one_of(of), (len(SEEDS), len(of), KINDS))], axis=-1)
                for part, of in ((cases, y), (seen, labels))
            )
        kinds = KINDS * last

        measure = partial(noted, below=machines, seen=seen, labels=kinds, test=test)
        w = passes.machine(
            cases, hidden, number=number, seeds=SEEDS, rates=[RATE] * count, measure=measure, labels=kinds, **MACHINE,
            path=path, name=f"greedy {number}", kept=kept / f"greedy {number}.npz",
        )  # fmt: skip
        if not last:
            machines, cases, seen = [*machines, w], belief.chance(w, cases), belief.chance(w, seen)
    return [*machines, w]


def plain(digits: tuple, held: tuple, whole: tuple, test: tuple, count: int, path: Path, kept: Path) -> None:
    """Train the net of one hidden layer by back-propagation."""
    how = {"batch": BATCH, "loss": training.LOSSES["cross-entropy"], "optimiser": "momentum"}
    start = passes.Start(Plain, "sigmoid", "customary", 1.0, PLAIN_RATES)
    start, rate = passes.choose(path, "plain", [start], digits, held, passes=PLAIN_TRIAL, **how)
    for examples in (whole, digits):
        name = f"plain, {len(examples[1])}"
        passes.train(
            start, examples, test=test, seeds=SEEDS, rates=[rate] * count, **how,
            path=path, name=name, kept=kept / f"{name}.npz",
        )  # fmt: skip


def untied(machines: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the net whose ways up and down begin as one: the machines below the top one twice, and the top one."""
    *lower, top = machines
    ways = {f"up {number}": w for number, w in enumerate(lower, 1)}
    ways |= {f"down {number}": belief.turned(w) for number, w in enumerate(lower, 1)}
    return ways | {"top": top}


def wrong(net: dict, digits: tuple) -> np.ndarray:
    """Return the share of wrong answers of a net whose ways up and down have parted, (seeds,)."""
    return mistakes([w for name, w in sorted(net.items()) if name.startswith("up")], net["top"], digits)


def once(net: dict, digits: tuple, dice: belief.Dice, rate: float | np.ndarray, gibbs: int) -> dict:
    """Return the net after one pass up and down. rate: one, or one a member, (members, 1, 1)."""
    x, labels = digits[0], one_of(digits[1])
    up, down = (sorted(name for name in net if name.startswith(way)) for way in ("up", "down"))
    orders = dice.orders(len(x))
    for begin in range(0, len(x) - BATCH + 1, BATCH):
        chosen = orders[:, begin : begin + BATCH]
        ups, downs, top = belief.up_down(
            [net[name] for name in up], [net[name] for name in down], net["top"],
            x[chosen], labels[chosen], dice, gibbs=gibbs,
        )  # fmt: skip
        steps = zip((*up, *down, "top"), (*ups, *downs, top), strict=True)
        net = {name: net[name] + rate * step for name, step in steps}
    return net


def whole_rate(net: dict, digits: tuple, held: tuple, path: Path) -> float:
    """Return the rate with the fewest errors on the digits held out: a member for each, all with the first seed."""
    name = "choice, up and down"
    if name not in passes.stored(path):
        began, members = time.perf_counter(), [SEEDS[0]] * len(WHOLE_RATES)
        rates = np.array(WHOLE_RATES, np.float32)[:, None, None]
        net = {part: np.repeat(w, len(members), axis=0) for part, w in net.items()}
        errors = [wrong(net, held)]
        for done in range(WHOLE_TRIAL):
            dice = belief.Dice([(seed, len(SIZES), done) for seed in members])
            net = once(net, digits, dice, rates, GIBBS[0])
            errors.append(wrong(net, held))
        settings = {
            "rate": list(WHOLE_RATES),
            "batch": BATCH,
            "gibbs": GIBBS[0],
            "step": "pass",
            "examples": {"train": len(digits[1]), "held": len(held[1])},
        }
        origin = runs.origin(device="cpu", seconds=time.perf_counter() - began)
        curves = {"held_error": np.stack(errors, axis=1)}
        passes.store(path, name, runs.Run(settings, members, np.arange(WHOLE_TRIAL + 1), curves, origin))
    trial = passes.stored(path)[name]
    passes.same(f"{path} holds another {name!r}", {"rate": list(WHOLE_RATES), "batch": BATCH}, trial.settings)
    return trial.settings["rate"][int(np.argmin(trial.final("held_error")))]


def whole(
    net: dict, digits: tuple, held: tuple, test: tuple, count: int, taught: int, path: Path, kept: Path
) -> None:
    """Learn up and down, with the first seed. taught: passes of each machine that it begins from."""
    rate = whole_rate(net, tuple(part[:TRIED] for part in digits), held, path)

    def one(done: int, parameters: dict | None) -> tuple[dict, dict, dict]:
        dice, gibbs = belief.Dice([(SEEDS[0], len(SIZES), done)]), GIBBS[min(done // OFTEN, len(GIBBS) - 1)]
        after = once(parameters or net, digits, dice, rate, gibbs)
        nets = [after] if done else [net, after]
        curves = {
            f"{part}_error": np.stack([wrong(each, some) for each in nets], axis=1)
            for part, some in (("held", held), ("test", test))
        }
        return after, {"dtype": after["top"].dtype.name, "updates": len(digits[1]) // BATCH}, curves

    told = {
        "sizes": list(SIZES),
        "labels": KINDS,
        "seeds": [SEEDS[0]],
        "batch": BATCH,
        "gibbs": list(GIBBS),
        "often": OFTEN,
        "taught": taught,
        "examples": {"train": len(digits[1]), "held": len(held[1]), "test": len(test[1])},
    }
    name = "up and down"
    passes.repeat(one, told, [rate] * count, path=path, name=name, kept=kept / f"{name}.npz")


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    parser = passes.options(__doc__, PASSES)
    parser.add_argument(
        "--plain", type=passes.count, default=PLAIN, help="of the plain net (default: %(default)s)"
    )
    parser.add_argument(
        "--whole", type=passes.count, default=WHOLE, help="up and down (default: %(default)s)"
    )
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="whole goes on from greedy")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    places = asked.results / "belief.json", asked.kept
    (x, y), test = load("mnist")
    x, test = x.reshape(len(x), -1), (test[0].reshape(len(test[0]), -1), test[1])
    order = np.random.default_rng(2006).permutation(len(y))
    digits, held = ((x[some], y[some]) for some in (order[:LEARN], order[LEARN : LEARN + HELD]))
    with threadpool_limits(asked.threads):
        if "greedy" in asked.only:
            greedy(digits, held, test, asked.passes, *places)
        if "plain" in asked.only:
            plain(digits, held, (x, y), test, asked.plain, *places)
        if "whole" in asked.only:
            machines = greedy(digits, held, test, asked.passes, *places)
            whole(untied([w[:1] for w in machines]), digits, held, test, asked.whole, asked.passes, *places)


if __name__ == "__main__":
    passes.command(main)
