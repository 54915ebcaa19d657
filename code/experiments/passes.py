"""What the experiments share: choose a rate on examples held out, then train pass by pass, resumable.

After each pass the parameters and the curves so far are kept in a file; the next start goes on from it. The order of
the examples follows from the seed and the number of the pass, so that a run that was interrupted gives the same
numbers as one that was not.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.func import functional_call
from tqdm import tqdm

from rectified import belief, data, runs, training

RESULTS = Path(runs.__file__).parent / "results"
APART = 1_000_000  # between the seeds of the orders of two passes: more than any seed of a run


class OtherRun(ValueError):
    """The unfinished run that was kept, or a trial that is stored, is not the one that is asked for."""


class InTurn(training.Modules):
    """Networks one after another: for convolutions on a processor that takes less time than all at once."""

    def forward(self, values, x, signals=None, *, learning=False):
        if signals is not None:
            raise ValueError("signals of networks in turn are not recorded: use training.Modules")
        self.skeleton.train(learning)
        own = [{name: value[member] for name, value in values.items()} for member in range(len(x))]
        return torch.stack([functional_call(self.skeleton, *each) for each in zip(own, x, strict=True)])


@dataclass(frozen=True)
class Start:
    """A way to begin: a network, its φ, the rule for its first weights, what they are multiplied by; rates to try.

    many: how the members of a run are made of it. taught: passes of the machines that its first weights come from.
    """

    network: Callable[[str, str], torch.nn.Module | training.Layers]
    activation: str
    weights: str
    scale: float
    rates: tuple[float, ...]
    many: Callable[[Callable], training.Modules | training.Layers] = training.Modules
    taught: int = 0

    def make(self) -> training.Modules | training.Layers:
        """Return what `training.train` trains."""
        return self.many(lambda: self.network(self.activation, self.weights))

    def describe(self) -> dict:
        """Return what the settings of a run say of it."""
        return {
            "network": self.network.__name__,
            "activation": self.activation,
            "weights": self.weights,
            "scale": self.scale,
            **({"taught": self.taught} if self.taught else {}),
        }


def options(description: str, passes: int) -> argparse.ArgumentParser:
    """Return the options that every experiment has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--passes", type=count, default=passes, help="through the examples (default: %(default)s)"
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder to write to (default: %(default)s)"
    )
    parser.add_argument(
        "--kept",
        type=Path,
        default=data.cache() / "experiments",
        help="unfinished runs (default: %(default)s)",
    )
    parser.add_argument(
        "--threads", type=count, default=1, help="processor cores to use (default: %(default)s)"
    )
    return parser


def command(main: Callable[[], None]) -> None:
    """Do what an experiment does, and leave with a sentence where the reader can do something about it."""
    try:
        main()
    except (data.DataError, OtherRun) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command goes on after the last finished pass.")


def choose(
    path: Path,
    name: str,
    starts: Sequence[Start],
    examples: tuple[np.ndarray, np.ndarray],
    held: tuple[np.ndarray, np.ndarray],
    *,
    passes: int,
    batch: int,
    loss: training.Loss,
    optimiser: str = "sgd",
) -> tuple[Start, float]:
    """Return the start and the rate with the fewest errors on examples held out; the smaller loss parts a tie.

    Where no answer can be wrong, the loss alone decides.

    One seed, number 0, a member for each rate. Each start's trial is stored as "choice, NAME, WEIGHTS × SCALE", with
    the curves held_error and held_loss, and not repeated if it is there.

    Raises OtherRun if the trial that is there is another one.
    """
    if passes < 1:
        raise ValueError(f"passes is {passes}; expected 1 or more")
    steps, tried = passes * _updates(examples, batch), []
    for number, start in enumerate(starts):
        called = f"choice, {name}, {start.weights} × {start.scale:g}"
        run = stored(path).get(called)
        if run is not None:
            asked = {
                **start.describe(),
                "rate": list(start.rates),
                "batch": batch,
                "loss": loss.name,
                "optimiser": _rule(optimiser),
                "examples": {"train": len(examples[0]), "test": len(held[0])},
                "steps": steps,
            }
            same(f"{path} holds another {called!r}", asked, run.settings)
        else:
            trial = training.train(
                start.make(),
                examples,
                test=held,
                seeds=[0] * len(start.rates),
                rate=start.rates,
                scale=start.scale,
                steps=steps,
                batch=batch,
                loss=loss,
                optimiser=optimiser,
                record=[steps],
                progress=True,
            ).run
            curves = {key.replace("test", "held"): values for key, values in trial.curves.items()}
            settings = trial.settings | start.describe()
            run = runs.Run(settings, trial.seeds, trial.steps, curves, trial.origin)
            store(path, called, run)
        first = "held_error" if "held_error" in run.curves else "held_loss"  # where no answer can be wrong
        ends = zip(run.final(first), run.final("held_loss"), run.settings["rate"], strict=True)
        tried += [(error, loss, number, rate) for error, loss, rate in ends if np.isfinite(error)]
    if not tried:
        raise ValueError(f"{name}: every member of the choice diverged; expected smaller rates")
    *_, number, rate = min(tried)
    return starts[number], rate


def train(
    start: Start,
    examples: tuple[np.ndarray, np.ndarray],
    *,
    test: tuple[np.ndarray, np.ndarray],
    seeds: Sequence[int],
    rates: Sequence[float],
    batch: int,
    loss: training.Loss,
    optimiser: str = "sgd",
    path: Path,
    name: str,
    kept: Path,
    shuffle: bool = True,
    also: Callable[[training.Trained], dict[str, np.ndarray]] | None = None,
) -> None:
    """Train pass by pass, and store the run so far after each pass as `name` of `path`; its steps are passes.

    rates: one for each pass. optimiser: its memory begins anew with each pass. kept: the file in which an unfinished
    run waits. shuffle: a new order of the examples in each pass, or each seed's first order again and again.
    also: measures of your own, name -> (seeds,), before the first pass and after each.

    Raises OtherRun if the kept run is another one.
    """
    told = {
        **start.describe(),
        "seeds": list(seeds),
        "batch": batch,
        "optimiser": optimiser,
        "shuffle": shuffle,
        "examples": {"train": len(examples[0]), "test": len(test[0])},
        "loss": loss.name,
    }
    steps = _updates(examples, batch)

    def one(number: int, parameters: dict | None) -> tuple[dict, dict, dict]:
        how = {
            "seeds": [seed + APART * number * shuffle for seed in seeds],
            "batch": batch,
            "loss": loss,
            "optimiser": optimiser,
            "rate": rates[number],
            "scale": start.scale,
            "start": parameters,
        }
        marks = [steps] if number else [0, steps]
        trained = training.train(start.make(), examples, test=test, steps=steps, record=marks, **how)
        settings = {key: trained.run.settings[key] for key in ("loss", "optimiser", "weight_decay", "dtype")}
        curves = dict(trained.run.curves)
        if also:
            few = tuple(part[:batch] for part in examples)
            before = [] if number else [training.train(start.make(), few, steps=0, **how)]
            measured = [also(each) for each in (*before, trained)]
            curves |= {curve: np.stack([each[curve] for each in measured], axis=1) for curve in measured[0]}
        return trained.parameters, {**settings, "updates": steps}, curves

    repeat(one, told, rates, path=path, name=name, kept=kept)


def repeat(
    one: Callable[[int, dict | None], tuple[dict, dict, dict]],
    told: dict,
    rates: Sequence[float],
    *,
    path: Path,
    name: str,
    kept: Path,
) -> dict[str, np.ndarray]:
    """Do pass after pass, store the run so far after each as `name` of `path`, and return the last parameters.

    one: takes the number of the pass and the parameters so far, None before the first, and returns the parameters,
    settings that are known only now, and curves: (seeds, 1) each, (seeds, 2) of the first pass, before and after it.
    told: the settings, among them the seeds; by them an unfinished run is known again. rates: one for each pass.

    Raises OtherRun if the kept run is another one.
    """
    if not len(rates):
        raise ValueError("rates is empty; expected one for each pass")
    said, parameters, curves = _resume(kept, told, rates)
    done, seconds = len(said["rates"]), said["seconds"]
    if done:
        run = _run(told, said, curves)
        if not _holds(stored(path).get(name), run):  # stopped before it was stored, or stored elsewhere
            store(path, name, run)
    with tqdm(total=len(rates), initial=min(done, len(rates)), desc=name, unit="pass") as bar:
        for number in range(done, len(rates)):
            began = time.perf_counter()
            parameters, settings, more = one(number, parameters)
            for curve, values in more.items():
                curves[curve] = np.concatenate([curves[curve], values], axis=1) if number else values
            seconds += time.perf_counter() - began
            said = {
                "told": told,
                "rates": list(rates[: number + 1]),
                "settings": settings,
                "seconds": seconds,
                "origin": runs.origin(device="cpu", seconds=seconds),
            }
            _keep(kept, said, parameters, curves)
            store(path, name, _run(told, said, curves))
            shown = "test_error" if "test_error" in curves else next(reversed(curves))
            bar.set_postfix_str(f"{shown.replace('_', ' ')} {np.median(curves[shown][:, -1]):.4g}")
            bar.update()
    return parameters


def machine(
    cases: np.ndarray,
    hidden: int,
    *,
    number: int,
    seeds: Sequence[int],
    rates: Sequence[float],
    batch: int,
    decay: float,
    spread: float,
    momenta: Sequence[float],
    measure: Callable[[np.ndarray], dict[str, np.ndarray]],
    labels: int = 0,
    by: Callable = belief.contrast,
    path: Path,
    name: str,
    kept: Path,
) -> np.ndarray:
    """Learn a restricted Boltzmann machine pass by pass, as `repeat` does, and return it.

    Its last pass is settled when it begins, for what stands on it has learnt from what came out.

    cases: (cases, visible) or (seeds, cases, visible). number: of the machine in its stack; the draws follow from it.
    spread: of the first weights. momenta: of the first passes, one each; the last one goes on; the last step is
    forgotten after each pass. measure: from the machine, name -> (seeds,), before the first pass and after each.
    labels, by, decay, batch: see `belief.learn`.
    """

    def one(done: int, parameters: dict | None) -> tuple[dict, dict, dict]:
        first = belief.Dice([(seed, number, 0) for seed in seeds])
        drawn = belief.machine(cases.shape[-1], hidden, first, spread=spread, dtype=cases.dtype)
        before = parameters["machine"] if parameters else drawn
        w = belief.learn(
            before,
            cases,
            belief.Dice([(seed, number, done + 1) for seed in seeds]),
            passes=1,
            rate=rates[done],
            batch=batch,
            momentum=momenta[min(done, len(momenta) - 1)],
            decay=decay,
            labels=labels,
            by=by,
        )
        measured = [measure(each) for each in ([w] if done else [before, w])]
        curves = {curve: np.stack([each[curve] for each in measured], axis=1) for curve in measured[0]}
        return {"machine": w}, {"dtype": cases.dtype.name, "updates": cases.shape[-2] // batch}, curves

    told = {
        "sizes": [cases.shape[-1], hidden],
        "labels": labels,
        "by": by.__name__,
        "passes": len(rates),
        "seeds": list(seeds),
        "batch": batch,
        "momenta": list(momenta),
        "weight_decay": decay,
        "spread": spread,
        "examples": {"train": cases.shape[-2]},
    }
    return repeat(one, told, rates, path=path, name=name, kept=kept)["machine"]


def stored(path: Path) -> dict[str, runs.Run]:
    """Return the runs that a file of results holds by now; none if there is no file."""
    return runs.load_all(path) if path.exists() else {}


def store(path: Path, name: str, run: runs.Run) -> None:
    """Add a run to a file of results, or put it in the place of the one of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs.save_all(path, {**stored(path), name: run})


def count(text: str) -> int:
    """Return what an option says as a whole number, 1 or more."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number, 1 or more")
    return int(text)


def _updates(examples: tuple[np.ndarray, np.ndarray], batch: int) -> int:
    """Return how many updates a pass has."""
    count = len(examples[0])
    if not 1 <= batch <= count:
        raise ValueError(f"batch is {batch} and there are {count} examples; expected 1 to {count}")
    return count // batch


def _rule(optimiser: str | training.Optimiser) -> dict:
    """Return an optimiser as the settings of a run have it."""
    rule = training.OPTIMISERS[optimiser] if isinstance(optimiser, str) else optimiser
    return {"name": rule.name, **rule.settings}


def same(what: str, asked: dict, found: dict) -> None:
    """Raise OtherRun, naming the difference, if settings found are not those asked for; an older file has fewer."""
    for key, value in asked.items():
        if key in found and found[key] != value:
            raise OtherRun(
                f"{what}: its {key} is {found[key]!r}; expected {value!r}. Remove it to begin anew"
            )


def _holds(there: runs.Run | None, run: runs.Run) -> bool:
    """Say whether a stored run is this one, or the same gone further."""
    if there is None or len(there.steps) < len(run.steps):
        return False
    found = {**there.settings, "rate": there.settings.get("rate", [])[: len(run.settings["rate"])]}
    return all(found[key] == value for key, value in run.settings.items() if key in found)


def _run(told: dict, said: dict, curves: dict) -> runs.Run:
    settings = {**told, **said["settings"], "step": "pass", "rate": said["rates"]}
    made = said.get("origin") or runs.origin(device="cpu", seconds=said["seconds"])  # an older file has none
    return runs.Run(settings, told["seeds"], np.arange(len(said["rates"]) + 1), curves, made)


def _keep(path: Path, said: dict, parameters: dict, curves: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    arrays = {f"parameter {name}": value for name, value in parameters.items()}
    arrays |= {f"curve {name}": value for name, value in curves.items()}
    with part.open("wb") as file:
        np.savez(file, said=json.dumps(said), **arrays)
    os.replace(part, path)  # a stop in between leaves the pass before


def _resume(path: Path, told: dict, rates: Sequence) -> tuple[dict, dict | None, dict]:
    """Return what the kept run says of itself, its parameters and its curves; of a new one, nothing yet."""
    if not path.exists():
        return {"rates": [], "seconds": 0.0}, None, {}
    with np.load(path) as kept:
        said = json.loads(str(kept["said"]))
        parts = [
            {name.removeprefix(kind): kept[name] for name in kept if name.startswith(kind)}
            for kind in ("parameter ", "curve ")
        ]
    asked = {**told, "rates": list(rates[: len(said["rates"])])}
    found = {**said["settings"], **said["told"], "rates": said["rates"][: len(rates)]}
    same(f"{path} keeps another run", asked, found)
    if "started" in said["settings"]:  # an older file: all that training said, some of it in other words
        few = {key: said["settings"][key] for key in ("loss", "optimiser", "weight_decay", "dtype")}
        said["settings"] = {**few, "updates": said["settings"]["steps"]}
    return said, *parts
