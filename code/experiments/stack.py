"""The photograph in the page of chapter 10: a temple of 97 by 97 points, in 64 greys.

    python code/experiments/stack.py

It comes with scikit-learn; the middle is cut out and made smaller, and its three colours become their mean. Writes
rectified/explorers/stack.json: row by row a character a point, from 0 for black to _ for white.
"""

import argparse
import json
from pathlib import Path

from rectified import alexnet, explorers

FILE = Path(explorers.__file__).parent / "stack.json"
CREDIT = (
    "danielbuechele, https://www.flickr.com/photos/danielbuechele/6061409035/, "
    "CC BY 2.0, https://creativecommons.org/licenses/by/2.0/; cut, made smaller and grey"
)


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, default=FILE, help="where to write (default: %(default)s)")
    asked = parser.parse_args(arguments)
    temple, _ = alexnet.photographs(explorers.stack.SIDE)
    greys = (temple.mean(axis=-1) * explorers.stack.GREYS / 256).astype(int)
    kept = {"photograph": explorers.stack.spell(greys), "credit": CREDIT}
    asked.file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
