"""Rectified units fed forward, fed back, copied, drawn, charged for; the list of works; and the chapter's checks."""

import re
import weakref
from itertools import combinations

import numpy as np
import pytest
import torch

from press import BOOK
from rectified import activations, belief, data, eras, rectifier, training
from rectified.activations import log1pexp, logistic, relu, tanh
from rectified.belief import Dice
from rectified.exercises import rectifier as check
from rectified.rectifier import (
    DRAWINGS,
    LINEAGE,
    STAGES,
    bump,
    copies,
    denoise,
    noisy,
    permitted,
    rectified_contrast,
    respond,
    ring,
    settle,
    sparing,
    stacked,
    subsets,
)  # fmt: skip

# ------------------------------------------------------------------------------- 1969


def test_a_detector_does_what_torch_slides():
    rng = np.random.default_rng(0)
    planes, fields = rng.normal(size=(3, 8, 9)), rng.normal(size=(4, 3, 5, 5))
    around = np.pad(planes, [(0, 0), (2, 2), (2, 2)], mode="edge")
    theirs = torch.conv2d(torch.tensor(around)[None], torch.tensor(fields))[0].numpy()
    assert respond(planes, fields, 0.5) == pytest.approx(np.maximum(0, theirs - 0.5))


def test_an_even_light_and_a_slope_of_light_are_not_seen():
    light = 0.3 + 0.02 * np.add.outer(np.arange(9), 2 * np.arange(9))[None]
    for size in (3, 5):
        assert rectifier.spot(size).sum() == pytest.approx(0)
        inside = respond(light, rectifier.spot(size))[0, 2:-2, 2:-2]
        assert inside == pytest.approx(np.zeros_like(inside), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("bar", [1, 1, 0, 0, 0, 0, 0, 0]),
        ("slash", [0, 0, 0, 0, 0, 0, 1, 1]),
        ("L", [1, 1, 0, 0, 1, 1, 0, 0]),
        ("cross", [1, 1, 0, 0, 1, 1, 0, 0]),
        ("square", [2, 2, 0, 0, 2, 2, 0, 0]),
        ("X", [0, 0, 1, 1, 0, 0, 1, 1]),
    ],
)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_every_stroke_has_two_ends_of_its_direction(name, places, strength):
    planes = DRAWINGS[name]
    for stage, (fields, threshold) in STAGES.items():
        # a fainter drawing is seen as well, if the thresholds are fainter by as much
        planes = respond(planes * (strength if stage == "contrast" else 1), fields, threshold * strength)
    assert rectifier.count(planes) == places
    ends_at = np.argwhere(planes.sum(axis=0) > 0)
    ink = np.argwhere(DRAWINGS[name][0] > 0)
    assert all(np.abs(ink - end).max(axis=1).min() <= 2 for end in ends_at)


def test_a_drawing_has_its_strokes():
    assert DRAWINGS["bar"].sum() == 13
    assert DRAWINGS["square"].sum() == 48
    assert rectifier.drawing((2, 3, 2, 3), side=5)[0, 2, 3] == 1


# ------------------------------------------------------------------------------- 2000 and 2001


def test_a_rest_is_a_rest_and_scale_passes():
    rng, weights = np.random.default_rng(1), ring()
    drives = rng.random((50, 12))
    rest = settle(weights, drives, np.zeros((50, 12)), steps=6000)
    assert rest == pytest.approx(np.maximum(0, rest @ weights.T + drives), abs=1e-9)
    assert np.array_equal(settle(weights, 4 * drives, np.zeros((50, 12)), steps=6000), 4 * rest)


def test_the_ring_looks_the_same_from_every_cell():
    weights = ring(9, itself=0.3, near=0.2, inhibit=0.1)
    assert np.array_equal(weights, weights.T)
    assert np.array_equal(weights, np.roll(weights, (1, 1), axis=(0, 1)))
    assert weights[0].round(9).tolist() == [0.2, 0.1, *6 * [-0.1], 0.1]
    assert bump(0).tolist() == [1, 0.5, *9 * [0], 0.5]


def test_what_is_permitted_in_our_ring_by_another_count():
    weights, found = ring(), 0
    for chosen in subsets(12):
        among = np.eye(len(chosen)) - weights[np.ix_(chosen, chosen)]
        try:
            np.linalg.cholesky(among)  # of positive definite matrices only
            found += 1
        except np.linalg.LinAlgError:
            pass
    assert found == sum(permitted(weights, chosen) for chosen in subsets(12)) == 1341
    assert sum(1 for _ in subsets(12)) == 4095


@pytest.mark.parametrize("seed", range(20))
def test_parts_of_permitted_sets_are_permitted(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(7, 7)) * 0.6
    weights = (weights + weights.T) / 2
    allowed = {chosen for chosen in subsets(7) if permitted(weights, chosen)}
    for chosen in allowed:
        for size in range(1, len(chosen)):
            assert set(combinations(chosen, size)) <= allowed


@pytest.mark.parametrize("seed", range(10))
def test_permitted_sets_rest_and_forbidden_ones_fall_apart(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(5, 5)) * 0.7
    weights = (weights + weights.T) / 2
    for chosen in subsets(5):
        chosen = list(chosen)
        goal = np.zeros(5)
        goal[chosen] = rng.uniform(1, 2, len(chosen))
        drive = goal - weights @ goal  # by which the goal is a rest
        drive[[k for k in range(5) if k not in chosen]] -= 1
        top = np.linalg.eigvalsh(weights[np.ix_(chosen, chosen)]).max()
        if abs(top - 1) < 0.05:
            continue
        assert settle(weights, drive, goal, steps=1) == pytest.approx(goal)
        nudged = goal.copy()
        nudged[chosen] += 1e-6 * np.linalg.eigh(weights[np.ix_(chosen, chosen)])[1][:, -1]
        away = np.abs(settle(weights, drive, nudged, steps=200) - goal).max()
        assert (away < 1e-6) == permitted(weights, chosen) == (top < 1)


def test_nothing_is_permitted_to_be_empty():
    assert permitted(ring(), [])


# ------------------------------------------------------------------------------- 2010


def test_copies_are_softplus_but_for_a_hundredth():
    x = np.linspace(-20, 20, 4001)
    gap = copies(x) - log1pexp(x)
    assert np.abs(gap).max() == pytest.approx(0.0105, abs=1e-4)
    assert x[np.abs(gap).argmax()] == pytest.approx(0, abs=0.02)
    assert copies(np.zeros((2, 3)), many=1) == pytest.approx(np.full((2, 3), logistic(-0.5)))


def test_the_noise_has_the_variance_of_the_logistic_curve():
    rng = np.random.default_rng(0)
    for x in (-1.0, 0.0, 2.0, 30.0):
        draws = noisy(np.full(200_000, x), rng.normal(size=200_000))
        spread = np.sqrt(logistic(x))
        mean = x * activations.bell_below(x / spread) + spread * activations.bell(x / spread)
        assert draws.mean() == pytest.approx(mean, abs=0.01)
        assert (draws > 0).mean() == pytest.approx(activations.bell_below(x / spread), abs=0.005)
        assert (draws >= 0).all()
    assert noisy(np.full(200_000, 30.0), rng.normal(size=200_000)).var() == pytest.approx(1, abs=0.02)
    assert np.array_equal(noisy(np.array([-1.0, 2.0]), np.zeros(2)), [0, 2])


class Quiet(Dice):
    """Dice whose normal numbers are all zero."""

    def normal(self, shape):
        return np.zeros(shape)


def test_without_noise_the_contrast_is_that_of_the_means():
    rng = np.random.default_rng(0)
    w, seen = rng.normal(size=(2, 5, 4)), rng.random((2, 7, 4))
    w[:, -1, -1] = 0
    step = rectified_contrast(w, seen, Quiet(range(2)))
    hidden = relu(seen @ w[:, :-1, :-1] + w[:, -1:, :-1])
    dreamt = belief.chance(belief.turned(w), hidden)
    again = relu(dreamt @ w[:, :-1, :-1] + w[:, -1:, :-1])
    assert step == pytest.approx(belief.together(seen, hidden) - belief.together(dreamt, again))
    assert step[:, -1, -1] == pytest.approx(0)


def test_a_rectified_machine_learns_what_it_sees_and_a_seed_stands_alone():
    digits = data.load("digits").x[:300].astype(float)

    def restored(w):
        hidden = relu(digits @ w[:, :-1, :-1] + w[:, -1:, :-1])
        return ((belief.chance(belief.turned(w), hidden) - digits) ** 2).sum(axis=-1).mean(axis=-1)

    start = belief.machine(64, 20, Dice(range(3)))
    how = {"passes": 10, "rate": 0.03, "by": rectified_contrast}
    many = belief.learn(start, digits, Dice(range(3)), **how)
    assert (restored(many) < 0.4 * restored(start)).all()
    alone = belief.learn(start[1:2], digits, Dice([1]), **how)
    assert alone[0] == pytest.approx(many[1])


# ------------------------------------------------------------------------------- 2011


def test_the_charge_is_an_l1_penalty():
    rng = np.random.default_rng(0)
    z = torch.tensor(rng.normal(size=(2, 5, 4)), requires_grad=True)
    blame = torch.tensor(rng.normal(size=(2, 5, 4)))
    (sparing(z, 0.3) * blame).sum().backward()
    other = z.detach().clone().requires_grad_()
    a = torch.relu(other)
    ((a * blame).sum() + 0.3 * a.abs().sum() / 5).backward()
    assert torch.allclose(z.grad, other.grad)
    with torch.no_grad():
        assert torch.equal(sparing(z, 0.3), torch.relu(z))


def test_what_was_charged_can_be_forgotten():
    a = sparing(torch.zeros(3, 2, requires_grad=True), 0.1)
    seen = weakref.ref(a)
    a.sum().backward()
    del a
    assert seen() is None


def test_the_charge_has_its_year():
    with eras.timeless():
        eras.page(2009)
        with pytest.raises(eras.Anachronism, match="ReLU dates from 2010"):
            sparing(torch.zeros(1, 2), 0.1)


def test_a_minus_sign_for_half_of_the_units_changes_nothing():
    """Turn the outputs of every other unit about, and the weights that leave it: the same net learns the same."""
    rng = np.random.default_rng(0)
    signs = np.where(np.arange(12) % 2, -1.0, 1.0)
    x, y = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    first, second = rng.normal(size=(1, 5, 12)), rng.normal(size=(1, 12, 3))

    def learnt(phi, last):
        net = training.Layers((5, 12, 3), phi)
        start = {"weights 1": first, "weights 2": last}
        return training.train(
            net, (x, y), seeds=[0], rate=0.1, steps=100, batch=10, dtype="float64", start=start
        )

    flip = torch.tensor(signs)
    plain = learnt("relu", second)
    turned = learnt(lambda z: torch.relu(z) * (flip if z.shape[-1] == 12 else 1), second * signs[:, None])
    assert turned.run.curve("train_loss") == pytest.approx(plain.run.curve("train_loss"), abs=1e-12)
    assert turned.parameters["weights 1"] == pytest.approx(plain.parameters["weights 1"])
    assert turned.parameters["weights 2"] == pytest.approx(plain.parameters["weights 2"] * signs[:, None])


def test_layers_learn_to_restore_and_a_seed_stands_alone():
    digits = data.load("digits").x[:400].astype(float)
    how = {"passes": 20, "rate": 0.1}
    layer = denoise(digits, 16, tanh, Dice([3, 4]), **how)
    assert layer.shape == (2, 65, 16)
    assert denoise(digits, 16, tanh, Dice([4]), **how)[0] == pytest.approx(layer[1])
    untaught = denoise(digits, 16, tanh, Dice([3, 4]), passes=0)
    spoilt = digits * (np.random.default_rng(0).random(digits.shape) >= 0.5)

    def left(layer):  # what the best linear way back cannot restore
        hidden = np.column_stack([tanh(spoilt @ layer[:-1] + layer[-1]), np.ones(len(spoilt))])
        restored = hidden @ np.linalg.lstsq(hidden, digits, rcond=None)[0]
        return ((restored - digits) ** 2).sum(axis=1).mean()

    assert all(left(layer[kind]) < 0.85 * left(untaught[kind]) for kind in range(2))


def test_a_stack_starts_a_net():
    digits = data.load("digits").x[:200].astype(float)
    start = stacked(digits, (8, 6), tanh, Dice(range(2)), passes=1)
    assert {name: value.shape for name, value in start.items()} == {
        "weights 1": (2, 64, 8), "biases 1": (2, 8), "weights 2": (2, 8, 6), "biases 2": (2, 6),
    }  # fmt: skip
    with eras.timeless():
        eras.page(2006)
        with pytest.raises(eras.Anachronism, match="denoising autoencoders dates from 2008"):
            stacked(digits, (8,), tanh, Dice([0]), passes=1)


# ------------------------------------------------------------------------------- reading off


def test_patches_and_pools_by_hand():
    picture = np.arange(16.0).reshape(1, 4, 4)
    assert rectifier.patches(picture, 3).shape == (1, 2, 2, 9)
    assert rectifier.patches(picture, 3)[0, 1, 0].tolist() == [4, 5, 6, 8, 9, 10, 12, 13, 14]
    assert rectifier.pool(picture[..., None], 2).tolist() == [[2.5, 4.5, 10.5, 12.5]]


@pytest.mark.parametrize("centre", [True, False])
def test_a_read_out_finds_what_is_there(centre):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 400)
    x = np.eye(3)[y] + 0.1 * rng.normal(size=(400, 3))
    train, test = (x[:300], y[:300]), (x[300:], y[300:])
    assert rectifier.read_out(train, test, centre=centre) == 0
    chance = rectifier.read_out((rng.normal(size=(300, 3)), y[:300]), test, centre=centre)
    assert chance > 0.4


# ------------------------------------------------------------------------------- what is refused

PLANES = np.zeros((2, 7, 7))
REFUSED = [
    (
        lambda: respond(PLANES, np.zeros((1, 1, 3, 3))),
        r"planes has shape \(2, 7, 7\) and fields \(1, 1, 3, 3\)",
    ),
    (lambda: respond(PLANES[:1], np.zeros((1, 2, 3, 3))), r"fields \(1, 2, 3, 3\)"),
    (lambda: respond(PLANES, np.zeros((1, 2, 4, 4))), "of an odd size"),
    (lambda: permitted(np.array([[0.0, 0.0], [5.0, 0.0]]), [0]), r"of shape \(2, 2\), are not symmetric"),
    (lambda: ring(2), "size is 2; expected 3 or more"),
    (lambda: rectifier.spot(4), "size is 4; expected 3, 5, 7"),
    (lambda: rectifier.drawing((-2, 0, 3, 3)), r"stroke is \(-2, 0, 3, 3\); expected places from 0 to 20"),
    (lambda: rectifier.pool(np.zeros((1, 2, 9, 4)), 3), "has 2 rows and 9 columns; expected 3 or more"),
    (lambda: rectifier.read_out(*[(np.full((3, 2), np.nan), np.arange(3))] * 2), "is not finite"),
    (lambda: denoise(np.zeros((10, 4)), 2, tanh, Dice([0])), "batch is 20 and there are 10 cases"),
    (lambda: denoise(np.zeros((30, 4)), 2, tanh, Dice([0]), spoil=1), "spoil is 1; expected a share"),
    (lambda: denoise(np.zeros((3, 30, 4)), 2, tanh, Dice([0, 1])), "or 2 seeds in front"),
]


@pytest.mark.parametrize(("do", "says"), REFUSED)
def test_what_does_not_fit_is_refused(do, says):
    with pytest.raises(ValueError, match=says):
        do()


def test_a_pool_need_not_be_square():
    answers = np.arange(4 * 8.0).reshape(1, 4, 8, 1)
    assert rectifier.pool(answers, 2).tolist() == [[5.5, 9.5, 21.5, 25.5]]


def test_a_rectified_machine_keeps_the_size_of_its_numbers():
    w = belief.machine(4, 3, Dice([0, 1]), dtype=np.float32)
    assert rectified_contrast(w, np.ones((2, 5, 4), np.float32), Dice([0, 1])).dtype == np.float32


# ------------------------------------------------------------------------------- who had it


def test_the_list_of_works_is_in_order_and_cites_what_is_earlier():
    keys = [work.key for work in LINEAGE]
    assert len(set(keys)) == len(keys)
    assert [work.year for work in LINEAGE] == sorted(work.year for work in LINEAGE)
    for place, work in enumerate(LINEAGE):
        assert set(work.cites) <= set(keys[:place]), work.key
        assert work.field in rectifier.FIELDS_OF_WORK


def test_every_work_has_its_entry():
    known = set(re.findall(r"(?m)^@\w+\{([\w-]+),", (BOOK / "references.bib").read_text("utf-8")))
    missing = [work.key for work in LINEAGE if work.key not in known]
    assert not missing, f"book/references.bib has no {', '.join(missing)}"


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize("answer", [None, "half", True, float("nan"), [0.5], 0, 0.5, -1, 1e9])
def test_a_shift_is_checked_kindly(answer):
    assert not check.shift(answer).passed
    assert len(check.shift(answer).says) > 15


def test_right_answers_pass():
    assert check.shift(-0.5).passed
    assert check.isolated(rectifier.spot(3)[0, 0], 0.9).passed
    assert check.two_bumps(0.6, 0.25, 0.25).passed
    assert check.two_bumps(0.25, 0.5, 0.25).passed


@pytest.mark.parametrize(
    ("field", "threshold", "says"),
    [
        (None, 0, "three by three"),
        ("spot", 0, "table of numbers"),
        ([[1, 2], [3, 4]], 0, r"field has shape"),
        (np.full((3, 3), np.nan), 0, "finite"),
        (np.zeros((3, 3)), None, "threshold is None"),
        (np.zeros((3, 3)), -1, "an empty drawing"),
        (np.zeros((3, 3)), 0, "does not answer to a single point"),
        (np.ones((3, 3)), 0, "in 9 places"),
        (rectifier.spot(3)[0, 0], 0.0, "at its end"),
        ([[0, 0, 0], [-1, 1, -1], [0, 0, 0]], 0, "a falling stroke"),
    ],
)
def test_fields_that_see_too_much_or_too_little_are_told_so(field, threshold, says):
    verdict = check.isolated(field, threshold)
    assert not verdict.passed
    assert says in verdict.says


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((None, 0.5, 0.25), "itself is None"),
        ((0.6, -1, 0.25), "near is -1"),
        ((0.6, 0.5, float("inf")), "inhibit is inf"),
        ((0.5, 0.4, 0.25), "itself and near differ from our ring"),
        ((0.6, 0.5, 0.25), "largest eigenvalue is 1.307"),
        ((0.6, 0.5, 0.1), "sums to nothing"),
        ((0.6, 0.5, 0.0), "forbidden"),
        ((3, 0.5, 0.25), "forbidden"),
        ((0, 0.5, 0.25), "should be amplified"),
    ],
)
def test_rings_that_do_not_do_are_told_so(given, says):
    verdict = check.two_bumps(*given)
    assert not verdict.passed
    assert says in verdict.says


@pytest.mark.parametrize(
    ("cost", "says"), [(None, "cost is None"), (-1, "cost is -1"), (0.001, "are wanted"), (0.3, "too dear")]
)
def test_charges_too_high_or_too_low_are_told_so(cost, says):
    verdict = check.charge(cost)
    assert not verdict.passed
    assert says in verdict.says
