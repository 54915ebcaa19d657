"""The two transformers in the page of chapter 12, one with ReLU and one with GELU: they read Shakespeare by characters.

    python code/experiments/wake.py

Two blocks of width 32, four heads, 64 hidden units each, a context of 64 characters; characters met less than a hundred
times are left out, so that 62 are left. Each φ has its own rate of four, chosen by a quarter of the updates and the
loss on characters kept for it. About ten minutes on one core; the seed is the first, not the best of several. Writes
rectified/explorers/wake.json: weights in whole bytes, a scale for each matrix; 1,025 characters that no model learned
from; and on these, for every threshold of the page, share of zeros and loss.
"""

import argparse
import json
import time
from math import cos, log, pi
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from rectified import data, explorers, runs, transformers

ALPHABET, CONTEXT = explorers.wake.ALPHABET, explorers.wake.CONTEXT
WIDTH, LAYERS, HEADS, UNITS = explorers.wake.SIZES
SEED, UPDATES, BATCH, WARM = 0, 4000, 32, 100
RATES = (0.005, 0.01, 0.02, 0.04)
STRETCHES = 16  # of the passage
CHOOSE, JUDGE = 40_000, 40_000  # characters to choose a rate by, and to judge by
CREDIT = (
    "William Shakespeare, public domain; the collection of Andrej Karpathy, "
    "https://github.com/karpathy/char-rnn (MIT); without the characters $, & and 3"
)
FILE = Path(explorers.__file__).parent / "wake.json"


def texts() -> dict[str, torch.Tensor]:
    """Return the parts of the text in whole numbers: to learn from, to choose a rate by, to judge by; and the passage.

    The passage begins with the first speech that is whole in the last tenth, which no model learns from.
    """
    shakespeare = data.load("shakespeare")
    kept = {
        name: "".join(shakespeare.classes[code] for code in codes) for name, codes in
        (("learn", shakespeare.x), ("judge", shakespeare.x_test))
    }  # fmt: skip
    kept = {name: "".join(each for each in text if each in ALPHABET) for name, text in kept.items()}
    begins = kept["judge"].index("\n\n") + 2
    parts = {
        "learn": kept["learn"][:-CHOOSE], "choose": kept["learn"][-CHOOSE:],
        "judge": kept["judge"][begins + STRETCHES * CONTEXT :][:JUDGE],
        "passage": kept["judge"][begins : begins + STRETCHES * CONTEXT + 1],
    }  # fmt: skip
    return {name: torch.from_numpy(explorers.wake.encoded(text)) for name, text in parts.items()}


def learned(kind: str, codes: torch.Tensor, rate: float, updates: int) -> torch.nn.Module:
    """Return a model after so many updates of Adam, its rate warmed up and then brought down to 0 as a cosine does."""
    torch.manual_seed(SEED)
    model = transformers.Model(
        len(ALPHABET), width=WIDTH, depth=LAYERS, heads=HEADS, context=CONTEXT, hidden=UNITS,
        phi=transformers.KINDS[kind].phi,
    )  # fmt: skip
    optimiser = torch.optim.Adam(model.parameters())
    order = torch.Generator().manual_seed(SEED)
    for update in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = rate * min((update + 1) / WARM, 1) * (1 + cos(pi * update / updates)) / 2
        starts = torch.randint(len(codes) - CONTEXT, (BATCH, 1), generator=order)
        rows = codes[starts + torch.arange(CONTEXT + 1)]
        loss = cost(model, rows)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def cost(model: torch.nn.Module, rows: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of each next character in stretches of a text, in nats."""
    return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


@torch.no_grad()
def judged(model: torch.nn.Module, codes: torch.Tensor) -> float:
    """Return the loss on a text in bits a character, in stretches that do not overlap."""
    return float(cost(model, codes.unfold(0, CONTEXT + 1, CONTEXT))) / log(2)


def rounded(kept: dict) -> dict[str, torch.Tensor]:
    """Return the weights of a model as they are read back from where they are kept."""
    return {name: torch.tensor(value) for name, value in explorers.wake.unpack(kept).items()}


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--updates", type=int, default=UPDATES, help="of each model (default: %(default)s)")
    parser.add_argument("--file", type=Path, default=FILE, help="where to write (default: %(default)s)")
    asked = parser.parse_args(arguments)
    if asked.updates < 4:
        parser.error(f"--updates is {asked.updates}; expected 4 or more")
    began = time.perf_counter()
    parts = texts()
    passage = parts["passage"].unfold(0, CONTEXT + 1, CONTEXT).numpy()
    machine = {"kinds": {}, "passage": "".join(ALPHABET[code] for code in parts["passage"]), "curves": {}}
    measured = {}
    for kind in explorers.wake.KINDS:
        tried = {}
        for rate in RATES:
            tried[rate] = judged(learned(kind, parts["learn"], rate, asked.updates // 4), parts["choose"])
            print(f"{kind}, rate {rate}: {tried[rate]:.3f} bits a character", flush=True)
        rate = min(tried, key=tried.get)
        model = learned(kind, parts["learn"], rate, asked.updates)
        before = judged(model, parts["judge"])
        machine["kinds"][kind] = explorers.wake.pack(
            {name: value.detach().numpy() for name, value in model.named_parameters()}
        )
        model.load_state_dict(rounded(machine["kinds"][kind]))
        measured[kind] = {
            "rate": rate, "tried": {str(each): round(loss, 3) for each, loss in tried.items()},
            "bits": round(before, 4), "bits rounded": round(judged(model, parts["judge"]), 4),
        }  # fmt: skip
        print(kind, measured[kind], flush=True)
        weights = explorers.wake.unpack(machine["kinds"][kind])
        machine["curves"][kind] = [
            [round(float(zeros), 5), round(float(loss), 4)]
            for zeros, loss in (struck(weights, passage, kind, each) for each in explorers.wake.THRESHOLDS)
        ]
    settings = {"data": "shakespeare", "updates": asked.updates, "batch": BATCH, "rates": RATES, "seed": SEED}
    kept = {
        "machine": machine, "measured": measured, "settings": settings, "credit": CREDIT,
        "origin": runs.origin(device="cpu", seconds=time.perf_counter() - began),
    }  # fmt: skip
    asked.file.write_text(json.dumps(kept, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")


def struck(
    weights: dict[str, np.ndarray], rows: np.ndarray, kind: str, threshold: float
) -> tuple[float, float]:
    """Return the share of hidden activations that are 0 after a threshold, and the loss in bits a character."""
    hidden, sums = explorers.wake.forward(weights, rows[:, :-1], kind, threshold)
    return (hidden == 0).mean(), explorers.wake.losses(sums, rows[:, 1:]).mean()


if __name__ == "__main__":
    main()
