"""The reader of zip codes of 1989, trained as often as in the paper: 23 passes, pattern by pattern.

    RECTIFIED_DATA=/folder/of/data python code/experiments/zipcodes.py

The paper had 7,291 + 2,007 digits from envelopes; as many of MNIST's, drawn once, take their place, brought from 28×28
to 16×16, as in Karpathy's re-run of 2022. Plain gradient descent takes the place of the paper's diagonal Newton
method. Each seed keeps its order of the digits from pass to pass, as the paper did. The first weights are uniform
within 2.4 over the fan-in, as printed in 1989 and in 1998, and once more normal of variance 1 over the fan-in, the
rule of Efficient BackProp. Each rule has its own rate, chosen on digits held out of those to learn from; the test
digits play no part in it.

It can be stopped at any time, and goes on with the pass that it was in. Writes zipcodes.json: the runs
`Reader1989, RULE`, and the trials of the choice, each `choice, …`.
"""

from collections.abc import Callable

import numpy as np
import passes
import torch

from rectified import convolution, data

PASSES, SEEDS = 23, range(10)
TRAIN, HELD, TEST = 7291, 1291, 2007  # what is held out, for the choice, is a part of what is trained on
TRIAL = 3  # passes, for the choice
WEIGHTS = ("lecun", "lecun_1989")
RATES = (0.003, 0.01, 0.03, 0.1)


def digits(dataset: data.Dataset) -> tuple[tuple, tuple]:
    """Return as many digits as the paper had, as the network takes them: to learn from, and to test on."""
    rng = np.random.default_rng(1989)
    (x, y), (x_test, y_test) = dataset
    some, others = rng.permutation(len(y))[:TRAIN], rng.permutation(len(y_test))[:TEST]
    return (
        (convolution.for_reader(x[some]), y[some]),
        (convolution.for_reader(x_test[others]), y_test[others]),
    )


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    asked = passes.options(__doc__, PASSES).parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path, how = asked.results / "zipcodes.json", {"batch": 1, "loss": convolution.SIGNS}
    (x, y), test = digits(load("mnist"))
    for rule in WEIGHTS:
        start = passes.Start(convolution.Reader1989, "scaled_tanh", rule, 1.0, RATES)
        start, rate = passes.choose(
            path, "Reader1989", [start], (x[HELD:], y[HELD:]), (x[:HELD], y[:HELD]), passes=TRIAL, **how
        )
        name = f"Reader1989, {rule}"
        passes.train(
            start, (x, y), test=test, seeds=SEEDS, rates=[rate] * asked.passes, shuffle=False, **how,
            path=path, name=name, kept=asked.kept / f"{name}.npz",
        )  # fmt: skip


if __name__ == "__main__":
    passes.command(main)
