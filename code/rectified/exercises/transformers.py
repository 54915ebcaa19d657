"""The checks of chapter 12."""

import numpy as np
import torch
from torch import Tensor

from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.transformers import attend

WIDTH, STEP = 4096, 256  # LLaMA's smallest model


def units(hidden: object) -> Verdict:
    """Check the hidden units of a gated layer with the weights of a plain one of 4 · 4096, rounded up."""
    value = number(hidden, most=1e6)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"hidden is {shown(hidden)}; expected a whole number, 1 or more")
    plain, wanted = 2 * WIDTH * 4 * WIDTH, -(-(4 * WIDTH * 2 // 3) // STEP) * STEP
    if value % STEP:
        return not_yet(f"{int(value)} is no multiple of {STEP}")
    if value != wanted:
        return not_yet(
            f"a gated layer with {int(value)} units has {3 * WIDTH * int(value):,} weights, the plain one {plain:,}"
        )
    return right(f"{wanted} units, {3 * WIDTH * wanted:,} weights for the {plain:,} of the plain layer")


def before(queries: object, keys: object) -> Verdict:
    """Check that each of five places but the first hears, by more than 99 %, the place before it."""
    for name, given in (("queries", queries), ("keys", keys)):
        if not isinstance(given, Tensor) or given.ndim != 2 or len(given) != 5:
            return not_yet(f"{name} is {shown(given)}; expected a tensor (5, n)")
        if not given.is_floating_point() or not given.isfinite().all():
            return not_yet(f"{name} has {given.dtype}; expected finite floats")
    if queries.shape != keys.shape or queries.dtype != keys.dtype:
        return not_yet(
            f"queries is {tuple(queries.shape)} of {queries.dtype} and keys {tuple(keys.shape)} of {keys.dtype}; "
            "expected the same"
        )
    heard = attend(queries, keys, torch.eye(5, dtype=keys.dtype))
    for place in range(1, 5):
        share = float(heard[place, place - 1])
        if share <= 0.99:
            most = int(heard[place].argmax())
            return not_yet(
                f"place {place + 1} hears place {place} by {share:.1%}, and place {most + 1} by "
                f"{float(heard[place, most]):.1%}"
            )
    return right("each place hears the one before it")


def tied(phi: object) -> Verdict:
    """Check the φ of a plain layer that does what SwiGLU does where gate and first matrix are the same."""
    if not callable(phi):
        return not_yet(f"phi is {shown(phi)}; expected a function of a tensor")
    z = torch.linspace(-6, 6, 25, dtype=torch.float64)
    try:
        found = phi(z)
    except (TypeError, ValueError, AttributeError, RuntimeError, NameError) as error:
        return not_yet(f"phi of a tensor raises {type(error).__name__}: {error}")
    if not isinstance(found, Tensor) or found.shape != z.shape or not found.is_floating_point():
        return not_yet(f"phi of a tensor gives {shown(found)}; expected a tensor of the same shape")
    wanted = z * torch.nn.functional.silu(z)
    if not torch.allclose(found.double(), wanted, atol=1e-6):
        worst = int((found - wanted).abs().nan_to_num(torch.inf).argmax())
        return not_yet(
            f"at z = {float(z[worst]):g} it is {float(found[worst]):.4g}, and the layer's {float(wanted[worst]):.4g}"
        )
    return right("z² σ(z): a ReLU² with a round corner")


def steep(beta: object) -> Verdict:
    """Check the smallest whole β with which z σ(βz) is nowhere further than 0.001 from ReLU."""
    value = number(beta, most=1e6)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"beta is {shown(beta)}; expected a whole number, 1 or more")

    def gap(steepness: float) -> float:
        z = np.linspace(-20, 20, 200_001) / steepness
        return float(np.abs(z / (1 + np.exp(-steepness * z)) - np.maximum(z, 0)).max())

    if gap(value) > 0.001:
        return not_yet(f"with β = {int(value)} the largest distance is {gap(value):.4f}")
    if value > 1 and gap(value - 1) <= 0.001:
        return not_yet(f"{int(value)} is enough, but so is {int(value) - 1}")
    return right(f"with β = {int(value)} the two are nowhere further apart than {gap(value):.6f}")
