"""The experiments: each runs in a miniature, goes on where it was stopped, and refuses what it cannot do.

Whole, they take minutes or hours, so here they meet few digits, made on the spot.
"""

import ast
import json
import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import convolution, data, runs, training

SCRIPTS = ROOT / "code" / "experiments"
RESULTS = ROOT / "code" / "rectified" / "results"
WHOLE = {  # a run that each one writes, the first
    "lenet": "LeNet5, tanh",
    "zipcodes": "Reader1989, lecun",
    "glorot": "tanh, glorot",
    "rectifier": "relu",
}
RUNS = {"lenet": 1, "zipcodes": 2, "glorot": 6, "rectifier": 4}  # of the tests below
TRIALS = {"lenet": 2, "zipcodes": 2, "glorot": 6, "rectifier": 4}  # of rates and first weights
SAME = ("network", "activation", "weights", "batch")  # in a run and the trial that chose its rate
FIRST = {"lenet": 2, "zipcodes": 1, "glorot": 1, "rectifier": 1}  # trials before the first run
ALSO = {"rectifier": {"zeros 1", "zeros 2", "zeros 3"}}  # curves of its own


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


@contextmanager
def restored():
    """Take the scripts out of the modules again, and give torch back the threads that it had."""
    names = [path.stem for path in SCRIPTS.glob("*.py")]
    before, threads = (
        {name: sys.modules[name] for name in names if name in sys.modules},
        torch.get_num_threads(),
    )
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)
        torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _restored():
    with restored():
        yield


@pytest.fixture
def passes(monkeypatch):
    """The module that the experiments share."""
    monkeypatch.syspath_prepend(SCRIPTS)
    return __import__("passes")


@pytest.fixture(params=WHOLE)
def small(request, monkeypatch):
    """An experiment cut down to seconds: its name, and its `main` on digits of our own."""
    monkeypatch.syspath_prepend(SCRIPTS)
    sizes = {
        "lenet": {"SEEDS": range(2), "HELD": 30, "TRIED": 60, "TRIAL": 1, "RATES": (0.001, 0.003)},
        "glorot": {
            "SEEDS": range(2),
            "HELD": 30,
            "TRIED": 110,
            "WIDTH": 8,
            "TRIAL": {100: 1, 10: 1},
            "RATES": {100: (0.01, 0.1), 10: (0.001, 0.01)},
        },
        "rectifier": {
            "SEEDS": range(2),
            "HELD": 30,
            "TRIED": 110,
            "WIDTH": 8,
            "TRIAL": 1,
            "RATES": (0.01, 0.1),
            "SEEN": 20,
        },
        "zipcodes": {
            "SEEDS": range(2),
            "TRAIN": 60,
            "HELD": 20,
            "TEST": 30,
            "TRIAL": 1,
            "RATES": (0.01, 0.1),
        },
    }[request.param]
    script = __import__(request.param)
    for name, size in sizes.items():
        monkeypatch.setattr(script, name, size)
    if request.param == "lenet":
        monkeypatch.setattr(script, "BATCH", 10)
    only = ["--only", "tanh"] if request.param == "lenet" else []
    return request.param, lambda *options: script.main([*only, *options], load=digits)


def places(folder):
    return ["--results", str(folder / "results"), "--kept", str(folder / "kept")]


def test_an_experiment_leaves_a_run_and_the_choice_behind_it(small, tmp_path):
    name, main = small
    main("--passes", "3", *places(tmp_path))
    stored = runs.load_all(tmp_path / "results" / f"{name}.json")
    trials = {called: stored.pop(called) for called in list(stored) if called.startswith("choice, ")}
    assert len(stored) == RUNS[name]
    run = stored[WHOLE[name]]
    assert run.steps.tolist() == [0, 1, 2, 3]
    assert run.seeds == (0, 1)
    assert set(run.curves) == {"train_loss", "train_error", "test_loss", "test_error", *ALSO.get(name, ())}
    assert (run.final("train_loss") < run.curve("train_loss")[:, 0]).all()
    assert len(run.settings["rate"]) == 3
    assert run.settings["weights"] in ("lecun", "lecun_1989", "glorot")
    assert run.settings["step"] == "pass"
    assert len(trials) == TRIALS[name]
    for trial in trials.values():
        assert {"held_error", "held_loss"} < set(trial.curves)  # nothing of the test digits
        assert not [curve for curve in trial.curves if curve.startswith("test")]
    held = {
        (trial.settings["weights"], rate): error
        for trial in trials.values()
        for rate, error in zip(trial.settings["rate"], trial.final("held_error"), strict=True)
        if name == "lenet" or all(trial.settings[key] == run.settings[key] for key in SAME)
    }
    assert held[run.settings["weights"], run.settings["rate"][0]] == min(held.values())


def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(small, tmp_path, monkeypatch):
    name, main = small
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    main("--passes", "3", *places(whole))
    calls, learn = [], training.train

    def until_stopped(*arguments, **options):
        if options["steps"]:  # not one that only looks at the first weights
            calls.append(options["steps"])
        if len(calls) == FIRST[name] + 3:  # two passes are done
            raise KeyboardInterrupt
        return learn(*arguments, **options)

    monkeypatch.setattr(training, "train", until_stopped)
    with pytest.raises(KeyboardInterrupt):
        main("--passes", "3", *places(parts))
    sofar = runs.load_all(parts / "results" / f"{name}.json")[WHOLE[name]]
    assert sofar.steps.tolist() == [0, 1, 2]
    main("--passes", "3", *places(parts))
    wanted = TRIALS[name] + 3 * RUNS[name] + 1  # neither the choice nor a finished pass was done again
    assert len(calls) == wanted
    main("--passes", "3", *places(parts))
    assert len(calls) == wanted  # nothing is left to do
    one, two = (runs.load_all(folder / "results" / f"{name}.json")[WHOLE[name]] for folder in (whole, parts))
    for curve in one.curves:
        assert np.array_equal(one.curve(curve), two.curve(curve))
    main("--passes", "4", *places(parts))
    assert len(calls) == wanted + RUNS[name]  # one more pass takes one more
    more = runs.load_all(parts / "results" / f"{name}.json")[WHOLE[name]]
    assert np.array_equal(more.curve("test_loss")[:, :4], one.curve("test_loss"))


def test_another_run_than_the_one_kept_is_refused(small, tmp_path, monkeypatch):
    name, main = small
    main("--passes", "1", *places(tmp_path))
    monkeypatch.setattr(sys.modules[name], "SEEDS", range(3))
    refused = r"keeps another run: its seeds is \[0, 1\]; expected \[0, 1, 2\]. Remove it"
    with pytest.raises(sys.modules["passes"].OtherRun, match=refused):
        main("--passes", "1", *places(tmp_path))


@pytest.mark.parametrize("name", WHOLE)
def test_without_data_it_says_what_is_missing(name, tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"{name}.py", *places(tmp_path)],
        env=os.environ | {"RECTIFIED_DATA": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "train-images-idx3-ubyte.gz is missing; RECTIFIED_DATA is" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem != "passes"))
def test_every_script_says_how_it_is_run_and_what_it_writes(name):
    said = ast.get_docstring(ast.parse((SCRIPTS / f"{name}.py").read_text("utf-8")))
    assert f"python code/experiments/{name}.py" in said
    assert f"{name}.json" in said


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_stored_results_can_be_read_and_say_where_they_come_from(path):
    assert path.stat().st_size <= 70_000
    said = [ast.get_docstring(ast.parse(script.read_text("utf-8"))) for script in SCRIPTS.glob("*.py")]
    named = {word.strip("`,.:;") for each in said for word in (each or "").split()}
    assert path.name in named, f"no script in code/experiments says that it writes {path.name}"
    for name, run in runs.load_all(path).items():
        assert "was not recorded" not in run.provenance(), name
        assert run.origin["seconds"] > 0
        assert run.settings, name


def test_in_turn_or_at_once_is_the_same(passes):
    def network():
        return convolution.LeNet5("tanh", "lecun")

    x, y = digits("mnist").x[:12], digits("mnist").y[:12]
    options = {
        "seeds": [0, 1],
        "steps": 3,
        "batch": 4,
        "loss": convolution.NEAREST,
        "rate": 0.001,
        "dtype": "float64",
    }
    one = training.train(passes.InTurn(network), (convolution.for_lenet(x), y), **options)
    two = training.train(training.Modules(network), (convolution.for_lenet(x), y), **options)
    for name in one.parameters:
        assert np.allclose(one.parameters[name], two.parameters[name], rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="are not recorded"):
        training.train(passes.InTurn(network), (convolution.for_lenet(x), y), layers=True, **options)


def test_upright_pools_begin_above_0_and_are_the_same_otherwise(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    lenet = __import__("lenet")
    torch.manual_seed(0)
    plain = dict(convolution.LeNet5("relu", "he").named_parameters())
    torch.manual_seed(0)
    other = dict(lenet.upright("relu", "he").named_parameters())
    assert (plain["s4.coefficients"] < 0).any()
    for name, value in other.items():
        assert torch.equal(value, plain[name].abs() if "coefficients" in name else plain[name]), name


def test_a_test_leaves_modules_and_threads_as_they_were(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    before = torch.get_num_threads()
    with restored():
        first = __import__("passes")
        torch.set_num_threads(before + 1)
        with restored():
            sys.modules.pop("passes")
            assert __import__("passes") is not first
        assert sys.modules["passes"] is first
        assert torch.get_num_threads() == before + 1
    assert "passes" not in sys.modules
    assert torch.get_num_threads() == before


# ------------------------------------------------------------------------------- what is there already


def plain(activation, weights):
    return torch.nn.Linear(4, 3)


def biased(activation, weights):
    return torch.nn.Linear(4, 3, bias=False)


@pytest.fixture
def tiny(passes, tmp_path):
    """Choose a rate for a network of seconds, or train it, with whatever is asked for changed."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)).astype(np.float32), np.arange(60) % 3

    class Tiny:
        network, rates, loss = staticmethod(plain), (0.1, 0.3), training.LOSSES["cross-entropy"]
        batch, count, held, optimiser, passes, seeds = 5, 30, 20, "sgd", 2, (0, 1)
        path, kept = tmp_path / "tiny.json", tmp_path / "kept.npz"

        def how(self):
            start = passes.Start(self.network, "tanh", "lecun", 1.0, self.rates)
            return start, {"batch": self.batch, "loss": self.loss, "optimiser": self.optimiser}

        def choose(self, **changed):
            self.__dict__.update(changed)
            start, how = self.how()
            examples, held = (x[: self.count], y[: self.count]), (x[-self.held :], y[-self.held :])
            return passes.choose(self.path, "tiny", [start], examples, held, passes=self.passes, **how)[1]

        def train(self, **changed):
            self.__dict__.update(changed)
            start, how = self.how()
            examples, test = (x[: self.count], y[: self.count]), (x[-self.held :], y[-self.held :])
            passes.train(
                start, examples, test=test, seeds=self.seeds, rates=[0.1] * self.passes, **how,
                path=self.path, name="tiny", kept=self.kept,
            )  # fmt: skip
            return runs.load_all(self.path)["tiny"]

    return Tiny()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"network": biased}, "its network is 'plain'; expected 'biased'"),
        ({"rates": (0.1, 0.2)}, "its rate is [0.1, 0.3]; expected [0.1, 0.2]"),
        ({"passes": 3}, "its steps is 12; expected 18"),
        ({"batch": 10, "passes": 4}, "its batch is 5; expected 10"),
        ({"loss": training.LOSSES["squared-error"]}, "its loss is 'cross-entropy'; expected 'squared-error'"),
        ({"optimiser": "momentum"}, "its optimiser is {'name': 'sgd'}; expected {'name': 'momentum'}"),
        ({"count": 32}, "its examples is {'train': 30, 'test': 20}; expected {'train': 32, 'test': 20}"),
        ({"held": 10}, "its examples is {'train': 30, 'test': 20}; expected {'train': 30, 'test': 10}"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_trial_of_another_choice_is_not_taken_for_this_one(tiny, passes, changed, says):
    tiny.choose()
    before = tiny.path.read_bytes()
    with pytest.raises(passes.OtherRun) as refused:
        tiny.choose(**changed)
    assert f"{tiny.path} holds another 'choice, tiny, lecun × 1': {says}. Remove it" in str(refused.value)
    assert tiny.path.read_bytes() == before


def test_a_trial_that_is_there_is_not_repeated_even_if_an_older_one_says_less(tiny, monkeypatch):
    rate = tiny.choose()
    stored = json.loads(tiny.path.read_text("utf-8"))
    (trial,) = stored["runs"].values()
    for key in ("network", "optimiser", "loss", "examples"):
        del trial["settings"][key]
    tiny.path.write_text(json.dumps(stored), "utf-8")
    monkeypatch.delattr(training, "train")
    assert tiny.choose() == rate


@pytest.mark.parametrize("name", WHOLE)
def test_the_trials_of_the_repository_are_still_those_of_its_scripts(name, passes, monkeypatch):
    """Nothing is trained: a trial that is missing, or is another one, would be seen."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{name}.json is not stored yet")
    script, seen = __import__(name), []

    def digits(name):
        empty = {
            f"x{end}": np.zeros((count, 784), np.float32) for end, count in (("", 60_000), ("_test", 10_000))
        }
        return data.Dataset(
            name="mnist", **empty, y=np.zeros(60_000, int), y_test=np.zeros(10_000, int),
            classes=tuple("0123456789"), shape=(28, 28), source="", licence="ours",
        )  # fmt: skip

    def refuse(*arguments, **options):
        raise KeyboardInterrupt

    for maker in ("for_lenet", "for_reader"):
        monkeypatch.setattr(convolution, maker, lambda x: x[:, :1])
    monkeypatch.setattr(training, "train", refuse)
    monkeypatch.setattr(passes, "train", lambda start, *arguments, name, **options: seen.append(name))
    try:
        script.main([], load=digits)
    except KeyboardInterrupt:
        assert name != "lenet"  # the others may wait for a trial of theirs
    assert seen


def test_a_finished_run_is_stored_in_another_folder_too(tiny, tmp_path, monkeypatch):
    one = tiny.train()
    before = tiny.path.read_bytes()
    monkeypatch.delattr(training, "train")
    monkeypatch.setattr(runs, "origin", lambda **more: pytest.fail("nothing was made anew"))
    tiny.train()
    assert tiny.path.read_bytes() == before
    for passed in (2, 1):  # one pass is asked for, and the run that waits has two: it is stored whole
        two = tiny.train(passes=passed, path=tmp_path / f"elsewhere {passed}" / "tiny.json")
        assert two.settings == one.settings
        assert two.origin == one.origin
        assert two.steps.tolist() == [0, 1, 2]
        for curve in one.curves:
            assert np.array_equal(two.curve(curve), one.curve(curve))


def test_a_finished_run_takes_the_place_of_another_of_its_name(tiny, tmp_path):
    one = tiny.train()
    other = tmp_path / "other" / "tiny.json"
    tiny.train(seeds=(0, 1, 2), path=other, kept=tmp_path / "other.npz")
    assert tiny.train(seeds=(0, 1), kept=tmp_path / "kept.npz").settings == one.settings


def written_before(kept):
    """Make of a file that waits one as it was written before losses were told and settings were few."""
    with np.load(kept) as file:
        arrays = dict(file)
    said = json.loads(str(arrays.pop("said")))
    del said["told"]["loss"], said["origin"]
    more = {
        "network": {"kind": "modules"},
        "rate": 0.1,
        "started": [],
        "scale": 1.0,
        "batch": 5,
        "probe": None,
    }
    said["settings"] |= more | {
        "steps": said["settings"].pop("updates"),
        "examples": {"train": 30, "test": 20},
    }
    with kept.open("wb") as file:
        np.savez(file, said=json.dumps(said), **arrays)


def test_a_run_kept_by_an_earlier_version_goes_on(tiny, tmp_path):
    whole = tiny.train(passes=3)
    tiny.train(passes=2, path=tmp_path / "parts.json", kept=tmp_path / "parts.npz")
    written_before(tiny.kept)
    again = tiny.train(path=tmp_path / "elsewhere.json")
    assert again.settings == {**whole.settings, "rate": [0.1, 0.1]}
    more = tiny.train(passes=3, path=tmp_path / "parts.json")
    assert more.settings == whole.settings
    for curve in whole.curves:
        assert np.array_equal(more.curve(curve), whole.curve(curve))


@pytest.mark.parametrize("earlier", [False, True])
def test_a_run_with_another_loss_is_refused(tiny, passes, earlier):
    tiny.train()
    if earlier:
        written_before(tiny.kept)
    with pytest.raises(passes.OtherRun, match="its loss is 'cross-entropy'; expected 'squared-error'"):
        tiny.train(loss=training.LOSSES["squared-error"])


def test_a_batch_of_more_than_there_are_is_refused(tiny):
    for ask in (tiny.choose, tiny.train):
        with pytest.raises(ValueError, match="batch is 31 and there are 30 examples; expected 1 to 30"):
            ask(batch=31)
    with pytest.raises(ValueError, match="batch is 0 and there are 30 examples; expected 1 to 30"):
        tiny.train(batch=0)


def test_a_run_of_no_passes_is_refused(tiny):
    with pytest.raises(ValueError, match="rates is empty; expected one for each pass"):
        tiny.train(passes=0)
    with pytest.raises(ValueError, match="passes is 0; expected 1 or more"):
        tiny.choose(passes=0)


@pytest.mark.parametrize("option", ["--passes", "--threads"])
@pytest.mark.parametrize("given", ["0", "-3", "2.5", "two"])
def test_an_option_that_is_no_count_is_told_so(small, option, given, tmp_path, capsys):
    _, main = small
    with pytest.raises(SystemExit) as left:
        main(f"{option}={given}", *places(tmp_path))
    assert left.value.code == 2
    assert f"argument {option}: {given!r}; expected a whole number, 1 or more" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_the_zeros_of_a_layer_are_counted_and_only_rectifiers_pay(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    script = __import__("rectifier")
    monkeypatch.setattr(script, "WIDTH", 6)
    x, y = digits("mnist").x[:20], np.arange(20) % 10
    trained = training.train(script.charged("relu", "glorot"), (x, y), seeds=[0, 1], steps=0, batch=20)
    a, shares = x, {}
    for i in (1, 2, 3):
        a = np.maximum(0, a @ trained.parameters[f"weights {i}"])  # biases are 0 at first
        shares[f"zeros {i}"] = (a == 0).mean(axis=(1, 2))
    assert all(0.2 < share < 0.8 for share in np.ravel(list(shares.values())))
    seen = script.zeros(trained, x)
    assert seen.keys() == shares.keys() == ALSO["rectifier"]
    for layer, share in shares.items():
        assert np.allclose(seen[layer], share, atol=0.02)  # a sum near 0 may fall on either side
    with pytest.raises(ValueError, match="activation is 'tanh'; expected 'relu'"):
        script.charged("tanh", "glorot")
