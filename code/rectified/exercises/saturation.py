"""The checks of chapter 6."""

import numpy as np

from rectified import activations, data, eras, initialisation
from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.saturation import back, factors, forth, per_layer, stack, unfold

DEPTH, WIDTH = 30, 128
UPDATES, AWAKE = 1500, 0.82  # what the nets that sleep are given, and the error that counts as awake
START = {"activation": "sigmoid", "weights": "customary", "scale": 1, "rate": 0.5}
TICKS, NOISE = 100, 0.02
MOST = 1000  # the largest size of a number that is tried


def _positive(name: str, given: object) -> float | Verdict:
    """Return a number above 0, or what is wrong with it."""
    value = number(given, MOST)
    if value is None or value <= 0:
        return not_yet(f"{name} is {shown(given)}; expected a number above 0, and at most {MOST:,}")
    return value


def _down(phi: activations.Activation, net: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the factor a layer of each net for random inputs and random blame, and the sums met on the way."""
    x, blame = np.random.default_rng(0).normal(size=(2, 16, WIDTH))
    sums = forth(net, phi, x)
    return per_layer(back(net, phi, sums, blame)), sums


def factor(per_layer_guess: object) -> Verdict:
    """Check a prediction: the factor a layer for the sigmoid with He's weights, deep in a net."""
    guess = _positive("your factor", per_layer_guess)
    if isinstance(guess, Verdict):
        return guess
    with eras.counterfactual():
        net = stack(initialisation.he, WIDTH, DEPTH, range(3))
    true = float(np.median(_down(activations.sigmoid, net)[0]))
    if abs(guess / true - 1) > 0.05:
        side = "too large" if guess > true else "too small"
        return not_yet(
            f"{guess:.3f} is {side}. How far from 0 do the sums of a layer lie whose inputs are near ½, "
            "and what is the slope there?"
        )
    return right(f"measured on three nets: {true:.3f}; over thirty layers that leaves {true**29:.0e}")


def gain(times: object) -> Verdict:
    """Check what the customary weights must be multiplied by, for thirty layers of softsign to keep blame as it is."""
    times = _positive("gain", times)
    if isinstance(times, Verdict):
        return times
    with eras.counterfactual():
        phi = activations.softsign
        net = [times * w for w in stack(initialisation.customary, WIDTH, DEPTH, range(3))]
        each, sums = _down(phi, net)
        formula = np.prod(factors(phi, times**2 / 3, DEPTH)[0][:-1])
        steep = float(np.sqrt((phi.slope(np.stack(sums[1:])) ** 2).mean()))
    left = float(np.median(each ** (DEPTH - 1)))
    if not 1 / 2 <= left <= 2:
        return not_yet(
            f"at the bottom there is {left:.2g} of what there was at the top, and by the formula {formula:.2g}; "
            "expected between ½ and 2. Only at 0 is the slope of softsign 1: what is it where the sums of these "
            "layers lie?"
        )
    return right(
        f"at the bottom there is {left:.2f} of what there was at the top, by the formula {formula:.2f}: the slopes "
        f"met have a root mean square of {steep:.2f}, and the weights make up for it"
    )


def wake(settings: object) -> Verdict:
    """Check a change of one entry that wakes four layers of sigmoids within 1,500 updates."""
    if not isinstance(settings, dict) or settings.keys() != START.keys():
        return not_yet(f"settings must be a dict with the entries {', '.join(START)}, and no other")
    settings = dict(settings)
    for name, known in (("activation", activations.ALL), ("weights", initialisation.ALL)):
        if not isinstance(settings[name], str) or settings[name] not in known:
            return not_yet(f"{name} is {shown(settings[name])}; expected one of {', '.join(known)}")
    for name in ("scale", "rate"):
        settings[name] = _positive(name, settings[name])
        if isinstance(settings[name], Verdict):
            return settings[name]
    changed = [name for name in START if settings[name] != START[name]]
    if not changed:
        return not_yet(
            "these are the nets of the first picture at their start: change one entry, and they are trained"
        )
    if len(changed) > 1:
        return not_yet(f"you changed {' and '.join(changed)}; change one entry only")
    if settings["activation"] in ("step", "sign"):
        return not_yet(f"{settings['activation']} has no slope, so no blame passes at all")
    error = _best(**settings).max()
    if error > AWAKE:
        return not_yet(
            f"With {changed[0]} {settings[changed[0]]!r} a net never got below {100 * error:.0f} % wrong within "
            f"{UPDATES:,} updates; awake means below {100 * AWAKE:.0f} %, and chance is 89 %. Which factor, of those "
            "that stand in every layer, is too small?"
        )
    return right(f"both nets got to {100 * error:.0f} % wrong or less within {UPDATES:,} updates: awake")


def _best(*, activation: str, weights: str, scale: float, rate: float) -> np.ndarray:
    """Return the least error of each of two nets on what it learns, looked at half-way and at the end."""
    from rectified import training  # needs torch

    shapes = data.load("shapes")
    with eras.counterfactual():
        net = training.Layers((256, *4 * [100], 9), activation, weights=weights)
        run = training.train(
            net, (shapes.x.reshape(len(shapes.x), -1), shapes.y), seeds=range(2), steps=UPDATES, batch=10,
            rate=rate, scale=scale, record=[UPDATES // 2, UPDATES],
        ).run  # fmt: skip
    return np.nan_to_num(run.curve("train_error"), nan=1.0).min(axis=1)


def carry(phi: object, itself: object, entry: object) -> Verdict:
    """Check a unit that is to hold a bit for a hundred ticks, and to hand blame down through them."""
    if not isinstance(phi, activations.Activation):
        return not_yet(f"phi is {shown(phi)}; expected an activation, such as tanh or identity")
    w, u = number(itself, MOST), number(entry, MOST)
    if w is None or u is None:
        return not_yet(
            f"weights are {shown(itself)} and {shown(entry)}; expected two numbers of at most {MOST:,} in size"
        )
    rng = np.random.default_rng(0)
    bit = rng.choice([-1.0, 1.0], 500)
    inputs = NOISE * rng.normal(size=(TICKS + 1, 500, 1))
    inputs[0] = bit[:, None]
    recurrent = np.full((1, 1), w)
    with eras.counterfactual(), np.errstate(over="ignore", invalid="ignore"):
        sums, states = unfold(recurrent, np.full((1, 1), u), phi, inputs)
        blames = back([recurrent] * len(sums), phi, sums, np.ones((500, 1)))
        left = float(np.median(np.abs(blames[0])))
        lost = 100 * float(1 - (states[-1][:, 0] * bit > 0).mean())
    if not lost <= 1:
        return not_yet(f"after {TICKS} ticks {lost:.0f} % of the bits are lost; at most 1 % may be")
    if not left >= 0.5:
        return not_yet(
            f"the bit is held ({lost:.1f} % lost), but of the blame at the last tick {left:.0e} comes down to the "
            "first. What must slope times weight be, at every tick?"
        )
    if left > 2:
        return not_yet(
            f"the bit is held, but the blame grows to {left:.0e} on its way down: no step would be right"
        )
    return right(f"{lost:.1f} % of the bits lost, {left:.2f} of the blame arrives")
