"""Figure 1 of AlexNet's paper in small: drawn shapes in the place of photographs, in minutes.

    python code/experiments/alexnet_small.py

What alexnet.py does, with 2,000 shapes of 12 by 12 points in three classes, 50 an update, a net of 8 and 16 maps with
3×3 kernels, and 500 shapes for a test. Rates and first weights are chosen on 2,000 other shapes.

Writes alexnet_small.json: the runs `relu`, `tanh, tuned`, `sigmoid`, `relu, 0.01` and `tanh, 0.01`, and the
trials of the choice, each `choice, …`. It can be stopped at any time, and goes on with the pass that it was in.
"""

from collections.abc import Callable

import alexnet
import passes

from rectified import data


def main(arguments: list[str] | None = None, load: Callable = data.load) -> None:
    """Do what the command line says."""
    alexnet.main(arguments, load, alexnet.SMALL)


if __name__ == "__main__":
    passes.command(main)
