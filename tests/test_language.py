"""The long run of chapter 12, in a miniature: a few letters made on the spot, models of a few units, two kinds."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import data, runs, training, transformers

SCRIPTS = ROOT / "code" / "experiments"
STORED = ROOT / "code" / "rectified" / "results" / "language.json"
SMALL = {
    "KINDS": ("ReLU", "SwiGLU"),
    "SIZES": {"width": 12, "depth": 2, "heads": 2, "context": 8},
    "BATCH": 4,
    "RATES": (0.003, 0.01, 0.03),
    "CHECKED": (),
    "TRIAL": 6,
    "UPDATES": 4,
    "PASSES": 3,
    "SEEDS": (0, 1),
    "MORE": (2, 3),
}


def letters(name):
    """Two thousand letters of a text in which the next one follows from the last, most of the time."""
    assert name == "shakespeare"
    rng = np.random.default_rng(0)
    codes = np.cumsum(rng.choice([1, 2], p=[0.9, 0.1], size=2_000)) % 5
    return data.Dataset(
        name=name, x=codes[:1799], y=codes[1:1800], x_test=codes[1800:-1], y_test=codes[1801:],
        classes=tuple("abcde"), shape=(), source="", licence="ours",
    )  # fmt: skip


@pytest.fixture
def script(monkeypatch):
    """The script, imported by its name; afterwards the modules and torch's threads are as they were."""
    monkeypatch.syspath_prepend(SCRIPTS)
    threads, names = torch.get_num_threads(), ("language", "passes")
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    yield __import__("language")
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(kept)
    torch.set_num_threads(threads)


@pytest.fixture
def small(script, monkeypatch):
    for name, value in SMALL.items():
        monkeypatch.setattr(script, name, value)
    return script


def places(folder):
    return ["--results", str(folder / "results"), "--kept", str(folder / "kept")]


def stored(folder):
    return runs.load_all(folder / "results" / "language.json")


# --- The run -----------------------------------------------------------------------------------------------


def test_it_leaves_a_run_of_each_kind_and_the_choice_behind_it(small, tmp_path):
    small.main(["--rounds", "2", *places(tmp_path)], load=letters)
    found = stored(tmp_path)
    trials = {name: found.pop(name) for name in list(found) if name.startswith("choice, ")}
    assert list(found) == ["ReLU", "SwiGLU", "ReLU, more seeds", "SwiGLU, more seeds"]
    for name, run in found.items():
        kind, _, more = name.partition(", ")
        assert run.seeds == ((2, 3) if more else (0, 1))
        assert run.steps.tolist() == [0, 1, 2, 3]
        assert set(run.curves) == {"zeros", "small", "near", "whole_loss", "test_loss"}
        assert run.curve("zeros").shape == (2, 4, 2)
        assert np.isnan(run.curve("whole_loss")[:, :-1]).all()
        assert np.isfinite(run.final("whole_loss")).all()
        assert (run.final("test_loss") < run.curve("test_loss")[:, 0]).all()
        assert run.settings["units"] == (48 if kind == "ReLU" else 32)
        assert run.settings["examples"]["train"] == 1_800
        assert run.settings["examples"]["test"] == 192  # whole windows of 8
        assert (run.curve("zeros") <= run.curve("small")).all()
        assert (run.curve("small") <= run.curve("near")).all()
        assert (run.curve("zeros") > 0.1).all() == (kind == "ReLU")
        assert (run.curve("zeros") == 0).all() == (kind == "SwiGLU")
        chosen, *_ = small.best(
            [trial for called, trial in trials.items() if called.startswith(f"choice, {kind}")]
        )
        assert run.settings["rate"] == [chosen] * 3
    assert found["ReLU"].settings["parameters"] == found["SwiGLU"].settings["parameters"]
    for trial in trials.values():
        assert set(trial.curves) == {"held_loss"}
        assert not set(trial.seeds) & {0, 1, 2, 3}
        assert trial.settings["examples"]["train"] == 1_600
        assert trial.steps.tolist() == [6]


def test_one_round_is_enough_and_what_is_there_is_left_alone(small, tmp_path, monkeypatch):
    small.main(places(tmp_path), load=letters)
    assert not any("more" in name for name in stored(tmp_path))
    before = (tmp_path / "results" / "language.json").read_bytes()
    monkeypatch.delattr(small.Learners, "learn")
    small.main(places(tmp_path), load=letters)
    assert (tmp_path / "results" / "language.json").read_bytes() == before


def test_a_run_that_was_stopped_goes_on_as_if_it_was_not(small, tmp_path, monkeypatch):
    small.main(places(tmp_path / "whole"), load=letters)
    learn = small.Learners.learn

    def stops(self, codes, number, updates):
        if number == 1:  # in the second pass of the first kind; a trial is a single one
            raise KeyboardInterrupt
        learn(self, codes, number, updates)

    with monkeypatch.context() as patched:
        patched.setattr(small.Learners, "learn", stops)
        with pytest.raises(KeyboardInterrupt):
            small.main(places(tmp_path / "parts"), load=letters)
    assert stored(tmp_path / "parts")["ReLU"].steps.tolist() == [0, 1]
    small.main(places(tmp_path / "parts"), load=letters)
    whole, parts = stored(tmp_path / "whole"), stored(tmp_path / "parts")
    assert list(whole) == list(parts)
    for name, run in whole.items():
        assert run.settings == parts[name].settings
        for curve, values in run.curves.items():
            np.testing.assert_array_equal(values, parts[name].curve(curve), err_msg=f"{name}, {curve}")


def test_each_kind_learns_at_the_rates_that_are_checked_too(small, tmp_path, monkeypatch):
    monkeypatch.setattr(small, "choose", lambda *given: {"ReLU": 0.01, "SwiGLU": 0.03})
    monkeypatch.setattr(small, "CHECKED", (0.01, 0.03))
    small.main(places(tmp_path), load=letters)
    rates = {name: set(run.settings["rate"]) for name, run in stored(tmp_path).items()}
    assert rates == {"ReLU": {0.01}, "SwiGLU": {0.03}, "ReLU, 0.03": {0.03}, "SwiGLU, 0.01": {0.01}}
    assert stored(tmp_path)["ReLU, 0.03"].seeds == (0, 1)


def test_another_plan_is_refused(small, tmp_path, monkeypatch):
    small.main(places(tmp_path), load=letters)
    monkeypatch.setattr(small, "TRIAL", 7)
    with pytest.raises(ValueError, match=r"holds another 'choice, ReLU': its steps is 6; expected 7"):
        small.main(places(tmp_path), load=letters)
    monkeypatch.setattr(small, "TRIAL", 6)
    monkeypatch.setattr(small, "UPDATES", 5)
    with pytest.raises(ValueError, match=r"keeps another run: its updates is 4; expected 5"):
        small.main(places(tmp_path), load=letters)


def test_without_data_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    done = subprocess.run(
        [sys.executable, SCRIPTS / "language.py", *places(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "input.txt is missing; RECTIFIED_DATA is" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


# --- Its parts ---------------------------------------------------------------------------------------------


def test_the_rate_rises_then_falls_to_its_least(script):
    rates = np.array([script.share(update, 100) for update in range(101)])
    assert rates[0] == pytest.approx(0.1, rel=0.01)
    assert rates.argmax() == 9
    assert (np.diff(rates[9:]) < 0).all()
    assert rates[-1] == pytest.approx(script.LEAST)


def test_stretches_follow_from_the_seed_and_the_pass(small):
    codes = letters("shakespeare").x
    text, after = small.stretches(codes, 3, 1, 50)
    assert text.shape == after.shape == (50, 8)
    np.testing.assert_array_equal(text[:, 1:], after[:, :-1])
    np.testing.assert_array_equal(text, small.stretches(codes, 3, 1, 50)[0])
    for seed, number in ((3, 2), (4, 1)):
        assert not np.array_equal(text, small.stretches(codes, seed, number, 50)[0])
    whole = np.arange(11)  # three stretches fit, with a character after each: every one is drawn
    assert set(small.stretches(whole, 0, 0, 200)[0][:, 0]) == {0, 1, 2}


def test_kinds_of_one_seed_see_the_same_text_and_share_what_they_can_of_their_first_weights(small):
    first = {kind: small.Learners(5, kind, [0, 1], [0.01] * 2, 10) for kind in SMALL["KINDS"]}
    values = {kind: training.views(own.weights, own.shapes) for kind, own in first.items()}
    for name in ("characters", "places", "blocks.0.asks", "blocks.0.says"):
        assert torch.equal(values["ReLU"][name], values["SwiGLU"][name]), name
    sizes = {kind: own.weights.shape for kind, own in first.items()}
    assert sizes["ReLU"] == sizes["SwiGLU"]


@pytest.mark.parametrize("kind", ["ReLU", "GEGLU"])
def test_learning_is_adam_on_each_model_alone(small, kind):
    codes = letters("shakespeare").x
    ours = small.Learners(5, kind, [3, 4], [0.01, 0.02], 5)
    model = ours.network.factory()
    start = training.views(ours.weights.clone(), ours.shapes)
    model.load_state_dict({name: value[1] for name, value in start.items()})
    ours.learn(codes, 0, 5)
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    texts, nexts = (torch.tensor(part).split(4) for part in small.stretches(codes, 4, 0, 20))
    for update, (text, after) in enumerate(zip(texts, nexts, strict=True)):
        adam.param_groups[0]["lr"] = 0.02 * small.share(update, 5)
        adam.zero_grad()
        torch.nn.functional.cross_entropy(model(text).flatten(0, 1), after.flatten()).backward()
        adam.step()
    learnt = training.views(ours.weights, ours.shapes)
    for name, value in model.named_parameters():
        np.testing.assert_allclose(learnt[name][1].numpy(), value.detach().numpy(), atol=2e-5, err_msg=name)
    text, after = transformers.windows(codes, 8, step=3)  # more than one chunk
    expected = torch.nn.functional.cross_entropy(
        model(torch.tensor(text)).flatten(0, 1), torch.tensor(after).flatten()
    )
    assert ours.loss(text, after)[1] == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("kind", ["ReLU", "ReLU²", "ReGLU", "bilinear"])
def test_what_the_hidden_layer_hands_on_is_what_its_last_matrix_is_given(small, kind):
    ours = small.Learners(5, kind, [0], [0.01], 5)
    model = ours.network.factory()
    model.load_state_dict(
        {name: value[0] for name, value in training.views(ours.weights, ours.shapes).items()}
    )
    given = []
    for block in model.blocks:  # a product with the identity shows what the last matrix would have been given
        block.norm2.register_forward_hook(lambda _module, _inputs, output: given.append(output))
    text = letters("shakespeare").x[:80].reshape(10, 8)
    model(torch.tensor(text))
    handed = ours.hidden(text)
    assert len(handed) == len(given) == 2
    for block, normed, ours_k in zip(model.blocks, given, handed, strict=True):
        alone = torch.eye(block.into.shape[1])
        theirs = transformers.feed_forward(normed, block.into, alone, block.phi, block.gate)
        np.testing.assert_allclose(ours_k[0].numpy(), theirs.detach().numpy(), atol=1e-6)
    shares = ours.sparsity(text)
    assert shares["zeros"][0, 0] == pytest.approx(float((handed[0] == 0).double().mean()))
    assert (shares["zeros"] > 0.3).all() == (kind != "bilinear")
    assert (shares["near"] > shares["zeros"]).all()


# --- The choice --------------------------------------------------------------------------------------------


def trial(losses):
    rates = [rate for rate in losses for _ in losses[rate]]
    each = np.array([loss for own in losses.values() for loss in own], float)[:, None]
    return runs.Run({"rate": rates}, [0, 1] * len(losses), [6], {"held_loss": each})


def test_the_choice_is_the_least_mean_and_says_where_it_lies(script):
    one = trial({0.01: (2.2, 2.3), 0.02: (2.0, 2.1), 0.04: (1.5, np.nan)})
    assert script.best([one]) == (0.02, False, False)
    assert script.best([one, trial({0.005: (1.9, 1.9)})]) == (0.005, True, False)
    assert script.best([one, trial({0.08: (1.9, 1.9)})]) == (0.08, False, True)
    with pytest.raises(ValueError, match=r"every rate of \[0.01\] diverged"):
        script.best([trial({0.01: (np.nan, np.inf)})])


def test_where_one_best_rate_lies_at_an_end_all_kinds_get_another(small, tmp_path, monkeypatch):
    tried = []

    def pretend(path, name, alphabet, kind, rates, codes, held):
        tried.append((name, rates))
        best = 0.06 if kind == "SwiGLU" else 0.01
        losses = {rate: (abs(np.log(rate / best)),) * 2 for rate in rates}
        run = trial(losses)
        small.passes.store(path, name, runs.Run(run.settings, run.seeds, run.steps, run.curves, {}))

    monkeypatch.setattr(small, "trial", pretend)
    chosen = small.choose(tmp_path / "language.json", 5, letters("shakespeare").x)
    assert chosen == {"ReLU": 0.01, "SwiGLU": 0.06}
    assert tried == [
        ("choice, ReLU", (0.003, 0.01, 0.03)),
        ("choice, SwiGLU", (0.003, 0.01, 0.03)),
        ("choice, ReLU, wider", (0.06,)),
        ("choice, SwiGLU, wider", (0.06,)),
        ("choice, ReLU, wider still", (0.12,)),
        ("choice, SwiGLU, wider still", (0.12,)),
    ]


# --- What is stored ----------------------------------------------------------------------------------------


def test_every_kind_had_the_same_budget_and_the_runs_are_those_chosen(script):
    found = runs.load_all(STORED)
    first, rates = (
        found["ReLU"].settings,
        {tuple(found[f"choice, {kind}"].settings["rate"]) for kind in script.KINDS},
    )
    assert len(rates) == 1
    for kind, (phi, gated) in transformers.KINDS.items():
        trials = [
            found[f"choice, {kind}{suffix}"]
            for suffix in script.CHOICES
            if f"choice, {kind}{suffix}" in found
        ]
        chosen, *_ = script.best(trials)
        for name in (kind, f"{kind}, more seeds"):
            if name not in found:
                continue
            run = found[name]
            assert set(run.settings["rate"]) == {chosen}
            assert (run.settings["activation"], run.settings["gated"]) == (phi, gated)
            assert run.settings["units"] == (128 if gated else 192)
            for key in ("parameters", "updates", "batch", "examples", "width", "depth", "context"):
                assert run.settings[key] == first[key], key
            assert len(run.settings["rate"]) == len(first["rate"])
            assert run.steps[-1] == len(first["rate"])
            assert not set(run.seeds) & {seed for each in trials for seed in each.seeds}
            assert np.isfinite(run.final("whole_loss")).all()
        for rate in script.CHECKED:
            run = found[kind if rate == chosen else f"{kind}, {rate:g}"]
            assert set(run.settings["rate"]) == {rate}
            assert run.seeds == script.SEEDS
            assert run.steps.tolist() == found["ReLU"].steps.tolist()
    more = [kind for kind in script.KINDS if f"{kind}, more seeds" in found]
    assert more in ([], list(script.KINDS))  # a second round of all, or of none
