"""Every initialisation against its variance formula, against torch's conventions, and against bad input."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rectified import activations, eras, initialisation
from rectified.initialisation import ALL, Initialisation, fans

MATRIX, TALL, KERNEL = (300, 500), (500, 200), (64, 32, 5, 5)
every = pytest.mark.parametrize("init", ALL.values(), ids=ALL.keys())


@pytest.fixture(autouse=True)
def _no_era():
    with eras.timeless():
        yield


# --- Fans --------------------------------------------------------------------------------------------------


def test_a_matrix_has_its_inputs_first_and_a_kernel_its_outputs():
    assert fans((784, 100)) == (784, 100)
    assert fans((96, 3, 11, 11)) == (3 * 121, 96 * 121)
    assert fans([16, 8, 5]) == (40, 80)


@pytest.mark.parametrize("shape", [(96, 3, 11, 11), (16, 8, 5), (4, 2, 3, 3, 3)])
def test_fans_of_kernels_are_those_of_torch(shape):
    torch = pytest.importorskip("torch")
    assert fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("shape", [(), (3,), (3, 0), (3, -1), (3, 2.0), (True, 3)])
def test_a_bad_shape_is_refused(shape):
    for use in (fans, initialisation.he.variance, lambda shape: initialisation.he(0, shape)):
        with pytest.raises(ValueError) as refused:
            use(shape)
        assert str(refused.value).startswith(f"shape is {shape}; expected (fan_in, fan_out)")


# --- Draws -------------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("shape", [MATRIX, TALL, KERNEL], ids=str)
def test_shape_type_mean_and_variance(init, shape):
    weights = init(np.random.default_rng(1), shape)
    assert weights.shape == shape
    assert weights.dtype == np.float64
    variance = init.variance(shape)
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)


@every
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(init):
    weights = init(3, (20, 30))
    np.testing.assert_array_equal(weights, init(3, (20, 30)))
    np.testing.assert_array_equal(weights, init(np.random.default_rng(3), (20, 30)))
    assert not np.array_equal(weights, init(4, (20, 30)))
    rng = np.random.default_rng(3)
    first, second = init(rng, (20, 30)), init(rng, (20, 30))
    np.testing.assert_array_equal(first, weights)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("rng", [None, True, -1, 1.5, "seed", np.random])
def test_chance_without_a_source_is_refused(rng):
    with pytest.raises(TypeError, match="or a seed, a whole number from 0"):
        initialisation.he(rng, (2, 3))


FORMULAS = {
    "uniform": 0.3**2 / 3,
    "lecun_1989": (2.4 / 300) ** 2 / 3,
    "customary": 1 / 900,
    "lecun": 1 / 300,
    "glorot": 2 / 800,
    "glorot_normal": 2 / 800,
    "gaussian": 1e-4,
    "orthogonal": 1 / 500,
    "he": 2 / 300,
}


@every
def test_the_variance_formulas(init):
    assert init.variance(MATRIX) == pytest.approx(FORMULAS[init.name], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("uniform", 0.3),
        ("lecun_1989", 2.4 / 300),
        ("customary", 300**-0.5),
        ("glorot", (6 / 800) ** 0.5),
    ],
)
def test_the_uniform_ones_fill_their_interval(name, limit):
    weights = initialisation.get(name)(0, MATRIX)
    assert limit * 0.999 < weights.max() <= limit
    assert -limit <= weights.min() < -limit * 0.999


@pytest.mark.parametrize("name", ["lecun", "glorot_normal", "gaussian", "he"])
def test_the_normal_ones_are_normal(name):
    weights = initialisation.get(name)(0, MATRIX)
    z = weights.ravel() / weights.std()
    assert np.mean(z**4) == pytest.approx(3, abs=0.1)
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.6827, abs=0.005)


# --- Orthogonal --------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    gain=st.floats(0.1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_or_columns_are_orthonormal(rows, columns, gain, seed):
    w = initialisation.orthogonal(seed, (rows, columns), gain=gain)
    gram = w.T @ w if rows >= columns else w @ w.T
    np.testing.assert_allclose(gram, gain**2 * np.eye(min(rows, columns)), atol=1e-12)


def test_the_units_of_an_orthogonal_kernel_are_orthonormal():
    rows = initialisation.orthogonal(0, (8, 3, 5, 5)).reshape(8, 75)
    np.testing.assert_allclose(rows @ rows.T, np.eye(8), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly():
    w = np.stack([initialisation.orthogonal(seed, (2, 2)) for seed in range(2000)])
    turns = np.linalg.det(w) > 0
    assert np.mean(turns) == pytest.approx(0.5, abs=0.05)
    assert np.abs(w.mean(axis=0)).max() < 0.06  # QR alone would leave the diagonal at −0.64


# --- What they are for -------------------------------------------------------------------------------------


def rms_after(init, phi, depth=20, width=400):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, width))
    for _ in range(depth):
        x = phi(x @ init(rng, (width, width)))
    return np.sqrt(np.mean(x**2))


def test_he_keeps_the_signal_of_rectifiers_and_lecun_loses_it():
    # The power halves in each rectifier, and He's doubles it in each layer before.
    assert rms_after(initialisation.he, activations.relu) == pytest.approx(np.sqrt(0.5) * np.sqrt(2), rel=0.5)
    assert rms_after(initialisation.lecun, activations.relu) == pytest.approx(2**-10, rel=0.6)


def test_he_with_a_slope_keeps_the_signal_of_leaky_rectifiers():
    assert rms_after(initialisation.he.at(slope=0.5), activations.leaky.at(slope=0.5)) == pytest.approx(
        1, rel=0.4
    )
    assert rms_after(initialisation.he, activations.leaky.at(slope=0.5)) > 5


def test_orthogonal_keeps_the_signal_of_linear_units_exactly():
    x = np.random.default_rng(5).normal(size=(100, 400))
    start = np.sqrt(np.mean(x**2))
    assert rms_after(initialisation.orthogonal, activations.identity) == pytest.approx(start, rel=1e-12)


def test_he_backward_uses_the_other_fan():
    assert initialisation.he.variance((300, 500), fan="out") == pytest.approx(2 / 500)
    weights = initialisation.he(0, (300, 500), fan="out", slope=1.0)
    assert weights.var() == pytest.approx(1 / 500, rel=0.03)


# --- LSUV --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phi", [activations.relu, activations.tanh, activations.sigmoid], ids=lambda phi: phi.name
)
def test_lsuv_gives_every_layer_sums_of_unit_variance(phi):
    rng = np.random.default_rng(2)
    x = rng.normal(3, 5, (200, 30))
    sizes = (30, 50, 40, 60, 10)
    drawn = [initialisation.orthogonal(rng, shape) for shape in pairwise(sizes)]
    kept = [w.copy() for w in drawn]
    scaled = initialisation.lsuv(drawn, phi, x)
    for before, after, original in zip(drawn, scaled, kept, strict=True):
        np.testing.assert_array_equal(before, original)
        ratio = after / before
        np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-9)  # scaled, nothing else
        z = x @ after
        assert z.var() == pytest.approx(1, abs=1e-12)
        x = phi(z)


def test_lsuv_says_what_does_not_fit():
    x = np.ones((5, 3))
    with pytest.raises(ValueError, match=r"weights of layer 2 are \(3, 4\) but their input has 2 columns"):
        initialisation.lsuv(
            [np.eye(3)[:, :2], np.ones((3, 4))],
            activations.relu,
            np.random.default_rng(0).normal(size=x.shape),
        )
    with pytest.raises(ValueError, match=r"sums of layer 1 have standard deviation 0\.0"):
        initialisation.lsuv([np.ones((3, 2))], activations.relu, x)
    with pytest.raises(ValueError, match=r"x has shape \(3,\); expected \(batch, fan_in\)"):
        initialisation.lsuv([np.ones((3, 2))], activations.relu, x[0])


# --- Names, parameters, years ------------------------------------------------------------------------------


def test_a_bound_parameter_counts_and_the_label_says_so():
    wide = initialisation.uniform.at(limit=0.5)
    assert wide.label == "uniform (limit = 0.5)"
    assert wide.variance((2, 3)) == pytest.approx(0.25 / 3)
    np.testing.assert_array_equal(wide(0, (2, 3)), initialisation.uniform(0, (2, 3), limit=0.5))
    assert initialisation.uniform.label == "uniform"
    assert "0x" not in repr(wide)


@pytest.mark.parametrize(
    ("name", "parameter", "value", "expected"),
    [
        ("he", "fan", "both", "expected 'in' or 'out'"),
        ("he", "slope", np.nan, "expected a finite number"),
        ("he", "slope", "0.1", "expected a finite number"),
        ("uniform", "limit", 0, "expected a number above 0"),
        ("gaussian", "std", -0.01, "expected a number above 0"),
        ("orthogonal", "gain", np.inf, "expected a finite number"),
    ],
)
def test_a_bad_parameter_is_refused(name, parameter, value, expected):
    init = initialisation.get(name)
    for use in (
        init.at,
        lambda **given: init(0, (2, 3), **given),
        lambda **given: init.variance((2, 3), **given),
    ):
        with pytest.raises(ValueError) as refused:
            use(**{parameter: value})
        assert str(refused.value) == f"{parameter} is {value!r}; {expected}"


def test_an_unknown_parameter_is_refused():
    with pytest.raises(TypeError, match="Glorot has no parameter 'gain'; it has: none"):
        initialisation.glorot(0, (2, 3), gain=2)


def test_an_unknown_name_lists_the_names_and_suggests_the_nearest():
    assert initialisation.get("he") is initialisation.he
    with pytest.raises(ValueError, match="did you mean 'orthogonal'") as refused:
        initialisation.get("orthogonl")
    assert all(name in str(refused.value) for name in ALL)


def test_all_holds_every_initialisation_of_the_module_in_order_of_years():
    assert {i.name for i in vars(initialisation).values() if isinstance(i, Initialisation)} == set(ALL)
    years = [init.year for init in ALL.values()]
    assert years == sorted(years)
    for name, init in ALL.items():
        assert getattr(initialisation, name) is init
        assert init.sources
        assert init.formula


def test_a_page_cannot_use_what_comes_later():
    eras.page(1986)
    initialisation.uniform(0, (2, 3))
    with pytest.raises(eras.Anachronism, match=r"He dates from 2015.* 1986"):
        initialisation.he(0, (2, 3))
    with pytest.raises(eras.Anachronism, match=r"LSUV dates from 2015.* 1986"):
        initialisation.lsuv([np.eye(2)], np.tanh, np.eye(2))
    with eras.counterfactual():
        initialisation.he(0, (2, 3))


def test_importing_the_module_does_not_load_torch():
    code = "import sys; import rectified.initialisation; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
