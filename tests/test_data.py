"""Data sets, and the downloading of those that are not made on the spot, from a server that misbehaves."""

import copyreg
import errno
import gzip
import hashlib
import io
import logging
import lzma
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pooch
import pytest

from rectified import data, eras
from rectified.data import files, generated, real

FOLDER = os.environ.get("RECTIFIED_DATA")  # before the fixture below hides it
BODY = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
NAME = "toy.gz"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Give each test its own cache, and no network beyond this machine."""
    monkeypatch.delenv("RECTIFIED_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(files, "cache", lambda: tmp_path / "cache")
    look_up = socket.getaddrinfo

    def loopback_only(host, *args, **kwargs):
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_AGAIN, f"no network for {host}")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)


# --- what every set has in common ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "gates", "moons", "spirals", "rings", "mnist1d", "shapes"])
def test_every_set_has_the_same_form(name):
    dataset = data.load(name)
    (x, y), (x_test, y_test) = dataset
    for inputs, labels in ((x, y), (x_test, y_test)):
        assert inputs.dtype == np.float32
        assert labels.dtype == np.int64
        assert inputs.shape == (len(labels), np.prod(dataset.shape))
        assert np.isfinite(inputs).all()
        assert set(labels) == set(range(len(dataset.classes)))
        assert inputs.flags.writeable  # torch warns of arrays that are not
    assert dataset.licence
    assert "\n" not in repr(dataset)
    assert f"{len(y):,}" in dataset.describe()


@pytest.mark.parametrize("name", ["moons", "spirals", "rings", "shapes"])
def test_generated_sets_follow_their_seed(name):
    made, again = data.load(name, train=60, test=30), data.load(name, train=60, test=40)
    other = data.load(name, train=60, test=30, seed=1)
    assert np.array_equal(made.x, again.x)
    assert np.array_equal(made.y, again.y)
    assert not np.array_equal(made.x, other.x)
    assert (len(made.x), len(made.x_test)) == (60, 30)
    assert not {row.tobytes() for row in made.x} & {row.tobytes() for row in made.x_test}
    assert np.ptp(np.bincount(made.y)) <= 1


def test_data_sets_are_exempt_from_the_year_guard():
    with eras.timeless():
        eras.page(1943)
        assert len(data.load("moons").x) == 400


def test_importing_loads_no_torch_and_makes_no_folder(tmp_path):
    program = "import sys, rectified.data; print('torch' in sys.modules, 'requests' in sys.modules)"
    home = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=home, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["False", "False"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mnits", {}, "name is 'mnits'; expected one of digits, topics, gates"),
        (None, {}, "name is None; expected one of"),
        ("digits", {"size": 8}, "size is no option of digits, which has no options"),
        ("shapes", {"sise": 8}, "sise is no option of shapes, which has options train, test, size"),
        ("shapes", {"size": 7}, "size is 7; expected a whole number from 8 to 64"),
        ("shapes", {"size": 16.0}, "size is 16.0; expected a whole number"),
        ("shapes", {"objects": 3}, "objects is 3; expected a whole number from 1 to 2"),
        ("shapes", {"train": 0}, "train is 0; expected a whole number of at least 1"),
        ("shapes", {"train": True}, "train is True; expected"),
        ("moons", {"test": -1}, "test is -1; expected"),
        ("moons", {"noise": -0.1}, "noise is -0.1; expected a number from 0 to 10"),
        ("moons", {"noise": "much"}, "noise is 'much'; expected a number"),
        ("rings", {"noise": float("nan")}, "noise is nan; expected a number"),
        ("rings", {"classes": 1}, "classes is 1; expected"),
        ("spirals", {"arms": 11}, "arms is 11; expected"),
        ("mnist1d", {"seed": -1}, "seed is -1; expected"),
        ("gates", {"function": "xnand"}, "function is 'xnand'; expected one of and, or"),
        ("gates", {"inputs": 17}, "inputs is 17; expected a whole number from 1 to 16"),
        ("cifar10", {"batches": 3}, "batches is 3; expected some of 1, 2, 3, 4, 5"),
        ("cifar10", {"batches": ()}, "batches is (); expected one at least of 1, 2, 3, 4, 5"),
        ("cifar10", {"batches": (1, 6)}, "batches[1] is 6; expected a whole number from 1 to 5"),
        ("cifar10", {"batches": "12"}, "batches[0] is '1'; expected a whole number from 1 to 5"),
        ("cifar10", {"batches": (2, 2)}, "batches is (2, 2); expected each batch once"),
        ("cifar10", {"held_out": (0,)}, "held_out[0] is 0; expected a whole number from 1 to 5"),
        ("cifar10", {"held_out": (4,)}, "held_out has 4, and so has batches; expected it in one of them"),
    ],
)
def test_what_cannot_be_had_is_named(name, options, message):
    with pytest.raises(ValueError) as error:
        data.load(name, **options)
    assert str(error.value).startswith(message)


# --- digits and the generated sets ---------------------------------------------------------------


def test_digits_are_split_alike_in_every_class():
    digits = data.load("digits")
    learn, test = np.bincount(digits.y), np.bincount(digits.y_test)
    assert (learn + test).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.array_equal(test, (learn + test) // 5)
    assert (digits.x.min(), digits.x.max()) == (0, 1)
    assert np.array_equal(digits.x * 16, np.round(digits.x * 16))


ORACLES = {
    "and": lambda ones, n: ones == n,
    "or": lambda ones, n: ones > 0,
    "nand": lambda ones, n: ones < n,
    "nor": lambda ones, n: ones == 0,
    "xor": lambda ones, n: ones in range(1, n + 1, 2),
    "parity": lambda ones, n: ones in range(1, n + 1, 2),
    "xnor": lambda ones, n: ones in range(0, n + 1, 2),
    "majority": lambda ones, n: ones > n / 2,
}


@pytest.mark.parametrize("inputs", [1, 2, 3, 6])
@pytest.mark.parametrize("function", generated.GATES)
def test_truth_tables(function, inputs):
    (x, y), (x_test, y_test) = data.gates(function, inputs=inputs)
    rows = [format(i, f"0{inputs}b") for i in range(2**inputs)]  # counted upwards
    assert ["".join(str(int(bit)) for bit in row) for row in x] == rows
    if function == "symmetry":
        expected = [row == row[::-1] for row in rows]
    else:
        expected = [ORACLES[function](row.count("1"), inputs) for row in rows]
    assert y.tolist() == expected
    assert np.array_equal(x, x_test)
    assert np.array_equal(y, y_test)


def test_points_lie_on_their_curves():
    moons = data.moons(noise=0)
    lower = moons.y[:, None] * [1.0, 0.5]
    assert np.allclose(np.hypot(*(moons.x - lower).T), 1, atol=1e-6)
    assert (moons.x[moons.y == 0, 1] > -1e-6).all()
    assert (moons.x[moons.y == 1, 1] < 0.5 + 1e-6).all()

    rings = data.rings(classes=3, noise=0)
    assert np.allclose(np.hypot(*rings.x.T), (rings.y + 1) / 3, atol=1e-6)

    spirals = data.spirals(arms=3, turns=2, noise=0)
    radius, angle = np.hypot(*spirals.x.T), np.arctan2(*spirals.x.T[::-1])
    apart = (angle / (2 * np.pi) - 2 * radius - spirals.y / 3) % 1  # in turns, from the point's own arm
    assert np.allclose(np.minimum(apart, 1 - apart), 0, atol=1e-5)
    assert radius.max() <= 1 + 1e-6


def test_noise_is_a_standard_deviation():
    still, noisy = data.rings(train=5000, noise=0), data.rings(train=5000, noise=0.2)
    assert np.std(noisy.x - still.x) == pytest.approx(0.2, rel=0.05)


# Read off the file of 5,000 signals that the authors publish (SHA-256 e95257676e9f…).
PUBLISHED = {
    "y": [2, 6, 4, 5, 6, 6, 6, 0, 3, 1],
    "y_test": [2, 6, 3, 9, 4, 3, 1, 9, 5, 2],
    "x": [-0.33201, -0.47191, -0.7787, -1.00974, -0.88235, 0.10393, 1.64328, 1.65251],
    "x_test": [-0.54001, -0.55877, -0.39591, -0.09865, 0.44723, 0.65988, 0.87773, 1.19315],
}


def test_mnist1d_is_the_published_set():
    mnist1d = data.mnist1d()
    assert (mnist1d.x.shape, mnist1d.x_test.shape) == ((4000, 40), (1000, 40))
    assert mnist1d.y[:10].tolist() == PUBLISHED["y"]
    assert mnist1d.y_test[:10].tolist() == PUBLISHED["y_test"]
    assert np.allclose(mnist1d.x[0, :8], PUBLISHED["x"], atol=1e-5)
    assert np.allclose(mnist1d.x_test[-1, -8:], PUBLISHED["x_test"], atol=1e-5)
    assert not np.array_equal(mnist1d.x, data.mnist1d(seed=1).x)


def test_shapes_are_nine_classes_of_one_or_two():
    shapes = data.shapes(train=900, test=9, size=32)
    assert len(shapes.classes) == len(set(shapes.classes)) == 9
    assert [" + " in name for name in shapes.classes] == [False] * 3 + [True] * 6
    assert np.bincount(shapes.y).tolist() == [100] * 9
    assert (shapes.x.min(), shapes.x.max() <= 1) == (0, True)

    dark = ((shapes.x >= 0.4) & (shapes.x <= 0.65)).sum(axis=1)
    light = (shapes.x >= 0.75).sum(axis=1)
    alone = shapes.y < 3
    assert (light[~alone] >= 8).all()  # of two shapes, neither is hidden
    assert (dark[~alone] >= 8).all()
    assert (shapes.x[alone] > 0).mean(axis=1).max() < 0.6  # a circle of radius 0.4 covers half
    full = shapes.x[alone] == shapes.x[alone].max(axis=1, keepdims=True)
    assert (full.sum(axis=1) >= 8).all()  # of one, all is the same grey but its edge

    where = np.array(
        [np.average(np.indices((32, 32)).reshape(2, -1), axis=1, weights=row) for row in shapes.x]
    )
    assert (where.std(axis=0) > 3).all()  # they are all over the picture


def test_shapes_of_a_kind_have_its_area():
    """Compare what is drawn with the area by the formula, which tells the three kinds apart."""
    rng = np.random.default_rng(0)
    for kind, most in enumerate([3 * np.sqrt(3) / 4, 2, np.pi]):  # inscribed in a circle of radius 1
        cover = generated._masks(rng, np.full(400, kind), 64).mean(axis=(1, 2))
        assert cover.max() <= most * 0.4**2 * 1.02
        assert cover.max() >= most * 0.4**2 * 0.85
        assert cover.min() > 0


def test_no_shape_hides_more_than_half_of_the_other(monkeypatch):
    drawn = []
    masks = generated._masks
    monkeypatch.setattr(generated, "_masks", lambda *a: drawn.append(masks(*a)) or drawn[-1])
    kinds = np.random.default_rng(1).integers(0, 3, (300, 2))
    generated._pictures(np.random.default_rng(2), kinds, np.zeros(300, bool), 16)
    back, front = drawn[:2]  # later draws were written into `front`
    hidden = (back & front).sum(axis=(1, 2))
    assert len(drawn) > 2
    assert (2 * hidden <= np.minimum(back.sum(axis=(1, 2)), front.sum(axis=(1, 2)))).all()
    assert hidden.max() > 0


def test_one_object_leaves_three_classes():
    shapes = data.shapes(train=30, test=3, objects=1)
    assert shapes.classes == ("triangle", "parallelogram", "ellipse")
    assert shapes.x.shape == (30, 256)


# --- IDX files -----------------------------------------------------------------------------------


def idx(array, *, magic=b"\0\0\x08"):
    sizes = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return magic + bytes([array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def test_idx_files_are_read(tmp_path):
    for shape in [(5,), (2, 3, 4)]:
        array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        path = tmp_path / "file.gz"
        path.write_bytes(gzip.compress(idx(array)))
        assert np.array_equal(real.read_idx(path), array)


WHOLE = idx(np.zeros((10, 4, 4)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(WHOLE)[:-12], "is not a whole gzip file: Compressed file ended"),
        (WHOLE, "is not a whole gzip file: Not a gzipped file"),
        (gzip.compress(idx(np.zeros(3), magic=b"\0\0\x0d")), "begins with 00 00 0d 01; expected 00 00 08"),
        (gzip.compress(b"<ht"), "begins with 3c 68 74; expected 00 00 08"),
        (gzip.compress(WHOLE[:9]), "ends within its head: 9 bytes, expected 16 for 3 axes"),
        (gzip.compress(WHOLE[:-1]), "holds 159 values; expected 160, for its head says 10 × 4 × 4"),
        (gzip.compress(WHOLE + b"\0"), "holds 161 values; expected 160"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",  # packed bytes hold the time of day
)
def test_broken_idx_files_are_named(tmp_path, content, message):
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(data.DataError) as error:
        real.read_idx(path)
    assert str(error.value).startswith(f"{path} {message}")


# --- batches of CIFAR-10 -------------------------------------------------------------------------


def text(string):
    """Return a short text as Python 2 pickled it."""
    return b"U" + bytes([len(string)]) + string


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
BYTES = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R"
BYTES += b"(K\x03" + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"


def array(pixels, kind=BYTES):
    shape = b"".join(b"J" + length.to_bytes(4, "little") for length in pixels.shape)
    body = pixels.tobytes()
    return (
        ARRAY + b"(K\x01(" + shape + b"t" + kind + b"\x89T" + len(body).to_bytes(4, "little") + body + b"tb"
    )


def numbers(values):
    return b"](" + b"".join(b"K" + bytes([value]) for value in values) + b"e"


def batch(pixels, labels):
    """Return a batch in the very form of the published ones, which Python 2 and its NumPy wrote."""
    names = b"](" + text(b"boa_s_000001.png") * len(labels) + b"e"
    return b"\x80\x02}(" + b"".join(
        [
            text(b"batch_label") + text(b"training batch 1 of 5"),
            text(b"labels") + numbers(labels),
            text(b"data") + array(pixels),
            text(b"filenames") + names + b"u.",
        ]
    )


PIXELS = np.random.default_rng(1).integers(0, 256, (6, 8, 3072), dtype=np.uint8)
LABELS = np.random.default_rng(2).integers(0, 10, (6, 8))


@pytest.fixture
def tiny(monkeypatch):
    """Make CIFAR-10 one of eight pictures a batch; give its files, the archive among them."""
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    made = {name: batch(PIXELS[i], LABELS[i]) for i, name in enumerate(names)}
    made[real.CIFAR10.archive] = packed({"batches.meta": b"\x80\x02}.", "readme.html": b"", **made})
    monkeypatch.setattr(real, "IN_BATCH", 8)
    monkeypatch.setattr(real, "CIFAR10", cifar(made))
    return made


def packed(contents, folder="cifar-10-batches-py"):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for name, content in reversed(contents.items()):  # the published archive is in no order either
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return whole.getvalue()


def cifar(contents, mirrors=real.CIFAR10.mirrors):
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    published = real.CIFAR10
    return files.Source(published.folder, mirrors, checksums, published.archive, published.slow)


def lay(folder, contents, *names):
    """Write these of the files into a folder for them, and return it."""
    folder = folder / "cifar-10-batches-py"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(contents[name])
    return folder


def holds(part, *indices):
    """Say whether a part of the data set is these of the made-up batches, in this order."""
    x, y = part
    pixels = PIXELS[list(indices)].reshape(-1, 3072)
    return np.array_equal(x, pixels / np.float32(255)) and np.array_equal(y, LABELS[list(indices)].ravel())


def test_batches_are_read(tiny):
    pixels, labels = real.read_batch(tiny["data_batch_2"], "it")
    assert np.array_equal(pixels, PIXELS[1])
    assert np.array_equal(labels, LABELS[1])
    assert (pixels.dtype, labels.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize("kept", ["unpacked", "archive"])
def test_cifar10_has_the_form_of_every_set(monkeypatch, tmp_path, tiny, kept):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    lay(tmp_path, tiny, *([real.CIFAR10.archive] if kept == "archive" else list(tiny)[:6]))
    learn, test = cifar10 = data.load("cifar10")
    assert holds(learn, 0, 1, 2, 3, 4)
    assert holds(test, 5)
    for x, y in cifar10:
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert x.shape == (len(y), np.prod(cifar10.shape))
        assert x.flags.writeable
    red = learn[0].reshape(-1, *cifar10.shape)[9, 0]
    assert np.array_equal(red, PIXELS[1, 1, :1024].reshape(32, 32) / np.float32(255))
    assert len(cifar10.classes) == 10
    assert "none stated" in cifar10.licence
    assert repr(cifar10).startswith("cifar10: 40 examples to learn from, 8 to test on, inputs of 3×32×32")


@pytest.mark.parametrize("kept", ["unpacked", "archive", "both"])
def test_some_of_the_batches(monkeypatch, tmp_path, tiny, kept):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    four = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4"]
    lay(tmp_path, tiny, *([real.CIFAR10.archive] if kept == "archive" else four))
    if kept == "both":  # what is unpacked comes first: the archive is not even looked at
        lay(tmp_path, {real.CIFAR10.archive: b"half of it"}, real.CIFAR10.archive)
    learn, test = data.load("cifar10", batches=(4, 1), held_out=[3])
    assert holds(learn, 3, 0)
    assert holds(test, 2)
    learn, test = data.load("cifar10", batches=range(1, 5), held_out=())
    assert holds(learn, 0, 1, 2, 3)
    assert test[0].shape == (0, 3072)
    assert test[1].shape == (0,)


@pytest.mark.parametrize(
    ("there", "options", "missing"),
    [
        ((1, 2, 3, 4, "test"), {}, "data_batch_5"),
        ((1, 2, 3, 4), {"batches": (1, 2, 3, 4)}, "test_batch"),
        ((1, 3, "test"), {"batches": (3, 2, 1)}, "data_batch_2"),
        ((1, 2, "test"), {"batches": (1, 2), "held_out": (4,)}, "data_batch_4"),
        ((), {"batches": (5,)}, "data_batch_5"),
    ],
)
def test_no_batch_takes_the_place_of_another(monkeypatch, tmp_path, tiny, there, options, missing):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    there = ["test_batch" if which == "test" else f"data_batch_{which}" for which in there]
    folder = lay(tmp_path, tiny, *there)
    with pytest.raises(data.DataError) as error:
        data.load("cifar10", **options)
    message = str(error.value)
    assert message.startswith(f"{folder / missing} is missing; RECTIFIED_DATA is {tmp_path}, so files")
    assert (f"in the same folder there are {', '.join(there)}\n" in message) == bool(there)
    assert f"expected checksum: {real.CIFAR10.files[missing]}" in message
    assert f"unpacked from {real.CIFAR10.mirrors[0]}cifar-10-python.tar.gz; or that archive beside" in message
    assert message.endswith(real.CIFAR10.slow)
    assert sorted(path.name for path in folder.iterdir()) == there
    assert not files.cache().exists()


def test_an_altered_batch_is_named(monkeypatch, tmp_path, tiny):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    folder = lay(tmp_path, tiny, "data_batch_1", "data_batch_2", "test_batch")
    shutil.copy(folder / "test_batch", folder / "data_batch_2")  # a whole batch, but not this one
    with pytest.raises(data.DataError) as error:
        data.load("cifar10", batches=(1, 2))
    seen = hashlib.sha256(tiny["test_batch"]).hexdigest()
    assert f"{folder / 'data_batch_2'} is not the file that it should be: its checksum is {seen}" in str(
        error.value
    )


class Told:
    """What a pickle may do to who reads it: here, call a function."""

    def __init__(self, function, *arguments):
        self.both = function, arguments

    def __reduce__(self):
        return self.both


def malicious(path):
    """Return (the name that it asks for, a pickle that makes a file or would do other harm), of many kinds."""
    code = f"open({str(path)!r}, 'w').close()"
    in_batch = {b"data": Told(exec, code), b"labels": [0] * 8}
    new = f"{os.system.__module__}.system"
    return [
        *((new, pickle.dumps(Told(os.system, f"echo > {path}"), protocol)) for protocol in (0, 1, 3, 4, 5)),
        ("builtins.exec", pickle.dumps(in_batch)),
        ("__builtin__.eval", pickle.dumps(Told(eval, code), protocol=2)),
        ("os.system", b"(S'echo > " + str(path).encode() + b"'\nios\nsystem\n."),  # by INST
        ("subprocess.Popen", b"(csubprocess\nPopen\n" + text(b"true") + b"o."),  # by OBJ
        ("numpy.load", b"\x80\x02cnumpy\nload\n" + text(b"file") + b"\x85R."),
        ("numpy.core.multiarray.fromfile", b"\x80\x02cnumpy.core.multiarray\nfromfile\n."),
        ("numpy.ndarray.tofile", b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93."),
    ]


@pytest.mark.parametrize("which", range(len(malicious(Path("x")))))
def test_a_malicious_batch_is_refused_by_name(monkeypatch, tmp_path, tiny, which):
    made = tmp_path / "made"
    name, content = malicious(made)[which]
    if name.endswith(("system", "exec", "eval")):
        pickle.loads(content)  # it works,
        assert made.exists()
        made.unlink()
    with pytest.raises(data.DataError) as error:  # but not on us
        real.read_batch(content, "data_batch_1")
    assert str(error.value) == (
        f"data_batch_1 is not a batch of pictures: it asks for {name}; "
        "expected arrays, lists, dictionaries, text and numbers alone"
    )
    assert not made.exists()

    # The same through the loader, as if its checksum were the right one.
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    monkeypatch.setattr(real, "CIFAR10", cifar({**tiny, "data_batch_1": content}))
    folder = lay(tmp_path, {"data_batch_1": content}, "data_batch_1")
    with pytest.raises(data.DataError, match=f"it asks for {name}; expected".replace(".", r"\.")):
        data.load("cifar10", batches=[1], held_out=())
    assert [path.name for path in folder.iterdir()] == ["data_batch_1"]
    assert not made.exists()


def test_registered_and_foreign_objects_are_refused(tiny):
    copyreg.add_extension("os", "getcwd", 240)
    try:
        with pytest.raises(data.DataError, match=r"it asks for os\.getcwd"):
            real.read_batch(b"\x80\x02\x82\xf0)R.", "it")
    finally:
        copyreg.remove_extension("os", "getcwd", 240)
    with pytest.raises(data.DataError, match="persistent"):
        real.read_batch(b"\x80\x02U\x01xQ.", "it")


GOOD = np.zeros((8, 3072), np.uint8)
DATA, LABELLED = text(b"data"), text(b"labels") + numbers([0] * 8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a batch of pictures: Ran out of input"),
        (b"<html>Please log in</html>", "is not a batch of pictures: "),
        (batch(GOOD, [0] * 8)[:-30], "is not a batch of pictures: "),
        (batch(GOOD, [0] * 8)[:20_000], "is not a batch of pictures: "),
        (batch(GOOD, [0] * 8).replace(b"J\x08\0\0\0", b"J\x09\0\0\0"), "is not a batch of pictures: "),
        (b"\x80\x02K\x07.", "holds int; expected a dictionary with b'data' and b'labels'"),
        (b"\x80\x02}(" + LABELLED + b"u.", "holds [\"b'labels'\"]; expected a dictionary"),
        (batch(GOOD[:7], [0] * 7), "holds 7 × 3072 bytes of pictures; expected 8 × 3072"),
        (batch(GOOD.T, [0] * 8), "holds 3072 × 8 bytes of pictures; expected 8 × 3072"),
        (b"\x80\x02}(" + LABELLED + DATA + b"Nu.", "holds no bytes of pictures; expected 8 × 3072"),
        (
            b"\x80\x02}(" + LABELLED + DATA + array(GOOD, BYTES.replace(b"u1", b"O8")) + b"u.",
            "is not a batch of pictures: it has an array of type b'O8'; expected b'u1', bytes",
        ),
        (batch(GOOD, [0] * 9), "holds 9 labels; expected 8"),
        (batch(GOOD, [0] * 8).replace(numbers([0] * 8), b"N"), "holds no list of labels; expected 8"),
        (batch(GOOD, [0] * 7 + [10]), "has a label 10; expected a whole number from 0 to 9"),
        (batch(GOOD, [0] * 8).replace(b"K\x00e", b"\x88e"), "has a label True; expected a whole number"),
    ],
)
def test_broken_batches_are_named(tiny, content, message):
    with pytest.raises(data.DataError) as error:
        real.read_batch(content, "data_batch_1")
    assert str(error.value).startswith(f"data_batch_1 {message}")


def test_broken_archives_are_named(monkeypatch, tmp_path, tiny):
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    archive, whole = real.CIFAR10.archive, tiny[real.CIFAR10.archive]
    without = {name: content for name, content in tiny.items() if name not in (archive, "data_batch_3")}
    for content, message in [
        (whole[: len(whole) // 2], " is not a whole tar.gz file: "),
        (b"<html>Please log in</html>", " is not a whole tar.gz file: "),
        (packed(without), " has no cifar-10-batches-py/data_batch_3"),
        (
            packed(tiny, "elsewhere"),
            " has no cifar-10-batches-py/data_batch_1 and no cifar-10-batches-py/data_",
        ),
    ]:
        monkeypatch.setattr(real, "CIFAR10", cifar({archive: content}))
        folder = lay(tmp_path, {archive: content}, archive)
        with pytest.raises(data.DataError) as error:
            data.load("cifar10")
        assert str(error.value).startswith(f"{folder / archive}{message}")
        assert (folder / archive).read_bytes() == content


# --- a folder of one's own -----------------------------------------------------------------------


def test_mnist_is_read_from_a_folder_of_ones_own(monkeypatch, tmp_path):
    (tmp_path / "mnist").mkdir()
    checksums = {}
    for name in real.IDX:
        shape = (6, 28, 28) if "images" in name else (6,)
        content = gzip.compress(idx(np.arange(np.prod(shape)).reshape(shape) % 256))
        (tmp_path / "mnist" / name).write_bytes(content)
        checksums[name] = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(real, "MNIST", files.Source("mnist", real.MNIST.mirrors, checksums))
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    (x, y), (x_test, y_test) = mnist = data.load("mnist")
    assert x.shape == x_test.shape == (6, 784)
    assert x[0, :256].tolist() == [np.float32(i) / np.float32(255) for i in range(256)]
    assert y.tolist() == y_test.tolist() == [0, 1, 2, 3, 4, 5]
    assert (x.dtype, y.dtype, mnist.shape) == (np.float32, np.int64, (28, 28))
    assert not files.cache().exists()


# --- topics --------------------------------------------------------------------------------------


def test_topics_come_with_python_and_repeat_nothing():
    (x, y), (x_test, y_test) = topics = data.load("topics")
    assert x.dtype == y.dtype == np.int64
    assert np.array_equal(x[1:], y[:-1])
    assert np.array_equal(x_test[1:], y_test[:-1])
    assert len(x) > 9 * len(x_test) - 20 > 90_000
    text = "".join(topics.classes[i] for i in [*x, y[-1], *x_test, y_test[-1]])
    assert "statement" in text
    paragraphs = text.split("\n\n")
    assert len(set(paragraphs)) == len(paragraphs)
    assert 80 < len(topics.classes) == len(set(text)) < 200


def test_topics_missing_or_short_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(data.DataError, match="this Python came without it"):
        data.topics()
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", SimpleNamespace(topics={"if": "short", "a": "b"}))
    with pytest.raises(data.DataError, match="topics has 8 characters in this Python"):
        data.topics()


@pytest.mark.parametrize("name", ["mnist", "fashion", "cifar10", "shakespeare"])
def test_a_file_missing_from_ones_own_folder_is_named(monkeypatch, tmp_path, name):
    source = getattr(real, name.upper())
    file = next(iter(source.files))
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    with pytest.raises(data.DataError) as error:
        data.load(name)
    for part in [
        f"{tmp_path / source.folder / file} is missing",
        f"RECTIFIED_DATA is {tmp_path}",
        source.files[file],
        *source.addresses(file),
    ]:
        assert part in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_an_altered_file_in_ones_own_folder_is_named_and_left_alone(monkeypatch, tmp_path):
    path = tmp_path / "toy" / NAME
    path.parent.mkdir()
    path.write_bytes(BODY[:-1])
    monkeypatch.setenv("RECTIFIED_DATA", str(tmp_path))
    with pytest.raises(data.DataError) as error:
        files.find(toy(["http://127.0.0.1:9/"]), NAME)
    assert hashlib.sha256(BODY[:-1]).hexdigest() in str(error.value)
    assert SHA256 in str(error.value)
    assert path.read_bytes() == BODY[:-1]


# --- downloading ---------------------------------------------------------------------------------


class Misbehaving(BaseHTTPRequestHandler):
    """Serves BODY under paths whose first part says how: /good/toy.gz, /cut/toy.gz, …"""

    def do_GET(self):
        manner = self.path.split("/")[1]
        span = self.headers.get("Range")
        self.server.log.append((manner, span))
        getattr(self, manner)(int(span.removeprefix("bytes=").rstrip("-")) if span else 0)

    def send(self, body, *, start=None, length=None, status=200):
        self.send_response(status if start is None else 206)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        self.wfile.write(body)

    def good(self, start):
        if start >= len(BODY):
            self.send(b"", status=416)
        elif start:
            self.send(BODY[start:], start=start)
        else:
            self.send(BODY)

    def norange(self, start):
        self.send(BODY)

    def missing(self, start):
        self.send(b"gone away", status=404)

    def broken(self, start):
        self.send(b"", status=500)

    def cut(self, start):  # a hundred thousand bytes at a time
        piece = BODY[start : start + 100_000]
        self.send(piece, start=start or None, length=len(BODY) - start)

    def altered(self, start):
        self.send(BODY[:-1] + b"?")

    def page(self, start):  # what a hotel's network answers to everything
        self.send(b"<html>Please log in</html>")

    def silent(self, start):
        self.server.over.wait(20)

    def stalled(self, start):
        self.send(BODY[: 2 * len(BODY) // 3], length=len(BODY))
        self.wfile.flush()
        self.server.over.wait(20)

    def together(self, start):  # answers two at once, half and half
        self.send(BODY[:150_000], length=len(BODY))
        self.wfile.flush()
        self.server.both.wait(20)
        self.wfile.write(BODY[150_000:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving) as server:
        server.daemon_threads = True
        server.log, server.over, server.both = [], threading.Event(), threading.Barrier(2)
        server.at = lambda manner: f"http://127.0.0.1:{server.server_port}/{manner}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def refused():
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/"


def toy(mirrors, checksum=SHA256):
    return files.Source("toy", tuple(mirrors), {NAME: checksum})


def left():
    """Return the names of all files in the cache."""
    return sorted(path.name for path in files.cache().rglob("*") if path.is_file())


def test_a_file_is_downloaded_once(server):
    source = toy([server.at("good")])
    path = files.find(source, NAME)
    assert path == files.cache() / "toy" / NAME
    assert path.read_bytes() == BODY
    assert files.find(source, NAME) == path
    assert server.log == [("good", None)]
    assert left() == [NAME]


def test_the_checksum_may_be_another_than_sha256(server):
    md5 = "md5:" + hashlib.md5(BODY).hexdigest()
    assert files.find(toy([server.at("altered"), server.at("good")], md5), NAME).read_bytes() == BODY


@pytest.mark.parametrize("manner", ["missing", "broken", "altered", "page", "silent"])
def test_the_next_mirror_is_tried(server, monkeypatch, manner):
    monkeypatch.setattr(files, "TIMEOUT", 0.3)
    path = files.find(toy([server.at(manner), server.at("good")]), NAME)
    assert path.read_bytes() == BODY
    assert server.log == [(manner, None), ("good", None)]
    assert left() == [NAME]


def test_a_refused_connection_leads_to_the_next_mirror(server, refused):
    assert files.find(toy([refused, server.at("good")]), NAME).read_bytes() == BODY


def test_every_mirrors_failure_is_told(server, refused, monkeypatch):
    monkeypatch.setattr(files, "TIMEOUT", 0.3)
    manners = ["missing", "broken", "altered", "silent"]
    source = toy([*(server.at(manner) for manner in manners), refused])
    with pytest.raises(data.DataError) as error:
        files.find(source, NAME)
    message = str(error.value)
    reasons = [
        "answered 404 Not Found",
        "answered 500 Internal Server Error",
        "sent another file: its checksum is " + hashlib.sha256(BODY[:-1] + b"?").hexdigest(),
        "TimeoutError",
        "ConnectionRefusedError",
    ]
    told = message.split("Tried, in this order:\n")[1].split("\n")
    for i, (address, reason) in enumerate(zip(source.addresses(NAME), reasons, strict=True)):
        assert told[2 * i].strip() == address
        assert told[2 * i + 1].strip().startswith(reason)
    assert f"cannot download {NAME} of toy" in message
    assert f"expected checksum: {SHA256}" in message
    assert f"put a copy made by hand at {files.cache() / 'toy' / NAME}" in message
    assert f"set RECTIFIED_DATA to a folder of your own in which the file is toy/{NAME}" in message
    assert ".part" not in message
    assert left() == []


@pytest.mark.parametrize("name", ["mnist", "fashion", "cifar10", "shakespeare"])
def test_no_network(name):
    source = getattr(real, name.upper())
    with pytest.raises(data.DataError) as error:
        data.load(name)
    for address in source.addresses(next(iter(source.files))):
        assert address in str(error.value)
    assert str(error.value).count("gaierror") == len(source.mirrors)
    assert left() == []


def test_a_copy_made_by_hand_is_found():
    path = files.cache() / "toy" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    assert files.find(toy(["http://127.0.0.1:9/"]), NAME) == path


def test_a_download_cut_off_goes_on(server):
    cut = toy([server.at("cut")])
    part = files.cache() / "toy" / f"{NAME}.part"
    asked = [("cut", None)]
    for most in (100_000, 200_000):
        with pytest.raises(data.DataError) as error:
            files.find(cut, NAME)
        size = part.stat().st_size
        assert most - 20_000 < size <= most
        assert part.read_bytes() == BODY[:size]
        assert f"{size:,} bytes of it are kept in {part}: the next try goes on from there" in str(error.value)
        assert left() == [part.name]
        assert server.log == asked
        asked.append(("cut", f"bytes={size}-"))
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY
    assert server.log[2:] == [("good", f"bytes={size}-")]
    assert left() == [NAME]


def test_without_locks_a_download_starts_anew(server, monkeypatch):
    monkeypatch.setattr(files, "fcntl", None)  # as on Windows
    with pytest.raises(data.DataError):
        files.find(toy([server.at("cut")]), NAME)
    assert left() == []
    assert files.find(toy([server.at("cut"), server.at("good")]), NAME).read_bytes() == BODY
    assert server.log[1] == ("cut", None)
    assert left() == [NAME]


# The first goes on from there, the second can only send all of it again.
@pytest.mark.parametrize("manner", ["good", "norange"])
def test_the_next_mirror_goes_on_from_the_last(server, manner):
    assert files.find(toy([server.at("cut"), server.at(manner)]), NAME).read_bytes() == BODY
    assert [asked for asked, _ in server.log] == ["cut", manner]
    assert 0 < int(server.log[1][1].removeprefix("bytes=").rstrip("-")) <= 100_000
    assert left() == [NAME]


@pytest.mark.parametrize(
    ("kept", "requests"),
    [
        (BODY, []),  # all had come, but it was not yet in its place
        (b"x" * 1000, ["bytes=1000-", None]),  # something else
        (BODY + b"x", ["bytes=300001-", None]),  # more than there is
        (b"", [None]),
    ],
)
def test_what_was_kept_is_not_trusted(server, kept, requests):
    part = files.cache() / "toy" / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(kept)
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY
    assert server.log == [("good", span) for span in requests]
    assert left() == [NAME]


def test_a_part_with_a_wrong_checksum_is_removed(server):
    part = files.cache() / "toy" / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    with pytest.raises(data.DataError, match="sent another file"):
        files.find(toy([server.at("altered")]), NAME)
    assert left() == []


def test_a_spoilt_file_in_the_cache_is_replaced_or_told(server):
    path = files.cache() / "toy" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY[:-1])
    with pytest.raises(data.DataError) as error:
        files.find(toy([server.at("missing")]), NAME)
    seen = hashlib.sha256(BODY[:-1]).hexdigest()
    assert f"The copy at {path} is not that file either: its checksum is {seen}" in str(error.value)
    assert path.read_bytes() == BODY[:-1]
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY


@pytest.mark.parametrize("shown", [True, False, None])
def test_the_bar_is_shown_on_stderr_when_asked_for(server, capsys, shown):
    files.find(toy([server.at("good")]), NAME, progress=shown)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("300k/300k" in err) == bool(shown)  # pytest's stderr is no terminal


def test_a_cache_that_cannot_be_written_is_told(server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")  # unlike permissions, this stops root too
    monkeypatch.setattr(files, "cache", lambda: tmp_path / "file")
    with pytest.raises(data.DataError) as error:
        files.find(toy([server.at("good")]), NAME)
    message = str(error.value)
    assert message.startswith(f"cannot keep {NAME} in {tmp_path / 'file' / 'toy'}: [Errno {errno.ENOTDIR}]")
    assert "set RECTIFIED_DATA to a folder of your own" in message
    assert server.log == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_cache_is_told(server):
    folder = files.cache() / "toy"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    with pytest.raises(data.DataError, match=f"cannot keep {NAME} in {folder}"):
        files.find(toy([server.at("good")]), NAME)
    folder.chmod(0o700)


def test_a_disk_full_when_the_file_is_put_in_place(server, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(data.DataError) as error:
            files.find(toy([server.at("good")]), NAME)
    assert "No space left on device" in str(error.value)
    assert "300,000 bytes of it are kept in" in str(error.value)
    assert left() == [f"{NAME}.part"]
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY
    assert server.log == [("good", None)]


# Finds a file in another process. Arguments: cache, most bytes a file may have (0: any), mirrors.
FIND = f"""
import sys
from pathlib import Path
from rectified.data import DataError, files
cache, most, *mirrors = sys.argv[1:]
if int(most):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
files.cache = lambda: Path(cache)
try:
    print(files.find(files.Source("toy", tuple(mirrors), {{"{NAME}": "{SHA256}"}}), "{NAME}"))
except DataError as error:
    print("DataError:", error)
"""


def elsewhere(*mirrors, most=0):
    arguments = [sys.executable, "-c", FIND, str(files.cache()), str(most), *mirrors]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_fills_up_on_the_way(server):
    with elsewhere(server.at("good"), server.at("good"), most=200_000) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    part = files.cache() / "toy" / f"{NAME}.part"
    assert out.startswith(f"DataError: cannot keep {NAME} in {part.parent}: [Errno {errno.EFBIG}]")
    size = part.stat().st_size
    assert f"{size:,} bytes of it are kept in {part}" in out
    assert "leave room in it" in out
    assert server.log == [("good", None)]  # the next mirror cannot help
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY
    assert server.log[1:] == [("good", f"bytes={size}-")]


@pytest.mark.skipif(files.fcntl is None, reason="without locks a download starts anew")
def test_a_killed_download_goes_on(server):
    part = files.cache() / "toy" / f"{NAME}.part"
    with elsewhere(server.at("stalled")) as process:
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    size = part.stat().st_size
    assert 0 < size < len(BODY)
    assert files.find(toy([server.at("good")]), NAME).read_bytes() == BODY
    assert server.log == [("stalled", None), ("good", f"bytes={size}-")]


def test_two_processes_at_once(server):
    with elsewhere(server.at("together")) as one, elsewhere(server.at("together")) as two:
        told = [process.communicate(timeout=60) for process in (one, two)]
    path = files.cache() / "toy" / NAME
    assert [out.strip() for out, _ in told] == [str(path)] * 2, told
    assert path.read_bytes() == BODY
    assert server.log == [("together", None)] * 2  # neither waited for the other
    assert left() == [NAME]


@pytest.fixture
def told():
    """Give a list to which all is added that pooch says while it downloads."""
    told = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())
    pooch.get_logger().addHandler(handler)
    yield told
    pooch.get_logger().removeHandler(handler)


@pytest.mark.parametrize("locks", [True, False])
def test_a_slow_host_is_told_of_before_it_is_asked(server, monkeypatch, told, locks):
    if not locks:
        monkeypatch.setattr(files, "fcntl", None)  # as on Windows
    elif files.fcntl is None:
        pytest.skip("without locks a download starts anew")
    source = files.Source("toy", (server.at("good"),), {NAME: SHA256}, slow="It is slow.")
    files.find(source, NAME)
    files.find(source, NAME)
    cut = "the next try goes on from there" if locks else "all of it has to come again"
    assert told[1:] == [f"It is slow. If it breaks off, {cut}."]  # once, after pooch's own line


@pytest.mark.skipif(files.fcntl is None, reason="without locks a download starts anew")
def test_cifar10_is_downloaded_and_goes_on_where_it_broke_off(server, monkeypatch, tiny, told):
    archive = real.CIFAR10.archive
    assert 100_000 < len(tiny[archive]) < 200_000  # it comes in two pieces
    monkeypatch.setitem(globals(), "BODY", tiny[archive])
    monkeypatch.setattr(real, "CIFAR10", cifar(tiny, (server.at("cut"),)))
    with pytest.raises(data.DataError) as error:
        data.load("cifar10")
    part = files.cache() / "cifar-10-batches-py" / f"{archive}.part"
    size = part.stat().st_size
    assert f"{size:,} bytes of it are kept in {part}: the next try goes on from there" in str(error.value)
    assert str(error.value).endswith(real.CIFAR10.slow)
    go_on = "If it breaks off, the next try goes on from there."
    assert told[-1] == f"{real.CIFAR10.slow} {go_on}"
    learn, test = data.load("cifar10")
    assert told[-1] == f"{real.CIFAR10.slow} {size:,} bytes are here already. {go_on}"
    again, _ = data.load("cifar10", batches=(2,))
    assert holds(learn, 0, 1, 2, 3, 4)
    assert holds(test, 5)
    assert holds(again, 1)
    assert server.log == [("cut", None), ("cut", f"bytes={size}-")]
    assert left() == [archive]


# --- the real files ------------------------------------------------------------------------------


def own(folder):
    there = FOLDER is not None and (Path(FOLDER).expanduser() / folder).is_dir()
    return pytest.mark.skipif(not there, reason=f"set RECTIFIED_DATA to a folder that has {folder}/")


@own("mnist")
def test_the_real_mnist(monkeypatch):
    monkeypatch.setenv("RECTIFIED_DATA", FOLDER)
    (x, y), (x_test, y_test) = data.load("mnist")
    assert (x.shape, x_test.shape) == ((60_000, 784), (10_000, 784))
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (x.min(), x.max()) == (0, 1)
    assert x.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)


@own("fashion-mnist")
def test_the_real_fashion(monkeypatch):
    monkeypatch.setenv("RECTIFIED_DATA", FOLDER)
    (x, y), (x_test, y_test) = data.load("fashion")
    assert (x.shape, x_test.shape) == ((60_000, 784), (10_000, 784))
    assert np.bincount(y).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10


def kept(folder):
    """Return the numbers of the training batches that lie there, as they are or packed by xz."""
    folder = Path(folder or "nowhere").expanduser() / "cifar-10-batches-py"
    both = {i: [folder / f"data_batch_{i}{suffix}" for suffix in ("", ".xz")] for i in range(1, 6)}
    there = {i: [path for path in paths if path.is_file()] for i, paths in both.items()}
    return {i: paths[0] for i, paths in there.items() if paths}


# Reads the batches of the numbers given and prints what they are, and the most memory taken, in MB.
READ = """
import resource, sys
import numpy as np
from rectified import data
(x, y), _ = cifar10 = data.load("cifar10", batches=[int(number) for number in sys.argv[1:]], held_out=())
print(*x.shape, x.dtype, x.min(), x.max())
print(*y[:7], *np.bincount(y[:10_000]))
print(*cifar10.classes)
print(*x.reshape(-1, 3, 32, 32).mean(axis=(0, 2, 3), dtype=np.float64))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say how much memory was taken")
@pytest.mark.skipif(
    1 not in kept(FOLDER), reason="set RECTIFIED_DATA to a folder that has batches of CIFAR-10"
)
def test_the_real_cifar10(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    there = dict(list(kept(FOLDER).items())[:4])
    for i, path in there.items():
        with (
            (lzma.open if path.suffix else open)(path) as packed,
            open(tmp_path / "cifar-10-batches-py" / f"data_batch_{i}", "wb") as unpacked,
        ):
            shutil.copyfileobj(packed, unpacked)
    ran = subprocess.run(
        [sys.executable, "-c", READ, *map(str, there)],
        env={**os.environ, "RECTIFIED_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    form, labels, classes, means, most = ran.stdout.splitlines()
    assert form == f"{len(there) * 10_000} 3072 float32 0.0 1.0"
    assert labels == "6 9 9 4 1 1 2 1005 974 1032 1016 999 937 1030 1001 1025 981"
    assert [float(mean) for mean in means.split()] == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.003)
    assert float(most) < 1000
    meta = there[1].parent / "batches.meta"
    if meta.is_file():
        names = real._Batch(io.BytesIO(meta.read_bytes()), encoding="ascii").load()["label_names"]
        assert names == classes.split()


@own("tinyshakespeare")
def test_the_real_shakespeare(monkeypatch):
    monkeypatch.setenv("RECTIFIED_DATA", FOLDER)
    (x, y), (x_test, y_test) = shakespeare = data.load("shakespeare")
    assert len(shakespeare.classes) == 65
    assert "".join(shakespeare.classes[i] for i in x[:14]) == "First Citizen:"
    assert np.array_equal(x[1:], y[:-1])
    assert np.array_equal(x_test[1:], y_test[:-1])
    assert len(x) + 1 + len(x_test) + 1 == 1_115_394
