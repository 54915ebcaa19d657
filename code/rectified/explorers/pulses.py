"""The explorer of chapter 1: click pulses into a net of 1943 and watch them travel."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Protocol

import numpy as np
from traitlets import Bool, Dict, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER, TINT

ACCENT = FAMILIES["relu"][0]
CELL = 24  # of the still picture, in pixels


class Net(Protocol):
    """What the explorer asks of a net: its neurons, and who has how many end-feet on whom."""

    neurons: Sequence[str]
    afferents: int  # how many of the first neurons are inputs
    excite: np.ndarray  # excite[j, i]: excitatory end-feet of neuron j on neuron i
    inhibit: np.ndarray
    threshold: np.ndarray


class Pulses(Explorer):
    """Pulses through nets of all-or-none neurons, tick by tick.

    nets: by key, each with `neurons`, `afferents`, `excite`, `inhibit`, `threshold`. net: the key of the one
    shown; the first if not given. trains: what is clicked in, `{"N2": "111"}`, a digit a tick; a train waits
    while the net shown has no input of its name. tick: the one looked at, of `ticks` from 0. veto: whether
    inhibition is absolute, or weighs −1 an end-foot. titles: what to call a net. meanings: by net, then by
    neuron, what a pulse stands for. places: by net, (x, y) for each neuron, y upwards, neighbours 2 apart; nets
    that it leaves out are laid out in columns from the inputs on. presets: by the words on their button, the
    traits to set. demos: by net, the trains and the tick to begin with when the reader chooses it; a net
    without one keeps what was clicked in.

    The traits net, trains, tick and veto follow the reader, and can be set. Raises TraitError if one of them,
    a preset or a demo does not fit the nets.
    """

    name = "pulses"
    caption = "Pulses in a net of McCulloch and Pitts: a row for each neuron, a column for each tick."
    _esm = HERE / "pulses.mjs"

    nets = Dict().tag(sync=True)
    net = Unicode().tag(sync=True)
    trains = Dict().tag(sync=True)
    tick = Int().tag(sync=True)
    ticks = Int().tag(sync=True)
    veto = Bool().tag(sync=True)
    presets = Dict().tag(sync=True)
    demos = Dict().tag(sync=True)

    def __init__(
        self,
        nets: Mapping[str, Net],
        *,
        net: str | None = None,
        trains: Mapping[str, str] | None = None,
        tick: int = 0,
        ticks: int = 12,
        veto: bool = True,
        titles: Mapping[str, str] | None = None,
        meanings: Mapping[str, Mapping[str, str]] | None = None,
        places: Mapping[str, Sequence[tuple[float, float]]] | None = None,
        presets: Mapping[str, Mapping[str, object]] | None = None,
        demos: Mapping[str, Mapping[str, object]] | None = None,
    ):
        if not nets:
            raise ValueError("nets is empty; expected at least one net")
        if ticks < 1:
            raise ValueError(f"ticks is {ticks}; expected at least 1")
        described = {"titles": titles, "meanings": meanings, "places": places, "demos": demos}
        for what, given in described.items():
            for key in given or {}:
                if key not in nets:
                    raise ValueError(f"{what} speaks of net {key!r}; expected one of {', '.join(nets)}")
        super().__init__(
            nets={
                key: _plain(
                    each, key, (titles or {}).get(key), (meanings or {}).get(key, {}), (places or {}).get(key)
                )
                for key, each in nets.items()
            },
            net=next(iter(nets)) if net is None else net,
            trains=dict(trains or {}),
            tick=tick,
            ticks=ticks,
            veto=veto,
            presets={words: dict(values) for words, values in (presets or {}).items()},
            demos={key: dict(values) for key, values in (demos or {}).items()},
        )

    @validate("net", "trains", "tick")
    def _fits(self, proposal: dict) -> object:
        self._check({proposal["trait"].name: proposal["value"]}, self.nets.values())
        return proposal["value"]

    @validate("presets")
    def _presets_fit(self, proposal: dict) -> dict:
        for words, values in proposal["value"].items():
            self._check(values, self.nets.values(), f"preset {words!r}: ")
        return proposal["value"]

    @validate("demos")
    def _demos_fit(self, proposal: dict) -> dict:
        for key, values in proposal["value"].items():
            expect(key in self.nets, f"demos speaks of net {key!r}; expected one of {', '.join(self.nets)}")
            for name in values:
                expect(name in ("trains", "tick"), f"demo {key!r} sets {name!r}; expected trains and tick")
            self._check(values, [self.nets[key]], f"demo {key!r}: ")
        return proposal["value"]

    def _check(self, values: Mapping[str, object], nets: Iterable[dict], where: str = "") -> None:
        """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
        inputs = list(dict.fromkeys(n for net in nets for n in net["neurons"][: net["afferents"]]))
        for name, value in values.items():
            if name == "net":
                expect(value in self.nets, f"{where}net is {value!r}; expected one of {', '.join(self.nets)}")
            elif name == "trains":
                for neuron, train in value.items():
                    expect(
                        neuron in inputs,
                        f"{where}trains names {neuron!r}; the inputs are {', '.join(inputs)}",
                    )
                    expect(
                        isinstance(train, str) and not set(train) - set("01") and len(train) <= self.ticks,
                        f"{where}the train of {neuron} is {train!r}; "
                        f"expected digits 0 and 1, one a tick, at most {self.ticks}",
                    )
            elif name == "tick":
                expect(
                    type(value) is int and 0 <= value < self.ticks,
                    f"{where}tick is {value!r}; expected a whole number from 0 to {self.ticks - 1}",
                )
            elif name == "veto":
                expect(isinstance(value, bool), f"{where}veto is {value!r}; expected True or False")
            else:
                expect(False, f"{where}{name!r} cannot be set; expected net, trains, tick or veto")

    def pulses(self, *, veto: bool | None = None) -> np.ndarray:
        """Return every neuron of the net shown at every tick, as (ticks, neurons) of 0 and 1.

        veto: whether inhibition is absolute; as shown if not given.
        """
        net, veto = self.nets[self.net], self.veto if veto is None else veto
        excite, inhibit, threshold = (np.array(net[part]) for part in ("excite", "inhibit", "threshold"))
        history = np.zeros((self.ticks, len(net["neurons"])), dtype=int)
        for i, neuron in enumerate(net["neurons"][: net["afferents"]]):
            train = self.trains.get(neuron, "")
            history[: len(train), i] = [int(digit) for digit in train]
        for tick in range(1, self.ticks):
            excited, inhibited = history[tick - 1] @ excite, history[tick - 1] @ inhibit
            enough = excited >= threshold if veto else excited - inhibited >= threshold
            history[tick] |= enough & (inhibited == 0) if veto else enough
        return history

    def reading(self) -> str:
        net, tick, pulses = self.nets[self.net], self.tick, self.pulses()
        names, threshold, before = net["neurons"], net["threshold"], pulses[tick - 1] * (tick > 0)
        excite, inhibit = (before[:, None] * np.array(net[part]) for part in ("excite", "inhibit"))

        def brought(feet: np.ndarray, unit: str = "") -> str:
            """Say how many end-feet there are, and whose: "3 end-feet from a and b"."""
            whom = _listed([names[j] for j in np.flatnonzero(feet)])
            return f"{feet.sum()}{unit}{whom and f' from {whom}'}"

        def why(i: int, first: bool = True) -> str:
            unit = " end-foot" if excite[:, i].sum() == 1 else " end-feet"
            less = "" if self.veto or not inhibit[:, i].any() else f" less {brought(inhibit[:, i])}"
            return brought(excite[:, i], unit if first else "") + less

        def needed(i: int) -> str:
            return f", {threshold[i]} needed"

        firing = np.flatnonzero(pulses[tick]).tolist()
        driven = [i for i in firing if i >= net["afferents"]]
        alone = len(firing) == len(driven) == 1
        fires = f"{self._all(firing) or 'nothing'} {'fire' if len(firing) > 1 else 'fires'}"
        said = [f"Tick {tick}: {fires}{f': {why(driven[0])}{needed(driven[0])}' if alone else ''}."]
        if driven and not alone:
            alike = len(driven) > 1 and len({threshold[i] for i in driven}) == 1
            each = [f"{names[i]}: {why(i, i == driven[0])}{'' if alike else needed(i)}" for i in driven]
            said.append(f"{'; '.join(each)}{f'; {threshold[driven[0]]} needed each' if alike else ''}.")
        for i in np.flatnonzero((excite.sum(0) >= threshold) & (pulses[tick] == 0)).tolist():
            by = _listed([names[j] for j in np.flatnonzero(inhibit[:, i])])
            had = why(i) + needed(i)
            told = f"had {had}, but was vetoed by {by}" if self.veto else f"is silent: {had}"
            said.append(f"{self._called(i)} {told}.")
        others = self.pulses(veto=not self.veto)[tick]
        rule = "If inhibition weighed −1" if self.veto else "Under absolute inhibition"
        for answer, would in ((1, "fire"), (0, "be silent")):
            if differ := np.flatnonzero((others == answer) & (pulses[tick] != answer)).tolist():
                said.append(f"{rule}, {self._all(differ)} would {would}.")
        return " ".join(said)

    def _all(self, neurons: Sequence[int]) -> str:
        """Return the names of neurons, with their meanings, as a list in words."""
        return _listed([self._called(i) for i in neurons])

    def _called(self, i: int) -> str:
        """Return the name of a neuron with its meaning, if it has one."""
        net = self.nets[self.net]
        return net["neurons"][i] + (f" ({net['meanings'][i]})" if net["meanings"][i] else "")

    def still(self) -> tuple[str, str]:
        net, pulses = self.nets[self.net], self.pulses()
        neurons, inputs = net["neurons"], net["afferents"]
        labels = [" ".join(filter(None, words)) for words in zip(neurons, net["meanings"], strict=True)]
        left = 16 + 8 * max(len(label) for label in labels)
        lines = [CELL * row + CELL // 2 + (8 if row >= inputs else 0) for row in range(len(neurons))]
        width, foot = left + CELL * self.ticks + 8, lines[-1] + CELL + 4
        column = left + CELL * self.tick
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{foot + 10}' "
            f"viewBox='0 0 {width} {foot + 10}' font-family='system-ui, sans-serif' font-size='13'>",
            f"<rect width='100%' height='100%' fill='{PAPER}'/>",
            f"<rect x='{column}' width='{CELL}' height='{foot + 6}' fill='{TINT}'/>",
        ]
        for i, (label, y) in enumerate(zip(labels, lines, strict=True)):
            colour = MUTED if i < inputs else INK
            parts.append(f"<path d='M{left} {y}H{width - 8}' stroke='{FAINT}'/>")
            parts.append(f"<text x='0' y='{y + 5}' fill='{colour}'>{escape(label)}</text>")
            for t in np.flatnonzero(pulses[:, i]).tolist():
                fill = ACCENT if t == self.tick else colour
                parts.append(
                    f"<rect x='{left + CELL * t + 4}' y='{y - 8}' width='16' height='16' fill='{fill}'/>"
                )
        parts.append(f"<text x='0' y='{foot}' fill='{MUTED}'>tick</text>")
        for t in range(self.ticks):
            parts.append(
                f"<text x='{left + CELL * t + 12}' y='{foot}' fill='{MUTED}' text-anchor='middle'>{t}</text>"
            )
        when = [_listed(np.flatnonzero(row).tolist()) for row in pulses.T]
        fires = [f"{self._called(i)} fires at {at}" for i, at in enumerate(when) if at]
        seen = (
            f"Score of {net['title']}: a row for each of {len(neurons)} neurons, a column for each of "
            f"{self.ticks} ticks, tick {self.tick} marked. {'; '.join(fires) or 'Nothing fires'}."
        )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        return f"Pulses(net={self.net!r}, trains={self.trains!r}, tick={self.tick}, veto={self.veto})"


def _listed(words: Sequence[object]) -> str:
    *most, last = map(str, words) if len(words) else [""]
    return f"{', '.join(most)} and {last}" if most else last


def _plain(
    net: Net, key: str, title: str | None, meanings: Mapping[str, str], places: Sequence | None
) -> dict:
    """Return a net, and how it is shown, as plain lists."""
    unknown = [name for name in meanings if name not in net.neurons]
    if unknown:
        raise ValueError(f"meanings of net {key!r} speaks of {unknown[0]!r}; it has {', '.join(net.neurons)}")
    if places is None:
        places = _columns(net)
    if np.shape(places) != (len(net.neurons), 2):
        raise ValueError(
            f"places of net {key!r} has shape {np.shape(places)}; expected {(len(net.neurons), 2)}: x and y a neuron"
        )
    return {
        "title": title or f"({key})",
        "neurons": list(net.neurons),
        "meanings": ["" if meanings.get(name) == name else meanings.get(name, "") for name in net.neurons],
        "afferents": int(net.afferents),
        "excite": np.asarray(net.excite).tolist(),
        "inhibit": np.asarray(net.inhibit).tolist(),
        "threshold": np.asarray(net.threshold).tolist(),
        "places": [[float(x), float(y)] for x, y in places],
    }


def _columns(net: Net) -> list[tuple[float, float]]:
    """Place the neurons in columns, by the fewest ticks in which a pulse from an input reaches them."""
    reaches = (np.asarray(net.excite) + np.asarray(net.inhibit)) > 0
    column = [0 if i < net.afferents else None for i in range(len(net.neurons))]
    for depth in range(len(column)):
        for j, i in np.argwhere(reaches):
            if column[j] == depth and column[i] is None:
                column[i] = depth + 1
    column = [1 if depth is None else depth for depth in column]
    rank = [column[:i].count(depth) - (column.count(depth) - 1) / 2 for i, depth in enumerate(column)]
    return [(2.6 * depth, -2 * place) for depth, place in zip(column, rank, strict=True)]
