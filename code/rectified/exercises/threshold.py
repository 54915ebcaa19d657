"""The checks of chapter 1."""

from collections.abc import Callable, Iterable

import numpy as np

from rectified.exercises import Verdict, not_yet, right
from rectified.threshold import FIGURE_1, Net, histories, pulses, run

TICKS = 6  # nets of two inputs are tried on every history of this many ticks


def _ticks(given: object, name: str) -> list[int] | Verdict:
    if not isinstance(given, Iterable) or isinstance(given, str):
        return not_yet(f"{name} is {given!r}; expected a list of ticks, such as [3, 4], or [] for never")
    ticks = list(given)
    if not all(isinstance(tick, int | np.integer) and not isinstance(tick, bool) for tick in ticks):
        return not_yet(f"{name} is {ticks}; expected whole numbers, one for each tick at which it is felt")
    return sorted(int(tick) for tick in ticks)


def illusion(heat: object, cold: object) -> Verdict:
    """Check a prediction: the ticks at which heat and cold are felt when the cold receptor pulses 101011."""
    net = FIGURE_1["e"]
    felt = run(net, pulses(net, 12, N2="101011"))
    for name, given, neuron in (("heat", heat, "N3"), ("cold", cold, "N4")):
        ticks = _ticks(given, name)
        if isinstance(ticks, Verdict):
            return ticks
        true = np.flatnonzero(felt[:, net.neurons.index(neuron)]).tolist()
        if ticks != true:
            few = sum(tick in true for tick in ticks)
            return not_yet(
                f"{few} of your {len(ticks)} ticks for {name} are right, and there are {len(true)} in all"
            )
    return right("one cold receptor, and heat is felt more often than cold")


def _net(given: object, inputs: tuple[str, ...], output: str) -> Verdict | None:
    if not isinstance(given, Net):
        return not_yet(f"this is {given!r}; expected a net, such as wire({' '.join(inputs)!r}, …)")
    if given.neurons[: given.afferents] != inputs:
        return not_yet(
            f"the inputs are {' '.join(given.neurons[: given.afferents])}; expected {' '.join(inputs)}"
        )
    if output not in given.neurons:
        return not_yet(f"there is no neuron {output}; the net has {' '.join(given.neurons)}")
    return None


def _every_history(
    given: object,
    inputs: tuple[str, ...],
    output: str,
    wanted: Callable[..., np.ndarray],
    *,
    ticks: int,
    delay: int,
    praise: str,
) -> Verdict:
    """Compare a neuron with what is wanted of it, at every tick from `delay` on of every history of the inputs.

    `wanted` is given one (ticks, histories) array an input and returns another: what the neuron should do
    `delay` ticks later.
    """
    problem = _net(given, inputs, output)
    if problem is not None:
        return problem
    sheet = histories(given, ticks)
    does = run(given, sheet)[delay:, :, given.neurons.index(output)]
    should = wanted(*(sheet[:, :, k] for k in range(len(inputs))))[: ticks - delay]
    wrong = (does != should).any(axis=0)
    if not wrong.any():
        return right(praise)
    # The shortest example: the history with the fewest pulses among those that come out wrong.
    worst = int(np.where(wrong, sheet.sum(axis=(0, 2)), np.inf).argmin())
    tick = int(np.flatnonzero(does[:, worst] != should[:, worst])[0])
    trains = ", ".join(f"{name} = {''.join(map(str, sheet[:, worst, k]))}" for k, name in enumerate(inputs))
    verb = "should fire but is silent" if should[tick, worst] else "should be silent but fires"
    return not_yet(
        f"right on {(~wrong).sum():,} of {len(wrong):,} histories; with {trains} the neuron {output} {verb} "
        f"at tick {tick + delay}"
    )


def exclusive(net: object) -> Verdict:
    """Check a net whose N3 fires two ticks after exactly one of N1 and N2 has fired."""
    return _every_history(
        net, ("N1", "N2"), "N3", np.bitwise_xor, ticks=TICKS, delay=2,
        praise="N3 is the exclusive or of N1 and N2, two ticks late, on every history",
    )  # fmt: skip


def memory(net: object) -> Verdict:
    """Check a net whose M starts with a pulse of `set`, goes on by itself, and stops with a pulse of `reset`."""

    def wanted(set_, reset):
        held = np.zeros_like(set_)
        for t in range(len(set_)):
            held[t] = (set_[t] | (held[t - 1] if t else 0)) & ~reset[t] & 1
        return held

    return _every_history(
        net, ("set", "reset"), "M", wanted, ticks=TICKS, delay=1,
        praise="M holds one bit for as long as you like; reset wins when both pulse at once",
    )  # fmt: skip


def odd(net: object) -> Verdict:
    """Check a net whose N2 says, two ticks late, whether N1 has fired an odd number of times so far."""
    return _every_history(
        net, ("N1",), "N2", lambda x: np.cumsum(x, axis=0) % 2, ticks=12, delay=2,
        praise="parity of any number of pulses, with a handful of neurons and a circle",
    )  # fmt: skip
