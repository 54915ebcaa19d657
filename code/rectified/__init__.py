"""Rectified: the package that every chapter of the book imports.

Three floors, and a floor imports only from below. The ground (`activations`, `initialisation`, `data`,
`runs`, `training`, `eras`) knows no era; each era's module (`threshold` 1943, …) knows its past and not
its future; the pictures (`palette`, `plotting`, `explorers`) know arrays and runs, never a model.
"""

from importlib.metadata import version

__version__ = version("rectified")
