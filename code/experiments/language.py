"""Eight feed-forward layers in a small language model, at equal parameters and equal multiply-adds.

    python code/experiments/language.py

A transformer of two blocks, 48 wide, tells the next character of Shakespeare from up to 64 before it. Its feed-forward
layers are plain (ReLU, GELU, SiLU, ReLU²) or gated (ReGLU, GEGLU, SwiGLU, bilinear); a gated one has two thirds of the
units, since it has three matrices. Adam, no dropout; the rate rises over the first tenth of the updates and falls on
half a cosine to a tenth.

Each layer's rate is chosen on the last ninth of the text to learn from, on two seeds that are not used again; all have
the same rates to choose from, and where a best one is the least or the greatest, all get another. Then five seeds learn
on the whole of that text, and with --rounds 2 three more, with the same updates. A seed meets the same stretches of
text in the same order with every layer, so that differences can be taken seed by seed. Last, since a short search may
choose a rate that is wrong for a longer run, each layer learns on the five seeds at one rate for all.

Writes language.json: the trials `choice, LAYER` and, if it came to that, `choice, LAYER, wider`, the runs `LAYER`,
those of a second round `LAYER, more seeds`, and `LAYER, RATE` at a rate that was not chosen. Losses are in nats a
character: `test_loss` on a part of the test text as learning goes on, `whole_loss` on all of it at the end (nan
before). Of what the hidden layers hand on, by block: `zeros`, the share that is exactly 0, `small` and `near`, the
shares that are within a hundredth and within a tenth of its root mean square. Steps are passes, of `updates` each. The
script can be stopped at any time, and goes on with the pass that it was in.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from math import cos, pi
from pathlib import Path

import numpy as np
import passes
import torch
from tqdm import tqdm

from rectified import data, runs, training, transformers

KINDS = tuple(transformers.KINDS)
SIZES = {"width": 48, "depth": 2, "heads": 4, "context": 64}
BATCH = 8
RATES = (0.002, 0.004, 0.008, 0.016)
CHOICES = ("", ", wider", ", wider still")  # trials: the rates may be widened twice, by a factor of two
TRIAL, TRIED = 200, (100, 101)  # updates, seeds
CHECKED = (0.016,)  # at these every kind learns, whatever was chosen
UPDATES, PASSES = 175, 4  # in a pass; passes
SEEDS, MORE = tuple(range(5)), tuple(range(5, 8))
HELD, PART = (
    4,
    8,
)  # one of so many windows is looked at: of the text held out; of the test text, while learning
LOOKED = 32  # windows in which the hidden layers are looked at
CHUNK = 8  # windows in one forward pass
WARM, LEAST = 0.1, 0.1  # share of the updates in which the rate rises; share of it at the end
RULE = training.OPTIMISERS["adam"]


def share(update: int, updates: int) -> float:
    """Return the share of the rate that an update has: up over the first, then down on half a cosine."""
    falls = LEAST + (1 - LEAST) * (1 + cos(pi * update / updates)) / 2
    return min(1.0, (update + 1) / (WARM * updates)) * falls


def stretches(codes: np.ndarray, seed: int, number: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return windows of a text, and for each place the next character, (count, context): those of pass `number`."""
    context = SIZES["context"]
    starts = np.random.default_rng([seed, number]).integers(len(codes) - context, size=count)
    at = starts[:, None] + np.arange(context)
    return codes[at], codes[at + 1]


class Learners:
    """Models of one kind, one a seed and rate, all at once; between passes they are a dict of arrays."""

    def __init__(self, alphabet: int, kind: str, seeds: Sequence[int], rates: Sequence[float], updates: int):
        made = transformers.models(alphabet, kind, **SIZES)
        watch = [f"blocks.{k}.{part}" for k in range(SIZES["depth"]) for part in ("norm2", "phi")]
        self.network = training.Modules(made.factory, watch=watch)
        self.gated = transformers.KINDS[kind].gated
        self.seeds, self.updates = seeds, updates
        self.rates = torch.tensor(rates, dtype=torch.float32)[:, None]
        drawn = [self.network.draw(np.random.default_rng(seed))[0] for seed in seeds]
        self.shapes = {name: value.shape for name, value in drawn[0].items()}
        flat = [np.concatenate([value.ravel() for value in own.values()]) for own in drawn]
        self.weights = torch.tensor(np.stack(flat))  # (members, numbers)
        self.memory = {}

    def restore(self, state: dict[str, np.ndarray] | None) -> None:
        """Go on from what `state` returned; from the first weights where there is nothing."""
        if state is not None:
            self.weights = torch.tensor(state["weights"])
            self.memory = {name: torch.tensor(state[name]) for name in ("mean", "square")} | {
                "t": int(state["t"])
            }

    def state(self) -> dict[str, np.ndarray]:
        """Return all that is needed to go on."""
        return {"weights": self.weights.numpy(), "t": np.array(self.memory.get("t", 0))} | {
            name: self.memory[name].numpy() for name in ("mean", "square")
        }

    def learn(self, codes: np.ndarray, number: int, updates: int) -> None:
        """Do the updates of pass `number`."""
        given = [stretches(codes, seed, number, updates * BATCH) for seed in self.seeds]
        texts, nexts = (
            torch.tensor(np.stack(parts)).split(BATCH, dim=1) for parts in zip(*given, strict=True)
        )
        for text, after in zip(texts, nexts, strict=True):
            done = self.memory.get("t", 0)
            weights = self.weights.requires_grad_()
            sums = self.network.forward(training.views(weights, self.shapes), text, learning=True)
            (gradient,) = torch.autograd.grad(training.cross_entropy(sums, after).sum(), weights)
            rate = self.rates * share(done, self.updates)
            self.weights = RULE.step(weights.detach(), gradient, self.memory, rate)

    def loss(self, text: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return each member's loss over windows (n, context), in nats a character."""
        values, members, total = training.views(self.weights, self.shapes), len(self.seeds), 0.0
        with torch.no_grad():
            for x, y in zip(*(torch.tensor(each).split(CHUNK) for each in (text, after)), strict=True):
                sums = self.network.forward(values, x.expand(members, *x.shape))
                total += (
                    training.cross_entropy(sums, y.expand(members, *y.shape)).double() * len(x) / len(text)
                )
        return total.numpy()

    def hidden(self, text: np.ndarray) -> list[torch.Tensor]:
        """Return what each block's hidden layer hands on, (members, n, context, units): times the value, if gated."""
        values, signals, x = training.views(self.weights, self.shapes), [], torch.tensor(text)
        self.network.forward(values, x.expand(len(self.seeds), *x.shape), signals)
        handed = []
        for k, ((_, _, normed), (_, _, answer)) in enumerate(zip(signals[::2], signals[1::2], strict=True)):
            value = torch.einsum("mnpw,mwu->mnpu", normed, values[f"blocks.{k}.into"]) if self.gated else 1.0
            handed.append((answer * value).detach())
        return handed

    def sparsity(self, text: np.ndarray) -> dict[str, np.ndarray]:
        """Return shares of what the hidden layers hand on, each (members, blocks)."""
        found = {"zeros": [], "small": [], "near": []}
        for handed in self.hidden(text):
            size = handed.abs() / handed.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
            for name, most in (("zeros", 0.0), ("small", 0.01), ("near", 0.1)):
                found[name].append((size <= most).double().mean(dim=(1, 2, 3)).numpy())
        return {name: np.stack(values, axis=1) for name, values in found.items()}


def best(tried: Sequence[runs.Run]) -> tuple[float, bool, bool]:
    """Return the rate with the least mean loss held out, and whether it is the least or the greatest that was tried."""
    losses = {}
    for run in tried:
        for rate, loss in zip(run.settings["rate"], run.final("held_loss"), strict=True):
            losses.setdefault(rate, []).append(loss if np.isfinite(loss) else np.inf)
    means = {rate: float(np.mean(each)) for rate, each in losses.items()}
    if not np.isfinite(min(means.values())):
        raise ValueError(f"every rate of {sorted(means)} diverged; expected smaller rates")
    chosen = min(means, key=lambda rate: (means[rate], rate))
    return chosen, chosen == min(means), chosen == max(means)


def describe(kind: str) -> dict:
    """Return what the settings of a run say of a kind."""
    phi, gated = transformers.KINDS[kind]
    units = 4 * SIZES["width"]
    return {
        "kind": kind, "activation": phi, "gated": gated, "units": transformers.two_thirds(units) if gated else units,
        **SIZES, "batch": BATCH, "loss": "cross-entropy", "optimiser": {"name": RULE.name, **RULE.settings},
        "warm": WARM, "least": LEAST, "dtype": "float32",
    }  # fmt: skip


def choose(path: Path, alphabet: int, codes: np.ndarray) -> dict[str, float]:
    """Return each kind's own rate, by trials that are stored, and made where they are not there."""
    cut = len(codes) - len(codes) // 9
    held = tuple(part[::HELD] for part in transformers.windows(codes[cut:], SIZES["context"]))
    grid = new = tuple(RATES)
    ends, used = (True, True), []
    for suffix in CHOICES:
        if not any(ends):
            break
        for kind in tqdm(KINDS, desc=f"choice among {', '.join(f'{rate:g}' for rate in new)}"):
            trial(path, f"choice, {kind}{suffix}", alphabet, kind, new, codes[:cut], held)
        stored, used = passes.stored(path), [*used, suffix]
        found = {kind: best([stored[f"choice, {kind}{each}"] for each in used]) for kind in KINDS}
        ends = any(low for _, low, _ in found.values()), any(high for _, _, high in found.values())
        new = (min(grid) / 2,) * ends[0] + (max(grid) * 2,) * ends[1]
        grid += new
    return {kind: rate for kind, (rate, _, _) in found.items()}


def trial(path: Path, name: str, alphabet: int, kind: str, rates: Sequence[float], codes, held) -> None:
    """Try rates, each on the same seeds, and store the trial; leave it alone if it is there."""
    seeds = list(TRIED) * len(rates)
    each = [rate for rate in rates for _ in TRIED]
    told = describe(kind) | {
        "rate": each,
        "steps": TRIAL,
        "examples": {"train": len(codes), "held": held[0].size},
    }
    old = passes.stored(path).get(name)
    if old is not None:
        passes.same(f"{path} holds another {name!r}", told, old.settings)
        return
    began = time.perf_counter()
    learners = Learners(alphabet, kind, seeds, each, TRIAL)
    learners.learn(codes, 0, TRIAL)
    curves = {"held_loss": learners.loss(*held)[:, None]}
    made = runs.origin(device="cpu", seconds=time.perf_counter() - began)
    passes.store(path, name, runs.Run(told, seeds, [TRIAL], curves, made))


def train(
    path: Path,
    kept: Path,
    name: str,
    alphabet: int,
    kind: str,
    seeds: Sequence[int],
    rate: float,
    codes,
    test,
) -> None:
    """Train one kind on several seeds, pass by pass, and store the run so far after each pass."""
    part = tuple(each[::PART] for each in test)
    seen = test[0][:: max(1, len(test[0]) // LOOKED)][:LOOKED]
    learners = Learners(alphabet, kind, seeds, [rate] * len(seeds), UPDATES * PASSES)
    parameters = sum(np.prod(shape, dtype=int) for shape in learners.shapes.values())
    told = describe(kind) | {
        "seeds": list(seeds),
        "parameters": int(parameters),
        "updates": UPDATES,
        "examples": {"train": len(codes), "part": part[0].size, "test": test[0].size, "looked": seen.size},
    }

    def measured(last: bool) -> dict[str, np.ndarray]:
        whole = learners.loss(*test) if last else np.full(len(seeds), np.nan)
        return learners.sparsity(seen) | {"whole_loss": whole, "test_loss": learners.loss(*part)}

    def one(number: int, state: dict | None) -> tuple[dict, dict, dict]:
        learners.restore(state)
        before = [] if number else [measured(last=False)]
        learners.learn(codes, number, UPDATES)
        marks = [*before, measured(last=number == PASSES - 1)]
        return (
            learners.state(),
            {},
            {key: np.stack([each[key] for each in marks], axis=1) for key in marks[0]},
        )

    passes.repeat(one, told, [rate] * PASSES, path=path, name=name, kept=kept)


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rounds", type=int, choices=(1, 2), default=1, help="five seeds (default), or eight"
    )
    parser.add_argument("--results", type=Path, default=passes.RESULTS, help="folder of language.json")
    parser.add_argument("--kept", type=Path, default=data.cache() / "experiments", help="unfinished runs")
    parser.add_argument("--threads", type=passes.count, default=1, help="processor cores to use")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path, text = asked.results / "language.json", load("shakespeare")
    alphabet = len(text.classes)
    codes, told = (np.append(x, y[-1]) for x, y in text)  # each text whole, to its last character
    test = transformers.windows(told, SIZES["context"])
    rates = choose(path, alphabet, codes)
    for seeds, more in ((SEEDS, ""), (MORE, ", more seeds"))[: asked.rounds]:
        for kind in KINDS:
            name = kind + more
            kept = asked.kept / f"language, {name}.npz"
            train(path, kept, name, alphabet, kind, seeds, rates[kind], codes, test)
    for kind in KINDS:
        for rate in CHECKED:
            if rate != rates[kind]:
                name = f"{kind}, {rate:g}"
                kept = asked.kept / f"language, {name}.npz"
                train(path, kept, name, alphabet, kind, SEEDS, rate, codes, test)


if __name__ == "__main__":
    passes.command(main)
