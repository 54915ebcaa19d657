"""The checks of chapter 1."""

from collections.abc import Callable
from numbers import Real

import numpy as np

from rectified.exercises import Verdict, not_yet, right
from rectified.threshold import FIGURE_1, Net, histories, pulses, run

TICKS = 6  # nets of two inputs are tried on every history of this many ticks


def _ticks(given: object, name: str) -> list[int] | Verdict:
    if not isinstance(given, list | tuple | set | range | np.ndarray) or (
        isinstance(given, np.ndarray) and given.ndim != 1
    ):
        return not_yet(f"{name} is {given!r}; expected a list of ticks, such as [3, 4], or [] for never")
    ticks = list(given)
    whole = all(
        isinstance(tick, Real) and not isinstance(tick, bool) and float(tick).is_integer() for tick in ticks
    )
    if not whole:
        return not_yet(f"{name} is {ticks}; expected whole numbers, one for each tick at which it is felt")
    if len(ticks) > 2 and set(ticks) <= {0, 1}:
        return not_yet(f"{name} looks like a train of pulses; write the ticks at which it has a 1")
    return sorted({int(tick) for tick in ticks})


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def illusion(heat: object, cold: object) -> Verdict:
    """Check a prediction: the ticks at which heat and cold are felt when the cold receptor pulses 101011."""
    net = FIGURE_1["e"]
    felt = run(net, pulses(net, 12, N2="101011"))
    predicted = {"heat": _ticks(heat, "heat"), "cold": _ticks(cold, "cold")}
    for ticks in predicted.values():
        if isinstance(ticks, Verdict):
            return ticks
    if not any(predicted.values()):
        return not_yet(
            "write the ticks at which you expect heat and cold, such as heat = [1, 4]; [] means never"
        )
    for name, neuron in (("heat", "N3"), ("cold", "N4")):
        ticks = predicted[name]
        true = np.flatnonzero(felt[:, net.neurons.index(neuron)]).tolist()
        for shift, word in ((1, "early"), (-1, "late")):
            if ticks and [tick + shift for tick in ticks] == true:
                return not_yet(
                    f"all your ticks for {name} are one too {word}: a pulse takes a tick for every cell it passes"
                )
        if ticks != true:
            found = len(set(ticks) & set(true))
            return not_yet(
                f"{name}: {_counted(found, 'tick')} found of {len(true)}, "
                f"and {_counted(len(ticks) - found, 'tick')} at which it is not felt"
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
    does = run(given, sheet)[:, :, given.neurons.index(output)]
    should = wanted(*(sheet[:, :, k] for k in range(len(inputs))))
    wrong = (does[delay:] != should[: ticks - delay]).any(axis=0)
    if not wrong.any():
        return right(praise)
    for late, word in ((delay - 1, "early"), (delay + 1, "late")):
        if (does[late:] == should[: ticks - late]).all():
            return not_yet(
                f"{output} says the right thing one tick too {word}: count the cells on the way to it"
            )
    # The simplest example: the history with the fewest pulses among those that come out wrong.
    worst = int(np.where(wrong, sheet.sum(axis=(0, 2)), np.inf).argmin())
    tick = int(np.flatnonzero(does[delay:, worst] != should[: ticks - delay, worst])[0])
    trains = ", ".join(f"{name} = {''.join(map(str, sheet[:, worst, k]))}" for k, name in enumerate(inputs))
    verb = "should fire but is silent" if should[tick, worst] else "should be silent but fires"
    return not_yet(
        f"right on {(~wrong).sum():,} of {len(wrong):,} histories; with {trains} (the first digit is tick 0) "
        f"the neuron {output} {verb} at tick {tick + delay}"
    )


def exclusive(net: object) -> Verdict:
    """Check a net whose N3 fires two ticks after exactly one of N1 and N2 has fired."""
    return _every_history(
        net, ("N1", "N2"), "N3", np.bitwise_xor, ticks=TICKS, delay=2,
        praise="N3 is the exclusive or of N1 and N2, two ticks late, on every history",
    )  # fmt: skip


def _ago(x: np.ndarray, ticks: int) -> np.ndarray:
    return np.concatenate([np.zeros_like(x[:ticks]), x])[: len(x)]


def brief(net: object) -> Verdict:
    """Check a net (e) mended: heat after the heat receptor or a cold touch of a single tick, cold as before."""
    inputs = ("N1", "N2")
    cold = _every_history(net, inputs, "N4", lambda x, y: y & _ago(y, 1), ticks=TICKS, delay=1, praise="")
    if not cold.passed:
        return cold
    return _every_history(
        net, inputs, "N3", lambda x, y: x | (_ago(y, 2) & ~_ago(y, 1) & ~_ago(y, 3) & 1), ticks=TICKS, delay=1,
        praise="a moment of cold feels hot, and a longer touch feels cold and nothing else",
    )  # fmt: skip


def odd(net: object) -> Verdict:
    """Check a net whose N2 says, two ticks late, whether N1 has fired an odd number of times so far."""
    return _every_history(
        net, ("N1",), "N2", lambda x: np.cumsum(x, axis=0) % 2, ticks=12, delay=2,
        praise="parity of any number of pulses, with a handful of neurons and a circle",
    )  # fmt: skip
