"""Three layers of 1,000 on MNIST: Table 1 of Glorot, Bordes and Bengio, without pre-training; and the zeros they count.

    RECTIFIED_DATA=/folder/of/data python code/experiments/rectifier.py

The layers, the softmax output, plain gradient descent and the three curves are the paper's. Not the paper's: a fixed
number of passes in place of early stopping, 100 digits at a time, and no charge for activity but in the fourth run,
where it is the paper's 0.001 for each hidden unit's answer to each digit. Every kind has its own rate, chosen on 5,000
digits held out, after three passes through 20,000 others; the test digits play no part in it.

It can be stopped at any time, and goes on with the pass that it was in. Writes rectifier.json: the runs `relu`, `tanh`,
`softplus` and `relu, charged`, with the share of zeros in each hidden layer on 2,000 test digits (`zeros 1` …), and the
trials of the choice, each `choice, …`.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import passes
import torch

from rectified import data, rectifier, training

PASSES, SEEDS, BATCH = 6, range(3), 100
WIDTH, DEPTH = 1000, 3
RATES = (0.03, 0.1, 0.3, 1.0)
HELD, TRIED = 5_000, 20_000  # digits held out, and digits to learn from, for the choice
TRIAL = 3  # passes, for the choice
COST = 0.001  # the paper's charge
SEEN = 2_000  # test digits on which zeros are counted


def layers(activation: str | Callable, weights: str) -> training.Layers:
    """Return hidden layers of equal width between 784 points and ten outputs."""
    return training.Layers((784, *[WIDTH] * DEPTH, 10), activation, weights=weights)


def charged(activation: str, weights: str) -> training.Layers:
    """Return the same, of rectifiers that pay for their answers."""
    if activation != "relu":
        raise ValueError(f"activation is {activation!r}; expected 'relu': only it pays for its answers")
    return layers(partial(rectifier.sparing, cost=COST), weights)


def as_they_are(make: Callable[[], training.Layers]) -> training.Layers:
    """Return what `make` makes: these layers hold all members already."""
    return make()


def zeros(trained: training.Trained, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Return the share of answers that are 0 in each hidden layer, `zeros 1` … -> (seeds,)."""
    values, signals = {name: torch.tensor(value) for name, value in trained.parameters.items()}, []
    with torch.no_grad():
        members = torch.tensor(pictures).expand(len(trained.run.seeds), *pictures.shape)
        trained.network.forward(values, members, signals)
    return {f"zeros {i}": (a == 0).double().mean((1, 2)).numpy() for i, (_, _, a) in enumerate(signals, 1)}


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    asked = passes.options(__doc__, PASSES).parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path = asked.results / "rectifier.json"
    (x, y), (x_test, y_test) = load("mnist")
    x, x_test = (part.reshape(len(part), -1) for part in (x, x_test))
    some = np.random.default_rng(2011).permutation(len(y))[: HELD + TRIED]
    held, tried = some[:HELD], some[HELD:]
    how = {"batch": BATCH, "loss": training.LOSSES["cross-entropy"]}
    kinds = (("relu", layers), ("tanh", layers), ("softplus", layers), ("relu", charged))
    for activation, network in kinds:
        name = activation + (", charged" if network is charged else "")
        start = passes.Start(network, activation, "glorot", 1.0, RATES, many=as_they_are)
        start, rate = passes.choose(
            path, name, [start], (x[tried], y[tried]), (x[held], y[held]), passes=TRIAL, **how
        )
        passes.train(
            start, (x, y), test=(x_test, y_test), seeds=SEEDS, rates=[rate] * asked.passes, **how,
            path=path, name=name, kept=asked.kept / f"three layers, {name}.npz",
            also=partial(zeros, pictures=x_test[:SEEN]),
        )  # fmt: skip


if __name__ == "__main__":
    passes.command(main)
