"""The deep autoencoder of 2006 on MNIST: begun by machines, and begun at random; and principal components.

    RECTIFIED_DATA=/folder/of/data python code/experiments/autoencoder.py

784-1000-500-250-30 and back, logistic units but for 30 linear ones in the middle, machines learnt one upon the other
with the last one's hidden units linear and with Gaussian noise, then unrolled and trained as a whole to give back its
pictures, by the cross-entropy of each point; what counts is the squared error of a picture. So did Hinton and
Salakhutdinov. The machines' rates, momentum, decay and first weights are those of the code that came with the paper.
Not the paper's: 15 passes for each machine in place of 50; gradient descent with momentum on 100 digits at a time, for
15 passes, the last at lower rates, in place of conjugate gradients on 1,000 at a time for 200. The same net begins at
random twice, with the customary first weights and with Glorot's of 2010. Each of the three has its own rate, chosen on
5,000 digits held out of those to learn from, after training on 20,000 others; the machines have met all 60,000. The
test digits play no part in it.

It can be stopped at any time, and goes on with the pass that it was in. Writes autoencoder.json: the runs `machine 1`
to `machine 4`, `machines`, `customary` and `glorot`, each with one seed, and `components`, whose steps are numbers of
principal components; and the trials of the choices, each `choice, …`.
"""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import passes
import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits

from rectified import activations, belief, convolution, data, runs, training

PASSES, MACHINES = 15, 15
SEEDS, BATCH = [0], 100
SIZES = (784, 1000, 500, 250, 30)
MACHINE = {"batch": BATCH, "decay": 0.0002, "spread": 0.1, "momenta": [*[0.5] * 5, 0.9]}
RATE, LINEAR_RATE = 0.1, 0.001
STARTS = ("machines", "customary", "glorot")
RATES = (0.001, 0.003, 0.01, 0.03)
FALL, AFTER = (*[1] * 10, *[0.3] * 3), 0.1  # the rate over the one chosen, pass by pass, and from then on
HELD, TRIED, TRIAL = 5_000, 20_000, 2  # digits held out, digits to learn from, and passes, for the choice
COMPONENTS = 200
AT_ONCE = 1_000  # digits given back at once: bounds the memory


class Autoencoder(torch.nn.Module):
    """Down to the code and back. What it gives are sums: their logistic is the picture."""

    def __init__(self, activation: str, weights: str):
        super().__init__()
        sizes = (*SIZES, *SIZES[-2::-1])
        self.phi = activations.get(activation).torch
        self.layers = torch.nn.ModuleList(convolution.Dense(*pair, weights) for pair in pairwise(sizes))

    def forward(self, x):  # (batch, points)
        for number, layer in enumerate(self.layers, 1):
            x = layer(x)
            if number not in (len(SIZES) - 1, len(self.layers)):
                x = self.phi(x)
        return x


def unrolled(machines: Sequence[np.ndarray]) -> Callable[[str, str], Autoencoder]:
    """Return what makes an autoencoder of machines, (seeds, visible + 1, hidden + 1): of the first seed's."""
    layers = [w[0] for w in (*machines, *(belief.turned(w) for w in reversed(machines)))]

    def unroll(activation: str, weights: str) -> Autoencoder:
        network = Autoencoder(activation, "customary")
        with torch.no_grad():
            for layer, w in zip(network.layers, layers, strict=True):
                layer.weights.copy_(torch.tensor(w[:-1, :-1]))
                layer.biases.copy_(torch.tensor(w[-1, :-1]))
        return network

    return unroll


def crossed(outputs: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the points of a picture, summed; the mean over pictures, (members,)."""
    losses = F.binary_cross_entropy_with_logits(outputs, pictures, reduction="none")
    return losses.sum(-1).mean(1)


CROSSED = training.Loss("cross-entropy of points", 2006, "hinton2006science", crossed)


def code(w: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return the means of linear hidden units."""
    return given @ w[..., :-1, :-1] + w[..., -1:, :-1]


def linear(w: np.ndarray, seen: np.ndarray, rng: belief.Dice, labels: int = 0) -> np.ndarray:
    """Return one step of contrastive divergence where hidden units are linear, with Gaussian noise of variance 1."""
    means = code(w, seen)
    dreamt = belief.chance(belief.turned(w), means + rng.normal(means.shape).astype(means.dtype), labels)
    return belief.together(seen, means) - belief.together(dreamt, code(w, dreamt))


def stack(x: np.ndarray, x_test: np.ndarray, count: int, path: Path, kept: Path) -> list[np.ndarray]:
    """Learn machine upon machine and return them."""
    machines = []
    for number, hidden in enumerate(SIZES[1:], 1):
        last = number == len(SIZES) - 1
        up, by, rate = (code, linear, LINEAR_RATE) if last else (belief.chance, belief.contrast, RATE)

        def measure(w: np.ndarray, seen=x_test, up=up) -> dict[str, np.ndarray]:
            again = belief.chance(belief.turned(w), up(w, seen))
            return {"test_squares": np.square(again - seen).sum(axis=-1).mean(axis=-1)}

        w = passes.machine(
            x, hidden, number=number, seeds=SEEDS, rates=[rate] * count, measure=measure, by=by, **MACHINE,
            path=path, name=f"machine {number}", kept=kept / f"autoencoder, machine {number}.npz",
        )  # fmt: skip
        machines, x, x_test = [*machines, w], up(w, x), up(w, x_test)
    return machines


def falling(rate: float, count: int) -> list[float]:
    """Return the rate of each pass."""
    return [rate * (FALL[number] if number < len(FALL) else AFTER) for number in range(count)]


def components(x: np.ndarray, x_test: np.ndarray, path: Path) -> None:
    """Store the squared error of a test picture by its first principal components: by none, it is the mean picture."""
    began, mean = time.perf_counter(), x.mean(axis=0, dtype=float)
    _, axes = np.linalg.eigh(np.cov(x - mean, rowvar=False))  # the least first
    away = x_test - mean
    parts = np.square(away @ axes[:, ::-1]).mean(axis=0)[:COMPONENTS]
    errors = np.square(away).sum(axis=1).mean() - np.concatenate([[0], np.cumsum(parts)])
    settings = {"step": "component", "examples": {"train": len(x), "test": len(x_test)}}
    origin = runs.origin(device="cpu", seconds=time.perf_counter() - began)
    run = runs.Run(settings, [0], np.arange(len(errors)), {"test_squares": errors[None]}, origin)
    passes.store(path, "components", run)


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    parser = passes.options(__doc__, PASSES)
    parser.add_argument(
        "--machines", type=passes.count, default=MACHINES, help="of each machine (default: %(default)s)"
    )
    parser.add_argument("--only", choices=STARTS, nargs="+", default=STARTS, help="runs to make")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    path = asked.results / "autoencoder.json"
    (x, y), (x_test, _) = load("mnist")
    x, x_test = (part.reshape(len(part), -1) for part in (x, x_test))
    some = np.random.default_rng(2006).permutation(len(y))[: HELD + TRIED]
    held, tried = x[some[:HELD]], x[some[HELD:]]

    def squares(trained: training.Trained) -> dict[str, np.ndarray]:
        parts = np.array_split(x_test, -(-len(x_test) // AT_ONCE))
        errors = [np.square(activations.logistic(trained(part)) - part).sum(axis=(1, 2)) for part in parts]
        return {"test_squares": sum(errors) / len(x_test)}

    with threadpool_limits(asked.threads):
        if "components" not in passes.stored(path):
            components(x, x_test, path)
        for name in asked.only:
            network = Autoencoder
            if name == "machines":
                network = unrolled(stack(x, x_test, asked.machines, path, asked.kept))
            how = {"batch": BATCH, "loss": CROSSED, "optimiser": "momentum"}
            taught = asked.machines if name == "machines" else 0
            start = passes.Start(network, "sigmoid", name, 1.0, RATES, taught=taught)
            start, rate = passes.choose(
                path, "autoencoder", [start], (tried, tried), (held, held), passes=TRIAL, **how
            )
            passes.train(
                start, (x, x), test=(x_test, x_test), seeds=SEEDS, rates=falling(rate, asked.passes), also=squares,
                **how, path=path, name=name, kept=asked.kept / f"autoencoder, {name}.npz",
            )  # fmt: skip


if __name__ == "__main__":
    passes.command(main)
