"""Five hidden layers on MNIST: Glorot and Bengio's Table 1, for sigmoid, tanh, and tanh with their weights.

    RECTIFIED_DATA=/folder/of/data python code/experiments/glorot.py

The layers of 1,000 units, the softmax output, the first weights and plain gradient descent are the paper's. Not the
paper's: a fixed number of passes in place of early stopping, and 100 digits at a time in place of 10. One more seed has
10 at a time. Each kind and size of batch has its own rate, chosen on 5,000 digits held out of those to learn from,
after training on 20,000 others; the test digits play no part in it.

It can be stopped at any time, and goes on with the pass that it was in. Writes glorot.json: the runs `tanh, glorot`,
`tanh, customary` and `sigmoid, customary`, the same with `, batch 10`, and the trials of the choice, each `choice, …`.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import passes
import torch

from rectified import activations, convolution, data, training

PASSES, SEEDS = 10, range(3)
ONE_BY_TEN = 4  # passes with 10 digits at a time: as many updates as 40 with 100
WIDTH, DEPTH = 1000, 5
KINDS = (("tanh", "glorot"), ("tanh", "customary"), ("sigmoid", "customary"))
RATES = {100: (0.01, 0.03, 0.1, 0.3), 10: (0.003, 0.01, 0.03, 0.1)}
HELD, TRIED = 5_000, 20_000  # digits held out, and digits to learn from, for the choice
TRIAL = {100: 3, 10: 1}  # passes, for the choice


class Deep(torch.nn.Module):
    """Pictures of 784 points, five hidden layers, ten outputs."""

    def __init__(self, activation: str, weights: str):
        super().__init__()
        sizes = [784, *[WIDTH] * DEPTH, 10]
        self.phi = activations.get(activation).torch
        self.layers = torch.nn.ModuleList(convolution.Dense(*pair, weights) for pair in pairwise(sizes))

    def forward(self, x):  # (batch, 784)
        for layer in self.layers[:-1]:
            x = self.phi(layer(x))
        return self.layers[-1](x)


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    asked = passes.options(__doc__, PASSES).parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path = asked.results / "glorot.json"
    (x, y), (x_test, y_test) = load("mnist")
    x, x_test = (part.reshape(len(part), -1) for part in (x, x_test))
    some = np.random.default_rng(2010).permutation(len(y))[: HELD + TRIED]
    held, tried = some[:HELD], some[HELD:]
    for batch, seeds, often in ((100, SEEDS, asked.passes), (10, [0], min(asked.passes, ONE_BY_TEN))):
        how = {"batch": batch, "loss": training.LOSSES["cross-entropy"]}
        for activation, weights in KINDS:
            name = f"{activation}, {weights}" + (", batch 10" if batch == 10 else "")
            start = passes.Start(Deep, activation, weights, 1.0, RATES[batch])
            start, rate = passes.choose(
                path, name, [start], (x[tried], y[tried]), (x[held], y[held]), passes=TRIAL[batch], **how
            )
            passes.train(
                start, (x, y), test=(x_test, y_test), seeds=seeds, rates=[rate] * often, **how,
                path=path, name=name, kept=asked.kept / f"five layers, {name}.npz",
            )  # fmt: skip


if __name__ == "__main__":
    passes.command(main)
