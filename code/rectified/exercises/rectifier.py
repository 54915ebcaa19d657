"""The checks of chapter 8."""

from functools import partial

import numpy as np

from rectified import data, eras
from rectified.activations import log1pexp
from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.rectifier import bump, copies, drawing, permitted, respond, ring, settle, sparing

LEAST, MOST = (
    0.715,
    10.0,
)  # share of zeros over all layers, and per cent wrong, for the exercise on the charge
TWO = (2, 3, 4, 8, 9, 10)  # two bumps of three, opposite each other
STROKES = ((10, 8, 10, 12), (8, 8, 12, 12), (8, 10, 12, 10), (12, 8, 8, 12))


def shift(by: object) -> Verdict:
    """Check a prediction: copies lowered by 1, 2, 3, … add up to softplus(x + by)."""
    if (by := number(given := by, 1e6)) is None:
        return not_yet(f"by is {shown(given)}; expected a number")
    x = np.linspace(-8, 8, 161)
    apart = float(np.abs(copies(x - 0.5) - log1pexp(x + by)).max())
    if apart > 0.02:
        return not_yet(
            f"the two curves are up to {apart:.2f} apart. Every copy is now half a step less willing: what does that "
            "do to x?"
        )
    return right(f"never more than {apart:.4f} apart")


def isolated(field: object, threshold: object) -> Verdict:
    """Check a detector of three by three points that answers to a single point, and to no point of any stroke."""
    try:
        field = np.asarray(field)
        if np.iscomplexobj(field):
            return not_yet("field has complex numbers; expected real ones, three by three")
        field = field.astype(float)
    except (TypeError, ValueError):
        return not_yet("field must be a table of numbers, three by three")
    if field.shape != (3, 3) or not np.isfinite(field).all():
        return not_yet(f"field has shape {field.shape}; expected three by three finite numbers")
    if (exceeded := number(threshold, 1e6)) is None:
        return not_yet(f"threshold is {shown(threshold)}; expected a number")
    fields = field[None, None]
    alone = respond(drawing((10, 10, 10, 10)), fields, exceeded)[0]
    if respond(drawing() + 0.0, fields, exceeded).any():
        return not_yet("it answers to an empty drawing")
    if not alone[10, 10] > 0:
        return not_yet("it does not answer to a single point in its middle")
    if (alone > 0).sum() > 1:
        return not_yet(f"it answers to a single point in {(alone > 0).sum()} places, not in one")
    for stroke, name in zip(STROKES, ("a level", "a falling", "an upright", "a rising"), strict=True):
        heard = respond(drawing(stroke), fields, exceeded)[0]
        if heard.any():
            row, column = np.unravel_index(heard.argmax(), heard.shape)
            where = "its end" if (row, column) in (stroke[:2], stroke[2:]) else "a place on or near it"
            return not_yet(f"it answers to {name} stroke, most strongly at {where}: by {heard.max():.3g}")
    return right(f"a point alone gives {alone[10, 10]:.3g}, four kinds of stroke nothing")


def two_bumps(itself: object, near: object, inhibit: object) -> Verdict:
    """Check a change of one number by which two opposite bumps of three cells are permitted, and one is amplified."""
    given = {"itself": itself, "near": near, "inhibit": inhibit}
    for name, value in given.items():
        if number(value, 10) is None or value < 0:
            return not_yet(f"{name} is {shown(value)}; expected a number from 0 to 10")
    ours = {"itself": 0.6, "near": 0.5, "inhibit": 0.25}
    changed = [name for name, value in given.items() if value != ours[name]]
    if len(changed) > 1:
        return not_yet(f"{' and '.join(changed)} differ from our ring (0.6, 0.5, 0.25); put all but one back")
    weights = ring(12, itself=float(itself), near=float(near), inhibit=float(inhibit))
    among = weights[np.ix_(TWO, TWO)]
    value, vectors = np.linalg.eigh(among)
    if not permitted(weights, TWO):
        why = "one bump against the other: what inhibits all sums to nothing"
        mode = why if abs(vectors[:, -1].sum()) < 1e-6 else "both together"
        return not_yet(f"the set is forbidden: its largest eigenvalue is {value[-1]:.3f}, for {mode}")
    with np.errstate(over="ignore", invalid="ignore"):
        one = settle(weights, bump(3), np.zeros(12))
        both = settle(weights, bump(3) + bump(9), np.zeros(12))
    if not (np.isfinite(one).all() and one.max() < 1e6):
        return not_yet("the set is permitted, but a single bump grows without end")
    if not one[3] > 1:
        return not_yet(
            f"the set is permitted, but a bump of 1 comes out as {one[3]:.2f}; it should be amplified"
        )
    if set(np.flatnonzero(both > 1e-9)) < set(TWO):
        return not_yet("the set is permitted, but two equal bumps do not bring all six of its cells to life")
    return right(f"largest eigenvalue {value[-1]:.3f}; a bump of 1 comes out as {one[3]:.2f}, two opposite as "
                 f"{both[3]:.2f} each")  # fmt: skip


def charge(cost: object) -> Verdict:
    """Check a charge for activity that leaves seven in ten activities at zero, and few errors."""
    if number(cost, 1e6) is None or cost < 0:
        return not_yet(f"cost is {shown(cost)}; expected a number from 0 to a million")
    from rectified import training

    digits = data.load("digits")
    with eras.counterfactual():
        net = training.Layers((64, 60, 60, 60, 10), partial(sparing, cost=float(cost)), weights="glorot")
        run = training.train(
            net, (digits.x, digits.y), test=(digits.x_test, digits.y_test), seeds=range(3), rate=0.1, steps=600,
            batch=20, record=[600], layers=True,
        ).run  # fmt: skip
    zeros = np.median(np.nan_to_num(run.final("zeros")), axis=0)  # what diverged has none
    wrong = 100 * float(np.median(np.nan_to_num(run.final("test_error"), nan=1)))
    shares = ", ".join(f"{100 * each:.0f}" for each in zeros)
    if wrong > MOST:
        return not_yet(f"{shares} % zeros, but {wrong:.0f} % wrong: too dear, the units have fallen silent")
    if zeros.mean() < LEAST:
        return not_yet(
            f"{shares} % zeros in the three layers, {wrong:.1f} % wrong; over all layers more than 70 % are wanted"
        )
    return right(f"{shares} % zeros in the three layers, {wrong:.1f} % wrong")
