"""Runs survive the way to a file and back, and a file that is not one says so."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import ttest_rel

from rectified import runs
from rectified.runs import Run

LOSS = [[2.3025851, 1.5, 0.25], [2.0, np.nan, np.inf], [1.0, 0.5, 0.5]]
SLOPE = np.linspace(0, 1, 18).reshape(3, 3, 2)


def _run(**more):
    options = {
        "settings": {"network": {"sizes": [2, 3, 1]}, "rate": [0.0316227766, 1, 1], "note": "φ, ]], and {"},
        "seeds": [4, 7, 9],
        "steps": [0, 10, 100],
        "curves": {"train_loss": LOSS, "slope": SLOPE},
        "origin": runs.origin(device="cpu", seconds=1.23456789),
    }
    return Run(**options | more)


def test_a_run_comes_back_from_its_file(tmp_path):
    run = _run()
    run.save(tmp_path / "run.json")
    back = runs.load(tmp_path / "run.json")
    assert back.settings == run.settings  # the rates too, to the last digit
    assert back.seeds == (4, 7, 9)
    assert back.steps.tolist() == [0, 10, 100]
    assert list(back.curves) == ["train_loss", "slope"]
    assert back.curves["slope"].shape == (3, 3, 2)
    np.testing.assert_allclose(back.curve("train_loss"), LOSS, rtol=1e-4)
    np.testing.assert_allclose(back.curve("slope"), SLOPE, rtol=1e-4)
    assert back.origin == run.origin
    assert back.provenance() == run.provenance()


def test_several_runs_share_a_file_in_their_order(tmp_path):
    runs.save_all(tmp_path / "all.json", {"tanh": _run(), "relu": _run(seeds=[1, 2, 3])})
    back = runs.load_all(tmp_path / "all.json")
    assert list(back) == ["tanh", "relu"]
    assert back["relu"].seeds == (1, 2, 3)
    with pytest.raises(ValueError, match=r"all.json holds 2 runs \(tanh, relu\): use load_all"):
        runs.load(tmp_path / "all.json")
    with pytest.raises(ValueError, match="no run to save"):
        runs.save_all(tmp_path / "none.json", {})
    assert not (tmp_path / "none.json").exists()


def test_files_are_compact_and_the_same_each_time(tmp_path):
    run = _run()
    run.save(tmp_path / "a.json")
    runs.load(tmp_path / "a.json").save(tmp_path / "b.json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.json").read_text(encoding="utf-8")
    assert '"train_loss":[[2.3026,1.5,0.25],[2,"nan","inf"],[1,0.5,0.5]]' in text
    assert json.loads(text, parse_constant=pytest.fail)["version"] == runs.VERSION  # every reader's JSON


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1e-30, -2.5e-7, 123456789.0, 3e38, 1e300, np.inf, -np.inf, np.nan]
)
def test_every_float_is_stored_to_five_digits(tmp_path, value):
    _run(curves={"train_loss": np.full((3, 3), value)}).save(tmp_path / "run.json")
    back = runs.load(tmp_path / "run.json").curve("train_loss")
    np.testing.assert_allclose(back, value, rtol=5e-5)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    _run().save(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(runs.os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        _run(seeds=[1, 2, 3]).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
    with pytest.raises(TypeError, match="not JSON serializable"):
        _run(settings={"rate": np.ones(2)}).save(path)
    assert path.read_bytes() == before


def _broken(change):
    stored = {"format": runs.FORMAT, "version": runs.VERSION, "runs": {"run": runs._stored(_run())}}
    change(stored, stored["runs"]["run"])
    return json.dumps(stored)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ('{"format": "rectified ru', "it is not JSON"),
        ("[1, 2]", "it does not say that its format is 'rectified runs'"),
        ('{"cells": []}', "it does not say that its format is"),
        (_broken(lambda file, run: file.update(version=0)), "it has version 0 of the format, not 1"),
        (_broken(lambda file, run: file.pop("version")), "it has version None of the format"),
        (_broken(lambda file, run: file.update(runs={})), "it holds no runs"),
        (_broken(lambda file, run: file.update(runs={"run": 3})), "its run 'run' does not fit together"),
        (_broken(lambda file, run: run.pop("steps")), "its run 'run' does not fit together .it lacks steps"),
        (_broken(lambda file, run: run["origin"].pop("date")), "it lacks origin.date"),
        (_broken(lambda file, run: run.update(origin=5)), "its run 'run' does not fit together"),
        (
            _broken(lambda file, run: run.update(seeds=[1])),
            "curve 'train_loss' has shape .3, 3.; expected .1, 3.",
        ),
        (_broken(lambda file, run: run.update(seeds=["x", 1, 2])), "its run 'run' does not fit together"),
        (_broken(lambda file, run: run.update(curves=[1])), "its run 'run' does not fit together"),
        (_broken(lambda file, run: run["curves"]["slope"][0].pop()), "its run 'run' does not fit together"),
        (
            _broken(lambda file, run: run["curves"].update(slope=[["NaN"]])),
            "holds 'NaN' where a number should be",
        ),
        (
            _broken(lambda file, run: run["curves"].update(slope=[[True]])),
            "holds True where a number should be",
        ),
    ],
)
def test_what_is_not_a_run_is_refused_with_a_remedy(tmp_path, text, why):
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^old.json cannot be read as training runs: .*{why}") as caught:
        runs.load(path)
    assert "running the script that made it" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_bytes_that_are_no_text_and_a_missing_file(tmp_path):
    (tmp_path / "old.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"old.json cannot be read as training runs: it is not JSON"):
        runs.load(tmp_path / "old.json")
    with pytest.raises(FileNotFoundError, match=r"none.json"):
        runs.load(tmp_path / "none.json")


def test_curves_and_what_is_asked_of_them():
    run = _run()
    assert run.curve("train_loss")[0, 1] == 1.5
    assert run.final("slope").tolist() == SLOPE[:, -1].tolist()
    assert run.diverged.tolist() == [False, True, False]
    # A seed without a number counts as worse than any: it cannot improve a median by leaving.
    assert run.median("train_loss").tolist() == [2.0, 1.5, 0.5]
    low, high = run.range("train_loss")
    assert low.tolist() == [1.0, 0.5, 0.25]
    assert high.tolist() == [2.3025851, np.inf, np.inf]
    assert run.median("slope").shape == (3, 2)
    np.testing.assert_array_equal(run.steps_to("train_loss", 1.5), [10, np.nan, 0])
    np.testing.assert_array_equal(run.steps_to("train_loss", 0.1), [np.nan] * 3)
    with pytest.raises(KeyError, match="no curve 'loss' in this run; it has train_loss, slope"):
        run.curve("loss")
    with pytest.raises(ValueError, match="'slope' has one for each layer"):
        run.steps_to("slope", 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": []}, "at least one seed"),
        ({"steps": [0, 10, 10]}, r"growing order, not \[0, 10, 10\]"),
        ({"steps": []}, "growing order"),
        ({"steps": [0.2, 1.7]}, r"steps has 0.2; expected whole numbers, 0 or more"),
        ({"steps": np.array([0.0, 1.5, 3.0])}, r"steps has .*0\.0"),
        ({"steps": [-1, 0, 1]}, "steps has -1"),
        ({"steps": [False, True, 2]}, "steps has False"),
        ({"steps": [[0, 1, 2]]}, r"steps has \[0, 1, 2\]; expected whole numbers"),
        ({"steps": 3}, "steps is 3; expected several whole numbers"),
        ({"seeds": [1, 2, 3.5]}, "seeds has 3.5; expected whole numbers"),
        ({"seeds": 3}, "seeds is 3; expected several whole numbers"),
        ({"curves": {"loss": np.ones((3, 4))}}, r"curve 'loss' has shape \(3, 4\); expected \(3, 3\)"),
        ({"curves": {"loss": np.ones(3)}}, r"curve 'loss' has shape \(3,\)"),
    ],
)
def test_parts_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        _run(**options)


def test_seeds_and_steps_may_come_from_a_range_or_a_generator():
    run = _run(seeds=range(3), steps=(10**k for k in range(3)))
    assert run.seeds == (0, 1, 2)
    assert run.steps.tolist() == [1, 10, 100]


def test_the_origin_says_where_numbers_come_from():
    made = runs.origin(device="cpu", seconds=0.5)
    assert list(made) == ["versions", "processor", "date", "commit", "device", "seconds"]
    assert made["versions"]["numpy"] == np.__version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made["date"])
    assert made["commit"] is None or re.fullmatch(r"[0-9a-f]{12,}(-dirty)?", made["commit"])
    assert made["processor"]
    told = made | {"processor": "a Zuse Z3", "date": "1941-05-12", "commit": "0123456789ab", "seconds": 0.5}
    told["versions"] = {"python": "3.13.0", "numpy": "2.1.3", "torch": None, "rectified": "2026.11"}
    assert _run(origin=told).provenance() == (
        "3 seeds, 0.5 s on a Zuse Z3 (cpu) on 1941-05-12, with Python 3.13.0, NumPy 2.1.3 "
        "and rectified 2026.11, at commit 0123456789ab."
    )
    assert "not recorded" in _run(origin={}).provenance()


def test_a_commit_is_only_ever_the_projects_own(tmp_path, monkeypatch):
    """Installed inside somebody else's repository, the package must not take that one's commit."""
    runs._commit.cache_clear()
    monkeypatch.setattr(runs, "__file__", str(tmp_path / "code" / "rectified" / "runs.py"))
    try:
        assert runs._commit() is None
        (tmp_path / ".git").mkdir()  # no commit yet, or no repository at all
        assert runs._commit() is None
    finally:
        runs._commit.cache_clear()


def test_no_torch_is_needed():
    code = "import sys; from rectified import runs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- Verdicts ----------------------------------------------------------------------------------------------


def _ends(**shifts):
    """Return ends of ten seeds: a common part, and for each kind noise and a shift of its own."""
    rng = np.random.default_rng(0)
    common = rng.normal(10, 3, 10)
    return {name: common + rng.normal(shift, 0.1, 10) for name, shift in {"reference": 0, **shifts}.items()}


def test_a_gap_is_that_of_a_paired_t_test():
    ends = _ends(other=0.2)
    gap = runs.against(ends, "reference")["other"]
    oracle = ttest_rel(ends["other"], ends["reference"])
    assert (gap.low, gap.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert gap.mean == pytest.approx((gap.low + gap.high) / 2)
    assert (gap.verdict == "worse") == (oracle.pvalue < 0.05)


def test_seeds_in_common_let_small_gaps_be_seen_and_the_order_stays():
    found = runs.against(_ends(much=-1.0, like=0.0, more=1.0), "reference")
    assert {name: gap.verdict for name, gap in found.items()} == {
        "much": "better",
        "like": "tie",
        "more": "worse",
    }
    assert list(found) == ["much", "like", "more"]


def test_holm_asks_more_of_each_where_there_are_many():
    """A gap that is clear as the one planned comparison is a tie among twenty."""
    ends = _ends(**{f"like {k}": 0.0 for k in range(19)})
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.1, 10)
    ends["near"] = ends["reference"] + noise - noise.mean() + 2.7 * noise.std(ddof=1) / np.sqrt(10)
    alone = runs.against({name: ends[name] for name in ("reference", "near")}, "reference")["near"]
    among = runs.against(ends, "reference")["near"]
    chance = ttest_rel(ends["near"], ends["reference"]).pvalue
    assert 0.05 / 20 < chance < 0.05
    assert (alone.verdict, among.verdict) == ("worse", "tie")
    assert (alone.low, alone.high) == (among.low, among.high)


def test_the_first_unclear_gap_ends_it():
    """Of two gaps, one with chance 0.03 and one with 0.04, neither is clear: 0.03 is more than half of 0.05."""
    steps = np.array([-1.0, 1, -1, 1, -1, 1, -1, 1, -1, 1])
    base = np.zeros(10)
    ends = {"reference": base, "one": steps + 0.86, "two": steps + 0.81}
    alone = [
        runs.against({"reference": base, name: ends[name]}, "reference")[name] for name in ("one", "two")
    ]
    assert [gap.verdict for gap in alone] == ["worse", "worse"]
    assert {gap.verdict for gap in runs.against(ends, "reference").values()} == {"tie"}


def test_the_same_ends_tie():
    ends = np.arange(5.0)
    gap = runs.against({"a": ends, "b": ends}, "a")["b"]
    assert (gap.verdict, gap.mean) == ("tie", 0)
    assert -1e-10 < gap.low <= gap.high < 1e-10


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ({"b": [1.0, 2]}, "reference is 'a'; expected one of b"),
        ({}, "reference is 'a'; expected one of none"),
        ({"a": [1.0, 2], "b": [1.0, 2, 3]}, "expected \\(seeds,\\) with as many each, two or more"),
        ({"a": [1.0], "b": [1.0]}, "two or more"),
        ({"a": [[1.0, 2]], "b": [[1.0, 2]]}, "expected \\(seeds,\\)"),
        ({"a": [1.0, 2], "b": [1.0, np.nan]}, "ends of b are not all finite"),
    ],
)
def test_ends_that_cannot_be_compared_are_refused(ends, says):
    with pytest.raises(ValueError, match=says):
        runs.against(ends, "a")
