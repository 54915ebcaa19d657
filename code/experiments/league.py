"""The league of activations: one net, each φ with its own first weights and rate, on equal budgets, twenty seeds.

    python code/experiments/league.py

Three hidden layers of 50, on the small digits, on the digits less the mean picture, and on MNIST-1D. Momentum 0.9, 32
examples an update, a rate that falls in a straight line to 0. The first weights are normal, of standard deviation
gain/√fan-in in every layer: gain 1 is LeCun's, √2 He's. For each φ five gains times six rates are tried on three seeds,
on three quarters of the examples, and judged by the wrong answers on the other quarter; among equals the lower rate,
then the smaller gain comes first. Where the best lies at an end of what was tried, that end is moved by a factor of 2,
three times at most. Three seeds choose by luck as well, so the six best settings are tried again, on twelve other
seeds, and these alone choose. (This second trial was added, for all alike, when a first league had been seen in which a
leak of 0.01 got a setting that was no good on other seeds.) The setting is then trained on twenty fresh seeds, on all
examples, and tested once. PReLU learns a slope for each unit; RReLU draws one for each unit and example at every
update, and tests with the mean.

The other league, `shared`: every φ with He's gain, and with the rate that is ReLU's best there.

Writes league.json, whose curves are named by the φ, (seeds, 1): `CASE`, shares of wrong test answers; `updates, CASE`,
until the target, nan for never; `shared, CASE`, as the first. `train loss` among the settings is the median of what
was left on the examples. And writes league_search.json: `choice, CASE`, the wrong answers of each trial, whose layers
are each rate of that φ with each of its gains, in this order, and whose setting `at an end` names those whose best on
three seeds lies at an end of what was tried; and `final, CASE`, those of the second trial, a layer a setting. What is
done waits in a file of its own, so that the script can be stopped and started again.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import passes
import torch
from tqdm import tqdm

from rectified import activations, data, runs, training

PHIS = (
    *("relu", "leaky", "prelu", "rrelu", "elu", "selu", "gelu", "silu", "mish", "softplus"),
    *("tanh", "sigmoid", "relu_squared", "absolute", "identity"),
)
REFERENCE = "relu"
HE = sqrt(2)
GAINS = (0.5, 1.0, HE, 2.0, 4.0)
RATES = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
WIDER = 3  # times that an end may be moved
TRIED, AGAIN, FRESH = range(3), range(10, 22), range(100, 120)
FINALISTS = 6  # settings that are tried again
HIDDEN, BATCH, LOOKS = (50, 50, 50), 32, 40
FIRST_LOOK = 20  # updates; the others follow in equal ratios


class Case(NamedTuple):
    """Examples, whether their mean is taken away, updates, and the share of wrong answers to come down to."""

    examples: str
    centred: bool
    steps: int
    target: float


CASES = {
    "digits": Case("digits", False, 600, 0.1),
    "MNIST-1D": Case("mnist1d", False, 2000, 0.5),
    "digits, centred": Case("digits", True, 600, 0.1),
}


class Bent(training.Layers):
    """Layers of rectifiers whose left arm has a slope in each unit: learned, or drawn anew at every update."""

    def draw(self, rng: np.random.Generator) -> tuple[dict, dict]:
        """Return a member's first parameters; learned slopes begin at the default of PReLU."""
        parameters, buffers = super().draw(rng)
        if self.named["activation"] == "prelu":
            first = activations.prelu.parameters["slope"].default
            parameters |= {
                f"slopes {i}": np.full(units, first) for i, units in enumerate(self.sizes[1:-1], start=1)
            }
        return parameters, buffers

    def forward(
        self, values: dict, x: torch.Tensor, signals: list | None = None, *, learning: bool = False
    ) -> torch.Tensor:
        """Return the outputs of all members."""
        if signals is not None:
            raise ValueError("signals of these layers are not recorded: use training.Layers")
        a = x.flatten(2).to(values["weights 1"].dtype)
        for i in range(1, self.depth):
            z = torch.baddbmm(values[f"biases {i}"].unsqueeze(1), a, values[f"weights {i}"])
            a = self.phi(z, values.get(f"slopes {i}"), learning)
        return torch.baddbmm(values[f"biases {self.depth}"].unsqueeze(1), a, values[f"weights {self.depth}"])

    def phi(self, z: torch.Tensor, slopes: torch.Tensor | None, learning: bool) -> torch.Tensor:
        """Return φ of a layer's sums."""
        if slopes is not None:
            return activations.prelu.torch(z, slope=slopes.unsqueeze(1))
        if not learning:
            return activations.rrelu.torch(z)
        lower, upper = (activations.rrelu.parameters[end].default for end in ("lower", "upper"))
        return activations.rrelu.torch(z, slopes=lower + (upper - lower) * torch.rand_like(z))


def network(phi: str, inputs: int) -> training.Layers:
    """Return the net of the league with this φ."""
    kind = Bent if phi in ("prelu", "rrelu") else training.Layers
    return kind((inputs, *HIDDEN, 10), phi, weights="lecun")


def trained(
    case: Case,
    phi: str,
    members: Sequence[tuple],
    examples: tuple,
    test: tuple,
    *,
    device: str,
    looks: int = 0,
) -> runs.Run:
    """Train members, each (seed, rate, gain), and return their run, recorded at the end and at so many looks."""
    seeds, rates, gains = (list(each) for each in zip(*members, strict=True))

    def falling(step: int) -> list[float]:
        return [rate * (1 - step / case.steps) for rate in rates]

    marks = np.geomspace(min(FIRST_LOOK, case.steps), case.steps, looks).round().astype(int).tolist()
    return training.train(
        network(phi, examples[0].shape[1]),
        examples,
        test=test,
        seeds=seeds,
        rate=falling,
        scale=gains,
        steps=case.steps,
        batch=BATCH,
        optimiser="momentum",
        record=[*marks, case.steps],
        device=device,
    ).run


# --- The search --------------------------------------------------------------------------------------------


def wider(values: list[float], best: float) -> list[float]:
    """Return the values with one more, a factor of 2 on, if the best is the first or the last of them."""
    if best == values[0]:
        return [best / 2, *values]
    return [*values, 2 * best] if best == values[-1] else values


def fewest(wrong: np.ndarray) -> tuple[int, int]:
    """Return which rate and which gain have the fewest wrong answers, (seeds, rates, gains), summed over seeds."""
    total = np.nan_to_num(wrong.sum(axis=0), nan=np.inf)  # what was not tried is not chosen
    rate, gain = np.unravel_index(total.argmin(), total.shape)  # the first among equals
    return int(rate), int(gain)


def choice(case: Case, phi: str, examples: tuple, held: tuple, *, device: str, told: dict) -> runs.Run:
    """Try every rate with every gain, and further on where the best is at an end: curve `wrong`.

    A member that diverged has answered everything wrongly.
    """
    rates, gains, found, seconds = list(RATES), list(GAINS), {}, 0.0
    for turn in range(WIDER + 1):
        new = [(rate, gain) for rate in rates for gain in gains if (rate, gain) not in found]
        members = [(seed, *setting) for setting in new for seed in TRIED]
        run = trained(case, phi, members, examples, held, device=device)
        seconds += run.origin["seconds"]
        wrong = np.rint(np.nan_to_num(run.final("test_error"), nan=1) * len(held[0]))
        found |= dict(zip(new, wrong.reshape(len(new), -1), strict=True))
        table = np.moveaxis([[found[rate, gain] for gain in gains] for rate in rates], 2, 0)
        best = fewest(table)
        wanted = wider(rates, rates[best[0]]), wider(gains, gains[best[1]])
        if turn == WIDER or wanted == (rates, gains):
            break
        rates, gains = wanted
    settings = told | {"rates": rates, "gains": gains, "at an end": wanted != (rates, gains)}
    return runs.Run(
        settings, TRIED, range(len(rates)), {"wrong": table}, run.origin | {"seconds": round(seconds, 1)}
    )


def finalists(tried: runs.Run) -> list[tuple[float, float]]:
    """Return the settings, (rate, gain), with the fewest wrong answers in a search, the best first."""
    table = tried.curve("wrong").sum(axis=0)  # (rates, gains)
    best = np.argsort(table, axis=None, kind="stable")[:FINALISTS]
    at = zip(*np.unravel_index(best, table.shape), strict=True)
    return [(tried.settings["rates"][rate], tried.settings["gains"][gain]) for rate, gain in at]


def final(
    case: Case, phi: str, settings: list, examples: tuple, held: tuple, *, device: str, told: dict
) -> runs.Run:
    """Try the best settings of a search again, on other seeds: curve `wrong`, a layer for each setting."""
    members = [(seed, *setting) for setting in settings for seed in AGAIN]
    run = trained(case, phi, members, examples, held, device=device)
    wrong = np.rint(np.nan_to_num(run.final("test_error"), nan=1) * len(held[0]))
    curves = {"wrong": wrong.reshape(len(settings), -1).T[:, None]}
    told = told | {"settings": [list(setting) for setting in settings]}
    return runs.Run(told, AGAIN, [case.steps], curves, run.origin)


def chosen(last: runs.Run) -> tuple[float, float]:
    """Return the rate and the gain with the fewest wrong answers on the seeds of the second trial."""
    rate, gain = last.settings["settings"][int(last.curve("wrong").sum(axis=(0, 1)).argmin())]
    return rate, gain


def common(tried: runs.Run) -> tuple[float, float]:
    """Return the best rate of a search at He's gain, and He's gain."""
    column = tried.settings["gains"].index(HE)
    rate, _ = fewest(tried.curve("wrong")[:, :, column : column + 1])
    return tried.settings["rates"][rate], HE


def fresh(
    case: Case, phi: str, setting: tuple, examples: tuple, test: tuple, *, device: str, told: dict, looks: int
) -> runs.Run:
    """Train a setting on fresh seeds and test it: curves `error`, `updates` to the target and `loss` at the end."""
    rate, gain = setting
    run = trained(
        case, phi, [(seed, rate, gain) for seed in FRESH], examples, test, device=device, looks=looks
    )
    curves = {
        "error": run.final("test_error")[:, None].round(4),
        "updates": run.steps_to("test_error", case.target)[:, None],
        "loss": run.final("train_loss")[:, None],
    }
    return runs.Run(told | {"rate": rate, "gain": gain}, run.seeds, [case.steps], curves, run.origin)


# --- The run -----------------------------------------------------------------------------------------------


def plan(name: str) -> dict:
    """Return what the settings of every run of a case say."""
    case = CASES[name]
    return {
        "case": name,
        **case._asdict(),
        "hidden": list(HIDDEN),
        "batch": BATCH,
        "optimiser": "momentum 0.9, its rate falling straight to 0",
        "grid": {"rates": list(RATES), "gains": list(GAINS), "wider": WIDER, "seeds": list(TRIED)},
        "finals": {"settings": FINALISTS, "seeds": list(AGAIN)},
        "fresh": list(FRESH),
    }


def parts(name: str, load: Callable) -> tuple[tuple, tuple, tuple, tuple]:
    """Return the examples to learn from and those held out in the search; all examples, and the test."""
    case = CASES[name]
    loaded = load(case.examples)
    x, x_test = (each.reshape(len(each), -1) for each in (loaded.x, loaded.x_test))
    if case.centred:
        x, x_test = x - x.mean(axis=0), x_test - x.mean(axis=0)
    held, kept = np.split(np.random.default_rng(2019).permutation(len(x)), [len(x) // 4])
    y = loaded.y
    return (x[kept], y[kept]), (x[held], y[held]), (x, y), (x_test, loaded.y_test)


def once(path: Path, name: str, told: dict, make: Callable[..., runs.Run]) -> runs.Run:
    """Return the run that waits under a name; make it and keep it if there is none.

    Raises OtherRun if the one that waits is another.
    """
    found = passes.stored(path).get(name)
    if found is not None:
        passes.same(f"{path} keeps another {name!r}", told, found.settings)
        return found
    run = make(told=told)
    passes.store(path, name, run)
    return run


def table(told: dict, done: dict[str, runs.Run], curve: str) -> runs.Run:
    """Return one run of many: a curve of each, by φ."""
    first = done[REFERENCE]
    settings = told | {
        "rate": {phi: run.settings["rate"] for phi, run in done.items()},
        "gain": {phi: run.settings["gain"] for phi, run in done.items()},
    }
    curves = {phi: run.curve(curve) for phi, run in done.items()}
    return runs.Run(settings, first.seeds, first.steps, curves, _made(done.values()))


def left(done: dict[str, runs.Run]) -> dict[str, float | None]:
    """Return the median loss on the examples at the end, by φ; None if half of the nets diverged."""
    losses = {phi: np.nan_to_num(run.final("loss"), nan=np.inf, posinf=np.inf) for phi, run in done.items()}
    middle = {phi: np.median(each) for phi, each in losses.items()}
    return {phi: float(f"{loss:.3g}") if np.isfinite(loss) else None for phi, loss in middle.items()}


def searches(told: dict, done: dict[str, runs.Run]) -> runs.Run:
    """Return one run of many searches: each φ's curve has a layer for each setting that it tried."""
    first = done[REFERENCE]
    curves = {phi: run.curve("wrong").reshape(len(run.seeds), 1, -1) for phi, run in done.items()}
    settings = told | {
        "rates": {phi: run.settings["rates"] for phi, run in done.items()},
        "gains": {phi: run.settings["gains"] for phi, run in done.items()},
        "at an end": [phi for phi, run in done.items() if run.settings["at an end"]],
    }
    return runs.Run(settings, first.seeds, [told["steps"]], curves, _made(done.values()))


def finals(told: dict, done: dict[str, runs.Run]) -> runs.Run:
    """Return one run of many second trials: each φ's curve has a layer for each of its settings."""
    first = done[REFERENCE]
    settings = told | {"settings": {phi: run.settings["settings"] for phi, run in done.items()}}
    curves = {phi: run.curve("wrong") for phi, run in done.items()}
    return runs.Run(settings, first.seeds, first.steps, curves, _made(done.values()))


def _made(done: Sequence[runs.Run]) -> dict:
    origins = [run.origin for run in done]
    commits = sorted({str(each["commit"]) for each in origins})
    seconds = round(sum(each["seconds"] for each in origins), 1)
    return origins[-1] | {"seconds": seconds, "commit": ", ".join(commits)}


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=CASES, nargs="+", default=list(CASES), help="cases to run")
    parser.add_argument("--results", type=Path, default=passes.RESULTS, help="folder to write to")
    parser.add_argument(
        "--kept",
        type=Path,
        default=data.cache() / "experiments",
        help="what is done so far (default: %(default)s)",
    )
    parser.add_argument("--device", default="cpu", help="cpu, or cuda where there is one")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    path, searched = asked.results / "league.json", asked.results / "league_search.json"
    kept = asked.kept / "league.json"
    for name in asked.only:
        case, told, there = CASES[name], plan(name), passes.stored(searched)
        done = there.get(f"choice, {name}")  # the last that is written of a case
        if done and name in passes.stored(path):
            passes.same(f"{searched} holds another {name!r}", told, done.settings)
            continue
        learned, held, examples, test = parts(name, load)
        found = {kind: {} for kind in ("choice", "final", "own", "shared")}
        for phi in tqdm(PHIS, desc=name, unit="φ"):
            one, where = told | {"phi": phi}, partial(once, kept)
            how = {"device": asked.device}
            tried = where(f"choice, {name}, {phi}", one, partial(choice, case, phi, learned, held, **how))
            best = finalists(tried)
            last = where(
                f"final, {name}, {phi}",
                one | {"settings": [list(setting) for setting in best]},
                partial(final, case, phi, best, learned, held, **how),
            )
            found["choice"][phi], found["final"][phi] = tried, last
            for kind, setting, looks in (
                ("own", chosen(last), LOOKS),
                ("shared", common(found["choice"][REFERENCE]), 0),
            ):
                rate, gain = setting
                found[kind][phi] = where(
                    f"{kind}, {name}, {phi}",
                    one | {"rate": rate, "gain": gain},
                    partial(fresh, case, phi, setting, examples, test, looks=looks, **how),
                )
        del told["fresh"]  # they are the seeds of the runs
        own = found["own"]
        passes.store(path, name, table(told | {"train loss": left(own)}, own, "error"))
        passes.store(path, f"updates, {name}", table(told, own, "updates"))
        passes.store(path, f"shared, {name}", table(told, found["shared"], "error"))
        passes.store(searched, f"final, {name}", finals(told, found["final"]))
        passes.store(searched, f"choice, {name}", searches(told, found["choice"]))


if __name__ == "__main__":
    passes.command(main)
