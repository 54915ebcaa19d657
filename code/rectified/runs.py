"""What a training run leaves behind: settings, seeds, curves and where they came from, as small JSON.

A `Run` holds many seeds of one setting. Training returns one, experiments store them under `results/`, and
pages and pictures read them; none of that needs torch.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from math import sqrt
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

FORMAT = "rectified runs"
VERSION = 1
DIGITS = 5  # significant digits of a stored curve: finer than any picture, and a third of the bytes

_FIELDS = ("settings", "seeds", "steps", "curves", "origin")
_ORIGIN = ("versions", "processor", "date", "commit", "device", "seconds")
_SPECIAL = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}  # JSON has no word for these


@dataclass(frozen=True, eq=False)
class Run:
    """Many seeds of one setting.

    settings: whatever JSON can hold. seeds: one a member; a seed may return under another setting, such as
    a rate. steps: (steps,) where things were recorded. curves: name -> (seeds, steps) or (seeds, steps,
    layers). origin: versions, processor, date, commit, device, seconds, as `origin()` collects them.
    """

    settings: dict
    seeds: tuple[int, ...]
    steps: np.ndarray
    curves: dict[str, np.ndarray]
    origin: dict = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "seeds", tuple(_whole("seeds", self.seeds)))
        object.__setattr__(self, "steps", np.array(_whole("steps", self.steps), dtype=int))
        curves = {name: np.asarray(values, dtype=float) for name, values in self.curves.items()}
        object.__setattr__(self, "curves", curves)
        if not self.seeds:
            raise ValueError("a run needs at least one seed")
        if not len(self.steps) or np.any(np.diff(self.steps) <= 0):
            raise ValueError(f"steps must be whole numbers in growing order, not {self.steps.tolist()}")
        expected = (len(self.seeds), len(self.steps))
        for name, values in self.curves.items():
            if values.ndim not in (2, 3) or values.shape[:2] != expected:
                raise ValueError(
                    f"curve {name!r} has shape {values.shape}; expected {expected} (seeds, steps), "
                    "or one axis more for layers"
                )

    def __repr__(self) -> str:
        return f"Run({len(self.seeds)} seeds, {len(self.steps)} records, curves: {', '.join(self.curves)})"

    def curve(self, name: str) -> np.ndarray:
        """Return one curve, (seeds, steps) or (seeds, steps, layers)."""
        if name not in self.curves:
            raise KeyError(f"no curve {name!r} in this run; it has {', '.join(self.curves) or 'none'}")
        return self.curves[name]

    def final(self, name: str) -> np.ndarray:
        """Return the last recorded value of a curve, (seeds,) or (seeds, layers)."""
        return self.curve(name)[:, -1]

    def median(self, name: str) -> np.ndarray:
        """Return the median over seeds at each step; a nan counts as worse than any number (inf)."""
        return np.median(self._ranked(name), axis=0)

    def range(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest over seeds at each step; a nan counts as inf."""
        return self._ranked(name).min(axis=0), self._ranked(name).max(axis=0)

    def steps_to(self, name: str, target: float) -> np.ndarray:
        """Return each seed's first recorded step with the curve at or below `target`, nan if never."""
        values = self.curve(name)
        if values.ndim != 2:
            raise ValueError(f"steps_to needs one value a step, but {name!r} has one for each layer")
        there = values <= target  # false for nan
        return np.where(there.any(axis=1), self.steps[there.argmax(axis=1)], np.nan)

    @property
    def diverged(self) -> np.ndarray:
        """Whether each seed ended with a loss that is no longer a finite number, (seeds,)."""
        return ~np.isfinite(self.final("train_loss"))

    def provenance(self) -> str:
        """Say in one sentence, for a page, where and when these numbers were made."""
        if not self.origin:
            return "Where and when these numbers were made was not recorded."
        made = self.origin
        labels = {"python": "Python", "numpy": "NumPy", "torch": "PyTorch"}
        tools = [
            f"{label} {made['versions'][name]}" for name, label in labels.items() if made["versions"][name]
        ]
        at = f", at commit {made['commit']}" if made["commit"] else ""
        return (
            f"{len(self.seeds)} seed{'s' if len(self.seeds) > 1 else ''}, {made['seconds']:.3g} s on "
            f"{made['processor']} ({made['device']}) on {made['date']}, with {', '.join(tools)} and "
            f"rectified {made['versions']['rectified']}{at}."
        )

    def save(self, path: str | os.PathLike) -> None:
        """Write this run as JSON, whole or not at all."""
        save_all(path, {"run": self})

    def _ranked(self, name: str) -> np.ndarray:
        values = self.curve(name)
        return np.where(np.isnan(values), np.inf, values)


class Gap(NamedTuple):
    """How one kind differs from another: its verdict, the mean gap, and the ends of its 95 % interval."""

    verdict: str  # better, worse or tie
    mean: float
    low: float
    high: float


def against(ends: Mapping[str, np.ndarray], reference: str, level: float = 0.05) -> dict[str, Gap]:
    """Return for each other kind whether it ends better or worse than the reference, or whether they tie.

    ends: name -> (seeds,), errors or losses, the less the better; the same seeds, in the same order, for all. The
    gaps are taken seed by seed and judged by Student's t. Holm's correction makes the chance of any wrong verdict
    `level` at most; the interval is of that one gap, uncorrected.

    Raises ValueError unless the reference is there and all have as many finite ends, two or more.
    """
    ends = {name: np.asarray(each, dtype=float) for name, each in ends.items()}
    if reference not in ends:
        raise ValueError(f"reference is {reference!r}; expected one of {', '.join(ends) or 'none'}")
    shapes = {name: each.shape for name, each in ends.items()}
    seeds = ends[reference].size
    if set(shapes.values()) != {(seeds,)} or seeds < 2:
        raise ValueError(f"ends have shapes {shapes}; expected (seeds,) with as many each, two or more")
    lost = [name for name, each in ends.items() if not np.isfinite(each).all()]
    if lost:
        raise ValueError(f"ends of {', '.join(lost)} are not all finite; expected a number for what diverged")
    gaps = {name: each - ends[reference] for name, each in ends.items() if name != reference}
    errors = {name: max(gap.std(ddof=1) / sqrt(seeds), 1e-12) for name, gap in gaps.items()}
    chances = {name: 2 * stdtr(seeds - 1, -abs(gap.mean()) / errors[name]) for name, gap in gaps.items()}
    judged, clear = {}, True
    for left, name in zip(range(len(gaps), 0, -1), sorted(gaps, key=chances.get), strict=True):
        clear = clear and chances[name] * left < level  # the first that is not clear ends it
        mean, half = float(gaps[name].mean()), float(stdtrit(seeds - 1, 0.975) * errors[name])
        verdict = ("better" if mean < 0 else "worse") if clear else "tie"
        judged[name] = Gap(verdict, mean, mean - half, mean + half)
    return {name: judged[name] for name in gaps}


def save_all(path: str | os.PathLike, runs: Mapping[str, Run]) -> None:
    """Write several named runs, such as one for each activation, into one JSON file, whole or not at all."""
    if not runs:
        raise ValueError("there is no run to save")
    stored = {
        "format": FORMAT,
        "version": VERSION,
        "runs": {name: _stored(run) for name, run in runs.items()},
    }
    text = _text(stored) + "\n"
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)  # a reader never meets half a file
    finally:
        part.unlink(missing_ok=True)


def load(path: str | os.PathLike) -> Run:
    """Read the one run in a file that `Run.save` wrote.

    Raises FileNotFoundError, or ValueError that names the file, what is wrong with it and the remedy.
    """
    runs = load_all(path)
    if len(runs) != 1:
        raise ValueError(f"{Path(path).name} holds {len(runs)} runs ({', '.join(runs)}): use load_all")
    return next(iter(runs.values()))


def load_all(path: str | os.PathLike) -> dict[str, Run]:
    """Read every run in a file that `save_all` or `Run.save` wrote, by name.

    Raises FileNotFoundError, or ValueError that names the file, what is wrong with it and the remedy.
    """
    path = Path(path)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # broken JSON, or bytes that are not UTF-8
        raise _unreadable(path, f"it is not JSON ({error})") from error
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise _unreadable(path, f"it does not say that its format is {FORMAT!r}")
    if stored.get("version") != VERSION:
        raise _unreadable(path, f"it has version {stored.get('version')!r} of the format, not {VERSION}")
    if not isinstance(stored.get("runs"), dict) or not stored["runs"]:
        raise _unreadable(path, "it holds no runs")
    return {name: _restored(path, name, entry) for name, entry in stored["runs"].items()}


def origin(*, device: str, seconds: float) -> dict:
    """Collect where and when numbers are being made: versions, processor, date, commit, device, seconds.

    device: "cpu", or the name of the accelerator. seconds: how long the run took.
    """
    names = ("numpy", "torch", "rectified")
    return {
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in names},
        "processor": _processor(),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "device": device,
        "seconds": _short(seconds),
    }


def _whole(name: str, values: Iterable[int]) -> list[int]:
    if not np.iterable(values):
        raise ValueError(f"{name} is {values!r}; expected several whole numbers, such as [0, 1, 2]")
    values = list(values)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
            raise ValueError(f"{name} has {value!r}; expected whole numbers, 0 or more")
    return [int(value) for value in values]


@cache
def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # Linux alone knows the model by its name
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine() or "an unknown processor"


@cache
def _commit() -> str | None:
    """Return the commit of the project this file stands in, "-dirty" if changed since; None elsewhere."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():  # installed from an archive: any repository around it is not ours
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git on this machine
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def _short(value: float) -> float | int | str:
    value = float(value)
    if not np.isfinite(value):
        return next(
            word for word, number in _SPECIAL.items() if np.array_equal(number, value, equal_nan=True)
        )
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _text(value: object, indent: str = "") -> str:
    """Write an object with one entry a line and anything else on one line: a person can read the changes."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    entries = [f"{indent} {json.dumps(key)}:{_text(entry, indent + ' ')}" for key, entry in value.items()]
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"


def _numbers(values: np.ndarray) -> list:
    return [_numbers(row) if row.ndim else _short(row) for row in values]


def _stored(run: Run) -> dict:
    return {
        "settings": run.settings,
        "seeds": list(run.seeds),
        "steps": run.steps.tolist(),
        "curves": {name: _numbers(values) for name, values in run.curves.items()},
        "origin": run.origin,
    }


def _array(name: str, rows: object) -> np.ndarray:
    def number(value: object) -> object:
        if isinstance(value, list):
            return [number(entry) for entry in value]
        if isinstance(value, bool) or not (isinstance(value, int | float) or value in _SPECIAL):
            raise ValueError(f"curve {name!r} holds {value!r} where a number should be")
        return _SPECIAL.get(value, value) if isinstance(value, str) else value

    return np.array(number(rows), dtype=float)


def _restored(path: Path, name: str, entry: object) -> Run:
    try:
        lost = [key for key in _FIELDS if key not in entry]
        lost += [f"origin.{key}" for key in _ORIGIN if entry.get("origin") and key not in entry["origin"]]
        if lost:
            raise ValueError(f"it lacks {', '.join(lost)}")
        curves = {curve: _array(curve, rows) for curve, rows in entry["curves"].items()}
        return Run(entry["settings"], entry["seeds"], entry["steps"], curves, entry["origin"])
    except (AttributeError, TypeError, ValueError) as error:  # not the kinds or the shapes of a run
        raise _unreadable(path, f"its run {name!r} does not fit together ({error})") from error


def _unreadable(path: Path, why: str) -> ValueError:
    return ValueError(
        f"{path.name} cannot be read as training runs: {why}. Take the stored file again from the "
        "repository, or write it anew by running the script that made it"
    )
