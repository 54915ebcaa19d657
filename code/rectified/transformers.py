"""2017 on: attention, the block of a transformer, and the layer in it where φ lives, plain or with a gate.

Tensors of torch: x is (n, places, width). What the field built comes first, as short ideas; below it what a page needs
besides: windows of a text, counts, and a look at what hidden units answer.
Home: chapter 12.
"""

from collections.abc import Sequence
from math import log
from numbers import Integral
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rectified import activations, eras, training
from rectified.rectifier import checked

YEAR = 2017
GATE = 2016  # Dauphin and others, in December


class Kind(NamedTuple):
    """A feed-forward layer: the name of its φ in `activations`, and whether a product with a second sum follows."""

    phi: str
    gated: bool


KINDS = {
    "ReLU": Kind("relu", False),
    "GELU": Kind("gelu", False),
    "SiLU": Kind("silu", False),
    "ReLU²": Kind("relu_squared", False),
    "ReGLU": Kind("relu", True),
    "GEGLU": Kind("gelu", True),
    "SwiGLU": Kind("silu", True),
    "bilinear": Kind("identity", True),
}
"""The eight layers that this chapter compares; GLU itself is ("sigmoid", True)."""

SHAZEER = {
    "ReLU": (1.997, 0.005, 1.677),
    "GELU": (1.983, 0.005, 1.679),
    "SiLU": (1.994, 0.003, 1.683),
    "ReGLU": (1.953, 0.003, 1.645),
    "GEGLU": (1.942, 0.004, 1.633),
    "SwiGLU": (1.944, 0.010, 1.636),
    "bilinear": (1.960, 0.005, 1.648),
    "GLU": (1.982, 0.006, 1.663),
}
"""Shazeer 2020, table 1: held-out log-perplexity after 65,536 updates, its deviation, and after 524,288 (one run)."""


# --- What ideas refuse -------------------------------------------------------------------------------------


def _same_places(queries, keys, values) -> None:
    shapes = [tuple(each.shape) for each in (queries, keys, values)]
    if shapes[0] != shapes[1] or shapes[0][:-1] != shapes[2][:-1] or len(shapes[0]) < 2:
        raise ValueError(
            f"queries, keys and values have shapes {shapes}; expected (…, places, size), as many places each"
        )


def _fed(x, into, out, phi, gate=None) -> None:
    shapes = tuple(x.shape), tuple(into.shape), tuple(out.shape)
    if x.shape[-1] != into.shape[0] or into.shape[1] != out.shape[0]:
        raise ValueError(
            f"x, into and out have shapes {shapes}; expected (…, width), (width, hidden), (hidden, width)"
        )
    if gate is not None and gate.shape != into.shape:
        raise ValueError(f"gate has shape {tuple(gate.shape)}; expected that of into, {shapes[1]}")


def _moments(gradient, mean, square, t, beta1=0.9, beta2=0.999) -> None:
    if t < 1 or not (0 <= beta1 < 1 and 0 <= beta2 < 1):
        raise ValueError(
            f"t is {t}, beta1 {beta1}, beta2 {beta2}; expected updates counted from 1, and both at least 0 and below 1"
        )


# --- Ideas: these stand, word for word, on the page --------------------------------------------------------


@checked(_same_places)
def attend(queries, keys, values):
    """Return for each place a mean of the values up to it, weighted by how well keys there fit its query.

    All are (…, places, size). Raises ValueError if their places differ.

    Home: chapter 12.
    """
    fit = queries / keys.shape[-1] ** 0.5 @ keys.mT  # (…, places, places)
    ahead = fit.new_ones(fit.shape[-2:]).triu(1).bool()
    shares = fit.masked_fill(ahead, -torch.inf).softmax(dim=-1)
    return shares @ values


class Norm(nn.Module):
    """Layer normalisation: each vector gets mean 0 and variance 1, then a gain and a shift a number, both learned.

    Home: chapter 12.
    """

    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x):  # (…, width)
        away = x - x.mean(dim=-1, keepdim=True)
        spread = (away.square().mean(dim=-1, keepdim=True) + 1e-5).sqrt()
        return self.gain * away / spread + self.shift


@checked(_fed)
def feed_forward(x, into, out, phi, gate=None):
    """Return what two layers make of each place alone; with a gate, φ of its sums multiplies those of the first.

    x: (…, width). into, gate: (width, hidden). out: (hidden, width). Raises ValueError if these do not fit.

    Home: chapter 12.
    """
    hidden = phi(x @ into) if gate is None else phi(x @ gate) * (x @ into)
    return hidden @ out


@checked(_moments)
def adapt(gradient, mean, square, t, beta1=0.9, beta2=0.999):
    """Return Adam's step before it is multiplied by the rate, and the two moving means that it keeps.

    gradient, mean, square: of one shape, the means 0 before the first update. t: the update's number, from 1. Raises
    ValueError if t is less.

    Home: chapter 12.
    """
    mean = beta1 * mean + (1 - beta1) * gradient
    square = beta2 * square + (1 - beta2) * gradient**2
    size = (square / (1 - beta2**t)) ** 0.5 + 1e-8
    return mean / (1 - beta1**t) / size, mean, square


class Block(nn.Module):
    """Attention, then the feed-forward layer; each reads a normalised x and adds what it finds (GPT-2's order).

    phi: a module. hidden: units of the feed-forward layer, however it is made. later: how many layers add to one x.

    Home: chapter 12.
    """

    def __init__(self, width, heads, hidden, phi, gated, later=2):
        super().__init__()
        self.heads, self.phi = heads, phi
        self.norm1, self.norm2 = Norm(width), Norm(width)
        self.asks = drawn(width, 3 * width)
        self.says = drawn(width, width, later)
        self.into = drawn(width, hidden)
        self.gate = drawn(width, hidden) if gated else None
        self.out = drawn(hidden, width, later)

    def forward(self, x):  # (n, places, width)
        parts = (self.norm1(x) @ self.asks).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # each (n, heads, places, size)
        heard = attend(queries, keys, values).transpose(1, 2).flatten(2)
        x = x + heard @ self.says
        return x + feed_forward(self.norm2(x), self.into, self.out, self.phi, self.gate)


# --- The parts and the whole -------------------------------------------------------------------------------


def drawn(inputs: int, units: int, adds: int = 1) -> nn.Parameter:
    """Return a matrix of normal first weights with variance 1 / (inputs · adds).

    adds: how many such layers add to one sum, as in GPT-2: twice the number of blocks for what is added to x.
    """
    return nn.Parameter(torch.randn(inputs, units) / (inputs * adds) ** 0.5)


class Phi(nn.Module):
    """φ as a module, so that what it is given and what it answers can be watched.

    activation: a name in `activations`, an Activation, or a function of a tensor.
    """

    def __init__(self, activation):
        super().__init__()
        phi = activations.get(activation) if isinstance(activation, str) else activation
        self.activation = getattr(phi, "torch", phi)

    def forward(self, z):
        return self.activation(z)


class Model(nn.Module):
    """A transformer that tells each next character from those before: (n, places) whole numbers in, sums out.

    alphabet: how many characters there are. width: numbers at a place. depth: blocks. heads: attentions side by side;
    they divide the width. context: places at most. hidden: units of a plain feed-forward layer; a gated one, which has
    three matrices in place of two, gets two thirds of them, so that weights and multiply-adds are equal. phi: a name in
    `activations`, an Activation or a function of a tensor. gated: whether φ is on a gate. block: what makes a block.

    No layer but the norms has biases. First weights are normal with variance 1 / inputs, as LeCun's; those of layers
    that add to x are divided by the root of twice the depth besides, as in GPT-2. The characters' vectors serve at the
    end too, so that their variance, and that of the places, is 1 / width. Returns sums (n, places, alphabet), for
    cross-entropy.
    """

    def __init__(
        self,
        alphabet,
        *,
        width=48,
        depth=2,
        heads=4,
        context=64,
        hidden=None,
        phi="relu",
        gated=False,
        block=Block,
    ):
        super().__init__()
        hidden = 4 * width if hidden is None else hidden
        for name, value in {"alphabet": alphabet, "width": width, "depth": depth, "heads": heads,
                            "context": context, "hidden": hidden}.items():  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} is {value!r}; expected a whole number, 1 or more")
        if width % heads:
            raise ValueError(f"width is {width} and heads {heads}; expected heads that divide the width")
        eras.require("attention without recurrence", YEAR)
        if gated:
            named = [each for each in activations.GATED.values() if phi in (each.gate, each.gate.name)]
            eras.require(named[0].label if named else "a gated layer", named[0].trained if named else GATE)
        units = two_thirds(hidden) if gated else hidden
        self.characters = nn.Parameter(torch.randn(alphabet, width) / width**0.5)
        self.places = nn.Parameter(torch.randn(context, width) / width**0.5)
        self.blocks = nn.ModuleList(
            block(width, heads, units, Phi(phi), gated, 2 * depth) for _ in range(depth)
        )
        self.norm = Norm(width)

    def forward(self, text):
        if text.shape[-1] > len(self.places):
            raise ValueError(f"text has {text.shape[-1]} places; expected {len(self.places)} at most")
        x = self.characters[text] + self.places[: text.shape[-1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.characters.T


def two_thirds(hidden: int) -> int:
    """Return the units of a gated layer that has as many weights as a plain one of `hidden` units."""
    if hidden % 3:
        raise ValueError(f"hidden is {hidden}; expected a multiple of 3, so that a gated layer can match it")
    return 2 * hidden // 3


def _kind(kind: str | Kind) -> Kind:
    if isinstance(kind, str) and kind in KINDS:
        return KINDS[kind]
    if isinstance(kind, str) or not isinstance(kind, Sequence) or len(kind) != 2:
        raise ValueError(
            f"kind is {kind!r}; expected one of {', '.join(KINDS)}, or a φ and whether it is gated"
        )
    return Kind(*kind)


def models(alphabet: int, kind: str | Kind = "ReLU", **sizes) -> training.Modules:
    """Return models of one kind for `training.train`, one a seed; φ is watched, a layer a block.

    kind: a name in `KINDS`, or a (φ, gated) of your own. sizes: what `Model` takes.
    """
    phi, gated = _kind(kind)

    def make():
        return Model(alphabet, phi=phi, gated=gated, **sizes)

    depth = sizes.get("depth", 2)  # as `Model` has it
    if isinstance(depth, bool) or not isinstance(depth, Integral) or depth < 1:
        raise ValueError(f"depth is {depth!r}; expected a whole number, 1 or more")
    return training.Modules(make, watch=[f"blocks.{k}.phi" for k in range(depth)])


# --- Text --------------------------------------------------------------------------------------------------


def windows(codes: np.ndarray, context: int, step: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return stretches of a text and, for each place, the next character: two arrays (n, context).

    codes: the text as whole numbers. step: characters from one stretch to the next, None for the context.
    """
    step = context if step is None else step
    whole = all(isinstance(each, Integral) for each in (context, step))
    if not whole or context < 1 or step < 1 or len(codes) <= context:
        raise ValueError(
            f"context is {context}, step {step}, the text has {len(codes)} characters; expected whole numbers, "
            "1 or more, and a text longer than the context"
        )
    both = np.lib.stride_tricks.sliding_window_view(codes, context + 1)[::step]
    return both[:, :-1].copy(), both[:, 1:].copy()


def bits(loss: float | np.ndarray) -> float | np.ndarray:
    """Return a cross-entropy, which training has in nats, in bits per character."""
    return loss / log(2)


# --- Looking in --------------------------------------------------------------------------------------------


def member(trained: training.Trained, seed: int) -> Model:
    """Return the trained model of one seed, the first with it, as a module of torch."""
    if seed not in trained.run.seeds:
        raise ValueError(f"seed is {seed}; expected one of {list(trained.run.seeds)}")
    k = list(trained.run.seeds).index(seed)
    model = trained.network.factory()
    model.load_state_dict({name: torch.tensor(value[k]) for name, value in trained.parameters.items()})
    return model.eval()


def answers(model: Model, text: Tensor | np.ndarray) -> list[Tensor]:
    """Return what φ answers in each block, (n, places, units); the model is left as it was."""
    heard: list[Tensor] = []
    hooks = [
        block.phi.register_forward_hook(lambda _module, _inputs, output: heard.append(output))
        for block in model.blocks
    ]
    try:
        with torch.no_grad():
            model(torch.as_tensor(text))
    finally:
        for hook in hooks:
            hook.remove()
    return heard


def swapped(trained: training.Trained, kind: str | Kind, **how) -> training.Modules:
    """Return models of the sizes of those trained, with another φ: start them from `trained.parameters`.

    how: what else `Model` takes.
    """
    old = trained.network.skeleton
    width = old.characters.shape[1]
    gated = old.blocks[0].gate is not None
    units = old.blocks[0].into.shape[1]
    kind = _kind(kind)
    if kind.gated != gated:
        raise ValueError(f"kind is {kind}, but what was trained has gated {gated}; expected the same")
    return models(
        len(old.characters), kind, width=width, depth=len(old.blocks), heads=old.blocks[0].heads,
        context=len(old.places), hidden=units * 3 // 2 if gated else units, **how,
    )  # fmt: skip


def skippable(zeros: float | np.ndarray, gated: bool = False) -> float | np.ndarray:
    """Return which share of a feed-forward layer's multiply-adds its zeros save where no forecast of them is made.

    zeros: the share of φ's answers that are 0. A plain layer saves a row of the last matrix for each, one weight of
    two; a gated one, whose gate is worked out first, a column of the first besides, two of three.
    """
    if not 0 <= np.min(zeros) <= np.max(zeros) <= 1:  # nan is none
        raise ValueError(f"zeros is {zeros}; expected shares from 0 to 1")
    return zeros * (2 / 3 if gated else 1 / 2)


def counted(model: Model) -> dict[str, int]:
    """Return how many parameters the parts of a model have."""
    count = {"characters and places": model.characters.numel() + model.places.numel(), "attention": 0,
             "feed-forward": 0, "norms": 0}  # fmt: skip
    for name, value in model.named_parameters():
        part = name.split(".")[-1]
        if part in ("asks", "says"):
            count["attention"] += value.numel()
        elif part in ("into", "gate", "out"):
            count["feed-forward"] += value.numel()
        elif part in ("gain", "shift"):
            count["norms"] += value.numel()
    return count


def written(
    model: Model, text: Sequence[int], length: int, *, rng: np.random.Generator | int = 0
) -> list[int]:
    """Return a text and `length` characters more, each drawn by the model's shares."""
    rng, text = np.random.default_rng(rng), list(text)
    for _ in range(length):
        with torch.no_grad():
            sums = model(torch.tensor([text[-len(model.places) :]]))[0, -1]
        shares = sums.double().softmax(dim=-1).numpy()
        text.append(int(rng.choice(len(shares), p=shares / shares.sum())))
    return text
