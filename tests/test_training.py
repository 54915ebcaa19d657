"""The one loop against hand-written torch, members against themselves alone, records against NumPy."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rectified import activations, eras, training
from rectified.training import LOSSES, OPTIMISERS, Layers, Modules, checkpoints, train

SIZES = (4, 8, 6, 3)


def _examples(count=80, inputs=4, classes=3, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, inputs))
    return x, (x @ rng.normal(size=(inputs, classes))).argmax(1)


EXAMPLES = _examples()


def _batches(seed, count, size, steps):
    """Say again, on its own, in which order a seed sees the examples."""
    stream = np.random.default_rng(seed).spawn(2)[1]
    order = np.concatenate([stream.permutation(count) for _ in range(steps * size // count + 1)])
    return order[: steps * size].reshape(steps, size)


def _linear(parameters, member, depth):
    """Build one member as a stack of nn.Linear and tanh."""
    parts = []
    for i in range(1, depth + 1):
        w, b = parameters[f"weights {i}"][member], parameters[f"biases {i}"][member]
        layer = torch.nn.Linear(*w.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(w.T), torch.tensor(b)
        parts += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*parts[:-1])


RULES = {
    "sgd": lambda p, **more: torch.optim.SGD(p, lr=0.1, **more),
    "momentum": lambda p, **more: torch.optim.SGD(p, lr=0.1, momentum=0.9, **more),
    "nesterov": lambda p, **more: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, **more),
    "rmsprop": lambda p, **more: torch.optim.RMSprop(p, lr=0.1, alpha=0.9, **more),
    "adam": lambda p, **more: torch.optim.Adam(p, lr=0.1, **more),
}


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_one_seed_follows_a_hand_written_torch_loop(name, decay):
    options = {"seeds": [3], "batch": 16, "optimiser": name, "weight_decay": decay, "dtype": "float64"}
    network = Layers(SIZES, "tanh")
    ours = train(network, EXAMPLES, steps=30, record=range(31), **options)

    theirs = _linear(train(network, EXAMPLES, steps=0, **options).parameters, 0, 3)
    weights = [p for p in theirs.parameters() if p.ndim == 2]
    biases = [p for p in theirs.parameters() if p.ndim == 1]
    rule = RULES[name]([{"params": weights, "weight_decay": decay}, {"params": biases}])
    x, y = (torch.tensor(part) for part in EXAMPLES)
    losses = []
    for chosen in _batches(3, len(x), 16, 30):
        losses.append(F.cross_entropy(theirs(x), y).item())
        loss = F.cross_entropy(theirs(x[chosen]), y[chosen])
        rule.zero_grad()
        loss.backward()
        rule.step()
    losses.append(F.cross_entropy(theirs(x), y).item())

    np.testing.assert_allclose(ours.run.curve("train_loss")[0], losses, rtol=1e-9)
    final = theirs[2].weight.detach().numpy().T
    np.testing.assert_allclose(ours.parameters["weights 2"][0], final, rtol=1e-7)
    wrong = (theirs(x).argmax(1) != y).double().mean().item()
    assert ours.run.final("train_error") == pytest.approx([wrong])


def test_full_batches_and_squared_error_follow_torch_too():
    x, y = EXAMPLES
    ours = train(
        Layers((4, 5, 3), "sigmoid", output="sigmoid"),
        (x, y),
        seeds=[0],
        steps=20,
        batch=None,
        loss="squared-error",
        rate=1.0,
        dtype="float64",
    )
    first = train(Layers((4, 5, 3), "sigmoid"), (x, y), seeds=[0], steps=0, dtype="float64").parameters
    w1, w2 = (torch.tensor(first[f"weights {i}"][0], requires_grad=True) for i in (1, 2))
    b1, b2 = (torch.tensor(first[f"biases {i}"][0], requires_grad=True) for i in (1, 2))
    goal, rule = F.one_hot(torch.tensor(y), 3), torch.optim.SGD([w1, w2, b1, b2], lr=1.0)
    for _ in range(20):
        outputs = (((torch.tensor(x) @ w1 + b1).sigmoid()) @ w2 + b2).sigmoid()
        rule.zero_grad()
        (((outputs - goal) ** 2).sum() / 2 / len(x)).backward()
        rule.step()
    np.testing.assert_allclose(ours.parameters["weights 1"][0], w1.detach().numpy(), rtol=1e-9)


@pytest.mark.parametrize(
    ("optimiser", "activation", "rate"),
    [
        ("sgd", "relu", 0.1),
        ("momentum", "tanh", 0.05),
        ("nesterov", "sigmoid", 0.1),
        ("rmsprop", "gelu", 0.005),
        ("adam", "relu", 0.01),
    ],
)
@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-4), ("float64", 1e-9)])
def test_members_train_the_same_together_and_alone(optimiser, activation, rate, dtype, rtol):
    def run(seeds):
        return train(
            Layers((4, 16, 16, 3), activation, weights="he"),
            EXAMPLES,
            test=_examples(20, seed=2),
            seeds=seeds,
            steps=50,
            batch=8,
            optimiser=optimiser,
            rate=rate,
            record=10,
            layers=True,
            dtype=dtype,
        )

    together = run([5, 0, 9])
    for member, seed in enumerate([5, 0, 9]):
        alone = run([seed])
        for name, values in alone.run.curves.items():
            # Spreads and gradients are small near zero: what counts is their size on the curve.
            room = rtol * np.abs(values).max()
            np.testing.assert_allclose(together.run.curve(name)[member], values[0], rtol, room, err_msg=name)
        for name, values in alone.parameters.items():
            np.testing.assert_allclose(together.parameters[name][member], values[0], rtol, rtol, err_msg=name)
    assert len({*together.run.final("train_loss")}) == 3  # three seeds, three stories


def test_the_number_of_threads_changes_nothing():
    before = torch.get_num_threads()
    losses = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            run = train(
                Layers((64, 64, 64, 10), "relu"), _examples(300, 64, 10), steps=30, dtype="float64"
            ).run
            losses.append(run.curve("train_loss"))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(*losses, rtol=1e-9)


def test_looking_closer_changes_nothing():
    network = Layers(SIZES, "relu")
    plain = train(network, EXAMPLES, steps=20, seeds=[1, 2], record=[20])
    watched = train(network, EXAMPLES, steps=20, seeds=[1, 2], record=range(21), layers=True, test=EXAMPLES)
    for name, values in plain.parameters.items():
        np.testing.assert_array_equal(values, watched.parameters[name])


def test_a_diverging_member_leaves_its_neighbours_alone():
    options = {"loss": "squared-error", "steps": 40, "batch": 10, "layers": True, "dtype": "float64"}
    network = Layers((4, 8, 3), "relu")
    both = train(network, EXAMPLES, seeds=[1, 2], rate=[1e4, 0.05], **options)
    healthy = train(network, EXAMPLES, seeds=[2], rate=0.05, **options)
    assert both.run.diverged.tolist() == [True, False]
    assert np.isnan(both.run.final("train_error")[0])
    assert not np.isfinite(both.parameters["weights 1"][0]).all()
    for name, values in healthy.run.curves.items():
        np.testing.assert_allclose(both.run.curve(name)[1], values[0], rtol=1e-9, atol=1e-12)


def test_a_grid_of_rates_and_scales_trains_as_one_run():
    network = Layers(SIZES, "tanh")
    options = {"steps": 25, "batch": 8, "dtype": "float64"}
    grid = train(network, EXAMPLES, seeds=[7, 7, 7], rate=[0.01, 0.3, 0.3], scale=[1, 1, 2.5], **options)
    for member, (rate, scale) in enumerate([(0.01, 1), (0.3, 1), (0.3, 2.5)]):
        alone = train(network, EXAMPLES, seeds=[7], rate=rate, scale=scale, **options)
        curves = grid.run.curve("train_loss")[member], alone.run.curve("train_loss")[0]
        np.testing.assert_allclose(*curves, rtol=1e-9)
    first = train(network, EXAMPLES, seeds=[7, 7], scale=[1, 3], steps=0).parameters
    np.testing.assert_allclose(first["weights 2"][1], 3 * first["weights 2"][0], rtol=1e-6)
    assert grid.run.settings["rate"] == [0.01, 0.3, 0.3]


def test_the_rate_may_change_with_the_step():
    def falling(step):
        return 0.5 if step < 10 else [0.0, 0.1]

    run = train(
        Layers(SIZES, "tanh"), EXAMPLES, seeds=[1, 2], steps=20, record=[10, 15, 20], rate=falling
    ).run
    loss = run.curve("train_loss")
    assert loss[0, 0] == loss[0, 1] == loss[0, 2]  # a rate of 0 stands still
    assert loss[1, 1] != loss[1, 0]
    assert run.settings["rate"] == "falling"


def test_the_dashboard_is_what_numpy_computes():
    x, y = EXAMPLES
    network = Layers(SIZES, "relu", weights="he", bias=0.1)
    options = {"seeds": [4, 8], "batch": 10, "dtype": "float64", "layers": True, "probe": 12}
    ended = train(network, EXAMPLES, steps=6, record=[0, 6], **options)
    before = train(network, EXAMPLES, steps=5, **options).parameters
    assert ended.run.curve("slope").shape == (2, 2, 2)  # members, steps, hidden layers
    assert ended.run.curve("weight_gradient").shape == (2, 2, 3)
    assert np.all(ended.run.curve("update_ratio")[:, 0] == 0)

    def rms(values):
        return np.sqrt(np.mean(np.square(values)))

    for member in range(2):
        w = [ended.parameters[f"weights {i}"][member] for i in (1, 2, 3)]
        b = [ended.parameters[f"biases {i}"][member] for i in (1, 2, 3)]
        z, a = [], [x[:12]]
        for i in range(3):
            z.append(a[i] @ w[i] + b[i])
            a.append(np.maximum(z[i], 0))
        share = np.exp(z[2]) / np.exp(z[2]).sum(1, keepdims=True)
        blame = [None, None, share - np.eye(3)[y[:12]]]  # one example's loss by z
        for i in (1, 0):
            blame[i] = blame[i + 1] @ w[i + 1].T * (z[i] > 0)
        expected = {
            "signal_mean": [a[i].mean() for i in (1, 2)],
            "signal_spread": [a[i].std() for i in (1, 2)],
            "sum_spread": [z[i].std() for i in (0, 1)],
            "slope": [rms(z[i] > 0) for i in (0, 1)],
            "silent": [np.mean((z[i] <= 0).all(0)) for i in (0, 1)],
            "zeros": [np.mean(z[i] <= 0) for i in (0, 1)],
            "sum_gradient": [rms(blame[i]) for i in (0, 1)],
            "weight_gradient": [rms(a[i].T @ blame[i] / 12) for i in range(3)],
            "update_ratio": [rms(w[i] - before[f"weights {i + 1}"][member]) / rms(w[i]) for i in range(3)],
        }
        for name, values in expected.items():
            np.testing.assert_allclose(ended.run.final(name)[member], values, rtol=1e-9, err_msg=name)
        assert ended.run.final("zeros")[member].min() > 0.1


def test_silent_counts_dead_and_saturated_units():
    x, y = EXAMPLES
    start = {"biases 1": np.array([[-1e3, 0, 0, 0], [-1e3, -1e3, 0, 0]])}
    for activation in ("relu", "tanh"):
        run = train(
            Layers((4, 4, 3), activation), (x, y), seeds=[1, 2], steps=0, start=start, layers=True
        ).run
        assert run.final("silent")[:, 0].tolist() == [0.25, 0.5]


@pytest.mark.parametrize("activation", ["relu", "elu"])
def test_what_diverged_is_neither_silent_nor_awake(activation):
    network = Layers((4, 8, 8, 3), activation)
    run = train(network, EXAMPLES, seeds=[0, 0], rate=[1e30, 0.1], steps=9, record=[0, 9], layers=True).run
    assert run.diverged.tolist() == [True, False]
    for name in ("silent", "zeros"):
        assert np.isnan(run.final(name)).tolist() == [[True, True], [False, False]]
        assert np.isfinite(run.curve(name)[:, 0]).all()


def _stack(activation=torch.nn.Tanh):
    return lambda: torch.nn.Sequential(
        torch.nn.Linear(4, 8), activation(), torch.nn.Linear(8, 6), activation(), torch.nn.Linear(6, 3)
    )


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("activation", [torch.nn.Tanh, torch.nn.ReLU])
def test_modules_and_layers_are_one(activation, together):
    """The two forward passes, from the same weights, leave the same curves: the dashboard too."""
    options = {
        "seeds": [2, 6],
        "steps": 15,
        "batch": 8,
        "layers": True,
        "dtype": "float64",
        "optimiser": "adam",
    }
    modules = Modules(_stack(activation), watch=("1", "3"), together=together)
    first = train(modules, EXAMPLES, **options | {"steps": 0}).parameters
    start = {f"weights {i + 1}": first[f"{2 * i}.weight"].transpose(0, 2, 1) for i in range(3)}
    start |= {f"biases {i + 1}": first[f"{2 * i}.bias"] for i in range(3)}
    theirs = train(modules, EXAMPLES, test=EXAMPLES, **options)
    ours = train(Layers(SIZES, activation()), EXAMPLES, test=EXAMPLES, start=start, **options)
    assert theirs.run.curves.keys() == ours.run.curves.keys()
    for name, values in ours.run.curves.items():
        np.testing.assert_allclose(theirs.run.curve(name), values, rtol=1e-8, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(theirs(EXAMPLES[0]), ours(EXAMPLES[0]), rtol=1e-8)


def test_a_function_that_makes_modules_is_enough():
    torch.manual_seed(11)
    expected = torch.rand(1)
    torch.manual_seed(11)
    both = train(_stack(), EXAMPLES, seeds=[1, 2], steps=10, batch=8, dtype="float64")
    assert torch.rand(1) == expected  # the reader's own randomness was left alone
    alone = train(_stack(), EXAMPLES, seeds=[2], steps=10, batch=8, dtype="float64")
    np.testing.assert_allclose(both.run.curve("train_loss")[1], alone.run.curve("train_loss")[0], rtol=1e-9)
    assert both.run.final("train_loss")[0] != both.run.final("train_loss")[1]


@pytest.mark.parametrize("together", [True, False])
def test_modules_with_buffers_learn_them_in_training_and_only_there(together):
    def normalised():
        return torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 3))

    options = {"seeds": [1, 2], "batch": 10, "dtype": "float64"}
    networks = Modules(normalised, together=together)
    ours = train(networks, EXAMPLES, steps=12, record=range(13), **options)
    again = train(networks, EXAMPLES, steps=12, record=[12], **options)
    np.testing.assert_array_equal(ours.buffers["1.running_mean"], again.buffers["1.running_mean"])
    first = train(networks, EXAMPLES, steps=0, **options)
    x, y = (torch.tensor(part) for part in EXAMPLES)
    for member, seed in enumerate(options["seeds"]):
        theirs = normalised().double()
        values = first.parameters | first.buffers
        theirs.load_state_dict({name: torch.tensor(value[member]) for name, value in values.items()})
        rule = torch.optim.SGD(theirs.parameters(), lr=0.1)
        for chosen in _batches(seed, 80, 10, 12):
            rule.zero_grad()
            F.cross_entropy(theirs(x[chosen]), y[chosen]).backward()
            rule.step()
        expected = theirs.state_dict()
        for name in ("1.running_mean", "1.running_var", "1.num_batches_tracked"):
            np.testing.assert_allclose(ours.buffers[name][member], expected[name].numpy(), rtol=1e-8)
        with torch.no_grad():
            answers = theirs.eval()(x).numpy()
        np.testing.assert_allclose(ours(EXAMPLES[0])[member], answers, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("together", [True, False])
def test_dropout_repeats_and_differs_between_members(together):
    def thinned():
        return torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.Dropout(0.5), torch.nn.Linear(32, 3))

    networks = Modules(thinned, together=together)
    first, second = (train(networks, EXAMPLES, seeds=[1, 2], steps=10, batch=8) for _ in range(2))
    np.testing.assert_array_equal(first.run.curve("train_loss"), second.run.curve("train_loss"))
    np.testing.assert_array_equal(first(EXAMPLES[0]), first(EXAMPLES[0]))  # and none of it in an answer


def test_pictures_and_text_fit_too():
    def pictures():
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(3 * 4, 2)
        )

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.say = torch.nn.Embedding(5, 8), torch.nn.Linear(8, 5)

        def forward(self, tokens):
            return self.say(torch.relu(self.read(tokens)))

    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 1, 4, 4))
    seen = train(
        Modules(pictures, watch=["1"]), (x, (x.mean((1, 2, 3)) > 0) * 1), steps=60, batch=10, layers=True
    )
    assert np.all(seen.run.final("train_loss") < seen.run.curve("train_loss")[:, 0])
    assert seen.run.curve("slope").shape == (10, len(seen.run.steps), 1)
    text = rng.integers(5, size=(50, 7))
    said = train(Text, (text, (text + 1) % 5), steps=150, rate=0.05, optimiser="adam", batch=10, seeds=[0, 1])
    assert said.run.final("train_error").tolist() == [0, 0]
    assert said(text[:3]).shape == (2, 3, 7, 5)


def test_losses_and_their_errors():
    outputs = torch.tensor([[[1.0, -2.0], [0.5, 3.0]], [[0.0, 1.0], [-1.0, 2.0]]])  # (members, batch, units)
    labels, numbers = torch.tensor([[0, 0], [1, 0]]), torch.tensor([[[1.0, 0.0], [1.0, 1.0]]] * 2)
    squared, logistic, cross = (LOSSES[name].value for name in ("squared-error", "logistic", "cross-entropy"))
    assert squared(outputs, numbers).tolist() == [(4 + 0.25 + 4) / 4, (1 + 1 + 4 + 1) / 4]
    assert squared(outputs, labels).tolist() == [(4 + 0.25 + 9) / 4, (0 + 4 + 4) / 4]
    for member in range(2):
        expected = F.cross_entropy(outputs[member], labels[member])
        assert cross(outputs, labels)[member] == pytest.approx(expected.item())
        p = torch.sigmoid(outputs[member])
        expected = -(numbers[0] * p.log() + (1 - numbers[0]) * (1 - p).log()).sum(1).mean()
        assert logistic(outputs, numbers)[member] == pytest.approx(expected.item(), rel=1e-5)
    assert training.misclassified(outputs, labels).tolist() == [0.5, 0.5]
    assert training.wrong_side(outputs, numbers).tolist() == [0.0, 0.75]


def test_xor_by_its_logistic_loss():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # whole numbers will do
    ended = train(
        Layers((2, 8, 1), "tanh"),
        (x, x.sum(1) % 2),
        seeds=range(5),
        batch=None,
        loss="logistic",
        optimiser=OPTIMISERS["momentum"].at(momentum=0.5),
        rate=1.0,
        steps=500,
    )
    assert ended.run.final("train_error").tolist() == [0] * 5
    assert ended.run.settings["optimiser"] == {"name": "momentum", "momentum": 0.5}
    assert np.all((ended(x)[..., 0] > 0) == (x.sum(1) % 2 == 1))
    curve = train(
        Layers((2, 8, 1), "tanh"), (x, x.sum(1) % 2 * 1.0), batch=4, loss="squared-error", steps=3
    ).run
    assert list(curve.curves) == ["train_loss"]  # numbers are missed by more or less, not right or wrong


def test_large_sets_are_measured_in_parts(monkeypatch):
    whole = train(Layers(SIZES, "tanh"), EXAMPLES, steps=3, batch=8, dtype="float64").run
    monkeypatch.setattr(training, "CHUNK", 7)
    parts = train(Layers(SIZES, "tanh"), EXAMPLES, steps=3, batch=8, dtype="float64").run
    for name in ("train_loss", "train_error"):
        np.testing.assert_allclose(parts.curve(name), whole.curve(name), rtol=1e-12)


def test_training_goes_on_from_where_it_stopped():
    network = Layers(SIZES, "tanh")
    options = {"seeds": [1, 2], "batch": None, "dtype": "float64"}
    half = train(network, EXAMPLES, steps=10, **options)
    rest = train(network, EXAMPLES, steps=10, start=half.parameters, **options)
    whole = train(network, EXAMPLES, steps=20, **options)
    np.testing.assert_allclose(rest.run.final("train_loss"), whole.run.final("train_loss"), rtol=1e-12)


def test_each_member_walks_all_examples_in_its_own_order():
    streams = [np.random.default_rng(seed) for seed in (1, 2)]
    order = training._batches(streams, 10, 4)
    walked = torch.cat([next(order) for _ in range(5)], dim=1).numpy()
    for epoch in (walked[:, :10], walked[:, 10:]):
        assert np.all(np.sort(epoch, axis=1) == np.arange(10))
    assert not np.array_equal(walked[0], walked[1])
    assert not np.array_equal(walked[0, :10], walked[0, 10:])


def test_records_are_spread_on_a_logarithmic_axis():
    marks = checkpoints(1000, 20)
    assert marks[0] == 0
    assert marks[1] == 1
    assert marks[-1] == 1000
    assert 15 <= len(marks) <= 21
    assert checkpoints(7, [7, 0, 3, 3]) == [0, 3, 7]
    assert checkpoints(0, 20) == [0]
    assert checkpoints(300, 1) == [0, 300]  # however few: where it ended is always among them
    assert checkpoints(300, 2) == [0, 1, 300]
    assert checkpoints(1, 1) == [0, 1]
    with pytest.raises(ValueError, match=r"record is \[8\]; expected steps from 0 to 7"):
        checkpoints(7, [8])
    run = train(Layers(SIZES, "tanh"), EXAMPLES, steps=9, record=[2, 9], batch=8).run
    assert run.steps.tolist() == [2, 9]
    assert run.curve("train_loss").shape == (10, 2)


def test_a_page_uses_what_its_year_knew():
    old = Layers(SIZES, "tanh", weights=lambda rng, shape: rng.uniform(-0.5, 0.5, shape))
    with eras.timeless():
        eras.page(1990)
        trained = train(old, EXAMPLES, steps=1, batch=8)
        with pytest.raises(eras.Anachronism, match="adam dates from 2014"):
            train(old, EXAMPLES, steps=1, optimiser="adam")
        with pytest.raises(eras.Anachronism, match="ReLU"):
            Layers(SIZES, "relu")
        with pytest.raises(eras.Anachronism, match="2010"):
            train(Layers(SIZES, "tanh", weights="glorot"), EXAMPLES, steps=1, batch=8)
        with eras.counterfactual():
            modern = train(Layers(SIZES, "relu", weights="he"), EXAMPLES, steps=1, optimiser="adam", batch=8)
        assert modern(EXAMPLES[0]).shape == trained(EXAMPLES[0]).shape  # asked once, when it was trained
    with eras.timeless():
        eras.page(1980)
        with pytest.raises(eras.Anachronism, match="cross-entropy dates from 1990"):
            train(old, EXAMPLES, steps=1)
        with pytest.raises(eras.Anachronism, match="weight decay dates from 1986"):
            train(old, EXAMPLES, steps=1, loss="squared-error", weight_decay=0.1)


def test_activations_come_as_names_objects_and_functions():
    leaky = activations.get("leaky").at(slope=0.3)
    runs = [
        train(Layers((4, 5, 3), phi), EXAMPLES, seeds=[1], steps=5, batch=8).run
        for phi in (leaky, lambda t: F.leaky_relu(t, 0.3), torch.nn.LeakyReLU(0.3))
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run.curve("train_loss"), runs[0].curve("train_loss"), rtol=1e-5)
    assert runs[0].settings["network"]["activation"] == leaky.label


@pytest.mark.parametrize("seeds", [range(3, 5), np.array([3, 4]), iter([3, 4]), (k for k in (3, 4))])
def test_seeds_may_be_anything_to_walk_through(seeds):
    run = train(Layers(SIZES, "tanh"), EXAMPLES, seeds=seeds, steps=1, batch=8).run
    assert run.seeds == (3, 4)
    assert run.curve("train_loss").shape == (2, 2)


def _bad(**options):
    return lambda: train(Layers(SIZES, "tanh"), EXAMPLES, **{"batch": 8, "steps": 1} | options)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (_bad(seeds=[]), r"seeds is \[\]; expected whole numbers"),
        (_bad(seeds=iter([])), "seeds is <.*>; expected whole numbers"),
        (_bad(seeds=10), "seeds is 10; expected whole numbers, one a member"),
        (_bad(seeds=[1, 2, 1]), "seeds has 1 2 times at one rate and scale"),
        (_bad(seeds=[1, -2]), "seeds has -2; expected a whole number, 0 or more"),
        (_bad(seeds=[0.5]), "seeds has 0.5; expected a whole number"),
        (_bad(rate=-0.1), "rate has -0.1; expected a number, 0 or more"),
        (_bad(rate=[0.1, 0.2]), "rate has 2 entries but there are 10 seeds"),
        (_bad(rate=lambda step: np.nan), "rate has nan"),
        (_bad(scale=-1), "scale has -1"),
        (_bad(weight_decay=-1), "weight_decay has -1"),
        (_bad(steps=-1), "steps has -1"),
        (_bad(batch=81), "batch is 81 but there are only 80 examples"),
        (_bad(batch=0), "batch has 0; expected a whole number, 1 or more"),
        (_bad(optimiser="adm"), "no optimiser is called 'adm': did you mean 'adam'"),
        (_bad(loss="cross entropy"), "no loss is called 'cross entropy': did you mean 'cross-entropy'"),
        (_bad(dtype="float16"), "no dtype is called 'float16'"),
        (_bad(device="gpu"), "device is 'gpu'; expected 'cpu', 'cuda'"),
        (_bad(device="cuda:99"), "device is 'cuda:99', but PyTorch .* CUDA devices"),
        (_bad(test=EXAMPLES[0]), "test is a ndarray; expected a pair"),
        (_bad(test=(EXAMPLES[0], EXAMPLES[1][:5])), "test has inputs .80, 4. and targets .5,."),
        (_bad(test=(EXAMPLES[0][:, :3], EXAMPLES[1])), "inputs have 3 numbers each but the network takes 4"),
        (_bad(test=(EXAMPLES[0], EXAMPLES[1] + 1)), "labels run from 1 to 3 but the network has 3 outputs"),
        (_bad(test=(EXAMPLES[0] * np.nan, EXAMPLES[1])), "test inputs holds nan or inf"),
        (_bad(test=(EXAMPLES[0], EXAMPLES[1].astype(str))), "test targets holds <U21; expected numbers"),
        (_bad(test=(EXAMPLES[0], EXAMPLES[1] * 1.0)), "test targets are torch.float32; cross-entropy takes"),
        (_bad(loss="logistic"), "examples targets run from 0 to 2; the logistic loss takes 0 to 1"),
        (
            _bad(loss="squared-error", test=(EXAMPLES[0], EXAMPLES[0])),
            "test targets have shape .4,. each but the network gives .3,.",
        ),
        (_bad(start={"weight 1": np.ones(3)}), "start from is called 'weight 1': did you mean"),
        (_bad(start={"biases 3": np.ones(3)}), "start has biases 3 of shape .3,.; expected .10, 3."),
        (lambda: Layers((3,), "tanh"), "expected at least inputs and outputs"),
        (lambda: Layers((3, 0), "tanh"), "sizes has 0"),
        (lambda: Layers((3, 1), "tahn"), "tanh"),
        (lambda: Layers((3, 1), lambda z: (z > 0) * 1.0), "has no gradient"),
        (lambda: OPTIMISERS["momentum"].at(beta=0.5), "setting of momentum is called 'beta'; known: mom"),
        (lambda: OPTIMISERS["adam"].at(beta1=1), "beta1 of adam is 1; expected at least 0 and less than 1"),
        (lambda: Modules(lambda: 3), "gave a int; expected a torch.nn.Module"),
        (lambda: Modules(_stack(), watch=["9"]), "no submodule to watch is called '9'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("network", [Layers(SIZES, "tanh"), Modules(_stack(), watch=["1", "3"])])
def test_a_gpu_gives_the_same_curves(network):
    options = {"steps": 20, "batch": 8, "layers": True, "dtype": "float64", "optimiser": "adam"}
    here, there = (train(network, EXAMPLES, device=device, **options) for device in ("cpu", "cuda"))
    for name, values in here.run.curves.items():
        np.testing.assert_allclose(there.run.curve(name), values, rtol=1e-6, atol=1e-9, err_msg=name)
    assert there.run.origin["device"] != "cpu"
    assert there(EXAMPLES[0]).shape == (10, 80, 3)
