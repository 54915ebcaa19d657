"""The experiments of 2006, `belief` and `autoencoder`, in a miniature: a few digits made on the spot, a few units."""

import os
import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import activations, data, initialisation, runs
from rectified import belief as nets

SCRIPTS = ROOT / "code" / "experiments"
PASSES = ["--passes", "3"]
SHORT = {"belief": ["--plain", "3", "--whole", "3"], "autoencoder": ["--machines", "2"]}
TRIALS = {"belief": 2, "autoencoder": 3}
MACHINES = {
    "belief": ["greedy 1", "greedy 2", "greedy 3"],
    "autoencoder": [f"machine {n}" for n in (1, 2, 3, 4)],
}
WHOLE = {
    "belief": ["plain, 150", "plain, 100", "up and down"],
    "autoencoder": ["machines", "customary", "glorot"],
}
SIZES = {
    "belief": {
        "SEEDS": range(2), "SIZES": (784, 12, 10, 16), "LEARN": 100, "HELD": 30, "TRIED": 60, "HIDDEN": 15,
        "BATCH": 10, "WHOLE_RATES": (0.01, 0.1), "PLAIN_RATES": (0.01, 0.1), "PLAIN_TRIAL": 1, "AT_ONCE": 20,
    },
    "autoencoder": {
        "SIZES": (784, 20, 15, 10, 4), "HELD": 30, "TRIED": 60, "TRIAL": 1, "BATCH": 10, "RATES": (0.001, 0.003),
        "COMPONENTS": 12, "AT_ONCE": 20,
    },
}  # fmt: skip


def digits(name):
    """Two hundred pictures of 28×28, a bright bar where the label says, in the place of MNIST."""
    assert name == "mnist"
    y = np.arange(200) % 10
    x = np.random.default_rng(0).uniform(0, 0.2, (200, 28, 28)).astype(np.float32)
    for picture, label in zip(x, y, strict=True):
        picture[:, 2 * label + 4 : 2 * label + 7] = 1
    x = x.reshape(200, -1)
    return data.Dataset(
        name="mnist", x=x[:150], y=y[:150], x_test=x[150:], y_test=y[150:], classes=tuple("0123456789"),
        shape=(28, 28), source="", licence="ours",
    )  # fmt: skip


def script(name, monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    module = __import__(name)
    for setting, size in SIZES[name].items():
        monkeypatch.setattr(module, setting, size)
    monkeypatch.setattr(module, "MACHINE", module.MACHINE | {"batch": 10, "momenta": [0.5, 0.9]})
    return module


@pytest.fixture(params=SHORT)
def small(request, monkeypatch):
    """An experiment cut down to seconds, and its `main` on digits of our own."""
    module = script(request.param, monkeypatch)

    def main(*options):
        module.main([*SHORT[request.param], *options], load=digits)

    yield SimpleNamespace(name=request.param, module=module, passes=sys.modules["passes"], main=main)
    for name in (request.param, "passes"):
        sys.modules.pop(name)


@pytest.fixture(params=SHORT)
def alone(request, monkeypatch):
    yield script(request.param, monkeypatch)
    for name in (request.param, "passes"):
        sys.modules.pop(name)


def places(folder):
    return ["--results", str(folder / "results"), "--kept", str(folder / "kept")]


def stored(folder, name):
    return runs.load_all(folder / "results" / f"{name}.json")


def test_an_experiment_leaves_its_runs_and_choices_behind_it(small, tmp_path):
    small.main(*PASSES, *places(tmp_path))
    found = stored(tmp_path, small.name)
    choices = [found.pop(called) for called in list(found) if called.startswith("choice, ")]
    assert len(choices) == TRIALS[small.name]
    for choice in choices:
        assert not [curve for curve in choice.curves if curve.startswith("test")]
        assert len(choice.settings["rate"]) == 2
    assert set(found) - {"components"} == {*MACHINES[small.name], *WHOLE[small.name]}
    for called, run in found.items():
        if called != "components":
            assert run.settings["step"] == "pass"
            count = 2 if called.startswith("machine ") else 3
            assert run.steps.tolist() == list(range(count + 1))
            assert len(run.settings["rate"]) == count
        assert all(np.isfinite(curve).all() for curve in run.curves.values())
        assert "was not recorded" not in run.provenance()


def test_the_belief_net_learns(tmp_path, monkeypatch):
    module = script("belief", monkeypatch)
    monkeypatch.setattr(module, "MACHINE", module.MACHINE | {"decay": 0.0})
    module.main(["--passes", "30", "--plain", "3", "--whole", "5", *places(tmp_path)], load=digits)
    found = stored(tmp_path, "belief")
    for called in ("greedy 1", "greedy 2", "greedy 3"):
        squares = found[called].curve("held_squares")
        assert squares.shape == (2, 31)
        assert (squares[:, -1] < 0.8 * squares[:, 0]).all()
    assert (found["greedy 3"].final("test_error") < 0.5).all()  # chance is 0.9
    whole = found["up and down"]
    assert whole.seeds == (0,)
    assert set(whole.curves) == {"held_error", "test_error"}
    assert (
        whole.curve("test_error")[0, 0] == found["greedy 3"].final("test_error")[0]
    )  # it goes on from there
    choice = found["choice, up and down"]
    errors = choice.final("held_error")
    assert errors[choice.settings["rate"].index(whole.settings["rate"][0])] == errors.min()
    assert found["plain, 150"].settings["rate"] == found["plain, 100"].settings["rate"]
    for name in ("belief", "passes"):
        sys.modules.pop(name)


def test_an_answer_is_the_label_of_the_least_free_energy(monkeypatch):
    module = script("belief", monkeypatch)
    rng = np.random.default_rng(0)
    up, top = [rng.normal(size=(2, 8, 6))], rng.normal(size=(2, 5 + 10 + 1, 7))
    x, y = rng.random((50, 7)), rng.integers(10, size=50)
    code = nets.chance(up[0], x)
    energies = [
        nets.free_energy(top, np.concatenate([code, np.broadcast_to(each, (2, 50, 10))], -1))
        for each in np.eye(10)
    ]
    assert np.array_equal(module.answers(up, top, x), np.argmin(energies, axis=0))
    assert np.allclose(module.mistakes(up, top, (x, y)), (np.argmin(energies, axis=0) != y).mean(axis=-1))
    for name in ("belief", "passes"):
        sys.modules.pop(name)


def test_machines_unroll_into_an_autoencoder(monkeypatch):
    module = script("autoencoder", monkeypatch)
    rng = np.random.default_rng(0)
    sizes = SIZES["autoencoder"]["SIZES"]
    machines = [rng.normal(0, 0.1, (1, a + 1, b + 1)).astype(np.float32) for a, b in pairwise(sizes)]
    x = rng.random((5, 784), dtype=np.float32)
    a = x
    for w in machines[:-1]:
        a = nets.chance(w, a)[0]
    a = module.code(machines[-1], a)[0]
    for w in reversed(machines):
        a = nets.chance(nets.turned(w), a)[0]
    with torch.no_grad():
        sums = module.unrolled(machines)("sigmoid", "machines")(torch.tensor(x)).numpy()
    assert np.allclose(activations.logistic(sums), a, atol=1e-5)
    for name in ("autoencoder", "passes"):
        sys.modules.pop(name)


def test_the_autoencoder_learns_and_components_are_those_of_the_decomposition(tmp_path, monkeypatch):
    module = script("autoencoder", monkeypatch)
    module.main(["--passes", "5", "--machines", "20", *places(tmp_path)], load=digits)
    found = stored(tmp_path, "autoencoder")
    x, _, x_test, _ = (part for pair in digits("mnist") for part in pair)
    mean = x.mean(axis=0, dtype=float)
    axes = np.linalg.svd(x - mean, full_matrices=False)[2]
    for count in (0, 1, 5, 12):
        again = mean + (x_test - mean) @ axes[:count].T @ axes[:count]
        wanted = np.square(again - x_test).sum(axis=1).mean()
        assert found["components"].curve("test_squares")[0, count] == pytest.approx(wanted, rel=1e-4)
    for called in ("machine 1", "machine 2", "machine 3", "machine 4"):
        squares = found[called].curve("test_squares")
        assert squares[0, -1] < squares[0, 0]
    for called in WHOLE["autoencoder"]:
        assert found[called].settings["weights"] == called
        assert found[called].curve("test_squares").shape == (1, 6)
        assert found[called].final("train_loss") < found[called].curve("train_loss")[:, 0]
    assert found["machines"].final("test_squares") < found["customary"].final("test_squares")
    for name in ("autoencoder", "passes"):
        sys.modules.pop(name)


def test_linear_hidden_units_meet_noise_of_variance_1(monkeypatch):
    module = script("autoencoder", monkeypatch)
    w = np.zeros((1, 4, 3))
    w[0, :-1, :-1] = [[2.0, 0], [0, 0], [0, 0]]  # one hidden unit, twice the first visible one
    seen = np.zeros((1, 40_000, 3))
    step = module.linear(w, seen, nets.Dice([0]))
    noise = np.random.default_rng(1).normal(size=400_000)
    dreamt = activations.logistic(2 * noise)  # on average a half, and its square more
    assert step[0, 0, -1] == pytest.approx(-dreamt.mean(), abs=0.01)
    assert step[0, 0, 0] == pytest.approx(-2 * np.square(dreamt).mean(), abs=0.01)
    assert step[0, -1, 1] == 0
    for name in ("autoencoder", "passes"):
        sys.modules.pop(name)


def test_runs_that_were_stopped_go_on_to_the_same_numbers(small, tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    small.main(*PASSES, *places(whole))
    keep, kept = small.passes._keep, []

    def until_stopped(*arguments):
        keep(*arguments)
        kept.append(arguments[0].stem)
        if len(kept) % 4 == 0:  # wherever that is
            raise KeyboardInterrupt

    monkeypatch.setattr(small.passes, "_keep", until_stopped)
    for _ in range(100):
        try:
            small.main(*PASSES, *places(parts))
        except KeyboardInterrupt:
            continue
        break
    else:
        pytest.fail("it never came to an end")
    assert len(kept) > 12
    one, two = (stored(folder, small.name) for folder in (whole, parts))
    assert set(one) == set(two)
    for called, run in one.items():
        for curve in run.curves:
            assert np.array_equal(run.curve(curve), two[called].curve(curve)), (called, curve)
    count = len(kept)
    small.main(*PASSES, *places(parts))
    assert len(kept) == count  # nothing is left to do


def test_another_run_than_the_one_kept_is_refused(small, tmp_path, monkeypatch):
    small.main(*PASSES, *places(tmp_path))
    other = [9] if small.name == "autoencoder" else range(3)
    monkeypatch.setattr(small.module, "SEEDS", other)
    with pytest.raises(small.passes.OtherRun, match=r"keeps another run: its seeds is .* Remove it"):
        small.main(*PASSES, *places(tmp_path))


def test_a_machine_with_others_on_it_takes_no_more_passes(small, tmp_path):
    small.main(*PASSES, *places(tmp_path))
    more = ["--passes", "4"] if small.name == "belief" else ["--machines", "4"]
    with pytest.raises(small.passes.OtherRun, match="its passes is"):
        small.main(*PASSES, *more, *places(tmp_path))


@pytest.mark.parametrize("name", SHORT)
def test_without_data_it_says_what_is_missing(name, tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"{name}.py", *places(tmp_path)],
        env=os.environ | {"RECTIFIED_DATA": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "train-images-idx3-ubyte.gz is missing; RECTIFIED_DATA is" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_the_random_starts_have_the_rules_that_they_say(monkeypatch):
    module = script("autoencoder", monkeypatch)
    monkeypatch.setattr(module, "SIZES", (300, 200, 100))
    torch.manual_seed(0)
    for rule in ("customary", "glorot"):
        network = module.Autoencoder("sigmoid", rule)
        for layer in network.layers:
            wanted = initialisation.get(rule).variance(tuple(layer.weights.shape))
            assert layer.weights.var().item() == pytest.approx(wanted, rel=0.05)
    for name in ("autoencoder", "passes"):
        sys.modules.pop(name)
