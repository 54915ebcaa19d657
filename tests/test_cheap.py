"""The timings of chapter 9: the calls compute what their names say, and what is stored is whole.

No test asserts a time that it takes itself; of the stored ones it asserts what would hold on other machines too.
"""

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import activations, runs

STORED = ROOT / "code" / "rectified" / "results" / "cheap.json"
SHAPES = {"functions": (2,), "layer": (3,), "convolution": (2,), "zeros": (6, 3)}


@pytest.fixture
def cheap(monkeypatch):
    """The script, in a torch that keeps its threads."""
    threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    yield __import__("cheap")
    torch.set_num_threads(threads)


def test_every_call_computes_what_its_name_says(cheap):
    x = cheap.normal(40, 30)
    wanted = {"copy": x} | {
        name: activations.get(name)(x.astype(float))
        for name in ("relu", "tanh", "sigmoid", "softplus", "gelu")
    }
    for side, calls in (("numpy", cheap.by_numpy(x)), ("torch", cheap.by_torch(torch.from_numpy(x)))):
        assert list(calls) == list(wanted), side
        for name, call in calls.items():
            found = call()
            if name == "copy" and side == "numpy":  # np.copyto returns nothing
                continue
            assert np.asarray(found) == pytest.approx(wanted[name], abs=2e-6), (side, name)


def test_the_products_of_a_layer_agree(cheap):
    calls = cheap.layer(4)
    assert calls["numpy product"]() == pytest.approx(calls["torch product"]().numpy(), abs=1e-4)
    assert calls["numpy relu"]().shape == (4, cheap.UNITS)
    kernels = cheap.convolution(3)
    assert kernels["torch product"]().shape == kernels["torch relu"]().shape


@pytest.mark.parametrize("share", [3, 50, 100])
def test_skipping_zeros_changes_nothing_but_the_time(cheap, share, monkeypatch):
    monkeypatch.setattr(cheap, "ROWS", 200)
    monkeypatch.setattr(cheap, "COLUMNS", 30)
    calls = cheap.zeros(5, share)
    dense = calls["dense"]().copy()
    assert np.abs(dense).min() > 0
    assert calls["active rows"]() == pytest.approx(dense, abs=1e-4)
    assert calls["sparse"]() == pytest.approx(dense, abs=1e-4)


def test_it_runs_in_small_and_stores_what_the_page_reads(cheap, tmp_path, monkeypatch):
    for name, size in {
        "SIZES": (10, 100), "UNITS": 8, "BATCHES": (1, 2, 3), "PICTURES": 1, "SIDE": 4, "ROWS": 20, "COLUMNS": 5,
    }.items():  # fmt: skip
        monkeypatch.setattr(cheap, name, size)
    cheap.main(["--repeats", "2", "--block", "0", "--results", str(tmp_path)])
    for name, run in runs.load_all(tmp_path / "cheap.json").items():
        for curve, values in run.curves.items():
            assert values.shape == (2, *SHAPES[name]), curve
            assert (values >= 0).all(), curve


def test_what_is_stored_is_whole_and_says_how_it_was_timed():
    stored = runs.load_all(STORED)
    assert list(stored) == list(SHAPES)
    for name, run in stored.items():
        assert run.settings["threads"] == 1
        assert run.settings["clock"] == "time of the processor"
        assert len(run.seeds) >= 15
        for curve, values in run.curves.items():
            assert values.shape[1:] == SHAPES[name], curve
            assert (values > 0).all(), curve


def test_a_product_costs_more_than_its_rectifier_and_an_exponential_more_than_a_copy():
    stored = runs.load_all(STORED)
    least = {
        name: {curve: values.min(axis=0) for curve, values in run.curves.items()}
        for name, run in stored.items()
    }
    layer, functions, zeros = least["layer"], least["functions"], least["zeros"]
    for side in ("numpy", "torch"):
        assert (layer[f"{side} product"] > 5 * layer[f"{side} relu"]).all()
        assert (functions[f"{side} softplus"] > 2 * functions[f"{side} copy"]).all()
    assert zeros["active rows"][0, 0] < zeros["dense"][0, 0] / 3  # 1 % not zero, one row
    assert zeros["active rows"][-1, -1] > zeros["dense"][-1, -1]  # nothing to skip
