"""One colour per family of activations, one line style per member, and the style sheet of every picture.

The colours were found by search: each line stands out from the paper by at least 3 to 1, each text by 4.5
to 1, and any two families stay apart for readers who see no red, no green or no blue.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

PAPER = "#fdfdfb"
INK = "#1f1c21"  # what a picture says
MUTED = "#67636b"  # what helps to read it: axes, inputs, remarks
FAINT = "#dcd9d6"  # what must only be felt: rules, absent things; never text
TINT = "#f8e3d6"  # laid behind what an explorer speaks of now, or says yes to; text stands on it

# Neutral on purpose: in this book a hue means an activation, so the two kinds of connection differ in shape.
INPUT, EXCITATION, INHIBITION = MUTED, INK, INK

SOLID = "-"
DASHED = (0, (4, 1.6))
DOTTED = (0, (1, 1.4))
LONG = (0, (9, 2))
SHORT = (0, (2, 1))
DASH_DOT = (0, (5, 1.5, 1, 1.5))
DASH_DOT_DOT = (0, (5, 1.5, 1, 1.5, 1, 1.5))


@dataclass(frozen=True)
class Ink:
    """How a series is drawn: colour of its line, colour of its label, line style, width in points."""

    line: str
    text: str
    style: str | tuple = SOLID
    width: float = 1.6


# family: colour of the line, colour of the text
FAMILIES = {
    "threshold": ("#1f1c21", "#1f1c21"),
    "logistic": ("#134172", "#134172"),
    "tanh": ("#309adb", "#1478b0"),
    "softplus": ("#8431dd", "#8431dd"),
    "relu": ("#b73a09", "#b73a09"),
    "leaky": ("#d67e0d", "#a96000"),
    "elu": ("#5e2e1c", "#5e2e1c"),
    "gelu": ("#0c7b59", "#0c7b59"),
}

# member: family, line style. A gated linear unit takes its gate's colour and a dash with dots.
MEMBERS = {
    "step": ("threshold", SOLID),
    "sign": ("threshold", DASHED),
    "identity": ("threshold", DOTTED),
    "bilinear": ("threshold", DASH_DOT),
    "sigmoid": ("logistic", SOLID),
    "hard_sigmoid": ("logistic", DASHED),
    "glu": ("logistic", DASH_DOT),
    "tanh": ("tanh", SOLID),
    "scaled_tanh": ("tanh", DASHED),
    "hard_tanh": ("tanh", LONG),
    "softsign": ("tanh", DOTTED),
    "softplus": ("softplus", SOLID),
    "relu": ("relu", SOLID),
    "relu6": ("relu", DASHED),
    "relu_squared": ("relu", DOTTED),
    "absolute": ("relu", LONG),
    "reglu": ("relu", DASH_DOT),
    "leaky": ("leaky", SOLID),
    "prelu": ("leaky", DASHED),
    "rrelu": ("leaky", DOTTED),
    "elu": ("elu", SOLID),
    "selu": ("elu", DASHED),
    "celu": ("elu", DOTTED),
    "gelu": ("gelu", SOLID),
    "silu": ("gelu", DASHED),
    "mish": ("gelu", DOTTED),
    "gelu_tanh": ("gelu", LONG),
    "gelu_sigmoid": ("gelu", SHORT),
    "geglu": ("gelu", DASH_DOT),
    "swiglu": ("gelu", DASH_DOT_DOT),
}

# For series that are no activation (depths, data sets, machines), in this order.
NEUTRAL = tuple(Ink(line, line, style) for style in (SOLID, DASHED, DOTTED) for line in (INK, MUTED))


def of(activation: object, *, style: str | tuple | None = None) -> Ink:
    """Return the ink of an activation, given by name (`relu`, or as people write it, `ReLU`) or as an object.

    `style` replaces the line style, for one activation under several conditions.
    Raises ValueError if no activation of that name has an ink.
    """
    name = _name(activation)
    if name not in MEMBERS:
        raise ValueError(f"no ink for activation {activation!r}; expected one of: {', '.join(MEMBERS)}")
    family, own = MEMBERS[name]
    ink = Ink(*FAMILIES[family], own, 2.4 if name == "relu" else 1.6)
    return ink if style is None else replace(ink, style=style)


def knows(activation: object) -> bool:
    """Return whether an activation, given as in `of`, has an ink."""
    return _name(activation) in MEMBERS


def contrast(first: str | tuple, second: str | tuple) -> float:
    """Return the contrast of two colours by WCAG 2: from 1, the same, to 21, black on white."""
    lighter, darker = sorted((_linear(c) @ (0.2126, 0.7152, 0.0722) for c in (first, second)), reverse=True)
    return float((lighter + 0.05) / (darker + 0.05))


def ramp(colour: str = INK) -> ListedColormap:
    """Return a sequential colour map from the paper to `colour`, in even perceptual steps."""
    return _blend(PAPER, colour, name=f"paper to {colour}")


def diverging(low: str = FAMILIES["logistic"][0], high: str = FAMILIES["relu"][0]) -> ListedColormap:
    """Return a colour map from `low` through the paper to `high`, in even perceptual steps on each side."""
    return _blend(low, PAPER, high, name=f"{low} to {high}")


def use() -> AbstractContextManager:
    """Apply the book's style for the length of a `with` block; a reader's own settings come back after it."""
    return matplotlib.style.context(["default", _SHEET])


_FILE = Path(__file__).with_name("rectified.mplstyle")
_SHEET = matplotlib.rc_params_from_file(_FILE, use_default_template=False)


def _name(activation: object) -> str:
    name = activation if isinstance(activation, str) else getattr(activation, "name", "")
    return str(name).lower().replace(" ", "_").replace("-", "_")


# Oklab (Björn Ottosson, 2020): linear light to cone responses, their cube roots to lightness and two hues.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _linear(colour: str | tuple) -> np.ndarray:
    """Return the linear light (red, green, blue) of a colour."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _blend(*colours: str, name: str, steps: int = 257) -> ListedColormap:
    """Return a colour map along straight lines in Oklab; the odd count of steps keeps the middle exact."""
    stops = np.stack([_OKLAB @ np.cbrt(_CONES @ _linear(c)) for c in colours])
    where = np.linspace(0, len(colours) - 1, steps)
    lab = np.stack([np.interp(where, range(len(colours)), channel) for channel in stops.T])
    light = np.linalg.inv(_CONES) @ (np.linalg.inv(_OKLAB) @ lab) ** 3  # (3, steps)
    rgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)
    return ListedColormap(np.clip(rgb.T, 0, 1), name=name)
