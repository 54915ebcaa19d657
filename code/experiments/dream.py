"""The machine that dreams digits in the page of chapter 7: pictures of 8×8 points, ten labels, 64 hidden units.

    python code/experiments/dream.py

A restricted Boltzmann machine learns scikit-learn's digits with their labels: pixels and label are its visible units,
as at the top of the net of 2006. Contrastive divergence takes five steps, and all pictures are tossed, since the page
tosses them too. Half a minute; the seed is the first, not the best of several. Writes rectified/explorers/dream.json:
weights in whole bytes, and the first test picture of each digit, to start from.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from rectified import belief, data, explorers, runs
from rectified.belief import chance, together, toss, turned

HIDDEN, LABELS = 64, 10
SEED, PASSES, BATCH, STEPS, DECAY = 0, 100, 20, 5, 0.0002
RATES = ((2, 0.1), (4, 0.03), (4, 0.01))  # for one in so many passes, this rate
FILE = Path(explorers.__file__).parent / "dream.json"


def contrast(w, seen, rng, labels=0):
    """Return one step of contrastive divergence as `belief.contrast` does, over five steps and with all tossed."""
    v = tossed(seen, rng, labels)
    first = chance(w, v)
    hidden = toss(first, rng)
    for _ in range(STEPS):
        dreamt = tossed(chance(turned(w), hidden, labels), rng, labels)
        last = chance(w, dreamt)
        hidden = toss(last, rng)
    return together(v, first) - together(dreamt, last)


def tossed(chances, rng, labels):
    """Return visible units tossed with these chances, of the labels one."""
    pixels, shares = np.split(chances, [-labels], axis=-1)
    below = rng.random((*shares.shape[:-1], 1), dtype=shares.dtype) < shares.cumsum(-1)
    below[..., -1] = True  # the sum of all shares may be a little less than 1
    one = np.diff(below.astype(shares.dtype), axis=-1, prepend=0)
    return np.concatenate([toss(pixels, rng), one], axis=-1)


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--passes", type=int, default=PASSES, help="through the examples (default: %(default)s)"
    )
    parser.add_argument("--file", type=Path, default=FILE, help="where to write (default: %(default)s)")
    asked = parser.parse_args(arguments)
    if asked.passes < 4:
        parser.error(f"--passes is {asked.passes}; expected 4 or more")
    began = time.perf_counter()
    (x, y), (x_test, y_test) = data.load("digits")
    cases = np.concatenate([x.astype(float), np.eye(LABELS)[y]], axis=1)
    dice = belief.Dice([SEED])
    w = belief.machine(cases.shape[1], HIDDEN, dice)
    often = cases[:, :-LABELS].mean(0).clip(0.01, 0.99)
    w[:, : len(often), -1] = np.log(
        often / (1 - often)
    )  # so that each pixel starts about as often on as it is
    for part, rate in RATES:
        w = belief.learn(
            w, cases, dice, passes=asked.passes // part, rate=rate, batch=BATCH, decay=DECAY, labels=LABELS, by=contrast
        )  # fmt: skip
    firsts = [x_test[(y_test == label).argmax()] for label in range(LABELS)]
    settings = {
        "data": "digits", "passes": asked.passes, "batch": BATCH, "steps": STEPS, "decay": DECAY,
        "rates": [rate for _, rate in RATES], "seed": SEED,
    }  # fmt: skip
    kept = {
        "machine": explorers.dream.pack(w[0]),
        "digits": [explorers.dream.spell(each) for each in firsts],
        "settings": settings,
        "origin": runs.origin(device="cpu", seconds=time.perf_counter() - began),
    }
    asked.file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
