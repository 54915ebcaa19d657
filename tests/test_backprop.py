"""Back-propagation: the three ideas against torch and finite differences, the loop, the tasks, and the checks."""

import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rectified import activations, eras, initialisation
from rectified.activations import identity, relu, sigmoid, softplus, step, tanh
from rectified.backprop import (
    BRANCH,
    COUPLES,
    GENERATION,
    PEOPLE,
    RELATIONS,
    Beside,
    Learned,
    accelerate,
    backward,
    draw,
    family_trees,
    forward,
    kin,
    learn,
    parity,
    symmetry,
)
from rectified.exercises import backprop as check

XOR = parity(2)
LOGISTIC = [sigmoid, sigmoid]


def as_soon(one, other):
    """Say whether two runs were right after the same sweeps, to within one: processors round differently."""
    return np.allclose(one, other, rtol=0, atol=1)  # never and never are the same


# ------------------------------------------------------------------------------- the ideas


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=5),
    st.sampled_from(["sigmoid", "tanh", "relu", "softplus", "identity", "gelu", "scaled_tanh"]),
    st.integers(0, 3),
    st.integers(0, 999),
)
def test_values_and_gradients_are_those_of_torch(sizes, name, seeds, seed):
    rng = np.random.default_rng(seed)
    ahead = (seeds,) if seeds else ()
    net = [rng.normal(size=(*ahead, i + 1, o)) for i, o in pairwise(sizes)]
    phis = [activations.get(name)] * (len(net) - 1) + [sigmoid]
    x, wanted = rng.normal(size=(4, sizes[0])), rng.random((4, sizes[-1]))
    sums, outputs = forward(net, phis, x)
    gradients = backward(net, phis, sums, outputs, outputs[-1] - wanted)

    tensors = [torch.tensor(w, requires_grad=True) for w in net]
    a = torch.tensor(x)
    for w, phi in zip(tensors, phis, strict=True):
        a = phi.torch(a @ w[..., :-1, :] + w[..., -1:, :])
    (0.5 * (a - torch.tensor(wanted)).square().sum()).backward()
    assert np.allclose(outputs[-1], a.detach().numpy(), atol=1e-12)
    for w, g in zip(tensors, gradients, strict=True):
        assert np.allclose(g, w.grad.numpy(), atol=1e-10)


def test_a_chain_by_hand():
    chain = [np.array([[2.0], [0]]), np.array([[3.0], [0]])]
    sums, outputs = forward(chain, [identity] * 2, np.array([[1.0]]))
    assert [a.item() for a in outputs] == [1, 2, 6]
    first, second = backward(chain, [identity] * 2, sums, outputs, np.array([[1.0]]))
    assert (first[:, 0].tolist(), second[:, 0].tolist()) == ([3, 3], [2, 1])


def test_a_slope_of_zero_stops_all_blame():
    net = draw([3, 4, 2], range(2))
    x = np.ones((5, 3))
    sums, outputs = forward(net, [step, identity], x)
    first, second = backward(net, [step, identity], sums, outputs, outputs[-1] - 1)
    assert not first.any()
    assert second.any()


def test_a_layer_and_its_phi_must_match():
    with pytest.raises(ValueError, match="zip"):
        forward(draw([2, 2, 1], [0]), [sigmoid], XOR[0])


def test_momentum_keeps_a_share_of_the_last_step():
    w, v = [np.zeros(2)], [np.zeros(2)]
    for expected in (-0.5, -1.25, -2.125):
        w, v = accelerate(w, v, [np.ones(2)], 0.5, 0.5)
        assert w[0].tolist() == [expected] * 2
    w, _ = accelerate([np.ones(1)], [np.ones(1)], [np.ones(1)], 1, 0)
    assert w[0].tolist() == [0]


# ------------------------------------------------------------------------------- first weights and the loop


def test_first_weights_are_uniform_and_depend_on_their_seed_alone():
    first, second = draw([6, 2, 1], range(300), limit=0.3), draw([6, 2, 1], [7, 3])
    assert [w.shape for w in first] == [(300, 7, 2), (300, 3, 1)]
    assert all(np.array_equal(a[[7, 3]], b) for a, b in zip(first, second, strict=True))
    assert max(np.abs(w).max() for w in first) <= 0.3
    assert abs(first[0].std() - 0.3 / 3**0.5) < 0.01


def test_first_weights_by_a_later_rule_have_no_biases():
    first = draw([8, 5, 1], range(3), initial=initialisation.he)
    assert all(not w[:, -1].any() for w in first)
    assert first[0][:, :-1].any()
    with eras.timeless():
        eras.page(1986)
        with pytest.raises(eras.Anachronism):
            draw([8, 5, 1], range(3), initial=initialisation.he)


@pytest.mark.parametrize(("sizes", "seeds"), [([2], [0]), ([2, 1], [])])
def test_a_net_needs_layers_and_seeds(sizes, seeds):
    with pytest.raises(ValueError, match=re.escape(f"sizes is {tuple(sizes)} and seeds has {len(seeds)}")):
        draw(sizes, seeds)


def test_the_loop_is_the_three_ideas_repeated():
    w = draw([2, 2, 1], range(3))
    v = [np.zeros_like(each) for each in w]
    run = learn(w, LOGISTIC, *XOR, rate=0.5, momentum=0.7, sweeps=5, decay=0.01, go_on=True)
    for _ in range(5):
        sums, outputs = forward(w, LOGISTIC, XOR[0])
        gradients = backward(w, LOGISTIC, sums, outputs, outputs[-1] - XOR[1])
        w, v = accelerate(w, v, gradients, 0.5, 0.7)
        w = [each * 0.99 for each in w]
    assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(w, run.weights, strict=True))


@pytest.mark.parametrize("go_on", [False, True])
def test_company_changes_nothing(go_on):
    how = {"rate": 0.5, "sweeps": 800, "go_on": go_on}
    many = learn(draw([2, 2, 1], range(12), limit=1), LOGISTIC, *XOR, **how)
    assert 0.5 < many.share < 1
    for seed in range(12):
        one = learn(draw([2, 2, 1], [seed], limit=1), LOGISTIC, *XOR, **how)
        assert as_soon(one.sweeps, many.sweeps[[seed]])
        for alone, among in zip(one.weights, many.weights, strict=True):
            assert np.allclose(alone[0], among[seed], rtol=1e-6), f"seed {seed}"


def test_a_net_that_is_right_rests_at_once():
    first = draw([2, 2, 1], range(30), limit=1)
    many = learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=1000)
    there = np.isfinite(many.sweeps)
    assert 0.5 < there.mean() < 1
    answers = forward([w[there] for w in many.weights], LOGISTIC, XOR[0])[1][-1]
    worst = np.abs(answers - XOR[1]).max(axis=(1, 2))
    assert (worst < 0.5).all()
    assert (worst > 0.3).all()  # barely right: none took another step
    for seed in np.flatnonzero(there)[:5]:
        until = [w[[seed]] for w in first], LOGISTIC, *XOR
        short = learn(*until, rate=0.5, sweeps=int(many.sweeps[seed]), go_on=True)
        for one, other in zip(short.weights, many.weights, strict=True):
            assert np.allclose(one[0], other[seed], rtol=1e-6), f"seed {seed}"


def test_weights_given_are_left_alone():
    first = draw([2, 2, 1], range(3))
    kept = [w.copy() for w in first]
    learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=50)
    assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))


def test_what_is_not_wired_does_not_learn_and_what_is_close_is_spared():
    mask = [np.array([[1, 0], [1, 0], [1, 0]]), np.ones((3, 1))]
    first = draw([2, 2, 1], range(2))
    run = learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=20, wired=mask)
    assert np.array_equal(run.weights[0][..., 1], first[0][..., 1])
    assert not np.array_equal(run.weights[0][..., 0], first[0][..., 0])
    still = learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=20, spare=1.0)
    assert all(np.array_equal(a, b) for a, b in zip(still.weights, first, strict=True))


def test_each_seed_may_have_cases_of_its_own():
    first = draw([2, 2, 1], range(4))
    x, d = (np.repeat(part[None], 4, axis=0) for part in XOR)
    own = learn(first, LOGISTIC, x, d, rate=0.5, sweeps=800)
    assert as_soon(own.sweeps, learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=800).sweeps)


def test_whole_numbers_are_weights_too():
    whole = [np.array([[[1, -1], [1, -1], [0, 1]]]), np.array([[[1], [1], [-1]]])]
    run = learn(whole, LOGISTIC, *XOR, rate=0.5, sweeps=50, go_on=True)
    same = learn([w.astype(float) for w in whole], LOGISTIC, *XOR, rate=0.5, sweeps=50, go_on=True)
    assert all(np.array_equal(a, b) for a, b in zip(run.weights, same.weights, strict=True))
    assert not np.array_equal(run.weights[0], whole[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, x, d: ([each[0] for each in w], x, d),
         "weights of layer 1 has shape (3, 2); expected (seeds, fan_in + 1, fan_out)"),
        (lambda w, x, d: ([w[0], w[1][:1]], x, d),
         "weights has 2 seeds in layer 1 and 1 in layer 2; expected as many in every layer"),
        (lambda w, x, d: (w, x, d[:, 0]),
         "wanted has shape (4,); expected (4, 1), or (2, 4, 1) with seeds in front"),
        (lambda w, x, d: (w, x, d[:3]),
         "wanted has shape (3, 1); expected (4, 1), or (2, 4, 1) with seeds in front"),
        (lambda w, x, d: (w, x, d[None]),
         "wanted has shape (1, 4, 1); expected (4, 1), or (2, 4, 1) with seeds in front"),
        (lambda w, x, d: (w, x[0], d),
         "x has shape (2,); expected (cases, 2), or (2, cases, 2) with seeds in front"),
        (lambda w, x, d: (w, x[:, :1], d),
         "x has shape (4, 1); expected (cases, 2), or (2, cases, 2) with seeds in front"),
        (lambda w, x, d: (w, np.stack([x] * 3), d),
         "x has shape (3, 4, 2); expected (cases, 2), or (2, cases, 2) with seeds in front"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_named(change, message):
    weights, x, wanted = change(draw([2, 2, 1], range(2)), *XOR)
    with pytest.raises(ValueError, match=re.escape(message)):
        learn(weights, LOGISTIC, x, wanted, rate=0.5)


def test_rates_may_change_and_a_net_that_diverges_is_alone():
    first = draw([2, 2, 1], range(2))
    fixed = learn(first, LOGISTIC, *XOR, rate=0.5, sweeps=30)
    moving = learn(first, LOGISTIC, *XOR, rate=lambda t: 0.5, momentum=lambda t: 0.9, sweeps=30)
    assert all(np.array_equal(a, b) for a, b in zip(fixed.weights, moving.weights, strict=True))
    first = draw([2, 2, 1], range(2), limit=0.5)
    first[0][1] = 1e200
    run = learn(first, [identity, identity], *XOR, rate=1e-3, sweeps=30)
    assert np.isfinite(run.weights[0][0]).all()


def test_the_loop_is_of_its_year():
    with eras.timeless():
        eras.page(1969)
        with eras.counterfactual():
            first = draw([2, 2, 1], [0])
        with pytest.raises(eras.Anachronism):
            learn(first, LOGISTIC, *XOR, rate=0.5)


def test_learned_counts_those_that_got_there():
    run = Learned([], np.array([10, 30, np.inf, 20]))
    assert (run.share, run.median) == (0.75, 20)
    assert np.isnan(Learned([], np.array([np.inf])).median)


def test_a_layer_of_two_kinds():
    both, z = Beside(1, identity, sigmoid), np.array([[2.0, 0.0, 1.0]])
    assert np.allclose(both(z), [[2, 0.5, sigmoid(1.0)]])
    assert np.allclose(both.slope(z), [[1, 0.25, sigmoid.slope(1.0)]])


# ------------------------------------------------------------------------------- the tasks


def test_symmetry_and_parity():
    x, d = symmetry()
    assert (x.shape, d.shape, d.sum()) == ((64, 6), (64, 1), 8)
    assert all((row == row[::-1]).all() == bool(y) for row, y in zip(x, d[:, 0], strict=True))
    assert XOR[1][:, 0].tolist() == [0, 1, 1, 0]
    assert parity(4)[1].sum() == 8


def test_two_hidden_units_with_one_two_four_detect_symmetry():
    x, d = symmetry()
    up = np.array([1, 2, 4, -4, -2, -1.0])
    net = [20 * np.column_stack([np.r_[up, -0.5], np.r_[-up, -0.5]]), np.array([[-20.0], [-20], [10]])]
    assert (np.abs(forward(net, LOGISTIC, x)[1][-1] - d) < 0.01).all()


def names(group):
    return {PEOPLE[one] for one in group}


def test_the_family_is_that_of_the_letter():
    person = {name: place for place, name in enumerate(PEOPLE[:12])}
    assert names(kin(person["Colin"], "aunt")) == {"Jennifer", "Margaret"}
    assert names(kin(person["Colin"], "uncle")) == {"Arthur", "Charles"}
    assert names(kin(person["Colin"], "sister")) == {"Charlotte"}
    assert names(kin(person["Charlotte"], "mother")) == {"Victoria"}
    assert names(kin(person["Arthur"], "nephew")) == names(kin(person["Margaret"], "nephew")) == {"Colin"}
    assert names(kin(person["Andrew"], "daughter")) == {"Jennifer"}
    assert names(kin(person["James"], "wife")) == {"Victoria"}
    assert kin(person["Colin"], "wife") == kin(person["Penelope"], "father") == set()


@pytest.mark.parametrize(
    ("person", "relation", "message"),
    [
        (12, "aunt", "person is 12; expected a place from 0 to 11"),
        (-1, "aunt", "person is -1; expected a place from 0 to 11"),
        ("Colin", "aunt", "person is 'Colin'; expected a place from 0 to 11"),
        (5, "cousin", "relation is 'cousin'; expected one of father, mother, husband, wife, son"),
    ],
)
def test_who_is_not_of_the_family_is_told_so(person, relation, message):
    with pytest.raises(ValueError, match=message):
        kin(person, relation)


def test_there_are_104_questions_and_112_answers_in_two_equal_halves():
    x, d, words = family_trees()
    assert (x.shape, d.shape, len(words), int(d.sum())) == ((104, 36), (104, 24), 104, 112)
    assert (x.sum(axis=1) == 2).all()
    assert (d.sum(axis=1) >= 1).all()
    english, italian = x[:, :12].any(axis=1), x[:, 12:24].any(axis=1)
    assert english.sum() == italian.sum() == 52
    assert np.array_equal(x[english][:, :12], x[italian][:, 12:24])
    assert np.array_equal(d[english][:, :12], d[italian][:, 12:])
    assert not d[english][:, 12:].any()
    assert len(set(PEOPLE)) == 24
    assert len(RELATIONS) == 12


def test_relations_fit_one_another():
    for one in range(12):
        assert all(one in kin(child, "father") | kin(child, "mother")
                   for child in kin(one, "son") | kin(one, "daughter"))  # fmt: skip
        assert all(one in kin(young, "uncle") | kin(young, "aunt")
                   for young in kin(one, "nephew") | kin(one, "niece"))  # fmt: skip
    assert all(GENERATION[man] == GENERATION[wife] for man, wife in COUPLES)
    assert len(BRANCH) == len(GENERATION) == 12


# ------------------------------------------------------------------------------- what the page says


def test_equal_hidden_units_stay_equal():
    net = [np.full((1, 3, 2), 0.2), np.full((1, 3, 1), 0.2)]
    run = learn(net, LOGISTIC, *XOR, rate=0.5, sweeps=500)
    assert np.allclose(run.weights[0][..., 0], run.weights[0][..., 1], rtol=1e-6)
    assert run.share == 0


@pytest.mark.parametrize(
    ("phi", "least", "most"), [(sigmoid, 0.65, 0.95), (tanh, 0.5, 0.85), (relu, 0.1, 0.4)]
)
def test_two_hidden_units_and_the_exclusive_or(phi, least, most):
    rate = {"sigmoid": 0.3, "tanh": 0.3, "relu": 0.1}[phi.name]
    run = learn(draw([2, 2, 1], range(200), limit=1), [phi, sigmoid], *XOR, rate=rate, sweeps=1000)
    assert least < run.share < most


# ------------------------------------------------------------------------------- the checks

NOT_NETS = [None, 3, "net", [], [[1, 2]], [np.ones((3, 2))], [np.ones((2, 2)), np.ones((3, 1))], [["a"], ["b"]],
            [np.full((3, 2), np.nan), np.ones((3, 1))]]  # fmt: skip


@pytest.mark.parametrize("weights", NOT_NETS)
def test_what_is_no_net_is_told_so(weights):
    for verdict in (check.start(weights), check.bump(weights), check.escape(weights, weights)):
        assert not verdict.passed
        assert len(verdict.says) > 20


def test_a_start_must_be_small_and_differ():
    assert "equal" in check.start([np.full((3, 2), 0.2), np.full((3, 1), 0.2)]).says
    assert "larger than 1" in check.start([np.full((3, 2), 2.0), np.full((3, 1), 0.2)]).says
    twins = [np.zeros((3, 2)), np.zeros((3, 1))]
    assert not check.start(twins).passed


def test_a_start_is_judged_by_what_it_learns():
    lucky, unlucky = ([w[0] for w in draw([2, 2, 1], [seed], limit=1)] for seed in (2, 0))
    assert check.start(lucky).passed
    assert "learned after" in check.start(lucky).says
    assert not check.start(unlucky).passed
    assert "unlucky" in check.start(unlucky).says


@pytest.mark.parametrize(
    ("phi", "slope", "says"),
    [
        (None, np.cos, "functions"),
        (np.sin, None, "functions"),
        (lambda z: 2 * z, lambda z: 0 * z + 2, "flat or straight"),
        (np.tanh, np.tanh, "phi rises by"),
        (np.tanh, lambda z: 1.0, "shape"),
        (lambda z: z[0], np.tanh, "shape"),
        (lambda z: 1 / 0, np.tanh, "ZeroDivisionError"),
        (np.tanh, lambda z: z * np.nan, "phi rises by"),
    ],
)
def test_a_wrong_slope_is_told_where(phi, slope, says):
    verdict = check.slope(phi, slope)
    assert not verdict.passed
    assert says in verdict.says


def test_a_right_slope_passes():
    assert check.slope(np.tanh, lambda z: 1 - np.tanh(z) ** 2).passed
    assert check.slope(softplus, softplus.slope).passed


def test_a_triangle_is_checked_everywhere():
    good = [np.array([[1.0, 1, 1], [-0.25, -0.5, -0.75]]), np.array([[4.0], [-8], [4], [0]])]
    assert check.bump(good).passed
    assert "at x = 2.00" in check.bump([good[0], good[1] * [[1], [1], [0], [1]]]).says


def test_stuck_and_freed():
    run = learn(draw([2, 2, 1], range(40), limit=1), LOGISTIC, *XOR, rate=0.5, sweeps=10_000)
    lost, found = np.flatnonzero(np.isinf(run.sweeps)), np.flatnonzero(np.isfinite(run.sweeps))
    stuck = [w[lost[0]] for w in run.weights]
    assert "is not stuck" in check.escape([w[found[0]] for w in run.weights], None).says
    assert "first two hidden units" in check.escape(stuck, [np.zeros((3, 3)), np.zeros((4, 1))]).says
    wider = [np.column_stack([stuck[0], np.zeros(3)]), np.insert(stuck[1], 2, 0, axis=0)]
    assert check.escape(stuck, wider).passed
