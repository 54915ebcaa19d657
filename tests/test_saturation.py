"""Signal and blame through many layers and many ticks: against torch, against theory; and the chapter's checks."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from press import ROOT
from rectified import activations, eras, initialisation, runs
from rectified.activations import identity, relu, sigmoid, softsign, tanh
from rectified.exercises import saturation as check
from rectified.saturation import back, factors, forth, hold, per_layer, size, stack, unfold

PHIS = [sigmoid, tanh, relu, softsign, identity]


# ------------------------------------------------------------------------------- up and down


@pytest.mark.parametrize("phi", PHIS, ids=lambda phi: phi.name)
def test_blame_is_what_torch_differentiates(phi):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(3, *shape)) for shape in ((4, 5), (5, 6), (6, 2))]
    x, blame = rng.normal(size=(7, 4)), rng.normal(size=(7, 2))
    blames = back(weights, phi, forth(weights, phi, x), blame)
    a, sums = torch.tensor(x), []
    for w in weights:
        sums.append((a @ torch.tensor(w)).requires_grad_())
        a = phi.torch(sums[-1])
    for z, ours in zip(sums, blames, strict=True):
        theirs = torch.autograd.grad((a * torch.tensor(blame)).sum(), z, retain_graph=True)[0]
        assert np.allclose(theirs.numpy(), ours, atol=1e-12)


@pytest.mark.parametrize("phi", [tanh, relu], ids=lambda phi: phi.name)
def test_through_time_is_what_torch_differentiates(phi):
    rng = np.random.default_rng(1)
    recurrent, entry = rng.normal(size=(4, 4)), rng.normal(size=(2, 4))
    inputs, blame = rng.normal(size=(6, 3, 2)), rng.normal(size=(3, 4))
    sums, states = unfold(recurrent, entry, phi, inputs)
    assert len(states) == len(sums) + 1
    assert not states[0].any()
    blames = back([recurrent] * len(sums), phi, sums, blame)
    w = torch.tensor(recurrent, requires_grad=True)
    state = torch.zeros(3, 4, dtype=torch.float64)
    for x in torch.tensor(inputs):
        state = phi.torch(state @ w + x @ torch.tensor(entry))
    assert np.allclose(state.detach(), states[-1], atol=1e-12)
    (theirs,) = torch.autograd.grad((state * torch.tensor(blame)).sum(), w)
    ours = sum(a.T @ b for a, b in zip(states[:-1], blames, strict=True))
    assert np.allclose(theirs.numpy(), ours, atol=1e-12)


def test_size_and_factor_by_hand():
    layers = [np.full((2, 3, 4), 2.0), np.full((2, 3, 4), 4.0), np.full((2, 3, 4), 8.0)]
    assert size(layers).tolist() == [[2, 4, 8]] * 2
    assert per_layer(layers) == pytest.approx([0.5, 0.5])


# ------------------------------------------------------------------------------- theory


@pytest.mark.parametrize("rule", ["customary", "glorot", "he"])
@pytest.mark.parametrize("phi", [sigmoid, tanh, relu, softsign], ids=lambda phi: phi.name)
def test_the_formula_agrees_with_random_nets(phi, rule):
    rng, draw = np.random.default_rng(3), initialisation.get(rule)
    x, blame = rng.normal(size=(2, 32, 128))
    net = stack(draw, 128, 12, range(3))
    measured = per_layer(back(net, phi, forth(net, phi, x), blame)).mean()
    each, _ = factors(phi, 128 * draw.variance((128, 128)), 12, square=(x**2).mean())
    assert measured == pytest.approx(np.exp(np.log(each[:-1]).mean()), rel=0.04)


@pytest.mark.parametrize("power", [0.25, 1, 2, 5])
def test_known_factors(power):
    assert factors(relu, power, 5)[0] == pytest.approx(np.sqrt(power / 2), rel=1e-3)
    assert factors(identity, power, 5)[0] == pytest.approx(np.sqrt(power))
    assert factors(identity, power, 3)[1] == pytest.approx(np.sqrt([power, power**2, power**3]))
    assert factors(sigmoid, power, 5)[0].max() <= np.sqrt(power) / 4


def test_each_seed_draws_its_own_net():
    one, two = stack(initialisation.glorot, 8, 3, [4]), stack(initialisation.glorot, 8, 3, [9, 4])
    assert all(np.array_equal(a[0], b[1]) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(two[0][0], two[0][1])


# ------------------------------------------------------------------------------- a bit to be held


def test_a_bit_is_held_over_few_ticks_and_a_seed_stands_alone():
    def start(rng, units):
        return initialisation.customary(rng, (units, units))

    many = hold(4, tanh, seeds=range(3), start=start, rate=1, steps=150)
    assert many.error.max() < 0.05
    alone = hold(4, tanh, seeds=[1], start=start, rate=1, steps=150)
    assert np.allclose(alone.recurrent[0], many.recurrent[1])


def test_fixed_weights_stay():
    held = hold(5, identity, seeds=range(2), start=lambda rng, units: np.eye(units), steps=60, fixed=True)
    assert (held.recurrent == np.eye(8)).all()
    assert held.error.max() < 0.2


def test_learning_through_time_has_its_year():
    with eras.timeless():
        eras.page(1958)
        with pytest.raises(eras.Anachronism, match="back-propagation through time dates from 1986"):
            hold(2, tanh, seeds=[0], start=lambda rng, units: np.eye(units))


# ------------------------------------------------------------------------------- the stored run


def test_the_collapse_is_stored_and_runs_in_small(tmp_path, monkeypatch):
    stored = runs.load_all(ROOT / "code" / "rectified" / "results" / "collapse.json")
    assert list(stored) == ["4 layers", "5 layers"]
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    collapse = __import__("collapse")
    monkeypatch.setattr(collapse, "SEEDS", range(2))
    for _ in range(2):  # the second time nothing is left to do
        collapse.main(["--steps", "20", "--results", str(tmp_path), "--only", "5 layers"])
    run = runs.load(tmp_path / "collapse.json")
    assert run.curve("signal_mean").shape == (2, 2, 5)
    assert run.curve("signal_mean")[:, 0] == pytest.approx(
        stored["5 layers"].curve("signal_mean")[:2, 0], abs=1e-3
    )


# ------------------------------------------------------------------------------- the checks


class Sullen:
    """What can be neither compared nor shown."""

    __hash__ = None

    def __eq__(self, other):
        raise ValueError("no")

    def __repr__(self):
        raise ValueError("no")


WILD = [
    None, "half", True, 1j, float("nan"), float("inf"), 1e300, -1e300, 10**400, 10**6000, -1, 0, 1001, [0.3], {},
    np.ones(2), np.array(0.3), np.zeros((99, 99)), np.bool_(True), torch.ones(2), Decimal("2.8"), Sullen(),
]  # fmt: skip
IDS = [type(each).__name__ + str(k) for k, each in enumerate(WILD)]


@pytest.mark.parametrize("answer", [*WILD, 0.25, 0.3536], ids=[*IDS, "quarter", "starter"])
def test_a_factor_is_checked_kindly(answer):
    assert not check.factor(answer).passed
    assert 20 < len(check.factor(answer).says) < 300


@pytest.mark.parametrize("answer", [*WILD, 5e-324, 1, 3**0.5, 2.3, 4, 1000], ids=[*IDS, *"abcdef"])
def test_a_gain_is_checked_kindly(answer):
    assert not check.gain(answer).passed
    assert 20 < len(check.gain(answer).says) < 300


def test_a_wild_number_is_told_as_such():
    assert check.gain(1e300).says == "gain is 1e+300; expected a number above 0, and at most 1,000"
    assert check.gain(np.ones(2)).says.startswith("gain is array([1., 1.]); expected")
    assert check.factor(10**6000).says.startswith(
        "your factor is a whole number of more than twenty digits; "
    )


def test_right_numbers_pass():
    assert check.factor(0.316).passed
    for right in (2.77, np.float32(2.9), Fraction(14, 5), 3):
        assert check.gain(right).passed


@pytest.mark.parametrize("name", check.START)
@pytest.mark.parametrize("wild", WILD, ids=IDS)
def test_wild_settings_are_told_so(name, wild):
    verdict = check.wake(check.START | {name: wild})
    assert not verdict.passed
    assert f"{name} is " in verdict.says
    assert not check.wake(wild).passed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (None, "settings must be a dict with the entries"),
        ({"depth": 3}, "settings must be a dict with the entries"),
        ({}, "change one entry"),
        ({"scale": 1.0}, "change one entry"),
        ({"scale": 7, "rate": 1}, "you changed scale and rate"),
        ({"scale": -1}, "scale is -1"),
        ({"rate": "fast"}, "rate is 'fast'"),
        ({"activation": "sine"}, "activation is 'sine'"),
        ({"activation": ["tanh"]}, "activation is"),
        ({"weights": "none"}, "weights is 'none'"),
        ({"activation": "step"}, "step has no slope"),
    ],
)
def test_settings_that_cannot_be_are_told_so(change, says):
    verdict = check.wake(None if change is None else check.START | change)
    assert not verdict.passed
    assert says in verdict.says


@pytest.mark.parametrize(
    "change", [{"scale": 1000}, {"rate": 1000.0}, {"rate": 1e-300}, {"weights": "lecun_1989"}]
)
def test_settings_that_train_in_vain_are_told_so(change, monkeypatch):
    monkeypatch.setattr(check, "UPDATES", 4)
    says = check.wake(check.START | change).says
    assert f"With {next(iter(change))} " in says
    assert "never got below" in says


@pytest.mark.parametrize("wild", WILD, ids=IDS)
def test_a_unit_of_wild_weights_is_told_so(wild):
    for given in ((wild, 1, 1), (tanh, wild, 1), (identity, 1, wild)):
        verdict = check.carry(*given)
        assert not verdict.passed
        assert 20 < len(verdict.says) < 300


@pytest.mark.parametrize("name", activations.ALL)
def test_no_unit_of_any_year_breaks_the_check(name):
    with eras.timeless():
        eras.page(1991)
        for itself in (-1, 0.5, 1000):
            check.carry(activations.ALL[name], itself, 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((None, 1, 1), "phi is None"),
        ((tanh, "1", 1), "weights are"),
        ((tanh, 1, float("nan")), "weights are"),
        ((tanh, 0.5, 1.0), "of the bits are lost"),
        ((tanh, 1.5, 1.0), "comes down to the first"),
        ((identity, 0.9, 1.0), "of the bits are lost"),
        ((identity, 1.1, 1.0), "the blame grows"),
        ((relu, 1.0, 1.0), "of the bits are lost"),
        ((activations.step, 1.0, 1.0), "of the bits are lost"),
    ],
)
def test_units_that_lose_the_bit_or_the_blame_are_told_so(given, says):
    verdict = check.carry(*given)
    assert not verdict.passed
    assert says in verdict.says


def test_a_line_with_weight_one_carries():
    assert check.carry(identity, 1.0, 1.0).passed
    assert check.carry(identity, 1, -1).passed is False
