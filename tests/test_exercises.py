"""Every chapter has exercises with folded solutions, and checks are kind; test_colab.py runs them all."""

import ast
import traceback

import numpy as np
import pytest
from alone import last_value
from conftest import exercises

from press import chapters
from rectified.exercises import threshold as check
from rectified.threshold import wire


@pytest.mark.parametrize("chapter", chapters())
def test_a_chapter_has_three_to_five_exercises_with_solutions(chapter):
    found = exercises(chapter)
    assert 3 <= len(found) <= 5, f"{chapter} has {len(found)} exercises; expected three to five"
    for name, (starter, solution) in found.items():
        for source in (starter, solution):
            last = ast.parse(source).body[-1]
            assert isinstance(last, ast.Expr), (
                f"{chapter}, exercise {name}: the last line must call the check"
            )
            assert ast.unparse(last.value.func).startswith("check."), f"{chapter}, exercise {name}: no check"
        assert starter != solution, f"{chapter}, exercise {name}: the solution is the starter"


def test_a_traceback_says_which_cell_failed():
    with pytest.raises(ZeroDivisionError) as failed:
        last_value("fives = 5\nfives / 0", {}, "01-threshold, code cell 7")
    last = traceback.extract_tb(failed.tb)[-1]
    assert (last.filename, last.lineno) == ("01-threshold, code cell 7", 2)
    with pytest.raises(SyntaxError, match="01-threshold, code cell 7"):
        last_value("1 +", {}, "01-threshold, code cell 7")
    with pytest.raises(SyntaxError, match="01-threshold, code cell 7: the last line must call the check"):
        last_value("fives = 5", {}, "01-threshold, code cell 7")


@pytest.mark.parametrize(
    "answer", [None, 3, "N1", [], wire("A B", C="A B"), wire("N1 N2", N4="N1 N2"), wire("set reset", N="set")]
)
@pytest.mark.parametrize("name", ["exclusive", "brief", "odd"])
def test_a_check_never_crashes_on_a_wrong_answer(name, answer):
    verdict = getattr(check, name)(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


@pytest.mark.parametrize("answer", [None, 3, "35", ["a"], [2.5], [True], [3, 5]])
def test_a_prediction_is_checked_kindly(answer):
    assert not check.illusion(answer, [6]).passed
    assert not check.illusion([3, 5, 8], answer).passed


@pytest.mark.parametrize(
    ("heat", "cold", "says"),
    [
        ([], [], "write the ticks at which you expect heat and cold"),
        ([2, 4, 7], [6], "all your ticks for heat are one too early"),
        ([4, 6, 9], [6], "all your ticks for heat are one too late"),
        ([3, 3, 3], [6], "heat: 1 tick found of 3, and no ticks at which it is not felt"),
        ([3, 5, 8, 9], [6], "heat: 3 ticks found of 3, and 1 tick at which it is not felt"),
        ([0, 0, 0, 1, 0, 1, 0, 0, 1], [6], "heat looks like a train of pulses"),
        ([3, 5, 8], [], "cold: no ticks found of 1"),
    ],
)
def test_a_wrong_prediction_is_told_how_it_is_wrong(heat, cold, says):
    assert says in check.illusion(heat, cold).says


def test_a_prediction_may_be_an_array_and_repeat_itself():
    assert check.illusion(np.array([3.0, 5.0, 8.0]), [6, 6]).passed


def test_the_right_net_at_the_wrong_tick_is_told_so():
    late = wire("N1 N2", a="N1 N1 | N2", b="N2 N2 | N1", c="a a b b", N3="c c")
    assert "N3 says the right thing one tick too late" in check.exclusive(late).says


def test_other_repairs_of_the_flash_pass_too():
    repaired = wire("N1 N2", a="N2 N2", c="a a", b="a a | N2 c", N3="N1 N1 b b", N4="a N2")
    assert check.brief(repaired).passed
    assert not check.brief(wire("N1 N2", a="N2 N2", b="a a | N2", N3="N1 N1 b b | N4", N4="a N2")).passed


def test_a_wrong_net_is_shown_its_shortest_failure():
    verdict = check.exclusive(wire("N1 N2", a="N1 N1 N2 N2", N3="a a"))
    assert "should be silent but fires" in verdict.says
    assert "N1 = 100000, N2 = 100000 (the first digit is tick 0)" in verdict.says
