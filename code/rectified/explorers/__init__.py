"""Explorers: pictures that compute in the page, each one ES module and one small Python class.

In a notebook an explorer is a widget whose traits Python reads and sets. Everywhere else it is a figure with a
still picture and its content in words; on the site `loader.mjs` draws the live one in its place. Explorers know
arrays and runs, never a model: the page hands them what they show.
"""

from rectified.explorers.blame import Blame
from rectified.explorers.dream import Dream
from rectified.explorers.explorer import Explorer
from rectified.explorers.flow import Flow
from rectified.explorers.fold import Fold
from rectified.explorers.guess import Guess
from rectified.explorers.kernel import Kernel
from rectified.explorers.order import Order
from rectified.explorers.phi import Phi
from rectified.explorers.pulses import Pulses
from rectified.explorers.ring import Ring
from rectified.explorers.separate import Separate
from rectified.explorers.stack import Stack
from rectified.explorers.wake import Wake

__all__ = [
    "Blame",
    "Dream",
    "Explorer",
    "Flow",
    "Fold",
    "Guess",
    "Kernel",
    "Order",
    "Phi",
    "Pulses",
    "Ring",
    "Separate",
    "Stack",
    "Wake",
]
