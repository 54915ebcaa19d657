"""The parts of AlexNet against torch and slow counts; its numbers; the experiment in small; the chapter's checks."""

import sys
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from press import ROOT
from rectified import alexnet, data, eras, runs, training
from rectified.alexnet import (
    LAYERS,
    Deep,
    Layer,
    Stack,
    Thinned,
    alike,
    columns,
    counted,
    draw,
    drop,
    heard,
    in_turn,
    intensity,
    normalise,
    orientation,
    photographs,
    pool,
    see,
    seen,
    share_of,
    thinned,
    totals,
    vary,
)
from rectified.exercises import alexnet as check

RESULTS = ROOT / "code" / "rectified" / "results"


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2012)
        yield


# ------------------------------------------------------------------------------- the parts


@pytest.mark.parametrize(("window", "stride"), [(3, 2), (2, 2), (3, 1), (5, 3)])
def test_the_pool_and_its_blame_are_torchs(window, stride):
    ours = torch.randn(2, 3, 13, 11, dtype=torch.float64, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    a, b = pool(ours, window, stride), F.max_pool2d(theirs, window, stride)
    assert torch.equal(a, b)
    a.square().sum().backward()
    b.square().sum().backward()
    assert torch.allclose(ours.grad, theirs.grad)


@pytest.mark.parametrize("planes", [1, 2, 5, 9])
def test_the_normalisation_is_torchs_with_alpha_times_n(planes):
    a = 30 * torch.randn(2, planes, 4, 3, dtype=torch.float64)
    assert torch.allclose(normalise(a), F.local_response_norm(a, 5, 5 * 1e-4, 0.75, 2.0))
    assert torch.allclose(normalise(a[0]), normalise(a)[0])


def test_one_loud_map_quietens_two_neighbours_on_each_side_and_no_other():
    a = torch.ones(1, 9, 1, 1)
    a[0, 4] = 1e3
    quiet = normalise(a).flatten() < 0.5
    assert quiet.tolist() == [False] * 2 + [True] * 2 + [False] + [True] * 2 + [False] * 2


@pytest.mark.parametrize("split", [1, 2, 4])
def test_columns_are_torchs_groups(split):
    planes, kernels, biases = torch.randn(2, 8, 9, 9), torch.randn(12, 8 // split, 3, 3), torch.randn(12)
    theirs = F.conv2d(planes, kernels, biases, stride=2, padding=1, groups=split)
    assert torch.allclose(columns(planes, kernels, biases, 2, 1, split), theirs, atol=1e-5)


def test_a_share_is_dropped_and_the_rest_left_alone():
    answers = torch.rand(100_000) + 1
    left = drop(answers, 0.3)
    assert ((left == 0) | (left == answers)).all()
    assert abs((left == 0).double().mean() - 0.3) < 0.01
    assert torch.equal(drop(answers, 0.0), answers)


def test_varied_pictures_are_cut_out_of_their_own_and_every_way_occurs():
    pictures = torch.arange(2 * 3 * 5 * 5.0).view(2, 3, 5, 5)
    found = set()
    for _ in range(400):
        cut = vary(pictures, 4)
        assert cut.shape == (2, 3, 4, 4)
        for picture, piece in zip(pictures, cut, strict=True):
            ways = [
                (down, right, mirror)
                for down, right, mirror in product(range(2), range(2), (False, True))
                if torch.equal(
                    piece,
                    (lambda part, m: part.flip(-1) if m else part)(
                        picture[:, down : down + 4, right : right + 4], mirror
                    ),
                )
            ]
            assert len(ways) == 1
            found.add(ways[0])
    assert len(found) == 8
    assert vary(pictures, 5).shape == pictures.shape


def test_the_geometric_mean_of_all_thinned_nets_is_the_halved_net():
    rng = np.random.default_rng(0)
    first, second, x = rng.normal(size=(4, 6)), rng.normal(size=(6, 3)), rng.normal(size=4)
    every = thinned(first, second, x)
    hidden = np.maximum(0, x @ first)
    slow = []
    for bits in product((0, 1), repeat=6):
        odds = np.exp((hidden * bits) @ second)
        slow.append(odds / odds.sum())
    assert np.allclose(np.sort(every, axis=0), np.sort(slow, axis=0))
    geometric = np.exp(np.log(every).mean(axis=0))
    halved = np.exp(hidden @ second / 2)
    assert np.allclose(geometric / geometric.sum(), halved / halved.sum())


# ------------------------------------------------------------------------------- the whole net


def test_the_numbers_of_the_paper():
    rows = counted(LAYERS)
    assert totals(rows) == {"units": 659_272, "parameters": 60_965_224, "multiply-adds": 724_406_816}
    assert [row[2] for row in rows[:5]] == [34_944, 307_456, 885_120, 663_936, 442_624]
    assert share_of(rows, "dense") == pytest.approx(0.9617, abs=1e-4)
    undivided = totals(counted([layer._replace(split=1) for layer in LAYERS]))
    assert undivided["parameters"] == 62_378_344  # as others count it on one card
    assert np.prod(alexnet.gains()) == pytest.approx(3e-4, rel=0.02)
    assert alexnet.gains()[[0, 5]] == pytest.approx([0.135, 0.679], abs=5e-4)


SMALL = (
    Layer("conv 1", 8, 5, stride=2, normalised=True, pooled=True),
    Layer("conv 2", 12, 3, padding=1, split=2, pooled=True, ones=True),
    Layer("dense 3", 10, ones=True),
    Layer("dense 4", 4),
)


def test_what_is_counted_is_what_is_drawn_and_run():
    parameters = draw(0, SMALL, side=35)
    rows = counted(SMALL, side=35)
    assert [w.numel() + b.numel() for w, b in parameters] == [row[2] for row in rows]
    sums = see(parameters, torch.randn(2, 3, 35, 35), SMALL)
    assert [z[0].numel() for z in sums] == [row[1] for row in rows]
    assert [b.unique().item() for _, b in parameters] == [0, 1, 1, 0]
    assert parameters[2][0].std().item() == pytest.approx(0.01, rel=0.1)


def test_the_layers_are_those_of_torch_in_a_row():
    x = 50 * torch.randn(1, 3, 35, 35)
    (w1, b1), (w2, b2), (w3, b3), (w4, b4) = parameters = draw(1, SMALL, side=35)
    a = F.local_response_norm(F.relu(F.conv2d(x, w1, b1, stride=2)), 5, 5e-4, 0.75, 2.0)
    a = F.max_pool2d(a, 3, 2)
    a = F.max_pool2d(F.relu(F.conv2d(a, w2, b2, padding=1, groups=2)), 3, 2).flatten(1)
    last = F.linear(F.relu(F.linear(a, w3, b3)), w4, b4)
    assert torch.allclose(see(parameters, x, SMALL)[-1], last, rtol=1e-4, atol=1e-6)


def test_how_far_a_unit_sees():
    assert seen((3, 1), (3, 1), (3, 1)) == seen((7, 1)) == 7
    x = torch.zeros(1, 1, 41, 41, requires_grad=True)
    kernels = [(5, 2), (3, 1), (3, 2)]
    a = x
    for window, stride in kernels:
        a = F.conv2d(a, torch.ones(1, 1, window, window), stride=stride)
    a[0, 0, 1, 1].backward()
    assert (x.grad[0, 0].sum(0) > 0).sum().item() == seen(*kernels)


# ------------------------------------------------------------------------------- nets that learn


def test_a_stack_has_the_layers_that_were_asked_for():
    x = torch.randn(4, 3 * 32 * 32)
    net = Stack("relu", "he", planes=3, side=32, widths=(32, 32, 64), classes=10)
    assert net(x).shape == (4, 10)
    assert net.dense.weights.shape == (64 * 3 * 3, 10)
    assert Stack(side=12, widths=(8, 16), overlap=False).dense.weights.shape == (16 * 3 * 3, 9)
    with pytest.raises(ValueError, match="side is 4: nothing is left of it after 3 pools"):
        Stack(side=4)


@pytest.mark.parametrize("part", [{"dropped": 0.5}, {"crop": 12}])
def test_only_learning_drops_and_varies(part):
    net = Stack("tanh", "glorot", side=14, widths=(4, 4), hidden=16, normalised=True, **part)
    x = torch.randn(6, 14 * 14)
    net.train()
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


def test_what_learnt_on_cut_pictures_looks_at_the_middle_and_what_was_dropped_is_scaled():
    how = {"activation": "tanh", "weights": "glorot", "widths": (4, 4)}
    whole, cut, thin = (
        Stack(side=12, **how),
        Stack(side=14, crop=12, **how),
        Stack(side=12, dropped=0.25, **how),
    )
    for net in (cut, thin):
        net.load_state_dict(whole.state_dict())
        net.eval()
    x = torch.randn(6, 1, 14, 14)
    inner = x[..., 1:13, 1:13].reshape(6, -1)
    assert torch.equal(cut(x.flatten(1)), whole(inner))
    with torch.no_grad():
        whole.dense.weights *= 0.75
    assert torch.allclose(thin(inner), whole(inner), atol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: pool(torch.ones(2, 2)), "window is 3"),
        (lambda: normalise(torch.ones(1, 4, 2, 2), n=4), "n is 4"),
        (lambda: columns(torch.ones(4, 5, 5), torch.ones(2, 4, 3, 3), torch.ones(2), split=2), "split is 2"),
        (lambda: drop(torch.ones(3), 1.5), "share is 1.5"),
        (lambda: vary(torch.ones(1, 1, 6, 4), 3), "expected \\(n, planes, s, s\\)"),
        (lambda: counted(LAYERS, side=20), "conv 2 finds a side of|conv 1 finds a side of"),
        (lambda: counted(LAYERS[1:2], planes=3), "split of conv 2 is 2, with 3 planes"),
        (lambda: thinned(np.ones((2, 3)), np.ones((2, 2)), np.ones(2)), "expected \\(inputs, hidden\\)"),
        (lambda: share_of(counted(LAYERS), "dens3"), "names is 'dens3'"),
        (lambda: Stack(dropped=1), "dropped is 1"),
        (lambda: Stack(side=12, crop=13, widths=(4,)), "crop is 13"),
        (lambda: Stack(window=4), "window is 4"),
        (lambda: Stack(side=12, widths=(4, 4))(torch.ones(36, 14 * 14)), "pictures are \\(36, 196\\)"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()


def test_parts_younger_than_the_page_are_refused():
    def parts():
        yield lambda: Stack(dropped=0.5)
        yield lambda: Stack(centred=True)
        yield lambda: Thinned((4, 6, 2))
        yield lambda: Deep((4, 6, 2), normalised=True)
        yield lambda: Deep((4, 6, 2), shortcuts=True)

    for part in parts():
        with eras.timeless():
            eras.page(2011)
            with pytest.raises(eras.Anachronism):
                part()
            eras.page(2015)
            part()


def test_with_normalised_sums_a_stack_learns_in_turn():
    shapes = data.shapes(train=60, test=20, size=12, objects=1)
    nets = in_turn(lambda: Stack("sigmoid", "glorot", side=12, widths=(4, 4), classes=3, centred=True))
    run = training.train(
        nets, (shapes.x, shapes.y), seeds=range(2), steps=30, batch=20, rate=0.3, record=[0, 30]
    ).run
    assert (run.final("train_loss") < run.curve("train_loss")[:, 0]).all()


@pytest.mark.parametrize(("normalised", "shortcuts"), list(product((False, True), repeat=2)))
def test_deep_layers_are_what_torch_makes_of_them(normalised, shortcuts):
    layers = Deep((5, 7, 7, 3), "relu", normalised=normalised, shortcuts=shortcuts, weights="he")
    trained = training.train(
        layers, (np.random.default_rng(0).normal(size=(9, 5)), np.arange(9) % 3), seeds=[0], steps=0, batch=9
    )
    x = np.random.default_rng(1).normal(size=(9, 5)).astype(np.float32)
    a, p = torch.tensor(x), {name: torch.tensor(value[0]) for name, value in trained.parameters.items()}
    for i in (1, 2):
        z = a @ p[f"weights {i}"] + p[f"biases {i}"]
        z = F.batch_norm(z, None, None, training=True) if normalised else z
        a = a + F.relu(z) / 3**0.5 if shortcuts and i == 2 else F.relu(z)
    assert np.allclose(trained(x)[0], (a @ p["weights 3"] + p["biases 3"]).numpy(), atol=1e-5)


def test_thinned_layers_halve_after_learning():
    layers = Thinned((4, 6, 2), dropped=0.5, weights="glorot")
    examples = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32), np.arange(8) % 2
    trained = training.train(layers, examples, seeds=range(2), steps=0, batch=8)
    units = heard(trained, examples[0])
    assert units.shape == (2, 8, 6)
    by_hand = units / 2 @ trained.parameters["weights 2"] + trained.parameters["biases 2"][:, None]
    assert np.allclose(trained(examples[0]), by_hand, atol=1e-6)
    with pytest.raises(ValueError, match="dropped is 1"):
        Thinned((4, 6, 2), dropped=1)
    x = torch.tensor(examples[0]).expand(2, 8, 4)
    values = {name: torch.tensor(value) for name, value in trained.parameters.items()}
    assert not torch.equal(layers.forward(values, x, learning=True), layers.forward(values, x, learning=True))
    whole = Thinned((4, 6, 2), dropped=0.0, weights="glorot")
    assert torch.equal(whole.forward(values, x, learning=True), whole.forward(values, x))
    squashed = Thinned((4, 6, 2), dropped=0.5, output="sigmoid")
    assert torch.allclose(squashed.forward(values, x), layers.forward(values, x).sigmoid())


# ------------------------------------------------------------------------------- measures


def test_alike_is_1_for_copies_and_opposites_and_near_0_for_strangers():
    x = np.random.default_rng(0).normal(size=(5000, 1))
    other = np.random.default_rng(1).normal(size=(5000, 1))
    assert alike(np.hstack([x, 2 * x + 1, -x])) == pytest.approx(1)
    assert alike(np.hstack([x, other])) < 0.05
    with pytest.raises(ValueError, match="1 of the units vary"):
        alike(np.hstack([x, 0 * x]))


def test_orientation_is_1_for_a_stripe_at_any_angle_and_0_for_a_spot():
    at = np.arange(9) - 4
    right, down = np.meshgrid(at, at)
    for turn in (0, 0.4, np.pi / 2, 2.5):
        wave = np.sin(0.4 * (np.cos(turn) * right + np.sin(turn) * down))
        assert orientation(wave[None])[0] > 0.95
    assert orientation(np.exp(-(right**2 + down**2) / 8.0)[None])[0] < 0.05
    assert orientation(np.ones((1, 5, 5)))[0] == 0
    with pytest.raises(ValueError, match="kernels are"):
        orientation(np.zeros((3, 4, 5)))


def test_the_photographs_are_squares_in_colour():
    pictures = photographs(50)
    assert pictures.shape == (2, 50, 50, 3)
    assert 0 <= pictures.min() < 30 < 200 < pictures.max() <= 255


def test_intensity_is_a_quarter_for_each_picture_as_long_as_they_are_few():
    assert intensity(1, 9216, 4096) == pytest.approx(0.25, rel=1e-3)
    assert intensity(10**9, 9216, 4096) == pytest.approx(9216 * 4096 / (4 * (9216 + 4096)), rel=1e-3)


# ------------------------------------------------------------------------------- the experiment


@pytest.fixture
def scripts(monkeypatch):
    """What imports a script by its name; afterwards the modules and the threads are as they were."""
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    threads, names = torch.get_num_threads(), ("alexnet", "alexnet_small", "without", "passes")
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    yield __import__
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(kept)
    torch.set_num_threads(threads)


def photos(name, **options):
    """Four hundred pictures of 8×8, the brighter the larger the label, in the place of 40,000; or shapes."""
    if name == "shapes":
        return data.shapes(**options)
    assert (name, options) == ("cifar10", {"batches": (1, 2, 3, 4), "held_out": ()})
    y = np.arange(400) % 10
    x = np.random.default_rng(0).normal(0, 0.01, (len(y), 3 * 8 * 8)) + (y / 10)[:, None]
    x = x.astype(np.float32)
    return data.Dataset(
        name=name, x=x, y=y, x_test=x[:0], y_test=y[:0], classes=tuple("0123456789"), shape=(3, 8, 8),
        source="", licence="ours",
    )  # fmt: skip


@pytest.fixture
def miniature(scripts, monkeypatch):
    """The large plan with a net of a few maps, 400 pictures, two rules for weights, two rates and two seeds."""
    script = scripts("alexnet")
    plan = script.LARGE._replace(
        net={"planes": 3, "side": 8, "widths": (2, 2), "classes": 10, "window": 3},
        rates={"relu": (0.01, 0.1), "tanh": (0.01, 0.1), "sigmoid": (0.1, 1.0)},
        again={"relu": (0.01, 0.03), "tanh": (0.01, 0.03), "sigmoid": (0.1, 0.3)},
        batch=50,
        trial=1,
        later=1,
    )
    monkeypatch.setattr(script.main, "__defaults__", (None, photos, plan))
    monkeypatch.setattr(script, "RULES", (("glorot", 1.0), ("he", 1.0)))
    monkeypatch.setattr(script, "STEEP", (("glorot", 4.0), ("he", 1.0)))
    monkeypatch.setattr(script, "SEEDS", range(2))
    return script


def test_it_runs_in_small_goes_on_where_it_stopped_and_searches_all_alike(miniature, tmp_path):
    places = ["--results", str(tmp_path / "results"), "--kept", str(tmp_path / "kept")]
    miniature.main(["--passes", "1", *places])
    path = tmp_path / "results" / "alexnet.json"
    stored = runs.load_all(path)
    kinds = list(miniature.KINDS)
    assert {name for name in stored if "choice" not in name} == {*kinds, "kernels"}
    trials = [name for name in stored if name.startswith("choice")]
    for kind, many in {"relu": 2, "tanh, tuned": 2, "sigmoid": 2, "relu, 0.01": 1}.items():
        own = [name for name in trials if name.startswith(f"choice, {kind}, ") and " × " in name]
        own = [name for name in own if name.removeprefix(f"choice, {kind}, ").count(",") == 0]
        assert len(own) == many, kind
        (later,) = trials_of(stored, f"{kind}, again")
        assert later.settings["examples"]["train"] == 400
        assert stored[kind].settings["rate"][0] in later.settings["rate"]
    assert stored["relu, 0.01"].settings["weights"] == "gaussian"
    assert stored["relu"].steps.tolist() == [0, 1]
    assert "choice, sigmoid, glorot × 4" in stored
    assert stored["kernels"].settings["shape"] == [2, 3, 3, 3]
    assert stored["kernels"].curve("kernels").shape == (1, 1, 54)
    assert np.abs(stored["kernels"].curve("kernels")).max() == 1
    before = {name: stored[name].origin for name in trials}
    miniature.main(["--passes", "2", "--only", "sigmoid", *places])
    again = runs.load_all(path)
    assert again["sigmoid"].steps.tolist()[-1] in (1, 2)
    assert np.array_equal(
        again["sigmoid"].curve("train_error")[:, :2], stored["sigmoid"].curve("train_error")
    )
    assert {name: again[name].origin for name in trials} == before


def test_the_small_one_is_the_same_with_shapes(scripts, tmp_path, monkeypatch):
    small = scripts("alexnet_small")
    script = scripts("alexnet")
    monkeypatch.setattr(script, "RULES", (("glorot", 1.0),))
    monkeypatch.setattr(script, "SEEDS", range(2))
    plan = script.SMALL._replace(rates={"relu": (0.03,)}, trial=1)
    monkeypatch.setattr(script, "SMALL", plan)
    places = ["--results", str(tmp_path / "results"), "--kept", str(tmp_path / "kept")]
    small.main(["--passes", "1", "--only", "relu", *places])
    stored = runs.load_all(tmp_path / "results" / "alexnet_small.json")
    assert set(stored) == {"choice, relu, glorot × 1", "relu"}
    assert stored["relu"].settings["examples"] == {"train": 2000, "test": 500}


def test_things_are_taken_away_in_small(scripts, tmp_path, monkeypatch):
    script = scripts("without")
    monkeypatch.setattr(script, "WITHOUT", script.WITHOUT | {"passes": 1, "rates": (0.03,), "examples": 100})
    monkeypatch.setitem(script.WITHOUT, "seeds", range(1, 4))
    asked = ["--only", "everything there", "no augmentation", "--results", str(tmp_path)]
    script.main(asked)
    stored = runs.load_all(tmp_path / "without.json")
    assert {"everything there", "no augmentation"} <= set(stored)
    run = stored["no augmentation"]
    assert run.settings["net"]["crop"] is None
    assert run.seeds == (1, 2, 3)
    before = (tmp_path / "without.json").read_bytes()
    script.main(asked)
    assert (tmp_path / "without.json").read_bytes() == before
    monkeypatch.setitem(script.WITHOUT, "passes", 2)
    with pytest.raises(scripts("passes").OtherRun, match="its steps is"):
        script.main(asked)


def best(trials):
    """Return first weights, times what, and the rate with the least error, then the least loss, of trials."""
    return min(
        (error, loss, trial.settings["weights"], trial.settings["scale"], rate)
        for trial in trials
        for error, loss, rate in zip(
            trial.final("held_error"), trial.final("held_loss"), trial.settings["rate"], strict=True
        )
        if np.isfinite(error)
    )[2:]


def trials_of(stored, name):
    """Return the trials by which the settings of a run were chosen."""
    begin = f"choice, {name}, "
    return [
        run for key, run in stored.items() if key.startswith(begin) and "," not in key.removeprefix(begin)
    ]


def test_what_is_stored_is_what_the_search_chose(scripts):
    script = scripts("alexnet")
    plans = {"alexnet_small": script.SMALL, "alexnet": script.LARGE}
    for file in plans:
        stored, plan = runs.load_all(RESULTS / f"{file}.json"), plans[file]
        for kind, (_, source) in script.KINDS.items():
            run, own = stored[kind], trials_of(stored, kind)
            assert len(own) == (len(script.RULES) if source == "search" else 1)
            chosen = (run.settings["weights"], run.settings["scale"], run.settings["rate"][0])
            again = trials_of(stored, f"{kind}, again")
            assert chosen[:2] == best(own)[:2]
            assert chosen == best(again or own)
            assert len(again) == bool(plan.again)
            for trial in again:
                assert trial.settings["rate"] == list(plan.again[script.KINDS[kind][0]])
                assert trial.settings["examples"]["train"] == run.settings["examples"]["train"]
            for trial in own:
                updates = trial.settings["examples"]["train"] // plan.batch
                assert trial.settings["rate"] == list(plan.rates[script.KINDS[kind][0]])
                assert trial.settings["steps"] == plan.trial * updates
            assert run.settings["batch"] == plan.batch
            assert len(set(run.settings["rate"])) == 1
            assert run.seeds == tuple(script.SEEDS)


def test_each_net_without_something_had_the_same_search(scripts):
    script, stored = scripts("without"), runs.load_all(RESULTS / "without.json")
    assert {name for name in stored if not name.startswith("choice, ")} == set(script.INSTEAD)
    for name in script.INSTEAD:
        run, own = stored[name], trials_of(stored, name)
        assert len(own) == (2 if "sigmoid" in name else 1)
        assert all(trial.settings["rate"] == list(script.WITHOUT["rates"]) for trial in own)
        assert (run.settings["scale"], run.settings["rate"]) == best(own)[1:]
        assert run.seeds == tuple(script.WITHOUT["seeds"])
        assert not set(run.seeds) & set(own[0].seeds)


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize("answer", [None, "a", [], 1.5, -1, np.nan, 10**30, object(), True])
@pytest.mark.parametrize("name", ["view", "undivided", "factor", "least"])
def test_a_check_never_crashes(name, answer):
    verdict = getattr(check, name)(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_the_checks_tell_right_from_wrong():
    assert [check.view(p).passed for p in (11, 162, 163, 164)] == [False, False, True, False]
    assert "conv 4" in check.view(131).says
    assert "without pools" in check.view(51).says
    assert not check.undivided(LAYERS).passed
    assert "conv 4" in check.undivided(LAYERS).says
    assert check.undivided([layer._replace(split=1) for layer in LAYERS]).passed
    assert "missing" in check.undivided(LAYERS[:3]).says
    assert check.factor(1.25).passed
    assert not check.factor(0.5).passed
    assert [check.least(b).passed for b in (1, 16, 17, 18)] == [False, False, True, False]
