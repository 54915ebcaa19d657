"""The one PyTorch loop of the book: many seeds train at once.

Every member of a run (a seed, with its own rate or its own scale of first weights where a grid is wanted) is
one row of a matrix: `weights`, (members, numbers in a network). The forward pass sees that matrix as layers,
(members, fan_in, fan_out), the optimiser sees only rows. So ten seeds cost far less than ten runs, and no
member touches its neighbours: one that diverges turns to nan alone.

Two kinds of network fit: `Layers`, plain dense layers as batched matrix products, and `Modules`, whatever
`torch.nn.Module` a function makes, batched by `torch.func.vmap`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite, prod
from numbers import Integral, Real

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call, vmap
from tqdm import tqdm

from rectified import activations, eras, initialisation, runs

DTYPES = {"float32": torch.float32, "float64": torch.float64}
FLAT = 0.01  # a slope nearer to 0 passes no blame on: tanh beyond 3, a rectifier left of its kink
WEIGHT_DECAY = 1986  # the family trees of Rumelhart, Hinton and Williams lose 0.2 % of each weight a sweep
CHUNK = 2_000  # examples in one forward pass of an evaluation: bounds the memory, changes no result


# Networks ---------------------------------------------------------------------------------------------------
# A network has three methods. `draw(rng)` gives one member's first parameters and its buffers (what a module
# keeps but does not learn), two dicts of arrays; `forward(values, x)` gives the outputs of all members from
# stacked values, name -> (members, …), and inputs (members, batch, …); `describe()` goes into the run. Where
# `forward` is given a list, it appends for each hidden layer (handle, z, a): what goes into φ, what comes
# out, and the tensor to differentiate by for the gradient with respect to z.


class Layers:
    """A plain network of dense layers; every member takes part in the same batched matrix products.

    sizes: units from input to output, such as (64, 32, 10). activation: φ of the hidden layers, as a name,
    an Activation or a function of a tensor. weights: how they are first drawn, a name in `initialisation` or
    a function (rng, (fan_in, fan_out)) -> array. bias: where every bias starts. output: φ of the last layer,
    or None for the plain sums z, which is what cross-entropy and the logistic loss expect.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Callable,
        *,
        weights: str | Callable = "glorot",
        bias: float = 0.0,
        output: str | Callable | None = None,
    ):
        if len(sizes) < 2:
            raise ValueError(f"sizes is {tuple(sizes)}; expected at least inputs and outputs, such as (2, 1)")
        self.sizes = tuple(_whole("sizes", size, 1) for size in sizes)
        self.depth = len(sizes) - 1
        self.bias = float(bias)
        self.named = {"activation": activation, "weights": weights, "output": output}
        self.activation = _torch(activation)
        self.output = None if output is None else _torch(output)
        self.draw_weights = initialisation.get(weights) if isinstance(weights, str) else weights

    def describe(self) -> dict:
        named = {key: None if thing is None else _name(thing) for key, thing in self.named.items()}
        return {"kind": "layers", "sizes": list(self.sizes), "bias": self.bias} | named

    def draw(self, rng: np.random.Generator) -> tuple[dict, dict]:
        parameters = {}
        for i, shape in enumerate(pairwise(self.sizes), start=1):
            parameters[f"weights {i}"] = np.asarray(self.draw_weights(rng, shape))
            parameters[f"biases {i}"] = np.full(shape[1], self.bias)
            if parameters[f"weights {i}"].shape != shape:
                raise ValueError(
                    f"{_name(self.named['weights'])} drew {parameters[f'weights {i}'].shape}, not {shape}"
                )
        return parameters, {}

    def forward(
        self, values: dict, x: Tensor, signals: list | None = None, *, learning: bool = False
    ) -> Tensor:
        a = x.flatten(2).to(values["weights 1"].dtype)  # (members, batch, fan_in)
        for i in range(1, self.depth):
            z = torch.baddbmm(values[f"biases {i}"].unsqueeze(1), a, values[f"weights {i}"])
            a = self.activation(z)
            if signals is not None:
                signals.append((z, z, a))
        z = torch.baddbmm(values[f"biases {self.depth}"].unsqueeze(1), a, values[f"weights {self.depth}"])
        return z if self.output is None else self.output(z)


class Modules:
    """Networks that a function makes: `factory()` returns a fresh `torch.nn.Module`, one for each member.

    Each is made under its member's own seed. Batching allows no control flow that depends on data, and wants
    attention written out as matrix products: torch's fused kernels have no rule for it and warn.
    watch: names of the submodules that are φ, such as ("relu1", "relu2"), if their layers are to be recorded;
    each time one is called counts as a layer. Recording sees the module in its `eval` mode.
    together: whether all members go through a layer in one operation, or one member after another. Together is
    faster for matrices, apart for convolutions on a processor.
    """

    def __init__(
        self, factory: Callable[[], torch.nn.Module], *, watch: Sequence[str] = (), together: bool = True
    ):
        self.factory = factory
        self.together = together
        self.skeleton = self._make(0)
        parts = dict(self.skeleton.named_modules())
        for name in watch:
            if name not in parts:
                raise ValueError(_unknown("submodule to watch", name, [part for part in parts if part]))
        self.watch = tuple(dict.fromkeys(watch))
        self.watched = [parts[name] for name in self.watch]

    def _make(self, seed: int) -> torch.nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            module = self.factory()
        if not isinstance(module, torch.nn.Module) or not any(True for _ in module.parameters()):
            raise ValueError(
                f"{_name(self.factory)}() gave a {type(module).__name__}; expected a torch.nn.Module that "
                "has parameters"
            )
        return module

    def describe(self) -> dict:
        return {"kind": "modules", "factory": _name(self.factory), "watch": list(self.watch)}

    def draw(self, rng: np.random.Generator) -> tuple[dict, dict]:
        module = self._make(int(rng.integers(2**63)))
        parameters = {name: value.detach().numpy() for name, value in module.named_parameters()}
        return parameters, {name: value.numpy() for name, value in module.named_buffers()}

    def forward(
        self, values: dict, x: Tensor, signals: list | None = None, *, learning: bool = False
    ) -> Tensor:
        self.skeleton.train(learning)
        call = vmap(self._call, randomness="different") if self.together else self._in_turn
        if signals is None:
            return call(values, x, [])[0]
        # A tensor that leaves vmap no longer lies on the path to the loss. So every z is nudged by a zero
        # from outside, whose gradient is that of z; a first pass finds the shapes.
        with torch.no_grad():
            nudges = [torch.zeros_like(z) for z in call(values, x, [])[1]]
        outputs, z, a = call(values, x, [nudge.requires_grad_() for nudge in nudges])
        signals.extend(zip(nudges, z, a, strict=True))
        return outputs

    def _in_turn(self, values: dict, x: Tensor, nudges: list) -> tuple[Tensor, list, list]:
        called = [
            self._call({name: value[k] for name, value in values.items()}, x[k], [each[k] for each in nudges])
            for k in range(len(x))
        ]
        outputs, z, a = zip(*called, strict=True)
        return torch.stack(outputs), *(
            [torch.stack(each) for each in zip(*seen, strict=True)] for seen in (z, a)
        )

    def _call(self, values: dict, x: Tensor, nudges: list) -> tuple[Tensor, list, list]:
        z, a = [], []

        def enter(_module, inputs):
            z.append(inputs[0] + nudges[len(z)] if nudges else inputs[0])
            return (z[-1].clone(), *inputs[1:])  # a φ that works in place would overwrite z

        def leave(_module, _inputs, output):
            a.append(output)

        hooks = [module.register_forward_pre_hook(enter) for module in self.watched]
        hooks += [module.register_forward_hook(leave) for module in self.watched]
        try:
            return functional_call(self.skeleton, values, (x,)), z, a
        finally:
            for hook in hooks:
                hook.remove()


# Losses -----------------------------------------------------------------------------------------------------
# Outputs (members, batch, …, units) and targets in, one loss a member out: the mean over the batch.


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the squared distance to the targets, summed over units; labels become one 1 among zeros."""
    if not targets.is_floating_point():
        targets = F.one_hot(targets, outputs.shape[-1])
    return 0.5 * (outputs - targets).square().sum(-1).flatten(1).mean(1)


def logistic_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Minus the log of the probability of 0/1 targets when each unit's is the logistic of its sum."""
    losses = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    return losses.sum(-1).flatten(1).mean(1)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Minus the log of the softmax probability of the label."""
    losses = F.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="none")
    return losses.view(len(outputs), -1).mean(1)


def misclassified(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of examples whose largest output is not that of the label, (members,)."""
    return (outputs.argmax(-1) != targets).flatten(1).double().mean(1)


def wrong_side(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of sums on the wrong side of 0, (members,)."""
    return ((outputs > 0) != (targets > 0.5)).flatten(1).double().mean(1)


@dataclass(frozen=True)
class Loss:
    """What training makes small. year: when networks were first trained by it."""

    name: str
    year: int
    source: str
    value: Callable[[Tensor, Tensor], Tensor]


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("squared-error", 1960, "widrow1960", squared_error),
        Loss("logistic", 1987, "baum1988", logistic_loss),
        Loss("cross-entropy", 1990, "bridle1990", cross_entropy),
    )
}


# Optimisers -------------------------------------------------------------------------------------------------
# One step: weights and gradient (members, numbers) in, new weights out. `memory` lasts from step to step;
# rate is (members, 1) or (1, 1).


def sgd(weights: Tensor, gradient: Tensor, memory: dict, rate: Tensor) -> Tensor:
    """Robbins and Monro 1951; for networks Widrow and Hoff 1960: a step against the gradient."""
    return weights - rate * gradient


def momentum(
    weights: Tensor, gradient: Tensor, memory: dict, rate: Tensor, *, momentum: float = 0.9
) -> Tensor:
    """Polyak 1964; for networks Rumelhart, Hinton and Williams 1986, eq. 9: the last step goes on."""
    memory["step"] = momentum * memory.get("step", 0.0) - rate * gradient
    return weights + memory["step"]


def nesterov(
    weights: Tensor, gradient: Tensor, memory: dict, rate: Tensor, *, momentum: float = 0.9
) -> Tensor:
    """Nesterov 1983; for networks Sutskever and others 2013: momentum with the gradient taken ahead.

    The weights kept are those ahead, where the gradient is wanted; the two differ by the last step.
    """
    memory["step"] = momentum * memory.get("step", 0.0) - rate * gradient
    return weights + momentum * memory["step"] - rate * gradient


def rmsprop(
    weights: Tensor,
    gradient: Tensor,
    memory: dict,
    rate: Tensor,
    *,
    decay: float = 0.9,
    epsilon: float = 1e-8,
) -> Tensor:
    """Tieleman and Hinton 2012: each gradient over the root of its recent mean square."""
    memory["square"] = decay * memory.get("square", 0.0) + (1 - decay) * gradient.square()
    return weights - rate * gradient / (memory["square"].sqrt() + epsilon)


def adam(
    weights: Tensor,
    gradient: Tensor,
    memory: dict,
    rate: Tensor,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> Tensor:
    """Kingma and Ba 2014, algorithm 1: rmsprop with momentum, both corrected for their start at zero."""
    t = memory["t"] = memory.get("t", 0) + 1
    memory["mean"] = beta1 * memory.get("mean", 0.0) + (1 - beta1) * gradient
    memory["square"] = beta2 * memory.get("square", 0.0) + (1 - beta2) * gradient.square()
    root = (memory["square"] / (1 - beta2**t)).sqrt()
    return weights - rate / (1 - beta1**t) * memory["mean"] / (root + epsilon)


@dataclass(frozen=True)
class Optimiser:
    """A rule for one step. first: its year; trained: when it first trained a network, the guard's year."""

    name: str
    first: int
    trained: int
    source: str
    step: Callable[..., Tensor]
    settings: Mapping[str, float] = field(default_factory=dict)

    def at(self, **settings: float) -> "Optimiser":
        """Return this rule with settings of your own: `OPTIMISERS["momentum"].at(momentum=0.5)`."""
        known = self.step.__kwdefaults__ or {}
        for key, value in settings.items():
            if key not in known:
                raise ValueError(_unknown(f"setting of {self.name}", key, known))
            if not 0 <= value < 1:
                raise ValueError(f"{key} of {self.name} is {value!r}; expected at least 0 and less than 1")
        return replace(self, settings={**known, **self.settings, **settings})


OPTIMISERS = {
    rule.name: rule
    for rule in (
        Optimiser("sgd", 1951, 1960, "robbins1951", sgd),
        Optimiser("momentum", 1964, 1986, "rumelhart1986nature", momentum),
        Optimiser("nesterov", 1983, 2013, "sutskever2013", nesterov),
        Optimiser("rmsprop", 2012, 2012, "tieleman2012", rmsprop),
        Optimiser("adam", 2014, 2014, "kingma2015", adam),
    )
}


# Training ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """The run to plot and store, and the trained networks: call it on inputs for their outputs.

    parameters, buffers: name -> array with the members first.
    """

    run: runs.Run
    network: Layers | Modules
    parameters: dict[str, np.ndarray]
    buffers: dict[str, np.ndarray]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return the outputs of every member, (members, batch, …), for inputs (batch, …)."""
        values = {name: torch.tensor(value) for name, value in (self.parameters | self.buffers).items()}
        x = _tensor("inputs", inputs, DTYPES[self.run.settings["dtype"]], "cpu")
        with torch.no_grad(), eras.counterfactual():  # the guard asked when it was trained
            return self.network.forward(values, _for_all(x, len(self.run.seeds))).numpy()


def train(
    network: Layers | Modules | Callable[[], torch.nn.Module],
    examples: tuple[np.ndarray, np.ndarray],
    *,
    test: tuple[np.ndarray, np.ndarray] | None = None,
    seeds: Iterable[int] = range(10),
    steps: int = 300,
    batch: int | None = 64,
    loss: str | Loss = "cross-entropy",
    optimiser: str | Optimiser = "sgd",
    rate: float | Sequence[float] | Callable[[int], float] = 0.1,
    scale: float | Sequence[float] = 1.0,
    weight_decay: float = 0.0,
    start: Mapping[str, np.ndarray] | None = None,
    record: int | Sequence[int] = 20,
    layers: bool = False,
    probe: int = 256,
    dtype: str = "float32",
    device: str = "cpu",
    progress: bool = False,
) -> Trained:
    """Train one network for each seed, all at once, and record how it went.

    network: `Layers`, `Modules`, or a function that makes a `torch.nn.Module`.
    examples, test: (inputs, targets): inputs (examples, …), targets as whole labels or as numbers.
    seeds: one a member; each draws its own first weights and its own order of examples, which depend on
        nothing else. A seed may return with another rate or scale, so a whole grid trains as one run.
    steps: updates. batch: examples in each, or None for all of them.
    rate: one, one a member, or a function of the step, which counts from 0.
    scale: what the first weights are multiplied by, one or one a member.
    weight_decay: this times each weight is added to its gradient; biases (a single axis) are spared.
    start: arrays by name to begin from instead of a draw, such as `trained.parameters`.
    record: the steps at which to record, or about how many, evenly spread on a logarithmic axis.
    layers: record the `dashboard` too, on the first `probe` examples; each time costs a few updates.
    dtype: "float32" or "float64". device: "cpu" or "cuda".

    The curves are train_loss and test_loss and, for labels and 0/1 targets, train_error and test_error:
    shares of mistakes. A member that diverges records its loss as inf or nan, and its error as nan.
    """
    started = time.perf_counter()
    network = network if isinstance(network, Layers | Modules) else Modules(network)
    loss = loss if isinstance(loss, Loss) else _look_up("loss", LOSSES, loss)
    rule = optimiser if isinstance(optimiser, Optimiser) else _look_up("optimiser", OPTIMISERS, optimiser)
    eras.require(f"training by {loss.name}", loss.year)
    eras.require(f"training by {rule.name}", rule.trained)
    if weight_decay:
        eras.require("weight decay", WEIGHT_DECAY)

    number, place = _look_up("dtype", DTYPES, dtype), _device(device)
    parts = {"train": _examples("examples", examples, loss, number, place)}
    if test is not None:
        parts["test"] = _examples("test", test, loss, number, place)
    x, y = parts["train"]
    steps, size, probe = _whole("steps", steps, 0), _batch(batch, len(x)), _whole("probe", probe, 1)
    marks = checkpoints(steps, record)
    seeds, rates, scales = _members(seeds, rate, scale)
    streams = [np.random.default_rng(seed).spawn(2) for seed in seeds]  # one for weights, one for the order
    values, buffers = _first(network, [stream for stream, _ in streams], scales, start or {}, number, place)
    shapes = {name: value.shape[1:] for name, value in values.items()}
    weights = torch.cat([value.flatten(1) for value in values.values()], dim=1)  # (members, numbers)
    decay = _number("weight_decay", weight_decay) * _matrices(shapes, number, place)  # (numbers,)
    for name, part in parts.items():
        _fit(name, network, values | buffers, loss, *part)

    history, memory, previous = {}, {}, weights
    order = _batches([stream for _, stream in streams], len(x), size)
    with _own_randomness(seeds[0], place):
        for step in tqdm(range(steps + 1), disable=not progress, unit="step"):
            values = views(weights.requires_grad_(), shapes) | buffers
            if step in marks:
                noted = {}
                for name, part in parts.items():
                    noted |= evaluate(name, network, values, loss, *part)
                if layers:
                    updates = views(weights - previous, shapes)
                    noted |= dashboard(network, values, updates, loss, x[:probe], y[:probe])
                for name, value in noted.items():
                    history.setdefault(name, []).append(value.detach().double().cpu().numpy())
            if step == steps:
                break
            chosen = next(order)  # (members, batch)
            losses = loss.value(network.forward(values, x[chosen], learning=True), y[chosen])  # (members,)
            (gradient,) = torch.autograd.grad(losses.sum(), weights)  # of a sum: each row is its member's own
            if weight_decay:
                gradient = gradient + decay * weights.detach()
            now = torch.tensor(rates(step), dtype=number, device=place).unsqueeze(1)  # (members, 1)
            previous = weights.detach()
            weights = rule.step(previous, gradient, memory, now, **rule.settings)

    settings = {
        "network": network.describe(),
        "examples": {name: len(part[0]) for name, part in parts.items()},
        "loss": loss.name,
        "optimiser": {"name": rule.name, **rule.settings},
        "rate": _name(rate) if callable(rate) else np.asarray(rate, dtype=float).tolist(),
        "scale": np.asarray(scale, dtype=float).tolist(),
        "weight_decay": float(weight_decay),
        "started": sorted(start or {}),
        "steps": steps,
        "batch": size,
        "probe": probe if layers else None,
        "weights": [name for name, shape in shapes.items() if len(shape) > 1] if layers else None,
        "dtype": dtype,
    }
    machine = torch.cuda.get_device_name(place) if place.type == "cuda" else "cpu"
    made = runs.origin(device=machine, seconds=time.perf_counter() - started)
    curves = {name: np.stack(rows, axis=1) for name, rows in history.items()}
    final = {name: value.detach().cpu().numpy().copy() for name, value in views(weights, shapes).items()}
    return Trained(
        run=runs.Run(settings, seeds, marks, curves, made),
        network=network,
        parameters=final,
        buffers={name: value.cpu().numpy().copy() for name, value in buffers.items()},
    )


def views(weights: Tensor, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """Show the rows of `weights`, (members, numbers), as parameters: name -> (members, …); no copy."""
    parts = weights.split([prod(shape) for shape in shapes.values()], dim=1)
    return {name: part.view(-1, *shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def evaluate(
    name: str, network: Layers | Modules, values: dict[str, Tensor], loss: Loss, x: Tensor, y: Tensor
) -> dict[str, Tensor]:
    """Return NAME_loss and, where an answer can be wrong, NAME_error over all examples, each (members,)."""
    members = len(next(iter(values.values())))
    wrong = wrong_side if loss.name == "logistic" else None if y.is_floating_point() else misclassified
    total, mistakes = 0.0, 0.0
    with torch.no_grad():
        for part_x, part_y in zip(x.split(CHUNK), y.split(CHUNK), strict=True):
            outputs, targets = network.forward(values, _for_all(part_x, members)), _for_all(part_y, members)
            total = total + loss.value(outputs, targets).double() * (len(part_x) / len(x))
            if wrong:
                mistakes = mistakes + wrong(outputs, targets) * (len(part_x) / len(x))
    if not wrong:
        return {f"{name}_loss": total}
    return {f"{name}_loss": total, f"{name}_error": torch.where(total.isfinite(), mistakes, torch.nan)}


def dashboard(
    network: Layers | Modules,
    values: dict[str, Tensor],
    updates: dict[str, Tensor],
    loss: Loss,
    x: Tensor,
    y: Tensor,
) -> dict[str, Tensor]:
    """Look into every layer of every member, on a few examples; each curve is (members, layers).

    Of the hidden layers, with z = what goes into φ and a = what comes out, over examples and units:
    signal_mean and signal_spread (standard deviation) of a; sum_spread of z; slope, the root mean square of
    φ'(z); silent, the share of units whose slope is below 0.01 on every example; zeros, the share of
    activations that are 0; sum_gradient, the root mean square of the gradient of one example's loss with
    respect to z. Of the weights (whatever has two axes or more): weight_gradient, the root mean square of
    the gradient of the mean loss; update_ratio, that of the last update over that of the weights, 0 at first.
    Of a member whose loss is not a number, silent and zeros are none either: it has diverged, and is not awake.
    """
    members, signals = len(next(iter(values.values()))), []
    outputs = network.forward(values, _for_all(x, members), signals)
    losses = loss.value(outputs, _for_all(y, members))
    diverged = losses.isnan()  # nan is neither flat nor 0, and would count as awake
    matrices = [name for name, update in updates.items() if update.ndim > 2]
    handles = [handle for handle, _, _ in signals]
    gradients = torch.autograd.grad(
        losses.sum(), [*handles, *(values[name] for name in matrices)], retain_graph=True
    )
    noted = {name: [] for name in ("signal_mean", "signal_spread", "sum_spread", "slope", "silent", "zeros")}
    for handle, z, a in signals:
        (slope,) = torch.autograd.grad(a.sum(), handle, retain_graph=True)  # φ works on each number alone
        noted["signal_mean"].append(a.flatten(1).mean(1))
        noted["signal_spread"].append(a.flatten(1).std(1, correction=0))
        noted["sum_spread"].append(z.flatten(1).std(1, correction=0))
        noted["slope"].append(_rms(slope))
        for name, those in (("silent", (slope.abs() < FLAT).all(dim=1)), ("zeros", a == 0)):
            noted[name].append(torch.where(diverged, torch.nan, those.flatten(1).double().mean(1)))
    noted["sum_gradient"] = [_rms(gradient) * len(x) for gradient in gradients[: len(handles)]]
    noted["weight_gradient"] = [_rms(gradient) for gradient in gradients[len(handles) :]]
    noted["update_ratio"] = [_rms(updates[name]) / _rms(values[name]) for name in matrices]
    return {name: torch.stack(columns, dim=1) for name, columns in noted.items() if columns}


def checkpoints(steps: int, record: int | Sequence[int]) -> list[int]:
    """Return the steps at which to record: those given, or 0 and about so many up to `steps`, log-spaced."""
    if not isinstance(record, Sequence | np.ndarray):
        count = _whole("record", record, 1)
        if not steps:
            return [0]
        spread = np.geomspace(steps, 1, count)  # from the end: a single one is the last step
        return [0, *np.unique(spread.round().astype(int)).tolist()]
    marks = sorted({_whole("record", step, 0) for step in record})
    if not marks or marks[-1] > steps:
        raise ValueError(f"record is {list(record)}; expected steps from 0 to {steps}")
    return marks


def _batches(streams: list[np.random.Generator], count: int, size: int) -> Iterator[Tensor]:
    """Yield which examples each member sees next, (members, size): its own order, epoch after epoch."""
    if size == count:
        while True:
            yield torch.arange(count).expand(len(streams), count)
    ahead = np.empty((len(streams), 0), dtype=int)
    while True:
        while ahead.shape[1] < size:
            epoch = np.stack([stream.permutation(count) for stream in streams])
            ahead = np.concatenate([ahead, epoch], axis=1)
        yield torch.from_numpy(ahead[:, :size])
        ahead = ahead[:, size:]


def _first(
    network: Layers | Modules,
    streams: list[np.random.Generator],
    scales: np.ndarray,
    start: Mapping[str, np.ndarray],
    number: torch.dtype,
    place: torch.device,
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Draw every member's first parameters and buffers, and stack them: name -> (members, …)."""
    drawn = [network.draw(stream) for stream in streams]
    parameters = {name: np.stack([own[name] for own, _ in drawn]) for name in drawn[0][0]}
    buffers = {name: np.stack([own[name] for _, own in drawn]) for name in drawn[0][1]}
    for name, value in parameters.items():
        if value.ndim > 2:
            parameters[name] = value * scales.reshape(-1, *[1] * (value.ndim - 1))
    for name, value in start.items():
        if name not in parameters:
            raise ValueError(_unknown("parameter to start from", name, parameters))
        if np.shape(value) != parameters[name].shape:
            raise ValueError(
                f"start has {name} of shape {np.shape(value)}; expected {parameters[name].shape}"
            )
        parameters[name] = np.asarray(value)
    return tuple(
        {
            name: torch.tensor(value, dtype=number if value.dtype.kind == "f" else None, device=place)
            for name, value in stacked.items()
        }
        for stacked in (parameters, buffers)
    )


def _matrices(shapes: Mapping[str, Sequence[int]], number: torch.dtype, place: torch.device) -> Tensor:
    """Return 1 for each number of a row that belongs to a matrix or a kernel, 0 for biases."""
    parts = [torch.full((prod(shape),), float(len(shape) > 1)) for shape in shapes.values()]
    return torch.cat(parts).to(place, number)


@contextmanager
def _own_randomness(seed: int, place: torch.device) -> Iterator[None]:
    """Give dropout a seed of its own, and the reader theirs back."""
    with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _for_all(examples: Tensor, members: int) -> Tensor:
    return examples.expand(members, *examples.shape)  # no copy


def _rms(values: Tensor) -> Tensor:
    return values.square().flatten(1).mean(1).sqrt()


def _torch(activation: str | Callable) -> Callable[[Tensor], Tensor]:
    """Return φ as a function of a tensor, and make sure that it has a slope to train by."""
    phi = activations.get(activation) if isinstance(activation, str) else activation
    phi = getattr(phi, "torch", phi)
    if not phi(torch.zeros(1, requires_grad=True)).requires_grad:
        raise ValueError(f"{_name(activation)} has no gradient, so no network trains by it")
    return phi


# What is asked for, checked ---------------------------------------------------------------------------------


def _name(thing: object) -> str:
    """Return what to call an activation, an initialisation, a function or a module in a run."""
    if isinstance(thing, str):
        return thing
    return getattr(thing, "label", None) or getattr(thing, "__name__", None) or type(thing).__name__


def _unknown(what: str, name: object, known: Iterable[str]) -> str:
    known = [str(key) for key in known]
    near = get_close_matches(str(name), known, n=1)
    return f"no {what} is called {name!r}" + (
        f": did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
    )


def _look_up(what: str, known: Mapping, name: object) -> object:
    if not isinstance(name, str) or name not in known:
        raise ValueError(_unknown(what, name, known))
    return known[name]


def _whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} has {value!r}; expected a whole number, {least} or more")
    return int(value)


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} has {value!r}; expected a number, 0 or more")
    return float(value)


def _batch(batch: int | None, count: int) -> int:
    size = count if batch is None else _whole("batch", batch, 1)
    if size > count:
        raise ValueError(f"batch is {size} but there are only {count} examples; batch=None takes them all")
    return size


def _for_each(name: str, value: float | Sequence[float], members: int) -> list[float]:
    values = np.asarray(value).tolist()
    values = values if isinstance(values, list) else [values] * members
    if len(values) != members:
        raise ValueError(f"{name} has {len(values)} entries but there are {members} seeds")
    return [_number(name, entry) for entry in values]


def _members(
    seeds: Iterable[int], rate: float | Sequence[float] | Callable, scale: float | Sequence[float]
) -> tuple[list[int], Callable[[int], list[float]], np.ndarray]:
    """Return each member's seed, its rate as a function of the step, and the scale of its first weights."""
    members = [_whole("seeds", seed, 0) for seed in seeds] if np.iterable(seeds) else []
    if not members:
        raise ValueError(f"seeds is {seeds!r}; expected whole numbers, one a member, such as range(10)")
    seeds = members
    schedule = rate if callable(rate) else lambda step: rate
    rates = [_for_each("rate", schedule(0), len(seeds))]
    scales = _for_each("scale", scale, len(seeds))
    met = Counter(zip(seeds, rates[0], scales, strict=True))
    for (seed, *_), times in met.items():
        if times > 1:
            raise ValueError(
                f"seeds has {seed} {times} times at one rate and scale: those runs would be equal"
            )
    if callable(rate):
        return seeds, lambda step: _for_each("rate", schedule(step), len(seeds)), np.array(scales)
    return seeds, lambda step: rates[0], np.array(scales)


def _device(device: str) -> torch.device:
    kind, _, number = str(device).partition(":")
    if kind not in ("cpu", "cuda") or not (number or "0").isdigit():
        raise ValueError(f"device is {device!r}; expected 'cpu', 'cuda' or 'cuda:0'")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if int(number or 0) >= count:
        raise ValueError(
            f"device is {device!r}, but PyTorch {torch.__version__} finds {count} CUDA devices: it takes an "
            "NVIDIA GPU with its driver and a CUDA build of PyTorch; device='cpu' always works"
        )
    return torch.device(device)


def _tensor(name: str, values: np.ndarray, number: torch.dtype, place: torch.device | str) -> Tensor:
    values = np.ascontiguousarray(values)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {values.dtype}; expected numbers")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds nan or inf")
    return torch.tensor(values, dtype=torch.int64 if values.dtype.kind in "iu" else number, device=place)


def _examples(
    name: str, examples: tuple, loss: Loss, number: torch.dtype, place: torch.device
) -> tuple[Tensor, Tensor]:
    if not isinstance(examples, Sequence) or len(examples) != 2:
        raise ValueError(f"{name} is a {type(examples).__name__}; expected a pair (inputs, targets)")
    x = _tensor(f"{name} inputs", examples[0], number, place)
    y = _tensor(f"{name} targets", examples[1], number, place)
    if x.ndim < 2 or len(x) != len(y) or not len(x):
        raise ValueError(
            f"{name} has inputs {tuple(x.shape)} and targets {tuple(y.shape)}; expected as many of both, at "
            "least one, and inputs (examples, …) with two axes or more"
        )
    if loss.name == "logistic":
        y = y.to(number)
        if y.min() < 0 or y.max() > 1:
            raise ValueError(
                f"{name} targets run from {y.min():g} to {y.max():g}; the logistic loss takes 0 to 1"
            )
    if loss.name == "cross-entropy" and y.is_floating_point():
        raise ValueError(f"{name} targets are {y.dtype}; cross-entropy takes whole labels")
    return x, y.unsqueeze(1) if y.is_floating_point() and y.ndim == 1 else y


def _fit(
    name: str, network: Layers | Modules, values: dict[str, Tensor], loss: Loss, x: Tensor, y: Tensor
) -> None:
    """Make sure, on two examples, that the inputs fit the network and its outputs fit the targets."""
    if isinstance(network, Layers) and x[0].numel() != network.sizes[0]:
        raise ValueError(
            f"{name} inputs have {x[0].numel()} numbers each but the network takes {network.sizes[0]}"
        )
    members = len(next(iter(values.values())))
    with torch.no_grad():
        outputs = network.forward(values, _for_all(x[:2], members))
    found, wanted = tuple(outputs.shape[1:]), tuple(y[:2].shape)
    if y.is_floating_point():
        if found != wanted:
            raise ValueError(f"{name} targets have shape {wanted[1:]} each but the network gives {found[1:]}")
    elif found[:-1] != wanted:
        raise ValueError(f"{name} labels have shape {wanted[1:]} each but the network gives {found[1:]}")
    elif y.min() < 0 or y.max() >= found[-1]:
        raise ValueError(
            f"{name} labels run from {y.min()} to {y.max()} but the network has {found[-1]} outputs"
        )
