"""The package alone, as Colab would install it: a wheel, no dependencies, no repository around it.

Every chapter runs here from its first cell to its last, and then the solutions of its exercises.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from conftest import exercises
from packaging.requirements import Requirement

from press import BOOK, ROOT, chapters, colab
from press.pages import code_cells

pytestmark = pytest.mark.skipif(
    not colab.PYTHON.exists(), reason="no environment with Colab's versions; make it with: make test"
)


def test_the_package_asks_for_nothing_that_colab_lacks():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [
        Requirement(line) for line in settings["dependencies"] + settings["optional-dependencies"]["torch"]
    ]
    for requirement in asked:
        assert requirement.name in colab.pins(), f"{requirement.name} is not on Colab's image"
        version = colab.pins()[requirement.name]
        assert requirement.specifier.contains(version), f"{requirement} is not satisfied by Colab's {version}"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder into which nothing but the package's own wheel was installed."""
    folder = tmp_path_factory.mktemp("colab")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT], check=True, cwd=folder
    )
    (wheel,) = folder.glob("rectified-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True, cwd=folder)
    return folder


def _python(alone, *arguments, check=True):
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    environment["PYTHONPATH"] = str(alone / "site")
    environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    return subprocess.run(
        [colab.PYTHON, *arguments], cwd=alone, env=environment, capture_output=True, text=True, check=check
    )


def test_the_versions_are_colabs(alone):
    listed = _python(alone, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze").stdout
    for name, version in colab.pins().items():
        if name != "torch":  # Colab's has CPU builds on its maker's index only
            assert f"{name}=={version}" in listed.splitlines(), f"{name} is not at Colab's {version}"


def test_the_wheel_holds_the_package_and_nothing_else(alone):
    tops = {path.name for path in (alone / "site").iterdir() if path.suffix != ".dist-info"}
    assert tops == {"rectified"}


@pytest.fixture(scope="module", params=chapters())
def ran(alone, request):
    """A chapter, its exercises, and what their checks said after it had run top to bottom."""
    chapter, asked = request.param, exercises(request.param)
    page = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)
    given = {
        "cells": [cell.source for cell in code_cells(page)],
        "solutions": {name: solution for name, (_, solution) in asked.items()},
    }
    script, task, answer = alone / "alone.py", alone / f"{chapter}.json", alone / f"{chapter}, verdicts.json"
    shutil.copy(ROOT / "tests" / script.name, script)
    task.write_text(json.dumps(given), "utf-8")
    done = _python(alone, "-W", "error::DeprecationWarning:__main__", script, task, answer, check=False)
    assert done.returncode == 0, (
        f"{chapter} under Colab's versions:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return chapter, asked, json.loads(answer.read_text("utf-8"))


def test_a_chapter_runs_top_to_bottom_and_its_starters_say_not_yet(alone, ran):
    chapter, asked, found = ran
    assert Path(found["package"]).is_relative_to(alone)
    assert len(found["starters"]) == len(asked), f"{chapter}: a starter does not end in a check"
    for name, verdict in zip(asked, found["starters"], strict=True):
        assert verdict["passed"] is False, f"{chapter}, exercise {name}: the starter already passes"
        assert verdict["says"].startswith("Not yet: ")


def test_every_folded_solution_passes_its_check(ran):
    chapter, asked, found = ran
    assert list(found["solutions"]) == list(asked)
    for name, verdict in found["solutions"].items():
        assert verdict["passed"], f"{chapter}, exercise {name}: the folded solution says {verdict['says']}"


def test_an_explorer_is_a_widget_there(alone):
    done = _python(
        alone, "-c",
        "from rectified import explorers, threshold\n"
        "e = explorers.Pulses(threshold.FIGURE_1)\n"
        "data, _ = e._repr_mimebundle_()\n"
        "assert 'application/vnd.jupyter.widget-view+json' in data and 'text/html' in data\n",
    )  # fmt: skip
    assert done.returncode == 0


def test_the_training_loop_runs_there(alone):
    _python(
        alone, "-c",
        "from rectified import data, training\n"
        "train, test = data.load('gates', function='xor')\n"
        "run = training.train(training.Layers((2, 4, 2), 'tanh'), train, seeds=[0, 1], steps=5, batch=None).run\n"
        "assert run.final('train_loss').shape == (2,)\n",
    )  # fmt: skip
