"""What it costs to train ten seeds together, against ten runs in turn: `python -m press.bench`."""

import time
from itertools import pairwise
from statistics import median

import torch
import torch.nn.functional as F

from rectified import data, training

SEEDS, STEPS, BATCH, RATE = 10, 300, 64, 0.1
DEEP, SMALL = (64, *[64] * 8, 10), (64, 32, 10)


def seeds_together(repeats: int = 5) -> float:
    """Print the wall-clock times, and return the share of ten runs in turn that ten seeds together cost.

    Deep and small networks on the digits; both ways, and a plain loop of nn.Linear and torch.optim, take
    turns, so that a busy machine slows all of them; times and shares are medians. What is returned is the
    deep network's share against ten runs of this package's own loop.
    """
    examples, _ = data.load("digits")
    shares = {}
    for name, sizes in (("deep", DEEP), ("small", SMALL)):
        network = training.Layers(sizes, "tanh")
        ways = {
            "together": lambda network=network: _train(network, examples, range(SEEDS)),
            "in turn": lambda network=network: [_train(network, examples, [seed]) for seed in range(SEEDS)],
            "plain": lambda sizes=sizes: [_plain(sizes, examples, seed) for seed in range(SEEDS)],
        }
        rounds = [{way: _seconds(task) for way, task in ways.items()} for _ in range(repeats + 1)][1:]
        shares[name] = median(times["together"] / times["in turn"] for times in rounds)
        against = median(times["together"] / times["plain"] for times in rounds)
        together, turn, plain = (median(times[way] for times in rounds) for way in ways)
        print(
            f"{name}, {torch.get_num_threads()} threads: {SEEDS} seeds together {together:.2f} s, "
            f"in turn {turn:.2f} s (share {shares[name]:.2f}), "
            f"in turn by a plain torch loop {plain:.2f} s (share {against:.2f})"
        )
    return shares["deep"]


def _seconds(task) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def _train(network, examples, seeds) -> None:
    training.train(network, examples, seeds=seeds, steps=STEPS, batch=BATCH, rate=RATE, record=[STEPS])


def _plain(sizes, examples, seed) -> None:
    torch.manual_seed(seed)
    parts = []
    for fan_in, fan_out in pairwise(sizes):
        parts += [torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh()]
    network = torch.nn.Sequential(*parts[:-1])
    optimiser = torch.optim.SGD(network.parameters(), lr=RATE)
    x, y = (torch.from_numpy(part) for part in examples)
    for _ in range(STEPS):
        chosen = torch.randint(len(x), (BATCH,))
        loss = F.cross_entropy(network(x[chosen]), y[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


if __name__ == "__main__":
    seeds_together()
