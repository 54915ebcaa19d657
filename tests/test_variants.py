"""The ideas of chapter 11 against torch, slow counts and closed forms; its networks; the chapter's checks."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import norm

from rectified import activations, data, eras, training
from rectified.exercises import variants as check
from rectified.kink import dead, gates
from rectified.variants import (
    ByLot,
    Learned,
    Uneven,
    alpha_drop,
    born_dead,
    both_halves,
    count_born,
    gate_by_lot,
    leak,
    leak_by_lot,
    learned,
    maxout,
    moments,
    moved,
    never_on,
    numbers_of,
    opposite,
    self_normalising,
    spline,
)


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2013)
        yield


# ------------------------------------------------------------------------------- born dead


@pytest.mark.parametrize("width", [1, 2, 4, 9])
def test_the_bounds_are_ordered_grow_with_depth_and_fall_with_width(width):
    pairs = np.array([born_dead(width, depth) for depth in range(1, 40)])
    assert (pairs[:, 0] <= pairs[:, 1] + 1e-15).all()
    assert (np.diff(pairs, axis=0) >= 0).all()
    assert pairs[0].tolist() == [0, 0]  # the first layer kills nothing
    assert all(
        wide <= narrow for wide, narrow in zip(born_dead(width + 1, 20), born_dead(width, 20), strict=True)
    )


@pytest.mark.parametrize("width", [2, 3, 4, 7])
def test_the_lower_bound_in_closed_form(width):
    q, later = 0.5**width, np.arange(30)
    one, two = 1 - q, (1 - q) ** 2 - width * q**2
    share = (1 - 2 * q) * (1 - q) / (1 + (width - 1) * q)
    closed = 1 - one**later + share * (two**later - one**later)
    assert np.allclose(closed, [born_dead(width, depth)[0] for depth in later + 1])


@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_count_lies_between_the_bounds_and_one_input_is_exact(width):
    rng, tries = np.random.default_rng(0), 4000
    error = 4 * np.sqrt(0.25 / tries)
    counted = count_born(rng, width, 12, np.array([[1.0], [-2.0]]), tries)
    least, most = np.array([born_dead(width, depth) for depth in range(1, 13)]).T
    assert (counted >= least - error).all()
    assert (counted <= most + error).all()
    one = count_born(rng, width, 12, np.array([[0.3, -2.0]]), tries)
    assert np.abs(one - (1 - (1 - 0.5**width) ** np.arange(1, 13))).max() < error
    assert (np.diff(counted) >= 0).all()  # what is dead stays dead


def test_who_died_and_who_rose():
    rng = np.random.default_rng(0)
    before, after = rng.random((2, 3, 4, 5)) < 0.5
    died, rose = moved(before, after)
    for layer in range(3):
        assert died[layer] == sum(b < a for b, a in zip(before[layer].flat, after[layer].flat, strict=True))
        assert rose[layer] == sum(b > a for b, a in zip(before[layer].flat, after[layer].flat, strict=True))


# ------------------------------------------------------------------------------- the curves


def test_the_leak_and_its_blame_are_torchs():
    z = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)
    slope = torch.tensor([0.25], dtype=torch.float64, requires_grad=True)
    ours = torch.autograd.grad(leak(z, slope).square().sum(), (z, slope))
    theirs = torch.autograd.grad(F.prelu(z, slope).square().sum(), (z, slope))
    assert all(torch.allclose(a, b) for a, b in zip(ours, theirs, strict=True))
    with torch.no_grad():
        for a in (0.3, 1.7):
            assert torch.allclose(leak(z, a), -a * leak(-z, 1 / a))  # turned round


def test_a_leak_by_lot_is_within_its_bounds_and_the_mean_after_learning():
    z = torch.linspace(-3, 3, 1001)
    drawn = leak_by_lot(z, 0.1, 0.4)
    ratio = (drawn / z)[z < 0]
    assert ratio.min() >= 0.1 - 1e-6
    assert ratio.max() <= 0.4 + 1e-6
    assert ratio.std() > 0.05
    assert torch.equal(drawn[z > 0], z[z > 0])
    assert torch.allclose(leak_by_lot(z, 0.1, 0.4, learning=False), leak(z, 0.25))


def test_maxout_takes_the_largest_of_neighbours_and_passes_blame_to_it_alone():
    z = torch.randn(3, 12, requires_grad=True)
    slow = torch.stack([z[:, 3 * k : 3 * k + 3].max(dim=1).values for k in range(4)], dim=1)
    assert torch.equal(maxout(z, 3), slow)
    (blame,) = torch.autograd.grad(maxout(z, 3).sum(), z)
    assert blame.sum() == 12
    assert set(blame.flatten().tolist()) == {0.0, 1.0}


def test_both_halves_keep_everything():
    z = torch.randn(5, 6)
    kept = both_halves(z)
    assert kept.shape == (5, 12)
    assert torch.equal(kept[:, :6] - kept[:, 6:], z)
    assert torch.equal(kept[:, :6] + kept[:, 6:], z.abs())


@pytest.mark.parametrize(
    ("mean", "spread"), [(0, 1), (1.5, 0.5), (-2, 3), (0.3, 1e-3), (100, 0.1), (-1000, 1)]
)
def test_moments_of_the_line_and_of_the_rectifier(mean, spread):
    assert np.allclose(moments(lambda z: z, mean, spread), (mean, spread**2), atol=1e-9, rtol=1e-9)
    ratio = mean / spread
    first = mean * norm.cdf(ratio) + spread * norm.pdf(ratio)
    second = (mean**2 + spread**2) * norm.cdf(ratio) + mean * spread * norm.pdf(ratio)
    found = moments(lambda z: np.maximum(0, z), mean, spread)
    assert np.allclose(found, (first, second - first**2), atol=1e-9)


def test_the_fixed_point_is_the_published_one():
    scale, alpha = self_normalising()
    assert abs(scale - activations.SELU_SCALE) < 1e-13
    assert abs(alpha - activations.SELU_ALPHA) < 1e-13


def test_the_floor_of_alpha_dropout_is_selus():
    gone = alpha_drop(torch.zeros(2000, dtype=torch.float64), 0.5).unique()
    low, high = activations.selu.range[0], 0.0
    scale = (0.5 * (1 + 0.5 * low**2)) ** -0.5
    assert gone.tolist() == pytest.approx([scale * 0.5 * low, scale * (high - 0.5 * low)])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_alpha_dropout_is_torchs_law(share):
    z = torch.randn(200_000)
    ours, theirs = alpha_drop(z, share), F.alpha_dropout(z, share, training=True)
    assert abs(ours.mean()) < 0.02
    assert abs(ours.var() - 1) < 0.03
    quantiles = torch.tensor([0.05, 0.2, 0.4, 0.7, 0.9])
    assert torch.allclose(ours[:100_000].quantile(quantiles), theirs[:100_000].quantile(quantiles), atol=0.03)


def test_the_mean_of_gates_by_lot_is_gelu():
    x, rng = np.linspace(-3, 3, 13), np.random.default_rng(0)
    drawn = np.array([gate_by_lot(rng, x) for _ in range(4000)])
    assert ((drawn == 0) | (drawn == x)).all()
    off = np.abs(drawn.mean(axis=0) - activations.gelu(x))
    assert (off < 4 * np.abs(x) * np.sqrt(0.25 / 4000) + 1e-12).all()


def test_a_spline_is_numpys_line_inside_and_straight_on_outside():
    heights = torch.randn(9, dtype=torch.float64)
    places = np.linspace(-2, 2, 9)
    inside = torch.linspace(-2, 2, 101, dtype=torch.float64)
    wanted = np.interp(inside.numpy(), places, heights.numpy())
    assert np.allclose(spline(inside, heights, 2.0).numpy(), wanted)
    slope = (heights[-1] - heights[-2]) / 0.5
    beyond = spline(torch.tensor([5.0], dtype=torch.float64), heights, 2.0)
    assert torch.allclose(beyond, heights[-1] + 3 * slope)


def test_the_blame_of_a_spline_by_small_steps():
    z = torch.tensor([[-4.1, -0.3, 0.7, 2.9]], dtype=torch.float64, requires_grad=True)
    heights = torch.randn(1, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, h: spline(a, h), (z, heights))


def test_a_spline_hands_on_what_is_no_number():
    found = spline(torch.tensor([torch.nan, 1.5]), torch.tensor([0.0, 0.0, 3.0]))
    assert found[0].isnan()
    assert found[1] == 1.5


# ------------------------------------------------------------------------------- networks


DIGITS = data.load("digits")


def test_learned_slopes_learn_and_decay_pulls_at_them_only_if_asked():
    ends = {}
    for decayed in (False, True):
        network = Learned((64, 8, 8, 10), leak, [0.25], weights="he", decayed=decayed)
        trained = training.train(
            network, (DIGITS.x, DIGITS.y), seeds=range(3), steps=30, rate=0.1, weight_decay=0.05
        )
        ends[decayed] = learned(trained)
        assert ends[decayed].shape == (3, 2, 1)
        assert (ends[decayed] != 0.25).all()
    assert np.median(ends[True]) < np.median(ends[False])


def test_a_spline_net_that_diverges_leaves_the_others_alone():
    network = Learned((64, 8, 8, 10), spline, np.maximum(0, np.linspace(-3, 3, 7)), weights="he")
    how = {"steps": 30, "batch": 32}
    both = training.train(network, (DIGITS.x, DIGITS.y), seeds=[0, 0], rate=[0.1, 1e6], **how)
    alone = training.train(network, (DIGITS.x, DIGITS.y), seeds=[0], rate=0.1, **how)
    assert both.run.diverged.tolist() == [False, True]
    assert np.allclose(both.run.final("train_loss")[0], alone.run.final("train_loss")[0], rtol=1e-4)
    assert never_on(both, DIGITS.x)[0][1].all()  # what a diverged net has, as the docstring says


def test_a_phi_with_bounds_of_its_own_has_a_name():
    assert ByLot((4, 3, 2), partial(leak_by_lot, low=0.1)).describe()["activation"] == "leak_by_lot"


def test_a_learned_leak_that_does_not_learn_is_the_leaky_net():
    how = {"seeds": range(2), "steps": 0}
    ours = training.train(Learned((64, 8, 10), leak, [0.1], weights="he"), (DIGITS.x, DIGITS.y), **how)
    theirs = training.train(
        training.Layers((64, 8, 10), activations.leaky.at(slope=0.1), weights="he"),
        (DIGITS.x, DIGITS.y),
        **how,
    )
    assert np.allclose(ours(DIGITS.x[:20]), theirs(DIGITS.x[:20]), atol=1e-6)


def test_lots_are_drawn_in_learning_only():
    trained = training.train(ByLot((64, 8, 10), weights="he"), (DIGITS.x, DIGITS.y), seeds=[0], steps=5)
    assert np.array_equal(trained(DIGITS.x[:5]), trained(DIGITS.x[:5]))
    values = {name: torch.tensor(value) for name, value in trained.parameters.items()}
    x = torch.tensor(DIGITS.x[:5])[None]
    assert not torch.equal(
        trained.network.forward(values, x, learning=True), trained.network.forward(values, x, learning=True)
    )


@pytest.mark.parametrize(
    ("phi", "ratio", "numbers"), [(maxout, 0.5, 65 * 12 + 7 * 10), (both_halves, 2, 65 * 12 + 25 * 10)]
)
def test_uneven_layers_have_the_weights_that_their_answers_need(phi, ratio, numbers):
    trained = training.train(
        Uneven((64, 12, 10), phi, ratio, weights="he"),
        (DIGITS.x, DIGITS.y),
        seeds=range(2),
        steps=60,
        rate=0.2,
    )
    assert numbers_of(trained) == numbers
    assert (trained.run.final("train_loss") < trained.run.curve("train_loss")[:, 0]).all()


def test_never_on_are_the_dead_of_a_rectified_net():
    network = training.Layers((64, 30, 30, 10), "relu", weights="he", bias=-0.5)
    trained = training.train(network, (DIGITS.x, DIGITS.y), seeds=range(2), steps=0)
    found = never_on(trained, DIGITS.x)
    for ours, on in zip(found, gates(trained.parameters, DIGITS.x), strict=True):
        assert np.array_equal(ours, dead(on))
    assert found[0].any()


def test_opposite_kernels_are_found():
    kernels = np.array([[1.0, 0, 0], [-2, 0, 0], [0, 1, 0]])
    assert opposite(kernels).tolist() == [-1, -1, 0]


def test_parts_younger_than_the_page_are_refused():
    def parts():
        yield lambda: Learned((4, 3, 2), leak, [0.25])
        yield lambda: ByLot((4, 3, 2))

    for part in parts():
        with eras.timeless():
            eras.page(2013)
            with pytest.raises(eras.Anachronism):
                part()
            Uneven((4, 4, 2), maxout, 0.5)
            eras.page(2015)
            part()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: born_dead(0, 3), "width is 0"),
        (lambda: born_dead(1.5, 3), "width is 1.5"),
        (lambda: moved([True], [False]), "before is list"),
        (lambda: maxout(torch.tensor(1.0)), "z has no axis"),
        (lambda: count_born(np.random.default_rng(0), 2, 2, np.ones(3)), "inputs has shape \\(3,\\)"),
        (lambda: count_born(np.random.default_rng(0), 2, 2, np.ones((1, 1)), 0), "tries is 0"),
        (lambda: moved(np.ones((2, 3), bool), np.ones((2, 4), bool)), "after \\(2, 4\\)"),
        (lambda: leak_by_lot(torch.ones(2), 0.5, 0.1), "low is 0.5 and high is 0.1"),
        (lambda: maxout(torch.ones(5)), "z has 5 sums and pieces is 2"),
        (lambda: moments(np.tanh, 0, 0), "spread is 0"),
        (lambda: spline(torch.ones(2), torch.ones(1)), "heights has 1 numbers"),
        (lambda: alpha_drop(torch.ones(2), 1.0), "share is 1.0"),
        (lambda: Learned((4, 3, 2), leak, [[0.25]]), "first has shape \\(1, 1\\)"),
        (lambda: Uneven((4, 5, 2), maxout, 0.5), "sizes is \\(4, 5, 2\\)"),
        (lambda: opposite(np.ones((1, 3))), "kernels has shape \\(1, 3\\)"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize("answer", [None, "13", [3], True, float("nan"), 10**30, -1, 2.5])
def test_a_check_never_crashes_on_a_wrong_answer(answer):
    verdicts = [
        check.wide(answer),
        check.valley(answer, [0, 0, 0]),
        check.valley([1, 0, -1], answer),
        check.shifted(answer, 1.0),
        check.shifted(0.4, answer),
        check.nearer(answer if answer != 2.5 else -2.5),
    ]
    for verdict in verdicts:
        assert not verdict.passed
        assert len(verdict.says) > 20


def test_a_near_miss_is_told_how():
    assert "up to" in check.wide(12).says
    assert "so is 13" in check.wide(14).says
    assert check.wide(13).passed
    assert "at x =" in check.valley([1, 0, -1], [-1, 0, 0]).says
    assert "the mean comes out" in check.shifted(0.3, 1.7).says
    assert "variance comes out" in check.shifted(0.3989423, 1.5).says
    assert check.shifted(0.3989, 1.713).passed  # four figures are enough
    assert "one over the variance" in check.shifted(0.3989, 2.934).says
    assert "from 1 to 1000" in check.wide(2000).says
    assert "off by 0.0203" in check.nearer(1.702).says
    assert "too flat" in check.nearer(1.702).says
    assert "too steep" in check.nearer(1.8).says
    assert check.valley(np.array([-1, 1, 0]), (-1, -1, 0)).passed  # any order
