"""Every activation against torch, against its own declaration, and against the published constants."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, fsolve

from rectified import activations, eras
from rectified.activations import ALL, GATED, Activation, Gated

VARIANTS = [
    *ALL.values(),
    activations.softplus.at(beta=3.0),
    activations.hard_sigmoid.at(slope=1 / 6),
    activations.leaky.at(slope=0.3),
    activations.leaky.at(slope=0),
    activations.prelu.at(slope=-0.5),
    activations.rrelu.at(lower=0.2, upper=0.4),
    activations.elu.at(alpha=0.5),
    activations.celu.at(alpha=2.0),
    activations.silu.at(beta=4.0),
    activations.silu.at(beta=0),
]
FAMILIES = {"threshold", "logistic", "tanh", "softplus", "relu", "leaky", "elu", "gelu"}
PRECISION = {np.float32: 4e-7, np.float64: 1e-15}

every = pytest.mark.parametrize("phi", VARIANTS, ids=lambda phi: phi.label)
both_precisions = pytest.mark.parametrize("dtype", PRECISION, ids=lambda dtype: dtype.__name__)


@pytest.fixture(autouse=True)
def _no_era():
    with eras.timeless():
        yield


def grid(dtype=np.float64):
    near = np.linspace(-12, 12, 2001)
    kinks = [k for phi in VARIANTS for k in phi.kinks]
    return np.concatenate([near, kinks, [-1e4, -300, -50, 50, 300, 1e4]]).astype(dtype)


# --- Against torch -----------------------------------------------------------------------------------------


@every
@both_precisions
def test_function_and_slope_are_those_of_torch(phi, dtype):
    torch = pytest.importorskip("torch")
    x = grid(dtype)
    t = torch.tensor(x, requires_grad=True)
    y = phi.torch(t)
    (slope,) = torch.autograd.grad(y.sum(), t)
    assert y.dtype == t.dtype
    tolerance = 8 * PRECISION[dtype]
    np.testing.assert_allclose(phi(x), y.detach().numpy(), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(phi.slope(x), slope.numpy(), rtol=tolerance, atol=tolerance)


# The counterparts above are partly written by hand; here is torch's own function under its own name.
TORCH_NAMES = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softsign": "softsign",
    "hard_tanh": "hardtanh",
    "relu": "relu",
    "relu6": "relu6",
    "leaky": "leaky_relu",
    "elu": "elu",
    "selu": "selu",
    "celu": "celu",
    "gelu": "gelu",
    "silu": "silu",
    "mish": "mish",
    "softplus": "softplus",
    "rrelu": "rrelu",
}


@pytest.mark.parametrize(("name", "theirs"), TORCH_NAMES.items())
def test_defaults_are_those_of_torch(name, theirs):
    torch = pytest.importorskip("torch")
    x = np.linspace(-15, 15, 301)  # softplus is cut off beyond 20 there
    y = getattr(torch.nn.functional, theirs)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(activations.get(name)(x), y, rtol=1e-14, atol=1e-14)


def test_hard_sigmoid_of_torch_has_slope_one_sixth():
    torch = pytest.importorskip("torch")
    x = np.linspace(-5, 5, 101)
    theirs = torch.nn.functional.hardsigmoid(torch.tensor(x)).numpy()
    np.testing.assert_allclose(activations.hard_sigmoid(x, slope=1 / 6), theirs, atol=1e-7)


@pytest.mark.parametrize("phi", ALL.values(), ids=lambda phi: phi.name)
def test_torch_counterpart_runs_inside_vmap(phi):
    torch = pytest.importorskip("torch")
    t = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(2, 3, 4)
    assert torch.equal(torch.func.vmap(phi.torch)(t), phi.torch(t))
    slope = torch.func.vmap(torch.func.grad(lambda row: phi.torch(row).sum()))(t)
    np.testing.assert_allclose(slope.numpy(), phi.slope(t.numpy()), atol=1e-14)


def test_parameters_learn_in_torch():
    torch = pytest.importorskip("torch")
    t = torch.tensor([[-2.0, 3.0], [-1.0, -4.0]])
    slope = torch.tensor([0.25, 0.5], requires_grad=True)
    activations.prelu.torch(t, slope=slope).sum().backward()
    assert slope.grad.tolist() == [-3.0, -4.0]  # the sum of min(0, x), channel by channel
    beta = torch.tensor(1.0, requires_grad=True)
    activations.silu.torch(t, beta=beta).sum().backward()
    assert beta.grad > 0


# --- Slopes ------------------------------------------------------------------------------------------------


@every
@settings(max_examples=60, deadline=None)
@given(x=st.floats(-30, 30))
def test_slope_is_the_finite_difference(phi, x):
    h = 1e-5
    if any(abs(x - kink) <= 2 * h for kink in phi.kinks):
        return  # no derivative there: the test of the kinks below
    difference = (phi(x + h) - phi(x - h)) / (2 * h)
    assert phi.slope(x) == pytest.approx(difference, abs=2.5 * h)  # where the curvature jumps, off by about h


@every
def test_kinks_are_where_the_slope_jumps_and_nowhere_else(phi):
    h = 1e-9
    x = np.linspace(-8, 8, 3201)
    for kink, returned in phi.kinks.items():
        assert phi.slope(kink) == returned
        left, right = phi.slope(kink - h), phi.slope(kink + h)
        jump = abs(phi(kink + h) - phi(kink - h)) if phi.family == "threshold" else abs(right - left)
        assert jump > 0.01
        x = x[np.abs(x - kink) > 0.006]
    steepest = 8.0  # no smooth φ here bends faster: β = 4 gives 1/2 · β, ReLU² gives 2
    assert np.all(np.abs(phi.slope(x + h) - phi.slope(x - h)) < 2 * h * steepest)


# --- Far out -----------------------------------------------------------------------------------------------


@every
@both_precisions
def test_far_out_nothing_overflows(phi, dtype):
    x = np.array([-1e4, -300, -100, -40, 40, 100, 300, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = phi(x), phi.slope(x)
    assert np.all(np.isfinite(y))
    assert np.all(np.isfinite(slope))


@every
@both_precisions
def test_infinity_gives_the_limit_and_nan_passes(phi, dtype):
    ends = np.array([-np.inf, np.inf], dtype)
    far = np.array([-1e4, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = phi(ends), phi.slope(ends)
        nan = phi(dtype(np.nan)), phi.slope(dtype(np.nan))
    grows = np.abs(phi(far)) > 50
    np.testing.assert_array_equal(np.isinf(y), grows)
    np.testing.assert_array_equal(np.sign(y[grows]), np.sign(phi(far)[grows]))
    np.testing.assert_allclose(y[~grows], phi(far)[~grows], atol=2e-4)  # softsign has 1e-4 to go
    if phi.name != "relu_squared":
        np.testing.assert_allclose(slope, phi.slope(far), atol=1e-7)
    assert np.all(np.isnan(nan))


# --- What each declares ------------------------------------------------------------------------------------


@every
def test_monotone_as_declared(phi):
    falls = np.diff(phi(np.sort(grid()))) < -1e-12
    assert phi.monotone == (not falls.any())


@every
def test_range_holds_and_is_approached(phi):
    low, high = phi.range
    y = phi(np.concatenate([grid(), np.linspace(-3, 0, 300_001)]))
    assert y.min() >= low - 1e-12
    assert y.max() <= high + 1e-12
    assert y.min() <= (low + 1.1e-4 if np.isfinite(low) else -99)
    assert y.max() >= (high - 1.1e-4 if np.isfinite(high) else 4999)


@pytest.mark.parametrize("phi", ALL.values(), ids=lambda phi: phi.name)
def test_every_record_is_complete(phi):
    assert phi.family in FAMILIES
    assert phi.first <= phi.trained <= 2021
    assert phi.sources
    assert phi.formula
    assert phi.slope_formula
    assert getattr(activations, phi.name) is phi
    for name, parameter in phi.parameters.items():
        parameter.check(name, phi.title, parameter.default)


def test_all_holds_every_activation_of_the_module_in_order_of_years():
    assert {a.name for a in vars(activations).values() if isinstance(a, Activation)} == set(ALL)
    years = [phi.trained for phi in ALL.values()]
    assert years == sorted(years)
    with pytest.raises(TypeError):
        ALL["relu"] = activations.gelu


# --- Shapes and types --------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_shape_and_type_are_kept(phi, shape, dtype):
    x = np.full(shape, 0.75, dtype)
    for y in (phi(x), phi.slope(x)):
        assert y.shape == shape
        assert y.dtype == dtype


@every
def test_whole_numbers_and_truth_values_become_float64(phi):
    for x in (2, True, [1, -2], np.array([3, -1], np.int8)):
        for y in (phi(x), phi.slope(x)):
            assert y.dtype == np.float64
        np.testing.assert_array_equal(phi(x), phi(np.asarray(x, np.float64)))


def test_the_input_is_neither_changed_nor_shared():
    for phi in ALL.values():
        x = np.array([-1.5, 0.0, 2.0])
        y = phi(x)
        y += 1
        assert x.tolist() == [-1.5, 0.0, 2.0]


@pytest.mark.parametrize("x", ["text", 1j, np.array([None])])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(TypeError, match="expected real numbers"):
        activations.relu(x)


def test_a_tensor_is_sent_to_the_torch_counterpart():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"call relu\.torch\(x\)"):
        activations.relu(torch.zeros(2))


# --- Parameters --------------------------------------------------------------------------------------------


def test_a_bound_parameter_counts_and_the_label_says_so():
    bound = activations.leaky.at(slope=0.1)
    assert bound(-2.0) == activations.leaky(-2.0, slope=0.1) == pytest.approx(-0.2)
    assert bound.label == "leaky ReLU (slope = 0.1)"
    assert bound.at(slope=0.2).label == "leaky ReLU (slope = 0.2)"
    assert activations.elu.at(alpha=2).label == "ELU (α = 2)"
    assert activations.prelu.at(slope=[0.1, 0.2]).label == "PReLU (slope = 2 values)"
    assert (bound.name, activations.leaky.label) == ("leaky", "leaky ReLU")
    assert bound.kinks == {0.0: 0.1}
    assert "0x" not in repr(bound)  # no address: the repr is the same in every run


def test_the_slope_of_prelu_broadcasts():
    x = np.array([[-1.0, -1.0, 2.0], [-2.0, 4.0, -2.0]])
    slope = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(activations.prelu(x, slope=slope), [[-0.1, -0.2, 2.0], [-0.2, 4.0, -0.6]])
    np.testing.assert_allclose(activations.prelu.slope(x, slope=slope), [[0.1, 0.2, 1.0], [0.1, 1.0, 0.3]])


def test_rrelu_is_random_only_through_the_slopes_it_is_given():
    x = np.linspace(-2, 2, 10_000).reshape(100, 100)
    mean = (1 / 8 + 1 / 3) / 2
    np.testing.assert_array_equal(activations.rrelu(x), activations.prelu(x, slope=mean))
    slopes = activations.draw_slopes(7, x.shape)
    assert 1 / 8 <= slopes.min() < 0.13
    assert 0.33 < slopes.max() <= 1 / 3
    assert slopes.mean() == pytest.approx(mean, abs=0.002)
    np.testing.assert_array_equal(slopes, activations.draw_slopes(np.random.default_rng(7), x.shape))
    np.testing.assert_array_equal(activations.rrelu(x, slopes=slopes), np.where(x > 0, x, slopes * x))
    np.testing.assert_array_equal(activations.rrelu.slope(x, slopes=slopes), np.where(x > 0, 1, slopes))
    with pytest.raises(ValueError, match="expected lower ≤ upper"):
        activations.rrelu(x, lower=0.5)
    with pytest.raises(ValueError, match="expected lower ≤ upper"):
        activations.draw_slopes(0, 3, lower=0.5)
    with pytest.raises(TypeError, match="rng is None"):
        activations.draw_slopes(None, 3)


@pytest.mark.parametrize(
    ("phi", "name", "value", "span"),
    [
        ("leaky", "slope", 1.5, "[0, 1]"),
        ("leaky", "slope", -0.1, "[0, 1]"),
        ("leaky", "slope", None, "[0, 1]"),
        ("prelu", "slope", np.inf, "(-inf, inf)"),
        ("prelu", "slope", [0.1, np.nan], "(-inf, inf)"),
        ("rrelu", "slopes", [0.2, 1.2], "[0, 1]"),
        ("elu", "alpha", -1, "[0, inf)"),
        ("elu", "alpha", "large", "[0, inf)"),
        ("celu", "alpha", 0, "(0, inf)"),
        ("softplus", "beta", 0.0, "(0, inf)"),
        ("hard_sigmoid", "slope", 0, "(0, inf)"),
        ("silu", "beta", -1, "[0, inf)"),
    ],
)
def test_a_parameter_out_of_range_is_refused_wherever_it_is_given(phi, name, value, span):
    phi = activations.get(phi)
    for use in (phi.at, lambda **given: phi(1.0, **given), lambda **given: phi.slope(1.0, **given)):
        with pytest.raises(ValueError) as refused:
            use(**{name: value})
        assert str(refused.value).startswith(f"{name} of {phi.title} is ")
        assert str(refused.value).endswith(f"expected finite numbers in {span}")


def test_an_unknown_parameter_is_refused():
    with pytest.raises(TypeError, match="leaky ReLU has no parameter 'alpha'; it has: slope"):
        activations.leaky(1.0, alpha=0.1)
    with pytest.raises(TypeError, match="ReLU has no parameter 'slope'; it has: none"):
        activations.relu.at(slope=0.1)


def test_an_unknown_name_lists_the_names_and_suggests_the_nearest():
    assert activations.get("relu") is activations.relu
    with pytest.raises(ValueError, match="did you mean 'hard_tanh'") as refused:
        activations.get("Hard Tanh")
    assert all(name in str(refused.value) for name in ALL)
    with pytest.raises(ValueError) as refused:
        activations.get("qqq")
    assert "did you mean" not in str(refused.value)


# --- Years -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["__call__", "slope"])
def test_a_page_cannot_use_what_comes_later(use):
    eras.page(1943)
    assert getattr(activations.step, use)(1.0) in (0, 1)
    with pytest.raises(eras.Anachronism, match=r"GELU dates from 2016.* 1943"):
        getattr(activations.gelu, use)(1.0)
    with eras.counterfactual():
        getattr(activations.gelu, use)(1.0)
    eras.section(2016)
    getattr(activations.gelu, use)(1.0)


def test_the_torch_counterpart_is_guarded_too():
    torch = pytest.importorskip("torch")
    eras.page(1943)
    with pytest.raises(eras.Anachronism, match=r"leaky ReLU \(slope = 0.1\) dates from 2013.* 1943"):
        activations.leaky.at(slope=0.1).torch(torch.zeros(1))


def test_the_year_that_counts_is_the_one_of_training():
    assert (activations.relu.first, activations.relu.trained) == (1941, 2010)
    eras.page(1969)
    with pytest.raises(eras.Anachronism, match=r"2010.*1969"):
        activations.relu(1.0)


# --- Published constants -----------------------------------------------------------------------------------


def normal_mean(f):
    return sum(
        quad(lambda z: f(z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), *side)[0]
        for side in ((-40, 0), (0, 40))
    )


def test_the_constants_of_selu_are_the_fixed_point():
    def drift(constants):
        scale, alpha = constants

        def phi(z):
            return scale * (z if z > 0 else alpha * np.expm1(z))

        return normal_mean(phi), normal_mean(lambda z: phi(z) ** 2) - 1

    scale, alpha = fsolve(drift, (1.0, 1.5), xtol=1e-13)
    assert scale == pytest.approx(1.0507009873554804934, abs=1e-10)
    assert alpha == pytest.approx(1.6732632423543772848, abs=1e-10)
    assert (activations.SELU_SCALE, activations.SELU_ALPHA) == (1.0507009873554804934, 1.6732632423543772848)
    assert normal_mean(activations.selu) == pytest.approx(0, abs=1e-10)
    assert normal_mean(lambda z: activations.selu(z) ** 2) == pytest.approx(1, abs=1e-10)


def test_the_scaled_tanh_of_lecun():
    assert activations.scaled_tanh(1.0) == pytest.approx(0.999997, abs=5e-7)
    assert activations.scaled_tanh.slope(0.0) == pytest.approx(1.1439, abs=5e-5)
    x = np.linspace(0, 3, 300_001)
    curvature = np.gradient(activations.scaled_tanh.slope(x), x)
    assert x[np.argmax(np.abs(curvature))] == pytest.approx(0.99, abs=0.005)


@pytest.mark.parametrize(("name", "error"), [("gelu_tanh", 4.73e-4), ("gelu_sigmoid", 2.03e-2)])
def test_the_approximations_of_gelu(name, error):
    x = np.linspace(-6, 6, 120_001)
    assert np.abs(activations.get(name)(x) - activations.gelu(x)).max() == pytest.approx(error, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "where", "lowest"),
    [("gelu", -0.752, -0.1700), ("silu", -1.278, -0.2785), ("mish", -1.192, -0.3088)],
)
def test_minima(name, where, lowest):
    phi = activations.get(name)
    x = brentq(phi.slope, -2, -0.3)
    assert x == pytest.approx(where, abs=5e-4)
    assert phi(x) == pytest.approx(lowest, abs=5e-5)
    assert phi.range[0] == pytest.approx(phi(x), abs=1e-14)


def test_where_swish_becomes_steeper_than_relu():
    assert brentq(lambda x: activations.silu.slope(x) - 1, 0.5, 2) == pytest.approx(1.2785, abs=5e-5)


def test_the_sigmoid_is_never_steeper_than_a_quarter():
    assert activations.sigmoid.slope(0.0) == 0.25
    assert activations.sigmoid.slope(grid()).max() == 0.25


def test_one_becomes_another_at_the_end_of_its_parameter():
    x = grid()
    np.testing.assert_allclose(activations.tanh(x), 2 * activations.sigmoid(2 * x) - 1, atol=1e-15)
    np.testing.assert_allclose(activations.silu(x, beta=0), x / 2)
    np.testing.assert_allclose(activations.silu(x, beta=1e6), activations.relu(x), atol=1e-6)
    np.testing.assert_allclose(activations.softplus(x, beta=1e6), activations.relu(x), atol=1e-6)
    np.testing.assert_array_equal(activations.leaky(x, slope=0), activations.relu(x))
    np.testing.assert_array_equal(activations.elu(x, alpha=0), activations.relu(x))
    np.testing.assert_array_equal(activations.celu(x), activations.elu(x))


# --- Gated units -------------------------------------------------------------------------------------------

gates = pytest.mark.parametrize("unit", GATED.values(), ids=lambda unit: unit.name)


def pairs(dtype=np.float64):
    value, gate = np.meshgrid([-7.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0], grid(dtype)[::37])
    return value.astype(dtype), gate


@gates
@both_precisions
def test_a_gated_unit_and_its_slopes_are_those_of_torch(unit, dtype):
    torch = pytest.importorskip("torch")
    value, gate = pairs(dtype)
    u, g = torch.tensor(value, requires_grad=True), torch.tensor(gate, requires_grad=True)
    y = unit.torch(u, g)
    by_value, by_gate = torch.autograd.grad(y.sum(), (u, g))
    assert y.dtype == u.dtype
    tolerance = 8 * PRECISION[dtype]
    for ours, theirs in zip(
        (unit(value, gate), *unit.slopes(value, gate)), (y.detach(), by_value, by_gate), strict=True
    ):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=tolerance, atol=8 * tolerance)


def test_glu_is_that_of_torch_value_first():
    torch = pytest.importorskip("torch")
    value, gate = pairs()
    theirs = torch.nn.functional.glu(torch.tensor(np.concatenate([value, gate], axis=-1)))
    np.testing.assert_allclose(activations.glu(value, gate), theirs.numpy(), rtol=1e-14, atol=1e-15)


FORMULAS = {
    "glu": lambda u, g: u / (1 + np.exp(-g)),
    "bilinear": lambda u, g: u * g,
    "reglu": lambda u, g: u * np.where(g > 0, g, 0),
    "swiglu": lambda u, g: u * g / (1 + np.exp(-g)),
}


@pytest.mark.parametrize(("name", "formula"), FORMULAS.items())
def test_gated_units_are_as_the_papers_write_them(name, formula):
    rng = np.random.default_rng(0)
    value, gate = rng.normal(size=(2, 200)) * 3
    np.testing.assert_allclose(GATED[name](value, gate), formula(value, gate), rtol=1e-13)


def test_the_gate_of_geglu_is_an_expectation():
    rng = np.random.default_rng(0)
    kept = rng.normal(size=400_000) < 0.7  # x passes as often as a normal number lies below it
    assert activations.geglu(2.0, 0.7) == pytest.approx(2 * 0.7 * kept.mean(), rel=5e-3)


@gates
@settings(max_examples=40, deadline=None)
@given(value=st.floats(-5, 5), gate=st.floats(-20, 20))
def test_slopes_of_a_gated_unit_are_finite_differences(unit, value, gate):
    h = 1e-5
    if any(abs(gate - kink) <= 2 * h for kink in unit.gate.kinks):
        return
    by_value = (unit(value + h, gate) - unit(value - h, gate)) / (2 * h)
    by_gate = (unit(value, gate + h) - unit(value, gate - h)) / (2 * h)
    assert unit.slopes(value, gate) == pytest.approx((by_value, by_gate), abs=1e-5)


def test_with_value_and_gate_the_same_they_are_units_of_one_argument():
    x = grid()
    np.testing.assert_array_equal(activations.reglu(x, x), activations.relu_squared(x))
    np.testing.assert_allclose(activations.glu(x, x), activations.silu(x), rtol=1e-15)
    np.testing.assert_array_equal(activations.bilinear(x, x), x**2)
    ones = np.ones_like(x)
    for unit in GATED.values():  # and with a value of 1 the gate alone
        np.testing.assert_array_equal(unit(ones, x), unit.gate(x))


@gates
@both_precisions
def test_far_out_a_gated_unit_gives_the_limit_and_nan_passes(unit, dtype):
    inf, nan = dtype(np.inf), dtype(np.nan)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert unit(dtype(0), inf) == 0
        assert unit(dtype(2), inf) == (2 if unit.name == "glu" else inf)
        assert unit(dtype(-2), inf) == (-2 if unit.name == "glu" else -inf)
        assert unit(dtype(2), -inf) == (-inf if unit.name == "bilinear" else 0)
        assert unit(inf, dtype(1)) == inf
        assert unit(inf, dtype(-1e4)) == (-inf if unit.name == "bilinear" else 0)  # shut
        assert unit.slopes(dtype(0), inf)[1] == 0
        for one, other in ((nan, dtype(-1e4)), (nan, dtype(0)), (dtype(0), nan), (nan, inf), (inf, nan)):
            assert np.isnan(unit(one, other))
            assert np.isnan(unit.slopes(one, other)).all()


def test_infinity_at_a_shut_gate_is_no_number_in_torch():
    torch = pytest.importorskip("torch")
    assert activations.reglu(np.inf, -1.0) == 0
    assert torch.isnan(activations.reglu.torch(torch.tensor(torch.inf), torch.tensor(-1.0)))


@gates
def test_a_gated_unit_broadcasts_and_keeps_types(unit):
    assert unit(2, [1, -1]).dtype == np.float64
    assert unit(np.float32(2), np.ones((3, 1), np.float32)).dtype == np.float32
    for number in (1.0, 2, -0.5):  # Python's own numbers leave an array as it is
        half = np.ones(3, np.float16)
        for made in (
            unit(half, number),
            unit(number, half),
            *unit.slopes(half, number),
            *unit.slopes(number, half),
        ):
            assert made.dtype == np.float16
        assert unit(np.float32(2), number).dtype == unit(number, np.float32(2)).dtype == np.float32
    assert unit(np.ones(3, np.float32), np.float64(1)).dtype == np.float64
    assert unit(2, 1.0).dtype == unit(np.ones(3, int), 1.0).dtype == np.float64
    assert unit(np.ones((2, 1, 3)), np.ones((4, 1))).shape == (2, 4, 3)
    assert [slope.shape for slope in unit.slopes(np.ones((2, 1)), np.ones(3))] == [(2, 3), (2, 3)]
    assert np.ndim(unit(2.0, 1.0)) == 0
    value = np.array([1.0, 2.0])
    out = unit(value, value)
    out += 1
    assert value.tolist() == [1.0, 2.0]


@gates
def test_a_gated_unit_refuses_what_does_not_fit(unit):
    with pytest.raises(ValueError) as refused:
        unit(np.ones(3), np.ones((2, 4)))
    assert str(refused.value) == (
        f"value of {unit.title} has shape (3,) and gate has (2, 4); expected shapes that broadcast"
    )
    with pytest.raises(ValueError, match="expected shapes that broadcast"):
        unit.slopes(np.ones(3), np.ones(2))
    with pytest.raises(TypeError, match=r"gate has dtype <U4; expected real numbers"):
        unit(1.0, "text")
    with pytest.raises(TypeError, match=r"value has dtype complex128"):
        unit.slopes(1j, 1.0)


@gates
def test_a_gated_unit_tells_tensors_from_arrays(unit):
    torch = pytest.importorskip("torch")
    with pytest.raises(
        TypeError, match=rf"gate is a torch tensor; .* call {unit.name}\.torch\(value, gate\)"
    ):
        unit(np.ones(2), torch.ones(2))
    with pytest.raises(TypeError, match=rf"value is of type ndarray; .*: call {unit.name}\(value, gate\)"):
        unit.torch(np.ones(2), torch.ones(2))
    with pytest.raises(ValueError, match=r"has shape \(3,\) and gate has \(2,\)"):
        unit.torch(torch.ones(3), torch.ones(2))
    t = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(2, 3, 4)
    assert torch.equal(torch.func.vmap(unit.torch)(t, t.flip(0)), unit.torch(t, t.flip(0)))


@gates
def test_every_gated_record_is_complete(unit):
    assert unit.family == unit.gate.family
    assert unit.gate.trained <= unit.trained
    assert 2007 <= unit.first <= unit.trained <= 2020
    assert unit.sources
    assert unit.formula
    assert len(unit.slope_formulas) == 2
    assert getattr(activations, unit.name) is unit
    assert unit.label == unit.title
    assert "0x" not in repr(unit)


def test_gated_holds_every_gated_unit_in_order_of_years_beside_all():
    assert {a.name for a in vars(activations).values() if isinstance(a, Gated)} == set(GATED)
    assert not set(GATED) & set(ALL)
    years = [(unit.trained, unit.first) for unit in GATED.values()]
    assert years == sorted(years)
    with pytest.raises(TypeError):
        GATED["glu"] = activations.reglu


def test_get_says_where_a_gated_unit_is():
    for name in (*GATED, "SwiGLU"):
        where = name.lower()
        with pytest.raises(ValueError, match=rf"is a gated unit.*take activations\.GATED\['{where}'\]"):
            activations.get(name)


def test_gated_units_have_their_years():
    eras.page(2017)
    assert activations.glu(1.0, 0.0) == 0.5
    for use in (activations.swiglu, activations.swiglu.slopes):
        with pytest.raises(eras.Anachronism, match=r"SwiGLU dates from 2020.* 2017"):
            use(1.0, 1.0)
    with eras.counterfactual():
        activations.swiglu(1.0, 1.0)
    eras.section(2020)
    activations.swiglu(1.0, 1.0)


def test_the_torch_counterpart_of_a_gated_unit_is_guarded_too():
    torch = pytest.importorskip("torch")
    eras.page(2012)
    with pytest.raises(eras.Anachronism, match=r"GLU dates from 2016.* 2012"):
        activations.glu.torch(torch.zeros(1), torch.zeros(1))


# --- Imports -----------------------------------------------------------------------------------------------


def test_neither_importing_nor_calling_loads_torch():
    code = (
        "import sys; from rectified import activations as a\n"
        "[(phi(-1.0), phi.slope(2.0)) for phi in a.ALL.values()]\n"
        "[(unit(2.0, -1.0), unit.slopes(2.0, 1.0)) for unit in a.GATED.values()]\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_warning_at_ordinary_inputs():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for phi in VARIANTS:
            phi(grid()), phi.slope(grid())
