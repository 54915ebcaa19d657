"""The league of chapter 11: a fair search for each activation, what is stored of it, and the verdicts."""

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import activations, data, runs, training

RESULTS = ROOT / "code" / "rectified" / "results"


def written(folder):
    """Return what the league wrote to a folder: the results, then the searches."""
    return runs.load_all(folder / "league.json") | runs.load_all(folder / "league_search.json")


@pytest.fixture
def league(monkeypatch):
    """The script, in a torch that keeps its threads."""
    threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    yield __import__("league")
    torch.set_num_threads(threads)


@pytest.fixture
def small(league, monkeypatch):
    """The league in miniature: three φ, two rates, two gains, one case of few examples, made on the spot."""
    for name, value in {
        "PHIS": ("relu", "prelu", "rrelu"),
        "RATES": (0.01, 0.02),
        "GAINS": (1.0, league.HE),
        "WIDER": 1,
        "TRIED": range(2),
        "AGAIN": range(2, 5),
        "FINALISTS": 3,
        "FRESH": range(5, 8),
        "HIDDEN": (6,),
        "BATCH": 8,
        "LOOKS": 3,
        "CASES": {"blobs": league.Case("blobs", True, 30, 0.8)},
    }.items():
        monkeypatch.setattr(league, name, value)
    y = np.arange(100) % 10
    x = (np.eye(10)[y] + np.random.default_rng(0).normal(0, 0.1, (100, 10))).astype(np.float32)

    def load(name):
        assert name == "blobs"
        return data.Dataset(
            name=name, x=x[:80], y=y[:80], x_test=x[80:], y_test=y[80:], classes=tuple("0123456789"),
            shape=(10,), source="", licence="ours",
        )  # fmt: skip

    def main(folder):
        league.main(["--results", str(folder / "results"), "--kept", str(folder / "kept")], load=load)
        return written(folder / "results")

    return main


# ------------------------------------------------------------------------------------------- the search


def test_an_end_is_moved_where_the_best_lies_and_nowhere_else(league):
    assert league.wider([1.0, 2.0, 4.0], 2.0) == [1.0, 2.0, 4.0]
    assert league.wider([1.0, 2.0, 4.0], 1.0) == [0.5, 1.0, 2.0, 4.0]
    assert league.wider([1.0, 2.0, 4.0], 4.0) == [1.0, 2.0, 4.0, 8.0]


def test_the_fewest_over_all_seeds_is_chosen_and_among_equals_the_lower_rate_then_the_smaller_gain(league):
    wrong = np.array([[[5, 0, 9], [3, 9, 3]], [[5, 9, 9], [3, 9, 3.0]]])
    assert league.fewest(wrong) == (1, 0)
    wrong[:, 0, 2] = 3
    assert league.fewest(wrong) == (0, 2)
    wrong[:, 0, 2] = np.nan  # was not tried
    assert league.fewest(wrong) == (1, 0)


def test_the_common_setting_is_the_best_rate_at_hes_gain(league):
    wrong = np.array([[[0, 7], [9, 4], [9, 5.0]]])
    told = {"rates": [0.1, 0.2, 0.4], "gains": [1.0, league.HE]}
    tried = runs.Run(told, [0], range(3), {"wrong": wrong})
    assert league.common(tried) == (0.2, league.HE)


def test_the_best_of_a_search_are_tried_again_and_the_second_trial_alone_chooses(league, monkeypatch):
    monkeypatch.setattr(league, "FINALISTS", 3)
    wrong = np.array([[[5, 7], [4, 0], [9, 4.0]], [[5, 7], [1, 2], [9, 1]]])
    tried = runs.Run(
        {"rates": [0.1, 0.2, 0.4], "gains": [1.0, league.HE]}, [0, 1], range(3), {"wrong": wrong}
    )
    best = league.finalists(tried)
    assert best == [(0.2, league.HE), (0.2, 1.0), (0.4, league.HE)]  # 2, then 5 and 5: the lower rate first
    second = np.array([[[3, 2, 2]], [[3, 4, 3.0]]])
    last = runs.Run({"settings": [list(each) for each in best]}, [7, 8], [30], {"wrong": second})
    assert league.chosen(last) == (0.4, league.HE)


@pytest.mark.parametrize("case", ["digits", "MNIST-1D", "digits, centred"])
def test_the_search_never_sees_the_test(league, case):
    learned, held, examples, test = league.parts(case, data.load)
    assert len(learned[0]) + len(held[0]) == len(examples[0])
    assert len(held[0]) == len(examples[0]) // 4
    rows = {row.tobytes() for row in np.ascontiguousarray(test[0])}
    both = np.concatenate([learned[0], held[0]])
    assert {row.tobytes() for row in both} == {row.tobytes() for row in examples[0]}
    assert not rows & {row.tobytes() for row in both}
    middle = np.abs(examples[0].mean(axis=0)).max()
    assert (middle < 1e-6) == (case == "digits, centred")


# ------------------------------------------------------------------------------------------- the two nets


def values(league, phi):
    """A net's first parameters for one member, and two inputs."""
    drawn, _ = league.network(phi, 4).draw(np.random.default_rng(0))
    x = torch.tensor(np.random.default_rng(1).normal(size=(1, 2, 4)), dtype=torch.float32)
    return {name: torch.tensor(value[None], dtype=torch.float32) for name, value in drawn.items()}, x


def by_hand(parameters, x, phi):
    """The outputs of the only member, layer by layer."""
    a, depth = x[0], sum(name.startswith("weights") for name in parameters)
    for i in range(1, depth + 1):
        z = a @ parameters[f"weights {i}"][0] + parameters[f"biases {i}"][0]
        a = phi(z, i) if i < depth else z
    return a


def test_prelu_is_torchs_and_each_unit_has_a_slope(league):
    parameters, x = values(league, "prelu")
    assert [parameters[f"slopes {i}"].shape[1] for i in (1, 2, 3)] == list(league.HIDDEN)
    for i in (1, 2, 3):
        parameters[f"slopes {i}"] = torch.rand_like(parameters[f"slopes {i}"])
    found = league.network("prelu", 4).forward(parameters, x)[0]
    wanted = by_hand(parameters, x, lambda z, i: torch.nn.functional.prelu(z, parameters[f"slopes {i}"][0]))
    assert torch.allclose(found, wanted, atol=1e-5)


def test_prelu_learns_its_slopes_from_a_quarter(league):
    x, y = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32), np.arange(40) % 10
    how = {"seeds": [0, 1], "batch": 8, "rate": 0.1}
    before = training.train(league.network("prelu", 4), (x, y), steps=0, **how).parameters
    after = training.train(league.network("prelu", 4), (x, y), steps=20, **how).parameters
    for i in (1, 2, 3):
        assert (before[f"slopes {i}"] == 0.25).all()
        assert (after[f"slopes {i}"] != 0.25).mean() > 0.9


def test_rrelu_draws_while_it_learns_and_tests_with_the_mean(league):
    parameters, x = values(league, "rrelu")
    net = league.network("rrelu", 4)
    wanted = by_hand(parameters, x, lambda z, i: activations.leaky.torch(z, slope=(1 / 8 + 1 / 3) / 2))
    assert torch.allclose(net.forward(parameters, x)[0], wanted, atol=1e-5)
    one, two = (net.forward(parameters, x, learning=True) for _ in range(2))
    assert not torch.equal(one, two)
    z = torch.full((1, 1, 2000), -1.0)
    slopes = -net.phi(z, None, learning=True)
    assert 1 / 8 <= slopes.min() < 0.13
    assert 0.33 < slopes.max() <= 1 / 3
    with pytest.raises(ValueError, match=r"are not recorded: use training\.Layers"):
        net.forward(parameters, x, [])


def test_other_nets_are_plain_and_the_same_seed_draws_the_same_weights(league):
    drawn = {
        phi: league.network(phi, 4).draw(np.random.default_rng(3))[0] for phi in ("relu", "tanh", "prelu")
    }
    for name, weights in drawn["relu"].items():
        assert np.array_equal(weights, drawn["tanh"][name])
        assert np.array_equal(weights, drawn["prelu"][name])


# ------------------------------------------------------------------------------------------- the run


def test_it_runs_in_small(small, league, tmp_path):
    stored = small(tmp_path)
    assert list(stored) == ["blobs", "updates, blobs", "shared, blobs", "final, blobs", "choice, blobs"]
    for name in list(stored)[:3]:
        run = stored[name]
        assert run.seeds == (5, 6, 7)
        assert run.steps.tolist() == [30]
        assert tuple(run.curves) == league.PHIS
        assert set(run.settings["rate"]) == set(run.settings["gain"]) == set(league.PHIS)
    searched = stored["choice, blobs"]
    assert searched.seeds == (0, 1)
    for phi, wrong in searched.curves.items():
        tried = len(searched.settings["rates"][phi]) * len(searched.settings["gains"][phi])
        assert wrong.shape == (2, 1, tried)
        assert tried >= 4
        assert (wrong <= 20).all()  # held out
    last = stored["final, blobs"]
    assert last.seeds == (2, 3, 4)
    for phi, wrong in last.curves.items():
        assert wrong.shape == (3, 1, 3)
        best = last.settings["settings"][phi][int(wrong.sum(axis=(0, 1)).argmin())]
        assert best == [stored["blobs"].settings[kind][phi] for kind in ("rate", "gain")]
    assert set(stored["shared, blobs"].settings["gain"].values()) == {league.HE}
    assert all(0 < loss < 2.5 for loss in stored["blobs"].settings["train loss"].values())
    assert len(set(stored["shared, blobs"].settings["rate"].values())) == 1
    waiting = runs.load_all(tmp_path / "kept" / "league.json")
    assert len(waiting) == 4 * 3
    assert waiting["own, blobs, relu"].settings["case"] == "blobs"
    parts = [run for name, run in waiting.items() if name.startswith("own, ")]
    seconds = sum(run.origin["seconds"] for run in parts)
    assert stored["blobs"].origin["seconds"] == pytest.approx(seconds, abs=0.1)


def test_what_was_stopped_goes_on_to_the_same_numbers_and_nothing_is_done_twice(
    small, league, tmp_path, monkeypatch
):
    whole = small(tmp_path / "whole")
    calls, learn = [], training.train

    def until_stopped(*arguments, **options):
        calls.append(options["seeds"])
        if len(calls) == 7:
            raise KeyboardInterrupt
        return learn(*arguments, **options)

    monkeypatch.setattr(training, "train", until_stopped)
    with pytest.raises(KeyboardInterrupt):
        small(tmp_path / "parts")
    done = len(runs.load_all(tmp_path / "parts" / "kept" / "league.json"))
    assert 0 < done < 12
    assert not (tmp_path / "parts" / "results").exists()
    again = small(tmp_path / "parts")
    for name, run in whole.items():
        assert again[name].settings == run.settings
        for phi, values in run.curves.items():
            assert np.array_equal(again[name].curve(phi), values, equal_nan=True)
    monkeypatch.delattr(training, "train")
    before = [path.read_bytes() for path in sorted((tmp_path / "parts" / "results").iterdir())]
    assert len(before) == 2
    small(tmp_path / "parts")
    (tmp_path / "parts" / "kept" / "league.json").unlink()
    small(tmp_path / "parts")
    assert [path.read_bytes() for path in sorted((tmp_path / "parts" / "results").iterdir())] == before


def test_another_league_than_the_one_there_is_refused(small, league, tmp_path, monkeypatch):
    small(tmp_path)
    monkeypatch.setattr(league, "BATCH", 16)
    other = league.passes.OtherRun
    with pytest.raises(other, match=r"holds another 'blobs': its batch is 8; expected 16. Remove it"):
        small(tmp_path)
    (tmp_path / "results" / "league_search.json").unlink()
    with pytest.raises(
        other, match=r"keeps another 'choice, blobs, relu': its batch is 8; expected 16. Remove it"
    ):
        small(tmp_path)


def test_a_search_that_stays_at_an_end_says_so_and_one_that_diverged_has_all_wrong(
    small, league, tmp_path, monkeypatch
):
    learn = training.train

    def best_at_the_top(*arguments, **options):
        """The higher the rate and the smaller the gain the better, but for the highest, which diverge."""
        done = learn(*arguments, **options)
        if "test_error" in done.run.curves and len(options["seeds"]) != len(league.FRESH):
            rates, gains = options["rate"](0), options["scale"]
            error = [
                np.nan if rate > 0.3 else 0.05 / rate * gain / 10
                for rate, gain in zip(rates, gains, strict=True)
            ]
            done.run.curves["test_error"][:, -1] = error
        return done

    monkeypatch.setattr(training, "train", best_at_the_top)
    monkeypatch.setattr(league, "RATES", (0.2, 0.4))
    searched = small(tmp_path)["choice, blobs"]
    assert searched.settings["at an end"] == list(league.PHIS)  # the gain might go down further
    for phi, wrong in searched.curves.items():
        assert searched.settings["rates"][phi] == [0.1, 0.2, 0.4]
        assert searched.settings["gains"][phi] == [0.5, 1.0, league.HE]
        assert (wrong.reshape(2, 3, 3)[:, 2] == 20).all()


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_what_is_left_of_nets_half_of_which_diverged_is_nothing(league, lost):
    losses = {"relu": [0.5, 0.25, lost], "prelu": [0.5, lost, lost]}
    done = {
        phi: runs.Run({}, range(3), [30], {"loss": np.array(each)[:, None]}) for phi, each in losses.items()
    }
    assert league.left(done) == {"relu": 0.5, "prelu": None}


# ------------------------------------------------------------------------------------------- what is stored


def test_every_activation_had_the_same_budget_and_the_runs_are_those_chosen(league):
    stored = written(RESULTS)
    assert len(stored) == 5 * len(league.CASES)
    for case in league.CASES:
        told, searched = league.plan(case), stored[f"choice, {case}"]
        assert told.pop("fresh") == list(league.FRESH)
        own, shared, last = stored[case], stored[f"shared, {case}"], stored[f"final, {case}"]
        for run in (searched, last, own, shared, stored[f"updates, {case}"]):
            assert {key: run.settings[key] for key in told} == told, case
            assert tuple(run.curves) == league.PHIS
            assert "dirty" not in run.origin["commit"]
        assert own.seeds == shared.seeds == tuple(league.FRESH)
        assert searched.seeds == tuple(league.TRIED)
        assert last.seeds == tuple(league.AGAIN)
        assert len({*own.seeds, *searched.seeds, *last.seeds}) == sum(
            len(run.seeds) for run in (own, searched, last)
        )
        for phi, wrong in searched.curves.items():
            rates, gains = searched.settings["rates"][phi], searched.settings["gains"][phi]
            assert set(league.RATES) <= set(rates)  # the same grid for all
            assert set(league.GAINS) <= set(gains)
            assert len(rates) <= len(league.RATES) + league.WIDER
            assert len(gains) <= len(league.GAINS) + league.WIDER
            table = wrong.reshape(len(league.TRIED), len(rates), len(gains))
            assert np.isfinite(table).all()
            rate, gain = league.fewest(table)
            six = np.argsort(table.sum(axis=0), axis=None, kind="stable")[: league.FINALISTS]
            best = [[rates[each // len(gains)], gains[each % len(gains)]] for each in six]
            assert last.settings["settings"][phi] == best, phi
            final = best[int(last.curve(phi).sum(axis=(0, 1)).argmin())]
            assert [own.settings["rate"][phi], own.settings["gain"][phi]] == final, phi
            end = rate in (0, len(rates) - 1) or gain in (0, len(gains) - 1)
            assert end == (phi in searched.settings["at an end"]), phi
            if phi == league.REFERENCE:
                he = gains.index(league.HE)
                common = rates[league.fewest(table[:, :, he : he + 1])[0]]
        assert set(shared.settings["rate"].values()) == {common}
        assert set(shared.settings["gain"].values()) == {league.HE}
