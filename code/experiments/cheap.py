"""What activations cost beside a copy, beside the products of their layer, and what skipping zeros saves.

    python code/experiments/cheap.py

One core, single precision, the forward way alone. Everything is timed again and again, in turns, in time of the
processor and not of the clock, so that other work on the machine disturbs it less; the least of the repeats is the
number to read, their range is stored beside it. The answers are written into memory that is there already. Writes
cheap.json: `functions`, nanoseconds an element for two sizes of array, one that stays in cache and one that does not;
`layer`, microseconds for a dense layer of 1,000 units on 1,000 inputs at several batches; `convolution`, microseconds
for 64 kernels of 3×3 on eight pictures of 32×32, on 3 and on 64 channels; `zeros`, microseconds for rows of numbers
times a matrix, at several shares of numbers that are not zero, with the batches as layers.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csr_array
from scipy.special import ndtr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from rectified import runs

RESULTS = Path(runs.__file__).parent / "results"
REPEATS, BLOCK = 15, 0.004  # turns, and seconds of calls in each
SIZES = (100_000, 10_000_000)  # elements: two arrays are 0.8 MB and 80 MB
UNITS, BATCHES = 1_000, (1, 64, 256)
CHANNELS, KERNELS, PICTURES, SIDE = (3, 64), 64, 8, 32
ROWS, COLUMNS, NOT_ZERO, AT_ONCE = 4_096, 2_048, (1, 3, 10, 30, 50, 100), (1, 8, 64)  # NOT_ZERO in per cent


def by_numpy(x: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return calls that work on every element of x with NumPy, and write into one array."""
    out = np.empty_like(x)

    def logistic():
        np.negative(x, out=out)
        np.exp(out, out=out)
        np.add(out, 1, out=out)
        return np.reciprocal(out, out=out)

    def gelu():
        ndtr(x, out=out)
        return np.multiply(x, out, out=out)

    return {
        "copy": lambda: np.copyto(out, x),
        "relu": lambda: np.maximum(x, 0, out=out),
        "tanh": lambda: np.tanh(x, out=out),
        "sigmoid": logistic,
        "softplus": lambda: np.logaddexp(x, 0, out=out),
        "gelu": gelu,
    }


def by_torch(x: torch.Tensor) -> dict[str, Callable[[], object]]:
    """Return calls that work on every element of x with torch, and write into one tensor."""
    out, do = torch.empty_like(x), torch.ops.aten
    return {
        "copy": lambda: out.copy_(x),
        "relu": lambda: do.clamp_min.out(x, 0, out=out),  # relu.out would write a new tensor first
        "tanh": lambda: do.tanh.out(x, out=out),
        "sigmoid": lambda: do.sigmoid.out(x, out=out),
        "softplus": lambda: do.softplus.out(x, out=out),
        "gelu": lambda: do.gelu.out(x, out=out),
    }


def both(x: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return the calls of NumPy and of torch under names that say so."""
    sides = {"numpy": by_numpy(x), "torch": by_torch(torch.from_numpy(x))}
    return {f"{side} {name}": call for side, calls in sides.items() for name, call in calls.items()}


def normal(*shape: int) -> np.ndarray:
    """Return standard normal numbers, the same each time."""
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def functions(size: int) -> dict[str, Callable[[], object]]:
    """Return the activations on an array."""
    return both(normal(size))


def layer(batch: int) -> dict[str, Callable[[], object]]:
    """Return the product of a dense layer, and the activations on as many numbers as it gives."""
    x, w, out = normal(batch, UNITS), normal(UNITS, UNITS) / UNITS**0.5, np.empty((batch, UNITS), np.float32)
    tensors = [torch.from_numpy(each) for each in (x, w, np.empty_like(out))]
    return {
        "numpy product": lambda: np.matmul(x, w, out=out),
        "torch product": lambda: torch.mm(*tensors[:2], out=tensors[2]),
        **both(x),
    }


def convolution(channels: int) -> dict[str, Callable[[], object]]:
    """Return a convolution, and the activations on as many numbers as it gives."""
    x, kernels = (
        torch.from_numpy(normal(*shape))
        for shape in ((PICTURES, channels, SIDE, SIDE), (KERNELS, channels, 3, 3))
    )
    calls = by_torch(torch.from_numpy(normal(PICTURES, KERNELS, SIDE, SIDE)))
    return {
        "torch product": lambda: F.conv2d(x, kernels, padding=1),
        **{f"torch {name}": call for name, call in calls.items()},
    }


def zeros(batch: int, share: int) -> dict[str, Callable[[], object]]:
    """Return ways to take rows of which `share` per cent are not zero, each its own, times a matrix."""
    rng = np.random.default_rng(share)
    places = rng.permuted(np.tile(np.arange(ROWS), (batch, 1)), axis=1)
    h = np.abs(normal(batch, ROWS)) * (places < share * ROWS / 100)
    w, out = normal(ROWS, COLUMNS), np.empty((batch, COLUMNS), np.float32)
    room = np.empty_like(w)

    def active():
        rows = np.flatnonzero(h.any(axis=0))
        gathered = np.take(w, rows, axis=0, out=room[: len(rows)], mode="clip")
        return np.matmul(h[:, rows], gathered, out=out)

    return {
        "dense": lambda: np.matmul(h, w, out=out),
        "active rows": active,  # those that some row of h needs, gathered into a smaller matrix
        "sparse": lambda: csr_array(h) @ w,  # each row of h its own, one number after another
    }


def clock(calls: Mapping[str, Callable[[], object]], repeats: int, block: float) -> dict[str, np.ndarray]:
    """Return seconds of the processor for one call of each, (repeats,), timed in turns of about `block` seconds."""
    times, many = {name: [] for name in calls}, {}
    for name, call in calls.items():
        call()
        before = time.process_time()
        call()
        many[name] = max(1, round(block / max(time.process_time() - before, 1e-7)))
    for _ in range(repeats):
        for name, call in calls.items():
            before = time.process_time()
            for _ in range(many[name]):
                call()
            times[name].append((time.process_time() - before) / many[name])
    return {name: np.array(each) for name, each in times.items()}


def time_all(
    make: Callable, cases: Sequence[tuple], repeats: int, block: float, scale: Callable[..., float]
) -> dict[str, np.ndarray]:
    """Return the times of every call in every case, name -> (repeats, cases), times `scale` of the case."""
    seen = [
        {name: each * scale(*case) for name, each in clock(make(*case), repeats, block).items()}
        for case in tqdm(cases, desc=make.__name__)
    ]
    return {name: np.stack([each[name] for each in seen], axis=1) for name in seen[0]}


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=REPEATS, help="turns (default: %(default)s)")
    parser.add_argument("--block", type=float, default=BLOCK, help="seconds in a turn (default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of cheap.json")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    micro = 1e6
    told = {
        "threads": 1,
        "cores": os.cpu_count(),
        "clock": "time of the processor",
        "dtype": "float32",
        "block": asked.block,
    }
    plans = {
        "functions": (
            functions, [(size,) for size in SIZES], lambda size: 1e9 / size, SIZES, {"unit": "ns an element"},
        ),
        "layer": (layer, [(batch,) for batch in BATCHES], lambda _: micro, BATCHES, {"unit": "µs", "units": UNITS}),
        "convolution": (
            convolution, [(channels,) for channels in CHANNELS], lambda _: micro, CHANNELS,
            {"unit": "µs", "kernels": KERNELS, "pictures": PICTURES, "side": SIDE},
        ),
        "zeros": (
            zeros, [(batch, share) for share in NOT_ZERO for batch in AT_ONCE], lambda *_: micro, NOT_ZERO,
            {"unit": "µs", "rows": ROWS, "columns": COLUMNS, "batches": list(AT_ONCE)},
        ),
    }  # fmt: skip
    stored = {}
    with threadpool_limits(1), torch.no_grad():
        for name, (make, cases, scale, steps, more) in plans.items():
            began = time.perf_counter()
            times = time_all(make, cases, asked.repeats, asked.block, scale)
            if len(cases) > len(steps):  # the batches of a share lie side by side
                times = {call: each.reshape(len(each), len(steps), -1) for call, each in times.items()}
            made = runs.origin(device="cpu", seconds=time.perf_counter() - began)
            stored[name] = runs.Run({**told, **more}, range(asked.repeats), steps, times, made)
    runs.save_all(asked.results / "cheap.json", stored)


if __name__ == "__main__":
    main()
