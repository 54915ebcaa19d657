"""Data sets that were collected: digits comes with scikit-learn, topics with Python; others are downloaded."""

import gzip
import io
import math
import pickle
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from rectified.data import files
from rectified.data.sets import DataError, Dataset, count

IDX = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

MNIST = files.Source(
    folder="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    files=dict(
        zip(
            IDX,
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            strict=True,
        )
    ),
)

FASHION = files.Source(
    folder="fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    files=dict(
        zip(
            IDX,
            (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
            strict=True,
        )
    ),
)

SHAKESPEARE = files.Source(
    folder="tinyshakespeare",
    mirrors=("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",),
    files={"input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
)

CIFAR10 = files.Source(
    folder="cifar-10-batches-py",
    mirrors=("https://www.cs.toronto.edu/~kriz/",),
    files={
        "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
        "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
        "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
        "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
        "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
        "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
        "cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    },
    archive="cifar-10-python.tar.gz",
    slow=(
        "Its host is slow: since June 2026 most users report 50 to 100 kB a second, some only 10. "
        "These 170 MB then take from half an hour to an hour, or five."
    ),
)
IN_BATCH = 10_000  # pictures in each file of CIFAR-10


def digits() -> Dataset:
    """Return scikit-learn's 1,797 handwritten digits of 8×8 pixels in 17 greys, from 0 to 1.

    Of each digit every fifth picture, in scikit-learn's order, is set aside for the test: 355 of them.
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    nth = np.zeros(len(y), dtype=int)  # how many of the same digit came before
    for digit in range(10):
        nth[y == digit] = np.arange((y == digit).sum())
    test = nth % 5 == 4
    x, y = (x / 16).astype(np.float32), y.astype(np.int64)
    return Dataset(
        name="digits",
        x=x[~test],
        y=y[~test],
        x_test=x[test],
        y_test=y[test],
        classes=tuple("0123456789"),
        shape=(8, 8),
        source="alpaydin1998",
        licence="CC BY 4.0, from the UCI repository through scikit-learn",
    )


def mnist(*, progress: bool | None = None) -> Dataset:
    """Return MNIST: 60,000 + 10,000 handwritten digits of 28×28 pixels, greys from 0 to 1.

    progress: whether to show a bar while downloading; None: only in a terminal or a notebook.
    Raises DataError if a file cannot be had.
    Source: LeCun, Bottou, Bengio and Haffner 1998.
    """
    return _idx_set(
        "mnist",
        MNIST,
        classes=tuple("0123456789"),
        source="lecun1998gradient",
        licence="CC BY-SA 3.0 is commonly stated, not confirmed by its owners: not to be passed on",
        progress=progress,
    )


def fashion(*, progress: bool | None = None) -> Dataset:
    """Return Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28×28 pixels, greys from 0 to 1.

    progress: whether to show a bar while downloading; None: only in a terminal or a notebook.
    Raises DataError if a file cannot be had.
    Source: Xiao, Rasul and Vollgraf 2017.
    """
    return _idx_set(
        "fashion",
        FASHION,
        classes=(
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        source="xiao2017",
        licence="MIT, Zalando SE",
        progress=progress,
    )


def shakespeare(*, progress: bool | None = None) -> Dataset:
    """Return a million characters of Shakespeare's plays, each to be told from those before it.

    Inputs and labels are one-dimensional here, both of int64: x[i] is the number of a character in `classes`,
    y[i] that of the next one. The last tenth of the text is set aside for the test.

    progress: whether to show a bar while downloading; None: only in a terminal or a notebook.
    Raises DataError if a file cannot be had.
    """
    text = files.find(SHAKESPEARE, "input.txt", progress=progress).read_text("utf-8")
    return _text("shakespeare", text, "MIT, collected by Andrej Karpathy")


def topics() -> Dataset:
    """Return the language reference that comes with Python, each character to be told from those before it.

    Inputs and labels are as in `shakespeare`. Topics come in the order of their names; of paragraphs that several
    topics share, about a fifth of the text, the first is kept. The text differs between versions of Python, so
    nothing exact should depend on it.

    Raises DataError if this Python came without it, or with too little of it.
    """
    try:
        from pydoc_data.topics import topics as found
    except ModuleNotFoundError as error:
        raise DataError(
            "topics is the module pydoc_data.topics of the standard library, and this Python came without it; "
            "expected a full installation"
        ) from error
    paragraphs = "\n\n".join(found[name].strip("\n") for name in sorted(found)).split("\n\n")
    text = "\n\n".join(dict.fromkeys(paragraphs))
    if len(text) < 100_000:
        raise DataError(
            f"topics has {len(text):,} characters in this Python's pydoc_data.topics; expected some hundred thousand"
        )
    return _text("topics", text, "PSF License, Python Software Foundation")


def _text(name: str, text: str, licence: str) -> Dataset:
    """Return a text as numbers of its characters; the last tenth is for the test."""
    characters = tuple(sorted(set(text)))
    number = {character: i for i, character in enumerate(characters)}
    codes = np.array([number[character] for character in text])
    cut = len(codes) * 9 // 10
    return Dataset(
        name=name,
        x=codes[: cut - 1],
        y=codes[1:cut],
        x_test=codes[cut:-1],
        y_test=codes[cut + 1 :],
        classes=characters,
        shape=(),
        source="",
        licence=licence,
    )


def cifar10(
    *,
    batches: Iterable[int] = (1, 2, 3, 4, 5),
    held_out: Iterable[int] | None = None,
    progress: bool | None = None,
) -> Dataset:
    """Return CIFAR-10: 50,000 + 10,000 colour photographs of 32×32 pixels, things of ten kinds, from 0 to 1.

    Each row of x is a picture's reds, then its greens, then its blues, so `x.reshape(-1, 3, 32, 32)` is what
    a convolution takes. The set comes in five training batches and a test batch of 10,000 pictures each. The
    test batch has a thousand of every class, the five together five thousand; one of them alone only about.
    All of it fills 740 MB of memory.

    batches: numbers of the training batches to learn from, in this order. held_out: numbers of training
    batches to test on in the place of the test batch, which is then not read; () for no test at all; None:
    the test batch. No batch takes the place of another unasked: one that is missing is an error.
    progress: whether to show a bar while downloading; None: only in a terminal or a notebook. The host is
    slow, and the 170 MB take from half an hour to some hours; a download that breaks off goes on at the next
    try (not on Windows). A copy of the archive from elsewhere will do: its checksum is compared.
    Raises ValueError if `batches` or `held_out` is no choice of batches; DataError if a file cannot be had.
    Source: Krizhevsky 2009.
    """
    learn, test = _batches("batches", batches), _batches("held_out", () if held_out is None else held_out)
    if not learn:
        raise ValueError("batches is (); expected one at least of 1, 2, 3, 4, 5")
    if both := sorted(set(learn) & set(test)):
        raise ValueError(f"held_out has {both[0]}, and so has batches; expected it in one of them")
    names = [f"data_batch_{number}" for number in (*learn, *test)]
    if held_out is None:
        names.append("test_batch")
    x = np.empty((len(names) * IN_BATCH, 3 * 32 * 32), dtype=np.float32)
    y = np.empty(len(x), dtype=np.int64)
    for name, where, content in files.contents(CIFAR10, names, progress=progress):
        start = names.index(name) * IN_BATCH
        rows = slice(start, start + IN_BATCH)
        pictures, y[rows] = read_batch(content, where)
        np.divide(pictures, np.float32(255), out=x[rows])
        del content, pictures  # 60 MB, before the next are read
    cut = len(learn) * IN_BATCH
    return Dataset(
        name="cifar10",
        x=x[:cut],
        y=y[:cut],
        x_test=x[cut:],
        y_test=y[cut:],
        classes=(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        shape=(3, 32, 32),
        source="krizhevsky2009",
        licence="none stated, its makers ask to be cited: not to be passed on",
    )


def _batches(name: str, numbers: Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of training batches as a tuple, or raise ValueError."""
    try:
        chosen = tuple(numbers)
    except TypeError:
        raise ValueError(f"{name} is {numbers!r}; expected some of 1, 2, 3, 4, 5, as (1, 2)") from None
    chosen = tuple(count(f"{name}[{i}]", number, 1, 5) for i, number in enumerate(chosen))
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{name} is {chosen}; expected each batch once")
    return chosen


def _idx_set(
    name: str,
    source_files: files.Source,
    *,
    classes: tuple[str, ...],
    source: str,
    licence: str,
    progress: bool | None,
) -> Dataset:
    paths = [files.find(source_files, file, progress=progress) for file in IDX]
    x, y, x_test, y_test = (read_idx(path) for path in paths)
    return Dataset(
        name=name,
        x=x.reshape(len(x), -1) / np.float32(255),
        y=y.astype(np.int64),
        x_test=x_test.reshape(len(x_test), -1) / np.float32(255),
        y_test=y_test.astype(np.int64),
        classes=classes,
        shape=x.shape[1:],
        source=source,
        licence=licence,
    )


def read_idx(path: Path) -> np.ndarray:
    """Return the array of bytes in a gzipped IDX file, or raise DataError if it is not one.

    The format: two zero bytes, 8 for unsigned bytes, the number of axes, each axis's length in four bytes
    with the most significant first, then the values, the last axis running fastest.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file: {error}") from error
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise DataError(
            f"{path} begins with {content[:4].hex(' ')}; expected 00 00 08 and the number of axes, as an IDX "
            "file of unsigned bytes does"
        )
    axes = content[3]
    head = 4 + 4 * axes
    if len(content) < head:
        raise DataError(f"{path} ends within its head: {len(content)} bytes, expected {head} for {axes} axes")
    shape = tuple(int(length) for length in np.frombuffer(content, dtype=">u4", count=axes, offset=4))
    if len(content) - head != math.prod(shape):
        raise DataError(
            f"{path} holds {len(content) - head:,} values; expected {math.prod(shape):,}, for its head says "
            f"{' × '.join(str(length) for length in shape)}"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(shape)


class _Batch(pickle.Unpickler):
    """Reads pickles of arrays of bytes and plain containers, and refuses by name whatever else one asks for.

    A pickle is a program: it may name any function of any module and have it called. Three names stand in a
    batch of pictures; they lead to the few lines below, and any other to an error.
    """

    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case "numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct":
                return lambda kind, shape, code: np.empty(0, np.uint8)  # its state, which follows, fills it
            case "numpy", "ndarray":
                return None  # the kind above; there is but one
            case "numpy", "dtype":
                return _byte_type
        raise pickle.UnpicklingError(
            f"it asks for {module}.{name}; expected arrays, lists, dictionaries, text and numbers alone"
        )


def _byte_type(code: bytes, *flags: int) -> np.dtype:
    if code != b"u1":
        raise pickle.UnpicklingError(f"it has an array of type {code!r}; expected b'u1', bytes")
    return np.dtype(np.uint8)


def read_batch(content: bytes, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures (n, 3072) and the labels (n,) of a batch of CIFAR-10, in bytes and int64.

    content: the file's, a pickle of Python 2: a dictionary with an array under "data" and a list under
    "labels". where: what to call the file in an error.
    Raises DataError if it is something else, or asks for a function: by its name, and without calling it.
    """
    # What wrong bytes in a pickle raise, beside UnpicklingError:
    spoilt = (EOFError, ValueError, TypeError, LookupError, AttributeError, OverflowError)
    try:
        batch = _Batch(io.BytesIO(content), encoding="bytes").load()
    except (pickle.UnpicklingError, *spoilt) as error:
        raise DataError(f"{where} is not a batch of pictures: {error}") from error
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= set(batch):
        seen = sorted(map(repr, batch)) if isinstance(batch, dict) else type(batch).__name__
        raise DataError(f"{where} holds {seen}; expected a dictionary with b'data' and b'labels'")
    pictures, labels = batch[b"data"], batch[b"labels"]
    if not isinstance(pictures, np.ndarray) or pictures.shape != (IN_BATCH, 3 * 32 * 32):
        seen = " × ".join(map(str, np.shape(pictures))) if isinstance(pictures, np.ndarray) else "no"
        raise DataError(f"{where} holds {seen} bytes of pictures; expected {IN_BATCH} × 3072")
    if not isinstance(labels, list) or len(labels) != IN_BATCH:
        seen = len(labels) if isinstance(labels, list) else "no list of"
        raise DataError(f"{where} holds {seen} labels; expected {IN_BATCH}")
    for label in labels:
        if type(label) is not int or not 0 <= label < 10:
            raise DataError(f"{where} has a label {label!r}; expected a whole number from 0 to 9")
    return pictures, np.array(labels, dtype=np.int64)
