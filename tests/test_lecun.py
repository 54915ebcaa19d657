"""The two networks of LeCun: counts against their papers, connections, values against plain loops, training."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rectified import activations, convolution, eras, training
from rectified.convolution import C3_SEES, CODES, EIGHT_OF_TWELVE, LeNet5, Maps, Pool, Reader1989, count

NETWORKS = {Reader1989: 256, LeNet5: 1024}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# ------------------------------------------------------------------------------- counts


def test_the_reader_of_1989_has_the_numbers_of_its_paper():
    """Units without the 256 of the input, connections, parameters: LeCun et al. 1989."""
    rows = count(Reader1989(), np.zeros((1, 256)))
    assert rows == [
        ("h1", 768, 19_968, 1_068),
        ("h2", 192, 38_592, 2_592),
        ("h3", 30, 5_790, 5_790),
        ("output", 10, 310, 310),
    ]
    units, connections, parameters = (sum(column) for column in list(zip(*rows, strict=True))[1:])
    assert (units + 256, connections, parameters) == (1_256, 64_660, 9_760)


def test_lenet_5_has_the_numbers_of_its_paper():
    """The paper gives 340,908 connections and 60,000 trainable parameters: LeCun et al. 1998."""
    rows = count(LeNet5(), np.zeros((1, 1024)))
    assert rows == [
        ("c1", 6 * 28 * 28, 122_304, 156),
        ("s2", 6 * 14 * 14, 5_880, 12),
        ("c3", 16 * 10 * 10, 151_600, 1_516),
        ("s4", 16 * 5 * 5, 2_000, 32),
        ("c5", 120, 48_120, 48_120),
        ("f6", 84, 10_164, 10_164),
        ("output", 10, 840, 0),
    ]
    assert sum(row[2] for row in rows) == 340_908
    assert sum(row[3] for row in rows) == 60_000


def test_the_tables_of_connections():
    assert C3_SEES.shape == (16, 6)
    assert C3_SEES.sum(1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert C3_SEES.sum(0).tolist() == [10] * 6
    assert len({tuple(row) for row in C3_SEES}) == 16
    turns = {tuple(np.roll([1, 1, 1, 0, 0, 0], n)) for n in range(6)}
    assert {tuple(row.astype(int)) for row in C3_SEES[:6]} == turns
    turns = {tuple(np.roll([1, 1, 1, 1, 0, 0], n)) for n in range(6)}
    assert {tuple(row.astype(int)) for row in C3_SEES[6:12]} == turns
    assert EIGHT_OF_TWELVE.sum(1).tolist() == [8] * 12
    assert EIGHT_OF_TWELVE.sum(0).tolist() == [8] * 12


def test_the_codes_are_ten_different_pictures():
    assert CODES.shape == (10, 84)
    assert set(np.unique(CODES)) == {-1, 1}
    apart = (CODES[:, None] != CODES).sum(-1)
    assert apart[~np.eye(10, dtype=bool)].min() == 11
    assert (CODES[1].reshape(12, 7)[0] == [-1, -1, -1, 1, 1, -1, -1]).all()  # the top of the 1


# ------------------------------------------------------------------------------- values


def in_loops(table, kernels, biases, planes, stride):
    """The partly connected convolution, number by number; kernels in the order of the table's rows."""
    out = np.zeros((len(planes), len(table), *[(planes.shape[-1] - 5) // stride + 1] * 2))
    for n, m, i, j in np.ndindex(out.shape):
        window = planes[n, :, i * stride : i * stride + 5, j * stride : j * stride + 5]
        first = int(table[:m].sum())
        for k, plane in enumerate(np.flatnonzero(table[m])):
            out[n, m, i, j] += (kernels[first + k] * window[plane]).sum()
        unit = (i, j) if biases.shape[-1] > 1 else (0, 0)
        out[n, m, i, j] += biases[(m, *unit)]
    return out


@pytest.mark.parametrize(("table", "stride", "side"), [(C3_SEES, 1, 1), (EIGHT_OF_TWELVE, 2, 4)])
def test_maps_are_the_plain_loop(table, stride, side, rng):
    maps = Maps(table, "lecun", stride=stride, side=side).double()
    with torch.no_grad():
        maps.biases.normal_()
    planes = rng.normal(size=(2, table.shape[1], 12, 12))
    wanted = in_loops(table, maps.kernels.detach().numpy(), maps.biases.detach().numpy(), planes, stride)
    found = maps(torch.tensor(planes)).detach().numpy()
    assert found.shape == (2, len(table), *[(12 - 5) // stride + 1] * 2)
    assert np.abs(found - wanted).max() < 1e-12


def test_a_map_is_blind_to_the_planes_that_its_row_leaves_out(rng):
    maps = Maps(C3_SEES, "lecun").double()
    planes = torch.tensor(rng.normal(size=(1, 6, 14, 14)))
    before = maps(planes)
    for plane in range(6):
        other = planes.clone()
        other[:, plane] += 1
        moved = (maps(other) - before).abs().amax((0, 2, 3)) > 1e-9
        assert (moved.numpy() == C3_SEES[:, plane]).all()


def test_a_pool_is_four_times_the_mean_times_its_coefficient_plus_its_bias():
    pool = Pool(2, "lecun_1989").double()
    with torch.no_grad():
        pool.coefficients[:, 0, 0] = torch.tensor([0.5, -2.0])
        pool.biases[:, 0, 0] = torch.tensor([1.0, 3.0])
    planes = torch.arange(32.0).double().reshape(1, 2, 4, 4)
    out = pool(planes)
    assert out.shape == (1, 2, 2, 2)
    assert out[0, 0, 0, 0] == 0.5 * (0 + 1 + 4 + 5) + 1
    assert out[0, 1, 1, 1] == -2 * (26 + 27 + 30 + 31) + 3


def test_the_reader_layer_by_layer(rng):
    net = Reader1989().double()
    x = torch.tensor(rng.uniform(-1, 1, (3, 256)))
    a = F.pad(x.reshape(3, 1, 16, 16), (2, 2, 2, 2), value=-1.0)
    a = 1.7159 * torch.tanh(2 / 3 * (F.conv2d(a, net.h1.kernels[:, None], stride=2) + net.h1.biases))
    a = F.pad(a, (2, 2, 2, 2), value=-1.0).numpy(force=True)
    a = in_loops(EIGHT_OF_TWELVE, net.h2.kernels.numpy(force=True), net.h2.biases.numpy(force=True), a, 2)
    a = 1.7159 * torch.tanh(2 / 3 * torch.tensor(a)).flatten(1)
    a = 1.7159 * torch.tanh(2 / 3 * (a @ net.h3.weights + net.h3.biases))
    a = 1.7159 * torch.tanh(2 / 3 * (a @ net.output.weights + net.output.biases))
    assert torch.allclose(net(x), a, atol=1e-12)


def test_the_nearest_code_answers(rng):
    net = LeNet5().double()
    f6 = {}
    net.f6.register_forward_hook(lambda _layer, _x, out: f6.update(z=out))
    out = net(torch.tensor(rng.normal(size=(4, 1024)))).numpy(force=True)
    a = activations.scaled_tanh(f6["z"].numpy(force=True))
    distances = ((a[:, None] - CODES) ** 2).sum(-1)
    assert np.allclose(out, -distances)
    assert (out.argmax(1) == distances.argmin(1)).all()


# ------------------------------------------------------------------------------- beginning and learning


def test_first_weights_follow_the_fan_in_of_their_own_map():
    net = LeNet5()
    sees = np.repeat(C3_SEES.sum(1), C3_SEES.sum(1))
    limits = 2.4 / (25 * sees)
    largest = net.c3.kernels.detach().abs().amax((1, 2)).numpy()
    assert (largest <= limits).all()
    assert largest[0] > limits[-1] * 1.5  # a map that sees three begins wider than the one that sees six
    assert net.c5.weights.abs().max() <= 2.4 / 400
    assert net.s2.coefficients.abs().max() <= 2.4 / 4
    for name, value in net.named_parameters():
        assert ("biases" in name) == bool((value == 0).all())


def test_the_seed_is_torchs():
    torch.manual_seed(5)
    one = LeNet5().state_dict()
    torch.manual_seed(5)
    two = LeNet5().state_dict()
    other = LeNet5().state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["f6.weights"], other["f6.weights"])


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("activation", ["scaled_tanh", "sigmoid", activations.leaky.at(slope=0.1)])
def test_blame_reaches_every_parameter(kind, activation, rng):
    net = kind(activation, "lecun")
    outputs = net(torch.tensor(rng.normal(size=(5, NETWORKS[kind])), dtype=torch.float32))
    assert outputs.shape == (5, 10)
    outputs[range(5), [0, 1, 2, 3, 4]].sum().backward()
    for name, value in net.named_parameters():
        assert (value.grad != 0).any(), name
        assert torch.isfinite(value.grad).all(), name


def test_the_losses():
    outputs = torch.tensor([[[0.5, -1.0, -1.0]], [[-1.0, -1.0, 1.0]]])
    labels = torch.tensor([[0], [0]])
    assert torch.allclose(convolution.SIGNS.value(outputs, labels), torch.tensor([0.25 / 3, 8 / 3]))
    assert torch.allclose(convolution.NEAREST.value(outputs, labels), torch.tensor([-0.5, 1.0]))


@pytest.mark.parametrize(
    ("kind", "loss", "rate"), [(Reader1989, convolution.SIGNS, 0.03), (LeNet5, convolution.NEAREST, 0.003)]
)
def test_several_seeds_learn_at_once_and_as_if_alone(kind, loss, rate, rng):
    """Four bright bars to tell apart, in a second or two."""
    side = int(NETWORKS[kind] ** 0.5)
    labels = np.arange(40) % 4
    pictures = np.full((40, side, side), -1.0)
    for picture, label in zip(pictures, labels, strict=True):
        picture[:, label * side // 4 : (label + 1) * side // 4] = 1
    pictures = (pictures + rng.normal(scale=0.1, size=pictures.shape)).reshape(40, -1).astype(np.float32)
    options = {"steps": 60, "batch": 4, "loss": loss, "rate": rate, "record": [0, 60]}

    def make():
        return kind(weights="lecun")

    together = training.train(make, (pictures, labels), seeds=[0, 1], **options)
    alone = training.train(make, (pictures, labels), seeds=[1], **options)
    assert np.allclose(together.run.curve("train_loss")[1], alone.run.curve("train_loss")[0], rtol=1e-3)
    assert (together.run.final("train_error") < 0.2).all()
    assert together.run.curve("train_error")[:, 0].min() > 0.5


# ------------------------------------------------------------------------------- pictures


def test_resizing_keeps_the_mean_and_flat_pictures(rng):
    pictures = rng.uniform(size=(3, 28, 28))
    small = convolution.resize(pictures, 16)
    assert small.shape == (3, 16, 16)
    assert np.allclose(small.mean((1, 2)), pictures.mean((1, 2)))
    assert np.allclose(convolution.resize(np.ones((1, 28, 28)), 16), 1)
    assert np.allclose(convolution.resize(pictures, 28), pictures)
    assert np.allclose(convolution.resize(pictures, 14), pictures.reshape(3, 14, 2, 14, 2).mean((2, 4)))


def test_pictures_as_the_networks_take_them(rng):
    greys = rng.uniform(size=(2, 784)).astype(np.float32)
    reader, lenet = convolution.for_reader(greys), convolution.for_lenet(greys)
    assert reader.shape == (2, 256)
    assert lenet.shape == (2, 1024)
    assert reader.dtype == lenet.dtype == np.float32
    assert np.allclose(convolution.for_reader(np.zeros((1, 784))), -1)
    assert np.allclose(lenet.reshape(2, 32, 32)[:, :2], -0.1)
    assert np.allclose(lenet.reshape(2, 32, 32)[:, 2:-2, 2:-2], 1.275 * greys.reshape(2, 28, 28) - 0.1)


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("kind", NETWORKS)
def test_pictures_of_another_size_are_refused(kind):
    other = 1024 if kind is Reader1989 else 256
    with pytest.raises(ValueError, match=rf"pictures are \(2, {other}\); expected \(n, {NETWORKS[kind]}\)"):
        kind()(torch.zeros(2, other))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: LeNet5("tahn"), "tanh"),
        (lambda: Reader1989(weights="lecun1989"), "did you mean 'lecun_1989'"),
        (lambda: Maps(np.ones(3), "lecun"), "expected .maps, planes."),
        (lambda: Maps(np.array([[1, 0], [0, 0]]), "lecun"), "1 rows that see nothing"),
        (lambda: convolution.resize(np.zeros((2, 8, 8)), 16), "expected .n, s, s. with s of at least 16"),
        (lambda: convolution.resize(np.zeros((8, 8)), 4), "pictures are .8, 8."),
    ],
)
def test_what_cannot_be_is_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_a_rectifier_in_1989_is_an_anachronism():
    x = torch.zeros(1, 256)
    with eras.timeless():
        eras.page(convolution.YEAR)
        assert Reader1989()(x).shape == (1, 10)
        with pytest.raises(eras.Anachronism, match="ReLU"):
            Reader1989("relu")(x)
        with pytest.raises(eras.Anachronism, match="LeCun"):
            Reader1989(weights="lecun")
        with eras.counterfactual():
            assert Reader1989("relu", "he")(x).shape == (1, 10)
