"""The checks of chapter 12."""

import torch
from torch import Tensor

from rectified.exercises import Verdict, not_yet, number, right, shown
from rectified.transformers import attend

WIDTH, STEP = 4096, 256  # LLaMA's smallest model
RAISED = (ArithmeticError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError)


def _called(function: object, name: str, *given: Tensor) -> Tensor | Verdict:
    """Return what a function says to tensors, or why it says nothing of the shape and kind of the last."""
    if not callable(function):
        return not_yet(f"{name} is {shown(function)}; expected a function")
    try:
        found = function(*given)
    except RAISED as error:
        return not_yet(f"{name} raises {type(error).__name__}: {error}")
    wanted = given[-1]
    if not isinstance(found, Tensor) or not found.is_floating_point() or found.shape != wanted.shape:
        return not_yet(f"{name} gives {_told(found)}; expected a tensor {tuple(wanted.shape)} of floats")
    return found.detach().to(wanted.dtype)


def _told(given: object) -> str:
    return f"a tensor {tuple(given.shape)} of {given.dtype}" if isinstance(given, Tensor) else shown(given)


def units(hidden: object) -> Verdict:
    """Check the hidden units of a gated layer with the weights of a plain one of 4 · 4096, rounded up."""
    value = number(hidden, most=1e6)
    if value is None or value < 1:
        return not_yet(f"hidden is {shown(hidden)}; expected a whole number, 1 or more")
    plain, wanted = 2 * WIDTH * 4 * WIDTH, -(-(4 * WIDTH * 2 // 3) // STEP) * STEP
    if abs(value - 4 * WIDTH * 2 / 3) < 1:
        return not_yet(f"two thirds it is; now up to the next multiple of {STEP}")
    if value != int(value):
        return not_yet(f"hidden is {shown(hidden)}; expected a whole number")
    if value % STEP:
        return not_yet(f"{int(value)} is no multiple of {STEP}")
    if value != wanted:
        weights = 3 * WIDTH * int(value)
        how = "fewer than" if weights < plain else "and more than needed:"
        return not_yet(
            f"a gated layer with {int(value)} units has {weights:,} weights, {how} the plain one {plain:,}"
        )
    return right(f"{wanted} units, {3 * WIDTH * wanted:,} weights for the {plain:,} of the plain layer")


def before(queries: object, keys: object) -> Verdict:
    """Check that each of five places but the first hears, by more than 99 %, the place before it."""
    for name, given in (("queries", queries), ("keys", keys)):
        if not isinstance(given, Tensor) or given.ndim != 2 or len(given) != 5 or not given.shape[1]:
            return not_yet(f"{name} is {_told(given)}; expected a tensor (5, n)")
        if not given.is_floating_point():
            return not_yet(f"{name} has {given.dtype}; expected floats")
        if not given.isfinite().all():
            return not_yet(f"{name} has numbers that are not finite; expected finite floats")
    if queries.shape != keys.shape or queries.dtype != keys.dtype:
        return not_yet(
            f"queries is {tuple(queries.shape)} of {queries.dtype} and keys {tuple(keys.shape)} of {keys.dtype}; "
            "expected the same"
        )
    heard = attend(queries.detach(), keys.detach(), torch.eye(5, dtype=keys.dtype)).double()
    for place in range(1, 5):
        share = float(heard[place, place - 1])
        if not share > 0.99:
            rest = heard[place].clone()
            rest[place - 1] = -1
            most = int(rest.nan_to_num(2).argmax())
            more = "; it has the most, but 99 % is wanted" if share > float(rest[most]) else ""
            return not_yet(
                f"place {place + 1} hears place {place} by {share:.1%}, and place {most + 1} by "
                f"{float(rest[most]):.1%}{more}"
            )
    return right("each place hears the one before it")


def tied(phi: object) -> Verdict:
    """Check the φ of a plain layer that does what SwiGLU does where gate and first matrix are the same."""
    z = torch.linspace(-6, 6, 25, dtype=torch.float64)
    found = _called(phi, "phi", z)
    if isinstance(found, Verdict):
        return found
    wanted = z * torch.nn.functional.silu(z)
    if not torch.allclose(found, wanted, atol=1e-6):
        worst = int((found - wanted).abs().nan_to_num(torch.inf).argmax())
        return not_yet(
            f"at z = {float(z[worst]):g} it is {float(found[worst]):.4g}, and the layer's {float(wanted[worst]):.4g}"
        )
    return right("z² σ(z): a ReLU² with a round corner")


def unmasked(attend_all: object) -> Verdict:
    """Check attention in which each place hears all places, those ahead of it too."""
    queries, keys, values = torch.randn(3, 2, 5, 4, generator=torch.Generator().manual_seed(0)).double()
    found = _called(attend_all, "attend_all", queries, keys, values)
    if isinstance(found, Verdict):
        return found
    other = values.clone()
    other[:, -1] += 1  # what the last place says
    changed = _called(attend_all, "attend_all", queries, keys, other)
    if isinstance(changed, Verdict):
        return changed
    hears = ((changed - found).abs() > 1e-9).any(dim=-1).any(dim=0)
    places = [str(place + 1) for place in range(5) if hears[place]]
    if len(places) < 5:
        return not_yet(
            f"a change of what place 5 says is heard at {'place ' + ' and '.join(places) if places else 'no place'}; "
            "expected at all five"
        )
    wanted = torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
    if not torch.allclose(found, wanted, atol=1e-6):
        return not_yet("all five places hear the last, but not by the softmax of q · k / √n over all places")
    return right("places 1 to 5 hear place 5: a model with it reads what it should foretell")
