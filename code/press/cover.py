"""Draw the cover: eight activations in the order in which networks took them up.

python -m press.cover
"""

import sys
from pathlib import Path

import numpy as np

from press import BOOK
from rectified import activations, plotting

PLACE = BOOK / "_assets" / "cover.png"
SHOWN = ("step", "sigmoid", "scaled_tanh", "softplus", "relu", "leaky", "elu", "gelu")
LABELS = {"scaled_tanh": "scaled tanh", "leaky": "leaky ReLU"}


def draw() -> plotting.Picture:
    """Return the cover."""
    x = np.linspace(-3, 3, 601)
    level = plotting.Axis(ticks=[0], limits=(-2, 3.2))

    def curve(phi, *, title, ax):
        return plotting.curves(
            {" ": phi(x)}, at=x, x=plotting.Axis(ticks=[0]), y=level, ink={" ": phi}, title=title, ax=ax
        )

    shown = [activations.get(name) for name in SHOWN]
    shown = [phi.at(slope=0.1) if phi.name == "leaky" else phi for phi in shown]  # 0.01 would not be seen
    return plotting.multiples(
        curve, {f"{phi.trained}  {LABELS.get(phi.name, phi.label)}": phi for phi in shown}
    )


def main(place: Path = PLACE) -> int:
    """Write the cover; return the exit code."""
    place.write_bytes(draw().png())
    print(f"wrote {place.name}, {place.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
