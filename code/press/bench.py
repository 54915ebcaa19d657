"""Measure what the book costs, and store it in `book/verified.json`: `python -m press.bench`.

Everything that runs or builds does so in a copy of the project, so that nothing else in `book/` is touched. Times are
medians of several rounds on one machine, which may be busy: they are shown, and nothing asserts them.

The file is one object, and the page `verified` is made from it:

    rounds      how many rounds each median is of (nbval runs once)
    origin      what `runs.origin` collects: versions (python, numpy, torch, …), processor, date (YYYY-MM-DD), commit,
                device, and seconds, those of the whole measurement
    cores       how many processors the machine has
    chapters    name, such as 01-threshold → { seconds, peak_mb, cells, inputs }: running it in a fresh kernel, the
                kernel's peak memory, its number of code cells, and the digest that the page of the chapter carried
    tests       { nbval }: seconds in which nbval runs every notebook and compares
    site        { cold, edited, chapter }: seconds to build the site from nothing; to run the chapter named and build
                the site after a sentence of its text has changed
    pages       page, such as book/01-threshold.html → { requests, own, whole }: the requests of a first visit, and
                bytes as `press.weight` weighs them
    explorers   list of { page, explorer, control, key, median_ms, presses }: from a key press on a control of the
                explorer until the frame that shows its answer
    seeds       deep, small → { layers, width, seeds, steps, together, in_turn, plain, share }: seconds to train so
                many seeds of a network together, in turn, and in turn by a plain torch loop; share is the median
                of together ÷ in turn, round by round
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from playwright.sync_api import ElementHandle, Page, TimeoutError

from press import BOOK, ROOT, browser, chapters, pages, weight
from rectified import data, runs, training

PLACE = BOOK / "verified.json"
NBVAL = "--nbval --nbval-current-env --nbval-cell-timeout 600 --numprocesses 2 --dist loadscope -o filterwarnings= book"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "_build", ".*cache", ".hypothesis", "__pycache__", "*.part"
)
SEEDS, STEPS, BATCH, RATE = 10, 300, 64, 0.1
NETWORKS = {"deep": (64, *[64] * 8, 10), "small": (64, 32, 10)}
PRESSES = 20
# Keys that change something on a control, in turn, so that none runs into its end.
KEYS = {"input[type=range]": ("ArrowRight", "ArrowLeft"), "[tabindex='0']": (" ",), "button": ("Enter",)}
# From the press itself, as the browser dates it, until the first frame after the explorer changed what it shows.
LISTEN = """(figure) => {
  figure.answers = [];
  figure.addEventListener("keydown", (press) => {
    const seen = new MutationObserver(() => {
      seen.disconnect();
      requestAnimationFrame(() => figure.answers.push(performance.now() - press.timeStamp));
    });
    seen.observe(figure, { attributes: true, characterData: true, childList: true, subtree: true });
  }, true);
}"""


def measure(rounds: int = 3) -> dict:
    """Measure everything, saying where it stands; return what `book/verified.json` stores."""
    began = time.perf_counter()
    record: dict = {"rounds": rounds, "origin": {}, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as work:
        root = copy(Path(work) / "book")
        record["chapters"] = {name: chapter(root, name, rounds) for name in chapters()}
        say("nbval over every notebook")
        record["tests"] = {"nbval": seconds(lambda: run(root, "-m", "pytest", *NBVAL.split()))}
        record["site"] = site(root, rounds)
        with browser.running() as running:
            say("the weight of each page")
            folder = root / "_build" / "html"
            record["pages"] = {page: asdict(found) for page, found in weight.weigh(folder, running).items()}
            with browser.served(folder) as address:
                tab = running.new_page()
                record["explorers"] = [
                    each for page in record["pages"] for each in explorers(tab, address, page)
                ]
    record["seeds"] = {name: seeds_together(name, rounds) for name in NETWORKS}
    record["origin"] = runs.origin(device="cpu", seconds=round(time.perf_counter() - began, 1))
    return record


def say(what: str) -> None:
    """Print a line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {what}", flush=True)


def seconds(task: Callable[[], object]) -> float:
    """Return how long a task takes, to the hundredth of a second."""
    began = time.perf_counter()
    task()
    return round(time.perf_counter() - began, 2)


def copy(place: Path) -> Path:
    """Copy the project to `place`, without what was built or installed; return `place`."""
    return Path(shutil.copytree(ROOT, place, ignore=LEFT_OUT))


def run(root: Path, *arguments: str) -> str:
    """Run Python in a copy of the project and return what it printed; raise RuntimeError if it fails."""
    environment = os.environ | {"PYTHONPATH": str(root / "code")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(
            f"python {' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    return done.stdout


def chapter(root: Path, name: str, rounds: int) -> dict:
    """Run a chapter in a copy of the project; return its seconds, peak memory, number of cells and inputs."""
    say(f"chapter {name}, {rounds} rounds")
    code = f"import json; from press import pages; print(json.dumps(pages.build({name!r})))"
    found = [json.loads(run(root, "-c", code).splitlines()[-1]) for _ in range(rounds)]
    _, times, peaks, cells = zip(*found, strict=True)
    return {
        "seconds": round(median(times), 2),
        "peak_mb": round(median(peaks)),
        "cells": cells[0],
        "inputs": pages.digest(name),
    }


def site(root: Path, rounds: int) -> dict:
    """Build the site of a copy whose pages are up to date, from nothing and after an edit; return the seconds."""
    say(f"the site from nothing and after an edit, {rounds} rounds")
    name = chapters()[0]
    text = root / "book" / "text" / f"{name}.md"
    cold, edited = [], []
    for number in range(rounds):
        shutil.rmtree(root / "_build", ignore_errors=True)
        cold.append(seconds(lambda: run(root, "-m", "press.site")))
        text.write_text(f"{text.read_text('utf-8')}\nThis sentence is number {number}.\n", "utf-8")
        edited.append(seconds(lambda: (run(root, "-m", "press.pages"), run(root, "-m", "press.site"))))
    return {"cold": median(cold), "edited": median(edited), "chapter": name}


def explorers(tab: Page, address: str, page: str) -> Iterator[dict]:
    """Press keys on each explorer of a page, and yield how long it takes to answer.

    Raises RuntimeError, naming the explorer, if no control of it answers to a key.
    """
    tab.goto(address + page)
    for figure in tab.query_selector_all("figure[data-explorer]:not([data-explorer=guess])"):
        name = figure.get_attribute("data-explorer")
        say(f"explorer {name} on {page}")
        figure.evaluate(LISTEN)
        for control, keys in controls(figure):
            times = answers(tab, figure, control, keys)
            if len(times) == PRESSES:
                yield {
                    "page": page,
                    "explorer": name,
                    "control": called(control),
                    "key": keys[0].replace(" ", "Space"),
                    "median_ms": round(median(times), 1),
                    "presses": PRESSES,
                }
                break
        else:
            raise RuntimeError(
                f"explorer {name!r} on {page} has no control that answers to {', '.join(KEYS)}"
            )


def controls(figure: ElementHandle) -> Iterator[tuple[ElementHandle, list[str]]]:
    """Yield what can be worked by keyboard in an explorer, once it lives, each with the keys to press on it."""
    figure.wait_for_selector(", ".join(KEYS), timeout=10_000)
    for kind, keys in KEYS.items():
        for control in figure.query_selector_all(kind):
            if control.is_visible() and control.is_enabled():
                yield control, (list(keys) * PRESSES)[:PRESSES]


def answers(tab: Page, figure: ElementHandle, control: ElementHandle, keys: list[str]) -> list[float]:
    """Press keys on a control; return the milliseconds until each answer, as far as answers came."""
    figure.evaluate("(figure) => { figure.answers.length = 0; }")
    for number, key in enumerate(keys):
        control.focus()
        tab.keyboard.press(key)
        try:
            tab.wait_for_function(
                "([figure, n]) => figure.answers.length > n", arg=[figure, number], timeout=1000
            )
        except TimeoutError:
            break
    return figure.evaluate("(figure) => figure.answers")


def called(control: ElementHandle) -> str:
    """Return what a control is called: by its label, its own words, or its kind."""
    return control.evaluate(
        "(e) => (e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent).trim() || e.localName"
    )


def seeds_together(name: str, rounds: int) -> dict:
    """Train ten seeds of a network on the digits together, in turn, and in turn by a plain torch loop.

    The three ways take turns, so that a busy machine slows all of them; a first round is not counted.
    """
    say(f"ten seeds together, {name} network, {rounds} rounds")
    examples, _ = data.load("digits")
    sizes = NETWORKS[name]
    network = training.Layers(sizes, "tanh")
    ways = {
        "together": lambda: _train(network, examples, range(SEEDS)),
        "in_turn": lambda: [_train(network, examples, [seed]) for seed in range(SEEDS)],
        "plain": lambda: [_plain(sizes, examples, seed) for seed in range(SEEDS)],
    }
    taken = [{way: seconds(task) for way, task in ways.items()} for _ in range(rounds + 1)][1:]
    times = {way: median(each[way] for each in taken) for way in ways}
    share = median(each["together"] / each["in_turn"] for each in taken)
    network = {"layers": len(sizes) - 1, "width": sizes[1], "seeds": SEEDS, "steps": STEPS}
    return network | times | {"share": round(share, 2)}


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


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and store; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m press.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which medians are taken (3)")
    try:
        record = measure(parser.parse_args(arguments).rounds)
    except (RuntimeError, browser.NoBrowser) as error:
        print(f"{error}\n\nNothing was stored.", file=sys.stderr)
        return 1
    text = json.dumps(record, indent=2, ensure_ascii=False)
    pages.write(PLACE, text + "\n")
    print(f"{text}\n{PLACE.relative_to(ROOT)} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
