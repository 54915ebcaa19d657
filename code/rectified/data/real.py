"""Data sets that were collected: digits comes with scikit-learn, the others are downloaded."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from rectified.data import files
from rectified.data.sets import DataError, Dataset

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
    characters = tuple(sorted(set(text)))
    number = {character: i for i, character in enumerate(characters)}
    codes = np.array([number[character] for character in text])
    cut = len(codes) * 9 // 10
    return Dataset(
        name="shakespeare",
        x=codes[: cut - 1],
        y=codes[1:cut],
        x_test=codes[cut:-1],
        y_test=codes[cut + 1 :],
        classes=characters,
        shape=(),
        source="",
        licence="MIT, collected by Andrej Karpathy",
    )


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
