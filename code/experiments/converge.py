"""How many updates to a target, each activation at its own best rate and first weights, on equal budgets of search.

    python code/experiments/converge.py

Three cases: three hidden layers of 50 on small digits and on MNIST-1D, and eight on the digits. For each activation
four rules for the first weights times ten rates are tried on three seeds, on three quarters of the examples. What is
counted are the updates until at most a tenth of the other digits, or half of the other signals, are answered wrongly.
The setting with the least median of them is chosen; if none gets there, the one with the fewest errors at the end. It
is then tried on twelve fresh seeds, on all examples, and counted on the test. Plain gradient descent, 32 examples an
update. `centred` is the rectifier less each unit's mean over the examples of the update, or of those asked for.

Writes converge.json: the trials `choice, CASE, PHI`, whose steps are the rates in hundredths and whose layers the four
rules, and the runs `CASE, PHI`, with one step, the last. The curves are `reached`, the updates to the target (nan:
never), and, at the end, `error` and, but for the centred, `silent`, the share of units whose slope is below 0.01 on
every one of 256 examples. A run that is there already is left alone, so that the script can be stopped and started
again.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from rectified import data, runs, training
from rectified.kink import centred

RESULTS = Path(runs.__file__).parent / "results"
PHIS = ("relu", "tanh", "sigmoid", "softplus", "centred")
WEIGHTS = {  # a rule of `initialisation`, and what its weights are multiplied by
    "customary": ("customary", 1.0),
    "glorot": ("glorot", 1.0),
    "he": ("he", 1.0),
    "glorot × 4": ("glorot", 4.0),
}
RATES = tuple(round(0.02 * 2**k, 2) for k in range(10))  # 0.02 to 10.24
TRIED, FRESH, BATCH = range(3), range(100, 112), 32


class Case(NamedTuple):
    """Examples, hidden layers of 50 units, updates at most and between two looks, share wrong to come down to."""

    examples: str
    layers: int
    steps: int
    every: int
    target: float


CASES = {
    "digits, 3 layers": Case("digits", 3, 300, 10, 0.1),
    "digits, 8 layers": Case("digits", 8, 300, 10, 0.1),
    "MNIST-1D, 3 layers": Case("mnist1d", 3, 1000, 20, 0.5),
}


def measured(
    case: Case, phi: str, weights: str, *, seeds: list[int], rate: object, examples: tuple, test: tuple
) -> runs.Run:
    """Train, and return the updates to the target and how the networks ended, a mark a member."""
    function = centred if phi == "centred" else phi
    rule, scale = WEIGHTS[weights]
    network = training.Layers((examples[0].shape[1], *case.layers * [50], 10), function, weights=rule)
    how = {"test": test, "seeds": seeds, "rate": rate, "batch": BATCH, "scale": scale}
    marks = range(0, case.steps + 1, min(case.every, case.steps))
    trained = training.train(network, examples, steps=case.steps, record=marks, **how)
    ended = training.train(network, examples, steps=0, start=trained.parameters, layers=True, **how).run
    run = trained.run
    curves = {
        "reached": run.steps_to("test_error", case.target)[:, None],
        "error": run.final("test_error")[:, None].round(3),
    }
    if phi != "centred":  # whose sum over examples has no slope to be judged by
        curves["silent"] = ended.curve("silent").mean(axis=2).round(3)
    settings = {
        name: run.settings[name] for name in ("examples", "loss", "optimiser", "rate", "steps", "batch")
    }
    told = {
        "activation": phi,
        "weights": weights,
        "rule": rule,
        "scale": scale,
        "layers": case.layers,
        "target": case.target,
        "every": case.every,
    }
    return runs.Run(told | settings, run.seeds, [case.steps], curves, run.origin)


def choice(case: Case, phi: str, **how) -> runs.Run:
    """Try every rate and every rule for the first weights: curves (seeds, rates, rules)."""
    seeds, rates = len(RATES) * list(TRIED), np.repeat(RATES, len(TRIED)).tolist()
    tried = [measured(case, phi, weights, seeds=seeds, rate=rates, **how) for weights in WEIGHTS]
    curves = {
        name: np.stack([run.final(name).reshape(len(RATES), -1).T for run in tried], axis=2)
        for name in tried[0].curves
    }
    settings = tried[0].settings | {"weights": list(WEIGHTS), "rate": list(RATES)}
    del settings["rule"], settings["scale"]
    origin = tried[0].origin | {"seconds": round(sum(run.origin["seconds"] for run in tried), 1)}
    return runs.Run(settings, TRIED, [round(100 * rate) for rate in RATES], curves, origin)


def best(tried: runs.Run) -> tuple[str, float]:
    """Return the rule for the first weights and the rate with the least median of updates, then of errors.

    Among equals the lower rate.
    """
    ranks = [np.median(np.nan_to_num(tried.curve(name), nan=np.inf), axis=0) for name in ("reached", "error")]
    found = [
        (*(float(each[k, j]) for each in ranks), rate, weights)
        for k, rate in enumerate(tried.settings["rate"])
        for j, weights in enumerate(tried.settings["weights"])
    ]
    *_, rate, weights = min(found)
    return weights, rate


def once(path: Path, name: str, make: Callable[[], runs.Run]) -> runs.Run:
    """Return the run that is stored under a name; make it and store it if there is none."""
    done = runs.load_all(path) if path.exists() else {}
    if name not in done:
        done[name] = make()
        runs.save_all(path, done)
    return done[name]


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=CASES, nargs="+", default=list(CASES), help="cases to run")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of converge.json")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    path = asked.results / "converge.json"
    for name in asked.only:
        case, digits = CASES[name], data.load(CASES[name].examples)
        x, x_test = (each.reshape(len(each), -1) for each in (digits.x, digits.x_test))
        order = np.random.default_rng(2011).permutation(len(x))
        held, kept = np.split(order, [len(x) // 4])
        parts = {"examples": (x[kept], digits.y[kept]), "test": (x[held], digits.y[held])}
        whole = {"seeds": list(FRESH), "examples": (x, digits.y), "test": (x_test, digits.y_test)}
        for phi in tqdm(PHIS, desc=name):
            tried = once(path, f"choice, {name}, {phi}", partial(choice, case, phi, **parts))
            weights, rate = best(tried)
            once(path, f"{name}, {phi}", partial(measured, case, phi, weights, rate=rate, **whole))


if __name__ == "__main__":
    main()
