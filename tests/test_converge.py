"""The search of chapter 9 for each activation's best rate and first weights, and what is stored of it."""

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import runs, training

STORED = ROOT / "code" / "rectified" / "results" / "converge.json"


@pytest.fixture
def converge(monkeypatch):
    """The script, in a torch that keeps its threads."""
    threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    yield __import__("converge")
    torch.set_num_threads(threads)


def trial(reached, error):
    """Two seeds, two rates, two rules."""
    curves = {"reached": np.array(reached, float), "error": np.array(error, float)}
    return runs.Run({"rate": [0.1, 0.3], "weights": ["glorot", "he"]}, [0, 1], [10, 30], curves)


def test_the_choice_is_the_least_median_and_a_net_that_never_arrives_counts_as_the_worst(converge):
    nan, same = np.nan, np.full((2, 2, 2), 0.1)
    assert converge.best(trial([[[60, 9], [50, 90]], [[70, nan], [60, 90]]], same)) == ("glorot", 0.3)
    never = np.full((2, 2, 2), nan)
    assert converge.best(trial(never, [[[0.5, 0.2], [0.4, 0.5]], [[0.5, 0.3], [0.4, nan]]])) == ("he", 0.1)
    assert converge.best(trial(never, [[[nan, nan], [nan, 0.9]], [[nan, nan], [nan, 0.9]]])) == ("he", 0.3)


def test_it_runs_in_small_and_leaves_alone_what_is_there(converge, tmp_path, monkeypatch):
    for name, value in {
        "PHIS": ("relu", "centred"),
        "RATES": (0.02, 0.1),
        "TRIED": range(2),
        "FRESH": range(5, 8),
    }.items():
        monkeypatch.setattr(converge, name, value)
    name = "digits, 3 layers"
    monkeypatch.setitem(converge.CASES, name, converge.Case("digits", 1, 20, 10, 0.5))
    converge.main(["--only", name, "--results", str(tmp_path)])
    stored = runs.load_all(tmp_path / "converge.json")
    assert len(stored) == 2 * 2
    whole, choice = stored[f"{name}, relu"], stored[f"choice, {name}, relu"]
    assert whole.seeds == (5, 6, 7)
    assert choice.seeds == (0, 1)
    assert choice.steps.tolist() == [2, 10]
    assert choice.curve("reached").shape == (2, 2, 4)
    assert choice.settings["examples"] == {"train": 1082, "test": 360}
    assert whole.settings["examples"] == {"train": 1442, "test": 355}
    assert set(whole.curves) == {"reached", "error", "silent"}
    assert set(stored[f"{name}, centred"].curves) == {"reached", "error"}
    before = (tmp_path / "converge.json").read_bytes()
    monkeypatch.delattr(training, "train")
    converge.main(["--only", name, "--results", str(tmp_path)])
    assert (tmp_path / "converge.json").read_bytes() == before


def test_every_activation_had_the_same_budget_and_the_runs_are_those_chosen(converge):
    stored = runs.load_all(STORED)
    assert len(stored) == len(converge.CASES) * len(converge.PHIS) * 2
    for case, plan in converge.CASES.items():
        for phi in converge.PHIS:
            tried, run = stored[f"choice, {case}, {phi}"], stored[f"{case}, {phi}"]
            assert tried.settings["rate"] == list(converge.RATES)
            assert tried.settings["weights"] == list(converge.WEIGHTS)
            assert tried.settings["steps"] == run.settings["steps"] == plan.steps
            assert tried.seeds == tuple(converge.TRIED)
            assert (run.settings["weights"], run.settings["rate"]) == converge.best(tried)
            assert (run.settings["rule"], run.settings["scale"]) == converge.WEIGHTS[run.settings["weights"]]
            assert run.seeds == tuple(converge.FRESH)
            assert not set(run.seeds) & set(tried.seeds)
