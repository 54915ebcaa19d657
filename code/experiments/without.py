"""What each part of AlexNet is worth to a small net: one taken away, or replaced, at a time.

    python code/experiments/without.py

A net with most of what the paper lists, on 600 shapes, and the same with one thing missing; each with the best of
five rates, by one seed and 1,000 other shapes; then twelve fresh seeds, and a test of 1,000. The first weights are
Glorot's, for sigmoids these or four times these; momentum 0.9, 50 shapes an update, 80 passes.

Writes without.json: the runs, each by what was taken away, with one step, the last, and the trials of the choice, each
`choice, …`. A run that is there already is left alone, so that the script can be stopped and started again.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import passes
import torch

from rectified import alexnet, data, runs, training

EVERYTHING = {
    "activation": "relu", "weights": "glorot", "classes": 3, "widths": (8, 16), "side": 14, "crop": 12, "window": 3,
    "hidden": 64, "dropped": 0.5, "normalised": True,
}  # fmt: skip
INSTEAD = {
    "everything there": {},
    "tanh for ReLU": {"activation": "tanh"},
    "scaled tanh for ReLU": {"activation": "scaled_tanh"},
    "sigmoid for ReLU": {"activation": "sigmoid"},
    "sigmoid, sums normalised": {"activation": "sigmoid", "centred": True},
    "no φ for ReLU": {"activation": "identity"},
    "no dropout": {"dropped": 0.0},
    "no overlap": {"overlap": False},
    "no normalisation of neighbours": {"normalised": False},
    "no augmentation": {"crop": None, "side": 12},
    "half the width": {"widths": (4, 8), "hidden": 32},
}
WITHOUT = {
    "rates": (0.01, 0.03, 0.1, 0.3, 1.0),
    "passes": 80,
    "batch": 50,
    "seeds": range(1, 13),
    "examples": 600,
}


def inner(pixels: np.ndarray) -> np.ndarray:
    """Return the inner 12×12 points of pictures of 14×14, flat."""
    return pixels.reshape(-1, 14, 14)[:, 1:13, 1:13].reshape(len(pixels), -1)


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=passes.RESULTS, help="folder of without.json")
    parser.add_argument("--only", choices=INSTEAD, nargs="+", default=list(INSTEAD), help="what to take away")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    path = asked.results / "without.json"
    shapes = load("shapes", train=WITHOUT["examples"] + 1_000, test=1_000, size=14, objects=1)
    mean, spread = shapes.x.mean(), shapes.x.std()
    for name in asked.only:
        net = EVERYTHING | INSTEAD[name]
        cut = inner if net["crop"] is None else np.asarray
        x, x_test = (cut((each - mean) / spread) for each in (shapes.x, shapes.x_test))
        learned, held = np.split(np.arange(len(x)), [WITHOUT["examples"]])
        parts = [(x[rows], shapes.y[rows]) for rows in (learned, held)]

        def network(activation: str, weights: str, net: dict = net) -> torch.nn.Module:
            return alexnet.Stack(**net)

        steps = WITHOUT["passes"] * (len(learned) // WITHOUT["batch"])
        told = {key: list(value) if isinstance(value, tuple) else value for key, value in net.items()}
        old = passes.stored(path).get(name)
        if old is not None:
            asked_for = {"net": told, "steps": steps, "batch": WITHOUT["batch"]}
            passes.same(f"{path} holds another {name!r}", asked_for, old.settings)
            continue
        scales = (1.0, 4.0) if net["activation"] == "sigmoid" else (1.0,)
        starts = [
            passes.Start(
                network, net["activation"], net["weights"], scale, WITHOUT["rates"], many=passes.InTurn
            )
            for scale in scales
        ]
        how = {"batch": WITHOUT["batch"], "loss": training.LOSSES["cross-entropy"], "optimiser": "momentum"}
        start, rate = passes.choose(path, name, starts, *parts, passes=WITHOUT["passes"], **how)
        run = training.train(
            start.make(), parts[0], test=(x_test, shapes.y_test), seeds=WITHOUT["seeds"], rate=rate,
            scale=start.scale, steps=steps, record=[steps], **how,
        ).run  # fmt: skip
        passes.store(
            path,
            name,
            runs.Run(
                run.settings | {"net": told, "scale": start.scale},
                run.seeds,
                run.steps,
                run.curves,
                run.origin,
            ),
        )


if __name__ == "__main__":
    passes.command(main)
