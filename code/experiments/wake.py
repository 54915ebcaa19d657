"""The two transformers in the page of chapter 12, one with ReLU and one with GELU: they read Shakespeare by characters.

    python code/experiments/wake.py

Two blocks of width 32, four heads, 64 hidden units each, a context of 64 characters; $, & and 3 are left out, so that
62 characters remain. Both have one rate, so their losses do not say which φ is better. About three minutes on one core;
the seed is the first, not the best of several. Writes rectified/explorers/wake.json: weights in whole bytes, with a
scale for each matrix; 1,025 characters that no model learned from; and on these zeros and loss for every threshold.
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
WIDTH, BLOCKS, HEADS, UNITS = explorers.wake.SIZES
SEED, UPDATES, BATCH, RATE, WARM = 0, 3000, 32, 0.01, 100
STRETCHES, JUDGE = 16, 40_000  # stretches of the passage; characters to judge by
CREDIT = (
    "William Shakespeare, public domain; the collection of Andrej Karpathy, "
    "https://github.com/karpathy/char-rnn (MIT); without the characters $, & and 3"
)
FILE = Path(explorers.__file__).parent / "wake.json"


def texts() -> dict[str, torch.Tensor]:
    """Return the parts of the text in whole numbers: to learn from, and to judge by; and the passage.

    The passage begins with the first speech that is whole in the last tenth, which no model learns from.
    """
    shakespeare = data.load("shakespeare")
    kept = {
        name: "".join(shakespeare.classes[code] for code in codes) for name, codes in
        (("learn", shakespeare.x), ("judge", shakespeare.x_test))
    }  # fmt: skip
    kept = {name: "".join(each for each in text if each in ALPHABET) for name, text in kept.items()}
    begins = kept["judge"].index("\n\n") + 2
    ends = begins + STRETCHES * CONTEXT
    parts = {
        "learn": kept["learn"],
        "judge": kept["judge"][ends:][:JUDGE],
        "passage": kept["judge"][begins : ends + 1],
    }
    return {name: torch.from_numpy(explorers.wake.encoded(text)) for name, text in parts.items()}


def learned(kind: str, codes: torch.Tensor, updates: int) -> torch.nn.Module:
    """Return a model after so many updates of Adam, its rate warmed up, then brought down to 0 by a cosine."""
    torch.manual_seed(SEED)
    model = transformers.Model(
        len(ALPHABET), width=WIDTH, depth=BLOCKS, heads=HEADS, context=CONTEXT, hidden=UNITS,
        phi=transformers.KINDS[kind].phi,
    )  # fmt: skip
    optimiser = torch.optim.Adam(model.parameters())
    order = torch.Generator().manual_seed(SEED)
    for update in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min((update + 1) / WARM, 1) * (1 + cos(pi * update / updates)) / 2
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
    if asked.updates < 1:
        parser.error(f"--updates is {asked.updates}; expected 1 or more")
    began = time.perf_counter()
    parts = texts()
    passage = parts["passage"].unfold(0, CONTEXT + 1, CONTEXT).numpy()
    machine = {"kinds": {}, "passage": "".join(ALPHABET[code] for code in parts["passage"]), "curves": {}}
    measured = {}
    for kind in explorers.wake.KINDS:
        model = learned(kind, parts["learn"], asked.updates)
        before = judged(model, parts["judge"])
        machine["kinds"][kind] = explorers.wake.pack(
            {name: value.detach().numpy() for name, value in model.named_parameters()}
        )
        model.load_state_dict(rounded(machine["kinds"][kind]))
        after = judged(model, parts["judge"])
        measured[kind] = {"bits": round(before, 4), "bits rounded": round(after, 4)}
        print(kind, measured[kind], flush=True)
        weights = explorers.wake.unpack(machine["kinds"][kind])
        machine["curves"][kind] = [
            [round(float(zeros), 5), round(float(loss), 4)]
            for zeros, loss in (struck(weights, passage, kind, each) for each in explorers.wake.THRESHOLDS)
        ]
    settings = {"data": "shakespeare", "updates": asked.updates, "batch": BATCH, "rate": RATE, "seed": SEED}
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
