"""Folds on a line and in the plane against slow counts; angles and sizes against chance; the chapter's checks."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from rectified import data, eras, initialisation, kink, training
from rectified.activations import identity, relu
from rectified.backprop import forward
from rectified.exercises import kink as check
from rectified.explorers.fold import Fold
from rectified.kink import (
    along,
    angles,
    as_list,
    bends,
    cells,
    centred,
    corner,
    cosines,
    curvatures,
    cut,
    dead,
    folded,
    gates,
    hinges,
    mirrored,
    net,
    pairs,
    parts_of_space,
    promised,
    sawtooth,
    square,
)  # fmt: skip

SIZES = [(1, 7, 1), (1, 5, 5, 1), (1, 4, 4, 4, 4, 1), (1, 9, 3, 2)]
PLANES = [(2, 6, 1), (2, 4, 4, 1), (2, 3, 3, 3, 2)]


def says(weights, x):
    return forward(weights, (len(weights) - 1) * [relu] + [identity], x)[1][-1]


def on(weights, x):
    """Return which hidden units are on, (cases, units of all layers)."""
    sums, _ = forward(weights[:-1], (len(weights) - 1) * [relu], x)
    return np.hstack([z > 0 for z in sums])


def drawn(seed, sizes):
    return net(np.random.default_rng(seed), sizes, initialisation.he)


def area(polygon):
    x, y = polygon.T
    return 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))


# ------------------------------------------------------------------------------- the corner and scale


@pytest.mark.parametrize("slope", [0, 0.25, 0.5, 1])
def test_the_corner_has_the_slope_that_was_asked_for_and_is_relu_elsewhere(slope):
    z = torch.tensor([-3.0, -1e-30, 0.0, 1e-30, 2.0], dtype=torch.float64, requires_grad=True)
    a = corner(z, slope)
    assert torch.equal(a, torch.relu(z))
    assert torch.autograd.grad(a.sum(), z)[0].tolist() == [0, 0, slope, 1, 1]
    assert corner(torch.ones(2)).dtype == torch.float32


def test_without_biases_a_net_lets_scale_pass():
    weights = [np.vstack([w[:-1], 0 * w[-1:]]) for w in drawn(0, (3, 8, 8, 2))]
    x = np.random.default_rng(1).normal(size=(20, 3))
    assert np.array_equal(says(weights, 4 * x), 4 * says(weights, x))
    lengths = np.linalg.norm([c.mean(axis=0) for c in cells(weights_2d(), square(1))], axis=1)
    assert len(cells(weights_2d(), square(1))) == len(cells(weights_2d(), square(100)))
    assert (lengths > 0).all()


def weights_2d():
    return [np.vstack([w[:-1], 0 * w[-1:]]) for w in drawn(0, (2, 5, 5, 1))]


# ------------------------------------------------------------------------------- on a line


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("seed", range(8))
def test_bends_are_where_a_fine_search_finds_units_go_on_or_off(sizes, seed):
    weights = drawn(seed, sizes)
    found = bends(weights, -4, 4)
    assert (np.diff(found) >= 0).all()
    ends = np.concatenate([[-4], found, [4]])
    inside = (ends[:-1] + ends[1:]) / 2
    wide = np.diff(ends) > 1e-9
    patterns = on(weights, inside[:, None])[wide]
    assert (patterns[1:] != patterns[:-1]).any(axis=1).all()  # each differs from the next
    grid = np.linspace(-4, 4, 20_001)
    changes = grid[:-1][(on(weights, grid[1:, None]) != on(weights, grid[:-1, None])).any(axis=1)]
    near = np.abs(changes[:, None] - found[None]).min(axis=1) if len(found) else np.zeros(0)
    assert len(changes) <= len(found)
    assert (near <= 8 / 20_000 + 1e-9).all()
    for left, right in pairwise(ends):  # straight in between
        y = says(weights, np.linspace(left, right, 3)[:, None])
        assert y[1] == pytest.approx((y[0] + y[2]) / 2, abs=1e-9)


@pytest.mark.parametrize("units", [1, 3, 20])
def test_one_layer_bends_once_a_unit(units):
    for seed in range(10):
        assert len(bends(drawn(seed, (1, units, 1)), -1e6, 1e6)) == units


def test_hinges_pass_through_every_point_and_are_straight_between():
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.normal(size=9)), rng.normal(size=9)
    weights = hinges(x, y)
    assert says(weights, x[:, None])[:, 0] == pytest.approx(y)
    middle = (x[:-1] + x[1:]) / 2
    assert says(weights, middle[:, None])[:, 0] == pytest.approx((y[:-1] + y[1:]) / 2)


@pytest.mark.parametrize("depth", range(1, 11))
def test_the_sawtooth_is_the_tent_again_and_again(depth):
    x = np.linspace(0, 1, 257)
    wanted = x
    for _ in range(depth):
        wanted = 1 - np.abs(2 * wanted - 1)
    assert np.array_equal(says(sawtooth(depth), x[:, None])[:, 0], wanted)
    assert np.array_equal(bends(sawtooth(depth), 0, 1), np.arange(1, 2**depth) / 2**depth)


@pytest.mark.parametrize("depth", range(1, 8))
def test_the_bound_of_2014_is_reached_on_a_line(depth):
    weights = sawtooth(depth)
    weights[-2] = np.vstack([weights[-2][:-1], [[-1 / 3, -2 / 3]]])  # both hinges inside each tooth
    assert 1 + len(bends(weights, 0, 1)) == promised((1, *depth * [2])) == 3 * 2 ** (depth - 1)


def test_no_net_has_more_pieces_than_layers_can_make():
    most = 0
    for seed in range(200):
        shaken = [w * (1 + 0.3 * np.random.default_rng(seed).normal(size=w.shape)) for w in sawtooth(4)]
        pieces = 1 + len(bends(shaken, -1e6, 1e6))
        assert pieces <= 3**4
        most = max(most, pieces)
    assert most > 2 * 4 + 1


# ------------------------------------------------------------------------------- in the plane


def test_a_square_is_cut_in_two_and_a_line_beside_it_cuts_nothing():
    with_sums = np.column_stack([square(1), square(1)[:, 0] - 0.5, square(1)[:, 0] - 5])
    halves = cut(with_sums, 2)
    assert sorted(area(each[:, :2]) for each in halves) == pytest.approx([1, 3])
    assert all(each[:, 2] == pytest.approx(each[:, 0] - 0.5) for each in halves)
    (whole,) = cut(with_sums, 3)
    assert np.array_equal(whole, with_sums)


@pytest.mark.parametrize("sizes", PLANES)
@pytest.mark.parametrize("seed", range(6))
def test_cells_fill_the_window_and_each_has_its_own_units_on(sizes, seed):
    weights = drawn(seed, sizes)
    found = cells(weights, square(3))
    areas = np.array([area(each) for each in found])
    assert areas.sum() == pytest.approx(36)
    assert (areas > 0).all()
    big = [each for each, size in zip(found, areas, strict=True) if size > 1e-9]
    middles = np.array([each.mean(axis=0) for each in big])
    patterns = {tuple(row) for row in on(weights, middles)}
    assert len(patterns) == len(big)
    rng = np.random.default_rng(seed)
    seen = {tuple(row) for row in on(weights, rng.uniform(-3, 3, (50_000, 2)))}
    assert seen <= {tuple(row) for row in on(weights, np.array([each.mean(axis=0) for each in found]))}
    for each in big:  # flat within
        inner = each.mean(axis=0) + 0.5 * (each - each.mean(axis=0))
        sides = says(weights, inner).mean(axis=0)
        assert sides == pytest.approx(says(weights, each.mean(axis=0)[None])[0], abs=1e-9)


@pytest.mark.parametrize(("units", "wanted"), [(1, 2), (2, 4), (3, 7), (8, 37)])
def test_lines_cut_the_plane_as_zaslavsky_counts(units, wanted):
    assert parts_of_space(units, 2) == wanted
    for seed in range(3):
        assert len(cells(drawn(seed, (2, units, 1)), square(1e6))) == wanted


def test_parts_of_other_spaces():
    assert [parts_of_space(5, d) for d in (1, 2, 3, 5)] == [6, 16, 26, 32]
    assert promised((2, 4, 4, 4, 4)) == 2**2 * 2**2 * 2**2 * 11
    with pytest.raises(ValueError, match="at least 3 units"):
        promised((3, 2, 4))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_square_folds_into_equal_squares(depth):
    found = cells(folded(depth), square(0.5) + 0.5)
    assert len(found) == 4**depth
    assert [area(each) for each in found] == pytest.approx([4.0**-depth] * 4**depth)
    x = np.random.default_rng(0).random((9, 2))
    once = np.hstack([says(sawtooth(depth), x[:, [k]]) for k in (0, 1)])
    assert says(folded(depth), x) == pytest.approx(once)


# ------------------------------------------------------------------------------- sizes and angles


@pytest.mark.parametrize("cosine", [-0.9, 0.0, 0.5, 0.95])
def test_the_angle_after_a_layer_is_that_of_chance(cosine):
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 400_000))
    one, other = relu(u), relu(cosine * u + np.sqrt(1 - cosine**2) * v)
    met = (one @ other) / np.sqrt((one @ one) * (other @ other))
    assert angles(cosine, 2) == pytest.approx([cosine, met], abs=5e-3)


def test_angles_close_slowly_but_for_ever():
    found = angles(-0.5, 3000)
    assert (np.diff(found) > 0).all()
    assert 1e-6 < 1 - found[-1] < 1e-4
    assert len(angles(0.3, 1)) == 1


def test_mirrored_pairs_are_a_straight_line():
    rng = np.random.default_rng(0)
    turns = [rng.normal(size=(4, 4)) for _ in range(3)]
    x = z = rng.normal(size=(7, 4))
    a = np.hstack([x, -x])
    for turn in turns:
        a, z = relu(a) @ mirrored(turn), z @ turn
    assert a == pytest.approx(np.hstack([z, -z]))


def test_nets_of_pairs_begin_as_a_straight_line_and_then_bend():
    sizes, digits = (64, *5 * [12], 10), data.load("digits")
    start = pairs(sizes, range(2), initialisation.orthogonal)
    layers = training.Layers(sizes, "relu", weights="he")
    examples = digits.x[:200], digits.y[:200]
    with eras.timeless():
        begun = training.train(layers, examples, seeds=range(2), steps=0, start=start, dtype="float64")
        learned = training.train(layers, examples, seeds=range(2), steps=50, start=start, dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 5, 64))
    for trained, straight in ((begun, True), (learned, False)):
        apart = trained(x[0]) + trained(x[1]) - trained(x[0] + x[1]) - trained(0 * x[0])
        assert (np.abs(apart).max() < 1e-9) == straight
    assert not np.array_equal(start["weights 2"][0], start["weights 2"][1])
    with pytest.raises(ValueError, match="one size, which is even"):
        pairs((64, 12, 10, 10), range(1), initialisation.orthogonal)


def test_a_net_along_a_line_says_what_the_net_says_there():
    weights = drawn(3, (5, 6, 6, 2))
    start, end = np.random.default_rng(0).normal(size=(2, 5))
    t = np.linspace(-2, 2, 9)[:, None]
    assert says(along(weights, start, end), t) == pytest.approx(says(weights, start + t * (end - start)))


def test_trained_weights_as_a_list_are_the_same_net():
    digits = data.load("digits")
    with eras.timeless():
        trained = training.train(
            training.Layers((64, 8, 8, 10), "relu"), (digits.x, digits.y), seeds=range(3), steps=5
        )
    for k in range(3):
        assert says(as_list(trained.parameters, k), digits.x[:9]) == pytest.approx(
            trained(digits.x[:9])[k], abs=1e-4
        )


def test_cosines_are_those_of_the_first_two_examples():
    layer = np.array([[[1.0, 0], [1, 1], [9, 9]], [[1, 0], [-2, 0], [9, 9]]])
    assert cosines([layer, 3 * layer]) == pytest.approx(np.array([[0.5**0.5] * 2, [-1, -1]]))


# ------------------------------------------------------------------------------- gates and means


def test_gates_are_those_of_the_trained_network():
    digits = data.load("digits")
    x, y = digits.x[:200], digits.y[:200]
    network = training.Layers((64, 12, 8, 10), "relu", weights="lecun", bias=-0.2)
    trained = training.train(network, (x, y), seeds=range(3), steps=5, layers=True, probe=200, record=[5])
    on = gates(trained.parameters, x)
    assert [each.shape for each in on] == [(3, 200, 12), (3, 200, 8)]
    zeros = np.stack([1 - each.mean(axis=(1, 2)) for each in on], axis=1)
    assert zeros == pytest.approx(trained.run.final("zeros"), abs=1e-3)
    shut = np.stack([dead(each).mean(axis=1) for each in on], axis=1)
    assert shut == pytest.approx(trained.run.final("silent"), abs=1e-6)


def test_a_dead_unit_is_off_on_every_example():
    on = np.array([[[True, False, False], [False, False, True]]])
    assert dead(on).tolist() == [[False, True, False]]


def test_a_dead_unit_of_the_first_layer_stays_dead():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(60, 4)).astype(np.float32), np.arange(60) % 3
    network = training.Layers((4, 30, 3), "relu", weights="glorot", bias=-0.5)
    first = training.train(network, (x, y), seeds=range(3), steps=0, batch=10)
    then = training.train(network, (x, y), seeds=range(3), steps=50, start=first.parameters, batch=10)
    before, after = (dead(gates(each.parameters, x)[0]) for each in (first, then))
    assert 0 < before.mean() < 1
    assert after[before].all()


def test_the_steepest_curvature_is_the_limit_of_the_rate():
    rng = np.random.default_rng(1)
    x = rng.normal(1, 1, (50, 3))
    with_bias = np.column_stack([x, np.ones(50)])
    steepest = curvatures(x)[-1]
    for rate, falls in ((1.99 / steepest, True), (2.01 / steepest, False)):
        w = rng.normal(size=4)
        losses = []
        for _ in range(3000):
            losses.append(with_bias @ w @ (with_bias @ w))
            w = w - rate * with_bias.T @ (with_bias @ w) / 50
        assert (losses[-1] < losses[0]) == falls


def test_a_mean_makes_one_direction_steep():
    x = np.random.default_rng(0).normal(size=(500, 10))
    assert curvatures(x)[-1] < 2
    assert curvatures(x + 1)[-1] == pytest.approx(12, rel=0.2)  # 10 + 1 + 1


def test_centred_units_have_mean_0_over_the_examples():
    z = torch.tensor([[[1.0, -2.0], [3.0, 4.0]]], requires_grad=True)
    assert torch.equal(centred(z), torch.tensor([[[-1.0, -2.0], [1.0, 2.0]]]))
    assert centred(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]


# ------------------------------------------------------------------------------- exercises


@pytest.mark.parametrize("answer", [None, "x", 3, [], [1, 2], [[1, 2, 3]], [np.nan] * 3, [1e308] * 3, True])
def test_a_check_never_crashes_on_a_wrong_answer(answer):
    for verdict in (
        check.larger(answer, answer),
        check.larger(np.eye(2, 3), answer),
        check.three(answer),
        check.keep(answer),
        check.space(answer),
    ):
        assert not verdict.passed
        assert len(verdict.says) > 20


def test_other_ways_to_the_larger_of_two():
    assert check.larger([[1, 1, -1], [-1, 0, 0]], [1, 1, -1]).passed is False
    assert check.larger([[-1, 1, -1], [1, 0, 0]], [1, 1, -1]).passed
    assert "of 3 and 3 it gives 6, not 3" in check.larger(np.eye(2, 3), [1, 1, 0]).says


def test_a_fold_in_three_makes_81():
    assert "81 pieces" in check.three([3, -6, 6]).says
    assert "at 1/3 it stands at 0.667" in check.three([2, -4, 0]).says


def test_answers_say_what_is_still_wrong():
    assert "1.118" in check.keep(2.0).says
    assert check.keep(1.6).passed
    assert "lines in the plane" in check.space(16).says
    assert check.space(26).passed


def test_random_nets_have_about_as_many_pieces_as_units():
    for sizes in ((1, 48, 1), (1, 24, 24, 1), (1, *6 * [8], 1)):
        found = [1 + len(bends(drawn(seed, sizes), -1e6, 1e6)) for seed in range(20)]
        assert 35 < np.median(found) < 65, sizes


def test_the_module_draws_biases_as_wide_as_asked():
    wide = net(np.random.default_rng(0), (3, 500, 2), initialisation.he, bias=0.1)
    assert wide[0][-1].std() == pytest.approx(0.1, rel=0.1)
    assert [w.shape for w in wide] == [(4, 500), (501, 2)]
    assert kink.YEAR == 2011


def _of(first, second):
    """Return the rows of a `Fold` plane as weights."""
    x, y, u, v = np.array(first).T
    layers = [np.array([u, v, -(u * x + v * y)])]
    if len(second):
        layers.append(np.vstack([np.array(second).T[1:], np.array(second).T[:1]]))
    return [*layers, np.ones((layers[-1].shape[1] + 1, 1))]


@pytest.mark.parametrize("meet", ["anywhere", "in a point", "on a grid"])
def test_cells_are_as_many_as_whole_numbers_count(meet):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        units, above = rng.integers(1, 5), rng.integers(0, 4)
        places, slopes = rng.integers(-40, 41, (units, 2)), rng.integers(-30, 31, (units, 2))
        second = rng.integers(-30, 31, (above, 1 + units))
        if meet == "in a point":  # and where all units heard are off, the sums above are 0
            places[:], second[:, 0] = places[0], 0
        if meet == "on a grid":  # with weights of 0 among them
            places, slopes, second = places // 10 * 10, slopes // 10 * 10, second // 10 * 10
        first, second = np.hstack([places, slopes]) / 10, second / 10
        found = cells(_of(first, second), square(4))
        assert len(found) == Fold("plane", plane=(first.tolist(), second.tolist())).counts()["regions"], seed
        assert sum(area(each) for each in found) == pytest.approx(64)


def test_a_unit_whose_sum_is_0_all_over_cuts_nothing():
    (whole,) = cells([np.zeros((3, 2)), np.ones((3, 1))], square(1))
    assert np.array_equal(whole, square(1))


NET = [np.ones((2, 3)), np.ones((4, 1))]
PLANE = [np.ones((3, 3)), np.ones((4, 1))]
REFUSED = [
    (lambda: bends(PLANE, 0, 1), "weights has 2 inputs in its first layer; expected 1"),
    (lambda: bends(NET, -np.inf, 1), "left is -inf and right 1; expected finite places"),
    (lambda: bends(NET, 1, 0), "left is 1 and right 0"),
    (lambda: bends([NET[0] * np.nan, NET[1]], 0, 1), "weights of layer 1 are not all finite"),
    (lambda: cells(NET, square(1)), "weights has 1 inputs in its first layer; expected 2"),
    (lambda: cells(PLANE, square(np.inf)), "expected three finite corners"),
    (lambda: cells([PLANE[0], PLANE[1] * np.inf], square(1)), "weights of layer 2 are not all finite"),
    (lambda: hinges(np.array([0.0, 2, 1]), np.zeros(3)), "and x rising"),
    (lambda: hinges(np.arange(3.0), np.zeros(2)), r"y has shape \(2,\)"),
    (lambda: sawtooth(0), "depth is 0; expected a whole number, 1 or more"),
    (lambda: folded(-1), "depth is -1"),
    (lambda: angles(0.5, 0), "depth is 0"),
    (lambda: dead(np.ones((3, 2), bool)), r"on has shape \(3, 2\)"),
    (lambda: promised((2,)), r"sizes is \(2,\)"),
    (lambda: parts_of_space(3, -1), "inputs is -1; expected 0 or more"),
    (lambda: pairs((4, 3), [0], initialisation.orthogonal), r"sizes is \(4, 3\)"),
]


@pytest.mark.parametrize(("do", "says"), REFUSED)
def test_what_does_not_fit_is_refused(do, says):
    with pytest.raises(ValueError, match=says):
        do()


def test_the_corner_takes_what_is_not_finite_as_relu_does():
    z = torch.tensor([-torch.inf, torch.inf], requires_grad=True)
    assert torch.equal(corner(z, 0.5), torch.relu(z))
    assert torch.autograd.grad(corner(z, 0.5).sum(), z)[0].tolist() == [0, 1]
