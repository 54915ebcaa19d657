"""Belief nets: every count against a count by hand, against brute force or against torch; and the chapter's checks."""

from itertools import product

import numpy as np
import pytest
import torch

from rectified import backprop, eras, training
from rectified.activations import identity, logistic, relu, sigmoid, tanh
from rectified.belief import (
    Dice,
    bars,
    believes,
    centred,
    chance,
    contrast,
    draw,
    free_energy,
    given_back,
    greedy,
    learn,
    led,
    log_likelihood,
    machine,
    retracing,
    start,
    storeys,
    straight,
    together,
    toss,
    tune,
    turned,
    unrolled,
    wander,
)
from rectified.exercises import belief as check
from rectified.threshold import corners


def some(visible, hidden, seed=0, seeds=()):
    """Return a machine of random weights and biases, with 0 in its corner."""
    w = np.random.default_rng(seed).normal(size=(*seeds, visible + 1, hidden + 1))
    w[..., -1, -1] = 0
    return w


def energy(w, v, h):
    return -np.append(v, 1) @ w @ np.append(h, 1)


def joint(w):
    """Return the chance of every state of both sides, (states of visible, states of hidden), by brute force."""
    states = [corners(n - 1) for n in w.shape]
    worth = np.array([[np.exp(-energy(w, v, h)) for h in states[1]] for v in states[0]])
    return worth / worth.sum()


# ------------------------------------------------------------------------------- exact counts


def test_chances_are_those_of_the_boltzmann_distribution():
    w = some(3, 2)
    shares = joint(w)
    for k, v in enumerate(corners(3)):
        on = (shares[k] @ corners(2)) / shares[k].sum()
        assert np.allclose(chance(w, v[None].astype(float))[0], on, atol=1e-12)
    for k, h in enumerate(corners(2)):
        on = (shares[:, k] @ corners(3)) / shares[:, k].sum()
        assert np.allclose(chance(turned(w), h[None].astype(float))[0], on, atol=1e-12)


@pytest.mark.parametrize("sizes", [(3, 2), (2, 4), (4, 4)])
def test_free_energy_and_likelihood_against_brute_force(sizes):
    w = some(*sizes)
    shares, every = joint(w), corners(sizes[0]).astype(float)
    assert np.allclose(np.exp(log_likelihood(w, every)), shares.sum(axis=1), atol=1e-12)
    assert np.exp(log_likelihood(w, every)).sum() == pytest.approx(1)
    for v in every:
        worth = [np.exp(-energy(w, v, h)) for h in corners(sizes[1])]
        assert free_energy(w, v[None])[0] == pytest.approx(-np.log(np.sum(worth)))


def test_a_likelihood_of_large_weights_stays_finite():
    w = 300 * some(4, 3)
    assert np.isfinite(log_likelihood(w, corners(4).astype(float))).all()


def test_what_a_machine_believes_is_what_brute_force_counts_and_makes_the_gradient():
    w, seen = some(4, 3), np.array([[1.0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]])
    shares = joint(w)
    pairs = sum(
        shares[i, j] * np.outer(np.append(v, 1), np.append(h, 1))
        for (i, v), (j, h) in product(enumerate(corners(4)), enumerate(corners(3)))
    )
    assert np.allclose(believes(w), pairs, atol=1e-12)
    gradient = together(seen, chance(w, seen)) - believes(w)
    assert gradient[-1, -1] == pytest.approx(0)
    for place in [(0, 0), (3, 2), (4, 1), (2, 3)]:
        step = np.zeros_like(w)
        step[place] = 1e-5
        rise = log_likelihood(w + step, seen).mean() - log_likelihood(w - step, seen).mean()
        assert gradient[place] == pytest.approx(rise / 2e-5, abs=1e-8)


def test_an_axis_of_seeds_changes_nothing():
    w = some(4, 3, seeds=(2, 3))
    seen = corners(4).astype(float)
    for one in product(range(2), range(3)):
        assert np.allclose(log_likelihood(w, seen)[one], log_likelihood(w[one], seen))
        assert np.allclose(believes(w)[one], believes(w[one]))
        assert np.allclose(storeys(w, turned(w), seen)[one], storeys(w[one], turned(w[one]), seen))


def test_a_second_machine_that_is_the_first_turned_changes_nothing_and_any_is_a_distribution():
    lower, upper, every = some(4, 3), some(3, 5, seed=1), corners(4).astype(float)
    assert np.allclose(storeys(lower, turned(lower), every), log_likelihood(lower, every))
    assert np.exp(storeys(lower, upper, every)).sum() == pytest.approx(1)
    between = np.exp(log_likelihood(upper, corners(3).astype(float)))
    for v in every[[0, 5, 15]]:
        on = chance(turned(lower), corners(3).astype(float))
        by_hand = (between * np.where(v == 1, on, 1 - on).prod(axis=1)).sum()
        assert storeys(lower, upper, v[None])[0] == pytest.approx(np.log(by_hand))


# ------------------------------------------------------------------------------- tossing and learning


def test_a_toss_has_its_chances_and_keeps_its_kind():
    chances = np.tile(np.array([0, 0.25, 1], np.float32), (40_000, 1))
    tossed = toss(chances, np.random.default_rng(0))
    assert tossed.dtype == np.float32
    assert tossed.mean(axis=0) == pytest.approx([0, 0.25, 1], abs=0.01)


def test_pairs_by_hand():
    pairs = together(np.array([[1.0, 0], [1, 1]]), np.array([[1.0], [0]]))
    assert pairs.tolist() == [[0.5, 1], [0, 0.5], [0.5, 1]]


def test_a_step_is_right_on_average_where_the_chain_has_come_to_rest():
    """Begun at the machine's own distribution, a chain stays there: on average nothing is to be learned.

    That the reconstruction is left as chances and not tossed is a shortcut, with a small bias of its own.
    """

    def tossed(w, seen, rng):
        dreamt = toss(chance(turned(w), toss(chance(w, seen), rng)), rng)
        return together(seen, chance(w, seen)) - together(dreamt, chance(w, dreamt))

    w = 0.5 * some(4, 3)
    every = corners(4).astype(float)
    share = np.exp(log_likelihood(w, every))
    rng = np.random.default_rng(0)
    own = every[rng.choice(len(every), 60_000, p=share / share.sum())]
    assert np.abs(tossed(w, own, rng)).max() < 0.01
    assert np.abs(contrast(w, own, rng)).max() < 0.05
    assert np.abs(contrast(w, np.ones((60_000, 4)), rng)).max() > 0.1


def test_of_the_labels_just_one_is_on():
    w = turned(some(7, 5))
    chances = chance(w, np.random.default_rng(0).random((6, 5)), 3)
    assert chances.shape == (6, 7)
    assert chances[:, -3:].sum(axis=1) == pytest.approx(1)
    z = np.random.default_rng(0).random((6, 5)) @ w[:-1, :-1] + w[-1:, :-1]
    assert np.allclose(chances[:, -3:], torch.softmax(torch.tensor(z[:, -3:]), dim=1).numpy())
    drawn = draw(np.tile([0.2, 0.5, 0.3], (20_000, 1)), np.random.default_rng(0))
    assert set(drawn.sum(axis=1)) == {1}
    assert drawn.mean(axis=0) == pytest.approx([0.2, 0.5, 0.3], abs=0.02)


def test_bars_are_learned_and_a_seed_stands_alone():
    x = bars(3)
    assert len(x) == 14
    assert {tuple(row) for row in x} >= {(0,) * 9, (1,) * 9, (1, 0, 0) * 3, (1, 1, 1) + (0,) * 6}
    three, one = (
        learn(machine(9, 8, Dice(s), spread=0.1), x, Dice(s), passes=2000, rate=0.1, batch=14)
        for s in (range(3), [1])
    )
    assert log_likelihood(three, x).mean(axis=1).min() > -4.6  # unlearned it is −9 log 2 = −6.2
    assert np.allclose(three[1], one[0], atol=1e-10)
    assert (three[:, -1, -1] == 0).all()


def test_learning_has_its_year():
    with eras.timeless():
        eras.page(1991)
        with pytest.raises(eras.Anachronism, match="contrastive divergence dates from 2002"):
            learn(machine(2, 2, Dice([0])), bars(3)[:, :2], Dice([0]), passes=1, rate=0.1)


def test_decay_spares_biases():
    w = some(3, 2, seeds=(1,))
    still = learn(
        w, np.eye(3), Dice([0]), passes=1, rate=1, batch=3, decay=0.1, by=lambda w, *_: np.zeros_like(w)
    )
    assert np.allclose(still[:, :-1, :-1], 0.9 * w[:, :-1, :-1])
    assert np.array_equal(still[:, -1], w[:, -1])
    assert np.array_equal(still[:, :, -1], w[:, :, -1])


def test_a_straight_unit_is_driven_by_its_sum_and_noise():
    seen = np.random.default_rng(0).random((40_000, 3))
    w = np.zeros((1, 4, 2))  # nothing is said: hidden means are 0, every visible chance is ½
    assert straight(w, seen, Dice([0]))[0, :, 0] == pytest.approx([0, 0, 0, 0])
    assert straight(w, seen, Dice([0]))[0, :, 1] == pytest.approx([0, 0, 0, 0], abs=0.02)
    w = np.array([[[0.5, 0.1], [0, 0], [-1, 0], [0.2, 0]]])
    z = seen @ w[0, :-1, :-1] + w[0, -1, :-1]
    at, share = np.polynomial.hermite_e.hermegauss(30)  # the noise, as a sum over points
    dreamt = [chance(turned(w), z + noise)[0] for noise in at]
    pairs = [together(v, v @ w[0, :-1, :-1] + w[0, -1, :-1]) for v in dreamt]
    expected = together(seen, z) - np.tensordot(share / share.sum(), pairs, axes=1)
    assert np.allclose(straight(w, seen, Dice([0]))[0], expected, atol=0.01)


@pytest.mark.parametrize("phi", [sigmoid, tanh, relu], ids=lambda phi: phi.name)
@pytest.mark.parametrize("out", [logistic, identity], ids=["chances", "numbers"])
def test_an_autoencoder_steps_down_its_slope(phi, out):
    w = some(4, 3, seeds=(2,))
    seen = np.random.default_rng(0).random((5, 4))
    t, x = torch.tensor(w, requires_grad=True), torch.tensor(seen)
    hidden = phi.torch(x @ t[:, :-1, :-1] + t[:, -1:, :-1])
    z = hidden @ t[:, :-1, :-1].mT + t[:, :-1, -1].unsqueeze(1)
    if out is identity:
        loss = 0.5 * (z - x).square().sum(-1).mean(1).sum()
    else:
        targets = x.expand_as(z)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, targets, reduction="none")
        loss = loss.sum(-1).mean(1).sum()
    loss.backward()
    assert np.allclose(retracing(phi, out)(w, seen, None), -t.grad.numpy(), atol=1e-12)


# ------------------------------------------------------------------------------- stacks


def test_a_stack_is_a_net_of_the_loop_and_of_chapter_4():
    x = np.random.default_rng(0).random((30, 6))
    stack = greedy(x, (6, 5, 4), range(2), passes=3, rate=0.1, batch=10)
    top = chance(stack[1], chance(stack[0], x))
    _, outputs = backprop.forward([w[..., :-1] for w in stack], [sigmoid, sigmoid], x)
    assert np.allclose(outputs[-1], top)
    net = training.Layers((6, 5, 4), "sigmoid", output="sigmoid")
    trained = training.train(net, (x, x[:, :4]), seeds=range(2), steps=0, loss="squared-error", batch=None,
                             start=start(stack), dtype="float64")  # fmt: skip
    assert np.allclose(trained(x), top)


def test_greedy_layers_learn_what_comes_from_below():
    x = np.random.default_rng(0).random((40, 6))
    how = dict(passes=4, rate=0.1, batch=10)
    lower, upper = greedy(x, (6, 5, 4), range(2), **how)
    dice = Dice((seed, 1) for seed in range(2))
    first = machine(6, 5, dice, spread=0.1)
    assert np.array_equal(lower, learn(first, x, dice, **how))
    dice = Dice((seed, 2) for seed in range(2))
    first = machine(5, 4, dice, spread=0.1)
    assert np.array_equal(upper, learn(first, chance(lower, x), dice, **how))


def test_machines_of_one_size_do_not_begin_alike():
    stack = greedy(
        np.random.default_rng(0).random((40, 6)), (6, 6, 6), range(2), passes=1, rate=1e-9, batch=10
    )
    lower, upper = (w[:, :-1, :-1].ravel() for w in stack)
    assert abs(np.corrcoef(lower, upper)[0, 1]) < 0.4  # of 72 numbers: 0.12 is what chance gives


def test_whole_numbers_are_cases_too():
    (w,) = greedy(corners(3), (3, 4), range(2), passes=2, rate=0.1, batch=4)
    assert w.dtype == float
    assert np.ptp(w[:, :-1, :-1], axis=-1).min() > 0.01


X = np.random.default_rng(0).random((10, 6))
FITS = {
    "w": machine(6, 5, Dice(range(2))),
    "cases": X,
    "dice": Dice(range(2)),
    "passes": 1,
    "rate": 0.1,
    "batch": 5,
}


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"w": np.zeros((7, 6))}, "w is float64 of shape \\(7, 6\\)"),
        ({"w": np.zeros((2, 7, 6), int)}, "w is int64"),
        ({"dice": Dice([0])}, "expected floats of shape \\(1, visible"),
        ({"cases": X[:, :4]}, "cases has shape \\(10, 4\\); expected \\(cases, 6\\)"),
        ({"cases": np.stack([X] * 3)}, "expected \\(cases, 6\\), or \\(2, cases, 6\\)"),
        ({"cases": X * np.nan}, "not finite"),
        ({"batch": 11}, "batch is 11 and there are 10 cases"),
        ({"batch": 0}, "batch is 0"),
        ({"labels": 7}, "labels is 7 and there are 6 visible units"),
        ({"labels": -1}, "labels is -1"),
    ],
)
def test_what_a_machine_cannot_learn_from_is_named(odd, says):
    with pytest.raises(ValueError, match=says):
        learn(**(FITS | odd))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Dice([]), "seeds is empty"),
        (lambda: Dice([0]).random((1000, 4)), "size is \\(1000, 4\\); expected \\(1, …\\)"),
        (
            lambda: greedy(X, (6, 5, 4), [0], by=[contrast], passes=1, rate=0.1, batch=5),
            "by has 1 steps and sizes has 3",
        ),
        (lambda: greedy(X, (6, 5), [0], labels=2, passes=1, rate=0.1, batch=5), "labels is set"),
        (
            lambda: wander(some(6, 4), X, np.random.default_rng(0), steps=2, every=3),
            "every is 3 and steps is 2",
        ),
        (lambda: wander(some(6, 4), X, np.random.default_rng(0), steps=2, held=np.eye(3)), "labels is 0"),
        (lambda: tuning(record=[0, 9]), "record runs from 0 to 9; expected steps from 0 to 3"),
        (lambda: tuning(batch=0), "batch is 0"),
        (lambda: tuning(cases=X[:0]), "cases 0"),
        (lambda: tuning(test=X[:0]), "measured 0"),
    ],
)
def test_what_does_not_fit_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def tuning(cases=X, **odd):
    """Return an autoencoder after three steps."""
    return tune(
        unrolled([some(6, 3, seeds=(1,))]),
        [sigmoid, identity],
        cases,
        Dice([0]),
        **{"steps": 3, "rate": 0.1, **odd},
    )


def test_centred_layers_say_the_same_with_tanh():
    stack = [some(6, 5, seeds=(2,)), some(5, 4, 1, (2,)), some(4, 3, 2, (2,))]
    x = np.random.default_rng(0).random((7, 6))
    says = x
    for w in stack:
        says = chance(w, says)
    same = x
    for w in centred(stack):
        same = led(tanh)(w, same)
    assert np.allclose(same, 2 * says - 1, atol=1e-12)


def test_a_chain_ends_in_the_distribution_of_its_machine():
    w = 0.7 * some(3, 3)
    path = wander(w, np.zeros((4_000, 3)), np.random.default_rng(0), steps=30, every=10)
    assert path.shape == (3, 4_000, 3)
    assert path[-1].mean(axis=0) == pytest.approx(believes(w)[:-1, -1], abs=0.03)


def test_a_chain_keeps_the_label_that_is_held_and_draws_one_that_is_not():
    w, held = some(6, 4, seeds=(2,)), np.eye(3)[[0, 1, 2, 1]]
    begin = np.concatenate([np.zeros((2, 4, 3)), np.tile(held, (2, 1, 1))], axis=2)
    path = wander(w, begin, Dice(range(2)), steps=6, every=2, labels=3, held=held)
    assert path.shape == (3, 2, 4, 6)
    assert (path[..., -3:] == held).all()
    free = wander(w, begin, Dice(range(2)), steps=6, labels=3)[..., -3:]
    assert (free.sum(axis=-1) == 1).all()
    assert set(free.ravel()) == {0, 1}


# ------------------------------------------------------------------------------- autoencoders


def test_an_unrolled_stack_goes_up_and_down():
    stack = [some(6, 5, seeds=(2,)), some(5, 2, 1, (2,))]
    x = np.random.default_rng(0).random((7, 6))
    phis = [sigmoid, identity, sigmoid, identity]
    code = led(identity)(stack[1], chance(stack[0], x))
    expected = chance(turned(stack[0]), chance(turned(stack[1]), code))
    assert np.allclose(given_back(unrolled(stack), phis, x), expected)


def test_tuning_steps_down_the_cross_entropy_as_torch_does():
    x = np.random.default_rng(0).random((12, 4))
    layers = backprop.draw([4, 3, 4], range(2))
    phis = [tanh, identity]
    tuned = tune(layers, phis, x, Dice(range(2)), steps=1, rate=0.1, batch=12, record=[0, 1])
    ts = [torch.tensor(w, requires_grad=True) for w in layers]
    a = torch.tensor(x).expand(2, 12, 4)
    z = torch.tanh(a @ ts[0][:, :-1] + ts[0][:, -1:]) @ ts[1][:, :-1] + ts[1][:, -1:]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, a, reduction="none").sum(-1).mean(1).sum()
    loss.backward()
    for t, before, after in zip(ts, layers, tuned.weights, strict=True):
        assert np.allclose(after, before - 0.1 * t.grad.numpy(), atol=1e-12)
    off = ((torch.sigmoid(z) - a) ** 2).sum(-1).mean(1).detach().numpy()
    assert np.allclose(tuned.error[:, 0], off)
    assert tuned.steps.tolist() == [0, 1]
    assert tuned.error.shape == (2, 2)
    assert (tuned.error[:, 1] < tuned.error[:, 0]).all()


def test_a_seed_is_tuned_alone():
    x = np.random.default_rng(0).random((20, 4))
    both, one = (
        tune(backprop.draw([4, 3, 4], s), [sigmoid, identity], x, Dice(s), steps=9, rate=0.1, batch=8)
        for s in ([3, 5], [5])
    )
    assert np.allclose(both.error[1], one.error[0])


# ------------------------------------------------------------------------------- the checks

WILD = [
    None, True, "nine", 1e308, 10**400, float("nan"), 1j, {}, lambda: 0, [[None]], [[10**400] * 2] * 4,
    np.full((4, 2), np.inf), np.full((4, 2), 1e7), np.array([[None] * 2] * 4), np.zeros((2, 2, 2)), [[1, 2], [3]],
]  # fmt: skip


@pytest.mark.parametrize("answer", WILD)
def test_wild_answers_are_told_so(answer):
    old, above = check.two_layers()
    verdicts = [
        check.odds(answer, 0.8), check.odds(np.log(9), answer), check.agree(answer), check.longer(answer),
        check.same(answer, above), check.same(old, answer),
    ]  # fmt: skip
    for verdict in verdicts:
        assert not verdict.passed
        assert len(verdict.says) > 20


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((0.9, 0.9), "2.46 times"),
        ((np.log(9), 0.9), "the sum is right"),
        ((-80, 0.8), "0.0 % of tosses"),
        ((50, 0.8), "5.18e+21 times"),
        ((-800, 0.8), "at most 600"),
    ],
)
def test_wrong_odds_are_told_how(given, says):
    assert says in check.odds(*given).says
    assert check.odds(2.1972, 0.8).passed


def test_machines_that_do_not_agree_are_told_what_they_believe():
    w = np.array([[12.0, -6], [12, -6], [12, -6], [-18, 0]])
    assert check.agree(w).passed
    assert check.agree(w.tolist()).passed
    w[3, 1] = 1
    assert "the corner" in check.agree(w).says
    w[3] = -9, 0
    assert "most is 111" in check.agree(w).says


def test_half_a_rewritten_net_is_told_so():
    old, above = check.two_layers()
    second = above.copy()
    second[:-1] /= 2
    second[-1] += second[:-1].sum(axis=0)
    assert check.same(old / 2, second).passed
    assert "The hidden layer is right" in check.same(old / 2, above).says
    assert "Begin below" in check.same(old, above).says


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (lambda: 0, "stops with TypeError"),
        (lambda w, seen, rng: np.zeros(3), "of the shape"),
        (lambda w, seen, rng: np.full_like(w, np.nan), "finite"),
        (lambda w, seen, rng: np.full_like(w, 1e308), "finite"),
        (lambda w, seen, rng: np.zeros_like(w), "no direction"),
        (contrast, "One step of the chain gives"),
        (lambda w, seen, rng: believes(w) - together(seen, chance(w, seen)), "its sign is not"),
    ],
)
def test_short_chains_are_told_so(step, says):
    verdict = check.longer(step)
    assert not verdict.passed
    assert says in verdict.says
