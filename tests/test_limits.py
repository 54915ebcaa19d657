"""The limits: masks, the order of a predicate with its proofs, the short cuts, and the checks of the chapter."""

import re
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from scipy.optimize import linprog

from rectified import explorers, limits
from rectified.exercises import limits as check
from rectified.limits import (
    balances,
    connected,
    decide,
    decides,
    folded,
    masks,
    on_grid,
    order,
    order_by_count,
    rectify,
    sees,
)
from rectified.perceptron import associate, margin, scatter, teach
from rectified.threshold import corners

XOR = np.array([0, 1, 1, 0])


def parity(n):
    return corners(n).sum(axis=1) % 2


# ------------------------------------------------------------------------------- masks


def test_masks_come_small_ones_first_and_all_once():
    assert masks(3, 2) == [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    assert len(set(masks(6, 6))) == 64


@pytest.mark.parametrize("n", [1, 3, 5])
def test_a_mask_is_one_where_all_of_its_points_are_lit(n):
    figures = corners(n)
    by_hand = [[int(all(figure[point] for point in mask)) for mask in masks(n, n)] for figure in figures]
    assert sees(masks(n, n), figures).tolist() == by_hand


def test_every_function_is_a_sum_of_all_masks():
    assert abs(round(np.linalg.det(sees(masks(4, 4), corners(4))))) == 1


# ------------------------------------------------------------------------------- the instrument


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 4), st.integers(0, 4), st.data())
def test_one_of_weights_and_witness_is_found_and_holds(points, most, data):
    predicate = np.array(data.draw(st.lists(st.integers(0, 1), min_size=2**points, max_size=2**points)))
    features = sees(masks(points, min(most, points)), corners(points))
    weights, multiples = decide(features, predicate)
    assert (weights is None) != (multiples is None)
    signed = np.where(predicate[:, None] > 0, features, -features).tolist()
    if multiples is None:
        sums = [sum(w * f for w, f in zip(weights.tolist(), row, strict=True)) for row in features.tolist()]
        assert [total > 0 for total in sums] == predicate.astype(bool).tolist()
    else:
        counted = [
            sum(m * row[k] for m, row in zip(multiples.tolist(), signed, strict=True))
            for k in range(len(signed[0]))
        ]
        assert not any(counted)
        assert min(multiples) >= 0
        assert multiples[predicate > 0].sum() > 0


@pytest.mark.parametrize("seed", range(30))
def test_it_agrees_with_the_margin_of_chapter_2(seed):
    rng = np.random.default_rng(seed)
    inputs, predicate = np.column_stack([np.ones(8), rng.integers(-4, 5, (8, 3))]), rng.integers(0, 2, 8)
    assert (decide(inputs, predicate)[0] is not None) == (margin(inputs, 2 * predicate - 1) > 0)


def test_no_yes_at_all_needs_no_weights_and_always_yes_needs_the_constant():
    assert decide(np.ones((4, 1)), np.zeros(4))[0].tolist() == [0]
    assert decide(np.ones((4, 1)), np.ones(4))[0].tolist() == [1]
    assert order(np.zeros(4, int), corners(2))[0] == order(np.ones(4, int), corners(2))[0] == 0


def test_large_tables_are_decided_too(monkeypatch):
    monkeypatch.setattr(limits, "SMALL", 0)
    for n in (2, 4, 6):
        weights, _ = decide(sees(masks(n, n), corners(n)), parity(n))
        assert decides(sees(masks(n, n), corners(n)), parity(n), weights)
    weights, _ = decide(np.array([[1, 0], [0, 1], [0, 0]]), np.array([1, 0, 0]))  # without a constant
    assert decides(np.array([[1, 0], [0, 1], [0, 0]]), np.array([1, 0, 0]), weights)


def test_a_witness_of_large_numbers_is_found_by_elimination(monkeypatch):
    features, predicate, _ = folded(connected, 3, 4, 2)
    monkeypatch.setattr(limits, "_made_whole", lambda values: iter(()))
    _, multiples = decide(features, predicate)
    assert multiples.max() > 10**6
    assert balances(features, predicate, multiples)
    monkeypatch.setattr(limits, "LARGEST", 1)
    _, multiples = decide(features, predicate)
    assert multiples.dtype == object
    assert balances(features, predicate, multiples)


def test_a_solver_that_fails_or_errs_is_not_believed(monkeypatch):
    features = sees(masks(2, 1), corners(2))
    nonsense = (0.0, np.zeros(3), np.array([1.0, 0, 0, 0]))
    monkeypatch.setattr(limits, "_lift", lambda *given: nonsense)
    with pytest.raises(
        ArithmeticError, match="neither whole weights nor a proof against them, for 4 figures"
    ):
        decide(features, XOR)
    monkeypatch.setattr(limits, "_lift", lambda *given: (1.0, np.array([0.0, 1, 1]), np.zeros(4)))
    monkeypatch.setattr(limits, "_lightest", lambda *given: np.array([0.0, 1, 1]))
    with pytest.raises(ArithmeticError, match="neither whole weights"):
        decide(features, XOR)
    monkeypatch.undo()
    monkeypatch.setattr(
        "scipy.optimize.linprog", lambda *given, **more: linprog([-1], bounds=[(0, None)], method="highs")
    )
    with pytest.raises(ArithmeticError, match="the solver gave no answer"):
        decide(features, XOR)


def test_a_proof_that_does_not_hold_is_seen():
    features = sees(masks(2, 1), corners(2))
    assert balances(features, XOR, [1, 1, 1, 1])
    for wrong in ([1, 1, 1, 2], [0, 0, 0, 0], [-1, -1, -1, -1], [1, 0, 0, 0]):
        assert not balances(features, XOR, wrong)
    assert decides(sees(masks(2, 2), corners(2)), XOR, [0, 1, 1, -2])
    assert not decides(sees(masks(2, 2), corners(2)), XOR, [0, 1, 1, -1])
    huge = np.array([10**25] * 4, dtype=object)
    assert balances(features, XOR, huge)
    assert not balances(features, XOR, huge + np.array([0, 0, 0, 1], dtype=object))


@pytest.mark.parametrize(
    ("features", "predicate", "message"),
    [
        (np.ones((3, 1)), [1, 0], r"predicate has shape \(2,\) and features \(3, 1\)"),
        (np.full((2, 1), 0.5), [1, 0], "features holds .0.5, 0.5. …; expected whole numbers"),
        (np.array([["a"]]), [1], "expected whole numbers"),
        (np.array([[np.nan]]), [1], "expected whole numbers"),
    ],
)
def test_bad_input_is_named(features, predicate, message):
    with pytest.raises(ValueError, match=message):
        decide(features, predicate)


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        ([-1, 1, 1, -1], "predicate holds -1 for figure 0; expected 0 or 1 for each"),
        ([0, 1, 1, 2], "predicate holds 2 for figure 3; expected 0 or 1 for each"),
        ([0, np.nan, 1, 0], "predicate holds nan for figure 1; expected 0 or 1 for each"),
        (["0", "1", "1", "0"], "predicate holds '0' for figure 0; expected 0 or 1 for each"),
        ([0, 1, 1], r"predicate has shape \(3,\) and features \(4, 3\)"),
    ],
)
def test_an_answer_that_is_not_0_or_1_is_refused_everywhere(predicate, message):
    features = sees(masks(2, 1), corners(2))
    for ask in (
        lambda: decide(features, predicate),
        lambda: decides(features, predicate, [0, 1, 1]),
        lambda: balances(features, predicate, [1, 1, 1, 1]),
    ):
        with pytest.raises(ValueError, match=message):
            ask()
    with pytest.raises(ValueError, match=message.split(" and features")[0]):
        order(predicate, corners(2))


@pytest.mark.parametrize("answers", [[False, True, True, False], [0.0, 1.0, 1.0, 0.0], XOR, XOR.astype(bool)])
def test_0_and_1_may_be_of_any_kind(answers):
    assert order(answers, corners(2))[0] == 2
    assert decides(sees(masks(2, 2), corners(2)), answers, [0, 1, 1, -2])


def test_weights_and_multiples_must_fit_the_table():
    features = sees(masks(2, 1), corners(2))
    with pytest.raises(ValueError, match=r"weights has shape \(2,\); expected \(3,\), one for each feature"):
        decides(features, XOR, [1, 1])
    with pytest.raises(ValueError, match=r"multiples has shape \(3,\); expected \(4,\), one for each figure"):
        balances(features, XOR, [1, 1, 1])


# ------------------------------------------------------------------------------- large numbers


@pytest.mark.parametrize("large", [2**62, 2**63 - 1, 2**63, 2**64, 10**30])
def test_sums_of_large_numbers_do_not_wrap_around(large):
    one = np.array([[1, 1, 1], [1, 1, 0]])
    assert decides(one, [1, 0], [1, -large, large])
    assert not decides(one, [1, 0], [large, large, -large])  # a sum of 2**63 or 2**64 would wrap around
    assert decides(one, [1, 1], [large, large, -large])
    features = np.array([[large], [large], [large], [-large]], dtype=object)
    assert balances(features, [1, 1, 0, 0], [1, 0, 1, 0])
    assert not balances(features, [1, 1, 0, 0], [1, 1, 0, 2])  # they add up to 4 · large
    assert balances(features, [1, 1, 0, 0], [large, 0, large, 0])
    assert not balances(features, [1, 1, 0, 0], [large, 0, large - 1, 0])


def test_a_float_that_an_integer_cannot_hold_is_taken_whole():
    assert decides(np.array([[1.0, 1.0]]), [1], np.array([-1.0, 2.0**70]))
    assert not decides(np.array([[1.0, 1.0]]), [1], np.array([1.0, -(2.0**70)]))


def test_features_too_large_to_decide_by_are_refused():
    with pytest.raises(
        ValueError, match=r"features holds 4611686018427387904; expected whole numbers below 2\*\*62"
    ):
        decide(np.array([[1, 2**62], [1, 0]], dtype=object), [1, 0])
    weights, _ = decide(np.array([[1, 2**40], [1, 0]]), [1, 0])
    assert decides(np.array([[1, 2**40], [1, 0]]), [1, 0], weights)


def test_what_is_no_integer_among_python_s_is_refused():
    with pytest.raises(ValueError, match=r"multiples holds \[0.5, 10.* expected whole numbers"):
        balances(np.ones((2, 1)), [1, 0], np.array([0.5, 10**25], dtype=object))


# ------------------------------------------------------------------------------- order


@pytest.mark.parametrize("n", range(1, 9))
def test_parity_has_the_order_of_the_retina(n):
    k, weights, multiples = order(parity(n), corners(n))
    assert k == n
    assert balances(sees(masks(n, n - 1), corners(n)), parity(n), multiples)
    assert (np.abs(weights[1:]) == [2 ** (len(mask) - 1) for mask in masks(n, n)[1:]]).all()


@pytest.mark.parametrize("n", range(1, 6))
def test_the_short_cut_agrees_with_the_long_way(n):
    lit = corners(n).sum(axis=1)
    for answers in product((0, 1), repeat=n + 1):
        assert order(np.array(answers)[lit], corners(n))[0] == order_by_count(answers)


@pytest.mark.parametrize("answers", [[], 1, [[0, 1]]])
def test_the_short_cut_needs_an_answer_for_each_count(answers):
    with pytest.raises(ValueError, match=re.escape(f"answers has shape {np.shape(answers)}; expected one")):
        order_by_count(answers)


def test_a_figure_with_two_answers_has_no_order():
    figures = np.array([[0, 1], [1, 1], [1, 0], [1, 1]])
    with pytest.raises(ValueError, match=r"says yes and no to \[1, 1\]; expected one answer a figure"):
        order([0, 1, 0, 0], figures)
    assert order([0, 1, 0, 1], figures)[0] == 1  # twice the same is no harm


@pytest.mark.parametrize(("columns", "count"), [(2, 60), (3, 12)])
def test_it_agrees_with_the_explorer(columns, count):
    rng, figures = np.random.default_rng(columns), corners(2 * columns)
    for _ in range(count):
        predicate = rng.integers(0, 2, len(figures))
        assert order(predicate, figures)[0] == explorers.Order(2, columns, predicate.tolist()).order()


def test_only_parity_and_its_opposite_have_full_order_on_three_points():
    full = [answers for answers in product((0, 1), repeat=8) if order(np.array(answers), corners(3))[0] == 3]
    assert sorted(full) == sorted([tuple(parity(3)), tuple(1 - parity(3))])


def test_a_random_unit_that_misses_a_point_says_nothing_about_parity():
    rng, n = np.random.default_rng(0), 6
    wires = np.hstack([scatter(1, plus, n - 1 - plus, rng, points=n) for plus in rng.integers(0, n, 500)])
    active = associate(wires, rng.integers(-3, 4, 500), corners(n))
    assert not ((2 * parity(n) - 1) @ active).any()
    assert decide(active, parity(n))[0] is None


def test_learning_parity_takes_at_least_as_many_mistakes_as_the_last_weight():
    for n in (2, 3, 4):
        weights, history = teach(
            np.zeros(2**n), sees(masks(n, n), corners(n)), 2 * parity(n) - 1, passes=10**4
        )
        assert history[-1] == 0
        assert sum(history) >= abs(weights[-1]) >= 2**n


# ------------------------------------------------------------------------------- grids


def test_connected_is_one_label_at_most():
    rng = np.random.default_rng(0)
    for _ in range(300):
        figure = rng.integers(0, 2, rng.integers(1, 6, 2))
        assert connected(figure) == (label(figure)[1] <= 1)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [(1, 2, 0), (1, 3, 1), (1, 4, 2), (1, 7, 2), (2, 2, 2), (2, 3, 2), (2, 4, 2), (2, 5, 3), (3, 3, 3)],
)
def test_the_order_of_connectedness_with_symmetry_and_without(rows, columns, expected):
    assert order(on_grid(connected, rows, columns), corners(rows * columns))[0] == expected
    for most in range(expected + 1):
        features, predicate, _ = folded(connected, rows, columns, most)
        assert (decide(features, predicate)[0] is not None) == (most == expected)


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (4, 4)])
def test_on_larger_grids_connectedness_still_has_order_three(rows, columns):
    for most in (2, 3):
        features, predicate, _ = folded(connected, rows, columns, most)
        weights, multiples = decide(features, predicate)
        assert (weights is None) == (most == 2)
        assert (multiples is None) == (most == 3)


def test_a_witness_holds_on_a_larger_grid():
    small = [[0b001, 0b011, 0b110], [0b011, 0b110, 0b100], [0b100, 0b110, 0b011], [0b110, 0b011, 0b001],
             [0b001, 0b110, 0b110], [0b011, 0b011, 0b100], [0b100, 0b011, 0b011], [0b110, 0b110, 0b001]]  # fmt: skip
    figures = np.zeros((8, 4, 5), int)
    for figure, lines in zip(figures, small, strict=True):
        figure[:3, :3] = [[line >> 2 & 1, line >> 1 & 1, line & 1] for line in lines]
    predicate = np.array([connected(figure) for figure in figures], dtype=int)
    assert predicate.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert balances(sees(masks(20, 2), figures.reshape(8, -1)), predicate, np.ones(8, int))


def test_folding_keeps_one_figure_of_each_kind():
    _, predicate, figures = folded(connected, 2, 3, 1)
    assert len(figures) == 24  # orbits of the four symmetries on 64 figures
    features, _, _ = folded(connected, 3, 3, 9)
    assert features.shape == (102, 102)
    assert predicate.sum() < on_grid(connected, 2, 3).sum()


@pytest.mark.parametrize(("rows", "columns"), [(1, 3), (2, 2), (3, 3), (3, 4)])
def test_a_rule_that_turning_or_mirroring_changes_is_not_folded(rows, columns):
    with pytest.raises(
        ValueError, match=r"rule says (yes|no) to \[.*\] and (yes|no) to \[.*turned or mirrored"
    ):
        folded(lambda figure: figure[0, 0], rows, columns, 1)


def test_a_rule_that_only_a_quarter_turn_changes_may_be_folded_where_there_is_none():
    def lying(figure):
        return figure.sum(axis=1).max() > 1  # two in a row, not in a column

    folded(lying, 2, 3, 1)
    with pytest.raises(ValueError, match="turned or mirrored"):
        folded(lying, 3, 3, 1)


# ------------------------------------------------------------------------------- hidden units


def test_rectify_is_zero_below_zero():
    assert rectify(np.array([-3, 0, 2.5])).tolist() == [0, 0, 2.5]


def _separable(points, signs):
    rows = -np.column_stack([points, np.ones(len(points))]) * np.asarray(signs)[:, None]
    found = linprog(np.zeros(4), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=(None, None))
    assert found.status in (0, 2), found.message  # solved, or proved to have no solution
    return found.status == 0


def test_two_rectifiers_never_do_parity_of_three():
    """Try every way in which two rectifiers can be active on the eight figures, with outputs of either sign."""
    cube, odd = corners(3), parity(3) == 1
    wanted, inputs = np.where(odd, 1, -1), np.column_stack([corners(3), np.ones(8)])
    active = [
        np.array(bits) for bits in product((False, True), repeat=8) if _separable(cube, np.where(bits, 1, -1))
    ]
    assert len(active) == 104
    flips = [[cube.tolist().index(list(p[list(move)])) for p in cube] for move in permutations(range(3))]
    kinds = {min(tuple(each[flip]) for flip in flips): each for each in active}.values()
    possible = {
        subset: not any(subset) or _separable(cube[list(subset)], wanted[list(subset)])
        for subset in product((False, True), repeat=8)
    }
    tried = 0
    for first, second in product(kinds, active):
        groups = [first & ~second, ~first & second, first & second]
        idle = ~first & ~second
        if len(set(odd[idle])) > 1 or not all(possible[tuple(group)] for group in groups):
            continue  # on each group the sum is one plane, which must separate it
        for a, b in product((-1, 1), repeat=2):
            tried += 1
            rows = []
            for i in range(8):
                rows.append(np.r_[(-1) ** first[i] * inputs[i], np.zeros(5), 0])
                rows.append(np.r_[np.zeros(4), (-1) ** second[i] * inputs[i], 0, 0])
                total = np.r_[a * first[i] * inputs[i], b * second[i] * inputs[i], 1]
                rows.append(np.r_[-wanted[i] * total, 1])
            found = linprog(
                np.r_[np.zeros(9), -1.0], A_ub=np.array(rows), b_ub=np.zeros(24),
                bounds=[(-1, 1)] * 9 + [(None, 1)], method="highs",
            )  # fmt: skip
            assert found.status == 0
            assert found.x[-1] < 1e-7  # the worst sum cannot be lifted above 0
    assert tried > 0


def test_no_question_with_three_yes_figures_on_four_points_has_order_three():
    features = sees(masks(4, 2), corners(4))
    for many in (1, 2, 3):
        for chosen in combinations(range(16), many):
            predicate = np.isin(np.arange(16), chosen).astype(int)
            assert decide(features, predicate)[0] is not None


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize(
    "answer",
    [None, 3, [1, 2, 4], {}, {"at least four": 1}, dict.fromkeys(check.SIX, "x"), dict.fromkeys(check.SIX, 1),
     dict.fromkeys(check.SIX, True), dict.fromkeys(check.SIX, 1.0)],
)  # fmt: skip
def test_a_prediction_is_checked_kindly(answer):
    verdict = check.predict(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_the_orders_of_the_prediction_are_those_of_the_long_way():
    lit = corners(6).sum(axis=1)
    true = {name: order(np.array(answers)[lit], corners(6))[0] for name, answers in check.SIX.items()}
    assert check.predict(true).passed


@pytest.mark.parametrize(
    "yes",
    [None, "0110", 4, [], ["011"], [3], ["2000"], ["1000", "0100"], ["1000", "0100", "0010", "1110", "0001"]],
)
def test_a_question_that_does_not_fit_is_told_so(yes):
    verdict = check.few(yes)
    assert not verdict.passed
    assert len(verdict.says) > 15


def test_a_question_of_order_three_with_five_yes_figures_is_one_too_many():
    even = ["0000", "0011", "0101", "0110"]
    assert check.few(even).passed
    for other in ("".join(map(str, figure)) for figure in corners(4)):
        if other not in even:
            assert not check.few([*even, other]).passed


@pytest.mark.parametrize("units", [1, 3, 17])
@pytest.mark.parametrize("bias", [None, 0, [0, -1, -2], [np.inf] * 3, "x"])
def test_rectifiers_that_do_not_do_it_are_told_so(units, bias):
    verdict = check.zigzag(np.ones((3, units)), bias, [1, -2, 1][:units], 0)
    assert not verdict.passed
    assert len(verdict.says) > 15


def test_rectifiers_that_do_it_pass_unless_there_are_too_many():
    assert check.zigzag(np.ones((3, 3)), [0, -1, -2], [1, -2, 2], 0).passed
    more = check.zigzag(np.ones((3, 4)), [0, -1, -2, -3], [1, -2, 2, 5], 0)
    assert not more.passed
    assert "3 are enough" in more.says
    assert not check.zigzag([[1, 1]], [0, -1], [1, -2], 0).passed
    assert not check.zigzag([["a"]], [0], [1], 0).passed
    assert not check.zigzag(np.ones((3, 1)), [0], [1], None).passed


@pytest.mark.parametrize("yes", [None, [], {}, {"011": 1}, {"01110": -1}, {"01110": 1.5}, {"01010": 1},
                                 {"01110": 1}, {5: 1}, {"11100": 1, "00111": 1}])  # fmt: skip
@pytest.mark.parametrize("no", [None, {}, {"01110": 1}, {"01010": 1}, {"x": 1}, {"10001": 10**9}])
def test_a_proof_that_does_not_balance_is_told_where(yes, no):
    verdict = check.witness(yes, no)
    assert not verdict.passed
    assert len(verdict.says) > 15


def test_a_proof_that_balances_passes():
    assert check.witness({"11100": 1, "00111": 1}, {"10110": 1, "01101": 1}).passed
    assert check.witness({"11100": 3, "00111": 3}, {"10110": 3, "01101": 3}).passed
