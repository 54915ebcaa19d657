"""Figure 1 of AlexNet's paper: passes to 25 % training error, ReLU against tanh and sigmoid, and tanh as hard tuned.

    RECTIFIED_DATA=/folder/of/data python code/experiments/alexnet.py --threads 2

A net of four layers with weights, as in the paper, whose shape the paper does not give; ours has three layers of 16,
32 and 64 maps with 5×5 kernels, an overlapping pool after each, and a dense layer. It learns the 40,000 photographs
of the first four batches of CIFAR-10, 128 at a time, by momentum 0.9, without decay, dropout or other changes to
pictures. Rates and first weights are chosen on the first 10,000 of them, one seed, by the training error after four
passes (in small, after as many as the run has); then, with these first weights, the rate again, by the error after
six passes through all of them, for what is best at first may be too large later. The target is speed of fitting, so
nothing is held out, and neither the fifth batch nor the test is read. `relu`, `sigmoid` and `tanh, tuned` had the
same search, four rules for the first weights times four rates; the sigmoid's rules have four times Glorot's weights
in place of the smallest. `relu, 0.01` and `tanh, 0.01` have AlexNet's normal weights of that spread, and rates of
their own. Which weights the paper's figure had it does not say, but that each twin had its own rate. Each kind then
learns until every seed is at 25 %, or the passes are used up.

It can be stopped at any time, and goes on with the pass that it was in. Writes alexnet.json: the runs `relu`, `tanh,
tuned` and so on, the trials of the choice, each `choice, …`, and `kernels`, those of the first layer of ReLU's first
seed, each over the largest of its numbers. The same in small, in minutes, is alexnet_small.py.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import passes
import torch

from rectified import alexnet, data, runs, training

TARGET, SEEDS = 0.25, range(5)
RULES = (("gaussian", 1.0), ("lecun", 1.0), ("glorot", 1.0), ("he", 1.0))  # first weights, and times what
STEEP = (("glorot", 4.0), *RULES[1:])  # chapter 9 found that sigmoids want them so
KINDS = {  # φ, and where the first weights come from: a search, or AlexNet
    "relu": ("relu", "search"),
    "tanh, tuned": ("tanh", "search"),
    "sigmoid": ("sigmoid", "search"),
    "relu, 0.01": ("relu", "gaussian"),
    "tanh, 0.01": ("tanh", "gaussian"),
}


class Plan(NamedTuple):
    """The net, what it learns from, and for how long: passes at most, and passes of a trial.

    again: rates that are tried once more on all the examples, with the first weights chosen, for as many passes as
    `later` says; none where the trial was long enough.
    """

    file: str
    net: dict
    rates: dict[str, tuple[float, ...]]
    batch: int
    passes: int
    trial: int
    again: dict[str, tuple[float, ...]]
    later: int = 6


LARGE = Plan(
    "alexnet",
    {"planes": 3, "side": 32, "widths": (16, 32, 64), "classes": 10},
    dict.fromkeys(("relu", "tanh"), (0.001, 0.003, 0.01, 0.03)) | {"sigmoid": (0.01, 0.03, 0.1, 0.3)},
    batch=128,
    passes=30,
    trial=4,
    again=dict.fromkeys(("relu", "tanh"), (0.003, 0.01, 0.03, 0.1)) | {"sigmoid": (0.03, 0.1, 0.3, 1.0)},
)
SMALL = Plan(
    "alexnet_small",
    {"planes": 1, "side": 12, "widths": (8, 16), "classes": 3, "window": 3},
    dict.fromkeys(("relu", "tanh"), (0.01, 0.03, 0.1, 0.3)) | {"sigmoid": (0.03, 0.1, 0.3, 1.0)},
    batch=50,
    passes=25,
    trial=25,
    again={},
)


def pictures(plan: Plan, load: Callable) -> tuple[tuple, tuple, tuple | None]:
    """Return the examples to learn, those for the choice, and the test, if any: pixels of mean 0 and variance 1."""
    if plan.file == SMALL.file:
        shapes = load("shapes", train=4_000, test=500, size=12, objects=1)
        (x, y), test = shapes
        parts = (x[:2_000], y[:2_000]), (x[2_000:], y[2_000:]), test
    else:
        (x, y), _ = load("cifar10", batches=(1, 2, 3, 4), held_out=())
        parts = (x, y), (x[:10_000], y[:10_000]), None
    mean, spread = parts[0][0].mean(dtype=float), parts[0][0].std(dtype=float)
    scaled = [part and (((part[0] - mean) / spread).astype(np.float32), part[1]) for part in parts]
    return tuple(scaled)


def make(net: dict, activation: str, weights: str) -> torch.nn.Module:
    """Return the net with this φ and these first weights."""
    return alexnet.Stack(activation, weights, **net)


def starts(plan: Plan, kind: str) -> list[passes.Start]:
    """Return the ways to begin that a kind may choose from."""
    activation, source = KINDS[kind]
    search = STEEP if activation == "sigmoid" else RULES
    rules = search if source == "search" else ((source, 1.0),)
    network = partial(make, plan.net)
    network.__name__ = f"Stack {plan.net['widths']}"
    return [
        passes.Start(network, activation, weights, scale, plan.rates[activation], many=passes.InTurn)
        for weights, scale in rules
    ]


def learn(plan: Plan, kind: str, start: passes.Start, rate: float, most: int, path: Path, kept: Path,
          examples: tuple, test: tuple | None, how: dict) -> None:  # fmt: skip
    """Train pass after pass until each seed is at the target; of ReLU, store first kernels too, for a picture."""
    steps = len(examples[0]) // plan.batch

    def one(number: int, parameters: dict | None) -> tuple[dict, dict, dict]:
        marks = [steps] if number else [0, steps]
        trained = training.train(
            start.make(), examples, test=test, seeds=[seed + passes.APART * number for seed in SEEDS],
            rate=rate, scale=start.scale, steps=steps, record=marks, start=parameters, **how,
        )  # fmt: skip
        settings = {key: trained.run.settings[key] for key in ("loss", "optimiser", "weight_decay", "dtype")}
        return trained.parameters, {**settings, "updates": steps}, dict(trained.run.curves)

    told = {
        **start.describe(),
        "seeds": list(SEEDS),
        "batch": plan.batch,
        "examples": {"train": len(examples[0]), **({"test": len(test[0])} if test else {})},
    }
    for done in range(1, most + 1):
        passes.repeat(one, told, [rate] * done, path=path, name=kind, kept=kept)
        run = passes.stored(path)[kind]
        if np.isfinite(run.steps_to("train_error", TARGET)).all():
            break
    if kind == "relu" and plan.net["planes"] == 3:
        with np.load(kept) as there:
            kernels = there["parameter maps.0.kernels"][0]
        shown = np.round(kernels / np.abs(kernels).max(axis=(1, 2, 3), keepdims=True), 2)
        told = {"shape": list(kernels.shape), "activation": "relu"}
        curves = {"kernels": shown.reshape(1, 1, -1)}
        passes.store(path, "kernels", runs.Run(told, [SEEDS[0]], [run.steps[-1]], curves, run.origin))


def main(arguments: list[str] | None = None, load: Callable = data.load, plan: Plan = LARGE) -> None:
    """Do what the command line says."""
    parser = passes.options(__doc__, plan.passes)
    parser.add_argument("--only", choices=KINDS, nargs="+", default=list(KINDS), help="kinds to run")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path = asked.results / f"{plan.file}.json"
    most = min(asked.passes, plan.passes)
    examples, tried, test = pictures(plan, load)
    how = {"batch": plan.batch, "loss": training.LOSSES["cross-entropy"], "optimiser": "momentum"}

    for kind in asked.only:
        start, rate = passes.choose(path, kind, starts(plan, kind), tried, tried, passes=plan.trial, **how)
        if plan.again:
            start = replace(start, rates=plan.again[start.activation])
            named = f"{kind}, again"
            start, rate = passes.choose(path, named, [start], examples, examples, passes=plan.later, **how)
        kept = asked.kept / f"{plan.file}, {kind}.npz"
        learn(plan, kind, start, rate, most, path, kept, examples, test, how)


if __name__ == "__main__":
    passes.command(main)
