"""Run the cells of a chapter, then the solutions of its exercises, and write what their checks said.

    python alone.py CHAPTER.json VERDICTS.json

Run by test_colab.py, with Colab's versions and nothing but the package: this file imports neither `press` nor pytest.
The first file holds {"cells": [source, …], "solutions": {name: source}}, the second will hold for each cell that
ends in a check what it said, and for each solution: {"starters": […], "solutions": {name: …}}.
"""

import ast
import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

import rectified
from rectified.exercises import Verdict


def last_value(source: str, names: dict, where: str) -> object:
    """Run a cell as a notebook does and return the value of its last line; a traceback says `where`."""
    tree = ast.parse(source, where)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise SyntaxError(f"{where}: the last line must call the check")
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, where, "exec"), names)
    return eval(compile(last, where, "eval"), names)


def said(value: object) -> dict:
    """Return a verdict as JSON can hold it; of anything else, what it is."""
    return {"passed": value.passed if isinstance(value, Verdict) else None, "says": repr(value)}


def main(chapter: str, verdicts: str) -> None:
    """Do what the command line says; any failure ends it with a traceback."""
    given = json.loads(Path(chapter).read_text("utf-8"))
    shell = InteractiveShell.instance()
    starters = []
    for number, source in enumerate(given["cells"], start=1):
        done = shell.run_cell(source, store_history=True)
        assert done.success, f"code cell {number} failed"
        if isinstance(done.result, Verdict):
            starters.append(said(done.result))
    solutions = {
        name: said(last_value(source, dict(shell.user_ns), f"solution of {name}"))
        for name, source in given["solutions"].items()
    }
    found = {"package": rectified.__file__, "starters": starters, "solutions": solutions}
    Path(verdicts).write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
