"""The perceptron: random wires, the rules of 1958 and 1960, the bound, the margin, and the checks of the chapter."""

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.linear_model import Perceptron

from rectified import perceptron
from rectified.exercises import perceptron as check
from rectified.perceptron import (
    adapt,
    associate,
    bars,
    cards,
    correct,
    everywhere,
    figure,
    margin,
    reinforce,
    scatter,
    teach,
    wrong,
)

XOR = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([-1, 1, 1, -1])


def planted(seed, dimension, examples=40):
    """Whole-numbered inputs on either side of a plane through zero."""
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-50, 51, (examples, dimension)).astype(float)
    return inputs, np.where(inputs @ rng.normal(size=dimension) > 0, 1, -1)


# ------------------------------------------------------------------------------- S-units to A-units


@given(st.integers(1, 20), st.integers(0, 6), st.integers(0, 6), st.integers(0, 99))
def test_every_a_unit_has_its_wires(units, excite, inhibit, seed):
    board = scatter(units, excite, inhibit, np.random.default_rng(seed), points=16)
    assert board.shape == (16, units)
    assert ((board == 1).sum(axis=0) == excite).all()
    assert ((board == -1).sum(axis=0) == inhibit).all()
    assert (np.abs(board) <= 1).all()


def test_every_point_is_as_likely_as_any_other():
    board = scatter(20_000, 2, 1, np.random.default_rng(0), points=10)
    assert np.abs((board == 1).mean(axis=1) - 0.2).max() < 0.02
    assert np.abs((board == -1).mean(axis=1) - 0.1).max() < 0.02


def test_a_threshold_is_reached_and_inhibition_subtracts():
    board = np.array([[1, 1], [1, 0], [0, -1]])
    pictures = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0]])
    assert associate(board, 1, pictures).tolist() == [[1, 1], [1, 1], [1, 0], [0, 0]]
    assert associate(board, [2, 0], pictures).tolist() == [[1, 1], [0, 1], [0, 1], [0, 1]]


# ------------------------------------------------------------------------------- rules


def test_or_by_hand():
    weights, mistakes = correct(np.zeros(3), XOR[0], [-1, 1, 1, 1])
    assert (weights.tolist(), mistakes) == ([1, 1, 1], 3)
    weights, history = teach(np.zeros(3), XOR[0], [-1, 1, 1, 1])
    assert (weights.tolist(), history) == ([2, 2, -1], [3, 1, 2, 2, 1, 0])


@pytest.mark.parametrize("seed", range(10))
def test_the_rule_agrees_with_scikit_learn(seed):
    inputs, wanted = planted(seed, 6)
    theirs = Perceptron(
        alpha=0, fit_intercept=False, shuffle=False, max_iter=7, tol=None, eta0=1, n_iter_no_change=1000
    ).fit(inputs, wanted)
    weights = np.zeros(6)
    for _ in range(7):
        weights, _ = correct(weights, inputs, wanted)
    assert np.array_equal(theirs.coef_[0], weights)


def test_teaching_ends_with_a_pass_without_mistakes_or_with_the_passes():
    inputs, wanted = planted(1, 5)
    weights, history = teach(np.zeros(5), inputs, wanted, passes=10_000)
    assert history[-1] == 0
    assert 0 not in history[:-1]
    assert not wrong(weights, inputs, wanted).any()
    assert len(teach(np.zeros(3), *XOR, passes=17)[1]) == 17


def test_weights_given_are_left_alone():
    weights = np.zeros(3)
    for rule in (correct, lambda *given: adapt(*given, rate=0.5), reinforce):
        rule(weights, XOR[0], XOR[1])
    assert weights.tolist() == [0, 0, 0]


def test_forcing_pulls_once_for_every_input():
    inputs = np.array([[1, 0, 1], [1, 1, 0]])
    assert reinforce(np.array([0, 0, 5]), inputs, np.array([1, -1])).tolist() == [0, -1, 6]


@given(st.integers(0, 10_000), st.floats(0.01, 1))
def test_a_share_of_the_error_is_taken_away(seed, rate):
    rng = np.random.default_rng(seed)
    weights, x, y = rng.normal(size=4), rng.normal(size=4), rng.choice([-1, 1])
    after = adapt(weights, x[None], [y], rate)
    assert y - x @ after == pytest.approx((1 - rate) * (y - x @ weights), abs=1e-9)


def test_small_steps_end_near_least_squares():
    rng = np.random.default_rng(2)
    inputs = np.column_stack([rng.choice([-1.0, 1.0], (60, 3)), np.ones(60)])  # of one length
    wanted = rng.choice([-1, 1], 60)
    weights = np.zeros(4)
    for _ in range(400):
        weights = adapt(weights, inputs, wanted, rate=0.01)
    best = np.linalg.lstsq(inputs, wanted.astype(float), rcond=None)[0]
    assert np.abs(weights - best).max() < 0.02


# ------------------------------------------------------------------------------- the bound and the margin


@pytest.mark.parametrize("dimension", [2, 5, 20])
@pytest.mark.parametrize("seed", range(10))
def test_mistakes_never_exceed_the_bound(seed, dimension):
    inputs, wanted = planted(seed, dimension)
    _, history = teach(np.zeros(dimension), inputs, wanted, passes=10**6)
    assert history[-1] == 0
    assert sum(history) <= (np.linalg.norm(inputs, axis=1).max() / margin(inputs, wanted)) ** 2


@pytest.mark.parametrize("n", [1, 3, 30])
def test_the_bound_is_met_by_inputs_at_right_angles(n):
    assert sum(teach(np.zeros(n), np.eye(n), np.ones(n))[1]) == n
    assert margin(np.eye(n), np.ones(n)) == pytest.approx(n**-0.5)


def test_the_margin_in_the_plane_is_the_one_found_by_looking_round():
    angles = np.linspace(0, 2 * np.pi, 200_001)
    around = np.stack([np.cos(angles), np.sin(angles)])
    for seed in range(20):
        inputs, wanted = planted(seed, 2, examples=8)
        seen = (wanted[:, None] * (inputs @ around)).min(axis=0).max()
        assert margin(inputs, wanted) == pytest.approx(seen, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("seed", range(40))
def test_there_is_a_margin_exactly_if_linear_programming_finds_a_plane(seed):
    rng = np.random.default_rng(seed)
    inputs, wanted = rng.integers(-4, 5, (7, 3)).astype(float), rng.choice([-1, 1], 7)
    found = linprog(np.zeros(3), A_ub=-wanted[:, None] * inputs, b_ub=-np.ones(7), bounds=[(None, None)] * 3)
    assert found.status in (0, 2)
    assert (margin(inputs, wanted) > 0) == (found.status == 0)


def test_the_margin_grows_with_the_inputs_and_contradictions_have_none():
    inputs, wanted = planted(3, 4)
    assert margin(7 * inputs, wanted) == pytest.approx(7 * margin(inputs, wanted))
    assert margin(np.array([[1.0, 2], [1, 2]]), np.array([1, -1])) == 0
    assert margin(*XOR) == 0


# ------------------------------------------------------------------------------- figures on the retina


def test_a_figure_is_drawn_row_by_row():
    assert figure("##. .#.").tolist() == [[1, 1, 0], [0, 1, 0]]
    assert perceptron.E.shape == perceptron.X.shape == (7, 7)
    assert (perceptron.X[::-1] == perceptron.X).all()


def test_a_figure_stands_at_every_place_once():
    pictures, places = everywhere(figure("## #."), size=4)
    assert pictures.shape == (9, 16)
    assert len({tuple(picture) for picture in pictures}) == 9
    assert (pictures.sum(axis=1) == 3).all()
    at = places.tolist().index([1, 2])
    assert np.argwhere(pictures[at].reshape(4, 4)).tolist() == [[1, 2], [1, 3], [2, 2]]


def test_cards_are_marked_in_one_half():
    pictures, sides = cards()
    halves = pictures.reshape(-1, 20, 2, 10).sum(axis=(1, 3))
    assert len(pictures) == 238
    assert (halves.max(axis=1) == 16).all()
    assert (halves.min(axis=1) == 0).all()
    assert (halves.argmax(axis=1) == (sides > 0)).all()


def test_rows_and_columns_are_beyond_a_layer_without_a_units():
    pictures, wanted = bars()
    assert np.array_equal(pictures[wanted > 0].sum(axis=0), pictures[wanted < 0].sum(axis=0))
    assert margin(pictures, wanted) == 0
    active = associate(scatter(64, 5, 5, np.random.default_rng(0)), 1, pictures)
    assert margin(active, wanted) > 0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: figure("## #"), "the drawing is '## #'; expected rows of # and . of one length"),
        (lambda: figure("#x"), "the drawing is '#x'"),
        (lambda: figure(""), "the drawing is ''"),
        (lambda: everywhere(np.ones((3, 21))), "the figure is 3 by 21; the retina has 20 points a side"),
        (lambda: correct(np.zeros(3), XOR[0], [1, 1]), "zip()"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build()


# ------------------------------------------------------------------------------- where it breaks


def test_the_exclusive_or_goes_round():
    weights, mistakes = correct(np.zeros(3), *XOR)
    assert (weights.tolist(), mistakes) == ([0, 0, 0], 4)


@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_end_exactly_if_a_plane_exists_and_else_recur(seed):
    rng = np.random.default_rng(seed)
    inputs, wanted = np.column_stack([rng.integers(-3, 4, (8, 2)), np.ones(8)]), rng.choice([-1, 1], 8)
    weights, met, mistakes = np.zeros(3), set(), 1
    while mistakes and tuple(weights) not in met:
        met.add(tuple(weights))
        weights, mistakes = correct(weights, inputs, wanted)
    assert (mistakes == 0) == (margin(inputs, wanted) > 0)


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize("answer", [None, "half", True, -3, 104, [50], float("nan"), 50])
def test_a_prediction_is_checked_kindly(answer):
    verdict = check.between(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_bars_between_taught_ones_are_all_wrong():
    assert check.between(100).passed
    assert "100 %" in check.between(95).says


@pytest.mark.parametrize("points", [None, 3, "ab", [], [[1, 2]], [[0.5, 0.5], [0.1]], [[1, 1], [2, 0]],
                                    [[np.nan, 1], [0, 1]], [[1, 1], [1, 1]], [[1, 1], [-1, -1]]])  # fmt: skip
@pytest.mark.parametrize("labels", [None, [1], [1, -1], [1, 2], "x"])
def test_points_that_do_not_fit_or_are_quick_are_not_yet_slow(points, labels):
    verdict = check.slow(points, labels)
    assert not verdict.passed
    assert len(verdict.says) > 20


@pytest.mark.parametrize("threshold", [None, 1, [1, 1], [1, 1, 1], "x", np.nan])
@pytest.mark.parametrize("board", [None, 3, [], [[1, 1]], [[1, 0], [0, 1]], [["a"], ["b"]], [[1], [np.inf]]])
def test_a_units_that_do_not_help_are_told_so(board, threshold):
    verdict = check.hidden(board, threshold)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_no_two_units_of_small_wires_and_equal_threshold_one_suffice():
    columns = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    for first, second in combinations(columns, 2):
        assert not check.hidden(np.transpose([first, second]), 1).passed


@pytest.mark.parametrize("weights", [None, "w", [1, 2], np.zeros(3)])
def test_an_empty_pocket_is_not_enough(weights):
    rng = np.random.default_rng(0)
    inputs, wanted = np.column_stack([rng.normal(size=(30, 2)), np.ones(30)]), rng.choice([-1, 1], 30)
    verdict = check.pocket(weights, inputs, wanted)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_an_input_of_zeros_leaves_no_margin():
    assert perceptron.margin(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([-1, 1])) == 0
